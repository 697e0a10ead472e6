package delta

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"

	"github.com/argan-sql/argan/sqlerr"
)

// docLink is what Spark's texts refer to.
const docLink = "https://docs.delta.io/latest/concurrency-control.html"

// resolveConflicts goes through the commits from version on, which others have made, and gives the next free version.
func (tx *Transaction) resolveConflicts(ctx context.Context, version int64, base *commitBase) (int64, error) {
	for {
		actions, err := readActions(ctx, tx.table.store, commitPath(tx.table.path, version))
		if errors.Is(err, fs.ErrNotExist) {
			return version, nil
		}
		if err != nil {
			return 0, err
		}
		if err := tx.checkConflict(version, actions, base); err != nil {
			return 0, err
		}
		version++
	}
}

// checkConflict compares what one other commit did with what this transaction read and wants to do, by the rules and in
// the order of Spark's conflict checker.
func (tx *Transaction) checkConflict(version int64, actions []action, base *commitBase) error {
	w := winner{version: version}
	for i := range actions {
		a := &actions[i]
		switch {
		case a.CommitInfo != nil:
			w.info = a.CommitInfo
		case a.Protocol != nil:
			w.protocol = a.Protocol
		case a.Metadata != nil:
			w.metadata = true
		case a.Txn != nil:
			w.txns = append(w.txns, a.Txn.AppID)
		case a.DomainMetadata != nil:
			w.domains = append(w.domains, *a.DomainMetadata)
		}
	}
	r := newReplayer(tx.table.path, nil)
	if err := r.apply(actions); err != nil {
		return err
	}
	for _, rem := range r.removes {
		w.removed = append(w.removed, rem)
	}
	for i := range actions { // a file removed and added again with another vector was still removed
		if a := actions[i].Remove; a != nil {
			rem, err := r.remove(a)
			if err != nil {
				return err
			}
			w.removed = append(w.removed, rem)
		}
	}
	for _, f := range r.order {
		if f.DataChange {
			w.added = append(w.added, f)
		}
	}
	w.takeOver(base)
	for _, check := range []func(*winner) error{tx.checkProtocol, tx.checkMetadata, tx.checkDomains, tx.checkAdded, tx.checkDeletedRead, tx.checkDeletedDeleted, tx.checkTxns} {
		if err := check(&w); err != nil {
			return err
		}
	}
	return nil
}

// winner is a commit that was made before ours.
type winner struct {
	version  int64
	info     *CommitInfo
	protocol *Protocol
	metadata bool
	txns     []string
	domains  []DomainMetadata
	added    []*AddFile
	removed  []*RemoveFile
}

func (w *winner) takeOver(base *commitBase) {
	for _, d := range w.domains {
		if d.Domain == rowTrackingDomain {
			base.mark = d.Configuration
		}
	}
	if w.info != nil && w.info.InCommitTimestamp != nil {
		base.lastTimestamp = max(base.lastTimestamp, *w.info.InCommitTimestamp)
	}
}

func (w *winner) blindAppend() bool {
	return w.info != nil && w.info.IsBlindAppend != nil && *w.info.IsBlindAppend
}

// text is how Spark names the commit in a conflict.
func (w *winner) text() string {
	op := "unknown"
	if w.info != nil {
		op = w.info.Operation
	}
	return fmt.Sprintf("\nConflicting commit: {\"version\":%d,\"operation\":%s}", w.version, strconv.Quote(op))
}

func (w *winner) err(class string, params ...string) error {
	return sqlerr.New(class, append(params, "conflictingCommit", w.text(), "docLink", docLink)...)
}

func (tx *Transaction) checkProtocol(w *winner) error {
	if w.protocol == nil {
		return nil
	}
	if tx.snapshot == nil {
		return w.err("DELTA_PROTOCOL_CHANGED", "additionalInfo", "This happens when multiple writers are writing to an empty directory. Creating the table ahead of time will avoid this conflict. ")
	}
	if err := w.protocol.checkWrite(displayPath(tx.table.path), tx.snapshot.Metadata); err != nil {
		return err
	}
	if tx.protocol != nil {
		return w.err("DELTA_PROTOCOL_CHANGED", "additionalInfo", "")
	}
	return nil
}

func (tx *Transaction) checkMetadata(w *winner) error {
	if w.metadata {
		return w.err("DELTA_METADATA_CHANGED")
	}
	return nil
}

func (tx *Transaction) checkDomains(w *winner) error {
	for _, d := range w.domains {
		if _, ours := tx.domains[d.Domain]; ours && d.Domain != rowTrackingDomain {
			return w.err("DELTA_CONCURRENT_WRITE")
		}
	}
	return nil
}

// checkAdded: rows that came in and that this transaction should have read.
func (tx *Transaction) checkAdded(w *winner) error {
	level := tx.isolation()
	if level == snapshotIsolation || !tx.readAll && len(tx.readPredicates) == 0 {
		return nil
	}
	if level == writeSerializable && w.blindAppend() && tx.metadata == nil {
		return nil
	}
	hit := w.added
	if !tx.readAll {
		hit = tx.snapshot.filter(w.added, Or{tx.readPredicates}, tx.zone)
	}
	if len(hit) == 0 {
		return nil
	}
	where := "the root of the table"
	if len(hit[0].PartitionValues) > 0 {
		where = "partition [" + partitionList(hit[0].PartitionValues) + "]"
	}
	return w.err("DELTA_CONCURRENT_APPEND", "partition", where, "retryMsg", "Please try the operation again.")
}

func partitionList(values map[string]*string) (out string) {
	for i, k := range sortedKeys(values) {
		if i > 0 {
			out += ", "
		}
		out += k + "="
		if values[k] != nil {
			out += *values[k]
		} else {
			out += "null"
		}
	}
	return out
}

func (tx *Transaction) checkDeletedRead(w *winner) error {
	for _, r := range w.removed {
		if tx.readFiles[r.Path] || tx.readAll {
			return w.err("DELTA_CONCURRENT_DELETE_READ", "file", r.LogPath)
		}
	}
	return nil
}

func (tx *Transaction) checkDeletedDeleted(w *winner) error {
	ours := make(map[string]bool, len(tx.removes))
	for _, r := range tx.removes {
		ours[r.Path] = true
	}
	for _, r := range w.removed {
		if ours[r.Path] {
			return w.err("DELTA_CONCURRENT_DELETE_DELETE", "file", r.LogPath)
		}
	}
	return nil
}

func (tx *Transaction) checkTxns(w *winner) error {
	for _, id := range w.txns {
		for _, t := range tx.txns {
			if t.AppID == id {
				return w.err("DELTA_CONCURRENT_TRANSACTION")
			}
		}
	}
	return nil
}
