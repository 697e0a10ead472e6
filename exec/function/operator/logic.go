package operator

import (
	"math"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/kernel"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// booleans are the argument types of AND, OR and NOT.
func booleans(name string, args []function.Arg, ansi bool) ([]*types.Type, error) {
	for i, a := range args {
		if a.Type.Kind == types.Boolean || a.Type.Kind == types.Null || ansi && a.Type.IsString() {
			continue
		}
		if len(args) == 1 {
			return nil, bind.Unexpected(name, args, i, types.BooleanFamily.SQL())
		}
		if args[0].Type.Equal(args[1].Type) {
			return nil, wrongType(name, args, types.BooleanFamily.SQL(), a.Type)
		}
		return nil, differ(name, args, args[0].Type, args[1].Type)
	}
	return bind.Repeat(types.BooleanType, len(args)), nil
}

// logical binds AND and OR for callers that have both sides already; the evaluator has a lazy form of its own.
func logical(name string) func([]function.Arg, bool) (*function.Bound, error) {
	decides := name == "or" // the value that settles the result
	return func(args []function.Arg, ansi bool) (*function.Bound, error) {
		in, err := booleans(name, args, ansi)
		if err != nil {
			return nil, err
		}
		nullable := args[0].Nullable || args[1].Nullable
		return &function.Bound{
			Args: in, Return: types.BooleanType, Nullable: nullable,
			Eval: func(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
				a, b := vector.Flatten(args[0]), vector.Flatten(args[1])
				out := vector.New(types.BooleanType, n)
				for i := range out.Bools {
					x, y := a.Valid.Get(i), b.Valid.Get(i)
					switch {
					case x && a.Bools[i] == decides || y && b.Bools[i] == decides:
						out.Bools[i] = decides
					case x && y:
						out.Bools[i] = !decides
					default:
						if out.Valid == nil {
							out.Valid = vector.NewBitmap(n, true)
						}
						out.Valid.Clear(i)
					}
				}
				return out, nil
			},
		}, nil
	}
}

func not(args []function.Arg, ansi bool) (*function.Bound, error) {
	in, err := booleans("not", args, ansi)
	if err != nil {
		return nil, err
	}
	return &function.Bound{Args: in, Return: types.BooleanType, Eval: func(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
		out := vector.New(types.BooleanType, n)
		a := operand[bool](args[0])
		s := step(a)
		for i := range out.Bools {
			out.Bools[i] = !a.V[i*s]
		}
		return out, nil
	}}, nil
}

// nullTest binds isnull (want true) and isnotnull.
func nullTest(want bool) func([]function.Arg, bool) (*function.Bound, error) {
	return func(args []function.Arg, _ bool) (*function.Bound, error) {
		return &function.Bound{
			Args: []*types.Type{args[0].Type}, Return: types.BooleanType,
			Eval: func(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
				valid := args[0].Nulls()
				if args[0].Type.Kind == types.Null || args[0].Form == vector.Const {
					return vector.ConstOf(types.BooleanType, (args[0].Type.Kind == types.Null || args[0].IsNull(0)) == want, n), nil
				}
				if valid == nil {
					return vector.ConstOf(types.BooleanType, !want, n), nil
				}
				out := vector.New(types.BooleanType, n)
				for i := range out.Bools {
					out.Bools[i] = valid.Get(i) != want
				}
				return out, nil
			},
		}, nil
	}
}

// isNaN binds isnan: false for NULL.
func isNaN(args []function.Arg, ansi bool) (*function.Bound, error) {
	t, ok := types.ImplicitCast(args[0].Type, types.OneOf(types.DoubleFamily, types.Exact(types.FloatType)), ansi)
	if !ok {
		return nil, bind.Unexpected("isnan", args, 0, `("DOUBLE" or "FLOAT")`)
	}
	return &function.Bound{Args: []*types.Type{t}, Return: types.BooleanType, Eval: func(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
		v := vector.Flatten(args[0])
		out := vector.New(types.BooleanType, n)
		for i := range out.Bools {
			if !v.Valid.Get(i) {
				continue
			}
			if v.F64 != nil {
				out.Bools[i] = math.IsNaN(v.F64[i])
			} else {
				out.Bools[i] = v.F32[i] != v.F32[i]
			}
		}
		return out, nil
	}}, nil
}

// nanvl binds nanvl: the second operand where the first is NaN.
func nanvl(args []function.Arg, ansi bool) (*function.Bound, error) {
	t := types.DoubleType
	if args[0].Type.Kind == types.Float && (args[1].Type.Kind == types.Float || args[1].Type.Kind == types.Null) {
		t = types.FloatType
	}
	for i := range args {
		if _, ok := types.ImplicitCast(args[i].Type, types.Exact(t), ansi); !ok {
			return nil, bind.Unexpected("nanvl", args, i, `("DOUBLE" or "FLOAT")`)
		}
	}
	return &function.Bound{
		Args: bind.Repeat(t, 2), Return: t, Nullable: true,
		Eval: bind.AllRows(t, func(_ *function.Context, args []*vector.Vector) (func(int, *vector.Builder) error, error) {
			return func(i int, out *vector.Builder) error {
				v := args[0]
				if !v.IsNull(i) {
					w, at := v.Values(), v.Index(i)
					if w.F64 != nil && math.IsNaN(w.F64[at]) || w.F32 != nil && w.F32[at] != w.F32[at] {
						v = args[1]
					}
				}
				out.AppendFrom(v, i)
				return nil
			}, nil
		}),
	}, nil
}

// The conditionals compute all operands; the analyzer turns calls into lazy forms, so these serve other callers.

func coalesce(name string) func([]function.Arg, bool) (*function.Bound, error) {
	return func(args []function.Arg, ansi bool) (*function.Bound, error) {
		t, err := bind.Same("coalesce", args, ansi)
		if err != nil {
			return nil, err
		}
		nullable := true
		for _, a := range args {
			nullable = nullable && a.Nullable
		}
		return &function.Bound{Args: bind.Repeat(t, len(args)), Return: t, Nullable: nullable, Eval: pick(t, func(args []*vector.Vector, i int) *vector.Vector {
			for _, a := range args {
				if !a.IsNull(i) {
					return a
				}
			}
			return nil
		})}, nil
	}
}

// pick takes for every row the value of one of the arguments, NULL for nil.
func pick(t *types.Type, choose func(args []*vector.Vector, i int) *vector.Vector) function.Eval {
	return bind.AllRows(t, func(_ *function.Context, args []*vector.Vector) (func(int, *vector.Builder) error, error) {
		return func(i int, out *vector.Builder) error {
			v := choose(args, i)
			if v == nil {
				return bind.ErrNull
			}
			out.AppendFrom(v, i)
			return nil
		}, nil
	})
}

func isTrue(v *vector.Vector, i int) bool { return !v.IsNull(i) && v.Values().Bools[v.Index(i)] }

// conditional binds if (two values) and when (any number of conditions with values, and a default).
func conditional(name string) func([]function.Arg, bool) (*function.Bound, error) {
	return func(args []function.Arg, ansi bool) (*function.Bound, error) {
		in := make([]*types.Type, len(args))
		var values []function.Arg
		var at []int
		for i, a := range args {
			if i%2 == 0 && i+1 < len(args) {
				if a.Type.Kind != types.Boolean && a.Type.Kind != types.Null {
					return nil, bind.Unexpected(name, args, i, types.BooleanFamily.SQL())
				}
				in[i] = types.BooleanType
				continue
			}
			values, at = append(values, a), append(at, i)
		}
		t, err := bind.Same(name, values, ansi)
		if err != nil {
			return nil, err
		}
		for _, i := range at {
			in[i] = t
		}
		return &function.Bound{Args: in, Return: t, Nullable: true, Eval: pick(t, func(args []*vector.Vector, i int) *vector.Vector {
			k := 0
			for ; k+1 < len(args); k += 2 {
				if isTrue(args[k], i) {
					return args[k+1]
				}
			}
			if k < len(args) {
				return args[k]
			}
			return nil
		})}, nil
	}
}

func nvl2(args []function.Arg, ansi bool) (*function.Bound, error) {
	t, err := bind.Same("nvl2", args[1:], ansi)
	if err != nil {
		return nil, err
	}
	return &function.Bound{Args: []*types.Type{args[0].Type, t, t}, Return: t, Nullable: true, Eval: pick(t, func(args []*vector.Vector, i int) *vector.Vector {
		if args[0].IsNull(i) {
			return args[2]
		}
		return args[1]
	})}, nil
}

func nullIf(args []function.Arg, ansi bool) (*function.Bound, error) {
	t, err := comparable("nullif", args, true, ansi)
	if err != nil {
		return nil, err
	}
	order := kernel.Comparator(t)
	return &function.Bound{Args: bind.Repeat(t, 2), Return: t, Nullable: true, Eval: pick(t, func(args []*vector.Vector, i int) *vector.Vector {
		if !args[0].IsNull(i) && !args[1].IsNull(i) && order(args[0], i, args[1], i) == 0 {
			return nil
		}
		return args[0]
	})}, nil
}
