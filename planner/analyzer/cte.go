package analyzer

import (
	"strings"

	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
)

// cteFrame is one WITH clause: its common table expressions, and the clauses around it.
type cteFrame struct {
	list  []*cte
	outer *cteFrame
}

// cte is a common table expression, analyzed once. It is put in place of its only reference, copied to each where that
// is cheap, and computed once and read by all otherwise.
type cte struct {
	id     int
	name   string
	node   logical.Node
	shared bool
	used   int
}

// with analyzes a WITH clause over a body; each expression sees those before it.
func (a *Analyzer) with(w *ast.With, body ast.Node, b *block) (*block, error) {
	if w.Recursive {
		return nil, sqlerr.Unsupported("recursive common table expressions").At(w.Pos())
	}
	frame := &cteFrame{}
	if b.ctes != nil {
		frame.outer = b.ctes
	}
	inner := &block{ctes: frame, outer: b.outer}
	seen := map[string]bool{}
	for i, c := range w.CTEs {
		key := strings.ToLower(c.Name.Text)
		if seen[key] {
			return nil, sqlerr.New("_LEGACY_ERROR_TEMP_0038", "duplicateNames", "'"+c.Name.Text+"'").At(c.Name.Pos())
		}
		seen[key] = true
		s, err := a.query(c.Query, inner)
		if err != nil {
			return nil, err
		}
		s = &scope{node: tidy(s), columns: s.visible()}
		if len(c.Columns) > 0 {
			if s, err = a.aliased(s, &ast.TableAlias{At: c.At, Columns: c.Columns}, nil); err != nil {
				return nil, err
			}
		}
		a.lastCTE++
		d := &cte{id: a.lastCTE, name: c.Name.Text, node: tidy(s)}
		d.shared = worthSharing(d.node) && countReferences(w, i, body) > 1
		frame.list = append(frame.list, d)
	}
	return inner, nil
}

// countReferences counts the tables named like CTE number i in what may see it. A name that an inner WITH takes for itself
// is counted too, which does no harm.
func countReferences(w *ast.With, i int, body ast.Node) int {
	n := 0
	count := func(q ast.Node) {
		ast.Inspect(q, func(x ast.Node) bool {
			if t, ok := x.(*ast.Table); ok && t.TimeTravel == nil && len(t.Name.Parts) == 1 && strings.EqualFold(t.Name.Parts[0].Text, w.CTEs[i].Name.Text) {
				n++
			}
			if t, ok := x.(*ast.TableStmt); ok && len(t.Name.Parts) == 1 && strings.EqualFold(t.Name.Parts[0].Text, w.CTEs[i].Name.Text) {
				n++
			}
			return true
		})
	}
	for _, c := range w.CTEs[i+1:] {
		count(c.Query)
	}
	count(body)
	return n
}

// worthSharing says whether a plan costs enough to be computed once for several readers; a plan whose values change from
// run to run must be. References to a query around forbid it.
func worthSharing(n logical.Node) bool {
	costly, volatile := false, false
	made, read := map[expr.ID]bool{}, map[expr.ID]bool{}
	logical.WalkAll(n, func(x logical.Node) bool {
		switch x.(type) {
		case *logical.Join, *logical.Aggregate, *logical.Window, *logical.Distinct, *logical.SetOp, *logical.Sort, *logical.Limit, *logical.Sample, *logical.CTERef:
			costly = true
		}
		for _, c := range x.Output() {
			made[c.ID] = true
		}
		for _, e := range x.Expressions() {
			volatile = volatile || expr.Volatile(e)
			expr.Walk(e, func(y expr.Expr) bool {
				if o, ok := y.(*expr.Outer); ok {
					read[o.Column.ID] = true
				}
				return true
			})
		}
		return true
	})
	for id := range read {
		if !made[id] {
			return false
		}
	}
	return costly || volatile
}

// find gives a reference to a common table expression, nil where there is none of the name.
func (f *cteFrame) find(a *Analyzer, name string) *scope {
	for ; f != nil; f = f.outer {
		for i := len(f.list) - 1; i >= 0; i-- {
			if c := f.list[i]; a.sameName(c.name, name) {
				return c.reference()
			}
		}
	}
	return nil
}

func (c *cte) reference() *scope {
	c.used++
	if !c.shared {
		node := c.node
		if c.used > 1 {
			node, _ = logical.Fresh(node)
		}
		return &scope{node: node, columns: node.Output()}
	}
	ref := &logical.CTERef{ID: c.id, Name: c.name, Source: c.node}
	for _, col := range c.node.Output() {
		n := col.Renamed()
		n.Qualifier = nil
		ref.Columns = append(ref.Columns, n)
	}
	return &scope{node: ref, columns: ref.Columns}
}

// wrap puts the shared expressions of a clause over the query that uses them, the first outermost.
func (f *cteFrame) wrap(s *scope) *scope {
	node := s.node
	for i := len(f.list) - 1; i >= 0; i-- {
		if c := f.list[i]; c.shared && c.used > 0 {
			node = &logical.CTE{ID: c.id, Name: c.name, Query: c.node, Input: node}
		}
	}
	return &scope{node: node, columns: s.columns}
}
