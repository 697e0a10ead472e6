package format

import (
	"fmt"

	"github.com/argan-sql/argan/sql/ast"
)

func (w *writer) stream(s *ast.Stream) {
	w.p("STREAM ")
	w.relation(s.Source)
	paren(w, " WITH ", s.Options, w.property)
	if m := s.Watermark; m != nil {
		w.one(" WATERMARK ", m.Time)
		if m.Name.Present() {
			w.p(" AS ")
			w.ident(m.Name)
		}
		w.p(" DELAY OF ")
		w.expr(m.Delay, levelCompare)
	}
	w.alias(s.Alias)
}

func (w *writer) kept(s ast.Statement) bool {
	switch s := s.(type) {
	case *ast.CreateStreamingTable:
		w.p("CREATE ")
		w.when(s.OrRefresh, "OR REFRESH ")
		w.p("STREAMING TABLE ")
		w.keptQuery(&s.KeptQuery)
		if s.Changes != nil {
			w.p(" FLOW AUTO CDC")
			w.changes(s.Changes)
		}
	case *ast.CreateMaterializedView:
		w.p("CREATE ")
		w.when(s.OrReplace, "OR REPLACE ")
		w.p("MATERIALIZED VIEW ")
		w.keptQuery(&s.KeptQuery)
	case *ast.CreateFlow:
		w.createFlow(s)
	case *ast.DropFlow:
		w.p("DROP FLOW ")
		w.when(s.IfExists, "IF EXISTS ")
		w.name(s.Flow)
	case *ast.DropKept:
		w.p("DROP ", string(s.Kind), " ")
		w.when(s.IfExists, "IF EXISTS ")
		w.name(s.Table)
	case *ast.RefreshKept:
		w.p("REFRESH ")
		w.when(s.Kind == "", "TABLE ")
		w.when(s.Kind != "", string(s.Kind)+" ")
		w.name(s.Table)
		w.when(s.Full, " FULL")
		w.when(s.Mode != "", " "+s.Mode)
	case *ast.AlterKept:
		w.p("ALTER ", string(s.Kind), " ")
		w.name(s.Table)
		w.p(" ")
		w.keptAction(s.Action)
	case *ast.ShowStreams:
		w.showList("STREAMS", s.In, s.Like)
	case *ast.DescribeStream:
		w.p("DESCRIBE STREAM ")
		w.name(s.Table)
	default:
		return false
	}
	return true
}

func (w *writer) keptQuery(k *ast.KeptQuery) {
	w.when(k.IfNotExists, "IF NOT EXISTS ")
	w.name(k.Table)
	if len(k.Columns)+len(k.Constraints)+len(k.Expectations) > 0 {
		w.p(" (")
		list(w, k.Columns, w.column)
		w.when(len(k.Columns) > 0 && len(k.Constraints)+len(k.Expectations) > 0, ", ")
		list(w, k.Constraints, w.constraint)
		w.when(len(k.Constraints) > 0 && len(k.Expectations) > 0, ", ")
		list(w, k.Expectations, w.expectation)
		w.p(")")
	}
	w.spec(&k.TableSpec)
	if k.Schedule != nil {
		w.p(" ")
		w.schedule(*k.Schedule)
	}
	if k.Query != nil {
		w.p(" AS ")
		w.query(k.Query)
	}
}

func (w *writer) expectation(e ast.Expectation) {
	w.p("CONSTRAINT ")
	w.ident(e.Name)
	w.p(" EXPECT (")
	w.expr(e.Condition, levelLambda)
	w.p(")")
	w.when(e.OnViolation != ast.KeepRow, " ON VIOLATION "+string(e.OnViolation))
}

func (w *writer) schedule(s ast.Schedule) {
	if s.Every > 0 {
		w.f("SCHEDULE EVERY %d %s", s.Every, s.Unit)
		return
	}
	w.p("SCHEDULE CRON ", String(s.Cron))
	w.str(" AT TIME ZONE ", s.Zone)
}

func (w *writer) createFlow(s *ast.CreateFlow) {
	if !s.Flow.Present() {
		w.p("APPLY CHANGES INTO ")
		w.name(s.Target)
		w.changes(s.Changes)
		return
	}
	w.p("CREATE FLOW ")
	w.when(s.IfNotExists, "IF NOT EXISTS ")
	w.name(s.Flow)
	w.str(" COMMENT ", s.Comment)
	if s.Changes != nil {
		w.p(" AS AUTO CDC INTO ")
		w.name(s.Target)
		w.changes(s.Changes)
		return
	}
	w.p(" AS INSERT INTO ")
	w.when(s.Once, "ONCE ")
	w.name(s.Target)
	w.p(" BY NAME ")
	w.query(s.Query)
}

func (w *writer) changes(c *ast.ChangeFlow) {
	w.p(" FROM ")
	w.relation(c.Source)
	paren(w, " KEYS ", c.Keys, w.name)
	w.when(c.IgnoreNullUpdates, " IGNORE NULL UPDATES")
	w.one(" APPLY AS DELETE WHEN ", c.DeleteWhen)
	w.one(" APPLY AS TRUNCATE WHEN ", c.TruncateWhen)
	w.one(" SEQUENCE BY ", c.SequenceBy)
	w.columnChoice(" COLUMNS ", c.Columns, c.Except)
	if c.Type != 0 {
		w.f(" STORED AS SCD TYPE %d", c.Type)
	}
	w.columnChoice(" TRACK HISTORY ON ", c.Track, c.TrackExcept)
}

func (w *writer) columnChoice(before string, columns, except []ast.Name) {
	paren(w, before, columns, w.name)
	paren(w, before+"* EXCEPT ", except, w.name)
}

func (w *writer) keptAction(a ast.KeptAction) {
	switch a := a.(type) {
	case *ast.PauseStream:
		w.p("PAUSE")
	case *ast.ResumeStream:
		w.p("RESUME")
	case *ast.SetOffsets:
		w.p("SET OFFSETS ", String(a.Offsets))
	case *ast.SetSchedule:
		w.when(a.Add, "ADD ")
		w.when(!a.Add, "ALTER ")
		w.schedule(a.Schedule)
	case *ast.DropSchedule:
		w.p("DROP SCHEDULE")
	case *ast.ReplayQuarantine:
		w.p("REPLAY QUARANTINE")
		w.one(" WHERE ", a.Where)
	default:
		panic(fmt.Sprintf("format: no way to print %T", a))
	}
}
