// Package json holds the JSON functions.
//
// In: JSON text; for from_json a schema and options. Out: values in vectors, text, or inferred schemas. Text
// is scanned once into a flat list of nodes that is used again for the next one; no memory is made per value. What is
// accepted and how it is printed again follows Jackson, as Spark uses it.
package json

import (
	"errors"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/argan-sql/argan/exec/cast"
)

// kind is the kind of a JSON value.
type kind uint8

const (
	null kind = iota
	boolTrue
	boolFalse
	integer
	float
	nonNumber // NaN, Infinity …
	text
	array
	object
)

// node is a value. Strings lie in the document's buffer without escapes, numbers in the source. The members of arrays and
// objects follow their node, names before values; next is the node after the whole value.
type node struct {
	kind     kind
	buffered bool // the bytes lie in the document's buffer
	from, to uint32
	next     uint32
	count    uint32 // members
}

// document is a scanned text. It may be used for one text after the other.
type document struct {
	src    []byte
	nodes  []node
	buffer []byte
	pos    int
	depth  int
	flags  flags
}

// flags are the parts of JSON that options allow.
type flags struct {
	comments, unquotedNames, noSingleQuotes, leadingZeros, noNonNumbers, anyEscape, controls bool
}

var errSyntax = errors.New("malformed JSON")

const maxDepth = 1000

// scan reads one value, which whatever may follow. empty says that there is none.
func (d *document) scan(src []byte, f flags) (empty bool, err error) {
	d.src, d.pos, d.flags, d.depth = src, 0, f, 0
	d.nodes, d.buffer = d.nodes[:0], d.buffer[:0]
	if err := d.space(); err != nil {
		return false, err
	}
	if d.pos == len(d.src) {
		return true, nil
	}
	return false, d.value()
}

func (d *document) space() error {
	for d.pos < len(d.src) {
		switch c := d.src[d.pos]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			d.pos++
		case c == '/' && d.flags.comments:
			if err := d.comment(); err != nil {
				return err
			}
		default:
			return nil
		}
	}
	return nil
}

func (d *document) comment() error {
	rest := d.src[d.pos:]
	if len(rest) < 2 || rest[1] != '/' && rest[1] != '*' {
		return errSyntax
	}
	for i := 2; i < len(rest); i++ {
		if rest[1] == '/' && rest[i] == '\n' || rest[1] == '*' && rest[i] == '/' && i > 2 && rest[i-1] == '*' {
			d.pos += i + 1
			return nil
		}
	}
	if rest[1] == '*' {
		return errSyntax
	}
	d.pos = len(d.src)
	return nil
}

func (d *document) add(n node) int {
	n.next = uint32(len(d.nodes) + 1)
	d.nodes = append(d.nodes, n)
	return len(d.nodes) - 1
}

func (d *document) value() error {
	if d.pos >= len(d.src) {
		return errSyntax
	}
	switch c := d.src[d.pos]; {
	case c == '"' || c == '\'' && !d.flags.noSingleQuotes:
		return d.text(c)
	case c == '{':
		return d.object()
	case c == '[':
		return d.array()
	case c == '-' || c >= '0' && c <= '9':
		return d.number()
	case c == 't':
		return d.word("true", boolTrue)
	case c == 'f':
		return d.word("false", boolFalse)
	case c == 'n':
		return d.word("null", null)
	case (c == 'N' || c == 'I' || c == '+') && !d.flags.noNonNumbers:
		for _, w := range []string{"NaN", "Infinity", "INF", "+Infinity", "+INF"} {
			if d.word(w, nonNumber) == nil {
				return nil
			}
		}
	}
	return errSyntax
}

func (d *document) word(w string, k kind) error {
	end := d.pos + len(w)
	if end > len(d.src) || string(d.src[d.pos:end]) != w || end < len(d.src) && isWord(d.src[end]) {
		return errSyntax
	}
	d.add(node{kind: k, from: uint32(d.pos), to: uint32(end)})
	d.pos = end
	return nil
}

func isWord(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '$'
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func (d *document) number() error {
	from, p := d.pos, d.pos
	if d.src[p] == '-' {
		p++
		if p < len(d.src) && d.src[p] == 'I' && !d.flags.noNonNumbers {
			for _, w := range []string{"-Infinity", "-INF"} {
				if d.word(w, nonNumber) == nil {
					return nil
				}
			}
		}
	}
	digits := p
	for p < len(d.src) && isDigit(d.src[p]) {
		p++
	}
	if p == digits || d.src[digits] == '0' && p > digits+1 && !d.flags.leadingZeros {
		return errSyntax
	}
	k := integer
	if p < len(d.src) && d.src[p] == '.' {
		k = float
		frac := p + 1
		for p++; p < len(d.src) && isDigit(d.src[p]); p++ {
		}
		if p == frac {
			return errSyntax
		}
	}
	if p < len(d.src) && (d.src[p] == 'e' || d.src[p] == 'E') {
		k = float
		if p++; p < len(d.src) && (d.src[p] == '+' || d.src[p] == '-') {
			p++
		}
		exp := p
		for p < len(d.src) && isDigit(d.src[p]) {
			p++
		}
		if p == exp {
			return errSyntax
		}
	}
	if p < len(d.src) && isWord(d.src[p]) {
		return errSyntax
	}
	d.add(node{kind: k, from: uint32(from), to: uint32(p)})
	d.pos = p
	return nil
}

// text reads a quoted string.
func (d *document) text(quote byte) error {
	p := d.pos + 1
	// Without escapes the string lies in the source.
	for p < len(d.src) && d.src[p] != quote && d.src[p] != '\\' && (d.src[p] >= ' ' || d.flags.controls) {
		p++
	}
	if p < len(d.src) && d.src[p] == quote {
		d.add(node{kind: text, from: uint32(d.pos + 1), to: uint32(p)})
		d.pos = p + 1
		return nil
	}
	start := len(d.buffer)
	d.buffer = append(d.buffer, d.src[d.pos+1:p]...)
	for p < len(d.src) {
		c := d.src[p]
		switch {
		case c == quote:
			d.add(node{kind: text, buffered: true, from: uint32(start), to: uint32(len(d.buffer))})
			d.pos = p + 1
			return nil
		case c < ' ' && !d.flags.controls:
			return errSyntax
		case c != '\\':
			d.buffer = append(d.buffer, c)
			p++
			continue
		}
		if p++; p == len(d.src) {
			return errSyntax
		}
		switch c = d.src[p]; c {
		case 'n':
			d.buffer = append(d.buffer, '\n')
		case 't':
			d.buffer = append(d.buffer, '\t')
		case 'r':
			d.buffer = append(d.buffer, '\r')
		case 'b':
			d.buffer = append(d.buffer, '\b')
		case 'f':
			d.buffer = append(d.buffer, '\f')
		case '"', '\\', '/':
			d.buffer = append(d.buffer, c)
		case 'u':
			r, n, ok := unicodeEscape(d.src[p+1:])
			if !ok {
				return errSyntax
			}
			d.buffer = utf8.AppendRune(d.buffer, r)
			p += n
		default:
			if !d.flags.anyEscape && !(c == '\'' && quote == '\'') {
				return errSyntax
			}
			d.buffer = append(d.buffer, c)
		}
		p++
	}
	return errSyntax
}

// unicodeEscape reads the digits after \u, two escapes for a surrogate pair; n is how many bytes it took.
func unicodeEscape(s []byte) (r rune, n int, ok bool) {
	four := func(s []byte) (rune, bool) {
		if len(s) < 4 {
			return 0, false
		}
		v, err := strconv.ParseUint(string(s[:4]), 16, 32)
		return rune(v), err == nil
	}
	if r, ok = four(s); !ok {
		return 0, 0, false
	}
	if r >= 0xd800 && r < 0xdc00 && len(s) >= 10 && s[4] == '\\' && s[5] == 'u' {
		if lo, ok := four(s[6:]); ok && lo >= 0xdc00 && lo < 0xe000 {
			return (r-0xd800)<<10 | (lo - 0xdc00) + 0x10000, 10, true
		}
	}
	return r, 4, true
}

func (d *document) enter() error {
	if d.depth++; d.depth > maxDepth {
		return errSyntax
	}
	d.pos++
	return d.space()
}

func (d *document) array() error {
	at := d.add(node{kind: array, from: uint32(d.pos)})
	if err := d.enter(); err != nil {
		return err
	}
	count := uint32(0)
	for first := true; ; first = false {
		if d.pos >= len(d.src) {
			return errSyntax
		}
		if first && d.src[d.pos] == ']' {
			break
		}
		if err := d.value(); err != nil {
			return err
		}
		count++
		more, err := d.separator(']')
		if err != nil {
			return err
		}
		if !more {
			break
		}
	}
	return d.leave(at, count)
}

// separator reads a comma, or stands before the closing bracket.
func (d *document) separator(closing byte) (more bool, err error) {
	if err := d.space(); err != nil {
		return false, err
	}
	if d.pos >= len(d.src) {
		return false, errSyntax
	}
	switch d.src[d.pos] {
	case closing:
		return false, nil
	case ',':
		d.pos++
		return true, d.space()
	}
	return false, errSyntax
}

func (d *document) leave(at int, count uint32) error {
	d.pos++
	d.depth--
	n := &d.nodes[at]
	n.to, n.next, n.count = uint32(d.pos), uint32(len(d.nodes)), count
	return nil
}

func (d *document) object() error {
	at := d.add(node{kind: object, from: uint32(d.pos)})
	if err := d.enter(); err != nil {
		return err
	}
	count := uint32(0)
	for first := true; ; first = false {
		if d.pos >= len(d.src) {
			return errSyntax
		}
		if first && d.src[d.pos] == '}' {
			break
		}
		if err := d.name(); err != nil {
			return err
		}
		if err := d.space(); err != nil {
			return err
		}
		if d.pos >= len(d.src) || d.src[d.pos] != ':' {
			return errSyntax
		}
		d.pos++
		if err := d.space(); err != nil {
			return err
		}
		if err := d.value(); err != nil {
			return err
		}
		count++
		more, err := d.separator('}')
		if err != nil {
			return err
		}
		if !more {
			break
		}
	}
	return d.leave(at, count)
}

func (d *document) name() error {
	switch c := d.src[d.pos]; {
	case c == '"' || c == '\'' && !d.flags.noSingleQuotes:
		return d.text(c)
	case d.flags.unquotedNames && isWord(c):
		from := d.pos
		for d.pos < len(d.src) && isWord(d.src[d.pos]) {
			d.pos++
		}
		d.add(node{kind: text, from: uint32(from), to: uint32(d.pos)})
		return nil
	}
	return errSyntax
}

// bytes are a string without its escapes, or the text of anything else.
func (d *document) bytes(n *node) []byte {
	if n.buffered {
		return d.buffer[n.from:n.to]
	}
	return d.src[n.from:n.to]
}

// write prints a value again, without white space, as Jackson does: doubles in Java's form.
func (d *document) write(dst []byte, at int) []byte {
	n := &d.nodes[at]
	switch n.kind {
	case text:
		return cast.AppendJSONString(dst, d.bytes(n))
	case float, nonNumber:
		f, _ := strconv.ParseFloat(string(d.bytes(n)), 64)
		if n.kind == nonNumber {
			f = special(d.bytes(n))
		}
		if math.IsNaN(f) || math.IsInf(f, 0) {
			dst = append(dst, '"')
			return append(cast.AppendDouble(dst, f), '"')
		}
		return cast.AppendDouble(dst, f)
	case integer:
		return append(dst, d.bytes(n)...)
	case array:
		dst = append(dst, '[')
		for k, i := uint32(0), at+1; k < n.count; k++ {
			if k > 0 {
				dst = append(dst, ',')
			}
			dst = d.write(dst, i)
			i = int(d.nodes[i].next)
		}
		return append(dst, ']')
	case object:
		dst = append(dst, '{')
		for k, i := uint32(0), at+1; k < n.count; k++ {
			if k > 0 {
				dst = append(dst, ',')
			}
			dst = append(cast.AppendJSONString(dst, d.bytes(&d.nodes[i])), ':')
			dst = d.write(dst, i+1)
			i = int(d.nodes[i+1].next)
		}
		return append(dst, '}')
	}
	return append(dst, d.bytes(n)...)
}

// special is the value of a word for NaN or an infinity; 0 for other words.
func special(s []byte) float64 {
	switch string(s) {
	case "NaN":
		return math.NaN()
	case "INF", "+INF", "Infinity", "+Infinity":
		return math.Inf(1)
	case "-INF", "-Infinity":
		return math.Inf(-1)
	}
	return 0
}
