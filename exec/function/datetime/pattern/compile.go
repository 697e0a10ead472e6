// Package pattern reads and writes dates and timestamps by Spark 3's datetime patterns (yyyy-MM-dd HH:mm:ss …), which
// are java.time.format.DateTimeFormatter's with restrictions.
//
// In: a pattern and a time zone; text, or microseconds. Out: microseconds, or text. Where Spark 2's SimpleDateFormat
// would have read a text that the new rules refuse, the error is Spark's INCONSISTENT_BEHAVIOR_CROSS_VERSION.
package pattern

import (
	"strings"
	"sync"
	"sync/atomic"
	"unicode"

	"github.com/argan-sql/argan/sqlerr"
)

// kind is what an element of a pattern does.
type kind uint8

const (
	literal  kind = iota // text
	number               // a field as a number
	reduced              // a two-digit year
	name                 // a field by name: month, day of week, era, am/pm, quarter
	fraction             // S…
	zoneID               // VV
	zoneName             // z…
	offset               // X x Z
	gmt                  // O
	optStart
	optEnd
)

// element is a part of a compiled pattern.
type element struct {
	kind   kind
	letter byte
	count  int
	text   string // literal

	// Numbers: digits allowed, fixed when they are all taken, and the digits reserved for the fixed numbers that follow.
	min, max   int
	fixed      bool
	subsequent int
	exceeds    bool // a sign is due when there are more digits than min (yyyy)
	signed     bool // a minus is allowed

	// skip is the index after the matching ] for a [.
	skip int
}

// Format is a compiled pattern; safe for many goroutines.
type Format struct {
	pattern  string
	elements []element
	legacy   *legacy
	parsing  bool
}

// compiled keeps what was compiled: key to *Format or error. Patterns may come from a column, so there is a limit.
var (
	compiled sync.Map
	kept     atomic.Int32
)

const keepLimit = 1000

type key struct {
	pattern string
	parsing bool
	before  Before
}

// Before is how Spark 2 read the texts in question: it only decides which failures are reported as changes.
type Before uint8

const (
	// SimpleDateFormat that is not lenient: SQL functions.
	SimpleDateFormat Before = iota
	// FastDateFormat: the options of JSON and CSV.
	FastDateFormat
	// Corrected: what Spark 2 did does not matter (spark.sql.legacy.timeParserPolicy=CORRECTED).
	Corrected
)

// Policy is the Before that the setting spark.sql.legacy.timeParserPolicy asks for; usual is what EXCEPTION, the default,
// stands for. LEGACY is not supported.
func Policy(setting func(key string) string, usual Before) (Before, error) {
	if setting == nil {
		return usual, nil
	}
	switch strings.ToUpper(setting("spark.sql.legacy.timeParserPolicy")) {
	case "CORRECTED":
		return Corrected, nil
	case "LEGACY":
		return usual, sqlerr.Unsupported("spark.sql.legacy.timeParserPolicy=LEGACY")
	}
	return usual, nil
}

// ForFormatting compiles a pattern to write with.
func ForFormatting(pattern string) (*Format, error) {
	return get(key{pattern, false, SimpleDateFormat})
}

// ForParsing compiles a pattern to read with.
func ForParsing(pattern string, before Before) (*Format, error) {
	return get(key{pattern, true, before})
}

func get(k key) (*Format, error) {
	if v, ok := compiled.Load(k); ok {
		if f, ok := v.(*Format); ok {
			return f, nil
		}
		return nil, v.(error)
	}
	f, err := compile(k)
	if kept.Add(1) > keepLimit {
		return f, err
	}
	if err != nil {
		compiled.Store(k, err)
		return nil, err
	}
	compiled.Store(k, f)
	return f, nil
}

func compile(k key) (*Format, error) {
	f := &Format{pattern: k.pattern, parsing: k.parsing, legacy: newLegacy(k.pattern, k.before)}
	if !supported(k.pattern, k.parsing) || !f.build() {
		if f.legacy != nil {
			return nil, sqlerr.New("INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_PATTERN_RECOGNITION", "pattern", "'"+k.pattern+"'",
				"config", `"spark.sql.legacy.timeParserPolicy"`, "docroot", "https://spark.apache.org/docs/latest")
		}
		return nil, sqlerr.New("_LEGACY_ERROR_TEMP_2130", "pattern", k.pattern, "docroot", "https://spark.apache.org/docs/latest")
	}
	return f, nil
}

// supported applies Spark's own restrictions to the parts of a pattern that are not quoted.
func supported(pattern string, parsing bool) bool {
	for i, part := range strings.Split(pattern, "'") {
		if i%2 == 1 {
			continue
		}
		if strings.ContainsAny(part, "YWwu") || strings.ContainsAny(part, "ABcenNp") || parsing && strings.ContainsAny(part, "EFqQ") {
			return false
		}
		for _, long := range []string{"GGGGG", "MMMMM", "LLLLL", "EEEEE", "QQQQQ", "qqqqq", "yyyyyyy"} {
			if strings.Contains(part, long) {
				return false
			}
		}
	}
	return true
}

// build compiles the pattern as DateTimeFormatterBuilder.appendPattern does.
func (f *Format) build() bool {
	p := f.pattern
	lastNumber := -1
	var open []int
	add := func(e element) {
		lastNumber = -1
		f.elements = append(f.elements, e)
	}
	for i := 0; i < len(p); {
		c := p[i]
		switch {
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			n := i
			for n < len(p) && p[n] == c {
				n++
			}
			e, ok := f.field(c, n-i)
			if !ok {
				return false
			}
			i = n
			if e.kind != number && e.kind != reduced {
				add(e)
				continue
			}
			// Numbers that touch: the first may be of any length, the fixed ones after it keep their digits.
			isFixed := e.min == e.max && !e.exceeds && !e.signed
			if lastNumber >= 0 && isFixed {
				e.fixed = true
				f.elements[lastNumber].subsequent += e.max
				f.elements = append(f.elements, e)
				continue
			}
			if lastNumber >= 0 {
				last := &f.elements[lastNumber]
				last.fixed = last.min == last.max
			}
			lastNumber = len(f.elements)
			f.elements = append(f.elements, e)
		case c == '\'':
			end := i + 1
			var lit strings.Builder
			for ; end < len(p); end++ {
				if p[end] == '\'' {
					if end+1 < len(p) && p[end+1] == '\'' {
						lit.WriteByte('\'')
						end++
						continue
					}
					break
				}
				lit.WriteByte(p[end])
			}
			if end >= len(p) {
				return false
			}
			text := lit.String()
			if end == i+1 {
				text = "'"
			}
			add(element{kind: literal, text: text})
			i = end + 1
		case c == '[':
			open = append(open, len(f.elements))
			add(element{kind: optStart})
			i++
		case c == ']':
			if len(open) == 0 {
				return false
			}
			add(element{kind: optEnd})
			f.elements[open[len(open)-1]].skip = len(f.elements)
			open = open[:len(open)-1]
			i++
		case c == '{' || c == '}' || c == '#':
			return false
		default:
			add(element{kind: literal, text: p[i : i+1]})
			i++
		}
	}
	for len(open) > 0 {
		add(element{kind: optEnd})
		f.elements[open[len(open)-1]].skip = len(f.elements)
		open = open[:len(open)-1]
	}
	return true
}

// field is the element of a letter repeated count times.
func (f *Format) field(c byte, count int) (element, bool) {
	e := element{kind: number, letter: c, count: count, min: count, max: count}
	switch c {
	case 'y':
		switch {
		case count == 2:
			e.kind = reduced
		case count < 4:
			e.max, e.signed = 19, true
		default:
			e.max, e.signed, e.exceeds = 19, true, true
		}
		return e, true
	case 'M', 'L', 'q', 'Q':
		switch {
		case count == 1:
			e.max, e.signed = 19, true
		case count > 4:
			return e, false
		case count > 2:
			e.kind = name
		}
		return e, true
	case 'd', 'h', 'H', 'k', 'K', 'm', 's', 'F':
		if count == 1 {
			e.max, e.signed = 19, true
		}
		return e, count <= 2 && !(c == 'F' && count > 1)
	case 'D':
		if count == 1 {
			e.max, e.signed = 19, true
		} else {
			e.max = 3
		}
		return e, count <= 3
	case 'E', 'G':
		e.kind = name
		return e, count <= 4
	case 'a':
		e.kind = name
		return e, count == 1
	case 'S':
		e.kind = fraction
		return e, count <= 9
	case 'V':
		e.kind = zoneID
		return e, count == 2
	case 'z':
		e.kind = zoneName
		return e, count <= 4
	case 'X', 'x', 'Z':
		e.kind = offset
		if c == 'Z' && count == 4 {
			e.kind = gmt
		}
		return e, count <= 5
	case 'O':
		e.kind = gmt
		return e, count == 1 || count == 4
	}
	return e, false
}

var (
	months   = [...]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}
	weekdays = [...]string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}
	quarters = [...]string{"1st quarter", "2nd quarter", "3rd quarter", "4th quarter"}
)

func isSpace(c byte) bool { return unicode.IsSpace(rune(c)) }
