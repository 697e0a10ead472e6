// Package hashtable finds groups and join partners by key, a batch at a time.
//
// Keys of any types become rows of 64-bit words: numbers and dates take one word, wide decimals and intervals two,
// strings two (length and first bytes; the rest, or for long strings their place in a heap). Equal keys have equal words,
// so that the tables compare and hash words only, and hold no Go pointers. In: key vectors. Out: group numbers (Table)
// or row numbers of the build side (Join).
//
// Keys are equal as in Spark's grouping and joining: NaN equals NaN and -0.0 equals 0.0.
package hashtable

import (
	"hash/maphash"
	"math"
	"math/bits"

	"github.com/argan-sql/argan/exec/sortkey"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// Layout says how key columns lie in the words of a row.
type Layout struct {
	cols []column
	// words is the number of words per row.
	words int
	// nulls says that word 0 holds a bit per column that is NULL; without it (one column) NULL keys are told apart elsewhere.
	nulls bool
	long  bool // a column holds strings
}

type column struct {
	t    *types.Type
	phys types.Physical
	at   int // first word
	// coded columns (lists, structs) are keyed by their order-preserving encoding as a string.
	coded *sortkey.Encoder
}

// NewLayout lays out key columns. nulls asks for NULL to be a key like others also where there is one column only.
func NewLayout(ts []*types.Type, nulls bool) *Layout {
	l := &Layout{}
	single := len(ts) == 1 && !nulls && wordsOf(ts[0].Physical()) == 1
	if !single {
		l.nulls = true
		l.words = 1
	}
	for _, t := range ts {
		c := column{t: t, phys: t.Physical(), at: l.words}
		switch c.phys {
		case types.PhysList, types.PhysStruct, types.PhysMap:
			c.coded = sortkey.New([]sortkey.Key{{Type: t, NullsFirst: true}})
			l.long = true
		case types.PhysBytes:
			l.long = true
		}
		l.words += wordsOf(c.phys)
		l.cols = append(l.cols, c)
	}
	return l
}

func wordsOf(p types.Physical) int {
	switch p {
	case types.PhysNull:
		return 0
	case types.PhysInt128, types.PhysInterval, types.PhysBytes, types.PhysList, types.PhysStruct, types.PhysMap:
		return 2
	}
	return 1
}

const (
	mixA = 0x9e3779b97f4a7c15
	mixB = 0xd6e8feb86659fd93
)

// mix is a hash of a word.
func mix(w uint64) uint64 {
	hi, lo := bits.Mul64(w^mixA, mixB)
	return hi ^ lo
}

var seed = maphash.MakeSeed()

// inlineBytes is the length up to which strings lie in the words themselves.
const inlineBytes = 12

// packBytes gives the words of a string; for a long one the second word is for the caller to set.
func packBytes(b []byte) (w0, w1 uint64) {
	w0 = uint64(len(b))
	switch {
	case len(b) >= 4:
		w0 |= uint64(b[0])<<32 | uint64(b[1])<<40 | uint64(b[2])<<48 | uint64(b[3])<<56
		if len(b) <= inlineBytes {
			for i, x := range b[4:] {
				w1 |= uint64(x) << (8 * uint(i))
			}
		}
	default:
		for i, x := range b {
			w0 |= uint64(x) << (32 + 8*uint(i))
		}
	}
	return w0, w1
}

func hashBytes(w0, w1 uint64, b []byte) uint64 {
	if len(b) <= inlineBytes {
		return mix(mix(w0) ^ w1)
	}
	return maphash.Bytes(seed, b)
}

func float64Word(x float64) uint64 {
	switch {
	case x == 0:
		return 0
	case x != x:
		return 0x7ff8000000000000
	}
	return math.Float64bits(x)
}

// Encoder turns batches of key vectors into rows of words with their hashes. It belongs to one worker; what it gives is
// valid until the next Encode.
type Encoder struct {
	l *Layout
	// Rows holds the words, Hashes a hash per row.
	Rows   []uint64
	Hashes []uint64
	// N is the number of rows.
	N int
	// Null has a bit set per row of which a key is NULL; nil when there is none.
	Null vector.Bitmap
	// heaps[i] is where the long strings of column i lie, by the offset in their second word.
	heaps [][]byte
	memos []dictWords
}

// dictWords keeps the words of the entries of the last dictionary of a column.
type dictWords struct {
	source *vector.Vector
	words  []uint64
	hashes []uint64
}

// NewEncoder makes an encoder.
func NewEncoder(l *Layout) *Encoder {
	return &Encoder{l: l, heaps: make([][]byte, len(l.cols)), memos: make([]dictWords, len(l.cols))}
}

func sized(s []uint64, n int) []uint64 {
	if cap(s) < n {
		return make([]uint64, n, max(n, 2*cap(s)))
	}
	return s[:n]
}

// Encode encodes the keys of n rows. NULL values have words of zero and their bit in word 0 (if the layout has it).
func (e *Encoder) Encode(keys []*vector.Vector, n int) {
	l := e.l
	e.N = n
	e.Rows = sized(e.Rows, n*l.words)
	e.Hashes = sized(e.Hashes, n)
	e.Null = nil
	clear(e.Hashes)
	if l.nulls {
		if l.words == 1 {
			clear(e.Rows)
		} else {
			for i := 0; i < n; i++ {
				e.Rows[i*l.words] = 0
			}
		}
	}
	for k, v := range keys {
		e.column(k, v, n)
		if v.HasNulls() {
			e.markNulls(k, v, n)
		}
	}
	if e.Null != nil && l.nulls {
		for i := range e.Hashes {
			if m := e.Rows[i*l.words]; m != 0 {
				e.Hashes[i] = mix(e.Hashes[i] ^ m)
			}
		}
	}
}

func (e *Encoder) markNulls(k int, v *vector.Vector, n int) {
	nulls := v.Nulls()
	if nulls.AllValid(n) {
		return
	}
	if e.Null == nil {
		e.Null = vector.NewBitmap(n, false)
	}
	l := e.l
	for i := 0; i < n; i++ {
		if nulls.Get(i) {
			continue
		}
		e.Null.Set(i)
		if l.nulls {
			e.Rows[i*l.words] |= 1 << (uint(k) & 63)
		}
	}
}

func (e *Encoder) column(k int, v *vector.Vector, n int) {
	c := &e.l.cols[k]
	w := e.l.words
	switch {
	case c.phys == types.PhysNull:
		return
	case c.coded != nil:
		e.bytes(c, k, c.coded.Strings(v, n), n)
		return
	case v.Form == vector.Dict:
		if v.Dictionary.Len <= 4*n || e.memos[k].source == v.Dictionary {
			e.dict(c, k, v, n)
			return
		}
		v = vector.Flatten(v)
	case v.Form == vector.Const:
		one := *v
		one.Form, one.Len = vector.Flat, 1
		words, hashes := e.entries(k, &one)
		for i := 0; i < n; i++ {
			copy(e.Rows[i*w+c.at:], words)
			e.Hashes[i] = mix(e.Hashes[i] ^ hashes[0])
		}
		return
	}
	dst := e.Rows[c.at:]
	switch c.phys {
	case types.PhysBool:
		for i, x := range v.Bools[:n] {
			var word uint64
			if x {
				word = 1
			}
			dst[i*w] = word
		}
	case types.PhysInt8:
		putInts(dst, w, v.I8[:n])
	case types.PhysInt16:
		putInts(dst, w, v.I16[:n])
	case types.PhysInt32:
		putInts(dst, w, v.I32[:n])
	case types.PhysInt64:
		putInts(dst, w, v.I64[:n])
	case types.PhysFloat32:
		for i, x := range v.F32[:n] {
			dst[i*w] = float64Word(float64(x))
		}
	case types.PhysFloat64:
		for i, x := range v.F64[:n] {
			dst[i*w] = float64Word(x)
		}
	case types.PhysInt128:
		for i, x := range v.I128[:n] {
			dst[i*w], dst[i*w+1] = uint64(x.Hi), x.Lo
		}
	case types.PhysInterval:
		for i, x := range v.Intervals[:n] {
			dst[i*w], dst[i*w+1] = uint64(uint32(x.Months))<<32|uint64(uint32(x.Days)), uint64(x.Micros)
		}
	case types.PhysBytes:
		e.bytes(c, k, v, n)
		return
	}
	wide := wordsOf(c.phys) == 2
	if v.Valid != nil {
		for i := 0; i < n; i++ {
			if !v.Valid.Get(i) {
				dst[i*w] = 0
				if wide {
					dst[i*w+1] = 0
				}
			}
		}
	}
	switch {
	case wide:
		for i := range e.Hashes[:n] {
			e.Hashes[i] = mix(e.Hashes[i] ^ mix(mix(dst[i*w])^dst[i*w+1]))
		}
	case w == 1:
		hashes := e.Hashes[:len(dst)]
		for i, x := range dst {
			hashes[i] = mix(mix(x))
		}
	default:
		for i := range e.Hashes[:n] {
			e.Hashes[i] = mix(e.Hashes[i] ^ mix(dst[i*w]))
		}
	}
}

func putInts[T int8 | int16 | int32 | int64](dst []uint64, stride int, src []T) {
	if stride == 1 {
		dst = dst[:len(src)]
		for i, x := range src {
			dst[i] = uint64(int64(x))
		}
		return
	}
	for i, x := range src {
		dst[i*stride] = uint64(int64(x))
	}
}

// bytes encodes a Flat vector of strings.
func (e *Encoder) bytes(c *column, k int, v *vector.Vector, n int) {
	v = vector.Flatten(v)
	w := e.l.words
	e.heaps[k] = v.Heap
	dst := e.Rows[c.at:]
	for i, s := range v.Spans[:n] {
		if v.Valid != nil && !v.Valid.Get(i) {
			s.Len = 0
		}
		b := v.Heap[s.Off : s.Off+s.Len]
		w0, w1 := packBytes(b)
		if len(b) > inlineBytes {
			w1 = uint64(s.Off)
		}
		dst[i*w], dst[i*w+1] = w0, w1
		e.Hashes[i] = mix(e.Hashes[i] ^ hashBytes(w0, w1, b))
	}
}

// entries gives words and hashes of the entries of a Flat vector, one by one, in column k's form.
func (e *Encoder) entries(k int, v *vector.Vector) (words, hashes []uint64) {
	c := e.l.cols[k]
	c.at = 0
	sub := &Encoder{
		l:     &Layout{cols: []column{c}, words: wordsOf(c.phys)},
		heaps: make([][]byte, 1), memos: make([]dictWords, 1),
	}
	sub.Rows, sub.Hashes, sub.N = make([]uint64, v.Len*sub.l.words), make([]uint64, v.Len), v.Len
	sub.column(0, v, v.Len)
	e.heaps[k] = sub.heaps[0]
	// The hash of a column is mixed into that of the row: take it before that.
	hashes = make([]uint64, v.Len)
	for i := range hashes {
		row := sub.Rows[i*sub.l.words:]
		switch {
		case c.phys == types.PhysBytes:
			var b []byte
			if s := v.Spans[i]; v.Valid == nil || v.Valid.Get(i) {
				b = v.Heap[s.Off : s.Off+s.Len]
			}
			hashes[i] = hashBytes(row[0], row[1], b)
		case sub.l.words == 2:
			hashes[i] = mix(mix(row[0]) ^ row[1])
		default:
			hashes[i] = mix(row[0])
		}
	}
	return sub.Rows, hashes
}

// dict encodes a Dict vector by its dictionary's words.
func (e *Encoder) dict(c *column, k int, v *vector.Vector, n int) {
	m := &e.memos[k]
	if m.source != v.Dictionary {
		m.source = v.Dictionary
		m.words, m.hashes = e.entries(k, v.Dictionary)
	}
	if c.phys == types.PhysBytes {
		e.heaps[k] = v.Dictionary.Heap
	}
	w := e.l.words
	dst := e.Rows[c.at:]
	codes := v.Codes[:n]
	if wordsOf(c.phys) == 2 {
		for i, code := range codes {
			dst[i*w], dst[i*w+1] = m.words[2*code], m.words[2*code+1]
			e.Hashes[i] = mix(e.Hashes[i] ^ m.hashes[code])
		}
	} else {
		for i, code := range codes {
			dst[i*w] = m.words[code]
			e.Hashes[i] = mix(e.Hashes[i] ^ m.hashes[code])
		}
	}
	if v.Valid == nil {
		return
	}
	// A NULL row may have any code: give it the words and the hash of zero, as a Flat one has.
	zero := e.zeroHash(c)
	for i := 0; i < n; i++ {
		if v.Valid.Get(i) {
			continue
		}
		dst[i*w] = 0
		if wordsOf(c.phys) == 2 {
			dst[i*w+1] = 0
		}
		e.Hashes[i] = e.rehash(i, c, zero)
	}
}

// zeroHash is the hash of a column's NULL value.
func (e *Encoder) zeroHash(c *column) uint64 {
	switch {
	case c.phys == types.PhysBytes:
		return hashBytes(0, 0, nil)
	case wordsOf(c.phys) == 2:
		return mix(mix(0))
	}
	return mix(0)
}

// rehash computes row i's hash anew over the columns up to c, with the given hash for c itself.
func (e *Encoder) rehash(i int, c *column, own uint64) uint64 {
	var h uint64
	row := e.Rows[i*e.l.words:]
	for k := range e.l.cols {
		d := &e.l.cols[k]
		if d.at == c.at {
			return mix(h ^ own)
		}
		if wordsOf(d.phys) > 0 {
			h = mix(h ^ e.wordHash(d, row, e.heaps[k]))
		}
	}
	return h
}

func (e *Encoder) wordHash(d *column, row []uint64, heap []byte) uint64 {
	if wordsOf(d.phys) == 1 {
		return mix(row[d.at])
	}
	w0, w1 := row[d.at], row[d.at+1]
	if d.isBytes() {
		if n := uint64(uint32(w0)); n > inlineBytes {
			return maphash.Bytes(seed, heap[w1:w1+n])
		}
	}
	return mix(mix(w0) ^ w1)
}

func (c *column) isBytes() bool { return c.phys == types.PhysBytes || c.coded != nil }
