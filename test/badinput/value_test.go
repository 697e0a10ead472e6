package badinput

import (
	"strings"
	"testing"

	"github.com/argan-sql/argan/engine"
	"github.com/argan-sql/argan/types"
)

func TestValuesThatDoNotFit(t *testing.T) {
	s := session(t, open(t))
	for _, c := range []struct{ expr, plain, ansi string }{
		{"1 / 0", "NULL", "!DIVIDE_BY_ZERO"},
		{"1 % 0", "NULL", "!DIVIDE_BY_ZERO"},
		{"1 div 0", "NULL", "!DIVIDE_BY_ZERO"},
		{"1.5D / 0", "NULL", "!DIVIDE_BY_ZERO"},
		{"2147483647 + 1", "-2147483648", "!ARITHMETIC_OVERFLOW"},
		{"9223372036854775807 + 1", "-9223372036854775808", "!ARITHMETIC_OVERFLOW"},
		{"CAST('x' AS INT)", "NULL", "!CAST_INVALID_INPUT"},
		{"CAST(1e30D AS INT)", "2147483647", "!CAST_OVERFLOW"},
		{"CAST(300 AS TINYINT)", "44", "!CAST_OVERFLOW"},
		{"CAST('2024-13-45' AS DATE)", "NULL", "!CAST_INVALID_INPUT"},
		{"CAST(99999 AS DECIMAL(3,1))", "NULL", "!NUMERIC_VALUE_OUT_OF_RANGE"},
		{"array(1)[9]", "NULL", "!INVALID_ARRAY_INDEX"},
		{"element_at(array(1), 9)", "NULL", "!INVALID_ARRAY_INDEX_IN_ELEMENT_AT"},
		{"repeat('x', 2147483647)", "!", "!"},
		{"sequence(1, 9223372036854775807)", "!", "!"},
		{"array_repeat(1, 2147483647)", "!", "!"},
		{"space(2147483647)", "!", "!"},
		{"lpad('x', 2147483647, 'y')", "!", "!"},
		{"factorial(100)", "NULL", "NULL"},
		{"chr(-1)", "", ""},
		{"substring('abc', -2147483648, 2147483647)", "ab", "ab"},
		{"'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!' RLIKE '^(a+)+$'", "false", "false"},
		{"regexp_extract('x', '(', 1)", "!INVALID_PARAMETER_VALUE", "!INVALID_PARAMETER_VALUE"},
		{"date_add(DATE'2024-01-01', 2147483647) IS NULL", "false", "false"},
		{"make_date(300000000, 1, 1)", "NULL", "!"},
		{"from_unixtime(9223372036854775807) IS NULL", "false", "false"},
		{"raise_error('no')", "!USER_RAISED_EXCEPTION|_LEGACY_ERROR_USER_RAISED_EXCEPTION", "!USER_RAISED_EXCEPTION|_LEGACY_ERROR_USER_RAISED_EXCEPTION"},
	} {
		for mode, want := range map[string]string{"false": c.plain, "true": c.ansi} {
			expect(t, s, "SET spark.sql.ansi.enabled = "+mode, "spark.sql.ansi.enabled|"+mode)
			if want == "!" {
				survive(t, s, "SELECT "+c.expr)
				continue
			}
			expect(t, s, "SELECT "+c.expr, want)
		}
	}
	usable(t, s)
}

func TestMergeOfTwoRows(t *testing.T) {
	s := session(t, open(t))
	expect(t, s, "CREATE TABLE t (id INT, v INT)", "")
	if _, err := ask(s, "INSERT INTO t VALUES (1, 0), (2, 0)"); err != nil {
		t.Fatal(err)
	}
	const twice = "MERGE INTO t USING (SELECT 1 AS id, explode(array(1, 2)) AS v) s ON t.id = s.id WHEN MATCHED THEN "
	expect(t, s, twice+"UPDATE SET v = s.v", "!DELTA_MULTIPLE_SOURCE_ROW_MATCHING_TARGET_ROW_IN_MERGE")
	expect(t, s, twice+"UPDATE SET v = s.v WHEN NOT MATCHED THEN INSERT *", "!DELTA_MULTIPLE_SOURCE_ROW_MATCHING_TARGET_ROW_IN_MERGE")
	expect(t, s, "SELECT sum(v), count(*) FROM t", "0|2")
	expect(t, s, twice+"DELETE", "1|0|1|0")
	expect(t, s, "SELECT * FROM t", "2|0")
}

func TestBadSettings(t *testing.T) {
	s := session(t, open(t))
	for key, value := range map[string]string{
		"spark.sql.ansi.enabled": "perhaps", "spark.sql.session.timeZone": "Nowhere/Land", "argan.memory.limit": "-5", "argan.threads": "many",
		"argan.statement.timeout": "soon", "spark.sql.sources.partitionOverwriteMode": "SOMETIMES", "spark.sql.mapKeyDedupPolicy": "ASK",
		"argan.no.such.setting": "1", "spark.sql.warehouse.dir": "/", "spark.databricks.delta.optimize.maxFileSize": "1 potato",
	} {
		if got := class(s.Set(key, value)); got == "" || got == "INTERNAL_ERROR" {
			t.Errorf("%s = %s gives %q", key, value, got)
		}
		expect(t, s, "SET "+key+" = "+value, "!INVALID_SETTING|INVALID_CONF_VALUE|CANNOT_MODIFY_CONFIG")
	}
	expect(t, s, "SET k = "+strings.Repeat("v", 1<<20), "k|"+strings.Repeat("v", 1<<20))
	expect(t, s, "SET argan.memory.limit = 1", "argan.memory.limit|1")
	survive(t, s, "SELECT id, count(*) FROM range(1000) GROUP BY id ORDER BY id DESC LIMIT 1")
	expect(t, s, "RESET", "")
	usable(t, s)
}

func TestBadParameters(t *testing.T) {
	s := session(t, open(t))
	number := types.IntType
	param := func(name string, v any) engine.Parameter {
		return engine.Parameter{Name: name, Type: number, Value: v}
	}
	expect(t, s, "SELECT ?", "!UNBOUND_SQL_PARAMETER")
	expect(t, s, "SELECT :x", "!UNBOUND_SQL_PARAMETER")
	expect(t, s, "SELECT ?, ?", "!UNBOUND_SQL_PARAMETER", param("", int32(1)))
	expect(t, s, "SELECT :x", "!UNBOUND_SQL_PARAMETER", param("y", int32(1)))
	expect(t, s, "SELECT :x + ?", "!INVALID_QUERY_MIXED_QUERY_PARAMETERS|UNBOUND_SQL_PARAMETER", param("x", int32(1)))
	if _, err := engine.TextParameter("x", number, "abc"); class(err) != "CAST_INVALID_INPUT" {
		t.Errorf("abc as INT: %v", err)
	}
	if _, err := engine.TextParameter("x", number, "99999999999"); err == nil {
		t.Error("99999999999 as INT is taken")
	}
	survive(t, s, "SELECT 1")
	if _, err := ask(s, "SELECT 1", param("x", int32(1))); class(err) == "INTERNAL_ERROR" {
		t.Error(err)
	}
	usable(t, s)
}
