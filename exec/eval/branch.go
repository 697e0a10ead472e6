package eval

import (
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/types"
)

// andNode is a conjunction or, with or set, a disjunction: three-valued, a term is computed on the undecided rows only.
type andNode struct {
	terms []node
	or    bool
}

func (a *andNode) eval(f *frame) (*vector.Vector, error) {
	first, err := a.terms[0].eval(f)
	if err != nil {
		return nil, err
	}
	vals, valid := bools(first)
	owned := false
	for _, t := range a.terms[1:] {
		// Undecided: true or unknown for AND, false or unknown for OR.
		var sel []uint32
		for i, x := range vals {
			if x != a.or || !valid.Get(i) {
				sel = append(sel, uint32(i))
			}
		}
		if len(sel) == 0 {
			break
		}
		if !owned {
			vals = append([]bool(nil), vals...)
			valid = append(vector.Bitmap(nil), valid...)
			owned = true
		}
		in := f
		if len(sel) < f.n {
			in = f.sub(sel)
		}
		v, err := t.eval(in)
		if err != nil {
			return nil, err
		}
		tv, tn := bools(v)
		for k, i := range sel {
			switch {
			case tn.Get(k) && tv[k] == a.or: // decides
				vals[i] = a.or
				if valid != nil {
					valid.Set(int(i))
				}
			case !tn.Get(k):
				if valid == nil {
					valid = vector.NewBitmap(f.n, true)
				}
				valid.Clear(int(i))
			}
		}
	}
	return &vector.Vector{Type: types.BooleanType, Len: f.n, Bools: vals, Valid: valid}, nil
}

// bools is a boolean vector flat: its values (equal to false where NULL does not matter) and its validity.
func bools(v *vector.Vector) ([]bool, vector.Bitmap) {
	if v.Type.Kind == types.Null {
		return make([]bool, v.Len), vector.NewBitmap(v.Len, false)
	}
	v = vector.Flatten(v)
	return v.Bools[:v.Len], v.Valid
}

// trueRows appends the numbers of the rows where v is true.
func trueRows(v *vector.Vector, out []uint32) []uint32 {
	switch {
	case v.Type.Kind == types.Null:
		return out
	case v.Form == vector.Const:
		if v.Valid.Get(0) && v.Bools[0] {
			for i := 0; i < v.Len; i++ {
				out = append(out, uint32(i))
			}
		}
		return out
	case v.Form == vector.Dict:
		d := v.Dictionary
		pass := make([]bool, d.Len)
		for i := range pass {
			pass[i] = d.Bools[i] && d.Valid.Get(i)
		}
		return passCodes(v, pass, out)
	}
	k := len(out)
	out = grow(out, v.Len)
	if v.Valid == nil {
		for i, x := range v.Bools[:v.Len] {
			out[k] = uint32(i)
			if x {
				k++
			}
		}
		return out[:k]
	}
	for i, x := range v.Bools[:v.Len] {
		out[k] = uint32(i)
		if x && v.Valid.Get(i) {
			k++
		}
	}
	return out[:k]
}

// passCodes appends the rows of a Dict vector whose code passes.
func passCodes(v *vector.Vector, pass []bool, out []uint32) []uint32 {
	k := len(out)
	out = grow(out, v.Len)
	if v.Valid == nil {
		for i, c := range v.Codes[:v.Len] {
			out[k] = uint32(i)
			if pass[c] {
				k++
			}
		}
		return out[:k]
	}
	for i, c := range v.Codes[:v.Len] {
		out[k] = uint32(i)
		if pass[c] && v.Valid.Get(i) {
			k++
		}
	}
	return out[:k]
}

// grow is s with room for n more elements, and as long.
func grow(s []uint32, n int) []uint32 {
	if cap(s) >= len(s)+n {
		return s[:len(s)+n]
	}
	out := make([]uint32, len(s)+n)
	copy(out, s)
	return out
}

// caseNode is a CASE: conditions in turn on the rows that no earlier one took.
type caseNode struct {
	t     *types.Type
	conds []node
	thens []node // one more than conds: the default
	// plain says that no branch computes anything: they are evaluated for all rows and blended.
	plain bool
}

func (c *compiler) caseOf(e *expr.Case) (node, error) {
	n := &caseNode{t: e.Type(), plain: len(e.Whens) == 1}
	for _, w := range e.Whens {
		cond, err := c.compile(w.Cond)
		if err != nil {
			return nil, err
		}
		then, err := c.compile(w.Then)
		if err != nil {
			return nil, err
		}
		n.conds, n.thens = append(n.conds, cond), append(n.thens, then)
	}
	last, err := c.compile(e.Else)
	if err != nil {
		return nil, err
	}
	n.thens = append(n.thens, last)
	for _, t := range n.thens {
		switch t.(type) {
		case *constNode, *columnNode:
		default:
			n.plain = false
		}
	}
	return n, nil
}

func (c *caseNode) eval(f *frame) (*vector.Vector, error) {
	if c.plain && f.n > 0 {
		if v, err := c.blend(f); v != nil || err != nil {
			return v, err
		}
	}
	p := pieces{t: c.t, n: f.n}
	left := f         // the rows that are not decided
	var rows []uint32 // their numbers; nil: all
	for i, cond := range c.conds {
		if left.n == 0 {
			break
		}
		v, err := cond.eval(left)
		if err != nil {
			return nil, err
		}
		taken := trueRows(v, nil)
		if len(taken) == 0 {
			continue
		}
		in := left
		if len(taken) < left.n {
			in = left.sub(taken)
		}
		r, err := c.thens[i].eval(in)
		if err != nil {
			return nil, err
		}
		p.add(r, compose(rows, taken))
		if len(taken) == left.n {
			left = &frame{}
			break
		}
		others := complement(taken, left.n)
		left, rows = left.sub(others), compose(rows, others)
	}
	if left.n > 0 {
		r, err := c.thens[len(c.conds)].eval(left)
		if err != nil {
			return nil, err
		}
		if rows == nil {
			return retype(r, c.t), nil
		}
		p.add(r, rows)
	}
	return p.join(), nil
}

// blend computes a CASE of one condition whose branches are columns or constants of a fixed width; nil for others.
func (c *caseNode) blend(f *frame) (*vector.Vector, error) {
	switch c.t.Physical() {
	case types.PhysInt32, types.PhysInt64, types.PhysInt128, types.PhysFloat64:
	default:
		return nil, nil
	}
	cv, err := c.conds[0].eval(f)
	if err != nil {
		return nil, err
	}
	a, err := c.thens[0].eval(f)
	if err != nil {
		return nil, err
	}
	b, err := c.thens[1].eval(f)
	if err != nil {
		return nil, err
	}
	if a.Type.Kind == types.Null || b.Type.Kind == types.Null {
		return nil, nil
	}
	cond, valid := bools(cv)
	if valid != nil {
		cond = append([]bool(nil), cond...)
		for i := range cond {
			cond[i] = cond[i] && valid.Get(i)
		}
	}
	out := vector.New(c.t, f.n)
	if a.HasNulls() || b.HasNulls() {
		an, bn := a.Nulls(), b.Nulls()
		out.Valid = vector.NewBitmap(f.n, true)
		for i, x := range cond {
			if x && !an.Get(i) || !x && !bn.Get(i) {
				out.Valid.Clear(i)
			}
		}
	}
	if a.Form == vector.Dict {
		a = vector.Flatten(a)
	}
	if b.Form == vector.Dict {
		b = vector.Flatten(b)
	}
	switch c.t.Physical() {
	case types.PhysInt32:
		blend(out.I32, cond, a.I32, b.I32, a.Form, b.Form)
	case types.PhysInt64:
		blend(out.I64, cond, a.I64, b.I64, a.Form, b.Form)
	case types.PhysInt128:
		blend(out.I128, cond, a.I128, b.I128, a.Form, b.Form)
	case types.PhysFloat64:
		blend(out.F64, cond, a.F64, b.F64, a.Form, b.Form)
	}
	return out, nil
}

func blend[T any](out []T, cond []bool, a, b []T, fa, fb vector.Form) {
	switch {
	case fa == vector.Const && fb == vector.Const:
		x, y := a[0], b[0]
		for i, c := range cond {
			if c {
				out[i] = x
			} else {
				out[i] = y
			}
		}
	case fa == vector.Const:
		x := a[0]
		copy(out, b)
		for i, c := range cond {
			if c {
				out[i] = x
			}
		}
	case fb == vector.Const:
		y := b[0]
		copy(out, a)
		for i, c := range cond {
			if !c {
				out[i] = y
			}
		}
	default:
		copy(out, b)
		for i, c := range cond {
			if c {
				out[i] = a[i]
			}
		}
	}
}

// coalesceNode is the first operand that is not NULL.
type coalesceNode struct {
	t    *types.Type
	args []node
}

func (c *coalesceNode) eval(f *frame) (*vector.Vector, error) {
	p := pieces{t: c.t, n: f.n}
	left := f
	var rows []uint32
	for i, a := range c.args {
		v, err := a.eval(left)
		if err != nil {
			return nil, err
		}
		nulls := v.Nulls()
		if i == len(c.args)-1 || nulls.AllValid(left.n) {
			if rows == nil {
				return retype(v, c.t), nil
			}
			p.add(v, rows)
			break
		}
		var have, miss []uint32
		for r := 0; r < left.n; r++ {
			if nulls.Get(r) {
				have = append(have, uint32(r))
			} else {
				miss = append(miss, uint32(r))
			}
		}
		if len(have) > 0 {
			p.add(vector.Gather(v, have), compose(rows, have))
			left = left.sub(miss)
			rows = compose(rows, miss)
		}
	}
	return p.join(), nil
}

// compose gives rows[sel[i]]; a nil rows is the identity.
func compose(rows, sel []uint32) []uint32 {
	if rows == nil {
		return sel
	}
	out := make([]uint32, len(sel))
	for i, s := range sel {
		out[i] = rows[s]
	}
	return out
}

// complement is the numbers below n that are not in sel, which ascends.
func complement(sel []uint32, n int) []uint32 {
	out := make([]uint32, 0, n-len(sel))
	k := 0
	for i := 0; i < n; i++ {
		if k < len(sel) && sel[k] == uint32(i) {
			k++
			continue
		}
		out = append(out, uint32(i))
	}
	return out
}

// retype is v with the type t, which has the same physical form.
func retype(v *vector.Vector, t *types.Type) *vector.Vector {
	if v.Type == t || v.Type.Equal(t) {
		return v
	}
	if v.Type.Kind == types.Null {
		return vector.NullConst(t, v.Len)
	}
	return v
}

// pieces puts a vector together from results for parts of its rows.
type pieces struct {
	t    *types.Type
	n    int
	vs   []*vector.Vector
	rows [][]uint32
}

func (p *pieces) add(v *vector.Vector, rows []uint32) {
	p.vs, p.rows = append(p.vs, retype(v, p.t)), append(p.rows, rows)
}

func (p *pieces) join() *vector.Vector {
	if len(p.vs) == 1 && len(p.rows[0]) == p.n {
		return p.vs[0]
	}
	at := make([]uint32, p.n)
	k := uint32(0)
	for _, rows := range p.rows {
		for _, r := range rows {
			at[r] = k
			k++
		}
	}
	if k == 0 {
		return vector.New(p.t, p.n)
	}
	return vector.Gather(vector.Concat(p.t, p.vs), at)
}
