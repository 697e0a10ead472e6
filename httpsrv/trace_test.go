package httpsrv

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/argan-sql/argan/engine"
)

// TestTracesOfClients: the span that a request names is the parent of its statement's.
func TestTracesOfClients(t *testing.T) {
	spans := tracetest.NewInMemoryExporter()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))
	e, err := engine.Open(engine.Config{Warehouse: t.TempDir(), Threads: 1, Tracer: provider.Tracer("test")})
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(e, Options{Address: "127.0.0.1:0"}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve() }()
	s.Ready()
	const trace, parent = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
	for _, header := range []string{"00-" + trace + "-" + parent + "-01", ""} {
		spans.Reset()
		r, err := http.NewRequest(http.MethodPost, "http://"+s.Address().String()+"/v1/sql?format=csv", strings.NewReader("SELECT id FROM range(10)"))
		if err != nil {
			t.Fatal(err)
		}
		if header != "" {
			r.Header.Set("Traceparent", header)
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, answer.Body); err != nil || answer.StatusCode != http.StatusOK {
			t.Errorf("status %d, %v", answer.StatusCode, err)
		}
		_ = answer.Body.Close()
		// The span ends when the statement is closed, which may be after the last byte.
		found := false
		for end := time.Now().Add(5 * time.Second); !found && time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
			for _, span := range spans.GetSpans() {
				if span.Name != "SELECT" {
					continue
				}
				found = true
				if ours := span.SpanContext.TraceID().String() == trace && span.Parent.SpanID().String() == parent; ours != (header != "") {
					t.Errorf("with %q the trace is %s, the parent %s", header, span.SpanContext.TraceID(), span.Parent.SpanID())
				}
			}
		}
		if !found {
			t.Errorf("with %q no span of the statement", header)
		}
	}
	http.DefaultClient.CloseIdleConnections()
	drained, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	s.Shutdown(drained)
	if err := <-served; err != nil {
		t.Error(err)
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
}
