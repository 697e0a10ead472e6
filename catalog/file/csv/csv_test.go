package csv

import (
	"bytes"
	"fmt"
	"io"
	"math/rand"
	"strings"
	"testing"
	"time"

	"github.com/argan-sql/argan/catalog/file/text"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

func input(s string) text.Input {
	return text.Input{R: strings.NewReader(s), Size: int64(len(s)), Path: "t.csv"}
}

func parseTestOptions(t testing.TB, opts string) *Options {
	t.Helper()
	o, err := ParseOptions(testMap(opts), time.UTC, time.Unix(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// testMap reads k=v&k=v.
func testMap(opts string) map[string]string {
	m := map[string]string{}
	for _, kv := range strings.Split(opts, "&") {
		if k, v, ok := strings.Cut(kv, "="); ok {
			m[k] = v
		}
	}
	return m
}

func schemaOf(ddl string) *types.Type {
	kinds := map[string]*types.Type{
		"int": types.IntType, "string": types.StringType, "double": types.DoubleType, "date": types.DateType, "ts": types.TimestampType,
		"ntz": types.TimestampNTZType, "bool": types.BooleanType, "dec": types.NewDecimal(5, 2), "byte": types.ByteType, "float": types.FloatType,
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
		{"plain", "", "a:int b:string", "1,x\n2,y\n", `1 "x"|2 "y"`},
		{"line ends", "", "a:int b:string", "1,x\r\n2,y\r3,z", `1 "x"|2 "y"|3 "z"`},
		{"header", "header=true", "a:int b:string", "\xef\xbb\xbfa,b\n1,x\n", `1 "x"`},
		{"blank lines", "", "a:int b:string", "\n1,x\n   \n\n2,y\n\n", `1 "x"|2 "y"`},
		{"comments", "comment=#", "a:int", "#no\n1\n#2\n3\n", "1|3"},
		{"separator", "sep=;", "a:int b:string", "1;x,y\n", `1 "x,y"`},
		{"tab", `sep=\t`, "a:int b:string", "1\tx y\n", `1 "x y"`},
		{"empty and null", "", "a:string b:string c:string", "x,,\n\"\",\"\",y\n", `"x" NULL NULL|NULL NULL "y"`},
		{"null value", "nullValue=-", "a:string b:string c:int", "-,,-\n\"\",x,1\n", `NULL NULL NULL|"" "x" 1`},
		{"empty value", "emptyValue=none", "a:string b:string", "\"\",x\n", `"none" "x"`},
		{"quotes", "", "a:string b:string", "\"x,y\",\"say \\\"hi\\\"\"\n", `"x,y" "say \"hi\""`},
		{"escaped escape", "", "a:string b:int", `"c:\\",1` + "\n", `"c:\\" 1`},
		{"lone escape", "", "a:string b:int", `"c:\dir",1` + "\n", `"c:\\dir" 1`},
		{"doubled quotes", `escape="`, "a:string b:int", `"say ""hi""",1` + "\n", `"say \"hi\"" 1`},
		{"doubled quotes, other escape", "", "a:string b:int", `"a""b",1` + "\n", `"\"a\"\"b\"" 1`},
		{"quote within", "", "a:string b:int", `x"y",1` + "\n", `"x\"y\"" 1`},
		{"after the quote", "", "a:string b:int", `"x"y,1` + "\n", `"\"x\"y" 1`},
		{"blanks after the quote", "", "a:string b:int", `"x"  ,1` + "\n", `"x" 1`},
		{"open quote", "", "a:string b:int", `"x,1` + "\n2,3\n", `"x,1" NULL|"2" 3`},
		{"no quotes", "quote=", "a:string b:string", `"x",'y'` + "\n", `"\"x\"" "'y'"`},
		{"blanks kept", "", "a:string b:string", " x , y \n", `" x " " y "`},
		{"blanks trimmed", "ignoreLeadingWhiteSpace=true&ignoreTrailingWhiteSpace=true", "a:string b:int c:string", " x , 5 ,  \n", `"x" 5 NULL`},
		{"bad values", "", "a:int b:double c:date", "x,1.5,2020:02:30\n 7,inf,2020-02-29\n", "NULL 1.5 NULL|NULL NULL 18321"},
		{"ranges", "", "a:byte b:int", "127,2147483647\n128,2147483648\n-128,+5\n", "127 2147483647|NULL NULL|-128 5"},
		{"doubles", "", "a:double", "NaN\nInf\n-Inf\n1e3\n 2.5 \nInfinity\n.5\n1d\n", "NaN|+Inf|-Inf|1000|2.5|+Inf|0.5|1"},
		{"decimals", "", "a:dec", "1.005\n\"1,000\"\n12e1\n-.5\n1.2.3\n999.994\n999.995\n", "101|NULL|12000|-50|NULL|99999|NULL"},
		{"booleans", "", "a:bool", "true\nFALSE\n1\nyes\n", "true|false|NULL|NULL"},
		{"dates", "dateFormat=dd/MM/yyyy", "a:date", "02/01/1970\n1970-01-02\n", "1|NULL"},
		{"strict dates", "spark.sql.legacy.timeParserPolicy=CORRECTED", "a:date", "1970-01-02\n1970-1-2\n1970-01-02 00:00:00\n", "1|NULL|NULL"},
		{"timestamps", "", "a:ts", "1970-01-01T00:00:01Z\n1970-01-01 00:00:02\n1970-01-02\nx\n", "1000000|2000000|86400000000|NULL"},
		{"timestamp pattern", "timestampFormat=dd.MM.yyyy HH:mm", "a:ts", "01.01.1970 00:01\n1970-01-01\n", "60000000|NULL"},
		{"zone", "timeZone=+01:00", "a:ts", "1970-01-01 01:00:00\n", "0"},
		{"short and long records", "", "a:int b:int", "1\n1,2,3\n", "1 NULL|1 2"},
		{"multi-line", "multiLine=true", "a:string b:int", "\"x\r\ny\n\nz\",1\nq,2\n", `"x\ny\n\nz" 1|"q" 2`},
		{"multi-line, open at the end", "multiLine=true", "a:string b:int", "\"x\ny", `"x\ny" NULL`},
		{"line separator", "lineSep=|", "a:int b:string", "1,x|2,y\n|", "1 \"x\"|2 \"y\\n\""},
		{"invalid UTF-8", "", "a:string", "a\xffb\n", "\"a\uFFFDb\""},
		{"latin1", "encoding=ISO-8859-1", "a:string", "caf\xe9\n", `"café"`},
		{"utf-16", "encoding=UTF-16", "a:string b:int", "\xff\xfeh\x00i\x00,\x001\x00\n\x00", `"hi" 1`},
		{"corrupt column", "", "a:int _corrupt_record:string b:int", "1,2\nx,3\n4\n", `1 NULL 2|NULL "x,3" 3|4 "4" NULL`},
		{"corrupt column by name", "columnNameOfCorruptRecord=bad", "a:int bad:string", "x\n1\n", `NULL "x"|1 NULL`},
		{"dropped", "mode=DROPMALFORMED", "a:int b:int", "x,1\n2,2\n3\n4,4,4\n5,5\n", "2 2|5 5"},
	} {
		t.Run(c.name, func(t *testing.T) {
			rows, err := readAll(t, input(c.data), parseTestOptions(t, c.opts), schemaOf(c.schema), nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(rows, "|"); got != c.want {
				t.Errorf("%s\nwant %s", got, c.want)
			}
		})
	}
}

func TestPrunedColumns(t *testing.T) {
	o := parseTestOptions(t, "mode=DROPMALFORMED")
	rows, err := readAll(t, input("1,x,2\n3\nbad,y,4\n"), o, schemaOf("a:int b:string c:int"), []int{1})
	if got := strings.Join(rows, "|"); err != nil || got != `"x"|NULL|"y"` {
		t.Errorf("%s %v", got, err)
	}
	rows, err = readAll(t, input("1,x\nbad,y\n3\n"), parseTestOptions(t, ""), schemaOf("a:int _corrupt_record:string b:string"), []int{1})
	if got := strings.Join(rows, "|"); err != nil || got != `NULL|"bad,y"|"3"` {
		t.Errorf("only the corrupt records: %s %v", got, err)
	}
	r, err := NewReader(input("1\n\n2\n"), o, schemaOf("a:int"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := r.Next(); err != nil || b.Len() != 2 {
		t.Errorf("rows without columns: %v %v", b, err)
	}
}

func TestFailFast(t *testing.T) {
	_, err := readAll(t, input("1,2\nx,5\n"), parseTestOptions(t, "mode=FAILFAST"), schemaOf("a:int b:int"), nil)
	if !sqlerr.Is(err, "MALFORMED_RECORD_IN_PARSING") || !strings.Contains(err.Error(), "[null,5]") {
		t.Errorf("%v", err)
	}
}

// TestRefusedByPolicy is about dates that Spark 2 read otherwise: Spark 3 refuses them whatever the mode.
func TestRefusedByPolicy(t *testing.T) {
	_, err := readAll(t, input("2020-02-30\n"), parseTestOptions(t, "mode=DROPMALFORMED"), schemaOf("a:date"), nil)
	if !sqlerr.Is(err, "INCONSISTENT_BEHAVIOR_CROSS_VERSION") {
		t.Errorf("%v", err)
	}
}

func TestOptionsRefused(t *testing.T) {
	for opts, class := range map[string]string{
		"header=maybe": "INVALID_SETTING", "quote=ab": "INVALID_SETTING", "locale=fr-FR": "UNSUPPORTED_FEATURE",
		"encoding=EBCDIC": "UNSUPPORTED_FEATURE", "unescapedQuoteHandling=RAISE_ERROR": "UNSUPPORTED_FEATURE", "lineSep=": "INVALID_SETTING",
	} {
		if _, err := ParseOptions(testMap(opts), nil, time.Time{}); !sqlerr.Is(err, class) {
			t.Errorf("%s: %v", opts, err)
		}
	}
	if _, err := readAll(t, input("a,b\n1,2\n"), parseTestOptions(t, "header=true&enforceSchema=false"), schemaOf("a:int c:int"), nil); !sqlerr.Is(err, "FILE_CORRUPT") {
		t.Errorf("header and schema: %v", err)
	}
	if _, err := readAll(t, input(strings.Repeat(",", 50)), parseTestOptions(t, "maxColumns=20"), schemaOf("a:int"), nil); !sqlerr.Is(err, "MALFORMED_CSV_RECORD") {
		t.Errorf("too many columns: %v", err)
	}
}

func TestInfer(t *testing.T) {
	for _, c := range []struct{ opts, data, want string }{
		{"", "1,x\n", "struct<_c0:string,_c1:string>"},
		{"header=true", "id,,Id,name\n1,2,3,4\n", "struct<id0:string,_c1:string,Id2:string,name:string>"},
		{
			"header=true&inferSchema=true", "a,b,c,d,e,f,g\n1,3000000000,1.5,true,2020-01-01,2020-01-01 10:00:00,x\n2,4,2,false,2020-01-02,2020-01-02,\n",
			"struct<a:int,b:bigint,c:double,d:boolean,e:date,f:timestamp,g:string>",
		},
		{"inferSchema=true", "1\nx\n", "struct<_c0:string>"},
		{"inferSchema=true", "2020-01-01\n2020-01-01T00:00:00\n", "struct<_c0:timestamp>"},
		{"inferSchema=true", "2020-01-01T00:00:00\n2020-01-01\n", "struct<_c0:timestamp>"},
		{"inferSchema=true&preferDate=false", "2020-01-01\n", "struct<_c0:timestamp>"},
		{"inferSchema=true", "12345678901234567890123\n1\n", "struct<_c0:decimal(23,0)>"},
		{"inferSchema=true", "12345678901234567890123\n1.5\n", "struct<_c0:double>"},
		{"inferSchema=true", ",\n,1\n", "struct<_c0:string,_c1:int>"},
		{"inferSchema=true", "true\n1\n", "struct<_c0:string>"},
		{"inferSchema=true&nullValue=?", "1\n?\n2\n", "struct<_c0:int>"},
		{"inferSchema=true", "", "struct<>"},
	} {
		got, err := Infer([]text.Input{input(c.data)}, parseTestOptions(t, c.opts))
		if err != nil || got.String() != c.want {
			t.Errorf("%s %q: %v %v, want %s", c.opts, c.data, got, err, c.want)
		}
	}
}

// TestSplits reads a file in parts of every size: each row comes once.
func TestSplits(t *testing.T) {
	data := "h\n1\r\n22\r\n\n333\n4444\r55555\n"
	for size := int64(1); size < int64(len(data))+2; size++ {
		o := parseTestOptions(t, "header=true")
		var rows []string
		for _, part := range text.Split(input(data), size) {
			got, err := readAll(t, part, o, schemaOf("a:string"), nil)
			if err != nil {
				t.Fatal(err)
			}
			rows = append(rows, got...)
		}
		if got := strings.Join(rows, ","); got != `"1","22","333","4444","55555"` {
			t.Errorf("parts of %d: %s", size, got)
		}
	}
}

func TestWriteAndReadBack(t *testing.T) {
	schema := schemaOf("s:string i:int d:double t:ts n:ntz day:date c:dec b:bool")
	values := [][]any{
		{"plain", `with "quotes", and commas`, "", "line\nbreak", `back\slash`, nil, `"`, `x\"y`, "#no"},
		{int32(1), nil},
		{1.5, 0.0, nil},
		{int64(1_500_000), nil},
		{int64(-1), nil},
		{int32(0), nil},
		{types.Int128From(-150), nil},
		{true, nil},
	}
	cols := make([]*vector.Vector, len(schema.Fields))
	const n = 9
	for i, f := range schema.Fields {
		b := vector.NewBuilder(f.Type, n)
		for r := range n {
			b.AppendValue(values[i][r%len(values[i])])
		}
		cols[i] = b.Finish()
	}
	opts := map[string]string{"header": "true", "multiLine": "true", "timestampFormat": "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX", "timestampNTZFormat": "yyyy-MM-dd'T'HH:mm:ss.SSSSSS"}
	for _, nullValue := range []string{"", "-"} {
		opts["nullValue"] = nullValue
		var out bytes.Buffer
		w, err := NewWriter(&out, schema, opts, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Write(vector.NewBatch(cols, n)); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		o, err := ParseOptions(opts, time.UTC, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		rows, err := readAll(t, input(out.String()), o, schema, nil)
		if err != nil || len(rows) != n {
			t.Fatalf("%d rows: %v\n%s", len(rows), err, out.String())
		}
		for r := range n {
			var parts []string
			for c, v := range cols {
				x := v.Value(r)
				switch {
				case x == nil, c == 0 && x == "" && nullValue == "":
					parts = append(parts, "NULL")
				case c == 0:
					parts = append(parts, fmt.Sprintf("%q", x))
				default:
					parts = append(parts, fmt.Sprint(x))
				}
			}
			if want := strings.Join(parts, " "); rows[r] != want {
				t.Errorf("row %d: %s\nwant %s\n%s", r, rows[r], want, out.String())
			}
		}
	}
}

func TestWriterText(t *testing.T) {
	var out bytes.Buffer
	schema := schemaOf("a:string b:ts")
	w, err := NewWriter(&out, schema, map[string]string{"sep": ";"}, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(vector.NewBatch([]*vector.Vector{vector.Of(types.StringType, " a;b ", nil, ""), vector.Of(types.TimestampType, int64(0), nil, int64(1000))}, 3)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if want := "\"a;b\";1970-01-01T00:00:00.000Z\n;\n\"\";1970-01-01T00:00:00.001Z\n"; out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
	if _, err := NewWriter(io.Discard, types.NewStruct(types.Field{Name: "x", Type: types.NewArray(types.IntType, true)}), nil, nil); !sqlerr.Is(err, "UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE") {
		t.Errorf("array: %v", err)
	}
}

// FuzzRead looks for panics and for records that get lost.
func FuzzRead(f *testing.F) {
	f.Add("a,\"b\nc\",\\\n", true)
	f.Add("\"x\"y,\"\\\"\n", false)
	f.Fuzz(func(t *testing.T, data string, multi bool) {
		o := parseTestOptions(t, fmt.Sprintf("multiLine=%t&ignoreLeadingWhiteSpace=%t", multi, len(data)%2 == 0))
		if _, err := readAll(t, input(data), o, schemaOf("a:string b:int _corrupt_record:string"), nil); err != nil {
			t.Fatal(err)
		}
		if _, err := Infer([]text.Input{input(data)}, parseTestOptions(t, "inferSchema=true")); err != nil {
			t.Fatal(err)
		}
	})
}

func BenchmarkStrings(b *testing.B) {
	rnd := rand.New(rand.NewSource(1))
	var s strings.Builder
	for range 20000 {
		fmt.Fprintf(&s, "%d,customer number %d,\"some, text\",%d.%02d,2024-01-%02d\n", rnd.Int63(), rnd.Intn(100000), rnd.Intn(1000), rnd.Intn(100), 1+rnd.Intn(28))
	}
	in := input(s.String())
	for _, c := range []struct{ name, schema string }{{"strings", "a:string b:string c:string d:string e:string"}, {"typed", "a:string b:string c:string d:double e:date"}} {
		b.Run(c.name, func(b *testing.B) {
			o := parseTestOptions(b, "")
			b.SetBytes(in.Size)
			for b.Loop() {
				r, err := NewReader(in, o, schemaOf(c.schema), []int{0, 1, 2, 3, 4})
				if err != nil {
					b.Fatal(err)
				}
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
		})
	}
}
