package hashtable

import (
	"runtime"

	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// Table numbers the distinct keys it is given, from 0. It belongs to one worker.
//
// Three ways lead to a key's number: a memo by dictionary codes, an array over a dense range of integers, and a
// linear-probing table of salted slots. The last always works; the others are taken while they pay.
type Table struct {
	keys
	enc    *Encoder
	hashes []uint64 // per key, while slots are in use
	slots  []uint64 // upper half of the hash, number+1
	mask   uint64
	// nullKey is the number of the NULL key of a layout that does not hold NULLs, -1 if there is none yet.
	nullKey int

	dense    []uint32 // number+1 by key-denseMin
	denseMin int64
	isDense  bool
	integer  bool // one integer column

	memo codeMemo
	rows int // rows seen, for the worth of the dense form
}

const (
	firstSlots = 1 << 10
	// maxDense is the most entries of a dense array; it may have denseSlack entries whatever the rows, or 8 per row seen.
	maxDense   = 1 << 26
	denseSlack = 1 << 15
	// NotFound is what Find answers for a key that is not there.
	NotFound = ^uint32(0)
)

// NewTable makes an empty table for keys of the given types.
func NewTable(ts []*types.Type) *Table {
	l := NewLayout(ts, false)
	t := &Table{keys: newKeys(l), enc: NewEncoder(l), nullKey: -1}
	if len(l.cols) == 1 && !l.nulls {
		switch l.cols[0].phys {
		case types.PhysInt8, types.PhysInt16, types.PhysInt32, types.PhysInt64:
			t.integer, t.isDense = true, true
		}
	}
	return t
}

// Len is the number of keys.
func (t *Table) Len() int { return t.n }

// SizeBytes is the memory of the table.
func (t *Table) SizeBytes() int64 {
	n := t.size() + int64(8*cap(t.hashes)+8*cap(t.slots)+4*cap(t.dense)+4*cap(t.memo.numbers)) + int64(8*(cap(t.enc.Rows)+cap(t.enc.Hashes)))
	for _, b := range t.nested {
		if b != nil {
			n += b.Peek().SizeBytes()
		}
	}
	return n
}

// Keys gives the keys numbered from to to (exclusive).
func (t *Table) Keys(from, to int) []*vector.Vector { return t.vectors(from, to, t.nullKey) }

// KeysAt gives the keys of some numbers, in any order.
func (t *Table) KeysAt(numbers []uint32) []*vector.Vector {
	w := t.l.words
	some := keys{l: t.l, heap: t.heap, n: len(numbers), words: make([]uint64, 0, len(numbers)*w)}
	for _, x := range numbers {
		some.words = append(some.words, t.words[int(x)*w:(int(x)+1)*w]...)
	}
	out := make([]*vector.Vector, len(t.l.cols))
	for c, b := range t.nested {
		if b != nil {
			out[c] = vector.Gather(b.Peek(), numbers)
			continue
		}
		out[c] = some.vector(c, 0, len(numbers), -1)
	}
	if t.nullKey < 0 {
		return out
	}
	for i, x := range numbers {
		if int(x) == t.nullKey {
			if out[0].Valid == nil {
				out[0].Valid = vector.NewBitmap(len(numbers), true)
			}
			out[0].Valid.Clear(i)
		}
	}
	return out
}

// Hash is the hash of a key, for partitioning: equal keys have equal hashes in all tables of the process.
func (t *Table) Hash(number int) uint64 {
	if number == t.nullKey {
		return mix(0)
	}
	if !t.isDense {
		return t.hashes[number]
	}
	return mix(mix(t.words[number]))
}

// Groups gives the number of the key of each of n rows, adding keys that are new.
func (t *Table) Groups(cols []*vector.Vector, n int, numbers []uint32) {
	t.rows += n
	if t.memo.takes(cols, n) {
		t.byCode(cols, n, numbers)
		return
	}
	t.byKey(cols, n, numbers)
}

func (t *Table) byKey(cols []*vector.Vector, n int, numbers []uint32) {
	t.source = cols
	t.enc.Encode(cols, n)
	if t.isDense {
		if t.denseGroups(numbers) {
			return
		}
		t.leaveDense()
	}
	if t.l.nulls || t.enc.Null == nil {
		t.insert(numbers[:n])
		return
	}
	// One column, some rows NULL: number them apart.
	if t.nullKey < 0 {
		t.addNull()
	}
	valid := make([]uint32, 0, n)
	for i := 0; i < n; i++ {
		if t.enc.Null.Get(i) {
			numbers[i] = uint32(t.nullKey)
		} else {
			valid = append(valid, uint32(i))
		}
	}
	for _, i := range valid {
		numbers[i] = t.findOrAdd(int(i))
	}
}

func (t *Table) addNull() {
	t.nullKey = t.n
	t.words = append(t.words, 0)
	t.hashes = append(t.hashes, mix(0))
	t.n++
}

// insert finds or adds all rows of the encoder.
func (t *Table) insert(numbers []uint32) {
	e := t.enc
	if len(t.slots) < 2*(t.n+1) {
		t.rehash()
	}
	// Touch the slots first: the loads run side by side, the comparisons then find them in the cache.
	if len(t.slots) > 1<<15 {
		var sink uint64
		for _, h := range e.Hashes[:len(numbers)] {
			sink |= t.slots[h&t.mask]
		}
		runtime.KeepAlive(sink) // the loads warm the cache and must not be dropped
	}
	if t.l.words == 1 && !t.l.nulls {
		t.insertWords(numbers)
		return
	}
	for i := range numbers {
		numbers[i] = t.findOrAdd(i)
	}
}

// insertWords is insert for keys of one word.
func (t *Table) insertWords(numbers []uint32) {
	e := t.enc
	rows := e.Rows[:len(numbers)]
	hashes := e.Hashes[:len(numbers)]
	for i := range numbers {
		h := hashes[i]
		key := rows[i]
		for at := h & t.mask; ; at = (at + 1) & t.mask {
			s := t.slots[at]
			if s == 0 {
				t.words = append(room(t.words, 1), key)
				t.hashes = append(room(t.hashes, 1), h)
				t.slots[at] = h&^0xffffffff | uint64(t.n+1)
				numbers[i] = uint32(t.n)
				t.n++
				if len(t.slots) < 2*t.n {
					t.rehash()
				}
				break
			}
			if (s^h)>>32 == 0 {
				if g := uint32(s) - 1; t.words[g] == key {
					numbers[i] = g
					break
				}
			}
		}
	}
}

func (t *Table) findOrAdd(i int) uint32 {
	if len(t.slots) < 2*(t.n+1) {
		t.rehash()
	}
	h := t.enc.Hashes[i]
	at := h & t.mask
	for ; t.slots[at] != 0; at = (at + 1) & t.mask {
		s := t.slots[at]
		if (s^h)>>32 == 0 {
			if g := uint32(s) - 1; t.equal(int(g), t.enc, i) {
				return g
			}
		}
	}
	g := t.n
	t.add(t.enc, i)
	t.hashes = append(room(t.hashes, 1), h)
	t.slots[at] = h&^0xffffffff | uint64(g+1)
	return uint32(g)
}

// rehash makes the slots anew, with room for twice the keys.
func (t *Table) rehash() {
	size := max(firstSlots, len(t.slots))
	for size < 4*(t.n+1) {
		size *= 2
	}
	t.slots = make([]uint64, size)
	t.mask = uint64(size - 1)
	for g, h := range t.hashes {
		if g == t.nullKey {
			continue
		}
		at := h & t.mask
		for t.slots[at] != 0 {
			at = (at + 1) & t.mask
		}
		t.slots[at] = h&^0xffffffff | uint64(g+1)
	}
}

// denseGroups numbers the encoder's rows by the dense array; false when their range is too wide for it.
func (t *Table) denseGroups(numbers []uint32) bool {
	e := t.enc
	rows := e.Rows[:e.N]
	lo, hi, any := int64(0), int64(0), false
	for i, w := range rows {
		if e.Null != nil && e.Null.Get(i) {
			continue
		}
		k := int64(w)
		if !any {
			lo, hi, any = k, k, true
		}
		lo, hi = min(lo, k), max(hi, k)
	}
	if any && !t.widen(lo, hi) {
		return false
	}
	if e.Null != nil && t.nullKey < 0 {
		t.nullKey = t.n
		t.words = append(t.words, 0)
		t.n++
	}
	for i, w := range rows {
		if e.Null != nil && e.Null.Get(i) {
			numbers[i] = uint32(t.nullKey)
			continue
		}
		d := &t.dense[int64(w)-t.denseMin]
		if *d == 0 {
			t.words = append(room(t.words, 1), w)
			t.n++
			*d = uint32(t.n)
		}
		numbers[i] = *d - 1
	}
	return true
}

// widen makes the dense array cover lo to hi, if that is not too much.
func (t *Table) widen(lo, hi int64) bool {
	if len(t.dense) > 0 {
		if lo >= t.denseMin && hi-t.denseMin < int64(len(t.dense)) {
			return true
		}
		lo, hi = min(lo, t.denseMin), max(hi, t.denseMin+int64(len(t.dense))-1)
	}
	span := hi - lo
	if span < 0 || span >= min(maxDense, int64(denseSlack+8*t.rows)) {
		return false
	}
	// Grow with slack towards both ends, as keys mostly come in some order.
	slack := span / 2
	if lo > -1<<62 && hi < 1<<62 {
		if len(t.dense) == 0 || hi > t.denseMin+int64(len(t.dense))-1 {
			hi += slack
		}
		if len(t.dense) > 0 && lo < t.denseMin {
			lo -= slack
		}
	}
	dense := make([]uint32, hi-lo+1)
	if len(t.dense) > 0 {
		copy(dense[t.denseMin-lo:], t.dense)
	}
	t.dense, t.denseMin = dense, lo
	return true
}

// leaveDense goes over to slots.
func (t *Table) leaveDense() {
	t.isDense, t.dense = false, nil
	t.hashes = make([]uint64, t.n)
	for i, w := range t.words {
		t.hashes[i] = mix(mix(w))
	}
	t.rehash()
}
