package stream

import (
	"context"
	"testing"
	"time"

	"github.com/argan-sql/argan/catalog"
	"github.com/argan-sql/argan/catalog/delta"
	"github.com/argan-sql/argan/catalog/relation"
	"github.com/argan-sql/argan/catalog/storage"
	"github.com/argan-sql/argan/types"
)

// table makes a Delta table and gives a function that commits files (by name) to it.
func table(t *testing.T) (*relation.DeltaTable, func(files ...string)) {
	t.Helper()
	d, tx, err := delta.Create(storage.NewLocal(), t.TempDir(), &delta.Metadata{
		Format: delta.Format{Provider: "parquet"}, Schema: types.NewStruct(types.Field{Name: "a", Type: types.IntType, Nullable: true}), Configuration: map[string]string{},
	})
	if err != nil {
		t.Fatal(err)
	}
	commit := func(tx *delta.Transaction, files []string) {
		for _, f := range files {
			tx.Add(&delta.AddFile{Path: d.Path() + "/" + f, Size: 100, ModificationTime: 1, DataChange: true})
		}
		if _, err := tx.Commit(context.Background(), delta.Operation{Name: "WRITE"}); err != nil {
			t.Fatal(err)
		}
	}
	commit(tx, nil)
	return relation.Delta([]string{"t"}, d), func(files ...string) {
		s, err := d.Snapshot(context.Background(), delta.At{})
		if err != nil {
			t.Fatal(err)
		}
		commit(d.Begin(s), files)
	}
}

// Whatever the batches, each file comes once, in the order of the commits; and every position can be gone on from.
func TestDeltaSourceGivesEachFileOnce(t *testing.T) {
	ctx := t.Context()
	for _, c := range []struct {
		name  string
		first []string // in the table when the flow begins
		limit Limit
		want  string
	}{
		{"nothing at first", nil, Limit{}, "b c d e f "},
		{"something at first", []string{"a1", "a2", "a3"}, Limit{}, "a1 a2 a3 b c d e f "},
		{"a file a batch", []string{"a1", "a2", "a3"}, Limit{Files: 1}, "a1 a2 a3 b c d e f "},
		{"two files a batch", []string{"a1", "a2", "a3"}, Limit{Files: 2}, "a1 a2 a3 b c d e f "},
		{"bytes", nil, Limit{Bytes: 150}, "b c d e f "},
	} {
		d, commit := table(t)
		if c.first != nil {
			commit(c.first...)
		}
		s := source(t, d)
		at, err := s.Start(ctx)
		if err != nil {
			t.Fatal(err)
		}
		commit("b", "c")
		commit()
		commit("d", "e", "f")
		got := ""
		for n := 0; ; n++ {
			if n%2 == 1 { // as after a restart
				s = source(t, d)
			}
			span, err := s.Next(ctx, at, nil, c.limit)
			if err != nil {
				t.Fatal(err)
			}
			if span.Empty {
				break
			}
			piece, err := s.Open(ctx, span)
			if err != nil {
				t.Fatal(err)
			}
			snapshot, err := piece.Snapshot(ctx, catalog.At{})
			if err != nil {
				t.Fatal(err)
			}
			files, _, err := snapshot.Files(ctx, nil)
			if err != nil {
				t.Fatal(err)
			}
			if c.limit.Files > 0 && int64(len(files)) > c.limit.Files {
				t.Errorf("%s: %d files in a batch", c.name, len(files))
			}
			for _, f := range files {
				got += storage.Base(f.Path) + " "
			}
			at = span.To
			s.Committed(ctx, at)
		}
		if got != c.want {
			t.Errorf("%s: %q, expected %q", c.name, got, c.want)
		}
	}
}

func source(t *testing.T, d *relation.DeltaTable) Source {
	t.Helper()
	s, err := Delta("s", d, map[string]string{}, func(string) (time.Time, error) { return time.Time{}, nil })
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A wait ends at the next commit of this process at once.
func TestDeltaSourceWaits(t *testing.T) {
	d, commit := table(t)
	s := source(t, d)
	done := make(chan error)
	go func() { done <- s.Wait(t.Context(), deltaPosition{Version: 1}.json()) }()
	commit("a")
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}
