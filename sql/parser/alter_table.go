package parser

import (
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sql/token"
)

// alter reads ALTER TABLE, VIEW or DATABASE.
func (p *parser) alter(first token.Token) ast.Statement {
	kind := p.at()
	if kept := p.keptWords(); kept != "" {
		return p.alterKept(first, kept)
	}
	switch p.expectAny("TABLE", "VIEW", "DATABASE", "SCHEMA", "NAMESPACE", "INDEX", "USER", "GROUP") {
	case "USER":
		return p.alterUser(first)
	case "GROUP":
		return p.alterGroup(first)
	case "TABLE":
		s := &ast.AlterTable{Table: p.tableOrPath()}
		if p.isOwner() {
			return p.setOwner(first, "TABLE", s.Table)
		}
		s.Action = p.alterAction()
		s.At = p.span(first)
		return s
	case "VIEW":
		view := p.name()
		if p.isOwner() {
			return p.setOwner(first, "VIEW", view)
		}
		if p.is("AS") || p.isSymbol("(") || p.queryStartsAt(0) {
			return p.alterViewQuery(first, view)
		}
		if !p.isAny("RENAME", "SET", "UNSET") {
			p.unexpected("AS", "RENAME", "SET", "UNSET")
		}
		s := &ast.AlterTable{View: true, Table: view, Action: p.alterAction()}
		s.At = p.span(first)
		return s
	case "INDEX":
		p.notAllowed(kind, "ALTER INDEX")
	}
	return p.alterDatabase(first)
}

// alterActions find the reader of an action by its first word, which is read already.
var alterActions map[string]func(p *parser, first token.Token) ast.AlterAction

func init() {
	alterActions = map[string]func(p *parser, first token.Token) ast.AlterAction{
		"ADD": (*parser).alterAdd, "DROP": (*parser).alterDrop, "RENAME": (*parser).alterRename, "SET": (*parser).alterSet,
		"UNSET": (*parser).alterUnset, "ALTER": (*parser).alterColumn, "CHANGE": (*parser).alterColumn, "REPLACE": (*parser).alterReplace,
		"PARTITION": (*parser).alterPartition, "RECOVER": (*parser).alterRecover, "CLUSTER": (*parser).alterClusterBy,
	}
}

func (p *parser) alterAction() ast.AlterAction {
	first := p.at()
	read := alterActions[first.Keyword()]
	if read == nil {
		switch first.Keyword() {
		case "NOT", "CLUSTERED", "SKEWED", "EXCHANGE", "ARCHIVE", "UNARCHIVE", "TOUCH", "COMPACT", "CONCATENATE":
			p.notAllowed(first, "ALTER TABLE "+first.Keyword())
		}
		var words []string
		for w := range alterActions {
			words = append(words, w)
		}
		p.unexpected(words...)
	}
	p.pos++
	return read(p, first)
}

func (p *parser) alterAdd(first token.Token) ast.AlterAction {
	switch {
	case p.acceptAny("COLUMN", "COLUMNS") != "":
		a := &ast.AddColumns{}
		if p.isSymbol("(") {
			a.Columns = p.columnDefs()
		} else {
			a.Columns = list(p, p.columnDef)
		}
		a.At = p.span(first)
		return a
	case p.is("CONSTRAINT"), p.isAny("PRIMARY", "FOREIGN"):
		c, ok := p.constraint()
		if !ok {
			p.pos++
			p.ident()
			p.unexpected("CHECK", "PRIMARY", "FOREIGN")
		}
		return &ast.AddConstraint{At: p.span(first), Constraint: c}
	}
	a := &ast.AddPartitions{IfNotExists: p.ifNotExists()}
	if !p.is("PARTITION") {
		p.unexpected("COLUMN", "COLUMNS", "CONSTRAINT", "FOREIGN", "PARTITION", "PRIMARY")
	}
	for p.is("PARTITION") {
		at := p.at()
		part := ast.PartitionLocation{Partition: p.partitionSpec(), Location: p.optionalStr("LOCATION")}
		part.At = p.span(at)
		a.Partitions = append(a.Partitions, part)
	}
	a.At = p.span(first)
	return a
}

func (p *parser) alterDrop(first token.Token) ast.AlterAction {
	switch {
	case p.acceptAny("COLUMN", "COLUMNS") != "":
		a := &ast.DropColumns{IfExists: p.ifExists()}
		if p.isSymbol("(") {
			a.Columns = p.nameList()
		} else {
			a.Columns = list(p, p.name)
		}
		a.At = p.span(first)
		return a
	case p.accept("CONSTRAINT"):
		a := &ast.DropConstraint{IfExists: p.ifExists(), Name: p.ident()}
		a.Cascade = p.acceptAny("RESTRICT", "CASCADE") == "CASCADE"
		a.At = p.span(first)
		return a
	case p.accept("PRIMARY", "KEY"):
		a := &ast.DropConstraint{Kind: ast.PrimaryKey, IfExists: p.ifExists()}
		a.Cascade = p.acceptAny("RESTRICT", "CASCADE") == "CASCADE"
		a.At = p.span(first)
		return a
	case p.accept("FOREIGN", "KEY"):
		a := &ast.DropConstraint{Kind: ast.ForeignKey, IfExists: p.ifExists(), Columns: p.identList()}
		a.At = p.span(first)
		return a
	case p.accept("FEATURE"):
		a := &ast.DropFeature{}
		if p.isString(p.at()) {
			a.Feature = p.str()
		} else {
			a.Feature = p.ident().Text
		}
		a.TruncateHistory = p.accept("TRUNCATE", "HISTORY")
		a.At = p.span(first)
		return a
	}
	a := &ast.DropPartitions{IfExists: p.ifExists()}
	if !p.is("PARTITION") {
		p.unexpected("COLUMN", "COLUMNS", "CONSTRAINT", "FEATURE", "FOREIGN", "PARTITION", "PRIMARY")
	}
	a.Partitions = list(p, p.partitionSpec)
	a.Purge = p.accept("PURGE")
	a.At = p.span(first)
	return a
}

func (p *parser) alterRename(first token.Token) ast.AlterAction {
	if p.accept("COLUMN") {
		a := &ast.RenameColumn{From: p.name()}
		p.expect("TO")
		a.To = p.ident()
		a.At = p.span(first)
		return a
	}
	p.expect("TO")
	to := p.name()
	return &ast.RenameTable{At: p.span(first), To: to}
}

func (p *parser) alterSet(first token.Token) ast.AlterAction {
	switch p.expectAny("TBLPROPERTIES", "LOCATION", "SERDE", "SERDEPROPERTIES", "FILEFORMAT", "SKEWED") {
	case "TBLPROPERTIES":
		props := p.properties()
		return &ast.SetProperties{At: p.span(first), Properties: props}
	case "LOCATION":
		location := p.str()
		return &ast.SetLocation{At: p.span(first), Location: location}
	case "SERDE":
		serde := p.str()
		a := &ast.SetSerde{Serde: &serde}
		if p.accept("WITH", "SERDEPROPERTIES") {
			a.Properties = p.properties()
		}
		a.At = p.span(first)
		return a
	case "SERDEPROPERTIES":
		props := p.properties()
		return &ast.SetSerde{At: p.span(first), Properties: props}
	}
	p.notAllowed(first, "ALTER TABLE SET "+p.previous().Keyword())
	return nil
}

func (p *parser) alterUnset(first token.Token) ast.AlterAction {
	p.expect("TBLPROPERTIES")
	a := &ast.UnsetProperties{IfExists: p.ifExists(), Keys: p.propertyKeys()}
	a.At = p.span(first)
	return a
}

// alterColumn reads ALTER COLUMN and both forms of CHANGE COLUMN.
func (p *parser) alterColumn(first token.Token) ast.AlterAction {
	p.accept("COLUMN")
	a := &ast.AlterColumn{Column: p.name()}
	change := first.Keyword() == "CHANGE"
	switch {
	case p.accept("TYPE"):
		a.Type = p.dataType()
	case p.is("COMMENT"):
		a.Comment = p.optionalStr("COMMENT")
	case p.isAny("FIRST", "AFTER"):
		a.Place = p.columnPlace()
	case p.accept("SET", "NOT") || p.accept("DROP", "NOT"):
		a.SetNotNull = p.tokens[p.pos-2].Keyword() == "SET"
		a.DropNotNull = !a.SetNotNull
		p.expect("NULL")
	case p.accept("SET", "DEFAULT"):
		at := p.at()
		a.Default = p.expr()
		a.DefaultText = p.source(at)
	case p.accept("DROP", "DEFAULT"):
		a.DropDefault = true
	case p.accept("SYNC", "IDENTITY"):
		a.Sync = true
	case change && p.isIdent(p.at()):
		a.NewName = p.ident()
		a.Type = p.dataType()
		a.SetNotNull = p.accept("NOT", "NULL")
		a.Comment = p.optionalStr("COMMENT")
		if p.isAny("FIRST", "AFTER") {
			a.Place = p.columnPlace()
		}
	case p.atEnd():
		p.notAllowed(first, "ALTER TABLE table "+first.Keyword()+" COLUMN requires a TYPE, a SET/DROP, a COMMENT, or a FIRST/AFTER")
	default:
		p.unexpected("TYPE", "COMMENT", "FIRST", "AFTER", "SET", "DROP")
	}
	a.At = p.span(first)
	return a
}

func (p *parser) alterReplace(first token.Token) ast.AlterAction {
	p.expect("COLUMNS")
	columns := p.columnDefs()
	return &ast.ReplaceColumns{At: p.span(first), Columns: columns}
}

// alterPartition reads PARTITION (...) RENAME TO PARTITION (...), or PARTITION (...) SET LOCATION.
func (p *parser) alterPartition(first token.Token) ast.AlterAction {
	p.pos--
	from := p.partitionSpec()
	if p.accept("RENAME") {
		p.expect("TO")
		to := p.partitionSpec()
		return &ast.RenamePartition{At: p.span(first), From: from, To: to}
	}
	p.expect("SET")
	switch a := p.alterSet(first).(type) {
	case *ast.SetLocation:
		a.Partition = from
		return a
	case *ast.SetSerde:
		a.Partition = from
		return a
	}
	p.unexpected("RENAME", "SET")
	return nil
}

func (p *parser) alterRecover(first token.Token) ast.AlterAction {
	p.expect("PARTITIONS")
	return &ast.RecoverPartitions{At: p.span(first)}
}

func (p *parser) alterClusterBy(first token.Token) ast.AlterAction {
	p.expect("BY")
	a := &ast.AlterClusterBy{}
	if !p.accept("NONE") {
		a.Columns = p.nameList()
	}
	a.At = p.span(first)
	return a
}
