// Package httpsrv serves an engine over plain HTTP: SQL as a POST body with results as JSON, NDJSON, CSV, TSV, Arrow,
// Parquet or a text table, sessions, statements that run in the background, loads, metadata, health and metrics.
// docs/http-api.md is its contract, openapi.json the same for programs.
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
)

// Server is an HTTP server over an engine.
type Server struct {
	engine      *engine.Engine
	log         *slog.Logger
	options     Options
	http        *http.Server
	listen      net.Listener
	ready       atomic.Bool
	connections atomic.Int64
	cross       *http.CrossOriginProtection
	turns       turns
	keys        keys
	ended       endedStatements
}

// Options say where and how a server listens. The zero value of a limit is its default.
type Options struct {
	// Address is host:port; port 0 is any free one.
	Address string
	// TLS is nil for plain connections.
	TLS *tls.Config
	// Origins are the web pages that may call the server from a browser, such as https://app.example.com; none by default.
	Origins []string
	// Hosts are names that clients may call the server by, besides those of the machine itself; it is checked where nobody is asked
	// for a password.
	Hosts []string
	// MaxConnections bounds the open connections; default 1000.
	MaxConnections int
	// MaxLoad bounds the body of a load, packed and unpacked, in bytes; default 16 GiB.
	MaxLoad int64
	// BodyTime is how long the body of a statement may take to arrive; default 30 seconds. Pause is how long a load may send nothing,
	// and a client take nothing of a result; default 60 seconds and 10 minutes.
	BodyTime, LoadPause, ReadPause time.Duration
}

func (o *Options) defaults() {
	if o.MaxConnections <= 0 {
		o.MaxConnections = 1000
	}
	if o.MaxLoad <= 0 {
		o.MaxLoad = 16 << 30
	}
	if o.BodyTime <= 0 {
		o.BodyTime = 30 * time.Second
	}
	if o.LoadPause <= 0 {
		o.LoadPause = time.Minute
	}
	if o.ReadPause <= 0 {
		o.ReadPause = 10 * time.Minute
	}
}

// New makes a server that listens already and answers once Serve is called.
func New(e *engine.Engine, o Options, log *slog.Logger) (*Server, error) {
	o.defaults()
	s := &Server{engine: e, log: log, options: o, cross: http.NewCrossOriginProtection()}
	for _, origin := range o.Origins {
		if err := s.cross.AddTrustedOrigin(origin); err != nil {
			return nil, err
		}
	}
	listener, err := net.Listen("tcp", o.Address)
	if err != nil {
		return nil, err
	}
	s.listen = listener
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(o.TLS != nil)
	protocols.SetUnencryptedHTTP2(o.TLS == nil)
	s.http = &http.Server{
		Handler: s.guard(s.routes()), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10, Protocols: protocols,
		TLSConfig: o.TLS, HTTP2: &http.HTTP2Config{MaxConcurrentStreams: 100}, ConnState: s.count,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	return s, nil
}

// endpoint is one path with a method. Every entry is in the OpenAPI document as well.
type endpoint struct {
	method, path string
	serve        func(*Server, http.ResponseWriter, *http.Request)
}

var endpoints = []endpoint{
	{"POST", "/v1/sql", (*Server).sql},
	{"GET", "/v1/sql", (*Server).sql},
	{"POST", "/v1/sessions", (*Server).openSession},
	{"GET", "/v1/sessions", (*Server).listSessions},
	{"DELETE", "/v1/sessions/{session}", (*Server).closeSession},
	{"POST", "/v1/statements", (*Server).submit},
	{"GET", "/v1/statements", (*Server).listStatements},
	{"GET", "/v1/statements/{statement}", (*Server).showStatement},
	{"DELETE", "/v1/statements/{statement}", (*Server).closeStatement},
	{"GET", "/v1/statements/{statement}/result", (*Server).statementResult},
	{"GET", "/v1/statements/{statement}/events", (*Server).statementEvents},
	{"POST", "/v1/statements/{statement}/cancel", (*Server).cancelStatement},
	{"POST", "/v1/tables/{table}", (*Server).load},
	{"PUT", "/v1/tables/{table}", (*Server).load},
	{"GET", "/v1/catalogs", (*Server).catalogs},
	{"GET", "/v1/catalogs/{catalog}/schemas", (*Server).schemas},
	{"GET", "/v1/catalogs/{catalog}/schemas/{schema}/tables", (*Server).tables},
	{"GET", "/v1/catalogs/{catalog}/schemas/{schema}/tables/{table}", (*Server).table},
	{"GET", "/v1/info", (*Server).info},
	{"GET", "/v1/openapi.json", (*Server).openAPI},
	{"GET", "/healthz", (*Server).health},
	{"GET", "/readyz", (*Server).readyz},
	{"GET", "/metrics", (*Server).metrics},
}

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	for _, e := range endpoints {
		mux.HandleFunc(e.method+" "+e.path, func(w http.ResponseWriter, r *http.Request) { e.serve(s, w, r) })
	}
	mux.HandleFunc("GET /{$}", s.home)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h, pattern := mux.Handler(r)
		if pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		// What the mux says of a path that is not there is no JSON.
		said := &discarded{header: http.Header{}}
		h.ServeHTTP(said, r)
		if allow := said.header.Get("Allow"); allow != "" {
			w.Header().Set("Allow", allow)
			refuse(w, http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED", "the methods of "+r.URL.Path+" are "+allow)
			return
		}
		refuse(w, http.StatusNotFound, "NOT_FOUND", "there is nothing at "+r.URL.Path)
	})
}

// discarded is an answer that nobody gets.
type discarded struct{ header http.Header }

func (d *discarded) Header() http.Header         { return d.header }
func (d *discarded) Write(p []byte) (int, error) { return len(p), nil }
func (d *discarded) WriteHeader(int)             {}

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
