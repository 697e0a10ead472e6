package engine

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/sqlerr"
)

// openTest opens an engine on a warehouse of its own, or on the given one.
func openTest(t testing.TB, warehouse string) *Engine {
	t.Helper()
	if warehouse == "" {
		warehouse = t.TempDir()
	}
	e, err := Open(Config{Warehouse: warehouse, Threads: 2, MemoryLimit: 256 << 20, SpillDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

func sessionOf(t testing.TB, e *Engine) *Session {
	t.Helper()
	s, err := e.NewSession(SessionOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// run runs statements that must succeed.
func run(t testing.TB, s *Session, statements ...string) {
	t.Helper()
	for _, sql := range statements {
		if err := s.Exec(context.Background(), sql); err != nil {
			t.Fatalf("%s: %v", clip(sql, 300), err)
		}
	}
}

// rows runs a statement and gives its rows as text, cells apart by a bar.
func rows(t testing.TB, s *Session, sql string) []string {
	t.Helper()
	out, err := tryRows(s, sql)
	if err != nil {
		t.Fatalf("%s: %v", clip(sql, 300), err)
	}
	return out
}

func tryRows(s *Session, sql string) ([]string, error) {
	ctx := context.Background()
	r, err := s.Query(ctx, Request{SQL: sql})
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var out []string
	for {
		b, err := r.Next(ctx)
		if err != nil || b == nil {
			return out, err
		}
		for i := range b.Len() {
			var cells []string
			for _, c := range b.Cols {
				cells = append(cells, cast.Hive(c, i, time.UTC))
			}
			out = append(out, strings.Join(cells, "|"))
		}
	}
}

// one is the only cell of a statement's answer.
func one(t testing.TB, s *Session, sql string) string {
	t.Helper()
	all := rows(t, s, sql)
	if len(all) != 1 {
		t.Fatalf("%s: %d rows %q", sql, len(all), all)
	}
	return all[0]
}

// fails runs a statement that must fail with a class.
func fails(t testing.TB, s *Session, sql, class string) {
	t.Helper()
	answer, err := tryRows(s, sql)
	var e *sqlerr.Error
	if !errors.As(err, &e) {
		t.Fatalf("%s: gives %q and %v, expected %s", clip(sql, 300), answer, err, class)
	}
	if e.Class != class {
		t.Fatalf("%s: fails with %s, expected %s: %v", clip(sql, 300), e.Class, class, err)
	}
}
