package exec

import (
	"sort"
	"sync"

	"github.com/argan-sql/argan/exec/memory"
	"github.com/argan-sql/argan/exec/spill"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/physical"
	"github.com/argan-sql/argan/types"
)

// rows is what a collector has kept: batches in memory in the order of the rows, then files.
type rows struct {
	types   []*types.Type
	batches []*vector.Batch
	files   []*spill.File
	n       int64
	hold    []*memory.Holder
}

// stream reads the rows, of which kept columns are wanted (nil: all).
func (r *rows) stream(node physical.Node, kept []int) *stream {
	s := from(&batchSource{batches: r.batches, kept: kept}, node)
	if len(r.files) > 0 {
		s.branches = append(s.branches, &branch{src: &fileSource{files: r.files, kept: kept}, node: node})
	}
	return s
}

// close gives the memory and the files back.
func (r *rows) close() {
	for _, h := range r.hold {
		h.Close()
	}
	for _, f := range r.files {
		closeFile(f)
	}
	r.batches, r.files = nil, nil
}

// columns joins the batches, which are all in memory, to whole columns; those not in want stay nil (nil want: all).
func (r *rows) columns(q *query, want []bool) ([]*vector.Vector, int, error) {
	out := make([]*vector.Vector, len(r.types))
	n := 0
	for _, b := range r.batches {
		n += b.Len()
	}
	err := q.parallel(len(out), func(i int) error {
		if want != nil && !want[i] {
			return nil
		}
		out[i] = joinColumn(r.types[i], r.batches, i)
		return nil
	})
	return out, n, err
}

// joinColumn is column i of all batches as one vector.
func joinColumn(t *types.Type, batches []*vector.Batch, i int) *vector.Vector {
	parts := make([]*vector.Vector, 0, len(batches))
	for _, b := range batches {
		if b.Len() > 0 {
			parts = append(parts, b.Cols[i])
		}
	}
	if len(parts) == 0 {
		return vector.New(t, 0)
	}
	return vector.Concat(t, parts)
}

// collector is a breaker that keeps all rows; what does not fit goes to disk.
type collector struct {
	q     *query
	node  physical.Node
	types []*types.Type
	mu    sync.Mutex
	ops   []*collectOp
}

func newCollector(q *query, ts []*types.Type, node physical.Node) *collector {
	return &collector{q: q, node: node, types: ts}
}

func (c *collector) worker(w *worker) (operator, error) {
	op := &collectOp{c: c, w: w, hold: w.q.budget.Holder(c.node.Name())}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ops = append(c.ops, op)
	return op, nil
}

// finish gives what was kept.
func (c *collector) finish() (*rows, error) {
	out := &rows{types: c.types}
	var all []piece
	var held, spilled int64
	for _, op := range c.ops {
		all = append(all, op.pieces...)
		out.hold = append(out.hold, op.hold)
		held += op.hold.Peak()
		if op.file != nil {
			if err := op.file.Finish(); err != nil {
				return nil, err
			}
			out.files = append(out.files, op.file)
			out.n += op.file.Rows()
			spilled += op.file.Size()
		}
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].seq < all[j].seq })
	for _, p := range all {
		out.batches = append(out.batches, p.batch)
		out.n += int64(p.batch.Len())
	}
	c.q.metrics.held(c.node, held)
	c.q.metrics.spilled(c.node, spilled)
	return out, nil
}

// piece is a batch with its place in the order of the rows.
type piece struct {
	seq   int
	batch *vector.Batch
}

// collectOp keeps a worker's rows.
type collectOp struct {
	c      *collector
	w      *worker
	hold   *memory.Holder
	bytes  int64
	pieces []piece
	file   *spill.File
}

func (o *collectOp) push(b *vector.Batch) error {
	n := b.Len()
	if n == 0 {
		return nil
	}
	b = b.Dense()
	if o.file == nil {
		if o.hold.Grow(batchBytes(b), &o.bytes) {
			o.pieces = append(o.pieces, piece{o.w.seq, b})
			return nil
		}
		f, err := o.w.q.spills.New(o.c.types)
		if err != nil {
			return err
		}
		o.file = f
	}
	return o.file.Write(b.Cols, n)
}

func (o *collectOp) flush() error { return nil }

// fileSource gives the batches of files, a file to a morsel.
type fileSource struct {
	files []*spill.File
	kept  []int
	at    int
}

func (s *fileSource) size() int { return len(s.files) }

func (s *fileSource) claim() (morsel, bool, error) {
	if s.at >= len(s.files) {
		return morsel{}, false, nil
	}
	s.at++
	return morsel{part: s.at - 1}, true, nil
}

func (s *fileSource) run(w *worker, m morsel, out operator) error {
	r := s.files[m.part].Reader()
	for {
		if err := w.alive(); err != nil {
			return err
		}
		b, err := r.Next()
		if err != nil || b == nil {
			return err
		}
		if s.kept != nil {
			cols := make([]*vector.Vector, len(s.kept))
			for i, k := range s.kept {
				cols[i] = b.Cols[k]
			}
			b = vector.NewBatch(cols, b.Rows)
		}
		if err := out.push(b); err != nil {
			return err
		}
	}
}
