package exec_test

import (
	"testing"

	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/planner/physical"
	"github.com/argan-sql/argan/types"
)

// joinModel joins row by row. match is three-valued: 1 true, 0 false, -1 unknown.
func joinModel(kind logical.JoinKind, aware bool, left, right [][]any, match func(l, r []any) int) (out []string) {
	pad := make([]any, len(tableTypes))
	hitRight := make([]bool, len(right))
	both := func(l, r []any) string { return rowText(append(append([]any{}, l...), r...)) }
	for _, l := range left {
		hit, unknown := false, false
		for i, r := range right {
			switch match(l, r) {
			case 1:
				hit, hitRight[i] = true, true
				switch kind {
				case logical.LeftSemi, logical.LeftAnti, logical.Mark:
				default:
					out = append(out, both(l, r))
				}
			case -1:
				unknown = true
			}
		}
		switch kind {
		case logical.LeftOuter, logical.FullOuter:
			if !hit {
				out = append(out, both(l, pad))
			}
		case logical.LeftSemi:
			if hit {
				out = append(out, rowText(l))
			}
		case logical.LeftAnti:
			if !hit && !(aware && unknown) {
				out = append(out, rowText(l))
			}
		case logical.Mark:
			var m any = hit
			if !hit && aware && unknown {
				m = nil
			}
			out = append(out, rowText(append(append([]any{}, l...), m)))
		}
	}
	if kind == logical.RightOuter || kind == logical.FullOuter {
		for i, r := range right {
			if !hitRight[i] {
				out = append(out, both(pad, r))
			}
		}
	}
	return out
}

// equal is = of SQL: NaN equals NaN, -0 equals 0.
func equal(a, b any) int {
	if a == nil || b == nil {
		return -1
	}
	if text(a) == text(b) {
		return 1
	}
	return 0
}

func and(a, b int) int {
	switch {
	case a == 0 || b == 0:
		return 0
	case a == 1 && b == 1:
		return 1
	}
	return -1
}

func outputOf(kind logical.JoinKind, l, r *table) (kept []int, cols []physical.Column) {
	cols = append(cols, l.node.Columns...)
	leftOnly := kind == logical.LeftSemi || kind == logical.LeftAnti || kind == logical.Mark
	if !leftOnly {
		cols = append(cols, r.node.Columns...)
	}
	for i := range cols {
		kept = append(kept, i)
	}
	if kind == logical.Mark {
		cols = append(cols, physical.Column{Name: "m", Type: types.BooleanType, Null: true})
	}
	return kept, cols
}

var kinds = []logical.JoinKind{logical.Inner, logical.LeftOuter, logical.RightOuter, logical.FullOuter, logical.LeftSemi, logical.LeftAnti, logical.Mark}

func TestHashJoins(t *testing.T) {
	l, r := randomTable(1, 240, 90), randomTable(2, 200, 90)
	type shape struct {
		name     string
		cols     []int
		safe     bool
		residual bool
	}
	for _, sh := range []shape{
		{"int", []int{0}, false, false},
		{"int and text", []int{0, 1}, false, false},
		{"null safe", []int{0, 1}, true, false},
		{"double", []int{2, 0}, false, false},
		{"residual", []int{0}, false, true},
	} {
		for _, kind := range kinds {
			for _, buildLeft := range []bool{false, true} {
				if buildLeft && kind == logical.Mark {
					continue
				}
				j := &physical.HashJoin{Kind: kind, Left: l.node, Right: r.node, BuildLeft: buildLeft}
				j.Kept, j.Columns = outputOf(kind, l, r)
				for _, c := range sh.cols {
					j.LeftKeys, j.RightKeys = append(j.LeftKeys, col(c, tableTypes[c])), append(j.RightKeys, col(c, tableTypes[c]))
					j.NullSafe, j.RuntimeFilters = append(j.NullSafe, sh.safe), append(j.RuntimeFilters, 0)
				}
				if sh.residual {
					j.Residual = call(t, "<", col(3, types.LongType), col(7, types.LongType))
				}
				want := joinModel(kind, false, l.rows, r.rows, func(a, b []any) int {
					m := 1
					for _, c := range sh.cols {
						e := equal(a[c], b[c])
						if sh.safe && e < 0 {
							e = 0
							if a[c] == nil && b[c] == nil {
								e = 1
							}
						}
						m = and(m, e)
					}
					if sh.residual && a[3].(int64) >= b[3].(int64) {
						m = and(m, 0)
					}
					return m
				})
				name := sh.name + " " + kind.String()
				if buildLeft {
					name += " build left"
				}
				check(t, name, j, want, false)
			}
		}
	}
}

func TestNullAwareJoins(t *testing.T) {
	l := randomTable(3, 200, 60)
	for name, r := range map[string]*table{"nulls": randomTable(4, 50, 60), "empty": randomTable(5, 0, 5), "none": {}} {
		if name == "none" { // a right side without NULLs
			all := randomTable(6, 60, 60)
			r = &table{node: &physical.Batches{Columns: all.node.Columns}}
			for _, b := range all.node.Data {
				var sel []uint32
				for i := range b.Rows {
					if !b.Cols[0].IsNull(i) {
						sel = append(sel, uint32(i))
					}
				}
				r.node.Data = append(r.node.Data, b.Select(sel).Dense())
			}
			for _, row := range all.rows {
				if row[0] != nil {
					r.rows = append(r.rows, row)
				}
			}
		}
		for _, kind := range []logical.JoinKind{logical.LeftAnti, logical.Mark} {
			kept, cols := outputOf(kind, l, r)
			want := joinModel(kind, true, l.rows, r.rows, func(a, b []any) int { return equal(a[0], b[0]) })
			check(t, name+" hash "+kind.String(), &physical.HashJoin{
				Kind: kind, NullAware: true, Left: l.node, Right: r.node, Kept: kept, Columns: cols,
				LeftKeys: []expr.Expr{col(0, types.IntType)}, RightKeys: []expr.Expr{col(0, types.IntType)}, NullSafe: []bool{false}, RuntimeFilters: []int{0},
			}, want, false)
			check(t, name+" loop "+kind.String(), &physical.NestedLoopJoin{
				Kind: kind, NullAware: true, Left: l.node, Right: r.node, Kept: kept, Columns: cols,
				Condition: call(t, "=", col(0, types.IntType), col(4, types.IntType)),
			}, want, false)
		}
	}
}

func TestNestedLoopJoins(t *testing.T) {
	l, r := randomTable(7, 90, 40), randomTable(8, 70, 40)
	cond := call(t, "<", col(0, types.IntType), col(4, types.IntType))
	for _, kind := range kinds {
		kept, cols := outputOf(kind, l, r)
		want := joinModel(kind, false, l.rows, r.rows, func(a, b []any) int {
			switch {
			case a[0] == nil || b[0] == nil:
				return -1
			case a[0].(int32) < b[0].(int32):
				return 1
			}
			return 0
		})
		check(t, kind.String(), &physical.NestedLoopJoin{Kind: kind, Left: l.node, Right: r.node, Condition: cond, Kept: kept, Columns: cols}, want, false)
	}
}
