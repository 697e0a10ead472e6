package analyzer

import (
	"strings"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// timeWindow is window(…) or session_window(…) in GROUP BY: a column of the FROM clause, as far as the rest of the select
// is concerned.
type timeWindow struct {
	call   *ast.Call
	column *expr.Column
}

// timeWindows finds the time windows of GROUP BY and puts their columns under the select.
func (s *selection) timeWindows() error {
	if s.sel.GroupBy == nil {
		return nil
	}
	for _, it := range s.sel.GroupBy.Items {
		for _, x := range it.Exprs {
			if a, ok := x.(*ast.Alias); ok {
				x = a.Expr
			}
			c, ok := x.(*ast.Call)
			if !ok || len(c.Name.Parts) != 1 || len(c.Args) < 2 {
				continue
			}
			var err error
			switch strings.ToLower(c.Name.Last()) {
			case "window":
				err = s.timeWindow(c)
			case "session_window":
				err = s.sessionWindow(c)
			}
			if err != nil {
				return at(err, c.Pos())
			}
		}
	}
	return nil
}

// timeWindow adds the column of window(ts, size[, slide[, start]]): windows that overlap give a row each.
func (s *selection) timeWindow(c *ast.Call) error {
	if s.timeColumn(c) != nil {
		return nil
	}
	r := s.a.over(s.in, s.b)
	args, err := r.args(c.Args)
	if err != nil {
		return err
	}
	present, err := s.a.isNull(args[0], true)
	if err != nil {
		return err
	}
	node := logical.Node(&logical.Filter{Condition: present, Input: s.in.node})
	var col *expr.Column
	if f := function.FindGenerator("window"); f != nil && len(args) > 2 {
		e, err := r.generator(c, f, "window")
		if err != nil {
			return err
		}
		g, err := s.a.generate(e.(*generated), node, nil, false, nil)
		if err != nil {
			return err
		}
		node, col = g, g.Columns[0]
	} else {
		e, err := s.a.scalar("window", args...)
		if err != nil {
			return err
		}
		col = logical.NewColumn("window", e.Type(), false)
		node = &logical.Project{Exprs: append(logical.PassAll(node.Output()), named(e, col)), Input: node}
	}
	s.addTimeColumn(c, col, node)
	return nil
}

func (s *selection) addTimeColumn(c *ast.Call, col *expr.Column, node logical.Node) {
	s.times = append(s.times, timeWindow{c, col})
	hidden := *col
	hidden.Hidden = true
	s.in = &scope{node: node, columns: append(append([]*expr.Column{}, s.in.columns...), &hidden)}
}

// timeColumn is the column of a time window that is written as c.
func (s *selection) timeColumn(c *ast.Call) *expr.Column {
	for _, t := range s.times {
		if ast.Equal(t.call, c) {
			return t.column
		}
	}
	return nil
}

// sessionWindow adds the column of session_window(ts, gap): rows of a group belong to one session until none comes for
// the gap. Sessions are found with window functions over the other keys of the GROUP BY.
func (s *selection) sessionWindow(c *ast.Call) error {
	if s.timeColumn(c) != nil {
		return nil
	}
	keys, err := s.otherKeys()
	if err != nil {
		return err
	}
	r := s.a.over(s.in, s.b)
	args, err := r.args(c.Args)
	if err != nil {
		return err
	}
	if len(args) != 2 {
		return wrongCount("session_window", 2, 2, len(args))
	}
	ts := args[0]
	if ts.Type().Kind != types.Timestamp && ts.Type().Kind != types.TimestampNTZ {
		if ts, err = s.a.coerce(ts, types.TimestampType); err != nil {
			return err
		}
	}
	gap, err := s.a.coerce(args[1], types.CalendarType)
	if args[1].Type().IsInterval() {
		gap, err = args[1], nil
	}
	if err != nil {
		return err
	}
	present, err := s.a.isNull(ts, true)
	if err != nil {
		return err
	}
	b := &sessionBuilder{a: s.a, keys: keys, node: &logical.Filter{Condition: present, Input: s.in.node}}
	col, err := b.build(ts, gap)
	if err != nil {
		return err
	}
	s.addTimeColumn(c, col, b.node)
	return nil
}

// otherKeys are the GROUP BY expressions that are no time windows.
func (s *selection) otherKeys() ([]expr.Expr, error) {
	var out []expr.Expr
	r := s.a.over(s.in, s.b)
	for _, it := range s.sel.GroupBy.Items {
		if it.Kind != ast.GroupExprs {
			return nil, sqlerr.Unsupported("session_window in grouping sets").At(it.Pos())
		}
		for _, x := range it.Exprs {
			if c, ok := x.(*ast.Call); ok && len(c.Name.Parts) == 1 && strings.EqualFold(c.Name.Last(), "session_window") {
				continue
			}
			if _, ok := position(x); ok {
				return nil, sqlerr.Unsupported("session_window beside a position in GROUP BY").At(x.Pos())
			}
			k, err := r.expr(x)
			if err != nil {
				return nil, err
			}
			out = append(out, k)
		}
	}
	return out, nil
}

// sessionBuilder stacks the steps that number sessions and find their bounds.
type sessionBuilder struct {
	a    *Analyzer
	keys []expr.Expr
	node logical.Node
}

func (b *sessionBuilder) project(name string, e expr.Expr) *expr.Column {
	col := logical.NewColumn(name, e.Type(), e.Nullable())
	b.node = &logical.Project{Exprs: append(logical.PassAll(b.node.Output()), named(e, col)), Input: b.node}
	return col
}

// over adds an aggregate over a window of the keys (and more), up to the current row or over the whole partition.
func (b *sessionBuilder) over(name string, arg expr.Expr, more []expr.Expr, order expr.Expr, to expr.FrameBound, from expr.FrameBound) (*expr.Column, error) {
	f := function.FindAggregate(name)
	if f == nil {
		return nil, sqlerr.Unsupported("session_window without the function %s", name)
	}
	g, err := b.a.bindAggregate(f, name, []expr.Expr{arg}, false, ast.NullsDefault, nil)
	if err != nil {
		return nil, err
	}
	w := &expr.Window{Aggregate: g, PartitionBy: append(append([]expr.Expr{}, b.keys...), more...), Frame: expr.Frame{Unit: expr.FrameRows, From: from, To: to}}
	if order != nil {
		w.OrderBy = []expr.SortKey{{Expr: order, NullsFirst: true}}
	}
	col := logical.NewColumn(name, w.Type(), true)
	b.node = &logical.Window{Functions: []logical.Named{named(w, col)}, Input: b.node}
	return col, nil
}

func (b *sessionBuilder) build(ts, gap expr.Expr) (*expr.Column, error) {
	first := expr.FrameBound{Kind: expr.UnboundedPreceding}
	last := expr.FrameBound{Kind: expr.UnboundedFollowing}
	before := expr.FrameBound{Kind: expr.Preceding, Offset: intLiteral(1)}
	sum, err := b.a.scalar("+", ts, gap)
	if err != nil {
		return nil, err
	}
	end := b.project("end", sum)
	reach, err := b.over("max", end, nil, ts, before, first)
	if err != nil {
		return nil, err
	}
	within, err := b.a.scalar("<=", ts, reach)
	if err != nil {
		return nil, err
	}
	starts := b.project("starts", &expr.Case{Whens: []expr.When{{Cond: within, Then: longLiteral(0)}}, Else: longLiteral(1)})
	session, err := b.over("sum", starts, nil, ts, expr.FrameBound{Kind: expr.CurrentRow}, first)
	if err != nil {
		return nil, err
	}
	from, err := b.over("min", ts, []expr.Expr{session}, nil, last, first)
	if err != nil {
		return nil, err
	}
	to, err := b.over("max", end, []expr.Expr{session}, nil, last, first)
	if err != nil {
		return nil, err
	}
	st, err := b.a.scalar("named_struct", stringLiteral("start"), from, stringLiteral("end"), to)
	if err != nil {
		return nil, err
	}
	return b.project("session_window", st), nil
}
