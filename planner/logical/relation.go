package logical

import (
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/types"
)

// Leaves: nodes without inputs.

// Output lists the columns read.
func (s *Scan) Output() []*expr.Column { return s.Columns }

// Children are none.
func (s *Scan) Children() []Node { return nil }

// WithChildren is s.
func (s *Scan) WithChildren([]Node) Node { return s }

// Expressions are the pushed filters.
func (s *Scan) Expressions() []expr.Expr { return s.Filters }

// WithExpressions replaces the pushed filters.
func (s *Scan) WithExpressions(e []expr.Expr) Node {
	n := *s
	n.Filters = e
	return &n
}

// Output lists the columns.
func (v *Values) Output() []*expr.Column { return v.Columns }

// Children are none.
func (v *Values) Children() []Node { return nil }

// WithChildren is v.
func (v *Values) WithChildren([]Node) Node { return v }

// Expressions are the cells, row after row.
func (v *Values) Expressions() []expr.Expr {
	var out []expr.Expr
	for _, r := range v.Rows {
		out = append(out, r...)
	}
	return out
}

// WithExpressions replaces the cells.
func (v *Values) WithExpressions(e []expr.Expr) Node {
	n := &Values{Columns: v.Columns, Rows: make([][]expr.Expr, len(v.Rows))}
	for i, r := range v.Rows {
		n.Rows[i], e = e[:len(r):len(r)], e[len(r):]
	}
	return n
}

// Output lists the columns.
func (b *Batches) Output() []*expr.Column { return b.Columns }

// Children are none.
func (b *Batches) Children() []Node { return nil }

// WithChildren is b.
func (b *Batches) WithChildren([]Node) Node { return b }

// Expressions are none.
func (b *Batches) Expressions() []expr.Expr { return nil }

// WithExpressions is b.
func (b *Batches) WithExpressions([]expr.Expr) Node { return b }

// Output is the one column.
func (r *Range) Output() []*expr.Column { return []*expr.Column{r.Column} }

// Children are none.
func (r *Range) Children() []Node { return nil }

// WithChildren is r.
func (r *Range) WithChildren([]Node) Node { return r }

// Expressions are none.
func (r *Range) Expressions() []expr.Expr { return nil }

// WithExpressions is r.
func (r *Range) WithExpressions([]expr.Expr) Node { return r }

// Output lists the columns.
func (c *CTERef) Output() []*expr.Column { return c.Columns }

// Children are none: the source belongs to the CTE node.
func (c *CTERef) Children() []Node { return nil }

// WithChildren is c.
func (c *CTERef) WithChildren([]Node) Node { return c }

// Expressions are none.
func (c *CTERef) Expressions() []expr.Expr { return nil }

// WithExpressions is c.
func (c *CTERef) WithExpressions([]expr.Expr) Node { return c }

// Output is the input's.
func (c *CTE) Output() []*expr.Column { return c.Input.Output() }

// Children are the query and the input.
func (c *CTE) Children() []Node { return []Node{c.Query, c.Input} }

// WithChildren replaces query and input.
func (c *CTE) WithChildren(ch []Node) Node { return &CTE{c.ID, c.Name, ch[0], ch[1]} }

// Expressions are none.
func (c *CTE) Expressions() []expr.Expr { return nil }

// WithExpressions is c.
func (c *CTE) WithExpressions([]expr.Expr) Node { return c }

// NewColumn makes a column of a new identity.
func NewColumn(name string, t *types.Type, null bool) *expr.Column {
	return &expr.Column{ID: expr.NewID(), Name: name, T: t, Null: null}
}

// Pass is a column handed on under its identity.
func Pass(c *expr.Column) Named { return Named{Expr: c, Out: c} }

// PassAll hands on columns under their identities.
func PassAll(cols []*expr.Column) []Named {
	out := make([]Named, len(cols))
	for i, c := range cols {
		out[i] = Pass(c)
	}
	return out
}
