package aggregate

import (
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/kernel"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// chosen keeps one row of each group, as the value of one column (the result) and of another that decides (the key, which may
// be the same one): first, last, max_by, and extremes of types without a loop of their own.
type chosen struct {
	value  *slots
	key    *slots // nil: the value decides itself
	ret    *types.Type
	keyAt  int // argument that decides
	better func(old *vector.Vector, i int, new *vector.Vector, j int) bool
	// skipNulls passes over rows whose key is NULL.
	skipNulls bool
	// last: every row is better than the one before, so that only the last of a batch has to be kept.
	last  bool
	epoch uint32
	stamp []uint32 // per group: the batch that has set it
}

// slots keeps a value per group in a growing column; replaced values stay until they are more than half.
type slots struct {
	t    *types.Type
	b    *vector.Builder
	view *vector.Vector // the column as it was looked at last; nil when it has changed since
	at   []uint32       // row in the column, plus one; 0 for none
	used int
}

// look gives the column for reading.
func (s *slots) look() *vector.Vector {
	if s.view == nil {
		s.view = s.b.Peek()
	}
	return s.view
}

func newSlots(t *types.Type) *slots { return &slots{t: t, b: vector.NewBuilder(t, 0)} }

func (s *slots) set(g uint32, v *vector.Vector, i int) {
	if s.at[g] == 0 {
		s.used++
	}
	if s.b.Len() > 2*s.used+1024 {
		old := s.look()
		s.b = vector.NewBuilder(s.t, 2*s.used)
		for k, a := range s.at {
			if a != 0 && uint32(k) != g {
				s.b.AppendFrom(old, int(a-1))
				s.at[k] = uint32(s.b.Len())
			}
		}
	}
	s.b.AppendFrom(v, i)
	s.at[g] = uint32(s.b.Len())
	s.view = nil
}

func (s *slots) result(from, to int) *vector.Vector {
	out, view := vector.NewBuilder(s.t, to-from), s.look()
	for _, a := range s.at[from:to] {
		if a == 0 {
			out.AppendNull()
		} else {
			out.AppendFrom(view, int(a-1))
		}
	}
	return out.Finish()
}

func (s *slots) size() int64 { return s.look().SizeBytes() + int64(4*cap(s.at)) }

func newChosen(ret, key *types.Type, keyAt int, better func(*vector.Vector, int, *vector.Vector, int) bool, skipNulls bool) *chosen {
	c := &chosen{value: newSlots(ret), ret: ret, keyAt: keyAt, better: better, skipNulls: skipNulls}
	if keyAt > 0 {
		c.key = newSlots(key)
	}
	return c
}

// better prefers larger (or smaller) keys; of equal keys the later row if lastOfEqual.
func better(order kernel.Order, larger, lastOfEqual bool) func(*vector.Vector, int, *vector.Vector, int) bool {
	return func(old *vector.Vector, i int, new *vector.Vector, j int) bool {
		c := order(old, i, new, j)
		return c == 0 && lastOfEqual || c != 0 && (c < 0) == larger
	}
}

func (c *chosen) Resize(n int) {
	c.value.at = grow(c.value.at, n)
	if c.key != nil {
		c.key.at = grow(c.key.at, n)
	}
}

func (c *chosen) Update(args []*vector.Vector, groups []uint32, n int) error {
	if c.last {
		return c.keepLast(args[0], groups, n)
	}
	decides := c.value
	if c.key != nil {
		decides = c.key
	}
	k := args[c.keyAt]
	for i := 0; i < n; i++ {
		if c.skipNulls && k.IsNull(i) {
			continue
		}
		g := uint32(0)
		if groups != nil {
			g = groups[i]
		}
		if a := decides.at[g]; a != 0 && !c.better(decides.look(), int(a-1), k, i) {
			continue
		}
		c.value.set(g, args[0], i)
		if c.key != nil {
			c.key.set(g, k, i)
		}
	}
	return nil
}

// keepLast walks a batch backwards and takes the first row it meets of each group.
func (c *chosen) keepLast(v *vector.Vector, groups []uint32, n int) error {
	c.epoch++
	c.stamp = grow(c.stamp, len(c.value.at))
	for i := n - 1; i >= 0; i-- {
		g := uint32(0)
		if groups != nil {
			g = groups[i]
		}
		if c.stamp[g] == c.epoch || c.skipNulls && v.IsNull(i) {
			continue
		}
		c.stamp[g] = c.epoch
		c.value.set(g, v, i)
		if groups == nil {
			break
		}
	}
	return nil
}

func (c *chosen) Merge(other function.State, groups []uint32) error {
	cols, err := other.Save()
	if err != nil {
		return err
	}
	return c.Load(cols, groups)
}

func (c *chosen) Result(from, to int) (*vector.Vector, error) { return c.value.result(from, to), nil }

func (c *chosen) SizeBytes() int64 {
	n := c.value.size()
	if c.key != nil {
		n += c.key.size()
	}
	return n
}

// Save gives value, key if there is one, and whether the group has a row at all.
func (c *chosen) Save() ([]*vector.Vector, error) {
	n := len(c.value.at)
	has := make([]bool, n)
	for i, a := range c.value.at {
		has[i] = a != 0
	}
	cols := []*vector.Vector{c.value.result(0, n)}
	if c.key != nil {
		cols = append(cols, c.key.result(0, n))
	}
	return append(cols, flags(has)), nil
}

func (c *chosen) Load(cols []*vector.Vector, groups []uint32) error {
	has := vector.Flatten(cols[len(cols)-1]).Bools
	var sel, to []uint32
	for i, x := range has {
		if x {
			sel, to = append(sel, uint32(i)), append(to, groups[i])
		}
	}
	rows := make([]*vector.Vector, len(cols)-1)
	for i := range rows {
		rows[i] = vector.Gather(cols[i], sel)
	}
	return c.Update(rows, to, len(sel))
}

func plainType(t *types.Type) *types.Type {
	if t.IsString() {
		return types.StringType
	}
	return t
}

// bindFirst binds first, any_value (last: last). A second argument, a constant boolean, says to ignore NULLs.
func bindFirst(name string, last bool) func([]function.Arg, bool, bool) (*function.BoundAggregate, error) {
	return func(args []function.Arg, ignoreNulls, _ bool) (*function.BoundAggregate, error) {
		t := plainType(args[0].Type)
		in := []*types.Type{t}
		if len(args) == 2 {
			if args[1].Type.Kind != types.Boolean {
				return nil, bind.Unexpected(name, args, 1, types.BooleanFamily.SQL())
			}
			if args[1].Const == nil || args[1].Const.IsNull(0) {
				return nil, bind.NotFoldable(name, args, 1, "ignoreNulls", "BOOLEAN")
			}
			ignoreNulls = ignoreNulls || args[1].Const.Value(0) == true
			in = append(in, types.BooleanType)
		}
		return bound(in, t, true, func() function.State {
			c := newChosen(t, t, 0, func(*vector.Vector, int, *vector.Vector, int) bool { return false }, ignoreNulls)
			c.last = last
			return c
		}), nil
	}
}

// bindBy binds max_by and min_by.
func bindBy(name string, largest bool) func([]function.Arg, bool, bool) (*function.BoundAggregate, error) {
	return func(args []function.Arg, _, _ bool) (*function.BoundAggregate, error) {
		t, k := plainType(args[0].Type), plainType(args[1].Type)
		if !k.Orderable() {
			return nil, bind.Mismatch("INVALID_ORDERING_TYPE", name, args, "functionName", types.Quote(name), "dataType", bind.TypeSQL(k))
		}
		order := kernel.Comparator(k)
		return bound([]*types.Type{t, k}, t, true, func() function.State { return newChosen(t, k, 1, better(order, largest, true), true) }), nil
	}
}
