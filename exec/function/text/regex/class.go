package regex

import (
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"
)

// span is a range of characters, both ends included.
type span struct{ lo, hi rune }

// set is a sorted list of disjoint spans.
type set []span

func normalize(s set) set {
	sort.Slice(s, func(i, j int) bool { return s[i].lo < s[j].lo })
	out := s[:0]
	for _, x := range s {
		if n := len(out); n > 0 && x.lo <= out[n-1].hi+1 {
			out[n-1].hi = max(out[n-1].hi, x.hi)
			continue
		}
		out = append(out, x)
	}
	return out
}

func union(a, b set) set { return normalize(append(append(set{}, a...), b...)) }

func complement(a set) set {
	var out set
	next := rune(0)
	for _, x := range a {
		if x.lo > next {
			out = append(out, span{next, x.lo - 1})
		}
		next = x.hi + 1
	}
	if next <= unicode.MaxRune {
		out = append(out, span{next, unicode.MaxRune})
	}
	return out
}

func intersect(a, b set) set { return complement(union(complement(a), complement(b))) }

func fromTable(t *unicode.RangeTable) set {
	var out set
	for _, r := range t.R16 {
		if r.Stride == 1 {
			out = append(out, span{rune(r.Lo), rune(r.Hi)})
			continue
		}
		for c := rune(r.Lo); c <= rune(r.Hi); c += rune(r.Stride) {
			out = append(out, span{c, c})
		}
	}
	for _, r := range t.R32 {
		if r.Stride == 1 {
			out = append(out, span{rune(r.Lo), rune(r.Hi)})
			continue
		}
		for c := rune(r.Lo); c <= rune(r.Hi); c += rune(r.Stride) {
			out = append(out, span{c, c})
		}
	}
	return normalize(out)
}

var (
	digits     = set{{'0', '9'}}
	lower      = set{{'a', 'z'}}
	upper      = set{{'A', 'Z'}}
	alpha      = set{{'A', 'Z'}, {'a', 'z'}}
	alnum      = set{{'0', '9'}, {'A', 'Z'}, {'a', 'z'}}
	word       = set{{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}}
	space      = set{{'\t', '\r'}, {' ', ' '}}
	horizontal = set{{'\t', '\t'}, {' ', ' '}, {0xa0, 0xa0}, {0x1680, 0x1680}, {0x180e, 0x180e}, {0x2000, 0x200a}, {0x202f, 0x202f}, {0x205f, 0x205f}, {0x3000, 0x3000}}
	vertical   = set{{'\n', '\r'}, {0x85, 0x85}, {0x2028, 0x2029}}
	lineEnds   = set{{'\n', '\n'}, {'\r', '\r'}, {0x85, 0x85}, {0x2028, 0x2029}}
	punct      = set{{'!', '/'}, {':', '@'}, {'[', '`'}, {'{', '~'}}
)

// properties are the names that Java knows inside \p{…} besides Unicode's categories and scripts.
var properties = map[string]func() set{
	"Lower":  func() set { return lower },
	"Upper":  func() set { return upper },
	"ASCII":  func() set { return set{{0, 127}} },
	"Alpha":  func() set { return alpha },
	"Digit":  func() set { return digits },
	"Alnum":  func() set { return alnum },
	"Punct":  func() set { return punct },
	"Graph":  func() set { return set{{'!', '~'}} },
	"Print":  func() set { return set{{' ', '~'}} },
	"Blank":  func() set { return set{{'\t', '\t'}, {' ', ' '}} },
	"Cntrl":  func() set { return set{{0, 31}, {127, 127}} },
	"XDigit": func() set { return set{{'0', '9'}, {'A', 'F'}, {'a', 'f'}} },
	"Space":  func() set { return space },

	"javaLowerCase":     func() set { return fromTable(unicode.Lower) },
	"javaUpperCase":     func() set { return fromTable(unicode.Upper) },
	"javaWhitespace":    func() set { return union(space, set{{28, 31}}) },
	"javaMirrored":      func() set { return union(fromTable(unicode.Ps), fromTable(unicode.Pe)) },
	"IsAlphabetic":      func() set { return union(fromTable(unicode.Letter), fromTable(unicode.Nl)) },
	"IsLetter":          func() set { return fromTable(unicode.Letter) },
	"IsDigit":           func() set { return fromTable(unicode.Nd) },
	"IsLowercase":       func() set { return union(fromTable(unicode.Lower), fromTable(unicode.Other_Lowercase)) },
	"IsUppercase":       func() set { return union(fromTable(unicode.Upper), fromTable(unicode.Other_Uppercase)) },
	"IsPunctuation":     func() set { return fromTable(unicode.Punct) },
	"IsControl":         func() set { return fromTable(unicode.Cc) },
	"IsWhite_Space":     func() set { return fromTable(unicode.White_Space) },
	"IsWhiteSpace":      func() set { return fromTable(unicode.White_Space) },
	"IsIdeographic":     func() set { return fromTable(unicode.Ideographic) },
	"javaLetter":        func() set { return fromTable(unicode.Letter) },
	"javaDigit":         func() set { return fromTable(unicode.Nd) },
	"javaLetterOrDigit": func() set { return union(fromTable(unicode.Letter), fromTable(unicode.Nd)) },
	"javaAlphabetic":    func() set { return union(fromTable(unicode.Letter), fromTable(unicode.Nl)) },
	"InBasicLatin":      func() set { return set{{0, 0x7f}} },
	"InLatin-1Supplement": func() set {
		return set{{0x80, 0xff}}
	},
	"InGreek":                func() set { return set{{0x370, 0x3ff}} },
	"InCyrillic":             func() set { return set{{0x400, 0x4ff}} },
	"InHebrew":               func() set { return set{{0x590, 0x5ff}} },
	"InArabic":               func() set { return set{{0x600, 0x6ff}} },
	"InHiragana":             func() set { return set{{0x3040, 0x309f}} },
	"InKatakana":             func() set { return set{{0x30a0, 0x30ff}} },
	"InCJKUnifiedIdeographs": func() set { return set{{0x4e00, 0x9fff}} },
}

// property finds the set of a \p{name}; ok is false when there is none of that name.
func property(name string) (s set, ok bool) {
	if f, found := properties[name]; found {
		return f(), true
	}
	if k, v, keyed := strings.Cut(name, "="); keyed {
		switch strings.ToLower(k) {
		case "sc", "script", "gc", "general_category":
			name = v
		default:
			return nil, false
		}
	} else {
		name = strings.TrimPrefix(name, "Is")
	}
	if t, found := unicode.Categories[name]; found {
		return fromTable(t), true
	}
	for n, t := range unicode.Scripts {
		if strings.EqualFold(n, name) {
			return fromTable(t), true
		}
	}
	return nil, false
}

// write emits the set as a class that both engines read the same way.
func (s set) write(b *strings.Builder, negated bool) {
	if len(s) == 0 {
		// The empty class: no character at all, or any.
		if negated {
			b.WriteString("(?s:.)")
		} else {
			b.WriteString(`[^\x00-` + string(unicode.MaxRune) + `]`)
		}
		return
	}
	b.WriteByte('[')
	if negated {
		b.WriteByte('^')
	}
	for _, x := range s {
		lo, hi := x.lo, x.hi
		if lo >= 0xd800 && lo <= 0xdfff {
			lo = 0xe000
		}
		if hi >= 0xd800 && hi <= 0xdfff {
			hi = 0xd7ff
		}
		if lo > hi {
			continue
		}
		writeClassRune(b, lo)
		if hi > lo {
			if hi > lo+1 {
				b.WriteByte('-')
			}
			writeClassRune(b, hi)
		}
	}
	b.WriteByte(']')
}

func writeClassRune(b *strings.Builder, r rune) {
	switch {
	case r < 32 || r == 127:
		const hex = "0123456789abcdef"
		b.WriteString(`\x`)
		b.WriteByte(hex[r>>4])
		b.WriteByte(hex[r&15])
		return
	case r < utf8.RuneSelf && !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_' || r == ' '):
		b.WriteByte('\\')
	}
	b.WriteRune(r)
}
