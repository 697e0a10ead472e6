package csv

import (
	"bytes"
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

// parser appends the value of a field to a builder; false says that it is none of the type (nothing is then appended).
type parser func(b *vector.Builder, s []byte) bool

// parserOf is the parser of a type, as Spark's reader of CSV converts.
//
// Where Spark refuses to read a text that its version 2 would have read otherwise, fault is called with the error.
func (o *Options) parserOf(f types.Field, fault func(error)) (parser, error) {
	t := f.Type
	switch t.Kind {
	case types.String, types.Char, types.Varchar, types.Binary:
		return func(b *vector.Builder, s []byte) bool { b.AppendBytes(s); return true }, nil
	case types.Boolean:
		return func(b *vector.Builder, s []byte) bool {
			x, ok := parseBool(s)
			if ok {
				b.AppendBool(x)
			}
			return ok
		}, nil
	case types.Byte:
		return intParser(math.MinInt8, math.MaxInt8), nil
	case types.Short:
		return intParser(math.MinInt16, math.MaxInt16), nil
	case types.Int:
		return intParser(math.MinInt32, math.MaxInt32), nil
	case types.Long:
		return intParser(math.MinInt64, math.MaxInt64), nil
	case types.Float, types.Double:
		bits := 64
		if t.Kind == types.Float {
			bits = 32
		}
		return func(b *vector.Builder, s []byte) bool {
			x, ok := o.parseFloat(s, bits)
			if ok {
				b.AppendFloat(x)
			}
			return ok
		}, nil
	case types.Decimal:
		return func(b *vector.Builder, s []byte) bool {
			if bytes.IndexByte(s, ',') >= 0 { // the separator of thousands in en-US
				s = bytes.ReplaceAll(s, []byte{','}, nil)
			}
			x, ok := text.ParseDecimal(s, int(t.Precision), int(t.Scale))
			if ok {
				b.AppendInt128(x)
			}
			return ok
		}, nil
	case types.Date:
		return func(b *vector.Builder, s []byte) bool {
			d, ok, err := o.parseDate(s)
			if ok {
				b.AppendInt(int64(d))
			} else if err != nil {
				fault(err)
			}
			return ok
		}, nil
	case types.Timestamp:
		return func(b *vector.Builder, s []byte) bool {
			x, ok, err := o.parseTimestamp(s)
			if ok {
				b.AppendInt(x)
			} else if err != nil {
				fault(err)
			}
			return ok
		}, nil
	case types.TimestampNTZ:
		return func(b *vector.Builder, s []byte) bool {
			x, ok, err := o.parseNTZ(s)
			if ok {
				b.AppendInt(x)
			} else if err != nil {
				fault(err)
			}
			return ok
		}, nil
	case types.YearMonth:
		return func(b *vector.Builder, s []byte) bool {
			x, err := cast.CastYearMonth(string(s), t.From, t.To)
			if err == nil {
				b.AppendInt(int64(x))
			}
			return err == nil
		}, nil
	case types.DayTime:
		return func(b *vector.Builder, s []byte) bool {
			x, err := cast.CastDayTime(string(s), t.From, t.To)
			if err == nil {
				b.AppendInt(x)
			}
			return err == nil
		}, nil
	case types.Null:
		return func(b *vector.Builder, s []byte) bool { b.AppendNull(); return true }, nil
	}
	return nil, sqlerr.New("UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE", "format", "CSV", "columnName", types.Quote(f.Name), "columnType", `"`+t.SQL()+`"`)
}

// blank says whether whitespace surrounds s, which Java's integers do not allow.
func blank(s []byte) bool { return len(s) == 0 || s[0] <= ' ' || s[len(s)-1] <= ' ' }

func parseInt(s []byte) (int64, bool) {
	if blank(s) {
		return 0, false
	}
	return cast.ParseInt(s, false)
}

func intParser(lo, hi int64) parser {
	return func(b *vector.Builder, s []byte) bool {
		x, ok := parseInt(s)
		if !ok || x < lo || x > hi {
			return false
		}
		b.AppendInt(x)
		return true
	}
}

func parseBool(s []byte) (x, ok bool) {
	switch {
	case len(s) == 4 && bytes.EqualFold(s, []byte("true")):
		return true, true
	case len(s) == 5 && bytes.EqualFold(s, []byte("false")):
		return false, true
	}
	return false, false
}

func (o *Options) parseFloat(s []byte, bits int) (float64, bool) {
	switch string(s) {
	case o.NaN:
		return math.NaN(), true
	case o.PositiveInf:
		return math.Inf(1), true
	case o.NegativeInf:
		return math.Inf(-1), true
	}
	t := bytes.TrimFunc(s, func(r rune) bool { return r <= ' ' })
	word := bytes.TrimLeft(t, "+-")
	if len(t) == 0 || len(t)-len(word) > 1 {
		return 0, false
	}
	if len(word) > 0 && (word[0] < '0' || word[0] > '9') && word[0] != '.' {
		neg := t[0] == '-'
		switch string(word) {
		case "NaN":
			return math.NaN(), true
		case "Infinity":
			if neg {
				return math.Inf(-1), true
			}
			return math.Inf(1), true
		}
		return 0, false
	}
	if f, err := strconv.ParseFloat(string(t), bits); err == nil && bytes.IndexByte(t, '_') < 0 && bytes.IndexByte(t, 'x') < 0 {
		return f, true
	}
	return cast.ParseFloat(t, bits)
}

func (o *Options) parseDate(s []byte) (int32, bool, error) {
	if o.Date == nil {
		d, ok := cast.ParseDate(s)
		return d, ok, nil
	}
	if o.DatePattern == "yyyy-MM-dd" && len(s) == 10 { // the default, without the machinery of patterns
		if d, ok := isoDate(s); ok {
			return d, true, nil
		}
	}
	x, ok, err := parsed(o.Date.ParseLocal(string(s)))
	if !ok {
		return 0, false, err
	}
	return cast.InstantToDate(x, time.UTC), true, nil
}

func isoDate(s []byte) (int32, bool) {
	var part [3]int
	k := 0
	for i, c := range s {
		if i == 4 || i == 7 {
			if c != '-' {
				return 0, false
			}
			k++
			continue
		}
		if c < '0' || c > '9' {
			return 0, false
		}
		part[k] = part[k]*10 + int(c-'0')
	}
	y, m, d := part[0], part[1], part[2]
	if m < 1 || m > 12 || d < 1 || d > cast.DaysInMonth(y, m) {
		return 0, false
	}
	return int32(cast.Days(y, m, d)), true
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

// parsed tells a text that does not fit its pattern from one that Spark refuses.
func parsed(x int64, err error) (int64, bool, error) {
	var refused *sqlerr.Error
	if errors.As(err, &refused) {
		return 0, false, refused
	}
	return x, err == nil, nil
}
