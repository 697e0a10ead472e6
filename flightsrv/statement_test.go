package flightsrv

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func TestQuery(t *testing.T) {
	c, ctx := connect(t), within(t)
	info, err := c.Execute(ctx, "SELECT id, CAST(id AS DECIMAL(10,2)) AS d, CONCAT('n', id) AS s FROM range(5) ORDER BY id DESC")
	if err != nil {
		t.Fatal(err)
	}
	announced, err := flight.DeserializeSchema(info.Schema, nil)
	if err != nil {
		t.Fatal(err)
	}
	schema, rows, err := fetch(ctx, c, info)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(rows), "[[4 400 n4] [3 300 n3] [2 200 n2] [1 100 n1] [0 0 n0]]"; got != want {
		t.Errorf("rows are %s, want %s", got, want)
	}
	if !announced.Equal(schema) {
		t.Errorf("announced %s, sent %s", announced, schema)
	}
	for i, want := range []string{"BIGINT", "DECIMAL(10,2)", "STRING"} {
		if got, _ := schema.Field(i).Metadata.GetValue("ARROW:FLIGHT:SQL:TYPE_NAME"); got != want {
			t.Errorf("column %d is %s, want %s", i, got, want)
		}
	}
	if schema.Field(1).Type.ID() != arrow.DECIMAL128 {
		t.Errorf("a decimal is %s", schema.Field(1).Type)
	}
}

func TestLargeResult(t *testing.T) {
	c, ctx := connect(t), within(t)
	info, err := c.Execute(ctx, "SELECT id FROM range(300000)")
	r := reading(t, ctx, c, info, err)
	n, batches := int64(0), 0
	for r.Next() {
		n += r.RecordBatch().NumRows()
		batches++
	}
	if r.Err() != nil || n != 300000 || batches < 2 {
		t.Errorf("%d rows in %d batches, %v", n, batches, r.Err())
	}
}

func TestEmptyResultHasASchema(t *testing.T) {
	c, ctx := connect(t), within(t)
	info, err := c.Execute(ctx, "SELECT id AS a FROM range(3) WHERE id > 9")
	if err != nil {
		t.Fatal(err)
	}
	schema, rows, err := fetch(ctx, c, info)
	if err != nil || len(rows) != 0 || schema.Field(0).Name != "a" {
		t.Errorf("%v %v %v", schema, rows, err)
	}
}

func TestSchemaWithoutRunning(t *testing.T) {
	c, ctx := connect(t), within(t)
	r, err := c.GetExecuteSchema(ctx, "SELECT DATE'2026-01-01' AS d, 1.5 AS n")
	if err != nil {
		t.Fatal(err)
	}
	schema, err := flight.DeserializeSchema(r.Schema, nil)
	if err != nil || schema.NumFields() != 2 || schema.Field(0).Type.ID() != arrow.DATE32 {
		t.Errorf("%v %v", schema, err)
	}
}

func TestUpdateCounts(t *testing.T) {
	c, ctx := connect(t), within(t)
	for _, s := range []struct {
		sql  string
		want int64
	}{
		{"CREATE TABLE counts (a INT, b STRING) USING delta", 0},
		{"INSERT INTO counts VALUES (1, 'x'), (2, 'y'), (3, NULL)", 3},
		{"UPDATE counts SET b = 'z' WHERE a >= 2", 2},
		{"DELETE FROM counts WHERE a = 1", 1},
		{"MERGE INTO counts USING (SELECT 3 AS a UNION ALL SELECT 9) s ON counts.a = s.a WHEN MATCHED THEN UPDATE SET b = 'm' WHEN NOT MATCHED THEN INSERT (a, b) VALUES (s.a, 'new')", 2},
	} {
		if got := update(t, ctx, c, s.sql); got != s.want {
			t.Errorf("%s changed %d rows, want %d", s.sql, got, s.want)
		}
	}
	if got, want := fmt.Sprint(query(t, ctx, c, "SELECT * FROM counts ORDER BY a")), "[[2 z] [3 m] [9 new]]"; got != want {
		t.Errorf("the table is %s, want %s", got, want)
	}
	// A statement without rows may be sent as a query too.
	if rows := query(t, ctx, c, "DROP TABLE counts"); len(rows) != 0 {
		t.Errorf("DROP TABLE gave %q", rows)
	}
}

func TestWhatChangesRunsAtOnce(t *testing.T) {
	c, ctx := connect(t), within(t)
	update(t, ctx, c, "CREATE OR REPLACE TABLE at_once AS SELECT id FROM range(5)")
	info, err := c.Execute(ctx, "DELETE FROM at_once WHERE id < 2")
	if err != nil {
		t.Fatal(err)
	}
	if got := value(t, ctx, c, "SELECT count(*) FROM at_once"); got != "3" {
		t.Errorf("before its rows are fetched the table has %s rows", got)
	}
	if _, rows, err := fetch(ctx, c, info); err != nil || fmt.Sprint(rows) != "[[2]]" {
		t.Errorf("its rows are %v, %v", rows, err)
	}
	if _, err := c.Execute(ctx, "SET spark.sql.session.timeZone = Asia/Tokyo"); err != nil {
		t.Fatal(err)
	}
	if got := value(t, ctx, c, zone); got != "Asia/Tokyo" {
		t.Errorf("a SET whose row was never fetched left %s", got)
	}
}

func TestTicketIsRedeemedOnce(t *testing.T) {
	c, ctx := connect(t), within(t)
	info, err := c.Execute(ctx, "SELECT 1")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := fetch(ctx, c, info); err != nil {
		t.Fatal(err)
	}
	if _, _, err := fetch(ctx, c, info); status.Code(err) != codes.NotFound {
		t.Errorf("a second time: %v", err)
	}
	ticket, err := flightsql.CreateStatementQueryTicket([]byte("made-up"))
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = fetch(ctx, c, &flight.FlightInfo{Endpoint: []*flight.FlightEndpoint{{Ticket: &flight.Ticket{Ticket: ticket}}}})
	if status.Code(err) != codes.NotFound {
		t.Errorf("a made-up ticket: %v", err)
	}
}

func TestErrors(t *testing.T) {
	c, ctx := connect(t), within(t)
	for _, s := range []struct {
		sql, class, state string
		code              codes.Code
		line, column      string
	}{
		{"SELECT *\nFROM nope", "TABLE_OR_VIEW_NOT_FOUND", "42P01", codes.NotFound, "2", "6"},
		{"SELEC 1", "PARSE_SYNTAX_ERROR", "42601", codes.InvalidArgument, "1", "1"},
		{"SELECT nope FROM range(1)", "UNRESOLVED_COLUMN.WITH_SUGGESTION", "42703", codes.InvalidArgument, "1", "8"},
		{"CREATE DATABASE default", "SCHEMA_ALREADY_EXISTS", "42P06", codes.AlreadyExists, "1", "1"},
	} {
		info, err := c.Execute(ctx, s.sql)
		if err == nil {
			_, _, err = fetch(ctx, c, info)
		}
		st, _ := status.FromError(err)
		if err == nil || st.Code() != s.code {
			t.Errorf("%s: %v is %s, want %s", s.sql, err, st.Code(), s.code)
			continue
		}
		if !strings.HasPrefix(st.Message(), "["+s.class+"]") || !strings.Contains(st.Message(), "SQLSTATE: "+s.state) {
			t.Errorf("%s: the message is %q", s.sql, st.Message())
		}
		var info2 *errdetails.ErrorInfo
		for _, d := range st.Details() {
			if i, ok := d.(*errdetails.ErrorInfo); ok {
				info2 = i
			}
		}
		if info2 == nil || info2.Reason != s.class || info2.Domain != "argan" || info2.Metadata["sqlstate"] != s.state || info2.Metadata["line"] != s.line || info2.Metadata["column"] != s.column {
			t.Errorf("%s: the details are %v", s.sql, info2)
		}
	}
}

func TestTransactionsAreRefused(t *testing.T) {
	c, ctx := connect(t), within(t)
	if _, err := c.BeginTransaction(ctx); status.Code(err) != codes.Unimplemented {
		t.Errorf("BeginTransaction: %v", err)
	}
}

// endless is a statement that runs until it is cancelled, giving rows all the while.
const endless = "SELECT a.id + b.id + c.id AS n FROM range(100000) a, range(100000) b, range(100000) c"

func TestCancelByTheClientGoing(t *testing.T) {
	c, ctx := connect(t), within(t)
	running := len(shared.Statements(nil))
	ctx, cancel := context.WithCancel(ctx)
	info, err := c.Execute(ctx, endless)
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.DoGet(ctx, info.Endpoint[0].Ticket)
	if err != nil {
		t.Fatal(err)
	}
	if !r.Next() {
		t.Fatal("no rows", r.Err())
	}
	cancel()
	for r.Next() {
	}
	if status.Code(r.Err()) != codes.Canceled {
		t.Errorf("the stream ended with %v", r.Err())
	}
	r.Release()
	eventually(t, "the statement ends", func() bool { return len(shared.Statements(nil)) == running })
}

func TestCancelFlightInfo(t *testing.T) {
	c, ctx := connect(t), within(t)
	info, err := c.Execute(ctx, endless)
	r := reading(t, ctx, c, info, err)
	if !r.Next() {
		t.Fatal("no rows", r.Err())
	}
	result, err := c.CancelFlightInfo(ctx, &flight.CancelFlightInfoRequest{Info: info})
	if err != nil || result.Status != flight.CancelStatusCancelled {
		t.Fatalf("%v %v", result, err)
	}
	for r.Next() {
	}
	if err := r.Err(); status.Code(err) != codes.Canceled || !strings.Contains(err.Error(), "QUERY_CANCELLED") {
		t.Errorf("the stream ended with %v", err)
	}
	again, err := c.CancelFlightInfo(ctx, &flight.CancelFlightInfoRequest{Info: info})
	if err != nil || again.Status != flight.CancelStatusNotCancellable {
		t.Errorf("a second time: %v %v", again, err)
	}
}

func TestCancelBeforeItRuns(t *testing.T) {
	c, ctx := connect(t), within(t)
	info, err := c.Execute(ctx, "SELECT 1")
	if err != nil {
		t.Fatal(err)
	}
	if result, err := c.CancelFlightInfo(ctx, &flight.CancelFlightInfoRequest{Info: info}); err != nil || result.Status != flight.CancelStatusCancelled {
		t.Fatalf("%v %v", result, err)
	}
	if _, _, err := fetch(ctx, c, info); status.Code(err) != codes.Canceled {
		t.Errorf("its rows: %v", err)
	}
}

func TestTimeout(t *testing.T) {
	c, ctx := connect(t), within(t)
	query(t, ctx, c, "SET argan.statement.timeout = 50ms")
	info, err := c.Execute(ctx, endless)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := fetch(ctx, c, info); status.Code(err) != codes.DeadlineExceeded {
		t.Errorf("after its time: %v", err)
	}
}

func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); !f(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it never happens that %s", what)
		}
	}
}
