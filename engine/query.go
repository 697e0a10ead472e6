package engine

import (
	"context"
	"strconv"
	"strings"

	"github.com/argan-sql/argan/catalog"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/planner/lower"
	"github.com/argan-sql/argan/planner/optimizer"
	"github.com/argan-sql/argan/planner/physical"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sql/parser"
	"github.com/argan-sql/argan/types"
)

func init() { handle(query) }

// noTime asks for the newest version.
var noTime catalog.At

// schemaOf is the schema of a plan's output.
func outputSchema(columns []*expr.Column) *types.Type {
	fields := make([]types.Field, len(columns))
	for i, c := range columns {
		fields[i] = types.Field{Name: c.Name, Type: c.T, Nullable: c.Null, Metadata: onlyComment(c.Metadata)}
	}
	return types.NewStruct(fields...)
}

// declaredSchema is the schema of a table or view that is made of a query.
func declaredSchema(columns []*expr.Column) *types.Type {
	out := outputSchema(columns)
	for i, c := range columns {
		out.Fields[i].Type = declaredType(types.Field{Type: c.T, Metadata: c.Metadata})
	}
	return out
}

// declaredType is the type that a column was declared with: char(n) and varchar(n) are strings to a query, which carries what
// they were in the column's metadata.
func declaredType(f types.Field) *types.Type {
	text, _ := f.Metadata[metaLength].(string)
	if text == "" || f.Type.Kind != types.String {
		return f.Type
	}
	if t, err := parser.ParseType(text); err == nil && t.IsString() {
		return t
	}
	return f.Type
}

// onlyComment leaves of a column's metadata what a result or a new table should keep.
func onlyComment(m map[string]any) map[string]any {
	if c, ok := m["comment"].(string); ok {
		return map[string]any{"comment": c}
	}
	return nil
}

// query plans a SELECT.
func query(p *planner, ctx context.Context, q *ast.Query) (*plan, error) {
	node, err := p.logical(ctx, q)
	if err != nil {
		return nil, err
	}
	ready, err := p.physical(ctx, node)
	if err != nil {
		return nil, err
	}
	return &plan{kind: KindQuery, name: "SELECT", readOnly: true, light: light(ready), schema: outputSchema(node.Output()), run: func(ctx context.Context, x *execution) error {
		return x.stream(ctx, p, ready, nil, x.send)
	}}, nil
}

// logical analyzes a query.
func (p *planner) logical(ctx context.Context, q *ast.Query) (logical.Node, error) {
	return p.newAnalyzer(ctx).Query(q)
}

// querySchema is the schema of a query that is not run.
func (p *planner) querySchema(ctx context.Context, q *ast.Query) (*types.Type, error) {
	node, err := p.logical(ctx, q)
	if err != nil {
		return nil, err
	}
	return outputSchema(node.Output()), nil
}

// physical optimizes a logical plan and turns it into one that can run.
func (p *planner) physical(ctx context.Context, node logical.Node) (physical.Node, error) {
	node, err := p.optimized(ctx, node)
	if err != nil {
		return nil, err
	}
	return lower.Lower(node, p.functions)
}

func (p *planner) optimized(ctx context.Context, node logical.Node) (logical.Node, error) {
	return optimizer.Optimize(node, optimizer.Options{Context: ctx, Functions: p.functions, Disabled: strings.Split(p.get("argan.optimizer.disabled"), ",")})
}

// count reads a setting that is a whole number; 0 where it is not set.
func (p *planner) count(key string) int {
	n, _ := strconv.Atoi(strings.TrimSpace(p.get(key)))
	return n
}

// threads is how many workers a statement has.
func (p *planner) threads() int {
	if n := p.count("argan.threads"); n > 0 {
		return n
	}
	return p.engine.config.Threads
}
