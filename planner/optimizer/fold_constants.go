package optimizer

import (
	"github.com/argan-sql/argan/exec/eval"
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/types"
)

// foldConstants computes what depends on no column, and drops terms of AND and OR that are decided. An expression whose
// computation fails stays: it fails when, and only if, a row needs it:
//
//	SELECT CASE WHEN x > 0 THEN 1 ELSE raise_error('no') END FROM t
func foldConstants(n logical.Node, o *Options) (logical.Node, error) {
	return logical.TransformAllExpressions(n, func(e expr.Expr) expr.Expr { return fold(e, o) }), nil
}

func fold(e expr.Expr, o *Options) expr.Expr {
	switch x := e.(type) {
	case *expr.And:
		return foldTerms(x.Terms, false)
	case *expr.Or:
		return foldTerms(x.Terms, true)
	case *expr.Case:
		return foldCase(x)
	case *expr.Call, *expr.Cast:
		if !foldable(e) {
			return e
		}
		v, err := eval.Constant(e, o.Functions)
		if err != nil || !v.Type.Equal(e.Type()) {
			return e
		}
		return &expr.Literal{Value: v}
	}
	return e
}

// foldable says whether all operands are literals and the result is the same for every row. Big results (a long sequence) are
// not worth carrying in a plan.
func foldable(e expr.Expr) bool {
	if c, ok := e.(*expr.Call); ok && (c.Bound.Function.Volatile || c.Bound.LambdaEval != nil || c.Bound.Function.Name == "raise_error" || c.Bound.Function.Name == "sequence") {
		return false
	}
	for _, c := range e.Children() {
		if _, ok := c.(*expr.Literal); !ok {
			return false
		}
	}
	return true
}

// truth is the value of a boolean literal: 1 true, 0 false, -1 NULL; ok is false for anything else.
func truth(e expr.Expr) (value int, ok bool) {
	l, isLiteral := e.(*expr.Literal)
	if !isLiteral || l.Type().Kind != types.Boolean {
		return 0, false
	}
	switch v := l.Value.Value(0).(type) {
	case bool:
		if v {
			return 1, true
		}
		return 0, true
	}
	return -1, true
}

// foldTerms simplifies a conjunction, or with or a disjunction. NULL terms stay: NULL AND false is false.
func foldTerms(terms []expr.Expr, or bool) expr.Expr {
	decided, neutral := 0, 1
	if or {
		decided, neutral = 1, 0
	}
	var out []expr.Expr
	for _, t := range terms {
		if v, ok := truth(t); ok {
			if v == decided {
				return t
			}
			if v == neutral {
				continue
			}
		}
		out = append(out, t)
	}
	switch len(out) {
	case 0:
		return expr.NewLiteral(types.BooleanType, !or)
	case 1:
		return out[0]
	case len(terms):
		if or {
			return &expr.Or{Terms: terms}
		}
		return &expr.And{Terms: terms}
	}
	if or {
		return &expr.Or{Terms: out}
	}
	return &expr.And{Terms: out}
}

// foldCase drops branches that are never taken and ends at one that always is.
func foldCase(c *expr.Case) expr.Expr {
	var whens []expr.When
	for _, w := range c.Whens {
		v, ok := truth(w.Cond)
		switch {
		case ok && v == 1 && len(whens) == 0:
			return w.Then
		case ok && v == 1:
			return &expr.Case{Whens: whens, Else: w.Then, Text: c.Text}
		case ok:
			continue
		}
		whens = append(whens, w)
	}
	if len(whens) == 0 {
		return c.Else
	}
	if len(whens) == len(c.Whens) {
		return c
	}
	return &expr.Case{Whens: whens, Else: c.Else, Text: c.Text}
}

// dropFilters takes out filters that are always true and makes nothing of inputs whose filter never is.
func dropFilters(n logical.Node, _ *Options) (logical.Node, error) {
	return logical.Transform(n, func(n logical.Node) logical.Node {
		f, ok := n.(*logical.Filter)
		if !ok {
			return n
		}
		v, known := truth(f.Condition)
		switch {
		case known && v == 1:
			return f.Input
		case known:
			return &logical.Values{Columns: f.Output()}
		}
		return n
	}), nil
}

// Fold computes the constant parts of one expression.
func Fold(e expr.Expr, ctx *function.Context) expr.Expr {
	return expr.Transform(e, func(x expr.Expr) expr.Expr { return fold(x, &Options{Functions: ctx}) })
}
