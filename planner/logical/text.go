package logical

import (
	"fmt"
	"strings"

	"github.com/argan-sql/argan/planner/expr"
)

// printer writes nodes as EXPLAIN shows them. number turns the identity of a column into the number after #.
type printer struct {
	number func(expr.ID) uint64
	// subplans collects the plans inside expressions, in order of appearance.
	subplans *[]Node
}

var plain = printer{number: func(id expr.ID) uint64 { return uint64(id) }}

// Format is a plan as an indented tree. Identities are numbered in order of appearance, so that equal plans give equal text.
func Format(n Node) string {
	seen := map[expr.ID]uint64{}
	p := printer{number: func(id expr.ID) uint64 {
		k, ok := seen[id]
		if !ok {
			k = uint64(len(seen))
			seen[id] = k
		}
		return k
	}}
	var b strings.Builder
	p.tree(&b, n, "", "")
	return b.String()
}

// Tree is a plan as an indented tree with its real identities, as EXPLAIN prints it.
func Tree(n Node) string {
	var b strings.Builder
	plain.tree(&b, n, "", "")
	return b.String()
}

func (p printer) tree(b *strings.Builder, n Node, first, rest string) {
	var sub []Node
	p.subplans = &sub
	b.WriteString(first + p.line(n) + "\n")
	ch := n.Children()
	if len(ch) > 1 || len(sub) > 0 {
		bar := rest
		if len(ch) > 0 {
			bar = rest + ":  "
		}
		for i, s := range sub {
			inner := bar + ":  "
			if i == len(sub)-1 {
				inner = bar + "   "
			}
			p.tree(b, s, bar+"+- ", inner)
		}
	}
	for i, c := range ch {
		if i == len(ch)-1 {
			p.tree(b, c, rest+"+- ", rest+"   ")
		} else {
			p.tree(b, c, rest+":- ", rest+":  ")
		}
	}
}

// shown is an operand that prints as a text.
type shown struct {
	expr.Expr
	text string
}

func (s shown) String() string { return s.text }

// Text is an expression as plans print it: with identities and with implicit casts.
func Text(e expr.Expr) string { return plain.expr(e) }

func (p printer) column(c *expr.Column) string { return fmt.Sprintf("%s#%d", c.Name, p.number(c.ID)) }

func (p printer) columns(cols []*expr.Column) string {
	out := make([]string, len(cols))
	for i, c := range cols {
		out[i] = p.column(c)
	}
	return "[" + strings.Join(out, ", ") + "]"
}

func (p printer) expr(e expr.Expr) string {
	switch x := e.(type) {
	case nil:
		return ""
	case *expr.Column:
		return p.column(x)
	case *expr.Outer:
		return "outer(" + p.column(x.Column) + ")"
	case *expr.LambdaVar:
		return fmt.Sprintf("lambda %s#%d", x.Name, p.number(x.ID))
	case *expr.Lambda:
		params := make([]string, len(x.Params))
		for i, v := range x.Params {
			params[i] = p.expr(v)
		}
		return fmt.Sprintf("lambdafunction(%s, %s)", p.expr(x.Body), strings.Join(params, ", "))
	case *expr.Cast:
		name := "cast"
		if !x.Implicit && x.Mode != 0 {
			name = strings.ToLower(strings.SplitN(x.With([]expr.Expr{shown{x.Child, ""}}).String(), "(", 2)[0])
		}
		return name + "(" + p.expr(x.Child) + " as " + x.To.String() + ")"
	case *expr.Subquery:
		return p.subquery(x)
	case *expr.Window:
		return p.window(x)
	}
	ch := e.Children()
	if len(ch) == 0 {
		return e.String()
	}
	out := make([]expr.Expr, len(ch))
	for i, c := range ch {
		out[i] = shown{c, p.expr(c)}
	}
	return withoutText(e.With(out)).String()
}

// withoutText lets an expression print itself from its operands.
func withoutText(e expr.Expr) expr.Expr {
	switch x := e.(type) {
	case *expr.Aggregate:
		n := *x
		n.Text = ""
		return &n
	case *expr.Coalesce:
		return &expr.Coalesce{Args: x.Args}
	}
	return e
}

func (p printer) subquery(s *expr.Subquery) string {
	if p.subplans != nil {
		*p.subplans = append(*p.subplans, s.Plan.(Node))
	}
	switch s.Kind {
	case expr.ExistsSubquery:
		return "exists#" + fmt.Sprint(p.number(s.ID)) + " []"
	case expr.InSubquery:
		return "(" + p.list(s.Values) + " IN (list#" + fmt.Sprint(p.number(s.ID)) + " []))"
	}
	return "scalar-subquery#" + fmt.Sprint(p.number(s.ID)) + " []"
}

func (p printer) window(w *expr.Window) string {
	var f string
	if w.Aggregate != nil {
		f = p.expr(w.Aggregate)
	} else {
		f = w.Function.Function.Name + "(" + p.list(w.Args) + ")"
	}
	return f + " windowspecdefinition(" + p.spec(w) + p.frame(w.Frame) + ")"
}

func (p printer) spec(w *expr.Window) string {
	s := ""
	for _, e := range w.PartitionBy {
		s += p.expr(e) + ", "
	}
	for _, k := range p.keys(w.OrderBy) {
		s += k + ", "
	}
	return s
}

func (p printer) frame(f expr.Frame) string {
	unit := "RowFrame"
	if f.Unit == expr.FrameRange {
		unit = "RangeFrame"
	}
	return "specifiedwindowframe(" + unit + ", " + p.edge(f.From) + ", " + p.edge(f.To) + ")"
}

func (p printer) edge(b expr.FrameBound) string {
	switch b.Kind {
	case expr.UnboundedPreceding:
		return "unboundedpreceding$()"
	case expr.UnboundedFollowing:
		return "unboundedfollowing$()"
	case expr.CurrentRow:
		return "currentrow$()"
	case expr.Preceding:
		return "-" + p.expr(b.Offset)
	}
	return p.expr(b.Offset)
}

func (p printer) list(es []expr.Expr) string {
	out := make([]string, len(es))
	for i, e := range es {
		out[i] = p.expr(e)
	}
	return strings.Join(out, ", ")
}

func (p printer) keys(ks []expr.SortKey) []string {
	out := make([]string, len(ks))
	for i, k := range ks {
		dir, nulls := "ASC", "NULLS LAST"
		if k.Desc {
			dir = "DESC"
		}
		if k.NullsFirst {
			nulls = "NULLS FIRST"
		}
		out[i] = p.expr(k.Expr) + " " + dir + " " + nulls
	}
	return out
}

func (p printer) named(ns []Named) string {
	out := make([]string, len(ns))
	for i, n := range ns {
		if c, ok := n.Expr.(*expr.Column); ok && c.ID == n.Out.ID {
			out[i] = p.column(n.Out)
		} else {
			out[i] = p.expr(n.Expr) + " AS " + p.column(n.Out)
		}
	}
	return "[" + strings.Join(out, ", ") + "]"
}

// line is the node's line of EXPLAIN.
func (p printer) line(n Node) string {
	switch n := n.(type) {
	case *Scan:
		return p.scan(n)
	case *Values:
		return "LocalRelation " + p.columns(n.Columns) + p.rows(n)
	case *Batches:
		return strings.TrimRight("LocalRelation "+n.Name, " ") + " " + p.columns(n.Columns)
	case *Range:
		return fmt.Sprintf("Range (%d, %d, step=%d) [%s]", n.Start, n.End, n.Step, p.column(n.Column))
	case *Project:
		return "Project " + p.named(n.Exprs)
	case *Filter:
		return "Filter " + p.expr(n.Condition)
	case *Join:
		return p.join(n)
	case *Aggregate:
		keys := make([]expr.Expr, len(n.Groups))
		for i, g := range n.Groups {
			keys[i] = g.Expr
		}
		return "Aggregate [" + p.list(keys) + "], " + p.named(append(append([]Named{}, n.Groups...), n.Aggregates...))
	case *Expand:
		rows := make([]string, len(n.Projections))
		for i, r := range n.Projections {
			rows[i] = "[" + p.list(r) + "]"
		}
		return "Expand [" + strings.Join(rows, ", ") + "], " + p.columns(n.Columns)
	case *Window:
		w := n.Functions[0].Expr.(*expr.Window)
		return "Window " + p.named(n.Functions) + ", [" + p.list(w.PartitionBy) + "], [" + strings.Join(p.keys(w.OrderBy), ", ") + "]"
	case *Sort:
		return fmt.Sprintf("Sort [%s], %t", strings.Join(p.keys(n.Keys), ", "), n.Global)
	case *TopN:
		return fmt.Sprintf("TopN %d, offset %d, [%s]", n.Count, n.Offset, strings.Join(p.keys(n.Keys), ", "))
	case *Limit:
		return limitLine(n)
	case *Distinct:
		return "Distinct"
	case *SetOp:
		return p.setOp(n)
	case *Generate:
		return fmt.Sprintf("Generate %s(%s), %t, %s", n.Bound.Function.Name, p.list(n.Args), n.Outer, p.columns(n.Columns))
	case *Sample:
		return fmt.Sprintf("Sample %g, %g, false, %d", n.From, n.To, n.Seed)
	case *Repartition:
		return fmt.Sprintf("RepartitionByExpression [%s], %d", p.list(n.Keys), n.Count)
	case *CTE:
		return fmt.Sprintf("WithCTE %d, %s", n.ID, n.Name)
	case *CTERef:
		return fmt.Sprintf("CTERelationRef %d, %s, %s", n.ID, n.Name, p.columns(n.Columns))
	}
	return fmt.Sprintf("%T", n)
}

func (p printer) scan(s *Scan) string {
	var b strings.Builder
	b.WriteString("Relation ")
	b.WriteString(strings.Join(s.Table.Name(), "."))
	b.WriteString(p.columns(s.Columns) + " " + s.Table.Provider())
	if s.Snapshot.Version() >= 0 {
		fmt.Fprintf(&b, " version %d", s.Snapshot.Version())
	}
	if len(s.Filters) > 0 {
		b.WriteString(", PushedFilters: [" + p.list(s.Filters) + "]")
	}
	for _, r := range s.Runtime {
		fmt.Fprintf(&b, ", RuntimeFilter %d on %s", r.Source, p.column(r.Column))
	}
	if s.Limit >= 0 {
		fmt.Fprintf(&b, ", Limit %d", s.Limit)
	}
	return b.String()
}

const rowsShown = 10 // rows of constants that a plan prints

func (p printer) rows(v *Values) string {
	var b strings.Builder
	for i, r := range v.Rows {
		if i == rowsShown {
			return b.String() + fmt.Sprintf(", … %d more", len(v.Rows)-i)
		}
		b.WriteString(", (" + p.list(r) + ")")
	}
	return b.String()
}

func (p printer) join(j *Join) string {
	s := "Join " + j.Kind.String()
	if j.Lateral {
		s = "LateralJoin " + j.Kind.String()
	}
	if j.NullAware {
		s += " (null-aware)"
	}
	if j.MarkColumn != nil {
		s += "(" + p.column(j.MarkColumn) + ")"
	}
	if j.Condition != nil {
		s += ", " + p.expr(j.Condition)
	}
	if j.BuildLeft {
		s += ", BuildLeft"
	}
	if j.Hint != "" {
		s += ", hint=" + j.Hint
	}
	for i, r := range j.RuntimeFilters {
		if r != 0 {
			s += fmt.Sprintf(", runtime filter %d from key %d", r, i)
		}
	}
	return s
}

func limitLine(l *Limit) string {
	switch {
	case l.Count < 0:
		return fmt.Sprintf("Offset %d", l.Offset)
	case l.Offset > 0:
		return fmt.Sprintf("GlobalLimit %d, offset %d", l.Count, l.Offset)
	}
	return fmt.Sprintf("GlobalLimit %d", l.Count)
}

func (p printer) setOp(s *SetOp) string {
	switch s.Kind {
	case Union:
		return "Union " + p.columns(s.Columns)
	case Intersect:
		return fmt.Sprintf("Intersect All %t %s", s.All, p.columns(s.Columns))
	}
	return fmt.Sprintf("Except All %t %s", s.All, p.columns(s.Columns))
}

// Each node's String is its line with real identities.

func (s *Scan) String() string        { return plain.line(s) }
func (v *Values) String() string      { return plain.line(v) }
func (b *Batches) String() string     { return plain.line(b) }
func (r *Range) String() string       { return plain.line(r) }
func (p *Project) String() string     { return plain.line(p) }
func (f *Filter) String() string      { return plain.line(f) }
func (j *Join) String() string        { return plain.line(j) }
func (a *Aggregate) String() string   { return plain.line(a) }
func (x *Expand) String() string      { return plain.line(x) }
func (w *Window) String() string      { return plain.line(w) }
func (s *Sort) String() string        { return plain.line(s) }
func (t *TopN) String() string        { return plain.line(t) }
func (l *Limit) String() string       { return plain.line(l) }
func (d *Distinct) String() string    { return plain.line(d) }
func (s *SetOp) String() string       { return plain.line(s) }
func (g *Generate) String() string    { return plain.line(g) }
func (s *Sample) String() string      { return plain.line(s) }
func (r *Repartition) String() string { return plain.line(r) }
func (c *CTE) String() string         { return plain.line(c) }
func (c *CTERef) String() string      { return plain.line(c) }
