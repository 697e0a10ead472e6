package engine_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/argan-sql/argan/engine"
	"github.com/argan-sql/argan/engine/render"
	"github.com/argan-sql/argan/sqlerr"
)

// TestScripts runs the scripts of testdata/scripts, each in a session of its own. A statement ends with ; at the end of a
// line. The lines after it say what it answers, in any order: "--> " a row, cells apart by one space and a bar; "--! " the
// class of its error; "--0" no rows. Without such lines it must only succeed.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/scripts/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	e, err := engine.Open(engine.Config{Warehouse: t.TempDir(), Threads: 2, MemoryLimit: 256 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".sql"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s, err := e.NewSession(engine.SessionOptions{Settings: map[string]string{"spark.sql.session.timeZone": "America/Los_Angeles"}})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			for _, st := range statements(string(text)) {
				st.check(t, s)
			}
		})
	}
}

// statement is one statement of a script and what it should answer.
type statement struct {
	sql   string
	rows  []string
	class string
	rated bool // rows or class are given
}

func statements(text string) []statement {
	var out []statement
	var sql []string
	for _, line := range strings.Split(text, "\n") {
		rest, isRow := strings.CutPrefix(line, "--> ")
		class, isError := strings.CutPrefix(line, "--! ")
		switch {
		case isRow:
			last := &out[len(out)-1]
			last.rows, last.rated = append(last.rows, rest), true
		case isError:
			last := &out[len(out)-1]
			last.class, last.rated = class, true
		case line == "--0":
			out[len(out)-1].rated = true
		case strings.HasPrefix(line, "--"):
		case strings.HasSuffix(line, ";"):
			out = append(out, statement{sql: strings.TrimSpace(strings.Join(append(sql, strings.TrimSuffix(line, ";")), "\n"))})
			sql = nil
		default:
			sql = append(sql, line)
		}
	}
	return out
}

func (st statement) check(t *testing.T, s *engine.Session) {
	t.Helper()
	rows, err := answer(s, st.sql)
	var e *sqlerr.Error
	switch {
	case st.class != "" && errors.As(err, &e):
		if e.Class != st.class {
			t.Errorf("%s\n  fails with %s, expected %s: %v", st.sql, e.Class, st.class, err)
		}
	case st.class != "":
		t.Errorf("%s\n  answers %q (%v), expected the error %s", st.sql, rows, err, st.class)
	case err != nil:
		t.Errorf("%s\n  %v", st.sql, err)
	case st.rated:
		slices.Sort(rows)
		slices.Sort(st.rows)
		if !slices.Equal(rows, st.rows) {
			t.Errorf("%s\n  gives\n    %s\n  expected\n    %s", st.sql, strings.Join(rows, "\n    "), strings.Join(st.rows, "\n    "))
		}
	}
}

// answer runs a statement and gives its rows as text.
func answer(s *engine.Session, sql string) ([]string, error) {
	ctx := context.Background()
	st, err := s.Prepare(ctx, engine.Request{SQL: sql})
	if err != nil {
		return nil, err
	}
	r, err := st.Run(ctx)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var out bytes.Buffer
	w, _ := render.New("tsv", &out, render.Options{Zone: s.Zone(), NoHeader: true})
	if err := w.Begin(r.Schema()); err != nil {
		return nil, err
	}
	for {
		b, err := r.Next(ctx)
		if err != nil {
			return nil, err
		}
		if b == nil {
			break
		}
		if err := w.Batch(b); err != nil {
			return nil, err
		}
	}
	if err := w.End(render.Tail{}); err != nil {
		return nil, err
	}
	var rows []string
	for row := range strings.Lines(out.String()) {
		cells := strings.Split(strings.TrimRight(row, "\r\n"), "\t")
		for i, c := range cells {
			if c == "" {
				cells[i] = "NULL"
			}
		}
		rows = append(rows, strings.Join(cells, " | "))
	}
	return rows, nil
}
