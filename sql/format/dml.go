package format

import "github.com/argan-sql/argan/sql/ast"

func (w *writer) dml(s ast.Statement) bool {
	switch s := s.(type) {
	case *ast.Insert:
		w.insert(s)
	case *ast.InsertDirectory:
		w.with(s.With)
		w.p("INSERT OVERWRITE DIRECTORY ")
		w.when(s.Path != "", String(s.Path)+" ")
		w.p("USING ", usingText(s.Using))
		paren(w, " OPTIONS ", s.Options, w.property)
		w.p(" ")
		w.query(s.Query)
	case *ast.Update:
		w.with(s.With)
		w.p("UPDATE ")
		w.name(s.Table)
		w.alias(s.Alias)
		w.p(" SET ")
		list(w, s.Set, w.assignment)
		w.one(" WHERE ", s.Where)
	case *ast.Delete:
		w.with(s.With)
		w.p("DELETE FROM ")
		w.name(s.Table)
		w.alias(s.Alias)
		w.one(" WHERE ", s.Where)
	case *ast.Merge:
		w.merge(s)
	case *ast.CopyInto:
		w.copyInto(s)
	case *ast.Truncate:
		w.p("TRUNCATE TABLE ")
		w.name(s.Table)
		w.partition(s.Partition)
	default:
		return false
	}
	return true
}

func (w *writer) insert(s *ast.Insert) {
	w.with(s.With)
	w.p("INSERT ")
	w.when(s.SchemaEvolution, "WITH SCHEMA EVOLUTION ")
	w.when(s.Overwrite, "OVERWRITE TABLE ")
	w.when(!s.Overwrite, "INTO TABLE ")
	w.name(s.Table)
	w.partition(s.Partition)
	w.when(s.IfNotExists, " IF NOT EXISTS")
	w.when(s.ByName, " BY NAME")
	paren(w, " ", s.Columns, w.ident)
	w.one(" REPLACE WHERE ", s.ReplaceWhere)
	w.p(" ")
	w.query(s.Query)
}

func (w *writer) assignment(a ast.Assignment) {
	w.name(a.Column)
	w.p(" = ")
	w.expr(a.Value, levelLambda)
}

func (w *writer) merge(s *ast.Merge) {
	w.with(s.With)
	w.p("MERGE ")
	w.when(s.SchemaEvolution, "WITH SCHEMA EVOLUTION ")
	w.p("INTO ")
	w.name(s.Target)
	w.alias(s.Alias)
	w.p(" USING ")
	w.relation(s.Source)
	w.one(" ON ", s.On)
	for _, c := range s.Clauses {
		w.p(" WHEN ", string(c.Match))
		w.one(" AND ", c.Cond)
		w.p(" THEN ", string(c.Action))
		switch c.Action {
		case ast.MergeUpdate:
			w.p(" SET ")
			list(w, c.Set, w.assignment)
		case ast.MergeInsert:
			paren(w, " ", c.Columns, w.name)
			paren(w, " VALUES ", c.Values, func(e ast.Expr) { w.expr(e, levelLambda) })
		}
	}
}

func (w *writer) copyInto(s *ast.CopyInto) {
	w.p("COPY INTO ")
	w.name(s.Target)
	paren(w, " ", s.Columns, w.ident)
	w.p(" FROM ")
	if s.Query != nil {
		w.p("(")
		w.query(s.Query)
		w.p(")")
	} else {
		w.p(String(s.Path))
	}
	w.p(" FILEFORMAT = ", s.Format)
	w.when(s.Validate, " VALIDATE")
	paren(w, " FILES = ", s.Files, func(f string) { w.p(String(f)) })
	w.when(s.Pattern != "", " PATTERN = "+String(s.Pattern))
	paren(w, " FORMAT_OPTIONS ", s.FormatOptions, w.property)
	paren(w, " COPY_OPTIONS ", s.CopyOptions, w.property)
}
