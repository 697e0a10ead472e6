package parquet

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// canonical puts a value in the terms of testdata/make_files.py.
func canonical(x any) any {
	switch x := x.(type) {
	case int8, int16, int32, int64:
		return json.Number(fmt.Sprint(x))
	case types.Int128:
		return x.String()
	case float32:
		return pythonFloat(float64(x))
	case float64:
		return pythonFloat(x)
	case []byte:
		return hex.EncodeToString(x)
	case []any:
		out := make([]any, len(x))
		for i, e := range x {
			out[i] = canonical(e)
		}
		return out
	case []vector.Pair:
		out := make([]any, len(x))
		for i, p := range x {
			out[i] = []any{canonical(p.Key), canonical(p.Value)}
		}
		return out
	}
	return x
}

func pythonFloat(f float64) string {
	s := strconv.FormatFloat(f, 'g', -1, 64)
	if !strings.ContainsAny(s, ".e") {
		s += ".0"
	}
	return s
}

func readRecorded(t *testing.T, path string) [][]any {
	t.Helper()
	text, err := os.ReadFile(strings.TrimSuffix(path, ".parquet") + ".json")
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var rows [][]any
	if err := d.Decode(&rows); err != nil {
		t.Fatal(err)
	}
	return rows
}

func bindAll(t testing.TB, f *File) (*types.Type, []*Column) {
	t.Helper()
	schema, err := f.Schema()
	if err != nil {
		t.Fatal(err)
	}
	cols, err := f.Bind(schema, MatchName)
	if err != nil {
		t.Fatal(err)
	}
	return schema, cols
}

// TestRecordedFiles reads files of another writer, whole and by random row ranges.
func TestRecordedFiles(t *testing.T) {
	paths, _ := filepath.Glob("testdata/*.parquet")
	if len(paths) < 15 {
		t.Fatalf("only %d files", len(paths))
	}
	rnd := rand.New(rand.NewSource(1))
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			want := readRecorded(t, path)
			f := openPath(t, path)
			if int(f.Rows()) != len(want) {
				t.Fatalf("%d rows, want %d", f.Rows(), len(want))
			}
			schema, cols := bindAll(t, f)
			base := 0
			for g := range f.RowGroups() {
				rows := f.GroupRows(g)
				for try := range 4 {
					var ranges []RowRange
					if try > 0 {
						for from := rnd.Intn(rows/4 + 1); from < rows; {
							to := min(rows, from+1+rnd.Intn(rows/3+1))
							ranges = append(ranges, RowRange{from, to})
							from = to + 1 + rnd.Intn(rows/5+1)
						}
						if ranges == nil {
							continue
						}
					}
					for c, col := range cols {
						v, err := f.ReadColumn(g, col, ranges)
						if err != nil {
							t.Fatalf("column %d: %v", c, err)
						}
						checkColumn(t, schema.Fields[c], v, want[base:base+rows], c, ranges)
					}
				}
				base += rows
			}
		})
	}
}

func checkColumn(t *testing.T, field types.Field, v *vector.Vector, want [][]any, c int, ranges []RowRange) {
	t.Helper()
	if ranges == nil {
		ranges = []RowRange{{0, len(want)}}
	}
	i := 0
	for _, r := range ranges {
		for row := r.From; row < r.To; row++ {
			if got := canonical(v.Value(i)); !reflect.DeepEqual(got, want[row][c]) {
				t.Fatalf("%s %s row %d: %v (%T), want %v (%T)", field.Name, field.Type, row, got, got, want[row][c], want[row][c])
			}
			i++
		}
	}
	if v.Len != i {
		t.Fatalf("%s: %d rows, want %d", field.Name, v.Len, i)
	}
}

func TestCodesAreKept(t *testing.T) {
	f := openPath(t, "testdata/flat_snappy.parquet")
	_, cols := bindAll(t, f)
	v, err := f.ReadColumn(0, cols[9], nil)
	if err != nil {
		t.Fatal(err)
	}
	if v.Form != vector.Dict || v.Dictionary.Len != 12 {
		t.Fatalf("form %d with a dictionary of %d", v.Form, v.Dictionary.Len)
	}
}

func TestWidening(t *testing.T) {
	f := openPath(t, "testdata/flat_snappy.parquet")
	want := readRecorded(t, "testdata/flat_snappy.parquet")
	read := func(name string, typ *types.Type) (*vector.Vector, error) {
		cols, err := f.Bind(types.NewStruct(types.Field{Name: name, Type: typ, Nullable: true}), MatchName)
		if err != nil {
			return nil, err
		}
		return f.ReadColumn(0, cols[0], nil)
	}
	for _, c := range []struct {
		name  string
		typ   *types.Type
		scale string
	}{
		{"C3", types.LongType, ""},
		{"c1", types.IntType, ""},
		{"c3", types.NewDecimal(14, 2), "00"},
		{"c17", types.NewDecimal(20, 5), "000"},
		{"c17", types.NewDecimal(12, 3), "0"},
		{"c4", types.NewDecimal(30, 1), "0"},
	} {
		v, err := read(c.name, c.typ)
		if err != nil {
			t.Fatalf("%s as %s: %v", c.name, c.typ, err)
		}
		col, _ := strconv.Atoi(c.name[1:])
		for i := range want {
			got := "NULL"
			if !v.IsNull(i) {
				got = fmt.Sprint(v.Value(i))
			}
			exp := "NULL"
			if want[i][col] != nil {
				exp = fmt.Sprint(want[i][col])
				if exp != "0" {
					exp += c.scale
				}
			}
			if got != exp {
				t.Fatalf("%s as %s row %d: %s, want %s", c.name, c.typ, i, got, exp)
			}
		}
	}
	if v, err := read("c13", types.TimestampNTZType); err != nil || v.Type.Kind != types.TimestampNTZ {
		t.Fatalf("date as timestamp_ntz: %v", err)
	}
	if v, err := read("absent", types.StringType); err != nil || v.Len != 300 || !v.IsNull(7) {
		t.Fatalf("missing column: %v %v", v, err)
	}
	for name, typ := range map[string]*types.Type{"c4": types.IntType, "c9": types.LongType, "c17": types.NewDecimal(7, 1), "c8": types.FloatType, "c2": types.NewArray(types.IntType, true)} {
		if _, err := read(name, typ); !sqlerr.Is(err, "_LEGACY_ERROR_TEMP_2063") {
			t.Errorf("%s as %s: %v", name, typ, err)
		}
	}
}

func TestStatistics(t *testing.T) {
	f := openPath(t, "testdata/flat_none_pages.parquet")
	_, cols := bindAll(t, f)
	want := readRecorded(t, "testdata/flat_none_pages.parquet")
	for _, c := range []int{1, 3, 4, 8, 9, 10, 13, 17, 18} {
		base := 0
		for g := range f.RowGroups() {
			s, ok := f.Statistics(g, cols[c])
			if !ok || s.Min == nil || s.Max == nil {
				t.Fatalf("column %d group %d: no statistics", c, g)
			}
			nulls := 0
			for _, row := range want[base : base+f.GroupRows(g)] {
				if row[c] == nil {
					nulls++
				}
			}
			if int(s.Nulls) != nulls {
				t.Errorf("column %d: %d NULLs, want %d", c, s.Nulls, nulls)
			}
			v, err := f.ReadColumn(g, cols[c], nil)
			if err != nil {
				t.Fatal(err)
			}
			checkBounds(t, v, RowRange{0, v.Len}, s, true)
			pages, err := f.Pages(g, cols[c])
			if err != nil || len(pages) < 2 {
				t.Fatalf("column %d: %d pages, %v", c, len(pages), err)
			}
			for _, p := range pages {
				checkBounds(t, v, p.Rows, p.Stats, false)
			}
			base += f.GroupRows(g)
		}
	}
}

func checkBounds(t *testing.T, v *vector.Vector, rows RowRange, s Stats, exact bool) {
	t.Helper()
	seenMin, seenMax := false, false
	for i := rows.From; i < rows.To; i++ {
		if v.IsNull(i) {
			continue
		}
		lo, hi := compareValues(v.Value(i), s.Min), compareValues(v.Value(i), s.Max)
		if lo < 0 || hi > 0 {
			t.Fatalf("%s: value %v outside %v to %v", v.Type, v.Value(i), s.Min, s.Max)
		}
		seenMin, seenMax = seenMin || lo == 0, seenMax || hi == 0
	}
	if exact && (!seenMin || !seenMax) {
		t.Errorf("%s: bounds %v to %v do not occur", v.Type, s.Min, s.Max)
	}
}

func compareValues(a, b any) int {
	switch a := a.(type) {
	case types.Int128:
		return a.Cmp(b.(types.Int128))
	case string:
		return strings.Compare(a, b.(string))
	}
	x, _ := strconv.ParseFloat(fmt.Sprint(a), 64)
	y, _ := strconv.ParseFloat(fmt.Sprint(b), 64)
	if x < y {
		return -1
	} else if x > y {
		return 1
	}
	return 0
}
