package hivesrv

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	hive "github.com/beltran/gohive/hiveserver"
)

func TestVersions(t *testing.T) {
	s := serving(t, nil)
	for asked, want := range map[hive.TProtocolVersion]hive.TProtocolVersion{0: 0, 5: 5, 9: 9, 10: 10, 42: 10, -3: 0} {
		r, err := on(dial(t, s), false).OpenSession(context.Background(), &hive.TOpenSessionReq{ClientProtocol: asked})
		if err != nil || r.Status.StatusCode != hive.TStatusCode_SUCCESS_STATUS {
			t.Fatalf("asked for %d: %v %v", asked, r, err)
		}
		if r.ServerProtocolVersion != want {
			t.Errorf("asked for %d: %d, want %d", asked, r.ServerProtocolVersion, want)
		}
	}
}

func TestConfiguration(t *testing.T) {
	s := serving(t, nil)
	connect(t, s, pyhive, nil).query("CREATE DATABASE shop")
	c := connect(t, s, jdbc, map[string]string{
		"use:database": "shop", "set:hiveconf:spark.sql.session.timeZone": "Africa/Casablanca", "set:hivevar:city": "Rabat", "spark.sql.ansi.enabled": "true",
		"set:hiveconf:hive.server2.thrift.resultset.default.fetch.size": "1000", "no.such.key": "x", "set:system:user.dir": "/", "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
	})
	got := c.query("SELECT current_schema(), current_timezone(), '${city}', '${hivevar:city}', '${no.such.key}'")
	if fmt.Sprint(got) != "[[shop Africa/Casablanca Rabat Rabat x]]" {
		t.Errorf("%v", got)
	}
	if got := c.query("SET spark.sql.ansi.enabled"); got[0][1] != "true" {
		t.Errorf("%v", got)
	}
	for key, want := range map[string]string{"use:database": "SCHEMA_NOT_FOUND", "spark.sql.ansi.enabled": "INVALID_SETTING"} {
		r, err := on(dial(t, s), false).OpenSession(context.Background(), &hive.TOpenSessionReq{ClientProtocol: jdbc, Configuration: map[string]string{key: "nothing"}})
		if err != nil || r.Status.StatusCode != hive.TStatusCode_ERROR_STATUS || !strings.Contains(r.Status.GetErrorMessage(), want) || r.SessionHandle != nil {
			t.Errorf("%s: %v %v", key, r, err)
		}
	}
}

// A setting of a statement is the statement's alone.
func TestOverlay(t *testing.T) {
	c := connect(t, serving(t, nil), jdbc, nil)
	r, err := c.ExecuteStatement(context.Background(), &hive.TExecuteStatementReq{
		SessionHandle: c.session, Statement: "SELECT CAST('x' AS INT)", ConfOverlay: map[string]string{"spark.sql.ansi.enabled": "true"},
	})
	if err != nil || !strings.Contains(r.Status.GetErrorMessage(), "CAST_INVALID_INPUT") {
		t.Errorf("%v %v", r.GetStatus(), err)
	}
	if got := c.query("SELECT CAST('x' AS INT)"); got[0][0] != "NULL" {
		t.Errorf("%v", got)
	}
}

// Temporary views and the current database last as long as the session, for all connections that have its handle.
func TestASessionOverTwoConnections(t *testing.T) {
	s := serving(t, nil)
	a := connect(t, s, jdbc, nil)
	a.query("CREATE TEMPORARY VIEW here AS SELECT 7 AS n")
	b := connect(t, s, jdbc, nil)
	b.session = a.session
	if got := b.query("SELECT n FROM here"); fmt.Sprint(got) != "[[7]]" {
		t.Errorf("%v", got)
	}
}

// sessionsEnd waits until the engine has no sessions.
func sessionsEnd(t *testing.T, s *Server) {
	t.Helper()
	for until := time.Now().Add(20 * time.Second); time.Now().Before(until); time.Sleep(5 * time.Millisecond) {
		s.service.mu.Lock()
		left := len(s.service.sessions) + len(s.service.operations)
		s.service.mu.Unlock()
		if left+len(s.engine.Sessions(nil))+len(s.engine.Statements(nil)) == 0 {
			return
		}
	}
	t.Errorf("left over: %d sessions, %d statements", len(s.engine.Sessions(nil)), len(s.engine.Statements(nil)))
}

func TestSessionsEndWithTheirConnection(t *testing.T) {
	s := serving(t, nil)
	for range 10 {
		c := connect(t, s, pyhive, nil)
		c.next(c.start("SELECT id FROM range(100000)", false), 10)
		c.start(endless, true)
		_ = c.conn.Close()
	}
	sessionsEnd(t, s)
}

func TestCloseSession(t *testing.T) {
	s := serving(t, nil)
	c := connect(t, s, pyhive, nil)
	h := c.start(endless, true)
	r, err := c.CloseSession(context.Background(), &hive.TCloseSessionReq{SessionHandle: c.session})
	c.well(r, err)
	sessionsEnd(t, s)
	again, err := c.CloseSession(context.Background(), &hive.TCloseSessionReq{SessionHandle: c.session})
	if err != nil || !strings.HasPrefix(again.Status.GetErrorMessage(), "Invalid SessionHandle: SessionHandle [") {
		t.Errorf("%v %v", again, err)
	}
	st, err := c.GetOperationStatus(context.Background(), &hive.TGetOperationStatusReq{OperationHandle: h})
	if err != nil || !strings.HasPrefix(st.Status.GetErrorMessage(), "Invalid OperationHandle: OperationHandle [opType=EXECUTE_STATEMENT, getHandleIdentifier()=") {
		t.Errorf("%v %v", st, err)
	}
}

func TestRefusedCalls(t *testing.T) {
	c := connect(t, serving(t, nil), jdbc, nil)
	ctx := context.Background()
	token, err := c.GetDelegationToken(ctx, &hive.TGetDelegationTokenReq{SessionHandle: c.session, Owner: "a", Renewer: "b"})
	if err != nil || token.Status.GetErrorMessage() != "Delegation token is not supported" {
		t.Errorf("%v %v", token, err)
	}
	info, err := c.SetClientInfo(ctx, &hive.TSetClientInfoReq{SessionHandle: c.session, Configuration: map[string]string{"ApplicationName": "test"}})
	c.well(info, err)
	id, err := c.GetQueryId(ctx, &hive.TGetQueryIdReq{OperationHandle: c.start("SELECT 1", false)})
	if err != nil || len(id.QueryId) < 10 {
		t.Errorf("%v %v", id, err)
	}
}

// A handle with the right public part and another secret opens nothing.
func TestSecrets(t *testing.T) {
	c := connect(t, serving(t, nil), jdbc, nil)
	stolen := &hive.TSessionHandle{SessionId: &hive.THandleIdentifier{GUID: c.session.SessionId.GUID, Secret: make([]byte, 16)}}
	r, err := c.ExecuteStatement(context.Background(), &hive.TExecuteStatementReq{SessionHandle: stolen, Statement: "SELECT 1"})
	if err != nil || r.Status.StatusCode != hive.TStatusCode_ERROR_STATUS {
		t.Errorf("%v %v", r, err)
	}
}

func TestIdleOperationsAndSessionsAreSwept(t *testing.T) {
	s := serving(t, nil)
	c := connect(t, s, jdbc, nil)
	h := c.start("SELECT 1", false)
	s.service.sweep(time.Now().Add(operationIdle / 2))
	if got := c.next(h, 1); len(got.Columns[0].I32Val.Values) != 1 {
		t.Errorf("%v", got)
	}
	s.service.sweep(time.Now().Add(2 * operationIdle))
	r, err := c.FetchResults(context.Background(), &hive.TFetchResultsReq{OperationHandle: h, MaxRows: 1})
	if err != nil || !strings.HasPrefix(r.Status.GetErrorMessage(), "Invalid OperationHandle") {
		t.Errorf("%v %v", r, err)
	}
	for _, es := range s.engine.Sessions(nil) {
		es.Close() // as the engine does to those that are idle
	}
	s.service.sweep(time.Now())
	if n := len(s.service.sessions); n != 0 {
		t.Errorf("%d sessions are left over", n)
	}
}
