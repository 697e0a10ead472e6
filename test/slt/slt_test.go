// Package slt runs the SQL suite: scripts with answers, through the engine. What a script looks like stands in README.md.
package slt

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/argan-sql/argan/engine"
	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/sqlerr"
)

var complete = flag.Bool("complete", false, "write what the engine answers into the scripts; read the difference before it is committed")

func TestScripts(t *testing.T) {
	files, err := filepath.Glob("*.slt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(file, ".slt"), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			records, err := parse(string(text))
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			r := newRunner(t, file)
			for _, rec := range records {
				r.run(rec)
			}
			if printed := print(records); *complete && printed != string(text) {
				if err := os.WriteFile(file, []byte(printed), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// runner runs one script in a warehouse of its own.
type runner struct {
	t        *testing.T
	file     string
	engine   *engine.Engine
	scratch  string
	sessions map[string]*engine.Session
	session  *engine.Session
}

func newRunner(t *testing.T, file string) *runner {
	e, err := engine.Open(engine.Config{Warehouse: t.TempDir(), Threads: 2, MemoryLimit: 256 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	r := &runner{t: t, file: file, engine: e, scratch: t.TempDir(), sessions: map[string]*engine.Session{}}
	r.use("main")
	return r
}

func (r *runner) use(name string) {
	if r.sessions[name] == nil {
		s, err := r.engine.NewSession(engine.SessionOptions{})
		if err != nil {
			r.t.Fatal(err)
		}
		r.sessions[name] = s
	}
	r.session = r.sessions[name]
}

func (r *runner) fill(text string) string { return strings.ReplaceAll(text, "${scratch}", r.scratch) }

// hide puts names in the place of folders that differ from run to run.
func (r *runner) hide(text string) string {
	return strings.NewReplacer(r.scratch, "${scratch}", r.engine.Warehouse(), "${warehouse}").Replace(text)
}

func (r *runner) run(rec *record) {
	r.t.Helper()
	switch rec.verb {
	case "session":
		r.use(rec.args[0])
	case "set":
		if err := r.session.Set(rec.args[0], strings.Join(rec.args[1:], " ")); err != nil {
			r.t.Errorf("%s:%d: %v", r.file, rec.line, err)
		}
	case "file":
		path := r.fill(rec.args[0])
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		if err == nil {
			err = os.WriteFile(path, []byte(rec.sql+"\n"), 0o644)
		}
		if err != nil {
			r.t.Fatal(err)
		}
	default:
		if rec.sql != "" {
			r.check(rec)
		}
	}
}

func (r *runner) check(rec *record) {
	r.t.Helper()
	answer, err := r.answer(rec)
	class := ""
	if err != nil {
		class = "(none)"
		if e := (*sqlerr.Error)(nil); errors.As(err, &e) {
			class = e.Class
		}
	}
	if *complete {
		r.complete(rec, answer, err, class)
		return
	}
	where := fmt.Sprintf("%s:%d: %s", r.file, rec.line, rec.sql)
	wantError := rec.verb == "statement" && rec.flag("error")
	switch {
	case wantError && err == nil:
		r.t.Errorf("%s\n  gives\n    %s\n  expected the error %s", where, strings.Join(answer, "\n    "), rec.args[len(rec.args)-1])
	case wantError && class != rec.args[len(rec.args)-1]:
		r.t.Errorf("%s\n  fails with %s\n  expected %s", where, err, rec.args[len(rec.args)-1])
	case !wantError && err != nil:
		r.t.Errorf("%s\n  %v", where, err)
	case rec.verb == "query" && !slices.Equal(answer, rec.answer):
		r.t.Errorf("%s\n  gives\n    %s\n  expected\n    %s", where, strings.Join(answer, "\n    "), strings.Join(rec.answer, "\n    "))
	}
}

// complete writes what was answered into the record.
func (r *runner) complete(rec *record, answer []string, err error, class string) {
	if class == "INTERNAL_ERROR" {
		r.t.Errorf("%s:%d: %s\n  %v", r.file, rec.line, rec.sql, err)
	}
	switch {
	case err != nil:
		if rec.verb == "query" {
			r.t.Logf("%s:%d: %s\n  %v", r.file, rec.line, rec.sql, err)
		}
		rec.verb, rec.args, rec.answer, rec.hasRows = "statement", []string{"error", class}, nil, false
	case len(answer) == 0:
		rec.verb, rec.args, rec.answer, rec.hasRows = "statement", []string{"ok"}, nil, false
	case rec.verb != "query" && !(rec.verb == "statement" && rec.flag("ok")):
		rec.verb, rec.args = "query", nil
		if !ordered(rec.sql) {
			rec.args = []string{"rowsort"}
			slices.Sort(answer[1:])
		}
		fallthrough
	case rec.verb == "query":
		rec.answer, rec.hasRows = answer, true
	}
}

// answer runs a statement and gives its schema and rows as text; nothing for a statement without result.
func (r *runner) answer(rec *record) ([]string, error) {
	ctx := context.Background()
	q := engine.Request{SQL: r.fill(rec.sql)}
	for _, p := range rec.params {
		words := strings.SplitN(p, " ", 3)
		if len(words) < 3 {
			return nil, fmt.Errorf("param needs a name, a type and a value: %s", p)
		}
		t, err := engine.ParseType(words[1])
		if err != nil {
			return nil, err
		}
		v := engine.Parameter{Name: strings.TrimLeft(words[0], "?:"), Type: t}
		if words[2] != "NULL" {
			if v, err = engine.TextParameter(v.Name, t, words[2]); err != nil {
				return nil, err
			}
		}
		q.Parameters = append(q.Parameters, v)
	}
	st, err := r.session.Prepare(ctx, q)
	if err != nil {
		return nil, err
	}
	res, err := st.Run(ctx)
	if err != nil {
		return nil, err
	}
	defer res.Close()
	var columns []int
	var head []string
	only := rec.value("only")
	for i, f := range res.Schema().Fields {
		if only == "" || slices.Contains(strings.Split(only, ","), f.Name) {
			columns = append(columns, i)
			head = append(head, f.Name+":"+f.Type.String())
		}
	}
	var rows []string
	for {
		b, err := res.Next(ctx)
		if err != nil {
			return nil, err
		}
		if b == nil {
			break
		}
		for i := range b.Len() {
			cells := make([]string, len(columns))
			for k, c := range columns {
				cells[k] = r.hide(cell(cast.Hive(b.Column(c), i, r.session.Zone())))
			}
			rows = append(rows, strings.Join(cells, " | "))
		}
	}
	if len(head) == 0 {
		return nil, nil
	}
	if rec.flag("rowsort") {
		slices.Sort(rows)
	}
	return append([]string{cell(strings.Join(head, " | "))}, rows...), nil
}

// cell makes a value fit into a line.
func cell(text string) string {
	if text == "" {
		return "(empty)"
	}
	return strings.NewReplacer("\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(text)
}
