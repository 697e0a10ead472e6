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
			Name: "array_distinct", MinArgs: 1, MaxArgs: 1, Since: "2.4.0",
			Doc:     "The elements of an array without repetitions.",
			Usage:   "array_distinct(array)",
			Example: "> SELECT array_distinct(array(1, 2, 3, NULL, 3));\n [1,2,3,null]",
			Bind: func(args []function.Arg, _ bool) (*function.Bound, error) {
				t, err := needArray("array_distinct", args, 0)
				if err != nil {
					return nil, err
				}
				return &function.Bound{Args: []*types.Type{t}, Return: t, Nullable: args[0].Nullable, Eval: one(t, func(_ *function.Context, args []*vector.Vector) (picker, error) {
					elems, s := listsOf(args[0]).elems(), newSeen(t.Elem)
					return func(_, from, to int, sel []uint32) ([]uint32, error) {
						s.reset()
						for j := from; j < to; j++ {
							if s.add(elems, j) {
								sel = append(sel, uint32(j))
							}
						}
						return sel, nil
					}, nil
				})}, nil
			},
		},
		setOperation("array_union", "The elements of both arrays, without repetitions.", "SELECT array_union(array(1, 2, 3), array(1, 3, 5));\n [1,2,3,5]", union),
		setOperation("array_intersect", "The elements that are in both arrays, without repetitions.", "SELECT array_intersect(array(1, 2, 3), array(1, 3, 5));\n [1,3]", intersect),
		setOperation("array_except", "The elements of the first array that are not in the second, without repetitions.", "SELECT array_except(array(1, 2, 3), array(1, 3, 5));\n [2]", except),
		&function.Scalar{
			Name: "array_remove", MinArgs: 2, MaxArgs: 2, Since: "2.4.0",
			Doc:     "The array without the elements equal to a value.",
			Usage:   "array_remove(array, element)",
			Example: "> SELECT array_remove(array(1, 2, 3, null, 3), 3);\n [1,2,null]",
			Bind: func(args []function.Arg, ansi bool) (*function.Bound, error) {
				in, err := searched("array_remove", args, ansi)
				if err != nil {
					return nil, err
				}
				order := kernel.Comparator(in[1])
				return &function.Bound{Args: in, Return: in[0], Nullable: anyNullable(args), Eval: one(in[0], func(_ *function.Context, args []*vector.Vector) (picker, error) {
					elems := listsOf(args[0]).elems()
					return func(i, from, to int, sel []uint32) ([]uint32, error) {
						null := args[1].IsNull(i)
						for j := from; j < to; j++ {
							if null || elems.IsNull(j) || order(elems, j, args[1], i) != 0 {
								sel = append(sel, uint32(j))
							}
						}
						return sel, nil
					}, nil
				})}, nil
			},
		},
		&function.Scalar{
			Name: "array_compact", MinArgs: 1, MaxArgs: 1, Since: "3.4.0",
			Doc:     "The array without its NULLs.",
			Usage:   "array_compact(array)",
			Example: "> SELECT array_compact(array(1, 2, 3, null));\n [1,2,3]",
			Bind: func(args []function.Arg, _ bool) (*function.Bound, error) {
				t, err := needArray("array_compact", args, 0)
				if err != nil {
					return nil, err
				}
				ret := types.NewArray(t.Elem, false)
				return &function.Bound{Args: []*types.Type{t}, Return: ret, Nullable: args[0].Nullable, Eval: one(ret, func(_ *function.Context, args []*vector.Vector) (picker, error) {
					elems := listsOf(args[0]).elems()
					return func(_, from, to int, sel []uint32) ([]uint32, error) {
						for j := from; j < to; j++ {
							if !elems.IsNull(j) {
								sel = append(sel, uint32(j))
							}
						}
						return sel, nil
					}, nil
				})}, nil
			},
		},
	)
}

// setRow is a row of two arrays with what a set operation needs.
type setRow struct {
	a, b           lists
	af, at, bf, bt int
	left, right    *seen
	out            *vector.Builder
}

func setOperation(name, doc, example string, f func(r *setRow) int) *function.Scalar {
	return &function.Scalar{
		Name: name, MinArgs: 2, MaxArgs: 2, Since: "2.4.0", Doc: doc, Usage: name + "(array1, array2)", Example: "> " + example,
		Bind: func(args []function.Arg, ansi bool) (*function.Bound, error) {
			t, err := twoArrays(name, args, ansi)
			if err != nil {
				return nil, err
			}
			eval := bind.Rows(t, func(_ *function.Context, args []*vector.Vector) (func(int, *vector.Builder) error, error) {
				r := &setRow{a: listsOf(args[0]), b: listsOf(args[1]), left: newSeen(t.Elem), right: newSeen(t.Elem)}
				return func(i int, out *vector.Builder) error {
					r.left.reset()
					r.right.reset()
					r.out = out.Child(0)
					r.af, r.at = r.a.bounds(i)
					r.bf, r.bt = r.b.bounds(i)
					out.AppendList(f(r))
					return nil
				}, nil
			})
			return &function.Bound{Args: []*types.Type{t, t}, Return: t, Nullable: anyNullable(args), Eval: eval}, nil
		},
	}
}

func union(r *setRow) (n int) {
	for _, side := range []struct {
		elems    *vector.Vector
		from, to int
	}{{r.a.elems(), r.af, r.at}, {r.b.elems(), r.bf, r.bt}} {
		for j := side.from; j < side.to; j++ {
			if r.left.add(side.elems, j) {
				r.out.AppendFrom(side.elems, j)
				n++
			}
		}
	}
	return n
}

func intersect(r *setRow) int { return filtered(r, true) }

func except(r *setRow) int { return filtered(r, false) }

// filtered keeps the distinct elements of the first array that are (or are not) in the second.
func filtered(r *setRow, in bool) (n int) {
	for j := r.bf; j < r.bt; j++ {
		r.right.add(r.b.elems(), j)
	}
	for j := r.af; j < r.at; j++ {
		if r.right.has(r.a.elems(), j) == in && r.left.add(r.a.elems(), j) {
			r.out.AppendFrom(r.a.elems(), j)
			n++
		}
	}
	return n
}
