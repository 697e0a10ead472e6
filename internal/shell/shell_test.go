package shell

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/argan-sql/argan/engine"
	"github.com/argan-sql/argan/types"
)

func someAnswers() *fake {
	return &fake{set: map[string]string{}, answers: map[string]*answer{
		"SELECT 1":                  one("1", types.IntType, int32(1)),
		"SELECT 2":                  one("2", types.IntType, int32(2), nil),
		"CREATE TABLE t (a INT)":    nothing(),
		"SELECT current_database()": one("current_database()", types.StringType, "default"),
		"SELECT wide":               one("w", types.StringType, strings.Repeat("x", 100)),
		"SELECT broken": {
			schema: one("a", types.IntType).schema, batches: one("a", types.IntType, int32(7)).batches,
			err: errors.New("it broke"),
		},
		"SELECT forever": {schema: one("a", types.IntType).schema, wait: true},
		"SHOW DATABASES": one("namespace", types.StringType, "default", "gold"),
	}}
}

func TestScriptRunsInOrder(t *testing.T) {
	f := someAnswers()
	s, out, errs := newShell(f, "csv")
	if err := s.Script(context.Background(), "", "SELECT 1; -- one\nCREATE TABLE t (a INT);\n/* two */ SELECT 2"); err != nil {
		t.Fatal(err, errs)
	}
	check(t, "the output", out.String(), "1\r\n1\r\n2\r\n2\r\n\r\n")
	check(t, "what ran", strings.Join(f.ran, " | "), "SELECT 1 | CREATE TABLE t (a INT) | SELECT 2")
	check(t, "stderr", errs.String(), "")
}

func TestScriptStopsAtAFailure(t *testing.T) {
	f := someAnswers()
	s, out, errs := newShell(f, "table")
	err := s.Script(context.Background(), "dir/x.sql", "SELECT 1;\n  SELECT 2; SELECT *\nFROM missing;\nSELECT 1")
	if !errors.Is(err, ErrFailed) {
		t.Fatalf("the error is %v", err)
	}
	check(t, "the output", out.String(), lines("+---+", "|  1|", "+---+", "|  1|", "+---+", "+----+", "|   2|", "+----+", "|   2|", "|NULL|", "+----+"))
	if got := errs.String(); !strings.HasPrefix(got, "dir/x.sql:3:6: [TABLE_OR_VIEW_NOT_FOUND]") || !strings.Contains(got, "FROM missing\n     ^^^^^^^") {
		t.Errorf("stderr is %q", got)
	}
	if len(f.ran) != 3 {
		t.Errorf("ran %q", f.ran)
	}
}

func TestPlace(t *testing.T) {
	for _, c := range []struct {
		script string
		f      failure
		want   string
	}{
		{"SELECT x", failure{line: 1, column: 8}, "s:1:8"},
		{"\n\n SELECT x", failure{line: 1, column: 8}, "s:3:9"},
		{"SELECT 1; SELECT x", failure{line: 1, column: 8}, "s:1:18"},
		{"/* é */ SELECT x", failure{line: 1, column: 8}, "s:1:16"},
		{"SELECT 1;\nSELECT\n  x", failure{line: 2, column: 3}, "s:3:3"},
		{"SELECT 1;\n\nSELECT x", failure{}, "s:3"},
	} {
		pieces := engine.Split(c.script)
		check(t, "the place in "+c.script, place("s", c.script, pieces[len(pieces)-1], c.f), c.want)
	}
}

func TestAResultThatBreaksOffIsAFailure(t *testing.T) {
	s, _, errs := newShell(someAnswers(), "csv")
	if err := s.Script(context.Background(), "", "SELECT broken"); !errors.Is(err, ErrFailed) {
		t.Errorf("the error is %v", err)
	}
	check(t, "stderr", errs.String(), "it broke\n")
}

func TestOutputFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "out.csv")
	run := func(sql string) error {
		out, err := CreateFile(path)
		if err != nil {
			t.Fatal(err)
		}
		s := &Shell{Backend: someAnswers(), Out: out, Err: &bytes.Buffer{}, Format: "csv"}
		err = s.Script(context.Background(), "", sql)
		if failure := out.Close(err == nil); failure != nil {
			t.Fatal(failure)
		}
		return err
	}
	if err := run("SELECT 1"); err != nil {
		t.Fatal(err)
	}
	if err := run("SELECT 2; SELECT broken"); err == nil {
		t.Fatal("a broken result is no failure")
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	check(t, "the file, after a run that failed", string(raw), "1\r\n1\r\n")
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("%d files are left", len(entries))
	}
	if _, err := CreateFile(dir); err == nil {
		t.Error("a folder was taken for a file")
	}
}

func TestBinaryFormatsHoldOneResult(t *testing.T) {
	for _, format := range []string{"arrow", "parquet"} {
		s, out, errs := newShell(someAnswers(), format)
		if err := s.Script(context.Background(), "", "CREATE TABLE t (a INT); SELECT 1"); err != nil || out.Len() == 0 {
			t.Errorf("%s: one result: %v %s", format, err, errs)
		}
		if err := s.Script(context.Background(), "", "SELECT 2"); err == nil || !strings.Contains(errs.String(), "holds one result") {
			t.Errorf("%s: a second result: %v %s", format, err, errs)
		}
	}
}

func TestTemporaryWarehouseIsTold(t *testing.T) {
	s, _, errs := newShell(someAnswers(), "csv")
	s.Temporary = true
	if err := s.Script(context.Background(), "", "SELECT 1"); err != nil || errs.Len() > 0 {
		t.Errorf("a query: %v %q", err, errs)
	}
	if err := s.Script(context.Background(), "", "CREATE TABLE t (a INT); CREATE TABLE t (a INT)"); err != nil || strings.Count(errs.String(), "no --warehouse was given") != 1 {
		t.Errorf("two changes: %v %q", err, errs)
	}
}

func TestInteract(t *testing.T) {
	s, out, errs := newShell(someAnswers(), "table")
	s.Width = 40
	in := &typed{entries: []string{
		"SELECT 1; SELECT 2;", "", "SELECT * FROM missing;", `\format csv`, "SELECT 1;", `\timing`, "CREATE TABLE t (a INT);", `\format parquet`, `\nonsense x`,
		`\format table`, "SELECT wide;", "quit", "SELECT 2;",
	}}
	if err := s.Interact(context.Background(), in); err != nil {
		t.Fatal(err)
	}
	check(t, "the output", out.String(), lines("+---+", "|  1|", "+---+", "|  1|", "+---+", "+----+", "|   2|", "+----+", "|   2|", "|NULL|", "+----+")+"1\r\n1\r\n"+
		lines("+"+strings.Repeat("-", 38)+"+", "|"+strings.Repeat(" ", 37)+"w|", "+"+strings.Repeat("-", 38)+"+", "|"+strings.Repeat("x", 35)+"...|", "+"+strings.Repeat("-", 38)+"+"))
	told := strings.Split(errs.String(), "\n")
	want := []string{"1 row in ", "2 rows in ", "[TABLE_OR_VIEW_NOT_FOUND]", "If you", "To tolerate", "", "== SQL", "SELECT * FROM missing", "              ^^^^^^^", "1 row in ", "Timing is off.", "OK", "parquet is no text", `There is no command \nonsense`, "1 row"}
	for i, w := range want {
		if i >= len(told) || !strings.HasPrefix(told[i], w) {
			t.Fatalf("stderr is\n%s\nline %d should begin with %q", errs, i+1, w)
		}
	}
	if len(in.prompts) != 12 || in.prompts[0] != "argan> " {
		t.Errorf("prompts: %q", in.prompts)
	}
}

func TestInteractGoesOnAfterCtrlC(t *testing.T) {
	s, out, _ := newShell(someAnswers(), "csv")
	in := &typed{entries: []string{"", "SELECT 1;"}, errs: map[int]error{0: ErrInterrupt}}
	if err := s.Interact(context.Background(), in); err != nil {
		t.Fatal(err)
	}
	check(t, "the output", out.String(), "1\r\n1\r\n")
}

func TestPromptNamesTheDatabase(t *testing.T) {
	f := someAnswers()
	f.answers["use gold"] = nothing()
	s, _, _ := newShell(f, "csv")
	in := &typed{entries: []string{"use gold;"}}
	f.answers["SELECT current_database()"] = one("d", types.StringType, "gold")
	if err := s.Interact(context.Background(), in); err != nil {
		t.Fatal(err)
	}
	check(t, "the prompt", in.prompts[1], "argan (gold)> ")
}

func TestStatementIsCancelled(t *testing.T) {
	s, _, errs := newShell(someAnswers(), "csv")
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(10*time.Millisecond, cancel)
	if err := s.Script(ctx, "", "SELECT forever; SELECT 1"); !errors.Is(err, ErrFailed) {
		t.Errorf("the error is %v", err)
	}
	check(t, "stderr", errs.String(), "The statement was cancelled.\n")
}

func TestComplete(t *testing.T) {
	for entry, want := range map[string]bool{
		"": true, "  ": true, "SELECT 1": false, "SELECT 1;": true, "SELECT 1; ": true, "SELECT 1; -- done": true, "SELECT 1; SELECT": false,
		"SELECT ';": false, "SELECT ';'": false, "SELECT ';';": true, "/* open ;": false, "/* closed */": true, "-- only a comment": true, "SELECT `a;": false,
		`\q`: true, `\format csv`: true, "quit": true, "EXIT;": true, "quit now": false, ";": true, "SELECT 1 /* ; */": false,
	} {
		if got := Complete(entry); got != want {
			t.Errorf("Complete(%q) is %v", entry, got)
		}
	}
}

func TestProgressLine(t *testing.T) {
	for _, c := range []struct {
		p     engine.Progress
		known bool
		want  string
	}{
		{engine.Progress{TasksDone: 3, TasksTotal: 4, RowsRead: 1_250_000, BytesRead: 3 << 20}, true, "[##################......]  75% 2.5 s, 1.2M rows read, 3.0 MiB  (Ctrl-C cancels)"},
		{engine.Progress{TasksDone: 9, TasksTotal: 4}, true, "[########################] 100% 2.5 s  (Ctrl-C cancels)"},
		{engine.Progress{RowsRead: 12, SpilledBytes: 5 << 30}, true, "/ 2.5 s, 12 rows read, 5.0 GiB spilled  (Ctrl-C cancels)"},
		{engine.Progress{RowsRead: 12}, false, "/ 2.5 s  (Ctrl-C cancels)"},
	} {
		check(t, "the line", progressLine(c.p, c.known, 2500*time.Millisecond, 1), c.want)
	}
}

func TestParseURL(t *testing.T) {
	for _, c := range []struct{ url, address, user string }{
		{"grpc://localhost:32010", "localhost:32010", ""},
		{"grpc://ann@db.example:7", "db.example:7", "ann"},
		{"grpc+tcp://h", "h:32010", ""},
		{"grpc://[::1]:9", "[::1]:9", ""},
		{"grpc://h:1/", "h:1", ""},
		{"grpc+tls://ann@h:1", "h:1", "ann"},
		{"localhost:32010", "", ""},
		{"http://h:1", "", ""},
		{"grpc://a:secret@h:1", "", ""},
		{"grpc://h:1/db", "", ""},
		{"", "", ""},
	} {
		s, err := ParseURL(c.url)
		if s.Address != c.address || s.User != c.user || s.Encrypted != strings.HasPrefix(c.url, "grpc+tls:") || (err == nil) != (c.address != "") {
			t.Errorf("ParseURL(%q) is %+v, %v", c.url, s, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("the password is told: %v", err)
		}
	}
}

func TestLocation(t *testing.T) {
	at := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	for name, want := range map[string]string{"UTC": "12:00", "Africa/Casablanca": "13:00", "+02:30": "14:30", "GMT-01:00": "11:00", "nowhere": "12:00"} {
		check(t, name, at.In(location(name)).Format("15:04"), want)
	}
}
