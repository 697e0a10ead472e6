package arrowio

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	arrowmemory "github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// arrowMagic begins a file; a stream begins otherwise.
const arrowMagic = "ARROW1"

// Body reads the record batches of a file that a client sent, a stream or a file of Arrow's, in pieces.
type Body struct {
	file   *os.File
	schema *types.Type
	read   func() (arrow.RecordBatch, error) // nil at the end
	free   func()
	now    arrow.RecordBatch
	at     int64
	n      int64 // record batches so far
}

// OpenBody reads the schema; the file then belongs to the Body. What a message claims is not to be believed: no buffer may be longer than limit.
func OpenBody(f *os.File, limit int64) (a *Body, err error) {
	a = &Body{file: f, free: func() {}}
	defer a.caught(&err)
	head := make([]byte, len(arrowMagic))
	if _, err := io.ReadFull(f, head); err != nil {
		return nil, arrowError(0, errors.New("there is no schema"))
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	bounds := []ipc.Option{ipc.WithAllocator(&boundedAllocator{arrowmemory.NewGoAllocator(), limit}), ipc.WithMetadataSizeLimit(64 << 20), ipc.WithBodySizeLimit(limit)}
	var schema *arrow.Schema
	if bytes.Equal(head, []byte(arrowMagic)) {
		r, err := ipc.NewFileReader(f, bounds...)
		if err != nil {
			return nil, arrowError(0, err)
		}
		i := 0
		schema, a.free = r.Schema(), func() { _ = r.Close() }
		a.read = func() (arrow.RecordBatch, error) {
			if i == r.NumRecords() {
				return nil, nil
			}
			i++
			return r.RecordBatch(i - 1)
		}
	} else {
		r, err := ipc.NewReader(f, bounds...)
		if err != nil {
			return nil, arrowError(0, err)
		}
		schema, a.free = r.Schema(), r.Release
		a.read = func() (arrow.RecordBatch, error) {
			if r.Next() {
				rec := r.RecordBatch()
				rec.Retain()
				return rec, nil
			}
			if err := r.Err(); err != nil && !errors.Is(err, io.EOF) {
				return nil, err
			}
			return nil, nil
		}
	}
	if a.schema, err = FromSchema(schema); err != nil {
		a.free()
		return nil, err
	}
	return a, nil
}

// Schema is the schema of the batches.
func (a *Body) Schema() *types.Type { return a.schema }

// Next gives the next rows, nil at the end. A damaged body may trip the reader over its own numbers: that is the body's fault.
func (a *Body) Next() (b *vector.Batch, err error) {
	defer a.caught(&err)
	for a.now == nil || a.at == a.now.NumRows() {
		a.release()
		if a.now, err = a.read(); err != nil {
			return nil, arrowError(a.n+1, err)
		}
		if a.now == nil {
			return nil, nil
		}
		a.n, a.at = a.n+1, 0
	}
	to := min(a.at+vector.BatchSize, a.now.NumRows())
	part := a.now.NewSlice(a.at, to)
	defer part.Release()
	a.at = to
	return BatchOf(a.schema, part)
}

func (a *Body) release() {
	if a.now != nil {
		a.now.Release()
		a.now = nil
	}
}

// Close frees the file.
func (a *Body) Close() {
	a.release()
	a.free()
	_ = a.file.Close()
}

func (a *Body) caught(err *error) {
	if p := recover(); p != nil {
		*err = arrowError(a.n+1, fmt.Errorf("%v", p))
	}
}

func arrowError(batch int64, err error) error {
	e := sqlerr.New("LOAD_BODY_MALFORMED", "format", "Arrow", "reason", err.Error())
	if batch > 0 {
		return e.WithHint("Record batch %d.", batch)
	}
	return e
}

// boundedAllocator refuses buffers that only a damaged or hostile message asks for.
type boundedAllocator struct {
	arrowmemory.Allocator
	limit int64
}

func (b *boundedAllocator) check(size int) {
	if size < 0 || int64(size) > b.limit {
		panic(fmt.Sprintf("a buffer of %d bytes is over the limit of %d", size, b.limit))
	}
}

// Allocate gives a buffer of a size within the limit.
func (b *boundedAllocator) Allocate(size int) []byte {
	b.check(size)
	return b.Allocator.Allocate(size)
}

// Reallocate resizes a buffer within the limit.
func (b *boundedAllocator) Reallocate(size int, buffer []byte) []byte {
	b.check(size)
	return b.Allocator.Reallocate(size, buffer)
}
