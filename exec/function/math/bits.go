package math

import (
	"math/bits"
	"strconv"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

func init() {
	shift := func(name, since, doc, example string, i32 func(x int32, n uint) int32, i64 func(x int64, n uint) int64, symbol string) *function.Scalar {
		return &function.Scalar{
			Name: name, Aliases: []string{symbol}, MinArgs: 2, MaxArgs: 2, Since: since, Doc: doc, Usage: name + "(base, expr)", Example: example,
			Bind: func(args []function.Arg, ansi bool) (*function.Bound, error) {
				in, err := bind.Cast(name, args, ansi, types.OneOf(types.IntFamily, types.LongFamily), types.IntFamily)
				if err != nil {
					return nil, err
				}
				out := &function.Bound{Args: in, Return: in[0]}
				// As in Java only the low bits of the count matter.
				if in[0].Kind == types.Int {
					out.Eval = bind.Map2(in[0], func(_ *function.Context, x, n int32) (int32, error) { return i32(x, uint(n)&31), nil })
				} else {
					out.Eval = bind.Map2(in[0], func(_ *function.Context, x int64, n int32) (int64, error) { return i64(x, uint(n)&63), nil })
				}
				return out, nil
			},
		}
	}
	bind.Scalars(
		shift("shiftleft", "1.5.0", "base with its bits moved left.", "> SELECT shiftleft(2, 1);\n 4", func(x int32, n uint) int32 { return x << n }, func(x int64, n uint) int64 { return x << n }, "<<"),
		shift("shiftright", "1.5.0", "base with its bits moved right, the sign kept.", "> SELECT shiftright(4, 1);\n 2", func(x int32, n uint) int32 { return x >> n }, func(x int64, n uint) int64 { return x >> n }, ">>"),
		shift("shiftrightunsigned", "1.5.0", "base with its bits moved right, zeros moved in.", "> SELECT shiftrightunsigned(4, 1);\n 2",
			func(x int32, n uint) int32 { return int32(uint32(x) >> n) }, func(x int64, n uint) int64 { return int64(uint64(x) >> n) }, ">>>"),
		&function.Scalar{
			Name: "bit_count", MinArgs: 1, MaxArgs: 1, Since: "3.0.0", Doc: "The number of bits that are set in expr as a 64-bit integer.", Usage: "bit_count(expr)",
			Example: "> SELECT bit_count(0);\n 0", Bind: bindBitCount,
		},
		&function.Scalar{
			Name: "getbit", Aliases: []string{"bit_get"}, MinArgs: 2, MaxArgs: 2, Since: "3.2.0", Doc: "The bit of expr at a position, counted from the right.", Usage: "getbit(expr, pos)",
			Example: "> SELECT getbit(11, 0);\n 1", Bind: bindGetBit,
		},
		&function.Scalar{
			Name: "factorial", MinArgs: 1, MaxArgs: 1, Since: "1.5.0", Doc: "The factorial of 0 to 20; NULL otherwise.", Usage: "factorial(expr)", Example: "> SELECT factorial(5);\n 120",
			Bind: bind.Simple("factorial", types.LongType, true, bind.Map1(types.LongType, func(_ *function.Context, n int32) (int64, error) {
				if n < 0 || n > 20 {
					return 0, bind.ErrNull
				}
				r := int64(1)
				for k := int64(2); k <= int64(n); k++ {
					r *= k
				}
				return r, nil
			}), types.IntFamily),
		},
	)
}

// integers binds a function of an integer of any width, which it gets as 64 bits.
func integers[T int8 | int16 | int32 | int64, R bind.Value](ret *types.Type, f func(x int64) R) function.Eval {
	return bind.Map1(ret, func(_ *function.Context, x T) (R, error) { return f(int64(x)), nil })
}

func bindBitCount(args []function.Arg, ansi bool) (*function.Bound, error) {
	in, err := bind.Cast("bit_count", args, ansi, types.OneOf(types.IntegralFamily, types.BooleanFamily))
	if err != nil {
		return nil, err
	}
	count := func(x int64) int32 { return int32(bits.OnesCount64(uint64(x))) }
	out := &function.Bound{Args: in, Return: types.IntType}
	switch in[0].Kind {
	case types.Boolean:
		out.Eval = bind.Map1(types.IntType, func(_ *function.Context, b bool) (int32, error) {
			if b {
				return 1, nil
			}
			return 0, nil
		})
	case types.Byte:
		out.Eval = integers[int8](types.IntType, count)
	case types.Short:
		out.Eval = integers[int16](types.IntType, count)
	case types.Int:
		out.Eval = integers[int32](types.IntType, count)
	default:
		out.Eval = integers[int64](types.IntType, count)
	}
	return out, nil
}

func getBit[T int8 | int16 | int32 | int64](size int32) function.Eval {
	return bind.Map2(types.ByteType, func(_ *function.Context, x T, at int32) (int8, error) {
		if at < 0 || at >= size {
			return 0, sqlerr.New("INVALID_PARAMETER_VALUE.PATTERN", "parameter", "`pos`", "functionName", "`getbit`",
				"value", "the position "+strconv.Itoa(int(at))+" is not from 0 to "+strconv.Itoa(int(size-1)))
		}
		return int8(int64(x) >> uint(at) & 1), nil
	})
}

func bindGetBit(args []function.Arg, ansi bool) (*function.Bound, error) {
	in, err := bind.Cast("getbit", args, ansi, types.IntegralFamily, types.IntFamily)
	if err != nil {
		return nil, err
	}
	out := &function.Bound{Args: in, Return: types.ByteType}
	switch in[0].Kind {
	case types.Byte:
		out.Eval = getBit[int8](8)
	case types.Short:
		out.Eval = getBit[int16](16)
	case types.Int:
		out.Eval = getBit[int32](32)
	default:
		out.Eval = getBit[int64](64)
	}
	return out, nil
}
