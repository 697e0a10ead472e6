package datetime

import (
	"math"

	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

func init() {
	bind.Scalars(
		unixPart("unix_micros", "microseconds", 1),
		unixPart("unix_millis", "milliseconds", 1000),
		unixPart("unix_seconds", "seconds", 1_000_000),
		&function.Scalar{
			Name: "unix_date", MinArgs: 1, MaxArgs: 1, Since: "3.1.0",
			Doc:     "The number of days since 1970-01-01.",
			Usage:   "unix_date(date)",
			Example: "> SELECT unix_date(DATE(\"1970-01-02\"));\n 1",
			Bind: bind.Simple("unix_date", types.IntType, false, func(_ *function.Context, args []*vector.Vector, _ int) (*vector.Vector, error) {
				return as(args[0], types.IntType), nil
			}, types.DateFamily),
		},
		&function.Scalar{
			Name: "date_from_unix_date", MinArgs: 1, MaxArgs: 1, Since: "3.1.0",
			Doc:     "The date so many days after 1970-01-01.",
			Usage:   "date_from_unix_date(days)",
			Example: "> SELECT date_from_unix_date(1);\n 1970-01-02",
			Bind: bind.Simple("date_from_unix_date", types.DateType, false, func(_ *function.Context, args []*vector.Vector, _ int) (*vector.Vector, error) {
				return as(args[0], types.DateType), nil
			}, types.IntFamily),
		},
		&function.Scalar{
			Name: "timestamp_seconds", MinArgs: 1, MaxArgs: 1, Since: "3.1.0",
			Doc:     "The timestamp so many seconds after 1970-01-01 00:00:00 UTC; a fraction is allowed.",
			Usage:   "timestamp_seconds(seconds)",
			Example: "> SELECT timestamp_seconds(1230219000.123);\n 2008-12-25 07:30:00.123",
			Bind:    bind.Typed("timestamp_seconds", timestampSeconds, types.NumericFamily),
		},
		timestampOf("timestamp_millis", "milliseconds", 1000),
		timestampOf("timestamp_micros", "microseconds", 1),
	)
}

// as gives v as a vector of a type with the same physical form.
func as(v *vector.Vector, t *types.Type) *vector.Vector {
	c := *v
	c.Type = t
	if v.Form == vector.Dict {
		c.Dictionary = as(v.Dictionary, t)
	}
	return &c
}

func unixPart(name, what string, unit int64) *function.Scalar {
	return &function.Scalar{
		Name: name, MinArgs: 1, MaxArgs: 1, Since: "3.1.0",
		Doc:     "The number of " + what + " since 1970-01-01 00:00:00 UTC, cut down.",
		Usage:   name + "(timestamp)",
		Example: "> SELECT " + name + "(TIMESTAMP('1970-01-01 00:00:00Z'));\n 0",
		Bind: bind.Simple(name, types.LongType, false, bind.Map1(types.LongType, func(_ *function.Context, x int64) (int64, error) {
			return floorDiv(x, unit), nil
		}), types.Exact(types.TimestampType)),
	}
}

func timestampOf(name, what string, unit int64) *function.Scalar {
	return &function.Scalar{
		Name: name, MinArgs: 1, MaxArgs: 1, Since: "3.1.0",
		Doc:     "The timestamp so many " + what + " after 1970-01-01 00:00:00 UTC.",
		Usage:   name + "(" + what + ")",
		Example: "> SELECT " + name + "(0);\n 1970-01-01 00:00:00",
		Bind: func(args []function.Arg, ansi bool) (*function.Bound, error) {
			if !args[0].Type.IsInteger() && args[0].Type.Kind != types.Null {
				return nil, bind.Unexpected(name, args, 0, types.IntegralFamily.SQL())
			}
			return &function.Bound{
				Args: []*types.Type{types.LongType}, Return: types.TimestampType, Nullable: args[0].Nullable,
				Eval: bind.Map1(types.TimestampType, func(_ *function.Context, x int64) (int64, error) { return micros(x, unit) }),
			}, nil
		},
	}
}

func timestampSeconds(in []*types.Type, _ bool) (*types.Type, function.Eval, error) {
	t := in[0]
	switch t.Kind {
	case types.Byte:
		return types.TimestampType, wholeSeconds[int8](), nil
	case types.Short:
		return types.TimestampType, wholeSeconds[int16](), nil
	case types.Int:
		return types.TimestampType, wholeSeconds[int32](), nil
	case types.Long:
		return types.TimestampType, wholeSeconds[int64](), nil
	case types.Float:
		return types.TimestampType, bind.Map1(types.TimestampType, func(_ *function.Context, x float32) (int64, error) { return floatSeconds(float64(x)) }), nil
	case types.Double:
		return types.TimestampType, bind.Map1(types.TimestampType, func(_ *function.Context, x float64) (int64, error) { return floatSeconds(x) }), nil
	}
	scale := int(t.Scale)
	return types.TimestampType, bind.Map1(types.TimestampType, func(_ *function.Context, x types.Int128) (int64, error) {
		if scale > 6 {
			q, r := x.QuoRem(types.Pow10[scale-6])
			if r.Sign() != 0 {
				return 0, overflow("Rounding necessary")
			}
			x = q
		} else {
			var ok bool
			if x, ok = x.Mul(types.Pow10[6-scale]); !ok {
				return 0, overflow("timestamp_seconds")
			}
		}
		v, ok := x.Int64()
		if !ok {
			return 0, overflow("timestamp_seconds")
		}
		return v, nil
	}), nil
}

func wholeSeconds[T int8 | int16 | int32 | int64]() function.Eval {
	return bind.Map1(types.TimestampType, func(_ *function.Context, x T) (int64, error) { return micros(int64(x), 1_000_000) })
}

func floatSeconds(x float64) (int64, error) {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return 0, bind.ErrNull
	}
	return cast.Saturate64(x * 1_000_000), nil
}
