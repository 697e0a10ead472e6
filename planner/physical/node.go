// Package physical holds the physical plan: what the executor runs, as plain data.
//
// In: planner/lower makes it from a logical plan. Out: exec builds pipelines of it, EXPLAIN prints it. Expressions of a
// node refer to the columns of its input by position (expr.Ordinal); a node with two inputs sees the left one's columns
// and then the right one's. Nothing here is changed after it was made, so that a plan may be cached and run many times.
package physical

import (
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/types"
)

// Column is an output column of a node.
type Column struct {
	Name string
	Type *types.Type
	Null bool
}

// Node is an operator of a physical plan.
type Node interface {
	// Output lists the columns the node gives, in order.
	Output() []Column
	// Children are the inputs.
	Children() []Node
	// Name is the operator's name in EXPLAIN, such as HashAggregate.
	Name() string
	// Details says in EXPLAIN what the operator does, "" if the name says it all.
	Details() string
}

// ColumnOf describes the column that an expression becomes.
func ColumnOf(name string, e expr.Expr) Column {
	return Column{Name: name, Type: e.Type(), Null: e.Nullable()}
}

// Types are the types of columns.
func Types(cols []Column) []*types.Type {
	out := make([]*types.Type, len(cols))
	for i, c := range cols {
		out[i] = c.Type
	}
	return out
}

// ScalarRef is the value of a scalar subquery that has been run before the plan: it stands in expressions where the
// Subquery stood.
type ScalarRef struct {
	// Index is the subquery's number in Root.Subqueries.
	Index int
	T     *types.Type
}

// Type is the subquery's type.
func (s *ScalarRef) Type() *types.Type { return s.T }

// Nullable: a subquery without rows is NULL.
func (s *ScalarRef) Nullable() bool { return true }

// Children: none.
func (s *ScalarRef) Children() []expr.Expr { return nil }

// With has nothing to replace.
func (s *ScalarRef) With([]expr.Expr) expr.Expr { return s }

func (s *ScalarRef) String() string { return "scalar-subquery" }
