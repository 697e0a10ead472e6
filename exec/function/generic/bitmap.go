package generic

import (
	"math/bits"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/types"
)

// bitmapBits is the number of bits of a bitmap bucket: 4 kB.
const bitmapBits = 8 * 4096

func init() {
	bind.Scalars(
		&function.Scalar{
			Name: "bitmap_bit_position", MinArgs: 1, MaxArgs: 1, Since: "3.5.0",
			Doc:     "The place of a number in the bitmap of its bucket.",
			Usage:   "bitmap_bit_position(child)",
			Example: "> SELECT bitmap_bit_position(123);\n 122",
			Bind: bind.Simple("bitmap_bit_position", types.LongType, false, bind.Map1(types.LongType, func(_ *function.Context, x int64) (int64, error) {
				if x > 0 {
					return (x - 1) % bitmapBits, nil
				}
				return -x % bitmapBits, nil
			}), types.LongFamily),
		},
		&function.Scalar{
			Name: "bitmap_bucket_number", MinArgs: 1, MaxArgs: 1, Since: "3.5.0",
			Doc:     "The number of the bitmap bucket that a number belongs to.",
			Usage:   "bitmap_bucket_number(child)",
			Example: "> SELECT bitmap_bucket_number(123);\n 1",
			Bind: bind.Simple("bitmap_bucket_number", types.LongType, false, bind.Map1(types.LongType, func(_ *function.Context, x int64) (int64, error) {
				if x > 0 {
					return 1 + (x-1)/bitmapBits, nil
				}
				return x / bitmapBits, nil
			}), types.LongFamily),
		},
		&function.Scalar{
			Name: "bitmap_count", MinArgs: 1, MaxArgs: 1, Since: "3.5.0",
			Doc:     "The number of bits that are set in a bitmap.",
			Usage:   "bitmap_count(child)",
			Example: "> SELECT bitmap_count(X '1010');\n 2",
			Bind: bind.Simple("bitmap_count", types.LongType, false, bind.Map1(types.LongType, func(_ *function.Context, s []byte) (int64, error) {
				n := 0
				for _, c := range s {
					n += bits.OnesCount8(c)
				}
				return int64(n), nil
			}), types.BinaryFamily),
		},
	)
}
