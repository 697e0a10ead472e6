package exec

import (
	"bytes"
	"container/heap"
	"slices"
	"sync"

	"github.com/argan-sql/argan/exec/memory"
	"github.com/argan-sql/argan/exec/sortkey"
	"github.com/argan-sql/argan/exec/spill"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/physical"
	"github.com/argan-sql/argan/types"
)

// sorter is the breaker behind sorts and windows: workers collect rows with their encoded keys; a worker that may hold no
// more sorts what it has and writes it to disk as a run. In the end rows in memory are sorted at once, or, if there are
// runs, all runs are merged.
type sorter struct {
	q     *query
	node  physical.Node
	types []*types.Type
	keys  []expr.Expr
	order []sortkey.Key
	mu    sync.Mutex
	ops   []*sortOp
}

func newSorter(q *query, node physical.Node, ts []*types.Type, keys []expr.Expr, order []sortkey.Key) *sorter {
	return &sorter{q: q, node: node, types: ts, keys: keys, order: order}
}

func (s *sorter) worker(w *worker) (operator, error) {
	k, err := newKeyed(w, s.keys, s.order)
	if err != nil {
		return nil, err
	}
	op := &sortOp{s: s, w: w, keyed: k, hold: w.q.budget.Holder(s.node.Name())}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ops = append(s.ops, op)
	return op, nil
}

// sortOp collects a worker's rows.
type sortOp struct {
	s      *sorter
	w      *worker
	keyed  *keyed
	hold   *memory.Holder
	bytes  int64
	rows   sortkey.Rows
	pieces []piece
	n      int
	runs   []*spill.File
}

func (o *sortOp) push(b *vector.Batch) error {
	n := b.Len()
	if n == 0 {
		return nil
	}
	b = b.Dense()
	// Sorting needs the keys, the row numbers, and the joined columns besides the batches.
	size := 2*batchBytes(b) + int64(n)*(24+int64(o.keyed.enc.Width()))
	if !o.hold.Grow(size, &o.bytes) || o.n+n > 1<<31 {
		if o.hold.Worthwhile(o.bytes) {
			if err := o.spill(); err != nil {
				return err
			}
		}
		o.bytes += size
		if err := o.hold.Need(o.bytes); err != nil {
			return err
		}
	}
	o.pieces = append(o.pieces, piece{o.w.seq, b})
	o.n += n
	return o.keyed.append(&o.rows, b)
}

func (o *sortOp) flush() error { return nil }

// columns joins the worker's batches.
func (o *sortOp) columns() []*vector.Vector {
	batches := make([]*vector.Batch, len(o.pieces))
	for i, p := range o.pieces {
		batches[i] = p.batch
	}
	cols := make([]*vector.Vector, len(o.s.types))
	for i, t := range o.s.types {
		cols[i] = joinColumn(t, batches, i)
	}
	return cols
}

// spill sorts what the worker has and writes it as a run: the columns and, last, the encoded key.
func (o *sortOp) spill() error {
	if o.n == 0 {
		return nil
	}
	f, err := o.w.q.spills.New(append(append([]*types.Type{}, o.s.types...), types.BinaryType))
	if err != nil {
		return err
	}
	cols := o.columns()
	order := o.rows.Sort(1)
	for at := 0; at < len(order); at += o.w.q.batch {
		if err := o.w.alive(); err != nil {
			return err
		}
		sel := order[at:min(at+o.w.q.batch, len(order))]
		out := make([]*vector.Vector, 0, len(cols)+1)
		for _, c := range cols {
			out = append(out, vector.Gather(c, sel))
		}
		key := vector.NewBuilder(types.BinaryType, len(sel))
		for _, i := range sel {
			key.AppendBytes(o.rows.Bytes(int(i)))
		}
		if err := f.Write(append(out, key.Finish()), len(sel)); err != nil {
			return err
		}
	}
	if err := f.Finish(); err != nil {
		return err
	}
	o.runs = append(o.runs, f)
	o.w.q.metrics.spilled(o.s.node, f.Size())
	o.pieces, o.rows, o.n, o.bytes = nil, sortkey.Rows{}, 0, 0
	return o.hold.Need(0)
}

// spilled says whether any worker has written a run.
func (s *sorter) spilled() bool {
	for _, o := range s.ops {
		if len(o.runs) > 0 {
			return true
		}
	}
	return false
}

// sorted gives the rows that are all in memory: columns, their order, and the encoded keys by row.
func (s *sorter) sorted() (cols []*vector.Vector, order []uint32, keys *sortkey.Rows, err error) {
	var all []piece
	held := int64(0)
	for _, o := range s.ops {
		all = append(all, o.pieces...)
		held += o.hold.Peak()
	}
	s.q.metrics.held(s.node, held)
	if len(s.ops) == 1 {
		o := s.ops[0]
		return o.columns(), o.rows.Sort(s.q.threads), &o.rows, nil
	}
	// Equal keys come in the order of their morsels, whoever worked at them: the keys are put in that order first.
	slices.SortStableFunc(all, func(a, b piece) int { return a.seq - b.seq })
	r := &rows{types: s.types}
	for _, p := range all {
		r.batches = append(r.batches, p.batch)
	}
	if cols, _, err = r.columns(s.q, nil); err != nil {
		return nil, nil, nil, err
	}
	keys = s.reorder()
	return cols, keys.Sort(s.q.threads), keys, nil
}

// reorder joins the workers' keys in the order of the morsels.
func (s *sorter) reorder() *sortkey.Rows {
	type part struct {
		seq, from, n int
		op           *sortOp
	}
	var parts []part
	out := &sortkey.Rows{}
	size := 0
	for _, o := range s.ops {
		at := 0
		for _, p := range o.pieces {
			parts = append(parts, part{p.seq, at, p.batch.Len(), o})
			at += p.batch.Len()
		}
		size += len(o.rows.Heap)
		out.FirstNull = out.FirstNull || o.rows.FirstNull
		out.Width = max(out.Width, o.rows.Width)
	}
	slices.SortStableFunc(parts, func(a, b part) int { return a.seq - b.seq })
	out.Heap = make([]byte, 0, size)
	for _, p := range parts {
		src := &p.op.rows
		out.N += p.n
		if out.Width > 0 {
			out.Heap = append(out.Heap, src.Heap[p.from*src.Width:(p.from+p.n)*src.Width]...)
			continue
		}
		for i := p.from; i < p.from+p.n; i++ {
			out.Heap = append(out.Heap, src.Bytes(i)...)
			out.Ends = append(out.Ends, uint64(len(out.Heap)))
		}
	}
	return out
}

// source gives the rows in order.
func (s *sorter) source() (source, error) {
	if !s.spilled() {
		cols, order, _, err := s.sorted()
		if err != nil {
			return nil, err
		}
		return &sortedSource{cols: cols, order: order}, nil
	}
	m, err := s.merge()
	if err != nil {
		return nil, err
	}
	return m, nil
}

// merge starts merging all runs; what is still in memory becomes a run of its own.
func (s *sorter) merge() (*mergeSource, error) {
	m := &mergeSource{width: len(s.types), types: s.types}
	for _, o := range s.ops {
		if err := o.spill(); err != nil {
			return nil, err
		}
		for _, f := range o.runs {
			m.runs = append(m.runs, &mergeRun{r: f.Reader(), number: len(m.runs)})
		}
		o.hold.Close()
	}
	return m, nil
}

// mergeSource merges sorted runs; it is one morsel.
type mergeSource struct {
	runs  []*mergeRun
	width int
	types []*types.Type
	taken bool
}

// mergeRun is a run being read: its current batch and row.
type mergeRun struct {
	r      *spill.Reader
	number int
	batch  *vector.Batch
	keys   *vector.Vector
	row    int
	key    []byte
}

func (r *mergeRun) load(width int) (bool, error) {
	for {
		b, err := r.r.Next()
		if err != nil || b == nil {
			return false, err
		}
		if b.Rows > 0 {
			r.batch, r.keys, r.row = b, b.Cols[width], 0
			r.key = r.keys.Bytes(0)
			return true, nil
		}
	}
}

// mergeHeap orders runs by their current keys.
type mergeHeap []*mergeRun

func (h mergeHeap) Len() int { return len(h) }
func (h mergeHeap) Less(i, j int) bool {
	c := bytes.Compare(h[i].key, h[j].key)
	return c < 0 || c == 0 && h[i].number < h[j].number
}
func (h mergeHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

// Push appends a run, for container/heap.
func (h *mergeHeap) Push(x any) { *h = append(*h, x.(*mergeRun)) }

// Pop takes the last run away, for container/heap.
func (h *mergeHeap) Pop() any {
	old := *h
	x := old[len(old)-1]
	*h = old[:len(old)-1]
	return x
}

func (m *mergeSource) size() int { return 1 }

func (m *mergeSource) claim() (morsel, bool, error) {
	if m.taken {
		return morsel{}, false, nil
	}
	m.taken = true
	return morsel{}, true, nil
}

func (m *mergeSource) run(w *worker, _ morsel, out operator) error {
	return m.each(w, func(b *vector.Batch, _ *vector.Vector) error { return out.push(b) })
}

// each gives the merged rows in batches with their keys.
func (m *mergeSource) each(w *worker, f func(b *vector.Batch, keys *vector.Vector) error) error {
	var h mergeHeap
	for _, r := range m.runs {
		ok, err := r.load(m.width)
		if err != nil {
			return err
		}
		if ok {
			h = append(h, r)
		}
	}
	heap.Init(&h)
	ts := append(append([]*types.Type{}, m.types...), types.BinaryType)
	for len(h) > 0 {
		if err := w.alive(); err != nil {
			return err
		}
		// The rows of a batch: stretches of runs' batches, gathered at the end.
		var parts []*vector.Batch
		var rows [][]uint32
		at := map[*vector.Batch]int{}
		var where []uint64
		for n := 0; n < w.q.batch && len(h) > 0; n++ {
			r := h[0]
			i, ok := at[r.batch]
			if !ok {
				i = len(parts)
				at[r.batch] = i
				parts, rows = append(parts, r.batch), append(rows, nil)
			}
			where = append(where, uint64(i)<<32|uint64(len(rows[i])))
			rows[i] = append(rows[i], uint32(r.row))
			r.row++
			if r.row < r.batch.Rows {
				r.key = r.keys.Bytes(r.row)
				heap.Fix(&h, 0)
				continue
			}
			ok, err := r.load(m.width)
			if err != nil {
				return err
			}
			if ok {
				heap.Fix(&h, 0)
			} else {
				heap.Pop(&h)
			}
		}
		base := make([]uint32, len(parts)+1)
		for i, r := range rows {
			base[i+1] = base[i] + uint32(len(r))
		}
		sel := make([]uint32, len(where))
		for i, x := range where {
			sel[i] = base[x>>32] + uint32(x)
		}
		cols := make([]*vector.Vector, len(ts))
		for c, t := range ts {
			vs := make([]*vector.Vector, len(parts))
			for i, p := range parts {
				vs[i] = vector.Gather(p.Cols[c], rows[i])
			}
			cols[c] = vector.Gather(vector.Concat(t, vs), sel)
		}
		if err := f(vector.NewBatch(cols[:m.width:m.width], len(sel)), cols[m.width]); err != nil {
			return err
		}
	}
	return nil
}
