package spill

import (
	"os"
	"reflect"
	"testing"

	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

func TestRoundTrip(t *testing.T) {
	dir := t.TempDir()
	d := NewDir(dir)
	list := types.NewArray(types.StringType, true)
	st := types.NewStruct(types.Field{Name: "a", Type: types.ShortType, Nullable: true}, types.Field{Name: "b", Type: types.NewMap(types.StringType, types.IntType, true)})
	cols := []*vector.Vector{
		vector.Of(types.LongType, int64(1), nil, int64(-3)),
		vector.Of(types.StringType, "x", "", nil),
		vector.Of(list, []any{"a", nil}, nil, []any{}),
		vector.Of(st, []any{int16(4), []vector.Pair{{Key: "k", Value: int32(9)}}}, nil, []any{nil, []vector.Pair{}}),
		vector.ConstOf(types.NewDecimal(38, 2), types.Int128{Hi: 7, Lo: 8}, 3),
		{Type: types.StringType, Form: vector.Dict, Len: 3, Codes: []uint32{1, 0, 1}, Dictionary: vector.Of(types.StringType, "p", "q")},
		vector.Of(types.BooleanType, true, nil, false),
		vector.NullConst(types.NullType, 3),
	}
	ts := make([]*types.Type, len(cols))
	for i, c := range cols {
		ts[i] = c.Type
	}
	f, err := d.New(ts)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := f.Write(cols, 3); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Finish(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		r := f.Reader()
		for range 3 {
			b, err := r.Next()
			if err != nil || b == nil || b.Rows != 3 {
				t.Fatal(b, err)
			}
			for i, c := range b.Cols {
				for row := range 3 {
					if got, want := c.Value(row), cols[i].Value(row); !reflect.DeepEqual(got, want) {
						t.Errorf("column %d row %d: %v, want %v", i, row, got, want)
					}
				}
			}
		}
		if b, err := r.Next(); b != nil || err != nil {
			t.Error(b, err)
		}
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("%d files are left", len(left))
	}
}

func TestBlocksAreReadWhileTheyGrow(t *testing.T) {
	dir := t.TempDir()
	d := NewDir(dir)
	blocks, err := d.Blocks()
	if err != nil {
		t.Fatal(err)
	}
	ts := []*types.Type{types.LongType, types.StringType}
	var enc Encoder
	type place struct {
		at int64
		n  int
	}
	var places []place
	for i := range 5 {
		block, err := enc.Encode([]*vector.Vector{vector.Of(types.LongType, int64(i), nil), vector.Of(types.StringType, "same text again and again and again", "x")}, 2)
		if err != nil {
			t.Fatal(err)
		}
		at, err := blocks.Append(block)
		if err != nil {
			t.Fatal(err)
		}
		places = append(places, place{at, len(block)})
		for k, p := range places {
			b, err := blocks.Read(ts, p.at, p.n)
			if err != nil || b.Rows != 2 || b.Cols[0].Value(0) != int64(k) || b.Cols[0].Value(1) != nil || b.Cols[1].Value(1) != "x" {
				t.Fatalf("block %d after %d: %v %v", k, i, b, err)
			}
		}
	}
	if _, err := blocks.Read(ts, places[4].at, places[4].n+1); err == nil {
		t.Error("a block that is cut short was read")
	}
	if err := blocks.Close(); err != nil {
		t.Error(err)
	}
	if _, err := blocks.Read(ts, 0, places[0].n); err == nil {
		t.Error("a closed file was read")
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}
