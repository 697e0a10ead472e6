package token

import (
	"unicode"
	"unicode/utf8"
)

// Scan cuts text into tokens; the last is EOF. The text must be valid UTF-8 and shorter than 4 GB.
func Scan(text string) []Token {
	s := scanner{text: text, line: 1, tokens: make([]Token, 0, len(text)/5+2)}
	for s.next() {
	}
	return s.tokens
}

type scanner struct {
	text   string
	pos    int
	line   int
	tokens []Token

	// The character position of the start of a line is found step by step: columns are counted in characters.
	columnAt int // a byte offset on the current line
	column   int // the column of columnAt, from 0
}

// locate gives the column of a byte offset at or after the last one asked for, on the current line.
func (s *scanner) locate(offset int) int {
	for s.columnAt < offset {
		if utf8.RuneStart(s.text[s.columnAt]) {
			s.column++
		}
		s.columnAt++
	}
	return s.column + 1
}

// newline notes that a line begins at offset.
func (s *scanner) newline(offset int) {
	s.line++
	s.columnAt, s.column = offset, 0
}

// lines notes the line breaks of text[from:to].
func (s *scanner) lines(from, to int) {
	for i := from; i < to; i++ {
		if s.text[i] == '\n' {
			s.newline(i + 1)
		}
	}
}

// emit adds the token text[start:stop], which may hold line breaks, and goes on after it.
func (s *scanner) emit(t Token, start, stop int) {
	t.Start, t.Stop = uint32(start), uint32(stop)
	t.Line, t.Column = uint32(s.line), uint32(s.locate(start))
	s.tokens = append(s.tokens, t)
	if t.Kind != Word && t.Kind != Symbol {
		s.lines(start, stop)
	}
	s.pos = stop
}

func (s *scanner) peek(ahead int) byte {
	if s.pos+ahead < len(s.text) {
		return s.text[s.pos+ahead]
	}
	return 0
}

// next adds one token; false after EOF.
func (s *scanner) next() bool {
	if !s.skip() {
		return true // an unclosed comment is a token
	}
	if s.pos >= len(s.text) {
		s.emit(Token{Kind: EOF}, len(s.text), len(s.text))
		return false
	}
	c := s.text[s.pos]
	switch {
	case c == '\'' || c == '"':
		s.quoted(s.pos, s.pos+1, c, false)
	case (c == 'r' || c == 'R') && (s.peek(1) == '\'' || s.peek(1) == '"'):
		s.quoted(s.pos, s.pos+2, s.peek(1), true)
	case c == '`':
		s.backquoted()
	case digit(c) || c == '.' && digit(s.peek(1)):
		s.number()
	case c == '/' && s.peek(1) == '*' && s.peek(2) == '+':
		s.emit(Token{Kind: Hint}, s.pos, s.pos+3)
	case c < utf8.RuneSelf && symbolsAt[c] != nil:
		s.symbol(c)
	default:
		s.word()
	}
	return true
}

func (s *scanner) symbol(c byte) {
	for _, i := range symbolsAt[c] {
		if n := len(symbols[i]); s.pos+n <= len(s.text) && s.text[s.pos:s.pos+n] == symbols[i] {
			s.emit(Token{Kind: Symbol, symbol: i}, s.pos, s.pos+n)
			return
		}
	}
	s.emit(Token{Kind: Illegal}, s.pos, s.pos+1)
}

// skip passes over blanks and comments; false when a comment has no end.
func (s *scanner) skip() bool {
	for s.pos < len(s.text) {
		c := s.text[s.pos]
		switch {
		case c == '\n':
			s.pos++
			s.newline(s.pos)
		case c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f':
			s.pos++
		case c == '-' && s.peek(1) == '-':
			s.lineComment()
		case c == '/' && s.peek(1) == '*' && s.peek(2) != '+':
			if !s.comment() {
				return false
			}
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRuneInString(s.text[s.pos:])
			if !unicode.IsSpace(r) && r != '\ufeff' {
				return true
			}
			s.pos += size
		default:
			return true
		}
	}
	return true
}

// lineComment passes over -- to the end of the line; a backslash before the line break carries it on.
func (s *scanner) lineComment() {
	for s.pos < len(s.text) && s.text[s.pos] != '\n' {
		if s.text[s.pos] == '\\' && s.peek(1) == '\n' {
			s.pos++
			s.newline(s.pos + 1)
		}
		s.pos++
	}
}

// comment passes over a bracketed comment, which may hold others. One without end becomes a token.
func (s *scanner) comment() bool {
	depth, i := 0, s.pos
	for i < len(s.text) {
		switch {
		case s.text[i] == '/' && i+1 < len(s.text) && s.text[i+1] == '*' && (i+2 >= len(s.text) || s.text[i+2] != '+'):
			depth++
			i += 2
		case s.text[i] == '*' && i+1 < len(s.text) && s.text[i+1] == '/':
			depth--
			i += 2
			if depth == 0 {
				s.lines(s.pos, i)
				s.pos = i
				return true
			}
		default:
			i++
		}
	}
	s.emit(Token{Kind: UnclosedComment}, s.pos, len(s.text))
	return false
}

func (s *scanner) quoted(start, from int, quote byte, raw bool) {
	for i := from; i < len(s.text); i++ {
		switch c := s.text[i]; {
		case c == '\\' && !raw:
			i++
		case c == quote:
			s.emit(Token{Kind: String}, start, i+1)
			return
		}
	}
	s.emit(Token{Kind: UnclosedString}, start, len(s.text))
}

func (s *scanner) backquoted() {
	for i := s.pos + 1; i < len(s.text); i++ {
		if s.text[i] != '`' {
			continue
		}
		if i+1 < len(s.text) && s.text[i+1] == '`' {
			i++
			continue
		}
		s.emit(Token{Kind: Quoted}, s.pos, i+1)
		return
	}
	s.emit(Token{Kind: UnclosedIdent}, s.pos, len(s.text))
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

func wordByte(c byte) bool {
	return digit(c) || c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// wordEnd is the end of the letters, digits and underscores that begin at i.
func (s *scanner) wordEnd(i int) int {
	for i < len(s.text) {
		if c := s.text[i]; c < utf8.RuneSelf {
			if !wordByte(c) {
				break
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s.text[i:])
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) {
			break
		}
		i += size
	}
	return i
}

func (s *scanner) word() {
	end := s.wordEnd(s.pos)
	if end == s.pos {
		_, size := utf8.DecodeRuneInString(s.text[s.pos:])
		s.emit(Token{Kind: Illegal}, s.pos, s.pos+size)
		return
	}
	s.emit(Token{Kind: Word, keyword: lookup(s.text[s.pos:end])}, s.pos, end)
}

// numberSuffixes are the letters after a number that choose its type; whole marks those for digits alone.
var numberSuffixes = []struct {
	text  string
	kind  Kind
	whole bool
}{{"BD", BigDecimal, false}, {"D", Double, false}, {"F", Float, false}, {"L", BigInt, true}, {"S", SmallInt, true}, {"Y", TinyInt, true}}

// number reads a number; the longest match wins, so that 1a and 2_x are words, as they are for Spark.
func (s *scanner) number() {
	i := s.pos
	for i < len(s.text) && digit(s.text[i]) {
		i++
	}
	kind := Integer
	if i < len(s.text) && s.text[i] == '.' {
		j := i + 1
		for j < len(s.text) && digit(s.text[j]) {
			j++
		}
		if k := s.numberEnd(j, Decimal); k.stop > 0 {
			s.emit(Token{Kind: k.kind}, s.pos, k.stop)
			return
		}
		if i == s.pos { // .5abc is a point and a word
			s.emit(Token{Kind: Symbol, symbol: symbolPoint}, s.pos, s.pos+1)
			return
		}
	}
	if k := s.numberEnd(i, kind); k.stop > 0 {
		s.emit(Token{Kind: k.kind}, s.pos, k.stop)
		return
	}
	s.word()
}

var symbolPoint = func() uint8 {
	for i, text := range symbols {
		if text == "." {
			return uint8(i)
		}
	}
	return 0
}()

type numberToken struct {
	kind Kind
	stop int
}

// numberEnd ends a number whose digits end at i: with exponent and suffix, or stop 0 if letters follow that are neither.
func (s *scanner) numberEnd(i int, kind Kind) numberToken {
	if i < len(s.text) && (s.text[i] == 'e' || s.text[i] == 'E') {
		j := i + 1
		if j < len(s.text) && (s.text[j] == '+' || s.text[j] == '-') {
			j++
		}
		if j < len(s.text) && digit(s.text[j]) {
			for j < len(s.text) && digit(s.text[j]) {
				j++
			}
			i, kind = j, Exponent
		}
	}
	end := s.wordEnd(i)
	if end == i {
		return numberToken{kind, i}
	}
	for _, suffix := range numberSuffixes {
		if end-i == len(suffix.text) && (!suffix.whole || kind == Integer) && equalUpper(s.text[i:end], suffix.text) {
			return numberToken{suffix.kind, end}
		}
	}
	return numberToken{}
}

func equalUpper(s, upper string) bool {
	for i := range len(s) {
		if s[i] != upper[i] && s[i] != upper[i]+('a'-'A') {
			return false
		}
	}
	return true
}
