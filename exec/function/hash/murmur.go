package hash

import (
	"encoding/binary"
	"math/bits"
)

// Spark's form of murmur3_x86_32: the bytes after the last whole word are mixed one by one, as signed numbers.

func mixK(k uint32) uint32 { return bits.RotateLeft32(k*0xcc9e2d51, 15) * 0x1b873593 }

func mixH(h, k uint32) uint32 { return bits.RotateLeft32(h^k, 13)*5 + 0xe6546b64 }

func finish32(h, length uint32) uint32 {
	h ^= length
	h ^= h >> 16
	h *= 0x85ebca6b
	h ^= h >> 13
	h *= 0xc2b2ae35
	return h ^ h>>16
}

type murmur struct{}

func (murmur) int32(x int32, seed uint32) uint32 { return finish32(mixH(seed, mixK(uint32(x))), 4) }

func (murmur) int64(x int64, seed uint32) uint32 {
	h := mixH(seed, mixK(uint32(x)))
	return finish32(mixH(h, mixK(uint32(uint64(x)>>32))), 8)
}

func (murmur) bytes(b []byte, seed uint32) uint32 {
	n := uint32(len(b))
	h := seed
	for ; len(b) >= 4; b = b[4:] {
		h = mixH(h, mixK(binary.LittleEndian.Uint32(b)))
	}
	for _, c := range b {
		h = mixH(h, mixK(uint32(int32(int8(c)))))
	}
	return finish32(h, n)
}
