package delta

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strconv"
	"time"

	"github.com/argan-sql/argan/sqlerr"
)

// Operation is what a commit says it did; DESCRIBE HISTORY shows it.
type Operation struct {
	// Name is Spark's: WRITE, DELETE, MERGE, CREATE TABLE …
	Name string
	// Parameters are Spark's: scalars stay, lists and maps become the text of their JSON, nil is null.
	Parameters map[string]any
	// Metrics are counts as text.
	Metrics map[string]string
	// UserMetadata is what the user gave, "" for nothing.
	UserMetadata string
}

// maxCommitAttempts bounds how often a commit is tried while others commit before it.
const maxCommitAttempts = 1000

// Commit writes the changes as the next version. When others have committed since the snapshot, it goes through what
// they did: if that does not touch what this transaction read or removed it is tried again, else the error names the
// conflict and nothing is written. On an error nothing is committed.
func (tx *Transaction) Commit(ctx context.Context, op Operation) (int64, error) {
	if tx.committed {
		return 0, sqlerr.Internal("a transaction on %s is committed twice", tx.table.path)
	}
	if err := tx.validate(); err != nil {
		return 0, err
	}
	if err := tx.checkRowMoves(op.Name); err != nil {
		return 0, err
	}
	start := tx.table.clock()
	read := int64(-1)
	base := commitBase{}
	if tx.snapshot != nil {
		read = tx.snapshot.Version
		base.mark, _ = tx.snapshot.DomainMetadata(rowTrackingDomain)
		if _, ict := ictFrom(tx.snapshot.Metadata); ict {
			at, err := tx.snapshot.Timestamp(ctx)
			if err != nil {
				return 0, err
			}
			base.lastTimestamp = at.UnixMilli()
		}
	}
	version := read + 1
	for attempt := 1; attempt <= maxCommitAttempts; attempt++ {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		data, err := tx.encode(op, version, read, base)
		if err != nil {
			return 0, err
		}
		path := commitPath(tx.table.path, version)
		err = tx.table.store.PutIfAbsent(ctx, path, data)
		if err == nil || tx.isOurs(path, err) {
			tx.committed = true
			tx.table.wake()
			tx.table.afterCommit(ctx, version)
			return version, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return 0, err
		}
		if version, err = tx.resolveConflicts(ctx, version, &base); err != nil {
			return 0, err
		}
	}
	return 0, sqlerr.New("DELTA_MAX_COMMIT_RETRIES_EXCEEDED", "numAttempts", strconv.Itoa(maxCommitAttempts), "startVersion", strconv.FormatInt(read+1, 10),
		"failVersion", strconv.FormatInt(version, 10), "numActions", strconv.Itoa(len(tx.adds)+len(tx.removes)+len(tx.cdc)),
		"timeSpent", strconv.FormatInt(tx.table.clock().Sub(start).Milliseconds(), 10))
}

// commitBase is what a version takes over from the one before it.
type commitBase struct {
	mark          string // of row tracking
	lastTimestamp int64  // in-commit timestamp
}

// isOurs says whether a write that failed has put the commit there all the same: it may have failed after the file had
// its name. Then it is committed, and saying otherwise would be wrong.
func (tx *Transaction) isOurs(path string, cause error) bool {
	info, err := tx.table.commitInfo(context.Background(), path) // also when the statement was cancelled meanwhile
	if err != nil || info == nil || info.TxnID == nil || *info.TxnID != tx.id {
		return false
	}
	slog.Warn("a commit is there although writing it reported an error", "path", path, "error", cause)
	return true
}

// encode writes the version's actions, commitInfo first.
func (tx *Transaction) encode(op Operation, version, read int64, base commitBase) ([]byte, error) {
	var b bytes.Buffer
	domain, err := tx.trackRows(version, base.mark)
	if err != nil {
		return nil, err
	}
	domains := tx.domains
	if domain != nil {
		domains = make(map[string]DomainMetadata, len(tx.domains)+1)
		for k, v := range tx.domains {
			domains[k] = v
		}
		domains[domain.Domain] = *domain
	}
	info, err := tx.commitInfo(op, version, read, base)
	if err != nil {
		return nil, err
	}
	lines := []any{map[string]any{"commitInfo": info}}
	if tx.metadata != nil {
		m := *tx.metadata
		if tx.Protocol().Has("typeWidening-preview") {
			m.Schema = stampWidening(m.Schema, version)
		}
		lines = append(lines, &action{Metadata: m.action()})
	}
	if tx.protocol != nil {
		lines = append(lines, &action{Protocol: tx.protocol})
	}
	for i := range tx.txns {
		lines = append(lines, &action{Txn: &tx.txns[i]})
	}
	for _, name := range sortedKeys(domains) {
		d := domains[name]
		lines = append(lines, &action{DomainMetadata: &d})
	}
	for _, r := range tx.removes {
		lines = append(lines, &action{Remove: r.action()})
	}
	for _, a := range tx.adds {
		lines = append(lines, &action{Add: a.action()})
	}
	for _, c := range tx.cdc {
		lines = append(lines, &action{CDC: &cdcAction{Path: c.LogPath, PartitionValues: c.PartitionValues, Size: c.Size, Tags: c.Tags}})
	}
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	for _, l := range lines {
		if err := enc.Encode(l); err != nil {
			return nil, fmt.Errorf("commit %d: %w", version, err)
		}
	}
	return b.Bytes(), nil
}

// writtenInfo is commitInfo in the order Spark writes it; parameters keep their JSON types.
type writtenInfo struct {
	InCommitTimestamp   *int64            `json:"inCommitTimestamp,omitempty"`
	Timestamp           int64             `json:"timestamp"`
	Operation           string            `json:"operation"`
	OperationParameters map[string]any    `json:"operationParameters"`
	ReadVersion         *int64            `json:"readVersion,omitempty"`
	IsolationLevel      string            `json:"isolationLevel"`
	IsBlindAppend       bool              `json:"isBlindAppend"`
	OperationMetrics    map[string]string `json:"operationMetrics"`
	UserMetadata        *string           `json:"userMetadata,omitempty"`
	EngineInfo          string            `json:"engineInfo"`
	TxnID               string            `json:"txnId"`
}

func (tx *Transaction) commitInfo(op Operation, version, read int64, base commitBase) (*writtenInfo, error) {
	now := tx.table.clock().UnixMilli()
	info := &writtenInfo{
		Timestamp: now, Operation: op.Name, OperationParameters: map[string]any{}, IsolationLevel: tx.isolation(),
		IsBlindAppend: tx.blindAppend(), OperationMetrics: op.Metrics, EngineInfo: EngineInfo, TxnID: tx.id,
	}
	if info.OperationMetrics == nil {
		info.OperationMetrics = map[string]string{}
	}
	if read >= 0 {
		info.ReadVersion = &read
	}
	if op.UserMetadata != "" {
		info.UserMetadata = &op.UserMetadata
	}
	for k, v := range op.Parameters {
		switch v.(type) {
		case nil, string, bool, int, int64:
			info.OperationParameters[k] = v
		default:
			raw, err := json.Marshal(v)
			if err != nil {
				return nil, fmt.Errorf("operation parameter %s: %w", k, err)
			}
			info.OperationParameters[k] = string(raw)
		}
	}
	if _, ict := ictFrom(tx.Metadata()); ict {
		at := max(now, base.lastTimestamp+1)
		info.InCommitTimestamp = &at
		info.Timestamp = at
		tx.noteEnablement(version, at)
	}
	return info, nil
}

// enableInCommitTimestamps marks that this transaction turns in-commit timestamps on for a table that has versions.
func (tx *Transaction) enableInCommitTimestamps(m, before *Metadata) {
	if before == nil {
		return
	}
	_, was := ictFrom(before)
	_, is := ictFrom(m)
	tx.enablesICT = is && !was
}

// noteEnablement writes from which version on commits carry their time, which is known only when the version is.
func (tx *Transaction) noteEnablement(version, at int64) {
	if !tx.enablesICT {
		return
	}
	suffix := ""
	if !tx.metadata.On("delta.enableInCommitTimestamps") {
		suffix = "-preview"
	}
	tx.metadata.Configuration["delta.inCommitTimestampEnablementVersion"+suffix] = strconv.FormatInt(version, 10)
	tx.metadata.Configuration["delta.inCommitTimestampEnablementTimestamp"+suffix] = strconv.FormatInt(at, 10)
}

func (f *AddFile) action() *addAction {
	return &addAction{
		Path: f.LogPath, PartitionValues: f.PartitionValues, Size: f.Size, ModificationTime: f.ModificationTime, DataChange: f.DataChange,
		Stats: f.StatsJSON, Tags: f.Tags, DeletionVector: f.DeletionVector, BaseRowID: f.BaseRowID, DefaultRowCommitVersion: f.DefaultRowCommitVersion,
		ClusteringProvider: f.ClusteringProvider,
	}
}

func (r *RemoveFile) action() *removeAction {
	a := &removeAction{
		Path: r.LogPath, DeletionTimestamp: &r.DeletionTimestamp, DataChange: r.DataChange, Stats: r.StatsJSON, Tags: r.Tags,
		DeletionVector: r.DeletionVector, BaseRowID: r.BaseRowID, DefaultRowCommitVersion: r.DefaultRowCommitVersion,
	}
	if r.ExtendedFileMetadata {
		a.ExtendedFileMetadata, a.PartitionValues, a.Size = &r.ExtendedFileMetadata, r.PartitionValues, &r.Size
	}
	return a
}

// afterCommit does what may fail without harm to the commit: remember the new version, and now and then write a
// checkpoint and clean the log. It waits at most a while.
func (t *Table) afterCommit(ctx context.Context, version int64) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Minute)
	defer cancel()
	s, err := t.newest(ctx)
	if err == nil && version > 0 && version%s.Metadata.number("delta.checkpointInterval", 10) == 0 {
		if s.Version != version {
			s, err = t.byVersion(ctx, version)
		}
		if err == nil {
			err = t.Checkpoint(ctx, s)
		}
		if err == nil {
			err = t.cleanLog(ctx, s)
		}
	}
	if err != nil {
		slog.Warn("after a commit", "table", t.path, "version", version, "error", err)
	}
}
