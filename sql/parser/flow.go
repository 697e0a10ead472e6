package parser

import (
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sql/token"
)

// createFlow reads CREATE FLOW from the name on.
func (p *parser) createFlow(first token.Token) ast.Statement {
	s := &ast.CreateFlow{IfNotExists: p.ifNotExists(), Flow: p.name(), Comment: p.optionalStr("COMMENT")}
	p.expect("AS")
	if !p.accept("INSERT") {
		at := p.at()
		p.changeWords()
		p.expect("INTO")
		s.Target = p.name()
		s.Changes = p.changeFlow(at)
		s.At = p.span(first)
		return s
	}
	p.expect("INTO")
	s.Once = p.is("ONCE") && p.isIdent(p.peek(1)) && p.peek(1).Keyword() != "BY"
	if s.Once {
		p.pos++
	}
	s.Target = p.name()
	p.expect("BY", "NAME")
	at := p.at()
	s.Query = p.query()
	s.Text = p.source(at)
	s.At = p.span(first)
	return s
}

// applyChanges reads APPLY CHANGES INTO, a flow without a name.
func (p *parser) applyChanges(first token.Token) ast.Statement {
	p.expect("CHANGES", "INTO")
	s := &ast.CreateFlow{Target: p.name()}
	s.Changes = p.changeFlow(first)
	s.At = p.span(first)
	return s
}

// changeWords reads AUTO CDC or APPLY CHANGES.
func (p *parser) changeWords() {
	if p.expectAny("AUTO", "APPLY") == "AUTO" {
		p.expect("CDC")
	} else {
		p.expect("CHANGES")
	}
}

// changeFlow reads FROM source KEYS (…) and the clauses after it, in any order.
func (p *parser) changeFlow(first token.Token) *ast.ChangeFlow {
	c := &ast.ChangeFlow{}
	p.expect("FROM")
	p.changes = true
	c.Source = p.relationPrimary()
	p.changes = false
	seen := clauses{p: p}
	for {
		switch {
		case p.accept("KEYS"):
			seen.once("KEYS")
			c.Keys = p.nameList()
		case p.accept("IGNORE", "NULL"):
			p.expect("UPDATES")
			seen.once("IGNORE NULL UPDATES")
			c.IgnoreNullUpdates = true
		case p.accept("APPLY", "AS"):
			p.changeWhen(c, &seen)
		case p.accept("SEQUENCE", "BY"):
			seen.once("SEQUENCE BY")
			at := p.at()
			c.SequenceBy = p.expr()
			c.SequenceText = p.source(at)
		case p.accept("COLUMNS"):
			seen.once("COLUMNS")
			c.Columns, c.Except = p.columnChoice()
		case p.accept("STORED", "AS"):
			seen.once("STORED AS")
			p.expect("SCD", "TYPE")
			at := p.at()
			if c.Type = p.integer(); c.Type != 1 && c.Type != 2 {
				p.fail(at, "PARSE_SYNTAX_ERROR", "error", "'"+p.textOf(at)+"'", "hint", "")
			}
		case p.accept("TRACK", "HISTORY"):
			p.expect("ON")
			seen.once("TRACK HISTORY ON")
			c.Track, c.TrackExcept = p.columnChoice()
		default:
			if c.Keys == nil {
				p.unexpected("KEYS")
			}
			if c.SequenceBy == nil {
				p.unexpected("SEQUENCE")
			}
			c.At = p.span(first)
			return c
		}
	}
}

// changeWhen reads DELETE WHEN or TRUNCATE WHEN with its condition.
func (p *parser) changeWhen(c *ast.ChangeFlow, seen *clauses) {
	what := p.expectAny("DELETE", "TRUNCATE")
	p.expect("WHEN")
	seen.once("APPLY AS " + what + " WHEN")
	at := p.at()
	condition := p.expr()
	if what == "DELETE" {
		c.DeleteWhen, c.DeleteText = condition, p.source(at)
	} else {
		c.TruncateWhen, c.TruncateText = condition, p.source(at)
	}
}

// columnChoice reads a, b or (a, b), or * EXCEPT (a, b).
func (p *parser) columnChoice() (columns, except []ast.Name) {
	if p.acceptSymbol("*") {
		if p.accept("EXCEPT") {
			except = p.nameList()
		}
		return nil, except
	}
	if p.isSymbol("(") {
		return p.nameList(), nil
	}
	return list(p, p.name), nil
}
