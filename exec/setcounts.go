package exec

import (
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/physical"
)

func (q *query) setCounts(n *physical.SetCounts) (*stream, error) {
	s, err := q.stream(n.Input)
	if err != nil {
		return nil, err
	}
	return s.then(n, func(w *worker, next operator) (operator, error) {
		return &setCountsOp{except: n.Except, next: next, w: w}, nil
	}), nil
}

// setCountsOp repeats rows as INTERSECT ALL and EXCEPT ALL ask for.
type setCountsOp struct {
	except bool
	next   operator
	w      *worker
}

func (s *setCountsOp) push(b *vector.Batch) error {
	k := len(b.Cols) - 2
	left, right := vector.Flatten(b.Column(k)).I64, vector.Flatten(b.Column(k+1)).I64
	var sel []uint32
	give := func() error {
		cols := make([]*vector.Vector, k)
		for i := range cols {
			cols[i] = vector.Gather(b.Column(i), sel)
		}
		err := s.next.push(vector.NewBatch(cols, len(sel)))
		sel = nil
		return err
	}
	for i := range left {
		times := min(left[i], right[i])
		if s.except {
			times = left[i] - right[i]
		}
		for ; times > 0; times-- {
			sel = append(sel, uint32(i))
			if len(sel) == s.w.q.batch {
				if err := s.w.alive(); err != nil {
					return err
				}
				if err := give(); err != nil {
					return err
				}
			}
		}
	}
	if len(sel) > 0 {
		return give()
	}
	return nil
}

func (s *setCountsOp) flush() error { return s.next.flush() }
