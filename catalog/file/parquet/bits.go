package parquet

import (
	"encoding/binary"
	"math/bits"

	"github.com/argan-sql/argan/exec/vector"
)

// setBits sets n bits from pos on.
func setBits(dst vector.Bitmap, pos, n int) {
	for n > 0 {
		off := uint(pos) & 63
		k := min(64-int(off), n)
		dst[pos>>6] |= (^uint64(0) >> (64 - uint(k))) << off
		pos += k
		n -= k
	}
}

// orBytes puts n bits of src (lowest first) at pos of dst, which is clear there, and counts those set.
func orBytes(dst vector.Bitmap, pos int, src []byte, n int) (set int) {
	for i := 0; n > 0; i += 8 {
		var w uint64
		if len(src)-i >= 8 {
			w = binary.LittleEndian.Uint64(src[i:])
		} else {
			for j := len(src) - 1; j >= i; j-- {
				w = w<<8 | uint64(src[j])
			}
		}
		if n < 64 {
			w &= 1<<uint(n) - 1
		}
		set += bits.OnesCount64(w)
		orWord(dst, pos, w)
		pos += 64
		n -= 64
	}
	return set
}

func orWord(dst vector.Bitmap, pos int, w uint64) {
	i, off := pos>>6, uint(pos)&63
	if w == 0 {
		return
	}
	dst[i] |= w << off
	if off != 0 && i+1 < len(dst) {
		dst[i+1] |= w >> (64 - off)
	}
}

// orBits puts bits from to to of src at pos of dst, which is clear there.
func orBits(dst vector.Bitmap, pos int, src vector.Bitmap, from, to int) {
	for from < to {
		i, off := from>>6, uint(from)&63
		w := src[i] >> off
		if off != 0 && i+1 < len(src) {
			w |= src[i+1] << (64 - off)
		}
		n := to - from
		if n < 64 {
			w &= 1<<uint(n) - 1
		}
		orWord(dst, pos, w)
		from += 64
		pos += 64
	}
}

// spread moves the values at the front of s to the places whose bit is set, back to front.
func spread[T any](s []T, valid vector.Bitmap, n, set int) {
	var zero T
	k := set - 1
	for i := n - 1; i >= 0 && k < i; i-- {
		if valid[i>>6]>>(uint(i)&63)&1 != 0 {
			s[i] = s[k]
			k--
		} else {
			s[i] = zero
		}
	}
}
