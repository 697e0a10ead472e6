package logical

import "github.com/argan-sql/argan/planner/expr"

// Walk visits n and everything below it, parents first, until f returns false for a node (what is below it is then left out).
// Plans inside expressions are not visited: see Subplans.
func Walk(n Node, f func(Node) bool) {
	if !f(n) {
		return
	}
	for _, c := range n.Children() {
		Walk(c, f)
	}
}

// Any says whether f holds for n or any node below it, plans inside expressions left out.
func Any(n Node, f func(Node) bool) bool {
	found := false
	Walk(n, func(x Node) bool {
		found = found || f(x)
		return !found
	})
	return found
}

// Subplans are the plans inside the expressions of n itself.
func Subplans(n Node) []Node {
	var out []Node
	for _, e := range n.Expressions() {
		expr.Walk(e, func(x expr.Expr) bool {
			if s, ok := x.(*expr.Subquery); ok {
				out = append(out, s.Plan.(Node))
			}
			return true
		})
	}
	return out
}

// WalkAll is Walk that also visits the plans inside expressions.
func WalkAll(n Node, f func(Node) bool) {
	if !f(n) {
		return
	}
	for _, s := range Subplans(n) {
		WalkAll(s, f)
	}
	for _, c := range n.Children() {
		WalkAll(c, f)
	}
}

// Transform rewrites bottom-up: f gets each node with its inputs already rewritten and returns it or another one.
func Transform(n Node, f func(Node) Node) Node {
	ch := n.Children()
	var out []Node
	for i, c := range ch {
		t := Transform(c, f)
		if t != c && out == nil {
			out = append(make([]Node, 0, len(ch)), ch[:i]...)
		}
		if out != nil {
			out = append(out, t)
		}
	}
	if out != nil {
		n = n.WithChildren(out)
	}
	return f(n)
}

// TransformExpressions rewrites the expressions of n itself, each bottom-up.
func TransformExpressions(n Node, f func(expr.Expr) expr.Expr) Node {
	es := n.Expressions()
	var out []expr.Expr
	for i, e := range es {
		t := expr.Transform(e, f)
		if t != e && out == nil {
			out = append(make([]expr.Expr, 0, len(es)), es[:i]...)
		}
		if out != nil {
			out = append(out, t)
		}
	}
	if out == nil {
		return n
	}
	return n.WithExpressions(out)
}

// TransformAllExpressions rewrites the expressions of the whole plan, those of plans inside expressions too.
func TransformAllExpressions(n Node, f func(expr.Expr) expr.Expr) Node {
	return Transform(n, func(x Node) Node {
		return TransformExpressions(x, func(e expr.Expr) expr.Expr {
			if s, ok := e.(*expr.Subquery); ok {
				if p := TransformAllExpressions(s.Plan.(Node), f); p != s.Plan {
					e = &expr.Subquery{Kind: s.Kind, Values: s.Values, Plan: p, ID: s.ID, Outer: s.Outer}
				}
			}
			return f(e)
		})
	})
}

// ExpressionsOf calls f for every expression of the plan, those of plans inside expressions too.
func ExpressionsOf(n Node, f func(expr.Expr)) {
	WalkAll(n, func(x Node) bool {
		for _, e := range x.Expressions() {
			f(e)
		}
		return true
	})
}
