package parser

import (
	"strconv"
	"strings"

	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sql/token"
)

// startsPivot says whether PIVOT or UNPIVOT follows.
func (p *parser) startsPivot() bool {
	next := p.peek(1)
	return p.is("PIVOT") && next.Symbol() == "(" || p.is("UNPIVOT") && (next.Symbol() == "(" || contains([]string{"INCLUDE", "EXCLUDE"}, next.Keyword()))
}

// pivot reads PIVOT or UNPIVOT of a relation.
func (p *parser) pivot(input ast.Relation) ast.Relation {
	if p.accept("UNPIVOT") {
		return p.unpivot(input)
	}
	p.expect("PIVOT")
	p.expectSymbol("(")
	v := &ast.Pivot{Input: input, Aggregates: list(p, p.namedExpr)}
	p.expect("FOR")
	if p.isSymbol("(") {
		v.Columns = p.identList()
	} else {
		v.Columns = []ast.Ident{p.ident()}
	}
	p.expect("IN")
	v.Values = parenList(p, func() ast.PivotValue {
		first := p.at()
		value := ast.PivotValue{Value: p.expr()}
		if p.accept("AS") || p.isIdent(p.at()) {
			value.Alias = p.ident()
		}
		value.At = p.span(first)
		return value
	})
	p.expectSymbol(")")
	v.Alias = p.tableAlias()
	v.At = p.spanOf(input)
	return v
}

func (p *parser) unpivot(input ast.Relation) ast.Relation {
	u := &ast.Unpivot{Input: input}
	if word := p.acceptAny("INCLUDE", "EXCLUDE"); word != "" {
		u.IncludeNulls = word == "INCLUDE"
		p.expect("NULLS")
	}
	p.expectSymbol("(")
	u.Multi = p.isSymbol("(")
	if u.Multi {
		u.Values = p.identList()
	} else {
		u.Values = []ast.Ident{p.ident()}
	}
	p.expect("FOR")
	u.Name = p.ident()
	p.expect("IN")
	u.Sets = parenList(p, func() ast.UnpivotSet {
		first := p.at()
		set := ast.UnpivotSet{}
		if u.Multi {
			set.Columns = p.nameList()
		} else {
			set.Columns = []ast.Name{p.name()}
		}
		if p.accept("AS") || p.isIdent(p.at()) {
			set.Alias = p.ident()
		}
		set.At = p.span(first)
		return set
	})
	p.expectSymbol(")")
	u.Alias = p.tableAlias()
	u.At = p.spanOf(input)
	return u
}

// sample reads TABLESAMPLE (...) if it is there.
func (p *parser) sample() *ast.Sample {
	first := p.at()
	if !p.is("TABLESAMPLE") || p.peek(1).Symbol() != "(" && p.peek(1).Keyword() != "SYSTEM" {
		return nil
	}
	p.pos++
	p.accept("SYSTEM")
	p.expectSymbol("(")
	s := &ast.Sample{}
	switch {
	case p.isSymbol(")"):
		p.fail(p.at(), "_LEGACY_ERROR_TEMP_0014")
	case p.is("BUCKET") && p.peek(1).Kind == token.Integer:
		p.pos++
		s.Kind, s.Bucket = ast.SampleBucket, p.integer()
		p.expect("OUT", "OF")
		s.OutOf = p.integer()
		if p.is("ON") {
			p.fail(p.at(), "_LEGACY_ERROR_TEMP_0015", "msg", "BUCKET x OUT OF y ON colname")
		}
	case p.at().Kind == token.Word && p.peek(1).Symbol() == ")":
		size := p.advance()
		s.Kind, s.Size = ast.SampleBytes, strings.ToUpper(p.textOf(size))
		if _, err := strconv.ParseUint(strings.TrimRight(s.Size, "BKMG"), 10, 63); err != nil {
			p.fail(size, "_LEGACY_ERROR_TEMP_0016", "bytesStr", s.Size)
		}
	default:
		s.Value = p.value(precCompare)
		if p.accept("ROWS") {
			s.Kind = ast.SampleRows
		} else {
			p.expect("PERCENT")
		}
	}
	p.expectSymbol(")")
	if p.accept("REPEATABLE") {
		p.expectSymbol("(")
		seed := p.integer()
		s.Repeatable = &seed
		p.expectSymbol(")")
	}
	s.At = p.span(first)
	return s
}
