package parser

import (
	"strings"

	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sql/token"
)

// createView reads CREATE VIEW from IF NOT EXISTS on.
func (p *parser) createView(first token.Token, c creation) ast.Statement {
	v := &ast.CreateView{OrReplace: c.orReplace, Temporary: c.temporary, Global: c.global, IfNotExists: p.ifNotExists(), View: p.name()}
	if v.IfNotExists && v.OrReplace {
		p.fail(first, "_LEGACY_ERROR_TEMP_0052")
	}
	if v.IfNotExists && v.Temporary {
		p.fail(first, "_LEGACY_ERROR_TEMP_0053")
	}
	if p.isSymbol("(") {
		if next := p.peek(2); next.Symbol() != "," && next.Symbol() != ")" && next.Keyword() != "COMMENT" && c.temporary {
			return p.createViewUsing(first, v, p.columnDefs())
		}
		v.Columns = parenList(p, p.viewColumn)
	}
	if p.is("USING") && c.temporary {
		return p.createViewUsing(first, v, nil)
	}
	p.viewClauses(v)
	p.expect("AS")
	at := p.at()
	v.Query = p.query()
	v.Text = p.source(at)
	v.At = p.span(first)
	return v
}

func (p *parser) viewColumn() ast.ViewColumn {
	first := p.at()
	c := ast.ViewColumn{Name: p.ident(), Comment: p.optionalStr("COMMENT")}
	c.At = p.span(first)
	return c
}

// viewClauses reads COMMENT, TBLPROPERTIES and PARTITIONED ON.
func (p *parser) viewClauses(v *ast.CreateView) {
	seen := clauses{p: p}
	for {
		switch {
		case p.is("COMMENT"):
			v.Comment = p.optionalStr("COMMENT")
			seen.once("COMMENT")
		case p.is("TBLPROPERTIES"):
			if v.Temporary {
				p.notAllowed(p.at(), "TBLPROPERTIES can't coexist with CREATE TEMPORARY VIEW")
			}
			p.pos++
			seen.once("TBLPROPERTIES")
			v.Properties = p.properties()
		case p.is("PARTITIONED"):
			p.notAllowed(p.at(), "CREATE VIEW ... PARTITIONED ON")
		default:
			return
		}
	}
}

// createViewUsing reads USING format [OPTIONS (...)].
func (p *parser) createViewUsing(first token.Token, v *ast.CreateView, columns []ast.ColumnDef) ast.Statement {
	s := &ast.CreateViewUsing{OrReplace: v.OrReplace, Global: v.Global, View: v.View, Columns: columns}
	p.expect("USING")
	s.Using = strings.Join(p.name().Strings(), ".")
	if p.accept("OPTIONS") {
		s.Options = p.properties()
	}
	s.At = p.span(first)
	return s
}

// alterViewQuery reads ALTER VIEW v [AS] query; AS is next, or the query.
func (p *parser) alterViewQuery(first token.Token, view ast.Name) ast.Statement {
	p.accept("AS")
	at := p.at()
	s := &ast.AlterView{View: view, Query: p.query()}
	s.Text = p.source(at)
	s.At = p.span(first)
	return s
}
