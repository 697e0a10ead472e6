package analyzer

import (
	"strings"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// lambdaCall binds a call with lambda arguments: the others first, then each lambda with the parameter types that the
// function derives from what is known.
func (r *resolver) lambdaCall(x *ast.Call, f *function.Scalar, name string) (expr.Expr, error) {
	if f.LambdaTypes == nil {
		return nil, sqlerr.New("INVALID_LAMBDA_FUNCTION_CALL.NON_HIGHER_ORDER_FUNCTION", "class", f.Name)
	}
	args := make([]expr.Expr, len(x.Args))
	known := make([]function.Arg, len(x.Args))
	for i, e := range x.Args {
		if l, ok := e.(*ast.Lambda); ok {
			known[i] = function.Arg{Lambda: &function.LambdaArg{Parameters: len(l.Params)}}
			continue
		}
		b, err := r.expr(e)
		if err != nil {
			return nil, err
		}
		args[i] = b
		known[i] = r.a.arguments([]expr.Expr{b})[0]
	}
	for i, e := range x.Args {
		l, ok := e.(*ast.Lambda)
		if !ok {
			continue
		}
		ts, err := f.LambdaTypes(known, i)
		if err != nil {
			return nil, err
		}
		b, err := r.lambdaBody(l, ts)
		if err != nil {
			return nil, at(err, l.Pos())
		}
		args[i] = b
		known[i] = r.a.arguments([]expr.Expr{b})[0]
	}
	b, err := f.Bind(known, r.a.ansi)
	if err != nil {
		return nil, err
	}
	shown := args
	if args, err = r.a.castAll(args, b.Args); err != nil {
		return nil, err
	}
	for i, e := range args {
		if l, ok := e.(*expr.Lambda); ok && i < len(b.Args) && b.Args[i] != nil {
			body, err := r.a.coerce(l.Body, relaxed(b.Args[i]))
			if err != nil {
				return nil, err
			}
			args[i] = &expr.Lambda{Params: l.Params, Body: body}
		}
	}
	return &expr.Call{Bound: b, Args: args, Text: callText(name, f.Name, shown)}, nil
}

// relaxed is a type whose parts may all be NULL.
func relaxed(t *types.Type) *types.Type {
	switch t.Kind {
	case types.Array:
		return types.NewArray(relaxed(t.Elem), true)
	case types.Map:
		return types.NewMap(t.Key, relaxed(t.Elem), true)
	case types.Struct:
		fields := make([]types.Field, len(t.Fields))
		for i, f := range t.Fields {
			f.Type, f.Nullable = relaxed(f.Type), true
			fields[i] = f
		}
		return types.NewStruct(fields...)
	}
	return t
}

func (r *resolver) lambdaBody(l *ast.Lambda, ts []*types.Type) (*expr.Lambda, error) {
	if len(l.Params) > len(ts) {
		return nil, sqlerr.New("INVALID_LAMBDA_FUNCTION_CALL.NUM_ARGS_MISMATCH", "expectedNumArgs", itoa(len(l.Params)), "actualNumArgs", itoa(len(ts)))
	}
	vars := make([]*expr.LambdaVar, len(l.Params))
	seen := map[string]bool{}
	for i, p := range l.Params {
		key := strings.ToLower(p.Text)
		if seen[key] {
			return nil, sqlerr.New("INVALID_LAMBDA_FUNCTION_CALL.DUPLICATE_ARG_NAMES", "args", types.Quote(p.Text), "caseSensitiveConfig", `"spark.sql.caseSensitive"`)
		}
		seen[key] = true
		vars[i] = &expr.LambdaVar{ID: expr.NewID(), Name: p.Text, T: ts[i], Null: true}
	}
	inner := *r
	inner.lambda = append(append([][]*expr.LambdaVar{}, r.lambda...), vars)
	body, err := inner.expr(l.Body)
	if err != nil {
		return nil, err
	}
	return &expr.Lambda{Params: vars, Body: body}, nil
}
