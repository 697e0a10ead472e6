package json

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// scanner walks JSON text. Each method returns false, or a negative place, where the text is broken.
type scanner struct {
	o *Options
	b []byte
}

const maxDepth = 1000 // as the parser that Spark uses

func (s *scanner) space(i int) int {
	for i < len(s.b) {
		switch c := s.b[i]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
		case c == '/' && s.o.Comments && i+1 < len(s.b) && s.b[i+1] == '/':
			for i < len(s.b) && s.b[i] != '\n' {
				i++
			}
		case c == '/' && s.o.Comments && i+1 < len(s.b) && s.b[i+1] == '*':
			end := bytes.Index(s.b[i+2:], []byte("*/"))
			if end < 0 {
				return len(s.b)
			}
			i += end + 4
		default:
			return i
		}
	}
	return i
}

// skip gives the place behind the value that starts at i, -1 if it is broken.
func (s *scanner) skip(i, depth int) int {
	if i >= len(s.b) || depth > maxDepth {
		return -1
	}
	switch c := s.b[i]; {
	case c == '"' || c == '\'' && s.o.SingleQuotes:
		return s.skipString(i)
	case c == '{':
		return s.eachField(i, depth, func(nameFrom, nameTo, from, to int) {})
	case c == '[':
		return s.eachElement(i, depth, func(from, to int) {})
	case c == '-' || c >= '0' && c <= '9':
		return s.skipNumber(i)
	}
	return s.skipWord(i)
}

var words = []string{"true", "false", "null"}

func (s *scanner) skipWord(i int) int {
	for _, w := range words {
		if bytes.HasPrefix(s.b[i:], []byte(w)) && s.ends(i+len(w)) {
			return i + len(w)
		}
	}
	if s.o.NonNumeric {
		for _, w := range []string{"NaN", "Infinity", "+INF", "INF", "+Infinity"} {
			if bytes.HasPrefix(s.b[i:], []byte(w)) && s.ends(i+len(w)) {
				return i + len(w)
			}
		}
	}
	return -1
}

// ends says whether a word or number may end at i.
func (s *scanner) ends(i int) bool {
	if i >= len(s.b) {
		return true
	}
	switch s.b[i] {
	case ' ', '\t', '\n', '\r', ',', ']', '}', ':', '/':
		return true
	}
	return false
}

func (s *scanner) skipNumber(i int) int {
	b := s.b
	start := i
	if b[i] == '-' {
		i++
		if s.o.NonNumeric {
			for _, w := range []string{"INF", "Infinity"} {
				if bytes.HasPrefix(b[i:], []byte(w)) && s.ends(i+len(w)) {
					return i + len(w)
				}
			}
		}
	}
	digits := i
	for i < len(b) && b[i] >= '0' && b[i] <= '9' {
		i++
	}
	if i == digits || i-digits > 1 && b[digits] == '0' && !s.o.LeadingZeros {
		return -1
	}
	if i < len(b) && b[i] == '.' {
		i++
		from := i
		for i < len(b) && b[i] >= '0' && b[i] <= '9' {
			i++
		}
		if i == from {
			return -1
		}
	}
	if i < len(b) && (b[i] == 'e' || b[i] == 'E') {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		from := i
		for i < len(b) && b[i] >= '0' && b[i] <= '9' {
			i++
		}
		if i == from {
			return -1
		}
	}
	if !s.ends(i) || i-start > 1000 {
		return -1
	}
	return i
}

func (s *scanner) skipString(i int) int {
	q := s.b[i]
	for i++; i < len(s.b); i++ {
		switch c := s.b[i]; {
		case c == q:
			return i + 1
		case c == '\\':
			i++
			if i >= len(s.b) {
				return -1
			}
			switch s.b[i] {
			case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			case 'u':
				if i+4 >= len(s.b) {
					return -1
				}
				for _, h := range s.b[i+1 : i+5] {
					if _, ok := hexDigit(h); !ok {
						return -1
					}
				}
				i += 4
			default:
				if !s.o.AnyEscape && (s.b[i] != '\'' || !s.o.SingleQuotes) {
					return -1
				}
			}
		case c < ' ' && !s.o.ControlChars:
			return -1
		}
	}
	return -1
}

func hexDigit(c byte) (rune, bool) {
	switch {
	case c >= '0' && c <= '9':
		return rune(c - '0'), true
	case c >= 'a' && c <= 'f':
		return rune(c-'a') + 10, true
	case c >= 'A' && c <= 'F':
		return rune(c-'A') + 10, true
	}
	return 0, false
}

// eachField calls f with the places of each name (with its quotes) and value of the object at i.
func (s *scanner) eachField(i, depth int, f func(nameFrom, nameTo, from, to int)) int {
	i = s.space(i + 1)
	if i < len(s.b) && s.b[i] == '}' {
		return i + 1
	}
	for i < len(s.b) {
		name := i
		switch c := s.b[i]; {
		case c == '"' || c == '\'' && s.o.SingleQuotes:
			i = s.skipString(i)
		case s.o.UnquotedNames:
			for i < len(s.b) && (s.b[i] == '_' || s.b[i] == '$' || s.b[i] == '-' || s.b[i] >= '0' && s.b[i] <= '9' || s.b[i]|0x20 >= 'a' && s.b[i]|0x20 <= 'z' || s.b[i] >= 0x80) {
				i++
			}
			if i == name {
				return -1
			}
		default:
			return -1
		}
		if i < 0 {
			return -1
		}
		nameEnd := i
		if i = s.space(i); i >= len(s.b) || s.b[i] != ':' {
			return -1
		}
		from := s.space(i + 1)
		to := s.skip(from, depth+1)
		if to < 0 {
			return -1
		}
		f(name, nameEnd, from, to)
		if i = s.space(to); i >= len(s.b) {
			return -1
		}
		switch s.b[i] {
		case '}':
			return i + 1
		case ',':
			i = s.space(i + 1)
		default:
			return -1
		}
	}
	return -1
}

// eachElement calls f with the place of each element of the array at i.
func (s *scanner) eachElement(i, depth int, f func(from, to int)) int {
	i = s.space(i + 1)
	if i < len(s.b) && s.b[i] == ']' {
		return i + 1
	}
	for i < len(s.b) {
		to := s.skip(i, depth+1)
		if to < 0 {
			return -1
		}
		f(i, to)
		if i = s.space(to); i >= len(s.b) {
			return -1
		}
		switch s.b[i] {
		case ']':
			return i + 1
		case ',':
			i = s.space(i + 1)
		default:
			return -1
		}
	}
	return -1
}

// unquote gives the text of a string value or name, which lies in raw as it stands if nothing is escaped; else in *buf.
func unquote(raw []byte, buf *[]byte) []byte {
	if len(raw) < 2 || raw[0] != '"' && raw[0] != '\'' {
		return raw // a name without quotes
	}
	raw = raw[1 : len(raw)-1]
	at := bytes.IndexByte(raw, '\\')
	if at < 0 {
		return raw
	}
	out := append((*buf)[:0], raw[:at]...)
	for i := at; i < len(raw); i++ {
		c := raw[i]
		if c != '\\' {
			out = append(out, c)
			continue
		}
		i++
		switch c = raw[i]; c {
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			r := unit(raw[i+1:])
			i += 4
			if utf16.IsSurrogate(r) && i+6 < len(raw) && raw[i+1] == '\\' && raw[i+2] == 'u' {
				if p := utf16.DecodeRune(r, unit(raw[i+3:])); p != utf8.RuneError {
					r = p
					i += 6
				}
			}
			out = utf8.AppendRune(out, r)
		default:
			out = append(out, c)
		}
	}
	*buf = out
	return out
}

func unit(b []byte) (r rune) {
	for _, c := range b[:4] {
		d, _ := hexDigit(c)
		r = r<<4 | d
	}
	return r
}
