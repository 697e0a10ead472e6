package exec_test

import (
	"testing"

	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/physical"
	"github.com/argan-sql/argan/types"
)

// TestWindowGroupLimit compares the first row of each group with what looking at all rows finds: few groups (losers are
// dropped on the way), many (all rows are kept, or spilled where memory is short), several keys, NULLs and NaN among them.
func TestWindowGroupLimit(t *testing.T) {
	cases := []struct {
		name       string
		rows, keys int
		partition  []int
		order      []physical.SortKey
	}{
		{"few groups of many rows", 150_000, 40, []int{0}, []physical.SortKey{key(1, true, false), key(3, true, false)}},
		{"as many groups as rows", 6000, 1 << 30, []int{0}, []physical.SortKey{key(3, false, true)}},
		{"two keys", 4000, 30, []int{1, 0}, []physical.SortKey{key(2, true, true), key(3, false, true)}},
		{"a number that may be NaN", 4000, 30, []int{2}, []physical.SortKey{key(1, false, false), key(3, false, false)}},
	}
	for _, c := range cases {
		in := randomTable(uint64(len(c.name)), c.rows, c.keys)
		plan := &physical.WindowGroupLimit{Order: c.order, Input: in.node}
		for _, p := range c.partition {
			plan.Partition = append(plan.Partition, col(p, tableTypes[p]))
		}
		best := map[string][]any{}
		for _, r := range in.rows {
			group := ""
			for _, p := range c.partition {
				group += text(r[p]) + "|"
			}
			if b, ok := best[group]; !ok || compareRows(c.order, r, b) < 0 {
				best[group] = r
			}
		}
		var want []string
		for _, r := range best {
			want = append(want, rowText(r))
		}
		check(t, c.name, plan, want, false)
	}
}

// TestWindowGroupLimitTies: of rows with equal order the earliest is kept, whichever worker met it.
func TestWindowGroupLimitTies(t *testing.T) {
	in := randomTable(9, 100_000, 7)
	plan := &physical.WindowGroupLimit{Partition: []expr.Expr{col(0, types.IntType)}, Input: in.node}
	seen := map[string]bool{}
	var want []string
	for _, r := range in.rows {
		if g := text(r[0]); !seen[g] {
			seen[g] = true
			want = append(want, rowText(r))
		}
	}
	for _, s := range settings {
		if s.memory > 0 {
			continue
		}
		got := run(t, s, plan)
		if g, w := sorted(got), sorted(want); len(g) != len(w) {
			t.Errorf("%s: %d rows, want %d", s, len(g), len(w))
		} else {
			for i := range g {
				if g[i] != w[i] {
					t.Errorf("%s: row %s, want %s", s, g[i], w[i])
				}
			}
		}
	}
}
