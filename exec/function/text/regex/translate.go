package regex

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// translator rewrites a Java pattern into one that Go's regexp and the backtracking engine both read.
type translator struct {
	src []rune
	pos int
	out strings.Builder

	flags  flags
	stack  []flags
	groups int
	names  map[string]int

	atom      int  // where the last atom starts in out; -1 when a quantifier cannot follow
	backtrack bool // needs what Go's regexp has not
	dollar    bool // has a $ that also matches before a final line end
	openAt    []int
}

type flags struct{ insensitive, multi, dotAll, comments bool }

func (t *translator) fail(format string, args ...any) error {
	return fmt.Errorf("%s near index %d", fmt.Sprintf(format, args...), t.pos)
}

func (t *translator) more() bool { return t.pos < len(t.src) }

func (t *translator) peek(k int) rune {
	if t.pos+k < len(t.src) {
		return t.src[t.pos+k]
	}
	return -1
}

func (t *translator) run() error {
	t.atom = -1
	for t.more() {
		c := t.src[t.pos]
		if t.flags.comments {
			if unicode.IsSpace(c) {
				t.pos++
				continue
			}
			if c == '#' {
				for t.more() && t.src[t.pos] != '\n' {
					t.pos++
				}
				continue
			}
		}
		switch c {
		case '\\':
			if err := t.escape(); err != nil {
				return err
			}
		case '[':
			t.atom = t.out.Len()
			t.pos++
			s, neg, err := t.class()
			if err != nil {
				return err
			}
			s.write(&t.out, neg)
		case '(':
			if err := t.open(); err != nil {
				return err
			}
		case ')':
			if len(t.stack) == 0 {
				return t.fail("Unmatched closing ')'")
			}
			t.flags = t.stack[len(t.stack)-1]
			t.stack = t.stack[:len(t.stack)-1]
			t.atom = t.openAt[len(t.openAt)-1]
			t.openAt = t.openAt[:len(t.openAt)-1]
			t.out.WriteByte(')')
			t.pos++
		case '*', '+', '?', '{':
			if err := t.quantifier(); err != nil {
				return err
			}
		case '.':
			t.atom = t.out.Len()
			if t.flags.dotAll {
				t.out.WriteString("(?s:.)")
			} else {
				lineEnds.write(&t.out, true)
			}
			t.pos++
		case '^':
			t.atom = -1
			if t.flags.multi {
				t.out.WriteString("(?m:^)")
			} else {
				t.out.WriteString(`\A`)
			}
			t.pos++
		case '$':
			t.atom = -1
			t.end()
			t.pos++
		case '|':
			t.atom = -1
			t.out.WriteByte('|')
			t.pos++
		default:
			t.literal(c)
			t.pos++
		}
	}
	if len(t.stack) > 0 {
		return t.fail("Unclosed group")
	}
	return nil
}

// end writes $ or \Z. Go has no "before a final line end": subjects that end so go to the other engine, which is given
// the whole meaning as a look-ahead.
func (t *translator) end() {
	if t.flags.multi {
		t.out.WriteString("(?m:$)")
		return
	}
	t.dollar = true
	t.out.WriteString(dollarMark)
}

// dollarMark stands for $ until the engine is known; it cannot come from a pattern, which is valid UTF-8 text of runes.
const dollarMark = "\xff"

func (t *translator) literal(c rune) {
	t.atom = t.out.Len()
	if c < 128 && !(c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == ' ' || c < 32) {
		t.out.WriteByte('\\')
	}
	t.out.WriteRune(c)
}

func (t *translator) open() error {
	start := t.out.Len()
	t.openAt = append(t.openAt, start)
	t.stack = append(t.stack, t.flags)
	t.atom = -1
	t.pos++
	if t.peek(0) != '?' {
		t.groups++
		t.out.WriteByte('(')
		return nil
	}
	t.pos++
	switch c := t.peek(0); c {
	case ':':
		t.out.WriteString("(?:")
		t.pos++
	case '=', '!', '>':
		t.backtrack = true
		t.out.WriteString("(?" + string(c))
		t.pos++
	case '<':
		if n := t.peek(1); n == '=' || n == '!' {
			t.backtrack = true
			t.out.WriteString("(?<" + string(n))
			t.pos += 2
			return nil
		}
		t.pos++
		name := t.until('>')
		if name == "" || !t.more() {
			return t.fail("named capturing group is missing trailing '>'")
		}
		t.pos++
		for i, r := range name {
			if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || i > 0 && r >= '0' && r <= '9') {
				return t.fail("Unknown look-behind group")
			}
		}
		if _, twice := t.names[name]; twice {
			return t.fail("Named capturing group <%s> is already defined", name)
		}
		t.groups++
		t.names[name] = t.groups
		t.out.WriteByte('(')
	default:
		return t.inlineFlags()
	}
	return nil
}

func (t *translator) inlineFlags() error {
	on := true
	for t.more() {
		c := t.src[t.pos]
		t.pos++
		switch c {
		case '-':
			on = false
		case 'i':
			t.flags.insensitive = on
		case 'm':
			t.flags.multi = on
		case 's':
			t.flags.dotAll = on
		case 'x':
			t.flags.comments = on
		case 'u', 'U', 'd':
			// Unicode case and Unix lines: what the engines do anyway, near enough.
		case ':':
			if t.flags.insensitive {
				t.out.WriteString("(?i:")
			} else {
				t.out.WriteString("(?-i:")
			}
			return nil
		case ')':
			// The flags hold to the end of the enclosing group, which keeps its own on the stack.
			t.stack = t.stack[:len(t.stack)-1]
			t.openAt = t.openAt[:len(t.openAt)-1]
			if t.flags.insensitive {
				t.out.WriteString("(?i)")
			} else {
				t.out.WriteString("(?-i)")
			}
			return nil
		default:
			return t.fail("Unknown inline modifier")
		}
	}
	return t.fail("Unknown inline modifier")
}

func (t *translator) until(end rune) string {
	from := t.pos
	for t.more() && t.src[t.pos] != end {
		t.pos++
	}
	return string(t.src[from:t.pos])
}

func (t *translator) quantifier() error {
	c := t.src[t.pos]
	if t.atom < 0 {
		if c == '{' {
			return t.fail("Illegal repetition")
		}
		// Java lets a quantifier follow an anchor; it changes nothing for * and ?, and + neither.
		if t.out.Len() == 0 || strings.HasSuffix(t.out.String(), "(") || strings.HasSuffix(t.out.String(), "|") || strings.HasSuffix(t.out.String(), ":") {
			return t.fail("Dangling meta character '%c'", c)
		}
		t.pos++
		return nil
	}
	q := string(c)
	t.pos++
	if c == '{' {
		body := t.until('}')
		if !t.more() {
			return t.fail("Unclosed counted closure")
		}
		t.pos++
		lo, hi, ranged := strings.Cut(body, ",")
		n, err := strconv.Atoi(strings.TrimSpace(lo))
		if err != nil {
			return t.fail("Illegal repetition")
		}
		m := n
		if ranged {
			if m = -1; hi != "" {
				if m, err = strconv.Atoi(hi); err != nil {
					return t.fail("Illegal repetition")
				}
				if m < n {
					return t.fail("Illegal repetition range")
				}
			}
		}
		if n > 1000 || m > 1000 {
			t.backtrack = true
		}
		q = "{" + body + "}"
	}
	switch t.peek(0) {
	case '?':
		q += "?"
		t.pos++
	case '+':
		// Possessive: an atomic group around the greedy form.
		t.backtrack = true
		t.pos++
		s := t.out.String()
		head, atom := s[:t.atom], s[t.atom:]
		t.out.Reset()
		t.out.WriteString(head + "(?>" + atom + q + ")")
		return nil
	}
	// Go refuses x** and the like, which Java reads as nested.
	s := t.out.String()
	head, atom := s[:t.atom], s[t.atom:]
	t.out.Reset()
	t.out.WriteString(head + atom + q)
	if n := t.peek(0); n == '*' || n == '+' || n == '?' || n == '{' {
		t.out.Reset()
		t.out.WriteString(head + "(?:" + atom + q + ")")
	}
	return nil
}

// escape reads what follows a backslash outside a class.
func (t *translator) escape() error {
	c := t.peek(1)
	switch c {
	case -1:
		return t.fail("Unexpected internal error")
	case 'b', 'B':
		if t.peek(2) == '{' {
			return t.fail("Unsupported boundary")
		}
		t.atom = -1
		t.out.WriteString(`\` + string(c))
		t.pos += 2
		return nil
	case 'A', 'z':
		t.atom = -1
		t.out.WriteString(`\` + string(c))
		t.pos += 2
		return nil
	case 'G':
		t.atom = -1
		t.backtrack = true
		t.out.WriteString(`\G`)
		t.pos += 2
		return nil
	case 'Z':
		t.atom = -1
		multi := t.flags.multi
		t.flags.multi = false
		t.end()
		t.flags.multi = multi
		t.pos += 2
		return nil
	case 'R':
		t.atom = t.out.Len()
		t.out.WriteString("(?:\\r\\n|")
		vertical.write(&t.out, false)
		t.out.WriteByte(')')
		t.pos += 2
		return nil
	case 'X':
		t.atom = t.out.Len()
		t.out.WriteString(`(?:(?s:.)\p{M}*)`)
		t.pos += 2
		return nil
	case 'Q':
		t.pos += 2
		for t.more() {
			if t.src[t.pos] == '\\' && t.peek(1) == 'E' {
				t.pos += 2
				return nil
			}
			t.literal(t.src[t.pos])
			t.pos++
		}
		return nil
	case 'E':
		t.pos += 2
		return nil
	case 'k':
		if t.peek(2) != '<' {
			return t.fail(`\k is not followed by '<' for named capturing group`)
		}
		t.pos += 3
		name := t.until('>')
		n, ok := t.names[name]
		if !ok || !t.more() {
			return t.fail("named capturing group <%s> does not exist", name)
		}
		t.pos++
		t.reference(n)
		return nil
	}
	if c >= '1' && c <= '9' {
		n := int(c - '0')
		t.pos += 2
		for t.more() && t.src[t.pos] >= '0' && t.src[t.pos] <= '9' && n*10+int(t.src[t.pos]-'0') <= t.groups {
			n = n*10 + int(t.src[t.pos]-'0')
			t.pos++
		}
		if n > t.groups {
			t.atom = t.out.Len()
			set(nil).write(&t.out, false)
			return nil
		}
		t.reference(n)
		return nil
	}
	t.pos++
	s, r, isSet, neg, err := t.escaped()
	if err != nil {
		return err
	}
	if isSet {
		t.atom = t.out.Len()
		s.write(&t.out, neg)
		return nil
	}
	t.literal(r)
	return nil
}

func (t *translator) reference(n int) {
	t.backtrack = true
	t.atom = t.out.Len()
	t.out.WriteString(fmt.Sprintf(`(?:\%d)`, n))
}

// escaped reads an escape that means a character or a set, t.pos after the backslash.
func (t *translator) escaped() (s set, r rune, isSet, neg bool, err error) {
	c := t.peek(0)
	if c < 0 {
		return nil, 0, false, false, t.fail("Unexpected end after '\\'")
	}
	t.pos++
	switch c {
	case 'd', 'D':
		return digits, 0, true, c == 'D', nil
	case 'w', 'W':
		return word, 0, true, c == 'W', nil
	case 's', 'S':
		return space, 0, true, c == 'S', nil
	case 'h', 'H':
		return horizontal, 0, true, c == 'H', nil
	case 'v', 'V':
		return vertical, 0, true, c == 'V', nil
	case 'p', 'P':
		name := string(t.peek(0))
		if t.peek(0) == '{' {
			t.pos++
			name = t.until('}')
		}
		if !t.more() {
			return nil, 0, false, false, t.fail("Unclosed character family")
		}
		t.pos++
		s, ok := property(name)
		if !ok {
			return nil, 0, false, false, t.fail("Unknown character property name {%s}", name)
		}
		return s, 0, true, c == 'P', nil
	case 't':
		return nil, '\t', false, false, nil
	case 'n':
		return nil, '\n', false, false, nil
	case 'r':
		return nil, '\r', false, false, nil
	case 'f':
		return nil, '\f', false, false, nil
	case 'a':
		return nil, 7, false, false, nil
	case 'e':
		return nil, 27, false, false, nil
	case 'c':
		if !t.more() {
			return nil, 0, false, false, t.fail("Illegal control escape sequence")
		}
		t.pos++
		return nil, t.src[t.pos-1] ^ 64, false, false, nil
	case '0':
		from := t.pos
		for t.more() && t.pos-from < 3 && t.src[t.pos] >= '0' && t.src[t.pos] <= '7' && !(t.pos-from == 2 && t.src[from] > '3') {
			t.pos++
		}
		v, perr := strconv.ParseUint(string(t.src[from:t.pos]), 8, 32)
		if perr != nil {
			return nil, 0, false, false, t.fail("Illegal octal escape sequence")
		}
		return nil, rune(v), false, false, nil
	case 'x', 'u':
		width := 2
		if c == 'u' {
			width = 4
		}
		var hex string
		if c == 'x' && t.peek(0) == '{' {
			t.pos++
			hex = t.until('}')
			t.pos++
		} else if t.pos+width <= len(t.src) {
			hex = string(t.src[t.pos : t.pos+width])
			t.pos += width
		}
		v, perr := strconv.ParseUint(hex, 16, 32)
		if perr != nil || v > unicode.MaxRune {
			return nil, 0, false, false, t.fail("Illegal hexadecimal escape sequence")
		}
		return nil, rune(v), false, false, nil
	}
	if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
		return nil, 0, false, false, t.fail("Illegal/unsupported escape sequence")
	}
	return nil, c, false, false, nil
}

// class reads a character class, t.pos after the opening bracket. An outermost negation is handed back rather than
// worked out, because it must hold after case folding.
func (t *translator) class() (s set, negated bool, err error) {
	if t.peek(0) == '^' {
		negated = true
		t.pos++
	}
	var cur, and set
	intersecting, first := false, true
	for {
		if !t.more() {
			return nil, false, t.fail("Unclosed character class")
		}
		c := t.src[t.pos]
		if t.flags.comments && unicode.IsSpace(c) {
			t.pos++
			continue
		}
		switch {
		case c == ']' && !first:
			t.pos++
			if intersecting {
				cur = intersect(and, cur)
			}
			return cur, negated, nil
		case c == '[':
			t.pos++
			inner, neg, err := t.class()
			if err != nil {
				return nil, false, err
			}
			if neg {
				inner = complement(inner)
			}
			cur = union(cur, inner)
			first = false
			continue
		case c == '&' && t.peek(1) == '&':
			t.pos += 2
			if intersecting {
				cur = intersect(and, cur)
			}
			and, cur, intersecting = cur, nil, true
			continue
		}
		first = false
		lo, sub, isSet, err := t.classChar()
		if err != nil {
			return nil, false, err
		}
		if isSet {
			cur = union(cur, sub)
			continue
		}
		hi := lo
		if t.peek(0) == '-' && t.peek(1) >= 0 && t.peek(1) != ']' && t.peek(1) != '[' {
			save := t.pos
			t.pos++
			h, _, hset, err := t.classChar()
			if err != nil {
				return nil, false, err
			}
			if hset {
				t.pos = save
			} else {
				if h < lo {
					return nil, false, t.fail("Illegal character range")
				}
				hi = h
			}
		}
		cur = union(cur, set{{lo, hi}})
	}
}

func (t *translator) classChar() (r rune, s set, isSet bool, err error) {
	c := t.src[t.pos]
	t.pos++
	if c != '\\' {
		return c, nil, false, nil
	}
	if t.peek(0) == 'Q' {
		t.pos++
		var out set
		for t.more() && !(t.src[t.pos] == '\\' && t.peek(1) == 'E') {
			out = append(out, span{t.src[t.pos], t.src[t.pos]})
			t.pos++
		}
		t.pos += 2
		return 0, normalize(out), true, nil
	}
	s, r, isSet, neg, err := t.escaped()
	if neg {
		s = complement(s)
	}
	return r, s, isSet, err
}
