package cast

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"

	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

var errInterval = errors.New("not an interval")

// ParseInterval reads a calendar interval of units: [interval] 1 year -2 months 3.5 seconds …
func ParseInterval(text string) (types.Interval, error) {
	s := strings.ToLower(string(trim([]byte(text))))
	var out types.Interval
	if rest, ok := strings.CutPrefix(s, "interval"); ok {
		if rest == "" || !blank(rest[0]) {
			return out, fmt.Errorf("invalid interval prefix in %q: %w", text, errInterval)
		}
		s = rest
	}
	s = strings.TrimSpace(s)
	if s == "" {
		return out, fmt.Errorf("interval %q is empty: %w", text, errInterval)
	}
	for s != "" {
		rest, err := parseUnit(&out, s)
		if err != nil {
			return types.Interval{}, fmt.Errorf("interval %q: %w", text, err)
		}
		s = strings.TrimLeft(rest, " \t\n\r\f\v")
	}
	return out, nil
}

// parseUnit adds one signed value with its unit from the start of s and gives what follows.
func parseUnit(out *types.Interval, s string) (rest string, err error) {
	neg := false
	if s[0] == '-' || s[0] == '+' {
		neg = s[0] == '-'
		s = strings.TrimLeft(s[1:], " \t\n\r\f\v")
	}
	i := 0
	var value int64
	for ; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
		if value > (math.MaxInt64-int64(s[i]-'0'))/10 {
			return "", errors.New("value out of range")
		}
		value = value*10 + int64(s[i]-'0')
	}
	whole := i > 0
	fraction, hasFraction := int64(0), false
	if i < len(s) && s[i] == '.' {
		hasFraction = true
		i++
		scale := int64(100_000_000)
		from := i
		for ; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
			if scale == 0 {
				return "", errors.New("more than nanoseconds")
			}
			fraction += int64(s[i]-'0') * scale
			scale /= 10
		}
		fraction /= 1000
		if !whole && i == from {
			return "", errInterval
		}
	} else if !whole {
		return "", errInterval
	}
	if i >= len(s) || !blank(s[i]) {
		return "", errInterval
	}
	s = strings.TrimLeft(s[i:], " \t\n\r\f\v")
	end := strings.IndexFunc(s, func(r rune) bool { return r <= ' ' })
	if end < 0 {
		end = len(s)
	}
	unit := strings.TrimSuffix(s[:end], "s")
	if hasFraction && unit != "second" {
		return "", fmt.Errorf("%s cannot have a fraction", unit)
	}
	if neg {
		value, fraction = -value, -fraction
	}
	var ok bool
	switch unit {
	case "year":
		ok = addInt32(&out.Months, value, 12)
	case "month":
		ok = addInt32(&out.Months, value, 1)
	case "week":
		ok = addInt32(&out.Days, value, 7)
	case "day":
		ok = addInt32(&out.Days, value, 1)
	case "hour":
		ok = addMicros(&out.Micros, value, microsPerHour)
	case "minute":
		ok = addMicros(&out.Micros, value, microsPerMinute)
	case "second":
		ok = addMicros(&out.Micros, value, microsPerSecond) && addMicros(&out.Micros, fraction, 1)
	case "millisecond":
		ok = addMicros(&out.Micros, value, 1000)
	case "microsecond":
		ok = addMicros(&out.Micros, value, 1)
	default:
		return "", fmt.Errorf("unknown unit %q", unit)
	}
	if !ok {
		return "", errors.New("value out of range")
	}
	return s[end:], nil
}

func addInt32(to *int32, value, times int64) bool {
	if value > math.MaxInt32 || value < math.MinInt32 {
		return false
	}
	v := int64(*to) + value*times
	*to = int32(v)
	return int64(*to) == v
}

func addMicros(to *int64, value, times int64) bool {
	p, ok := types.MulInt64(value, times).Int64()
	if !ok {
		return false
	}
	s := *to + p
	if (s > *to) != (p > 0) && p != 0 {
		return false
	}
	*to = s
	return true
}

func unitRange(from, to types.IntervalUnit) string {
	f, t := strings.ToUpper(from.String()), strings.ToUpper(to.String())
	if f == t {
		return f
	}
	return f + " TO " + t
}

// FormatYearMonth is INTERVAL '1-2' YEAR TO MONTH.
func FormatYearMonth(months int32, from, to types.IntervalUnit) string {
	sign, m := "", int64(months)
	if m < 0 {
		sign, m = "-", -m
	}
	body := strconv.FormatInt(m, 10)
	switch {
	case from != to:
		body = fmt.Sprintf("%d-%d", m/12, m%12)
	case from == types.UnitYear:
		body = strconv.FormatInt(m/12, 10)
	}
	return "INTERVAL '" + sign + body + "' " + unitRange(from, to)
}

func hiveYearMonth(months int32) string {
	sign, m := "", int64(months)
	if m < 0 {
		sign, m = "-", -m
	}
	return fmt.Sprintf("%s%d-%d", sign, m/12, m%12)
}

func magnitude(v int64) (sign string, m uint64) {
	if v < 0 {
		return "-", -uint64(v)
	}
	return "", uint64(v)
}

// FormatDayTime is INTERVAL '1 02:03:04.5' DAY TO SECOND.
func FormatDayTime(micros int64, from, to types.IntervalUnit) string {
	sign, rest := magnitude(micros)
	b := append([]byte("INTERVAL '"), sign...)
	lengths := [...]uint64{types.UnitDay: MicrosPerDay, types.UnitHour: microsPerHour, types.UnitMinute: microsPerMinute, types.UnitSecond: microsPerSecond}
	for u := from; u <= to; u++ {
		switch {
		case u == from:
		case u == types.UnitHour:
			b = append(b, ' ')
		default:
			b = append(b, ':')
		}
		n := rest / lengths[u]
		rest %= lengths[u]
		if u == types.UnitDay {
			b = strconv.AppendUint(b, n, 10)
			continue
		}
		if n < 10 {
			b = append(b, '0')
		}
		b = strconv.AppendUint(b, n, 10)
		if u == types.UnitSecond {
			b = appendFraction(b, int(rest))
		}
	}
	return string(b) + "' " + unitRange(from, to)
}

func hiveDayTime(micros int64) string {
	sign, m := magnitude(micros)
	return fmt.Sprintf("%s%d %02d:%02d:%02d.%09d", sign, m/MicrosPerDay, m/microsPerHour%24, m/microsPerMinute%60, m/microsPerSecond%60, m%microsPerSecond*1000)
}

// FormatInterval is a calendar interval: 1 years 2 months 3 days 4 hours 5 minutes 6.7 seconds.
func FormatInterval(x types.Interval) string {
	var b []byte
	unit := func(n int64, name string) {
		if n != 0 {
			b = append(append(append(strconv.AppendInt(b, n, 10), ' '), name...), ' ')
		}
	}
	unit(int64(x.Months/12), "years")
	unit(int64(x.Months%12), "months")
	unit(int64(x.Days), "days")
	rest := x.Micros
	unit(rest/microsPerHour, "hours")
	rest %= microsPerHour
	unit(rest/microsPerMinute, "minutes")
	rest %= microsPerMinute
	if rest != 0 {
		if rest < 0 {
			b = append(b, '-')
			rest = -rest
		}
		b = strconv.AppendInt(b, rest/microsPerSecond, 10)
		b = append(appendFraction(b, int(rest%microsPerSecond)), " seconds "...)
	}
	if len(b) == 0 {
		return "0 seconds"
	}
	return string(b[:len(b)-1])
}

// ansiBody takes the INTERVAL '…' UNITS around an interval's text off, if it is there, and its sign.
func ansiBody(text string, from, to types.IntervalUnit) (body string, neg, ok bool) {
	s := string(trim([]byte(text)))
	up := strings.ToUpper(s)
	if strings.HasPrefix(up, "INTERVAL") {
		s = strings.TrimSpace(s[len("INTERVAL"):])
		open, end := strings.IndexByte(s, '\''), strings.LastIndexByte(s, '\'')
		if open < 0 || end <= open || !strings.EqualFold(strings.Join(strings.Fields(s[end+1:]), " "), unitRange(from, to)) {
			return "", false, false
		}
		switch head := strings.TrimSpace(s[:open]); head {
		case "-":
			neg = true
		case "", "+":
		default:
			return "", false, false
		}
		s = s[open+1 : end]
	}
	if s != "" && (s[0] == '-' || s[0] == '+') {
		neg = neg != (s[0] == '-')
		s = s[1:]
	}
	return s, neg, s != ""
}

func badInterval(text string, t *types.Type) error {
	return sqlerr.New("CAST_INVALID_INPUT", "expression", "'"+text+"'", "sourceType", `"STRING"`, "targetType", `"`+t.SQL()+`"`, "ansiConfig", `"spark.sql.ansi.enabled"`)
}

func allDigits(s string, most int) bool {
	if s == "" || len(s) > most {
		return false
	}
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// CastYearMonth reads '1-2' (or '5' for a single unit, or INTERVAL '…' UNITS) as months: casts and typed literals.
func CastYearMonth(text string, from, to types.IntervalUnit) (int32, error) {
	fail := badInterval(text, types.NewYearMonth(from, to))
	body, neg, ok := ansiBody(text, from, to)
	if !ok {
		return 0, fail
	}
	var months int64
	if from != to {
		y, m, two := strings.Cut(body, "-")
		if !two || !allDigits(y, 10) || !allDigits(m, 2) {
			return 0, fail
		}
		years, _ := strconv.ParseInt(y, 10, 64)
		rest, _ := strconv.ParseInt(m, 10, 64)
		if rest > 11 {
			return 0, fail
		}
		months = years*12 + rest
	} else {
		if !allDigits(body, 10) {
			return 0, fail
		}
		months, _ = strconv.ParseInt(body, 10, 64)
		if from == types.UnitYear {
			months *= 12
		}
	}
	if neg {
		months = -months
	}
	if int64(int32(months)) != months {
		return 0, fail
	}
	return int32(months), nil
}

// CastDayTime reads '1 02:03:04.5' with the fields from to to (or INTERVAL '…' UNITS) as microseconds: casts and typed literals.
func CastDayTime(text string, from, to types.IntervalUnit) (int64, error) {
	fail := badInterval(text, types.NewDayTime(from, to))
	body, neg, ok := ansiBody(text, from, to)
	if !ok {
		return 0, fail
	}
	lengths := [...]int64{types.UnitDay: MicrosPerDay, types.UnitHour: microsPerHour, types.UnitMinute: microsPerMinute, types.UnitSecond: microsPerSecond}
	lead := [...]int{types.UnitDay: 9, types.UnitHour: 10, types.UnitMinute: 12, types.UnitSecond: 13}
	var total int64
	for u := from; u <= to; u++ {
		field := body
		if u < to {
			sep := ":"
			if u == types.UnitDay {
				sep = " "
			}
			var more bool
			if field, body, more = strings.Cut(body, sep); !more {
				return 0, fail
			}
		}
		if u == types.UnitSecond {
			var frac string
			var dot bool
			if field, frac, dot = strings.Cut(field, "."); dot {
				if !allDigits(frac, 9) {
					return 0, fail
				}
				nanos, _ := strconv.ParseInt((frac + "000000000")[:9], 10, 64)
				total += nanos / 1000
			}
		}
		most := 2
		if u == from {
			most = lead[u]
		}
		if !allDigits(field, most) {
			return 0, fail
		}
		n, _ := strconv.ParseInt(field, 10, 64)
		if u != from && (n > 59 || u == types.UnitHour && n > 23) {
			return 0, fail
		}
		hi, lo := bits.Mul64(uint64(n), uint64(lengths[u]))
		if hi != 0 || lo > math.MaxInt64 || total+int64(lo) < 0 {
			return 0, fail
		}
		total += int64(lo)
	}
	if neg {
		total = -total
	}
	return total, nil
}
