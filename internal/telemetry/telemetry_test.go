package telemetry

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"
)

func TestOffMakesNothing(t *testing.T) {
	t.Setenv("OTEL_TRACES_EXPORTER", "none")
	p, err := Open(context.Background(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if p.Tracer() != nil || p.TracerProvider() != nil || p.Close() != nil {
		t.Error("traces are made although they are off")
	}
	var none *Provider
	if none.Tracer() != nil || none.Close() != nil {
		t.Error("no provider makes traces")
	}
}

func TestSpansReachTheReceiver(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	var got atomic.Value
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got.Store(r.URL.Path) }))
	defer receiver.Close()
	for _, c := range []struct {
		name    string
		options Options
		env     map[string]string
	}{
		{"by a setting", Options{Exporter: "otlp", Endpoint: receiver.URL, Ratio: 1}, nil},
		{"by the environment", Options{Ratio: 1}, map[string]string{"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.URL}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for k, v := range c.env {
				t.Setenv(k, v)
			}
			got.Store("")
			p, err := Open(context.Background(), c.options)
			if err != nil {
				t.Fatal(err)
			}
			_, span := p.Tracer().Start(context.Background(), "one")
			span.End()
			if err := p.Close(); err != nil {
				t.Fatal(err)
			}
			if path := got.Load(); path != "/v1/traces" {
				t.Errorf("the receiver was asked for %q", path)
			}
		})
	}
	http.DefaultClient.CloseIdleConnections()
}

func TestEndpoints(t *testing.T) {
	for given, want := range map[string]string{
		"http://h:4318": "http://h:4318/v1/traces", "http://h:4318/": "http://h:4318/v1/traces", "https://h/otel/v1/traces": "https://h/otel/v1/traces",
	} {
		if got := traces(given); got != want {
			t.Errorf("%s became %s", given, got)
		}
	}
}
