package exec

import (
	"github.com/argan-sql/argan/exec/eval"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/physical"
)

func (q *query) generate(n *physical.Generate) (*stream, error) {
	s, err := q.stream(n.Input)
	if err != nil {
		return nil, err
	}
	return s.then(n, func(w *worker, next operator) (operator, error) {
		g, err := eval.CompileGroup(n.Args, w.env)
		return &generateOp{node: n, args: g, next: next, w: w, rows: 8}, err
	}), nil
}

// generateOp calls a table-generating function.
type generateOp struct {
	node *physical.Generate
	args *eval.Group
	next operator
	w    *worker
	rows int // input rows that are generated from at once
}

// generateRows is how many input rows are generated from at once, at most: one may give thousands.
const generateRows = 256

func (g *generateOp) push(b *vector.Batch) error {
	for from := 0; from < b.Len(); {
		to := min(from+g.rows, b.Len())
		part := b
		if to-from < b.Len() {
			part = b.Slice(from, to)
		}
		if err := g.part(part); err != nil {
			return err
		}
		from = to
	}
	return nil
}

func (g *generateOp) part(b *vector.Batch) error {
	if err := g.w.alive(); err != nil {
		return err
	}
	args, err := g.args.Eval(b)
	if err != nil {
		return err
	}
	n := b.Len()
	switch total := elements(args, n); {
	case total > generateElements && n == g.rows:
		g.rows = max(1, n*generateElements/total)
	case total < generateElements/8 && n == g.rows:
		g.rows = min(8*n, generateRows)
	}
	made, parent, err := g.node.Bound.Eval(g.w.ctx, args, b.Len(), g.node.Outer)
	if err != nil {
		return err
	}
	n = len(parent)
	for from := 0; from < n; from += g.w.q.batch {
		if err := g.w.alive(); err != nil {
			return err
		}
		to := min(from+g.w.q.batch, n)
		cols := make([]*vector.Vector, 0, len(g.node.Kept)+len(g.node.Generated))
		for _, k := range g.node.Kept {
			cols = append(cols, vector.Gather(b.Column(k), parent[from:to]))
		}
		for _, k := range g.node.Generated {
			cols = append(cols, vector.Slice(made[k], from, to))
		}
		if err := g.next.push(vector.NewBatch(cols, to-from)); err != nil {
			return err
		}
	}
	return nil
}

// generateElements is about how many rows are generated at once: fewer input rows are taken where each gives many.
const generateElements = 1 << 20

// elements is how many elements the collections among the arguments have.
func elements(args []*vector.Vector, n int) (total int) {
	for _, v := range args {
		if values := v.Values(); values.Ranges != nil {
			for i := range n {
				if !v.IsNull(i) {
					total += int(values.Ranges[v.Index(i)].Len)
				}
			}
		}
	}
	return total
}

func (g *generateOp) flush() error { return g.next.flush() }
