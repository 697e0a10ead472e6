// Package protobuf holds from_protobuf and to_protobuf.
//
// In: binary messages, and the descriptor of their type: from a descriptor set (protoc --descriptor_set_out
// --include_imports), a .proto file, or a Confluent schema registry. Out: structs in vectors, read from the wire without a
// message in between; or messages. Types are those of Spark's protobuf functions.
package protobuf

import (
	"context"
	"os"
	"strings"

	"github.com/bufbuild/protocompile"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// descriptorOf finds a message in a file: a descriptor set, or the source of a .proto.
func descriptorOf(path, message string) (protoreflect.MessageDescriptor, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, sqlerr.New("PROTOBUF_DESCRIPTOR_FILE_NOT_FOUND", "filePath", path).Wrap(err)
	}
	if strings.HasSuffix(path, ".proto") {
		f, err := compile(string(raw))
		if err != nil {
			return nil, err
		}
		return find([]protoreflect.FileDescriptor{f}, message)
	}
	return descriptorIn(raw, message)
}

// descriptorIn finds a message in a descriptor set.
func descriptorIn(raw []byte, message string) (protoreflect.MessageDescriptor, error) {
	var set descriptorpb.FileDescriptorSet
	if err := proto.Unmarshal(raw, &set); err != nil || len(set.File) == 0 {
		return nil, sqlerr.New("CANNOT_PARSE_PROTOBUF_DESCRIPTOR").Wrap(err)
	}
	files, err := protodesc.NewFiles(&set)
	if err != nil {
		return nil, sqlerr.New("CANNOT_PARSE_PROTOBUF_DESCRIPTOR").WithHint("%s; protoc's --include_imports puts all files into the set.", err).Wrap(err)
	}
	var list []protoreflect.FileDescriptor
	files.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		list = append(list, f)
		return true
	})
	return find(list, message)
}

// compile compiles the text of one .proto, which may import Google's own files.
func compile(text string) (protoreflect.FileDescriptor, error) {
	const name = "schema.proto"
	c := protocompile.Compiler{Resolver: protocompile.WithStandardImports(&protocompile.SourceResolver{Accessor: protocompile.SourceAccessorFromMap(map[string]string{name: text})})}
	files, err := c.Compile(context.Background(), name)
	if err != nil {
		return nil, sqlerr.New("CANNOT_PARSE_PROTOBUF_DESCRIPTOR").WithHint("%s", err).Wrap(err)
	}
	return files[0], nil
}

// find is the message of a name, with its package or without.
func find(files []protoreflect.FileDescriptor, message string) (protoreflect.MessageDescriptor, error) {
	var found protoreflect.MessageDescriptor
	var walk func(list protoreflect.MessageDescriptors)
	walk = func(list protoreflect.MessageDescriptors) {
		for i := range list.Len() {
			m := list.Get(i)
			if string(m.FullName()) == message || found == nil && (string(m.Name()) == message || strings.HasSuffix(string(m.FullName()), "."+message)) {
				found = m
			}
			walk(m.Messages())
		}
	}
	for _, f := range files {
		walk(f.Messages())
	}
	if found == nil {
		return nil, sqlerr.New("PROTOBUF_MESSAGE_NOT_FOUND", "messageName", message)
	}
	return found, nil
}

// layout says how messages become structs.
type layout struct {
	enumsAsInts bool
	defaults    bool // absent fields take their default, not NULL
	depth       int  // how often a message may contain itself: recursive.fields.max.depth
}

const (
	timestampName = "google.protobuf.Timestamp"
	durationName  = "google.protobuf.Duration"
)

// plan is how a message is read: its fields in the order of the struct.
type plan struct {
	message protoreflect.MessageDescriptor
	t       *types.Type
	fields  []field
	small   []int16 // by number, for small numbers: place of the field + 1
	byLarge map[protoreflect.FieldNumber]int
}

type field struct {
	d      protoreflect.FieldDescriptor
	t      *types.Type // of one value
	sub    *plan       // of messages and map entries
	enum   map[int32]string
	filler any // what is there when nothing was sent; nil: NULL
}

// planOf makes the plan of a message; nil where it goes deeper than the layout allows.
func (l *layout) planOf(m protoreflect.MessageDescriptor, within map[protoreflect.FullName]int, path string) (*plan, error) {
	name := m.FullName()
	if within[name] > 0 {
		switch {
		case l.depth <= 0:
			return nil, sqlerr.New("RECURSIVE_PROTOBUF_SCHEMA", "fieldDescriptor", path)
		case within[name] >= l.depth:
			return nil, nil
		}
	}
	within[name]++
	defer func() { within[name]-- }()
	p := &plan{message: m, byLarge: map[protoreflect.FieldNumber]int{}}
	var fields []types.Field
	list := m.Fields()
	for i := range list.Len() {
		d := list.Get(i)
		f, err := l.field(d, within, path+"."+string(d.Name()))
		if err != nil {
			return nil, err
		}
		if f == nil {
			continue
		}
		t, null := f.t, d.Cardinality() != protoreflect.Required
		switch {
		case d.IsMap():
			t, null = types.NewMap(f.sub.fields[0].t, f.sub.fields[1].t, false), false
		case d.IsList():
			t, null = types.NewArray(f.t, false), false
		}
		fields = append(fields, types.Field{Name: string(d.Name()), Type: t, Nullable: null})
		if n := d.Number(); n < 512 {
			for len(p.small) <= int(n) {
				p.small = append(p.small, 0)
			}
			p.small[n] = int16(len(p.fields) + 1)
		} else {
			p.byLarge[n] = len(p.fields)
		}
		p.fields = append(p.fields, *f)
	}
	p.t = types.NewStruct(fields...)
	return p, nil
}

func (p *plan) place(n protoreflect.FieldNumber) int {
	if int(n) < len(p.small) {
		return int(p.small[n]) - 1
	}
	if i, ok := p.byLarge[n]; ok {
		return i
	}
	return -1
}

// field is nil for a message that goes too deep, and for one without fields: Spark leaves both out.
func (l *layout) field(d protoreflect.FieldDescriptor, within map[protoreflect.FullName]int, path string) (*field, error) {
	f := &field{d: d}
	if l.defaults && !d.IsList() && !d.IsMap() && !d.HasPresence() || d.HasDefault() && l.defaults {
		f.filler = defaultOf(d, l)
	}
	switch d.Kind() {
	case protoreflect.BoolKind:
		f.t = types.BooleanType
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Uint32Kind, protoreflect.Fixed32Kind, protoreflect.Sfixed32Kind:
		f.t = types.IntType
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Uint64Kind, protoreflect.Fixed64Kind, protoreflect.Sfixed64Kind:
		f.t = types.LongType
	case protoreflect.FloatKind:
		f.t = types.FloatType
	case protoreflect.DoubleKind:
		f.t = types.DoubleType
	case protoreflect.StringKind:
		f.t = types.StringType
	case protoreflect.BytesKind:
		f.t = types.BinaryType
	case protoreflect.EnumKind:
		f.t = types.IntType
		if !l.enumsAsInts {
			f.t, f.enum = types.StringType, map[int32]string{}
			values := d.Enum().Values()
			for i := values.Len() - 1; i >= 0; i-- { // of two names for a number the first counts
				f.enum[int32(values.Get(i).Number())] = string(values.Get(i).Name())
			}
		}
	case protoreflect.MessageKind:
		switch d.Message().FullName() {
		case timestampName:
			f.t = types.TimestampType
		case durationName:
			f.t = types.NewDayTime(types.UnitDay, types.UnitSecond)
		}
		sub, err := l.planOf(d.Message(), within, path)
		if err != nil || sub == nil || len(sub.fields) == 0 {
			return nil, err
		}
		f.sub = sub
		if f.t == nil {
			f.t = sub.t
		}
	default:
		return nil, sqlerr.New("PROTOBUF_TYPE_NOT_SUPPORT", "protobufType", d.Kind().String())
	}
	return f, nil
}

// defaultOf is a field's default as vector.Value would give it.
func defaultOf(d protoreflect.FieldDescriptor, l *layout) any {
	v := d.Default()
	switch d.Kind() {
	case protoreflect.BoolKind:
		return v.Bool()
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		return int32(v.Int())
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return int32(v.Uint())
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		return v.Int()
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return int64(v.Uint())
	case protoreflect.FloatKind:
		return float32(v.Float())
	case protoreflect.DoubleKind:
		return v.Float()
	case protoreflect.StringKind:
		return v.String()
	case protoreflect.BytesKind:
		return append([]byte{}, v.Bytes()...)
	case protoreflect.EnumKind:
		if l.enumsAsInts {
			return int32(v.Enum())
		}
		if e := d.Enum().Values().ByNumber(v.Enum()); e != nil {
			return string(e.Name())
		}
	}
	return nil
}
