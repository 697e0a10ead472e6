package engine

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestCopyIntoTakesEachFileOnce(t *testing.T) {
	e := openTest(t, "")
	s := sessionOf(t, e)
	dir := t.TempDir()
	run(t, s, "CREATE TABLE c (id INT, s STRING)")
	write(t, dir+"/a.csv", "id,s\n1,x\n2,y\n")
	load := fmt.Sprintf("COPY INTO c FROM '%s' FILEFORMAT = CSV FORMAT_OPTIONS ('header' = 'true')", dir)
	for _, step := range []struct{ sql, want string }{
		{load, "2|2|0"},
		{load, "0|0|0"},
		{load + " COPY_OPTIONS ('force' = 'true')", "2|2|0"},
	} {
		if got := one(t, s, step.sql); got != step.want {
			t.Errorf("%s: %s, expected %s", step.sql, got, step.want)
		}
	}
	write(t, dir+"/b.csv", "s,id\nz,3\n") // other order: columns go by name
	write(t, dir+"/c.txt.csv", "id\n4\n")
	for _, step := range []struct{ sql, want string }{
		{strings.Replace(load, " FORMAT_OPTIONS", " FILES = ('b.csv') FORMAT_OPTIONS", 1), "1|1|0"},
		{strings.Replace(load, " FORMAT_OPTIONS", " PATTERN = '*.txt.csv' FORMAT_OPTIONS", 1), "1|1|0"},
		{load, "0|0|0"},
		{"SELECT count(*), sum(id), count(s) FROM c", "6|13|5"},
	} {
		if got := one(t, s, step.sql); got != step.want {
			t.Errorf("%s: %s, expected %s", step.sql, got, step.want)
		}
	}
	if op := strings.Split(rows(t, s, "DESCRIBE HISTORY c LIMIT 1")[0], "|")[4]; op != "COPY INTO" {
		t.Errorf("the operation is called %s", op)
	}
}

func TestCopyIntoForms(t *testing.T) {
	e := openTest(t, "")
	s := sessionOf(t, e)
	dir := t.TempDir()
	write(t, dir+"/n.csv", "1;one\n2;two\n")
	write(t, dir+"/j/a.json", `{"id": 7, "s": "j", "more": true}`+"\n")
	run(t, s, "CREATE TABLE c (id INT, s STRING)")
	// Without names in the file columns go by position.
	if got := one(t, s, fmt.Sprintf("COPY INTO c FROM '%s/n.csv' FILEFORMAT = CSV FORMAT_OPTIONS ('sep' = ';')", dir)); got != "2|2|0" {
		t.Error(got)
	}
	if got := one(t, s, fmt.Sprintf("COPY INTO c (s, id) FROM (SELECT upper(_c1), _c0 + 10 FROM '%s/n.csv') FILEFORMAT = CSV FORMAT_OPTIONS ('sep' = ';') COPY_OPTIONS ('force' = 'true')", dir)); got != "2|2|0" {
		t.Error(got)
	}
	fails(t, s, fmt.Sprintf("COPY INTO c FROM '%s/j' FILEFORMAT = JSON", dir), "INCOMPATIBLE_DATA_FOR_TABLE.EXTRA_COLUMNS")
	if got := one(t, s, fmt.Sprintf("COPY INTO c FROM '%s/j' FILEFORMAT = JSON COPY_OPTIONS ('mergeSchema' = 'true')", dir)); got != "1|1|0" {
		t.Error(got)
	}
	if got := strings.Join(rows(t, s, "SELECT * FROM c ORDER BY id"), " "); got != "1|one|NULL 2|two|NULL 7|j|true 11|ONE|NULL 12|TWO|NULL" {
		t.Error(got)
	}
	fails(t, s, fmt.Sprintf("COPY INTO c FROM '%s/none' FILEFORMAT = CSV", dir), "PATH_NOT_FOUND")
	fails(t, s, fmt.Sprintf("COPY INTO c FROM '%s' FILEFORMAT = CSV COPY_OPTIONS ('nope' = 'true')", dir), "UNSUPPORTED_FEATURE.ARGAN")
	fails(t, s, fmt.Sprintf("COPY INTO c FROM '%s' FILEFORMAT = CSV VALIDATE", dir), "UNSUPPORTED_FEATURE.ARGAN")
	fails(t, s, fmt.Sprintf("COPY INTO c FROM '%s' FILEFORMAT = ORC", dir), "UNSUPPORTED_FEATURE.ARGAN")
}

func TestConvertToDelta(t *testing.T) {
	e := openTest(t, "")
	s := sessionOf(t, e)
	dir := t.TempDir()
	run(t, s,
		fmt.Sprintf("INSERT OVERWRITE DIRECTORY '%s/t' USING parquet SELECT CAST(id AS INT) AS id, concat('v', id) AS s FROM range(4)", dir),
		fmt.Sprintf("CONVERT TO DELTA parquet.`%s/t`", dir),
		fmt.Sprintf("CONVERT TO DELTA parquet.`%s/t`", dir), // nothing more to do
		fmt.Sprintf("INSERT INTO delta.`%s/t` VALUES (99, 'after')", dir),
	)
	if got := one(t, s, fmt.Sprintf("SELECT count(*), max(id), min(s) FROM delta.`%s/t`", dir)); got != "5|99|after" {
		t.Error(got)
	}
	if got := one(t, s, fmt.Sprintf("SELECT count(*) FROM delta.`%s/t@v0` WHERE id > 1", dir)); got != "2" {
		t.Error(got)
	}
	log, err := os.ReadFile(dir + "/t/_delta_log/00000000000000000000.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"operation":"CONVERT"`, `\"numRecords\":4,\"minValues\":{\"id\":0,\"s\":\"v0\"},\"maxValues\":{\"id\":3,\"s\":\"v3\"},\"nullCount\":{\"id\":0,\"s\":0}`} {
		if !strings.Contains(string(log), want) {
			t.Errorf("the log has no %s:\n%s", want, log)
		}
	}
}

func TestConvertToDeltaWithPartitions(t *testing.T) {
	e := openTest(t, "")
	s := sessionOf(t, e)
	run(t, s,
		"CREATE TABLE p (id INT, k STRING, d DATE) USING parquet PARTITIONED BY (k, d)",
		"INSERT INTO p VALUES (1, 'a/b', DATE '2024-01-01'), (2, NULL, DATE '2024-01-02'), (3, '1', NULL)",
	)
	folder := e.Warehouse() + "/p"
	fails(t, s, fmt.Sprintf("CONVERT TO DELTA parquet.`%s`", folder), "DELTA_UNEXPECTED_NUM_PARTITION_COLUMNS_FROM_FILE_NAME")
	fails(t, s, fmt.Sprintf("CONVERT TO DELTA parquet.`%s` PARTITIONED BY (d DATE, k STRING)", folder), "DELTA_UNEXPECTED_PARTITION_COLUMN_FROM_FILE_NAME")
	run(t, s, "CONVERT TO DELTA p NO STATISTICS", "INSERT INTO p VALUES (4, 'new', DATE '2024-01-03')")
	if got := strings.Join(rows(t, s, "SELECT * FROM p ORDER BY id"), " "); got != "1|a/b|2024-01-01 2|NULL|2024-01-02 3|1|NULL 4|new|2024-01-03" {
		t.Error(got)
	}
	run(t, s, "CREATE TABLE j (id INT) USING json", "CREATE TABLE d (id INT)", "CONVERT TO DELTA d")
	fails(t, s, "CONVERT TO DELTA j", "DELTA_CONVERT_NON_PARQUET_TABLE")
	fails(t, s, fmt.Sprintf("CONVERT TO DELTA parquet.`%s`", t.TempDir()), "DELTA_EMPTY_DIRECTORY")
}

func TestVersionInPath(t *testing.T) {
	e := openTest(t, "")
	s := sessionOf(t, e)
	path := t.TempDir() + "/t"
	run(t, s, fmt.Sprintf("CREATE TABLE delta.`%s` (id INT)", path), fmt.Sprintf("INSERT INTO delta.`%s` VALUES (1)", path), fmt.Sprintf("INSERT INTO delta.`%s` VALUES (2)", path))
	if got := one(t, s, fmt.Sprintf("SELECT sum(id) FROM delta.`%s@v1`", path)); got != "1" {
		t.Error(got)
	}
	fails(t, s, fmt.Sprintf("SELECT * FROM delta.`%s@v9`", path), "DELTA_VERSION_NOT_FOUND")
	fails(t, s, fmt.Sprintf("SELECT * FROM delta.`%s@20000101000000000`", path), "DELTA_TIMESTAMP_EARLIER_THAN_COMMIT_RETENTION")
	fails(t, s, fmt.Sprintf("INSERT INTO delta.`%s@v1` VALUES (3)", path), "UNSUPPORTED_FEATURE.TIME_TRAVEL")
	fails(t, s, fmt.Sprintf("OPTIMIZE delta.`%s@v1`", path), "UNSUPPORTED_FEATURE.TIME_TRAVEL")
	// A folder that is really called so is itself.
	run(t, s, fmt.Sprintf("CREATE TABLE delta.`%s@v1` (x INT)", path), fmt.Sprintf("INSERT INTO delta.`%s@v1` VALUES (7)", path))
	if got := one(t, s, fmt.Sprintf("SELECT * FROM delta.`%s@v1`", path)); got != "7" {
		t.Error(got)
	}
}
