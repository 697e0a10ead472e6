package exec

import (
	"github.com/argan-sql/argan/planner/physical"
	"github.com/argan-sql/argan/sqlerr"
)

// materialized is a common table expression: its rows, once it has been read for the first time.
type materialized struct {
	node *physical.CTE
	rows *rows
}

// cteRef reads a common table expression, which is computed for its first reader.
func (q *query) cteRef(n *physical.CTERef) (*stream, error) {
	m := q.ctes[n.ID]
	if m == nil {
		return nil, sqlerr.Internal("common table %s is not in the plan", n.Label)
	}
	if m.rows == nil {
		s, err := q.stream(m.node.Query)
		if err != nil {
			return nil, err
		}
		c := newCollector(q, physical.Types(m.node.Query.Output()), m.node)
		if err := q.run(s, c.worker); err != nil {
			return nil, err
		}
		if m.rows, err = c.finish(); err != nil {
			return nil, err
		}
	}
	return m.rows.stream(n, n.Kept), nil
}
