package json

import (
	"fmt"
	"io"
	"strings"

	"github.com/argan-sql/argan/catalog/file/option"
	"github.com/argan-sql/argan/catalog/file/text"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// records gives the records of a file: lines, or the whole file.
type records struct {
	o     *Options
	in    text.Input
	lines *text.Lines
	done  bool
}

func newRecords(in text.Input, o *Options) (*records, error) {
	r := &records{o: o, in: in}
	if o.MultiLine {
		return r, nil
	}
	l, err := text.NewLines(in, o.LineSep, o.Encoding)
	r.lines = l
	return r, err
}

func (r *records) next() ([]byte, bool, error) {
	if r.lines != nil {
		line, ok, err := r.lines.Next()
		return text.Valid(line), ok, err
	}
	if r.done {
		return nil, false, nil
	}
	r.done = true
	s, err := r.in.Stream(r.o.Encoding)
	if err != nil {
		return nil, false, err
	}
	defer s.Close()
	all, err := io.ReadAll(s)
	if err != nil {
		return nil, false, err
	}
	if len(all) >= 3 && string(all[:3]) == "\xef\xbb\xbf" {
		all = all[3:]
	}
	return text.Valid(all), true, nil
}

// place says which record was read last.
func (r *records) place() string {
	if r.lines == nil {
		return "The file"
	}
	return fmt.Sprintf("Line %d", r.lines.Number())
}

func (r *records) close() error {
	if r.lines == nil {
		return nil
	}
	return r.lines.Close()
}

// Reader gives batches of some columns of a JSON file.
type Reader struct {
	o       *Options
	records *records
	fields  []types.Field // those asked for
	data    []types.Field // those of them that records have
	place   []int         // of data among fields
	corrupt int           // place among fields, -1
	out     int           // fields to give; those after them are only checked

	c        converter
	builders []*vector.Builder
	sel      []uint32
	dropped  bool
	n        int
	pending  []span // objects of an array that have not been read yet
	record   []byte
	bad      *types.Field // the first of the row's fields that could not be read
}

// hint says where the record just read stands, and what is wrong with it.
func (r *Reader) hint() string {
	where := r.records.place()
	if r.bad != nil {
		return fmt.Sprintf("%s, column %s: the value is no %s.", where, r.bad.Name, r.bad.Type.SQL())
	}
	return where + " is no JSON object."
}

// NewReader reads the columns asked for (numbers in schema).
func NewReader(in text.Input, o *Options, schema *types.Type, columns []int) (*Reader, error) {
	r := &Reader{o: o, corrupt: -1, out: len(columns)}
	r.c.o = o
	if len(columns) == 1 && schema.Fields[columns[0]].Name == o.Corrupt {
		// What is wrong with a record shows only when all of it is looked at.
		columns = append([]int{}, columns...)
		for i, f := range schema.Fields {
			if f.Name != o.Corrupt {
				columns = append(columns, i)
			}
		}
	}
	for at, i := range columns {
		f := schema.Fields[i]
		r.fields = append(r.fields, f)
		if f.Name == o.Corrupt {
			if r.corrupt = at; !f.Type.IsString() {
				return nil, sqlerr.New("INVALID_SETTING", "key", "columnNameOfCorruptRecord", "value", o.Corrupt, "reason", "the column must be a nullable string")
			}
			continue
		}
		if err := checkType(f); err != nil {
			return nil, err
		}
		r.data = append(r.data, f)
		r.place = append(r.place, at)
	}
	var err error
	r.records, err = newRecords(in, o)
	return r, err
}

// Close frees the file.
func (r *Reader) Close() error { return r.records.close() }

// Next gives the next rows, nil at the end. Rows that DROPMALFORMED drops are left out by the batch's selection.
func (r *Reader) Next() (*vector.Batch, error) {
	for {
		r.builders = make([]*vector.Builder, len(r.fields))
		for i, f := range r.fields {
			r.builders[i] = vector.NewBuilder(f.Type, vector.BatchSize)
		}
		r.n, r.sel, r.dropped = 0, nil, false
		ended := false
		for size := 0; r.n < vector.BatchSize && size < text.BatchBytes && r.room(); {
			if len(r.pending) > 0 {
				size += r.pending[0].to - r.pending[0].from
				if err := r.element(); err != nil {
					return nil, err
				}
				continue
			}
			rec, ok, err := r.records.next()
			if err != nil {
				return nil, err
			}
			if !ok {
				ended = true
				break
			}
			size += len(rec)
			if err := r.root(rec); err != nil {
				return nil, err
			}
		}
		if r.n > 0 && (!r.dropped || len(r.sel) > 0) {
			cols := make([]*vector.Vector, r.out)
			for i := range cols {
				cols[i] = r.builders[i].Finish()
			}
			b := vector.NewBatch(cols, r.n)
			if r.dropped {
				b.Sel = r.sel
			}
			return b, nil
		}
		if ended {
			return nil, nil
		}
	}
}

// room says whether the corrupt records of the batch leave room for another: with many in one long file each holds all
// of it.
func (r *Reader) room() bool {
	return r.corrupt < 0 || r.builders[r.corrupt].HeapLen() < text.BatchBytes
}

// root reads a record: an object is a row, an array has a row for each object in it. What follows the first value is
// passed over, as Spark does.
func (r *Reader) root(rec []byte) error {
	r.c.b = rec
	i := r.c.space(0)
	if i == len(rec) {
		return nil
	}
	if rec[i] == '{' { // the usual case: found and checked in one walk
		return r.object(rec, i)
	}
	switch end := r.c.skip(i, 0); {
	case end < 0:
		return r.broken(rec)
	case rec[i] == '[':
		r.record = rec
		r.c.eachElement(i, 0, func(from, to int) { r.pending = append(r.pending, span{from, to}) })
		return nil
	case rec[i] == 'n':
		return nil // null is no record
	}
	return r.broken(rec)
}

// element reads the next object of an array.
func (r *Reader) element() error {
	p := r.pending[0]
	r.pending = r.pending[1:]
	if r.record[p.from] != '{' {
		if r.record[p.from] == 'n' {
			r.empty(true)
			return nil
		}
		return r.broken(r.record)
	}
	return r.object(r.record, p.from)
}

// object reads the object at i, which may still turn out to be broken.
func (r *Reader) object(rec []byte, i int) error {
	at, ok := r.c.places(i, r.data)
	if !ok {
		r.c.done(at)
		return r.broken(rec)
	}
	r.c.bad = false
	r.bad = nil
	for i := range r.data {
		f := &r.data[i]
		r.c.value(r.builders[r.place[i]], f.Type, at[i])
		if r.c.bad && r.bad == nil {
			r.bad = f
		}
	}
	r.c.done(at)
	if r.c.refused != nil {
		return r.c.refused
	}
	return r.endRow(rec, !r.c.bad)
}

// empty appends a row of NULLs.
func (r *Reader) empty(good bool) {
	for i, b := range r.builders {
		if i != r.corrupt {
			b.AppendNull()
		}
	}
	if good && r.corrupt >= 0 {
		r.builders[r.corrupt].AppendNull()
	}
	if good {
		r.count(true)
	}
}

func (r *Reader) broken(rec []byte) error {
	if len(r.fields) == 0 && r.o.Mode == option.Permissive {
		r.count(true)
		return nil
	}
	r.empty(false)
	r.bad = nil
	return r.endRow(rec, false)
}

// count takes the row just appended into the batch, or drops it.
func (r *Reader) count(keep bool) {
	if !keep && !r.dropped {
		r.dropped = true
		for i := range r.n {
			r.sel = append(r.sel, uint32(i))
		}
	} else if keep && r.dropped {
		r.sel = append(r.sel, uint32(r.n))
	}
	r.n++
}

func (r *Reader) endRow(rec []byte, good bool) error {
	if r.corrupt >= 0 {
		if good {
			r.builders[r.corrupt].AppendNull()
		} else {
			r.builders[r.corrupt].AppendBytes(rec)
		}
	}
	if !good && r.o.Mode == option.FailFast {
		return sqlerr.New("MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION", "badRecord", r.lastRow(), "failFastMode", "FAILFAST").WithHint("%s", r.hint())
	}
	r.count(good || r.o.Mode == option.Permissive)
	return nil
}

// lastRow prints the row just appended, as far as it could be parsed.
func (r *Reader) lastRow() string {
	parts := make([]string, len(r.builders))
	for i, b := range r.builders {
		v := b.Finish()
		if x := v.Value(v.Len - 1); x == nil {
			parts[i] = "null"
		} else {
			parts[i] = fmt.Sprint(x)
		}
	}
	return "[" + strings.Join(parts, ",") + "]"
}
