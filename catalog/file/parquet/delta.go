package parquet

import (
	"encoding/binary"

	"github.com/argan-sql/argan/exec/vector"
	"github.com/parquet-go/bitpack"
)

// decodeDelta decodes DELTA_BINARY_PACKED numbers. It returns the bytes behind them.
func decodeDelta(dst []int64, src []byte) (rest []byte, err error) {
	var head [3]uint64
	for i := range head {
		v, n := binary.Uvarint(src)
		if n <= 0 {
			return nil, damaged("a delta block has no header")
		}
		head[i], src = v, src[n:]
	}
	blockSize, minis, total := head[0], head[1], head[2]
	first, n := binary.Varint(src)
	if n <= 0 {
		return nil, damaged("a delta block has no first value")
	}
	src = src[n:]
	if total != uint64(len(dst)) {
		return nil, damaged("a delta block has %d values instead of %d", total, len(dst))
	}
	if minis == 0 || blockSize == 0 || blockSize > 1<<20 || minis > blockSize || blockSize%minis != 0 || blockSize/minis%32 != 0 {
		return nil, damaged("a delta block of %d values in %d parts", blockSize, minis)
	}
	if total == 0 {
		return src, nil
	}
	dst[0] = first
	last := first
	dst = dst[1:]
	per := int(blockSize / minis)
	for len(dst) > 0 {
		minDelta, n := binary.Varint(src)
		if n <= 0 || uint64(len(src)-n) < minis {
			return nil, damaged("a delta block ends early")
		}
		widths := src[n : n+int(minis)]
		src = src[n+int(minis):]
		for _, w := range widths {
			if len(dst) == 0 {
				break // widths of parts that are not there mean nothing
			}
			if w > 64 {
				return nil, damaged("a delta block of %d bits", w)
			}
			size := per / 8 * int(w)
			count := min(per, len(dst))
			if len(src) < size {
				if len(src) < (count*int(w)+7)/8 {
					return nil, damaged("a delta block ends early")
				}
				size = len(src) // the last part may be cut where its values end
			}
			out := dst[:count]
			if w == 0 {
				clear(out)
			} else {
				bitpack.Unpack(out, src, uint(w))
			}
			src = src[size:]
			for i, d := range out {
				last += minDelta + d
				out[i] = last
			}
			dst = dst[count:]
		}
	}
	return src, nil
}

func int64Scratch(s *[]int64, n int) []int64 {
	if cap(*s) < n {
		*s = make([]int64, n)
	}
	return (*s)[:n]
}

// decodeDeltaLength decodes DELTA_LENGTH_BYTE_ARRAY into spans of heap, which it extends.
func (s *sink) decodeDeltaLength(spans []vector.Span, src []byte) error {
	lengths := int64Scratch(&s.scratch64, len(spans))
	rest, err := decodeDelta(lengths, src)
	if err != nil {
		return err
	}
	if err := s.roomInHeap(int64(len(rest))); err != nil {
		return err
	}
	base := len(s.v.Heap)
	at, end := uint64(base), uint64(base+len(rest))
	for i, n := range lengths {
		if n < 0 || uint64(n) > end-at {
			return damaged("a string has length %d", n)
		}
		spans[i] = vector.Span{Off: uint32(at), Len: uint32(n)}
		at += uint64(n)
	}
	s.v.Heap = append(s.v.Heap, rest[:at-uint64(base)]...)
	return nil
}

// decodeDeltaBytes decodes DELTA_BYTE_ARRAY (each value shares a prefix with the one before it).
func (s *sink) decodeDeltaBytes(spans []vector.Span, src []byte) error {
	prefixes := int64Scratch(&s.scratch64, len(spans))
	rest, err := decodeDelta(prefixes, src)
	if err != nil {
		return err
	}
	lengths := int64Scratch(&s.scratchLengths, len(spans))
	if rest, err = decodeDelta(lengths, rest); err != nil {
		return err
	}
	var total, before int64
	for i, p := range prefixes {
		if p < 0 || p > before || lengths[i] < 0 || lengths[i] > int64(len(rest)) {
			return damaged("a string has prefix %d and length %d", p, lengths[i])
		}
		before = p + lengths[i]
		total += before
	}
	if err := s.roomInHeap(total); err != nil {
		return err
	}
	heap := s.v.Heap
	last := 0
	for i, p := range prefixes {
		n := int(lengths[i])
		if n > len(rest) {
			return damaged("a string ends early")
		}
		at := len(heap)
		heap = append(heap, heap[last:last+int(p)]...)
		heap = append(heap, rest[:n]...)
		rest = rest[n:]
		spans[i] = vector.Span{Off: uint32(at), Len: uint32(int(p) + n)}
		last = at
	}
	s.v.Heap = heap
	return nil
}
