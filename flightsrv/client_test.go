package flightsrv

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/argan-sql/argan/engine"
	"github.com/argan-sql/argan/engine/arrowio"
)

// The server that all tests share: opening a warehouse costs more than most tests.
var (
	shared  *engine.Engine
	address string
)

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "flightsrv")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		e, err := engine.Open(engine.Config{Warehouse: dir, Threads: 2, Version: "1.2.3"})
		if err != nil {
			panic(err)
		}
		s, err := New(e, Options{Address: "127.0.0.1:0"}, slog.New(slog.DiscardHandler))
		if err != nil {
			panic(err)
		}
		var serving sync.WaitGroup
		serving.Go(func() {
			if err := s.Serve(); err != nil {
				panic(err)
			}
		})
		shared, address = e, s.Address().String()
		code := m.Run()
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		s.Shutdown(ctx)
		serving.Wait()
		if err := e.Close(); err != nil {
			panic(err)
		}
		if err := goleak.Find(); err != nil && code == 0 {
			fmt.Println(err)
			return 1
		}
		return code
	}())
}

// connect is a connection of its own, with a session of its own.
func connect(t *testing.T, middleware ...flight.ClientMiddleware) *flightsql.Client {
	t.Helper()
	c, err := flightsql.NewClient(address, nil, middleware, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// fetch redeems the tickets of a FlightInfo and gives the rows as text.
func fetch(ctx context.Context, c *flightsql.Client, info *flight.FlightInfo) (*arrow.Schema, [][]string, error) {
	var schema *arrow.Schema
	var rows [][]string
	for _, e := range info.Endpoint {
		r, err := c.DoGet(ctx, e.Ticket)
		if err != nil {
			return nil, nil, err
		}
		schema = r.Schema()
		for r.Next() {
			b, err := arrowio.Batch(r.RecordBatch())
			if err != nil {
				r.Release()
				return nil, nil, err
			}
			for i := range b.Len() {
				row := make([]string, len(b.Cols))
				for j := range b.Cols {
					row[j] = fmt.Sprint(b.Column(j).Value(i))
				}
				rows = append(rows, row)
			}
		}
		err = r.Err()
		r.Release()
		if err != nil {
			return nil, nil, err
		}
	}
	return schema, rows, nil
}

// query runs a statement and gives its rows as text.
func query(t *testing.T, ctx context.Context, c *flightsql.Client, sql string) [][]string {
	t.Helper()
	info, err := c.Execute(ctx, sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	_, rows, err := fetch(ctx, c, info)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return rows
}

// value runs a statement that gives one value.
func value(t *testing.T, ctx context.Context, c *flightsql.Client, sql string) string {
	t.Helper()
	rows := query(t, ctx, c, sql)
	if len(rows) != 1 || len(rows[0]) != 1 {
		t.Fatalf("%s gave %q, not one value", sql, rows)
	}
	return rows[0][0]
}

func update(t *testing.T, ctx context.Context, c *flightsql.Client, sql string) int64 {
	t.Helper()
	n, err := c.ExecuteUpdate(ctx, sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return n
}

// reading opens the rows of what a command has answered.
func reading(t *testing.T, ctx context.Context, c *flightsql.Client, info *flight.FlightInfo, err error) *flight.Reader {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.DoGet(ctx, info.Endpoint[0].Ticket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Release)
	return r
}

// signedIn is a context whose calls are those of a user.
func signedIn(t *testing.T, ctx context.Context, c *flightsql.Client, user string) context.Context {
	t.Helper()
	out, err := c.Client.AuthenticateBasicToken(ctx, user, "")
	if err != nil {
		t.Fatal(err)
	}
	return out
}
