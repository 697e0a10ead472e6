package parquet

import (
	"os"
	"testing"
)

// openPath opens a file of the local disk.
func openPath(t testing.TB, path string) *File {
	t.Helper()
	h, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	st, err := h.Stat()
	if err != nil {
		t.Fatal(err)
	}
	f, err := Open(h, st.Size(), path)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// BenchmarkReadColumns reads every column of the file in ARGAN_PARQUET_FILE.
func BenchmarkReadColumns(b *testing.B) {
	path := os.Getenv("ARGAN_PARQUET_FILE")
	if path == "" {
		b.Skip("ARGAN_PARQUET_FILE names no file")
	}
	f := openPath(b, path)
	schema, err := f.Schema()
	if err != nil {
		b.Fatal(err)
	}
	cols, err := f.Bind(schema, MatchName)
	if err != nil {
		b.Fatal(err)
	}
	for i, field := range schema.Fields {
		b.Run(field.Name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				for g := range f.RowGroups() {
					if _, err := f.ReadColumn(g, cols[i], nil); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(f.Rows()), "ns/row")
		})
	}
}
