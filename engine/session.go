package engine

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/argan-sql/argan/catalog/metastore"
	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/sqlerr"
)

// SessionOptions say whose session it is.
type SessionOptions struct {
	// User is who is connected; "" becomes anonymous.
	User string
	// Identity is who is connected where that was established; nil in open mode.
	Identity *Identity
	// Client names the program, for history.
	Client string
	// Protocol names the protocol: flight, http, hive; Address is where the client is.
	Protocol, Address string
	// Database is the first current database; "" is default.
	Database string
	// Settings are set at once.
	Settings map[string]string
	// Local says that it is the session of who has opened the warehouse's files, and so may do everything.
	Local bool
	// Timeout is how long the session may be idle; 0 is the server's.
	Timeout time.Duration
	// KeepAlive keeps the session until Close, however long it is idle.
	KeepAlive bool
	// Transient ends the session by itself when the last of its submitted statements is forgotten.
	Transient bool
	// Single says that the session is one request's, and ends with it.
	Single bool
}

// Session keeps what SET, USE, CREATE TEMPORARY VIEW and DECLARE leave behind. Statements of one session may run at the
// same time; each sees the settings as they were when it was prepared.
type Session struct {
	engine  *Engine
	id      string
	options SessionOptions
	started time.Time
	used    atomic.Int64 // UnixNano of the last use
	busy    atomic.Int32 // statements running

	mu        sync.RWMutex
	settings  map[string]string
	database  string
	views     map[string]*tempView // by lower-case name
	variables map[string]*variable
	closed    bool
}

// newID makes an unguessable name of 26 letters and digits.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return strings.ToLower(strings.TrimRight(base32.StdEncoding.EncodeToString(b[:]), "="))
}

// NewSession starts a session.
func (e *Engine) NewSession(o SessionOptions) (*Session, error) {
	if e.Draining() {
		return nil, sqlerr.New("SHUTTING_DOWN")
	}
	if o.Identity != nil {
		o.User = o.Identity.User
	}
	if o.User == "" {
		o.User = anonymous
	}
	if o.Identity == nil && !o.Local && e.AccessControlled() {
		return nil, sqlerr.New("AUTHENTICATION_REQUIRED")
	}
	if o.Database == "" {
		o.Database = metastore.DefaultDatabase
	}
	s := &Session{
		engine: e, id: newID(), options: o, started: time.Now(), settings: map[string]string{}, database: o.Database,
		views: map[string]*tempView{}, variables: map[string]*variable{},
	}
	for k, v := range o.Settings {
		if err := s.Set(k, v); err != nil {
			return nil, err
		}
	}
	s.touch()
	e.sessions.Store(s.id, s)
	s.auditLogin()
	return s, nil
}

// ID is the session's unguessable name.
func (s *Session) ID() string { return s.id }

// PublicID names the session to who must not take it over: in lists, history and logs. It is made of the id and tells
// nothing of it.
func (s *Session) PublicID() string {
	sum := sha256.Sum256([]byte("session " + s.id))
	return strings.ToLower(strings.TrimRight(base32.StdEncoding.EncodeToString(sum[:10]), "="))
}

// Protocol names the protocol that the session was started over.
func (s *Session) Protocol() string { return s.options.Protocol }

// User is whose session it is.
func (s *Session) User() string { return s.options.User }

// Identity is who is connected; nil in open mode.
func (s *Session) Identity() *Identity { return s.options.Identity }

// Engine is the engine of the session.
func (s *Session) Engine() *Engine { return s.engine }

// Started is when the session began.
func (s *Session) Started() time.Time { return s.started }

// Sessions lists the open sessions, oldest first: those of who, all for an administrator or nil.
func (e *Engine) Sessions(who *Identity) []*Session {
	var out []*Session
	e.sessions.Range(func(_, v any) bool {
		if s := v.(*Session); who.sees(s.User()) {
			out = append(out, s)
		}
		return true
	})
	sort.Slice(out, func(i, j int) bool { return out[i].started.Before(out[j].started) })
	return out
}

// Timeout is how long the session may be idle.
func (s *Session) Timeout() time.Duration {
	if s.options.Timeout > 0 {
		return s.options.Timeout
	}
	return s.engine.config.SessionTimeout
}

func (s *Session) touch()             { s.used.Store(time.Now().UnixNano()) }
func (s *Session) lastUse() time.Time { return time.Unix(0, s.used.Load()) }
func (s *Session) idle() bool         { return s.busy.Load() == 0 }

// expired says that the session has been idle for too long.
func (s *Session) expired(now time.Time) bool {
	return !s.options.KeepAlive && now.Sub(s.lastUse()) > s.Timeout() && s.idle()
}

// Ended says that the session was closed, or was idle for too long.
func (s *Session) Ended() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.closed
}

// vacant says that no statement of the session waits, runs or has a kept result.
func (s *Session) vacant() bool {
	vacant := true
	s.engine.statements.each(func(st *Statement) { vacant = vacant && st.session != s })
	return vacant
}

// Close cancels the session's statements, drops their results and forgets the session. It may be called more than once.
func (s *Session) Close() { s.end("the session was closed") }

func (s *Session) end(reason string) {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.engine.sessions.Delete(s.id)
	s.engine.statements.each(func(st *Statement) {
		if st.session == s {
			st.Cancel(reason)
			st.Close()
		}
	})
	s.dropViews()
}

// Get gives a setting: the session's value, else the server's, else the default; "" when there is none.
func (s *Session) Get(key string) string {
	v, _ := s.lookup(key)
	return v
}

func (s *Session) lookup(key string) (string, bool) {
	s.mu.RLock()
	v, ok := s.settings[key]
	s.mu.RUnlock()
	if ok {
		return v, true
	}
	if v, ok := s.engine.config.Settings[key]; ok {
		return v, true
	}
	if d, ok := settings[key]; ok {
		return d.value, true
	}
	return "", false
}

// Set changes a setting for the session; INVALID_SETTING and Spark's own classes when it cannot be.
func (s *Session) Set(key, value string) error {
	if err := checkSetting(key, value); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settings[key] = value
	return nil
}

// Reset forgets the session's value of a setting, or of all ("").
func (s *Session) Reset(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if key == "" {
		s.settings = map[string]string{}
		return
	}
	delete(s.settings, key)
}

// Settings are the settings that differ from the defaults, for SET without arguments.
func (s *Session) Settings() map[string]string {
	out := map[string]string{}
	for k, v := range s.engine.config.Settings {
		out[k] = v
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	for k, v := range s.settings {
		out[k] = v
	}
	return out
}

// Database is the current database.
func (s *Session) Database() string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.database
}

func (s *Session) setDatabase(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.database = name
}

// Zone is the session's time zone.
func (s *Session) Zone() *time.Location {
	z, err := cast.ParseZone(s.Get("spark.sql.session.timeZone"))
	if err != nil {
		return time.UTC // Set lets no bad zone in
	}
	return z
}

// ANSI is spark.sql.ansi.enabled.
func (s *Session) ANSI() bool { return s.on("spark.sql.ansi.enabled") }

func (s *Session) on(key string) bool { return strings.EqualFold(s.Get(key), "true") }
