package parquet

import (
	"encoding/binary"
	"math"
)

// The types of Thrift's compact protocol.
const (
	thriftTrue   = 1
	thriftFalse  = 2
	thriftByte   = 3
	thriftI16    = 4
	thriftI32    = 5
	thriftI64    = 6
	thriftDouble = 7
	thriftBinary = 8
	thriftList   = 9
	thriftSet    = 10
	thriftMap    = 11
	thriftStruct = 12
)

const thriftDepth = 32 // structures nested deeper than this are not Parquet's

// thriftReader reads the compact protocol. The first error sticks: after it every read gives zero and every
// structure ends, so callers check err once.
type thriftReader struct {
	b     []byte
	pos   int
	depth int
	err   error
}

func (r *thriftReader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = damaged(format, args...)
	}
	r.pos = len(r.b)
}

func (r *thriftReader) byte() byte {
	if r.pos >= len(r.b) {
		r.fail("metadata ends early")
		return 0
	}
	c := r.b[r.pos]
	r.pos++
	return c
}

func (r *thriftReader) uvarint() uint64 {
	if r.pos > len(r.b) {
		return 0
	}
	v, n := binary.Uvarint(r.b[r.pos:])
	if n <= 0 {
		r.fail("metadata has a broken number")
		return 0
	}
	r.pos += n
	return v
}

func (r *thriftReader) varint() int64 {
	u := r.uvarint()
	return int64(u>>1) ^ -int64(u&1)
}

// structure calls field for each field; field must consume the value (or call skip).
func (r *thriftReader) structure(field func(id int16, typ byte)) {
	r.depth++
	if r.depth > thriftDepth {
		r.fail("metadata is nested too deep")
	}
	var id int16
	for r.err == nil {
		h := r.byte()
		if h == 0 || r.err != nil {
			break
		}
		if d := h >> 4; d != 0 {
			id += int16(d)
		} else {
			id = int16(r.varint())
		}
		field(id, h&15)
	}
	r.depth--
}

// list calls element for each element of a list.
func (r *thriftReader) list(typ byte, element func(typ byte)) {
	if typ != thriftList && typ != thriftSet {
		r.fail("metadata has type %d instead of a list", typ)
		return
	}
	n, t := r.listHeader()
	for i := 0; i < n && r.err == nil; i++ {
		element(t)
	}
}

func (r *thriftReader) listHeader() (n int, typ byte) {
	h := r.byte()
	size := uint64(h >> 4)
	if size == 15 {
		size = r.uvarint()
	}
	if size > uint64(len(r.b)-r.pos) {
		r.fail("metadata has a list of %d elements", size)
		return 0, 0
	}
	return int(size), h & 15
}

func (r *thriftReader) int64(typ byte) int64 {
	switch typ {
	case thriftByte:
		return int64(int8(r.byte()))
	case thriftI16, thriftI32, thriftI64:
		return r.varint()
	}
	r.fail("metadata has type %d instead of a number", typ)
	return 0
}

func (r *thriftReader) int32(typ byte) int32 {
	v := r.int64(typ)
	if v < math.MinInt32 || v > math.MaxInt32 {
		r.fail("metadata has number %d out of range", v)
	}
	return int32(v)
}

// bool is a field's value, which lies in its type.
func (r *thriftReader) bool(typ byte) bool {
	if typ != thriftTrue && typ != thriftFalse {
		r.fail("metadata has type %d instead of a boolean", typ)
	}
	return typ == thriftTrue
}

// bytes shares memory with the input.
func (r *thriftReader) bytes(typ byte) []byte {
	if typ != thriftBinary {
		r.fail("metadata has type %d instead of bytes", typ)
		return nil
	}
	n := r.uvarint()
	if r.err != nil || n > uint64(len(r.b)-r.pos) {
		r.fail("metadata has %d bytes in a string", n)
		return nil
	}
	s := r.b[r.pos : r.pos+int(n) : r.pos+int(n)]
	r.pos += int(n)
	return s
}

func (r *thriftReader) string(typ byte) string { return string(r.bytes(typ)) }

func (r *thriftReader) skip(typ byte) { r.skipValue(typ, false) }

func (r *thriftReader) skipValue(typ byte, inList bool) {
	switch typ {
	case thriftTrue, thriftFalse:
		if inList {
			r.byte()
		}
	case thriftByte:
		r.byte()
	case thriftI16, thriftI32, thriftI64:
		r.uvarint()
	case thriftDouble:
		if len(r.b)-r.pos < 8 {
			r.fail("metadata ends early")
			return
		}
		r.pos += 8
	case thriftBinary:
		r.bytes(typ)
	case thriftList, thriftSet:
		r.depth++
		if r.depth > thriftDepth {
			r.fail("metadata is nested too deep")
		}
		n, t := r.listHeader()
		for i := 0; i < n && r.err == nil; i++ {
			r.skipValue(t, true)
		}
		r.depth--
	case thriftMap:
		r.depth++
		if r.depth > thriftDepth {
			r.fail("metadata is nested too deep")
		}
		n := r.uvarint()
		if n > 0 {
			kv := r.byte()
			for i := uint64(0); i < n && r.err == nil; i++ {
				r.skipValue(kv>>4, true)
				r.skipValue(kv&15, true)
			}
		}
		r.depth--
	case thriftStruct:
		r.structure(func(_ int16, t byte) { r.skip(t) })
	default:
		r.fail("metadata has unknown type %d", typ)
	}
}

// thriftWriter writes the compact protocol.
type thriftWriter struct {
	b     []byte
	last  int16
	stack []int16
}

func (w *thriftWriter) field(id int16, typ byte) {
	if d := id - w.last; d > 0 && d < 16 {
		w.b = append(w.b, byte(d)<<4|typ)
	} else {
		w.b = append(w.b, typ)
		w.b = binary.AppendVarint(w.b, int64(id))
	}
	w.last = id
}

func (w *thriftWriter) begin() { w.stack, w.last = append(w.stack, w.last), 0 }

func (w *thriftWriter) end() {
	w.b = append(w.b, 0)
	w.last = w.stack[len(w.stack)-1]
	w.stack = w.stack[:len(w.stack)-1]
}

// structure writes a field that is a structure.
func (w *thriftWriter) structure(id int16, body func()) {
	w.field(id, thriftStruct)
	w.begin()
	body()
	w.end()
}

// list writes the head of a list field; the caller appends n elements.
func (w *thriftWriter) list(id int16, typ byte, n int) {
	w.field(id, thriftList)
	if n < 15 {
		w.b = append(w.b, byte(n)<<4|typ)
		return
	}
	w.b = append(w.b, 0xf0|typ)
	w.b = binary.AppendUvarint(w.b, uint64(n))
}

func (w *thriftWriter) int32(id int16, v int32) {
	w.field(id, thriftI32)
	w.b = binary.AppendVarint(w.b, int64(v))
}

func (w *thriftWriter) int64(id int16, v int64) {
	w.field(id, thriftI64)
	w.b = binary.AppendVarint(w.b, v)
}

func (w *thriftWriter) int8(id int16, v int8) {
	w.field(id, thriftByte)
	w.b = append(w.b, byte(v))
}

func (w *thriftWriter) bool(id int16, v bool) {
	if v {
		w.field(id, thriftTrue)
	} else {
		w.field(id, thriftFalse)
	}
}

func (w *thriftWriter) bytes(id int16, v []byte) {
	w.field(id, thriftBinary)
	w.rawBytes(v)
}

func (w *thriftWriter) string(id int16, v string) {
	w.field(id, thriftBinary)
	w.b = binary.AppendUvarint(w.b, uint64(len(v)))
	w.b = append(w.b, v...)
}

// rawBytes is a list element.
func (w *thriftWriter) rawBytes(v []byte) {
	w.b = binary.AppendUvarint(w.b, uint64(len(v)))
	w.b = append(w.b, v...)
}
