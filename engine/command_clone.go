package engine

import (
	"context"

	"github.com/argan-sql/argan/catalog/delta"
	"github.com/argan-sql/argan/catalog/metastore"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
)

func init() { handle(cloneTable) }

// cloning is a SHALLOW CLONE, resolved: a new table, or a new version of one, that names the files of another.
type cloning struct {
	creation
	tree       *ast.CloneTable
	source     *delta.Table
	sourceName string
	when       delta.At
}

func cloneTable(p *planner, ctx context.Context, t *ast.CloneTable) (*plan, error) {
	d, from, err := p.deltaTable(ctx, t.Source, "CLONE")
	if err != nil {
		return nil, err
	}
	if !t.Shallow {
		return nil, sqlerr.Unsupported("DEEP CLONE").At(t.Pos()).WithHint("CREATE TABLE … AS SELECT copies the rows.")
	}
	when, err := p.moment(ctx, t.TimeTravel)
	if err != nil {
		return nil, err
	}
	target := &ast.CreateTable{At: t.At, Mode: t.Mode, IfNotExists: t.IfNotExists, Table: t.Table, TableSpec: ast.TableSpec{Location: t.Location}}
	c := &cloning{
		creation: creation{p: p, tree: target, provider: "delta"},
		tree:     t, source: d.Delta(), sourceName: from.display(), when: delta.At{Version: when.Version, Timestamp: when.Timestamp},
	}
	if c.properties, err = properties(t.Properties); err != nil {
		return nil, err
	}
	if c.name, err = p.object(ctx, t.Table); err != nil {
		return nil, err
	}
	if err := c.place(ctx); err != nil {
		return nil, err
	}
	schema := longs("source_table_size", "source_num_of_files", "num_removed_files", "num_copied_files", "removed_files_size", "copied_files_size")
	return &plan{kind: KindCommand, name: "CLONE", schema: schema, run: func(ctx context.Context, x *execution) error { return at(c.run(ctx, x), t) }}, nil
}

func (c *cloning) run(ctx context.Context, x *execution) error {
	done, err := c.replaces(ctx)
	if err != nil || done {
		return err
	}
	target, err := c.p.engine.tables.open(c.p.engine.files, c.location)
	if err != nil {
		return err
	}
	if target.Path() == c.source.Path() {
		return sqlerr.New("DELTA_UNSUPPORTED_CLONE_REPLACE_SAME_TABLE", "tableName", c.name.String()).At(c.tree.Table.Pos())
	}
	over, err := c.over(ctx, target)
	if err != nil {
		return err
	}
	s, err := c.source.Snapshot(ctx, c.when)
	if err != nil {
		return err
	}
	tx, err := target.ShallowClone(s, over, c.properties)
	if err != nil {
		return err
	}
	removed, removedBytes := tx.Removed()
	version, err := tx.Commit(ctx, delta.Operation{
		Name:       "CLONE",
		Parameters: map[string]any{"source": c.sourceName, "sourceVersion": s.Version, "isShallow": true},
		Metrics: map[string]string{
			"sourceTableSize": itoa(s.SizeInBytes()), "sourceNumOfFiles": itoa(int64(s.NumFiles())), "numRemovedFiles": itoa(removed), "numCopiedFiles": "0",
			"removedFilesSize": itoa(removedBytes), "copiedFilesSize": "0",
		},
		UserMetadata: c.p.get("spark.databricks.delta.commitInfo.userMetadata"),
	})
	if err != nil {
		return err
	}
	x.statement.changed(-1, version)
	c.properties = nil // they are the Delta table's
	if err := c.register(ctx, nil); err != nil {
		return err
	}
	return x.rows([][]any{{s.SizeInBytes(), int64(s.NumFiles()), removed, int64(0), removedBytes, int64(0)}})
}

// replaces looks at what has the name now: done where it may stay, an error where it may not go, and otherwise the
// clone goes to where it lies.
func (c *cloning) replaces(ctx context.Context) (done bool, err error) {
	if c.name.path {
		return false, nil
	}
	old, err := c.p.engine.meta.Table(ctx, c.name.database, c.name.name)
	if err != nil {
		return false, err
	}
	switch {
	case old == nil && c.tree.Mode == ast.Replace:
		return false, c.p.notFound(ctx, []string{c.name.database, c.name.name}, c.tree.Table)
	case old == nil:
		return false, nil
	case c.tree.IfNotExists:
		return true, nil
	case c.tree.Mode == ast.Create:
		return false, sqlerr.New("TABLE_OR_VIEW_ALREADY_EXISTS", "relationName", c.name.String()).At(c.tree.Table.Pos())
	case old.Kind == metastore.View:
		return false, sqlerr.New("EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE", "viewName", c.name.String(), "operation", "CLONE").At(c.tree.Table.Pos())
	case old.Provider != "delta":
		return false, sqlerr.Unsupported("Replacing a %s table by a delta table", old.Provider).At(c.tree.Pos()).WithHint("DROP TABLE first.")
	case text(c.tree.Location) == "":
		c.location, c.external = old.Location, old.Kind == metastore.ExternalTable
	}
	return false, nil
}

// over is the version of the target that the clone replaces; nil where there is no table yet.
func (c *cloning) over(ctx context.Context, target *delta.Table) (*delta.Snapshot, error) {
	there, err := target.Exists(ctx)
	if err != nil {
		return nil, err
	}
	if there && c.tree.Mode != ast.Create {
		return target.Snapshot(ctx, delta.At{})
	}
	return nil, c.emptyFolder(ctx)
}
