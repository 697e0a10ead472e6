package hivesrv

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/apache/thrift/lib/go/thrift"
	hive "github.com/beltran/gohive/hiveserver"
)

// message is a call as it stands on the wire.
func messageOf(name string, args thrift.TStruct) []byte {
	m := thrift.NewTMemoryBuffer()
	p := thrift.NewTBinaryProtocolConf(m, configuration())
	ctx := context.Background()
	_ = p.WriteMessageBegin(ctx, name, thrift.CALL, 1)
	_ = args.Write(ctx, p)
	_ = p.WriteMessageEnd(ctx)
	return m.Bytes()
}

func opening() []byte {
	return messageOf("OpenSession", &hive.TCLIServiceOpenSessionArgs{Req: &hive.TOpenSessionReq{ClientProtocol: pyhive}})
}

// closes waits until the server has closed the connection, and gives what it said before.
func closes(t *testing.T, conn net.Conn) []byte {
	t.Helper()
	_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	said, err := io.ReadAll(conn)
	if e, ok := err.(net.Error); ok && e.Timeout() { //nolint:errorlint // as it comes
		t.Error("the connection stays open")
	}
	return said
}

// framedAs gives a payload a length, whatever its own is.
func framedAs(n uint32, payload []byte) []byte {
	return append(binary.BigEndian.AppendUint32(nil, n), payload...)
}

func TestBadBytes(t *testing.T) {
	s := serving(t, nil)
	open := opening()
	huge := append(append([]byte{}, open[:len(open)-8]...), 13, 0, 4, 11, 11, 0x7f, 0xff, 0xff, 0xff) // a map of 2^31-1 entries
	for name, raw := range map[string][]byte{
		"nothing that is known": []byte("\x05hello"), "an old Thrift message": []byte("\x00\x00\x00\x0bOpenSession\x01"), "another version": []byte("\x80\x05\x00\x01aaaaaaaa"),
		"a name that is too long": []byte("\x80\x01\x00\x01\x7f\xff\xff\xffxxxx"), "a huge map": huge,
	} {
		t.Run(name, func(t *testing.T) {
			conn := dial(t, s)
			_, _ = conn.Write(raw)
			_ = conn.(*net.TCPConn).CloseWrite()
			closes(t, conn)
		})
	}
	for name, raw := range map[string][]byte{
		"a giant frame": framedAs(1<<31, open), "the largest frame": framedAs(1<<32-1, open), "half a frame": framedAs(uint32(len(open)), open[:len(open)/2]), "an empty frame": framedAs(0, nil),
		"no message": framedAs(8, []byte("garbage!")), "a frame beyond its message": append(framedAs(uint32(len(open)+3), open), 1, 2, 3), "half a length": {0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			conn := dial(t, s)
			if state, text := signed(t, conn, "PLAIN", saslComplete, "ann", ""); state != saslComplete {
				t.Fatal(text)
			}
			_, _ = conn.Write(raw)
			_ = conn.(*net.TCPConn).CloseWrite()
			closes(t, conn)
		})
	}
	if got := connect(t, s, pyhive, nil).query("SELECT 1"); fmt.Sprint(got) != "[[1]]" {
		t.Errorf("the server is not good any more: %v", got)
	}
}

func TestSASL(t *testing.T) {
	s := serving(t, nil)
	for _, k := range []struct {
		mechanism string
		last      byte
		state     byte
		text      string
	}{
		{"PLAIN", saslOK, saslComplete, ""},
		{"PLAIN", saslComplete, saslComplete, ""},
		{"PLAIN", 77, saslError, "a response is expected"},
		{"GSSAPI", saslOK, saslBad, "Kerberos (GSSAPI) is not supported"},
		{"DIGEST-MD5", saslOK, saslBad, "delegation tokens (DIGEST-MD5) are not supported"},
		{"NONSENSE", saslOK, saslBad, "Unsupported mechanism"},
	} {
		conn := dial(t, s)
		state, text := signed(t, conn, k.mechanism, k.last, "ann", "x")
		if state != k.state || !bytes.Contains([]byte(text), []byte(k.text)) {
			t.Errorf("%s: %d %s", k.mechanism, state, text)
		}
		if state != saslComplete {
			closes(t, conn)
		}
	}
	for name, raw := range map[string]string{
		"a giant frame": "\x01\x7f\xff\xff\xffPLAIN", "no start": "\x01\x00\x00\x00\x05PLAIN\x02\x00\x00\x00\x03abc", "half": "\x01\x00\x00",
	} {
		conn := dial(t, s)
		_, _ = io.WriteString(conn, raw)
		_ = conn.(*net.TCPConn).CloseWrite()
		if said := closes(t, conn); name == "no start" && (len(said) == 0 || said[0] != saslBad) {
			t.Errorf("%s: %q", name, said)
		}
	}
}

// What is not known is told so, and the connection lives on. GetLog is one of those: PyHive counts on it.
func TestUnknownCalls(t *testing.T) {
	s := serving(t, nil)
	c := connect(t, s, pyhive, nil)
	in := newTransport(bufio.NewReader(c.conn), c.conn, true)
	for _, name := range []string{"GetLog", "UploadData", "nothing"} {
		raw := messageOf(name, &hive.TCLIServiceOpenSessionArgs{Req: &hive.TOpenSessionReq{}})
		if _, err := c.conn.Write(framedAs(uint32(len(raw)), raw)); err != nil {
			t.Fatal(err)
		}
		p := thrift.NewTBinaryProtocolConf(in, configuration())
		_, kind, _, err := p.ReadMessageBegin(context.Background())
		if err != nil || kind != thrift.EXCEPTION {
			t.Fatalf("%s: %v %v", name, kind, err)
		}
		x := thrift.NewTApplicationException(0, "")
		if err := x.Read(context.Background(), p); err != nil || x.TypeId() != thrift.UNKNOWN_METHOD {
			t.Errorf("%s: %v %v", name, x, err)
		}
	}
	if got := c.query("SELECT 1"); fmt.Sprint(got) != "[[1]]" {
		t.Errorf("%v", got)
	}
}

func TestBadHandles(t *testing.T) {
	c := connect(t, serving(t, nil), pyhive, nil)
	ctx := context.Background()
	for _, guid := range [][]byte{nil, {}, {1, 2, 3}, make([]byte, 16), make([]byte, 5000)} {
		id := &hive.THandleIdentifier{GUID: guid, Secret: guid}
		r, err := c.ExecuteStatement(ctx, &hive.TExecuteStatementReq{SessionHandle: &hive.TSessionHandle{SessionId: id}, Statement: "SELECT 1"})
		if err != nil || r.Status.StatusCode != hive.TStatusCode_ERROR_STATUS || len(r.Status.GetSqlState()) != 5 {
			t.Errorf("%v %v", r, err)
		}
		f, err := c.FetchResults(ctx, &hive.TFetchResultsReq{OperationHandle: &hive.TOperationHandle{OperationId: id}, MaxRows: 1})
		if err != nil || f.Status.StatusCode != hive.TStatusCode_ERROR_STATUS || len(f.Status.GetSqlState()) != 5 {
			t.Errorf("%v %v", f, err)
		}
	}
}

func TestManyConnections(t *testing.T) {
	s := serving(t, nil)
	var wg sync.WaitGroup
	errs := make(chan error, 200)
	for n := range 200 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			conn, err := net.Dial("tcp", s.Address().String())
			if err != nil {
				errs <- err
				return
			}
			defer conn.Close() //nolint:errcheck // it has been used
			c := on(conn, false)
			r, err := c.OpenSession(context.Background(), &hive.TOpenSessionReq{ClientProtocol: pyhive})
			if err != nil {
				errs <- err
				return
			}
			e, err := c.ExecuteStatement(context.Background(), &hive.TExecuteStatementReq{SessionHandle: r.SessionHandle, Statement: fmt.Sprintf("SELECT %d", n)})
			if err != nil || e.OperationHandle == nil {
				errs <- fmt.Errorf("%v %w", e, err)
				return
			}
			f, err := c.FetchResults(context.Background(), &hive.TFetchResultsReq{OperationHandle: e.OperationHandle, MaxRows: 10})
			if err != nil || f.Results == nil || f.Results.Columns[0].I32Val.Values[0] != int32(n) {
				errs <- fmt.Errorf("%v %w", f, err)
			}
		}()
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		t.Error(err)
	}
	sessionsEnd(t, s)
}

// A client that goes away while its statement runs in the foreground, or while it fetches, leaves nothing behind.
func TestClientsThatVanish(t *testing.T) {
	s := serving(t, nil)
	c := connect(t, s, pyhive, nil)
	raw := messageOf("ExecuteStatement", &hive.TCLIServiceExecuteStatementArgs{Req: &hive.TExecuteStatementReq{SessionHandle: c.session, Statement: endless}})
	if _, err := c.conn.Write(framedAs(uint32(len(raw)), raw)); err != nil {
		t.Fatal(err)
	}
	for len(s.engine.Statements(nil)) == 0 {
		time.Sleep(time.Millisecond)
	}
	_ = c.conn.Close()
	sessionsEnd(t, s)
	c = connect(t, s, pyhive, nil)
	h := c.start("SELECT id, repeat('x', 1000) FROM range(50000)", false)
	raw = messageOf("FetchResults", &hive.TCLIServiceFetchResultsArgs{Req: &hive.TFetchResultsReq{OperationHandle: h, MaxRows: 50000}})
	if _, err := c.conn.Write(framedAs(uint32(len(raw)), raw)); err != nil {
		t.Fatal(err)
	}
	var some [100]byte
	_, _ = c.conn.Read(some[:])
	_ = c.conn.Close()
	sessionsEnd(t, s)
}

// FuzzFraming feeds what a client might send after SASL. The server must answer or close, never fall.
func FuzzFraming(f *testing.F) {
	s := serving(f, nil)
	open := opening()
	f.Add(framedAs(uint32(len(open)), open))
	f.Add(framedAs(3, open))
	f.Add(append(framedAs(uint32(len(open)), open), framedAs(0, nil)...))
	f.Add(framedAs(8, []byte("\x80\x01\x00\x01\x00\x00\x00\x00")))
	f.Fuzz(func(_ *testing.T, raw []byte) {
		var answer bytes.Buffer
		tr := newTransport(bufio.NewReader(bytes.NewReader(raw)), &answer, true)
		p := thrift.NewTBinaryProtocolConf(tr, configuration())
		ctx := context.WithValue(context.Background(), callerKey{}, &caller{})
		for range 10 {
			if tr.next() != nil {
				return
			}
			if _, err := s.processor.Process(ctx, p, p); err != nil {
				return
			}
		}
	})
}

// FuzzSASL feeds what a client might send to negotiate.
func FuzzSASL(f *testing.F) {
	f.Add([]byte("\x01\x00\x00\x00\x05PLAIN\x02\x00\x00\x00\x06\x00ann\x00x"))
	f.Add([]byte("\x01\x00\x00\x00\x06GSSAPI\x02\x00\x00\x00\x01x"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var answer bytes.Buffer
		err := negotiate(bufio.NewReader(bytes.NewReader(raw)), &answer, func(login) error { return nil })
		if said := answer.Bytes(); err == nil && (len(said) != 5 || said[0] != saslComplete) {
			t.Errorf("%q: %q", raw, said)
		}
	})
}
