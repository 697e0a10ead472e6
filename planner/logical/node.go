// Package logical holds the logical plan: relational nodes over bound expressions. The analyzer makes it, each
// optimizer rule rewrites it, planner/lower turns it into a physical plan.
//
// Nodes are immutable. A node's Output lists its columns; an expression of a node refers to columns of its children's
// Output by their IDs.
package logical

import (
	"github.com/argan-sql/argan/catalog"
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/expr"
)

// Node is a node of a logical plan.
type Node interface {
	// Output lists the columns the node gives, in order.
	Output() []*expr.Column
	// Children are the inputs.
	Children() []Node
	// WithChildren is the same node over other inputs, as many as Children gave.
	WithChildren(children []Node) Node
	// Expressions are the expressions the node evaluates, in a fixed order.
	Expressions() []expr.Expr
	// WithExpressions is the same node with other expressions, as many as Expressions gave.
	WithExpressions(exprs []expr.Expr) Node
	// String is the node's line in EXPLAIN, without its children.
	String() string
}

// Scan reads a snapshot of a table.
type Scan struct {
	Table    catalog.Table
	Snapshot catalog.Snapshot
	// Columns are the output; Fields[i] is the number of Columns[i] in Snapshot.Schema(), or one of the constants below.
	Columns []*expr.Column
	Fields  []int
	// Filters were pushed into the scan (each over Columns, all must hold). The scan applies them fully.
	Filters []expr.Expr
	// Predicate is what of Filters can skip files and row groups; set with them.
	Predicate catalog.Predicate
	// Runtime filters come from the build sides of joins above: the scan drops rows whose column cannot match.
	Runtime []RuntimeFilter
	// Limit is a bound on the rows needed, -1 for none.
	Limit int64
}

// Numbers in Scan.Fields for columns that are not in the schema.
const (
	FieldFilePath    = -1  // string: the file's path (input_file_name, _metadata.file_path)
	FieldFileIndex   = -2  // int: number of the file in Snapshot.Files(nil) order, for DML
	FieldRowIndex    = -3  // bigint: number of the row in its file, before deletions
	FieldFileName    = -4  // string
	FieldFileSize    = -5  // bigint
	FieldFileModTime = -6  // timestamp
	FieldBlockStart  = -7  // bigint: 0
	FieldBlockLength = -8  // bigint: the file's size
	FieldConstant    = -20 // FieldConstant-k and below is not used; constants of catalog.File are ordinary schema fields
)

// RuntimeFilter names the join and the build key whose values bound Column.
type RuntimeFilter struct {
	// Source is the same number as in the Join's RuntimeFilters.
	Source int
	Column *expr.Column
}

// Values is a constant relation: rows of expressions without columns.
type Values struct {
	Columns []*expr.Column
	Rows    [][]expr.Expr
}

// Batches is a relation held in memory.
type Batches struct {
	Columns []*expr.Column
	Data    []*vector.Batch
	Name    string
}

// Range is range(start, end, step): one bigint column.
type Range struct {
	Column           *expr.Column
	Start, End, Step int64
}

// Named is an expression and the column it becomes. Where Expr is a Column with Out's ID, it passes through.
type Named struct {
	Expr expr.Expr
	Out  *expr.Column
}

// Project computes expressions.
type Project struct {
	Exprs []Named
	Input Node
}

// Filter keeps the rows for which the condition is true.
type Filter struct {
	Condition expr.Expr
	Input     Node
}

// JoinKind is the kind of a join.
type JoinKind uint8

// Kinds of joins. Semi, Anti give the left side's columns only. Mark gives them and one boolean: whether IN or EXISTS
// holds (three-valued for IN); Single is a left join that fails when a left row finds more than one partner (scalar subqueries).
const (
	Inner JoinKind = iota
	LeftOuter
	RightOuter
	FullOuter
	LeftSemi
	LeftAnti
	Cross
	Mark
	Single
)

func (k JoinKind) String() string {
	return [...]string{"Inner", "LeftOuter", "RightOuter", "FullOuter", "LeftSemi", "LeftAnti", "Cross", "ExistenceJoin", "LeftSingle"}[k]
}

// Join joins two inputs. For NOT IN, NullAware makes a LeftAnti join drop a left row also where the comparison is unknown.
type Join struct {
	Kind        JoinKind
	Condition   expr.Expr // nil: always true
	Left, Right Node
	NullAware   bool
	MarkColumn  *expr.Column // of a Mark join
	// Lateral says that Right refers to columns of Left by Outer nodes; the optimizer removes it or refuses.
	Lateral bool
	// BuildLeft asks the executor to build its hash table from the left input.
	BuildLeft bool
	// RuntimeFilters number the equi-join keys whose build side bounds a scan of the probe side: key i (in the order of the
	// condition's equalities) feeds filter number RuntimeFilters[i]; 0 for none.
	RuntimeFilters []int
	// Hint is the join hint in force (broadcast, merge …), "" for none.
	Hint string
}

// Aggregate groups and aggregates. Without Groups there is one output row. Output: Groups' columns, then Aggregates'.
type Aggregate struct {
	Groups     []Named
	Aggregates []Named // Expr is *expr.Aggregate
	Input      Node
}

// Expand gives each input row once per projection (GROUPING SETS, CUBE, ROLLUP, several DISTINCTs).
type Expand struct {
	Projections [][]expr.Expr
	Columns     []*expr.Column
	Input       Node
}

// Window adds columns: functions over windows that share partition and order keys.
type Window struct {
	Functions []Named // Expr is *expr.Window, all with equal PartitionBy and OrderBy
	Input     Node
}

// Sort sorts the rows; Global is false for SORT BY.
type Sort struct {
	Keys   []expr.SortKey
	Global bool
	Input  Node
}

// Limit skips Offset rows and gives at most Count; Count -1 is no bound.
type Limit struct {
	Count, Offset int64
	Input         Node
}

// TopN is Sort and Limit in one.
type TopN struct {
	Keys          []expr.SortKey
	Count, Offset int64
	Input         Node
}

// Distinct drops duplicate rows.
type Distinct struct{ Input Node }

// SetKind is the kind of a SetOp.
type SetKind uint8

// Kinds of set operations.
const (
	Union SetKind = iota // UNION ALL; UNION is Distinct over it
	Intersect
	Except
)

// SetOp combines inputs of equal column types by position. All keeps duplicates (Union always does).
type SetOp struct {
	Kind    SetKind
	All     bool
	Inputs  []Node
	Columns []*expr.Column
}

// Generate calls a table-generating function for each input row; output: the input's columns, then Columns.
type Generate struct {
	Bound   *function.BoundGenerator
	Args    []expr.Expr
	Columns []*expr.Column
	Outer   bool
	Input   Node
}

// Sample keeps a part of the rows: each with probability To-From (Bernoulli), deterministic by Seed.
type Sample struct {
	From, To float64
	Seed     int64
	Input    Node
}

// Repartition is DISTRIBUTE BY, CLUSTER BY's first half and repartition hints; it has no effect on the rows.
type Repartition struct {
	Keys  []expr.Expr
	Count int
	Input Node
}

// CTE is a common table expression that is computed once and read by several CTERefs below Input.
type CTE struct {
	ID    int
	Name  string
	Query Node
	Input Node
}

// CTERef reads a CTE: Columns[i] is the new identity of column i of its query.
type CTERef struct {
	ID      int
	Name    string
	Columns []*expr.Column
	// Source is the CTE's query, for statistics and inlining.
	Source Node
}
