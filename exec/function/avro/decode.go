package avro

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/twmb/avro"

	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// input is a message that is read from front to back. The first fault sticks.
type input struct {
	b   []byte
	at  int
	bad bool
}

func (in *input) long() int64 {
	if in.at < len(in.b) && in.b[in.at] < 0x80 {
		u := in.b[in.at]
		in.at++
		return int64(u>>1) ^ -int64(u&1)
	}
	v, n := binary.Varint(in.b[in.at:])
	if n <= 0 {
		in.bad, in.at = true, len(in.b)
		return 0
	}
	in.at += n
	return v
}

func (in *input) take(n int64) []byte {
	if n < 0 || n > int64(len(in.b)-in.at) {
		in.bad, in.at = true, len(in.b)
		return nil
	}
	out := in.b[in.at : in.at+int(n)]
	in.at += int(n)
	return out
}

func (in *input) bytes() []byte { return in.take(in.long()) }

func (in *input) boolean() bool {
	b := in.take(1)
	if len(b) == 1 && b[0] > 1 {
		in.bad = true
	}
	return len(b) == 1 && b[0] == 1
}

func (in *input) float() float64 {
	if b := in.take(4); len(b) == 4 {
		return float64(math.Float32frombits(binary.LittleEndian.Uint32(b)))
	}
	return 0
}

func (in *input) double() float64 {
	if b := in.take(8); len(b) == 8 {
		return math.Float64frombits(binary.LittleEndian.Uint64(b))
	}
	return 0
}

// blocks calls f for each item of an array or map and gives their number.
func (in *input) blocks(f func()) (items int) {
	for {
		n := in.long()
		if n < 0 {
			if n == math.MinInt64 {
				in.bad = true
				return items
			}
			n = -n
			in.long() // bytes of the block
		}
		if n == 0 || in.bad {
			return items
		}
		for range n {
			at := in.at
			f()
			if in.bad {
				return items
			}
			if items++; in.at == at && items > len(in.b)+maxEmpty {
				in.bad = true // items of no bytes without end
				return items
			}
		}
	}
}

const maxEmpty = 1 << 16

// reads appends one value; the input's fault tells whether it was one.
type reads func(in *input, out *vector.Builder)

// compiler makes decoders of what one schema wrote for a reader of another.
type compiler struct {
	w, r  *schema
	skips map[string]*skipper
}

// skipper passes over a value of a named type that may contain itself.
type skipper struct{ skip func(in *input) }

func incompatible(path, wrote, wants string) error {
	return sqlerr.New("AVRO_INCOMPATIBLE_SCHEMA", "path", path, "writer", wrote, "reader", wants)
}

// decoder compiles the reading of node w as node r, whose SQL type is t.
func (c *compiler) decoder(w, r *avro.SchemaNode, t *types.Type, path string) (reads, error) {
	w, r = c.w.follow(w), c.r.follow(r)
	if w.Type == "union" {
		return c.writerUnion(w, r, t, path)
	}
	if r.Type == "union" {
		return c.readerUnion(w, r, t, path)
	}
	fail := func() (reads, error) { return nil, incompatible(path, kindOf(w), kindOf(r)) }
	switch r.Type {
	case "null":
		if w.Type == "null" {
			return func(_ *input, out *vector.Builder) { out.AppendNull() }, nil
		}
	case "boolean":
		if w.Type == "boolean" {
			return func(in *input, out *vector.Builder) { out.AppendBool(in.boolean()) }, nil
		}
	case "int", "long":
		if w.Type == "int" || w.Type == "long" && r.Type == "long" {
			scale := int64(1)
			if t.Kind == types.Timestamp || t.Kind == types.TimestampNTZ {
				scale = microsOf(w, r)
			}
			if scale == 1 {
				return func(in *input, out *vector.Builder) { out.AppendInt(in.long()) }, nil
			}
			return func(in *input, out *vector.Builder) { out.AppendInt(in.long() * scale) }, nil
		}
	case "float", "double":
		switch {
		case w.Type == "int" || w.Type == "long":
			return func(in *input, out *vector.Builder) { out.AppendFloat(float64(in.long())) }, nil
		case w.Type == "float":
			return func(in *input, out *vector.Builder) { out.AppendFloat(in.float()) }, nil
		case w.Type == "double" && r.Type == "double":
			return func(in *input, out *vector.Builder) { out.AppendFloat(in.double()) }, nil
		}
	case "string", "bytes":
		if w.Type == "string" || w.Type == "bytes" {
			if t.Kind == types.Decimal {
				return decimal(t, (*input).bytes), nil
			}
			return func(in *input, out *vector.Builder) { out.AppendBytes(in.bytes()) }, nil
		}
	case "fixed":
		if w.Type == "fixed" && w.Size == r.Size {
			n := int64(w.Size)
			if t.Kind == types.Decimal {
				return decimal(t, func(in *input) []byte { return in.take(n) }), nil
			}
			return func(in *input, out *vector.Builder) { out.AppendBytes(in.take(n)) }, nil
		}
	case "enum":
		if w.Type == "enum" {
			return enum(w, r), nil
		}
	case "array":
		if w.Type == "array" {
			elem, err := c.decoder(w.Items, r.Items, t.Elem, path+".element")
			if err != nil {
				return nil, err
			}
			return func(in *input, out *vector.Builder) {
				child := out.Child(0)
				out.AppendList(in.blocks(func() { elem(in, child) }))
			}, nil
		}
	case "map":
		if w.Type == "map" {
			value, err := c.decoder(w.Values, r.Values, t.Elem, path+".value")
			if err != nil {
				return nil, err
			}
			return func(in *input, out *vector.Builder) {
				keys, values := out.Child(0), out.Child(1)
				out.AppendList(in.blocks(func() {
					keys.AppendBytes(in.bytes())
					value(in, values)
				}))
			}, nil
		}
	case "record", "error":
		if w.Type == "record" || w.Type == "error" {
			return c.record(w, r, t, path)
		}
	}
	return fail()
}

func kindOf(n *avro.SchemaNode) string {
	if n.Name != "" {
		return n.Type + " " + fullName(n)
	}
	return n.Type
}

// microsOf is how many microseconds a unit of the writer's timestamp is; without a unit of its own the reader's counts.
func microsOf(w, r *avro.SchemaNode) int64 {
	unit := w.LogicalType
	if unit == "" {
		unit = r.LogicalType
	}
	if unit == "timestamp-millis" || unit == "local-timestamp-millis" {
		return 1000
	}
	return 1
}

func enum(w, r *avro.SchemaNode) reads {
	symbols := make([][]byte, len(w.Symbols))
	for i, s := range w.Symbols {
		switch {
		case slices.Contains(r.Symbols, s):
			symbols[i] = []byte(s)
		case r.HasEnumDefault:
			symbols[i] = []byte(r.EnumDefault)
		}
	}
	return func(in *input, out *vector.Builder) {
		i := in.long()
		if i < 0 || i >= int64(len(symbols)) || symbols[i] == nil {
			in.bad = true
			out.AppendNull()
			return
		}
		out.AppendBytes(symbols[i])
	}
}

// decimal reads an unscaled big-endian number; NULL where it does not fit.
func decimal(t *types.Type, next func(*input) []byte) reads {
	return func(in *input, out *vector.Builder) {
		b := next(in)
		for len(b) > 16 && (b[0] == 0 && b[1] < 0x80 || b[0] == 0xff && b[1] >= 0x80) {
			b = b[1:]
		}
		if len(b) > 16 {
			out.AppendNull()
			return
		}
		var x types.Int128
		if len(b) > 0 && b[0] >= 0x80 {
			x = types.Int128{Hi: -1, Lo: math.MaxUint64}
		}
		for _, c := range b {
			x.Hi = x.Hi<<8 | int64(x.Lo>>56)
			x.Lo = x.Lo<<8 | uint64(c)
		}
		if !x.FitsPrecision(int(t.Precision)) {
			out.AppendNull()
			return
		}
		out.AppendInt128(x)
	}
}

// writerUnion reads the branch that the message names.
func (c *compiler) writerUnion(w, r *avro.SchemaNode, t *types.Type, path string) (reads, error) {
	branches := make([]reads, len(w.Branches))
	var first error
	any := false
	for i := range w.Branches {
		d, err := c.decoder(&w.Branches[i], r, t, path)
		if err != nil {
			if first == nil {
				first = err
			}
			continue // it may never be written
		}
		any = true
		branches[i] = d
	}
	if !any {
		return nil, first
	}
	return func(in *input, out *vector.Builder) {
		i := in.long()
		if i < 0 || i >= int64(len(branches)) || branches[i] == nil {
			in.bad = true
			out.AppendNull()
			return
		}
		branches[i](in, out)
	}, nil
}

// readerUnion reads a value that is no union as the branch of the reader's union that it fits best.
func (c *compiler) readerUnion(w, r *avro.SchemaNode, t *types.Type, path string) (reads, error) {
	if w.Type == "null" {
		if !slices.ContainsFunc(r.Branches, func(b avro.SchemaNode) bool { return b.Type == "null" }) {
			return nil, incompatible(path, "null", "a union without null")
		}
		return func(_ *input, out *vector.Builder) { out.AppendNull() }, nil
	}
	values := c.r.values(r)
	pick, err := c.branch(w, values, path)
	if err != nil {
		return nil, err
	}
	if len(values) == 1 {
		return c.decoder(w, values[0], t, path)
	}
	if wide := widened(values); wide != nil {
		as := &avro.SchemaNode{Type: "long"}
		if wide.Kind == types.Double {
			as.Type = "double"
		}
		return c.decoder(w, as, t, path)
	}
	member, err := c.decoder(w, values[pick], t.Fields[pick].Type, path)
	if err != nil {
		return nil, err
	}
	return func(in *input, out *vector.Builder) {
		for i := range values {
			if i == pick {
				member(in, out.Child(i))
			} else {
				out.Child(i).AppendNull()
			}
		}
		out.AppendStruct()
	}, nil
}

// branch is the first branch of the same type and name, else the first that can be read.
func (c *compiler) branch(w *avro.SchemaNode, branches []*avro.SchemaNode, path string) (int, error) {
	for i, b := range branches {
		if b.Type == w.Type && (b.Name == "" || fullName(b) == fullName(w)) {
			return i, nil
		}
	}
	for i, b := range branches {
		t, _, err := c.r.sqlType(b, nil)
		if err != nil {
			return 0, err
		}
		if _, err := c.decoder(w, b, t, path); err == nil {
			return i, nil
		}
	}
	return 0, incompatible(path, kindOf(w), "a union")
}

// record reads a record field by field, in the writer's order; what the reader has not is passed over, what the writer has not
// takes the reader's default.
func (c *compiler) record(w, r *avro.SchemaNode, t *types.Type, path string) (reads, error) {
	type step struct {
		to   int // the reader's field; -1 to skip
		read reads
		skip func(*input)
	}
	steps := make([]step, 0, len(w.Fields))
	given := make([]bool, len(r.Fields))
	for i := range w.Fields {
		f := &w.Fields[i]
		to := slices.IndexFunc(r.Fields, func(x avro.SchemaField) bool { return x.Name == f.Name })
		if to < 0 {
			to = slices.IndexFunc(r.Fields, func(x avro.SchemaField) bool { return slices.Contains(x.Aliases, f.Name) })
		}
		if to < 0 || given[to] {
			skip, err := c.skipOf(&f.Type)
			if err != nil {
				return nil, err
			}
			steps = append(steps, step{to: -1, skip: skip})
			continue
		}
		d, err := c.decoder(&f.Type, &r.Fields[to].Type, t.Fields[to].Type, path+"."+f.Name)
		if err != nil {
			return nil, err
		}
		given[to] = true
		steps = append(steps, step{to: to, read: d})
	}
	type constant struct {
		to    int
		value *vector.Vector
	}
	var defaults []constant
	for i, ok := range given {
		if ok {
			continue
		}
		f := &r.Fields[i]
		if !f.HasDefault {
			return nil, incompatible(path+"."+f.Name, "nothing", kindOf(c.r.follow(&f.Type))+" without default")
		}
		b := vector.NewBuilder(t.Fields[i].Type, 1)
		if err := c.r.appendDefault(&f.Type, f.Default, b); err != nil {
			return nil, fmt.Errorf("default of %s.%s: %w", path, f.Name, err)
		}
		defaults = append(defaults, constant{i, b.Finish()})
	}
	return func(in *input, out *vector.Builder) {
		for i := range steps {
			if s := &steps[i]; s.to >= 0 {
				s.read(in, out.Child(s.to))
			} else {
				s.skip(in)
			}
		}
		for _, d := range defaults {
			out.Child(d.to).AppendFrom(d.value, 0)
		}
		out.AppendStruct()
	}, nil
}

// skipOf passes over a value of the writer's.
func (c *compiler) skipOf(n *avro.SchemaNode) (func(*input), error) {
	n = c.w.follow(n)
	switch n.Type {
	case "null":
		return func(*input) {}, nil
	case "boolean":
		return func(in *input) { in.boolean() }, nil
	case "int", "long":
		return func(in *input) { in.long() }, nil
	case "float":
		return func(in *input) { in.take(4) }, nil
	case "double":
		return func(in *input) { in.take(8) }, nil
	case "string", "bytes":
		return func(in *input) { in.bytes() }, nil
	case "fixed":
		size := int64(n.Size)
		return func(in *input) { in.take(size) }, nil
	case "enum":
		count := int64(len(n.Symbols))
		return func(in *input) {
			if i := in.long(); i < 0 || i >= count {
				in.bad = true
			}
		}, nil
	case "array":
		item, err := c.skipOf(n.Items)
		return func(in *input) { in.blocks(func() { item(in) }) }, err
	case "map":
		value, err := c.skipOf(n.Values)
		return func(in *input) {
			in.blocks(func() {
				in.bytes()
				value(in)
			})
		}, err
	case "union":
		branches := make([]func(*input), len(n.Branches))
		for i := range n.Branches {
			var err error
			if branches[i], err = c.skipOf(&n.Branches[i]); err != nil {
				return nil, err
			}
		}
		return func(in *input) {
			i := in.long()
			if i < 0 || i >= int64(len(branches)) {
				in.bad = true
				return
			}
			branches[i](in)
		}, nil
	case "record", "error":
		name := fullName(n)
		if s, ok := c.skips[name]; ok {
			return func(in *input) {
				if !in.bad {
					s.skip(in)
				}
			}, nil
		}
		s := &skipper{}
		c.skips[name] = s
		fields := make([]func(*input), len(n.Fields))
		for i := range n.Fields {
			var err error
			if fields[i], err = c.skipOf(&n.Fields[i].Type); err != nil {
				return nil, err
			}
		}
		s.skip = func(in *input) {
			for _, f := range fields {
				f(in)
			}
		}
		return s.skip, nil
	}
	return nil, sqlerr.Unsupported("the Avro type %s", n.Type)
}

// appendDefault appends a default as the schema's parser gives it.
func (s *schema) appendDefault(n *avro.SchemaNode, value any, out *vector.Builder) error {
	n = s.follow(n)
	switch n.Type {
	case "union":
		if value == nil {
			out.AppendNull()
			return nil
		}
		values := s.values(n)
		if len(values) == 1 {
			return s.appendDefault(values[0], value, out)
		}
		if wide := widened(values); wide != nil {
			return s.appendDefault(&avro.SchemaNode{Type: map[bool]string{true: "long", false: "double"}[wide.Kind == types.Long]}, value, out)
		}
		return sqlerr.Unsupported("defaults of Avro unions of several types")
	case "record", "error":
		m, _ := value.(map[string]any)
		for i := range n.Fields {
			f := &n.Fields[i]
			v, ok := m[f.Name]
			if !ok {
				v = f.Default
			}
			if err := s.appendDefault(&f.Type, v, out.Child(i)); err != nil {
				return err
			}
		}
		out.AppendStruct()
		return nil
	case "array":
		list, _ := value.([]any)
		for _, v := range list {
			if err := s.appendDefault(n.Items, v, out.Child(0)); err != nil {
				return err
			}
		}
		out.AppendList(len(list))
		return nil
	case "map":
		m, _ := value.(map[string]any)
		for k, v := range m {
			out.Child(0).AppendString(k)
			if err := s.appendDefault(n.Values, v, out.Child(1)); err != nil {
				return err
			}
		}
		out.AppendList(len(m))
		return nil
	}
	switch v := value.(type) {
	case nil:
		out.AppendNull()
	case bool:
		out.AppendBool(v)
	case int32:
		appendNumber(out, int64(v), n)
	case int64:
		appendNumber(out, v, n)
	case float32:
		out.AppendFloat(float64(v))
	case float64:
		out.AppendFloat(v)
	case string:
		out.AppendString(v)
	case []byte:
		if out.Type().Kind == types.Decimal {
			decimal(out.Type(), func(*input) []byte { return v })(nil, out)
		} else {
			out.AppendBytes(v)
		}
	default:
		return sqlerr.Unsupported("an Avro default of %T", value)
	}
	return nil
}

func appendNumber(out *vector.Builder, v int64, n *avro.SchemaNode) {
	switch out.Type().Kind {
	case types.Float, types.Double:
		out.AppendFloat(float64(v))
	case types.Timestamp, types.TimestampNTZ:
		out.AppendInt(v * microsOf(n, n))
	default:
		out.AppendInt(v)
	}
}
