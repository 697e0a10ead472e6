package delta

import (
	"encoding/json"
	"fmt"

	"github.com/argan-sql/argan/sqlerr"
	"github.com/google/uuid"
)

const (
	rowTrackingDomain  = "delta.rowTracking"
	keyRowTracking     = "delta.enableRowTracking"
	keyMaterializedID  = "delta.rowTracking.materializedRowIdColumnName"
	keyMaterializedVer = "delta.rowTracking.materializedRowCommitVersionColumnName"
)

type rowTrackingConfiguration struct {
	HighWaterMark int64  `json:"rowIdHighWaterMark"`
	DomainName    string `json:"domainName"`
}

// prepareRowTracking names the columns in which rows that move keep their ids, when row tracking is turned on. A table
// that has files already would need ids given to them first, which is not done.
func (tx *Transaction) prepareRowTracking(m, before *Metadata) error {
	if !m.On(keyRowTracking) || before != nil && before.On(keyRowTracking) {
		return nil
	}
	if before != nil && tx.snapshot.NumFiles() > 0 && !tx.emptied && !tx.snapshot.Protocol.Has("rowTracking") {
		return sqlerr.Unsupported("turning row tracking on for a table that has data")
	}
	if m.Configuration[keyMaterializedID] == "" {
		m.Configuration[keyMaterializedID] = "_row-id-col-" + uuid.NewString()
		m.Configuration[keyMaterializedVer] = "_row-commit-version-col-" + uuid.NewString()
	}
	return nil
}

// highWaterMark is the greatest row id given out, -1 at first.
func highWaterMark(configuration string) (int64, error) {
	if configuration == "" {
		return -1, nil
	}
	c := rowTrackingConfiguration{HighWaterMark: -1}
	if err := json.Unmarshal([]byte(configuration), &c); err != nil {
		return 0, fmt.Errorf("row tracking: the high-water mark does not parse: %w", err)
	}
	return c.HighWaterMark, nil
}

// checkRowMoves refuses an operation that writes rows of removed files into new ones: their ids would have to go along.
func (tx *Transaction) checkRowMoves(operation string) error {
	switch operation {
	case "UPDATE", "MERGE", "DELETE", "OPTIMIZE":
	default:
		return nil
	}
	if !tx.Metadata().On(keyRowTracking) || len(tx.removes) == 0 {
		return nil
	}
	for _, a := range tx.adds {
		if a.BaseRowID == nil {
			return sqlerr.Unsupported("%s that writes rows anew of a table with row tracking (%s)", operation, keyRowTracking)
		}
	}
	return nil
}

// trackRows gives the new files of a version their row ids, from after the mark on, and the domain that keeps the new
// mark. Files that come back or only get another deletion vector keep what they have.
func (tx *Transaction) trackRows(version int64, mark string) (*DomainMetadata, error) {
	if !tx.Protocol().Has("rowTracking") {
		return nil, nil
	}
	next, err := highWaterMark(mark)
	if err != nil {
		return nil, err
	}
	for _, a := range tx.adds {
		if tx.fresh[a] {
			a.BaseRowID, a.DefaultRowCommitVersion = nil, nil
		}
		if a.BaseRowID != nil {
			continue
		}
		if tx.fresh == nil {
			tx.fresh = map[*AddFile]bool{}
		}
		tx.fresh[a] = true
		rows := parseStats(a.StatsJSON, tx.Metadata()).NumRecords
		if rows < 0 {
			return nil, sqlerr.Unsupported("row tracking of a file without the number of its rows: %s", a.Path)
		}
		base := next + 1
		next += rows
		v := version
		a.BaseRowID, a.DefaultRowCommitVersion = &base, &v
	}
	raw, err := json.Marshal(rowTrackingConfiguration{next, rowTrackingDomain})
	if err != nil {
		return nil, err
	}
	if string(raw) == mark || next < 0 {
		return nil, nil
	}
	return &DomainMetadata{Domain: rowTrackingDomain, Configuration: string(raw)}, nil
}
