package analyzer

import (
	"strconv"

	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// Query analyzes a query. The plan's output is the result's columns.
func (a *Analyzer) Query(q *ast.Query) (logical.Node, error) {
	s, err := a.query(q, &block{})
	if err != nil {
		return nil, err
	}
	return tidy(s), nil
}

// query analyzes a query within a block. Shared common table expressions stand above what uses them.
func (a *Analyzer) query(q *ast.Query, b *block) (*scope, error) {
	if q.With == nil {
		return a.body(q, b)
	}
	rest := *q
	rest.With = nil
	inner, err := a.with(q.With, &rest, b)
	if err != nil {
		return nil, err
	}
	s, err := a.body(&rest, inner)
	if err != nil {
		return nil, err
	}
	return inner.ctes.wrap(s), nil
}

func (a *Analyzer) body(q *ast.Query, b *block) (*scope, error) {
	if len(q.ClusterBy) > 0 && (len(q.SortBy) > 0 || len(q.DistributeBy) > 0 || len(q.OrderBy) > 0) || len(q.OrderBy) > 0 && (len(q.SortBy) > 0 || len(q.DistributeBy) > 0) {
		return nil, sqlerr.New("UNSUPPORTED_FEATURE.COMBINATION_QUERY_RESULT_CLAUSES").At(q.Pos())
	}
	if sel, ok := q.Body.(*ast.Select); ok {
		return a.selectQuery(sel, q, b)
	}
	s, err := a.queryNode(q.Body, b)
	if err != nil {
		return nil, err
	}
	s = &scope{node: tidy(s), columns: s.visible()}
	o := &ordering{a: a, q: q, output: s.columns, r: a.over(s, b)}
	if s.node, err = o.apply(s.node); err != nil {
		return nil, err
	}
	if s.node, err = a.limit(q, b, s.node); err != nil {
		return nil, err
	}
	return s, nil
}

// queryNode analyzes a body that is no SELECT of its own query.
func (a *Analyzer) queryNode(n ast.QueryNode, b *block) (*scope, error) {
	switch n := n.(type) {
	case *ast.Select:
		return a.selectQuery(n, &ast.Query{At: n.At, Body: n}, b)
	case *ast.Query:
		return a.query(n, b)
	case *ast.SetOp:
		return a.setOp(n, b)
	case *ast.Values:
		return a.values(n, b)
	case *ast.TableStmt:
		return a.from(&ast.Table{At: n.At, Name: n.Name}, b)
	}
	return nil, sqlerr.Unsupported("the query %T", n)
}

// limit puts LIMIT and OFFSET over a plan.
func (a *Analyzer) limit(q *ast.Query, b *block, node logical.Node) (logical.Node, error) {
	if q.Limit == nil && q.Offset == nil {
		return node, nil
	}
	l := &logical.Limit{Count: -1, Input: node}
	var err error
	if q.Limit != nil {
		if l.Count, err = a.rowCount(q.Limit, "limit", b); err != nil {
			return nil, at(err, q.Limit.Pos())
		}
	}
	if q.Offset != nil {
		if l.Offset, err = a.rowCount(q.Offset, "offset", b); err != nil {
			return nil, at(err, q.Offset.Pos())
		}
	}
	return l, nil
}

// rowCount evaluates the constant of LIMIT or OFFSET.
func (a *Analyzer) rowCount(e ast.Expr, name string, b *block) (int64, error) {
	r := &resolver{a: a, block: &block{ctes: b.ctes}}
	x, err := r.expr(e)
	if err != nil {
		return 0, err
	}
	class := "INVALID_LIMIT_LIKE_EXPRESSION."
	v, err := a.operand(x)
	switch {
	case err != nil:
		return 0, err
	case v == nil:
		return 0, sqlerr.New(class+"IS_UNFOLDABLE", "name", name, "expr", quoted(x))
	case v.IsNull(0) && x.Type().Kind == types.Int:
		return 0, sqlerr.New(class+"IS_NULL", "name", name, "expr", quoted(x))
	}
	var n int64
	switch k := v.Value(0).(type) {
	case int32:
		n = int64(k)
	case int8:
		n = int64(k)
	case int16:
		n = int64(k)
	default:
		return 0, sqlerr.New(class+"DATA_TYPE", "name", name, "expr", quoted(x), "dataType", quotedType(x.Type()))
	}
	if n < 0 {
		return 0, sqlerr.New(class+"IS_NEGATIVE", "name", name, "expr", quoted(x), "v", strconv.FormatInt(n, 10))
	}
	return n, nil
}

// values is VALUES, as a query and as a relation.
func (a *Analyzer) values(x *ast.Values, b *block) (*scope, error) {
	width := len(x.Rows[0])
	r := &resolver{a: a, block: &block{ctes: b.ctes}}
	rows := make([][]expr.Expr, len(x.Rows))
	ts := make([][]*types.Type, width)
	null := make([]bool, width)
	for i, row := range x.Rows {
		if len(row) != width {
			return nil, sqlerr.New("INVALID_INLINE_TABLE.NUM_COLUMNS_MISMATCH", "expectedNumCols", itoa(width), "actualNumCols", itoa(len(row)), "rowIndex", itoa(i)).At(x.Pos())
		}
		rows[i] = make([]expr.Expr, width)
		for j, cell := range row {
			e, err := r.expr(cell)
			if err != nil {
				if sqlerr.Is(err, "UNRESOLVED_COLUMN") {
					return nil, sqlerr.New("INVALID_INLINE_TABLE.CANNOT_EVALUATE_EXPRESSION_IN_INLINE_TABLE", "expr", `"`+columnText(cell)+`"`).At(cell.Pos())
				}
				return nil, err
			}
			if err := a.inlineCell(e); err != nil {
				return nil, at(err, cell.Pos())
			}
			rows[i][j] = e
			ts[j] = append(ts[j], e.Type())
			null[j] = null[j] || e.Nullable()
		}
	}
	cols := make([]*expr.Column, width)
	for j := range cols {
		t := types.CommonTypeWithoutStrings(ts[j], a.ansi)
		if t == nil {
			return nil, sqlerr.New("INVALID_INLINE_TABLE.INCOMPATIBLE_TYPES_IN_INLINE_TABLE", "colName", types.Quote("col"+itoa(j+1))).At(x.Pos())
		}
		cols[j] = logical.NewColumn("col"+itoa(j+1), t, null[j])
		for i := range rows {
			e, err := a.coerce(rows[i][j], t)
			if err != nil {
				return nil, at(err, x.Rows[i][j].Pos())
			}
			if v := a.fold(e); v != nil {
				e = &expr.Literal{Value: v}
			} else if constant(e) {
				return nil, sqlerr.New("INVALID_INLINE_TABLE.FAILED_SQL_EXPRESSION_EVALUATION", "sqlExpr", quoted(rows[i][j])).At(x.Rows[i][j].Pos())
			}
			rows[i][j] = e
		}
	}
	if x.Alias != nil && len(x.Alias.Columns) > 0 && len(x.Alias.Columns) != width {
		return nil, sqlerr.New("INVALID_INLINE_TABLE.NUM_COLUMNS_MISMATCH", "expectedNumCols", itoa(len(x.Alias.Columns)), "actualNumCols", itoa(width), "rowIndex", "0").At(x.Pos())
	}
	s := &scope{node: &logical.Values{Columns: cols, Rows: rows}, columns: cols}
	return a.aliased(s, x.Alias, nil)
}

func columnText(e ast.Expr) string {
	if c, ok := e.(*ast.Column); ok {
		return c.Name.Last()
	}
	return "expression"
}

// inlineCell refuses what a row of VALUES cannot hold.
func (a *Analyzer) inlineCell(e expr.Expr) error {
	bad := expr.Any(e, func(x expr.Expr) bool {
		switch x.(type) {
		case *expr.Aggregate, *expr.Window, *expr.Subquery, *generated:
			return true
		}
		return false
	})
	if bad {
		return sqlerr.New("INVALID_INLINE_TABLE.CANNOT_EVALUATE_EXPRESSION_IN_INLINE_TABLE", "expr", quoted(e))
	}
	return nil
}
