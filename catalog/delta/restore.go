package delta

import (
	"context"
	"errors"
	"strconv"

	"github.com/argan-sql/argan/sqlerr"
)

// RestoreResult is the row that RESTORE gives.
type RestoreResult struct {
	Version           int64
	TableSize         int64
	NumOfFiles        int64
	NumRemovedFiles   int64
	NumRestoredFiles  int64
	RemovedFilesSize  int64
	RestoredFilesSize int64
}

// Restore makes a new version that holds what an older one did. Its files must all be there still.
func (t *Table) Restore(ctx context.Context, at At) (*RestoreResult, error) {
	now, err := t.newest(ctx)
	if err != nil {
		return nil, err
	}
	then, err := t.Snapshot(ctx, at)
	if err != nil {
		return nil, restoreError(err)
	}
	tx := t.Begin(now)
	if now.state.metadata != then.state.metadata {
		m := then.Metadata.Clone()
		m.Configuration[keyMaxColumnID] = now.Metadata.Configuration[keyMaxColumnID] // ids are never given out twice
		if m.Configuration[keyMaxColumnID] == "" {
			delete(m.Configuration, keyMaxColumnID)
		}
		if err := tx.restoreMetadata(m); err != nil {
			return nil, err
		}
	}
	have := make(map[fileKey]bool, now.NumFiles())
	for _, f := range now.Files() {
		have[f.key()] = true
	}
	res := &RestoreResult{}
	want := make(map[fileKey]bool, then.NumFiles())
	for _, f := range then.Files() {
		want[f.key()] = true
		res.NumOfFiles++
		res.TableSize += f.Size
		if have[f.key()] {
			continue
		}
		if _, err := t.store.Stat(ctx, f.Path); err != nil {
			var e *sqlerr.Error
			if errors.As(err, &e) && e.Class == "FILE_NOT_FOUND" {
				_ = e.WithHint("version %d cannot be restored: a file of it was deleted, by VACUUM perhaps", then.Version)
			}
			return nil, err
		}
		g := f.Clone()
		g.DataChange = true
		tx.Add(g)
		res.NumRestoredFiles++
		res.RestoredFilesSize += f.Size
	}
	for _, f := range now.Files() {
		if !want[f.key()] {
			tx.Remove(f, true)
			res.NumRemovedFiles++
			res.RemovedFilesSize += f.Size
		}
	}
	tx.ReadWholeTable()
	n := func(v int64) string { return strconv.FormatInt(v, 10) }
	op := Operation{Name: "RESTORE", Parameters: map[string]any{"version": nil, "timestamp": nil}, Metrics: map[string]string{
		"numRestoredFiles": n(res.NumRestoredFiles), "removedFilesSize": n(res.RemovedFilesSize), "numRemovedFiles": n(res.NumRemovedFiles),
		"restoredFilesSize": n(res.RestoredFilesSize), "numOfFilesAfterRestore": n(res.NumOfFiles), "tableSizeAfterRestore": n(res.TableSize),
	}}
	if at.Version != nil {
		op.Parameters["version"] = *at.Version
	} else if at.Timestamp != nil {
		op.Parameters["timestamp"] = at.Timestamp.UTC().Format("2006-01-02 15:04:05.999")
	}
	res.Version, err = tx.Commit(ctx, op)
	return res, err
}

// restoreMetadata sets older metadata as it was, without the rules for changes: renamed and dropped columns come back.
func (tx *Transaction) restoreMetadata(m *Metadata) error {
	p, err := upgrade(tx.snapshot.Protocol, m)
	if err != nil {
		return err
	}
	tx.metadata = m
	if !p.equal(tx.snapshot.Protocol) {
		tx.protocol = p
	}
	return nil
}

// restoreError says time travel's errors in RESTORE's words.
func restoreError(err error) error {
	var e *sqlerr.Error
	if !errors.As(err, &e) {
		return err
	}
	p := e.Parameters
	switch e.Class {
	case "DELTA_VERSION_NOT_FOUND":
		return sqlerr.New("DELTA_CANNOT_RESTORE_TABLE_VERSION", "version", p["userVersion"], "startVersion", p["earliest"], "endVersion", p["latest"])
	case "DELTA_TIMESTAMP_EARLIER_THAN_COMMIT_RETENTION":
		return sqlerr.New("DELTA_CANNOT_RESTORE_TIMESTAMP_EARLIER", "requestedTimestamp", p["userTimestamp"], "earliestTimestamp", p["commitTs"])
	case "DELTA_TIMESTAMP_GREATER_THAN_COMMIT":
		return sqlerr.New("DELTA_CANNOT_RESTORE_TIMESTAMP_GREATER", "requestedTimestamp", p["providedTimestamp"], "latestTimestamp", p["maximumTimestamp"])
	}
	return err
}
