package csv

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/argan-sql/argan/catalog/file/option"
	"github.com/argan-sql/argan/catalog/file/text"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// Reader gives batches of some columns of a CSV file.
type Reader struct {
	o     *Options
	in    text.Input
	lines *text.Lines
	split *splitter

	schema  *types.Type
	columns []column // those asked for, in their order
	out     int      // columns to give; those after them are only checked
	corrupt int      // place of the corrupt record among columns, -1
	// fields is how many fields a record should have; -1 when the missing ones would not be looked at.
	fields int

	builders []*vector.Builder
	record   []byte // a record of several lines
	taken    int64  // lines of the record
	bad      badValue
	refused  error // a value that ends the reading whatever the mode
	done     bool
}

func (r *Reader) refuse(err error) {
	if r.refused == nil {
		r.refused = err
	}
}

// badValue is the first value of a record that is none of its column's type.
type badValue struct {
	column *column
	text   string
	fields int // where the record has another number of fields than the schema: how many
}

// hint says what is wrong with the record just read, and where it stands.
func (r *Reader) hint() string {
	where := fmt.Sprintf("Line %d", r.lines.Number()-r.taken+1)
	switch {
	case r.bad.column != nil:
		return fmt.Sprintf("%s, column %s: %q is no %s.", where, r.bad.column.schema.Name, r.bad.text, r.bad.column.schema.Type.SQL())
	case r.bad.fields > 0:
		return fmt.Sprintf("%s has %d fields where %d are expected.", where, r.bad.fields, r.fields)
	}
	return where + "."
}

type column struct {
	field  int // in the record
	parse  parser
	text   bool
	schema types.Field
}

// NewReader reads the columns asked for (numbers in schema). The schema is that of the file, with the column of corrupt
// records wherever it may stand.
func NewReader(in text.Input, o *Options, schema *types.Type, columns []int) (*Reader, error) {
	r := &Reader{o: o, in: in, split: newSplitter(o), schema: schema, corrupt: -1, fields: -1}
	place := make([]int, len(schema.Fields))
	n := 0
	for i, f := range schema.Fields {
		if place[i] = n; f.Name == o.Corrupt {
			place[i] = -1
		} else {
			n++
		}
	}
	wanted := 0
	r.out = len(columns)
	if onlyCorrupt(schema, columns, o.Corrupt) {
		// What is wrong with a record shows only when all of it is looked at.
		columns = append([]int{}, columns...)
		for i := range place {
			if place[i] >= 0 {
				columns = append(columns, i)
			}
		}
	}
	for at, i := range columns {
		f := schema.Fields[i]
		c := column{field: place[i], schema: f}
		if place[i] < 0 {
			r.corrupt = at
			if !f.Type.IsString() {
				return nil, sqlerr.New("INVALID_SETTING", "key", "columnNameOfCorruptRecord", "value", o.Corrupt, "reason", "the column must be a nullable string")
			}
		} else {
			wanted++
			p, err := o.parserOf(f, r.refuse)
			if err != nil {
				return nil, err
			}
			c.parse, c.text = p, f.Type.IsString()
		}
		r.columns = append(r.columns, c)
	}
	// Like Spark with column pruning: the number of fields counts only when all of them are read.
	if wanted == n || r.corrupt >= 0 {
		r.fields = n
	}
	l, err := text.NewLines(in, o.LineSep, o.Encoding)
	if err != nil {
		return nil, err
	}
	r.lines = l
	if o.Header && in.From == 0 {
		if err := r.header(); err != nil {
			l.Close()
			return nil, err
		}
	}
	return r, nil
}

// onlyCorrupt says whether the column of corrupt records is asked for and no other.
func onlyCorrupt(schema *types.Type, columns []int, name string) bool {
	return len(columns) == 1 && schema.Fields[columns[0]].Name == name
}

// Close frees the file.
func (r *Reader) Close() error { return r.lines.Close() }

// header passes over the first record, and compares its names with the schema if that is asked for.
func (r *Reader) header() error {
	rec, ok, err := r.next()
	if err != nil || !ok || r.o.EnforceSchema {
		return err
	}
	names := headerNames(r.split, r.split.split(rec), nil)
	var want []string
	for _, f := range r.schema.Fields {
		if f.Name != r.o.Corrupt {
			want = append(want, f.Name)
		}
	}
	if len(names) != len(want) {
		return sqlerr.New("FILE_CORRUPT", "path", r.in.Path, "reason", fmt.Sprintf("its CSV header has %d columns, the schema %d", len(names), len(want)))
	}
	for i := range names {
		if !strings.EqualFold(names[i], want[i]) {
			return sqlerr.New("FILE_CORRUPT", "path", r.in.Path, "reason", fmt.Sprintf("its CSV header has %q where the schema has %q", names[i], want[i]))
		}
	}
	return nil
}

// next gives the next record that is neither blank nor a comment.
func (r *Reader) next() ([]byte, bool, error) {
	for {
		line, ok, err := r.lines.Next()
		if err != nil || !ok {
			return nil, false, err
		}
		line, r.taken = text.Valid(line), 1
		if r.o.Comment != 0 && len(line) > 0 && line[0] == r.o.Comment || isBlank(line) {
			continue
		}
		if !r.o.MultiLine {
			return line, true, nil
		}
		var st openState
		if !r.split.open(line, &st) {
			return line, true, nil
		}
		r.record = append(r.record[:0], line...)
		for st.inside {
			if line, ok, err = r.lines.Next(); err != nil {
				return nil, false, err
			}
			if !ok {
				break
			}
			r.taken++
			r.record = append(r.record, '\n')
			r.record = append(r.record, text.Valid(line)...)
			r.split.open(line, &st)
		}
		return r.record, true, nil
	}
}

func isBlank(line []byte) bool {
	return len(line) == 0 || line[0] <= ' ' && len(bytes.TrimFunc(line, func(c rune) bool { return c <= ' ' })) == 0
}

// Next gives the next rows, nil at the end. Rows that DROPMALFORMED drops are left out by the batch's selection.
func (r *Reader) Next() (*vector.Batch, error) {
	for !r.done {
		if r.builders == nil {
			r.builders = make([]*vector.Builder, len(r.columns))
		}
		for i, c := range r.columns {
			size := 0
			if r.builders[i] != nil {
				size = r.builders[i].HeapLen()
			}
			r.builders[i] = vector.NewBuilder(c.schema.Type, vector.BatchSize)
			r.builders[i].GrowHeap(size + size/16) // about as much as the batch before
		}
		n, size := 0, 0
		var sel []uint32 // set once a row has been dropped
		dropped := false
		for n < vector.BatchSize && size < text.BatchBytes {
			rec, ok, err := r.next()
			if err != nil {
				return nil, err
			}
			if !ok {
				r.done = true
				break
			}
			size += len(rec)
			good, err := r.row(rec)
			if err != nil {
				return nil, err
			}
			switch {
			case !good && r.o.Mode == option.DropMalformed:
				if !dropped {
					dropped = true
					for i := range n {
						sel = append(sel, uint32(i))
					}
				}
			case dropped:
				sel = append(sel, uint32(n))
			}
			n++
		}
		if n == 0 || dropped && len(sel) == 0 {
			continue
		}
		cols := make([]*vector.Vector, r.out)
		for i := range cols {
			cols[i] = r.builders[i].Finish()
		}
		b := vector.NewBatch(cols, n)
		if dropped {
			b.Sel = sel
		}
		return b, nil
	}
	return nil, nil
}

// row appends a record; good is false when something of it could not be parsed.
func (r *Reader) row(rec []byte) (good bool, err error) {
	good = true
	r.bad = badValue{}
	if len(r.columns) > 0 {
		fields := r.split.split(rec)
		if len(fields) > r.o.MaxColumns {
			return false, sqlerr.New("MALFORMED_CSV_RECORD", "badRecord", clip(rec)).WithHint("The record has more than %d columns (option maxColumns).", r.o.MaxColumns)
		}
		if good = r.fields < 0 || len(fields) == r.fields; !good {
			r.bad.fields = len(fields)
		}
		for i := range r.columns {
			c := &r.columns[i]
			b := r.builders[i]
			if c.field < 0 {
				continue
			}
			if c.field >= len(fields) {
				b.AppendNull()
				continue
			}
			f := &fields[c.field]
			value := r.split.value(f)
			switch {
			case f.where == nowhere, len(value) == len(r.o.NullValue) && string(value) == r.o.NullValue:
				b.AppendNull()
			case c.text:
				b.AppendBytes(value)
			case !c.parse(b, value):
				b.AppendNull()
				if good = false; r.bad.column == nil {
					r.bad.column, r.bad.text = c, clip(value)
				}
			}
		}
	}
	if r.refused != nil {
		return false, r.refused
	}
	if r.corrupt >= 0 {
		if good {
			r.builders[r.corrupt].AppendNull()
		} else {
			r.builders[r.corrupt].AppendBytes(rec)
		}
	}
	if !good && r.o.Mode == option.FailFast {
		return false, sqlerr.New("MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION", "badRecord", r.lastRow(), "failFastMode", "FAILFAST").
			Wrap(sqlerr.New("MALFORMED_CSV_RECORD", "badRecord", clip(rec))).WithHint("%s", r.hint())
	}
	return good, nil
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

func clip(rec []byte) string {
	if len(rec) > 1000 {
		rec = rec[:1000]
	}
	return string(text.Valid(rec))
}
