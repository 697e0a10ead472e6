package aggregate

import (
	"math/bits"

	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// exactSum gathers integers, decimals and ANSI intervals in 128 bits, with the number of values; finish makes sum or average of it.
type exactSum[T bind.Fixed] struct {
	sums  []types.Int128
	seen  []int64
	lost  []bool // groups whose sum left 128 bits; nil while there are none
	ret   *types.Type
	end   finish
	buf   []T
	wider bool // T is Int128
}

// finish appends the result of a group; n is not 0.
type finish func(out *vector.Builder, sum types.Int128, n int64, lost bool) error

func newExactSum[T bind.Fixed](ret *types.Type, end finish) func() function.State {
	var zero T
	_, wide := any(zero).(types.Int128)
	return func() function.State { return &exactSum[T]{ret: ret, end: end, wider: wide} }
}

func (s *exactSum[T]) Resize(n int) {
	s.sums, s.seen = grow(s.sums, n), grow(s.seen, n)
	if s.lost != nil {
		s.lost = grow(s.lost, n)
	}
}

func (s *exactSum[T]) Update(args []*vector.Vector, groups []uint32, n int) error {
	v := args[0]
	valid := v.Nulls()
	values := dense(v, n, &s.buf)
	switch vals := any(values).(type) {
	case []int8:
		sumInts(s.sums, s.seen, vals, groups, valid)
	case []int16:
		sumInts(s.sums, s.seen, vals, groups, valid)
	case []int32:
		sumInts(s.sums, s.seen, vals, groups, valid)
	case []int64:
		sumInts(s.sums, s.seen, vals, groups, valid)
	case []types.Int128:
		s.sumWides(vals, groups, valid)
	}
	return nil
}

// sumInts adds 64-bit values to 128-bit sums, which 2^63 of them cannot overflow.
func sumInts[T int8 | int16 | int32 | int64](sums []types.Int128, seen []int64, vals []T, groups []uint32, valid vector.Bitmap) {
	switch {
	case groups == nil && valid == nil:
		var hi int64
		var lo uint64
		for _, x := range vals {
			l, c := bits.Add64(lo, uint64(int64(x)), 0)
			lo = l
			hi += int64(x)>>63 + int64(c)
		}
		sums[0] = sums[0].Add(types.Int128{Hi: hi, Lo: lo})
		seen[0] += int64(len(vals))
	case groups == nil:
		var sum types.Int128
		var k int64
		for i, x := range vals {
			bit := int64(valid[i>>6] >> (uint(i) & 63) & 1)
			sum = sum.Add(types.Int128From(int64(x) & -bit))
			k += bit
		}
		sums[0] = sums[0].Add(sum)
		seen[0] += k
	case valid == nil:
		for i, g := range groups[:len(vals)] {
			x := int64(vals[i])
			p := &sums[g]
			l, c := bits.Add64(p.Lo, uint64(x), 0)
			p.Lo = l
			p.Hi += x>>63 + int64(c)
			seen[g]++
		}
	default:
		for i, g := range groups[:len(vals)] {
			bit := int64(valid[i>>6] >> (uint(i) & 63) & 1)
			x := int64(vals[i]) & -bit
			p := &sums[g]
			l, c := bits.Add64(p.Lo, uint64(x), 0)
			p.Lo = l
			p.Hi += x>>63 + int64(c)
			seen[g] += bit
		}
	}
}

func (s *exactSum[T]) sumWides(vals []types.Int128, groups []uint32, valid vector.Bitmap) {
	if groups == nil && valid == nil {
		// Values below 2^100 cannot overflow in a batch.
		sum, big := types.Int128{}, int64(0)
		for _, x := range vals {
			sum = sum.Add(x)
			big |= x.Hi ^ x.Hi>>63
		}
		if big < 1<<36 {
			s.add(0, sum, int64(len(vals)))
			return
		}
	}
	if valid == nil && groups != nil {
		sums, seen := s.sums, s.seen
		for i, g := range groups[:len(vals)] {
			x, p := vals[i], &sums[g]
			lo, c := bits.Add64(p.Lo, x.Lo, 0)
			hi := p.Hi + x.Hi + int64(c)
			if (p.Hi^hi)&(x.Hi^hi) < 0 {
				s.lose(g)
			}
			p.Hi, p.Lo = hi, lo
			seen[g]++
		}
		return
	}
	for i, x := range vals {
		if !valid.Get(i) {
			continue
		}
		g := uint32(0)
		if groups != nil {
			g = groups[i]
		}
		s.add(g, x, 1)
	}
}

func (s *exactSum[T]) add(g uint32, x types.Int128, n int64) {
	a := s.sums[g]
	r := a.Add(x)
	if (a.Hi^r.Hi)&(x.Hi^r.Hi) < 0 {
		s.lose(g)
	}
	s.sums[g] = r
	s.seen[g] += n
}

func (s *exactSum[T]) lose(g uint32) {
	if s.lost == nil {
		s.lost = make([]bool, len(s.sums))
	}
	s.lost[g] = true
}

func (s *exactSum[T]) Merge(other function.State, groups []uint32) error {
	o := other.(*exactSum[T])
	for i, g := range groups {
		s.add(g, o.sums[i], o.seen[i])
		if o.lost != nil && o.lost[i] {
			s.lose(g)
		}
	}
	return nil
}

func (s *exactSum[T]) Result(from, to int) (*vector.Vector, error) {
	out := vector.NewBuilder(s.ret, to-from)
	for g := from; g < to; g++ {
		if s.seen[g] == 0 {
			out.AppendNull()
			continue
		}
		if err := s.end(out, s.sums[g], s.seen[g], s.lost != nil && s.lost[g]); err != nil {
			return nil, err
		}
	}
	return out.Finish(), nil
}

func (s *exactSum[T]) SizeBytes() int64 { return int64(16*cap(s.sums) + 8*cap(s.seen) + cap(s.lost)) }

func (s *exactSum[T]) Save() ([]*vector.Vector, error) {
	lost := s.lost
	if lost == nil {
		lost = make([]bool, len(s.sums))
	}
	return []*vector.Vector{wides(s.sums), longs(s.seen), flags(lost)}, nil
}

func (s *exactSum[T]) Load(cols []*vector.Vector, groups []uint32) error {
	return s.Merge(&exactSum[T]{sums: vector.Flatten(cols[0]).I128, seen: vector.Flatten(cols[1]).I64, lost: vector.Flatten(cols[2]).Bools}, groups)
}

// floatSum gathers doubles; average divides by their number.
type floatSum[T float32 | float64] struct {
	sums    []float64
	seen    []int64
	average bool
	buf     []T
}

func (s *floatSum[T]) Resize(n int) { s.sums, s.seen = grow(s.sums, n), grow(s.seen, n) }

func (s *floatSum[T]) Update(args []*vector.Vector, groups []uint32, n int) error {
	v := args[0]
	valid := v.Nulls()
	var vals []T
	switch buf := any(&s.buf).(type) {
	case *[]float32:
		vals = any(dense(v, n, buf)).([]T)
	case *[]float64:
		vals = any(dense(v, n, buf)).([]T)
	}
	switch {
	case groups == nil && valid == nil:
		sum := s.sums[0]
		for _, x := range vals {
			sum += float64(x)
		}
		s.sums[0] = sum
		s.seen[0] += int64(n)
	case valid == nil:
		for i, g := range groups[:n] {
			s.sums[g] += float64(vals[i])
			s.seen[g]++
		}
	default:
		for i, x := range vals {
			if !valid.Get(i) {
				continue
			}
			g := uint32(0)
			if groups != nil {
				g = groups[i]
			}
			s.sums[g] += float64(x)
			s.seen[g]++
		}
	}
	return nil
}

func (s *floatSum[T]) Merge(other function.State, groups []uint32) error {
	o := other.(*floatSum[T])
	for i, g := range groups {
		s.sums[g] += o.sums[i]
		s.seen[g] += o.seen[i]
	}
	return nil
}

func (s *floatSum[T]) Result(from, to int) (*vector.Vector, error) {
	out := vector.New(types.DoubleType, to-from)
	for i := range out.F64 {
		g := from + i
		switch {
		case s.seen[g] == 0:
			if out.Valid == nil {
				out.Valid = vector.NewBitmap(out.Len, true)
			}
			out.Valid.Clear(i)
		case s.average:
			out.F64[i] = s.sums[g] / float64(s.seen[g])
		default:
			out.F64[i] = s.sums[g]
		}
	}
	return out, nil
}

func (s *floatSum[T]) SizeBytes() int64 { return int64(8*cap(s.sums) + 8*cap(s.seen)) }

func (s *floatSum[T]) Save() ([]*vector.Vector, error) {
	return []*vector.Vector{doubles(s.sums), longs(s.seen)}, nil
}

func (s *floatSum[T]) Load(cols []*vector.Vector, groups []uint32) error {
	return s.Merge(&floatSum[T]{sums: vector.Flatten(cols[0]).F64, seen: vector.Flatten(cols[1]).I64}, groups)
}

// numericArgs casts the argument of sum and avg.
func numericArgs(name string, args []function.Arg, ansi bool) ([]*types.Type, error) {
	return bind.Cast(name, args, ansi, types.NumericOrAnsiInterval)
}

func overflowed(message, try string) error {
	alternative := ""
	if try != "" {
		alternative = " Use '" + try + "' to tolerate overflow and return NULL instead."
	}
	return sqlerr.New("ARITHMETIC_OVERFLOW", "message", message, "alternative", alternative, "config", `"spark.sql.ansi.enabled"`)
}

func intervalOverflowed(message string) error {
	return sqlerr.New("INTERVAL_ARITHMETIC_OVERFLOW", "message", message, "alternative", "")
}

// bindSum binds sum and (try) try_sum.
func bindSum(name string, try bool) func([]function.Arg, bool, bool) (*function.BoundAggregate, error) {
	return func(args []function.Arg, _, ansi bool) (*function.BoundAggregate, error) {
		in, err := numericArgs(name, args, ansi)
		if err != nil {
			return nil, err
		}
		mode := cast.ModeOf(ansi)
		if try {
			mode = cast.Try
		}
		t := in[0]
		switch t.Kind {
		case types.Float, types.Double:
			return floating(in, false), nil
		case types.Decimal:
			ret := types.BoundedDecimal(int(t.Precision)+10, int(t.Scale))
			return exact(in, ret, func(out *vector.Builder, sum types.Int128, _ int64, lost bool) error {
				return appendDecimal(out, sum, !lost, ret, mode)
			}), nil
		case types.YearMonth, types.DayTime:
			ret := t
			return exact(in, ret, func(out *vector.Builder, sum types.Int128, _ int64, _ bool) error {
				return appendInterval(out, sum, ret, mode)
			}), nil
		}
		return exact(in, types.LongType, func(out *vector.Builder, sum types.Int128, _ int64, _ bool) error {
			if _, fits := sum.Int64(); !fits && mode != cast.Legacy {
				if mode == cast.Try {
					out.AppendNull()
					return nil
				}
				return overflowed("long overflow", "try_sum")
			}
			out.AppendInt(int64(sum.Lo))
			return nil
		}), nil
	}
}

func appendDecimal(out *vector.Builder, x types.Int128, ok bool, ret *types.Type, mode cast.Mode) error {
	if ok && x.FitsPrecision(int(ret.Precision)) {
		out.AppendInt128(x)
		return nil
	}
	if mode == cast.ANSI {
		return overflowed("Overflow in sum of decimals.", "try_sum")
	}
	out.AppendNull()
	return nil
}

func appendInterval(out *vector.Builder, x types.Int128, ret *types.Type, mode cast.Mode) error {
	v, fits := x.Int64()
	if ret.Kind == types.YearMonth {
		fits = fits && int64(int32(v)) == v
	}
	switch {
	case fits:
		out.AppendInt(v)
	case mode == cast.Try:
		out.AppendNull()
	case ret.Kind == types.YearMonth:
		return intervalOverflowed("integer overflow")
	default:
		return intervalOverflowed("long overflow")
	}
	return nil
}

func floating(in []*types.Type, average bool) *function.BoundAggregate {
	if in[0].Kind == types.Float {
		return bound(in, types.DoubleType, true, func() function.State { return &floatSum[float32]{average: average} })
	}
	return bound(in, types.DoubleType, true, func() function.State { return &floatSum[float64]{average: average} })
}

// exact binds a sum in 128 bits by the physical type of its argument.
func exact(in []*types.Type, ret *types.Type, end finish) *function.BoundAggregate {
	var make func() function.State
	switch in[0].Physical() {
	case types.PhysInt8:
		make = newExactSum[int8](ret, end)
	case types.PhysInt16:
		make = newExactSum[int16](ret, end)
	case types.PhysInt32:
		make = newExactSum[int32](ret, end)
	case types.PhysInt64:
		make = newExactSum[int64](ret, end)
	default:
		make = newExactSum[types.Int128](ret, end)
	}
	b := bound(in, ret, true, make)
	b.NewSliding = func(*function.Context) function.SlidingState { return slidingSum(end) }
	return b
}

func slidingSum(end finish) function.SlidingState {
	var sum types.Int128
	var n int64
	value := func(v *vector.Vector, row int) types.Int128 {
		w, i := v.Values(), v.Index(row)
		switch v.Type.Physical() {
		case types.PhysInt8:
			return types.Int128From(int64(w.I8[i]))
		case types.PhysInt16:
			return types.Int128From(int64(w.I16[i]))
		case types.PhysInt32:
			return types.Int128From(int64(w.I32[i]))
		case types.PhysInt64:
			return types.Int128From(w.I64[i])
		}
		return w.I128[i]
	}
	return &oneGroup{
		add: func(args []*vector.Vector, row int) error {
			if !args[0].IsNull(row) {
				sum = sum.Add(value(args[0], row))
				n++
			}
			return nil
		},
		remove: func(args []*vector.Vector, row int) error {
			if !args[0].IsNull(row) {
				sum = sum.Sub(value(args[0], row))
				n--
			}
			return nil
		},
		result: func(out *vector.Builder) error {
			if n == 0 {
				out.AppendNull()
				return nil
			}
			return end(out, sum, n, false)
		},
	}
}

// bindAvg binds avg and (try) try_avg.
func bindAvg(name string, try bool) func([]function.Arg, bool, bool) (*function.BoundAggregate, error) {
	return func(args []function.Arg, _, ansi bool) (*function.BoundAggregate, error) {
		in, err := numericArgs(name, args, ansi)
		if err != nil {
			return nil, err
		}
		mode := cast.ModeOf(ansi)
		if try {
			mode = cast.Try
		}
		t := in[0]
		switch t.Kind {
		case types.Float, types.Double:
			return floating(in, true), nil
		case types.Decimal:
			ret := types.BoundedDecimal(int(t.Precision)+4, int(t.Scale)+4)
			up := types.Pow10[int(ret.Scale)-int(t.Scale)]
			limit := min(int(t.Precision)+10, types.MaxPrecision)
			return exact(in, ret, func(out *vector.Builder, sum types.Int128, n int64, lost bool) error {
				ok := !lost && sum.FitsPrecision(limit)
				q, fits := wideQuotient(sum, up, n)
				return appendDecimal(out, q, ok && fits, ret, mode)
			}), nil
		case types.YearMonth, types.DayTime:
			ret := types.NewYearMonth(types.UnitYear, types.UnitMonth)
			if t.Kind == types.DayTime {
				ret = types.NewDayTime(types.UnitDay, types.UnitSecond)
			}
			return exact(in, ret, func(out *vector.Builder, sum types.Int128, n int64, _ bool) error {
				if _, fits := sum.Int64(); !fits {
					return appendInterval(out, sum, ret, mode)
				}
				return appendInterval(out, types.DivRound(sum, types.Int128From(n), types.HalfUp), ret, mode)
			}), nil
		}
		return exact(in, types.DoubleType, func(out *vector.Builder, sum types.Int128, n int64, _ bool) error {
			out.AppendFloat(sum.Float64() / float64(n))
			return nil
		}), nil
	}
}

// wideQuotient is sum*up/n rounded half up.
func wideQuotient(sum, up types.Int128, n int64) (types.Int128, bool) {
	d := types.Int128From(n)
	if p, ok := sum.Mul(up); ok {
		return types.DivRound(p, d, types.HalfUp), true
	}
	q, r := sum.QuoRem(d)
	whole, ok := q.Mul(up)
	part, ok2 := r.Mul(up)
	return whole.Add(types.DivRound(part, d, types.HalfUp)), ok && ok2
}
