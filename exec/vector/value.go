package vector

import (
	"fmt"

	"github.com/argan-sql/argan/types"
)

// Pair is an entry of a map value.
type Pair struct{ Key, Value any }

// Value gives row i as a Go value, for constants, statistics, printing and tests, never for hot loops: nil, bool,
// int8, int16, int32 (int, date, year-month), int64 (bigint, timestamps, day-time), types.Int128 (every decimal,
// unscaled), float32, float64, string, []byte (binary), types.Interval, []any (array; struct in field order), []Pair (map).
func (v *Vector) Value(i int) any {
	if v.IsNull(i) {
		return nil
	}
	w, i := v.Values(), v.Index(i)
	if v.Type.Kind == types.Decimal {
		if w.I128 != nil {
			return w.I128[i]
		}
		return types.Int128From(w.I64[i])
	}
	switch v.Type.Physical() {
	case types.PhysBool:
		return w.Bools[i]
	case types.PhysInt8:
		return w.I8[i]
	case types.PhysInt16:
		return w.I16[i]
	case types.PhysInt32:
		return w.I32[i]
	case types.PhysInt64:
		return w.I64[i]
	case types.PhysFloat32:
		return w.F32[i]
	case types.PhysFloat64:
		return w.F64[i]
	case types.PhysBytes:
		s := w.Spans[i]
		if v.Type.Kind == types.Binary {
			return append([]byte{}, w.Heap[s.Off:s.Off+s.Len]...)
		}
		return string(w.Heap[s.Off : s.Off+s.Len])
	case types.PhysInterval:
		return w.Intervals[i]
	case types.PhysList:
		r := w.Ranges[i]
		out := make([]any, r.Len)
		for j := range out {
			out[j] = w.Children[0].Value(int(r.Off) + j)
		}
		return out
	case types.PhysMap:
		r := w.Ranges[i]
		out := make([]Pair, r.Len)
		for j := range out {
			out[j] = Pair{w.Children[0].Value(int(r.Off) + j), w.Children[1].Value(int(r.Off) + j)}
		}
		return out
	case types.PhysStruct:
		out := make([]any, len(w.Children))
		for k, c := range w.Children {
			out[k] = c.Value(i)
		}
		return out
	}
	return nil
}

// AppendValue appends a Go value of the shape that Value gives for the builder's type.
func (b *Builder) AppendValue(x any) {
	switch x := x.(type) {
	case nil:
		b.AppendNull()
	case bool:
		b.AppendBool(x)
	case int8:
		b.AppendInt(int64(x))
	case int16:
		b.AppendInt(int64(x))
	case int32:
		b.AppendInt(int64(x))
	case int64:
		b.AppendInt(x)
	case types.Int128:
		b.AppendInt128(x)
	case float32:
		b.AppendFloat(float64(x))
	case float64:
		b.AppendFloat(x)
	case string:
		b.AppendString(x)
	case []byte:
		b.AppendBytes(x)
	case types.Interval:
		b.AppendInterval(x)
	case []Pair:
		for _, p := range x {
			b.kids[0].AppendValue(p.Key)
			b.kids[1].AppendValue(p.Value)
		}
		b.AppendList(len(x))
	case []any:
		if b.v.Type.Kind == types.Struct {
			for k, e := range x {
				b.kids[k].AppendValue(e)
			}
			b.AppendStruct()
			return
		}
		for _, e := range x {
			b.kids[0].AppendValue(e)
		}
		b.AppendList(len(x))
	default:
		panic(fmt.Sprintf("vector: AppendValue of %T", x))
	}
}

// Of is a Flat vector of Go values of the shapes that Value gives.
func Of(t *types.Type, values ...any) *Vector {
	b := NewBuilder(t, len(values))
	for _, x := range values {
		b.AppendValue(x)
	}
	return b.Finish()
}

// ConstOf is a Const vector of n rows with one Go value of the shape that Value gives.
func ConstOf(t *types.Type, value any, n int) *Vector {
	v := Of(t, value)
	v.Form, v.Len = Const, n
	return v
}
