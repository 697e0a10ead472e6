package parquet

import (
	"encoding/binary"
	"math"
	"math/bits"

	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// leafWriter gathers the values of one leaf into pages, and pages into a column chunk.
//
// Values are numbered by a dictionary as long as that saves space; then the chunk falls back to plain values. A page in
// the making holds codes or plain bytes, and its levels: a bit per row for flat columns, levels for the others.
type leafWriter struct {
	element        schemaElement
	typ            *types.Type
	options        *Options
	path           []string
	logical        []string // names of the schema, nil within lists
	maxDef, maxRep uint8

	// The page in the making.
	rows, values, nulls int // rows, entries with NULLs, NULLs
	valid               vector.Bitmap
	defs, reps          []uint8
	plain               []byte
	codes               []uint32
	pageStats           bounds
	rawBytes            int // what the page's values take as plain

	// The chunk.
	coded       bool
	words       wordDictionary
	strings     bytesDictionary
	seen        []uint32 // per code of strings: the number of the page that last had it
	done        []donePage
	chunkValues int64
	chunkNulls  int64
	chunkStats  bounds
	held        int // bytes of finished pages

	// The file.
	file      bounds
	fileNulls int64

	scratch  []int64
	codesBuf []uint32
	buf      []byte
	// remap gives this chunk's code for a code of the vector dictionary it was made for.
	remap    []uint32
	remapped *vector.Vector
}

type donePage struct {
	body         []byte // compressed
	uncompressed int
	values, rows int
	nulls        int
	coded        bool
	stats        bounds
}

func newLeafWriter(e schemaElement, t *types.Type, o *Options) *leafWriter {
	w := &leafWriter{element: e, typ: t, options: o}
	w.startChunk()
	return w
}

func (w *leafWriter) flat() bool { return w.maxRep == 0 && w.maxDef <= 1 }

func (w *leafWriter) isWords() bool {
	return w.element.physical != physByteArray && w.element.physical != physFixed
}

func (w *leafWriter) startChunk() {
	w.coded = !w.options.NoDictionary && w.element.physical != physBoolean
	if w.coded {
		if w.isWords() {
			w.words.reset()
		} else {
			w.strings.reset()
			clear(w.seen)
		}
	}
	w.done = nil
	w.chunkValues, w.chunkNulls, w.held = 0, 0, 0
	w.chunkStats = bounds{}
	w.remapped = nil
}

// appendFlat appends rows from to to of a vector to a flat column.
func (w *leafWriter) appendFlat(v *vector.Vector, nulls vector.Bitmap, from, to int) error {
	n := to - from
	missing := 0
	if w.maxDef == 1 {
		for words := vector.BitmapWords(w.values + n); len(w.valid) < words; {
			w.valid = append(w.valid, 0)
		}
		if nulls == nil {
			setBits(w.valid, w.values, n)
		} else {
			orBits(w.valid, w.values, nulls, from, to)
			missing = n - countBits(nulls, from, to)
		}
	} else if nulls != nil && countBits(nulls, from, to) < n {
		return sqlerr.New("NULL_MAP_KEY")
	}
	w.rows += n
	w.values += n
	w.nulls += missing
	if missing == n {
		return nil
	}
	if missing == 0 {
		nulls = nil
	}
	if w.isWords() {
		w.addWords(w.gatherWords(v, nulls, from, to))
		return nil
	}
	if v.Form == vector.Dict && w.coded {
		w.addDictionary(v, nulls, from, to)
		return nil
	}
	for i := from; i < to; i++ {
		if nulls.Get(i) {
			w.addBytes(w.bytesOf(v, i))
		}
	}
	return nil
}

func countBits(b vector.Bitmap, from, to int) (n int) {
	for from < to {
		i, off := from>>6, uint(from)&63
		x := b[i] >> off
		k := min(64-int(off), to-from)
		if k < 64 {
			x &= 1<<uint(k) - 1
		}
		n += bits.OnesCount64(x)
		from += k
	}
	return n
}

// bytesOf is a string, or a wide decimal in the file's form (valid until the next call).
func (w *leafWriter) bytesOf(v *vector.Vector, i int) []byte {
	if w.element.physical == physByteArray {
		return v.Bytes(i)
	}
	x := v.Values().I128[v.Index(i)]
	w.buf = binary.BigEndian.AppendUint64(w.buf[:0], uint64(x.Hi))
	w.buf = binary.BigEndian.AppendUint64(w.buf, x.Lo)
	return w.buf[16-w.element.typeLength:]
}

// pull gives the values of rows from to to that are not NULL as 64-bit words.
func pull[T any](dst []int64, src []T, v *vector.Vector, nulls vector.Bitmap, from, to int, word func(T) int64) []int64 {
	switch {
	case v.Form == vector.Flat && nulls == nil:
		dst = dst[:to-from]
		for i, x := range src[from:to] {
			dst[i] = word(x)
		}
		return dst
	case v.Form == vector.Flat:
		for i := from; i < to; i++ {
			if nulls.Get(i) {
				dst = append(dst, word(src[i]))
			}
		}
	default:
		for i := from; i < to; i++ {
			if nulls.Get(i) {
				dst = append(dst, word(src[v.Index(i)]))
			}
		}
	}
	return dst
}

func (w *leafWriter) gatherWords(v *vector.Vector, nulls vector.Bitmap, from, to int) []int64 {
	x := v.Values()
	if x.I64 != nil && v.Form == vector.Flat && nulls == nil {
		return x.I64[from:to]
	}
	dst := int64Scratch(&w.scratch, to-from)[:0]
	switch w.typ.Physical() {
	case types.PhysBool:
		return pull(dst, x.Bools, v, nulls, from, to, func(b bool) int64 {
			if b {
				return 1
			}
			return 0
		})
	case types.PhysInt8:
		return pull(dst, x.I8, v, nulls, from, to, func(i int8) int64 { return int64(i) })
	case types.PhysInt16:
		return pull(dst, x.I16, v, nulls, from, to, func(i int16) int64 { return int64(i) })
	case types.PhysInt32:
		return pull(dst, x.I32, v, nulls, from, to, func(i int32) int64 { return int64(i) })
	case types.PhysFloat32:
		return pull(dst, x.F32, v, nulls, from, to, func(f float32) int64 { return int64(math.Float32bits(f)) })
	case types.PhysFloat64:
		return pull(dst, x.F64, v, nulls, from, to, func(f float64) int64 { return int64(math.Float64bits(f)) })
	}
	return pull(dst, x.I64, v, nulls, from, to, func(i int64) int64 { return i })
}

// width is the bytes of a plain value of fixed width.
func (w *leafWriter) width() int {
	switch w.element.physical {
	case physInt32, physFloat:
		return 4
	case physBoolean:
		return 1
	case physFixed:
		return int(w.element.typeLength)
	}
	return 8
}

func (w *leafWriter) addWords(words []int64) {
	w.pageStats.addWords(w.element.physical, words)
	w.rawBytes += len(words) * w.width()
	if !w.coded {
		w.plainWords(words)
		return
	}
	at := len(w.codes)
	w.codes = append(w.codes, make([]uint32, len(words))...)
	out := w.codes[at:]
	d := &w.words
	for i, x := range words {
		if i > 0 && x == words[i-1] {
			out[i] = out[i-1]
			continue
		}
		out[i] = d.code(x)
	}
	if len(d.words)*w.width() > w.options.dictionaryBytes() {
		w.fallBack()
	}
}

func (w *leafWriter) plainWords(words []int64) {
	switch w.element.physical {
	case physInt32, physFloat:
		at := len(w.plain)
		w.plain = append(w.plain, make([]byte, 4*len(words))...)
		out := w.plain[at:]
		for i, x := range words {
			binary.LittleEndian.PutUint32(out[4*i:], uint32(x))
		}
	case physBoolean: // packed when the page is cut
		for _, x := range words {
			w.plain = append(w.plain, byte(x))
		}
	default:
		w.plain = append(w.plain, cast[byte](words)...)
	}
}

func (w *leafWriter) addBytes(b []byte) {
	w.rawBytes += len(b) + 4
	if !w.coded {
		w.pageStats.addBytes(w.element.physical, b)
		w.plainBytes(b)
		return
	}
	c := w.strings.code(b)
	w.note(c, b)
	w.codes = append(w.codes, c)
	if len(w.strings.heap)+4*len(w.strings.spans) > w.options.dictionaryBytes() {
		w.fallBack()
	}
}

func (w *leafWriter) plainBytes(b []byte) {
	if w.element.physical == physFixed {
		w.plain = append(w.plain, b...)
	} else {
		w.plain = appendPlainBytes(w.plain, b)
	}
}

// note takes a code into the page's bounds, once a page.
func (w *leafWriter) note(c uint32, b []byte) {
	for int(c) >= len(w.seen) {
		w.seen = append(w.seen, 0)
	}
	if page := uint32(len(w.done)) + 1; w.seen[c] != page {
		w.seen[c] = page
		w.pageStats.addBytes(w.element.physical, b)
	}
}

// addDictionary appends rows of a dictionary vector: each entry is looked up once.
func (w *leafWriter) addDictionary(v *vector.Vector, nulls vector.Bitmap, from, to int) {
	d := v.Dictionary
	if w.remapped != d {
		w.remapped = d
		w.remap = w.remap[:0]
		for range d.Len {
			w.remap = append(w.remap, 0)
		}
	}
	for i := from; i < to; i++ {
		if !nulls.Get(i) {
			continue
		}
		if !w.coded { // fell back on the way
			w.addBytes(w.bytesOf(v, i))
			continue
		}
		k := v.Codes[i]
		if w.remap[k] == 0 {
			w.addBytes(w.bytesOf(v, i))
			if w.coded {
				w.remap[k] = w.codes[len(w.codes)-1] + 1
			}
			continue
		}
		c := w.remap[k] - 1
		b := w.strings.value(c)
		w.rawBytes += len(b) + 4
		w.note(c, b)
		w.codes = append(w.codes, c)
	}
}

// fallBack turns the page's codes to plain values; pages that are done keep theirs, and the dictionary stays for them.
func (w *leafWriter) fallBack() {
	w.coded = false
	if w.isWords() {
		words := int64Scratch(&w.scratch, len(w.codes))
		for i, c := range w.codes {
			words[i] = w.words.words[c]
		}
		w.plainWords(words)
	} else {
		for _, c := range w.codes {
			w.plainBytes(w.strings.value(c))
		}
	}
	w.codes = w.codes[:0]
}

// full says whether the page should be cut.
func (w *leafWriter) full() bool {
	return w.rows >= w.options.pageRows() || len(w.plain)+4*len(w.codes)+len(w.defs) >= w.options.pageBytes()
}

// cut ends the page.
func (w *leafWriter) cut() error {
	if w.values == 0 {
		return nil
	}
	if w.coded && len(w.done) == 0 && len(w.codes) > 0 && !w.dictionaryPays() {
		w.fallBack()
		w.words.reset()
		w.strings.spans, w.strings.heap = w.strings.spans[:0], w.strings.heap[:0]
	}
	b := w.buf[:0]
	switch {
	case w.flat() && w.maxDef == 1:
		b = appendBitLevels(b, w.valid, w.values, w.nulls)
	case !w.flat():
		if w.maxRep > 0 {
			b = appendLevels(b, w.reps, w.maxRep, &w.codesBuf)
		}
		if w.maxDef > 0 {
			b = appendLevels(b, w.defs, w.maxDef, &w.codesBuf)
		}
	}
	switch {
	case w.coded:
		width := uint(bits.Len(uint(max(w.dictionaryLen(), 1) - 1)))
		b = append(b, byte(width))
		b = appendHybrid(b, w.codes, width)
	case w.element.physical == physBoolean:
		b = packBooleans(b, w.plain)
	default:
		b = append(b, w.plain...)
	}
	w.buf = b
	if len(b) > math.MaxInt32 {
		return sqlerr.Unsupported("a Parquet page of more than 2 GiB (column %s)", types.QuoteIfNeeded(w.element.name))
	}
	body, err := compress(w.options.Compression, b)
	if err != nil {
		return err
	}
	w.done = append(w.done, donePage{body: body, uncompressed: len(b), values: w.values, rows: w.rows, nulls: w.nulls, coded: w.coded, stats: w.pageStats})
	w.held += len(body)
	w.chunkValues += int64(w.values)
	w.chunkNulls += int64(w.nulls)
	w.chunkStats.merge(w.element.physical, &w.pageStats)
	w.rows, w.values, w.nulls, w.rawBytes = 0, 0, 0, 0
	clear(w.valid)
	w.defs, w.reps, w.plain, w.codes = w.defs[:0], w.reps[:0], w.plain[:0], w.codes[:0]
	w.pageStats = bounds{}
	return nil
}

func (w *leafWriter) dictionaryLen() int {
	if w.isWords() {
		return len(w.words.words)
	}
	return len(w.strings.spans)
}

// dictionaryPays says, after the first page, whether codes and dictionary are smaller than plain values.
func (w *leafWriter) dictionaryPays() bool {
	n := w.dictionaryLen()
	size := n * w.width()
	if !w.isWords() {
		size = len(w.strings.heap) + 4*n
	}
	return size+len(w.codes)*bits.Len(uint(n))/8 < w.rawBytes || n < 16
}

func packBooleans(b, values []byte) []byte {
	for len(values) >= 8 {
		x := values[:8]
		b = append(b, x[0]|x[1]<<1|x[2]<<2|x[3]<<3|x[4]<<4|x[5]<<5|x[6]<<6|x[7]<<7)
		values = values[8:]
	}
	if len(values) > 0 {
		var c byte
		for i, x := range values {
			c |= x << i
		}
		b = append(b, c)
	}
	return b
}

// dictionaryPage is the dictionary as PLAIN values.
func (w *leafWriter) dictionaryPage() []byte {
	b := w.buf[:0]
	if !w.isWords() {
		for i := range w.strings.spans {
			x := w.strings.value(uint32(i))
			if w.element.physical == physFixed {
				b = append(b, x...)
			} else {
				b = appendPlainBytes(b, x)
			}
		}
	} else if w.width() == 4 {
		for _, x := range w.words.words {
			b = binary.LittleEndian.AppendUint32(b, uint32(x))
		}
	} else {
		b = append(b, cast[byte](w.words.words)...)
	}
	w.buf = b
	return b
}
