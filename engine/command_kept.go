package engine

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/argan-sql/argan/catalog/delta"
	"github.com/argan-sql/argan/catalog/metastore"
	"github.com/argan-sql/argan/catalog/relation"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/stream"
)

func init() {
	handle(refreshKept)
	handle(alterKept)
}

// operationRefresh is how a refresh calls its commit.
const operationRefresh = "REFRESH"

// kindOf tells a streaming table or a materialized view from other tables; "" for those.
func kindOf(m *delta.Metadata) ast.KeptKind { return ast.KeptKind(m.Configuration[propertyKind]) }

// keptTable is the Delta table of a streaming table or materialized view; another thing of this name is refused. kind "" takes
// either.
func (e *Engine) keptTable(ctx context.Context, entry *metastore.Table, kind ast.KeptKind) (*delta.Table, *delta.Snapshot, error) {
	what := string(kind)
	if kind == "" {
		what = "STREAMING TABLE or MATERIALIZED VIEW"
	}
	wrong := func(name string) error {
		return sqlerr.New("NOT_KEPT_UP_TO_DATE", "name", name, "kind", what)
	}
	if entry == nil {
		return nil, nil, wrong("The table")
	}
	name := quoted(catalogName, entry.Database, entry.Name)
	if entry.Kind == metastore.View || entry.Provider != "delta" {
		return nil, nil, wrong(name)
	}
	t, err := e.open(ctx, entry)
	if err != nil {
		return nil, nil, err
	}
	d, ok := t.(*relation.DeltaTable)
	if !ok {
		return nil, nil, wrong(name)
	}
	s, err := d.Delta().Snapshot(ctx, delta.At{})
	if err != nil {
		return nil, nil, err
	}
	if have := kindOf(s.Metadata); have == "" || kind != "" && have != kind {
		return nil, nil, wrong(name)
	}
	return d.Delta(), s, nil
}

// hold ends what runs of flows and waits until it has. They begin again after release, where they are still defined.
func (e *Engine) hold(flows ...*metastore.Flow) (release func()) {
	if e.streams == nil {
		return func() {}
	}
	var all []func()
	for _, f := range flows {
		all = append(all, e.streams.Hold(f.ID))
	}
	return func() {
		for _, r := range all {
			r()
		}
	}
}

// dropFlows forgets the flows of a table that is about to go, and waits until none of them runs.
func (e *Engine) dropFlows(ctx context.Context, entry *metastore.Table) error {
	flows, err := e.flowsOf(ctx, entry)
	if err != nil {
		return err
	}
	defer e.hold(flows...)()
	for _, f := range flows {
		if err := e.meta.DropFlow(ctx, f.ID); err != nil {
			return err
		}
	}
	return nil
}

// refreshNow runs a flow once, and keeps the history of it.
func (e *Engine) refreshNow(ctx context.Context, f *metastore.Flow) error {
	return stream.Refresh(ctx, flowHost{e}, stream.NewRunner(flowHost{e}, f, e.log), &metastore.Run{Flow: f.ID, Database: f.Database, Table: f.Table})
}

// refreshKept is REFRESH: all that is there now is read, and what came of it committed.
func refreshKept(p *planner, ctx context.Context, t *ast.RefreshKept) (*plan, error) {
	f, err := p.tableOnly(ctx, t.Table, "REFRESH")
	if err != nil {
		return nil, err
	}
	if _, _, err := p.engine.keptTable(ctx, f.entry, t.Kind); err != nil {
		return nil, at(err, t.Table)
	}
	return command("REFRESH", func(ctx context.Context, x *execution) error {
		e := p.engine
		flows, err := e.flowsOf(ctx, f.entry)
		if err != nil {
			return err
		}
		if t.Full {
			if err := e.beginAnew(ctx, f.entry, flows); err != nil {
				return err
			}
		}
		if t.Mode == "ASYNC" {
			return e.refreshLater(flows)
		}
		for _, flow := range flows {
			if err := e.refreshFlow(ctx, flow); err != nil {
				return err
			}
		}
		return nil
	}), nil
}

// refreshFlow waits until a flow that runs has caught up, or runs one that does not.
func (e *Engine) refreshFlow(ctx context.Context, f *metastore.Flow) error {
	if e.streams != nil && f.Schedule == nil && f.Kind == metastore.StreamFlow && !f.Paused {
		if r := e.streams.Await(ctx, f.ID); r != nil && r.Status().State != stream.Failed {
			return r.CaughtUp(ctx)
		}
	}
	return e.refreshNow(ctx, f)
}

// refreshLater runs flows in the background; how it went is in system.schedule_runs.
func (e *Engine) refreshLater(flows []*metastore.Flow) error {
	if e.Draining() {
		return sqlerr.New("SHUTTING_DOWN")
	}
	e.active.Add(1)
	go func() {
		defer e.active.Done()
		for _, f := range flows {
			if err := e.refreshFlow(e.life, f); err != nil {
				e.log.Error("a refresh failed", "table", f.Database+"."+f.Table, "error", err)
			}
		}
	}()
	return nil
}

// beginAnew empties a table and has its flows forget how far they were; the numbers of their batches go on.
func (e *Engine) beginAnew(ctx context.Context, entry *metastore.Table, flows []*metastore.Flow) error {
	if len(flows) > 0 && flows[0].Kind == metastore.ViewFlow {
		return nil // every refresh is full
	}
	defer e.hold(flows...)()
	for tries := 0; ; tries++ {
		t, s, err := e.keptTable(ctx, entry, ast.StreamingTable)
		if err != nil {
			return err
		}
		tx := t.Begin(s)
		tx.RemoveAll()
		for _, f := range flows {
			progress, err := progressOf(s, f.ID)
			if err != nil {
				return err
			}
			tx.SetTransaction(flowApplication(f.ID), progress.Batch+1)
			if err := tx.SetDomain(delta.DomainMetadata{Domain: flowDomain(f.ID), Removed: true}); err != nil {
				return err
			}
		}
		_, err = tx.Commit(ctx, delta.Operation{Name: operationRefresh, Parameters: map[string]any{"refreshType": "FULL"}})
		if err == nil || !stream.Retriable(err) || tries >= 10 {
			return err
		}
	}
}

func alterKept(p *planner, ctx context.Context, t *ast.AlterKept) (*plan, error) {
	f, err := p.tableOnly(ctx, t.Table, "ALTER "+string(t.Kind))
	if err != nil {
		return nil, err
	}
	if _, _, err := p.engine.keptTable(ctx, f.entry, t.Kind); err != nil {
		return nil, at(err, t.Table)
	}
	name := "ALTER " + string(t.Kind)
	if _, ok := t.Action.(*ast.SetSchedule); !ok && t.Kind == ast.MaterializedView {
		if _, ok := t.Action.(*ast.DropSchedule); !ok {
			return nil, sqlerr.Unsupported("This change of a materialized view").At(t.Action.Pos()).WithHint("It has ADD, ALTER and DROP SCHEDULE.")
		}
	}
	switch a := t.Action.(type) {
	case *ast.PauseStream:
		return p.changeFlows(name, f.entry, func(w *metastore.Flow) error { w.Paused = true; return nil }), nil
	case *ast.ResumeStream:
		return p.changeFlows(name, f.entry, func(w *metastore.Flow) error { w.Paused = false; return nil }), nil
	case *ast.DropSchedule:
		return p.changeFlows(name, f.entry, func(w *metastore.Flow) error { w.Schedule = nil; return nil }), nil
	case *ast.SetSchedule:
		s, err := scheduleOf(a.Schedule)
		if err != nil {
			return nil, err
		}
		return p.changeFlows(name, f.entry, func(w *metastore.Flow) error {
			if a.Add && w.Schedule != nil {
				return sqlerr.New("SCHEDULE_ALREADY_EXISTS", "table", quoted(w.Database, w.Table)).At(a.Pos()).WithHint("ALTER SCHEDULE changes it.")
			}
			w.Schedule = s
			return nil
		}), nil
	case *ast.SetOffsets:
		return command(name, func(ctx context.Context, _ *execution) error {
			return at(p.engine.setOffsets(ctx, f.entry, a.Offsets), a)
		}), nil
	case *ast.ReplayQuarantine:
		return p.replayQuarantine(ctx, f.entry, a)
	}
	return nil, sqlerr.Internal("ALTER with %T", t.Action)
}

// changeFlows changes how the flows of a table are defined, and waits until they run so.
func (p *planner) changeFlows(name string, entry *metastore.Table, change func(*metastore.Flow) error) *plan {
	return command(name, func(ctx context.Context, _ *execution) error {
		e := p.engine
		flows, err := e.flowsOf(ctx, entry)
		if err != nil {
			return err
		}
		if len(flows) == 0 {
			return sqlerr.New("FLOW_NOT_FOUND", "flow", quoted(entry.Database, entry.Name))
		}
		defer e.hold(flows...)()
		for _, f := range flows {
			if err := change(f); err != nil {
				return err
			}
			if err := e.meta.PutFlow(ctx, f); err != nil {
				return err
			}
		}
		return nil
	})
}

// setOffsets has the flow of a table go on from elsewhere.
func (e *Engine) setOffsets(ctx context.Context, entry *metastore.Table, text string) error {
	flows, err := e.flowsOf(ctx, entry)
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(flows, func(f *metastore.Flow) bool { return strings.EqualFold(f.Name, entry.Name) }); i >= 0 {
		flows = flows[i : i+1]
	}
	if len(flows) != 1 {
		return sqlerr.Unsupported("SET OFFSETS on a table with several flows and none of its own")
	}
	defer e.hold(flows[0])()
	work, err := e.OpenFlow(ctx, flows[0])
	if err != nil {
		return err
	}
	defer work.Close()
	w := work.(*flowWork)
	progress, err := w.Progress(ctx)
	if err != nil {
		return err
	}
	given := stream.Positions{}
	sources := w.Sources()
	if len(sources) == 1 {
		given[sources[0].Name()] = stream.Position(text)
	} else if err := json.Unmarshal([]byte(text), &given); err != nil {
		return sqlerr.New("INVALID_STREAM_OFFSETS", "offsets", text, "reason", "several sources need {source: offsets}; DESCRIBE STREAM shows their names")
	}
	next := stream.Positions{}
	for _, s := range sources {
		at, ok := given[s.Name()]
		delete(given, s.Name())
		if !ok {
			if at, ok = progress.Sources[s.Name()]; !ok {
				if at, err = s.Start(ctx); err != nil {
					return err
				}
			}
			next[s.Name()] = at
			continue
		}
		if next[s.Name()], err = offsetsOf(ctx, s, progress.Sources[s.Name()], at); err != nil {
			return err
		}
	}
	for name := range given {
		return sqlerr.New("INVALID_STREAM_OFFSETS", "offsets", text, "reason", "there is no source "+name)
	}
	_, err = w.Run(ctx, stream.Batch{Number: progress.Batch + 1, Positions: next, Always: true})
	return err
}

// offsetsOf reads the offsets of one source: earliest, latest, or its own JSON.
func offsetsOf(ctx context.Context, s stream.Source, now, given stream.Position) (stream.Position, error) {
	var word string
	if json.Unmarshal(given, &word) != nil {
		word = string(given)
	}
	switch strings.ToLower(strings.TrimSpace(word)) {
	case "earliest":
		if m, ok := s.(stream.Movable); ok {
			return m.Earliest(ctx)
		}
		return nil, sqlerr.New("INVALID_STREAM_OFFSETS", "offsets", word, "reason", "this source has no earliest position")
	case "latest":
		at, err := s.Latest(ctx)
		if err == nil && at == nil {
			return nil, sqlerr.New("INVALID_STREAM_OFFSETS", "offsets", word, "reason", "this source has no latest position")
		}
		return at, err
	}
	if m, ok := s.(stream.Movable); ok {
		return m.Move(ctx, now, given)
	}
	return given, nil
}

// Maintain compacts small files and deletes what no version needs, beside the flow that writes.
func (h flowHost) Maintain(ctx context.Context, f *metastore.Flow) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = h.panicked(p, "OPTIMIZE "+f.Table)
		}
	}()
	entry, err := h.meta.Table(ctx, f.Database, f.Table)
	if err != nil || entry == nil {
		return err
	}
	t, err := h.open(ctx, entry)
	if err != nil {
		return err
	}
	d, ok := t.(*relation.DeltaTable)
	if !ok {
		return nil
	}
	s, err := d.Delta().Snapshot(ctx, delta.At{})
	if err != nil || strings.EqualFold(s.Metadata.Configuration[propertyCompaction], "off") {
		return err
	}
	if err := h.compactSmall(ctx, f, d, s); err != nil {
		return err
	}
	return h.vacuumNow(ctx, d)
}

// propertyCompaction turns compaction in the background off.
const propertyCompaction = "argan.compaction"

// tiers are the sizes below which files are compacted together: a row is written again three times, not every time.
var tiers = []int64{1 << 20, 8 << 20, 64 << 20}

// enoughSmall is how many files of a tier are worth it.
const enoughSmall = 16

func (h flowHost) compactSmall(ctx context.Context, f *metastore.Flow, d *relation.DeltaTable, s *delta.Snapshot) error {
	least := int64(0)
	for _, tier := range tiers {
		n := 0
		for _, file := range s.Files() {
			if file.Size < tier {
				n++
			}
		}
		if n >= enoughSmall {
			least = tier
			break
		}
	}
	if least == 0 || hasRowTracking(s.Metadata) {
		return nil
	}
	session, err := h.flowSession(f)
	if err != nil {
		return err
	}
	defer session.Close()
	for key, value := range map[string]string{"spark.databricks.delta.optimize.minFileSize": itoa(least), "spark.databricks.delta.optimize.maxFileSize": itoa(4 * tiers[2]), "argan.threads": "1"} {
		if err := session.Set(key, value); err != nil {
			return err
		}
	}
	x := session.background("OPTIMIZE " + f.Table)
	c := &compaction{p: session.newPlanner(nil), x: x, table: d, snapshot: relation.NewDeltaSnapshot(s), partitions: map[string]bool{}, quiet: true}
	return c.run(ctx, nil, "", false, 0)
}

// vacuumEvery is how often files that no version needs are deleted.
const vacuumEvery = time.Hour

func (h flowHost) vacuumNow(ctx context.Context, d *relation.DeltaTable) error {
	now := time.Now()
	last, _ := h.vacuumed.LoadOrStore(d.Location(), now)
	if now.Sub(last.(time.Time)) < vacuumEvery {
		return nil
	}
	h.vacuumed.Store(d.Location(), now)
	_, err := d.Delta().Vacuum(ctx, delta.VacuumOptions{Check: true})
	return err
}
