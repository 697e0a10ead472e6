package parser

import (
	"strings"

	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sql/token"
)

// startsStream says whether STREAM is next and names a stream, and is not itself the name of a table.
func (p *parser) startsStream() bool {
	if !p.is("STREAM") {
		return false
	}
	next := p.peek(1)
	if next.Symbol() == "(" {
		return true
	}
	p.pos++
	defer func() { p.pos-- }()
	return p.isIdent(next) && p.isTableAlias()
}

// streamRelation reads STREAM name, STREAM(name) or STREAM function(…), with what may follow.
func (p *parser) streamRelation(first token.Token) ast.Relation {
	p.expect("STREAM")
	s := &ast.Stream{}
	inside := p.acceptSymbol("(")
	at := p.at()
	name := p.name()
	if p.isSymbol("(") {
		if len(name.Parts) > 1 {
			p.fail(at, "INVALID_SQL_SYNTAX.INVALID_TABLE_VALUED_FUNC_NAME", "funcName", quoteParts(name))
		}
		f := &ast.TableFunction{Call: p.tableCall(at, name)}
		f.At = p.span(at)
		s.Source = f
	} else {
		s.Source = &ast.Table{At: p.span(at), Name: name}
	}
	if inside {
		p.expectSymbol(")")
	}
	p.streamOptions(s)
	s.Watermark = p.watermark()
	s.Alias = p.tableAlias()
	p.streamOptions(s)
	if s.Watermark == nil {
		s.Watermark = p.watermark()
	}
	s.At = p.span(first)
	return s
}

func (p *parser) streamOptions(s *ast.Stream) {
	if s.Options == nil && p.is("WITH") && p.peek(1).Symbol() == "(" {
		p.pos++
		s.Options = p.properties()
	}
}

// watermark reads WATERMARK time [AS name] DELAY OF interval, if it is there.
func (p *parser) watermark() *ast.Watermark {
	first := p.at()
	if !p.is("WATERMARK") {
		return nil
	}
	p.pos++
	w := &ast.Watermark{Time: p.expr()}
	if p.accept("AS") {
		w.Name = p.ident()
	}
	p.expect("DELAY", "OF")
	w.Delay = p.value(precCompare)
	w.At = p.span(first)
	return w
}

// createStreaming reads CREATE [OR REFRESH] STREAMING TABLE from the name on.
func (p *parser) createStreaming(first token.Token, orRefresh bool) ast.Statement {
	s := &ast.CreateStreamingTable{OrRefresh: orRefresh}
	if s.IfNotExists = p.ifNotExists(); s.IfNotExists && orRefresh {
		p.notAllowed(first, "CREATE OR REFRESH STREAMING TABLE ... IF NOT EXISTS")
	}
	s.Table = p.name()
	p.keptElements(&s.KeptQuery)
	p.keptClauses(&s.KeptQuery)
	switch {
	case p.is("FLOW"):
		at := p.advance()
		p.changeWords()
		s.Changes = p.changeFlow(at)
	case p.accept("AS"):
		p.keptText(&s.KeptQuery)
	case !p.atEnd():
		p.unexpected("AS", "FLOW", "COMMENT", "PARTITIONED", "CLUSTER", "TBLPROPERTIES", "SCHEDULE")
	}
	s.At = p.span(first)
	return s
}

// createMaterialized reads CREATE [OR REPLACE] MATERIALIZED VIEW from the name on.
func (p *parser) createMaterialized(first token.Token, orReplace bool) ast.Statement {
	s := &ast.CreateMaterializedView{OrReplace: orReplace}
	if s.IfNotExists = p.ifNotExists(); s.IfNotExists && orReplace {
		p.notAllowed(first, "CREATE OR REPLACE MATERIALIZED VIEW ... IF NOT EXISTS")
	}
	s.Table = p.name()
	p.keptElements(&s.KeptQuery)
	p.keptClauses(&s.KeptQuery)
	p.expect("AS")
	p.keptText(&s.KeptQuery)
	s.At = p.span(first)
	return s
}

func (p *parser) keptText(k *ast.KeptQuery) {
	at := p.at()
	k.Query = p.query()
	k.Text = p.source(at)
}

// keptElements reads (columns with or without type, constraints and expectations), if they are there.
func (p *parser) keptElements(k *ast.KeptQuery) {
	if !p.isSymbol("(") {
		return
	}
	p.pos++
	for {
		if e, ok := p.expectation(); ok {
			k.Expectations = append(k.Expectations, e)
		} else if c, ok := p.constraint(); ok {
			k.Constraints = append(k.Constraints, c)
		} else {
			first := p.at()
			c := ast.ColumnDef{Name: p.plainName()}
			if !p.isSymbol(",") && !p.isSymbol(")") && !p.isAny("COMMENT", "NOT", "DEFAULT", "GENERATED") {
				c.Type = p.dataType()
			}
			p.columnOptions(&c)
			c.At = p.span(first)
			k.Columns = append(k.Columns, c)
		}
		if !p.acceptSymbol(",") {
			break
		}
	}
	p.expectSymbol(")")
}

// expectation reads CONSTRAINT name EXPECT (condition) [ON VIOLATION …], if it is there.
func (p *parser) expectation() (ast.Expectation, bool) {
	var e ast.Expectation
	first := p.at()
	if !p.is("CONSTRAINT") || p.peek(2).Keyword() != "EXPECT" {
		return e, false
	}
	p.pos++
	e.Name = p.ident()
	p.expect("EXPECT")
	e.Condition, e.ConditionText = p.parenExpr()
	if p.accept("ON", "VIOLATION") {
		if p.expectAny("DROP", "FAIL") == "DROP" {
			p.expect("ROW")
			e.OnViolation = ast.DropRow
		} else {
			p.expect("UPDATE")
			e.OnViolation = ast.FailUpdate
		}
	}
	e.At = p.span(first)
	return e, true
}

// keptClauses reads the clauses of CREATE TABLE and SCHEDULE, in any order.
func (p *parser) keptClauses(k *ast.KeptQuery) {
	seen := clauses{p: p}
	for {
		p.tableClausesSeen(&k.TableSpec, &seen)
		if !p.is("SCHEDULE") {
			return
		}
		first := p.advance()
		seen.once("SCHEDULE")
		s := p.schedule(first)
		k.Schedule = &s
	}
}

// schedule reads [REFRESH] EVERY n unit or CRON 'text' [AT TIME ZONE 'zone']; SCHEDULE is read already.
func (p *parser) schedule(first token.Token) ast.Schedule {
	p.accept("REFRESH")
	var s ast.Schedule
	if p.expectAny("EVERY", "CRON") == "EVERY" {
		at := p.at()
		if s.Every = p.integer(); s.Every <= 0 {
			p.pos--
			p.fail(at, "PARSE_SYNTAX_ERROR", "error", "'"+p.textOf(at)+"'", "hint", "")
		}
		s.Unit = intervalUnits[p.at().Keyword()]
		if !contains([]string{"SECOND", "MINUTE", "HOUR", "DAY", "WEEK"}, s.Unit) {
			p.unexpected("SECONDS", "MINUTES", "HOURS", "DAYS", "WEEKS")
		}
		p.pos++
	} else {
		s.Cron = p.str()
		if p.accept("AT", "TIME") {
			p.expect("ZONE")
			zone := p.str()
			s.Zone = &zone
		}
	}
	s.At = p.span(first)
	return s
}

// dropKept reads DROP STREAMING TABLE or DROP MATERIALIZED VIEW from IF EXISTS on.
func (p *parser) dropKept(first token.Token, kind ast.KeptKind) ast.Statement {
	s := &ast.DropKept{Kind: kind, IfExists: p.ifExists(), Table: p.name()}
	s.At = p.span(first)
	return s
}

// refreshKept reads what follows REFRESH, if it names a table that is kept up to date.
func (p *parser) refreshKept(first token.Token) *ast.RefreshKept {
	s := &ast.RefreshKept{}
	from := p.pos
	switch {
	case p.accept("STREAMING", "TABLE"):
		s.Kind = ast.StreamingTable
	case p.accept("MATERIALIZED", "VIEW"):
		s.Kind = ast.MaterializedView
	case !p.accept("TABLE"):
		return nil
	}
	if p.is("FULL") && p.isIdent(p.peek(1)) && !contains([]string{"SYNC", "ASYNC"}, p.peek(1).Keyword()) {
		p.pos++
		s.Full = true
	}
	s.Table = p.name()
	s.Full = s.Full || p.accept("FULL")
	s.Mode = p.acceptAny("SYNC", "ASYNC")
	if s.Kind == "" && !s.Full && s.Mode == "" {
		p.pos = from // Spark's REFRESH TABLE
		return nil
	}
	s.At = p.span(first)
	return s
}

// alterKept reads ALTER STREAMING TABLE or ALTER MATERIALIZED VIEW from the name on: its own actions, or those of ALTER TABLE.
func (p *parser) alterKept(first token.Token, kind ast.KeptKind) ast.Statement {
	s := &ast.AlterKept{Kind: kind, Table: p.name()}
	at := p.at()
	switch {
	case p.accept("PAUSE"):
		s.Action = &ast.PauseStream{At: p.span(at)}
	case p.accept("RESUME"):
		s.Action = &ast.ResumeStream{At: p.span(at)}
	case p.accept("SET", "OFFSETS"):
		a := &ast.SetOffsets{Offsets: p.str()}
		a.At = p.span(at)
		s.Action = a
	case p.is("ADD", "SCHEDULE"), p.is("ALTER", "SCHEDULE"):
		a := &ast.SetSchedule{Add: p.advance().Keyword() == "ADD"}
		a.Schedule = p.schedule(p.advance())
		a.At = p.span(at)
		s.Action = a
	case p.accept("DROP", "SCHEDULE"):
		s.Action = &ast.DropSchedule{At: p.span(at)}
	case p.accept("REPLAY"):
		p.expect("QUARANTINE")
		a := &ast.ReplayQuarantine{}
		if p.accept("WHERE") {
			from := p.at()
			a.Where = p.expr()
			a.WhereText = p.source(from)
		}
		a.At = p.span(at)
		s.Action = a
	case alterActions[at.Keyword()] != nil:
		t := &ast.AlterTable{Table: s.Table, Action: p.alterAction()}
		t.At = p.span(first)
		return t
	default:
		p.unexpected("PAUSE", "RESUME", "SET", "ADD", "ALTER", "DROP", "REPLAY")
	}
	s.At = p.span(first)
	return s
}

func (p *parser) showStreams(first token.Token) ast.Statement {
	s := &ast.ShowStreams{In: p.showIn(), Like: p.showLike()}
	s.At = p.span(first)
	return s
}

// keptWords reads STREAMING TABLE or MATERIALIZED VIEW, if they are there.
func (p *parser) keptWords() ast.KeptKind {
	for _, kind := range []ast.KeptKind{ast.StreamingTable, ast.MaterializedView} {
		if p.accept(strings.Fields(string(kind))...) {
			return kind
		}
	}
	return ""
}
