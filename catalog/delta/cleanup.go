package delta

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"time"

	"github.com/argan-sql/argan/catalog/storage"
)

// defaultLogRetention is delta.logRetentionDuration where it is not set.
const defaultLogRetention = 30 * 24 * time.Hour

// staleTemp is the age after which a temporary file of the log was left behind by a crash.
const staleTemp = time.Hour

// cleanLog deletes commits and checkpoints older than delta.logRetentionDuration which a later checkpoint, old enough
// too, makes needless for every version that is to stay; and what crashes have left.
func (t *Table) cleanLog(ctx context.Context, s *Snapshot) error {
	infos, err := t.store.List(ctx, storage.Join(t.path, logDir), "")
	if err != nil {
		return err
	}
	now := t.clock()
	remove := func(in storage.Info) error {
		if err := t.store.Delete(ctx, in.Path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	for _, in := range infos {
		if storage.IsTemp(in.Name) && now.Sub(in.ModTime) > staleTemp {
			if err := remove(in); err != nil {
				return err
			}
		}
	}
	if strings.EqualFold(s.Metadata.Configuration["delta.enableExpiredLogCleanup"], "false") {
		return nil
	}
	// The cut is at midnight, as Spark's, so that it moves once a day.
	cut := now.Add(-s.Metadata.duration("delta.logRetentionDuration", defaultLogRetention)).UTC().Truncate(24 * time.Hour)
	l, err := listLog(ctx, t.store, t.path, 0)
	if err != nil {
		return err
	}
	keepFrom := int64(-1) // the last checkpoint whose version has expired: it is the start of what stays
	for i, v := range l.versions {
		if l.commits[i].ModTime.After(cut) {
			break
		}
		for _, c := range l.checkpoints {
			if c.version == v {
				keepFrom = v
			}
		}
	}
	if keepFrom <= 0 {
		return nil
	}
	sidecars, err := t.sidecarsInUse(ctx, l, keepFrom)
	if err != nil {
		return err
	}
	for _, in := range infos {
		if len(in.Name) < 20 || in.IsDir {
			continue
		}
		// Names of the log start with the version, the checksum files' too.
		if v := parseVersion(in.Name[:20]); v >= 0 && v < keepFrom && !in.ModTime.After(cut) {
			if err := remove(in); err != nil {
				return err
			}
		}
	}
	side, err := t.store.List(ctx, storage.Join(t.path, logDir, "_sidecars"), "")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, in := range side {
		if !sidecars[in.Name] && !in.ModTime.After(cut) {
			if err := remove(in); err != nil {
				return err
			}
		}
	}
	return nil
}

// sidecarsInUse are the names of the sidecars that checkpoints from a version on point at.
func (t *Table) sidecarsInUse(ctx context.Context, l *listing, from int64) (map[string]bool, error) {
	used := map[string]bool{}
	for _, c := range l.checkpoints {
		if c.version < from || !c.v2 {
			continue
		}
		for _, f := range c.files {
			err := readCheckpointFile(ctx, t.store, f.Path, func(actions []action) error {
				for i := range actions {
					if s := actions[i].Sidecar; s != nil {
						used[storage.Base(s.Path)] = true
					}
				}
				return nil
			})
			if err != nil {
				return nil, err
			}
		}
	}
	return used, nil
}
