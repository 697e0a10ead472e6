package engine

import (
	"context"
	"strings"

	"github.com/argan-sql/argan/catalog/metastore"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/stream"
	"github.com/argan-sql/argan/types"
)

// How a table is kept up to date, as EXPLAIN says it.
const (
	refreshFull   = "== Refresh ==\nFULL: the query is run over all rows, and its answer replaces the table's; the changes of its inputs are not followed\n\n"
	refreshStream = "== Refresh ==\nINCREMENTAL: the query is run over what is new in its streams, and its rows are appended\n\n"
)

// explainKept is EXPLAIN of a statement that makes or refreshes a streaming table or a materialized view: how it is kept up to
// date, and the plan. nil for other statements.
func (p *planner) explainKept(ctx context.Context, t *ast.Explain) (*plan, error) {
	var flows []*metastore.Flow
	switch s := t.Statement.(type) {
	case *ast.CreateStreamingTable:
		if s.Query == nil {
			return nil, nil
		}
		flows = []*metastore.Flow{p.newFlow(metastore.StreamFlow, s.Text)}
	case *ast.CreateMaterializedView:
		flows = []*metastore.Flow{p.newFlow(metastore.ViewFlow, s.Text)}
	case *ast.CreateFlow:
		if s.Query == nil {
			return nil, nil
		}
		flows = []*metastore.Flow{p.newFlow(metastore.StreamFlow, s.Text)}
	case *ast.RefreshKept:
		f, err := p.tableOnly(ctx, s.Table, "REFRESH")
		if err != nil {
			return nil, err
		}
		if _, _, err := p.engine.keptTable(ctx, f.entry, s.Kind); err != nil {
			return nil, at(err, s.Table)
		}
		if flows, err = p.engine.flowsOf(ctx, f.entry); err != nil {
			return nil, err
		}
	default:
		return nil, nil
	}
	if t.Mode == ast.ExplainAnalyze {
		return nil, sqlerr.Unsupported("EXPLAIN ANALYZE of a statement that writes").At(t.Pos())
	}
	var text strings.Builder
	for _, f := range flows {
		one, err := p.explainFlow(ctx, t.Mode, f)
		if err != nil {
			return nil, err
		}
		text.WriteString(one)
	}
	return table("EXPLAIN", func(context.Context) ([][]any, error) { return [][]any{{text.String()}}, nil }, column("plan", types.StringType)), nil
}

func (p *planner) explainFlow(ctx context.Context, mode ast.ExplainMode, f *metastore.Flow) (string, error) {
	tree, err := p.session.parse(f.Text)
	if err != nil {
		return "", err
	}
	q, ok := tree.(*ast.Query)
	if !ok {
		return "", sqlerr.Internal("the text of flow %s is no query", f.Name)
	}
	inner, how := *p, refreshFull
	inner.database = f.QueryDatabase
	if f.Kind == metastore.StreamFlow {
		inner.flow, how = newReading("", f.Schemas), refreshStream
		defer inner.flow.close()
	}
	analyzed, err := inner.logical(ctx, q)
	if err != nil {
		return "", err
	}
	if inner.flow != nil {
		if err := stream.CheckStateless(analyzed, inner.flow.isStream); err != nil {
			return "", err
		}
	}
	ready, err := inner.physical(ctx, analyzed)
	if err != nil {
		return "", err
	}
	text, err := p.session.background(f.Text).explain(ctx, &inner, mode, analyzed, ready)
	return how + text, err
}
