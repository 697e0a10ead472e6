package exec_test

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/argan-sql/argan/exec"
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/memory"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/planner/physical"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// spillers are plans whose breakers hold all of 200,000 numbers.
func spillers(t *testing.T) map[string]physical.Node {
	in := &physical.Range{Column: "id", End: 200_000, Step: 1}
	id := &expr.Ordinal{Name: "id", T: types.LongType}
	one := []physical.Column{{Name: "id", Type: types.LongType}}
	sum := aggregate(t, "sum", id)
	rank, err := function.FindWindow("row_number").Bind(nil, false, false)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]physical.Node{
		"group limit": &physical.WindowGroupLimit{
			Partition: []expr.Expr{call(t, "*", id, lit(types.LongType, int64(7919)))}, Order: []physical.SortKey{{Expr: id}}, Input: in,
		},
		"sort":      &physical.Sort{Keys: []physical.SortKey{{Expr: id, Desc: true}}, Input: in},
		"aggregate": &physical.HashAggregate{Keys: []expr.Expr{call(t, "*", id, lit(types.LongType, int64(7919)))}, Aggregates: []physical.AggregateCall{sum}, Columns: append(one, one[0]), Input: in},
		"join": &physical.HashJoin{
			Kind: logical.Inner, Left: in, Right: in, LeftKeys: []expr.Expr{id}, RightKeys: []expr.Expr{id}, NullSafe: []bool{false},
			RuntimeFilters: []int{0}, Kept: []int{0}, Columns: one,
		},
		"window": &physical.Window{
			Partition: []expr.Expr{call(t, "%", id, lit(types.LongType, int64(1000)))}, Order: []physical.SortKey{{Expr: id}}, Input: in,
			Calls: []physical.WindowCall{{Function: rank, Frame: expr.Frame{To: expr.FrameBound{Kind: expr.CurrentRow}}}}, Columns: append(one, one[0]),
		},
	}
}

func TestSpillingFinishesUnderALimit(t *testing.T) {
	for name, plan := range spillers(t) {
		dir := t.TempDir()
		m := exec.NewMetrics()
		acc := memory.New(0)
		env := &exec.Env{Threads: 2, Context: &function.Context{Zone: time.UTC}, Budget: acc.Statement(1 << 20), TempDir: dir, Metrics: m}
		rows := 0
		err := exec.Run(context.Background(), plan, env, func(b *vector.Batch) error { rows += b.Len(); return nil })
		if err != nil || rows != 200_000 {
			t.Errorf("%s: %d rows, %v", name, rows, err)
		}
		if m.Spilled() == 0 {
			t.Errorf("%s: nothing was spilled", name)
		}
		if left, _ := os.ReadDir(dir); len(left) != 0 {
			t.Errorf("%s: %d temporary files are left", name, len(left))
		}
		env.Budget.Close()
		if used := acc.Used(); used != 0 {
			t.Errorf("%s: %d bytes are still counted", name, used)
		}
	}
}

// TestWindowPartitionThatDoesNotFit: a partition is held whole; one larger than the limit is refused, not held all the same.
func TestWindowPartitionThatDoesNotFit(t *testing.T) {
	in := &physical.Range{Column: "id", End: 1_600_000, Step: 1}
	id := &expr.Ordinal{Name: "id", T: types.LongType}
	rank, err := function.FindWindow("row_number").Bind(nil, false, false)
	if err != nil {
		t.Fatal(err)
	}
	one := []physical.Column{{Name: "id", Type: types.LongType}}
	plan := &physical.Window{
		Order: []physical.SortKey{{Expr: id, Desc: true}}, Input: in,
		Calls: []physical.WindowCall{{Function: rank, Frame: expr.Frame{To: expr.FrameBound{Kind: expr.CurrentRow}}}}, Columns: append(one, one[0]),
	}
	acc := memory.New(0)
	env := &exec.Env{Context: &function.Context{Zone: time.UTC}, Budget: acc.Statement(1 << 20), TempDir: t.TempDir()}
	err = exec.Run(context.Background(), plan, env, func(*vector.Batch) error { return nil })
	if !sqlerr.Is(err, "MEMORY_LIMIT_EXCEEDED") {
		t.Errorf("the error is %v, want MEMORY_LIMIT_EXCEEDED", err)
	}
	env.Budget.Close()
	if used := acc.Used(); used != 0 {
		t.Errorf("%d bytes are still counted", used)
	}
}

func TestOneKeyThatDoesNotFit(t *testing.T) {
	in := &physical.Range{Column: "id", End: 60_000, Step: 1}
	probe := &physical.Range{Column: "id", End: 2, Step: 1}
	zero := lit(types.LongType, int64(0))
	k := call(t, "*", &expr.Ordinal{Name: "id", T: types.LongType}, zero)
	j := &physical.HashJoin{
		Kind: logical.Inner, Left: probe, Right: in, LeftKeys: []expr.Expr{k}, RightKeys: []expr.Expr{k}, NullSafe: []bool{false},
		RuntimeFilters: []int{0}, Kept: []int{0, 1}, Columns: []physical.Column{{Name: "a", Type: types.LongType}, {Name: "b", Type: types.LongType}},
	}
	env := &exec.Env{Context: &function.Context{Zone: time.UTC}, Budget: memory.New(0).Statement(64 << 10), TempDir: t.TempDir()}
	rows := 0
	if err := exec.Run(context.Background(), j, env, func(b *vector.Batch) error { rows += b.Len(); return nil }); err != nil || rows != 120_000 {
		t.Errorf("%d rows, %v", rows, err)
	}
}

func TestDiskThatCannotBeWritten(t *testing.T) {
	file := t.TempDir() + "/file"
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	env := &exec.Env{Context: &function.Context{}, Budget: memory.New(0).Statement(1 << 20), TempDir: file + "/below"}
	err := exec.Run(context.Background(), spillers(t)["sort"], env, func(*vector.Batch) error { return nil })
	if !sqlerr.Is(err, "SPILL_FAILED") {
		t.Errorf("%v, want SPILL_FAILED", err)
	}
}

func TestCancellation(t *testing.T) {
	big := &physical.Range{Column: "id", End: 1 << 40, Step: 1}
	id := &expr.Ordinal{Name: "id", T: types.LongType}
	sum := aggregate(t, "sum", id)
	one := []physical.Column{{Name: "id", Type: types.LongType}}
	for name, plan := range map[string]physical.Node{
		"rows":      big,
		"aggregate": &physical.HashAggregate{Aggregates: []physical.AggregateCall{sum}, Global: true, Columns: one, Input: big},
		"loop": &physical.HashAggregate{Aggregates: []physical.AggregateCall{sum}, Global: true, Columns: one, Input: &physical.NestedLoopJoin{
			Kind: logical.Cross,
			Left: &physical.Range{Column: "id", End: 100_000, Step: 1}, Right: &physical.Range{Column: "id", End: 100_000, Step: 1}, Kept: []int{0}, Columns: one,
		}},
	} {
		ctx, cancel := context.WithCancel(context.Background())
		time.AfterFunc(50*time.Millisecond, cancel)
		start := time.Now()
		err := exec.Run(ctx, plan, &exec.Env{Threads: 2, Context: &function.Context{}}, func(*vector.Batch) error { return nil })
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, want that it was cancelled", name, err)
		}
		if d := time.Since(start); d > 2*time.Second {
			t.Errorf("%s: ended %s after it was cancelled", name, d)
		}
	}
}

func TestSinkErrorEndsTheStatement(t *testing.T) {
	bad := errors.New("no more")
	err := exec.Run(context.Background(), &physical.Range{Column: "id", End: 1 << 40, Step: 1}, &exec.Env{Threads: 3}, func(*vector.Batch) error { return bad })
	if !errors.Is(err, bad) {
		t.Errorf("%v, want %v", err, bad)
	}
}
