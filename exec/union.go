package exec

import "github.com/argan-sql/argan/planner/physical"

// union runs its inputs' pipelines as branches of one.
func (q *query) union(n *physical.Union) (*stream, error) {
	out := &stream{}
	for _, in := range n.Inputs {
		s, err := q.stream(in)
		if err != nil {
			return nil, err
		}
		out.branches = append(out.branches, s.branches...)
		out.serial = out.serial || s.serial
	}
	return out, nil
}
