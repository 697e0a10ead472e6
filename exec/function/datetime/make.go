package datetime

import (
	"math"

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
			Name: "make_date", MinArgs: 3, MaxArgs: 3, Since: "3.0.0",
			Doc:     "The date of a year, month and day; NULL when there is none.",
			Usage:   "make_date(year, month, day)",
			Example: "> SELECT make_date(2013, 7, 15);\n 2013-07-15",
			Bind: func(args []function.Arg, ansi bool) (*function.Bound, error) {
				in, err := bind.Cast("make_date", args, ansi, types.IntFamily)
				if err != nil {
					return nil, err
				}
				return &function.Bound{Args: in, Return: types.DateType, Nullable: true, Eval: bind.Map3(types.DateType, func(_ *function.Context, y, m, d int32) (int32, error) {
					day, ok := dayOf(int(y), int(m), int(d))
					if !ok {
						if ansi {
							return 0, withoutANSI("Invalid date")
						}
						return 0, bind.ErrNull
					}
					return day, nil
				})}, nil
			},
		},
		makeTimestamp("make_timestamp", types.TimestampType, 7),
		makeTimestamp("make_timestamp_ltz", types.TimestampType, 7),
		makeTimestamp("make_timestamp_ntz", types.TimestampNTZType, 6),
		&function.Scalar{
			Name: "make_interval", MinArgs: 0, MaxArgs: 7, Since: "3.0.0",
			Doc:     "The interval of so many years, months, weeks, days, hours, minutes and seconds.",
			Usage:   "make_interval([years[, months[, weeks[, days[, hours[, mins[, secs]]]]]]])",
			Example: "> SELECT make_interval(100, 11, 1, 1, 12, 30, 01.001001);\n 100 years 11 months 8 days 12 hours 30 minutes 1.001001 seconds",
			Bind:    bindMakeInterval,
		},
		&function.Scalar{
			Name: "make_dt_interval", MinArgs: 0, MaxArgs: 4, Since: "3.2.0",
			Doc:     "The day-time interval of so many days, hours, minutes and seconds.",
			Usage:   "make_dt_interval([days[, hours[, mins[, secs]]]])",
			Example: "> SELECT make_dt_interval(1, 12, 30, 01.001001);\n 1 12:30:01.001001000",
			Bind: func(args []function.Arg, ansi bool) (*function.Bound, error) {
				in, err := bind.Cast("make_dt_interval", args, ansi, types.IntFamily, types.IntFamily, types.IntFamily, types.Exact(seconds))
				if err != nil {
					return nil, err
				}
				ret := types.NewDayTime(types.UnitDay, types.UnitSecond)
				return &function.Bound{Args: in, Return: ret, Nullable: true, Eval: bind.Rows(ret, func(_ *function.Context, args []*vector.Vector) (func(int, *vector.Builder) error, error) {
					at := integers(args)
					units := [...]int64{cast.MicrosPerDay, 3_600_000_000, 60_000_000, 1}
					return func(i int, out *vector.Builder) error {
						var sum int64
						for k := range args {
							var ok bool
							if sum, ok = mulAdd(at[k](i), units[k], sum); !ok {
								return sqlerr.New("INTERVAL_ARITHMETIC_OVERFLOW", "message", "long overflow", "alternative", "")
							}
						}
						out.AppendInt(sum)
						return nil
					}, nil
				})}, nil
			},
		},
		&function.Scalar{
			Name: "make_ym_interval", MinArgs: 0, MaxArgs: 2, Since: "3.2.0",
			Doc:     "The year-month interval of so many years and months.",
			Usage:   "make_ym_interval([years[, months]])",
			Example: "> SELECT make_ym_interval(1, 2);\n 1-2",
			Bind: func(args []function.Arg, ansi bool) (*function.Bound, error) {
				in, err := bind.Cast("make_ym_interval", args, ansi, types.IntFamily)
				if err != nil {
					return nil, err
				}
				ret := types.NewYearMonth(types.UnitYear, types.UnitMonth)
				return &function.Bound{Args: in, Return: ret, Nullable: true, Eval: bind.Rows(ret, func(_ *function.Context, args []*vector.Vector) (func(int, *vector.Builder) error, error) {
					at := integers(args)
					return func(i int, out *vector.Builder) error {
						var sum int64
						for k, unit := range []int64{12, 1} {
							if k < len(args) {
								sum += at[k](i) * unit
							}
						}
						if !fitsInt(sum) {
							return sqlerr.New("INTERVAL_ARITHMETIC_OVERFLOW", "message", "integer overflow", "alternative", "")
						}
						out.AppendInt(sum)
						return nil
					}, nil
				})}, nil
			},
		},
	)
}

// seconds is the type of seconds with their fraction.
var seconds = types.NewDecimal(18, 6)

// integers reads int arguments, and decimals as their unscaled value.
func integers(args []*vector.Vector) []func(i int) int64 {
	out := make([]func(i int) int64, len(args))
	for k, a := range args {
		if a.Type.Physical() == types.PhysInt64 {
			out[k] = bind.Reader[int64](a)
			continue
		}
		at := bind.Reader[int32](a)
		out[k] = func(i int) int64 { return int64(at(i)) }
	}
	return out
}

func dayOf(y, m, d int) (int32, bool) {
	if y < -999_999_999 || y > 999_999_999 || m < 1 || m > 12 || d < 1 || d > cast.DaysInMonth(y, m) {
		return 0, false
	}
	day := cast.Days(y, m, d)
	return int32(day), fitsInt(day)
}

func makeTimestamp(name string, ret *types.Type, most int) *function.Scalar {
	usage := name + "(year, month, day, hour, min, sec[, timezone])"
	if most == 6 {
		usage = name + "(year, month, day, hour, min, sec)"
	}
	return &function.Scalar{
		Name: name, MinArgs: 6, MaxArgs: most, Since: "3.0.0",
		Doc:     "The timestamp of a year, month, day, hour, minute and second; NULL when there is none.",
		Usage:   usage,
		Example: "> SELECT " + name + "(2014, 12, 28, 6, 30, 45.887);\n 2014-12-28 06:30:45.887",
		Bind: func(args []function.Arg, ansi bool) (*function.Bound, error) {
			in, err := bind.Cast(name, args, ansi, types.IntFamily, types.IntFamily, types.IntFamily, types.IntFamily, types.IntFamily,
				types.Exact(types.NewDecimal(16, 6)), types.StringFamily)
			if err != nil {
				return nil, err
			}
			return &function.Bound{Args: in, Return: ret, Nullable: true, Eval: makeTimestampEval(ret, ansi)}, nil
		},
	}
}

func makeTimestampEval(ret *types.Type, ansi bool) function.Eval {
	return bind.Rows(ret, func(ctx *function.Context, args []*vector.Vector) (func(int, *vector.Builder) error, error) {
		at := integers(args[:6])
		return func(i int, out *vector.Builder) error {
			bad := func(message string) error {
				if ansi {
					return withoutANSI(message)
				}
				return bind.ErrNull
			}
			day, ok := dayOf(int(at[0](i)), int(at[1](i)), int(at[2](i)))
			h, m, us := at[3](i), at[4](i), at[5](i)
			switch {
			case !ok || h < 0 || h > 23 || m < 0 || m > 59 || us < 0:
				return bad("Invalid value for a field of the timestamp")
			case us > 60_000_000 && us < 61_000_000:
				if ansi {
					return sqlerr.New("INVALID_FRACTION_OF_SECOND", "ansiConfig", `"spark.sql.ansi.enabled"`)
				}
				return bind.ErrNull
			case us > 60_000_000:
				return bad("Invalid value for SecondOfMinute (valid values 0 - 59)")
			}
			local, ok := mulAdd(int64(day), cast.MicrosPerDay, h*3_600_000_000+m*60_000_000+us)
			if !ok {
				return overflow("making a timestamp")
			}
			if ret.Kind == types.Timestamp {
				zone := zoneOf(ctx)
				if len(args) > 6 {
					z, err := parseZone(string(args[6].Bytes(i)))
					if err != nil {
						return err
					}
					zone = z
				}
				local = cast.LocalToInstant(local, zone)
			}
			out.AppendInt(local)
			return nil
		}, nil
	})
}

func bindMakeInterval(args []function.Arg, ansi bool) (*function.Bound, error) {
	i := types.IntFamily
	in, err := bind.Cast("make_interval", args, ansi, i, i, i, i, i, i, types.Exact(seconds))
	if err != nil {
		return nil, err
	}
	eval := bind.Rows(types.CalendarType, func(_ *function.Context, args []*vector.Vector) (func(int, *vector.Builder) error, error) {
		at := integers(args)
		return func(i int, out *vector.Builder) error {
			var v [7]int64
			for k := range args {
				v[k] = at[k](i)
			}
			months, days := v[0]*12+v[1], v[2]*7+v[3]
			micros, ok := mulAdd(v[5], 60_000_000, v[6])
			if ok {
				micros, ok = mulAdd(v[4], 3_600_000_000, micros)
			}
			if !ok || !fitsInt(months) || !fitsInt(days) {
				if ansi {
					return sqlerr.New("INTERVAL_ARITHMETIC_OVERFLOW", "message", "integer overflow", "alternative", "")
				}
				return bind.ErrNull
			}
			out.AppendInterval(types.Interval{Months: int32(months), Days: int32(days), Micros: micros})
			return nil
		}, nil
	})
	return &function.Bound{Args: in, Return: types.CalendarType, Nullable: true, Eval: eval}, nil
}

// micros converts a count of units to microseconds.
func micros(x, unit int64) (int64, error) {
	if x > math.MaxInt64/unit || x < math.MinInt64/unit {
		return 0, overflow("converting to microseconds")
	}
	return x * unit, nil
}
