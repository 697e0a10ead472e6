package exec

import (
	"github.com/argan-sql/argan/exec/eval"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/physical"
)

func (q *query) filter(n *physical.Filter) (*stream, error) {
	s, err := q.stream(n.Input)
	if err != nil {
		return nil, err
	}
	for _, c := range n.Conditions {
		s.serial = s.serial || expr.Volatile(c)
	}
	return s.then(n, func(w *worker, next operator) (operator, error) {
		f, err := eval.CompileFilter(n.Conditions, w.env)
		return &filterOp{filter: f, next: next}, err
	}), nil
}

// filterOp keeps the rows for which conditions hold.
type filterOp struct {
	filter *eval.Filter
	next   operator
}

func (f *filterOp) push(b *vector.Batch) error {
	b, err := f.filter.Apply(b)
	if err != nil || b.Len() == 0 {
		return err
	}
	return f.next.push(b)
}

func (f *filterOp) flush() error { return f.next.flush() }
