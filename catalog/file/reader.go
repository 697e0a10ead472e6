package file

import (
	"context"
	"path"
	"strings"

	"github.com/argan-sql/argan/catalog"
	"github.com/argan-sql/argan/catalog/file/csv"
	"github.com/argan-sql/argan/catalog/file/json"
	"github.com/argan-sql/argan/catalog/file/parquet"
	"github.com/argan-sql/argan/catalog/file/text"
	"github.com/argan-sql/argan/catalog/storage"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// Reader gives the rows of a file or a part of it.
type Reader interface {
	// Next gives the next batch, nil at the end. It belongs to the caller.
	Next() (*vector.Batch, error)
	Close() error
}

// Split is a file, or the records that start in a byte range of it (To of 0: all of it).
type Split struct {
	File     catalog.File
	From, To int64
}

// splitBytes is about how much text one split holds.
const splitBytes = 16 << 20

// Splits cuts a file into parts that can be read at the same time, where its format and options allow that.
func Splits(env Env, f catalog.File) ([]Split, error) {
	splittable := false
	switch strings.ToLower(f.Format) {
	case CSV:
		o, err := csv.ParseOptions(f.Options, env.Zone, env.Now)
		if err != nil {
			return nil, err
		}
		splittable = o.Splittable()
	case JSON:
		o, err := json.ParseOptions(f.Options, env.Zone, env.Now)
		if err != nil {
			return nil, err
		}
		splittable = o.Splittable()
	case Text:
		o, err := text.ParseOptions(f.Options)
		if err != nil {
			return nil, err
		}
		splittable = !o.WholeText && len(o.LineSep) <= 1 && text.SingleByte(o.Encoding)
	}
	if !splittable {
		return []Split{{File: f}}, nil
	}
	var splits []Split
	for _, in := range text.Split(text.Input{Size: f.Size, Path: f.Path}, splitBytes) {
		splits = append(splits, Split{File: f, From: in.From, To: in.To})
	}
	return splits, nil
}

// MetadataColumn is the hidden column that tells of the file of a row.
const MetadataColumn = "_metadata"

// MetadataType is the type of the hidden column.
var MetadataType = types.NewStruct(
	types.Field{Name: "file_path", Type: types.StringType}, types.Field{Name: "file_name", Type: types.StringType}, types.Field{Name: "file_size", Type: types.LongType},
	types.Field{Name: "file_block_start", Type: types.LongType}, types.Field{Name: "file_block_length", Type: types.LongType},
	types.Field{Name: "file_modification_time", Type: types.TimestampType})

// URI is a path as _metadata.file_path and input_file_name() print it.
func URI(p string) string { return "file://" + storage.EncodeURI(p) }

// Metadata is the hidden column of n rows of a split.
func Metadata(s Split, n int) *vector.Vector {
	length := s.File.Size
	if s.To > 0 {
		length = s.To - s.From
	}
	uri := URI(s.File.Path)
	return vector.ConstOf(MetadataType, []any{uri, path.Base(s.File.Path), s.File.Size, s.From, length, s.File.Modified / 1000 * 1000}, n)
}

// Open reads some columns (numbers in schema) of a split. The schema is the relation's: columns that the file gives
// values for by its partition or its constants are filled in, as is the hidden column _metadata.
func Open(ctx context.Context, env Env, s Split, schema *types.Type, columns []int) (Reader, error) {
	format := strings.ToLower(s.File.Format)
	if err := checkFormat(format); err != nil {
		return nil, err
	}
	r := &reader{split: s, schema: schema, columns: columns, place: make([]int, len(columns))}
	data := &types.Type{Kind: types.Struct} // what the file has itself
	at := make([]int, len(schema.Fields))
	for i, f := range schema.Fields {
		at[i] = -1
		if !r.isConstant(f) {
			at[i] = len(data.Fields)
			data.Fields = append(data.Fields, f)
		}
	}
	var wanted []int
	for k, i := range columns {
		r.place[k] = -1
		if at[i] >= 0 {
			r.place[k] = len(wanted)
			wanted = append(wanted, at[i])
		}
	}
	obj, err := env.Store.Open(ctx, s.File.Path)
	if err != nil {
		return nil, err
	}
	if r.in, err = openFormat(env, format, obj, s, data, wanted); err != nil {
		_ = obj.Close()
		return nil, err
	}
	r.obj = obj
	return r, nil
}

func openFormat(env Env, format string, obj storage.Object, s Split, data *types.Type, wanted []int) (Reader, error) {
	in := text.Input{R: obj, Size: obj.Size(), Path: s.File.Path, From: s.From, To: s.To}
	switch format {
	case CSV:
		o, err := csv.ParseOptions(s.File.Options, env.Zone, env.Now)
		if err != nil {
			return nil, err
		}
		return csv.NewReader(in, o, data, wanted)
	case JSON:
		o, err := json.ParseOptions(s.File.Options, env.Zone, env.Now)
		if err != nil {
			return nil, err
		}
		return json.NewReader(in, o, data, wanted)
	case Text:
		o, err := text.ParseOptions(s.File.Options)
		if err != nil {
			return nil, err
		}
		if len(data.Fields) != 1 || !data.Fields[0].Type.IsString() {
			return nil, sqlerr.Unsupported("text files with the schema %s", data)
		}
		r, err := text.NewReader(in, o)
		if err != nil {
			return nil, err
		}
		if len(wanted) == 0 {
			return &withoutColumns{r}, nil
		}
		return r, nil
	}
	f, err := parquet.Open(obj, obj.Size(), s.File.Path)
	if err != nil {
		return nil, err
	}
	return newParquetReader(f, data, wanted)
}

// withoutColumns keeps only the number of rows.
type withoutColumns struct{ Reader }

func (w *withoutColumns) Next() (*vector.Batch, error) {
	b, err := w.Reader.Next()
	if b == nil || err != nil {
		return nil, err
	}
	return vector.NewBatch(nil, b.Len()), nil
}

// reader puts the columns together.
type reader struct {
	split   Split
	schema  *types.Type
	columns []int
	place   []int // among the columns of in, -1: constant
	in      Reader
	obj     storage.Object
}

// isConstant says whether a column's value does not come from within the file.
func (r *reader) isConstant(f types.Field) bool {
	name := strings.ToLower(f.Name)
	_, ok := r.split.File.Partition[name]
	if !ok {
		_, ok = r.split.File.Constants[name]
	}
	return ok || f.Name == MetadataColumn && f.Type.Equal(MetadataType)
}

func (r *reader) constant(f types.Field, n int) *vector.Vector {
	name := strings.ToLower(f.Name)
	if v, ok := r.split.File.Partition[name]; ok {
		return vector.ConstOf(f.Type, v, n)
	}
	if v, ok := r.split.File.Constants[name]; ok {
		return vector.ConstOf(f.Type, v, n)
	}
	return Metadata(r.split, n)
}

// Next gives the next batch, nil at the end.
func (r *reader) Next() (*vector.Batch, error) {
	b, err := r.in.Next()
	if b == nil || err != nil {
		return nil, err
	}
	cols := make([]*vector.Vector, len(r.columns))
	for k, i := range r.columns {
		if p := r.place[k]; p >= 0 {
			cols[k] = b.Cols[p]
		} else {
			cols[k] = r.constant(r.schema.Fields[i], b.Rows)
		}
	}
	return &vector.Batch{Cols: cols, Rows: b.Rows, Sel: b.Sel}, nil
}

// Close frees the file.
func (r *reader) Close() error {
	err := r.in.Close()
	if e := r.obj.Close(); err == nil {
		err = e
	}
	return err
}

// parquetReader gives a file's rows in order, a row group's columns at once.
type parquetReader struct {
	f       *parquet.File
	columns []*parquet.Column
	group   int
	cols    []*vector.Vector // of the group in hand
	rows    int
	at      int
}

func newParquetReader(f *parquet.File, data *types.Type, wanted []int) (*parquetReader, error) {
	all := &types.Type{Kind: types.Struct}
	for _, i := range wanted {
		all.Fields = append(all.Fields, data.Fields[i])
	}
	cols, err := f.Bind(all, parquet.MatchName)
	if err != nil {
		return nil, err
	}
	return &parquetReader{f: f, columns: cols}, nil
}

// Next gives the next batch, nil at the end.
func (r *parquetReader) Next() (*vector.Batch, error) {
	for r.at == r.rows {
		if r.group == r.f.RowGroups() {
			return nil, nil
		}
		r.cols = make([]*vector.Vector, len(r.columns))
		for i, c := range r.columns {
			v, err := r.f.ReadColumn(r.group, c, nil)
			if err != nil {
				return nil, err
			}
			r.cols[i] = v
		}
		r.rows, r.at = r.f.GroupRows(r.group), 0
		r.group++
	}
	n := min(vector.BatchSize, r.rows-r.at)
	cols := make([]*vector.Vector, len(r.cols))
	for i, v := range r.cols {
		cols[i] = vector.Slice(v, r.at, r.at+n)
	}
	r.at += n
	return vector.NewBatch(cols, n), nil
}

// Close does nothing: the file belongs to the reader around it.
func (r *parquetReader) Close() error { return nil }
