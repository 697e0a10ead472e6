package lower

import (
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/planner/physical"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

func (l *lowerer) setOp(n *logical.SetOp, need ids) (input, error) {
	if n.Kind == logical.Union {
		return l.union(n, need)
	}
	plan, err := l.exact(n.Inputs[0])
	if err != nil {
		return input{}, err
	}
	cols := make([]physical.Column, len(n.Columns))
	for i, c := range n.Columns {
		cols[i] = column(c)
	}
	for _, other := range n.Inputs[1:] {
		right, err := l.exact(other)
		if err != nil {
			return input{}, err
		}
		if n.All {
			plan, err = setCounts(n.Kind == logical.Except, cols, plan, right)
			if err != nil {
				return input{}, err
			}
			continue
		}
		plan = setJoin(n.Kind == logical.Except, cols, plan, right)
	}
	in := input{plan, positions(n.Columns)}
	if n.All {
		return in, nil
	}
	return in.group(n.Columns)
}

func ordinals(cols []physical.Column) []expr.Expr {
	out := make([]expr.Expr, len(cols))
	for i, c := range cols {
		out[i] = &expr.Ordinal{Index: i, Name: c.Name, T: c.Type, Null: c.Null}
	}
	return out
}

// setJoin is INTERSECT or EXCEPT before duplicates are dropped: a semi or anti join on all columns, NULL being equal to NULL.
func setJoin(except bool, cols []physical.Column, left, right physical.Node) physical.Node {
	j := &physical.HashJoin{
		Kind: logical.LeftSemi, Left: left, Right: right, LeftKeys: ordinals(left.Output()), RightKeys: ordinals(right.Output()),
		RuntimeFilters: make([]int, len(cols)), Columns: cols,
	}
	if except {
		j.Kind = logical.LeftAnti
	}
	for i := range cols {
		j.NullSafe = append(j.NullSafe, true)
		j.Kept = append(j.Kept, i)
	}
	return j
}

// setCounts is INTERSECT ALL or EXCEPT ALL: each row is counted on both sides.
func setCounts(except bool, cols []physical.Column, left, right physical.Node) (physical.Node, error) {
	count := function.FindAggregate("count")
	if count == nil {
		return nil, sqlerr.Internal("there is no count")
	}
	flag := physical.Column{Name: "flag", Type: types.BooleanType, Null: true}
	mark := func(in physical.Node, side int) physical.Node {
		yes := &expr.Literal{Value: vector.ConstOf(types.BooleanType, true, 1)}
		no := &expr.Literal{Value: vector.NullConst(types.BooleanType, 1)}
		flags := []expr.Expr{yes, no}
		if side == 1 {
			flags = []expr.Expr{no, yes}
		}
		return &physical.Project{Exprs: append(ordinals(in.Output()), flags...), Columns: append(append([]physical.Column{}, cols...), flag, flag), Input: in}
	}
	u := &physical.Union{Inputs: []physical.Node{mark(left, 0), mark(right, 1)}, Columns: append(append([]physical.Column{}, cols...), flag, flag)}
	agg := &physical.HashAggregate{Keys: ordinals(cols), Rows: -1, Groups: -1, Input: u, Columns: append([]physical.Column{}, cols...)}
	for side := range 2 {
		b, err := count.Bind([]function.Arg{{Type: types.BooleanType, Nullable: true}}, false, false)
		if err != nil {
			return nil, err
		}
		agg.Aggregates = append(agg.Aggregates, physical.AggregateCall{
			Bound: b, Text: "count(flag)",
			Args: []expr.Expr{&expr.Ordinal{Index: len(cols) + side, Name: "flag", T: types.BooleanType, Null: true}},
		})
		agg.Columns = append(agg.Columns, physical.Column{Name: "count", Type: types.LongType})
	}
	return &physical.SetCounts{Except: except, Columns: cols, Input: agg}, nil
}

func (l *lowerer) union(n *logical.SetOp, need ids) (input, error) {
	u := &physical.Union{}
	at := map[expr.ID]int{}
	var picked []int
	for i, c := range n.Columns {
		if need.has(c.ID) {
			at[c.ID] = len(picked)
			picked = append(picked, i)
			u.Columns = append(u.Columns, column(c))
		}
	}
	for _, node := range n.Inputs {
		out := node.Output()
		cols := make([]*expr.Column, len(picked))
		for k, i := range picked {
			cols[k] = out[i]
		}
		in, err := l.lower(node, columnIDs(cols))
		if err != nil {
			return input{}, err
		}
		plan, err := in.pick(cols)
		if err != nil {
			return input{}, err
		}
		u.Inputs = append(u.Inputs, plan)
	}
	return input{u, at}, nil
}
