package parser

import (
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sql/token"
)

// call reads the arguments of a function and all that may follow them. The next token is the parenthesis.
func (p *parser) call(first token.Token, name ast.Name) *ast.Call {
	c := &ast.Call{Name: name}
	p.expectSymbol("(")
	if !p.isSymbol(")") {
		if p.is("DISTINCT") && p.peek(1).Symbol() != "," && p.peek(1).Symbol() != ")" {
			p.pos++
			c.Distinct = true
		} else if p.is("ALL") && startsExpr(p.peek(1)) {
			p.pos++
		}
		p.arguments(c)
	}
	return p.endCall(first, c)
}

// endCall reads what follows the last argument: the parenthesis, WITHIN GROUP, FILTER, IGNORE NULLS and OVER.
func (p *parser) endCall(first token.Token, c *ast.Call) *ast.Call {
	p.nulls(c)
	p.expectSymbol(")")
	if p.is("WITHIN", "GROUP") {
		p.pos += 2
		p.expectSymbol("(")
		p.expect("ORDER", "BY")
		c.WithinGroup = list(p, p.sortItem)
		p.expectSymbol(")")
	}
	if p.is("FILTER") && p.peek(1).Symbol() == "(" && p.peek(2).Keyword() == "WHERE" {
		p.pos += 3
		c.Filter = p.expr()
		p.expectSymbol(")")
	}
	p.nulls(c)
	if p.is("OVER") && (p.peek(1).Symbol() == "(" || p.isIdent(p.peek(1))) {
		p.pos++
		c.Over = p.windowSpec()
	}
	c.At = p.span(first)
	return c
}

// startsExpr says whether a token can begin an expression that follows ALL.
func startsExpr(t token.Token) bool {
	return t.Kind == token.Word || t.Kind == token.Quoted || t.Kind == token.String || isNumber(t) || t.Symbol() == "(" || t.Symbol() == "*"
}

// nulls reads IGNORE NULLS or RESPECT NULLS.
func (p *parser) nulls(c *ast.Call) {
	switch {
	case p.accept("IGNORE", "NULLS"):
		c.Nulls = ast.NullsIgnore
	case p.accept("RESPECT", "NULLS"):
		c.Nulls = ast.NullsRespect
	}
}

// arguments reads arguments by position and by name.
func (p *parser) arguments(c *ast.Call) {
	for {
		if first := p.at(); p.isIdent(first) && p.peek(1).Symbol() == "=>" {
			name := p.ident()
			p.pos++
			value := p.argument()
			c.NamedArgs = append(c.NamedArgs, ast.NamedArg{At: p.span(first), Name: name, Value: value})
		} else {
			if len(c.NamedArgs) > 0 {
				p.fail(first, "UNEXPECTED_POSITIONAL_ARGUMENT", "routineName", "`"+c.Name.Last()+"`", "parameterName", "`"+c.NamedArgs[0].Name.Text+"`")
			}
			c.Args = append(c.Args, p.argument())
		}
		if !p.acceptSymbol(",") {
			return
		}
	}
}

// argument reads an expression, or a table given to a table function.
func (p *parser) argument() ast.Expr {
	first := p.at()
	if !p.is("TABLE") || p.peek(1).Symbol() != "(" && !p.isIdent(p.peek(1)) {
		return p.expr()
	}
	p.pos++
	arg := &ast.TableArg{}
	if p.acceptSymbol("(") {
		if p.queryStartsAt(0) {
			arg.Query = p.query()
		} else {
			arg.Query = p.tableQuery()
		}
		p.expectSymbol(")")
	} else {
		arg.Query = p.tableQuery()
	}
	arg.At = p.span(first)
	return arg
}

// tableQuery reads a table's name as the query TABLE name.
func (p *parser) tableQuery() *ast.Query {
	name := p.name()
	return &ast.Query{At: name.At, Body: &ast.TableStmt{At: name.At, Name: name}}
}

// windowSpec reads a window's name, or its definition in parentheses.
func (p *parser) windowSpec() *ast.WindowSpec {
	first := p.at()
	w := &ast.WindowSpec{}
	if !p.acceptSymbol("(") {
		w.Name = p.ident()
		w.At = p.span(first)
		return w
	}
	if p.isIdent(p.at()) && p.peek(1).Symbol() == ")" {
		w.Name = p.ident()
	} else {
		p.windowBody(w)
	}
	p.expectSymbol(")")
	w.At = p.span(first)
	return w
}

func (p *parser) windowBody(w *ast.WindowSpec) {
	if p.accept("CLUSTER", "BY") {
		w.PartitionBy = list(p, p.expr)
	} else {
		if p.accept("PARTITION", "BY") || p.accept("DISTRIBUTE", "BY") {
			w.PartitionBy = list(p, p.expr)
		}
		if p.accept("ORDER", "BY") || p.accept("SORT", "BY") {
			w.OrderBy = list(p, p.sortItem)
		}
	}
	if p.isAny("ROWS", "RANGE") {
		w.Frame = p.frame()
	}
	if !p.isSymbol(")") {
		p.unexpected("PARTITION", "ORDER", "ROWS", "RANGE", ")")
	}
}

func (p *parser) frame() *ast.Frame {
	first := p.advance()
	f := &ast.Frame{Range: first.Keyword() == "RANGE"}
	if p.accept("BETWEEN") {
		f.Start = p.frameBound()
		p.expect("AND")
		f.End = p.frameBound()
	} else {
		f.Start = p.frameBound()
		f.End = ast.FrameBound{At: f.Start.At, Kind: ast.CurrentRow}
	}
	f.At = p.span(first)
	return f
}

func (p *parser) frameBound() ast.FrameBound {
	first := p.at()
	var b ast.FrameBound
	switch {
	case p.accept("UNBOUNDED"):
		if p.expectAny("PRECEDING", "FOLLOWING") == "PRECEDING" {
			b.Kind = ast.UnboundedPreceding
		} else {
			b.Kind = ast.UnboundedFollowing
		}
	case p.accept("CURRENT", "ROW"):
		b.Kind = ast.CurrentRow
	default:
		b.Offset = p.expr()
		ast.Inspect(b.Offset, func(n ast.Node) bool {
			if _, ok := n.(*ast.Column); ok {
				p.raise(syntaxAt("_LEGACY_ERROR_TEMP_0064", n, "msg", "Frame bound value must be a literal"))
			}
			return true
		})
		b.Kind = ast.Preceding
		if p.expectAny("PRECEDING", "FOLLOWING") == "FOLLOWING" {
			b.Kind = ast.Following
		}
	}
	b.At = p.span(first)
	return b
}

// sortItem reads an expression of ORDER BY.
func (p *parser) sortItem() ast.SortItem {
	first := p.at()
	s := ast.SortItem{Expr: p.expr()}
	if !p.accept("ASC") {
		s.Desc = p.accept("DESC")
	}
	if p.is("NULLS", "FIRST") || p.is("NULLS", "LAST") {
		p.pos++
		nullsFirst := p.advance().Keyword() == "FIRST"
		s.NullsFirst = &nullsFirst
	}
	s.At = p.span(first)
	return s
}
