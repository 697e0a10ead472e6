package exec

import (
	"github.com/argan-sql/argan/exec/eval"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/physical"
)

func (q *query) expand(n *physical.Expand) (*stream, error) {
	s, err := q.stream(n.Input)
	if err != nil {
		return nil, err
	}
	return s.then(n, func(w *worker, next operator) (operator, error) {
		e := &expandOp{next: next}
		for _, p := range n.Projections {
			g, err := eval.CompileGroup(p, w.env)
			if err != nil {
				return nil, err
			}
			e.projections = append(e.projections, g)
		}
		return e, nil
	}), nil
}

// expandOp gives each row once per projection.
type expandOp struct {
	projections []*eval.Group
	next        operator
}

func (e *expandOp) push(b *vector.Batch) error {
	n := b.Len()
	for _, p := range e.projections {
		cols, err := p.Eval(b)
		if err != nil {
			return err
		}
		if err := e.next.push(vector.NewBatch(append([]*vector.Vector{}, cols...), n)); err != nil {
			return err
		}
	}
	return nil
}

func (e *expandOp) flush() error { return e.next.flush() }
