package optimizer

import (
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
)

// addRuntimeFilters lets the keys of a join's build side bound the scan of its probe side: rows without a partner are dropped
// where they are read. It is right only where the join drops them too, so not for the preserved side of an outer join, nor for
// anti joins; and the path from the join to the scan must keep or drop rows by themselves (no LIMIT, no window).
func addRuntimeFilters(n logical.Node, _ *Options) (logical.Node, error) {
	r := &runtimeFilters{est: newEstimator()}
	return r.visit(n), nil
}

type runtimeFilters struct {
	est  *estimator
	last int
}

func (r *runtimeFilters) visit(n logical.Node) logical.Node {
	ch := n.Children()
	out := make([]logical.Node, len(ch))
	changed := false
	for i, c := range ch {
		out[i] = r.visit(c)
		changed = changed || out[i] != c
	}
	if changed {
		n = n.WithChildren(out)
	}
	if j, ok := n.(*logical.Join); ok {
		return r.join(j)
	}
	return n
}

// probeDropped says whether the join drops rows of its probe side that find no partner.
func probeDropped(j *logical.Join) bool {
	if j.NullAware || j.Lateral {
		return false
	}
	switch j.Kind {
	case logical.Inner, logical.LeftSemi:
		return true
	case logical.RightOuter:
		return !j.BuildLeft
	case logical.LeftOuter:
		return j.BuildLeft
	}
	return false
}

// worthwhile is the part of the probe side's rows above which a build side is too large to be worth a filter.
const worthwhile = 0.8

func (r *runtimeFilters) join(j *logical.Join) logical.Node {
	if !probeDropped(j) || j.Condition == nil {
		return j
	}
	probe, build := j.Left, j.Right
	if j.BuildLeft {
		probe, build = build, probe
	}
	if r.est.of(build).rows > worthwhile*r.est.of(probe).rows {
		return j
	}
	probes, builds := columnSet(probe.Output()), columnSet(build.Output())
	var numbers []int
	any := false
	for _, t := range expr.Terms(j.Condition) {
		c, ok := t.(*expr.Call)
		if !ok || len(c.Args) != 2 || c.Bound.Function.Name != "=" && c.Bound.Function.Name != "<=>" || expr.Volatile(t) {
			continue
		}
		if !c.Args[0].Type().Equal(c.Args[1].Type()) {
			continue
		}
		var key *expr.Column
		switch {
		case readsAny(c.Args[0], probes) && within(c.Args[0], probes) && readsAny(c.Args[1], builds) && within(c.Args[1], builds):
			key, _ = c.Args[0].(*expr.Column)
		case readsAny(c.Args[1], probes) && within(c.Args[1], probes) && readsAny(c.Args[0], builds) && within(c.Args[0], builds):
			key, _ = c.Args[1].(*expr.Column)
		default:
			continue
		}
		// One number per equality, in their order, 0 for those that filter nothing.
		number := 0
		if key != nil && c.Bound.Function.Name == "=" {
			if with, ok := r.filter(probe, key); ok {
				probe, number, any = with, r.last, true
			}
		}
		numbers = append(numbers, number)
	}
	if !any {
		return j
	}
	out := *j
	out.RuntimeFilters = numbers
	if j.BuildLeft {
		out.Right = probe
	} else {
		out.Left = probe
	}
	return &out
}

// filter puts a runtime filter on the scan that a column comes from; ok is false where it cannot reach one.
func (r *runtimeFilters) filter(n logical.Node, key *expr.Column) (logical.Node, bool) {
	switch n := n.(type) {
	case *logical.Scan:
		for i, c := range n.Columns {
			if c.ID == key.ID && n.Fields[i] >= 0 && n.Limit < 0 {
				r.last++
				out := *n
				out.Runtime = append(append([]logical.RuntimeFilter{}, n.Runtime...), logical.RuntimeFilter{Source: r.last, Column: c})
				return &out, true
			}
		}
	case *logical.Filter, *logical.Distinct:
		return r.through(n, 0, key)
	case *logical.Project:
		for _, x := range n.Exprs {
			if c, ok := x.Expr.(*expr.Column); ok && x.Out.ID == key.ID {
				return r.through(n, 0, c)
			}
		}
	case *logical.Aggregate:
		for _, g := range n.Groups {
			if c, ok := g.Expr.(*expr.Column); ok && g.Out.ID == key.ID {
				return r.through(n, 0, c)
			}
		}
	case *logical.Join:
		left := columnSet(n.Left.Output())[key.ID]
		switch n.Kind {
		case logical.Inner, logical.Cross:
			if left {
				return r.through(n, 0, key)
			}
			return r.through(n, 1, key)
		case logical.LeftOuter, logical.LeftSemi, logical.LeftAnti, logical.Mark, logical.Single:
			if left && !n.NullAware {
				return r.through(n, 0, key)
			}
		case logical.RightOuter:
			if !left {
				return r.through(n, 1, key)
			}
		}
	}
	return nil, false
}

func (r *runtimeFilters) through(n logical.Node, child int, key *expr.Column) (logical.Node, bool) {
	ch := append([]logical.Node{}, n.Children()...)
	with, ok := r.filter(ch[child], key)
	if !ok {
		return nil, false
	}
	ch[child] = with
	return n.WithChildren(ch), true
}
