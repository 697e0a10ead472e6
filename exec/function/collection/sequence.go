package collection

import (
	"math"
	"time"

	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

func init() {
	bind.Scalars(&function.Scalar{
		Name: "sequence", MinArgs: 2, MaxArgs: 3, Since: "2.4.0",
		Doc:     "The array of values from start to stop (included) by step: integers, dates or timestamps.",
		Usage:   "sequence(start, stop[, step])",
		Example: "> SELECT sequence(1, 5);\n [1,2,3,4,5]",
		Bind:    bindSequence,
	})
}

func bindSequence(args []function.Arg, ansi bool) (*function.Bound, error) {
	a, b := plain(args[0].Type), plain(args[1].Type)
	wrong := func() error {
		return bind.Mismatch("SEQUENCE_WRONG_INPUT_TYPES", "sequence", args, "functionName", "`sequence`",
			"startType", `("TIMESTAMP" or "TIMESTAMP_NTZ" or "DATE")`, "stepType", `("INTERVAL" or "INTERVAL YEAR TO MONTH" or "INTERVAL DAY TO SECOND")`, "otherStartType", `"INTEGRAL"`)
	}
	elem := types.WiderWithoutStrings(a, b, ansi)
	if elem == nil {
		// A text goes with a date or timestamp as that.
		switch {
		case a.IsString() && (b.Kind == types.Date || b.Kind == types.Timestamp || b.Kind == types.TimestampNTZ):
			elem = b
		case b.IsString() && (a.Kind == types.Date || a.Kind == types.Timestamp || a.Kind == types.TimestampNTZ):
			elem = a
		default:
			return nil, wrong()
		}
	}
	in := []*types.Type{elem, elem}
	var step *types.Type
	if len(args) > 2 {
		step = args[2].Type
		if step.IsString() && !elem.IsInteger() {
			step = types.CalendarType
		}
	}
	switch {
	case elem.IsInteger():
		if step != nil {
			wide := types.WiderWithoutStrings(elem, step, ansi)
			if step.Kind == types.Null {
				wide = elem
			}
			if wide == nil || !wide.IsInteger() {
				return nil, wrong()
			}
			elem, step = wide, wide
			in = []*types.Type{elem, elem}
		}
	case elem.Kind == types.Date || elem.Kind == types.Timestamp || elem.Kind == types.TimestampNTZ:
		if step != nil {
			if step.Kind == types.Null {
				step = types.CalendarType
			}
			if !step.IsInterval() {
				return nil, wrong()
			}
		}
	default:
		return nil, wrong()
	}
	if step != nil {
		in = append(in, step)
	}
	ret := types.NewArray(elem, false)
	return &function.Bound{Args: in, Return: ret, Nullable: anyNullable(args) || becomesNull(args, elem), Eval: sequence(ret)}, nil
}

func badStep(start, stop, step string) error {
	return sqlerr.New("_LEGACY_ERROR_TEMP_2000", "message", "Illegal sequence boundaries: "+start+" to "+stop+" by "+step, "ansiConfig", `"spark.sql.ansi.enabled"`)
}

func sequence(ret *types.Type) function.Eval {
	elem := ret.Elem
	return bind.Rows(ret, func(ctx *function.Context, args []*vector.Vector) (func(int, *vector.Builder) error, error) {
		start, stop := integers(args[0]), integers(args[1])
		if elem.IsInteger() {
			by := func(int) (int64, bool) { return 0, false }
			if len(args) > 2 {
				s := integers(args[2])
				by = func(i int) (int64, bool) { return s(i), true }
			}
			return func(i int, out *vector.Builder) error {
				from, to := start(i), stop(i)
				step, given := by(i)
				if !given {
					if step = 1; from > to {
						step = -1
					}
				}
				return arithmetic(out, from, to, step, func(x int64) int64 { return x })
			}, nil
		}
		interval := func(i int) (types.Interval, bool) { return types.Interval{}, false }
		if len(args) > 2 {
			at := intervals(args[2])
			interval = func(i int) (types.Interval, bool) { return at(i), true }
		}
		zone := ctx.Zone
		if zone == nil {
			zone = time.UTC
		}
		return func(i int, out *vector.Builder) error {
			from, to := start(i), stop(i)
			step, given := interval(i)
			if !given {
				if step = (types.Interval{Days: 1}); from > to {
					step.Days = -1
				}
			}
			return temporal(out, elem, from, to, step, zone)
		}, nil
	})
}

// intervals reads intervals of any kind.
func intervals(v *vector.Vector) func(i int) types.Interval {
	switch v.Type.Kind {
	case types.YearMonth:
		at := bind.Reader[int32](v)
		return func(i int) types.Interval { return types.Interval{Months: at(i)} }
	case types.DayTime:
		at := bind.Reader[int64](v)
		return func(i int) types.Interval {
			us := at(i)
			return types.Interval{Days: int32(us / cast.MicrosPerDay), Micros: us % cast.MicrosPerDay}
		}
	}
	return bind.Reader[types.Interval](v)
}

func arithmetic(out *vector.Builder, from, to, step int64, convert func(int64) int64) error {
	if step == 0 && from != to || step > 0 && from > to || step < 0 && from < to {
		return badStep(itoa(int(from)), itoa(int(to)), itoa(int(step)))
	}
	if step == 0 {
		out.Child(0).AppendInt(convert(from))
		out.AppendList(1)
		return nil
	}
	n := uint64(to-from)/uint64(step) + 1
	if step < 0 {
		n = uint64(from-to)/uint64(-step) + 1
	}
	if n > maxElements {
		return tooLong(int64(min(n, math.MaxInt64)))
	}
	for k, x := uint64(0), from; k < n; k++ {
		out.Child(0).AppendInt(convert(x))
		x += step
	}
	out.AppendList(int(n))
	return nil
}

// temporal is a sequence of dates or timestamps. Steps of months and days are taken on the wall clock, always from the
// start, so that the 31st does not become the 28th for good.
func temporal(out *vector.Builder, elem *types.Type, from, to int64, step types.Interval, zone *time.Location) error {
	isDate := elem.Kind == types.Date
	if isDate && step.Months == 0 && step.Micros == 0 {
		return arithmetic(out, from, to, int64(step.Days), func(x int64) int64 { return x })
	}
	if !isDate && step.Months == 0 && step.Days == 0 {
		return arithmetic(out, from, to, step.Micros, func(x int64) int64 { return x })
	}
	toLocal, fromLocal := func(x int64) int64 { return cast.InstantToLocal(x, zone) }, func(x int64) int64 { return cast.LocalToInstant(x, zone) }
	if elem.Kind == types.TimestampNTZ {
		same := func(x int64) int64 { return x }
		toLocal, fromLocal = same, same
	}
	first, last := from, to
	if isDate {
		first, last = cast.DateToInstant(int32(from), zone), cast.DateToInstant(int32(to), zone)
	}
	estimate := int64(step.Months)*28*cast.MicrosPerDay + int64(step.Days)*cast.MicrosPerDay + step.Micros
	if estimate == 0 && first != last || estimate > 0 && first > last || estimate < 0 && first < last {
		return badStep(itoa(int(from)), itoa(int(to)), cast.FormatInterval(step))
	}
	local := toLocal(first)
	day := local / cast.MicrosPerDay
	if local%cast.MicrosPerDay < 0 {
		day--
	}
	clock := local - day*cast.MicrosPerDay
	n := 0
	for k := int64(0); ; k++ {
		d := cast.AddMonths(day, k*int64(step.Months)) + k*int64(step.Days)
		x := fromLocal(d*cast.MicrosPerDay+clock) + k*step.Micros
		if estimate >= 0 && x > last || estimate < 0 && x < last {
			break
		}
		if n++; n > maxElements {
			return tooLong(int64(n))
		}
		if isDate {
			out.Child(0).AppendInt(int64(cast.InstantToDate(x, zone)))
		} else {
			out.Child(0).AppendInt(x)
		}
		if estimate == 0 {
			break
		}
	}
	out.AppendList(n)
	return nil
}
