package csv

import (
	"bufio"
	"io"
	"time"

	"github.com/argan-sql/argan/catalog/file/option"
	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/exec/function/datetime/pattern"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// writesDate compiles the pattern of dates for writing.
func (o *Options) writesDate() (*pattern.Format, error) {
	p := o.DatePattern
	if p == "" {
		p = "yyyy-MM-dd"
	}
	return pattern.ForFormatting(p)
}

// Writer writes batches as CSV.
type Writer struct {
	w          *bufio.Writer
	schema     *types.Type
	delim      string
	quote, esc byte
	escapeEsc  byte
	comment    byte
	null       string
	empty      string
	quoteAll   bool
	escapeQ    bool
	trimLead   bool
	trimTrail  bool
	lineSep    string
	zone       *time.Location
	date       *pattern.Format
	timestamp  *pattern.Format
	ntz        *pattern.Format
	buf        []byte
	line       []byte
	columns    []*vector.Vector
}

// NewWriter starts a file with Spark's options for writing; a header comes first if the option header is set.
func NewWriter(w io.Writer, schema *types.Type, options map[string]string, zone *time.Location) (*Writer, error) {
	o, err := ParseOptions(options, zone, time.Time{})
	if err != nil {
		return nil, err
	}
	s := option.New(options)
	p := &Writer{
		w: bufio.NewWriterSize(w, 64<<10), schema: schema, delim: o.Delimiter, quote: o.Quote, esc: o.Escape, escapeEsc: o.EscapeEscape, comment: o.Comment,
		null: o.NullValue, empty: s.String(`""`, "emptyValue"), quoteAll: s.Bool("quoteAll", false), escapeQ: s.Bool("escapeQuotes", true),
		trimLead: s.Bool("ignoreLeadingWhiteSpace", true), trimTrail: s.Bool("ignoreTrailingWhiteSpace", true), lineSep: s.String("\n", "lineSep"), zone: o.Zone,
	}
	if s.Err() != nil {
		return nil, s.Err()
	}
	for _, f := range schema.Fields {
		switch f.Type.Kind {
		case types.Array, types.Map, types.Struct, types.Variant, types.Calendar, types.Binary, types.Null:
			return nil, sqlerr.New("UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE", "format", "CSV", "columnName", types.Quote(f.Name), "columnType", `"`+f.Type.SQL()+`"`)
		}
	}
	if p.date, err = pattern.ForFormatting(s.String("yyyy-MM-dd", "dateFormat")); err != nil {
		return nil, err
	}
	if p.timestamp, err = pattern.ForFormatting(s.String("yyyy-MM-dd'T'HH:mm:ss[.SSS][XXX]", "timestampFormat")); err != nil {
		return nil, err
	}
	if p.ntz, err = pattern.ForFormatting(s.String("yyyy-MM-dd'T'HH:mm:ss[.SSS]", "timestampNTZFormat")); err != nil {
		return nil, err
	}
	p.columns = make([]*vector.Vector, len(schema.Fields))
	if o.Header {
		p.line = p.line[:0]
		for i, f := range schema.Fields {
			if i > 0 {
				p.line = append(p.line, p.delim...)
			}
			p.put([]byte(f.Name), i == 0)
		}
		return p, p.endLine()
	}
	return p, nil
}

func (p *Writer) endLine() error {
	p.line = append(p.line, p.lineSep...)
	_, err := p.w.Write(p.line)
	return err
}

// Write appends rows.
func (p *Writer) Write(b *vector.Batch) error {
	if len(b.Cols) != len(p.columns) {
		return sqlerr.Internal("a batch of %d columns for a file of %d", len(b.Cols), len(p.columns))
	}
	for i := range p.columns {
		p.columns[i] = b.Column(i)
	}
	for r := range b.Len() {
		p.line = p.line[:0]
		for i, v := range p.columns {
			if i > 0 {
				p.line = append(p.line, p.delim...)
			}
			if v.IsNull(r) {
				p.line = append(p.line, p.null...)
				continue
			}
			if v.Type.IsString() {
				p.put(v.Bytes(r), i == 0)
				continue
			}
			p.buf = p.value(p.buf[:0], v, r)
			p.put(p.buf, i == 0)
		}
		if err := p.endLine(); err != nil {
			return err
		}
	}
	return nil
}

// value appends the text of a value that is no string.
func (p *Writer) value(dst []byte, v *vector.Vector, r int) []byte {
	w, i := v.Values(), v.Index(r)
	switch v.Type.Kind {
	case types.Date:
		return p.date.AppendLocal(dst, int64(w.I32[i])*86_400_000_000)
	case types.Timestamp:
		return p.timestamp.Append(dst, w.I64[i], p.zone)
	case types.TimestampNTZ:
		return p.ntz.AppendLocal(dst, w.I64[i])
	}
	return append(dst, cast.Hive(v, r, p.zone)...)
}

// put appends a field, quoted where reading it back needs that.
func (p *Writer) put(s []byte, first bool) {
	if p.trimLead {
		for len(s) > 0 && s[0] <= ' ' {
			s = s[1:]
		}
	}
	if p.trimTrail {
		s = trimRight(s)
	}
	if len(s) == 0 {
		p.line = append(p.line, p.empty...)
		return
	}
	quoted := p.quoteAll || p.quote != 0 && p.needsQuotes(s, first)
	if !quoted {
		p.line = append(p.line, s...)
		return
	}
	p.line = append(p.line, p.quote)
	for _, c := range s {
		switch {
		case c == p.quote && p.escapeQ && p.esc != 0:
			p.line = append(p.line, p.esc)
		case c == p.esc && p.esc != 0 && p.escapeEsc != 0 && p.esc != p.quote:
			p.line = append(p.line, p.escapeEsc)
		}
		p.line = append(p.line, c)
	}
	p.line = append(p.line, p.quote)
}

func (p *Writer) needsQuotes(s []byte, first bool) bool {
	if p.comment != 0 && first && s[0] == p.comment || s[0] == p.quote {
		return true
	}
	for i, c := range s {
		if c == '\n' || c == '\r' || c == p.quote && p.escapeQ || c == p.delim[0] && (len(p.delim) == 1 || len(s)-i >= len(p.delim) && string(s[i:i+len(p.delim)]) == p.delim) {
			return true
		}
	}
	return false
}

// Close writes what is buffered. The underlying writer stays open.
func (p *Writer) Close() error { return p.w.Flush() }
