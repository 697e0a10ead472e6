// Package exec runs physical plans.
//
// In: a physical.Node, and an Env with the statement's settings, memory and caches. Out: batches, handed one by one to a
// sink. A plan is cut at the operators that need all their rows first (breakers); each piece is a pipeline: a source
// gives morsels to workers, each worker pushes batches through its own chain of operators into the breaker, whose result
// is the source of the next pipeline. Pipelines run one after the other, their workers side by side; no goroutine waits
// on another's channel within one.
//
// Batches and vectors are never changed after they were pushed, so operators may keep them.
package exec

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/memory"
	"github.com/argan-sql/argan/exec/spill"
	"github.com/argan-sql/argan/exec/store"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/physical"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// Env is what a statement runs with.
type Env struct {
	// Threads is the number of workers; 0 is one.
	Threads int
	// Context is the functions' context; each worker gets a copy with a random source of its own.
	Context *function.Context
	// Budget is the statement's memory; nil is no limit.
	Budget *memory.Budget
	// Cache holds decoded columns of files; nil reads them anew.
	Cache *store.Cache
	// TempDir is where spilled data goes; "" is the system's.
	TempDir string
	// BatchSize is the number of rows operators aim at per batch, 0 for vector.BatchSize.
	BatchSize int
	// Progress is told how far the statement is; may be nil. Several plans of a statement may share it.
	Progress *Progress
	// Scanned is told how many bytes have been read from tables in all; its error ends the statement. It may be nil, and is
	// called only where there is a Progress.
	Scanned func(bytes int64) error
	// Metrics collects what each operator did; may be nil.
	Metrics *Metrics
}

// query is a running plan.
type query struct {
	ctx     context.Context
	cancel  context.CancelFunc
	env     *Env
	threads int
	batch   int
	budget  *memory.Budget
	spills  *spill.Dir
	scalars []*vector.Vector
	ctes    map[int]*materialized
	filters map[int]*runtimeFilter
	metrics *Metrics
	ends    []func()
}

// atEnd makes the query call f when it has ended. It is called while the plan is made or by the one that claims morsels.
func (q *query) atEnd(f func()) { q.ends = append(q.ends, f) }

// Run runs a plan and gives its batches to sink, one at a time; for a plan that sorts, in order. A batch is sink's to keep.
func Run(ctx context.Context, plan physical.Node, env *Env, sink func(*vector.Batch) error) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	q := &query{
		ctx: ctx, cancel: cancel, env: env, threads: max(1, env.Threads), batch: env.BatchSize, budget: env.Budget, metrics: env.Metrics,
		ctes: map[int]*materialized{}, filters: map[int]*runtimeFilter{},
	}
	if q.batch <= 0 {
		q.batch = vector.BatchSize
	}
	if q.budget == nil {
		q.budget = memory.New(0).Statement(0)
	}
	if q.metrics == nil {
		q.metrics = NewMetrics()
	}
	q.spills = spill.NewDir(env.TempDir)
	defer func() {
		if r := recover(); r != nil {
			err = panicked(r)
		}
		for _, end := range q.ends {
			end()
		}
		if cerr := q.spills.Close(); err == nil && cerr != nil {
			err = cerr
		}
	}()
	if root, ok := plan.(*physical.Root); ok {
		for _, c := range root.CTEs {
			q.ctes[c.ID] = &materialized{node: c}
		}
		for _, sub := range root.Subqueries {
			v, err := q.scalar(sub)
			if err != nil {
				return err
			}
			q.scalars = append(q.scalars, v)
		}
		plan = root.Input
	}
	s, err := q.stream(plan)
	if err != nil {
		return err
	}
	if env.BatchSize <= 0 && straight(plan) {
		q.batch = resultRows
	}
	r := newResult(sink)
	return q.run(s, r.worker)
}

// resultRows is the size of batches that go to the sink as they are: sending one costs more than its rows, and nothing that
// profits from small batches stands between.
const resultRows = 8 * vector.BatchSize

// straight says whether rows go from where they lie (a file, a sorter, a table of groups) to the sink without being joined
// or multiplied.
func straight(plan physical.Node) bool {
	switch n := plan.(type) {
	case *physical.Scan, *physical.Range, *physical.Values, *physical.Batches, *physical.CTERef, *physical.Sort, *physical.HashAggregate:
		return true
	case *physical.Project:
		for _, e := range n.Exprs {
			if _, plain := e.(*expr.Ordinal); !plain && varies(e.Type()) {
				return false // made for each batch, and there is no telling how wide
			}
		}
		return straight(n.Input)
	case *physical.Filter:
		return straight(n.Input)
	}
	return false
}

// varies says whether values of a type may be of any size.
func varies(t *types.Type) bool { return t.IsNested() || t.Physical() == types.PhysBytes }

// scalar runs a scalar subquery: its value as a vector of one row.
func (q *query) scalar(plan physical.Node) (*vector.Vector, error) {
	t := plan.Output()[0].Type
	var value *vector.Vector
	s, err := q.stream(plan)
	if err != nil {
		return nil, err
	}
	r := newResult(func(b *vector.Batch) error {
		switch n := b.Len(); {
		case n == 0:
			return nil
		case n > 1 || value != nil:
			return sqlerr.New("SCALAR_SUBQUERY_TOO_MANY_ROWS")
		}
		value = vector.Flatten(b.Column(0))
		return nil
	})
	if err := q.run(s, r.worker); err != nil {
		return nil, err
	}
	if value == nil {
		value = vector.NullConst(t, 1)
	}
	return value, nil
}

// panicked makes an error of a panic: a defect, which ends the statement and nothing else.
func panicked(r any) error {
	if err, ok := r.(error); ok {
		return sqlerr.Internal("%v", r).Wrap(fmt.Errorf("%w\n%s", err, debug.Stack()))
	}
	return sqlerr.Internal("%v", r).Wrap(fmt.Errorf("panic: %v\n%s", r, debug.Stack()))
}

// parallel calls f(0) to f(n-1) on the query's workers and gives the first error.
func (q *query) parallel(n int, f func(i int) error) error {
	workers := min(n, q.threads)
	if workers <= 1 {
		for i := 0; i < n; i++ {
			if err := q.ctx.Err(); err != nil {
				return err
			}
			if err := f(i); err != nil {
				return err
			}
		}
		return nil
	}
	var (
		wg    sync.WaitGroup
		mu    sync.Mutex
		next  int
		first error
	)
	for range workers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for {
				mu.Lock()
				i := next
				next++
				stop := first != nil || i >= n
				mu.Unlock()
				if stop {
					return
				}
				err := q.ctx.Err()
				if err == nil {
					err = protect(func() error { return f(i) })
				}
				if err != nil {
					mu.Lock()
					if first == nil {
						first = err
					}
					mu.Unlock()
					return
				}
			}
		}()
	}
	wg.Wait()
	return first
}

// protect turns a panic of f into its error.
func protect(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = panicked(r)
		}
	}()
	return f()
}
