package flightsrv

import (
	"context"
	"encoding/base64"
	"strings"
	"sync"

	"github.com/apache/arrow-go/v18/arrow/flight"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/stats"
	"google.golang.org/grpc/status"

	"github.com/argan-sql/argan/engine"
)

// cookieName is the cookie that carries a session's id to clients that keep cookies.
const cookieName = "argan_session"

// sessions finds the session of a call: by bearer token, by cookie, or the one of the connection. A connection without
// token and cookie gets a session of its own, which ends with the connection unless the client took up the cookie.
type sessions struct {
	engine *engine.Engine
}

// connection is what is kept per gRPC connection.
type connection struct {
	mu      sync.Mutex
	session *engine.Session
	kept    bool // the client sends the cookie back: the session outlives the connection
}

type (
	connectionKey struct{}
	sessionKey    struct{}
)

func newSessions(e *engine.Engine) *sessions { return &sessions{e} }

// TagConn starts what is kept per connection.
func (*sessions) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context {
	return context.WithValue(ctx, connectionKey{}, &connection{})
}

// HandleConn ends the connection's session when the connection ends.
func (*sessions) HandleConn(ctx context.Context, s stats.ConnStats) {
	if _, ended := s.(*stats.ConnEnd); !ended {
		return
	}
	if c, ok := ctx.Value(connectionKey{}).(*connection); ok {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.session != nil && !c.kept {
			c.session.Close()
		}
	}
}

// TagRPC and HandleRPC have nothing to do per call.
func (*sessions) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context { return ctx }

// HandleRPC has nothing to do.
func (*sessions) HandleRPC(context.Context, stats.RPCStats) {}

func cookie(md metadata.MD) string {
	for _, line := range md.Get("cookie") {
		for _, part := range strings.Split(line, ";") {
			if k, v, ok := strings.Cut(strings.TrimSpace(part), "="); ok && k == cookieName {
				return strings.Trim(v, `"`)
			}
		}
	}
	return ""
}

func bearer(md metadata.MD) string {
	for _, v := range md.Get("authorization") {
		if len(v) > 7 && strings.EqualFold(v[:7], "bearer ") {
			return v[7:]
		}
	}
	return ""
}

// user is the name in a Basic authorization, "" without one.
func user(md metadata.MD) string {
	for _, v := range md.Get("authorization") {
		if len(v) > 6 && strings.EqualFold(v[:6], "basic ") {
			// Some clients leave out the padding.
			if raw, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(v[6:], "=")); err == nil {
				name, _, _ := strings.Cut(string(raw), ":")
				return name
			}
		}
	}
	return ""
}

// find gives the call's session. header is sent back to the client when it is not empty.
func (s *sessions) find(ctx context.Context) (session *engine.Session, header metadata.MD, err error) {
	md, _ := metadata.FromIncomingContext(ctx)
	conn, _ := ctx.Value(connectionKey{}).(*connection)
	if token := bearer(md); token != "" {
		session, err := s.engine.Session(token)
		if err != nil {
			return nil, nil, status.Error(codes.Unauthenticated, err.Error())
		}
		return session, nil, nil
	}
	if id := cookie(md); id != "" {
		if session, err := s.engine.Session(id); err == nil {
			if conn != nil {
				conn.mu.Lock()
				if conn.session == session {
					conn.kept = true
				}
				conn.mu.Unlock()
			}
			return session, nil, nil
		}
	}
	if conn == nil {
		conn = &connection{}
	}
	conn.mu.Lock()
	defer conn.mu.Unlock()
	if conn.session != nil {
		if live, err := s.engine.Session(conn.session.ID()); err == nil {
			return live, nil, nil
		}
	}
	session, err = s.start(md)
	if err != nil {
		return nil, nil, err
	}
	conn.session, conn.kept = session, false
	return session, metadata.Pairs("set-cookie", cookieName+"="+session.ID()), nil
}

func (s *sessions) start(md metadata.MD) (*engine.Session, error) {
	agent := ""
	if v := md.Get("user-agent"); len(v) > 0 {
		agent = v[0]
	}
	session, err := s.engine.NewSession(engine.SessionOptions{User: user(md), Client: "flight " + agent})
	if err != nil {
		return nil, toStatus(err)
	}
	return session, nil
}

func (s *sessions) unary(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	if !strings.Contains(info.FullMethod, "FlightService") {
		return next(ctx, req)
	}
	session, header, err := s.find(ctx)
	if err != nil {
		return nil, err
	}
	if header != nil {
		_ = grpc.SetHeader(ctx, header)
	}
	return next(context.WithValue(ctx, sessionKey{}, session), req)
}

type sessionStream struct {
	grpc.ServerStream
	ctx context.Context
}

func (s *sessionStream) Context() context.Context { return s.ctx }

func (s *sessions) stream(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) error {
	if !strings.Contains(info.FullMethod, "FlightService") || strings.HasSuffix(info.FullMethod, "/Handshake") {
		return next(srv, stream)
	}
	session, header, err := s.find(stream.Context())
	if err != nil {
		return err
	}
	if header != nil {
		_ = stream.SetHeader(header)
	}
	return next(srv, &sessionStream{stream, context.WithValue(stream.Context(), sessionKey{}, session)})
}

// sessionOf is the session that the interceptors found.
func sessionOf(ctx context.Context) (*engine.Session, error) {
	if s, ok := ctx.Value(sessionKey{}).(*engine.Session); ok {
		return s, nil
	}
	return nil, status.Error(codes.Internal, "the call has no session")
}

// handshaking answers Handshake: any user name is taken, and the answer is a bearer token that names a session.
type handshaking struct {
	flight.FlightServer
	who *sessions
}

// Handshake starts a session and gives its token.
func (h *handshaking) Handshake(stream flight.FlightService_HandshakeServer) error {
	md, _ := metadata.FromIncomingContext(stream.Context())
	session, err := h.who.start(md)
	if err != nil {
		return err
	}
	if err := stream.SetHeader(metadata.Pairs("authorization", "Bearer "+session.ID())); err != nil {
		return err
	}
	return stream.Send(&flight.HandshakeResponse{Payload: []byte(session.ID())})
}
