// Package httpsrv serves an engine over plain HTTP: SQL as a POST body with results as JSON, NDJSON, CSV, TSV, Arrow,
// Parquet or a text table, metadata, health and metrics. docs/http-api.md is its contract.
//
// In: requests of curl and programs. Out: streamed results; errors as JSON with class, SQLSTATE and position. A result that
// breaks off never looks complete. It knows the engine and nothing beneath.
package httpsrv

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/argan-sql/argan/engine"
	"github.com/argan-sql/argan/sqlerr"
)

// maxBody is the longest request body.
const maxBody = 64 << 20

// Server is an HTTP server over an engine.
type Server struct {
	engine *engine.Engine
	log    *slog.Logger
	http   *http.Server
	listen net.Listener
	ready  atomic.Bool
}

// Options say where and how a server listens.
type Options struct {
	// Address is host:port; port 0 is any free one.
	Address string
	// TLS is nil for plain connections.
	TLS *tls.Config
}

// New makes a server that listens already and answers once Serve is called.
func New(e *engine.Engine, o Options, log *slog.Logger) (*Server, error) {
	listener, err := net.Listen("tcp", o.Address)
	if err != nil {
		return nil, err
	}
	s := &Server{engine: e, log: log, listen: listener}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(o.TLS != nil)
	protocols.SetUnencryptedHTTP2(o.TLS == nil)
	s.http = &http.Server{
		Handler: s.routes(), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10, Protocols: protocols, TLSConfig: o.TLS,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	return s, nil
}

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/sql", s.sql)
	mux.HandleFunc("GET /v1/sql", s.sql)
	mux.HandleFunc("GET /v1/catalogs", s.catalogs)
	mux.HandleFunc("GET /v1/catalogs/{catalog}/schemas", s.schemas)
	mux.HandleFunc("GET /v1/catalogs/{catalog}/schemas/{schema}/tables", s.tables)
	mux.HandleFunc("GET /v1/catalogs/{catalog}/schemas/{schema}/tables/{table}", s.table)
	mux.HandleFunc("GET /v1/info", s.info)
	mux.HandleFunc("GET /healthz", s.health)
	mux.HandleFunc("GET /readyz", s.readyz)
	mux.HandleFunc("GET /metrics", s.metrics)
	mux.HandleFunc("GET /{$}", s.home)
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		refuse(w, http.StatusNotFound, "NOT_FOUND", "there is nothing at "+r.URL.Path)
	})
	return mux
}

// Address is where the server listens.
func (s *Server) Address() net.Addr { return s.listen.Addr() }

// Ready says that the program can answer statements: /readyz turns 200.
func (s *Server) Ready() { s.ready.Store(true) }

// Serve answers until Shutdown.
func (s *Server) Serve() error {
	serve := s.http.Serve
	if s.http.TLSConfig != nil {
		serve = func(l net.Listener) error { return s.http.ServeTLS(l, "", "") }
	}
	if err := serve(s.listen); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// Shutdown takes no new requests and waits for those under way, until ctx ends; then it breaks them off.
func (s *Server) Shutdown(ctx context.Context) {
	s.ready.Store(false)
	if err := s.http.Shutdown(ctx); err != nil {
		_ = s.http.Close()
	}
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

func (s *Server) health(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]string{"status": "alive"})
}

func (s *Server) readyz(w http.ResponseWriter, _ *http.Request) {
	if !s.ready.Load() || s.engine.Draining() {
		answer(w, http.StatusServiceUnavailable, map[string]string{"status": "not ready"})
		return
	}
	answer(w, http.StatusOK, map[string]string{"status": "ready"})
}

func (s *Server) info(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]string{"name": "argan", "version": s.engine.Version(), "dialect": "spark-3.5", "catalog": engine.CatalogName})
}

const welcome = `Argan: Spark SQL over Delta tables.

  curl %s/v1/sql -d 'SHOW DATABASES' -G --data-urlencode format=table
  curl %s/v1/sql?format=csv -d 'SELECT 1 AS a'

Health: /healthz, /readyz. Metrics: /metrics. Tables: /v1/catalogs.
`

// session starts the session of one request. The caller closes it.
func (s *Server) session(r *http.Request) (*engine.Session, error) {
	if r.Header.Get("X-Argan-Session") != "" {
		return nil, sqlerr.Unsupported("Sessions over HTTP (the header X-Argan-Session)").WithHint("Each request has a session of its own; set.NAME=VALUE and schema= apply to it.")
	}
	name, _, _ := r.BasicAuth()
	return s.engine.NewSession(engine.SessionOptions{User: name, Client: "http " + r.UserAgent()})
}

// status is the HTTP status of an error.
func status(e *sqlerr.Error) int {
	if code, ok := byClass[e.Class]; ok {
		return code
	}
	for _, b := range byState {
		if len(e.SQLSTATE) >= len(b.prefix) && e.SQLSTATE[:len(b.prefix)] == b.prefix {
			return b.code
		}
	}
	return http.StatusBadRequest
}

// byClass are the statuses of error classes that their SQLSTATE does not tell.
var byClass = map[string]int{
	"STATEMENT_TIMEOUT": http.StatusRequestTimeout, "MEMORY_LIMIT_EXCEEDED": http.StatusInsufficientStorage, "SPILL_FAILED": http.StatusInsufficientStorage,
	"DISK_FULL": http.StatusInsufficientStorage, "TOO_MANY_STATEMENTS": http.StatusTooManyRequests, "SHUTTING_DOWN": http.StatusServiceUnavailable,
	"STATEMENT_TOO_LARGE": http.StatusRequestEntityTooLarge, "SESSION_NOT_FOUND": http.StatusNotFound, "STATEMENT_NOT_FOUND": http.StatusNotFound,
	"NOT_READ_ONLY": http.StatusMethodNotAllowed, "INTERNAL_ERROR": http.StatusInternalServerError, "FILE_CORRUPT": http.StatusInternalServerError,
}

var byState = []struct {
	prefix string
	code   int
}{
	{"42P01", 404}, {"42704", 404}, {"42883", 400}, {"42P07", 409}, {"42P06", 409}, {"42710", 409}, {"2D521", 409}, {"40", 409}, {"28", 403}, {"58", 500}, {"XX", 500},
}

// problem is the body of an error.
type problem struct {
	Class       string `json:"class"`
	SQLSTATE    string `json:"sqlstate"`
	Message     string `json:"message"`
	Line        int    `json:"line,omitempty"`
	Column      int    `json:"column,omitempty"`
	Start       *int   `json:"start,omitempty"`
	Stop        *int   `json:"stop,omitempty"`
	Fragment    string `json:"fragment,omitempty"`
	Hint        string `json:"hint,omitempty"`
	StatementID string `json:"statement_id,omitempty"`
}

func fail(w http.ResponseWriter, err error, id string) {
	e := sqlerr.From(err)
	p := problem{Class: e.Class, SQLSTATE: e.SQLSTATE, Message: "[" + e.Class + "] " + e.Message, Hint: e.Hint, Fragment: e.Fragment(), StatementID: id}
	if e.Position.Known() {
		start, stop := e.Position.Start, max(e.Position.Start, e.Position.Stop-1)
		p.Line, p.Column, p.Start, p.Stop = e.Position.Line, e.Position.Column, &start, &stop
	}
	code := status(e)
	if code == http.StatusTooManyRequests || code == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "1")
	}
	answer(w, code, map[string]any{"error": p})
}

// refuse is an error of the request rather than of the statement.
func refuse(w http.ResponseWriter, code int, class, message string) {
	answer(w, code, map[string]any{"error": problem{Class: class, SQLSTATE: "08P01", Message: "[" + class + "] " + message}})
}
