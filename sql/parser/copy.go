package parser

import (
	"strings"

	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sql/token"
)

// copyInto reads COPY INTO target FROM source with its options.
func (p *parser) copyInto(first token.Token) ast.Statement {
	p.expect("INTO")
	c := &ast.CopyInto{Target: p.name()}
	if p.isSymbol("(") {
		c.Columns = p.identList()
	}
	p.expect("FROM")
	if p.acceptSymbol("(") {
		p.pathTables = true
		c.Query = p.query()
		p.pathTables = false
		p.expectSymbol(")")
	} else {
		c.Path = p.str()
	}
	seen := clauses{p: p}
	for {
		word := p.acceptAny("FILEFORMAT", "VALIDATE", "FILES", "PATTERN", "FORMAT_OPTIONS", "COPY_OPTIONS")
		if word == "" {
			break
		}
		seen.once(word)
		switch word {
		case "FILEFORMAT":
			p.expectSymbol("=")
			c.Format = strings.ToUpper(p.ident().Text)
		case "VALIDATE":
			c.Validate = true
			if !p.accept("ALL") && p.at().Kind == token.Integer {
				p.pos++
				p.expect("ROWS")
			}
		case "FILES":
			p.expectSymbol("=")
			c.Files = parenList(p, p.str)
		case "PATTERN":
			p.expectSymbol("=")
			c.Pattern = p.str()
		case "FORMAT_OPTIONS":
			c.FormatOptions = p.properties()
		case "COPY_OPTIONS":
			c.CopyOptions = p.properties()
		}
	}
	if c.Format == "" {
		p.unexpected("FILEFORMAT")
	}
	c.At = p.span(first)
	return c
}
