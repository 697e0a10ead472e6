package eval

import (
	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// columnNode gives a column of the batch.
type columnNode struct{ index int }

func (c *columnNode) eval(f *frame) (*vector.Vector, error) { return f.b.Column(c.index), nil }

// constNode gives a constant; the vector of the last length is kept, as batches are mostly equally long.
type constNode struct{ value *vector.Vector }

func (c *constNode) eval(f *frame) (*vector.Vector, error) {
	if c.value.Len != f.n {
		c.value = constant(c.value, f.n)
	}
	return c.value, nil
}

// paramNode gives the values of a lambda parameter.
type paramNode struct{ slot int }

func (p *paramNode) eval(f *frame) (*vector.Vector, error) { return f.params[p.slot], nil }

// castNode converts its operand; on a dictionary only the dictionary is converted, once.
type castNode struct {
	apply cast.Func
	to    *types.Type
	child node
	ctx   *function.Context
	memo  dictMemo
}

func (c *castNode) eval(f *frame) (*vector.Vector, error) {
	v, err := c.child.eval(f)
	if err != nil {
		return nil, err
	}
	switch {
	case f.n == 0:
		return vector.New(c.to, 0), nil
	case v.Form == vector.Const:
		one, err := c.apply(c.ctx, constant(v, 1))
		if err != nil {
			return nil, err
		}
		return constant(one, f.n), nil
	case v.Form == vector.Dict && c.memo.worth(v, f.n):
		return c.memo.eval(v, func(dict *vector.Vector) (*vector.Vector, error) { return c.apply(c.ctx, dict) })
	}
	return c.apply(c.ctx, v)
}
