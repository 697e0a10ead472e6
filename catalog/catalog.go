// Package catalog says what a table is to the rest of the program: names lead to tables, a table answers snapshots, a
// snapshot answers its schema, statistics and the files that may hold rows of interest. The rooms below implement it:
// delta the protocol, file the file formats, storage the disk, metastore the names, relation the adapters between them.
package catalog

import (
	"context"
	"time"

	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// At asks for a version of a table: by number, by time, or (both nil) the newest.
type At struct {
	Version   *int64
	Timestamp *time.Time
}

// Table is a named or path-addressed table.
type Table interface {
	// Name is catalog, database and table, or for a path the format and the path (delta, /data/t).
	Name() []string
	// Provider is delta, parquet, csv, json, text, view …
	Provider() string
	// Location is the absolute path of the data, "" if there is none.
	Location() string
	// Snapshot gives the state of the table at a point; it never changes afterwards.
	Snapshot(ctx context.Context, at At) (Snapshot, error)
}

// Snapshot is a fixed state of a table.
type Snapshot interface {
	// Schema is the logical schema: all columns, partition columns at their place.
	Schema() *types.Type
	// PartitionColumns are the names of the partition columns.
	PartitionColumns() []string
	// Properties are the table properties.
	Properties() map[string]string
	// Version is the table version, -1 where the format has none.
	Version() int64
	// Statistics is what is known without reading data.
	Statistics() Statistics
	// Files lists the files that may hold rows for which the predicate is true (nil: all), and how many were left out.
	Files(ctx context.Context, predicate Predicate) (files []File, skipped int, err error)
}

// RowTracked is a snapshot of a table that may number its rows.
type RowTracked interface {
	// WithRowIDs gives the snapshot with four more columns of type bigint at the end, the first of which has the number first:
	// the row id and the commit version that a row carries with it (NULL where it never moved), the id of the first row of its
	// file, and the version that added the file. ok is false where the table does not number its rows.
	WithRowIDs() (s Snapshot, first int, ok bool)
}

// Statistics are estimates for the planner; -1 is unknown.
type Statistics struct {
	Rows  int64
	Bytes int64
	// Columns by lower-case name.
	Columns map[string]ColumnStatistics
}

// ColumnStatistics are what is known of a column. Min and Max are values as vector.Value gives them, nil if unknown.
type ColumnStatistics struct {
	Min, Max any
	Nulls    int64 // -1 unknown
	Distinct int64 // -1 unknown
}

// File is a data file of a snapshot.
type File struct {
	// Path is absolute.
	Path string
	// Format is parquet, csv, json, text.
	Format string
	Size   int64
	// Modified is the modification time in microseconds since 1970.
	Modified int64
	// Rows is the number of rows before deletions, -1 unknown.
	Rows int64
	// Stats by lower-case logical column name (top-level columns), may be nil.
	Stats map[string]ColumnStatistics
	// TightStats says that Min, Max and Nulls of Stats are exact for the rows that are not deleted.
	TightStats bool
	// Partition holds the values of the partition columns by lower-case name, typed as vector.Value gives them.
	Partition map[string]any
	// Deleted gives the numbers of the deleted rows, ascending; nil function or nil slice: none.
	Deleted func(ctx context.Context) ([]uint32, error)
	// DeletedRows is how many there are.
	DeletedRows int64
	// Options are the reader's options (header, sep, mode …) for csv, json, text.
	Options map[string]string
	// Physical renames: logical top-level column name (lower case) → name in the file, where it differs; nested
	// renames and field ids lie in the schema's metadata (delta.columnMapping.*).
	Physical map[string]string
	// Constants are values of columns that are not in the file (CDF's _change_type, _commit_version …), by lower-case name.
	Constants map[string]any
	// FieldIDs says that columns are to be found by parquet field id (column mapping mode id).
	FieldIDs bool
}

// Op is a comparison of a Predicate.
type Op uint8

// The operations of predicates. In tests membership, StartsWith a string prefix.
const (
	Equal Op = iota
	NotEqual
	Less
	LessEqual
	Greater
	GreaterEqual
	In
	StartsWith
	IsNull
	IsNotNull
)

// Predicate is a condition over columns of one table, for skipping files, row groups and pages. It may be weaker than the
// query's condition, never stronger: rows are filtered again.
type Predicate interface{ predicate() }

// Compare compares a column with constants of the column's own type (as vector.Value gives them). Column is a path: a
// top-level name, or names of nested struct fields.
type Compare struct {
	Column []string
	Type   *types.Type
	Op     Op
	Values []any // one; for In any number; none for IsNull, IsNotNull
}

// AllOf is true where every term is, AnyOf where at least one is.
type (
	AllOf struct{ Terms []Predicate }
	AnyOf struct{ Terms []Predicate }
)

func (*Compare) predicate() {}
func (*AllOf) predicate()   {}
func (*AnyOf) predicate()   {}

// Source is a table whose rows are not in files: values in memory, system tables.
type Source interface {
	Snapshot
	// Batches calls f with the batches of the columns asked for (numbers in Schema) until f returns an error.
	Batches(ctx context.Context, columns []int, f func(*vector.Batch) error) error
}

// Pieces is a Source whose rows come in pieces that workers take and decode side by side.
type Pieces interface {
	Source
	// Open starts reading columns (numbers in Schema) of the rows for which the predicate may be true (nil: all).
	Open(ctx context.Context, columns []int, predicate Predicate) (Cursor, error)
}

// Cursor is a read under way.
type Cursor interface {
	// Next takes the next piece, nil at the end; it is called by one worker at a time.
	Next(ctx context.Context) (Piece, error)
	// Close ends the read, wherever it is.
	Close()
}

// Piece is a part of a read.
type Piece interface {
	// Batches calls f with the piece's batches until f returns an error. Other pieces may be at work at the same time.
	Batches(f func(*vector.Batch) error) error
}
