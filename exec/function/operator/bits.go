package operator

import (
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/kernel"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// bitwise binds & | ^.
func bitwise(name string) func([]function.Arg, bool) (*function.Bound, error) {
	return func(args []function.Arg, ansi bool) (*function.Bound, error) {
		l, r := args[0].Type, args[1].Type
		if ansi && l.IsString() && r.IsInteger() {
			l = types.LongType
		}
		if ansi && r.IsString() && l.IsInteger() {
			r = types.LongType
		}
		t := types.TightestCommonType(l, r, ansi)
		switch {
		case t == nil:
			return nil, differ(name, args, l, r)
		case t.Kind == types.Null:
			t = types.IntType
		case !t.IsInteger():
			return nil, wrongType(name, args, types.IntegralFamily.SQL(), t)
		}
		out := &function.Bound{Args: []*types.Type{t, t}, Return: t}
		switch t.Kind {
		case types.Byte:
			out.Eval = bitEval[int8](name, t)
		case types.Short:
			out.Eval = bitEval[int16](name, t)
		case types.Int:
			out.Eval = bitEval[int32](name, t)
		default:
			out.Eval = bitEval[int64](name, t)
		}
		return out, nil
	}
}

func bitEval[T kernel.Integer](name string, t *types.Type) function.Eval {
	return func(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
		out := vector.New(t, n)
		dst := bind.Slice[T](out)
		a, b := operand[T](args[0]), operand[T](args[1])
		sa, sb := step(a), step(b)
		switch name {
		case "&":
			for i := range dst {
				dst[i] = a.V[i*sa] & b.V[i*sb]
			}
		case "|":
			for i := range dst {
				dst[i] = a.V[i*sa] | b.V[i*sb]
			}
		default:
			for i := range dst {
				dst[i] = a.V[i*sa] ^ b.V[i*sb]
			}
		}
		return out, nil
	}
}

// bitNot binds ~.
func bitNot(args []function.Arg, ansi bool) (*function.Bound, error) {
	in, err := bind.Cast("~", args, ansi, types.IntegralFamily)
	if err != nil {
		return nil, err
	}
	t := in[0]
	out := &function.Bound{Args: in, Return: t}
	switch t.Kind {
	case types.Byte:
		out.Eval = flipped[int8](t)
	case types.Short:
		out.Eval = flipped[int16](t)
	case types.Int:
		out.Eval = flipped[int32](t)
	default:
		out.Eval = flipped[int64](t)
	}
	return out, nil
}

func flipped[T kernel.Integer](t *types.Type) function.Eval {
	return func(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
		out := vector.New(t, n)
		dst := bind.Slice[T](out)
		a := operand[T](args[0])
		s := step(a)
		for i := range dst {
			dst[i] = ^a.V[i*s]
		}
		return out, nil
	}
}
