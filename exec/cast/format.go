package cast

import (
	"math"
	"strconv"
	"time"

	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// FormatDouble is Java's Double.toString: 1.0, 1.0E10, NaN, Infinity.
func FormatDouble(f float64) string { return string(AppendDouble(nil, f)) }

// FormatFloat is Java's Float.toString.
func FormatFloat(f float32) string { return string(AppendFloat(nil, f)) }

// AppendDouble appends what FormatDouble gives.
func AppendDouble(dst []byte, f float64) []byte { return appendJava(dst, f, 64) }

// AppendFloat appends what FormatFloat gives.
func AppendFloat(dst []byte, f float32) []byte { return appendJava(dst, float64(f), 32) }

func appendJava(dst []byte, f float64, bits int) []byte {
	a := math.Abs(f)
	switch {
	case f != f:
		return append(dst, "NaN"...)
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	case a == 0:
		if math.Signbit(f) {
			return append(dst, "-0.0"...)
		}
		return append(dst, "0.0"...)
	case a >= 1e-3 && a < 1e7:
		from := len(dst)
		dst = strconv.AppendFloat(dst, f, 'f', -1, bits)
		for _, c := range dst[from:] {
			if c == '.' {
				return dst
			}
		}
		return append(dst, ".0"...)
	}
	var buf [32]byte
	s := strconv.AppendFloat(buf[:0], f, 'e', -1, bits)
	dot := false
	for i, c := range s {
		if c == '.' {
			dot = true
		}
		if c != 'e' {
			dst = append(dst, c)
			continue
		}
		if !dot {
			dst = append(dst, ".0"...)
		}
		dst = append(dst, 'E')
		s = s[i+1:]
		break
	}
	if s[0] == '-' {
		dst = append(dst, '-')
	}
	s = s[1:]
	for len(s) > 1 && s[0] == '0' {
		s = s[1:]
	}
	return append(dst, s...)
}

func pad(dst []byte, n, width int) []byte {
	var buf [20]byte
	s := strconv.AppendInt(buf[:0], int64(n), 10)
	for i := len(s); i < width; i++ {
		dst = append(dst, '0')
	}
	return append(dst, s...)
}

// AppendDate appends a day number as yyyy-MM-dd; years beyond 9999 carry a plus.
func AppendDate(dst []byte, day int64) []byte {
	y, m, d := Civil(day)
	switch {
	case y > 9999:
		dst = append(dst, '+')
	case y < 0:
		dst = append(dst, '-')
		y = -y
	}
	dst = pad(dst, y, 4)
	dst = append(dst, '-', byte('0'+m/10), byte('0'+m%10), '-')
	return append(dst, byte('0'+d/10), byte('0'+d%10))
}

// FormatDate is a day number as yyyy-MM-dd.
func FormatDate(day int32) string { return string(AppendDate(nil, int64(day))) }

// AppendLocal appends microseconds of a wall clock as yyyy-MM-dd HH:mm:ss with as many digits of the fraction as needed.
func AppendLocal(dst []byte, local int64) []byte {
	day := floorDiv(local, MicrosPerDay)
	rest := local - day*MicrosPerDay
	dst = append(AppendDate(dst, day), ' ')
	sec := int(rest / microsPerSecond)
	dst = pad(dst, sec/3600, 2)
	dst = append(dst, ':')
	dst = pad(dst, sec/60%60, 2)
	dst = append(dst, ':')
	dst = pad(dst, sec%60, 2)
	return appendFraction(dst, int(rest%microsPerSecond))
}

// appendFraction appends microseconds as .123, without zeros at the end, or nothing.
func appendFraction(dst []byte, micros int) []byte {
	if micros == 0 {
		return dst
	}
	dst = pad(append(dst, '.'), micros, 6)
	for dst[len(dst)-1] == '0' {
		dst = dst[:len(dst)-1]
	}
	return dst
}

// FormatTimestamp is an instant as shown in the zone.
func FormatTimestamp(instant int64, zone *time.Location) string {
	return string(AppendLocal(nil, InstantToLocal(instant, zone)))
}

// FormatTimestampNTZ is a wall clock's time.
func FormatTimestampNTZ(local int64) string { return string(AppendLocal(nil, local)) }

// FormatDecimalJava is a decimal as Java's BigDecimal.toString, with an exponent for very small values.
func FormatDecimalJava(x types.Int128, scale int) string {
	return string(appendDecimalJava(nil, x, scale))
}

func appendDecimalJava(dst []byte, x types.Int128, scale int) []byte {
	if scale <= 6 {
		return types.AppendDecimal(dst, x, scale)
	}
	var buf [48]byte
	digits := types.AppendDecimal(buf[:0], x, 0)
	neg := digits[0] == '-'
	if neg {
		digits = digits[1:]
	}
	exp := len(digits) - 1 - scale
	if exp >= -6 {
		return types.AppendDecimal(dst, x, scale)
	}
	if neg {
		dst = append(dst, '-')
	}
	dst = append(dst, digits[0])
	if len(digits) > 1 {
		dst = append(append(dst, '.'), digits[1:]...)
	}
	return strconv.AppendInt(append(dst, 'E'), int64(exp), 10)
}

// toText is the loop to a string.
func toText(from *types.Type, mode Mode) core {
	p := textOf(from, mode == ANSI || mode == Store)
	return func(j *job) error {
		zone := j.ctx.Zone
		for i := 0; i < j.src.Len; i++ {
			if j.src.Valid.Get(i) {
				j.setBytes(i, p(j.out.Heap, j.src, i, zone))
			}
		}
		return nil
	}
}

// printer appends row i of v, which is not NULL, as CAST(… AS STRING) gives it.
type printer func(dst []byte, v *vector.Vector, i int, zone *time.Location) []byte

// textOf finds the printer of a type; plain asks for decimals without exponent. The vectors may have any form.
func textOf(t *types.Type, plain bool) printer {
	switch t.Kind {
	case types.Boolean:
		return func(dst []byte, v *vector.Vector, i int, _ *time.Location) []byte {
			return strconv.AppendBool(dst, v.Values().Bools[v.Index(i)])
		}
	case types.Byte:
		return func(dst []byte, v *vector.Vector, i int, _ *time.Location) []byte {
			return strconv.AppendInt(dst, int64(v.Values().I8[v.Index(i)]), 10)
		}
	case types.Short:
		return func(dst []byte, v *vector.Vector, i int, _ *time.Location) []byte {
			return strconv.AppendInt(dst, int64(v.Values().I16[v.Index(i)]), 10)
		}
	case types.Int:
		return func(dst []byte, v *vector.Vector, i int, _ *time.Location) []byte {
			return strconv.AppendInt(dst, int64(v.Values().I32[v.Index(i)]), 10)
		}
	case types.Long:
		return func(dst []byte, v *vector.Vector, i int, _ *time.Location) []byte {
			return strconv.AppendInt(dst, v.Values().I64[v.Index(i)], 10)
		}
	case types.Float:
		return func(dst []byte, v *vector.Vector, i int, _ *time.Location) []byte {
			return AppendFloat(dst, v.Values().F32[v.Index(i)])
		}
	case types.Double:
		return func(dst []byte, v *vector.Vector, i int, _ *time.Location) []byte {
			return AppendDouble(dst, v.Values().F64[v.Index(i)])
		}
	case types.Decimal:
		scale := int(t.Scale)
		return func(dst []byte, v *vector.Vector, i int, _ *time.Location) []byte {
			if plain {
				return types.AppendDecimal(dst, decimalAt(v, i), scale)
			}
			return appendDecimalJava(dst, decimalAt(v, i), scale)
		}
	case types.Date:
		return func(dst []byte, v *vector.Vector, i int, _ *time.Location) []byte {
			return AppendDate(dst, int64(v.Values().I32[v.Index(i)]))
		}
	case types.Timestamp:
		return func(dst []byte, v *vector.Vector, i int, zone *time.Location) []byte {
			return AppendLocal(dst, InstantToLocal(v.Values().I64[v.Index(i)], zone))
		}
	case types.TimestampNTZ:
		return func(dst []byte, v *vector.Vector, i int, _ *time.Location) []byte {
			return AppendLocal(dst, v.Values().I64[v.Index(i)])
		}
	case types.YearMonth:
		return func(dst []byte, v *vector.Vector, i int, _ *time.Location) []byte {
			return append(dst, FormatYearMonth(v.Values().I32[v.Index(i)], t.From, t.To)...)
		}
	case types.DayTime:
		return func(dst []byte, v *vector.Vector, i int, _ *time.Location) []byte {
			return append(dst, FormatDayTime(v.Values().I64[v.Index(i)], t.From, t.To)...)
		}
	case types.Calendar:
		return func(dst []byte, v *vector.Vector, i int, _ *time.Location) []byte {
			return append(dst, FormatInterval(v.Values().Intervals[v.Index(i)])...)
		}
	case types.Array, types.Map, types.Struct:
		return nestedText(t, plain)
	}
	return func(dst []byte, v *vector.Vector, i int, _ *time.Location) []byte {
		return append(dst, v.Bytes(i)...)
	}
}

// decimalAt is the unscaled value of row i of a decimal vector of any form.
func decimalAt(v *vector.Vector, i int) types.Int128 {
	w, i := v.Values(), v.Index(i)
	if w.I128 != nil {
		return w.I128[i]
	}
	return types.Int128From(w.I64[i])
}

// nestedText prints [a, b], {k -> v} and {a, b}.
func nestedText(t *types.Type, plain bool) printer {
	element := func(dst []byte, p printer, v *vector.Vector, i int, zone *time.Location) []byte {
		if v.IsNull(i) {
			return append(dst, "null"...)
		}
		return p(dst, v, i, zone)
	}
	switch t.Kind {
	case types.Array:
		p := textOf(t.Elem, plain)
		return func(dst []byte, v *vector.Vector, i int, zone *time.Location) []byte {
			w := v.Values()
			r := w.Ranges[v.Index(i)]
			dst = append(dst, '[')
			for k := r.Off; k < r.Off+r.Len; k++ {
				if k > r.Off {
					dst = append(dst, ", "...)
				}
				dst = element(dst, p, w.Children[0], int(k), zone)
			}
			return append(dst, ']')
		}
	case types.Map:
		pk, pv := textOf(t.Key, plain), textOf(t.Elem, plain)
		return func(dst []byte, v *vector.Vector, i int, zone *time.Location) []byte {
			w := v.Values()
			r := w.Ranges[v.Index(i)]
			dst = append(dst, '{')
			for k := r.Off; k < r.Off+r.Len; k++ {
				if k > r.Off {
					dst = append(dst, ", "...)
				}
				dst = element(dst, pk, w.Children[0], int(k), zone)
				dst = append(dst, " -> "...)
				dst = element(dst, pv, w.Children[1], int(k), zone)
			}
			return append(dst, '}')
		}
	}
	ps := make([]printer, len(t.Fields))
	for k, f := range t.Fields {
		ps[k] = textOf(f.Type, plain)
	}
	return func(dst []byte, v *vector.Vector, i int, zone *time.Location) []byte {
		w, i := v.Values(), v.Index(i)
		dst = append(dst, '{')
		for k, p := range ps {
			if k > 0 {
				dst = append(dst, ", "...)
			}
			dst = element(dst, p, w.Children[k], i, zone)
		}
		return append(dst, '}')
	}
}
