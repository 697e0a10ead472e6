package exec

import (
	"math"
	"time"

	"github.com/argan-sql/argan/exec/eval"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/physical"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// frameBounds finds the frames of a call's rows.
type frameBounds struct {
	frame    expr.Frame
	ordered  bool
	desc     bool
	from, to *vector.Vector // offsets, one row; nil without
	zone     *time.Location
}

func newFrameBounds(w *worker, n *physical.Window, f expr.Frame) (frameBounds, error) {
	b := frameBounds{frame: f, ordered: len(n.Order) > 0, zone: time.UTC}
	if w.ctx.Zone != nil {
		b.zone = w.ctx.Zone
	}
	if b.ordered {
		b.desc = n.Order[0].Desc
	}
	for _, e := range []struct {
		bound expr.FrameBound
		to    **vector.Vector
	}{{f.From, &b.from}, {f.To, &b.to}} {
		if e.bound.Offset == nil {
			continue
		}
		v, err := eval.Constant(e.bound.Offset, w.ctx)
		if err != nil {
			return b, err
		}
		if v.IsNull(0) {
			return b, sqlerr.Unsupported("a frame offset that is NULL")
		}
		*e.to = v
	}
	return b, nil
}

// whole says that every frame is the whole partition.
func (b *frameBounds) whole() bool {
	from, to := b.frame.From.Kind, b.frame.To.Kind
	if !b.ordered && b.frame.Unit == expr.FrameRange {
		// All rows are peers.
		return (from == expr.UnboundedPreceding || from == expr.CurrentRow) && (to == expr.UnboundedFollowing || to == expr.CurrentRow)
	}
	return from == expr.UnboundedPreceding && to == expr.UnboundedFollowing
}

// fromStart says that every frame starts with the partition.
func (b *frameBounds) fromStart() bool { return b.frame.From.Kind == expr.UnboundedPreceding }

// frames gives the frames of rows from to to, a partition, counted from its start.
func (b *frameBounds) frames(c *windowChunk, from, to int) (start, end []int32, err error) {
	n := to - from
	start, end = make([]int32, n), make([]int32, n)
	if err := b.edge(c, from, to, b.frame.From, b.from, start, false); err != nil {
		return nil, nil, err
	}
	if err := b.edge(c, from, to, b.frame.To, b.to, end, true); err != nil {
		return nil, nil, err
	}
	for i := range start {
		if end[i] < start[i] {
			end[i] = start[i]
		}
	}
	return start, end, nil
}

// edge fills one edge of the frames: the first row, or with end one past the last.
func (b *frameBounds) edge(c *windowChunk, from, to int, bound expr.FrameBound, offset *vector.Vector, out []int32, end bool) error {
	n := int32(to - from)
	switch bound.Kind {
	case expr.UnboundedPreceding:
		clear(out)
		return nil
	case expr.UnboundedFollowing:
		for i := range out {
			out[i] = n
		}
		return nil
	case expr.CurrentRow:
		for i := range out {
			switch {
			case b.frame.Unit == expr.FrameRows && end:
				out[i] = int32(i) + 1
			case b.frame.Unit == expr.FrameRows:
				out[i] = int32(i)
			case end:
				out[i] = c.end[from+i]
			default:
				out[i] = c.peer[from+i]
			}
		}
		return nil
	}
	if b.frame.Unit == expr.FrameRows {
		k, ok := wholeNumber(offset.Value(0))
		if !ok {
			return sqlerr.Internal("a ROWS frame with an offset of type %s", offset.Type)
		}
		if bound.Kind == expr.Preceding {
			k = -k
		}
		if end {
			k++
		}
		for i := range out {
			out[i] = int32(max(0, min(int64(n), int64(i)+max(-int64(n)-1, min(int64(n)+1, k)))))
		}
		return nil
	}
	return b.rangeEdge(c, from, to, bound, offset, out, end)
}

// rangeEdge finds rows by the distance of their key. Distances are compared as numbers: integers, dates and times as
// 128-bit integers, floating point as such.
func (b *frameBounds) rangeEdge(c *windowChunk, from, to int, bound expr.FrameBound, offset *vector.Vector, out []int32, end bool) error {
	if c.key == nil {
		return sqlerr.Internal("a RANGE frame with an offset and without an order")
	}
	n := to - from
	// Against the direction of the order, following is less.
	minus := (bound.Kind == expr.Preceding) != b.desc
	key := vector.Flatten(vector.Slice(c.key, from, to))
	keys, limits, err := b.distances(key, offset, minus)
	if err != nil {
		return err
	}
	lo, hi := 0, n // the rows whose key is not NULL
	for lo < hi && key.IsNull(lo) {
		lo++
	}
	for hi > lo && key.IsNull(hi-1) {
		hi--
	}
	at := lo
	for i := range out {
		if i < lo || i >= hi { // NULL: its peers
			if end {
				out[i] = c.end[from+i]
			} else {
				out[i] = c.peer[from+i]
			}
			continue
		}
		for at < hi {
			d := keys.compare(at, limits, i)
			if b.desc {
				d = -d
			}
			// The start is the first row not before the limit, the end one past the last not behind it.
			if d > 0 || d == 0 && !end {
				break
			}
			at++
		}
		out[i] = int32(at)
	}
	return nil
}

// numbersOf are keys as numbers: whole or floating.
type numbersOf struct {
	whole []types.Int128
	float []float64
}

func (a numbersOf) compare(i int, b numbersOf, j int) int {
	if a.float == nil {
		return a.whole[i].Cmp(b.whole[j])
	}
	x, y := a.float[i], b.float[j]
	switch {
	case x < y, y != y && x == x:
		return -1
	case x > y, x != x && y == y:
		return 1
	}
	return 0
}

// distances gives the keys and for each the key plus or minus the offset.
func (b *frameBounds) distances(key, offset *vector.Vector, minus bool) (keys, limits numbersOf, err error) {
	n := key.Len
	sign := int64(1)
	if minus {
		sign = -1
	}
	if k := key.Type.Kind; k == types.Float || k == types.Double {
		off, ok := floatNumber(offset.Value(0))
		if !ok {
			return keys, limits, sqlerr.Unsupported("a RANGE frame of %s over %s", offset.Type, key.Type)
		}
		keys.float, limits.float = make([]float64, n), make([]float64, n)
		for i := range n {
			if !key.IsNull(i) {
				x, _ := floatNumber(key.Value(i))
				keys.float[i], limits.float[i] = x, x+float64(sign)*off
			}
		}
		return keys, limits, nil
	}
	add, scale, err := b.adder(key.Type, offset, sign)
	if err != nil {
		return keys, limits, err
	}
	keys.whole, limits.whole = make([]types.Int128, n), make([]types.Int128, n)
	for i := range n {
		if key.IsNull(i) {
			continue
		}
		v := key.Value(i)
		x, ok := v.(types.Int128)
		if !ok {
			y, _ := wholeNumber(v)
			x = types.Int128From(y)
		}
		keys.whole[i], _ = x.Mul(types.Int128From(scale))
		limits.whole[i] = add(x)
	}
	return keys, limits, nil
}

func floatNumber(v any) (float64, bool) {
	switch x := v.(type) {
	case float32:
		return float64(x), true
	case float64:
		return x, true
	case types.Int128:
		return x.Float64(), true
	}
	x, ok := wholeNumber(v)
	return float64(x), ok
}

const microsPerDay = 86_400_000_000

// adder gives the function that adds the offset to a key; its results are in units of 1/scale of the key's.
func (b *frameBounds) adder(key *types.Type, offset *vector.Vector, sign int64) (add func(types.Int128) types.Int128, scale int64, err error) {
	v := offset.Value(0)
	months, days, micros := int64(0), int64(0), int64(0)
	switch offset.Type.Kind {
	case types.YearMonth:
		months, _ = wholeNumber(v)
	case types.DayTime:
		micros, _ = wholeNumber(v)
	case types.Calendar:
		x := v.(types.Interval)
		months, days, micros = int64(x.Months), int64(x.Days), x.Micros
	default:
		off, ok := v.(types.Int128)
		if !ok {
			w, fits := wholeNumber(v)
			if !fits {
				return nil, 0, sqlerr.Unsupported("a RANGE frame of %s over %s", offset.Type, key)
			}
			off = types.Int128From(w)
		}
		if sign < 0 {
			off = off.Neg()
		}
		return func(x types.Int128) types.Int128 { return x.Add(off) }, 1, nil
	}
	switch key.Kind {
	case types.Date:
		return func(x types.Int128) types.Int128 {
			d, _ := x.Int64()
			t := time.Unix(0, 0).UTC().AddDate(0, 0, int(d))
			t = addMonths(t, int(sign*months)).AddDate(0, 0, int(sign*days))
			y, _ := types.Int128From(floorDiv(t.Unix(), 86400)).Mul(types.Int128From(microsPerDay))
			return y.Add(types.Int128From(sign * micros))
		}, microsPerDay, nil
	case types.Timestamp, types.TimestampNTZ:
		zone := b.zone
		if key.Kind == types.TimestampNTZ {
			zone = time.UTC
		}
		return func(x types.Int128) types.Int128 {
			m, _ := x.Int64()
			if months != 0 || days != 0 {
				t := time.UnixMicro(m).In(zone)
				m = addMonths(t, int(sign*months)).AddDate(0, 0, int(sign*days)).UnixMicro()
			}
			return types.Int128From(m).Add(types.Int128From(sign * micros))
		}, 1, nil
	case types.DayTime:
		return func(x types.Int128) types.Int128 { return x.Add(types.Int128From(sign * micros)) }, 1, nil
	case types.YearMonth:
		return func(x types.Int128) types.Int128 { return x.Add(types.Int128From(sign * months)) }, 1, nil
	}
	return nil, 0, sqlerr.Unsupported("a RANGE frame of %s over %s", offset.Type, key)
}

// addMonths adds months, the day cut to the length of the month.
func addMonths(t time.Time, months int) time.Time {
	if months == 0 {
		return t
	}
	first := time.Date(t.Year(), t.Month(), 1, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), t.Location()).AddDate(0, months, 0)
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(t.Day(), last)-1)
}

func floorDiv(a, b int64) int64 {
	return int64(math.Floor(float64(a) / float64(b)))
}
