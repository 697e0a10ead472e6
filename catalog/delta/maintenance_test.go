package delta

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/argan-sql/argan/catalog/storage"
)

func age(t *testing.T, path string, d time.Duration) {
	t.Helper()
	at := time.Now().Add(-d)
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
}

func TestVacuum(t *testing.T) {
	table := newTable(t, map[string]string{"delta.enableDeletionVectors": "true"})
	appendFile(t, table, 0, 0, 10)
	appendFile(t, table, 1, 10, 20)
	deleteRows(t, table, 1)
	live := latest(t, table).Files()
	var kept []string
	for _, f := range live {
		kept = append(kept, f.Path)
		if f.DeletionVector != nil {
			p, err := f.DeletionVector.Path(table.Path())
			if err != nil {
				t.Fatal(err)
			}
			kept = append(kept, p)
		}
	}
	orphan := filepath.Join(table.Path(), "p=0", "part-orphan.parquet")
	young := filepath.Join(table.Path(), "p=0", "part-young.parquet")
	hidden := filepath.Join(table.Path(), "_other", "x")
	empty := filepath.Join(table.Path(), "p=9", "part-alone.parquet")
	for _, p := range []string{orphan, young, hidden, empty} {
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte("12345"), 0o644); err != nil {
			t.Fatal(err)
		}
		if p != young {
			age(t, p, 10*24*time.Hour)
		}
	}
	age(t, filepath.Dir(empty), 10*24*time.Hour)
	for _, p := range kept {
		age(t, p, 10*24*time.Hour)
	}
	hour := time.Hour
	if _, err := table.Vacuum(bg, VacuumOptions{Retention: &hour, Check: true}); class(err) != "DELTA_VACUUM_RETENTION_PERIOD_TOO_SHORT" {
		t.Error(err)
	}
	dry, err := table.Vacuum(bg, VacuumOptions{DryRun: true, Check: true})
	if err != nil || strings.Join(dry.Files, " ") != orphan+" "+empty || dry.Size != 10 {
		t.Fatalf("%+v %v", dry, err)
	}
	if _, err := table.Vacuum(bg, VacuumOptions{Check: true}); err != nil {
		t.Fatal(err)
	}
	for _, p := range append(kept, young, hidden) {
		if _, err := os.Stat(p); err != nil {
			t.Error(err)
		}
	}
	for _, p := range []string{orphan, empty, filepath.Dir(empty)} {
		if _, err := os.Stat(p); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is still there: %v", p, err)
		}
	}
	h, err := table.History(bg, 2)
	if err != nil || h[0].Info.Operation != "VACUUM END" || h[1].Info.Operation != "VACUUM START" || h[1].Info.OperationMetrics["numFilesToDelete"] != "2" {
		t.Errorf("%+v %v", h, err)
	}
	checkLog(t, table)
}

func TestRestore(t *testing.T) {
	table := newTable(t, map[string]string{"delta.enableDeletionVectors": "true"})
	appendFile(t, table, 0, 0, 10)
	appendFile(t, table, 1, 10, 20)
	deleteRows(t, table, 1)
	s := latest(t, table)
	tx := table.Begin(s)
	tx.RemoveAll()
	if _, err := tx.Commit(bg, Operation{Name: "TRUNCATE"}); err != nil {
		t.Fatal(err)
	}
	res, err := table.Restore(bg, at(2))
	if err != nil || res.NumRestoredFiles != 2 || res.NumRemovedFiles != 0 || res.Version != 5 {
		t.Fatalf("%+v %v", res, err)
	}
	if got := latest(t, table); got.NumFiles() != 2 || got.Files()[0].DeletionVector != nil {
		t.Errorf("%d files", got.NumFiles())
	}
	checkLog(t, table)
	if _, err := table.Restore(bg, at(77)); class(err) != "DELTA_CANNOT_RESTORE_TABLE_VERSION" {
		t.Error(err)
	}
	early := time.UnixMilli(0)
	if _, err := table.Restore(bg, At{Timestamp: &early}); class(err) != "DELTA_CANNOT_RESTORE_TIMESTAMP_EARLIER" {
		t.Error(err)
	}
	tx = table.Begin(latest(t, table))
	tx.RemoveAll()
	if _, err := tx.Commit(bg, Operation{Name: "TRUNCATE"}); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(s.Files()[1].Path); err != nil {
		t.Fatal(err)
	}
	if _, err := table.Restore(bg, at(2)); class(err) != "FILE_NOT_FOUND" || !strings.Contains(err.Error(), "VACUUM") {
		t.Error(err)
	}
}

func TestPlanOptimize(t *testing.T) {
	table := newTable(t, nil)
	for i := range int64(6) {
		appendFile(t, table, int(i%2), i*10, i*10+10)
	}
	appendFile(t, table, 7, 100, 110)
	s := latest(t, table)
	bins := s.PlanOptimize(nil, nil, DefaultOptimizeSize, DefaultOptimizeSize, false)
	if len(bins) != 2 || len(bins[0].Files) != 3 || len(bins[1].Files) != 3 {
		t.Errorf("%+v", bins)
	}
	size := s.Files()[0].Size
	if bins := s.PlanOptimize(eq("p", int32(0)), nil, DefaultOptimizeSize, 2*size+size/2, false); len(bins) != 1 || len(bins[0].Files) != 2 {
		t.Errorf("%+v", bins)
	}
	if bins := s.PlanOptimize(nil, nil, 1, DefaultOptimizeSize, false); bins != nil {
		t.Errorf("%+v", bins)
	}
	if bins := s.PlanOptimize(nil, nil, 1, 1, true); len(bins) != 3 {
		t.Errorf("%+v", bins)
	}
}

func TestShallowClone(t *testing.T) {
	table := newTable(t, map[string]string{"delta.enableDeletionVectors": "true"})
	appendFile(t, table, 0, 0, 10)
	deleteRows(t, table, 1)
	source := latest(t, table)
	clone, err := Open(storage.NewLocal(), filepath.Join(t.TempDir(), "ein klon%"))
	if err != nil {
		t.Fatal(err)
	}
	tx, err := clone.ShallowClone(source, nil, map[string]string{"a": "b"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Commit(bg, Operation{Name: "CLONE", Parameters: map[string]any{"source": "delta.`file:" + table.Path() + "`", "sourceVersion": source.Version}}); err != nil {
		t.Fatal(err)
	}
	appendFile(t, clone, 1, 20, 30)
	fresh, err := Open(storage.NewLocal(), clone.Path())
	if err != nil {
		t.Fatal(err)
	}
	s := latest(t, fresh)
	if s.NumFiles() != 2 || s.Files()[0].Path != source.Files()[0].Path || s.Metadata.ID == source.Metadata.ID || s.Metadata.Configuration["a"] != "b" {
		t.Errorf("%+v", s.Metadata)
	}
	if rows, err := s.Deleted(bg, s.Files()[0]); err != nil || rows.GetCardinality() != 1 {
		t.Error(rows, err)
	}
	checkLog(t, clone)
}

// A clone that replaces a table leaves nothing of it but its identity, and takes over only what it does not have yet.
func TestShallowCloneReplaces(t *testing.T) {
	table := newTable(t, map[string]string{"delta.enableDeletionVectors": "true"})
	appendFile(t, table, 0, 0, 10)
	appendFile(t, table, 1, 10, 20)
	deleteRows(t, table, 1)
	target := newTable(t, map[string]string{"of": "target"})
	appendFile(t, target, 0, 0, 5)
	id := latest(t, target).Metadata.ID
	for round, want := range []struct{ adds, removes int }{{2, 1}, {0, 0}, {1, 0}} {
		if round == 2 {
			appendFile(t, table, 0, 20, 30)
		}
		source := latest(t, table)
		tx, err := target.ShallowClone(source, latest(t, target), nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(tx.adds) != want.adds || len(tx.removes) != want.removes {
			t.Errorf("round %d: %d files added, %d removed", round, len(tx.adds), len(tx.removes))
		}
		if _, err := tx.Commit(bg, Operation{Name: "CLONE", Parameters: map[string]any{"source": "x"}}); err != nil {
			t.Fatal(err)
		}
		s := latest(t, target)
		if s.NumFiles() != source.NumFiles() || s.Metadata.ID != id || s.Metadata.Configuration["of"] != "" || !s.Protocol.Has("deletionVectors") {
			t.Errorf("round %d: %d files, %+v", round, s.NumFiles(), s.Metadata)
		}
		gone := uint64(0)
		for _, f := range s.Files() {
			if rows, err := s.Deleted(bg, f); err != nil {
				t.Fatal(err)
			} else if rows != nil {
				gone += rows.GetCardinality()
			}
		}
		if gone != 1 {
			t.Errorf("round %d: %d rows deleted", round, gone)
		}
	}
	checkLog(t, target)
}

func TestLogCleanup(t *testing.T) {
	table := newTable(t, map[string]string{"delta.checkpointInterval": "2", "delta.logRetentionDuration": "interval 2 days"})
	for i := range int64(3) {
		appendFile(t, table, 0, i*10, i*10+10)
	}
	log := filepath.Join(table.Path(), logDir)
	left := filepath.Join(log, ".00000000000000000009.json.x"+storage.TempSuffix)
	if err := os.WriteFile(left, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(log)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		age(t, filepath.Join(log, e.Name()), 10*24*time.Hour)
	}
	appendFile(t, table, 0, 30, 40) // version 4: checkpoint and cleanup
	entries, err = os.ReadDir(log)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimLeft(e.Name(), "0"))
	}
	if got := strings.Join(names, " "); got != "2.checkpoint.parquet 2.json 3.json 4.checkpoint.parquet 4.json _last_checkpoint" {
		t.Error(got)
	}
	fresh, err := Open(storage.NewLocal(), table.Path())
	if err != nil {
		t.Fatal(err)
	}
	if s := latest(t, fresh); s.NumFiles() != 4 {
		t.Errorf("%d files", s.NumFiles())
	}
	if s, err := fresh.Snapshot(bg, at(3)); err != nil || s.NumFiles() != 3 {
		t.Error(err)
	}
	if _, err := fresh.Snapshot(bg, at(1)); class(err) != "DELTA_VERSION_NOT_FOUND" {
		t.Error(err)
	}
}

func TestTableMadeAnew(t *testing.T) {
	table := newTable(t, nil)
	appendFile(t, table, 0, 0, 10)
	latest(t, table)
	if err := os.RemoveAll(table.Path()); err != nil {
		t.Fatal(err)
	}
	if _, err := table.Snapshot(bg, At{}); class(err) != "DELTA_TABLE_NOT_FOUND" {
		t.Error(err)
	}
	other := newTableIn(t, storage.NewLocal(), table.Path(), nil)
	appendFile(t, other, 0, 0, 10)
	appendFile(t, other, 0, 0, 10)
	if s := latest(t, table); s.Version != 2 || s.NumFiles() != 2 {
		t.Errorf("version %d, %d files", s.Version, s.NumFiles())
	}
}
