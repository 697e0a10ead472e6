package delta

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/argan-sql/argan/catalog/storage"
	"github.com/argan-sql/argan/sqlerr"
)

// damage changes some bytes, or cuts the end off.
func damage(r *rand.Rand, data []byte) []byte {
	out := bytes.Clone(data)
	if r.IntN(3) == 0 {
		return out[:r.IntN(len(out))]
	}
	for range 1 + r.IntN(8) {
		out[r.IntN(len(out))] = byte(r.IntN(256))
	}
	return out
}

func TestDamagedCheckpoint(t *testing.T) {
	table := newTable(t, map[string]string{"delta.checkpointInterval": "2", "delta.enableDeletionVectors": "true"})
	appendFile(t, table, 0, 0, 10)
	deleteRows(t, table, 3)
	path := filepath.Join(table.Path(), logDir, "00000000000000000002.checkpoint.parquet")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for v := range int64(2) {
		if err := os.Remove(commitPath(table.Path(), v)); err != nil {
			t.Fatal(err)
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	failed := 0
	for range 150 {
		if err := os.WriteFile(path, damage(r, whole), 0o644); err != nil {
			t.Fatal(err)
		}
		again, err := Open(storage.NewLocal(), table.Path())
		if err != nil {
			t.Fatal(err)
		}
		if s, err := again.Snapshot(bg, At{}); err != nil {
			failed++
		} else if s.Version != 2 {
			t.Errorf("version %d", s.Version)
		}
	}
	if failed < 50 {
		t.Errorf("only %d of 150 damaged checkpoints were noticed", failed)
	}
}

func TestDamagedVector(t *testing.T) {
	rows := roaring.BitmapOf(1, 5, 70000)
	rows.AddRange(100, 9000)
	blob, err := vectorBlob(rows)
	if err != nil {
		t.Fatal(err)
	}
	if back, err := parseVector(blob); err != nil || !back.Equals(rows) {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		_, _ = parseVector(damage(r, blob)) // must not panic
	}
	table := newTable(t, map[string]string{"delta.enableDeletionVectors": "true"})
	appendFile(t, table, 0, 0, 100)
	deleteRows(t, table, 3)
	f := latest(t, table).Files()[0]
	path, err := f.DeletionVector.Path(table.Path())
	if err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		change func(b []byte) []byte
		class  string
	}{
		{func(b []byte) []byte { b[4]++; return b }, "DELTA_DELETION_VECTOR_SIZE_MISMATCH"},
		{func(b []byte) []byte { b[12]++; return b }, "DELTA_DELETION_VECTOR_CHECKSUM_MISMATCH"},
		{func(b []byte) []byte { return b[:len(b)-3] }, "FILE_CORRUPT"},
	} {
		if err := os.WriteFile(path, c.change(bytes.Clone(whole)), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := table.ReadDeletionVector(bg, f.DeletionVector); class(err) != c.class {
			t.Errorf("%v, want %s", err, c.class)
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := table.ReadDeletionVector(bg, f.DeletionVector); class(err) != "FILE_NOT_FOUND" {
		t.Error(err)
	}
}

func TestDamagedLog(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(t *testing.T, log string)
		class string
	}{
		{"a line cut short", func(t *testing.T, log string) { rewrite(t, log+"/00000000000000000001.json", `{"add":{"path":"x`) }, "FILE_CORRUPT"},
		{"a path that is no URI", func(t *testing.T, log string) {
			rewrite(t, log+"/00000000000000000001.json", `{"add":{"path":"x%zz","partitionValues":{},"size":1,"modificationTime":1,"dataChange":true}}`)
		}, "DELTA_CANNOT_RECONSTRUCT_PATH_FROM_URI"},
		{"a gap", func(t *testing.T, log string) { remove(t, log+"/00000000000000000001.json") }, "DELTA_VERSIONS_NOT_CONTIGUOUS"},
		{"the beginning is gone", func(t *testing.T, log string) { remove(t, log+"/00000000000000000000.json") }, "DELTA_TRUNCATED_TRANSACTION_LOG"},
		{"an empty first version", func(t *testing.T, log string) { rewrite(t, log+"/00000000000000000000.json", "") }, "DELTA_STATE_RECOVER_ERROR"},
		{"no version", func(t *testing.T, log string) {
			for v := range int64(3) {
				remove(t, commitPath(filepath.Dir(log), v))
			}
		}, "DELTA_TABLE_NOT_FOUND"},
		{"a hint that is nonsense", func(t *testing.T, log string) { rewrite(t, log+"/_last_checkpoint", "{") }, ""},
		{"a hint at nothing", func(t *testing.T, log string) { rewrite(t, log+"/_last_checkpoint", `{"version":2,"size":1}`) }, ""},
		{"a compacted file with a gap", func(t *testing.T, log string) {
			rewrite(t, log+"/00000000000000000000.00000000000000000001.compacted.json", "")
			remove(t, log+"/00000000000000000001.json")
		}, "DELTA_VERSIONS_NOT_CONTIGUOUS"},
		{"an empty checkpoint", func(t *testing.T, log string) { rewrite(t, log+"/00000000000000000002.checkpoint.parquet", "") }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			table := newTable(t, nil)
			appendFile(t, table, 0, 0, 10)
			appendFile(t, table, 0, 10, 20)
			c.spoil(t, filepath.Join(table.Path(), logDir))
			again, err := Open(storage.NewLocal(), table.Path())
			if err != nil {
				t.Fatal(err)
			}
			s, err := again.Snapshot(bg, At{})
			if class(err) != c.class {
				t.Errorf("%v, want %s", err, c.class)
			}
			if err == nil && s.NumFiles() != 2 {
				t.Errorf("%d files", s.NumFiles())
			}
		})
	}
}

func rewrite(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}

func FuzzActions(f *testing.F) {
	f.Add([]byte(`{"add":{"path":"a%20b","partitionValues":{"p":null},"size":1,"modificationTime":1,"dataChange":true,"stats":"{\"numRecords\":1}"}}`))
	f.Add([]byte(`{"commitInfo":{"operationParameters":{"a":[1,{"b":null}]},"operationMetrics":{"n":1}}}` + "\n" + `{"remove":{"path":"x"}}`))
	f.Add([]byte(`{"metaData":{"schemaString":"{\"type\":\"struct\",\"fields\":[]}"}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		actions, err := parseActions("x", raw)
		if err != nil {
			return
		}
		r := newReplayer("/t", nil)
		if r.apply(actions) != nil {
			return
		}
		st := r.finish()
		for _, a := range st.files {
			parseStats(a.StatsJSON, &Metadata{Schema: testSchema()})
		}
		if st.metadata != nil {
			if _, err := metadataOf("/t", st.metadata); err != nil {
				if _, ok := err.(*sqlerr.Error); !ok {
					t.Errorf("an error without a class: %v", err)
				}
			}
		}
	})
}
