package aggregate

import (
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/function/hash"
	"github.com/argan-sql/argan/exec/kernel"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// gathered keeps all values of all groups (no NULLs) in one column, with the group of each. Lists, percentiles and histograms are
// made of it at the end. With a table it keeps each value of a group once, and how often it came.
type gathered struct {
	t      *types.Type
	b      *vector.Builder
	of     []uint32 // group of each value
	groups int
	times  []int64 // how often each value came; nil: once each
	table  *seenTable
	finish func(g *gathered, from, to int) (*vector.Vector, error)
	zero   []uint32
}

func newGathered(t *types.Type, distinct bool, finish func(*gathered, int, int) (*vector.Vector, error)) *gathered {
	g := &gathered{t: t, b: vector.NewBuilder(t, 0), finish: finish}
	if distinct {
		g.table = &seenTable{order: kernel.Comparator(t)}
	}
	return g
}

func (s *gathered) Resize(n int) { s.groups = max(s.groups, n) }

func (s *gathered) Update(args []*vector.Vector, groups []uint32, n int) error {
	v := args[0]
	groups = zeros(groups, n, &s.zero)
	valid := v.Nulls()
	var often func(i int) int64
	if len(args) > 1 && s.times != nil {
		often = bind.Reader[int64](args[1])
		valid = vector.And(valid, args[1].Nulls(), n)
	}
	for i := 0; i < n; i++ {
		if v.Type.Kind == types.Null || !valid.Get(i) {
			continue
		}
		k := int64(1)
		if often != nil {
			if k = often(i); k == 0 {
				continue
			}
		}
		s.put(groups[i], v, i, k)
	}
	return nil
}

func (s *gathered) put(g uint32, v *vector.Vector, i int, times int64) {
	if s.table != nil {
		at, fresh := s.table.find(s, g, v, i)
		if !fresh {
			s.times[at] += times
			return
		}
	}
	s.b.AppendFrom(v, i)
	s.of = append(s.of, g)
	if s.table != nil || s.times != nil {
		s.times = append(s.times, times)
	}
}

func (s *gathered) Merge(other function.State, groups []uint32) error {
	o := other.(*gathered)
	v := o.b.Peek()
	for i, g := range o.of {
		s.put(groups[g], v, i, o.often(i))
	}
	return nil
}

func (s *gathered) often(i int) int64 {
	if s.times == nil {
		return 1
	}
	return s.times[i]
}

func (s *gathered) Result(from, to int) (*vector.Vector, error) { return s.finish(s, from, to) }

func (s *gathered) SizeBytes() int64 {
	n := s.b.Peek().SizeBytes() + int64(4*cap(s.of)+8*cap(s.times))
	if s.table != nil {
		n += int64(4 * cap(s.table.slots))
	}
	return n
}

// rows gives the values of groups from to to in the order they came: those of group from+k are list[starts[k]:starts[k+1]].
func (s *gathered) rows(from, to int) (list, starts []uint32) {
	starts = make([]uint32, to-from+1)
	for _, g := range s.of {
		if int(g) >= from && int(g) < to {
			starts[int(g)-from+1]++
		}
	}
	for k := 1; k < len(starts); k++ {
		starts[k] += starts[k-1]
	}
	list = make([]uint32, starts[len(starts)-1])
	at := append([]uint32(nil), starts...)
	for i, g := range s.of {
		if int(g) >= from && int(g) < to {
			k := int(g) - from
			list[at[k]] = uint32(i)
			at[k]++
		}
	}
	return list, starts
}

// lists makes an array per group.
func lists(s *gathered, from, to int) (*vector.Vector, error) {
	list, starts := s.rows(from, to)
	out := vector.New(types.NewArray(s.t, false), to-from)
	out.Children[0] = vector.Gather(s.b.Peek(), list)
	for k := range out.Ranges {
		out.Ranges[k] = vector.Range{Off: starts[k], Len: starts[k+1] - starts[k]}
	}
	return out, nil
}

// Save gives a list of values and a list of their numbers per group.
func (s *gathered) Save() ([]*vector.Vector, error) {
	v, err := lists(s, 0, s.groups)
	if err != nil {
		return nil, err
	}
	list, starts := s.rows(0, s.groups)
	times := vector.New(types.NewArray(types.LongType, false), s.groups)
	n := vector.New(types.LongType, len(list))
	for k, i := range list {
		n.I64[k] = s.often(int(i))
	}
	times.Children[0] = n
	for k := range times.Ranges {
		times.Ranges[k] = vector.Range{Off: starts[k], Len: starts[k+1] - starts[k]}
	}
	return []*vector.Vector{v, times}, nil
}

func (s *gathered) Load(cols []*vector.Vector, groups []uint32) error {
	v, times := vector.Flatten(cols[0]), vector.Flatten(cols[1])
	for i, g := range groups {
		r, q := v.Ranges[i], times.Ranges[i]
		for k := uint32(0); k < r.Len; k++ {
			s.put(g, v.Children[0], int(r.Off+k), times.Children[0].Values().I64[times.Children[0].Index(int(q.Off+k))])
		}
	}
	return nil
}

// seenTable finds a value of a group among the gathered ones: an open table of positions plus one.
type seenTable struct {
	slots []uint32
	order kernel.Order
	view  *vector.Vector
	known int
}

func (t *seenTable) hash(g uint32, v *vector.Vector, i int) uint64 {
	return hash.XXHash64(v, i, uint64(g))
}

// find gives the position of the value, or (fresh) where it will be appended next.
func (t *seenTable) find(s *gathered, g uint32, v *vector.Vector, i int) (at int, fresh bool) {
	n := s.b.Len()
	if 2*(n+1) > len(t.slots) {
		t.slots = make([]uint32, max(64, 2*len(t.slots)))
		t.view = s.b.Peek()
		t.known = n
		for k := 0; k < n; k++ {
			slot := t.hash(s.of[k], t.view, k) & uint64(len(t.slots)-1)
			for t.slots[slot] != 0 {
				slot = (slot + 1) & uint64(len(t.slots)-1)
			}
			t.slots[slot] = uint32(k + 1)
		}
	}
	slot := t.hash(g, v, i) & uint64(len(t.slots)-1)
	for t.slots[slot] != 0 {
		k := int(t.slots[slot] - 1)
		if k >= t.known || t.view == nil {
			t.view, t.known = s.b.Peek(), n
		}
		if s.of[k] == g && t.order(t.view, k, v, i) == 0 {
			return k, false
		}
		slot = (slot + 1) & uint64(len(t.slots)-1)
	}
	t.slots[slot] = uint32(n + 1)
	return n, true
}

// bindCollect binds collect_list and collect_set.
func bindCollect(name string, set bool) func([]function.Arg, bool, bool) (*function.BoundAggregate, error) {
	return func(args []function.Arg, _, _ bool) (*function.BoundAggregate, error) {
		t := plainType(args[0].Type)
		if set && t.HasNested(func(u *types.Type) bool { return u.Kind == types.Map }) {
			return nil, bind.Mismatch("UNSUPPORTED_INPUT_TYPE", name, args, "functionName", types.Quote(name), "dataType", bind.TypeSQL(t))
		}
		return bound([]*types.Type{t}, types.NewArray(t, false), false, func() function.State { return newGathered(t, set, lists) }), nil
	}
}

// bindMode binds mode: the value that comes most often; of several the one that came first.
func bindMode(args []function.Arg, _, _ bool) (*function.BoundAggregate, error) {
	t := plainType(args[0].Type)
	return bound([]*types.Type{t}, t, true, func() function.State {
		return newGathered(t, true, func(s *gathered, from, to int) (*vector.Vector, error) {
			best := make([]int, to-from)
			for i, g := range s.of {
				if int(g) < from || int(g) >= to {
					continue
				}
				if b := &best[int(g)-from]; *b == 0 || s.times[i] > s.times[*b-1] {
					*b = i + 1
				}
			}
			out, view := vector.NewBuilder(t, to-from), s.b.Peek()
			for _, b := range best {
				if b == 0 {
					out.AppendNull()
				} else {
					out.AppendFrom(view, b-1)
				}
			}
			return out.Finish(), nil
		})
	}), nil
}
