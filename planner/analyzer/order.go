package analyzer

import (
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// ordering is ORDER BY, SORT BY, DISTRIBUTE BY and CLUSTER BY of a query whose output is known.
type ordering struct {
	a      *Analyzer
	q      *ast.Query
	output []*expr.Column
	r      *resolver // finds output columns first
}

// keys binds sort items: positions and ALL too.
func (o *ordering) keys(items []ast.SortItem) ([]expr.SortKey, error) {
	if len(items) == 1 && isAll(items[0].Expr) {
		if _, found, _ := o.a.among(o.output, []string{"all"}); !found {
			var keys []expr.SortKey
			for _, c := range o.output {
				keys = append(keys, sortKey(c, items[0]))
			}
			return keys, nil
		}
	}
	keys := make([]expr.SortKey, len(items))
	for i, it := range items {
		e, err := o.key(it.Expr)
		if err != nil {
			return nil, at(err, it.Expr.Pos())
		}
		keys[i] = sortKey(e, it)
	}
	return keys, nil
}

func (o *ordering) key(x ast.Expr) (expr.Expr, error) {
	if n, ok := position(x); ok && o.a.enabled("spark.sql.orderByOrdinal", true) {
		if n < 1 || n > len(o.output) {
			return nil, sqlerr.New("ORDER_BY_POS_OUT_OF_RANGE", "index", itoa(n), "size", itoa(len(o.output)))
		}
		return o.checked(o.output[n-1])
	}
	e, err := o.r.expr(x)
	if err != nil {
		return nil, err
	}
	if g, ok := e.(*generated); ok {
		return nil, sqlerr.New("UNSUPPORTED_GENERATOR.OUTSIDE_SELECT", "plan", "Sort "+g.String())
	}
	return o.checked(e)
}

func (o *ordering) checked(e expr.Expr) (expr.Expr, error) {
	if !e.Type().Orderable() {
		return nil, sqlerr.New("DATATYPE_MISMATCH.INVALID_ORDERING_TYPE", "sqlExpr", quoted(e), "functionName", "`sortorder`", "dataType", quotedType(e.Type()))
	}
	return e, nil
}

// position is the value of an integer literal that stands for a column's number.
func position(e ast.Expr) (int, bool) {
	l, ok := e.(*ast.Literal)
	if !ok || l.Kind != ast.LitInt {
		return 0, false
	}
	return int(l.Value.(int32)), true
}

func isAll(e ast.Expr) bool {
	c, ok := e.(*ast.Column)
	return ok && len(c.Name.Parts) == 1 && c.Name.Parts[0].Is("ALL")
}

// sortKey gives Spark's defaults: ascending with NULLs first, descending with NULLs last.
func sortKey(e expr.Expr, it ast.SortItem) expr.SortKey {
	k := expr.SortKey{Expr: e, Desc: it.Desc, NullsFirst: !it.Desc}
	if it.NullsFirst != nil {
		k.NullsFirst = *it.NullsFirst
	}
	return k
}

// apply puts the clauses over a plan that has the columns they need.
func (o *ordering) apply(node logical.Node) (logical.Node, error) {
	switch {
	case len(o.q.OrderBy) > 0:
		keys, err := o.keys(o.q.OrderBy)
		if err != nil {
			return nil, err
		}
		return sorted(node, keys, true), nil
	case len(o.q.ClusterBy) > 0:
		es, err := o.r.exprs(o.q.ClusterBy)
		if err != nil {
			return nil, err
		}
		var keys []expr.SortKey
		for _, e := range es {
			keys = append(keys, expr.SortKey{Expr: e, NullsFirst: true})
		}
		return sorted(&logical.Repartition{Keys: es, Input: node}, keys, false), nil
	}
	if len(o.q.DistributeBy) > 0 {
		es, err := o.r.exprs(o.q.DistributeBy)
		if err != nil {
			return nil, err
		}
		node = &logical.Repartition{Keys: es, Input: node}
	}
	if len(o.q.SortBy) > 0 {
		keys, err := o.keys(o.q.SortBy)
		if err != nil {
			return nil, err
		}
		node = sorted(node, keys, false)
	}
	return node, nil
}

// sorted sorts by what is not constant; a sort by constants alone is none.
func sorted(node logical.Node, keys []expr.SortKey, global bool) logical.Node {
	var kept []expr.SortKey
	for _, k := range keys {
		if _, ok := k.Expr.(*expr.Literal); !ok {
			kept = append(kept, k)
		}
	}
	if len(kept) == 0 {
		return node
	}
	return &logical.Sort{Keys: kept, Global: global, Input: node}
}

// groupable checks that values can be grouped, joined and deduplicated: maps cannot.
func groupable(t *types.Type) bool {
	return !t.HasNested(func(u *types.Type) bool { return u.Kind == types.Map || u.Kind == types.Variant })
}
