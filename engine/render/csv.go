package render

import (
	"bufio"
	"bytes"

	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// csvWriter writes RFC 4180: NULL is empty, an empty string is "".
type csvWriter struct {
	out   *bufio.Writer
	o     Options
	comma byte
}

func (w *csvWriter) Begin(schema *types.Type) error {
	if w.o.NoHeader || len(schema.Fields) == 0 {
		return nil
	}
	var line []byte
	for i, f := range schema.Fields {
		if i > 0 {
			line = append(line, w.comma)
		}
		line = w.cell(line, []byte(f.Name))
	}
	_, err := w.out.Write(append(line, '\r', '\n'))
	return err
}

func (w *csvWriter) cell(dst, text []byte) []byte {
	if len(text) == 0 {
		return append(dst, '"', '"')
	}
	if bytes.IndexByte(text, w.comma) < 0 && !bytes.ContainsAny(text, "\"\r\n") {
		return append(dst, text...)
	}
	dst = append(dst, '"')
	for _, c := range text {
		if c == '"' {
			dst = append(dst, '"')
		}
		dst = append(dst, c)
	}
	return append(dst, '"')
}

func (w *csvWriter) Batch(b *vector.Batch) error {
	var line []byte
	for i := range b.Len() {
		line = line[:0]
		for c := range b.Cols {
			if c > 0 {
				line = append(line, w.comma)
			}
			if v := b.Column(c); !v.IsNull(i) {
				line = w.cell(line, []byte(cast.Hive(v, i, w.o.Zone)))
			}
		}
		if _, err := w.out.Write(append(line, '\r', '\n')); err != nil {
			return err
		}
	}
	return w.out.Flush()
}

func (w *csvWriter) End(Tail) error           { return w.out.Flush() }
func (w *csvWriter) Fail(*sqlerr.Error) error { return w.out.Flush() }
