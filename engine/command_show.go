package engine

import (
	"context"
	"fmt"
	"sort"
	"strings"

	"github.com/argan-sql/argan/catalog"
	"github.com/argan-sql/argan/catalog/metastore"
	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

func init() {
	handle(showTables)
	handle(showTableExtended)
	handle(showViews)
	handle(showColumns)
	handle(showProperties)
	handle(showPartitions)
	handle(showFunctions)
	handle(describeFunction)
}

// listing is what SHOW TABLES knows of a table or view.
type listing struct {
	database, name string
	temporary      bool
	entry          *metastore.Table
}

// objects lists tables and views of a database and the temporary views, by name.
func (p *planner) objects(ctx context.Context, database string) ([]listing, error) {
	var out []listing
	if database == globalTemp {
		for _, v := range p.engine.globalViewList() {
			out = append(out, listing{database: globalTemp, name: v.name, temporary: true})
		}
	} else {
		entries, err := p.engine.meta.Tables(ctx, database)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if p.session.sees(ctx, e.Database, e.Name) {
				out = append(out, listing{database: e.Database, name: e.Name, entry: e})
			}
		}
	}
	for _, v := range p.session.temporaryViews() {
		out = append(out, listing{name: v.name, temporary: true})
	}
	sort.SliceStable(out, func(i, j int) bool {
		if out[i].temporary != out[j].temporary {
			return !out[i].temporary
		}
		return strings.ToLower(out[i].name) < strings.ToLower(out[j].name)
	})
	return out, nil
}

func (p *planner) showObjects(ctx context.Context, name string, in ast.Name, pattern *string, keep func(listing) bool, nameColumn string) (*plan, error) {
	database, err := p.databaseOr(ctx, in)
	if err != nil {
		return nil, err
	}
	matches := like(pattern)
	return table(name, func(ctx context.Context) ([][]any, error) {
		all, err := p.objects(ctx, database)
		if err != nil {
			return nil, err
		}
		var rows [][]any
		for _, l := range all {
			if matches(l.name) && keep(l) {
				rows = append(rows, []any{l.database, l.name, l.temporary})
			}
		}
		return rows, nil
	}, column("namespace", types.StringType), column(nameColumn, types.StringType), column("isTemporary", types.BooleanType)), nil
}

func showTables(p *planner, ctx context.Context, t *ast.ShowTables) (*plan, error) {
	return p.showObjects(ctx, "SHOW TABLES", t.In, t.Like, func(listing) bool { return true }, "tableName")
}

func showViews(p *planner, ctx context.Context, t *ast.ShowViews) (*plan, error) {
	return p.showObjects(ctx, "SHOW VIEWS", t.In, t.Like, func(l listing) bool { return l.temporary || l.entry.Kind == metastore.View }, "viewName")
}

func showTableExtended(p *planner, ctx context.Context, t *ast.ShowTableExtended) (*plan, error) {
	database, err := p.databaseOr(ctx, t.In)
	if err != nil {
		return nil, err
	}
	columns := []types.Field{column("namespace", types.StringType), column("tableName", types.StringType), column("isTemporary", types.BooleanType), column("information", types.StringType)}
	if t.Partition != nil {
		return p.showPartition(ctx, t, database, columns)
	}
	matches := like(&t.Like)
	return table("SHOW TABLE EXTENDED", func(ctx context.Context) ([][]any, error) {
		all, err := p.objects(ctx, database)
		if err != nil {
			return nil, err
		}
		var rows [][]any
		for _, l := range all {
			if !matches(l.name) {
				continue
			}
			info, err := p.information(ctx, l)
			if err != nil {
				return nil, err
			}
			rows = append(rows, []any{l.database, l.name, l.temporary, info})
		}
		return rows, nil
	}, columns...), nil
}

// information is the text of SHOW TABLE EXTENDED: lines of key: value and the schema as a tree. dbt-spark reads it. No view
// is resolved, and a table that cannot be opened, or is dropped meanwhile, is listed without what only it knows, so that it
// does not hide the others. Spark knows no schema of Delta tables here, and older versions of dbt then document no columns:
// these are here as DESCRIBE says them, with the statistics.
func (p *planner) information(ctx context.Context, l listing) (string, error) {
	var b strings.Builder
	line := func(k, v string) {
		if v != "" {
			fmt.Fprintf(&b, "%s: %s\n", k, v)
		}
	}
	var schema *types.Type
	var partitions []string
	if e := l.entry; e != nil {
		for _, d := range p.entryDetails(e).lines {
			line(d[0], d[1])
		}
		if e.Provider == "delta" {
			text, err := p.deltaInformation(ctx, e)
			return b.String() + text + "\n", err
		}
		schema, partitions = e.Schema, e.PartitionColumns
	} else {
		parts := []string{l.name}
		if l.database != "" {
			parts = []string{l.database, l.name}
			line("Database", l.database)
		}
		line("Table", l.name)
		line("Created Time", "UNKNOWN")
		line("Last Access", "UNKNOWN")
		line("Created By", "Argan "+p.engine.config.Version)
		line("Type", "VIEW")
		r, err := p.find(ctx, parts, &ast.Table{})
		if err != nil {
			return "", err
		}
		if schema, partitions, err = p.schemaOf(ctx, r); err != nil {
			return "", err
		}
	}
	if len(partitions) > 0 {
		line("Partition Columns", "["+quotedList(partitions)+"]")
	}
	if schema != nil {
		b.WriteString("Schema: root\n")
		schemaTree(&b, schema, " |")
	}
	return b.String() + "\n", nil
}

// deltaInformation is what a Delta table itself knows: nothing where it cannot be opened.
func (p *planner) deltaInformation(ctx context.Context, e *metastore.Table) (string, error) {
	var snapshot catalog.Snapshot
	r, err := p.find(ctx, []string{e.Database, e.Name}, &ast.Table{})
	if err == nil && r.table != nil {
		snapshot, err = r.snapshot(ctx)
	}
	if err != nil || snapshot == nil {
		return "", ctx.Err()
	}
	var b strings.Builder
	if text := statisticsText(snapshot.Statistics()); text != "" {
		fmt.Fprintf(&b, "Statistics: %s\n", text)
	}
	if partitions := snapshot.PartitionColumns(); len(partitions) > 0 {
		fmt.Fprintf(&b, "Partition Columns: [%s]\n", quotedList(partitions))
	}
	b.WriteString("Schema: root\n")
	for _, f := range snapshot.Schema().Fields {
		fmt.Fprintf(&b, " |-- %s: %s (nullable = %t)\n", f.Name, f.Type, f.Nullable)
	}
	return b.String(), nil
}

func quotedList(names []string) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = types.Quote(n)
	}
	return strings.Join(out, ", ")
}

// schemaTree prints a schema as Spark's printSchema.
func schemaTree(b *strings.Builder, t *types.Type, prefix string) {
	name := func(t *types.Type) string {
		if t.IsNested() {
			return [...]string{"array", "map", "struct"}[t.Kind-types.Array]
		}
		if t.IsInteger() {
			return map[types.Kind]string{types.Byte: "byte", types.Short: "short", types.Int: "integer", types.Long: "long"}[t.Kind]
		}
		return t.String()
	}
	var below func(t *types.Type, prefix string)
	below = func(t *types.Type, prefix string) {
		switch t.Kind {
		case types.Struct:
			schemaTree(b, t, prefix)
		case types.Array:
			fmt.Fprintf(b, "%s-- element: %s (containsNull = %t)\n", prefix, name(t.Elem), t.ElemNullable)
			below(t.Elem, prefix+"    |")
		case types.Map:
			fmt.Fprintf(b, "%s-- key: %s\n", prefix, name(t.Key))
			below(t.Key, prefix+"    |")
			fmt.Fprintf(b, "%s-- value: %s (valueContainsNull = %t)\n", prefix, name(t.Elem), t.ElemNullable)
			below(t.Elem, prefix+"    |")
		}
	}
	for _, f := range t.Fields {
		fmt.Fprintf(b, "%s-- %s: %s (nullable = %t)\n", prefix, f.Name, name(f.Type), f.Nullable)
		below(f.Type, prefix+"    |")
	}
}

func showColumns(p *planner, ctx context.Context, t *ast.ShowColumns) (*plan, error) {
	name := t.Table
	if t.In.Present() {
		if len(name.Parts) > 1 && !strings.EqualFold(name.Parts[len(name.Parts)-2].Text, t.In.Last()) {
			return nil, sqlerr.New("_LEGACY_ERROR_TEMP_1057", "dbA", t.In.Last(), "dbB", name.Parts[len(name.Parts)-2].Text).At(t.Pos())
		}
		name.Parts = append(append([]ast.Ident{}, t.In.Parts...), name.Parts[len(name.Parts)-1])
	}
	r, err := p.relation(ctx, name)
	if err != nil {
		return nil, err
	}
	return table("SHOW COLUMNS", func(ctx context.Context) ([][]any, error) {
		schema, _, err := p.schemaOf(ctx, r)
		if err != nil {
			return nil, err
		}
		var rows [][]any
		for _, f := range schema.Fields {
			rows = append(rows, []any{f.Name})
		}
		return rows, nil
	}, column("col_name", types.StringType)), nil
}

func showProperties(p *planner, ctx context.Context, t *ast.ShowProperties) (*plan, error) {
	r, err := p.relation(ctx, t.Table)
	if err != nil {
		return nil, err
	}
	columns := []types.Field{column("key", types.StringType), column("value", types.StringType)}
	return table("SHOW TBLPROPERTIES", func(ctx context.Context) ([][]any, error) {
		props, err := p.propertiesOf(ctx, r)
		if err != nil {
			return nil, err
		}
		if t.Key != nil {
			v, ok := props[*t.Key]
			v = shown(*t.Key, v)
			if !ok {
				v = fmt.Sprintf("Table %s does not have property: %s", r.display(), *t.Key)
			}
			return [][]any{{*t.Key, v}}, nil
		}
		var rows [][]any
		for _, k := range sortedKeys(props) {
			rows = append(rows, []any{k, shown(k, props[k])})
		}
		return rows, nil
	}, columns...), nil
}

func showPartitions(p *planner, ctx context.Context, t *ast.ShowPartitions) (*plan, error) {
	r, err := p.relation(ctx, t.Table)
	if err != nil {
		return nil, err
	}
	if r.table == nil {
		return nil, sqlerr.New("EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE", "viewName", r.display(), "operation", "SHOW PARTITIONS").At(t.Table.Pos())
	}
	snapshot, err := r.table.Snapshot(ctx, catalog.At{})
	if err != nil {
		return nil, err
	}
	columns := snapshot.PartitionColumns()
	if len(columns) == 0 {
		return nil, sqlerr.New("INVALID_PARTITION_OPERATION.PARTITION_SCHEMA_IS_EMPTY", "name", r.display()).At(t.Pos())
	}
	return table("SHOW PARTITIONS", func(ctx context.Context) ([][]any, error) {
		files, _, err := snapshot.Files(ctx, nil)
		if err != nil {
			return nil, err
		}
		seen := map[string]bool{}
		for _, f := range files {
			var parts []string
			keep := true
			for _, c := range columns {
				shown := "__HIVE_DEFAULT_PARTITION__"
				if v := f.Partition[strings.ToLower(c)]; v != nil {
					typ := snapshot.Schema().Fields[snapshot.Schema().FieldIndex(c)].Type
					shown = cast.Hive(vector.Of(typ, v), 0, p.zone())
				}
				for _, want := range t.Partition {
					if want.Name.Is(c) || strings.EqualFold(want.Name.Text, c) {
						value, err := p.constantText(ctx, want.Value)
						if err != nil {
							return nil, err
						}
						keep = keep && value == shown
					}
				}
				parts = append(parts, c+"="+shown)
			}
			if keep {
				seen[strings.Join(parts, "/")] = true
			}
		}
		var rows [][]any
		for _, k := range sortedKeys(seen) {
			rows = append(rows, []any{k})
		}
		return rows, nil
	}, column("partition", types.StringType)), nil
}

func showFunctions(_ *planner, _ context.Context, t *ast.ShowFunctions) (*plan, error) {
	matches := like(t.Like)
	if t.Name.Present() {
		want := t.Name.Last()
		matches = func(n string) bool { return strings.EqualFold(n, want) }
	}
	return table("SHOW FUNCTIONS", func(context.Context) ([][]any, error) {
		var rows [][]any
		if strings.EqualFold(t.Scope, "USER") {
			return nil, nil
		}
		for _, n := range function.Names() {
			if matches(n) {
				rows = append(rows, []any{n})
			}
		}
		return rows, nil
	}, column("function", types.StringType)), nil
}

// functionText is the documentation of a function, whatever its kind; ok is false where there is none of that name.
func functionText(name string) (title, usage, example, since string, ok bool) {
	doc := func(usage, text string) string {
		if usage == "" {
			return text
		}
		return usage + " - " + text
	}
	if f := function.FindScalar(name); f != nil {
		return f.Name, doc(f.Usage, f.Doc), f.Example, f.Since, true
	}
	if f := function.FindAggregate(name); f != nil {
		return f.Name, doc(f.Usage, f.Doc), f.Example, f.Since, true
	}
	if f := function.FindWindow(name); f != nil {
		return f.Name, doc(f.Usage, f.Doc), f.Example, f.Since, true
	}
	if f := function.FindGenerator(name); f != nil {
		return f.Name, doc(f.Usage, f.Doc), f.Example, f.Since, true
	}
	return "", "", "", "", false
}

func describeFunction(_ *planner, _ context.Context, t *ast.DescribeFunction) (*plan, error) {
	name := t.Function.Last()
	title, usage, example, since, ok := functionText(name)
	if !ok {
		return nil, sqlerr.New("UNRESOLVED_ROUTINE", "routineName", quoted(t.Function.Strings()...), "searchPath", "[`system`.`builtin`, `system`.`session`, `spark_catalog`.`default`]").At(t.Pos())
	}
	return table("DESCRIBE FUNCTION", func(context.Context) ([][]any, error) {
		rows := [][]any{{"Function: " + title}, {"Class: builtin"}, {"Usage: " + usage}}
		if t.Extended {
			extended := "Extended Usage:"
			if example != "" {
				extended += "\n    Examples:\n      > " + example + "\n"
			}
			if since != "" {
				extended += "\n    Since: " + since + "\n"
			}
			rows = append(rows, []any{extended})
		}
		return rows, nil
	}, column("function_desc", types.StringType)), nil
}
