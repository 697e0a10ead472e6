package optimizer

import (
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
)

// dependent gives a subquery's plan without its references to input, and the terms over both that take their place. ok is
// false after a failure.
func (d *decorrelator) dependent(input logical.Node, s *expr.Subquery) (inner logical.Node, terms []expr.Expr, ok bool) {
	u := &puller{existence: s.Kind == expr.ExistsSubquery, emptyRow: s.Kind == expr.ScalarSubquery}
	return d.dependentPlan(input, s.Plan.(logical.Node), u)
}

func (d *decorrelator) dependentPlan(input, plan logical.Node, u *puller) (inner logical.Node, terms []expr.Expr, ok bool) {
	if !readsOuterOf(plan, input) {
		return plan, nil, true
	}
	u.around = columnSet(input.Output())
	inner, terms, ok = u.pull(plan)
	if !ok {
		inner, terms, ok = d.byDomain(input, plan)
	}
	if !ok {
		return nil, nil, false
	}
	for i, t := range terms {
		terms[i] = u.inner(t)
	}
	return inner, terms, true
}

// puller takes the filters that depend on the columns around out of a plan.
type puller struct {
	around map[expr.ID]bool
	// existence: only whether there are rows matters, not what they hold.
	existence bool
	// emptyRow: the row that an aggregate without GROUP BY gives where nothing matches is put in by the caller, which looks
	// for it at the top of the plan (see emptyRow). Below anything else such a row would be lost.
	emptyRow bool
}

// depends says whether e refers to the columns around.
func (u *puller) depends(e expr.Expr) bool {
	return expr.Any(e, func(x expr.Expr) bool {
		switch x := x.(type) {
		case *expr.Outer:
			return u.around[x.Column.ID]
		case *expr.Subquery:
			for _, c := range outerColumns(x.Plan.(logical.Node)) {
				if u.around[c.ID] {
					return true
				}
			}
		}
		return false
	})
}

// inner makes plain references of those to the columns around: the term now stands beside them.
func (u *puller) inner(e expr.Expr) expr.Expr {
	return expr.Transform(e, func(x expr.Expr) expr.Expr {
		if o, ok := x.(*expr.Outer); ok && u.around[o.Column.ID] {
			return o.Column
		}
		return x
	})
}

func (u *puller) anyDepends(n logical.Node) bool {
	for _, e := range n.Expressions() {
		if u.depends(e) {
			return true
		}
	}
	return false
}

func (u *puller) free(n logical.Node) bool {
	for _, c := range outerColumns(n) {
		if u.around[c.ID] {
			return false
		}
	}
	return true
}

// pull gives a plan without the terms that depend on the columns around, these terms, and whether that was possible. The
// plan's output holds every column of its own that the terms read.
func (u *puller) pull(n logical.Node) (logical.Node, []expr.Expr, bool) {
	if u.free(n) {
		return n, nil, true
	}
	if !keepsEmptyRow(n) {
		u.emptyRow = false
	}
	switch n.(type) {
	case *logical.Project, *logical.Distinct, *logical.Limit:
	default:
		u.existence = false // what lies below is read
	}
	switch n := n.(type) {
	case *logical.Filter:
		return u.filter(n)
	case *logical.Project:
		return u.project(n)
	case *logical.Aggregate:
		return u.aggregate(n)
	case *logical.Sort:
		in, terms, ok := u.pull(n.Input)
		if !ok || u.anyDepends(n) {
			return nil, nil, false
		}
		return n.WithChildren([]logical.Node{in}), terms, true
	case *logical.Distinct:
		exists := u.existence
		in, terms, ok := u.pull(n.Input)
		if !ok || !exists && !u.fixed(in, columnSet(n.Output()), terms) {
			return nil, nil, false
		}
		return &logical.Distinct{Input: in}, terms, true
	case *logical.Limit:
		if u.existence && n.Offset == 0 && n.Count != 0 {
			return u.pull(n.Input)
		}
	case *logical.Join:
		return u.join(n)
	}
	return nil, nil, false
}

// keepsEmptyRow says whether emptyRow looks through a node.
func keepsEmptyRow(n logical.Node) bool {
	switch n := n.(type) {
	case *logical.Project, *logical.Sort:
		return true
	case *logical.Aggregate:
		return len(n.Groups) == 0
	}
	return false
}

// fixed says whether the columns that a plan gives for the sake of the terms have one value for each row around, so that
// they make no more rows distinct.
func (u *puller) fixed(n logical.Node, own map[expr.ID]bool, terms []expr.Expr) bool {
	for _, c := range n.Output() {
		if own[c.ID] {
			continue
		}
		equal := false
		for _, t := range terms {
			e, ok := t.(*expr.Call)
			if !ok || e.Bound.Function.Name != "=" && e.Bound.Function.Name != "<=>" {
				continue
			}
			for i, side := range e.Args {
				x, isColumn := side.(*expr.Column)
				equal = equal || isColumn && x.ID == c.ID && !readsOwn(e.Args[1-i])
			}
		}
		if !equal {
			return false
		}
	}
	return true
}

func (u *puller) filter(n *logical.Filter) (logical.Node, []expr.Expr, bool) {
	in, terms, ok := u.pull(n.Input)
	if !ok {
		return nil, nil, false
	}
	var stay []expr.Expr
	for _, t := range expr.Terms(n.Condition) {
		switch {
		case !u.depends(t):
			stay = append(stay, t)
		case hasSubquery(t) || expr.Volatile(t):
			return nil, nil, false
		default:
			terms = append(terms, t)
		}
	}
	return filtered(in, stay), terms, true
}

func (u *puller) project(n *logical.Project) (logical.Node, []expr.Expr, bool) {
	in, terms, ok := u.pull(n.Input)
	if !ok {
		return nil, nil, false
	}
	out := &logical.Project{Input: in}
	given := columnSet(in.Output())
	for _, x := range n.Exprs {
		if u.depends(x.Expr) && !u.existence {
			return nil, nil, false
		}
		if u.existence && (u.depends(x.Expr) || readsOther(x.Expr, given)) {
			continue // nobody reads it
		}
		out.Exprs = append(out.Exprs, x)
	}
	return passed(out, terms), terms, true
}

// readsOther says whether e reads a column that is not in the set.
func readsOther(e expr.Expr, set map[expr.ID]bool) bool {
	return expr.Any(e, func(x expr.Expr) bool {
		c, ok := x.(*expr.Column)
		return ok && !set[c.ID]
	})
}

// passed lets the columns that terms read through a projection.
func passed(p *logical.Project, terms []expr.Expr) *logical.Project {
	have := columnSet(p.Output())
	for _, c := range p.Input.Output() {
		if have[c.ID] {
			continue
		}
		for _, t := range terms {
			if readsAny(t, map[expr.ID]bool{c.ID: true}) {
				p.Exprs = append(p.Exprs, logical.Named{Expr: c, Out: c})
				break
			}
		}
	}
	return p
}

// aggregate groups by the inner sides of the equalities that were pulled up: the rows of one value around are one group.
func (u *puller) aggregate(n *logical.Aggregate) (logical.Node, []expr.Expr, bool) {
	if len(n.Groups) == 0 && !u.emptyRow {
		return nil, nil, false
	}
	u.emptyRow = false
	in, terms, ok := u.pull(n.Input)
	if !ok || u.anyDepends(n) {
		return nil, nil, false
	}
	out := &logical.Aggregate{Groups: append([]logical.Named{}, n.Groups...), Aggregates: n.Aggregates, Input: in}
	for i, t := range terms {
		c, isCall := t.(*expr.Call)
		if !isCall || c.Bound.Function.Name != "=" && c.Bound.Function.Name != "<=>" {
			return nil, nil, false
		}
		side := 0
		if u.depends(c.Args[0]) {
			side = 1
		}
		own, around := c.Args[side], c.Args[1-side]
		if u.depends(own) || readsOwn(around) || hasSubquery(own) {
			return nil, nil, false
		}
		key := groupOf(out, own)
		args := []expr.Expr{key, around}
		terms[i] = &expr.Call{Bound: c.Bound, Args: args}
	}
	return out, terms, true
}

// readsOwn says whether e reads any column that is not of the query around.
func readsOwn(e expr.Expr) bool {
	return expr.Any(e, func(x expr.Expr) bool {
		_, ok := x.(*expr.Column)
		return ok
	})
}

// groupOf is the column of a group key, which is added where it is not there.
func groupOf(a *logical.Aggregate, e expr.Expr) *expr.Column {
	for _, g := range a.Groups {
		if expr.Equal(g.Expr, e) {
			return g.Out
		}
	}
	out := &expr.Column{ID: expr.NewID(), Name: e.String(), T: e.Type(), Null: e.Nullable(), Hidden: true}
	if c, ok := e.(*expr.Column); ok {
		out = c.Renamed()
		out.Hidden = true
	}
	a.Groups = append(a.Groups, logical.Named{Expr: e, Out: out})
	return out
}

func (u *puller) join(n *logical.Join) (logical.Node, []expr.Expr, bool) {
	if n.Lateral {
		return nil, nil, false
	}
	left, terms, ok := u.pull(n.Left)
	if !ok {
		return nil, nil, false
	}
	out := *n
	out.Left = left
	switch n.Kind {
	case logical.Inner, logical.Cross:
		right, more, ok := u.pull(n.Right)
		if !ok {
			return nil, nil, false
		}
		out.Right = right
		terms = append(terms, more...)
		var stay []expr.Expr
		for _, t := range expr.Terms(n.Condition) {
			switch {
			case !u.depends(t):
				stay = append(stay, t)
			case hasSubquery(t):
				return nil, nil, false
			default:
				terms = append(terms, t)
			}
		}
		out.Condition = expr.Conjunction(stay)
		return &out, terms, true
	case logical.LeftOuter, logical.LeftSemi, logical.LeftAnti, logical.Mark, logical.Single:
		if !u.free(n.Right) || n.Condition != nil && u.depends(n.Condition) {
			return nil, nil, false
		}
		return &out, terms, true
	}
	return nil, nil, false
}
