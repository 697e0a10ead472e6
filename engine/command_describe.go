package engine

import (
	"context"
	"fmt"
	"strings"

	"github.com/argan-sql/argan/catalog/metastore"
	"github.com/argan-sql/argan/catalog/relation"
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
		rows = append(rows, []any{f.Name, f.Type.String(), comment})
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
		return nil, sqlerr.Unsupported("DESCRIBE … PARTITION").At(t.Pos())
	}
	if t.Column.Present() {
		return p.describeColumn(ctx, t, r)
	}
	return table("DESCRIBE TABLE", func(ctx context.Context) ([][]any, error) {
		schema, partitions, err := p.schemaOf(ctx, r)
		if err != nil {
			return nil, err
		}
		rows := columnRows(schema)
		if len(partitions) > 0 {
			rows = append(rows, []any{"# Partition Information", "", ""}, []any{"# col_name", "data_type", "comment"})
			for _, c := range partitions {
				f := schema.Fields[schema.FieldIndex(c)]
				rows = append(rows, []any{f.Name, f.Type.String(), emptyAsNull(f.Comment())})
			}
		}
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

func emptyAsNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func (p *planner) tableDetails(ctx context.Context, r *found) ([][]any, error) {
	rows := [][]any{{"", "", ""}, {"# Detailed Table Information", "", ""}}
	add := func(k, v string) {
		if v != "" {
			rows = append(rows, []any{k, v, ""})
		}
	}
	if r.temp != nil {
		return nil, nil
	}
	props, err := p.propertiesOf(ctx, r)
	if err != nil {
		return nil, err
	}
	var list []string
	for _, k := range sortedKeys(props) {
		list = append(list, k+"="+shown(k, props[k]))
	}
	properties := "[" + strings.Join(list, ",") + "]"
	if r.entry == nil {
		add("Name", r.display())
		add("Location", "file:"+r.table.Location())
		add("Provider", r.table.Provider())
		add("Table Properties", properties)
		return rows, nil
	}
	e := r.entry
	if e.Kind == metastore.View {
		add("Catalog", catalogName)
		add("Database", e.Database)
		add("Table", e.Name)
		add("Owner", e.Owner)
		add("Created Time", e.Created.In(p.zone()).Format("Mon Jan 02 15:04:05 MST 2006"))
		add("Created By", "Argan "+p.engine.config.Version)
		add("Type", "VIEW")
		add("Comment", e.Comment)
		add("View Text", e.ViewText)
		add("View Original Text", e.ViewText)
		add("View Catalog and Namespace", catalogName+"."+e.ViewDatabase)
		if len(list) > 0 {
			add("Table Properties", properties)
		}
		return rows, nil
	}
	comment := e.Comment
	if s, err := r.snapshot(ctx); err == nil {
		if d, ok := s.(*relation.DeltaSnapshot); ok {
			comment = d.Comment()
		}
	}
	add("Name", r.display())
	add("Type", string(e.Kind))
	add("Comment", comment)
	add("Location", "file:"+e.Location)
	add("Provider", e.Provider)
	add("Owner", e.Owner)
	add("Created Time", e.Created.In(p.zone()).Format("Mon Jan 02 15:04:05 MST 2006"))
	if s, err := r.snapshot(ctx); err == nil {
		if st := s.Statistics(); st.Bytes >= 0 {
			text := fmt.Sprintf("%d bytes", st.Bytes)
			if st.Rows >= 0 {
				text += fmt.Sprintf(", %d rows", st.Rows)
			}
			add("Statistics", text)
		}
	}
	add("Table Properties", properties)
	return rows, nil
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
		rows := [][]any{{"col_name", f.Name}, {"data_type", f.Type.String()}, {"comment", comment}}
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
