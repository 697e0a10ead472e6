package analyzer

import (
	"strings"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
)

// Functions with a syntax of their own.

func (r *resolver) extractField(x *ast.Extract) (expr.Expr, error) {
	e, err := r.expr(x.Source)
	if err != nil {
		return nil, err
	}
	return r.a.textCall("date_part", "extract("+x.Field.Text+" FROM "+e.String()+")", stringLiteral(x.Field.Text), e)
}

func (r *resolver) trim(x *ast.Trim) (expr.Expr, error) {
	source, err := r.expr(x.Source)
	if err != nil {
		return nil, err
	}
	name := map[ast.TrimSide]string{ast.TrimBoth: "trim", ast.TrimLeading: "ltrim", ast.TrimTrailing: "rtrim"}[x.Side]
	if x.Chars == nil {
		return r.a.textCall(name, name+"("+source.String()+")", source)
	}
	chars, err := r.expr(x.Chars)
	if err != nil {
		return nil, err
	}
	return r.a.textCall(name, "TRIM("+string(x.Side)+" "+chars.String()+" FROM "+source.String()+")", chars, source)
}

func (r *resolver) substring(x *ast.Substring) (expr.Expr, error) {
	return r.form("substring", x.Expr, x.From, x.For)
}

func (r *resolver) overlay(x *ast.Overlay) (expr.Expr, error) {
	return r.form("overlay", x.Expr, x.Placing, x.From, x.For)
}

func (r *resolver) position(x *ast.PositionOf) (expr.Expr, error) {
	return r.form("locate", x.Needle, x.Text)
}

// form calls a function with arguments of which the last may be missing.
func (r *resolver) form(name string, list ...ast.Expr) (expr.Expr, error) {
	if list[len(list)-1] == nil {
		list = list[:len(list)-1]
	}
	args, err := r.exprs(list)
	if err != nil {
		return nil, err
	}
	f := function.FindScalar(name)
	if f == nil {
		return nil, r.a.unknownFunction([]string{name})
	}
	c, err := r.a.bind(f, args)
	if err != nil {
		return nil, err
	}
	c.Text = callText(name, f.Name, args)
	return c, nil
}

// unitCalls are the functions behind the names that take a bare unit.
var unitCalls = map[string]string{
	"TIMESTAMPADD": "timestampadd", "DATEADD": "timestampadd", "DATE_ADD": "timestampadd",
	"TIMESTAMPDIFF": "timestampdiff", "DATEDIFF": "timestampdiff", "DATE_DIFF": "timestampdiff",
}

func (r *resolver) unitCall(x *ast.UnitCall) (expr.Expr, error) {
	args, err := r.exprs(x.Args)
	if err != nil {
		return nil, err
	}
	name := unitCalls[x.Func]
	if name == "" {
		return nil, sqlerr.Unsupported("the function %s with a unit", x.Func)
	}
	text := name + "(" + x.Unit + ", " + joined(args) + ")"
	return r.a.textCall(name, text, append([]expr.Expr{stringLiteral(strings.ToUpper(x.Unit))}, args...)...)
}
