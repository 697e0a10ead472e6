package parser

import (
	"strconv"
	"strings"

	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sql/token"
)

func (p *parser) optimize(first token.Token) ast.Statement {
	p.acceptTableWord()
	s := &ast.Optimize{Table: p.tableOrPath(), Full: p.accept("FULL")}
	if p.accept("WHERE") {
		at := p.at()
		s.Where = p.expr()
		s.WhereText = p.source(at)
	}
	if p.accept("ZORDER", "BY") {
		if p.isSymbol("(") {
			s.ZOrderBy = p.nameList()
		} else {
			s.ZOrderBy = list(p, p.name)
		}
	}
	s.At = p.span(first)
	return s
}

// acceptTableWord reads TABLE where it may stand before a name.
func (p *parser) acceptTableWord() {
	if p.is("TABLE") && (p.isIdent(p.peek(1)) || p.isString(p.peek(1))) {
		p.pos++
	}
}

func (p *parser) vacuum(first token.Token) ast.Statement {
	p.acceptTableWord()
	s := &ast.Vacuum{Table: p.tableOrPath()}
	seen := clauses{p: p}
	for {
		switch {
		case p.acceptAny("FULL", "LITE") != "":
			s.Lite = p.previous().Keyword() == "LITE"
			seen.once("FULL/LITE")
		case p.accept("RETAIN"):
			seen.once("RETAIN")
			text, t := p.numberText()
			hours, err := strconv.ParseFloat(text, 64)
			if err != nil {
				p.fail(t, "PARSE_SYNTAX_ERROR", "error", "'"+text+"'", "hint", "")
			}
			s.RetainHours = &hours
			p.expectAny("HOURS", "HOUR")
		case p.accept("DRY", "RUN"):
			seen.once("DRY RUN")
			s.DryRun = true
		default:
			s.At = p.span(first)
			return s
		}
	}
}

func (p *parser) restore(first token.Token) ast.Statement {
	p.acceptTableWord()
	s := &ast.Restore{Table: p.tableOrPath()}
	p.accept("TO")
	if s.To = p.timeTravel(); s.To == nil {
		p.unexpected("VERSION", "TIMESTAMP")
	}
	s.At = p.span(first)
	return s
}

func (p *parser) convert(first token.Token) ast.Statement {
	p.expect("TO", "DELTA")
	s := &ast.ConvertToDelta{Table: p.name(), NoStatistics: p.accept("NO", "STATISTICS")}
	if p.accept("PARTITIONED", "BY") {
		s.PartitionBy = p.columnDefs()
	}
	s.At = p.span(first)
	return s
}

func (p *parser) reorg(first token.Token) ast.Statement {
	p.expect("TABLE")
	s := &ast.Reorg{Table: p.tableOrPath(), Where: p.where()}
	p.expect("APPLY")
	p.expectSymbol("(")
	if p.accept("PURGE") {
		s.Purge = true
	} else {
		p.expect("UPGRADE", "UNIFORM")
		s.Upgrade = p.properties()
	}
	p.expectSymbol(")")
	s.At = p.span(first)
	return s
}

func (p *parser) generate(first token.Token) ast.Statement {
	s := &ast.Generate{Mode: p.ident().Text}
	p.expect("FOR", "TABLE")
	s.Table = p.tableOrPath()
	s.At = p.span(first)
	return s
}

func (p *parser) analyze(first token.Token) ast.Statement {
	if p.expectAny("TABLE", "TABLES") == "TABLES" {
		s := &ast.AnalyzeTables{}
		if p.acceptAny("IN", "FROM") != "" {
			s.Database = p.name()
		}
		p.expect("COMPUTE", "STATISTICS")
		s.NoScan = p.noScan()
		s.At = p.span(first)
		return s
	}
	s := &ast.Analyze{Table: p.tableOrPath(), Partition: p.optionalPartition()}
	p.expect("COMPUTE", "STATISTICS")
	switch {
	case p.accept("FOR", "ALL"):
		p.expect("COLUMNS")
		s.AllColumns = true
	case p.accept("FOR"):
		p.expect("COLUMNS")
		s.Columns = list(p, p.ident)
	default:
		s.NoScan = p.noScan()
	}
	s.At = p.span(first)
	return s
}

func (p *parser) noScan() bool {
	if !p.isIdent(p.at()) {
		return false
	}
	if !p.accept("NOSCAN") {
		p.fail(p.at(), "INVALID_SQL_SYNTAX.ANALYZE_TABLE_UNEXPECTED_NOSCAN", "ctx", "`"+p.textOf(p.at())+"`")
	}
	return true
}

// repair reads [MSCK] REPAIR TABLE.
func (p *parser) repair(first token.Token) ast.Statement {
	if first.Keyword() == "MSCK" {
		p.expect("REPAIR")
	}
	p.expect("TABLE")
	s := &ast.Repair{Table: p.name()}
	if word := p.acceptAny("ADD", "DROP", "SYNC"); word != "" {
		p.expect("PARTITIONS")
		s.Mode = ast.RepairMode(word + " PARTITIONS")
	}
	s.At = p.span(first)
	return s
}

func (p *parser) cache(first token.Token) ast.Statement {
	s := &ast.Cache{Lazy: p.accept("LAZY")}
	p.expect("TABLE")
	s.Table = p.name()
	if p.accept("OPTIONS") {
		s.Options = p.properties()
	}
	if p.accept("AS") || !p.atEnd() {
		s.As = p.query()
		if len(s.Table.Parts) > 1 {
			p.fail(first, "_LEGACY_ERROR_TEMP_0037", "quoted", quoteParts(s.Table))
		}
	}
	s.At = p.span(first)
	return s
}

func (p *parser) uncache(first token.Token) ast.Statement {
	p.expect("TABLE")
	s := &ast.Uncache{IfExists: p.ifExists(), Table: p.name()}
	s.At = p.span(first)
	return s
}

func (p *parser) clear(first token.Token) ast.Statement {
	p.expect("CACHE")
	return &ast.ClearCache{At: p.span(first)}
}

func (p *parser) refresh(first token.Token) ast.Statement {
	if kept := p.refreshKept(first); kept != nil {
		return kept
	}
	s := &ast.Refresh{}
	switch {
	case p.accept("TABLE"):
		s.Kind, s.Name = ast.ObjectTable, p.name()
	case p.accept("FUNCTION"):
		s.Kind, s.Name = ast.ObjectFunction, p.name()
	case p.isString(p.at()):
		s.Path = p.str()
	default:
		if s.Path = strings.TrimSpace(p.rest()); s.Path == "" || strings.ContainsAny(s.Path, " \n\r\t") {
			p.unexpected("TABLE", "FUNCTION", "a string")
		}
	}
	s.At = p.span(first)
	return s
}

func (p *parser) commentOn(first token.Token) ast.Statement {
	p.expect("ON")
	s := &ast.CommentOn{Kind: ast.ObjectDatabase}
	if p.expectAny("TABLE", "DATABASE", "SCHEMA", "NAMESPACE") == "TABLE" {
		s.Kind = ast.ObjectTable
	}
	s.Name = p.name()
	p.expect("IS")
	if !p.accept("NULL") {
		text := p.str()
		s.Comment = &text
	}
	s.At = p.span(first)
	return s
}

// rest takes the text up to the end of the statement as it is.
func (p *parser) rest() string {
	from := p.previous().Stop
	for !p.atEnd() {
		p.pos++
	}
	if p.pos > 0 && p.previous().Stop > from {
		return p.text[from:p.previous().Stop]
	}
	return ""
}
