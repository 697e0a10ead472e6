package parser

import (
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sql/token"
)

// createFunction reads CREATE FUNCTION from IF NOT EXISTS on: of a class, or with a body in SQL.
func (p *parser) createFunction(first token.Token, c creation) ast.Statement {
	f := &ast.CreateFunction{OrReplace: c.orReplace, Temporary: c.temporary, IfNotExists: p.ifNotExists(), Function: p.name()}
	if f.IfNotExists && f.OrReplace {
		p.fail(first, "INVALID_SQL_SYNTAX.CREATE_FUNC_WITH_IF_NOT_EXISTS_AND_REPLACE")
	}
	if f.IfNotExists && f.Temporary {
		p.fail(first, "INVALID_SQL_SYNTAX.CREATE_TEMP_FUNC_WITH_IF_NOT_EXISTS")
	}
	if f.Temporary && len(f.Function.Parts) > 1 {
		p.fail(first, "INVALID_SQL_SYNTAX.CREATE_TEMP_FUNC_WITH_DATABASE", "database", "`"+f.Function.Parts[0].Text+"`")
	}
	if p.accept("AS") {
		f.Class = p.str()
		if p.accept("USING") {
			f.Resources = list(p, func() ast.Property {
				at := p.at()
				r := ast.Property{Key: p.ident().Text, Value: p.str(), HasValue: true}
				r.At = p.span(at)
				return r
			})
		}
	} else {
		p.functionBody(f)
	}
	f.At = p.span(first)
	return f
}

// functionBody reads (parameters) RETURNS type [COMMENT '...'] RETURN expression.
func (p *parser) functionBody(f *ast.CreateFunction) {
	p.expectSymbol("(")
	if !p.isSymbol(")") {
		f.Params = list(p, func() ast.FunctionParam {
			at := p.at()
			a := ast.FunctionParam{Name: p.ident(), Type: p.dataType()}
			if p.accept("DEFAULT") {
				a.Default = p.expr()
			}
			a.Comment = p.optionalStr("COMMENT")
			a.At = p.span(at)
			return a
		})
	}
	p.expectSymbol(")")
	if p.accept("RETURNS") {
		if p.accept("TABLE") {
			f.ReturnsTable = p.columnDefs()
		} else {
			f.Returns = p.dataType()
		}
	}
	f.Comment = p.optionalStr("COMMENT")
	p.expect("RETURN")
	at := p.at()
	if p.queryStartsAt(0) {
		f.Query = p.query()
	} else {
		f.Body = p.expr()
	}
	f.BodyText = p.source(at)
}

func (p *parser) dropFunction(first token.Token, temporary bool) ast.Statement {
	s := &ast.DropFunction{Temporary: temporary, IfExists: p.ifExists(), Function: p.name()}
	if temporary && len(s.Function.Parts) > 1 {
		p.fail(first, "INVALID_SQL_SYNTAX.MULTI_PART_NAME", "statement", "DROP TEMPORARY FUNCTION", "funcName", quoteParts(s.Function))
	}
	s.At = p.span(first)
	return s
}
