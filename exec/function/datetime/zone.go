package datetime

import (
	"time"

	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

func init() {
	instant := types.Exact(types.TimestampType)
	bind.Scalars(
		&function.Scalar{
			Name: "from_utc_timestamp", MinArgs: 2, MaxArgs: 2, Since: "1.5.0",
			Doc:     "A timestamp taken as UTC, shown in another time zone.",
			Usage:   "from_utc_timestamp(timestamp, timezone)",
			Example: "> SELECT from_utc_timestamp('2016-08-31', 'Asia/Seoul');\n 2016-08-31 09:00:00",
			Bind: bind.Simple("from_utc_timestamp", types.TimestampType, false, bind.Map2(types.TimestampType, func(ctx *function.Context, ts int64, id []byte) (int64, error) {
				return convert(ts, time.UTC, string(id), zoneOf(ctx))
			}), instant, types.StringFamily),
		},
		&function.Scalar{
			Name: "to_utc_timestamp", MinArgs: 2, MaxArgs: 2, Since: "1.5.0",
			Doc:     "A timestamp taken as of a time zone, shown in UTC.",
			Usage:   "to_utc_timestamp(timestamp, timezone)",
			Example: "> SELECT to_utc_timestamp('2016-08-31', 'Asia/Seoul');\n 2016-08-30 15:00:00",
			Bind: bind.Simple("to_utc_timestamp", types.TimestampType, false, bind.Map2(types.TimestampType, func(ctx *function.Context, ts int64, id []byte) (int64, error) {
				from, err := parseZone(string(id))
				if err != nil {
					return 0, err
				}
				session := zoneOf(ctx)
				local := cast.InstantToLocal(ts, session)
				return cast.LocalToInstant(cast.LocalToInstant(local, from), session), nil
			}), instant, types.StringFamily),
		},
		&function.Scalar{
			Name: "convert_timezone", MinArgs: 2, MaxArgs: 3, Since: "3.4.0",
			Doc:     "A timestamp without time zone moved from one time zone (the session's if left out) to another.",
			Usage:   "convert_timezone([sourceTz, ]targetTz, sourceTs)",
			Example: "> SELECT convert_timezone('Europe/Brussels', 'America/Los_Angeles', timestamp_ntz'2021-12-06 00:00:00');\n 2021-12-05 15:00:00",
			Bind: func(args []function.Arg, ansi bool) (*function.Bound, error) {
				want := []types.Family{types.StringFamily, types.StringFamily, types.Exact(types.TimestampNTZType)}
				in, err := bind.Cast("convert_timezone", args, ansi, want[3-len(args):]...)
				if err != nil {
					return nil, err
				}
				eval := bind.Map2(types.TimestampNTZType, func(ctx *function.Context, to []byte, local int64) (int64, error) {
					return convertLocal(local, zoneOf(ctx), string(to))
				})
				if len(args) == 3 {
					eval = bind.Map3(types.TimestampNTZType, func(_ *function.Context, from, to []byte, local int64) (int64, error) {
						z, err := parseZone(string(from))
						if err != nil {
							return 0, err
						}
						return convertLocal(local, z, string(to))
					})
				}
				return &function.Bound{Args: in, Return: types.TimestampNTZType, Nullable: true, Eval: eval}, nil
			},
		},
		current("current_timestamp", []string{"now"}, types.TimestampType, "The time at which the statement started.", func(ctx *function.Context) any { return ctx.Now.UnixMicro() }),
		current("current_date", []string{"curdate"}, types.DateType, "The date at which the statement started.", func(ctx *function.Context) any {
			return cast.InstantToDate(ctx.Now.UnixMicro(), zoneOf(ctx))
		}),
		current("localtimestamp", nil, types.TimestampNTZType, "The wall clock's time at which the statement started.", func(ctx *function.Context) any {
			return cast.InstantToLocal(ctx.Now.UnixMicro(), zoneOf(ctx))
		}),
		current("current_timezone", nil, types.StringType, "The session's time zone.", func(ctx *function.Context) any { return zoneOf(ctx).String() }),
	)
}

// convert moves what an instant shows in the session by the difference between two zones.
func convert(ts int64, from *time.Location, to string, session *time.Location) (int64, error) {
	local, err := convertLocal(cast.InstantToLocal(ts, session), from, to)
	return cast.LocalToInstant(local, session), err
}

func convertLocal(local int64, from *time.Location, to string) (int64, error) {
	z, err := parseZone(to)
	if err != nil {
		return 0, err
	}
	return cast.InstantToLocal(cast.LocalToInstant(local, from), z), nil
}

func current(name string, aliases []string, t *types.Type, doc string, value func(ctx *function.Context) any) *function.Scalar {
	return &function.Scalar{
		Name: name, Aliases: aliases, Since: "1.5.0", Stable: true, Doc: doc, Usage: name + "()", Example: "> SELECT " + name + "() = " + name + "();\n true",
		Bind: func([]function.Arg, bool) (*function.Bound, error) {
			return &function.Bound{Return: t, Eval: func(ctx *function.Context, _ []*vector.Vector, n int) (*vector.Vector, error) {
				return vector.ConstOf(t, value(ctx), n), nil
			}}, nil
		},
	}
}
