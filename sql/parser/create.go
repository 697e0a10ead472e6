package parser

import (
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sql/token"
	"github.com/argan-sql/argan/sqlerr"
)

// creation is what stands between CREATE and the kind of thing.
type creation struct {
	orReplace, external, global, temporary bool
}

// create reads CREATE with what is created.
func (p *parser) create(first token.Token) ast.Statement {
	var c creation
	if p.accept("OR") {
		if p.accept("REFRESH") {
			p.expect("STREAMING", "TABLE")
			return p.createStreaming(first, true)
		}
		p.expect("REPLACE")
		c.orReplace = true
	}
	if p.accept("MATERIALIZED", "VIEW") {
		return p.createMaterialized(first, c.orReplace)
	}
	if !c.orReplace && p.accept("STREAMING", "TABLE") {
		return p.createStreaming(first, false)
	}
	if !c.orReplace && p.accept("FLOW") {
		return p.createFlow(first)
	}
	if !c.orReplace {
		switch p.acceptAny("USER", "GROUP", "TOKEN") {
		case "USER":
			return p.createUser(first)
		case "GROUP":
			return p.createGroup(first)
		case "TOKEN":
			return p.createToken(first)
		}
	}
	c.global = p.accept("GLOBAL")
	c.temporary = p.acceptAny("TEMPORARY", "TEMP") != ""
	c.external = p.accept("EXTERNAL")
	kind := p.at()
	switch p.expectAny("TABLE", "VIEW", "FUNCTION", "DATABASE", "SCHEMA", "NAMESPACE", "INDEX", "ROLE", "MACRO") {
	case "TABLE":
		if c.temporary || c.global {
			p.notAllowed(kind, "CREATE TEMPORARY TABLE ..., use CREATE TEMPORARY VIEW instead")
		}
		mode := ast.Create
		if c.orReplace {
			mode = ast.CreateOrReplace
		}
		return p.createTable(first, mode, c.external)
	case "VIEW":
		if c.global && !c.temporary {
			p.syntaxError(kind, []string{"TEMPORARY"})
		}
		return p.createView(first, c)
	case "FUNCTION":
		return p.createFunction(first, c)
	case "DATABASE", "SCHEMA", "NAMESPACE":
		if c != (creation{}) {
			p.syntaxError(kind, nil)
		}
		return p.createDatabase(first)
	}
	p.notAllowed(first, "CREATE "+kind.Keyword())
	return nil
}

// replace reads REPLACE TABLE.
func (p *parser) replace(first token.Token) ast.Statement {
	p.expect("TABLE")
	return p.createTable(first, ast.Replace, false)
}

// drop reads DROP with what is dropped.
func (p *parser) drop(first token.Token) ast.Statement {
	if p.acceptAny("TEMPORARY", "TEMP") != "" {
		if p.expectAny("FUNCTION", "VARIABLE") == "FUNCTION" {
			return p.dropFunction(first, true)
		}
		s := &ast.DropVariable{IfExists: p.ifExists(), Name: p.name()}
		s.At = p.span(first)
		return s
	}
	if kept := p.keptWords(); kept != "" {
		return p.dropKept(first, kept)
	}
	if who := p.acceptAny("USER", "GROUP", "TOKEN"); who != "" {
		return p.dropPrincipal(first, who)
	}
	if p.accept("FLOW") {
		s := &ast.DropFlow{IfExists: p.ifExists(), Flow: p.name()}
		s.At = p.span(first)
		return s
	}
	kind := p.at()
	switch p.expectAny("TABLE", "VIEW", "FUNCTION", "DATABASE", "SCHEMA", "NAMESPACE", "INDEX", "ROLE", "MACRO") {
	case "TABLE":
		s := &ast.DropTable{IfExists: p.ifExists(), Table: p.name(), Purge: p.accept("PURGE")}
		s.At = p.span(first)
		return s
	case "VIEW":
		s := &ast.DropView{IfExists: p.ifExists(), View: p.name()}
		s.At = p.span(first)
		return s
	case "FUNCTION":
		return p.dropFunction(first, false)
	case "DATABASE", "SCHEMA", "NAMESPACE":
		s := &ast.DropDatabase{IfExists: p.ifExists(), Database: p.name()}
		s.Cascade = p.acceptAny("RESTRICT", "CASCADE") == "CASCADE"
		s.At = p.span(first)
		return s
	}
	p.notAllowed(first, "DROP "+kind.Keyword())
	return nil
}

func (p *parser) createDatabase(first token.Token) ast.Statement {
	s := &ast.CreateDatabase{IfNotExists: p.ifNotExists(), Database: p.name()}
	seen := clauses{p: p}
	for {
		switch {
		case p.is("COMMENT"):
			s.Comment = p.optionalStr("COMMENT")
			seen.once("COMMENT")
		case p.is("LOCATION"):
			s.Location = p.optionalStr("LOCATION")
			seen.once("LOCATION")
		case p.is("WITH") && contains([]string{"DBPROPERTIES", "PROPERTIES"}, p.peek(1).Keyword()):
			p.pos += 2
			seen.once("WITH PROPERTIES")
			s.Properties = p.properties()
		default:
			s.At = p.span(first)
			return s
		}
	}
}

// alterDatabase reads ALTER DATABASE; the kind is read already.
func (p *parser) alterDatabase(first token.Token) ast.Statement {
	s := &ast.AlterDatabase{Database: p.name()}
	if p.isOwner() {
		return p.setOwner(first, "DATABASE", s.Database)
	}
	switch p.expectAny("SET", "UNSET") {
	case "UNSET":
		p.expectAny("DBPROPERTIES", "PROPERTIES")
		s.Unset, s.IfExists = true, p.ifExists()
		s.Properties = p.properties()
	default:
		if p.is("LOCATION") {
			s.Location = p.optionalStr("LOCATION")
		} else {
			p.expectAny("DBPROPERTIES", "PROPERTIES", "LOCATION")
			s.Properties = p.properties()
		}
	}
	s.At = p.span(first)
	return s
}

// declare reads DECLARE VARIABLE.
func (p *parser) declare(first token.Token) ast.Statement {
	s := &ast.DeclareVariable{}
	if p.accept("OR") {
		p.expect("REPLACE")
		s.OrReplace = true
	}
	p.accept("VARIABLE")
	s.Name = p.name()
	if !p.is("DEFAULT") && !p.isSymbol("=") && !p.atEnd() {
		s.Type = p.dataType()
	}
	if p.accept("DEFAULT") || p.acceptSymbol("=") {
		at := p.at()
		s.Default = p.expr()
		s.DefaultText = p.source(at)
	}
	if s.Type == nil && s.Default == nil {
		p.raise(sqlerr.New("PARSE_SYNTAX_ERROR", "error", "end of input", "hint", "").At(p.at().Position()).WithHint("A variable needs a type or a DEFAULT."))
	}
	s.At = p.span(first)
	return s
}
