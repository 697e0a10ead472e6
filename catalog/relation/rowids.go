package relation

import (
	"github.com/argan-sql/argan/catalog"
	"github.com/argan-sql/argan/types"
)

// Names of the constants of a file from which the ids of its rows are worked out. A column of a table cannot be called so:
// a name with blanks and a colon is nobody's.
const (
	baseRowID      = "row tracking: base row id"
	defaultVersion = "row tracking: default commit version"
)

// rowIDs is a snapshot of a table with row tracking, with the four columns of which row ids and commit versions are made.
type rowIDs struct {
	*DeltaSnapshot
	wide *types.Type
}

// WithRowIDs gives the snapshot with four more columns at the end, the first of which has the number first: the row id and
// the commit version that a row carries with it (NULL where it never moved), the id of the first row of its file, and the
// version that added the file. ok is false for a table without row tracking.
func (d *DeltaSnapshot) WithRowIDs() (s catalog.Snapshot, first int, ok bool) {
	if !d.Metadata.On("delta.enableRowTracking") {
		return nil, 0, false
	}
	fields := append([]types.Field{}, d.schema.Fields...)
	for _, name := range []string{
		d.Metadata.Configuration["delta.rowTracking.materializedRowIdColumnName"],
		d.Metadata.Configuration["delta.rowTracking.materializedRowCommitVersionColumnName"], baseRowID, defaultVersion,
	} {
		fields = append(fields, types.Field{Name: name, Type: types.LongType, Nullable: true})
	}
	return &rowIDs{d, types.NewStruct(fields...)}, len(d.schema.Fields), true
}

// Schema has the columns of row tracking behind the table's own.
func (r *rowIDs) Schema() *types.Type { return r.wide }

// PlainDelta is the Delta snapshot that a table's snapshot is made of.
func PlainDelta(s catalog.Snapshot) (*DeltaSnapshot, bool) {
	switch s := s.(type) {
	case *DeltaSnapshot:
		return s, true
	case *rowIDs:
		return s.DeltaSnapshot, true
	}
	return nil, false
}
