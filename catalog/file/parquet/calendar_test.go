package parquet

import (
	"bytes"
	"testing"

	civil "github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

func TestOldCalendar(t *testing.T) {
	// Julian date → what must be read: the same date, where there is one.
	julian := func(y, m, d int) int64 { // day since 1970 of a Julian date
		a := (14 - m) / 12
		yy, mm := int64(y+4800-a), int64(m+12*a-3)
		return int64(d) + (153*mm+2)/5 + 365*yy + yy/4 - 32083 - 2440588
	}
	for _, c := range [][2][3]int{{{1582, 10, 4}, {1582, 10, 4}}, {{1, 1, 1}, {1, 1, 1}}, {{1500, 2, 29}, {1500, 3, 1}}, {{1400, 12, 31}, {1400, 12, 31}}, {{1200, 2, 28}, {1200, 2, 28}}} {
		if got, want := julianToGregorian(julian(c[0][0], c[0][1], c[0][2])), int64(civil.Days(c[1][0], c[1][1], c[1][2])); got != want {
			t.Errorf("%v: day %d, want %d", c, got, want)
		}
	}
	schema := types.NewStruct(types.Field{Name: "d", Type: types.DateType}, types.Field{Name: "t", Type: types.TimestampType})
	for _, keys := range []map[string]string{nil, {legacyDatesKey: ""}} {
		var file bytes.Buffer
		w, err := NewWriter(&file, schema, Options{KeyValue: keys})
		if err != nil {
			t.Fatal(err)
		}
		d := julian(1000, 1, 1)
		if err := w.Write(vector.NewBatch([]*vector.Vector{vector.Of(types.DateType, int32(d), int32(0)), vector.Of(types.TimestampType, d*microsPerDay+5, int64(0))}, 2)); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Close(); err != nil {
			t.Fatal(err)
		}
		f, err := Open(bytes.NewReader(file.Bytes()), int64(file.Len()), "memory")
		if err != nil {
			t.Fatal(err)
		}
		_, cols := bindAll(t, f)
		want := d
		if keys != nil {
			want = int64(civil.Days(1000, 1, 1))
		}
		for i, x := range []any{int32(want), want*microsPerDay + 5} {
			v, err := f.ReadColumn(0, cols[i], nil)
			if err != nil || v.Value(0) != x || v.Value(1) == nil {
				t.Errorf("%v: %v, want %v (%v)", keys, v.Value(0), x, err)
			}
			if s, _ := f.Statistics(0, cols[i]); (s.Min == nil) != (keys != nil) {
				t.Errorf("%v: statistics %v", keys, s)
			}
		}
	}
}
