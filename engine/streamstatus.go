package engine

import (
	"context"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/argan-sql/argan/catalog/delta"
	"github.com/argan-sql/argan/catalog/metastore"
	"github.com/argan-sql/argan/catalog/relation"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/stream"
	"github.com/argan-sql/argan/types"
)

func init() {
	handle(showStreams)
	handle(describeStream)
	systemTables["streams"] = &systemTable{comment: "Flows that keep tables up to date, as SHOW STREAMS has them", columns: streamColumns, rows: func(ctx context.Context, s *Session) ([][]any, error) {
		all, err := s.engine.streamStates(ctx, s, "", nil)
		return streamRows(all), err
	}}
	systemTables["stream_progress"] = &systemTable{
		comment: "How far each flow has read each of its sources",
		columns: []types.Field{
			documented("database", types.StringType, "Database of the table"),
			documented("table", types.StringType, "Table the flow writes"),
			documented("flow", types.StringType, "Name of the flow; the table's for its own query"),
			documented("source", types.StringType, "Name of the source"),
			documented("position", types.StringType, "Where the next batch begins, as the table's log has it"),
			documented("lag", types.LongType, "Messages (of a table: versions) that are there and not read yet; NULL where this process does not read the source"),
			documented("batch", types.LongType, "Number of the last batch"),
			documented("committed_at", types.TimestampType, "When it was committed"),
			documented("rows", types.LongType, "Rows written since the flow began"),
			documented("quarantined", types.LongType, "Messages put aside since the flow began"),
		},
		rows: streamProgress,
	}
	systemTables["expectations"] = &systemTable{
		comment: "How the rows of flows and materialized views met their expectations",
		columns: []types.Field{
			documented("database", types.StringType, "Database of the table"),
			documented("table", types.StringType, "The table"),
			documented("flow", types.StringType, "The flow that wrote the rows"),
			documented("expectation", types.StringType, "Name of the expectation"),
			documented("condition", types.StringType, "What is expected"),
			documented("on_violation", types.StringType, "KEEP ROW, DROP ROW or FAIL UPDATE"),
			documented("passed", types.LongType, "Rows that met it, since the flow began; of a materialized view at its last refresh"),
			documented("failed", types.LongType, "Rows that did not"),
			documented("counted_at", types.TimestampType, "When a batch last changed the counts"),
		},
		rows: expectationRows,
	}
	systemTables["schedule_runs"] = &systemTable{
		comment: "Refreshes by schedule and by hand, newest first",
		columns: []types.Field{
			documented("database", types.StringType, "Database of the table"),
			documented("table", types.StringType, "The table"),
			documented("due_at", types.TimestampType, "When the schedule wanted it; NULL for a refresh by hand"),
			documented("started_at", types.TimestampType, "When it began"),
			documented("ended_at", types.TimestampType, "When it ended; NULL while it runs"),
			documented("state", types.StringType, "RUNNING, SUCCEEDED, FAILED or CANCELED"),
			documented("rows", types.LongType, "Rows it wrote"),
			documented("missed", types.LongType, "Due times before this one that passed while nothing ran: they are run once"),
			documented("error", types.StringType, "Why it failed"),
		},
		rows: func(ctx context.Context, s *Session) ([][]any, error) {
			runs, err := s.engine.meta.Runs(ctx, "")
			if err != nil {
				return nil, err
			}
			seen, err := s.engine.visibleFlows(ctx, s)
			if err != nil {
				return nil, err
			}
			var out [][]any
			for _, r := range runs {
				if seen[r.Flow] == nil {
					continue
				}
				out = append(out, []any{r.Database, r.Table, instant(r.Due), instant(r.Started), instant(r.Ended), r.State, r.Rows, r.Missed, emptyAsNull(r.Error)})
			}
			return out, nil
		},
	}
}

// streamState is a flow with how it is.
type streamState struct {
	flow     *metastore.Flow
	status   stream.Status
	progress stream.Progress
	version  int64
	lag      map[string]int64
	due      time.Time
	snapshot *delta.Snapshot
}

// visibleFlows are the flows that a session may see, by id: one's own, those of tables that one has a right on, all for an
// administrator.
func (e *Engine) visibleFlows(ctx context.Context, s *Session) (map[string]*metastore.Flow, error) {
	flows, err := e.meta.Flows(ctx)
	if err != nil {
		return nil, err
	}
	out := map[string]*metastore.Flow{}
	for _, f := range flows {
		if who := s.Identity(); who == nil || who.Administrator || strings.EqualFold(who.User, f.Owner) || e.AccessControlled() && s.sees(ctx, f.Database, f.Table) {
			out[f.ID] = f
		}
	}
	return out, nil
}

// lagPatience bounds how long a broker is asked for its ends while somebody looks.
const lagPatience = 2 * time.Second

// streamStates are the flows of a database ("" for all) with how they are.
func (e *Engine) streamStates(ctx context.Context, s *Session, database string, matches func(string) bool) ([]*streamState, error) {
	flows, err := e.visibleFlows(ctx, s)
	if err != nil {
		return nil, err
	}
	var out []*streamState
	for _, f := range flows {
		if database != "" && !strings.EqualFold(f.Database, database) || matches != nil && !matches(f.Table) {
			continue
		}
		out = append(out, &streamState{flow: f, version: -1})
	}
	sort.Slice(out, func(i, j int) bool {
		a, b := out[i].flow, out[j].flow
		if a.Database != b.Database {
			return a.Database < b.Database
		}
		if a.Table != b.Table {
			return a.Table < b.Table
		}
		return a.Name < b.Name
	})
	ctx, cancel := context.WithTimeout(ctx, lagPatience)
	defer cancel()
	var wg sync.WaitGroup
	for _, st := range out {
		wg.Go(func() { e.look(ctx, st) })
	}
	wg.Wait()
	return out, nil
}

// look finds out how a flow is.
func (e *Engine) look(ctx context.Context, st *streamState) {
	f := st.flow
	if entry, err := e.meta.Table(ctx, f.Database, f.Table); err == nil && entry != nil {
		if t, err := e.open(ctx, entry); err == nil {
			if d, ok := t.(*relation.DeltaTable); ok {
				if s, err := d.Delta().Snapshot(ctx, delta.At{}); err == nil {
					st.snapshot, st.version = s, s.Version
					st.progress, _ = progressOf(s, f.ID) // what cannot be read shows when the flow runs
				}
			}
		}
	}
	st.status = stream.Status{State: stream.Standby, Since: f.Created, Version: -1}
	if e.streams != nil {
		if s, ok := e.streams.Status(f.ID); ok {
			st.status = s
		}
		if r := e.streams.Runner(f.ID); r != nil {
			st.lag = r.Lag(ctx)
		}
		st.due = e.streams.Due(f.ID)
	}
	switch {
	case f.Paused:
		st.status.State = stream.Paused
	case st.status.State == stream.Standby && (f.Schedule != nil || f.Kind == metastore.ViewFlow):
		st.status.State = stream.Waiting
	}
}

// total is the lag of all sources together, nil where it is not known.
func (st *streamState) total() any {
	if st.lag == nil {
		return nil
	}
	sum := int64(0)
	for _, n := range st.lag {
		if n < 0 {
			return nil
		}
		sum += n
	}
	return sum
}

var streamColumns = []types.Field{
	documented("database", types.StringType, "Database of the table"),
	documented("table", types.StringType, "Table the flow writes"),
	documented("flow", types.StringType, "Name of the flow; the table's for its own query"),
	documented("kind", types.StringType, "STREAM or VIEW"),
	documented("state", types.StringType, "STARTING, RUNNING, IDLE, RETRYING, FAILED, PAUSED, SCHEDULED, or STANDBY where this process does not run it"),
	documented("since", types.TimestampType, "Since when"),
	documented("error", types.StringType, "What is wrong"),
	documented("next_try", types.TimestampType, "When it goes on after an error"),
	documented("next_run", types.TimestampType, "When the schedule runs it next"),
	documented("batch", types.LongType, "Number of the last batch"),
	documented("rows", types.LongType, "Rows written since the flow began"),
	documented("rows_per_second", types.DoubleType, "Rows read, over the last ten seconds"),
	documented("lag", types.LongType, "Messages (of a table: versions) that are there and not read yet"),
	documented("last_commit", types.TimestampType, "When rows were last committed"),
	documented("batch_ms", types.DoubleType, "How long the last batch took"),
	documented("commit_ms", types.DoubleType, "How long its commit took"),
	documented("quarantined", types.LongType, "Messages put aside since the flow began"),
}

func streamRows(all []*streamState) [][]any {
	var out [][]any
	for _, st := range all {
		f, s := st.flow, st.status
		var problem, next any
		if s.Err != nil {
			e := sqlerr.From(s.Err)
			problem = "[" + e.Class + "] " + e.Message
		}
		if s.State == stream.Retrying {
			next = instant(s.NextTry)
		}
		out = append(out, []any{
			f.Database, f.Table, f.Name, string(f.Kind), string(s.State), instant(s.Since), problem, next, instant(st.due), st.progress.Batch, st.progress.Rows, s.InPerSecond, st.total(),
			millis(st.progress.At), milliseconds(s.LastTook), milliseconds(s.LastPut), st.progress.Quarantined,
		})
	}
	return out
}

// millis is a time in milliseconds as a timestamp's value, nil for 0.
func millis(at int64) any {
	if at == 0 {
		return nil
	}
	return at * 1000
}

func showStreams(p *planner, ctx context.Context, t *ast.ShowStreams) (*plan, error) {
	database := ""
	if t.In.Present() {
		var err error
		if database, err = p.databaseOr(ctx, t.In); err != nil {
			return nil, err
		}
	}
	return table("SHOW STREAMS", func(ctx context.Context) ([][]any, error) {
		all, err := p.engine.streamStates(ctx, p.session, database, like(t.Like))
		return streamRows(all), err
	}, streamColumns...), nil
}

// describeStream is DESCRIBE STREAM: all that is known of the flows of a table, a line each.
func describeStream(p *planner, ctx context.Context, t *ast.DescribeStream) (*plan, error) {
	f, err := p.tableOnly(ctx, t.Table, "DESCRIBE STREAM")
	if err != nil {
		return nil, err
	}
	if _, _, err := p.engine.keptTable(ctx, f.entry, ""); err != nil {
		return nil, at(err, t.Table)
	}
	return table("DESCRIBE STREAM", func(ctx context.Context) ([][]any, error) {
		all, err := p.engine.streamStates(ctx, p.session, f.entry.Database, func(name string) bool { return strings.EqualFold(name, f.entry.Name) })
		if err != nil {
			return nil, err
		}
		var out [][]any
		for _, st := range all {
			out = append(out, st.lines()...)
		}
		return out, nil
	}, column("flow", types.StringType), column("property", types.StringType), column("value", types.StringType)), nil
}

func (st *streamState) lines() [][]any {
	var out [][]any
	f, s := st.flow, st.status
	say := func(key, value string) { out = append(out, []any{f.Name, key, value}) }
	clock := func(key string, at time.Time) {
		if !at.IsZero() {
			say(key, at.UTC().Format("2006-01-02 15:04:05.000"))
		}
	}
	say("id", f.ID)
	say("kind", string(f.Kind))
	say("state", string(s.State))
	clock("since", s.Since)
	if s.Err != nil {
		say("error", withoutSecretsOf(f.Text, sqlerr.From(s.Err).Error()))
	}
	say("owner", f.Owner)
	say("query", redacted(f.Text))
	if f.Schedule != nil {
		say("schedule", scheduleText(f.Schedule))
		clock("next run", st.due)
	}
	say("batch", itoa(st.progress.Batch))
	say("rows", itoa(st.progress.Rows))
	say("quarantined", itoa(st.progress.Quarantined))
	if st.progress.At > 0 {
		clock("last commit", time.UnixMilli(st.progress.At))
	}
	for _, name := range sortedKeys(st.progress.Sources) {
		say("position of "+name, string(st.progress.Sources[name]))
		if n, ok := st.lag[name]; ok && n >= 0 {
			say("lag of "+name, itoa(n))
		}
	}
	if st.snapshot != nil {
		if q := st.snapshot.Metadata.Configuration[propertyQuarantine]; q != "" {
			say("quarantine", q)
		} else if f.Kind == metastore.StreamFlow {
			say("quarantine", f.Table+"_quarantine")
		}
	}
	return out
}

func scheduleText(s *metastore.Schedule) string {
	if s.Every > 0 {
		return "EVERY " + s.Every.String()
	}
	if s.Zone == "" {
		return "CRON '" + s.Cron + "'"
	}
	return "CRON '" + s.Cron + "' AT TIME ZONE '" + s.Zone + "'"
}

func streamProgress(ctx context.Context, s *Session) ([][]any, error) {
	all, err := s.engine.streamStates(ctx, s, "", nil)
	if err != nil {
		return nil, err
	}
	var out [][]any
	for _, st := range all {
		for _, name := range sortedKeys(st.progress.Sources) {
			var lag any
			if n, ok := st.lag[name]; ok && n >= 0 {
				lag = n
			}
			out = append(out, []any{
				st.flow.Database, st.flow.Table, st.flow.Name, name, string(st.progress.Sources[name]), lag, st.progress.Batch, millis(st.progress.At), st.progress.Rows, st.progress.Quarantined,
			})
		}
	}
	return out, nil
}

func expectationRows(ctx context.Context, s *Session) ([][]any, error) {
	all, err := s.engine.streamStates(ctx, s, "", nil)
	if err != nil {
		return nil, err
	}
	var out [][]any
	for _, st := range all {
		if st.snapshot == nil {
			continue
		}
		names, kept, err := expectationsOf(st.snapshot.Metadata.Configuration)
		if err != nil {
			return nil, err
		}
		for _, n := range names {
			does := string(kept[n].OnViolation)
			if does == "" {
				does = "KEEP ROW"
			}
			t := st.progress.Expectations[n]
			out = append(out, []any{st.flow.Database, st.flow.Table, st.flow.Name, n, kept[n].Condition, does, t.Passed, t.Failed, millis(st.progress.At)})
		}
	}
	return out, nil
}
