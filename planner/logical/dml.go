package logical

import "github.com/argan-sql/argan/planner/expr"

// The statements that change rows, resolved. They are not relational nodes: engine/tablewriter builds a plan from them.

// WriteMode says what a write does with the rows that are there.
type WriteMode uint8

// Modes of writing.
const (
	Append             WriteMode = iota
	Overwrite                    // all rows, or with dynamic partition overwrite the partitions written
	ReplaceWhere                 // rows for which Insert.Where holds
	OverwritePartition           // the static PARTITION (…) given
)

// Insert writes the rows of Query, whose output is cast to the target's columns, in the order of Target.Output().
type Insert struct {
	Target *Scan
	Query  Node
	Mode   WriteMode
	// Where is over Target's columns: REPLACE WHERE, or the static partition of INSERT OVERWRITE … PARTITION.
	Where expr.Expr
	// NewColumns are added to the table first (WITH SCHEMA EVOLUTION, mergeSchema); they come last in Query's output.
	NewColumns []*expr.Column
}

// Assignment sets a column to a value of exactly its type.
type Assignment struct {
	Column *expr.Column // of Target
	Value  expr.Expr
}

// Update changes the rows of Target for which Condition holds (nil: all). Values[i] is the new value of column i of
// Target.Output(), cast to its type; for columns that are not assigned it is the column itself.
type Update struct {
	Target    *Scan
	Condition expr.Expr
	Values    []expr.Expr
	// Assigned tells which columns the statement names.
	Assigned []bool
}

// Delete drops the rows of Target for which Condition holds (nil: all).
type Delete struct {
	Target    *Scan
	Condition expr.Expr
}

// ClauseAction is what a MERGE clause does.
type ClauseAction uint8

// Actions of MERGE clauses.
const (
	MergeUpdate ClauseAction = iota
	MergeDelete
	MergeInsert
)

// MergeClause is a WHEN clause. Values are as in Update (for inserts: over Source's columns only), one per column of the
// target after evolution: Target.Output() then NewColumns.
type MergeClause struct {
	Condition expr.Expr // nil: always
	Action    ClauseAction
	Values    []expr.Expr
	Assigned  []bool
}

// Merge is MERGE INTO Target USING Source ON Condition. The first clause of a list whose condition holds applies.
type Merge struct {
	Target                                  *Scan
	Source                                  Node
	Condition                               expr.Expr
	Matched, NotMatched, NotMatchedBySource []MergeClause
	// NewColumns are added to the table first (schema evolution).
	NewColumns []*expr.Column
}
