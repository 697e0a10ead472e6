package flightsrv

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/apache/arrow-go/v18/arrow/flight"
	wire "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/stats"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/argan-sql/argan/engine"
)

// cookieName is the cookie that carries a session's id to clients that keep cookies.
const cookieName = "argan_session"

// protocol is the name of the protocol in lists of sessions.
const protocol = "flight"

// sessions finds the session of a call: by bearer token, by cookie, or the one of the connection. A connection without
// token and cookie gets a session of its own, which ends with the connection unless the client took up the cookie.
type sessions struct {
	engine *engine.Engine
}

// maxIdentities is how many users may come over one connection, as behind a proxy.
const maxIdentities = 1000

// connection is what is kept per gRPC connection: a session for each way that its calls say who they are.
type connection struct {
	address string

	mu       sync.Mutex
	sessions map[[sha256.Size]byte]*member // by caller.key
}

// member is a session of a connection.
type member struct {
	session *engine.Session
	kept    bool // the client sends the cookie back: the session outlives the connection
}

// caller are what a call says of who it comes from.
type caller struct {
	user, password string // Basic
	token          string // a bearer token that is no session: an API token, or one of OIDC
	certificate    string // the name in the client's verified certificate
}

// key is what a connection remembers of a caller: nothing that a password could be read from.
func (c caller) key() [sha256.Size]byte {
	h := sha256.New()
	for _, part := range []string{c.user, c.password, c.token, c.certificate} {
		_ = binary.Write(h, binary.BigEndian, uint64(len(part))) // a hash takes all
		_, _ = io.WriteString(h, part)
	}
	return [sha256.Size]byte(h.Sum(nil))
}

type (
	connectionKey struct{}
	sessionKey    struct{}
)

func newSessions(e *engine.Engine) *sessions { return &sessions{e} }

// TagConn starts what is kept per connection.
func (*sessions) TagConn(ctx context.Context, info *stats.ConnTagInfo) context.Context {
	c := &connection{sessions: map[[sha256.Size]byte]*member{}}
	if info.RemoteAddr != nil {
		c.address = info.RemoteAddr.String()
	}
	return context.WithValue(ctx, connectionKey{}, c)
}

// HandleConn ends the connection's sessions when the connection ends.
func (*sessions) HandleConn(ctx context.Context, s stats.ConnStats) {
	if _, ended := s.(*stats.ConnEnd); !ended {
		return
	}
	if c, ok := ctx.Value(connectionKey{}).(*connection); ok {
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, m := range c.sessions {
			if !m.kept {
				m.session.Close()
			}
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

// tokenHeader is where clients that shake hands by payload send their token.
const tokenHeader = "auth-token-bin"

func bearer(md metadata.MD) string {
	for _, v := range md.Get("authorization") {
		if len(v) > 7 && strings.EqualFold(v[:7], "bearer ") {
			return strings.TrimSpace(v[7:])
		}
	}
	for _, v := range md.Get(tokenHeader) {
		return v
	}
	return ""
}

// basic is the name and the password of a Basic authorization.
func basic(md metadata.MD) (user, password string) {
	for _, v := range md.Get("authorization") {
		if len(v) > 6 && strings.EqualFold(v[:6], "basic ") {
			// Some clients leave out the padding.
			if raw, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(v[6:], "=")); err == nil {
				user, password, _ = strings.Cut(string(raw), ":")
				return user, password
			}
		}
	}
	return "", ""
}

// certificateOf is the common name of the client's certificate, "" where it has none that was verified.
func certificateOf(ctx context.Context) string {
	p, ok := peer.FromContext(ctx)
	if !ok {
		return ""
	}
	info, ok := p.AuthInfo.(credentials.TLSInfo)
	if !ok || len(info.State.VerifiedChains) == 0 || len(info.State.VerifiedChains[0]) == 0 {
		return ""
	}
	return info.State.VerifiedChains[0][0].Subject.CommonName
}

// errToken is the answer to a bearer token that is neither a session's nor a valid one.
var errToken = status.Error(codes.Unauthenticated, "the bearer token names no session that lives, and is no valid token")

// find gives the call's session. header is sent back to the client when it is not empty.
func (s *sessions) find(ctx context.Context) (session *engine.Session, header metadata.MD, err error) {
	md, _ := metadata.FromIncomingContext(ctx)
	conn, _ := ctx.Value(connectionKey{}).(*connection)
	if conn == nil { // a call that came without a connection of ours has a session of its own
		conn = &connection{sessions: map[[sha256.Size]byte]*member{}}
	}
	who := caller{certificate: certificateOf(ctx)}
	if token := bearer(md); token != "" {
		if session, err := s.engine.Session(token); err == nil {
			if session.Protocol() != protocol || expired(session) {
				return nil, nil, errToken // a session of another protocol is not taken over
			}
			return session, nil, nil
		}
		who.token = token
	} else {
		who.user, who.password = basic(md)
	}
	conn.mu.Lock()
	defer conn.mu.Unlock()
	key := who.key()
	mine := conn.sessions[key]
	if id := cookie(md); id != "" {
		if session, err := s.engine.Session(id); err == nil && session.Protocol() == protocol {
			if mine != nil && mine.session == session {
				mine.kept = true
				return session, nil, nil
			}
			ours, err := s.owns(ctx, session, who, conn.address)
			if err != nil {
				return nil, nil, err
			}
			if ours {
				return session, nil, nil
			}
		}
	}
	if mine != nil && !expired(mine.session) {
		if live, err := s.engine.Session(mine.session.ID()); err == nil {
			return live, nil, nil
		}
	}
	if len(conn.sessions) >= maxIdentities {
		return nil, nil, status.Errorf(codes.ResourceExhausted, "more than %d users on one connection", maxIdentities)
	}
	session, err = s.start(ctx, md, who, conn.address)
	if err != nil {
		return nil, nil, err
	}
	conn.sessions[key] = &member{session: session}
	return session, metadata.Pairs("set-cookie", cookieName+"="+session.ID()), nil
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
	return next(s.within(ctx, session), req)
}

// within is a call's context with its session, and with the trace that the client is in.
func (s *sessions) within(ctx context.Context, session *engine.Session) context.Context {
	md, _ := metadata.FromIncomingContext(ctx)
	ctx = s.engine.TraceContext(ctx, func(key string) string { return strings.Join(md.Get(key), ",") })
	return context.WithValue(ctx, sessionKey{}, session)
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
	return next(srv, &sessionStream{stream, s.within(stream.Context(), session)})
}

// sessionOf is the session that the interceptors found.
func sessionOf(ctx context.Context) (*engine.Session, error) {
	if s, ok := ctx.Value(sessionKey{}).(*engine.Session); ok {
		return s, nil
	}
	return nil, status.Error(codes.Internal, "the call has no session")
}

// expired says that whoever the session belongs to must establish anew who they are.
func expired(session *engine.Session) bool {
	who := session.Identity()
	return who != nil && !who.Expires.IsZero() && time.Now().After(who.Expires)
}

// owns says whether the session that a cookie names may be had by who a call comes from.
func (s *sessions) owns(ctx context.Context, session *engine.Session, who caller, address string) (bool, error) {
	if expired(session) {
		return false, nil
	}
	if who == (caller{}) && !s.engine.AccessControlled() {
		return true, nil // nobody is asked who they are
	}
	identity, err := s.identify(ctx, who, address)
	if err != nil {
		return false, err
	}
	return identity.User == session.User(), nil
}

// start starts a session for who a call comes from.
func (s *sessions) start(ctx context.Context, md metadata.MD, who caller, address string) (*engine.Session, error) {
	identity, err := s.identify(ctx, who, address)
	if err != nil {
		return nil, err
	}
	session, err := s.engine.NewSession(engine.SessionOptions{
		Identity: identity, Client: "flight " + strings.Join(md.Get("user-agent"), " "), Protocol: protocol, Address: address,
	})
	if err != nil {
		return nil, toStatus(err)
	}
	return session, nil
}

// identify establishes who a call comes from.
func (s *sessions) identify(ctx context.Context, who caller, address string) (*engine.Identity, error) {
	if who.token != "" && !s.engine.AccessControlled() {
		return nil, errToken // there are no tokens but those of sessions
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = address
	}
	identity, err := s.engine.Authenticate(ctx, engine.Credentials{
		User: who.user, Password: who.password, Token: who.token, Certificate: who.certificate, Address: host, Protocol: protocol,
	})
	return identity, toStatus(err)
}

// helloWait is how long a handshake waits for its first message.
const helloWait = 10 * time.Second

// Handshake establishes who is there, by the Basic header or by the payload of older clients, and answers with the token of
// a session of theirs. An API token or one of OIDC may be given instead.
func (d *door) Handshake(stream flight.FlightService_HandshakeServer) error {
	ctx := stream.Context()
	md, _ := metadata.FromIncomingContext(ctx)
	who := caller{certificate: certificateOf(ctx), token: bearer(md)}
	if who.token == "" {
		who.user, who.password = basic(md)
	}
	if who.token == "" && who.user == "" {
		said, err := hello(stream)
		if err != nil {
			return err
		}
		who.user, who.password = said.GetUsername(), said.GetPassword()
	}
	address := ""
	if c, ok := ctx.Value(connectionKey{}).(*connection); ok {
		address = c.address
	}
	session, err := d.who.start(ctx, md, who, address)
	if err != nil {
		return err
	}
	if err := stream.SetHeader(metadata.Pairs("authorization", "Bearer "+session.ID())); err != nil {
		return err
	}
	return stream.Send(&flight.HandshakeResponse{Payload: []byte(session.ID())})
}

// hello reads the payload of a handshake; nobody where there is none.
func hello(stream flight.FlightService_HandshakeServer) (*wire.BasicAuth, error) {
	type answer struct {
		request *flight.HandshakeRequest
		err     error
	}
	first := make(chan answer, 1)
	go func() { // ends when the call does
		r, err := stream.Recv()
		first <- answer{r, err}
	}()
	timer := time.NewTimer(helloWait)
	defer timer.Stop()
	select {
	case a := <-first:
		var said wire.BasicAuth
		switch {
		case a.err != nil && !errors.Is(a.err, io.EOF):
			return nil, a.err
		case a.err != nil || len(a.request.GetPayload()) == 0:
			return &said, nil
		}
		if err := proto.Unmarshal(a.request.GetPayload(), &said); err != nil {
			return nil, status.Error(codes.InvalidArgument, "the payload of the handshake is no BasicAuth message; send name and password in it, or in the header authorization")
		}
		return &said, nil
	case <-timer.C:
		return nil, status.Error(codes.DeadlineExceeded, "the handshake has not said anything")
	}
}
