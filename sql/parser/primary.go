package parser

import (
	"strings"

	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sql/token"
)

// specialForms are the words that begin a syntax of their own. Those of specialCalls do so only before a parenthesis.
var specialForms, specialCalls map[string]func(p *parser, first token.Token) ast.Expr

func init() {
	specialForms = map[string]func(p *parser, first token.Token) ast.Expr{
		"CASE": (*parser).caseExpr,
	}
	specialCalls = map[string]func(p *parser, first token.Token) ast.Expr{
		"CAST": (*parser).castExpr, "TRY_CAST": (*parser).castExpr, "EXISTS": (*parser).existsExpr, "EXTRACT": (*parser).extractExpr,
		"TRIM": (*parser).trimExpr, "SUBSTRING": (*parser).substringExpr, "SUBSTR": (*parser).substringExpr, "OVERLAY": (*parser).overlayExpr,
		"POSITION": (*parser).positionExpr, "STRUCT": (*parser).structExpr,
		"TIMESTAMPADD": (*parser).unitCall, "TIMESTAMPDIFF": (*parser).unitCall, "DATEADD": (*parser).unitCall, "DATE_ADD": (*parser).unitCall,
		"DATEDIFF": (*parser).unitCall, "DATE_DIFF": (*parser).unitCall,
	}
}

// constants are the words that are literals.
var constants = map[string]struct {
	kind  ast.LiteralKind
	value any
}{"NULL": {ast.LitNull, nil}, "TRUE": {ast.LitBool, true}, "FALSE": {ast.LitBool, false}}

// primary reads one operand.
func (p *parser) primary() ast.Expr {
	t := p.at()
	switch {
	case isNumber(t) || t.Symbol() == "-":
		return p.number()
	case p.isString(t):
		return p.stringLiteral()
	case p.isIdent(t):
		return p.wordExpr(t)
	}
	switch t.Symbol() {
	case "(":
		return p.parenthesis()
	case "*":
		p.pos++
		star := &ast.Star{At: p.span(t)}
		p.starExcept(star)
		return star
	case "?":
		p.pos++
		p.params++
		return &ast.Param{At: p.span(t), Index: p.params - 1}
	case ":":
		p.pos++
		name := p.ident()
		return &ast.Param{At: p.span(t), Name: name.Text}
	}
	p.unexpected()
	return nil
}

// wordExpr reads what begins with a word: a special form, a literal, a call, a lambda or a name.
func (p *parser) wordExpr(t token.Token) ast.Expr {
	word, next := t.Keyword(), p.peek(1)
	if read := specialForms[word]; read != nil && next.Symbol() != "." {
		p.pos++
		return read(p, t)
	}
	if read := specialCalls[word]; read != nil && next.Symbol() == "(" {
		p.pos++
		return read(p, t)
	}
	if c, ok := constants[word]; ok && next.Symbol() != "." && next.Symbol() != "(" {
		p.pos++
		return &ast.Literal{At: p.span(t), Kind: c.kind, Raw: p.source(t), Value: c.value}
	}
	if p.startsInterval() {
		return p.interval()
	}
	if p.isString(next) && t.Kind == token.Word && !contains(notBeforeString, word) {
		return p.typedLiteral()
	}
	if next.Symbol() == "->" {
		param := p.ident()
		p.pos++
		return p.lambda(t, []ast.Ident{param})
	}
	name := p.exprName()
	if p.isSymbol("(") {
		return p.call(t, name)
	}
	if len(name.Parts) == 1 && contains([]string{"SELECT", "FROM", "WHERE"}, word) {
		// These would do as names, but nobody means them.
		p.pos--
		p.unexpected()
	}
	return &ast.Column{At: name.At, Name: name}
}

// notBeforeString are words that a string may follow without being a typed literal.
var notBeforeString = []string{"END", "ESCAPE", "LIKE", "ILIKE", "RLIKE", "REGEXP", "IN", "AS", "COMMENT"}

// exprName reads a.b.c; what follows the last point may also be a star, which postfix reads.
func (p *parser) exprName() ast.Name {
	first := p.at()
	if p.is("IDENTIFIER") && p.peek(1).Symbol() == "(" {
		return p.name()
	}
	parts := []ast.Ident{p.ident()}
	for p.isSymbol(".") && p.isIdent(p.peek(1)) {
		p.pos++
		parts = append(parts, p.ident())
	}
	return ast.Name{At: p.span(first), Parts: parts}
}

// parenthesis reads what begins with one: a subquery, a lambda's parameters, a row, or an expression in parentheses.
func (p *parser) parenthesis() ast.Expr {
	first := p.advance()
	if params := p.lambdaParams(); params != nil {
		return p.lambda(first, params)
	}
	query, list := p.queryOrExprs(p.namedExpr)
	p.expectSymbol(")")
	if query != nil {
		return &ast.Subquery{At: p.span(first), Query: query}
	}
	if len(list) > 1 {
		return &ast.Row{At: p.span(first), Exprs: list}
	}
	if a, ok := list[0].(*ast.Alias); ok {
		p.fail(p.previous(), "PARSE_SYNTAX_ERROR", "error", "'"+a.Names[0].Text+"'", "hint", "")
	}
	return list[0]
}

// queryOrExprs reads what stands in parentheses: a query, or expressions separated by commas.
func (p *parser) queryOrExprs(element func() ast.Expr) (*ast.Query, []ast.Expr) {
	if p.queryStartsAt(0) {
		return p.query(), nil
	}
	first := element()
	if s, ok := first.(*ast.Subquery); ok && p.continuesQuery() {
		return p.queryFrom(s.Query, s.Position), nil
	}
	out := []ast.Expr{first}
	for p.acceptSymbol(",") {
		out = append(out, element())
	}
	return nil, out
}

// lambdaParams reads (x, y) -> if that is what follows the parenthesis; else nothing is read.
func (p *parser) lambdaParams() []ast.Ident {
	n := 0
	for p.isIdent(p.peek(n)) && p.peek(n+1).Symbol() == "," {
		n += 2
	}
	if !p.isIdent(p.peek(n)) || p.peek(n+1).Symbol() != ")" || p.peek(n+2).Symbol() != "->" {
		return nil
	}
	params := list(p, p.ident)
	p.pos += 2
	return params
}

func (p *parser) lambda(first token.Token, params []ast.Ident) ast.Expr {
	body := p.expr()
	return &ast.Lambda{At: p.span(first), Params: params, Body: body}
}

func (p *parser) caseExpr(first token.Token) ast.Expr {
	c := &ast.Case{}
	if !p.is("WHEN") {
		c.Operand = p.expr()
	}
	for p.is("WHEN") {
		at := p.advance()
		w := ast.When{Cond: p.expr()}
		p.expect("THEN")
		w.Result = p.expr()
		w.At = p.span(at)
		c.Whens = append(c.Whens, w)
	}
	if len(c.Whens) == 0 {
		p.unexpected("WHEN")
	}
	if p.accept("ELSE") {
		c.Else = p.expr()
	}
	if !p.accept("END") {
		p.unexpected("WHEN", "ELSE", "END")
	}
	c.At = p.span(first)
	return c
}

func (p *parser) castExpr(first token.Token) ast.Expr {
	p.expectSymbol("(")
	e := p.expr()
	p.expect("AS")
	t := p.dataType()
	p.expectSymbol(")")
	return &ast.Cast{At: p.span(first), Expr: e, Type: t, Try: first.Keyword() == "TRY_CAST"}
}

func (p *parser) existsExpr(first token.Token) ast.Expr {
	if !p.queryStartsAt(1) && p.peek(1).Symbol() != "(" {
		return p.plainCall(first)
	}
	p.pos++
	query, list := p.queryOrExprs(p.argument)
	if query == nil {
		return p.callAfter(first, list...)
	}
	p.expectSymbol(")")
	return &ast.Exists{At: p.span(first), Query: query}
}

// plainCall reads a call of the function whose name was the first token.
func (p *parser) plainCall(first token.Token) ast.Expr {
	return p.call(first, p.oneName(first))
}

// callAfter goes on with a plain call whose first arguments are read already, because they might have been something else.
func (p *parser) callAfter(first token.Token, args ...ast.Expr) ast.Expr {
	c := &ast.Call{Name: p.oneName(first), Args: args}
	if p.acceptSymbol(",") {
		p.arguments(c)
	}
	return p.endCall(first, c)
}

func (p *parser) oneName(t token.Token) ast.Name {
	id := p.identOf(t)
	return ast.Name{At: id.At, Parts: []ast.Ident{id}}
}

func (p *parser) extractExpr(first token.Token) ast.Expr {
	if !p.isIdent(p.peek(1)) || p.peek(2).Keyword() != "FROM" {
		return p.plainCall(first)
	}
	p.pos++
	field := p.ident()
	p.expect("FROM")
	source := p.expr()
	p.expectSymbol(")")
	return &ast.Extract{At: p.span(first), Field: field, Source: source}
}

func (p *parser) trimExpr(first token.Token) ast.Expr {
	if p.peek(1).Symbol() == ")" {
		return p.plainCall(first)
	}
	p.pos++
	t := &ast.Trim{Side: ast.TrimBoth}
	side := ""
	if !contains([]string{"(", ",", ")", "."}, p.peek(1).Symbol()) {
		side = p.acceptAny("BOTH", "LEADING", "TRAILING")
	}
	if side != "" {
		t.Side = ast.TrimSide(side)
	}
	if !p.is("FROM") {
		t.Chars = p.argument()
	}
	if !p.accept("FROM") {
		if side != "" {
			p.unexpected("FROM")
		}
		return p.callAfter(first, t.Chars)
	}
	t.Source = p.expr()
	p.expectSymbol(")")
	t.At = p.span(first)
	return t
}

func (p *parser) substringExpr(first token.Token) ast.Expr {
	if p.peek(1).Symbol() == ")" {
		return p.plainCall(first)
	}
	p.pos++
	s := &ast.Substring{Expr: p.argument()}
	if !p.accept("FROM") {
		return p.callAfter(first, s.Expr)
	}
	s.From = p.expr()
	if p.accept("FOR") {
		s.For = p.expr()
	}
	p.expectSymbol(")")
	s.At = p.span(first)
	return s
}

func (p *parser) overlayExpr(first token.Token) ast.Expr {
	if p.peek(1).Symbol() == ")" {
		return p.plainCall(first)
	}
	p.pos++
	o := &ast.Overlay{Expr: p.argument()}
	if !p.accept("PLACING") {
		return p.callAfter(first, o.Expr)
	}
	o.Placing = p.expr()
	p.expect("FROM")
	o.From = p.expr()
	if p.accept("FOR") {
		o.For = p.expr()
	}
	p.expectSymbol(")")
	o.At = p.span(first)
	return o
}

func (p *parser) positionExpr(first token.Token) ast.Expr {
	if p.peek(1).Symbol() == ")" || p.peek(2).Symbol() == "=>" {
		return p.plainCall(first)
	}
	p.pos++
	p.nest()
	needle := p.value(precCompare)
	p.nesting--
	if !p.accept("IN") {
		return p.callAfter(first, needle)
	}
	text := p.value(precCompare)
	p.expectSymbol(")")
	return &ast.PositionOf{At: p.span(first), Needle: needle, Text: text}
}

// structExpr reads STRUCT(a AS b, ...), whose arguments may have names.
func (p *parser) structExpr(first token.Token) ast.Expr {
	c := &ast.Call{Name: p.oneName(first)}
	p.pos++
	if !p.isSymbol(")") {
		c.Args = list(p, p.namedExpr)
	}
	p.expectSymbol(")")
	c.At = p.span(first)
	return c
}

// dateUnits are the units that may stand bare as a first argument.
var dateUnits = strings.Fields("YEAR QUARTER MONTH WEEK DAY DAYOFYEAR HOUR MINUTE SECOND MILLISECOND MICROSECOND")

// unitCall reads DATEADD(DAY, ...) and its kin; without a unit they are plain functions.
func (p *parser) unitCall(first token.Token) ast.Expr {
	if p.peek(2).Symbol() != "," || !contains(dateUnits, p.peek(1).Keyword()) {
		unit := p.peek(1)
		c := p.call(first, p.oneName(first))
		if len(c.Args) == 3 && p.isString(unit) {
			p.fail(unit, "INVALID_PARAMETER_VALUE.DATETIME_UNIT", "functionName", "`"+first.Keyword()+"`", "parameter", "`unit`", "invalidValue", p.textOf(unit))
		}
		return c
	}
	c := &ast.UnitCall{Func: first.Keyword(), Unit: p.peek(1).Keyword()}
	p.pos++
	unit := p.oneName(p.advance())
	p.pos++
	c.Args = list(p, p.expr)
	if len(c.Args) != 2 { // a plain function, whose first argument is a column of that name
		return p.callAfter(first, append([]ast.Expr{&ast.Column{At: unit.At, Name: unit}}, c.Args...)...)
	}
	p.expectSymbol(")")
	c.At = p.span(first)
	return c
}
