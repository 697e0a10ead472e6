package optimizer_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/argan-sql/argan/engine"
	"github.com/argan-sql/argan/planner/optimizer"
	"github.com/argan-sql/argan/planner/plantest"
)

// TestAnswersWithoutRules runs queries of TPC-H with a rule left out: the answers must be those of all rules together. The
// tables, at scale 0.01, are where the acceptance tests keep them; ARGAN_TPCH names another folder of Delta tables. Every
// query meets some of the rules; with ARGAN_THOROUGH set, all of them.
func TestAnswersWithoutRules(t *testing.T) {
	data := os.Getenv("ARGAN_TPCH")
	if data == "" {
		cache := os.Getenv("ARGAN_CACHE")
		if cache == "" {
			home, err := os.UserHomeDir()
			if err != nil {
				t.Skip(err)
			}
			cache = filepath.Join(home, ".cache", "argan")
		}
		data = filepath.Join(cache, "tpc", "tpch_sf001")
	}
	if _, err := os.Stat(filepath.Join(data, "lineitem", "_delta_log")); err != nil {
		t.Skipf("no TPC-H tables: %v", err)
	}
	queries, err := plantest.Queries("tpch")
	if err != nil || len(queries) == 0 {
		t.Skipf("no TPC-H queries: %v", err)
	}
	e, err := engine.Open(engine.Config{Warehouse: t.TempDir(), Threads: 2, MemoryLimit: 1 << 30})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	s, err := e.NewSession(engine.SessionOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier"} {
		if err := s.Exec(t.Context(), fmt.Sprintf("CREATE TABLE %s USING delta LOCATION '%s'", table, filepath.Join(data, table))); err != nil {
			t.Fatal(err)
		}
	}
	step := 4
	if os.Getenv("ARGAN_THOROUGH") != "" {
		step = 1
	}
	names := slices.Sorted(maps.Keys(queries))
	for i, name := range names {
		want := ""
		for k, rule := range optimizer.Rules() {
			if (i+k)%step != 0 {
				continue
			}
			if want == "" {
				want = answer(t, s, "", queries[name])
			}
			if got := answer(t, s, rule, queries[name]); got != want {
				t.Errorf("%s without %s:\n%s\nwith it:\n%s", name, rule, head(got), head(want))
			}
		}
	}
}

func head(text string) string { return text[:min(len(text), 400)] }

// answer is a query's rows as text, sorted; numbers with a fraction are rounded, as their sums depend on the order of rows.
func answer(t *testing.T, s *engine.Session, disabled, sql string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := s.Set("argan.optimizer.disabled", disabled); err != nil {
		t.Fatal(err)
	}
	r, err := s.Query(ctx, engine.Request{SQL: sql})
	if err != nil {
		t.Fatalf("without %s: %v", disabled, err)
	}
	defer r.Close()
	var lines []string
	for {
		b, err := r.Next(ctx)
		if err != nil {
			t.Fatalf("without %s: %v", disabled, err)
		}
		if b == nil {
			break
		}
		b = b.Dense()
		for i := range b.Len() {
			cells := make([]string, len(b.Cols))
			for k, c := range b.Cols {
				switch v := c.Value(i).(type) {
				case float64:
					cells[k] = fmt.Sprintf("%.6g", v)
				default:
					cells[k] = fmt.Sprint(v)
				}
			}
			lines = append(lines, strings.Join(cells, "|"))
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}
