package relation

import (
	"context"

	"github.com/argan-sql/argan/catalog"
	"github.com/argan-sql/argan/catalog/delta"
	"github.com/argan-sql/argan/types"
)

// Appended is some files of a Delta table as a table: what came in within a range of commits. metadata says how to read them.
func Appended(t *DeltaTable, metadata *delta.Metadata, files []*delta.AddFile) catalog.Table {
	return &appendedTable{DeltaTable: t, metadata: metadata, files: files}
}

// Inserted is Appended with the columns of the change data feed: the rows a table has at a version, as inserts of that version.
func Inserted(t *DeltaTable, s *delta.Snapshot, files []*delta.AddFile, at int64) catalog.Table {
	return &appendedTable{DeltaTable: t, metadata: s.Metadata, files: files, feed: map[string]any{
		"_change_type": "insert", "_commit_version": s.Version, "_commit_timestamp": at,
	}}
}

type appendedTable struct {
	*DeltaTable
	metadata *delta.Metadata
	files    []*delta.AddFile
	feed     map[string]any
}

// Snapshot gives the files.
func (t *appendedTable) Snapshot(context.Context, catalog.At) (catalog.Snapshot, error) {
	s := &appendedSnapshot{appendedTable: t, schema: t.metadata.Schema}
	if t.feed != nil {
		s.schema = delta.WithChangeColumns(s.schema)
	}
	return s, nil
}

type appendedSnapshot struct {
	*appendedTable
	schema *types.Type
}

func (s *appendedSnapshot) Schema() *types.Type           { return s.schema }
func (s *appendedSnapshot) PartitionColumns() []string    { return s.metadata.PartitionColumns }
func (s *appendedSnapshot) Properties() map[string]string { return s.metadata.Configuration }
func (s *appendedSnapshot) Version() int64                { return -1 }
func (s *appendedSnapshot) Statistics() catalog.Statistics {
	return catalog.Statistics{Rows: -1, Bytes: -1}
}

// Files lists the files.
func (s *appendedSnapshot) Files(context.Context, catalog.Predicate) ([]catalog.File, int, error) {
	shape := newFileShape(s.metadata, s.metadata.Schema)
	out := make([]catalog.File, 0, len(s.files))
	for _, f := range s.files {
		file, err := shape.file(f)
		if err != nil {
			return nil, 0, err
		}
		file.Constants = s.feed
		if v := f.DeletionVector; v != nil {
			file.DeletedRows = v.Cardinality
			file.Deleted = func(ctx context.Context) ([]uint32, error) {
				rows, err := s.delta.Deleted(ctx, f)
				if err != nil || rows == nil {
					return nil, err
				}
				return rows.ToArray(), nil
			}
		}
		out = append(out, file)
	}
	return out, 0, nil
}
