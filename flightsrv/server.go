// Package flightsrv serves an engine over Arrow Flight SQL: statements, updates, prepared statements with parameters,
// metadata, sessions and cancellation.
//
// In: gRPC calls of any Flight SQL client (ADBC, the JDBC driver, arrow-go). Out: Arrow record batches of bounded number in
// flight, and errors with Spark's class, SQLSTATE and position in a gRPC status. It knows the engine and nothing beneath.
package flightsrv

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/argan-sql/argan/engine"
	"github.com/argan-sql/argan/exec/vector"
)

// maxMessage is the largest message taken from a client: statements and parameters, not results.
const maxMessage = 128 << 20

// ticketLife is how long a ticket that nobody redeems is kept.
const ticketLife = 10 * time.Minute

// Server is a Flight SQL server over an engine.
type Server struct {
	engine *engine.Engine
	log    *slog.Logger
	grpc   *grpc.Server
	health *health.Server
	sql    *service
	listen net.Listener
}

// service implements Flight SQL's calls.
type service struct {
	flightsql.BaseServer
	engine *engine.Engine
	log    *slog.Logger

	mu        sync.Mutex
	tickets   map[string]*ticket
	prepared  map[string]*prepared
	statement map[string]*engine.Statement // running, by ticket, for cancellation
	swept     time.Time
}

// ticket is a statement that was asked for and not fetched yet.
type ticket struct {
	statement *engine.Statement
	made      time.Time
	ran       bool // it has run already, and batches are its rows
	batches   []*vector.Batch
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
	s := &service{engine: e, log: log, tickets: map[string]*ticket{}, prepared: map[string]*prepared{}, statement: map[string]*engine.Statement{}}
	s.Alloc = memory.DefaultAllocator
	if err := s.registerInfo(); err != nil {
		_ = listener.Close()
		return nil, err
	}
	who := newSessions(e)
	transport := insecure.NewCredentials()
	if o.TLS != nil {
		transport = credentials.NewTLS(o.TLS)
	}
	g := grpc.NewServer(
		grpc.Creds(transport),
		grpc.MaxRecvMsgSize(maxMessage), grpc.MaxSendMsgSize(1<<31-1), grpc.StatsHandler(who),
		grpc.ChainUnaryInterceptor(who.unary), grpc.ChainStreamInterceptor(who.stream), grpc.MaxHeaderListSize(1<<20),
		grpc.InitialWindowSize(1<<20), grpc.InitialConnWindowSize(4<<20), grpc.WriteBufferSize(256<<10),
	)
	flight.RegisterFlightServiceServer(g, &handshaking{FlightServer: flightsql.NewFlightServer(s), who: who})
	h := health.NewServer()
	healthpb.RegisterHealthServer(g, h)
	return &Server{engine: e, log: log, grpc: g, health: h, sql: s, listen: listener}, nil
}

// Address is where the server listens.
func (s *Server) Address() net.Addr { return s.listen.Addr() }

// Serve answers until Shutdown.
func (s *Server) Serve() error { return s.grpc.Serve(s.listen) }

// Shutdown takes no new calls and waits for those under way, until ctx ends; then it breaks them off.
func (s *Server) Shutdown(ctx context.Context) {
	s.health.Shutdown()
	done := make(chan struct{})
	go func() {
		s.grpc.GracefulStop()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
		s.grpc.Stop()
		<-done
	}
}

// keep remembers a prepared statement under its id and forgets tickets that nobody redeemed.
func (s *service) keep(t *ticket) []byte {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Sub(s.swept) > time.Minute {
		s.swept = now
		for id, t := range s.tickets {
			if now.Sub(t.made) > ticketLife {
				delete(s.tickets, id)
			}
		}
		for id, p := range s.prepared {
			if now.Sub(p.used) > 4*time.Hour {
				delete(s.prepared, id)
			}
		}
	}
	t.made = now
	s.tickets[t.statement.ID()] = t
	return []byte(t.statement.ID())
}

// redeem takes a ticket; nil when it is unknown, was redeemed, or is another session's.
func (s *service) redeem(id string, session *engine.Session) *ticket {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tickets[id]
	if t == nil || t.statement.Session().User() != session.User() {
		return nil
	}
	delete(s.tickets, id)
	return t
}

func (s *service) running(id string, st *engine.Statement) (done func()) {
	s.mu.Lock()
	s.statement[id] = st
	s.mu.Unlock()
	return func() {
		s.mu.Lock()
		delete(s.statement, id)
		s.mu.Unlock()
	}
}
