package aggregate

import (
	"bytes"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/kernel"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// extreme keeps the smallest (or largest) number of each group.
type extreme[T kernel.Number] struct {
	vals []T
	seen []bool
	t    *types.Type
	max  bool
	buf  []T
}

// less is Spark's order: NaN is above all numbers.
func less[T kernel.Number](a, b T) bool { return a < b || b != b && a == a }

func values[T kernel.Number](v *vector.Vector, n int, buf *[]T) []T {
	var out any
	switch b := any(buf).(type) {
	case *[]int8:
		out = dense(v, n, b)
	case *[]int16:
		out = dense(v, n, b)
	case *[]int32:
		out = dense(v, n, b)
	case *[]int64:
		out = dense(v, n, b)
	case *[]float32:
		out = dense(v, n, b)
	case *[]float64:
		out = dense(v, n, b)
	}
	return out.([]T)
}

func (e *extreme[T]) Resize(n int) { e.vals, e.seen = grow(e.vals, n), grow(e.seen, n) }

func (e *extreme[T]) Update(args []*vector.Vector, groups []uint32, n int) error {
	if n == 0 {
		return nil
	}
	v := args[0]
	valid := v.Nulls()
	vals := values(v, n, &e.buf)
	switch {
	case groups == nil && valid == nil:
		best := vals[0]
		if e.max {
			for _, x := range vals {
				if less(best, x) {
					best = x
				}
			}
		} else {
			for _, x := range vals {
				if less(x, best) {
					best = x
				}
			}
		}
		e.put(0, best)
	case valid == nil && e.max:
		for i, g := range groups[:n] {
			if x := vals[i]; !e.seen[g] || less(e.vals[g], x) {
				e.vals[g], e.seen[g] = x, true
			}
		}
	case valid == nil:
		for i, g := range groups[:n] {
			if x := vals[i]; !e.seen[g] || less(x, e.vals[g]) {
				e.vals[g], e.seen[g] = x, true
			}
		}
	default:
		for i, x := range vals {
			if !valid.Get(i) {
				continue
			}
			g := uint32(0)
			if groups != nil {
				g = groups[i]
			}
			e.put(g, x)
		}
	}
	return nil
}

func (e *extreme[T]) put(g uint32, x T) {
	if !e.seen[g] || e.max && less(e.vals[g], x) || !e.max && less(x, e.vals[g]) {
		e.vals[g], e.seen[g] = x, true
	}
}

func (e *extreme[T]) Merge(other function.State, groups []uint32) error {
	o := other.(*extreme[T])
	for i, g := range groups {
		if o.seen[i] {
			e.put(g, o.vals[i])
		}
	}
	return nil
}

func (e *extreme[T]) Result(from, to int) (*vector.Vector, error) {
	out := vector.New(e.t, to-from)
	var dst any
	switch out.Type.Physical() {
	case types.PhysInt8:
		dst = out.I8
	case types.PhysInt16:
		dst = out.I16
	case types.PhysInt32:
		dst = out.I32
	case types.PhysInt64:
		dst = out.I64
	case types.PhysFloat32:
		dst = out.F32
	default:
		dst = out.F64
	}
	copy(dst.([]T), e.vals[from:to])
	for i, s := range e.seen[from:to] {
		if !s {
			if out.Valid == nil {
				out.Valid = vector.NewBitmap(out.Len, true)
			}
			out.Valid.Clear(i)
		}
	}
	return out, nil
}

func (e *extreme[T]) SizeBytes() int64 { return int64(8*cap(e.vals) + cap(e.seen)) }

func (e *extreme[T]) Save() ([]*vector.Vector, error) {
	v, err := e.Result(0, len(e.vals))
	return []*vector.Vector{v}, err
}

func (e *extreme[T]) Load(cols []*vector.Vector, groups []uint32) error {
	return e.Update(cols, groups, len(groups))
}

// byteExtreme keeps the smallest (or largest) string of each group. Strings that were replaced stay in the heap until they are half of it.
type byteExtreme struct {
	spans []vector.Span
	seen  []bool
	heap  []byte
	live  int // bytes of the heap in use
	t     *types.Type
	max   bool
}

func (e *byteExtreme) Resize(n int) { e.spans, e.seen = grow(e.spans, n), grow(e.seen, n) }

func (e *byteExtreme) Update(args []*vector.Vector, groups []uint32, n int) error {
	v := args[0]
	valid := v.Nulls()
	for i := 0; i < n; i++ {
		if !valid.Get(i) {
			continue
		}
		g := uint32(0)
		if groups != nil {
			g = groups[i]
		}
		e.put(g, v.Bytes(i))
	}
	return nil
}

func (e *byteExtreme) put(g uint32, x []byte) {
	s := &e.spans[g]
	if e.seen[g] {
		c := bytes.Compare(x, e.heap[s.Off:s.Off+s.Len])
		if c == 0 || (c > 0) != e.max {
			return
		}
	}
	e.live += len(x) - int(s.Len)
	e.seen[g] = true
	if int(s.Len) >= len(x) {
		s.Len = uint32(len(x))
		copy(e.heap[s.Off:], x)
		return
	}
	if len(e.heap) > 2*e.live+4096 {
		e.compact(g)
	}
	*s = vector.Span{Off: uint32(len(e.heap)), Len: uint32(len(x))}
	e.heap = append(e.heap, x...)
}

// compact copies the strings in use, but that of group skip, which is about to be replaced.
func (e *byteExtreme) compact(skip uint32) {
	fresh := make([]byte, 0, 2*e.live)
	for g := range e.spans {
		s := &e.spans[g]
		if !e.seen[g] || uint32(g) == skip {
			*s = vector.Span{}
			continue
		}
		off := uint32(len(fresh))
		fresh = append(fresh, e.heap[s.Off:s.Off+s.Len]...)
		s.Off = off
	}
	e.heap = fresh
}

func (e *byteExtreme) Merge(other function.State, groups []uint32) error {
	o := other.(*byteExtreme)
	for i, g := range groups {
		if s := o.spans[i]; o.seen[i] {
			e.put(g, o.heap[s.Off:s.Off+s.Len])
		}
	}
	return nil
}

func (e *byteExtreme) Result(from, to int) (*vector.Vector, error) {
	out := vector.NewBuilder(e.t, to-from)
	for g := from; g < to; g++ {
		if s := e.spans[g]; e.seen[g] {
			out.AppendBytes(e.heap[s.Off : s.Off+s.Len])
		} else {
			out.AppendNull()
		}
	}
	return out.Finish(), nil
}

func (e *byteExtreme) SizeBytes() int64 { return int64(8*cap(e.spans) + cap(e.seen) + cap(e.heap)) }

func (e *byteExtreme) Save() ([]*vector.Vector, error) {
	v, err := e.Result(0, len(e.spans))
	return []*vector.Vector{v}, err
}

func (e *byteExtreme) Load(cols []*vector.Vector, groups []uint32) error {
	return e.Update(cols, groups, len(groups))
}

// bindExtreme binds min and max.
func bindExtreme(name string, largest bool) func([]function.Arg, bool, bool) (*function.BoundAggregate, error) {
	return func(args []function.Arg, _, _ bool) (*function.BoundAggregate, error) {
		t := args[0].Type
		if t.IsString() {
			t = types.StringType
		}
		if !t.Orderable() {
			return nil, bind.Mismatch("INVALID_ORDERING_TYPE", name, args, "functionName", types.Quote(name), "dataType", bind.TypeSQL(t))
		}
		var make func() function.State
		switch t.Physical() {
		case types.PhysInt8:
			make = func() function.State { return &extreme[int8]{t: t, max: largest} }
		case types.PhysInt16:
			make = func() function.State { return &extreme[int16]{t: t, max: largest} }
		case types.PhysInt32:
			make = func() function.State { return &extreme[int32]{t: t, max: largest} }
		case types.PhysInt64:
			make = func() function.State { return &extreme[int64]{t: t, max: largest} }
		case types.PhysFloat32:
			make = func() function.State { return &extreme[float32]{t: t, max: largest} }
		case types.PhysFloat64:
			make = func() function.State { return &extreme[float64]{t: t, max: largest} }
		case types.PhysBytes:
			make = func() function.State { return &byteExtreme{t: t, max: largest} }
		default:
			order := kernel.Comparator(t)
			make = func() function.State { return newChosen(t, t, 0, better(order, largest, false), true) }
		}
		b := bound([]*types.Type{t}, t, true, make)
		b.NewSliding = func(*function.Context) function.SlidingState { return slidingExtreme(kernel.Comparator(t), largest) }
		return b, nil
	}
}

// slidingExtreme keeps the rows that may still become the extreme: each is better than all that came after it.
func slidingExtreme(order kernel.Order, largest bool) function.SlidingState {
	var rows []int
	var from *vector.Vector
	beats := func(v *vector.Vector, a, b int) bool { // b makes a needless
		c := order(v, a, v, b)
		return c == 0 || (c < 0) == largest
	}
	return &oneGroup{
		add: func(args []*vector.Vector, row int) error {
			from = args[0]
			if from.IsNull(row) {
				return nil
			}
			for len(rows) > 0 && beats(from, rows[len(rows)-1], row) {
				rows = rows[:len(rows)-1]
			}
			rows = append(rows, row)
			return nil
		},
		remove: func(_ []*vector.Vector, row int) error {
			if len(rows) > 0 && rows[0] == row {
				rows = rows[1:]
			}
			return nil
		},
		result: func(out *vector.Builder) error {
			if len(rows) == 0 {
				out.AppendNull()
			} else {
				out.AppendFrom(from, rows[0])
			}
			return nil
		},
	}
}
