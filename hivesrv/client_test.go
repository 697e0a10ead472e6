package hivesrv

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"net"
	"testing"

	"github.com/apache/thrift/lib/go/thrift"
	hive "github.com/beltran/gohive/hiveserver"
	"go.uber.org/goleak"

	"github.com/argan-sql/argan/engine"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serving starts a server over a warehouse of its own.
func serving(t testing.TB, config *tls.Config) *Server {
	t.Helper()
	return servingAt(t, t.TempDir(), config)
}

func servingAt(t testing.TB, warehouse string, config *tls.Config) *Server {
	t.Helper()
	e, err := engine.Open(engine.Config{Warehouse: warehouse, Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(e, Options{Address: "127.0.0.1:0", TLS: config}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve() }()
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		s.Shutdown(ctx)
		if err := <-served; err != nil {
			t.Errorf("Serve: %v", err)
		}
		if err := e.Close(); err != nil {
			t.Errorf("closing the engine: %v", err)
		}
	})
	return s
}

// client is a Thrift client with a session.
type client struct {
	*hive.TCLIServiceClient
	t       testing.TB
	conn    net.Conn
	session *hive.TSessionHandle
	version hive.TProtocolVersion
}

func dial(t testing.TB, s *Server) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", s.Address().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// signed leads the client's side of SASL PLAIN; last is the state of the response: OK from PyHive, COMPLETE from JDBC.
func signed(t testing.TB, conn net.Conn, mechanism string, last byte, user, password string) (state byte, text string) {
	t.Helper()
	frame := func(state byte, payload string) {
		if err := writeSASL(conn, state, payload); err != nil {
			t.Fatal(err)
		}
	}
	frame(saslStart, mechanism)
	frame(last, "\x00"+user+"\x00"+password)
	var head [5]byte
	if _, err := io.ReadFull(conn, head[:]); err != nil {
		t.Fatal(err)
	}
	payload := make([]byte, binary.BigEndian.Uint32(head[1:]))
	if _, err := io.ReadFull(conn, payload); err != nil {
		t.Fatal(err)
	}
	return head[0], string(payload)
}

// on makes a Thrift client on a connection, framed after SASL or bare.
func on(conn net.Conn, framed bool) *hive.TCLIServiceClient {
	tr := newTransport(bufio.NewReader(conn), conn, framed)
	p := thrift.NewTBinaryProtocolConf(tr, configuration())
	return hive.NewTCLIServiceClientProtocol(tr, p, p)
}

// connect opens a session over SASL as a user.
func connect(t testing.TB, s *Server, version hive.TProtocolVersion, configuration map[string]string) *client {
	t.Helper()
	conn := dial(t, s)
	if state, text := signed(t, conn, "PLAIN", saslOK, "ann", "x"); state != saslComplete {
		t.Fatalf("SASL answered %d %s", state, text)
	}
	c := &client{TCLIServiceClient: on(conn, true), t: t, conn: conn, version: version}
	c.open(configuration)
	return c
}

// pyhive and jdbc are the versions that the two ask for.
const (
	pyhive = hive.TProtocolVersion_HIVE_CLI_SERVICE_PROTOCOL_V6
	jdbc   = hive.TProtocolVersion_HIVE_CLI_SERVICE_PROTOCOL_V10
)

func (c *client) open(configuration map[string]string) {
	c.t.Helper()
	r, err := c.OpenSession(context.Background(), &hive.TOpenSessionReq{ClientProtocol: c.version, Configuration: configuration})
	c.well(r, err)
	c.session = r.SessionHandle
}

// well ends the test when a call failed.
func (c *client) well(answer interface{ GetStatus() *hive.TStatus }, err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
	s := answer.GetStatus()
	if s.StatusCode != hive.TStatusCode_SUCCESS_STATUS {
		c.t.Fatalf("status %v %s: %s", s.StatusCode, s.GetSqlState(), s.GetErrorMessage())
	}
}

// start runs a statement, in the background if asked to, and gives its handle.
func (c *client) start(sql string, async bool) *hive.TOperationHandle {
	c.t.Helper()
	r, err := c.ExecuteStatement(context.Background(), &hive.TExecuteStatementReq{SessionHandle: c.session, Statement: sql, RunAsync: async})
	c.well(r, err)
	return r.OperationHandle
}

// poll waits until an operation's state is final.
func (c *client) poll(h *hive.TOperationHandle) *hive.TGetOperationStatusResp {
	c.t.Helper()
	progress := true
	for {
		r, err := c.GetOperationStatus(context.Background(), &hive.TGetOperationStatusReq{OperationHandle: h, GetProgressUpdate: &progress})
		c.well(r, err)
		if state := r.GetOperationState(); state != stateRunning && state != statePending && state != stateInitialized {
			return r
		}
	}
}

func (c *client) fetch(h *hive.TOperationHandle, o hive.TFetchOrientation, n int64) *hive.TRowSet {
	c.t.Helper()
	r, err := c.FetchResults(context.Background(), &hive.TFetchResultsReq{OperationHandle: h, Orientation: o, MaxRows: n})
	c.well(r, err)
	return r.Results
}

func (c *client) next(h *hive.TOperationHandle, n int64) *hive.TRowSet {
	c.t.Helper()
	return c.fetch(h, hive.TFetchOrientation_FETCH_NEXT, n)
}

// rows reads a result to its end, as text with NULL for NULLs.
func (c *client) rows(h *hive.TOperationHandle) (out [][]string) {
	c.t.Helper()
	for {
		page := texts(c.next(h, 1000))
		if len(page) == 0 {
			return out
		}
		out = append(out, page...)
	}
}

// query runs a statement and reads its rows.
func (c *client) query(sql string) [][]string {
	c.t.Helper()
	return c.rows(c.start(sql, false))
}

// texts are the values of a page, as text.
func texts(r *hive.TRowSet) [][]string {
	var out [][]string
	set := func(column, row int, isNull bool, v any) {
		for len(out) <= row {
			out = append(out, make([]string, len(r.Columns)))
		}
		if out[row][column] = fmt.Sprint(v); isNull {
			out[row][column] = "NULL"
		}
	}
	for i, c := range r.Columns {
		for n := range length(c) {
			v := value(c, n)
			switch {
			case v.BoolVal != nil:
				set(i, n, v.BoolVal.Value == nil, v.BoolVal.GetValue())
			case v.ByteVal != nil:
				set(i, n, v.ByteVal.Value == nil, v.ByteVal.GetValue())
			case v.I16Val != nil:
				set(i, n, v.I16Val.Value == nil, v.I16Val.GetValue())
			case v.I32Val != nil:
				set(i, n, v.I32Val.Value == nil, v.I32Val.GetValue())
			case v.I64Val != nil:
				set(i, n, v.I64Val.Value == nil, v.I64Val.GetValue())
			case v.DoubleVal != nil:
				set(i, n, v.DoubleVal.Value == nil, v.DoubleVal.GetValue())
			default:
				set(i, n, v.StringVal.Value == nil, v.StringVal.GetValue())
			}
		}
	}
	return out
}
