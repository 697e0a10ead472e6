package main

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// command runs the program and gives its exit code and what it wrote. The tests that use it run one after the other.
func command(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	dir := t.TempDir()
	files := map[string]**os.File{"out": &os.Stdout, "err": &os.Stderr}
	saved := map[string]*os.File{"out": os.Stdout, "err": os.Stderr}
	for name, f := range files {
		created, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		defer created.Close()
		*f = created
	}
	code = run(args)
	texts := map[string]string{}
	for name, f := range files {
		*f = saved[name]
		raw, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		texts[name] = string(raw)
	}
	return code, texts["out"], texts["err"]
}

func TestSQLExitCodes(t *testing.T) {
	warehouse := t.TempDir()
	script := filepath.Join(t.TempDir(), "x.sql")
	if err := os.WriteFile(script, []byte("SELECT 1;\n\nSELECT *\nFROM nope;"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		code int
		out  string // all of it
		errs string // a part
	}{
		{[]string{"sql", "--warehouse", warehouse, "-e", "SELECT 1 AS a; SELECT 2 AS b"}, 0, "+---+\n|  a|\n+---+\n|  1|\n+---+\n+---+\n|  b|\n+---+\n|  2|\n+---+\n", ""},
		{[]string{"sql", "--warehouse", warehouse, "--format", "csv", "--set", "spark.sql.session.timeZone=Asia/Tokyo", "-e", "SELECT current_timezone() AS z"}, 0, "z\r\nAsia/Tokyo\r\n", ""},
		{[]string{"sql", "--warehouse", warehouse, "--format", "csv", "-f", script}, 1, "1\r\n1\r\n", script + ":4:6: [TABLE_OR_VIEW_NOT_FOUND]"},
		{[]string{"sql", "--warehouse", warehouse, "-e", "SELEC 1"}, 1, "", "[PARSE_SYNTAX_ERROR]"},
		{[]string{"sql", "--warehouse", warehouse, "--set", "argan.threads=x", "-e", "SELECT 1"}, 1, "", "argan.threads"},
		{[]string{"sql", "--url", "grpc://127.0.0.1:1", "-e", "SELECT 1"}, 1, "", "cannot be reached"},
		{[]string{"sql", "--warehouse", warehouse, "--url", "grpc://h:1", "-e", "SELECT 1"}, 2, "", "exclude each other"},
		{[]string{"sql", "-e", "SELECT 1", "-f", script}, 2, "", "exclude each other"},
		{[]string{"sql", "--format", "xml", "-e", "SELECT 1"}, 2, "", `"xml" is not known`},
		{[]string{"sql", "--nonsense"}, 2, "", "unknown flag"},
		{[]string{"sql", "--set", "x", "-e", "SELECT 1"}, 2, "", "key=value"},
		{[]string{"sql", "--url", "http://h:1", "-e", "SELECT 1"}, 2, "", "http:// is not supported"},
		{[]string{"sql", "-f", filepath.Join(warehouse, "none.sql")}, 2, "", "none.sql"},
		{[]string{"nonsense"}, 2, "", "unknown command"},
		{[]string{"version"}, 0, "argan dev\n", ""},
	} {
		code, out, errs := command(t, c.args...)
		if code != c.code || out != c.out || !strings.Contains(errs, c.errs) || c.errs == "" && errs != "" {
			t.Errorf("argan %q ends with %d\n%s\n%s\nwant %d\n%s\n%s", c.args, code, out, errs, c.code, c.out, c.errs)
		}
	}
}

func TestSQLWithoutAWarehouse(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	t.Setenv("TMPDIR", t.TempDir())
	code, out, errs := command(t, "sql", "--format", "csv", "-e", "CREATE TABLE t AS SELECT 1 AS a; SELECT * FROM t")
	if code != 0 || out != "a\r\n1\r\n" || !strings.Contains(errs, "no --warehouse was given") {
		t.Errorf("%d %q %q", code, out, errs)
	}
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
		t.Errorf("%v is left, %v", left, err)
	}
	if err := os.Mkdir("warehouse", 0o755); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if code, _, errs := command(t, "sql", "-e", "CREATE TABLE IF NOT EXISTS t AS SELECT 1 AS a"); code != 0 || errs != "" {
			t.Errorf("%d %q", code, errs)
		}
	}
	if _, err := os.Stat("warehouse/t/_delta_log"); err != nil {
		t.Errorf("the table is not in ./warehouse: %v", err)
	}
}

func TestSQLOutput(t *testing.T) {
	warehouse, path := t.TempDir(), filepath.Join(t.TempDir(), "out.parquet")
	if code, _, errs := command(t, "sql", "--warehouse", warehouse, "--format", "parquet", "-o", path, "-e", "SELECT id FROM range(10)"); code != 0 {
		t.Fatal(errs)
	}
	code, out, errs := command(t, "sql", "--warehouse", warehouse, "--format", "csv", "-e", "SELECT sum(id) AS s FROM parquet.`"+path+"`")
	if code != 0 || out != "s\r\n45\r\n" {
		t.Errorf("%d %s %s", code, out, errs)
	}
	if code, _, errs := command(t, "sql", "--warehouse", warehouse, "-o", filepath.Join(warehouse, "no", "such"), "-e", "SELECT 1"); code != 2 || !strings.Contains(errs, "--output") {
		t.Errorf("%d %s", code, errs)
	}
}

func TestDoctor(t *testing.T) {
	t.Setenv("ARGAN_FLIGHT_PORT", "off")
	t.Setenv("ARGAN_HIVE_PORT", "off")
	t.Setenv("ARGAN_HTTP_PORT", "0")
	warehouse := t.TempDir()
	if code, _, errs := command(t, "sql", "--warehouse", warehouse, "-e", "CREATE TABLE whole AS SELECT 1 AS a; CREATE TABLE broken AS SELECT 2 AS b; CREATE VIEW seen AS SELECT * FROM whole"); code != 0 {
		t.Fatal(errs)
	}
	code, out, _ := command(t, "doctor", "--warehouse", warehouse)
	if code != 0 || !strings.Contains(out, "3 of 3 tables and views open") || !strings.HasSuffix(out, "Nothing is wrong.\n") {
		t.Errorf("all is well: %d\n%s", code, out)
	}
	log := filepath.Join(warehouse, "broken", "_delta_log")
	if err := os.RemoveAll(log); err != nil {
		t.Fatal(err)
	}
	code, out, _ = command(t, "doctor", "--warehouse", warehouse)
	if code != 1 || !strings.Contains(out, "WRONG  table default.broken ("+filepath.Join(warehouse, "broken")) || !strings.Contains(out, "DROP TABLE default.broken") || !strings.Contains(out, "2 of 3 tables") {
		t.Errorf("a table without log: %d\n%s", code, out)
	}
	missing := filepath.Join(warehouse, "nowhere")
	code, out, _ = command(t, "doctor", "--warehouse", missing)
	if _, err := os.Stat(missing); code != 1 || !strings.Contains(out, "there is no folder") || err == nil {
		t.Errorf("no folder: %d %v\n%s", code, err, out)
	}
	if code, out, _ = command(t, "doctor", "--warehouse", t.TempDir()); code != 0 || !strings.Contains(out, "has none yet") {
		t.Errorf("a new folder: %d\n%s", code, out)
	}
}

func TestDoctorFindsATakenPort(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() { // whoever asks gets an answer that is not argan's
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(c, "HTTP/1.0 200 OK\r\n\r\nhello")
			_ = c.Close()
		}
	}()
	t.Setenv("ARGAN_FLIGHT_PORT", "off")
	t.Setenv("ARGAN_HIVE_PORT", "off")
	t.Setenv("ARGAN_HTTP_PORT", strconv.Itoa(l.Addr().(*net.TCPAddr).Port))
	code, out, _ := command(t, "doctor")
	if code != 1 || !strings.Contains(out, "WRONG  port http") || !strings.Contains(out, "--http-port") {
		t.Errorf("%d\n%s", code, out)
	}
}
