package expr

import (
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// NewCall makes a call of a scalar function, by name, over arguments that already have the types it wants: for expressions
// that a plan needs and no user wrote.
func NewCall(name string, args ...Expr) (Expr, error) {
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
	return &Call{Bound: b, Args: args}, nil
}

// NewLiteral is a constant of a type; value has the shape that vector.Value gives, nil for NULL.
func NewLiteral(t *types.Type, value any) Expr { return &Literal{Value: vector.Of(t, value)} }
