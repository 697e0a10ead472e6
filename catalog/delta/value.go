package delta

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// Values of columns are Go values here, one type a kind: bool; int8, int16, int32 (int, date as days), int64 (bigint,
// timestamps as microseconds); types.Int128 (decimals, unscaled); float32, float64; string; []byte (binary); nil is NULL.

const (
	microsPerSecond = int64(1_000_000)
	secondsPerDay   = int64(86_400)
)

// ParsePartitionValue reads a partition value of the log: nil and "" are NULL. zone is where timestamps without an
// offset are read (nil is UTC).
func ParsePartitionValue(t *types.Type, text *string, zone *time.Location) (any, error) {
	if text == nil || *text == "" {
		return nil, nil
	}
	v, err := parseValue(t, *text, zone)
	if err != nil {
		return nil, sqlerr.New("DELTA_FAILED_CAST_PARTITION_VALUE", "value", *text, "dataType", t.SQL()).Wrap(err)
	}
	return v, nil
}

func parseValue(t *types.Type, s string, zone *time.Location) (any, error) {
	switch t.Kind {
	case types.String, types.Char, types.Varchar:
		return s, nil
	case types.Binary:
		return []byte(s), nil
	case types.Boolean:
		return strconv.ParseBool(strings.ToLower(s))
	case types.Byte:
		v, err := strconv.ParseInt(s, 10, 8)
		return int8(v), err
	case types.Short:
		v, err := strconv.ParseInt(s, 10, 16)
		return int16(v), err
	case types.Int:
		v, err := strconv.ParseInt(s, 10, 32)
		return int32(v), err
	case types.Long:
		return strconv.ParseInt(s, 10, 64)
	case types.Float:
		v, err := strconv.ParseFloat(s, 32)
		return float32(v), err
	case types.Double:
		return strconv.ParseFloat(s, 64)
	case types.Decimal:
		return parseDecimal(s, int(t.Scale))
	case types.Date:
		return parseDate(s)
	case types.Timestamp, types.TimestampNTZ:
		if t.Kind == types.TimestampNTZ || zone == nil {
			zone = time.UTC
		}
		return parseTimestamp(s, zone)
	case types.Null:
		return nil, nil
	}
	return nil, fmt.Errorf("a value of type %s", t)
}

// parseDecimal gives the unscaled value at a scale; digits beyond it are cut.
func parseDecimal(s string, scale int) (types.Int128, error) {
	r, ok := new(big.Rat).SetString(s)
	if !ok || len(s) > 200 {
		return types.Int128{}, fmt.Errorf("%q is no decimal", s)
	}
	r.Mul(r, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil)))
	q := new(big.Int).Quo(r.Num(), r.Denom())
	v, ok := types.Int128FromBig(q)
	if !ok {
		return v, fmt.Errorf("%q is too large", s)
	}
	return v, nil
}

// formatDecimal writes an unscaled value at a scale as plain digits.
func formatDecimal(v types.Int128, scale int) string {
	s := v.String()
	neg := strings.HasPrefix(s, "-")
	s = strings.TrimPrefix(s, "-")
	if scale > 0 {
		if len(s) <= scale {
			s = strings.Repeat("0", scale+1-len(s)) + s
		}
		s = s[:len(s)-scale] + "." + s[len(s)-scale:]
	}
	if neg {
		s = "-" + s
	}
	return s
}

func daysOf(t time.Time) int64 {
	sec := t.Unix()
	d := sec / secondsPerDay
	if sec%secondsPerDay < 0 {
		d--
	}
	return d
}

// parseDate reads yyyy-MM-dd with years of four or more digits and a sign; what follows a space or T is cut.
func parseDate(s string) (int32, error) {
	if i := strings.IndexAny(s, " T"); i > 0 {
		s = s[:i]
	}
	y, m, d, err := dateParts(s)
	if err != nil {
		return 0, err
	}
	return int32(daysOf(time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC))), nil
}

func dateParts(s string) (y, m, d int, err error) {
	body := strings.TrimLeft(s, "+-")
	parts := strings.Split(body, "-")
	if len(parts) != 3 {
		return 0, 0, 0, fmt.Errorf("%q is no date", s)
	}
	y, err1 := strconv.Atoi(parts[0])
	m, err2 := strconv.Atoi(parts[1])
	d, err3 := strconv.Atoi(parts[2])
	if err1 != nil || err2 != nil || err3 != nil || m < 1 || m > 12 || d < 1 || d > 31 || y > 999999 {
		return 0, 0, 0, fmt.Errorf("%q is no date", s)
	}
	if strings.HasPrefix(s, "-") {
		y = -y
	}
	return y, m, d, nil
}

// parseTimestamp reads yyyy-MM-dd[ T]HH:mm:ss[.ffffff][offset] as microseconds; without an offset it is in zone.
func parseTimestamp(s string, zone *time.Location) (int64, error) {
	bad := func() (int64, error) { return 0, fmt.Errorf("%q is no timestamp", s) }
	i := strings.IndexAny(s, " T")
	if i < 0 {
		y, m, d, err := dateParts(s)
		if err != nil {
			return bad()
		}
		return time.Date(y, time.Month(m), d, 0, 0, 0, 0, zone).Unix() * microsPerSecond, nil
	}
	y, mo, d, err := dateParts(s[:i])
	if err != nil {
		return bad()
	}
	clock := s[i+1:]
	if strings.HasSuffix(clock, "Z") {
		clock, zone = clock[:len(clock)-1], time.UTC
	} else if j := strings.LastIndexAny(clock, "+-"); j > 0 {
		off, err := offset(clock[j:])
		if err != nil {
			return bad()
		}
		clock, zone = clock[:j], off
	}
	clock, frac, _ := strings.Cut(clock, ".")
	parts := strings.Split(clock, ":")
	if len(parts) < 2 || len(parts) > 3 {
		return bad()
	}
	var hms [3]int
	for k, p := range parts {
		if hms[k], err = strconv.Atoi(p); err != nil || hms[k] < 0 || hms[k] > 60 {
			return bad()
		}
	}
	micros, err := strconv.ParseInt((frac + "000000")[:6], 10, 64)
	if err != nil {
		return bad()
	}
	return time.Date(y, time.Month(mo), d, hms[0], hms[1], hms[2], 0, zone).Unix()*microsPerSecond + micros, nil
}

func offset(s string) (*time.Location, error) {
	parts := strings.Split(s[1:], ":")
	sec := 0
	for i, unit := range []int{3600, 60, 1} {
		if i < len(parts) {
			n, err := strconv.Atoi(parts[i])
			if err != nil {
				return nil, err
			}
			sec += n * unit
		}
	}
	if s[0] == '-' {
		sec = -sec
	}
	return time.FixedZone("", sec), nil
}

func timeOfMicros(micros int64) time.Time {
	sec, rest := micros/microsPerSecond, micros%microsPerSecond
	if rest < 0 {
		sec, rest = sec-1, rest+microsPerSecond
	}
	return time.Unix(sec, rest*1000)
}

func formatDate(days int32) string {
	return time.Unix(int64(days)*secondsPerDay, 0).UTC().Format("2006-01-02")
}

// FormatPartitionValue writes a value as the log holds partition values, as Spark does: timestamps as wall-clock time of
// zone (nil is UTC), NULL and the empty string as null.
func FormatPartitionValue(t *types.Type, v any, zone *time.Location) (*string, error) {
	if zone == nil {
		zone = time.UTC
	}
	var s string
	switch v := v.(type) {
	case nil:
		return nil, nil
	case string:
		s = v
	case []byte:
		s = string(v)
	case bool:
		s = strconv.FormatBool(v)
	case int8:
		s = strconv.FormatInt(int64(v), 10)
	case int16:
		s = strconv.FormatInt(int64(v), 10)
	case int32:
		s = strconv.FormatInt(int64(v), 10)
		if t.Kind == types.Date {
			s = formatDate(v)
		}
	case int64:
		s = strconv.FormatInt(v, 10)
		if t.Kind == types.Timestamp || t.Kind == types.TimestampNTZ {
			at := timeOfMicros(v).UTC()
			if t.Kind == types.Timestamp {
				at = at.In(zone)
			}
			s = at.Format("2006-01-02 15:04:05.999999")
		}
	case float32:
		s = javaFloat(float64(v), 32)
	case float64:
		s = javaFloat(v, 64)
	case types.Int128:
		s = formatDecimal(v, int(t.Scale))
	default:
		return nil, sqlerr.New("DELTA_INVALID_PARTITION_COLUMN_TYPE", "name", "", "dataType", t.SQL())
	}
	if s == "" {
		return nil, nil
	}
	return &s, nil
}

// javaFloat writes a floating number as Java's toString does, which Spark's texts of the log use.
func javaFloat(v float64, bits int) string {
	switch {
	case math.IsNaN(v):
		return "NaN"
	case math.IsInf(v, 1):
		return "Infinity"
	case math.IsInf(v, -1):
		return "-Infinity"
	}
	if a := math.Abs(v); a != 0 && (a < 1e-3 || a >= 1e7) {
		s := strconv.FormatFloat(v, 'E', -1, bits)
		mant, exp, _ := strings.Cut(s, "E")
		if !strings.Contains(mant, ".") {
			mant += ".0"
		}
		e, err := strconv.Atoi(exp)
		if err != nil {
			return s
		}
		return mant + "E" + strconv.Itoa(e)
	}
	s := strconv.FormatFloat(v, 'f', -1, bits)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

// compareValues orders two values of one type, NaN greatest; ok is false when they cannot be compared.
func compareValues(a, b any) (order int, ok bool) { return types.Order(a, b) }
