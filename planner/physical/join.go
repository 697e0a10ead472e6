package physical

import (
	"fmt"

	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
)

// HashJoin joins on equal keys. Kept says which of the columns of Left and Right (numbered one after the other) it gives;
// a Mark join appends its boolean.
type HashJoin struct {
	Kind        logical.JoinKind
	Left, Right Node
	// LeftKeys are over Left, RightKeys over Right; NullSafe[i] makes key i compare as <=>.
	LeftKeys, RightKeys []expr.Expr
	NullSafe            []bool
	// Residual is what else must hold, over both inputs; nil for nothing.
	Residual expr.Expr
	// NullAware: an anti join drops, and a mark join answers NULL for, rows whose comparison is unknown (one key, no Residual).
	NullAware bool
	BuildLeft bool
	// RuntimeFilters number the filters that the build side's values of each key feed; 0 for none.
	RuntimeFilters []int
	Kept           []int
	Columns        []Column
}

// Output of a join.
func (j *HashJoin) Output() []Column { return j.Columns }

// Children of a join.
func (j *HashJoin) Children() []Node { return []Node{j.Left, j.Right} }

// Name of a join.
func (j *HashJoin) Name() string { return "HashJoin" }

// Details of a join.
func (j *HashJoin) Details() string {
	side := "BuildRight"
	if j.BuildLeft {
		side = "BuildLeft"
	}
	d := fmt.Sprintf("%s, %s, %s, %s", list(j.LeftKeys), list(j.RightKeys), j.Kind, side)
	if j.Residual != nil {
		d += ", " + j.Residual.String()
	}
	if j.NullAware {
		d += ", null aware"
	}
	return d
}

// NestedLoopJoin joins on any condition (nil: always true). The right input is kept in memory.
type NestedLoopJoin struct {
	Kind        logical.JoinKind
	Left, Right Node
	Condition   expr.Expr
	NullAware   bool
	Kept        []int
	Columns     []Column
}

// Output of a join.
func (j *NestedLoopJoin) Output() []Column { return j.Columns }

// Children of a join.
func (j *NestedLoopJoin) Children() []Node { return []Node{j.Left, j.Right} }

// Name of a join.
func (j *NestedLoopJoin) Name() string {
	if j.Kind == logical.Cross || j.Condition == nil {
		return "CartesianProduct"
	}
	return "NestedLoopJoin"
}

// Details of a join.
func (j *NestedLoopJoin) Details() string {
	d := j.Kind.String()
	if j.Condition != nil {
		d += ", " + j.Condition.String()
	}
	return d
}
