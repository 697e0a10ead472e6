package collection

import (
	"github.com/argan-sql/argan/exec/cast"
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
			Name: "[]", MinArgs: 2, MaxArgs: 2, Since: "1.0.0",
			Doc:     "The element of an array at an index from 0, or the value of a map for a key.",
			Usage:   "collection[index]",
			Example: "> SELECT array(1, 2, 3)[1];\n 2",
			Bind:    bindSubscript,
		},
		&function.Scalar{
			Name: "element_at", MinArgs: 2, MaxArgs: 2, Since: "2.4.0",
			Doc:     "The element of an array at an index from 1 (negative from the end), or the value of a map for a key.",
			Usage:   "element_at(array, index) or element_at(map, key)",
			Example: "> SELECT element_at(array(1, 2, 3), 2);\n 2",
			Bind:    bindElementAt("element_at", false),
		},
		&function.Scalar{
			Name: "try_element_at", MinArgs: 2, MaxArgs: 2, Since: "3.3.0",
			Doc:     "As element_at, but always NULL where there is no such element.",
			Usage:   "try_element_at(array, index) or try_element_at(map, key)",
			Example: "> SELECT try_element_at(array(1, 2, 3), 4);\n NULL",
			Bind:    bindElementAt("try_element_at", true),
		},
		&function.Scalar{
			Name: "get", MinArgs: 2, MaxArgs: 2, Since: "3.4.0",
			Doc:     "The element of an array at an index from 0; NULL when there is none.",
			Usage:   "get(array, index)",
			Example: "> SELECT get(array(1, 2, 3), 0);\n 1",
			Bind: func(args []function.Arg, ansi bool) (*function.Bound, error) {
				t, err := needArray("get", args, 0)
				if err != nil {
					return nil, err
				}
				return bindIndex("get", args, t, false)
			},
		},
		size("size", []string{"cardinality"}, true),
		size("array_size", nil, false),
		&function.Scalar{
			Name: "map_contains_key", MinArgs: 2, MaxArgs: 2, Since: "3.3.0",
			Doc:     "Whether a map has a key.",
			Usage:   "map_contains_key(map, key)",
			Example: "> SELECT map_contains_key(map(1, 'a', 2, 'b'), 1);\n true",
			Bind: func(args []function.Arg, ansi bool) (*function.Bound, error) {
				in, err := mapAndKey("map_contains_key", args, ansi)
				if err != nil {
					return nil, err
				}
				return &function.Bound{Args: in, Return: types.BooleanType, Nullable: anyNullable(args), Eval: bind.Lift(func(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
					out := vector.New(types.BooleanType, n)
					for i, k := range lookup(in[0].Key, args, n) {
						out.Bools[i] = k >= 0
					}
					out.Valid = bind.Nulls(args, n)
					return out, nil
				})}, nil
			},
		},
	)
}

// size counts elements; legacy: of NULL it is -1 outside ANSI mode.
func size(name string, aliases []string, legacy bool) *function.Scalar {
	return &function.Scalar{
		Name: name, Aliases: aliases, MinArgs: 1, MaxArgs: 1, Since: "1.5.0", Nulls: function.NullByFunction,
		Doc:     "The number of elements of an array or map.",
		Usage:   name + "(expr)",
		Example: "> SELECT " + name + "(array('b', 'd', 'c', 'a'));\n 4",
		Bind: func(args []function.Arg, ansi bool) (*function.Bound, error) {
			t := args[0].Type
			switch {
			case t.Kind == types.Null:
				t = types.NewArray(types.NullType, true)
			case t.Kind != types.Array && (t.Kind != types.Map || !legacy):
				want := `("ARRAY" or "MAP")`
				if !legacy {
					want = types.ArrayFamily.SQL()
				}
				return nil, bind.Unexpected(name, args, 0, want)
			}
			minus := legacy && !ansi
			return &function.Bound{Args: []*types.Type{t}, Return: types.IntType, Nullable: !minus && args[0].Nullable, Eval: func(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
				src := listsOf(args[0])
				out := vector.New(types.IntType, n)
				if !minus {
					out.Valid = src.Valid
				}
				for i := range out.I32 {
					switch {
					case src.Valid.Get(i):
						out.I32[i] = int32(src.Ranges[i].Len)
					case minus:
						out.I32[i] = -1
					}
				}
				return out, nil
			}}, nil
		},
	}
}

func bindSubscript(args []function.Arg, ansi bool) (*function.Bound, error) {
	switch t := args[0].Type; t.Kind {
	case types.Array:
		return bindIndex("[]", args, t, ansi)
	case types.Map:
		return bindLookup("[]", args, ansi)
	}
	return nil, sqlerr.New("INVALID_EXTRACT_BASE_FIELD_TYPE", "base", bind.ArgSQL(args[0]), "other", bind.TypeSQL(args[0].Type))
}

// bindIndex is the element at an index from 0; strict fails outside the array.
func bindIndex(name string, args []function.Arg, t *types.Type, strict bool) (*function.Bound, error) {
	it := args[1].Type
	if it.Kind == types.Null {
		it = types.IntType
	}
	if !it.IsInteger() {
		return nil, bind.Unexpected(name, args, 1, types.IntegralFamily.SQL())
	}
	eval := func(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
		src, index := listsOf(args[0]), integers(args[1])
		at := make([]int, n)
		valid := bind.Nulls(args, n)
		for i := range at {
			at[i] = -1
			if valid != nil && !valid.Get(i) {
				continue
			}
			from, to := src.bounds(i)
			switch k := index(i); {
			case k >= 0 && k < int64(to-from):
				at[i] = from + int(k)
			case strict:
				return nil, sqlerr.New("INVALID_ARRAY_INDEX", "indexValue", itoa(int(k)), "arraySize", itoa(to-from), "ansiConfig", `"spark.sql.ansi.enabled"`)
			}
		}
		return choose(src.elems(), at, t.Elem), nil
	}
	return &function.Bound{Args: []*types.Type{t, it}, Return: t.Elem, Nullable: true, Eval: eval}, nil
}

// integers reads an integer vector of any width.
func integers(v *vector.Vector) func(i int) int64 {
	switch v.Type.Physical() {
	case types.PhysInt8:
		at := bind.Reader[int8](v)
		return func(i int) int64 { return int64(at(i)) }
	case types.PhysInt16:
		at := bind.Reader[int16](v)
		return func(i int) int64 { return int64(at(i)) }
	case types.PhysInt32:
		at := bind.Reader[int32](v)
		return func(i int) int64 { return int64(at(i)) }
	}
	return bind.Reader[int64](v)
}

// mapAndKey coerces a map and a key to look up.
func mapAndKey(name string, args []function.Arg, ansi bool) ([]*types.Type, error) {
	m, err := needMap(name, args, 0)
	if err != nil {
		return nil, err
	}
	if name == "[]" {
		t, ok := types.ImplicitCast(args[1].Type, types.Exact(m.Key), ansi)
		if !ok {
			return nil, bind.Unexpected(name, args, 1, bind.TypeSQL(m.Key))
		}
		return []*types.Type{m, t}, nil
	}
	key := types.WiderWithoutStrings(m.Key, args[1].Type, ansi)
	if key == nil {
		return nil, bind.Mismatch("MAP_FUNCTION_DIFF_TYPES", name, args, "functionName", types.Quote(name), "dataType", `"MAP"`,
			"leftType", bind.TypeSQL(args[0].Type), "rightType", bind.TypeSQL(args[1].Type))
	}
	return []*types.Type{types.NewMap(key, m.Elem, m.ElemNullable), key}, nil
}

// lookup gives the position of each row's key among the entries, -1 when it is not there.
func lookup(key *types.Type, args []*vector.Vector, n int) []int {
	src := listsOf(args[0])
	order := kernel.Comparator(key)
	at := make([]int, n)
	keys := src.elems()
	for i := range at {
		at[i] = -1
		if args[1].IsNull(i) {
			continue
		}
		from, to := src.bounds(i)
		for j := from; j < to; j++ {
			if order(keys, j, args[1], i) == 0 {
				at[i] = j
				break
			}
		}
	}
	return at
}

func bindLookup(name string, args []function.Arg, ansi bool) (*function.Bound, error) {
	in, err := mapAndKey(name, args, ansi)
	if err != nil {
		return nil, err
	}
	eval := func(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
		return choose(listsOf(args[0]).values(), lookup(in[0].Key, args, n), in[0].Elem), nil
	}
	return &function.Bound{Args: in, Return: in[0].Elem, Nullable: true, Eval: eval}, nil
}

func bindElementAt(name string, try bool) binder {
	return func(args []function.Arg, ansi bool) (*function.Bound, error) {
		if args[0].Type.Kind == types.Map {
			return bindLookup(name, args, ansi)
		}
		if args[0].Type.Kind != types.Array && args[0].Type.Kind != types.Null {
			return nil, bind.Unexpected(name, args, 0, `("ARRAY" or "MAP")`)
		}
		t, err := needArray(name, args, 0)
		if err != nil {
			return nil, err
		}
		if k := args[1].Type; k.Kind != types.Null && (!k.IsInteger() || k.Kind == types.Long) {
			return nil, bind.Unexpected(name, args, 1, types.IntFamily.SQL())
		}
		strict := ansi && !try
		eval := func(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
			src, index := listsOf(args[0]), bind.Reader[int32](args[1])
			at := make([]int, n)
			valid := bind.Nulls(args, n)
			for i := range at {
				at[i] = -1
				if valid != nil && !valid.Get(i) {
					continue
				}
				from, to := src.bounds(i)
				k := int(index(i))
				if k == 0 {
					return nil, sqlerr.New("INVALID_INDEX_OF_ZERO")
				}
				if max(k, -k) > to-from {
					if strict {
						return nil, sqlerr.New("INVALID_ARRAY_INDEX_IN_ELEMENT_AT", "indexValue", itoa(k), "arraySize", itoa(to-from), "ansiConfig", `"spark.sql.ansi.enabled"`)
					}
					continue
				}
				if at[i] = from + k - 1; k < 0 {
					at[i] = to + k
				}
			}
			return choose(src.elems(), at, t.Elem), nil
		}
		return &function.Bound{Args: []*types.Type{t, types.IntType}, Return: t.Elem, Nullable: true, Eval: eval}, nil
	}
}

// keyText is a map key as messages print it.
func keyText(v *vector.Vector, i int) string { return cast.Hive(v, i, nil) }
