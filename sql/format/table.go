package format

import (
	"strings"

	"github.com/argan-sql/argan/sql/ast"
)

func (w *writer) tables(s ast.Statement) bool {
	switch s := s.(type) {
	case *ast.CreateTable:
		w.createTable(s)
	case *ast.CreateTableLike:
		w.p("CREATE TABLE ")
		w.when(s.IfNotExists, "IF NOT EXISTS ")
		w.name(s.Table)
		w.p(" LIKE ")
		w.name(s.Like)
		w.spec(&s.TableSpec)
	case *ast.CloneTable:
		w.p(string(s.Mode), " TABLE ")
		w.when(s.IfNotExists, "IF NOT EXISTS ")
		w.name(s.Table)
		w.when(s.Shallow, " SHALLOW")
		w.when(!s.Shallow, " DEEP")
		w.p(" CLONE ")
		w.name(s.Source)
		w.timeTravel(s.TimeTravel)
		paren(w, " TBLPROPERTIES ", s.Properties, w.property)
		w.str(" LOCATION ", s.Location)
	case *ast.DropTable:
		w.p("DROP TABLE ")
		w.when(s.IfExists, "IF EXISTS ")
		w.name(s.Table)
		w.when(s.Purge, " PURGE")
	case *ast.AlterTable:
		w.when(s.View, "ALTER VIEW ")
		w.when(!s.View, "ALTER TABLE ")
		w.name(s.Table)
		w.p(" ")
		w.action(s.Action)
	default:
		return false
	}
	return true
}

func (w *writer) createTable(s *ast.CreateTable) {
	w.p(string(s.Mode))
	w.when(s.External, " EXTERNAL")
	w.p(" TABLE ")
	w.when(s.IfNotExists, "IF NOT EXISTS ")
	w.name(s.Table)
	if len(s.Columns)+len(s.Constraints) > 0 {
		w.p(" (")
		list(w, s.Columns, w.column)
		w.when(len(s.Columns) > 0 && len(s.Constraints) > 0, ", ")
		list(w, s.Constraints, w.constraint)
		w.p(")")
	}
	w.spec(&s.TableSpec)
	if s.As != nil {
		w.p(" AS ")
		w.query(s.As)
	}
}

func (w *writer) column(c ast.ColumnDef) {
	w.name(c.Name)
	if c.Type != nil {
		w.p(" ", Type(c.Type))
	}
	w.when(c.NotNull, " NOT NULL")
	w.one(" DEFAULT ", c.Default)
	if c.Generated != nil {
		w.one(" GENERATED ALWAYS AS (", c.Generated)
		w.p(")")
	}
	if id := c.Identity; id != nil {
		w.p(" GENERATED ")
		w.when(id.Always, "ALWAYS")
		w.when(!id.Always, "BY DEFAULT")
		w.f(" AS IDENTITY (START WITH %d INCREMENT BY %d)", id.Start, id.Step)
	}
	w.str(" COMMENT ", c.Comment)
	w.place(c.Place)
	for _, k := range c.Keys {
		w.p(" ")
		w.constraint(k)
	}
}

func (w *writer) place(p *ast.ColumnPlace) {
	switch {
	case p == nil:
	case p.First:
		w.p(" FIRST")
	default:
		w.p(" AFTER ")
		w.ident(p.After)
	}
}

func (w *writer) constraint(c ast.Constraint) {
	if c.Name.Present() {
		w.p("CONSTRAINT ")
		w.ident(c.Name)
		w.p(" ")
	}
	w.p(string(c.Kind))
	if c.Check != nil || len(c.Columns) > 0 { // a key at a column names none
		w.p(" (")
		if c.Check != nil {
			w.expr(c.Check, levelLambda)
		}
		list(w, c.Columns, w.ident)
		w.p(")")
	}
	w.in(" REFERENCES ", c.References)
	paren(w, " ", c.RefColumns, w.ident)
	w.when(c.Rely, " RELY")
}

// usingText writes the name of a format, which may have points.
func usingText(using string) string {
	parts := strings.Split(using, ".")
	for i, p := range parts {
		parts[i] = identText(p)
	}
	return strings.Join(parts, ".")
}

func (w *writer) spec(t *ast.TableSpec) {
	w.when(t.Using != "", " USING "+usingText(t.Using))
	paren(w, " OPTIONS ", t.Options, w.property)
	paren(w, " PARTITIONED BY ", t.PartitionBy, func(f ast.PartitionField) {
		switch {
		case f.Transform != nil:
			w.call(f.Transform)
		case f.Column != nil:
			w.column(*f.Column)
		default:
			w.name(f.Name)
		}
	})
	paren(w, " CLUSTER BY ", t.ClusterBy, w.name)
	if b := t.Buckets; b != nil {
		paren(w, " CLUSTERED BY ", b.Columns, w.ident)
		paren(w, " SORTED BY ", b.SortBy, w.sortItem)
		w.f(" INTO %d BUCKETS", b.Count)
	}
	w.when(t.RowFormat != "", " ROW FORMAT "+t.RowFormat)
	w.when(t.StoredAs != "", " STORED AS "+t.StoredAs)
	w.str(" LOCATION ", t.Location)
	w.str(" COMMENT ", t.Comment)
	paren(w, " TBLPROPERTIES ", t.Properties, w.property)
}
