package exec_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/argan-sql/argan/exec"
	"github.com/argan-sql/argan/exec/function"
	_ "github.com/argan-sql/argan/exec/function/all"
	"github.com/argan-sql/argan/exec/memory"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/physical"
	"github.com/argan-sql/argan/types"
)

// setting is a way to run a plan; the answer must not depend on it.
type setting struct {
	threads, batch int
	memory         int64
}

var settings = []setting{{1, 2048, 0}, {3, 2048, 0}, {1, 3, 0}, {2, 64, 0}, {1, 128, 200 << 10}, {3, 512, 300 << 10}}

func (s setting) String() string {
	return fmt.Sprintf("threads %d, batch %d, memory %d", s.threads, s.batch, s.memory)
}

// run gives a plan's rows as text, in their order.
func run(t *testing.T, s setting, plan physical.Node) []string {
	t.Helper()
	m := exec.NewMetrics()
	env := &exec.Env{Threads: s.threads, BatchSize: s.batch, Context: &function.Context{Zone: time.UTC, Now: time.Unix(0, 0)}, TempDir: t.TempDir(), Metrics: m}
	if s.memory > 0 {
		env.Budget = memory.New(0).Statement(s.memory)
	}
	var out []string
	err := exec.Run(context.Background(), plan, env, func(b *vector.Batch) error {
		for i := 0; i < b.Len(); i++ {
			cells := make([]string, len(b.Cols))
			for c := range b.Cols {
				cells[c] = text(b.Column(c).Value(i))
			}
			out = append(out, strings.Join(cells, "|"))
		}
		return nil
	})
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return out
}

func text(v any) string {
	switch x := v.(type) {
	case nil:
		return "NULL"
	case float64:
		if x == 0 {
			x = 0
		}
		return fmt.Sprintf("%.9g", x)
	}
	return fmt.Sprint(v)
}

func sorted(rows []string) []string {
	out := append([]string{}, rows...)
	sort.Strings(out)
	return out
}

// check runs a plan in all settings and compares with the rows wanted; ordered says that their order counts.
func check(t *testing.T, name string, plan physical.Node, want []string, ordered bool) {
	t.Helper()
	for _, s := range settings {
		got := run(t, s, plan)
		w := want
		if !ordered {
			got, w = sorted(got), sorted(want)
		}
		if len(got) != len(w) {
			t.Errorf("%s (%s): %d rows, want %d", name, s, len(got), len(w))
			continue
		}
		for i := range got {
			if got[i] != w[i] {
				t.Errorf("%s (%s): row %d is %s, want %s", name, s, i, got[i], w[i])
				break
			}
		}
	}
}

// table is random data: a key with duplicates and NULLs, a text, a number, a number of the row.
type table struct {
	rows [][]any
	node *physical.Batches
}

var tableTypes = []*types.Type{types.IntType, types.StringType, types.DoubleType, types.LongType}

func randomTable(seed uint64, n, keys int) *table {
	rng := rand.New(rand.NewPCG(seed, 7))
	t := &table{}
	words := []string{"", "a", "ab", "a longer text than twelve bytes", "another text of more than twelve", "zebra"}
	for i := range n {
		row := []any{int32(rng.IntN(keys)), words[rng.IntN(len(words))], float64(rng.IntN(9)) / 2, int64(i)}
		switch rng.IntN(12) {
		case 0:
			row[0] = nil
		case 1:
			row[1] = nil
		case 2:
			row[2] = nil
		case 3:
			row[2] = math.NaN()
		case 4:
			row[2] = math.Copysign(0, -1)
		}
		t.rows = append(t.rows, row)
	}
	t.node = &physical.Batches{}
	for i, ty := range tableTypes {
		t.node.Columns = append(t.node.Columns, physical.Column{Name: fmt.Sprintf("c%d", i), Type: ty, Null: true})
	}
	for from := 0; from < n; {
		to := min(n, from+1+rng.IntN(400))
		cols := make([]*vector.Vector, len(tableTypes))
		for c, ty := range tableTypes {
			b := vector.NewBuilder(ty, to-from)
			for _, r := range t.rows[from:to] {
				b.AppendValue(r[c])
			}
			cols[c] = b.Finish()
		}
		if rng.IntN(2) == 0 { // the text as codes of a dictionary
			cols[1] = coded(cols[1])
		}
		t.node.Data = append(t.node.Data, vector.NewBatch(cols, to-from))
		from = to
	}
	return t
}

// coded gives a vector of strings dictionary form.
func coded(v *vector.Vector) *vector.Vector {
	at := map[string]uint32{}
	b := vector.NewBuilder(v.Type, 4)
	out := &vector.Vector{Type: v.Type, Form: vector.Dict, Len: v.Len, Codes: make([]uint32, v.Len), Valid: v.Valid}
	b.AppendNull()
	for i := range v.Len {
		if v.IsNull(i) {
			continue
		}
		s := string(v.Bytes(i))
		if _, ok := at[s]; !ok {
			at[s] = uint32(b.Len())
			b.AppendString(s)
		}
		out.Codes[i] = at[s]
	}
	out.Dictionary = b.Finish()
	return out
}

func col(i int, t *types.Type) expr.Expr {
	return &expr.Ordinal{Index: i, Name: fmt.Sprintf("c%d", i), T: t, Null: true}
}

func lit(t *types.Type, v any) expr.Expr { return &expr.Literal{Value: vector.ConstOf(t, v, 1)} }

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

func aggregate(t *testing.T, name string, args ...expr.Expr) physical.AggregateCall {
	t.Helper()
	in := make([]function.Arg, len(args))
	for i, a := range args {
		in[i] = function.Arg{Type: a.Type(), Nullable: true}
	}
	b, err := function.FindAggregate(name).Bind(in, false, false)
	if err != nil {
		t.Fatal(err)
	}
	return physical.AggregateCall{Bound: b, Args: args, Text: name}
}

func rowText(row []any) string {
	cells := make([]string, len(row))
	for i, v := range row {
		cells[i] = text(v)
	}
	return strings.Join(cells, "|")
}
