package exec

import (
	"math/bits"

	"github.com/argan-sql/argan/exec/eval"
	"github.com/argan-sql/argan/exec/hashtable"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// runtimeFilter knows the values that a join's build side has for a key: a scan on the other side drops rows that have
// none of them before they are joined.
type runtimeFilter struct {
	t *types.Type
	// Integers: the range, and a bit per value where it is narrow.
	integer bool
	lo, hi  int64
	set     vector.Bitmap
	// Others, and wide ranges: a Bloom filter over the values' hashes.
	bloom []uint64
	empty bool
}

// maxBits is the largest bitmap of a filter, in bits.
const maxBits = 1 << 27

// publish makes the runtime filters of a join's keys.
func (q *query) publish(s *joinShape, r *rows, t *joinTable) {
	if s.probeRest || s.anti || s.mark {
		return // rows without partner are wanted
	}
	for i, number := range s.node.RuntimeFilters {
		if number == 0 || i >= len(s.buildKeys) || s.node.NullSafe[i] {
			continue
		}
		p, err := eval.Compile(s.buildKeys[i], q.newWorker(0).env)
		if err != nil {
			continue // the filter only spares work
		}
		var keys []*vector.Vector
		for _, b := range r.batches {
			v, err := p.Eval(b)
			if err != nil {
				return
			}
			keys = append(keys, v)
		}
		q.filters[number] = newRuntimeFilter(s.buildKeys[i].Type(), keys, t.Rows())
	}
}

func newRuntimeFilter(t *types.Type, keys []*vector.Vector, n int) *runtimeFilter {
	f := &runtimeFilter{t: t, empty: true}
	switch t.Physical() {
	case types.PhysInt8, types.PhysInt16, types.PhysInt32, types.PhysInt64:
		f.integer = true
	}
	if f.integer {
		for _, v := range keys {
			f.bounds(v)
		}
		if f.empty {
			return f
		}
		if span := f.hi - f.lo; span >= 0 && span < maxBits && span < int64(1<<20+256*n) {
			f.set = vector.NewBitmap(int(span)+1, false)
			for _, v := range keys {
				eachInt(v, func(_ int, x int64) { f.set.Set(int(x - f.lo)) })
			}
			return f
		}
	}
	f.empty = n == 0
	words := 1 << bits.Len(uint(n/4+1)) // 16 bits a key, more or less
	if words > 1<<22 {
		return f // as large as the table: of no use but for its bounds
	}
	f.bloom = make([]uint64, words)
	enc := hashtable.NewEncoder(hashtable.NewLayout([]*types.Type{t}, false))
	for _, v := range keys {
		enc.Encode([]*vector.Vector{v}, v.Len)
		for _, h := range enc.Hashes[:v.Len] {
			f.bloom[h&uint64(words-1)] |= bloomBits(h)
		}
	}
	return f
}

// bloomBits are the bits of a hash within its word.
func bloomBits(h uint64) uint64 {
	return 1<<(h>>58) | 1<<(h>>52&63) | 1<<(h>>46&63)
}

// bounds widens the range by the values of v.
func (f *runtimeFilter) bounds(v *vector.Vector) {
	eachInt(v, func(_ int, x int64) {
		if f.empty {
			f.lo, f.hi, f.empty = x, x, false
		}
		f.lo, f.hi = min(f.lo, x), max(f.hi, x)
	})
}

// eachInt calls g for each value of an integer vector that is not NULL.
func eachInt(v *vector.Vector, g func(row int, x int64)) {
	if v.Form != vector.Flat {
		v = vector.Flatten(v)
	}
	switch v.Type.Physical() {
	case types.PhysInt8:
		eachOf(v.I8[:v.Len], v.Valid, g)
	case types.PhysInt16:
		eachOf(v.I16[:v.Len], v.Valid, g)
	case types.PhysInt32:
		eachOf(v.I32[:v.Len], v.Valid, g)
	case types.PhysInt64:
		eachOf(v.I64[:v.Len], v.Valid, g)
	}
}

func eachOf[T int8 | int16 | int32 | int64](vals []T, valid vector.Bitmap, g func(row int, x int64)) {
	for i, x := range vals {
		if valid == nil || valid.Get(i) {
			g(i, int64(x))
		}
	}
}

// filterProbe tests a scan's values against a filter. It belongs to one worker, and gives up when it drops too little.
type filterProbe struct {
	f      *runtimeFilter
	enc    *hashtable.Encoder
	tested int
	kept   int
	off    bool
	sel    []uint32 // scratch
}

// learnRows is the number of rows after which a filter that keeps most is given up.
const learnRows = 1 << 15

// rows gives the rows of v that may have a partner, valid until the next call; all says that none was dropped.
func (p *filterProbe) rows(v *vector.Vector) (sel []uint32, all bool) {
	f := p.f
	n := v.Len
	switch {
	case f.empty:
		return []uint32{}, n == 0
	case v.Form == vector.Const:
		return nil, true
	}
	if cap(p.sel) < n {
		p.sel = make([]uint32, max(n, vector.BatchSize))
	}
	out := p.sel[:n]
	k := 0
	switch {
	case f.set != nil || f.integer && f.bloom == nil:
		if v.Form == vector.Dict {
			v = vector.Flatten(v)
		}
		switch v.Type.Physical() {
		case types.PhysInt8:
			k = testInts(out, v.I8[:n], f)
		case types.PhysInt16:
			k = testInts(out, v.I16[:n], f)
		case types.PhysInt32:
			k = testInts(out, v.I32[:n], f)
		case types.PhysInt64:
			k = testInts(out, v.I64[:n], f)
		}
		if v.Valid != nil {
			j := 0
			for _, i := range out[:k] {
				if v.Valid.Get(int(i)) {
					out[j] = i
					j++
				}
			}
			k = j
		}
	case f.bloom != nil:
		if p.enc == nil {
			p.enc = hashtable.NewEncoder(hashtable.NewLayout([]*types.Type{f.t}, false))
		}
		p.enc.Encode([]*vector.Vector{v}, n)
		mask := uint64(len(f.bloom) - 1)
		for i, h := range p.enc.Hashes[:n] {
			out[k] = uint32(i)
			if b := bloomBits(h); f.bloom[h&mask]&b == b {
				k++
			}
		}
	default:
		return nil, true
	}
	p.tested += n
	p.kept += k
	if p.tested > learnRows && p.kept > p.tested-p.tested/8 {
		p.off = true
	}
	return out[:k], k == n
}

func testInts[T int8 | int16 | int32 | int64](out []uint32, vals []T, f *runtimeFilter) int {
	k := 0
	lo, span := uint64(f.lo), uint64(f.hi-f.lo)
	if f.set == nil {
		for i, x := range vals {
			out[k] = uint32(i)
			if uint64(int64(x))-lo <= span {
				k++
			}
		}
		return k
	}
	set := f.set
	for i, x := range vals {
		out[k] = uint32(i)
		if d := uint64(int64(x)) - lo; d <= span && set[d>>6]>>(d&63)&1 != 0 {
			k++
		}
	}
	return k
}
