package json

import (
	"testing"

	"github.com/argan-sql/argan/exec/function/functest"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

func TestGetJSONObject(t *testing.T) {
	for _, c := range []struct{ doc, path, want string }{
		{`{"a":{"b":[1,2,{"c":"x"}]},"n":null}`, "$.a.b[2].c", "x"},
		{`{"a":{"b":[1,2]}}`, "$.a.b[*]", "[1,2]"},
		{`{"a":1}`, "$.zz", "NULL"},
		{`not json`, "$.a", "NULL"},
		{`{"a":[{"b":1},{"b":2}]}`, "$.a[*].b", "[1,2]"},
		{`{"a":[{"b":1}]}`, "$.a[*].b", "1"},
		{`{"a":[{"b":"x"}]}`, "$.a[*].b", `"x"`},
		{`{"a b":1.50}`, "$['a b']", "1.5"},
		{`{"a":null}`, "$.a", "NULL"},
		{`[[1,2],[3]]`, "$[*][*]", "[1,2,3]"},
		{`{"a":"q\"é"}`, "$", `{"a":"q\"é"}`},
	} {
		if got := functest.Call(t, "get_json_object", c.doc, c.path); got != c.want {
			t.Errorf("get_json_object(%s, %s) = %s, want %s", c.doc, c.path, got, c.want)
		}
	}
}

func TestFromJSON(t *testing.T) {
	for _, c := range []struct {
		doc, schema string
		o           *vector.Vector
		want        string
	}{
		{`{"a":1}`, "a INT", nil, `{"a":1}`},
		{`{"id":"x"}`, "id INT", nil, `{"id":null}`},
		{`[1,2`, "array<int>", nil, "NULL"},
		{`nope`, "a INT, b STRING", nil, `{"a":null,"b":null}`},
		{``, "a INT", nil, "NULL"},
		{`{"a":1, "b":2}`, "map<string, int>", nil, `{"a":1,"b":2}`},
		{`[1, 2, 3]`, "array<int>", nil, "[1,2,3]"},
		{`[1, "2", 3]`, "array<int>", nil, "NULL"},
		{`[1, 2, null]`, "array<int>", nil, "[1,2,null]"},
		{`{"a": 1}`, "array<struct<a:int>>", nil, `[{"a":1}]`},
		{`[null, {"a":2}]`, "array<struct<a:int>>", nil, `[null,{"a":2}]`},
		{`[{"a": 1}, 2]`, "array<map<string,int>>", nil, "NULL"},
		{`{"d": "2012-12-15", "t": "2012-12-15 15:15:15"}`, "d date, t timestamp", nil, `{"d":2012-12-15,"t":2012-12-15 15:15:15}`},
		{`{"time":"26/08/2015"}`, "time Timestamp", functest.Map("timestampFormat", "dd/MM/yyyy"), `{"time":2015-08-26 00:00:00}`},
		{`{"ts":"2024-05-01T10:00:00.000Z","d":"01/02/2024"}`, "ts TIMESTAMP, d DATE", functest.Map("dateFormat", "dd/MM/yyyy"), `{"ts":2024-05-01 03:00:00,"d":2024-02-01}`},
		{`{"d": "02-29"}`, "d date", functest.Map("dateFormat", "MM-dd"), "INCONSISTENT_BEHAVIOR_CROSS_VERSION.PARSE_DATETIME_BY_NEW_PARSER"},
		{`{"a":"1 days"}`, "a interval", nil, `{"a":1 days}`},
		{`{"a":{"x":[1,2.50,"y"]},"b":7}`, "a STRING, b STRING", nil, `{"a":"{"x":[1,2.5,"y"]}","b":"7"}`},
		{`{"a":"x","b":1}`, "a INT, b INT, _corrupt_record STRING", nil, `{"a":null,"b":1,"_corrupt_record":"{"a":"x","b":1}"}`},
		{`{"a":"x"}`, "a INT", functest.Map("mode", "FAILFAST"), "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION"},
		{`{"a":1}`, "a INT", functest.Map("mode", "DROPMALFORMED"), "_LEGACY_ERROR_TEMP_1099"},
		{`{"a":"z","l":[1]}`, "a INT, l ARRAY<STRING>, _corrupt_record STRING", nil, `{"a":null,"l":["1"],"_corrupt_record":"{"a":"z","l":[1]}"}`},
		{`{bad`, "a INT, _corrupt_record STRING", nil, `{"a":null,"_corrupt_record":"{bad"}`},
		{`{"a":1,"n":{"x":2}}`, "a INT, n STRUCT<x: INT>", functest.Map("rescuedDataColumn", "_r"), `{"a":1,"n":{"x":2},"_r":null}`},
		{`{"a":"z","A":1,"more":[1],"n":{"x":2,"y":null}}`, "a INT, n STRUCT<x: INT>", functest.Map("rescuedDataColumn", "_r"), `{"a":null,"n":{"x":2},"_r":"{"a":"z","A":1,"more":[1],"n":{"y":null}}"}`},
		{`{"a":"z"}`, "a INT, _r STRING", functest.Map("rescuedDataColumn", "_r", "mode", "FAILFAST"), `{"a":null,"_r":"{"a":"z"}"}`},
		{`{"a":`, "a INT", functest.Map("rescuedDataColumn", "_r", "mode", "FAILFAST"), "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION"},
		{`{"a":"z","b":1}`, "a INT, _corrupt_record STRING", functest.Map("rescuedDataColumn", "_r"), `{"a":null,"_corrupt_record":null,"_r":"{"a":"z","b":1}"}`},
		{`{"a":01}`, "a INT", functest.Map("allowNumericLeadingZeros", "true"), `{"a":1}`},
		{`{'a':1}`, "a INT", nil, `{"a":1}`},
	} {
		args := []any{c.doc, c.schema}
		if c.o != nil {
			args = append(args, c.o)
		}
		if got := functest.Call(t, "from_json", args...); got != c.want {
			t.Errorf("from_json(%s, %s) = %s, want %s", c.doc, c.schema, got, c.want)
		}
	}
}

func TestToJSON(t *testing.T) {
	st := types.NewStruct(types.Field{Name: "a", Type: types.IntType}, types.Field{Name: "b", Type: types.NullType, Nullable: true},
		types.Field{Name: "c", Type: types.NewArray(types.IntType, false)}, types.Field{Name: "t", Type: types.TimestampType},
		types.Field{Name: "dt", Type: types.DateType}, types.Field{Name: "dec", Type: types.NewDecimal(3, 2)}, types.Field{Name: "f", Type: types.DoubleType})
	row := []any{int32(1), nil, []any{int32(1), int32(2)}, int64(1704193445000000), int32(19724), types.Int128From(150), 1e10}
	want := `{"a":1,"c":[1,2],"t":"2024-01-02T03:04:05.000-08:00","dt":"2024-01-02","dec":1.50,"f":1.0E10}`
	if got := functest.Call(t, "to_json", vector.Of(st, row)); got != want {
		t.Errorf("to_json = %s, want %s", got, want)
	}
	m := types.NewMap(types.NewStruct(types.Field{Name: "a", Type: types.IntType}, types.Field{Name: "b", Type: types.IntType}), types.StringType, false)
	if got, want := functest.Call(t, "to_json", vector.Of(m, []vector.Pair{{Key: []any{int32(1), int32(2)}, Value: `q"uote`}})), `{"[1,2]":"q\"uote"}`; got != want {
		t.Errorf("to_json = %s, want %s", got, want)
	}
	if got := functest.Call(t, "to_json", vector.Of(st, row), vector.Of(types.NewMap(types.StringType, types.IntType, false), []vector.Pair{{Key: "mode", Value: int32(1)}})); got != "INVALID_OPTIONS.NON_STRING_TYPE" {
		t.Errorf("options of the wrong type: %s", got)
	}
}

func TestSchemaOfJSON(t *testing.T) {
	for _, c := range []struct {
		doc  string
		o    *vector.Vector
		want string
	}{
		{`{"c1":0, "c2":[1]}`, nil, "STRUCT<c1: BIGINT, c2: ARRAY<BIGINT>>"},
		{`{"a":1,"b":[{"c":"x","d":1.5}]}`, nil, "STRUCT<a: BIGINT, b: ARRAY<STRUCT<c: STRING, d: DOUBLE>>>"},
		{`{"c1":1}`, functest.Map("primitivesAsString", "true"), "STRUCT<c1: STRING>"},
		{`{"c1":01, "c2":0.1}`, functest.Map("allowNumericLeadingZeros", "true", "prefersDecimal", "true"), "STRUCT<c1: BIGINT, c2: DECIMAL(1,1)>"},
		{`[{"b":1},{"a":2.5},{"b":"x"}]`, nil, "ARRAY<STRUCT<a: DOUBLE, b: STRING>>"},
	} {
		args := []any{c.doc}
		if c.o != nil {
			args = append(args, c.o)
		}
		if got := functest.Call(t, "schema_of_json", args...); got != c.want {
			t.Errorf("schema_of_json(%s) = %s, want %s", c.doc, got, c.want)
		}
	}
}

func TestLengthAndKeys(t *testing.T) {
	for _, c := range []struct{ name, doc, want string }{
		{"json_array_length", "", "NULL"},
		{"json_array_length", "[1,2,3,[33,44],{\"key\":[2,3,4]}]", "5"},
		{"json_array_length", "[1,2,3,4,5", "NULL"},
		{"json_object_keys", `{"k1": [1, 2, {"key": 5}], "k2": {"key2": [1, 2]}}`, `["k1","k2"]`},
		{"json_object_keys", `{"key": 45, "random_string"}`, "NULL"},
		{"json_object_keys", `{}`, "[]"},
	} {
		if got := functest.Call(t, c.name, c.doc); got != c.want {
			t.Errorf("%s(%s) = %s, want %s", c.name, c.doc, got, c.want)
		}
	}
}
