package datetime

import (
	"math"
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
		&function.Scalar{
			Name: "date_add", Aliases: []string{"dateadd"}, MinArgs: 2, MaxArgs: 2, Since: "1.5.0",
			Doc:     "The date num_days after start_date.",
			Usage:   "date_add(start_date, num_days)",
			Example: "> SELECT date_add('2016-07-30', 1);\n 2016-07-31",
			Bind:    bindDays("date_add", 1),
		},
		&function.Scalar{
			Name: "date_sub", MinArgs: 2, MaxArgs: 2, Since: "1.5.0",
			Doc:     "The date num_days before start_date.",
			Usage:   "date_sub(start_date, num_days)",
			Example: "> SELECT date_sub('2016-07-30', 1);\n 2016-07-29",
			Bind:    bindDays("date_sub", -1),
		},
		&function.Scalar{
			Name: "datediff", Aliases: []string{"date_diff"}, MinArgs: 2, MaxArgs: 2, Since: "1.5.0",
			Doc:     "The number of days from startDate to endDate.",
			Usage:   "datediff(endDate, startDate)",
			Example: "> SELECT datediff('2009-07-31', '2009-07-30');\n 1",
			Bind: bind.Simple("datediff", types.IntType, false, bind.Map2(types.IntType, func(_ *function.Context, end, start int32) (int32, error) {
				return end - start, nil
			}), types.DateFamily),
		},
		&function.Scalar{
			Name: "add_months", MinArgs: 2, MaxArgs: 2, Since: "1.5.0",
			Doc:     "The date num_months after start_date; a day that the month has not becomes its last.",
			Usage:   "add_months(start_date, num_months)",
			Example: "> SELECT add_months('2016-08-31', 1);\n 2016-09-30",
			Bind: bind.Simple("add_months", types.DateType, false, bind.Map2(types.DateType, func(_ *function.Context, d, m int32) (int32, error) {
				return int32(cast.AddMonths(int64(d), int64(m))), nil
			}), types.DateFamily, types.IntFamily),
		},
		&function.Scalar{
			Name: "months_between", MinArgs: 2, MaxArgs: 3, Since: "1.5.0",
			Doc:     "The number of months from timestamp2 to timestamp1, in months of 31 days, rounded to 8 digits unless roundOff is false.",
			Usage:   "months_between(timestamp1, timestamp2[, roundOff])",
			Example: "> SELECT months_between('1997-02-28 10:30:00', '1996-10-30');\n 3.94959677",
			Bind: bind.Simple("months_between", types.DoubleType, false, monthsBetweenEval,
				types.Exact(types.TimestampType), types.Exact(types.TimestampType), types.BooleanFamily),
		},
		&function.Scalar{
			Name: "last_day", MinArgs: 1, MaxArgs: 1, Since: "1.5.0",
			Doc:     "The last day of the month of a date.",
			Usage:   "last_day(date)",
			Example: "> SELECT last_day('2009-01-12');\n 2009-01-31",
			Bind: bind.Simple("last_day", types.DateType, false, bind.Map1(types.DateType, func(_ *function.Context, d int32) (int32, error) {
				y, m, _ := cast.Civil(int64(d))
				return int32(cast.Days(y, m, cast.DaysInMonth(y, m))), nil
			}), types.DateFamily),
		},
		&function.Scalar{
			Name: "next_day", MinArgs: 2, MaxArgs: 2, Since: "1.5.0",
			Doc:     "The first date after start_date that is the named day of the week.",
			Usage:   "next_day(start_date, day_of_week)",
			Example: "> SELECT next_day('2015-01-14', 'TU');\n 2015-01-20",
			Bind: func(args []function.Arg, ansi bool) (*function.Bound, error) {
				in, err := bind.Cast("next_day", args, ansi, types.DateFamily, types.StringFamily)
				if err != nil {
					return nil, err
				}
				return &function.Bound{Args: in, Return: types.DateType, Nullable: true, Eval: bind.Map2(types.DateType, func(_ *function.Context, d int32, name []byte) (int32, error) {
					w, ok := weekdayNames[strings.ToUpper(strings.TrimSpace(string(name)))]
					if !ok {
						if ansi {
							return 0, withoutANSI("Illegal input for day of week: " + string(name))
						}
						return 0, bind.ErrNull
					}
					return d + 1 + int32(floorMod(int64(w)-int64(weekday(int64(d)+1)), 7)), nil
				})}, nil
			},
		},
		&function.Scalar{
			Name: "trunc", MinArgs: 2, MaxArgs: 2, Since: "1.5.0",
			Doc:     "A date cut down to a unit: YEAR, QUARTER, MONTH or WEEK.",
			Usage:   "trunc(date, fmt)",
			Example: "> SELECT trunc('2009-02-12', 'MM');\n 2009-02-01",
			Bind: bind.Simple("trunc", types.DateType, true, bind.Rows(types.DateType, func(_ *function.Context, args []*vector.Vector) (func(int, *vector.Builder) error, error) {
				day, unit := bind.Reader[int32](args[0]), units(args[1])
				return func(i int, out *vector.Builder) error {
					u := unit(i)
					if u < truncWeek {
						return bind.ErrNull
					}
					out.AppendInt(truncDate(int64(day(i)), u))
					return nil
				}, nil
			}), types.DateFamily, types.StringFamily),
		},
		&function.Scalar{
			Name: "date_trunc", MinArgs: 2, MaxArgs: 2, Since: "2.3.0",
			Doc:     "A timestamp cut down to a unit, from MICROSECOND to YEAR.",
			Usage:   "date_trunc(fmt, ts)",
			Example: "> SELECT date_trunc('YEAR', '2015-03-05T09:32:05.359');\n 2015-01-01 00:00:00",
			Bind: bind.Simple("date_trunc", types.TimestampType, true, bind.Rows(types.TimestampType, func(ctx *function.Context, args []*vector.Vector) (func(int, *vector.Builder) error, error) {
				unit, ts := units(args[0]), bind.Reader[int64](args[1])
				return func(i int, out *vector.Builder) error {
					x, err := truncTimestamp(ctx, ts(i), unit(i))
					if err == nil {
						out.AppendInt(x)
					}
					return err
				}, nil
			}), types.StringFamily, types.Exact(types.TimestampType)),
		},
		&function.Scalar{
			Name: "timestampadd", MinArgs: 3, MaxArgs: 3, Since: "3.3.0",
			Doc:     "A timestamp moved by a number of units.",
			Usage:   "timestampadd(unit, quantity, timestamp)",
			Example: "> SELECT timestampadd(HOUR, 8, timestamp_ntz'2022-02-11 20:30:00');\n 2022-02-12 04:30:00",
			Bind:    bindTimestampAdd,
		},
		&function.Scalar{
			Name: "timestampdiff", MinArgs: 3, MaxArgs: 3, Since: "3.3.0",
			Doc:     "The number of whole units from one timestamp to another.",
			Usage:   "timestampdiff(unit, startTimestamp, endTimestamp)",
			Example: "> SELECT timestampdiff(HOUR, timestamp_ntz'2022-02-11 20:30:00', timestamp_ntz'2022-02-12 04:30:00');\n 8",
			Bind:    bindTimestampDiff,
		},
	)
}

var weekdayNames = map[string]int{
	"MO": 0, "MON": 0, "MONDAY": 0, "TU": 1, "TUE": 1, "TUESDAY": 1, "WE": 2, "WED": 2, "WEDNESDAY": 2, "TH": 3, "THU": 3,
	"THURSDAY": 3, "FR": 4, "FRI": 4, "FRIDAY": 4, "SA": 5, "SAT": 5, "SATURDAY": 5, "SU": 6, "SUN": 6, "SUNDAY": 6,
}

// bindDays: the number of days is an int, smallint or tinyint, or a literal text of one (in ANSI mode any text); nothing
// else is coerced.
func bindDays(name string, sign int64) binder {
	return func(args []function.Arg, ansi bool) (*function.Bound, error) {
		d, n := args[0].Type, args[1].Type
		switch d.Kind {
		case types.Date, types.Timestamp, types.TimestampNTZ, types.String, types.Char, types.Varchar, types.Null:
		default:
			return nil, bind.Unexpected(name, args, 0, types.DateFamily.SQL())
		}
		switch n.Kind {
		case types.Int, types.Short, types.Byte, types.Null:
		case types.String:
			s, null, ok := bind.ConstText(args[1])
			if !ok && ansi {
				break
			}
			if !ok {
				return nil, bind.Unexpected(name, args, 1, `("INT" or "SMALLINT" or "TINYINT")`)
			}
			if _, isInt := cast.ParseInt([]byte(s), false); !isInt && !null {
				return nil, sqlerr.New("SECOND_FUNCTION_ARGUMENT_NOT_INTEGER", "functionName", name)
			}
		default:
			return nil, bind.Unexpected(name, args, 1, `("INT" or "SMALLINT" or "TINYINT")`)
		}
		return &function.Bound{
			Args: []*types.Type{types.DateType, types.IntType}, Return: types.DateType,
			Nullable: args[0].Nullable || args[1].Nullable || d.IsString(),
			Eval: bind.Map2(types.DateType, func(_ *function.Context, d, n int32) (int32, error) {
				return int32(int64(d) + sign*int64(n)), nil
			}),
		}, nil
	}
}

var monthsBetweenEval = bind.Rows(types.DoubleType, func(ctx *function.Context, args []*vector.Vector) (func(int, *vector.Builder) error, error) {
	zone := zoneOf(ctx)
	a, b := bind.Reader[int64](args[0]), bind.Reader[int64](args[1])
	round := func(int) bool { return true }
	if len(args) > 2 {
		round = bind.Reader[bool](args[2])
	}
	return func(i int, out *vector.Builder) error {
		out.AppendFloat(monthsBetween(cast.InstantToLocal(a(i), zone), cast.InstantToLocal(b(i), zone), round(i)))
		return nil
	}, nil
})

// monthsBetween takes wall clocks. Equal days of the month, or two last days, give a whole number whatever the time of day.
func monthsBetween(a, b int64, round bool) float64 {
	day1, day2 := floorDiv(a, cast.MicrosPerDay), floorDiv(b, cast.MicrosPerDay)
	y1, m1, d1 := cast.Civil(day1)
	y2, m2, d2 := cast.Civil(day2)
	diff := float64((y1*12 + m1) - (y2*12 + m2))
	if d1 == d2 || d1 == cast.DaysInMonth(y1, m1) && d2 == cast.DaysInMonth(y2, m2) {
		return diff
	}
	clocks := (a - day1*cast.MicrosPerDay) - (b - day2*cast.MicrosPerDay)
	diff += float64(int64(d1-d2)*86400+clocks/1_000_000) / (31 * 86400)
	if round {
		return math.Round(diff*1e8) / 1e8
	}
	return diff
}

// truncUnit is a unit to cut down to; those from truncWeek on concern dates.
type truncUnit int

const (
	truncUnknown truncUnit = iota
	truncMicrosecond
	truncMillisecond
	truncSecond
	truncMinute
	truncHour
	truncDay
	truncWeek
	truncMonth
	truncQuarter
	truncYear
)

var truncUnits = map[string]truncUnit{
	"MICROSECOND": truncMicrosecond, "MILLISECOND": truncMillisecond, "SECOND": truncSecond, "MINUTE": truncMinute,
	"HOUR": truncHour, "DAY": truncDay, "DD": truncDay, "WEEK": truncWeek, "MON": truncMonth, "MONTH": truncMonth, "MM": truncMonth,
	"QUARTER": truncQuarter, "YEAR": truncYear, "YYYY": truncYear, "YY": truncYear,
}

// units gives the unit of a row; one that stays the same is looked up once.
func units(v *vector.Vector) func(i int) truncUnit {
	var last string
	u := truncUnknown
	return func(i int) truncUnit {
		if b := v.Bytes(i); string(b) != last {
			last = string(b)
			u = truncUnits[strings.ToUpper(last)]
		}
		return u
	}
}

func truncDate(d int64, u truncUnit) int64 {
	y, m, _ := cast.Civil(d)
	switch u {
	case truncWeek:
		return d - int64(weekday(d))
	case truncMonth:
		return cast.Days(y, m, 1)
	case truncQuarter:
		return cast.Days(y, (m-1)/3*3+1, 1)
	}
	return cast.Days(y, 1, 1)
}

func truncTimestamp(ctx *function.Context, ts int64, u truncUnit) (int64, error) {
	zone := zoneOf(ctx)
	var unit int64
	switch u {
	case truncUnknown:
		return 0, bind.ErrNull
	case truncMicrosecond:
		return ts, nil
	case truncMillisecond:
		return ts - floorMod(ts, 1000), nil
	case truncSecond:
		return ts - floorMod(ts, 1_000_000), nil
	case truncMinute:
		unit = 60_000_000
	case truncHour:
		unit = 3_600_000_000
	}
	local := cast.InstantToLocal(ts, zone)
	if unit > 0 {
		// The offset of the instant is kept, so that an hour within an overlap stays where it is.
		return ts - floorMod(local, unit), nil
	}
	day := floorDiv(local, cast.MicrosPerDay)
	if u != truncDay {
		day = truncDate(day, u)
	}
	return cast.LocalToInstant(day*cast.MicrosPerDay, zone), nil
}

// spanUnit is a unit of timestampadd: so many months, days or microseconds.
type spanUnit struct {
	months, days int64
	micros       int64
}

var spanUnits = map[string]spanUnit{
	"YEAR": {months: 12}, "QUARTER": {months: 3}, "MONTH": {months: 1}, "WEEK": {days: 7}, "DAY": {days: 1}, "DAYOFYEAR": {days: 1},
	"HOUR": {micros: 3_600_000_000}, "MINUTE": {micros: 60_000_000}, "SECOND": {micros: 1_000_000}, "MILLISECOND": {micros: 1000}, "MICROSECOND": {micros: 1},
}

func unitOf(name string, args []function.Arg) (spanUnit, error) {
	s, _, _ := bind.ConstText(args[0])
	u, ok := spanUnits[strings.ToUpper(s)]
	if !ok {
		return u, sqlerr.New("INVALID_PARAMETER_VALUE.DATETIME_UNIT", "functionName", types.Quote(name), "parameter", "`unit`", "invalidValue", "'"+s+"'")
	}
	return u, nil
}

func bindTimestampAdd(args []function.Arg, ansi bool) (*function.Bound, error) {
	u, err := unitOf("TIMESTAMPADD", args)
	if err != nil {
		return nil, err
	}
	in, err := bind.Cast("timestampadd", args, ansi, types.StringFamily, types.IntFamily, types.TimestampFamily)
	if err != nil {
		return nil, err
	}
	t := in[2]
	eval := bind.Rows(t, func(ctx *function.Context, args []*vector.Vector) (func(int, *vector.Builder) error, error) {
		toLocal, toInstant := localOf(t, ctx), instantOf(t, ctx)
		quantity, ts := bind.Reader[int32](args[1]), bind.Reader[int64](args[2])
		return func(i int, out *vector.Builder) error {
			n, x := int64(quantity(i)), ts(i)
			var r int64
			var ok bool
			switch {
			case u.micros > 0:
				r, ok = mulAdd(n, u.micros, x)
			case u.days > 0:
				r, ok = mulAdd(n, u.days*cast.MicrosPerDay, toLocal(x))
				r = toInstant(r)
			default:
				local := toLocal(x)
				day := floorDiv(local, cast.MicrosPerDay)
				var months int64
				if months, ok = mulAdd(n, u.months, 0); ok && fitsInt(months) {
					r, ok = mulAdd(cast.AddMonths(day, months), cast.MicrosPerDay, local-day*cast.MicrosPerDay)
					r = toInstant(r)
				} else {
					ok = false
				}
			}
			if !ok {
				return overflow("adding to a timestamp")
			}
			out.AppendInt(r)
			return nil
		}, nil
	})
	return &function.Bound{Args: in, Return: t, Nullable: args[1].Nullable || args[2].Nullable || args[2].Type.IsString(), Eval: eval}, nil
}

func bindTimestampDiff(args []function.Arg, ansi bool) (*function.Bound, error) {
	u, err := unitOf("TIMESTAMPDIFF", args)
	if err != nil {
		return nil, err
	}
	instant := types.Exact(types.TimestampType)
	in, err := bind.Cast("timestampdiff", args, ansi, types.StringFamily, instant, instant)
	if err != nil {
		return nil, err
	}
	eval := bind.Rows(types.LongType, func(ctx *function.Context, args []*vector.Vector) (func(int, *vector.Builder) error, error) {
		toLocal := localOf(types.TimestampType, ctx)
		a, b := bind.Reader[int64](args[1]), bind.Reader[int64](args[2])
		return func(i int, out *vector.Builder) error {
			from, to := toLocal(a(i)), toLocal(b(i))
			switch {
			case u.micros > 0:
				out.AppendInt((to - from) / u.micros)
			case u.days > 0:
				out.AppendInt((to - from) / (u.days * cast.MicrosPerDay))
			default:
				out.AppendInt(wholeMonths(from, to) / u.months)
			}
			return nil
		}, nil
	})
	return &function.Bound{Args: in, Return: types.LongType, Nullable: true, Eval: eval}, nil
}

// wholeMonths counts full months between two wall clocks.
func wholeMonths(from, to int64) int64 {
	parts := func(x int64) (months, rest int64) {
		day := floorDiv(x, cast.MicrosPerDay)
		y, m, d := cast.Civil(day)
		return int64(y)*12 + int64(m), int64(d)*cast.MicrosPerDay + x - day*cast.MicrosPerDay
	}
	m1, r1 := parts(from)
	m2, r2 := parts(to)
	n := m2 - m1
	if n > 0 && r2 < r1 {
		n--
	} else if n < 0 && r2 > r1 {
		n++
	}
	return n
}
