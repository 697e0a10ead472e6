package physical

import (
	"fmt"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/planner/expr"
)

// The operators that take rows one by one.

// Filter keeps the rows for which every condition is true.
type Filter struct {
	Conditions []expr.Expr
	Input      Node
}

// Output of a filter.
func (f *Filter) Output() []Column { return f.Input.Output() }

// Children of a filter.
func (f *Filter) Children() []Node { return []Node{f.Input} }

// Name of a filter.
func (f *Filter) Name() string { return "Filter" }

// Details of a filter.
func (f *Filter) Details() string { return list(f.Conditions) }

// Project computes expressions.
type Project struct {
	Exprs   []expr.Expr
	Columns []Column
	Input   Node
}

// Output of a projection.
func (p *Project) Output() []Column { return p.Columns }

// Children of a projection.
func (p *Project) Children() []Node { return []Node{p.Input} }

// Name of a projection.
func (p *Project) Name() string { return "Project" }

// Details of a projection.
func (p *Project) Details() string { return list(p.Exprs) }

// Expand gives each row once per projection.
type Expand struct {
	Projections [][]expr.Expr
	Columns     []Column
	Input       Node
}

// Output of an expansion.
func (e *Expand) Output() []Column { return e.Columns }

// Children of an expansion.
func (e *Expand) Children() []Node { return []Node{e.Input} }

// Name of an expansion.
func (e *Expand) Name() string { return "Expand" }

// Details of an expansion.
func (e *Expand) Details() string { return fmt.Sprintf("%d projections", len(e.Projections)) }

// Generate calls a table-generating function for each row. Kept lists the input columns that are passed on, before the
// generated columns Generated (numbers of the function's columns).
type Generate struct {
	Bound     *function.BoundGenerator
	Args      []expr.Expr
	Outer     bool
	Kept      []int
	Generated []int
	Columns   []Column
	Input     Node
}

// Output of a generator.
func (g *Generate) Output() []Column { return g.Columns }

// Children of a generator.
func (g *Generate) Children() []Node { return []Node{g.Input} }

// Name of a generator.
func (g *Generate) Name() string { return "Generate" }

// Details of a generator.
func (g *Generate) Details() string {
	d := g.Bound.Function.Name + list(g.Args)
	if g.Outer {
		d += ", outer"
	}
	return d
}

// Sample keeps rows with probability To-From.
type Sample struct {
	From, To float64
	Seed     int64
	Input    Node
}

// Output of a sample.
func (s *Sample) Output() []Column { return s.Input.Output() }

// Children of a sample.
func (s *Sample) Children() []Node { return []Node{s.Input} }

// Name of a sample.
func (s *Sample) Name() string { return "Sample" }

// Details of a sample.
func (s *Sample) Details() string { return fmt.Sprintf("%g, %g, seed %d", s.From, s.To, s.Seed) }

// Union gives the rows of its inputs, one after the other.
type Union struct {
	Inputs  []Node
	Columns []Column
}

// Output of a union.
func (u *Union) Output() []Column { return u.Columns }

// Children of a union.
func (u *Union) Children() []Node { return u.Inputs }

// Name of a union.
func (u *Union) Name() string { return "Union" }

// Details of a union: none.
func (u *Union) Details() string { return "" }

// Limit skips Offset rows and gives at most Count of the others; Count -1 is no bound.
type Limit struct {
	Count, Offset int64
	Input         Node
}

// Output of a limit.
func (l *Limit) Output() []Column { return l.Input.Output() }

// Children of a limit.
func (l *Limit) Children() []Node { return []Node{l.Input} }

// Name of a limit.
func (l *Limit) Name() string { return "GlobalLimit" }

// Details of a limit.
func (l *Limit) Details() string {
	if l.Offset > 0 {
		return fmt.Sprintf("%d, offset %d", l.Count, l.Offset)
	}
	return fmt.Sprint(l.Count)
}
