package badinput

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestHugeStatements sends statements of about 10 MB.
func TestHugeStatements(t *testing.T) {
	s := session(t, open(t))
	const size = 10 << 20
	long := strings.Repeat("x", size)
	expect(t, s, "SELECT length('"+long+"')", strconv.Itoa(size))
	expect(t, s, "SELECT 1 -- "+long, "1")
	expect(t, s, "SELECT 1 /* "+long+" */", "1")
	expect(t, s, "SELECT 1 AS "+long[:1<<20], "1")
	expect(t, s, "SELECT "+long[:1<<20], "!UNRESOLVED_COLUMN")
	expect(t, s, "SELECT * FROM "+long[:1<<20], "!TABLE_OR_VIEW_NOT_FOUND")
	expect(t, s, "SELECT "+strings.Repeat("9", 1<<20), "!_LEGACY_ERROR_TEMP_0061|DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION")
	expect(t, s, strings.Repeat(" ", size)+"SELECT 1", "1")
	expect(t, s, strings.Repeat("(", size), "!NESTING_TOO_DEEP|PARSE_SYNTAX_ERROR")
	expect(t, s, long, "!PARSE_SYNTAX_ERROR")
	expect(t, s, strings.Repeat(";", 1<<20), "!PARSE_SYNTAX_ERROR|PARSE_EMPTY_STATEMENT")

	var values, in strings.Builder
	rows := 0
	for values.Len() < size {
		fmt.Fprintf(&values, "(%d, '%s'),", rows, long[:300])
		rows++
	}
	expect(t, s, "SELECT count(*), max(a) FROM VALUES "+values.String()+"(0, 'last') t(a, b)", fmt.Sprintf("%d|%d", rows+1, rows-1))
	for i := 0; in.Len() < size; i++ {
		fmt.Fprintf(&in, "%d%s,", i*2, strings.Repeat(" ", 300))
	}
	expect(t, s, "SELECT count(*) FROM range(1000) WHERE id IN ("+in.String()+" 1)", "501")
	expect(t, s, "SELECT count(*) FROM range(1000) WHERE id NOT IN ("+in.String()+" NULL)", "0")
	usable(t, s)
}

// nested puts depth openings before and closings behind a core.
func nested(before, core, after string, depth int) string {
	return "SELECT " + strings.Repeat(before, depth) + core + strings.Repeat(after, depth)
}

// TestDeepNesting nests 10,000 and 1,000,000 levels: far beyond what any person writes, so refusing is right; dying is not.
// Sixty levels are what generated statements have: they must work.
func TestDeepNesting(t *testing.T) {
	s := session(t, open(t))
	for _, c := range []struct{ before, core, after, answer string }{
		{"position(", "1", ")", ""},
		{"(", "1", ")", "1"},
		{"NOT ", "true", "", "true"},
		{"- ", "1", "", "1"},
		{"~", "1", "", "1"},
		{"CASE WHEN true THEN ", "1", " END", "1"},
		{"CASE WHEN ", "true", " THEN true END", "true"},
		{"abs(", "1", ")", "1"},
		{"coalesce(NULL, ", "1", ")", "1"},
		{"if(true, ", "1", ", 2)", "1"},
		{"(SELECT ", "1", ")", "1"},
		{"(1 + ", "0", ")", "60"},
		{"CAST(", "1", " AS INT)", "1"},
		{"1 IN (", "1", ")", ""},
		{"array_size(array(", "1", "))", ""},
		{"exists(array(1), x -> ", "true", ")", "true"},
		{"size(array(", "array(1)", "))", ""},
		{"EXISTS (SELECT ", "1", ")", "true"},
		{"1 BETWEEN 0 AND ", "1", "", ""},
		{"a[", "1", "]", ""},
		{"'a' LIKE ", "'a'", "", ""},
	} {
		if c.answer != "" {
			expect(t, s, nested(c.before, c.core, c.after, 60), c.answer)
		}
		for _, depth := range []int{10_000, 300_000} {
			sql := nested(c.before, c.core, c.after, depth)
			survive(t, s, sql)
		}
	}
	deep := func(before, core, after string, depth int) string {
		return strings.Repeat(before, depth) + core + strings.Repeat(after, depth)
	}
	for _, sql := range []string{
		"SELECT * FROM " + deep("(SELECT * FROM ", "range(1)", ")", 10_000),
		"SELECT * FROM " + deep("(", "range(1)", ")", 10_000),
		deep("(", "SELECT 1", ")", 10_000),
		deep("SELECT * FROM (", "SELECT 1", ")", 10_000),
		deep("WITH a AS (", "SELECT 1", ") SELECT * FROM a", 10_000),
		"SELECT CAST(NULL AS " + deep("ARRAY<", "INT", ">", 10_000) + ")",
		"SELECT CAST(NULL AS " + deep("STRUCT<a: ", "INT", ">", 10_000) + ")",
		"SELECT CAST(NULL AS " + deep("MAP<INT, ", "INT", ">", 10_000) + ")",
		"CREATE TABLE deep (a " + deep("ARRAY<", "INT", ">", 10_000) + ")",
		"SELECT " + strings.Repeat("/*", 10_000) + strings.Repeat("*/", 10_000) + " 1",
		"SELECT from_json('" + deep("[", "", "]", 100_000) + "', 'ARRAY<INT>')",
		"SELECT from_json('x', '" + deep("ARRAY<", "INT", ">", 10_000) + "')",
		"SELECT schema_of_json('" + deep("[", "", "]", 100_000) + "')",
		"SELECT get_json_object('" + deep("[", "", "]", 100_000) + "', '$" + strings.Repeat("[0]", 10_000) + "')",
		"SELECT 'x' RLIKE '" + deep("(", "x", ")", 10_000) + "'",
		"SELECT 1 FROM " + strings.Repeat("range(1) JOIN ", 100) + "range(1)",
		"EXPLAIN SELECT " + deep("(", "1", ")", 10_000),
	} {
		survive(t, s, sql)
	}
	usable(t, s)
}

// TestLongChains has 20,000 terms in a row: no nesting to a person, and so they must be answered or refused by name.
func TestLongChains(t *testing.T) {
	s := session(t, open(t))
	const n = 20_000
	chain := func(term, operator string, n int) string { return strings.Repeat(term+operator, n-1) + term }
	refused := "NESTING_TOO_DEEP"
	for _, c := range []struct{ sql, answer string }{
		{"SELECT " + chain("1", " + ", n), strconv.Itoa(n)},
		{"SELECT " + chain("id", " + ", n) + " FROM range(1, 2)", strconv.Itoa(n)},
		{"SELECT count(*) FROM range(10) WHERE " + chain("id > 5", " AND ", n), "4"},
		{"SELECT count(*) FROM range(10) WHERE " + chain("id = 5", " OR ", n), "1"},
		{"SELECT length(" + chain("'x'", " || ", n) + ")", strconv.Itoa(n)},
		{"SELECT length(concat(" + chain("'x'", ", ", n) + "))", strconv.Itoa(n)},
		{"SELECT size(array(" + chain("1", ", ", n) + "))", strconv.Itoa(n)},
		{"SELECT coalesce(" + chain("NULL", ", ", n) + ", 7)", "7"},
		{"SELECT greatest(" + chain("1", ", ", n) + ", 7)", "7"},
		{"SELECT CASE " + strings.Repeat("WHEN 1 = 2 THEN 3 ", n) + "ELSE 4 END", "4"},
		{"SELECT count(*) FROM (" + chain("SELECT 1", " UNION ALL ", 2_000) + ")", "2000"},
		{"SELECT count(*) FROM (" + chain("SELECT 1", " UNION ", 2_000) + ")", "1"},
		{"SELECT count(*) FROM (" + chain("SELECT 1", " INTERSECT ", 500) + ")", "1"},
	} {
		began := time.Now()
		rows, err := ask(s, c.sql)
		late(t, c.sql, began)
		if err != nil && class(err) != refused || err == nil && strings.Join(rows, "/") != c.answer {
			t.Errorf("%s\n  gives %s (%s)\n  expected %s", short(c.sql), short(strings.Join(rows, "/")), class(err), c.answer)
		}
	}
	usable(t, s)
}

func TestNoText(t *testing.T) {
	s := session(t, open(t))
	expect(t, s, "", "!PARSE_SYNTAX_ERROR|PARSE_EMPTY_STATEMENT")
	expect(t, s, "   \n\t", "!PARSE_SYNTAX_ERROR|PARSE_EMPTY_STATEMENT")
	expect(t, s, "-- only a comment", "!PARSE_SYNTAX_ERROR|PARSE_EMPTY_STATEMENT")
	expect(t, s, ";", "!PARSE_SYNTAX_ERROR|PARSE_EMPTY_STATEMENT")
	expect(t, s, "SELECT '\xff\xfe'", "!INVALID_UTF8|PARSE_SYNTAX_ERROR")
	expect(t, s, "SELECT \xff", "!INVALID_UTF8|PARSE_SYNTAX_ERROR")
	expect(t, s, "SELECT `\xc3`", "!INVALID_UTF8|PARSE_SYNTAX_ERROR")
	expect(t, s, "SELECT 1 -- \xff", "!INVALID_UTF8|PARSE_SYNTAX_ERROR")
	expect(t, s, "SELECT\x00 1", "!PARSE_SYNTAX_ERROR")
	expect(t, s, "SELECT length('a\x00b')", "3")
	expect(t, s, "SELECT 1 AS `a\x00b`", "1")
	expect(t, s, "SELECT 'abc", "!PARSE_SYNTAX_ERROR")
	expect(t, s, "SELECT \"abc", "!PARSE_SYNTAX_ERROR")
	expect(t, s, "SELECT `abc", "!PARSE_SYNTAX_ERROR")
	expect(t, s, "SELECT 'abc\\", "!PARSE_SYNTAX_ERROR")
	expect(t, s, "SELECT r'abc", "!PARSE_SYNTAX_ERROR")
	expect(t, s, "SELECT 1 /* abc", "!UNCLOSED_BRACKETED_COMMENT|PARSE_SYNTAX_ERROR")
	expect(t, s, "SELECT /*", "!UNCLOSED_BRACKETED_COMMENT|PARSE_SYNTAX_ERROR")
	expect(t, s, "/*", "!UNCLOSED_BRACKETED_COMMENT|PARSE_SYNTAX_ERROR")
	expect(t, s, "SELECT 1 2 3", "!PARSE_SYNTAX_ERROR")
	expect(t, s, "SELECT X'0G'", "!PARSE_SYNTAX_ERROR|INVALID_TYPED_LITERAL|_LEGACY_ERROR_TEMP_0023")
	expect(t, s, "SELECT 1e999999999", "!PARSE_SYNTAX_ERROR|_LEGACY_ERROR_TEMP_0060|_LEGACY_ERROR_TEMP_0061|INVALID_NUMERIC_LITERAL_RANGE")
	expect(t, s, "SELECT 'a\u202eb' AS `\U0001F600`", "a\u202eb")
	expect(t, s, "SÉLECT 1", "!PARSE_SYNTAX_ERROR")
	expect(t, s, "SELECT ``", "!PARSE_SYNTAX_ERROR|UNRESOLVED_COLUMN")
	expect(t, s, "SELECT 1; SELECT 2", "!PARSE_SYNTAX_ERROR")
	expect(t, s, "\ufeffSELECT 1", "1")
	usable(t, s)
}

func TestManyColumns(t *testing.T) {
	s := session(t, open(t))
	var define, names, sums strings.Builder
	for i := range 5000 {
		if i > 0 {
			define.WriteString(", ")
			names.WriteString(", ")
			sums.WriteString(", ")
		}
		fmt.Fprintf(&define, "c%d INT", i)
		fmt.Fprintf(&names, "%d AS c%d", i, i)
		fmt.Fprintf(&sums, "sum(c%d)", i)
	}
	rows, err := ask(s, "SELECT "+names.String())
	if err != nil || len(rows) != 1 || strings.Count(rows[0], "|") != 4999 {
		t.Errorf("5000 columns: %d rows, %v", len(rows), err)
	}
	expect(t, s, "CREATE TABLE wide ("+define.String()+")", "")
	if _, err := ask(s, "INSERT INTO wide SELECT "+names.String()); err != nil {
		t.Errorf("INSERT: %s", short(err.Error()))
	}
	expect(t, s, "SELECT c0, c4999, c77 FROM wide", "0|4999|77")
	rows, err = ask(s, "SELECT "+sums.String()+" FROM wide")
	if err != nil || len(rows) != 1 || !strings.HasSuffix(rows[0], "|4999") {
		t.Errorf("5000 sums: %d rows, %v", len(rows), err)
	}
	expect(t, s, "SELECT c5000 FROM wide", "!UNRESOLVED_COLUMN")
	usable(t, s)
}
