package exec

import (
	"github.com/argan-sql/argan/exec/eval"
	"github.com/argan-sql/argan/exec/hashtable"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// probeOp looks a worker's rows up in a join's table.
type probeOp struct {
	j        *join
	w        *worker
	next     operator
	keys     *eval.Group
	probe    *hashtable.Probe
	residual *eval.Filter
	matched  []bool // per build row, where rows without partner are given in the end
	found    []uint32
	hit      []bool
}

func (p *probeOp) push(b *vector.Batch) error {
	n := b.Len()
	if n == 0 {
		return nil
	}
	keys, err := p.keys.Eval(b)
	if err != nil {
		return err
	}
	if cap(p.found) < n {
		p.found = make([]uint32, max(n, p.w.q.batch))
	}
	found := p.found[:n]
	nulls := p.probe.Find(keys, n, found)
	s := p.j.shape
	switch {
	case p.residual != nil:
		return p.withResidual(b, found, nulls)
	case s.pairs:
		return p.pairs(b, found)
	case s.buildSemi || s.buildAnti:
		for _, f := range found {
			for ; f != hashtable.NotFound; f = p.j.table.Next(f) {
				if p.matched[f] {
					break
				}
				p.matched[f] = true
			}
		}
		return nil
	}
	if cap(p.hit) < n {
		p.hit = make([]bool, max(n, p.w.q.batch))
	}
	hit := p.hit[:n]
	for i, f := range found {
		hit[i] = f != hashtable.NotFound
	}
	return p.byHit(b, hit, nulls)
}

func (p *probeOp) flush() error { return p.next.flush() }

// byHit gives probe rows by whether they have a partner; nulls are the rows whose key is NULL.
func (p *probeOp) byHit(b *vector.Batch, hit []bool, nulls vector.Bitmap) error {
	s := p.j.shape
	n := len(hit)
	t := p.j.table
	unknown := func(i int) bool {
		// NOT IN: a NULL on either side leaves the comparison unknown, unless there is nothing to compare with.
		return s.node.NullAware && t.Rows() > 0 && (t.HasNull || nulls != nil && nulls.Get(i))
	}
	if s.mark {
		mark := &vector.Vector{Type: types.BooleanType, Len: n, Bools: append([]bool(nil), hit...)}
		if s.node.NullAware && t.Rows() > 0 && (t.HasNull || nulls != nil) {
			mark.Valid = vector.NewBitmap(n, true)
			for i, h := range hit {
				if !h && unknown(i) {
					mark.Valid.Clear(i)
				}
			}
		}
		cols := make([]*vector.Vector, 0, len(s.node.Kept)+1)
		for _, k := range s.node.Kept {
			i, _ := s.side(k)
			cols = append(cols, b.Column(i))
		}
		return p.next.push(vector.NewBatch(append(cols, mark), n))
	}
	sel := make([]uint32, n)
	k := 0
	for i, h := range hit {
		if h == s.semi && (h || !unknown(i)) {
			sel[k] = uint32(i)
			k++
		}
	}
	if k == 0 {
		return nil
	}
	if k < n {
		b = b.Select(sel[:k])
	}
	return p.next.push(p.keptOf(b))
}

// keptOf is a batch of the probe side cut down to the output's columns.
func (p *probeOp) keptOf(b *vector.Batch) *vector.Batch {
	s := p.j.shape
	cols := make([]*vector.Vector, len(s.node.Kept))
	for o, k := range s.node.Kept {
		i, _ := s.side(k)
		cols[o] = b.Cols[i]
	}
	return &vector.Batch{Cols: cols, Rows: b.Rows, Sel: b.Sel}
}

// pairs gives the pairs of probe and build rows of a join without residual condition.
func (p *probeOp) pairs(b *vector.Batch, found []uint32) error {
	s, t := p.j.shape, p.j.table
	n := len(found)
	if p.matched != nil {
		for _, f := range found {
			for ; f != hashtable.NotFound; f = t.Next(f) {
				if p.matched[f] {
					break
				}
				p.matched[f] = true
			}
		}
	}
	if t.Unique() {
		if s.probeRest {
			return p.emit(b, nil, found)
		}
		left, right := make([]uint32, n), make([]uint32, n)
		k := 0
		for i, f := range found {
			left[k], right[k] = uint32(i), f
			if f != hashtable.NotFound {
				k++
			}
		}
		switch k {
		case 0:
			return nil
		case n:
			left = nil
		default:
			left = left[:k]
		}
		return p.emit(b, left, right[:k])
	}
	left, right := make([]uint32, 0, n), make([]uint32, 0, n)
	for i, f := range found {
		if f == hashtable.NotFound {
			if !s.probeRest {
				continue
			}
			left, right = append(left, uint32(i)), append(right, f)
		}
		for rows := 0; f != hashtable.NotFound; f = t.Next(f) {
			if rows++; rows > 1 && s.single {
				return sqlerr.New("SCALAR_SUBQUERY_TOO_MANY_ROWS")
			}
			left, right = append(left, uint32(i)), append(right, f)
			if len(left) >= p.w.q.batch {
				if err := p.w.alive(); err != nil {
					return err
				}
				if err := p.emit(b, left, right); err != nil {
					return err
				}
				left, right = left[:0], make([]uint32, 0, n)
			}
		}
	}
	if len(left) == 0 {
		return nil
	}
	return p.emit(b, left, right)
}

// emit pushes pairs: probe rows left (nil: all, once) with build rows right, NotFound giving NULLs.
func (p *probeOp) emit(b *vector.Batch, left, right []uint32) error {
	s, t := p.j.shape, p.j.table
	n := len(right)
	if left != nil {
		b = b.Select(left)
	}
	var missing vector.Bitmap
	if s.probeRest {
		for i, r := range right {
			if r == hashtable.NotFound {
				if missing == nil {
					missing = vector.NewBitmap(n, true)
					right = append([]uint32(nil), right...)
				}
				missing.Clear(i)
				right[i] = 0
			}
		}
	}
	cols := make([]*vector.Vector, len(s.node.Kept))
	for o, k := range s.node.Kept {
		i, build := s.side(k)
		switch {
		case !build:
			cols[o] = b.Column(i)
		case t.Rows() == 0:
			cols[o] = vector.NullConst(s.types[k], n)
		default:
			v := vector.Gather(t.cols[i], right)
			if missing != nil {
				v = masked(v, missing)
			}
			cols[o] = v
		}
	}
	return p.next.push(vector.NewBatch(cols, n))
}

// masked is v with rows NULL that are clear in valid.
func masked(v *vector.Vector, valid vector.Bitmap) *vector.Vector {
	if v.Form == vector.Const {
		v = vector.Flatten(v)
	}
	out := *v
	out.Valid = vector.And(v.Valid, valid, v.Len)
	return &out
}

// withResidual checks the residual condition on the pairs before anything is said of a row.
func (p *probeOp) withResidual(b *vector.Batch, found []uint32, nulls vector.Bitmap) error {
	s, t := p.j.shape, p.j.table
	n := len(found)
	hit := make([]bool, n)
	// Rows that have one partner for sure need no further pairs where only that is asked.
	existence := !s.pairs && !s.buildSemi && !s.buildAnti
	left, right := make([]uint32, 0, n), make([]uint32, 0, n)
	check := func() error {
		if len(left) == 0 {
			return nil
		}
		if err := p.w.alive(); err != nil {
			return err
		}
		pass, err := p.residual.Apply(p.both(b, left, right))
		if err != nil {
			return err
		}
		l, r := left, right
		if pass.Sel != nil {
			l, r = make([]uint32, len(pass.Sel)), make([]uint32, len(pass.Sel))
			for i, k := range pass.Sel {
				l[i], r[i] = left[k], right[k]
			}
		}
		for i := range l {
			if s.single && hit[l[i]] {
				return sqlerr.New("SCALAR_SUBQUERY_TOO_MANY_ROWS")
			}
			hit[l[i]] = true
			if p.matched != nil {
				p.matched[r[i]] = true
			}
		}
		if s.pairs && len(l) > 0 {
			if err := p.emit(b, append([]uint32(nil), l...), append([]uint32(nil), r...)); err != nil {
				return err
			}
		}
		left, right = left[:0], right[:0]
		return nil
	}
	for i, f := range found {
		for ; f != hashtable.NotFound; f = t.Next(f) {
			if existence && hit[i] {
				break
			}
			left, right = append(left, uint32(i)), append(right, f)
			if len(left) >= p.w.q.batch {
				if err := check(); err != nil {
					return err
				}
			}
		}
	}
	if err := check(); err != nil {
		return err
	}
	switch {
	case existence:
		return p.byHit(b, hit, nulls)
	case s.probeRest:
		return p.rest(b, hit)
	}
	return nil
}

// rest gives the probe rows without partner, with NULLs.
func (p *probeOp) rest(b *vector.Batch, hit []bool) error {
	s := p.j.shape
	var left []uint32
	for i, h := range hit {
		if !h {
			left = append(left, uint32(i))
		}
	}
	if len(left) == 0 {
		return nil
	}
	b = b.Select(left)
	cols := make([]*vector.Vector, len(s.node.Kept))
	for o, k := range s.node.Kept {
		if i, build := s.side(k); build {
			cols[o] = vector.NullConst(s.types[k], len(left))
		} else {
			cols[o] = b.Column(i)
		}
	}
	return p.next.push(vector.NewBatch(cols, len(left)))
}

// both is the batch of pairs that the residual condition sees: the left side's columns, then the right side's; those it
// does not read stay nil.
func (p *probeOp) both(b *vector.Batch, left, right []uint32) *vector.Batch {
	s, t := p.j.shape, p.j.table
	cols := make([]*vector.Vector, len(s.types))
	sub := b.Select(append([]uint32(nil), left...))
	for k := range cols {
		i, build := s.side(k)
		switch {
		case build && s.buildWant[i]:
			cols[k] = vector.Gather(t.cols[i], right)
		case !build && s.probeWant[i]:
			cols[k] = sub.Column(i)
		}
	}
	return vector.NewBatch(cols, len(left))
}
