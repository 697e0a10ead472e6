package exec

import (
	"sync"

	"github.com/argan-sql/argan/exec/eval"
	"github.com/argan-sql/argan/exec/memory"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/physical"
	"github.com/argan-sql/argan/types"
)

// aggregate runs its input into groups. Each worker has groups of its own; at the end they are merged at once where they
// are few, and by partitions of the keys' hashes, side by side, where they are many. A worker that may hold no more
// groups writes them to disk by partition and starts anew.
func (q *query) aggregate(n *physical.HashAggregate) (*stream, error) {
	s, err := q.stream(n.Input)
	if err != nil {
		return nil, err
	}
	for _, a := range n.Aggregates {
		s.serial = s.serial || a.Bound.Function.OrderSensitive
	}
	a := &aggregation{q: q, node: n}
	for _, k := range n.Keys {
		a.keyTypes = append(a.keyTypes, k.Type())
	}
	if err := q.run(s, a.worker); err != nil {
		return nil, err
	}
	return a.result()
}

// aggregation is the shared state of an aggregate operator.
type aggregation struct {
	q        *query
	node     *physical.HashAggregate
	keyTypes []*types.Type
	mu       sync.Mutex
	ops      []*aggregateOp
	parts    *partitions // groups that workers gave up; nil if none did
	widths   []int       // columns that the state of each function saves
}

// setWidth notes how many columns a function's state saves.
func (a *aggregation) setWidth(i, n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.widths == nil {
		a.widths = make([]int, len(a.node.Aggregates))
	}
	a.widths[i] = n
}

func (a *aggregation) worker(w *worker) (operator, error) {
	op := &aggregateOp{a: a, w: w, hold: w.q.budget.Holder(a.node.Name())}
	if err := op.compile(); err != nil {
		return nil, err
	}
	op.groups = newGroups(a, w)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ops = append(a.ops, op)
	return op, nil
}

// aggregateOp feeds a worker's rows to its groups.
type aggregateOp struct {
	a    *aggregation
	w    *worker
	hold *memory.Holder
	// exprs computes the keys and then the arguments of all functions without filter.
	exprs   *eval.Group
	first   []int // number of each function's first argument in exprs; -1 with a filter
	filters []*filteredArgs
	groups  *groups
	numbers []uint32
	batches int
	rows    int // since the groups were started
}

// filteredArgs are the arguments of a function with FILTER, computed on the rows that pass.
type filteredArgs struct {
	filter *eval.Filter
	args   *eval.Group
}

func (o *aggregateOp) compile() error {
	es := append([]expr.Expr{}, o.a.node.Keys...)
	for _, c := range o.a.node.Aggregates {
		if c.Filter == nil {
			o.first = append(o.first, len(es))
			o.filters = append(o.filters, nil)
			es = append(es, c.Args...)
			continue
		}
		f, err := eval.CompileFilter([]expr.Expr{c.Filter}, o.w.env)
		if err != nil {
			return err
		}
		g, err := eval.CompileGroup(c.Args, o.w.env)
		if err != nil {
			return err
		}
		o.first = append(o.first, -1)
		o.filters = append(o.filters, &filteredArgs{f, g})
	}
	var err error
	o.exprs, err = eval.CompileGroup(es, o.w.env)
	return err
}

func (o *aggregateOp) push(b *vector.Batch) error {
	n := b.Len()
	if n == 0 {
		return nil
	}
	vals, err := o.exprs.Eval(b)
	if err != nil {
		return err
	}
	g := o.groups
	var numbers []uint32
	if k := len(o.a.node.Keys); k > 0 {
		if cap(o.numbers) < n {
			o.numbers = make([]uint32, max(n, o.w.q.batch))
		}
		numbers = o.numbers[:n]
		g.table.Groups(vals[:k], n, numbers)
	}
	if err := g.grow(); err != nil {
		return err
	}
	for i, c := range o.a.node.Aggregates {
		if f := o.filters[i]; f != nil {
			if err := o.filtered(i, f, b, numbers); err != nil {
				return err
			}
			continue
		}
		args := vals[o.first[i] : o.first[i]+len(c.Args)]
		if err := g.update(i, args, numbers, n); err != nil {
			return err
		}
	}
	o.rows += n
	o.batches++
	if o.batches%16 == 0 {
		return o.account()
	}
	return nil
}

// filtered feeds a function with FILTER.
func (o *aggregateOp) filtered(i int, f *filteredArgs, b *vector.Batch, numbers []uint32) error {
	pass, err := f.filter.Apply(b.Dense())
	if err != nil || pass.Len() == 0 {
		return err
	}
	some := numbers
	if numbers != nil && pass.Sel != nil {
		some = make([]uint32, len(pass.Sel))
		for k, r := range pass.Sel {
			some[k] = numbers[r]
		}
	}
	args, err := f.args.Eval(pass)
	if err != nil {
		return err
	}
	return o.groups.update(i, args, some, pass.Len())
}

// account asks for the memory of the groups; refused, it gives them up to the partitions.
func (o *aggregateOp) account() error {
	size := o.groups.size()
	if o.hold.Resize(size + size/2) { // tables double: what is asked for is what the next growth may take
		return nil
	}
	if o.groups.len() < 1024 || !o.hold.Worthwhile(size) {
		return o.hold.Need(size)
	}
	return o.giveUp(true)
}

// giveUp moves the groups to the partitions.
func (o *aggregateOp) giveUp(spilled bool) error {
	a := o.a
	a.mu.Lock()
	if a.parts == nil {
		a.parts = newPartitions(a)
	}
	p := a.parts
	a.mu.Unlock()
	if err := p.add(o.groups, spilled, 0, o.w); err != nil {
		return err
	}
	o.groups = newGroups(a, o.w)
	o.rows = 0
	return o.hold.Need(0)
}

func (o *aggregateOp) flush() error { return nil }

// fewGroups is the number of groups up to which merging at once beats merging by partitions.
const fewGroups = 1 << 14

// result merges the workers' groups and gives them as a stream.
func (a *aggregation) result() (*stream, error) {
	total, held := 0, int64(0)
	for _, o := range a.ops {
		total += o.groups.len()
		held += o.hold.Peak()
	}
	a.q.metrics.held(a.node, held)
	w := a.q.newWorker(0)
	if len(a.ops) == 0 {
		g := newGroups(a, w)
		if err := g.grow(); err != nil {
			return nil, err
		}
		return from(&groupSource{groups: g}, a.node), nil
	}
	base := a.ops[0]
	if a.parts == nil && (len(a.ops) == 1 || total <= fewGroups || len(a.keyTypes) == 0) {
		for _, o := range a.ops[1:] {
			if err := base.groups.merge(o.groups); err != nil {
				return nil, err
			}
			o.hold.Close()
		}
		if err := base.groups.grow(); err != nil {
			return nil, err
		}
		if err := base.groups.settle(); err != nil {
			return nil, err
		}
		return from(&groupSource{groups: base.groups}, a.node), nil
	}
	spilled := a.parts != nil
	if err := a.q.parallel(len(a.ops), func(i int) error {
		return a.ops[i].giveUp(spilled)
	}); err != nil {
		return nil, err
	}
	if err := a.parts.finish(); err != nil {
		return nil, err
	}
	return from(&partitionSource{parts: a.parts}, a.node), nil
}

// groupSource gives the results of groups.
type groupSource struct {
	groups *groups
	at     int
}

func (s *groupSource) size() int { return (s.groups.len() + morselRows - 1) / morselRows }

func (s *groupSource) claim() (morsel, bool, error) {
	if s.at >= s.groups.len() {
		return morsel{}, false, nil
	}
	m := morsel{from: s.at, to: min(s.at+morselRows, s.groups.len())}
	s.at = m.to
	return m, true, nil
}

func (s *groupSource) run(w *worker, m morsel, out operator) error {
	return s.groups.push(w, m.from, m.to, out)
}
