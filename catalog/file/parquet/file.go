package parquet

import (
	"encoding/binary"
	"io"

	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// File is an open Parquet file: its footer, and from where to read the rest. It may be used by many goroutines, and kept
// as long as the reader it was opened on.
type File struct {
	r      io.ReaderAt
	size   int64
	path   string
	meta   *fileMeta
	root   *node
	leaves []*node
}

const magic = "PAR1"

// tailSize is what Open reads first: most footers lie within.
const tailSize = 64 << 10

// Open reads the footer of a file of size bytes. path is for error messages.
func Open(r io.ReaderAt, size int64, path string) (f *File, err error) {
	f = &File{r: r, size: size, path: path}
	defer f.guard(&err)
	if size < 12 {
		return nil, damaged("it has %d bytes, which is too short for a Parquet file", size)
	}
	tail := make([]byte, min(size, tailSize))
	if err := f.readAt(tail, size-int64(len(tail))); err != nil {
		return nil, err
	}
	end := tail[len(tail)-8:]
	if string(end[4:]) == "PARE" {
		return nil, sqlerr.Unsupported("encrypted Parquet files (%s)", path)
	}
	if string(end[4:]) != magic {
		return nil, damaged("it does not end as a Parquet file does")
	}
	n := int64(binary.LittleEndian.Uint32(end))
	if n > size-12 {
		return nil, damaged("its footer claims %d bytes of %d", n, size)
	}
	var footer []byte
	if n+8 <= int64(len(tail)) {
		footer = tail[int64(len(tail))-8-n : len(tail)-8]
	} else {
		footer = make([]byte, n)
		if err := f.readAt(footer, size-8-n); err != nil {
			return nil, err
		}
	}
	if f.meta, err = parseFooter(footer); err != nil {
		return nil, err
	}
	if f.meta.encrypted {
		return nil, sqlerr.Unsupported("encrypted Parquet files (%s)", path)
	}
	if f.root, f.leaves, err = buildSchema(f.meta.schema); err != nil {
		return nil, err
	}
	return f, f.check()
}

// check finds footers that contradict themselves, so that the readers can rely on them.
func (f *File) check() error {
	var rows int64
	for i := range f.meta.groups {
		g := &f.meta.groups[i]
		if g.rows < 0 || g.rows > 1<<31-1 {
			return damaged("row group %d claims %d rows", i, g.rows)
		}
		rows += g.rows
		if len(g.columns) != len(f.leaves) {
			return damaged("row group %d has %d columns of %d", i, len(g.columns), len(f.leaves))
		}
		for k := range g.columns {
			c, leaf := &g.columns[k], f.leaves[k]
			if !c.hasMeta {
				if c.encrypted {
					continue
				}
				return damaged("column %q of row group %d has no metadata", leaf.name, i)
			}
			if c.physical != leaf.element.physical {
				return damaged("column %q has type %s in the schema and %s in row group %d", leaf.name, leaf.element.physical, c.physical, i)
			}
			if c.values < 0 || c.compressed < 0 || c.uncompressed < 0 || c.compressed > f.size {
				return damaged("column %q of row group %d has a negative or impossible size", leaf.name, i)
			}
			if leaf.maxRep == 0 && c.values != g.rows {
				return damaged("column %q has %d values in row group %d of %d rows", leaf.name, c.values, i, g.rows)
			}
			// Even a column of one value alone takes some bytes per page; a claim beyond that would only take memory.
			if c.values > 1<<24 && c.values > (c.compressed+1)*(1<<14) {
				return damaged("column %q claims %d values in %d bytes", leaf.name, c.values, c.compressed)
			}
		}
	}
	if rows != f.meta.rows {
		return damaged("it claims %d rows, its row groups have %d", f.meta.rows, rows)
	}
	return nil
}

func (f *File) readAt(b []byte, off int64) error {
	n, err := f.r.ReadAt(b, off)
	if n == len(b) {
		return nil
	}
	if err == nil {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// Path is the path given to Open.
func (f *File) Path() string { return f.path }

// Rows is the number of rows of the file.
func (f *File) Rows() int64 { return f.meta.rows }

// RowGroups is the number of row groups.
func (f *File) RowGroups() int { return len(f.meta.groups) }

// GroupRows is the number of rows of a row group.
func (f *File) GroupRows(group int) int { return int(f.meta.groups[group].rows) }

// CreatedBy names the program that wrote the file.
func (f *File) CreatedBy() string { return f.meta.createdBy }

// KeyValue is an entry of the file's own metadata.
func (f *File) KeyValue(key string) (string, bool) {
	v, ok := f.meta.keyValue[key]
	return v, ok
}

// Schema is the file's schema as Spark would infer it: every column nullable, types from Spark's own note in the footer
// where that is there. A field id is in the metadata under "parquet.field.id".
func (f *File) Schema() (*types.Type, error) {
	if f.root.typeErr != nil {
		return nil, f.userError(f.root.typeErr)
	}
	t := f.root.typ
	if text, ok := f.KeyValue(sparkSchemaKey); ok {
		if s := sparkSchema(text); s != nil && sameShape(s, f.root) {
			t = s
		}
	}
	return allNullable(t), nil
}
