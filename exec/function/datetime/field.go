package datetime

import (
	"strings"

	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

func init() {
	bind.Scalars(
		dateField("year", nil, "The year.", "SELECT year('2016-07-30');\n 2016", year),
		dateField("quarter", nil, "The quarter, 1 to 4.", "SELECT quarter('2016-08-31');\n 3", quarter),
		dateField("month", nil, "The month, 1 to 12.", "SELECT month('2016-07-30');\n 7", month),
		dateField("day", []string{"dayofmonth"}, "The day of the month.", "SELECT day('2009-07-30');\n 30", dayOfMonth),
		dateField("dayofyear", nil, "The day of the year.", "SELECT dayofyear('2016-04-09');\n 100", dayOfYear),
		dateField("dayofweek", nil, "The day of the week: 1 is Sunday.", "SELECT dayofweek('2009-07-30');\n 5", dayOfWeek),
		dateField("weekday", nil, "The day of the week: 0 is Monday.", "SELECT weekday('2009-07-30');\n 3", weekday),
		dateField("weekofyear", nil, "The ISO week of the year.", "SELECT weekofyear('2008-02-20');\n 8", func(d int64) int { _, w := isoWeek(d); return w }),
		clockField("hour", "The hour of the day.", "SELECT hour('2009-07-30 12:58:59');\n 12", 3600*1_000_000, 24),
		clockField("minute", "The minute of the hour.", "SELECT minute('2009-07-30 12:58:59');\n 58", 60*1_000_000, 60),
		clockField("second", "The second of the minute.", "SELECT second('2009-07-30 12:58:59');\n 59", 1_000_000, 60),
		&function.Scalar{
			Name: "date_part", Aliases: []string{"datepart", "extract"}, MinArgs: 2, MaxArgs: 2, Since: "3.0.0",
			Doc:     "A field of a date, timestamp or interval, named by a text: YEAR, MONTH, DAY, WEEK, DOW, DOY, HOUR, SECOND.",
			Usage:   "date_part(field, source)",
			Example: "> SELECT date_part('YEAR', TIMESTAMP '2019-08-12 01:00:00.123456');\n 2019",
			Bind:    bindPart,
		},
	)
}

func year(d int64) int       { y, _, _ := cast.Civil(d); return y }
func month(d int64) int      { _, m, _ := cast.Civil(d); return m }
func dayOfMonth(d int64) int { _, _, dom := cast.Civil(d); return dom }
func quarter(d int64) int    { return (month(d) + 2) / 3 }
func dayOfYear(d int64) int  { return int(d-cast.Days(year(d), 1, 1)) + 1 }
func dayOfWeek(d int64) int  { return int(floorMod(d+4, 7)) + 1 }
func weekday(d int64) int    { return int(floorMod(d+3, 7)) }

// isoWeek is the ISO 8601 week and the year it belongs to: that of its Thursday.
func isoWeek(d int64) (weekYear, week int) {
	thursday := d - int64(weekday(d)) + 3
	weekYear = year(thursday)
	return weekYear, int(thursday-cast.Days(weekYear, 1, 1))/7 + 1
}

func dateEval(f func(day int64) int) function.Eval {
	return bind.Lift(func(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
		src := vector.Flatten(args[0])
		out := vector.New(types.IntType, n)
		out.Valid = src.Valid
		for i, d := range src.I32[:n] {
			out.I32[i] = int32(f(int64(d)))
		}
		return out, nil
	})
}

func dateField(name string, aliases []string, doc, example string, f func(day int64) int) *function.Scalar {
	return &function.Scalar{
		Name: name, Aliases: aliases, MinArgs: 1, MaxArgs: 1, Since: "1.5.0", Doc: doc, Usage: name + "(date)", Example: "> " + example,
		Bind: bind.Simple(name, types.IntType, false, dateEval(f), types.DateFamily),
	}
}

func clockEval(t *types.Type, unit, modulus int64) function.Eval {
	return bind.Lift(func(ctx *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
		src, local := vector.Flatten(args[0]), localOf(t, ctx)
		out := vector.New(types.IntType, n)
		out.Valid = src.Valid
		for i, x := range src.I64[:n] {
			out.I32[i] = int32(floorMod(floorDiv(local(x), unit), modulus))
		}
		return out, nil
	})
}

func clockField(name, doc, example string, unit, modulus int64) *function.Scalar {
	return &function.Scalar{
		Name: name, MinArgs: 1, MaxArgs: 1, Since: "1.5.0", Doc: doc, Usage: name + "(timestamp)", Example: "> " + example,
		Bind: bind.Typed(name, func(in []*types.Type, _ bool) (*types.Type, function.Eval, error) {
			return types.IntType, clockEval(in[0], unit, modulus), nil
		}, types.TimestampFamily),
	}
}

// partNames are the names of fields that extract knows, in upper case.
var partNames = map[string]string{
	"YEAR": "YEAR", "Y": "YEAR", "YEARS": "YEAR", "YR": "YEAR", "YRS": "YEAR",
	"YEAROFWEEK": "YEAROFWEEK",
	"QUARTER":    "QUARTER", "QTR": "QUARTER",
	"MONTH": "MONTH", "MON": "MONTH", "MONS": "MONTH", "MONTHS": "MONTH",
	"WEEK": "WEEK", "W": "WEEK", "WEEKS": "WEEK",
	"DAY": "DAY", "D": "DAY", "DAYS": "DAY",
	"DAYOFWEEK": "DAYOFWEEK", "DOW": "DAYOFWEEK",
	"DAYOFWEEK_ISO": "DAYOFWEEK_ISO", "DOW_ISO": "DAYOFWEEK_ISO",
	"DOY":  "DOY",
	"HOUR": "HOUR", "H": "HOUR", "HOURS": "HOUR", "HR": "HOUR", "HRS": "HOUR",
	"MINUTE": "MINUTE", "M": "MINUTE", "MIN": "MINUTE", "MINS": "MINUTE", "MINUTES": "MINUTE",
	"SECOND": "SECOND", "S": "SECOND", "SEC": "SECOND", "SECONDS": "SECOND", "SECS": "SECOND",
}

func bindPart(args []function.Arg, ansi bool) (*function.Bound, error) {
	name, null, ok := bind.ConstText(args[0])
	switch {
	case null || args[0].Type.Kind == types.Null:
		return &function.Bound{
			Args: []*types.Type{types.StringType, args[1].Type}, Return: types.DoubleType, Nullable: true,
			Eval: func(_ *function.Context, _ []*vector.Vector, n int) (*vector.Vector, error) {
				return vector.NullConst(types.DoubleType, n), nil
			},
		}, nil
	case !ok:
		return nil, bind.NotFoldable("date_part", args, 0, "field", "STRING")
	}
	part, known := partNames[strings.ToUpper(name)]
	source := args[1].Type
	if source.IsInterval() {
		ret, eval := intervalPart(part, source)
		if eval == nil {
			return nil, badPart(name, args[1])
		}
		return &function.Bound{Args: []*types.Type{types.StringType, source}, Return: ret, Nullable: args[1].Nullable, Eval: second(eval)}, nil
	}
	if !known {
		return nil, badPart(name, args[1])
	}
	days := map[string]func(int64) int{
		"YEAR": year, "QUARTER": quarter, "MONTH": month, "DAY": dayOfMonth, "DAYOFWEEK": dayOfWeek, "DOY": dayOfYear,
		"YEAROFWEEK":    func(d int64) int { y, _ := isoWeek(d); return y },
		"WEEK":          func(d int64) int { _, w := isoWeek(d); return w },
		"DAYOFWEEK_ISO": func(d int64) int { return weekday(d) + 1 },
	}
	if f := days[part]; f != nil {
		t, ok := types.ImplicitCast(source, types.DateFamily, ansi)
		if !ok {
			return nil, bind.Unexpected("date_part", args, 1, types.DateFamily.SQL())
		}
		return &function.Bound{Args: []*types.Type{types.StringType, t}, Return: types.IntType, Nullable: true, Eval: second(dateEval(f))}, nil
	}
	t, ok := types.ImplicitCast(source, types.TimestampFamily, ansi)
	if !ok {
		return nil, bind.Unexpected("date_part", args, 1, types.TimestampFamily.SQL())
	}
	b := &function.Bound{Args: []*types.Type{types.StringType, t}, Return: types.IntType, Nullable: true}
	switch part {
	case "HOUR":
		b.Eval = second(clockEval(t, 3600*1_000_000, 24))
	case "MINUTE":
		b.Eval = second(clockEval(t, 60*1_000_000, 60))
	default:
		b.Return = types.NewDecimal(8, 6)
		b.Eval = second(bind.Map1(b.Return, func(ctx *function.Context, x int64) (types.Int128, error) {
			return types.Int128From(floorMod(localOf(t, ctx)(x), 60*1_000_000)), nil
		}))
	}
	return b, nil
}

func badPart(name string, source function.Arg) error {
	return sqlerr.New("INVALID_EXTRACT_FIELD", "field", "'"+name+"'", "expr", bind.ArgSQL(source))
}

// second makes an Eval of the second argument out of one of the first.
func second(eval function.Eval) function.Eval {
	return func(ctx *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
		return eval(ctx, args[1:], n)
	}
}

// intervalPart is the field of an interval; the Eval is nil when there is none.
func intervalPart(part string, t *types.Type) (*types.Type, function.Eval) {
	months := func(f func(m int32) int32) function.Eval {
		if t.Kind == types.Calendar {
			return bind.Map1(types.IntType, func(_ *function.Context, x types.Interval) (int32, error) { return f(x.Months), nil })
		}
		return bind.Map1(types.IntType, func(_ *function.Context, x int32) (int32, error) { return f(x), nil })
	}
	micros := func(f func(days int32, us int64) int64) func(ctx *function.Context, v *vector.Vector) func(i int) int64 {
		return func(_ *function.Context, v *vector.Vector) func(i int) int64 {
			if t.Kind == types.Calendar {
				at := bind.Reader[types.Interval](v)
				return func(i int) int64 {
					x := at(i)
					return f(x.Days+int32(x.Micros/cast.MicrosPerDay), x.Micros%cast.MicrosPerDay)
				}
			}
			at := bind.Reader[int64](v)
			return func(i int) int64 { x := at(i); return f(int32(x/cast.MicrosPerDay), x%cast.MicrosPerDay) }
		}
	}
	clock := func(ret *types.Type, f func(days int32, us int64) int64) function.Eval {
		read := micros(f)
		return bind.Lift(func(ctx *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
			at := read(ctx, args[0])
			out := vector.NewBuilder(ret, n)
			valid := args[0].Nulls()
			for i := 0; i < n; i++ {
				if !valid.Get(i) {
					out.AppendNull()
					continue
				}
				out.AppendInt(at(i))
			}
			return out.Finish(), nil
		})
	}
	isMonths, isClock := t.Kind != types.DayTime, t.Kind != types.YearMonth
	byte8 := types.ByteType
	switch {
	case part == "YEAR" && isMonths:
		return types.IntType, months(func(m int32) int32 { return m / 12 })
	case part == "MONTH" && isMonths:
		inner := months(func(m int32) int32 { return m % 12 })
		return byte8, func(ctx *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
			v, err := inner(ctx, args, n)
			if err != nil {
				return nil, err
			}
			v = vector.Flatten(v)
			out := vector.New(byte8, n)
			out.Valid = v.Valid
			for i := range out.I8 {
				out.I8[i] = int8(v.I32[i])
			}
			return out, nil
		}
	case part == "DAY" && isClock:
		return types.IntType, clock(types.IntType, func(d int32, _ int64) int64 { return int64(d) })
	case part == "HOUR" && isClock:
		return byte8, clock(byte8, func(_ int32, us int64) int64 { return us / 3_600_000_000 })
	case part == "MINUTE" && isClock:
		return byte8, clock(byte8, func(_ int32, us int64) int64 { return us % 3_600_000_000 / 60_000_000 })
	case part == "SECOND" && isClock:
		d := types.NewDecimal(8, 6)
		return d, clock(d, func(_ int32, us int64) int64 { return us % 60_000_000 })
	}
	return nil, nil
}
