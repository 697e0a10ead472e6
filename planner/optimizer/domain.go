package optimizer

import (
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// byDomain computes a subquery for all values of the columns around it at once: the distinct values (the domain) are joined
// into the plan, every operator keeps them apart, and the result is joined on them. After "Unnesting Arbitrary Queries"
// (Neumann, Kemper 2015).
func (d *decorrelator) byDomain(input, plan logical.Node) (logical.Node, []expr.Expr, bool) {
	around := columnSet(input.Output())
	u := &unnester{d: d, input: input}
	for _, c := range outerColumns(plan) {
		if around[c.ID] {
			u.columns = append(u.columns, c)
		}
	}
	out, dom, ok := u.plan(plan)
	if !ok {
		d.fail(sqlerr.New("UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.UNSUPPORTED_CORRELATED_REFERENCE_DATA_TYPE", "expr", plan.String(), "dataType", "this form"))
		return nil, nil, false
	}
	var terms []expr.Expr
	for i, c := range u.columns {
		t, err := expr.NewCall("<=>", dom[i], &expr.Outer{Column: c})
		if err != nil {
			d.fail(err)
			return nil, nil, false
		}
		terms = append(terms, t)
	}
	return out, terms, true
}

// unnester rewrites one subquery.
type unnester struct {
	d       *decorrelator
	input   logical.Node
	columns []*expr.Column // the columns around that the subquery reads
}

// domain is a new copy of the distinct values of the columns.
func (u *unnester) domain() (logical.Node, []*expr.Column) {
	copied, renamed := logical.Fresh(u.input)
	p := &logical.Project{Input: copied}
	var cols []*expr.Column
	for _, c := range u.columns {
		from := c
		if r, ok := renamed[c.ID]; ok {
			from = r
		}
		to := from.Renamed()
		to.Hidden = true
		cols = append(cols, to)
		p.Exprs = append(p.Exprs, logical.Named{Expr: from, Out: to})
	}
	return &logical.Distinct{Input: p}, cols
}

// bind replaces the references to columns around by the domain's.
func (u *unnester) bind(e expr.Expr, dom []*expr.Column) expr.Expr {
	if e == nil {
		return nil
	}
	return expr.Transform(e, func(x expr.Expr) expr.Expr {
		if o, ok := x.(*expr.Outer); ok {
			for i, c := range u.columns {
				if c.ID == o.Column.ID {
					return dom[i]
				}
			}
		}
		return x
	})
}

func (u *unnester) free(n logical.Node) bool {
	for _, c := range outerColumns(n) {
		for _, own := range u.columns {
			if own.ID == c.ID {
				return false
			}
		}
	}
	return true
}

func references(cols []*expr.Column) []logical.Named {
	out := make([]logical.Named, len(cols))
	for i, c := range cols {
		out[i] = logical.Named{Expr: c, Out: c}
	}
	return out
}

func asExprs(cols []*expr.Column) []expr.Expr {
	out := make([]expr.Expr, len(cols))
	for i, c := range cols {
		out[i] = c
	}
	return out
}

// plan gives n for every value of the domain; the domain's columns are among its output.
func (u *unnester) plan(n logical.Node) (logical.Node, []*expr.Column, bool) {
	if u.free(n) {
		dom, cols := u.domain()
		return &logical.Join{Kind: logical.Cross, Left: dom, Right: n}, cols, true
	}
	switch n := n.(type) {
	case *logical.Join:
		return u.join(n)
	case *logical.SetOp:
		return u.setOp(n)
	case *logical.Values:
		return u.values(n)
	}
	children := n.Children()
	if len(children) != 1 {
		return nil, nil, false
	}
	in, dom, ok := u.plan(children[0])
	if !ok {
		return nil, nil, false
	}
	es := append([]expr.Expr{}, n.Expressions()...)
	for i, e := range es {
		es[i] = u.bind(e, dom)
	}
	out := n.WithChildren([]logical.Node{in}).WithExpressions(es)
	switch out := out.(type) {
	case *logical.Filter, *logical.Distinct, *logical.Sort, *logical.Generate, *logical.Repartition:
		return out, dom, true
	case *logical.Project:
		return &logical.Project{Exprs: append(append([]logical.Named{}, out.Exprs...), references(dom)...), Input: in}, dom, true
	case *logical.Aggregate:
		a := &logical.Aggregate{Groups: append([]logical.Named{}, out.Groups...), Aggregates: out.Aggregates, Input: in}
		var keys []*expr.Column
		for _, c := range dom {
			k := c.Renamed()
			keys = append(keys, k)
			a.Groups = append(a.Groups, logical.Named{Expr: c, Out: k})
		}
		if len(out.Groups) == 0 {
			return u.everyValue(a, keys)
		}
		return a, keys, true
	case *logical.Window:
		w := &logical.Window{Input: in}
		for _, f := range out.Functions {
			x := *f.Expr.(*expr.Window)
			x.PartitionBy = append(append([]expr.Expr{}, x.PartitionBy...), asExprs(dom)...)
			w.Functions = append(w.Functions, logical.Named{Expr: &x, Out: f.Out})
		}
		return w, dom, true
	case *logical.Expand:
		x := &logical.Expand{Input: in, Columns: append([]*expr.Column{}, out.Columns...)}
		var keys []*expr.Column
		for _, c := range dom {
			keys = append(keys, c.Renamed())
		}
		x.Columns = append(x.Columns, keys...)
		for _, p := range out.Projections {
			x.Projections = append(x.Projections, append(append([]expr.Expr{}, p...), asExprs(dom)...))
		}
		return x, keys, true
	case *logical.Limit:
		return u.limit(out, in, dom)
	}
	return nil, nil, false
}

// everyValue gives the row of an aggregate of no rows to the values of the domain for which there is none: without GROUP BY
// an aggregate always has a row.
func (u *unnester) everyValue(a *logical.Aggregate, keys []*expr.Column) (logical.Node, []*expr.Column, bool) {
	dom, cols := u.domain()
	there := &expr.Column{ID: expr.NewID(), Name: "there", T: types.BooleanType, Hidden: true}
	right := &logical.Project{Input: a, Exprs: []logical.Named{{Expr: expr.NewLiteral(types.BooleanType, true), Out: there}}}
	out := &logical.Project{}
	absent, err := expr.NewCall("isnull", there.AsNullable())
	if err != nil {
		u.d.fail(err)
		return nil, nil, false
	}
	for _, x := range a.Aggregates {
		value := x.Out.Renamed()
		right.Exprs = append(right.Exprs, logical.Named{Expr: x.Out, Out: value})
		var e expr.Expr = value.AsNullable()
		if empty := x.Expr.(*expr.Aggregate).Bound.Function.EmptyValue; empty != nil {
			e = &expr.Case{Whens: []expr.When{{Cond: absent, Then: expr.NewLiteral(x.Out.T, empty)}}, Else: e}
		}
		out.Exprs = append(out.Exprs, logical.Named{Expr: e, Out: x.Out})
	}
	var terms []expr.Expr
	for i, k := range keys {
		right.Exprs = append(right.Exprs, logical.Named{Expr: k, Out: k})
		t, err := expr.NewCall("<=>", cols[i], k)
		if err != nil {
			u.d.fail(err)
			return nil, nil, false
		}
		terms = append(terms, t)
	}
	out.Exprs = append(out.Exprs, references(cols)...)
	out.Input = &logical.Join{Kind: logical.LeftOuter, Condition: expr.Conjunction(terms), Left: dom, Right: right}
	return out, cols, true
}

// limit numbers the rows of each domain value and keeps those within the bounds.
func (u *unnester) limit(n *logical.Limit, in logical.Node, dom []*expr.Column) (logical.Node, []*expr.Column, bool) {
	f := function.FindWindow("row_number")
	if f == nil {
		return nil, nil, false
	}
	bound, err := f.Bind(nil, false, false)
	if err != nil {
		return nil, nil, false
	}
	w := &expr.Window{Function: bound, PartitionBy: asExprs(dom), Frame: expr.Frame{Unit: expr.FrameRows, From: expr.FrameBound{Kind: expr.UnboundedPreceding}, To: expr.FrameBound{Kind: expr.CurrentRow}}}
	if s, ok := in.(*logical.Sort); ok {
		w.OrderBy, in = s.Keys, s.Input
	} else {
		w.OrderBy = []expr.SortKey{{Expr: expr.NewLiteral(types.IntType, int32(0)), NullsFirst: true}}
	}
	number := &expr.Column{ID: expr.NewID(), Name: "row", T: bound.Return, Hidden: true}
	var out logical.Node = &logical.Window{Functions: []logical.Named{{Expr: w, Out: number}}, Input: in}
	edge := func(op string, v int64) bool {
		t, err := expr.NewCall(op, number, expr.NewLiteral(types.IntType, int32(v)))
		if err != nil {
			u.d.fail(err)
			return false
		}
		out = filtered(out, []expr.Expr{t})
		return true
	}
	if n.Count >= 0 && !edge("<=", n.Offset+n.Count) || n.Offset > 0 && !edge(">", n.Offset) {
		return nil, nil, false
	}
	return narrowed(out, in.Output()), dom, true
}

func (u *unnester) join(n *logical.Join) (logical.Node, []*expr.Column, bool) {
	leftFree, rightFree := u.free(n.Left), u.free(n.Right)
	if n.Lateral || n.NullAware && !rightFree {
		return nil, nil, false
	}
	inner := n.Kind == logical.Inner || n.Kind == logical.Cross
	out := *n
	if inner && leftFree && !rightFree {
		right, dom, ok := u.plan(n.Right)
		if !ok {
			return nil, nil, false
		}
		out.Right, out.Condition = right, u.bind(n.Condition, dom)
		return typed(&out), dom, true
	}
	switch n.Kind {
	case logical.Inner, logical.Cross, logical.LeftOuter, logical.LeftSemi, logical.LeftAnti, logical.Mark, logical.Single:
	default:
		return nil, nil, false
	}
	left, dom, ok := u.plan(n.Left)
	if !ok {
		return nil, nil, false
	}
	out.Left, out.Condition = left, u.bind(n.Condition, dom)
	if rightFree {
		return typed(&out), dom, true
	}
	right, other, ok := u.plan(n.Right)
	if !ok {
		return nil, nil, false
	}
	out.Right = right
	terms := expr.Terms(out.Condition)
	for i := range dom {
		t, err := expr.NewCall("<=>", dom[i], other[i])
		if err != nil {
			u.d.fail(err)
			return nil, nil, false
		}
		terms = append(terms, t)
	}
	out.Condition = expr.Conjunction(terms)
	return typed(&out), dom, true
}

// typed is a cross join that has got a condition as an inner one.
func typed(j *logical.Join) *logical.Join {
	if j.Kind == logical.Cross && j.Condition != nil {
		j.Kind = logical.Inner
	}
	return j
}

func (u *unnester) setOp(n *logical.SetOp) (logical.Node, []*expr.Column, bool) {
	out := &logical.SetOp{Kind: n.Kind, All: n.All, Columns: append([]*expr.Column{}, n.Columns...)}
	var keys []*expr.Column
	for _, c := range u.columns {
		k := c.Renamed()
		k.Hidden = true
		keys = append(keys, k)
	}
	out.Columns = append(out.Columns, keys...)
	for _, in := range n.Inputs {
		p, dom, ok := u.plan(in)
		if !ok {
			return nil, nil, false
		}
		out.Inputs = append(out.Inputs, &logical.Project{Exprs: append(references(in.Output()), references(dom)...), Input: p})
	}
	return out, keys, true
}

// values makes a projection of the domain of each row.
func (u *unnester) values(n *logical.Values) (logical.Node, []*expr.Column, bool) {
	var keys []*expr.Column
	for _, c := range u.columns {
		keys = append(keys, c.Renamed())
	}
	out := &logical.SetOp{Kind: logical.Union, All: true, Columns: append(append([]*expr.Column{}, n.Columns...), keys...)}
	for _, row := range n.Rows {
		dom, cols := u.domain()
		p := &logical.Project{Input: dom}
		for i, e := range row {
			p.Exprs = append(p.Exprs, logical.Named{Expr: u.bind(e, cols), Out: n.Columns[i].Renamed()})
		}
		p.Exprs = append(p.Exprs, references(cols)...)
		out.Inputs = append(out.Inputs, p)
	}
	if len(out.Inputs) == 1 {
		p := out.Inputs[0].(*logical.Project)
		for i := range p.Exprs {
			p.Exprs[i].Out = out.Columns[i]
		}
		return p, keys, true
	}
	return out, keys, true
}
