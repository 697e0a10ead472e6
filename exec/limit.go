package exec

import (
	"sort"
	"sync"

	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/physical"
)

// fewRows is the bound up to which a limit's rows are collected by several workers; more stream through one.
const fewRows = 1 << 16

func (q *query) limit(n *physical.Limit) (*stream, error) {
	if n.Count == 0 {
		return from(&batchSource{}, n), nil
	}
	s, err := q.stream(n.Input)
	if err != nil {
		return nil, err
	}
	if need := n.Count + n.Offset; n.Count > 0 && need <= fewRows && !s.serial {
		l := &limitSink{need: need, rows: map[int][]*vector.Batch{}, got: map[int]int64{}, ended: map[int]bool{}}
		if err := q.run(s, l.worker); err != nil {
			return nil, err
		}
		out := from(&batchSource{batches: l.batches()}, n)
		out.serial = true
		return out.then(n, limiter(n)), nil
	}
	s.serial = true
	return s.then(n, limiter(n)), nil
}

// limiter makes the operator that counts rows off; there is one, as its stream is serial.
func limiter(n *physical.Limit) factory {
	state := &struct{ skipped, given int64 }{}
	return func(_ *worker, next operator) (operator, error) {
		return &limitOp{node: n, skipped: &state.skipped, given: &state.given, next: next}, nil
	}
}

// limitOp skips rows and stops after others.
type limitOp struct {
	node           *physical.Limit
	skipped, given *int64
	next           operator
}

func (l *limitOp) push(b *vector.Batch) error {
	n := int64(b.Len())
	if skip := min(n, l.node.Offset-*l.skipped); skip > 0 {
		*l.skipped += skip
		if skip == n {
			return nil
		}
		b = b.Slice(int(skip), int(n))
		n -= skip
	}
	if l.node.Count < 0 {
		return l.next.push(b)
	}
	left := l.node.Count - *l.given
	if left <= 0 {
		return errStop
	}
	if n > left {
		b = b.Slice(0, int(left))
		n = left
	}
	*l.given += n
	if err := l.next.push(b); err != nil {
		return err
	}
	if *l.given >= l.node.Count {
		return errStop
	}
	return nil
}

func (l *limitOp) flush() error { return l.next.flush() }

// limitSink collects the first rows in the order of the morsels: it stops the pipeline when the morsels that have ended,
// up to the first that has not, have given enough.
type limitSink struct {
	need  int64
	mu    sync.Mutex
	rows  map[int][]*vector.Batch
	got   map[int]int64
	ended map[int]bool
	turn  int
	sum   int64 // rows of the morsels before turn
}

func (l *limitSink) worker(w *worker) (operator, error) { return &limitSinkOp{l: l, w: w}, nil }

func (l *limitSink) batches() (out []*vector.Batch) {
	var order []int
	for s := range l.rows {
		order = append(order, s)
	}
	sort.Ints(order)
	for _, s := range order {
		out = append(out, l.rows[s]...)
	}
	return out
}

type limitSinkOp struct {
	l *limitSink
	w *worker
}

func (o *limitSinkOp) push(b *vector.Batch) error {
	l := o.l
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.sum >= l.need {
		return errStop
	}
	seq := o.w.seq
	left := l.need - l.got[seq]
	if seq == l.turn {
		left = l.need - l.sum - l.got[seq]
	}
	if left <= 0 {
		return errStop
	}
	n := int64(b.Len())
	if n > left {
		b, n = b.Slice(0, int(left)), left
	}
	l.rows[seq] = append(l.rows[seq], b.Dense())
	l.got[seq] += n
	if seq == l.turn && l.sum+l.got[seq] >= l.need {
		return errStop
	}
	return nil
}

func (o *limitSinkOp) flush() error {
	l := o.l
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended[o.w.seq] = true
	for l.ended[l.turn] {
		l.sum += l.got[l.turn]
		l.turn++
	}
	if l.sum >= l.need {
		return errStop
	}
	return nil
}
