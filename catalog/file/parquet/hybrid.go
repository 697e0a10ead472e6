package parquet

import (
	"encoding/binary"

	"github.com/argan-sql/argan/exec/vector"
	"github.com/parquet-go/bitpack"
)

// padding is how many bytes of capacity lie behind the bytes of every page: unpacking reads past the end.
const padding = 64

// decodeHybrid decodes len(dst) numbers of the given width from the hybrid of run lengths and bit packing. src has
// padding bytes of capacity behind it.
func decodeHybrid(dst []uint32, src []byte, width uint) error {
	if width > 32 {
		return damaged("codes of %d bits", width)
	}
	if width == 0 {
		clear(dst)
		return nil
	}
	valueBytes := int(width+7) / 8
	for len(dst) > 0 {
		h, n := binary.Uvarint(src)
		if n <= 0 {
			return damaged("a run of codes has no length")
		}
		src = src[n:]
		if h&1 == 0 {
			run := min(h>>1, uint64(len(dst)))
			if len(src) < valueBytes {
				return damaged("a run of codes ends early")
			}
			var v uint32
			for i := valueBytes - 1; i >= 0; i-- {
				v = v<<8 | uint32(src[i])
			}
			src = src[valueBytes:]
			fill(dst[:run], v)
			dst = dst[run:]
			continue
		}
		groups := h >> 1
		bytes := uint64(len(src))
		count := uint64(len(src)) * 8 / uint64(width)
		if groups < (1<<40) && groups*uint64(width) <= bytes {
			bytes, count = groups*uint64(width), groups*8
		}
		count = min(count, uint64(len(dst)))
		if count == 0 {
			return damaged("%d codes are missing", len(dst))
		}
		bitpack.Unpack(dst[:count], src, width)
		src = src[bytes:]
		dst = dst[count:]
	}
	return nil
}

func fill[T any](dst []T, v T) {
	for i := range dst {
		dst[i] = v
	}
}

// decodeLevels decodes levels to bytes.
func decodeLevels(dst []uint8, src []byte, width uint, scratch *[]uint32) error {
	if cap(*scratch) < len(dst) {
		*scratch = make([]uint32, len(dst))
	}
	s := (*scratch)[:len(dst)]
	if err := decodeHybrid(s, src, width); err != nil {
		return err
	}
	for i, v := range s {
		dst[i] = uint8(v)
	}
	return nil
}

// decodeBits decodes n one-bit numbers into dst, which has words for them and is clear. It returns how many are set.
// One run of ones, which is how a column without NULLs is written, costs nothing: dst is then left alone.
func decodeBits(dst vector.Bitmap, src []byte, n int) (set int, err error) {
	pos := 0
	for pos < n {
		h, k := binary.Uvarint(src)
		if k <= 0 {
			return 0, damaged("levels end early")
		}
		src = src[k:]
		if h&1 == 0 {
			if len(src) == 0 {
				return 0, damaged("levels end early")
			}
			v := src[0] & 1
			src = src[1:]
			run := int(min(h>>1, uint64(n-pos)))
			if v == 1 {
				if run == n {
					return n, nil
				}
				setBits(dst, pos, run)
				set += run
			}
			pos += run
			continue
		}
		bytes := uint64(len(src))
		if h>>1 < bytes {
			bytes = h >> 1
		}
		count := int(min(bytes*8, uint64(n-pos)))
		if count == 0 {
			return 0, damaged("levels end early")
		}
		set += orBytes(dst, pos, src, count)
		src = src[bytes:]
		pos += count
	}
	return set, nil
}
