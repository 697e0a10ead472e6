package avro

import (
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	lib "github.com/twmb/avro"
	"github.com/twmb/franz-go/pkg/sr/srfake"

	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/functest"
	"github.com/argan-sql/argan/exec/function/schemaregistry"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// bound binds a function to a column and constant texts; options follow in pairs.
func bound(name string, t *types.Type, schema any, kv ...string) (*function.Bound, error) {
	args := []function.Arg{{Type: t, Nullable: true}}
	if schema != nil || len(kv) > 0 {
		args = append(args, function.Arg{Type: types.StringType, Const: vector.Of(types.StringType, schema)})
	}
	if len(kv) > 0 {
		args = append(args, functest.Options(kv...))
	}
	return function.FindScalar(name).Bind(args, false)
}

func shown(v *vector.Vector) string {
	var out []string
	for i := range v.Len {
		out = append(out, cast.Hive(v, i, time.UTC))
	}
	return strings.Join(out, "\n")
}

func encoded(t *testing.T, schema string, values ...any) *vector.Vector {
	t.Helper()
	s, err := lib.Parse(schema)
	if err != nil {
		t.Fatal(err)
	}
	b := vector.NewBuilder(types.BinaryType, len(values))
	for _, v := range values {
		raw, err := s.Encode(v)
		if err != nil {
			t.Fatal(err)
		}
		b.AppendBytes(raw)
	}
	return b.Finish()
}

const all = `{"type":"record","name":"All","namespace":"shop","fields":[
 {"name":"b","type":"boolean"},{"name":"i","type":"int"},{"name":"l","type":"long"},{"name":"f","type":"float"},{"name":"d","type":"double"},
 {"name":"s","type":"string"},{"name":"y","type":"bytes"},{"name":"x","type":{"type":"fixed","name":"F","size":2}},
 {"name":"e","type":{"type":"enum","name":"E","symbols":["A","B"]}},
 {"name":"day","type":{"type":"int","logicalType":"date"}},
 {"name":"ms","type":{"type":"long","logicalType":"timestamp-millis"}},{"name":"us","type":{"type":"long","logicalType":"timestamp-micros"}},
 {"name":"loc","type":{"type":"long","logicalType":"local-timestamp-millis"}},
 {"name":"dec","type":{"type":"bytes","logicalType":"decimal","precision":10,"scale":2}},
 {"name":"arr","type":{"type":"array","items":["null","int"]}},{"name":"m","type":{"type":"map","values":"long"}},
 {"name":"opt","type":["null","string"],"default":null},{"name":"num","type":["int","long"]},
 {"name":"any","type":["null","int","string"]},
 {"name":"sub","type":{"type":"record","name":"Sub","fields":[{"name":"k","type":"E"},{"name":"f2","type":"F"}]}}]}`

func row() map[string]any {
	at := time.Date(2026, 1, 5, 8, 0, 2, 6_000_000, time.UTC)
	return map[string]any{
		"b": true, "i": int32(-7), "l": int64(1) << 40, "f": float32(1.5), "d": -2.25, "s": "é", "y": []byte{1, 255}, "x": []byte("xy"), "e": "B",
		"day": at.Truncate(24 * time.Hour), "ms": at, "us": at, "loc": at, "dec": big.NewRat(-12345, 100), "arr": []any{int32(1), nil, int32(3)},
		"m": map[string]any{"k": int64(9)}, "opt": nil, "num": int64(5), "any": "text", "sub": map[string]any{"k": "A", "f2": []byte("zz")},
	}
}

func TestFromAvro(t *testing.T) {
	b, err := bound("from_avro", types.BinaryType, all)
	if err != nil {
		t.Fatal(err)
	}
	wantType := "STRUCT<b: BOOLEAN, i: INT, l: BIGINT, f: FLOAT, d: DOUBLE, s: STRING, y: BINARY, x: BINARY, e: STRING, day: DATE, ms: TIMESTAMP, us: TIMESTAMP, loc: TIMESTAMP_NTZ, " +
		"dec: DECIMAL(10,2), arr: ARRAY<INT>, m: MAP<STRING, BIGINT>, opt: STRING, num: BIGINT, any: STRUCT<member0: INT, member1: STRING>, sub: STRUCT<k: STRING NOT NULL, f2: BINARY NOT NULL>>"
	if got := b.Return.SQL(); got != wantType {
		t.Errorf("%s\nwant %s", got, wantType)
	}
	v, err := functest.Over(b, encoded(t, all, row()))
	if err != nil {
		t.Fatal(err)
	}
	const want = `[true -7 1099511627776 1.5 -2.25 é [1 255] [120 121] B 20458 1767600002006000 1767600002006000 1767600002006000 -12345 [1 <nil> 3] [{k 9}] <nil> 5 [<nil> text] [A [122 122]]]`
	if got := goText(v.Value(0)); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	// Written again by the same schema it is the same.
	to, err := bound("to_avro", b.Return, all)
	if err != nil {
		t.Fatal(err)
	}
	again, err := functest.Over(to, v)
	if err != nil {
		t.Fatal(err)
	}
	if got := encoded(t, all, row()); string(again.Bytes(0)) != string(got.Bytes(0)) {
		t.Errorf("written again: %x\nwant %x", again.Bytes(0), got.Bytes(0))
	}
}

func TestEvolution(t *testing.T) {
	const writer = `{"type":"record","name":"R","fields":[{"name":"gone","type":{"type":"array","items":["null",{"type":"map","values":"double"}]}},{"name":"n","type":"int"},{"name":"old","type":"string"},{"name":"e","type":{"type":"enum","name":"E","symbols":["A","NEW"]}}]}`
	const reader = `{"type":"record","name":"R","fields":[{"name":"added","type":"string","default":"x"},{"name":"n","type":["null","double"],"default":null},{"name":"new","aliases":["old"],"type":"bytes"},{"name":"e","type":{"type":"enum","name":"E","symbols":["A","B"],"default":"B"}},{"name":"more","type":{"type":"array","items":"int"},"default":[1,2]}]}`
	b, err := bound("from_avro", types.BinaryType, writer, "avroSchema", reader)
	if err != nil {
		t.Fatal(err)
	}
	in := encoded(t, writer,
		map[string]any{"gone": []any{map[string]any{"k": 1.0}, nil}, "n": int32(3), "old": "o", "e": "NEW"},
		map[string]any{"gone": []any{}, "n": int32(4), "old": "p", "e": "A"})
	v, err := functest.Over(b, in)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := goText(v.Value(0))+goText(v.Value(1)), "[x 3 [111] B [1 2]][x 4 [112] A [1 2]]"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	_, err = bound("from_avro", types.BinaryType, `{"type":"record","name":"R","fields":[{"name":"a","type":"string"}]}`, "avroSchema", `{"type":"record","name":"R","fields":[{"name":"a","type":"int"}]}`)
	if !sqlerr.Is(err, "AVRO_INCOMPATIBLE_SCHEMA") {
		t.Errorf("string as int: %v", err)
	}
}

func TestMalformed(t *testing.T) {
	const s = `{"type":"record","name":"R","fields":[{"name":"a","type":{"type":"array","items":"string"}},{"name":"u","type":["null","int"]}]}`
	good := encoded(t, s, map[string]any{"a": []any{"x", "y"}, "u": int32(1)})
	in := vector.NewBuilder(types.BinaryType, 8)
	raw := good.Bytes(0)
	in.AppendBytes(raw)
	for cut := range len(raw) { // cut short anywhere
		in.AppendBytes(raw[:cut])
	}
	in.AppendBytes(append(append([]byte{}, raw...), 0)) // too long
	in.AppendNull()
	in.AppendBytes(raw)
	v := in.Finish()
	b, err := bound("from_avro", types.BinaryType, s, "mode", "PERMISSIVE")
	if err != nil {
		t.Fatal(err)
	}
	out, err := functest.Over(b, v)
	if err != nil {
		t.Fatal(err)
	}
	for i := range out.Len {
		want := "[<nil> <nil>]"
		switch i {
		case 0, out.Len - 1:
			want = "[[x y] 1]"
		case out.Len - 2:
			want = "<nil>"
		}
		if got := goText(out.Value(i)); got != want {
			t.Errorf("row %d: %s, want %s", i, got, want)
		}
	}
	if b, err = bound("from_avro", types.BinaryType, s); err != nil {
		t.Fatal(err)
	}
	if _, err = functest.Over(b, v); !sqlerr.Is(err, "MALFORMED_AVRO_MESSAGE") {
		t.Errorf("FAILFAST: %v", err)
	}
}

// FuzzFromAvro: no bytes make a panic, and every row is there.
func FuzzFromAvro(f *testing.F) {
	f.Add([]byte{2, 0, 1, 255})
	b, err := bound("from_avro", types.BinaryType, all, "mode", "PERMISSIVE")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		v, err := functest.Over(b, vector.Of(types.BinaryType, raw, raw))
		if err != nil || v.Len != 2 || len(v.Children[0].Bools) != 2 {
			t.Fatal(v, err)
		}
	})
}

func TestToAvroByType(t *testing.T) {
	st := types.NewStruct(types.Field{Name: "id", Type: types.LongType}, types.Field{Name: "name", Type: types.StringType, Nullable: true}, types.Field{Name: "price", Type: types.NewDecimal(12, 2), Nullable: true})
	in := vector.Of(st, []any{int64(1), "a", types.Int128From(-150)}, []any{int64(2), nil, nil})
	to, err := bound("to_avro", st, nil)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := functest.Over(to, in)
	if err != nil {
		t.Fatal(err)
	}
	text, err := schemaText(st, false)
	if err != nil {
		t.Fatal(err)
	}
	from, err := bound("from_avro", types.BinaryType, text)
	if err != nil {
		t.Fatal(err)
	}
	back, err := functest.Over(from, raw)
	if err != nil {
		t.Fatal(err)
	}
	if shown(back) != shown(in) {
		t.Errorf("%s\nwant %s", shown(back), shown(in))
	}
	// The library reads it too.
	var got map[string]any
	if _, err := lib.MustParse(text).Decode(raw.Bytes(0), &got); err != nil || got["id"] != int64(1) || got["name"] != "a" {
		t.Errorf("%v, %v", got, err)
	}
}

func TestRegistry(t *testing.T) {
	r := srfake.New(srfake.WithAuth("Basic " + "dTpw")) // u:p
	defer r.Close()
	const v1 = `{"type":"record","name":"P","fields":[{"name":"a","type":"int"}]}`
	const v2 = `{"type":"record","name":"P","fields":[{"name":"a","type":"long"},{"name":"b","type":"string","default":"none"}]}`
	kv := []string{schemaregistry.Address, r.URL(), schemaregistry.Subject, "p-value", "confluent.schema.registry.basic.auth.user.info", "u:p"}
	if _, err := bound("from_avro", types.BinaryType, nil, kv...); !sqlerr.Is(err, "SCHEMA_REGISTRY_ERROR") {
		t.Errorf("a subject that is not there: %v", err)
	}
	st := types.NewStruct(types.Field{Name: "a", Type: types.IntType})
	write := func(schema string, st *types.Type, values ...any) []byte {
		t.Helper()
		to, err := bound("to_avro", st, schema, kv...)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := functest.Over(to, vector.Of(st, values...))
		if err != nil {
			t.Fatal(err)
		}
		return raw.Bytes(0)
	}
	old := write(v1, st, []any{int32(1)})
	st2 := types.NewStruct(types.Field{Name: "a", Type: types.LongType}, types.Field{Name: "b", Type: types.StringType})
	now := write(v2, st2, []any{int64(2), "x"})
	if old[0] != 0 || string(old[1:5]) == string(now[1:5]) {
		t.Fatalf("headers %x and %x", old[:5], now[:5])
	}
	from, err := bound("from_avro", types.BinaryType, nil, kv...)
	if err != nil {
		t.Fatal(err)
	}
	v, err := functest.Over(from, vector.Of(types.BinaryType, old, now, old))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := goText(v.Value(0))+goText(v.Value(1))+goText(v.Value(2)), "[1 none][2 x][1 none]"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if _, err := functest.Over(from, vector.Of(types.BinaryType, []byte{0, 0, 0, 3, 9, 2})); !sqlerr.Is(err, "SCHEMA_REGISTRY_ERROR") {
		t.Errorf("an unknown number: %v", err)
	}
	if _, err := functest.Over(from, vector.Of(types.BinaryType, []byte{1, 2})); !sqlerr.Is(err, "MALFORMED_AVRO_MESSAGE") {
		t.Errorf("no header: %v", err)
	}
}

func TestRefusals(t *testing.T) {
	for schema, class := range map[string]string{
		`{"type":"rec"}`: "AVRO_INVALID_SCHEMA",
		`{"type":"record","name":"N","fields":[{"name":"next","type":["null","N"]}]}`: "UNSUPPORTED_FEATURE.ARGAN",
	} {
		if _, err := bound("from_avro", types.BinaryType, schema); !sqlerr.Is(err, class) {
			t.Errorf("%s: %v", schema, err)
		}
	}
	if _, err := bound("from_avro", types.StringType, `"int"`); !sqlerr.Is(err, "DATATYPE_MISMATCH") {
		t.Errorf("text: %v", err)
	}
	if _, err := bound("from_avro", types.BinaryType, `"int"`, "what", "ever"); !sqlerr.Is(err, "UNSUPPORTED_FEATURE") {
		t.Errorf("an option: %v", err)
	}
}

func BenchmarkFromAvro(b *testing.B) {
	const s = `{"type":"record","name":"R","fields":[{"name":"id","type":"long"},{"name":"city","type":"string"},{"name":"amount","type":"double"},{"name":"n","type":["null","int"]},{"name":"country","type":"string"}]}`
	raw, err := lib.MustParse(s).Encode(map[string]any{"id": int64(1234567), "city": "Rabat", "amount": 12.5, "n": int32(4), "country": "MA"})
	if err != nil {
		b.Fatal(err)
	}
	in := vector.NewBuilder(types.BinaryType, vector.BatchSize)
	for range vector.BatchSize {
		in.AppendBytes(raw)
	}
	v := in.Finish()
	f, err := bound("from_avro", types.BinaryType, s)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.ResetTimer()
	for n := 0; n < b.N; n += vector.BatchSize {
		if _, err := functest.Over(f, v); err != nil {
			b.Fatal(err)
		}
	}
}

func goText(v any) string { return fmt.Sprint(v) }
