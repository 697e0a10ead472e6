package format

import (
	"fmt"

	"github.com/argan-sql/argan/sql/ast"
)

func (w *writer) with(with *ast.With) {
	if with == nil {
		return
	}
	w.p("WITH ")
	w.when(with.Recursive, "RECURSIVE ")
	list(w, with.CTEs, func(c ast.CTE) {
		w.ident(c.Name)
		paren(w, "", c.Columns, w.ident)
		w.p(" AS (")
		w.query(c.Query)
		w.p(")")
	})
	w.p(" ")
}

func (w *writer) query(q *ast.Query) {
	w.with(q.With)
	w.operand(q.Body, 0)
	w.sorted(" ORDER BY ", q.OrderBy)
	w.clause(" CLUSTER BY ", q.ClusterBy)
	w.clause(" DISTRIBUTE BY ", q.DistributeBy)
	w.sorted(" SORT BY ", q.SortBy)
	w.windows(q.Windows)
	w.one(" LIMIT ", q.Limit)
	w.one(" OFFSET ", q.Offset)
}

// one writes a keyword and an expression, if there is one.
func (w *writer) one(word string, e ast.Expr) {
	if e != nil {
		w.p(word)
		w.expr(e, levelLambda)
	}
}

// clause writes a keyword and expressions, if there are any.
func (w *writer) clause(word string, all []ast.Expr) {
	if len(all) > 0 {
		w.p(word)
		w.exprs(all, levelLambda)
	}
}

func (w *writer) sorted(word string, all []ast.SortItem) {
	if len(all) > 0 {
		w.p(word)
		list(w, all, w.sortItem)
	}
}

func (w *writer) sortItem(s ast.SortItem) {
	w.expr(s.Expr, levelLambda)
	w.when(s.Desc, " DESC")
	if s.NullsFirst != nil {
		w.when(*s.NullsFirst, " NULLS FIRST")
		w.when(!*s.NullsFirst, " NULLS LAST")
	}
}

func setLevel(kind ast.SetOpKind) int {
	if kind == ast.Intersect {
		return 2
	}
	return 1
}

// operand writes a body, in parentheses if it is a set operation that binds less close than least, or a query with clauses.
func (w *writer) operand(n ast.QueryNode, least int) {
	switch n := n.(type) {
	case *ast.Query:
		w.p("(")
		w.query(n)
		w.p(")")
	case *ast.SetOp:
		if setLevel(n.Kind) < least {
			w.p("(")
			defer w.p(")")
		}
		w.setOp(n)
	case *ast.Select:
		w.selectBody(n)
	case *ast.Values:
		w.values(n)
	case *ast.TableStmt:
		w.p("TABLE ")
		w.name(n.Name)
	default:
		panic(fmt.Sprintf("format: no way to print %T", n))
	}
}

// setOp writes a chain that leans to the left without recursion.
func (w *writer) setOp(n *ast.SetOp) {
	spine := []*ast.SetOp{n}
	own := setLevel(n.Kind)
	for {
		left, ok := spine[len(spine)-1].Left.(*ast.SetOp)
		if !ok || setLevel(left.Kind) != own {
			break
		}
		spine = append(spine, left)
	}
	w.operand(spine[len(spine)-1].Left, own)
	for i := len(spine) - 1; i >= 0; i-- {
		w.p(" ", string(spine[i].Kind))
		w.when(spine[i].All, " ALL")
		w.p(" ")
		w.operand(spine[i].Right, own+1)
	}
}

func (w *writer) selectBody(s *ast.Select) {
	w.p("SELECT ")
	if len(s.Hints) > 0 {
		w.p("/*+ ")
		list(w, s.Hints, func(h ast.Hint) {
			w.ident(h.Name)
			paren(w, "", h.Args, func(e ast.Expr) { w.expr(e, levelLambda) })
		})
		w.p(" */ ")
	}
	w.when(s.Distinct, "DISTINCT ")
	w.exprs(s.Items, levelAlias)
	if s.From != nil {
		w.p(" FROM ")
		w.relation(s.From)
	}
	w.one(" WHERE ", s.Where)
	if s.GroupBy != nil {
		w.groupBy(s.GroupBy)
	}
	w.one(" HAVING ", s.Having)
	w.one(" QUALIFY ", s.Qualify)
	w.windows(s.Windows)
}

func (w *writer) groupBy(g *ast.GroupBy) {
	w.p(" GROUP BY ")
	list(w, g.Items, func(i ast.GroupItem) {
		if i.Kind == ast.GroupExprs {
			w.exprs(i.Exprs, levelLambda)
			return
		}
		if len(i.Exprs) > 0 {
			w.exprs(i.Exprs, levelLambda)
			w.p(" ")
		}
		w.groupItem(i)
	})
}

// groupItem writes an analytic, or a grouping set within one.
func (w *writer) groupItem(i ast.GroupItem) {
	if i.Kind == ast.GroupExprs {
		w.p("(")
		w.exprs(i.Exprs, levelAlias)
		w.p(")")
		return
	}
	w.p(string(i.Kind), " (")
	list(w, i.Items, w.groupItem)
	w.p(")")
}

func (w *writer) values(v *ast.Values) {
	w.p("VALUES ")
	list(w, v.Rows, func(row []ast.Expr) {
		w.p("(")
		w.exprs(row, levelAlias)
		w.p(")")
	})
	w.alias(v.Alias)
}

func (w *writer) windows(all []ast.NamedWindow) {
	if len(all) == 0 {
		return
	}
	w.p(" WINDOW ")
	list(w, all, func(n ast.NamedWindow) {
		w.ident(n.Name)
		w.p(" AS ")
		w.window(n.Spec)
	})
}

func (w *writer) window(s *ast.WindowSpec) {
	if s.Name.Present() {
		w.ident(s.Name)
		return
	}
	var body writer
	body.clause(" PARTITION BY ", s.PartitionBy)
	body.sorted(" ORDER BY ", s.OrderBy)
	if f := s.Frame; f != nil {
		body.when(f.Range, " RANGE")
		body.when(!f.Range, " ROWS")
		body.p(" BETWEEN ")
		body.bound(f.Start)
		body.p(" AND ")
		body.bound(f.End)
	}
	text := body.b.String()
	if text != "" {
		text = text[1:]
	}
	w.p("(", text, ")")
}

func (w *writer) bound(b ast.FrameBound) {
	if b.Offset != nil {
		w.expr(b.Offset, levelCompare)
		w.p(" ")
	}
	w.p(map[ast.BoundKind]string{
		ast.UnboundedPreceding: "UNBOUNDED PRECEDING", ast.Preceding: "PRECEDING", ast.CurrentRow: "CURRENT ROW",
		ast.Following: "FOLLOWING", ast.UnboundedFollowing: "UNBOUNDED FOLLOWING",
	}[b.Kind])
}
