package exec

import (
	"github.com/argan-sql/argan/exec/eval"
	"github.com/argan-sql/argan/exec/kernel"
	"github.com/argan-sql/argan/exec/memory"
	"github.com/argan-sql/argan/exec/sortkey"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/physical"
	"github.com/argan-sql/argan/sqlerr"
)

// window sorts its input by partition and order, and computes functions over stretches of whole partitions: side by side
// where the rows are in memory, one after the other where they were spilled.
func (q *query) window(n *physical.Window) (*stream, error) {
	for _, c := range n.Calls {
		if c.Aggregate != nil && c.Aggregate.Distinct {
			return nil, sqlerr.Unsupported("DISTINCT in a window function")
		}
	}
	s, err := q.stream(n.Input)
	if err != nil {
		return nil, err
	}
	var es []expr.Expr
	var order []sortkey.Key
	for _, p := range n.Partition {
		es, order = append(es, p), append(order, sortkey.Key{Type: p.Type(), NullsFirst: true})
	}
	oe, ok := sortSpec(n.Order)
	x := newSorter(q, n, physical.Types(n.Input.Output()), append(es, oe...), append(order, ok...))
	if err := q.run(s, x.worker); err != nil {
		return nil, err
	}
	if x.spilled() {
		m, err := x.merge()
		if err != nil {
			return nil, err
		}
		out := from(m, n)
		out.serial = true
		return out.then(n, func(w *worker, next operator) (operator, error) {
			c, err := newWindowChunk(w, n)
			return &windowOp{chunk: c, next: next, w: w, hold: q.budget.Holder(n.Name())}, err
		}), nil
	}
	cols, rows, _, err := x.sorted()
	if err != nil {
		return nil, err
	}
	g, err := eval.CompileGroup(n.Partition, q.newWorker(0).env)
	if err != nil {
		return nil, err
	}
	keys, err := g.Eval(vector.NewBatch(cols, len(rows)))
	if err != nil {
		return nil, err
	}
	return from(&windowSource{node: n, cols: cols, order: rows, same: newSameKey(keys)}, n), nil
}

// sameKey compares rows by key vectors, NULL being equal to NULL.
type sameKey struct {
	keys  []*vector.Vector
	order []kernel.Order
}

func newSameKey(keys []*vector.Vector) *sameKey {
	s := &sameKey{keys: append([]*vector.Vector{}, keys...)}
	for _, k := range keys {
		s.order = append(s.order, kernel.Comparator(k.Type))
	}
	return s
}

func (s *sameKey) rows(i, j int) bool {
	for k, v := range s.keys {
		if !kernel.Equal(s.order[k], v, i, v, j) {
			return false
		}
	}
	return true
}

// windowSource computes windows over sorted rows in memory; a morsel is a stretch of whole partitions.
type windowSource struct {
	node  *physical.Window
	cols  []*vector.Vector
	order []uint32
	same  *sameKey
	at    int
}

func (s *windowSource) size() int { return (len(s.order) + morselRows - 1) / morselRows }

func (s *windowSource) claim() (morsel, bool, error) {
	n := len(s.order)
	if s.at >= n {
		return morsel{}, false, nil
	}
	m := morsel{from: s.at, to: min(s.at+morselRows, n)}
	for m.to < n && s.same.rows(int(s.order[m.to-1]), int(s.order[m.to])) {
		m.to++
	}
	s.at = m.to
	return m, true, nil
}

func (s *windowSource) run(w *worker, m morsel, out operator) error {
	c, err := newWindowChunk(w, s.node)
	if err != nil {
		return err
	}
	sel := s.order[m.from:m.to]
	cols := make([]*vector.Vector, len(s.cols))
	for i, col := range s.cols {
		cols[i] = vector.Gather(col, sel)
	}
	return c.compute(cols, len(sel), out)
}

// windowOp computes windows over batches that come sorted: it keeps rows until a partition has ended.
type windowOp struct {
	chunk *windowChunk
	next  operator
	w     *worker
	hold  *memory.Holder
	bytes int64
	kept  []*vector.Batch
	rows  int
}

func (o *windowOp) push(b *vector.Batch) error {
	b = b.Dense()
	keys, err := o.chunk.partition.Eval(b)
	if err != nil {
		return err
	}
	same := newSameKey(keys)
	// The last partition of the batch may go on; what is before it is complete.
	cut := b.Rows - 1
	for cut > 0 && same.rows(cut-1, cut) {
		cut--
	}
	ended := cut > 0 || o.rows > 0 && !o.continues(b)
	if ended && o.rows+cut >= o.w.q.batch {
		if cut > 0 {
			o.kept = append(o.kept, b.Slice(0, cut))
			o.rows += cut
		}
		if err := o.give(); err != nil {
			return err
		}
		b = b.Slice(cut, b.Rows)
	}
	o.kept = append(o.kept, b)
	o.rows += b.Rows
	// The rows, the same joined, and what the functions make of them.
	o.bytes += 3 * batchBytes(b)
	return o.hold.Need(o.bytes)
}

// continues says whether the first row of b is of the same partition as the last kept one.
func (o *windowOp) continues(b *vector.Batch) bool {
	last := o.kept[len(o.kept)-1]
	cols := make([]*vector.Vector, len(b.Cols))
	for i, c := range b.Cols {
		cols[i] = vector.Concat(c.Type, []*vector.Vector{vector.Slice(last.Cols[i], last.Rows-1, last.Rows), vector.Slice(c, 0, 1)})
	}
	keys, err := o.chunk.partition.Eval(vector.NewBatch(cols, 2))
	return err == nil && newSameKey(keys).rows(0, 1)
}

func (o *windowOp) give() error {
	if o.rows == 0 {
		return nil
	}
	cols := make([]*vector.Vector, len(o.kept[0].Cols))
	for i := range cols {
		cols[i] = joinColumn(o.kept[0].Cols[i].Type, o.kept, i)
	}
	n := o.rows
	o.kept, o.rows, o.bytes = nil, 0, 0
	defer o.hold.Resize(0)
	return o.chunk.compute(cols, n, o.next)
}

func (o *windowOp) flush() error {
	defer o.hold.Close()
	if err := o.give(); err != nil {
		return err
	}
	return o.next.flush()
}
