package exec

import (
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/hashtable"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// groups are the groups of one worker, or of one partition: a table that numbers the keys, a state per function, and for
// functions with DISTINCT the set of group and arguments that have been seen; their states are fed in the end, by settle.
type groups struct {
	a      *aggregation
	w      *worker
	table  *hashtable.Table // nil without keys
	states []function.State
	sets   []*hashtable.Table
	sized  int
	ids    []int32 // scratch: group numbers as a column
	spare  []uint32
}

func newGroups(a *aggregation, w *worker) *groups {
	g := &groups{a: a, w: w, sized: -1}
	if len(a.keyTypes) > 0 {
		g.table = hashtable.NewTable(a.keyTypes)
	}
	for _, c := range a.node.Aggregates {
		g.states = append(g.states, c.Bound.New(w.ctx))
		var set *hashtable.Table
		if c.Distinct {
			ts := []*types.Type{types.IntType}
			for _, e := range c.Args {
				ts = append(ts, e.Type())
			}
			set = hashtable.NewTable(ts)
		}
		g.sets = append(g.sets, set)
	}
	return g
}

func (g *groups) len() int {
	if g.table == nil {
		return 1
	}
	return g.table.Len()
}

// grow makes the states as many groups as the table has keys.
func (g *groups) grow() error {
	n := g.len()
	if n == g.sized {
		return nil
	}
	for _, s := range g.states {
		s.Resize(n)
	}
	g.sized = n
	return nil
}

// size is the memory of the groups.
func (g *groups) size() int64 {
	n := int64(0)
	if g.table != nil {
		n += g.table.SizeBytes()
	}
	for i, s := range g.states {
		n += s.SizeBytes()
		if g.sets[i] != nil {
			n += g.sets[i].SizeBytes()
		}
	}
	return n
}

// update feeds n rows to function i; numbers are their groups, nil for the only one.
func (g *groups) update(i int, args []*vector.Vector, numbers []uint32, n int) error {
	set := g.sets[i]
	if set == nil {
		return g.states[i].Update(args, numbers, n)
	}
	if cap(g.ids) < n {
		g.ids, g.spare = make([]int32, n), make([]uint32, n)
	}
	ids := g.ids[:n]
	if numbers == nil {
		clear(ids)
	} else {
		for k, x := range numbers[:n] {
			ids[k] = int32(x)
		}
	}
	cols := append([]*vector.Vector{{Type: types.IntType, Len: n, I32: ids}}, args...)
	set.Groups(cols, n, g.spare[:n])
	return nil
}

// merge adds the groups of another worker.
func (g *groups) merge(other *groups) error {
	n := other.len()
	numbers := make([]uint32, n)
	if g.table != nil && n > 0 {
		g.table.Groups(other.table.Keys(0, n), n, numbers)
	}
	if err := g.grow(); err != nil {
		return err
	}
	if err := other.grow(); err != nil {
		return err
	}
	for i, s := range g.states {
		if set := other.sets[i]; set != nil {
			if err := g.addSet(i, set, numbers); err != nil {
				return err
			}
			continue
		}
		if n == 0 {
			continue
		}
		if err := s.Merge(other.states[i], numbers); err != nil {
			return err
		}
	}
	return nil
}

// addSet adds the entries of another set whose group k is group numbers[k] here.
func (g *groups) addSet(i int, set *hashtable.Table, numbers []uint32) error {
	for from := 0; from < set.Len(); from += vector.BatchSize {
		to := min(from+vector.BatchSize, set.Len())
		keys := set.Keys(from, to)
		mapped := make([]uint32, to-from)
		for k, old := range keys[0].I32 {
			mapped[k] = numbers[old]
		}
		if err := g.update(i, keys[1:], mapped, to-from); err != nil {
			return err
		}
	}
	return nil
}

// settle feeds the sets of functions with DISTINCT to their states; no rows may come afterwards.
func (g *groups) settle() error {
	for i, set := range g.sets {
		if set == nil {
			continue
		}
		numbers := make([]uint32, vector.BatchSize)
		for from := 0; from < set.Len(); from += vector.BatchSize {
			to := min(from+vector.BatchSize, set.Len())
			keys := set.Keys(from, to)
			for k, id := range keys[0].I32 {
				numbers[k] = uint32(id)
			}
			if err := g.states[i].Update(keys[1:], numbers[:to-from], to-from); err != nil {
				return err
			}
		}
		g.sets[i] = nil
	}
	return nil
}

// push gives the results of groups from to to.
func (g *groups) push(w *worker, from, to int, out operator) error {
	for at := from; at < to; at += w.q.batch {
		if err := w.alive(); err != nil {
			return err
		}
		end := min(at+w.q.batch, to)
		var cols []*vector.Vector
		if g.table != nil {
			cols = g.table.Keys(at, end)
		}
		for _, s := range g.states {
			v, err := s.Result(at, end)
			if err != nil {
				return err
			}
			cols = append(cols, v)
		}
		if err := out.push(vector.NewBatch(cols, end-at)); err != nil {
			return err
		}
	}
	return nil
}
