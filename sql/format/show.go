package format

import "github.com/argan-sql/argan/sql/ast"

func (w *writer) describe(s ast.Statement) bool {
	switch s := s.(type) {
	case *ast.DescribeTable:
		w.p("DESCRIBE TABLE ")
		w.when(s.Extended, "EXTENDED ")
		w.name(s.Table)
		w.partition(s.Partition)
		w.in(" ", s.Column)
		w.when(s.AsJSON, " AS JSON")
	case *ast.DescribeQuery:
		w.p("DESCRIBE QUERY ")
		w.query(s.Query)
	case *ast.DescribeDatabase:
		w.p("DESCRIBE DATABASE ")
		w.when(s.Extended, "EXTENDED ")
		w.name(s.Database)
	case *ast.DescribeFunction:
		w.p("DESCRIBE FUNCTION ")
		w.when(s.Extended, "EXTENDED ")
		w.name(s.Function)
	case *ast.DescribeHistory:
		w.p("DESCRIBE HISTORY ")
		w.name(s.Table)
		w.one(" LIMIT ", s.Limit)
	case *ast.DescribeDetail:
		w.p("DESCRIBE DETAIL ")
		w.name(s.Table)
	default:
		return false
	}
	return true
}

func (w *writer) show(s ast.Statement) bool {
	switch s := s.(type) {
	case *ast.ShowDatabases:
		w.showList("DATABASES", s.In, s.Like)
	case *ast.ShowTables:
		w.showList("TABLES", s.In, s.Like)
	case *ast.ShowViews:
		w.showList("VIEWS", s.In, s.Like)
	case *ast.ShowCatalogs:
		w.showList("CATALOGS", ast.Name{}, s.Like)
	case *ast.ShowTableExtended:
		w.showList("TABLE EXTENDED", s.In, &s.Like)
		w.partition(s.Partition)
	case *ast.ShowColumns:
		w.p("SHOW COLUMNS")
		w.in(" IN ", s.Table)
		w.in(" IN ", s.In)
	case *ast.ShowCreateTable:
		w.in("SHOW CREATE TABLE ", s.Table)
		w.when(s.AsSerde, " AS SERDE")
	case *ast.ShowPartitions:
		w.in("SHOW PARTITIONS ", s.Table)
		w.partition(s.Partition)
	case *ast.ShowProperties:
		w.in("SHOW TBLPROPERTIES ", s.Table)
		if s.Key != nil {
			w.p(" (", String(*s.Key), ")")
		}
	case *ast.ShowFunctions:
		w.p("SHOW ")
		w.when(s.Scope != "", s.Scope+" ")
		w.p("FUNCTIONS")
		w.in(" IN ", s.In)
		w.str(" LIKE ", s.Like)
		w.in(" LIKE ", s.Name)
	case *ast.ShowCurrent:
		w.p("SHOW CURRENT NAMESPACE")
	default:
		return false
	}
	return true
}

func (w *writer) showList(what string, in ast.Name, like *string) {
	w.p("SHOW ", what)
	w.in(" IN ", in)
	w.str(" LIKE ", like)
}
