// Package sortkey turns sort keys into bytes that compare as the keys do.
//
// In: key vectors with direction and place of NULLs. Out: a byte string per row; bytes.Compare of two of them is Spark's
// order of the rows: NaN is the largest number, -0.0 equals 0.0, strings compare by their UTF-8 bytes. Sorting, merging
// and window peers then know nothing of types.
package sortkey

import (
	"encoding/binary"
	"math"

	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// Key is a key of an order.
type Key struct {
	Type       *types.Type
	Desc       bool
	NullsFirst bool
}

// Encoder encodes rows. It belongs to one worker.
type Encoder struct {
	keys []Key
	// width is the length of every row's bytes, 0 when they vary.
	width int
	at    []int // position of each key where width is fixed
	lens  []uint32
	pos   []uint64
}

// New makes an encoder.
func New(keys []Key) *Encoder {
	e := &Encoder{keys: keys}
	for _, k := range keys {
		w := fixedWidth(k.Type)
		if w == 0 {
			e.width, e.at = 0, nil
			return e
		}
		e.at = append(e.at, e.width)
		e.width += 1 + w
	}
	return e
}

// fixedWidth is the number of bytes of a value without its NULL byte, 0 when it varies.
func fixedWidth(t *types.Type) int {
	switch t.Physical() {
	case types.PhysNull, types.PhysBool, types.PhysInt8:
		return 1
	case types.PhysInt16:
		return 2
	case types.PhysInt32, types.PhysFloat32:
		return 4
	case types.PhysInt64, types.PhysFloat64:
		return 8
	case types.PhysInt128, types.PhysInterval:
		return 16
	}
	return 0
}

// Rows holds the encoded keys of rows.
type Rows struct {
	Heap []byte
	// Width is the length of each key; 0: key i is Heap[Ends[i-1]:Ends[i]].
	Width int
	Ends  []uint64
	N     int
	// FirstNull says that the first key is NULL in some row.
	FirstNull bool
}

// Bytes is the key of row i.
func (r *Rows) Bytes(i int) []byte {
	if r.Width > 0 {
		return r.Heap[i*r.Width : (i+1)*r.Width]
	}
	from := uint64(0)
	if i > 0 {
		from = r.Ends[i-1]
	}
	return r.Heap[from:r.Ends[i]]
}

// SizeBytes is the memory of the keys.
func (r *Rows) SizeBytes() int64 { return int64(cap(r.Heap) + 8*cap(r.Ends)) }

// Prefix is the first eight bytes of key i as a number that orders as they do. Where no first key is NULL its NULL byte
// says nothing and is left out.
func (r *Rows) Prefix(i int) uint64 {
	b := r.Bytes(i)
	if !r.FirstNull && len(b) > 0 {
		b = b[1:]
	}
	return load(b)
}

// PrefixDecides says that two keys of equal prefix are equal.
func (r *Rows) PrefixDecides() bool {
	return r.Width > 0 && (r.Width <= 8 || r.Width == 9 && !r.FirstNull)
}

// Append encodes n rows of key vectors behind those that are there.
func (e *Encoder) Append(r *Rows, cols []*vector.Vector, n int) {
	if len(cols) > 0 && cols[0].HasNulls() && !cols[0].Nulls().AllValid(n) {
		r.FirstNull = true
	}
	if e.width > 0 {
		r.Width = e.width
		from := len(r.Heap)
		r.Heap = extend(r.Heap, n*e.width)
		r.N += n
		for k, v := range cols {
			e.fixed(k, r.Heap[from+e.at[k]:], e.width, v, n)
		}
		return
	}
	e.varying(r, cols, n)
}

func extend(b []byte, n int) []byte {
	if cap(b) >= len(b)+n {
		return b[:len(b)+n]
	}
	out := make([]byte, len(b)+n, max(len(b)+n, 2*cap(b)))
	copy(out, b)
	return out
}

// nullBytes gives the byte before a NULL and before a value.
func (k Key) nullByte() byte {
	if k.NullsFirst {
		return 0
	}
	return 2
}

// fixed writes key k of n rows, dst[i*stride:] being its place in row i.
func (e *Encoder) fixed(k int, dst []byte, stride int, v *vector.Vector, n int) {
	key := e.keys[k]
	v = vector.Flatten(v)
	width := fixedWidth(key.Type)
	switch v.Type.Physical() {
	case types.PhysBool:
		for i, x := range v.Bools[:n] {
			b := byte(0)
			if x {
				b = 1
			}
			dst[i*stride], dst[i*stride+1] = 1, b
		}
	case types.PhysInt8:
		for i, x := range v.I8[:n] {
			dst[i*stride], dst[i*stride+1] = 1, byte(x)^0x80
		}
	case types.PhysInt16:
		for i, x := range v.I16[:n] {
			dst[i*stride] = 1
			binary.BigEndian.PutUint16(dst[i*stride+1:], uint16(x)^1<<15)
		}
	case types.PhysInt32:
		for i, x := range v.I32[:n] {
			dst[i*stride] = 1
			binary.BigEndian.PutUint32(dst[i*stride+1:], uint32(x)^1<<31)
		}
	case types.PhysInt64:
		for i, x := range v.I64[:n] {
			dst[i*stride] = 1
			binary.BigEndian.PutUint64(dst[i*stride+1:], uint64(x)^1<<63)
		}
	case types.PhysFloat32:
		for i, x := range v.F32[:n] {
			dst[i*stride] = 1
			binary.BigEndian.PutUint32(dst[i*stride+1:], float32Bits(x))
		}
	case types.PhysFloat64:
		for i, x := range v.F64[:n] {
			dst[i*stride] = 1
			binary.BigEndian.PutUint64(dst[i*stride+1:], float64Bits(x))
		}
	case types.PhysInt128:
		for i, x := range v.I128[:n] {
			dst[i*stride] = 1
			binary.BigEndian.PutUint64(dst[i*stride+1:], uint64(x.Hi)^1<<63)
			binary.BigEndian.PutUint64(dst[i*stride+9:], x.Lo)
		}
	case types.PhysInterval:
		for i, x := range v.Intervals[:n] {
			dst[i*stride] = 1
			putInterval(dst[i*stride+1:], x)
		}
	}
	if key.Desc {
		for i := 0; i < n; i++ {
			b := dst[i*stride+1 : i*stride+1+width]
			for j := range b {
				b[j] = ^b[j]
			}
		}
	}
	if v.Valid != nil {
		null := key.nullByte()
		for i := 0; i < n; i++ {
			if !v.Valid.Get(i) {
				dst[i*stride] = null
				clear(dst[i*stride+1 : i*stride+1+width])
			}
		}
	}
}

func putInterval(dst []byte, x types.Interval) {
	binary.BigEndian.PutUint32(dst, uint32(x.Months)^1<<31)
	binary.BigEndian.PutUint32(dst[4:], uint32(x.Days)^1<<31)
	binary.BigEndian.PutUint64(dst[8:], uint64(x.Micros)^1<<63)
}

func float64Bits(x float64) uint64 {
	switch {
	case x != x:
		return math.MaxUint64
	case x == 0:
		return 1 << 63
	}
	b := math.Float64bits(x)
	if b>>63 != 0 {
		return ^b
	}
	return b | 1<<63
}

func float32Bits(x float32) uint32 {
	switch {
	case x != x:
		return math.MaxUint32
	case x == 0:
		return 1 << 31
	}
	b := math.Float32bits(x)
	if b>>31 != 0 {
		return ^b
	}
	return b | 1<<31
}

// Width is the number of bytes of every key, an estimate where they vary.
func (e *Encoder) Width() int {
	if e.width > 0 {
		return e.width
	}
	return 16 * len(e.keys)
}
