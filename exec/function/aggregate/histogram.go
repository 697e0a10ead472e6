package aggregate

import (
	"math"
	"slices"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// bar is a bin of a histogram with bins of unequal width: its centre and the number of values.
type bar struct{ x, y float64 }

// addBar adds a value as Hive's NumericHistogram: a bin of its own, then the two nearest bins are merged if there are too many.
func addBar(bars []bar, x float64, most int) []bar {
	at, found := slices.BinarySearchFunc(bars, x, func(b bar, x float64) int {
		switch {
		case less(b.x, x):
			return -1
		case less(x, b.x):
			return 1
		}
		return 0
	})
	if found {
		bars[at].y++
		return bars
	}
	bars = slices.Insert(bars, at, bar{x, 1})
	if len(bars) <= most {
		return bars
	}
	smallest, which := math.Inf(1), 0
	for i := 0; i+1 < len(bars); i++ {
		if d := bars[i+1].x - bars[i].x; d < smallest {
			smallest, which = d, i
		}
	}
	a, b := bars[which], bars[which+1]
	bars[which] = bar{x: (a.x*a.y + b.x*b.y) / (a.y + b.y), y: a.y + b.y}
	return slices.Delete(bars, which+1, which+2)
}

// bindHistogram binds histogram_numeric(x, bins): an array of centres, in the type of x, and heights.
func bindHistogram(args []function.Arg, _, ansi bool) (*function.BoundAggregate, error) {
	const name = "histogram_numeric"
	want := types.OneOf(types.NumericFamily, types.DateFamily, types.TimestampFamily, types.YearMonthFamily, types.DayTimeFamily)
	t, ok := types.ImplicitCast(args[0].Type, want, ansi)
	if !ok {
		return nil, bind.Unexpected(name, args, 0, want.SQL())
	}
	most, null, ok := bind.ConstInt(args[1])
	switch {
	case args[1].Const == nil:
		return nil, bind.NotFoldable(name, args, 1, "nb", "INT")
	case null:
		return nil, bind.Mismatch("UNEXPECTED_NULL", name, args, "exprName", "nb")
	case !ok:
		return nil, bind.Unexpected(name, args, 1, types.IntFamily.SQL())
	case most < 2:
		return nil, bind.Mismatch("VALUE_OUT_OF_RANGE", name, args, "exprName", "nb", "valueRange", "[2, 2147483647]", "currentValue", bind.ArgSQL(args[1]))
	}
	ret := types.NewArray(types.NewStruct(types.Field{Name: "x", Type: t, Nullable: true}, types.Field{Name: "y", Type: types.DoubleType, Nullable: true}), true)
	return bound([]*types.Type{t, args[1].Type}, ret, true, func() function.State {
		return newGathered(t, false, func(s *gathered, from, to int) (*vector.Vector, error) {
			rows, starts := s.rows(from, to)
			at := doublesOf(s.b.Peek())
			out := vector.NewBuilder(ret, to-from)
			for k := 0; k < to-from; k++ {
				var bars []bar
				for _, i := range rows[starts[k]:starts[k+1]] {
					bars = addBar(bars, at(int(i)), int(most))
				}
				if bars == nil {
					out.AppendNull()
					continue
				}
				for _, b := range bars {
					appendNumber(out.Child(0).Child(0), b.x)
					out.Child(0).Child(1).AppendFloat(b.y)
					out.Child(0).AppendStruct()
				}
				out.AppendList(len(bars))
			}
			return out.Finish(), nil
		})
	}), nil
}

// appendNumber appends a double to a column of numbers, truncated where that holds integers.
func appendNumber(out *vector.Builder, x float64) {
	switch t := out.Type(); t.Kind {
	case types.Float, types.Double:
		out.AppendFloat(x)
	case types.Decimal:
		v, _, _ := types.ParseDecimal([]byte(formatFloat(x)), int(t.Precision), int(t.Scale))
		out.AppendInt128(v)
	default:
		out.AppendInt(int64(x))
	}
}
