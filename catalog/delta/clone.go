package delta

import (
	"strconv"

	"github.com/argan-sql/argan/catalog/storage"
)

// ShallowClone starts the transaction that makes a table whose files are those of a snapshot, by absolute paths.
// over is the version of the table that the clone replaces, nil where there is none yet; properties are set on top of
// the source's.
func (t *Table) ShallowClone(source, over *Snapshot, properties map[string]string) (*Transaction, error) {
	m := source.Metadata.Clone()
	m.ID, m.CreatedTime = "", nil
	for k, v := range properties {
		m.Configuration[k] = v
	}
	tx := t.Begin(over)
	if over == nil {
		if err := tx.SetMetadata(m); err != nil {
			return nil, err
		}
	} else {
		// Columns keep the ids and physical names that the source's files carry, so the rules for changes do not apply.
		tx.ReadWholeTable()
		tx.emptied = true
		m.ID, m.CreatedTime = over.Metadata.ID, over.Metadata.CreatedTime
		if most := max(m.number(keyMaxColumnID, 0), over.Metadata.number(keyMaxColumnID, 0)); most > 0 && m.MappingMode() != "none" {
			m.Configuration[keyMaxColumnID] = strconv.FormatInt(most, 10)
		}
		if err := tx.restoreMetadata(m); err != nil {
			return nil, err
		}
	}
	// The clone has at least the source's protocol: its files may need it.
	p := source.Protocol.with(tx.Protocol().Features(), false, tx.Protocol().MinReaderVersion, tx.Protocol().MinWriterVersion)
	if over == nil || !p.equal(over.Protocol) {
		if err := tx.SetProtocol(p); err != nil {
			return nil, err
		}
	}
	if over != nil {
		for name, d := range over.state.domains {
			if name != rowTrackingDomain && !d.Removed {
				d.Removed = true
				tx.domains[name] = d
			}
		}
	}
	for name, d := range source.state.domains {
		if name != rowTrackingDomain && !d.Removed {
			tx.domains[name] = d
		}
	}
	adds, err := cloned(source)
	if err != nil {
		return nil, err
	}
	have := map[fileKey]bool{}
	if over != nil {
		want := make(map[fileKey]bool, len(adds))
		for _, f := range adds {
			want[f.key()] = true
		}
		for _, f := range over.Files() {
			have[f.key()] = true
			if !want[f.key()] {
				tx.Remove(f, true)
			}
		}
	}
	for _, f := range adds {
		if !have[f.key()] {
			tx.Add(f)
		}
	}
	return tx, nil
}

// cloned is the snapshot's files as a table elsewhere names them.
func cloned(source *Snapshot) ([]*AddFile, error) {
	out := make([]*AddFile, 0, source.NumFiles())
	for _, f := range source.Files() {
		g := f.Clone()
		g.LogPath, g.DataChange = "file:"+storage.EncodeURI(f.Path), true
		g.BaseRowID, g.DefaultRowCommitVersion = nil, nil // the clone numbers its own rows
		if d := f.DeletionVector; d != nil && d.StorageType == "u" {
			p, err := d.Path(source.table.path)
			if err != nil {
				return nil, err
			}
			abs := *d
			abs.StorageType, abs.PathOrInlineDV = "p", "file:"+storage.EncodeURI(p)
			g.DeletionVector = &abs
		}
		out = append(out, g)
	}
	return out, nil
}

// Removed is how many files the transaction takes out of the table, and their bytes.
func (tx *Transaction) Removed() (files, bytes int64) {
	for _, r := range tx.removes {
		bytes += r.Size
	}
	return int64(len(tx.removes)), bytes
}
