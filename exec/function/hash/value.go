// Package hash holds the hash functions of SQL, whose values are Spark's: hash (murmur3), xxhash64, crc32, md5, sha1, sha2.
//
// In: vectors of any type. Out: numbers or hexadecimal text. Joins and aggregates do not use these (see exec/hashtable).
package hash

import (
	"math"

	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// algorithm hashes the plain forms of values onto a seed.
type algorithm[H uint32 | uint64] interface {
	int32(x int32, seed H) H
	int64(x int64, seed H) H
	bytes(b []byte, seed H) H
}

// XXHash64 is the xxhash64 of row i of v onto a seed; NULL leaves the seed.
func XXHash64(v *vector.Vector, i int, seed uint64) uint64 { return value[uint64](xx{}, v, i, seed) }

// Murmur3 is the hash of row i of v onto a seed; NULL leaves the seed.
func Murmur3(v *vector.Vector, i int, seed uint32) uint32 { return value[uint32](murmur{}, v, i, seed) }

func value[H uint32 | uint64, A algorithm[H]](a A, v *vector.Vector, i int, seed H) H {
	if v.IsNull(i) {
		return seed
	}
	w, i := v.Values(), v.Index(i)
	if v.Type.Kind == types.Decimal {
		if w.I128 == nil {
			return a.int64(w.I64[i], seed)
		}
		var buf [16]byte
		return a.bytes(twosComplement(w.I128[i], &buf), seed)
	}
	switch v.Type.Physical() {
	case types.PhysBool:
		if w.Bools[i] {
			return a.int32(1, seed)
		}
		return a.int32(0, seed)
	case types.PhysInt8:
		return a.int32(int32(w.I8[i]), seed)
	case types.PhysInt16:
		return a.int32(int32(w.I16[i]), seed)
	case types.PhysInt32:
		return a.int32(w.I32[i], seed)
	case types.PhysInt64:
		return a.int64(w.I64[i], seed)
	case types.PhysFloat32:
		f := w.F32[i]
		switch {
		case f == 0:
			return a.int32(0, seed)
		case f != f:
			return a.int32(0x7fc00000, seed)
		}
		return a.int32(int32(math.Float32bits(f)), seed)
	case types.PhysFloat64:
		f := w.F64[i]
		switch {
		case f == 0:
			return a.int64(0, seed)
		case f != f:
			return a.int64(0x7ff8000000000000, seed)
		}
		return a.int64(int64(math.Float64bits(f)), seed)
	case types.PhysBytes:
		s := w.Spans[i]
		return a.bytes(w.Heap[s.Off:s.Off+s.Len], seed)
	case types.PhysInterval:
		x := w.Intervals[i]
		return a.int32(x.Months, a.int32(x.Days, a.int64(x.Micros, seed)))
	case types.PhysList, types.PhysMap:
		r := w.Ranges[i]
		for k := r.Off; k < r.Off+r.Len; k++ {
			for _, c := range w.Children {
				seed = value[H](a, c, int(k), seed)
			}
		}
	case types.PhysStruct:
		for _, c := range w.Children {
			seed = value[H](a, c, i, seed)
		}
	}
	return seed
}

// twosComplement is the value as Java's BigInteger.toByteArray: big-endian, as short as possible.
func twosComplement(x types.Int128, buf *[16]byte) []byte {
	for k := 0; k < 8; k++ {
		buf[k] = byte(uint64(x.Hi) >> (56 - 8*k))
		buf[8+k] = byte(x.Lo >> (56 - 8*k))
	}
	b := buf[:]
	for len(b) > 1 && (b[0] == 0 && b[1] < 0x80 || b[0] == 0xff && b[1] >= 0x80) {
		b = b[1:]
	}
	return b
}
