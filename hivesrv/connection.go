package hivesrv

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/apache/thrift/lib/go/thrift"

	"github.com/argan-sql/argan/engine"
)

// caller is who makes a call.
type caller struct {
	identity *engine.Identity // nil until it is known
	// certificate is the common name of a verified client certificate, address where the client is.
	certificate, address string
	// connection is where sessions end with; nil over HTTP, where they end by being closed or idle.
	connection *connection
}

type callerKey struct{}

func callerOf(ctx context.Context) *caller {
	if c, ok := ctx.Value(callerKey{}).(*caller); ok {
		return c
	}
	return &caller{}
}

// connection is one client over the binary protocol. Its calls are answered one after another.
type connection struct {
	server *Server
	conn   net.Conn
	in     *bufio.Reader
	wait   atomic.Int64 // how long a read may take, in nanoseconds; 0 for as long as it wants
	// retired ends reading for good, interrupted for now. Both are set before the read's deadline is, and looked at after.
	retired, interrupted atomic.Bool

	mu       sync.Mutex
	sessions map[*session]struct{}
}

func newConnection(s *Server, conn net.Conn) *connection {
	return &connection{server: s, conn: conn, sessions: map[*session]struct{}{}}
}

// Read reads within the time that is given now.
func (c *connection) Read(p []byte) (int, error) {
	var until time.Time
	if d := time.Duration(c.wait.Load()); d > 0 {
		until = time.Now().Add(d)
	}
	if err := c.conn.SetReadDeadline(until); err != nil {
		return 0, err
	}
	if c.retired.Load() || c.interrupted.Load() {
		return 0, os.ErrDeadlineExceeded
	}
	return c.conn.Read(p)
}

// piece is how much is written within one deadline.
const piece = 256 << 10

// Write writes in pieces, so that a slow client is told from one that reads nothing.
func (c *connection) Write(p []byte) (n int, err error) {
	for err == nil && n < len(p) {
		if err = c.conn.SetWriteDeadline(time.Now().Add(writeTime)); err != nil {
			break
		}
		var w int
		w, err = c.conn.Write(p[n:min(len(p), n+piece)])
		n += w
	}
	return n, err
}

// retire lets the call under way end, and no other begin.
func (c *connection) retire() {
	c.retired.Store(true)
	_ = c.conn.SetReadDeadline(time.Now())
}

// serve finds out what the client speaks and answers it until it goes away.
func (c *connection) serve(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	closing := true
	defer func() {
		c.release()
		if closing {
			_ = c.conn.Close()
		}
	}()
	c.wait.Store(int64(handshakeTime))
	if c.server.tls != nil {
		secure := tls.Server(c.conn, c.server.tls)
		hello, stop := context.WithTimeout(ctx, handshakeTime)
		err := secure.HandshakeContext(hello)
		stop()
		if err != nil {
			c.server.log.Debug("hive: no TLS", "client", c.conn.RemoteAddr(), "error", err)
			return
		}
		c.server.mu.Lock()
		c.conn = secure
		c.server.mu.Unlock()
	}
	c.in = bufio.NewReaderSize(c, 32<<10)
	first, err := c.in.Peek(1)
	if err != nil {
		return
	}
	switch b := first[0]; {
	case b == saslStart:
		who := c.caller()
		if err := negotiate(c.in, c, func(l login) error { return c.server.signIn(ctx, who, l) }); err != nil {
			c.server.log.Debug("hive: a client was refused", "client", who.address, "error", err)
			return
		}
		c.answer(ctx, who, true)
	case b == 0x80: // it says who it is when it opens a session
		c.answer(ctx, c.caller(), false)
	case b >= 'A' && b <= 'Z': // the method of an HTTP request
		_ = c.conn.SetReadDeadline(time.Time{})
		head, _ := c.in.Peek(c.in.Buffered())
		closing = !c.server.handed.give(&begun{c.conn, head})
	default:
		c.server.log.Debug("hive: a client speaks neither SASL, Thrift nor HTTP", "client", c.conn.RemoteAddr(), "first", b)
	}
}

func (c *connection) caller() *caller {
	return &caller{address: host(c.conn.RemoteAddr().String()), certificate: commonName(c.conn), connection: c}
}

// host is an address without its port: failed logins are counted by it.
func host(address string) string {
	if h, _, err := net.SplitHostPort(address); err == nil {
		return h
	}
	return address
}

// answer answers calls until the client goes away.
func (c *connection) answer(ctx context.Context, who *caller, framed bool) {
	ctx = context.WithValue(ctx, callerKey{}, who)
	t := newTransport(c.in, c, framed)
	p := thrift.NewTBinaryProtocolConf(t, configuration())
	for !c.retired.Load() {
		if err := t.next(); err != nil {
			return
		}
		c.wait.Store(int64(c.patience()))
		if _, err := c.in.Peek(1); err != nil {
			c.gone(err)
			return
		}
		c.wait.Store(int64(messageTime))
		if _, err := c.server.processor.Process(ctx, p, p); err != nil {
			var unknown thrift.TApplicationException
			if errors.As(err, &unknown) && unknown.TypeId() == thrift.UNKNOWN_METHOD {
				continue // the client was told so
			}
			c.gone(err)
			return
		}
	}
}

// gone notes why a connection ended, where that is not how connections end.
func (c *connection) gone(err error) {
	if errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) || c.retired.Load() {
		return
	}
	c.server.log.Debug("hive: a connection ended", "client", c.conn.RemoteAddr(), "error", err)
}

// patience is how long the client may be silent: as long as it has a session, which ends by itself when it is idle.
func (c *connection) patience() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.sessions) == 0 {
		return strangerTime
	}
	return 0
}

// attendAfter is how long a call may take before its client is watched.
const attendAfter = 50 * time.Millisecond

// attend gives a context that ends when the client goes away before the call has been answered. done must be called
// before anything else is read.
func (c *connection) attend(ctx context.Context) (_ context.Context, done func()) {
	if c == nil {
		return ctx, func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	timer := time.AfterFunc(attendAfter, func() {
		defer close(ended)
		c.wait.Store(0)
		if _, err := c.in.Peek(1); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			cancel()
		}
	})
	return ctx, func() {
		if !timer.Stop() {
			c.interrupted.Store(true)
			_ = c.conn.SetReadDeadline(time.Unix(1, 0))
			<-ended
			c.interrupted.Store(false)
		}
		cancel()
	}
}

// release ends the sessions that were opened here.
func (c *connection) release() {
	c.mu.Lock()
	open := c.sessions
	c.sessions = nil
	c.mu.Unlock()
	for s := range open {
		c.server.service.end(s)
	}
}

// own binds a session to the connection; false when the connection has ended.
func (c *connection) own(s *session) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sessions == nil {
		return false
	}
	c.sessions[s] = struct{}{}
	return true
}

func (c *connection) disown(s *session) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.sessions, s)
}
