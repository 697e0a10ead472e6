package delta

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/argan-sql/argan/catalog/storage"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
	"github.com/google/uuid"
	"github.com/parquet-go/parquet-go"
)

// testRow is a row of the tables that tests write.
type testRow struct {
	ID int64   `parquet:"id"`
	S  *string `parquet:"s,optional"`
}

func testSchema() *types.Type {
	return types.NewStruct(types.Field{Name: "id", Type: types.LongType, Nullable: true}, types.Field{Name: "s", Type: types.StringType, Nullable: true},
		types.Field{Name: "p", Type: types.IntType, Nullable: true})
}

// newTable makes a table partitioned by p.
func newTable(t testing.TB, properties map[string]string) *Table {
	t.Helper()
	return newTableIn(t, storage.NewLocal(), filepath.Join(t.TempDir(), "t"), properties)
}

func newTableIn(t testing.TB, store storage.Store, path string, properties map[string]string) *Table {
	t.Helper()
	props, err := ValidateProperties(properties)
	if err != nil {
		t.Fatal(err)
	}
	table, tx, err := Create(store, path, &Metadata{Schema: testSchema(), PartitionColumns: []string{"p"}, Configuration: props})
	if err != nil {
		t.Fatal(err)
	}
	if v, err := tx.Commit(bg, Operation{Name: "CREATE TABLE"}); err != nil || v != 0 {
		t.Fatal(v, err)
	}
	return table
}

func latest(t testing.TB, table *Table) *Snapshot {
	t.Helper()
	s, err := table.Snapshot(bg, At{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// writeFile writes a data file of rows ids [from, to) into partition p.
func writeFile(t testing.TB, m *Metadata, table *Table, p int, from, to int64) *AddFile {
	t.Helper()
	rows := make([]testRow, 0, to-from)
	for id := from; id < to; id++ {
		s := fmt.Sprintf("s%d", id)
		rows = append(rows, testRow{id, &s})
	}
	return writeRows(t, m, table, p, rows)
}

func writeRows(t testing.TB, m *Metadata, table *Table, p int, rows []testRow) *AddFile {
	t.Helper()
	var b bytes.Buffer
	w := parquet.NewGenericWriter[testRow](&b)
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	low, high := rows[0], rows[len(rows)-1]
	text := fmt.Sprint(p)
	path := storage.Join(table.Path(), "p="+text, "part-"+uuid.NewString()+".parquet")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	stats, err := m.StatsJSON(&FileStats{NumRecords: int64(len(rows)), TightBounds: true, Columns: map[string]ColumnStats{"id": {Min: low.ID, Max: high.ID}}})
	if err != nil {
		t.Fatal(err)
	}
	return &AddFile{Path: path, PartitionValues: map[string]*string{"p": &text}, Size: int64(b.Len()), ModificationTime: time.Now().UnixMilli(), DataChange: true, StatsJSON: stats}
}

// appendFile commits one file as a blind append.
func appendFile(t testing.TB, table *Table, p int, from, to int64) int64 {
	t.Helper()
	s := latest(t, table)
	tx := table.Begin(s)
	tx.Add(writeFile(t, s.Metadata, table, p, from, to))
	v, err := tx.Commit(bg, writeOp(to-from))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func writeOp(rows int64) Operation {
	return Operation{
		Name: "WRITE", Parameters: map[string]any{"mode": "Append", "partitionBy": []string{"p"}},
		Metrics: map[string]string{"numFiles": "1", "numOutputRows": fmt.Sprint(rows), "numOutputBytes": "1"},
	}
}

func class(err error) string {
	var e *sqlerr.Error
	if errors.As(err, &e) {
		return e.Class
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

func eq(column string, v any) Predicate {
	return Compare{Column: []string{column}, Op: OpEqual, Value: v}
}

func TestCommitAndRead(t *testing.T) {
	table := newTable(t, map[string]string{"delta.checkpointInterval": "3", "team": "x"})
	for i := range int64(7) {
		if v := appendFile(t, table, int(i%2), i*10, i*10+10); v != i+1 {
			t.Fatalf("version %d, want %d", v, i+1)
		}
	}
	s := latest(t, table)
	fresh, err := Open(storage.NewLocal(), table.Path())
	if err != nil {
		t.Fatal(err)
	}
	f := latest(t, fresh)
	if s.NumFiles() != 7 || f.NumFiles() != 7 || s.Version != 7 || f.Version != 7 || s.SizeInBytes() != f.SizeInBytes() {
		t.Errorf("%d files at %d, anew %d at %d", s.NumFiles(), s.Version, f.NumFiles(), f.Version)
	}
	if h := hint(bg, table.store, table.path); h != 6 {
		t.Errorf("_last_checkpoint is %d", h)
	}
	for v := range int64(8) {
		old, err := fresh.Snapshot(bg, At{Version: &v})
		if err != nil || old.NumFiles() != int(v) {
			t.Errorf("version %d: %v", v, err)
		}
	}
	if got := f.FilesMatching(And{[]Predicate{eq("P", int32(0)), Compare{[]string{"id"}, OpLess, int64(25)}}}, nil); len(got) != 2 {
		t.Errorf("%d files match", len(got))
	}
	h, err := fresh.History(bg, 2)
	if err != nil || len(h) != 2 || h[0].Version != 7 || h[0].Info.Operation != "WRITE" || !*h[0].Info.IsBlindAppend {
		t.Errorf("%v %v", h, err)
	}
	if p, ok := h[0].Info.Parameter("partitionBy"); !ok || p != `["p"]` {
		t.Errorf("partitionBy is %q", p)
	}
	checkLog(t, table)
}

func TestConflicts(t *testing.T) {
	type change func(t *testing.T, table *Table, tx *Transaction)
	file := func(s *Snapshot, p string) *AddFile {
		for _, f := range s.Files() {
			if *f.PartitionValues["p"] == p {
				return f
			}
		}
		return nil
	}
	add := func(p int) change {
		return func(t *testing.T, table *Table, tx *Transaction) {
			tx.Add(writeFile(t, tx.Metadata(), table, p, 100, 110))
		}
	}
	remove := func(p string, dataChange bool) change {
		return func(_ *testing.T, _ *Table, tx *Transaction) {
			f := file(tx.Snapshot(), p)
			tx.ReadFiles(f)
			tx.Remove(f, dataChange)
		}
	}
	removeUnread := func(p string) change {
		return func(_ *testing.T, _ *Table, tx *Transaction) { tx.Remove(file(tx.Snapshot(), p), true) }
	}
	reads := func(p Predicate) change {
		return func(_ *testing.T, _ *Table, tx *Transaction) { tx.ReadPredicate(p, nil) }
	}
	both := func(cs ...change) change {
		return func(t *testing.T, table *Table, tx *Transaction) {
			for _, c := range cs {
				c(t, table, tx)
			}
		}
	}
	schema := func(t *testing.T, _ *Table, tx *Transaction) {
		m := tx.Metadata().Clone()
		m.Configuration["a"] = "b"
		if err := tx.SetMetadata(m); err != nil {
			t.Fatal(err)
		}
	}
	app := func(_ *testing.T, _ *Table, tx *Transaction) { tx.SetTransaction("app", 1) }
	compact := func(t *testing.T, table *Table, tx *Transaction) {
		remove("0", false)(t, table, tx)
		f := writeFile(t, tx.Metadata(), table, 0, 0, 10)
		f.DataChange = false
		tx.Add(f)
	}
	ws := map[string]string{"delta.isolationLevel": "WriteSerializable"}
	for _, c := range []struct {
		name         string
		properties   map[string]string
		winner, mine change
		class        string
	}{
		{"append and append", nil, add(0), add(0), ""},
		{"append and a reader of all", nil, add(0), both(reads(nil), remove("1", true)), "DELTA_CONCURRENT_APPEND"},
		{"append and a reader of another partition", nil, add(0), both(reads(eq("p", int32(1))), remove("1", true)), ""},
		{"append and a reader of its partition", nil, add(1), both(reads(eq("p", int32(1))), remove("1", true)), "DELTA_CONCURRENT_APPEND"},
		{"append outside the range that was read", nil, add(1), both(reads(eq("id", int64(5))), remove("1", true)), ""},
		{"append and a reader under WriteSerializable", ws, add(1), both(reads(eq("p", int32(1))), remove("1", true)), ""},
		{"no blind append under WriteSerializable", ws, both(reads(eq("p", int32(0))), add(1)), both(reads(eq("p", int32(1))), remove("1", true)), "DELTA_CONCURRENT_APPEND"},
		{"removed what was read", nil, remove("0", true), both(reads(eq("p", int32(0))), remove("0", true)), "DELTA_CONCURRENT_DELETE_READ"},
		{"removed what is removed", nil, remove("0", true), removeUnread("0"), "DELTA_CONCURRENT_DELETE_DELETE"},
		{"removed something else", nil, remove("0", true), both(reads(eq("p", int32(1))), remove("1", true)), ""},
		{"removed anything, all was read", nil, remove("0", true), both(reads(nil), add(1)), "DELTA_CONCURRENT_DELETE_READ"},
		{"compaction and append", nil, add(0), compact, ""},
		{"append and compaction", nil, compact, add(0), ""},
		{"compaction of what is removed", nil, compact, both(reads(eq("p", int32(0))), remove("0", true)), "DELTA_CONCURRENT_DELETE_READ"},
		{"metadata and append", nil, schema, add(0), "DELTA_METADATA_CHANGED"},
		{"append and metadata", nil, add(0), schema, ""},
		{"one application twice", nil, both(app, add(0)), both(app, add(1)), "DELTA_CONCURRENT_TRANSACTION"},
	} {
		t.Run(c.name, func(t *testing.T) {
			table := newTable(t, c.properties)
			appendFile(t, table, 0, 0, 10)
			appendFile(t, table, 1, 10, 20)
			s := latest(t, table)
			mine, winner := table.Begin(s), table.Begin(s)
			c.mine(t, table, mine)
			c.winner(t, table, winner)
			if _, err := winner.Commit(bg, Operation{Name: "MANUAL", Metrics: map[string]string{"a": "1"}}); err != nil {
				t.Fatal(err)
			}
			v, err := mine.Commit(bg, Operation{Name: "MANUAL", Metrics: map[string]string{"a": "1"}})
			if class(err) != c.class {
				t.Fatalf("got %v, want %q", err, c.class)
			}
			after := latest(t, table).Version
			if err == nil && (v != 4 || after != 4) || err != nil && after != 3 {
				t.Errorf("version %d, the table is at %d", v, after)
			}
		})
	}
}

func TestManyWritersLoseNothing(t *testing.T) {
	table := newTable(t, map[string]string{"delta.checkpointInterval": "5"})
	const writers, each = 8, 4
	var done atomic.Int64
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			mine, err := Open(storage.NewLocal(), table.Path()) // as another process would
			if err != nil {
				t.Error(err)
				return
			}
			for i := range int64(each) {
				s, err := mine.Snapshot(bg, At{})
				if err != nil {
					t.Error(err)
					return
				}
				tx := mine.Begin(s)
				tx.Add(&AddFile{Path: fmt.Sprintf("%s/f%d-%d", table.Path(), w, i), PartitionValues: map[string]*string{"p": nil}, Size: 1, DataChange: true})
				if _, err := tx.Commit(bg, Operation{Name: "WRITE"}); err != nil {
					t.Error(err)
					return
				}
				done.Add(1)
			}
		})
	}
	wg.Wait()
	s := latest(t, table)
	if s.Version != writers*each || s.NumFiles() != writers*each || done.Load() != writers*each {
		t.Errorf("version %d, %d files", s.Version, s.NumFiles())
	}
}

func TestCrashLeavesOldOrNewVersion(t *testing.T) {
	for _, step := range []storage.Step{storage.StepCreate, storage.StepWrite, storage.StepSync, storage.StepPublish, storage.StepClean} {
		for _, what := range []string{".json", "checkpoint.parquet", "_last_checkpoint"} {
			local := storage.NewLocal()
			table := newTableIn(t, local, filepath.Join(t.TempDir(), "t"), map[string]string{"delta.checkpointInterval": "2"})
			appendFile(t, table, 0, 0, 10)
			dead := false
			local.Fault = func(s storage.Step, path string) error {
				if dead || s == step && strings.HasSuffix(path, what) {
					dead = true // from here on the process is gone
					return errors.New("killed")
				}
				return nil
			}
			s, err := table.Snapshot(bg, At{})
			if err != nil {
				t.Fatal(err)
			}
			tx := table.Begin(s)
			tx.Add(writeFile(t, s.Metadata, table, 1, 10, 20))
			_, err = tx.Commit(bg, writeOp(10))
			if what == ".json" && step != storage.StepClean && err == nil {
				t.Errorf("%s: the commit succeeded", step)
			}
			local.Fault = nil
			again, oerr := Open(storage.NewLocal(), table.Path())
			if oerr != nil {
				t.Fatal(oerr)
			}
			got := latest(t, again)
			if got.NumFiles() != int(got.Version) || got.Version < 1 || got.Version > 2 || err == nil && got.Version != 2 {
				t.Errorf("%s of %s: version %d with %d files, commit said %v", step, what, got.Version, got.NumFiles(), err)
			}
			appendFile(t, again, 0, 20, 30)
			checkLog(t, again)
		}
	}
}

func TestCommitThatReportsAnErrorButIsThere(t *testing.T) {
	local := storage.NewLocal()
	table := newTableIn(t, local, filepath.Join(t.TempDir(), "t"), nil)
	local.Fault = func(s storage.Step, path string) error {
		if s == storage.StepClean && strings.HasSuffix(path, "1.json") {
			return errors.New("the disk went away after the link")
		}
		return nil
	}
	if v := appendFile(t, table, 0, 0, 10); v != 1 {
		t.Errorf("version %d", v)
	}
}

func TestFullDisk(t *testing.T) {
	local := storage.NewLocal()
	table := newTableIn(t, local, filepath.Join(t.TempDir(), "t"), nil)
	s := latest(t, table)
	tx := table.Begin(s)
	tx.Add(writeFile(t, s.Metadata, table, 0, 0, 10))
	local.Fault = func(st storage.Step, _ string) error {
		if st == storage.StepWrite {
			return sqlerr.New("DISK_FULL", "path", "x")
		}
		return nil
	}
	if _, err := tx.Commit(bg, writeOp(10)); class(err) != "DISK_FULL" {
		t.Error(err)
	}
	local.Fault = nil
	if got := latest(t, table); got.Version != 0 {
		t.Errorf("version %d", got.Version)
	}
	if _, err := tx.Commit(bg, writeOp(10)); err != nil {
		t.Error("the transaction cannot be committed again:", err)
	}
}

func TestCancelledCommit(t *testing.T) {
	table := newTable(t, nil)
	ctx, cancel := context.WithCancel(bg)
	tx := table.Begin(latest(t, table))
	cancel()
	if _, err := tx.Commit(ctx, writeOp(0)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestCreateTwice(t *testing.T) {
	table := newTable(t, nil)
	_, tx, err := Create(table.store, table.path, &Metadata{Schema: testSchema()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Commit(bg, Operation{Name: "CREATE TABLE"}); class(err) != "DELTA_PROTOCOL_CHANGED" {
		t.Error(err)
	}
}

func TestDeletionVectorRoundTrip(t *testing.T) {
	table := newTable(t, map[string]string{"delta.enableDeletionVectors": "true", "delta.checkpointPolicy": "v2", "delta.checkpointInterval": "2"})
	appendFile(t, table, 0, 0, 1000)
	s := latest(t, table)
	f := s.Files()[0]
	rows := roaring.New()
	rows.AddRange(10, 500)
	rows.Add(999)
	w := table.NewVectorWriter()
	d, err := w.Add(rows)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Finish(bg); err != nil {
		t.Fatal(err)
	}
	tx := table.Begin(s)
	tx.ReadFiles(f)
	tx.Remove(f, true)
	g, err := s.WithDeletionVector(f, d)
	if err != nil {
		t.Fatal(err)
	}
	tx.Add(g)
	if _, err := tx.Commit(bg, Operation{Name: "DELETE", Metrics: map[string]string{"numDeletedRows": "491"}}); err != nil {
		t.Fatal(err)
	}
	appendFile(t, table, 0, 1000, 1010)
	fresh, err := Open(storage.NewLocal(), table.Path())
	if err != nil {
		t.Fatal(err)
	}
	got := latest(t, fresh)
	if got.NumFiles() != 2 || len(got.Tombstones()) != 1 {
		t.Fatalf("%d files, %d tombstones", got.NumFiles(), len(got.Tombstones()))
	}
	back, err := got.Deleted(bg, got.Files()[0])
	if err != nil || !back.Equals(rows) {
		t.Errorf("%v %v", back, err)
	}
	checkLog(t, table)
}

func TestBase85(t *testing.T) {
	raw := []byte{0x86, 0x4F, 0xD2, 0x6F, 0xB5, 0x59, 0xF7, 0x5B}
	if s := encodeZ85(raw); s != "HelloWorld" {
		t.Error(s)
	}
	if b, err := decodeZ85("HelloWorld"); err != nil || !bytes.Equal(b, raw) {
		t.Error(b, err)
	}
	for _, bad := range []string{"abc", "abc d", "#####"} {
		if _, err := decodeZ85(bad); err == nil {
			t.Error(bad)
		}
	}
}

func TestWrittenCommitInfo(t *testing.T) {
	table := newTable(t, nil)
	appendFile(t, table, 0, 0, 10)
	raw, err := os.ReadFile(commitPath(table.Path(), 1))
	if err != nil {
		t.Fatal(err)
	}
	var line struct {
		CommitInfo map[string]any `json:"commitInfo"`
	}
	if err := json.Unmarshal(bytes.SplitN(raw, []byte("\n"), 2)[0], &line); err != nil {
		t.Fatal(err)
	}
	for k, want := range map[string]any{"operation": "WRITE", "readVersion": float64(0), "isolationLevel": "Serializable", "isBlindAppend": true} {
		if line.CommitInfo[k] != want {
			t.Errorf("%s is %v, want %v", k, line.CommitInfo[k], want)
		}
	}
}
