package parser

import (
	"strings"

	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sql/token"
)

// properties reads ('key' = 'value', a.b 1, c).
func (p *parser) properties() []ast.Property { return parenList(p, p.property) }

func (p *parser) property() ast.Property {
	first := p.at()
	prop := ast.Property{Key: p.propertyKey()}
	equals := p.acceptSymbol("=") || p.acceptSymbol("==")
	if equals || !p.isSymbol(",") && !p.isSymbol(")") {
		prop.Value, prop.HasValue = p.propertyValue(), true
	}
	prop.At = p.span(first)
	return prop
}

// propertyKey reads a key: a string, or identifiers with points between them.
func (p *parser) propertyKey() string {
	if p.isString(p.at()) {
		return p.str()
	}
	parts := []string{p.ident().Text}
	for p.isSymbol(".") {
		p.pos++
		parts = append(parts, p.ident().Text)
	}
	return strings.Join(parts, ".")
}

// propertyValue reads a value: a string, a number or a truth; the text is kept.
func (p *parser) propertyValue() string {
	t := p.at()
	switch {
	case p.isString(t):
		return p.str()
	case t.Symbol() == "-" && isNumber(p.peek(1)):
		p.pos++
		return "-" + p.textOf(p.advance())
	case isNumber(t):
		return p.textOf(p.advance())
	case p.isAny("TRUE", "FALSE"):
		return strings.ToLower(p.advance().Keyword())
	}
	p.unexpected("a string", "a number", "TRUE", "FALSE")
	return ""
}

// propertyKeys reads ('key', a.b); values are allowed and mean nothing.
func (p *parser) propertyKeys() []string {
	var keys []string
	for _, prop := range p.properties() {
		keys = append(keys, prop.Key)
	}
	return keys
}

// clauses notices a clause that comes twice.
type clauses struct {
	p    *parser
	seen []string
}

// once notes a clause that begins at the last token read.
func (c *clauses) once(name string) {
	if contains(c.seen, name) {
		c.p.fail(c.p.previous(), "DUPLICATE_CLAUSES", "clauseName", name)
	}
	c.seen = append(c.seen, name)
}

// tableOrPath reads a table's name, or the path of a Delta table as a string, which is delta.`path`.
func (p *parser) tableOrPath() ast.Name {
	t := p.at()
	if !p.isString(t) {
		return p.name()
	}
	at := ast.At{Position: t.Position()}
	return ast.Name{At: at, Parts: []ast.Ident{{At: at, Text: "delta"}, {At: at, Text: p.str(), Quoted: true}}}
}

// numberText reads a number and keeps its text.
func (p *parser) numberText() (string, token.Token) {
	t := p.at()
	if !isNumber(t) {
		p.unexpected("a number")
	}
	p.pos++
	return p.textOf(t), t
}
