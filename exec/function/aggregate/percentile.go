package aggregate

import (
	"math"
	"slices"

	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// shares reads the constant percentage(s) of a percentile: a number or an array of numbers between 0 and 1.
func shares(name string, args []function.Arg, i int) (ps []float64, list bool, err error) {
	a := args[i]
	if a.Const == nil {
		return nil, false, bind.NotFoldable(name, args, i, "percentage", "DOUBLE")
	}
	if a.Const.IsNull(0) {
		return nil, false, bind.Mismatch("UNEXPECTED_NULL", name, args, "exprName", "percentage")
	}
	list = a.Type.Kind == types.Array
	to := types.DoubleType
	if list {
		to = types.NewArray(types.DoubleType, true)
	}
	bad := bind.Unexpected(name, args, i, `("DOUBLE" or "ARRAY<DOUBLE>")`)
	if a.Type.IsNested() && !list || !cast.Allowed(a.Type, to, cast.Legacy) {
		return nil, false, bad
	}
	c, err := cast.Bind(a.Type, to, cast.Legacy)
	if err != nil {
		return nil, false, bad
	}
	v, err := c(&function.Context{}, a.Const)
	if err != nil {
		return nil, false, err
	}
	values := []any{v.Value(0)}
	if list {
		values = v.Value(0).([]any)
	}
	for _, x := range values {
		p, ok := x.(float64)
		if !ok {
			return nil, false, bind.Mismatch("UNEXPECTED_NULL", name, args, "exprName", "percentage")
		}
		if !(p >= 0 && p <= 1) {
			return nil, false, bind.Mismatch("VALUE_OUT_OF_RANGE", name, args, "exprName", "percentage", "valueRange", "[0.0, 1.0]", "currentValue", cast.FormatDouble(p))
		}
		ps = append(ps, p)
	}
	return ps, list, nil
}

// doublesOf reads the values of a number column as doubles.
func doublesOf(v *vector.Vector) func(i int) float64 {
	w := v.Values()
	switch v.Type.Physical() {
	case types.PhysInt8:
		return func(i int) float64 { return float64(w.I8[v.Index(i)]) }
	case types.PhysInt16:
		return func(i int) float64 { return float64(w.I16[v.Index(i)]) }
	case types.PhysInt32:
		return func(i int) float64 { return float64(w.I32[v.Index(i)]) }
	case types.PhysFloat32:
		return func(i int) float64 { return float64(w.F32[v.Index(i)]) }
	case types.PhysFloat64:
		return func(i int) float64 { return w.F64[v.Index(i)] }
	}
	scale := int(v.Type.Scale)
	return func(i int) float64 {
		if w.I128 != nil {
			return cast.DecimalFloat(w.I128[v.Index(i)], scale)
		}
		return cast.DecimalFloat(types.Int128From(w.I64[v.Index(i)]), scale)
	}
}

// weighted is a value and how often it comes.
type weighted struct {
	x     float64
	times int64
	row   uint32
}

// sorted gives the values of a group in order, with their numbers, and the number of all.
func (s *gathered) sorted(list []uint32, at func(i int) float64, out []weighted) ([]weighted, int64) {
	out = out[:0]
	total := int64(0)
	for _, i := range list {
		k := s.often(int(i))
		out = append(out, weighted{at(int(i)), k, i})
		total += k
	}
	slices.SortFunc(out, func(a, b weighted) int {
		switch {
		case less(a.x, b.x):
			return -1
		case less(b.x, a.x):
			return 1
		}
		return 0
	})
	return out, total
}

// nth is the value at a position, from 0.
func nth(ws []weighted, k int64) weighted {
	for _, w := range ws {
		if k < w.times {
			return w
		}
		k -= w.times
	}
	return ws[len(ws)-1]
}

// percentileOf makes the results of percentile functions: one(ws, total, p) appends that of a group for a percentage.
func percentileOf(ret *types.Type, ps []float64, list bool, one func(out *vector.Builder, v *vector.Vector, ws []weighted, total int64, p float64)) func(*gathered, int, int) (*vector.Vector, error) {
	return func(s *gathered, from, to int) (*vector.Vector, error) {
		rows, starts := s.rows(from, to)
		view := s.b.Peek()
		at := doublesOf(view)
		out := vector.NewBuilder(ret, to-from)
		var ws []weighted
		var total int64
		for k := 0; k < to-from; k++ {
			ws, total = s.sorted(rows[starts[k]:starts[k+1]], at, ws)
			if total == 0 {
				out.AppendNull()
				continue
			}
			if !list {
				one(out, view, ws, total, ps[0])
				continue
			}
			for _, p := range ps {
				one(out.Child(0), view, ws, total, p)
			}
			out.AppendList(len(ps))
		}
		return out.Finish(), nil
	}
}

// bindPercentile binds percentile(x, p[, frequency]), median and percentile_cont (interpolated), percentile_disc (a value that is there).
func bindPercentile(name string) func([]function.Arg, bool, bool) (*function.BoundAggregate, error) {
	discrete := name == "percentile_disc"
	return func(args []function.Arg, _, ansi bool) (*function.BoundAggregate, error) {
		t, ok := types.ImplicitCast(args[0].Type, types.NumericOrAnsiInterval, ansi)
		if !ok {
			return nil, bind.Unexpected(name, args, 0, types.NumericOrAnsiInterval.SQL())
		}
		in := []*types.Type{t}
		ps, list := []float64{0.5}, false
		if name != "median" {
			var err error
			if ps, list, err = shares(name, args, 1); err != nil {
				return nil, err
			}
			in = append(in, args[1].Type)
		}
		frequency := len(args) == 3
		if frequency {
			if _, ok := types.ImplicitCast(args[2].Type, types.IntegralFamily, ansi); !ok {
				return nil, bind.Unexpected(name, args, 2, types.IntegralFamily.SQL())
			}
			in = append(in, types.LongType)
		}
		ret := types.DoubleType
		if t.IsInterval() {
			ret = t
		}
		one := func(out *vector.Builder, _ *vector.Vector, ws []weighted, total int64, p float64) {
			var x float64
			if discrete {
				x = nth(ws, max(int64(math.Ceil(p*float64(total)))-1, 0)).x
			} else {
				pos := p * float64(total-1)
				lo, hi := math.Floor(pos), math.Ceil(pos)
				x = nth(ws, int64(lo)).x
				if y := nth(ws, int64(hi)).x; lo != hi && x != y {
					x = (hi-pos)*x + (pos-lo)*y
				}
			}
			if ret.Kind == types.Double {
				out.AppendFloat(x)
			} else {
				out.AppendInt(int64(x))
			}
		}
		whole := ret
		if list {
			whole = types.NewArray(ret, false)
		}
		finish := percentileOf(whole, ps, list, one)
		return bound(in, whole, true, func() function.State {
			s := newGathered(t, false, finish)
			if !frequency {
				return s
			}
			s.times = []int64{}
			return &withFrequency{s}
		}), nil
	}
}

// withFrequency is gathered with the number of each value in the third argument, which must not be negative.
type withFrequency struct{ *gathered }

func (w *withFrequency) Update(args []*vector.Vector, groups []uint32, n int) error {
	often := bind.Reader[int64](args[2])
	for i := 0; i < n; i++ {
		if !args[2].IsNull(i) && often(i) < 0 {
			return sqlerr.New("_LEGACY_ERROR_TEMP_2248", "frequencyExpression", "frequency")
		}
	}
	return w.gathered.Update([]*vector.Vector{args[0], args[2]}, groups, n)
}

func (w *withFrequency) Merge(other function.State, groups []uint32) error {
	return w.gathered.Merge(other.(*withFrequency).gathered, groups)
}

// bindApprox binds percentile_approx(x, p[, accuracy]): a value that is there. It keeps all values, so the accuracy only says how near
// the ends a percentage counts as the smallest or largest.
func bindApprox(args []function.Arg, _, ansi bool) (*function.BoundAggregate, error) {
	const name = "percentile_approx"
	want := types.OneOf(types.NumericFamily, types.DateFamily, types.TimestampFamily, types.YearMonthFamily, types.DayTimeFamily)
	t, ok := types.ImplicitCast(args[0].Type, want, ansi)
	if !ok {
		return nil, bind.Unexpected(name, args, 0, want.SQL())
	}
	ps, list, err := shares(name, args, 1)
	if err != nil {
		return nil, err
	}
	in := []*types.Type{t, args[1].Type}
	accuracy := int64(10000)
	if len(args) == 3 {
		n, null, ok := bind.ConstInt(args[2])
		switch {
		case args[2].Const == nil:
			return nil, bind.NotFoldable(name, args, 2, "accuracy", "INTEGRAL")
		case null:
			return nil, bind.Mismatch("UNEXPECTED_NULL", name, args, "exprName", "accuracy")
		case !ok:
			return nil, bind.Unexpected(name, args, 2, types.IntegralFamily.SQL())
		case n <= 0 || n > math.MaxInt32:
			return nil, bind.Mismatch("VALUE_OUT_OF_RANGE", name, args, "exprName", "accuracy", "valueRange", "(0, 2147483647]", "currentValue", cast.ValueSQL(args[2].Const, 0))
		}
		accuracy = n
		in = append(in, args[2].Type)
	}
	edge := 1 / float64(accuracy)
	one := func(out *vector.Builder, v *vector.Vector, ws []weighted, total int64, p float64) {
		var at int64
		switch {
		case p <= edge:
		case p >= 1-edge:
			at = total - 1
		default:
			at = int64(math.Ceil(p*float64(total))) - 1
		}
		out.AppendFrom(v, int(nth(ws, at).row))
	}
	whole := t
	if list {
		whole = types.NewArray(t, false)
	}
	finish := percentileOf(whole, ps, list, one)
	return bound(in, whole, true, func() function.State { return newGathered(t, false, finish) }), nil
}
