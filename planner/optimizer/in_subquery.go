package optimizer

import (
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/types"
)

// IN over a subquery that depends on the row around it joins on two kinds of terms. Those of the subquery's filters must be
// true: a NULL among them is a row that is not there. The comparison with the subquery's value may be NULL, and then the
// answer is unknown. A null-aware join knows the second kind only.

// unknown says of a conjunction that it is NULL.
func (d *decorrelator) unknown(terms []expr.Expr) expr.Expr {
	e, err := expr.NewCall("isnull", expr.Conjunction(terms))
	if err != nil {
		d.fail(err)
	}
	return e
}

// maybe says of a conjunction that it is not false.
func (d *decorrelator) maybe(terms []expr.Expr) expr.Expr {
	all := expr.Conjunction(terms)
	if all == nil || !all.Nullable() {
		return all
	}
	e, err := expr.NewCall("or", all, d.unknown(terms))
	if err != nil {
		d.fail(err)
	}
	return e
}

// markIn is the value of such an IN: one column says whether a row matches and another whether one may.
func (d *decorrelator) markIn(input, inner logical.Node, match, terms []expr.Expr) (logical.Node, expr.Expr) {
	add := func(inner logical.Node, terms []expr.Expr) *expr.Column {
		m := &expr.Column{ID: expr.NewID(), Name: "exists", T: types.BooleanType, Hidden: true}
		input = &logical.Join{Kind: logical.Mark, Condition: expr.Conjunction(terms), Left: input, Right: inner, MarkColumn: m}
		return m
	}
	matches := add(inner, append(append([]expr.Expr{}, match...), terms...))
	if d.err != nil || !expr.Conjunction(match).Nullable() {
		return input, matches
	}
	again, renamed := logical.Fresh(inner)
	by := map[expr.ID]expr.Expr{}
	for id, c := range renamed {
		by[id] = c
	}
	other := append([]expr.Expr{d.unknown(match)}, terms...)
	for i, t := range other {
		other[i] = substitute(t, by)
	}
	unknown := add(again, other)
	return input, &expr.Case{
		Whens: []expr.When{{Cond: matches, Then: expr.NewLiteral(types.BooleanType, true)}, {Cond: unknown, Then: expr.NewLiteral(types.BooleanType, nil)}},
		Else:  expr.NewLiteral(types.BooleanType, false),
	}
}
