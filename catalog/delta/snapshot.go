package delta

import (
	"strconv"
	"sync"

	"github.com/argan-sql/argan/catalog/storage"
	"github.com/argan-sql/argan/sqlerr"
)

// Snapshot is one version of a table. It never changes.
type Snapshot struct {
	Version  int64
	Protocol *Protocol
	Metadata *Metadata

	table  *Table
	state  *state
	commit *storage.Info // the version's commit file; nil when only a checkpoint is left
	size   func() int64
}

func newSnapshot(t *Table, seg *segment, st *state) (*Snapshot, error) {
	recover := func(what string) error {
		return sqlerr.New("DELTA_STATE_RECOVER_ERROR", "operation", what, "version", strconv.FormatInt(seg.version, 10))
	}
	if st.protocol == nil {
		return nil, recover("protocol")
	}
	if err := st.protocol.checkRead(displayPath(t.path)); err != nil {
		return nil, err
	}
	if st.metadata == nil {
		return nil, recover("metadata")
	}
	m, err := metadataOf(t.path, st.metadata)
	if err != nil {
		return nil, err
	}
	s := &Snapshot{Version: seg.version, Protocol: st.protocol, Metadata: m, table: t, state: st, commit: seg.last}
	s.size = sync.OnceValue(func() (n int64) {
		for _, f := range st.files {
			n += f.Size
		}
		return n
	})
	return s, nil
}

// Table is the table this is a version of.
func (s *Snapshot) Table() *Table { return s.table }

// Files are the data files of the version. Read only, the slice too.
func (s *Snapshot) Files() []*AddFile { return s.state.files }

// NumFiles is how many data files there are.
func (s *Snapshot) NumFiles() int { return len(s.state.files) }

// SizeInBytes is the size of all data files.
func (s *Snapshot) SizeInBytes() int64 { return s.size() }

// Tombstones are the removed files that the log still remembers.
func (s *Snapshot) Tombstones() []*RemoveFile { return s.state.tombstones }

// AppTransaction is how far an application has written, as SetTransaction of an earlier version said.
func (s *Snapshot) AppTransaction(appID string) (version int64, ok bool) {
	t, ok := s.state.txns[appID]
	return t.Version, ok
}

// AppTransactions are those of all applications. Read only.
func (s *Snapshot) AppTransactions() map[string]AppTransaction { return s.state.txns }

// DomainMetadata gives the configuration of a domain.
func (s *Snapshot) DomainMetadata(domain string) (configuration string, ok bool) {
	d, ok := s.state.domains[domain]
	return d.Configuration, ok && !d.Removed
}

// Physical gives the names a column has in data files; see Metadata.Physical.
func (s *Snapshot) Physical(path ...string) ([]string, bool) {
	p, _, ok := s.Metadata.Physical(path...)
	return p, ok
}
