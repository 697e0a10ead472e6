package parquet

import (
	"encoding/binary"
	"math/bits"

	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// RowRange is the rows From to To (exclusive) of a row group.
type RowRange struct{ From, To int }

// chunkReader reads one column chunk. A flat column (no repetition, at most one level of NULL) goes straight to one
// value per row; any other gives its values densely, with their levels, for the assembler.
type chunkReader struct {
	f    *File
	meta *chunkMeta
	leaf *node
	rows int
	flat bool

	out  *sink
	n    int // rows (flat) or values (dense) that are done
	dict *sink
	// coded: so far all values are codes of the dictionary, in codes.
	coded bool
	codes []uint32
	// valid has a bit per row once a NULL has been seen.
	valid     vector.Bitmap
	pageValid vector.Bitmap

	defs, reps []uint8 // dense: the levels
	scratch    []uint32
	page       *[]byte
}

// maxEagerRows is how many rows get memory before any of them has been seen.
const maxEagerRows = 1 << 21

func (f *File) newChunkReader(group int, leaf *node) (*chunkReader, error) {
	g := &f.meta.groups[group]
	m := &g.columns[leaf.leaf]
	switch {
	case m.encrypted:
		return nil, sqlerr.Unsupported("encrypted Parquet columns (column %s)", types.QuoteIfNeeded(leaf.name))
	case m.external:
		return nil, sqlerr.Unsupported("Parquet columns in another file (column %s)", types.QuoteIfNeeded(leaf.name))
	case leaf.typeErr != nil:
		return nil, leaf.typeErr
	}
	return &chunkReader{f: f, meta: m, leaf: leaf, rows: int(g.rows), out: newSink(leaf), flat: leaf.maxRep == 0 && leaf.maxDef <= 1}, nil
}

// readFlat reads a flat column: all rows, or those of ranges (ascending, not overlapping).
func (c *chunkReader) readFlat(ranges []RowRange) (*vector.Vector, error) {
	want := c.rows
	if ranges != nil {
		want = 0
		for _, r := range ranges {
			if r.From < 0 || r.From > r.To || r.To > c.rows {
				return nil, sqlerr.Internal("rows %d to %d of %d", r.From, r.To, c.rows)
			}
			want += r.To - r.From
		}
	}
	if err := c.pages(ranges, min(want, maxEagerRows)); err != nil {
		return nil, err
	}
	if c.n != want {
		return nil, damaged("column %q has %d rows of %d", c.leaf.name, c.n, want)
	}
	return c.vector(), nil
}

// vector is what has been read.
func (c *chunkReader) vector() *vector.Vector {
	var v *vector.Vector
	if c.coded {
		d := c.dict
		if d.v.Len == 0 { // only NULLs: their codes still need an entry
			d.reserve(1)
			d.finish(1)
		}
		v = &vector.Vector{Type: c.leaf.typ, Form: vector.Dict, Len: c.n, Codes: c.codes[:c.n], Dictionary: d.v}
	} else {
		v = c.out.finish(c.n)
		if c.f.oldCalendar(c.leaf) {
			toNewCalendar(v)
		}
	}
	if c.valid != nil {
		v.Valid = c.valid[:vector.BitmapWords(c.n)]
	}
	if c.leaf.typ.Kind == types.Null {
		v.Valid = vector.NewBitmap(c.n, false)
	}
	return v
}

// pages reads the pages that hold rows of ranges. eager is how many values to make room for at once.
func (c *chunkReader) pages(ranges []RowRange, eager int) error {
	chunk, err := c.load()
	if err != nil {
		return err
	}
	defer buffers.Put(chunk)
	c.page = buffers.Get().(*[]byte)
	defer buffers.Put(c.page)

	b := *chunk
	var seen int64 // values of the pages passed so far
	first := true
	for seen < c.meta.values {
		h, err := parsePageHeader(b)
		if err != nil {
			return err
		}
		b = b[h.size:]
		if int(h.compressed) > len(b) {
			return damaged("a page of column %q has %d bytes where %d are left", c.leaf.name, h.compressed, len(b))
		}
		body := b[:h.compressed]
		b = b[h.compressed:]
		switch h.kind {
		case pageDictionary:
			if err := c.dictionary(&h, body); err != nil {
				return err
			}
		case pageData, pageDataV2:
			if int64(h.values) > c.meta.values-seen {
				return damaged("column %q has more values than rows", c.leaf.name)
			}
			if first {
				c.start(&h, eager)
				first = false
			}
			inPage := ranges
			if ranges != nil {
				if inPage = within(ranges, int(seen), int(seen)+int(h.values)); len(inPage) == 0 {
					seen += int64(h.values)
					continue
				}
			}
			if err := c.data(&h, body, inPage); err != nil {
				return err
			}
			seen += int64(h.values)
		}
		// Pages of other kinds carry nothing that is needed.
	}
	return nil
}

// within gives the parts of ranges in rows from to to, counted from from.
func within(ranges []RowRange, from, to int) (in []RowRange) {
	for _, r := range ranges {
		lo, hi := max(r.From, from), min(r.To, to)
		if lo < hi {
			in = append(in, RowRange{lo - from, hi - from})
		}
	}
	return in
}

// load reads the bytes of the chunk into a pooled buffer.
func (c *chunkReader) load() (*[]byte, error) {
	m := c.meta
	if m.values == 0 {
		return buffers.Get().(*[]byte), nil
	}
	from := m.dataOffset
	if m.dictOffset > 0 && m.dictOffset < from {
		from = m.dictOffset
	}
	if from < 4 || m.compressed < 0 || m.compressed > c.f.size-from {
		return nil, damaged("column %q lies outside the file", c.leaf.name)
	}
	// A size that is a lie is found before memory is taken: the bytes must be in the file.
	buf := buffers.Get().(*[]byte)
	b := sized(buf, int(m.compressed))
	if err := c.f.readAt(b, from); err != nil {
		buffers.Put(buf)
		return nil, err
	}
	*buf = b
	return buf, nil
}

// start makes room when the first data page shows how the values lie.
func (c *chunkReader) start(h *pageHeader, eager int) {
	known := !c.meta.hasEncodingStats || c.meta.dictionaryCoded
	c.coded = known && c.flat && c.leaf.typ.Physical() == types.PhysBytes && isDictionary(h.encoding) && c.dict != nil
	if c.coded {
		ensure(&c.codes, eager)
		return
	}
	c.out.reserve(eager)
}

func isDictionary(enc int32) bool { return enc == encRLEDictionary || enc == encPlainDictionary }

func (c *chunkReader) dictionary(h *pageHeader, body []byte) error {
	if c.dict != nil {
		return damaged("column %q has two dictionaries", c.leaf.name)
	}
	if h.encoding != encPlain && h.encoding != encPlainDictionary {
		return notEncoded(c.leaf.element, h.encoding)
	}
	if err := checkExpansion(c.meta.codec, int64(h.compressed), int64(h.uncompressed)); err != nil {
		return err
	}
	d := newSink(c.leaf)
	n := int(h.values)
	if int64(n) > 8*int64(h.uncompressed) {
		return damaged("a dictionary of %d bytes claims %d entries", h.uncompressed, n)
	}
	if d.plainHeap() { // the page becomes the heap
		d.v.Heap = make([]byte, h.uncompressed, int(h.uncompressed)+padding)
		if err := decompress(c.meta.codec, d.v.Heap, body); err != nil {
			return err
		}
		d.reserve(n)
		if err := plainSpans(c.leaf.element, d.v.Spans, d.v.Heap, 0, len(d.v.Heap)); err != nil {
			return err
		}
	} else {
		p := sized(c.page, int(h.uncompressed))
		if err := decompress(c.meta.codec, p, body); err != nil {
			return err
		}
		d.reserve(n)
		if err := d.decode(encPlain, p, 0, n); err != nil {
			return err
		}
	}
	d.finish(n)
	c.dict = d
	return nil
}

// data reads one data page; in are the rows of it to keep, nil for all.
func (c *chunkReader) data(h *pageHeader, body []byte, in []RowRange) error {
	n := int(h.values)
	inHeap := h.encoding == encPlain && c.out.plainHeap()
	if inHeap && c.coded {
		c.expand()
	}
	levels, values, from, err := c.open(h, body, inHeap)
	if err != nil {
		return err
	}
	set := n
	if c.flat {
		if c.leaf.maxDef == 1 {
			if set, err = c.readValidity(levels, n); err != nil {
				return err
			}
		}
	} else if set, err = c.readLevels(levels, n); err != nil {
		return err
	}
	room := set
	if c.flat {
		room = n
	}
	// The values of a page are in its bytes; only codes can be many in few bytes, and those are bounded by the rows.
	if c.coded && isDictionary(h.encoding) {
		ensure(&c.codes, c.n+room)
		if err := c.readCodes(c.codes[c.n:c.n+set], values); err != nil {
			return err
		}
		if set < room {
			spread(c.codes[c.n:c.n+n], c.pageValid, n, set)
		}
	} else {
		if c.coded {
			c.expand()
		}
		if err := c.fits(h, room, set); err != nil {
			return err
		}
		c.out.reserve(c.n + room)
		switch {
		case isDictionary(h.encoding):
			if c.dict == nil {
				return damaged("column %q has no dictionary", c.leaf.name)
			}
			ensure(&c.scratch, set)
			if err := c.readCodes(c.scratch[:set], values); err != nil {
				return err
			}
			if c.out.v.Type.Physical() == types.PhysBytes && len(c.out.v.Heap) == 0 {
				c.heapFromDictionary()
			}
			c.out.gather(c.n, c.dict.v, c.scratch[:set])
		case inHeap:
			heap := c.out.v.Heap
			if err := plainSpans(c.leaf.element, c.out.v.Spans[c.n:c.n+set], heap, from, len(heap)); err != nil {
				return err
			}
		default:
			if err := c.out.decode(h.encoding, values, c.n, set); err != nil {
				return err
			}
		}
		if set < room {
			c.out.spread(c.n, n, set, c.pageValid)
		}
	}
	if !c.flat {
		c.n += set
		return nil
	}
	c.keep(n, set, in)
	return nil
}

// fits refuses a page that claims more NULLs than plausible before memory is taken for it.
func (c *chunkReader) fits(h *pageHeader, room, set int) error {
	if room > 1<<24 && int64(room) > int64(set)+(1<<15)*int64(h.compressed+1) {
		return damaged("a page of %d bytes claims %d values", h.compressed, room)
	}
	return nil
}

// keep takes over the page's rows in, or all n of them.
func (c *chunkReader) keep(n, set int, in []RowRange) {
	if in != nil && (len(in) > 1 || in[0].To-in[0].From < n) {
		if c.coded {
			pick(c.codes, c.n, in)
		} else {
			c.out.pick(c.n, in)
		}
	} else {
		in = []RowRange{{0, n}}
	}
	for _, r := range in {
		k := r.To - r.From
		if set < n && c.valid == nil {
			c.valid = vector.NewBitmap(max(c.n+k, min(c.rows, maxEagerRows)), false)
			setBits(c.valid, 0, c.n)
		}
		if c.valid != nil {
			for words := vector.BitmapWords(c.n + k); len(c.valid) < words; {
				c.valid = append(c.valid, 0)
			}
			if set < n {
				orBits(c.valid, c.n, c.pageValid, r.From, r.To)
			} else {
				setBits(c.valid, c.n, k)
			}
		}
		c.n += k
	}
}

// readCodes decodes codes and checks them against the dictionary.
func (c *chunkReader) readCodes(dst []uint32, values []byte) error {
	if len(dst) == 0 {
		return nil
	}
	if len(values) == 0 {
		return damaged("a page of column %q has no codes", c.leaf.name)
	}
	width := uint(values[0])
	if err := decodeHybrid(dst, values[1:], width); err != nil {
		return err
	}
	if width < 32 && 1<<width <= c.dict.v.Len {
		return nil
	}
	if top := largest(dst); int64(top) >= int64(c.dict.v.Len) {
		return damaged("column %q has code %d in a dictionary of %d", c.leaf.name, top, c.dict.v.Len)
	}
	return nil
}

// largest looks at four codes at a time, so that one comparison does not wait for another.
func largest(codes []uint32) uint32 {
	var a, b, c, d uint32
	for ; len(codes) >= 4; codes = codes[4:] {
		a, b, c, d = max(a, codes[0]), max(b, codes[1]), max(c, codes[2]), max(d, codes[3])
	}
	for _, x := range codes {
		a = max(a, x)
	}
	return max(a, b, c, d)
}

// expand turns codes to spans when a chunk falls back from its dictionary to plain pages. No string is copied.
func (c *chunkReader) expand() {
	c.coded = false
	c.out.reserve(max(c.n, min(c.rows, maxEagerRows)))
	c.heapFromDictionary()
	c.out.gather(0, c.dict.v, c.codes[:c.n])
	c.codes = nil
}

// heapFromDictionary makes the dictionary's bytes the front of the heap, so that its spans hold there too.
func (c *chunkReader) heapFromDictionary() {
	c.out.v.Heap = append(make([]byte, 0, c.heapSize()+padding), c.dict.v.Heap...)
}

// heapSize is a guess at the bytes of all strings of the chunk that a lying footer cannot inflate.
func (c *chunkReader) heapSize() int {
	return int(min(max(c.meta.uncompressed, 0), 24*c.meta.compressed+4096))
}

// open decompresses a page: into the heap's end (values then lie from from on), or into the page buffer.
func (c *chunkReader) open(h *pageHeader, body []byte, inHeap bool) (lv pageLevels, values []byte, from int, err error) {
	codec := c.meta.codec
	plain := int(h.uncompressed)
	if h.kind == pageDataV2 {
		levels := int64(h.defBytes) + int64(h.repBytes)
		if levels > int64(len(body)) || levels > int64(plain) {
			return lv, nil, 0, damaged("a page of column %q has %d bytes of levels", c.leaf.name, levels)
		}
		lv.rep, lv.def = body[:h.repBytes], body[h.repBytes:levels]
		body = body[levels:]
		plain -= int(levels)
		if h.plainV2 {
			codec = codecNone
		}
	}
	if len(body) == 0 && plain == 0 {
		codec = codecNone
	}
	if err := checkExpansion(codec, int64(len(body)), int64(plain)); err != nil {
		return lv, nil, 0, err
	}
	var p []byte
	if inHeap {
		v := c.out.v
		if err := c.out.roomInHeap(int64(plain)); err != nil {
			return lv, nil, 0, err
		}
		from = len(v.Heap)
		if need := from + plain + padding; cap(v.Heap) < need {
			grown := make([]byte, from, max(need, min(c.heapSize()+padding, 2*need), cap(v.Heap)+cap(v.Heap)/2))
			copy(grown, v.Heap)
			v.Heap = grown
		}
		v.Heap = v.Heap[:from+plain]
		p = v.Heap[from:]
	} else {
		p = sized(c.page, plain)
	}
	if err := decompress(codec, p, body); err != nil {
		return lv, nil, 0, err
	}
	if h.kind == pageData {
		rest := p
		if c.leaf.maxRep > 0 {
			if lv.rep, rest, err = cutLevels(rest, h.repEncoding); err != nil {
				return lv, nil, 0, err
			}
		}
		if c.leaf.maxDef > 0 {
			if lv.def, rest, err = cutLevels(rest, h.defEncoding); err != nil {
				return lv, nil, 0, err
			}
		}
		from += len(p) - len(rest)
		p = rest
	}
	return lv, p, from, nil
}

// pageLevels are the encoded levels of a page.
type pageLevels struct{ rep, def []byte }

func cutLevels(p []byte, enc int32) (levels, rest []byte, err error) {
	if enc != encRLE {
		if enc == encBitPacked {
			return nil, nil, sqlerr.Unsupported("Parquet levels of encoding BIT_PACKED")
		}
		return nil, nil, damaged("levels have encoding %d", enc)
	}
	if len(p) < 4 {
		return nil, nil, damaged("a page has no levels")
	}
	n := uint64(binary.LittleEndian.Uint32(p))
	if n > uint64(len(p)-4) {
		return nil, nil, damaged("a page of %d bytes has %d bytes of levels", len(p), n)
	}
	return p[4 : 4+n], p[4+n:], nil
}

// readValidity reads the levels of a flat column into pageValid and counts the values.
func (c *chunkReader) readValidity(lv pageLevels, n int) (set int, err error) {
	ensure((*[]uint64)(&c.pageValid), vector.BitmapWords(n))
	w := c.pageValid[:vector.BitmapWords(n)]
	clear(w)
	return decodeBits(w, lv.def, n)
}

// readLevels appends the levels of a page and counts the values.
func (c *chunkReader) readLevels(lv pageLevels, n int) (set int, err error) {
	at := len(c.defs)
	c.defs = append(c.defs, make([]uint8, n)...)
	if c.leaf.maxDef > 0 {
		if err := decodeLevels(c.defs[at:], lv.def, uint(bits.Len8(c.leaf.maxDef)), &c.scratch); err != nil {
			return 0, err
		}
	}
	if c.leaf.maxRep > 0 {
		c.reps = append(c.reps, make([]uint8, n)...)
		if err := decodeLevels(c.reps[at:], lv.rep, uint(bits.Len8(c.leaf.maxRep)), &c.scratch); err != nil {
			return 0, err
		}
	}
	for _, d := range c.defs[at:] {
		if d == c.leaf.maxDef {
			set++
		} else if d > c.leaf.maxDef {
			return 0, damaged("column %q has a level of %d", c.leaf.name, d)
		}
	}
	return set, nil
}
