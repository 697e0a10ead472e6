package avro

import (
	"slices"
	"strings"
	"sync"

	"github.com/twmb/franz-go/pkg/sr"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/function/record"
	"github.com/argan-sql/argan/exec/function/schemaregistry"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

func init() {
	bind.Scalars(
		&function.Scalar{
			Name: "from_avro", MinArgs: 2, MaxArgs: 3, Since: "4.0.0", Nulls: function.NullByFunction,
			Doc:     "Binary Avro read as a value of its schema, which is given or found in a schema registry.",
			Usage:   "from_avro(child, jsonFormatSchema[, options])",
			Example: "> SELECT from_avro(X'0206666F6F', '{\"type\":\"record\",\"name\":\"r\",\"fields\":[{\"name\":\"a\",\"type\":\"int\"},{\"name\":\"b\",\"type\":\"string\"}]}');\n {\"a\":1,\"b\":\"foo\"}",
			Bind:    bindFrom,
		},
		&function.Scalar{
			Name: "to_avro", MinArgs: 1, MaxArgs: 3, Since: "4.0.0", Nulls: function.NullByFunction,
			Doc:     "A value as binary Avro of a schema, by default the one that fits its type.",
			Usage:   "to_avro(child[, jsonFormatSchema[, options]])",
			Example: "> SELECT hex(to_avro(named_struct('a', 1)));\n 02",
			Bind:    bindTo,
		},
		&function.Scalar{
			Name: "schema_of_avro", MinArgs: 1, MaxArgs: 2, Since: "4.0.0",
			Doc:     "The type of an Avro schema, as text.",
			Usage:   "schema_of_avro(jsonFormatSchema[, options])",
			Example: "> SELECT schema_of_avro('{\"type\":\"record\",\"name\":\"r\",\"fields\":[{\"name\":\"b\",\"type\":\"string\"}]}');\n STRUCT<b: STRING NOT NULL>",
			Bind:    bindSchemaOf,
		},
	)
}

// arguments are a schema and options, which every function here has.
type arguments struct {
	schema   *schema // nil for NULL
	options  record.Options
	registry *schemaregistry.Registry
	subject  string
	failFast bool
}

// argumentsOf reads the arguments after the first at.
func argumentsOf(name string, args []function.Arg, at int) (*arguments, error) {
	a := &arguments{options: record.Options{}}
	if len(args) > at {
		text, null, ok := bind.ConstText(args[at])
		if !ok {
			return nil, bind.NotFoldable(name, args, at, "schema", `"STRING"`)
		}
		if !null {
			var err error
			if a.schema, err = parse(text); err != nil {
				return nil, err
			}
		}
	}
	var err error
	if len(args) > at+1 {
		if a.options, err = record.OptionsOf(args[at+1]); err != nil {
			return nil, err
		}
	}
	for k := range a.options {
		if k != "mode" && k != "avroschema" && !slices.Contains(schemaregistry.Options, k) {
			return nil, sqlerr.Unsupported("the option %s of %s", k, name)
		}
	}
	switch mode := strings.ToUpper(a.options.Get("mode", "FAILFAST")); mode {
	case "FAILFAST":
		a.failFast = true
	case "PERMISSIVE":
	default:
		return nil, sqlerr.New("_LEGACY_ERROR_TEMP_1099", "funcName", name, "mode", mode, "permissiveMode", "PERMISSIVE", "failFastMode", "FAILFAST")
	}
	if a.registry, err = schemaregistry.Open(a.options); err != nil {
		return nil, err
	}
	a.subject = a.options.Get(schemaregistry.Subject, "")
	return a, nil
}

// binaryOnly checks that the first argument is binary.
func binaryOnly(name string, args []function.Arg) error {
	if t := args[0].Type; t.Kind != types.Binary && t.Kind != types.Null {
		return bind.Unexpected(name, args, 0, `"BINARY"`)
	}
	return nil
}

func bindFrom(args []function.Arg, _ bool) (*function.Bound, error) {
	if err := binaryOnly("from_avro", args); err != nil {
		return nil, err
	}
	a, err := argumentsOf("from_avro", args, 1)
	if err != nil {
		return nil, err
	}
	reader := a.schema
	if text := a.options.Get("avroSchema", ""); text != "" {
		if reader, err = parse(text); err != nil {
			return nil, err
		}
	}
	switch {
	case reader != nil:
	case a.registry != nil && a.subject != "":
		latest, err := a.registry.Latest(a.subject)
		if err != nil {
			return nil, err
		}
		if reader, err = parse(latest.Schema.Schema); err != nil {
			return nil, err
		}
	default:
		return nil, sqlerr.New("AVRO_INVALID_SCHEMA", "reason", "it is NULL").WithHint("Give the schema, or the options schemaRegistryAddress and subject.")
	}
	t, _, err := reader.sqlType(reader.root, nil)
	if err != nil {
		return nil, err
	}
	t = nullable(t)
	d := &decoders{reader: reader, t: t, registry: a.registry, byID: map[int]found{}}
	if a.registry == nil {
		if d.only, err = d.compile(a.schema); err != nil {
			return nil, err
		}
	}
	eval := func(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
		return d.eval(args[0], n, a.failFast)
	}
	return &function.Bound{Args: append([]*types.Type{types.BinaryType}, argTypes(args[1:])...), Return: t, Nullable: true, Eval: bind.LiftAll(eval)}, nil
}

func argTypes(args []function.Arg) []*types.Type {
	out := make([]*types.Type, len(args))
	for i, a := range args {
		out[i] = a.Type
	}
	return out
}

// decoders are the ways to read what any of a registry's schemas wrote as the reader's schema.
type decoders struct {
	reader   *schema
	t        *types.Type
	only     reads // without a registry
	registry *schemaregistry.Registry
	mu       sync.Mutex
	byID     map[int]found
}

// found is the decoder of a schema's number, or why there is none.
type found struct {
	read reads
	err  error
}

func (d *decoders) compile(writer *schema) (reads, error) {
	if writer == nil {
		writer = d.reader
	}
	c := &compiler{w: writer, r: d.reader, skips: map[string]*skipper{}}
	return c.decoder(writer.root, d.reader.root, d.t, "value")
}

// of gives the decoder for a schema's number. Failures of the registry are not kept here: they may pass.
func (d *decoders) of(id int) (reads, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if f, ok := d.byID[id]; ok {
		return f.read, f.err
	}
	s, err := d.registry.Schema(id)
	if err != nil {
		return nil, err
	}
	var f found
	if s.Type != sr.TypeAvro {
		f.err = sqlerr.New("AVRO_INVALID_SCHEMA", "reason", "the registry's schema is of the type "+s.Type.String())
	} else if writer, err := parse(s.Schema); err != nil {
		f.err = err
	} else {
		f.read, f.err = d.compile(writer)
	}
	d.byID[id] = f
	return f.read, f.err
}

// eval decodes a column. In the mode PERMISSIVE a message that cannot be read gives NULL, a struct of NULLs where structs are
// read, as with Spark.
func (d *decoders) eval(messages *vector.Vector, n int, failFast bool) (*vector.Vector, error) {
	out := vector.NewBuilder(d.t, n)
	var bad []int
	last, read := -1, d.only
	for i := range n {
		if messages.IsNull(i) {
			out.AppendNull()
			continue
		}
		in := input{b: messages.Bytes(i)}
		if d.registry != nil {
			id, body, ok := schemaregistry.Split(in.b)
			if ok && (id != last || read == nil) {
				var err error
				if read, err = d.of(id); err != nil {
					// A number that the registry does not know may be garbage; a registry that is away is not the message's fault.
					return nil, err
				}
				last = id
			}
			in.b, in.bad = body, !ok
		}
		if in.bad {
			out.AppendNull()
		} else {
			read(&in, out)
		}
		if in.bad || in.at != len(in.b) {
			if failFast {
				return nil, sqlerr.New("MALFORMED_AVRO_MESSAGE", "mode", "FAILFAST")
			}
			bad = append(bad, i)
		}
	}
	v := out.Finish()
	for _, i := range bad {
		v = blank(v, i)
	}
	return v, nil
}

// blank makes a row NULL, of a struct all its fields; the vector was made here and nobody has seen it yet.
func blank(v *vector.Vector, i int) *vector.Vector {
	if v.Type.Kind != types.Struct {
		if v.Valid == nil {
			v.Valid = vector.NewBitmap(v.Len, true)
		}
		v.Valid.Clear(i)
		return v
	}
	if v.Valid != nil {
		v.Valid.Set(i)
	}
	for _, c := range v.Children {
		if c.Valid == nil {
			c.Valid = vector.NewBitmap(c.Len, true)
		}
		c.Valid.Clear(i)
	}
	return v
}

func bindTo(args []function.Arg, _ bool) (*function.Bound, error) {
	a, err := argumentsOf("to_avro", args, 1)
	if err != nil {
		return nil, err
	}
	if a.schema == nil {
		text, err := schemaText(args[0].Type, args[0].Nullable && args[0].Type.Kind != types.Struct)
		if err != nil {
			return nil, err
		}
		if a.schema, err = parse(text); err != nil {
			return nil, err
		}
	}
	if a.registry != nil && a.subject == "" {
		return nil, sqlerr.New("INVALID_SETTING", "key", schemaregistry.Subject, "value", "", "reason", "a schema is entered in the registry under a subject")
	}
	write, err := a.schema.encoder(a.schema.root, args[0].Type, "value")
	if err != nil {
		return nil, err
	}
	// The schema is entered when the first row is written, not when a statement is only looked at.
	id := sync.OnceValues(func() (int, error) {
		return a.registry.Enter(a.subject, sr.Schema{Schema: a.schema.text, Type: sr.TypeAvro})
	})
	eval := func(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
		var head []byte
		if a.registry != nil && n > 0 {
			number, err := id()
			if err != nil {
				return nil, err
			}
			head = schemaregistry.Header(nil, number)
		}
		v := vector.FlattenAll(args[0])
		out := vector.NewBuilder(types.BinaryType, n)
		var buf []byte
		for i := range n {
			if v.IsNull(i) {
				out.AppendNull()
				continue
			}
			if buf, err = write(append(buf[:0], head...), v, i); err != nil {
				return nil, err
			}
			out.AppendBytes(buf)
		}
		return out.Finish(), nil
	}
	return &function.Bound{Args: argTypes(args), Return: types.BinaryType, Nullable: true, Eval: bind.LiftAll(eval)}, nil
}

func bindSchemaOf(args []function.Arg, _ bool) (*function.Bound, error) {
	a, err := argumentsOf("schema_of_avro", args, 0)
	if err != nil {
		return nil, err
	}
	if a.schema == nil {
		return nil, sqlerr.New("AVRO_INVALID_SCHEMA", "reason", "it is NULL")
	}
	t, _, err := a.schema.sqlType(a.schema.root, nil)
	if err != nil {
		return nil, err
	}
	text := t.SQL()
	eval := func(_ *function.Context, _ []*vector.Vector, n int) (*vector.Vector, error) {
		return vector.ConstOf(types.StringType, text, n), nil
	}
	return &function.Bound{Args: argTypes(args), Return: types.StringType, Eval: eval}, nil
}
