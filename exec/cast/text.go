package cast

import (
	"bytes"
	"math"
	"strconv"
	"strings"

	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/types"
)

// fromText is the loop from a string.
func fromText(to *types.Type) core {
	switch to.Kind {
	case types.Boolean:
		return textTo(invalid, func(j *job, i int, s []byte) bool {
			b, ok := ParseBoolean(s)
			j.out.Bools[i] = b
			return ok
		})
	case types.Byte:
		return textToInt[int8]()
	case types.Short:
		return textToInt[int16]()
	case types.Int:
		return textToInt[int32]()
	case types.Long:
		return textToInt[int64]()
	case types.Float:
		return textTo(invalid, func(j *job, i int, s []byte) bool {
			f, ok := ParseFloat(s, 32)
			j.out.F32[i] = float32(f)
			return ok
		})
	case types.Double:
		return textTo(invalid, func(j *job, i int, s []byte) bool {
			f, ok := ParseFloat(s, 64)
			j.out.F64[i] = f
			return ok
		})
	case types.Decimal:
		return textToDecimal
	case types.Date:
		return textTo(invalid, func(j *job, i int, s []byte) bool {
			d, ok := ParseDate(s)
			j.out.I32[i] = d
			return ok
		})
	case types.Timestamp:
		return textTo(invalid, func(j *job, i int, s []byte) bool {
			t, ok := ParseTimestamp(s, j.ctx.Zone, j.ctx.Now)
			j.out.I64[i] = t
			return ok
		})
	case types.TimestampNTZ:
		return textTo(invalid, func(j *job, i int, s []byte) bool {
			t, ok := ParseTimestampNTZ(s)
			j.out.I64[i] = t
			return ok
		})
	case types.Calendar:
		return textTo(invalid, func(j *job, i int, s []byte) bool {
			x, err := ParseInterval(string(s))
			j.out.Intervals[i] = x
			return err == nil
		})
	case types.YearMonth:
		return func(j *job) error {
			return j.eachText(func(i int, s []byte) error {
				m, err := CastYearMonth(string(s), j.to.From, j.to.To)
				j.out.I32[i] = m
				return err
			})
		}
	case types.DayTime:
		return func(j *job) error {
			return j.eachText(func(i int, s []byte) error {
				m, err := CastDayTime(string(s), j.to.From, j.to.To)
				j.out.I64[i] = m
				return err
			})
		}
	}
	return nil
}

// eachText calls f for every string that is not NULL; an error of f ends the cast but in Try mode, where it gives NULL.
func (j *job) eachText(f func(i int, s []byte) error) error {
	for i := 0; i < j.src.Len; i++ {
		if !j.src.Valid.Get(i) {
			continue
		}
		if err := f(i, j.src.Bytes(i)); err != nil {
			if j.mode != Try {
				return err
			}
			j.null(i)
		}
	}
	return nil
}

func textTo(fail func(*job, int) error, set func(j *job, i int, s []byte) bool) core {
	return func(j *job) error {
		heap := j.src.Heap
		for i, s := range j.src.Spans[:j.src.Len] {
			if !j.src.Valid.Get(i) {
				continue
			}
			if !set(j, i, heap[s.Off:s.Off+s.Len]) {
				if err := j.bad(i, fail); err != nil {
					return err
				}
			}
		}
		return nil
	}
}

func textToInt[B integer]() core {
	lo, hi := limits[B]()
	return func(j *job) error {
		dst := bind.Slice[B](j.out)
		heap := j.src.Heap
		for i, s := range j.src.Spans[:len(dst)] {
			if !j.src.Valid.Get(i) {
				continue
			}
			v, ok := ParseInt(heap[s.Off:s.Off+s.Len], j.mode == Legacy)
			if !ok || v < lo || v > hi {
				if err := j.bad(i, invalid); err != nil {
					return err
				}
				continue
			}
			dst[i] = B(v)
		}
		return nil
	}
}

func textToDecimal(j *job) error {
	p, sc := int(j.to.Precision), int(j.to.Scale)
	heap := j.src.Heap
	for i, s := range j.src.Spans[:j.src.Len] {
		if !j.src.Valid.Get(i) {
			continue
		}
		text := trimJava(heap[s.Off : s.Off+s.Len])
		v, ok, fits := types.ParseDecimal(text, p, sc)
		switch {
		case !ok:
			if err := j.bad(i, invalid); err != nil {
				return err
			}
		case !fits:
			if err := j.bad(i, func(j *job, i int) error { return outOfRange(j.to, string(text)) }); err != nil {
				return err
			}
		default:
			j.put(i, v)
		}
	}
	return nil
}

// blank says whether Spark's trimming of text for casts drops a byte: white space and control characters.
func blank(c byte) bool { return c <= ' ' || c == 0x7f }

// trim drops blanks at both ends.
func trim(s []byte) []byte {
	for len(s) > 0 && blank(s[0]) {
		s = s[1:]
	}
	for len(s) > 0 && blank(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

// trimJava is Java's String.trim.
func trimJava(s []byte) []byte {
	for len(s) > 0 && s[0] <= ' ' {
		s = s[1:]
	}
	for len(s) > 0 && s[len(s)-1] <= ' ' {
		s = s[:len(s)-1]
	}
	return s
}

// ParseInt reads an integer with blanks around; fraction allows digits after a point, which are dropped (CAST without ANSI mode).
func ParseInt(s []byte, fraction bool) (v int64, ok bool) {
	s = trim(s)
	if len(s) == 0 {
		return 0, false
	}
	neg := s[0] == '-'
	if neg || s[0] == '+' {
		s = s[1:]
		if len(s) == 0 {
			return 0, false
		}
	}
	// The value is gathered as a negative number, which reaches one further.
	i := 0
	for ; i < len(s); i++ {
		c := s[i]
		if c == '.' && fraction {
			break
		}
		if c < '0' || c > '9' {
			return 0, false
		}
		if v < math.MinInt64/10 {
			return 0, false
		}
		v = v*10 - int64(c-'0')
		if v > 0 {
			return 0, false
		}
	}
	for i++; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
	}
	if neg {
		return v, true
	}
	if v == math.MinInt64 {
		return 0, false
	}
	return -v, true
}

// ParseFloat reads a double (bits 64) or float (32) as Java's parseDouble with Spark's names for infinity and NaN.
func ParseFloat(s []byte, bits int) (float64, bool) {
	s = trimJava(s)
	if len(s) == 0 {
		return 0, false
	}
	last := s[len(s)-1]
	if c := s[0]; c >= '0' && c <= '9' || c == '.' || c == '-' || c == '+' {
		num := s
		if len(s) > 1 && (last == 'd' || last == 'D' || last == 'f' || last == 'F') && !bytes.ContainsAny(s, "xX") {
			num = s[:len(s)-1]
		}
		d := num[len(num)-1]
		if d >= '0' && d <= '9' || d == '.' {
			if bytes.IndexByte(num, '_') < 0 {
				f, err := strconv.ParseFloat(string(num), bits)
				if err == nil {
					return f, true
				}
				if math.IsInf(f, 0) || f == 0 && err.(*strconv.NumError).Err == strconv.ErrRange {
					return f, true
				}
			}
			return 0, false
		}
	}
	switch strings.ToLower(string(s)) {
	case "inf", "+inf", "infinity", "+infinity":
		return math.Inf(1), true
	case "-inf", "-infinity":
		return math.Inf(-1), true
	case "nan":
		return math.NaN(), true
	}
	if t := string(s); t == "+NaN" || t == "-NaN" {
		return math.NaN(), true
	}
	return 0, false
}

// ParseBoolean reads t, true, y, yes, 1 and f, false, n, no, 0 in any case, with blanks around.
func ParseBoolean(s []byte) (b, ok bool) {
	s = trim(s)
	if len(s) == 0 || len(s) > 5 {
		return false, false
	}
	var buf [5]byte
	low := buf[:len(s)]
	for i, c := range s {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		low[i] = c
	}
	switch string(low) {
	case "t", "true", "y", "yes", "1":
		return true, true
	case "f", "false", "n", "no", "0":
		return false, true
	}
	return false, false
}
