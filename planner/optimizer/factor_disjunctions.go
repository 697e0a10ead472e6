package optimizer

import (
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
)

// factorDisjunctions takes out what every branch of an OR demands, so that it can be pushed down or join:
//
//	(p_partkey = l_partkey AND p_size < 5) OR (p_partkey = l_partkey AND p_size > 10)
//	p_partkey = l_partkey AND (p_size < 5 OR p_size > 10)
//
// It is right by distributivity, which holds in three-valued logic too.
func factorDisjunctions(n logical.Node, _ *Options) (logical.Node, error) {
	return logical.TransformAllExpressions(n, func(e expr.Expr) expr.Expr {
		if o, ok := e.(*expr.Or); ok {
			return factor(o)
		}
		return e
	}), nil
}

// maxFactored bounds the comparisons of branches with each other.
const maxFactored = 200

func factor(o *expr.Or) expr.Expr {
	if len(o.Terms) > maxFactored {
		return o
	}
	branches := make([][]expr.Expr, len(o.Terms))
	for i, t := range o.Terms {
		branches[i] = expr.Terms(t)
		if expr.Volatile(t) || len(branches[i]) > maxFactored {
			return o
		}
	}
	var common []expr.Expr
	for _, t := range branches[0] {
		everywhere := true
		for _, b := range branches[1:] {
			if find(b, t) < 0 {
				everywhere = false
				break
			}
		}
		if everywhere && find(common, t) < 0 {
			common = append(common, t)
		}
	}
	if len(common) == 0 {
		return o
	}
	var rest []expr.Expr
	for _, b := range branches {
		var left []expr.Expr
		for _, t := range b {
			if find(common, t) < 0 {
				left = append(left, t)
			}
		}
		if len(left) == 0 {
			return expr.Conjunction(common) // this branch asks for nothing more
		}
		rest = append(rest, expr.Conjunction(left))
	}
	return expr.Conjunction(append(common, &expr.Or{Terms: rest}))
}

func find(list []expr.Expr, e expr.Expr) int {
	for i, x := range list {
		if expr.Equal(x, e) {
			return i
		}
	}
	return -1
}

// deriveSides adds to the condition of an inner join what an OR over both sides says of one side alone, so that it can be
// pushed down: (a.n = 1 AND b.n = 2) OR (a.n = 2 AND b.n = 1) demands a.n = 1 OR a.n = 2. The OR itself stays.
func deriveSides(n logical.Node, _ *Options) (logical.Node, error) {
	return logical.Transform(n, func(n logical.Node) logical.Node {
		f, ok := n.(*logical.Filter)
		if !ok {
			return n
		}
		sides := joinedSides(f.Input)
		if len(sides) < 2 {
			return n
		}
		terms := expr.Terms(f.Condition)
		var derived []expr.Expr
		for _, t := range terms {
			o, ok := t.(*expr.Or)
			if !ok || expr.Volatile(o) || hasSubquery(o) {
				continue
			}
			for _, side := range sides {
				if e := oneSided(o, side); e != nil && find(terms, e) < 0 && !within(o, side) {
					derived = append(derived, e)
				}
			}
		}
		if len(derived) == 0 {
			return n
		}
		return &logical.Filter{Condition: expr.Conjunction(append(append([]expr.Expr{}, terms...), derived...)), Input: f.Input}
	}), nil
}

// joinedSides are the inputs of a tree of inner joins, as sets of columns.
func joinedSides(n logical.Node) []map[expr.ID]bool {
	switch n := n.(type) {
	case *logical.Join:
		if n.Kind == logical.Inner || n.Kind == logical.Cross {
			return append(joinedSides(n.Left), joinedSides(n.Right)...)
		}
	case *logical.Filter:
		return joinedSides(n.Input)
	}
	return []map[expr.ID]bool{columnSet(n.Output())}
}

// oneSided is what a disjunction demands of the columns of one side; nil when a branch demands nothing.
func oneSided(o *expr.Or, side map[expr.ID]bool) expr.Expr {
	var branches []expr.Expr
	for _, t := range o.Terms {
		own, _ := split(expr.Terms(t), side)
		if len(own) == 0 {
			return nil
		}
		branches = append(branches, expr.Conjunction(own))
	}
	return &expr.Or{Terms: branches}
}
