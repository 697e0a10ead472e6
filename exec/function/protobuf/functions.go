package protobuf

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/twmb/franz-go/pkg/sr"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"

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
			Name: "from_protobuf", MinArgs: 2, MaxArgs: 4, Since: "4.0.0", Nulls: function.NullByFunction,
			Doc:     "A binary Protobuf message read as a struct, by a descriptor set, a .proto file or a schema registry.",
			Usage:   "from_protobuf(data, messageName, descFilePath[, options])",
			Example: "> SELECT from_protobuf(X'08051203666F6F', 'A', X'0A2C0A07612E70726F746F22190A014112090A016118012001280512090A0162180220012809620670726F746F33');\n {\"a\":5,\"b\":\"foo\"}",
			Bind:    bindFrom,
		},
		&function.Scalar{
			Name: "to_protobuf", MinArgs: 3, MaxArgs: 4, Since: "4.0.0", Nulls: function.NullByFunction,
			Doc:     "A struct as a binary Protobuf message.",
			Usage:   "to_protobuf(child, messageName, descFilePath[, options])",
			Example: "> SELECT hex(to_protobuf(named_struct('a', 5, 'b', 'foo'), 'A', X'0A2C0A07612E70726F746F22190A014112090A016118012001280512090A0162180220012809620670726F746F33'));\n 08051203666F6F",
			Bind:    bindTo,
		},
	)
}

// arguments are the message's type and options.
type arguments struct {
	message  protoreflect.MessageDescriptor
	options  record.Options
	registry *schemaregistry.Registry
	failFast bool
	layout   layout
}

// options that are the functions' own, in lower case.
var own = []string{"mode", "recursive.fields.max.depth", "enums.as.ints", "emit.default.values", "schema.registry.address", "schema.registry.subject"}

// argumentsOf reads messageName, descFilePath and options; a map in the place of the file is options for a registry.
func argumentsOf(name string, args []function.Arg) (*arguments, error) {
	a := &arguments{options: record.Options{}, failFast: true}
	message, null, ok := bind.ConstText(args[1])
	if !ok {
		return nil, bind.NotFoldable(name, args, 1, "messageName", `"STRING"`)
	}
	if null {
		message = ""
	}
	var set []byte
	path := ""
	for i, x := range args[2:] {
		if x.Const == nil {
			return nil, bind.NotFoldable(name, args, i+2, []string{"descFilePath", "options"}[i], bind.TypeSQL(x.Type))
		}
		switch v := x.Const.Value(0).(type) {
		case nil:
		case string:
			path = v
		case []byte:
			set = v
		default:
			var err error
			if a.options, err = record.OptionsOf(x); err != nil {
				return nil, err
			}
		}
	}
	for k := range a.options {
		if !slices.Contains(own, k) && !slices.Contains(schemaregistry.Options, k) {
			return nil, sqlerr.Unsupported("the option %s of %s", k, name)
		}
	}
	if err := a.read(name); err != nil {
		return nil, err
	}
	var err error
	switch {
	case set != nil:
		a.message, err = descriptorIn(set, message)
	case path != "":
		a.message, err = descriptorOf(path, message)
	case a.registry != nil:
		a.message, err = a.latest(message)
	default:
		err = sqlerr.New("PROTOBUF_DESCRIPTOR_FILE_NOT_FOUND", "filePath", "NULL").WithHint("Give the file, or the options schemaRegistryAddress and subject.")
	}
	return a, err
}

// read takes the options.
func (a *arguments) read(name string) (err error) {
	o := a.options
	for _, alias := range [][2]string{{"schema.registry.address", schemaregistry.Address}, {"schema.registry.subject", schemaregistry.Subject}} {
		if v := o.Get(alias[0], ""); v != "" {
			o[strings.ToLower(alias[1])] = v
		}
	}
	switch mode := strings.ToUpper(o.Get("mode", "FAILFAST")); mode {
	case "FAILFAST":
	case "PERMISSIVE":
		a.failFast = false
	default:
		return sqlerr.New("_LEGACY_ERROR_TEMP_1099", "funcName", name, "mode", mode, "permissiveMode", "PERMISSIVE", "failFastMode", "FAILFAST")
	}
	if a.layout.depth, err = strconv.Atoi(o.Get("recursive.fields.max.depth", "-1")); err != nil || a.layout.depth > 10 {
		return sqlerr.New("INVALID_SETTING", "key", "recursive.fields.max.depth", "value", o.Get("recursive.fields.max.depth", ""), "reason", "it must be a number up to 10")
	}
	a.layout.enumsAsInts, a.layout.defaults = o.Bool("enums.as.ints", false), o.Bool("emit.default.values", false)
	a.registry, err = schemaregistry.Open(o)
	return err
}

// latest is the message of the newest schema of the subject; the first in it when no name is given.
func (a *arguments) latest(message string) (protoreflect.MessageDescriptor, error) {
	subject := a.options.Get(schemaregistry.Subject, "")
	if subject == "" {
		return nil, sqlerr.New("INVALID_SETTING", "key", schemaregistry.Subject, "value", "", "reason", "a schema is found in the registry by its subject")
	}
	s, err := a.registry.Latest(subject)
	if err != nil {
		return nil, err
	}
	f, err := source(s.Schema)
	if err != nil {
		return nil, err
	}
	if message == "" && f.Messages().Len() > 0 {
		return f.Messages().Get(0), nil
	}
	return find([]protoreflect.FileDescriptor{f}, message)
}

// source compiles a schema of the registry.
func source(s sr.Schema) (protoreflect.FileDescriptor, error) {
	if s.Type != sr.TypeProtobuf {
		return nil, sqlerr.New("CANNOT_PARSE_PROTOBUF_DESCRIPTOR").WithHint("The registry's schema is of the type %s.", s.Type)
	}
	return compile(s.Schema)
}

func argTypes(args []function.Arg) []*types.Type {
	out := make([]*types.Type, len(args))
	for i, a := range args {
		out[i] = a.Type
	}
	return out
}

func bindFrom(args []function.Arg, _ bool) (*function.Bound, error) {
	if t := args[0].Type; t.Kind != types.Binary && t.Kind != types.Null {
		return nil, bind.Unexpected("from_protobuf", args, 0, `"BINARY"`)
	}
	a, err := argumentsOf("from_protobuf", args)
	if err != nil {
		return nil, err
	}
	p, err := a.layout.planOf(a.message, map[protoreflect.FullName]int{}, string(a.message.FullName()))
	if err != nil {
		return nil, err
	}
	w := &writers{registry: a.registry, names: map[string]bool{}, message: a.message.FullName()}
	eval := func(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
		return read(p, w, args[0], n, a.failFast)
	}
	return &function.Bound{Args: append([]*types.Type{types.BinaryType}, argTypes(args[1:])...), Return: p.t, Nullable: true, Eval: bind.LiftAll(eval)}, nil
}

// read decodes a column; what cannot be read is an error or NULL.
func read(p *plan, w *writers, messages *vector.Vector, n int, failFast bool) (*vector.Vector, error) {
	out := vector.NewBuilder(p.t, n)
	var d decoder
	var bad []int
	for i := range n {
		if messages.IsNull(i) {
			out.AppendNull()
			continue
		}
		body, ok := messages.Bytes(i), true
		if w.registry != nil {
			var err error
			if body, ok, err = w.body(body); err != nil {
				return nil, err
			}
		}
		if ok && d.message(p, body, out, 0) == nil {
			continue
		}
		if failFast {
			return nil, sqlerr.New("MALFORMED_PROTOBUF_MESSAGE", "failFastMode", "FAILFAST")
		}
		if !ok {
			out.AppendNull()
		}
		bad = append(bad, i)
	}
	v := out.Finish()
	for _, i := range bad {
		if v.Valid == nil {
			v.Valid = vector.NewBitmap(n, true)
		}
		v.Valid.Clear(i)
	}
	return v, nil
}

// writers knows which of the registry's schemas and messages in them are the one that is read: fields are found by number, so
// any version of it will do.
type writers struct {
	registry *schemaregistry.Registry
	message  protoreflect.FullName
	mu       sync.Mutex
	names    map[string]bool
}

// body takes the number of the schema and the place of the message in it off; ok is false for garbage and other messages.
func (w *writers) body(b []byte) (_ []byte, ok bool, _ error) {
	id, rest, ok := schemaregistry.Split(b)
	if !ok {
		return nil, false, nil
	}
	count, n := protowire.ConsumeVarint(rest)
	if n < 0 {
		return nil, false, nil
	}
	rest = rest[n:]
	path := []int{0} // written as no numbers at all
	if k := protowire.DecodeZigZag(count); k != 0 {
		if k < 0 || k > 64 {
			return nil, false, nil
		}
		path = path[:0]
		for range k {
			x, n := protowire.ConsumeVarint(rest)
			if n < 0 {
				return nil, false, nil
			}
			path, rest = append(path, int(protowire.DecodeZigZag(x))), rest[n:]
		}
	}
	same, err := w.same(id, path)
	return rest, same, err
}

// same says whether the message at a place of a schema is the one that is read.
func (w *writers) same(id int, path []int) (bool, error) {
	key := fmt.Sprint(id, path)
	w.mu.Lock()
	defer w.mu.Unlock()
	if same, ok := w.names[key]; ok {
		return same, nil
	}
	s, err := w.registry.Schema(id)
	if err != nil {
		return false, err
	}
	f, err := source(s)
	if err != nil {
		return false, err
	}
	list, same := f.Messages(), false
	for _, i := range path {
		if i < 0 || i >= list.Len() {
			same = false
			break
		}
		same = list.Get(i).FullName() == w.message
		list = list.Get(i).Messages()
	}
	w.names[key] = same
	return same, nil
}

func bindTo(args []function.Arg, _ bool) (*function.Bound, error) {
	a, err := argumentsOf("to_protobuf", args)
	if err != nil {
		return nil, err
	}
	if a.registry != nil {
		return nil, sqlerr.Unsupported("to_protobuf with a schema registry")
	}
	write, err := encoder(a.message, args[0].Type, string(a.message.Name()))
	if err != nil {
		return nil, err
	}
	eval := func(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
		v := vector.FlattenAll(args[0])
		out := vector.NewBuilder(types.BinaryType, n)
		var buf []byte
		for i := range n {
			if v.IsNull(i) {
				out.AppendNull()
				continue
			}
			var err error
			if buf, err = write(buf[:0], v, i); err != nil {
				return nil, err
			}
			out.AppendBytes(buf)
		}
		return out.Finish(), nil
	}
	return &function.Bound{Args: argTypes(args), Return: types.BinaryType, Nullable: true, Eval: bind.LiftAll(eval)}, nil
}
