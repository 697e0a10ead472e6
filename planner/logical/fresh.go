package logical

import (
	"fmt"

	"github.com/argan-sql/argan/planner/expr"
)

// Fresh is a copy of a plan in which every column has a new identity, so that both may stand in one statement. The second
// result tells the new column of each old ID.
func Fresh(n Node) (Node, map[expr.ID]*expr.Column) {
	r := renewal{}
	return r.plan(n), r
}

// renewal maps old identities to new columns. Columns that no node of the plan makes (Outer references to what lies
// around it) stay as they are.
type renewal map[expr.ID]*expr.Column

func (r renewal) define(c *expr.Column) *expr.Column {
	if c == nil {
		return nil
	}
	if n, ok := r[c.ID]; ok {
		return n
	}
	n := c.Renamed()
	r[c.ID] = n
	return n
}

func (r renewal) defineAll(cols []*expr.Column) []*expr.Column {
	out := make([]*expr.Column, len(cols))
	for i, c := range cols {
		out[i] = r.define(c)
	}
	return out
}

func (r renewal) expr(e expr.Expr) expr.Expr {
	if e == nil {
		return nil
	}
	return expr.Transform(e, func(x expr.Expr) expr.Expr {
		switch x := x.(type) {
		case *expr.Column:
			if n, ok := r[x.ID]; ok {
				return sameNull(n, x)
			}
		case *expr.Outer:
			if n, ok := r[x.Column.ID]; ok {
				return &expr.Outer{Column: sameNull(n, x.Column)}
			}
		case *expr.Subquery:
			return &expr.Subquery{Kind: x.Kind, Values: x.Values, Plan: r.plan(x.Plan.(Node)), ID: expr.NewID(), Outer: x.Outer}
		}
		return x
	})
}

// sameNull keeps what the reference says of NULLs: above an outer join a column may be nullable though its source is not.
func sameNull(n, old *expr.Column) *expr.Column {
	if n.Null == old.Null {
		return n
	}
	c := *n
	c.Null = old.Null
	return &c
}

func (r renewal) exprs(es []expr.Expr) []expr.Expr {
	out := make([]expr.Expr, len(es))
	for i, e := range es {
		out[i] = r.expr(e)
	}
	return out
}

func (r renewal) named(ns []Named) []Named {
	out := make([]Named, len(ns))
	for i, n := range ns {
		e := r.expr(n.Expr)
		out[i] = Named{Expr: e, Out: r.define(n.Out)}
	}
	return out
}

func (r renewal) keys(ks []expr.SortKey) []expr.SortKey { return withKeys(ks, r.exprs(keyExprs(ks))) }

// plan copies inputs first, so that a node finds the columns it reads renewed.
func (r renewal) plan(n Node) Node {
	if ch := n.Children(); len(ch) > 0 {
		out := make([]Node, len(ch))
		for i, c := range ch {
			out[i] = r.plan(c)
		}
		n = n.WithChildren(out)
	}
	switch n := n.(type) {
	case *Scan:
		c := *n
		c.Columns, c.Filters = r.defineAll(n.Columns), nil
		for _, f := range n.Filters {
			c.Filters = append(c.Filters, r.expr(f))
		}
		return &c
	case *Values:
		c := n.WithExpressions(r.exprs(n.Expressions())).(*Values)
		c.Columns = r.defineAll(n.Columns)
		return c
	case *Batches:
		return &Batches{r.defineAll(n.Columns), n.Data, n.Name}
	case *Range:
		c := *n
		c.Column = r.define(n.Column)
		return &c
	case *CTERef:
		return &CTERef{n.ID, n.Name, r.defineAll(n.Columns), n.Source}
	case *Project:
		return &Project{r.named(n.Exprs), n.Input}
	case *Aggregate:
		return &Aggregate{r.named(n.Groups), r.named(n.Aggregates), n.Input}
	case *Window:
		return &Window{r.named(n.Functions), n.Input}
	case *Expand:
		c := n.WithExpressions(r.exprs(n.Expressions())).(*Expand)
		c.Columns = r.defineAll(n.Columns)
		return c
	case *Generate:
		c := *n
		c.Args, c.Columns = r.exprs(n.Args), r.defineAll(n.Columns)
		return &c
	case *SetOp:
		c := *n
		c.Columns = r.defineAll(n.Columns)
		return &c
	case *Join:
		c := *n
		c.Condition, c.MarkColumn = r.expr(n.Condition), r.define(n.MarkColumn)
		return &c
	case *Sort:
		return &Sort{r.keys(n.Keys), n.Global, n.Input}
	case *TopN:
		return &TopN{r.keys(n.Keys), n.Count, n.Offset, n.Input}
	case *Filter, *Repartition:
		return n.WithExpressions(r.exprs(n.Expressions()))
	case *CTE, *Limit, *Distinct, *Sample:
		return n
	}
	panic(fmt.Sprintf("logical: Fresh of %T", n))
}
