package format

import (
	"strconv"

	"github.com/argan-sql/argan/sql/ast"
)

func (w *writer) maintenance(s ast.Statement) bool {
	switch s := s.(type) {
	case *ast.Optimize:
		w.p("OPTIMIZE ")
		w.name(s.Table)
		w.when(s.Full, " FULL")
		w.one(" WHERE ", s.Where)
		paren(w, " ZORDER BY ", s.ZOrderBy, w.name)
	case *ast.Vacuum:
		w.p("VACUUM ")
		w.name(s.Table)
		w.when(s.Lite, " LITE")
		if s.RetainHours != nil {
			w.p(" RETAIN ", strconv.FormatFloat(*s.RetainHours, 'f', -1, 64), " HOURS")
		}
		w.when(s.DryRun, " DRY RUN")
	case *ast.Restore:
		w.p("RESTORE TABLE ")
		w.name(s.Table)
		w.p(" TO")
		w.timeTravel(s.To)
	case *ast.ConvertToDelta:
		w.p("CONVERT TO DELTA ")
		w.name(s.Table)
		w.when(s.NoStatistics, " NO STATISTICS")
		paren(w, " PARTITIONED BY ", s.PartitionBy, w.column)
	case *ast.Reorg:
		w.p("REORG TABLE ")
		w.name(s.Table)
		w.one(" WHERE ", s.Where)
		w.p(" APPLY (")
		w.when(s.Purge, "PURGE")
		paren(w, "UPGRADE UNIFORM ", s.Upgrade, w.property)
		w.p(")")
	case *ast.Generate:
		w.p("GENERATE ", identText(s.Mode), " FOR TABLE ")
		w.name(s.Table)
	case *ast.Analyze:
		w.p("ANALYZE TABLE ")
		w.name(s.Table)
		w.partition(s.Partition)
		w.p(" COMPUTE STATISTICS")
		w.when(s.NoScan, " NOSCAN")
		w.when(s.AllColumns, " FOR ALL COLUMNS")
		w.when(len(s.Columns) > 0, " FOR COLUMNS ")
		list(w, s.Columns, w.ident)
	case *ast.AnalyzeTables:
		w.p("ANALYZE TABLES")
		w.in(" IN ", s.Database)
		w.p(" COMPUTE STATISTICS")
		w.when(s.NoScan, " NOSCAN")
	case *ast.Repair:
		w.p("REPAIR TABLE ")
		w.name(s.Table)
		w.when(s.Mode != "", " "+string(s.Mode))
	default:
		return w.caches(s)
	}
	return true
}

func (w *writer) caches(s ast.Statement) bool {
	switch s := s.(type) {
	case *ast.Cache:
		w.p("CACHE ")
		w.when(s.Lazy, "LAZY ")
		w.p("TABLE ")
		w.name(s.Table)
		paren(w, " OPTIONS ", s.Options, w.property)
		if s.As != nil {
			w.p(" AS ")
			w.query(s.As)
		}
	case *ast.Uncache:
		w.p("UNCACHE TABLE ")
		w.when(s.IfExists, "IF EXISTS ")
		w.name(s.Table)
	case *ast.ClearCache:
		w.p("CLEAR CACHE")
	case *ast.Refresh:
		w.p("REFRESH ")
		if s.Kind == "" {
			w.p(String(s.Path))
		} else {
			w.p(string(s.Kind), " ")
			w.name(s.Name)
		}
	default:
		return false
	}
	return true
}
