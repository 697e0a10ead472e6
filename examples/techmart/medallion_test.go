package techmart_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/argan-sql/argan/engine"
	"github.com/argan-sql/argan/engine/render"
	scripts "github.com/argan-sql/argan/examples/techmart"
	"github.com/argan-sql/argan/internal/techmart"
	"github.com/argan-sql/argan/sql/parser"
)

// recorded is what Spark answered; record.py writes it.
type recorded struct {
	Factor int
	Seed   int64
	Loads  []struct {
		Delivery string
		Tables   map[string]struct {
			Rows            int
			Digest, Columns string
		}
		Report []struct {
			Title   string
			Columns []string
			Rows    [][]*string
		}
	}
}

// shop is a session on a warehouse of its own.
type shop struct {
	*testing.T
	session *engine.Session
}

// answer runs a statement and gives its rows as text, the names of the columns first. NULL is an empty text.
func (s shop) answer(sql string) [][]string {
	s.Helper()
	ctx := context.Background()
	st, err := s.session.Prepare(ctx, engine.Request{SQL: sql})
	if err != nil {
		s.Fatalf("%v", err)
	}
	result, err := st.Run(ctx)
	if err != nil {
		s.Fatalf("%v\n%s", err, sql)
	}
	defer result.Close()
	var out bytes.Buffer
	w, _ := render.New("csv", &out, render.Options{})
	if err := w.Begin(result.Schema()); err != nil {
		s.Fatal(err)
	}
	for {
		b, err := result.Next(ctx)
		if err != nil {
			s.Fatalf("%v\n%s", err, sql)
		}
		if b == nil {
			break
		}
		if err := w.Batch(b); err != nil {
			s.Fatal(err)
		}
	}
	if err := w.End(render.Tail{Affected: -1, Version: -1}); err != nil {
		s.Fatal(err)
	}
	rows, err := csv.NewReader(&out).ReadAll()
	if err != nil {
		s.Fatal(err)
	}
	return rows
}

func (s shop) load(delivery string) {
	s.Helper()
	s.answer("SET delivery=" + delivery)
	for _, step := range scripts.Load() {
		for _, piece := range parser.Split(step.SQL) {
			s.answer(piece.Text)
		}
	}
}

// The scripts must answer what Spark answers to the same scripts, table by table and in the report; a load that is run
// again must change nothing, and an older load must not win over a later one.
func TestMedallionAgreesWithSpark(t *testing.T) {
	if testing.Short() {
		t.Skip("the medallion takes seconds")
	}
	raw, err := os.ReadFile("expected.json")
	if err != nil {
		t.Fatal(err)
	}
	var want recorded
	if err := json.Unmarshal(raw, &want); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := techmart.Generate(filepath.Join(dir, "raw"), techmart.Options{Factor: want.Factor, Seed: want.Seed}); err != nil {
		t.Fatal(err)
	}
	e, err := engine.Open(engine.Config{Warehouse: filepath.Join(dir, "warehouse")})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	session, err := e.NewSession(engine.SessionOptions{Client: "test"})
	if err != nil {
		t.Fatal(err)
	}
	s := shop{t, session}
	s.answer("SET raw=" + filepath.Join(dir, "raw"))

	check := func(when string, load int) {
		t.Helper()
		for table, w := range want.Loads[load].Tables {
			got := s.answer(fmt.Sprintf("SELECT count(*), sum(CAST(xxhash64(%s) AS DECIMAL(38,0))) FROM %s", w.Columns, table))
			if got[1][0] != fmt.Sprint(w.Rows) || got[1][1] != w.Digest {
				t.Errorf("%s: %s has %s rows with digest %s, Spark has %d with %s", when, table, got[1][0], got[1][1], w.Rows, w.Digest)
			}
		}
		for i, q := range scripts.Report() {
			w := want.Loads[load].Report[i]
			got := s.answer(q.SQL)
			lines := [][]string{w.Columns}
			for _, r := range w.Rows {
				line := make([]string, len(r))
				for j, v := range r {
					if v != nil {
						line[j] = *v
					}
				}
				lines = append(lines, line)
			}
			if fmt.Sprint(got) != fmt.Sprint(lines) {
				t.Errorf("%s: %s\n got %v\nwant %v", when, q.Title, got, lines)
			}
		}
	}
	for i, load := range want.Loads {
		s.load(load.Delivery)
		check(load.Delivery, i)
		s.load(load.Delivery)
		check(load.Delivery+" again", i)
	}
	last := len(want.Loads) - 1
	s.load(want.Loads[0].Delivery)
	check(want.Loads[0].Delivery+" after "+want.Loads[last].Delivery, last)
}
