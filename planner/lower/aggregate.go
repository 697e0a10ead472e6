package lower

import (
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/planner/physical"
	"github.com/argan-sql/argan/sqlerr"
)

func (l *lowerer) call(a *expr.Aggregate, at map[expr.ID]int) (physical.AggregateCall, error) {
	c := physical.AggregateCall{Bound: a.Bound, Distinct: a.Distinct && !a.Bound.Function.IgnoresDistinct, Text: a.String()}
	var err error
	if c.Args, err = l.resolveAll(a.Args, at); err != nil {
		return c, err
	}
	c.Filter, err = l.resolve(a.Filter, at)
	return c, err
}

func (l *lowerer) aggregate(n *logical.Aggregate, need ids) (input, error) {
	below := ids{}
	for _, g := range n.Groups {
		below.add(g.Expr)
	}
	for _, a := range n.Aggregates {
		if need.has(a.Out.ID) {
			below.add(a.Expr)
		}
	}
	in, err := l.lower(n.Input, below)
	if err != nil {
		return input{}, err
	}
	agg := &physical.HashAggregate{Global: len(n.Groups) == 0, Rows: -1, Groups: -1, Input: in.plan}
	at := map[expr.ID]int{}
	for _, g := range n.Groups {
		e, err := l.resolve(g.Expr, in.at)
		if err != nil {
			return input{}, err
		}
		at[g.Out.ID] = len(agg.Columns)
		agg.Keys = append(agg.Keys, e)
		agg.Columns = append(agg.Columns, column(g.Out))
	}
	for _, a := range n.Aggregates {
		if !need.has(a.Out.ID) {
			continue
		}
		e, ok := a.Expr.(*expr.Aggregate)
		if !ok {
			return input{}, sqlerr.Internal("an aggregate node computes %T", a.Expr)
		}
		c, err := l.call(e, in.at)
		if err != nil {
			return input{}, err
		}
		at[a.Out.ID] = len(agg.Columns)
		agg.Aggregates = append(agg.Aggregates, c)
		agg.Columns = append(agg.Columns, column(a.Out))
	}
	return input{twoPhases(agg), at}, nil
}

// twoPhases splits an aggregate all of whose functions are DISTINCT over the same arguments: first the distinct
// combinations of keys and arguments, which many workers find side by side and spill if they must, then the functions
// over them. Other DISTINCT aggregates are computed by one operator with a set per function.
func twoPhases(a *physical.HashAggregate) physical.Node {
	if len(a.Aggregates) == 0 {
		return a
	}
	first := a.Aggregates[0]
	for _, c := range a.Aggregates {
		if !c.Distinct || c.Filter != nil || !sameExprs(c.Args, first.Args) {
			return a
		}
	}
	k := len(a.Keys)
	inner := &physical.HashAggregate{Keys: append(append([]expr.Expr{}, a.Keys...), first.Args...), Rows: a.Rows, Groups: -1, Input: a.Input}
	for i, e := range inner.Keys {
		name := e.String()
		if i < k {
			name = a.Columns[i].Name
		}
		inner.Columns = append(inner.Columns, physical.ColumnOf(name, e))
	}
	outer := &physical.HashAggregate{Columns: a.Columns, Global: a.Global, Rows: -1, Groups: a.Groups, Input: inner}
	ordinal := func(i int) expr.Expr {
		c := inner.Columns[i]
		return &expr.Ordinal{Index: i, Name: c.Name, T: c.Type, Null: c.Null}
	}
	for i := range a.Keys {
		outer.Keys = append(outer.Keys, ordinal(i))
	}
	for _, c := range a.Aggregates {
		call := physical.AggregateCall{Bound: c.Bound, Text: c.Text}
		for i := range c.Args {
			call.Args = append(call.Args, ordinal(k+i))
		}
		outer.Aggregates = append(outer.Aggregates, call)
	}
	return outer
}

// sameExprs says whether two lists of resolved expressions are columns at the same positions, or the same expressions.
func sameExprs(a, b []expr.Expr) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !expr.Equal(a[i], b[i]) {
			return false
		}
	}
	return true
}

// distinct drops duplicate rows by grouping on all columns.
func (l *lowerer) distinct(node logical.Node) (input, error) {
	cols := node.Output()
	in, err := l.lower(node, columnIDs(cols))
	if err != nil {
		return input{}, err
	}
	return in.group(cols)
}

// group groups by columns alone.
func (in input) group(cols []*expr.Column) (input, error) {
	agg := &physical.HashAggregate{Rows: -1, Groups: -1, Input: in.plan}
	at := map[expr.ID]int{}
	placed := map[int]int{}
	for _, c := range cols {
		o, err := in.ordinal(c)
		if err != nil {
			return input{}, err
		}
		if _, twice := placed[o.Index]; !twice {
			placed[o.Index] = len(agg.Keys)
			agg.Keys = append(agg.Keys, o)
			agg.Columns = append(agg.Columns, column(c))
		}
		at[c.ID] = placed[o.Index]
	}
	if len(agg.Keys) == 0 {
		// Rows without columns are all equal: at most one is left.
		return input{&physical.Limit{Count: 1, Input: in.plan}, at}, nil
	}
	return input{agg, at}, nil
}
