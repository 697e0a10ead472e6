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

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/reflection"

	"github.com/argan-sql/argan/engine"
)

// Limits of what a client may ask the server to hold.
const (
	maxMessage    = 128 << 20 // a message from a client: statements, parameters, a batch to load; not results
	maxHeaders    = 64 << 10
	maxStreams    = 256 // calls at once on a connection
	maxTickets    = 1000
	maxPrepared   = 5000
	ticketLife    = 10 * time.Minute // of a ticket that nobody redeems
	preparedLife  = 4 * time.Hour    // of a prepared statement that nobody uses
	helloTime     = 10 * time.Second // for TLS and HTTP/2 to be set up
	idleTime      = 4 * time.Hour    // after which a connection without calls is closed
	pingAfter     = time.Minute      // without a sign of life
	pingTime      = 20 * time.Second // for the answer
	pingsOfClient = 10 * time.Second // the most often that a client may ping
)

// Options say where and how a server listens.
type Options struct {
	// Address is host:port; port 0 is any free one.
	Address string
	// TLS is nil for plain connections.
	TLS *tls.Config
	// ConnectionAge is how long a connection may last before its client is asked to open a new one, 0 for ever: where a
	// balancer stands before several servers.
	ConnectionAge time.Duration
}

// Server is a Flight SQL server over an engine.
type Server struct {
	grpc   *grpc.Server
	health *health.Server
	listen net.Listener
}

// service implements Flight SQL's calls.
type service struct {
	flightsql.BaseServer
	engine *engine.Engine
	log    *slog.Logger

	tickets  *shelf[*ticket]
	prepared *shelf[*prepared]

	mu   sync.Mutex
	runs map[string]*engine.Statement // running, by ticket, for cancellation
}

// New makes a server that listens already and answers once Serve is called.
func New(e *engine.Engine, o Options, log *slog.Logger) (*Server, error) {
	listener, err := net.Listen("tcp", o.Address)
	if err != nil {
		return nil, err
	}
	s := &service{
		engine: e, log: log, tickets: newShelf[*ticket](ticketLife, maxTickets), prepared: newShelf[*prepared](preparedLife, maxPrepared),
		runs: map[string]*engine.Statement{},
	}
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
	age := keepalive.ServerParameters{MaxConnectionIdle: idleTime, Time: pingAfter, Timeout: pingTime}
	if o.ConnectionAge > 0 {
		age.MaxConnectionAge, age.MaxConnectionAgeGrace = o.ConnectionAge, time.Hour
	}
	g := grpc.NewServer(
		grpc.Creds(transport), grpc.StatsHandler(who), grpc.ConnectionTimeout(helloTime), grpc.KeepaliveParams(age),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: pingsOfClient, PermitWithoutStream: true}),
		grpc.MaxRecvMsgSize(maxMessage), grpc.MaxSendMsgSize(1<<31-1), grpc.MaxHeaderListSize(maxHeaders), grpc.MaxConcurrentStreams(maxStreams),
		grpc.ChainUnaryInterceptor(guardUnary(log), who.unary), grpc.ChainStreamInterceptor(guardStream(log), who.stream),
		grpc.InitialWindowSize(1<<20), grpc.InitialConnWindowSize(4<<20),
		// Buffers are large for results, and go back to a pool while a connection is at rest: thousands may be.
		grpc.WriteBufferSize(256<<10), grpc.ReadBufferSize(16<<10),
	)
	flight.RegisterFlightServiceServer(g, &door{FlightServer: flightsql.NewFlightServer(s), sql: s, who: who})
	h := health.NewServer()
	healthpb.RegisterHealthServer(g, h)
	reflection.Register(g)
	return &Server{grpc: g, health: h, listen: listener}, nil
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

// schemaBytes is a schema as FlightInfo and SchemaResult carry it.
func schemaBytes(schema *arrow.Schema) []byte {
	return flight.SerializeSchema(schema, memory.DefaultAllocator)
}
