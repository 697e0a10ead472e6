package collection

import (
	"sort"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/kernel"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

func init() {
	bind.Scalars(
		&function.Scalar{
			Name: "sort_array", MinArgs: 1, MaxArgs: 2, Since: "1.5.0",
			Doc:     "The elements of an array in order: ascending with NULLs first, or descending with NULLs last.",
			Usage:   "sort_array(array[, ascendingOrder])",
			Example: "> SELECT sort_array(array('b', 'd', null, 'c', 'a'), true);\n [null,\"a\",\"b\",\"c\",\"d\"]",
			Bind:    bindSortArray,
		},
		&function.Scalar{
			Name: "array_sort", MinArgs: 1, MaxArgs: 2, Since: "2.4.0", LambdaTypes: pairTypes("array_sort"),
			Doc:     "The elements of an array in ascending order with NULLs last, or in the order that a function of two elements gives.",
			Usage:   "array_sort(array[, func])",
			Example: "> SELECT array_sort(array(5, 6, 1), (left, right) -> case when left < right then -1 when left > right then 1 else 0 end);\n [1,5,6]",
			Bind:    bindArraySort,
		},
	)
}

func orderable(name string, args []function.Arg, t *types.Type) error {
	if t.Elem.Orderable() {
		return nil
	}
	return bind.Mismatch("INVALID_ORDERING_TYPE", name, args, "functionName", types.Quote(name), "dataType", bind.TypeSQL(t.Elem))
}

func bindSortArray(args []function.Arg, ansi bool) (*function.Bound, error) {
	t, err := needArray("sort_array", args, 0)
	if err != nil {
		return nil, err
	}
	if err := orderable("sort_array", args, t); err != nil {
		return nil, err
	}
	in := []*types.Type{t}
	if len(args) > 1 {
		if args[1].Type.Kind != types.Boolean && args[1].Type.Kind != types.Null {
			return nil, bind.Unexpected("sort_array", args, 1, types.BooleanFamily.SQL())
		}
		in = append(in, types.BooleanType)
	}
	return &function.Bound{Args: in, Return: t, Nullable: anyNullable(args), Eval: one(t, func(_ *function.Context, args []*vector.Vector) (picker, error) {
		ascending := func(int) bool { return true }
		if len(args) > 1 {
			ascending = bind.Reader[bool](args[1])
		}
		return sorter(t, args[0], func(i int) (bool, bool) { up := ascending(i); return up, up }), nil
	})}, nil
}

// sorter puts elements in order; how says of a row whether it ascends and whether NULLs come first.
func sorter(t *types.Type, v *vector.Vector, how func(i int) (up, nullsFirst bool)) picker {
	elems, order := listsOf(v).elems(), kernel.Comparator(t.Elem)
	return func(i, from, to int, sel []uint32) ([]uint32, error) {
		up, first := how(i)
		start := len(sel)
		for j := from; j < to; j++ {
			sel = append(sel, uint32(j))
		}
		row := sel[start:]
		sort.SliceStable(row, func(a, b int) bool {
			x, y := int(row[a]), int(row[b])
			switch xn, yn := elems.IsNull(x), elems.IsNull(y); {
			case xn || yn:
				return xn != yn && xn == first
			case up:
				return order(elems, x, elems, y) < 0
			}
			return order(elems, x, elems, y) > 0
		})
		return sel, nil
	}
}

func bindArraySort(args []function.Arg, _ bool) (*function.Bound, error) {
	t, err := needArray("array_sort", args, 0)
	if err != nil {
		return nil, err
	}
	b := &function.Bound{Args: []*types.Type{t}, Return: t, Nullable: args[0].Nullable}
	if len(args) == 1 {
		if err := orderable("array_sort", args, t); err != nil {
			return nil, err
		}
		b.Eval = one(t, func(_ *function.Context, args []*vector.Vector) (picker, error) {
			return sorter(t, args[0], func(int) (bool, bool) { return true, false }), nil
		})
		return b, nil
	}
	if args[1].Lambda == nil || args[1].Type.Kind != types.Int {
		return nil, bind.Mismatch("UNEXPECTED_RETURN_TYPE", "array_sort", args, "functionName", "`lambdafunction`", "expectedType", `"INT"`, "actualType", bind.TypeSQL(args[1].Type))
	}
	b.Args = append(b.Args, types.IntType)
	b.LambdaEval = func(_ *function.Context, args []*vector.Vector, lambdas []function.LambdaFunc, n int) (*vector.Vector, error) {
		src := listsOf(args[0])
		m := &mergeSort{elems: src.elems(), compare: lambdas[1]}
		rows, err := m.sort(src, n)
		if err != nil {
			return nil, err
		}
		return pick(t, src, n, func(i, _, _ int, sel []uint32) ([]uint32, error) { return append(sel, rows[i]...), nil })
	}
	return b, nil
}

// mergeSort sorts the elements of many rows with a lambda as comparison. It goes bottom up, a step of every merge of every
// row at a time, so that the lambda is called on batches.
type mergeSort struct {
	elems   *vector.Vector
	compare function.LambdaFunc
}

// merge is a merge in progress of row's runs [a, am) and [b, bm) into out.
type merge struct {
	row          int
	src, out     []uint32
	a, am, b, bm int
	w            int
}

func (m *mergeSort) sort(src lists, n int) ([][]uint32, error) {
	rows, scratch := make([][]uint32, n), make([][]uint32, n)
	longest := 0
	for i := range rows {
		from, to := src.bounds(i)
		for j := from; j < to; j++ {
			rows[i] = append(rows[i], uint32(j))
		}
		scratch[i] = make([]uint32, to-from)
		longest = max(longest, to-from)
	}
	for width := 1; width < longest; width *= 2 {
		var open []*merge
		for i, r := range rows {
			for at := 0; at < len(r); at += 2 * width {
				mid, end := min(at+width, len(r)), min(at+2*width, len(r))
				open = append(open, &merge{row: i, src: r, out: scratch[i], a: at, am: mid, b: mid, bm: end, w: at})
			}
		}
		if err := m.run(open); err != nil {
			return nil, err
		}
		rows, scratch = scratch, rows
	}
	return rows, nil
}

func (m *mergeSort) run(open []*merge) error {
	for len(open) > 0 {
		var left, right, parent []uint32
		live := open[:0]
		for _, g := range open {
			if g.a == g.am || g.b == g.bm {
				g.w += copy(g.out[g.w:], g.src[g.a:g.am])
				copy(g.out[g.w:], g.src[g.b:g.bm])
				continue
			}
			live = append(live, g)
			left, right, parent = append(left, g.src[g.a]), append(right, g.src[g.b]), append(parent, uint32(g.row))
		}
		if open = live; len(open) == 0 {
			return nil
		}
		v, err := m.compare([]*vector.Vector{vector.Gather(m.elems, left), vector.Gather(m.elems, right)}, parent, len(parent))
		if err != nil {
			return err
		}
		at := bind.Reader[int32](v)
		for k, g := range open {
			if v.IsNull(k) {
				return sqlerr.New("COMPARATOR_RETURNS_NULL", "firstValue", keyText(m.elems, int(left[k])), "secondValue", keyText(m.elems, int(right[k])))
			}
			if at(k) <= 0 {
				g.out[g.w] = g.src[g.a]
				g.a++
			} else {
				g.out[g.w] = g.src[g.b]
				g.b++
			}
			g.w++
		}
	}
	return nil
}
