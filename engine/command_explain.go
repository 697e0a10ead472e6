package engine

import (
	"context"

	"github.com/argan-sql/argan/exec"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/explain"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/planner/physical"
	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

func init() { handle(explainStatement) }

// queryOf is the query inside a statement that has one, for EXPLAIN; nil where there is none.
func queryOf(t ast.Statement) *ast.Query {
	switch t := t.(type) {
	case *ast.Query:
		return t
	case *ast.CreateTable:
		return t.As
	case *ast.CreateView:
		return t.Query
	case *ast.Insert:
		return t.Query
	}
	return nil
}

func explainStatement(p *planner, ctx context.Context, t *ast.Explain) (*plan, error) {
	if kept, err := p.explainKept(ctx, t); kept != nil || err != nil {
		return kept, err
	}
	column := column("plan", types.StringType)
	q := queryOf(t.Statement)
	if q == nil {
		// A statement without a query has no plan to show; planning it still finds its errors.
		inner, err := p.plan(ctx, t.Statement)
		if err != nil {
			return nil, err
		}
		if t.Mode == ast.ExplainAnalyze {
			return nil, sqlerr.Unsupported("EXPLAIN ANALYZE of %s", inner.name).At(t.Pos())
		}
		return table("EXPLAIN", func(context.Context) ([][]any, error) {
			return [][]any{{"== Physical Plan ==\nExecute " + inner.name + "\n"}}, nil
		}, column), nil
	}
	analyzed, err := p.logical(ctx, q)
	if err != nil {
		return nil, err
	}
	if t.Mode == ast.ExplainAnalyze {
		if _, ok := t.Statement.(*ast.Query); !ok {
			return nil, sqlerr.Unsupported("EXPLAIN ANALYZE of a statement that writes").At(t.Pos()).WithHint("Explain its query alone.")
		}
	}
	ready, err := p.physical(ctx, analyzed)
	if err != nil {
		return nil, err
	}
	return &plan{kind: KindQuery, name: "EXPLAIN", readOnly: true, light: t.Mode != ast.ExplainAnalyze, schema: types.NewStruct(column), run: func(ctx context.Context, x *execution) error {
		text, err := x.explain(ctx, p, t.Mode, analyzed, ready)
		if err != nil {
			return err
		}
		return x.rows([][]any{{text}})
	}}, nil
}

func (x *execution) explain(ctx context.Context, p *planner, mode ast.ExplainMode, analyzed logical.Node, ready physical.Node) (string, error) {
	const heading = "== Physical Plan ==\n"
	switch mode {
	case ast.ExplainFormatted:
		return heading + explain.Formatted(ready), nil
	case ast.ExplainAnalyze:
		metrics := exec.NewMetrics()
		if err := x.stream(ctx, p, ready, metrics, func(*vector.Batch) error { return nil }); err != nil {
			return "", err
		}
		return heading + (&executed{node: ready, metrics: metrics}).tree(), nil
	case ast.ExplainExtended, ast.ExplainCost, ast.ExplainLogical:
		optimized, err := p.optimized(ctx, analyzed)
		if err != nil {
			return "", err
		}
		text := "== Analyzed Logical Plan ==\n" + logical.Format(analyzed) + "\n== Optimized Logical Plan ==\n" + logical.Format(optimized)
		if mode == ast.ExplainLogical {
			return text, nil
		}
		return text + "\n" + heading + explain.Tree(ready, nil), nil
	case ast.ExplainCodegen:
		return "", sqlerr.Unsupported("EXPLAIN CODEGEN")
	}
	return heading + explain.Tree(ready, nil), nil
}
