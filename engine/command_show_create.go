package engine

import (
	"context"
	"strings"

	"github.com/argan-sql/argan/catalog"
	"github.com/argan-sql/argan/catalog/metastore"
	"github.com/argan-sql/argan/catalog/relation"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

func init() { handle(showCreate) }

// showCreate is SHOW CREATE TABLE: a statement that would make the table or view again.
func showCreate(p *planner, ctx context.Context, t *ast.ShowCreateTable) (*plan, error) {
	if t.AsSerde {
		return nil, sqlerr.Unsupported("SHOW CREATE TABLE … AS SERDE").At(t.Pos())
	}
	r, err := p.relation(ctx, t.Table)
	if err != nil {
		return nil, err
	}
	if r.temp != nil {
		return nil, sqlerr.New("_LEGACY_ERROR_TEMP_1270", "table", types.Quote(r.temp.name)).At(t.Table.Pos())
	}
	return table("SHOW CREATE TABLE", func(ctx context.Context) ([][]any, error) {
		text, err := p.createText(ctx, r)
		return [][]any{{text}}, err
	}, column("createtab_stmt", types.StringType)), nil
}

func (p *planner) createText(ctx context.Context, r *found) (string, error) {
	if r.isView() {
		return createViewText(r.entry), nil
	}
	snapshot, err := r.table.Snapshot(ctx, catalog.At{})
	if err != nil {
		return "", err
	}
	var comment string
	var options map[string]string
	external := r.entry == nil
	if e := r.entry; e != nil {
		comment, options, external = e.Comment, e.Options, e.Kind == metastore.ExternalTable
	}
	if d, ok := snapshot.(*relation.DeltaSnapshot); ok {
		comment = d.Comment()
	}
	props, err := p.propertiesOf(ctx, r)
	if err != nil {
		return "", err
	}
	var columns, keys []string
	for _, k := range p.trueKeys(ctx, r.name, props) {
		keys = append(keys, "CONSTRAINT "+types.QuoteIfNeeded(k.Name)+" "+k.text())
	}
	props = withoutKeys(props)
	for _, f := range snapshot.Schema().Fields {
		columns = append(columns, columnText(f))
	}
	columns = append(columns, keys...)
	var b strings.Builder
	list := " (\n  " + strings.Join(columns, ",\n  ") + ")"
	if r.table.Provider() == "kafka" {
		list = "" // its columns are not declared
	}
	b.WriteString("CREATE TABLE " + r.display() + list + "\nUSING " + r.table.Provider() + "\n")
	b.WriteString(propertyLines("OPTIONS", options, "path"))
	var parts []string
	for _, c := range snapshot.PartitionColumns() {
		parts = append(parts, types.QuoteIfNeeded(c))
	}
	if len(parts) > 0 {
		b.WriteString("PARTITIONED BY (" + strings.Join(parts, ", ") + ")\n")
	}
	b.WriteString(commentLine(comment))
	if external && r.table.Location() != "" {
		b.WriteString("LOCATION " + sqlText("file:"+r.table.Location()) + "\n")
	}
	b.WriteString(propertyLines("TBLPROPERTIES", props, ""))
	return b.String(), nil
}

func createViewText(e *metastore.Table) string {
	var columns []string
	for _, f := range e.Schema.Fields {
		c := types.QuoteIfNeeded(f.Name)
		if text := f.Comment(); text != "" {
			c += " COMMENT " + sqlText(text)
		}
		columns = append(columns, c)
	}
	return "CREATE VIEW " + types.QuoteIfNeeded(e.Database) + "." + types.QuoteIfNeeded(e.Name) + " (\n  " + strings.Join(columns, ",\n  ") + ")\n" +
		commentLine(e.Comment) + propertyLines("TBLPROPERTIES", e.Properties, "") + "AS " + redacted(e.ViewText) + "\n"
}

// columnText is the definition of a column.
func columnText(f types.Field) string {
	out := types.QuoteIfNeeded(f.Name) + " " + declaredType(f).SQL()
	if !f.Nullable {
		out += " NOT NULL"
	}
	if text, ok := f.Metadata[metaDefault].(string); ok {
		out += " DEFAULT " + text
	}
	if text, ok := f.Metadata[metaGeneration].(string); ok {
		out += " GENERATED ALWAYS AS (" + text + ")"
	}
	if text := f.Comment(); text != "" {
		out += " COMMENT " + sqlText(text)
	}
	return out
}

func commentLine(comment string) string {
	if comment == "" {
		return ""
	}
	return "COMMENT " + sqlText(comment) + "\n"
}

// propertyLines are OPTIONS or TBLPROPERTIES, without the key that says the same as another clause.
func propertyLines(clause string, props map[string]string, without string) string {
	var lines []string
	for _, k := range sortedKeys(props) {
		if k != without {
			lines = append(lines, sqlText(k)+" = "+sqlText(shown(k, props[k])))
		}
	}
	if len(lines) == 0 {
		return ""
	}
	return clause + " (\n  " + strings.Join(lines, ",\n  ") + ")\n"
}

// sqlText is a string literal.
func sqlText(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`, "\n", `\n`).Replace(s) + "'"
}
