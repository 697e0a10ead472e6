package hivesrv

import (
	"context"
	"crypto/tls"
	"net"
	"strings"

	hive "github.com/beltran/gohive/hiveserver"

	"github.com/argan-sql/argan/engine"
)

// protocol names this server in sessions and logs.
const protocol = "hive"

// placeholder is the user that Hive's drivers send when none was given.
const placeholder = "anonymous"

// signIn finds out who is connected: by what the client says of itself, or by its certificate.
func (s *Server) signIn(ctx context.Context, who *caller, l login) error {
	// Drivers send a user and a password even where the certificate is what counts.
	if who.certificate != "" && l.token == "" && (l.user == "" || l.user == placeholder || strings.EqualFold(l.user, who.certificate)) {
		l = login{}
	}
	id, err := s.engine.Authenticate(ctx, engine.Credentials{
		User: l.user, Password: l.password, Token: l.token, Certificate: who.certificate, Address: who.address, Protocol: protocol,
	})
	if err == nil {
		who.identity = id
	}
	return err
}

// who is the identity that a session is opened with. Without SASL a client says who it is only now.
func (s *service) who(ctx context.Context, r *hive.TOpenSessionReq) (*engine.Identity, error) {
	c := callerOf(ctx)
	if c.identity == nil {
		id, err := s.engine.Authenticate(ctx, engine.Credentials{
			User: r.GetUsername(), Password: r.GetPassword(), Certificate: c.certificate, Address: c.address, Protocol: protocol,
		})
		if err != nil {
			return nil, err
		}
		c.identity = id
	}
	if name := r.GetUsername(); name != "" && c.identity.Method == openMode {
		id := *c.identity
		id.User = name
		return &id, nil
	}
	return c.identity, nil
}

// openMode is the method of an identity that nobody had to prove.
const openMode = "open"

// commonName is that of the client's certificate, "" without one.
func commonName(conn net.Conn) string {
	secure, ok := conn.(*tls.Conn)
	if !ok {
		return ""
	}
	state := secure.ConnectionState()
	if len(state.VerifiedChains) == 0 || len(state.PeerCertificates) == 0 {
		return ""
	}
	return state.PeerCertificates[0].Subject.CommonName
}
