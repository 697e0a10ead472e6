package httpsrv

import (
	"context"
	"net"
	"net/http"
	"strings"

	"github.com/argan-sql/argan/engine"
)

type callerKey struct{}

// callerOf is who makes a request; guard has found it out.
func callerOf(r *http.Request) *engine.Identity {
	who, _ := r.Context().Value(callerKey{}).(*engine.Identity)
	return who
}

// inURL are query parameters that look like credentials. Addresses end up in logs and histories of browsers, so what they
// say is refused rather than passed over.
var inURL = []string{"user", "username", "password", "passwd", "pwd", "token", "access_token", "api_key", "apikey", "authorization"}

// identify finds out who makes the request.
func (s *Server) identify(r *http.Request) (*http.Request, error) {
	q := r.URL.Query()
	for _, name := range inURL {
		for key := range q {
			if strings.EqualFold(key, name) {
				return r, &problemWith{http.StatusBadRequest, "CREDENTIALS_IN_URL", "credentials are not taken from the address (" + name + "); send the header Authorization"}
			}
		}
	}
	c := engine.Credentials{Token: bearer(r), Certificate: commonName(r), Address: addressOf(r), Protocol: "http"}
	if c.Token == "" {
		c.User, c.Password, _ = r.BasicAuth()
	}
	who, err := s.engine.Authenticate(r.Context(), c)
	if err != nil {
		return r, err
	}
	return r.WithContext(context.WithValue(r.Context(), callerKey{}, who)), nil
}

// bearer is the token of the header Authorization, "" where it has none.
func bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if strings.EqualFold(scheme, "Bearer") {
		return strings.TrimSpace(token)
	}
	return ""
}

// commonName is the name in a client's certificate that was verified.
func commonName(r *http.Request) string {
	if r.TLS == nil || len(r.TLS.VerifiedChains) == 0 {
		return ""
	}
	return r.TLS.VerifiedChains[0][0].Subject.CommonName
}

// addressOf is where a client is, without its port.
func addressOf(r *http.Request) string {
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		return host
	}
	return r.RemoteAddr
}

// challenge tells a client that was not let in how it may try.
func challenge(w http.ResponseWriter, r *http.Request) {
	w.Header().Add("WWW-Authenticate", `Basic realm="argan", charset="UTF-8"`)
	scheme := `Bearer realm="argan"`
	if bearer(r) != "" {
		scheme += `, error="invalid_token"`
	}
	w.Header().Add("WWW-Authenticate", scheme)
}
