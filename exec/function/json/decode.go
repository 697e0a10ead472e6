package json

import (
	"encoding/base64"
	"errors"
	"math"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/record"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// decoder reads JSON texts as values of a type, for from_json. It is for one goroutine.
type decoder struct {
	schema  *types.Type
	times   *record.Times
	mode    record.Mode
	corrupt int  // the field that takes malformed records; -1 for none
	rescue  int  // the field that takes what has no place in the others; -1 for none
	unknown bool // the text has members that are no fields
	flags   flags
	doc     document
	fields  map[*types.Type]*fieldIndex
	seen    []uint32 // scratch: the member of each field, by struct depth
}

// fieldIndex finds the fields of a struct by name. Messages of one producer have their members in one order: the field of
// the last text's member at a place is tried first.
type fieldIndex struct {
	names map[string]int
	order []int // by place; -1 where the member is no field
}

// find gives the number of the field of that name, -1 for none; place is the member's number in its object.
func (x *fieldIndex) find(t *types.Type, name []byte, place int) int {
	if place < len(x.order) {
		if f := x.order[place]; f >= 0 && t.Fields[f].Name == string(name) {
			return f
		}
	}
	f, ok := x.names[string(name)]
	if !ok {
		f = -1
	}
	if place < len(x.order) {
		x.order[place] = f
	} else if place == len(x.order) && place < maxOrder {
		x.order = append(x.order, f)
	}
	return f
}

// maxOrder bounds the places that are remembered.
const maxOrder = 256

// newDecoder makes a decoder for a struct, array or map.
func newDecoder(ctx *function.Context, schema *types.Type, o record.Options, mode record.Mode) (*decoder, error) {
	times, err := record.NewTimes(ctx, o, true)
	if err != nil {
		return nil, err
	}
	d := &decoder{schema: schema, times: times, mode: mode, corrupt: -1, rescue: -1, flags: flagsOf(o), fields: map[*types.Type]*fieldIndex{}}
	if schema.Kind == types.Struct {
		name := o.CorruptColumn(ctx)
		for i, f := range schema.Fields {
			if f.Name == name && f.Type.IsString() {
				d.corrupt = i
			}
			if rescued := o.Get(rescuedDataColumn, ""); rescued != "" && f.Name == rescued && f.Type.IsString() {
				d.rescue = i
			}
		}
	}
	return d, nil
}

func flagsOf(o record.Options) flags {
	return flags{
		comments: o.Bool("allowComments", false), unquotedNames: o.Bool("allowUnquotedFieldNames", false),
		noSingleQuotes: !o.Bool("allowSingleQuotes", true), leadingZeros: o.Bool("allowNumericLeadingZeros", false),
		noNonNumbers: !o.Bool("allowNonNumericNumbers", true), anyEscape: o.Bool("allowBackslashEscapingAnyCharacter", false),
		controls: o.Bool("allowUnquotedControlChars", false),
	}
}

// good tries a value without keeping it.
func (d *decoder) good(at int) bool {
	return d.value(d.schema, at, vector.NewBuilder(d.schema, 1)) == nil
}

// malformed appends the struct for a text that is none: NULLs, and the text itself where it is wanted.
func (d *decoder) malformed(src []byte, out *vector.Builder) error {
	if d.mode == record.FailFast {
		return record.Malformed(src)
	}
	for i := range d.schema.Fields {
		if i == d.corrupt {
			out.Child(i).AppendBytes(src)
		} else {
			out.Child(i).AppendNull()
		}
	}
	out.AppendStruct()
	return nil
}

// append reads one text and appends exactly one value.
func (d *decoder) append(src []byte, out *vector.Builder) error {
	d.unknown = false
	empty, err := d.doc.scan(src, d.flags)
	if empty {
		out.AppendNull()
		return nil
	}
	root := 0
	if err == nil {
		n := &d.doc.nodes[0]
		switch d.schema.Kind {
		case types.Struct:
			if n.kind == array && n.count > 0 {
				root, n = 1, &d.doc.nodes[1]
			} else if n.kind == array {
				out.AppendNull()
				return nil
			}
			if n.kind != object {
				err = record.ErrValue
			}
		case types.Array:
			if n.kind == object && d.schema.Elem.Kind == types.Struct {
				err = d.value(d.schema.Elem, 0, out.Child(0))
				if err == nil || errors.Is(err, record.ErrValue) && d.mode == record.Permissive {
					out.AppendList(1)
					return nil
				}
			}
		}
	}
	// What does not fit is rescued, which is no failure.
	if err == nil && d.mode == record.FailFast && d.rescue < 0 && !d.good(root) {
		return record.Malformed(src)
	}
	if err == nil {
		if d.schema.Kind == types.Struct {
			err = d.object(d.schema, root, out)
			if errors.Is(err, record.ErrValue) {
				return nil // a partial row
			}
			return err
		}
		before := out.Len()
		err = d.value(d.schema, root, out)
		if err == nil || out.Len() > before && errors.Is(err, record.ErrValue) {
			return nil // whole, or with partial structs in it
		}
	}
	if !errors.Is(err, record.ErrValue) && !errors.Is(err, errSyntax) {
		return err
	}
	if d.schema.Kind == types.Struct {
		return d.malformed(src, out)
	}
	if d.mode == record.FailFast {
		return record.Malformed(src)
	}
	out.AppendNull()
	return nil
}

// index is the fields of a struct by name.
func (d *decoder) index(t *types.Type) *fieldIndex {
	x := d.fields[t]
	if x == nil {
		x = &fieldIndex{names: make(map[string]int, len(t.Fields))}
		for i := len(t.Fields) - 1; i >= 0; i-- {
			x.names[t.Fields[i].Name] = i
		}
		d.fields[t] = x
	}
	return x
}

// object appends a struct. Fields that cannot be read are NULL; ErrValue then tells that the row is partial.
func (d *decoder) object(t *types.Type, at int, out *vector.Builder) error {
	index := d.index(t)
	base := len(d.seen)
	for range t.Fields {
		d.seen = append(d.seen, 0)
	}
	defer func() { d.seen = d.seen[:base] }()
	for k, i := uint32(0), at+1; k < d.doc.nodes[at].count; k++ {
		if f := index.find(t, d.doc.bytes(&d.doc.nodes[i]), int(k)); f >= 0 && !(t == d.schema && (f == d.rescue || f == d.corrupt)) {
			d.seen[base+f] = uint32(i + 1)
		} else if f < 0 {
			d.unknown = true
		}
		i = int(d.doc.nodes[i+1].next)
	}
	var partial error
	for f := range t.Fields {
		if t == d.schema && (f == d.corrupt || f == d.rescue) {
			continue
		}
		child := out.Child(f)
		m := int(d.seen[base+f])
		if m == 0 {
			child.AppendNull()
			continue
		}
		before := child.Len()
		if err := d.value(t.Fields[f].Type, m, child); err != nil {
			if !errors.Is(err, record.ErrValue) {
				return err
			}
			partial = err
			if child.Len() == before {
				child.AppendNull()
			}
		}
	}
	if t == d.schema && d.rescue >= 0 {
		rescued := []byte(nil)
		if partial != nil || d.unknown {
			rescued = d.rescued(t, at)
		}
		if rescued == nil {
			out.Child(d.rescue).AppendNull()
		} else {
			out.Child(d.rescue).AppendBytes(rescued)
		}
	}
	if t == d.schema && d.corrupt >= 0 {
		if partial != nil && d.rescue < 0 {
			out.Child(d.corrupt).AppendBytes(d.doc.src)
		} else {
			out.Child(d.corrupt).AppendNull()
		}
	}
	out.AppendStruct()
	return partial
}

// value appends a value of a type. ErrValue: it is none; then nothing was appended, or a partial struct.
func (d *decoder) value(t *types.Type, at int, out *vector.Builder) error {
	n := &d.doc.nodes[at]
	if n.kind == null {
		out.AppendNull()
		return nil
	}
	switch t.Kind {
	case types.Boolean:
		if n.kind != boolTrue && n.kind != boolFalse {
			return record.ErrValue
		}
		out.AppendBool(n.kind == boolTrue)
	case types.Byte, types.Short, types.Int, types.Long:
		if n.kind != integer {
			return record.ErrValue
		}
		x, err := record.Integer(t, d.doc.bytes(n))
		if err != nil {
			return err
		}
		out.AppendInt(x)
	case types.Float, types.Double:
		f, err := d.float(t, n)
		if err != nil {
			return err
		}
		out.AppendFloat(f)
	case types.Decimal:
		if n.kind != integer && n.kind != float && (n.kind != text || n.from == n.to) {
			return record.ErrValue
		}
		return record.AppendDecimal(t, d.doc.bytes(n), out)
	case types.String:
		if n.kind == text {
			out.AppendBytes(d.doc.bytes(n))
		} else {
			out.AppendBytes(d.doc.write(nil, at))
		}
	case types.Binary:
		if n.kind != text {
			return record.ErrValue
		}
		b, err := base64.StdEncoding.DecodeString(string(d.doc.bytes(n)))
		if err != nil {
			return record.ErrValue
		}
		out.AppendBytes(b)
	case types.Date, types.Timestamp, types.TimestampNTZ:
		return d.time(t, n, out)
	case types.Calendar, types.YearMonth, types.DayTime:
		if n.kind != text {
			return record.ErrValue
		}
		return record.AppendInterval(t, d.doc.bytes(n), out)
	case types.Array:
		return d.array(t, at, out)
	case types.Map:
		return d.mapOf(t, at, out)
	case types.Struct:
		if n.kind != object {
			return record.ErrValue
		}
		return d.object(t, at, out)
	default:
		out.AppendNull()
	}
	return nil
}

func (d *decoder) float(t *types.Type, n *node) (float64, error) {
	s := d.doc.bytes(n)
	switch n.kind {
	case integer, float:
		return record.Float(t, s)
	case nonNumber, text:
		if d.flags.noNonNumbers {
			return 0, record.ErrValue
		}
		f := special(s)
		if f == 0 {
			return 0, record.ErrValue
		}
		return f, nil
	}
	return 0, record.ErrValue
}

func (d *decoder) time(t *types.Type, n *node, out *vector.Builder) error {
	s := d.doc.bytes(n)
	switch {
	case n.kind == integer && t.Kind != types.TimestampNTZ:
		x, err := record.Integer(types.LongType, s)
		if err != nil {
			return err
		}
		if t.Kind == types.Timestamp {
			if x > math.MaxInt64/1_000_000 || x < math.MinInt64/1_000_000 {
				return record.ErrValue
			}
			x *= 1_000_000
		}
		out.AppendInt(x)
		return nil
	case n.kind != text || len(s) == 0:
		return record.ErrValue
	}
	x, err := d.times.Read(s, t.Kind)
	if err != nil {
		return err
	}
	out.AppendInt(x)
	return nil
}

// array appends a list. An element that is wrong makes the list wrong, but one that is a partial struct is kept.
func (d *decoder) array(t *types.Type, at int, out *vector.Builder) error {
	n := d.doc.nodes[at]
	if n.kind != array {
		return record.ErrValue
	}
	elem := out.Child(0)
	var partial error
	for k, i := uint32(0), at+1; k < n.count; k++ {
		before := elem.Len()
		if err := d.value(t.Elem, i, elem); err != nil {
			if !errors.Is(err, record.ErrValue) || elem.Len() == before {
				return err
			}
			partial = err
		}
		i = int(d.doc.nodes[i].next)
	}
	out.AppendList(int(n.count))
	return partial
}

func (d *decoder) mapOf(t *types.Type, at int, out *vector.Builder) error {
	n := d.doc.nodes[at]
	if n.kind != object || !t.Key.IsString() {
		return record.ErrValue
	}
	keys, values := out.Child(0), out.Child(1)
	var partial error
	count := 0
	for k, i := uint32(0), at+1; k < n.count; k++ {
		name := d.doc.bytes(&d.doc.nodes[i])
		before := values.Len()
		err := d.value(t.Elem, i+1, values)
		if err != nil && (!errors.Is(err, record.ErrValue) || values.Len() == before) {
			return err
		}
		if err != nil {
			partial = err
		}
		keys.AppendBytes(name)
		count++
		i = int(d.doc.nodes[i+1].next)
	}
	out.AppendList(count)
	return partial
}
