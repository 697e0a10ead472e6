package text

import (
	"strconv"
	"strings"

	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// picture is a compiled number format of to_number and to_char, such as S999,999.99.
type picture struct {
	source           string
	tokens           []pictureToken
	precision, scale int
}

// pictureToken is a part of a number format: a run of digits with thousands separators, or a sign of its own.
type pictureToken struct {
	kind pictureKind
	// runs are the groups of digits between separators, from left to right.
	runs []digitRun
	// malformed: a separator without a digit on one side. separated: there is a separator.
	malformed, separated bool
	text                 string
}

type digitRun struct {
	n     int
	exact bool // began with 0: all digits must be there
}

type pictureKind uint8

const (
	digitToken pictureKind = iota
	pointToken
	dollarToken
	signToken  // S
	minusToken // MI
	openToken  // of PR
	closeToken
	unknownToken
)

// newPicture compiles a format.
func newPicture(s string) (*picture, error) {
	p := &picture{source: s}
	afterPoint := false
	var cur *pictureToken
	lastSeparator := false
	finish := func() {
		if cur != nil {
			cur.malformed = cur.malformed || lastSeparator
			p.tokens = append(p.tokens, *cur)
			cur, lastSeparator = nil, false
		}
	}
	sign := func(k pictureKind, text string) {
		finish()
		p.tokens = append(p.tokens, pictureToken{kind: k, text: text})
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '0', '9':
			n := i
			for n < len(s) && (s[n] == '0' || s[n] == '9') {
				n++
			}
			if cur == nil {
				cur = &pictureToken{kind: digitToken, text: "digit"}
			}
			cur.runs = append(cur.runs, digitRun{n - i, c == '0' && !afterPoint})
			p.precision += n - i
			if afterPoint {
				p.scale += n - i
			}
			lastSeparator = false
			i = n - 1
		case ',', 'G':
			if cur == nil {
				cur = &pictureToken{kind: digitToken, text: "digit", malformed: true}
			}
			cur.malformed = cur.malformed || lastSeparator
			cur.separated, lastSeparator = true, true
		case '.', 'D':
			sign(pointToken, ". or D")
			afterPoint = true
		case '$':
			sign(dollarToken, "$")
		case 'S':
			sign(signToken, "S")
		case 'M', 'P':
			switch {
			case c == 'M' && i+1 < len(s) && s[i+1] == 'I':
				sign(minusToken, "MI")
				i++
			case c == 'P' && i+1 < len(s) && s[i+1] == 'R':
				finish()
				p.tokens = append([]pictureToken{{kind: openToken, text: "PR"}}, p.tokens...)
				sign(closeToken, "PR")
				i++
			default:
				sign(unknownToken, "character '"+string(c)+"'")
			}
		default:
			sign(unknownToken, "character '"+string(c)+"'")
		}
	}
	finish()
	return p, p.check()
}

func (p *picture) index(k pictureKind) int {
	for i, t := range p.tokens {
		if t.kind == k {
			return i
		}
	}
	return -1
}

// check applies Spark's rules for formats.
func (p *picture) check() error {
	bad := func(sub string, params ...string) error {
		return sqlerr.New("INVALID_FORMAT."+sub, append([]string{"format", "'" + p.source + "'"}, params...)...)
	}
	point, digit, dollar := p.index(pointToken), p.index(digitToken), p.index(dollarToken)
	switch {
	case p.source == "":
		return bad("EMPTY")
	case digit < 0:
		return bad("WRONG_NUM_DIGIT")
	case digit < dollar:
		return bad("CUR_MUST_BEFORE_DIGIT")
	case point >= 0 && point < dollar:
		return bad("CUR_MUST_BEFORE_DEC")
	}
	counts := map[pictureKind]int{}
	for i, t := range p.tokens {
		if t.kind == digitToken && t.malformed && (point < 0 || i < point) {
			return bad("CONT_THOUSANDS_SEPS")
		}
		if t.kind == digitToken && t.separated && point >= 0 && i > point {
			return bad("THOUSANDS_SEPS_MUST_BEFORE_DEC")
		}
		if counts[t.kind]++; counts[t.kind] > 1 && t.kind != digitToken && t.kind != unknownToken && t.kind != openToken {
			return bad("WRONG_NUM_TOKEN", "token", t.text)
		}
	}
	at := 0
	for _, allowed := range [][]pictureKind{{openToken}, {minusToken, signToken}, {dollarToken}, {digitToken}, {pointToken}, {digitToken}, {dollarToken}, {minusToken, signToken, closeToken}} {
		for _, k := range allowed {
			if at < len(p.tokens) && p.tokens[at].kind == k {
				at++
				break
			}
		}
	}
	if at < len(p.tokens) {
		return bad("UNEXPECTED_TOKEN", "token", p.tokens[at].text)
	}
	if p.precision > types.MaxPrecision {
		return sqlerr.New("DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION", "precision", strconv.Itoa(p.precision), "maxPrecision", strconv.Itoa(types.MaxPrecision))
	}
	return nil
}

// parse reads a text by the format; ok is false when it does not match.
func (p *picture) parse(s string) (v types.Int128, ok bool) {
	var before, after []byte
	point, negative, opened, closed := false, false, false, false
	at := 0
	is := func(c byte) bool {
		if at < len(s) && s[at] == c {
			at++
			return true
		}
		return false
	}
	for _, t := range p.tokens {
		switch t.kind {
		case digitToken:
			sizes := []int{0}
			for ; at < len(s); at++ {
				c := s[at]
				if c >= '0' && c <= '9' {
					sizes[len(sizes)-1]++
					if point {
						after = append(after, c)
					} else {
						before = append(before, c)
					}
				} else if c == ',' {
					sizes = append(sizes, 0)
				} else if c != ' ' && (c < '\t' || c > '\r') {
					break
				}
			}
			if len(sizes) > len(t.runs) {
				return v, false
			}
			for k := range t.runs {
				// Groups are compared from the right, so that leading ones may be missing.
				run, n := t.runs[len(t.runs)-1-k], 0
				if k < len(sizes) {
					n = sizes[len(sizes)-1-k]
				}
				if run.exact && n != run.n || n > run.n {
					return v, false
				}
			}
		case pointToken:
			point = is('.') || point
		case dollarToken:
			if at < len(s) && !is('$') {
				return v, false
			}
		case signToken:
			if !is('+') && is('-') {
				negative = !negative
			}
		case minusToken:
			if is('-') {
				negative = !negative
			}
		case openToken:
			opened = is('<')
		case closeToken:
			if is('>') {
				closed, negative = true, !negative
			}
		}
	}
	if at < len(s) || opened != closed || len(after) > p.scale {
		return v, false
	}
	text := append(append(before, '.'), after...)
	if len(before)+len(after) == 0 {
		return v, false
	}
	v, ok, fits := types.ParseDecimal(text, max(p.precision, 1), p.scale)
	if negative {
		v = v.Neg()
	}
	return v, ok && fits
}

// format writes an unscaled decimal by the format; digits that do not fit give # signs.
func (p *picture) format(x types.Int128, scale int) string {
	negative := x.Sign() < 0
	before, after, _ := strings.Cut(strings.TrimPrefix(types.FormatDecimal(x, scale), "-"), ".")
	before, after = strings.TrimLeft(before, "0"), strings.TrimRight(after, "0")
	whole := p.precision - p.scale
	if len(before) > whole || len(after) > p.scale {
		before, after = strings.Repeat("#", whole), strings.Repeat("#", p.scale)
	}
	before = strings.Repeat(" ", whole-len(before)) + before
	after += strings.Repeat("0", p.scale-len(after))

	var out []byte
	last := func() byte {
		if len(out) == 0 {
			return 0
		}
		return out[len(out)-1]
	}
	// A sign goes before spaces that end the text, a space before a sign that does.
	mark := func(c byte) {
		n := len(out)
		for n > 0 && out[n-1] == ' ' {
			n--
		}
		out = append(out, ' ')
		copy(out[n+1:], out[n:])
		out[n] = c
	}
	space := func() {
		n := len(out)
		for n > 0 && (out[n-1] == '+' || out[n-1] == '-' || out[n-1] == '<') {
			n--
		}
		out = append(out, ' ')
		copy(out[n+1:], out[n:])
		out[n] = ' '
	}
	loneDot := func() {
		if i := strings.IndexByte(string(out), '.'); i >= 0 && (i+1 == len(out) || out[i+1] == ' ') {
			out = append(out[:i], out[i+1:]...)
		}
	}
	point := false
	for _, t := range p.tokens {
		switch t.kind {
		case digitToken:
			for k, run := range t.runs {
				if k > 0 {
					if c := last(); c >= '0' && c <= '9' {
						out = append(out, ',')
					} else {
						space()
					}
				}
				for n := run.n; n > 0; n-- {
					switch {
					case point:
						out, after = append(out, after[0]), after[1:]
						continue
					case before[0] != ' ':
						out = append(out, before[0])
					case run.exact:
						out = append(out, '0')
					default:
						space()
					}
					before = before[1:]
				}
			}
		case pointToken:
			if last() == ' ' {
				out[len(out)-1] = '0'
			}
			out = append(out, '.')
			point = true
		case dollarToken:
			out = append(out, '$')
		case signToken:
			loneDot()
			if negative {
				mark('-')
			} else {
				mark('+')
			}
		case minusToken:
			if negative {
				loneDot()
				mark('-')
			} else {
				out = append(out, ' ')
			}
		case openToken:
			if negative {
				out = append(out, '<')
			}
		case closeToken:
			loneDot()
			if negative {
				mark('>')
			} else {
				out = append(out, ' ', ' ')
			}
		}
	}
	loneDot()
	if s := string(out); s == "" || s == "+" || s == "-" {
		return "0"
	}
	return string(out)
}
