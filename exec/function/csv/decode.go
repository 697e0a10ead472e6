package csv

import (
	"bytes"
	"encoding/base64"
	"errors"
	"math"
	"strings"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/record"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// decoder reads CSV lines as values of a struct type, for from_csv. It is for one goroutine.
type decoder struct {
	dialect
	schema  *types.Type
	times   *record.Times
	mode    record.Mode
	corrupt int // the field that takes malformed records; -1 for none
	// fieldOf[i] is the schema's field that column i of a line fills.
	fieldOf                       []int
	nan, positiveInf, negativeInf string
	fields                        []field
	buf                           []byte
}

// newDecoder makes a decoder for a schema.
func newDecoder(ctx *function.Context, schema *types.Type, o record.Options, mode record.Mode) (*decoder, error) {
	times, err := record.NewTimes(ctx, o, true)
	if err != nil {
		return nil, err
	}
	dialect, err := newDialect(o, true)
	if err != nil {
		return nil, err
	}
	d := &decoder{
		dialect: dialect, schema: schema, times: times, mode: mode, corrupt: -1,
		nan: o.Get("nanValue", "NaN"), positiveInf: o.Get("positiveInf", "Inf"), negativeInf: o.Get("negativeInf", "-Inf"),
	}
	name := o.CorruptColumn(ctx)
	for i, f := range schema.Fields {
		if f.Name == name && f.Type.IsString() {
			d.corrupt = i
			continue
		}
		d.fieldOf = append(d.fieldOf, i)
	}
	return d, nil
}

// append reads one line and appends its value to out, which has the decoder's type.
func (d *decoder) append(line []byte, out *vector.Builder) error {
	d.fields, d.buf = d.split(d.fields[:0], d.buf[:0], line)
	partial, err := d.row(line, len(d.fields) != len(d.fieldOf), out)
	if err == nil && partial && d.mode == record.FailFast {
		return record.Malformed(line)
	}
	return err
}

func (d *decoder) row(line []byte, partial bool, out *vector.Builder) (bool, error) {
	for k, f := range d.fieldOf {
		child := out.Child(f)
		if k >= len(d.fields) {
			child.AppendNull()
			continue
		}
		if err := d.value(d.schema.Fields[f].Type, d.fields[k], child); err != nil {
			if !errors.Is(err, record.ErrValue) {
				return false, err
			}
			partial = true
			child.AppendNull()
		}
	}
	if d.corrupt >= 0 {
		if partial {
			out.Child(d.corrupt).AppendBytes(line)
		} else {
			out.Child(d.corrupt).AppendNull()
		}
	}
	out.AppendStruct()
	return partial, nil
}

// value appends a field; ErrValue when it is no value of the type, then nothing was appended.
func (d *decoder) value(t *types.Type, f field, out *vector.Builder) error {
	s := f.Text
	if len(s) == 0 && f.Quoted {
		s = d.emptyValue
	}
	if bytes.Equal(s, d.nullValue) {
		out.AppendNull()
		return nil
	}
	switch t.Kind {
	case types.Boolean:
		switch {
		case strings.EqualFold(string(s), "true"):
			out.AppendBool(true)
		case strings.EqualFold(string(s), "false"):
			out.AppendBool(false)
		default:
			return record.ErrValue
		}
	case types.Byte, types.Short, types.Int, types.Long:
		x, err := record.Integer(t, s)
		if err != nil {
			return err
		}
		out.AppendInt(x)
	case types.Float, types.Double:
		switch string(s) {
		case d.nan:
			out.AppendFloat(math.NaN())
			return nil
		case d.positiveInf:
			out.AppendFloat(math.Inf(1))
			return nil
		case d.negativeInf:
			out.AppendFloat(math.Inf(-1))
			return nil
		}
		x, err := record.Float(t, bytes.TrimSpace(s))
		if err != nil {
			return err
		}
		out.AppendFloat(x)
	case types.Decimal:
		return record.AppendDecimal(t, s, out)
	case types.Date, types.Timestamp, types.TimestampNTZ:
		x, err := d.times.Read(s, t.Kind)
		if err != nil {
			return err
		}
		out.AppendInt(x)
	case types.String:
		out.AppendBytes(s)
	case types.Binary:
		b, err := base64.StdEncoding.DecodeString(string(s))
		if err != nil {
			b = s
		}
		out.AppendBytes(b)
	case types.Calendar, types.YearMonth, types.DayTime:
		return record.AppendInterval(t, bytes.TrimSpace(s), out)
	case types.Null:
		out.AppendNull()
	default:
		return sqlerr.New("UNSUPPORTED_DATATYPE", "typeName", `"`+t.SQL()+`"`)
	}
	return nil
}
