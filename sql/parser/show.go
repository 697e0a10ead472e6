package parser

import (
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sql/token"
)

// shows finds the reader of a SHOW by the word after it, which is read already.
var shows map[string]reader

func init() {
	shows = map[string]reader{
		"DATABASES": (*parser).showDatabases, "SCHEMAS": (*parser).showDatabases, "NAMESPACES": (*parser).showDatabases,
		"TABLES": (*parser).showTables, "TABLE": (*parser).showTableExtended, "VIEWS": (*parser).showViews, "COLUMNS": (*parser).showColumns,
		"CREATE": (*parser).showCreate, "PARTITIONS": (*parser).showPartitions, "TBLPROPERTIES": (*parser).showProperties,
		"FUNCTIONS": (*parser).showFunctions, "USER": (*parser).showFunctions, "SYSTEM": (*parser).showFunctions, "ALL": (*parser).showFunctions,
		"CATALOGS": (*parser).showCatalogs, "CURRENT": (*parser).showCurrent, "STREAMS": (*parser).showStreams,
		"GRANTS": (*parser).showGrants, "GRANT": (*parser).showGrants, "USERS": (*parser).showPrincipals, "GROUPS": (*parser).showPrincipals,
		"TOKENS": (*parser).showPrincipals,
	}
}

func (p *parser) show(first token.Token) ast.Statement {
	kind := p.at()
	read := shows[kind.Keyword()]
	if read == nil {
		if contains([]string{"ROLE", "ROLES", "PRINCIPALS", "COMPACTIONS", "TRANSACTIONS", "INDEXES", "LOCKS"}, kind.Keyword()) {
			p.notAllowed(first, "SHOW "+kind.Keyword())
		}
		if p.isIdent(kind) && p.peek(1).Keyword() == "FUNCTIONS" {
			p.fail(kind, "INVALID_SQL_SYNTAX.SHOW_FUNCTIONS_INVALID_SCOPE", "scope", "`"+p.textOf(kind)+"`")
		}
		var words []string
		for w := range shows {
			words = append(words, w)
		}
		p.unexpected(words...)
	}
	p.pos++
	return read(p, first)
}

// showIn reads IN or FROM with a database, if it is there.
func (p *parser) showIn() ast.Name {
	if p.acceptAny("IN", "FROM") == "" {
		return ast.Name{}
	}
	return p.name()
}

// showLike reads [LIKE] 'pattern', if it is there.
func (p *parser) showLike() *string {
	if !p.accept("LIKE") && !p.isString(p.at()) {
		return nil
	}
	pattern := p.str()
	return &pattern
}

func (p *parser) showDatabases(first token.Token) ast.Statement {
	s := &ast.ShowDatabases{In: p.showIn(), Like: p.showLike()}
	s.At = p.span(first)
	return s
}

func (p *parser) showTables(first token.Token) ast.Statement {
	s := &ast.ShowTables{In: p.showIn(), Like: p.showLike()}
	s.At = p.span(first)
	return s
}

func (p *parser) showViews(first token.Token) ast.Statement {
	s := &ast.ShowViews{In: p.showIn(), Like: p.showLike()}
	s.At = p.span(first)
	return s
}

func (p *parser) showTableExtended(first token.Token) ast.Statement {
	p.expect("EXTENDED")
	s := &ast.ShowTableExtended{In: p.showIn()}
	p.expect("LIKE")
	s.Like = p.str()
	s.Partition = p.optionalPartition()
	s.At = p.span(first)
	return s
}

func (p *parser) showColumns(first token.Token) ast.Statement {
	p.expectAny("IN", "FROM")
	s := &ast.ShowColumns{Table: p.name(), In: p.showIn()}
	s.At = p.span(first)
	return s
}

func (p *parser) showCreate(first token.Token) ast.Statement {
	p.expect("TABLE")
	s := &ast.ShowCreateTable{Table: p.name(), AsSerde: p.accept("AS", "SERDE")}
	s.At = p.span(first)
	return s
}

func (p *parser) showPartitions(first token.Token) ast.Statement {
	s := &ast.ShowPartitions{Table: p.name(), Partition: p.optionalPartition()}
	s.At = p.span(first)
	return s
}

func (p *parser) showProperties(first token.Token) ast.Statement {
	s := &ast.ShowProperties{Table: p.name()}
	if p.acceptSymbol("(") {
		key := p.propertyKey()
		s.Key = &key
		p.expectSymbol(")")
	}
	s.At = p.span(first)
	return s
}

func (p *parser) showFunctions(first token.Token) ast.Statement {
	s := &ast.ShowFunctions{}
	if scope := p.previous().Keyword(); scope != "FUNCTIONS" {
		s.Scope = scope
		p.expect("FUNCTIONS")
	}
	s.In = p.showIn()
	like := p.accept("LIKE")
	switch {
	case p.isString(p.at()):
		pattern := p.str()
		s.Like = &pattern
	case like || p.isIdent(p.at()):
		s.Name = p.name()
	}
	s.At = p.span(first)
	return s
}

func (p *parser) showCatalogs(first token.Token) ast.Statement {
	s := &ast.ShowCatalogs{Like: p.showLike()}
	s.At = p.span(first)
	return s
}

func (p *parser) showCurrent(first token.Token) ast.Statement {
	p.expectAny("DATABASE", "SCHEMA", "NAMESPACE")
	return &ast.ShowCurrent{At: p.span(first)}
}
