package analyzer

import (
	"strings"

	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

func (r *resolver) unary(x *ast.Unary) (expr.Expr, error) {
	e, err := r.expr(x.Expr)
	if err != nil {
		return nil, err
	}
	switch x.Op {
	case ast.OpNot:
		return r.a.not(e)
	case ast.OpSub:
		return r.a.textCall("negative", "(- "+e.String()+")", e)
	case ast.OpAdd:
		return r.a.textCall("positive", "(+ "+e.String()+")", e)
	case ast.OpBitNot:
		return r.a.textCall("~", "~"+e.String(), e)
	}
	return nil, sqlerr.Unsupported("the operator %s", x.Op)
}

// textCall calls a scalar function that prints in a way of its own.
func (a *Analyzer) textCall(name, text string, args ...expr.Expr) (expr.Expr, error) {
	c, err := a.scalar(name, args...)
	if err != nil {
		return nil, err
	}
	c.Text = text
	return c, nil
}

func (a *Analyzer) not(e expr.Expr) (expr.Expr, error) {
	e, err := a.boolean(e, "NOT")
	if err != nil {
		return nil, err
	}
	return a.textCall("not", "(NOT "+e.String()+")", e)
}

// boolean checks an operand of AND, OR, NOT.
func (a *Analyzer) boolean(e expr.Expr, op string) (expr.Expr, error) {
	switch {
	case e.Type().Kind == types.Boolean:
		return e, nil
	case e.Type().Kind == types.Null, a.ansi && e.Type().IsString():
		return a.coerce(e, types.BooleanType)
	case op == "NOT":
		return nil, sqlerr.New("DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE", "sqlExpr", `"(NOT `+argumentSQL(e)+`)"`, "paramIndex", "1",
			"requiredType", `"BOOLEAN"`, "inputSql", `"`+argumentSQL(e)+`"`, "inputType", quotedType(e.Type()))
	}
	return nil, sqlerr.New("DATATYPE_MISMATCH.BINARY_OP_WRONG_TYPE", "sqlExpr", `"`+op+`"`, "inputType", `"BOOLEAN"`, "actualDataType", quotedType(e.Type()))
}

func (r *resolver) binary(x *ast.Binary) (expr.Expr, error) {
	left, err := r.expr(x.Left)
	if err != nil {
		return nil, err
	}
	right, err := r.expr(x.Right)
	if err != nil {
		return nil, err
	}
	return r.a.binary(x.Op, left, right)
}

func (a *Analyzer) binary(op ast.Op, left, right expr.Expr) (expr.Expr, error) {
	switch op {
	case ast.OpAnd, ast.OpOr:
		return a.logical(op, left, right)
	case ast.OpNe:
		return a.notEqual(left, right)
	case ast.OpConcat:
		return a.scalar("concat", left, right)
	}
	if comparisons[string(op)] {
		sides, padded, err := a.comparable([]expr.Expr{left, right})
		if err != nil {
			return nil, err
		}
		if padded {
			return a.textCall(string(op), "("+left.String()+" "+string(op)+" "+right.String()+")", sides...)
		}
	}
	c, err := a.scalar(strings.ToLower(string(op)), left, right)
	if err != nil {
		return nil, err
	}
	switch {
	case op == ast.OpAdd || op == ast.OpSub:
		c.Text = datetimeText(string(op), left, right)
	case op == ast.OpIntDiv:
		c.Text = "(" + left.String() + " div " + right.String() + ")"
	case op == ast.OpMul && right.Type().IsInterval() && !left.Type().IsInterval():
		c.Text = "(" + right.String() + " * " + left.String() + ")"
	}
	return c, nil
}

func (a *Analyzer) logical(op ast.Op, left, right expr.Expr) (expr.Expr, error) {
	if left.Type().Kind != types.Boolean && right.Type().Kind != types.Boolean && left.Type().Kind != types.Null {
		if _, err := a.boolean(left, string(op)); err != nil {
			return nil, sqlerr.New("DATATYPE_MISMATCH.BINARY_OP_WRONG_TYPE", "sqlExpr", `"(`+argumentSQL(left)+" "+string(op)+" "+argumentSQL(right)+`)"`,
				"inputType", `"BOOLEAN"`, "actualDataType", quotedType(left.Type()))
		}
	}
	terms := make([]expr.Expr, 2)
	for i, e := range []expr.Expr{left, right} {
		b, err := a.boolean(e, string(op))
		if err != nil {
			return nil, sqlerr.New("DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES", "sqlExpr", `"(`+argumentSQL(left)+" "+string(op)+" "+argumentSQL(right)+`)"`,
				"left", quotedType(left.Type()), "right", quotedType(right.Type()))
		}
		terms[i] = b
	}
	if op == ast.OpOr {
		return &expr.Or{Terms: terms}, nil
	}
	return &expr.And{Terms: terms}, nil
}

func (a *Analyzer) notEqual(left, right expr.Expr) (expr.Expr, error) {
	eq, err := a.binary(ast.OpEq, left, right)
	if err != nil {
		return nil, err
	}
	return a.not(eq)
}

// datetimeText is how date and interval arithmetic prints, "" for anything else.
func datetimeText(op string, left, right expr.Expr) string {
	l, r := left.Type(), right.Type()
	switch {
	case l.Kind == types.Date && (r.IsInteger() || r.Kind == types.Null):
		name := "date_add"
		if op == "-" {
			name = "date_sub"
		}
		return name + "(" + left.String() + ", " + right.String() + ")"
	case r.Kind == types.Date && op == "+" && (l.IsInteger() || l.Kind == types.Null):
		return "date_add(" + right.String() + ", " + left.String() + ")"
	case l.Kind == types.Date && wholeDays(r):
		days := "extractansiintervaldays(" + right.String() + ")"
		if op == "-" {
			days = "(- " + days + ")"
		}
		return "date_add(" + left.String() + ", " + days + ")"
	case r.Kind == types.Date && op == "+" && wholeDays(l):
		return "date_add(" + right.String() + ", extractansiintervaldays(" + left.String() + "))"
	case r.IsInterval() && !l.IsInterval() && l.Kind != types.Null:
		return left.String() + " " + op + " " + right.String()
	case l.IsInterval() && op == "+" && !r.IsInterval() && r.Kind != types.Null:
		return right.String() + " " + op + " " + left.String()
	}
	return ""
}

// wholeDays says whether a type is INTERVAL DAY.
func wholeDays(t *types.Type) bool {
	return t.Kind == types.DayTime && t.From == types.UnitDay && t.To == types.UnitDay
}

func (r *resolver) between(x *ast.Between) (expr.Expr, error) {
	parts, err := r.exprs([]ast.Expr{x.Expr, x.Low, x.High})
	if err != nil {
		return nil, err
	}
	low, err := r.a.binary(ast.OpGe, parts[0], parts[1])
	if err != nil {
		return nil, err
	}
	high, err := r.a.binary(ast.OpLe, parts[0], parts[2])
	if err != nil {
		return nil, err
	}
	return r.a.maybeNot(&expr.And{Terms: []expr.Expr{low, high}}, x.Not)
}

func (a *Analyzer) maybeNot(e expr.Expr, not bool) (expr.Expr, error) {
	if not {
		return a.not(e)
	}
	return e, nil
}

func (r *resolver) in(x *ast.In) (expr.Expr, error) {
	value, err := r.expr(x.Expr)
	if err != nil {
		return nil, err
	}
	list, err := r.exprs(x.List)
	if err != nil {
		return nil, err
	}
	args, _, err := r.a.comparable(append([]expr.Expr{value}, list...))
	if err != nil {
		return nil, err
	}
	e, err := r.a.textCall("in", "("+value.String()+" IN ("+joined(list)+"))", args...)
	if err != nil {
		return nil, err
	}
	return r.a.maybeNot(e, x.Not)
}

func joined(es []expr.Expr) string {
	out := make([]string, len(es))
	for i, e := range es {
		out[i] = e.String()
	}
	return strings.Join(out, ", ")
}

func (r *resolver) match(x *ast.Match) (expr.Expr, error) {
	parts, err := r.exprs([]ast.Expr{x.Expr, x.Pattern})
	if err != nil {
		return nil, err
	}
	e, err := r.a.like(x.Op, parts[0], parts[1], x.Escape)
	if err != nil {
		return nil, err
	}
	return r.a.maybeNot(e, x.Not)
}

func (a *Analyzer) like(op ast.LikeOp, value, pattern expr.Expr, escape string) (expr.Expr, error) {
	args := []expr.Expr{value, pattern}
	text := ""
	switch op {
	case ast.RLike:
		text = "RLIKE(" + joined(args) + ")"
	case ast.Like:
		text = value.String() + " LIKE " + pattern.String()
	case ast.ILike:
		text = "ilike(" + joined(args) + ")"
	}
	if escape != "" && escape != `\` {
		args = append(args, stringLiteral(escape))
		if op == ast.Like {
			text += " ESCAPE '" + escape + "'"
		}
	}
	return a.textCall(strings.ToLower(string(op)), text, args...)
}

func (r *resolver) matchList(x *ast.MatchList) (expr.Expr, error) {
	value, err := r.expr(x.Expr)
	if err != nil {
		return nil, err
	}
	if len(x.Patterns) == 0 {
		return nil, sqlerr.New("PARSE_SYNTAX_ERROR", "error", "')'", "hint", ": expected something between '(' and ')'")
	}
	terms := make([]expr.Expr, len(x.Patterns))
	for i, p := range x.Patterns {
		pattern, err := r.expr(p)
		if err != nil {
			return nil, err
		}
		if terms[i], err = r.a.like(x.Op, value, pattern, ""); err != nil {
			return nil, at(err, p.Pos())
		}
		if terms[i], err = r.a.maybeNot(terms[i], x.Not); err != nil {
			return nil, err
		}
	}
	switch {
	case len(terms) == 1:
		return terms[0], nil
	case x.All:
		return &expr.And{Terms: terms}, nil
	}
	return &expr.Or{Terms: terms}, nil
}

func (r *resolver) isNull(x *ast.IsNull) (expr.Expr, error) {
	e, err := r.expr(x.Expr)
	if err != nil {
		return nil, err
	}
	return r.a.isNull(e, x.Not)
}

func (a *Analyzer) isNull(e expr.Expr, not bool) (expr.Expr, error) {
	if not {
		return a.textCall("isnotnull", "("+e.String()+" IS NOT NULL)", e)
	}
	return a.textCall("isnull", "("+e.String()+" IS NULL)", e)
}

func (r *resolver) isTruth(x *ast.IsTruth) (expr.Expr, error) {
	e, err := r.expr(x.Expr)
	if err != nil {
		return nil, err
	}
	if x.Truth == ast.Unknown {
		if e.Type().Kind != types.Boolean && e.Type().Kind != types.Null {
			return nil, sqlerr.New("DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE", "sqlExpr", `"(`+e.String()+` IS NULL)"`, "paramIndex", "1",
				"requiredType", `"BOOLEAN"`, "inputSql", quoted(e), "inputType", quotedType(e.Type()))
		}
		return r.a.isNull(e, x.Not)
	}
	eq, err := r.a.scalar("<=>", e, booleanLiteral(x.Truth == ast.True))
	if err != nil {
		return nil, err
	}
	return r.a.maybeNot(eq, x.Not)
}

func (r *resolver) isDistinct(x *ast.IsDistinct) (expr.Expr, error) {
	parts, err := r.exprs([]ast.Expr{x.Left, x.Right})
	if err != nil {
		return nil, err
	}
	eq, err := r.a.scalar("<=>", parts[0], parts[1])
	if err != nil {
		return nil, err
	}
	return r.a.maybeNot(eq, !x.Not)
}
