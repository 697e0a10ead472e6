package engine

import (
	"context"
	"fmt"
	"strings"

	"github.com/argan-sql/argan/catalog"
	"github.com/argan-sql/argan/catalog/metastore"
	"github.com/argan-sql/argan/catalog/relation"
)

// details are lines of a name and a value; those without a value are left out.
type details struct{ lines [][2]string }

func (d *details) add(name, value string) {
	if value != "" {
		d.lines = append(d.lines, [2]string{name, value})
	}
}

// rows are the lines as DESCRIBE gives them.
func (d *details) rows(title string) [][]any {
	out := [][]any{{"", "", ""}, {title, "", ""}}
	for _, l := range d.lines {
		out = append(out, []any{l[0], l[1], ""})
	}
	return out
}

// shownProperties is a map of properties as DESCRIBE prints it.
func shownProperties(props map[string]string) string {
	var list []string
	for _, k := range sortedKeys(props) {
		list = append(list, k+"="+shown(k, props[k]))
	}
	return "[" + strings.Join(list, ",") + "]"
}

const timeLayout = "Mon Jan 02 15:04:05 MST 2006"

// tableDetails are the lines that DESCRIBE EXTENDED adds.
func (p *planner) tableDetails(ctx context.Context, r *found) ([][]any, error) {
	if r.temp != nil {
		return nil, nil
	}
	if r.entry != nil && r.entry.Provider != "delta" {
		return p.entryDetails(r.entry).rows("# Detailed Table Information"), nil
	}
	props, err := p.propertiesOf(ctx, r)
	if err != nil {
		return nil, err
	}
	keys := &details{}
	for _, k := range p.trueKeys(ctx, r.name, props) {
		keys.add(k.Name, k.text())
	}
	props = withoutKeys(props)
	d := &details{}
	if r.entry == nil {
		d.add("Name", r.display())
		d.add("Location", "file:"+r.table.Location())
		d.add("Provider", r.table.Provider())
		d.add("Table Properties", shownProperties(props))
		return keys.below(d.rows("# Detailed Table Information")), nil
	}
	e := r.entry
	s, err := r.snapshot(ctx)
	if err != nil {
		return nil, err
	}
	comment := e.Comment
	if version, ok := s.(*relation.DeltaSnapshot); ok {
		comment = version.Comment()
	}
	d.add("Name", r.display())
	d.add("Type", string(e.Kind))
	d.add("Comment", comment)
	d.add("Location", "file:"+e.Location)
	d.add("Provider", e.Provider)
	d.add("Owner", e.Owner)
	d.add("Created Time", e.Created.In(p.zone()).Format(timeLayout))
	d.add("Statistics", statisticsText(s.Statistics()))
	d.add("Table Properties", shownProperties(props))
	return keys.below(d.rows("# Detailed Table Information")), nil
}

// below adds constraints to what DESCRIBE EXTENDED says, where there are any.
func (d *details) below(rows [][]any) [][]any {
	if len(d.lines) == 0 {
		return rows
	}
	return append(rows, d.rows("# Constraints")...)
}

// statisticsText is the size of a table as Spark says it, "" where it is not known.
func statisticsText(s catalog.Statistics) string {
	switch {
	case s.Bytes < 0:
		return ""
	case s.Rows < 0:
		return fmt.Sprintf("%d bytes", s.Bytes)
	}
	return fmt.Sprintf("%d bytes, %d rows", s.Bytes, s.Rows)
}

// entryDetails are the lines about a view or a table of plain files, in the order of Spark's session catalog.
func (p *planner) entryDetails(e *metastore.Table) *details {
	d := &details{}
	d.add("Catalog", catalogName)
	d.add("Database", e.Database)
	d.add("Table", e.Name)
	d.add("Owner", e.Owner)
	d.add("Created Time", e.Created.In(p.zone()).Format(timeLayout))
	d.add("Last Access", "UNKNOWN")
	d.add("Created By", "Argan "+p.engine.config.Version)
	d.add("Type", string(e.Kind))
	d.add("Provider", e.Provider)
	d.add("Comment", e.Comment)
	if e.Kind == metastore.View {
		d.add("View Text", redacted(e.ViewText))
		d.add("View Original Text", redacted(e.ViewText))
		d.add("View Catalog and Namespace", catalogName+"."+e.ViewDatabase)
		d.add("View Query Output Columns", queryColumns(e))
	}
	if len(e.Properties) > 0 {
		d.add("Table Properties", shownProperties(e.Properties))
	}
	if e.Location != "" {
		d.add("Location", "file:"+e.Location)
	}
	if len(e.Options) > 0 {
		d.add("Storage Properties", shownProperties(e.Options))
	}
	if len(e.PartitionColumns) > 0 {
		d.add("Partition Provider", "Catalog")
	}
	return d
}

// queryColumns are the names of the columns of a view's query.
func queryColumns(e *metastore.Table) string {
	names := e.ViewColumns
	if names == nil {
		names = fieldNames(e.Schema)
	}
	return "[" + strings.Join(names, ", ") + "]"
}
