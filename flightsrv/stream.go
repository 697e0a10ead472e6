package flightsrv

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/argan-sql/argan/engine"
	"github.com/argan-sql/argan/engine/arrowio"
	"github.com/argan-sql/argan/types"
)

// compressionHeader asks for a compression of one call's record batches, whatever the session says.
const compressionHeader = "x-argan-compression"

// form is how a session wants its rows.
type form struct {
	zone         string // of timestamps
	compression  string // none, lz4 or zstd
	dictionaries bool   // texts as dictionary vectors
}

func formOf(session *engine.Session) form {
	return form{
		zone: session.Get("spark.sql.session.timeZone"), compression: strings.ToLower(session.Get("argan.flight.compression")),
		dictionaries: strings.EqualFold(session.Get("argan.flight.dictionaries"), "true"),
	}
}

// schema is the Arrow schema of a result in this form.
func (f form) schema(t *types.Type) *arrow.Schema {
	s := arrowio.Schema(t, f.zone)
	if f.dictionaries {
		s = arrowio.WithDictionaries(s)
	}
	return s
}

// options are those of the IPC writer. A header of the call goes before the session.
func (f form) options(ctx context.Context, schema *arrow.Schema) ([]ipc.Option, error) {
	o := []ipc.Option{ipc.WithSchema(schema)}
	compression := f.compression
	md, _ := metadata.FromIncomingContext(ctx)
	if v := md.Get(compressionHeader); len(v) > 0 {
		compression = strings.ToLower(v[0])
	}
	switch compression {
	case "", "none":
	case "lz4", "lz4_frame":
		o = append(o, ipc.WithLZ4())
	case "zstd":
		o = append(o, ipc.WithZstd())
	default:
		return nil, status.Errorf(codes.InvalidArgument, "the compression %q is not known; there are none, lz4 and zstd", compression)
	}
	return o, nil
}

// rows are the record batches of one or more results, one after the other.
type rows struct {
	schema *arrow.Schema
	// next gives the next batch, nil at the end.
	next     func(ctx context.Context) (arrow.RecordBatch, error)
	progress func() engine.Progress // nil where there is none
	close    func()
}

// sent is what the application metadata of a record batch tells, as JSON.
type sent struct {
	Rows       int64 `json:"rows"` // sent so far, with this batch
	RowsRead   int64 `json:"rows_read"`
	BytesRead  int64 `json:"bytes_read"`
	TasksDone  int64 `json:"tasks_done"`
	TasksTotal int64 `json:"tasks_total"`
}

func (r *rows) metadata(total int64) []byte {
	if r.progress == nil {
		return nil
	}
	p := r.progress()
	raw, err := json.Marshal(sent{Rows: total, RowsRead: p.RowsRead, BytesRead: p.BytesRead, TasksDone: p.TasksDone, TasksTotal: p.TasksTotal})
	if err != nil {
		return nil
	}
	return raw
}

// send opens rows and streams them. Beside the batch that is on the wire one more is made ready; a client that reads slowly
// slows the statement, one that goes away ends it.
func (s *service) send(ctx context.Context, stream flight.FlightService_DoGetServer, open func(form) (*rows, error)) error {
	session, err := sessionOf(ctx)
	if err != nil {
		return err
	}
	f := formOf(session)
	r, err := open(f)
	if err != nil {
		return toStatus(err)
	}
	options, err := f.options(ctx, r.schema)
	if err != nil {
		r.close()
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	type made struct {
		batch arrow.RecordBatch
		err   error
	}
	ready := make(chan made, 1)
	go func() {
		defer close(ready)
		defer r.close()
		for {
			b, err := r.next(ctx)
			if b == nil && err == nil {
				return
			}
			select {
			case ready <- made{b, err}:
			case <-ctx.Done():
				if b != nil {
					b.Release()
				}
				return
			}
			if err != nil {
				return
			}
		}
	}()
	defer func() {
		cancel()
		for m := range ready { // waits until the statement has ended
			if m.batch != nil {
				m.batch.Release()
			}
		}
	}()
	w := flight.NewRecordWriter(stream, options...)
	total := int64(0)
	for m := range ready {
		if m.err != nil {
			return toStatus(m.err)
		}
		total += m.batch.NumRows()
		err := w.WriteWithAppMetadata(m.batch, r.metadata(total))
		m.batch.Release()
		if err != nil {
			return toStatus(err)
		}
	}
	if err := ctx.Err(); err != nil {
		return toStatus(err)
	}
	return w.Close()
}

// rowsOf are the rows of a result.
func rowsOf(result engine.Rows, schema *arrow.Schema, progress func() engine.Progress) *rows {
	encoder := arrowio.NewEncoder(schema)
	return &rows{schema: schema, progress: progress, close: result.Close, next: func(ctx context.Context) (arrow.RecordBatch, error) {
		b, err := result.Next(ctx)
		if err != nil || b == nil {
			return nil, err
		}
		return encoder.Record(b)
	}}
}
