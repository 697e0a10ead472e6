package aggregate

import (
	"encoding/binary"
	"math"
	"strconv"

	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/function/hash"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// bitmapBytes is the length of Spark's bitmaps.
const bitmapBytes = 4096

// blocks keeps a block of bytes of one size per group: bitmaps that are set bit by bit, or combined.
type blocks struct {
	bytes  []byte
	groups int
	add    func(block []byte, v *vector.Vector, i int) error
}

func (s *blocks) Resize(n int) {
	s.groups = max(s.groups, n)
	s.bytes = grow(s.bytes, s.groups*bitmapBytes)
}

func (s *blocks) block(g int) []byte { return s.bytes[g*bitmapBytes : (g+1)*bitmapBytes] }

func (s *blocks) Update(args []*vector.Vector, groups []uint32, n int) error {
	for i := 0; i < n; i++ {
		if args[0].IsNull(i) {
			continue
		}
		g := 0
		if groups != nil {
			g = int(groups[i])
		}
		if err := s.add(s.block(g), args[0], i); err != nil {
			return err
		}
	}
	return nil
}

func (s *blocks) Merge(other function.State, groups []uint32) error {
	o := other.(*blocks)
	for i, g := range groups {
		orBytes(s.block(int(g)), o.block(i))
	}
	return nil
}

func orBytes(to, from []byte) {
	for k, b := range from[:min(len(from), len(to))] {
		to[k] |= b
	}
}

func (s *blocks) Result(from, to int) (*vector.Vector, error) {
	out := vector.NewBuilder(types.BinaryType, to-from)
	for g := from; g < to; g++ {
		out.AppendBytes(s.block(g))
	}
	return out.Finish(), nil
}

func (s *blocks) SizeBytes() int64 { return int64(cap(s.bytes)) }

func (s *blocks) Save() ([]*vector.Vector, error) {
	v, err := s.Result(0, s.groups)
	return []*vector.Vector{v}, err
}

func (s *blocks) Load(cols []*vector.Vector, groups []uint32) error {
	for i, g := range groups {
		orBytes(s.block(int(g)), cols[0].Bytes(i))
	}
	return nil
}

// bindBitmap binds bitmap_construct_agg (a bit per position) and bitmap_or_agg (the union of bitmaps).
func bindBitmap(name string, union bool) func([]function.Arg, bool, bool) (*function.BoundAggregate, error) {
	want, add := types.LongFamily, func(block []byte, v *vector.Vector, i int) error {
		at := v.Values().I64[v.Index(i)]
		if at < 0 || at >= 8*bitmapBytes {
			return sqlerr.New("INVALID_BITMAP_POSITION", "bitPosition", strconv.FormatInt(at, 10), "bitmapNumBytes", strconv.Itoa(bitmapBytes), "bitmapNumBits", strconv.Itoa(8*bitmapBytes))
		}
		block[at/8] |= 1 << (at % 8)
		return nil
	}
	if union {
		want, add = types.BinaryFamily, func(block []byte, v *vector.Vector, i int) error {
			orBytes(block, v.Bytes(i))
			return nil
		}
	}
	return func(args []function.Arg, _, ansi bool) (*function.BoundAggregate, error) {
		in, err := bind.Cast(name, args, ansi, want)
		if err != nil {
			return nil, err
		}
		return bound(in, types.BinaryType, false, func() function.State { return &blocks{add: add} }), nil
	}
}

// minSketch is the state of count_min_sketch: per group a table of depth × width counters, and the number of values.
type minSketch struct {
	width, depth int
	factors      []int64 // of the hash functions for numbers
	counters     []int64
	totals       []int64
}

func (s *minSketch) Resize(n int) {
	s.totals = grow(s.totals, n)
	s.counters = grow(s.counters, len(s.totals)*s.width*s.depth)
}

func (s *minSketch) Update(args []*vector.Vector, groups []uint32, n int) error {
	v := args[0]
	w := v.Values()
	size := s.width * s.depth
	for i := 0; i < n; i++ {
		if v.IsNull(i) {
			continue
		}
		g := 0
		if groups != nil {
			g = int(groups[i])
		}
		s.totals[g]++
		table := s.counters[g*size : (g+1)*size]
		at := v.Index(i)
		switch v.Type.Physical() {
		case types.PhysInt8:
			s.number(table, int64(w.I8[at]))
		case types.PhysInt16:
			s.number(table, int64(w.I16[at]))
		case types.PhysInt32:
			s.number(table, int64(w.I32[at]))
		case types.PhysInt64:
			s.number(table, w.I64[at])
		default:
			h1 := int32(hash.Murmur3(v, i, 0))
			h2 := int32(hash.Murmur3(v, i, uint32(h1)))
			for d := 0; d < s.depth; d++ {
				k := (h1 + int32(d)*h2) % int32(s.width)
				if k < 0 {
					k = -k
				}
				table[d*s.width+int(k)]++
			}
		}
	}
	return nil
}

func (s *minSketch) number(table []int64, x int64) {
	for d, f := range s.factors {
		h := f * x
		h += h >> 32
		h &= 1<<31 - 1
		table[d*s.width+int(int32(h))%s.width]++
	}
}

func (s *minSketch) Merge(other function.State, groups []uint32) error {
	o := other.(*minSketch)
	size := s.width * s.depth
	for i, g := range groups {
		s.totals[g] += o.totals[i]
		for k, c := range o.counters[i*size : (i+1)*size] {
			s.counters[int(g)*size+k] += c
		}
	}
	return nil
}

// Result gives the sketches in Spark's form: version, total, depth, width, factors, counters, all big-endian.
func (s *minSketch) Result(from, to int) (*vector.Vector, error) {
	out := vector.NewBuilder(types.BinaryType, to-from)
	size := s.width * s.depth
	for g := from; g < to; g++ {
		b := binary.BigEndian.AppendUint32(nil, 1)
		b = binary.BigEndian.AppendUint64(b, uint64(s.totals[g]))
		b = binary.BigEndian.AppendUint32(b, uint32(s.depth))
		b = binary.BigEndian.AppendUint32(b, uint32(s.width))
		for _, f := range s.factors {
			b = binary.BigEndian.AppendUint64(b, uint64(f))
		}
		for _, c := range s.counters[g*size : (g+1)*size] {
			b = binary.BigEndian.AppendUint64(b, uint64(c))
		}
		out.AppendBytes(b)
	}
	return out.Finish(), nil
}

func (s *minSketch) SizeBytes() int64 { return int64(8*cap(s.counters) + 8*cap(s.totals)) }

func (s *minSketch) Save() ([]*vector.Vector, error) {
	v, err := s.Result(0, len(s.totals))
	return []*vector.Vector{v}, err
}

func (s *minSketch) Load(cols []*vector.Vector, groups []uint32) error {
	o := &minSketch{totals: make([]int64, len(groups)), counters: make([]int64, len(groups)*s.width*s.depth)}
	for i := range groups {
		b := cols[0].Bytes(i)
		o.totals[i] = int64(binary.BigEndian.Uint64(b[4:]))
		b = b[20+8*len(s.factors):]
		for k := 0; k < s.width*s.depth; k++ {
			o.counters[i*s.width*s.depth+k] = int64(binary.BigEndian.Uint64(b[8*k:]))
		}
	}
	return s.Merge(o, groups)
}

// javaRandom gives the first n numbers of java.util.Random's nextInt(2^31-1).
func javaRandom(seed int64, n int) []int64 {
	const mask = 1<<48 - 1
	s := (uint64(seed) ^ 0x5DEECE66D) & mask
	out := make([]int64, n)
	for i := range out {
		for {
			s = (s*0x5DEECE66D + 0xB) & mask
			if x := int64(s >> 17); x != math.MaxInt32 {
				out[i] = x
				break
			}
		}
	}
	return out
}

// bindMinSketch binds count_min_sketch(col, eps, confidence, seed).
func bindMinSketch(args []function.Arg, _, ansi bool) (*function.BoundAggregate, error) {
	const name = "count_min_sketch"
	want := types.OneOf(types.IntegralFamily, types.StringFamily, types.BinaryFamily)
	in, err := bind.Cast(name, args, ansi, want, types.DoubleFamily, types.DoubleFamily, types.IntFamily)
	if err != nil {
		return nil, err
	}
	var consts [4]float64
	for i, what := range []string{"", "eps", "confidence", "seed"} {
		switch {
		case i == 0:
			continue
		case args[i].Const == nil:
			return nil, bind.NotFoldable(name, args, i, what, in[i].SQL())
		case args[i].Const.IsNull(0):
			return nil, bind.Mismatch("UNEXPECTED_NULL", name, args, "exprName", what)
		}
		c, err := cast.Bind(args[i].Type, types.DoubleType, cast.Legacy)
		if err != nil {
			return nil, err
		}
		v, err := c(&function.Context{}, args[i].Const)
		if err != nil {
			return nil, err
		}
		consts[i] = v.Values().F64[v.Index(0)]
		if low, high := 0.0, []float64{0, math.Inf(1), 1, math.Inf(1)}[i]; i < 3 && !(consts[i] > low && consts[i] < high) {
			return nil, bind.Mismatch("VALUE_OUT_OF_RANGE", name, args, "exprName", what, "valueRange", "(0.0, "+strconv.FormatFloat(high, 'f', 1, 64)+")", "currentValue", cast.FormatDouble(consts[i]))
		}
	}
	width, depth := int(math.Ceil(2/consts[1])), int(math.Ceil(-math.Log1p(-consts[2])/math.Ln2))
	if width > 1<<24 || depth > 1<<10 {
		return nil, sqlerr.Unsupported("a count_min_sketch of %d by %d counters", depth, width)
	}
	factors := javaRandom(int64(consts[3]), depth)
	make := func() function.State { return &minSketch{width: width, depth: depth, factors: factors} }
	nothing := make()
	nothing.Resize(1)
	v, err := nothing.Result(0, 1)
	if err != nil {
		return nil, err
	}
	b := bound(in, types.BinaryType, false, make)
	e := *function.FindAggregate(name)
	e.EmptyValue = v.Value(0)
	b.Function = &e
	return b, nil
}
