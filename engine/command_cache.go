package engine

import (
	"context"
	"strings"

	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

func init() {
	handle(cacheTable)
	handle(uncacheTable)
	handle(clearCache)
	handle(declareVariable)
	handle(dropVariable)
	handle(setVariable)
}

// cacheTable: columns are cached by the file as they are read, so CACHE TABLE t only checks that t is there; with AS it makes a
// temporary view.
func cacheTable(p *planner, ctx context.Context, t *ast.Cache) (*plan, error) {
	if t.As == nil {
		if _, err := p.relation(ctx, t.Table); err != nil {
			return nil, err
		}
		return command("CACHE TABLE", func(context.Context, *execution) error { return nil }), nil
	}
	schema, err := p.querySchema(ctx, t.As)
	if err != nil {
		return nil, err
	}
	parts, err := p.parts(ctx, t.Table)
	if err != nil {
		return nil, err
	}
	if len(parts) != 1 {
		return nil, sqlerr.New("TEMP_VIEW_NAME_TOO_MANY_NAME_PARTS", "actualName", quoted(parts...)).At(t.Table.Pos())
	}
	v := &tempView{name: parts[0], query: t.As, database: p.database, schema: schema}
	return command("CACHE TABLE", func(context.Context, *execution) error { return at(p.session.addView(v, false), t.Table) }), nil
}

func uncacheTable(p *planner, ctx context.Context, t *ast.Uncache) (*plan, error) {
	if _, err := p.relation(ctx, t.Table); err != nil && !t.IfExists {
		return nil, err
	}
	return command("UNCACHE TABLE", func(context.Context, *execution) error { return nil }), nil
}

func clearCache(p *planner, _ context.Context, _ *ast.ClearCache) (*plan, error) {
	return command("CLEAR CACHE", func(context.Context, *execution) error {
		p.engine.cache.Clear()
		return nil
	}), nil
}

// variableName is the last part of a variable's name; the others may only be system, session.
func (p *planner) variableName(ctx context.Context, n ast.Name) (string, error) {
	parts, err := p.parts(ctx, n)
	if err != nil {
		return "", err
	}
	rest := strings.ToLower(strings.Join(parts[:len(parts)-1], "."))
	if rest != "" && rest != "session" && rest != "system.session" {
		return "", sqlerr.New("INVALID_VARIABLE_DECLARATION.QUALIFIED_LOCAL_VARIABLE", "varName", quoted(parts...)).At(n.Pos())
	}
	return strings.ToLower(parts[len(parts)-1]), nil
}

func declareVariable(p *planner, ctx context.Context, t *ast.DeclareVariable) (*plan, error) {
	name, err := p.variableName(ctx, t.Name)
	if err != nil {
		return nil, err
	}
	v := &variable{name: t.Name.Last(), typ: t.Type}
	switch {
	case t.Default == nil:
		if v.typ == nil {
			v.typ = types.NullType
		}
		v.value = vector.Of(v.typ, nil)
	case t.Type == nil:
		if v.value, err = p.constant(ctx, t.Default); err != nil {
			return nil, err
		}
		v.typ = v.value.Type
	default:
		if v.value, err = p.constantAs(ctx, t.Default, t.Type); err != nil {
			return nil, err
		}
	}
	v.value = vector.Flatten(v.value)
	v.initial = v.value
	return command("DECLARE VARIABLE", func(context.Context, *execution) error {
		p.session.mu.Lock()
		defer p.session.mu.Unlock()
		if _, there := p.session.variables[name]; there && !t.OrReplace {
			return sqlerr.New("VARIABLE_ALREADY_EXISTS", "variableName", quoted("system", "session", v.name)).At(t.Name.Pos())
		}
		p.session.variables[name] = v
		return nil
	}), nil
}

func noVariable(n ast.Name) error {
	return sqlerr.New("VARIABLE_NOT_FOUND", "variableName", quoted(append([]string{"system", "session"}, n.Last())...)).At(n.Pos())
}

func dropVariable(p *planner, ctx context.Context, t *ast.DropVariable) (*plan, error) {
	name, err := p.variableName(ctx, t.Name)
	if err != nil {
		return nil, err
	}
	return command("DROP VARIABLE", func(context.Context, *execution) error {
		p.session.mu.Lock()
		defer p.session.mu.Unlock()
		if _, there := p.session.variables[name]; !there && !t.IfExists {
			return noVariable(t.Name)
		}
		delete(p.session.variables, name)
		return nil
	}), nil
}

// assign gives a variable a value of its type.
func (p *planner) assign(n ast.Name, name string, value func(v *variable) (*vector.Vector, error)) error {
	p.session.mu.RLock()
	old := p.session.variables[name]
	p.session.mu.RUnlock()
	if old == nil {
		return noVariable(n)
	}
	x, err := value(old)
	if err != nil {
		return err
	}
	next := *old
	next.value = vector.Flatten(x)
	p.session.mu.Lock()
	defer p.session.mu.Unlock()
	p.session.variables[name] = &next
	return nil
}

func setVariable(p *planner, ctx context.Context, t *ast.SetVariable) (*plan, error) {
	if t.Query != nil {
		return p.setVariables(ctx, t)
	}
	seen := map[string]bool{}
	for _, a := range t.Set {
		name, err := p.variableName(ctx, a.Column)
		if err != nil {
			return nil, err
		}
		if seen[name] {
			return nil, sqlerr.New("DUPLICATE_ASSIGNMENTS", "nameList", types.Quote(name)).At(a.Pos())
		}
		seen[name] = true
	}
	return command("SET VARIABLE", func(ctx context.Context, x *execution) error {
		for _, a := range t.Set {
			name, err := p.variableName(ctx, a.Column)
			if err != nil {
				return err
			}
			if err := p.assign(a.Column, name, func(v *variable) (*vector.Vector, error) {
				if ast.IsDefault(a.Value) {
					return v.initial, nil
				}
				return p.computed(ctx, x, a.Value, v.typ)
			}); err != nil {
				return err
			}
		}
		return nil
	}), nil
}

// computed runs an expression as a query of one row, so that it may hold subqueries.
func (p *planner) computed(ctx context.Context, x *execution, e ast.Expr, t *types.Type) (*vector.Vector, error) {
	q := &ast.Query{Body: &ast.Select{Items: []ast.Expr{&ast.Alias{Expr: &ast.Cast{Expr: e, Type: t}, Names: []ast.Ident{{Text: "value"}}}}}}
	row, err := p.oneRow(ctx, x, q)
	if err != nil {
		return nil, err
	}
	return row[0], nil
}

// oneRow runs a query that gives one row at most; no row is NULLs.
func (p *planner) oneRow(ctx context.Context, x *execution, q *ast.Query) ([]*vector.Vector, error) {
	node, err := p.logical(ctx, q)
	if err != nil {
		return nil, err
	}
	ready, err := p.physical(ctx, node)
	if err != nil {
		return nil, err
	}
	var row []*vector.Vector
	err = x.stream(ctx, p, ready, nil, func(b *vector.Batch) error {
		b = b.Dense()
		if b.Rows > 1 || b.Rows == 1 && row != nil {
			return sqlerr.New("ROW_SUBQUERY_TOO_MANY_ROWS")
		}
		if b.Rows == 1 {
			row = b.Cols
		}
		return nil
	})
	if row == nil && err == nil {
		for _, c := range node.Output() {
			row = append(row, vector.Of(c.T, nil))
		}
	}
	return row, err
}

func (p *planner) setVariables(ctx context.Context, t *ast.SetVariable) (*plan, error) {
	schema, err := p.querySchema(ctx, t.Query)
	if err != nil {
		return nil, err
	}
	if len(schema.Fields) != len(t.Names) {
		return nil, sqlerr.New("ASSIGNMENT_ARITY_MISMATCH", "numTarget", itoa(int64(len(t.Names))), "numExpr", itoa(int64(len(schema.Fields)))).At(t.Pos())
	}
	return command("SET VARIABLE", func(ctx context.Context, x *execution) error {
		row, err := p.oneRow(ctx, x, t.Query)
		if err != nil {
			return err
		}
		for i, n := range t.Names {
			name, err := p.variableName(ctx, n)
			if err != nil {
				return err
			}
			if err := p.assign(n, name, func(v *variable) (*vector.Vector, error) { return p.converted(row[i], v.typ) }); err != nil {
				return err
			}
		}
		return nil
	}), nil
}

// converted casts a value as an assignment does.
func (p *planner) converted(v *vector.Vector, t *types.Type) (*vector.Vector, error) {
	if v.Type.Equal(t) {
		return v, nil
	}
	convert, err := cast.Bind(v.Type, t, cast.ANSI)
	if err != nil {
		return nil, err
	}
	return convert(p.functions, v)
}
