package math

import (
	"math"
	"strconv"

	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

func init() {
	entry := func(name, doc, example string, b func([]function.Arg, bool) (*function.Bound, error), aliases ...string) *function.Scalar {
		return &function.Scalar{Name: name, Aliases: aliases, MinArgs: 1, MaxArgs: 2, Since: "1.4.0", Doc: doc, Usage: name + "(expr[, scale])", Example: example, Bind: b}
	}
	bind.Scalars(
		entry("round", "expr rounded to scale digits after the point (0 if left out), half away from zero.", "> SELECT round(2.5, 0);\n 3", bindRound("round", types.HalfUp)),
		entry("bround", "expr rounded to scale digits after the point (0 if left out), half to even.", "> SELECT bround(2.5, 0);\n 2", bindRound("bround", types.HalfEven)),
		entry("ceil", "The smallest number with scale digits after the point (0 if left out) that is not below expr.", "> SELECT ceil(-0.1);\n 0", bindToward("ceil", types.Ceiling), "ceiling"),
		entry("floor", "The largest number with scale digits after the point (0 if left out) that is not above expr.", "> SELECT floor(-0.1);\n -1", bindToward("floor", types.Floor)),
		&function.Scalar{Name: "abs", MinArgs: 1, MaxArgs: 1, Since: "1.2.0", Doc: "The absolute value.", Usage: "abs(expr)", Example: "> SELECT abs(-1);\n 1", Bind: bindAbs},
		&function.Scalar{
			Name: "sign", Aliases: []string{"signum"}, MinArgs: 1, MaxArgs: 1, Since: "1.4.0", Doc: "-1.0, 0.0 or 1.0 as expr is negative, 0 or positive.",
			Usage: "sign(expr)", Example: "> SELECT sign(40);\n 1.0", Bind: bindSign,
		},
	)
}

// scaleOf reads the constant second argument of a rounding function; null says that it is NULL.
func scaleOf(name string, args []function.Arg) (scale int, null bool, err error) {
	if len(args) < 2 {
		return 0, false, nil
	}
	a := args[1]
	if a.Const == nil {
		return 0, false, bind.NotFoldable(name, args, 1, "scale", "INT")
	}
	if a.Const.IsNull(0) {
		return 0, true, nil
	}
	if n, _, ok := bind.ConstInt(a); ok && n >= math.MinInt32 && n <= math.MaxInt32 {
		return int(n), false, nil
	}
	if !a.Type.IsNumeric() && !a.Type.IsString() {
		return 0, false, bind.Unexpected(name, args, 1, types.IntFamily.SQL())
	}
	c, err := cast.Bind(a.Type, types.IntType, cast.Legacy)
	if err != nil {
		return 0, false, err
	}
	v, err := c(&function.Context{}, a.Const)
	if err != nil {
		return 0, false, err
	}
	if v.IsNull(0) {
		return 0, true, nil
	}
	return int(v.Value(0).(int32)), false, nil
}

// roundedType is the type of a decimal rounded to a scale: rounding may need one more digit before the point.
func roundedType(t *types.Type, scale int) *types.Type {
	whole := int(t.Precision) - int(t.Scale) + 1
	if scale < 0 {
		return types.NewDecimal(min(max(whole, -scale+1), types.MaxPrecision), 0)
	}
	s := min(int(t.Scale), scale)
	return types.NewDecimal(min(whole+s, types.MaxPrecision), s)
}

// bindRound binds round and bround.
func bindRound(name string, mode types.RoundMode) func([]function.Arg, bool) (*function.Bound, error) {
	return func(args []function.Arg, ansi bool) (*function.Bound, error) {
		in, err := bind.Cast(name, args[:1], ansi, types.NumericFamily)
		if err != nil {
			return nil, err
		}
		scale, null, err := scaleOf(name, args)
		if err != nil {
			return nil, err
		}
		return rounded(in[0], args, scale, null, mode, ansi)
	}
}

func rounded(t *types.Type, args []function.Arg, scale int, null bool, mode types.RoundMode, ansi bool) (*function.Bound, error) {
	out := &function.Bound{Args: []*types.Type{t}, Return: t, Nullable: true}
	if len(args) > 1 {
		out.Args = append(out.Args, args[1].Type)
	}
	if t.Kind == types.Decimal {
		out.Return = roundedType(t, scale)
	}
	ret := out.Return
	var eval function.Eval
	switch {
	case null:
		eval = func(_ *function.Context, _ []*vector.Vector, n int) (*vector.Vector, error) {
			return vector.NullConst(ret, n), nil
		}
	case t.Kind == types.Decimal:
		eval = roundDecimals(t, ret, scale, mode, ansi)
	case t.Kind == types.Float:
		eval = bind.Map1(t, func(_ *function.Context, x float32) (float32, error) {
			return float32(roundDouble(float64(x), scale, mode)), nil
		})
	case t.Kind == types.Double:
		eval = bind.Map1(t, func(_ *function.Context, x float64) (float64, error) { return roundDouble(x, scale, mode), nil })
	case scale >= 0:
		eval = func(_ *function.Context, args []*vector.Vector, _ int) (*vector.Vector, error) { return args[0], nil }
	case t.Kind == types.Byte:
		eval = roundIntegers[int8](t, scale, mode, ansi)
	case t.Kind == types.Short:
		eval = roundIntegers[int16](t, scale, mode, ansi)
	case t.Kind == types.Int:
		eval = roundIntegers[int32](t, scale, mode, ansi)
	default:
		eval = roundIntegers[int64](t, scale, mode, ansi)
	}
	// The scale is known: only the number is left as an argument.
	out.Eval = func(ctx *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
		return eval(ctx, args[:1], n)
	}
	return out, nil
}

// roundAt rounds an unscaled value of scale s to a scale, which may be negative, and gives it at scale max(to, 0).
func roundAt(x types.Int128, s, to int, mode types.RoundMode) (types.Int128, bool) {
	if to >= s {
		return types.Rescale(x, s, s)
	}
	q := types.DivPow10(x, s-to, mode)
	if to >= 0 || q.Sign() == 0 {
		return q, true
	}
	if -to > types.MaxPrecision {
		return q, false
	}
	return q.Mul(types.Pow10[-to])
}

func roundDecimals(t, ret *types.Type, scale int, mode types.RoundMode, ansi bool) function.Eval {
	s := int(t.Scale)
	return bind.Map1(ret, func(_ *function.Context, x types.Int128) (types.Int128, error) {
		r, ok := roundAt(x, s, scale, mode)
		if ok && r.FitsPrecision(int(ret.Precision)) {
			return r, nil
		}
		if ansi {
			return r, sqlerr.New("NUMERIC_VALUE_OUT_OF_RANGE", "value", types.FormatDecimal(x, s), "precision", strconv.Itoa(int(ret.Precision)),
				"scale", strconv.Itoa(int(ret.Scale)), "config", `"spark.sql.ansi.enabled"`)
		}
		return r, bind.ErrNull
	})
}

func roundIntegers[T int8 | int16 | int32 | int64](t *types.Type, scale int, mode types.RoundMode, ansi bool) function.Eval {
	return bind.Map1(t, func(_ *function.Context, x T) (T, error) {
		r, ok := roundAt(types.Int128From(int64(x)), 0, scale, mode)
		v := T(int64(r.Lo))
		if ansi && (!ok || types.Int128From(int64(v)) != r) {
			return v, sqlerr.New("ARITHMETIC_OVERFLOW", "message", "Overflow", "alternative", "", "config", `"spark.sql.ansi.enabled"`)
		}
		return v, nil
	})
}

// roundDouble rounds the shortest decimal text of a double, as Java's BigDecimal does.
func roundDouble(x float64, scale int, mode types.RoundMode) float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) || x == 0 {
		return x
	}
	var buf [32]byte
	text := strconv.AppendFloat(buf[:0], x, 'e', -1, 64)
	neg := text[0] == '-'
	if neg {
		text = text[1:]
	}
	var digits int64
	k := 0
	i := 0
	for ; text[i] != 'e'; i++ {
		if text[i] != '.' {
			digits = digits*10 + int64(text[i]-'0')
			k++
		}
	}
	exp, _ := strconv.Atoi(string(text[i+1:]))
	s := k - 1 - exp // x is digits / 10^s
	if s <= scale {
		return x
	}
	if neg {
		digits = -digits
	}
	q := types.DivPow10(types.Int128From(digits), s-scale, mode)
	v, _ := q.Int64()
	f, _ := strconv.ParseFloat(strconv.FormatInt(v, 10)+"e"+strconv.Itoa(-scale), 64)
	if v == 0 {
		return 0
	}
	return f
}

// bindToward binds ceil and floor: of one argument to a whole number (a bigint, or a decimal), of two to a decimal.
func bindToward(name string, mode types.RoundMode) func([]function.Arg, bool) (*function.Bound, error) {
	return func(args []function.Arg, ansi bool) (*function.Bound, error) {
		if len(args) == 2 {
			in, err := bind.Cast(name, args[:1], ansi, types.DecimalFamily)
			if err != nil {
				return nil, err
			}
			scale, null, err := scaleOf(name, args)
			if err != nil {
				return nil, err
			}
			return rounded(in[0], args, scale, null, mode, ansi)
		}
		in, err := bind.Cast(name, args, ansi, types.OneOf(types.DoubleFamily, types.DecimalFamily, types.LongFamily))
		if err != nil {
			return nil, err
		}
		t := in[0]
		out := &function.Bound{Args: in, Return: types.LongType}
		switch t.Kind {
		case types.Decimal:
			out.Return = types.BoundedDecimal(int(t.Precision)-int(t.Scale)+1, 0)
			out.Eval = roundDecimals(t, out.Return, 0, mode, ansi)
		case types.Long:
			out.Eval = func(_ *function.Context, args []*vector.Vector, _ int) (*vector.Vector, error) { return args[0], nil }
		default:
			f := math.Ceil
			if mode == types.Floor {
				f = math.Floor
			}
			out.Eval = bind.Map1(types.LongType, func(_ *function.Context, x float64) (int64, error) { return cast.Saturate64(f(x)), nil })
		}
		return out, nil
	}
}

func absolute[T int8 | int16 | int32 | int64](t *types.Type, exact bool, message string) function.Eval {
	return bind.Map1(t, func(_ *function.Context, x T) (T, error) {
		if x >= 0 {
			return x, nil
		}
		if exact && -x == x {
			return x, sqlerr.New("ARITHMETIC_OVERFLOW", "message", message, "alternative", "", "config", `"spark.sql.ansi.enabled"`)
		}
		return -x, nil
	})
}

func bindAbs(args []function.Arg, ansi bool) (*function.Bound, error) {
	in, err := bind.Cast("abs", args, ansi, types.NumericOrAnsiInterval)
	if err != nil {
		return nil, err
	}
	t := in[0]
	out := &function.Bound{Args: in, Return: t}
	switch t.Kind {
	case types.Byte:
		out.Eval = absolute[int8](t, ansi, "byte overflow")
	case types.Short:
		out.Eval = absolute[int16](t, ansi, "short overflow")
	case types.Int:
		out.Eval = absolute[int32](t, ansi, "integer overflow")
	case types.Long:
		out.Eval = absolute[int64](t, ansi, "long overflow")
	case types.YearMonth:
		out.Eval = absolute[int32](t, true, "integer overflow")
	case types.DayTime:
		out.Eval = absolute[int64](t, true, "long overflow")
	case types.Float:
		out.Eval = bind.Map1(t, func(_ *function.Context, x float32) (float32, error) { return float32(math.Abs(float64(x))), nil })
	case types.Double:
		out.Eval = bind.Map1(t, func(_ *function.Context, x float64) (float64, error) { return math.Abs(x), nil })
	default:
		out.Eval = bind.Map1(t, func(_ *function.Context, x types.Int128) (types.Int128, error) {
			if x.Sign() < 0 {
				return x.Neg(), nil
			}
			return x, nil
		})
	}
	return out, nil
}

func bindSign(args []function.Arg, ansi bool) (*function.Bound, error) {
	in, err := bind.Cast("sign", args, ansi, types.OneOf(types.DoubleFamily, types.YearMonthFamily, types.DayTimeFamily))
	if err != nil {
		return nil, err
	}
	sign := func(x float64) float64 {
		switch {
		case x > 0:
			return 1
		case x < 0:
			return -1
		}
		return x
	}
	out := &function.Bound{Args: in, Return: types.DoubleType}
	switch in[0].Kind {
	case types.YearMonth:
		out.Eval = bind.Map1(types.DoubleType, func(_ *function.Context, x int32) (float64, error) { return sign(float64(x)), nil })
	case types.DayTime:
		out.Eval = bind.Map1(types.DoubleType, func(_ *function.Context, x int64) (float64, error) { return sign(float64(x)), nil })
	default:
		out.Eval = bind.Map1(types.DoubleType, func(_ *function.Context, x float64) (float64, error) { return sign(x), nil })
	}
	return out, nil
}
