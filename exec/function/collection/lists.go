// Package collection holds the functions of arrays, maps and structs, with those that take lambdas.
//
// In: vectors of lists, maps and structs. Out: vectors of the type each entry says. Most results are made by choosing
// elements of the argument (a selection and ranges), not by copying values.
package collection

import (
	"strconv"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/kernel"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// binder is what Scalar.Bind takes.
type binder = func([]function.Arg, bool) (*function.Bound, error)

// lists is a vector of arrays or maps, Flat.
type lists struct{ *vector.Vector }

func listsOf(v *vector.Vector) lists { return lists{vector.Flatten(v)} }

// bounds are the first element of row i and the one after its last; an empty range where the row is NULL.
func (l lists) bounds(i int) (from, to int) {
	if l.Valid != nil && !l.Valid.Get(i) {
		return 0, 0
	}
	r := l.Ranges[i]
	return int(r.Off), int(r.Off + r.Len)
}

func (l lists) elems() *vector.Vector  { return l.Children[0] }
func (l lists) values() *vector.Vector { return l.Children[1] }

// total is the number of elements of all rows.
func (l lists) total(n int) int {
	sum := 0
	for i := 0; i < n; i++ {
		from, to := l.bounds(i)
		sum += to - from
	}
	return sum
}

// picker chooses elements of a row: it appends their positions to sel.
type picker func(i, from, to int, sel []uint32) ([]uint32, error)

// pick makes lists (or maps) out of chosen elements of src; a row becomes NULL when f returns bind.ErrNull.
func pick(ret *types.Type, src lists, n int, f picker) (*vector.Vector, error) {
	out := &vector.Vector{Type: ret, Len: n, Ranges: make([]vector.Range, n)}
	sel := make([]uint32, 0, src.total(n))
	valid, err := bind.Each([]*vector.Vector{src.Vector}, n, func(i int) error {
		from, to := src.bounds(i)
		start := len(sel)
		more, err := f(i, from, to, sel)
		if err != nil {
			return err
		}
		sel = more
		out.Ranges[i] = vector.Range{Off: uint32(start), Len: uint32(len(sel) - start)}
		return nil
	})
	if err != nil {
		return nil, err
	}
	out.Valid = valid
	out.Children = make([]*vector.Vector, len(src.Children))
	for k, c := range src.Children {
		out.Children[k] = vector.Gather(vector.Flatten(c), sel)
	}
	return out, nil
}

// one is the Eval that picks from its first argument.
func one(ret *types.Type, prepare func(ctx *function.Context, args []*vector.Vector) (picker, error)) function.Eval {
	return bind.Lift(func(ctx *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
		f, err := prepare(ctx, args)
		if err != nil {
			return nil, err
		}
		v, err := pick(ret, listsOf(args[0]), n, f)
		if err != nil {
			return nil, err
		}
		if nulls := bind.Nulls(args, n); nulls != nil {
			v.Valid = vector.And(v.Valid, nulls, n)
		}
		return v, nil
	})
}

// choose gives one element of elems per row, NULL where at is negative.
func choose(elems *vector.Vector, at []int, ret *types.Type) *vector.Vector {
	if elems.Len == 0 {
		return vector.NullConst(ret, len(at))
	}
	sel := make([]uint32, len(at))
	missing := false
	for i, k := range at {
		sel[i] = uint32(max(k, 0))
		missing = missing || k < 0
	}
	v := vector.Gather(vector.Flatten(elems), sel)
	if missing {
		valid := vector.NewBitmap(len(at), true)
		copy(valid, v.Valid)
		for i, k := range at {
			if k < 0 {
				valid.Clear(i)
			}
		}
		v.Valid = valid
	}
	return v
}

func itoa(n int) string { return strconv.Itoa(n) }

// needArray checks that argument i is an array (NULL counts as one of NULLs).
func needArray(name string, args []function.Arg, i int) (*types.Type, error) {
	switch t := args[i].Type; t.Kind {
	case types.Array:
		return t, nil
	case types.Null:
		return types.NewArray(types.NullType, true), nil
	}
	return nil, bind.Unexpected(name, args, i, types.ArrayFamily.SQL())
}

// needMap checks that argument i is a map.
func needMap(name string, args []function.Arg, i int) (*types.Type, error) {
	switch t := args[i].Type; t.Kind {
	case types.Map:
		return t, nil
	case types.Null:
		return types.NewMap(types.NullType, types.NullType, true), nil
	}
	return nil, bind.Unexpected(name, args, i, types.MapFamily.SQL())
}

// anyNullable says whether an argument may be NULL.
func anyNullable(args []function.Arg) bool {
	for _, a := range args {
		if a.Nullable {
			return true
		}
	}
	return false
}

// withElement coerces an array and a value that is to be compared with its elements, or put among them.
func withElement(name string, args []function.Arg, array, value int, ansi bool) (elem *types.Type, err error) {
	at, err := needArray(name, args, array)
	if err != nil {
		return nil, err
	}
	elem = types.WiderWithoutStrings(at.Elem, args[value].Type, ansi)
	if elem == nil {
		return nil, bind.Mismatch("ARRAY_FUNCTION_DIFF_TYPES", name, args, "functionName", types.Quote(name), "dataType", `"ARRAY"`,
			"leftType", bind.TypeSQL(args[array].Type), "rightType", bind.TypeSQL(args[value].Type))
	}
	return elem, nil
}

// twoArrays coerces two arrays to one type.
func twoArrays(name string, args []function.Arg, ansi bool) (*types.Type, error) {
	a, err := needArray(name, args, 0)
	if err != nil {
		return nil, err
	}
	b, err := needArray(name, args, 1)
	if err != nil {
		return nil, err
	}
	t := types.WiderWithoutStrings(a, b, ansi)
	if t == nil {
		return nil, bind.Mismatch("BINARY_ARRAY_DIFF_TYPES", name, args, "functionName", types.Quote(name), "arrayType", `"ARRAY"`,
			"leftType", bind.TypeSQL(args[0].Type), "rightType", bind.TypeSQL(args[1].Type))
	}
	return t, nil
}

// seen finds elements that came before, NULL being the same as NULL. Few elements are compared one by one; for many it
// keeps them sorted.
type seen struct {
	order  kernel.Order
	at     []uint32
	src    []*vector.Vector
	sorted bool
}

func newSeen(t *types.Type) *seen { return &seen{order: kernel.Comparator(t)} }

func (s *seen) reset() { s.at, s.src, s.sorted = s.at[:0], s.src[:0], false }

// few is the number of elements up to which a scan beats a sorted list.
const few = 24

func (s *seen) compare(k int, v *vector.Vector, i int) int {
	switch a, b := s.src[k].IsNull(int(s.at[k])), v.IsNull(i); {
	case a && b:
		return 0
	case a:
		return -1
	case b:
		return 1
	}
	return s.order(s.src[k], int(s.at[k]), v, i)
}

// find gives the place of the element, or where it would go.
func (s *seen) find(v *vector.Vector, i int) (k int, found bool) {
	if !s.sorted {
		for k := range s.at {
			if s.compare(k, v, i) == 0 {
				return k, true
			}
		}
		return len(s.at), false
	}
	lo, hi := 0, len(s.at)
	for lo < hi {
		mid := (lo + hi) / 2
		if s.compare(mid, v, i) < 0 {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo, lo < len(s.at) && s.compare(lo, v, i) == 0
}

// add notes an element; it says whether it is new.
func (s *seen) add(v *vector.Vector, i int) bool {
	if !s.sorted && len(s.at) == few {
		s.sort()
	}
	k, found := s.find(v, i)
	if found {
		return false
	}
	s.at, s.src = append(s.at, 0), append(s.src, nil)
	copy(s.at[k+1:], s.at[k:])
	copy(s.src[k+1:], s.src[k:])
	s.at[k], s.src[k] = uint32(i), v
	return true
}

func (s *seen) sort() {
	at, src := append([]uint32{}, s.at...), append([]*vector.Vector{}, s.src...)
	s.reset()
	s.sorted = true
	for k := range at {
		s.add(src[k], int(at[k]))
	}
}

func (s *seen) has(v *vector.Vector, i int) bool {
	_, found := s.find(v, i)
	return found
}

// maxElements bounds one array, as Spark does.
const maxElements = 2147483632

func tooLong(n int64) error {
	return sqlerr.New("_LEGACY_ERROR_TEMP_2161", "count", strconv.FormatInt(n, 10), "maxRoundedArrayLength", strconv.Itoa(maxElements))
}
