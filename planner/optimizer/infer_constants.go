package optimizer

import (
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
)

// inferConstants tells every column that equals another one what constants that one is compared with, so that both sides of
// a join are filtered where they are read:
//
//	a JOIN b ON a.k = b.k WHERE a.k = 5      and b.k = 5
//
// It is right where both conditions must hold of the same row: within a filter and the inner joins below it. It would be
// wrong for the condition of an outer join, whose preserved rows need not fulfil it:
//
//	a LEFT JOIN b ON a.k = b.k AND b.k = 5   does not demand a.k = 5
//
// Columns of other types than integers, dates and strings are left out: 0.0 equals -0.0, but not everywhere.
func inferConstants(n logical.Node, _ *Options) (logical.Node, error) {
	return logical.Transform(n, func(n logical.Node) logical.Node {
		switch n := n.(type) {
		case *logical.Filter:
			terms := expr.Terms(n.Condition)
			if more := inferred(append(append([]expr.Expr{}, terms...), joinTerms(n.Input)...)); len(more) > 0 {
				return &logical.Filter{Condition: expr.Conjunction(append(append([]expr.Expr{}, terms...), more...)), Input: n.Input}
			}
		case *logical.Join:
			if n.Kind != logical.Inner || n.Lateral {
				return n
			}
			terms := expr.Terms(n.Condition)
			if more := inferred(joinTerms(n)); len(more) > 0 {
				out := *n
				out.Condition = expr.Conjunction(append(append([]expr.Expr{}, terms...), more...))
				return &out
			}
		}
		return n
	}), nil
}

// joinTerms are the conditions of a tree of inner joins and the filters among them.
func joinTerms(n logical.Node) []expr.Expr {
	switch n := n.(type) {
	case *logical.Join:
		if (n.Kind == logical.Inner || n.Kind == logical.Cross) && !n.Lateral {
			return append(append(append([]expr.Expr{}, expr.Terms(n.Condition)...), joinTerms(n.Left)...), joinTerms(n.Right)...)
		}
	case *logical.Filter:
		return append(append([]expr.Expr{}, expr.Terms(n.Condition)...), joinTerms(n.Input)...)
	}
	return nil
}

// inferred are the comparisons with constants that follow from terms and are not among them.
func inferred(terms []expr.Expr) []expr.Expr {
	equal := map[expr.ID][]*expr.Column{}
	for _, t := range terms {
		c, ok := t.(*expr.Call)
		if !ok || c.Bound.Function.Name != "=" || len(c.Args) != 2 {
			continue
		}
		a, ok1 := c.Args[0].(*expr.Column)
		b, ok2 := c.Args[1].(*expr.Column)
		if !ok1 || !ok2 || a.ID == b.ID || !a.T.Equal(b.T) || !discrete(a) {
			continue
		}
		equal[a.ID], equal[b.ID] = append(equal[a.ID], b), append(equal[b.ID], a)
	}
	if len(equal) == 0 {
		return nil
	}
	var out []expr.Expr
	for _, t := range terms {
		c, ok := constantTerm(t)
		if !ok {
			continue
		}
		seen := map[expr.ID]bool{c.ID: true}
		for queue := equal[c.ID]; len(queue) > 0; queue = queue[1:] {
			to := queue[0]
			if seen[to.ID] {
				continue
			}
			seen[to.ID] = true
			queue = append(queue, equal[to.ID]...)
			if e := substitute(t, map[expr.ID]expr.Expr{c.ID: to}); find(terms, e) < 0 && find(out, e) < 0 {
				out = append(out, e)
			}
		}
	}
	return out
}

func discrete(c *expr.Column) bool {
	return c.T.IsInteger() || c.T.IsString() || c.T.String() == "date"
}

// constantTerm is the column that a term compares with constants.
func constantTerm(t expr.Expr) (*expr.Column, bool) {
	e, ok := t.(*expr.Call)
	if !ok || len(e.Args) < 2 {
		return nil, false
	}
	name := e.Bound.Function.Name
	if name != "=" && name != "in" {
		return nil, false
	}
	var column *expr.Column
	for i, a := range e.Args {
		switch a := a.(type) {
		case *expr.Column:
			if column != nil || name == "in" && i > 0 {
				return nil, false
			}
			column = a
		case *expr.Literal:
			if a.Value.IsNull(0) {
				return nil, false
			}
		default:
			return nil, false
		}
	}
	return column, column != nil
}
