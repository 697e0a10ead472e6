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

// endless runs until it is cancelled.
const endless = "SELECT count(*) FROM range(10000000) a CROSS JOIN range(10000000) b WHERE a.id * b.id % 7 = 3"

func TestErrors(t *testing.T) {
	c := connect(t, serving(t, nil), pyhive, nil)
	for _, k := range []struct {
		sql, state string
		texts      []string
	}{
		{"SELECT * FROM s.no_such", "42P01", []string{
			"Error running query: [TABLE_OR_VIEW_NOT_FOUND] org.apache.spark.sql.AnalysisException: [TABLE_OR_VIEW_NOT_FOUND] The table or view `s`.`no_such` cannot be found.",
			"SemanticException Table not found s.no_such",
		}},
		{"DESCRIBE default.no_such", "42P01", []string{"SemanticException Table not found default.no_such"}},
		{"selct 1\nfrom t", "42601", []string{"[PARSE_SYNTAX_ERROR] Syntax error at or near 'selct'.(line 1, pos 0)", "== SQL ==\nselct 1\n^^^\nfrom t"}},
		{"USE no_such", "42704", []string{"[SCHEMA_NOT_FOUND]"}},
		{"SELECT raise_error('oh no')", "", []string{"oh no"}},
	} {
		r, err := c.ExecuteStatement(context.Background(), &hive.TExecuteStatementReq{SessionHandle: c.session, Statement: k.sql})
		if err != nil || r.Status.StatusCode != hive.TStatusCode_ERROR_STATUS || k.state != "" && r.Status.GetSqlState() != k.state || r.OperationHandle != nil {
			t.Errorf("%s: %v %v", k.sql, r, err)
			continue
		}
		if len(r.Status.InfoMessages) < 2 || !strings.HasPrefix(r.Status.InfoMessages[0], "*org.apache.hive.service.cli.HiveSQLException:") {
			t.Errorf("%s: the trace is %q", k.sql, r.Status.InfoMessages)
		}
		// In the background the same comes by the status, and not before.
		h := c.start(k.sql, true)
		st := c.poll(h)
		if st.GetOperationState() != stateError || st.GetErrorMessage() != r.Status.GetErrorMessage() || st.GetSqlState() != r.Status.GetSqlState() {
			t.Errorf("%s: %v", k.sql, st)
		}
		for _, text := range k.texts {
			if !strings.Contains(st.GetErrorMessage(), text) {
				t.Errorf("%s: %q is not in\n%s", k.sql, text, st.GetErrorMessage())
			}
		}
		f, err := c.FetchResults(context.Background(), &hive.TFetchResultsReq{OperationHandle: h, MaxRows: 1})
		if err != nil || f.Status.GetErrorMessage() != "Expected state FINISHED, but found ERROR" {
			t.Errorf("%s: a page of what failed: %v %v", k.sql, f, err)
		}
	}
}

func TestCancelFromAnotherConnection(t *testing.T) {
	s := serving(t, nil)
	a, b := connect(t, s, pyhive, nil), connect(t, s, pyhive, nil)
	h := a.start(endless, true)
	polled := make(chan *hive.TGetOperationStatusResp, 1)
	go func() {
		r, _ := a.GetOperationStatus(context.Background(), &hive.TGetOperationStatusReq{OperationHandle: h})
		polled <- r
	}()
	r, err := b.CancelOperation(context.Background(), &hive.TCancelOperationReq{OperationHandle: h})
	b.well(r, err)
	if st := <-polled; st.GetOperationState() != stateCancelled && st.GetOperationState() != stateRunning {
		t.Errorf("the poll that waited got %v", st)
	}
	if st := a.poll(h); st.GetOperationState() != stateCancelled {
		t.Errorf("the state is %v", st.GetOperationState())
	}
	// One that has ended may be cancelled too.
	done := a.start("SELECT 1", false)
	r, err = b.CancelOperation(context.Background(), &hive.TCancelOperationReq{OperationHandle: done})
	b.well(r, err)
	if st := a.poll(done); st.GetOperationState() != stateCancelled {
		t.Errorf("the state is %v", st.GetOperationState())
	}
	closed, err := a.CloseOperation(context.Background(), &hive.TCloseOperationReq{OperationHandle: h})
	a.well(closed, err)
	closed, err = a.CloseOperation(context.Background(), &hive.TCloseOperationReq{OperationHandle: h})
	if err != nil || !strings.HasPrefix(closed.Status.GetErrorMessage(), "Invalid OperationHandle") {
		t.Errorf("%v %v", closed, err)
	}
}

func TestTimeout(t *testing.T) {
	c := connect(t, serving(t, nil), jdbc, nil)
	r, err := c.ExecuteStatement(context.Background(), &hive.TExecuteStatementReq{SessionHandle: c.session, Statement: endless, RunAsync: true, QueryTimeout: 1})
	c.well(r, err)
	if st := c.poll(r.OperationHandle); st.GetOperationState() != stateTimedOut || !strings.Contains(st.GetErrorMessage(), "STATEMENT_TIMEOUT") {
		t.Errorf("%v", st)
	}
}

func TestModifiedRows(t *testing.T) {
	c := connect(t, serving(t, nil), jdbc, nil)
	c.query("CREATE TABLE t (a INT) USING DELTA")
	if h := c.start("INSERT INTO t VALUES (1), (2), (3)", false); h.GetModifiedRowCount() != 3 {
		t.Errorf("%v", h)
	}
	if st := c.poll(c.start("DELETE FROM t WHERE a > 1", true)); st.GetNumModifiedRows() != 2 {
		t.Errorf("%v", st)
	}
	if st := c.poll(c.start("SELECT * FROM t", true)); st.NumModifiedRows != nil {
		t.Errorf("%v", st)
	}
}

func TestProgress(t *testing.T) {
	c := connect(t, serving(t, nil), jdbc, nil)
	h := c.start(endless, true)
	progress := true
	r, err := c.GetOperationStatus(context.Background(), &hive.TGetOperationStatusReq{OperationHandle: h, GetProgressUpdate: &progress})
	c.well(r, err)
	p := r.ProgressUpdateResponse
	if r.GetOperationState() != stateRunning || p == nil || p.Status != hive.TJobExecutionStatus_IN_PROGRESS || len(p.Rows) != 1 || len(p.Rows[0]) != len(p.HeaderNames) {
		t.Errorf("%v", r)
	}
	cancelled, err := c.CancelOperation(context.Background(), &hive.TCancelOperationReq{OperationHandle: h})
	c.well(cancelled, err)
}
