package engine

import (
	"context"
	"os"

	"github.com/argan-sql/argan/catalog/access"
	"github.com/argan-sql/argan/catalog/relation"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
)

func init() { handle(insertDirectory) }

// insertDirectory is INSERT OVERWRITE DIRECTORY: the rows of a query become the files of a folder.
func insertDirectory(p *planner, ctx context.Context, t *ast.InsertDirectory) (*plan, error) {
	format, err := p.provider(t.Using, t)
	if err != nil {
		return nil, err
	}
	if format == "delta" {
		return nil, sqlerr.Unsupported("INSERT OVERWRITE DIRECTORY USING delta").At(t.Pos()).WithHint("CREATE TABLE delta.`/path` AS SELECT makes a Delta table at a path.")
	}
	options, err := optionMap(t.Options)
	if err != nil {
		return nil, err
	}
	path := t.Path
	if path == "" {
		path = options["path"]
	}
	if path == "" {
		return nil, sqlerr.New("INVALID_EMPTY_LOCATION", "location", "").At(t.Pos())
	}
	query := t.Query
	if t.With != nil {
		query = &ast.Query{At: t.At, With: t.With, Body: query}
	}
	node, err := p.logical(ctx, query)
	if err != nil {
		return nil, err
	}
	schema, err := tableSchema(outputSchema(node.Output()), t)
	if err != nil {
		return nil, err
	}
	ready, err := p.physical(ctx, node)
	if err != nil {
		return nil, err
	}
	folder := location(p.engine.meta.Root(), path)
	if err := p.pathRight(ctx, folder, access.Own); err != nil {
		return nil, at(err, t)
	}
	delete(options, "path")
	table, err := relation.Files([]string{format, folder}, format, []string{folder}, options, schema, nil, nil)
	if err != nil {
		return nil, at(err, t)
	}
	return &plan{kind: KindUpdate, name: "INSERT OVERWRITE DIRECTORY", schema: noRows, run: func(ctx context.Context, x *execution) error {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return sqlerr.New("STORAGE_ERROR", "operation", "Making", "path", folder, "reason", err.Error())
		}
		n, err := x.writeFilesOf(ctx, p, table, schema, replaceAll, func(sink func(*vector.Batch) error) error { return x.stream(ctx, p, ready, nil, sink) })
		if err == nil {
			x.statement.changed(n, -1)
		}
		return err
	}}, nil
}
