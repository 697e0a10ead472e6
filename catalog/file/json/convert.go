package json

import (
	"bytes"
	"encoding/base64"
	"errors"
	"math"
	"strconv"
	"time"

	"github.com/argan-sql/argan/catalog/file/text"
	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// converter appends JSON values to builders. A value that does not suit its type becomes NULL and is noted in bad; the
// rest of the record stays, as in Spark.
type converter struct {
	scanner
	bad bool
	// refused is a value that ends the reading whatever the mode.
	refused error
	buf     []byte
	name    []byte
	// free keeps the places of fields between objects.
	free [][]span
}

// span is the place of a value in the record; to 0: not there.
type span struct{ from, to int }

// checkType refuses types that JSON files cannot hold.
func checkType(f types.Field) error {
	refused := f.Type.HasNested(func(t *types.Type) bool { return t.Kind == types.Calendar || t.Kind == types.Variant })
	if refused {
		return sqlerr.New("UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE", "format", "JSON", "columnName", types.Quote(f.Name), "columnType", `"`+f.Type.SQL()+`"`)
	}
	return nil
}

// places finds the fields of the object at i, by name; the last of several counts. ok is false when the object is broken.
func (c *converter) places(i int, fields []types.Field) (at []span, ok bool) {
	var out []span
	if n := len(c.free); n > 0 {
		out, c.free = c.free[n-1], c.free[:n-1]
	}
	if cap(out) < len(fields) {
		out = make([]span, len(fields))
	}
	out = out[:len(fields)]
	clear(out)
	next := 0 // objects mostly have their fields in one order
	end := c.eachField(i, 0, func(nameFrom, nameTo, from, to int) {
		name := unquote(c.b[nameFrom:nameTo], &c.name)
		for k := range fields {
			at := next + k
			if at >= len(fields) {
				at -= len(fields)
			}
			if string(name) == fields[at].Name {
				out[at] = span{from, to}
				next = at + 1
				return
			}
		}
	})
	return out, end >= 0
}

func (c *converter) done(s []span) { c.free = append(c.free, s) }

func (c *converter) fail(b *vector.Builder) {
	c.bad = true
	b.AppendNull()
}

// value appends the value at p.
func (c *converter) value(b *vector.Builder, t *types.Type, p span) {
	raw := c.b[p.from:p.to]
	if len(raw) == 0 || raw[0] == 'n' {
		b.AppendNull()
		return
	}
	isString := raw[0] == '"' || raw[0] == '\''
	switch t.Kind {
	case types.String, types.Char, types.Varchar:
		if isString {
			b.AppendBytes(unquote(raw, &c.buf))
		} else {
			b.AppendBytes(c.plainText(raw, p))
		}
		return
	case types.Struct:
		if raw[0] != '{' {
			c.fail(b)
			return
		}
		at, _ := c.places(p.from, t.Fields) // the record has been walked over: it is whole
		for i, f := range t.Fields {
			c.value(b.Child(i), f.Type, at[i])
		}
		c.done(at)
		b.AppendStruct()
		return
	case types.Array:
		if raw[0] != '[' {
			c.fail(b)
			return
		}
		n := 0
		c.eachElement(p.from, 0, func(from, to int) {
			c.value(b.Child(0), t.Elem, span{from, to})
			n++
		})
		b.AppendList(n)
		return
	case types.Map:
		if raw[0] != '{' {
			c.fail(b)
			return
		}
		n := 0
		c.eachField(p.from, 0, func(nameFrom, nameTo, from, to int) {
			b.Child(0).AppendBytes(unquote(c.b[nameFrom:nameTo], &c.name))
			c.value(b.Child(1), t.Elem, span{from, to})
			n++
		})
		b.AppendList(n)
		return
	}
	if isString {
		s := unquote(raw, &c.buf)
		if len(s) == 0 && t.Kind != types.Binary { // an empty string is no value of these types
			c.fail(b)
			return
		}
		c.fromString(b, t, s)
		return
	}
	c.fromToken(b, t, raw)
}

// fromString reads a quoted value.
func (c *converter) fromString(b *vector.Builder, t *types.Type, s []byte) {
	ok := false
	var x int64
	var err error
	switch t.Kind {
	case types.Date:
		var d int32
		if d, ok, err = c.o.parseDate(s); ok {
			b.AppendInt(int64(d))
		}
	case types.Timestamp:
		if x, ok, err = c.o.parseTimestamp(s); ok {
			b.AppendInt(x)
		}
	case types.TimestampNTZ:
		if x, ok, err = c.o.parseNTZ(s); ok {
			b.AppendInt(x)
		}
	case types.Decimal:
		var d types.Int128
		if d, ok = text.ParseDecimal(bytes.ReplaceAll(s, []byte{','}, nil), int(t.Precision), int(t.Scale)); ok {
			b.AppendInt128(d)
		}
	case types.Float, types.Double:
		var f float64
		if f, ok = nonNumber(string(s)); ok && c.o.NonNumeric {
			b.AppendFloat(f)
		} else {
			ok = false
		}
	case types.Binary:
		out := make([]byte, base64.StdEncoding.DecodedLen(len(s)))
		if n, err := base64.StdEncoding.Decode(out, s); err == nil {
			b.AppendBytes(out[:n])
			ok = true
		}
	case types.YearMonth:
		if m, err := cast.CastYearMonth(string(s), t.From, t.To); err == nil {
			b.AppendInt(int64(m))
			ok = true
		}
	case types.DayTime:
		if m, err := cast.CastDayTime(string(s), t.From, t.To); err == nil {
			b.AppendInt(m)
			ok = true
		}
	}
	if err != nil && c.refused == nil {
		c.refused = err
	}
	if !ok {
		c.fail(b)
	}
}

func nonNumber(s string) (float64, bool) {
	switch s {
	case "NaN":
		return math.NaN(), true
	case "+INF", "INF", "+Infinity", "Infinity":
		return math.Inf(1), true
	case "-INF", "-Infinity":
		return math.Inf(-1), true
	}
	return 0, false
}

func isInteger(raw []byte) bool {
	return (raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9') && !bytes.ContainsAny(raw, ".eEI")
}

// fromToken reads a number or a boolean.
func (c *converter) fromToken(b *vector.Builder, t *types.Type, raw []byte) {
	lo, hi := int64(math.MinInt64), int64(math.MaxInt64)
	switch t.Kind {
	case types.Boolean:
		if raw[0] == 't' || raw[0] == 'f' {
			b.AppendBool(raw[0] == 't')
			return
		}
	case types.Byte:
		lo, hi = math.MinInt8, math.MaxInt8
	case types.Short:
		lo, hi = math.MinInt16, math.MaxInt16
	case types.Int:
		lo, hi = math.MinInt32, math.MaxInt32
	case types.Float, types.Double:
		bits := 64
		if t.Kind == types.Float {
			bits = 32
		}
		if f, ok := nonNumber(string(raw)); ok {
			b.AppendFloat(f)
			return
		}
		if raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9' {
			f, _ := strconv.ParseFloat(string(raw), bits) // beyond the range it is an infinity, as in Java
			b.AppendFloat(f)
			return
		}
	case types.Decimal:
		if d, ok := text.ParseDecimal(raw, int(t.Precision), int(t.Scale)); ok {
			b.AppendInt128(d)
			return
		}
	}
	switch t.Kind {
	case types.Byte, types.Short, types.Int, types.Long, types.Timestamp:
		if isInteger(raw) {
			if x, ok := cast.ParseInt(raw, false); ok && x >= lo && x <= hi {
				if t.Kind == types.Timestamp { // seconds
					x *= 1_000_000
				}
				b.AppendInt(x)
				return
			}
		}
	}
	c.fail(b)
}

// plainText is what a string column gets of a value that is no string: its JSON text, without blanks and with numbers as
// Java prints them.
func (c *converter) plainText(raw []byte, p span) []byte {
	switch raw[0] {
	case '{', '[':
		c.buf = c.appendCompact(c.buf[:0], p.from)
		return c.buf
	case 't', 'f':
		return raw
	}
	c.buf = appendNumber(c.buf[:0], raw)
	return c.buf
}

func appendNumber(dst, raw []byte) []byte {
	if isInteger(raw) {
		return append(dst, raw...)
	}
	if f, ok := nonNumber(string(raw)); ok {
		return append(append(append(dst, '"'), cast.FormatDouble(f)...), '"')
	}
	f, _ := strconv.ParseFloat(string(raw), 64)
	return cast.AppendDouble(dst, f)
}

// appendCompact appends the value at i without blanks.
func (c *converter) appendCompact(dst []byte, i int) []byte {
	n := 0
	switch c.b[i] {
	case '{':
		dst = append(dst, '{')
		c.eachField(i, 0, func(nameFrom, nameTo, from, _ int) {
			if n++; n > 1 {
				dst = append(dst, ',')
			}
			dst = cast.AppendJSONString(dst, unquote(c.b[nameFrom:nameTo], &c.name))
			dst = append(dst, ':')
			dst = c.appendCompact(dst, from)
		})
		return append(dst, '}')
	case '[':
		dst = append(dst, '[')
		c.eachElement(i, 0, func(from, _ int) {
			if n++; n > 1 {
				dst = append(dst, ',')
			}
			dst = c.appendCompact(dst, from)
		})
		return append(dst, ']')
	case '"', '\'':
		return cast.AppendJSONString(dst, unquote(c.b[i:c.skip(i, 0)], &c.name))
	case 't', 'f', 'n':
		return append(dst, c.b[i:c.skip(i, 0)]...)
	}
	return appendNumber(dst, c.b[i:c.skip(i, 0)])
}

func (o *Options) parseDate(s []byte) (int32, bool, error) {
	if o.Date == nil {
		d, ok := cast.ParseDate(s)
		return d, ok, nil
	}
	x, ok, err := parsed(o.Date.ParseLocal(string(s)))
	if !ok {
		return 0, false, err
	}
	return cast.InstantToDate(x, time.UTC), true, nil
}

func (o *Options) parseTimestamp(s []byte) (int64, bool, error) {
	if o.Timestamp == nil {
		x, ok := cast.ParseTimestamp(s, o.Zone, o.Now)
		return x, ok, nil
	}
	return parsed(o.Timestamp.Parse(string(s), o.Zone))
}

func (o *Options) parseNTZ(s []byte) (int64, bool, error) {
	if o.NTZ == nil {
		x, ok := cast.ParseTimestampNTZ(s)
		return x, ok, nil
	}
	return parsed(o.NTZ.ParseLocal(string(s)))
}

// parsed tells a text that does not fit its pattern from one that Spark refuses, since its version 2 read it otherwise.
func parsed(x int64, err error) (int64, bool, error) {
	var refused *sqlerr.Error
	if errors.As(err, &refused) {
		return 0, false, refused
	}
	return x, err == nil, nil
}
