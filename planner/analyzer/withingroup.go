package analyzer

import (
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
)

// withinGroup binds percentile_cont(p) WITHIN GROUP (ORDER BY v) and percentile_disc: aggregates over v.
func (r *resolver) withinGroup(x *ast.Call, name string) (expr.Expr, error) {
	f := function.FindAggregate(name)
	if f == nil || name != "percentile_cont" && name != "percentile_disc" || len(x.WithinGroup) != 1 {
		return nil, sqlerr.Unsupported("%s WITHIN GROUP", name)
	}
	inner := *r
	inner.inAggregate, inner.overWindow = !r.overWindow, false
	args, err := inner.args(x.Args)
	if err != nil {
		return nil, err
	}
	if len(args) != 1 {
		return nil, wrongCount(name, 1, 1, len(args))
	}
	key := x.WithinGroup[0]
	v, err := inner.expr(key.Expr)
	if err != nil {
		return nil, err
	}
	text := name + "(" + args[0].String() + ") WITHIN GROUP (ORDER BY " + v.String()
	share := args[0]
	if key.Desc {
		text += " DESC"
		if share, err = r.a.scalar("-", intLiteral(1), share); err != nil {
			return nil, err
		}
	}
	var filter expr.Expr
	if x.Filter != nil {
		if filter, err = inner.filter(x.Filter); err != nil {
			return nil, err
		}
	}
	g, err := r.a.bindAggregate(f, name, []expr.Expr{v, share}, x.Distinct, ast.NullsDefault, filter)
	if err != nil {
		return nil, err
	}
	g.Text = text + ")"
	return r.placed(g)
}
