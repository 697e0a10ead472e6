package pattern

import (
	"strings"

	"github.com/argan-sql/argan/exec/cast"
)

// legacy says which texts Spark 2 could read, by SimpleDateFormat's rules (java.text). Its values are never used: only
// whether it accepts decides between NULL and an error that tells of the change.
type legacy struct {
	parts   []legacyPart
	lenient bool
}

// legacyPart is a run of a letter, or literal text.
type legacyPart struct {
	letter byte
	count  int
	text   string
}

const legacyLetters = "GyYMLwWDdFEuaHkKhmsSzZX"

// newLegacy compiles a pattern as SimpleDateFormat; nil when it is none, or does not matter.
func newLegacy(pattern string, before Before) *legacy {
	if before == Corrected {
		return nil
	}
	l := &legacy{lenient: before == FastDateFormat}
	for i := 0; i < len(pattern); {
		c := pattern[i]
		switch {
		case c == '\'':
			end := strings.IndexByte(pattern[i+1:], '\'')
			if end < 0 {
				return nil
			}
			text := pattern[i+1 : i+1+end]
			if end == 0 {
				text = "'"
			}
			l.parts = append(l.parts, legacyPart{text: text})
			i += end + 2
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			if strings.IndexByte(legacyLetters, c) < 0 {
				return nil
			}
			n := i
			for n < len(pattern) && pattern[n] == c {
				n++
			}
			if c == 'X' && n-i > 3 {
				return nil
			}
			l.parts = append(l.parts, legacyPart{letter: c, count: n - i})
			i = n
		default:
			l.parts = append(l.parts, legacyPart{text: pattern[i : i+1]})
			i++
		}
	}
	return l
}

func (p legacyPart) numeric() bool {
	switch p.letter {
	case 0, 'G', 'E', 'a', 'z', 'Z', 'X':
		return false
	case 'M', 'L':
		return p.count <= 2
	}
	return true
}

// accepts says whether the text can be read; what follows the match does not matter.
func (l *legacy) accepts(s string) bool {
	at := 0
	var seen [128]bool
	var value [128]int
	for i, p := range l.parts {
		if p.letter == 0 {
			if !strings.HasPrefix(s[at:], p.text) {
				return false
			}
			at += len(p.text)
			continue
		}
		for at < len(s) && isSpace(s[at]) {
			at++
		}
		if at >= len(s) {
			return false
		}
		if p.numeric() {
			width := 18
			if i+1 < len(l.parts) && l.parts[i+1].numeric() {
				width = p.count
			}
			n, neg := 0, false
			if s[at] == '-' && width == 18 {
				neg = true
				at++
			}
			from := at
			for at < len(s) && at-from < width && isDigit(s[at]) {
				n = n*10 + int(s[at]-'0')
				at++
			}
			if at == from {
				return false
			}
			if neg {
				n = -n
			}
			seen[p.letter], value[p.letter] = true, n
			continue
		}
		end, n := readLegacyName(p, s, at)
		if end < 0 {
			return false
		}
		at = end
		seen[p.letter], value[p.letter] = true, n
	}
	if l.lenient {
		return true
	}
	return valid(&seen, &value)
}

func readLegacyName(p legacyPart, s string, at int) (end, value int) {
	match := func(names []string) (int, int) {
		best, length := -1, 0
		for i, t := range names {
			for _, form := range []string{t, t[:min(3, len(t))]} {
				if len(form) > length && len(s)-at >= len(form) && strings.EqualFold(s[at:at+len(form)], form) {
					best, length = i, len(form)
				}
			}
		}
		if best < 0 {
			return -1, 0
		}
		return at + length, best
	}
	switch p.letter {
	case 'M', 'L':
		end, n := match(months[:])
		return end, n + 1
	case 'E':
		return match(weekdays[:])
	case 'a':
		return match([]string{"AM", "PM"})
	case 'G':
		return match([]string{"BC", "AD"})
	}
	if _, end, ok := readOffset(s, at); ok {
		return end, 0
	}
	if z, n := zoneByName(s[at:], true); z != nil {
		return at + n, 0
	}
	return -1, 0
}

// valid applies the range checks of a calendar that is not lenient.
func valid(seen *[128]bool, value *[128]int) bool {
	within := func(letter byte, lo, hi int) bool { return !seen[letter] || value[letter] >= lo && value[letter] <= hi }
	if !within('M', 1, 12) || !within('L', 1, 12) || !within('d', 1, 31) || !within('D', 1, 366) || !within('H', 0, 23) || !within('k', 1, 24) ||
		!within('K', 0, 11) || !within('h', 1, 12) || !within('m', 0, 59) || !within('s', 0, 59) || !within('S', 0, 999) || !within('y', 1, 292278994) {
		return false
	}
	year := 1970
	if seen['y'] {
		year = value['y']
	}
	month, day := 1, 1
	if seen['M'] {
		month = value['M']
	} else if seen['L'] {
		month = value['L']
	}
	if seen['d'] {
		day = value['d']
	}
	if seen['D'] {
		if value['D'] == 366 && cast.DaysInMonth(year, 2) != 29 {
			return false
		}
		_, m, d := cast.Civil(cast.Days(year, 1, 1) + int64(value['D']) - 1)
		return (!seen['M'] && !seen['L'] || month == m) && (!seen['d'] || day == d)
	}
	return day <= cast.DaysInMonth(year, month)
}
