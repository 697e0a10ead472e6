package exec

import (
	"math/rand/v2"

	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/physical"
)

func (q *query) sample(n *physical.Sample) (*stream, error) {
	s, err := q.stream(n.Input)
	if err != nil {
		return nil, err
	}
	// The same seed takes the same rows: one random number per row, in their order.
	s.serial = true
	random := rand.New(rand.NewPCG(uint64(n.Seed), 0))
	return s.then(n, func(_ *worker, next operator) (operator, error) {
		return &sampleOp{node: n, random: random, next: next}, nil
	}), nil
}

// sampleOp keeps each row with a probability.
type sampleOp struct {
	node   *physical.Sample
	random *rand.Rand
	next   operator
}

func (s *sampleOp) push(b *vector.Batch) error {
	sel := make([]uint32, 0, b.Len())
	for i := 0; i < b.Len(); i++ {
		if x := s.random.Float64(); x >= s.node.From && x < s.node.To {
			sel = append(sel, uint32(i))
		}
	}
	if len(sel) == 0 {
		return nil
	}
	return s.next.push(b.Select(sel))
}

func (s *sampleOp) flush() error { return s.next.flush() }
