package math

import (
	"encoding/binary"
	"math"
	"math/bits"
	"math/rand/v2"
	"sync"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

func init() {
	entry := func(name, doc, example string, gauss bool, aliases ...string) *function.Scalar {
		return &function.Scalar{
			Name: name, Aliases: aliases, Volatile: true, Nulls: function.NullByFunction, MinArgs: 0, MaxArgs: 1, Since: "1.5.0", Doc: doc, Usage: name + "([seed])", Example: example,
			Bind: bindRandom(name, gauss),
		}
	}
	bind.Scalars(
		entry("rand", "A random double from 0 to 1 (exclusive), evenly distributed.", "> SELECT rand(0);\n 0.7604953758285915", false, "random"),
		entry("randn", "A random double of the standard normal distribution.", "> SELECT randn(0);\n 1.6034991609278433", true),
	)
}

// xorShift is Spark's XORShiftRandom, so that rand(seed) gives Spark's numbers.
type xorShift struct {
	seed int64
	next float64 // second number of the last pair of normal ones
	has  bool
}

func newXorShift(seed int64) *xorShift {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(seed))
	low := scalaHash(b[:], 0x3c074a61)
	high := scalaHash(b[:], low)
	return &xorShift{seed: int64(uint64(high)<<32 | uint64(low))}
}

// scalaHash is murmur3 as in Scala's library, for lengths that are a multiple of four.
func scalaHash(b []byte, seed uint32) uint32 {
	h := seed
	for k := 0; k < len(b); k += 4 {
		h = bits.RotateLeft32(h^bits.RotateLeft32(binary.LittleEndian.Uint32(b[k:])*0xcc9e2d51, 15)*0x1b873593, 13)*5 + 0xe6546b64
	}
	h ^= uint32(len(b))
	h ^= h >> 16
	h *= 0x85ebca6b
	h ^= h >> 13
	h *= 0xc2b2ae35
	return h ^ h>>16
}

func (x *xorShift) bits(n uint) int64 {
	s := x.seed ^ x.seed<<21
	s ^= int64(uint64(s) >> 35)
	s ^= s << 4
	x.seed = s
	return s & (1<<n - 1)
}

func (x *xorShift) float64() float64 {
	hi := x.bits(26)
	return float64(hi<<27+x.bits(27)) * 0x1p-53
}

// gauss is java.util.Random's polar method.
func (x *xorShift) gauss() float64 {
	if x.has {
		x.has = false
		return x.next
	}
	for {
		a, b := 2*x.float64()-1, 2*x.float64()-1
		s := a*a + b*b
		if s < 1 && s != 0 {
			m := math.Sqrt(-2 * math.Log(s) / s)
			x.next, x.has = b*m, true
			return a * m
		}
	}
}

// bindRandom binds rand and randn. With a seed each worker draws from a sequence of its own, seed plus the partition's number.
func bindRandom(name string, gauss bool) func([]function.Arg, bool) (*function.Bound, error) {
	return func(args []function.Arg, ansi bool) (*function.Bound, error) {
		out := &function.Bound{Return: types.DoubleType}
		if len(args) == 0 {
			out.Eval = func(ctx *function.Context, _ []*vector.Vector, n int) (*vector.Vector, error) {
				v := vector.New(types.DoubleType, n)
				uniform, normal := rand.Float64, rand.NormFloat64
				if ctx.Rand != nil {
					uniform, normal = ctx.Rand.Float64, ctx.Rand.NormFloat64
				}
				for i := range v.F64 {
					if gauss {
						v.F64[i] = normal()
					} else {
						v.F64[i] = uniform()
					}
				}
				return v, nil
			}
			return out, nil
		}
		in, err := bind.Cast(name, args, ansi, types.OneOf(types.IntFamily, types.LongFamily))
		if err != nil {
			return nil, err
		}
		seed, _, ok := bind.ConstInt(args[0])
		if args[0].Const == nil || !ok {
			return nil, bind.NotFoldable(name, args, 0, "seed", "INT")
		}
		out.Args = in
		var sequences sync.Map // *function.Context -> *xorShift; a context belongs to one worker
		out.Eval = func(ctx *function.Context, _ []*vector.Vector, n int) (*vector.Vector, error) {
			s, known := sequences.Load(ctx)
			if !known {
				s = newXorShift(seed + int64(ctx.Partition))
				sequences.Store(ctx, s)
			}
			x := s.(*xorShift)
			v := vector.New(types.DoubleType, n)
			for i := range v.F64 {
				if gauss {
					v.F64[i] = x.gauss()
				} else {
					v.F64[i] = x.float64()
				}
			}
			return v, nil
		}
		return out, nil
	}
}
