package exec

import (
	"sync"

	"github.com/argan-sql/argan/exec/eval"
	"github.com/argan-sql/argan/exec/hashtable"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/planner/physical"
	"github.com/argan-sql/argan/types"
)

// joinShape says what a hash join gives, seen from its build and probe sides.
type joinShape struct {
	node *physical.HashJoin
	// pairs: the matching pairs are given. probeRest, buildRest: rows without partner are given with NULLs.
	pairs, probeRest, buildRest bool
	// semi, anti, mark: only probe rows are given, by whether they have a partner.
	semi, anti, mark bool
	// buildSemi, buildAnti: only build rows are given, in the end, by whether they have a partner.
	buildSemi, buildAnti bool
	single               bool

	buildPlan, probePlan physical.Node
	buildKeys, probeKeys []expr.Expr
	probeWidth           int // columns of the probe side
	leftWidth            int
	buildWant            []bool // build columns that the output or the residual reads
	probeWant            []bool // probe columns that the residual reads
	types                []*types.Type
}

func shapeOf(n *physical.HashJoin) *joinShape {
	s := &joinShape{node: n, leftWidth: len(n.Left.Output())}
	for _, c := range append(append([]physical.Column{}, n.Left.Output()...), n.Right.Output()...) {
		s.types = append(s.types, c.Type)
	}
	s.buildPlan, s.probePlan, s.buildKeys, s.probeKeys = n.Right, n.Left, n.RightKeys, n.LeftKeys
	if n.BuildLeft {
		s.buildPlan, s.probePlan, s.buildKeys, s.probeKeys = n.Left, n.Right, n.LeftKeys, n.RightKeys
	}
	s.probeWidth = len(s.probePlan.Output())
	leftRest := n.Kind == logical.LeftOuter || n.Kind == logical.FullOuter || n.Kind == logical.Single
	rightRest := n.Kind == logical.RightOuter || n.Kind == logical.FullOuter
	switch n.Kind {
	case logical.LeftSemi:
		s.semi, s.buildSemi = !n.BuildLeft, n.BuildLeft
	case logical.LeftAnti:
		s.anti, s.buildAnti = !n.BuildLeft, n.BuildLeft
	case logical.Mark:
		s.mark = true
	default:
		s.pairs = true
		s.single = n.Kind == logical.Single
		s.probeRest, s.buildRest = leftRest, rightRest
		if n.BuildLeft {
			s.probeRest, s.buildRest = rightRest, leftRest
		}
	}
	s.buildWant = make([]bool, len(s.buildPlan.Output()))
	s.probeWant = make([]bool, s.probeWidth)
	for _, k := range n.Kept {
		if i, build := s.side(k); build {
			s.buildWant[i] = true
		}
	}
	if n.Residual != nil {
		expr.Walk(n.Residual, func(e expr.Expr) bool {
			if o, ok := e.(*expr.Ordinal); ok {
				if i, build := s.side(o.Index); build {
					s.buildWant[i] = true
				} else {
					s.probeWant[i] = true
				}
			}
			return true
		})
	}
	return s
}

// side gives the number of a column (counted over both inputs) within its side.
func (s *joinShape) side(k int) (i int, build bool) {
	if k < s.leftWidth {
		return k, s.node.BuildLeft
	}
	return k - s.leftWidth, !s.node.BuildLeft
}

// joinTable is the build side of a join: the table of its keys and its columns.
type joinTable struct {
	*hashtable.Join
	cols []*vector.Vector // those that are wanted; others are nil
}

// buildJoin makes the table of rows that are in memory.
func (q *query) buildJoin(s *joinShape, r *rows) (*joinTable, error) {
	t := &joinTable{}
	ts := make([]*types.Type, len(s.buildKeys))
	for i, k := range s.buildKeys {
		ts[i] = k.Type()
	}
	t.Join = hashtable.NewJoin(ts, s.node.NullSafe)
	g, err := eval.CompileGroup(s.buildKeys, q.newWorker(0).env)
	if err != nil {
		return nil, err
	}
	enc := hashtable.NewEncoder(t.Layout())
	for _, b := range r.batches {
		if err := q.ctx.Err(); err != nil {
			return nil, err
		}
		keys, err := g.Eval(b)
		if err != nil {
			return nil, err
		}
		enc.Encode(keys, b.Len())
		t.Add(enc)
	}
	t.Build(q.threads)
	if t.cols, _, err = r.columns(q, s.buildWant); err != nil {
		return nil, err
	}
	return t, nil
}

func (q *query) hashJoin(n *physical.HashJoin) (*stream, error) {
	s := shapeOf(n)
	build, err := q.stream(s.buildPlan)
	if err != nil {
		return nil, err
	}
	c := newCollector(q, physical.Types(s.buildPlan.Output()), n)
	if err := q.run(build, c.worker); err != nil {
		return nil, err
	}
	r, err := c.finish()
	if err != nil {
		return nil, err
	}
	hold := q.budget.Holder(n.Name())
	r.hold = append(r.hold, hold)
	need := 32 * r.n // the table, besides the rows
	for _, b := range r.batches {
		need += batchBytes(b)
	}
	if len(r.files) > 0 || !hold.Resize(need) {
		if !n.NullAware {
			return q.graceJoin(s, r)
		}
		if err := r.load(q, hold); err != nil {
			return nil, err
		}
	}
	t, err := q.buildJoin(s, r)
	if err != nil {
		return nil, err
	}
	q.metrics.held(n, hold.Peak())
	q.publish(s, r, t)
	r.batches = nil
	probe, err := q.stream(s.probePlan)
	if err != nil {
		return nil, err
	}
	j := &join{q: q, shape: s, table: t}
	return j.attach(probe), nil
}

// join is a table that a probe side runs through.
type join struct {
	q     *query
	shape *joinShape
	table *joinTable
	ops   []*probeOp // they know the build rows that found a partner
	mu    sync.Mutex
}

// attach puts the probe behind a stream, and the build rows that are given in the end.
func (j *join) attach(probe *stream) *stream {
	s := j.shape
	probe.then(s.node, j.probe)
	if s.buildRest || s.buildSemi || s.buildAnti {
		probe.branches = append(probe.branches, &branch{src: &restSource{j: j}, node: s.node, after: true})
	}
	return probe
}

func (j *join) probe(w *worker, next operator) (operator, error) {
	s := j.shape
	p := &probeOp{j: j, w: w, next: next, probe: hashtable.NewProbe(j.table.Join)}
	var err error
	if p.keys, err = eval.CompileGroup(s.probeKeys, w.env); err != nil {
		return nil, err
	}
	if s.node.Residual != nil {
		if p.residual, err = eval.CompileFilter([]expr.Expr{s.node.Residual}, w.env); err != nil {
			return nil, err
		}
	}
	if s.buildRest || s.buildSemi || s.buildAnti {
		p.matched = make([]bool, j.table.Rows())
	}
	if p.matched != nil {
		j.mu.Lock()
		defer j.mu.Unlock()
		j.ops = append(j.ops, p)
	}
	return p, nil
}

// restSource gives the build rows that have (or do not have) a partner after all probes.
type restSource struct {
	j    *join
	rows []uint32
	at   int
	made bool
}

func (r *restSource) size() int { return r.j.table.Rows()/morselRows + 1 }

func (r *restSource) claim() (morsel, bool, error) {
	if !r.made {
		r.made = true
		want := r.j.shape.buildSemi
		for i := 0; i < r.j.table.Rows(); i++ {
			found := false
			for _, o := range r.j.ops {
				found = found || o.matched[i]
			}
			if found == want {
				r.rows = append(r.rows, uint32(i))
			}
		}
	}
	if r.at >= len(r.rows) {
		return morsel{}, false, nil
	}
	m := morsel{from: r.at, to: min(r.at+morselRows, len(r.rows))}
	r.at = m.to
	return m, true, nil
}

func (r *restSource) run(w *worker, m morsel, out operator) error {
	s := r.j.shape
	for at := m.from; at < m.to; at += w.q.batch {
		if err := w.alive(); err != nil {
			return err
		}
		sel := r.rows[at:min(at+w.q.batch, m.to)]
		cols := make([]*vector.Vector, len(s.node.Kept))
		for i, k := range s.node.Kept {
			if c, build := s.side(k); build {
				cols[i] = vector.Gather(r.j.table.cols[c], sel)
			} else {
				cols[i] = vector.NullConst(s.types[k], len(sel))
			}
		}
		if err := out.push(vector.NewBatch(cols, len(sel))); err != nil {
			return err
		}
	}
	return nil
}
