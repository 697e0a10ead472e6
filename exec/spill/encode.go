package spill

import (
	"encoding/binary"
	"unsafe"

	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// The form of a vector in a file: a byte that says whether it has a bitmap, then the words of its slices, each
// aligned to 8 bytes. Constants and dictionaries are written flat.

func bytesOf[T any](s []T) []byte {
	if len(s) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*int(unsafe.Sizeof(s[0])))
}

func align(n int) int { return (n + 7) &^ 7 }

func appendSlice[T any](out []byte, s []T) []byte {
	for len(out)%8 != 0 {
		out = append(out, 0)
	}
	return append(out, bytesOf(s)...)
}

// takeSlice is a slice of n values in buf, which is aligned; it shares buf's memory.
func takeSlice[T any](buf []byte, at, n int) ([]T, int) {
	at = align(at)
	if n == 0 {
		return nil, at
	}
	var zero T
	s := unsafe.Slice((*T)(unsafe.Pointer(&buf[at])), n)
	return s, at + n*int(unsafe.Sizeof(zero))
}

func alignedBytes(n int) []byte {
	return bytesOf(make([]uint64, (n+7)/8+1))[:n]
}

func appendVector(out []byte, v *vector.Vector, n int) []byte {
	v = vector.Flatten(v)
	if v.Valid == nil {
		out = append(out, 0)
	} else {
		out = append(out, 1)
		out = appendSlice(out, v.Valid[:vector.BitmapWords(n)])
	}
	switch v.Type.Physical() {
	case types.PhysBool:
		out = appendSlice(out, v.Bools[:n])
	case types.PhysInt8:
		out = appendSlice(out, v.I8[:n])
	case types.PhysInt16:
		out = appendSlice(out, v.I16[:n])
	case types.PhysInt32:
		out = appendSlice(out, v.I32[:n])
	case types.PhysInt64:
		out = appendSlice(out, v.I64[:n])
	case types.PhysInt128:
		out = appendSlice(out, v.I128[:n])
	case types.PhysFloat32:
		out = appendSlice(out, v.F32[:n])
	case types.PhysFloat64:
		out = appendSlice(out, v.F64[:n])
	case types.PhysInterval:
		out = appendSlice(out, v.Intervals[:n])
	case types.PhysBytes:
		// Only the bytes that rows refer to.
		spans := make([]vector.Span, n)
		total := uint32(0)
		for i, s := range v.Spans[:n] {
			if v.Valid.Get(i) {
				spans[i] = vector.Span{Off: total, Len: s.Len}
				total += s.Len
			}
		}
		out = appendSlice(out, spans)
		out = binary.LittleEndian.AppendUint32(out, total)
		for i, s := range v.Spans[:n] {
			if spans[i].Len > 0 {
				out = append(out, v.Heap[s.Off:s.Off+s.Len]...)
			}
		}
	case types.PhysList, types.PhysMap:
		ranges := make([]vector.Range, n)
		var sel []uint32
		for i, r := range v.Ranges[:n] {
			if v.Valid.Get(i) {
				ranges[i] = vector.Range{Off: uint32(len(sel)), Len: r.Len}
				for j := r.Off; j < r.Off+r.Len; j++ {
					sel = append(sel, j)
				}
			}
		}
		out = appendSlice(out, ranges)
		out = binary.LittleEndian.AppendUint32(out, uint32(len(sel)))
		for _, c := range v.Children {
			out = appendVector(out, vector.Gather(c, sel), len(sel))
		}
	case types.PhysStruct:
		for _, c := range v.Children {
			out = appendVector(out, c, n)
		}
	}
	return out
}

func takeVector(buf []byte, at int, t *types.Type, n int) (*vector.Vector, int) {
	v := &vector.Vector{Type: t, Len: n}
	has := buf[at]
	at++
	if has == 1 {
		var words []uint64
		words, at = takeSlice[uint64](buf, at, vector.BitmapWords(n))
		v.Valid = words
	}
	switch t.Physical() {
	case types.PhysNull:
		if v.Valid == nil {
			v.Valid = vector.NewBitmap(n, false)
		}
	case types.PhysBool:
		v.Bools, at = takeSlice[bool](buf, at, n)
	case types.PhysInt8:
		v.I8, at = takeSlice[int8](buf, at, n)
	case types.PhysInt16:
		v.I16, at = takeSlice[int16](buf, at, n)
	case types.PhysInt32:
		v.I32, at = takeSlice[int32](buf, at, n)
	case types.PhysInt64:
		v.I64, at = takeSlice[int64](buf, at, n)
	case types.PhysInt128:
		v.I128, at = takeSlice[types.Int128](buf, at, n)
	case types.PhysFloat32:
		v.F32, at = takeSlice[float32](buf, at, n)
	case types.PhysFloat64:
		v.F64, at = takeSlice[float64](buf, at, n)
	case types.PhysInterval:
		v.Intervals, at = takeSlice[types.Interval](buf, at, n)
	case types.PhysBytes:
		v.Spans, at = takeSlice[vector.Span](buf, at, n)
		total := int(binary.LittleEndian.Uint32(buf[at:]))
		at += 4
		v.Heap = buf[at : at+total : at+total]
		at += total
	case types.PhysList, types.PhysMap:
		v.Ranges, at = takeSlice[vector.Range](buf, at, n)
		k := int(binary.LittleEndian.Uint32(buf[at:]))
		at += 4
		kids := []*types.Type{t.Elem}
		if t.Kind == types.Map {
			kids = []*types.Type{t.Key, t.Elem}
		}
		for _, kt := range kids {
			var c *vector.Vector
			c, at = takeVector(buf, at, kt, k)
			v.Children = append(v.Children, c)
		}
	case types.PhysStruct:
		for _, f := range t.Fields {
			var c *vector.Vector
			c, at = takeVector(buf, at, f.Type, n)
			v.Children = append(v.Children, c)
		}
	}
	return v, at
}
