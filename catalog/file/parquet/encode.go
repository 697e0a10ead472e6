package parquet

import (
	"encoding/binary"
	"math/bits"
)

// appendHybrid appends codes of the given width in the hybrid of run lengths and bit packing: runs of at least eight
// equal codes as such, everything else packed in groups of eight.
func appendHybrid(b []byte, codes []uint32, width uint) []byte {
	if width == 0 {
		return binary.AppendUvarint(b, uint64(len(codes))<<1)
	}
	packedFrom := 0
	i := 0
	for i < len(codes) {
		// A run may start only at a full group of those packed before it.
		run := 1
		for i+run < len(codes) && codes[i+run] == codes[i] {
			run++
		}
		if run < 8 {
			i += min(8, len(codes)-i)
			continue
		}
		b = appendPacked(b, codes[packedFrom:i], width)
		b = binary.AppendUvarint(b, uint64(run)<<1)
		for k := uint(0); k < (width+7)/8; k++ {
			b = append(b, byte(codes[i]>>(8*k)))
		}
		i += run
		packedFrom = i
	}
	return appendPacked(b, codes[packedFrom:], width)
}

// appendPacked appends codes bit-packed, filling the last group with zeros.
func appendPacked(b []byte, codes []uint32, width uint) []byte {
	if len(codes) == 0 {
		return b
	}
	groups := (len(codes) + 7) / 8
	b = binary.AppendUvarint(b, uint64(groups)<<1|1)
	end := len(b) + groups*int(width)
	var acc uint64
	var have uint
	for _, c := range codes {
		acc |= uint64(c) << have
		if have += width; have >= 32 {
			b = binary.LittleEndian.AppendUint32(b, uint32(acc))
			acc >>= 32
			have -= 32
		}
	}
	for ; have > 0 && len(b) < end; have -= min(have, 8) {
		b = append(b, byte(acc))
		acc >>= 8
	}
	for len(b) < end {
		b = append(b, 0)
	}
	return b
}

// appendBitLevels appends the levels of a flat column, with their length in front: one run when nothing is NULL.
func appendBitLevels(b []byte, valid []uint64, n, nulls int) []byte {
	at := len(b)
	b = append(b, 0, 0, 0, 0)
	switch nulls {
	case 0:
		b = binary.AppendUvarint(b, uint64(n)<<1)
		b = append(b, 1)
	case n:
		b = binary.AppendUvarint(b, uint64(n)<<1)
		b = append(b, 0)
	default:
		groups := (n + 7) / 8
		b = binary.AppendUvarint(b, uint64(groups)<<1|1)
		b = append(b, cast[byte](valid)[:groups]...)
	}
	binary.LittleEndian.PutUint32(b[at:], uint32(len(b)-at-4))
	return b
}

// appendLevels appends the levels of a nested column, with their length in front.
func appendLevels(b []byte, levels []uint8, top uint8, scratch *[]uint32) []byte {
	ensure(scratch, len(levels))
	codes := (*scratch)[:len(levels)]
	for i, l := range levels {
		codes[i] = uint32(l)
	}
	at := len(b)
	b = append(b, 0, 0, 0, 0)
	b = appendHybrid(b, codes, uint(bits.Len8(top)))
	binary.LittleEndian.PutUint32(b[at:], uint32(len(b)-at-4))
	return b
}
