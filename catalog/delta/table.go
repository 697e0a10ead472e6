package delta

import (
	"context"
	"errors"
	"io/fs"
	"sync"
	"time"

	"github.com/argan-sql/argan/catalog/storage"
	"github.com/argan-sql/argan/sqlerr"
)

// At asks for a version: by number, by time, or (both nil) the newest.
type At struct {
	Version   *int64
	Timestamp *time.Time
}

// keptSnapshots is how many versions besides the newest a Table remembers.
const keptSnapshots = 4

// Table is a Delta table by its path. It remembers the newest snapshot it has seen and brings it up to date by reading
// only what came after; all methods may be called from many goroutines.
type Table struct {
	store storage.Store
	path  string
	clock func() time.Time

	mu     sync.Mutex
	latest *Snapshot
	older  []*Snapshot   // least recently used first
	next   chan struct{} // closed at the next commit; nil while nobody waits
}

// Open names a table. Nothing is read yet: whether the path holds a table shows when a snapshot is asked for.
// path is absolute, or a file: URI.
func Open(store storage.Store, path string) (*Table, error) {
	p, err := storage.Resolve(path)
	if err != nil {
		return nil, err
	}
	return &Table{store: store, path: p, clock: time.Now}, nil
}

// Path is the table's folder.
func (t *Table) Path() string { return t.path }

// Store is where the table lies.
func (t *Table) Store() storage.Store { return t.store }

// Exists says whether the path holds a table: a log with at least one version.
func (t *Table) Exists(ctx context.Context) (bool, error) {
	t.mu.Lock()
	known := t.latest
	t.mu.Unlock()
	// A log that is written all day is not listed for this: one commit that is known to be there will do.
	var at int64
	if known != nil {
		at = known.Version
	} else {
		at = hint(ctx, t.store, t.path)
	}
	if _, err := t.store.Stat(ctx, commitPath(t.path, at)); err == nil {
		return true, nil
	}
	l, err := listLog(ctx, t.store, t.path, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return !l.empty, nil
}

// Snapshot gives a version of the table. The newest is always looked up anew, so it is never stale.
func (t *Table) Snapshot(ctx context.Context, at At) (*Snapshot, error) {
	switch {
	case at.Version != nil:
		return t.byVersion(ctx, *at.Version)
	case at.Timestamp != nil:
		v, err := t.versionAt(ctx, *at.Timestamp)
		if err != nil {
			return nil, err
		}
		return t.byVersion(ctx, v)
	}
	return t.newest(ctx)
}

func (t *Table) newest(ctx context.Context) (*Snapshot, error) {
	t.mu.Lock()
	known := t.latest
	t.mu.Unlock()
	if known != nil {
		s, err := t.refresh(ctx, known)
		if err != nil || s != nil {
			return s, err
		}
	}
	s, err := t.read(ctx, -1)
	if err != nil {
		return nil, err
	}
	t.remember(s, known)
	return s, nil
}

// refresh brings a snapshot up to date by the commits after it. nil without an error says that it cannot be done that
// way: its own commit is gone or is another file (the table was made anew), or there is a gap.
func (t *Table) refresh(ctx context.Context, known *Snapshot) (*Snapshot, error) {
	if l := t.probe(ctx, known); l != nil {
		return t.extend(ctx, known, l)
	}
	l, err := listLog(ctx, t.store, t.path, known.Version)
	if err != nil || len(l.versions) == 0 || l.versions[0] != known.Version || known.commit == nil ||
		!l.commits[0].ModTime.Equal(known.commit.ModTime) || l.commits[0].Size != known.commit.Size {
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		return nil, err
	}
	return t.extend(ctx, known, l)
}

// longestProbe is how many new versions are looked for one by one.
const longestProbe = 16

// probe lists the commits from a snapshot's own on by asking for each: a log that is written all day has many files, and few of
// them are new. nil where it cannot tell.
func (t *Table) probe(ctx context.Context, known *Snapshot) *listing {
	if known.commit == nil {
		return nil
	}
	l := &listing{}
	for v := known.Version; v <= known.Version+longestProbe; v++ {
		info, err := t.store.Stat(ctx, commitPath(t.path, v))
		switch {
		case errors.Is(err, fs.ErrNotExist) && v > known.Version:
			return l
		case err != nil, v == known.Version && (!info.ModTime.Equal(known.commit.ModTime) || info.Size != known.commit.Size):
			return nil
		}
		l.commits, l.versions = append(l.commits, info), append(l.versions, v)
	}
	return nil
}

// extend adds the commits of a listing that begins with the snapshot's own.
func (t *Table) extend(ctx context.Context, known *Snapshot, l *listing) (*Snapshot, error) {
	last := l.versions[len(l.versions)-1]
	if last == known.Version {
		return known, nil
	}
	seg := &segment{version: last, last: &l.commits[len(l.commits)-1]}
	for i, v := range l.versions[1:] {
		if v != known.Version+int64(i)+1 {
			return nil, nil
		}
		seg.deltas = append(seg.deltas, deltaFile{v, v, l.commits[i+1]})
	}
	s, err := t.load(ctx, seg, known.state)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) { // cleaned up meanwhile
			err = nil
		}
		return nil, err
	}
	t.remember(s, known)
	return s, nil
}

// remember keeps a newer snapshot as the newest, unless another goroutine has kept one meanwhile.
func (t *Table) remember(s, replaces *Snapshot) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.latest == replaces || t.latest == nil || t.latest.Version < s.Version {
		t.latest = s
	}
}

func (t *Table) byVersion(ctx context.Context, version int64) (*Snapshot, error) {
	newest, err := t.newest(ctx)
	if err != nil {
		// The newest version may need what an older one does not: the protocol of each version decides.
		if newest, err = nil, t.tolerable(ctx, version, err); err != nil {
			return nil, err
		}
	}
	if newest != nil {
		if version == newest.Version {
			return newest, nil
		}
		if version < 0 || version > newest.Version {
			return nil, t.versionNotFound(ctx, version, newest.Version)
		}
	}
	t.mu.Lock()
	for i, s := range t.older {
		if s.Version == version && newest != nil && s.Metadata.ID == newest.Metadata.ID {
			t.older = append(append(t.older[:i:i], t.older[i+1:]...), s)
			t.mu.Unlock()
			return s, nil
		}
	}
	t.mu.Unlock()
	s, err := t.read(ctx, version)
	if err != nil {
		var e *sqlerr.Error
		if errors.As(err, &e) && e.Class == "DELTA_TRUNCATED_TRANSACTION_LOG" && newest != nil {
			return nil, t.versionNotFound(ctx, version, newest.Version)
		}
		return nil, err
	}
	t.mu.Lock()
	t.older = append(t.older, s)
	if len(t.older) > keptSnapshots {
		t.older = append([]*Snapshot{}, t.older[1:]...)
	}
	t.mu.Unlock()
	return s, nil
}

// tolerable passes over an error that only the newest version has: features or versions of the protocol we cannot read.
func (t *Table) tolerable(ctx context.Context, version int64, err error) error {
	var e *sqlerr.Error
	if errors.As(err, &e) && (e.Class == "DELTA_UNSUPPORTED_FEATURES_FOR_READ" || e.Class == "DELTA_INVALID_PROTOCOL_VERSION") {
		if l, lerr := listLog(ctx, t.store, t.path, 0); lerr == nil && len(l.versions) > 0 && version >= 0 && version < l.versions[len(l.versions)-1] {
			return nil
		}
	}
	return err
}

// read puts a version (-1: the newest) together from the log. A file that goes away between the listing and the reading
// was cleaned up after a newer checkpoint: then the log is listed anew.
func (t *Table) read(ctx context.Context, version int64) (s *Snapshot, err error) {
	for range 3 {
		var seg *segment
		if seg, err = findSegment(ctx, t.store, t.path, version); err != nil {
			return nil, err
		}
		if s, err = t.load(ctx, seg, nil); err == nil || !errors.Is(err, fs.ErrNotExist) {
			return s, err
		}
	}
	return nil, err
}

func (t *Table) load(ctx context.Context, seg *segment, base *state) (*Snapshot, error) {
	st, err := replaySegment(ctx, t.store, t.path, seg, base)
	if err != nil {
		return nil, err
	}
	return newSnapshot(t, seg, st)
}
