package format

import (
	"fmt"

	"github.com/argan-sql/argan/sql/ast"
)

func (w *writer) action(a ast.AlterAction) {
	switch a := a.(type) {
	case *ast.RenameTable:
		w.p("RENAME TO ")
		w.name(a.To)
	case *ast.AddColumns:
		paren(w, "ADD COLUMNS ", a.Columns, w.column)
	case *ast.DropColumns:
		w.p("DROP COLUMNS ")
		w.when(a.IfExists, "IF EXISTS ")
		paren(w, "", a.Columns, w.name)
	case *ast.RenameColumn:
		w.p("RENAME COLUMN ")
		w.name(a.From)
		w.p(" TO ")
		w.ident(a.To)
	case *ast.ReplaceColumns:
		paren(w, "REPLACE COLUMNS ", a.Columns, w.column)
	case *ast.AlterColumn:
		w.alterColumn(a)
	case *ast.SetProperties:
		paren(w, "SET TBLPROPERTIES ", a.Properties, w.property)
	case *ast.UnsetProperties:
		w.p("UNSET TBLPROPERTIES ")
		w.when(a.IfExists, "IF EXISTS ")
		paren(w, "", a.Keys, func(k string) { w.p(String(k)) })
	case *ast.AddConstraint:
		w.p("ADD ")
		w.constraint(a.Constraint)
	case *ast.DropConstraint:
		w.p("DROP ")
		if a.Kind == "" {
			w.p("CONSTRAINT ")
			w.when(a.IfExists, "IF EXISTS ")
			w.ident(a.Name)
		} else {
			w.p(string(a.Kind))
			w.when(a.IfExists, " IF EXISTS")
			paren(w, " ", a.Columns, w.ident)
		}
		w.when(a.Cascade, " CASCADE")
	case *ast.AlterClusterBy:
		w.p("CLUSTER BY ")
		w.when(len(a.Columns) == 0, "NONE")
		paren(w, "", a.Columns, w.name)
	case *ast.DropFeature:
		w.p("DROP FEATURE ", String(a.Feature))
		w.when(a.TruncateHistory, " TRUNCATE HISTORY")
	default:
		w.partitionAction(a)
	}
}

func (w *writer) partitionAction(a ast.AlterAction) {
	switch a := a.(type) {
	case *ast.SetLocation:
		if len(a.Partition) > 0 {
			w.partition(a.Partition)
			w.p(" ")
		}
		w.p("SET LOCATION ", String(a.Location))
	case *ast.AddPartitions:
		w.p("ADD")
		w.when(a.IfNotExists, " IF NOT EXISTS")
		for _, p := range a.Partitions {
			w.partition(p.Partition)
			w.str(" LOCATION ", p.Location)
		}
	case *ast.DropPartitions:
		w.p("DROP")
		w.when(a.IfExists, " IF EXISTS")
		list(w, a.Partitions, w.partition)
		w.when(a.Purge, " PURGE")
	case *ast.RenamePartition:
		w.partition(a.From)
		w.p(" RENAME TO")
		w.partition(a.To)
	case *ast.RecoverPartitions:
		w.p("RECOVER PARTITIONS")
	case *ast.SetSerde:
		if len(a.Partition) > 0 {
			w.partition(a.Partition)
			w.p(" ")
		}
		w.p("SET ")
		if a.Serde != nil {
			w.str("SERDE ", a.Serde)
			w.when(len(a.Properties) > 0, " WITH ")
		}
		paren(w, "SERDEPROPERTIES ", a.Properties, w.property)
	default:
		panic(fmt.Sprintf("format: no way to print %T", a))
	}
}

func (w *writer) alterColumn(a *ast.AlterColumn) {
	if a.NewName.Present() {
		w.p("CHANGE COLUMN ")
		w.name(a.Column)
		w.p(" ")
		w.ident(a.NewName)
		w.p(" ", Type(a.Type))
		w.when(a.SetNotNull, " NOT NULL")
		w.str(" COMMENT ", a.Comment)
		w.place(a.Place)
		return
	}
	w.p("ALTER COLUMN ")
	w.name(a.Column)
	if a.Type != nil {
		w.p(" TYPE ", Type(a.Type))
	}
	w.when(a.SetNotNull, " SET NOT NULL")
	w.when(a.DropNotNull, " DROP NOT NULL")
	w.one(" SET DEFAULT ", a.Default)
	w.when(a.DropDefault, " DROP DEFAULT")
	w.when(a.Sync, " SYNC IDENTITY")
	w.str(" COMMENT ", a.Comment)
	w.place(a.Place)
}
