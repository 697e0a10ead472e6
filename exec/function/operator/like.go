package operator

import (
	"bytes"
	"unicode/utf8"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// pattern is a compiled LIKE pattern: the pieces between its % signs.
type pattern struct {
	pieces   []piece
	anyStart bool // begins with %
	anyEnd   bool // ends with %
}

// piece is a run of literal bytes and single-character wildcards.
type piece struct {
	text  []byte // literal bytes; wildcards are not in it
	wild  []int  // positions in text before which any one character stands
	runes int    // characters in all
}

// compileLike takes a pattern apart. The escape character must stand before %, _ or itself.
func compileLike(p, escape []byte) (*pattern, error) {
	esc, _ := utf8.DecodeRune(escape)
	out := &pattern{}
	var cur piece
	open := false // cur has something in it
	flush := func() {
		if open {
			out.pieces = append(out.pieces, cur)
			cur, open = piece{}, false
		}
	}
	for i := 0; i < len(p); {
		r, size := utf8.DecodeRune(p[i:])
		switch {
		case r == esc && len(escape) > 0:
			if i+size >= len(p) {
				return nil, sqlerr.New("INVALID_FORMAT.ESC_AT_THE_END", "format", "'"+string(p)+"'")
			}
			next, n := utf8.DecodeRune(p[i+size:])
			if next != '%' && next != '_' && next != esc {
				return nil, sqlerr.New("INVALID_FORMAT.ESC_IN_THE_MIDDLE", "format", "'"+string(p)+"'", "char", "'"+string(next)+"'")
			}
			cur.text = append(cur.text, p[i+size:i+size+n]...)
			cur.runes++
			open = true
			i += size + n
			continue
		case r == '%':
			flush()
			if i == 0 {
				out.anyStart = true
			}
			out.anyEnd = i+1 == len(p)
		case r == '_':
			cur.wild = append(cur.wild, len(cur.text))
			cur.runes++
			open = true
		default:
			cur.text = append(cur.text, p[i:i+size]...)
			cur.runes++
			open = true
		}
		i += size
	}
	flush()
	return out, nil
}

// at says whether the piece stands at the start of s, and how many bytes it takes.
func (c *piece) at(s []byte) (int, bool) {
	if c.wild == nil {
		return len(c.text), len(s) >= len(c.text) && string(s[:len(c.text)]) == string(c.text)
	}
	from, pos := 0, 0
	for _, w := range c.wild {
		lit := c.text[from:w]
		if len(s)-pos < len(lit) || string(s[pos:pos+len(lit)]) != string(lit) {
			return 0, false
		}
		pos += len(lit)
		if pos >= len(s) {
			return 0, false
		}
		_, n := utf8.DecodeRune(s[pos:])
		pos += n
		from = w
	}
	lit := c.text[from:]
	return pos + len(lit), len(s)-pos >= len(lit) && string(s[pos:pos+len(lit)]) == string(lit)
}

// find is the end of the first place where the piece stands in s; -1 for none.
func (c *piece) find(s []byte) int {
	if c.wild == nil {
		i := bytes.Index(s, c.text)
		if i < 0 {
			return -1
		}
		return i + len(c.text)
	}
	for i := 0; i <= len(s); {
		if n, ok := c.at(s[i:]); ok {
			return i + n
		}
		if i == len(s) {
			break
		}
		_, n := utf8.DecodeRune(s[i:])
		i += n
	}
	return -1
}

// atEnd says whether the piece ends s.
func (c *piece) atEnd(s []byte) bool {
	if c.wild == nil {
		return bytes.HasSuffix(s, c.text)
	}
	i := len(s)
	for k := 0; k < c.runes; k++ {
		if i == 0 {
			return false
		}
		_, n := utf8.DecodeLastRune(s[:i])
		i -= n
	}
	n, ok := c.at(s[i:])
	return ok && i+n == len(s)
}

// match says whether the whole of s fits the pattern.
func (p *pattern) match(s []byte) bool {
	pieces := p.pieces
	if len(pieces) == 0 {
		return p.anyStart || len(s) == 0
	}
	if !p.anyStart {
		n, ok := pieces[0].at(s)
		if !ok {
			return false
		}
		if len(pieces) == 1 {
			return p.anyEnd || n == len(s)
		}
		s, pieces = s[n:], pieces[1:]
	}
	last := len(pieces)
	if !p.anyEnd {
		last--
	}
	for k := 0; k < last; k++ {
		n := pieces[k].find(s)
		if n < 0 {
			return false
		}
		s = s[n:]
	}
	return p.anyEnd || pieces[last].atEnd(s)
}

// like binds like and ilike: value, pattern, and optionally the escape character.
func like(name string) func([]function.Arg, bool) (*function.Bound, error) {
	fold := name == "ilike"
	return func(args []function.Arg, ansi bool) (*function.Bound, error) {
		in, err := bind.Cast(name, args, ansi, types.StringFamily)
		if err != nil {
			return nil, err
		}
		if len(args) == 3 {
			if s, null, ok := bind.ConstText(args[2]); !ok || null || utf8.RuneCountInString(s) != 1 {
				return nil, sqlerr.New("INVALID_ESCAPE_CHAR", "sqlExpr", bind.ArgSQL(args[2]))
			}
		}
		return &function.Bound{Args: in, Return: types.BooleanType, Eval: func(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
			escape := []byte{'\\'}
			if len(args) == 3 {
				escape = args[2].Bytes(0)
			}
			return likeRows(args[0], args[1], escape, fold, n)
		}}, nil
	}
}

func likeRows(v, patterns *vector.Vector, escape []byte, fold bool, n int) (*vector.Vector, error) {
	out := vector.New(types.BooleanType, n)
	valid := bind.Nulls([]*vector.Vector{v, patterns}, n)
	var p *pattern
	var last []byte
	var scratch []byte
	for i := range out.Bools {
		if !valid.Get(i) {
			continue
		}
		if p == nil || patterns.Form != vector.Const {
			text := patterns.Bytes(i)
			if p == nil || !bytes.Equal(text, last) {
				last = text
				if fold {
					text = bytes.ToLower(text)
				}
				var err error
				if p, err = compileLike(text, escape); err != nil {
					return nil, err
				}
			}
		}
		s := v.Bytes(i)
		if fold {
			scratch = lower(scratch[:0], s)
			s = scratch
		}
		out.Bools[i] = p.match(s)
	}
	return out, nil
}

// lower appends s in lower case to dst.
func lower(dst, s []byte) []byte {
	for _, c := range s {
		if c >= utf8.RuneSelf {
			return append(dst[:0], bytes.ToLower(s)...)
		}
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}
