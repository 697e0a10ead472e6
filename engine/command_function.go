package engine

import (
	"context"

	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
)

func init() {
	handle(createFunction)
	handle(dropFunction)
	handle(generate)
}

// createFunction refuses functions of the user's own: there are none here, of classes or in SQL.
func createFunction(_ *planner, _ context.Context, t *ast.CreateFunction) (*plan, error) {
	return nil, sqlerr.Unsupported("CREATE FUNCTION").At(t.Pos()).WithHint("A view, or an expression in the query, can often take its place.")
}

// dropFunction finds no function to drop; IF EXISTS is content with that.
func dropFunction(_ *planner, _ context.Context, t *ast.DropFunction) (*plan, error) {
	name := quoted(t.Function.Strings()...)
	if _, _, _, _, builtin := functionText(t.Function.Last()); builtin && len(t.Function.Parts) == 1 {
		return nil, sqlerr.New("FORBIDDEN_OPERATION", "statement", "DROP", "objectType", "FUNCTION", "objectName", name).At(t.Pos()).WithHint("It is built in.")
	}
	if t.IfExists {
		return command("DROP FUNCTION", func(context.Context, *execution) error { return nil }), nil
	}
	return nil, sqlerr.New("ROUTINE_NOT_FOUND", "routineName", name).At(t.Pos())
}

// generate refuses GENERATE: manifests of symbolic links are for readers that do not know Delta.
func generate(p *planner, ctx context.Context, t *ast.Generate) (*plan, error) {
	if _, _, err := p.deltaTable(ctx, t.Table, "GENERATE"); err != nil {
		return nil, err
	}
	return nil, sqlerr.Unsupported("GENERATE %s FOR TABLE", t.Mode).At(t.Pos())
}
