package parser

import (
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sql/token"
)

// merge reads MERGE INTO.
func (p *parser) merge(first token.Token, with *ast.With) ast.Statement {
	m := &ast.Merge{With: with, SchemaEvolution: p.accept("WITH", "SCHEMA", "EVOLUTION")}
	p.expect("INTO")
	m.Target = p.name()
	m.Alias = p.tableAlias()
	p.expect("USING")
	m.Source = p.relationPrimary()
	p.expect("ON")
	m.On = p.expr()
	for p.is("WHEN") {
		m.Clauses = append(m.Clauses, p.mergeClause())
	}
	m.At = p.span(first)
	if len(m.Clauses) == 0 {
		if !p.atEnd() {
			p.unexpected("WHEN")
		}
		p.fail(first, "_LEGACY_ERROR_TEMP_0008")
	}
	p.checkMergeConditions(m.Clauses)
	return m
}

// mergeOmissions are the classes for a clause without condition that is not the last of its kind.
var mergeOmissions = map[ast.MergeMatch]string{
	ast.Matched:    "NON_LAST_MATCHED_CLAUSE_OMIT_CONDITION",
	ast.NotMatched: "NON_LAST_NOT_MATCHED_BY_TARGET_CLAUSE_OMIT_CONDITION", ast.NotMatchedBySource: "NON_LAST_NOT_MATCHED_BY_SOURCE_CLAUSE_OMIT_CONDITION",
}

func (p *parser) checkMergeConditions(clauses []ast.MergeClause) {
	last := map[ast.MergeMatch]int{}
	for i, c := range clauses {
		last[c.Match] = i
	}
	for i, c := range clauses {
		if c.Cond == nil && last[c.Match] != i {
			p.raise(syntaxAt(mergeOmissions[c.Match], c))
		}
	}
}

// mergeClause reads one WHEN.
func (p *parser) mergeClause() ast.MergeClause {
	first := p.advance()
	c := ast.MergeClause{Match: ast.Matched}
	if p.accept("NOT") {
		c.Match = ast.NotMatched
	}
	p.expect("MATCHED")
	if c.Match == ast.NotMatched && p.accept("BY") {
		if p.expectAny("SOURCE", "TARGET") == "SOURCE" {
			c.Match = ast.NotMatchedBySource
		}
	}
	if p.accept("AND") {
		c.Cond = p.expr()
	}
	p.expect("THEN")
	if c.Match == ast.NotMatched {
		p.mergeInsert(&c)
	} else if p.expectAny("UPDATE", "DELETE") == "DELETE" {
		c.Action = ast.MergeDelete
	} else {
		p.mergeUpdate(&c)
	}
	c.At = p.span(first)
	return c
}

func (p *parser) mergeUpdate(c *ast.MergeClause) {
	p.expect("SET")
	if p.acceptSymbol("*") {
		c.Action = ast.MergeUpdateAll
		return
	}
	c.Action = ast.MergeUpdate
	c.Set = p.assignments()
}

func (p *parser) mergeInsert(c *ast.MergeClause) {
	p.expect("INSERT")
	if p.acceptSymbol("*") {
		c.Action = ast.MergeInsertAll
		return
	}
	c.Action = ast.MergeInsert
	c.Columns = p.nameList()
	p.expect("VALUES")
	at := p.at()
	c.Values = parenList(p, p.expr)
	if len(c.Values) != len(c.Columns) {
		p.fail(at, "_LEGACY_ERROR_TEMP_0006")
	}
}
