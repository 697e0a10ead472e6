package engine

import (
	"context"

	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/exec/eval"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sql/parser"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// constant computes an expression that reads no columns: a vector of one row.
func (p *planner) constant(ctx context.Context, e ast.Expr) (*vector.Vector, error) {
	bound, err := p.newAnalyzer(ctx).Expression(e, nil)
	if err != nil {
		return nil, err
	}
	v, err := eval.Constant(bound, p.functions)
	return v, at(err, e)
}

// identifier gives the parts of the name that IDENTIFIER(…) evaluates to.
func (p *planner) identifier(ctx context.Context, e ast.Expr) ([]string, error) {
	v, err := p.constant(ctx, e)
	if err != nil {
		return nil, err
	}
	text, ok := v.Value(0).(string)
	if !ok {
		class := "NOT_A_CONSTANT_STRING.WRONG_TYPE"
		if v.IsNull(0) {
			class = "NOT_A_CONSTANT_STRING.NULL"
		}
		return nil, sqlerr.New(class, "name", "IDENTIFIER", "expr", "", "dataType", v.Type.SQL()).At(e.Pos())
	}
	name, err := parser.ParseName(text)
	if err != nil {
		return nil, err
	}
	return name.Strings(), nil
}

// constantText is a constant as text.
func (p *planner) constantText(ctx context.Context, e ast.Expr) (string, error) {
	v, err := p.constant(ctx, e)
	if err != nil {
		return "", err
	}
	if v.IsNull(0) {
		return "null", nil
	}
	return cast.Hive(v, 0, p.zone()), nil
}

// constantAs is a constant converted to a type, as an expression of type t.
func (p *planner) constantAs(ctx context.Context, e ast.Expr, t *types.Type) (*vector.Vector, error) {
	bound, err := p.newAnalyzer(ctx).Expression(e, nil)
	if err != nil {
		return nil, err
	}
	converted, err := expr.NewCast(bound, t, cast.ANSI, true)
	if err != nil {
		return nil, at(err, e)
	}
	v, err := eval.Constant(converted, p.functions)
	return v, at(err, e)
}

// intervalMicros is the length of an interval without months, in microseconds.
func (p *planner) intervalMicros(ctx context.Context, e ast.Expr) (int64, error) {
	v, err := p.constant(ctx, e)
	if err != nil {
		return 0, err
	}
	switch x := v.Value(0).(type) {
	case int64:
		return x, nil
	case types.Interval:
		if x.Months == 0 {
			return int64(x.Days)*86_400_000_000 + x.Micros, nil
		}
	}
	return 0, sqlerr.New("_LEGACY_ERROR_TEMP_0045").At(e.Pos())
}
