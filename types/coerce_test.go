package types

import "testing"

func TestCommonTypes(t *testing.T) {
	d := NewDecimal
	str := func(t *Type) string {
		if t == nil {
			return "none"
		}
		return t.String()
	}
	for _, c := range []struct {
		a, b                               *Type
		wider, widerAnsi, compare, comAnsi string
	}{
		{IntType, LongType, "bigint", "bigint", "bigint", "bigint"},
		{IntType, StringType, "string", "bigint", "int", "bigint"},
		{DoubleType, StringType, "string", "double", "double", "double"},
		{d(10, 2), StringType, "string", "double", "double", "double"},
		{DateType, StringType, "string", "date", "date", "date"},
		{DateType, TimestampType, "timestamp", "timestamp", "timestamp", "timestamp"},
		{IntType, d(10, 2), "decimal(12,2)", "decimal(12,2)", "decimal(12,2)", "decimal(12,2)"},
		{d(10, 2), d(5, 4), "decimal(12,4)", "decimal(12,4)", "decimal(12,4)", "decimal(12,4)"},
		{d(38, 10), d(38, 0), "decimal(38,10)", "decimal(38,10)", "decimal(38,10)", "decimal(38,10)"},
		{FloatType, d(10, 2), "double", "double", "double", "double"},
		{FloatType, LongType, "float", "double", "float", "double"},
		{BooleanType, IntType, "none", "none", "int", "none"},
		{BooleanType, StringType, "none", "boolean", "boolean", "boolean"},
		{BinaryType, StringType, "none", "binary", "binary", "binary"},
		{NullType, DateType, "date", "date", "date", "date"},
		{NewArray(IntType, false), NewArray(LongType, true), "array<bigint>", "array<bigint>", "array<bigint>", "array<bigint>"},
		{NewStruct(Field{Name: "a", Type: IntType}), NewStruct(Field{Name: "A", Type: DoubleType}), "struct<a:double>", "struct<a:double>", "struct<a:double>", "struct<a:double>"},
		{NewDayTime(UnitDay, UnitHour), NewDayTime(UnitMinute, UnitSecond), "interval day to second", "interval day to second", "interval day to second", "interval day to second"},
		{CalendarType, StringType, "none", "none", "none", "none"},
	} {
		for _, p := range [][2]*Type{{c.a, c.b}, {c.b, c.a}} {
			if p[0].Kind == Struct && p[0].Fields[0].Name == "A" {
				continue
			}
			if g := str(WiderType(p[0], p[1], false)); g != c.wider {
				t.Errorf("wider %s, %s: %s, want %s", p[0], p[1], g, c.wider)
			}
			if g := str(WiderType(p[0], p[1], true)); g != c.widerAnsi {
				t.Errorf("ansi wider %s, %s: %s, want %s", p[0], p[1], g, c.widerAnsi)
			}
			if g := str(ComparisonType(p[0], p[1], true, false)); g != c.compare {
				t.Errorf("compare %s, %s: %s, want %s", p[0], p[1], g, c.compare)
			}
			if g := str(ComparisonType(p[0], p[1], true, true)); g != c.comAnsi {
				t.Errorf("ansi compare %s, %s: %s, want %s", p[0], p[1], g, c.comAnsi)
			}
		}
	}
	if g := str(CommonType([]*Type{IntType, DateType, StringType}, false)); g != "string" {
		t.Errorf("strings count first: %s", g)
	}
}

func TestDecimalResult(t *testing.T) {
	for _, c := range []struct {
		op   string
		a, b *Type
		want string
	}{
		{"+", NewDecimal(10, 2), NewDecimal(5, 4), "decimal(13,4)"},
		{"*", NewDecimal(12, 2), NewDecimal(12, 2), "decimal(25,4)"},
		{"*", NewDecimal(38, 18), NewDecimal(38, 18), "decimal(38,6)"},
		{"/", NewDecimal(10, 2), NewDecimal(10, 2), "decimal(23,13)"},
		{"/", NewDecimal(38, 18), NewDecimal(38, 18), "decimal(38,6)"},
		{"%", NewDecimal(10, 2), NewDecimal(5, 4), "decimal(5,4)"},
		{"div", NewDecimal(10, 2), NewDecimal(5, 4), "decimal(12,0)"},
	} {
		if g := DecimalResult(c.op, c.a, c.b).String(); g != c.want {
			t.Errorf("%s %s %s: %s, want %s", c.a, c.op, c.b, g, c.want)
		}
	}
}

func TestJSON(t *testing.T) {
	text := `{"type":"struct","fields":[{"name":"a","type":"long","nullable":true,"metadata":{"comment":"x < y","delta.columnMapping.id":4}},` +
		`{"name":"b","type":{"type":"array","elementType":"decimal(10,2)","containsNull":false},"nullable":false,"metadata":{}},` +
		`{"name":"c","type":{"type":"map","keyType":"string","valueType":"interval day to second","valueContainsNull":true},"nullable":true,"metadata":{}}]}`
	ty, err := FromJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if ty.JSON() != text {
		t.Errorf("got  %s\nwant %s", ty.JSON(), text)
	}
	if ty.Fields[0].Metadata["delta.columnMapping.id"] != int64(4) {
		t.Errorf("metadata %v", ty.Fields[0].Metadata)
	}
	for _, bad := range []string{`"geometry"`, `"decimal(99,1)"`, `{"type":"set"}`, `"interval second to day"`, ``, `{`} {
		if ty, err := FromJSON([]byte(bad)); err == nil {
			t.Errorf("%s gives %s", bad, ty)
		}
	}
}
