package hashtable

import (
	"bytes"
	"encoding/binary"
	"math"

	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// keys is a growing list of key rows.
type keys struct {
	l     *Layout
	words []uint64
	heap  []byte // long strings
	n     int
	// nested keeps the values of coded columns, whose words cannot be turned back.
	nested []*vector.Builder
	source []*vector.Vector // the key vectors of the rows being added
}

func newKeys(l *Layout) keys {
	k := keys{l: l}
	for _, c := range l.cols {
		var b *vector.Builder
		if c.coded != nil {
			b = vector.NewBuilder(c.t, 0)
		}
		k.nested = append(k.nested, b)
	}
	return k
}

// room makes s ready for n more values. It doubles: append would grow large slices by a quarter, and copy them over and over.
func room[T any](s []T, n int) []T {
	if cap(s)-len(s) >= n {
		return s
	}
	out := make([]T, len(s), max(2*cap(s), len(s)+n, 512))
	copy(out, s)
	return out
}

// add appends row i of an encoder.
func (k *keys) add(e *Encoder, i int) {
	w := k.l.words
	row := e.Rows[i*w : i*w+w]
	at := len(k.words)
	k.words = append(room(k.words, w), row...)
	if k.l.long {
		for c := range k.l.cols {
			col := &k.l.cols[c]
			if !col.isBytes() {
				continue
			}
			if n := uint64(uint32(row[col.at])); n > inlineBytes {
				off := row[col.at+1]
				k.words[at+col.at+1] = uint64(len(k.heap))
				k.heap = append(room(k.heap, int(n)), e.heaps[c][off:off+n]...)
			}
		}
	}
	for c, b := range k.nested {
		if b != nil {
			b.AppendFrom(k.source[c], i)
		}
	}
	k.n++
}

// equal compares key row i with row j of an encoder.
func (k *keys) equal(i int, e *Encoder, j int) bool {
	w := k.l.words
	a, b := k.words[i*w:i*w+w], e.Rows[j*w:j*w+w]
	if !k.l.long {
		for x := range a {
			if a[x] != b[x] {
				return false
			}
		}
		return true
	}
	if k.l.nulls && a[0] != b[0] {
		return false
	}
	for c := range k.l.cols {
		col := &k.l.cols[c]
		switch words := wordsOf(col.phys); {
		case words == 0:
		case a[col.at] != b[col.at]:
			return false
		case words == 1:
		case col.isBytes() && uint32(a[col.at]) > inlineBytes:
			n := uint64(uint32(a[col.at]))
			x, y := a[col.at+1], b[col.at+1]
			if !bytes.Equal(k.heap[x:x+n], e.heaps[c][y:y+n]) {
				return false
			}
		case a[col.at+1] != b[col.at+1]:
			return false
		}
	}
	return true
}

// size is the memory of the keys.
func (k *keys) size() int64 {
	n := int64(8*cap(k.words) + cap(k.heap))
	return n
}

// vectors turns rows from to to into key vectors; nullRow is the row whose only key is NULL, -1 for none.
func (k *keys) vectors(from, to, nullRow int) []*vector.Vector {
	out := make([]*vector.Vector, len(k.l.cols))
	for c := range k.l.cols {
		out[c] = k.vector(c, from, to, nullRow)
	}
	return out
}

func (k *keys) vector(ci, from, to, nullRow int) *vector.Vector {
	c := &k.l.cols[ci]
	n, w := to-from, k.l.words
	v := vector.New(c.t, n)
	if k.l.nulls {
		for i := 0; i < n; i++ {
			if k.words[(from+i)*w]>>(uint(ci)&63)&1 != 0 {
				if v.Valid == nil {
					v.Valid = vector.NewBitmap(n, true)
				}
				v.Valid.Clear(i)
			}
		}
	} else if nullRow >= from && nullRow < to {
		v.Valid = vector.NewBitmap(n, true)
		v.Valid.Clear(nullRow - from)
	}
	src := k.words[from*w:]
	if c.at > 0 {
		src = k.words[min(from*w+c.at, len(k.words)):]
	}
	switch c.phys {
	case types.PhysBool:
		for i := range v.Bools {
			v.Bools[i] = src[i*w] != 0
		}
	case types.PhysInt8:
		takeInts(v.I8, src, w)
	case types.PhysInt16:
		takeInts(v.I16, src, w)
	case types.PhysInt32:
		takeInts(v.I32, src, w)
	case types.PhysInt64:
		takeInts(v.I64, src, w)
	case types.PhysFloat32:
		for i := range v.F32 {
			v.F32[i] = float32(math.Float64frombits(src[i*w]))
		}
	case types.PhysFloat64:
		for i := range v.F64 {
			v.F64[i] = math.Float64frombits(src[i*w])
		}
	case types.PhysInt128:
		for i := range v.I128 {
			v.I128[i] = types.Int128{Hi: int64(src[i*w]), Lo: src[i*w+1]}
		}
	case types.PhysInterval:
		for i := range v.Intervals {
			v.Intervals[i] = types.Interval{Months: int32(src[i*w] >> 32), Days: int32(src[i*w]), Micros: int64(src[i*w+1])}
		}
	case types.PhysBytes:
		v.Heap = k.strings(v.Spans, src)
	case types.PhysList, types.PhysStruct, types.PhysMap:
		b := vector.NewBuilder(c.t, n)
		all := k.nested[ci].Peek()
		for i := from; i < to; i++ {
			b.AppendFrom(all, i)
		}
		return b.Finish()
	}
	return v
}

// strings turns words into strings: it sets their spans and gives their bytes, in memory of just the right size.
func (k *keys) strings(spans []vector.Span, src []uint64) []byte {
	w := k.l.words
	total := 0
	for i := range spans {
		n := uint32(src[i*w])
		spans[i] = vector.Span{Off: uint32(total), Len: n}
		total += int(n)
	}
	heap := make([]byte, total+inlineBytes)
	for i, s := range spans {
		w0, w1 := src[i*w], src[i*w+1]
		at := heap[s.Off:]
		if s.Len > inlineBytes {
			copy(at, k.heap[w1:w1+uint64(s.Len)])
			continue
		}
		// Whole words are written; what is too much is written over by the next string.
		binary.LittleEndian.PutUint32(at, uint32(w0>>32))
		binary.LittleEndian.PutUint64(at[4:], w1)
	}
	return heap[:total]
}

func takeInts[T int8 | int16 | int32 | int64](dst []T, src []uint64, stride int) {
	for i := range dst {
		dst[i] = T(src[i*stride])
	}
}
