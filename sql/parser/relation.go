package parser

import (
	"strings"
	"time"

	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sql/token"
)

// fromItems reads what follows FROM: relations separated by commas, lateral views, PIVOT and UNPIVOT.
func (p *parser) fromItems() ast.Relation {
	left := p.relation()
	for p.acceptSymbol(",") {
		right := p.relation()
		p.grown++
		left = &ast.Join{At: p.spanOf(left), Kind: ast.JoinComma, Left: left, Right: right}
	}
	left = p.lateralViews(left)
	for p.startsPivot() {
		left = p.pivot(left)
	}
	return left
}

// relation reads one relation with the joins and pivots that follow it.
func (p *parser) relation() ast.Relation {
	p.nest()
	defer func() { p.nesting-- }()
	left := p.relationPrimary()
	for {
		switch {
		case p.startsPivot():
			left = p.pivot(left)
		case p.startsJoin():
			left = p.join(left)
		default:
			return left
		}
		p.grown++
	}
}

// joinWords are the words of joins before JOIN, with their kind. OUTER is read where it may stand.
var joinWords = map[string]ast.JoinKind{
	"INNER": ast.JoinInner, "CROSS": ast.JoinCross, "LEFT": ast.JoinLeft, "RIGHT": ast.JoinRight, "FULL": ast.JoinFull,
	"SEMI": ast.JoinSemi, "ANTI": ast.JoinAnti,
}

// startsJoin says whether a join follows.
func (p *parser) startsJoin() bool {
	n := 0
	if p.is("NATURAL") {
		n++
	}
	for n < 4 && (joinWords[p.peek(n).Keyword()] != "" || p.peek(n).Keyword() == "OUTER") {
		n++
	}
	return p.peek(n).Keyword() == "JOIN"
}

func (p *parser) join(left ast.Relation) ast.Relation {
	j := &ast.Join{Kind: ast.JoinInner, Left: left, Natural: p.accept("NATURAL")}
	if word := p.acceptAny("INNER", "CROSS", "LEFT", "RIGHT", "FULL", "SEMI", "ANTI"); word != "" {
		j.Kind = joinWords[word]
		switch j.Kind {
		case ast.JoinLeft:
			if kind := joinWords[p.acceptAny("SEMI", "ANTI")]; kind != "" {
				j.Kind = kind
			} else {
				p.accept("OUTER")
			}
		case ast.JoinRight, ast.JoinFull:
			p.accept("OUTER")
		}
	}
	p.expect("JOIN")
	lateral := p.at()
	j.Right = p.relationPrimary()
	if lateral.Keyword() == "LATERAL" && p.is("USING") {
		p.fail(p.at(), "UNSUPPORTED_FEATURE.LATERAL_JOIN_USING")
	}
	switch {
	case j.Natural:
	case p.accept("ON"):
		j.On = p.expr()
	case p.is("USING") && p.peek(1).Symbol() == "(":
		p.pos++
		j.Using = p.identList()
	}
	j.At = p.spanOf(left)
	return j
}

// relationPrimary reads one relation without joins.
func (p *parser) relationPrimary() ast.Relation {
	first := p.at()
	lateral := p.is("LATERAL") && p.peek(1).Keyword() != "VIEW"
	if lateral {
		p.pos++
	}
	if p.isSymbol("(") {
		return p.parenRelation(first, lateral)
	}
	if p.is("VALUES") && p.queryStartsAt(0) && !lateral {
		return p.values()
	}
	if !lateral && p.startsStream() {
		return p.streamRelation(first)
	}
	if p.pathTables && p.isString(first) {
		path := ast.Ident{Text: p.str(), Quoted: true, At: ast.At{Position: first.Position()}}
		t := &ast.Table{Name: ast.Name{At: path.At, Parts: []ast.Ident{path}}, Alias: p.tableAlias()}
		t.At = p.span(first)
		return t
	}
	name := p.name()
	if p.isSymbol("(") {
		if len(name.Parts) > 1 {
			p.fail(first, "INVALID_SQL_SYNTAX.INVALID_TABLE_VALUED_FUNC_NAME", "funcName", quoteParts(name))
		}
		f := &ast.TableFunction{Call: p.tableCall(first, name), Lateral: lateral}
		f.Sample = p.sample()
		f.Alias = p.tableAlias()
		f.At = p.span(first)
		return f
	}
	if lateral {
		p.fail(first, "INVALID_SQL_SYNTAX.LATERAL_WITHOUT_SUBQUERY_OR_TABLE_VALUED_FUNC")
	}
	t := &ast.Table{Name: name, TimeTravel: p.atSuffix()}
	if t.TimeTravel == nil {
		t.TimeTravel = p.timeTravel()
	}
	t.Sample = p.sample()
	t.Alias = p.tableAlias()
	t.At = p.span(first)
	return t
}

// tableCall reads the arguments of a table function; a bare query may be one.
func (p *parser) tableCall(first token.Token, name ast.Name) *ast.Call {
	c := &ast.Call{Name: name}
	p.expectSymbol("(")
	if p.queryStartsAt(0) {
		p.fail(p.at(), "INVALID_SQL_SYNTAX.INVALID_TABLE_FUNCTION_IDENTIFIER_ARGUMENT_MISSING_PARENTHESES", "argumentName", quoteParts(name))
	}
	if !p.isSymbol(")") {
		p.arguments(c)
	}
	p.expectSymbol(")")
	c.At = p.span(first)
	return c
}

func quoteParts(n ast.Name) string {
	parts := n.Strings()
	for i, s := range parts {
		parts[i] = "`" + strings.ReplaceAll(s, "`", "``") + "`"
	}
	return strings.Join(parts, ".")
}

// parenRelation reads a query or a relation in parentheses.
func (p *parser) parenRelation(first token.Token, lateral bool) ast.Relation {
	open := p.advance()
	if p.queryStartsAt(0) {
		return p.derived(first, p.query(), lateral)
	}
	inner := p.fromItems()
	if d, ok := inner.(*ast.Derived); ok && d.Alias == nil && d.Sample == nil && !d.Lateral {
		if p.continuesQuery() {
			return p.derived(first, p.queryFrom(d.Query, open.Position().To(d.Position)), lateral)
		}
		return p.derived(first, d.Query, lateral)
	}
	p.expectSymbol(")")
	if lateral {
		p.fail(first, "INVALID_SQL_SYNTAX.LATERAL_WITHOUT_SUBQUERY_OR_TABLE_VALUED_FUNC")
	}
	n := &ast.Nested{Relation: inner, Sample: p.sample(), Alias: p.tableAlias()}
	n.At = p.span(first)
	return n
}

// derived ends a query in FROM.
func (p *parser) derived(first token.Token, q *ast.Query, lateral bool) ast.Relation {
	p.expectSymbol(")")
	d := &ast.Derived{Query: q, Lateral: lateral, Sample: p.sample(), Alias: p.tableAlias()}
	d.At = p.span(first)
	return d
}

// tableAlias reads [AS] name [(columns)] if it is there.
func (p *parser) tableAlias() *ast.TableAlias {
	first := p.at()
	if p.is("AS") && p.peek(1).Symbol() == "(" {
		// AS alone is the alias then: VALUES (1) AS (a) names its column, as Spark reads it.
		p.alias = p.pos
	} else if p.accept("AS") {
		if p.at().Kind == token.Word && contains(strictWords, p.at().Keyword()) {
			p.unexpectedName()
		}
	} else if !p.isTableAlias() {
		return nil
	} else {
		p.alias = p.pos
	}
	a := &ast.TableAlias{Name: p.ident()}
	if p.isSymbol("(") && p.isIdent(p.peek(1)) && !p.queryStartsAt(1) {
		a.Columns = p.identList()
	}
	a.At = p.span(first)
	return a
}

// isTableAlias says whether the next word is an alias and not the start of a clause.
func (p *parser) isTableAlias() bool {
	t := p.at()
	if !p.isIdent(t) {
		return false
	}
	word := t.Keyword()
	if t.Kind != token.Word || word == "" {
		return true
	}
	next := p.peek(1)
	switch word {
	case "PIVOT":
		return next.Symbol() != "("
	case "UNPIVOT", "TABLESAMPLE":
		return next.Symbol() != "(" && next.Keyword() != "INCLUDE" && next.Keyword() != "EXCLUDE"
	case "SELECT", "SET", "INSERT", "VALUES", "WITH", "REPLACE", "BY":
		return false
	case "WINDOW":
		return !p.startsWindows()
	case "KEYS":
		return !p.changes
	case "VERSION", "SYSTEM_VERSION", "TIMESTAMP", "SYSTEM_TIME":
		return next.Keyword() != "AS" || p.peek(2).Keyword() != "OF"
	}
	return !contains(strictWords, word) && !p.endsExpr()
}

// timeTravel reads VERSION AS OF or TIMESTAMP AS OF if it is there.
func (p *parser) timeTravel() *ast.TimeTravel {
	first, n := p.at(), 0
	if p.is("FOR") {
		n++
	}
	word := p.peek(n).Keyword()
	version := word == "VERSION" || word == "SYSTEM_VERSION"
	if !version && word != "TIMESTAMP" && word != "SYSTEM_TIME" || p.peek(n+1).Keyword() != "AS" || p.peek(n+2).Keyword() != "OF" {
		return nil
	}
	p.pos += n + 3
	t := &ast.TimeTravel{Timestamp: !version}
	switch {
	case !version:
		t.Value = p.value(precCompare)
	case p.at().Kind == token.Integer:
		t.Value = p.number()
	case p.isSymbol("?") || p.isSymbol(":"):
		t.Value = p.primary()
	default:
		t.Value = p.stringLiteral()
	}
	t.At = p.span(first)
	return t
}

// atSuffix reads @v3 or @20240131000000000 directly behind a name.
func (p *parser) atSuffix() *ast.TimeTravel {
	first, what := p.at(), p.peek(1)
	if first.Symbol() != "@" || first.Start != p.previous().Stop || what.Start != first.Stop {
		return nil
	}
	text := p.textOf(what)
	p.pos += 2
	t := &ast.TimeTravel{At: p.span(first)}
	lit := &ast.Literal{At: t.At, Raw: ast.Source(text)}
	t.Value = lit
	if digits := strings.TrimLeft(text, "vV"); what.Kind == token.Word && len(digits) == len(text)-1 && digits != "" && strings.Trim(digits, "0123456789") == "" {
		inner, err := p.ParseExpr(digits)
		if n, ok := inner.(*ast.Literal); err == nil && ok {
			lit.Kind, lit.Value = n.Kind, n.Value
			return t
		}
	}
	when, err := time.Parse("20060102150405.000", text[:min(14, len(text))]+"."+text[min(14, len(text)):])
	if err != nil || what.Kind != token.Integer {
		p.pos--
		p.unexpected("v and a version", "yyyyMMddHHmmssSSS")
	}
	t.Timestamp = true
	lit.Kind, lit.Value = ast.LitString, when.Format("2006-01-02 15:04:05.000")
	return t
}

// lateralViews reads LATERAL VIEW ... as often as it comes.
func (p *parser) lateralViews(input ast.Relation) ast.Relation {
	for p.is("LATERAL", "VIEW") {
		p.pos += 2
		v := &ast.LateralView{Input: input, Outer: p.is("OUTER") && p.isIdent(p.peek(1))}
		if v.Outer {
			p.pos++
		}
		first := p.at()
		name := p.name()
		v.Call = p.call(first, name)
		if p.isIdent(p.at()) && !p.is("AS") && !p.is("LATERAL", "VIEW") && !p.endsExpr() && !p.startsPivot() {
			v.Table = p.ident()
		}
		if p.accept("AS") || p.isIdent(p.at()) && !p.is("LATERAL", "VIEW") && !p.endsExpr() && !p.startsPivot() && !p.startsWindows() {
			v.Columns = list(p, p.ident)
		}
		v.At = p.spanOf(input)
		p.grown++
		input = v
	}
	return input
}
