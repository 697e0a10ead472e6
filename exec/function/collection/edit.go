package collection

import (
	"math"
	"math/rand/v2"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

func init() {
	bind.Scalars(
		&function.Scalar{
			Name: "slice", MinArgs: 3, MaxArgs: 3, Since: "2.4.0",
			Doc:     "The length elements of an array from index start on, from 1 or negative from the end.",
			Usage:   "slice(x, start, length)",
			Example: "> SELECT slice(array(1, 2, 3, 4), 2, 2);\n [2,3]",
			Bind: func(args []function.Arg, ansi bool) (*function.Bound, error) {
				t, err := needArray("slice", args, 0)
				if err != nil {
					return nil, err
				}
				rest, err := bind.Cast("slice", args[1:], ansi, types.IntFamily)
				if err != nil {
					return nil, err
				}
				return &function.Bound{Args: append([]*types.Type{t}, rest...), Return: t, Nullable: anyNullable(args), Eval: one(t, slice)}, nil
			},
		},
		&function.Scalar{
			Name: "flatten", MinArgs: 1, MaxArgs: 1, Since: "2.4.0",
			Doc:     "The elements of the arrays of an array, as one array; NULL when one of them is.",
			Usage:   "flatten(arrayOfArrays)",
			Example: "> SELECT flatten(array(array(1, 2), array(3, 4)));\n [1,2,3,4]",
			Bind:    bindFlatten,
		},
		&function.Scalar{
			Name: "shuffle", MinArgs: 1, MaxArgs: 1, Since: "2.4.0", Volatile: true,
			Doc:     "The elements of an array in random order.",
			Usage:   "shuffle(array)",
			Example: "> SELECT size(shuffle(array(1, 20, 3, 5)));\n 4",
			Bind: func(args []function.Arg, _ bool) (*function.Bound, error) {
				t, err := needArray("shuffle", args, 0)
				if err != nil {
					return nil, err
				}
				eval := func(ctx *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
					return pick(t, listsOf(args[0]), n, func(_, from, to int, sel []uint32) ([]uint32, error) {
						start := len(sel)
						for j := from; j < to; j++ {
							sel = append(sel, uint32(j))
						}
						row := sel[start:]
						swap := func(a, b int) { row[a], row[b] = row[b], row[a] }
						if ctx.Rand != nil {
							ctx.Rand.Shuffle(len(row), swap)
						} else {
							rand.Shuffle(len(row), swap)
						}
						return sel, nil
					})
				}
				return &function.Bound{Args: []*types.Type{t}, Return: t, Nullable: args[0].Nullable, Eval: eval}, nil
			},
		},
		grow("array_append", "array_append(array, element)", "The array with an element added at its end.", "SELECT array_append(array('b', 'd', 'c', 'a'), 'd');\n [\"b\",\"d\",\"c\",\"a\",\"d\"]", false),
		grow("array_prepend", "array_prepend(array, element)", "The array with an element added at its start.", "SELECT array_prepend(array('b', 'd', 'c', 'a'), 'd');\n [\"d\",\"b\",\"d\",\"c\",\"a\"]", true),
		&function.Scalar{
			Name: "array_insert", MinArgs: 3, MaxArgs: 3, Since: "3.4.0", Nulls: function.NullByFunction,
			Doc:     "The array with val put at index pos, from 1 or negative from the end; NULLs fill a gap.",
			Usage:   "array_insert(x, pos, val)",
			Example: "> SELECT array_insert(array(1, 2, 3, 4), 5, 5);\n [1,2,3,4,5]",
			Bind:    bindInsert,
		},
		&function.Scalar{
			Name: "array_join", MinArgs: 2, MaxArgs: 3, Since: "2.4.0",
			Doc:     "The elements of an array of strings with a delimiter between them; NULLs are left out, or replaced.",
			Usage:   "array_join(array, delimiter[, nullReplacement])",
			Example: "> SELECT array_join(array('hello', null ,'world'), ' ', ',');\n hello , world",
			Bind:    bindJoin,
		},
	)
}

func slice(_ *function.Context, args []*vector.Vector) (picker, error) {
	start, length := bind.Reader[int32](args[1]), bind.Reader[int32](args[2])
	valid := bind.Nulls(args[1:], args[0].Len)
	return func(i, from, to int, sel []uint32) ([]uint32, error) {
		if valid != nil && !valid.Get(i) {
			return sel, nil
		}
		s, l := int(start(i)), int(length(i))
		if s == 0 {
			return sel, sqlerr.New("_LEGACY_ERROR_TEMP_2157", "prettyName", "slice")
		}
		if l < 0 {
			return sel, sqlerr.New("_LEGACY_ERROR_TEMP_2158", "prettyName", "slice")
		}
		at := from + s - 1
		if s < 0 {
			at = to + s
		}
		if at < from {
			return sel, nil
		}
		for end := min(at+l, to); at < end; at++ {
			sel = append(sel, uint32(at))
		}
		return sel, nil
	}, nil
}

func bindFlatten(args []function.Arg, _ bool) (*function.Bound, error) {
	t := args[0].Type
	if t.Kind == types.Null {
		t = types.NewArray(types.NewArray(types.NullType, true), true)
	}
	if t.Kind != types.Array || t.Elem.Kind != types.Array {
		return nil, bind.Unexpected("flatten", args, 0, `"ARRAY" of "ARRAY"`)
	}
	ret := t.Elem
	eval := func(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
		src := listsOf(args[0])
		inner := listsOf(src.elems())
		out := &vector.Vector{Type: ret, Len: n, Ranges: make([]vector.Range, n)}
		var sel []uint32
		valid, err := bind.Each(args, n, func(i int) error {
			from, to := src.bounds(i)
			start := len(sel)
			for j := from; j < to; j++ {
				if inner.Valid != nil && !inner.Valid.Get(j) {
					sel = sel[:start]
					return bind.ErrNull
				}
				f, e := inner.bounds(j)
				for k := f; k < e; k++ {
					sel = append(sel, uint32(k))
				}
			}
			out.Ranges[i] = vector.Range{Off: uint32(start), Len: uint32(len(sel) - start)}
			return nil
		})
		out.Valid = valid
		out.Children = []*vector.Vector{vector.Gather(vector.Flatten(inner.elems()), sel)}
		return out, err
	}
	return &function.Bound{Args: []*types.Type{t}, Return: ret, Nullable: args[0].Nullable || t.ElemNullable, Eval: eval}, nil
}

// grow adds an element, which may be NULL, at an end of an array.
func grow(name, usage, doc, example string, front bool) *function.Scalar {
	return &function.Scalar{
		Name: name, MinArgs: 2, MaxArgs: 2, Since: "3.4.0", Nulls: function.NullByFunction, Doc: doc, Usage: usage, Example: "> " + example,
		Bind: func(args []function.Arg, ansi bool) (*function.Bound, error) {
			elem, err := withElement(name, args, 0, 1, ansi)
			if err != nil {
				return nil, err
			}
			t := types.NewArray(elem, args[0].Type.ElemNullable || args[1].Nullable)
			eval := bind.AllRows(t, func(_ *function.Context, args []*vector.Vector) (func(int, *vector.Builder) error, error) {
				src := listsOf(args[0])
				return func(i int, out *vector.Builder) error {
					if src.Valid != nil && !src.Valid.Get(i) {
						return bind.ErrNull
					}
					from, to := src.bounds(i)
					if front {
						out.Child(0).AppendFrom(args[1], i)
					}
					for j := from; j < to; j++ {
						out.Child(0).AppendFrom(src.elems(), j)
					}
					if !front {
						out.Child(0).AppendFrom(args[1], i)
					}
					out.AppendList(to - from + 1)
					return nil
				}, nil
			})
			return &function.Bound{Args: []*types.Type{t, elem}, Return: t, Nullable: args[0].Nullable, Eval: eval}, nil
		},
	}
}

func bindInsert(args []function.Arg, ansi bool) (*function.Bound, error) {
	elem, err := withElement("array_insert", args, 0, 2, ansi)
	if err != nil {
		return nil, err
	}
	if p := args[1].Type; p.Kind != types.Null && (!p.IsInteger() || p.Kind == types.Long) {
		return nil, bind.Unexpected("array_insert", args, 1, types.IntFamily.SQL())
	}
	t := types.NewArray(elem, true)
	eval := bind.AllRows(t, func(ctx *function.Context, args []*vector.Vector) (func(int, *vector.Builder) error, error) {
		// Before 3.5 a negative index counted from the element it was to come before.
		legacy := ctx.Setting != nil && ctx.Setting("spark.sql.legacy.negativeIndexInArrayInsert") == "true"
		src, pos := listsOf(args[0]), bind.Reader[int32](args[1])
		return func(i int, out *vector.Builder) error {
			if src.Valid != nil && !src.Valid.Get(i) || args[1].IsNull(i) {
				return bind.ErrNull
			}
			from, to := src.bounds(i)
			n, p := to-from, int(pos(i))
			if p == 0 {
				return sqlerr.New("INVALID_INDEX_OF_ZERO")
			}
			if p > maxElements || p == math.MinInt32 {
				return tooLong(int64(p))
			}
			b := out.Child(0)
			nulls := func(k int) {
				for ; k > 0; k-- {
					b.AppendNull()
				}
			}
			copyElems := func(f, t int) {
				for j := f; j < t; j++ {
					b.AppendFrom(src.elems(), j)
				}
			}
			size := n + 1
			if p < 0 {
				base := 1
				if legacy {
					base = 0
				}
				// The place among the n+1 elements of the result.
				at := n + p + base
				if at < 0 {
					b.AppendFrom(args[2], i)
					nulls(-at)
					copyElems(from, to)
					size += -at
				} else {
					copyElems(from, from+at)
					b.AppendFrom(args[2], i)
					copyElems(from+at, to)
				}
			} else {
				at := p - 1
				copyElems(from, from+min(at, n))
				nulls(at - n)
				b.AppendFrom(args[2], i)
				copyElems(from+min(at, n), to)
				size += max(at-n, 0)
			}
			out.AppendList(size)
			return nil
		}, nil
	})
	return &function.Bound{Args: []*types.Type{t, types.IntType, elem}, Return: t, Nullable: args[0].Nullable || args[1].Nullable, Eval: eval}, nil
}

func bindJoin(args []function.Arg, ansi bool) (*function.Bound, error) {
	in, err := bind.Cast("array_join", args, ansi, types.Exact(types.NewArray(types.StringType, true)), types.StringFamily)
	if err != nil {
		return nil, err
	}
	eval := bind.Rows(types.StringType, func(_ *function.Context, args []*vector.Vector) (func(int, *vector.Builder) error, error) {
		src := listsOf(args[0])
		elems := src.elems()
		var buf []byte
		return func(i int, out *vector.Builder) error {
			from, to := src.bounds(i)
			buf = buf[:0]
			first := true
			for j := from; j < to; j++ {
				var s []byte
				switch {
				case !elems.IsNull(j):
					s = elems.Bytes(j)
				case len(args) > 2:
					s = args[2].Bytes(i)
				default:
					continue
				}
				if !first {
					buf = append(buf, args[1].Bytes(i)...)
				}
				first = false
				buf = append(buf, s...)
			}
			out.AppendBytes(buf)
			return nil
		}, nil
	})
	return &function.Bound{Args: in, Return: types.StringType, Nullable: anyNullable(args), Eval: eval}, nil
}
