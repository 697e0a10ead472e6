package operator

import (
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/kernel"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// comparable gives the type in which two operands are compared.
func comparable(name string, args []function.Arg, equality, ansi bool) (*types.Type, error) {
	l, r := args[0].Type, args[1].Type
	t := types.ComparisonType(l, r, equality, ansi)
	if t == nil {
		return nil, differ(name, args, l, r)
	}
	if t.HasNested(func(u *types.Type) bool {
		return u.Kind == types.Map || u.Kind == types.Variant || u.Kind == types.Calendar && !equality
	}) {
		return nil, bind.Mismatch("INVALID_ORDERING_TYPE", name, args, "functionName", types.Quote(name), "dataType", bind.TypeSQL(t))
	}
	return t, nil
}

// comparison binds = <> < <= > >=.
func comparison(name string) func([]function.Arg, bool) (*function.Bound, error) {
	op, _ := kernel.OpByName(name)
	equality := op == kernel.Eq || op == kernel.Ne
	return func(args []function.Arg, ansi bool) (*function.Bound, error) {
		t, err := comparable(name, args, equality, ansi)
		if err != nil {
			return nil, err
		}
		return &function.Bound{
			Args: []*types.Type{t, t}, Return: types.BooleanType,
			Eval: func(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
				out := vector.New(types.BooleanType, n)
				kernel.Compare(op, out.Bools, args[0], args[1])
				return out, nil
			},
		}, nil
	}
}

// nullSafe binds <=>.
func nullSafe(args []function.Arg, ansi bool) (*function.Bound, error) {
	t, err := comparable("<=>", args, true, ansi)
	if err != nil {
		return nil, err
	}
	return &function.Bound{
		Args: []*types.Type{t, t}, Return: types.BooleanType,
		Eval: func(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
			out := vector.New(types.BooleanType, n)
			a, b := args[0].Nulls(), args[1].Nulls()
			kernel.Compare(kernel.Eq, out.Bools, args[0], args[1])
			if a == nil && b == nil {
				return out, nil
			}
			for i := range out.Bools {
				switch x, y := a.Get(i), b.Get(i); {
				case x != y:
					out.Bools[i] = false
				case !x:
					out.Bools[i] = true
				}
			}
			return out, nil
		},
	}, nil
}

// extreme binds greatest and least: NULLs are passed over.
func extreme(name string) func([]function.Arg, bool) (*function.Bound, error) {
	sign := 1
	if name == "least" {
		sign = -1
	}
	return func(args []function.Arg, ansi bool) (*function.Bound, error) {
		t, err := bind.SameWithoutStrings(name, args, ansi)
		if err != nil {
			return nil, err
		}
		if !t.Orderable() {
			return nil, bind.Mismatch("INVALID_ORDERING_TYPE", name, args, "functionName", types.Quote(name), "dataType", bind.TypeSQL(t))
		}
		nullable := true
		for _, a := range args {
			nullable = nullable && a.Nullable
		}
		order := kernel.Comparator(t)
		return &function.Bound{
			Args: bind.Repeat(t, len(args)), Return: t, Nullable: nullable,
			Eval: bind.AllRows(t, func(_ *function.Context, args []*vector.Vector) (func(int, *vector.Builder) error, error) {
				return func(i int, out *vector.Builder) error {
					var best *vector.Vector
					for _, a := range args {
						if !a.IsNull(i) && (best == nil || sign*order(a, i, best, i) > 0) {
							best = a
						}
					}
					if best == nil {
						return bind.ErrNull
					}
					out.AppendFrom(best, i)
					return nil
				}, nil
			}),
		}, nil
	}
}
