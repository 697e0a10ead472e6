package exec

import (
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/argan-sql/argan/exec/eval"
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/physical"
)

// morsel is a piece of a source's work: what the numbers mean is the source's own affair.
type morsel struct{ part, from, to int }

// source gives the rows a pipeline starts from.
type source interface {
	// claim takes the next morsel, in the order of the rows; it is called by one worker at a time. ok is false at the end.
	claim() (m morsel, ok bool, err error)
	// run pushes the rows of a morsel.
	run(w *worker, m morsel, out operator) error
	// size is the number of morsels, -1 if that is not known.
	size() int
}

// operator takes batches and pushes others to the next operator. It belongs to one worker.
type operator interface {
	push(b *vector.Batch) error
	// flush hands on what is held back: the morsel ends.
	flush() error
}

// factory makes a worker's operator in front of next.
type factory func(w *worker, next operator) (operator, error)

// sinkFactory makes a worker's end of the pipeline.
type sinkFactory func(w *worker) (operator, error)

// errStop is what an operator answers when it needs no more rows.
var errStop = errors.New("exec: no more rows are needed")

// branch is a source with operators behind it.
type branch struct {
	src  source
	ops  []factory
	node physical.Node // of the source, for its metrics
	// after makes the branch wait until all earlier ones have ended.
	after bool
	done  bool // no more morsels; guarded by the phase's lock
}

// stream is a pipeline that has no end yet: its branches' rows, one after the other.
type stream struct {
	branches []*branch
	// serial asks for one worker: the order of the rows matters to some operator.
	serial bool
}

// from starts a stream at a source.
func from(src source, node physical.Node) *stream {
	return &stream{branches: []*branch{{src: src, node: node}}}
}

// then appends an operator of a plan node to all branches.
func (s *stream) then(node physical.Node, f factory) *stream {
	for _, b := range s.branches {
		b.ops = append(b.ops, metered(node, f))
	}
	return s
}

// worker runs chains of operators for one goroutine.
type worker struct {
	q    *query
	id   int
	env  *eval.Env
	ctx  *function.Context
	seq  int                     // number of the morsel at work
	deep time.Duration           // time spent in the operators behind the one at work
	rows map[physical.Node]int64 // rows that projections have made, for row numbers
}

// alive gives the error of a cancelled statement.
func (w *worker) alive() error { return w.q.ctx.Err() }

func (q *query) newWorker(id int) *worker {
	w := &worker{q: q, id: id, rows: map[physical.Node]int64{}}
	ctx := function.Context{}
	if q.env.Context != nil {
		ctx = *q.env.Context
	}
	ctx.Partition = id
	ctx.Interrupted = q.ctx.Err
	ctx.Rand = rand.New(rand.NewPCG(rand.Uint64(), uint64(id)))
	w.ctx = &ctx
	w.env = &eval.Env{Context: w.ctx, Scalars: q.scalars}
	return w
}

// phase is the shared state of a running pipeline.
type phase struct {
	mu       sync.Mutex
	cond     *sync.Cond
	branches []*branch
	at       int
	running  int // morsels at work
	seq      int
	err      error
	q        *query
}

// next claims a morsel. Workers wait where a branch has to come after all others.
func (p *phase) next() (b *branch, m morsel, seq int, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.err == nil && p.at < len(p.branches) {
		b = p.branches[p.at]
		if b.after && p.running > 0 {
			p.cond.Wait()
			continue
		}
		if b.done {
			p.at++
			continue
		}
		m, more, err := b.src.claim()
		if err != nil {
			p.fail(err)
			return nil, m, 0, false
		}
		if !more {
			b.done = true
			p.at++
			continue
		}
		p.running++
		p.seq++
		return b, m, p.seq - 1, true
	}
	return nil, m, 0, false
}

func (p *phase) end(b *branch, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running--
	if errors.Is(err, errStop) {
		b.done = true
	} else if err != nil {
		p.fail(err)
	}
	p.cond.Broadcast()
}

// fail keeps the first error and ends the query, so that no worker waits for another; the lock is held.
func (p *phase) fail(err error) {
	if p.err == nil {
		p.err = err
	}
	p.q.cancel()
	p.cond.Broadcast()
}

// run runs a pipeline to its end.
func (q *query) run(s *stream, end sinkFactory) error {
	p := &phase{branches: s.branches, q: q}
	p.cond = sync.NewCond(&p.mu)
	workers := q.threads
	if s.serial {
		workers = 1
	}
	total := 0
	for _, b := range s.branches {
		n := b.src.size()
		if n < 0 {
			total = q.threads
			break
		}
		total += n
	}
	workers = max(1, min(workers, total))
	if q.env.Progress != nil {
		q.env.Progress.total.Add(int64(total))
	}
	if workers == 1 {
		p.work(0, end)
		return p.result()
	}
	var wg sync.WaitGroup
	for i := range workers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			p.work(i, end)
		}()
	}
	wg.Wait()
	return p.result()
}

func (p *phase) result() error {
	if p.err == nil {
		return p.q.ctx.Err()
	}
	return p.err
}

// work is a worker's life in a pipeline.
func (p *phase) work(id int, end sinkFactory) {
	err := protect(func() error { return p.loop(id, end) })
	if err != nil {
		p.mu.Lock()
		p.fail(err)
		p.mu.Unlock()
	}
}

func (p *phase) loop(id int, end sinkFactory) error {
	w := p.q.newWorker(id)
	sink, err := end(w)
	if err != nil {
		return err
	}
	chains := map[*branch]operator{}
	for {
		if err := w.alive(); err != nil {
			return err
		}
		b, m, seq, ok := p.next()
		if !ok {
			break
		}
		w.seq = seq
		err := protect(func() error {
			chain := chains[b]
			if chain == nil {
				var err error
				if chain, err = b.chain(w, sink); err != nil {
					return err
				}
				chains[b] = chain
			}
			return w.morsel(b, m, chain)
		})
		if errors.Is(err, errStop) {
			// The rows before the stop still count: the sink's morsel has to end.
			if ferr := sink.flush(); ferr != nil && !errors.Is(ferr, errStop) {
				err = ferr
			}
		}
		p.end(b, err)
		if pr := p.q.env.Progress; pr != nil {
			pr.done.Add(1)
		}
		if err != nil && !errors.Is(err, errStop) {
			return err
		}
	}
	if d, ok := sink.(ender); ok {
		return d.end()
	}
	return nil
}

// ender is a sink that is told when its worker has no more rows.
type ender interface{ end() error }

// morsel runs one morsel and counts the source's own time.
func (w *worker) morsel(b *branch, m morsel, chain operator) error {
	start := time.Now()
	w.deep = 0
	src := &sourceMeter{next: chain, w: w}
	err := b.src.run(w, m, src)
	if err == nil {
		err = src.flush()
	}
	w.q.metrics.add(b.node, src.rows, time.Since(start)-w.deep)
	return err
}

// chain makes a worker's operators of a branch in front of its sink.
func (b *branch) chain(w *worker, sink operator) (operator, error) {
	next := sink
	for i := len(b.ops) - 1; i >= 0; i-- {
		op, err := b.ops[i](w, next)
		if err != nil {
			return nil, err
		}
		next = op
	}
	return next, nil
}

// pushRange pushes rows from to to of columns in batches of the usual size.
func (w *worker) pushRange(cols []*vector.Vector, from, to int, out operator) error {
	for at := from; at < to; at += w.q.batch {
		if err := w.alive(); err != nil {
			return err
		}
		end := min(at+w.q.batch, to)
		part := make([]*vector.Vector, len(cols))
		for i, c := range cols {
			part[i] = vector.Slice(c, at, end)
		}
		if err := out.push(vector.NewBatch(part, end-at)); err != nil {
			return err
		}
	}
	return nil
}
