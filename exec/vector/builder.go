package vector

import (
	"fmt"
	"slices"

	"github.com/argan-sql/argan/types"
)

// Builder makes a Flat vector by appending. It copies strings and nested values, so it does not keep its sources.
type Builder struct {
	v        *Vector
	kids     []*Builder
	hasNulls bool
}

// NewBuilder starts a vector of a type; capacity is a hint in rows.
func NewBuilder(t *types.Type, capacity int) *Builder {
	b := &Builder{v: New(t, 0)}
	switch t.Physical() {
	case types.PhysInt64:
		b.v.I64 = make([]int64, 0, capacity)
	case types.PhysInt32:
		b.v.I32 = make([]int32, 0, capacity)
	case types.PhysFloat64:
		b.v.F64 = make([]float64, 0, capacity)
	case types.PhysBytes:
		b.v.Spans = make([]Span, 0, capacity)
	case types.PhysList:
		b.kids = []*Builder{NewBuilder(t.Elem, capacity)}
	case types.PhysMap:
		b.kids = []*Builder{NewBuilder(t.Key, capacity), NewBuilder(t.Elem, capacity)}
	case types.PhysStruct:
		for _, f := range t.Fields {
			b.kids = append(b.kids, NewBuilder(f.Type, capacity))
		}
	}
	return b
}

// GrowHeap makes room for n more bytes of strings at once.
func (b *Builder) GrowHeap(n int) { b.v.Heap = slices.Grow(b.v.Heap, n) }

// HeapLen is the number of bytes of strings so far.
func (b *Builder) HeapLen() int { return len(b.v.Heap) }

// Len is the number of rows so far.
func (b *Builder) Len() int { return b.v.Len }

// Type is the type of the vector being built.
func (b *Builder) Type() *types.Type { return b.v.Type }

func (b *Builder) mark(valid bool) {
	v := b.v
	i := v.Len
	v.Len++
	if !valid && !b.hasNulls {
		b.hasNulls = true
		v.Valid = NewBitmap(i, true)
	}
	if b.hasNulls {
		if i>>6 >= len(v.Valid) {
			v.Valid = append(v.Valid, 0)
		}
		if valid {
			v.Valid.Set(i)
		} else {
			v.Valid.Clear(i)
		}
	}
}

// AppendNull appends a NULL.
func (b *Builder) AppendNull() {
	v := b.v
	switch v.Type.Physical() {
	case types.PhysBool:
		v.Bools = append(v.Bools, false)
	case types.PhysInt8:
		v.I8 = append(v.I8, 0)
	case types.PhysInt16:
		v.I16 = append(v.I16, 0)
	case types.PhysInt32:
		v.I32 = append(v.I32, 0)
	case types.PhysInt64:
		v.I64 = append(v.I64, 0)
	case types.PhysInt128:
		v.I128 = append(v.I128, types.Int128{})
	case types.PhysFloat32:
		v.F32 = append(v.F32, 0)
	case types.PhysFloat64:
		v.F64 = append(v.F64, 0)
	case types.PhysBytes:
		v.Spans = append(v.Spans, Span{})
	case types.PhysInterval:
		v.Intervals = append(v.Intervals, types.Interval{})
	case types.PhysList, types.PhysMap:
		v.Ranges = append(v.Ranges, Range{})
	case types.PhysStruct:
		for _, k := range b.kids {
			k.AppendNull()
		}
	}
	b.mark(false)
}

// AppendBool appends to a boolean vector.
func (b *Builder) AppendBool(x bool) { b.v.Bools = append(b.v.Bools, x); b.mark(true) }

// AppendInt appends to any vector whose values lie in 8 to 64-bit integers (narrowing without check).
func (b *Builder) AppendInt(x int64) {
	v := b.v
	switch v.Type.Physical() {
	case types.PhysInt8:
		v.I8 = append(v.I8, int8(x))
	case types.PhysInt16:
		v.I16 = append(v.I16, int16(x))
	case types.PhysInt32:
		v.I32 = append(v.I32, int32(x))
	case types.PhysInt64:
		v.I64 = append(v.I64, x)
	case types.PhysInt128:
		v.I128 = append(v.I128, types.Int128From(x))
	default:
		panic(fmt.Sprintf("vector: AppendInt on %s", v.Type))
	}
	b.mark(true)
}

// AppendInt128 appends to a decimal vector of any precision (narrowing without check).
func (b *Builder) AppendInt128(x types.Int128) {
	if b.v.Type.Physical() == types.PhysInt64 {
		b.v.I64 = append(b.v.I64, int64(x.Lo))
	} else {
		b.v.I128 = append(b.v.I128, x)
	}
	b.mark(true)
}

// AppendFloat appends to a float or double vector.
func (b *Builder) AppendFloat(x float64) {
	if b.v.Type.Kind == types.Float {
		b.v.F32 = append(b.v.F32, float32(x))
	} else {
		b.v.F64 = append(b.v.F64, x)
	}
	b.mark(true)
}

// AppendBytes appends a string or binary value (copied).
func (b *Builder) AppendBytes(x []byte) {
	v := b.v
	v.Spans = append(v.Spans, Span{uint32(len(v.Heap)), uint32(len(x))})
	v.Heap = append(v.Heap, x...)
	b.mark(true)
}

// AppendString appends a string value (copied).
func (b *Builder) AppendString(x string) {
	v := b.v
	v.Spans = append(v.Spans, Span{uint32(len(v.Heap)), uint32(len(x))})
	v.Heap = append(v.Heap, x...)
	b.mark(true)
}

// AppendInterval appends a calendar interval.
func (b *Builder) AppendInterval(x types.Interval) {
	b.v.Intervals = append(b.v.Intervals, x)
	b.mark(true)
}

// Child is the builder of a list's elements (0), a map's keys (0) and values (1), or a struct's field i. Append the
// elements first, then call AppendList; for a struct append to every child, then call AppendStruct.
func (b *Builder) Child(i int) *Builder { return b.kids[i] }

// AppendList ends a list or map value of n elements, the last n that were appended to the children.
func (b *Builder) AppendList(n int) {
	b.v.Ranges = append(b.v.Ranges, Range{uint32(b.kids[0].v.Len - n), uint32(n)})
	b.mark(true)
}

// AppendStruct ends a struct value whose fields were appended to the children.
func (b *Builder) AppendStruct() { b.mark(true) }

// AppendFrom appends row i of v, which has the same type (or the same physical form).
func (b *Builder) AppendFrom(v *Vector, i int) {
	if v.IsNull(i) {
		b.AppendNull()
		return
	}
	w, i := v.Values(), v.Index(i)
	switch b.v.Type.Physical() {
	case types.PhysNull:
		b.mark(false)
		return
	case types.PhysBool:
		b.v.Bools = append(b.v.Bools, w.Bools[i])
	case types.PhysInt8:
		b.v.I8 = append(b.v.I8, w.I8[i])
	case types.PhysInt16:
		b.v.I16 = append(b.v.I16, w.I16[i])
	case types.PhysInt32:
		b.v.I32 = append(b.v.I32, w.I32[i])
	case types.PhysInt64:
		b.v.I64 = append(b.v.I64, w.I64[i])
	case types.PhysInt128:
		b.v.I128 = append(b.v.I128, w.I128[i])
	case types.PhysFloat32:
		b.v.F32 = append(b.v.F32, w.F32[i])
	case types.PhysFloat64:
		b.v.F64 = append(b.v.F64, w.F64[i])
	case types.PhysBytes:
		s := w.Spans[i]
		b.AppendBytes(w.Heap[s.Off : s.Off+s.Len])
		return
	case types.PhysInterval:
		b.v.Intervals = append(b.v.Intervals, w.Intervals[i])
	case types.PhysList, types.PhysMap:
		r := w.Ranges[i]
		for k, kid := range b.kids {
			for j := r.Off; j < r.Off+r.Len; j++ {
				kid.AppendFrom(w.Children[k], int(j))
			}
		}
		b.AppendList(int(r.Len))
		return
	case types.PhysStruct:
		for k, kid := range b.kids {
			kid.AppendFrom(w.Children[k], i)
		}
	}
	b.mark(true)
}

// AppendVector appends all rows of v.
func (b *Builder) AppendVector(v *Vector) {
	for i := 0; i < v.Len; i++ {
		b.AppendFrom(v, i)
	}
}

// Finish gives the vector; the builder must not be used after it.
func (b *Builder) Finish() *Vector {
	for i, k := range b.kids {
		b.v.Children[i] = k.Finish()
	}
	return b.v
}

// Peek gives the rows so far as a vector that is valid until the next append; the builder may be used on.
func (b *Builder) Peek() *Vector {
	v := *b.v
	if len(b.kids) > 0 {
		v.Children = make([]*Vector, len(b.kids))
		for i, k := range b.kids {
			v.Children[i] = k.Peek()
		}
	}
	return &v
}
