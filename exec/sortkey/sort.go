package sortkey

import (
	"bytes"
	"cmp"
	"slices"
)

// item is a row to be sorted: the first bytes of its key and its number.
type item struct {
	prefix uint64
	row    uint32
}

// radixRows is the number of rows from which sorting by digits beats comparing.
const radixRows = 1 << 10

// Sort gives the numbers of the rows in the order of their keys; rows of equal keys stay in their order.
func (r *Rows) Sort() []uint32 {
	items := make([]item, r.N)
	for i := range items {
		items[i] = item{r.Prefix(i), uint32(i)}
	}
	if len(items) >= radixRows {
		items = radix(items)
	} else {
		slices.SortStableFunc(items, func(a, b item) int { return cmp.Compare(a.prefix, b.prefix) })
	}
	if !r.PrefixDecides() {
		for from := 0; from < len(items); {
			to := from + 1
			for to < len(items) && items[to].prefix == items[from].prefix {
				to++
			}
			if to-from > 1 {
				slices.SortStableFunc(items[from:to], func(a, b item) int {
					return bytes.Compare(r.Bytes(int(a.row)), r.Bytes(int(b.row)))
				})
			}
			from = to
		}
	}
	out := make([]uint32, len(items))
	for i, it := range items {
		out[i] = it.row
	}
	return out
}

// radix sorts by prefix, a byte at a time from the last, leaving out bytes that are equal in all rows. It is stable.
func radix(items []item) []item {
	var counts [8][256]uint32
	for _, it := range items {
		p := it.prefix
		for d := range counts {
			counts[d][byte(p>>(8*uint(d)))]++
		}
	}
	other := make([]item, len(items))
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
