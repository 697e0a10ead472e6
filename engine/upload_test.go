package engine

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/argan-sql/argan/sqlerr"
)

func upload(t *testing.T, s *Session, u Upload, body string) Loaded {
	t.Helper()
	u.Body = strings.NewReader(body)
	l, err := s.Upload(t.Context(), u)
	if err != nil {
		t.Fatalf("%s %s: %v", u.Mode, u.Format, err)
	}
	return l
}

func TestUpload(t *testing.T) {
	e := openTest(t, "")
	s := sessionOf(t, e)
	run(t, s, "CREATE TABLE typed (id BIGINT, price DECIMAL(10,2), at DATE, note STRING) USING delta")
	for _, c := range []struct {
		name string
		u    Upload
		body string
		rows string // of the table afterwards
	}{
		{"columns by name, values as the table has them", Upload{Table: "typed", Mode: LoadAppend, Format: "csv"}, "price,ID,note\r\n1.50,1,\"a,\"\"b\"\"\nc\"\r\n,2,\"\"\r\n", "1|1.50|NULL|a,\"b\"\nc;2|NULL|NULL|"},
		{"by place without a header", Upload{Table: "default.typed", Mode: LoadAppend, Format: "csv", Options: map[string]string{"header": "false", "sep": ";"}}, "3;2.00;2024-01-02;x", "3|2.00|2024-01-02|x"},
		{"lines of JSON", Upload{Table: "spark_catalog.default.typed", Mode: LoadAppend, Format: "ndjson"}, "{\"id\":4,\"price\":\"7.25\"}\n\n{\"note\":\"n\",\"id\":5}", "4|7.25|NULL|NULL;5|NULL|NULL|n"},
		{"a list", Upload{Table: "typed", Mode: LoadAppend, Format: "json"}, " [ {\"id\":6,\n \"note\":\"]},{[\\\"\"} ,{\"id\":7}\n]", "6|NULL|NULL|]},{[\";7|NULL|NULL|NULL"},
		{"types found", Upload{Table: "found", Mode: LoadCreate, Format: "csv"}, "i,d,s,t\n1,2024-01-02,x,\n2,,,1.5\n", "1|2024-01-02|x|NULL;2|NULL|NULL|1.5"},
		{"types given", Upload{Table: "given", Mode: LoadReplace, Format: "csv", Columns: "i STRING, n TINYINT"}, "n,i\n1,001\n", "1|001"},
		{"create_append makes", Upload{Table: "both", Mode: LoadCreateAppend, Format: "ndjson"}, `{"a":1}`, "1"},
		{"create_append appends", Upload{Table: "both", Mode: LoadCreateAppend, Format: "ndjson"}, `{"a":2}`, "1;2"},
		{"new columns", Upload{Table: "both", Mode: LoadAppend, Format: "ndjson", Evolve: true}, `{"a":3,"b":{"c":[true]}}`, "1|NULL;2|NULL;3|{\"c\":[true]}"},
		{"replace", Upload{Table: "both", Mode: LoadReplace, Format: "ndjson"}, `{"z":"new"}`, "new"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := upload(t, s, c.u, c.body)
			where := ""
			if strings.HasSuffix(c.u.Table, "typed") {
				where = " EXCEPT ALL SELECT * FROM typed VERSION AS OF " + itoa(l.Version-1)
			}
			got := strings.Join(rows(t, s, "SELECT * FROM "+c.u.Table+where+" ORDER BY 1"), ";")
			if got != c.rows {
				t.Errorf("%s, want %s", got, c.rows)
			}
			if where != "" && l.Rows != int64(strings.Count(c.rows, ";")+1) || l.StatementID == "" {
				t.Errorf("%+v", l)
			}
		})
	}
	if got := rows(t, s, "SELECT typeof(i), typeof(d), typeof(s), typeof(t) FROM found LIMIT 1"); got[0] != "int|date|string|double" {
		t.Errorf("types found: %s", got)
	}
	left, err := filepath.Glob(filepath.Join(e.config.SpillDir, uploadFolder+"*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestUploadRefused(t *testing.T) {
	s := sessionOf(t, openTest(t, ""))
	run(t, s, "CREATE TABLE t (id INT NOT NULL, s STRUCT<a: INT>, CONSTRAINT positive CHECK (id > 0)) USING delta", "INSERT INTO t VALUES (1, NULL)")
	broken := io.MultiReader(strings.NewReader("id\n5\n"), brokenReader{})
	for _, c := range []struct {
		name  string
		u     Upload
		body  io.Reader
		class string
		hint  string
	}{
		{"a value", Upload{Table: "t", Format: "csv"}, strings.NewReader("id\n2\n\"3\"\nx\n"), "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION", `Line 4, column id: "x" is no INT.`},
		{"too many fields", Upload{Table: "t", Format: "csv"}, strings.NewReader("id\n2\n3,4\n"), "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION", "Line 3 has 2 fields where 1 are expected."},
		{"a column", Upload{Table: "t", Format: "csv"}, strings.NewReader("id,nope\n2,3\n"), "INCOMPATIBLE_DATA_FOR_TABLE.EXTRA_COLUMNS", ""},
		{"a JSON value", Upload{Table: "t", Format: "ndjson"}, strings.NewReader("{\"id\":2}\n{\"id\":\"x\"}"), "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION", "Line 2, column id: the value is no INT."},
		{"broken JSON", Upload{Table: "t", Format: "json"}, strings.NewReader(`[{"id":2},{"id":}]`), "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION", "Element 2 is no JSON object."},
		{"a list that is cut", Upload{Table: "t", Format: "json"}, strings.NewReader(`[{"id":2},{"id":3}`), "LOAD_BODY_MALFORMED", "Element 2."},
		{"a nested field", Upload{Table: "t", Format: "ndjson"}, strings.NewReader(`{"id":2,"s":{"a":1,"b":2}}`), "LOAD_COLUMN_UNKNOWN", ""},
		{"a constraint", Upload{Table: "t", Format: "csv"}, strings.NewReader("id\n2\n-1\n"), "DELTA_VIOLATE_CONSTRAINT_WITH_VALUES", ""},
		{"a client that breaks off", Upload{Table: "t", Format: "csv"}, broken, "", ""},
		{"no Parquet", Upload{Table: "t", Format: "parquet"}, strings.NewReader("PAR1"), "LOAD_BODY_MALFORMED", ""},
		{"a mode of reading", Upload{Table: "t", Format: "csv", Options: map[string]string{"mode": "DROPMALFORMED"}}, strings.NewReader("id\n2\n"), "INVALID_SETTING", ""},
		{"no such table", Upload{Table: "nope", Format: "csv"}, strings.NewReader("id\n2\n"), "TABLE_OR_VIEW_NOT_FOUND", ""},
		{"a table that is there", Upload{Table: "t", Format: "csv", Mode: LoadCreate}, strings.NewReader("id\n2\n"), "TABLE_OR_VIEW_ALREADY_EXISTS", ""},
		{"a name of too many parts", Upload{Table: "a.b.c.d", Format: "csv"}, strings.NewReader("id\n2\n"), "REQUIRES_SINGLE_PART_NAMESPACE", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.u.Mode == "" {
				c.u.Mode = LoadAppend
			}
			c.u.Body = c.body
			_, err := s.Upload(t.Context(), c.u)
			e := sqlerr.From(err)
			if err == nil || c.class != "" && !strings.HasPrefix(e.Class, c.class) || c.hint != "" && e.Hint != c.hint {
				t.Errorf("%v, hint %q", err, e.Hint)
			}
			if strings.Contains(e.Error(), "argan-upload-") {
				t.Errorf("a path of the server's is shown: %v", err)
			}
		})
	}
	if got := rows(t, s, "SELECT * FROM t"); len(got) != 1 {
		t.Errorf("rows of a load that failed: %v", got)
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errors.New("the connection is gone") }

// A key holds through a restart, and while two loads with it run at once.
func TestUploadKey(t *testing.T) {
	dir := t.TempDir()
	e, err := Open(Config{Warehouse: dir, SpillDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	s := sessionOf(t, e)
	u := Upload{Table: "t", Mode: LoadCreate, Format: "csv", Key: "first"}
	made := upload(t, s, u, "a\n1\n2\n")
	if made.Replayed || made.Rows != 2 {
		t.Errorf("%+v", made)
	}
	if again := upload(t, s, u, "a\n1\n2\n"); !again.Replayed || again.Rows != 2 || again.Version != made.Version {
		t.Errorf("again: %+v", again)
	}
	u.Mode, u.Key = LoadAppend, "second"
	var all sync.WaitGroup
	var fresh, replayed int
	var mu sync.Mutex
	for range 8 {
		all.Go(func() {
			own, err := e.NewSession(SessionOptions{})
			if err != nil {
				t.Error(err)
				return
			}
			defer own.Close()
			v := u
			v.Body = strings.NewReader("a\n3\n")
			l, err := own.Upload(context.Background(), v)
			if err != nil || l.Rows != 1 {
				t.Errorf("%+v, %v", l, err)
			}
			mu.Lock()
			defer mu.Unlock()
			if l.Replayed {
				replayed++
			} else {
				fresh++
			}
		})
	}
	all.Wait()
	if fresh != 1 || replayed != 7 {
		t.Errorf("%d wrote, %d did not", fresh, replayed)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	s = sessionOf(t, openTest(t, dir))
	if again := upload(t, s, u, "a\n3\n"); !again.Replayed || again.Rows != 1 || again.Version < 1 {
		t.Errorf("after a restart: %+v", again)
	}
	u.Key = "third"
	upload(t, s, u, "a\n4\n")
	if got := strings.Join(rows(t, s, "SELECT a FROM t ORDER BY a"), " "); got != "1 2 3 4" {
		t.Errorf("rows %s", got)
	}
}

func TestOldUploadsGo(t *testing.T) {
	dir := t.TempDir()
	old, fresh := filepath.Join(dir, uploadFolder+"old"), filepath.Join(dir, uploadFolder+"fresh")
	for _, d := range []string{old, fresh} {
		if err := os.Mkdir(d, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(d, "rows.csv"), []byte("a"), 0o600); err != nil {
			t.Fatal(err)
		}
		past := time.Now().Add(-48 * time.Hour)
		if err := os.Chtimes(d, past, past); err != nil {
			t.Fatal(err)
		}
		if d == old {
			if err := os.Chtimes(filepath.Join(d, "rows.csv"), past, past); err != nil {
				t.Fatal(err)
			}
		}
	}
	removeOldUploads(dir)
	if _, err := os.Stat(old); !os.IsNotExist(err) {
		t.Errorf("the old one: %v", err)
	}
	if _, err := os.Stat(fresh); err != nil {
		t.Errorf("the fresh one: %v", err)
	}
}
