package engine

import (
	"strconv"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/sqlerr"
)

// bindCall makes a call of a function over arguments that already have the types it wants.
func bindCall(name string, args ...expr.Expr) (expr.Expr, error) {
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

// itoa is a number as commit metrics have it.
func itoa(n int64) string { return strconv.FormatInt(n, 10) }
