package engine

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/argan-sql/argan/catalog/delta"
	"github.com/argan-sql/argan/catalog/metastore"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/stream"
)

// flowHost is the engine as flows need it.
type flowHost struct{ *Engine }

var _ stream.Host = flowHost{}

// StartStreams runs the warehouse's streams and schedules in the background until Drain, unless another process does. It is
// called once.
func (e *Engine) StartStreams() {
	e.streams = stream.NewSupervisor(flowHost{e}, streamsLock(e.config.Warehouse), e.log)
	e.streams.Start()
}

// stopStreams ends the streams after the batches they are at.
func (e *Engine) stopStreams() {
	if e.streams != nil {
		e.streams.Stop()
	}
}

// flowsChanged has the streams looked through at once.
func (e *Engine) flowsChanged() {
	if e.streams != nil {
		e.streams.Notify()
	}
}

// Flows are all flows of the warehouse.
func (h flowHost) Flows(ctx context.Context) ([]*metastore.Flow, error) { return h.meta.Flows(ctx) }

// Stamp changes when they do.
func (h flowHost) Stamp(ctx context.Context) (string, error) { return h.meta.FlowsStamp(ctx) }

// PutRun keeps the history of a refresh.
func (h flowHost) PutRun(ctx context.Context, r *metastore.Run) error { return h.meta.PutRun(ctx, r) }

// LastDue is the newest due time a flow has run for.
func (h flowHost) LastDue(ctx context.Context, flow string) (time.Time, error) {
	return h.meta.LastDue(ctx, flow)
}

// RefreshView works out a materialized view anew.
func (h flowHost) RefreshView(ctx context.Context, f *metastore.Flow) (rows int64, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = h.panicked(p, f.Text)
		}
	}()
	session, err := h.flowSession(f)
	if err != nil {
		return 0, err
	}
	defer session.Close()
	tree, err := session.parse(f.Text)
	if err != nil {
		return 0, err
	}
	q, ok := tree.(*ast.Query)
	if !ok {
		return 0, sqlerr.Internal("the text of %s is no query", f.Name)
	}
	x := session.background(f.Text)
	name := ast.Name{Parts: []ast.Ident{{Text: catalogName, Quoted: true}, {Text: f.Database, Quoted: true}, {Text: f.Table, Quoted: true}}}
	p := session.newPlanner(x.statement)
	in, err := p.newAnalyzer(ctx).Insert(&ast.Insert{Overwrite: true, Table: name, Query: q})
	if err != nil {
		return 0, withQuery(err, f.Text)
	}
	var expect *expectations
	var failed error
	rows, _, err = x.insert(ctx, p, in, insertion{
		name: operationRefresh, parameters: map[string]any{"refreshType": "FULL"},
		through: func(c *change) (func(*vector.Batch) (*vector.Batch, error), error) {
			expect, err = p.expectations(ctx, c.tx.Metadata())
			if err != nil {
				return nil, err
			}
			return expect.apply, nil
		},
		note: func(tx *delta.Transaction) { failed = noteRefresh(tx, f.ID, expect) },
	})
	return rows, errors.Join(err, failed)
}

// noteRefresh remembers with a refresh how its rows met their expectations.
func noteRefresh(tx *delta.Transaction, id string, expect *expectations) error {
	progress, err := progressOf(tx.Snapshot(), id)
	if err != nil {
		return err
	}
	progress.Batch++
	progress.At, progress.Expectations = time.Now().UnixMilli(), expect.tally()
	raw, err := json.Marshal(progress)
	if err != nil {
		return err
	}
	tx.SetTransaction(flowApplication(id), progress.Batch)
	return tx.SetDomain(delta.DomainMetadata{Domain: flowDomain(id), Configuration: string(raw)})
}
