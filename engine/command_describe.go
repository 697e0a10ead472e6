package engine

import (
	"context"
	"strings"

	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

func init() {
	handle(describeTable)
	handle(describeQuery)
}

var describeColumns = []types.Field{column("col_name", types.StringType), column("data_type", types.StringType), column("comment", types.StringType)}

func describeQuery(p *planner, ctx context.Context, t *ast.DescribeQuery) (*plan, error) {
	schema, err := p.querySchema(ctx, t.Query)
	if err != nil {
		return nil, err
	}
	return table("DESCRIBE QUERY", func(context.Context) ([][]any, error) { return columnRows(schema), nil }, describeColumns...), nil
}

// columnRows are a schema's columns as DESCRIBE shows them.
func columnRows(schema *types.Type) [][]any {
	var rows [][]any
	for _, f := range schema.Fields {
		var comment any
		if c, ok := f.Metadata["comment"].(string); ok {
			comment = c
		}
		rows = append(rows, []any{f.Name, declaredType(f).String(), comment})
	}
	return rows
}

func describeTable(p *planner, ctx context.Context, t *ast.DescribeTable) (*plan, error) {
	if t.AsJSON {
		return nil, sqlerr.Unsupported("DESCRIBE … AS JSON").At(t.Pos())
	}
	r, err := p.relation(ctx, t.Table)
	if err != nil {
		return nil, err
	}
	if len(t.Partition) > 0 {
		return p.describePartition(ctx, t, r)
	}
	if t.Column.Present() {
		return p.describeColumn(ctx, t, r)
	}
	return table("DESCRIBE TABLE", func(ctx context.Context) ([][]any, error) {
		schema, partitions, err := p.schemaOf(ctx, r)
		if err != nil {
			return nil, err
		}
		rows := append(columnRows(schema), partitionRows(schema, partitions)...)
		if t.Extended {
			details, err := p.tableDetails(ctx, r)
			if err != nil {
				return nil, err
			}
			rows = append(rows, details...)
		}
		return rows, nil
	}, describeColumns...), nil
}

// partitionRows are the lines of DESCRIBE about partition columns.
func partitionRows(schema *types.Type, partitions []string) [][]any {
	if len(partitions) == 0 {
		return nil
	}
	rows := [][]any{{"# Partition Information", "", ""}, {"# col_name", "data_type", "comment"}}
	for _, c := range partitions {
		f := schema.Fields[schema.FieldIndex(c)]
		rows = append(rows, []any{f.Name, f.Type.String(), emptyAsNull(f.Comment())})
	}
	return rows
}

func emptyAsNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func (p *planner) describeColumn(ctx context.Context, t *ast.DescribeTable, r *found) (*plan, error) {
	schema, _, err := p.schemaOf(ctx, r)
	if err != nil {
		return nil, err
	}
	parts, err := p.parts(ctx, t.Column)
	if err != nil {
		return nil, err
	}
	i := schema.FieldIndex(parts[0])
	if i < 0 {
		return nil, sqlerr.New("UNRESOLVED_COLUMN.WITH_SUGGESTION", "objectName", quoted(parts...), "proposal", quotedList(fieldNames(schema))).At(t.Column.Pos())
	}
	if len(parts) > 1 {
		return nil, sqlerr.New("_LEGACY_ERROR_TEMP_1060", "command", "DESC TABLE COLUMN", "column", strings.Join(parts, ".")).At(t.Column.Pos())
	}
	f := schema.Fields[i]
	return table("DESCRIBE TABLE", func(context.Context) ([][]any, error) {
		comment := f.Comment()
		if comment == "" {
			comment = "NULL"
		}
		rows := [][]any{{"col_name", f.Name}, {"data_type", declaredType(f).String()}, {"comment", comment}}
		if t.Extended {
			for _, k := range []string{"min", "max", "num_nulls", "distinct_count", "avg_col_len", "max_col_len", "histogram"} {
				rows = append(rows, []any{k, "NULL"})
			}
		}
		return rows, nil
	}, column("info_name", types.StringType), column("info_value", types.StringType)), nil
}

func fieldNames(t *types.Type) []string {
	out := make([]string, len(t.Fields))
	for i, f := range t.Fields {
		out[i] = f.Name
	}
	return out
}
