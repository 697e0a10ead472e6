package lower

import (
	"strings"
	"testing"

	"github.com/argan-sql/argan/exec/function"
	_ "github.com/argan-sql/argan/exec/function/all"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/planner/physical"
	"github.com/argan-sql/argan/types"
)

func call(t *testing.T, name string, args ...expr.Expr) expr.Expr {
	t.Helper()
	in := make([]function.Arg, len(args))
	for i, a := range args {
		in[i] = function.Arg{Type: a.Type(), Nullable: true}
	}
	b, err := function.FindScalar(name).Bind(in, false)
	if err != nil {
		t.Fatal(err)
	}
	return &expr.Call{Bound: b, Args: args}
}

func count(t *testing.T, distinct bool, args ...expr.Expr) expr.Expr {
	t.Helper()
	in := make([]function.Arg, len(args))
	for i, a := range args {
		in[i] = function.Arg{Type: a.Type(), Nullable: true}
	}
	b, err := function.FindAggregate("count").Bind(in, false, false)
	if err != nil {
		t.Fatal(err)
	}
	return &expr.Aggregate{Bound: b, Args: args, Distinct: distinct}
}

func relation(name string) *logical.Batches {
	b := &logical.Batches{Name: name}
	for _, c := range []string{"k", "v", "w"} {
		b.Columns = append(b.Columns, logical.NewColumn(name+c, types.IntType, true))
	}
	return b
}

// outline prints a plan, an operator a line.
func outline(n physical.Node, depth int) string {
	s := strings.Repeat("  ", depth) + n.Name() + " " + n.Details() + "\n"
	for _, c := range n.Children() {
		s += outline(c, depth+1)
	}
	return s
}

func expect(t *testing.T, n logical.Node, want string) {
	t.Helper()
	plan, err := Lower(n, &function.Context{})
	if err != nil {
		t.Fatal(err)
	}
	got := outline(plan, 0)
	trim := func(s string) string {
		var out []string
		for _, l := range strings.Split(s, "\n") {
			if l = strings.TrimSpace(l); l != "" {
				out = append(out, l)
			}
		}
		return strings.Join(out, "\n")
	}
	if trim(got) != trim(want) {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if out, cols := plan.Output(), n.Output(); len(out) != len(cols) {
		t.Errorf("%d columns, want %d", len(out), len(cols))
	}
}

func TestJoinsFindTheirKeys(t *testing.T) {
	a, b := relation("a"), relation("b")
	cond := &expr.And{Terms: []expr.Expr{call(t, "=", b.Columns[0], a.Columns[0]), call(t, "<", a.Columns[1], b.Columns[1])}}
	j := &logical.Join{Kind: logical.Inner, Left: a, Right: b, Condition: cond}
	// Only what is read above the join is kept; the keys' order of sides is the join's.
	expect(t, &logical.Project{Exprs: []logical.Named{logical.Pass(b.Columns[2])}, Input: j}, `
		HashJoin [ak], [bk], Inner, BuildRight, (av < bv)
		  InMemoryTableScan a [ak, av, aw]
		  InMemoryTableScan b [bk, bv, bw]`)
	expect(t, &logical.Join{Kind: logical.LeftSemi, Left: a, Right: b, Condition: cond.Terms[1]}, `
		NestedLoopJoin LeftSemi, (av < bv)
		  InMemoryTableScan a [ak, av, aw]
		  InMemoryTableScan b [bk, bv, bw]`)
}

func TestRenamesVanish(t *testing.T) {
	a := relation("a")
	out := logical.NewColumn("x", types.IntType, true)
	p := &logical.Project{Exprs: []logical.Named{{Expr: a.Columns[1], Out: out}, {Expr: call(t, "+", a.Columns[0], a.Columns[0]), Out: logical.NewColumn("unread", types.IntType, true)}}, Input: a}
	expect(t, &logical.Sort{Keys: []expr.SortKey{{Expr: out}}, Global: true, Input: &logical.Project{Exprs: []logical.Named{logical.Pass(out)}, Input: p}}, `
		Project [x]
		  Sort [x ASC NULLS LAST]
		    InMemoryTableScan a [ak, av, aw]`)
}

func TestDistinctAggregates(t *testing.T) {
	a := relation("a")
	agg := func(es ...expr.Expr) *logical.Aggregate {
		n := &logical.Aggregate{Groups: []logical.Named{logical.Pass(a.Columns[0])}, Input: a}
		for _, e := range es {
			n.Aggregates = append(n.Aggregates, logical.Named{Expr: e, Out: logical.NewColumn("c", types.LongType, false)})
		}
		return n
	}
	expect(t, agg(count(t, true, a.Columns[1])), `
		HashAggregate keys=[ak], functions=[count(DISTINCT av)]
		  HashAggregate keys=[ak, av], functions=[]
		    InMemoryTableScan a [ak, av, aw]`)
	expect(t, agg(count(t, true, a.Columns[1]), count(t, false, a.Columns[1])), `
		HashAggregate keys=[ak], functions=[count(DISTINCT av), count(av)]
		  InMemoryTableScan a [ak, av, aw]`)
}

func TestSetOperations(t *testing.T) {
	a, b := relation("a"), relation("b")
	cols := []*expr.Column{logical.NewColumn("k", types.IntType, true), logical.NewColumn("v", types.IntType, true), logical.NewColumn("w", types.IntType, true)}
	expect(t, &logical.SetOp{Kind: logical.Except, Inputs: []logical.Node{a, b}, Columns: cols}, `
		HashAggregate keys=[k, v, w], functions=[]
		  HashJoin [ak, av, aw], [bk, bv, bw], LeftAnti, BuildRight
		    InMemoryTableScan a [ak, av, aw]
		    InMemoryTableScan b [bk, bv, bw]`)
}

func TestScalarSubqueriesComeFirst(t *testing.T) {
	a, b := relation("a"), relation("b")
	one := &logical.Project{Exprs: []logical.Named{logical.Pass(b.Columns[1])}, Input: b}
	sub := &expr.Subquery{Kind: expr.ScalarSubquery, Plan: one, ID: expr.NewID()}
	plan, err := Lower(&logical.Filter{Condition: call(t, "<", a.Columns[0], sub), Input: a}, &function.Context{})
	if err != nil {
		t.Fatal(err)
	}
	root, ok := plan.(*physical.Root)
	if !ok || len(root.Subqueries) != 1 {
		t.Fatalf("%s", outline(plan, 0))
	}
	if got := outline(root.Input, 0); !strings.Contains(got, "scalar-subquery") {
		t.Error(got)
	}
}

func TestValues(t *testing.T) {
	c := logical.NewColumn("c", types.IntType, false)
	v := &logical.Values{Columns: []*expr.Column{c}, Rows: [][]expr.Expr{{&expr.Literal{Value: vector.ConstOf(types.IntType, int32(1), 1)}}}}
	expect(t, &logical.Distinct{Input: v}, `
		HashAggregate keys=[c], functions=[]
		  LocalTableScan 1 rows [c]`)
}
