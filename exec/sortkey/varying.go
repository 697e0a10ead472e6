package sortkey

import (
	"bytes"

	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// varying encodes rows some key of which has no fixed width.
func (e *Encoder) varying(r *Rows, cols []*vector.Vector, n int) {
	flat := make([]*vector.Vector, len(cols))
	if cap(e.lens) < n {
		e.lens, e.pos = make([]uint32, n), make([]uint64, n)
	}
	lens, pos := e.lens[:n], e.pos[:n]
	clear(lens)
	for k, v := range cols {
		switch p := e.keys[k].Type.Physical(); p {
		case types.PhysBytes:
			flat[k] = vector.Flatten(v)
			for i, s := range flat[k].Spans[:n] {
				if flat[k].Valid.Get(i) {
					lens[i] += escapedLen(flat[k].Heap[s.Off : s.Off+s.Len])
				} else {
					lens[i]++
				}
			}
		case types.PhysList, types.PhysMap, types.PhysStruct:
			flat[k] = e.encodeNested(k, v, n)
			for i, s := range flat[k].Spans[:n] {
				lens[i] += s.Len
			}
		default:
			flat[k] = v
			w := uint32(1 + fixedWidth(e.keys[k].Type))
			for i := range lens {
				lens[i] += w
			}
		}
	}
	at := uint64(len(r.Heap))
	for i, l := range lens {
		pos[i] = at
		at += uint64(l)
		r.Ends = append(r.Ends, at)
	}
	r.Heap = extend(r.Heap, int(at)-len(r.Heap))
	r.N += n
	for k, v := range flat {
		switch e.keys[k].Type.Physical() {
		case types.PhysBytes:
			e.putStrings(r.Heap, pos, k, v, n)
		case types.PhysList, types.PhysMap, types.PhysStruct:
			for i, s := range v.Spans[:n] {
				pos[i] += uint64(copy(r.Heap[pos[i]:], v.Heap[s.Off:s.Off+s.Len]))
			}
		default:
			w := 1 + fixedWidth(e.keys[k].Type)
			tmp := make([]byte, n*w)
			e.fixed(k, tmp, w, v, n)
			for i := range pos {
				pos[i] += uint64(copy(r.Heap[pos[i]:], tmp[i*w:(i+1)*w]))
			}
		}
	}
}

func escapedLen(b []byte) uint32 {
	return uint32(1 + len(b) + bytes.Count(b, []byte{0}) + 2)
}

func (e *Encoder) putStrings(heap []byte, pos []uint64, k int, v *vector.Vector, n int) {
	key := e.keys[k]
	for i, s := range v.Spans[:n] {
		p := pos[i]
		if !v.Valid.Get(i) {
			heap[p] = key.nullByte()
			pos[i] = p + 1
			continue
		}
		start := p
		heap[p] = 1
		p++
		b := v.Heap[s.Off : s.Off+s.Len]
		if bytes.IndexByte(b, 0) < 0 {
			p += uint64(copy(heap[p:], b))
		} else {
			for _, c := range b {
				heap[p] = c
				p++
				if c == 0 {
					heap[p] = 1
					p++
				}
			}
		}
		heap[p], heap[p+1] = 0, 0
		p += 2
		if key.Desc {
			for j := start + 1; j < p; j++ {
				heap[j] = ^heap[j]
			}
		}
		pos[i] = p
	}
}

// encodeNested gives the bytes of a nested key, NULL byte included, as strings.
func (e *Encoder) encodeNested(k int, v *vector.Vector, n int) *vector.Vector {
	key := e.keys[k]
	out := &vector.Vector{Type: types.BinaryType, Len: n, Spans: make([]vector.Span, n)}
	for i := 0; i < n; i++ {
		from := len(out.Heap)
		if v.IsNull(i) {
			out.Heap = append(out.Heap, key.nullByte())
		} else {
			out.Heap = appendValue(append(out.Heap, 1), v, i)
			if key.Desc {
				for j := from + 1; j < len(out.Heap); j++ {
					out.Heap[j] = ^out.Heap[j]
				}
			}
		}
		out.Spans[i] = vector.Span{Off: uint32(from), Len: uint32(len(out.Heap) - from)}
	}
	return out
}

// Strings gives the encoding of the one key as a vector of binary strings, for grouping by nested values.
func (e *Encoder) Strings(v *vector.Vector, n int) *vector.Vector { return e.encodeNested(0, v, n) }

// appendValue appends the bytes of value i of v, which is not NULL, so that no encoding is the beginning of another.
func appendValue(out []byte, v *vector.Vector, i int) []byte {
	w, i := v.Values(), v.Index(i)
	switch v.Type.Physical() {
	case types.PhysBytes:
		s := w.Spans[i]
		for _, c := range w.Heap[s.Off : s.Off+s.Len] {
			out = append(out, c)
			if c == 0 {
				out = append(out, 1)
			}
		}
		return append(out, 0, 0)
	case types.PhysList, types.PhysMap:
		r := w.Ranges[i]
		for j := int(r.Off); j < int(r.Off+r.Len); j++ {
			out = append(out, 1)
			for _, c := range w.Children {
				out = appendElement(out, c, j)
			}
		}
		return append(out, 0)
	case types.PhysStruct:
		for _, c := range w.Children {
			out = appendElement(out, c, i)
		}
		return out
	}
	width := fixedWidth(v.Type)
	at := len(out)
	out = extend(out, 1+width)
	one := New([]Key{{Type: v.Type}})
	one.fixed(0, out[at:], 1+width, vector.Slice(w, i, i+1), 1)
	// The NULL byte was written by the caller.
	copy(out[at:], out[at+1:])
	return out[:at+width]
}

func appendElement(out []byte, v *vector.Vector, i int) []byte {
	if v.IsNull(i) {
		return append(out, 0)
	}
	return appendValue(append(out, 1), v, i)
}
