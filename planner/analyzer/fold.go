package analyzer

import (
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/types"
)

// constant says whether an expression has the same value for every row: nothing in it reads rows or changes from call to call.
func constant(e expr.Expr) bool {
	return !expr.Any(e, func(x expr.Expr) bool {
		switch x := x.(type) {
		case *expr.Column, *expr.Outer, *expr.LambdaVar, *expr.Lambda, *expr.Aggregate, *expr.Window, *expr.Subquery, *generated:
			return true
		case *expr.Call:
			return x.Bound.Function.Volatile || x.Bound.Eval == nil
		}
		return false
	})
}

// folding is what evaluating an expression gave: a value, an error, or (both nil) that it is not constant.
type folding struct {
	value *vector.Vector
	err   error
}

// fold is the value (one row) of a constant expression; nil where it is not constant or its evaluation fails, which the
// statement will report when it runs.
func (a *Analyzer) fold(e expr.Expr) *vector.Vector {
	v, err := a.operand(e)
	if err != nil {
		return nil
	}
	return v
}

// evaluate computes a constant expression. nil without an error means that it is not constant.
func (a *Analyzer) evaluate(e expr.Expr) (*vector.Vector, error) {
	switch x := e.(type) {
	case *expr.Literal:
		return x.Value, nil
	case *expr.Cast:
		v, err := a.operand(x.Child)
		if v == nil || err != nil {
			return nil, err
		}
		return x.Apply(a.fn, v)
	case *expr.Call:
		return a.evaluateCall(x)
	case *expr.And:
		return a.evaluateTerms(x.Terms, false)
	case *expr.Or:
		return a.evaluateTerms(x.Terms, true)
	case *expr.Case:
		for _, w := range x.Whens {
			c, err := a.operand(w.Cond)
			if c == nil || err != nil {
				return nil, err
			}
			if c.Value(0) == true {
				return a.operand(w.Then)
			}
		}
		return a.operand(x.Else)
	case *expr.Coalesce:
		for _, arg := range x.Args {
			v, err := a.operand(arg)
			if v == nil || err != nil {
				return nil, err
			}
			if !v.IsNull(0) {
				return v, nil
			}
		}
		return vector.NullConst(x.Type(), 1), nil
	}
	return nil, nil
}

// operand evaluates with a memory, so that a deep constant costs each node once.
func (a *Analyzer) operand(e expr.Expr) (*vector.Vector, error) {
	if l, ok := e.(*expr.Literal); ok {
		return l.Value, nil
	}
	if known, ok := a.folded[e]; ok {
		return known.value, known.err
	}
	v, err := a.evaluate(e)
	if a.folded == nil {
		a.folded = map[expr.Expr]folding{}
	}
	a.folded[e] = folding{v, err}
	return v, err
}

func (a *Analyzer) evaluateCall(x *expr.Call) (*vector.Vector, error) {
	f := x.Bound.Function
	if f.Volatile || x.Bound.Eval == nil {
		return nil, nil
	}
	args := make([]*vector.Vector, len(x.Args))
	for i, e := range x.Args {
		v, err := a.operand(e)
		if v == nil || err != nil {
			return nil, err
		}
		if v.IsNull(0) && f.Nulls == function.NullIfAnyNull {
			return vector.NullConst(x.Bound.Return, 1), nil
		}
		args[i] = v
	}
	return x.Bound.Eval(a.fn, args, 1)
}

// evaluateTerms is AND (decided by false) or OR (decided by true).
func (a *Analyzer) evaluateTerms(terms []expr.Expr, decides bool) (*vector.Vector, error) {
	unknown := false
	for _, t := range terms {
		v, err := a.operand(t)
		if v == nil || err != nil {
			return nil, err
		}
		switch v.Value(0) {
		case nil:
			unknown = true
		case decides:
			return vector.ConstOf(types.BooleanType, decides, 1), nil
		}
	}
	if unknown {
		return vector.NullConst(types.BooleanType, 1), nil
	}
	return vector.ConstOf(types.BooleanType, !decides, 1), nil
}
