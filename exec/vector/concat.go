package vector

import (
	"fmt"
	"math"

	"github.com/argan-sql/argan/types"
)

func appendAll[T any](vs []*Vector, n int, part func(*Vector) []T) []T {
	out := make([]T, 0, n)
	for _, v := range vs {
		out = append(out, part(v)...)
	}
	return out
}

// Concat is the rows of vs, which have the physical form of type t, one after the other. Strings are copied into one
// heap, only those that rows refer to. Dict vectors stay Dict, by joining their dictionaries, as long as these are small
// beside the rows.
func Concat(t *types.Type, vs []*Vector) *Vector {
	if len(vs) == 1 {
		return vs[0]
	}
	n, dict, konst := 0, len(vs) > 0, len(vs) > 0
	for _, v := range vs {
		n += v.Len
		dict = dict && v.Form == Dict
		konst = konst && v.Form == Const
	}
	if konst && allNull(vs) {
		return NullConst(t, n)
	}
	if dict {
		if out := concatDict(t, vs, n); out != nil {
			return out
		}
	}
	flat := make([]*Vector, len(vs))
	for i, v := range vs {
		flat[i] = Flatten(v)
	}
	out := &Vector{Type: t, Len: n, Valid: concatBits(flat, n)}
	switch t.Physical() {
	case types.PhysBool:
		out.Bools = appendAll(flat, n, func(v *Vector) []bool { return v.Bools[:v.Len] })
	case types.PhysInt8:
		out.I8 = appendAll(flat, n, func(v *Vector) []int8 { return v.I8[:v.Len] })
	case types.PhysInt16:
		out.I16 = appendAll(flat, n, func(v *Vector) []int16 { return v.I16[:v.Len] })
	case types.PhysInt32:
		out.I32 = appendAll(flat, n, func(v *Vector) []int32 { return v.I32[:v.Len] })
	case types.PhysInt64:
		out.I64 = appendAll(flat, n, func(v *Vector) []int64 { return v.I64[:v.Len] })
	case types.PhysInt128:
		out.I128 = appendAll(flat, n, func(v *Vector) []types.Int128 { return v.I128[:v.Len] })
	case types.PhysFloat32:
		out.F32 = appendAll(flat, n, func(v *Vector) []float32 { return v.F32[:v.Len] })
	case types.PhysFloat64:
		out.F64 = appendAll(flat, n, func(v *Vector) []float64 { return v.F64[:v.Len] })
	case types.PhysInterval:
		out.Intervals = appendAll(flat, n, func(v *Vector) []types.Interval { return v.Intervals[:v.Len] })
	case types.PhysBytes:
		concatBytes(out, flat, n)
	case types.PhysList, types.PhysMap:
		concatLists(out, flat, n)
	case types.PhysStruct:
		out.Children = make([]*Vector, len(t.Fields))
		part := make([]*Vector, len(flat))
		for c, f := range t.Fields {
			for i, v := range flat {
				part[i] = v.Children[c]
				if part[i].Len != v.Len {
					part[i] = Slice(part[i], 0, v.Len)
				}
			}
			out.Children[c] = Concat(f.Type, append([]*Vector{}, part...))
		}
	}
	return out
}

func allNull(vs []*Vector) bool {
	for _, v := range vs {
		if v.Valid.Get(0) {
			return false
		}
	}
	return true
}

func concatBits(vs []*Vector, n int) Bitmap {
	any := false
	for _, v := range vs {
		any = any || v.Valid != nil
	}
	if !any {
		return nil
	}
	out := NewBitmap(n, true)
	at := 0
	for _, v := range vs {
		out.putBits(at, v.Valid, v.Len)
		at += v.Len
	}
	return out
}

// putBits clears the bits from at on where src is clear.
func (b Bitmap) putBits(at int, src Bitmap, n int) {
	if src == nil {
		return
	}
	shift := uint(at) & 63
	for w := 0; w < BitmapWords(n); w++ {
		missing := ^src[w]
		if r := n - w*64; r < 64 {
			missing &= 1<<uint(r) - 1
		}
		if missing == 0 {
			continue
		}
		b[at>>6+w] &^= missing << shift
		if shift != 0 && missing>>(64-shift) != 0 {
			b[at>>6+w+1] &^= missing >> (64 - shift)
		}
	}
}

func concatDict(t *types.Type, vs []*Vector, n int) *Vector {
	base := make([]uint32, len(vs))
	var dicts []*Vector
	total, same := 0, true
	for i, v := range vs {
		switch {
		case i > 0 && v.Dictionary == vs[i-1].Dictionary:
			base[i] = base[i-1]
		default:
			base[i] = uint32(total)
			total += v.Dictionary.Len
			dicts = append(dicts, v.Dictionary)
			same = i == 0
		}
	}
	if len(dicts) > 1 && (total > n/2 || total > math.MaxInt32) {
		return nil
	}
	out := &Vector{Type: t, Form: Dict, Len: n, Valid: concatBits(vs, n)}
	if same && len(dicts) == 1 {
		out.Dictionary = dicts[0]
	} else {
		out.Dictionary = Concat(t, dicts)
	}
	out.Codes = make([]uint32, 0, n)
	for i, v := range vs {
		if base[i] == 0 {
			out.Codes = append(out.Codes, v.Codes[:v.Len]...)
			continue
		}
		for _, c := range v.Codes[:v.Len] {
			out.Codes = append(out.Codes, c+base[i])
		}
	}
	return out
}

func concatBytes(out *Vector, vs []*Vector, n int) {
	var total uint64
	for _, v := range vs {
		for _, s := range v.Spans[:v.Len] {
			total += uint64(s.Len)
		}
	}
	if total > math.MaxUint32 {
		panic(fmt.Sprintf("vector: %d bytes of strings in one vector", total))
	}
	out.Spans = make([]Span, n)
	out.Heap = make([]byte, 0, total)
	k := 0
	for _, v := range vs {
		for i, s := range v.Spans[:v.Len] {
			if v.Valid != nil && !v.Valid.Get(i) {
				k++
				continue
			}
			out.Spans[k] = Span{uint32(len(out.Heap)), s.Len}
			out.Heap = append(out.Heap, v.Heap[s.Off:s.Off+s.Len]...)
			k++
		}
	}
}

func concatLists(out *Vector, vs []*Vector, n int) {
	out.Ranges = make([]Range, 0, n)
	kids := make([][]*Vector, len(vs[0].Children))
	at := uint32(0)
	for _, v := range vs {
		// Only the elements that rows refer to, in the order of the rows.
		var sel []uint32
		dense := true
		next := uint32(0)
		for i, r := range v.Ranges[:v.Len] {
			if !v.Valid.Get(i) {
				r.Len = 0
			}
			if r.Len > 0 {
				dense = dense && r.Off == next
				next = r.Off + r.Len
			}
			out.Ranges = append(out.Ranges, Range{at, r.Len})
			at += r.Len
		}
		dense = dense && int(next) == v.Children[0].Len
		if !dense {
			for i, r := range v.Ranges[:v.Len] {
				if v.Valid.Get(i) {
					for j := r.Off; j < r.Off+r.Len; j++ {
						sel = append(sel, j)
					}
				}
			}
		}
		for k, c := range v.Children {
			if !dense {
				c = Gather(c, sel)
			}
			kids[k] = append(kids[k], c)
		}
	}
	out.Children = make([]*Vector, len(kids))
	for k := range kids {
		ct := vs[0].Children[k].Type
		out.Children[k] = Concat(ct, kids[k])
	}
}
