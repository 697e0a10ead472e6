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
			Name: "map_keys", MinArgs: 1, MaxArgs: 1, Since: "2.0.0",
			Doc:     "The keys of a map as an array.",
			Usage:   "map_keys(map)",
			Example: "> SELECT map_keys(map(1, 'a', 2, 'b'));\n [1,2]",
			Bind:    bindSide("map_keys", 0),
		},
		&function.Scalar{
			Name: "map_values", MinArgs: 1, MaxArgs: 1, Since: "2.0.0",
			Doc:     "The values of a map as an array.",
			Usage:   "map_values(map)",
			Example: "> SELECT map_values(map(1, 'a', 2, 'b'));\n [\"a\",\"b\"]",
			Bind:    bindSide("map_values", 1),
		},
		&function.Scalar{
			Name: "map_entries", MinArgs: 1, MaxArgs: 1, Since: "3.0.0",
			Doc:     "The entries of a map as an array of structs of key and value.",
			Usage:   "map_entries(map)",
			Example: "> SELECT map_entries(map(1, 'a', 2, 'b'));\n [{\"key\":1,\"value\":\"a\"},{\"key\":2,\"value\":\"b\"}]",
			Bind: func(args []function.Arg, _ bool) (*function.Bound, error) {
				t, err := needMap("map_entries", args, 0)
				if err != nil {
					return nil, err
				}
				entry := types.NewStruct(types.Field{Name: "key", Type: t.Key}, types.Field{Name: "value", Type: t.Elem, Nullable: t.ElemNullable})
				ret := types.NewArray(entry, false)
				return &function.Bound{Args: []*types.Type{t}, Return: ret, Nullable: args[0].Nullable, Eval: func(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
					src := listsOf(args[0])
					k, v := vector.Flatten(src.elems()), vector.Flatten(src.values())
					return &vector.Vector{
						Type: ret, Len: n, Valid: src.Valid, Ranges: src.Ranges,
						Children: []*vector.Vector{{Type: entry, Len: k.Len, Children: []*vector.Vector{k, v}}},
					}, nil
				}}, nil
			},
		},
		&function.Scalar{
			Name: "map_concat", MinArgs: 0, MaxArgs: -1, Since: "2.4.0",
			Doc:     "The entries of all the maps, as one map.",
			Usage:   "map_concat(map, ...)",
			Example: "> SELECT map_concat(map(1, 'a', 2, 'b'), map(3, 'c'));\n {1:\"a\",2:\"b\",3:\"c\"}",
			Bind:    bindMapConcat,
		},
		&function.Scalar{
			Name: "map_filter", MinArgs: 2, MaxArgs: 2, Since: "3.0.0", LambdaTypes: entryTypes("map_filter"),
			Doc:     "The entries of a map for which a function of key and value is true.",
			Usage:   "map_filter(expr, func)",
			Example: "> SELECT map_filter(map(1, 0, 2, 2, 3, -1), (k, v) -> k > v);\n {1:0,3:-1}",
			Bind: func(args []function.Arg, _ bool) (*function.Bound, error) {
				t, err := needMap("map_filter", args, 0)
				if err != nil {
					return nil, err
				}
				if err := needTruth("map_filter", args, 1); err != nil {
					return nil, err
				}
				return &function.Bound{Args: []*types.Type{t, types.BooleanType}, Return: t, Nullable: args[0].Nullable, LambdaEval: keep(t)}, nil
			},
		},
		&function.Scalar{
			Name: "transform_values", MinArgs: 2, MaxArgs: 2, Since: "3.0.0", LambdaTypes: entryTypes("transform_values"),
			Doc:     "The map with each value replaced by what a function makes of key and value.",
			Usage:   "transform_values(expr, func)",
			Example: "> SELECT transform_values(map_from_arrays(array(1, 2, 3), array(1, 2, 3)), (k, v) -> v + 1);\n {1:2,2:3,3:4}",
			Bind: func(args []function.Arg, _ bool) (*function.Bound, error) {
				t, err := needMap("transform_values", args, 0)
				if err != nil {
					return nil, err
				}
				ret := types.NewMap(t.Key, args[1].Type, args[1].Nullable)
				return &function.Bound{Args: []*types.Type{t, args[1].Type}, Return: ret, Nullable: args[0].Nullable, LambdaEval: transformValues(ret)}, nil
			},
		},
		&function.Scalar{
			Name: "transform_keys", MinArgs: 2, MaxArgs: 2, Since: "3.0.0", LambdaTypes: entryTypes("transform_keys"),
			Doc:     "The map with each key replaced by what a function makes of key and value.",
			Usage:   "transform_keys(expr, func)",
			Example: "> SELECT transform_keys(map_from_arrays(array(1, 2, 3), array(1, 2, 3)), (k, v) -> k + 1);\n {2:1,3:2,4:3}",
			Bind: func(args []function.Arg, _ bool) (*function.Bound, error) {
				t, err := needMap("transform_keys", args, 0)
				if err != nil {
					return nil, err
				}
				if err := checkKey("transform_keys", args, args[1].Type); err != nil {
					return nil, err
				}
				ret := types.NewMap(args[1].Type, t.Elem, t.ElemNullable)
				return &function.Bound{Args: []*types.Type{t, args[1].Type}, Return: ret, Nullable: args[0].Nullable, LambdaEval: transformKeys(ret)}, nil
			},
		},
		&function.Scalar{
			Name: "map_zip_with", MinArgs: 3, MaxArgs: 3, Since: "3.0.0", LambdaTypes: mapZipTypes,
			Doc:     "The map of the keys of two maps, with what a function makes of the key and both values (NULL where missing).",
			Usage:   "map_zip_with(map1, map2, function)",
			Example: "> SELECT map_zip_with(map(1, 'a', 2, 'b'), map(1, 'x', 2, 'y'), (k, v1, v2) -> concat(v1, v2));\n {1:\"ax\",2:\"by\"}",
			Bind:    bindMapZip,
		},
	)
}

// entryTypes: the lambda gets a key and a value.
func entryTypes(name string) lambdaTypes {
	return func(args []function.Arg, _ int) ([]*types.Type, error) {
		t, err := needMap(name, args, 0)
		if err != nil {
			return nil, err
		}
		return []*types.Type{t.Key, t.Elem}, nil
	}
}

// bindSide takes the keys or the values of a map as an array over the same elements.
func bindSide(name string, side int) binder {
	return func(args []function.Arg, _ bool) (*function.Bound, error) {
		t, err := needMap(name, args, 0)
		if err != nil {
			return nil, err
		}
		ret := types.NewArray(t.Key, false)
		if side == 1 {
			ret = types.NewArray(t.Elem, t.ElemNullable)
		}
		return &function.Bound{Args: []*types.Type{t}, Return: ret, Nullable: args[0].Nullable, Eval: func(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
			src := listsOf(args[0])
			return &vector.Vector{Type: ret, Len: n, Valid: src.Valid, Ranges: src.Ranges, Children: []*vector.Vector{src.Children[side]}}, nil
		}}, nil
	}
}

func bindMapConcat(args []function.Arg, ansi bool) (*function.Bound, error) {
	t := types.NewMap(types.StringType, types.StringType, false)
	for i, a := range args {
		if a.Type.Kind != types.Map && a.Type.Kind != types.Null {
			return nil, bind.Mismatch("MAP_CONCAT_DIFF_TYPES", "map_concat", args, "functionName", "`map_concat`", "dataType", typeList(args))
		}
		if i == 0 {
			t = a.Type
			continue
		}
		if t = types.WiderType(t, a.Type, ansi); t == nil {
			return nil, bind.Mismatch("DATA_DIFF_TYPES", "map_concat", args, "functionName", "`map_concat`", "dataType", typeList(args))
		}
	}
	if t.Kind == types.Null {
		t = types.NewMap(types.NullType, types.NullType, true)
	}
	eval := func(ctx *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
		m := newMapMaker(ctx, t, n)
		valid := bind.Nulls(args, n)
		src := make([]lists, len(args))
		for k, a := range args {
			src[k] = listsOf(a)
		}
		for i := 0; i < n; i++ {
			if valid != nil && !valid.Get(i) {
				m.out.AppendNull()
				continue
			}
			for _, s := range src {
				from, to := s.bounds(i)
				for j := from; j < to; j++ {
					if err := m.put(s.elems(), j, s.values(), j); err != nil {
						return nil, err
					}
				}
			}
			m.end()
		}
		return m.out.Finish(), nil
	}
	return &function.Bound{Args: bind.Repeat(t, len(args)), Return: t, Nullable: anyNullable(args), Eval: eval}, nil
}

func transformValues(ret *types.Type) function.LambdaEval {
	return func(_ *function.Context, args []*vector.Vector, lambdas []function.LambdaFunc, n int) (*vector.Vector, error) {
		src := listsOf(args[0])
		x := expand(src, n)
		keys := x.of(src.elems())
		v, err := body(args, lambdas, 1)([]*vector.Vector{keys, x.of(src.values())}, x.parent, len(x.sel))
		if err != nil {
			return nil, err
		}
		return &vector.Vector{Type: ret, Len: n, Valid: src.Valid, Ranges: x.ranges, Children: []*vector.Vector{vector.Flatten(keys), vector.Flatten(v)}}, nil
	}
}

func transformKeys(ret *types.Type) function.LambdaEval {
	return func(ctx *function.Context, args []*vector.Vector, lambdas []function.LambdaFunc, n int) (*vector.Vector, error) {
		src := listsOf(args[0])
		x := expand(src, n)
		values := x.of(src.values())
		keys, err := body(args, lambdas, 1)([]*vector.Vector{x.of(src.elems()), values}, x.parent, len(x.sel))
		if err != nil {
			return nil, err
		}
		keys = vector.Flatten(keys)
		m := newMapMaker(ctx, ret, n)
		for i := 0; i < n; i++ {
			if src.Valid != nil && !src.Valid.Get(i) {
				m.out.AppendNull()
				continue
			}
			r := x.ranges[i]
			for j := int(r.Off); j < int(r.Off+r.Len); j++ {
				if err := m.put(keys, j, values, j); err != nil {
					return nil, err
				}
			}
			m.end()
		}
		return m.out.Finish(), nil
	}
}

// zippedKey is the common key type of the maps of map_zip_with.
func zippedKey(args []function.Arg) (*types.Type, *types.Type, *types.Type, error) {
	a, err := needMap("map_zip_with", args, 0)
	if err != nil {
		return nil, nil, nil, err
	}
	b, err := needMap("map_zip_with", args, 1)
	if err != nil {
		return nil, nil, nil, err
	}
	key := types.WiderWithoutStrings(a.Key, b.Key, false)
	if key == nil {
		return nil, nil, nil, bind.Mismatch("MAP_ZIP_WITH_DIFF_TYPES", "map_zip_with", args, "functionName", "`map_zip_with`",
			"leftType", bind.TypeSQL(a), "rightType", bind.TypeSQL(b))
	}
	return key, a, b, nil
}

func mapZipTypes(args []function.Arg, _ int) ([]*types.Type, error) {
	key, a, b, err := zippedKey(args)
	if err != nil {
		return nil, err
	}
	return []*types.Type{key, a.Elem, b.Elem}, nil
}

func bindMapZip(args []function.Arg, _ bool) (*function.Bound, error) {
	key, a, b, err := zippedKey(args)
	if err != nil {
		return nil, err
	}
	ret := types.NewMap(key, args[2].Type, args[2].Nullable)
	in := []*types.Type{types.NewMap(key, a.Elem, a.ElemNullable), types.NewMap(key, b.Elem, b.ElemNullable), args[2].Type}
	eval := func(_ *function.Context, args []*vector.Vector, lambdas []function.LambdaFunc, n int) (*vector.Vector, error) {
		left, right := listsOf(args[0]), listsOf(args[1])
		valid := bind.Nulls(args[:2], n)
		ranges := make([]vector.Range, n)
		keys := vector.NewBuilder(key, n)
		var lv, rv []int
		var parent []uint32
		s := newSeen(key)
		for i := 0; i < n; i++ {
			if valid != nil && !valid.Get(i) {
				continue
			}
			s.reset()
			start := len(parent)
			lf, lt := left.bounds(i)
			rf, rt := right.bounds(i)
			for j := lf; j < lt; j++ {
				s.add(left.elems(), j)
				at := -1
				for k := rf; k < rt; k++ {
					if s.order(left.elems(), j, right.elems(), k) == 0 {
						at = k
						break
					}
				}
				keys.AppendFrom(left.elems(), j)
				lv, rv, parent = append(lv, j), append(rv, at), append(parent, uint32(i))
			}
			for k := rf; k < rt; k++ {
				if !s.has(right.elems(), k) {
					keys.AppendFrom(right.elems(), k)
					lv, rv, parent = append(lv, -1), append(rv, k), append(parent, uint32(i))
				}
			}
			ranges[i] = vector.Range{Off: uint32(start), Len: uint32(len(parent) - start)}
		}
		k := keys.Finish()
		v, err := body(args, lambdas, 2)([]*vector.Vector{k, choose(left.values(), lv, a.Elem), choose(right.values(), rv, b.Elem)}, parent, len(parent))
		if err != nil {
			return nil, err
		}
		return &vector.Vector{Type: ret, Len: n, Valid: valid, Ranges: ranges, Children: []*vector.Vector{k, vector.Flatten(v)}}, nil
	}
	return &function.Bound{Args: in, Return: ret, Nullable: args[0].Nullable || args[1].Nullable, LambdaEval: eval}, nil
}
