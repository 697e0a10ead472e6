package httpsrv

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/argan-sql/argan/engine"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// sessionHeader names the session that a request belongs to.
const sessionHeader = "X-Argan-Session"

// options are those of a session of the caller.
func sessionOptions(r *http.Request) engine.SessionOptions {
	return engine.SessionOptions{Identity: callerOf(r), Client: r.UserAgent(), Protocol: "http", Address: addressOf(r)}
}

// session is the one that the request names, which must be the caller's, or a new one. A new one ends with the request, or
// (background) with the last of its statements.
func (s *Server) session(r *http.Request, background bool) (session *engine.Session, own bool, err error) {
	id := r.Header.Get(sessionHeader)
	if id == "" {
		o := sessionOptions(r)
		o.Transient, o.Single = background, true
		session, err = s.engine.NewSession(o)
		return session, true, err
	}
	session, err = s.ownSession(r, id)
	return session, false, err
}

// ownSession finds a session of the caller's; that of another is not found either, not even by an administrator: who acts in it acts
// as its user.
func (s *Server) ownSession(r *http.Request, id string) (*engine.Session, error) {
	session, err := s.engine.Session(id)
	if err != nil {
		return nil, err
	}
	if session.User() != callerOf(r).User {
		return nil, sqlerr.New("SESSION_NOT_FOUND", "id", id)
	}
	return session, nil
}

// turns let one statement of a session run at a time: the next may depend on what it leaves behind.
type turns struct {
	mu   sync.Mutex
	held map[*engine.Session]chan struct{}
}

// take waits for the session's turn and gives the way to end it.
func (t *turns) take(ctx context.Context, session *engine.Session) (func(), error) {
	t.mu.Lock()
	if t.held == nil {
		t.held = map[*engine.Session]chan struct{}{}
	}
	turn, ok := t.held[session]
	if !ok {
		turn = make(chan struct{}, 1)
		t.held[session] = turn
	}
	t.mu.Unlock()
	select {
	case turn <- struct{}{}:
		return func() { <-turn }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// keep forgets the turns of sessions that have ended.
func (t *turns) keep(open []*engine.Session) {
	there := make(map[*engine.Session]bool, len(open))
	for _, s := range open {
		there[s] = true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for s := range t.held {
		if !there[s] {
			delete(t.held, s)
		}
	}
}

// turn gives the session of a request once it is its turn. free ends the turn, and the session where it is the request's own
// and not of the background.
func (s *Server) turn(r *http.Request, background bool) (session *engine.Session, free func(), err error) {
	session, own, err := s.session(r, background)
	if err != nil {
		return nil, nil, err
	}
	if own {
		if background {
			return session, func() {}, nil
		}
		return session, session.Close, nil
	}
	free, err = s.turns.take(r.Context(), session)
	return session, free, err
}

type sessionRequest struct {
	Settings map[string]string `json:"settings"`
	Catalog  string            `json:"catalog"`
	Schema   string            `json:"schema"`
	Timeout  string            `json:"timeout"`
}

type sessionJSON struct {
	// ID is only told to who opened the session: who has it acts in it.
	ID             string            `json:"session_id,omitempty"`
	Public         string            `json:"public_id"`
	User           string            `json:"user"`
	Protocol       string            `json:"protocol,omitempty"`
	Catalog        string            `json:"catalog"`
	Schema         string            `json:"schema"`
	StartedAt      time.Time         `json:"started_at"`
	TimeoutSeconds int64             `json:"timeout_seconds"`
	Settings       map[string]string `json:"settings,omitempty"`
}

func describeSession(session *engine.Session) sessionJSON {
	return sessionJSON{
		Public: session.PublicID(), User: session.User(), Protocol: session.Protocol(), Catalog: engine.CatalogName, Schema: session.Database(),
		StartedAt: session.Started().UTC(), TimeoutSeconds: int64(session.Timeout().Seconds()),
	}
}

// jsonBody reads an optional JSON body.
func (s *Server) jsonBody(w http.ResponseWriter, r *http.Request, into any) error {
	in, done, err := s.unpacked(w, r, 1<<20, 0)
	if err != nil {
		return err
	}
	defer done()
	d := json.NewDecoder(in)
	d.DisallowUnknownFields()
	err = d.Decode(into)
	switch {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		var p *problemWith
		if errors.As(err, &p) {
			return p
		}
		return badRequest("the body is not the JSON expected: %v", err)
	case d.More():
		return badRequest("something follows the JSON")
	}
	return nil
}

func (s *Server) openSession(w http.ResponseWriter, r *http.Request) {
	session, err := s.newSession(w, r)
	if err != nil {
		failed(w, err, "")
		return
	}
	out := describeSession(session)
	out.ID, out.Settings = session.ID(), session.Settings()
	w.Header().Set("Location", "/v1/sessions/"+session.ID())
	answer(w, http.StatusCreated, out)
}

func (s *Server) newSession(w http.ResponseWriter, r *http.Request) (*engine.Session, error) {
	var j sessionRequest
	if err := s.jsonBody(w, r, &j); err != nil {
		return nil, err
	}
	if j.Catalog != "" && j.Catalog != engine.CatalogName {
		return nil, badRequest("the catalog %q does not exist; the only one is %s", j.Catalog, engine.CatalogName)
	}
	o := sessionOptions(r)
	o.Settings = j.Settings
	if j.Timeout != "" {
		d, err := time.ParseDuration(j.Timeout)
		if err != nil || d < time.Second || d > 24*time.Hour {
			return nil, badRequest("timeout must be from 1s to 24h, not %q", j.Timeout)
		}
		o.Timeout = d
	}
	s.turns.keep(s.engine.Sessions(nil))
	session, err := s.engine.NewSession(o)
	if err != nil {
		return nil, err
	}
	if j.Schema != "" {
		if err := session.Exec(r.Context(), "USE "+types.Quote(j.Schema)); err != nil {
			session.Close()
			return nil, err
		}
	}
	return session, nil
}

func (s *Server) listSessions(w http.ResponseWriter, r *http.Request) {
	list := []sessionJSON{}
	for _, session := range s.engine.Sessions(callerOf(r)) {
		list = append(list, describeSession(session))
	}
	answer(w, http.StatusOK, map[string]any{"sessions": list})
}

func (s *Server) closeSession(w http.ResponseWriter, r *http.Request) {
	session, err := s.ownSession(r, r.PathValue("session"))
	if err != nil {
		failed(w, err, "")
		return
	}
	session.Close()
	w.WriteHeader(http.StatusNoContent)
}
