package engine

import (
	"context"

	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// maxViewDepth bounds views of views.
const maxViewDepth = 100

// viewSchema is the schema of a view as it is now: that of its query, with the names and comments it declares.
func (p *planner) viewSchema(ctx context.Context, f *found) (*types.Type, error) {
	if p.viewDepth > maxViewDepth {
		return nil, sqlerr.New("VIEW_EXCEED_MAX_NESTED_DEPTH", "viewName", f.display(), "maxNestedDepth", "100")
	}
	if f.temp != nil {
		return f.temp.schema, nil
	}
	return f.entry.Schema, nil
}
