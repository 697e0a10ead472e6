package eval

import (
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/expr"
)

// lambdaNode calls a function that takes lambdas.
type lambdaNode struct {
	bound *function.Bound
	ctx   *function.Context
	// args holds nil where the argument is a lambda, which is in bodies then.
	args   []node
	bodies []*lambdaBody
	pace   pace
}

// lambdaBody is a compiled lambda: the slots of its parameters and what it computes.
type lambdaBody struct {
	slots []int
	body  node
}

func (c *compiler) lambdaCall(e *expr.Call) (node, error) {
	n := &lambdaNode{bound: e.Bound, ctx: c.env.Context, args: make([]node, len(e.Args)), bodies: make([]*lambdaBody, len(e.Args))}
	for i, a := range e.Args {
		l, ok := a.(*expr.Lambda)
		if !ok {
			arg, err := c.compile(a)
			if err != nil {
				return nil, err
			}
			n.args[i] = arg
			continue
		}
		lb := &lambdaBody{}
		for _, p := range l.Params {
			slot := len(c.slots)
			c.slots[p.ID] = slot
			lb.slots = append(lb.slots, slot)
		}
		body, err := c.compile(l.Body)
		if err != nil {
			return nil, err
		}
		lb.body = body
		n.bodies[i] = lb
	}
	return n, nil
}

func (l *lambdaNode) eval(f *frame) (*vector.Vector, error) {
	if f.n == 0 {
		return vector.New(l.bound.Return, 0), nil
	}
	if l.bound.Function.Volatile || f.n == 1 {
		return l.rows(f)
	}
	return l.pace.over(l.ctx, l.bound.Return, f.n, func(from, to int) (*vector.Vector, error) {
		if from == 0 && to == f.n {
			return l.rows(f)
		}
		sel := make([]uint32, to-from)
		for i := range sel {
			sel[i] = uint32(from + i)
		}
		return l.rows(f.sub(sel))
	})
}

// rows calls the function for all rows of a frame.
func (l *lambdaNode) rows(f *frame) (*vector.Vector, error) {
	vals := make([]*vector.Vector, len(l.args))
	funcs := make([]function.LambdaFunc, len(l.args))
	strict := l.bound.Function.Nulls == function.NullIfAnyNull
	var valid vector.Bitmap
	for i, a := range l.args {
		if a == nil {
			funcs[i] = l.bodies[i].over(f)
			continue
		}
		v, err := a.eval(f)
		if err != nil {
			return nil, err
		}
		vals[i] = v
		if strict && v.HasNulls() {
			valid = vector.And(valid, v.Nulls(), f.n)
		}
	}
	r, err := l.bound.LambdaEval(l.ctx, vals, funcs, f.n)
	if err != nil {
		return nil, err
	}
	return withNulls(r, valid), nil
}

// over is the lambda as a function of its parameters, with the columns and outer parameters of f captured.
func (lb *lambdaBody) over(f *frame) function.LambdaFunc {
	return func(params []*vector.Vector, parent []uint32, n int) (*vector.Vector, error) {
		in := f.sub(parent[:n])
		slots := len(in.params)
		for _, s := range lb.slots {
			slots = max(slots, s+1)
		}
		full := make([]*vector.Vector, slots)
		copy(full, in.params)
		for i, s := range lb.slots {
			if i < len(params) {
				full[s] = params[i]
			}
		}
		in.params = full
		return lb.body.eval(in)
	}
}
