package protobuf

import (
	"math"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// writes appends the value in row i of a flat vector, without a tag.
type writes func(dst []byte, v *vector.Vector, i int) ([]byte, error)

// encoder compiles the writing of a struct as a message. NULL fields are not sent.
func encoder(m protoreflect.MessageDescriptor, t *types.Type, path string) (writes, error) {
	if t.Kind != types.Struct {
		return nil, sqlerr.New("UNABLE_TO_CONVERT_TO_PROTOBUF_MESSAGE_TYPE", "toType", t.SQL(), "protobufType", string(m.FullName()))
	}
	type step struct {
		from  int
		write writes // with tags
	}
	var steps []step
	for k, f := range t.Fields {
		d := fieldNamed(m, f.Name)
		if d == nil {
			return nil, sqlerr.New("NO_SQL_TYPE_IN_PROTOBUF_SCHEMA", "catalystFieldPath", path+"."+f.Name)
		}
		w, err := fieldEncoder(d, f.Type, path+"."+f.Name)
		if err != nil {
			return nil, err
		}
		steps = append(steps, step{k, w})
	}
	list := m.Fields()
	for i := range list.Len() {
		if d := list.Get(i); d.Cardinality() == protoreflect.Required && t.FieldIndex(string(d.Name())) < 0 {
			return nil, sqlerr.New("PROTOBUF_FIELD_MISSING_IN_SQL_SCHEMA", "field", path+"."+string(d.Name()))
		}
	}
	return func(dst []byte, v *vector.Vector, i int) (_ []byte, err error) {
		for _, s := range steps {
			c := v.Children[s.from]
			if c.IsNull(i) {
				continue
			}
			if dst, err = s.write(dst, c, i); err != nil {
				return nil, err
			}
		}
		return dst, nil
	}, nil
}

func fieldNamed(m protoreflect.MessageDescriptor, name string) protoreflect.FieldDescriptor {
	if d := m.Fields().ByName(protoreflect.Name(name)); d != nil {
		return d
	}
	for i := range m.Fields().Len() {
		if d := m.Fields().Get(i); strings.EqualFold(string(d.Name()), name) {
			return d
		}
	}
	return nil
}

func mismatch(d protoreflect.FieldDescriptor, t *types.Type, path string) error {
	return sqlerr.New("CANNOT_CONVERT_SQL_TYPE_TO_PROTOBUF_FIELD_TYPE", "sqlColumn", path, "protobufColumn", string(d.FullName()), "protobufType", d.Kind().String(), "sqlType", t.SQL())
}

// fieldEncoder writes a field with its tag, once for each element of a list and entry of a map.
func fieldEncoder(d protoreflect.FieldDescriptor, t *types.Type, path string) (writes, error) {
	tag := protowire.AppendTag(nil, d.Number(), wireOf(d.Kind()))
	switch {
	case d.IsMap():
		if t.Kind != types.Map {
			return nil, mismatch(d, t, path)
		}
		entry := types.NewStruct(types.Field{Name: "key", Type: t.Key}, types.Field{Name: "value", Type: t.Elem, Nullable: true})
		inner, err := encoder(d.Message(), entry, path)
		if err != nil {
			return nil, err
		}
		one := delimited(inner)
		return func(dst []byte, v *vector.Vector, i int) (_ []byte, err error) {
			pair := &vector.Vector{Type: entry, Len: v.Children[0].Len, Children: v.Children}
			for j := v.Ranges[i].Off; j < v.Ranges[i].Off+v.Ranges[i].Len; j++ {
				if dst, err = one(append(dst, tag...), pair, int(j)); err != nil {
					return nil, err
				}
			}
			return dst, nil
		}, nil
	case d.IsList():
		if t.Kind != types.Array {
			return nil, mismatch(d, t, path)
		}
		elem, err := valueEncoder(d, t.Elem, path+".element")
		if err != nil {
			return nil, err
		}
		items := func(dst []byte, v *vector.Vector, i int, tag []byte) (_ []byte, err error) {
			for j := v.Ranges[i].Off; j < v.Ranges[i].Off+v.Ranges[i].Len; j++ {
				if v.Children[0].IsNull(int(j)) {
					return nil, sqlerr.New("PROTOBUF_CANNOT_WRITE", "path", path, "reason", "an element is NULL, which the format does not know")
				}
				if dst, err = elem(append(dst, tag...), v.Children[0], int(j)); err != nil {
					return nil, err
				}
			}
			return dst, nil
		}
		if !d.IsPacked() {
			return func(dst []byte, v *vector.Vector, i int) ([]byte, error) { return items(dst, v, i, tag) }, nil
		}
		packed := delimited(func(dst []byte, v *vector.Vector, i int) ([]byte, error) { return items(dst, v, i, nil) })
		tag = protowire.AppendTag(nil, d.Number(), protowire.BytesType)
		return func(dst []byte, v *vector.Vector, i int) ([]byte, error) {
			if v.Ranges[i].Len == 0 {
				return dst, nil
			}
			return packed(append(dst, tag...), v, i)
		}, nil
	}
	one, err := valueEncoder(d, t, path)
	if err != nil {
		return nil, err
	}
	return func(dst []byte, v *vector.Vector, i int) ([]byte, error) { return one(append(dst, tag...), v, i) }, nil
}

// delimited puts the length in front of what w writes.
func delimited(w writes) writes {
	return func(dst []byte, v *vector.Vector, i int) ([]byte, error) {
		start := len(dst)
		dst, err := w(dst, v, i)
		if err != nil {
			return nil, err
		}
		n := len(dst) - start
		dst = protowire.AppendVarint(dst, uint64(n))
		var length [10]byte
		k := copy(length[:], dst[start+n:])
		copy(dst[start+k:], dst[start:start+n])
		copy(dst[start:], length[:k])
		return dst, nil
	}
}

func integer(t *types.Type) func(v *vector.Vector, i int) int64 {
	switch t.Kind {
	case types.Byte:
		return func(v *vector.Vector, i int) int64 { return int64(v.I8[i]) }
	case types.Short:
		return func(v *vector.Vector, i int) int64 { return int64(v.I16[i]) }
	case types.Int:
		return func(v *vector.Vector, i int) int64 { return int64(v.I32[i]) }
	case types.Long:
		return func(v *vector.Vector, i int) int64 { return v.I64[i] }
	}
	return nil
}

// valueEncoder writes one value.
func valueEncoder(d protoreflect.FieldDescriptor, t *types.Type, path string) (writes, error) {
	k := d.Kind()
	switch k {
	case protoreflect.BoolKind:
		if t.Kind == types.Boolean {
			return func(dst []byte, v *vector.Vector, i int) ([]byte, error) {
				return protowire.AppendVarint(dst, protowire.EncodeBool(v.Bools[i])), nil
			}, nil
		}
	case protoreflect.FloatKind:
		if t.Kind == types.Float {
			return func(dst []byte, v *vector.Vector, i int) ([]byte, error) {
				return protowire.AppendFixed32(dst, math.Float32bits(v.F32[i])), nil
			}, nil
		}
	case protoreflect.DoubleKind:
		if t.Kind == types.Double {
			return func(dst []byte, v *vector.Vector, i int) ([]byte, error) {
				return protowire.AppendFixed64(dst, math.Float64bits(v.F64[i])), nil
			}, nil
		}
	case protoreflect.StringKind, protoreflect.BytesKind:
		if t.IsString() || k == protoreflect.BytesKind && t.Kind == types.Binary {
			return func(dst []byte, v *vector.Vector, i int) ([]byte, error) {
				return protowire.AppendBytes(dst, v.Bytes(i)), nil
			}, nil
		}
	case protoreflect.EnumKind:
		return enumEncoder(d, t, path)
	case protoreflect.MessageKind:
		if name := d.Message().FullName(); name == timestampName && t.Kind == types.Timestamp || name == durationName && t.Kind == types.DayTime {
			floor := name == timestampName
			return func(dst []byte, v *vector.Vector, i int) ([]byte, error) {
				return protowire.AppendBytes(dst, instantBytes(v.I64[i], floor)), nil
			}, nil
		}
		inner, err := encoder(d.Message(), t, path)
		if err != nil {
			return nil, err
		}
		return delimited(inner), nil
	default:
		get := integer(t)
		if get == nil || t.Kind == types.Long && bits(k) == 32 {
			break
		}
		switch {
		case k == protoreflect.Sint32Kind || k == protoreflect.Sint64Kind:
			return func(dst []byte, v *vector.Vector, i int) ([]byte, error) {
				return protowire.AppendVarint(dst, protowire.EncodeZigZag(get(v, i))), nil
			}, nil
		case wireOf(k) == protowire.Fixed32Type:
			return func(dst []byte, v *vector.Vector, i int) ([]byte, error) {
				return protowire.AppendFixed32(dst, uint32(get(v, i))), nil
			}, nil
		case wireOf(k) == protowire.Fixed64Type:
			return func(dst []byte, v *vector.Vector, i int) ([]byte, error) {
				return protowire.AppendFixed64(dst, uint64(get(v, i))), nil
			}, nil
		case k == protoreflect.Uint32Kind:
			return func(dst []byte, v *vector.Vector, i int) ([]byte, error) {
				return protowire.AppendVarint(dst, uint64(uint32(get(v, i)))), nil
			}, nil
		}
		return func(dst []byte, v *vector.Vector, i int) ([]byte, error) {
			return protowire.AppendVarint(dst, uint64(get(v, i))), nil
		}, nil
	}
	return nil, mismatch(d, t, path)
}

func bits(k protoreflect.Kind) int {
	switch k {
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Uint32Kind, protoreflect.Fixed32Kind, protoreflect.Sfixed32Kind:
		return 32
	}
	return 64
}

func enumEncoder(d protoreflect.FieldDescriptor, t *types.Type, path string) (writes, error) {
	if get := integer(t); get != nil && t.Kind != types.Long {
		return func(dst []byte, v *vector.Vector, i int) ([]byte, error) {
			return protowire.AppendVarint(dst, uint64(get(v, i))), nil
		}, nil
	}
	if !t.IsString() {
		return nil, mismatch(d, t, path)
	}
	return func(dst []byte, v *vector.Vector, i int) ([]byte, error) {
		values := d.Enum().Values()
		e := values.ByName(protoreflect.Name(v.Bytes(i)))
		if e == nil {
			var names []string
			for k := range values.Len() {
				names = append(names, string(values.Get(k).Name()))
			}
			return nil, sqlerr.New("CANNOT_CONVERT_SQL_VALUE_TO_PROTOBUF_ENUM_TYPE", "sqlColumn", path, "protobufColumn", string(d.FullName()), "data", string(v.Bytes(i)), "enumString", strings.Join(names, ", "))
		}
		return protowire.AppendVarint(dst, uint64(int64(e.Number()))), nil
	}, nil
}

// instantBytes is a Timestamp (whose nanoseconds are never negative) or a Duration (whose parts have one sign).
func instantBytes(us int64, floor bool) []byte {
	seconds, rest := us/1_000_000, us%1_000_000
	if floor && rest < 0 {
		seconds, rest = seconds-1, rest+1_000_000
	}
	var out []byte
	if seconds != 0 {
		out = protowire.AppendVarint(protowire.AppendTag(out, 1, protowire.VarintType), uint64(seconds))
	}
	if rest != 0 {
		out = protowire.AppendVarint(protowire.AppendTag(out, 2, protowire.VarintType), uint64(rest*1000))
	}
	return out
}
