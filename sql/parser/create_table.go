package parser

import (
	"strings"

	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sql/token"
)

// createTable reads CREATE TABLE from the name on, with its variants LIKE and CLONE.
func (p *parser) createTable(first token.Token, mode ast.CreateMode, external bool) ast.Statement {
	s := &ast.CreateTable{Mode: mode, External: external, IfNotExists: p.ifNotExists(), Table: p.tableOrPath()}
	if s.IfNotExists && mode == ast.CreateOrReplace {
		p.notAllowed(first, "CREATE OR REPLACE TABLE ... IF NOT EXISTS")
	}
	if p.is("LIKE") && mode == ast.Create {
		return p.createTableLike(first, s)
	}
	if p.is("CLONE") || p.is("SHALLOW", "CLONE") || p.is("DEEP", "CLONE") {
		return p.cloneTable(first, s)
	}
	if p.isSymbol("(") && p.peek(1).Keyword() != "SELECT" && !(p.peek(1).Keyword() == "WITH" && p.queryStartsAt(1) && p.peek(3).Keyword() == "AS") {
		p.tableElements(s)
	}
	p.tableClauses(&s.TableSpec)
	if p.accept("AS") || !p.atEnd() {
		if !p.isSymbol("(") && !p.queryStartsAt(0) {
			p.unexpected("USING", "OPTIONS", "PARTITIONED", "CLUSTER", "LOCATION", "COMMENT", "TBLPROPERTIES", "AS")
		}
		at := p.at()
		s.As = p.query()
		s.AsText = p.source(at)
	}
	s.At = p.span(first)
	return s
}

// tableElements reads (columns and constraints).
func (p *parser) tableElements(s *ast.CreateTable) {
	p.expectSymbol("(")
	for {
		if c, ok := p.constraint(); ok {
			s.Constraints = append(s.Constraints, c)
		} else {
			s.Columns = append(s.Columns, p.columnDef())
		}
		if !p.acceptSymbol(",") {
			break
		}
	}
	p.expectSymbol(")")
}

// constraint reads [CONSTRAINT name] CHECK (...), PRIMARY KEY (...) or FOREIGN KEY (...), if one is there.
func (p *parser) constraint() (ast.Constraint, bool) {
	first := p.at()
	var c ast.Constraint
	n := 0
	if p.is("CONSTRAINT") && p.isIdent(p.peek(1)) && contains([]string{"CHECK", "PRIMARY", "FOREIGN"}, p.peek(2).Keyword()) {
		n = 2
	}
	switch p.peek(n).Keyword() {
	case "CHECK":
		if p.peek(n+1).Symbol() != "(" {
			return c, false
		}
	case "PRIMARY", "FOREIGN":
		if p.peek(n+1).Keyword() != "KEY" {
			return c, false
		}
	default:
		return c, false
	}
	if n > 0 {
		p.pos++
		c.Name = p.ident()
	}
	switch p.advance().Keyword() {
	case "CHECK":
		c.Kind = ast.CheckConstraint
		c.Check, c.CheckText = p.parenExpr()
	case "PRIMARY":
		p.pos++
		c.Kind, c.Columns = ast.PrimaryKey, p.identList()
	default:
		p.pos++
		c.Kind, c.Columns = ast.ForeignKey, p.identList()
		p.expect("REFERENCES")
		c.References = p.name()
		if p.isSymbol("(") {
			c.RefColumns = p.identList()
		}
	}
	if c.Kind != ast.CheckConstraint {
		p.keyOptions(&c)
	}
	c.At = p.span(first)
	return c, true
}

// keyOptions reads what may follow a key: it is never enforced, and RELY says that it holds all the same.
func (p *parser) keyOptions(c *ast.Constraint) {
	for {
		switch {
		case p.accept("NOT", "ENFORCED"), p.accept("NOT", "DEFERRABLE"), p.accept("INITIALLY", "DEFERRED"), p.accept("DEFERRABLE"), p.accept("NORELY"):
		case p.accept("MATCH", "FULL"), p.accept("ON", "UPDATE", "NO", "ACTION"), p.accept("ON", "DELETE", "NO", "ACTION"):
		case p.accept("RELY"):
			c.Rely = true
		default:
			return
		}
	}
}

// columnKey reads [CONSTRAINT name] PRIMARY KEY or [FOREIGN KEY] REFERENCES t (column) at a column, if one is there.
func (p *parser) columnKey(def *ast.ColumnDef) bool {
	first := p.at()
	n := 0
	if p.is("CONSTRAINT") && p.isIdent(p.peek(1)) {
		n = 2
	}
	word := p.peek(n).Keyword()
	if !(word == "PRIMARY" || word == "FOREIGN") && word != "REFERENCES" {
		return false
	}
	var c ast.Constraint
	if n > 0 {
		p.pos++
		c.Name = p.ident()
	}
	c.Kind = ast.PrimaryKey
	if p.accept("PRIMARY") {
		p.expect("KEY")
	} else {
		c.Kind = ast.ForeignKey
		if p.accept("FOREIGN") {
			p.expect("KEY")
		}
		p.expect("REFERENCES")
		c.References = p.name()
		if p.isSymbol("(") {
			c.RefColumns = p.identList()
		}
	}
	p.keyOptions(&c)
	c.At = p.span(first)
	def.Keys = append(def.Keys, c)
	return true
}

// parenExpr reads (expression) and gives its text too.
func (p *parser) parenExpr() (ast.Expr, ast.Source) {
	p.expectSymbol("(")
	at := p.at()
	e := p.expr()
	text := p.source(at)
	p.expectSymbol(")")
	return e, text
}

// columnDefs reads (name type options, ...).
func (p *parser) columnDefs() []ast.ColumnDef { return parenList(p, p.columnDef) }

// columnDef reads a name, a type and options.
func (p *parser) columnDef() ast.ColumnDef {
	first := p.at()
	c := ast.ColumnDef{Name: p.plainName()}
	c.Type = p.dataType()
	p.columnOptions(&c)
	c.At = p.span(first)
	return c
}

// columnOptions reads NOT NULL, DEFAULT, GENERATED, COMMENT and a place, in any order.
func (p *parser) columnOptions(c *ast.ColumnDef) {
	var seen []string
	once := func(option string) {
		if contains(seen, option) {
			p.fail(p.previous(), "CREATE_TABLE_COLUMN_DESCRIPTOR_DUPLICATE", "columnName", c.Name.Last(), "optionName", option)
		}
		seen = append(seen, option)
	}
	for {
		switch {
		case p.accept("NOT", "NULL"):
			once("NOT NULL")
			c.NotNull = true
		case p.accept("DEFAULT"):
			once("DEFAULT")
			at := p.at()
			c.Default = p.expr()
			c.DefaultText = p.source(at)
		case p.accept("GENERATED"):
			once("GENERATED ALWAYS AS")
			p.generated(c)
		case p.is("COMMENT"):
			once("COMMENT")
			c.Comment = p.optionalStr("COMMENT")
		case p.isAny("FIRST", "AFTER"):
			c.Place = p.columnPlace()
		case p.columnKey(c):
		default:
			return
		}
	}
}

// generated reads ALWAYS AS (...), or the forms of IDENTITY.
func (p *parser) generated(c *ast.ColumnDef) {
	first := p.previous()
	always := p.expectAny("ALWAYS", "BY") == "ALWAYS"
	if !always {
		p.expect("DEFAULT")
	}
	p.expect("AS")
	if !p.is("IDENTITY") {
		if !always {
			p.unexpected("IDENTITY")
		}
		c.Generated, c.GeneratedText = p.parenExpr()
		return
	}
	p.pos++
	id := &ast.Identity{Always: always, Start: 1, Step: 1}
	if p.acceptSymbol("(") {
		for !p.acceptSymbol(")") {
			if p.accept("START") {
				p.expect("WITH")
				id.Start = p.signedInteger()
			} else {
				p.expect("INCREMENT", "BY")
				id.Step = p.signedInteger()
			}
			p.acceptSymbol(",")
		}
	}
	id.At = p.span(first)
	c.Identity = id
}

// columnPlace reads FIRST or AFTER column.
func (p *parser) columnPlace() *ast.ColumnPlace {
	first := p.at()
	place := &ast.ColumnPlace{First: p.accept("FIRST")}
	if !place.First {
		p.expect("AFTER")
		place.After = p.ident()
	}
	place.At = p.span(first)
	return place
}

// tableClauses reads USING and all the clauses that say how a table is kept, in any order.
func (p *parser) tableClauses(t *ast.TableSpec) { p.tableClausesSeen(t, &clauses{p: p}) }

func (p *parser) tableClausesSeen(t *ast.TableSpec, seen *clauses) {
	for {
		switch {
		case p.is("USING"):
			p.pos++
			seen.once("USING")
			t.Using = strings.Join(p.name().Strings(), ".")
		case p.is("OPTIONS") && p.peek(1).Symbol() == "(":
			p.pos++
			seen.once("OPTIONS")
			t.Options = p.properties()
		case p.accept("PARTITIONED", "BY"):
			seen.once("PARTITIONED BY")
			t.PartitionBy = parenList(p, p.partitionField)
		case p.accept("CLUSTER", "BY"):
			seen.once("CLUSTER BY")
			t.ClusterBy = p.nameList()
		case p.accept("CLUSTERED", "BY"):
			seen.once("CLUSTERED BY")
			t.Buckets = p.buckets()
		case p.is("LOCATION"):
			t.Location = p.optionalStr("LOCATION")
			seen.once("LOCATION")
		case p.is("COMMENT"):
			t.Comment = p.optionalStr("COMMENT")
			seen.once("COMMENT")
		case p.accept("TBLPROPERTIES"):
			seen.once("TBLPROPERTIES")
			t.Properties = p.properties()
		case p.is("ROW", "FORMAT"):
			p.pos += 2
			seen.once("ROW FORMAT")
			t.RowFormat = p.rawUntil("STORED", "LOCATION", "COMMENT", "TBLPROPERTIES", "PARTITIONED", "CLUSTERED", "AS")
		case p.is("STORED") && contains([]string{"AS", "BY"}, p.peek(1).Keyword()):
			p.pos += 2
			seen.once("STORED AS/BY")
			t.StoredAs = p.rawUntil("ROW", "LOCATION", "COMMENT", "TBLPROPERTIES", "PARTITIONED", "CLUSTERED", "AS")
		default:
			return
		}
	}
}

// rawUntil takes the text up to one of the words or the end, in upper case.
func (p *parser) rawUntil(words ...string) string {
	first := p.at()
	for !p.atEnd() && !p.isAny(words...) {
		p.pos++
	}
	return strings.ToUpper(strings.TrimSpace(p.text[first.Start:max(first.Start, p.previous().Stop)]))
}

// partitionField reads a column's name, a transform of one, or a column with its type.
func (p *parser) partitionField() ast.PartitionField {
	first := p.at()
	name := p.name()
	switch {
	case p.isSymbol("("):
		c := p.call(first, name)
		return ast.PartitionField{At: c.At, Transform: c}
	case p.isSymbol(",") || p.isSymbol(")"):
		return ast.PartitionField{At: name.At, Name: name}
	}
	c := &ast.ColumnDef{Name: name, Type: p.dataType()}
	p.columnOptions(c)
	c.At = p.span(first)
	return ast.PartitionField{At: c.At, Column: c}
}

// buckets reads (a) [SORTED BY (b)] INTO n BUCKETS.
func (p *parser) buckets() *ast.Buckets {
	first := p.previous()
	b := &ast.Buckets{Columns: p.identList()}
	if p.accept("SORTED", "BY") {
		b.SortBy = parenList(p, p.sortItem)
	}
	p.expect("INTO")
	b.Count = p.integer()
	p.expect("BUCKETS")
	b.At = p.span(first)
	return b
}

func (p *parser) createTableLike(first token.Token, t *ast.CreateTable) ast.Statement {
	p.expect("LIKE")
	s := &ast.CreateTableLike{IfNotExists: t.IfNotExists, Table: t.Table, Like: p.name()}
	p.tableClauses(&s.TableSpec)
	s.At = p.span(first)
	return s
}

func (p *parser) cloneTable(first token.Token, t *ast.CreateTable) ast.Statement {
	s := &ast.CloneTable{Mode: t.Mode, IfNotExists: t.IfNotExists, Table: t.Table, Shallow: p.is("SHALLOW")}
	p.acceptAny("SHALLOW", "DEEP")
	p.expect("CLONE")
	s.Source = p.tableOrPath()
	if s.TimeTravel = p.atSuffix(); s.TimeTravel == nil {
		s.TimeTravel = p.timeTravel()
	}
	seen := clauses{p: p}
	for {
		switch {
		case p.accept("TBLPROPERTIES"):
			seen.once("TBLPROPERTIES")
			s.Properties = p.properties()
		case p.is("LOCATION"):
			s.Location = p.optionalStr("LOCATION")
			seen.once("LOCATION")
		default:
			s.At = p.span(first)
			return s
		}
	}
}
