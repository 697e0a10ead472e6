package delta

import (
	"github.com/argan-sql/argan/catalog/storage"
)

// ShallowClone starts the transaction that makes a new table whose files are those of a snapshot, by absolute paths.
// properties are set on top of the source's.
func ShallowClone(store storage.Store, path string, source *Snapshot, properties map[string]string) (*Table, *Transaction, error) {
	t, err := Open(store, path)
	if err != nil {
		return nil, nil, err
	}
	m := source.Metadata.Clone()
	m.ID, m.CreatedTime = "", nil
	for k, v := range properties {
		m.Configuration[k] = v
	}
	tx := t.Begin(nil)
	if err := tx.SetMetadata(m); err != nil {
		return nil, nil, err
	}
	// The clone has at least the source's protocol: its files may need it.
	p := source.Protocol.with(tx.protocol.Features(), false, tx.protocol.MinReaderVersion, tx.protocol.MinWriterVersion)
	if err := tx.SetProtocol(p); err != nil {
		return nil, nil, err
	}
	for name, d := range source.state.domains {
		if name != rowTrackingDomain && !d.Removed {
			tx.domains[name] = d
		}
	}
	for _, f := range source.Files() {
		g := f.Clone()
		g.LogPath, g.DataChange = "file:"+storage.EncodeURI(f.Path), true
		g.BaseRowID, g.DefaultRowCommitVersion = nil, nil // the clone numbers its own rows
		if d := f.DeletionVector; d != nil && d.StorageType == "u" {
			p, err := d.Path(source.table.path)
			if err != nil {
				return nil, nil, err
			}
			abs := *d
			abs.StorageType, abs.PathOrInlineDV = "p", "file:"+storage.EncodeURI(p)
			g.DeletionVector = &abs
		}
		tx.Add(g)
	}
	return t, tx, nil
}
