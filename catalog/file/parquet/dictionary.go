package parquet

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"

	"github.com/argan-sql/argan/exec/vector"
)

// wordDictionary numbers fixed-width values by their bits.
type wordDictionary struct {
	words []int64
	table []uint32 // code+1, 0 is free; a power of two long
	shift uint
}

func (d *wordDictionary) reset() {
	d.words = d.words[:0]
	if d.table == nil {
		d.resize(1 << 10)
	} else {
		clear(d.table)
	}
}

func (d *wordDictionary) resize(n int) {
	d.table = make([]uint32, n)
	d.shift = 64
	for ; n > 1; n >>= 1 {
		d.shift--
	}
	mask := uint64(len(d.table) - 1)
	for code, w := range d.words {
		at := wordHash(w) >> d.shift
		for d.table[at] != 0 {
			at = (at + 1) & mask
		}
		d.table[at] = uint32(code) + 1
	}
}

func wordHash(w int64) uint64 {
	x := uint64(w)
	x ^= x >> 32
	return x * 0x9E3779B97F4A7C15
}

// code gives the number of w, a new one if it has none.
func (d *wordDictionary) code(w int64) uint32 {
	mask := uint64(len(d.table) - 1)
	at := wordHash(w) >> d.shift
	for {
		c := d.table[at]
		if c == 0 {
			break
		}
		if d.words[c-1] == w {
			return c - 1
		}
		at = (at + 1) & mask
	}
	d.words = append(d.words, w)
	d.table[at] = uint32(len(d.words))
	if 2*len(d.words) > len(d.table) {
		d.resize(4 * len(d.table))
	}
	return uint32(len(d.words)) - 1
}

// bytesDictionary numbers strings.
type bytesDictionary struct {
	spans []vector.Span
	heap  []byte
	table []bytesSlot
	seed  maphash.Seed
}

type bytesSlot struct{ hash, code uint32 } // code+1, 0 is free

func (d *bytesDictionary) reset() {
	d.spans, d.heap = d.spans[:0], d.heap[:0]
	if d.table == nil {
		d.seed = maphash.MakeSeed()
		d.table = make([]bytesSlot, 1<<10)
	} else {
		clear(d.table)
	}
}

func (d *bytesDictionary) value(code uint32) []byte {
	s := d.spans[code]
	return d.heap[s.Off : s.Off+s.Len]
}

func (d *bytesDictionary) code(b []byte) uint32 {
	h := uint32(maphash.Bytes(d.seed, b))
	mask := uint32(len(d.table) - 1)
	at := h & mask
	for ; d.table[at].code != 0; at = (at + 1) & mask {
		if s := d.table[at]; s.hash == h && bytes.Equal(d.value(s.code-1), b) {
			return s.code - 1
		}
	}
	d.spans = append(d.spans, vector.Span{Off: uint32(len(d.heap)), Len: uint32(len(b))})
	d.heap = append(d.heap, b...)
	d.table[at] = bytesSlot{h, uint32(len(d.spans))}
	if 2*len(d.spans) > len(d.table) {
		old := d.table
		d.table = make([]bytesSlot, 4*len(old))
		mask = uint32(len(d.table) - 1)
		for _, s := range old {
			if s.code == 0 {
				continue
			}
			at := s.hash & mask
			for d.table[at].code != 0 {
				at = (at + 1) & mask
			}
			d.table[at] = s
		}
	}
	return uint32(len(d.spans)) - 1
}

// appendPlainBytes appends a string as PLAIN has it.
func appendPlainBytes(b, x []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(len(x)))
	return append(b, x...)
}
