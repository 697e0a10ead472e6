package stream

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/argan-sql/argan/catalog/metastore"
	"github.com/argan-sql/argan/sqlerr"
)

// State is what a flow is doing.
type State string

// The states of a flow.
const (
	Starting State = "STARTING" // sources are opened
	Running  State = "RUNNING"  // a batch is being made
	Idle     State = "IDLE"     // everything there is has been read
	Retrying State = "RETRYING" // waits after an error that may pass
	Failed   State = "FAILED"   // an error ended it, until RESUME or a restart
	Paused   State = "PAUSED"
	Waiting  State = "SCHEDULED" // runs by its schedule, or by hand
	Standby  State = "STANDBY"   // another process runs the warehouse's flows, or none does
)

// Status is how a flow is, for who looks.
type Status struct {
	State State
	Err   error
	// Tries counts errors in a row; NextTry is when it goes on.
	Tries   int
	NextTry time.Time
	Since   time.Time
	// Of the batches of this process.
	Batch             int64
	Batches           int64
	RowsIn, RowsOut   int64
	Quarantined       int64
	Positions         Positions
	LastBatch         time.Time
	LastTook, LastPut time.Duration // the whole batch, its commit
	Took, Put         time.Duration // sums
	InPerSecond       float64       // over about the last ten seconds
	Version           int64
}

// Runner runs one flow, once through or for ever.
type Runner struct {
	host Host
	flow *metastore.Flow
	log  *slog.Logger
	// last hears of how each batch went; nil for nobody.
	after func(Outcome)

	mu      sync.Mutex
	status  Status
	work    Work         // while it is open, for Lag
	waiters []chan error // who wants to know that everything is read
	wake    chan struct{}
	window  rate
}

// NewRunner makes a runner of a flow.
func NewRunner(host Host, flow *metastore.Flow, log *slog.Logger) *Runner {
	return &Runner{host: host, flow: flow, log: log.With("flow", flow.Database+"."+flow.Name), status: Status{State: Starting, Since: time.Now(), Version: -1}, wake: make(chan struct{}, 1)}
}

// Flow is what is run.
func (r *Runner) Flow() *metastore.Flow { return r.flow }

// Status is how it is going.
func (r *Runner) Status() Status {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.status
	s.InPerSecond = r.window.perSecond(time.Now())
	return s
}

func (r *Runner) set(state State, change func(*Status)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.status.State != state {
		r.status.State, r.status.Since = state, time.Now()
	}
	if change != nil {
		change(&r.status)
	}
}

// Lag is how far each source is ahead of the flow: rows, or versions of a table; -1 where that is not known.
func (r *Runner) Lag(ctx context.Context) map[string]int64 {
	r.mu.Lock()
	work, at := r.work, r.status.Positions
	r.mu.Unlock()
	if work == nil {
		return nil
	}
	out := map[string]int64{}
	for _, s := range work.Sources() {
		n, err := s.Lag(ctx, at[s.Name()])
		if err != nil {
			n = -1
		}
		out[s.Name()] = n
	}
	return out
}

// CaughtUp waits until the flow has read all that is there now, and committed what came of it.
func (r *Runner) CaughtUp(ctx context.Context) error {
	c := make(chan error, 1)
	r.mu.Lock()
	if r.status.State == Failed {
		defer r.mu.Unlock()
		return r.status.Err
	}
	r.waiters = append(r.waiters, c)
	r.mu.Unlock()
	select {
	case r.wake <- struct{}{}:
	default:
	}
	select {
	case err := <-c:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// taken are those who asked before the sources are looked at.
func (r *Runner) taken() []chan error {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := r.waiters
	r.waiters = nil
	return out
}

func (r *Runner) giveBack(waiters []chan error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.waiters = append(r.waiters, waiters...)
}

func tell(waiters []chan error, err error) {
	for _, c := range waiters {
		c <- err
	}
}

// Backoff of a flow that met an error which may pass.
const (
	firstBackoff = 250 * time.Millisecond
	lastBackoff  = 10 * time.Second
	// topicBackoff is for a topic that is not there yet: asking a broker that answers costs nothing.
	topicBackoff = time.Second
)

// Run runs the flow until ctx ends or an error that does not pass; errors that may pass are tried again for ever.
func (r *Runner) Run(ctx context.Context) error {
	defer func() {
		err := r.Status().Err
		if err == nil {
			err = sqlerr.New("QUERY_CANCELLED", "reason", ": the stream was stopped or changed meanwhile")
		}
		tell(r.taken(), err)
	}()
	for tries := 0; ; {
		before := r.Status().Batches
		err := r.through(ctx, false)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if r.Status().Batches > before {
			tries = 0
		}
		if !Retriable(err) {
			r.log.Error("a stream failed", "error", err)
			r.set(Failed, func(s *Status) { s.Err = err })
			return err
		}
		wait := min(lastBackoff, firstBackoff<<min(tries, 10))
		if sqlerr.Is(err, "KAFKA_TOPIC_NOT_FOUND") {
			wait = min(wait, topicBackoff)
		}
		wait = wait/2 + rand.N(wait/2+1)
		if tries++; tries == 1 || tries%10 == 0 {
			r.log.Warn("a stream waits after an error", "error", err, "wait", wait, "tries", tries)
		}
		r.set(Retrying, func(s *Status) { s.Err, s.Tries, s.NextTry = err, tries, time.Now().Add(wait) })
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
}

// conflictTries is how often Once goes on after another process was first.
const conflictTries = 20

// Once reads what is there now and ends.
func (r *Runner) Once(ctx context.Context) error {
	for tries := 1; ; tries++ {
		err := r.through(ctx, true)
		var e *sqlerr.Error
		if err == nil || ctx.Err() != nil || tries >= conflictTries || !errors.As(err, &e) || len(e.Class) < 16 || e.Class[:16] != "DELTA_CONCURRENT" {
			return err
		}
	}
}

// through opens the flow and makes batches until there is nothing more (once), ctx ends, or an error comes.
func (r *Runner) through(ctx context.Context, once bool) error {
	work, err := r.host.OpenFlow(ctx, r.flow)
	if err != nil {
		return err
	}
	r.mu.Lock()
	r.work = work
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		r.work = nil
		r.mu.Unlock()
		work.Close()
	}()
	l := &loop{Runner: r, work: work, once: once}
	if err := l.begin(ctx); err != nil {
		return err
	}
	return l.run(ctx)
}

// loop is one opened flow being run.
type loop struct {
	*Runner
	work      Work
	once      bool
	number    int64     // of the last batch
	at        Positions // where it is
	committed Positions // what the table knows
	bound     Positions // where Once ends
	started   time.Time // of the last batch
	fruitless bool      // nothing was committed of it
	quiet     time.Time // when something was last committed
}

// begin finds where the flow is.
func (l *loop) begin(ctx context.Context) error {
	p, err := l.work.Progress(ctx)
	if err != nil {
		return err
	}
	l.number, l.at, l.committed, l.bound = p.Batch, Positions{}, p.Sources, Positions{}
	l.quiet = time.Now()
	fresh := false
	for _, s := range l.work.Sources() {
		at, ok := p.Sources[s.Name()]
		if !ok {
			if at, err = s.Start(ctx); err != nil {
				return err
			}
			fresh = true
		}
		l.at[s.Name()] = at
		if l.once || l.flow.Once {
			if l.bound[s.Name()], err = s.Latest(ctx); err != nil {
				return err
			}
		}
	}
	l.set(Idle, func(s *Status) { s.Positions, s.Batch, s.Err, s.Tries = l.at, p.Batch, nil, 0 })
	if fresh {
		// Where a flow begins is written down before anything comes of it: latest must mean the same after a restart.
		return l.make(ctx, map[string]Span{}, true)
	}
	return nil
}

// settle is how long positions that nothing came of may be known to this process alone.
const settle = 30 * time.Second

func (l *loop) run(ctx context.Context) error {
	for {
		asked := l.taken()
		spans, found, more, err := l.next(ctx)
		if err == nil && !found {
			if l.once || len(asked) > 0 || time.Since(l.quiet) > settle {
				err = l.flush(ctx)
			}
			if err == nil {
				tell(asked, nil)
				asked = nil
				if l.once || l.flow.Once {
					return l.flush(ctx)
				}
				l.set(Idle, nil)
				if err = l.wait(ctx); err == nil {
					continue
				}
			}
		}
		if err != nil {
			l.giveBack(asked)
			if ctx.Err() != nil {
				l.last()
			}
			return err
		}
		l.giveBack(asked)
		if wait := l.hold(spans, more); wait > 0 {
			if err := l.sleep(ctx, wait); err != nil {
				l.last()
				return err
			}
			if spans, _, _, err = l.next(ctx); err != nil {
				return err
			}
		}
		if err := l.make(ctx, spans, false); err != nil {
			return err
		}
	}
}

// next asks the sources for what comes after where the flow is.
func (l *loop) next(ctx context.Context) (spans map[string]Span, found, more bool, err error) {
	spans = map[string]Span{}
	most := l.work.Trigger().Most
	for _, s := range l.work.Sources() {
		span, err := s.Next(ctx, l.at[s.Name()], l.bound[s.Name()], most)
		if err != nil {
			return nil, false, false, err
		}
		if span.Empty {
			// Nothing to read, but perhaps further on: commits without new rows are passed over.
			if span.To != nil {
				l.at = l.at.with(s.Name(), span.To)
			}
			continue
		}
		found = true
		more = more || span.More
		spans[s.Name()] = span
	}
	return spans, found, more, nil
}

func (p Positions) with(name string, at Position) Positions {
	out := make(Positions, len(p)+1)
	for k, v := range p {
		out[k] = v
	}
	out[name] = at
	return out
}

// fruitlessInterval is the interval after a batch that nothing came of.
const fruitlessInterval = 50 * time.Millisecond

// hold is how long to gather more before a batch is made.
func (l *loop) hold(spans map[string]Span, more bool) time.Duration {
	t := l.work.Trigger()
	if l.once || more || l.started.IsZero() {
		return 0
	}
	rows := int64(0)
	for _, s := range spans {
		rows += max(0, s.Rows)
	}
	if t.Rows > 0 && rows >= t.Rows {
		return 0
	}
	interval := t.Interval
	if l.fruitless { // a filter that hardly anything passes: there is no commit to be spared
		interval = min(interval, fruitlessInterval)
	}
	return time.Until(l.started.Add(interval))
}

func (l *loop) sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// make makes one batch.
func (l *loop) make(ctx context.Context, spans map[string]Span, always bool) error {
	l.started = time.Now()
	l.set(Running, nil)
	after := l.at
	in := int64(0)
	for name, s := range spans {
		after = after.with(name, s.To)
		in += max(0, s.Rows)
	}
	out, err := l.work.Run(ctx, Batch{Number: l.number + 1, Spans: spans, Positions: after, Always: always})
	if err != nil {
		return err
	}
	if out.Positions != nil {
		after = out.Positions
	}
	l.at, l.fruitless = after, !out.Committed
	if out.Committed {
		l.number++
		l.committed, l.quiet = after, time.Now()
	}
	for _, s := range l.work.Sources() {
		s.Committed(ctx, after[s.Name()])
	}
	took := time.Since(l.started)
	l.mu.Lock()
	l.window.add(time.Now(), in)
	l.mu.Unlock()
	l.set(Running, func(s *Status) {
		s.Err, s.Tries, s.Batch, s.Positions, s.LastBatch, s.LastTook = nil, 0, l.number, after, time.Now(), took
		s.Batches++
		s.Took += took
		s.RowsIn += in
		s.RowsOut += out.Rows
		s.Quarantined += out.Quarantined
		if out.Committed {
			s.Version, s.LastPut = out.Version, out.Commit
			s.Put += out.Commit
		}
	})
	if l.after != nil {
		l.after(out)
	}
	return nil
}

// flush writes down positions that nothing came of.
func (l *loop) flush(ctx context.Context) error {
	l.quiet = time.Now()
	if l.at.Equal(l.committed) {
		return nil
	}
	return l.make(ctx, map[string]Span{}, true)
}

// lastWord is how long a flow that is stopped may take to write down its positions.
const lastWord = 5 * time.Second

// last writes down, when the flow is stopped, positions that nothing came of. Where that fails they are read again, and
// nothing comes of it again.
func (l *loop) last() {
	if l.at.Equal(l.committed) {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), lastWord)
	defer cancel()
	if err := l.make(ctx, map[string]Span{}, true); err != nil {
		l.log.Debug("positions were not written down", "error", err)
	}
}

// wait returns when a source may have something, somebody asks, or it is time to write down positions.
func (l *loop) wait(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	sources := l.work.Sources()
	done := make(chan error, len(sources))
	for _, s := range sources {
		go func() { done <- s.Wait(ctx, l.at[s.Name()]) }()
	}
	var timer <-chan time.Time
	if !l.at.Equal(l.committed) {
		t := time.NewTimer(settle)
		defer t.Stop()
		timer = t.C
	}
	left := len(sources)
	var err error
	select {
	case err = <-done:
		left--
	case <-l.wake:
	case <-timer:
	case <-ctx.Done():
		err = ctx.Err()
	}
	cancel()
	for ; left > 0; left-- {
		<-done //nolint:errcheck // the wait was ended by us
	}
	return err
}

// rate counts over a sliding window of seconds.
type rate struct {
	second [10]int64
	rows   [10]int64
}

func (r *rate) add(now time.Time, n int64) {
	i := now.Unix() % 10
	if r.second[i] != now.Unix() {
		r.second[i], r.rows[i] = now.Unix(), 0
	}
	r.rows[i] += n
}

func (r *rate) perSecond(now time.Time) float64 {
	sum := int64(0)
	for i, s := range r.second {
		if now.Unix()-s < 10 {
			sum += r.rows[i]
		}
	}
	return float64(sum) / 10
}
