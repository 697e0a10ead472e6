package eval

import (
	"hash/maphash"
	"reflect"

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
	f := &finder{byHash: map[uint64][]*occurrence{}}
	for _, e := range es {
		f.visit(e)
	}
	// An operand that only occurs within what is shared comes with that.
	for _, e := range es {
		f.count(e)
	}
	var out []*sharedNode
	for _, o := range f.order {
		if o.times > 1 {
			out = append(out, &sharedNode{of: o.e})
		}
	}
	return out
}

// finder finds equal expressions by a hash of their structure.
type finder struct {
	hashes map[expr.Expr]uint64
	byHash map[uint64][]*occurrence
	order  []*occurrence
}

// occurrence is an expression, and how often it is computed.
type occurrence struct {
	e     expr.Expr
	times int
}

// notShared marks expressions whose value may differ from one place to the other.
const notShared = 0

// visit hashes e and all below it; notShared for volatile ones and what they are part of.
func (f *finder) visit(e expr.Expr) uint64 {
	if f.hashes == nil {
		f.hashes = map[expr.Expr]uint64{}
	}
	if h, ok := f.hashes[e]; ok {
		return h
	}
	var h maphash.Hash
	h.SetSeed(structureSeed)
	shareable := true
	switch x := e.(type) {
	case *expr.Ordinal:
		maphash.WriteComparable(&h, x.Index)
	case *expr.Call:
		h.WriteString(x.Bound.Function.Name)
		shareable = !x.Bound.Function.Volatile
	case *expr.Lambda, *expr.LambdaVar:
		shareable = false
	default:
		maphash.WriteComparable(&h, reflect.TypeOf(e))
	}
	for _, c := range e.Children() {
		k := f.visit(c)
		shareable = shareable && k != notShared
		maphash.WriteComparable(&h, k)
	}
	sum := uint64(notShared)
	if shareable {
		sum = h.Sum64() | 1
	}
	f.hashes[e] = sum
	return sum
}

// count counts the places in which expressions that compute something are computed.
func (f *finder) count(e expr.Expr) {
	if _, ok := e.(*expr.Lambda); ok {
		return
	}
	if h := f.hashes[e]; h != notShared && len(e.Children()) > 0 {
		for _, o := range f.byHash[h] {
			if o.e == e || expr.Equal(o.e, e) {
				o.times++
				return
			}
		}
		o := &occurrence{e, 1}
		f.byHash[h] = append(f.byHash[h], o)
		f.order = append(f.order, o)
	}
	for _, c := range e.Children() {
		f.count(c)
	}
}

var structureSeed = maphash.MakeSeed()
