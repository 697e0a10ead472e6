package httpsrv

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/argan-sql/argan/engine"
	"github.com/argan-sql/argan/engine/arrowio"
	"github.com/argan-sql/argan/engine/render"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// sql runs one statement and streams its result.
func (s *Server) sql(w http.ResponseWriter, r *http.Request) {
	q, encoder, err := s.wanted(w, r)
	if err != nil {
		failed(w, err, "")
		return
	}
	if q.wait != nil {
		s.sqlInTime(w, r, q, encoder)
		return
	}
	session, free, err := s.turn(r, false)
	if err != nil {
		failed(w, err, "")
		return
	}
	defer free()
	st, err := s.prepare(r, session, q)
	if err != nil {
		failed(w, err, "")
		return
	}
	result, err := st.Run(r.Context())
	if err != nil {
		failed(w, err, st.ID())
		return
	}
	defer result.Close()
	s.send(w, r, q, st, result, encoder)
}

// wanted reads a request for rows and finds the encoder of its format.
func (s *Server) wanted(w http.ResponseWriter, r *http.Request) (*request, encoder, error) {
	q, err := s.read(w, r)
	if err != nil {
		return nil, nil, err
	}
	encoder, err := encoderOf(q.format)
	return q, encoder, err
}

func encoderOf(format string) (encoder, error) {
	if e := encoders[format]; e != nil {
		return e, nil
	}
	return nil, &problemWith{http.StatusNotAcceptable, "UNKNOWN_FORMAT", fmt.Sprintf("the format %q is not known; there are json, ndjson, csv, tsv, arrow, parquet and table", format)}
}

// prepare plans the statement of a request in a session. What a request sets beside the statement holds for it alone, also
// in a session that goes on.
func (s *Server) prepare(r *http.Request, session *engine.Session, q *request) (*engine.Statement, error) {
	request := engine.Request{SQL: q.statement, Parameters: q.params, ReadOnly: r.Method == http.MethodGet, Tag: q.tag}
	if r.Header.Get(sessionHeader) == "" {
		for k, v := range q.settings {
			if err := session.Set(k, v); err != nil {
				return nil, err
			}
		}
	} else if len(q.settings) > 0 {
		if err := engine.CheckSettings(q.settings); err != nil {
			return nil, err
		}
		request.Settings = q.settings
	}
	if q.schema != "" {
		if before := session.Database(); r.Header.Get(sessionHeader) != "" {
			defer func() { _ = session.Exec(context.WithoutCancel(r.Context()), "USE "+types.Quote(before)) }()
		}
		if err := session.Exec(r.Context(), "USE "+types.Quote(q.schema)); err != nil {
			return nil, err
		}
	}
	return session.Prepare(r.Context(), request)
}

// output is one result on its way to a client.
type output struct {
	w       http.ResponseWriter
	body    io.Writer
	request *request
	session *engine.Session
	st      *engine.Statement
	result  engine.Rows
	part    bool  // one chunk of the result
	left    int64 // rows still wanted, -1 for all
	begun   bool
}

// encoder writes a result in one format; it sets Content-Type before the first byte.
type encoder func(ctx context.Context, o *output) error

var encoders = map[string]encoder{
	"json": text("json"), "ndjson": text("ndjson"), "csv": text("csv"), "tsv": text("tsv"), "table": text("table"), "arrow": arrow, "parquet": parquet,
}

func (s *Server) send(w http.ResponseWriter, r *http.Request, q *request, st *engine.Statement, result engine.Rows, encode encoder) {
	s.sendOutput(w, r, &output{w: w, request: q, session: st.Session(), st: st, result: result, left: q.rowLimit}, encode)
}

func (s *Server) sendOutput(w http.ResponseWriter, r *http.Request, o *output, encode encoder) {
	q, st, result := o.request, o.st, o.result
	h := w.Header()
	parse, plan, run := st.Times()
	h.Set("X-Argan-Statement-Id", st.ID())
	h.Set("X-Argan-Format", q.format)
	h.Set("X-Argan-Timezone", st.Session().Get("spark.sql.session.timeZone"))
	h.Set("Server-Timing", fmt.Sprintf("parse;dur=%.3f,plan;dur=%.3f,exec;dur=%.3f", ms(parse), ms(plan), ms(run)))
	h.Set("Cache-Control", "no-store")
	h.Add("Vary", "Accept, Accept-Encoding")
	if !o.part && (st.Kind() == engine.KindUpdate || st.CommitVersion() >= 0) {
		// These end before their result is sent, so that the headers can tell what happened.
		if n := result.Affected(); n >= 0 {
			h.Set("X-Argan-Rows", strconv.FormatInt(n, 10))
		}
		if v := result.CommitVersion(); v >= 0 {
			h.Set("X-Argan-Commit-Version", strconv.FormatInt(v, 10))
		}
	}
	trailers := strings.Contains(strings.ToLower(r.Header.Get("TE")), "trailers")
	if trailers {
		h.Set("Trailer", "X-Argan-Error")
	}
	counted := &counter{w: w, rc: http.NewResponseController(w), pause: s.options.ReadPause}
	o.body = counted
	closeBody := compress(o, r, q.format)
	err := encode(r.Context(), o)
	if err == nil {
		err = closeBody()
	}
	if err == nil {
		return
	}
	if counted.n == 0 && !o.begun {
		h.Del("Content-Encoding")
		h.Del("Trailer")
		fail(w, err, st.ID())
		return
	}
	if q.format == "ndjson" && !trailers {
		_ = closeBody()
		_ = http.NewResponseController(w).Flush()
	}
	if trailers {
		breakOff(w, sqlerr.From(err).Class)
	}
	// Break the connection off: a short result must not look complete.
	panic(http.ErrAbortHandler)
}

// breakOff ends a chunked body with the trailer but without the empty line after it: who reads trailers learns why, and
// nobody takes the body for whole. HTTP/2 has no such half-way; there the stream is reset.
func breakOff(w http.ResponseWriter, class string) {
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	_, _ = fmt.Fprintf(buffered, "0\r\nX-Argan-Error: %s\r\n", class)
	_ = buffered.Flush()
	_ = conn.Close()
}

func ms(d interface{ Seconds() float64 }) float64 { return d.Seconds() * 1000 }

// counter knows whether anything was sent.
type counter struct {
	w     http.ResponseWriter
	rc    *http.ResponseController
	pause time.Duration // how long a client may take nothing
	n     int64
}

func (c *counter) Write(p []byte) (int, error) {
	_ = c.rc.SetWriteDeadline(time.Now().Add(c.pause))
	n, err := c.w.Write(p)
	c.n += int64(n)
	if err == nil {
		err = c.rc.Flush()
	}
	return n, err
}

// compress packs the body as the client accepts; Parquet is packed already, and Arrow where its codecs were asked for.
func compress(o *output, r *http.Request, format string) func() error {
	nothing := func() error { return nil }
	if format == "parquet" || format == "arrow" && codec(r) != "" {
		return nothing
	}
	switch encoding(r.Header.Values("Accept-Encoding")) {
	case "zstd":
		z, err := zstd.NewWriter(o.body, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20))
		if err != nil {
			return nothing
		}
		o.w.Header().Set("Content-Encoding", "zstd")
		o.body = z
		return z.Close
	case "gzip":
		z := gzip.NewWriter(o.body)
		o.w.Header().Set("Content-Encoding", "gzip")
		o.body = z
		return z.Close
	}
	return nothing
}

// encoding is the packing that a client prefers: that of the highest q, zstd before gzip where they are equal, "" for none.
func encoding(headers []string) string {
	best, at := "", 0.0
	for _, part := range strings.Split(strings.Join(headers, ","), ",") {
		name, rest, _ := strings.Cut(strings.ToLower(strings.TrimSpace(part)), ";")
		weight := 1.0
		if value, ok := strings.CutPrefix(strings.ReplaceAll(rest, " ", ""), "q="); ok {
			q, err := strconv.ParseFloat(value, 64)
			if err != nil || q < 0 || q > 1 {
				continue
			}
			weight = q
		}
		name = strings.TrimPrefix(strings.TrimSpace(name), "x-")
		if name == "identity" && weight > at {
			best, at = "", weight
		}
		if name != "zstd" && name != "gzip" || weight == 0 {
			continue
		}
		if weight > at || weight == at && (best == "" || name == "zstd") {
			best, at = name, weight
		}
	}
	return best
}

// codec is the Arrow buffer compression that an Accept header asks for: zstd, lz4, or "".
func codec(r *http.Request) string {
	for _, h := range r.Header.Values("Accept") {
		if !strings.Contains(h, "arrow") {
			continue
		}
		if i := strings.Index(h, "codecs="); i >= 0 {
			for _, name := range strings.FieldsFunc(h[i+7:], func(c rune) bool { return c == '"' || c == ',' || c == ' ' || c == ';' }) {
				if name == "zstd" || name == "lz4" {
					return name
				}
			}
		}
	}
	return ""
}

// next gives the next batch within the row limit, nil at the end.
func (o *output) next(ctx context.Context) (*vector.Batch, error) {
	if o.left == 0 {
		return nil, nil
	}
	b, err := o.result.Next(ctx)
	if err != nil || b == nil {
		return nil, err
	}
	if o.left > 0 {
		if int64(b.Len()) > o.left {
			b = b.Slice(0, int(o.left))
		}
		o.left -= int64(b.Len())
	}
	return b, nil
}

func (o *output) start(media string) {
	o.w.Header().Set("Content-Type", media)
	o.begun = true
}

// tail is what is known at the end; a result that was cut by a row limit has no numbers.
func (o *output) tail() render.Tail {
	if o.left == 0 || o.part {
		return render.Tail{Affected: -1, Version: -1}
	}
	return render.Tail{Affected: o.result.Affected(), Version: o.result.CommitVersion()}
}

func text(format string) encoder {
	return func(ctx context.Context, o *output) error {
		w, media := render.New(format, o.body, render.Options{
			Zone: o.session.Zone(), BigintAsString: o.request.bigint, NoHeader: o.request.noHeader, StatementID: o.st.ID(),
		})
		o.start(media)
		if err := w.Begin(o.result.Schema()); err != nil {
			return err
		}
		for {
			b, err := o.next(ctx)
			if err != nil {
				_ = w.Fail(sqlerr.From(err))
				return err
			}
			if b == nil {
				return w.End(o.tail())
			}
			if err := w.Batch(b); err != nil {
				return err
			}
		}
	}
}

func arrow(ctx context.Context, o *output) error {
	schema := arrowio.Schema(o.result.Schema(), o.session.Get("spark.sql.session.timeZone"))
	options := []ipc.Option{ipc.WithSchema(schema)}
	switch o.request.codec {
	case "zstd":
		options = append(options, ipc.WithZstd())
	case "lz4":
		options = append(options, ipc.WithLZ4())
	}
	o.start("application/vnd.apache.arrow.stream")
	w := ipc.NewWriter(o.body, options...)
	for {
		b, err := o.next(ctx)
		if err != nil {
			return err
		}
		if b == nil {
			return w.Close()
		}
		rec, err := arrowio.Record(schema, b)
		if err != nil {
			return err
		}
		err = w.Write(rec)
		rec.Release()
		if err != nil {
			return err
		}
	}
}

func parquet(ctx context.Context, o *output) error {
	o.start("application/vnd.apache.parquet")
	w := engine.NewParquetWriter(o.body, o.result.Schema())
	for {
		b, err := o.next(ctx)
		if err != nil {
			return err
		}
		if b == nil {
			return w.Close()
		}
		if err := w.Write(b); err != nil {
			return err
		}
	}
}
