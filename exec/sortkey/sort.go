package sortkey

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
	"sync"
)

// item is a row to be sorted: eight bytes of its key and its number.
type item struct {
	prefix uint64
	row    uint32
}

const (
	// radixRows is the number of rows from which sorting by digits beats comparing.
	radixRows = 1 << 10
	// fewRows is the number of rows up to which whole keys are compared.
	fewRows = 16
)

// Sort gives the numbers of the rows in the order of their keys; rows of equal keys stay in their order. Up to workers
// goroutines take part.
func (r *Rows) Sort(workers int) []uint32 {
	items := make([]item, r.N)
	for i := range items {
		items[i] = item{r.Prefix(i), uint32(i)}
	}
	from := 0
	if !r.FirstNull {
		from = 1
	}
	s := &sorting{rows: r, workers: workers}
	items = byPrefix(items, make([]item, len(items)))
	if !r.PrefixDecides() {
		s.ties(items, from+8)
	}
	out := make([]uint32, len(items))
	for i, it := range items {
		out[i] = it.row
	}
	return out
}

// sorting sorts on where prefixes are equal.
type sorting struct {
	rows    *Rows
	workers int
}

// ties sorts the runs of equal prefixes by what follows from byte at on; large inputs are cut between runs for several
// workers.
func (s *sorting) ties(items []item, at int) {
	const share = 1 << 16
	if s.workers <= 1 || len(items) < 2*share {
		s.runs(items, at)
		return
	}
	var wg sync.WaitGroup
	slots := make(chan struct{}, s.workers)
	for from := 0; from < len(items); {
		to := min(from+share, len(items))
		for to < len(items) && items[to].prefix == items[to-1].prefix {
			to++
		}
		part := items[from:to]
		slots <- struct{}{}
		wg.Add(1)
		go func() {
			defer wg.Done()
			s.runs(part, at)
			<-slots
		}()
		from = to
	}
	wg.Wait()
}

// runs sorts each run of equal prefixes by the bytes from at on.
func (s *sorting) runs(items []item, at int) {
	for from := 0; from < len(items); {
		to := from + 1
		for to < len(items) && items[to].prefix == items[from].prefix {
			to++
		}
		if to-from > 1 {
			s.run(items[from:to], at)
		}
		from = to
	}
}

// run sorts rows whose keys are equal up to byte at.
func (s *sorting) run(items []item, at int) {
	r := s.rows
	if len(items) <= fewRows {
		slices.SortFunc(items, func(a, b item) int {
			if c := bytes.Compare(tail(r.Bytes(int(a.row)), at), tail(r.Bytes(int(b.row)), at)); c != 0 {
				return c
			}
			return cmp.Compare(a.row, b.row)
		})
		return
	}
	more := false
	for i := range items {
		b := tail(r.Bytes(int(items[i].row)), at)
		more = more || len(b) > 0
		items[i].prefix = load(b)
	}
	if !more {
		return // the keys have ended: they are equal
	}
	if len(items) < radixRows {
		slices.SortFunc(items, func(a, b item) int {
			if a.prefix != b.prefix {
				return cmp.Compare(a.prefix, b.prefix)
			}
			return cmp.Compare(a.row, b.row)
		})
	} else if sorted := byPrefix(items, make([]item, len(items))); &sorted[0] != &items[0] {
		copy(items, sorted)
	}
	s.runs(items, at+8)
}

func tail(b []byte, at int) []byte {
	if at >= len(b) {
		return nil
	}
	return b[at:]
}

// load is the first eight bytes of b as a number that orders as they do. No key is the beginning of another, so that
// what is filled up with zeros equals nothing longer.
func load(b []byte) uint64 {
	if len(b) >= 8 {
		return binary.BigEndian.Uint64(b)
	}
	var x uint64
	for j, c := range b {
		x |= uint64(c) << (56 - 8*uint(j))
	}
	return x
}

// byPrefix sorts by prefix, rows of equal prefix staying in their order; the result is items or other.
func byPrefix(items, other []item) []item {
	if len(items) < radixRows {
		slices.SortStableFunc(items, func(a, b item) int { return cmp.Compare(a.prefix, b.prefix) })
		return items
	}
	return radix(items, other)
}

// radix sorts by prefix, a byte at a time from the last, leaving out bytes that are equal in all rows. It is stable.
func radix(items, other []item) []item {
	var counts [8][256]uint32
	for _, it := range items {
		p := it.prefix
		for d := range counts {
			counts[d][byte(p>>(8*uint(d)))]++
		}
	}
	for d := range counts {
		c := &counts[d]
		shift := 8 * uint(d)
		if c[byte(items[0].prefix>>shift)] == uint32(len(items)) {
			continue
		}
		var at [256]uint32
		sum := uint32(0)
		for v, n := range c {
			at[v] = sum
			sum += n
		}
		for _, it := range items {
			v := byte(it.prefix >> shift)
			other[at[v]] = it
			at[v]++
		}
		items, other = other, items
	}
	return items
}
