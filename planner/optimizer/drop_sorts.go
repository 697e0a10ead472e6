package optimizer

import (
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
)

// dropSorts takes out sorts whose order nobody sees, and DISTINCTs of rows that are distinct already:
//
//	SELECT k, count(*) FROM (SELECT * FROM t ORDER BY v) GROUP BY k
//
// Order is seen at the top of a plan, by LIMIT, and by aggregates that keep it; a join keeps what order its inputs have only
// by chance, as Spark does. In
//
//	SELECT collect_list(v) FROM (SELECT * FROM t ORDER BY v)
//
// the sort stays. Semi and anti joins do not see whether their right side has a row once or more often.
func dropSorts(n logical.Node, _ *Options) (logical.Node, error) {
	return unsorted(n, true), nil
}

// unsorted is n without needless sorts; seen says whether the order of its rows matters.
func unsorted(n logical.Node, seen bool) logical.Node {
	below := make([]bool, len(n.Children()))
	for i := range below {
		below[i] = seen
	}
	switch x := n.(type) {
	case *logical.Sort:
		if !seen && x.Global && !volatileKeys(x) {
			return unsorted(x.Input, false)
		}
		below[0] = false
	case *logical.Limit, *logical.Sample, *logical.Window, *logical.Repartition:
		below[0] = true
	case *logical.TopN:
		below[0] = true // ties are decided by the order of the rows
	case *logical.Aggregate:
		below[0] = false
		for _, a := range x.Aggregates {
			if agg, ok := a.Expr.(*expr.Aggregate); !ok || agg.Bound.Function.OrderSensitive || isInexact(agg) {
				below[0] = true
			}
		}
	case *logical.Distinct:
		if uniqueBy(x.Input, columnSet(x.Output())) {
			return unsorted(x.Input, seen)
		}
		below[0] = false
	case *logical.SetOp:
		for i := range below {
			below[i] = seen && x.Kind == logical.Union
		}
	case *logical.Join:
		below[0], below[1] = seen && !x.Lateral, x.Lateral
		if d, ok := x.Right.(*logical.Distinct); ok && (x.Kind == logical.LeftSemi || x.Kind == logical.LeftAnti) && !x.Lateral {
			return unsorted(x.WithChildren([]logical.Node{x.Left, d.Input}), seen)
		}
	case *logical.CTE:
		below[0] = true
	}
	children := n.Children()
	out := make([]logical.Node, len(children))
	changed := false
	for i, c := range children {
		out[i] = unsorted(c, below[i])
		changed = changed || out[i] != c
	}
	if changed {
		return n.WithChildren(out)
	}
	return n
}

func volatileKeys(s *logical.Sort) bool {
	for _, k := range s.Keys {
		if expr.Volatile(k.Expr) {
			return true
		}
	}
	return false
}

// isInexact says whether an aggregate of floating-point numbers depends, in its last digits, on the order of its rows.
func isInexact(a *expr.Aggregate) bool {
	switch a.Bound.Function.Name {
	case "count", "min", "max", "bool_and", "bool_or", "every", "some", "any", "count_if":
		return false
	}
	for _, x := range a.Args {
		if k := x.Type().String(); k == "float" || k == "double" {
			return true
		}
	}
	return false
}
