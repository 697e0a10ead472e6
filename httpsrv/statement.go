package httpsrv

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/argan-sql/argan/engine"
	"github.com/argan-sql/argan/types"
)

type progressJSON struct {
	RowsRead     int64 `json:"rows_read"`
	BytesRead    int64 `json:"bytes_read"`
	TasksDone    int64 `json:"tasks_done"`
	TasksTotal   int64 `json:"tasks_total"`
	RowsOut      int64 `json:"rows_out"`
	PeakMemory   int64 `json:"peak_memory_bytes"`
	SpilledBytes int64 `json:"spilled_bytes"`
}

type chunkJSON struct {
	Index    int   `json:"index"`
	FirstRow int64 `json:"first_row"`
	Rows     int64 `json:"rows"`
	Bytes    int64 `json:"bytes"`
}

type manifestJSON struct {
	Rows     int64       `json:"rows"`
	Complete bool        `json:"complete"`
	Chunks   []chunkJSON `json:"chunks"`
}

type fieldJSON struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	Nullable bool   `json:"nullable"`
}

// statementJSON is how a statement stands.
type statementJSON struct {
	ID            string        `json:"statement_id"`
	State         engine.State  `json:"state"`
	User          string        `json:"user"`
	SubmittedAt   *time.Time    `json:"submitted_at"`
	StartedAt     *time.Time    `json:"started_at"`
	EndedAt       *time.Time    `json:"ended_at"`
	ElapsedMS     int64         `json:"elapsed_ms"`
	Progress      progressJSON  `json:"progress"`
	Schema        []fieldJSON   `json:"schema"`
	Manifest      *manifestJSON `json:"manifest"`
	AffectedRows  *int64        `json:"affected_rows,omitempty"`
	CommitVersion *int64        `json:"commit_version,omitempty"`
	Error         *problem      `json:"error"`
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func number(n int64) *int64 {
	if n < 0 {
		return nil
	}
	return &n
}

func fieldsOf(t *types.Type) []fieldJSON {
	out := make([]fieldJSON, len(t.Fields))
	for i, f := range t.Fields {
		out[i] = fieldJSON{f.Name, f.Type.SQL(), f.Nullable}
	}
	return out
}

func describeStatement(st *engine.Statement) statementJSON {
	state, err := st.State()
	p := st.Progress()
	out := statementJSON{
		ID: st.ID(), State: state, User: st.Session().User(), SubmittedAt: moment(st.Submitted()), StartedAt: moment(st.Started()), EndedAt: moment(st.Ended()),
		Progress: progressJSON{p.RowsRead, p.BytesRead, p.TasksDone, p.TasksTotal, p.RowsOut, p.PeakMemory, p.SpilledBytes},
		Schema:   fieldsOf(st.Schema()),
	}
	if begun := st.Submitted(); !begun.IsZero() {
		end := st.Ended()
		if end.IsZero() {
			end = time.Now()
		}
		out.ElapsedMS = end.Sub(begun).Milliseconds()
	}
	if err != nil {
		e := problemOf(err, st.ID())
		out.Error = &e
	}
	if state == engine.Succeeded {
		out.AffectedRows, out.CommitVersion = number(st.Affected()), number(st.CommitVersion())
	}
	if st.Keeps() && err == nil {
		m := &manifestJSON{Complete: state == engine.Succeeded, Chunks: []chunkJSON{}}
		for _, c := range st.Chunks() {
			m.Chunks = append(m.Chunks, chunkJSON{c.Index, c.FirstRow, c.Rows, c.Bytes})
			m.Rows += c.Rows
		}
		out.Manifest = m
	}
	return out
}

// start submits the statement of a request, or gives the one that a request with the same key has submitted.
func (s *Server) start(r *http.Request, q *request) (*engine.Statement, error) {
	key := r.Header.Get("Idempotency-Key")
	if len(key) > 255 {
		return nil, badRequest("an Idempotency-Key has at most 255 bytes")
	}
	if key == "" {
		return s.begin(r, q)
	}
	k, err := s.keys.take(r.Context(), callerOf(r).User+"\x00"+key)
	if err != nil {
		return nil, err
	}
	defer k.free()
	if k.statement != "" {
		if st, err := s.engine.Statement(k.statement, callerOf(r)); err == nil {
			if k.sum != q.sum {
				return nil, &problemWith{http.StatusUnprocessableEntity, "IDEMPOTENCY_KEY_REUSED", "the Idempotency-Key belongs to another request: statement " + k.statement}
			}
			return st, nil
		}
	}
	st, err := s.begin(r, q)
	if err == nil {
		k.statement, k.sum = st.ID(), q.sum
	}
	return st, err
}

func (s *Server) begin(r *http.Request, q *request) (*engine.Statement, error) {
	session, free, err := s.turn(r, true)
	if err != nil {
		return nil, err
	}
	own := r.Header.Get(sessionHeader) == ""
	st, err := s.prepare(r, session, q)
	if err == nil {
		err = st.Submit(0)
	}
	if err != nil {
		free()
		if own {
			session.Close()
		}
		return nil, err
	}
	go func() { // the session's turn ends with the statement
		st.Wait(context.Background())
		free()
	}()
	return st, nil
}

// await waits for a statement as long as its client will.
func await(r *http.Request, st *engine.Statement, w *waiting) (ended bool) {
	ctx, cancel := context.WithTimeout(r.Context(), w.limit)
	defer cancel()
	if st.Wait(ctx) {
		return true
	}
	if w.cancel && r.Context().Err() == nil {
		st.Cancel("it did not end within wait_timeout")
		return st.Wait(r.Context())
	}
	return false
}

// submit runs a statement in the background.
func (s *Server) submit(w http.ResponseWriter, r *http.Request) {
	q, err := s.read(w, r)
	if err != nil {
		failed(w, err, "")
		return
	}
	if q.wait == nil {
		q.wait = &waiting{limit: defaultWait}
	}
	st, err := s.start(r, q)
	if err != nil {
		failed(w, err, "")
		return
	}
	s.accepted(w, st, await(r, st, q.wait))
}

// accepted answers how a statement stands: 200 when it has ended, 202 while it goes on.
func (s *Server) accepted(w http.ResponseWriter, st *engine.Statement, ended bool) {
	w.Header().Set("Location", "/v1/statements/"+st.ID())
	w.Header().Set("X-Argan-Statement-Id", st.ID())
	code := http.StatusOK
	if !ended {
		code = http.StatusAccepted
	}
	answer(w, code, describeStatement(st))
}

// sqlInTime answers POST /v1/sql with a wait_timeout: the rows when the statement ends in time, else where it can be found.
func (s *Server) sqlInTime(w http.ResponseWriter, r *http.Request, q *request, encode encoder) {
	st, err := s.start(r, q)
	if err != nil {
		failed(w, err, "")
		return
	}
	if !await(r, st, q.wait) {
		s.accepted(w, st, false)
		return
	}
	s.sendKept(w, r, q, st, encode, -1)
}

// sendKept sends a kept result, or one chunk of it.
func (s *Server) sendKept(w http.ResponseWriter, r *http.Request, q *request, st *engine.Statement, encode encoder, chunk int) {
	open := st.Rows
	if chunk >= 0 {
		open = func(ctx context.Context) (engine.Rows, error) { return st.RowsOf(ctx, chunk) }
	}
	rows, err := open(r.Context())
	if err != nil {
		failed(w, err, st.ID())
		return
	}
	defer rows.Close()
	s.sendOutput(w, r, &output{w: w, request: q, session: st.Session(), st: st, result: rows, left: q.rowLimit, part: chunk >= 0}, encode)
}

// named is the statement in a request's path.
func (s *Server) named(w http.ResponseWriter, r *http.Request) *engine.Statement {
	st, err := s.engine.Statement(r.PathValue("statement"), callerOf(r))
	if err != nil {
		failed(w, err, "")
		return nil
	}
	return st
}

func (s *Server) showStatement(w http.ResponseWriter, r *http.Request) {
	if st := s.named(w, r); st != nil {
		answer(w, http.StatusOK, describeStatement(st))
	}
}

func (s *Server) statementResult(w http.ResponseWriter, r *http.Request) {
	st := s.named(w, r)
	if st == nil {
		return
	}
	if !st.Keeps() {
		refuse(w, http.StatusConflict, "RESULT_NOT_KEPT", "the rows of this statement go to the client that sent it")
		return
	}
	q := &request{rowLimit: -1, codec: codec(r)}
	chunk := -1
	for key, values := range r.URL.Query() {
		value := values[len(values)-1]
		if key == "chunk" {
			n, err := strconv.Atoi(value)
			if err != nil || n < 0 {
				failed(w, badRequest("chunk must be a whole number, not %q", value), "")
				return
			}
			chunk = n
		} else if known, err := q.output(key, value); err != nil || !known {
			if err == nil {
				err = badRequest("the query parameter %q is not known", key)
			}
			failed(w, err, "")
			return
		}
	}
	if q.format == "" {
		q.format = accepted(r.Header.Values("Accept"))
	}
	encode, err := encoderOf(q.format)
	if err != nil {
		failed(w, err, st.ID())
		return
	}
	s.sendKept(w, r, q, st, encode, chunk)
}

func (s *Server) cancelStatement(w http.ResponseWriter, r *http.Request) {
	id := strings.ToLower(r.PathValue("statement"))
	if before, ok := s.ended.find(callerOf(r).User, id); ok {
		answer(w, http.StatusOK, before)
		return
	}
	st := s.named(w, r)
	if st == nil {
		return
	}
	st.Cancel("by the user " + callerOf(r).User)
	ctx, stop := context.WithTimeout(r.Context(), time.Second) // the state is told where it shows at once
	defer stop()
	st.Wait(ctx)
	now := describeStatement(st)
	if !st.Keeps() {
		s.ended.add(callerOf(r).User, id, now)
	}
	answer(w, http.StatusOK, now)
}

func (s *Server) closeStatement(w http.ResponseWriter, r *http.Request) {
	st := s.named(w, r)
	if st == nil {
		return
	}
	if st.Keeps() {
		st.Close()
	} else {
		st.Cancel("the statement was closed")
	}
	w.WriteHeader(http.StatusNoContent)
}

// endedStatements remember the last statements that were cancelled and are not to be found any more, so that who cancels again is
// told so.
type endedStatements struct {
	mu   sync.Mutex
	last []endedStatement
}

type endedStatement struct {
	user, id string
	was      statementJSON
}

const keepEnded = 256

func (e *endedStatements) add(user, id string, was statementJSON) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.last) >= keepEnded {
		e.last = slices.Delete(e.last, 0, 1)
	}
	e.last = append(e.last, endedStatement{user, id, was})
}

func (e *endedStatements) find(user, id string) (statementJSON, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, s := range e.last {
		if s.user == user && s.id == id {
			return s.was, true
		}
	}
	return statementJSON{}, false
}

// listStatements lists statements, the newest first, a page at a time.
func (s *Server) listStatements(w http.ResponseWriter, r *http.Request) {
	list, next, err := s.page(r)
	if err != nil {
		failed(w, err, "")
		return
	}
	out := map[string]any{"statements": list}
	if next != "" {
		out["next_page_token"] = next
	}
	answer(w, http.StatusOK, out)
}

func (s *Server) page(r *http.Request) (list []statementJSON, next string, err error) {
	limit, user, after := 100, "", ""
	var states []engine.State
	for key, values := range r.URL.Query() {
		value := values[len(values)-1]
		switch key {
		case "state":
			for _, name := range strings.Split(value, ",") {
				state := engine.State(strings.ToUpper(strings.TrimSpace(name)))
				if !slices.Contains([]engine.State{engine.Prepared, engine.Queued, engine.Running, engine.Succeeded, engine.Failed, engine.Cancelled, engine.Closed}, state) {
					return nil, "", badRequest("there is no state %q; there are QUEUED, RUNNING, SUCCEEDED, FAILED, CANCELED and CLOSED", name)
				}
				states = append(states, state)
			}
		case "of":
			user = value
		case "limit":
			if limit, err = strconv.Atoi(value); err != nil || limit < 1 || limit > 1000 {
				return nil, "", badRequest("limit must be from 1 to 1000, not %q", value)
			}
		case "page_token":
			raw, err := base64.RawURLEncoding.DecodeString(value)
			if err != nil {
				return nil, "", badRequest("the page_token is none that was given")
			}
			after = string(raw)
		default:
			return nil, "", badRequest("the query parameter %q is not known", key)
		}
	}
	place := func(st *engine.Statement) string { return fmt.Sprintf("%019d %s", st.Submitted().UnixNano(), st.ID()) }
	list = []statementJSON{}
	all := s.engine.Statements(callerOf(r)) // oldest first
	last := ""
	for i := len(all) - 1; i >= 0; i-- {
		st := all[i]
		if after != "" && place(st) >= after || user != "" && st.Session().User() != user {
			continue
		}
		if state, _ := st.State(); len(states) > 0 && !slices.Contains(states, state) {
			continue
		}
		if len(list) == limit {
			return list, base64.RawURLEncoding.EncodeToString([]byte(last)), nil
		}
		list, last = append(list, describeStatement(st)), place(st)
	}
	return list, "", nil
}

// keys remember which statement was submitted with which Idempotency-Key, as long as the statement is remembered.
type keys struct {
	mu  sync.Mutex
	all map[string]*key
}

type key struct {
	busy      chan struct{} // holds one while a request with the key is under way
	statement string
	sum       [sha256.Size]byte
}

// maxKeys is when keys of statements that are gone are looked for.
const maxKeys = 10_000

func (k *keys) take(ctx context.Context, name string) (*key, error) {
	k.mu.Lock()
	if k.all == nil {
		k.all = map[string]*key{}
	}
	if len(k.all) >= maxKeys {
		for n, old := range k.all { // the oldest are not known: any that is not in use makes room
			if len(old.busy) == 0 {
				delete(k.all, n)
			}
			if len(k.all) < maxKeys*3/4 {
				break
			}
		}
	}
	one, ok := k.all[name]
	if !ok {
		one = &key{busy: make(chan struct{}, 1)}
		k.all[name] = one
	}
	k.mu.Unlock()
	select {
	case one.busy <- struct{}{}:
		return one, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (k *key) free() { <-k.busy }
