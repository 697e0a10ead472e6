package engine

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/argan-sql/argan/catalog/storage"
	"github.com/argan-sql/argan/sqlerr"
)

// dataFilesOf counts the Parquet files below a folder.
func dataFilesOf(t *testing.T, folder string) int {
	t.Helper()
	n := 0
	err := filepath.WalkDir(folder, func(path string, _ os.DirEntry, err error) error {
		if strings.HasSuffix(path, ".parquet") {
			n++
		}
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return n
}

// A full disk, met at any step of any statement, is DISK_FULL; the table is as before, and nothing is left but what VACUUM finds.
func TestFullDisk(t *testing.T) {
	warehouse := t.TempDir()
	e := openTest(t, warehouse)
	s := sessionOf(t, e)
	run(t, s,
		"CREATE TABLE t (id BIGINT, s STRING)", "INSERT INTO t SELECT id, concat('v', id) FROM range(2000)", "INSERT INTO t SELECT id, 'w' FROM range(2000, 2100)",
		"CREATE TABLE dv (id BIGINT, s STRING) TBLPROPERTIES ('delta.enableDeletionVectors' = 'true', 'delta.enableChangeDataFeed' = 'true')", "INSERT INTO dv SELECT * FROM t",
	)
	var full atomic.Bool
	var step atomic.Value
	e.files = &storage.Local{Fault: func(at storage.Step, path string) error {
		if full.Load() && at == step.Load().(storage.Step) && !strings.HasSuffix(path, ".crc") {
			return &os.PathError{Op: "write", Path: path, Err: syscall.ENOSPC}
		}
		return nil
	}}
	e.tables = newTableCache()
	state := func() string {
		return one(t, s, "SELECT count(*), sum(id), count(DISTINCT s) FROM t") + one(t, s, "SELECT count(*), sum(id), count(DISTINCT s) FROM dv")
	}
	before := state()
	for _, at := range []storage.Step{storage.StepCreate, storage.StepWrite, storage.StepSync, storage.StepPublish} {
		step.Store(at)
		for _, sql := range []string{
			"INSERT INTO t VALUES (-1, 'new')", "UPDATE t SET s = 'u' WHERE id < 100", "DELETE FROM t WHERE id = 5", "DELETE FROM dv WHERE id = 5",
			"MERGE INTO t USING (SELECT id FROM range(1990, 2200)) v ON t.id = v.id WHEN MATCHED THEN UPDATE SET s = 'm' WHEN NOT MATCHED THEN INSERT (id, s) VALUES (v.id, 'n')",
			"MERGE INTO dv USING (SELECT id FROM range(1990, 2200)) v ON dv.id = v.id WHEN MATCHED THEN UPDATE SET s = 'm'",
			"INSERT OVERWRITE t VALUES (1, 'o')", "OPTIMIZE t", "CREATE TABLE fresh AS SELECT * FROM t", "ALTER TABLE t ADD COLUMN x INT", "CREATE OR REPLACE TABLE t AS SELECT 1 AS id",
		} {
			full.Store(true)
			_, err := tryRows(s, sql)
			full.Store(false)
			if !sqlerr.Is(err, "DISK_FULL") {
				t.Errorf("%s, full at %s: %v", sql, at, err)
			}
			if after := state(); after != before {
				t.Fatalf("%s, full at %s: the tables changed from %s to %s", sql, at, before, after)
			}
		}
		if _, err := tryRows(s, "SELECT * FROM fresh"); !sqlerr.Is(err, "TABLE_OR_VIEW_NOT_FOUND") {
			t.Fatalf("a table that could not be made is there: %v", err)
		}
	}
	run(t, s, "CREATE TABLE fresh AS SELECT * FROM t") // the folder is free again
	run(t, s, "SET spark.databricks.delta.retentionDurationCheck.enabled = false", "VACUUM t RETAIN 0 HOURS", "VACUUM dv RETAIN 0 HOURS")
	if after := state(); after != before {
		t.Errorf("VACUUM changed the tables from %s to %s", before, after)
	}
	if n := dataFilesOf(t, filepath.Join(warehouse, "t")); n != 2 {
		t.Errorf("%d data files are left, expected 2", n)
	}
}

// Two engines on one warehouse append, update and create at the same time: every row that was acknowledged is there once.
func TestTwoEnginesOnOneWarehouse(t *testing.T) {
	warehouse := t.TempDir()
	engines := []*Engine{openTest(t, warehouse), openTest(t, warehouse)}
	run(t, sessionOf(t, engines[0]), "CREATE TABLE t (id BIGINT, writer INT) TBLPROPERTIES ('delta.checkpointInterval' = '5')", "CREATE TABLE n (k INT, v BIGINT)", "INSERT INTO n VALUES (1, 0)")
	const writers, each = 4, 8
	var updates atomic.Int64
	var wg sync.WaitGroup
	for w := range writers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			s, err := engines[w%2].NewSession(SessionOptions{})
			if err != nil {
				t.Error(err)
				return
			}
			for i := range each {
				if _, err := tryRows(s, fmt.Sprintf("INSERT INTO t SELECT id, %d FROM range(%d, %d)", w, i*10, i*10+10)); err != nil {
					t.Error(err)
				}
				switch _, err := tryRows(s, "UPDATE n SET v = v + 1 WHERE k = 1"); {
				case err == nil:
					updates.Add(1)
				case !strings.HasPrefix(sqlerr.From(err).Class, "DELTA_CONCURRENT"):
					t.Error(err)
				}
				if _, err := tryRows(s, fmt.Sprintf("CREATE TABLE IF NOT EXISTS made_%d AS SELECT %d AS i", i, i)); err != nil && !sqlerr.Is(err, "TABLE_OR_VIEW_ALREADY_EXISTS") &&
					!sqlerr.Is(err, "DELTA_CREATE_TABLE_WITH_NON_EMPTY_LOCATION") && !strings.HasPrefix(sqlerr.From(err).Class, "DELTA_CONCURRENT") && !sqlerr.Is(err, "DELTA_PROTOCOL_CHANGED") {
					t.Error(err)
				}
			}
		}()
	}
	wg.Wait()
	for _, e := range engines {
		s := sessionOf(t, e)
		if got, want := one(t, s, "SELECT count(*), count(DISTINCT id, writer) FROM t"), fmt.Sprintf("%d|%d", writers*each*10, writers*each*10); got != want {
			t.Errorf("the table has %s rows, expected %s", got, want)
		}
		if got, want := one(t, s, "SELECT v FROM n"), fmt.Sprint(updates.Load()); got != want {
			t.Errorf("%s updates are there, %s were acknowledged", got, want)
		}
		for i := range each {
			if got := one(t, s, fmt.Sprintf("SELECT * FROM made_%d", i)); got != fmt.Sprint(i) {
				t.Errorf("made_%d holds %s", i, got)
			}
		}
	}
}
