package format

import (
	"fmt"

	"github.com/argan-sql/argan/sql/ast"
)

func (w *writer) alias(a *ast.TableAlias) {
	if a == nil {
		return
	}
	w.p(" AS ")
	w.ident(a.Name)
	paren(w, "", a.Columns, w.ident)
}

func (w *writer) relation(r ast.Relation) {
	switch r := r.(type) {
	case *ast.Table:
		w.name(r.Name)
		w.timeTravel(r.TimeTravel)
		w.sample(r.Sample)
		w.alias(r.Alias)
	case *ast.Derived:
		w.when(r.Lateral, "LATERAL ")
		w.p("(")
		w.query(r.Query)
		w.p(")")
		w.sample(r.Sample)
		w.alias(r.Alias)
	case *ast.Nested:
		w.p("(")
		w.relation(r.Relation)
		w.p(")")
		w.sample(r.Sample)
		w.alias(r.Alias)
	case *ast.TableFunction:
		w.when(r.Lateral, "LATERAL ")
		w.call(r.Call)
		w.sample(r.Sample)
		w.alias(r.Alias)
	case *ast.Stream:
		w.stream(r)
	case *ast.Values:
		w.values(r)
	case *ast.Join:
		w.join(r)
	case *ast.LateralView:
		w.relation(r.Input)
		w.p(" LATERAL VIEW ")
		w.when(r.Outer, "OUTER ")
		w.call(r.Call)
		if r.Table.Present() {
			w.p(" ")
			w.ident(r.Table)
		}
		if len(r.Columns) > 0 {
			w.p(" AS ")
			list(w, r.Columns, w.ident)
		}
	case *ast.Pivot:
		w.pivot(r)
	case *ast.Unpivot:
		w.unpivot(r)
	default:
		panic(fmt.Sprintf("format: no way to print %T", r))
	}
}

var joinWords = map[ast.JoinKind]string{
	ast.JoinInner: "JOIN ", ast.JoinCross: "CROSS JOIN ", ast.JoinLeft: "LEFT OUTER JOIN ", ast.JoinRight: "RIGHT OUTER JOIN ",
	ast.JoinFull: "FULL OUTER JOIN ", ast.JoinSemi: "LEFT SEMI JOIN ", ast.JoinAnti: "LEFT ANTI JOIN ",
}

// join writes a chain that leans to the left without recursion.
func (w *writer) join(j *ast.Join) {
	spine := []*ast.Join{j}
	for {
		left, ok := spine[len(spine)-1].Left.(*ast.Join)
		if !ok {
			break
		}
		spine = append(spine, left)
	}
	w.relation(spine[len(spine)-1].Left)
	for i := len(spine) - 1; i >= 0; i-- {
		j := spine[i]
		if j.Kind == ast.JoinComma {
			w.p(", ")
		} else {
			w.p(" ")
			w.when(j.Natural, "NATURAL ")
			w.p(joinWords[j.Kind])
		}
		w.relation(j.Right)
		w.one(" ON ", j.On)
		paren(w, " USING ", j.Using, w.ident)
	}
}

func (w *writer) timeTravel(t *ast.TimeTravel) {
	if t == nil {
		return
	}
	w.when(t.Timestamp, " TIMESTAMP AS OF ")
	w.when(!t.Timestamp, " VERSION AS OF ")
	if lit, ok := t.Value.(*ast.Literal); ok && lit.Kind == ast.LitBigInt {
		w.f("%d", lit.Value)
		return
	}
	w.expr(t.Value, levelCompare)
}

func (w *writer) sample(s *ast.Sample) {
	if s == nil {
		return
	}
	w.p(" TABLESAMPLE (")
	switch s.Kind {
	case ast.SampleBucket:
		w.f("BUCKET %d OUT OF %d", s.Bucket, s.OutOf)
	case ast.SampleBytes:
		w.p(s.Size)
	case ast.SampleRows:
		w.expr(s.Value, levelCompare)
		w.p(" ROWS")
	default:
		w.expr(s.Value, levelCompare)
		w.p(" PERCENT")
	}
	w.p(")")
	if s.Repeatable != nil {
		w.f(" REPEATABLE (%d)", *s.Repeatable)
	}
}

func (w *writer) pivot(p *ast.Pivot) {
	w.relation(p.Input)
	w.p(" PIVOT (")
	w.exprs(p.Aggregates, levelAlias)
	w.p(" FOR (")
	list(w, p.Columns, w.ident)
	w.p(") IN (")
	list(w, p.Values, func(v ast.PivotValue) {
		w.expr(v.Value, levelOr)
		if v.Alias.Present() {
			w.p(" AS ")
			w.ident(v.Alias)
		}
	})
	w.p("))")
	w.alias(p.Alias)
}

func (w *writer) unpivot(u *ast.Unpivot) {
	w.relation(u.Input)
	w.p(" UNPIVOT ")
	w.when(u.IncludeNulls, "INCLUDE NULLS ")
	w.p("(")
	if u.Multi {
		paren(w, "", u.Values, w.ident)
	} else {
		w.ident(u.Values[0])
	}
	w.p(" FOR ")
	w.ident(u.Name)
	w.p(" IN (")
	list(w, u.Sets, func(s ast.UnpivotSet) {
		if u.Multi {
			paren(w, "", s.Columns, w.name)
		} else {
			w.name(s.Columns[0])
		}
		if s.Alias.Present() {
			w.p(" AS ")
			w.ident(s.Alias)
		}
	})
	w.p("))")
	w.alias(u.Alias)
}
