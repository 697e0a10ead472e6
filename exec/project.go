package exec

import (
	"github.com/argan-sql/argan/exec/eval"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/physical"
)

func (q *query) project(n *physical.Project) (*stream, error) {
	s, err := q.stream(n.Input)
	if err != nil {
		return nil, err
	}
	volatile := false
	for _, e := range n.Exprs {
		volatile = volatile || expr.Volatile(e)
	}
	// rand and the like go on from row to row: one worker sees all rows, in order.
	s.serial = s.serial || volatile
	return s.then(n, func(w *worker, next operator) (operator, error) {
		g, err := eval.CompileGroup(n.Exprs, w.env)
		if err != nil {
			return nil, err
		}
		p := &projectOp{exprs: g, next: next, w: w, node: n, volatile: volatile}
		p.passed = make([]int, len(n.Exprs))
		for i, e := range n.Exprs {
			o, ok := e.(*expr.Ordinal)
			if !ok {
				return p, nil
			}
			p.passed[i] = o.Index
		}
		p.passes = true
		return p, nil
	}), nil
}

// projectOp computes expressions.
type projectOp struct {
	exprs    *eval.Group
	next     operator
	w        *worker
	node     *physical.Project
	volatile bool
	// passes says that all expressions are columns, passed: the selection then stays.
	passes bool
	passed []int
}

func (p *projectOp) push(b *vector.Batch) error {
	if p.passes {
		cols := make([]*vector.Vector, len(p.passed))
		for i, c := range p.passed {
			cols[i] = b.Cols[c]
		}
		return p.next.push(&vector.Batch{Cols: cols, Rows: b.Rows, Sel: b.Sel})
	}
	n := b.Len()
	if p.volatile {
		p.w.ctx.Row = p.w.rows[p.node]
		p.w.rows[p.node] += int64(n)
	}
	cols, err := p.exprs.Eval(b)
	if err != nil {
		return err
	}
	return p.next.push(vector.NewBatch(append([]*vector.Vector{}, cols...), n))
}

func (p *projectOp) flush() error { return p.next.flush() }
