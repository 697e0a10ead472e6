// Command flight is the yardstick of the suite flight: a Flight SQL server that does nothing but send. It answers every
// query with the same record batches, made once, through arrow-go alone; what a server with an engine behind it is slower
// than this, the engine and its conversion cost.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// schema is that of the suite's query.
var schema = arrow.NewSchema([]arrow.Field{
	{Name: "id", Type: arrow.PrimitiveTypes.Int64},
	{Name: "k", Type: arrow.PrimitiveTypes.Int32},
	{Name: "v", Type: arrow.PrimitiveTypes.Float64},
	{Name: "s", Type: arrow.BinaryTypes.String},
}, nil)

type bare struct {
	flightsql.BaseServer
	batches []arrow.RecordBatch
}

func (b *bare) GetFlightInfoStatement(_ context.Context, _ flightsql.StatementQuery, d *flight.FlightDescriptor) (*flight.FlightInfo, error) {
	ticket, err := flightsql.CreateStatementQueryTicket([]byte("rows"))
	if err != nil {
		return nil, err
	}
	return &flight.FlightInfo{
		Schema: flight.SerializeSchema(schema, memory.DefaultAllocator), FlightDescriptor: d, TotalRecords: -1, TotalBytes: -1,
		Endpoint: []*flight.FlightEndpoint{{Ticket: &flight.Ticket{Ticket: ticket}}},
	}, nil
}

func (b *bare) DoGetStatement(ctx context.Context, _ flightsql.StatementQueryTicket) (*arrow.Schema, <-chan flight.StreamChunk, error) {
	out := make(chan flight.StreamChunk, 4)
	go func() {
		defer close(out)
		for _, r := range b.batches {
			r.Retain()
			select {
			case out <- flight.StreamChunk{Data: r}:
			case <-ctx.Done():
				r.Release()
				return
			}
		}
	}()
	return schema, out, nil
}

// fill makes the batches: rows 0 to rows-1.
func fill(rows, size int) []arrow.RecordBatch {
	var out []arrow.RecordBatch
	for from := 0; from < rows; from += size {
		b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
		for i := from; i < min(from+size, rows); i++ {
			b.Field(0).(*array.Int64Builder).Append(int64(i))
			b.Field(1).(*array.Int32Builder).Append(int32(i % 1000))
			b.Field(2).(*array.Float64Builder).Append(float64(i) / 2)
			b.Field(3).(*array.StringBuilder).Append(fmt.Sprintf("name %d", i%1000))
		}
		out = append(out, b.NewRecordBatch())
		b.Release()
	}
	return out
}

func main() {
	address := flag.String("address", "127.0.0.1:0", "where to listen")
	rows := flag.Int("rows", 10_000_000, "rows of every answer")
	size := flag.Int("batch", 16384, "rows of a record batch")
	flag.Parse()
	b := &bare{batches: fill(*rows, *size)}
	b.Alloc = memory.DefaultAllocator
	s := flight.NewServerWithMiddleware(nil)
	s.RegisterFlightService(flightsql.NewFlightServer(b))
	if err := s.Init(*address); err != nil {
		log.Fatal(err)
	}
	s.SetShutdownOnSignals(os.Interrupt)
	fmt.Fprintf(os.Stderr, "ready flight=%s\n", s.Addr())
	if err := s.Serve(); err != nil {
		log.Fatal(err)
	}
}
