package stream

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"github.com/argan-sql/argan/catalog/metastore"
)

// Supervisor runs the flows of a warehouse, while this process is the one that may.
type Supervisor struct {
	host Host
	lock *flock.Flock
	log  *slog.Logger

	stop   context.CancelFunc
	done   sync.WaitGroup
	notice chan struct{}

	mu    sync.Mutex
	holds bool // this process runs the flows
	runs  map[string]*running
	held  map[string]int // flows that must not begin now
	stamp string
}

// running is a flow that is run, or was until it failed.
type running struct {
	flow   *metastore.Flow
	runner *Runner
	entry  string // the flow's definition
	ctx    context.Context
	cancel context.CancelFunc
	tasks  sync.WaitGroup
	timed  bool // by its schedule, not by a runner

	busy    bool // a scheduled run or a maintenance is under way
	commits int  // since the last maintenance
	kept    time.Time
	last    time.Time // the last due time that was kept
	due     time.Time // of the next run
}

// NewSupervisor makes a supervisor. lock is a file that only one process holds at a time.
func NewSupervisor(host Host, lock string, log *slog.Logger) *Supervisor {
	return &Supervisor{host: host, lock: flock.New(lock), log: log, notice: make(chan struct{}, 1), runs: map[string]*running{}, held: map[string]int{}}
}

// How often the flows are looked through, and how often a process that may not run them asks whether it may now.
const (
	look  = time.Second
	again = 2 * time.Second
)

// Start begins. It returns at once.
func (s *Supervisor) Start() {
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	s.done.Add(1)
	go func() {
		defer s.done.Done()
		s.supervise(ctx)
	}()
}

// Stop ends all flows after their batches, and lets another process run them.
func (s *Supervisor) Stop() {
	s.stop()
	s.done.Wait()
}

// Notify says that flows were made or changed.
func (s *Supervisor) Notify() {
	select {
	case s.notice <- struct{}{}:
	default:
	}
}

// Runner is the runner of a flow, nil where this process runs it not, or by its schedule alone.
func (s *Supervisor) Runner(id string) *Runner {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.runs[id]; r != nil && !r.timed {
		return r.runner
	}
	return nil
}

// Runners are those of all flows that this process runs, those that run by a schedule too.
func (s *Supervisor) Runners() []*Runner {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]*Runner, 0, len(s.runs))
	for _, r := range s.runs {
		out = append(out, r.runner)
	}
	return out
}

// Status is how a flow is, where this process runs the flows.
func (s *Supervisor) Status(id string) (Status, bool) {
	s.mu.Lock()
	r := s.runs[id]
	s.mu.Unlock()
	if r == nil {
		return Status{}, false
	}
	return r.runner.Status(), true
}

// Holds says whether this process is the one that runs the flows.
func (s *Supervisor) Holds() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.holds
}

// Due is when a flow with a schedule runs next; zero when it has none, or runs elsewhere.
func (s *Supervisor) Due(id string) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.runs[id]; r != nil {
		return r.due
	}
	return time.Time{}
}

func (s *Supervisor) supervise(ctx context.Context) {
	defer func() { _ = s.lock.Unlock() }() // the process's end lets go of it too
	defer s.endAll()
	warned := false
	for {
		held, err := s.lock.TryLock()
		if held {
			break
		}
		if !warned {
			warned = true
			s.log.Info("another process runs the warehouse's streams and schedules; this one stands by", "lock", s.lock.Path(), "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(again):
		}
	}
	s.mu.Lock()
	s.holds = true
	s.mu.Unlock()
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		if err := s.reconcile(ctx); err != nil && ctx.Err() == nil {
			s.log.Error("streams", "error", err)
		}
		s.keepTime(ctx)
		select {
		case <-ctx.Done():
			return
		case <-s.notice:
		case <-tick.C:
		}
	}
}

func (s *Supervisor) endAll() {
	s.mu.Lock()
	all := s.runs
	s.runs, s.holds, s.stamp = map[string]*running{}, false, ""
	s.mu.Unlock()
	for _, r := range all {
		r.cancel()
	}
	for _, r := range all {
		r.end()
	}
}

// Hold ends what runs of a flow, waits until it has, and keeps it from beginning again until release is called.
func (s *Supervisor) Hold(id string) (release func()) {
	s.mu.Lock()
	s.held[id]++
	r := s.runs[id]
	delete(s.runs, id)
	s.mu.Unlock()
	if r != nil {
		r.end()
	}
	return sync.OnceFunc(func() {
		s.mu.Lock()
		if s.held[id]--; s.held[id] == 0 {
			delete(s.held, id)
		}
		s.stamp = ""
		s.mu.Unlock()
		s.Notify()
	})
}

// Await is Runner for a flow that is about to begin: it waits a moment where this process runs the flows. nil where it does not
// begin.
func (s *Supervisor) Await(ctx context.Context, id string) *Runner {
	s.Notify()
	for range 100 {
		if r := s.Runner(id); r != nil || !s.Holds() {
			return r
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(20 * time.Millisecond):
		}
	}
	return nil
}

// reconcile makes what runs be what is defined.
func (s *Supervisor) reconcile(ctx context.Context) error {
	stamp, err := s.host.Stamp(ctx)
	if err != nil {
		return err
	}
	s.mu.Lock()
	same := stamp == s.stamp
	s.mu.Unlock()
	if same {
		return nil
	}
	flows, err := s.host.Flows(ctx)
	if err != nil {
		return err
	}
	want := map[string]*metastore.Flow{}
	for _, f := range flows {
		if !f.Paused {
			want[f.ID] = f
		}
	}
	s.mu.Lock()
	var end []*running
	for id, r := range s.runs {
		if f := want[id]; f == nil || r.entry != definition(f) {
			end = append(end, r)
			delete(s.runs, id)
		}
	}
	s.mu.Unlock()
	for _, r := range end {
		r.cancel()
	}
	for _, r := range end {
		r.end()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stamp = stamp
	for id, f := range want {
		if s.runs[id] == nil && s.held[id] == 0 && ctx.Err() == nil {
			s.runs[id] = s.begin(ctx, f)
		}
	}
	return nil
}

func definition(f *metastore.Flow) string {
	raw, err := json.Marshal(f)
	if err != nil {
		return f.ID
	}
	return string(raw)
}

// begin starts a flow: a runner, or for one with a schedule and for views nothing but the clock. The lock is held.
func (s *Supervisor) begin(ctx context.Context, f *metastore.Flow) *running {
	r := &running{flow: f, runner: NewRunner(s.host, f, s.log), entry: definition(f), timed: f.Schedule != nil || f.Kind == metastore.ViewFlow, kept: time.Now()}
	r.ctx, r.cancel = context.WithCancel(ctx)
	if r.timed {
		r.runner.set(Waiting, nil)
		return r
	}
	r.runner.after = func(o Outcome) {
		if o.Committed {
			s.mu.Lock()
			r.commits++
			s.mu.Unlock()
		}
	}
	r.tasks.Go(func() { _ = r.runner.Run(r.ctx) }) // its status tells
	return r
}

// end stops what runs of a flow and waits for it.
func (r *running) end() {
	r.cancel()
	r.tasks.Wait()
}
