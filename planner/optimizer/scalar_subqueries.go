package optimizer

import (
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
)

// optimizeSubqueries runs the rules over the scalar subqueries that stay in expressions. They are run once, before the
// plan, so what they read is no concern of the query around them: each is a plan of its own.
func optimizeSubqueries(n logical.Node, o *Options) (logical.Node, error) {
	var failed error
	done := map[expr.ID]*expr.Subquery{}
	out := logical.Transform(n, func(n logical.Node) logical.Node {
		return logical.TransformExpressions(n, func(e expr.Expr) expr.Expr {
			s, ok := e.(*expr.Subquery)
			if !ok || failed != nil {
				return e
			}
			if d := done[s.ID]; d != nil && s.ID != 0 {
				return d
			}
			plan, err := Optimize(s.Plan.(logical.Node), *o)
			if err != nil {
				failed = err
				return e
			}
			d := &expr.Subquery{Kind: s.Kind, Values: s.Values, Plan: plan, ID: s.ID, Outer: s.Outer}
			done[s.ID] = d
			return d
		})
	})
	return out, failed
}
