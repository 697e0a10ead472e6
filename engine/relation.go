package engine

import (
	"context"
	"path/filepath"
	"strings"

	"github.com/argan-sql/argan/catalog"
	"github.com/argan-sql/argan/catalog/metastore"
	"github.com/argan-sql/argan/catalog/relation"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// found is what a name leads to: exactly one of temp (a temporary view), entry with Kind View, and table is set; entry is
// nil for a table by path.
type found struct {
	name  objectName
	temp  *tempView
	entry *metastore.Table
	table catalog.Table
	at    catalog.At // the version that a path asks for
}

// isView says whether it is a view, temporary or not.
func (f *found) isView() bool { return f.table == nil }

// display is the name as Spark prints it in answers: catalog.database.table.
func (f *found) display() string {
	switch {
	case f.temp != nil && !f.temp.global:
		return f.temp.name
	case f.temp != nil:
		return globalTemp + "." + f.temp.name
	case f.name.path:
		return f.name.database + "." + types.Quote(f.name.name)
	}
	return catalogName + "." + f.name.database + "." + f.name.name
}

// relation finds what a name leads to; TABLE_OR_VIEW_NOT_FOUND when there is nothing.
func (p *planner) relation(ctx context.Context, n ast.Name) (*found, error) {
	parts, err := p.parts(ctx, n)
	if err != nil {
		return nil, err
	}
	f, err := p.find(ctx, parts, n)
	if err == nil && f.at != noTime {
		return nil, sqlerr.New("UNSUPPORTED_FEATURE.TIME_TRAVEL", "relationId", quoted(parts...)).At(n.Pos())
	}
	return f, err
}

// tableOnly is relation for statements that a view cannot take.
func (p *planner) tableOnly(ctx context.Context, n ast.Name, operation string) (*found, error) {
	f, err := p.relation(ctx, n)
	if err != nil {
		return nil, err
	}
	if f.isView() {
		return nil, sqlerr.New("EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE", "viewName", quoted(f.name.database, f.name.name), "operation", operation).At(n.Pos())
	}
	return f, nil
}

func (p *planner) find(ctx context.Context, parts []string, n ast.Node) (*found, error) {
	o, err := p.complete(ctx, parts, n)
	if err != nil {
		return nil, err
	}
	if o.temporary != "" {
		if v := p.session.temporaryView(o.temporary); v != nil {
			return &found{name: o, temp: v, table: v.table}, nil
		}
	}
	if o.database == globalTemp {
		if v := p.engine.globalView(o.name); v != nil {
			return &found{name: o, temp: v, table: v.table}, nil
		}
		return nil, p.notFound(ctx, parts, n)
	}
	if o.path {
		if err := p.pathRight(ctx, o.name, see); err != nil {
			return nil, at(err, n)
		}
		t, version, err := p.pathTable(ctx, o.database, o.name)
		if err != nil {
			return nil, at(err, n)
		}
		p.statement.touch(o.database + "." + types.Quote(o.name))
		return &found{name: o, table: t, at: version}, nil
	}
	entry, err := p.engine.meta.Table(ctx, o.database, o.name)
	if err != nil {
		return nil, err
	}
	if entry == nil {
		return nil, p.notFound(ctx, parts, n)
	}
	f := &found{name: objectName{database: entry.Database, name: entry.Name}, entry: entry}
	p.statement.touch(entry.Database + "." + entry.Name)
	if entry.Kind != metastore.View {
		if f.table, err = p.open(ctx, entry); err != nil {
			return nil, at(err, n)
		}
	}
	return f, nil
}

// open gives the table behind an entry of the metastore, as the session sees it.
func (p *planner) open(ctx context.Context, entry *metastore.Table) (catalog.Table, error) {
	if entry.Kind == metastore.SystemTable {
		return p.session.systemTable(entry.Name)
	}
	return p.engine.open(ctx, entry)
}

// open gives the table behind an entry of the metastore that is no system table.
func (e *Engine) open(ctx context.Context, entry *metastore.Table) (catalog.Table, error) {
	name := []string{catalogName, entry.Database, entry.Name}
	if entry.Provider == "delta" {
		return e.tables.delta(ctx, e.files, entry.Location, name)
	}
	if entry.Provider == "kafka" {
		return kafkaTable(name, entry.Options, entry.Properties)
	}
	return relation.Files(name, entry.Provider, []string{entry.Location}, entry.Options, entry.Schema, entry.PartitionColumns, entry.Properties)
}

// byPath gives the table at a path: delta.`/data/t`, parquet.`/data/x.parquet`.
func (e *Engine) byPath(ctx context.Context, format, path string, options map[string]string) (catalog.Table, error) {
	name := []string{format, path}
	if format == "delta" {
		abs, err := filepath.Abs(location("", path))
		if err != nil {
			return nil, sqlerr.New("DELTA_PATH_DOES_NOT_EXIST", "path", path)
		}
		if !strings.HasPrefix(strings.TrimPrefix(path, "file:"), "/") {
			if abs, err = filepath.Abs(strings.TrimPrefix(path, "file:")); err != nil {
				return nil, sqlerr.New("DELTA_PATH_DOES_NOT_EXIST", "path", path)
			}
		}
		return e.tables.delta(ctx, e.files, abs, name)
	}
	return relation.Files(name, format, []string{path}, options, nil, nil, nil)
}

// schemaOf is the schema of a table or view and the partition columns of a table.
func (p *planner) schemaOf(ctx context.Context, f *found) (*types.Type, []string, error) {
	if f.table == nil {
		schema, err := p.viewSchema(ctx, f)
		return schema, nil, err
	}
	snapshot, err := f.table.Snapshot(ctx, catalog.At{})
	if err != nil {
		return nil, nil, err
	}
	return snapshot.Schema(), snapshot.PartitionColumns(), nil
}

// propertiesOf are the properties of a table or view, those that say which protocol a Delta table has included.
func (p *planner) propertiesOf(ctx context.Context, f *found) (map[string]string, error) {
	if f.temp != nil {
		return f.temp.props, nil
	}
	if f.table == nil {
		return f.entry.Properties, nil
	}
	snapshot, err := f.table.Snapshot(ctx, catalog.At{})
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for k, v := range snapshot.Properties() {
		out[k] = v
	}
	if d, ok := snapshot.(*relation.DeltaSnapshot); ok {
		for k, v := range d.ProtocolProperties() {
			out[k] = v
		}
	}
	return out, nil
}

// snapshot is the newest state of a table.
func (f *found) snapshot(ctx context.Context) (catalog.Snapshot, error) {
	return f.table.Snapshot(ctx, catalog.At{})
}
