package parquet

import (
	"encoding/binary"

	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// plainSpans finds the strings of a PLAIN page that lies in heap from from to to.
func plainSpans(e *schemaElement, dst []vector.Span, heap []byte, from, to int) error {
	b := heap[:to]
	pos := uint64(from)
	for i := range dst {
		if pos+4 > uint64(len(b)) {
			return damaged("a page of column %q ends after %d of %d strings", e.name, i, len(dst))
		}
		n := uint64(binary.LittleEndian.Uint32(b[pos:]))
		pos += 4
		if n > uint64(len(b))-pos {
			return damaged("a string of column %q has %d bytes in a page of %d", e.name, n, to-from)
		}
		dst[i] = vector.Span{Off: uint32(pos), Len: uint32(n)}
		pos += n
	}
	return nil
}

// decodeByteArrays decodes BINARY values whose page does not lie in the heap, or decimals.
func (s *sink) decodeByteArrays(enc int32, data []byte, at, n int) error {
	e := s.leaf.element
	if s.v.Type.Physical() != types.PhysBytes {
		temp := &sink{leaf: s.leaf, v: &vector.Vector{Type: types.BinaryType, Spans: make([]vector.Span, n)}}
		if err := temp.decodeByteArrays(enc, data, 0, n); err != nil {
			return err
		}
		for i, sp := range temp.v.Spans {
			if err := s.putDecimal(at+i, temp.v.Heap[sp.Off:sp.Off+sp.Len]); err != nil {
				return err
			}
		}
		return nil
	}
	spans := s.v.Spans[at : at+n]
	switch enc {
	case encPlain:
		if err := s.roomInHeap(int64(len(data))); err != nil {
			return err
		}
		base := len(s.v.Heap)
		s.v.Heap = append(s.v.Heap, data...)
		return plainSpans(e, spans, s.v.Heap, base, len(s.v.Heap))
	case encDeltaLength:
		return s.decodeDeltaLength(spans, data)
	case encDeltaByteArray:
		return s.decodeDeltaBytes(spans, data)
	}
	return notEncoded(e, enc)
}

// putDecimal stores a big-endian two's complement number.
func (s *sink) putDecimal(i int, b []byte) error {
	x, ok := bigEndian(b)
	if !ok {
		return damaged("a decimal of column %q has %d bytes", s.leaf.name, len(b))
	}
	if s.v.I64 != nil {
		s.v.I64[i] = int64(x.Lo)
	} else {
		s.v.I128[i] = x
	}
	return nil
}

func bigEndian(b []byte) (types.Int128, bool) {
	for len(b) > 16 {
		if b[0] != 0 && b[0] != 0xff {
			return types.Int128{}, false
		}
		b = b[1:]
	}
	var x types.Int128
	if len(b) > 0 && b[0] >= 0x80 {
		x = types.Int128{Hi: -1, Lo: ^uint64(0)}
	}
	for _, c := range b {
		x.Hi = x.Hi<<8 | int64(x.Lo>>56)
		x.Lo = x.Lo<<8 | uint64(c)
	}
	return x, true
}

// decodeFixed decodes FIXED_LEN_BYTE_ARRAY values: decimals or binary.
func (s *sink) decodeFixed(enc int32, data []byte, at, n int) error {
	e := s.leaf.element
	w := int(e.typeLength)
	switch enc {
	case encPlain:
		if int64(len(data)) < int64(w)*int64(n) {
			return shortPage(e, len(data), w*n)
		}
	case encByteStreamSplit:
		if int64(len(data)) < int64(w)*int64(n) {
			return shortPage(e, len(data), w*n)
		}
		joined := make([]byte, w*n, w*n+padding)
		if err := joinStreams(e, joined, data, w); err != nil {
			return err
		}
		data = joined
	case encDeltaByteArray:
		temp := &sink{leaf: s.leaf, v: &vector.Vector{Type: types.BinaryType, Spans: make([]vector.Span, n)}}
		if err := temp.decodeDeltaBytes(temp.v.Spans, data); err != nil {
			return err
		}
		for i, sp := range temp.v.Spans {
			if int(sp.Len) != w || int(sp.Off) != i*w {
				return damaged("a value of column %q has %d bytes instead of %d", e.name, sp.Len, w)
			}
		}
		data = append(make([]byte, 0, w*n+padding), temp.v.Heap...)
	default:
		return notEncoded(e, enc)
	}
	switch {
	case s.v.Type.Physical() == types.PhysBytes:
		data = data[:w*n]
		if err := s.roomInHeap(int64(len(data))); err != nil {
			return err
		}
		base := len(s.v.Heap)
		s.v.Heap = append(s.v.Heap, data...)
		for i := range s.v.Spans[at : at+n] {
			s.v.Spans[at+i] = vector.Span{Off: uint32(base + i*w), Len: uint32(w)}
		}
	case s.v.I64 != nil && w <= 8:
		// One load of eight bytes, swapped, and an arithmetic shift: the padding makes the last load safe.
		dst, shift := s.v.I64[at:at+n], uint(64-8*w)
		data = data[:w*n+8]
		for i := range dst {
			dst[i] = int64(binary.BigEndian.Uint64(data[i*w:])) >> shift
		}
	default:
		for i := 0; i < n; i++ {
			if err := s.putDecimal(at+i, data[i*w:(i+1)*w]); err != nil {
				return err
			}
		}
	}
	return nil
}
