package parser

import (
	"strings"

	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sql/token"
	"github.com/argan-sql/argan/sqlerr"
)

// queryStartsAt says whether a query begins n tokens ahead.
func (p *parser) queryStartsAt(n int) bool {
	next := p.peek(n + 1)
	switch p.peek(n).Keyword() {
	case "SELECT":
		return next.Symbol() != ")" && next.Symbol() != ","
	case "WITH":
		after := p.peek(n + 2)
		return p.isIdent(next) && (after.Keyword() == "AS" || after.Symbol() == "(" || next.Keyword() == "RECURSIVE")
	case "VALUES":
		return next.Symbol() == "(" || next.Symbol() == "-" || p.isIdent(next) || isNumber(next) || p.isString(next)
	case "TABLE":
		return p.isIdent(next)
	case "FROM":
		return p.isIdent(next) || next.Symbol() == "("
	}
	return false
}

// continuesQuery says whether a query in parentheses goes on behind them.
func (p *parser) continuesQuery() bool {
	return setOperators[p.at().Keyword()] != "" || p.isAny("LIMIT", "OFFSET") ||
		p.isAny("ORDER", "SORT", "CLUSTER", "DISTRIBUTE") && p.peek(1).Keyword() == "BY"
}

// query reads a query with all that may stand around it.
func (p *parser) query() *ast.Query {
	p.nest()
	defer func() { p.nesting-- }()
	return p.queryAfter(p.at(), p.with())
}

// queryAfter reads a query whose WITH is read already.
func (p *parser) queryAfter(first token.Token, with *ast.With) *ast.Query {
	body := p.setOperations(nil, 1)
	return p.organization(&ast.Query{With: with, Body: body}, first.Position())
}

// queryFrom goes on with a query that stood in parentheses.
func (p *parser) queryFrom(left *ast.Query, start sqlerr.Position) *ast.Query {
	body := p.setOperations(unwrap(left), 1)
	return p.organization(&ast.Query{Body: body}, start)
}

// unwrap takes the parentheses off a query that is nothing but its body.
func unwrap(q *ast.Query) ast.QueryNode {
	if q.Plain() {
		return q.Body
	}
	return q
}

// with reads WITH if it is there.
func (p *parser) with() *ast.With {
	first := p.at()
	if !p.accept("WITH") {
		return nil
	}
	w := &ast.With{}
	if p.is("RECURSIVE") && p.isIdent(p.peek(1)) && p.peek(1).Keyword() != "AS" {
		p.pos++
		w.Recursive = true
	}
	w.CTEs = list(p, func() ast.CTE {
		at := p.at()
		c := ast.CTE{Name: p.ident()}
		if p.isSymbol("(") && !p.queryStartsAt(1) {
			c.Columns = p.identList()
		}
		p.accept("AS")
		p.expectSymbol("(")
		c.Query = p.query()
		p.expectSymbol(")")
		c.At = p.span(at)
		return c
	})
	w.At = p.span(first)
	seen := map[string]bool{}
	for _, c := range w.CTEs {
		key := strings.ToLower(c.Name.Text)
		if seen[key] {
			p.raise(sqlerr.New("_LEGACY_ERROR_TEMP_0038", "duplicateNames", "'"+c.Name.Text+"'").At(c.Name.Position))
		}
		seen[key] = true
	}
	return w
}

// setOperators are the words between queries.
var setOperators = map[string]ast.SetOpKind{"UNION": ast.Union, "EXCEPT": ast.Except, "MINUS": ast.Except, "SETMINUS": ast.Except, "INTERSECT": ast.Intersect}

// setPrecedence ranks set operations: INTERSECT binds closer.
var setPrecedence = map[ast.SetOpKind]int{ast.Union: 1, ast.Except: 1, ast.Intersect: 2}

// setOperations reads queries with set operations of at least a precedence between them. left is what was read before, or nil.
func (p *parser) setOperations(left ast.QueryNode, least int) ast.QueryNode {
	if left == nil {
		left = p.queryPrimary()
	}
	for {
		kind := setOperators[p.at().Keyword()]
		if kind == "" || !p.SetOpsLeftToRight && setPrecedence[kind] < least {
			return left
		}
		p.pos++
		op := &ast.SetOp{Kind: kind, Left: left}
		if !p.accept("DISTINCT") {
			op.All = p.accept("ALL")
		}
		if p.SetOpsLeftToRight {
			op.Right = p.queryPrimary()
		} else {
			op.Right = p.setOperations(nil, setPrecedence[kind]+1)
		}
		op.At = p.spanOf(left)
		p.grown++
		left = op
	}
}

// queryPrimary reads one SELECT, VALUES, TABLE, or a query in parentheses.
func (p *parser) queryPrimary() ast.QueryNode {
	first := p.at()
	switch {
	case p.acceptSymbol("("):
		q := p.query()
		p.expectSymbol(")")
		return unwrap(q)
	case p.is("SELECT"):
		return p.selectQuery(nil)
	case p.is("FROM"):
		p.pos++
		from := p.fromItems()
		if p.is("INSERT") {
			p.raise(sqlerr.Unsupported("FROM ... INSERT (inserting into several tables at once)").At(first.Position()))
		}
		s := p.selectQuery(from)
		s.At = p.span(first)
		return s
	case p.is("VALUES"):
		return p.values()
	case p.accept("TABLE"):
		name := p.name()
		return &ast.TableStmt{At: p.span(first), Name: name}
	}
	p.unexpected("SELECT", "VALUES", "TABLE", "FROM", "(")
	return nil
}

// organization reads what follows the body: ORDER BY and its kin, WINDOW, LIMIT, OFFSET.
func (p *parser) organization(q *ast.Query, start sqlerr.Position) *ast.Query {
	if p.accept("ORDER", "BY") {
		q.OrderBy = list(p, p.sortItem)
	}
	if p.accept("CLUSTER", "BY") {
		q.ClusterBy = list(p, p.expr)
	}
	if p.accept("DISTRIBUTE", "BY") {
		q.DistributeBy = list(p, p.expr)
	}
	if p.accept("SORT", "BY") {
		q.SortBy = list(p, p.sortItem)
	}
	q.Windows = p.windows()
	if p.accept("LIMIT") {
		if !p.accept("ALL") {
			q.Limit = p.expr()
		}
	}
	if p.accept("OFFSET") {
		q.Offset = p.expr()
	}
	q.At = ast.At{Position: start.To(p.previous().Position())}
	if inner, ok := q.Body.(*ast.Query); ok && q.Plain() {
		inner.At = q.At
		return inner
	}
	return q
}

// windows reads WINDOW name AS (...), ... if it is there.
func (p *parser) windows() []ast.NamedWindow {
	if !p.startsWindows() {
		return nil
	}
	p.pos++
	windows := list(p, func() ast.NamedWindow {
		first := p.at()
		w := ast.NamedWindow{Name: p.ident()}
		p.expect("AS")
		w.Spec = p.windowSpec()
		w.At = p.span(first)
		return w
	})
	seen := map[string]bool{}
	for _, w := range windows {
		if seen[w.Name.Text] {
			p.raise(sqlerr.New("INVALID_SQL_SYNTAX.REPETITIVE_WINDOW_DEFINITION", "windowName", "`"+w.Name.Text+"`").At(w.Position))
		}
		seen[w.Name.Text] = true
	}
	return windows
}

func (p *parser) startsWindows() bool {
	return p.is("WINDOW") && p.isIdent(p.peek(1)) && p.peek(2).Keyword() == "AS"
}

// values reads VALUES rows with their alias.
func (p *parser) values() *ast.Values {
	first := p.advance()
	v := &ast.Values{}
	v.Rows = list(p, func() []ast.Expr {
		e := p.expr()
		if row, ok := e.(*ast.Row); ok {
			return row.Exprs
		}
		return []ast.Expr{e}
	})
	v.Alias = p.tableAlias()
	v.At = p.span(first)
	return v
}
