package cast

import (
	"encoding/hex"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// Hive is row i as the spark-sql shell and HiveServer2 print it: NULL, [1,2], {"a":1}, {1:"x"}, plain decimals.
func Hive(v *vector.Vector, i int, zone *time.Location) string {
	if v.IsNull(i) {
		return "NULL"
	}
	return string(appendHive(nil, v, i, zone, false))
}

// AppendHive appends what Hive gives; row i is not NULL.
func AppendHive(dst []byte, v *vector.Vector, i int, zone *time.Location) []byte {
	return appendHive(dst, v, i, zone, false)
}

func appendHive(dst []byte, v *vector.Vector, i int, zone *time.Location, nested bool) []byte {
	if v.IsNull(i) {
		return append(dst, "null"...)
	}
	w, t := v.Values(), v.Type
	at := v.Index(i)
	switch t.Kind {
	case types.String, types.Char, types.Varchar:
		if nested {
			return append(append(append(dst, '"'), v.Bytes(i)...), '"')
		}
		return append(dst, v.Bytes(i)...)
	case types.YearMonth:
		return append(dst, hiveYearMonth(w.I32[at])...)
	case types.DayTime:
		return append(dst, hiveDayTime(w.I64[at])...)
	case types.Array:
		r := w.Ranges[at]
		dst = append(dst, '[')
		for k := r.Off; k < r.Off+r.Len; k++ {
			if k > r.Off {
				dst = append(dst, ',')
			}
			dst = appendHive(dst, w.Children[0], int(k), zone, true)
		}
		return append(dst, ']')
	case types.Map:
		r := w.Ranges[at]
		entries := make([]string, 0, r.Len)
		for k := r.Off; k < r.Off+r.Len; k++ {
			e := append(appendHive(nil, w.Children[0], int(k), zone, true), ':')
			entries = append(entries, string(appendHive(e, w.Children[1], int(k), zone, true)))
		}
		sort.Strings(entries)
		return append(append(append(dst, '{'), strings.Join(entries, ",")...), '}')
	case types.Struct:
		dst = append(dst, '{')
		for k, f := range t.Fields {
			if k > 0 {
				dst = append(dst, ',')
			}
			dst = append(append(append(dst, '"'), f.Name...), '"', ':')
			dst = appendHive(dst, w.Children[k], at, zone, true)
		}
		return append(dst, '}')
	}
	return textOf(t, true)(dst, v, i, zone)
}

// ValueSQL is row i as a literal in error messages: 'abc', 12L, 1.5BD, DATE '2024-01-01', NULL.
func ValueSQL(v *vector.Vector, i int) string {
	if v.IsNull(i) {
		return "NULL"
	}
	w, at := v.Values(), v.Index(i)
	switch v.Type.Kind {
	case types.String, types.Char, types.Varchar:
		s := strings.ReplaceAll(string(v.Bytes(i)), `\`, `\\`)
		return "'" + strings.ReplaceAll(s, "'", `\'`) + "'"
	case types.Byte:
		return strconv.Itoa(int(w.I8[at])) + "Y"
	case types.Short:
		return strconv.Itoa(int(w.I16[at])) + "S"
	case types.Long:
		return strconv.FormatInt(w.I64[at], 10) + "L"
	case types.Decimal:
		return types.FormatDecimal(decimalAt(v, i), int(v.Type.Scale)) + "BD"
	case types.Double:
		s := FormatDouble(w.F64[at])
		if s == "NaN" || strings.HasSuffix(s, "Infinity") {
			return "CAST('" + s + "' AS DOUBLE)"
		}
		return s + "D"
	case types.Float:
		return "CAST('" + FormatFloat(w.F32[at]) + "' AS FLOAT)"
	case types.Date:
		return "DATE '" + FormatDate(w.I32[at]) + "'"
	case types.Timestamp:
		return "TIMESTAMP '" + FormatTimestamp(w.I64[at], time.UTC) + "'"
	case types.TimestampNTZ:
		return "TIMESTAMP_NTZ '" + FormatTimestampNTZ(w.I64[at]) + "'"
	}
	return string(textOf(v.Type, true)(nil, v, i, time.UTC))
}

// Literal is row i as a literal in generated column names: text without quotes, NULL, numbers plain, DATE '2024-01-01'.
func Literal(v *vector.Vector, i int) string {
	if v.IsNull(i) {
		return "NULL"
	}
	switch t := v.Type; {
	case t.IsString():
		return string(v.Bytes(i))
	case t.IsNumeric():
		return string(textOf(t, true)(nil, v, i, time.UTC))
	case t.Kind == types.Binary:
		return "X'" + strings.ToUpper(hex.EncodeToString(v.Bytes(i))) + "'"
	case t.Kind == types.Array, t.Kind == types.Map, t.Kind == types.Struct:
		return nestedLiteral(v, i)
	case t.Kind == types.Calendar:
		return "INTERVAL '" + FormatInterval(v.Values().Intervals[v.Index(i)]) + "'"
	}
	return ValueSQL(v, i)
}

func nestedLiteral(v *vector.Vector, i int) string {
	w, at := v.Values(), v.Index(i)
	var parts []string
	switch v.Type.Kind {
	case types.Struct:
		for k, f := range v.Type.Fields {
			parts = append(parts, f.Name, Literal(w.Children[k], at))
		}
		return "NAMED_STRUCT(" + strings.Join(parts, ", ") + ")"
	case types.Map:
		r := w.Ranges[at]
		for k := r.Off; k < r.Off+r.Len; k++ {
			parts = append(parts, Literal(w.Children[0], int(k)), Literal(w.Children[1], int(k)))
		}
		return "MAP(" + strings.Join(parts, ", ") + ")"
	}
	r := w.Ranges[at]
	for k := r.Off; k < r.Off+r.Len; k++ {
		parts = append(parts, Literal(w.Children[0], int(k)))
	}
	return "ARRAY(" + strings.Join(parts, ", ") + ")"
}
