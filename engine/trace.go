package engine

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/argan-sql/argan/planner/physical"
)

// header reads the headers of a request, of whatever protocol.
type header func(key string) string

// Get reads a header.
func (h header) Get(key string) string { return h(key) }

// Set does nothing: the headers are the client's.
func (h header) Set(string, string) {}

// Keys is not asked for when a context is read.
func (h header) Keys() []string { return nil }

// TraceContext takes the client's trace (the header traceparent of W3C) into a context: the spans of statements that are
// prepared or run with it belong to that trace. get reads a header of the request. Where no traces are made it does nothing.
func (e *Engine) TraceContext(ctx context.Context, get func(key string) string) context.Context {
	if e.config.Tracer == nil {
		return ctx
	}
	return propagation.TraceContext{}.Extract(ctx, header(get))
}

// maxOperatorSpans bounds the spans of a plan.
const maxOperatorSpans = 200

// trace makes the spans of an ended statement. They are made at the end, of times that are taken anyway, so that a running
// statement pays nothing for them.
func (st *Statement) trace(f *Finished, plans []executed) {
	tracer := st.engine.config.Tracer
	if tracer == nil {
		return
	}
	st.mu.Lock()
	ctx := trace.ContextWithRemoteSpanContext(context.Background(), st.parent)
	submitted := st.submitted
	st.mu.Unlock()
	name := f.Name
	if name == "" {
		name = "statement"
	}
	text := func(key, value string) attribute.KeyValue { return attribute.String(key, value) }
	whole := []attribute.KeyValue{
		text("db.system.name", "argan"), text("db.query.text", f.SQL), text("db.operation.name", f.Name), text("argan.statement_id", f.ID), text("argan.session_id", f.Session),
		text("argan.state", string(f.State)), text("enduser.id", f.User), text("network.protocol.name", f.Protocol), text("client.address", f.Address), text("argan.tag", f.Tag),
		attribute.Int64("argan.rows", f.Progress.RowsOut), attribute.Int64("argan.rows_read", f.Progress.RowsRead), attribute.Int64("argan.bytes_read", f.Progress.BytesRead),
		attribute.Int64("argan.peak_memory_bytes", f.Progress.PeakMemory), attribute.Int64("argan.spilled_bytes", f.Progress.SpilledBytes),
	}
	if f.Class != "" {
		whole = append(whole, text("error.type", f.Class))
	}
	ctx, root := tracer.Start(ctx, name, trace.WithTimestamp(f.Submitted), trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(whole...))
	if f.State == Failed || f.State == Cancelled {
		root.SetStatus(codes.Error, f.Error)
	}
	defer root.End(trace.WithTimestamp(f.Ended))
	if !root.IsRecording() {
		return
	}
	piece := func(ctx context.Context, name string, from, to time.Time, attributes ...attribute.KeyValue) context.Context {
		ctx, span := tracer.Start(ctx, name, trace.WithTimestamp(from), trace.WithAttributes(attributes...))
		span.End(trace.WithTimestamp(to))
		return ctx
	}
	parsed := f.Submitted.Add(f.Parse)
	piece(ctx, "parse", f.Submitted, parsed)
	if f.Kind != "" {
		piece(ctx, "plan", parsed, parsed.Add(f.Plan))
	}
	if submitted.IsZero() {
		return
	}
	piece(ctx, "queue", submitted, submitted.Add(f.Queue))
	if f.Started.IsZero() {
		return
	}
	running := piece(ctx, "run", f.Started, f.Ended)
	last := f.Started
	for i := range plans {
		x := &plans[i]
		left := maxOperatorSpans
		x.spans(running, x.node, &left, piece)
		if x.end.After(last) {
			last = x.end
		}
	}
	if f.Version >= 0 {
		piece(running, "commit", last, f.Ended, attribute.Int64("argan.version", f.Version), attribute.Int64("argan.affected_rows", f.Affected))
	}
}

// spans makes one span an operator, below the one that takes its rows. The time of an operator is what its workers spent
// in it, which may be longer than the plan took: then its span is as long as the plan's.
func (x *executed) spans(ctx context.Context, n physical.Node, left *int, piece func(ctx context.Context, name string, from, to time.Time, attributes ...attribute.KeyValue) context.Context) {
	if *left == 0 {
		return
	}
	*left--
	m := x.metrics.Of(n)
	end := x.start.Add(m.Time)
	if end.After(x.end) {
		end = x.end
	}
	ctx = piece(ctx, n.Name(), x.start, end,
		attribute.String("argan.details", clip(redacted(clip(n.Details(), 4000)), 1000)), attribute.Int64("argan.rows", m.Rows), attribute.Float64("argan.worker_ms", float64(m.Time.Microseconds())/1000),
		attribute.Int64("argan.memory_bytes", m.Memory), attribute.Int64("argan.spilled_bytes", m.Spilled), attribute.Int64("argan.bytes_read", m.Bytes))
	for _, child := range n.Children() {
		x.spans(ctx, child, left, piece)
	}
}

// noteTrace keeps the trace that a context belongs to.
func (st *Statement) noteTrace(ctx context.Context) {
	if st.engine.config.Tracer == nil {
		return
	}
	if parent := trace.SpanContextFromContext(ctx); parent.IsValid() {
		st.mu.Lock()
		st.parent = parent
		st.mu.Unlock()
	}
}
