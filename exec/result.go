package exec

import (
	"sync"

	"github.com/argan-sql/argan/exec/vector"
)

// result is the end of a plan: it hands batches to the statement in the order of the morsels they come from, so that a
// sorted plan gives sorted rows and equal runs give equal answers. The worker of the first unfinished morsel hands its
// batches on at once; others keep theirs, and wait when they have kept much.
type result struct {
	sink func(*vector.Batch) error

	mu     sync.Mutex
	cond   *sync.Cond
	turn   int // the morsel whose batches go through
	kept   map[int][]*vector.Batch
	ended  map[int]bool
	bytes  int64
	failed error
}

// keptBytes is what may wait for its turn.
const keptBytes = 64 << 20

func newResult(sink func(*vector.Batch) error) *result {
	r := &result{sink: sink, kept: map[int][]*vector.Batch{}, ended: map[int]bool{}}
	r.cond = sync.NewCond(&r.mu)
	return r
}

func (r *result) worker(w *worker) (operator, error) {
	stop := make(chan struct{})
	// A cancelled statement wakes the workers that wait.
	go func() {
		select {
		case <-w.q.ctx.Done():
			r.mu.Lock()
			if r.failed == nil {
				r.failed = w.q.ctx.Err()
			}
			r.cond.Broadcast()
			r.mu.Unlock()
		case <-stop:
		}
	}()
	return &resultOp{r: r, w: w, stop: stop}, nil
}

type resultOp struct {
	r    *result
	w    *worker
	stop chan struct{}
}

func (o *resultOp) push(b *vector.Batch) error {
	if b.Len() == 0 {
		return nil
	}
	b = b.Dense()
	r := o.r
	r.mu.Lock()
	defer r.mu.Unlock()
	size := int64(0)
	for r.turn != o.w.seq && r.failed == nil {
		if size == 0 {
			size = batchBytes(b)
		}
		if r.bytes+size <= keptBytes {
			r.kept[o.w.seq] = append(r.kept[o.w.seq], b)
			r.bytes += size
			return nil
		}
		r.cond.Wait()
	}
	if r.failed != nil {
		return r.failed
	}
	if err := r.release(); err != nil {
		return err
	}
	return r.give(b)
}

// give hands a batch on; the lock is held, so that one does at a time.
func (r *result) give(b *vector.Batch) error {
	if err := r.sink(b); err != nil {
		r.failed = err
		r.cond.Broadcast()
		return err
	}
	return nil
}

// release hands on what the morsel whose turn it is has kept.
func (r *result) release() error {
	kept := r.kept[r.turn]
	delete(r.kept, r.turn)
	for _, b := range kept {
		r.bytes -= batchBytes(b)
		if err := r.give(b); err != nil {
			return err
		}
	}
	return nil
}

func (o *resultOp) flush() error {
	r := o.r
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failed != nil {
		return r.failed
	}
	r.ended[o.w.seq] = true
	for r.ended[r.turn] {
		if err := r.release(); err != nil {
			return err
		}
		delete(r.ended, r.turn)
		r.turn++
	}
	// The next morsel's worker hands on what it kept with its next batch or at its end.
	r.cond.Broadcast()
	return nil
}

func (o *resultOp) end() error {
	close(o.stop)
	return nil
}

// batchBytes is the memory that a batch's rows need, without what they share with others.
func batchBytes(b *vector.Batch) int64 { return b.Size() }

// vectorBytes is the memory of a vector's own rows.
func vectorBytes(v *vector.Vector) int64 { return v.Size() }
