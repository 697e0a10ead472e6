package json

import (
	"bufio"
	"encoding/base64"
	"io"
	"math"
	"strconv"
	"time"

	"github.com/argan-sql/argan/catalog/file/option"
	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/exec/function/datetime/pattern"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// Writer writes batches as JSON, an object per line.
type Writer struct {
	w                    *bufio.Writer
	schema               *types.Type
	ignoreNull           bool
	lineSep              string
	zone                 *time.Location
	date, timestamp, ntz *pattern.Format
	columns              []*vector.Vector
	line                 []byte
}

// NewWriter starts a file with Spark's options for writing.
func NewWriter(w io.Writer, schema *types.Type, options map[string]string, zone *time.Location) (*Writer, error) {
	s := option.New(options)
	s.Locale()
	p := &Writer{w: bufio.NewWriterSize(w, 64<<10), schema: schema, ignoreNull: s.Bool("ignoreNullFields", true), lineSep: s.String("\n", "lineSep"), zone: s.Zone(zone)}
	if s.Err() != nil {
		return nil, s.Err()
	}
	for _, f := range schema.Fields {
		if err := checkType(f); err != nil {
			return nil, err
		}
	}
	var err error
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
	return p, nil
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
		p.line = p.object(p.line[:0], p.schema.Fields, p.columns, r)
		p.line = append(p.line, p.lineSep...)
		if _, err := p.w.Write(p.line); err != nil {
			return err
		}
	}
	return nil
}

// Close writes what is buffered. The underlying writer stays open.
func (p *Writer) Close() error { return p.w.Flush() }

func (p *Writer) object(dst []byte, fields []types.Field, values []*vector.Vector, i int) []byte {
	dst = append(dst, '{')
	n := 0
	for k, f := range fields {
		if p.ignoreNull && values[k].IsNull(i) {
			continue
		}
		if n++; n > 1 {
			dst = append(dst, ',')
		}
		dst = cast.AppendJSONString(dst, []byte(f.Name))
		dst = append(dst, ':')
		dst = p.value(dst, values[k], i)
	}
	return append(dst, '}')
}

func (p *Writer) value(dst []byte, v *vector.Vector, i int) []byte {
	if v.IsNull(i) {
		return append(dst, "null"...)
	}
	t := v.Type
	w, at := v.Values(), v.Index(i)
	switch t.Kind {
	case types.Boolean:
		return strconv.AppendBool(dst, w.Bools[at])
	case types.Float, types.Double:
		var f float64
		if t.Kind == types.Float {
			f = float64(w.F32[at])
		} else {
			f = w.F64[at]
		}
		quoted := math.IsNaN(f) || math.IsInf(f, 0)
		if quoted {
			dst = append(dst, '"')
		}
		if t.Kind == types.Float {
			dst = cast.AppendFloat(dst, w.F32[at])
		} else {
			dst = cast.AppendDouble(dst, f)
		}
		if quoted {
			dst = append(dst, '"')
		}
		return dst
	case types.Date:
		return append(p.date.AppendLocal(append(dst, '"'), int64(w.I32[at])*86_400_000_000), '"')
	case types.Timestamp:
		return append(p.timestamp.Append(append(dst, '"'), w.I64[at], p.zone), '"')
	case types.TimestampNTZ:
		return append(p.ntz.AppendLocal(append(dst, '"'), w.I64[at]), '"')
	case types.Binary:
		dst = append(dst, '"')
		dst = base64.StdEncoding.AppendEncode(dst, v.Bytes(i))
		return append(dst, '"')
	case types.String, types.Char, types.Varchar:
		return cast.AppendJSONString(dst, v.Bytes(i))
	case types.Struct:
		return p.object(dst, t.Fields, w.Children, at)
	case types.Array:
		dst = append(dst, '[')
		r := w.Ranges[at]
		for j := r.Off; j < r.Off+r.Len; j++ {
			if j > r.Off {
				dst = append(dst, ',')
			}
			dst = p.value(dst, w.Children[0], int(j))
		}
		return append(dst, ']')
	case types.Map:
		dst = append(dst, '{')
		r := w.Ranges[at]
		for j := r.Off; j < r.Off+r.Len; j++ {
			if j > r.Off {
				dst = append(dst, ',')
			}
			dst = cast.AppendJSONString(dst, []byte(cast.Hive(w.Children[0], int(j), p.zone)))
			dst = append(dst, ':')
			dst = p.value(dst, w.Children[1], int(j))
		}
		return append(dst, '}')
	case types.YearMonth, types.DayTime:
		return cast.AppendJSONString(dst, []byte(cast.ValueSQL(v, i)))
	}
	return append(dst, cast.Hive(v, i, p.zone)...)
}
