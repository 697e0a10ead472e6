package vector

import "github.com/argan-sql/argan/types"

func gather[T any](src []T, sel []uint32) []T {
	out := make([]T, len(sel))
	for i, s := range sel {
		out[i] = src[s]
	}
	return out
}

func gatherBits(src Bitmap, sel []uint32) Bitmap {
	if src == nil {
		return nil
	}
	out := make(Bitmap, BitmapWords(len(sel)))
	var missing bool
	for i, s := range sel {
		bit := src[s>>6] >> (s & 63) & 1
		out[i>>6] |= bit << (uint(i) & 63)
		missing = missing || bit == 0
	}
	if !missing {
		return nil
	}
	return out
}

// Gather gives the rows sel of v, in that order; a row may come several times. Strings, list elements and
// dictionaries are shared with v, not copied.
func Gather(v *Vector, sel []uint32) *Vector {
	out := &Vector{Type: v.Type, Form: v.Form, Len: len(sel)}
	switch v.Form {
	case Const:
		c := *v
		c.Len = len(sel)
		return &c
	case Dict:
		out.Codes, out.Dictionary, out.Valid = gather(v.Codes, sel), v.Dictionary, gatherBits(v.Valid, sel)
		return out
	}
	out.Valid = gatherBits(v.Valid, sel)
	switch v.Type.Physical() {
	case types.PhysBool:
		out.Bools = gather(v.Bools, sel)
	case types.PhysInt8:
		out.I8 = gather(v.I8, sel)
	case types.PhysInt16:
		out.I16 = gather(v.I16, sel)
	case types.PhysInt32:
		out.I32 = gather(v.I32, sel)
	case types.PhysInt64:
		out.I64 = gather(v.I64, sel)
	case types.PhysInt128:
		out.I128 = gather(v.I128, sel)
	case types.PhysFloat32:
		out.F32 = gather(v.F32, sel)
	case types.PhysFloat64:
		out.F64 = gather(v.F64, sel)
	case types.PhysBytes:
		out.Spans, out.Heap = gather(v.Spans, sel), v.Heap
	case types.PhysInterval:
		out.Intervals = gather(v.Intervals, sel)
	case types.PhysList, types.PhysMap:
		out.Ranges, out.Children = gather(v.Ranges, sel), v.Children
	case types.PhysStruct:
		out.Children = make([]*Vector, len(v.Children))
		for i, c := range v.Children {
			out.Children[i] = Gather(c, sel)
		}
	}
	return out
}

func cut[T any](s []T, from, to int) []T {
	if s == nil {
		return nil
	}
	return s[from:to:to]
}

// Slice gives the rows from to to (exclusive) of v, sharing its memory (the bitmap is copied unless from is a
// multiple of 64).
func Slice(v *Vector, from, to int) *Vector {
	if from == 0 && to == v.Len {
		return v
	}
	out := *v
	out.Len = to - from
	if v.Form == Const {
		return &out
	}
	out.Valid = SliceBits(v.Valid, from, to)
	if v.Form == Dict {
		out.Codes = cut(v.Codes, from, to)
		return &out
	}
	out.Bools, out.I8, out.I16, out.I32, out.I64 = cut(v.Bools, from, to), cut(v.I8, from, to), cut(v.I16, from, to), cut(v.I32, from, to), cut(v.I64, from, to)
	out.I128, out.F32, out.F64 = cut(v.I128, from, to), cut(v.F32, from, to), cut(v.F64, from, to)
	out.Spans, out.Intervals, out.Ranges = cut(v.Spans, from, to), cut(v.Intervals, from, to), cut(v.Ranges, from, to)
	if v.Type.Kind == types.Struct {
		out.Children = make([]*Vector, len(v.Children))
		for i, c := range v.Children {
			out.Children[i] = Slice(c, from, to)
		}
	}
	return &out
}

// SliceBits gives bits from to to of b; nil stays nil.
func SliceBits(b Bitmap, from, to int) Bitmap {
	if b == nil {
		return nil
	}
	n := to - from
	if from&63 == 0 {
		return b[from>>6 : BitmapWords(to)]
	}
	out := make(Bitmap, BitmapWords(n))
	shift := uint(from) & 63
	for i := range out {
		w := from>>6 + i
		out[i] = b[w] >> shift
		if w+1 < len(b) {
			out[i] |= b[w+1] << (64 - shift)
		}
	}
	return out
}

// Flatten gives v in Flat form (v itself if it is); nested children of a Const struct are flattened too.
func Flatten(v *Vector) *Vector {
	switch v.Form {
	case Const:
		f := *v
		f.Form = Flat
		f.Len = 1
		if v.Type.Kind == types.Struct {
			f.Children = make([]*Vector, len(v.Children))
			for i, c := range v.Children {
				f.Children[i] = Flatten(c)
			}
		}
		return Gather(&f, make([]uint32, v.Len))
	case Dict:
		f := Gather(v.Dictionary, v.Codes[:v.Len])
		if v.Valid != nil {
			f.Valid = And(v.Valid, f.Valid, v.Len)
		}
		return f
	}
	return v
}

// FlattenAll is Flatten for the children too: no vector in the result is Const or Dict.
func FlattenAll(v *Vector) *Vector {
	v = Flatten(v)
	if len(v.Children) == 0 {
		return v
	}
	out := *v
	out.Children = make([]*Vector, len(v.Children))
	for i, c := range v.Children {
		out.Children[i] = FlattenAll(c)
	}
	return &out
}
