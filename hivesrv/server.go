// Package hivesrv serves an engine over HiveServer2's Thrift protocol: what PyHive, dbt, Beeline, Hive JDBC and the tools
// built on them speak.
//
// In: connections with SASL (PLAIN) or without, or HTTP, told apart by their first byte on one port. Out: sessions,
// operations and pages of rows in columns, with Spark's error texts where tools read them. The Thrift types are generated
// code of a module of its own. It knows the engine and nothing beneath.
package hivesrv

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/apache/thrift/lib/go/thrift"
	hive "github.com/beltran/gohive/hiveserver"

	"github.com/argan-sql/argan/engine"
)

// Options say where and how a server listens.
type Options struct {
	// Address is host:port; port 0 is any free one.
	Address string
	// TLS is nil for plain connections.
	TLS *tls.Config
}

// Server is a HiveServer2 over an engine.
type Server struct {
	engine    *engine.Engine
	log       *slog.Logger
	listen    net.Listener
	tls       *tls.Config
	service   *service
	processor thrift.TProcessor
	http      *http.Server
	handed    *handed
	cookies   cookies

	mu          sync.Mutex
	connections map[*connection]struct{}
	closing     bool
	working     sync.WaitGroup
	stop        context.CancelFunc
	life        context.Context
}

// The limits on clients. A statement may have 64 MiB; what a message may have is a little more.
const (
	maxMessage   = 80 << 20
	maxContainer = 100_000
	// handshakeTime is how long a client may take until it is signed in, messageTime to send the rest of a message it
	// has begun, writeTime to take a piece of an answer.
	handshakeTime = 30 * time.Second
	messageTime   = time.Minute
	writeTime     = 2 * time.Minute
	// strangerTime is how long a connection without a session may be silent.
	strangerTime = 10 * time.Minute
	// sweepEvery is how often what nobody uses is looked for.
	sweepEvery = time.Minute
)

// New makes a server that listens already and answers once Serve is called.
func New(e *engine.Engine, o Options, log *slog.Logger) (*Server, error) {
	listener, err := net.Listen("tcp", o.Address)
	if err != nil {
		return nil, err
	}
	life, stop := context.WithCancel(context.Background())
	s := &Server{
		engine: e, log: log, listen: listener, tls: o.TLS, service: newService(e, log), connections: map[*connection]struct{}{}, life: life, stop: stop,
	}
	s.processor = thrift.WrapProcessor(hive.NewTCLIServiceProcessor(s.service), s.guard)
	s.handed = newHanded(listener.Addr())
	s.http = s.newHTTP()
	return s, nil
}

// Address is where the server listens.
func (s *Server) Address() net.Addr { return s.listen.Addr() }

// Serve answers until Shutdown.
func (s *Server) Serve() error {
	s.working.Add(2)
	go func() {
		defer s.working.Done()
		_ = s.http.Serve(s.handed) // ends with Shutdown
	}()
	go s.sweep()
	for wait := time.Millisecond; ; {
		conn, err := s.listen.Accept()
		if err == nil {
			wait = time.Millisecond
			s.take(conn)
			continue
		}
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		// Too many open files, most likely: it passes when connections end.
		s.log.Warn("hive: a connection could not be taken", "error", err)
		select {
		case <-s.life.Done():
			return nil
		case <-time.After(wait):
			wait = min(2*wait, time.Second)
		}
	}
}

// take starts to serve a connection.
func (s *Server) take(conn net.Conn) {
	c := newConnection(s, conn)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		_ = conn.Close()
		return
	}
	s.connections[c] = struct{}{}
	s.working.Add(1)
	go func() {
		defer s.working.Done()
		c.serve(s.life)
		s.mu.Lock()
		delete(s.connections, c)
		s.mu.Unlock()
	}()
}

// Shutdown takes no new connections, lets calls under way end until ctx does, then closes all connections.
func (s *Server) Shutdown(ctx context.Context) {
	s.mu.Lock()
	s.closing = true
	for c := range s.connections {
		c.retire()
	}
	s.mu.Unlock()
	_ = s.listen.Close()
	done := make(chan struct{})
	go func() {
		if err := s.http.Shutdown(ctx); err != nil {
			_ = s.http.Close()
		}
		s.working.Wait()
		close(done)
	}()
	s.service.wake() // polls that wait answer at once
	select {
	case <-done:
	case <-ctx.Done():
	}
	s.stop()
	s.mu.Lock()
	for c := range s.connections {
		_ = c.conn.Close()
	}
	s.mu.Unlock()
	<-done
	s.service.close()
}

// sweep forgets what nobody uses any more.
func (s *Server) sweep() {
	defer s.working.Done()
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-s.service.closing:
			return
		case now := <-tick.C:
			s.service.sweep(now)
			s.cookies.sweep(now)
		}
	}
}

// guard keeps a defect in one call from ending the server.
func (s *Server) guard(name string, next thrift.TProcessorFunction) thrift.TProcessorFunction {
	return thrift.WrappedTProcessorFunction{Wrapped: func(ctx context.Context, seq int32, in, out thrift.TProtocol) (ok bool, err thrift.TException) {
		defer func() {
			if p := recover(); p != nil {
				s.log.Error("hive: a call met a defect of the program", "call", name, "panic", p)
				ok, err = false, thrift.WrapTException(errDefect)
			}
		}()
		return next.Process(ctx, seq, in, out)
	}}
}

// errDefect ends a connection whose call met a defect.
var errDefect = errors.New("the call met a defect of the program")

// handed is a listener of connections that another one accepted: those that turned out to speak HTTP.
type handed struct {
	address net.Addr
	conns   chan net.Conn
	once    sync.Once
	closed  chan struct{}
}

func newHanded(address net.Addr) *handed {
	return &handed{address: address, conns: make(chan net.Conn), closed: make(chan struct{})}
}

func (h *handed) Accept() (net.Conn, error) {
	select {
	case c := <-h.conns:
		return c, nil
	case <-h.closed:
		return nil, net.ErrClosed
	}
}

func (h *handed) Close() error {
	h.once.Do(func() { close(h.closed) })
	return nil
}

func (h *handed) Addr() net.Addr { return h.address }

// give hands a connection over; false when there is nobody to take it.
func (h *handed) give(c net.Conn) bool {
	select {
	case h.conns <- c:
		return true
	case <-h.closed:
		return false
	}
}

// begun is a connection of which the head has been read already.
type begun struct {
	net.Conn
	head []byte
}

func (b *begun) Read(p []byte) (int, error) {
	if len(b.head) > 0 {
		n := copy(p, b.head)
		b.head = b.head[n:]
		return n, nil
	}
	return b.Conn.Read(p)
}
