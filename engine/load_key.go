package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"

	"github.com/argan-sql/argan/catalog/delta"
	"github.com/argan-sql/argan/catalog/relation"
	"github.com/argan-sql/argan/sqlerr"
)

// Loaded is what a load did.
type Loaded struct {
	Rows int64
	// Version is the table version it became; -1 where that is no longer known.
	Version int64
	// Replayed says that an earlier load with the same key wrote the rows, and this one nothing.
	Replayed bool
	// StatementID is the statement that wrote; "" for a replay.
	StatementID string
}

// loadApplication is the application under which a keyed load enters the table's log. Keys of different users do not
// meet, and a key is not readable there.
func loadApplication(user, key string) string {
	sum := sha256.Sum256([]byte(user + "\x00" + key))
	return "argan-load:" + hex.EncodeToString(sum[:16])
}

// loadedBefore looks in the table's log for a load with this application. The log is the one place that a crash, a restart
// and another writer leave true.
func (s *Session) loadedBefore(ctx context.Context, database, table, application string) (*Loaded, error) {
	entry, err := s.engine.meta.Table(ctx, database, table)
	if err != nil || entry == nil || entry.Provider != "delta" {
		return nil, err
	}
	t, err := s.engine.open(ctx, entry)
	if err != nil {
		return nil, err
	}
	d, ok := t.(*relation.DeltaTable)
	if !ok {
		return nil, nil
	}
	snapshot, err := d.Delta().Snapshot(ctx, delta.At{})
	if err != nil {
		return nil, err
	}
	rows, done := snapshot.AppTransaction(application)
	if !done {
		return nil, nil
	}
	version, known, err := d.Delta().CommitOf(ctx, application)
	if err != nil {
		return nil, err
	}
	if !known {
		version = -1
	}
	return &Loaded{Rows: rows, Version: version, Replayed: true}, nil
}

// errLoadedBefore ends a keyed load whose rows the table already has when it is about to commit.
var errLoadedBefore = errors.New("a load with this key has been committed")

// noteLoad makes the key of a load part of its commit: the number of rows is the transaction's version, so that a retry can
// be told it.
func (x *execution) noteLoad(tx *delta.Transaction, rows int64) error {
	application := x.statement.request.application
	if application == "" {
		return nil
	}
	if before := tx.Snapshot(); before != nil {
		if _, done := before.AppTransaction(application); done {
			return sqlerr.Internal("%v", errLoadedBefore).Wrap(errLoadedBefore)
		}
	}
	tx.SetTransaction(application, rows)
	return nil
}
