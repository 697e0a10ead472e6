package engine

import (
	"context"
	"time"

	"github.com/argan-sql/argan/sqlerr"
)

// Submit starts the statement in the background. It does not end with the caller: its result is kept, in memory and then
// on disk, until ttl after its end (0 is the server's result-ttl), or until Close. Nobody needs to read it.
func (st *Statement) Submit(ttl time.Duration) error {
	e := st.engine
	if ttl <= 0 {
		ttl = e.config.ResultTTL
	}
	kept := newKept(&e.keeper, st.plan.schema, e.spillDir())
	ctx, err := st.begin(e.life, kept, ttl)
	if err != nil {
		kept.drop()
		return err
	}
	go st.work(ctx, kept.add, kept.end)
	return nil
}

// settle decides, once the statement has ended, how long it is remembered: with a kept result for its time to live.
func (st *Statement) settle() {
	st.mu.Lock()
	kept, closing := st.kept, st.closing
	if kept != nil && !closing {
		st.expiry = time.AfterFunc(st.ttl, st.expire)
	}
	st.mu.Unlock()
	if kept == nil || closing {
		st.forget()
	}
	close(st.done)
}

// expire forgets a result whose time is over, unless someone is reading it.
func (st *Statement) expire() {
	st.mu.Lock()
	if st.kept.busy() {
		st.expiry.Reset(st.ttl)
		st.mu.Unlock()
		return
	}
	st.mu.Unlock()
	st.Close()
}

// Renew keeps the result of a statement that has ended for its time to live from now on, and gives the moment when that is
// over; the zero time where there is none, as the statement still runs.
func (st *Statement) Renew() time.Time {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.expiry == nil || st.closing || !st.expiry.Stop() {
		return time.Time{}
	}
	st.expiry.Reset(st.ttl)
	return time.Now().Add(st.ttl)
}

// forget takes the statement out of the register and drops its result.
func (st *Statement) forget() {
	st.mu.Lock()
	kept := st.kept
	if kept != nil {
		st.state = Closed
	}
	st.mu.Unlock()
	if kept != nil {
		kept.drop()
	}
	st.engine.statements.remove(st)
	if s := st.session; s.options.Transient && s.vacant() {
		s.Close()
	}
}

// Close forgets the kept result of a submitted statement and the statement with it; one that still waits or runs is
// cancelled first. It may be called more than once.
func (st *Statement) Close() {
	st.mu.Lock()
	if st.closing || st.kept == nil {
		st.mu.Unlock()
		return
	}
	st.closing = true
	if st.state == Queued || st.state == Running {
		if st.reason == "" {
			st.reason = "the statement was closed"
		}
		st.cancel(nil)
		st.mu.Unlock()
		return // its end forgets it
	}
	if st.expiry != nil {
		st.expiry.Stop()
	}
	st.mu.Unlock()
	st.forget()
}

// Keeps says that the statement was submitted: its result is kept for whoever may see it.
func (st *Statement) Keeps() bool {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.kept != nil
}

// Wait waits until the statement has ended or ctx does, and says whether the statement has. It is for statements that
// were started.
func (st *Statement) Wait(ctx context.Context) bool {
	select {
	case <-st.done:
		return true
	default:
	}
	select {
	case <-st.done:
		return true
	case <-ctx.Done():
		return false
	}
}

// Rows reads the result of a submitted statement from the start, also while it grows, any number of times. What fails
// before the first batch fails here.
func (st *Statement) Rows(ctx context.Context) (Rows, error) { return st.rowsOf(ctx, wholeResult) }

// RowsOf reads one chunk of the result; it waits for a chunk that is still to come.
func (st *Statement) RowsOf(ctx context.Context, chunk int) (Rows, error) {
	if chunk < 0 {
		return nil, sqlerr.New("RESULT_CHUNK_NOT_FOUND", "chunk", itoa(int64(chunk)), "count", itoa(int64(len(st.Chunks()))))
	}
	return st.rowsOf(ctx, chunk)
}

func (st *Statement) rowsOf(ctx context.Context, chunk int) (Rows, error) {
	st.mu.Lock()
	kept := st.kept
	st.mu.Unlock()
	if kept == nil {
		return nil, sqlerr.Internal("statement %s was not submitted", st.id)
	}
	return kept.read(ctx, chunk)
}

// Chunks are the pieces of a submitted statement's result that are whole so far; all of them once it has ended.
func (st *Statement) Chunks() []Chunk {
	st.mu.Lock()
	kept := st.kept
	st.mu.Unlock()
	if kept == nil {
		return nil
	}
	return kept.pieces()
}
