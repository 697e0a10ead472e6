package parquet

import (
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// assembler puts nested columns of a row group together from their leaves.
//
// Every leaf repeats the levels of all its ancestors, so each node takes what it needs from one leaf below it: within an
// ancestor whose elements exist from definition level d on and repeat at level r, an entry of the leaf starts a value of
// the node when its levels are at least d and at most r.
type assembler struct {
	f      *File
	group  int
	leaves map[int]*denseLeaf
}

// denseLeaf is a leaf's levels, and its values without the NULLs.
type denseLeaf struct {
	defs, reps []uint8
	values     *sink
	set        int
	used       bool // the values have been given away
}

func (a *assembler) leaf(n *node) (*denseLeaf, error) {
	if d, ok := a.leaves[n.leaf]; ok && !d.used {
		return d, nil
	}
	c, err := a.f.newChunkReader(a.group, n)
	if err != nil {
		return nil, err
	}
	c.flat = false
	if err := c.pages(nil, int(min(c.meta.values, maxEagerRows))); err != nil {
		return nil, err
	}
	if len(c.reps) > 0 && c.reps[0] != 0 {
		return nil, damaged("column %q starts within a row", n.name)
	}
	d := &denseLeaf{defs: c.defs, reps: c.reps, values: c.out, set: c.n}
	a.leaves[n.leaf] = d
	return d, nil
}

// levelLeaf is a leaf below the binding that tells the levels: one that is read anyway if there is any.
func levelLeaf(b *binding) *node {
	if b.node.kind == leafNode {
		return b.node
	}
	for _, k := range b.kids {
		if k.node != nil {
			if n := levelLeaf(k); n != nil {
				return n
			}
		}
	}
	return firstLeaf(b.node)
}

func firstLeaf(n *node) *node {
	if n.kind == leafNode {
		return n
	}
	for _, k := range n.kids {
		if l := firstLeaf(k); l != nil && l.typeErr == nil {
			return l
		}
	}
	return nil
}

// read gives the values of a binding within an ancestor of the levels given.
func (a *assembler) read(b *binding, ancDef, ancRep uint8) (*vector.Vector, error) {
	n := b.node
	l := levelLeaf(b)
	if l == nil {
		return nil, damaged("the group %q has no columns", n.name)
	}
	d, err := a.leaf(l)
	if err != nil {
		return nil, err
	}
	switch n.kind {
	case leafNode:
		return a.readLeaf(b, d, ancDef)
	case structNode:
		return a.readStruct(b, d, ancDef, ancRep)
	}
	return a.readList(b, d, ancDef, ancRep)
}

func (a *assembler) readLeaf(b *binding, d *denseLeaf, ancDef uint8) (*vector.Vector, error) {
	n := b.node
	slots := 0
	for _, def := range d.defs {
		if def >= ancDef {
			slots++
		}
	}
	d.used = true
	d.values.reserve(slots)
	var valid vector.Bitmap
	if d.set < slots {
		valid = vector.NewBitmap(slots, false)
		i := 0
		for _, def := range d.defs {
			if def >= ancDef {
				if def == n.maxDef {
					valid.Set(i)
				}
				i++
			}
		}
		d.values.spread(0, slots, d.set, valid)
	}
	v := d.values.finish(slots)
	v.Valid = valid
	if a.f.oldCalendar(n) {
		toNewCalendar(v)
	}
	if v.Type.Kind == types.Null {
		v.Valid = vector.NewBitmap(slots, false)
	}
	return convert(v, b.want), nil
}

func (a *assembler) readStruct(b *binding, d *denseLeaf, ancDef, ancRep uint8) (*vector.Vector, error) {
	n := b.node
	slots, nulls := 0, 0
	for i, def := range d.defs {
		if def >= ancDef && (d.reps == nil || d.reps[i] <= ancRep) {
			slots++
			if def < n.def {
				nulls++
			}
		}
	}
	v := &vector.Vector{Type: b.want, Len: slots}
	if nulls > 0 {
		v.Valid = vector.NewBitmap(slots, false)
		s := 0
		for i, def := range d.defs {
			if def >= ancDef && (d.reps == nil || d.reps[i] <= ancRep) {
				if def >= n.def {
					v.Valid.Set(s)
				}
				s++
			}
		}
	}
	for _, k := range b.kids {
		if k.node == nil {
			v.Children = append(v.Children, vector.NullConst(k.want, slots))
			continue
		}
		kid, err := a.read(k, ancDef, ancRep)
		if err != nil {
			return nil, err
		}
		if kid.Len != slots {
			return nil, damaged("field %q has %d values in %d of its group", k.node.name, kid.Len, slots)
		}
		v.Children = append(v.Children, kid)
	}
	return v, nil
}

// readList reads a list or a map.
func (a *assembler) readList(b *binding, d *denseLeaf, ancDef, ancRep uint8) (*vector.Vector, error) {
	n := b.node
	if d.reps == nil && len(d.defs) > 0 {
		return nil, damaged("the list %q has no repetition levels", n.name)
	}
	slots := 0
	for i, def := range d.defs {
		if d.reps[i] <= ancRep && def >= ancDef {
			slots++
		}
	}
	v := &vector.Vector{Type: b.want, Ranges: make([]vector.Range, 0, slots)}
	var elements uint32
	nulls := 0
	for i, def := range d.defs {
		switch rep := d.reps[i]; {
		case rep <= ancRep:
			if def < ancDef {
				continue
			}
			r := vector.Range{Off: elements}
			if def >= n.elemDef {
				r.Len = 1
				elements++
			} else if def < n.def {
				nulls++
			}
			v.Ranges = append(v.Ranges, r)
		case rep == n.elemRep:
			if len(v.Ranges) == 0 || def < n.elemDef {
				return nil, damaged("the list %q has levels that contradict each other", n.name)
			}
			v.Ranges[len(v.Ranges)-1].Len++
			elements++
		}
	}
	v.Len = len(v.Ranges)
	if nulls > 0 {
		v.Valid = vector.NewBitmap(v.Len, false)
		s := 0
		for i, def := range d.defs {
			if d.reps[i] <= ancRep && def >= ancDef {
				if def >= n.def {
					v.Valid.Set(s)
				}
				s++
			}
		}
	}
	for _, k := range b.kids {
		if k.node == nil { // an element type is always there; kept for symmetry with structs
			v.Children = append(v.Children, vector.NullConst(k.want, int(elements)))
			continue
		}
		kid, err := a.read(k, n.elemDef, n.elemRep)
		if err != nil {
			return nil, err
		}
		if kid.Len != int(elements) {
			return nil, damaged("the list %q has %d values for %d elements", n.name, kid.Len, elements)
		}
		v.Children = append(v.Children, kid)
	}
	return v, nil
}
