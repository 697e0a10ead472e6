package collection

import (
	"strings"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

func init() {
	bind.Scalars(
		&function.Scalar{
			Name: "array", MinArgs: 0, MaxArgs: -1, Since: "1.1.0", Nulls: function.NullByFunction,
			Doc:     "An array of the values.",
			Usage:   "array(expr, ...)",
			Example: "> SELECT array(1, 2, 3);\n [1,2,3]",
			Bind:    bindArray,
		},
		&function.Scalar{
			Name: "map", Aliases: []string{"create_map"}, MinArgs: 0, MaxArgs: -1, Since: "2.0.0", Nulls: function.NullByFunction,
			Doc:     "A map of the keys and values, given in turn.",
			Usage:   "map(key0, value0, key1, value1, ...)",
			Example: "> SELECT map(1.0, '2', 3.0, '4');\n {1.0:\"2\",3.0:\"4\"}",
			Bind:    bindMap,
		},
		&function.Scalar{
			Name: "named_struct", MinArgs: 0, MaxArgs: -1, Since: "1.5.0", Nulls: function.NullByFunction,
			Doc:     "A struct of the names and values, given in turn.",
			Usage:   "named_struct(name1, val1, name2, val2, ...)",
			Example: "> SELECT named_struct(\"a\", 1, \"b\", 2, \"c\", 3);\n {\"a\":1,\"b\":2,\"c\":3}",
			Bind:    bindNamedStruct,
		},
		&function.Scalar{
			Name: "struct", MinArgs: 1, MaxArgs: -1, Since: "1.4.0", Nulls: function.NullByFunction,
			Doc:     "A struct of the values, named as they are or col1, col2 and so on.",
			Usage:   "struct(col1, col2, col3, ...)",
			Example: "> SELECT struct(1, 2, 3);\n {\"col1\":1,\"col2\":2,\"col3\":3}",
			Bind:    bindStruct,
		},
		&function.Scalar{
			Name: "array_repeat", MinArgs: 2, MaxArgs: 2, Since: "2.4.0", Nulls: function.NullByFunction,
			Doc:     "An array of element, count times.",
			Usage:   "array_repeat(element, count)",
			Example: "> SELECT array_repeat('123', 2);\n [\"123\",\"123\"]",
			Bind:    bindRepeat,
		},
		&function.Scalar{
			Name: "map_from_arrays", MinArgs: 2, MaxArgs: 2, Since: "2.4.0",
			Doc:     "A map of an array of keys and one of values.",
			Usage:   "map_from_arrays(keys, values)",
			Example: "> SELECT map_from_arrays(array(1.0, 3.0), array('2', '4'));\n {1.0:\"2\",3.0:\"4\"}",
			Bind:    bindMapFromArrays,
		},
		&function.Scalar{
			Name: "map_from_entries", MinArgs: 1, MaxArgs: 1, Since: "2.4.0",
			Doc:     "A map of an array of key and value structs.",
			Usage:   "map_from_entries(arrayOfEntries)",
			Example: "> SELECT map_from_entries(array(struct(1, 'a'), struct(2, 'b')));\n {1:\"a\",2:\"b\"}",
			Bind:    bindMapFromEntries,
		},
	)
}

func bindArray(args []function.Arg, ansi bool) (*function.Bound, error) {
	elem := types.NullType
	if len(args) > 0 {
		var err error
		if elem, err = bind.Same("array", args, ansi); err != nil {
			return nil, err
		}
	}
	ret := types.NewArray(elem, anyNullable(args) || becomesNull(args, elem))
	return &function.Bound{Args: bind.Repeat(elem, len(args)), Return: ret, Eval: func(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
		return interleave(ret, args, n), nil
	}}, nil
}

// becomesNull says whether an implicit cast of an argument may give NULL.
func becomesNull(args []function.Arg, to *types.Type) bool {
	for _, a := range args {
		if a.Type.IsString() && !to.IsString() && to.Kind != types.Binary || a.Type.Kind == types.Null {
			return true
		}
	}
	return false
}

// interleave makes arrays of one element of every argument.
func interleave(ret *types.Type, args []*vector.Vector, n int) *vector.Vector {
	k := len(args)
	out := &vector.Vector{Type: ret, Len: n, Ranges: make([]vector.Range, n)}
	for i := range out.Ranges {
		out.Ranges[i] = vector.Range{Off: uint32(i * k), Len: uint32(k)}
	}
	b := vector.NewBuilder(ret.Elem, n*k)
	for i := 0; i < n; i++ {
		for _, a := range args {
			b.AppendFrom(a, i)
		}
	}
	out.Children = []*vector.Vector{b.Finish()}
	return out
}

// checkKey refuses keys that cannot be compared for equality.
func checkKey(name string, args []function.Arg, key *types.Type) error {
	if key.HasNested(func(t *types.Type) bool { return t.Kind == types.Map }) {
		return bind.Mismatch("INVALID_MAP_KEY_TYPE", name, args, "keyType", `"MAP"`)
	}
	return nil
}

func bindMap(args []function.Arg, ansi bool) (*function.Bound, error) {
	if len(args)%2 == 1 {
		return nil, bind.WrongCount("map", "2n (n > 0)", len(args))
	}
	var keys, values []function.Arg
	for i := 0; i < len(args); i += 2 {
		keys, values = append(keys, args[i]), append(values, args[i+1])
	}
	key, value := types.NullType, types.NullType
	if len(args) > 0 {
		if key = types.CommonType(typesOf(keys), ansi); key == nil {
			return nil, bind.Mismatch("CREATE_MAP_KEY_DIFF_TYPES", "map", args, "functionName", "`map`", "dataType", typeList(keys))
		}
		if value = types.CommonType(typesOf(values), ansi); value == nil {
			return nil, bind.Mismatch("CREATE_MAP_VALUE_DIFF_TYPES", "map", args, "functionName", "`map`", "dataType", typeList(values))
		}
	}
	if err := checkKey("map", args, key); err != nil {
		return nil, err
	}
	ret := types.NewMap(key, value, anyNullable(values) || becomesNull(values, value))
	in := make([]*types.Type, len(args))
	for i := range in {
		if in[i] = key; i%2 == 1 {
			in[i] = value
		}
	}
	eval := func(ctx *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
		m := newMapMaker(ctx, ret, n)
		for i := 0; i < n; i++ {
			for k := 0; k < len(args); k += 2 {
				if err := m.put(args[k], i, args[k+1], i); err != nil {
					return nil, err
				}
			}
			m.end()
		}
		return m.out.Finish(), nil
	}
	return &function.Bound{Args: in, Return: ret, Eval: eval}, nil
}

func typesOf(args []function.Arg) []*types.Type {
	out := make([]*types.Type, len(args))
	for i, a := range args {
		out[i] = a.Type
	}
	return out
}

func typeList(args []function.Arg) string {
	list := make([]string, len(args))
	for i, a := range args {
		list[i] = bind.TypeSQL(a.Type)
	}
	return "[" + strings.Join(list, ", ") + "]"
}

func bindNamedStruct(args []function.Arg, _ bool) (*function.Bound, error) {
	if len(args) == 0 || len(args)%2 == 1 {
		return nil, bind.WrongCount("named_struct", "2n (n > 0)", len(args))
	}
	var fields []types.Field
	in := make([]*types.Type, len(args))
	for i := 0; i < len(args); i += 2 {
		name, null, ok := bind.ConstText(args[i])
		if null {
			return nil, bind.Mismatch("UNEXPECTED_NULL", "named_struct", args, "exprName", "["+strings.Trim(args[i].SQL, `"`)+"]")
		}
		if !ok {
			return nil, bind.Mismatch("CREATE_NAMED_STRUCT_WITHOUT_FOLDABLE_STRING", "named_struct", args, "inputExprs", "["+bind.ArgSQL(args[i])+"]")
		}
		fields = append(fields, types.Field{Name: name, Type: plain(args[i+1].Type), Nullable: args[i+1].Nullable})
		in[i], in[i+1] = types.StringType, plain(args[i+1].Type)
	}
	ret := types.NewStruct(fields...)
	eval := func(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
		out := &vector.Vector{Type: ret, Len: n, Children: make([]*vector.Vector, len(args)/2)}
		for k := range out.Children {
			out.Children[k] = vector.Flatten(args[2*k+1])
		}
		return out, nil
	}
	return &function.Bound{Args: in, Return: ret, Eval: eval}, nil
}

func bindStruct(args []function.Arg, _ bool) (*function.Bound, error) {
	fields, in := make([]types.Field, len(args)), make([]*types.Type, len(args))
	for i, a := range args {
		name := zipName(a, i)
		if name == itoa(i) {
			name = "col" + itoa(i+1)
		}
		in[i] = plain(a.Type)
		fields[i] = types.Field{Name: name, Type: in[i], Nullable: a.Nullable}
	}
	ret := types.NewStruct(fields...)
	return &function.Bound{Args: in, Return: ret, Eval: func(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
		out := &vector.Vector{Type: ret, Len: n, Children: make([]*vector.Vector, len(args))}
		for k, a := range args {
			out.Children[k] = vector.Flatten(a)
		}
		return out, nil
	}}, nil
}

// plain takes char and varchar as string.
func plain(t *types.Type) *types.Type {
	if t.IsString() {
		return types.StringType
	}
	return t
}

func bindRepeat(args []function.Arg, ansi bool) (*function.Bound, error) {
	in, err := bind.Cast("array_repeat", args, ansi, types.AnyFamily, types.IntFamily)
	if err != nil {
		return nil, err
	}
	ret := types.NewArray(in[0], args[0].Nullable)
	eval := func(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
		count := bind.Reader[int32](args[1])
		out := &vector.Vector{Type: ret, Len: n, Ranges: make([]vector.Range, n)}
		var sel []uint32
		valid, err := bind.Each(args[1:], n, func(i int) error {
			c := max(int(count(i)), 0)
			if len(sel)+c > maxElements {
				return tooLong(int64(c))
			}
			out.Ranges[i] = vector.Range{Off: uint32(len(sel)), Len: uint32(c)}
			for ; c > 0; c-- {
				sel = append(sel, uint32(i))
			}
			return nil
		})
		out.Valid = valid
		out.Children = []*vector.Vector{vector.Gather(vector.Flatten(args[0]), sel)}
		return out, err
	}
	return &function.Bound{Args: in, Return: ret, Nullable: args[1].Nullable, Eval: eval}, nil
}

// mapMaker builds maps, watching over their keys.
type mapMaker struct {
	out      *vector.Builder
	keys     *seen
	entries  []entry
	lastWins bool
}

// entry is a key and a value, by vector and position.
type entry struct {
	key, value     *vector.Vector
	keyAt, valueAt int
}

func newMapMaker(ctx *function.Context, t *types.Type, n int) *mapMaker {
	return &mapMaker{out: vector.NewBuilder(t, n), keys: newSeen(t.Key), lastWins: ctx.Setting != nil && ctx.Setting("spark.sql.mapKeyDedupPolicy") == "LAST_WIN"}
}

// put adds an entry to the map that is being made.
func (m *mapMaker) put(key *vector.Vector, i int, value *vector.Vector, j int) error {
	if key.IsNull(i) {
		return sqlerr.New("NULL_MAP_KEY")
	}
	e := entry{key, value, i, j}
	if m.keys.add(key, i) {
		m.entries = append(m.entries, e)
		return nil
	}
	if !m.lastWins {
		return duplicateKey(key, i)
	}
	for k := range m.entries {
		if m.keys.order(m.entries[k].key, m.entries[k].keyAt, key, i) == 0 {
			m.entries[k].value, m.entries[k].valueAt = value, j
		}
	}
	return nil
}

// end closes the map.
func (m *mapMaker) end() {
	for _, e := range m.entries {
		m.out.Child(0).AppendFrom(e.key, e.keyAt)
		m.out.Child(1).AppendFrom(e.value, e.valueAt)
	}
	m.out.AppendList(len(m.entries))
	m.drop()
}

// drop forgets the map that is being made.
func (m *mapMaker) drop() {
	m.entries = m.entries[:0]
	m.keys.reset()
}

func duplicateKey(key *vector.Vector, i int) error {
	return sqlerr.New("DUPLICATED_MAP_KEY", "key", keyText(key, i), "mapKeyDedupPolicy", `"spark.sql.mapKeyDedupPolicy"`)
}

func bindMapFromArrays(args []function.Arg, ansi bool) (*function.Bound, error) {
	k, err := needArray("map_from_arrays", args, 0)
	if err != nil {
		return nil, err
	}
	v, err := needArray("map_from_arrays", args, 1)
	if err != nil {
		return nil, err
	}
	if err := checkKey("map_from_arrays", args, k.Elem); err != nil {
		return nil, err
	}
	ret := types.NewMap(k.Elem, v.Elem, v.ElemNullable)
	eval := func(ctx *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
		a, b := listsOf(args[0]), listsOf(args[1])
		m := newMapMaker(ctx, ret, n)
		valid := bind.Nulls(args, n)
		for i := 0; i < n; i++ {
			if valid != nil && !valid.Get(i) {
				m.out.AppendNull()
				continue
			}
			from, to := a.bounds(i)
			vf, vt := b.bounds(i)
			if to-from != vt-vf {
				return nil, sqlerr.New("_LEGACY_ERROR_TEMP_2128")
			}
			for j := 0; j < to-from; j++ {
				if err := m.put(a.elems(), from+j, b.elems(), vf+j); err != nil {
					return nil, err
				}
			}
			m.end()
		}
		return m.out.Finish(), nil
	}
	return &function.Bound{Args: []*types.Type{k, v}, Return: ret, Nullable: anyNullable(args), Eval: eval}, nil
}

func bindMapFromEntries(args []function.Arg, _ bool) (*function.Bound, error) {
	t := args[0].Type
	if t.Kind != types.Array || t.Elem.Kind != types.Struct || len(t.Elem.Fields) != 2 {
		return nil, bind.Unexpected("map_from_entries", args, 0, `"ARRAY" of pair "STRUCT"`)
	}
	k, v := t.Elem.Fields[0], t.Elem.Fields[1]
	if err := checkKey("map_from_entries", args, k.Type); err != nil {
		return nil, err
	}
	ret := types.NewMap(k.Type, v.Type, v.Nullable)
	eval := func(ctx *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
		src := listsOf(args[0])
		entries := vector.Flatten(src.elems())
		m := newMapMaker(ctx, ret, n)
	rows:
		for i := 0; i < n; i++ {
			if src.Valid != nil && !src.Valid.Get(i) {
				m.out.AppendNull()
				continue
			}
			from, to := src.bounds(i)
			for j := from; j < to; j++ {
				if entries.IsNull(j) {
					m.drop()
					m.out.AppendNull()
					continue rows
				}
				if err := m.put(entries.Children[0], j, entries.Children[1], j); err != nil {
					return nil, err
				}
			}
			m.end()
		}
		return m.out.Finish(), nil
	}
	return &function.Bound{Args: []*types.Type{t}, Return: ret, Nullable: args[0].Nullable || t.ElemNullable, Eval: eval}, nil
}
