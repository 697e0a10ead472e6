package stream

import (
	"strings"

	"github.com/argan-sql/argan/catalog"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/sqlerr"
)

// CheckStateless refuses a plan whose answer over all rows is not the sum of its answers over the pieces of its streams: then
// running it piece by piece would be wrong. isStream knows the tables that stand for streams.
//
// A join with a table is right where the stream is the side whose rows are kept; the table is read as it is when the piece is.
func CheckStateless(plan logical.Node, isStream func(catalog.Table) bool) error {
	c := &stateless{isStream: isStream, ctes: map[int]bool{}}
	streams, err := c.check(plan)
	if err == nil && !streams {
		return sqlerr.New("NO_STREAM_IN_QUERY").WithHint("Write STREAM before the table that is read as it grows; for a query over whole tables there is CREATE MATERIALIZED VIEW.")
	}
	return err
}

type stateless struct {
	isStream func(catalog.Table) bool
	ctes     map[int]bool
}

// check says whether a plan reads a stream.
func (c *stateless) check(n logical.Node) (bool, error) {
	for _, sub := range logical.Subplans(n) {
		streams, err := c.check(sub)
		if err != nil {
			return false, err
		}
		if streams {
			return false, sqlerr.Unsupported("STREAM in a subquery of an expression")
		}
	}
	switch n := n.(type) {
	case *logical.Scan:
		return c.isStream(n.Table), nil
	case *logical.CTERef:
		return c.ctes[n.ID], nil
	case *logical.CTE:
		streams, err := c.check(n.Query)
		if err != nil {
			return false, err
		}
		c.ctes[n.ID] = streams
		return c.check(n.Input)
	case *logical.Join:
		return c.join(n)
	case *logical.SetOp:
		return c.setOp(n)
	}
	streams := false
	for _, child := range n.Children() {
		s, err := c.check(child)
		if err != nil {
			return false, err
		}
		streams = streams || s
	}
	if streams {
		if what := whole(n); what != "" {
			return false, sqlerr.Unsupported("%s over a stream", what).WithHint("A stream is read piece by piece, and this needs all rows at once. Stream into a table, and make a materialized view of it.")
		}
	}
	return streams, nil
}

// whole names what needs all rows of its input at once; "" for what goes row by row.
func whole(n logical.Node) string {
	switch n.(type) {
	case *logical.Project, *logical.Filter, *logical.Generate, *logical.Expand, *logical.Repartition, *logical.Sample:
		return ""
	case *logical.Aggregate:
		return "GROUP BY or an aggregate"
	case *logical.Distinct:
		return "DISTINCT"
	case *logical.Window:
		return "A window function"
	case *logical.Sort, *logical.TopN:
		return "ORDER BY"
	case *logical.Limit:
		return "LIMIT"
	}
	name, _, _ := strings.Cut(n.String(), " ")
	return name
}

func (c *stateless) join(n *logical.Join) (bool, error) {
	left, err := c.check(n.Left)
	if err != nil {
		return false, err
	}
	right, err := c.check(n.Right)
	if err != nil || !left && !right {
		return false, err
	}
	if left && right {
		return false, sqlerr.Unsupported("A join of two streams").WithHint("Read one of the two without STREAM: it is then joined as it is when the piece comes.")
	}
	ok := n.Kind == logical.Inner || n.Kind == logical.Cross
	if left {
		ok = ok || n.Kind == logical.LeftOuter || n.Kind == logical.LeftSemi || n.Kind == logical.LeftAnti || n.Kind == logical.Mark || n.Kind == logical.Single
	} else {
		ok = ok || n.Kind == logical.RightOuter
	}
	if !ok {
		return false, sqlerr.Unsupported("A join that keeps rows of a table beside a stream").WithHint("The rows kept must be the stream's: stream LEFT JOIN table.")
	}
	return true, nil
}

func (c *stateless) setOp(n *logical.SetOp) (bool, error) {
	count := 0
	for _, child := range n.Children() {
		s, err := c.check(child)
		if err != nil {
			return false, err
		}
		if s {
			count++
		}
	}
	if count == 0 {
		return false, nil
	}
	if n.Kind != logical.Union {
		return false, sqlerr.Unsupported("Set operations but UNION ALL over a stream")
	}
	if count < len(n.Children()) {
		return false, sqlerr.Unsupported("UNION ALL of a stream and a table").WithHint("The table's rows would come with every piece. Write STREAM before it too, or fill it in by CREATE FLOW … INSERT INTO ONCE.")
	}
	return true, nil
}
