package lower

import (
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/planner/physical"
)

// firstOnly finds a filter that leaves of a window's rows only those numbered one, and the other conditions it has.
func firstOnly(n *logical.Filter) (w *logical.Window, rest []expr.Expr, ok bool) {
	w, ok = n.Input.(*logical.Window)
	if !ok || len(w.Functions) != 1 {
		return nil, nil, false
	}
	e, ok := w.Functions[0].Expr.(*expr.Window)
	if !ok || e.Function == nil || e.Function.Function.Name != "row_number" || len(e.PartitionBy) == 0 {
		return nil, nil, false
	}
	found := false
	for _, t := range expr.Terms(n.Condition) {
		if isFirst(t, w.Functions[0].Out.ID) {
			found = true
		} else {
			rest = append(rest, t)
		}
	}
	return w, rest, found
}

// bounds are the comparisons of a row's number with a constant that only the first row passes.
var bounds = map[string]int32{"=": 1, "==": 1, "<=>": 1, "<=": 1, "<": 2}

// reversed are comparisons with their sides changed.
var reversed = map[string]string{"=": "=", "==": "==", "<=>": "<=>", ">=": "<=", ">": "<"}

func isFirst(e expr.Expr, number expr.ID) bool {
	c, ok := e.(*expr.Call)
	if !ok || len(c.Args) != 2 {
		return false
	}
	name := c.Bound.Function.Name
	for side := range 2 {
		col, isColumn := c.Args[side].(*expr.Column)
		lit, isLiteral := c.Args[1-side].(*expr.Literal)
		if !isColumn || !isLiteral || col.ID != number {
			continue
		}
		if side == 1 {
			if name, ok = reversed[name]; !ok {
				return false
			}
		}
		bound, ok := bounds[name]
		value, isInt := lit.Value.Value(0).(int32)
		return ok && isInt && value == bound
	}
	return false
}

// groupLimit lowers row_number() = 1: the first row of each group, whose number, if anybody reads it, is one.
func (l *lowerer) groupLimit(n *logical.Window, rest []expr.Expr, need ids) (input, error) {
	out := n.Functions[0].Out
	e := n.Functions[0].Expr.(*expr.Window)
	below := need.with(rest...).with(e.PartitionBy...)
	for _, k := range e.OrderBy {
		below = below.with(k.Expr)
	}
	in, err := l.lower(n.Input, below)
	if err != nil {
		return input{}, err
	}
	limit := &physical.WindowGroupLimit{Input: in.plan}
	if limit.Partition, err = l.resolveAll(e.PartitionBy, in.at); err != nil {
		return input{}, err
	}
	if limit.Order, err = l.resolveKeys(e.OrderBy, in.at); err != nil {
		return input{}, err
	}
	in.plan = limit
	numbered := need.has(out.ID)
	for _, t := range rest {
		numbered = numbered || ids{}.add(t)[out.ID]
	}
	if numbered {
		in = withConstant(in, out)
	}
	if len(rest) == 0 {
		return in, nil
	}
	conditions, err := l.resolveAll(rest, in.at)
	if err != nil {
		return input{}, err
	}
	return input{&physical.Filter{Conditions: conditions, Input: in.plan}, in.at}, nil
}

// withConstant adds a column that is one.
func withConstant(in input, c *expr.Column) input {
	cols := in.plan.Output()
	p := &physical.Project{Input: in.plan}
	for i, col := range cols {
		p.Exprs = append(p.Exprs, &expr.Ordinal{Index: i, Name: col.Name, T: col.Type, Null: col.Null})
		p.Columns = append(p.Columns, col)
	}
	at := map[expr.ID]int{}
	for id, i := range in.at {
		at[id] = i
	}
	at[c.ID] = len(cols)
	p.Exprs = append(p.Exprs, expr.NewLiteral(c.T, int32(1)))
	p.Columns = append(p.Columns, column(c))
	return input{p, at}
}
