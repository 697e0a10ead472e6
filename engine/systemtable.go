package engine

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/argan-sql/argan/catalog"
	"github.com/argan-sql/argan/catalog/metastore"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// SystemDatabase is the database of the server's own tables. It is read-only.
const SystemDatabase = "system"

const systemDatabase = SystemDatabase

// systemTable is a table of what the server knows about itself.
type systemTable struct {
	comment string
	columns []types.Field
	// rows gives the rows that a session may see: an ordinary user's own, all to an administrator. Values have the shapes
	// that vector.Value gives.
	rows func(ctx context.Context, s *Session) ([][]any, error)
}

// systemTables is the table of tables of the database system, by name. Each noun's file enters its own.
var systemTables = map[string]*systemTable{}

// documented is a column of a system table with what it means.
func documented(name string, t *types.Type, comment string) types.Field {
	return types.Field{Name: name, Type: t, Nullable: true, Metadata: map[string]any{"comment": comment}}
}

// systemEntries are the system tables as the metastore lists them.
func systemEntries() []*metastore.Table {
	var out []*metastore.Table
	for _, name := range sortedKeys(systemTables) {
		t := systemTables[name]
		out = append(out, &metastore.Table{Name: name, Provider: systemDatabase, Comment: t.comment, Schema: types.NewStruct(t.columns...), Owner: "", Properties: map[string]string{}})
	}
	return out
}

// systemTable is a system table as the session sees it.
func (s *Session) systemTable(name string) (catalog.Table, error) {
	t, ok := systemTables[strings.ToLower(name)]
	if !ok {
		return nil, sqlerr.Internal("there is no system table %s", name)
	}
	return &systemRelation{table: t, name: strings.ToLower(name), session: s, schema: types.NewStruct(t.columns...)}, nil
}

// notSystem refuses to write a system table.
func notSystem(t catalog.Table) error {
	r, ok := t.(*systemRelation)
	if !ok {
		return nil
	}
	return sqlerr.New("SYSTEM_DATABASE", "name", quoted(systemDatabase, r.name))
}

// systemRelation is a system table in a plan: a table without files.
type systemRelation struct {
	table   *systemTable
	name    string
	session *Session
	schema  *types.Type
}

var _ catalog.Source = (*systemRelation)(nil)

// Name is catalog, database and table.
func (r *systemRelation) Name() []string { return []string{catalogName, systemDatabase, r.name} }

// Provider says that the table is the server's.
func (r *systemRelation) Provider() string { return systemDatabase }

// Location is nowhere.
func (r *systemRelation) Location() string { return "" }

// Snapshot is the table itself: there is only now.
func (r *systemRelation) Snapshot(_ context.Context, at catalog.At) (catalog.Snapshot, error) {
	if at != noTime {
		return nil, sqlerr.New("UNSUPPORTED_FEATURE.TIME_TRAVEL", "relationId", quoted(systemDatabase, r.name))
	}
	return r, nil
}

// Schema is the schema of the rows.
func (r *systemRelation) Schema() *types.Type { return r.schema }

// PartitionColumns: none.
func (r *systemRelation) PartitionColumns() []string { return nil }

// Properties: none.
func (r *systemRelation) Properties() map[string]string { return nil }

// Version: none.
func (r *systemRelation) Version() int64 { return -1 }

// Statistics: unknown.
func (r *systemRelation) Statistics() catalog.Statistics {
	return catalog.Statistics{Rows: -1, Bytes: -1}
}

// Files: none.
func (r *systemRelation) Files(context.Context, catalog.Predicate) ([]catalog.File, int, error) {
	return nil, 0, nil
}

// Batches gives the rows as they are now.
func (r *systemRelation) Batches(ctx context.Context, columns []int, f func(*vector.Batch) error) error {
	rows, err := r.table.rows(ctx, r.session)
	if err != nil {
		return fmt.Errorf("system.%s: %w", r.name, err)
	}
	for len(rows) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := min(len(rows), vector.BatchSize)
		cols := make([]*vector.Vector, len(columns))
		for i, c := range columns {
			b := vector.NewBuilder(r.schema.Fields[c].Type, n)
			for _, row := range rows[:n] {
				b.AppendValue(row[c])
			}
			cols[i] = b.Finish()
		}
		if err := f(vector.NewBatch(cols, n)); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// instant is a point in time as a TIMESTAMP value, NULL for none.
func instant(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMicro()
}

// milliseconds is a duration as a DOUBLE.
func milliseconds(d time.Duration) any { return float64(d.Microseconds()) / 1000 }
