package physical

import (
	"fmt"
	"strings"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/planner/expr"
)

// The operators that need all their rows before they give the first.

// AggregateCall is an aggregate function over the rows of a group.
type AggregateCall struct {
	Bound    *function.BoundAggregate
	Args     []expr.Expr
	Filter   expr.Expr // nil: all rows
	Distinct bool      // each combination of arguments counts once
	Text     string
}

// HashAggregate groups rows by keys. Output: the keys, then the aggregates. Without keys there is one row.
type HashAggregate struct {
	Keys       []expr.Expr
	Aggregates []AggregateCall
	Columns    []Column
	// Global says that there is one row even of no input (there are no keys).
	Global bool
	// Rows and Groups are estimates, -1 unknown.
	Rows, Groups int64
	Input        Node
}

// Output of an aggregate.
func (a *HashAggregate) Output() []Column { return a.Columns }

// Children of an aggregate.
func (a *HashAggregate) Children() []Node { return []Node{a.Input} }

// Name of an aggregate.
func (a *HashAggregate) Name() string { return "HashAggregate" }

// Details of an aggregate.
func (a *HashAggregate) Details() string {
	parts := make([]string, len(a.Aggregates))
	for i, c := range a.Aggregates {
		parts[i] = c.Text
	}
	return fmt.Sprintf("keys=%s, functions=[%s]", list(a.Keys), strings.Join(parts, ", "))
}

// SortKey is a key of an order.
type SortKey struct {
	Expr       expr.Expr
	Desc       bool
	NullsFirst bool
}

func (k SortKey) String() string {
	s := k.Expr.String() + " ASC"
	if k.Desc {
		s = k.Expr.String() + " DESC"
	}
	if k.NullsFirst {
		return s + " NULLS FIRST"
	}
	return s + " NULLS LAST"
}

func keyList(keys []SortKey) string {
	parts := make([]string, len(keys))
	for i, k := range keys {
		parts[i] = k.String()
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// Sort sorts all rows.
type Sort struct {
	Keys  []SortKey
	Input Node
}

// Output of a sort.
func (s *Sort) Output() []Column { return s.Input.Output() }

// Children of a sort.
func (s *Sort) Children() []Node { return []Node{s.Input} }

// Name of a sort.
func (s *Sort) Name() string { return "Sort" }

// Details of a sort.
func (s *Sort) Details() string { return keyList(s.Keys) }

// TopN gives Count rows after the first Offset ones of the order.
type TopN struct {
	Keys          []SortKey
	Count, Offset int64
	Input         Node
}

// Output of a top-n.
func (t *TopN) Output() []Column { return t.Input.Output() }

// Children of a top-n.
func (t *TopN) Children() []Node { return []Node{t.Input} }

// Name of a top-n.
func (t *TopN) Name() string { return "TakeOrderedAndProject" }

// Details of a top-n.
func (t *TopN) Details() string {
	return fmt.Sprintf("limit=%d, offset=%d, orderBy=%s", t.Count, t.Offset, keyList(t.Keys))
}

// WindowCall is a function over a window: exactly one of Aggregate and Function is set.
type WindowCall struct {
	Aggregate *AggregateCall
	Function  *function.BoundWindow
	Args      []expr.Expr // of Function
	Frame     expr.Frame
	Text      string
}

// Window adds a column per call to its input's columns.
type Window struct {
	Partition []expr.Expr
	Order     []SortKey
	Calls     []WindowCall
	Columns   []Column
	Input     Node
}

// Output of a window.
func (w *Window) Output() []Column { return w.Columns }

// Children of a window.
func (w *Window) Children() []Node { return []Node{w.Input} }

// Name of a window.
func (w *Window) Name() string { return "Window" }

// Details of a window.
func (w *Window) Details() string {
	parts := make([]string, len(w.Calls))
	for i, c := range w.Calls {
		parts[i] = c.Text
	}
	return fmt.Sprintf("[%s], partitionBy=%s, orderBy=%s", strings.Join(parts, ", "), list(w.Partition), keyList(w.Order))
}

// WindowGroupLimit keeps the first row of each group by an order: what row_number() = 1 asks for, without numbering or
// sorting the rows. Rows of equal order: the earliest.
type WindowGroupLimit struct {
	Partition []expr.Expr
	Order     []SortKey
	Input     Node
}

// Output of a group limit.
func (w *WindowGroupLimit) Output() []Column { return w.Input.Output() }

// Children of a group limit.
func (w *WindowGroupLimit) Children() []Node { return []Node{w.Input} }

// Name of a group limit.
func (w *WindowGroupLimit) Name() string { return "WindowGroupLimit" }

// Details of a group limit.
func (w *WindowGroupLimit) Details() string {
	return fmt.Sprintf("row_number() = 1, partitionBy=%s, orderBy=%s", list(w.Partition), keyList(w.Order))
}

// CTE is a common table expression that is computed once, for all CTERefs of its ID.
type CTE struct {
	ID    int
	Label string
	Query Node
}

// Output of a CTE.
func (c *CTE) Output() []Column { return c.Query.Output() }

// Children of a CTE.
func (c *CTE) Children() []Node { return []Node{c.Query} }

// Name of a CTE.
func (c *CTE) Name() string { return "Materialize" }

// Details of a CTE.
func (c *CTE) Details() string { return c.Label }

// CTERef reads the rows of a CTE.
type CTERef struct {
	ID      int
	Label   string
	Columns []Column
	// Kept are the numbers of the CTE's columns that are read.
	Kept []int
}

// Output of a reference.
func (c *CTERef) Output() []Column { return c.Columns }

// Children of a reference: none.
func (c *CTERef) Children() []Node { return nil }

// Name of a reference.
func (c *CTERef) Name() string { return "MaterializedScan" }

// Details of a reference.
func (c *CTERef) Details() string { return c.Label + names(c.Columns) }

// Root is a plan with what runs before it: scalar subqueries, in order (a later one may use an earlier one), and common
// table expressions, each when it is first read.
type Root struct {
	Subqueries []Node
	CTEs       []*CTE
	Input      Node
}

// Output of the root.
func (r *Root) Output() []Column { return r.Input.Output() }

// Children of the root: the input, then the common tables, then the subqueries.
func (r *Root) Children() []Node {
	out := []Node{r.Input}
	for _, c := range r.CTEs {
		out = append(out, c)
	}
	return append(out, r.Subqueries...)
}

// Name of the root.
func (r *Root) Name() string { return "AdaptivePlan" }

// Details of the root.
func (r *Root) Details() string {
	return fmt.Sprintf("%d subqueries, %d common tables", len(r.Subqueries), len(r.CTEs))
}

// SetCounts ends INTERSECT ALL and EXCEPT ALL: the last two columns of its input count the row on either side; the row is
// given as often as INTERSECT ALL (the lesser count) or EXCEPT ALL (the surplus on the left) asks for.
type SetCounts struct {
	Except  bool
	Columns []Column
	Input   Node
}

// Output of set counts: the input's columns without the counts.
func (s *SetCounts) Output() []Column { return s.Columns }

// Children of set counts.
func (s *SetCounts) Children() []Node { return []Node{s.Input} }

// Name of set counts.
func (s *SetCounts) Name() string {
	if s.Except {
		return "ExceptAll"
	}
	return "IntersectAll"
}

// Details of set counts: none.
func (s *SetCounts) Details() string { return "" }
