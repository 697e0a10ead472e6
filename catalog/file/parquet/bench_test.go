package parquet

import (
	"io"
	"os"
	"testing"

	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
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

// BenchmarkWrite writes what the first row groups of the file in ARGAN_PARQUET_FILE hold, column by column.
func BenchmarkWrite(b *testing.B) {
	path := os.Getenv("ARGAN_PARQUET_FILE")
	if path == "" {
		b.Skip("ARGAN_PARQUET_FILE names no file")
	}
	f := openPath(b, path)
	schema, cols := bindAll(b, f)
	for i, field := range schema.Fields {
		v, err := f.ReadColumn(0, cols[i], nil)
		if err != nil {
			b.Fatal(err)
		}
		for g := 1; g < f.RowGroups() && v.Len < 500_000 && v.Form == vector.Flat; g++ {
			more, err := f.ReadColumn(g, cols[i], nil)
			if err != nil {
				b.Fatal(err)
			}
			all := vector.NewBuilder(field.Type, v.Len+more.Len)
			all.AppendVector(v)
			all.AppendVector(more)
			v = all.Finish()
		}
		batch := vector.NewBatch([]*vector.Vector{v}, v.Len)
		b.Run(field.Name, func(b *testing.B) {
			size := int64(len(v.Heap)+4*len(v.Codes)+8*len(v.I64)+4*len(v.I32)) + int64(4*len(v.Spans))
			b.SetBytes(size)
			for b.Loop() {
				w, err := NewWriter(io.Discard, types.NewStruct(field), Options{})
				if err != nil {
					b.Fatal(err)
				}
				if err := w.Write(batch); err != nil {
					b.Fatal(err)
				}
				if _, err := w.Close(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(v.Len), "ns/row")
		})
	}
}
