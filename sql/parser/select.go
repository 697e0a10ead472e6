package parser

import (
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sql/token"
	"github.com/argan-sql/argan/sqlerr"
)

// selectQuery reads SELECT to its WINDOW. from is what stood before SELECT, or nil.
func (p *parser) selectQuery(from ast.Relation) *ast.Select {
	first := p.at()
	p.expect("SELECT")
	p.refuseTransform()
	s := &ast.Select{From: from, Hints: p.hints()}
	if !p.is("DISTINCT") || !p.isSelectQuantifier() {
		if p.is("ALL") && p.isSelectQuantifier() {
			p.pos++
		}
	} else {
		p.pos++
		s.Distinct = true
	}
	s.Items = list(p, p.namedExpr)
	if from == nil && p.accept("FROM") {
		s.From = p.fromItems()
	} else if from != nil {
		s.From = p.lateralViews(from)
	}
	if p.accept("WHERE") {
		s.Where = p.expr()
	}
	if p.is("GROUP", "BY") {
		s.GroupBy = p.groupBy()
	}
	if p.accept("HAVING") {
		s.Having = p.expr()
	}
	if p.accept("QUALIFY") {
		s.Qualify = p.expr()
	}
	s.Windows = p.windows()
	s.At = p.span(first)
	return s
}

// isSelectQuantifier says whether DISTINCT or ALL is one, and not a column's name.
func (p *parser) isSelectQuantifier() bool {
	next := p.peek(1)
	return next.Kind != token.EOF && next.Symbol() != "," && next.Symbol() != "." && next.Symbol() != ")" && next.Symbol() != ";" && next.Keyword() != "FROM" && next.Keyword() != "AS"
}

// refuseTransform refuses SELECT TRANSFORM(...) USING 'script', which is not the function of that name.
func (p *parser) refuseTransform() {
	if !p.is("TRANSFORM") || p.peek(1).Symbol() != "(" {
		return
	}
	depth := 0
	for n := 1; p.peek(n).Kind != token.EOF; n++ {
		switch p.peek(n).Symbol() {
		case "(":
			depth++
		case ")":
			if depth--; depth == 0 {
				if contains([]string{"USING", "ROW", "RECORDWRITER"}, p.peek(n+1).Keyword()) {
					p.raise(sqlerr.Unsupported("TRANSFORM with a script").At(p.at().Position()))
				}
				return
			}
		}
	}
}

// hints reads /*+ ... */ after SELECT.
func (p *parser) hints() []ast.Hint {
	var hints []ast.Hint
	for p.at().Kind == token.Hint {
		p.pos++
		for !p.acceptSymbol("*/") {
			first := p.at()
			h := ast.Hint{Name: p.ident()}
			if p.acceptSymbol("(") {
				if !p.isSymbol(")") {
					h.Args = list(p, p.expr)
				}
				p.expectSymbol(")")
			}
			h.At = p.span(first)
			hints = append(hints, h)
			p.acceptSymbol(",")
		}
	}
	return hints
}

// groupBy reads GROUP BY with its analytics.
func (p *parser) groupBy() *ast.GroupBy {
	first := p.advance()
	p.expect("BY")
	g := &ast.GroupBy{Items: list(p, p.groupItem)}
	switch {
	case p.is("WITH", "ROLLUP") || p.is("WITH", "CUBE"):
		p.pos++
		kind := ast.GroupKind(p.advance().Keyword())
		g.Items = []ast.GroupItem{{At: p.span(first), Kind: kind, Items: p.plainItems(g.Items)}}
	case p.is("GROUPING", "SETS"):
		p.pos += 2
		item := ast.GroupItem{Kind: ast.GroupingSets}
		for _, i := range p.plainItems(g.Items) {
			item.Exprs = append(item.Exprs, i.Exprs...)
		}
		item.Items = parenList(p, p.groupElement)
		item.At = p.span(first)
		g.Items = []ast.GroupItem{item}
	}
	g.At = p.span(first)
	return g
}

// plainItems checks that items are expressions alone.
func (p *parser) plainItems(items []ast.GroupItem) []ast.GroupItem {
	for _, i := range items {
		if i.Kind != ast.GroupExprs {
			p.unexpected()
		}
	}
	return items
}

// groupItem reads one item of GROUP BY: an analytic or an expression.
func (p *parser) groupItem() ast.GroupItem {
	if item, ok := p.groupAnalytic(); ok {
		return item
	}
	e := p.expr()
	return ast.GroupItem{At: ast.At{Position: e.Pos()}, Exprs: []ast.Expr{e}}
}

// groupAnalytic reads ROLLUP(...), CUBE(...) or GROUPING SETS (...).
func (p *parser) groupAnalytic() (ast.GroupItem, bool) {
	first := p.at()
	item := ast.GroupItem{}
	switch {
	case p.isAny("ROLLUP", "CUBE") && p.peek(1).Symbol() == "(":
		item.Kind = ast.GroupKind(p.advance().Keyword())
		item.Items = parenList(p, p.groupSet)
		for _, set := range item.Items {
			if len(set.Exprs) == 0 {
				p.fail(first, "_LEGACY_ERROR_TEMP_0051", "element", string(item.Kind))
			}
		}
	case p.is("GROUPING", "SETS") && p.peek(2).Symbol() == "(":
		p.pos += 2
		item.Kind = ast.GroupingSets
		item.Items = parenList(p, p.groupElement)
	default:
		return item, false
	}
	item.At = p.span(first)
	return item, true
}

// groupElement reads one element of GROUPING SETS.
func (p *parser) groupElement() ast.GroupItem {
	p.nest()
	defer func() { p.nesting-- }()
	if item, ok := p.groupAnalytic(); ok {
		return item
	}
	return p.groupSet()
}

// groupSet reads (a, b), () or a.
func (p *parser) groupSet() ast.GroupItem {
	first := p.at()
	if p.isSymbol("(") && p.peek(1).Symbol() == ")" {
		p.pos += 2
		return ast.GroupItem{At: p.span(first)}
	}
	e := p.expr()
	exprs := []ast.Expr{e}
	if row, ok := e.(*ast.Row); ok {
		exprs = row.Exprs
	}
	return ast.GroupItem{At: p.span(first), Exprs: exprs}
}
