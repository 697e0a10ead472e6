package hivesrv

import (
	"context"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	hive "github.com/beltran/gohive/hiveserver"
)

const (
	next  = hive.TFetchOrientation_FETCH_NEXT
	prior = hive.TFetchOrientation_FETCH_PRIOR
	first = hive.TFetchOrientation_FETCH_FIRST
)

func TestOrientations(t *testing.T) {
	c := connect(t, serving(t, nil), jdbc, nil)
	h := c.start("SELECT id FROM VALUES (1), (2), (3), (4), (5) AS t(id) ORDER BY id", false)
	for i, step := range []struct {
		orientation hive.TFetchOrientation
		n           int64
		want        []int32
		offset      int64
	}{
		{next, 2, []int32{1, 2}, 0},
		{next, 2, []int32{3, 4}, 2},
		{first, 2, []int32{1, 2}, 0},
		{next, 0, []int32{}, 2},
		{next, 100, []int32{3, 4, 5}, 2},
		{next, 100, []int32{}, 5},
		{next, 100, []int32{}, 5},
		{prior, 2, []int32{4, 5}, 3},
		{first, 3, []int32{1, 2, 3}, 0},
		{prior, 10, []int32{1, 2, 3, 4, 5}, 0},
	} {
		r := c.fetch(h, step.orientation, step.n)
		if got := r.Columns[0].I32Val.Values; !reflect.DeepEqual(got, step.want) || r.StartRowOffset != step.offset {
			t.Errorf("step %d, %v %d: %v from %d, want %v from %d", i, step.orientation, step.n, got, r.StartRowOffset, step.want, step.offset)
		}
	}
	for _, o := range []hive.TFetchOrientation{hive.TFetchOrientation_FETCH_LAST, hive.TFetchOrientation_FETCH_ABSOLUTE, hive.TFetchOrientation_FETCH_RELATIVE} {
		r, err := c.FetchResults(context.Background(), &hive.TFetchResultsReq{OperationHandle: h, Orientation: o, MaxRows: 1})
		if err != nil || r.Status.StatusCode != hive.TStatusCode_ERROR_STATUS || r.Status.GetSqlState() != "HY106" {
			t.Errorf("%v: %v %v", o, r.GetStatus(), err)
		}
	}
}

// Going back over more than what a page holds reads the kept result again.
func TestBackOverALargeResult(t *testing.T) {
	c := connect(t, serving(t, nil), jdbc, nil)
	h := c.start("SELECT id FROM range(20000) ORDER BY id", false)
	for pass := range 2 {
		n := int64(0)
		for o := first; ; o = next {
			r := c.fetch(h, o, 3000)
			values := r.Columns[0].I64Val.Values
			if len(values) == 0 {
				break
			}
			for _, v := range values {
				if v != n {
					t.Fatalf("pass %d: row %d is %d", pass, n, v)
				}
				n++
			}
		}
		if n != 20000 {
			t.Errorf("pass %d: %d rows", pass, n)
		}
	}
	c.fetch(h, first, 9000)
	c.fetch(h, next, 9000)
	if v := c.fetch(h, prior, 4000).Columns[0].I64Val.Values; len(v) != 4000 || v[0] != 5000 {
		t.Errorf("the page before has %d rows from %v", len(v), v[:min(1, len(v))])
	}
}

func TestNulls(t *testing.T) {
	c := connect(t, serving(t, nil), pyhive, nil)
	h := c.start("SELECT if(id IN (0, 8), NULL, id), CAST(if(id = 9, NULL, id) AS STRING), id FROM range(12) ORDER BY id", false)
	r := c.next(h, 100)
	if got := r.Columns[0].I64Val.Nulls; !reflect.DeepEqual(got, []byte{1, 1}) {
		t.Errorf("rows 0 and 8 are NULL: % x", got)
	}
	if got := r.Columns[1].StringVal.Nulls; !reflect.DeepEqual(got, []byte{0, 2}) {
		t.Errorf("row 9 is NULL: % x", got)
	}
	if got := r.Columns[2].I64Val.Nulls; got == nil || len(got) != 0 {
		t.Errorf("no row is NULL: % x", got)
	}
	// The bits of a page begin with its first row, across batches too.
	h = c.start("SELECT if(id % 1000 = 3, NULL, id) FROM range(5000) ORDER BY id", false)
	c.next(h, 3)
	nulls := c.next(h, 4500).Columns[0].I64Val.Nulls
	for row := range 4500 {
		if isNull := row/8 < len(nulls) && nulls[row/8]>>(row%8)&1 == 1; isNull != ((row+3)%1000 == 3) {
			t.Errorf("row %d: NULL is %v", row+3, isNull)
		}
	}
}

// value and text of every type, as Spark's Thrift Server gives them.
func TestTypes(t *testing.T) {
	c := connect(t, serving(t, nil), pyhive, map[string]string{"spark.sql.session.timeZone": "Africa/Casablanca"})
	for _, k := range []struct {
		sql  string
		id   hive.TTypeId
		want string
	}{
		{"CAST(-1 AS TINYINT)", hive.TTypeId_TINYINT_TYPE, "-1"},
		{"CAST(300 AS SMALLINT)", hive.TTypeId_SMALLINT_TYPE, "300"},
		{"7", hive.TTypeId_INT_TYPE, "7"},
		{"9223372036854775807", hive.TTypeId_BIGINT_TYPE, "9223372036854775807"},
		{"CAST(1.1 AS FLOAT)", hive.TTypeId_FLOAT_TYPE, "1.1"},
		{"CAST('NaN' AS FLOAT)", hive.TTypeId_FLOAT_TYPE, "NaN"},
		{"2.5D", hive.TTypeId_DOUBLE_TYPE, "2.5"},
		{"double('-Infinity')", hive.TTypeId_DOUBLE_TYPE, fmt.Sprint(math.Inf(-1))},
		{"true", hive.TTypeId_BOOLEAN_TYPE, "true"},
		{"CAST('12.3' AS DECIMAL(10,2))", hive.TTypeId_DECIMAL_TYPE, "12.30"},
		{"CAST('12345678901234567890.5' AS DECIMAL(38,3))", hive.TTypeId_DECIMAL_TYPE, "12345678901234567890.500"},
		{"'text'", hive.TTypeId_STRING_TYPE, "text"},
		{"CAST('ab' AS VARCHAR(3))", hive.TTypeId_STRING_TYPE, "ab"},
		{"CAST('raw' AS BINARY)", hive.TTypeId_BINARY_TYPE, "raw"},
		{"DATE'2024-02-29'", hive.TTypeId_DATE_TYPE, "2024-02-29"},
		{"TIMESTAMP'2024-02-29 12:34:56.789000'", hive.TTypeId_TIMESTAMP_TYPE, "2024-02-29 12:34:56.789"},
		{"TIMESTAMP'2024-02-29 12:00:00Z'", hive.TTypeId_TIMESTAMP_TYPE, "2024-02-29 13:00:00"},
		{"TIMESTAMP_NTZ'2024-02-29 12:00:00'", hive.TTypeId_TIMESTAMP_TYPE, "2024-02-29 12:00:00"},
		{"array(1, 2, NULL)", hive.TTypeId_ARRAY_TYPE, "[1,2,null]"},
		{`array('a"b', NULL)`, hive.TTypeId_ARRAY_TYPE, `["a"b",null]`},
		{"map('k', 1)", hive.TTypeId_MAP_TYPE, `{"k":1}`},
		{"named_struct('x', 1, 'y', 'b', 'd', DATE'2024-01-01', 'm', CAST(1.5 AS DECIMAL(3,2)), 'z', NULL)", hive.TTypeId_STRUCT_TYPE, `{"x":1,"y":"b","d":2024-01-01,"m":1.50,"z":null}`},
		{"NULL", hive.TTypeId_NULL_TYPE, "NULL"},
		{"INTERVAL '1' DAY", hive.TTypeId_INTERVAL_DAY_TIME_TYPE, "1 00:00:00.000000000"},
		{"INTERVAL '0-2' YEAR TO MONTH", hive.TTypeId_INTERVAL_YEAR_MONTH_TYPE, "0-2"},
	} {
		h := c.start("SELECT "+k.sql, false)
		m, err := c.GetResultSetMetadata(context.Background(), &hive.TGetResultSetMetadataReq{OperationHandle: h})
		c.well(m, err)
		if got := typeOf(m.Schema.Columns[0]); got != k.id {
			t.Errorf("%s: %v, want %v", k.sql, got, k.id)
		}
		if got := texts(c.next(h, 1))[0][0]; got != k.want {
			t.Errorf("%s: %s, want %s", k.sql, got, k.want)
		}
	}
	h := c.start("SELECT CAST(1 AS DECIMAL(12,3)) AS d", false)
	m, err := c.GetResultSetMetadata(context.Background(), &hive.TGetResultSetMetadataReq{OperationHandle: h})
	c.well(m, err)
	column := m.Schema.Columns[0]
	q := column.TypeDesc.Types[0].PrimitiveEntry.TypeQualifiers.Qualifiers
	if column.ColumnName != "d" || column.Position != 0 || q["precision"].GetI32Value() != 12 || q["scale"].GetI32Value() != 3 {
		t.Errorf("%v %v", column, q)
	}
}

// Before V6 results come in rows.
func TestRowsOfOldClients(t *testing.T) {
	s := serving(t, nil)
	for _, version := range []hive.TProtocolVersion{hive.TProtocolVersion_HIVE_CLI_SERVICE_PROTOCOL_V1, hive.TProtocolVersion_HIVE_CLI_SERVICE_PROTOCOL_V5} {
		c := connect(t, s, version, nil)
		h := c.start("SELECT 1, 'x', CAST(NULL AS STRING), CAST('raw' AS BINARY), CAST(NULL AS BINARY), 1.5D, true, CAST(NULL AS INT)", false)
		r := c.next(h, 10)
		if len(r.Rows) != 1 || r.Columns != nil {
			t.Fatalf("%v: %v", version, r)
		}
		v := r.Rows[0].ColVals
		if v[0].I32Val.GetValue() != 1 || v[1].StringVal.GetValue() != "x" || v[2].StringVal.Value != nil || v[3].StringVal.GetValue() != "raw" || v[4].StringVal.Value != nil ||
			v[5].DoubleVal.GetValue() != 1.5 || !v[6].BoolVal.GetValue() || v[7].I32Val.Value != nil {
			t.Errorf("%v: %v", version, v)
		}
		if r := c.next(h, 10); r.Rows == nil || len(r.Rows) != 0 {
			t.Errorf("%v: after the end %v", version, r)
		}
	}
}

func TestLog(t *testing.T) {
	c := connect(t, serving(t, nil), jdbc, nil)
	h := c.start("SELECT 1", false)
	lines := func(o hive.TFetchOrientation) string {
		r, err := c.FetchResults(context.Background(), &hive.TFetchResultsReq{OperationHandle: h, Orientation: o, MaxRows: 100, FetchType: fetchLog})
		c.well(r, err)
		return strings.Join(r.Results.Columns[0].StringVal.Values, "\n")
	}
	if got := lines(next); !strings.Contains(got, "Compiling command: SELECT 1") || !strings.Contains(got, "Completed executing") {
		t.Errorf("the log is\n%s", got)
	}
	if got := lines(next); got != "" {
		t.Errorf("the log goes on with\n%s", got)
	}
	if got := lines(first); !strings.Contains(got, "Compiling command") {
		t.Errorf("from the start it is\n%s", got)
	}
	// A page of rows is not touched by it.
	if got := fmt.Sprint(c.rows(h)); got != "[[1]]" {
		t.Errorf("the rows are %s", got)
	}
}
