package exec

import (
	"github.com/argan-sql/argan/planner/physical"
	"github.com/argan-sql/argan/sqlerr"
)

// stream makes the pipeline of a node. What a breaker needs below it is run at once, so that the pipeline can start.
func (q *query) stream(n physical.Node) (*stream, error) {
	switch n := n.(type) {
	case *physical.Scan:
		return q.scan(n)
	case *physical.Values:
		return q.values(n)
	case *physical.Batches:
		return from(&batchSource{batches: n.Data}, n), nil
	case *physical.Range:
		return from(&rangeSource{node: n}, n), nil
	case *physical.Filter:
		return q.filter(n)
	case *physical.Project:
		return q.project(n)
	case *physical.Expand:
		return q.expand(n)
	case *physical.Generate:
		return q.generate(n)
	case *physical.Sample:
		return q.sample(n)
	case *physical.Union:
		return q.union(n)
	case *physical.Limit:
		return q.limit(n)
	case *physical.HashAggregate:
		return q.aggregate(n)
	case *physical.HashJoin:
		return q.hashJoin(n)
	case *physical.NestedLoopJoin:
		return q.nestedLoop(n)
	case *physical.Sort:
		return q.sort(n)
	case *physical.TopN:
		return q.topN(n)
	case *physical.Window:
		return q.window(n)
	case *physical.WindowGroupLimit:
		return q.groupLimit(n)
	case *physical.CTERef:
		return q.cteRef(n)
	case *physical.SetCounts:
		return q.setCounts(n)
	}
	return nil, sqlerr.Internal("cannot run %T", n)
}
