package engine

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/argan-sql/argan/sql/ast"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// State is where a statement is in its life.
type State string

// States.
const (
	Prepared  State = "PREPARED"
	Queued    State = "QUEUED"
	Running   State = "RUNNING"
	Succeeded State = "SUCCEEDED"
	Failed    State = "FAILED"
	Cancelled State = "CANCELED"
	Closed    State = "CLOSED"
)

// Parameter is a value for ? (Name "") or :name. Value has the shape that vector.Value gives for Type; nil is NULL.
type Parameter struct {
	Name  string
	Type  *types.Type
	Value any
}

// Request is a statement to run.
type Request struct {
	SQL        string
	Parameters []Parameter
	// ReadOnly refuses whatever changes anything (NOT_READ_ONLY).
	ReadOnly bool
	// Tag is kept in the history.
	Tag string
	// Settings apply to this statement alone.
	Settings map[string]string
	// application is noted in the commit: the key of a load.
	application string
	// DescribeOnly prepares for the sake of the schema: unbound parameters are taken as NULLs.
	DescribeOnly bool

	// rewrite changes the tree before it is planned; nil for not at all.
	rewrite func(ast.Statement) error
}

// Kind tells what a statement does.
type Kind string

// Kinds of statements.
const (
	KindQuery   Kind = "QUERY"   // gives rows, changes nothing
	KindUpdate  Kind = "UPDATE"  // changes rows: INSERT, UPDATE, DELETE, MERGE, COPY INTO
	KindCommand Kind = "COMMAND" // everything else
)

// plan is a statement that is ready to run.
type plan struct {
	kind     Kind
	name     string // such as SELECT, MERGE: for history
	readOnly bool
	light    bool        // needs no turn among those that read or write tables
	schema   *types.Type // of the result; no fields: no rows
	run      func(ctx context.Context, x *execution) error
}

// Statement is one statement of a session. Prepare makes it; Run or Submit starts it, once.
type Statement struct {
	engine   *Engine
	session  *Session
	id       string
	request  Request
	plan     *plan
	limits   Limits
	prepared time.Time
	parsed   time.Duration
	markers  []*marker // parameters, while the statement is only described
	planned  time.Duration

	done chan struct{} // closed at the end of a statement that was started

	mu        sync.Mutex
	state     State
	err       error
	submitted time.Time
	started   time.Time
	ended     time.Time
	reason    string // of a cancellation
	cancel    context.CancelCauseFunc
	kept      *keptResult // of a submitted statement
	ttl       time.Duration
	expiry    *time.Timer
	closing   bool
	parent    trace.SpanContext // the client's
	objects   []string          // tables and views that were named
	needs     []need            // rights that it needs, looked at again when it begins
	affected  int64
	version   int64
	progress  progressCounters

	rightsEvent, rightsName string // of a statement that changes rights, for the audit log
}

// Prepare parses and plans a statement. Nothing runs yet, and nothing changes.
func (s *Session) Prepare(ctx context.Context, r Request) (prepared *Statement, err error) {
	if s.engine.Draining() {
		return nil, sqlerr.New("SHUTTING_DOWN")
	}
	if s.Ended() {
		return nil, sqlerr.New("SESSION_NOT_FOUND", "id", s.id)
	}
	if _, ok := s.who(); !ok {
		return nil, sqlerr.New("AUTHENTICATION_REQUIRED")
	}
	if ctx.Value(admittedKey{}) == nil {
		if err := s.engine.rates.check(s.User()); err != nil {
			return nil, err
		}
	}
	s.touch()
	st := &Statement{engine: s.engine, session: s, id: newID(), request: r, prepared: time.Now(), state: Prepared, affected: -1, version: -1, done: make(chan struct{})}
	defer func() {
		if p := recover(); p != nil {
			err = s.engine.panicked(p, r.SQL)
		}
		if err != nil {
			err = withQuery(err, r.SQL)
			st.state, st.err, st.ended = Failed, err, time.Now()
			s.engine.finished(st)
			st = nil
		}
	}()
	st.noteTrace(ctx)
	st.limits = st.limitsFor()
	if r.SQL, err = s.substitute(st, r.SQL); err != nil {
		return nil, err
	}
	st.request.SQL = r.SQL
	if len(r.SQL) > maxStatement {
		return nil, sqlerr.New("STATEMENT_TOO_LARGE", "size", fmt.Sprint(len(r.SQL)), "limit", fmt.Sprint(maxStatement))
	}
	tree, err := s.parse(r.SQL)
	if err != nil {
		return nil, err
	}
	st.noteRights(tree)
	if r.rewrite != nil {
		if err := r.rewrite(tree); err != nil {
			return nil, err
		}
	}
	st.parsed = time.Since(st.prepared)
	if r.DescribeOnly {
		st.markers = placeholders(tree)
	}
	p, err := s.planStatement(ctx, st, tree)
	if err != nil {
		return nil, err
	}
	st.plan, st.planned = p, time.Since(st.prepared)-st.parsed
	if r.ReadOnly && !p.readOnly {
		return nil, sqlerr.New("NOT_READ_ONLY", "statement", p.name)
	}
	return st, nil
}

// maxStatement is the longest statement that is looked at, in bytes.
const maxStatement = 64 << 20

// ID is the statement's unguessable name.
func (st *Statement) ID() string { return st.id }

// Session is the session the statement belongs to.
func (st *Statement) Session() *Session { return st.session }

// SQL is the statement's text.
func (st *Statement) SQL() string { return st.request.SQL }

// Schema is the result's schema; a statement without result has no fields.
func (st *Statement) Schema() *types.Type { return st.plan.schema }

// Kind tells what the statement does.
func (st *Statement) Kind() Kind { return st.plan.kind }

// ReadOnly says that the statement changes nothing.
func (st *Statement) ReadOnly() bool { return st.plan.readOnly }

// State is where the statement is, and the error if it failed.
func (st *Statement) State() (State, error) {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.state, st.err
}

// Affected is the number of rows changed, -1 where that does not apply.
func (st *Statement) Affected() int64 {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.affected
}

// CommitVersion is the version of the table that the statement committed, -1 for none.
func (st *Statement) CommitVersion() int64 {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.version
}

func (st *Statement) changed(rows, version int64) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.affected, st.version = rows, version
}

// Times are how long parsing, planning and running took so far.
func (st *Statement) Times() (parse, plan, run time.Duration) {
	st.mu.Lock()
	defer st.mu.Unlock()
	switch {
	case st.started.IsZero():
	case st.ended.IsZero():
		run = time.Since(st.started)
	default:
		run = st.ended.Sub(st.started)
	}
	return st.parsed, st.planned, run
}

// Submitted is when the statement was started by Run or Submit, Started when its turn came, Ended when it ended; zero
// where that is still to come.
func (st *Statement) Submitted() time.Time {
	return st.moment(func() time.Time { return st.submitted })
}

// Started is when the statement's turn came.
func (st *Statement) Started() time.Time { return st.moment(func() time.Time { return st.started }) }

// Ended is when the statement ended.
func (st *Statement) Ended() time.Time { return st.moment(func() time.Time { return st.ended }) }

func (st *Statement) moment(of func() time.Time) time.Time {
	st.mu.Lock()
	defer st.mu.Unlock()
	return of()
}

// maxObjects bounds what the audit log keeps of a statement's names.
const maxObjects = 100

// touch notes that the statement names a table or view.
func (st *Statement) touch(name string) {
	if st == nil {
		return
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	if len(st.objects) < maxObjects && !slices.Contains(st.objects, name) {
		st.objects = append(st.objects, name)
	}
}

func (st *Statement) touched() []string {
	st.mu.Lock()
	defer st.mu.Unlock()
	return slices.Clone(st.objects)
}

// setting gives a setting as the statement sees it: its own, else the session's.
func (s *Session) setting(st *Statement, key string) string {
	if st != nil {
		if v, ok := st.request.Settings[key]; ok {
			return v
		}
	}
	return s.Get(key)
}

// Query prepares and runs a statement, for callers that need no handle on it.
func (s *Session) Query(ctx context.Context, r Request) (*Result, error) {
	st, err := s.Prepare(ctx, r)
	if err != nil {
		return nil, err
	}
	return st.Run(ctx)
}

// Exec runs a statement to its end and throws its rows away.
func (s *Session) Exec(ctx context.Context, sql string) error {
	r, err := s.Query(ctx, Request{SQL: sql})
	if err != nil {
		return err
	}
	defer r.Close()
	return r.Drain(ctx)
}

func (s *Session) planStatement(ctx context.Context, st *Statement, tree ast.Statement) (*plan, error) {
	p, err := s.newPlanner(st).plan(ctx, tree)
	if err == nil && len(st.markers) > 0 {
		s.newPlanner(st).learn(ctx, tree, st.markers)
	}
	return p, err
}
