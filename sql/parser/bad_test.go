package parser_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/argan-sql/argan/sql/parser"
	"github.com/argan-sql/argan/sqlerr"
)

// TestBadStatements: class, the text the caret stands under, and the hint.
func TestBadStatements(t *testing.T) {
	tests := []struct{ sql, class, at, hint string }{
		{"SELECT a FORM t", "PARSE_SYNTAX_ERROR", "FORM", "Did you mean FROM?"},
		{"CREATE STREAMNG TABLE t AS SELECT 1", "PARSE_SYNTAX_ERROR", "STREAMNG", ""},
		{"CREATE STREAMING TABLE t SCHEDULE EVERY 0 DAYS AS SELECT 1", "PARSE_SYNTAX_ERROR", "0", ""},
		{"CREATE STREAMING TABLE t SCHEDULE EVERY 2 MONTHS AS SELECT 1", "PARSE_SYNTAX_ERROR", "MONTHS", ""},
		{"CREATE STREAMING TABLE t SCHEDULE EVERY 1 DAY SCHEDULE EVERY 2 DAYS AS SELECT 1", "DUPLICATE_CLAUSES", "SCHEDULE", ""},
		{"CREATE STREAMING TABLE t FLOW AUTO CDC FROM STREAM s SEQUENCE BY ts", "PARSE_SYNTAX_ERROR", "BY", "Expected KEYS."},
		{"CREATE FLOW f AS AUTO CDC INTO t FROM STREAM s KEYS (a) SEQUENCE BY ts STORED AS SCD TYPE 3", "PARSE_SYNTAX_ERROR", "3", ""},
		{"CREATE FLOW f AS INSERT INTO t SELECT 1", "PARSE_SYNTAX_ERROR", "SELECT", ""},
		{"ALTER STREAMING TABLE t PAUS", "PARSE_SYNTAX_ERROR", "PAUS", "Did you mean PAUSE?"},
		{"SELCT 1", "PARSE_SYNTAX_ERROR", "SELCT", "Did you mean SELECT?"},
		{"SELECT a FROM t WHER a = 1", "PARSE_SYNTAX_ERROR", "WHER", "Did you mean WHERE?"},
		{"SELECT a FROM t ORDRE BY a", "PARSE_SYNTAX_ERROR", "ORDRE", "Did you mean ORDER?"},
		{"SELECT a FROM t JION u ON a = b", "PARSE_SYNTAX_ERROR", "JION", "Did you mean JOIN?"},
		{"CREATE TABEL t (a INT)", "PARSE_SYNTAX_ERROR", "TABEL", "Did you mean TABLE?"},
		{"INSERT INTO t VALUS (1)", "PARSE_SYNTAX_ERROR", "VALUS", "Did you mean VALUES?"},
		{"MERGE INTO t USING s ON a = b WHEN MATCHD THEN DELETE", "PARSE_SYNTAX_ERROR", "MATCHD", "Did you mean MATCHED?"},
		{"SELECT a b c FROM t", "PARSE_SYNTAX_ERROR", "c", "Is a comma or an operator missing before c?"},
		{"CREATE TABLE t (a INT b STRING)", "PARSE_SYNTAX_ERROR", "b", "Is a comma or a ) missing before b?"},
		{"SELECT (a + 1 FROM t", "PARSE_SYNTAX_ERROR", "FROM", "A ) is missing for the ( at line 1, column 8."},
		{"SELECT f(a, (b + 1)", "PARSE_SYNTAX_ERROR", "", "A ) is missing for the ( at line 1, column 9."},
		{"SELECT 1)", "PARSE_SYNTAX_ERROR", ")", "This ) has no ( before it."},
		{"SELECT a, FROM t", "PARSE_SYNTAX_ERROR", "FROM", "There is a comma too many, or something is missing beside it."},
		{"SELECT 'abc", "PARSE_SYNTAX_ERROR", "'abc", "The string that begins here has no closing quote."},
		{"SELECT `abc", "PARSE_SYNTAX_ERROR", "`abc", "The name that begins here has no closing backtick."},
		{"SELECT 1 /* open /* more */", "UNCLOSED_BRACKETED_COMMENT", "/* open /* more */", ""},
		{"SELECT # FROM t", "PARSE_SYNTAX_ERROR", "#", "This character cannot stand outside quotes."},
		{"SELECT * FROM t left", "PARSE_SYNTAX_ERROR", "left", "To use left as a name, put it in backticks: `left`."},
		{"SELECT * FROM t AS join", "PARSE_SYNTAX_ERROR", "join", "To use join as a name, put it in backticks: `join`."},
		{"SELECT a FROM t GROUP a", "PARSE_SYNTAX_ERROR", "a", "Expected BY after GROUP."},
		{"SELECT a FROM t LIMIT 1 ORDER BY a", "PARSE_SYNTAX_ERROR", "ORDER", "A query's clauses come in the order"},
		{"SELECT * FROM my-table", "INVALID_IDENTIFIER", "my-table", "Put the name in backticks: `my-table`."},
		{"SELECT CAST(a AS INTT)", "UNSUPPORTED_DATATYPE", "INTT", "Did you mean INT?"},
		{"SELECT CAST(a AS ARRAY)", "INCOMPLETE_TYPE_DEFINITION.ARRAY", "ARRAY", ""},
		{"SELECT CAST(a AS DECIMAL(39, 1))", "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION", "DECIMAL", ""},
		{"SELECT CAST(a AS CHAR)", "DATATYPE_MISSING_SIZE", "CHAR", ""},
		{"SELECT 128Y", "INVALID_NUMERIC_LITERAL_RANGE", "128Y", ""},
		{"SELECT X'XY'", "INVALID_TYPED_LITERAL", "X'XY'", ""},
		{"SELECT GEO '1'", "UNSUPPORTED_TYPED_LITERAL", "GEO", ""},
		{"SELECT a LIKE 'x' ESCAPE 'ab'", "INVALID_ESC", "'ab'", ""},
		{"SELECT INTERVAL 1 MONTH 1 DAY", "_LEGACY_ERROR_TEMP_0029", "INTERVAL 1 MONTH 1 DAY", ""},
		{"SELECT INTERVAL 1 YEAR TO MONTH", "_LEGACY_ERROR_TEMP_0027", "INTERVAL 1 YEAR TO MONTH", ""},
		{"SELECT INTERVAL 1 fortnight", "PARSE_SYNTAX_ERROR", "fortnight", ""},
		{"WITH a AS (SELECT 1), A AS (SELECT 2) SELECT 1", "_LEGACY_ERROR_TEMP_0038", "A", ""},
		{"MERGE INTO t USING s ON a = b", "_LEGACY_ERROR_TEMP_0008", "MERGE", ""},
		{"MERGE INTO t USING s ON a = b WHEN MATCHED THEN DELETE WHEN MATCHED THEN DELETE", "NON_LAST_MATCHED_CLAUSE_OMIT_CONDITION", "WHEN MATCHED THEN DELETE", ""},
		{"MERGE INTO t USING s ON a = b WHEN NOT MATCHED THEN INSERT (a, b) VALUES (1)", "_LEGACY_ERROR_TEMP_0006", "(", ""},
		{"CREATE TABLE t (a INT) USING delta LOCATION 'a' LOCATION 'b'", "DUPLICATE_CLAUSES", "'b'", ""},
		{"CREATE TABLE t (a INT NOT NULL NOT NULL)", "CREATE_TABLE_COLUMN_DESCRIPTOR_DUPLICATE", "NULL", ""},
		{"CREATE TEMPORARY TABLE t (a INT)", "_LEGACY_ERROR_TEMP_0035", "TABLE", ""},
		{"INSERT INTO t PARTITION (a = 1, A = 2) SELECT 1", "DUPLICATE_KEY", "A", ""},
		{"ALTER TABLE t CHANGE a", "_LEGACY_ERROR_TEMP_0035", "CHANGE", ""},
		{"SET a = b; SET x y", "PARSE_SYNTAX_ERROR", "SET", ""},
		{"SET x y", "INVALID_SET_SYNTAX", "SET x y", ""},
		{"GRANT ROLE r TO x", "_LEGACY_ERROR_TEMP_0035", "GRANT", ""},
		{"REVOKE ROLE r FROM x", "_LEGACY_ERROR_TEMP_0035", "REVOKE", ""},
		{"GRANT SELECT ON t FROM x", "PARSE_SYNTAX_ERROR", "FROM", ""},
		{"CREATE USER u PASSWORD", "PARSE_SYNTAX_ERROR", "", ""},
		{"CREATE TOKEN t EXPIRES IN 3", "PARSE_SYNTAX_ERROR", "", ""},
		{"SELECT TRANSFORM(a) USING 'cat' FROM t", "UNSUPPORTED_FEATURE.ARGAN", "TRANSFORM", ""},
		{"LOAD DATA INPATH 'x' INTO TABLE t", "UNSUPPORTED_FEATURE.ARGAN", "LOAD", ""},
		{"", "PARSE_EMPTY_STATEMENT", "", ""},
		{" ; -- nothing", "PARSE_EMPTY_STATEMENT", "", ""},
		{"SELECT 'a\xff'", "PARSE_SYNTAX_ERROR", "\xff", "Send the statement in UTF-8."},
	}
	for _, test := range tests {
		_, err := parser.Parse(test.sql)
		var e *sqlerr.Error
		if !errors.As(err, &e) {
			t.Errorf("%s: got %v, want %s", test.sql, err, test.class)
			continue
		}
		if e.Class != test.class || e.Fragment() != test.at || test.hint != "" && !strings.HasPrefix(e.Hint, test.hint) {
			t.Errorf("%s: got %s at %q, hint %q; want %s at %q, hint %q", test.sql, e.Class, e.Fragment(), e.Hint, test.class, test.at, test.hint)
		}
		if !e.Position.Known() {
			t.Errorf("%s: no position", test.sql)
		}
	}
}

func TestErrorPosition(t *testing.T) {
	_, err := parser.Parse("SELECT 'é',\n\t\tb c d\nFROM t")
	want := "[PARSE_SYNTAX_ERROR] Syntax error at or near 'd'. SQLSTATE: 42601; line 2 pos 7\n\n" +
		"== SQL (line 2, position 7) ==\n  b c d\n      ^\nHint: Is a comma or an operator missing before d?"
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

// TestNesting: what is too deep is told, and nothing overflows the stack.
func TestNesting(t *testing.T) {
	deep := func(open, middle, shut string, n int) string {
		return strings.Repeat(open, n) + middle + strings.Repeat(shut, n)
	}
	refused := map[string]string{
		"parentheses": "SELECT " + deep("(", "1", ")", 10000),
		"open":        "SELECT " + strings.Repeat("(", 100000),
		"calls":       "SELECT " + deep("substr(", "a", ", 1)", 10000),
		"exists":      "SELECT " + deep("exists((", "a", "))", 5000),
		"lambdas":     "SELECT f(" + strings.Repeat("x -> ", 10000) + "x)",
		"subqueries":  deep("SELECT * FROM (", "SELECT 1", ")", 10000),
		"queries":     deep("(", "SELECT 1", ")", 10000),
		"relations":   "SELECT * FROM " + deep("(", "t", ")", 10000),
		"not":         "SELECT " + strings.Repeat("NOT ", 100000) + "a",
		"minus":       "SELECT " + strings.Repeat("- ", 100000) + "a",
		"types":       "SELECT CAST(a AS " + deep("ARRAY<", "INT", ">", 10000) + ")",
		"case":        "SELECT " + deep("CASE WHEN ", "a", " THEN 1 END", 10000),
		"explain":     strings.Repeat("EXPLAIN ", 10000) + "SELECT 1",
		"sum":         "SELECT 1" + strings.Repeat(" + 1", 100000),
		"fields":      "SELECT f(x)" + strings.Repeat(".a", 100000),
		"subscripts":  "SELECT a" + strings.Repeat("[1]", 100000),
		"unions":      "SELECT 1" + strings.Repeat(" UNION SELECT 1", 100000),
		"joins":       "SELECT * FROM t" + strings.Repeat(" JOIN t", 100000),
		"grouping":    "SELECT 1 GROUP BY " + deep("GROUPING SETS (", "a", ")", 10000),
	}
	for name, sql := range refused {
		if _, err := parser.Parse(sql); !sqlerr.Is(err, "NESTING_TOO_DEEP") {
			t.Errorf("%s: got %.200v", name, err)
		}
	}
	accepted := map[string]string{
		"parentheses": "SELECT " + deep("(", "1", ")", 900),
		"and":         "SELECT " + strings.Repeat("a AND ", 20000) + "b",
		"or":          "SELECT " + strings.Repeat("a = 1 OR ", 200000) + "b",
		"sum":         "SELECT 1" + strings.Repeat(" + 1", 20000),
		"in":          "SELECT a IN (1" + strings.Repeat(", -1 + 2", 60000) + ")",
		"unions":      "SELECT 1" + strings.Repeat(" UNION ALL SELECT 1", 5000),
	}
	for name, sql := range accepted {
		tree, err := parser.Parse(sql)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		roundTrip(t, name, tree)
	}
}
