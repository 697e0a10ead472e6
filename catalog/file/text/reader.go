package text

import (
	"io"

	"github.com/argan-sql/argan/catalog/file/option"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// Options are those of the text format.
type Options struct {
	WholeText bool
	LineSep   []byte
	Encoding  string
}

// ParseOptions reads a table's options.
func ParseOptions(options map[string]string) (*Options, error) {
	s := option.New(options)
	o := &Options{WholeText: s.Bool("wholetext", false), LineSep: s.LineSep(), Encoding: s.String("UTF-8", "encoding", "charset")}
	if err := s.Err(); err != nil {
		return nil, err
	}
	return o, CheckEncoding(o.Encoding)
}

// Schema is the schema of every text file.
func Schema() *types.Type {
	return types.NewStruct(types.Field{Name: "value", Type: types.StringType, Nullable: true})
}

// Reader gives batches of lines.
type Reader struct {
	o     *Options
	in    Input
	lines *Lines
	done  bool
}

// NewReader starts reading.
func NewReader(in Input, o *Options) (*Reader, error) {
	r := &Reader{o: o, in: in}
	if o.WholeText {
		return r, nil
	}
	l, err := NewLines(in, o.LineSep, o.Encoding)
	r.lines = l
	return r, err
}

// Next gives the next rows, nil at the end.
func (r *Reader) Next() (*vector.Batch, error) {
	if r.done {
		return nil, nil
	}
	b := vector.NewBuilder(types.StringType, vector.BatchSize)
	if r.o.WholeText {
		r.done = true
		s, err := r.in.Stream(r.o.Encoding)
		if err != nil {
			return nil, err
		}
		defer s.Close()
		all, err := io.ReadAll(s)
		if err != nil {
			return nil, err
		}
		b.AppendBytes(Valid(all))
	}
	for !r.done && b.Len() < vector.BatchSize && b.HeapLen() < BatchBytes {
		line, ok, err := r.lines.Next()
		if err != nil {
			return nil, err
		}
		if !ok {
			r.done = true
			break
		}
		b.AppendBytes(Valid(line))
	}
	if b.Len() == 0 {
		return nil, nil
	}
	n := b.Len()
	return vector.NewBatch([]*vector.Vector{b.Finish()}, n), nil
}

// Close frees the file.
func (r *Reader) Close() error {
	if r.lines == nil {
		return nil
	}
	return r.lines.Close()
}
