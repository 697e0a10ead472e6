package hivesrv

import (
	"context"
	"fmt"
	"strings"
	"time"

	hive "github.com/beltran/gohive/hiveserver"

	"github.com/argan-sql/argan/engine"
	"github.com/argan-sql/argan/types"
)

// resultColumns are those of a statement that gives no rows: one, so that clients which insist on a result find one.
// Spark names it and then sends no column at all, on which PyHive fails.
var resultColumns = types.NewStruct(types.Field{Name: "Result", Type: types.StringType, Nullable: true})

// firstRows is how long a query that has its first rows may go on before it counts as finished: what fails early should
// fail as a statement, not while its rows are fetched.
const firstRows = 200 * time.Millisecond

// ExecuteStatement runs a statement: to its end, or in the background when the client asks so. Of a statement in the
// background every error is told by GetOperationStatus.
func (s *service) ExecuteStatement(ctx context.Context, r *hive.TExecuteStatementReq) (*hive.TExecuteStatementResp, error) {
	ss, err := s.session(ctx, r.SessionHandle)
	if err != nil {
		return &hive.TExecuteStatementResp{Status: statusOf(err)}, nil
	}
	request := engine.Request{SQL: r.Statement, Settings: map[string]string{}}
	for k, v := range r.ConfOverlay {
		request.Settings[k] = v
	}
	if r.QueryTimeout > 0 {
		request.Settings["argan.statement.timeout"] = fmt.Sprintf("%ds", r.QueryTimeout)
	}
	op := s.add(ss, hive.TOperationType_EXECUTE_STATEMENT)
	op.state = stateRunning
	s.background(func() { op.run(request) })
	if r.RunAsync {
		return &hive.TExecuteStatementResp{Status: success(), OperationHandle: op.thrift()}, nil
	}
	ctx, done := callerOf(ctx).connection.attend(ctx)
	defer done()
	select {
	case <-op.settled:
	case <-ctx.Done():
		op.stop("the client went away")
	}
	if state, err := op.now(); state != stateFinished {
		s.drop(op)
		return &hive.TExecuteStatementResp{Status: statusOf(err)}, nil
	}
	h := op.thrift()
	if n := op.affected(); n >= 0 {
		rows := float64(n)
		h.ModifiedRowCount = &rows
	}
	return &hive.TExecuteStatementResp{Status: success(), OperationHandle: h}, nil
}

// run prepares and runs the statement; it ends when the operation's state is final.
func (op *operation) run(request engine.Request) {
	op.log.addf("Compiling command: %s", strings.TrimSpace(request.SQL))
	st, err := op.session.Prepare(op.life, request)
	if err != nil {
		op.fail(err)
		return
	}
	op.mu.Lock()
	op.statement = st
	gone := op.final()
	op.mu.Unlock()
	if gone {
		return
	}
	parse, plan, _ := st.Times()
	op.log.addf("Completed compiling command(queryId=%s); Time taken: %s", st.ID(), seconds(parse+plan))
	op.log.addf("Executing command(queryId=%s)", st.ID())
	if err := st.Submit(0); err != nil {
		op.fail(err)
		return
	}
	op.mu.Lock()
	gone = op.final()
	op.mu.Unlock()
	if gone { // it was closed while it was submitted
		st.Close()
		return
	}
	rows, err := st.Rows(op.life) // waits for the first rows or the end
	if err != nil {
		op.fail(err)
		return
	}
	patience, cancel := op.life, func() {}
	if st.Kind() == engine.KindQuery {
		patience, cancel = context.WithTimeout(op.life, firstRows)
	}
	ended := st.Wait(patience)
	cancel()
	if ended {
		if _, err := st.State(); err != nil {
			rows.Close()
			op.fail(err)
			return
		}
	}
	schema := st.Schema()
	c := newCursor(rows, func(ctx context.Context) (engine.Rows, error) { return st.Rows(ctx) })
	if len(schema.Fields) == 0 {
		rows.Close()
		schema, c = resultColumns, emptyCursor()
	}
	_, _, took := st.Times()
	op.log.addf("Completed executing command(queryId=%s); Time taken: %s", st.ID(), seconds(took))
	op.finish(schema, c, st.Session().Zone())
}

// background runs f; close waits for it.
func (s *service) background(f func()) {
	s.working.Add(1)
	go func() {
		defer s.working.Done()
		f()
	}()
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f seconds", d.Seconds()) }

// finish gives the operation its result.
func (op *operation) finish(schema *types.Type, c *cursor, zone *time.Location) {
	c.zone = zone
	op.fetching.Lock()
	op.mu.Lock()
	gone := op.final()
	if !gone {
		op.schema = schema
		op.cursor = c
	}
	op.mu.Unlock()
	op.fetching.Unlock()
	if gone {
		c.close()
		return
	}
	op.settle(stateFinished, nil)
}

// affected is how many rows the statement changed, -1 where that does not apply.
func (op *operation) affected() int64 {
	op.mu.Lock()
	st := op.statement
	op.mu.Unlock()
	if st == nil {
		return -1
	}
	return st.Affected()
}

// How long a poll of a statement that still runs is held. dbt sleeps five seconds after each answer that is not the
// last. Clients of V10 and later show progress and send a cancellation over the same connection: they are not kept that long.
const (
	longPoll  = 5 * time.Second
	shortPoll = time.Second
)

// GetOperationStatus tells the state of an operation; it waits a while for one that is not final.
func (s *service) GetOperationStatus(ctx context.Context, r *hive.TGetOperationStatusReq) (*hive.TGetOperationStatusResp, error) {
	op, err := s.operation(ctx, r.OperationHandle)
	if err != nil {
		return &hive.TGetOperationStatusResp{Status: statusOf(err)}, nil
	}
	hold := longPoll
	if op.session.version >= hive.TProtocolVersion_HIVE_CLI_SERVICE_PROTOCOL_V10 {
		hold = shortPoll
	}
	ctx, done := callerOf(ctx).connection.attend(ctx)
	timer := time.NewTimer(hold)
	select {
	case <-op.settled:
	case <-timer.C:
	case <-ctx.Done():
	case <-s.closing:
	}
	timer.Stop()
	done()
	state, failed := op.now()
	resp := &hive.TGetOperationStatusResp{Status: success(), OperationState: &state}
	if failed != nil {
		st := statusOf(failed)
		resp.SqlState, resp.ErrorCode, resp.ErrorMessage = st.SqlState, st.ErrorCode, st.ErrorMessage
	}
	op.mu.Lock()
	started, completed := op.started, op.completed
	op.mu.Unlock()
	resp.OperationStarted = millis(started)
	if !completed.IsZero() {
		resp.OperationCompleted = millis(completed)
	}
	has := true
	resp.HasResultSet = &has
	if n := op.affected(); n >= 0 && state == stateFinished {
		resp.NumModifiedRows = &n
	}
	if r.GetGetProgressUpdate() {
		resp.ProgressUpdateResponse = op.progress(state)
	}
	return resp, nil
}

func millis(t time.Time) *int64 {
	ms := t.UnixMilli()
	return &ms
}
