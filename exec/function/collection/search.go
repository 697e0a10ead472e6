package collection

import (
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/kernel"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

func init() {
	bind.Scalars(
		&function.Scalar{
			Name: "array_contains", MinArgs: 2, MaxArgs: 2, Since: "1.5.0",
			Doc:     "Whether an array has a value; NULL when it has not but has a NULL.",
			Usage:   "array_contains(array, value)",
			Example: "> SELECT array_contains(array(1, 2, 3), 2);\n true",
			Bind: func(args []function.Arg, ansi bool) (*function.Bound, error) {
				if args[1].Type.Kind == types.Null || args[0].Type.Kind == types.Null {
					return nil, bind.Mismatch("NULL_TYPE", "array_contains", args, "functionName", "`array_contains`")
				}
				in, err := searched("array_contains", args, ansi)
				if err != nil {
					return nil, err
				}
				return &function.Bound{Args: in, Return: types.BooleanType, Nullable: anyNullable(args) || in[0].ElemNullable, Eval: contains(in[1])}, nil
			},
		},
		&function.Scalar{
			Name: "array_position", MinArgs: 2, MaxArgs: 2, Since: "2.4.0",
			Doc:     "The position of the first element equal to a value, from 1; 0 when there is none.",
			Usage:   "array_position(array, element)",
			Example: "> SELECT array_position(array(312, 773, 708, 708), 708);\n 3",
			Bind: func(args []function.Arg, ansi bool) (*function.Bound, error) {
				in, err := searched("array_position", args, ansi)
				if err != nil {
					return nil, err
				}
				return &function.Bound{Args: in, Return: types.LongType, Nullable: anyNullable(args), Eval: position(in[1])}, nil
			},
		},
		&function.Scalar{
			Name: "arrays_overlap", MinArgs: 2, MaxArgs: 2, Since: "2.4.0",
			Doc:     "Whether two arrays have an element in common; NULL when not but both have elements and one a NULL.",
			Usage:   "arrays_overlap(a1, a2)",
			Example: "> SELECT arrays_overlap(array(1, 2, 3), array(3, 4, 5));\n true",
			Bind: func(args []function.Arg, ansi bool) (*function.Bound, error) {
				t, err := twoArrays("arrays_overlap", args, ansi)
				if err != nil {
					return nil, err
				}
				return &function.Bound{Args: []*types.Type{t, t}, Return: types.BooleanType, Nullable: anyNullable(args) || t.ElemNullable, Eval: overlap(t.Elem)}, nil
			},
		},
		extreme("array_min", "The smallest element that is not NULL.", "SELECT array_min(array(1, 20, NULL, 3));\n 1", -1),
		extreme("array_max", "The largest element that is not NULL.", "SELECT array_max(array(1, 20, NULL, 3));\n 20", 1),
	)
}

func searched(name string, args []function.Arg, ansi bool) ([]*types.Type, error) {
	elem, err := withElement(name, args, 0, 1, ansi)
	if err != nil {
		return nil, err
	}
	t, err := needArray(name, args, 0)
	if err != nil {
		return nil, err
	}
	return []*types.Type{types.NewArray(elem, t.ElemNullable), elem}, nil
}

func contains(elem *types.Type) function.Eval {
	order := kernel.Comparator(elem)
	return bind.Lift(func(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
		src := listsOf(args[0])
		elems, value := src.elems(), args[1]
		out := vector.New(types.BooleanType, n)
		valid, err := bind.Each(args, n, func(i int) error {
			null := false
			from, to := src.bounds(i)
			for j := from; j < to; j++ {
				if elems.IsNull(j) {
					null = true
				} else if order(elems, j, value, i) == 0 {
					out.Bools[i] = true
					return nil
				}
			}
			if null {
				return bind.ErrNull
			}
			return nil
		})
		out.Valid = valid
		return out, err
	})
}

func position(elem *types.Type) function.Eval {
	order := kernel.Comparator(elem)
	return bind.Lift(func(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
		src := listsOf(args[0])
		elems, value := src.elems(), args[1]
		out := vector.New(types.LongType, n)
		valid, err := bind.Each(args, n, func(i int) error {
			from, to := src.bounds(i)
			for j := from; j < to; j++ {
				if !elems.IsNull(j) && order(elems, j, value, i) == 0 {
					out.I64[i] = int64(j - from + 1)
					return nil
				}
			}
			return nil
		})
		out.Valid = valid
		return out, err
	})
}

func overlap(elem *types.Type) function.Eval {
	return bind.Lift(func(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
		a, b := listsOf(args[0]), listsOf(args[1])
		s := newSeen(elem)
		out := vector.New(types.BooleanType, n)
		valid, err := bind.Each(args, n, func(i int) error {
			s.reset()
			null := false
			from, to := a.bounds(i)
			empty := from == to
			for j := from; j < to; j++ {
				if a.elems().IsNull(j) {
					null = true
				} else {
					s.add(a.elems(), j)
				}
			}
			from, to = b.bounds(i)
			empty = empty || from == to
			for j := from; j < to; j++ {
				if b.elems().IsNull(j) {
					null = true
				} else if s.has(b.elems(), j) {
					out.Bools[i] = true
					return nil
				}
			}
			if null && !empty {
				return bind.ErrNull
			}
			return nil
		})
		out.Valid = valid
		return out, err
	})
}

// extreme is the smallest (sign -1) or largest (1) element.
func extreme(name, doc, example string, sign int) *function.Scalar {
	return &function.Scalar{
		Name: name, MinArgs: 1, MaxArgs: 1, Since: "2.4.0", Doc: doc, Usage: name + "(array)", Example: "> " + example,
		Bind: func(args []function.Arg, _ bool) (*function.Bound, error) {
			t, err := needArray(name, args, 0)
			if err != nil {
				return nil, err
			}
			if !t.Elem.Orderable() {
				return nil, bind.Mismatch("INVALID_ORDERING_TYPE", name, args, "functionName", types.Quote(name), "dataType", bind.TypeSQL(t))
			}
			order := kernel.Comparator(t.Elem)
			return &function.Bound{Args: []*types.Type{t}, Return: t.Elem, Nullable: true, Eval: bind.Lift(func(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
				src := listsOf(args[0])
				elems := src.elems()
				at := make([]int, n)
				for i := range at {
					at[i] = -1
					from, to := src.bounds(i)
					for j := from; j < to; j++ {
						if !elems.IsNull(j) && (at[i] < 0 || order(elems, j, elems, at[i])*sign > 0) {
							at[i] = j
						}
					}
				}
				return choose(elems, at, t.Elem), nil
			})}, nil
		},
	}
}
