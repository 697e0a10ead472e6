// Package vector holds the columns and batches that flow through a plan.
//
// A Vector is a column of at most a few thousand values (BatchSize while executing; a cached column chunk may be
// longer). It has no Go pointers or strings per row: fixed-width values lie in one typed slice, strings are spans
// into one byte heap, lists are offsets into a child vector. Three forms: Flat (a value per row), Const (one value
// for all rows) and Dict (a code per row into a shared Flat dictionary). NULLs are bits in a validity bitmap; no
// bitmap means no NULL.
//
// Vectors are read-only once they have been handed on: they may be shared with a cache. Who wants to change one
// makes a new one.
package vector

import (
	"github.com/argan-sql/argan/types"
)

// BatchSize is the number of rows that operators aim at per batch: scratch stays in the first cache levels.
const BatchSize = 2048

// Form is how the values of a vector are laid out.
type Form uint8

// The forms.
const (
	Flat  Form = iota // row i is value i
	Const             // every row is value 0
	Dict              // row i is value Codes[i] of Dictionary
)

// Span is a string or binary value: Heap[Off:Off+Len].
type Span struct{ Off, Len uint32 }

// Range is a list or map value: elements Off to Off+Len of the children.
type Range struct{ Off, Len uint32 }

// Bitmap has a bit per row, set when the row is valid (not NULL). A nil Bitmap means that every row is valid.
type Bitmap []uint64

// Vector is a column. Which slice is filled follows from Type.Physical():
//
//	PhysBool Bools · PhysInt8 I8 · PhysInt16 I16 · PhysInt32 I32 · PhysInt64 I64 · PhysInt128 I128 · PhysFloat32 F32
//	PhysFloat64 F64 · PhysBytes Spans+Heap · PhysInterval Intervals · PhysList Ranges+Children[0]
//	PhysMap Ranges+Children[0] (keys), Children[1] (values) · PhysStruct Children (one per field, same length) · PhysNull nothing
//
// A Flat vector has Len values, a Const vector has exactly one value (children of a Const struct have Len 1),
// a Dict vector has only Codes and Dictionary; its own Valid says which rows are NULL (codes of NULL rows are
// any valid code), and dictionary entries may be NULL too: use IsNull, or Nulls/Flatten. The value slot of a NULL row
// is defined (zero or anything) but meaningless.
type Vector struct {
	Type  *types.Type
	Form  Form
	Len   int    // rows
	Valid Bitmap // Flat, Dict: bit per row; Const: bit 0. nil: no NULLs

	Bools     []bool
	I8        []int8
	I16       []int16
	I32       []int32
	I64       []int64
	I128      []types.Int128
	F32       []float32
	F64       []float64
	Spans     []Span
	Heap      []byte
	Intervals []types.Interval
	Ranges    []Range
	Children  []*Vector

	Codes      []uint32
	Dictionary *Vector // Flat
}

// BitmapWords is the number of words for n bits.
func BitmapWords(n int) int { return (n + 63) / 64 }

// NewBitmap is a bitmap of n bits, all set (valid) or all clear.
func NewBitmap(n int, valid bool) Bitmap {
	b := make(Bitmap, BitmapWords(n))
	if valid {
		for i := range b {
			b[i] = ^uint64(0)
		}
	}
	return b
}

// Get says whether row i is valid.
func (b Bitmap) Get(i int) bool { return b == nil || b[i>>6]>>(uint(i)&63)&1 != 0 }

// Set marks row i as valid.
func (b Bitmap) Set(i int) { b[i>>6] |= 1 << (uint(i) & 63) }

// Clear marks row i as NULL.
func (b Bitmap) Clear(i int) { b[i>>6] &^= 1 << (uint(i) & 63) }

// AllValid says whether the first n bits are set.
func (b Bitmap) AllValid(n int) bool {
	if b == nil {
		return true
	}
	for i := 0; i < n>>6; i++ {
		if b[i] != ^uint64(0) {
			return false
		}
	}
	if r := uint(n) & 63; r != 0 {
		return b[n>>6]|^uint64(0)<<r == ^uint64(0)
	}
	return true
}

// And is the intersection over n bits: valid where both are. The result may share memory with a or b.
func And(a, b Bitmap, n int) Bitmap {
	if a == nil {
		return b
	}
	if b == nil {
		return a
	}
	out := make(Bitmap, BitmapWords(n))
	for i := range out {
		out[i] = a[i] & b[i]
	}
	return out
}

// New is a Flat vector of n rows with value slices allocated (zero values) and no NULLs. Lists, maps and structs get
// empty children (structs: children of n rows).
func New(t *types.Type, n int) *Vector {
	v := &Vector{Type: t, Len: n}
	v.alloc(n)
	return v
}

func (v *Vector) alloc(n int) {
	switch v.Type.Physical() {
	case types.PhysBool:
		v.Bools = make([]bool, n)
	case types.PhysInt8:
		v.I8 = make([]int8, n)
	case types.PhysInt16:
		v.I16 = make([]int16, n)
	case types.PhysInt32:
		v.I32 = make([]int32, n)
	case types.PhysInt64:
		v.I64 = make([]int64, n)
	case types.PhysInt128:
		v.I128 = make([]types.Int128, n)
	case types.PhysFloat32:
		v.F32 = make([]float32, n)
	case types.PhysFloat64:
		v.F64 = make([]float64, n)
	case types.PhysBytes:
		v.Spans = make([]Span, n)
	case types.PhysInterval:
		v.Intervals = make([]types.Interval, n)
	case types.PhysList:
		v.Ranges = make([]Range, n)
		v.Children = []*Vector{New(v.Type.Elem, 0)}
	case types.PhysMap:
		v.Ranges = make([]Range, n)
		v.Children = []*Vector{New(v.Type.Key, 0), New(v.Type.Elem, 0)}
	case types.PhysStruct:
		v.Children = make([]*Vector, len(v.Type.Fields))
		for i, f := range v.Type.Fields {
			v.Children[i] = New(f.Type, n)
		}
	case types.PhysNull:
		v.Valid = NewBitmap(n, false)
	}
}

// NullConst is a Const vector of n rows that are all NULL.
func NullConst(t *types.Type, n int) *Vector {
	v := New(t, 1)
	v.Form, v.Len, v.Valid = Const, n, Bitmap{0}
	return v
}

// Index gives the position of row i in the value slices of v (Flat, Const) or of v.Dictionary (Dict).
func (v *Vector) Index(i int) int {
	switch v.Form {
	case Const:
		return 0
	case Dict:
		return int(v.Codes[i])
	}
	return i
}

// Values is the vector that holds the value slices: v itself, or its dictionary.
func (v *Vector) Values() *Vector {
	if v.Form == Dict {
		return v.Dictionary
	}
	return v
}

// IsNull says whether row i is NULL. Not for hot loops: see Nulls.
func (v *Vector) IsNull(i int) bool {
	switch v.Form {
	case Const:
		return !v.Valid.Get(0)
	case Dict:
		return !v.Valid.Get(i) || !v.Dictionary.Valid.Get(int(v.Codes[i]))
	}
	return !v.Valid.Get(i)
}

// Nulls gives the validity of the rows as a bitmap of Len bits, nil when no row is NULL. It may share memory with v.
func (v *Vector) Nulls() Bitmap {
	switch v.Form {
	case Const:
		if v.Valid.Get(0) {
			return nil
		}
		return NewBitmap(v.Len, false)
	case Dict:
		if v.Dictionary.Valid == nil {
			return v.Valid
		}
		out := NewBitmap(v.Len, true)
		copy(out, v.Valid)
		for i, c := range v.Codes[:v.Len] {
			if !v.Dictionary.Valid.Get(int(c)) {
				out.Clear(i)
			}
		}
		return out
	}
	return v.Valid
}

// HasNulls says whether any row may be NULL (a cheap test: true may be wrong, false never is).
func (v *Vector) HasNulls() bool {
	return v.Valid != nil || v.Form == Dict && v.Dictionary.Valid != nil
}

// Bytes is the string or binary value of row i; it must not be changed and lives as long as the vector.
func (v *Vector) Bytes(i int) []byte {
	w := v.Values()
	s := w.Spans[v.Index(i)]
	return w.Heap[s.Off : s.Off+s.Len : s.Off+s.Len]
}

// SizeBytes is the memory the vector holds, children and dictionary included, for the accountant.
func (v *Vector) SizeBytes() int64 {
	if v == nil {
		return 0
	}
	n := int64(cap(v.Bools)+cap(v.I8)) + 2*int64(cap(v.I16)) + 4*int64(cap(v.I32)+cap(v.F32)+cap(v.Codes)) +
		8*int64(cap(v.I64)+cap(v.F64)+cap(v.Spans)+cap(v.Ranges)+cap(v.Valid)) + 16*int64(cap(v.I128)+cap(v.Intervals)) + int64(cap(v.Heap)) + 200
	for _, c := range v.Children {
		n += c.SizeBytes()
	}
	return n + v.Dictionary.SizeBytes()
}
