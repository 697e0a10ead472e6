package optimizer

import (
	"github.com/argan-sql/argan/planner/logical"
)

// maxTopN is the largest number of rows that a top-N keeps in memory instead of sorting all.
const maxTopN = 100_000

// topN makes one operator of a LIMIT over an ORDER BY: it keeps the best rows only.
func topN(n logical.Node, _ *Options) (logical.Node, error) {
	return logical.Transform(n, func(n logical.Node) logical.Node {
		l, ok := n.(*logical.Limit)
		if !ok || l.Count < 0 || l.Count+l.Offset > maxTopN {
			return n
		}
		// A projection between the two computes the same for the rows that stay.
		if p, ok := l.Input.(*logical.Project); ok {
			if s, ok := p.Input.(*logical.Sort); ok && s.Global {
				return &logical.Project{Exprs: p.Exprs, Input: &logical.TopN{Keys: s.Keys, Count: l.Count, Offset: l.Offset, Input: s.Input}}
			}
		}
		if s, ok := l.Input.(*logical.Sort); ok && s.Global {
			return &logical.TopN{Keys: s.Keys, Count: l.Count, Offset: l.Offset, Input: s.Input}
		}
		return n
	}), nil
}

// pushLimits lets a LIMIT without ORDER BY end its input early: through projections, into the inputs of UNION ALL, the
// preserved side of outer joins, and scans without filters. The limit itself stays where it is: what is below gives no more than
// it needs, perhaps less exactly.
func pushLimits(n logical.Node, _ *Options) (logical.Node, error) {
	return logical.Transform(n, func(n logical.Node) logical.Node {
		l, ok := n.(*logical.Limit)
		if !ok || l.Count < 0 {
			return n
		}
		in := bounded(l.Input, l.Count+l.Offset)
		if in == l.Input {
			return n
		}
		return &logical.Limit{Count: l.Count, Offset: l.Offset, Input: in}
	}), nil
}

// bounded is n, told that no more than count of its rows are needed.
func bounded(n logical.Node, count int64) logical.Node {
	switch n := n.(type) {
	case *logical.Scan:
		if len(n.Filters) == 0 && (n.Limit < 0 || n.Limit > count) {
			out := *n
			out.Limit = count
			return &out
		}
	case *logical.Project:
		if in := bounded(n.Input, count); in != n.Input {
			return &logical.Project{Exprs: n.Exprs, Input: in}
		}
	case *logical.SetOp:
		if n.Kind != logical.Union {
			return n
		}
		inputs := make([]logical.Node, len(n.Inputs))
		changed := false
		for i, in := range n.Inputs {
			inputs[i] = bounded(in, count)
			changed = changed || inputs[i] != in
		}
		if changed {
			return n.WithChildren(inputs)
		}
	case *logical.Join:
		if n.Kind == logical.LeftOuter {
			if in := bounded(n.Left, count); in != n.Left {
				return n.WithChildren([]logical.Node{in, n.Right})
			}
		}
	}
	return n
}
