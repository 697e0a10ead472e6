package engine

import (
	"context"
	"maps"
	"reflect"
	"strings"

	"github.com/argan-sql/argan/catalog/delta"
	"github.com/argan-sql/argan/catalog/metastore"
	"github.com/argan-sql/argan/catalog/relation"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

func init() { handle(alterTable) }

// alteration is one ALTER TABLE on a Delta table: it changes a copy of the metadata and says how the commit calls it.
type alteration struct {
	p     *planner
	table *found
	tx    *delta.Transaction
	m     *delta.Metadata // to be changed
	at    ast.Node
}

// alterer changes the metadata for one kind of action; the operation and its parameters go into the commit. An empty
// operation means that there is nothing to commit.
type alterer func(a *alteration, ctx context.Context, action ast.AlterAction) (operation string, parameters map[string]any, err error)

// alterers is the table of actions on Delta tables.
var alterers = map[reflect.Type]alterer{}

func alters[T ast.AlterAction](f func(a *alteration, ctx context.Context, action T) (string, map[string]any, error)) {
	var zero T
	alterers[reflect.TypeOf(zero)] = func(a *alteration, ctx context.Context, action ast.AlterAction) (string, map[string]any, error) {
		return f(a, ctx, action.(T))
	}
}

func alterTable(p *planner, ctx context.Context, t *ast.AlterTable) (*plan, error) {
	f, err := p.relation(ctx, t.Table)
	if err != nil {
		return nil, err
	}
	if err := notSystem(f.table); err != nil {
		return nil, at(err, t.Table)
	}
	if f.isView() && !t.View {
		if _, ok := t.Action.(*ast.RenameTable); !ok {
			return nil, sqlerr.New("EXPECT_TABLE_NOT_VIEW.USE_ALTER_VIEW", "viewName", quoted(f.name.database, f.name.name), "operation", "ALTER TABLE").At(t.Table.Pos())
		}
	}
	if !f.isView() && t.View {
		return nil, sqlerr.New("EXPECT_VIEW_NOT_TABLE.USE_ALTER_TABLE", "tableName", f.display(), "operation", "ALTER VIEW").At(t.Table.Pos())
	}
	if rename, ok := t.Action.(*ast.RenameTable); ok {
		return p.renameTable(ctx, f, rename, t)
	}
	return command("ALTER TABLE", func(ctx context.Context, x *execution) error {
		if f.isView() {
			return p.alterViewProperties(ctx, f, t)
		}
		if f.table.Provider() != "delta" {
			return p.alterFiles(ctx, f, t)
		}
		version, err := p.alterDelta(ctx, f, t, t.Action)
		if err == nil && version >= 0 {
			x.statement.changed(-1, version)
		}
		return err
	}), nil
}

func (p *planner) alterDelta(ctx context.Context, f *found, n ast.Node, action ast.AlterAction) (int64, error) {
	alter, ok := alterers[reflect.TypeOf(action)]
	if !ok {
		return -1, sqlerr.Unsupported("ALTER TABLE … %s on a Delta table", strings.TrimPrefix(reflect.TypeOf(action).String(), "*ast.")).At(action.Pos())
	}
	table := f.table.(*relation.DeltaTable)
	s, err := table.Delta().Snapshot(ctx, delta.At{})
	if err != nil {
		return -1, err
	}
	a := &alteration{p: p, table: f, tx: table.Delta().Begin(s), m: s.Metadata.Clone(), at: n}
	operation, parameters, err := alter(a, ctx, action)
	if err != nil {
		return -1, at(err, action)
	}
	if operation == "" {
		return -1, nil
	}
	if a.m != nil {
		if err := checkKeys(a.m); err != nil {
			return -1, at(err, action)
		}
		if err := a.tx.SetMetadata(a.m); err != nil {
			return -1, at(err, action)
		}
	}
	return a.tx.Commit(ctx, delta.Operation{Name: operation, Parameters: parameters, UserMetadata: p.get("spark.databricks.delta.commitInfo.userMetadata")})
}

func (p *planner) renameTable(ctx context.Context, f *found, r *ast.RenameTable, t *ast.AlterTable) (*plan, error) {
	if f.temp != nil {
		return command("ALTER TABLE", func(ctx context.Context, x *execution) error {
			v := *f.temp
			v.name = r.To.Last()
			if err := p.session.addView(&v, false); err != nil {
				return at(err, r.To)
			}
			p.session.dropView(f.temp.name, f.temp.global)
			return nil
		}), nil
	}
	if f.entry == nil {
		return nil, sqlerr.New("DELTA_CANNOT_RENAME_PATH", "currentPath", f.name.name, "newPath", r.To.Last()).At(t.Table.Pos())
	}
	if (f.entry.Kind == metastore.View) != t.View {
		return nil, sqlerr.New("WRONG_COMMAND_FOR_OBJECT_TYPE", "operation", "ALTER TABLE ... RENAME TO", "requiredType", "EXTERNAL or MANAGED", "objectName", f.display(),
			"foundType", string(f.entry.Kind), "alternative", "ALTER VIEW ... RENAME TO").At(t.Table.Pos())
	}
	to, err := p.object(ctx, r.To)
	if err != nil {
		return nil, err
	}
	if len(r.To.Parts) == 1 {
		to.database = f.entry.Database
	}
	return command("ALTER TABLE", func(ctx context.Context, x *execution) error {
		if _, err := p.engine.meta.Database(ctx, to.database); err != nil {
			return at(err, r.To)
		}
		e := *f.entry
		e.Database, e.Name = to.database, to.name
		// The folder stays where it is: the entry knows it. So a rename moves no data and cannot fail half-way.
		referring, err := p.referring(ctx, f.entry.Database, f.entry.Name)
		if err != nil {
			return err
		}
		if err := p.engine.meta.RenameTable(ctx, f.entry.Database, f.entry.Name, &e); err != nil {
			return at(err, r.To)
		}
		for i, t := range referring {
			if t.entry.Database == f.entry.Database && t.entry.Name == f.entry.Name {
				referring[i].entry = &e
			}
		}
		return p.changeKeys(ctx, referring, func(config map[string]string, k Key) {
			k.Schema, k.Table = e.Database, e.Name
			setKey(config, k)
		})
	}), nil
}

func (p *planner) alterViewProperties(ctx context.Context, f *found, t *ast.AlterTable) error {
	if f.temp != nil {
		return sqlerr.New("UNSUPPORTED_FEATURE.TABLE_OPERATION", "tableName", f.display(), "operation", "ALTER VIEW of a temporary view").At(t.Pos())
	}
	e := *f.entry
	if err := changeProperties(&e, t.Action); err != nil {
		return err
	}
	return p.engine.meta.CreateTable(ctx, &e, true)
}

// changeProperties applies SET and UNSET TBLPROPERTIES to an entry. The property comment is the comment.
func changeProperties(e *metastore.Table, action ast.AlterAction) error {
	out := maps.Clone(e.Properties)
	if out == nil {
		out = map[string]string{}
	}
	switch a := action.(type) {
	case *ast.SetProperties:
		for _, prop := range a.Properties {
			if prop.Key == "comment" {
				e.Comment = prop.Value
				continue
			}
			out[prop.Key] = prop.Value
		}
	case *ast.UnsetProperties:
		for _, k := range a.Keys {
			if k == "comment" {
				e.Comment = ""
				continue
			}
			if _, ok := out[k]; !ok && !a.IfExists {
				return sqlerr.New("UNSET_NONEXISTENT_PROPERTIES", "properties", types.Quote(k), "table", "the table").At(a.Pos())
			}
			delete(out, k)
		}
	default:
		return sqlerr.Unsupported("ALTER … %s here", strings.TrimPrefix(reflect.TypeOf(action).String(), "*ast.")).At(action.Pos())
	}
	e.Properties = out
	return nil
}

// alterFiles changes what the catalog knows of a table of plain files.
func (p *planner) alterFiles(ctx context.Context, f *found, t *ast.AlterTable) error {
	if f.entry == nil {
		return sqlerr.Unsupported("ALTER TABLE of a path").At(t.Pos())
	}
	e := *f.entry
	switch a := t.Action.(type) {
	case *ast.AddColumns:
		fields := append([]types.Field{}, e.Schema.Fields...)
		for _, d := range a.Columns {
			if len(d.Name.Parts) != 1 || d.Place != nil {
				return sqlerr.Unsupported("ADD COLUMNS at a place in a %s table", e.Provider).At(d.Pos())
			}
			field, err := p.columnField(ctx, d)
			if err != nil {
				return err
			}
			if e.Schema.FieldIndex(field.Name) != -1 {
				return sqlerr.New("FIELDS_ALREADY_EXISTS", "op", "add", "fieldNames", types.Quote(field.Name), "struct", e.Schema.SQL()).At(d.Pos())
			}
			fields = append(fields, field)
		}
		e.Schema = types.NewStruct(fields...)
	case *ast.AlterColumn:
		i := e.Schema.FieldIndex(a.Column.Last())
		if i < 0 || len(a.Column.Parts) != 1 {
			return sqlerr.New("UNRESOLVED_COLUMN.WITH_SUGGESTION", "objectName", quoted(a.Column.Strings()...), "proposal", quotedList(fieldNames(e.Schema))).At(a.Column.Pos())
		}
		if a.Type != nil && !a.Type.Equal(e.Schema.Fields[i].Type) || a.NewName.Present() && !strings.EqualFold(a.NewName.Text, e.Schema.Fields[i].Name) || a.SetNotNull || a.DropNotNull || a.Place != nil || a.Default != nil || a.DropDefault {
			return sqlerr.New("NOT_SUPPORTED_CHANGE_COLUMN", "table", f.display(), "originName", types.Quote(e.Schema.Fields[i].Name), "originType", e.Schema.Fields[i].Type.SQL(), "newName", types.Quote(a.NewName.Text), "newType", typeText(a.Type)).At(a.Pos())
		}
		fields := append([]types.Field{}, e.Schema.Fields...)
		if a.Comment != nil {
			fields[i].Metadata = withComment(fields[i].Metadata, *a.Comment)
		}
		e.Schema = types.NewStruct(fields...)
	case *ast.SetLocation:
		if len(a.Partition) > 0 {
			return sqlerr.Unsupported("SET LOCATION of a partition").At(a.Pos())
		}
		e.Location = location(p.engine.meta.Root(), a.Location)
	case *ast.RecoverPartitions:
		return nil // partitions are found by looking at the folders each time
	case *ast.AddPartitions:
		return p.addPartitions(ctx, f, a)
	case *ast.DropPartitions:
		return p.dropPartitions(ctx, f, a)
	case *ast.SetSerde:
		if a.Serde != nil || len(a.Partition) > 0 {
			return sqlerr.Unsupported("SET SERDE").At(a.Pos())
		}
		e.Options = maps.Clone(e.Options)
		if e.Options == nil {
			e.Options = map[string]string{}
		}
		for _, o := range a.Properties {
			e.Options[strings.ToLower(o.Key)] = o.Value
		}
	default:
		if err := changeProperties(&e, t.Action); err != nil {
			return err
		}
	}
	return p.engine.meta.CreateTable(ctx, &e, true)
}

func typeText(t *types.Type) string {
	if t == nil {
		return ""
	}
	return t.SQL()
}

// setComment is COMMENT ON TABLE and VIEW.
func (p *planner) setComment(ctx context.Context, name ast.Name, comment *string) (*plan, error) {
	f, err := p.relation(ctx, name)
	if err != nil {
		return nil, err
	}
	return command("COMMENT ON TABLE", func(ctx context.Context, x *execution) error {
		if f.entry != nil {
			e := *f.entry
			e.Comment = text(comment)
			if err := p.engine.meta.CreateTable(ctx, &e, true); err != nil {
				return err
			}
		}
		d, ok := f.table.(*relation.DeltaTable)
		if !ok {
			return nil
		}
		s, err := d.Delta().Snapshot(ctx, delta.At{})
		if err != nil {
			return err
		}
		m := s.Metadata.Clone()
		m.Description = comment
		tx := d.Delta().Begin(s)
		if err := tx.SetMetadata(m); err != nil {
			return err
		}
		_, err = tx.Commit(ctx, delta.Operation{Name: "SET TBLPROPERTIES", Parameters: map[string]any{"properties": `{"comment":` + quoteJSON(text(comment)) + `}`}})
		return err
	}), nil
}
