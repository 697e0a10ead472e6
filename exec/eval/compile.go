// Package eval computes bound expressions over batches.
//
// In: an expr.Expr whose columns are Ordinals. Out: a Program that gives a vector per batch, or a Filter that gives the
// rows for which conditions hold. A function sees whole vectors; a dictionary-coded argument is evaluated once per
// dictionary, constants once per batch, and the branches of AND, OR, CASE and COALESCE only on the rows that need them.
//
// A Program keeps memos and belongs to one worker. The vectors it gives are new or shared, never reused.
package eval

import (
	"reflect"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/physical"
	"github.com/argan-sql/argan/sqlerr"
)

// Env is what expressions see besides their batch.
type Env struct {
	// Context goes to every function.
	Context *function.Context
	// Scalars are the values of the scalar subqueries that have run, by physical.ScalarRef.Index: vectors of one row.
	Scalars []*vector.Vector
}

// Program is a compiled expression.
type Program struct{ root node }

// node computes a part of an expression for the rows of a frame.
type node interface {
	eval(f *frame) (*vector.Vector, error)
}

// frame is the rows an expression is computed for.
type frame struct {
	b *vector.Batch
	n int
	// params are the values of the lambda parameters in force, by slot.
	params []*vector.Vector
}

// sub is the frame of the rows sel of f.
func (f *frame) sub(sel []uint32) *frame {
	out := &frame{b: f.b.Select(sel), n: len(sel)}
	if f.params != nil {
		out.params = make([]*vector.Vector, len(f.params))
		for i, p := range f.params {
			if p != nil {
				out.params[i] = vector.Gather(p, sel)
			}
		}
	}
	return out
}

// compiler keeps what a compilation knows.
type compiler struct {
	env *Env
	// slots gives each lambda parameter its place in frame.params.
	slots map[expr.ID]int
	// shared holds, for a group of expressions, those that occur in it more than once.
	shared []*sharedNode
}

// Compile makes a program of an expression.
func Compile(e expr.Expr, env *Env) (*Program, error) {
	c := &compiler{env: env, slots: map[expr.ID]int{}}
	n, err := c.compile(e)
	if err != nil {
		return nil, err
	}
	return &Program{n}, nil
}

// Eval computes the expression for the rows of a batch that count.
func (p *Program) Eval(b *vector.Batch) (*vector.Vector, error) {
	return p.root.eval(&frame{b: b, n: b.Len()})
}

// Constant computes an expression without columns: a vector of one row.
func Constant(e expr.Expr, ctx *function.Context) (*vector.Vector, error) {
	p, err := Compile(e, &Env{Context: ctx})
	if err != nil {
		return nil, err
	}
	v, err := p.Eval(vector.NewBatch(nil, 1))
	if err != nil {
		return nil, err
	}
	return constant(v, 1), nil
}

func (c *compiler) compile(e expr.Expr) (node, error) {
	for _, s := range c.shared {
		if s.of == e || sameKind(s.of, e) && expr.Equal(s.of, e) {
			if s.node == nil {
				n, err := c.compileAlone(e)
				if err != nil {
					return nil, err
				}
				s.node = n
			}
			return s, nil
		}
	}
	return c.compileAlone(e)
}

// sameKind is a quick test that two expressions may be equal.
func sameKind(a, b expr.Expr) bool {
	return reflect.TypeOf(a) == reflect.TypeOf(b) && len(a.Children()) == len(b.Children())
}

func (c *compiler) compileAlone(e expr.Expr) (node, error) {
	switch e := e.(type) {
	case *expr.Ordinal:
		return &columnNode{index: e.Index}, nil
	case *expr.Literal:
		return &constNode{value: constant(e.Value, 1)}, nil
	case *physical.ScalarRef:
		if e.Index >= len(c.env.Scalars) || c.env.Scalars[e.Index] == nil {
			return nil, sqlerr.Internal("scalar subquery %d has not run", e.Index)
		}
		return &constNode{value: constant(c.env.Scalars[e.Index], 1)}, nil
	case *expr.LambdaVar:
		slot, ok := c.slots[e.ID]
		if !ok {
			return nil, sqlerr.Internal("lambda parameter %s outside of its lambda", e.Name)
		}
		return &paramNode{slot: slot}, nil
	case *expr.Call:
		return c.call(e)
	case *expr.Cast:
		child, err := c.compile(e.Child)
		if err != nil {
			return nil, err
		}
		return &castNode{apply: e.Apply, to: e.To, child: child, ctx: c.env.Context}, nil
	case *expr.And:
		terms, err := c.all(e.Terms)
		return &andNode{terms: terms}, err
	case *expr.Or:
		terms, err := c.all(e.Terms)
		return &andNode{terms: terms, or: true}, err
	case *expr.Case:
		return c.caseOf(e)
	case *expr.Coalesce:
		args, err := c.all(e.Args)
		return &coalesceNode{args: args, t: e.Type()}, err
	case *expr.Column:
		return nil, sqlerr.Internal("column %s is not resolved to a position", e.Name)
	case *expr.Subquery:
		return nil, sqlerr.Unsupported("a subquery in this place")
	case *expr.Outer:
		return nil, sqlerr.Unsupported("a correlated reference to %s in this place", e.Column.Name)
	}
	return nil, sqlerr.Internal("cannot compute %T", e)
}

func (c *compiler) all(es []expr.Expr) ([]node, error) {
	out := make([]node, len(es))
	for i, e := range es {
		n, err := c.compile(e)
		if err != nil {
			return nil, err
		}
		out[i] = n
	}
	return out, nil
}

// constant is v, whose rows are all equal, as a Const vector of n rows.
func constant(v *vector.Vector, n int) *vector.Vector {
	if v.Form == vector.Const && v.Len == n {
		return v
	}
	c := *v
	if v.Form == vector.Dict {
		one := *v
		one.Len = 1
		c = *vector.Flatten(&one)
	}
	c.Form, c.Len = vector.Const, n
	return &c
}
