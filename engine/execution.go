package engine

import (
	"context"
	"time"

	"github.com/argan-sql/argan/exec"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/explain"
	"github.com/argan-sql/argan/planner/physical"
)

// execution is what a running plan works with.
type execution struct {
	statement *Statement
	session   *Session
	engine    *Engine
	send      func(*vector.Batch) error
	queue     *queue
	ticket    *ticket // nil within another statement
}

// executed is a plan that a statement has run, with what its operators did.
type executed struct {
	node       physical.Node
	metrics    *exec.Metrics
	start, end time.Time
}

// maxExecuted is how many plans of a statement are remembered; only maintenance of many partitions runs more.
const maxExecuted = 16

// tree is the plan with what each operator did, as EXPLAIN ANALYZE prints it.
func (x *executed) tree() string {
	return explain.Tree(x.node, func(n physical.Node) string {
		m := x.metrics.Of(n)
		return explain.Note(explain.Operator{
			Rows: m.Rows, Time: m.Time, Memory: m.Memory, Spilled: m.Spilled, Files: m.Files, FilesSkipped: m.FilesSkipped, RowGroups: m.RowGroups,
			RowGroupsSkipped: m.RowGroupsSkipped, Bytes: m.Bytes, Filtered: m.Filtered,
		})
	})
}

// environment is what a plan of this statement runs with. The caller closes the budget.
func (x *execution) environment(p *planner) *exec.Env {
	e := p.engine
	return &exec.Env{
		Threads: p.threads(), Context: p.functions, Budget: e.memory.Statement(x.statement.limits.Memory), Cache: e.cache, TempDir: e.spillDir(),
		BatchSize: p.count("argan.batch.size"), Progress: &x.statement.progress.plan, Metrics: exec.NewMetrics(), Scanned: x.statement.checkScan,
	}
}

// stream runs a plan and hands its batches to sink. metrics, if not nil, receives what the operators did.
func (x *execution) stream(ctx context.Context, p *planner, node physical.Node, metrics *exec.Metrics, sink func(*vector.Batch) error) error {
	env := x.environment(p)
	defer env.Budget.Close()
	if metrics != nil {
		env.Metrics = metrics
	}
	progress := &x.statement.progress
	defer progress.watch(env)()
	ran := executed{node: node, metrics: env.Metrics, start: time.Now()}
	err := exec.Run(ctx, node, env, sink)
	ran.end = time.Now()
	progress.ran(ran)
	return err
}

// rows sends rows of Go values (of the shapes that vector.Value gives) as batches of the statement's schema.
func (x *execution) rows(rows [][]any) error {
	for b := range vector.BatchesOf(x.statement.plan.schema, rows) {
		if err := x.send(b); err != nil {
			return err
		}
	}
	return nil
}

// light says whether a query only looks at constants and at system tables: it need not wait for those that read tables.
func light(n physical.Node) bool {
	switch n := n.(type) {
	case *physical.Range, *physical.Generate, *physical.CTERef:
		return false
	case *physical.Scan:
		if _, ok := n.Snapshot.(*systemRelation); !ok {
			return false
		}
	case *physical.Root:
		for _, sub := range n.Subqueries {
			if !light(sub) {
				return false
			}
		}
		return len(n.CTEs) == 0 && light(n.Input)
	}
	for _, child := range n.Children() {
		if !light(child) {
			return false
		}
	}
	return true
}
