package format

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/argan-sql/argan/sql/ast"
)

// How close expressions bind, low to high.
const (
	levelAlias = iota
	levelLambda
	levelOr
	levelAnd
	levelNot
	levelPredicate
	levelCompare
	levelBitOr
	levelBitXor
	levelBitAnd
	levelAdd
	levelMultiply
	levelUnary
	levelPrimary
)

var binaryLevels = map[ast.Op]int{
	ast.OpOr: levelOr, ast.OpAnd: levelAnd, ast.OpEq: levelCompare, ast.OpNullSafe: levelCompare, ast.OpNe: levelCompare,
	ast.OpLt: levelCompare, ast.OpLe: levelCompare, ast.OpGt: levelCompare, ast.OpGe: levelCompare, ast.OpBitOr: levelBitOr, ast.OpBitXor: levelBitXor,
	ast.OpBitAnd: levelBitAnd, ast.OpAdd: levelAdd, ast.OpSub: levelAdd, ast.OpConcat: levelAdd, ast.OpMul: levelMultiply, ast.OpDiv: levelMultiply,
	ast.OpMod: levelMultiply, ast.OpIntDiv: levelMultiply,
}

func level(e ast.Expr) int {
	switch e := e.(type) {
	case *ast.Alias:
		return levelAlias
	case *ast.Lambda:
		return levelLambda
	case *ast.Binary:
		return binaryLevels[e.Op]
	case *ast.Unary:
		if e.Op == ast.OpNot {
			return levelNot
		}
		return levelUnary
	case *ast.Between, *ast.In, *ast.InQuery, *ast.Match, *ast.MatchList, *ast.IsNull, *ast.IsTruth, *ast.IsDistinct:
		return levelPredicate
	}
	return levelPrimary
}

// expr writes an expression, in parentheses if it binds less close than least.
func (w *writer) expr(e ast.Expr, least int) {
	if level(e) < least {
		w.p("(")
		w.bare(e)
		w.p(")")
		return
	}
	w.bare(e)
}

func (w *writer) exprs(all []ast.Expr, least int) {
	list(w, all, func(e ast.Expr) { w.expr(e, least) })
}

func not(n bool) string {
	if n {
		return " NOT"
	}
	return ""
}

func (w *writer) bare(e ast.Expr) {
	switch e := e.(type) {
	case *ast.Literal:
		w.literal(e)
	case *ast.Interval:
		w.interval(e)
	case *ast.Column:
		w.name(e.Name)
	case *ast.Star:
		w.star(e)
	case *ast.Param:
		if e.Name == "" {
			w.p("?")
		} else {
			w.p(":", identText(e.Name))
		}
	case *ast.Unary:
		w.unary(e)
	case *ast.Binary:
		w.binary(e)
	case *ast.Between:
		w.expr(e.Expr, levelCompare)
		w.p(not(e.Not), " BETWEEN ")
		w.expr(e.Low, levelCompare)
		w.p(" AND ")
		w.expr(e.High, levelCompare)
	case *ast.In:
		w.expr(e.Expr, levelCompare)
		w.p(not(e.Not), " IN (")
		w.exprs(e.List, levelOr)
		w.p(")")
	case *ast.InQuery:
		w.expr(e.Expr, levelCompare)
		w.p(not(e.Not), " IN (")
		w.query(e.Query)
		w.p(")")
	case *ast.Match:
		w.expr(e.Expr, levelCompare)
		w.p(not(e.Not), " ", string(e.Op), " ")
		w.expr(e.Pattern, levelCompare)
		if e.Escape != "" {
			w.p(" ESCAPE ", String(e.Escape))
		}
	case *ast.MatchList:
		w.expr(e.Expr, levelCompare)
		w.p(not(e.Not), " ", string(e.Op))
		if e.All {
			w.p(" ALL (")
		} else {
			w.p(" ANY (")
		}
		w.exprs(e.Patterns, levelOr)
		w.p(")")
	case *ast.IsNull:
		w.expr(e.Expr, levelCompare)
		w.p(" IS", not(e.Not), " NULL")
	case *ast.IsTruth:
		w.expr(e.Expr, levelCompare)
		w.p(" IS", not(e.Not), " ", string(e.Truth))
	case *ast.IsDistinct:
		w.expr(e.Left, levelCompare)
		w.p(" IS", not(e.Not), " DISTINCT FROM ")
		w.expr(e.Right, levelCompare)
	case *ast.Subquery:
		w.p("(")
		w.query(e.Query)
		w.p(")")
	case *ast.Row:
		w.p("(")
		w.exprs(e.Exprs, levelAlias)
		w.p(")")
	case *ast.Lambda:
		w.lambda(e)
	case *ast.Subscript:
		w.base(e.Expr)
		w.p("[")
		w.expr(e.Index, levelCompare)
		w.p("]")
	case *ast.FieldOf:
		w.base(e.Expr)
		w.p(".")
		w.ident(e.Name)
	case *ast.Alias:
		w.expr(e.Expr, levelLambda)
		w.p(" AS ")
		if e.Multi {
			paren(w, "", e.Names, w.ident)
		} else {
			w.ident(e.Names[0])
		}
	default:
		w.form(e)
	}
}

// form writes what looks like a call.
func (w *writer) form(e ast.Expr) {
	switch e := e.(type) {
	case *ast.Exists:
		w.p("EXISTS (")
		w.query(e.Query)
	case *ast.Cast:
		if e.Try {
			w.p("TRY_")
		}
		w.p("CAST(")
		w.expr(e.Expr, levelLambda)
		w.p(" AS ", Type(e.Type))
	case *ast.Extract:
		w.p("EXTRACT(")
		w.ident(e.Field)
		w.p(" FROM ")
		w.expr(e.Source, levelLambda)
	case *ast.Trim:
		w.p("TRIM(", string(e.Side), " ")
		if e.Chars != nil {
			w.expr(e.Chars, levelOr)
			w.p(" ")
		}
		w.p("FROM ")
		w.expr(e.Source, levelLambda)
	case *ast.Substring:
		w.p("SUBSTRING(")
		w.expr(e.Expr, levelOr)
		w.p(" FROM ")
		w.expr(e.From, levelOr)
		w.length(e.For)
	case *ast.Overlay:
		w.p("OVERLAY(")
		w.expr(e.Expr, levelOr)
		w.p(" PLACING ")
		w.expr(e.Placing, levelOr)
		w.p(" FROM ")
		w.expr(e.From, levelOr)
		w.length(e.For)
	case *ast.PositionOf:
		w.p("POSITION(")
		w.expr(e.Needle, levelCompare)
		w.p(" IN ")
		w.expr(e.Text, levelCompare)
	case *ast.UnitCall:
		w.p(e.Func, "(", e.Unit, ", ")
		w.exprs(e.Args, levelLambda)
	case *ast.TableArg:
		w.p("TABLE(")
		if t, ok := e.Query.Body.(*ast.TableStmt); ok && e.Query.Plain() {
			w.name(t.Name)
		} else {
			w.query(e.Query)
		}
	case *ast.Case:
		w.caseExpr(e)
		return
	case *ast.Call:
		w.call(e)
		return
	default:
		panic(fmt.Sprintf("format: no way to print %T", e))
	}
	w.p(")")
}

func (w *writer) length(e ast.Expr) {
	if e != nil {
		w.p(" FOR ")
		w.expr(e, levelOr)
	}
}

// base writes what a subscript or a field is taken of.
func (w *writer) base(e ast.Expr) {
	switch e.(type) {
	case *ast.Column, *ast.Call, *ast.Subscript, *ast.FieldOf, *ast.Subquery, *ast.Row, *ast.Cast:
		w.bare(e)
	default:
		w.p("(")
		w.bare(e)
		w.p(")")
	}
}

func (w *writer) star(e *ast.Star) {
	for _, q := range e.Qualifier {
		w.ident(q)
		w.p(".")
	}
	w.p("*")
	paren(w, " EXCEPT ", e.Except, w.name)
}

func (w *writer) lambda(e *ast.Lambda) {
	if len(e.Params) == 1 {
		w.ident(e.Params[0])
	} else {
		paren(w, "", e.Params, w.ident)
	}
	w.p(" -> ")
	w.expr(e.Body, levelLambda)
}

func (w *writer) unary(e *ast.Unary) {
	if e.Op == ast.OpNot {
		w.p("NOT ")
		w.expr(e.Expr, levelNot)
		return
	}
	w.p(string(e.Op))
	var operand writer
	operand.expr(e.Expr, levelUnary)
	text := operand.b.String()
	// -5 is a literal and -- begins a comment: keep a minus of our own apart from both.
	if e.Op == ast.OpSub && (text[0] == '-' || text[0] == '.' || text[0] >= '0' && text[0] <= '9') {
		w.p("(", text, ")")
		return
	}
	w.p(text)
}

func (w *writer) binary(e *ast.Binary) {
	if e.Op == ast.OpAnd || e.Op == ast.OpOr {
		w.chain(e)
		return
	}
	// A long chain leans to the left: go down it without recursion.
	spine := []*ast.Binary{e}
	own := binaryLevels[e.Op]
	for {
		left, ok := spine[len(spine)-1].Left.(*ast.Binary)
		if !ok || binaryLevels[left.Op] != own {
			break
		}
		spine = append(spine, left)
	}
	w.expr(spine[len(spine)-1].Left, own)
	for i := len(spine) - 1; i >= 0; i-- {
		w.p(" ", string(spine[i].Op), " ")
		w.expr(spine[i].Right, own+1)
	}
}

// chain writes AND or OR. The parser balances chains; a tree of another shape needs its parentheses.
func (w *writer) chain(e *ast.Binary) {
	least := binaryLevels[e.Op] + 1
	leaves := chainLeaves(e, e.Op, nil)
	if !balanced(e, e.Op, leaves) {
		leaves = []ast.Expr{e.Left, e.Right}
	}
	for i, leaf := range leaves {
		if i > 0 {
			w.p(" ", string(e.Op), " ")
		}
		w.expr(leaf, least)
	}
}

func chainLeaves(e ast.Expr, op ast.Op, leaves []ast.Expr) []ast.Expr {
	if b, ok := e.(*ast.Binary); ok && b.Op == op {
		return chainLeaves(b.Right, op, chainLeaves(b.Left, op, leaves))
	}
	return append(leaves, e)
}

// balanced says whether e is the tree that the parser makes of a chain of the leaves.
func balanced(e ast.Expr, op ast.Op, leaves []ast.Expr) bool {
	if len(leaves) == 1 {
		return e == leaves[0]
	}
	b, ok := e.(*ast.Binary)
	if !ok || b.Op != op {
		return false
	}
	half := (len(leaves) + 1) / 2
	return balanced(b.Left, op, leaves[:half]) && balanced(b.Right, op, leaves[half:])
}

func (w *writer) caseExpr(e *ast.Case) {
	w.p("CASE")
	if e.Operand != nil {
		w.p(" ")
		w.expr(e.Operand, levelLambda)
	}
	for _, c := range e.Whens {
		w.p(" WHEN ")
		w.expr(c.Cond, levelLambda)
		w.p(" THEN ")
		w.expr(c.Result, levelLambda)
	}
	if e.Else != nil {
		w.p(" ELSE ")
		w.expr(e.Else, levelLambda)
	}
	w.p(" END")
}

func (w *writer) call(e *ast.Call) {
	w.name(e.Name)
	w.p("(")
	w.when(e.Distinct, "DISTINCT ")
	w.exprs(e.Args, levelAlias)
	w.when(len(e.Args) > 0 && len(e.NamedArgs) > 0, ", ")
	list(w, e.NamedArgs, func(a ast.NamedArg) {
		w.ident(a.Name)
		w.p(" => ")
		w.expr(a.Value, levelLambda)
	})
	w.p(")")
	if len(e.WithinGroup) > 0 {
		w.p(" WITHIN GROUP (ORDER BY ")
		list(w, e.WithinGroup, w.sortItem)
		w.p(")")
	}
	if e.Filter != nil {
		w.p(" FILTER (WHERE ")
		w.expr(e.Filter, levelLambda)
		w.p(")")
	}
	w.when(e.Nulls == ast.NullsIgnore, " IGNORE NULLS")
	w.when(e.Nulls == ast.NullsRespect, " RESPECT NULLS")
	if e.Over != nil {
		w.p(" OVER ")
		w.window(e.Over)
	}
}

var (
	plainDecimal = regexp.MustCompile(`^-?\d+\.\d+$`)
	wholeNumber  = regexp.MustCompile(`^-?\d+$`)
)

func (w *writer) literal(e *ast.Literal) {
	switch v := e.Value.(type) {
	case nil:
		w.p("NULL")
	case bool:
		w.p(strings.ToUpper(strconv.FormatBool(v)))
	case int8:
		w.f("%dY", v)
	case int16:
		w.f("%dS", v)
	case int32:
		w.f("%d", v)
	case int64:
		w.f("%dL", v)
	case float32:
		w.p(strconv.FormatFloat(float64(v), 'g', -1, 32), "F")
	case float64:
		w.p(strconv.FormatFloat(v, 'g', -1, 64), "D")
	case ast.Decimal:
		w.p(string(v))
		_, err := strconv.ParseInt(string(v), 10, 64)
		w.when(!plainDecimal.MatchString(string(v)) && (err == nil || !wholeNumber.MatchString(string(v))), "BD")
	case []byte:
		w.f("X'%X'", v)
	case string:
		w.p(literalWords[e.Kind], String(v))
	default:
		panic(fmt.Sprintf("format: no way to print a literal %T", v))
	}
}

var literalWords = map[ast.LiteralKind]string{ast.LitDate: "DATE ", ast.LitTimestamp: "TIMESTAMP ", ast.LitTimestampNTZ: "TIMESTAMP_NTZ ", ast.LitTimestampLTZ: "TIMESTAMP_LTZ "}

func (w *writer) interval(e *ast.Interval) {
	w.p("INTERVAL")
	for _, part := range e.Parts {
		w.p(" ", String(part.Value), " ", part.Unit)
	}
	if len(e.Parts) == 0 {
		w.p(" ", String(e.Text))
	}
	if e.From != "" {
		w.p(" ", e.From, " TO ", e.To)
	}
}
