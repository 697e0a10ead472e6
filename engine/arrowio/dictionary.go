package arrowio

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// dictionaryType is the Arrow type of texts as dictionary vectors.
var dictionaryType = &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String}

// WithDictionaries is a schema whose columns of text are dictionary vectors. An Encoder writes them.
func WithDictionaries(s *arrow.Schema) *arrow.Schema {
	fields := s.Fields()
	for i := range fields {
		if fields[i].Type.ID() == arrow.STRING {
			fields[i].Type = dictionaryType
		}
	}
	meta := s.Metadata()
	return arrow.NewSchema(fields, &meta)
}

// Encoder turns the batches of one result into record batches. It remembers dictionaries, so that one that many batches
// share is sent once.
type Encoder struct {
	schema *arrow.Schema
	dicts  []dictionary
}

// dictionary is what a column was last written with.
type dictionary struct {
	from   *vector.Vector
	values arrow.Array
}

// NewEncoder is an encoder for a schema of Schema or WithDictionaries.
func NewEncoder(schema *arrow.Schema) *Encoder {
	return &Encoder{schema: schema, dicts: make([]dictionary, schema.NumFields())}
}

// Record is a batch as a record batch.
func (e *Encoder) Record(b *vector.Batch) (arrow.RecordBatch, error) {
	return record(e.schema, b, func(i int, v *vector.Vector) (arrow.ArrayData, error) {
		if e.schema.Field(i).Type == arrow.DataType(dictionaryType) {
			return e.dictionary(i, v)
		}
		return columnData(e.schema.Field(i).Type, v)
	})
}

// dictionary writes a column of text as codes and values. Codes that the executor has are kept; where it has none, or its
// dictionary is larger than the batch, one is made of the batch's own values.
func (e *Encoder) dictionary(i int, v *vector.Vector) (arrow.ArrayData, error) {
	n := v.Len
	valid, nulls := validity(v)
	codes := make([]int32, n)
	d := &e.dicts[i]
	if w := v.Values(); v.Form == vector.Dict && w.Len <= n && !w.HasNulls() {
		for row := range n {
			codes[row] = int32(v.Codes[row])
		}
		if d.from != w {
			values, err := stringData(arrow.BinaryTypes.String, w)
			if err != nil {
				return nil, err
			}
			d.from, d.values = w, array.MakeFromData(values)
			values.Release()
		}
	} else {
		at := make(map[string]int32)
		made := vector.NewBuilder(types.StringType, 0)
		for row := range n {
			if v.IsNull(row) {
				continue
			}
			text := v.Bytes(row)
			code, known := at[string(text)]
			if !known {
				code = int32(len(at))
				at[string(text)] = code
				made.AppendBytes(text)
			}
			codes[row] = code
		}
		own := made.Finish()
		values, err := stringData(arrow.BinaryTypes.String, own)
		if err != nil {
			return nil, err
		}
		d.from, d.values = own, array.MakeFromData(values)
		values.Release()
	}
	if nulls > 0 { // whatever a NULL's code is, readers may look at it
		for row := range n {
			if v.IsNull(row) {
				codes[row] = 0
			}
		}
	}
	return array.NewDataWithDictionary(dictionaryType, n, []*memory.Buffer{valid, memory.NewBufferBytes(bytesOf(codes))}, nulls, 0, d.values.Data().(*array.Data)), nil
}
