package generator

import (
	"strconv"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

func bindStack(args []function.Arg, _ bool) (*function.BoundGenerator, error) {
	count, null, ok := bind.ConstInt(args[0])
	switch {
	case !args[0].Type.IsInteger() && args[0].Type.Kind != types.Null:
		return nil, bind.Unexpected("stack", args, 0, types.IntFamily.SQL())
	case null || args[0].Type.Kind == types.Null:
		return nil, bind.Mismatch("UNEXPECTED_NULL", "stack", args, "exprName", "n")
	case !ok:
		return nil, bind.NotFoldable("stack", args, 0, "n", "INT")
	case count <= 0:
		return nil, bind.Mismatch("VALUE_OUT_OF_RANGE", "stack", args, "exprName", "n", "valueRange", "(0, 2147483647]", "currentValue", strconv.FormatInt(count, 10))
	}
	n, values := int(count), args[1:]
	width := (len(values) + n - 1) / n
	cols := make([]types.Field, width)
	in := make([]*types.Type, len(args))
	in[0] = types.IntType
	for c := range cols {
		first := -1
		t := types.NullType
		nullable := false
		for k := c; k < len(values); k += width {
			nullable = nullable || values[k].Nullable || values[k].Type.Kind == types.Null
			if values[k].Type.Kind == types.Null {
				continue
			}
			if first < 0 {
				first, t = k, values[k].Type
				continue
			}
			if !t.Equal(values[k].Type) {
				return nil, bind.Mismatch("STACK_COLUMN_DIFF_TYPES", "stack", args, "columnIndex", strconv.Itoa(c), "leftParamIndex", strconv.Itoa(first+1),
					"leftType", bind.TypeSQL(t), "rightParamIndex", strconv.Itoa(k+1), "rightType", bind.TypeSQL(values[k].Type))
			}
		}
		cols[c] = types.Field{Name: "col" + strconv.Itoa(c), Type: t, Nullable: nullable || len(values)%width != 0}
		for k := c; k < len(values); k += width {
			in[k+1] = t
		}
	}
	eval := func(_ *function.Context, args []*vector.Vector, rowsIn int, _ bool) ([]*vector.Vector, []uint32, error) {
		out := make([]*vector.Vector, width)
		for c := range out {
			b := vector.NewBuilder(cols[c].Type, rowsIn*n)
			for i := 0; i < rowsIn; i++ {
				for r := 0; r < n; r++ {
					if k := r*width + c + 1; k < len(args) {
						b.AppendFrom(args[k], i)
					} else {
						b.AppendNull()
					}
				}
			}
			out[c] = b.Finish()
		}
		parent := make([]uint32, 0, rowsIn*n)
		for i := 0; i < rowsIn; i++ {
			for r := 0; r < n; r++ {
				parent = append(parent, uint32(i))
			}
		}
		return out, parent, nil
	}
	return &function.BoundGenerator{Args: in, Columns: cols, Eval: eval}, nil
}
