package engine

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// resultBuffer is how many batches wait for a slow client; the executor pauses when they are full.
const resultBuffer = 4

// resultBytes is how many bytes of batches wait; one batch may always, however large.
const resultBytes = 16 << 20

// Result streams the rows of a statement. A batch that was given out may be kept.
type Result struct {
	schema  *types.Type
	batches chan *vector.Batch
	done    chan struct{} // closed by end
	gone    chan struct{} // closed by Close
	cancel  context.CancelCauseFunc
	once    sync.Once
	waiting atomic.Int64  // bytes in batches
	room    chan struct{} // told when the reader has taken a batch

	ahead *vector.Batch // what first took
	taken bool

	err      error // set before done is closed
	affected int64
	version  int64
}

func newResult(schema *types.Type, cancel context.CancelCauseFunc) *Result {
	return &Result{
		schema: schema, batches: make(chan *vector.Batch, resultBuffer), done: make(chan struct{}), gone: make(chan struct{}), room: make(chan struct{}, 1),
		cancel: cancel, affected: -1, version: -1,
	}
}

// push hands a batch to the reader. While the buffer is full it waits; after a moment, another statement may run meanwhile.
func (r *Result) push(ctx context.Context, b *vector.Batch) error {
	if b.Len() == 0 {
		return nil
	}
	b = b.Dense()
	size := b.Size()
	if r.offer(b, size) {
		return nil
	}
	moment := time.NewTimer(pauseAfter)
	defer moment.Stop()
	if taken, err := r.insist(ctx, b, size, moment.C); taken || err != nil {
		return err
	}
	return aside(ctx, func() error {
		_, err := r.insist(ctx, b, size, nil)
		return err
	})
}

// insist offers a batch until it is taken, or until enough.
func (r *Result) insist(ctx context.Context, b *vector.Batch, size int64, enough <-chan time.Time) (taken bool, err error) {
	for !r.offer(b, size) {
		select {
		case <-r.room:
		case <-ctx.Done():
			return false, ctx.Err()
		case <-r.gone:
			return false, context.Canceled
		case <-enough:
			return false, nil
		}
	}
	return true, nil
}

// offer puts a batch into the buffer if there is room. Only the statement's own goroutine calls it.
func (r *Result) offer(b *vector.Batch, size int64) bool {
	if waiting := r.waiting.Load(); waiting > 0 && waiting+size > resultBytes || len(r.batches) == cap(r.batches) {
		return false
	}
	r.waiting.Add(size)
	r.batches <- b
	return true
}

// took tells push that a batch has left the buffer.
func (r *Result) took(b *vector.Batch) *vector.Batch {
	if b != nil {
		r.waiting.Add(-b.Size())
		select {
		case r.room <- struct{}{}:
		default:
		}
	}
	return b
}

func (r *Result) end(err error, affected, version int64) {
	r.err, r.affected, r.version = err, affected, version
	close(r.batches)
	close(r.done)
}

// first waits for the first batch or the end.
func (r *Result) first() error {
	b, ok := <-r.batches
	r.ahead, r.taken = r.took(b), true
	if !ok {
		<-r.done
		return r.err
	}
	return nil
}

// Schema is the schema of the batches.
func (r *Result) Schema() *types.Type { return r.schema }

// Next gives the next batch, nil at the end. An error means that the rows so far are not the whole result.
func (r *Result) Next(ctx context.Context) (*vector.Batch, error) {
	if r.taken {
		r.taken = false
		if r.ahead != nil {
			return r.ahead, nil
		}
	}
	select {
	case b, ok := <-r.batches:
		if ok {
			return r.took(b), nil
		}
		<-r.done
		return nil, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Drain reads to the end and throws the rows away.
func (r *Result) Drain(ctx context.Context) error {
	for {
		if b, err := r.Next(ctx); err != nil || b == nil {
			return err
		}
	}
}

// Affected is the number of rows that were changed, -1 where that does not apply; known once Next has given nil.
func (r *Result) Affected() int64 {
	<-r.done
	return r.affected
}

// CommitVersion is the table version that was committed, -1 for none; known once Next has given nil.
func (r *Result) CommitVersion() int64 {
	<-r.done
	return r.version
}

// Close ends the statement if it still runs, and waits for it. It may be called more than once.
func (r *Result) Close() {
	r.once.Do(func() {
		close(r.gone)
		r.cancel(nil)
		for range r.batches { // let a push that is under way go
		}
	})
	<-r.done
}
