package ast

// Query is a query with all that may stand around its body. It is a statement, and a QueryNode where it stands in parentheses.
type Query struct {
	At
	With         *With
	Body         QueryNode
	OrderBy      []SortItem // ORDER BY ALL is a Column named ALL
	SortBy       []SortItem
	DistributeBy []Expr
	ClusterBy    []Expr
	Windows      []NamedWindow // WINDOW after ORDER BY; the usual place is Select.Windows
	Limit        Expr          // nil for none and for LIMIT ALL
	Offset       Expr
}

// Plain says whether there is nothing but the body.
func (q *Query) Plain() bool {
	return q.With == nil && len(q.OrderBy) == 0 && len(q.SortBy) == 0 && len(q.DistributeBy) == 0 && len(q.ClusterBy) == 0 &&
		len(q.Windows) == 0 && q.Limit == nil && q.Offset == nil
}

// With is WITH a AS (...), b AS (...).
type With struct {
	At
	Recursive bool
	CTEs      []CTE
}

// CTE is one common table expression.
type CTE struct {
	At
	Name    Ident
	Columns []Ident
	Query   *Query
}

// SortItem is one expression of ORDER BY. NullsFirst is nil where the text does not say.
type SortItem struct {
	At
	Expr       Expr
	Desc       bool
	NullsFirst *bool
}

// Hint is one hint of /*+ ... */.
type Hint struct {
	At
	Name Ident
	Args []Expr
}

// Select is one SELECT.
type Select struct {
	At
	Hints    []Hint
	Distinct bool
	Items    []Expr   // with *Alias and *Star
	From     Relation // nil for none; a, b is a *Join of kind JoinComma
	Where    Expr
	GroupBy  *GroupBy
	Having   Expr
	Qualify  Expr
	Windows  []NamedWindow
}

// GroupKind is the kind of a GroupItem.
type GroupKind string

// The kinds of group items.
const (
	GroupExprs   GroupKind = ""
	GroupRollup  GroupKind = "ROLLUP"
	GroupCube    GroupKind = "CUBE"
	GroupingSets GroupKind = "GROUPING SETS"
)

// GroupBy is GROUP BY with its items. GROUP BY ALL is one Column named ALL.
type GroupBy struct {
	At
	Items []GroupItem
}

// GroupItem is a group expression or an analytic. At the top, GroupExprs has one expression; within an analytic it is a
// grouping set of any number. GroupRollup and GroupCube have sets as Items; GroupingSets has sets and analytics, and in
// GROUP BY a, b GROUPING SETS (...) the expressions before it as Exprs. a, b WITH ROLLUP is ROLLUP(a, b).
type GroupItem struct {
	At
	Kind  GroupKind
	Exprs []Expr
	Items []GroupItem
}

// SetOpKind is the kind of a set operation.
type SetOpKind string

// The set operations; MINUS is EXCEPT.
const (
	Union     SetOpKind = "UNION"
	Except    SetOpKind = "EXCEPT"
	Intersect SetOpKind = "INTERSECT"
)

// SetOp is left UNION|EXCEPT|INTERSECT [ALL] right.
type SetOp struct {
	At
	Kind        SetOpKind
	All         bool
	Left, Right QueryNode
}

// Values is VALUES rows, as a query or as a relation. A row of one column may stand without parentheses; a row is never empty.
type Values struct {
	At
	Rows  [][]Expr
	Alias *TableAlias
}

// TableStmt is TABLE t: SELECT * FROM t.
type TableStmt struct {
	At
	Name Name
}

// NamedWindow is one window of a WINDOW clause.
type NamedWindow struct {
	At
	Name Ident
	Spec *WindowSpec
}

// WindowSpec is what stands after OVER: a name, or partition, order and frame.
type WindowSpec struct {
	At
	Name        Ident
	PartitionBy []Expr
	OrderBy     []SortItem
	Frame       *Frame // nil where the text does not say
}

// Frame is ROWS|RANGE BETWEEN start AND end. A frame with a start alone ends at the current row.
type Frame struct {
	At
	Range      bool
	Start, End FrameBound
}

// BoundKind is the kind of a frame bound.
type BoundKind uint8

// The kinds of bounds.
const (
	UnboundedPreceding BoundKind = iota
	Preceding
	CurrentRow
	Following
	UnboundedFollowing
)

// FrameBound is one end of a frame.
type FrameBound struct {
	At
	Kind   BoundKind
	Offset Expr // of Preceding and Following
}

func (*Query) statement()     {}
func (*Query) queryNode()     {}
func (*Select) queryNode()    {}
func (*SetOp) queryNode()     {}
func (*Values) queryNode()    {}
func (*Values) relation()     {}
func (*TableStmt) queryNode() {}
