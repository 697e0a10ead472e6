// Package csv holds the CSV functions.
//
// In: lines of text; for from_csv a schema and options. Out: values in vectors, text, or inferred schemas.
// What is accepted follows the parser Spark uses (univocity) with Spark's defaults.
package csv

import (
	"bytes"

	"github.com/argan-sql/argan/exec/function/record"
	"github.com/argan-sql/argan/sqlerr"
)

// dialect is how lines are cut into fields.
type dialect struct {
	Separator              []byte
	Quote, Escape, Comment byte // 0: none
	quoteEscape            byte // escapes the escape
	TrimLeft, TrimRight    bool
	nullValue, emptyValue  []byte
}

// newDialect takes the options sep, quote, escape, comment, nullValue and those of white space.
func newDialect(o record.Options, reading bool) (dialect, error) {
	d := dialect{
		Separator: []byte(o.Get("sep", o.Get("delimiter", ","))), TrimLeft: o.Bool("ignoreLeadingWhiteSpace", !reading), TrimRight: o.Bool("ignoreTrailingWhiteSpace", !reading),
		nullValue: []byte(o.Get("nullValue", "")),
	}
	if reading {
		d.emptyValue = []byte(o.Get("emptyValue", ""))
	} else {
		d.emptyValue = []byte(o.Get("emptyValue", `""`))
	}
	if len(d.Separator) == 0 {
		return d, sqlerr.New("INVALID_PARAMETER_VALUE.PATTERN", "parameter", "`sep`", "functionName", "`csv`", "value", "''")
	}
	if string(d.Separator) == `\t` {
		d.Separator = []byte{'\t'}
	}
	var err error
	one := func(key, without string) byte {
		s := o.Get(key, without)
		switch {
		case s == "" || s == "\x00":
			return 0
		case len(s) > 1 && err == nil:
			err = sqlerr.New("INVALID_PARAMETER_VALUE.PATTERN", "parameter", "`"+key+"`", "functionName", "`csv`", "value", "'"+s+"'")
		}
		return s[0]
	}
	d.Quote, d.Escape, d.Comment = one("quote", `"`), one("escape", `\`), one("comment", "")
	d.quoteEscape = one("charToEscapeQuoteEscaping", "")
	return d, err
}

// field is a field of a line; Quoted tells that it was.
type field struct {
	Text   []byte
	Quoted bool
}

func blank(c byte) bool { return c <= ' ' }

// split cuts a line into fields, which lie in line or in buf (given back, for use again).
func (d *dialect) split(fields []field, buf, line []byte) ([]field, []byte) {
	p := 0
	for {
		for d.TrimLeft && p < len(line) && blank(line[p]) && !bytes.HasPrefix(line[p:], d.Separator) {
			p++
		}
		var f field
		if d.Quote != 0 && p < len(line) && line[p] == d.Quote {
			f, buf, p = d.quoted(buf, line, p)
		} else {
			end := bytes.Index(line[p:], d.Separator)
			if end < 0 {
				end = len(line) - p
			}
			f.Text = line[p : p+end]
			p += end
			for d.TrimRight && len(f.Text) > 0 && blank(f.Text[len(f.Text)-1]) {
				f.Text = f.Text[:len(f.Text)-1]
			}
		}
		fields = append(fields, f)
		if p >= len(line) {
			return fields, buf
		}
		p += len(d.Separator)
	}
}

// quoted reads a field that starts with a quote at p. A quote that is not followed by the separator is part of the field.
func (d *dialect) quoted(buf, line []byte, p int) (field, []byte, int) {
	start := len(buf)
	from := p
	for p++; p < len(line); p++ {
		c := line[p]
		switch {
		case d.Escape != 0 && c == d.Escape && c != d.Quote && p+1 < len(line) && (line[p+1] == d.Quote || line[p+1] == d.Escape && d.quoteEscape != 0):
			p++
			buf = append(buf, line[p])
		case c == d.Quote && d.Escape == d.Quote && p+1 < len(line) && line[p+1] == d.Quote:
			p++
			buf = append(buf, c)
		case c == d.Quote:
			end := p + 1
			for end < len(line) && blank(line[end]) && !bytes.HasPrefix(line[end:], d.Separator) {
				end++
			}
			if end == len(line) || bytes.HasPrefix(line[end:], d.Separator) {
				return field{Text: buf[start:len(buf):len(buf)], Quoted: true}, buf, end
			}
			// The quote does not close the field: the field is plain text, quotes and all, up to the separator.
			stop := bytes.Index(line[p:], d.Separator)
			if stop < 0 {
				stop = len(line) - p
			}
			return field{Text: line[from : p+stop]}, buf[:start], p + stop
		default:
			buf = append(buf, c)
		}
	}
	return field{Text: buf[start:len(buf):len(buf)], Quoted: true}, buf, len(line)
}

// write appends a field, quoted if it has to be.
func (d *dialect) write(dst, s []byte) []byte {
	if len(s) == 0 {
		return append(dst, d.emptyValue...)
	}
	if d.TrimLeft {
		for len(s) > 0 && blank(s[0]) {
			s = s[1:]
		}
	}
	if d.TrimRight {
		for len(s) > 0 && blank(s[len(s)-1]) {
			s = s[:len(s)-1]
		}
	}
	if d.Quote == 0 || !bytes.Contains(s, d.Separator) && bytes.IndexByte(s, d.Quote) != 0 && !bytes.ContainsAny(s, "\r\n") && (d.Comment == 0 || len(s) == 0 || s[0] != d.Comment) {
		return append(dst, s...)
	}
	dst = append(dst, d.Quote)
	for _, c := range s {
		if c == d.Quote && d.Escape != 0 {
			dst = append(dst, d.Escape)
		}
		dst = append(dst, c)
	}
	return append(dst, d.Quote)
}
