package exec

import (
	"sync"

	"github.com/argan-sql/argan/exec/spill"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// partitionBits is the number of hash bits that choose a partition; deeper levels take the next ones.
const partitionBits = 4

// partitions hold groups that workers gave up, by the hash of their keys: in memory, or on disk where memory is short.
// A group is a row of its keys and the saved states of its functions; for a function with DISTINCT there is a list of
// keys and arguments beside it.
type partitions struct {
	a     *aggregation
	parts []*partition
}

// partition is a share of the groups.
type partition struct {
	mu    sync.Mutex
	main  pile
	sets  []*pile // by function; nil without DISTINCT
	level int
}

// pile is a list of batches in memory or in a file.
type pile struct {
	batches []*vector.Batch
	file    *spill.File
	rows    int64
	bytes   int64
}

func newPartitions(a *aggregation) *partitions { return splitInto(a, 0) }

func splitInto(a *aggregation, level int) *partitions {
	p := &partitions{a: a}
	for range 1 << partitionBits {
		part := &partition{level: level}
		for _, c := range a.node.Aggregates {
			var set *pile
			if c.Distinct {
				set = &pile{}
			}
			part.sets = append(part.sets, set)
		}
		p.parts = append(p.parts, part)
	}
	return p
}

// share is the partition of a hash at a level.
func share(h uint64, level int) int {
	return int(h << (partitionBits * uint(level)) >> (64 - partitionBits))
}

// spread gives for each partition the rows whose hash belongs to it.
func spread(n, level int, hash func(i int) uint64) [][]uint32 {
	out := make([][]uint32, 1<<partitionBits)
	for i := 0; i < n; i++ {
		s := share(hash(i), level)
		out[s] = append(out[s], uint32(i))
	}
	return out
}

// add moves groups into the partitions.
func (p *partitions) add(g *groups, spilled bool, level int, w *worker) error {
	if err := g.grow(); err != nil {
		return err
	}
	n := g.len()
	if n == 0 || g.table == nil {
		return nil
	}
	rows := spread(n, level, g.table.Hash)
	var saved []*vector.Vector
	for i, s := range g.states {
		if g.sets[i] != nil {
			continue
		}
		cols, err := s.Save()
		if err != nil {
			return err
		}
		g.a.setWidth(i, len(cols))
		saved = append(saved, cols...)
	}
	for k, sel := range rows {
		if err := w.alive(); err != nil {
			return err
		}
		// In pieces, so that reading a file again takes little memory at a time.
		for from := 0; from < len(sel); from += morselRows / 4 {
			some := sel[from:min(from+morselRows/4, len(sel))]
			cols := g.table.KeysAt(some)
			for _, c := range saved {
				cols = append(cols, gatherOwn(c, some))
			}
			if err := p.parts[k].put(w.q, &p.parts[k].main, cols, len(some), spilled); err != nil {
				return err
			}
		}
	}
	return p.addSets(g, spilled, level, w)
}

// addSets moves the sets of functions with DISTINCT.
func (p *partitions) addSets(g *groups, spilled bool, level int, w *worker) error {
	for i, set := range g.sets {
		if set == nil {
			continue
		}
		for from := 0; from < set.Len(); from += morselRows / 4 {
			to := min(from+morselRows/4, set.Len())
			entries := set.Keys(from, to)
			ids := entries[0].I32
			for k, sel := range spread(to-from, level, func(j int) uint64 { return g.table.Hash(int(ids[j])) }) {
				if len(sel) == 0 {
					continue
				}
				of := make([]uint32, len(sel))
				for j, s := range sel {
					of[j] = uint32(ids[s])
				}
				cols := g.table.KeysAt(of)
				for _, e := range entries[1:] {
					cols = append(cols, gatherOwn(e, sel))
				}
				if err := p.parts[k].put(w.q, p.parts[k].sets[i], cols, len(sel), spilled); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// gatherOwn gathers rows into a vector that does not keep v's memory.
func gatherOwn(v *vector.Vector, sel []uint32) *vector.Vector {
	out := vector.Gather(v, sel)
	switch v.Type.Physical() {
	case types.PhysBytes, types.PhysList, types.PhysMap, types.PhysStruct:
		return vector.Concat(v.Type, []*vector.Vector{out, vector.New(v.Type, 0)})
	}
	return out
}

// put appends rows to a pile of the partition.
func (p *partition) put(q *query, to *pile, cols []*vector.Vector, n int, spilled bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	to.rows += int64(n)
	if !spilled && to.file == nil {
		b := vector.NewBatch(cols, n)
		to.bytes += batchBytes(b)
		to.batches = append(to.batches, b)
		return nil
	}
	if to.file == nil {
		ts := make([]*types.Type, len(cols))
		for i, c := range cols {
			ts[i] = c.Type
		}
		f, err := q.spills.New(ts)
		if err != nil {
			return err
		}
		to.file = f
	}
	before := to.file.Size()
	if err := to.file.Write(cols, n); err != nil {
		return err
	}
	to.bytes += to.file.Size() - before
	return nil
}

// each gives the batches of a pile.
func (p *pile) each(w *worker, f func(b *vector.Batch) error) error {
	for _, b := range p.batches {
		if err := w.alive(); err != nil {
			return err
		}
		if err := f(b); err != nil {
			return err
		}
	}
	if p.file == nil {
		return nil
	}
	r := p.file.Reader()
	for {
		if err := w.alive(); err != nil {
			return err
		}
		b, err := r.Next()
		if err != nil || b == nil {
			return err
		}
		if err := f(b); err != nil {
			return err
		}
	}
}

// finish ends the writing.
func (p *partitions) finish() error {
	var bytes int64
	for _, part := range p.parts {
		for _, pl := range append(append([]*pile{}, part.sets...), &part.main) {
			if pl != nil && pl.file != nil {
				bytes += pl.file.Size()
				if err := pl.file.Finish(); err != nil {
					return err
				}
			}
		}
	}
	p.a.q.metrics.spilled(p.a.node, bytes)
	return nil
}

// partitionSource merges the groups of each partition and gives their results; a partition is a morsel.
type partitionSource struct {
	parts *partitions
	at    int
}

func (s *partitionSource) size() int { return len(s.parts.parts) }

func (s *partitionSource) claim() (morsel, bool, error) {
	if s.at >= len(s.parts.parts) {
		return morsel{}, false, nil
	}
	s.at++
	return morsel{part: s.at - 1}, true, nil
}

func (s *partitionSource) run(w *worker, m morsel, out operator) error {
	part := s.parts.parts[m.part]
	s.parts.parts[m.part] = nil
	return s.parts.a.mergePartition(w, part, out)
}

// maxLevel bounds how often a partition is split again: below, all hash bits are used up or one key has it all.
const maxLevel = 8

// mergePartition merges the groups of a partition and pushes their results. When they do not fit in memory, they are
// split by the next bits of the hash and each part is merged on its own.
func (a *aggregation) mergePartition(w *worker, part *partition, out operator) error {
	hold := w.q.budget.Holder(a.node.Name())
	defer hold.Close()
	g := newGroups(a, w)
	k := len(a.keyTypes)
	var deeper *partitions
	numbers := make([]uint32, 0, morselRows/4)
	step := func(load func() error) error {
		if err := load(); err != nil {
			return err
		}
		size := g.size()
		if hold.Resize(size + size/4) {
			return nil
		}
		if part.level >= maxLevel || !hold.Worthwhile(size) {
			return hold.Need(size)
		}
		if deeper == nil {
			deeper = splitInto(a, part.level+1)
		}
		if err := deeper.add(g, true, part.level+1, w); err != nil {
			return err
		}
		g = newGroups(a, w)
		return hold.Need(0)
	}
	find := func(b *vector.Batch) []uint32 {
		if cap(numbers) < b.Rows {
			numbers = make([]uint32, b.Rows)
		}
		g.table.Groups(b.Cols[:k], b.Rows, numbers[:b.Rows])
		return numbers[:b.Rows]
	}
	err := part.main.each(w, func(b *vector.Batch) error {
		return step(func() error {
			to := find(b)
			if err := g.grow(); err != nil {
				return err
			}
			at := k
			for i, s := range g.states {
				if g.sets[i] != nil {
					continue
				}
				width := a.widths[i]
				if err := s.Load(b.Cols[at:at+width], to); err != nil {
					return err
				}
				at += width
			}
			return nil
		})
	})
	if err != nil {
		return err
	}
	for i, set := range part.sets {
		if set == nil {
			continue
		}
		err := set.each(w, func(b *vector.Batch) error {
			return step(func() error {
				to := find(b)
				if err := g.grow(); err != nil {
					return err
				}
				return g.update(i, b.Cols[k:], to, b.Rows)
			})
		})
		if err != nil {
			return err
		}
	}
	part.main, part.sets = pile{}, nil
	if deeper == nil {
		if err := g.grow(); err != nil {
			return err
		}
		if err := g.settle(); err != nil {
			return err
		}
		return g.push(w, 0, g.len(), out)
	}
	if err := deeper.add(g, true, part.level+1, w); err != nil {
		return err
	}
	if err := deeper.finish(); err != nil {
		return err
	}
	if err := hold.Need(0); err != nil {
		return err
	}
	for _, p := range deeper.parts {
		if err := a.mergePartition(w, p, out); err != nil {
			return err
		}
	}
	return nil
}
