package optimizer

import (
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// decorrelate turns subqueries in expressions into joins: EXISTS and IN into semi, anti and mark joins, scalar ones into
// left joins. A subquery that depends on columns around it gives up its dependent filters, which become the join's condition
// (pull_up.go); where that is not possible it is computed for all values of these columns at once (domain.go). A scalar
// subquery that depends on nothing stays: it is run once, before the plan.
func decorrelate(n logical.Node, o *Options) (logical.Node, error) {
	d := &decorrelator{o: o}
	out := d.plan(n)
	return out, d.err
}

type decorrelator struct {
	o   *Options
	err error
}

func (d *decorrelator) fail(err error) {
	if d.err == nil {
		d.err = err
	}
}

// plan rewrites a whole plan, inner subqueries first.
func (d *decorrelator) plan(n logical.Node) logical.Node {
	return logical.Transform(n, func(n logical.Node) logical.Node {
		if d.err != nil {
			return n
		}
		n = logical.TransformExpressions(n, func(e expr.Expr) expr.Expr {
			if s, ok := e.(*expr.Subquery); ok {
				return &expr.Subquery{Kind: s.Kind, Values: append([]expr.Expr{}, s.Values...), Plan: d.plan(s.Plan.(logical.Node)), ID: s.ID, Outer: s.Outer}
			}
			return e
		})
		return d.node(n)
	})
}

// mustJoin says whether a subquery cannot stay in its expression.
func mustJoin(s *expr.Subquery) bool { return s.Kind != expr.ScalarSubquery || correlated(s) }

func needsJoin(e expr.Expr) bool {
	return expr.Any(e, func(x expr.Expr) bool {
		s, ok := x.(*expr.Subquery)
		return ok && mustJoin(s)
	})
}

// node rewrites the subqueries in a node's own expressions.
func (d *decorrelator) node(n logical.Node) logical.Node {
	needed := false
	for _, e := range n.Expressions() {
		needed = needed || needsJoin(e)
	}
	if j, ok := n.(*logical.Join); ok && j.Lateral {
		return d.lateral(j)
	}
	if !needed {
		return n
	}
	switch n := n.(type) {
	case *logical.Filter:
		return d.filter(n)
	case *logical.Join:
		return d.joinCondition(n)
	case *logical.Values:
		d.fail(sqlerr.Unsupported("A correlated subquery in VALUES"))
		return n
	}
	children := n.Children()
	if len(children) != 1 {
		d.fail(sqlerr.Unsupported("A subquery in %s", n.String()))
		return n
	}
	before := n.Output()
	input := children[0]
	es := append([]expr.Expr{}, n.Expressions()...)
	for i, e := range es {
		input, es[i] = d.attach(input, e)
	}
	if d.err != nil {
		return n
	}
	return narrowed(n.WithChildren([]logical.Node{input}).WithExpressions(es), before)
}

// narrowed drops the columns that joins added.
func narrowed(n logical.Node, columns []*expr.Column) logical.Node {
	if len(n.Output()) == len(columns) {
		return n
	}
	out := &logical.Project{Input: n}
	for _, c := range columns {
		out.Exprs = append(out.Exprs, logical.Named{Expr: c, Out: c})
	}
	return out
}

// filter makes semi and anti joins of the terms that are EXISTS or IN, and takes other subqueries out of their terms.
func (d *decorrelator) filter(n *logical.Filter) logical.Node {
	input, before := n.Input, n.Input.Output()
	var plain []expr.Expr
	for _, t := range expr.Terms(n.Condition) {
		s, negated := existential(t)
		switch {
		case s != nil:
			input = d.semi(input, s, negated)
		case needsJoin(t):
			var e expr.Expr
			input, e = d.attach(input, t)
			plain = append(plain, e)
		default:
			plain = append(plain, t)
		}
		if d.err != nil {
			return n
		}
	}
	return narrowed(filtered(input, plain), before)
}

// existential recognises EXISTS, IN and their negations.
func existential(e expr.Expr) (s *expr.Subquery, negated bool) {
	if c, ok := e.(*expr.Call); ok && c.Bound.Function.Name == "not" {
		if s, ok := c.Args[0].(*expr.Subquery); ok && s.Kind != expr.ScalarSubquery {
			return s, true
		}
		return nil, false
	}
	if s, ok := e.(*expr.Subquery); ok && s.Kind != expr.ScalarSubquery {
		return s, false
	}
	return nil, false
}

// semi joins input with a subquery whose rows it must (or must not) find.
func (d *decorrelator) semi(input logical.Node, s *expr.Subquery, negated bool) logical.Node {
	for i, v := range s.Values {
		if needsJoin(v) {
			input, s.Values[i] = d.attach(input, v)
		}
	}
	inner, terms, ok := d.dependent(input, s)
	if !ok {
		return input
	}
	kind := logical.LeftSemi
	nullAware := false
	if negated {
		kind = logical.LeftAnti
		nullAware = s.Kind == expr.InSubquery && len(terms) == 0
	}
	if negated && s.Kind == expr.InSubquery && len(terms) > 0 {
		terms = append([]expr.Expr{d.maybe(d.matches(s, inner))}, terms...)
	} else {
		inner, terms = d.sought(s, inner, terms)
	}
	if d.err != nil {
		return input
	}
	return &logical.Join{Kind: kind, Condition: expr.Conjunction(terms), Left: input, Right: inner, NullAware: nullAware}
}

// sought is what an outer row looks for in the subquery, and by what terms.
func (d *decorrelator) sought(s *expr.Subquery, inner logical.Node, terms []expr.Expr) (logical.Node, []expr.Expr) {
	switch {
	case s.Kind == expr.InSubquery:
		terms = append(d.matches(s, inner), terms...)
	case len(terms) == 0:
		// Whether there is a row does not depend on the outer one: the first row found answers for all.
		inner = &logical.Limit{Count: 1, Input: inner}
	}
	return inner, terms
}

// matches compares the left side of an IN with the subquery's columns.
func (d *decorrelator) matches(s *expr.Subquery, inner logical.Node) []expr.Expr {
	out := make([]expr.Expr, len(s.Values))
	for i, v := range s.Values {
		e, err := expr.NewCall("=", v, inner.Output()[i])
		if err != nil {
			d.fail(err)
			return nil
		}
		out[i] = e
	}
	return out
}

// attach joins input with the subqueries of e and gives e with their values in their place.
func (d *decorrelator) attach(input logical.Node, e expr.Expr) (logical.Node, expr.Expr) {
	out := expr.Transform(e, func(x expr.Expr) expr.Expr {
		s, ok := x.(*expr.Subquery)
		if !ok || !mustJoin(s) || d.err != nil {
			return x
		}
		var value expr.Expr
		if s.Kind == expr.ScalarSubquery {
			input, value = d.scalar(input, s)
		} else {
			input, value = d.mark(input, s)
		}
		return value
	})
	return input, out
}

// mark adds a column that says whether the subquery has a row for a row of input.
func (d *decorrelator) mark(input logical.Node, s *expr.Subquery) (logical.Node, expr.Expr) {
	inner, terms, ok := d.dependent(input, s)
	if !ok {
		return input, s
	}
	if s.Kind == expr.InSubquery && len(terms) > 0 {
		return d.markIn(input, inner, d.matches(s, inner), terms)
	}
	inner, terms = d.sought(s, inner, terms)
	m := &expr.Column{ID: expr.NewID(), Name: "exists", T: types.BooleanType, Null: s.Kind == expr.InSubquery, Hidden: true}
	return &logical.Join{Kind: logical.Mark, Condition: expr.Conjunction(terms), Left: input, Right: inner, MarkColumn: m, NullAware: s.Kind == expr.InSubquery}, m
}

// scalar adds the value of a subquery that gives one row at most for a row of input.
func (d *decorrelator) scalar(input logical.Node, s *expr.Subquery) (logical.Node, expr.Expr) {
	inner, terms, ok := d.dependent(input, s)
	if !ok {
		return input, s
	}
	value := inner.Output()[0]
	kind := logical.Single
	if oneRow(inner, terms) {
		kind = logical.LeftOuter
	}
	absent, missing, err := d.forNoRow(s.Plan.(logical.Node))
	if err != nil {
		d.fail(err)
		return input, s
	}
	if !missing {
		return &logical.Join{Kind: kind, Condition: expr.Conjunction(terms), Left: input, Right: inner}, value.AsNullable()
	}
	// An aggregate without GROUP BY gives a row even where nothing matches, such as count(*) = 0. The group is not there, so
	// its value is put in where the join found no partner.
	there := &expr.Column{ID: expr.NewID(), Name: "there", T: types.BooleanType, Hidden: true}
	marked := &logical.Project{Input: inner}
	for _, c := range inner.Output() {
		marked.Exprs = append(marked.Exprs, logical.Named{Expr: c, Out: c})
	}
	marked.Exprs = append(marked.Exprs, logical.Named{Expr: expr.NewLiteral(types.BooleanType, true), Out: there})
	absentTest, err := expr.NewCall("isnull", there.AsNullable())
	if err != nil {
		d.fail(err)
		return input, s
	}
	join := &logical.Join{Kind: kind, Condition: expr.Conjunction(terms), Left: input, Right: marked}
	return join, &expr.Case{Whens: []expr.When{{Cond: absentTest, Then: absent}}, Else: value.AsNullable()}
}

// oneRow says whether a plan has at most one row for each value of the columns that equalities of the terms fix.
func oneRow(inner logical.Node, terms []expr.Expr) bool {
	fixed := map[expr.ID]bool{}
	own := columnSet(inner.Output())
	for _, t := range terms {
		if c, ok := t.(*expr.Call); ok && (c.Bound.Function.Name == "=" || c.Bound.Function.Name == "<=>") {
			for i, a := range c.Args {
				if col, ok := a.(*expr.Column); ok && own[col.ID] && !readsAny(c.Args[1-i], own) {
					fixed[col.ID] = true
				}
			}
		}
	}
	return uniqueBy(inner, fixed)
}

func readsAny(e expr.Expr, set map[expr.ID]bool) bool {
	return expr.Any(e, func(x expr.Expr) bool {
		c, ok := x.(*expr.Column)
		return ok && set[c.ID]
	})
}

// uniqueBy says whether no two rows of n agree in all columns of the set.
func uniqueBy(n logical.Node, set map[expr.ID]bool) bool {
	switch n := n.(type) {
	case *logical.Aggregate:
		for _, g := range n.Groups {
			if !set[g.Out.ID] {
				return false
			}
		}
		return true
	case *logical.Distinct:
		for _, c := range n.Output() {
			if !set[c.ID] {
				return false
			}
		}
		return true
	case *logical.Project:
		below := map[expr.ID]bool{}
		for _, x := range n.Exprs {
			if c, ok := x.Expr.(*expr.Column); ok && set[x.Out.ID] {
				below[c.ID] = true
			}
		}
		return uniqueBy(n.Input, below)
	case *logical.Filter, *logical.Sort:
		return uniqueBy(n.Children()[0], set)
	case *logical.Limit:
		return n.Count == 1 || uniqueBy(n.Input, set)
	case *logical.Values:
		return len(n.Rows) <= 1
	}
	return false
}

// forNoRow is the value of a scalar subquery over no rows, where that is not NULL for want of a row: missing says that there is one.
func (d *decorrelator) forNoRow(n logical.Node) (value expr.Expr, missing bool, err error) {
	row, ok := emptyRow(n, d.o.Functions)
	if !ok {
		return nil, false, nil
	}
	value = Fold(row[n.Output()[0].ID], d.o.Functions)
	if l, isLiteral := value.(*expr.Literal); isLiteral && l.Value.IsNull(0) {
		return nil, false, nil
	}
	return value, true, nil
}

// emptyRow is the row that a plan gives when no row matches, by column; ok is false when it then gives none.
func emptyRow(n logical.Node, ctx *function.Context) (map[expr.ID]expr.Expr, bool) {
	switch n := n.(type) {
	case *logical.Aggregate:
		if len(n.Groups) > 0 {
			return nil, false
		}
		out := map[expr.ID]expr.Expr{}
		for _, a := range n.Aggregates {
			agg, ok := a.Expr.(*expr.Aggregate)
			if !ok {
				return nil, false
			}
			out[a.Out.ID] = expr.NewLiteral(a.Out.T, agg.Bound.Function.EmptyValue)
		}
		return out, true
	case *logical.Project:
		row, ok := emptyRow(n.Input, ctx)
		if !ok {
			return nil, false
		}
		out := map[expr.ID]expr.Expr{}
		for _, x := range n.Exprs {
			out[x.Out.ID] = substitute(x.Expr, row)
		}
		return out, true
	case *logical.Sort:
		return emptyRow(n.Input, ctx)
	}
	return nil, false
}

// joinCondition takes subqueries out of a join's condition: of an inner join by filtering above it, of a semi, anti or left
// join by attaching them to the side whose columns they read.
func (d *decorrelator) joinCondition(n *logical.Join) logical.Node {
	before := n.Output()
	if n.Kind == logical.Inner || n.Kind == logical.Cross {
		var keep, move []expr.Expr
		for _, t := range expr.Terms(n.Condition) {
			if needsJoin(t) {
				move = append(move, t)
			} else {
				keep = append(keep, t)
			}
		}
		out := *n
		out.Condition = expr.Conjunction(keep)
		return d.filter(&logical.Filter{Condition: expr.Conjunction(move), Input: &out})
	}
	out := *n
	var terms []expr.Expr
	for _, t := range expr.Terms(n.Condition) {
		if !needsJoin(t) {
			terms = append(terms, t)
			continue
		}
		right := columnSet(n.Right.Output())
		if dependsOn(t, right) && !dependsOn(t, columnSet(n.Left.Output())) {
			out.Right, t = d.attach(out.Right, t)
		} else if !dependsOn(t, right) {
			out.Left, t = d.attach(out.Left, t)
		} else {
			d.fail(sqlerr.Unsupported("A subquery in the condition of an outer join that reads both sides"))
		}
		terms = append(terms, t)
	}
	out.Condition = expr.Conjunction(terms)
	return narrowed(&out, before)
}

// dependsOn says whether e or a subquery in it reads a column of the set.
func dependsOn(e expr.Expr, set map[expr.ID]bool) bool {
	found := readsAny(e, set)
	expr.Walk(e, func(x expr.Expr) bool {
		if s, ok := x.(*expr.Subquery); ok {
			for _, c := range outerColumns(s.Plan.(logical.Node)) {
				found = found || set[c.ID]
			}
		}
		return true
	})
	return found
}

// outerColumns are the columns around a plan that it reads.
func outerColumns(n logical.Node) []*expr.Column {
	var out []*expr.Column
	seen := map[expr.ID]bool{}
	logical.ExpressionsOf(n, func(e expr.Expr) {
		expr.Walk(e, func(x expr.Expr) bool {
			if o, ok := x.(*expr.Outer); ok && !seen[o.Column.ID] {
				seen[o.Column.ID] = true
				out = append(out, o.Column)
			}
			return true
		})
	})
	return out
}

// lateral turns a LATERAL join into a plain one.
func (d *decorrelator) lateral(n *logical.Join) logical.Node {
	if n.Kind != logical.Inner && n.Kind != logical.Cross && n.Kind != logical.LeftOuter {
		d.fail(sqlerr.Unsupported("LATERAL with a %s join", n.Kind))
		return n
	}
	out := *n
	out.Lateral = false
	right := n.Right
	if !readsOuterOf(right, n.Left) {
		return d.node(&out)
	}
	before := n.Output()
	inner, terms, ok := d.dependentPlan(n.Left, right, &puller{emptyRow: true})
	if !ok {
		return n
	}
	row, missing := emptyRow(right, d.o.Functions)
	out.Right = inner
	out.Condition = expr.Conjunction(append(expr.Terms(n.Condition), terms...))
	if out.Kind == logical.Cross {
		out.Kind = logical.Inner
	}
	if missing {
		return d.lateralAggregate(&out, row, expr.Terms(n.Condition), terms, before)
	}
	return narrowed(d.node(&out), before)
}

func readsOuterOf(n, around logical.Node) bool {
	set := columnSet(around.Output())
	for _, c := range outerColumns(n) {
		if set[c.ID] {
			return true
		}
	}
	return false
}

// lateralAggregate joins with an aggregate without GROUP BY, which has a row even where nothing matches.
func (d *decorrelator) lateralAggregate(join *logical.Join, row map[expr.ID]expr.Expr, on, terms []expr.Expr, before []*expr.Column) logical.Node {
	there := &expr.Column{ID: expr.NewID(), Name: "there", T: types.BooleanType, Hidden: true}
	marked := &logical.Project{Input: join.Right}
	fresh := map[expr.ID]*expr.Column{}
	by := map[expr.ID]expr.Expr{}
	for _, c := range join.Right.Output() {
		f := c.Renamed()
		fresh[c.ID], by[c.ID] = f, f
		marked.Exprs = append(marked.Exprs, logical.Named{Expr: c, Out: f})
	}
	marked.Exprs = append(marked.Exprs, logical.Named{Expr: expr.NewLiteral(types.BooleanType, true), Out: there})
	for i, t := range terms {
		terms[i] = substitute(t, by)
	}
	var n logical.Node = &logical.Join{Kind: logical.LeftOuter, Condition: expr.Conjunction(terms), Left: join.Left, Right: marked}
	absent, err := expr.NewCall("isnull", there.AsNullable())
	if err != nil {
		d.fail(err)
		return join
	}
	left := columnSet(join.Left.Output())
	out := &logical.Project{Input: n}
	for _, c := range before {
		var e expr.Expr = c
		if !left[c.ID] {
			e = fresh[c.ID].AsNullable()
			if v, ok := row[c.ID]; ok {
				e = &expr.Case{Whens: []expr.When{{Cond: absent, Then: v}}, Else: e}
			}
		}
		out.Exprs = append(out.Exprs, logical.Named{Expr: e, Out: c})
	}
	return filtered(out, on)
}
