package hivesrv

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	hive "github.com/beltran/gohive/hiveserver"

	"github.com/argan-sql/argan/engine"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// The states of an operation, in Hive's words.
const (
	stateInitialized = hive.TOperationState_INITIALIZED_STATE
	stateRunning     = hive.TOperationState_RUNNING_STATE
	stateFinished    = hive.TOperationState_FINISHED_STATE
	stateCancelled   = hive.TOperationState_CANCELED_STATE
	stateError       = hive.TOperationState_ERROR_STATE
	statePending     = hive.TOperationState_PENDING_STATE
	stateTimedOut    = hive.TOperationState_TIMEDOUT_STATE
)

// operation is a statement of a client, or a call for metadata, with its result.
type operation struct {
	session *session
	handle  handle
	kind    hive.TOperationType
	first   int32 // the position of the first column: 0 for statements, 1 for metadata
	log     operationLog
	settled chan struct{} // closed when the state is final: FINISHED, ERROR, CANCELED, TIMEDOUT
	life    context.Context
	cancel  context.CancelFunc

	mu        sync.Mutex
	state     hive.TOperationState
	err       error
	statement *engine.Statement // once it is prepared
	schema    *types.Type       // once FINISHED
	used      time.Time
	started   time.Time
	completed time.Time

	fetching sync.Mutex // one page at a time
	cursor   *cursor    // once FINISHED
}

// add makes an operation known.
func (s *service) add(ss *session, kind hive.TOperationType) *operation {
	life, cancel := context.WithCancel(context.Background())
	now := time.Now()
	op := &operation{session: ss, handle: newHandle(), kind: kind, settled: make(chan struct{}), life: life, cancel: cancel, state: stateInitialized, used: now, started: now}
	s.mu.Lock()
	s.operations[op.handle.public] = op
	s.mu.Unlock()
	return op
}

// drop forgets an operation and ends it.
func (s *service) drop(op *operation) {
	s.mu.Lock()
	delete(s.operations, op.handle.public)
	s.mu.Unlock()
	op.close()
}

// operation finds the operation of a handle, if it is the caller's.
func (s *service) operation(ctx context.Context, h *hive.TOperationHandle) (*operation, error) {
	public, ok := publicOf(h.GetOperationId())
	if !ok {
		return nil, invalidOperation(h)
	}
	s.mu.Lock()
	op := s.operations[public]
	s.mu.Unlock()
	if op == nil || !op.handle.matches(h.OperationId) || !op.session.belongsTo(callerOf(ctx)) {
		return nil, invalidOperation(h)
	}
	if _, err := s.engine.Session(op.session.ID()); err != nil {
		s.end(op.session)
		return nil, invalidOperation(h)
	}
	op.mu.Lock()
	op.used = time.Now()
	op.mu.Unlock()
	return op, nil
}

// thrift is the operation's handle. Every operation has a result, as on Spark: clients ask for it without looking.
func (op *operation) thrift() *hive.TOperationHandle {
	return &hive.TOperationHandle{OperationId: op.handle.thrift(), OperationType: op.kind, HasResultSet: true}
}

// idleSince is how long nobody has asked for an operation that has ended.
func (op *operation) idleSince(now time.Time) time.Duration {
	op.mu.Lock()
	defer op.mu.Unlock()
	if !op.final() {
		return 0
	}
	return now.Sub(op.used)
}

// final says whether the state will not change any more; the lock is held.
func (op *operation) final() bool {
	switch op.state {
	case stateInitialized, stateRunning, statePending:
		return false
	}
	return true
}

// now is the state and, after a failure, the error. A statement that waits for its turn is PENDING.
func (op *operation) now() (hive.TOperationState, error) {
	op.mu.Lock()
	defer op.mu.Unlock()
	if op.state == stateRunning && op.statement != nil {
		if st, _ := op.statement.State(); st == engine.Queued {
			return statePending, nil
		}
	}
	return op.state, op.err
}

// settle sets the final state, once.
func (op *operation) settle(state hive.TOperationState, err error) {
	op.mu.Lock()
	defer op.mu.Unlock()
	if op.final() {
		return
	}
	op.state, op.err, op.completed = state, err, time.Now()
	close(op.settled)
}

// fail sets the final state that an error leads to.
func (op *operation) fail(err error) {
	state := stateError
	switch {
	case sqlerr.Is(err, "QUERY_CANCELLED"), errors.Is(err, context.Canceled):
		state = stateCancelled
	case sqlerr.Is(err, "STATEMENT_TIMEOUT"):
		state = stateTimedOut
	}
	text, _, _ := strings.Cut(sqlerr.From(err).Error(), "\n")
	op.log.addf("FAILED: %s", text)
	op.settle(state, err)
}

// close ends the operation and forgets its result.
func (op *operation) close() {
	op.stop("the operation was closed")
	op.mu.Lock()
	st := op.statement
	op.mu.Unlock()
	op.fetching.Lock()
	if op.cursor != nil {
		op.cursor.close()
	}
	op.fetching.Unlock()
	if st != nil {
		st.Close()
	}
}

// stop cancels the operation, whatever it is doing.
func (op *operation) stop(reason string) {
	op.mu.Lock()
	st := op.statement
	op.mu.Unlock()
	op.cancel()
	if st != nil {
		st.Cancel(reason)
	}
	op.settle(stateCancelled, sqlerr.New("QUERY_CANCELLED", "reason", ": "+reason))
}

// CancelOperation cancels a statement; one that has ended stays as it is but for its state.
func (s *service) CancelOperation(ctx context.Context, r *hive.TCancelOperationReq) (*hive.TCancelOperationResp, error) {
	op, err := s.operation(ctx, r.OperationHandle)
	if err != nil {
		return &hive.TCancelOperationResp{Status: statusOf(err)}, nil
	}
	op.stop("the client cancelled it")
	op.mu.Lock()
	op.state = stateCancelled
	op.mu.Unlock()
	return &hive.TCancelOperationResp{Status: success()}, nil
}

// CloseOperation forgets an operation and its result.
func (s *service) CloseOperation(ctx context.Context, r *hive.TCloseOperationReq) (*hive.TCloseOperationResp, error) {
	op, err := s.operation(ctx, r.OperationHandle)
	if err != nil {
		return &hive.TCloseOperationResp{Status: statusOf(err)}, nil
	}
	s.drop(op)
	return &hive.TCloseOperationResp{Status: success()}, nil
}

// GetQueryId gives the statement's id, by which the history and the log know it.
func (s *service) GetQueryId(ctx context.Context, r *hive.TGetQueryIdReq) (*hive.TGetQueryIdResp, error) { //nolint:revive // Thrift's name
	op, err := s.operation(ctx, r.OperationHandle)
	if err != nil {
		return nil, err
	}
	op.mu.Lock()
	defer op.mu.Unlock()
	if op.statement == nil {
		return &hive.TGetQueryIdResp{}, nil
	}
	return &hive.TGetQueryIdResp{QueryId: op.statement.ID()}, nil
}
