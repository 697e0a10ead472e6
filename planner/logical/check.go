package logical

import (
	"fmt"

	"github.com/argan-sql/argan/planner/expr"
)

// Check verifies a plan: every column that an expression reads is given by an input of its node, and every Outer
// reference by an input of the node around the subquery. It is for tests and for finding a rule that breaks plans.
func Check(n Node) error { return check(n, nil) }

func check(n Node, outer map[expr.ID]bool) error {
	known := map[expr.ID]bool{}
	for _, c := range n.Children() {
		for _, o := range c.Output() {
			known[o.ID] = true
		}
	}
	if s, ok := n.(*Scan); ok {
		for _, o := range s.Columns {
			known[o.ID] = true
		}
	}
	if j, ok := n.(*Join); ok && (j.Kind == LeftSemi || j.Kind == LeftAnti || j.Kind == Mark) {
		for _, o := range j.Right.Output() {
			known[o.ID] = true
		}
	}
	var bad error
	for _, e := range n.Expressions() {
		expr.Walk(e, func(x expr.Expr) bool {
			switch x := x.(type) {
			case *expr.Column:
				if !known[x.ID] {
					bad = fmt.Errorf("%T reads %s#%d, which no input gives", n, x.Name, x.ID)
				}
			case *expr.Outer:
				if !outer[x.Column.ID] {
					bad = fmt.Errorf("%T reads outer %s#%d, which the query around does not give", n, x.Column.Name, x.Column.ID)
				}
			case *expr.Subquery:
				if err := check(x.Plan.(Node), known); err != nil {
					bad = err
				}
			}
			return bad == nil
		})
		if bad != nil {
			return bad
		}
	}
	for i, c := range n.Children() {
		around := outer
		if j, ok := n.(*Join); ok && j.Lateral && i == 1 {
			around = map[expr.ID]bool{}
			for id := range outer {
				around[id] = true
			}
			for _, o := range j.Left.Output() {
				around[o.ID] = true
			}
		}
		if err := check(c, around); err != nil {
			return err
		}
	}
	return nil
}
