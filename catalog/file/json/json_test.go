package json

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/argan-sql/argan/catalog/file/text"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

func input(s string) text.Input {
	return text.Input{R: strings.NewReader(s), Size: int64(len(s)), Path: "t.json"}
}

func options(t testing.TB, opts string) *Options {
	t.Helper()
	m := map[string]string{}
	for _, kv := range strings.Split(opts, "&") {
		if k, v, ok := strings.Cut(kv, "="); ok {
			m[k] = v
		}
	}
	o, err := ParseOptions(m, time.UTC, time.Unix(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

var point = types.NewStruct(types.Field{Name: "x", Type: types.IntType, Nullable: true}, types.Field{Name: "y", Type: types.StringType, Nullable: true})

func schemaOf(ddl string) *types.Type {
	kinds := map[string]*types.Type{
		"int": types.IntType, "long": types.LongType, "string": types.StringType, "double": types.DoubleType, "date": types.DateType,
		"ts": types.TimestampType, "bool": types.BooleanType, "dec": types.NewDecimal(5, 2), "byte": types.ByteType, "bin": types.BinaryType,
		"ints": types.NewArray(types.IntType, true), "map": types.NewMap(types.StringType, types.IntType, true), "point": point, "points": types.NewArray(point, true),
	}
	t := &types.Type{Kind: types.Struct}
	for _, f := range strings.Fields(ddl) {
		name, kind, _ := strings.Cut(f, ":")
		t.Fields = append(t.Fields, types.Field{Name: name, Type: kinds[kind], Nullable: true})
	}
	return t
}

func readAll(t testing.TB, in text.Input, o *Options, schema *types.Type, columns []int) (rows []string, err error) {
	t.Helper()
	if columns == nil {
		for i := range schema.Fields {
			columns = append(columns, i)
		}
	}
	r, err := NewReader(in, o, schema, columns)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	for {
		b, err := r.Next()
		if err != nil || b == nil {
			return rows, err
		}
		for i := range b.Len() {
			var parts []string
			for c := range b.Cols {
				v := b.Column(c)
				if x := v.Value(i); x == nil {
					parts = append(parts, "NULL")
				} else if v.Type.IsString() {
					parts = append(parts, fmt.Sprintf("%q", x))
				} else {
					parts = append(parts, fmt.Sprint(x))
				}
			}
			rows = append(rows, strings.Join(parts, " "))
		}
	}
}

func TestRead(t *testing.T) {
	for _, c := range []struct{ name, opts, schema, data, want string }{
		{"plain", "", "a:int b:string", `{"a":1,"b":"x"}` + "\n\n" + ` { "b" : "y" , "a" : 2 } ` + "\n" + `{"c":[1,{"d":null}],"a":null}`, `1 "x"|2 "y"|NULL NULL`},
		{"twice", "", "a:int", `{"a":1,"a":2}`, "2"},
		{"case of names", "", "a:int A:int", `{"A":1}`, "NULL 1"},
		{"escapes", "", "a:string", `{"a":"\"\\\/\b\n\u00e9\ud83d\ude00"}`, `"\"\\/\b\né😀"`},
		{"single quotes", "", "a:string", `{'a':'it\'s'}`, `"it's"`},
		{"numbers as text", "", "a:string", `{"a":1}` + "\n" + `{"a":1.50}` + "\n" + `{"a":true}` + "\n" + `{"a":{"b": [1, 2.0,"x"]}}`, `"1"|"1.5"|"true"|"{\"b\":[1,2.0,\"x\"]}"`},
		{
			"nested", "", "p:point l:ints m:map", `{"p":{"y":"q","x":1},"l":[1,null,3],"m":{"k":5,"n":null}}` + "\n" + `{"p":null,"l":[],"m":{}}`,
			"[1 q] [1 <nil> 3] [{k 5} {n <nil>}]|NULL [] []",
		},
		{"partly broken", "", "a:int p:point l:ints c:string", `{"a":"x","p":{"x":"bad","y":"ok"},"l":[1,"no",2],"c":"kept"}`, `NULL [<nil> ok] [1 <nil> 2] "kept"`},
		{"corrupt", "", "a:int _corrupt_record:string", "{\"a\":1}\n{\"a\":\n[1]\nno\n{\"a\":\"x\"}", `1 NULL|NULL "{\"a\":"|NULL "[1]"|NULL "no"|NULL "{\"a\":\"x\"}"`},
		{"arrays of records", "", "a:int", `[{"a":1},{"a":2},null]` + "\n[]", "1|2|NULL"},
		{"what follows", "", "a:int", `{"a":1} {"a":2} garbage`, "1"},
		{"dropped", "mode=DROPMALFORMED", "a:int", "{\"a\":1}\nbad\n{\"a\":\"x\"}\n{\"a\":2}", "1|2"},
		{
			"numbers", "", "a:byte b:double c:dec", `{"a":127,"b":1e3,"c":1.005}` + "\n" + `{"a":128,"b":"NaN","c":"2.5"}` + "\n" + `{"a":1.0,"b":-Infinity,"c":1000}`,
			"127 1000 101|NULL NaN 250|NULL -Inf NULL",
		},
		{"leading zeros", "", "a:int", `{"a":01}`, "NULL"},
		{"leading zeros allowed", "allowNumericLeadingZeros=true", "a:int", `{"a":01}`, "1"},
		{"times", "", "d:date t:ts", `{"d":"1970-01-02","t":"1970-01-01T00:00:01Z"}` + "\n" + `{"d":"","t":7}`, "1 1000000|NULL 7000000"},
		{"patterns", "dateFormat=dd/MM/yyyy&timestampFormat=yyyy.MM.dd HH:mm", "d:date t:ts", `{"d":"02/01/1970","t":"1970.01.01 00:01"}`, "1 60000000"},
		{"binary", "", "a:bin", `{"a":"aGk="}`, "[104 105]"},
		{"multi-line", "multiLine=true", "a:int", "[\n{\"a\":\n1},\n{\"a\":2}]\n", "1|2"},
		{"multi-line object", "multiLine=true", "a:int p:point", "{\n\"a\":1, \"p\":\n{\"x\":2}}\n", "1 [2 <nil>]"},
		{"comments", "allowComments=true", "a:int", `/* x */ {"a": // y`, "NULL"},
		{"unquoted names", "allowUnquotedFieldNames=true", "a:int", `{a:1}`, "1"},
		{"control characters", "", "a:string", "{\"a\":\"x\ty\"}", "NULL"},
		{"deep", "", "a:int", strings.Repeat("[", 100000), "NULL"},
	} {
		t.Run(c.name, func(t *testing.T) {
			rows, err := readAll(t, input(c.data), options(t, c.opts), schemaOf(c.schema), nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(rows, "|"); got != c.want {
				t.Errorf("%s\nwant %s", got, c.want)
			}
		})
	}
}

func TestOnlyCorruptRecords(t *testing.T) {
	rows, err := readAll(t, input("{\"a\":1}\n{\"a\":\"x\"}\n"), options(t, ""), schemaOf("a:int _corrupt_record:string"), []int{1})
	if got := strings.Join(rows, "|"); err != nil || got != `NULL|"{\"a\":\"x\"}"` {
		t.Errorf("%s %v", got, err)
	}
}

func TestFailFast(t *testing.T) {
	_, err := readAll(t, input("{\"a\":1,\"b\":2}\n{\"a\":\"x\",\"b\":5}\n"), options(t, "mode=FAILFAST"), schemaOf("a:int b:int"), nil)
	if !sqlerr.Is(err, "MALFORMED_RECORD_IN_PARSING") || !strings.Contains(err.Error(), "[null,5]") {
		t.Errorf("%v", err)
	}
	if _, err := Infer([]text.Input{input("{\"a\":")}, options(t, "mode=FAILFAST")); !sqlerr.Is(err, "MALFORMED_RECORD_IN_PARSING") {
		t.Errorf("%v", err)
	}
}

func TestInfer(t *testing.T) {
	for _, c := range []struct{ opts, data, want string }{
		{"", `{"b":1,"a":"x"}` + "\n" + `{"c":true,"b":1.5}`, "struct<a:string,b:double,c:boolean>"},
		{"", `{"a":null,"b":""}`, "struct<a:string,b:string>"},
		{"", `{"a":{"y":1,"x":[1,null,2.5]},"b":[],"c":{}}`, "struct<a:struct<x:array<double>,y:bigint>,b:array<string>>"},
		{"", `{"a":[{"x":1},{"y":"s"}]}`, "struct<a:array<struct<x:bigint,y:string>>>"},
		{"", `{"a":1}` + "\n" + `{"a":"x"}` + "\n" + `{"a":{"b":1}}`, "struct<a:string>"},
		{"", `{"a":12345678901234567890}`, "struct<a:decimal(20,0)>"},
		{"", `{"a":9223372036854775807,"b":9223372036854775808}`, "struct<a:bigint,b:decimal(19,0)>"},
		{"", `[{"a":1},{"b":2}]`, "struct<a:bigint,b:bigint>"},
		{"", "{\"a\":1}\nbad", "struct<_corrupt_record:string,a:bigint>"},
		{"mode=DROPMALFORMED", "{\"a\":1}\nbad", "struct<a:bigint>"},
		{"primitivesAsString=true", `{"a":1,"b":{"c":true}}`, "struct<a:string,b:struct<c:string>>"},
		{"prefersDecimal=true", `{"a":1.25}`, "struct<a:decimal(3,2)>"},
		{"inferTimestamp=true", `{"a":"2020-01-01T00:00:00Z"}`, "struct<a:timestamp>"},
		{"dropFieldIfAllNull=true", `{"a":null,"b":1}`, "struct<b:bigint>"},
		{"", "", "struct<>"},
		{"multiLine=true", "[{\"a\":\n1}]", "struct<a:bigint>"},
	} {
		got, err := Infer([]text.Input{input(c.data)}, options(t, c.opts))
		if err != nil || got.String() != c.want {
			t.Errorf("%s %q: %v %v, want %s", c.opts, c.data, got, err, c.want)
		}
	}
}

func TestWriteAndReadBack(t *testing.T) {
	schema := schemaOf("a:int s:string d:double p:points m:map t:ts day:date c:dec b:bin f:bool")
	row := []any{int32(1), "q\"\\\n\x01é", 1.5, []any{[]any{int32(1), nil}, nil}, []vector.Pair{{Key: "k", Value: int32(2)}}, int64(1_500_000), int32(3), types.Int128From(-150), []byte("hi"), true}
	cols := make([]*vector.Vector, len(row))
	for i, f := range schema.Fields {
		cols[i] = vector.Of(f.Type, row[i], nil)
	}
	var out bytes.Buffer
	w, err := NewWriter(&out, schema, nil, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(vector.NewBatch(cols, 2)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	want := `{"a":1,"s":"q\"\\\n\u0001é","d":1.5,"p":[{"x":1},null],"m":{"k":2},"t":"1970-01-01T00:00:01.500Z","day":"1970-01-04","c":-1.50,"b":"aGk=","f":true}` + "\n{}\n"
	if out.String() != want {
		t.Errorf("%s\nwant %s", out.String(), want)
	}
	rows, err := readAll(t, input(out.String()), options(t, ""), schema, nil)
	if err != nil || len(rows) != 2 || !strings.HasPrefix(rows[1], "NULL NULL") {
		t.Fatalf("%v %v", rows, err)
	}
	for i, v := range cols {
		r, err := NewReader(input(out.String()), options(t, ""), schema, []int{i})
		if err != nil {
			t.Fatal(err)
		}
		b, err := r.Next()
		if err != nil || fmt.Sprint(b.Column(0).Value(0)) != fmt.Sprint(v.Value(0)) {
			t.Errorf("%s: %v, want %v (%v)", schema.Fields[i].Name, b.Column(0).Value(0), v.Value(0), err)
		}
		r.Close()
	}
}

// FuzzRead looks for panics.
func FuzzRead(f *testing.F) {
	f.Add(`{"a":[1,{"b":'x'}],"p":{"x":1e5}}`)
	f.Add(`[{"a":-Infinity}, nul`)
	f.Fuzz(func(t *testing.T, data string) {
		for _, opts := range []string{"", "multiLine=true&allowComments=true&allowUnquotedFieldNames=true&allowBackslashEscapingAnyCharacter=true"} {
			if _, err := readAll(t, input(data), options(t, opts), schemaOf("a:ints p:point c:dec _corrupt_record:string s:string"), nil); err != nil {
				t.Fatal(err)
			}
			if _, err := Infer([]text.Input{input(data)}, options(t, opts+"&prefersDecimal=true")); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func BenchmarkRead(b *testing.B) {
	var s strings.Builder
	for i := range 20000 {
		fmt.Fprintf(&s, `{"id":%d,"name":"customer %d","price":%d.25,"day":"2024-01-%02d","tags":["a","b"]}`+"\n", i, i*7, i%100, 1+i%28)
	}
	in := input(s.String())
	schema := schemaOf("id:long name:string price:double day:date")
	b.SetBytes(in.Size)
	for b.Loop() {
		if r, err := NewReader(in, options(b, ""), schema, []int{0, 1, 2, 3}); err != nil {
			b.Fatal(err)
		} else {
			for {
				batch, err := r.Next()
				if err != nil {
					b.Fatal(err)
				}
				if batch == nil {
					break
				}
			}
			r.Close()
		}
	}
}
