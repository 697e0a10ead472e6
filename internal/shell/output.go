package shell

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"

	"github.com/argan-sql/argan/engine"
	"github.com/argan-sql/argan/engine/arrowio"
	"github.com/argan-sql/argan/engine/render"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
)

// Formats are the forms in which results can be written.
var Formats = []string{"table", "csv", "tsv", "json", "ndjson", "arrow", "parquet"}

// KnownFormat says whether results can be written in a form.
func KnownFormat(name string) bool { return slices.Contains(Formats, name) }

// binary says that a form is no text, and that one output holds one result only.
func binary(format string) bool { return format == "arrow" || format == "parquet" }

// encoder writes one result in one form.
type encoder interface {
	batch(b *vector.Batch) error
	end(affected int64) error
	// fail ends the output so that it cannot be taken for whole.
	fail(err error)
}

// errOneResult is the answer to a second result where the form holds one.
var errOneResult = errors.New("this format holds one result, and there are more: run one statement with rows at a time, or choose another --format")

// newEncoder starts writing a result.
func newEncoder(format string, w io.Writer, rows Rows, o render.Options) (encoder, error) {
	zone, name := rows.Zone()
	switch format {
	case "arrow":
		schema := arrowio.Schema(rows.Schema(), name)
		return &arrowEncoder{schema, ipc.NewWriter(w, ipc.WithSchema(schema))}, nil
	case "parquet":
		return &parquetEncoder{engine.NewParquetWriter(w, rows.Schema())}, nil
	}
	o.Zone = zone
	out, _ := render.New(format, w, o)
	if out == nil {
		return nil, fmt.Errorf("the format %q is not known; there are %s", format, strings.Join(Formats, ", "))
	}
	return &textEncoder{out}, out.Begin(rows.Schema())
}

type textEncoder struct{ w render.Writer }

func (e *textEncoder) batch(b *vector.Batch) error { return e.w.Batch(b) }

func (e *textEncoder) end(affected int64) error {
	return e.w.End(render.Tail{Affected: affected, Version: -1})
}

func (e *textEncoder) fail(err error) { _ = e.w.Fail(sqlerr.From(err)) }

type arrowEncoder struct {
	schema *arrow.Schema
	w      *ipc.Writer
}

func (e *arrowEncoder) batch(b *vector.Batch) error {
	rec, err := arrowio.Record(e.schema, b)
	if err != nil {
		return err
	}
	defer rec.Release()
	return e.w.Write(rec)
}

func (e *arrowEncoder) end(int64) error { return e.w.Close() }

// fail leaves the stream without its end mark.
func (e *arrowEncoder) fail(error) {}

type parquetEncoder struct{ w *engine.ParquetWriter }

func (e *parquetEncoder) batch(b *vector.Batch) error { return e.w.Write(b) }
func (e *parquetEncoder) end(int64) error             { return e.w.Close() }

// fail leaves the file without its footer.
func (e *parquetEncoder) fail(error) {}

// Output is where results go: a stream, or a file that appears under its name only when all statements have succeeded.
type Output struct {
	io.Writer
	file *os.File
	path string
}

// Stream is an output that is open already.
func Stream(w io.Writer) *Output { return &Output{Writer: w} }

// CreateFile starts an output file. What is not a plain file, such as a pipe, is written to directly.
func CreateFile(path string) (*Output, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		if info.IsDir() {
			return nil, fmt.Errorf("%s is a folder", path)
		}
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return nil, err
		}
		return &Output{Writer: f, file: f}, nil
	}
	hidden := filepath.Join(filepath.Dir(path), fmt.Sprintf(".%s.%d", filepath.Base(path), os.Getpid()))
	f, err := os.OpenFile(hidden, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666)
	if err != nil {
		return nil, err
	}
	return &Output{Writer: f, file: f, path: path}, nil
}

// Close ends the output. keep says that it is whole; a file that is not is removed.
func (o *Output) Close(keep bool) error {
	if o.file == nil {
		return nil
	}
	err := o.file.Close()
	switch {
	case o.path == "":
		return err
	case err != nil || !keep:
		return errors.Join(err, os.Remove(o.file.Name()))
	}
	return os.Rename(o.file.Name(), o.path)
}
