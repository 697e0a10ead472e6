package engine

import (
	"io"
	"time"

	"github.com/argan-sql/argan/catalog/file/parquet"
	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// ParquetWriter writes a result as a Parquet file.
type ParquetWriter struct {
	w   *parquet.Writer
	err error
}

// NewParquetWriter starts a file with zstd pages. A type that Parquet cannot hold is refused at the first Write or Close.
func NewParquetWriter(w io.Writer, schema *types.Type) *ParquetWriter {
	out := &ParquetWriter{}
	out.w, out.err = parquet.NewWriter(w, schema, parquet.Options{Compression: "zstd"})
	return out
}

// Write appends a batch.
func (p *ParquetWriter) Write(b *vector.Batch) error {
	if p.err != nil {
		return p.err
	}
	return p.w.Write(b)
}

// Close writes the footer.
func (p *ParquetWriter) Close() error {
	if p.err != nil {
		return p.err
	}
	_, err := p.w.Close()
	return err
}

// instant is a point in time given as text, date or timestamp.
func (p *planner) instant(v *vector.Vector) (time.Time, error) {
	convert, err := cast.Bind(v.Type, types.TimestampType, cast.ANSI)
	if v.Type.Kind == types.Timestamp {
		return time.UnixMicro(v.Values().I64[v.Index(0)]), nil
	}
	if err != nil {
		return time.Time{}, err
	}
	out, err := convert(p.functions, v)
	if err != nil {
		return time.Time{}, err
	}
	if out.IsNull(0) {
		return time.Time{}, sqlerr.New("DELTA_INVALID_TIMESTAMP_FORMAT", "timestamp", "NULL", "format", "yyyy-MM-dd HH:mm:ss")
	}
	return time.UnixMicro(out.Values().I64[out.Index(0)]), nil
}
