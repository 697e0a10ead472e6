package lower

import (
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/planner/physical"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// equality is a term of a join condition that compares a value of the left side with one of the right.
type equality struct {
	left, right expr.Expr
	nullSafe    bool
}

// keys splits a join condition into equalities between the sides and the rest.
func keys(condition expr.Expr, left, right ids) (equal []equality, rest []expr.Expr) {
	for _, t := range expr.Terms(condition) {
		if e, ok := equalityOf(t, left, right); ok {
			equal = append(equal, e)
			continue
		}
		rest = append(rest, t)
	}
	return equal, rest
}

func equalityOf(t expr.Expr, left, right ids) (equality, bool) {
	c, ok := t.(*expr.Call)
	if !ok || len(c.Args) != 2 || expr.Volatile(t) {
		return equality{}, false
	}
	name := c.Bound.Function.Name
	if name != "=" && name != "==" && name != "<=>" {
		return equality{}, false
	}
	a, b := c.Args[0], c.Args[1]
	if k := a.Type().Kind; k == types.Map || k == types.Variant || !a.Type().Equal(b.Type()) {
		return equality{}, false
	}
	switch {
	case only(a, left) && only(b, right):
	case only(a, right) && only(b, left):
		a, b = b, a
	default:
		return equality{}, false
	}
	return equality{a, b, name == "<=>"}, true
}

// only says whether e reads columns of a side, and of that side alone.
func only(e expr.Expr, side ids) bool {
	any, all := false, true
	expr.Walk(e, func(x expr.Expr) bool {
		switch x := x.(type) {
		case *expr.Column:
			any = true
			all = all && side[x.ID]
		case *expr.Subquery, *expr.Outer:
			all = false
		}
		return true
	})
	return any && all
}

func (l *lowerer) join(n *logical.Join, need ids) (input, error) {
	if n.Lateral {
		return input{}, sqlerr.Unsupported("this form of LATERAL or of a correlated subquery")
	}
	leftIDs, rightIDs := columnIDs(n.Left.Output()), columnIDs(n.Right.Output())
	equal, rest := keys(n.Condition, leftIDs, rightIDs)
	if n.NullAware && (len(equal) != 1 || len(rest) > 0 || equal[0].nullSafe) {
		equal, rest = nil, expr.Terms(n.Condition)
	}
	condition := ids{}.add(n.Condition)
	part := func(side ids, semi bool) ids {
		out := ids{}
		for id := range side {
			if condition[id] || !semi && need.has(id) {
				out[id] = true
			}
		}
		return out
	}
	leftOnly := n.Kind == logical.LeftSemi || n.Kind == logical.LeftAnti || n.Kind == logical.Mark
	left, err := l.lower(n.Left, part(leftIDs, false))
	if err != nil {
		return input{}, err
	}
	right, err := l.lower(n.Right, part(rightIDs, leftOnly))
	if err != nil {
		return input{}, err
	}

	// The columns of both sides, for the residual condition, and those that are read above, for the output.
	offset := len(left.plan.Output())
	both := make(map[expr.ID]int, len(left.at)+len(right.at))
	for id, i := range left.at {
		both[id] = i
	}
	for id, i := range right.at {
		both[id] = offset + i
	}
	var kept []int
	var cols []physical.Column
	at := map[expr.ID]int{}
	placed := map[int]int{}
	keep := func(out []*expr.Column, nullable bool) {
		for _, c := range out {
			i, ok := both[c.ID]
			if !ok || !need.has(c.ID) {
				continue
			}
			if _, twice := placed[i]; !twice {
				placed[i] = len(kept)
				kept = append(kept, i)
				col := column(c)
				col.Null = col.Null || nullable
				cols = append(cols, col)
			}
			at[c.ID] = placed[i]
		}
	}
	keep(n.Left.Output(), n.Kind == logical.RightOuter || n.Kind == logical.FullOuter)
	if !leftOnly {
		keep(n.Right.Output(), n.Kind == logical.LeftOuter || n.Kind == logical.FullOuter || n.Kind == logical.Single)
	}
	if n.Kind == logical.Mark {
		at[n.MarkColumn.ID] = len(cols)
		cols = append(cols, column(n.MarkColumn))
	}

	if len(equal) == 0 {
		j := &physical.NestedLoopJoin{Kind: n.Kind, Left: left.plan, Right: right.plan, NullAware: n.NullAware, Kept: kept, Columns: cols}
		if j.Condition, err = l.resolve(expr.Conjunction(rest), both); err != nil {
			return input{}, err
		}
		return input{j, at}, nil
	}
	j := &physical.HashJoin{
		Kind: n.Kind, Left: left.plan, Right: right.plan, NullAware: n.NullAware, Kept: kept, Columns: cols,
		BuildLeft: n.BuildLeft && n.Kind != logical.Single && n.Kind != logical.Mark && !n.NullAware,
	}
	if j.Kind == logical.Cross {
		j.Kind = logical.Inner
	}
	for i, e := range equal {
		a, err := l.resolve(e.left, left.at)
		if err != nil {
			return input{}, err
		}
		b, err := l.resolve(e.right, right.at)
		if err != nil {
			return input{}, err
		}
		j.LeftKeys, j.RightKeys, j.NullSafe = append(j.LeftKeys, a), append(j.RightKeys, b), append(j.NullSafe, e.nullSafe)
		filter := 0
		if i < len(n.RuntimeFilters) {
			filter = l.filter(n.RuntimeFilters[i])
		}
		j.RuntimeFilters = append(j.RuntimeFilters, filter)
	}
	if j.Residual, err = l.resolve(expr.Conjunction(rest), both); err != nil {
		return input{}, err
	}
	return input{j, at}, nil
}
