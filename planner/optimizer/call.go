package optimizer

import (
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// call binds a function to arguments that already have the types it wants.
func call(name string, args ...expr.Expr) (expr.Expr, error) {
	f := function.FindScalar(name)
	if f == nil {
		return nil, sqlerr.Internal("function %s is not there", name)
	}
	known := make([]function.Arg, len(args))
	for i, a := range args {
		known[i] = function.Arg{Type: a.Type(), Nullable: a.Nullable(), SQL: a.String()}
	}
	b, err := f.Bind(known, false)
	if err != nil {
		return nil, err
	}
	return &expr.Call{Bound: b, Args: args}, nil
}

// literal is a constant of a type; value has the shape that vector.Value gives, nil for NULL.
func literal(t *types.Type, value any) expr.Expr { return &expr.Literal{Value: vector.Of(t, value)} }
