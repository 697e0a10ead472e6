package engine

import (
	"context"
	"strings"

	"github.com/argan-sql/argan/catalog/delta"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

func init() {
	alters((*alteration).addColumns)
	alters((*alteration).dropColumns)
	alters((*alteration).renameColumn)
	alters((*alteration).alterColumn)
	alters((*alteration).replaceColumns)
}

// edit rewrites the fields of the struct at a path of names (none: the table itself). element and value step into arrays and maps.
func edit(t *types.Type, path []string, f func([]types.Field) ([]types.Field, error)) (*types.Type, error) {
	if len(path) == 0 {
		if t.Kind != types.Struct {
			return nil, sqlerr.New("INVALID_FIELD_NAME", "fieldName", "", "path", t.SQL())
		}
		fields, err := f(append([]types.Field{}, t.Fields...))
		if err != nil {
			return nil, err
		}
		return types.NewStruct(fields...), nil
	}
	switch {
	case t.Kind == types.Array && strings.EqualFold(path[0], "element"):
		inner, err := edit(t.Elem, path[1:], f)
		if err != nil {
			return nil, err
		}
		return types.NewArray(inner, t.ElemNullable), nil
	case t.Kind == types.Map && strings.EqualFold(path[0], "value"):
		inner, err := edit(t.Elem, path[1:], f)
		if err != nil {
			return nil, err
		}
		return types.NewMap(t.Key, inner, t.ElemNullable), nil
	case t.Kind == types.Map && strings.EqualFold(path[0], "key"):
		inner, err := edit(t.Key, path[1:], f)
		if err != nil {
			return nil, err
		}
		return types.NewMap(inner, t.Elem, t.ElemNullable), nil
	case t.Kind != types.Struct:
		return nil, sqlerr.New("INVALID_FIELD_NAME", "fieldName", types.Quote(path[0]), "path", t.SQL())
	}
	i := t.FieldIndex(path[0])
	if i < 0 {
		return nil, notAColumn(path[0], t)
	}
	inner, err := edit(t.Fields[i].Type, path[1:], f)
	if err != nil {
		return nil, err
	}
	fields := append([]types.Field{}, t.Fields...)
	fields[i].Type = inner
	return types.NewStruct(fields...), nil
}

func notAColumn(name string, t *types.Type) error {
	return sqlerr.New("UNRESOLVED_COLUMN.WITH_SUGGESTION", "objectName", types.Quote(name), "proposal", quotedList(fieldNames(t)))
}

// placed puts a field where FIRST or AFTER says; without a place it goes to at, or to the end for -1.
func placed(fields []types.Field, f types.Field, place *ast.ColumnPlace, at int) ([]types.Field, error) {
	i := at
	switch {
	case place == nil && at < 0:
		i = len(fields)
	case place == nil:
	case place.First:
		i = 0
	default:
		after := types.NewStruct(fields...).FieldIndex(place.After.Text)
		if after < 0 {
			return nil, sqlerr.New("UNRESOLVED_COLUMN.WITH_SUGGESTION", "objectName", types.Quote(place.After.Text), "proposal", quotedList(fieldNames(types.NewStruct(fields...)))).At(place.Pos())
		}
		i = after + 1
	}
	out := append([]types.Field{}, fields[:i]...)
	return append(append(out, f), fields[i:]...), nil
}

func (a *alteration) addColumns(ctx context.Context, s *ast.AddColumns) (string, map[string]any, error) {
	type added struct {
		Column map[string]any `json:"column"`
	}
	var list []added
	for _, d := range s.Columns {
		if d.NotNull {
			return "", nil, sqlerr.New("DELTA_ADDING_COLUMN_WITH_INTERNAL_NAME_FAILED", "colName", d.Name.Last()).At(d.Pos()).WithHint("A new column must allow NULL: the rows that are there have no value for it.")
		}
		field, err := a.p.columnField(ctx, d)
		if err != nil {
			return "", nil, err
		}
		if d.Default != nil {
			return "", nil, sqlerr.New("WRONG_COLUMN_DEFAULTS_FOR_DELTA_ALTER_TABLE_ADD_COLUMN_NOT_SUPPORTED").At(d.Pos())
		}
		path := d.Name.Strings()
		schema, err := edit(a.m.Schema, path[:len(path)-1], func(fields []types.Field) ([]types.Field, error) {
			if types.NewStruct(fields...).FieldIndex(field.Name) != -1 {
				return nil, sqlerr.New("FIELDS_ALREADY_EXISTS", "op", "add", "fieldNames", quoted(path...), "struct", a.m.Schema.SQL()).At(d.Pos())
			}
			return placed(fields, field, d.Place, -1)
		})
		if err != nil {
			return "", nil, at(err, d)
		}
		a.m.Schema = schema
		list = append(list, added{map[string]any{"name": strings.Join(path, "."), "type": field.Type.String(), "nullable": true, "metadata": map[string]any{}}})
	}
	return "ADD COLUMNS", map[string]any{"columns": jsonText(list)}, nil
}

// mapped says whether columns may be renamed and dropped without touching data.
func (a *alteration) mapped(class string) error {
	if mode := a.m.MappingMode(); mode != "name" && mode != "id" {
		return sqlerr.New(class, "columnName", "", "tableName", a.table.display()).
			WithHint("ALTER TABLE … SET TBLPROPERTIES ('delta.columnMapping.mode' = 'name', 'delta.minReaderVersion' = '2', 'delta.minWriterVersion' = '5') makes it possible.")
	}
	return nil
}

// unused refuses to take away or rename a column that other things of the table depend on.
func (a *alteration) unused(ctx context.Context, column string, operation string) error {
	for name, text := range a.m.Constraints() {
		if mentions(text, column) {
			return sqlerr.New("DELTA_CONSTRAINT_DEPENDENT_COLUMN_CHANGE", "operation", operation, "columnName", column, "constraints", name+" -> "+text)
		}
	}
	for _, f := range a.m.Schema.Fields {
		if text, ok := delta.GenerationExpression(f); ok && mentions(text, column) {
			return sqlerr.New("DELTA_GENERATED_COLUMNS_DEPENDENT_COLUMN_CHANGE", "operation", operation, "columnName", column, "generatedColumns", f.Name+" -> "+text)
		}
	}
	return ctx.Err()
}

// mentions says whether the text of an expression names a column.
func mentions(text, column string) bool {
	found := false
	for _, name := range columnNames(text) {
		found = found || strings.EqualFold(name, column)
	}
	return found
}

func (a *alteration) dropColumns(ctx context.Context, s *ast.DropColumns) (string, map[string]any, error) {
	if err := a.mapped("DELTA_UNSUPPORTED_DROP_COLUMN"); err != nil {
		return "", nil, err
	}
	dropped := 0
	for _, n := range s.Columns {
		path := n.Strings()
		last := path[len(path)-1]
		schema, err := edit(a.m.Schema, path[:len(path)-1], func(fields []types.Field) ([]types.Field, error) {
			t := types.NewStruct(fields...)
			i := t.FieldIndex(last)
			if i < 0 {
				return nil, notAColumn(last, t)
			}
			if len(path) == 1 {
				if a.m.IsPartition(fields[i].Name) {
					return nil, sqlerr.New("DELTA_UNSUPPORTED_DROP_PARTITION_COLUMN", "columnList", fields[i].Name)
				}
				if err := a.unused(ctx, fields[i].Name, "drop"); err != nil {
					return nil, err
				}
			}
			if len(fields) == 1 {
				return nil, sqlerr.New("DELTA_DROP_COLUMN_ON_SINGLE_FIELD_SCHEMA")
			}
			return append(fields[:i:i], fields[i+1:]...), nil
		})
		if err != nil {
			if s.IfExists && sqlerr.Is(err, "UNRESOLVED_COLUMN") {
				continue
			}
			return "", nil, at(err, n)
		}
		a.m.Schema = schema
		dropped++
	}
	if dropped == 0 {
		return "", nil, nil
	}
	return "DROP COLUMNS", map[string]any{"columns": jsonText(strings.Split(columnList(s.Columns), ","))}, nil
}

func (a *alteration) renameColumn(ctx context.Context, s *ast.RenameColumn) (string, map[string]any, error) {
	if err := a.mapped("DELTA_UNSUPPORTED_RENAME_COLUMN"); err != nil {
		return "", nil, err
	}
	path := s.From.Strings()
	last := path[len(path)-1]
	schema, err := edit(a.m.Schema, path[:len(path)-1], func(fields []types.Field) ([]types.Field, error) {
		t := types.NewStruct(fields...)
		i := t.FieldIndex(last)
		if i < 0 {
			return nil, notAColumn(last, t)
		}
		if j := t.FieldIndex(s.To.Text); j >= 0 && j != i || j == -2 {
			return nil, sqlerr.New("FIELDS_ALREADY_EXISTS", "op", "rename", "fieldNames", types.Quote(s.To.Text), "struct", t.SQL())
		}
		if len(path) == 1 {
			if err := a.unused(ctx, fields[i].Name, "rename"); err != nil {
				return nil, err
			}
			for k, p := range a.m.PartitionColumns {
				if strings.EqualFold(p, fields[i].Name) {
					a.m.PartitionColumns[k] = s.To.Text
				}
			}
		}
		fields[i].Name = s.To.Text
		return fields, nil
	})
	if err != nil {
		return "", nil, at(err, s.From)
	}
	a.m.Schema = schema
	if len(path) == 1 {
		if err := a.renamedColumn(ctx, path[0], s.To.Text); err != nil {
			return "", nil, err
		}
	}
	return "RENAME COLUMN", map[string]any{"oldColumnPath": strings.Join(path, "."), "newColumnPath": strings.Join(append(path[:len(path)-1:len(path)-1], s.To.Text), ".")}, nil
}

func (a *alteration) alterColumn(ctx context.Context, s *ast.AlterColumn) (string, map[string]any, error) {
	if s.Sync {
		return "", nil, sqlerr.Unsupported("ALTER COLUMN … SYNC IDENTITY").At(s.Pos())
	}
	if s.NewName.Present() && !strings.EqualFold(s.NewName.Text, s.Column.Last()) {
		return "", nil, sqlerr.New("DELTA_UNSUPPORTED_RENAME_COLUMN").At(s.Pos()).WithHint("ALTER TABLE … RENAME COLUMN renames.")
	}
	path := s.Column.Strings()
	last := path[len(path)-1]
	schema, err := edit(a.m.Schema, path[:len(path)-1], func(fields []types.Field) ([]types.Field, error) {
		t := types.NewStruct(fields...)
		i := t.FieldIndex(last)
		if i < 0 {
			return nil, notAColumn(last, t)
		}
		f, err := a.changed(ctx, fields[i], s, len(path) == 1)
		if err != nil {
			return nil, err
		}
		if s.Place == nil {
			fields[i] = f
			return fields, nil
		}
		return placed(append(fields[:i:i], fields[i+1:]...), f, s.Place, -1)
	})
	if err != nil {
		return "", nil, at(err, s)
	}
	a.m.Schema = schema
	return "CHANGE COLUMN", map[string]any{"column": jsonText(map[string]any{"name": strings.Join(path, ".")})}, nil
}

// changed is a column after ALTER COLUMN.
func (a *alteration) changed(ctx context.Context, f types.Field, s *ast.AlterColumn, top bool) (types.Field, error) {
	f.Metadata = copyMetadata(f.Metadata)
	if s.Type != nil && !s.Type.Equal(f.Type) {
		if !a.m.On("delta.enableTypeWidening") || !delta.CanWiden(f.Type, s.Type) {
			return f, sqlerr.New("DELTA_UNSUPPORTED_ALTER_TABLE_CHANGE_COL_OP", "fieldPath", f.Name, "oldField", f.Type.SQL(), "newField", s.Type.SQL()).
				WithHint("Types can be widened where the table has 'delta.enableTypeWidening' = 'true'.")
		}
		delta.RecordWidening(f.Metadata, f.Type, s.Type)
		f.Type = s.Type
	}
	switch {
	case s.DropNotNull:
		f.Nullable = true
	case s.SetNotNull && f.Nullable:
		if !top {
			return f, sqlerr.Unsupported("SET NOT NULL of a field within a struct")
		}
		if err := a.noNulls(ctx, f); err != nil {
			return f, err
		}
		f.Nullable = false
	}
	if s.Comment != nil {
		f.Metadata[metaComment] = *s.Comment
	}
	if s.Default != nil {
		text := strings.TrimSpace(string(s.DefaultText))
		if err := a.p.checkDefault(ctx, f, s.Default, text); err != nil {
			return f, err
		}
		f.Metadata[metaDefault] = text
	}
	if s.DropDefault {
		delete(f.Metadata, metaDefault)
	}
	return f, nil
}

// noNulls refuses NOT NULL for a column that has NULLs.
func (a *alteration) noNulls(ctx context.Context, f types.Field) error {
	scan, err := a.scan(ctx)
	if err != nil {
		return err
	}
	i := scan.Snapshot.Schema().FieldIndex(f.Name)
	isNull, err := expr.NewCall("isnull", scan.Columns[i])
	if err != nil {
		return err
	}
	n, err := a.count(ctx, &logical.Filter{Condition: isNull, Input: scan})
	if err != nil {
		return err
	}
	if n > 0 {
		return sqlerr.New("DELTA_NOT_NULL_CONSTRAINT_VIOLATED", "columnName", f.Name)
	}
	a.tx.ReadWholeTable()
	return nil
}

func copyMetadata(m map[string]any) map[string]any {
	out := map[string]any{}
	for k, v := range m {
		out[k] = v
	}
	return out
}

func (a *alteration) replaceColumns(ctx context.Context, s *ast.ReplaceColumns) (string, map[string]any, error) {
	schema, err := a.p.columnSchema(ctx, s.Columns)
	if err != nil {
		return "", nil, err
	}
	for _, f := range a.m.Schema.Fields {
		i := schema.FieldIndex(f.Name)
		if i < 0 {
			if err := a.mapped("DELTA_UNSUPPORTED_DROP_COLUMN"); err != nil {
				return "", nil, err
			}
			continue
		}
		if !schema.Fields[i].Type.Equal(f.Type) {
			return "", nil, sqlerr.New("DELTA_UNSUPPORTED_ALTER_TABLE_REPLACE_COL_OP", "details", f.Name+" changes its type", "oldSchema", a.m.Schema.SQL(), "newSchema", schema.SQL()).At(s.Pos())
		}
		meta := copyMetadata(f.Metadata)
		for k, v := range schema.Fields[i].Metadata {
			meta[k] = v
		}
		schema.Fields[i].Metadata, schema.Fields[i].Name = meta, f.Name
	}
	a.m.Schema = schema
	return "REPLACE COLUMNS", map[string]any{"columns": jsonText(fieldNames(schema))}, nil
}
