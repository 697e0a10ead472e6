package tablewriter

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/argan-sql/argan/catalog/delta"
	"github.com/argan-sql/argan/catalog/storage"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// Splitting by three columns groups exactly the rows whose values are the same, in order, batch after batch.
func TestSplit(t *testing.T) {
	kinds := []*types.Type{types.IntType, types.StringType, types.BooleanType}
	m := &delta.Metadata{Schema: types.NewStruct(), Configuration: map[string]string{}}
	for i, k := range kinds {
		name := fmt.Sprint("c", i)
		m.Schema.Fields = append(m.Schema.Fields, types.Field{Name: name, Type: k, Nullable: true})
		m.PartitionColumns = append(m.PartitionColumns, name)
	}
	w := New(t.Context(), nil, "/nowhere", m, Options{})
	defer w.Abort()
	r := rand.New(rand.NewPCG(1, 2))
	var p partitioner
	for range 20 {
		n := 1 + r.IntN(500)
		cols := make([]*vector.Vector, len(kinds))
		want := map[string][]uint32{}
		keys := make([]string, n)
		for c, k := range kinds {
			b := vector.NewBuilder(k, n)
			for row := range n {
				var v any
				switch x := r.IntN(4); {
				case x == 0:
				case c == 0:
					v = int32(x)
				case c == 1:
					v = []string{"", "a", "b/c", ""}[x]
				default:
					v = x == 1
				}
				b.AppendValue(v)
				if v == "" {
					v = nil // the log has no empty text
				}
				keys[row] += fmt.Sprint(v, ";")
			}
			cols[c] = b.Finish()
		}
		for row, k := range keys {
			want[k] = append(want[k], uint32(row))
		}
		groups, err := p.split(w, vector.NewBatch(cols, n))
		if err != nil {
			t.Fatal(err)
		}
		got := map[string][]uint32{}
		for _, g := range groups {
			k := ""
			for _, v := range g.partition.values {
				if v == nil {
					k += "<nil>;"
				} else {
					k += *v + ";"
				}
			}
			got[k] = append(got[k], g.rows...)
			if !slices.IsSorted(g.rows) {
				t.Errorf("the rows of %s are out of order: %v", k, g.rows)
			}
		}
		for k := range want {
			slices.Sort(got[k]) // NULL and the empty text are two groups of one partition
			if !slices.Equal(got[k], want[k]) {
				t.Errorf("%s has the rows %v, expected %v", k, got[k], want[k])
			}
		}
		if len(got) != len(want) {
			t.Errorf("%d partitions, expected %d", len(got), len(want))
		}
	}
}

// A table of many partitions keeps to its memory: files end early rather than stay open.
func TestPartitionsKeepToTheirMemory(t *testing.T) {
	m := &delta.Metadata{
		Schema:           types.NewStruct(types.Field{Name: "v", Type: types.LongType}, types.Field{Name: "p", Type: types.IntType}),
		PartitionColumns: []string{"p"}, Configuration: map[string]string{},
	}
	w := New(t.Context(), storage.NewLocal(), t.TempDir(), m, Options{Workers: 1, Memory: 1 << 20})
	const batches, size, partitions = 20, 4000, 40
	for i := range batches {
		v, p := vector.New(types.LongType, size), vector.New(types.IntType, size)
		for row := range size {
			v.I64[row], p.I32[row] = int64(i*size+row)*7919, int32(row%partitions)
		}
		if err := w.Write(vector.NewBatch([]*vector.Vector{v, p}, size)); err != nil {
			t.Fatal(err)
		}
	}
	files, err := w.Finish()
	if err != nil {
		t.Fatal(err)
	}
	if len(files) <= partitions {
		t.Errorf("%d files for %d partitions: none was ended early", len(files), partitions)
	}
	if w.Rows() != batches*size {
		t.Errorf("%d rows", w.Rows())
	}
}
