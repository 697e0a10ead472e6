package engine

import (
	"context"
	"strings"

	"github.com/argan-sql/argan/catalog/access"
	"github.com/argan-sql/argan/catalog/metastore"
	"github.com/argan-sql/argan/catalog/relation"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sql/parser"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

func init() {
	handle(createView)
	handle(createViewUsing)
	handle(dropView)
	handle(alterView)
}

// viewSettings are those that change what a view's text means; they are kept with it.
var viewSettings = []string{"spark.sql.ansi.enabled", "spark.sql.ansi.doubleQuotedIdentifiers", "spark.sql.session.timeZone"}

// named gives a query's schema the names and comments a view declares.
func named(schema *types.Type, columns []ast.ViewColumn, view string, n ast.Node) (*types.Type, error) {
	fields := append([]types.Field{}, schema.Fields...)
	if len(columns) > 0 {
		class := ""
		if len(columns) > len(fields) {
			class = "CREATE_VIEW_COLUMN_ARITY_MISMATCH.NOT_ENOUGH_DATA_COLUMNS"
		} else if len(columns) < len(fields) {
			class = "CREATE_VIEW_COLUMN_ARITY_MISMATCH.TOO_MANY_DATA_COLUMNS"
		}
		if class != "" {
			names := make([]string, len(columns))
			for i, c := range columns {
				names[i] = c.Name.Text
			}
			return nil, sqlerr.New(class, "viewName", view, "viewColumns", quotedList(names), "dataColumns", quotedList(fieldNames(schema))).At(n.Pos())
		}
		for i, c := range columns {
			fields[i].Name = c.Name.Text
			if c.Comment != nil {
				fields[i].Metadata = withComment(fields[i].Metadata, *c.Comment)
			}
		}
	}
	seen := map[string]bool{}
	for _, f := range fields {
		if seen[strings.ToLower(f.Name)] {
			return nil, sqlerr.New("COLUMN_ALREADY_EXISTS", "columnName", types.Quote(strings.ToLower(f.Name))).At(n.Pos())
		}
		seen[strings.ToLower(f.Name)] = true
	}
	return types.NewStruct(fields...), nil
}

// distinct gives names back if no two are equal, else nil.
func distinct(names []string) []string {
	seen := map[string]bool{}
	for _, n := range names {
		if key := strings.ToLower(n); seen[key] {
			return nil
		} else {
			seen[key] = true
		}
	}
	return names
}

func withComment(metadata map[string]any, comment string) map[string]any {
	out := map[string]any{}
	for k, v := range metadata {
		out[k] = v
	}
	out["comment"] = comment
	return out
}

func createView(p *planner, ctx context.Context, t *ast.CreateView) (*plan, error) {
	if t.OrReplace && t.IfNotExists {
		return nil, sqlerr.New("INVALID_SQL_SYNTAX.CREATE_VIEW_WITH_IF_NOT_EXISTS_AND_REPLACE").At(t.Pos())
	}
	props, err := properties(t.Properties)
	if err != nil {
		return nil, err
	}
	parts, err := p.parts(ctx, t.View)
	if err != nil {
		return nil, err
	}
	if t.Temporary || t.Global {
		if len(parts) != 1 && !(t.Global && len(parts) == 2 && strings.EqualFold(parts[0], globalTemp)) {
			return nil, sqlerr.New("TEMP_VIEW_NAME_TOO_MANY_NAME_PARTS", "actualName", quoted(parts...)).At(t.View.Pos())
		}
		if t.IfNotExists {
			return nil, sqlerr.New("INVALID_SQL_SYNTAX.CREATE_TEMP_FUNC_WITH_IF_NOT_EXISTS").At(t.Pos())
		}
	}
	if err := noParameters(t.Query, "CREATE VIEW body"); err != nil {
		return nil, err
	}
	schema, err := p.viewQuerySchema(ctx, t.Query)
	if err != nil {
		return nil, err
	}
	queryColumns := distinct(fieldNames(schema))
	if schema, err = named(schema, t.Columns, quoted(parts...), t); err != nil {
		return nil, err
	}
	if t.Temporary || t.Global {
		v := &tempView{
			name: parts[len(parts)-1], columns: t.Columns, comment: text(t.Comment), query: t.Query, text: string(t.Text), database: p.database,
			schema: schema, queryColumns: queryColumns, global: t.Global, props: props,
		}
		return command("CREATE VIEW", func(ctx context.Context, x *execution) error {
			if err := p.cyclic(ctx, t.Query, objectName{name: v.name, temporary: strings.ToLower(v.name)}, t); t.OrReplace && err != nil {
				return err
			}
			return at(p.session.addView(v, t.OrReplace), t.View)
		}), nil
	}
	o, err := p.object(ctx, t.View)
	if err != nil {
		return nil, err
	}
	if o.path {
		return nil, sqlerr.New("TABLE_OR_VIEW_NOT_FOUND", "relationName", quoted(parts...)).At(t.View.Pos())
	}
	if name := p.temporaryIn(ctx, t.Query); name != "" {
		return nil, sqlerr.New("INVALID_TEMP_OBJ_REFERENCE", "obj", "VIEW", "objName", o.String(), "tempObj", "VIEW", "tempObjName", types.Quote(name)).At(t.View.Pos())
	}
	entry := &metastore.Table{
		Database: o.database, Name: o.name, Kind: metastore.View, Comment: text(t.Comment), Owner: p.session.User(), Properties: props, Schema: schema,
		ViewText: strings.TrimSpace(string(t.Text)), ViewDatabase: p.database, ViewSettings: map[string]string{}, ViewColumns: queryColumns,
	}
	for _, k := range viewSettings {
		entry.ViewSettings[k] = p.get(k)
	}
	return command("CREATE VIEW", func(ctx context.Context, x *execution) error {
		if _, err := p.engine.meta.Database(ctx, o.database); err != nil {
			return at(err, t.View)
		}
		old, err := p.engine.meta.Table(ctx, o.database, o.name)
		if err != nil {
			return err
		}
		if old != nil {
			switch {
			case t.IfNotExists:
				return nil
			case old.Kind != metastore.View:
				if t.OrReplace {
					return sqlerr.New("EXPECT_VIEW_NOT_TABLE.NO_ALTERNATIVE", "tableName", o.String(), "operation", "CREATE OR REPLACE VIEW").At(t.View.Pos())
				}
			case t.OrReplace:
				if err := p.cyclic(ctx, t.Query, o, t); err != nil {
					return err
				}
				entry.Created = old.Created
			}
		}
		return at(p.engine.meta.CreateTable(ctx, entry, t.OrReplace), t.View)
	}), nil
}

// viewQuerySchema is the schema of a view's query, char(n) and varchar(n) columns as they were declared.
func (p *planner) viewQuerySchema(ctx context.Context, q *ast.Query) (*types.Type, error) {
	node, err := p.logical(ctx, q)
	if err != nil {
		return nil, err
	}
	return declaredSchema(node.Output()), nil
}

// cyclic refuses a view that would read itself.
func (p *planner) cyclic(ctx context.Context, q *ast.Query, o objectName, n ast.Node) error {
	return p.reads(ctx, q, 0, func(f *found) error {
		same := f.temp != nil && o.temporary != "" && strings.EqualFold(f.temp.name, o.temporary) ||
			f.temp == nil && !f.name.path && o.temporary == "" && strings.EqualFold(f.name.database, o.database) && strings.EqualFold(f.name.name, o.name) ||
			f.temp == nil && f.entry != nil && strings.EqualFold(f.entry.Database, o.database) && strings.EqualFold(f.entry.Name, o.name)
		if same {
			return sqlerr.New("RECURSIVE_VIEW", "viewIdent", o.String(), "newPath", o.String()+" -> "+f.display()).At(n.Pos())
		}
		return nil
	})
}

// reads calls visit with every table and view that a query reads, through views too. Names that lead nowhere are left out.
func (p *planner) reads(ctx context.Context, q ast.Node, depth int, visit func(*found) error) error {
	if depth > maxViewDepth {
		return nil
	}
	var err error
	ast.Inspect(q, func(n ast.Node) bool {
		t, ok := n.(*ast.Table)
		if !ok || err != nil {
			return err == nil
		}
		f, findErr := p.relation(ctx, t.Name)
		if findErr != nil {
			return true
		}
		if err = visit(f); err != nil {
			return false
		}
		switch {
		case f.temp != nil && f.temp.query != nil:
			err = p.reads(ctx, f.temp.query, depth+1, visit)
		case f.table == nil && f.entry != nil:
			if inner, parseErr := parser.Parse(f.entry.ViewText); parseErr == nil {
				q := *p
				q.database = f.entry.ViewDatabase
				err = q.reads(ctx, inner, depth+1, visit)
			}
		}
		return err == nil
	})
	return err
}

// temporaryIn is the name of a temporary view that a query reads directly, "" for none.
func (p *planner) temporaryIn(ctx context.Context, q ast.Node) string {
	name := ""
	ctes := map[string]bool{}
	ast.Inspect(q, func(n ast.Node) bool {
		if w, ok := n.(*ast.Query); ok && w.With != nil {
			for _, c := range w.With.CTEs {
				ctes[strings.ToLower(c.Name.Text)] = true
			}
		}
		if t, ok := n.(*ast.Table); ok && !(len(t.Name.Parts) == 1 && ctes[strings.ToLower(t.Name.Last())]) {
			if f, err := p.relation(ctx, t.Name); err == nil && f.temp != nil {
				name = f.temp.name
			}
		}
		return name == ""
	})
	return name
}

func createViewUsing(p *planner, ctx context.Context, t *ast.CreateViewUsing) (*plan, error) {
	parts, err := p.parts(ctx, t.View)
	if err != nil {
		return nil, err
	}
	if len(parts) != 1 {
		return nil, sqlerr.New("TEMP_VIEW_NAME_TOO_MANY_NAME_PARTS", "actualName", quoted(parts...)).At(t.View.Pos())
	}
	options, err := optionMap(t.Options)
	if err != nil {
		return nil, err
	}
	schema, err := p.columnSchema(ctx, t.Columns)
	if err != nil {
		return nil, err
	}
	if strings.EqualFold(t.Using, "kafka") {
		table, err := kafkaView(parts[0], schema, options)
		if err != nil {
			return nil, at(err, t)
		}
		v := &tempView{name: parts[0], global: t.Global, table: table}
		return command("CREATE VIEW", func(context.Context, *execution) error { return at(p.session.addView(v, t.OrReplace), t.View) }), nil
	}
	path, ok := options["path"]
	if !ok && schema != nil && providers[strings.ToLower(t.Using)] {
		// A schema without files: a view that is empty.
		v := &tempView{name: parts[0], global: t.Global, schema: schema, table: relation.Empty([]string{parts[0]}, t.Using, schema)}
		return command("CREATE VIEW", func(context.Context, *execution) error { return at(p.session.addView(v, t.OrReplace), t.View) }), nil
	}
	if !ok {
		return nil, sqlerr.New("UNABLE_TO_INFER_SCHEMA", "format", t.Using).At(t.Pos()).WithHint("OPTIONS needs a path.")
	}
	if err := p.pathRight(ctx, path, access.Select); err != nil {
		return nil, at(err, t)
	}
	format := strings.ToLower(t.Using)
	v := &tempView{name: parts[0], global: t.Global}
	if format == "delta" {
		v.table, err = p.engine.byPath(ctx, format, path, options)
	} else {
		v.table, err = relation.Files([]string{parts[0]}, format, []string{path}, options, schema, nil, nil)
	}
	if err != nil {
		return nil, at(err, t)
	}
	return command("CREATE VIEW", func(ctx context.Context, x *execution) error {
		if _, err := v.table.Snapshot(ctx, noTime); err != nil {
			return at(err, t)
		}
		return at(p.session.addView(v, t.OrReplace), t.View)
	}), nil
}

func dropView(p *planner, ctx context.Context, t *ast.DropView) (*plan, error) {
	parts, err := p.parts(ctx, t.View)
	if err != nil {
		return nil, err
	}
	return command("DROP VIEW", func(ctx context.Context, x *execution) error {
		if len(parts) == 1 && p.session.dropView(parts[0], false) {
			return nil
		}
		if len(parts) == 2 && strings.EqualFold(parts[0], globalTemp) && p.session.dropView(parts[1], true) {
			return nil
		}
		o, err := p.complete(ctx, parts, t.View)
		if err != nil {
			return err
		}
		entry, err := p.entry(ctx, o)
		if err != nil {
			return err
		}
		if entry == nil {
			if t.IfExists {
				return nil
			}
			return p.notFound(ctx, parts, t.View)
		}
		if entry.Kind != metastore.View {
			return sqlerr.New("WRONG_COMMAND_FOR_OBJECT_TYPE", "operation", "DROP VIEW", "requiredType", "VIEW", "objectName", quoted(catalogName, entry.Database, entry.Name),
				"foundType", string(entry.Kind), "alternative", "DROP TABLE").At(t.View.Pos())
		}
		_, err = p.engine.meta.DropTable(ctx, o.database, o.name)
		return err
	}), nil
}

func alterView(p *planner, ctx context.Context, t *ast.AlterView) (*plan, error) {
	f, err := p.relation(ctx, t.View)
	if err != nil {
		return nil, err
	}
	if !f.isView() {
		return nil, sqlerr.New("EXPECT_VIEW_NOT_TABLE.NO_ALTERNATIVE", "tableName", f.display(), "operation", "ALTER VIEW ... AS").At(t.View.Pos())
	}
	if err := noParameters(t.Query, "ALTER VIEW body"); err != nil {
		return nil, err
	}
	schema, err := p.viewQuerySchema(ctx, t.Query)
	if err != nil {
		return nil, err
	}
	if schema, err = named(schema, nil, f.display(), t); err != nil {
		return nil, err
	}
	return command("ALTER VIEW", func(ctx context.Context, x *execution) error {
		if f.temp != nil {
			v := *f.temp
			v.query, v.text, v.schema, v.columns, v.database, v.queryColumns = t.Query, string(t.Text), schema, nil, p.database, fieldNames(schema)
			return p.session.addView(&v, true)
		}
		if err := p.cyclic(ctx, t.Query, f.name, t); err != nil {
			return err
		}
		e := *f.entry
		e.ViewText, e.Schema, e.ViewDatabase, e.ViewColumns = strings.TrimSpace(string(t.Text)), schema, p.database, fieldNames(schema)
		return p.engine.meta.CreateTable(ctx, &e, true)
	}), nil
}
