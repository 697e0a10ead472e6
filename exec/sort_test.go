package exec_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/physical"
	"github.com/argan-sql/argan/types"
)

// compareCells orders two values ascending, neither NULL.
func compareCells(a, b any) int {
	switch x := a.(type) {
	case int32:
		return int(x) - int(b.(int32))
	case int64:
		return int(x - b.(int64))
	case string:
		return strings.Compare(x, b.(string))
	}
	x, y := a.(float64), b.(float64)
	switch {
	case x == y || math.IsNaN(x) && math.IsNaN(y):
		return 0
	case x < y || math.IsNaN(y):
		return -1
	}
	return 1
}

func compareRows(keys []physical.SortKey, a, b []any) int {
	for _, k := range keys {
		i := k.Expr.(*expr.Ordinal).Index
		x, y := a[i], b[i]
		switch {
		case x == nil && y == nil:
			continue
		case x == nil || y == nil:
			if (x == nil) == k.NullsFirst {
				return -1
			}
			return 1
		}
		if c := compareCells(x, y); c != 0 {
			if k.Desc {
				return -c
			}
			return c
		}
	}
	return 0
}

func key(i int, desc, nullsFirst bool) physical.SortKey {
	return physical.SortKey{Expr: col(i, tableTypes[i]), Desc: desc, NullsFirst: nullsFirst}
}

func TestSorts(t *testing.T) {
	in := randomTable(20, 6000, 500)
	for name, keys := range map[string][]physical.SortKey{
		"int": {key(0, false, true), key(3, false, true)}, "text desc": {key(1, true, false), key(3, true, false)},
		"double": {key(2, false, false), key(0, true, true), key(3, false, true)}, "unique": {key(3, true, true)},
	} {
		rows := slices.Clone(in.rows)
		slices.SortStableFunc(rows, func(a, b []any) int { return compareRows(keys, a, b) })
		want := make([]string, len(rows))
		for i, r := range rows {
			want[i] = rowText(r)
		}
		check(t, name, &physical.Sort{Keys: keys, Input: in.node}, want, true)
		check(t, name+" top", &physical.TopN{Keys: keys, Count: 100, Offset: 7, Input: in.node}, want[7:107], true)
		check(t, name+" limit", &physical.Limit{Count: 50, Offset: 3, Input: &physical.Sort{Keys: keys, Input: in.node}}, want[3:53], true)
	}
	var all []string
	for _, r := range in.rows {
		all = append(all, rowText(r))
	}
	check(t, "rows in their order", in.node, all, true)
	check(t, "limit", &physical.Limit{Count: 777, Offset: 100, Input: in.node}, all[100:877], true)
	check(t, "offset", &physical.Limit{Count: -1, Offset: 5990, Input: in.node}, all[5990:], true)
}

func TestWindows(t *testing.T) {
	in := randomTable(30, 3000, 40)
	order := []physical.SortKey{key(1, false, true), key(3, false, true)}
	rank, err := function.FindWindow("row_number").Bind(nil, false, false)
	if err != nil {
		t.Fatal(err)
	}
	sum := aggregate(t, "sum", col(3, types.LongType))
	least := aggregate(t, "max", col(1, types.StringType))
	three := func(kind expr.BoundKind) expr.FrameBound {
		return expr.FrameBound{Kind: kind, Offset: lit(types.IntType, int32(3))}
	}
	plan := &physical.Window{
		Partition: []expr.Expr{col(0, types.IntType)}, Order: order, Input: in.node,
		Calls: []physical.WindowCall{
			{Function: rank, Frame: expr.Frame{To: expr.FrameBound{Kind: expr.CurrentRow}}},
			{Aggregate: &sum, Frame: expr.Frame{From: three(expr.Preceding), To: three(expr.Following)}},
			{Aggregate: &sum, Frame: expr.Frame{To: expr.FrameBound{Kind: expr.UnboundedFollowing}}},
			{Aggregate: &least, Frame: expr.Frame{Unit: expr.FrameRange, To: expr.FrameBound{Kind: expr.CurrentRow}}},
		},
		Columns: append(slices.Clone(in.node.Columns), physical.Column{Name: "r", Type: types.IntType}, physical.Column{Name: "s", Type: types.LongType},
			physical.Column{Name: "t", Type: types.LongType}, physical.Column{Name: "m", Type: types.StringType, Null: true}),
	}
	parts := map[string][][]any{}
	for _, r := range in.rows {
		parts[text(r[0])] = append(parts[text(r[0])], r)
	}
	var want []string
	for _, rows := range parts {
		slices.SortStableFunc(rows, func(a, b []any) int { return compareRows(order, a, b) })
		total := int64(0)
		for _, r := range rows {
			total += r[3].(int64)
		}
		for i, r := range rows {
			s := int64(0)
			for _, x := range rows[max(0, i-3):min(len(rows), i+4)] {
				s += x[3].(int64)
			}
			want = append(want, rowText(append(slices.Clone(r), int32(i+1), s, total, r[1])))
		}
	}
	check(t, "window", plan, want, false)
}

func TestSetOperations(t *testing.T) {
	in := randomTable(40, 400, 3)
	u := &physical.Union{Inputs: []physical.Node{in.node, in.node}, Columns: in.node.Columns}
	var want []string
	for range 2 {
		for _, r := range in.rows {
			want = append(want, rowText(r))
		}
	}
	check(t, "union", u, want, true)
	counts := &physical.Values{Columns: []physical.Column{{Name: "v", Type: types.IntType}, {Name: "l", Type: types.LongType}, {Name: "r", Type: types.LongType}}}
	for _, row := range [][3]int64{{1, 2, 3}, {2, 3, 1}, {3, 0, 4}, {4, 2, 0}} {
		counts.Rows = append(counts.Rows, []expr.Expr{lit(types.IntType, int32(row[0])), lit(types.LongType, row[1]), lit(types.LongType, row[2])})
	}
	check(t, "intersect all", &physical.SetCounts{Input: counts, Columns: counts.Columns[:1]}, []string{"1", "1", "2"}, false)
	check(t, "except all", &physical.SetCounts{Except: true, Input: counts, Columns: counts.Columns[:1]}, []string{"2", "2", "4", "4"}, false)
}
