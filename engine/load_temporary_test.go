package engine

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// someRows are batches of id and name, of so many rows each.
func someRows(sizes ...int) Load {
	columns := types.NewStruct(types.Field{Name: "id", Type: types.LongType, Nullable: true}, types.Field{Name: "Name", Type: types.StringType, Nullable: true})
	next := int64(0)
	return Load{Table: "Loaded", Columns: columns, Next: func() (*vector.Batch, error) {
		if len(sizes) == 0 {
			return nil, nil
		}
		ids, names := vector.NewBuilder(types.LongType, sizes[0]), vector.NewBuilder(types.StringType, sizes[0])
		for range sizes[0] {
			ids.AppendValue(next)
			names.AppendValue(fmt.Sprint("a name of some length ", next))
			next++
		}
		b := vector.NewBatch([]*vector.Vector{ids.Finish(), names.Finish()}, sizes[0])
		sizes = sizes[1:]
		return b, nil
	}}
}

func TestTemporaryLoads(t *testing.T) {
	e := openTest(t, "")
	e.keeper.own = 100_000 // what follows goes to disk
	s := sessionOf(t, e)
	other := sessionOf(t, e)
	third := sessionOf(t, e) // ends with the engine
	run(t, s, "CREATE TEMPORARY VIEW query AS SELECT 1 AS id, 'x' AS name")
	const all = "SELECT count(*), sum(id), count(DISTINCT name) FROM loaded"
	for _, c := range []struct {
		mode  LoadMode
		table string
		sizes []int
		class string
		rows  string // count, sum of ids and names, of the view afterwards
	}{
		{mode: LoadAppend, sizes: []int{1}, class: "TABLE_OR_VIEW_NOT_FOUND"},
		{mode: LoadCreate, sizes: []int{3, 10_000}, rows: "10003|50025003|10003"},
		{mode: LoadCreate, sizes: []int{1}, class: "TEMP_TABLE_OR_VIEW_ALREADY_EXISTS", rows: "10003|50025003|10003"},
		{mode: LoadAppend, sizes: []int{2}, rows: "10005|50025004|10003"},
		{mode: LoadCreateAppend, sizes: nil, rows: "10005|50025004|10003"},
		{mode: LoadReplace, sizes: []int{4}, rows: "4|6|4"},
		{mode: LoadAppend, table: "query", sizes: []int{1}, class: "UNSUPPORTED_FEATURE.ARGAN", rows: "4|6|4"},
		{mode: LoadReplace, sizes: nil, rows: "0|NULL|0"},
		{mode: LoadReplace, sizes: []int{5000, 5000}, rows: "10000|49995000|10000"},
	} {
		l := someRows(c.sizes...)
		l.Mode = c.mode
		if c.table != "" {
			l.Table = c.table
		}
		want := int64(0)
		for _, n := range c.sizes {
			want += int64(n)
		}
		n, err := s.LoadTemporary(context.Background(), l)
		if c.class != "" {
			if err == nil || sqlerr.From(err).Class != c.class {
				t.Errorf("%s of %v: %v, want %s", c.mode, c.sizes, err, c.class)
			}
		} else if err != nil || n != want {
			t.Errorf("%s of %v: %d rows, %v", c.mode, c.sizes, n, err)
		}
		if c.rows != "" {
			for range 2 { // as often as one likes
				if got := strings.Join(rows(t, s, all), ";"); got != c.rows {
					t.Errorf("after %s of %v the view is %s, want %s", c.mode, c.sizes, got, c.rows)
				}
			}
		}
	}
	if e.keeper.onDisk.Load() == 0 || e.keeper.inMemory.Load() == 0 {
		t.Errorf("%d bytes in memory, %d on disk", e.keeper.inMemory.Load(), e.keeper.onDisk.Load())
	}
	// Columns are found by name, and cast.
	l := someRows(1)
	l.Mode, l.Columns = LoadAppend, types.NewStruct(types.Field{Name: "NAME", Type: types.LongType}, types.Field{Name: "ID", Type: types.StringType})
	b := vector.NewBuilder(types.LongType, 1)
	b.AppendValue(int64(7))
	c := vector.NewBuilder(types.StringType, 1)
	c.AppendValue("-5")
	batch := vector.NewBatch([]*vector.Vector{b.Finish(), c.Finish()}, 1)
	l.Next = func() (out *vector.Batch, _ error) {
		out, batch = batch, nil
		return out, nil
	}
	if _, err := s.LoadTemporary(context.Background(), l); err != nil {
		t.Error(err)
	}
	if got := one(t, s, "SELECT name FROM loaded WHERE id = -5"); got != "7" {
		t.Errorf("the name is %q", got)
	}
	l = someRows(1)
	l.Mode, l.Columns = LoadAppend, types.NewStruct(types.Field{Name: "id", Type: types.LongType}, types.Field{Name: "other", Type: types.StringType})
	if _, err := s.LoadTemporary(context.Background(), l); err == nil || sqlerr.From(err).Class != "UNRESOLVED_COLUMN.WITH_SUGGESTION" {
		t.Errorf("a column that the view has not: %v", err)
	}
	// A load that breaks off leaves what was there.
	l = someRows(1)
	l.Mode = LoadReplace
	first := l.Next
	l.Next = func() (*vector.Batch, error) {
		if b, _ := first(); b != nil {
			return b, nil
		}
		return nil, fmt.Errorf("gone")
	}
	if _, err := s.LoadTemporary(context.Background(), l); err == nil {
		t.Error("a load that breaks off is taken")
	}
	if got := one(t, s, "SELECT count(*) FROM loaded"); got != "10001" {
		t.Errorf("%s rows after a load that broke off", got)
	}
	if _, err := other.Prepare(context.Background(), Request{SQL: all}); err == nil {
		t.Error("another session finds the view")
	}
	e.keeper.disk = 1 // no more than there is
	l = someRows(20_000)
	l.Mode, l.Table = LoadCreate, "large"
	if _, err := s.LoadTemporary(context.Background(), l); err == nil || sqlerr.From(err).Class != "RESULT_TOO_LARGE" {
		t.Errorf("a load beyond the disk: %v", err)
	}
	run(t, s, "DROP VIEW loaded")
	if e.keeper.onDisk.Load() != 0 || e.keeper.inMemory.Load() != 0 || e.keeper.results.Load() != 0 {
		t.Errorf("after DROP VIEW %d bytes in memory, %d on disk", e.keeper.inMemory.Load(), e.keeper.onDisk.Load())
	}
	l = someRows(10)
	l.Mode = LoadCreate
	if _, err := s.LoadTemporary(context.Background(), l); err != nil || e.keeper.inMemory.Load() == 0 {
		t.Error(err)
	}
	s.Close()
	if e.keeper.inMemory.Load() != 0 || e.keeper.results.Load() != 0 {
		t.Errorf("after the session %d bytes", e.keeper.inMemory.Load())
	}
	l = someRows(10)
	l.Mode = LoadCreate
	if _, err := third.LoadTemporary(context.Background(), l); err != nil {
		t.Error(err)
	}
	t.Cleanup(func() { // runs before the engine is closed, and looks after it
		closed := e.Close()
		if e.keeper.results.Load() != 0 || closed != nil {
			t.Errorf("the views of an open session stay: %v", closed)
		}
	})
}
