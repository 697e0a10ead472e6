package hivesrv

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	hive "github.com/beltran/gohive/hiveserver"
)

func TestStatements(t *testing.T) {
	c := connect(t, serving(t, nil), pyhive, nil)
	for _, step := range []struct{ sql, want string }{
		{"/* {\"app\": \"dbt\"} */\n\nSELECT 1 AS a, 'x' AS b ;  ", "[[1 x]]"},
		{"CREATE TABLE t (a INT, b STRING) USING DELTA", "[]"},
		{"INSERT INTO t VALUES (1, 'one'), (2, NULL)", "[]"},
		{"SELECT * FROM t ORDER BY a", "[[1 one] [2 NULL]]"},
		{"SET x.y = z", "[[x.y z]]"},
		{"USE `default`", "[]"},
	} {
		for _, async := range []bool{false, true} {
			if async && !strings.HasPrefix(step.sql, "SELECT") {
				continue
			}
			h := c.start(step.sql, async)
			if !h.HasResultSet {
				t.Errorf("%s: has no result", step.sql)
			}
			if r := c.poll(h); r.GetOperationState() != stateFinished {
				t.Errorf("%s: %v %s", step.sql, r.GetOperationState(), r.GetErrorMessage())
				continue
			}
			if got := fmt.Sprint(c.rows(h)); got != step.want {
				t.Errorf("%s: %s, want %s", step.sql, got, step.want)
			}
		}
	}
}

// What PyHive needs of a statement without rows: one column, and an empty page with that column again and again.
func TestAStatementWithoutRowsHasAColumn(t *testing.T) {
	c := connect(t, serving(t, nil), pyhive, nil)
	h := c.start("CREATE TABLE t (a INT) USING DELTA", false)
	m, err := c.GetResultSetMetadata(context.Background(), &hive.TGetResultSetMetadataReq{OperationHandle: h})
	c.well(m, err)
	if len(m.Schema.Columns) != 1 || m.Schema.Columns[0].ColumnName != "Result" || typeOf(m.Schema.Columns[0]) != hive.TTypeId_STRING_TYPE {
		t.Errorf("the columns are %v", m.Schema.Columns)
	}
	for range 3 {
		r := c.next(h, 1000)
		if r.Rows == nil || len(r.Columns) != 1 || r.Columns[0].StringVal == nil || len(r.Columns[0].StringVal.Values) != 0 {
			t.Errorf("the page is %v", r)
		}
	}
}

func typeOf(c *hive.TColumnDesc) hive.TTypeId { return c.TypeDesc.Types[0].PrimitiveEntry.Type }

// A poll is held until the statement ends.
func TestLongPoll(t *testing.T) {
	c := connect(t, serving(t, nil), pyhive, nil)
	h := c.start("SELECT count(*) FROM range(3000000) a", true)
	polls, state := 0, stateRunning
	for begun := time.Now(); state == stateRunning || state == statePending; polls++ {
		r, err := c.GetOperationStatus(context.Background(), &hive.TGetOperationStatusReq{OperationHandle: h})
		c.well(r, err)
		state = r.GetOperationState()
		if time.Since(begun) > time.Minute {
			t.Fatal("it never ends")
		}
	}
	if state != stateFinished || polls > 5 {
		t.Errorf("%v after %d polls", state, polls)
	}
}
