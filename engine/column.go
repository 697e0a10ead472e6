package engine

import (
	"context"
	"strings"

	"github.com/argan-sql/argan/catalog/delta"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// Keys of a column's metadata, as Spark and Delta keep them.
const (
	metaComment    = "comment"
	metaDefault    = "CURRENT_DEFAULT"
	metaExists     = "EXISTS_DEFAULT"
	metaGeneration = "delta.generationExpression"
	metaLength     = "__CHAR_VARCHAR_TYPE_STRING"
)

// columnField makes a column of its definition. The expressions of defaults and generated columns are kept as text.
func (p *planner) columnField(ctx context.Context, d ast.ColumnDef) (types.Field, error) {
	f := types.Field{Name: d.Name.Last(), Type: d.Type, Nullable: !d.NotNull, Metadata: map[string]any{}}
	if d.Comment != nil {
		f.Metadata[metaComment] = *d.Comment
	}
	if d.Type.HasNested(func(t *types.Type) bool { return t.Kind == types.Variant }) {
		return f, sqlerr.Unsupported("Columns of the type VARIANT").At(d.Pos())
	}
	if d.Identity != nil {
		return f, sqlerr.Unsupported("Identity columns (GENERATED … AS IDENTITY)").At(d.Identity.Pos())
	}
	if d.Default != nil {
		if err := noParameters(d.Default, "DEFAULT"); err != nil {
			return f, err
		}
		text := strings.TrimSpace(string(d.DefaultText))
		if err := p.checkDefault(ctx, f, d.Default, text); err != nil {
			return f, err
		}
		f.Metadata[metaDefault], f.Metadata[metaExists] = text, text
	}
	if d.Generated != nil {
		f.Metadata[metaGeneration] = strings.TrimSpace(string(d.GeneratedText))
	}
	if len(f.Metadata) == 0 {
		f.Metadata = nil
	}
	return f, nil
}

// checkDefault refuses a default that is not a constant of the column's type.
func (p *planner) checkDefault(ctx context.Context, f types.Field, e ast.Expr, text string) error {
	if _, err := p.constantAs(ctx, e, f.Type); err != nil {
		if c := sqlerr.From(err).Class; strings.HasPrefix(c, "UNRESOLVED_COLUMN") {
			return sqlerr.New("INVALID_DEFAULT_VALUE.UNRESOLVED_EXPRESSION", "statement", "CREATE TABLE", "colName", types.Quote(f.Name), "defaultValue", text).At(e.Pos())
		}
		return at(err, e)
	}
	return nil
}

// columnSchema makes a schema of column definitions; a name twice is COLUMN_ALREADY_EXISTS.
func (p *planner) columnSchema(ctx context.Context, defs []ast.ColumnDef) (*types.Type, error) {
	if len(defs) == 0 {
		return nil, nil
	}
	out := types.NewStruct()
	seen := map[string]bool{}
	for _, d := range defs {
		f, err := p.columnField(ctx, d)
		if err != nil {
			return nil, err
		}
		if key := strings.ToLower(f.Name); seen[key] {
			return nil, sqlerr.New("COLUMN_ALREADY_EXISTS", "columnName", types.Quote(key)).At(d.Pos())
		} else {
			seen[key] = true
		}
		out.Fields = append(out.Fields, f)
	}
	for i, d := range defs {
		if d.Generated == nil {
			continue
		}
		_, e, err := p.program(ctx, string(d.GeneratedText), out)
		if err != nil {
			return nil, at(sqlerr.From(err), d)
		}
		if err := checkGenerated(e, defs); err != nil {
			return nil, at(err, d)
		}
		if _, ok := delta.GenerationExpression(out.Fields[i]); !ok {
			return nil, sqlerr.Internal("generation expression of %s is lost", out.Fields[i].Name)
		}
	}
	return out, nil
}

// checkGenerated refuses what a generated column cannot be computed of: functions that change from call to call, and
// other generated columns.
func checkGenerated(e expr.Expr, defs []ast.ColumnDef) error {
	var err error
	expr.Walk(e, func(x expr.Expr) bool {
		switch x := x.(type) {
		case *expr.Ordinal:
			if defs[x.Index].Generated != nil {
				err = sqlerr.New("DELTA_INVALID_GENERATED_COLUMN_REFERENCES")
			}
		case *expr.Call:
			if f := x.Bound.Function; f.Volatile || f.Stable {
				err = sqlerr.New("DELTA_NON_DETERMINISTIC_EXPRESSION_IN_GENERATED_COLUMN", "expr", x.String())
			}
		}
		return err == nil
	})
	return err
}

// partitionColumns are the names of PARTITIONED BY; typed ones are added to the schema.
func partitionColumns(fields []ast.PartitionField, schema *types.Type) ([]string, []ast.ColumnDef, error) {
	var names []string
	var added []ast.ColumnDef
	for _, f := range fields {
		switch {
		case f.Transform != nil:
			return nil, nil, sqlerr.New("DELTA_OPERATION_NOT_ALLOWED", "operation", "Partitioning by expressions").At(f.Pos())
		case f.Column != nil:
			added = append(added, *f.Column)
			names = append(names, f.Column.Name.Last())
		default:
			if len(f.Name.Parts) != 1 {
				return nil, nil, sqlerr.New("INVALID_PARTITION_COLUMN_DATA_TYPE", "type", "nested").At(f.Pos())
			}
			names = append(names, f.Name.Last())
		}
	}
	for _, n := range names {
		if schema != nil && schema.FieldIndex(n) == -1 && len(added) == 0 {
			return nil, nil, sqlerr.New("COLUMN_NOT_DEFINED_IN_TABLE", "colType", "partition", "colName", types.Quote(n), "tableName", "the table", "tableCols", quotedList(fieldNames(schema))).At(fields[0].Pos())
		}
	}
	return names, added, nil
}

// optionMap turns OPTIONS into a map with lower-case keys.
func optionMap(list []ast.Property) (map[string]string, error) {
	props, err := properties(list)
	if err != nil {
		return nil, err
	}
	out := make(map[string]string, len(props))
	for k, v := range props {
		out[strings.ToLower(k)] = v
	}
	return out, nil
}
