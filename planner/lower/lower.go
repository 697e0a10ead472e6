// Package lower turns a logical plan into a physical one.
//
// In: an optimized logical plan, whose expressions name columns by ID. Out: a physical plan, whose expressions name them
// by position, with the operators chosen: equal keys of joins found, DISTINCT aggregates split, set operations made of
// joins and aggregates, scalar subqueries put before the plan. Columns that nobody reads are left out on the way, and
// projections that only rename vanish.
package lower

import (
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/planner/physical"
	"github.com/argan-sql/argan/sqlerr"
)

// Lower makes the physical plan; its columns are those of node.Output(), in order.
func Lower(node logical.Node, ctx *function.Context) (physical.Node, error) {
	l := &lowerer{ctx: ctx, scalars: map[expr.ID]int{}}
	plan, err := l.exact(node)
	if err != nil {
		return nil, err
	}
	if len(l.subqueries) == 0 && len(l.ctes) == 0 {
		return plan, nil
	}
	return &physical.Root{Subqueries: l.subqueries, CTEs: l.ctes, Input: plan}, nil
}

// lowerer keeps what is put before the plan.
type lowerer struct {
	ctx        *function.Context
	subqueries []physical.Node
	ctes       []*physical.CTE
	scalars    map[expr.ID]int // subquery number by the ID of a shared scalar subquery
	// scope is added to the numbers of runtime filters, which start anew in every subquery.
	scope, scopes int
}

// filterScope is more than the runtime filters of one query.
const filterScope = 1 << 20

// filter is the plan's own number of a runtime filter; 0 is none.
func (l *lowerer) filter(number int) int {
	if number == 0 {
		return 0
	}
	return number + l.scope
}

// input is a lowered node: the plan, and where in its output the columns of the logical node are.
type input struct {
	plan physical.Node
	at   map[expr.ID]int
}

// ids is a set of columns that are read above a node; nil stands for all.
type ids map[expr.ID]bool

func (s ids) has(id expr.ID) bool { return s == nil || s[id] }

// with is the set with the columns of expressions added.
func (s ids) with(es ...expr.Expr) ids {
	if s == nil {
		return nil
	}
	out := make(ids, len(s))
	for id := range s {
		out[id] = true
	}
	return out.add(es...)
}

// add puts the columns of expressions into the set, which must not be nil.
func (s ids) add(es ...expr.Expr) ids {
	for _, e := range es {
		if e != nil {
			expr.Columns(e, s)
		}
	}
	return s
}

func columnIDs(cols []*expr.Column) ids {
	out := ids{}
	for _, c := range cols {
		out[c.ID] = true
	}
	return out
}

// exact lowers a node so that its output is just node.Output(), in order.
func (l *lowerer) exact(node logical.Node) (physical.Node, error) {
	cols := node.Output()
	in, err := l.lower(node, columnIDs(cols))
	if err != nil {
		return nil, err
	}
	return in.pick(cols)
}

// pick projects to the given columns, if the plan does not give just them.
func (in input) pick(cols []*expr.Column) (physical.Node, error) {
	same := len(cols) == len(in.plan.Output())
	exprs := make([]expr.Expr, len(cols))
	out := make([]physical.Column, len(cols))
	for i, c := range cols {
		o, err := in.ordinal(c)
		if err != nil {
			return nil, err
		}
		same = same && o.Index == i
		exprs[i] = o
		out[i] = physical.Column{Name: c.Name, Type: c.T, Null: c.Null}
	}
	if same {
		return in.plan, nil
	}
	return &physical.Project{Exprs: exprs, Columns: out, Input: in.plan}, nil
}

func (in input) ordinal(c *expr.Column) (*expr.Ordinal, error) {
	i, ok := in.at[c.ID]
	if !ok {
		return nil, sqlerr.Internal("column %s is not among the inputs of its operator", c.Name)
	}
	return &expr.Ordinal{Index: i, Name: c.Name, T: c.T, Null: c.Null}, nil
}

// resolve turns the columns of an expression into positions, and its scalar subqueries into references.
func (l *lowerer) resolve(e expr.Expr, at map[expr.ID]int) (expr.Expr, error) {
	if e == nil {
		return nil, nil
	}
	var failed error
	out := expr.Transform(e, func(x expr.Expr) expr.Expr {
		if failed != nil {
			return x
		}
		switch x := x.(type) {
		case *expr.Column:
			o, err := input{at: at}.ordinal(x)
			if err != nil {
				failed = err
				return x
			}
			return o
		case *expr.Subquery:
			ref, err := l.scalar(x)
			if err != nil {
				failed = err
				return x
			}
			return ref
		}
		return x
	})
	return out, failed
}

func (l *lowerer) resolveAll(es []expr.Expr, at map[expr.ID]int) ([]expr.Expr, error) {
	out := make([]expr.Expr, len(es))
	for i, e := range es {
		r, err := l.resolve(e, at)
		if err != nil {
			return nil, err
		}
		out[i] = r
	}
	return out, nil
}

func (l *lowerer) resolveKeys(keys []expr.SortKey, at map[expr.ID]int) ([]physical.SortKey, error) {
	out := make([]physical.SortKey, len(keys))
	for i, k := range keys {
		e, err := l.resolve(k.Expr, at)
		if err != nil {
			return nil, err
		}
		out[i] = physical.SortKey{Expr: e, Desc: k.Desc, NullsFirst: k.NullsFirst}
	}
	return out, nil
}

// scalar puts a scalar subquery before the plan.
func (l *lowerer) scalar(s *expr.Subquery) (expr.Expr, error) {
	node, ok := s.Plan.(logical.Node)
	switch {
	case !ok:
		return nil, sqlerr.Internal("a subquery without a plan")
	case s.Kind == expr.InSubquery:
		return nil, sqlerr.Unsupported("IN (subquery) in this place")
	case s.Kind == expr.ExistsSubquery:
		return nil, sqlerr.Unsupported("EXISTS (subquery) in this place")
	}
	if i, ok := l.scalars[s.ID]; ok && s.ID != 0 {
		return &physical.ScalarRef{Index: i, T: s.Type()}, nil
	}
	outer := l.scope
	l.scopes++
	l.scope = l.scopes * filterScope
	plan, err := l.exact(node)
	l.scope = outer
	if err != nil {
		return nil, err
	}
	l.subqueries = append(l.subqueries, plan)
	i := len(l.subqueries) - 1
	if s.ID != 0 {
		l.scalars[s.ID] = i
	}
	return &physical.ScalarRef{Index: i, T: s.Type()}, nil
}

// column describes a logical column in a physical output.
func column(c *expr.Column) physical.Column {
	return physical.Column{Name: c.Name, Type: c.T, Null: c.Null}
}

// lower turns a node into its operator; need are the columns that are read above it.
func (l *lowerer) lower(node logical.Node, need ids) (input, error) {
	switch n := node.(type) {
	case *logical.Scan:
		return l.scan(n, need)
	case *logical.Values:
		return l.values(n)
	case *logical.Batches:
		cols := make([]physical.Column, len(n.Columns))
		for i, c := range n.Columns {
			cols[i] = column(c)
		}
		return input{&physical.Batches{Columns: cols, Data: n.Data, Label: n.Name}, positions(n.Columns)}, nil
	case *logical.Range:
		return input{&physical.Range{Column: n.Column.Name, Start: n.Start, End: n.End, Step: n.Step}, map[expr.ID]int{n.Column.ID: 0}}, nil
	case *logical.Project:
		return l.project(n, need)
	case *logical.Filter:
		return l.filtered(n, need)
	case *logical.Join:
		return l.join(n, need)
	case *logical.Aggregate:
		return l.aggregate(n, need)
	case *logical.Expand:
		return l.expand(n, need)
	case *logical.Window:
		return l.window(n, need)
	case *logical.Sort:
		in, keys, err := l.sorted(n.Input, n.Keys, need)
		if err != nil {
			return input{}, err
		}
		return input{&physical.Sort{Keys: keys, Input: in.plan}, in.at}, nil
	case *logical.TopN:
		in, keys, err := l.sorted(n.Input, n.Keys, need)
		if err != nil {
			return input{}, err
		}
		return input{&physical.TopN{Keys: keys, Count: n.Count, Offset: n.Offset, Input: in.plan}, in.at}, nil
	case *logical.Limit:
		in, err := l.lower(n.Input, need)
		if err != nil {
			return input{}, err
		}
		return input{&physical.Limit{Count: n.Count, Offset: n.Offset, Input: in.plan}, in.at}, nil
	case *logical.Distinct:
		return l.distinct(n.Input)
	case *logical.SetOp:
		return l.setOp(n, need)
	case *logical.Generate:
		return l.generate(n, need)
	case *logical.Sample:
		in, err := l.lower(n.Input, need)
		if err != nil {
			return input{}, err
		}
		return input{&physical.Sample{From: n.From, To: n.To, Seed: n.Seed, Input: in.plan}, in.at}, nil
	case *logical.Repartition:
		return l.lower(n.Input, need)
	case *logical.CTE:
		plan, err := l.exact(n.Query)
		if err != nil {
			return input{}, err
		}
		l.ctes = append(l.ctes, &physical.CTE{ID: n.ID, Label: n.Name, Query: plan})
		return l.lower(n.Input, need)
	case *logical.CTERef:
		ref := &physical.CTERef{ID: n.ID, Label: n.Name}
		at := map[expr.ID]int{}
		for i, c := range n.Columns {
			if need.has(c.ID) {
				at[c.ID] = len(ref.Kept)
				ref.Kept = append(ref.Kept, i)
				ref.Columns = append(ref.Columns, column(c))
			}
		}
		return input{ref, at}, nil
	}
	return input{}, sqlerr.Unsupported("the operator %T", node)
}

func positions(cols []*expr.Column) map[expr.ID]int {
	at := make(map[expr.ID]int, len(cols))
	for i, c := range cols {
		at[c.ID] = i
	}
	return at
}

func (l *lowerer) scan(n *logical.Scan, need ids) (input, error) {
	all := need.with(n.Filters...)
	for _, r := range n.Runtime {
		if all != nil {
			all[r.Column.ID] = true
		}
	}
	s := &physical.Scan{Snapshot: n.Snapshot, Predicate: n.Predicate, Limit: n.Limit}
	if n.Table != nil {
		s.Table = n.Table.Name()
	}
	at := map[expr.ID]int{}
	for i, c := range n.Columns {
		if all.has(c.ID) {
			at[c.ID] = len(s.Columns)
			s.Columns = append(s.Columns, column(c))
			s.Fields = append(s.Fields, n.Fields[i])
		}
	}
	var err error
	if s.Filters, err = l.resolveAll(n.Filters, at); err != nil {
		return input{}, err
	}
	for _, r := range n.Runtime {
		if i, ok := at[r.Column.ID]; ok {
			s.Runtime = append(s.Runtime, physical.RuntimeFilter{Source: l.filter(r.Source), Column: i})
		}
	}
	return input{s, at}, nil
}

func (l *lowerer) values(n *logical.Values) (input, error) {
	v := &physical.Values{}
	for _, c := range n.Columns {
		v.Columns = append(v.Columns, column(c))
	}
	for _, row := range n.Rows {
		r, err := l.resolveAll(row, nil)
		if err != nil {
			return input{}, err
		}
		v.Rows = append(v.Rows, r)
	}
	return input{v, positions(n.Columns)}, nil
}

func (l *lowerer) project(n *logical.Project, need ids) (input, error) {
	below := ids{}
	renames := true
	for _, e := range n.Exprs {
		if need.has(e.Out.ID) {
			below.add(e.Expr)
			if _, ok := e.Expr.(*expr.Column); !ok {
				renames = false
			}
		}
	}
	in, err := l.lower(n.Input, below)
	if err != nil {
		return input{}, err
	}
	if renames {
		at := map[expr.ID]int{}
		for _, e := range n.Exprs {
			if need.has(e.Out.ID) {
				o, err := in.ordinal(e.Expr.(*expr.Column))
				if err != nil {
					return input{}, err
				}
				at[e.Out.ID] = o.Index
			}
		}
		return input{in.plan, at}, nil
	}
	p := &physical.Project{Input: in.plan}
	at := map[expr.ID]int{}
	for _, e := range n.Exprs {
		if !need.has(e.Out.ID) {
			continue
		}
		r, err := l.resolve(e.Expr, in.at)
		if err != nil {
			return input{}, err
		}
		at[e.Out.ID] = len(p.Exprs)
		p.Exprs = append(p.Exprs, r)
		p.Columns = append(p.Columns, column(e.Out))
	}
	return input{p, at}, nil
}

func (l *lowerer) filtered(n *logical.Filter, need ids) (input, error) {
	if w, rest, ok := firstOnly(n); ok {
		return l.groupLimit(w, rest, need)
	}
	in, err := l.lower(n.Input, need.with(n.Condition))
	if err != nil {
		return input{}, err
	}
	conditions, err := l.resolveAll(expr.Terms(n.Condition), in.at)
	if err != nil {
		return input{}, err
	}
	return input{&physical.Filter{Conditions: conditions, Input: in.plan}, in.at}, nil
}

func (l *lowerer) sorted(node logical.Node, keys []expr.SortKey, need ids) (input, []physical.SortKey, error) {
	for _, k := range keys {
		need = need.with(k.Expr)
	}
	in, err := l.lower(node, need)
	if err != nil {
		return input{}, nil, err
	}
	resolved, err := l.resolveKeys(keys, in.at)
	return in, resolved, err
}

func (l *lowerer) expand(n *logical.Expand, need ids) (input, error) {
	below := ids{}
	for _, p := range n.Projections {
		for i, e := range p {
			if need.has(n.Columns[i].ID) {
				below.add(e)
			}
		}
	}
	in, err := l.lower(n.Input, below)
	if err != nil {
		return input{}, err
	}
	out := &physical.Expand{Input: in.plan}
	at := map[expr.ID]int{}
	for _, c := range n.Columns {
		if need.has(c.ID) {
			at[c.ID] = len(out.Columns)
			out.Columns = append(out.Columns, column(c))
		}
	}
	for _, p := range n.Projections {
		row := make([]expr.Expr, 0, len(out.Columns))
		for i, e := range p {
			if need.has(n.Columns[i].ID) {
				r, err := l.resolve(e, in.at)
				if err != nil {
					return input{}, err
				}
				row = append(row, r)
			}
		}
		out.Projections = append(out.Projections, row)
	}
	return input{out, at}, nil
}

func (l *lowerer) generate(n *logical.Generate, need ids) (input, error) {
	in, err := l.lower(n.Input, need.with(n.Args...))
	if err != nil {
		return input{}, err
	}
	g := &physical.Generate{Bound: n.Bound, Outer: n.Outer, Input: in.plan}
	if g.Args, err = l.resolveAll(n.Args, in.at); err != nil {
		return input{}, err
	}
	at := map[expr.ID]int{}
	cols := in.plan.Output()
	placed := map[int]int{}
	for _, c := range n.Input.Output() {
		i, ok := in.at[c.ID]
		if !ok || !need.has(c.ID) {
			continue
		}
		if _, twice := placed[i]; !twice {
			placed[i] = len(g.Kept)
			g.Kept = append(g.Kept, i)
			g.Columns = append(g.Columns, cols[i])
		}
		at[c.ID] = placed[i]
	}
	for i, c := range n.Columns {
		if need.has(c.ID) {
			at[c.ID] = len(g.Columns)
			g.Generated = append(g.Generated, i)
			g.Columns = append(g.Columns, column(c))
		}
	}
	return input{g, at}, nil
}

func (l *lowerer) window(n *logical.Window, need ids) (input, error) {
	below := need.with()
	for _, f := range n.Functions {
		if need.has(f.Out.ID) {
			below = below.with(f.Expr.Children()...)
		}
	}
	in, err := l.lower(n.Input, below)
	if err != nil {
		return input{}, err
	}
	w := &physical.Window{Input: in.plan, Columns: append([]physical.Column{}, in.plan.Output()...)}
	at := map[expr.ID]int{}
	for id, i := range in.at {
		at[id] = i
	}
	for _, f := range n.Functions {
		if !need.has(f.Out.ID) {
			continue
		}
		e, ok := f.Expr.(*expr.Window)
		if !ok {
			return input{}, sqlerr.Internal("a window node computes %T", f.Expr)
		}
		if len(w.Calls) == 0 {
			if w.Partition, err = l.resolveAll(e.PartitionBy, in.at); err != nil {
				return input{}, err
			}
			if w.Order, err = l.resolveKeys(e.OrderBy, in.at); err != nil {
				return input{}, err
			}
		}
		call := physical.WindowCall{Function: e.Function, Frame: e.Frame, Text: e.String()}
		if e.Aggregate != nil {
			a, err := l.call(e.Aggregate, in.at)
			if err != nil {
				return input{}, err
			}
			call.Aggregate = &a
		} else if call.Args, err = l.resolveAll(e.Args, in.at); err != nil {
			return input{}, err
		}
		w.Calls = append(w.Calls, call)
		at[f.Out.ID] = len(w.Columns)
		w.Columns = append(w.Columns, column(f.Out))
	}
	if len(w.Calls) == 0 {
		return in, nil
	}
	return input{w, at}, nil
}
