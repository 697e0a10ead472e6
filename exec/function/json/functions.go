package json

import (
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/function/record"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

func init() {
	names := types.NewArray(types.StringType, true)
	bind.Scalars(
		&function.Scalar{
			Name: "get_json_object", MinArgs: 2, MaxArgs: 2, Since: "1.5.0",
			Doc:     "The part of a JSON text that a path names, as text.",
			Usage:   "get_json_object(json_txt, path)",
			Example: "> SELECT get_json_object('{\"a\":\"b\"}', '$.a');\n b",
			Bind:    bind.Simple("get_json_object", types.StringType, true, getObject, types.StringFamily),
		},
		&function.Scalar{
			Name: "json_array_length", MinArgs: 1, MaxArgs: 1, Since: "3.1.0",
			Doc:     "The number of elements of a JSON array; NULL for anything else.",
			Usage:   "json_array_length(jsonArray)",
			Example: "> SELECT json_array_length('[1,2,3,4]');\n 4",
			Bind:    exactText("json_array_length", types.IntType, arrayLength),
		},
		&function.Scalar{
			Name: "json_object_keys", MinArgs: 1, MaxArgs: 1, Since: "3.1.0",
			Doc:     "The names in a JSON object; NULL for anything else.",
			Usage:   "json_object_keys(json_object)",
			Example: "> SELECT json_object_keys('{\"key\": \"value\"}');\n [\"key\"]",
			Bind:    exactText("json_object_keys", names, objectKeys(names)),
		},
		&function.Scalar{
			Name: "from_json", MinArgs: 2, MaxArgs: 3, Since: "2.2.0", Nulls: function.NullByFunction,
			Doc:     "A JSON text read as a value of a type.",
			Usage:   "from_json(jsonStr, schema[, options])",
			Example: "> SELECT from_json('{\"a\":1, \"b\":0.8}', 'a INT, b DOUBLE');\n {\"a\":1,\"b\":0.8}",
			Bind:    bindFromJSON,
		},
		&function.Scalar{
			Name: "to_json", MinArgs: 1, MaxArgs: 2, Since: "2.2.0", Nulls: function.NullByFunction,
			Doc:     "A struct, array or map as JSON text.",
			Usage:   "to_json(expr[, options])",
			Example: "> SELECT to_json(named_struct('a', 1, 'b', 2));\n {\"a\":1,\"b\":2}",
			Bind:    bindToJSON,
		},
		&function.Scalar{
			Name: "schema_of_json", MinArgs: 1, MaxArgs: 2, Since: "2.4.0",
			Doc:     "The type of a JSON text, as text.",
			Usage:   "schema_of_json(json[, options])",
			Example: "> SELECT schema_of_json('[{\"col\":0}]');\n ARRAY<STRUCT<col: BIGINT>>",
			Bind:    bindSchemaOf,
		},
	)
	bind.Generators(&function.Generator{
		Name: "json_tuple", MinArgs: 2, MaxArgs: -1, Since: "1.6.0",
		Doc:     "The values of several names of a JSON object, as texts.",
		Usage:   "json_tuple(jsonStr, p1, p2, ..., pn)",
		Example: "> SELECT json_tuple('{\"a\":1, \"b\":2}', 'a', 'b');\n 1	2",
		Bind:    bindTuple,
	})
}

// exactText is the Bind of a function that takes a string and coerces nothing else to it.
func exactText(name string, ret *types.Type, eval function.Eval) func([]function.Arg, bool) (*function.Bound, error) {
	return func(args []function.Arg, _ bool) (*function.Bound, error) {
		if t := args[0].Type; !t.IsString() && t.Kind != types.Null {
			return nil, bind.Unexpected(name, args, 0, types.StringFamily.SQL())
		}
		return &function.Bound{Args: []*types.Type{types.StringType}, Return: ret, Nullable: true, Eval: eval}, nil
	}
}

var getObject = bind.Rows(types.StringType, func(_ *function.Context, args []*vector.Vector) (func(int, *vector.Builder) error, error) {
	var d document
	var w writer
	var last string
	var steps []step
	ok := false
	return func(i int, out *vector.Builder) error {
		if p := args[1].Bytes(i); string(p) != last {
			last = string(p)
			steps, ok = parsePath(last)
		}
		if !ok {
			return bind.ErrNull
		}
		if empty, err := d.scan(args[0].Bytes(i), flags{}); empty || err != nil {
			return bind.ErrNull
		}
		w.out, w.depth, w.first = w.out[:0], 0, false
		if !d.evaluate(0, steps, raw, &w) {
			return bind.ErrNull
		}
		out.AppendBytes(w.out)
		return nil
	}, nil
})

var arrayLength = bind.Rows(types.IntType, func(_ *function.Context, args []*vector.Vector) (func(int, *vector.Builder) error, error) {
	var d document
	return func(i int, out *vector.Builder) error {
		if empty, err := d.scan(args[0].Bytes(i), flags{}); empty || err != nil || d.nodes[0].kind != array {
			return bind.ErrNull
		}
		out.AppendInt(int64(d.nodes[0].count))
		return nil
	}, nil
})

func objectKeys(ret *types.Type) function.Eval {
	return bind.Rows(ret, func(_ *function.Context, args []*vector.Vector) (func(int, *vector.Builder) error, error) {
		var d document
		return func(i int, out *vector.Builder) error {
			if empty, err := d.scan(args[0].Bytes(i), flags{}); empty || err != nil || d.nodes[0].kind != object {
				return bind.ErrNull
			}
			count := int(d.nodes[0].count)
			for k, m := 0, 1; k < count; k++ {
				out.Child(0).AppendBytes(d.bytes(&d.nodes[m]))
				m = int(d.nodes[m+1].next)
			}
			out.AppendList(count)
			return nil
		}, nil
	})
}

func bindFromJSON(args []function.Arg, ansi bool) (*function.Bound, error) {
	schema, err := record.SchemaOf(args[1])
	if err != nil {
		return nil, err
	}
	if k := schema.Kind; k != types.Struct && k != types.Array && k != types.Map {
		return nil, bind.Mismatch("INVALID_JSON_SCHEMA", "from_json", args, "schema", bind.TypeSQL(schema))
	}
	if schema.HasNested(func(t *types.Type) bool { return t.Kind == types.Map && !t.Key.IsString() }) {
		return nil, bind.Mismatch("INVALID_JSON_MAP_KEY_TYPE", "from_json", args, "schema", bind.TypeSQL(schema))
	}
	o := record.Options{}
	in, err := bind.Cast("from_json", args[:1], ansi, types.StringFamily)
	if err != nil {
		return nil, err
	}
	in = append(in, types.StringType)
	if len(args) > 2 {
		if o, err = record.OptionsOf(args[2]); err != nil {
			return nil, err
		}
		in = append(in, args[2].Type)
	}
	mode, err := o.Mode("from_json")
	if err != nil {
		return nil, err
	}
	schema = withRescued(schema, o)
	eval := bind.AllRows(schema, func(ctx *function.Context, args []*vector.Vector) (func(int, *vector.Builder) error, error) {
		d, err := newDecoder(ctx, schema, o, mode)
		if err != nil {
			return nil, err
		}
		return func(i int, out *vector.Builder) error {
			if args[0].IsNull(i) {
				return bind.ErrNull
			}
			return d.append(args[0].Bytes(i), out)
		}, nil
	})
	return &function.Bound{Args: in, Return: schema, Nullable: true, Eval: eval}, nil
}

func bindTuple(args []function.Arg, _ bool) (*function.BoundGenerator, error) {
	for _, a := range args {
		if !a.Type.IsString() && a.Type.Kind != types.Null {
			return nil, bind.Mismatch("NON_STRING_TYPE", "json_tuple", args, "funcName", "`json_tuple`")
		}
	}
	n := len(args) - 1
	cols := make([]types.Field, n)
	for i := range cols {
		cols[i] = types.Field{Name: "c" + itoa(i), Type: types.StringType, Nullable: true}
	}
	eval := func(_ *function.Context, args []*vector.Vector, rows int, _ bool) ([]*vector.Vector, []uint32, error) {
		var d document
		var buf []byte
		out := make([]*vector.Builder, n)
		for c := range out {
			out[c] = vector.NewBuilder(types.StringType, rows)
		}
		parent := make([]uint32, rows)
		for i := 0; i < rows; i++ {
			parent[i] = uint32(i)
			ok := false
			if !args[0].IsNull(i) {
				empty, err := d.scan(args[0].Bytes(i), flags{})
				ok = !empty && err == nil && d.nodes[0].kind == object
			}
			for c := range out {
				at := -1
				if ok && !args[c+1].IsNull(i) {
					at = d.member(string(args[c+1].Bytes(i)))
				}
				if at < 0 || d.nodes[at].kind == null {
					out[c].AppendNull()
					continue
				}
				if m := &d.nodes[at]; m.kind == text {
					out[c].AppendBytes(d.bytes(m))
				} else {
					buf = d.write(buf[:0], at)
					out[c].AppendBytes(buf)
				}
			}
		}
		vecs := make([]*vector.Vector, n)
		for c := range vecs {
			vecs[c] = out[c].Finish()
		}
		return vecs, parent, nil
	}
	return &function.BoundGenerator{Args: bind.Repeat(types.StringType, len(args)), Columns: cols, Eval: eval}, nil
}

// member is the value of a name in the root object; -1 when there is none.
func (d *document) member(name string) int {
	for k, m := uint32(0), 1; k < d.nodes[0].count; k++ {
		if string(d.bytes(&d.nodes[m])) == name {
			return m + 1
		}
		m = int(d.nodes[m+1].next)
	}
	return -1
}
