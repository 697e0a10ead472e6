package operator

import (
	"math"
	"math/big"
	"strconv"
	"time"

	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/kernel"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

func itoa(n int) string { return strconv.Itoa(n) }

// plus binds +: numbers, intervals, and dates and timestamps moved by days or intervals.
func plus(name string, args []function.Arg, mode cast.Mode) (*function.Bound, error) {
	l, r := args[0].Type, args[1].Type
	switch {
	case l.IsInterval() && r.IsInterval(), l.IsInterval() && r.Kind == types.Null, l.Kind == types.Null && r.IsInterval():
		if l.Kind == types.Null && r.Kind == types.Calendar {
			return move(name, args, mode, false)
		}
		if l.Kind == types.Calendar && r.Kind == types.Null {
			return flip(move(name, []function.Arg{args[1], args[0]}, mode, false))
		}
		return intervalSum("+", name, args, mode)
	case l.IsString() && r.Kind == types.YearMonth || l.Kind == types.YearMonth && r.IsString():
		return nil, differ("+", args, l, r)
	case r.IsInterval() || l.Kind == types.Date && !r.IsString():
		return move(name, args, mode, false)
	case l.IsInterval() || r.Kind == types.Date && !l.IsString():
		return flip(move(name, []function.Arg{args[1], args[0]}, mode, false))
	}
	return arithmetic("+", args, mode)
}

// flip exchanges the operands of a bound function.
func flip(b *function.Bound, err error) (*function.Bound, error) {
	if err != nil {
		return nil, err
	}
	eval := b.Eval
	b.Args = []*types.Type{b.Args[1], b.Args[0]}
	b.Eval = func(ctx *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
		return eval(ctx, []*vector.Vector{args[1], args[0]}, n)
	}
	return b, nil
}

// minus binds -.
func minus(name string, args []function.Arg, mode cast.Mode) (*function.Bound, error) {
	l, r := args[0].Type, args[1].Type
	stamp := func(t *types.Type) bool { return t.Kind == types.Timestamp || t.Kind == types.TimestampNTZ }
	switch {
	case l.IsInterval() && r.IsInterval(), l.IsInterval() && r.Kind == types.Null, l.Kind == types.Null && (r.Kind == types.DayTime || r.Kind == types.YearMonth):
		return intervalSum("-", name, args, mode)
	case l.IsString() && r.Kind == types.YearMonth || l.IsInterval() && r.IsString():
		return nil, differ("-", args, l, r)
	case r.IsInterval():
		return move(name, args, mode, true)
	case stamp(l) || stamp(r):
		return calendarOr(timestampDifference, name, args, mode)
	case r.Kind == types.Date, l.Kind == types.Date && r.IsString() && mode == cast.ANSI:
		return calendarOr(dateDifference, name, args, mode)
	case l.Kind == types.Date && !r.IsString():
		return move(name, args, mode, true)
	}
	return arithmetic("-", args, mode)
}

// tolerant makes an error of f a NULL in Try mode.
func tolerant[R any](mode cast.Mode, r R, err error) (R, error) {
	if err != nil && mode == cast.Try {
		return r, bind.ErrNull
	}
	return r, err
}

// intervalSum adds or subtracts intervals of one kind; it fails on overflow in every mode but Try.
func intervalSum(op, name string, args []function.Arg, mode cast.Mode) (*function.Bound, error) {
	l, r := args[0].Type, args[1].Type
	t := types.TightestCommonType(l, r, mode == cast.ANSI)
	if t == nil || !t.IsInterval() {
		return nil, bind.Unexpected(name, args, 0, types.TimestampFamily.SQL())
	}
	out := &function.Bound{Args: []*types.Type{t, t}, Return: t, Nullable: mode == cast.Try}
	sign := int64(1)
	if op == "-" {
		sign = -1
	}
	switch t.Kind {
	case types.YearMonth:
		out.Eval = bind.Map2(t, func(_ *function.Context, a, b int32) (int32, error) {
			v := int64(a) + sign*int64(b)
			if int64(int32(v)) != v {
				return tolerant(mode, int32(v), intervalOverflow(tryOf[op]))
			}
			return int32(v), nil
		})
	case types.DayTime:
		out.Eval = bind.Map2(t, func(_ *function.Context, a, b int64) (int64, error) {
			v := a + sign*b
			if sign > 0 && kernel.AddOverflows(a, b, v) || sign < 0 && kernel.SubOverflows(a, b, v) {
				return tolerant(mode, v, intervalOverflow(tryOf[op]))
			}
			return v, nil
		})
	default:
		out.Eval = bind.Map2(t, func(_ *function.Context, a, b types.Interval) (types.Interval, error) {
			m, d := int64(a.Months)+sign*int64(b.Months), int64(a.Days)+sign*int64(b.Days)
			u := a.Micros + sign*b.Micros
			over := sign > 0 && kernel.AddOverflows(a.Micros, b.Micros, u) || sign < 0 && kernel.SubOverflows(a.Micros, b.Micros, u)
			v := types.Interval{Months: int32(m), Days: int32(d), Micros: u}
			if mode != cast.Legacy && (over || int64(v.Months) != m || int64(v.Days) != d) {
				return tolerant(mode, v, intervalOverflow(tryOf[op]))
			}
			return v, nil
		})
	}
	return out, nil
}

// mover moves a date (days) or timestamp (microseconds) by an amount.
type mover[A bind.Value] func(zone *time.Location, start int64, by A) (int64, error)

// move binds date ± days and date or timestamp ± interval; args are the point in time and the amount.
func move(name string, args []function.Arg, mode cast.Mode, back bool) (*function.Bound, error) {
	at, by := args[0].Type, args[1].Type
	sign := int64(1)
	if back {
		sign = -1
	}
	date := at.Kind == types.Date
	switch {
	case date && !by.IsInterval():
		switch by.Kind {
		case types.Null, types.Byte, types.Short, types.Int:
		default:
			fn := "date_add"
			if back {
				fn = "date_sub"
			}
			return nil, bind.Unexpected(fn, args, 1, `("INT" or "SMALLINT" or "TINYINT")`)
		}
		return &function.Bound{
			Args: []*types.Type{types.DateType, types.IntType}, Return: types.DateType,
			Eval: bind.Map2(types.DateType, func(_ *function.Context, d, n int32) (int32, error) { return d + int32(sign)*n, nil }),
		}, nil
	case date && by.Kind == types.DayTime && by.From == types.UnitDay && by.To == types.UnitDay:
		return &function.Bound{Args: []*types.Type{at, by}, Return: at, Eval: bind.Map2(at, func(_ *function.Context, d int32, u int64) (int32, error) {
			return d + int32(sign*(u/cast.MicrosPerDay)), nil
		})}, nil
	case date && by.Kind == types.YearMonth:
		return &function.Bound{Args: []*types.Type{at, by}, Return: at, Eval: bind.Map2(at, func(_ *function.Context, d, m int32) (int32, error) {
			return int32(cast.AddMonths(int64(d), sign*int64(m))), nil
		})}, nil
	case date && by.Kind == types.Calendar:
		return &function.Bound{Args: []*types.Type{at, by}, Return: at, Eval: bind.Map2(at, func(ctx *function.Context, d int32, x types.Interval) (int32, error) {
			if x.Micros == 0 {
				return int32(cast.AddMonths(int64(d), sign*int64(x.Months)) + sign*int64(x.Days)), nil
			}
			if mode == cast.ANSI {
				return 0, overflow("Cannot add hours, minutes or seconds, milliseconds, microseconds to a date.", "")
			}
			u, err := addInterval(ctx.Zone, cast.DateToInstant(d, ctx.Zone), sign, x)
			r, err := tolerant(mode, u, err)
			return cast.InstantToDate(r, ctx.Zone), err
		})}, nil
	}
	ret := at
	if by.Kind == types.YearMonth && at.IsNumeric() {
		return nil, differ(timeName(back), args, at, by)
	}
	switch {
	case at.Kind == types.Timestamp || at.Kind == types.TimestampNTZ:
	case date || at.IsString() || at.Kind == types.Null:
		if at = types.TimestampType; ret.Kind != types.String {
			ret = at
		}
	default:
		return nil, bind.Unexpected(timeName(back), args, 0, types.TimestampFamily.SQL())
	}
	var inner function.Eval
	zoneOf := func(ctx *function.Context) *time.Location {
		if at.Kind == types.TimestampNTZ {
			return time.UTC
		}
		return ctx.Zone
	}
	switch by.Kind {
	case types.YearMonth:
		inner = moved(at, mode, zoneOf, func(zone *time.Location, t int64, m int32) (int64, error) {
			return addInterval(zone, t, sign, types.Interval{Months: m})
		})
	case types.DayTime:
		inner = moved(at, mode, zoneOf, func(zone *time.Location, t, u int64) (int64, error) {
			return addDayTime(zone, t, sign, u)
		})
	default:
		inner = moved(at, mode, zoneOf, func(zone *time.Location, t int64, x types.Interval) (int64, error) {
			return addInterval(zone, t, sign, x)
		})
	}
	if ret.Kind != types.String {
		return &function.Bound{Args: []*types.Type{at, by}, Return: ret, Nullable: mode == cast.Try, Eval: inner}, nil
	}
	toText, err := cast.Bind(at, types.StringType, cast.Legacy)
	if err != nil {
		return nil, err
	}
	return &function.Bound{
		Args: []*types.Type{at, by}, Return: types.StringType, Nullable: true,
		Eval: func(ctx *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
			v, err := inner(ctx, args, n)
			if err != nil {
				return nil, err
			}
			return toText(ctx, v)
		},
	}, nil
}

func timeName(back bool) string {
	if back {
		return "-"
	}
	return "+"
}

func moved[A bind.Value](t *types.Type, mode cast.Mode, zoneOf func(*function.Context) *time.Location, f mover[A]) function.Eval {
	return bind.Map2(t, func(ctx *function.Context, start int64, by A) (int64, error) {
		r, err := f(zoneOf(ctx), start, by)
		return tolerant(mode, r, err)
	})
}

// addInterval moves an instant by months and days on the zone's calendar, then by microseconds.
func addInterval(zone *time.Location, start, sign int64, x types.Interval) (int64, error) {
	t := start
	if x.Months != 0 || x.Days != 0 {
		local := cast.InstantToLocal(start, zone)
		day := floorDiv(local, cast.MicrosPerDay)
		clock := local - day*cast.MicrosPerDay
		moved := cast.AddMonths(day, sign*int64(x.Months)) + sign*int64(x.Days)
		if moved > math.MaxInt64/cast.MicrosPerDay-1 || moved < math.MinInt64/cast.MicrosPerDay+1 {
			return 0, overflow("long overflow", "")
		}
		t = cast.LocalToInstant(moved*cast.MicrosPerDay+clock, zone)
	}
	r := t + sign*x.Micros
	if sign > 0 && kernel.AddOverflows(t, x.Micros, r) || sign < 0 && kernel.SubOverflows(t, x.Micros, r) {
		return 0, overflow("long overflow", "")
	}
	return r, nil
}

// addDayTime moves by whole days on the zone's calendar, then by the rest.
func addDayTime(zone *time.Location, start, sign, micros int64) (int64, error) {
	days := micros / cast.MicrosPerDay
	return addInterval(zone, start, sign, types.Interval{Days: int32(days), Micros: micros - days*cast.MicrosPerDay})
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

// timestampDifference is timestamp - timestamp: an interval day to second on the zone's clocks.
func timestampDifference(name string, args []function.Arg, mode cast.Mode) (*function.Bound, error) {
	in, err := bind.Cast(name, args, mode == cast.ANSI, types.TimestampFamily)
	if err != nil {
		return nil, err
	}
	for i, a := range args {
		if a.Type.IsString() && mode != cast.ANSI {
			return nil, bind.Unexpected(name, args, i, types.TimestampFamily.SQL())
		}
	}
	if !in[0].Equal(in[1]) {
		in = []*types.Type{types.TimestampType, types.TimestampType}
	}
	ret := types.NewDayTime(types.UnitDay, types.UnitSecond)
	ntz := in[0].Kind == types.TimestampNTZ
	return &function.Bound{Args: in, Return: ret, Eval: bind.Map2(ret, func(ctx *function.Context, a, b int64) (int64, error) {
		if !ntz {
			a, b = cast.InstantToLocal(a, ctx.Zone), cast.InstantToLocal(b, ctx.Zone)
		}
		if kernel.SubOverflows(a, b, a-b) {
			return tolerant(mode, int64(0), overflow("long overflow", ""))
		}
		return a - b, nil
	})}, nil
}

// dateDifference is date - date: an interval day.
func dateDifference(name string, args []function.Arg, mode cast.Mode) (*function.Bound, error) {
	in, err := bind.Cast(name, args, mode == cast.ANSI, types.DateFamily)
	if err != nil {
		return nil, err
	}
	ret := types.NewDayTime(types.UnitDay, types.UnitDay)
	return &function.Bound{Args: in, Return: ret, Eval: bind.Map2(ret, func(_ *function.Context, a, b int32) (int64, error) {
		return (int64(a) - int64(b)) * cast.MicrosPerDay, nil
	})}, nil
}

// times binds *.
func times(args []function.Arg, mode cast.Mode) (*function.Bound, error) {
	l, r := args[0].Type, args[1].Type
	switch {
	case l.IsInterval():
		return scale("*", args, mode)
	case r.IsInterval():
		return flip(scale("*", []function.Arg{args[1], args[0]}, mode))
	}
	return arithmetic("*", args, mode)
}

// over binds /.
func over(args []function.Arg, mode cast.Mode) (*function.Bound, error) {
	l, r := args[0].Type, args[1].Type
	switch {
	case l.IsInterval():
		return scale("/", args, mode)
	case r.IsInterval():
		if l.IsString() {
			l = types.DoubleType
		}
		return nil, differ("/", args, l, r)
	}
	return divide(args, mode)
}

// scale binds interval * number and interval / number. ANSI intervals round half up and fail on overflow in every mode but Try.
func scale(op string, args []function.Arg, mode cast.Mode) (*function.Bound, error) {
	t, by := args[0].Type, args[1].Type
	n, ok := types.ImplicitCast(by, types.NumericFamily, mode == cast.ANSI)
	if t.Kind == types.Calendar {
		n, ok = types.ImplicitCast(by, types.DoubleFamily, mode == cast.ANSI)
	}
	if !ok {
		return nil, bind.Unexpected(map[string]string{"*": "multiply_interval", "/": "divide_interval"}[op], args, 1, types.NumericFamily.SQL())
	}
	out := &function.Bound{Args: []*types.Type{t, n}, Nullable: true}
	switch t.Kind {
	case types.YearMonth:
		out.Return = types.NewYearMonth(types.UnitYear, types.UnitMonth)
		out.Eval = scaled(op, out.Return, n, mode, math.MaxInt32)
	case types.DayTime:
		out.Return = types.NewDayTime(types.UnitDay, types.UnitSecond)
		out.Eval = scaled(op, out.Return, n, mode, math.MaxInt64)
	default:
		out.Return = t
		out.Eval = scaledCalendar(op, mode)
	}
	return out, nil
}

// rational is a number as numerator and denominator, for exact scaling; a double is taken as it is.
type rational struct {
	num, den types.Int128
	f        float64
	double   bool
}

func rationals(v *vector.Vector, t *types.Type) func(i int) rational {
	one := types.Int128From(1)
	w := v.Values()
	return func(i int) rational {
		i = v.Index(i)
		switch t.Kind {
		case types.Byte:
			return rational{num: types.Int128From(int64(w.I8[i])), den: one}
		case types.Short:
			return rational{num: types.Int128From(int64(w.I16[i])), den: one}
		case types.Int:
			return rational{num: types.Int128From(int64(w.I32[i])), den: one}
		case types.Long:
			return rational{num: types.Int128From(w.I64[i]), den: one}
		case types.Float:
			return rational{f: float64(w.F32[i]), double: true}
		case types.Double:
			return rational{f: w.F64[i], double: true}
		}
		if w.I128 != nil {
			return rational{num: w.I128[i], den: types.Pow10[t.Scale]}
		}
		return rational{num: types.Int128From(w.I64[i]), den: types.Pow10[t.Scale]}
	}
}

// scaled multiplies or divides months or microseconds; limit is the largest result.
func scaled(op string, ret, by *types.Type, mode cast.Mode, limit int64) function.Eval {
	return bind.Rows(ret, func(_ *function.Context, args []*vector.Vector) (func(int, *vector.Builder) error, error) {
		number := rationals(args[1], by)
		amount := func(i int) int64 {
			v, k := args[0].Values(), args[0].Index(i)
			if v.I32 != nil {
				return int64(v.I32[k])
			}
			return v.I64[k]
		}
		return func(i int, out *vector.Builder) error {
			x, q := amount(i), number(i)
			if op == "/" && (q.double && q.f == 0 || !q.double && q.num.Sign() == 0) {
				_, err := tolerant(mode, int64(0), intervalDivideByZero())
				return err
			}
			v, ok := scaleBy(op, x, q)
			if !ok || v > limit || v < -limit-1 {
				_, err := tolerant(mode, int64(0), intervalOverflow(tryOf[op]))
				return err
			}
			out.AppendInt(v)
			return nil
		}, nil
	})
}

func scaleBy(op string, x int64, q rational) (int64, bool) {
	if q.double {
		f := float64(x) * q.f
		if op == "/" {
			f = float64(x) / q.f
		}
		f = math.Round(f)
		if !(f >= math.MinInt64 && f < math.MaxInt64) {
			return 0, false
		}
		return int64(f), true
	}
	num, den := q.num, q.den
	if op == "/" {
		num, den = den, num
	}
	if den.Sign() < 0 {
		num, den = num.Neg(), den.Neg()
	}
	if p, ok := num.Mul(types.Int128From(x)); ok {
		return types.DivRound(p, den, types.HalfUp).Int64()
	}
	r, ok := divBig(new(big.Int).Mul(num.Big(), big.NewInt(x)), den.Big())
	v, fits := r.Int64()
	return v, ok && fits
}

// scaledCalendar scales the parts of a calendar interval by a double; what days lose to truncation goes to the microseconds.
func scaledCalendar(op string, mode cast.Mode) function.Eval {
	return bind.Map2(types.CalendarType, func(_ *function.Context, x types.Interval, f float64) (types.Interval, error) {
		if op == "/" && f == 0 {
			if mode == cast.ANSI {
				return x, intervalDivideByZero()
			}
			return x, bind.ErrNull
		}
		part := func(v int64) float64 {
			if op == "/" {
				return float64(v) / f
			}
			return float64(v) * f
		}
		months, days, micros := part(int64(x.Months)), part(int64(x.Days)), part(x.Micros)
		m, d := math.Trunc(months), math.Trunc(days)
		u := math.Round(micros + (days-d)*cast.MicrosPerDay)
		if math.Abs(m) > math.MaxInt32 || math.Abs(d) > math.MaxInt32 || !(math.Abs(u) < math.MaxInt64) {
			if mode == cast.Legacy {
				return x, bind.ErrNull
			}
			return tolerant(mode, x, intervalOverflow(tryOf[op]))
		}
		return types.Interval{Months: int32(m), Days: int32(d), Micros: int64(u)}, nil
	})
}

// intervalQuotient is interval div interval.
func intervalQuotient(l, r *types.Type, mode cast.Mode) *function.Bound {
	div := func(a, b int64) (int64, error) {
		switch {
		case b == 0:
			return tolerant(mode, int64(0), intervalDivideByZero())
		case a == math.MinInt64 && b == -1:
			return tolerant(mode, int64(0), intervalOverflow(""))
		}
		return a / b, nil
	}
	out := &function.Bound{Args: []*types.Type{l, r}, Return: types.LongType, Nullable: true}
	if l.Kind == types.YearMonth {
		out.Eval = bind.Map2(types.LongType, func(_ *function.Context, a, b int32) (int64, error) { return div(int64(a), int64(b)) })
	} else {
		out.Eval = bind.Map2(types.LongType, func(_ *function.Context, a, b int64) (int64, error) { return div(a, b) })
	}
	return out
}
