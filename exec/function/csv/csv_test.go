package csv

import (
	"testing"

	"github.com/argan-sql/argan/exec/function/functest"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

func TestFromCSV(t *testing.T) {
	for _, c := range []struct {
		line, schema string
		o            *vector.Vector
		want         string
	}{
		{"1,abc,2.5", "a INT, b STRING, c DOUBLE", nil, `{"a":1,"b":"abc","c":2.5}`},
		{"1, 0.8", "a INT, b DOUBLE", nil, `{"a":1,"b":0.8}`},
		{`"x,y","say ""hi"" ok",z`, "a STRING, b STRING, c STRING", functest.Map("escape", `"`), `{"a":"x,y","b":"say "hi" ok","c":"z"}`},
		{`"a\"b",2`, "a STRING, b INT", nil, `{"a":"a"b","b":2}`},
		{"1", "a INT, b INT", nil, `{"a":1,"b":null}`},
		{"x,2", "a INT, b INT", nil, `{"a":null,"b":2}`},
		{"x,2", "a INT, b INT, _corrupt_record STRING", nil, `{"a":null,"b":2,"_corrupt_record":"x,2"}`},
		{"1, 1 day", "a INT, b interval", nil, `{"a":1,"b":1 days}`},
		{"26/08/2015", "t Timestamp", functest.Map("timestampFormat", "dd/MM/yyyy"), `{"t":2015-08-26 00:00:00}`},
		{"2018-366", "d Date", functest.Map("dateFormat", "yyyy-DDD"), "INCONSISTENT_BEHAVIOR_CROSS_VERSION.PARSE_DATETIME_BY_NEW_PARSER"},
		{"x", "a INT", functest.Map("mode", "FAILFAST"), "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION"},
	} {
		args := []any{c.line, c.schema}
		if c.o != nil {
			args = append(args, c.o)
		}
		if got := functest.Call(t, "from_csv", args...); got != c.want {
			t.Errorf("from_csv(%s, %s) = %s, want %s", c.line, c.schema, got, c.want)
		}
	}
}

func TestToCSV(t *testing.T) {
	st := types.NewStruct(types.Field{Name: "a", Type: types.IntType}, types.Field{Name: "b", Type: types.StringType, Nullable: true},
		types.Field{Name: "c", Type: types.NewDayTime(types.UnitHour, types.UnitHour)}, types.Field{Name: "d", Type: types.StringType, Nullable: true})
	got := functest.Call(t, "to_csv", vector.Of(st, []any{int32(1), "x,y", int64(32 * 3600 * 1_000_000), nil}))
	if want := `1,"x,y",INTERVAL '32' HOUR,`; got != want {
		t.Errorf("to_csv = %s, want %s", got, want)
	}
}

func TestSchemaOfCSV(t *testing.T) {
	if got, want := functest.Call(t, "schema_of_csv", "1,abc,2.5,true,2024-01-02"), "STRUCT<_c0: INT, _c1: STRING, _c2: DOUBLE, _c3: BOOLEAN, _c4: DATE>"; got != want {
		t.Errorf("schema_of_csv = %s, want %s", got, want)
	}
}
