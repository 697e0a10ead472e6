package stream

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"strings"
	"time"

	"github.com/argan-sql/argan/catalog/metastore"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/stream/kafka"
)

// Progress is what a table's log remembers of a flow.
type Progress struct {
	// Batch is the number of the last batch, 0 for none.
	Batch int64 `json:"batch"`
	// Sources are where the next batch begins.
	Sources Positions `json:"sources"`
	// Rows is how many rows the flow has written, Quarantined how many messages it has put aside.
	Rows        int64 `json:"rows"`
	Quarantined int64 `json:"quarantined,omitempty"`
	// Expectations count rows since the flow began, by the expectation's name.
	Expectations map[string]Tally `json:"expectations,omitempty"`
	// Replayed are messages out of quarantine that this flow has been through again, until they are out of there.
	Replayed []Message `json:"replayed,omitempty"`
	// At is when, in milliseconds since 1970.
	At int64 `json:"at,omitempty"`
}

// Tally counts rows that met an expectation and rows that did not.
type Tally struct {
	Passed int64 `json:"passed"`
	Failed int64 `json:"failed"`
}

// Batch is a micro-batch to be made.
type Batch struct {
	// Number is the progress's before it plus 1.
	Number int64
	// Spans are the pieces, by the source's name; To of the others stays where it was.
	Spans map[string]Span
	// Positions are where all sources stand after it.
	Positions Positions
	// Always commits even where no rows came of it.
	Always bool
}

// Outcome is what came of a batch.
type Outcome struct {
	// Committed says that the table has a new version; else nothing was worth writing down.
	Committed   bool
	Version     int64
	Rows        int64
	Quarantined int64
	Commit      time.Duration // of the commit alone
	// Positions are where the sources stand where that is not what the batch said: it had been cut short, and ends where it ended then.
	Positions Positions
}

// Trigger says when batches are made.
type Trigger struct {
	// Interval is the least time between the starts of two batches.
	Interval time.Duration
	// Rows does away with Interval once as many wait.
	Rows int64
	// Most bounds a batch.
	Most Limit
}

// Work is a flow that was opened: sources, and a table to write.
type Work interface {
	Sources() []Source
	// Progress is where the table's log says that the flow is.
	Progress(ctx context.Context) (Progress, error)
	Trigger() Trigger
	// Run makes one batch: plan, rows, commit. On an error nothing was committed.
	Run(ctx context.Context, b Batch) (Outcome, error)
	Close()
}

// Host is what flows need of the engine.
type Host interface {
	Flows(ctx context.Context) ([]*metastore.Flow, error)
	// Stamp changes whenever what Flows gives does.
	Stamp(ctx context.Context) (string, error)
	// OpenFlow resolves a flow's query and its sources.
	OpenFlow(ctx context.Context, f *metastore.Flow) (Work, error)
	// RefreshView works out a view anew, and gives its number of rows.
	RefreshView(ctx context.Context, f *metastore.Flow) (int64, error)
	// Maintain does what a table that is written all day needs now and then.
	Maintain(ctx context.Context, f *metastore.Flow) error
	PutRun(ctx context.Context, r *metastore.Run) error
	LastDue(ctx context.Context, flow string) (time.Time, error)
}

// passing are the classes of errors that may be gone at the next try: somebody else was first, a disk is full, a table or a
// topic is not there yet.
var passing = []string{
	"DELTA_CONCURRENT_", "DELTA_METADATA_CHANGED", "DELTA_PROTOCOL_CHANGED", "STORAGE_ERROR", "DISK_FULL", "FILE_NOT_FOUND", "PATH_NOT_FOUND", "SPILL_FAILED",
	"MEMORY_LIMIT_EXCEEDED", "TABLE_OR_VIEW_NOT_FOUND", "DELTA_TABLE_NOT_FOUND", "DELTA_MISSING_DELTA_TABLE", "UNABLE_TO_INFER_SCHEMA", "INSUFFICIENT_PERMISSIONS",
	"SCHEMA_REGISTRY_UNAVAILABLE",
}

// Retriable says whether a flow should try again by itself.
func Retriable(err error) bool {
	if kafka.Retriable(err) || errors.Is(err, fs.ErrNotExist) {
		return true
	}
	var e *sqlerr.Error
	if errors.As(err, &e) {
		for _, class := range passing {
			if strings.HasPrefix(e.Class, class) {
				return true
			}
		}
	}
	var n net.Error
	return errors.As(err, &n)
}
