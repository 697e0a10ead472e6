package badinput

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func read(t *testing.T, path string) []byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func write(t *testing.T, path string, raw []byte) {
	t.Helper()
	if err := os.WriteFile(path, raw, 0o644); err != nil {
		t.Fatal(err)
	}
}

func one(t *testing.T, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) == 0 {
		t.Fatalf("no file %s: %v", pattern, err)
	}
	return found[0]
}

// known are the classes that a damaged file may give. A flipped bit in a value that nothing guards gives another answer,
// which no reader can tell from a right one.
var known = []string{
	"FILE_CORRUPT", "STORAGE_ERROR", "UNSUPPORTED_FEATURE", "CANNOT_READ_FILE_FOOTER", "FAILED_READ_FILE", "UNABLE_TO_INFER_SCHEMA", "INVALID_SCHEMA",
	"PARQUET_TYPE_ILLEGAL", "PARQUET_CONVERSION_FAILURE", "_LEGACY_ERROR_TEMP", "UNRESOLVED_COLUMN", "AMBIGUOUS_REFERENCE", "COLUMN_ALREADY_EXISTS", "MEMORY_LIMIT_EXCEEDED", "DATATYPE_MISMATCH",
}

func damaged(t *testing.T, what string, err error) {
	t.Helper()
	if err == nil {
		return
	}
	for _, c := range known {
		if strings.HasPrefix(class(err), c) {
			return
		}
	}
	t.Errorf("%s: %s", what, short(err.Error()))
}

func TestDamagedParquet(t *testing.T) {
	s := session(t, open(t))
	dir := t.TempDir()
	expect(t, s, "CREATE TABLE p USING parquet LOCATION '"+dir+"/p' AS SELECT id, concat('name ', id % 7) AS name, id * 1.5D AS x, array(id, 1) AS a, CAST(id AS DECIMAL(20,2)) AS d FROM range(2000)", "")
	whole := read(t, one(t, dir+"/p/*.parquet"))
	bad := dir + "/bad.parquet"
	ask2 := func(i int) error {
		// Another name for every form: what is known of a file is kept by its name.
		path := fmt.Sprintf("%s.%d.parquet", bad, i)
		if err := os.Rename(bad, path); err != nil {
			t.Fatal(err)
		}
		defer os.Remove(path)
		_, err := ask(s, "SELECT count(name), sum(x), max(a), sum(d), sum(id) FROM parquet.`"+path+"`")
		return err
	}
	for i := range 60 {
		write(t, bad, whole[:len(whole)*i/60])
		if err := ask2(i); err == nil {
			t.Errorf("a file cut to %d of %d bytes is read", len(whole)*i/60, len(whole))
		} else {
			damaged(t, fmt.Sprintf("cut to %d/60", i), err)
		}
	}
	for i := range 400 {
		at := (i*7919 + 13) % len(whole)
		if i%2 == 0 {
			at = len(whole) - 1 - i*3%min(len(whole), 1500) // the footer is where a flip does most
		}
		flipped := append([]byte(nil), whole...)
		flipped[at] ^= byte(1 << (i % 8))
		write(t, bad, flipped)
		damaged(t, fmt.Sprintf("bit %d of byte %d of %d flipped", i%8, at, len(whole)), ask2(1000+i))
	}
	expect(t, s, "SELECT count(*) FROM p", "2000")
}

func TestBrokenText(t *testing.T) {
	s := session(t, open(t))
	dir := t.TempDir()
	write(t, dir+"/a.csv", []byte("1,a\nx,b\n3\n\xff\xfe,c\n5,\"open\n6,d\n"))
	write(t, dir+"/a.json", []byte("{\"id\":1}\n{\"id\":\n\x00\n{\"id\":\"x\"}\n{\"id\":4}}\n\xff\n"))
	write(t, dir+"/deep.json", []byte(strings.Repeat("[", 100_000)+"\n"+strings.Repeat(`{"a":`, 100_000)+"\n"))
	write(t, dir+"/long.csv", []byte(strings.Repeat("x", 8<<20)+",1\n"))
	write(t, dir+"/empty.csv", nil)
	for _, mode := range []string{"PERMISSIVE", "DROPMALFORMED", "FAILFAST"} {
		csv, json := "3", "3"
		switch mode {
		case "PERMISSIVE":
			csv, json = "6", "6"
		case "FAILFAST":
			csv, json = "!MALFORMED_RECORD_IN_PARSING|FAILED_READ_FILE", "!MALFORMED_RECORD_IN_PARSING|FAILED_READ_FILE"
		}
		for kind, want := range map[string]string{"csv": csv, "json": json} {
			view := kind + mode
			expect(t, s, fmt.Sprintf("CREATE TEMP VIEW %s (id INT, v STRING) USING %s OPTIONS (path '%s/a.%s', mode '%s')", view, kind, dir, kind, mode), "")
			rows, err := ask(s, "SELECT id, v FROM "+view)
			switch {
			case strings.HasPrefix(want, "!"):
				expect(t, s, "SELECT id, v FROM "+view, want)
			case err != nil:
				t.Errorf("%s: %v", view, err)
			case mode == "PERMISSIVE" && fmt.Sprint(len(rows)) != want:
				t.Errorf("%s: %d rows %q, expected %s", view, len(rows), rows, want)
			}
		}
	}
	survive(t, s, "SELECT * FROM json.`"+dir+"/deep.json`")
	expect(t, s, "SELECT length(_c0), _c1 FROM csv.`"+dir+"/long.csv`", "8388608|1")
	expect(t, s, "SELECT * FROM csv.`"+dir+"/empty.csv`", "")
	expect(t, s, "SELECT * FROM csv.`"+dir+"/none.csv`", "!PATH_NOT_FOUND")
	expect(t, s, "SELECT * FROM json.`"+dir+"/*.none`", "!PATH_NOT_FOUND")
	expect(t, s, "SELECT * FROM parquet.`"+dir+"/a.csv`", "!FILE_CORRUPT|CANNOT_READ_FILE_FOOTER|FAILED_READ_FILE")
	expect(t, s, "SELECT * FROM delta.`"+dir+"`", "!DELTA_TABLE_NOT_FOUND|DELTA_MISSING_DELTA_TABLE|DELTA_PATH_DOES_NOT_EXIST|TABLE_OR_VIEW_NOT_FOUND")
	usable(t, s)
}

// TestDamagedDelta damages copies of one table, each in another way.
func TestDamagedDelta(t *testing.T) {
	e := open(t)
	s := session(t, e)
	dir := t.TempDir()
	source := dir + "/t"
	expect(t, s, "CREATE TABLE t (id BIGINT, v STRING) USING delta LOCATION '"+source+"' TBLPROPERTIES ('delta.enableDeletionVectors' = 'true', 'delta.checkpointInterval' = '5')", "")
	for i := range 7 {
		if _, err := ask(s, fmt.Sprintf("INSERT INTO t SELECT id, 'x' FROM range(%d, %d)", i*10, i*10+10)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := ask(s, "DELETE FROM t WHERE id IN (3, 33)"); err != nil {
		t.Fatal(err)
	}
	const all = "68"
	expect(t, s, "SELECT count(*) FROM t", all)
	commit := func(table string, v int) string { return fmt.Sprintf("%s/_delta_log/%020d.json", table, v) }
	corrupt := "DELTA_|FILE_CORRUPT|FILE_NOT_FOUND|FAILED_READ_FILE|STORAGE_ERROR|CANNOT_READ_FILE_FOOTER"
	for i, c := range []struct {
		name string
		harm func(table string)
		want string // "" for any answer but a wrong one
	}{
		{"a log with a gap", func(d string) { os.Remove(commit(d, 7)) }, "!"},
		{"the first commits gone, a checkpoint there", func(d string) { os.Remove(commit(d, 0)); os.Remove(commit(d, 1)) }, all},
		{"a commit of no JSON", func(d string) { write(t, commit(d, 8), []byte("{nothing")) }, "!"},
		{"a commit cut short", func(d string) { raw := read(t, commit(d, 7)); write(t, commit(d, 7), raw[:len(raw)/2]) }, "!"},
		{"an empty commit, which does nothing", func(d string) { write(t, commit(d, 8), nil) }, "70"},
		{"a commit of bytes", func(d string) { write(t, commit(d, 8), []byte{0, 0xff, 0xfe, '\n'}) }, "!"},
		{"a checkpoint of no Parquet", func(d string) { write(t, one(t, d+"/_delta_log/*.checkpoint*.parquet"), []byte("PAR1")) }, ""},
		{"a checkpoint cut short", func(d string) {
			p := one(t, d+"/_delta_log/*.checkpoint*.parquet")
			raw := read(t, p)
			write(t, p, raw[:len(raw)*2/3])
		}, ""},
		{"a checkpoint gone", func(d string) { os.Remove(one(t, d+"/_delta_log/*.checkpoint*.parquet")) }, ""},
		{"_last_checkpoint of no JSON", func(d string) { write(t, d+"/_delta_log/_last_checkpoint", []byte("{")) }, all},
		{"_last_checkpoint that names none", func(d string) { write(t, d+"/_delta_log/_last_checkpoint", []byte(`{"version":99,"size":1}`)) }, ""},
		{"a data file gone", func(d string) { os.Remove(one(t, d+"/*.parquet")) }, "!"},
		{"a data file cut short", func(d string) { p := one(t, d+"/*.parquet"); raw := read(t, p); write(t, p, raw[:len(raw)-20]) }, "!"},
		{"a deletion vector gone", func(d string) { os.Remove(one(t, d+"/*deletion_vector*.bin")) }, "!"},
		{"a deletion vector cut short", func(d string) {
			p := one(t, d+"/*deletion_vector*.bin")
			raw := read(t, p)
			write(t, p, raw[:len(raw)-6])
		}, "!"},
		{"a deletion vector with flipped bytes", func(d string) {
			p := one(t, d+"/*deletion_vector*.bin")
			raw := read(t, p)
			raw[len(raw)-10] ^= 0xff
			write(t, p, raw)
		}, "!"},
		{"no log", func(d string) { os.RemoveAll(d + "/_delta_log") }, "!"},
		{"a log without commits", func(d string) { os.RemoveAll(d + "/_delta_log"); os.MkdirAll(d+"/_delta_log", 0o755) }, "!"},
	} {
		t.Run(c.name, func(t *testing.T) {
			table := fmt.Sprintf("%s/copy%d", dir, i)
			if err := os.CopyFS(table, os.DirFS(source)); err != nil {
				t.Fatal(err)
			}
			if files, _ := filepath.Glob(table + "/*deletion_vector*.bin"); len(files) == 0 && strings.Contains(c.name, "vector") {
				t.Skip("the vectors stand in the log")
			}
			c.harm(table)
			rows, err := ask(s, "SELECT count(v), sum(id) * 0 + count(*) FROM delta.`"+table+"`")
			got := class(err)
			fits := false
			for k := range strings.SplitSeq(corrupt, "|") {
				fits = fits || strings.HasPrefix(got, k)
			}
			switch {
			case err != nil && (!fits || c.want != "" && c.want != "!"):
				t.Errorf("gives %s", short(err.Error()))
			case c.want == "70" && err == nil && rows[0] == "70|70":
			case err == nil && (c.want == "!" || rows[0] != all+"|"+all):
				t.Errorf("is read: %q", rows)
			}
			if c.want == "!" {
				if _, err := ask(s, "INSERT INTO delta.`"+table+"` VALUES (1, 'y')"); class(err) == "INTERNAL_ERROR" {
					t.Errorf("INSERT gives %s", short(err.Error()))
				}
			}
		})
	}
	if os.Getuid() != 0 {
		if err := os.Chmod(source, 0); err != nil {
			t.Fatal(err)
		}
		expect(t, session(t, open(t)), "SELECT count(*) FROM delta.`"+source+"`", "!STORAGE_ERROR|DELTA_TABLE_NOT_FOUND")
		if err := os.Chmod(source, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	expect(t, s, "SELECT count(*) FROM t", all)
}
