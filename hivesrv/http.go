package hivesrv

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/apache/thrift/lib/go/thrift"

	"github.com/argan-sql/argan/sqlerr"
)

// The paths of HTTP mode: that of Hive's and Spark's servers, and the one that dbt's method http asks for.
const (
	httpPath       = "/cliservice"
	clusterPath    = "/sql/protocolv1/"
	cookieName     = "hive.server2.auth"
	cookieLife     = time.Hour
	thriftMedia    = "application/x-thrift"
	httpIdle       = 10 * time.Minute
	maxHTTPHeaders = 64 << 10
)

// newHTTP makes the server of HTTP mode. It has no port of its own: connections that speak HTTP are handed to it.
func (s *Server) newHTTP() *http.Server {
	return &http.Server{
		Handler: http.HandlerFunc(s.serveHTTP), ReadHeaderTimeout: handshakeTime, IdleTimeout: httpIdle, MaxHeaderBytes: maxHTTPHeaders,
		ErrorLog:    slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
		BaseContext: func(net.Listener) context.Context { return s.life },
		ConnContext: func(ctx context.Context, c net.Conn) context.Context { return context.WithValue(ctx, connKey{}, c) },
	}
}

type connKey struct{}

// serveHTTP answers one Thrift message.
func (s *Server) serveHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path != httpPath && r.URL.Path != httpPath+"/" && !strings.HasPrefix(r.URL.Path, clusterPath):
		http.Error(w, "HiveServer2 in HTTP mode is at "+httpPath, http.StatusNotFound)
		return
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "Thrift messages are posted", http.StatusMethodNotAllowed)
		return
	}
	who, cookie, err := s.identify(r)
	if err != nil {
		w.Header().Set("WWW-Authenticate", `Basic realm="argan"`)
		http.Error(w, sqlerr.From(err).Error(), http.StatusUnauthorized)
		return
	}
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(messageTime))
	// The whole message is read before it is answered: the client is watched from then on.
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxMessage))
	if err != nil {
		code := http.StatusBadRequest
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			code = http.StatusRequestEntityTooLarge
		}
		http.Error(w, "the message cannot be read: "+err.Error(), code)
		return
	}
	_ = control.SetReadDeadline(time.Time{})
	var answer bytes.Buffer
	p := thrift.NewTBinaryProtocolConf(newTransport(bufio.NewReader(bytes.NewReader(body)), &answer, false), configuration())
	_, err = s.processor.Process(context.WithValue(r.Context(), callerKey{}, who), p, p)
	if err != nil && answer.Len() == 0 {
		http.Error(w, "no Thrift message: "+err.Error(), http.StatusBadRequest)
		return
	}
	if cookie != nil {
		http.SetCookie(w, cookie)
	}
	w.Header().Set("Content-Type", thriftMedia)
	for raw := answer.Bytes(); len(raw) > 0 && err == nil; {
		_ = control.SetWriteDeadline(time.Now().Add(writeTime))
		n := min(len(raw), piece)
		_, err = w.Write(raw[:n])
		raw = raw[n:]
	}
	_ = control.SetWriteDeadline(time.Time{})
}

// identify finds out who makes a request: by the cookie that was given out before, else by what Authorization says; then
// there is a cookie to give out.
func (s *Server) identify(r *http.Request) (*caller, *http.Cookie, error) {
	if given, err := r.Cookie(cookieName); err == nil {
		if who := s.cookies.find(given.Value); who != nil {
			return who, nil, nil
		}
	}
	var l login
	if user, password, ok := r.BasicAuth(); ok {
		l.user, l.password = user, password
	} else if scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " "); strings.EqualFold(scheme, "Bearer") {
		l.token = strings.TrimSpace(token)
	}
	who := &caller{address: host(r.RemoteAddr)}
	if conn, ok := r.Context().Value(connKey{}).(*begun); ok {
		who.certificate = commonName(conn.Conn)
	}
	if err := s.signIn(r.Context(), who, l); err != nil {
		return nil, nil, err
	}
	value := s.cookies.add(who)
	return who, &http.Cookie{
		Name: cookieName, Value: value, Path: "/", MaxAge: int(cookieLife.Seconds()), HttpOnly: true, Secure: s.tls != nil, SameSite: http.SameSiteStrictMode,
	}, nil
}

// cookies are the clients of HTTP mode that have signed in: Hive's driver sends its password once and the cookie then.
type cookies struct {
	mu    sync.Mutex
	known map[string]signedIn
}

type signedIn struct {
	who   *caller
	until time.Time
}

// maxCookies bounds how many are remembered; clients that keep no cookies would fill the memory otherwise.
const maxCookies = 10_000

func (c *cookies) add(who *caller) string {
	var b [24]byte
	_, _ = rand.Read(b[:]) // never fails
	value := base64.RawURLEncoding.EncodeToString(b[:])
	until := time.Now().Add(cookieLife)
	if who.identity != nil && !who.identity.Expires.IsZero() && who.identity.Expires.Before(until) {
		until = who.identity.Expires
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known == nil {
		c.known = map[string]signedIn{}
	}
	if len(c.known) >= maxCookies {
		for old := range c.known { // any: its client signs in again
			delete(c.known, old)
			break
		}
	}
	c.known[value] = signedIn{who, until}
	return value
}

func (c *cookies) find(value string) *caller {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, ok := c.known[value]
	if !ok || time.Now().After(s.until) {
		delete(c.known, value)
		return nil
	}
	return s.who
}

func (c *cookies) sweep(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for value, s := range c.known {
		if now.After(s.until) {
			delete(c.known, value)
		}
	}
}
