package flightsrv

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/stats"
	"google.golang.org/grpc/status"

	"google.golang.org/grpc/credentials/insecure"
)

// counting counts the bytes that a connection received.
type counting struct{ bytes int }

func (*counting) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context   { return ctx }
func (*counting) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }
func (*counting) HandleConn(context.Context, stats.ConnStats)                       {}
func (c *counting) HandleRPC(_ context.Context, s stats.RPCStats) {
	if p, ok := s.(*stats.InPayload); ok {
		c.bytes += p.WireLength
	}
}

const wide = "SELECT id, concat('name ', id % 7) AS s, IF(id % 5 = 0, NULL, 'x') AS n FROM range(20000)"

func TestCompressionAndDictionaries(t *testing.T) {
	ctx := within(t)
	seen := &counting{}
	c, err := flightsql.NewClient(address, nil, nil, grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithStatsHandler(seen))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var plain []string
	size := map[string]int{}
	for _, s := range []struct {
		name, compression, dictionaries, header string
	}{
		{"plain", "none", "false", ""},
		{"lz4", "lz4", "false", ""},
		{"zstd", "ZSTD", "false", ""},
		{"by a header", "none", "false", "zstd"},
		{"dictionaries", "none", "true", ""},
		{"both", "zstd", "true", ""},
	} {
		query(t, ctx, c, "SET argan.flight.compression = "+s.compression)
		query(t, ctx, c, "SET argan.flight.dictionaries = "+s.dictionaries)
		call := ctx
		if s.header != "" {
			call = metadata.AppendToOutgoingContext(ctx, compressionHeader, s.header)
		}
		info, err := c.Execute(call, wide)
		if err != nil {
			t.Fatal(err)
		}
		announced, err := flight.DeserializeSchema(info.Schema, nil)
		if err != nil {
			t.Fatal(err)
		}
		seen.bytes = 0
		schema, rows, err := fetch(call, c, info)
		if err != nil {
			t.Errorf("%s: %v", s.name, err)
			continue
		}
		size[s.name] = seen.bytes
		if !announced.Equal(schema) {
			t.Errorf("%s: announced %s, sent %s", s.name, announced, schema)
		}
		if got := schema.Field(1).Type.ID() == arrow.DICTIONARY; got != (s.dictionaries == "true") {
			t.Errorf("%s: the column is %s", s.name, schema.Field(1).Type)
		}
		var flat []string
		for _, r := range rows {
			flat = append(flat, strings.Join(r, "|"))
		}
		if plain == nil {
			plain = flat
		} else if strings.Join(flat, "\n") != strings.Join(plain, "\n") {
			t.Errorf("%s: other rows", s.name)
		}
	}
	for _, name := range []string{"lz4", "zstd", "by a header", "dictionaries", "both"} {
		if size[name] >= size["plain"] {
			t.Errorf("%s takes %d bytes, plain %d", name, size[name], size["plain"])
		}
	}
	bad := metadata.AppendToOutgoingContext(ctx, compressionHeader, "brotli")
	info, err := c.Execute(bad, wide)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := fetch(bad, c, info); status.Code(err) != codes.InvalidArgument {
		t.Errorf("an unknown compression: %v", err)
	}
	if _, err := c.Execute(ctx, "SET argan.flight.compression = brotli"); status.Code(err) != codes.InvalidArgument {
		t.Errorf("an unknown compression in a setting: %v", err)
	}
}

func TestProgressInMetadata(t *testing.T) {
	c, ctx := connect(t), within(t)
	info, err := c.Execute(ctx, "SELECT id FROM range(100000)")
	r := reading(t, ctx, c, info, err)
	var last sent
	for r.Next() {
		if err := json.Unmarshal(r.LatestAppMetadata(), &last); err != nil {
			t.Fatalf("%q: %v", r.LatestAppMetadata(), err)
		}
	}
	if r.Err() != nil || last.Rows != 100000 {
		t.Errorf("%+v, %v", last, r.Err())
	}
}

func TestEndpoints(t *testing.T) {
	c, ctx := connect(t), within(t)
	query(t, ctx, c, "SET argan.flight.endpoints = 3")
	info, err := c.Execute(ctx, "SELECT id, id AS b, id AS c FROM range(1500000) ORDER BY id DESC")
	if err != nil {
		t.Fatal(err)
	}
	if len(info.Endpoint) < 2 || len(info.Endpoint) > 3 || !info.Ordered || info.TotalRecords != 1500000 || info.TotalBytes <= 0 {
		t.Fatalf("%d endpoints, ordered %t, %d rows, %d bytes", len(info.Endpoint), info.Ordered, info.TotalRecords, info.TotalBytes)
	}
	for range 2 { // as often as wanted, while it is kept
		next := int64(1499999)
		for _, e := range info.Endpoint {
			if e.ExpirationTime == nil || time.Until(e.ExpirationTime.AsTime()) < time.Second {
				t.Errorf("the endpoint is kept until %v", e.ExpirationTime)
			}
			r, err := c.DoGet(ctx, e.Ticket)
			if err != nil {
				t.Fatal(err)
			}
			for r.Next() {
				for _, id := range r.RecordBatch().Column(0).(*array.Int64).Int64Values() {
					if id != next {
						t.Fatalf("row %d, want %d", id, next)
					}
					next--
				}
			}
			if err := r.Err(); err != nil {
				t.Fatal(err)
			}
			r.Release()
		}
		if next != -1 {
			t.Errorf("the rows end before %d", next)
		}
	}
	renewed, err := c.RenewFlightEndpoint(ctx, &flight.RenewFlightEndpointRequest{Endpoint: info.Endpoint[0]})
	if err != nil || renewed.ExpirationTime.AsTime().Before(info.Endpoint[0].ExpirationTime.AsTime()) {
		t.Errorf("%v %v", renewed, err)
	}
	if r, err := c.CancelFlightInfo(ctx, &flight.CancelFlightInfoRequest{Info: info}); err != nil || r.Status != flight.CancelStatusNotCancellable {
		t.Errorf("cancelling what has ended: %v %v", r, err)
	}
	if _, _, err := fetch(ctx, c, info); status.Code(err) != codes.NotFound {
		t.Errorf("after it was let go: %v", err)
	}
	empty, err := c.Execute(ctx, "SELECT id FROM range(3) WHERE id > 9")
	if err != nil || len(empty.Endpoint) != 1 || empty.TotalRecords != 0 {
		t.Fatalf("%v %v", empty, err)
	}
	if schema, rows, err := fetch(ctx, c, empty); err != nil || len(rows) != 0 || schema.NumFields() != 1 {
		t.Errorf("a result without rows: %v %v", rows, err)
	}
	if _, err := c.Execute(ctx, "SELECT raise_error('broken')"); status.Code(err) == codes.OK || !strings.Contains(err.Error(), "broken") {
		t.Errorf("a statement that fails: %v", err)
	}
}

func TestPoll(t *testing.T) {
	c, ctx := connect(t), within(t)
	poll := func(descriptor *flight.FlightDescriptor, sql string) *flight.PollInfo {
		t.Helper()
		var p *flight.PollInfo
		var err error
		if descriptor == nil {
			p, err = c.ExecutePoll(ctx, sql, nil)
		} else {
			p, err = c.ExecutePoll(ctx, sql, descriptor)
		}
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	done := poll(nil, "SELECT id FROM range(5)")
	for done.FlightDescriptor != nil {
		done = poll(done.FlightDescriptor, "")
	}
	if done.GetProgress() != 1 || done.ExpirationTime == nil || done.Info.TotalRecords != 5 {
		t.Errorf("%v", done)
	}
	if _, rows, err := fetch(ctx, c, done.Info); err != nil || fmt.Sprint(rows) != "[[0] [1] [2] [3] [4]]" {
		t.Errorf("%v %v", rows, err)
	}
	short, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	running, err := c.ExecutePoll(short, "SELECT count(*) FROM ("+endless+") WHERE n < 0", nil)
	if err != nil || running.FlightDescriptor == nil {
		t.Fatalf("%v %v", running, err)
	}
	other := connect(t)
	if _, err := other.ExecutePoll(metadata.AppendToOutgoingContext(ctx, "authorization", "Basic YW5uOg=="), "", running.FlightDescriptor); status.Code(err) != codes.NotFound {
		t.Errorf("another user polls: %v", err)
	}
	q, err := flightsql.GetStatementQueryTicket(&flight.Ticket{Ticket: running.FlightDescriptor.Cmd})
	if err != nil {
		t.Fatal(err)
	}
	ticket, err := flightsql.CreateStatementQueryTicket(q.GetStatementHandle())
	if err != nil {
		t.Fatal(err)
	}
	whole := &flight.FlightInfo{Endpoint: []*flight.FlightEndpoint{{Ticket: &flight.Ticket{Ticket: ticket}}}}
	if r, err := c.CancelFlightInfo(ctx, &flight.CancelFlightInfoRequest{Info: whole}); err != nil || r.Status != flight.CancelStatusCancelled {
		t.Errorf("%v %v", r, err)
	}
	if _, err := c.ExecutePoll(ctx, "", running.FlightDescriptor); status.Code(err) != codes.NotFound {
		t.Errorf("after it was cancelled: %v", err)
	}
	if _, err := c.ExecutePoll(ctx, "SELEC 1", nil); status.Code(err) != codes.InvalidArgument {
		t.Errorf("a bad statement: %v", err)
	}
	if _, err := c.ExecutePoll(ctx, "SELECT raise_error('broken')", nil); err == nil || !strings.Contains(err.Error(), "broken") {
		t.Errorf("a statement that fails: %v", err)
	}
}
