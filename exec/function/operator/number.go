package operator

import (
	"math"

	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/kernel"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

var arithOps = map[string]kernel.Arith{"+": kernel.Add, "-": kernel.Sub, "*": kernel.Mul}

// arithmetic binds + - * on numbers.
func arithmetic(name string, args []function.Arg, mode cast.Mode) (*function.Bound, error) {
	a, b, err := numericOperands(name, args, mode == cast.ANSI)
	if err != nil {
		return nil, err
	}
	out := &function.Bound{Args: []*types.Type{a, b}, Return: a, Nullable: mode == cast.Try}
	if a.Kind == types.Decimal {
		out.Return = decimalResult(name, args, a, b)
		out.Nullable = mode != cast.ANSI
		out.Eval = decimalArithmetic(name, a, b, out.Return, mode)
		return out, nil
	}
	op := arithOps[name]
	switch a.Kind {
	case types.Byte:
		out.Eval = integerArithmetic[int8](name, op, a, mode)
	case types.Short:
		out.Eval = integerArithmetic[int16](name, op, a, mode)
	case types.Int:
		out.Eval = integerArithmetic[int32](name, op, a, mode)
	case types.Long:
		out.Eval = integerArithmetic[int64](name, op, a, mode)
	case types.Float:
		out.Eval = floatArithmetic[float32](op, a)
	default:
		out.Eval = floatArithmetic[float64](op, a)
	}
	return out, nil
}

func floatArithmetic[T float32 | float64](op kernel.Arith, t *types.Type) function.Eval {
	return func(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
		out := vector.New(t, n)
		kernel.Wrap(op, bind.Slice[T](out), operand[T](args[0]), operand[T](args[1]))
		return out, nil
	}
}

func integerArithmetic[T kernel.Integer](name string, op kernel.Arith, t *types.Type, mode cast.Mode) function.Eval {
	return func(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
		out := vector.New(t, n)
		dst, a, b := bind.Slice[T](out), operand[T](args[0]), operand[T](args[1])
		if mode == cast.Legacy {
			kernel.Wrap(op, dst, a, b)
			return out, nil
		}
		rows := newNulls(args, n)
		err := kernel.Checked(op, dst, a, b, rows.args, func(i int) error {
			return rows.fail(i, mode, func() error { return integerOverflow(name, args, i, t) })
		})
		out.Valid = rows.result()
		return out, err
	}
}

func integerOverflow(name string, args []*vector.Vector, i int, t *types.Type) error {
	switch t.Kind {
	case types.Long:
		return overflow("long overflow", tryOf[name])
	case types.Int:
		return overflow("integer overflow", tryOf[name])
	}
	return sqlerr.New("BINARY_ARITHMETIC_OVERFLOW", "value1", cast.ValueSQL(args[0], i), "symbol", name, "value2", cast.ValueSQL(args[1], i))
}

// decimalResult is the result type of decimal arithmetic, by the session's rule for results of more than 38 digits.
func decimalResult(name string, args []function.Arg, a, b *types.Type) *types.Type {
	if args[0].KeepScale {
		return types.DecimalResultKeepingScale(name, a, b)
	}
	return types.DecimalResult(name, a, b)
}

// divide binds / on numbers: doubles, or decimals.
func divide(args []function.Arg, mode cast.Mode) (*function.Bound, error) {
	a, b, err := numericOperands("/", args, mode == cast.ANSI)
	if err != nil {
		return nil, err
	}
	if a.Kind == types.Decimal {
		ret := decimalResult("/", args, a, b)
		return &function.Bound{Args: []*types.Type{a, b}, Return: ret, Nullable: true, Eval: decimalQuotient("/", a, b, ret, mode)}, nil
	}
	return &function.Bound{
		Args: []*types.Type{types.DoubleType, types.DoubleType}, Return: types.DoubleType, Nullable: true,
		Eval: func(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
			out := vector.New(types.DoubleType, n)
			rows := newNulls(args, n)
			x, y := operand[float64](args[0]), operand[float64](args[1])
			sx, sy := step(x), step(y)
			for i := range out.F64 {
				d := y.V[i*sy]
				if d == 0 {
					if err := rows.fail(i, mode, divideByZero); err != nil {
						return nil, err
					}
					continue
				}
				out.F64[i] = x.V[i*sx] / d
			}
			out.Valid = rows.result()
			return out, nil
		},
	}, nil
}

// step is by how much the index into an operand grows from row to row.
func step[T any](o kernel.Operand[T]) int {
	if o.Const {
		return 0
	}
	return 1
}

// remainder binds % and pmod.
func remainder(name string, args []function.Arg, mode cast.Mode) (*function.Bound, error) {
	a, b, err := numericOperands(name, args, mode == cast.ANSI)
	if err != nil {
		return nil, err
	}
	out := &function.Bound{Args: []*types.Type{a, b}, Return: a, Nullable: true}
	positive := name == "pmod"
	switch a.Kind {
	case types.Decimal:
		out.Return = decimalResult(name, args, a, b)
		out.Eval = decimalQuotient(name, a, b, out.Return, mode)
	case types.Byte:
		out.Eval = modulo(a, mode, integerRemainder[int8](positive))
	case types.Short:
		out.Eval = modulo(a, mode, integerRemainder[int16](positive))
	case types.Int:
		out.Eval = modulo(a, mode, integerRemainder[int32](positive))
	case types.Long:
		out.Eval = modulo(a, mode, integerRemainder[int64](positive))
	case types.Float:
		out.Eval = modulo(a, mode, floatRemainder[float32](positive))
	default:
		out.Eval = modulo(a, mode, floatRemainder[float64](positive))
	}
	return out, nil
}

func integerRemainder[T kernel.Integer](positive bool) func(a, b T) T {
	if !positive {
		return func(a, b T) T { return a % b }
	}
	return func(a, b T) T {
		if r := a % b; r < 0 {
			return (r + b) % b
		}
		return a % b
	}
}

func floatRemainder[T float32 | float64](positive bool) func(a, b T) T {
	return func(a, b T) T {
		r := math.Mod(float64(a), float64(b))
		if positive && r < 0 {
			r = math.Mod(r+float64(b), float64(b))
		}
		return T(r)
	}
}

func modulo[T kernel.Number](t *types.Type, mode cast.Mode, f func(a, b T) T) function.Eval {
	return func(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
		out := vector.New(t, n)
		dst := bind.Slice[T](out)
		rows := newNulls(args, n)
		x, y := operand[T](args[0]), operand[T](args[1])
		sx, sy := step(x), step(y)
		for i := range dst {
			d := y.V[i*sy]
			if d == 0 {
				if err := rows.fail(i, mode, divideByZero); err != nil {
					return nil, err
				}
				continue
			}
			dst[i] = f(x.V[i*sx], d)
		}
		out.Valid = rows.result()
		return out, nil
	}
}

// integralDivide binds div: the whole quotient as a bigint.
func integralDivide(args []function.Arg, mode cast.Mode) (*function.Bound, error) {
	l, r := args[0].Type, args[1].Type
	if l.Kind == types.YearMonth && r.Kind == types.YearMonth || l.Kind == types.DayTime && r.Kind == types.DayTime {
		return intervalQuotient(l, r, mode), nil
	}
	const want = `("BIGINT" or "DECIMAL" or "INTERVAL DAY TO SECOND" or "INTERVAL YEAR TO MONTH")`
	if l.IsInterval() || r.IsInterval() {
		return nil, differ("div", args, l, r)
	}
	a, b, err := numericOperands("div", args, mode == cast.ANSI)
	if err != nil {
		return nil, err
	}
	if a.Kind == types.Decimal {
		return &function.Bound{Args: []*types.Type{a, b}, Return: types.LongType, Nullable: true, Eval: decimalQuotient("div", a, b, types.LongType, mode)}, nil
	}
	if !a.IsInteger() && (l.Kind != types.Null || r.Kind != types.Null) {
		return nil, wrongType("div", args, want, a)
	}
	long := types.LongType
	return &function.Bound{Args: []*types.Type{long, long}, Return: long, Nullable: true, Eval: func(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
		out := vector.New(long, n)
		rows := newNulls(args, n)
		x, y := operand[int64](args[0]), operand[int64](args[1])
		sx, sy := step(x), step(y)
		for i := range out.I64 {
			p, q := x.V[i*sx], y.V[i*sy]
			switch {
			case q == 0:
				if err := rows.fail(i, mode, divideByZero); err != nil {
					return nil, err
				}
			case q == -1 && p == math.MinInt64 && mode != cast.Legacy:
				if err := rows.fail(i, mode, func() error { return overflow("Overflow in integral divide", "try_divide") }); err != nil {
					return nil, err
				}
			default:
				out.I64[i] = p / q
			}
		}
		out.Valid = rows.result()
		return out, nil
	}}, nil
}

// negate binds unary minus.
func negate(args []function.Arg, ansi bool) (*function.Bound, error) {
	in, err := bind.Cast("negative", args, ansi, types.NumericOrInterval)
	if err != nil {
		return nil, err
	}
	t := in[0]
	out := &function.Bound{Args: in, Return: t}
	switch t.Kind {
	case types.Byte:
		out.Eval = negative[int8](t, ansi)
	case types.Short:
		out.Eval = negative[int16](t, ansi)
	case types.Int:
		out.Eval = negative[int32](t, ansi)
	case types.Long:
		out.Eval = negative[int64](t, ansi)
	case types.YearMonth:
		out.Eval = negative[int32](t, true)
	case types.DayTime:
		out.Eval = negative[int64](t, true)
	case types.Float:
		out.Eval = bind.Map1(t, func(_ *function.Context, x float32) (float32, error) { return -x, nil })
	case types.Double:
		out.Eval = bind.Map1(t, func(_ *function.Context, x float64) (float64, error) { return -x, nil })
	case types.Decimal:
		out.Eval = bind.Map1(t, func(_ *function.Context, x types.Int128) (types.Int128, error) { return x.Neg(), nil })
	case types.Calendar:
		out.Eval = bind.Map1(t, func(_ *function.Context, x types.Interval) (types.Interval, error) {
			if ansi && (x.Months == math.MinInt32 || x.Days == math.MinInt32 || x.Micros == math.MinInt64) {
				return x, intervalOverflow("")
			}
			return types.Interval{Months: -x.Months, Days: -x.Days, Micros: -x.Micros}, nil
		})
	}
	return out, nil
}

func negative[T kernel.Integer](t *types.Type, exact bool) function.Eval {
	return func(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
		out := vector.New(t, n)
		dst := bind.Slice[T](out)
		a := operand[T](args[0])
		zero := kernel.Operand[T]{V: []T{0}, Const: true}
		if !exact {
			kernel.Wrap(kernel.Sub, dst, zero, a)
			return out, nil
		}
		valid := args[0].Nulls()
		err := kernel.Checked(kernel.Sub, dst, zero, a, valid, func(int) error {
			if t.IsInterval() {
				return intervalOverflow("")
			}
			return overflow(map[types.Kind]string{types.Int: "integer overflow", types.Long: "long overflow"}[t.Kind], "")
		})
		return out, err
	}
}

// positive binds unary plus: the value itself.
func positive(args []function.Arg, ansi bool) (*function.Bound, error) {
	in, err := bind.Cast("positive", args, ansi, types.NumericOrInterval)
	if err != nil {
		return nil, err
	}
	return &function.Bound{Args: in, Return: in[0], Eval: first}, nil
}

func first(_ *function.Context, args []*vector.Vector, _ int) (*vector.Vector, error) {
	return args[0], nil
}
