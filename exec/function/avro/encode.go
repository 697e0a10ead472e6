package avro

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/twmb/avro"

	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// writes appends row i of a flat vector as Avro.
type writes func(dst []byte, v *vector.Vector, i int) ([]byte, error)

// schemaText is the schema that fits a type, by the rules of Spark's SchemaConverters: records are called topLevelRecord, and
// inside of it by their path.
func schemaText(t *types.Type, null bool) (string, error) {
	s, err := schemaOf(t, null, "topLevelRecord", "")
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(s)
	return string(text), err
}

var plainNames = map[types.Kind]string{
	types.Boolean: "boolean", types.Byte: "int", types.Short: "int", types.Int: "int", types.Long: "long", types.Float: "float", types.Double: "double",
	types.String: "string", types.Char: "string", types.Varchar: "string", types.Binary: "bytes", types.Null: "null",
}

func schemaOf(t *types.Type, null bool, name, space string) (any, error) {
	var out any
	switch t.Kind {
	case types.Date:
		out = map[string]any{"type": "int", "logicalType": "date"}
	case types.Timestamp:
		out = map[string]any{"type": "long", "logicalType": "timestamp-micros"}
	case types.TimestampNTZ:
		out = map[string]any{"type": "long", "logicalType": "local-timestamp-micros"}
	case types.Decimal:
		full := "fixed"
		if space != "" {
			full = space + "." + name + ".fixed"
			full = strings.TrimPrefix(full, ".")
		}
		out = map[string]any{"type": "fixed", "name": full, "size": fixedSize(int(t.Precision)), "logicalType": "decimal", "precision": t.Precision, "scale": t.Scale}
	case types.Array:
		items, err := schemaOf(t.Elem, t.ElemNullable, name, space)
		if err != nil {
			return nil, err
		}
		out = map[string]any{"type": "array", "items": items}
	case types.Map:
		if !t.Key.IsString() {
			return nil, sqlerr.Unsupported("maps in Avro whose keys are no strings")
		}
		values, err := schemaOf(t.Elem, t.ElemNullable, name, space)
		if err != nil {
			return nil, err
		}
		out = map[string]any{"type": "map", "values": values}
	case types.Struct:
		inner := name
		if space != "" {
			inner = space + "." + name
		}
		fields := []any{}
		for _, f := range t.Fields {
			x, err := schemaOf(f.Type, f.Nullable, f.Name, inner)
			if err != nil {
				return nil, err
			}
			fields = append(fields, map[string]any{"name": f.Name, "type": x})
		}
		r := map[string]any{"type": "record", "name": name, "fields": fields}
		if space != "" {
			r["namespace"] = space
		}
		out = r
	default:
		plain, ok := plainNames[t.Kind]
		if !ok {
			return nil, sqlerr.Unsupported("%s in Avro", t.SQL())
		}
		out = plain
	}
	if null && t.Kind != types.Null {
		return []any{out, "null"}, nil
	}
	return out, nil
}

// fixedSize is how many bytes a decimal of a precision takes.
func fixedSize(precision int) int {
	return int(math.Ceil((float64(precision)*math.Log2(10) + 1) / 8))
}

func mismatch(path string, n *avro.SchemaNode, t *types.Type) error {
	return sqlerr.New("AVRO_INCOMPATIBLE_SCHEMA", "path", path, "writer", t.SQL(), "reader", kindOf(n))
}

// encoder compiles the writing of a type as a node.
func (s *schema) encoder(n *avro.SchemaNode, t *types.Type, path string) (writes, error) {
	n = s.follow(n)
	if n.Type == "union" {
		return s.unionEncoder(n, t, path)
	}
	switch n.Type {
	case "null":
		return func(dst []byte, _ *vector.Vector, _ int) ([]byte, error) { return dst, nil }, nil
	case "boolean":
		if t.Kind == types.Boolean {
			return func(dst []byte, v *vector.Vector, i int) ([]byte, error) {
				if v.Bools[i] {
					return append(dst, 1), nil
				}
				return append(dst, 0), nil
			}, nil
		}
	case "int", "long":
		return longEncoder(n, t, path)
	case "float":
		if t.Kind == types.Float {
			return func(dst []byte, v *vector.Vector, i int) ([]byte, error) {
				return binary.LittleEndian.AppendUint32(dst, math.Float32bits(v.F32[i])), nil
			}, nil
		}
	case "double":
		switch t.Kind {
		case types.Double:
			return func(dst []byte, v *vector.Vector, i int) ([]byte, error) {
				return binary.LittleEndian.AppendUint64(dst, math.Float64bits(v.F64[i])), nil
			}, nil
		case types.Float:
			return func(dst []byte, v *vector.Vector, i int) ([]byte, error) {
				return binary.LittleEndian.AppendUint64(dst, math.Float64bits(float64(v.F32[i]))), nil
			}, nil
		}
	case "string", "bytes":
		if t.IsString() || t.Kind == types.Binary {
			return func(dst []byte, v *vector.Vector, i int) ([]byte, error) { return appendBytes(dst, v.Bytes(i)), nil }, nil
		}
		if t.Kind == types.Decimal && n.LogicalType == "decimal" {
			return decimalEncoder(n, t, path)
		}
	case "fixed":
		if t.Kind == types.Decimal && n.LogicalType == "decimal" {
			return decimalEncoder(n, t, path)
		}
		if t.Kind == types.Binary {
			return func(dst []byte, v *vector.Vector, i int) ([]byte, error) {
				b := v.Bytes(i)
				if len(b) != n.Size {
					return nil, sqlerr.New("AVRO_CANNOT_WRITE", "path", path, "reason", fmt.Sprintf("%d bytes are no fixed of %d", len(b), n.Size))
				}
				return append(dst, b...), nil
			}, nil
		}
	case "enum":
		if t.IsString() {
			return func(dst []byte, v *vector.Vector, i int) ([]byte, error) {
				k := slices.Index(n.Symbols, string(v.Bytes(i)))
				if k < 0 {
					return nil, sqlerr.New("AVRO_CANNOT_WRITE", "path", path, "reason", fmt.Sprintf("%q is none of %s", v.Bytes(i), strings.Join(n.Symbols, ", ")))
				}
				return binary.AppendVarint(dst, int64(k)), nil
			}, nil
		}
	case "array":
		if t.Kind == types.Array {
			elem, err := s.encoder(n.Items, t.Elem, path+".element")
			if err != nil {
				return nil, err
			}
			elem = required(elem, s.takesNull(n.Items), path+".element")
			return func(dst []byte, v *vector.Vector, i int) (_ []byte, err error) {
				return appendItems(dst, v.Ranges[i], func(dst []byte, j int) ([]byte, error) { return elem(dst, v.Children[0], j) })
			}, nil
		}
	case "map":
		if t.Kind == types.Map && t.Key.IsString() {
			value, err := s.encoder(n.Values, t.Elem, path+".value")
			if err != nil {
				return nil, err
			}
			value = required(value, s.takesNull(n.Values), path+".value")
			return func(dst []byte, v *vector.Vector, i int) ([]byte, error) {
				return appendItems(dst, v.Ranges[i], func(dst []byte, j int) ([]byte, error) {
					return value(appendBytes(dst, v.Children[0].Bytes(j)), v.Children[1], j)
				})
			}, nil
		}
	case "record", "error":
		if t.Kind == types.Struct {
			return s.recordEncoder(n, t, path)
		}
	}
	return nil, mismatch(path, n, t)
}

func appendBytes(dst, b []byte) []byte {
	return append(binary.AppendVarint(dst, int64(len(b))), b...)
}

// appendItems writes the items of an array or map as one block.
func appendItems(dst []byte, r vector.Range, item func(dst []byte, j int) ([]byte, error)) (_ []byte, err error) {
	if r.Len > 0 {
		dst = binary.AppendVarint(dst, int64(r.Len))
		for j := r.Off; j < r.Off+r.Len; j++ {
			if dst, err = item(dst, int(j)); err != nil {
				return nil, err
			}
		}
	}
	return append(dst, 0), nil
}

func (s *schema) takesNull(n *avro.SchemaNode) bool {
	n = s.follow(n)
	return n.Type == "null" || n.Type == "union" && slices.ContainsFunc(n.Branches, func(b avro.SchemaNode) bool { return b.Type == "null" })
}

// required makes NULL an error where the schema has no place for it.
func required(w writes, null bool, path string) writes {
	return func(dst []byte, v *vector.Vector, i int) ([]byte, error) {
		if !null && v.IsNull(i) {
			return nil, sqlerr.New("AVRO_CANNOT_WRITE", "path", path, "reason", "it is NULL, and the schema takes none")
		}
		return w(dst, v, i)
	}
}

func (s *schema) recordEncoder(n *avro.SchemaNode, t *types.Type, path string) (writes, error) {
	from := make([]int, len(n.Fields))
	fields := make([]writes, len(n.Fields))
	for k := range n.Fields {
		f := &n.Fields[k]
		from[k] = slices.IndexFunc(t.Fields, func(x types.Field) bool { return strings.EqualFold(x.Name, f.Name) })
		if from[k] < 0 {
			if !s.takesNull(&f.Type) {
				return nil, sqlerr.New("AVRO_INCOMPATIBLE_SCHEMA", "path", path+"."+f.Name, "writer", "nothing", "reader", kindOf(s.follow(&f.Type)))
			}
			null := s.follow(&f.Type)
			var b []byte
			if null.Type == "union" {
				b = binary.AppendVarint(nil, int64(slices.IndexFunc(null.Branches, func(b avro.SchemaNode) bool { return b.Type == "null" })))
			}
			fields[k] = func(dst []byte, _ *vector.Vector, _ int) ([]byte, error) { return append(dst, b...), nil }
			continue
		}
		w, err := s.encoder(&f.Type, t.Fields[from[k]].Type, path+"."+f.Name)
		if err != nil {
			return nil, err
		}
		fields[k] = required(w, s.takesNull(&f.Type), path+"."+f.Name)
	}
	for _, f := range t.Fields {
		if !slices.ContainsFunc(n.Fields, func(x avro.SchemaField) bool { return strings.EqualFold(x.Name, f.Name) }) {
			return nil, sqlerr.New("AVRO_INCOMPATIBLE_SCHEMA", "path", path+"."+f.Name, "writer", f.Type.SQL(), "reader", "nothing")
		}
	}
	return func(dst []byte, v *vector.Vector, i int) (_ []byte, err error) {
		for k, w := range fields {
			child := v
			if from[k] >= 0 {
				child = v.Children[from[k]]
			}
			if dst, err = w(dst, child, i); err != nil {
				return nil, err
			}
		}
		return dst, nil
	}, nil
}

// unionEncoder writes into the branch that takes the type.
func (s *schema) unionEncoder(n *avro.SchemaNode, t *types.Type, path string) (writes, error) {
	if t.Kind == types.Struct && len(t.Fields) > 1 && t.Fields[0].Name == "member0" {
		return s.memberEncoder(n, t, path)
	}
	null, pick := -1, -1
	var inner writes
	var first error
	for i := range n.Branches {
		if n.Branches[i].Type == "null" {
			null = i
			continue
		}
		w, err := s.encoder(&n.Branches[i], t, path)
		if err == nil && pick < 0 {
			pick, inner = i, w
		} else if err != nil && first == nil {
			first = err
		}
	}
	if pick < 0 && t.Kind != types.Null {
		if first == nil {
			first = mismatch(path, n, t)
		}
		return nil, first
	}
	return func(dst []byte, v *vector.Vector, i int) ([]byte, error) {
		if pick < 0 || v.IsNull(i) {
			if null < 0 {
				return nil, sqlerr.New("AVRO_CANNOT_WRITE", "path", path, "reason", "it is NULL, and the schema takes none")
			}
			return binary.AppendVarint(dst, int64(null)), nil
		}
		return inner(binary.AppendVarint(dst, int64(pick)), v, i)
	}, nil
}

// memberEncoder writes the one field of a struct of members that is not NULL into its branch, as from_avro reads a union of
// several types.
func (s *schema) memberEncoder(n *avro.SchemaNode, t *types.Type, path string) (writes, error) {
	null := int64(-1)
	var branches []int64
	var inner []writes
	for i := range n.Branches {
		if n.Branches[i].Type == "null" {
			null = int64(i)
			continue
		}
		k := len(inner)
		if k >= len(t.Fields) {
			return nil, mismatch(path, n, t)
		}
		w, err := s.encoder(&n.Branches[i], t.Fields[k].Type, fmt.Sprintf("%s.member%d", path, k))
		if err != nil {
			return nil, err
		}
		branches, inner = append(branches, int64(i)), append(inner, w)
	}
	if len(inner) != len(t.Fields) {
		return nil, mismatch(path, n, t)
	}
	return func(dst []byte, v *vector.Vector, i int) ([]byte, error) {
		for k, w := range inner {
			if !v.IsNull(i) && !v.Children[k].IsNull(i) {
				return w(binary.AppendVarint(dst, branches[k]), v.Children[k], i)
			}
		}
		if null < 0 {
			return nil, sqlerr.New("AVRO_CANNOT_WRITE", "path", path, "reason", "it is NULL, and the schema takes none")
		}
		return binary.AppendVarint(dst, null), nil
	}, nil
}

func longEncoder(n *avro.SchemaNode, t *types.Type, path string) (writes, error) {
	var get func(v *vector.Vector, i int) int64
	switch {
	case t.Kind == types.Byte:
		get = func(v *vector.Vector, i int) int64 { return int64(v.I8[i]) }
	case t.Kind == types.Short:
		get = func(v *vector.Vector, i int) int64 { return int64(v.I16[i]) }
	case t.Kind == types.Int, t.Kind == types.Date && (n.LogicalType == "date" || n.LogicalType == ""):
		get = func(v *vector.Vector, i int) int64 { return int64(v.I32[i]) }
	case n.Type == "long" && t.Kind == types.Long:
		get = func(v *vector.Vector, i int) int64 { return v.I64[i] }
	case n.Type == "long" && (t.Kind == types.Timestamp || t.Kind == types.TimestampNTZ):
		unit := microsOf(n, n)
		get = func(v *vector.Vector, i int) int64 {
			x := v.I64[i]
			if r := x % unit; r < 0 {
				x -= r + unit
			}
			return x / unit
		}
	default:
		return nil, mismatch(path, n, t)
	}
	return func(dst []byte, v *vector.Vector, i int) ([]byte, error) {
		return binary.AppendVarint(dst, get(v, i)), nil
	}, nil
}

// decimalEncoder writes the unscaled number, big-endian.
func decimalEncoder(n *avro.SchemaNode, t *types.Type, path string) (writes, error) {
	if n.Scale != int(t.Scale) || n.Precision < int(t.Precision) {
		return nil, mismatch(path, n, t)
	}
	return func(dst []byte, v *vector.Vector, i int) ([]byte, error) {
		var x types.Int128
		if v.I128 != nil {
			x = v.I128[i]
		} else {
			x = types.Int128From(v.I64[i])
		}
		var b [17]byte
		b[0] = byte(x.Hi >> 63)
		binary.BigEndian.PutUint64(b[1:], uint64(x.Hi))
		binary.BigEndian.PutUint64(b[9:], x.Lo)
		if n.Type == "fixed" {
			for range n.Size - len(b) {
				dst = append(dst, b[0])
			}
			return append(dst, b[max(0, len(b)-n.Size):]...), nil
		}
		at := 0
		for at < len(b)-1 && (b[at] == 0 && b[at+1] < 0x80 || b[at] == 0xff && b[at+1] >= 0x80) {
			at++
		}
		return appendBytes(dst, b[at:]), nil
	}, nil
}
