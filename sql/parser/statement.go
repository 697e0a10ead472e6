package parser

import (
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sql/token"
)

// statements finds the reader of a statement by its first word. Readers begin behind that word.
var statements map[string]func(p *parser, first token.Token) ast.Statement

func init() {
	statements = map[string]func(p *parser, first token.Token) ast.Statement{}
}

// statement reads one statement.
func (p *parser) statement() ast.Statement {
	defer p.nest()()
	first := p.at()
	if read := statements[first.Keyword()]; read != nil {
		p.pos++
		return read(p, first)
	}
	if p.isSymbol("(") || p.isAny("SELECT", "VALUES", "FROM", "TABLE") {
		return p.query()
	}
	p.syntaxError(first, statementWords())
	return nil
}

// statementWords are the first words of statements, for hints.
func statementWords() []string {
	words := []string{"SELECT", "VALUES", "FROM", "TABLE", "WITH"}
	for w := range statements {
		words = append(words, w)
	}
	return words
}
