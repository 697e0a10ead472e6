package delta

import (
	"bytes"
	"context"
)

// CommitOf finds the version that an application's transaction was committed with; ok is false where that commit is no
// longer in the log.
func (t *Table) CommitOf(ctx context.Context, appID string) (version int64, ok bool, err error) {
	l, err := listLog(ctx, t.store, t.path, 0)
	if err != nil {
		return 0, false, err
	}
	for i := len(l.commits) - 1; i >= 0; i-- {
		raw, err := t.store.Read(ctx, l.commits[i].Path)
		if err != nil {
			return 0, false, err
		}
		if !bytes.Contains(raw, []byte(`"txn"`)) {
			continue // most commits: parsing them would cost far more than looking
		}
		actions, err := parseActions(l.commits[i].Path, raw)
		if err != nil {
			return 0, false, err
		}
		for _, a := range actions {
			if a.Txn != nil && a.Txn.AppID == appID {
				return l.versions[i], true, nil
			}
		}
	}
	return 0, false, nil
}
