package eval

import (
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/kernel"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/types"
)

// callNode calls a scalar function.
type callNode struct {
	bound *function.Bound
	ctx   *function.Context
	args  []node
	// only is the argument that is not a constant of the expression, when there is exactly one; else -1.
	only int
	memo dictMemo
	vals []*vector.Vector
	pace pace
}

func (c *compiler) call(e *expr.Call) (node, error) {
	if e.Bound.LambdaEval != nil {
		return c.lambdaCall(e)
	}
	args, err := c.all(e.Args)
	if err != nil {
		return nil, err
	}
	n := &callNode{bound: e.Bound, ctx: c.env.Context, args: args, only: -1, vals: make([]*vector.Vector, len(args))}
	open := 0
	for i, a := range args {
		if _, isConst := a.(*constNode); !isConst {
			n.only = i
			open++
		}
	}
	if open != 1 || e.Bound.Function.Volatile {
		n.only = -1
	}
	if op, ok := kernel.OpByName(e.Bound.Function.Name); ok && len(args) == 2 && e.Args[0].Type().Equal(e.Args[1].Type()) {
		return &compareNode{callNode: n, sel: kernel.Select(op, e.Args[0].Type())}, nil
	}
	return n, nil
}

// compareNode is a comparison: as a condition it gives the rows at once.
type compareNode struct {
	*callNode
	sel kernel.Selector
}

func (c *compareNode) selectRows(f *frame, out []uint32) ([]uint32, error) {
	a, err := c.args[0].eval(f)
	if err != nil {
		return nil, err
	}
	b, err := c.args[1].eval(f)
	if err != nil {
		return nil, err
	}
	for _, v := range []*vector.Vector{a, b} {
		if v.Form == vector.Const && !v.Valid.Get(0) {
			return out, nil
		}
	}
	return c.sel(out, a, b), nil
}

func (c *callNode) eval(f *frame) (*vector.Vector, error) {
	if f.n == 0 {
		return vector.New(c.bound.Return, 0), nil
	}
	strict := c.bound.Function.Nulls == function.NullIfAnyNull
	allConst := len(c.args) > 0 && !c.bound.Function.Volatile
	// A call may be entered again while its arguments are computed only through a lambda, which has nodes of its own.
	vals := c.vals
	for i, a := range c.args {
		v, err := a.eval(f)
		if err != nil {
			return nil, err
		}
		if strict && v.Form == vector.Const && !v.Valid.Get(0) {
			return vector.NullConst(c.bound.Return, f.n), nil
		}
		allConst = allConst && v.Form == vector.Const
		vals[i] = v
	}
	if allConst {
		for i, v := range vals {
			vals[i] = constant(v, 1)
		}
		r, err := c.apply(vals, 1)
		if err != nil {
			return nil, err
		}
		return constant(r, f.n), nil
	}
	if c.only >= 0 && vals[c.only].Form == vector.Dict {
		v := vals[c.only]
		// A function that treats NULLs itself may give a value for one, which the dictionary cannot show.
		if (strict || v.Valid == nil) && c.memo.worth(v, f.n) {
			return c.memo.eval(v, func(entries *vector.Vector) (*vector.Vector, error) {
				for i, a := range vals {
					if i != c.only {
						vals[i] = constant(a, entries.Len)
					}
				}
				vals[c.only] = entries
				return c.apply(vals, entries.Len)
			})
		}
	}
	return c.apply(vals, f.n)
}

// apply calls the function, and puts the NULLs of strict arguments into the result.
func (c *callNode) apply(vals []*vector.Vector, n int) (*vector.Vector, error) {
	r, err := c.call(vals, n)
	if err != nil {
		return nil, err
	}
	if c.bound.Function.Nulls != function.NullIfAnyNull {
		return r, nil
	}
	var valid vector.Bitmap
	for _, v := range vals {
		if v.HasNulls() {
			valid = vector.And(valid, v.Nulls(), n)
		}
	}
	return withNulls(r, valid), nil
}

// call calls the function, in pieces where a row may take long.
func (c *callNode) call(vals []*vector.Vector, n int) (*vector.Vector, error) {
	if n <= 1 || !c.varies(vals) || c.bound.Function.Volatile {
		return c.bound.Eval(c.ctx, vals, n)
	}
	return c.pace.over(c.ctx, c.bound.Return, n, func(from, to int) (*vector.Vector, error) {
		if from == 0 && to == n {
			return c.bound.Eval(c.ctx, vals, n)
		}
		part := make([]*vector.Vector, len(vals))
		for i, v := range vals {
			part[i] = vector.Slice(v, from, to)
		}
		return c.bound.Eval(c.ctx, part, to-from)
	})
}

// varies says whether a row may take long: where values of any length go in or come out.
func (c *callNode) varies(vals []*vector.Vector) bool {
	if unbounded(c.bound.Return) {
		return true
	}
	for _, v := range vals {
		if unbounded(v.Type) {
			return true
		}
	}
	return false
}

func unbounded(t *types.Type) bool { return t.IsNested() || t.Physical() == types.PhysBytes }
