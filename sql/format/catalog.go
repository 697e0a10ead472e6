package format

import "github.com/argan-sql/argan/sql/ast"

// catalog writes statements about databases and functions.
func (w *writer) catalog(s ast.Statement) bool {
	switch s := s.(type) {
	case *ast.CreateDatabase:
		w.p("CREATE DATABASE ")
		w.when(s.IfNotExists, "IF NOT EXISTS ")
		w.name(s.Database)
		w.str(" COMMENT ", s.Comment)
		w.str(" LOCATION ", s.Location)
		paren(w, " WITH DBPROPERTIES ", s.Properties, w.property)
	case *ast.AlterDatabase:
		w.p("ALTER DATABASE ")
		w.name(s.Database)
		w.str(" SET LOCATION ", s.Location)
		if s.Unset {
			w.p(" UNSET DBPROPERTIES ")
			w.when(s.IfExists, "IF EXISTS ")
		} else if len(s.Properties) > 0 {
			w.p(" SET DBPROPERTIES ")
		}
		paren(w, "", s.Properties, w.property)
	case *ast.DropDatabase:
		w.p("DROP DATABASE ")
		w.when(s.IfExists, "IF EXISTS ")
		w.name(s.Database)
		w.when(s.Cascade, " CASCADE")
	case *ast.CreateFunction:
		w.createFunction(s)
	case *ast.DropFunction:
		w.p("DROP ")
		w.when(s.Temporary, "TEMPORARY ")
		w.p("FUNCTION ")
		w.when(s.IfExists, "IF EXISTS ")
		w.name(s.Function)
	case *ast.DeclareVariable:
		w.p("DECLARE ")
		w.when(s.OrReplace, "OR REPLACE ")
		w.p("VARIABLE ")
		w.name(s.Name)
		if s.Type != nil {
			w.p(" ", Type(s.Type))
		}
		w.one(" DEFAULT ", s.Default)
	case *ast.DropVariable:
		w.p("DROP TEMPORARY VARIABLE ")
		w.when(s.IfExists, "IF EXISTS ")
		w.name(s.Name)
	case *ast.CommentOn:
		w.p("COMMENT ON ", string(s.Kind), " ")
		w.name(s.Name)
		w.when(s.Comment == nil, " IS NULL")
		w.str(" IS ", s.Comment)
	default:
		return false
	}
	return true
}

func (w *writer) createFunction(s *ast.CreateFunction) {
	w.createWords(s.OrReplace, false, s.Temporary)
	w.p("FUNCTION ")
	w.when(s.IfNotExists, "IF NOT EXISTS ")
	w.name(s.Function)
	if s.Body == nil && s.Query == nil {
		w.p(" AS ", String(s.Class))
		w.when(len(s.Resources) > 0, " USING ")
		list(w, s.Resources, func(r ast.Property) { w.p(identText(r.Key), " ", String(r.Value)) })
		return
	}
	w.p("(")
	list(w, s.Params, func(a ast.FunctionParam) {
		w.ident(a.Name)
		w.p(" ", Type(a.Type))
		w.one(" DEFAULT ", a.Default)
		w.str(" COMMENT ", a.Comment)
	})
	w.p(")")
	if s.Returns != nil {
		w.p(" RETURNS ", Type(s.Returns))
	}
	paren(w, " RETURNS TABLE ", s.ReturnsTable, w.column)
	w.str(" COMMENT ", s.Comment)
	w.p(" RETURN ")
	if s.Query != nil {
		w.query(s.Query)
	} else {
		w.expr(s.Body, levelLambda)
	}
}
