package collection

import (
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

func init() {
	bind.Scalars(
		&function.Scalar{
			Name: "transform", MinArgs: 2, MaxArgs: 2, Since: "2.4.0", LambdaTypes: elementTypes("transform"),
			Doc:     "The array of what a function makes of each element (and its index, from 0).",
			Usage:   "transform(expr, func)",
			Example: "> SELECT transform(array(1, 2, 3), x -> x + 1);\n [2,3,4]",
			Bind: func(args []function.Arg, _ bool) (*function.Bound, error) {
				t, err := needArray("transform", args, 0)
				if err != nil {
					return nil, err
				}
				ret := types.NewArray(args[1].Type, args[1].Nullable)
				return &function.Bound{Args: []*types.Type{t, args[1].Type}, Return: ret, Nullable: args[0].Nullable, LambdaEval: transform(ret)}, nil
			},
		},
		&function.Scalar{
			Name: "filter", MinArgs: 2, MaxArgs: 2, Since: "2.4.0", LambdaTypes: elementTypes("filter"),
			Doc:     "The elements of an array (with their index, from 0) for which a function is true.",
			Usage:   "filter(expr, func)",
			Example: "> SELECT filter(array(1, 2, 3), x -> x % 2 == 1);\n [1,3]",
			Bind: func(args []function.Arg, _ bool) (*function.Bound, error) {
				t, err := needArray("filter", args, 0)
				if err != nil {
					return nil, err
				}
				if err := needTruth("filter", args, 1); err != nil {
					return nil, err
				}
				return &function.Bound{Args: []*types.Type{t, types.BooleanType}, Return: t, Nullable: args[0].Nullable, LambdaEval: keep(t)}, nil
			},
		},
		quantifier("exists", "Whether a function is true for an element of an array.", "SELECT exists(array(1, 2, 3), x -> x % 2 == 0);\n true", true),
		quantifier("forall", "Whether a function is true for all elements of an array.", "SELECT forall(array(1, 2, 3), x -> x % 2 == 0);\n false", false),
		&function.Scalar{
			Name: "aggregate", Aliases: []string{"reduce"}, MinArgs: 3, MaxArgs: 4, Since: "2.4.0", LambdaTypes: foldTypes, Nulls: function.NullByFunction,
			Doc:     "What a function makes of a state and each element in turn, and a last one of the final state.",
			Usage:   "aggregate(expr, start, merge[, finish])",
			Example: "> SELECT aggregate(array(1, 2, 3), 0, (acc, x) -> acc + x);\n 6",
			Bind:    bindFold,
		},
		&function.Scalar{
			Name: "zip_with", MinArgs: 3, MaxArgs: 3, Since: "2.4.0", LambdaTypes: zipTypes,
			Doc:     "The array of what a function makes of the elements at the same place of two arrays; the shorter is filled with NULLs.",
			Usage:   "zip_with(left, right, func)",
			Example: "> SELECT zip_with(array(1, 2), array(3, 4), (x, y) -> x + y);\n [4,6]",
			Bind: func(args []function.Arg, _ bool) (*function.Bound, error) {
				a, err := needArray("zip_with", args, 0)
				if err != nil {
					return nil, err
				}
				b, err := needArray("zip_with", args, 1)
				if err != nil {
					return nil, err
				}
				ret := types.NewArray(args[2].Type, args[2].Nullable)
				return &function.Bound{Args: []*types.Type{a, b, args[2].Type}, Return: ret, Nullable: args[0].Nullable || args[1].Nullable, LambdaEval: zipWith(ret)}, nil
			},
		},
	)
}

type lambdaTypes = func(args []function.Arg, i int) ([]*types.Type, error)

// elementTypes: the lambda gets an element and its index.
func elementTypes(name string) lambdaTypes {
	return func(args []function.Arg, _ int) ([]*types.Type, error) {
		t, err := needArray(name, args, 0)
		if err != nil {
			return nil, err
		}
		return []*types.Type{t.Elem, types.IntType}, nil
	}
}

// elementOnly: the lambda gets an element.
func elementOnly(name string) lambdaTypes {
	return func(args []function.Arg, _ int) ([]*types.Type, error) {
		t, err := needArray(name, args, 0)
		if err != nil {
			return nil, err
		}
		return []*types.Type{t.Elem}, nil
	}
}

// pairTypes: the lambda gets two elements.
func pairTypes(name string) lambdaTypes {
	return func(args []function.Arg, _ int) ([]*types.Type, error) {
		t, err := needArray(name, args, 0)
		if err != nil {
			return nil, err
		}
		return []*types.Type{t.Elem, t.Elem}, nil
	}
}

// needTruth checks that a lambda gives a boolean.
func needTruth(name string, args []function.Arg, i int) error {
	if k := args[i].Type.Kind; k != types.Boolean && k != types.Null {
		return bind.Unexpected(name, args, i, types.BooleanFamily.SQL())
	}
	return nil
}

// body is a lambda argument; an argument that is no lambda is the same for every element of a row.
func body(args []*vector.Vector, lambdas []function.LambdaFunc, i int) function.LambdaFunc {
	if lambdas[i] != nil {
		return lambdas[i]
	}
	return func(_ []*vector.Vector, parent []uint32, n int) (*vector.Vector, error) {
		return vector.Gather(args[i], parent[:n]), nil
	}
}

// expanded is the elements of all rows one after the other: for each its position, the row it comes from and its index.
type expanded struct {
	sel, parent []uint32
	index       []int32
	ranges      []vector.Range
}

func expand(src lists, n int) *expanded {
	total := src.total(n)
	x := &expanded{sel: make([]uint32, 0, total), parent: make([]uint32, 0, total), index: make([]int32, 0, total), ranges: make([]vector.Range, n)}
	for i := 0; i < n; i++ {
		from, to := src.bounds(i)
		x.ranges[i] = vector.Range{Off: uint32(len(x.sel)), Len: uint32(to - from)}
		for j := from; j < to; j++ {
			x.sel, x.parent, x.index = append(x.sel, uint32(j)), append(x.parent, uint32(i)), append(x.index, int32(j-from))
		}
	}
	return x
}

// inOrder says whether the positions are 0, 1, 2 … of a vector of just as many, so that nothing need be gathered.
func (x *expanded) inOrder(v *vector.Vector) bool {
	return len(x.sel) == v.Len && (v.Len == 0 || x.sel[0] == 0 && int(x.sel[v.Len-1]) == v.Len-1 && ascending(x.sel))
}

func ascending(s []uint32) bool {
	for i := 1; i < len(s); i++ {
		if s[i] != s[i-1]+1 {
			return false
		}
	}
	return true
}

func (x *expanded) of(v *vector.Vector) *vector.Vector {
	if x.inOrder(v) {
		return v
	}
	return vector.Gather(vector.Flatten(v), x.sel)
}

// call evaluates a lambda over all elements, with their index as last parameter.
func (x *expanded) call(f function.LambdaFunc, params ...*vector.Vector) (*vector.Vector, error) {
	index := &vector.Vector{Type: types.IntType, Len: len(x.index), I32: x.index}
	v, err := f(append(params, index), x.parent, len(x.sel))
	if err != nil {
		return nil, err
	}
	return vector.Flatten(v), nil
}

func transform(ret *types.Type) function.LambdaEval {
	return func(_ *function.Context, args []*vector.Vector, lambdas []function.LambdaFunc, n int) (*vector.Vector, error) {
		src := listsOf(args[0])
		x := expand(src, n)
		v, err := x.call(body(args, lambdas, 1), x.of(src.elems()))
		if err != nil {
			return nil, err
		}
		return &vector.Vector{Type: ret, Len: n, Valid: src.Valid, Ranges: x.ranges, Children: []*vector.Vector{v}}, nil
	}
}

// truths says for each row of a boolean vector whether it is true.
func truths(v *vector.Vector) func(i int) bool {
	if v.Type.Kind == types.Null {
		return func(int) bool { return false }
	}
	return func(i int) bool { return v.Bools[i] && (v.Valid == nil || v.Valid.Get(i)) }
}

// keep makes lists or maps of the elements for which the lambda, called with the children, is true.
func keep(ret *types.Type) function.LambdaEval {
	return func(_ *function.Context, args []*vector.Vector, lambdas []function.LambdaFunc, n int) (*vector.Vector, error) {
		src := listsOf(args[0])
		x := expand(src, n)
		var params []*vector.Vector
		for _, c := range src.Children {
			params = append(params, x.of(c))
		}
		v, err := x.call(body(args, lambdas, 1), params...)
		if err != nil {
			return nil, err
		}
		is := truths(v)
		return pick(ret, src, n, func(i, from, to int, sel []uint32) ([]uint32, error) {
			for j := from; j < to; j++ {
				if is(int(x.ranges[i].Off) + j - from) {
					sel = append(sel, uint32(j))
				}
			}
			return sel, nil
		})
	}
}

// quantifier is exists (some) or forall, three-valued.
func quantifier(name, doc, example string, some bool) *function.Scalar {
	return &function.Scalar{
		Name: name, MinArgs: 2, MaxArgs: 2, Since: "2.4.0", Doc: doc, Usage: name + "(expr, pred)", Example: "> " + example, LambdaTypes: elementOnly(name),
		Bind: func(args []function.Arg, _ bool) (*function.Bound, error) {
			t, err := needArray(name, args, 0)
			if err != nil {
				return nil, err
			}
			if err := needTruth(name, args, 1); err != nil {
				return nil, err
			}
			eval := func(_ *function.Context, args []*vector.Vector, lambdas []function.LambdaFunc, n int) (*vector.Vector, error) {
				src := listsOf(args[0])
				x := expand(src, n)
				v, err := body(args, lambdas, 1)([]*vector.Vector{x.of(src.elems())}, x.parent, len(x.sel))
				if err != nil {
					return nil, err
				}
				v = vector.Flatten(v)
				out := vector.New(types.BooleanType, n)
				out.Valid, err = bind.Each(args[:1], n, func(i int) error {
					r := x.ranges[i]
					null := false
					for j := int(r.Off); j < int(r.Off+r.Len); j++ {
						switch {
						case v.IsNull(j) || v.Type.Kind == types.Null:
							null = true
						case v.Bools[j] == some:
							out.Bools[i] = some
							return nil
						}
					}
					if null {
						return bind.ErrNull
					}
					out.Bools[i] = !some
					return nil
				})
				return out, err
			}
			return &function.Bound{Args: []*types.Type{t, types.BooleanType}, Return: types.BooleanType, Nullable: args[0].Nullable || args[1].Nullable, LambdaEval: eval}, nil
		},
	}
}

// foldTypes: merge gets the state and an element, finish the state.
func foldTypes(args []function.Arg, i int) ([]*types.Type, error) {
	t, err := needArray("aggregate", args, 0)
	if err != nil {
		return nil, err
	}
	if i == 2 {
		return []*types.Type{args[1].Type, t.Elem}, nil
	}
	return []*types.Type{args[1].Type}, nil
}

func bindFold(args []function.Arg, _ bool) (*function.Bound, error) {
	t, err := needArray("aggregate", args, 0)
	if err != nil {
		return nil, err
	}
	state := args[1].Type
	if !sameShape(state, args[2].Type) && args[2].Type.Kind != types.Null {
		return nil, bind.Unexpected("aggregate", args, 2, bind.TypeSQL(state))
	}
	ret := state
	in := []*types.Type{t, state, state}
	if len(args) > 3 {
		ret = args[3].Type
		in = append(in, ret)
	}
	return &function.Bound{Args: in, Return: ret, Nullable: true, LambdaEval: fold(state)}, nil
}

// sameShape compares types without the names of struct fields.
func sameShape(a, b *types.Type) bool {
	if a.Kind != b.Kind {
		return a.IsString() && b.IsString()
	}
	switch a.Kind {
	case types.Array:
		return sameShape(a.Elem, b.Elem)
	case types.Map:
		return sameShape(a.Key, b.Key) && sameShape(a.Elem, b.Elem)
	case types.Struct:
		if len(a.Fields) != len(b.Fields) {
			return false
		}
		for i := range a.Fields {
			if !sameShape(a.Fields[i].Type, b.Fields[i].Type) {
				return false
			}
		}
		return true
	}
	return a.Equal(b)
}

// fold calls merge once for the first elements of all rows, once for the second ones, and so on.
func fold(state *types.Type) function.LambdaEval {
	return func(_ *function.Context, args []*vector.Vector, lambdas []function.LambdaFunc, n int) (*vector.Vector, error) {
		src := listsOf(args[0])
		elems := vector.Flatten(src.elems())
		// The rows still at work, and where the state of each row is: a row of one of the vectors made so far.
		acc := vector.Flatten(args[1])
		longest := 0
		for i := 0; i < n; i++ {
			from, to := src.bounds(i)
			longest = max(longest, to-from)
		}
		merge := body(args, lambdas, 2)
		for step := 0; step < longest; step++ {
			var rows, sel []uint32
			for i := 0; i < n; i++ {
				if from, to := src.bounds(i); from+step < to {
					rows, sel = append(rows, uint32(i)), append(sel, uint32(from+step))
				}
			}
			v, err := merge([]*vector.Vector{vector.Gather(acc, rows), vector.Gather(elems, sel)}, rows, len(rows))
			if err != nil {
				return nil, err
			}
			if len(rows) == n {
				acc = vector.Flatten(v)
				continue
			}
			// Rows that are done keep their state.
			both := vector.NewBuilder(state, n+len(rows))
			both.AppendVector(acc)
			both.AppendVector(v)
			next := make([]uint32, n)
			for i := range next {
				next[i] = uint32(i)
			}
			for k, r := range rows {
				next[r] = uint32(n + k)
			}
			acc = vector.Gather(both.Finish(), next)
		}
		out := acc
		if len(args) > 3 {
			all := make([]uint32, n)
			for i := range all {
				all[i] = uint32(i)
			}
			v, err := body(args, lambdas, 3)([]*vector.Vector{acc}, all, n)
			if err != nil {
				return nil, err
			}
			out = vector.Flatten(v)
		}
		if src.Valid != nil {
			c := *out
			c.Valid = vector.And(out.Valid, src.Valid, n)
			return &c, nil
		}
		return out, nil
	}
}

func zipTypes(args []function.Arg, _ int) ([]*types.Type, error) {
	a, err := needArray("zip_with", args, 0)
	if err != nil {
		return nil, err
	}
	b, err := needArray("zip_with", args, 1)
	if err != nil {
		return nil, err
	}
	return []*types.Type{a.Elem, b.Elem}, nil
}

func zipWith(ret *types.Type) function.LambdaEval {
	return func(_ *function.Context, args []*vector.Vector, lambdas []function.LambdaFunc, n int) (*vector.Vector, error) {
		a, b := listsOf(args[0]), listsOf(args[1])
		valid := bind.Nulls(args[:2], n)
		ranges := make([]vector.Range, n)
		var left, right []int
		var parent []uint32
		for i := 0; i < n; i++ {
			if valid != nil && !valid.Get(i) {
				continue
			}
			af, at := a.bounds(i)
			bf, bt := b.bounds(i)
			k := max(at-af, bt-bf)
			ranges[i] = vector.Range{Off: uint32(len(parent)), Len: uint32(k)}
			for j := 0; j < k; j++ {
				x, y := -1, -1
				if af+j < at {
					x = af + j
				}
				if bf+j < bt {
					y = bf + j
				}
				left, right, parent = append(left, x), append(right, y), append(parent, uint32(i))
			}
		}
		v, err := body(args, lambdas, 2)([]*vector.Vector{choose(a.elems(), left, a.Type.Elem), choose(b.elems(), right, b.Type.Elem)}, parent, len(parent))
		if err != nil {
			return nil, err
		}
		return &vector.Vector{Type: ret, Len: n, Valid: valid, Ranges: ranges, Children: []*vector.Vector{vector.Flatten(v)}}, nil
	}
}
