package exec

import (
	"github.com/argan-sql/argan/exec/eval"
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/physical"
)

// windowChunk computes window functions over sorted rows that are whole partitions.
type windowChunk struct {
	w         *worker
	node      *physical.Window
	partition *eval.Group
	order     *eval.Group
	args      []*eval.Group // by call
	filters   []*eval.Filter
	bounds    []frameBounds

	starts    []int          // first row of each partition, and the number of rows
	peer, end []int32        // per row, counted from its partition's start
	key       *vector.Vector // the first order key
}

func newWindowChunk(w *worker, n *physical.Window) (*windowChunk, error) {
	c := &windowChunk{w: w, node: n}
	var err error
	if c.partition, err = eval.CompileGroup(n.Partition, w.env); err != nil {
		return nil, err
	}
	es, _ := sortSpec(n.Order)
	if c.order, err = eval.CompileGroup(es, w.env); err != nil {
		return nil, err
	}
	for _, call := range n.Calls {
		args := call.Args
		var filter *eval.Filter
		if call.Aggregate != nil {
			args = call.Aggregate.Args
			if f := call.Aggregate.Filter; f != nil {
				if filter, err = eval.CompileFilter([]expr.Expr{f}, w.env); err != nil {
					return nil, err
				}
			}
		}
		g, err := eval.CompileGroup(args, w.env)
		if err != nil {
			return nil, err
		}
		b, err := newFrameBounds(w, n, call.Frame)
		if err != nil {
			return nil, err
		}
		c.args, c.filters, c.bounds = append(c.args, g), append(c.filters, filter), append(c.bounds, b)
	}
	return c, nil
}

// compute pushes the rows with the functions' values behind their columns.
func (c *windowChunk) compute(cols []*vector.Vector, n int, out operator) error {
	b := vector.NewBatch(cols, n)
	if err := c.divide(b, n); err != nil {
		return err
	}
	all := append([]*vector.Vector{}, cols...)
	for i := range c.node.Calls {
		v, err := c.call(i, b, n)
		if err != nil {
			return err
		}
		all = append(all, v)
	}
	return c.w.pushRange(all, 0, n, out)
}

// divide finds partitions and peers.
func (c *windowChunk) divide(b *vector.Batch, n int) error {
	keys, err := c.partition.Eval(b)
	if err != nil {
		return err
	}
	same := newSameKey(keys)
	c.starts = append(c.starts[:0], 0)
	for i := 1; i < n; i++ {
		if i%morselRows == 0 {
			if err := c.w.alive(); err != nil {
				return err
			}
		}
		if !same.rows(i-1, i) {
			c.starts = append(c.starts, i)
		}
	}
	c.starts = append(c.starts, n)
	if keys, err = c.order.Eval(b); err != nil {
		return err
	}
	c.key = nil
	if len(keys) > 0 {
		c.key = keys[0]
	}
	peers := newSameKey(keys)
	c.peer, c.end = make([]int32, n), make([]int32, n)
	for p := 0; p+1 < len(c.starts); p++ {
		from, to := c.starts[p], c.starts[p+1]
		for i := from; i < to; {
			j := i + 1
			for j < to && peers.rows(j-1, j) {
				j++
			}
			for k := i; k < j; k++ {
				c.peer[k], c.end[k] = int32(i-from), int32(j-from)
			}
			i = j
		}
	}
	return nil
}

// call computes function i.
func (c *windowChunk) call(i int, b *vector.Batch, n int) (*vector.Vector, error) {
	call := &c.node.Calls[i]
	vals, err := c.args[i].Eval(b)
	if err != nil {
		return nil, err
	}
	args := append([]*vector.Vector{}, vals...)
	if call.Aggregate != nil {
		pass, err := c.passing(i, b, n)
		if err != nil {
			return nil, err
		}
		if c.bounds[i].whole() {
			return c.wholePartitions(call, args, pass, n)
		}
		return c.framed(i, call, args, pass, n)
	}
	parts := make([]*vector.Vector, 0, len(c.starts)-1)
	for p := 0; p+1 < len(c.starts); p++ {
		if err := c.w.alive(); err != nil {
			return nil, err
		}
		from, to := c.starts[p], c.starts[p+1]
		f := &function.Frame{Rows: to - from, Peer: c.peer[from:to:to], PeerEnd: c.end[from:to:to]}
		for _, a := range args {
			f.Args = append(f.Args, vector.Slice(a, from, to))
		}
		if call.Function.Function.UsesFrame {
			if f.Start, f.End, err = c.bounds[i].frames(c, from, to); err != nil {
				return nil, err
			}
		}
		v, err := call.Function.Eval(c.w.ctx, f)
		if err != nil {
			return nil, err
		}
		parts = append(parts, v)
	}
	if len(parts) == 0 {
		return vector.New(call.Function.Return, 0), nil
	}
	return vector.Concat(call.Function.Return, parts), nil
}

// passing gives the rows that an aggregate's FILTER leaves, nil for all.
func (c *windowChunk) passing(i int, b *vector.Batch, n int) ([]uint32, error) {
	if c.filters[i] == nil {
		return nil, nil
	}
	pass, err := c.filters[i].Apply(vector.NewBatch(b.Cols, n))
	if err != nil {
		return nil, err
	}
	if pass.Sel == nil && n > 0 {
		return nil, nil
	}
	return append([]uint32{}, pass.Sel...), nil
}

// wholePartitions computes an aggregate whose frame is always the partition: the partitions are groups.
func (c *windowChunk) wholePartitions(call *physical.WindowCall, args []*vector.Vector, pass []uint32, n int) (*vector.Vector, error) {
	groups := make([]uint32, n)
	for p := 0; p+1 < len(c.starts); p++ {
		for k := c.starts[p]; k < c.starts[p+1]; k++ {
			groups[k] = uint32(p)
		}
	}
	s := call.Aggregate.Bound.New(c.w.ctx)
	s.Resize(len(c.starts) - 1)
	fed, count := groups, n
	if pass != nil {
		fed, count = make([]uint32, len(pass)), len(pass)
		for k, r := range pass {
			fed[k] = groups[r]
		}
		for k, a := range args {
			args[k] = vector.Gather(a, pass)
		}
	}
	if err := s.Update(args, fed, count); err != nil {
		return nil, err
	}
	v, err := s.Result(0, len(c.starts)-1)
	if err != nil {
		return nil, err
	}
	return vector.Gather(v, groups), nil
}

// framed computes an aggregate over moving frames.
func (c *windowChunk) framed(i int, call *physical.WindowCall, args []*vector.Vector, pass []uint32, n int) (*vector.Vector, error) {
	bound := call.Aggregate.Bound
	out := vector.NewBuilder(bound.Return, n)
	var in []bool // rows that pass the filter
	if pass != nil {
		in = make([]bool, n)
		for _, r := range pass {
			in[r] = true
		}
	}
	for p := 0; p+1 < len(c.starts); p++ {
		from, to := c.starts[p], c.starts[p+1]
		start, end, err := c.bounds[i].frames(c, from, to)
		if err != nil {
			return nil, err
		}
		f := &frameFeed{c: c, bound: bound, args: args, in: in, base: from, start: start, end: end, out: out}
		switch {
		case bound.NewSliding != nil:
			err = f.sliding()
		case c.bounds[i].fromStart():
			err = f.growing()
		default:
			err = f.anew()
		}
		if err != nil {
			return nil, err
		}
	}
	return out.Finish(), nil
}

// frameFeed computes an aggregate for the rows of a partition.
type frameFeed struct {
	c          *windowChunk
	bound      *function.BoundAggregate
	args       []*vector.Vector
	in         []bool
	base       int
	start, end []int32
	out        *vector.Builder
}

// same says whether row i has the frame of the row before it.
func (f *frameFeed) same(i int) bool {
	return i > 0 && f.start[i] == f.start[i-1] && f.end[i] == f.end[i-1]
}

// sliding adds and removes rows as the frame moves.
func (f *frameFeed) sliding() error {
	s := f.bound.NewSliding(f.c.w.ctx)
	lo, hi := int32(0), int32(0) // rows that are in
	for i := range f.start {
		if i%1024 == 0 {
			if err := f.c.w.alive(); err != nil {
				return err
			}
		}
		a, b := f.start[i], max(f.start[i], f.end[i])
		if a >= hi { // nothing in common: start anew
			s = f.bound.NewSliding(f.c.w.ctx)
			lo, hi = a, a
		}
		for ; hi < b; hi++ {
			if r := f.base + int(hi); f.in == nil || f.in[r] {
				if err := s.Add(f.args, r); err != nil {
					return err
				}
			}
		}
		for ; lo < a; lo++ {
			if r := f.base + int(lo); f.in == nil || f.in[r] {
				if err := s.Remove(f.args, r); err != nil {
					return err
				}
			}
		}
		if err := s.Append(f.out); err != nil {
			return err
		}
	}
	return nil
}

// feed updates a state of one group with rows from to to of the partition.
func (f *frameFeed) feed(s function.State, from, to int32) error {
	if from >= to {
		return nil
	}
	args := make([]*vector.Vector, len(f.args))
	n := int(to - from)
	if f.in == nil {
		for k, a := range f.args {
			args[k] = vector.Slice(a, f.base+int(from), f.base+int(to))
		}
	} else {
		var sel []uint32
		for r := f.base + int(from); r < f.base+int(to); r++ {
			if f.in[r] {
				sel = append(sel, uint32(r))
			}
		}
		if n = len(sel); n == 0 {
			return nil
		}
		for k, a := range f.args {
			args[k] = vector.Gather(a, sel)
		}
	}
	return s.Update(args, nil, n)
}

// result appends the state's value.
func (f *frameFeed) result(s function.State) (*vector.Vector, error) {
	v, err := s.Result(0, 1)
	if err == nil {
		f.out.AppendFrom(v, 0)
	}
	return v, err
}

// growing keeps one state for frames that all start with the partition.
func (f *frameFeed) growing() error {
	s := f.bound.New(f.c.w.ctx)
	s.Resize(1)
	done := int32(0)
	var last *vector.Vector
	for i := range f.start {
		if f.same(i) {
			f.out.AppendFrom(last, 0)
			continue
		}
		if err := f.c.w.alive(); err != nil {
			return err
		}
		if err := f.feed(s, done, f.end[i]); err != nil {
			return err
		}
		done = max(done, f.end[i])
		var err error
		if last, err = f.result(s); err != nil {
			return err
		}
	}
	return nil
}

// anew computes each frame from its rows.
func (f *frameFeed) anew() error {
	var last *vector.Vector
	for i := range f.start {
		if f.same(i) {
			f.out.AppendFrom(last, 0)
			continue
		}
		if err := f.c.w.alive(); err != nil {
			return err
		}
		s := f.bound.New(f.c.w.ctx)
		s.Resize(1)
		if err := f.feed(s, f.start[i], f.end[i]); err != nil {
			return err
		}
		var err error
		if last, err = f.result(s); err != nil {
			return err
		}
	}
	return nil
}
