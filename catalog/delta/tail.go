package delta

import (
	"context"
	"errors"
	"io/fs"
	"strconv"
	"time"

	"github.com/argan-sql/argan/sqlerr"
)

// DataChange is what one version did to the rows of a table, for who reads a table commit by commit.
type DataChange struct {
	Version int64
	// Added are the files with new rows, in the order of the commit. Files that were only rearranged are not among them.
	Added []*AddFile
	// Removed is one of the files whose rows went away, "" when none did.
	Removed string
	// Metadata is set where the version changed the table's schema or properties.
	Metadata *Metadata
}

// ReadChange reads a version's commit; fs.ErrNotExist when it is not there, not yet or no longer.
func (t *Table) ReadChange(ctx context.Context, version int64) (*DataChange, error) {
	actions, err := readActions(ctx, t.store, commitPath(t.path, version))
	if err != nil {
		return nil, err
	}
	c := &DataChange{Version: version}
	r := newReplayer(t.path, nil)
	for i := range actions {
		switch a := &actions[i]; {
		case a.Add != nil && a.Add.DataChange:
			f, err := r.add(a.Add)
			if err != nil {
				return nil, err
			}
			c.Added = append(c.Added, f)
		case a.Remove != nil && a.Remove.DataChange:
			c.Removed = a.Remove.Path
		case a.Metadata != nil:
			if c.Metadata, err = metadataOf(t.path, a.Metadata); err != nil {
				return nil, err
			}
		}
	}
	return c, nil
}

// Await returns when the table has a version greater than the one given, or ctx ends. A commit by this process wakes it at
// once, one by another process within the poll.
func (t *Table) Await(ctx context.Context, version int64, poll time.Duration) error {
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		woken := t.commits()
		_, err := t.store.Stat(ctx, commitPath(t.path, version+1))
		if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-woken:
		case <-tick.C:
		}
	}
}

// commits is closed at the next commit by this process.
func (t *Table) commits() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.next == nil {
		t.next = make(chan struct{})
	}
	return t.next
}

// wake tells those who wait for a commit.
func (t *Table) wake() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.next != nil {
		close(t.next)
		t.next = nil
	}
}

// VersionFrom is the first version committed at a time or later: where reading the changes since then begins. It may be one
// after the newest.
func (t *Table) VersionFrom(ctx context.Context, at time.Time) (int64, error) {
	newest, err := t.newest(ctx)
	if err != nil {
		return 0, err
	}
	commits, _, err := t.commitTimes(ctx, newest)
	if err != nil {
		return 0, err
	}
	from := newest.Version + 1
	for i := len(commits) - 1; i >= 0 && commits[i].millis >= at.UnixMilli(); i-- {
		from = commits[i].version
	}
	return from, nil
}

// Lost is the error for a version that is to be read and was cleaned up.
func (t *Table) Lost(version int64) error {
	return sqlerr.New("DELTA_TRUNCATED_TRANSACTION_LOG", "path", t.path+"/"+logDir, "version", strconv.FormatInt(version, 10),
		"logRetentionKey", "delta.logRetentionDuration", "logRetention", "interval 30 days",
		"checkpointRetentionKey", "delta.checkpointRetentionDuration", "checkpointRetention", "interval 2 days")
}
