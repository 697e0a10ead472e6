package flightsrv

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	"github.com/argan-sql/argan/engine"
)

// TestTracesOfClients: the span that a client names is the parent of its statements', however they are sent. The server
// asks for new connections all the time meanwhile, which no call may notice.
func TestTracesOfClients(t *testing.T) {
	spans := tracetest.NewInMemoryExporter()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))
	e, err := engine.Open(engine.Config{Warehouse: t.TempDir(), Threads: 1, Tracer: provider.Tracer("test")})
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(e, Options{Address: "127.0.0.1:0", ConnectionAge: 50 * time.Millisecond}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve() }()
	c, err := flightsql.NewClient(s.Address().String(), nil, nil, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	const trace, parent = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
	named := metadata.AppendToOutgoingContext(within(t), "traceparent", "00-"+trace+"-"+parent+"-01")
	prepared := func(ctx context.Context) error {
		p, err := c.Prepare(ctx, "SELECT ? + 1")
		if err != nil {
			return err
		}
		p.SetParameters(bind(t, []arrow.Field{field(arrow.PrimitiveTypes.Int32)}, []any{1}))
		info, err := p.Execute(ctx)
		if err != nil {
			return err
		}
		_, _, err = fetch(ctx, c, info)
		return err
	}
	for _, way := range []struct {
		name, span string
		run        func(ctx context.Context) error
	}{
		{"a query", "SELECT", func(ctx context.Context) error {
			info, err := c.Execute(ctx, "SELECT id FROM range(10)")
			if err != nil {
				return err
			}
			_, _, err = fetch(ctx, c, info)
			return err
		}},
		{"an update", "CREATE TABLE", func(ctx context.Context) error {
			_, err := c.ExecuteUpdate(ctx, "CREATE TABLE t (a INT)")
			return err
		}},
		{"a prepared statement", "SELECT", prepared},
	} {
		for _, traced := range []bool{true, false} {
			ctx := named
			if !traced {
				ctx = within(t)
			}
			spans.Reset()
			if err := way.run(ctx); err != nil && traced {
				t.Errorf("%s: %v", way.name, err)
			}
			found := false
			for _, span := range spans.GetSpans() {
				found = found || span.Name == way.span
				ours := span.SpanContext.TraceID().String() == trace
				if ours != traced {
					t.Errorf("%s: span %s belongs to trace %s", way.name, span.Name, span.SpanContext.TraceID())
				}
				if span.Name == way.span && traced && span.Parent.SpanID().String() != parent {
					t.Errorf("%s: the parent is %s", way.name, span.Parent.SpanID())
				}
			}
			if !found && traced {
				t.Errorf("%s: no span %s", way.name, way.span)
			}
		}
	}
	_ = c.Close()
	drained, cancel := context.WithTimeout(within(t), 2*time.Second)
	defer cancel()
	s.Shutdown(drained)
	if err := <-served; err != nil {
		t.Error(err)
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
}
