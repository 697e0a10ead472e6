package parser

import (
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sql/token"
)

// describe reads DESCRIBE in all its forms. A word that would begin a form is a table's name where nothing follows it.
func (p *parser) describe(first token.Token) ast.Statement {
	alone := p.peek(1).Kind == token.EOF || p.peek(1).Symbol() == ";" || p.peek(1).Symbol() == "."
	if !alone {
		switch p.at().Keyword() {
		case "FUNCTION":
			p.pos++
			return p.describeFunction(first)
		case "DATABASE", "SCHEMA", "NAMESPACE":
			p.pos++
			s := &ast.DescribeDatabase{Extended: p.accept("EXTENDED"), Database: p.name()}
			s.At = p.span(first)
			return s
		case "HISTORY":
			p.pos++
			p.acceptTableWord()
			s := &ast.DescribeHistory{Table: p.tableOrPath()}
			if p.accept("LIMIT") {
				s.Limit = p.expr()
			}
			s.At = p.span(first)
			return s
		case "DETAIL":
			p.pos++
			p.acceptTableWord()
			s := &ast.DescribeDetail{Table: p.tableOrPath()}
			s.At = p.span(first)
			return s
		case "STREAM":
			p.pos++
			s := &ast.DescribeStream{Table: p.name()}
			s.At = p.span(first)
			return s
		case "QUERY":
			p.pos++
			return p.describeQuery(first)
		}
	}
	if p.isAny("SELECT", "WITH", "VALUES", "FROM") && p.queryStartsAt(0) || p.isSymbol("(") {
		return p.describeQuery(first)
	}
	s := &ast.DescribeTable{}
	if !alone {
		p.accept("TABLE")
	}
	if p.isIdent(p.peek(1)) {
		s.Extended = p.acceptAny("EXTENDED", "FORMATTED") != ""
	}
	s.Table = p.tableOrPath()
	s.Partition = p.optionalPartition()
	if p.isIdent(p.at()) && !p.is("AS", "JSON") {
		s.Column = p.name()
	}
	s.AsJSON = p.accept("AS", "JSON")
	s.At = p.span(first)
	return s
}

func (p *parser) describeQuery(first token.Token) ast.Statement {
	q := p.query()
	return &ast.DescribeQuery{At: p.span(first), Query: q}
}

// describeFunction reads a function's name, which may be an operator or a string.
func (p *parser) describeFunction(first token.Token) ast.Statement {
	s := &ast.DescribeFunction{Extended: p.accept("EXTENDED")}
	t := p.at()
	switch {
	case p.isIdent(t):
		s.Function = p.name()
	case p.isString(t):
		at := ast.At{Position: t.Position()}
		s.Function = ast.Name{At: at, Parts: []ast.Ident{{At: at, Text: p.str(), Quoted: true}}}
	case t.Symbol() != "" && t.Symbol() != ";":
		at := ast.At{Position: t.Position()}
		s.Function = ast.Name{At: at, Parts: []ast.Ident{{At: at, Text: p.textOf(p.advance()), Quoted: true}}}
	default:
		p.unexpectedName()
	}
	s.At = p.span(first)
	return s
}
