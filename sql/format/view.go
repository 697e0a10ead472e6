package format

import "github.com/argan-sql/argan/sql/ast"

func (w *writer) views(s ast.Statement) bool {
	switch s := s.(type) {
	case *ast.CreateView:
		w.createWords(s.OrReplace, s.Global, s.Temporary)
		w.p("VIEW ")
		w.when(s.IfNotExists, "IF NOT EXISTS ")
		w.name(s.View)
		paren(w, " ", s.Columns, func(c ast.ViewColumn) {
			w.ident(c.Name)
			w.str(" COMMENT ", c.Comment)
		})
		w.str(" COMMENT ", s.Comment)
		paren(w, " TBLPROPERTIES ", s.Properties, w.property)
		w.p(" AS ")
		w.query(s.Query)
	case *ast.CreateViewUsing:
		w.createWords(s.OrReplace, s.Global, true)
		w.p("VIEW ")
		w.name(s.View)
		paren(w, " ", s.Columns, w.column)
		w.p(" USING ", usingText(s.Using))
		paren(w, " OPTIONS ", s.Options, w.property)
	case *ast.AlterView:
		w.p("ALTER VIEW ")
		w.name(s.View)
		w.p(" AS ")
		w.query(s.Query)
	case *ast.DropView:
		w.p("DROP VIEW ")
		w.when(s.IfExists, "IF EXISTS ")
		w.name(s.View)
	default:
		return false
	}
	return true
}

func (w *writer) createWords(orReplace, global, temporary bool) {
	w.p("CREATE ")
	w.when(orReplace, "OR REPLACE ")
	w.when(global, "GLOBAL ")
	w.when(temporary, "TEMPORARY ")
}
