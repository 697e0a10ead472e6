package engine

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
)

// Run starts the statement and gives its result, which must be closed. The statement ends when the result does, when
// ctx is cancelled, or by Cancel.
func (st *Statement) Run(ctx context.Context) (*Result, error) {
	st.noteTrace(ctx)
	ctx, err := st.begin(ctx, nil, 0)
	if err != nil {
		return nil, err
	}
	r := newResult(st.plan.schema, st.cancel)
	go st.work(ctx, r.push, r.end)
	// Whatever fails before the first batch fails here, so that servers can still answer with a status.
	if err := r.first(); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// begin turns a prepared statement into a waiting one, once. kept is where its result will lie, if it is to be kept.
func (st *Statement) begin(ctx context.Context, kept *keptResult, ttl time.Duration) (context.Context, error) {
	e, s := st.engine, st.session
	if err := st.stillAllowed(ctx); err != nil {
		return nil, withQuery(err, st.request.SQL)
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	switch {
	case st.state == Cancelled:
		return nil, withQuery(st.cancelError(), st.request.SQL)
	case st.state != Prepared:
		return nil, sqlerr.Internal("statement %s has already run", st.id)
	case e.Draining():
		return nil, sqlerr.New("SHUTTING_DOWN")
	case s.Ended():
		return nil, sqlerr.New("SESSION_NOT_FOUND", "id", s.id)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	st.state, st.submitted, st.cancel, st.kept, st.ttl = Queued, time.Now(), cancel, kept, ttl
	e.statements.add(st)
	e.active.Add(1)
	s.busy.Add(1)
	return ctx, nil
}

// work runs a statement that has begun to its end.
func (st *Statement) work(ctx context.Context, push func(context.Context, *vector.Batch) error, end func(err error, affected, version int64)) {
	e, s := st.engine, st.session
	defer e.active.Done()
	defer s.busy.Add(-1)
	err := st.execute(ctx, push)
	if err != nil {
		err = withQuery(st.translate(ctx, err), st.request.SQL)
	}
	st.cancel(nil)
	st.finish(err)
	s.touch()
	end(err, st.Affected(), st.CommitVersion())
	st.settle()
}

func (st *Statement) execute(ctx context.Context, push func(context.Context, *vector.Batch) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = st.engine.panicked(p, st.request.SQL)
		}
	}()
	x := &execution{statement: st, session: st.session, engine: st.engine}
	if err := st.engine.auditor.ready(); err != nil {
		return err
	}
	if x.queue, x.ticket, err = st.admission(ctx); err != nil {
		return err
	}
	if x.ticket != nil {
		defer x.queue.leave(x.ticket)
		if err := x.queue.wait(ctx, x.ticket); err != nil {
			return err
		}
	}
	st.mu.Lock()
	st.state, st.started = Running, time.Now()
	st.mu.Unlock()
	if d := st.limits.Time; d > 0 {
		timer := time.AfterFunc(d, func() { st.cancel(sqlerr.New("STATEMENT_TIMEOUT", "timeout", d.String())) })
		defer timer.Stop()
	}
	ctx = context.WithValue(context.WithValue(ctx, admittedKey{}, true), executionKey{}, x)
	x.send = func(b *vector.Batch) error {
		if err := st.checkRows(st.progress.rowsOut.Add(int64(b.Len()))); err != nil {
			return err
		}
		return push(ctx, b)
	}
	if st.plan.kind == KindCommand {
		defer st.engine.changedRights() // objects come and go, and rights with them
	}
	return st.plan.run(ctx, x)
}

type executionKey struct{}

// aside runs f, which waits for the client, without a turn, so that another statement may run meanwhile.
func aside(ctx context.Context, f func() error) error {
	if x, ok := ctx.Value(executionKey{}).(*execution); ok {
		return x.yield(ctx, f)
	}
	return f()
}

// panicked turns a panic, which is a defect of ours, into an error; the server lives on.
func (e *Engine) panicked(p any, query string) error {
	if err, ok := p.(error); ok {
		var known *sqlerr.Error
		if errors.As(err, &known) {
			return known
		}
	}
	e.log.Error("statement panicked", "panic", fmt.Sprint(p), "sql", clip(shownText(query), 2000), "stack", string(debug.Stack()))
	return sqlerr.Internal("The statement met a defect of the program (%s). The server goes on; the log has the details.", clip(fmt.Sprint(p), 300))
}

func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}

// translate says why a statement was cut short where all that came up is a cancelled context.
func (st *Statement) translate(ctx context.Context, err error) error {
	if ctx.Err() == nil || !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	cause := context.Cause(ctx)
	var known *sqlerr.Error
	if errors.As(cause, &known) {
		return known
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.cancelError()
}

// cancelError says that the statement was cancelled and why; the lock is held.
func (st *Statement) cancelError() error {
	reason := st.reason
	if reason != "" {
		reason = ": " + reason
	}
	return sqlerr.New("QUERY_CANCELLED", "reason", reason)
}

// withQuery gives an error the statement's text, for the caret.
func withQuery(err error, query string) error {
	e := *sqlerr.From(err)
	if e.Query == "" {
		e.Query = query
	}
	return &e
}

func (st *Statement) finish(err error) {
	st.mu.Lock()
	st.ended, st.err = time.Now(), err
	switch {
	case err == nil:
		st.state = Succeeded
	case sqlerr.Is(err, "QUERY_CANCELLED"):
		st.state = Cancelled
	default:
		st.state = Failed
	}
	st.mu.Unlock()
	st.engine.finished(st)
}

// Cancel ends the statement; reason is shown to who waits for it. It may be called at any time, any number of times.
func (st *Statement) Cancel(reason string) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.reason == "" {
		st.reason = reason
	}
	switch st.state {
	case Prepared:
		st.state = Cancelled
	case Queued, Running:
		st.cancel(nil)
	}
}
