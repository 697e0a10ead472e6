package aggregate

import (
	"math"
	"math/bits"

	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/function/hash"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// distincts estimates the number of distinct values by HyperLogLog over xxhash64: 2^p registers per group, filled as Spark fills
// them. Small numbers are counted linearly and large ones by the harmonic mean, as Spark does; between them the estimate is the
// bias-free one of Ertl instead of a correction table.
type distincts struct {
	p         uint
	registers []uint8
	groups    int
}

func (s *distincts) Resize(n int) {
	s.groups = max(s.groups, n)
	s.registers = grow(s.registers, s.groups<<s.p)
}

func (s *distincts) Update(args []*vector.Vector, groups []uint32, n int) error {
	v := args[0]
	for i := 0; i < n; i++ {
		if v.IsNull(i) {
			continue
		}
		h := hash.XXHash64(v, i, 42)
		g := uint32(0)
		if groups != nil {
			g = groups[i]
		}
		at := int(g)<<s.p + int(h>>(64-s.p))
		s.registers[at] = max(s.registers[at], uint8(bits.LeadingZeros64(h<<s.p|1<<(s.p-1))+1))
	}
	return nil
}

func (s *distincts) Merge(other function.State, groups []uint32) error {
	o := other.(*distincts)
	m := 1 << s.p
	for i, g := range groups {
		from := o.registers[i*m : i*m+m]
		to := s.registers[int(g)*m : int(g)*m+m]
		for k, r := range from {
			to[k] = max(to[k], r)
		}
	}
	return nil
}

func (s *distincts) Result(from, to int) (*vector.Vector, error) {
	out := vector.New(types.LongType, to-from)
	m := 1 << s.p
	for i := range out.I64 {
		g := from + i
		out.I64[i] = int64(math.Round(estimate(s.registers[g*m:g*m+m], s.p)))
	}
	return out, nil
}

// linearLimit is up to which estimate zero registers are counted, by p from 4.
var linearLimit = [...]float64{10, 20, 40, 80, 220, 400, 900, 1800, 3100, 6500, 11500, 20000, 50000, 120000, 350000}

func estimate(registers []uint8, p uint) float64 {
	m := float64(len(registers))
	var counts [66]float64
	sum := 0.0
	for _, r := range registers {
		counts[r]++
		sum += 1 / float64(uint64(1)<<r)
	}
	if zero := counts[0]; zero > 0 {
		h := m * math.Log(m/zero)
		if int(p-4) >= len(linearLimit) || h <= linearLimit[p-4] {
			return h
		}
	}
	alpha := 0.7213 / (1 + 1.079/m)
	switch p {
	case 4:
		alpha = 0.673
	case 5:
		alpha = 0.697
	case 6:
		alpha = 0.709
	}
	if raw := alpha * m * m / sum; raw >= 5*m {
		return raw
	}
	q := 64 - int(p)
	z := m * tau(1-counts[q+1]/m)
	for k := q; k >= 1; k-- {
		z = 0.5 * (z + counts[k])
	}
	z += m * sigma(counts[0]/m)
	return m / (2 * math.Ln2) * m / z
}

func sigma(x float64) float64 {
	if x == 1 {
		return math.Inf(1)
	}
	y, z := 1.0, x
	for {
		x *= x
		last := z
		z += x * y
		y += y
		if z == last {
			return z
		}
	}
}

func tau(x float64) float64 {
	if x == 0 || x == 1 {
		return 0
	}
	y, z := 1.0, 1-x
	for {
		x = math.Sqrt(x)
		last := z
		y *= 0.5
		z -= (1 - x) * (1 - x) * y
		if z == last {
			return z / 3
		}
	}
}

func (s *distincts) SizeBytes() int64 { return int64(cap(s.registers)) }

// Save gives the registers of a group as a binary value.
func (s *distincts) Save() ([]*vector.Vector, error) {
	m := 1 << s.p
	out := vector.NewBuilder(types.BinaryType, s.groups)
	for g := 0; g < s.groups; g++ {
		out.AppendBytes(s.registers[g*m : g*m+m])
	}
	return []*vector.Vector{out.Finish()}, nil
}

func (s *distincts) Load(cols []*vector.Vector, groups []uint32) error {
	m := 1 << s.p
	for i, g := range groups {
		to := s.registers[int(g)*m : int(g)*m+m]
		for k, r := range cols[0].Bytes(i) {
			to[k] = max(to[k], r)
		}
	}
	return nil
}

// bindDistincts binds approx_count_distinct(x[, relative standard deviation]).
func bindDistincts(args []function.Arg, _, _ bool) (*function.BoundAggregate, error) {
	const name = "approx_count_distinct"
	in := []*types.Type{plainType(args[0].Type)}
	rsd := 0.05
	if len(args) == 2 {
		if args[1].Const == nil || args[1].Const.IsNull(0) || !args[1].Type.IsNumeric() {
			return nil, bind.NotFoldable(name, args, 1, "relativeSD", "DOUBLE")
		}
		c, err := cast.Bind(args[1].Type, types.DoubleType, cast.Legacy)
		if err != nil {
			return nil, err
		}
		v, err := c(&function.Context{}, args[1].Const)
		if err != nil {
			return nil, err
		}
		rsd = v.Value(0).(float64)
		in = append(in, types.DoubleType)
	}
	p := uint(math.Ceil(2 * math.Log(1.106/rsd) / math.Ln2))
	if !(rsd > 0 && rsd < 1) || p < 4 || p > 24 {
		return nil, sqlerr.Unsupported("approx_count_distinct with a relative standard deviation of %v", rsd)
	}
	return bound(in, types.LongType, false, func() function.State { return &distincts{p: p} }), nil
}
