// Package render writes results as text: aligned tables as Spark prints them, JSON, NDJSON, CSV and TSV.
//
// In: a schema, then batches. Out: bytes on a writer, a batch at a time, so that a result of any size needs no memory.
package render

import (
	"bufio"
	"io"
	"time"

	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// Options say how values are written.
type Options struct {
	// Zone is the zone of TIMESTAMP values.
	Zone *time.Location
	// BigintAsString writes BIGINT as JSON strings, for JavaScript.
	BigintAsString bool
	// NoHeader leaves out the header line of CSV and TSV.
	NoHeader bool
	// StatementID is named in JSON's tail.
	StatementID string
	// MaxWidth cuts the cells of a table, in characters; 0 for no limit.
	MaxWidth int
	// Width is how wide a table may be: the widest columns are cut until it fits. 0 for no limit.
	Width int
}

// Tail is what is known at the end of a result.
type Tail struct {
	// Affected and Version are -1 where they do not apply.
	Affected, Version int64
}

// Writer writes one result. Begin comes first, then any number of batches, then End; after Fail nothing more.
type Writer interface {
	Begin(schema *types.Type) error
	Batch(b *vector.Batch) error
	End(t Tail) error
	// Fail ends the output so that it cannot be taken for whole.
	Fail(err *sqlerr.Error) error
}

// format makes a writer.
type format struct {
	media string
	make  func(w *bufio.Writer, o Options) Writer
}

// formats by name.
var formats = map[string]format{
	"json":   {"application/json", func(w *bufio.Writer, o Options) Writer { return &jsonWriter{out: w, o: o} }},
	"ndjson": {"application/x-ndjson", func(w *bufio.Writer, o Options) Writer { return &ndjsonWriter{out: w, o: o} }},
	"csv":    {"text/csv; charset=utf-8", func(w *bufio.Writer, o Options) Writer { return &csvWriter{out: w, o: o, comma: ','} }},
	"tsv":    {"text/tab-separated-values; charset=utf-8", func(w *bufio.Writer, o Options) Writer { return &csvWriter{out: w, o: o, comma: '\t'} }},
	"table":  {"text/plain; charset=utf-8", func(w *bufio.Writer, o Options) Writer { return &tableWriter{out: w, o: o} }},
}

// New makes a writer of a format (json, ndjson, csv, tsv, table) and names its media type; nil when there is none of that name.
func New(name string, w io.Writer, o Options) (out Writer, media string) {
	f, ok := formats[name]
	if !ok {
		return nil, ""
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	return f.make(bufio.NewWriterSize(w, 64<<10), o), f.media
}
