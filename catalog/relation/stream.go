package relation

import (
	"context"
	"sync/atomic"

	"github.com/argan-sql/argan/catalog"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// StreamTable is a table whose rows come from outside, once: what a client sends to be written.
type StreamTable struct {
	name   string
	schema *types.Type
	next   func() (*vector.Batch, error)
	read   atomic.Bool
}

// Stream makes a table of the batches that next gives, nil at the end. It can be read once.
func Stream(name string, schema *types.Type, next func() (*vector.Batch, error)) *StreamTable {
	return &StreamTable{name: name, schema: schema, next: next}
}

// Name is the table's name.
func (t *StreamTable) Name() []string { return []string{t.name} }

// Provider says where the rows come from.
func (t *StreamTable) Provider() string { return "stream" }

// Location is nowhere.
func (t *StreamTable) Location() string { return "" }

// Snapshot is the table itself.
func (t *StreamTable) Snapshot(context.Context, catalog.At) (catalog.Snapshot, error) { return t, nil }

// Schema is the schema of the batches.
func (t *StreamTable) Schema() *types.Type { return t.schema }

// PartitionColumns: none.
func (t *StreamTable) PartitionColumns() []string { return nil }

// Properties: none.
func (t *StreamTable) Properties() map[string]string { return nil }

// Version: none.
func (t *StreamTable) Version() int64 { return -1 }

// Statistics: nothing is known before the rows have come.
func (t *StreamTable) Statistics() catalog.Statistics { return catalog.Statistics{Rows: -1, Bytes: -1} }

// Files: none.
func (t *StreamTable) Files(context.Context, catalog.Predicate) ([]catalog.File, int, error) {
	return nil, 0, nil
}

// Batches gives the rows, to the first who asks.
func (t *StreamTable) Batches(ctx context.Context, columns []int, f func(*vector.Batch) error) error {
	if !t.read.CompareAndSwap(false, true) {
		return sqlerr.Internal("the rows of %s were read already", t.name)
	}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		b, err := t.next()
		if err != nil || b == nil {
			return err
		}
		if err := b.Dense().InPieces(columns, f); err != nil {
			return err
		}
	}
}
