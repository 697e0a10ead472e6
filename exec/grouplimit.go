package exec

import (
	"bytes"
	"slices"
	"sync"

	"github.com/argan-sql/argan/exec/eval"
	"github.com/argan-sql/argan/exec/hashtable"
	"github.com/argan-sql/argan/exec/memory"
	"github.com/argan-sql/argan/exec/sortkey"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/physical"
	"github.com/argan-sql/argan/types"
)

// groupLimit keeps the first row of each group (row_number() = 1) without sorting: rows stay in the batches they came in, a
// hash table by share of the groups finds the best row of each, and the batches go on with those rows selected.
func (q *query) groupLimit(n *physical.WindowGroupLimit) (*stream, error) {
	s, err := q.stream(n.Input)
	if err != nil {
		return nil, err
	}
	g := newGroupLimit(q, n)
	if err := q.run(s, g.worker); err != nil {
		return nil, err
	}
	return g.result()
}

// groupLimit is the shared state of the operator.
type groupLimit struct {
	q          *query
	node       *physical.WindowGroupLimit
	groupTypes []*types.Type
	keys       []expr.Expr
	order      []sortkey.Key
	mu         sync.Mutex
	ops        []*groupLimitOp
	parts      []*partition // rows that workers gave up, by the hash of their group; nil if none did
}

func newGroupLimit(q *query, n *physical.WindowGroupLimit) *groupLimit {
	g := &groupLimit{q: q, node: n}
	for _, p := range n.Partition {
		g.groupTypes = append(g.groupTypes, p.Type())
	}
	g.keys, g.order = sortSpec(n.Order)
	return g
}

// candidates is a batch with what finding the first rows needs.
type candidates struct {
	batch  *vector.Batch
	seqs   []int // morsel of each row; nil: all are of seq
	seq    int
	groups []*vector.Vector
	order  sortkey.Rows
	shares [][]uint32 // rows by the hash of their group
	first  []bool     // set by mark for the first row of each group
}

func (c *candidates) seqOf(i uint32) int {
	if c.seqs == nil {
		return c.seq
	}
	return c.seqs[i]
}

func (g *groupLimit) worker(w *worker) (operator, error) {
	op, err := g.newOp(w, 0)
	if err != nil {
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.ops = append(g.ops, op)
	return op, nil
}

// groupLimitOp keeps a worker's candidates.
type groupLimitOp struct {
	g     *groupLimit
	w     *worker
	level int // bits of the hash that are used up, in steps of partitionBits
	keyed *keyed
	group *eval.Group
	enc   *hashtable.Encoder
	hold  *memory.Holder
	bytes int64
	kept  []*candidates
	rows  int
	// next is the number of rows at which losers are looked for.
	next int
}

// firstCut is the number of rows after which losers are looked for the first time.
const firstCut = 1 << 16

func (g *groupLimit) newOp(w *worker, level int) (*groupLimitOp, error) {
	k, err := newKeyed(w, g.keys, g.order)
	if err != nil {
		return nil, err
	}
	groups, err := eval.CompileGroup(g.node.Partition, w.env)
	return &groupLimitOp{
		g: g, w: w, level: level, keyed: k, group: groups, enc: hashtable.NewEncoder(hashtable.NewLayout(g.groupTypes, true)),
		hold: w.q.budget.Holder(g.node.Name()), next: firstCut,
	}, err
}

func (o *groupLimitOp) push(b *vector.Batch) error {
	if b.Len() == 0 {
		return nil
	}
	b = b.Dense()
	size := o.size(b)
	if !o.hold.Grow(size, &o.bytes) {
		if err := o.shrink(); err != nil {
			return err
		}
		o.bytes += size
		if err := o.hold.Need(o.bytes); err != nil {
			return err
		}
	}
	if err := o.keep(b, nil); err != nil {
		return err
	}
	if o.rows >= o.next {
		return o.cut()
	}
	return nil
}

// size is the memory that a batch takes as candidates: itself, its keys, and a share of the hash table.
func (o *groupLimitOp) size(b *vector.Batch) int64 {
	return batchBytes(b) + int64(b.Rows)*(48+int64(o.keyed.enc.Width())+16*int64(len(o.g.groupTypes)))
}

func (o *groupLimitOp) keep(b *vector.Batch, seqs []int) error {
	groups, err := o.group.Eval(b)
	if err != nil {
		return err
	}
	c := &candidates{batch: b, seq: o.w.seq, seqs: seqs, groups: append([]*vector.Vector{}, groups...)}
	if len(o.g.order) > 0 {
		if err := o.keyed.append(&c.order, b); err != nil {
			return err
		}
	}
	o.enc.Encode(groups, b.Rows)
	c.shares = spread(b.Rows, o.level, func(i int) uint64 { return o.enc.Hashes[i] })
	o.kept = append(o.kept, c)
	o.rows += b.Rows
	return nil
}

func (o *groupLimitOp) flush() error { return nil }

// shrink makes room: it drops what has lost already, or else gives all rows up to the partitions.
func (o *groupLimitOp) shrink() error {
	before := o.bytes
	if err := o.cut(); err != nil {
		return err
	}
	if o.bytes <= before/2 || !o.hold.Worthwhile(o.bytes) || o.level >= maxLevel {
		return nil
	}
	o.g.mu.Lock()
	if o.g.parts == nil {
		o.g.parts = newPiles()
	}
	o.g.mu.Unlock()
	return o.giveUp(o.g.parts)
}

func newPiles() []*partition {
	out := make([]*partition, 1<<partitionBits)
	for i := range out {
		out[i] = &partition{}
	}
	return out
}

// cut drops the rows that are not the first of their group among the worker's own, if they are many.
func (o *groupLimitOp) cut() error {
	if o.rows == 0 {
		return nil
	}
	prepare(o.kept)
	for k := range 1 << partitionBits {
		if err := o.g.mark(o.w, o.kept, k); err != nil {
			return err
		}
	}
	left := 0
	for _, c := range o.kept {
		left += count(c.first)
	}
	if left > o.rows/2 {
		for _, c := range o.kept {
			c.first = nil
		}
		o.next = 8 * o.rows
		return nil
	}
	old := o.kept
	o.kept, o.rows, o.bytes = nil, 0, 0
	var wait []*vector.Batch
	var seqs []int
	n := 0
	flush := func() error {
		if n == 0 {
			return nil
		}
		cols := make([]*vector.Vector, len(wait[0].Cols))
		for i := range cols {
			cols[i] = joinColumn(wait[0].Cols[i].Type, wait, i)
		}
		b := vector.NewBatch(cols, n)
		o.bytes += o.size(b)
		err := o.keep(b, seqs)
		wait, seqs, n = nil, nil, 0
		return err
	}
	for _, c := range old {
		sel := chosen(c.first)
		if len(sel) == 0 {
			continue
		}
		// Copied, so that the batches they came in can go.
		cols := make([]*vector.Vector, len(c.batch.Cols))
		for i, v := range c.batch.Cols {
			cols[i] = gatherOwn(v, sel)
		}
		for _, r := range sel {
			seqs = append(seqs, c.seqOf(r))
		}
		wait, n = append(wait, vector.NewBatch(cols, len(sel))), n+len(sel)
		if n >= o.w.q.batch {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := flush(); err != nil {
		return err
	}
	o.next = max(firstCut, 4*o.rows)
	return o.hold.Need(o.bytes)
}

// giveUp writes all rows to files by the hash of their group.
func (o *groupLimitOp) giveUp(parts []*partition) error {
	var written int64
	for k, p := range parts {
		before := p.main.bytes
		for at := 0; at < len(o.kept); {
			if err := o.w.alive(); err != nil {
				return err
			}
			var wait []*vector.Batch
			n := 0
			for ; at < len(o.kept) && n < o.w.q.batch; at++ {
				c := o.kept[at]
				sel := c.shares[k]
				if len(sel) == 0 {
					continue
				}
				cols := make([]*vector.Vector, len(c.batch.Cols))
				for i, v := range c.batch.Cols {
					cols[i] = vector.Gather(v, sel)
				}
				wait, n = append(wait, vector.NewBatch(cols, len(sel))), n+len(sel)
			}
			if n == 0 {
				continue
			}
			cols := make([]*vector.Vector, len(wait[0].Cols))
			for i := range cols {
				cols[i] = joinColumn(wait[0].Cols[i].Type, wait, i)
			}
			if err := p.put(o.w.q, &p.main, cols, n, true); err != nil {
				return err
			}
		}
		written += p.main.bytes - before
	}
	o.w.q.metrics.spilled(o.g.node, written)
	o.kept, o.rows, o.bytes, o.next = nil, 0, 0, firstCut
	return o.hold.Need(0)
}

// place is a candidate.
type place struct {
	in  int32
	row uint32
}

// mark finds the first row of each group whose hash belongs to share k. Of rows with equal order the earliest is the first.
func (g *groupLimit) mark(w *worker, all []*candidates, k int) error {
	table := hashtable.NewTable(g.groupTypes)
	var best []place
	var numbers []uint32
	for at, c := range all {
		sel := c.shares[k]
		if len(sel) == 0 {
			continue
		}
		if err := w.alive(); err != nil {
			return err
		}
		cols := make([]*vector.Vector, len(c.groups))
		for i, v := range c.groups {
			cols[i] = vector.Gather(v, sel)
		}
		if cap(numbers) < len(sel) {
			numbers = make([]uint32, max(len(sel), w.q.batch))
		}
		table.Groups(cols, len(sel), numbers[:len(sel)])
		for len(best) < table.Len() {
			best = append(best, place{in: -1})
		}
		for i, r := range sel {
			b := &best[numbers[i]]
			if b.in < 0 || g.before(c, r, all[b.in], b.row) {
				*b = place{int32(at), r}
			}
		}
	}
	for _, b := range best {
		if b.in >= 0 {
			all[b.in].first[b.row] = true
		}
	}
	return nil
}

// before says whether row i of a comes before row j of b, which was met earlier.
func (g *groupLimit) before(a *candidates, i uint32, b *candidates, j uint32) bool {
	if len(g.order) > 0 {
		if c := bytes.Compare(a.order.Bytes(int(i)), b.order.Bytes(int(j))); c != 0 {
			return c < 0
		}
	}
	return a.seqOf(i) < b.seqOf(j)
}

func count(set []bool) int {
	n := 0
	for _, x := range set {
		if x {
			n++
		}
	}
	return n
}

// chosen are the numbers of the rows that are set.
func chosen(set []bool) []uint32 {
	out := make([]uint32, 0, len(set))
	for i, x := range set {
		if x {
			out = append(out, uint32(i))
		}
	}
	return out
}

// result gives the first rows of all workers' candidates.
func (g *groupLimit) result() (*stream, error) {
	var held int64
	for _, o := range g.ops {
		held += o.hold.Peak()
	}
	g.q.metrics.held(g.node, held)
	if g.parts != nil {
		if err := g.q.parallel(len(g.ops), func(i int) error { return g.ops[i].giveUp(g.parts) }); err != nil {
			return nil, err
		}
		if err := finishPiles(g.parts); err != nil {
			return nil, err
		}
		return from(&groupLimitSource{g: g}, g.node), nil
	}
	var all []*candidates
	for _, o := range g.ops {
		all = append(all, o.kept...)
	}
	slices.SortStableFunc(all, func(a, b *candidates) int { return a.seqOf(0) - b.seqOf(0) })
	w := g.q.newWorker(0)
	prepare(all)
	if err := g.q.parallel(1<<partitionBits, func(k int) error { return g.mark(w, all, k) }); err != nil {
		return nil, err
	}
	return from(&batchSource{batches: firsts(all)}, g.node), nil
}

func prepare(all []*candidates) {
	for _, c := range all {
		c.first = make([]bool, c.batch.Rows)
	}
}

// firsts are the batches with their first rows selected.
func firsts(all []*candidates) []*vector.Batch {
	out := make([]*vector.Batch, 0, len(all))
	for _, c := range all {
		switch sel := chosen(c.first); len(sel) {
		case 0:
		case c.batch.Rows:
			out = append(out, c.batch)
		default:
			out = append(out, c.batch.Select(sel))
		}
	}
	return out
}

func finishPiles(parts []*partition) error {
	for _, p := range parts {
		if p.main.file != nil {
			if err := p.main.file.Finish(); err != nil {
				return err
			}
		}
	}
	return nil
}

// groupLimitSource gives the first rows of what was spilled; a partition is a morsel.
type groupLimitSource struct {
	g  *groupLimit
	at int
}

func (s *groupLimitSource) size() int { return len(s.g.parts) }

func (s *groupLimitSource) claim() (morsel, bool, error) {
	if s.at >= len(s.g.parts) {
		return morsel{}, false, nil
	}
	s.at++
	return morsel{part: s.at - 1}, true, nil
}

func (s *groupLimitSource) run(w *worker, m morsel, out operator) error {
	return s.g.part(w, s.g.parts[m.part], 1, out)
}

// part gives the first rows of a partition; if they do not fit in memory it is split by the next bits of the hash.
func (g *groupLimit) part(w *worker, p *partition, level int, out operator) error {
	inner := newGroupLimit(g.q, g.node)
	op, err := inner.newOp(w, level)
	if err != nil {
		return err
	}
	defer op.hold.Close()
	if err := p.main.each(w, op.push); err != nil {
		return err
	}
	if p.main.file != nil {
		closeFile(p.main.file)
		p.main.file = nil
	}
	if inner.parts == nil {
		prepare(op.kept)
		for k := range 1 << partitionBits {
			if err := inner.mark(w, op.kept, k); err != nil {
				return err
			}
		}
		src := &batchSource{batches: firsts(op.kept)}
		return src.run(w, morsel{to: len(src.batches)}, out)
	}
	if err := op.giveUp(inner.parts); err != nil {
		return err
	}
	if err := finishPiles(inner.parts); err != nil {
		return err
	}
	for _, sub := range inner.parts {
		if err := inner.part(w, sub, level+1, out); err != nil {
			return err
		}
	}
	return nil
}
