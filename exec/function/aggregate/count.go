package aggregate

import (
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// counts counts rows: those in which no argument is NULL, or (onlyTrue) those whose argument is true.
type counts struct {
	n        []int64
	onlyTrue bool
	buf      []bool
}

func bindCount(args []function.Arg, _, _ bool) (*function.BoundAggregate, error) {
	in := make([]*types.Type, len(args))
	for i, a := range args {
		in[i] = a.Type
	}
	b := bound(in, types.LongType, false, func() function.State { return &counts{} })
	b.NewSliding = func(*function.Context) function.SlidingState { return slidingCount(false) }
	return b, nil
}

func bindCountIf(args []function.Arg, _, ansi bool) (*function.BoundAggregate, error) {
	in, err := castBoolean("count_if", args, ansi)
	if err != nil {
		return nil, err
	}
	b := bound(in, types.LongType, false, func() function.State { return &counts{onlyTrue: true} })
	b.NewSliding = func(*function.Context) function.SlidingState { return slidingCount(true) }
	return b, nil
}

func slidingCount(onlyTrue bool) function.SlidingState {
	var n int64
	counts := func(args []*vector.Vector, row int) bool {
		return present(args, row) && (!onlyTrue || args[0].Values().Bools[args[0].Index(row)])
	}
	return &oneGroup{
		add: func(args []*vector.Vector, row int) error {
			if counts(args, row) {
				n++
			}
			return nil
		},
		remove: func(args []*vector.Vector, row int) error {
			if counts(args, row) {
				n--
			}
			return nil
		},
		result: func(out *vector.Builder) error { out.AppendInt(n); return nil },
	}
}

func (c *counts) Resize(n int) { c.n = grow(c.n, n) }

func (c *counts) Update(args []*vector.Vector, groups []uint32, n int) error {
	valid := strictNulls(args, n)
	if c.onlyTrue {
		for i, x := range dense(args[0], n, &c.buf) {
			if x && valid.Get(i) {
				if groups == nil {
					c.n[0]++
				} else {
					c.n[groups[i]]++
				}
			}
		}
		return nil
	}
	switch {
	case groups == nil && valid == nil:
		c.n[0] += int64(n)
	case groups == nil:
		var k int64
		for i := 0; i < n; i++ {
			k += int64(valid[i>>6] >> (uint(i) & 63) & 1)
		}
		c.n[0] += k
	case valid == nil:
		for _, g := range groups[:n] {
			c.n[g]++
		}
	default:
		for i, g := range groups[:n] {
			c.n[g] += int64(valid[i>>6] >> (uint(i) & 63) & 1)
		}
	}
	return nil
}

func (c *counts) Merge(other function.State, groups []uint32) error {
	for i, x := range other.(*counts).n[:len(groups)] {
		c.n[groups[i]] += x
	}
	return nil
}

func (c *counts) Result(from, to int) (*vector.Vector, error) {
	return longs(append([]int64(nil), c.n[from:to]...)), nil
}

func (c *counts) SizeBytes() int64                { return int64(8 * cap(c.n)) }
func (c *counts) Save() ([]*vector.Vector, error) { return []*vector.Vector{longs(c.n)}, nil }

func (c *counts) Load(cols []*vector.Vector, groups []uint32) error {
	return c.Merge(&counts{n: vector.Flatten(cols[0]).I64}, groups)
}
