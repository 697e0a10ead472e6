package format

import (
	"regexp"

	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/types"
)

func (w *writer) session(s ast.Statement) bool {
	switch s := s.(type) {
	case *ast.Explain:
		w.p("EXPLAIN ")
		w.when(s.Mode != "", string(s.Mode)+" ")
		w.statement(s.Statement)
	case *ast.Use:
		w.p("USE ")
		w.when(s.Catalog, "CATALOG ")
		w.name(s.Name)
	case *ast.Set:
		w.set(s)
	case *ast.SetTimeZone:
		w.p("SET TIME ZONE ")
		switch {
		case s.Local:
			w.p("LOCAL")
		case s.Interval != nil:
			w.interval(s.Interval)
		default:
			w.p(String(s.Zone))
		}
	case *ast.SetVariable:
		w.p("SET VARIABLE ")
		if s.Query == nil {
			list(w, s.Set, w.assignment)
			return true
		}
		paren(w, "", s.Names, w.name)
		w.p(" = (")
		w.query(s.Query)
		w.p(")")
	case *ast.Kill:
		w.p("KILL ")
		if s.Session {
			w.p("SESSION ")
		} else {
			w.p("QUERY ")
		}
		w.p(String(s.ID))
	case *ast.Reset:
		w.p("RESET")
		w.when(s.Key != "", " "+settingText(s.Key))
	default:
		return false
	}
	return true
}

var plainSetting = regexp.MustCompile(`^[a-zA-Z_\d\\.:]+$`)

func settingText(key string) string {
	if plainSetting.MatchString(key) {
		return key
	}
	return types.Quote(key)
}

func (w *writer) set(s *ast.Set) {
	w.p("SET")
	w.when(s.Verbose, " -v")
	if s.Key == "" {
		return
	}
	w.p(" ", settingText(s.Key))
	if s.Value == nil {
		return
	}
	w.p(" = ")
	if plainSetting.MatchString(*s.Value) || *s.Value == "" {
		w.p(*s.Value)
	} else {
		w.p(types.Quote(*s.Value))
	}
}
