package parser

import (
	"strconv"
	"strings"

	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sql/token"
)

func itoa(n int) string { return strconv.Itoa(n) }

// at is the next token.
func (p *parser) at() token.Token { return p.tokens[p.pos] }

// peek is the token n after the next.
func (p *parser) peek(n int) token.Token { return p.tokens[min(p.pos+n, len(p.tokens)-1)] }

// previous is the token read last.
func (p *parser) previous() token.Token { return p.tokens[max(p.pos-1, 0)] }

// advance reads one token.
func (p *parser) advance() token.Token {
	t := p.tokens[p.pos]
	if t.Kind != token.EOF {
		p.pos++
	}
	return t
}

// textOf is the text of a token.
func (p *parser) textOf(t token.Token) string { return p.text[t.Start:t.Stop] }

// span is the position from a token to the last token read.
func (p *parser) span(from token.Token) ast.At {
	return ast.At{Position: from.Position().To(p.previous().Position())}
}

// spanOf is the position from a node to the last token read.
func (p *parser) spanOf(from ast.Node) ast.At {
	return ast.At{Position: from.Pos().To(p.previous().Position())}
}

// is says whether the next tokens are these keywords.
func (p *parser) is(words ...string) bool {
	for i, w := range words {
		if p.peek(i).Keyword() != w {
			return false
		}
	}
	return true
}

// isAny says whether the next token is one of these keywords.
func (p *parser) isAny(words ...string) bool { return contains(words, p.at().Keyword()) }

func contains(words []string, w string) bool {
	if w == "" {
		return false
	}
	for _, x := range words {
		if x == w {
			return true
		}
	}
	return false
}

// accept reads these keywords if they are next, all of them or none.
func (p *parser) accept(words ...string) bool {
	if !p.is(words...) {
		return false
	}
	p.pos += len(words)
	return true
}

// acceptAny reads one of these keywords and returns it, or "".
func (p *parser) acceptAny(words ...string) string {
	w := p.at().Keyword()
	if !contains(words, w) {
		return ""
	}
	p.pos++
	return w
}

// expect reads these keywords.
func (p *parser) expect(words ...string) {
	for _, w := range words {
		if p.at().Keyword() != w {
			p.unexpected(w)
		}
		p.pos++
	}
}

// expectAny reads one of these keywords.
func (p *parser) expectAny(words ...string) string {
	w := p.acceptAny(words...)
	if w == "" {
		p.unexpected(words...)
	}
	return w
}

func (p *parser) isSymbol(s string) bool { return p.at().Symbol() == s }

func (p *parser) acceptSymbol(s string) bool {
	if p.at().Symbol() != s {
		return false
	}
	p.pos++
	return true
}

func (p *parser) expectSymbol(s string) {
	if !p.acceptSymbol(s) {
		p.unexpected(s)
	}
}

// expectEquals reads = or ==, which are one to Spark.
func (p *parser) expectEquals() {
	if !p.acceptSymbol("==") {
		p.expectSymbol("=")
	}
}

func (p *parser) skipSemicolons() {
	for p.acceptSymbol(";") {
	}
}

func (p *parser) expectEnd() {
	if p.at().Kind != token.EOF {
		p.unexpected()
	}
}

// atEnd says whether the statement ends here.
func (p *parser) atEnd() bool { return p.at().Kind == token.EOF || p.isSymbol(";") }

// list reads one or more elements separated by commas.
func list[T any](p *parser, element func() T) []T {
	out := []T{element()}
	for p.acceptSymbol(",") {
		out = append(out, element())
	}
	return out
}

// parenList reads ( one or more elements ).
func parenList[T any](p *parser, element func() T) []T {
	p.expectSymbol("(")
	out := list(p, element)
	p.expectSymbol(")")
	return out
}

// isIdent says whether a token can be a name.
func (p *parser) isIdent(t token.Token) bool {
	return t.Kind == token.Word || t.Kind == token.Quoted || p.quotesName(t)
}

// quotesName says whether a token is a name in double quotes.
func (p *parser) quotesName(t token.Token) bool {
	return p.DoubleQuotedIdentifiers && t.Kind == token.String && p.text[t.Start] == '"'
}

// isString says whether a token is a string.
func (p *parser) isString(t token.Token) bool { return t.Kind == token.String && !p.quotesName(t) }

// ident reads one identifier; every keyword can be one.
func (p *parser) ident() ast.Ident {
	t := p.at()
	if !p.isIdent(t) {
		p.unexpectedName()
	}
	p.pos++
	return p.identOf(t)
}

func (p *parser) identOf(t token.Token) ast.Ident {
	at := ast.At{Position: t.Position()}
	text := p.textOf(t)
	switch t.Kind {
	case token.Quoted:
		text = strings.ReplaceAll(text[1:len(text)-1], "``", "`")
		return ast.Ident{At: at, Text: text, Quoted: true}
	case token.String:
		return ast.Ident{At: at, Text: unescape(text), Quoted: true}
	}
	return ast.Ident{At: at, Text: text}
}

// identList reads (a, b).
func (p *parser) identList() []ast.Ident { return parenList(p, p.ident) }

// name reads a.b.c or IDENTIFIER(expression).
func (p *parser) name() ast.Name {
	first := p.at()
	if p.is("IDENTIFIER") && p.peek(1).Symbol() == "(" {
		p.pos += 2
		e := p.expr()
		p.expectSymbol(")")
		return ast.Name{At: p.span(first), Dynamic: e}
	}
	return p.plainName()
}

// plainName reads a.b.c.
func (p *parser) plainName() ast.Name {
	first := p.at()
	parts := []ast.Ident{p.ident()}
	for p.isSymbol(".") && p.isIdent(p.peek(1)) {
		p.pos++
		parts = append(parts, p.ident())
	}
	p.checkHyphen(first)
	return ast.Name{At: p.span(first), Parts: parts}
}

// nameList reads (a.b, c).
func (p *parser) nameList() []ast.Name { return parenList(p, p.name) }

// str reads a string literal, or several that stand beside each other.
func (p *parser) str() string {
	if !p.isString(p.at()) {
		p.unexpected("a string")
	}
	s := unescape(p.textOf(p.advance()))
	for p.isString(p.at()) {
		s += unescape(p.textOf(p.advance()))
	}
	return s
}

// optionalStr reads a string if the keyword before it is there.
func (p *parser) optionalStr(word string) *string {
	if !p.accept(word) {
		return nil
	}
	s := p.str()
	return &s
}

// integer reads digits.
func (p *parser) integer() int64 {
	t := p.at()
	n, err := strconv.ParseInt(p.textOf(t), 10, 64)
	if t.Kind != token.Integer || err != nil {
		p.unexpected("a whole number")
	}
	p.pos++
	return n
}

// signedInteger reads digits with or without sign.
func (p *parser) signedInteger() int64 {
	negative := p.acceptSymbol("-")
	if !negative {
		p.acceptSymbol("+")
	}
	n := p.integer()
	if negative {
		return -n
	}
	return n
}

// ifExists reads IF EXISTS.
func (p *parser) ifExists() bool { return p.accept("IF", "EXISTS") }

// ifNotExists reads IF NOT EXISTS.
func (p *parser) ifNotExists() bool {
	if p.is("IF", "NOT", "EXISTS") {
		p.pos += 3
		return true
	}
	return false
}
