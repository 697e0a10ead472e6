package flightsrv

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	wire "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// told is what GetSqlInfo answers, whole; lists as []string, conversions as map[int32][]int32.
func told(t *testing.T) map[flightsql.SqlInfo]any {
	t.Helper()
	c, ctx := connect(t), within(t)
	info, err := c.GetSqlInfo(ctx, nil)
	r := reading(t, ctx, c, info, err)
	out := map[flightsql.SqlInfo]any{}
	for r.Next() {
		keys, values := r.RecordBatch().Column(0).(*array.Uint32), r.RecordBatch().Column(1).(*array.DenseUnion)
		for i := range keys.Len() {
			row := int(values.ValueOffset(i))
			var v any
			switch a := values.Field(values.ChildID(i)).(type) {
			case *array.String:
				v = strings.Clone(a.Value(row))
			case *array.Boolean:
				v = a.Value(row)
			case *array.Int64:
				v = a.Value(row)
			case *array.Int32:
				v = a.Value(row)
			case *array.Map:
				all := map[int32][]int32{}
				from, to := a.ValueOffsets(row)
				lists := a.Items().(*array.List)
				for j := from; j < to; j++ {
					first, last := lists.ValueOffsets(int(j))
					all[a.Keys().(*array.Int32).Value(int(j))] = slices.Clone(lists.ListValues().(*array.Int32).Int32Values()[first:last])
				}
				v = all
			case *array.List:
				var all []string
				from, to := a.ValueOffsets(row)
				for j := from; j < to; j++ {
					all = append(all, strings.Clone(a.ListValues().(*array.String).Value(int(j))))
				}
				v = all
			default:
				t.Fatalf("a value of %s", arrow.DataType(a.DataType()))
			}
			out[flightsql.SqlInfo(keys.Value(i))] = v
		}
	}
	if r.Err() != nil {
		t.Fatal(r.Err())
	}
	return out
}

// TestSQLInfoIsWhole: the JDBC driver fails on a key that is missing.
func TestSQLInfoIsWhole(t *testing.T) {
	all := told(t)
	for id, name := range wire.SqlInfo_name {
		if _, ok := all[flightsql.SqlInfo(id)]; !ok {
			t.Errorf("%s is not told", name)
		}
	}
}

// TestSQLInfoIsTrue: what is said to be supported runs, and what is not does not.
func TestSQLInfoIsTrue(t *testing.T) {
	all := told(t)
	c, ctx := connect(t), within(t)
	update(t, ctx, c, "CREATE DATABASE IF NOT EXISTS told")
	update(t, ctx, c, "CREATE OR REPLACE TABLE told.a (id INT NOT NULL, n STRING, v INT) USING delta")
	update(t, ctx, c, "INSERT INTO told.a VALUES (1, 'x%', NULL), (2, 'y', 5)")
	bit := func(id flightsql.SqlInfo, n int) bool { return all[id].(int32)&(1<<n) != 0 }
	yes := func(id flightsql.SqlInfo) bool { return all[id].(bool) }
	for _, s := range []struct {
		claim bool
		sql   string
	}{
		{!yes(flightsql.SqlInfoFlightSqlServerReadOnly), "INSERT INTO told.a VALUES (3, 'z', 7)"},
		{yes(flightsql.SqlInfoDDLCatalog), "CREATE CATALOG c"},
		{yes(flightsql.SqlInfoDDLSchema), "CREATE DATABASE IF NOT EXISTS told_too"},
		{yes(flightsql.SqlInfoDDLSchema), "DROP DATABASE told_too"},
		{yes(flightsql.SqlInfoDDLTable), "CREATE OR REPLACE TABLE told.b (id INT) USING delta"},
		{all[flightsql.SqlInfoIdentifierCase] == int64(1), "SELECT ID FROM TOLD.A"},
		{all[flightsql.SqlInfoQuotedIdentifierCase] == int64(1), "SELECT `ID` FROM `TOLD`.`A`"},
		{all[flightsql.SqlInfoIdentifierQuoteChar] == "`", "SELECT `a b`.`c d` FROM (SELECT 1 AS `c d`) `a b`"},
		{all[flightsql.SqlInfoIdentifierQuoteChar] == `"`, `SELECT a.x FROM (SELECT 1 AS "x") a`},
		{yes(flightsql.SqlInfoSupportsColumnAliasing), "SELECT id AS other FROM told.a"},
		{yes(flightsql.SqlInfoSupportsTableCorrelationNames), "SELECT x.id FROM told.a AS x"},
		{yes(flightsql.SqlInfoSupportsExpressionsInOrderBy), "SELECT id FROM told.a ORDER BY id + v"},
		{yes(flightsql.SqlInfoSupportsOrderByUnrelated), "SELECT id FROM told.a ORDER BY v"},
		{bit(flightsql.SqlInfoSupportedGroupBy, 0), "SELECT count(*) FROM told.a GROUP BY n"},
		{bit(flightsql.SqlInfoSupportedGroupBy, 1), "SELECT n, count(*) FROM told.a GROUP BY n, v"},
		{yes(flightsql.SqlInfoSupportsLikeEscapeClause), "SELECT n FROM told.a WHERE n LIKE 'x!%' ESCAPE '!'"},
		{bit(flightsql.SqlInfoOuterJoinsSupportLevel, 1), "SELECT 1 FROM told.a x LEFT OUTER JOIN told.a y ON x.id = y.id"},
		{bit(flightsql.SqlInfoOuterJoinsSupportLevel, 2), "SELECT 1 FROM told.a x FULL OUTER JOIN (SELECT 1 AS z) y ON x.id > y.z"},
		{all[flightsql.SqlInfoCatalogTerm] != "" && yes(flightsql.SqlInfoCatalogAtStart), "SELECT id FROM spark_catalog.told.a"},
		{bit(flightsql.SqlInfoSchemasSupportedActions, 0), "CALL told.p()"},
		{bit(flightsql.SqlInfoSchemasSupportedActions, 1), "CREATE INDEX i ON told.a (id)"},
		{bit(flightsql.SqlInfoSchemasSupportedActions, 2), "GRANT SELECT ON TABLE told.a TO `nobody there`"},
		{bit(flightsql.SqlInfoCatalogsSupportedActions, 2), "GRANT SELECT ON TABLE spark_catalog.told.a TO `nobody there`"},
		{yes(flightsql.SqlInfoSelectForUpdateSupported), "SELECT id FROM told.a FOR UPDATE"},
		{all[flightsql.SqlInfoSupportedPositionedCommands] != int32(0), "DELETE FROM told.a WHERE CURRENT OF c"},
		{yes(flightsql.SqlInfoStoredProceduresSupported), "CREATE PROCEDURE p() BEGIN END"},
		{yes(flightsql.SqlInfoStoredFunctionsUsingCallSyntaxSupported), "CALL abs(1)"},
		{bit(flightsql.SqlInfoSupportedSubqueries, 0), "SELECT id FROM told.a WHERE id = (SELECT max(id) FROM told.a)"},
		{bit(flightsql.SqlInfoSupportedSubqueries, 1), "SELECT id FROM told.a WHERE EXISTS (SELECT 1 FROM told.a)"},
		{bit(flightsql.SqlInfoSupportedSubqueries, 2), "SELECT id FROM told.a WHERE id IN (SELECT v FROM told.a)"},
		{bit(flightsql.SqlInfoSupportedSubqueries, 3), "SELECT id FROM told.a WHERE id > ALL (SELECT v FROM told.a)"},
		{yes(flightsql.SqlInfoCorrelatedSubqueriesSupported), "SELECT id FROM told.a x WHERE EXISTS (SELECT 1 FROM told.a y WHERE y.id = x.v)"},
		{bit(flightsql.SqlInfoSupportedUnions, 0), "SELECT id FROM told.a UNION SELECT v FROM told.a"},
		{bit(flightsql.SqlInfoSupportedUnions, 1), "SELECT id FROM told.a UNION ALL SELECT v FROM told.a"},
		{yes(flightsql.SqlInfoTransactionsSupported), "START TRANSACTION"},
		{yes(flightsql.SqlInfoSavePointsSupported), "SAVEPOINT a"},
		{yes(flightsql.SqlInfoSupportsNonNullableColumns), "CREATE OR REPLACE TABLE told.b (id INT NOT NULL) USING delta"},
		{all[flightsql.SqlInfoExtraNameChars] != "", "SELECT 1 AS a$b"},
	} {
		err := accepts(ctx, c, s.sql)
		if err != nil && strings.Contains(err.Error(), "PRINCIPAL_NOT_FOUND") {
			err = nil // the statement is understood
		}
		if err == nil != s.claim {
			t.Errorf("%s is said to be supported: %v; it answers %v", s.sql, s.claim, err)
		}
	}
	for _, s := range []struct {
		claim bool
		sql   string
	}{
		{yes(flightsql.SqlInfoNullPlusNullIsNull), "SELECT (CAST(NULL AS INT) + NULL) IS NULL"},
		{all[flightsql.SqlInfoNullOrdering] == int64(1), "SELECT min_by(id, o) = 1 FROM (SELECT id, row_number() OVER (ORDER BY v) AS o FROM told.a WHERE id < 3)"},
		{all[flightsql.SqlInfoNullOrdering] == int64(1), "SELECT min_by(id, o) = 2 FROM (SELECT id, row_number() OVER (ORDER BY v DESC) AS o FROM told.a WHERE id < 3)"},
		{all[flightsql.SqlInfoSearchStringEscape] == `\`, `SELECT 'a_' LIKE 'a\_' AND NOT 'ab' LIKE 'a\_'`},
	} {
		if got := value(t, ctx, c, s.sql); got != fmt.Sprint(s.claim) {
			t.Errorf("%s gives %s, it is said to be %v", s.sql, got, s.claim)
		}
	}
	// Integrity is not enforced: keys inform.
	update(t, ctx, c, "CREATE OR REPLACE TABLE told.b (id INT NOT NULL PRIMARY KEY) USING delta")
	if err := accepts(ctx, c, "INSERT INTO told.b VALUES (1), (1)"); err != nil != yes(flightsql.SqlInfoSupportsIntegrityEnhancementFacility) {
		t.Error(err)
	}
	if yes(flightsql.SqlInfoAllTablesAreASelectable) {
		t.Error("a table is listed for any privilege on it")
	}
	// Calls that are no statements.
	if _, err := c.BeginTransaction(ctx); err == nil != (all[flightsql.SqlInfoFlightSqlServerTransaction] != int32(0)) {
		t.Error(err)
	}
	if _, err := c.ExecuteSubstrait(ctx, flightsql.SubstraitPlan{Plan: []byte{1}, Version: "0.1"}); err == nil != yes(flightsql.SqlInfoFlightSqlServerSubstrait) || status.Code(err) != codes.Unimplemented {
		t.Error(err)
	}
}

func TestFunctionsAndKeywordsAreTrue(t *testing.T) {
	all := told(t)
	c, ctx := connect(t), within(t)
	for _, id := range []flightsql.SqlInfo{flightsql.SqlInfoNumericFunctions, flightsql.SqlInfoStringFunctions, flightsql.SqlInfoSystemFunctions, flightsql.SqlInfoDateTimeFunctions} {
		names := all[id].([]string)
		if len(names) == 0 {
			t.Errorf("no functions for %d", id)
		}
		for _, name := range names {
			if got := fmt.Sprint(query(t, ctx, c, "DESCRIBE FUNCTION "+name)); !strings.Contains(got, "Usage") {
				t.Errorf("%s is no function: %s", name, got)
			}
		}
	}
	words := all[flightsql.SqlInfoKeywords].([]string)
	for word, own := range map[string]bool{"OVERWRITE": true, "RLIKE": true, "OPTIMIZE": true, "SELECT": false, "TABLE": false, "NONSENSE": false} {
		if slices.Contains(words, word) != own {
			t.Errorf("%s among the keywords: %v", word, !own)
		}
	}
}

// TestConversionsAreTrue: a conversion is told of where CAST turns a value of one type into one of the other.
func TestConversionsAreTrue(t *testing.T) {
	convert := told(t)[flightsql.SqlInfoSupportsConvert].(map[int32][]int32)
	c, ctx := connect(t), within(t)
	types := []struct {
		code        int32
		name, value string
		text        string // the value as text that is converted back; of numbers, the value
	}{
		{convertBigInt, "BIGINT", "1L", "1"},
		{convertBinary, "BINARY", "X'31'", "1"},
		{convertBit, "BOOLEAN", "true", "true"},
		{convertDate, "DATE", "DATE'2026-01-02'", "2026-01-02"},
		{convertDecimal, "DECIMAL(10,2)", "1.00BD", "1.00"},
		{convertFloat, "DOUBLE", "1D", "1.0"},
		{convertInteger, "INT", "1", "1"},
		{convertReal, "FLOAT", "1F", "1.0"},
		{convertSmallInt, "SMALLINT", "1S", "1"},
		{convertTimestamp, "TIMESTAMP", "TIMESTAMP'1970-01-01 00:00:01'", "1970-01-01 00:00:01"},
		{convertTinyInt, "TINYINT", "1Y", "1"},
		{convertVarchar, "STRING", "'1'", "1"},
		{convertDayTime, "INTERVAL DAY TO SECOND", "INTERVAL '0 00:00:04' DAY TO SECOND", "INTERVAL '0 00:00:04' DAY TO SECOND"},
		{convertYearMonth, "INTERVAL YEAR TO MONTH", "INTERVAL '1-2' YEAR TO MONTH", "INTERVAL '1-2' YEAR TO MONTH"},
	}
	for _, from := range types {
		for _, to := range types {
			sample := from.value
			if from.code == convertVarchar {
				sample = `"` + to.text + `"`
			}
			rows := [][]string{{"<nil>"}}
			info, err := c.Execute(ctx, "SELECT CAST("+sample+" AS "+to.name+")")
			if err == nil {
				_, rows, err = fetch(ctx, c, info)
			}
			works := err == nil && rows[0][0] != "<nil>"
			if listed := slices.Contains(convert[from.code], to.code); works != listed {
				t.Errorf("%s to %s is told of: %v; CAST of %s gives %v, %v", from.name, to.name, listed, sample, rows, err)
			}
		}
	}
}
