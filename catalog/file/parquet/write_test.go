package parquet

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
	parquetgo "github.com/parquet-go/parquet-go"
	"pgregory.net/rapid"
)

// anyType draws a type that can be written.
func anyType(t *rapid.T, depth int) *types.Type {
	leaf := []*types.Type{
		types.BooleanType, types.ByteType, types.ShortType, types.IntType, types.LongType, types.FloatType, types.DoubleType, types.StringType,
		types.BinaryType, types.DateType, types.TimestampType, types.TimestampNTZType, types.NewDecimal(7, 2), types.NewDecimal(18, 3), types.NewDecimal(38, 10),
		types.NewDecimal(20, 0), types.NewVarchar(10), types.NewYearMonth(types.UnitYear, types.UnitMonth), types.NewDayTime(types.UnitDay, types.UnitSecond),
	}
	k := rapid.IntRange(0, len(leaf)+8).Draw(t, "kind")
	if k < len(leaf) || depth > 2 {
		return leaf[k%len(leaf)]
	}
	switch k % 3 {
	case 0:
		return types.NewArray(anyType(t, depth+1), true)
	case 1:
		return types.NewMap(leaf[3+k%6], anyType(t, depth+1), true)
	}
	fields := make([]types.Field, rapid.IntRange(1, 3).Draw(t, "fields"))
	for i := range fields {
		fields[i] = types.Field{Name: fmt.Sprintf("f%d", i), Type: anyType(t, depth+1), Nullable: true}
	}
	return types.NewStruct(fields...)
}

func anyValue(t *rapid.T, typ *types.Type, nulls bool) any {
	if nulls && rapid.IntRange(0, 4).Draw(t, "null") == 0 {
		return nil
	}
	few := rapid.IntRange(-3, 3).Draw(t, "value")
	switch typ.Kind {
	case types.Boolean:
		return few > 0
	case types.Byte:
		return int8(few * 40)
	case types.Short:
		return int16(few * 9000)
	case types.Float:
		return float32(few) / 2
	case types.Double:
		return float64(few) / 3
	case types.Decimal:
		x := types.Int128From(int64(few) * 33333)
		if typ.Precision > 18 {
			x, _ = x.Mul(types.Int128From(1 << 45))
		}
		return x
	case types.Binary:
		return []byte(strings.Repeat("\xff", few+3))
	case types.Array:
		out := []any{}
		for range max(few, 0) {
			out = append(out, anyValue(t, typ.Elem, nulls))
		}
		return out
	case types.Map:
		out := []vector.Pair{}
		for range max(few, 0) {
			out = append(out, vector.Pair{Key: anyValue(t, typ.Key, false), Value: anyValue(t, typ.Elem, nulls)})
		}
		return out
	case types.Struct:
		out := []any{}
		for _, f := range typ.Fields {
			out = append(out, anyValue(t, f.Type, nulls))
		}
		return out
	}
	switch typ.Physical() {
	case types.PhysInt32:
		return int32(few * 1000)
	case types.PhysInt64:
		return int64(few) << 40
	}
	return strings.Repeat("ö", max(few, 0)) + fmt.Sprint(few)
}

// inForm gives values as a vector of one of the three forms.
func inForm(t *rapid.T, typ *types.Type, values []any) *vector.Vector {
	v := vector.Of(typ, values...)
	if typ.IsNested() || len(values) == 0 || rapid.Bool().Draw(t, "flat") {
		return v
	}
	codes := make([]uint32, len(values))
	for i := range codes {
		codes[i] = uint32(rapid.IntRange(0, len(values)-1).Draw(t, "code"))
	}
	return &vector.Vector{Type: typ, Form: vector.Dict, Len: len(codes), Codes: codes, Dictionary: v}
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		schema := &types.Type{Kind: types.Struct}
		for i := range rapid.IntRange(1, 4).Draw(t, "columns") {
			schema.Fields = append(schema.Fields, types.Field{Name: fmt.Sprintf("c%d", i), Type: anyType(t, 0), Nullable: true})
		}
		o := Options{
			Compression: rapid.SampledFrom([]string{"snappy", "zstd", "none", "gzip"}).Draw(t, "codec"), RowGroupRows: rapid.IntRange(5, 60).Draw(t, "group"),
			PageRows: rapid.IntRange(1, 40).Draw(t, "page"), DictionaryBytes: rapid.SampledFrom([]int{0, 20}).Draw(t, "dictionary"),
			NoDictionary: rapid.IntRange(0, 3).Draw(t, "plain") == 0,
		}
		var file bytes.Buffer
		w, err := NewWriter(&file, schema, o)
		if err != nil {
			t.Fatal(err)
		}
		want := make([][]any, len(schema.Fields))
		for range rapid.IntRange(0, 3).Draw(t, "batches") {
			n := rapid.IntRange(0, 40).Draw(t, "rows")
			cols := make([]*vector.Vector, len(schema.Fields))
			for i, f := range schema.Fields {
				values := make([]any, n)
				nulls := rapid.Bool().Draw(t, "nulls")
				for k := range values {
					values[k] = anyValue(t, f.Type, nulls)
				}
				cols[i] = inForm(t, f.Type, values)
				for k := range n {
					want[i] = append(want[i], cols[i].Value(k))
				}
			}
			if err := w.Write(vector.NewBatch(cols, n)); err != nil {
				t.Fatal(err)
			}
		}
		stats, err := w.Close()
		if err != nil {
			t.Fatal(err)
		}
		if int(stats.Rows) != len(want[0]) || int(stats.Bytes) != file.Len() {
			t.Fatalf("%d rows and %d bytes, want %d and %d", stats.Rows, stats.Bytes, len(want[0]), file.Len())
		}
		checkFile(t, file.Bytes(), schema, want)
		checkStats(t, stats, schema, want)
	})
}

func checkFile(t *rapid.T, b []byte, schema *types.Type, want [][]any) {
	f, err := Open(bytes.NewReader(b), int64(len(b)), "memory")
	if err != nil {
		t.Fatal(err)
	}
	got, err := f.Schema()
	if err != nil || !got.Equal(schema) {
		t.Fatalf("schema %v (%v), want %v", got, err, schema)
	}
	cols, err := f.Bind(schema, MatchName)
	if err != nil {
		t.Fatal(err)
	}
	for c, col := range cols {
		base := 0
		for g := range f.RowGroups() {
			v, err := f.ReadColumn(g, col, nil)
			if err != nil {
				t.Fatal(err)
			}
			for i := range v.Len {
				if x := v.Value(i); !reflect.DeepEqual(x, want[c][base+i]) {
					t.Fatalf("column %d %s row %d: %v, want %v", c, schema.Fields[c].Type, base+i, x, want[c][base+i])
				}
			}
			if pages, err := f.Pages(g, col); err != nil || len(pages) > 0 && pages[len(pages)-1].Rows.To != v.Len {
				t.Fatalf("pages %v: %v", pages, err)
			}
			base += v.Len
		}
		if base != len(want[c]) {
			t.Fatalf("%d rows, want %d", base, len(want[c]))
		}
	}
	other, err := parquetgo.OpenFile(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatalf("another reader: %v", err)
	}
	if int(other.NumRows()) != len(want[0]) {
		t.Fatalf("another reader: %d rows, want %d", other.NumRows(), len(want[0]))
	}
	for _, g := range other.RowGroups() {
		rows := g.Rows()
		buf := make([]parquetgo.Row, 100)
		n := 0
		for {
			k, err := rows.ReadRows(buf)
			n += k
			if err != nil || k == 0 {
				break
			}
		}
		if int64(n) != g.NumRows() {
			t.Fatalf("another reader: %d rows in a group of %d", n, g.NumRows())
		}
		rows.Close()
	}
}

func checkStats(t *rapid.T, s FileStats, schema *types.Type, want [][]any) {
	for _, l := range s.Leaves {
		if len(l.Path) > 1 {
			continue
		}
		c := schema.FieldIndex(l.Path[0])
		nulls := int64(0)
		for _, x := range want[c] {
			if x == nil {
				nulls++
			} else if b, ok := x.([]byte); ok {
				if bytes.Compare(b, l.Min.([]byte)) < 0 || bytes.Compare(b, l.Max.([]byte)) > 0 {
					t.Fatalf("%x outside %x to %x", b, l.Min, l.Max)
				}
			} else if _, ok := x.(bool); !ok && (compareValues(x, l.Min) < 0 || compareValues(x, l.Max) > 0) {
				t.Fatalf("%v outside %v to %v", x, l.Min, l.Max)
			}
		}
		if nulls != l.Nulls {
			t.Fatalf("%d NULLs, want %d", l.Nulls, nulls)
		}
	}
}

// TestLargeColumns crosses pages, row groups and dictionaries of the default sizes.
func TestLargeColumns(t *testing.T) {
	const n = 300_000
	schema := types.NewStruct(types.Field{Name: "id", Type: types.LongType}, types.Field{Name: "s", Type: types.StringType}, types.Field{Name: "few", Type: types.StringType},
		types.Field{Name: "d", Type: types.NewDecimal(9, 2)}, types.Field{Name: "b", Type: types.BooleanType})
	b := make([]*vector.Builder, len(schema.Fields))
	for i, f := range schema.Fields {
		b[i] = vector.NewBuilder(f.Type, n)
	}
	for i := range n {
		b[0].AppendInt(int64(i) * 7919)
		b[1].AppendString(fmt.Sprintf("row number %d", i*31))
		b[2].AppendString([]string{"a", "bb", "ccc"}[i/1000%3])
		if i%10 == 3 {
			b[3].AppendNull()
		} else {
			b[3].AppendInt(int64(i % 5000))
		}
		b[4].AppendBool(i%3 == 0)
	}
	cols := make([]*vector.Vector, len(b))
	for i := range b {
		cols[i] = b[i].Finish()
	}
	path := filepath.Join(t.TempDir(), "large.parquet")
	if dir := os.Getenv("ARGAN_PARQUET_OUT"); dir != "" {
		path = filepath.Join(dir, "large.parquet")
	}
	h, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	w, err := NewWriter(h, schema, Options{})
	if err != nil {
		t.Fatal(err)
	}
	batch := vector.NewBatch(cols, n)
	if err := w.Write(batch); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Close(); err != nil {
		t.Fatal(err)
	}
	f := openPath(t, path)
	if f.RowGroups() != 2 {
		t.Errorf("%d row groups", f.RowGroups())
	}
	_, read := bindAll(t, f)
	base := 0
	for g := range f.RowGroups() {
		for c := range read {
			v, err := f.ReadColumn(g, read[c], nil)
			if err != nil {
				t.Fatal(err)
			}
			for i := 0; i < v.Len; i += 97 {
				if !reflect.DeepEqual(v.Value(i), cols[c].Value(base+i)) {
					t.Fatalf("column %d row %d: %v, want %v", c, base+i, v.Value(i), cols[c].Value(base+i))
				}
			}
		}
		base += f.GroupRows(g)
	}
	if v, _ := f.ReadColumn(0, read[2], nil); v.Form != vector.Dict || v.Dictionary.Len != 3 {
		t.Error("a column of three strings is not dictionary coded")
	}
	if v, _ := f.ReadColumn(0, read[1], []RowRange{{100_000, 100_010}}); string(v.Bytes(3)) != fmt.Sprintf("row number %d", 100_003*31) {
		t.Errorf("row 100,003 is %s", v.Bytes(3))
	}
}

func TestWriterRefusals(t *testing.T) {
	for _, typ := range []*types.Type{types.NullType, types.CalendarType, types.VariantType} {
		_, err := NewWriter(&bytes.Buffer{}, types.NewStruct(types.Field{Name: "c", Type: typ}), Options{})
		if !sqlerr.Is(err, "UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE") {
			t.Errorf("%s: %v", typ, err)
		}
	}
	if _, err := NewWriter(&bytes.Buffer{}, types.NewStruct(), Options{Compression: "brotli"}); !sqlerr.Is(err, "UNSUPPORTED_FEATURE") {
		t.Errorf("brotli: %v", err)
	}
}

func TestBoundsOfSpecialValues(t *testing.T) {
	schema := types.NewStruct(types.Field{Name: "d", Type: types.DoubleType}, types.Field{Name: "z", Type: types.DoubleType}, types.Field{Name: "s", Type: types.StringType})
	long := strings.Repeat("é", 50)
	var file bytes.Buffer
	w, err := NewWriter(&file, schema, Options{})
	if err != nil {
		t.Fatal(err)
	}
	err = w.Write(vector.NewBatch([]*vector.Vector{vector.Of(types.DoubleType, 1.0, math.NaN()), vector.Of(types.DoubleType, 0.0, -1.0), vector.Of(types.StringType, long, "a")}, 2))
	if err != nil {
		t.Fatal(err)
	}
	stats, err := w.Close()
	if err != nil {
		t.Fatal(err)
	}
	if !stats.Leaves[0].HasNaN || stats.Leaves[0].Max != 1.0 {
		t.Errorf("%+v", stats.Leaves[0])
	}
	f, err := Open(bytes.NewReader(file.Bytes()), int64(file.Len()), "memory")
	if err != nil {
		t.Fatal(err)
	}
	_, cols := bindAll(t, f)
	if s, _ := f.Statistics(0, cols[0]); s.Min != nil || s.Max != nil || s.Nulls != 0 {
		t.Errorf("bounds beside a NaN: %+v", s)
	}
	if s, _ := f.Statistics(0, cols[1]); s.Min != -1.0 || math.Signbit(s.Max.(float64)) {
		t.Errorf("bounds of zero: %+v", s)
	}
	if s, _ := f.Statistics(0, cols[2]); s.Min != "a" || s.Max != long {
		t.Errorf("bounds of a long string: %+v", s)
	}
	pages, err := f.Pages(0, cols[2])
	if err != nil || len(pages) != 1 {
		t.Fatal(pages, err)
	}
	if top := pages[0].Stats.Max.(string); len(top) > 64 || top <= long {
		t.Errorf("bound in the page index: %q", top)
	}
}

func TestColumnMapping(t *testing.T) {
	meta := func(id int64, name string) map[string]any { return map[string]any{mappingID: id, mappingName: name} }
	schema := types.NewStruct(types.Field{Name: "a", Type: types.IntType, Nullable: true, Metadata: meta(1, "col-1")},
		types.Field{Name: "s", Type: types.NewStruct(types.Field{Name: "x", Type: types.StringType, Nullable: true, Metadata: meta(3, "col-3")}), Nullable: true, Metadata: meta(2, "col-2")})
	var file bytes.Buffer
	w, err := NewWriter(&file, schema, Options{ColumnMapping: true})
	if err != nil {
		t.Fatal(err)
	}
	cols := []*vector.Vector{vector.Of(types.IntType, int32(5)), vector.Of(schema.Fields[1].Type, []any{"in"})}
	if err := w.Write(vector.NewBatch(cols, 1)); err != nil {
		t.Fatal(err)
	}
	stats, err := w.Close()
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(stats.Leaves[1].Path, []string{"s", "x"}) {
		t.Errorf("path %v", stats.Leaves[1].Path)
	}
	f, err := Open(bytes.NewReader(file.Bytes()), int64(file.Len()), "memory")
	if err != nil {
		t.Fatal(err)
	}
	for m, want := range map[Match]any{MatchName: nil, MatchPhysicalName: "in", MatchID: "in"} {
		bound, err := f.Bind(schema, m)
		if err != nil {
			t.Fatal(err)
		}
		v, err := f.ReadColumn(0, bound[1], nil)
		if err != nil {
			t.Fatal(err)
		}
		if x := v.Value(0); want == nil && x != nil || want != nil && !reflect.DeepEqual(x, []any{want}) {
			t.Errorf("match %d: %v", m, x)
		}
		if s, ok := f.Statistics(0, bound[1], "x"); want != nil && (!ok || s.Max != "in") {
			t.Errorf("match %d: statistics %+v", m, s)
		}
	}
}

// TestRewriteRecordedFiles writes what other writers' files hold and reads it back. With ARGAN_PARQUET_OUT the files stay there
// for other readers.
func TestRewriteRecordedFiles(t *testing.T) {
	paths, _ := filepath.Glob("testdata/*.parquet")
	dir := os.Getenv("ARGAN_PARQUET_OUT")
	for _, path := range paths {
		f := openPath(t, path)
		schema, cols := bindAll(t, f)
		var file bytes.Buffer
		w, err := NewWriter(&file, schema, Options{PageRows: 37})
		if err != nil {
			t.Fatal(err)
		}
		for g := range f.RowGroups() {
			batch := vector.NewBatch(make([]*vector.Vector, len(cols)), f.GroupRows(g))
			for c := range cols {
				if batch.Cols[c], err = f.ReadColumn(g, cols[c], nil); err != nil {
					t.Fatal(err)
				}
			}
			if err := w.Write(batch); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if dir != "" {
			if err := os.WriteFile(filepath.Join(dir, filepath.Base(path)), file.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		again, err := Open(bytes.NewReader(file.Bytes()), int64(file.Len()), path)
		if err != nil {
			t.Fatal(err)
		}
		_, readAgain := bindAll(t, again)
		want := readRecorded(t, path)
		base := 0
		for g := range again.RowGroups() {
			rows := again.GroupRows(g)
			for c := range readAgain {
				v, err := again.ReadColumn(g, readAgain[c], nil)
				if err != nil {
					t.Fatal(err)
				}
				checkColumn(t, schema.Fields[c], v, want[base:base+rows], c, nil)
			}
			base += rows
		}
	}
}
