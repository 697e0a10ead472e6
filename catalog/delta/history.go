package delta

import (
	"context"
	"sort"
	"time"

	"github.com/argan-sql/argan/catalog/storage"
)

// HistoryEntry is a row of DESCRIBE HISTORY. Pointers that are nil are NULL.
type HistoryEntry struct {
	Version   int64
	Timestamp time.Time
	// Info is what the writer said; nil when the commit has no commitInfo.
	Info *CommitInfo
}

// History lists the versions whose commits are still there, newest first; limit <= 0 is all.
func (t *Table) History(ctx context.Context, limit int) ([]HistoryEntry, error) {
	newest, err := t.newest(ctx)
	if err != nil {
		return nil, err
	}
	commits, _, err := t.commitTimes(ctx, newest)
	if err != nil {
		return nil, err
	}
	sort.Slice(commits, func(i, j int) bool { return commits[i].version > commits[j].version })
	if limit > 0 && len(commits) > limit {
		commits = commits[:limit]
	}
	out := make([]HistoryEntry, len(commits))
	for i, c := range commits {
		info, err := t.commitInfo(ctx, c.file.Path)
		if err != nil {
			return nil, err
		}
		out[i] = HistoryEntry{Version: c.version, Timestamp: time.UnixMilli(c.millis).UTC(), Info: info}
	}
	return out, nil
}

// Parameter is one operation parameter as DESCRIBE HISTORY shows it; ok is false for one that is not there or null.
func (c *CommitInfo) Parameter(name string) (text string, ok bool) {
	if p := c.OperationParameters[name]; p != nil {
		return *p, true
	}
	return "", false
}

// Detail is the row of DESCRIBE DETAIL.
type Detail struct {
	Format            string
	ID                string
	Name              *string
	Description       *string
	Location          string
	CreatedAt         *time.Time
	LastModified      time.Time
	PartitionColumns  []string
	ClusteringColumns []string
	NumFiles          int64
	SizeInBytes       int64
	Properties        map[string]string
	MinReaderVersion  int
	MinWriterVersion  int
	TableFeatures     []string
}

// Detail describes the version.
func (s *Snapshot) Detail(ctx context.Context) (*Detail, error) {
	m := s.Metadata
	d := &Detail{
		Format: "delta", ID: m.ID, Name: m.Name, Description: m.Description, Location: "file:" + storage.EncodeURI(s.table.path),
		PartitionColumns: m.PartitionColumns, NumFiles: int64(s.NumFiles()), SizeInBytes: s.SizeInBytes(), Properties: map[string]string{},
		MinReaderVersion: s.Protocol.MinReaderVersion, MinWriterVersion: s.Protocol.MinWriterVersion, TableFeatures: s.Protocol.Features(),
	}
	for k, v := range m.Configuration {
		d.Properties[k] = v
	}
	if m.CreatedTime != nil {
		at := time.UnixMilli(*m.CreatedTime).UTC()
		d.CreatedAt = &at
	}
	var err error
	d.LastModified, err = s.Timestamp(ctx)
	if err != nil {
		return nil, err
	}
	d.ClusteringColumns, err = s.ClusteringColumns()
	return d, err
}

// Timestamp is when the version was committed.
func (s *Snapshot) Timestamp(ctx context.Context) (time.Time, error) {
	if s.commit == nil { // only a checkpoint is left
		return time.Time{}, nil
	}
	if from, ict := ictFrom(s.Metadata); ict && s.Version >= from {
		info, err := s.table.commitInfo(ctx, s.commit.Path)
		if err != nil {
			return time.Time{}, err
		}
		ms, err := inCommitTimestamp(info, s.Version)
		return time.UnixMilli(ms).UTC(), err
	}
	return s.commit.ModTime.UTC(), nil
}
