package parser_test

import (
	"strings"
	"testing"

	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sql/format"
	"github.com/argan-sql/argan/sql/parser"
	"github.com/argan-sql/argan/sql/token"
)

// TestKeywordsAsNames: nothing is reserved, save where a word begins a syntax of its own.
func TestKeywordsAsNames(t *testing.T) {
	tests := []struct{ sql, not string }{
		{"SELECT %s FROM t", "CASE FROM NOT SELECT WHERE"},
		{"SELECT t.%s AS %s FROM s.%s", ""},
		{"SELECT %s(1)", "CASE CAST TRY_CAST"},
		{"CREATE TABLE %s (%s INT, a INT)", "IDENTIFIER"},
		{"DROP TABLE %s", ""},
		{"UPDATE %s SET %s = 1", ""},
		{"SELECT f(%s), (%s), x[%s] FROM t", "CASE FROM NOT SELECT WHERE"},
	}
	for _, test := range tests {
		var failed []string
		for _, word := range token.Keywords() {
			sql := strings.ReplaceAll(test.sql, "%s", word)
			tree, err := parser.Parse(sql)
			if err != nil {
				failed = append(failed, word)
				continue
			}
			roundTrip(t, sql, tree)
		}
		if got := strings.Join(failed, " "); got != test.not {
			t.Errorf("%s fails for %q, want %q", test.sql, got, test.not)
		}
	}
}

func TestParseScript(t *testing.T) {
	list, err := parser.ParseScript(";SELECT ?, ?; -- x\n;CREATE TABLE t (a INT);\nSELECT ?")
	if err != nil || len(list) != 3 {
		t.Fatalf("got %d statements, %v", len(list), err)
	}
	if p := list[2].Pos(); p.Line != 3 || p.Column != 1 {
		t.Errorf("the third statement is at %+v", p)
	}
	if got := format.Statement(list[2]); got != "SELECT ?" {
		t.Errorf("got %s", got)
	}
	ast.Inspect(list[2], func(n ast.Node) bool {
		if p, ok := n.(*ast.Param); ok && p.Index != 0 {
			t.Errorf("parameters are counted within a statement, got %d", p.Index)
		}
		return true
	})
	if _, err := parser.ParseScript("SELECT 1; SELECT 2 x y; SELECT 3"); err == nil {
		t.Error("no error")
	}
}

func TestParseType(t *testing.T) {
	tests := []struct{ text, want string }{
		{"int", "int"},
		{"Integer", "int"},
		{"LONG", "bigint"},
		{"dec", "decimal(10,0)"},
		{"NUMERIC(5)", "decimal(5,0)"},
		{"decimal(38, 18)", "decimal(38,18)"},
		{"timestamp_ltz", "timestamp"},
		{"TIMESTAMP_NTZ", "timestamp_ntz"},
		{"varchar(10)", "varchar(10)"},
		{"character(3)", "char(3)"},
		{"array<map<string,struct<a:int,b c:double>>>", ""},
		{"struct<>", "struct<>"},
		{"struct<a int, `b c`: array<string>>", "struct<a:int,b c:array<string>>"},
		{"interval", "interval"},
		{"interval year to month", "interval year to month"},
		{"INTERVAL day", "interval day"},
		{"void", "void"},
		{"interval month to year", ""},
		{"decimal(5,6)", ""},
		{"int(5)", ""},
		{"map<int>", ""},
		{"foo", ""},
		{"int x", ""},
	}
	for _, test := range tests {
		got, err := parser.ParseType(test.text)
		switch {
		case test.want == "":
			if err == nil {
				t.Errorf("%s: got %s, want an error", test.text, got)
			}
		case err != nil || got.String() != test.want:
			t.Errorf("%s: got %v, %v", test.text, got, err)
		default:
			if again, err := parser.ParseType(format.Type(got)); err != nil || !again.Equal(got) {
				t.Errorf("%s prints as %s: %v", test.text, format.Type(got), err)
			}
		}
	}
}

func TestParseColumns(t *testing.T) {
	got, err := parser.ParseColumns("a INT NOT NULL COMMENT 'x', `b c`: STRING")
	if err != nil {
		t.Fatal(err)
	}
	if got.SQL() != "STRUCT<a: INT NOT NULL COMMENT 'x', `b c`: STRING>" {
		t.Errorf("got %s", got.SQL())
	}
	if got, err = parser.ParseColumns("struct<a: int>"); err != nil || got.String() != "struct<a:int>" {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestOptions(t *testing.T) {
	tests := []struct {
		options   parser.Options
		sql, want string
	}{
		{parser.Options{}, `SELECT "a", 'b'`, `SELECT 'a', 'b'`},
		{parser.Options{DoubleQuotedIdentifiers: true}, `SELECT "a b", 'c' FROM "t"`, "SELECT `a b`, 'c' FROM `t`"},
		{parser.Options{}, `SELECT 1e3`, `SELECT 1000D`},
		{parser.Options{ExponentAsDecimal: true}, `SELECT 1e3`, `SELECT 1e3BD`},
		{parser.Options{}, `SELECT 1 UNION SELECT 2 INTERSECT SELECT 3`, `SELECT 1 UNION SELECT 2 INTERSECT SELECT 3`},
		{parser.Options{SetOpsLeftToRight: true}, `SELECT 1 UNION SELECT 2 INTERSECT SELECT 3`, `(SELECT 1 UNION SELECT 2) INTERSECT SELECT 3`},
		{parser.Options{TimestampNTZ: true}, `SELECT CAST(a AS TIMESTAMP)`, `SELECT CAST(a AS TIMESTAMP_NTZ)`},
	}
	for _, test := range tests {
		tree, err := test.options.Parse(test.sql)
		if err != nil {
			t.Errorf("%s: %v", test.sql, err)
			continue
		}
		if got := format.Statement(tree); got != test.want {
			t.Errorf("%s: got %s, want %s", test.sql, got, test.want)
		}
	}
}

// TestTrees: what the text means, told by its printed form with every parenthesis that matters.
func TestTrees(t *testing.T) {
	tests := []struct{ sql, want string }{
		{"NOT a = b AND c", "NOT a = b AND c"},
		{"- a * b", "-a * b"},
		{"a = b IS NULL", "a = b IS NULL"},
		{"a + b || c", "a + b || c"},
		{"a - (b + c) * -1", "a - (b + c) * -1"},
		{"x BETWEEN 1 AND 2 AND y", "x BETWEEN 1 AND 2 AND y"},
		{"a AND b AND c AND d AND e", "a AND b AND c AND d AND e"},
		{"a AND (b AND (c AND d))", "a AND (b AND (c AND d))"},
		{"(((a)))", "a"},
		{"a::int::string", "CAST(CAST(a AS INT) AS STRING)"},
		{"'a' 'b' \"c\"", "'abc'"},
		{"'\\u00e9\\n\\x\\'\\101'", `'é\nx\'A'`},
		{"r'\\n'", `'\\n'`},
		{"- 5", "-5"},
		{"-(5)", "-(5)"},
		{"9223372036854775808", "9223372036854775808"},
		{"interval 1 day", "INTERVAL '1' DAY"},
		{"interval", "interval"},
		{"interval - 1", "interval - 1"},
		{"date '2024-01-01' + date", "DATE '2024-01-01' + date"},
		{"exists(a, x -> x)", "exists(a, x -> x)"},
		{"trim(both from x)", "TRIM(BOTH FROM x)"},
		{"trim(both)", "trim(both)"},
		{"count(distinct a)", "count(DISTINCT a)"},
		{"((select 1) union (select 2))", "(SELECT 1 UNION SELECT 2)"},
		{"((select 1) + 1)", "(SELECT 1) + 1"},
	}
	for _, test := range tests {
		e, err := parser.ParseExpr(test.sql)
		if err != nil {
			t.Errorf("%s: %v", test.sql, err)
			continue
		}
		if got := format.Expr(e); got != test.want {
			t.Errorf("%s: got %s, want %s", test.sql, got, test.want)
		}
	}
}

func TestParseName(t *testing.T) {
	n, err := parser.ParseName("a.`b.c`.d")
	if err != nil || strings.Join(n.Strings(), "|") != "a|b.c|d" || format.Name(n) != "a.`b.c`.d" {
		t.Errorf("got %v, %v", n.Strings(), err)
	}
	if _, err := parser.ParseName("a.b c"); err == nil {
		t.Error("no error")
	}
}
