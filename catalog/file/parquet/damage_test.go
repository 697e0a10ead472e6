package parquet

import (
	"bytes"
	"math/rand"
	"os"
	"path/filepath"
	"runtime/debug"
	"testing"

	"github.com/argan-sql/argan/sqlerr"
)

// readEverything opens a file from memory and reads all of it, index and statistics too.
func readEverything(b []byte) error {
	f, err := Open(bytes.NewReader(b), int64(len(b)), "memory.parquet")
	if err != nil {
		return err
	}
	schema, err := f.Schema()
	if err != nil {
		return err
	}
	cols, err := f.Bind(schema, MatchName)
	if err != nil {
		return err
	}
	if f.Rows() > 1<<20 {
		return nil // a believable claim of many equal rows: right, and slow
	}
	var first error
	for g := range f.RowGroups() {
		for _, c := range cols {
			f.Statistics(g, c)
			if _, err := f.Pages(g, c); err != nil && first == nil {
				first = err
			}
			rows := f.GroupRows(g)
			for _, ranges := range [][]RowRange{nil, {{rows / 4, rows / 2}}} {
				v, err := f.ReadColumn(g, c, ranges)
				if err != nil {
					if first == nil {
						first = err
					}
					continue
				}
				for i := range v.Len {
					v.Value(i)
				}
			}
		}
	}
	return first
}

func checkRefusal(t *testing.T, err error) {
	t.Helper()
	if err != nil && !sqlerr.Is(err, "FILE_CORRUPT") && !sqlerr.Is(err, "UNSUPPORTED_FEATURE") && !sqlerr.Is(err, "_LEGACY_ERROR_TEMP_2063") {
		t.Fatalf("not a file's error: %v", err)
	}
}

func TestTruncatedFiles(t *testing.T) {
	b, err := os.ReadFile("testdata/flat_snappy.parquet")
	if err != nil {
		t.Fatal(err)
	}
	if err := readEverything(b); err != nil {
		t.Fatal(err)
	}
	for n := 0; n < len(b); n += 1 + n/40 {
		if err := readEverything(b[:n]); !sqlerr.Is(err, "FILE_CORRUPT") {
			t.Fatalf("%d bytes of %d: %v", n, len(b), err)
		}
		// The end of the file is there, but bytes of the middle are not.
		if cut := append(append([]byte{}, b[:n]...), b[min(len(b), n+100):]...); n > 100 && n+200 < len(b) {
			checkRefusal(t, readEverything(cut))
		}
	}
}

func TestFlippedBytes(t *testing.T) {
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(1 << 30))
	paths, _ := filepath.Glob("testdata/*.parquet")
	rnd := rand.New(rand.NewSource(3))
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for range 25 {
			bad := append([]byte{}, b...)
			for range 1 + rnd.Intn(3) {
				at := rnd.Intn(len(bad))
				if rnd.Intn(2) == 0 { // the footer is where the lies are
					at = len(bad) - 1 - rnd.Intn(min(len(bad), 2000))
				}
				bad[at] ^= byte(1 << rnd.Intn(8))
			}
			checkRefusal(t, readEverything(bad))
		}
	}
}

func FuzzParquetOpen(f *testing.F) {
	paths, _ := filepath.Glob("testdata/*.parquet")
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		if len(b) < 30000 {
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) { checkRefusal(t, readEverything(b)) })
}
