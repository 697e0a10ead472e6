package exec_test

import (
	"fmt"
	"testing"

	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/physical"
	"github.com/argan-sql/argan/types"
)

func TestAggregates(t *testing.T) {
	for _, keys := range [][]int{{0}, {1}, {0, 1}, {2}, {0, 1, 2}, {}} {
		for _, size := range []int{0, 50, 9000} {
			in := randomTable(uint64(10+size), size, 4000)
			var es []expr.Expr
			cols := []physical.Column{}
			for _, k := range keys {
				es = append(es, col(k, tableTypes[k]))
				cols = append(cols, in.node.Columns[k])
			}
			distinct := aggregate(t, "count", col(1, types.StringType))
			distinct.Distinct = true
			filtered := aggregate(t, "count", col(3, types.LongType))
			filtered.Filter = call(t, "<", col(0, types.IntType), lit(types.IntType, int32(1000)))
			calls := []physical.AggregateCall{
				aggregate(t, "count", col(0, types.IntType)), aggregate(t, "sum", col(3, types.LongType)),
				aggregate(t, "min", col(1, types.StringType)), distinct, filtered,
			}
			for _, c := range calls {
				cols = append(cols, physical.Column{Name: "a", Type: c.Bound.Return, Null: true})
			}
			type group struct {
				key             []any
				count, filtered int64
				sum             any
				least           any
				texts           map[string]bool
			}
			groups := map[string]*group{}
			if len(keys) == 0 {
				groups[""] = &group{texts: map[string]bool{}}
			}
			for _, row := range in.rows {
				key := make([]any, len(keys))
				for i, k := range keys {
					key[i] = row[k]
				}
				g := groups[rowText(key)]
				if g == nil {
					g = &group{key: key, texts: map[string]bool{}}
					groups[rowText(key)] = g
				}
				if row[0] != nil {
					g.count++
					if row[0].(int32) < 1000 {
						g.filtered++
					}
				}
				s, _ := g.sum.(int64)
				g.sum = s + row[3].(int64)
				if row[1] != nil {
					g.texts[row[1].(string)] = true
					if g.least == nil || row[1].(string) < g.least.(string) {
						g.least = row[1]
					}
				}
			}
			var want []string
			for _, g := range groups {
				want = append(want, rowText(append(append([]any{}, g.key...), g.count, g.sum, g.least, int64(len(g.texts)), g.filtered)))
			}
			plan := &physical.HashAggregate{Keys: es, Aggregates: calls, Columns: cols, Global: len(keys) == 0, Input: in.node}
			check(t, fmt.Sprintf("keys %v of %d rows", keys, size), plan, want, false)
		}
	}
}

func TestOrderedAggregateKeepsTheOrder(t *testing.T) {
	in := randomTable(77, 5000, 10)
	want := "["
	for i, r := range in.rows {
		if i > 0 {
			want += " "
		}
		want += fmt.Sprint(r[3])
	}
	plan := &physical.HashAggregate{
		Aggregates: []physical.AggregateCall{aggregate(t, "collect_list", col(3, types.LongType))}, Global: true, Input: in.node,
		Columns: []physical.Column{{Name: "l", Type: types.NewArray(types.LongType, false)}},
	}
	check(t, "collect_list", plan, []string{want + "]"}, true)
}
