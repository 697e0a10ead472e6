package engine

import (
	"context"

	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// Rows are the rows of a statement on their way to a client: a Result, or a reader of a kept result.
type Rows interface {
	// Schema is the schema of the batches.
	Schema() *types.Type
	// Next gives the next batch, nil at the end. An error means that the rows so far are not the whole result.
	Next(ctx context.Context) (*vector.Batch, error)
	// Affected is the number of rows that were changed, -1 where that does not apply; known once Next has given nil.
	Affected() int64
	// CommitVersion is the table version that was committed, -1 for none; known once Next has given nil.
	CommitVersion() int64
	// Close ends the reading. It may be called more than once.
	Close()
}

var (
	_ Rows = (*Result)(nil)
	_ Rows = (*keptReader)(nil)
)

// Chunk is a piece of a kept result that can be read on its own.
type Chunk struct {
	Index int
	// FirstRow is the number of the chunk's first row in the result, Rows how many it has.
	FirstRow, Rows int64
	// Bytes is the size of its vectors.
	Bytes int64
}
