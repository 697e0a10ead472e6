package flightsrv

import (
	"context"
	"io"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	wire "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
)

// raw is a client beneath Flight SQL: it sends what it is told.
func raw(t testing.TB) wire.FlightServiceClient {
	t.Helper()
	c, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return wire.NewFlightServiceClient(c)
}

// alive says that the server still answers.
func alive(t *testing.T) {
	t.Helper()
	c, ctx := connect(t), within(t)
	if got := value(t, ctx, c, "SELECT 1"); got != "1" {
		t.Errorf("the server answers %s", got)
	}
	_ = c.Close()
}

func packed(t testing.TB, m proto.Message) []byte {
	t.Helper()
	a, err := anypb.New(m)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := proto.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// answer reads a stream to its end and gives the code.
func answer(recv func() error, err error) codes.Code {
	for err == nil {
		err = recv()
	}
	if err == io.EOF {
		return codes.OK
	}
	return status.Code(err)
}

func TestMalformedCalls(t *testing.T) {
	c, ctx := raw(t), within(t)
	garbage := []byte{0xff, 0xff, 0xff, 0xff, 0x07}
	foreign := packed(t, &wire.Criteria{Expression: []byte("x")})
	unknown := packed(t, &anypb.Any{TypeUrl: "type.googleapis.com/no.such.Message", Value: garbage})
	halfAny, err := proto.Marshal(&anypb.Any{TypeUrl: "type.googleapis.com/arrow.flight.protocol.sql.CommandStatementQuery", Value: garbage})
	if err != nil {
		t.Fatal(err)
	}
	for _, cmd := range [][]byte{nil, garbage, foreign, unknown, halfAny, []byte("SELECT 1")} {
		d := &wire.FlightDescriptor{Type: wire.FlightDescriptor_CMD, Cmd: cmd}
		for name, call := range map[string]func() codes.Code{
			"GetFlightInfo":  func() codes.Code { _, err := c.GetFlightInfo(ctx, d); return status.Code(err) },
			"GetSchema":      func() codes.Code { _, err := c.GetSchema(ctx, d); return status.Code(err) },
			"PollFlightInfo": func() codes.Code { _, err := c.PollFlightInfo(ctx, d); return status.Code(err) },
			"DoGet": func() codes.Code {
				s, err := c.DoGet(ctx, &wire.Ticket{Ticket: cmd})
				return answer(func() error { _, err := s.Recv(); return err }, err)
			},
			"DoPut": func() codes.Code {
				s, err := c.DoPut(ctx)
				if err == nil {
					_ = s.Send(&wire.FlightData{FlightDescriptor: d, DataHeader: garbage})
					_ = s.CloseSend()
				}
				return answer(func() error { _, err := s.Recv(); return err }, err)
			},
		} {
			if got := call(); got != codes.InvalidArgument && got != codes.NotFound {
				t.Errorf("%s of %q: %s", name, cmd, got)
			}
		}
	}
	if _, err := c.GetFlightInfo(ctx, &wire.FlightDescriptor{Type: wire.FlightDescriptor_PATH, Path: []string{"a"}}); status.Code(err) != codes.InvalidArgument {
		t.Errorf("a path: %v", err)
	}
	for _, action := range append([]*flight.ActionType{{Type: "nonsense"}, {Type: flightsql.BeginTransactionActionType}, {Type: flightsql.EndSavepointActionType}}, actions...) {
		for _, body := range [][]byte{garbage, foreign} {
			s, err := c.DoAction(ctx, &wire.Action{Type: action.Type, Body: body})
			got := answer(func() error { _, err := s.Recv(); return err }, err)
			if got != codes.InvalidArgument && got != codes.OK && got != codes.NotFound { // some garbage is a message without fields
				t.Errorf("%s: %s", action.Type, got)
			}
		}
	}
	s, err := c.DoPut(ctx) // no descriptor at all
	if err == nil {
		_ = s.Send(&wire.FlightData{DataBody: garbage})
		_ = s.CloseSend()
	}
	if got := answer(func() error { _, err := s.Recv(); return err }, err); got != codes.InvalidArgument {
		t.Errorf("DoPut without descriptor: %s", got)
	}
	x, err := c.DoExchange(ctx)
	if got := answer(func() error { _, err := x.Recv(); return err }, err); got != codes.Unimplemented {
		t.Errorf("DoExchange: %s", got)
	}
	l, err := c.ListFlights(ctx, &wire.Criteria{})
	if got := answer(func() error { _, err := l.Recv(); return err }, err); got != codes.Unimplemented {
		t.Errorf("ListFlights: %s", got)
	}
	alive(t)
}

func TestHandlesOfOthers(t *testing.T) {
	c, ctx := connect(t), within(t)
	ann, bob := signedIn(t, ctx, c, "ann"), signedIn(t, ctx, c, "bob")
	p, err := c.Prepare(ann, "SELECT 1 AS a")
	if err != nil {
		t.Fatal(err)
	}
	for name, handle := range map[string][]byte{"hers": p.Handle(), "made up": []byte("nothing"), "empty": {}} {
		theirs := flightsql.NewPreparedStatement(c, handle)
		if _, err := theirs.Execute(bob); status.Code(err) != codes.NotFound {
			t.Errorf("bob runs a statement (%s): %v", name, err)
		}
		if _, err := theirs.ExecuteUpdate(bob); status.Code(err) != codes.NotFound {
			t.Errorf("bob updates by a statement (%s): %v", name, err)
		}
		if err := theirs.Close(bob); status.Code(err) != codes.NotFound {
			t.Errorf("bob closes a statement (%s): %v", name, err)
		}
	}
	if info, err := p.Execute(ann); err != nil {
		t.Errorf("ann's own: %v", err)
	} else if _, err := c.RenewFlightEndpoint(bob, &flight.RenewFlightEndpointRequest{Endpoint: info.Endpoint[0]}); status.Code(err) != codes.NotFound {
		t.Errorf("bob renews ann's ticket: %v", err)
	}
	for _, forged := range []string{"x.0-1", ".", "..", "x.1-0", "x.-1-2", "x.0-99999999999999999999", strings.Repeat("x", 10000)} {
		ticket, err := flightsql.CreateStatementQueryTicket([]byte(forged))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.DoGet(ann, &flight.Ticket{Ticket: ticket}); status.Code(err) != codes.NotFound {
			t.Errorf("the ticket %.30q: %v", forged, err)
		}
	}
	// With the session its handles end.
	if _, err := c.CloseSession(ann, &flight.CloseSessionRequest{}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Execute(ann); status.Code(err) != codes.Unauthenticated {
		t.Errorf("after the session: %v", err)
	}
}

func TestGiantHeaders(t *testing.T) {
	c, ctx := connect(t), within(t)
	ctx = metadata.AppendToOutgoingContext(ctx, "x-large", strings.Repeat("a", 1<<20))
	if _, err := c.Execute(ctx, "SELECT 1"); err == nil {
		t.Error("a header of a MiB is taken")
	}
	alive(t)
}

// hello opens an HTTP/2 connection by hand.
func helloHTTP2(t *testing.T) (net.Conn, *http2.Framer) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if _, err := io.WriteString(conn, http2.ClientPreface); err != nil {
		t.Fatal(err)
	}
	f := http2.NewFramer(conn, conn)
	if err := f.WriteSettings(); err != nil {
		t.Fatal(err)
	}
	return conn, f
}

// call is the header block of a gRPC call.
func call() []byte {
	var b strings.Builder
	e := hpack.NewEncoder(&b)
	for _, h := range [][2]string{
		{":method", "POST"}, {":scheme", "http"}, {":path", "/arrow.flight.protocol.FlightService/DoGet"}, {":authority", address}, {"content-type", "application/grpc"}, {"te", "trailers"},
	} {
		if err := e.WriteField(hpack.HeaderField{Name: h[0], Value: h[1]}); err != nil {
			panic(err) // a strings.Builder takes all
		}
	}
	return []byte(b.String())
}

// TestAbusedConnections: streams that are reset at once by the thousand, that are half closed, that never go on, headers
// without end, and bytes that are no HTTP/2. What they took is given back.
func TestAbusedConnections(t *testing.T) {
	alive(t)
	before := runtime.NumGoroutine()
	var conns []net.Conn
	rapid, f := helloHTTP2(t)
	conns = append(conns, rapid)
	block := call()
	go func() { _, _ = io.Copy(io.Discard, rapid) }()
	for id := uint32(1); id < 20000; id += 2 {
		if f.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: block, EndHeaders: true}) != nil || f.WriteRSTStream(id, http2.ErrCodeCancel) != nil {
			break // the server may have had enough
		}
	}
	half, f := helloHTTP2(t)
	conns = append(conns, half)
	for id := uint32(1); id < 200; id += 2 { // ends before its message
		if err := f.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: block, EndHeaders: true, EndStream: true}); err != nil {
			t.Fatal(err)
		}
	}
	silent, f := helloHTTP2(t)
	conns = append(conns, silent)
	for id := uint32(1); id < 200; id += 2 { // begins a message and says no more
		if err := f.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: block, EndHeaders: true}); err != nil {
			t.Fatal(err)
		}
		if err := f.WriteData(id, false, []byte{0, 0, 0}); err != nil {
			t.Fatal(err)
		}
	}
	endless, f := helloHTTP2(t)
	conns = append(conns, endless)
	go func() { _, _ = io.Copy(io.Discard, endless) }()
	if err := f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block}); err != nil {
		t.Fatal(err)
	}
	for range 10000 { // CONTINUATION without end
		if f.WriteContinuation(1, false, block) != nil {
			break
		}
	}
	for _, text := range []string{"GET / HTTP/1.1\r\n\r\n", "\x16\x03\x01\x00\x05hello", strings.Repeat("\x00", 1000), http2.ClientPreface[:10]} {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		conns = append(conns, c)
		_, _ = io.WriteString(c, text)
	}
	alive(t) // while they are there
	for _, c := range conns {
		_ = c.Close()
	}
	alive(t)
	eventually(t, "what the connections took is given back", func() bool { return runtime.NumGoroutine() <= before+10 })
}

// TestManyConnections: thousands of clients at rest; how many depends on the files that may be open.
func TestManyConnections(t *testing.T) {
	want := 5000
	if testing.Short() {
		want = 200
	}
	if most := openFiles(); most > 0 && most/2-200 < want {
		t.Logf("only %d files may be open: %d connections instead of %d", most, most/2-200, want)
		want = most/2 - 200
	}
	before := runtime.NumGoroutine()
	conns := make([]net.Conn, 0, want)
	var wait sync.WaitGroup
	defer wait.Wait()
	defer func() {
		for _, c := range conns {
			_ = c.Close()
		}
	}()
	for range want {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatalf("connection %d: %v", len(conns), err)
		}
		conns = append(conns, c)
		if _, err := io.WriteString(c, http2.ClientPreface); err != nil {
			t.Fatal(err)
		}
		if err := http2.NewFramer(c, nil).WriteSettings(); err != nil {
			t.Fatal(err)
		}
	}
	var with runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&with)
	t.Logf("%d connections at rest: %d MiB of heap in the whole process", len(conns), with.HeapInuse>>20)
	alive(t)
	for _, c := range conns {
		_ = c.Close()
	}
	conns = nil
	eventually(t, "the connections are gone", func() bool { return runtime.NumGoroutine() <= before+10 })
}

// TestBrokenIngest: a stream that breaks off, or changes its columns, leaves nothing behind.
func TestBrokenIngest(t *testing.T) {
	c, ctx := raw(t), within(t)
	check := connect(t)
	schema := arrow.NewSchema([]arrow.Field{{Name: "id", Type: arrow.PrimitiveTypes.Int64}}, nil)
	other := arrow.NewSchema([]arrow.Field{{Name: "id", Type: arrow.BinaryTypes.String}}, nil)
	batch := func(s *arrow.Schema) arrow.RecordBatch {
		b := array.NewRecordBuilder(memory.DefaultAllocator, s)
		defer b.Release()
		for range 1000 {
			switch f := b.Field(0).(type) {
			case *array.Int64Builder:
				f.Append(1)
			case *array.StringBuilder:
				f.Append("x")
			}
		}
		return b.NewRecordBatch()
	}
	begin := func(ctx context.Context, table string) (wire.FlightService_DoPutClient, *flight.Writer) {
		s, err := c.DoPut(ctx)
		if err != nil {
			t.Fatal(err)
		}
		w := flight.NewRecordWriter(s, ipc.WithSchema(schema))
		w.SetFlightDescriptor(&flight.FlightDescriptor{Type: flight.DescriptorCMD, Cmd: packed(t, &wire.CommandStatementIngest{
			Table: table, TableDefinitionOptions: &wire.CommandStatementIngest_TableDefinitionOptions{
				IfNotExist: wire.CommandStatementIngest_TableDefinitionOptions_TABLE_NOT_EXIST_OPTION_CREATE, IfExists: wire.CommandStatementIngest_TableDefinitionOptions_TABLE_EXISTS_OPTION_APPEND,
			},
		})})
		if err := w.Write(batch(schema)); err != nil {
			t.Fatal(err)
		}
		return s, w
	}
	gone, cancel := context.WithCancel(ctx)
	_, _ = begin(gone, "ingest_gone")
	cancel()
	s, _ := begin(ctx, "ingest_garbage")
	_ = s.Send(&wire.FlightData{DataHeader: []byte("garbage"), DataBody: []byte("garbage")})
	_ = s.CloseSend()
	if got := answer(func() error { _, err := s.Recv(); return err }, nil); got == codes.OK || got == codes.Internal {
		t.Errorf("garbage in the middle: %s", got)
	}
	s, _ = begin(ctx, "ingest_other")
	second := flight.NewRecordWriter(s, ipc.WithSchema(other))
	_ = second.Write(batch(other))
	_ = s.CloseSend()
	if got := answer(func() error { _, err := s.Recv(); return err }, nil); got == codes.OK {
		t.Error("other columns in the middle are taken")
	}
	for _, table := range []string{"ingest_gone", "ingest_garbage", "ingest_other"} {
		eventually(t, "nothing is left of "+table, func() bool {
			return len(query(t, ctx, check, "SHOW TABLES LIKE '"+table+"'")) == 0
		})
	}
	alive(t)
}

// FuzzCall sends any bytes as descriptor, ticket and body of actions: the answer is a status, and never that of a defect.
func FuzzCall(f *testing.F) {
	for _, m := range []proto.Message{
		&wire.CommandStatementQuery{Query: "SELECT 1"}, &wire.TicketStatementQuery{StatementHandle: []byte("a.0-1")}, &wire.CommandGetTables{},
		&wire.CommandPreparedStatementQuery{PreparedStatementHandle: []byte("x")}, &wire.CommandGetSqlInfo{Info: []uint32{0, 1, 99999}}, &wire.CommandGetPrimaryKeys{Table: "t"},
		&wire.ActionCreatePreparedStatementRequest{Query: "SELECT ?"}, &wire.CommandStatementIngest{Table: "t"}, &wire.CommandGetXdbcTypeInfo{},
	} {
		f.Add(packed(f, m))
	}
	f.Add([]byte{})
	f.Add([]byte{0xff, 0x01})
	c := raw(f)
	f.Fuzz(func(t *testing.T, bytes []byte) {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		d := &wire.FlightDescriptor{Type: wire.FlightDescriptor_CMD, Cmd: bytes}
		check := func(what string, code codes.Code) {
			if code == codes.Internal || code == codes.Unknown {
				t.Errorf("%s of %q: %s", what, bytes, code)
			}
		}
		_, err := c.GetFlightInfo(ctx, d)
		check("GetFlightInfo", status.Code(err))
		_, err = c.GetSchema(ctx, d)
		check("GetSchema", status.Code(err))
		g, err := c.DoGet(ctx, &wire.Ticket{Ticket: bytes})
		check("DoGet", answer(func() error { _, err := g.Recv(); return err }, err))
		for _, a := range actions {
			s, err := c.DoAction(ctx, &wire.Action{Type: a.Type, Body: bytes})
			check(a.Type, answer(func() error { _, err := s.Recv(); return err }, err))
		}
		p, err := c.DoPut(ctx)
		if err == nil {
			_ = p.Send(&wire.FlightData{FlightDescriptor: d, DataHeader: bytes})
			_ = p.CloseSend()
		}
		check("DoPut", answer(func() error { _, err := p.Recv(); return err }, err))
	})
}
