package pattern

import (
	"errors"
	"math"
	"strings"
	"time"

	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/sqlerr"
)

// ErrNoMatch says that the text does not fit the pattern.
var ErrNoMatch = errors.New("text does not match the pattern")

// fields is what was read.
type fields struct {
	year, era                     int
	month, day, dayOfYear         int
	hour, clockHour, hour12, ampm int
	clockHour12, minute, second   int
	nanos                         int
	offset                        int
	zone                          *time.Location
	has                           uint32
}

// Bits of fields.has.
const (
	hasYear uint32 = 1 << iota
	hasEra
	hasMonth
	hasDay
	hasDayOfYear
	hasHour
	hasClockHour
	hasHour12
	hasClockHour12
	hasAMPM
	hasMinute
	hasSecond
	hasNanos
	hasOffset
)

// Parse reads a text as an instant in microseconds; a text without zone is in zone. ErrNoMatch when it does not fit; an
// *sqlerr.Error when Spark reports the difference to Spark 2, or on overflow.
func (f *Format) Parse(s string, zone *time.Location) (int64, error) {
	micros, err := f.parseNew(s, zone, true)
	if err == ErrNoMatch {
		return 0, f.compare(s)
	}
	return micros, err
}

// ParseLocal reads a text as a wall clock without zone; a zone in it is an error.
func (f *Format) ParseLocal(s string) (int64, error) {
	micros, err := f.parseNew(s, time.UTC, false)
	if err == ErrNoMatch {
		return 0, f.compare(s)
	}
	return micros, err
}

// compare decides what a failure is: an upgrade error if Spark 2 could read the text.
func (f *Format) compare(s string) error {
	if f.legacy != nil && f.legacy.accepts(s) {
		return sqlerr.New("INCONSISTENT_BEHAVIOR_CROSS_VERSION.PARSE_DATETIME_BY_NEW_PARSER", "datetime", "'"+s+"'", "config", `"spark.sql.legacy.timeParserPolicy"`)
	}
	return ErrNoMatch
}

func (f *Format) parseNew(s string, zone *time.Location, zoned bool) (int64, error) {
	var v fields
	n, ok := f.scan(s, 0, 0, len(f.elements), &v)
	if !ok || n != len(s) {
		return 0, ErrNoMatch
	}
	day, ok := v.date(strings.ContainsRune(f.pattern, 'G'))
	if !ok {
		return 0, ErrNoMatch
	}
	clock, ok := v.clock()
	if !ok {
		return 0, ErrNoMatch
	}
	if day > math.MaxInt64/cast.MicrosPerDay-1 || day < math.MinInt64/cast.MicrosPerDay+1 {
		return 0, sqlerr.New("DATETIME_OVERFLOW", "operation", "reading '"+s+"' as a timestamp")
	}
	local := day*cast.MicrosPerDay + clock
	switch {
	case !zoned:
		if v.zone != nil || v.has&hasOffset != 0 {
			return 0, ErrNoMatch
		}
		return local, nil
	case v.has&hasOffset != 0:
		return local - int64(v.offset)*1_000_000, nil
	case v.zone != nil:
		zone = v.zone
	}
	return cast.LocalToInstant(local, zone), nil
}

// scan matches elements from to to at position at of s; it gives the position after the match.
func (f *Format) scan(s string, at, from, to int, v *fields) (int, bool) {
	for i := from; i < to; i++ {
		e := &f.elements[i]
		switch e.kind {
		case optStart:
			saved := *v
			if end, ok := f.scan(s, at, i+1, e.skip-1, v); ok {
				at = end
			} else {
				*v = saved
			}
			i = e.skip - 1
			continue
		case optEnd:
			continue
		}
		end, ok := e.read(s, at, v)
		if !ok {
			return at, false
		}
		at = end
	}
	return at, true
}

func (e *element) read(s string, at int, v *fields) (int, bool) {
	switch e.kind {
	case literal:
		if len(s)-at < len(e.text) || !strings.EqualFold(s[at:at+len(e.text)], e.text) {
			return at, false
		}
		return at + len(e.text), true
	case number, reduced:
		n, end, ok := e.readNumber(s, at)
		if !ok {
			return at, false
		}
		if e.kind == reduced {
			n += 2000
		}
		return end, v.set(e.letter, n)
	case name:
		return e.readName(s, at, v)
	case fraction:
		n, end := 0, at
		for end < len(s) && end-at < e.count && isDigit(s[end]) {
			n = n*10 + int(s[end]-'0')
			end++
		}
		if end == at {
			return at, false
		}
		for k := end - at; k < 9; k++ {
			n *= 10
		}
		return end, v.put(hasNanos, &v.nanos, n)
	case zoneID, zoneName:
		if off, end, ok := readOffset(s, at); ok {
			return end, v.put(hasOffset, &v.offset, off)
		}
		z, n := zoneByName(s[at:], e.kind == zoneName)
		if z == nil {
			return at, false
		}
		v.zone = z
		return at + n, true
	case offset:
		off, end, ok := e.readOffset(s, at)
		if !ok {
			return at, false
		}
		return end, v.put(hasOffset, &v.offset, off)
	case gmt:
		if len(s)-at < 3 || !strings.EqualFold(s[at:at+3], "GMT") {
			return at, false
		}
		off, end, ok := readOffset(s, at+3)
		if !ok {
			off, end = 0, at+3
		}
		return end, v.put(hasOffset, &v.offset, off)
	}
	return at, false
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// readNumber reads as NumberPrinterParser does in strict mode.
func (e *element) readNumber(s string, at int) (n, end int, ok bool) {
	neg, plus := false, false
	start := at
	if at < len(s) && (s[at] == '-' && e.signed || s[at] == '+' && e.exceeds) {
		neg, plus = s[at] == '-', s[at] == '+'
		start++
	}
	most := e.max
	if e.subsequent > 0 && !e.fixed {
		most += e.subsequent
	}
	digits := 0
	for start+digits < len(s) && digits < most && isDigit(s[start+digits]) {
		digits++
	}
	if e.subsequent > 0 && !e.fixed {
		digits = min(max(e.min, digits-e.subsequent), digits)
	}
	if digits < e.min {
		return 0, at, false
	}
	if digits > 18 {
		return 0, at, false
	}
	for _, c := range []byte(s[start : start+digits]) {
		n = n*10 + int(c-'0')
	}
	if neg {
		if n == 0 {
			return 0, at, false
		}
		n = -n
	} else if e.exceeds {
		if plus && digits <= e.min || !plus && digits > e.min {
			return 0, at, false
		}
	}
	return n, start + digits, true
}

func (e *element) readName(s string, at int, v *fields) (int, bool) {
	pick := func(names []string, short int) (int, int) {
		best, length := -1, 0
		for i, t := range names {
			if short > 0 && len(t) > short {
				t = t[:short]
			}
			if len(t) > length && len(s)-at >= len(t) && strings.EqualFold(s[at:at+len(t)], t) {
				best, length = i, len(t)
			}
		}
		return best, length
	}
	switch e.letter {
	case 'M', 'L':
		short := 0
		if e.count == 3 {
			short = 3
		}
		k, n := pick(months[:], short)
		return at + n, k >= 0 && v.put(hasMonth, &v.month, k+1)
	case 'a':
		k, n := pick([]string{"AM", "PM"}, 0)
		return at + n, k >= 0 && v.put(hasAMPM, &v.ampm, k)
	case 'G':
		names := []string{"BC", "AD"}
		if e.count == 4 {
			names = []string{"Before Christ", "Anno Domini"}
		}
		k, n := pick(names, 0)
		return at + n, k >= 0 && v.put(hasEra, &v.era, k)
	}
	return at, false
}

// readOffset reads an offset as ids have it: Z, +h, +hh:mm, +hhmm, +hh:mm:ss.
func readOffset(s string, at int) (off, end int, ok bool) {
	if at >= len(s) {
		return 0, at, false
	}
	if s[at] == 'Z' || s[at] == 'z' {
		return 0, at + 1, true
	}
	if s[at] != '+' && s[at] != '-' {
		return 0, at, false
	}
	end = at + 1
	for end < len(s) && (isDigit(s[end]) || s[end] == ':') {
		end++
	}
	for ; end > at+1; end-- {
		if z, err := cast.ParseZone(s[at:end]); err == nil {
			_, off = time.Unix(0, 0).In(z).Zone()
			return off, end, true
		}
	}
	return 0, at, false
}

// readOffset reads the offset of X, x and Z, whose form the count fixes.
func (e *element) readOffset(s string, at int) (off, end int, ok bool) {
	if (e.letter == 'X' || e.letter == 'Z' && e.count == 5) && at < len(s) && (s[at] == 'Z' || s[at] == 'z') {
		return 0, at + 1, true
	}
	if at >= len(s) || s[at] != '+' && s[at] != '-' {
		return 0, at, false
	}
	style := e.count
	if e.letter == 'Z' {
		if style = 2; e.count == 5 {
			style = 5
		}
	}
	neg := s[at] == '-'
	p := at + 1
	two := func(limit int) (int, bool) {
		if p+2 > len(s) || !isDigit(s[p]) || !isDigit(s[p+1]) {
			return 0, false
		}
		n := int(s[p]-'0')*10 + int(s[p+1]-'0')
		p += 2
		return n, n <= limit
	}
	h, ok := two(18)
	if !ok {
		return 0, at, false
	}
	colon := style == 3 || style == 5
	part := func(required bool) (int, bool) {
		save := p
		if colon {
			if p >= len(s) || s[p] != ':' {
				return 0, !required
			}
			p++
		}
		n, ok := two(59)
		if !ok {
			p = save
			return 0, !required
		}
		return n, true
	}
	m, ok := part(style > 1)
	if !ok {
		return 0, at, false
	}
	sec := 0
	if style >= 4 {
		sec, _ = part(false)
	}
	off = h*3600 + m*60 + sec
	if neg {
		off = -off
	}
	return off, p, true
}
