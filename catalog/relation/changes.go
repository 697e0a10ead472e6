package relation

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/argan-sql/argan/catalog"
	"github.com/argan-sql/argan/catalog/delta"
	"github.com/argan-sql/argan/types"
)

// ChangeBound is an end of a range of versions: a number or a time.
type ChangeBound struct {
	Version   *int64
	Timestamp *time.Time
}

// ChangeRange is a range of versions, both ends in it; without To it ends at the newest.
type ChangeRange struct {
	From ChangeBound
	To   *ChangeBound
}

// Changes is the change data feed of a Delta table as a table: its columns, and _change_type, _commit_version and
// _commit_timestamp.
func Changes(t *DeltaTable, r ChangeRange) catalog.Table { return &changesTable{t, r} }

type changesTable struct {
	*DeltaTable
	bounds ChangeRange
}

// Snapshot lists the changes.
func (t *changesTable) Snapshot(ctx context.Context, _ catalog.At) (catalog.Snapshot, error) {
	r := delta.ChangeRange{From: delta.At{Version: t.bounds.From.Version, Timestamp: t.bounds.From.Timestamp}}
	if t.bounds.To != nil {
		r.To = delta.At{Version: t.bounds.To.Version, Timestamp: t.bounds.To.Timestamp}
	}
	c, err := t.delta.Changes(ctx, r)
	if err != nil {
		return nil, err
	}
	return &changesSnapshot{c}, nil
}

type changesSnapshot struct{ *delta.Changes }

func (s *changesSnapshot) Schema() *types.Type           { return s.Changes.Schema }
func (s *changesSnapshot) PartitionColumns() []string    { return nil }
func (s *changesSnapshot) Properties() map[string]string { return nil }
func (s *changesSnapshot) Version() int64                { return s.To }
func (s *changesSnapshot) Statistics() catalog.Statistics {
	return catalog.Statistics{Rows: -1, Bytes: -1}
}

// Files lists every file with changes; which of its rows did not change counts as deleted.
func (s *changesSnapshot) Files(context.Context, catalog.Predicate) ([]catalog.File, int, error) {
	shape := newFileShape(s.Metadata, s.Metadata.Schema)
	out := make([]catalog.File, 0, len(s.Changes.Files))
	for _, c := range s.Changes.Files {
		f, err := shape.file(c.File)
		if err != nil {
			return nil, 0, err
		}
		f.Constants = map[string]any{"_commit_version": c.Version, "_commit_timestamp": c.Timestamp.UnixMicro()}
		if c.Type != "" {
			f.Constants["_change_type"] = c.Type
		}
		if c.Only != nil || c.Except != nil {
			f.Deleted = unchanged(c)
			f.DeletedRows = 1 // some: the exact number is not needed
		}
		out = append(out, f)
	}
	return out, 0, nil
}

// unchanged are the rows of a file that did not change.
func unchanged(c delta.ChangeFile) func(context.Context) ([]uint32, error) {
	return func(context.Context) ([]uint32, error) {
		if c.Only == nil {
			return c.Except.ToArray(), nil
		}
		var stats struct {
			NumRecords *uint64 `json:"numRecords"`
		}
		if err := json.Unmarshal([]byte(c.File.StatsJSON), &stats); err != nil || stats.NumRecords == nil {
			return nil, fmt.Errorf("changes in %s: the log does not tell how many rows the file has", c.File.Path)
		}
		rest := c.Only.Clone()
		rest.Flip(0, *stats.NumRecords)
		if c.Except != nil {
			rest.Or(c.Except)
		}
		return rest.ToArray(), nil
	}
}
