// Package telemetry builds the provider of OpenTelemetry traces that the server is started with.
//
// In: the settings trace, trace-endpoint and trace-ratio, and the OTEL_* variables of the environment. Out: a provider that
// sends spans to an OTLP receiver over HTTP, and a function that sends what is pending. Off, it builds nothing, and the
// engine makes no spans at all.
package telemetry

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Options say where spans go.
type Options struct {
	// Exporter is otlp, or "" for off; then OTEL_TRACES_EXPORTER may turn it on.
	Exporter string
	// Endpoint is the receiver's URL; "" leaves it to OTEL_EXPORTER_OTLP_ENDPOINT.
	Endpoint string
	// Ratio is the part of the traces that are kept where the client has not decided.
	Ratio float64
	// Version is the product's version.
	Version string
}

// Provider makes spans; the zero value makes none.
type Provider struct {
	provider *sdktrace.TracerProvider
}

// Open builds the provider that the options and the environment ask for.
func Open(ctx context.Context, o Options) (*Provider, error) {
	if o.Exporter == "" && strings.EqualFold(os.Getenv("OTEL_TRACES_EXPORTER"), "otlp") {
		o.Exporter = "otlp"
	}
	if o.Exporter == "" || strings.EqualFold(os.Getenv("OTEL_SDK_DISABLED"), "true") {
		return &Provider{}, nil
	}
	var options []otlptracehttp.Option
	if o.Endpoint != "" {
		options = append(options, otlptracehttp.WithEndpointURL(traces(o.Endpoint)))
	}
	exporter, err := otlptracehttp.New(ctx, options...)
	if err != nil {
		return nil, fmt.Errorf("traces: %w", err)
	}
	return New(sdktrace.NewBatchSpanProcessor(exporter), o)
}

// traces is the URL of the receiver of traces: a URL without a path gets the protocol's.
func traces(endpoint string) string {
	rest := endpoint
	if i := strings.Index(endpoint, "://"); i >= 0 {
		rest = endpoint[i+3:]
	}
	if i := strings.IndexByte(rest, '/'); i < 0 || rest[i:] == "/" {
		return strings.TrimSuffix(endpoint, "/") + "/v1/traces"
	}
	return endpoint
}

// New builds a provider that hands its spans to a processor.
func New(processor sdktrace.SpanProcessor, o Options) (*Provider, error) {
	about, err := resource.New(context.Background(),
		resource.WithAttributes(attribute.String("service.name", "argan"), attribute.String("service.version", o.Version)), resource.WithHost(), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("traces: %w", err)
	}
	return &Provider{provider: sdktrace.NewTracerProvider(
		sdktrace.WithSpanProcessor(processor), sdktrace.WithResource(about), sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.TraceIDRatioBased(o.Ratio))),
	)}, nil
}

// Tracer makes the engine's spans; nil where tracing is off.
func (p *Provider) Tracer() trace.Tracer {
	if p == nil || p.provider == nil {
		return nil
	}
	return p.provider.Tracer("github.com/argan-sql/argan")
}

// TracerProvider is for the servers' own instruments; nil where tracing is off.
func (p *Provider) TracerProvider() trace.TracerProvider {
	if p == nil || p.provider == nil {
		return nil
	}
	return p.provider
}

// Propagator reads and writes the traceparent of W3C.
func Propagator() propagation.TextMapPropagator {
	return propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{})
}

// Close sends what is pending.
func (p *Provider) Close() error {
	if p == nil || p.provider == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return p.provider.Shutdown(ctx)
}
