package engine

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/argan-sql/argan/catalog/delta"
	"github.com/argan-sql/argan/engine/tablewriter"
	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/exec/eval"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/sql/parser"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// columnsOf makes the columns of a schema, for expressions over a table's own rows.
func columnsOf(schema *types.Type) []*expr.Column {
	out := make([]*expr.Column, len(schema.Fields))
	for i, f := range schema.Fields {
		out[i] = &expr.Column{ID: expr.NewID(), Name: f.Name, T: f.Type, Null: f.Nullable, Metadata: f.Metadata}
	}
	return out
}

// program compiles the text of an expression over the columns of a schema, by position.
func (p *planner) program(ctx context.Context, text string, schema *types.Type) (*eval.Program, expr.Expr, error) {
	tree, err := parser.ParseExpr(text)
	if err != nil {
		return nil, nil, err
	}
	columns := columnsOf(schema)
	e, err := p.newAnalyzer(ctx).Expression(tree, columns)
	if err != nil {
		return nil, nil, err
	}
	bound := toOrdinals(e, columns)
	prog, err := eval.Compile(bound, &eval.Env{Context: p.functions})
	return prog, bound, err
}

// toOrdinals replaces columns by their positions.
func toOrdinals(e expr.Expr, columns []*expr.Column) expr.Expr {
	at := make(map[expr.ID]int, len(columns))
	for i, c := range columns {
		at[c.ID] = i
	}
	return expr.Transform(e, func(x expr.Expr) expr.Expr {
		if c, ok := x.(*expr.Column); ok {
			if i, ok := at[c.ID]; ok {
				return &expr.Ordinal{Index: i, Name: c.Name, T: c.T, Null: c.Null}
			}
		}
		return x
	})
}

// notNull refuses NULL in columns that are declared NOT NULL, in structs too.
type notNull struct {
	path    string
	ordinal int
	inner   []int // fields of structs below
}

func (c notNull) Check(b *vector.Batch) error {
	v := b.Column(c.ordinal)
	for _, i := range c.inner {
		flat := vector.Flatten(v)
		child := *vector.Flatten(flat.Children[i])
		if flat.Valid != nil {
			// A NULL struct has no fields: they are not looked at.
			nulls := child.Nulls()
			mixed := vector.NewBitmap(child.Len, true)
			for row := range child.Len {
				if flat.Valid.Get(row) && !nulls.Get(row) {
					mixed.Clear(row)
				}
			}
			child.Valid = mixed
		}
		v = &child
	}
	if !v.HasNulls() {
		return nil
	}
	if nulls := v.Nulls(); nulls != nil && !nulls.AllValid(v.Len) {
		return sqlerr.New("DELTA_NOT_NULL_CONSTRAINT_VIOLATED", "columnName", c.path)
	}
	return nil
}

// condition refuses rows for which a CHECK is false or (as Delta has it) NULL.
type condition struct {
	name, text string
	program    *eval.Program
	schema     *types.Type
	show       func(v *vector.Vector, i int) string
	// shown are the columns whose values the message names.
	shown []int
}

func (c condition) Check(b *vector.Batch) error {
	v, err := c.program.Eval(b)
	if err != nil {
		return err
	}
	w := v.Values()
	for i := range v.Len {
		if !v.IsNull(i) && w.Bools[v.Index(i)] {
			continue
		}
		var values []string
		for _, s := range c.shown {
			values = append(values, " - "+c.schema.Fields[s].Name+" : "+c.show(b.Column(s), i))
		}
		return sqlerr.New("DELTA_VIOLATE_CONSTRAINT_WITH_VALUES", "constraintName", c.name, "expression", c.text, "values", strings.Join(values, "\n"))
	}
	return nil
}

// checks are what rows must fulfil to be written to a table: NOT NULL, CHECK, and that generated columns hold what they must.
func (p *planner) checks(ctx context.Context, m *delta.Metadata) ([]tablewriter.Check, error) {
	var out []tablewriter.Check
	var required func(t *types.Type, path string, ordinal int, inner []int)
	required = func(t *types.Type, path string, ordinal int, inner []int) {
		for i, f := range t.Fields {
			name, at, below := f.Name, ordinal, append(append([]int{}, inner...), i)
			if path != "" {
				name = path + "." + f.Name
			} else {
				at, below = i, nil
			}
			if !f.Nullable {
				out = append(out, notNull{name, at, below})
			}
			if f.Type.Kind == types.Struct {
				required(f.Type, name, at, below)
			}
		}
	}
	required(m.Schema, "", 0, nil)
	constraints := m.Constraints()
	for _, name := range sortedKeys(constraints) {
		c, err := p.condition(ctx, name, constraints[name], constraints[name], m.Schema)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	for _, f := range m.Schema.Fields {
		if text, ok := delta.GenerationExpression(f); ok {
			c, err := p.condition(ctx, "Generated Column", types.Quote(f.Name)+" <=> CAST(("+text+") AS "+f.Type.SQL()+")", types.Quote(f.Name)+" <=> "+text, m.Schema)
			if err != nil {
				return nil, err
			}
			out = append(out, c)
		}
		if text, ok := invariant(f); ok {
			c, err := p.condition(ctx, "EXPRESSION("+text+")", text, text, m.Schema)
			if err != nil {
				return nil, err
			}
			out = append(out, c)
		}
	}
	return out, nil
}

func (p *planner) condition(ctx context.Context, name, text, shown string, schema *types.Type) (condition, error) {
	prog, e, err := p.program(ctx, text, schema)
	if err != nil {
		return condition{}, err
	}
	c := condition{name: name, text: shown, program: prog, schema: schema}
	zone := p.zone()
	c.show = func(v *vector.Vector, i int) string {
		if v.IsNull(i) {
			return "null"
		}
		return cast.Hive(v, i, zone)
	}
	seen := map[int]bool{}
	expr.Walk(e, func(x expr.Expr) bool {
		if o, ok := x.(*expr.Ordinal); ok && !seen[o.Index] {
			seen[o.Index] = true
			c.shown = append(c.shown, o.Index)
		}
		return true
	})
	return c, nil
}

// invariant is the expression of a column's delta.invariants metadata, the older form of CHECK.
func invariant(f types.Field) (string, bool) {
	raw, ok := f.Metadata["delta.invariants"].(string)
	if !ok {
		return "", false
	}
	var persisted struct {
		Expression struct {
			Expression string `json:"expression"`
		} `json:"expression"`
	}
	if err := json.Unmarshal([]byte(raw), &persisted); err != nil || persisted.Expression.Expression == "" {
		return "", false
	}
	return persisted.Expression.Expression, true
}

// hasIdentity says whether a table numbers its rows itself.
func hasIdentity(m *delta.Metadata) bool {
	for _, f := range m.Schema.Fields {
		if _, ok := f.Metadata["delta.identity.step"]; ok {
			return true
		}
	}
	return false
}
