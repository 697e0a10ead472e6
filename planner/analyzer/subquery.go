package analyzer

import (
	"strings"

	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// inner is the block of a subquery in an expression: it sees the same common table expressions, and the clause's columns.
func (r *resolver) inner() *block {
	return &block{ctes: r.block.ctes, outer: &outerQuery{
		columns: r.columns, aggregates: r.outerAggregates,
		find: func(parts []string) (expr.Expr, bool, error) {
			for _, step := range r.steps {
				if e, ok, err := step(parts); ok || err != nil {
					return e, ok, err
				}
			}
			return nil, false, nil
		},
	}}
}

func (r *resolver) subplan(q *ast.Query) (logical.Node, []string, error) {
	s, err := r.a.query(q, r.inner())
	if err != nil {
		return nil, nil, err
	}
	node := tidy(s)
	return node, outerNames(node), nil
}

// freeOuters are the columns of the query around that a subquery's plan refers to, in order of appearance. References
// of subqueries within the plan are to the plan's own columns, and do not count.
func freeOuters(n logical.Node) []*expr.Column {
	made := map[expr.ID]bool{}
	var all []*expr.Column
	logical.Walk(n, func(x logical.Node) bool {
		for _, c := range x.Output() {
			made[c.ID] = true
		}
		for _, e := range x.Expressions() {
			expr.Walk(e, func(y expr.Expr) bool {
				if o, ok := y.(*expr.Outer); ok {
					all = append(all, o.Column)
				}
				return true
			})
		}
		return true
	})
	out := all[:0]
	for _, c := range all {
		if !made[c.ID] {
			out = append(out, c)
		}
	}
	return out
}

// outerNames are the names of the outer columns a plan refers to.
func outerNames(n logical.Node) []string {
	cols := freeOuters(n)
	out := make([]string, len(cols))
	for i, c := range cols {
		out[i] = c.Name
	}
	return out
}

func (r *resolver) scalarSubquery(x *ast.Subquery) (expr.Expr, error) {
	node, outer, err := r.subplan(x.Query)
	if err != nil {
		return nil, err
	}
	if n := len(node.Output()); n != 1 {
		return nil, sqlerr.New("INVALID_SUBQUERY_EXPRESSION.SCALAR_SUBQUERY_RETURN_MORE_THAN_ONE_OUTPUT_COLUMN", "number", itoa(n))
	}
	if len(outer) > 0 && !singleRow(node) {
		return nil, sqlerr.New("UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.MUST_AGGREGATE_CORRELATED_SCALAR_SUBQUERY")
	}
	return &expr.Subquery{Kind: expr.ScalarSubquery, Plan: node, ID: expr.NewID(), Outer: outer}, nil
}

// correlatedSets refuses set operations in EXISTS and IN whose inputs refer to the query around.
func correlatedSets(n logical.Node) error {
	if logical.Any(n, func(x logical.Node) bool { _, ok := x.(*logical.SetOp); return ok && len(freeOuters(x)) > 0 }) {
		return accessingOuter(n)
	}
	return nil
}

func accessingOuter(n logical.Node) error {
	return sqlerr.New("UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.ACCESSING_OUTER_QUERY_COLUMN_IS_NOT_ALLOWED", "treeNode", ": "+n.String())
}

// singleRow says whether a correlated scalar subquery gives one row by its form: it aggregates, or reads one row.
func singleRow(n logical.Node) bool {
	switch n := n.(type) {
	case *logical.Aggregate:
		return true
	case *logical.Limit:
		return n.Count >= 0 && n.Count <= 1 || singleRow(n.Input)
	case *logical.Values:
		return len(n.Rows) <= 1
	case *logical.Range:
		return n.Step > 0 && n.End-n.Start <= n.Step || n.Step < 0 && n.Start-n.End <= -n.Step
	case *logical.Project, *logical.Filter, *logical.Sort, *logical.Distinct, *logical.Window, *logical.CTE:
		ch := n.Children()
		return singleRow(ch[len(ch)-1])
	}
	return false
}

func (r *resolver) exists(x *ast.Exists) (expr.Expr, error) {
	node, outer, err := r.subplan(x.Query)
	if err != nil {
		return nil, err
	}
	if err := correlatedSets(node); err != nil {
		return nil, err
	}
	return &expr.Subquery{Kind: expr.ExistsSubquery, Plan: node, ID: expr.NewID(), Outer: outer}, nil
}

func (r *resolver) inQuery(x *ast.InQuery) (expr.Expr, error) {
	var values []expr.Expr
	var err error
	if row, ok := x.Expr.(*ast.Row); ok {
		values, err = r.exprs(row.Exprs)
	} else {
		values, err = r.exprs([]ast.Expr{x.Expr})
	}
	if err != nil {
		return nil, err
	}
	node, outer, err := r.subplan(x.Query)
	if err != nil {
		return nil, err
	}
	if err := correlatedSets(node); err != nil {
		return nil, err
	}
	out := node.Output()
	if len(out) != len(values) {
		if values = unpack(values, len(out)); values == nil {
			return nil, lengthMismatch(x, r, node)
		}
	}
	e, err := r.a.inSubquery(values, node, outer)
	if err != nil {
		return nil, at(err, x.Pos())
	}
	return r.a.maybeNot(e, x.Not)
}

// unpack takes a struct on the left side apart, where the right side has as many columns as it has fields; nil otherwise.
func unpack(values []expr.Expr, n int) []expr.Expr {
	if len(values) != 1 || values[0].Type().Kind != types.Struct || len(values[0].Type().Fields) != n {
		return nil
	}
	out := make([]expr.Expr, n)
	for i := range out {
		out[i] = fieldOf(values[0], i)
	}
	return out
}

func lengthMismatch(x *ast.InQuery, r *resolver, node logical.Node) error {
	left := []ast.Expr{x.Expr}
	if row, ok := x.Expr.(*ast.Row); ok {
		left = row.Exprs
	}
	var l, rs []string
	for _, e := range left {
		if b, err := r.expr(e); err == nil {
			l = append(l, quoted(b))
		}
	}
	for _, c := range node.Output() {
		rs = append(rs, `"`+c.Name+`"`)
	}
	return sqlerr.New("DATATYPE_MISMATCH.IN_SUBQUERY_LENGTH_MISMATCH", "sqlExpr", `"("`, "leftLength", itoa(len(l)), "leftColumns", strings.Join(l, ", "),
		"rightLength", itoa(len(rs)), "rightColumns", strings.Join(rs, ", "))
}

// inSubquery brings both sides of IN to common types.
func (a *Analyzer) inSubquery(values []expr.Expr, node logical.Node, outer []string) (expr.Expr, error) {
	out := node.Output()
	left := make([]expr.Expr, len(values))
	right := make([]expr.Expr, len(values))
	changed := false
	for i, v := range values {
		t := types.ComparisonType(v.Type(), out[i].T, true, a.ansi)
		if t == nil {
			return nil, sqlerr.New("DATATYPE_MISMATCH.IN_SUBQUERY_DATA_TYPE_MISMATCH", "sqlExpr", quoted(v),
				"mismatchedColumns", quoted(v)+", "+`"`+out[i].Name+`"`, "leftType", quotedType(v.Type()), "rightType", quotedType(out[i].T))
		}
		var err error
		if left[i], err = a.coerce(v, t); err != nil {
			return nil, err
		}
		if right[i], err = a.coerce(out[i], t); err != nil {
			return nil, err
		}
		changed = changed || right[i] != expr.Expr(out[i])
	}
	if changed {
		p := &logical.Project{Input: node}
		for i, e := range right {
			if e == expr.Expr(out[i]) {
				p.Exprs = append(p.Exprs, logical.Pass(out[i]))
			} else {
				p.Exprs = append(p.Exprs, named(e, logical.NewColumn(out[i].Name, e.Type(), e.Nullable())))
			}
		}
		node = p
	}
	return &expr.Subquery{Kind: expr.InSubquery, Values: left, Plan: node, ID: expr.NewID(), Outer: outer}, nil
}

func named(e expr.Expr, out *expr.Column) logical.Named { return logical.Named{Expr: e, Out: out} }

// tidy is a scope's plan with exactly the visible columns as output, in order.
func tidy(s *scope) logical.Node {
	want, have := s.visible(), s.node.Output()
	same := len(want) == len(have)
	for i := 0; same && i < len(want); i++ {
		same = want[i].ID == have[i].ID && want[i].Name == have[i].Name
	}
	if same {
		return s.node
	}
	return &logical.Project{Exprs: logical.PassAll(want), Input: s.node}
}
