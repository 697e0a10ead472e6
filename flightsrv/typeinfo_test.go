package flightsrv

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
)

// accepts says whether the server runs a statement, to its last row.
func accepts(ctx context.Context, c *flightsql.Client, sql string) error {
	info, err := c.Execute(ctx, sql)
	if err != nil {
		return err
	}
	_, _, err = fetch(ctx, c, info)
	return err
}

func TestTypeInfo(t *testing.T) {
	c, ctx := connect(t), within(t)
	bigint := int32(-5)
	for want, of := range map[int]*int32{len(sqlTypes): nil, 1: &bigint} {
		info, err := c.GetXdbcTypeInfo(ctx, of)
		if err != nil {
			t.Fatal(err)
		}
		_, rows, err := fetch(ctx, c, info)
		if err != nil || len(rows) != want {
			t.Errorf("%d types, %v, want %d", len(rows), err, want)
		}
		for i := 1; i < len(rows); i++ { // by code, then by name
			var before, code int
			_, _ = fmt.Sscan(rows[i-1][1], &before)
			_, _ = fmt.Sscan(rows[i][1], &code)
			if before > code || before == code && rows[i-1][0] >= rows[i][0] {
				t.Errorf("%v comes before %v", rows[i-1], rows[i])
			}
		}
	}
}

// TestTypeInfoIsTrue: what is told of a type is what statements can do with it.
func TestTypeInfoIsTrue(t *testing.T) {
	c, ctx := connect(t), within(t)
	for _, s := range []struct {
		name, declared, value string // as in a table, and a value of the type
		literal               string // between the prefix and the suffix
		of                    string // typeof of the literal, where it is not the declared type
		noTable               bool   // not of a Delta table
	}{
		{name: "BOOLEAN", value: "true"},
		{name: "TINYINT", value: "1Y"},
		{name: "BIGINT", value: "1L"},
		{name: "BINARY", value: "X'41'", literal: "41"},
		{name: "VOID", value: "NULL"},
		{name: "CHAR", declared: "CHAR(3)", value: "CAST('a' AS CHAR(3))", literal: "a", of: "string"},
		{name: "DECIMAL", declared: "DECIMAL(38,38)", value: "CAST(0.5 AS DECIMAL(38,38))"},
		{name: "INT", value: "1"},
		{name: "SMALLINT", value: "1S"},
		{name: "FLOAT", value: "1F"},
		{name: "DOUBLE", value: "1D"},
		{name: "INTERVAL DAY TO SECOND", value: "INTERVAL '1' DAY", literal: "1 02:03:04.5", noTable: true},
		{name: "INTERVAL YEAR TO MONTH", value: "INTERVAL '1' YEAR", literal: "1-2", noTable: true},
		{name: "STRING", value: "'a'", literal: "a"},
		{name: "VARCHAR", declared: "VARCHAR(3)", value: "CAST('a' AS VARCHAR(3))", literal: "a", of: "string"},
		{name: "DATE", value: "DATE'2026-01-02'", literal: "2026-01-02"},
		{name: "TIMESTAMP", value: "TIMESTAMP'2026-01-02 03:04:05'", literal: "2026-01-02 03:04:05.123456"},
		{name: "TIMESTAMP_NTZ", value: "TIMESTAMP_NTZ'2026-01-02 03:04:05'", literal: "2026-01-02 03:04:05.123456"},
		{name: "MAP", declared: "MAP<STRING,INT>", value: "map('a', 1)"},
		{name: "STRUCT", declared: "STRUCT<a:INT>", value: "named_struct('a', 1)"},
		{name: "ARRAY", declared: "ARRAY<INT>", value: "array(1)"},
	} {
		var told *sqlType
		for i := range sqlTypes {
			if sqlTypes[i].name == s.name {
				told = &sqlTypes[i]
			}
		}
		if told == nil {
			t.Errorf("%s is not told of", s.name)
			continue
		}
		if s.declared == "" {
			s.declared = s.name
		}
		if (strings.Contains(s.declared, "(") || strings.Contains(s.declared, "<")) != (told.params != nil) {
			t.Errorf("%s: the parameters are %q", s.name, told.params)
		}
		if !s.noTable {
			if err := accepts(ctx, c, "CREATE OR REPLACE TABLE typed (a "+s.declared+") USING delta"); err != nil {
				t.Errorf("a column %s: %v", s.declared, err)
			}
		}
		if (told.prefix == "") != (s.literal == "") {
			t.Errorf("%s: a literal is %s…%s", s.name, told.prefix, told.suffix)
		}
		if s.literal != "" {
			if s.of == "" {
				s.of = strings.ToLower(s.declared)
			}
			if got := value(t, ctx, c, "SELECT typeof("+told.prefix+s.literal+told.suffix+")"); got != s.of {
				t.Errorf("%s: its literal is of type %s, want %s", s.name, got, s.of)
			}
		}
		from := " FROM (SELECT " + s.value + " AS a) WHERE a "
		if err := accepts(ctx, c, "SELECT 1"+from+"= a AND a > a"); err == nil != (told.search != notSearched) {
			t.Errorf("%s is compared: %v", s.name, err)
		}
		if err := accepts(ctx, c, "SELECT 1"+from+"LIKE '%'"); err == nil != (told.search == searched) {
			t.Errorf("%s is searched by LIKE: %v", s.name, err)
		}
	}
}
