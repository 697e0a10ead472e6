package exec

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/physical"
)

// Progress tells how far a statement is; read it while the statement runs.
type Progress struct {
	done, total atomic.Int64
	rows, bytes atomic.Int64
}

// Tasks are the morsels done and those known so far.
func (p *Progress) Tasks() (done, total int64) { return p.done.Load(), p.total.Load() }

// Read is what has been read from tables.
func (p *Progress) Read() (rows, bytes int64) { return p.rows.Load(), p.bytes.Load() }

// read counts bytes read from tables; the statement may have a limit on them.
func (q *query) read(bytes int64) error {
	p := q.env.Progress
	if p == nil {
		return nil
	}
	total := p.bytes.Add(bytes)
	if q.env.Scanned == nil {
		return nil
	}
	return q.env.Scanned(total)
}

// OperatorMetrics is what an operator did.
type OperatorMetrics struct {
	// Rows is the number of rows it gave, Time the time its workers spent in it.
	Rows int64
	Time time.Duration
	// Memory is the most it held, Spilled the bytes it wrote to disk.
	Memory, Spilled int64
	// Files, FilesSkipped, RowGroups, RowGroupsSkipped and Bytes are a scan's: what was read, and what statistics spared.
	Files, FilesSkipped, RowGroups, RowGroupsSkipped, Bytes int64
	// Filtered is the number of rows that runtime filters dropped.
	Filtered int64
}

// Metrics collects what the operators of a plan did.
type Metrics struct {
	mu sync.Mutex
	of map[physical.Node]*OperatorMetrics
}

// NewMetrics makes an empty collection.
func NewMetrics() *Metrics { return &Metrics{of: map[physical.Node]*OperatorMetrics{}} }

// Of gives an operator's metrics; the zero value when it has not run.
func (m *Metrics) Of(n physical.Node) OperatorMetrics {
	m.mu.Lock()
	defer m.mu.Unlock()
	if o := m.of[n]; o != nil {
		return *o
	}
	return OperatorMetrics{}
}

func (m *Metrics) update(n physical.Node, f func(*OperatorMetrics)) {
	if n == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	o := m.of[n]
	if o == nil {
		o = &OperatorMetrics{}
		m.of[n] = o
	}
	f(o)
}

func (m *Metrics) add(n physical.Node, rows int64, d time.Duration) {
	m.update(n, func(o *OperatorMetrics) { o.Rows += rows; o.Time += d })
}

// held notes the memory of an operator.
func (m *Metrics) held(n physical.Node, bytes int64) {
	m.update(n, func(o *OperatorMetrics) { o.Memory += bytes })
}

// spilled notes bytes that an operator wrote to disk.
func (m *Metrics) spilled(n physical.Node, bytes int64) {
	m.update(n, func(o *OperatorMetrics) { o.Spilled += bytes })
}

// meter measures an operator: the time in it without the operators behind it, and the rows it pushes on.
type meter struct {
	op   operator
	w    *worker
	node physical.Node
	time time.Duration
	out  *sourceMeter
	told int64
}

// metered wraps a factory so that its operators are measured.
func metered(node physical.Node, f factory) factory {
	return func(w *worker, next operator) (operator, error) {
		m := &meter{w: w, node: node, out: &sourceMeter{next: next, w: w}}
		op, err := f(w, m.out)
		m.op = op
		return m, err
	}
}

func (m *meter) push(b *vector.Batch) error {
	start, outer := time.Now(), m.w.deep
	m.w.deep = 0
	err := m.op.push(b)
	d := time.Since(start)
	m.time += d - m.w.deep
	m.w.deep = outer
	return err
}

func (m *meter) flush() error {
	start, outer := time.Now(), m.w.deep
	m.w.deep = 0
	err := m.op.flush()
	m.time += time.Since(start) - m.w.deep
	m.w.deep = outer
	m.w.q.metrics.add(m.node, m.out.rows-m.told, m.time)
	m.told, m.time = m.out.rows, 0
	return err
}

// sourceMeter counts the rows that pass and the time that is spent behind it.
type sourceMeter struct {
	next operator
	w    *worker
	rows int64
}

func (s *sourceMeter) push(b *vector.Batch) error {
	s.rows += int64(b.Len())
	start, before := time.Now(), s.w.deep
	err := s.next.push(b)
	s.w.deep = before + time.Since(start)
	return err
}

func (s *sourceMeter) flush() error {
	start, before := time.Now(), s.w.deep
	err := s.next.flush()
	s.w.deep = before + time.Since(start)
	return err
}

// Spilled is the number of bytes that all operators wrote to disk so far.
func (m *Metrics) Spilled() (n int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, o := range m.of {
		n += o.Spilled
	}
	return n
}
