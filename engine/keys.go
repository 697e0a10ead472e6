package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/argan-sql/argan/catalog/delta"
	"github.com/argan-sql/argan/catalog/metastore"
	"github.com/argan-sql/argan/catalog/relation"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// Keys inform and are not enforced. They lie in the properties of the Delta table, one each, where other readers leave them
// alone and copies of the table have them too.

// keyProperty is how the properties of keys begin; the name of the constraint follows.
const keyProperty = "argan.constraint."

// Key is a primary or a foreign key of a table.
type Key struct {
	Name    string   `json:"name"`
	Foreign bool     `json:"foreign,omitempty"`
	Columns []string `json:"columns"`
	// Schema, Table and Referenced are the table that a foreign key refers to, and its columns.
	Schema     string   `json:"schema,omitempty"`
	Table      string   `json:"table,omitempty"`
	Referenced []string `json:"referenced,omitempty"`
	Rely       bool     `json:"rely,omitempty"`
}

func (k Key) kind() string {
	if k.Foreign {
		return string(ast.ForeignKey)
	}
	return string(ast.PrimaryKey)
}

// text is the key as SQL, without its name.
func (k Key) text() string {
	out := k.kind() + " (" + columnTexts(k.Columns) + ")"
	if k.Foreign {
		out += " REFERENCES " + types.QuoteIfNeeded(k.Schema) + "." + types.QuoteIfNeeded(k.Table) + " (" + columnTexts(k.Referenced) + ")"
	}
	if k.Rely {
		out += " RELY"
	}
	return out
}

func columnTexts(names []string) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = types.QuoteIfNeeded(n)
	}
	return strings.Join(out, ", ")
}

// keysIn are the keys in a table's properties, the primary key first, then by name.
func keysIn(config map[string]string) []Key {
	var out []Key
	for _, name := range sortedKeys(config) {
		var k Key
		if strings.HasPrefix(name, keyProperty) && json.Unmarshal([]byte(config[name]), &k) == nil && len(k.Columns) > 0 {
			out = append(out, k)
		}
	}
	slices.SortStableFunc(out, func(a, b Key) int {
		switch {
		case a.Foreign == b.Foreign:
			return strings.Compare(a.Name, b.Name)
		case b.Foreign:
			return -1
		}
		return 1
	})
	return out
}

func primaryIn(config map[string]string) *Key {
	if keys := keysIn(config); len(keys) > 0 && !keys[0].Foreign {
		return &keys[0]
	}
	return nil
}

func setKey(config map[string]string, k Key) {
	config[keyProperty+strings.ToLower(k.Name)] = jsonText(k)
}

func dropKey(config map[string]string, name string) {
	delete(config, keyProperty+strings.ToLower(name))
}

// withoutKeys are properties without those of keys, for texts that say keys in words.
func withoutKeys(props map[string]string) map[string]string {
	out := make(map[string]string, len(props))
	for k, v := range props {
		if !strings.HasPrefix(k, keyProperty) {
			out[k] = v
		}
	}
	return out
}

// sameNames says whether two lists name the same columns in the same order.
func sameNames(a, b []string) bool { return slices.EqualFunc(a, b, strings.EqualFold) }

// addKey enters a key in the properties of a table: own is the table's name, schema its columns.
func (p *planner) addKey(ctx context.Context, own objectName, schema *types.Type, config map[string]string, c ast.Constraint) error {
	k := Key{Name: c.Name.Text, Foreign: c.Kind == ast.ForeignKey, Rely: c.Rely}
	for _, column := range c.Columns {
		i := schema.FieldIndex(column.Text)
		if i < 0 {
			return at(notAColumn(column.Text, schema), column)
		}
		if slices.Contains(k.Columns, schema.Fields[i].Name) {
			return sqlerr.New("COLUMN_ALREADY_EXISTS", "columnName", types.Quote(column.Text)).At(column.Pos())
		}
		k.Columns = append(k.Columns, schema.Fields[i].Name)
		if !k.Foreign && schema.Fields[i].Nullable {
			return sqlerr.New("PRIMARY_KEY_COLUMN_NULLABLE", "column", types.Quote(column.Text)).At(column.Pos()).WithHint("Declare it NOT NULL.")
		}
	}
	if k.Foreign {
		if err := p.refer(ctx, own, schema, config, c, &k); err != nil {
			return err
		}
	} else if old := primaryIn(config); old != nil {
		return sqlerr.New("PRIMARY_KEY_ALREADY_EXISTS", "table", own.String(), "name", types.Quote(old.Name)).At(c.Pos())
	}
	if k.Name == "" {
		k.Name = own.name + "_pk"
		if k.Foreign {
			k.Name = own.name + "_" + k.Table + "_fk"
			for n := 1; config[keyProperty+strings.ToLower(k.Name)] != ""; n++ {
				k.Name = fmt.Sprintf("%s_%s_fk%d", own.name, k.Table, n)
			}
		}
	}
	for _, key := range []string{keyProperty + strings.ToLower(k.Name), "delta.constraints." + strings.ToLower(k.Name)} {
		if old, there := config[key]; there {
			return sqlerr.New("DELTA_CONSTRAINT_ALREADY_EXISTS", "constraintName", k.Name, "oldConstraint", old).At(c.Pos())
		}
	}
	setKey(config, k)
	return nil
}

// refer finds the table that a foreign key refers to, which must have a primary key of the same types.
func (p *planner) refer(ctx context.Context, own objectName, schema *types.Type, config map[string]string, c ast.Constraint, k *Key) error {
	name, err := p.object(ctx, c.References)
	if err != nil {
		return err
	}
	if name.path {
		return sqlerr.Unsupported("A foreign key to a path").At(c.References.Pos())
	}
	parent, parentSchema := config, schema
	if !strings.EqualFold(name.database, own.database) || !strings.EqualFold(name.name, own.name) || own.path {
		snapshot, entry, err := p.deltaOf(ctx, name)
		if err != nil {
			return at(err, c.References)
		}
		parent, parentSchema, name.database, name.name = snapshot.Properties(), snapshot.Schema(), entry.Database, entry.Name
	}
	k.Schema, k.Table = name.database, name.name
	primary := primaryIn(parent)
	for _, column := range c.RefColumns {
		k.Referenced = append(k.Referenced, column.Text)
	}
	if primary != nil && len(k.Referenced) == 0 {
		k.Referenced = primary.Columns
	}
	if primary == nil || !sameNames(primary.Columns, k.Referenced) {
		return sqlerr.New("FOREIGN_KEY_WITHOUT_PRIMARY_KEY", "table", name.String(), "columns", columnTexts(k.Referenced)).At(c.References.Pos()).
			WithHint("Declare the primary key of the table that is referred to first.")
	}
	k.Referenced = primary.Columns
	if len(k.Columns) != len(k.Referenced) {
		return sqlerr.New("FOREIGN_KEY_MISMATCH", "columns", columnTexts(k.Columns), "referenced", columnTexts(k.Referenced)).At(c.Pos())
	}
	for i := range k.Columns {
		from, to := schema.Fields[schema.FieldIndex(k.Columns[i])], parentSchema.Fields[parentSchema.FieldIndex(k.Referenced[i])]
		if !from.Type.Equal(to.Type) {
			return sqlerr.New("FOREIGN_KEY_MISMATCH", "columns", types.QuoteIfNeeded(from.Name)+" "+from.Type.SQL(), "referenced", types.QuoteIfNeeded(to.Name)+" "+to.Type.SQL()).At(c.Pos())
		}
	}
	return nil
}

// deltaOf opens a Delta table of the catalog.
func (p *planner) deltaOf(ctx context.Context, name objectName) (*relation.DeltaSnapshot, *metastore.Table, error) {
	e, err := p.engine.meta.Table(ctx, name.database, name.name)
	if err != nil {
		return nil, nil, err
	}
	if e == nil {
		return nil, nil, sqlerr.New("TABLE_OR_VIEW_NOT_FOUND", "relationName", quoted(name.database, name.name))
	}
	if e.Provider != "delta" || e.Kind == metastore.View {
		return nil, nil, sqlerr.Unsupported("A foreign key to what is no Delta table")
	}
	t, err := p.engine.open(ctx, e)
	if err != nil {
		return nil, nil, err
	}
	s, err := t.Snapshot(ctx, noTime)
	if err != nil {
		return nil, nil, err
	}
	d, ok := s.(*relation.DeltaSnapshot)
	if !ok {
		return nil, nil, sqlerr.Unsupported("A foreign key to what is no Delta table")
	}
	return d, e, nil
}

// keyedTable is a table with the keys in its properties.
type keyedTable struct {
	entry *metastore.Table
	keys  []Key
}

// keyed lists the Delta tables of the catalog that have keys; one that does not open has none.
func (p *planner) keyed(ctx context.Context) ([]keyedTable, error) {
	databases, err := p.engine.meta.Databases(ctx)
	if err != nil {
		return nil, err
	}
	var out []keyedTable
	for _, d := range databases {
		entries, err := p.engine.meta.Tables(ctx, d.Name)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if e.Provider != "delta" || e.Kind == metastore.View {
				continue
			}
			if s, _, err := p.deltaOf(ctx, objectName{database: e.Database, name: e.Name}); err == nil {
				if keys := keysIn(s.Properties()); len(keys) > 0 {
					out = append(out, keyedTable{e, keys})
				}
			}
		}
	}
	return out, ctx.Err()
}

// referring lists the foreign keys that refer to a table, with the tables that have them.
func (p *planner) referring(ctx context.Context, database, table string) ([]keyedTable, error) {
	all, err := p.keyed(ctx)
	if err != nil {
		return nil, err
	}
	var out []keyedTable
	for _, t := range all {
		keys := slices.DeleteFunc(slices.Clone(t.keys), func(k Key) bool {
			return !k.Foreign || !strings.EqualFold(k.Schema, database) || !strings.EqualFold(k.Table, table)
		})
		if len(keys) > 0 {
			out = append(out, keyedTable{t.entry, keys})
		}
	}
	return out, nil
}

// changeKeys commits a change of the foreign keys of other tables that refer to one.
func (p *planner) changeKeys(ctx context.Context, tables []keyedTable, change func(config map[string]string, k Key)) error {
	for _, t := range tables {
		opened, err := p.engine.open(ctx, t.entry)
		if err != nil {
			return err
		}
		d, ok := opened.(*relation.DeltaTable)
		if !ok {
			continue
		}
		s, err := d.Delta().Snapshot(ctx, delta.At{})
		if err != nil {
			return err
		}
		m, tx := s.Metadata.Clone(), d.Delta().Begin(s)
		for _, k := range t.keys {
			change(m.Configuration, k)
		}
		if err := tx.SetMetadata(m); err != nil {
			return err
		}
		if _, err := tx.Commit(ctx, delta.Operation{Name: "SET TBLPROPERTIES", Parameters: map[string]any{"properties": jsonText(map[string]string{})}}); err != nil {
			return err
		}
	}
	return nil
}

// trueKeys are the keys of a table that hold as things are: a foreign key whose table is gone, or has another primary key by
// now, is left out.
func (p *planner) trueKeys(ctx context.Context, own objectName, config map[string]string) []Key {
	return slices.DeleteFunc(keysIn(config), func(k Key) bool {
		if !k.Foreign {
			return false
		}
		parent := config
		if !strings.EqualFold(k.Schema, own.database) || !strings.EqualFold(k.Table, own.name) {
			s, _, err := p.deltaOf(ctx, objectName{database: k.Schema, name: k.Table})
			if err != nil {
				return true
			}
			parent = s.Properties()
		}
		primary := primaryIn(parent)
		return primary == nil || !sameNames(primary.Columns, k.Referenced)
	})
}

// checkKeys refuses a change of a table that breaks one of its keys.
func checkKeys(m *delta.Metadata) error {
	for _, k := range keysIn(m.Configuration) {
		for _, column := range k.Columns {
			i := m.Schema.FieldIndex(column)
			if i < 0 || !k.Foreign && m.Schema.Fields[i].Nullable {
				return sqlerr.New("KEY_COLUMN_IN_USE", "column", types.Quote(column), "name", types.Quote(k.Name), "key", k.text()).
					WithHint("ALTER TABLE … DROP CONSTRAINT %s first.", types.QuoteIfNeeded(k.Name))
			}
		}
	}
	return nil
}

// renamedColumn brings the keys along when a column is renamed, those of tables that refer to it too.
func (a *alteration) renamedColumn(ctx context.Context, from, to string) error {
	rename := func(names []string) []string {
		out := slices.Clone(names)
		for i, n := range out {
			if strings.EqualFold(n, from) {
				out[i] = to
			}
		}
		return out
	}
	for _, k := range keysIn(a.m.Configuration) {
		k.Columns = rename(k.Columns)
		if e := a.table.entry; e != nil && k.Foreign && strings.EqualFold(k.Schema, e.Database) && strings.EqualFold(k.Table, e.Name) {
			k.Referenced = rename(k.Referenced)
		}
		setKey(a.m.Configuration, k)
	}
	e := a.table.entry
	if primary := primaryIn(a.m.Configuration); e == nil || primary == nil || !slices.Contains(primary.Columns, to) {
		return nil
	}
	tables, err := a.p.referring(ctx, e.Database, e.Name)
	if err != nil {
		return err
	}
	tables = slices.DeleteFunc(tables, func(t keyedTable) bool { return t.entry.Database == e.Database && t.entry.Name == e.Name })
	return a.p.changeKeys(ctx, tables, func(config map[string]string, k Key) {
		k.Referenced = rename(k.Referenced)
		setKey(config, k)
	})
}

// dropPrimary looks who refers to a primary key that is to go: with CASCADE those foreign keys go, without it stays.
func (a *alteration) dropPrimary(ctx context.Context, k Key, d *ast.DropConstraint) error {
	e := a.table.entry
	if e == nil {
		return nil
	}
	tables, err := a.p.referring(ctx, e.Database, e.Name)
	if err != nil {
		return err
	}
	if len(tables) > 0 && !d.Cascade {
		other := tables[0]
		return sqlerr.New("PRIMARY_KEY_IN_USE", "name", types.Quote(k.Name), "foreign", types.Quote(other.keys[0].Name), "table", quoted(other.entry.Database, other.entry.Name)).
			At(d.Pos()).WithHint("CASCADE drops the foreign keys that refer to it, too.")
	}
	var others []keyedTable
	for _, t := range tables {
		if t.entry.Database != e.Database || t.entry.Name != e.Name {
			others = append(others, t)
			continue
		}
		for _, own := range t.keys {
			dropKey(a.m.Configuration, own.Name)
		}
	}
	return a.p.changeKeys(ctx, others, func(config map[string]string, k Key) { dropKey(config, k.Name) })
}

// dropKeyConstraint drops a key by its name or its kind; false where the table has none such.
func (a *alteration) dropKeyConstraint(ctx context.Context, d *ast.DropConstraint) (Key, bool, error) {
	for _, k := range keysIn(a.m.Configuration) {
		var columns []string
		for _, c := range d.Columns {
			columns = append(columns, c.Text)
		}
		switch d.Kind {
		case "":
			if !strings.EqualFold(k.Name, d.Name.Text) {
				continue
			}
		case ast.PrimaryKey:
			if k.Foreign {
				continue
			}
		default:
			if !k.Foreign || !sameNames(k.Columns, columns) {
				continue
			}
		}
		if !k.Foreign {
			if err := a.dropPrimary(ctx, k, d); err != nil {
				return k, false, err
			}
		}
		dropKey(a.m.Configuration, k.Name)
		return k, true, nil
	}
	return Key{}, false, nil
}
