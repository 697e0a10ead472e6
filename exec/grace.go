package exec

import (
	"errors"

	"github.com/argan-sql/argan/exec/eval"
	"github.com/argan-sql/argan/exec/hashtable"
	"github.com/argan-sql/argan/exec/memory"
	"github.com/argan-sql/argan/exec/spill"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/physical"
	"github.com/argan-sql/argan/types"
)

// A join whose build side does not fit in memory: both sides go to disk by the hash of their keys, and the parts are
// joined one by one; a part that still does not fit is split again.

// graceJoin joins by parts. r is the build side.
func (q *query) graceJoin(s *joinShape, r *rows) (*stream, error) {
	build, err := q.split(s, s.buildPlan, s.buildKeys, r.stream(nil, nil), 0)
	if err != nil {
		return nil, err
	}
	r.close()
	in, err := q.stream(s.probePlan)
	if err != nil {
		return nil, err
	}
	probe, err := q.split(s, s.probePlan, s.probeKeys, in, 0)
	if err != nil {
		return nil, err
	}
	return from(&graceSource{shape: s, build: build, probe: probe}, s.node), nil
}

// split writes the rows of a stream to a file per part.
func (q *query) split(s *joinShape, plan physical.Node, keys []expr.Expr, in *stream, level int) ([]*pile, error) {
	sp := newSplitter(s, physical.Types(plan.Output()), keys, level)
	if err := q.run(in, sp.worker); err != nil {
		return nil, err
	}
	return sp.finish(q)
}

// splitter spreads rows over files.
type splitter struct {
	shape *joinShape
	types []*types.Type
	keys  []expr.Expr
	level int
	parts []*partition
}

func newSplitter(s *joinShape, ts []*types.Type, keys []expr.Expr, level int) *splitter {
	sp := &splitter{shape: s, types: ts, keys: keys, level: level}
	for range 1 << partitionBits {
		sp.parts = append(sp.parts, &partition{})
	}
	return sp
}

func (sp *splitter) worker(w *worker) (operator, error) {
	g, err := eval.CompileGroup(sp.keys, w.env)
	if err != nil {
		return nil, err
	}
	ts := make([]*types.Type, len(sp.keys))
	for i, k := range sp.keys {
		ts[i] = k.Type()
	}
	layout := hashtable.NewJoin(ts, sp.shape.node.NullSafe).Layout()
	return &splitOp{sp: sp, w: w, keys: g, enc: hashtable.NewEncoder(layout)}, nil
}

func (sp *splitter) finish(q *query) ([]*pile, error) {
	out := make([]*pile, len(sp.parts))
	var bytes int64
	for i, p := range sp.parts {
		out[i] = &p.main
		if p.main.file != nil {
			if err := p.main.file.Finish(); err != nil {
				return nil, err
			}
			bytes += p.main.file.Size()
		}
	}
	q.metrics.spilled(sp.shape.node, bytes)
	return out, nil
}

// splitOp spreads a worker's rows; few rows of a part wait until there are more, as small batches cost much.
type splitOp struct {
	sp   *splitter
	w    *worker
	keys *eval.Group
	enc  *hashtable.Encoder
	wait []*vector.Batch // rows of each part that wait
}

func (o *splitOp) push(b *vector.Batch) error {
	b = b.Dense()
	keys, err := o.keys.Eval(b)
	if err != nil {
		return err
	}
	o.enc.Encode(keys, b.Rows)
	if o.wait == nil {
		o.wait = make([]*vector.Batch, len(o.sp.parts))
	}
	for k, sel := range spread(b.Rows, o.sp.level, func(i int) uint64 { return o.enc.Hashes[i] }) {
		if len(sel) == 0 {
			continue
		}
		cols := make([]*vector.Vector, len(b.Cols))
		for c, v := range b.Cols {
			cols[c] = gatherOwn(v, sel)
			if w := o.wait[k]; w != nil {
				cols[c] = vector.Concat(o.sp.types[c], []*vector.Vector{w.Cols[c], cols[c]})
			}
		}
		n := len(sel)
		if w := o.wait[k]; w != nil {
			n += w.Rows
		}
		o.wait[k] = vector.NewBatch(cols, n)
		if n >= o.w.q.batch {
			if err := o.write(k); err != nil {
				return err
			}
		}
	}
	return nil
}

func (o *splitOp) write(k int) error {
	b := o.wait[k]
	o.wait[k] = nil
	p := o.sp.parts[k]
	return p.put(o.w.q, &p.main, b.Cols, b.Rows, true)
}

func (o *splitOp) flush() error { return nil }

func (o *splitOp) end() error {
	for k, b := range o.wait {
		if b != nil {
			if err := o.write(k); err != nil {
				return err
			}
		}
	}
	return nil
}

// graceSource joins the parts; a part is a morsel.
type graceSource struct {
	shape        *joinShape
	build, probe []*pile
	at           int
}

func (g *graceSource) size() int { return len(g.build) }

func (g *graceSource) claim() (morsel, bool, error) {
	if g.at >= len(g.build) {
		return morsel{}, false, nil
	}
	g.at++
	return morsel{part: g.at - 1}, true, nil
}

func (g *graceSource) run(w *worker, m morsel, out operator) error {
	return joinPart(w, g.shape, g.build[m.part], g.probe[m.part], 0, out)
}

// joinPart joins a part of both sides.
func joinPart(w *worker, s *joinShape, build, probe *pile, level int, out operator) error {
	q := w.q
	hold := q.budget.Holder(s.node.Name())
	defer hold.Close()
	r := &rows{types: physical.Types(s.buildPlan.Output())}
	var held int64
	full := false
	err := build.each(w, func(b *vector.Batch) error {
		size := 2*batchBytes(b) + 32*int64(b.Rows)
		if !full && !hold.Grow(size, &held) {
			full = true
		}
		if full {
			if level < maxLevel && hold.Worthwhile(held) {
				return errStop
			}
			if err := hold.Need(held + size); err != nil {
				if !s.blocks() {
					return err
				}
				// One key has more rows than memory holds: the rows so far meet all of the other side, then the next ones.
				if err := joinBlock(w, s, r, probe, out); err != nil {
					return err
				}
				r.batches, held = nil, 0
				if err := hold.Need(size); err != nil {
					return err
				}
				held = size
			} else {
				held += size
			}
		}
		r.batches = append(r.batches, b)
		return nil
	})
	if errors.Is(err, errStop) {
		return splitPart(w, s, build, probe, level+1, hold, out)
	}
	if err != nil {
		return err
	}
	return joinBlock(w, s, r, probe, out)
}

// blocks says that the build side may be joined in blocks, each on its own.
func (s *joinShape) blocks() bool { return s.pairs && !s.probeRest && !s.single }

// joinBlock joins build rows in memory with all rows of a probe part.
func joinBlock(w *worker, s *joinShape, r *rows, probe *pile, out operator) error {
	one := *w.q
	one.threads = 1
	t, err := one.buildJoin(s, r)
	if err != nil {
		return err
	}
	j := &join{q: w.q, shape: s, table: t}
	op, err := j.probe(w, out)
	if err != nil {
		return err
	}
	if err := probe.each(w, op.push); err != nil {
		return err
	}
	if !s.buildRest && !s.buildSemi && !s.buildAnti {
		return nil
	}
	rest := &restSource{j: j}
	for {
		m, ok, err := rest.claim()
		if err != nil || !ok {
			return err
		}
		if err := rest.run(w, m, out); err != nil {
			return err
		}
	}
}

// splitPart splits both sides of a part by the next bits of the hash.
func splitPart(w *worker, s *joinShape, build, probe *pile, level int, hold *memory.Holder, out operator) error {
	if err := hold.Need(0); err != nil {
		return err
	}
	sides := [2][]*pile{}
	for i, side := range []struct {
		p    *pile
		plan physical.Node
		keys []expr.Expr
	}{{build, s.buildPlan, s.buildKeys}, {probe, s.probePlan, s.probeKeys}} {
		sp := newSplitter(s, physical.Types(side.plan.Output()), side.keys, level)
		op, err := sp.worker(w)
		if err != nil {
			return err
		}
		if err := side.p.each(w, op.push); err != nil {
			return err
		}
		if err := op.(ender).end(); err != nil {
			return err
		}
		if sides[i], err = sp.finish(w.q); err != nil {
			return err
		}
		if side.p.file != nil {
			closeFile(side.p.file)
			side.p.file = nil
		}
	}
	for k := range sides[0] {
		if err := joinPart(w, s, sides[0][k], sides[1][k], level, out); err != nil {
			return err
		}
		for _, side := range sides {
			if side[k].file != nil {
				closeFile(side[k].file)
			}
		}
	}
	return nil
}

// load brings rows that were spilled back into memory, for an operator that cannot do without.
func (r *rows) load(q *query, hold *memory.Holder) error {
	need := int64(0)
	for _, b := range r.batches {
		need += 2 * batchBytes(b)
	}
	for _, f := range r.files {
		reader := f.Reader()
		for {
			if err := q.ctx.Err(); err != nil {
				return err
			}
			b, err := reader.Next()
			if err != nil {
				return err
			}
			if b == nil {
				break
			}
			need += 2*batchBytes(b) + 32*int64(b.Rows)
			if err := hold.Need(need); err != nil {
				return err
			}
			r.batches = append(r.batches, b)
		}
		closeFile(f)
	}
	r.files = nil
	return nil
}

// closeFile gives a temporary file's space back; nothing is lost if that fails.
func closeFile(f *spill.File) { _ = f.Close() }
