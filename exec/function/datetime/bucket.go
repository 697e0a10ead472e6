package datetime

import (
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
			Name: "window", MinArgs: 2, MaxArgs: 4, Since: "2.0.0",
			Doc:     "The window of time a timestamp falls in, as a struct of start and end; for windows that do not overlap.",
			Usage:   "window(time_column, window_duration[, slide_duration[, start_time]])",
			Example: "> SELECT window(timestamp'2021-01-01 00:03:00', '5 minutes').start;\n 2021-01-01 00:00:00",
			Bind:    bindWindow,
		},
		&function.Scalar{
			Name: "window_time", MinArgs: 1, MaxArgs: 1, Since: "3.4.0",
			Doc:     "The last microsecond of a window.",
			Usage:   "window_time(window_column)",
			Example: "> SELECT window_time(window(timestamp'2021-01-01 00:03:00', '5 minutes'));\n 2021-01-01 00:04:59.999999",
			Bind: func(args []function.Arg, _ bool) (*function.Bound, error) {
				t := args[0].Type
				if t.Kind != types.Struct || len(t.Fields) != 2 || t.Fields[1].Name != "end" {
					return nil, bind.Unexpected("window_time", args, 0, types.StructFamily.SQL())
				}
				ret := t.Fields[1].Type
				return &function.Bound{Args: []*types.Type{t}, Return: ret, Nullable: args[0].Nullable, Eval: func(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
					w := vector.Flatten(args[0])
					end := vector.Flatten(w.Children[1])
					out := vector.New(ret, n)
					out.Valid = vector.And(w.Valid, end.Valid, n)
					for i, x := range end.I64[:n] {
						out.I64[i] = x - 1
					}
					return out, nil
				}}, nil
			},
		},
		&function.Scalar{
			Name: "session_window", MinArgs: 2, MaxArgs: 2, Since: "3.2.0",
			Doc:     "The session a timestamp falls in: not supported.",
			Usage:   "session_window(time_column, gap_duration)",
			Example: "> SELECT session_window(ts, '5 minutes') FROM t;\n [UNSUPPORTED_FEATURE.ARGAN]",
			Bind: func([]function.Arg, bool) (*function.Bound, error) {
				return nil, sqlerr.Unsupported("session_window")
			},
		},
	)
	bind.Generators(&function.Generator{
		Name: "window", MinArgs: 3, MaxArgs: 4, Since: "2.0.0",
		Doc:     "The windows of time a timestamp falls in, one a row; for windows that overlap.",
		Usage:   "window(time_column, window_duration, slide_duration[, start_time])",
		Example: "> SELECT window(timestamp'2021-01-01 00:03:00', '10 minutes', '5 minutes').start;\n 2021-01-01 00:00:00\n 2020-12-31 23:55:00",
		Bind:    bindWindows,
	})
}

// Buckets are the durations of window(), in microseconds.
type Buckets struct{ Size, Slide, Start int64 }

// Overlap says whether a timestamp falls in more than one window.
func (b Buckets) Overlap() bool { return b.Slide < b.Size }

// last is the start of the last window that holds t.
func (b Buckets) last(t int64) int64 { return t - floorMod(t-b.Start, b.Slide) }

// BucketsOf reads the constant arguments of window().
func BucketsOf(args []function.Arg) (Buckets, error) {
	var b Buckets
	for i, a := range args[1:] {
		d, err := duration(args, i+1, a)
		if err != nil {
			return b, err
		}
		switch i {
		case 0:
			b.Size, b.Slide = d, d
		case 1:
			b.Slide = d
		default:
			b.Start = d
		}
	}
	bad := func(left string, lv int64, constraint, right string, rv int64) error {
		return bind.Mismatch("PARAMETER_CONSTRAINT_VIOLATION", "window", args, "leftExprName", left, "leftExprValue", itoa(lv),
			"constraint", constraint, "rightExprName", right, "rightExprValue", itoa(rv))
	}
	switch {
	case b.Size <= 0:
		return b, bind.Mismatch("VALUE_OUT_OF_RANGE", "window", args, "exprName", "window_duration", "valueRange", "(0, 9223372036854775807]", "currentValue", itoa(b.Size)+"L")
	case b.Slide <= 0:
		return b, bind.Mismatch("VALUE_OUT_OF_RANGE", "window", args, "exprName", "slide_duration", "valueRange", "(0, 9223372036854775807]", "currentValue", itoa(b.Slide)+"L")
	case b.Slide > b.Size:
		return b, bad("slide_duration", b.Slide, "<= (less than or equal to)", "window_duration", b.Size)
	case max(b.Start, -b.Start) >= b.Slide:
		return b, bad("abs(start_time)", max(b.Start, -b.Start), "< (less than)", "slide_duration", b.Slide)
	}
	return b, nil
}

func duration(args []function.Arg, i int, a function.Arg) (int64, error) {
	if a.Const != nil && !a.Const.IsNull(0) {
		switch x := a.Const.Value(0).(type) {
		case string:
			iv, err := cast.ParseInterval(x)
			if err != nil || iv.Months != 0 {
				return 0, bind.Mismatch("UNEXPECTED_INPUT_TYPE", "window", args, "paramIndex", itoa(int64(i+1)), "requiredType", `"INTERVAL DAY TO SECOND"`, "inputSql", bind.ArgSQL(a), "inputType", bind.TypeSQL(a.Type))
			}
			return int64(iv.Days)*cast.MicrosPerDay + iv.Micros, nil
		case types.Interval:
			return int64(x.Days)*cast.MicrosPerDay + x.Micros, nil
		case int64:
			return x, nil
		case int32:
			return int64(x), nil
		}
	}
	return 0, bind.NotFoldable("window", args, i, "duration", "STRING")
}

func windowType(ts *types.Type) *types.Type {
	return types.NewStruct(types.Field{Name: "start", Type: ts, Nullable: true}, types.Field{Name: "end", Type: ts, Nullable: true})
}

func windowArgs(args []function.Arg, ansi bool) ([]*types.Type, error) {
	in, err := bind.Cast("window", args[:1], ansi, types.TimestampFamily)
	if err != nil {
		return nil, err
	}
	for _, a := range args[1:] {
		in = append(in, a.Type)
	}
	return in, nil
}

func bindWindow(args []function.Arg, ansi bool) (*function.Bound, error) {
	b, err := BucketsOf(args)
	if err != nil {
		return nil, err
	}
	if b.Overlap() {
		return nil, sqlerr.Unsupported("window with a slide shorter than the window in this place")
	}
	in, err := windowArgs(args, ansi)
	if err != nil {
		return nil, err
	}
	ret := windowType(in[0])
	eval := func(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
		src := vector.Flatten(args[0])
		out := vector.New(ret, n)
		out.Valid = src.Valid
		start, end := out.Children[0], out.Children[1]
		for i, t := range src.I64[:n] {
			start.I64[i] = b.last(t)
			end.I64[i] = start.I64[i] + b.Size
		}
		return out, nil
	}
	return &function.Bound{Args: in, Return: ret, Nullable: args[0].Nullable, Eval: eval}, nil
}

func bindWindows(args []function.Arg, ansi bool) (*function.BoundGenerator, error) {
	b, err := BucketsOf(args)
	if err != nil {
		return nil, err
	}
	in, err := windowArgs(args, ansi)
	if err != nil {
		return nil, err
	}
	ret := windowType(in[0])
	eval := func(_ *function.Context, args []*vector.Vector, n int, _ bool) ([]*vector.Vector, []uint32, error) {
		src := vector.Flatten(args[0])
		var parent []uint32
		var starts []int64
		for i, t := range src.I64[:n] {
			if src.Valid != nil && !src.Valid.Get(i) {
				continue // a NULL is in no window
			}
			for s := b.last(t); s+b.Size > t; s -= b.Slide {
				parent, starts = append(parent, uint32(i)), append(starts, s)
			}
		}
		out := vector.New(ret, len(starts))
		copy(out.Children[0].I64, starts)
		for i, s := range starts {
			out.Children[1].I64[i] = s + b.Size
		}
		return []*vector.Vector{out}, parent, nil
	}
	return &function.BoundGenerator{Args: in, Columns: []types.Field{{Name: "window", Type: ret}}, Eval: eval}, nil
}
