package parser

import (
	"unicode/utf8"

	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sql/token"
)

// Precedence of the operators between values, low to high. Predicates (IS, IN, LIKE, BETWEEN), NOT, AND and OR stand below.
const (
	precCompare = iota + 1
	precBitOr
	precBitXor
	precBitAnd
	precAdd
	precMultiply
)

type operator struct {
	op   ast.Op
	prec int
}

// operators are those between values, by how they are written.
var operators = map[string]operator{
	"=": {ast.OpEq, precCompare}, "==": {ast.OpEq, precCompare}, "<=>": {ast.OpNullSafe, precCompare},
	"<>": {ast.OpNe, precCompare}, "!=": {ast.OpNe, precCompare},
	"<": {ast.OpLt, precCompare}, "<=": {ast.OpLe, precCompare}, "!>": {ast.OpLe, precCompare},
	">": {ast.OpGt, precCompare}, ">=": {ast.OpGe, precCompare}, "!<": {ast.OpGe, precCompare},
	"|": {ast.OpBitOr, precBitOr}, "^": {ast.OpBitXor, precBitXor}, "&": {ast.OpBitAnd, precBitAnd},
	"+": {ast.OpAdd, precAdd}, "-": {ast.OpSub, precAdd}, "||": {ast.OpConcat, precAdd},
	"*": {ast.OpMul, precMultiply}, "/": {ast.OpDiv, precMultiply}, "%": {ast.OpMod, precMultiply}, "DIV": {ast.OpIntDiv, precMultiply},
}

// operatorAt finds the operator a token is.
func operatorAt(t token.Token) (operator, bool) {
	s := t.Symbol()
	if s == "" {
		if s = t.Keyword(); s != "DIV" {
			return operator{}, false
		}
	}
	op, ok := operators[s]
	return op, ok
}

// expr reads an expression.
func (p *parser) expr() ast.Expr {
	p.nest()
	e := p.chain("OR", ast.OpOr, (*parser).conjunction)
	p.nesting--
	return e
}

func (p *parser) conjunction() ast.Expr { return p.chain("AND", ast.OpAnd, (*parser).negation) }

// chain reads operands with one word between them and makes a balanced tree of them, as Spark does.
func (p *parser) chain(word string, op ast.Op, operand func(*parser) ast.Expr) ast.Expr {
	first := operand(p)
	if !p.is(word) {
		return first
	}
	all := []ast.Expr{first}
	for p.accept(word) {
		all = append(all, operand(p))
	}
	return balance(op, all)
}

func balance(op ast.Op, all []ast.Expr) ast.Expr {
	if len(all) == 1 {
		return all[0]
	}
	half := (len(all) + 1) / 2
	left, right := balance(op, all[:half]), balance(op, all[half:])
	return &ast.Binary{At: ast.At{Position: left.Pos().To(right.Pos())}, Op: op, Left: left, Right: right}
}

// negation reads NOT before a predicate.
func (p *parser) negation() ast.Expr {
	var nots []token.Token
	for p.is("NOT") || p.isSymbol("!") {
		nots = append(nots, p.advance())
	}
	if p.nesting += len(nots); p.nesting > maxNesting {
		p.tooDeep(maxNesting)
	}
	e := p.predicate()
	p.nesting -= len(nots)
	for i := len(nots) - 1; i >= 0; i-- {
		e = &ast.Unary{At: p.span(nots[i]), Op: ast.OpNot, Expr: e}
	}
	return e
}

// predicate reads a value and what may be asked of it.
func (p *parser) predicate() ast.Expr {
	left := p.value(precCompare)
	if p.is("IS") {
		return p.isPredicate(left)
	}
	not := p.is("NOT") && contains(predicateWords, p.peek(1).Keyword())
	if not {
		p.pos++
	}
	switch word := p.acceptAny(predicateWords...); word {
	case "BETWEEN":
		low := p.value(precCompare)
		p.expect("AND")
		high := p.value(precCompare)
		return &ast.Between{At: p.spanOf(left), Expr: left, Low: low, High: high, Not: not}
	case "IN":
		return p.inPredicate(left, not)
	case "LIKE", "ILIKE":
		return p.likePredicate(left, ast.LikeOp(word), not)
	case "RLIKE", "REGEXP":
		pattern := p.value(precCompare)
		return &ast.Match{At: p.spanOf(left), Op: ast.RLike, Expr: left, Pattern: pattern, Not: not}
	}
	return left
}

var predicateWords = []string{"BETWEEN", "IN", "LIKE", "ILIKE", "RLIKE", "REGEXP"}

func (p *parser) isPredicate(left ast.Expr) ast.Expr {
	p.expect("IS")
	not := p.accept("NOT")
	word := p.expectAny("NULL", "TRUE", "FALSE", "UNKNOWN", "DISTINCT")
	switch word {
	case "NULL":
		return &ast.IsNull{At: p.spanOf(left), Expr: left, Not: not}
	case "DISTINCT":
		p.expect("FROM")
		right := p.value(precCompare)
		return &ast.IsDistinct{At: p.spanOf(left), Left: left, Right: right, Not: not}
	}
	return &ast.IsTruth{At: p.spanOf(left), Expr: left, Truth: ast.Truth(word), Not: not}
}

func (p *parser) inPredicate(left ast.Expr, not bool) ast.Expr {
	p.expectSymbol("(")
	query, list := p.queryOrExprs(p.expr)
	p.expectSymbol(")")
	if query != nil {
		return &ast.InQuery{At: p.spanOf(left), Expr: left, Query: query, Not: not}
	}
	return &ast.In{At: p.spanOf(left), Expr: left, List: list, Not: not}
}

func (p *parser) likePredicate(left ast.Expr, op ast.LikeOp, not bool) ast.Expr {
	if p.isAny("ANY", "SOME", "ALL") && p.peek(1).Symbol() == "(" {
		all := p.advance().Keyword() == "ALL"
		if p.peek(1).Symbol() == ")" {
			p.fail(p.at(), "_LEGACY_ERROR_TEMP_0064", "msg", "Expected something between '(' and ')'")
		}
		patterns := parenList(p, p.expr)
		return &ast.MatchList{At: p.spanOf(left), Op: op, Expr: left, All: all, Patterns: patterns, Not: not}
	}
	m := &ast.Match{Op: op, Expr: left, Pattern: p.value(precCompare), Not: not}
	if p.accept("ESCAPE") {
		at := p.at()
		m.Escape = p.str()
		if utf8.RuneCountInString(m.Escape) != 1 {
			p.fail(at, "INVALID_ESC", "invalidEscape", "'"+m.Escape+"'")
		}
	}
	m.At = p.spanOf(left)
	return m
}

// value reads operands with operators of at least a precedence between them.
func (p *parser) value(least int) ast.Expr {
	left := p.unary()
	for {
		op, ok := operatorAt(p.at())
		if !ok || op.prec < least {
			return left
		}
		p.pos++
		right := p.value(op.prec + 1)
		p.grown++
		left = &ast.Binary{At: p.spanOf(left), Op: op.op, Left: left, Right: right}
	}
}

var unaryOperators = map[string]ast.Op{"-": ast.OpSub, "+": ast.OpAdd, "~": ast.OpBitNot}

// unary reads signs before an operand. A minus directly before a number belongs to the number.
func (p *parser) unary() ast.Expr {
	var signs []token.Token
	for unaryOperators[p.at().Symbol()] != "" && !(p.isSymbol("-") && isNumber(p.peek(1))) {
		signs = append(signs, p.advance())
	}
	if p.nesting += len(signs); p.nesting > maxNesting {
		p.tooDeep(maxNesting)
	}
	e := p.postfix(p.primary())
	p.nesting -= len(signs)
	for i := len(signs) - 1; i >= 0; i-- {
		e = &ast.Unary{At: p.span(signs[i]), Op: unaryOperators[signs[i].Symbol()], Expr: e}
	}
	return e
}

// postfix reads what may follow an operand: [index], .field and ::type.
func (p *parser) postfix(e ast.Expr) ast.Expr {
	for {
		switch p.at().Symbol() {
		case "[":
			p.pos++
			p.nest()
			index := p.value(precCompare)
			p.nesting--
			p.expectSymbol("]")
			e = &ast.Subscript{At: p.spanOf(e), Expr: e, Index: index}
		case ".":
			if c, ok := e.(*ast.Column); ok && p.peek(1).Symbol() == "*" && c.Name.Dynamic == nil {
				p.pos += 2
				star := &ast.Star{At: p.spanOf(e), Qualifier: c.Name.Parts}
				p.starExcept(star)
				return star
			}
			p.pos++
			field := p.ident()
			if c, ok := e.(*ast.Column); ok && c.Name.Dynamic == nil {
				name := ast.Name{At: p.spanOf(e), Parts: append(c.Name.Parts, field)}
				e = &ast.Column{At: name.At, Name: name}
			} else {
				e = &ast.FieldOf{At: p.spanOf(e), Expr: e, Name: field}
			}
		case "::":
			p.pos++
			t := p.dataType()
			e = &ast.Cast{At: p.spanOf(e), Expr: e, Type: t}
		default:
			return e
		}
		p.grown++
	}
}

// starExcept reads EXCEPT (names) after a star; EXCEPT before a query is a set operation.
func (p *parser) starExcept(star *ast.Star) {
	if p.is("EXCEPT") && p.peek(1).Symbol() == "(" && !p.queryStartsAt(2) && p.peek(2).Symbol() != "(" {
		p.pos++
		star.Except = p.nameList()
		star.At = p.spanOf(star)
	}
}

// namedExpr reads an expression with or without alias.
func (p *parser) namedExpr() ast.Expr {
	e := p.expr()
	switch {
	case p.accept("AS"):
		if p.isSymbol("(") {
			names := p.identList()
			return &ast.Alias{At: p.spanOf(e), Expr: e, Names: names, Multi: true}
		}
	case p.isSymbol("(") && p.isIdent(p.peek(1)) && (p.peek(2).Symbol() == "," || p.peek(2).Symbol() == ")"):
		names := p.identList()
		return &ast.Alias{At: p.spanOf(e), Expr: e, Names: names, Multi: true}
	case !p.isIdent(p.at()) || p.endsExpr():
		return e
	default:
		p.alias = p.pos
	}
	name := p.ident()
	return &ast.Alias{At: p.spanOf(e), Expr: e, Names: []ast.Ident{name}}
}

// endsExpr says whether the next word begins a clause and so is not an alias.
func (p *parser) endsExpr() bool {
	word := p.at().Keyword()
	next, ok := clauseStarts[word]
	if !ok || word == "FROM" && p.peek(1).Keyword() == "FROM" && p.at().Kind == token.Word {
		// count(*) FROM FROM t: the first FROM is the alias.
		return false
	}
	return len(next) == 0 || contains(next, p.peek(1).Keyword())
}

// clauseStarts are the words that can follow an expression or a relation, with the words one of which must come next.
var clauseStarts = map[string][]string{
	"SELECT": nil, "FROM": nil, "WHERE": nil, "HAVING": nil, "LIMIT": nil, "OFFSET": nil, "QUALIFY": nil, "UNION": nil, "EXCEPT": nil, "INTERSECT": nil,
	"MINUS": nil, "SETMINUS": nil, "AS": nil, "ON": nil, "USING": nil, "JOIN": nil, "INTO": nil, "WHEN": nil, "THEN": nil, "ELSE": nil,
	"GROUP": {"BY"}, "ORDER": {"BY"}, "SORT": {"BY"}, "CLUSTER": {"BY"}, "DISTRIBUTE": {"BY"}, "PARTITION": {"BY"},
	"LATERAL": {"VIEW"}, "CROSS": {"JOIN"}, "INNER": {"JOIN"}, "AND": nil, "OR": nil, "FOR": nil, "ASC": nil, "DESC": nil, "NULLS": {"FIRST", "LAST"},
	"IN": nil, "IS": nil, "BETWEEN": nil, "LIKE": nil,
}
