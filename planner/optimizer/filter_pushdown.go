package optimizer

import (
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
)

// pushFilters moves the terms of filters and join conditions as far down as they may go, into scans at best. It makes inner
// joins of cross joins whose sides a filter above compares, and of outer joins whose NULL-filled rows a filter above drops.
//
// A filter above an outer join must not pass to the side that is filled with NULLs: for
//
//	SELECT * FROM a LEFT JOIN b ON a.k = b.k WHERE b.v IS NULL
//
// filtering b first would keep rows of a whose partner has b.v NOT NULL. Only where a term cannot be true of a NULL-filled
// row does the join become an inner one, and then the term may pass.
func pushFilters(n logical.Node, _ *Options) (logical.Node, error) {
	return push(n, nil), nil
}

// push is n with terms (over n's output) applied as deep as possible.
func push(n logical.Node, terms []expr.Expr) logical.Node {
	switch n := n.(type) {
	case *logical.Filter:
		return push(n.Input, append(expr.Terms(n.Condition), terms...))
	case *logical.Project:
		return pushProject(n, terms)
	case *logical.Join:
		return pushJoin(n, terms)
	case *logical.Aggregate:
		return pushAggregate(n, terms)
	case *logical.Window:
		return pushWindow(n, terms)
	case *logical.SetOp:
		return pushSetOp(n, terms)
	case *logical.Generate:
		below, above := split(terms, columnSet(n.Input.Output()))
		return filtered(n.WithChildren([]logical.Node{push(n.Input, below)}), above)
	case *logical.Sort, *logical.Distinct, *logical.Repartition:
		below, above := steady(terms)
		return filtered(n.WithChildren([]logical.Node{push(n.Children()[0], below)}), above)
	case *logical.CTE:
		return &logical.CTE{ID: n.ID, Name: n.Name, Query: push(n.Query, nil), Input: push(n.Input, terms)}
	case *logical.Scan:
		return pushScan(n, terms)
	}
	children := n.Children()
	if len(children) > 0 {
		out := make([]logical.Node, len(children))
		for i, c := range children {
			out[i] = push(c, nil)
		}
		n = n.WithChildren(out)
	}
	return filtered(n, terms)
}

// filtered is n under a filter of terms, n itself without any.
func filtered(n logical.Node, terms []expr.Expr) logical.Node {
	if len(terms) == 0 {
		return n
	}
	return &logical.Filter{Condition: expr.Conjunction(terms), Input: n}
}

func columnSet(columns []*expr.Column) map[expr.ID]bool {
	out := make(map[expr.ID]bool, len(columns))
	for _, c := range columns {
		out[c.ID] = true
	}
	return out
}

// reads says whether e reads only columns of the set; a subquery that depends on outer columns reads those too.
func within(e expr.Expr, set map[expr.ID]bool) bool {
	return !expr.Any(e, func(x expr.Expr) bool {
		switch x := x.(type) {
		case *expr.Column:
			return !set[x.ID]
		case *expr.Subquery:
			return correlated(x)
		}
		return false
	})
}

// correlated says whether a subquery reads columns of the query around it.
func correlated(s *expr.Subquery) bool {
	found := false
	logical.ExpressionsOf(s.Plan.(logical.Node), func(e expr.Expr) {
		found = found || expr.Any(e, func(x expr.Expr) bool {
			_, ok := x.(*expr.Outer)
			return ok
		})
	})
	return found
}

// split parts terms into those that read only columns of the set and may be moved, and the others.
func split(terms []expr.Expr, set map[expr.ID]bool) (inside, outside []expr.Expr) {
	for _, t := range terms {
		if within(t, set) && !expr.Volatile(t) {
			inside = append(inside, t)
		} else {
			outside = append(outside, t)
		}
	}
	return inside, outside
}

// steady parts terms into those that may be moved and volatile ones.
func steady(terms []expr.Expr) (move, stay []expr.Expr) {
	for _, t := range terms {
		if expr.Volatile(t) {
			stay = append(stay, t)
		} else {
			move = append(move, t)
		}
	}
	return move, stay
}

// substitute replaces columns by expressions.
func substitute(e expr.Expr, by map[expr.ID]expr.Expr) expr.Expr {
	return expr.Transform(e, func(x expr.Expr) expr.Expr {
		if c, ok := x.(*expr.Column); ok {
			if r, ok := by[c.ID]; ok {
				return r
			}
		}
		return x
	})
}

// hasSubquery says whether e holds a subquery of any kind.
func hasSubquery(e expr.Expr) bool {
	return expr.Any(e, func(x expr.Expr) bool {
		_, ok := x.(*expr.Subquery)
		return ok
	})
}

func pushProject(n *logical.Project, terms []expr.Expr) logical.Node {
	by := make(map[expr.ID]expr.Expr, len(n.Exprs))
	stuck := map[expr.ID]bool{}
	for _, x := range n.Exprs {
		if expr.Volatile(x.Expr) || hasSubquery(x.Expr) {
			stuck[x.Out.ID] = true
		} else if c, ok := x.Expr.(*expr.Column); !ok || c.ID != x.Out.ID {
			by[x.Out.ID] = x.Expr
		}
	}
	var below, above []expr.Expr
	for _, t := range terms {
		held := expr.Volatile(t) || expr.Any(t, func(x expr.Expr) bool {
			switch x := x.(type) {
			case *expr.Column:
				return stuck[x.ID]
			case *expr.Subquery:
				return correlated(x)
			}
			return false
		})
		if held {
			above = append(above, t)
		} else {
			below = append(below, substitute(t, by))
		}
	}
	return filtered(&logical.Project{Exprs: n.Exprs, Input: push(n.Input, below)}, above)
}

func pushAggregate(n *logical.Aggregate, terms []expr.Expr) logical.Node {
	by, keys := map[expr.ID]expr.Expr{}, map[expr.ID]bool{}
	for _, g := range n.Groups {
		if !expr.Volatile(g.Expr) {
			by[g.Out.ID], keys[g.Out.ID] = g.Expr, true
		}
	}
	var below, above []expr.Expr
	if len(n.Groups) == 0 {
		above = terms // there is a row even without input
	} else {
		below, above = split(terms, keys)
		for i, t := range below {
			below[i] = substitute(t, by)
		}
	}
	return filtered(n.WithChildren([]logical.Node{push(n.Input, below)}), above)
}

// pushWindow lets terms pass that keep or drop whole partitions of every function.
func pushWindow(n *logical.Window, terms []expr.Expr) logical.Node {
	var keys map[expr.ID]bool
	for _, f := range n.Functions {
		w, ok := f.Expr.(*expr.Window)
		if !ok {
			continue
		}
		own := map[expr.ID]bool{}
		for _, p := range w.PartitionBy {
			if c, ok := p.(*expr.Column); ok && (keys == nil || keys[c.ID]) {
				own[c.ID] = true
			}
		}
		keys = own
	}
	below, above := split(terms, keys)
	// A term without columns would drop all partitions or none: that is right too, but keep it above, where it is cheap.
	return filtered(n.WithChildren([]logical.Node{push(n.Input, below)}), above)
}

func pushSetOp(n *logical.SetOp, terms []expr.Expr) logical.Node {
	below, above := split(terms, columnSet(n.Columns))
	inputs := make([]logical.Node, len(n.Inputs))
	for i, in := range n.Inputs {
		by := map[expr.ID]expr.Expr{}
		for k, c := range in.Output() {
			by[n.Columns[k].ID] = c
		}
		own := make([]expr.Expr, len(below))
		for k, t := range below {
			own[k] = substitute(t, by)
		}
		inputs[i] = push(in, own)
	}
	return filtered(n.WithChildren(inputs), above)
}

func pushScan(n *logical.Scan, terms []expr.Expr) logical.Node {
	move, stay := steady(terms)
	var into []expr.Expr
	for _, t := range move {
		if hasCorrelated(t) {
			stay = append(stay, t)
		} else {
			into = append(into, t)
		}
	}
	if len(into) == 0 || n.Limit >= 0 {
		return filtered(n, terms)
	}
	out := *n
	out.Filters = append(append([]expr.Expr{}, n.Filters...), into...)
	if p, ok := Predicate(expr.Conjunction(out.Filters), out.Columns); ok {
		out.Predicate = p
	}
	return filtered(&out, stay)
}

// hasCorrelated says whether e holds a subquery that is not a plain value, or reads outer columns.
func hasCorrelated(e expr.Expr) bool {
	return expr.Any(e, func(x expr.Expr) bool {
		switch x := x.(type) {
		case *expr.Outer:
			return true
		case *expr.Subquery:
			return x.Kind != expr.ScalarSubquery || correlated(x)
		}
		return false
	})
}

// sides of a join.
type sides struct{ left, right map[expr.ID]bool }

func pushJoin(n *logical.Join, terms []expr.Expr) logical.Node {
	s := sides{columnSet(n.Left.Output()), columnSet(n.Right.Output())}
	kind := n.Kind
	if n.Lateral {
		below, above := split(terms, s.left)
		return filtered(n.WithChildren([]logical.Node{push(n.Left, below), push(n.Right, nil)}), above)
	}
	kind = stricter(kind, terms, s)
	on := expr.Terms(n.Condition)
	var left, right, keep, above []expr.Expr
	for _, t := range terms {
		l, r := within(t, s.left), within(t, s.right)
		switch {
		case expr.Volatile(t):
			above = append(above, t)
		case kind == logical.Inner || kind == logical.Cross:
			on = append(on, t)
		case l && (kind != logical.RightOuter && kind != logical.FullOuter):
			left = append(left, t)
		case r && kind == logical.RightOuter:
			right = append(right, t)
		default:
			above = append(above, t)
		}
	}
	for _, t := range on {
		l, r := within(t, s.left), within(t, s.right)
		switch {
		case expr.Volatile(t) || n.NullAware || kind == logical.Mark || kind == logical.FullOuter:
			keep = append(keep, t)
		case l && (kind == logical.Inner || kind == logical.Cross || kind == logical.LeftSemi || kind == logical.RightOuter):
			left = append(left, t)
		case r && kind != logical.RightOuter:
			right = append(right, t)
		default:
			keep = append(keep, t)
		}
	}
	if kind == logical.Cross && len(keep) > 0 {
		kind = logical.Inner
	}
	out := *n
	out.Kind, out.Condition, out.Left, out.Right = kind, expr.Conjunction(keep), push(n.Left, left), push(n.Right, right)
	return filtered(&out, above)
}

// stricter is the join kind when rows filled with NULLs are dropped by terms above.
func stricter(kind logical.JoinKind, terms []expr.Expr, s sides) logical.JoinKind {
	dropsLeft, dropsRight := false, false // rows whose left (right) side is NULL-filled
	for _, t := range terms {
		dropsLeft = dropsLeft || rejectsNull(t, s.left)
		dropsRight = dropsRight || rejectsNull(t, s.right)
	}
	switch {
	case kind == logical.LeftOuter && dropsRight, kind == logical.RightOuter && dropsLeft:
		return logical.Inner
	case kind == logical.FullOuter && dropsLeft && dropsRight:
		return logical.Inner
	case kind == logical.FullOuter && dropsLeft:
		return logical.LeftOuter
	case kind == logical.FullOuter && dropsRight:
		return logical.RightOuter
	}
	return kind
}

// rejectsNull says whether a condition cannot be true where all columns of the set are NULL.
func rejectsNull(e expr.Expr, set map[expr.ID]bool) bool {
	switch e := e.(type) {
	case *expr.And:
		for _, t := range e.Terms {
			if rejectsNull(t, set) {
				return true
			}
		}
		return false
	case *expr.Or:
		for _, t := range e.Terms {
			if !rejectsNull(t, set) {
				return false
			}
		}
		return len(e.Terms) > 0
	case *expr.Call:
		if e.Bound.Function.Name == "isnotnull" || e.Bound.Function.Name == "in" {
			return givesNull(e.Args[0], set)
		}
	}
	return givesNull(e, set)
}

// givesNull says whether an expression is NULL where all columns of the set are.
func givesNull(e expr.Expr, set map[expr.ID]bool) bool {
	switch e := e.(type) {
	case *expr.Column:
		return set[e.ID]
	case *expr.Cast:
		return givesNull(e.Child, set)
	case *expr.Call:
		if e.Bound.Function.Nulls != function.NullIfAnyNull || e.Bound.Function.Volatile {
			return false
		}
		for _, a := range e.Args {
			if givesNull(a, set) {
				return true
			}
		}
	}
	return false
}
