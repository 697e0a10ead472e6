package analyzer

import (
	"strings"

	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// maxMacros bounds SQL functions within SQL functions.
const maxMacros = 50

// macro writes out a SQL function: its body over the arguments.
func (r *resolver) macro(m *Macro, name []string, x *ast.Call) (expr.Expr, error) {
	if m.Body == nil {
		return nil, sqlerr.Unsupported("the SQL function %s, which returns a query, in an expression", strings.Join(name, "."))
	}
	if r.a.macros >= maxMacros {
		return nil, sqlerr.Unsupported("SQL functions nested more than %d deep", maxMacros)
	}
	if err := refuseExtras(x, name[len(name)-1]); err != nil {
		return nil, err
	}
	args, err := r.macroArgs(m, name[len(name)-1], x)
	if err != nil {
		return nil, err
	}
	inner := &resolver{a: r.a, block: &block{}}
	inner.steps = []lookup{func(parts []string) (expr.Expr, bool, error) {
		for i, p := range m.Params {
			if r.a.sameName(p.Name.Text, parts[0]) {
				e, err := r.a.extractAll(args[i], parts[1:])
				return e, err == nil, err
			}
		}
		return nil, false, nil
	}}
	place := r.a.place
	r.a.place = m.Place
	r.a.macros++
	e, err := inner.expr(m.Body)
	r.a.place = place
	r.a.macros--
	if err != nil {
		return nil, err
	}
	if m.Returns != nil {
		return r.a.coerce(e, withoutLengths(m.Returns))
	}
	return e, nil
}

func (r *resolver) macroArgs(m *Macro, name string, x *ast.Call) ([]expr.Expr, error) {
	given, err := r.args(x.Args)
	if err != nil {
		return nil, err
	}
	if len(given) > len(m.Params) {
		return nil, wrongCount(name, len(m.Params), len(m.Params), len(given))
	}
	out := make([]expr.Expr, len(m.Params))
	copy(out, given)
	for _, n := range x.NamedArgs {
		k := -1
		for i, p := range m.Params {
			if strings.EqualFold(p.Name.Text, n.Name.Text) {
				k = i
			}
		}
		if k < 0 {
			return nil, sqlerr.New("UNRECOGNIZED_PARAMETER_NAME", "functionName", types.Quote(name), "argumentName", types.Quote(n.Name.Text), "proposal", "").At(n.Pos())
		}
		if out[k], err = r.expr(n.Value); err != nil {
			return nil, err
		}
	}
	for i, p := range m.Params {
		if out[i] == nil {
			if p.Default == nil {
				return nil, wrongCount(name, len(m.Params), len(m.Params), len(given))
			}
			if out[i], err = (&resolver{a: r.a, block: &block{}}).expr(p.Default); err != nil {
				return nil, err
			}
		}
		if out[i], err = r.a.coerce(out[i], withoutLengths(p.Type)); err != nil {
			return nil, err
		}
	}
	return out, nil
}
