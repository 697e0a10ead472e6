package protobuf

import (
	"errors"
	"math"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

var errMalformed = errors.New("malformed protobuf")

// occurrence is a value on the wire. Values of one field are chained in the order they were sent.
type occurrence struct {
	number uint64 // of varint and fixed values
	bytes  []byte // of length-delimited values
	wire   protowire.Type
	next   int32 // -1: the last
}

// chain is the values of a field.
type chain struct{ first, last int32 }

// decoder reads messages; its memory serves one message after the other. It is for one goroutine.
type decoder struct {
	occurrences []occurrence
	chains      []chain
}

const maxDepth = 100

// message appends a struct, exactly one, also when it fails.
func (d *decoder) message(p *plan, b []byte, out *vector.Builder, depth int) error {
	base, mark := len(d.chains), len(d.occurrences)
	for range p.fields {
		d.chains = append(d.chains, chain{-1, -1})
	}
	err := d.gather(p, b, base)
	if depth > maxDepth {
		err = errMalformed
	}
	for i := range p.fields {
		c := d.chains[base+i]
		if err != nil {
			c = chain{-1, -1}
		}
		if ferr := d.field(&p.fields[i], c, out.Child(i), depth); err == nil {
			err = ferr
		}
	}
	d.chains, d.occurrences = d.chains[:base], d.occurrences[:mark]
	out.AppendStruct()
	return err
}

// gather finds the values of a message's fields.
func (d *decoder) gather(p *plan, b []byte, base int) error {
	for len(b) > 0 {
		number, wire, n := protowire.ConsumeTag(b)
		if n < 0 {
			return errMalformed
		}
		b = b[n:]
		o := occurrence{wire: wire, next: -1}
		switch wire {
		case protowire.VarintType:
			o.number, n = protowire.ConsumeVarint(b)
		case protowire.Fixed32Type:
			var v uint32
			v, n = protowire.ConsumeFixed32(b)
			o.number = uint64(v)
		case protowire.Fixed64Type:
			o.number, n = protowire.ConsumeFixed64(b)
		case protowire.BytesType:
			o.bytes, n = protowire.ConsumeBytes(b)
		default:
			n = protowire.ConsumeFieldValue(number, wire, b)
		}
		if n < 0 {
			return errMalformed
		}
		b = b[n:]
		i := p.place(number)
		if i < 0 || wire == protowire.StartGroupType {
			continue
		}
		at := int32(len(d.occurrences))
		d.occurrences = append(d.occurrences, o)
		c := &d.chains[base+i]
		if c.first < 0 {
			c.first = at
		} else {
			d.occurrences[c.last].next = at
		}
		c.last = at
	}
	return nil
}

// field appends the value of a field.
func (d *decoder) field(f *field, c chain, out *vector.Builder, depth int) error {
	switch {
	case f.d.IsMap():
		return d.entries(f, c, out, depth)
	case f.d.IsList():
		return d.list(f, c, out, depth)
	case c.first < 0:
		out.AppendValue(f.filler)
		if f.d.Cardinality() == protoreflect.Required {
			return errMalformed
		}
		return nil
	case f.sub != nil && c.first != c.last:
		// A message that was sent in parts is their concatenation.
		var all []byte
		for i := c.first; i >= 0; i = d.occurrences[i].next {
			all = append(all, d.occurrences[i].bytes...)
		}
		return d.value(f, &occurrence{bytes: all, wire: protowire.BytesType}, out, depth)
	}
	o := d.occurrences[c.last]
	return d.value(f, &o, out, depth)
}

func (d *decoder) list(f *field, c chain, out *vector.Builder, depth int) (err error) {
	n := 0
	add := func(o *occurrence) {
		if verr := d.value(f, o, out.Child(0), depth); err == nil {
			err = verr
		}
		n++
	}
	for i := c.first; i >= 0; {
		o := d.occurrences[i]
		i = o.next
		if o.wire != protowire.BytesType || wireOf(f.d.Kind()) == protowire.BytesType {
			add(&o)
			continue
		}
		// Packed.
		for b := o.bytes; len(b) > 0; {
			e := occurrence{wire: wireOf(f.d.Kind())}
			var k int
			switch e.wire {
			case protowire.VarintType:
				e.number, k = protowire.ConsumeVarint(b)
			case protowire.Fixed32Type:
				var v uint32
				v, k = protowire.ConsumeFixed32(b)
				e.number = uint64(v)
			default:
				e.number, k = protowire.ConsumeFixed64(b)
			}
			if k < 0 {
				err = errMalformed
				break
			}
			b = b[k:]
			add(&e)
		}
	}
	out.AppendList(n)
	return err
}

// entries appends a map. Of entries with one key the last counts.
func (d *decoder) entries(f *field, c chain, out *vector.Builder, depth int) (err error) {
	n := 0
	key, value := &f.sub.fields[0], &f.sub.fields[1]
	type entry struct{ key, value chain }
	var list []entry
	seen := map[string]int{}
	mark, base := len(d.occurrences), len(d.chains)
	for i := c.first; i >= 0; i = d.occurrences[i].next {
		d.chains = append(d.chains[:base], chain{-1, -1}, chain{-1, -1})
		if gerr := d.gather(f.sub, d.occurrences[i].bytes, base); gerr != nil {
			err = gerr
			break
		}
		e := entry{d.chains[base], d.chains[base+1]}
		id := ""
		if e.key.last >= 0 {
			o := d.occurrences[e.key.last]
			id = string(protowire.AppendVarint(append([]byte{}, o.bytes...), o.number))
		}
		if at, ok := seen[id]; ok {
			list[at] = e
		} else {
			seen[id] = len(list)
			list = append(list, e)
		}
	}
	for _, e := range list {
		for k, x := range []*field{key, value} {
			ch, child := []chain{e.key, e.value}[k], out.Child(k)
			var verr error
			if ch.first < 0 {
				child.AppendValue(zeroOf(x))
			} else {
				verr = d.field(x, ch, child, depth)
			}
			if err == nil {
				err = verr
			}
		}
		n++
	}
	d.occurrences, d.chains = d.occurrences[:mark], d.chains[:base]
	out.AppendList(n)
	return err
}

// zeroOf is what an entry that was sent without key or value has.
func zeroOf(f *field) any {
	if f.sub != nil {
		return nil
	}
	return defaultOf(f.d, &layout{enumsAsInts: f.enum == nil})
}

func wireOf(k protoreflect.Kind) protowire.Type {
	switch k {
	case protoreflect.Fixed32Kind, protoreflect.Sfixed32Kind, protoreflect.FloatKind:
		return protowire.Fixed32Type
	case protoreflect.Fixed64Kind, protoreflect.Sfixed64Kind, protoreflect.DoubleKind:
		return protowire.Fixed64Type
	case protoreflect.StringKind, protoreflect.BytesKind, protoreflect.MessageKind:
		return protowire.BytesType
	}
	return protowire.VarintType
}

// value appends one value, exactly one, also when it fails.
func (d *decoder) value(f *field, o *occurrence, out *vector.Builder, depth int) error {
	if o.wire != wireOf(f.d.Kind()) {
		out.AppendNull()
		return errMalformed
	}
	switch f.d.Kind() {
	case protoreflect.BoolKind:
		out.AppendBool(o.number != 0)
	case protoreflect.Sint32Kind, protoreflect.Sint64Kind:
		out.AppendInt(protowire.DecodeZigZag(o.number))
	case protoreflect.Int32Kind, protoreflect.Uint32Kind, protoreflect.Fixed32Kind, protoreflect.Sfixed32Kind:
		out.AppendInt(int64(int32(o.number)))
	case protoreflect.Int64Kind, protoreflect.Uint64Kind, protoreflect.Fixed64Kind, protoreflect.Sfixed64Kind:
		out.AppendInt(int64(o.number))
	case protoreflect.FloatKind:
		out.AppendFloat(float64(math.Float32frombits(uint32(o.number))))
	case protoreflect.DoubleKind:
		out.AppendFloat(math.Float64frombits(o.number))
	case protoreflect.StringKind:
		out.AppendBytes(o.bytes)
		if !utf8.Valid(o.bytes) {
			return errMalformed
		}
	case protoreflect.BytesKind:
		out.AppendBytes(o.bytes)
	case protoreflect.EnumKind:
		if f.enum == nil {
			out.AppendInt(int64(int32(o.number)))
		} else if name, ok := f.enum[int32(o.number)]; ok {
			out.AppendString(name)
		} else {
			out.AppendNull()
			return errMalformed
		}
	case protoreflect.MessageKind:
		if f.t.Kind == types.Struct {
			return d.message(f.sub, o.bytes, out, depth+1)
		}
		return d.instant(f, o.bytes, out)
	}
	return nil
}

// instant appends a Timestamp or Duration, which are seconds and nanoseconds.
func (d *decoder) instant(f *field, b []byte, out *vector.Builder) error {
	base, mark := len(d.chains), len(d.occurrences)
	for range f.sub.fields {
		d.chains = append(d.chains, chain{-1, -1})
	}
	err := d.gather(f.sub, b, base)
	var parts [2]int64
	for i := range min(2, len(f.sub.fields)) {
		if at := d.chains[base+i].last; at >= 0 {
			parts[i] = int64(d.occurrences[at].number)
		}
	}
	d.chains, d.occurrences = d.chains[:base], d.occurrences[:mark]
	out.AppendInt(parts[0]*1_000_000 + int64(int32(parts[1]))/1000)
	return err
}
