package parquet

import (
	"encoding/binary"
	"math"
	"unsafe"

	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// sink decodes values of a leaf into a Flat vector of the leaf's own type.
type sink struct {
	leaf *node
	v    *vector.Vector

	scratch32      []int32
	scratch64      []int64
	scratchLengths []int64
}

func newSink(leaf *node) *sink {
	return &sink{leaf: leaf, v: &vector.Vector{Type: leaf.typ}}
}

// plainHeap says whether PLAIN pages become part of the heap as they are.
func (s *sink) plainHeap() bool {
	return s.leaf.element.physical == physByteArray && s.v.Type.Physical() == types.PhysBytes
}

func ensure[T any](s *[]T, n int) {
	if n <= len(*s) {
		return
	}
	if n <= cap(*s) {
		*s = (*s)[:n]
		return
	}
	grown := make([]T, n, max(n, cap(*s)+cap(*s)/2))
	copy(grown, *s)
	*s = grown
}

// reserve makes room for n values in all.
func (s *sink) reserve(n int) {
	v := s.v
	switch v.Type.Physical() {
	case types.PhysBool:
		ensure(&v.Bools, n)
	case types.PhysInt8:
		ensure(&v.I8, n)
	case types.PhysInt16:
		ensure(&v.I16, n)
	case types.PhysInt32:
		ensure(&v.I32, n)
	case types.PhysInt64:
		ensure(&v.I64, n)
	case types.PhysInt128:
		ensure(&v.I128, n)
	case types.PhysFloat32:
		ensure(&v.F32, n)
	case types.PhysFloat64:
		ensure(&v.F64, n)
	case types.PhysBytes:
		ensure(&v.Spans, n)
	}
}

func shrink[T any](s *[]T, n int) {
	if *s != nil {
		*s = (*s)[:n]
	}
}

// finish cuts the vector to n values.
func (s *sink) finish(n int) *vector.Vector {
	v := s.v
	s.reserve(n)
	v.Len = n
	shrink(&v.Bools, n)
	shrink(&v.I8, n)
	shrink(&v.I16, n)
	shrink(&v.I32, n)
	shrink(&v.I64, n)
	shrink(&v.I128, n)
	shrink(&v.F32, n)
	shrink(&v.F64, n)
	shrink(&v.Spans, n)
	return v
}

// spread opens the gaps of NULLs among the n places from at on, of which set hold values at the front.
func (s *sink) spread(at, n, set int, valid vector.Bitmap) {
	v := s.v
	switch v.Type.Physical() {
	case types.PhysBool:
		spread(v.Bools[at:at+n], valid, n, set)
	case types.PhysInt8:
		spread(v.I8[at:at+n], valid, n, set)
	case types.PhysInt16:
		spread(v.I16[at:at+n], valid, n, set)
	case types.PhysInt32:
		spread(v.I32[at:at+n], valid, n, set)
	case types.PhysInt64:
		spread(v.I64[at:at+n], valid, n, set)
	case types.PhysInt128:
		spread(v.I128[at:at+n], valid, n, set)
	case types.PhysFloat32:
		spread(v.F32[at:at+n], valid, n, set)
	case types.PhysFloat64:
		spread(v.F64[at:at+n], valid, n, set)
	case types.PhysBytes:
		spread(v.Spans[at:at+n], valid, n, set)
	}
}

// pick keeps the rows of ranges (relative to at) of the page at at, closing up.
func pick[T any](s []T, at int, ranges []RowRange) {
	w := at
	for _, r := range ranges {
		w += copy(s[w:], s[at+r.From:at+r.To])
	}
}

func (s *sink) pick(at int, ranges []RowRange) {
	v := s.v
	switch v.Type.Physical() {
	case types.PhysBool:
		pick(v.Bools, at, ranges)
	case types.PhysInt8:
		pick(v.I8, at, ranges)
	case types.PhysInt16:
		pick(v.I16, at, ranges)
	case types.PhysInt32:
		pick(v.I32, at, ranges)
	case types.PhysInt64:
		pick(v.I64, at, ranges)
	case types.PhysInt128:
		pick(v.I128, at, ranges)
	case types.PhysFloat32:
		pick(v.F32, at, ranges)
	case types.PhysFloat64:
		pick(v.F64, at, ranges)
	case types.PhysBytes:
		pick(v.Spans, at, ranges)
	}
}

func gatherCodes[T any](dst, src []T, codes []uint32) {
	dst = dst[:len(codes)]
	for i, c := range codes {
		dst[i] = src[c]
	}
}

// gather puts values of a dictionary at at. The codes have been checked.
func (s *sink) gather(at int, dict *vector.Vector, codes []uint32) {
	v := s.v
	switch v.Type.Physical() {
	case types.PhysBool:
		gatherCodes(v.Bools[at:], dict.Bools, codes)
	case types.PhysInt8:
		gatherCodes(v.I8[at:], dict.I8, codes)
	case types.PhysInt16:
		gatherCodes(v.I16[at:], dict.I16, codes)
	case types.PhysInt32:
		gatherCodes(v.I32[at:], dict.I32, codes)
	case types.PhysInt64:
		gatherCodes(v.I64[at:], dict.I64, codes)
	case types.PhysInt128:
		gatherCodes(v.I128[at:], dict.I128, codes)
	case types.PhysFloat32:
		gatherCodes(v.F32[at:], dict.F32, codes)
	case types.PhysFloat64:
		gatherCodes(v.F64[at:], dict.F64, codes)
	case types.PhysBytes:
		gatherCodes(v.Spans[at:], dict.Spans, codes)
	}
}

// roomInHeap refuses what 32-bit offsets cannot address.
func (s *sink) roomInHeap(n int64) error {
	if int64(len(s.v.Heap))+n > math.MaxUint32 {
		return sqlerr.Unsupported("a Parquet column chunk with more than 4 GiB of strings (column %s)", types.QuoteIfNeeded(s.leaf.name))
	}
	return nil
}

func cast[T, S any](s []S) []T {
	if len(s) == 0 {
		return nil
	}
	var t T
	var u S
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*int(unsafe.Sizeof(u))/int(unsafe.Sizeof(t)))
}

func notEncoded(e *schemaElement, enc int32) error {
	return damaged("column %q of type %s has encoding %d", e.name, e.physical, enc)
}

func shortPage(e *schemaElement, have, want int) error {
	return damaged("a page of column %q has %d bytes of values instead of %d", e.name, have, want)
}

// decode decodes n values of a page to at and after; reserve has made room. data has padding behind it.
func (s *sink) decode(enc int32, data []byte, at, n int) error {
	v, e := s.v, s.leaf.element
	if n == 0 {
		return nil
	}
	if v.Type.Kind == types.Null {
		return nil
	}
	switch e.physical {
	case physBoolean:
		return decodeBooleans(e, enc, data, v.Bools[at:at+n])
	case physInt32:
		if v.I32 != nil {
			return s.decode32(enc, data, v.I32[at:at+n])
		}
		if cap(s.scratch32) < n {
			s.scratch32 = make([]int32, n)
		}
		raw := s.scratch32[:n]
		if err := s.decode32(enc, data, raw); err != nil {
			return err
		}
		return narrow32(v, e, raw, at)
	case physInt64:
		if v.I64 == nil {
			raw := int64Scratch(&s.scratchLengths, n)
			if err := s.decode64(enc, data, raw); err != nil {
				return err
			}
			for i, x := range raw {
				v.I128[at+i] = types.Int128From(x)
				if e.unsigned {
					v.I128[at+i].Hi = 0
				}
			}
			return nil
		}
		dst := v.I64[at : at+n]
		if err := s.decode64(enc, data, dst); err != nil {
			return err
		}
		if e.ann == annTimestamp {
			toMicros(dst, e.unit)
		}
		return nil
	case physFloat:
		return s.decode32(enc, data, cast[int32](v.F32[at:at+n]))
	case physDouble:
		return s.decode64(enc, data, cast[int64](v.F64[at:at+n]))
	case physInt96:
		return decodeInt96(e, enc, data, v.I64[at:at+n])
	case physByteArray:
		return s.decodeByteArrays(enc, data, at, n)
	case physFixed:
		return s.decodeFixed(enc, data, at, n)
	}
	return notEncoded(e, enc)
}

func (s *sink) decode32(enc int32, data []byte, dst []int32) error {
	switch enc {
	case encPlain:
		if len(data) < 4*len(dst) {
			return shortPage(s.leaf.element, len(data), 4*len(dst))
		}
		copy(cast[byte](dst), data)
		return nil
	case encDeltaBinary:
		wide := int64Scratch(&s.scratch64, len(dst))
		if _, err := decodeDelta(wide, data); err != nil {
			return err
		}
		for i, x := range wide {
			dst[i] = int32(x)
		}
		return nil
	case encByteStreamSplit:
		return joinStreams(s.leaf.element, cast[byte](dst), data, 4)
	}
	return notEncoded(s.leaf.element, enc)
}

func (s *sink) decode64(enc int32, data []byte, dst []int64) error {
	switch enc {
	case encPlain:
		if len(data) < 8*len(dst) {
			return shortPage(s.leaf.element, len(data), 8*len(dst))
		}
		copy(cast[byte](dst), data)
		return nil
	case encDeltaBinary:
		_, err := decodeDelta(dst, data)
		return err
	case encByteStreamSplit:
		return joinStreams(s.leaf.element, cast[byte](dst), data, 8)
	}
	return notEncoded(s.leaf.element, enc)
}

// joinStreams undoes BYTE_STREAM_SPLIT: byte k of all values lies together.
func joinStreams(e *schemaElement, dst, data []byte, width int) error {
	if len(data) < len(dst) {
		return shortPage(e, len(data), len(dst))
	}
	n := len(dst) / width
	for k := 0; k < width; k++ {
		stream := data[k*n : (k+1)*n]
		for i, b := range stream {
			dst[i*width+k] = b
		}
	}
	return nil
}

// narrow32 moves 32-bit numbers to the width of their type.
func narrow32(v *vector.Vector, e *schemaElement, raw []int32, at int) error {
	switch {
	case v.I64 != nil && e.unsigned:
		for i, x := range raw {
			v.I64[at+i] = int64(uint32(x))
		}
	case v.I64 != nil:
		dst := v.I64[at : at+len(raw)]
		for i, x := range raw {
			dst[i] = int64(x)
		}
	case v.I16 != nil:
		for i, x := range raw {
			v.I16[at+i] = int16(x)
		}
	case v.I8 != nil:
		for i, x := range raw {
			v.I8[at+i] = int8(x)
		}
	case v.I128 != nil:
		for i, x := range raw {
			v.I128[at+i] = types.Int128From(int64(x))
		}
	default:
		return notEncoded(e, encPlain)
	}
	return nil
}

func toMicros(dst []int64, unit timeUnit) {
	switch unit {
	case unitMillis:
		for i, x := range dst {
			dst[i] = x * 1000
		}
	case unitNanos:
		for i, x := range dst {
			q := x / 1000
			if x%1000 < 0 {
				q--
			}
			dst[i] = q
		}
	}
}

const (
	julianEpoch  = 2440588 // the Julian day of 1970-01-01
	microsPerDay = 86_400_000_000
)

func decodeInt96(e *schemaElement, enc int32, data []byte, dst []int64) error {
	if enc != encPlain {
		return notEncoded(e, enc)
	}
	if len(data) < 12*len(dst) {
		return shortPage(e, len(data), 12*len(dst))
	}
	for i := range dst {
		b := data[12*i : 12*i+12]
		nanos := int64(binary.LittleEndian.Uint64(b))
		day := int64(int32(binary.LittleEndian.Uint32(b[8:])))
		dst[i] = (day-julianEpoch)*microsPerDay + nanos/1000
	}
	return nil
}

// eightBools holds the booleans of each byte.
var eightBools = func() (t [256][8]bool) {
	for b := range t {
		for k := range t[b] {
			t[b][k] = b>>k&1 != 0
		}
	}
	return t
}()

func decodeBooleans(e *schemaElement, enc int32, data []byte, dst []bool) error {
	switch enc {
	case encPlain:
		if len(data) < (len(dst)+7)/8 {
			return shortPage(e, len(data), (len(dst)+7)/8)
		}
	case encRLE:
		if len(data) < 4 {
			return shortPage(e, len(data), 4)
		}
		n := binary.LittleEndian.Uint32(data)
		if uint64(n) > uint64(len(data)-4) {
			return shortPage(e, len(data)-4, int(n))
		}
		bits := make(vector.Bitmap, vector.BitmapWords(len(dst)))
		set, err := decodeBits(bits, data[4:4+n], len(dst))
		if err != nil {
			return err
		}
		if set == len(dst) {
			fill(dst, true)
			return nil
		}
		data = cast[byte](bits)
	default:
		return notEncoded(e, enc)
	}
	for i := 0; i < len(dst); i += 8 {
		copy(dst[i:], eightBools[data[i>>3]][:])
	}
	return nil
}
