package file

import (
	"bufio"
	"io"
	"strings"

	"github.com/argan-sql/argan/catalog/file/csv"
	"github.com/argan-sql/argan/catalog/file/json"
	"github.com/argan-sql/argan/catalog/file/option"
	"github.com/argan-sql/argan/catalog/file/parquet"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Writer writes one file.
type Writer interface {
	Write(*vector.Batch) error
	// Close ends the file; the writer below it stays open.
	Close() error
}

// compression reads the option compression of text formats.
func compression(o *option.Set) string {
	switch c := strings.ToLower(o.String("none", "compression", "codec")); c {
	case "none", "uncompressed":
		return ""
	case "gzip", "zstd":
		return c
	default:
		o.Refuse("writing text with compression %s", c)
		return ""
	}
}

// Extension is how the name of a written file ends: .csv.gz, .snappy.parquet.
func Extension(format string, options map[string]string) string {
	o := option.New(options)
	format = strings.ToLower(format)
	if format == Parquet {
		switch c := strings.ToLower(o.String("snappy", "compression")); c {
		case "none", "uncompressed":
			return ".parquet"
		case "gzip":
			return ".gz.parquet"
		default:
			return "." + c + ".parquet"
		}
	}
	ext := "." + format
	if format == Text {
		ext = ".txt"
	}
	switch compression(o) {
	case "gzip":
		return ext + ".gz"
	case "zstd":
		return ext + ".zst"
	}
	return ext
}

// NewWriter starts a file of a format with Spark's options for writing.
func NewWriter(env Env, w io.Writer, format string, schema *types.Type, options map[string]string) (Writer, error) {
	format = strings.ToLower(format)
	if err := checkFormat(format); err != nil {
		return nil, err
	}
	o := option.New(options)
	if format == Parquet {
		p, err := parquet.NewWriter(w, schema, parquet.Options{Compression: o.String("snappy", "compression")})
		return &parquetWriter{p}, err
	}
	if e := o.String("UTF-8", "encoding", "charset"); !strings.EqualFold(e, "UTF-8") {
		o.Refuse("writing the encoding %s", e)
	}
	c := compression(o)
	if err := o.Err(); err != nil {
		return nil, err
	}
	var packed io.WriteCloser
	switch c {
	case "gzip":
		packed = gzip.NewWriter(w)
	case "zstd":
		z, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
		if err != nil {
			return nil, err
		}
		packed = z
	}
	if packed != nil {
		w = packed
	}
	var inner Writer
	var err error
	switch format {
	case CSV:
		inner, err = csv.NewWriter(w, schema, options, env.zone())
	case JSON:
		inner, err = json.NewWriter(w, schema, options, env.zone())
	default:
		inner, err = newTextWriter(w, schema, o)
	}
	if err != nil {
		return nil, err
	}
	if packed == nil {
		return inner, nil
	}
	return &packedWriter{inner, packed}, nil
}

type parquetWriter struct{ *parquet.Writer }

func (w *parquetWriter) Close() error {
	_, err := w.Writer.Close()
	return err
}

type packedWriter struct {
	Writer
	packed io.Closer
}

func (w *packedWriter) Close() error {
	if err := w.Writer.Close(); err != nil {
		return err
	}
	return w.packed.Close()
}

// textWriter writes the values of one string column as lines.
type textWriter struct {
	w   *bufio.Writer
	sep string
}

func newTextWriter(w io.Writer, schema *types.Type, o *option.Set) (*textWriter, error) {
	if len(schema.Fields) != 1 || !schema.Fields[0].Type.IsString() {
		return nil, sqlerr.Unsupported("text files with the schema %s", schema)
	}
	return &textWriter{bufio.NewWriterSize(w, 64<<10), o.String("\n", "lineSep")}, o.Err()
}

func (w *textWriter) Write(b *vector.Batch) error {
	v := b.Column(0)
	for i := range b.Len() {
		if !v.IsNull(i) {
			if _, err := w.w.Write(v.Bytes(i)); err != nil {
				return err
			}
		}
		if _, err := w.w.WriteString(w.sep); err != nil {
			return err
		}
	}
	return nil
}

func (w *textWriter) Close() error { return w.w.Flush() }
