package analyzer

import (
	"strings"

	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// maxCube bounds the keys of CUBE: 2^n sets.
const maxCube = 16

// groupingSets works out the sets of GROUP BY a, ROLLUP(b, c), GROUPING SETS(…): each combination of one set of every item.
func (s *selection) groupingSets(g *grouping, items []ast.GroupItem) error {
	sets := [][]int{{}}
	for _, it := range items {
		more, err := s.setsOf(g, it)
		if err != nil {
			return err
		}
		var out [][]int
		for _, x := range sets {
			for _, y := range more {
				out = append(out, union(x, y))
			}
		}
		sets = out
	}
	g.sets = sets
	for i, k := range g.keys {
		g.outs[i] = &expr.Column{ID: expr.NewID(), Name: g.outs[i].Name, T: k.Type(), Null: true, Qualifier: g.outs[i].Qualifier}
	}
	g.id = logical.NewColumn("spark_grouping_id", types.LongType, false)
	return nil
}

func union(x, y []int) []int {
	out := append([]int{}, x...)
	for _, k := range y {
		if !contains(out, k) {
			out = append(out, k)
		}
	}
	return out
}

func contains(list []int, k int) bool {
	for _, x := range list {
		if x == k {
			return true
		}
	}
	return false
}

// set gives the positions of the keys of one set, adding new ones.
func (s *selection) set(g *grouping, exprs []ast.Expr) ([]int, error) {
	out := []int{}
	for _, x := range exprs {
		k, err := s.groupKey(x)
		if err != nil {
			return nil, at(err, x.Pos())
		}
		i := g.find(k)
		if i < 0 {
			i = g.add(k)
		}
		if !contains(out, i) {
			out = append(out, i)
		}
	}
	return out, nil
}

// setsOf are the sets of one item.
func (s *selection) setsOf(g *grouping, it ast.GroupItem) ([][]int, error) {
	if it.Kind == ast.GroupExprs {
		set, err := s.set(g, it.Exprs)
		return [][]int{set}, err
	}
	if it.Kind == ast.GroupingSets {
		if _, err := s.set(g, it.Exprs); err != nil {
			return nil, err
		}
		var out [][]int
		for _, x := range it.Items {
			sets, err := s.setsOf(g, x)
			if err != nil {
				return nil, err
			}
			out = append(out, sets...)
		}
		return out, nil
	}
	var parts [][]int
	for _, x := range it.Items {
		set, err := s.set(g, x.Exprs)
		if err != nil {
			return nil, err
		}
		parts = append(parts, set)
	}
	if it.Kind == ast.GroupRollup {
		var out [][]int
		for n := len(parts); n >= 0; n-- {
			set := []int{}
			for _, p := range parts[:n] {
				set = union(set, p)
			}
			out = append(out, set)
		}
		return out, nil
	}
	if len(parts) > maxCube {
		return nil, sqlerr.Unsupported("CUBE of more than %d expressions", maxCube).At(it.Pos())
	}
	return cube(parts), nil
}

// cube are all combinations of the parts, the first parts staying longest.
func cube(parts [][]int) [][]int {
	if len(parts) == 0 {
		return [][]int{{}}
	}
	rest := cube(parts[1:])
	var out [][]int
	for _, r := range rest {
		out = append(out, union(parts[0], r))
	}
	return append(out, rest...)
}

// expanded is the aggregation over grouping sets: each row is given once per set, with the other keys NULL.
func (g *grouping) expanded(input logical.Node) logical.Node {
	in := input.Output()
	cols := append(append(append([]*expr.Column{}, in...), g.outs...), g.id)
	var position *expr.Column
	if g.repeats() {
		position = logical.NewColumn("_gen_grouping_pos", types.IntType, false)
		cols = append(cols, position)
	}
	x := &logical.Expand{Columns: cols, Input: input}
	for n, set := range g.sets {
		row := make([]expr.Expr, 0, len(cols))
		for _, c := range in {
			row = append(row, c)
		}
		for i, k := range g.keys {
			if contains(set, i) {
				row = append(row, k)
			} else {
				row = append(row, nullLiteral(k.Type()))
			}
		}
		row = append(row, longLiteral(g.bits(set)))
		if position != nil {
			row = append(row, intLiteral(n))
		}
		x.Projections = append(x.Projections, row)
	}
	groups := append(logical.PassAll(g.outs), logical.Pass(g.id))
	if position != nil {
		groups = append(groups, logical.Pass(position))
	}
	return &logical.Aggregate{Groups: groups, Aggregates: g.aggs, Input: x}
}

// bits has a 1 for every key that is not in the set, the first key highest.
func (g *grouping) bits(set []int) int64 {
	var id int64
	for i := range g.keys {
		id <<= 1
		if !contains(set, i) {
			id |= 1
		}
	}
	return id
}

// repeats says whether two sets are the same, which then must be told apart.
func (g *grouping) repeats() bool {
	seen := map[int64]bool{}
	for _, s := range g.sets {
		b := g.bits(s)
		if seen[b] {
			return true
		}
		seen[b] = true
	}
	return false
}

// call is grouping(x) or grouping_id(x, y) over the grouping id.
func (g *grouping) call(c *groupingCall) (expr.Expr, error) {
	if g.sets == nil {
		return nil, sqlerr.New("UNSUPPORTED_GROUPING_EXPRESSION")
	}
	if !c.one {
		if len(c.args) == 0 {
			return g.id, nil
		}
		same := len(c.args) == len(g.keys)
		for i := 0; same && i < len(c.args); i++ {
			same = g.find(c.args[i]) == i
		}
		if !same {
			return nil, sqlerr.New("GROUPING_ID_COLUMN_MISMATCH", "groupingIdColumn", joined(c.args), "groupByColumns", joined(g.keys))
		}
		return g.id, nil
	}
	i := g.find(c.args[0])
	if i < 0 {
		names := make([]string, len(g.keys))
		for i, k := range g.keys {
			names[i] = k.String()
		}
		return nil, sqlerr.New("GROUPING_COLUMN_MISMATCH", "grouping", c.args[0].String(), "groupingColumns", strings.Join(names, ", "))
	}
	bit, err := g.a.scalar("&", g.id, longLiteral(1<<(len(g.keys)-1-i)))
	if err != nil {
		return nil, err
	}
	in, err := g.a.scalar("=", bit, longLiteral(0))
	if err != nil {
		return nil, err
	}
	zero, one := constantOf(types.ByteType, int8(0)), constantOf(types.ByteType, int8(1))
	return &expr.Case{Whens: []expr.When{{Cond: in, Then: zero}}, Else: one}, nil
}
