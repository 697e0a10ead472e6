package render

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// written is what a format makes of one column of text per list of values.
func written(t *testing.T, format string, o Options, columns ...[]any) string {
	t.Helper()
	var out bytes.Buffer
	w, _ := New(format, &out, o)
	schema := types.NewStruct()
	var cols []*vector.Vector
	for _, c := range columns {
		schema.Fields = append(schema.Fields, types.Field{Name: c[0].(string), Type: types.StringType, Nullable: true})
		cols = append(cols, vector.Of(types.StringType, c[1:]...))
	}
	if err := w.Begin(schema); err != nil {
		t.Fatal(err)
	}
	if len(columns) > 0 && len(columns[0]) > 1 {
		if err := w.Batch(vector.NewBatch(cols, len(columns[0])-1)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.End(Tail{Affected: -1, Version: -1}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestTable(t *testing.T) {
	for _, c := range []struct {
		what    string
		o       Options
		columns [][]any
		want    string
	}{
		{"plain", Options{}, [][]any{{"a", "x", nil}, {"long name", "", "y"}}, "+----+---------+\n|   a|long name|\n+----+---------+\n|   x|         |\n|NULL|        y|\n+----+---------+\n"},
		{"no rows", Options{}, [][]any{{"a"}}, "+---+\n|  a|\n+---+\n+---+\n"},
		{"no columns", Options{}, nil, ""},
		{"breaks", Options{}, [][]any{{"a", "x\ny\tz"}}, "+-------+\n|      a|\n+-------+\n|x\\ny\\tz|\n+-------+\n"},
		{"wide letters", Options{}, [][]any{{"a", "日本", "abc"}}, "+----+\n|   a|\n+----+\n|日本|\n| abc|\n+----+\n"},
		{"cells cut", Options{MaxWidth: 6}, [][]any{{"a", "1234567", "123456"}}, "+------+\n|     a|\n+------+\n|123...|\n|123456|\n+------+\n"},
		{"the widest column cut", Options{Width: 20}, [][]any{{"a", strings.Repeat("x", 30)}, {"b", "12345"}}, "+------------+-----+\n|           a|    b|\n+------------+-----+\n|xxxxxxxxx...|12345|\n+------------+-----+\n"},
		{"too many columns", Options{Width: 10}, [][]any{{"a", "123456789"}, {"b", "123456789"}}, "+------+------+\n|     a|     b|\n+------+------+\n|123...|123...|\n+------+------+\n"},
	} {
		if got := written(t, "table", c.o, c.columns...); got != c.want {
			t.Errorf("%s is\n%s\nwant\n%s", c.what, got, c.want)
		}
	}
}

func TestAVeryWideCellIsCutAtOnce(t *testing.T) {
	got := written(t, "table", Options{Width: 80}, []any{"a", strings.Repeat("x", 1<<20)})
	for _, line := range strings.Split(strings.TrimSuffix(got, "\n"), "\n") {
		if len(line) != 80 {
			t.Fatalf("a line has %d letters", len(line))
		}
	}
}

func TestText(t *testing.T) {
	for _, c := range []struct{ format, want string }{
		{"csv", "a,\"b,c\"\r\n\"x,y\",\r\n\"say \"\"z\"\"\",\"\"\r\n\"li\nne\",é\r\n"},
		{"tsv", "a\tb,c\r\nx,y\t\r\n\"say \"\"z\"\"\"\t\"\"\r\n\"li\nne\"\té\r\n"},
		{"ndjson", "{\"a\":\"x,y\",\"b,c\":null}\n{\"a\":\"say \\\"z\\\"\",\"b,c\":\"\"}\n{\"a\":\"li\\nne\",\"b,c\":\"é\"}\n"},
		{"json", "{\"schema\":[{\"name\":\"a\",\"type\":\"STRING\",\"nullable\":true},{\"name\":\"b,c\",\"type\":\"STRING\",\"nullable\":true}],\"data\":[[\"x,y\",null],\n[\"say \\\"z\\\"\",\"\"],\n[\"li\\nne\",\"é\"]],\"rows\":3}\n"},
	} {
		if got := written(t, c.format, Options{}, []any{"a", "x,y", `say "z"`, "li\nne"}, []any{"b,c", nil, "", "é"}); got != c.want {
			t.Errorf("%s is\n%q\nwant\n%q", c.format, got, c.want)
		}
	}
}

func TestBytesThatAreNoText(t *testing.T) {
	if got := written(t, "ndjson", Options{}, []any{"a", "x\xffy\x01"}); got != "{\"a\":\"x\ufffdy\\u0001\"}\n" {
		t.Errorf("%q", got)
	}
}

func TestFailure(t *testing.T) {
	for format, want := range map[string]string{"json": `{"schema":[],"data":[`, "csv": "", "table": ""} {
		var out bytes.Buffer
		w, _ := New(format, &out, Options{})
		if err := w.Begin(types.NewStruct()); err != nil {
			t.Fatal(err)
		}
		if err := w.Fail(sqlerr.New("DIVIDE_BY_ZERO", "config", "x")); err != nil {
			t.Fatal(err)
		}
		if out.String() != want {
			t.Errorf("%s that failed is %q", format, out.String())
		}
	}
	var out bytes.Buffer
	w, _ := New("ndjson", &out, Options{})
	if err := w.Fail(sqlerr.New("DIVIDE_BY_ZERO", "config", "x")); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(out.String(), `{"error":{"class":"DIVIDE_BY_ZERO"`) {
		t.Errorf("ndjson that failed is %q", out.String())
	}
	if w, _ := New("nonsense", io.Discard, Options{}); w != nil {
		t.Error("there is a format nonsense")
	}
}

func TestWriteErrorsComeUp(t *testing.T) {
	for _, format := range []string{"json", "ndjson", "csv", "table"} {
		w, _ := New(format, broken{}, Options{})
		err := w.Begin(types.NewStruct(types.Field{Name: "a", Type: types.StringType}))
		if err == nil {
			err = w.Batch(vector.NewBatch([]*vector.Vector{vector.Of(types.StringType, strings.Repeat("x", 100_000))}, 1))
		}
		if err == nil {
			err = w.End(Tail{})
		}
		if !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("%s: %v", format, err)
		}
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }
