package render

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// jsonWriter writes {"schema":[…],"data":[[…]],"rows":n,…}.
type jsonWriter struct {
	out  *bufio.Writer
	o    Options
	rows int64
}

type jsonField struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	Nullable bool   `json:"nullable"`
}

func (w *jsonWriter) Begin(schema *types.Type) error {
	fields := make([]jsonField, len(schema.Fields))
	for i, f := range schema.Fields {
		fields[i] = jsonField{f.Name, f.Type.SQL(), f.Nullable}
	}
	raw, err := json.Marshal(fields)
	if err != nil {
		return err
	}
	_, _ = w.out.WriteString(`{"schema":`)
	_, _ = w.out.Write(raw)
	_, err = w.out.WriteString(`,"data":[`)
	return err
}

func (w *jsonWriter) Batch(b *vector.Batch) error {
	var line []byte
	for i := range b.Len() {
		line = line[:0]
		if w.rows > 0 {
			line = append(line, ',', '\n')
		}
		line = append(line, '[')
		for c := range b.Cols {
			if c > 0 {
				line = append(line, ',')
			}
			line = AppendJSON(line, b.Column(c), i, w.o)
		}
		line = append(line, ']')
		w.rows++
		if _, err := w.out.Write(line); err != nil {
			return err
		}
	}
	return w.out.Flush()
}

func (w *jsonWriter) End(t Tail) error {
	fmt.Fprintf(w.out, `],"rows":%d`, w.rows)
	if t.Affected >= 0 {
		fmt.Fprintf(w.out, `,"affected_rows":%d`, t.Affected)
	}
	if t.Version >= 0 {
		fmt.Fprintf(w.out, `,"commit_version":%d`, t.Version)
	}
	if w.o.StatementID != "" {
		fmt.Fprintf(w.out, `,"statement_id":%q`, w.o.StatementID)
	}
	_, _ = w.out.WriteString("}\n")
	return w.out.Flush()
}

func (w *jsonWriter) Fail(*sqlerr.Error) error { return w.out.Flush() }

// ndjsonWriter writes an object a row.
type ndjsonWriter struct {
	out  *bufio.Writer
	o    Options
	keys [][]byte
}

func (w *ndjsonWriter) Begin(schema *types.Type) error {
	seen := map[string]int{}
	for _, f := range schema.Fields {
		name := f.Name
		seen[f.Name]++
		if n := seen[f.Name]; n > 1 {
			name = fmt.Sprintf("%s_%d", f.Name, n)
		}
		w.keys = append(w.keys, append(appendQuoted(nil, []byte(name)), ':'))
	}
	return nil
}

func (w *ndjsonWriter) Batch(b *vector.Batch) error {
	var line []byte
	for i := range b.Len() {
		line = append(line[:0], '{')
		for c := range b.Cols {
			if c > 0 {
				line = append(line, ',')
			}
			line = append(line, w.keys[c]...)
			line = AppendJSON(line, b.Column(c), i, w.o)
		}
		line = append(line, '}', '\n')
		if _, err := w.out.Write(line); err != nil {
			return err
		}
	}
	return w.out.Flush()
}

func (w *ndjsonWriter) End(Tail) error { return w.out.Flush() }

func (w *ndjsonWriter) Fail(e *sqlerr.Error) error {
	raw, err := json.Marshal(map[string]any{"error": map[string]string{"class": e.Class, "sqlstate": e.SQLSTATE, "message": e.Error()}})
	if err != nil {
		return err
	}
	_, _ = w.out.Write(append(raw, '\n'))
	return w.out.Flush()
}

// AppendJSON appends row i of v as JSON: numbers keep every digit, DECIMAL is a string, NaN and infinities are strings,
// TIMESTAMP is RFC 3339 with offset, BINARY base64, a MAP with string keys an object, other maps lists of pairs.
func AppendJSON(dst []byte, v *vector.Vector, i int, o Options) []byte {
	if v.IsNull(i) {
		return append(dst, "null"...)
	}
	w, at := v.Values(), v.Index(i)
	switch v.Type.Kind {
	case types.Boolean:
		return strconv.AppendBool(dst, w.Bools[at])
	case types.Byte:
		return strconv.AppendInt(dst, int64(w.I8[at]), 10)
	case types.Short:
		return strconv.AppendInt(dst, int64(w.I16[at]), 10)
	case types.Int:
		return strconv.AppendInt(dst, int64(w.I32[at]), 10)
	case types.Long:
		if o.BigintAsString {
			dst = append(dst, '"')
			dst = strconv.AppendInt(dst, w.I64[at], 10)
			return append(dst, '"')
		}
		return strconv.AppendInt(dst, w.I64[at], 10)
	case types.Float:
		return appendFloat(dst, float64(w.F32[at]), 32)
	case types.Double:
		return appendFloat(dst, w.F64[at], 64)
	case types.String, types.Char, types.Varchar:
		return appendQuoted(dst, v.Bytes(i))
	case types.Binary:
		return appendQuoted(dst, []byte(base64.StdEncoding.EncodeToString(v.Bytes(i))))
	case types.Timestamp:
		dst = append(dst, '"')
		dst = time.UnixMicro(w.I64[at]).In(o.Zone).AppendFormat(dst, "2006-01-02T15:04:05.999999Z07:00")
		return append(dst, '"')
	case types.TimestampNTZ:
		dst = append(dst, '"')
		dst = time.UnixMicro(w.I64[at]).UTC().AppendFormat(dst, "2006-01-02T15:04:05.999999")
		return append(dst, '"')
	case types.Array:
		r := w.Ranges[at]
		dst = append(dst, '[')
		for j := range r.Len {
			if j > 0 {
				dst = append(dst, ',')
			}
			dst = AppendJSON(dst, w.Children[0], int(r.Off+j), o)
		}
		return append(dst, ']')
	case types.Map:
		r := w.Ranges[at]
		object := v.Type.Key.IsString()
		dst = append(dst, map[bool]byte{true: '{', false: '['}[object])
		for j := range r.Len {
			if j > 0 {
				dst = append(dst, ',')
			}
			k := int(r.Off + j)
			if object {
				dst = append(AppendJSON(dst, w.Children[0], k, o), ':')
				dst = AppendJSON(dst, w.Children[1], k, o)
				continue
			}
			dst = append(AppendJSON(append(dst, '['), w.Children[0], k, o), ',')
			dst = append(AppendJSON(dst, w.Children[1], k, o), ']')
		}
		return append(dst, map[bool]byte{true: '}', false: ']'}[object])
	case types.Struct:
		dst = append(dst, '{')
		for k, f := range v.Type.Fields {
			if k > 0 {
				dst = append(dst, ',')
			}
			dst = append(appendQuoted(dst, []byte(f.Name)), ':')
			dst = AppendJSON(dst, w.Children[k], at, o)
		}
		return append(dst, '}')
	}
	// Decimals, dates and intervals: the text that Spark prints.
	return appendQuoted(dst, []byte(cast.Hive(v, i, o.Zone)))
}

func appendFloat(dst []byte, f float64, bits int) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, `"NaN"`...)
	case math.IsInf(f, 1):
		return append(dst, `"Infinity"`...)
	case math.IsInf(f, -1):
		return append(dst, `"-Infinity"`...)
	}
	if bits == 32 {
		return cast.AppendFloat(dst, float32(f))
	}
	return cast.AppendDouble(dst, f)
}

const hexDigits = "0123456789abcdef"

// appendQuoted appends text as a JSON string; bytes that are not UTF-8 become the replacement character.
func appendQuoted(dst, s []byte) []byte {
	dst = append(dst, '"')
	for len(s) > 0 {
		c := s[0]
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c == '\t':
			dst = append(dst, '\\', 't')
		case c == '\r':
			dst = append(dst, '\\', 'r')
		case c < ' ':
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		case c < utf8.RuneSelf:
			dst = append(dst, c)
		default:
			r, n := utf8.DecodeRune(s)
			dst = utf8.AppendRune(dst, r)
			s = s[n:]
			continue
		}
		s = s[1:]
	}
	return append(dst, '"')
}
