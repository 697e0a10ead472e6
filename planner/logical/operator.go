package logical

import "github.com/argan-sql/argan/planner/expr"

// Nodes with inputs.

func outs(named []Named) []*expr.Column {
	out := make([]*expr.Column, len(named))
	for i, n := range named {
		out[i] = n.Out
	}
	return out
}

func exprsOf(named []Named) []expr.Expr {
	out := make([]expr.Expr, len(named))
	for i, n := range named {
		out[i] = n.Expr
	}
	return out
}

func withExprs(named []Named, e []expr.Expr) []Named {
	out := make([]Named, len(named))
	for i, n := range named {
		out[i] = Named{Expr: e[i], Out: n.Out}
	}
	return out
}

func keyExprs(keys []expr.SortKey) []expr.Expr {
	out := make([]expr.Expr, len(keys))
	for i, k := range keys {
		out[i] = k.Expr
	}
	return out
}

func withKeys(keys []expr.SortKey, e []expr.Expr) []expr.SortKey {
	out := make([]expr.SortKey, len(keys))
	for i, k := range keys {
		out[i] = expr.SortKey{Expr: e[i], Desc: k.Desc, NullsFirst: k.NullsFirst}
	}
	return out
}

// Output is what is computed.
func (p *Project) Output() []*expr.Column { return outs(p.Exprs) }

// Children is the input.
func (p *Project) Children() []Node { return []Node{p.Input} }

// WithChildren replaces the input.
func (p *Project) WithChildren(ch []Node) Node {
	n := *p
	n.Input = ch[0]
	return &n
}

// Expressions are the computed ones.
func (p *Project) Expressions() []expr.Expr { return exprsOf(p.Exprs) }

// WithExpressions replaces the computed ones.
func (p *Project) WithExpressions(e []expr.Expr) Node {
	n := *p
	n.Exprs = withExprs(p.Exprs, e)
	return &n
}

// Output is the input's.
func (f *Filter) Output() []*expr.Column { return f.Input.Output() }

// Children is the input.
func (f *Filter) Children() []Node { return []Node{f.Input} }

// WithChildren replaces the input.
func (f *Filter) WithChildren(ch []Node) Node {
	n := *f
	n.Input = ch[0]
	return &n
}

// Expressions are the condition.
func (f *Filter) Expressions() []expr.Expr { return []expr.Expr{f.Condition} }

// WithExpressions replaces the condition.
func (f *Filter) WithExpressions(e []expr.Expr) Node {
	n := *f
	n.Condition = e[0]
	return &n
}

// Output is the groups, then the aggregates.
func (a *Aggregate) Output() []*expr.Column { return append(outs(a.Groups), outs(a.Aggregates)...) }

// Children is the input.
func (a *Aggregate) Children() []Node { return []Node{a.Input} }

// WithChildren replaces the input.
func (a *Aggregate) WithChildren(ch []Node) Node {
	n := *a
	n.Input = ch[0]
	return &n
}

// Expressions are groups, then aggregates.
func (a *Aggregate) Expressions() []expr.Expr {
	return append(exprsOf(a.Groups), exprsOf(a.Aggregates)...)
}

// WithExpressions replaces both.
func (a *Aggregate) WithExpressions(e []expr.Expr) Node {
	n := *a
	n.Groups, n.Aggregates = withExprs(a.Groups, e), withExprs(a.Aggregates, e[len(a.Groups):])
	return &n
}

// Output is the columns.
func (x *Expand) Output() []*expr.Column { return x.Columns }

// Children is the input.
func (x *Expand) Children() []Node { return []Node{x.Input} }

// WithChildren replaces the input.
func (x *Expand) WithChildren(ch []Node) Node {
	n := *x
	n.Input = ch[0]
	return &n
}

// Expressions are the projections, one after the other.
func (x *Expand) Expressions() []expr.Expr {
	var out []expr.Expr
	for _, p := range x.Projections {
		out = append(out, p...)
	}
	return out
}

// WithExpressions replaces the projections.
func (x *Expand) WithExpressions(e []expr.Expr) Node {
	n := *x
	n.Projections = make([][]expr.Expr, len(x.Projections))
	for i, p := range x.Projections {
		n.Projections[i], e = e[:len(p):len(p)], e[len(p):]
	}
	return &n
}

// Output is the input's, then the functions.
func (w *Window) Output() []*expr.Column {
	return append(append([]*expr.Column{}, w.Input.Output()...), outs(w.Functions)...)
}

// Children is the input.
func (w *Window) Children() []Node { return []Node{w.Input} }

// WithChildren replaces the input.
func (w *Window) WithChildren(ch []Node) Node {
	n := *w
	n.Input = ch[0]
	return &n
}

// Expressions are the functions.
func (w *Window) Expressions() []expr.Expr { return exprsOf(w.Functions) }

// WithExpressions replaces the functions.
func (w *Window) WithExpressions(e []expr.Expr) Node {
	n := *w
	n.Functions = withExprs(w.Functions, e)
	return &n
}

// Output is the input's.
func (s *Sort) Output() []*expr.Column { return s.Input.Output() }

// Children is the input.
func (s *Sort) Children() []Node { return []Node{s.Input} }

// WithChildren replaces the input.
func (s *Sort) WithChildren(ch []Node) Node {
	n := *s
	n.Input = ch[0]
	return &n
}

// Expressions are the keys.
func (s *Sort) Expressions() []expr.Expr { return keyExprs(s.Keys) }

// WithExpressions replaces the keys.
func (s *Sort) WithExpressions(e []expr.Expr) Node {
	n := *s
	n.Keys = withKeys(s.Keys, e)
	return &n
}

// Output is the input's.
func (t *TopN) Output() []*expr.Column { return t.Input.Output() }

// Children is the input.
func (t *TopN) Children() []Node { return []Node{t.Input} }

// WithChildren replaces the input.
func (t *TopN) WithChildren(ch []Node) Node {
	n := *t
	n.Input = ch[0]
	return &n
}

// Expressions are the keys.
func (t *TopN) Expressions() []expr.Expr { return keyExprs(t.Keys) }

// WithExpressions replaces the keys.
func (t *TopN) WithExpressions(e []expr.Expr) Node {
	n := *t
	n.Keys = withKeys(t.Keys, e)
	return &n
}

// Output is the input's.
func (l *Limit) Output() []*expr.Column { return l.Input.Output() }

// Children is the input.
func (l *Limit) Children() []Node { return []Node{l.Input} }

// WithChildren replaces the input.
func (l *Limit) WithChildren(ch []Node) Node {
	n := *l
	n.Input = ch[0]
	return &n
}

// Expressions are none.
func (l *Limit) Expressions() []expr.Expr { return nil }

// WithExpressions is l.
func (l *Limit) WithExpressions([]expr.Expr) Node {
	return l
}

// Output is the input's.
func (d *Distinct) Output() []*expr.Column { return d.Input.Output() }

// Children is the input.
func (d *Distinct) Children() []Node { return []Node{d.Input} }

// WithChildren replaces the input.
func (d *Distinct) WithChildren(ch []Node) Node {
	n := *d
	n.Input = ch[0]
	return &n
}

// Expressions are none.
func (d *Distinct) Expressions() []expr.Expr { return nil }

// WithExpressions is d.
func (d *Distinct) WithExpressions([]expr.Expr) Node {
	return d
}

// Output is the input's.
func (s *Sample) Output() []*expr.Column { return s.Input.Output() }

// Children is the input.
func (s *Sample) Children() []Node { return []Node{s.Input} }

// WithChildren replaces the input.
func (s *Sample) WithChildren(ch []Node) Node {
	n := *s
	n.Input = ch[0]
	return &n
}

// Expressions are none.
func (s *Sample) Expressions() []expr.Expr { return nil }

// WithExpressions is s.
func (s *Sample) WithExpressions([]expr.Expr) Node {
	return s
}

// Output is the input's, then what is generated.
func (g *Generate) Output() []*expr.Column {
	return append(append([]*expr.Column{}, g.Input.Output()...), g.Columns...)
}

// Children is the input.
func (g *Generate) Children() []Node { return []Node{g.Input} }

// WithChildren replaces the input.
func (g *Generate) WithChildren(ch []Node) Node {
	n := *g
	n.Input = ch[0]
	return &n
}

// Expressions are the arguments.
func (g *Generate) Expressions() []expr.Expr { return g.Args }

// WithExpressions replaces the arguments.
func (g *Generate) WithExpressions(e []expr.Expr) Node {
	n := *g
	n.Args = e
	return &n
}

// Output is the input's.
func (r *Repartition) Output() []*expr.Column { return r.Input.Output() }

// Children is the input.
func (r *Repartition) Children() []Node { return []Node{r.Input} }

// WithChildren replaces the input.
func (r *Repartition) WithChildren(ch []Node) Node {
	n := *r
	n.Input = ch[0]
	return &n
}

// Expressions are the keys.
func (r *Repartition) Expressions() []expr.Expr { return r.Keys }

// WithExpressions replaces the keys.
func (r *Repartition) WithExpressions(e []expr.Expr) Node {
	n := *r
	n.Keys = e
	return &n
}

// Output is that of both sides, of the left alone for semi and anti joins; the side an outer join may fill with NULLs is nullable.
func (j *Join) Output() []*expr.Column {
	left := j.Left.Output()
	switch j.Kind {
	case LeftSemi, LeftAnti:
		return left
	case Mark:
		return append(append([]*expr.Column{}, left...), j.MarkColumn)
	}
	right := j.Right.Output()
	out := make([]*expr.Column, 0, len(left)+len(right))
	for _, c := range left {
		if j.Kind == RightOuter || j.Kind == FullOuter {
			c = c.AsNullable()
		}
		out = append(out, c)
	}
	for _, c := range right {
		if j.Kind == LeftOuter || j.Kind == FullOuter || j.Kind == Single {
			c = c.AsNullable()
		}
		out = append(out, c)
	}
	return out
}

// Children are left and right.
func (j *Join) Children() []Node { return []Node{j.Left, j.Right} }

// WithChildren replaces left and right.
func (j *Join) WithChildren(ch []Node) Node {
	n := *j
	n.Left, n.Right = ch[0], ch[1]
	return &n
}

// Expressions is the condition, if there is one.
func (j *Join) Expressions() []expr.Expr {
	if j.Condition == nil {
		return nil
	}
	return []expr.Expr{j.Condition}
}

// WithExpressions replaces the condition.
func (j *Join) WithExpressions(e []expr.Expr) Node {
	n := *j
	if len(e) > 0 {
		n.Condition = e[0]
	}
	return &n
}

// Output lists the columns.
func (s *SetOp) Output() []*expr.Column { return s.Columns }

// Children are the inputs.
func (s *SetOp) Children() []Node { return s.Inputs }

// WithChildren replaces the inputs.
func (s *SetOp) WithChildren(ch []Node) Node {
	n := *s
	n.Inputs = ch
	return &n
}

// Expressions are none.
func (s *SetOp) Expressions() []expr.Expr { return nil }

// WithExpressions is s.
func (s *SetOp) WithExpressions([]expr.Expr) Node { return s }
