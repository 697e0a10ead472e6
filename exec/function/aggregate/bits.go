package aggregate

import (
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/kernel"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// folded combines the values of a group by an operation that is associative: bit_and, bit_or, bit_xor, and of booleans and, or.
type folded[T bool | int8 | int16 | int32 | int64] struct {
	vals []T
	seen []bool
	t    *types.Type
	op   func(a, b T) T
	buf  []T
}

func (f *folded[T]) Resize(n int) { f.vals, f.seen = grow(f.vals, n), grow(f.seen, n) }

func (f *folded[T]) Update(args []*vector.Vector, groups []uint32, n int) error {
	valid := args[0].Nulls()
	var vals any
	switch b := any(&f.buf).(type) {
	case *[]bool:
		vals = dense(args[0], n, b)
	case *[]int8:
		vals = dense(args[0], n, b)
	case *[]int16:
		vals = dense(args[0], n, b)
	case *[]int32:
		vals = dense(args[0], n, b)
	case *[]int64:
		vals = dense(args[0], n, b)
	}
	for i, x := range vals.([]T) {
		if !valid.Get(i) {
			continue
		}
		g := uint32(0)
		if groups != nil {
			g = groups[i]
		}
		f.put(g, x)
	}
	return nil
}

func (f *folded[T]) put(g uint32, x T) {
	if f.seen[g] {
		x = f.op(f.vals[g], x)
	}
	f.vals[g], f.seen[g] = x, true
}

func (f *folded[T]) Merge(other function.State, groups []uint32) error {
	o := other.(*folded[T])
	for i, g := range groups {
		if o.seen[i] {
			f.put(g, o.vals[i])
		}
	}
	return nil
}

func (f *folded[T]) Result(from, to int) (*vector.Vector, error) {
	out := vector.NewBuilder(f.t, to-from)
	for g := from; g < to; g++ {
		if !f.seen[g] {
			out.AppendNull()
			continue
		}
		switch x := any(f.vals[g]).(type) {
		case bool:
			out.AppendBool(x)
		case int8:
			out.AppendInt(int64(x))
		case int16:
			out.AppendInt(int64(x))
		case int32:
			out.AppendInt(int64(x))
		case int64:
			out.AppendInt(x)
		}
	}
	return out.Finish(), nil
}

func (f *folded[T]) SizeBytes() int64 { return int64(8*cap(f.vals) + cap(f.seen)) }

func (f *folded[T]) Save() ([]*vector.Vector, error) {
	v, err := f.Result(0, len(f.vals))
	return []*vector.Vector{v}, err
}

func (f *folded[T]) Load(cols []*vector.Vector, groups []uint32) error {
	return f.Update(cols, groups, len(groups))
}

func castBoolean(name string, args []function.Arg, ansi bool) ([]*types.Type, error) {
	return bind.Cast(name, args, ansi, types.BooleanFamily)
}

// bindTruth binds bool_and and bool_or.
func bindTruth(name string, or bool) func([]function.Arg, bool, bool) (*function.BoundAggregate, error) {
	op := func(a, b bool) bool { return a && b }
	if or {
		op = func(a, b bool) bool { return a || b }
	}
	return func(args []function.Arg, _, ansi bool) (*function.BoundAggregate, error) {
		in, err := castBoolean(name, args, ansi)
		if err != nil {
			return nil, err
		}
		return bound(in, types.BooleanType, true, func() function.State { return &folded[bool]{t: types.BooleanType, op: op} }), nil
	}
}

func bitFold[T kernel.Integer](name string, t *types.Type) func() function.State {
	op := func(a, b T) T { return a & b }
	switch name {
	case "bit_or":
		op = func(a, b T) T { return a | b }
	case "bit_xor":
		op = func(a, b T) T { return a ^ b }
	}
	return func() function.State { return &folded[T]{t: t, op: op} }
}

// bindBits binds bit_and, bit_or and bit_xor.
func bindBits(name string) func([]function.Arg, bool, bool) (*function.BoundAggregate, error) {
	return func(args []function.Arg, _, ansi bool) (*function.BoundAggregate, error) {
		in, err := bind.Cast(name, args, ansi, types.IntegralFamily)
		if err != nil {
			return nil, err
		}
		t := in[0]
		make := bitFold[int64](name, t)
		switch t.Kind {
		case types.Byte:
			make = bitFold[int8](name, t)
		case types.Short:
			make = bitFold[int16](name, t)
		case types.Int:
			make = bitFold[int32](name, t)
		}
		return bound(in, t, true, make), nil
	}
}
