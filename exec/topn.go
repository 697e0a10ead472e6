package exec

import (
	"bytes"
	"slices"
	"sync"

	"github.com/argan-sql/argan/exec/sortkey"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/physical"
	"github.com/argan-sql/argan/types"
)

func (q *query) topN(n *physical.TopN) (*stream, error) {
	need := n.Count + n.Offset
	if n.Count < 0 || need > fewRows {
		return q.limit(&physical.Limit{Count: n.Count, Offset: n.Offset, Input: &physical.Sort{Keys: n.Keys, Input: n.Input}})
	}
	if n.Count == 0 {
		return from(&batchSource{}, n), nil
	}
	s, err := q.stream(n.Input)
	if err != nil {
		return nil, err
	}
	t := &topN{node: n, need: int(need), types: physical.Types(n.Input.Output())}
	t.keys, t.order = sortSpec(n.Keys)
	if err := q.run(s, t.worker); err != nil {
		return nil, err
	}
	cols, order := t.finish()
	order = order[min(int(n.Offset), len(order)):]
	return from(&sortedSource{cols: cols, order: order[:min(int(n.Count), len(order))]}, n), nil
}

// topN is the breaker that keeps the first rows of an order.
type topN struct {
	node  *physical.TopN
	need  int
	types []*types.Type
	keys  []expr.Expr
	order []sortkey.Key
	mu    sync.Mutex
	ops   []*topNOp
	// bound is the best key that any worker knows to be beyond the last row; a row behind it is not wanted.
	bound []byte
}

func (t *topN) worker(w *worker) (operator, error) {
	k, err := newKeyed(w, t.keys, t.order)
	if err != nil {
		return nil, err
	}
	op := &topNOp{t: t, w: w, keyed: k}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ops = append(t.ops, op)
	return op, nil
}

// candidate is a row that may be among the first.
type candidate struct {
	key   []byte
	seq   int
	order int // arrival within the worker
	batch *vector.Batch
	row   uint32
}

func (a candidate) compare(b candidate) int {
	if c := bytes.Compare(a.key, b.key); c != 0 {
		return c
	}
	if a.seq != b.seq {
		return a.seq - b.seq
	}
	return a.order - b.order
}

// topNOp keeps a worker's candidates: up to twice the rows that are needed, then they are sorted and cut.
type topNOp struct {
	t     *topN
	w     *worker
	keyed *keyed
	rows  sortkey.Rows
	cands []candidate
	bound []byte
	count int
}

func (o *topNOp) push(b *vector.Batch) error {
	n := b.Len()
	o.rows = sortkey.Rows{Heap: o.rows.Heap[:0], Ends: o.rows.Ends[:0]}
	if err := o.keyed.append(&o.rows, b); err != nil {
		return err
	}
	var sel []uint32
	for i := 0; i < n; i++ {
		if o.bound == nil || bytes.Compare(o.rows.Bytes(i), o.bound) < 0 {
			sel = append(sel, uint32(i))
		}
	}
	if len(sel) == 0 {
		return nil
	}
	kept := b.Select(sel).Dense()
	for i, r := range sel {
		o.count++
		o.cands = append(o.cands, candidate{append([]byte(nil), o.rows.Bytes(int(r))...), o.w.seq, o.count, kept, uint32(i)})
	}
	if len(o.cands) > 2*o.t.need+o.w.q.batch {
		o.cut()
	}
	return nil
}

// cut keeps the first rows, copied so that the batches they came in can go, and learns the bound.
func (o *topNOp) cut() {
	slices.SortFunc(o.cands, candidate.compare)
	if len(o.cands) <= o.t.need {
		return
	}
	o.cands = o.cands[:o.t.need]
	o.bound = o.cands[len(o.cands)-1].key
	kept := gatherCandidates(o.t.types, o.cands)
	for i := range o.cands {
		o.cands[i].batch, o.cands[i].row = kept, uint32(i)
	}
	// Another worker's bound holds here too, but only strictly: an equal key of an earlier morsel may be wanted.
	o.t.mu.Lock()
	defer o.t.mu.Unlock()
	if o.t.bound == nil || bytes.Compare(o.bound, o.t.bound) < 0 {
		o.t.bound = o.bound
	} else if bytes.Compare(o.t.bound, o.bound) < 0 {
		o.bound = append(append([]byte(nil), o.t.bound...), 0)
	}
}

func (o *topNOp) flush() error { return nil }

// gatherCandidates puts rows of several batches into one.
func gatherCandidates(ts []*types.Type, cands []candidate) *vector.Batch {
	at := map[*vector.Batch]int{}
	var parts []*vector.Batch
	var rows [][]uint32
	for _, c := range cands {
		i, ok := at[c.batch]
		if !ok {
			i = len(parts)
			at[c.batch] = i
			parts, rows = append(parts, c.batch), append(rows, nil)
		}
		rows[i] = append(rows[i], c.row)
	}
	base := make([]uint32, len(parts))
	sum := uint32(0)
	for i, r := range rows {
		base[i] = sum
		sum += uint32(len(r))
	}
	sel := make([]uint32, len(cands))
	for i, c := range cands {
		p := at[c.batch]
		sel[i] = base[p]
		base[p]++
	}
	cols := make([]*vector.Vector, len(ts))
	for c, t := range ts {
		vs := make([]*vector.Vector, len(parts))
		for i, p := range parts {
			vs[i] = vector.Gather(p.Cols[c], rows[i])
		}
		if len(vs) == 0 {
			cols[c] = vector.New(t, 0)
			continue
		}
		// Joined even where there is one part only: it must not keep the part's memory.
		cols[c] = vector.Gather(vector.Concat(t, vs), sel)
	}
	return vector.NewBatch(cols, len(cands))
}

// finish gives the first rows of all workers, in order.
func (t *topN) finish() ([]*vector.Vector, []uint32) {
	var all []candidate
	for _, o := range t.ops {
		o.cut()
		all = append(all, o.cands...)
	}
	slices.SortFunc(all, candidate.compare)
	all = all[:min(len(all), t.need)]
	b := gatherCandidates(t.types, all)
	order := make([]uint32, b.Rows)
	for i := range order {
		order[i] = uint32(i)
	}
	return b.Cols, order
}
