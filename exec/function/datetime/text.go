package datetime

import (
	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/function/datetime/pattern"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

func init() {
	bind.Scalars(
		&function.Scalar{
			Name: "to_date", MinArgs: 1, MaxArgs: 2, Since: "1.5.0",
			Doc:     "A text read as a date, by CAST's rules or by a pattern.",
			Usage:   "to_date(date_str[, fmt])",
			Example: "> SELECT to_date('2016-12-31', 'yyyy-MM-dd');\n 2016-12-31",
			Bind:    bindRead("to_date", types.DateType, false),
		},
		&function.Scalar{
			Name: "to_timestamp", MinArgs: 1, MaxArgs: 2, Since: "2.2.0",
			Doc:     "A text read as a timestamp, by CAST's rules or by a pattern.",
			Usage:   "to_timestamp(timestamp_str[, fmt])",
			Example: "> SELECT to_timestamp('2016-12-31', 'yyyy-MM-dd');\n 2016-12-31 00:00:00",
			Bind:    bindRead("to_timestamp", types.TimestampType, false),
		},
		&function.Scalar{
			Name: "to_timestamp_ltz", MinArgs: 1, MaxArgs: 2, Since: "3.4.0",
			Doc:     "A text read as a timestamp of the session's time zone, by CAST's rules or by a pattern.",
			Usage:   "to_timestamp_ltz(timestamp_str[, fmt])",
			Example: "> SELECT to_timestamp_ltz('2016-12-31', 'yyyy-MM-dd');\n 2016-12-31 00:00:00",
			Bind:    bindRead("to_timestamp_ltz", types.TimestampType, false),
		},
		&function.Scalar{
			Name: "to_timestamp_ntz", MinArgs: 1, MaxArgs: 2, Since: "3.4.0",
			Doc:     "A text read as a timestamp without time zone, by CAST's rules or by a pattern.",
			Usage:   "to_timestamp_ntz(timestamp_str[, fmt])",
			Example: "> SELECT to_timestamp_ntz('2016-12-31', 'yyyy-MM-dd');\n 2016-12-31 00:00:00",
			Bind:    bindRead("to_timestamp_ntz", types.TimestampNTZType, false),
		},
		&function.Scalar{
			Name: "try_to_timestamp", MinArgs: 1, MaxArgs: 2, Since: "3.5.0",
			Doc:     "As to_timestamp, but always NULL where the text cannot be read.",
			Usage:   "try_to_timestamp(timestamp_str[, fmt])",
			Example: "> SELECT try_to_timestamp('foo', 'yyyy-MM-dd');\n NULL",
			Bind:    bindRead("try_to_timestamp", types.TimestampType, true),
		},
		&function.Scalar{
			Name: "date_format", MinArgs: 2, MaxArgs: 2, Since: "1.5.0",
			Doc:     "A timestamp written by a pattern.",
			Usage:   "date_format(timestamp, fmt)",
			Example: "> SELECT date_format('2016-04-08', 'y');\n 2016",
			Bind: bind.Simple("date_format", types.StringType, false, bind.Rows(types.StringType, func(ctx *function.Context, args []*vector.Vector) (func(int, *vector.Builder) error, error) {
				return writer(ctx, bind.Reader[int64](args[0]), args[1]), nil
			}), types.Exact(types.TimestampType), types.StringFamily),
		},
		&function.Scalar{
			Name: "from_unixtime", MinArgs: 1, MaxArgs: 2, Since: "1.5.0",
			Doc:     "The time so many seconds after 1970-01-01 00:00:00 UTC, written by a pattern.",
			Usage:   "from_unixtime(unix_time[, fmt])",
			Example: "> SELECT from_unixtime(0, 'yyyy-MM-dd HH:mm:ss');\n 1970-01-01 00:00:00",
			Bind: bind.Simple("from_unixtime", types.StringType, false, bind.Rows(types.StringType, func(ctx *function.Context, args []*vector.Vector) (func(int, *vector.Builder) error, error) {
				seconds := bind.Reader[int64](args[0])
				fmt := vector.ConstOf(types.StringType, defaultPattern, args[0].Len)
				if len(args) > 1 {
					fmt = args[1]
				}
				return writer(ctx, func(i int) int64 { return seconds(i) * 1_000_000 }, fmt), nil
			}), types.LongFamily, types.StringFamily),
		},
		&function.Scalar{
			Name: "unix_timestamp", MinArgs: 0, MaxArgs: 2, Since: "1.5.0", Stable: true,
			Doc:     "The seconds since 1970-01-01 00:00:00 UTC of a time, read by a pattern if it is a text; of now without arguments.",
			Usage:   "unix_timestamp([timeExp[, fmt]])",
			Example: "> SELECT unix_timestamp('2016-04-08', 'yyyy-MM-dd');\n 1460041200",
			Bind:    bindUnix("unix_timestamp"),
		},
		&function.Scalar{
			Name: "to_unix_timestamp", MinArgs: 1, MaxArgs: 2, Since: "1.6.0",
			Doc:     "The seconds since 1970-01-01 00:00:00 UTC of a time, read by a pattern if it is a text.",
			Usage:   "to_unix_timestamp(timeExp[, fmt])",
			Example: "> SELECT to_unix_timestamp('2016-04-08', 'yyyy-MM-dd');\n 1460098800",
			Bind:    bindUnix("to_unix_timestamp"),
		},
	)
}

const defaultPattern = "yyyy-MM-dd HH:mm:ss"

// writer writes instants by patterns.
func writer(ctx *function.Context, at func(i int) int64, fmt *vector.Vector) func(int, *vector.Builder) error {
	format := formats(fmt, pattern.ForFormatting)
	zone := zoneOf(ctx)
	var buf []byte
	return func(i int, out *vector.Builder) error {
		f, err := format(i)
		if err != nil {
			return err
		}
		buf = f.Append(buf[:0], at(i), zone)
		out.AppendBytes(buf)
		return nil
	}
}

// bindRead binds to_date and its kin.
func bindRead(name string, ret *types.Type, try bool) binder {
	return func(args []function.Arg, ansi bool) (*function.Bound, error) {
		strict := ansi && !try
		families := []types.Family{types.StringFamily, types.DateFamily, types.Exact(types.TimestampType), types.Exact(types.TimestampNTZType)}
		if ret.Kind == types.Timestamp {
			families = append(families, types.NumericFamily)
		}
		source := types.OneOf(families...)
		in, err := bind.Cast(name, args, ansi, source, types.StringFamily)
		if err != nil {
			return nil, err
		}
		mode := cast.ModeOf(strict)
		if len(args) == 1 || !in[0].IsString() && in[0].Kind != types.Null {
			if ansi && try {
				mode = cast.Try
			}
			conv, err := cast.Bind(in[0], ret, mode)
			if err != nil {
				return nil, err
			}
			eval := func(ctx *function.Context, args []*vector.Vector, _ int) (*vector.Vector, error) {
				return conv(ctx, args[0])
			}
			return &function.Bound{Args: in, Return: ret, Nullable: args[0].Nullable || cast.MayGiveNull(in[0], ret), Eval: eval}, nil
		}
		return &function.Bound{Args: in, Return: ret, Nullable: true, Eval: readByPattern(ret, strict)}, nil
	}
}

func readByPattern(ret *types.Type, strict bool) function.Eval {
	return bind.Rows(ret, func(ctx *function.Context, args []*vector.Vector) (func(int, *vector.Builder) error, error) {
		format, zone := formats(args[1], forParsing(ctx)), zoneOf(ctx)
		return func(i int, out *vector.Builder) error {
			f, err := format(i)
			if err != nil {
				return err
			}
			s := args[0].Bytes(i)
			if ret.Kind == types.TimestampNTZ {
				local, err := f.ParseLocal(string(s))
				if err != nil {
					return noMatch(err, strict, s)
				}
				out.AppendInt(local)
				return nil
			}
			x, err := f.Parse(string(s), zone)
			if err != nil {
				return noMatch(err, strict, s)
			}
			if ret.Kind == types.Date {
				x = int64(cast.InstantToDate(x, zone))
			}
			out.AppendInt(x)
			return nil
		}, nil
	})
}

func bindUnix(name string) binder {
	return func(args []function.Arg, ansi bool) (*function.Bound, error) {
		if len(args) == 0 {
			return &function.Bound{Return: types.LongType, Eval: func(ctx *function.Context, _ []*vector.Vector, n int) (*vector.Vector, error) {
				return vector.ConstOf(types.LongType, ctx.Now.Unix(), n), nil
			}}, nil
		}
		source := types.OneOf(types.StringFamily, types.DateFamily, types.Exact(types.TimestampType), types.Exact(types.TimestampNTZType))
		in, err := bind.Cast(name, args, ansi, source, types.StringFamily)
		if err != nil {
			return nil, err
		}
		kind := in[0].Kind
		b := &function.Bound{Args: in, Return: types.LongType, Nullable: true}
		switch kind {
		case types.Date:
			b.Eval = bind.Rows(types.LongType, func(ctx *function.Context, args []*vector.Vector) (func(int, *vector.Builder) error, error) {
				day, zone := bind.Reader[int32](args[0]), zoneOf(ctx)
				return func(i int, out *vector.Builder) error {
					out.AppendInt(floorDiv(cast.DateToInstant(day(i), zone), 1_000_000))
					return nil
				}, nil
			})
		case types.Timestamp, types.TimestampNTZ:
			b.Eval = bind.Rows(types.LongType, func(ctx *function.Context, args []*vector.Vector) (func(int, *vector.Builder) error, error) {
				at := bind.Reader[int64](args[0])
				return func(i int, out *vector.Builder) error {
					out.AppendInt(floorDiv(at(i), 1_000_000))
					return nil
				}, nil
			})
		default:
			b.Eval = bind.Rows(types.LongType, func(ctx *function.Context, args []*vector.Vector) (func(int, *vector.Builder) error, error) {
				zone := zoneOf(ctx)
				fmt := vector.ConstOf(types.StringType, defaultPattern, args[0].Len)
				if len(args) > 1 {
					fmt = args[1]
				}
				format := formats(fmt, forParsing(ctx))
				return func(i int, out *vector.Builder) error {
					f, err := format(i)
					if err != nil {
						return err
					}
					s := args[0].Bytes(i)
					x, err := f.Parse(string(s), zone)
					if err != nil {
						return noMatch(err, ansi, s)
					}
					out.AppendInt(floorDiv(x, 1_000_000))
					return nil
				}, nil
			})
		}
		return b, nil
	}
}
