package engine

import (
	"context"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/argan-sql/argan/catalog/metastore"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

func init() {
	handle(createDatabase)
	handle(alterDatabase)
	handle(dropDatabase)
	handle(describeDatabase)
	handle(use)
	handle(showDatabases)
	handle(showCatalogs)
	handle(showCurrent)
	handle(commentOn)
}

// properties turns PROPERTIES into a map; a key twice is an error.
func properties(list []ast.Property) (map[string]string, error) {
	out := make(map[string]string, len(list))
	for _, p := range list {
		if _, twice := out[p.Key]; twice {
			return nil, sqlerr.New("DUPLICATE_KEY", "keyColumn", types.Quote(p.Key)).At(p.Pos())
		}
		out[p.Key] = p.Value
	}
	return out, nil
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func createDatabase(p *planner, ctx context.Context, t *ast.CreateDatabase) (*plan, error) {
	name, err := p.databaseName(ctx, t.Database)
	if err != nil {
		return nil, err
	}
	props, err := properties(t.Properties)
	if err != nil {
		return nil, err
	}
	d := metastore.Database{Name: name, Comment: text(t.Comment), Owner: p.session.User(), Properties: props}
	if err := isFolder(name); err != nil {
		return nil, at(err, t)
	}
	d.Location = p.engine.meta.DatabaseLocation(name)
	if t.Location != nil {
		d.Location = location(p.engine.meta.Root(), *t.Location)
	}
	return command("CREATE DATABASE", func(ctx context.Context, x *execution) error {
		if name == globalTemp {
			return sqlerr.New("SCHEMA_ALREADY_EXISTS", "schemaName", types.Quote(name)).At(t.Pos())
		}
		err := p.engine.meta.CreateDatabase(ctx, d)
		if t.IfNotExists && sqlerr.Is(err, "SCHEMA_ALREADY_EXISTS") {
			return nil
		}
		if err != nil {
			return at(err, t)
		}
		if err := os.MkdirAll(d.Location, 0o755); err != nil {
			_, _ = p.engine.meta.DropDatabase(ctx, name, false)
			return sqlerr.New("STORAGE_ERROR", "operation", "Making", "path", d.Location, "reason", err.Error())
		}
		return nil
	}), nil
}

func alterDatabase(p *planner, ctx context.Context, t *ast.AlterDatabase) (*plan, error) {
	name, err := p.databaseName(ctx, t.Database)
	if err != nil {
		return nil, err
	}
	return command("ALTER DATABASE", func(ctx context.Context, x *execution) error {
		d, err := p.engine.meta.Database(ctx, name)
		if err != nil {
			return at(err, t.Database)
		}
		if t.Location != nil {
			d.Location = location(p.engine.meta.Root(), *t.Location)
		}
		for _, prop := range t.Properties {
			if t.Unset {
				delete(d.Properties, prop.Key)
			} else {
				d.Properties[prop.Key] = prop.Value
			}
		}
		return p.engine.meta.UpdateDatabase(ctx, d)
	}), nil
}

func dropDatabase(p *planner, ctx context.Context, t *ast.DropDatabase) (*plan, error) {
	name, err := p.databaseName(ctx, t.Database)
	if err != nil {
		return nil, err
	}
	return command("DROP DATABASE", func(ctx context.Context, x *execution) error {
		d, err := p.engine.meta.Database(ctx, name)
		if err != nil {
			if t.IfExists && sqlerr.Is(err, "SCHEMA_NOT_FOUND") {
				return nil
			}
			return at(err, t.Database)
		}
		dropped, err := p.engine.meta.DropDatabase(ctx, name, t.Cascade)
		if err != nil {
			return at(err, t.Database)
		}
		for _, entry := range dropped {
			if entry.Kind == metastore.ManagedTable {
				if err := p.engine.removeData(entry.Location); err != nil {
					return err
				}
			}
		}
		// The folder goes only if it is empty, or ours: files that someone put there are not ours to delete.
		if strings.EqualFold(d.Location, p.engine.meta.DatabaseLocation(name)) {
			_ = os.Remove(d.Location)
		}
		return nil
	}), nil
}

// removeData deletes the folder of a dropped managed table. It never leaves the warehouse's tables: the folder must hold
// a Delta log or lie below the warehouse.
func (e *Engine) removeData(folder string) error {
	if folder == "" {
		return nil
	}
	rel, relErr := filepath.Rel(e.meta.Root(), folder)
	ours := relErr == nil && rel != "." && !strings.HasPrefix(rel, "..")
	if _, err := os.Stat(filepath.Join(folder, "_delta_log")); !ours && err != nil {
		return nil //nolint:nilerr // no Delta table and not below the warehouse: not ours to delete
	}
	e.tables.forget(folder)
	if err := os.RemoveAll(folder); err != nil {
		return sqlerr.New("STORAGE_ERROR", "operation", "Deleting", "path", folder, "reason", err.Error())
	}
	return nil
}

func describeDatabase(p *planner, ctx context.Context, t *ast.DescribeDatabase) (*plan, error) {
	name, err := p.databaseName(ctx, t.Database)
	if err != nil {
		return nil, err
	}
	d, err := p.engine.meta.Database(ctx, name)
	if err != nil {
		return nil, at(err, t.Database)
	}
	return table("DESCRIBE DATABASE", func(context.Context) ([][]any, error) {
		rows := [][]any{{"Catalog Name", catalogName}, {"Namespace Name", d.Name}, {"Comment", d.Comment}, {"Location", "file:" + d.Location}, {"Owner", d.Owner}}
		if t.Extended {
			rows = append(rows, []any{"Properties", propertyList(d.Properties)})
		}
		return rows, nil
	}, column("info_name", types.StringType), column("info_value", types.StringType)), nil
}

// propertyList prints properties as Spark does: ((a,1), (b,2)).
func propertyList(m map[string]string) string {
	if len(m) == 0 {
		return ""
	}
	var parts []string
	for _, k := range sortedKeys(m) {
		parts = append(parts, "("+k+","+m[k]+")")
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

func use(p *planner, ctx context.Context, t *ast.Use) (*plan, error) {
	parts, err := p.parts(ctx, t.Name)
	if err != nil {
		return nil, err
	}
	if t.Catalog || len(parts) == 1 && strings.EqualFold(parts[0], catalogName) {
		if len(parts) != 1 || !strings.EqualFold(parts[0], catalogName) {
			return nil, sqlerr.New("CATALOG_NOT_FOUND", "catalogName", quoted(parts...)).At(t.Pos())
		}
		return command("USE", func(context.Context, *execution) error { return nil }), nil
	}
	name, err := p.databaseName(ctx, t.Name)
	if err != nil {
		return nil, err
	}
	return command("USE", func(ctx context.Context, x *execution) error {
		d, err := p.engine.meta.Database(ctx, name)
		if err != nil {
			return at(err, t.Name)
		}
		p.session.setDatabase(d.Name)
		return nil
	}), nil
}

func showDatabases(p *planner, ctx context.Context, t *ast.ShowDatabases) (*plan, error) {
	matches := like(t.Like)
	return table("SHOW DATABASES", func(ctx context.Context) ([][]any, error) {
		all, err := p.engine.meta.Databases(ctx)
		if err != nil {
			return nil, err
		}
		var rows [][]any
		for _, d := range all {
			if matches(d.Name) && p.session.sees(ctx, d.Name, "") && (d.Name != systemDatabase || strings.EqualFold(text(t.Like), systemDatabase)) {
				rows = append(rows, []any{d.Name}) // system is listed where it is asked for, as global_temp in Spark never is
			}
		}
		return rows, nil
	}, column("namespace", types.StringType)), nil
}

func showCatalogs(_ *planner, _ context.Context, t *ast.ShowCatalogs) (*plan, error) {
	matches := like(t.Like)
	return table("SHOW CATALOGS", func(context.Context) ([][]any, error) {
		if !matches(catalogName) {
			return nil, nil
		}
		return [][]any{{catalogName}}, nil
	}, column("catalog", types.StringType)), nil
}

func showCurrent(p *planner, _ context.Context, _ *ast.ShowCurrent) (*plan, error) {
	return table("SHOW CURRENT NAMESPACE", func(context.Context) ([][]any, error) {
		return [][]any{{catalogName, p.session.Database()}}, nil
	}, column("catalog", types.StringType), column("namespace", types.StringType)), nil
}

func commentOn(p *planner, ctx context.Context, t *ast.CommentOn) (*plan, error) {
	if t.Kind == ast.ObjectDatabase {
		name, err := p.databaseName(ctx, t.Name)
		if err != nil {
			return nil, err
		}
		return command("COMMENT ON DATABASE", func(ctx context.Context, x *execution) error {
			d, err := p.engine.meta.Database(ctx, name)
			if err != nil {
				return at(err, t.Name)
			}
			d.Comment = text(t.Comment)
			return p.engine.meta.UpdateDatabase(ctx, d)
		}), nil
	}
	return p.setComment(ctx, t.Name, t.Comment)
}
