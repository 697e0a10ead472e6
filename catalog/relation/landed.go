package relation

import (
	"context"

	"github.com/argan-sql/argan/catalog"
	"github.com/argan-sql/argan/catalog/file"
	"github.com/argan-sql/argan/types"
)

// Landed is what lies at the paths of a table of files at one time.
type Landed struct {
	table    *FileTable
	relation *file.Relation
}

// List looks what lies at the table's paths now.
func (t *FileTable) List(ctx context.Context) (*Landed, error) {
	s, err := t.Snapshot(ctx, catalog.At{})
	if err != nil {
		return nil, err
	}
	return &Landed{t, s.(*filesSnapshot).relation}, nil
}

// WithSchema is the table with a schema that need not be found by looking at the files.
func (t *FileTable) WithSchema(schema *types.Type) *FileTable {
	out := *t
	out.source.Schema = schema
	return &out
}

// Paths are where the table's files lie.
func (t *FileTable) Paths() []string { return t.source.Paths }

// Files are the files, by path.
func (l *Landed) Files() []catalog.File { return l.relation.Files }

// Schema is that of the files with the columns of their folders.
func (l *Landed) Schema() *types.Type { return l.relation.Schema }

// Only is some of the files as a table.
func (l *Landed) Only(files []catalog.File) catalog.Table {
	r := *l.relation
	r.Files = files
	return &landedTable{FileTable: l.table, snapshot: &filesSnapshot{l.table, &r}}
}

// landedTable is files that were chosen.
type landedTable struct {
	*FileTable
	snapshot catalog.Snapshot
}

// Snapshot gives the files that were chosen.
func (t *landedTable) Snapshot(context.Context, catalog.At) (catalog.Snapshot, error) {
	return t.snapshot, nil
}
