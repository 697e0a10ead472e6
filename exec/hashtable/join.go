package hashtable

import (
	"sync"

	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// Join finds the rows of a build side by key. Build fills it once, with several workers; afterwards any number of
// Probes read it.
type Join struct {
	l    *Layout
	safe []bool // columns that compare NULLs as equal
	keys
	hashes []uint64
	// slots lead to the first row of a key; next, 0-terminated as row+1, to the others. nil next: no key comes twice.
	slots []uint64
	mask  uint64
	next  []uint32
	// dense leads to the first row by key-denseMin, as row+1, where keys are integers of a narrow range.
	dense    []uint32
	denseMin int64
	min, max int64
	integer  bool
	// HasNull says that some row was left out because a key was NULL.
	HasNull bool
	// skip has a bit set per row that no probe can find; nil for none.
	skip vector.Bitmap
}

// NewJoin makes an empty table; nullSafe[i] makes key i compare NULLs as equal.
func NewJoin(ts []*types.Type, nullSafe []bool) *Join {
	any := false
	for _, s := range nullSafe {
		any = any || s
	}
	j := &Join{l: NewLayout(ts, any), safe: nullSafe}
	j.keys = newKeys(j.l)
	// Values of nested keys are not asked for again: the payload has them.
	j.keys.nested = nil
	if len(ts) == 1 && !any {
		switch j.l.cols[0].phys {
		case types.PhysInt8, types.PhysInt16, types.PhysInt32, types.PhysInt64:
			j.integer = true
		}
	}
	return j
}

// Layout is the keys' layout, for encoders.
func (j *Join) Layout() *Layout { return j.l }

// SizeBytes is the memory of the table.
func (j *Join) SizeBytes() int64 {
	return j.size() + int64(8*cap(j.hashes)+8*cap(j.slots)+4*cap(j.next)+4*cap(j.dense)+8*cap(j.skip))
}

// Rows is the number of rows that were added.
func (j *Join) Rows() int { return j.n }

// unsafeNulls gives the rows of an encoder some key of which is NULL and does not compare as equal; nil for none.
func (j *Join) unsafeNulls(e *Encoder) vector.Bitmap {
	if e.Null == nil || !j.l.nulls {
		return e.Null
	}
	var out vector.Bitmap
	for i := 0; i < e.N; i++ {
		m := e.Rows[i*j.l.words]
		if m == 0 {
			continue
		}
		for k, s := range j.safe {
			if !s && m>>(uint(k)&63)&1 != 0 {
				if out == nil {
					out = vector.NewBitmap(e.N, false)
				}
				out.Set(i)
				break
			}
		}
	}
	return out
}

// Add appends the rows of an encoder, in order.
func (j *Join) Add(e *Encoder) {
	from := j.n
	if j.l.long {
		for i := 0; i < e.N; i++ {
			j.add(e, i)
		}
	} else {
		j.words = append(room(j.words, e.N*j.l.words), e.Rows[:e.N*j.l.words]...)
		j.n += e.N
	}
	if !j.integer {
		j.hashes = append(room(j.hashes, e.N), e.Hashes[:e.N]...)
	}
	if nulls := j.unsafeNulls(e); nulls != nil {
		j.HasNull = true
		for len(j.skip) < vector.BitmapWords(j.n) {
			j.skip = append(j.skip, 0)
		}
		for i := 0; i < e.N; i++ {
			if nulls.Get(i) {
				j.skip.Set(from + i)
			}
		}
	}
}

func (j *Join) skipped(i int) bool {
	return j.skip != nil && i>>6 < len(j.skip) && j.skip[i>>6]>>(uint(i)&63)&1 != 0
}

// Build makes the table of all added rows, with up to workers goroutines.
func (j *Join) Build(workers int) {
	if j.integer && j.buildDense() {
		return
	}
	if j.integer {
		j.hashes = make([]uint64, j.n)
		for i, w := range j.words {
			j.hashes[i] = mix(mix(w))
		}
	}
	size := firstSlots
	for size < 2*j.n {
		size *= 2
	}
	j.slots = make([]uint64, size)
	j.mask = uint64(size - 1)
	next := make([]uint32, j.n)
	// Each worker owns a range of the table and walks all hashes; a run of slots that leaves its range is finished by
	// one worker afterwards.
	if j.n < 1<<16 {
		workers = 1
	}
	if workers < 1 {
		workers = 1
	}
	shares := 1
	for shares*2 <= workers {
		shares *= 2
	}
	share := uint64(size / shares)
	late := make([][]uint32, shares)
	dups := make([]bool, shares)
	var wg sync.WaitGroup
	for s := 0; s < shares; s++ {
		wg.Add(1)
		go func(s int) {
			defer wg.Done()
			from, to := uint64(s)*share, uint64(s+1)*share
			if shares == 1 {
				to = ^uint64(0)
			}
			for i, h := range j.hashes {
				at := h & j.mask
				if at < from || at >= to || j.skipped(i) {
					continue
				}
				ok, dup := j.place(i, h, at, to, next)
				if !ok {
					late[s] = append(late[s], uint32(i))
				}
				dups[s] = dups[s] || dup
			}
		}(s)
	}
	wg.Wait()
	anyDup := false
	for s := range late {
		anyDup = anyDup || dups[s]
		for _, i := range late[s] {
			h := j.hashes[i]
			_, dup := j.place(int(i), h, h&j.mask, ^uint64(0), next)
			anyDup = anyDup || dup
		}
	}
	if anyDup {
		j.next = next
	}
}

// place puts row i into the table from slot at on, without reaching slot end; dup says that its key was there.
func (j *Join) place(i int, h, at, end uint64, next []uint32) (ok, dup bool) {
	for {
		s := j.slots[at]
		if s == 0 {
			j.slots[at] = h&^0xffffffff | uint64(i+1)
			return true, false
		}
		if (s^h)>>32 == 0 {
			first := int(uint32(s)) - 1
			if j.sameRows(first, i) {
				next[i] = next[first]
				next[first] = uint32(i + 1)
				return true, true
			}
		}
		if end == ^uint64(0) {
			at = (at + 1) & j.mask
		} else if at++; at >= end {
			return false, false
		}
	}
}

func (j *Join) sameRows(a, b int) bool {
	w := j.l.words
	if !j.l.long {
		for x := 0; x < w; x++ {
			if j.words[a*w+x] != j.words[b*w+x] {
				return false
			}
		}
		return true
	}
	e := Encoder{l: j.l, Rows: j.words, heaps: make([][]byte, 0, 4)}
	for range j.l.cols {
		e.heaps = append(e.heaps, j.heap)
	}
	return j.equal(a, &e, b)
}

// buildDense makes the array form, if the range of the keys is narrow enough.
func (j *Join) buildDense() bool {
	any := false
	for i, w := range j.words {
		if j.skipped(i) {
			continue
		}
		k := int64(w)
		if !any {
			j.min, j.max, any = k, k, true
		}
		j.min, j.max = min(j.min, k), max(j.max, k)
	}
	if !any {
		j.min, j.max = 0, -1
		return false
	}
	span := j.max - j.min
	if span < 0 || span >= min(maxDense, int64(denseSlack+4*j.n)) {
		return false
	}
	j.dense, j.denseMin = make([]uint32, span+1), j.min
	var next []uint32
	for i, w := range j.words {
		if j.skipped(i) {
			continue
		}
		d := &j.dense[int64(w)-j.min]
		if *d != 0 {
			if next == nil {
				next = make([]uint32, j.n)
			}
			next[i] = next[*d-1]
			next[*d-1] = uint32(i + 1)
			continue
		}
		*d = uint32(i + 1)
	}
	j.next = next
	return true
}

// Unique says that no key comes twice.
func (j *Join) Unique() bool { return j.next == nil }

// Next gives the next row with the same key as row, NotFound when there is none.
func (j *Join) Next(row uint32) uint32 {
	if j.next == nil {
		return NotFound
	}
	return j.next[row] - 1
}

// Probe looks keys up in a Join. It belongs to one worker.
type Probe struct {
	j   *Join
	enc *Encoder
}

// NewProbe makes a probe.
func NewProbe(j *Join) *Probe { return &Probe{j: j, enc: NewEncoder(j.l)} }

// Find gives for each of n rows the first row of the build side with its key, NotFound if there is none. nulls has a bit
// set for the rows some key of which is NULL and matches nothing; nil for none.
func (p *Probe) Find(cols []*vector.Vector, n int, rows []uint32) (nulls vector.Bitmap) {
	j, e := p.j, p.enc
	e.Encode(cols, n)
	nulls = j.unsafeNulls(e)
	rows = rows[:n]
	switch {
	case j.n == 0:
		for i := range rows {
			rows[i] = NotFound
		}
		return nulls
	case j.dense != nil:
		words, dense, lo := e.Rows[:n], j.dense, uint64(j.denseMin)
		for i, w := range words {
			at := w - lo
			if at < uint64(len(dense)) {
				rows[i] = dense[at] - 1
			} else {
				rows[i] = NotFound
			}
		}
	case j.l.words == 1:
		p.findWords(rows)
	default:
		p.findRows(rows)
	}
	if nulls != nil {
		for i := range rows {
			if nulls.Get(i) {
				rows[i] = NotFound
			}
		}
	}
	return nulls
}

func (p *Probe) findWords(rows []uint32) {
	j, e := p.j, p.enc
	hashes, keys := e.Hashes[:len(rows)], e.Rows[:len(rows)]
	// First all slots are loaded side by side, then they are compared.
	for i, h := range hashes {
		rows[i] = uint32(j.slots[h&j.mask])
	}
	for i, h := range hashes {
		if rows[i] == 0 {
			rows[i] = NotFound
			continue
		}
		rows[i] = NotFound
		for at := h & j.mask; ; at = (at + 1) & j.mask {
			s := j.slots[at]
			if s == 0 {
				break
			}
			if (s^h)>>32 == 0 && j.words[uint32(s)-1] == keys[i] {
				rows[i] = uint32(s) - 1
				break
			}
		}
	}
}

func (p *Probe) findRows(rows []uint32) {
	j, e := p.j, p.enc
	hashes := e.Hashes[:len(rows)]
	for i, h := range hashes {
		rows[i] = uint32(j.slots[h&j.mask])
	}
	for i, h := range hashes {
		if rows[i] == 0 {
			rows[i] = NotFound
			continue
		}
		rows[i] = NotFound
		for at := h & j.mask; ; at = (at + 1) & j.mask {
			s := j.slots[at]
			if s == 0 {
				break
			}
			if (s^h)>>32 == 0 {
				if g := int(uint32(s)) - 1; j.equal(g, e, i) {
					rows[i] = uint32(g)
					break
				}
			}
		}
	}
}
