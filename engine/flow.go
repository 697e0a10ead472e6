package engine

import (
	"context"
	"encoding/json"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/argan-sql/argan/catalog/delta"
	"github.com/argan-sql/argan/catalog/metastore"
	"github.com/argan-sql/argan/catalog/relation"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/analyzer"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/stream"
)

// flowWork is a flow that was opened: its query, its sources, and the table it writes.
type flowWork struct {
	engine  *Engine
	flow    *metastore.Flow
	session *Session
	query   *ast.Query
	reading *flowReading
	target  *relation.DeltaTable
	entry   *metastore.Table
	trigger stream.Trigger

	bound int64 // messages of the next batch at most, 0 for all: see careful
	asked bool  // the quarantine was asked what it knows of a batch that was cut short
}

// flowDomain is the domain of a table's log that remembers a flow, and flowApplication the application whose transactions are
// its batches.
func flowDomain(id string) string      { return "argan.flow." + id }
func flowApplication(id string) string { return "argan-flow-" + id }

// stateFolder is where a flow keeps files beside a table's log. Folders that begin with _ are left alone by VACUUM.
func stateFolder(table, id string) string { return path.Join(table, "_argan", id) }

// flowSession is the session that a flow's query is planned in: the owner's, with the owner's rights as they are now and the
// settings it was made with.
func (e *Engine) flowSession(f *metastore.Flow) (*Session, error) {
	o := SessionOptions{User: f.Owner, Client: "stream", Protocol: "stream", Database: f.QueryDatabase, Settings: f.Settings, KeepAlive: true, Local: f.Trusted}
	if e.AccessControlled() && !f.Trusted {
		if u := e.policy().User(f.Owner); u != nil {
			o.Identity = e.identity(u, "stream")
		} else {
			o.Identity = &Identity{User: f.Owner, Method: "oidc"} // without the groups that the issuer named
		}
	}
	s, err := e.NewSession(o)
	if err != nil {
		return nil, err
	}
	if _, ok := s.who(); !ok {
		s.Close()
		return nil, sqlerr.New("AUTHENTICATION_FAILED").WithHint("The owner of the flow, %s, may not sign in any more.", f.Owner)
	}
	return s, nil
}

// OpenFlow resolves a flow's query and its sources.
func (e *Engine) OpenFlow(ctx context.Context, f *metastore.Flow) (work stream.Work, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = e.panicked(p, f.Text)
		}
	}()
	entry, err := e.meta.Table(ctx, f.Database, f.Table)
	if err != nil {
		return nil, err
	}
	if entry == nil {
		return nil, sqlerr.New("TABLE_OR_VIEW_NOT_FOUND", "relationName", quoted(catalogName, f.Database, f.Table))
	}
	table, err := e.open(ctx, entry)
	if err != nil {
		return nil, err
	}
	target, ok := table.(*relation.DeltaTable)
	if !ok {
		return nil, sqlerr.Unsupported("Flows into a %s table", table.Provider())
	}
	session, err := e.flowSession(f)
	if err != nil {
		return nil, err
	}
	w := &flowWork{engine: e, flow: f, session: session, target: target, entry: entry}
	if err := w.resolve(ctx); err != nil {
		w.Close()
		return nil, err
	}
	return w, nil
}

// resolve reads the flow's text, makes its sources and checks that the query can be run piece by piece.
func (w *flowWork) resolve(ctx context.Context) error {
	tree, err := w.session.parse(w.flow.Text)
	if err != nil {
		return err
	}
	q, ok := tree.(*ast.Query)
	if !ok {
		return sqlerr.Internal("the text of flow %s is no query", w.flow.Name)
	}
	w.query, w.reading = q, newReading(stateFolder(w.target.Location(), w.flow.ID), w.flow.Schemas)
	s, err := w.target.Delta().Snapshot(ctx, delta.At{})
	if err != nil {
		return err
	}
	if w.trigger, err = triggerOf(s.Metadata.Configuration); err != nil {
		return err
	}
	p := w.planner()
	node, err := p.logical(ctx, q)
	if err != nil {
		return withQuery(err, w.flow.Text)
	}
	return withQueryOrNil(stream.CheckStateless(node, w.reading.isStream), w.flow.Text)
}

func withQueryOrNil(err error, query string) error {
	if err == nil {
		return nil
	}
	return withQuery(err, query)
}

// planner plans for one batch: current_timestamp() is the batch's.
func (w *flowWork) planner() *planner {
	p := w.session.newPlanner(nil)
	p.flow = w.reading
	return p
}

// Sources are those of the query, in the order of the text.
func (w *flowWork) Sources() []stream.Source { return w.reading.sources }

// Trigger is what the table's properties say.
func (w *flowWork) Trigger() stream.Trigger { return w.trigger }

// Close closes the sources.
func (w *flowWork) Close() {
	if w.reading != nil {
		w.reading.close()
	}
	w.session.Close()
}

// progressOf is what a version of the table remembers of a flow.
func progressOf(s *delta.Snapshot, id string) (stream.Progress, error) {
	p := stream.Progress{Sources: stream.Positions{}, Expectations: map[string]stream.Tally{}}
	text, ok := s.DomainMetadata(flowDomain(id))
	if !ok {
		// Where the flow was begun anew its numbers go on: a transaction's version never falls.
		p.Batch, _ = s.AppTransaction(flowApplication(id))
		return p, nil
	}
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return p, sqlerr.New("FILE_CORRUPT", "path", s.Table().Path(), "reason", "the log's domain "+flowDomain(id)+" is not readable: "+err.Error())
	}
	if p.Expectations == nil {
		p.Expectations = map[string]stream.Tally{}
	}
	return p, nil
}

// Progress reads the table's log.
func (w *flowWork) Progress(ctx context.Context) (stream.Progress, error) {
	s, err := w.target.Delta().Snapshot(ctx, delta.At{})
	if err != nil {
		return stream.Progress{}, err
	}
	return progressOf(s, w.flow.ID)
}

// attempt is the rows of one batch, written and not committed.
type attempt struct {
	*change
	rows  int64
	tally map[string]stream.Tally
}

// Run makes one batch.
func (w *flowWork) Run(ctx context.Context, b stream.Batch) (out stream.Outcome, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = w.engine.panicked(p, w.flow.Text)
		}
	}()
	snapshot, err := w.target.Delta().Snapshot(ctx, delta.At{})
	if err != nil {
		return out, err
	}
	if w.trigger, err = triggerOf(snapshot.Metadata.Configuration); err != nil {
		return out, err
	}
	progress, err := progressOf(snapshot, w.flow.ID)
	if err != nil {
		return out, err
	}
	if progress.Batch != b.Number-1 {
		return out, sqlerr.New("DELTA_CONCURRENT_TRANSACTION", "conflictingCommit", "batch "+strconv.FormatInt(progress.Batch, 10)+" of the flow is there already", "docLink", "")
	}
	q := w.quarantine(snapshot.Metadata)
	var bad []spoiled
	if bad, err = w.cutShort(ctx, q, &b); err != nil {
		return out, err
	}
	known := len(bad)
	if known == 0 {
		b = w.careful(b)
	}
	whole := true
	a, err := w.attempt(ctx, snapshot, b.Spans, bad)
	for err != nil && q != nil && spoils(err) {
		whole = false
		if half, ok := w.halve(b); ok && known == 0 {
			b = half
			a, err = w.attempt(ctx, snapshot, b.Spans, nil)
			continue
		}
		if bad, err = w.isolate(ctx, snapshot, b.Spans, bad, err); err == nil {
			a, err = w.attempt(ctx, snapshot, b.Spans, bad)
		}
		break
	}
	if err != nil {
		return out, withQuery(err, w.flow.Text)
	}
	w.learn(b, whole)
	if len(bad) > known {
		if err := w.putAside(ctx, q, b, bad); err != nil {
			a.abort()
			return out, err
		}
	}
	worth := a.rows > 0 || len(bad) > 0 || b.Always
	for _, t := range a.tally {
		worth = worth || t.Failed > 0
	}
	if !worth {
		a.abort()
		return out, nil
	}
	progress.Batch, progress.Sources, progress.At = b.Number, b.Positions, time.Now().UnixMilli()
	progress.Rows += a.rows
	progress.Quarantined += int64(len(bad))
	for name, t := range a.tally {
		sum := progress.Expectations[name]
		progress.Expectations[name] = stream.Tally{Passed: sum.Passed + t.Passed, Failed: sum.Failed + t.Failed}
	}
	began := time.Now()
	version, err := a.put(ctx, w.flow.ID, progress)
	if err != nil {
		a.abort()
		return out, err
	}
	return stream.Outcome{Committed: true, Version: version, Rows: a.rows, Quarantined: int64(len(bad)), Commit: time.Since(began), Positions: b.Positions}, nil
}

// put commits the rows with where the flow is after them: one version of the table, both or neither.
func (a *attempt) put(ctx context.Context, id string, progress stream.Progress) (int64, error) {
	raw, err := json.Marshal(progress)
	if err != nil {
		return 0, err
	}
	a.tx.SetTransaction(flowApplication(id), progress.Batch)
	if err := a.tx.SetDomain(delta.DomainMetadata{Domain: flowDomain(id), Configuration: string(raw)}); err != nil {
		return 0, err
	}
	return a.commit(ctx, "STREAMING UPDATE", map[string]any{"outputMode": "Append", "queryId": id, "epochId": strconv.FormatInt(progress.Batch, 10)}, map[string]int64{"numOutputRows": a.rows})
}

// background is an execution without a client: it works for a flow.
func (s *Session) background(text string) *execution {
	st := &Statement{engine: s.engine, session: s, id: newID(), request: Request{SQL: text}, state: Running, started: time.Now(), affected: -1, version: -1, done: make(chan struct{})}
	return &execution{statement: st, session: s, engine: s.engine}
}

// attempt plans the query over some pieces and writes its rows.
func (w *flowWork) attempt(ctx context.Context, snapshot *delta.Snapshot, spans map[string]stream.Span, without []spoiled) (*attempt, error) {
	p := w.planner()
	s := relation.NewDeltaSnapshot(snapshot)
	if len(spans) == 0 {
		c, err := w.session.background(w.flow.Text).newChange(ctx, p, w.target, s, nil, false)
		if err != nil {
			return nil, err
		}
		return &attempt{change: c}, nil
	}
	in, err := w.plan(ctx, p, spans, without)
	if err != nil {
		return nil, &unplanned{err}
	}
	return w.write(ctx, p, s, in)
}

// write writes the rows of a plan, and commits nothing.
func (w *flowWork) write(ctx context.Context, p *planner, s *relation.DeltaSnapshot, in *logical.Insert) (*attempt, error) {
	c, err := w.session.background(w.flow.Text).newChange(ctx, p, w.target, s, in.NewColumns, false)
	if err != nil {
		return nil, err
	}
	a := &attempt{change: c}
	return a, c.changing(func() error {
		expect, err := p.expectations(ctx, c.tx.Metadata())
		if err != nil {
			return err
		}
		c.readsOf(in.Query, w.target)
		err = c.run(ctx, in.Query, func(b *vector.Batch) error {
			if b, err = expect.apply(b); err != nil {
				return err
			}
			return c.writer.Write(b)
		})
		a.rows, a.tally = c.writer.Rows(), expect.tally()
		return err
	})
}

// plan is the INSERT of the query over some pieces.
func (w *flowWork) plan(ctx context.Context, p *planner, spans map[string]stream.Span, without []spoiled) (*logical.Insert, error) {
	if err := w.reading.turn(ctx, spans, without); err != nil {
		return nil, err
	}
	return w.insertPlan(ctx, p)
}

// insertPlan is the INSERT of the query over what its streams stand for now.
func (w *flowWork) insertPlan(ctx context.Context, p *planner) (*logical.Insert, error) {
	an := p.newAnalyzer(ctx)
	node, err := an.Query(w.query)
	if err != nil {
		return nil, err
	}
	rel := &analyzer.Relation{Name: []string{catalogName, w.flow.Database, w.flow.Table}, Table: w.target}
	return an.InsertPlan(rel, node, w.flow.ByName, w.flow.ByName)
}

// Properties of a table that say when batches are made.
const (
	propertyInterval = "argan.trigger.interval"
	propertyRows     = "argan.trigger.rows"
	propertyMost     = "argan.batch.rows"
)

// Defaults of the properties: a batch as soon as there is something, but not more than five a second; a batch that would be
// large is not waited for.
const (
	defaultInterval = 200 * time.Millisecond
	defaultRows     = 100_000
	defaultMost     = 500_000
)

// triggerOf reads the properties of a table.
func triggerOf(properties map[string]string) (stream.Trigger, error) {
	t := stream.Trigger{Interval: defaultInterval, Rows: defaultRows, Most: stream.Limit{Rows: defaultMost}}
	if v := properties[propertyInterval]; v != "" {
		d, err := parseInterval(v)
		if err != nil {
			return t, sqlerr.New("DELTA_INVALID_TABLE_PROPERTY", "key", propertyInterval, "value", v, "reason", "is an interval such as 250 milliseconds")
		}
		t.Interval = d
	}
	for key, into := range map[string]*int64{propertyRows: &t.Rows, propertyMost: &t.Most.Rows} {
		if v := properties[key]; v != "" {
			n, err := strconv.ParseInt(strings.TrimSpace(v), 10, 64)
			if err != nil || n <= 0 {
				return t, sqlerr.New("DELTA_INVALID_TABLE_PROPERTY", "key", key, "value", v, "reason", "is a whole number above 0")
			}
			*into = n
		}
	}
	return t, nil
}
