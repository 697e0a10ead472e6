package httpsrv

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/argan-sql/argan/sqlerr"
)

// guard is what every request passes before its path is looked at: the number of connections, who may call from a browser,
// by which name, and who it is.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength != 0 {
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(s.options.BodyTime))
		}
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h.Set("Referrer-Policy", "no-referrer")
		if s.connections.Load() > int64(s.options.MaxConnections) {
			h.Set("Connection", "close")
			h.Set("Retry-After", "1")
			refuse(w, http.StatusServiceUnavailable, "TOO_MANY_CONNECTIONS", "the server has as many connections as it may have; try again later")
			return
		}
		if !s.known(r) {
			refuse(w, http.StatusMisdirectedRequest, "HOST_NOT_ALLOWED", "the server is not called "+r.Host+"; http-hosts names what it may be called")
			return
		}
		if s.crossOrigin(w, r) {
			return
		}
		if strings.HasPrefix(r.URL.Path, "/v1/") {
			h.Set("Cache-Control", "no-store")
			r = r.WithContext(s.engine.TraceContext(r.Context(), r.Header.Get))
			var err error
			if r, err = s.identify(r); err != nil {
				if sqlerr.Is(err, "AUTHENTICATION_REQUIRED") || sqlerr.Is(err, "AUTHENTICATION_FAILED") {
					challenge(w, r)
				}
				failed(w, err, "")
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// known says whether the server answers to the name it is called by. Where nobody is asked for a password, a web page
// must not reach it by a name that its owner has made to mean this machine (DNS rebinding).
func (s *Server) known(r *http.Request) bool {
	address, ok := s.listen.Addr().(*net.TCPAddr)
	if !ok || !address.IP.IsLoopback() || s.engine.AccessControlled() || r.Host == "" {
		return true
	}
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.TrimSuffix(strings.ToLower(strings.Trim(host, "[]")), ".")
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.IsLoopback()
	}
	return host == "localhost" || slices.ContainsFunc(s.options.Hosts, func(n string) bool { return strings.EqualFold(n, host) })
}

// crossOrigin answers requests that a page of another origin makes, where they may not be made, and asks whether one may be.
func (s *Server) crossOrigin(w http.ResponseWriter, r *http.Request) (answered bool) {
	origin := r.Header.Get("Origin")
	allowed := origin != "" && slices.Contains(s.options.Origins, origin)
	h := w.Header()
	if len(s.options.Origins) > 0 {
		h.Add("Vary", "Origin")
	}
	if allowed {
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Expose-Headers", "X-Argan-Statement-Id, X-Argan-Format, X-Argan-Timezone, X-Argan-Rows, X-Argan-Commit-Version, Server-Timing, Retry-After, WWW-Authenticate")
	} else {
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
	}
	if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
		if !allowed {
			refuse(w, http.StatusForbidden, "ORIGIN_NOT_ALLOWED", "pages of "+origin+" may not call this server; http-cors-origins names those that may")
			return true
		}
		h.Set("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE")
		h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Content-Encoding, Accept, Idempotency-Key, Last-Event-ID, X-Argan-Session, X-Argan-Query-Tag, traceparent, tracestate")
		h.Set("Access-Control-Max-Age", "600")
		w.WriteHeader(http.StatusNoContent)
		return true
	}
	// A page may send a form anywhere without asking: what changes something is refused unless it comes from here.
	if err := s.cross.Check(r); err != nil {
		refuse(w, http.StatusForbidden, "ORIGIN_NOT_ALLOWED", "pages of other origins may not call this server; http-cors-origins names those that may")
		return true
	}
	return false
}

// count keeps the number of open connections.
func (s *Server) count(c net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		// Far beyond the limit not even a refusal is worth the memory.
		if s.connections.Add(1) > 4*int64(s.options.MaxConnections) {
			_ = c.Close()
		}
	case http.StateClosed, http.StateHijacked:
		s.connections.Add(-1)
	}
}
