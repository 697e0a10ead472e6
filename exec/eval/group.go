package eval

import (
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/expr"
)

// Group is a list of expressions that are computed together: what occurs several times in them is computed once.
type Group struct {
	roots []node
	out   []*vector.Vector
}

// CompileGroup compiles a list of expressions.
func CompileGroup(es []expr.Expr, env *Env) (*Group, error) {
	c := &compiler{env: env, slots: map[expr.ID]int{}, shared: repeated(es)}
	roots, err := c.all(es)
	if err != nil {
		return nil, err
	}
	return &Group{roots: roots, out: make([]*vector.Vector, len(roots))}, nil
}

// Eval computes the expressions for the rows of a batch that count. The slice is valid until the next call, the vectors
// for ever.
func (g *Group) Eval(b *vector.Batch) ([]*vector.Vector, error) {
	f := &frame{b: b, n: b.Len()}
	for i, r := range g.roots {
		v, err := r.eval(f)
		if err != nil {
			return nil, err
		}
		g.out[i] = v
	}
	return g.out, nil
}

// Len is the number of expressions.
func (g *Group) Len() int { return len(g.roots) }

// sharedNode is an expression that occurs several times: its value for the last batch is kept.
type sharedNode struct {
	of    expr.Expr
	node  node
	batch *vector.Batch
	value *vector.Vector
}

func (s *sharedNode) eval(f *frame) (*vector.Vector, error) {
	if f.params != nil {
		return s.node.eval(f)
	}
	if s.batch == f.b && s.value != nil {
		return s.value, nil
	}
	v, err := s.node.eval(f)
	if err != nil {
		return nil, err
	}
	s.batch, s.value = f.b, v
	return v, nil
}

// repeated finds the expressions that compute something and occur several times, outside of lambdas.
func repeated(es []expr.Expr) []*sharedNode {
	type seen struct {
		e     expr.Expr
		times int
	}
	byText := map[string][]*seen{}
	var order []*seen
	for _, e := range es {
		expr.Walk(e, func(x expr.Expr) bool {
			switch x.(type) {
			case *expr.Ordinal, *expr.Literal, *expr.LambdaVar:
				return false
			case *expr.Lambda:
				return false
			}
			if len(x.Children()) == 0 || expr.Volatile(x) {
				return true
			}
			key := x.String()
			for _, s := range byText[key] {
				if expr.Equal(s.e, x) {
					s.times++
					return false // its operands come with it
				}
			}
			s := &seen{x, 1}
			byText[key] = append(byText[key], s)
			order = append(order, s)
			return true
		})
	}
	var out []*sharedNode
	for _, s := range order {
		if s.times > 1 {
			out = append(out, &sharedNode{of: s.e})
		}
	}
	return out
}
