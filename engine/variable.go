package engine

import (
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// variable is a session variable: DECLARE VARIABLE, SET VARIABLE.
type variable struct {
	name  string
	typ   *types.Type
	value *vector.Vector // one row
	// initial is the value SET VARIABLE v = DEFAULT goes back to.
	initial *vector.Vector
}
