// Package badinput sends what no one should send: statements that are huge, deep or no text at all, files that are cut
// short or damaged, values that do not fit. Each must give a clear error or the right answer, and the engine must answer
// the next statement.
package badinput

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/argan-sql/argan/engine"
	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/sqlerr"
)

// patience is how long a statement may take; no statement here needs a tenth of it on an idle machine.
const patience = time.Minute

func open(t *testing.T) *engine.Engine {
	t.Helper()
	e, err := engine.Open(engine.Config{Warehouse: t.TempDir(), Threads: 2, MemoryLimit: 512 << 20})
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

func session(t *testing.T, e *engine.Engine) *engine.Session {
	t.Helper()
	s, err := e.NewSession(engine.SessionOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// ask runs a statement and gives its rows as text, cells apart by a bar.
func ask(s *engine.Session, sql string, params ...engine.Parameter) ([]string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	st, err := s.Prepare(ctx, engine.Request{SQL: sql, Parameters: params})
	if err != nil {
		return nil, err
	}
	r, err := st.Run(ctx)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var rows []string
	for {
		b, err := r.Next(ctx)
		if b == nil || err != nil {
			return rows, err
		}
		for i := range b.Len() {
			cells := make([]string, len(b.Cols))
			for c := range cells {
				cells[c] = cast.Hive(b.Column(c), i, s.Zone())
			}
			rows = append(rows, strings.Join(cells, "|"))
		}
	}
}

func class(err error) string {
	var e *sqlerr.Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &e):
		return e.Class
	}
	return "no class: " + err.Error()
}

// short keeps a message readable.
func short(text string) string {
	if len(text) > 300 {
		return text[:200] + " … " + text[len(text)-90:]
	}
	return text
}

// expect runs a statement. want is the rows joined by /, or the class of the error behind a !; classes apart by | are
// all right.
func expect(t *testing.T, s *engine.Session, sql, want string, params ...engine.Parameter) {
	t.Helper()
	began := time.Now()
	rows, err := ask(s, sql, params...)
	late(t, sql, began)
	if classes, fails := strings.CutPrefix(want, "!"); fails {
		got := class(err)
		for c := range strings.SplitSeq(classes, "|") {
			if got == c || strings.HasPrefix(got, c+".") {
				return
			}
		}
		text := strings.Join(rows, "/")
		if err != nil {
			text = err.Error()
		}
		t.Errorf("%s\n  gives %s\n  expected the error %s", short(sql), short(text), classes)
		return
	}
	if err != nil {
		t.Errorf("%s\n  %s", short(sql), short(err.Error()))
	} else if got := strings.Join(rows, "/"); got != want {
		t.Errorf("%s\n  gives %s\n  expected %s", short(sql), short(got), short(want))
	}
}

// late complains of a statement that took much longer than it may.
func late(t *testing.T, sql string, began time.Time) {
	t.Helper()
	if took := time.Since(began); took > patience/2 {
		t.Errorf("%s\n  took %s", short(sql), took)
	}
}

// survive runs a statement that may be answered or refused, as long as the program knew what it did.
func survive(t *testing.T, s *engine.Session, sql string) {
	t.Helper()
	began := time.Now()
	if _, err := ask(s, sql); class(err) == "INTERNAL_ERROR" || class(err) == "QUERY_CANCELLED" || strings.HasPrefix(class(err), "no class") {
		t.Errorf("%s\n  %s", short(sql), short(err.Error()))
	}
	late(t, sql, began)
}

// usable asks a question that every engine can answer.
func usable(t *testing.T, s *engine.Session) {
	t.Helper()
	expect(t, s, "SELECT sum(id) FROM range(10)", "45")
}
