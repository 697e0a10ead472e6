package engine

import (
	"sync"
	"sync/atomic"

	"github.com/argan-sql/argan/exec"
)

// Progress tells how far a statement is.
type Progress struct {
	RowsRead     int64 `json:"rows_read"`
	BytesRead    int64 `json:"bytes_read"`
	TasksDone    int64 `json:"tasks_done"`
	TasksTotal   int64 `json:"tasks_total"`
	RowsOut      int64 `json:"rows_out"`
	PeakMemory   int64 `json:"peak_memory_bytes"`
	SpilledBytes int64 `json:"spilled_bytes"`
}

// progressCounters gather what the plans of a statement do.
type progressCounters struct {
	rowsOut atomic.Int64
	plan    exec.Progress // of all plans together

	mu      sync.Mutex
	running map[*exec.Env]bool
	peak    int64 // of plans that have ended
	spilled int64
	plans   []executed
}

// watch counts a running plan in, until the function that it gives is called.
func (p *progressCounters) watch(env *exec.Env) func() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running == nil {
		p.running = map[*exec.Env]bool{}
	}
	p.running[env] = true
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.running, env)
		p.peak = max(p.peak, env.Budget.Peak())
		p.spilled += env.Metrics.Spilled()
	}
}

func (p *progressCounters) ran(x executed) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.plans) < maxExecuted {
		p.plans = append(p.plans, x)
	}
}

// taken are the plans that have run; they are forgotten.
func (p *progressCounters) taken() []executed {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := p.plans
	p.plans = nil
	return out
}

func (p *progressCounters) now() Progress {
	out := Progress{RowsOut: p.rowsOut.Load()}
	out.TasksDone, out.TasksTotal = p.plan.Tasks()
	out.RowsRead, out.BytesRead = p.plan.Read()
	p.mu.Lock()
	defer p.mu.Unlock()
	out.PeakMemory, out.SpilledBytes = p.peak, p.spilled
	together := int64(0)
	for env := range p.running {
		together += env.Budget.Peak()
		out.SpilledBytes += env.Metrics.Spilled()
	}
	out.PeakMemory = max(out.PeakMemory, together)
	return out
}

// Progress tells how far the statement is.
func (st *Statement) Progress() Progress { return st.progress.now() }
