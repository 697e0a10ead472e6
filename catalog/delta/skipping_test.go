package delta

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/argan-sql/argan/types"
)

// oneFile is a snapshot of a schema with one file.
func oneFile(schema *types.Type, partition map[string]*string, partitionColumns []string, stats string) *Snapshot {
	f := &AddFile{Path: "/f", PartitionValues: partition, StatsJSON: stats}
	return &Snapshot{Metadata: &Metadata{Schema: schema, PartitionColumns: partitionColumns, Configuration: map[string]string{}}, state: &state{files: []*AddFile{f}}}
}

func fields(pairs ...any) *types.Type {
	var out []types.Field
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, types.Field{Name: pairs[i].(string), Type: pairs[i+1].(*types.Type), Nullable: true})
	}
	return types.NewStruct(out...)
}

func micros(text string) int64 {
	v, err := parseTimestamp(text, time.UTC)
	if err != nil {
		panic(err)
	}
	return v
}

func TestSkipping(t *testing.T) {
	schema := fields("i", types.LongType, "s", types.StringType, "d", types.DoubleType, "t", types.TimestampType, "n", types.IntType, "p", types.IntType,
		"dec", types.NewDecimal(10, 2), "dt", types.DateType, "st", fields("x", types.IntType), "c", types.NewChar(3), "q", types.TimestampType)
	long := strings.Repeat("a", 31) + "\ufffd"
	stats := `{"numRecords":10,"minValues":{"i":5,"s":"Ab","d":1.5,"t":"2024-01-01T00:00:00.123Z","dec":1.50,"dt":"2024-01-02","st":{"x":1},"c":"ab"},` +
		`"maxValues":{"i":9,"s":"` + long + `z","d":"NaN","t":"2024-01-01T00:00:00.123Z","dec":99.99,"dt":"2024-01-05","st":{"x":3},"c":"ab"},"nullCount":{"i":0,"s":2,"d":0,"t":0,"n":10,"dec":0,"dt":1,"st":{"x":0}}}`
	one, day := "1", "2024-03-01 10:00:00"
	s := oneFile(schema, map[string]*string{"p": &one, "q": &day}, []string{"p", "q"}, stats)
	cmp := func(c string, op CompareOp, v any) Predicate { return Compare{strings.Split(c, "."), op, v} }
	null := func(c string) Predicate { return IsNull{[]string{c}} }
	for _, c := range []struct {
		name string
		p    Predicate
		keep bool
	}{
		{"below", cmp("i", OpLess, int64(5)), false},
		{"at the bound", cmp("i", OpLessEqual, int64(5)), true},
		{"above", cmp("I", OpGreater, int64(9)), false},
		{"equal within", cmp("i", OpEqual, int64(7)), true},
		{"equal outside", cmp("i", OpEqual, int64(10)), false},
		{"not below", Not{cmp("i", OpGreaterEqual, int64(5))}, false},
		{"not equal", cmp("i", OpNotEqual, int64(7)), true},
		{"null literal", cmp("i", OpEqual, nil), false},
		{"in", In{[]string{"i"}, []any{int64(1), int64(6)}}, true},
		{"in none", In{[]string{"i"}, []any{int64(1), int64(60), nil}}, false},
		{"not in that may be null", Not{In{[]string{"i"}, []any{int64(7), nil}}}, false},
		{"is null of none", null("i"), false},
		{"is null of some", null("s"), true},
		{"is null of all", null("n"), true},
		{"is not null of all", Not{null("n")}, false},
		{"comparison of all null", cmp("n", OpEqual, int32(1)), false},
		{"not of all null", Not{cmp("n", OpEqual, int32(1))}, false},
		{"NaN is the greatest", cmp("d", OpGreater, 5.0), true},
		{"NaN itself", cmp("d", OpEqual, math.NaN()), true},
		{"below the double", cmp("d", OpLess, 1.5), false},
		{"timestamp cut to milliseconds", cmp("t", OpGreater, micros("2024-01-01 00:00:00.123500")), true},
		{"timestamp past them", cmp("t", OpGreater, micros("2024-01-01 00:00:00.123999")), false},
		{"decimal", cmp("dec", OpLess, types.Int128From(150)), false},
		{"decimal within", cmp("dec", OpEqual, types.Int128From(9999)), true},
		{"date", cmp("dt", OpLess, int32(19724)), false},
		{"date within", cmp("dt", OpEqual, int32(19725)), true},
		{"nested", cmp("st.x", OpGreater, int32(3)), false},
		{"nested within", cmp("st.x", OpGreater, int32(2)), true},
		{"char is not compared", cmp("c", OpEqual, "zz "), true},
		{"prefix", StartsWith{[]string{"s"}, "aaz"}, false},
		{"prefix of the lower bound", StartsWith{[]string{"s"}, "A"}, true},
		{"prefix of a number", StartsWith{[]string{"i"}, "x"}, true},
		{"unknown column", cmp("nope", OpEqual, int64(1)), true},
		{"partition", cmp("p", OpEqual, int32(1)), true},
		{"other partition", cmp("p", OpEqual, int32(2)), false},
		{"partition is not null", Not{null("p")}, true},
		{"partition is null", null("p"), false},
		{"timestamp partition", cmp("q", OpEqual, micros("2024-03-01 10:00:00")), true},
		{"other timestamp partition", cmp("q", OpLess, micros("2024-03-01 10:00:00")), false},
		{"and", And{[]Predicate{cmp("i", OpEqual, int64(7)), cmp("p", OpEqual, int32(2))}}, false},
		{"or", Or{[]Predicate{cmp("i", OpEqual, int64(70)), cmp("p", OpEqual, int32(1))}}, true},
		{"or of none", Or{[]Predicate{cmp("i", OpEqual, int64(70)), cmp("p", OpEqual, int32(2))}}, false},
		{"opaque", And{[]Predicate{Opaque{}, cmp("p", OpEqual, int32(1))}}, true},
		{"not opaque", Not{Opaque{}}, true},
		{"empty and", And{}, true},
	} {
		if got := len(s.FilesMatching(c.p, nil)) == 1; got != c.keep {
			t.Errorf("%s: kept %v, want %v", c.name, got, c.keep)
		}
	}
	if !s.OnlyPartitions(And{[]Predicate{cmp("p", OpEqual, int32(1)), Not{null("q")}}}) || s.OnlyPartitions(Or{[]Predicate{cmp("p", OpEqual, int32(1)), cmp("i", OpEqual, int64(1))}}) {
		t.Error("OnlyPartitions")
	}
	loose := oneFile(schema, nil, nil, `{"numRecords":10,"minValues":{"i":5},"maxValues":{"i":9},"nullCount":{"i":10},"tightBounds":false}`)
	if len(loose.FilesMatching(cmp("i", OpEqual, int64(7)), nil)) != 0 {
		t.Error("all null, loosely, is all null")
	}
	for _, bad := range []string{"", "{", `{"numRecords":"x"}`, `{"minValues":{"i":"x"},"maxValues":3}`, `{"numRecords":5,"minValues":{"i":true}}`} {
		if len(oneFile(schema, nil, nil, bad).FilesMatching(cmp("i", OpEqual, int64(7)), nil)) != 1 {
			t.Errorf("statistics %q skipped the file", bad)
		}
	}
}

func TestBoundsOfWidenedFloats(t *testing.T) {
	meta := map[string]any{}
	RecordWidening(meta, types.FloatType, types.DoubleType)
	schema := types.NewStruct(types.Field{Name: "d", Type: types.DoubleType, Metadata: meta})
	s := oneFile(schema, nil, nil, `{"numRecords":1,"minValues":{"d":0.1},"maxValues":{"d":0.1},"nullCount":{"d":0}}`)
	if len(s.FilesMatching(Compare{[]string{"d"}, OpGreater, 0.1}, nil)) != 1 { // the float 0.1 is greater than the double
		t.Error("the file was left out")
	}
}

func TestStatsJSON(t *testing.T) {
	schema := fields("i", types.LongType, "s", types.StringType, "d", types.DoubleType, "f", types.FloatType, "t", types.TimestampType, "n", types.TimestampNTZType,
		"dec", types.NewDecimal(38, 18), "dt", types.DateType, "b", types.BooleanType, "st", fields("x", types.IntType, "y", types.BinaryType), "p", types.IntType)
	m := &Metadata{Schema: schema, PartitionColumns: []string{"p"}, Configuration: map[string]string{}}
	big, err := parseDecimal("-99999999999999999999.999999999999999999", 18)
	if err != nil {
		t.Fatal(err)
	}
	ts := micros("1969-12-31 23:59:59.999900")
	stats := &FileStats{NumRecords: 3, TightBounds: true, Columns: map[string]ColumnStats{
		"i": {Min: int64(math.MinInt64), Max: int64(math.MaxInt64)}, "s": {Min: strings.Repeat("é", 40), Max: strings.Repeat("é", 40), NullCount: 1},
		"d": {Min: math.Inf(-1), Max: math.NaN()}, "f": {Min: float32(0.1), Max: float32(1e10)}, "t": {Min: ts, Max: ts}, "n": {Min: ts, Max: ts},
		"dec": {Min: big, Max: big}, "dt": {Min: int32(0), Max: int32(2932896)}, "b": {Min: false, Max: true}, StatsPath("st", "x"): {Min: int32(1), Max: int32(2), NullCount: 1},
		StatsPath("st", "y"): {NullCount: 3}, "p": {Min: int32(1), Max: int32(1)},
	}}
	text, err := m.StatsJSON(stats)
	if err != nil {
		t.Fatal(err)
	}
	cut := strings.Repeat("é", 32)
	want := `{"numRecords":3,"minValues":{"i":-9223372036854775808,"s":"` + cut + `","d":"-Infinity","f":0.1,"t":"1969-12-31T23:59:59.999Z","n":"1969-12-31T23:59:59.999",` +
		`"dec":-99999999999999999999.999999999999999999,"dt":"1970-01-01","st":{"x":1}},"maxValues":{"i":9223372036854775807,"s":"` + cut + "\ufffd" + `","d":"NaN","f":1.0E10,` +
		`"t":"1969-12-31T23:59:59.999Z","n":"1969-12-31T23:59:59.999","dec":-99999999999999999999.999999999999999999,"dt":"9999-12-31","st":{"x":2}},` +
		`"nullCount":{"i":0,"s":1,"d":0,"f":0,"t":0,"n":0,"dec":0,"dt":0,"b":0,"st":{"x":1,"y":3}}}`
	if text != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
	back := parseStats(text, m)
	for path, c := range stats.Columns {
		got, ok := back.columns[path]
		if path == "p" {
			continue
		}
		if !ok || got.NullCount != c.NullCount {
			t.Errorf("%q: %+v", path, got)
		}
		if lo, ok := compareValues(got.Min, c.Min); got.Min != nil && (!ok || lo > 0) {
			t.Errorf("%q: min %v above %v", path, got.Min, c.Min)
		}
		if hi, ok := compareValues(got.Max, c.Max); got.Max != nil && (!ok || hi < 0) {
			t.Errorf("%q: max %v below %v", path, got.Max, c.Max)
		}
	}
	m.Configuration["delta.dataSkippingStatsColumns"] = "`i`, st.x"
	if text, err = m.StatsJSON(stats); err != nil || strings.Contains(text, `"s"`) || !strings.Contains(text, `"st":{"x":1}`) {
		t.Error(text, err)
	}
	m.Configuration = map[string]string{"delta.dataSkippingNumIndexedCols": "1"}
	if text, err = m.StatsJSON(stats); err != nil || text != `{"numRecords":3,"minValues":{"i":-9223372036854775808},"maxValues":{"i":9223372036854775807},"nullCount":{"i":0}}` {
		t.Error(text, err)
	}
}

func TestCutString(t *testing.T) {
	emoji := strings.Repeat("x", 32) + "😀"
	if s, ok := cutString(emoji, true); !ok || s != strings.Repeat("x", 32)+string(maxRune) {
		t.Errorf("%q %v", s, ok)
	}
	if s, ok := cutString(strings.Repeat("x", 32)+string(maxRune), true); ok {
		t.Errorf("%q", s)
	}
	if s, _ := cutString(strings.Repeat("x", 32), true); len(s) != 32 {
		t.Errorf("%q", s)
	}
}

func TestPartitionValues(t *testing.T) {
	for _, c := range []struct {
		t    *types.Type
		text string
		v    any
	}{
		{types.IntType, "-5", int32(-5)},
		{types.LongType, "9", int64(9)},
		{types.ByteType, "1", int8(1)},
		{types.StringType, "a b", "a b"},
		{types.BooleanType, "true", true},
		{types.DateType, "1969-12-31", int32(-1)},
		{types.NewDecimal(8, 3), "-0.001", types.Int128From(-1)},
		{types.DoubleType, "1.5", 1.5},
		{types.DoubleType, "1.0E10", 1e10},
		{types.TimestampType, "2024-03-10 02:30:00.123456", micros("2024-03-10 02:30:00.123456")},
		{types.TimestampNTZType, "1969-12-31 23:59:59.999999", int64(-1)},
		{types.TimestampType, "1969-12-31 23:59:59", int64(-1000000)},
	} {
		v, err := ParsePartitionValue(c.t, &c.text, nil)
		if err != nil || v != c.v {
			t.Errorf("%s %q is %v, %v", c.t, c.text, v, err)
		}
		back, err := FormatPartitionValue(c.t, c.v, nil)
		if err != nil || *back != c.text {
			t.Errorf("%s %v is %q, %v", c.t, c.v, *back, err)
		}
	}
	bad := "x"
	if _, err := ParsePartitionValue(types.IntType, &bad, nil); class(err) != "DELTA_FAILED_CAST_PARTITION_VALUE" {
		t.Error(err)
	}
	paris := time.FixedZone("", 3600)
	if v, err := ParsePartitionValue(types.TimestampType, ptr("2024-01-01 01:00:00"), paris); err != nil || v != micros("2024-01-01 00:00:00") {
		t.Error(v, err)
	}
	if v, err := ParsePartitionValue(types.TimestampType, ptr("2024-01-01T00:00:00.000000Z"), paris); err != nil || v != micros("2024-01-01 00:00:00") {
		t.Error(v, err)
	}
	if s, err := FormatPartitionValue(types.StringType, "", nil); s != nil || err != nil {
		t.Error("the empty string is NULL")
	}
}

func ptr[T any](v T) *T { return &v }
