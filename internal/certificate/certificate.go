// Package certificate reads the TLS certificates of the servers, and of the shell as a client.
//
// In: paths of PEM files. Out: a tls.Config, or an error that names the setting and what is wrong with its file. The files
// of a server are read anew when they change, so that a renewed certificate needs no restart.
package certificate

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/argan-sql/argan/sqlerr"
)

// Ways of asking a client for a certificate.
const (
	Required = "required" // a client without one is refused
	Optional = "optional" // a client may have one; one that is not trusted is refused
)

// lookEvery is how often a change of the files is looked for, at most.
const lookEvery = time.Second

// soon is how long before its end a certificate is warned about.
const soon = 14 * 24 * time.Hour

// Files are the settings: where the server's certificate and key lie, and whose certificates clients must have.
type Files struct {
	Cert, Key string
	// ClientCA holds the authorities that sign clients' certificates, "" to ask for none.
	ClientCA string
	// ClientAuth is Required or Optional; "" is Required.
	ClientAuth string
}

// Keeper holds the certificates of the servers and reads them anew when their files change.
type Keeper struct {
	files Files
	log   *slog.Logger

	mu     sync.Mutex
	looked time.Time
	stamp  string // sizes and times of the files that were read
	loaded material
}

// material is what the files held.
type material struct {
	cert    tls.Certificate
	clients *x509.CertPool
}

// Load reads the files; nil where no certificate is given, which is no TLS. A file that is unreadable, does not fit or has
// expired is INVALID_SETTING.
func Load(f Files, log *slog.Logger) (*Keeper, error) {
	switch {
	case f.Cert == "" && f.Key == "" && f.ClientCA == "":
		if f.ClientAuth != "" {
			return nil, invalid("tls-client-auth", f.ClientAuth, "it needs tls-client-ca")
		}
		return nil, nil
	case f.Cert == "":
		return nil, invalid("tls-cert", "", "TLS needs a certificate beside tls-key and tls-client-ca")
	case f.Key == "":
		return nil, invalid("tls-key", "", "the certificate of tls-cert needs its private key")
	case f.ClientAuth != "" && f.ClientCA == "":
		return nil, invalid("tls-client-auth", f.ClientAuth, "it needs tls-client-ca")
	}
	k := &Keeper{files: f, log: log, looked: time.Now(), stamp: f.stamp()}
	var err error
	if k.loaded, err = f.read(); err != nil {
		return nil, err
	}
	if left := time.Until(k.loaded.cert.Leaf.NotAfter); left < soon {
		log.Warn("the certificate ends soon", "file", f.Cert, "ends", k.loaded.cert.Leaf.NotAfter)
	}
	return k, nil
}

func invalid(key, value, reason string) error {
	return sqlerr.New("INVALID_SETTING", "key", key, "value", `"`+value+`"`, "reason", reason)
}

// stamp changes when one of the files does.
func (f Files) stamp() string {
	out := ""
	for _, path := range []string{f.Cert, f.Key, f.ClientCA} {
		if path == "" {
			continue
		}
		if info, err := os.Stat(path); err == nil {
			out += fmt.Sprintf("%d %d ", info.Size(), info.ModTime().UnixNano())
		}
	}
	return out
}

func (f Files) read() (material, error) {
	var m material
	certPEM, err := readPEM("tls-cert", f.Cert, "CERTIFICATE")
	if err != nil {
		return m, err
	}
	keyPEM, err := readPEM("tls-key", f.Key, "")
	if err != nil {
		return m, err
	}
	if m.cert, err = pair("tls-cert", f.Cert, "tls-key", f.Key, certPEM, keyPEM); err != nil {
		return m, err
	}
	if f.ClientCA != "" {
		if m.clients, err = pool("tls-client-ca", f.ClientCA); err != nil {
			return m, err
		}
	}
	return m, nil
}

// readPEM reads a file and looks whether it holds a block of the kind, "" for any.
func readPEM(key, path, kind string) ([]byte, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, invalid(key, path, err.Error())
	}
	for rest := raw; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			what := map[string]string{"": "PEM block", "CERTIFICATE": "certificate in PEM form (-----BEGIN CERTIFICATE-----)"}[kind]
			return nil, invalid(key, path, "the file holds no "+what)
		}
		if kind == "" || block.Type == kind {
			return raw, nil
		}
	}
}

// pair puts a certificate and its key together and looks at its dates.
func pair(certKey, certPath, keyKey, keyPath string, certPEM, keyPEM []byte) (tls.Certificate, error) {
	c, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		// What is wrong may be either file; the message of crypto/tls says which, and that they do not fit.
		return c, invalid(keyKey, keyPath, fmt.Sprintf("with the certificate of %s (%s): %v", certKey, certPath, err))
	}
	now := time.Now()
	switch {
	case now.After(c.Leaf.NotAfter):
		return c, invalid(certKey, certPath, "the certificate has expired on "+c.Leaf.NotAfter.UTC().Format(time.RFC3339))
	case now.Before(c.Leaf.NotBefore):
		return c, invalid(certKey, certPath, "the certificate is not valid before "+c.Leaf.NotBefore.UTC().Format(time.RFC3339))
	}
	return c, nil
}

func pool(key, path string) (*x509.CertPool, error) {
	raw, err := readPEM(key, path, "CERTIFICATE")
	if err != nil {
		return nil, err
	}
	p := x509.NewCertPool()
	if !p.AppendCertsFromPEM(raw) {
		return nil, invalid(key, path, "none of the certificates in the file can be read")
	}
	return p, nil
}

// current is what the files hold, read anew if they have changed. A change that cannot be used is logged, and the servers
// go on with what they had.
func (k *Keeper) current() material {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := time.Now()
	if now.Sub(k.looked) < lookEvery {
		return k.loaded
	}
	k.looked = now
	stamp := k.files.stamp()
	if stamp == k.stamp {
		return k.loaded
	}
	k.stamp = stamp
	m, err := k.files.read()
	if err != nil {
		k.log.Error("the changed certificate files cannot be used; the ones before stay in use", "error", err)
		return k.loaded
	}
	k.loaded = m
	k.log.Info("certificates were read anew", "file", k.files.Cert, "ends", m.cert.Leaf.NotAfter)
	return m
}

// Server is the TLS configuration of a server that speaks the protocols, in ALPN's names; nil for a nil Keeper.
func (k *Keeper) Server(protocols ...string) *tls.Config {
	if k == nil {
		return nil
	}
	of := func(m material) *tls.Config {
		c := &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: protocols, Certificates: []tls.Certificate{m.cert}}
		if m.clients != nil {
			c.ClientCAs, c.ClientAuth = m.clients, tls.RequireAndVerifyClientCert
			if k.files.ClientAuth == Optional {
				c.ClientAuth = tls.VerifyClientCertIfGiven
			}
			// A resumed connection would be taken on the word of authorities that may have been removed since.
			c.SessionTicketsDisabled = true
		}
		return c
	}
	k.mu.Lock()
	first := of(k.loaded)
	k.mu.Unlock()
	first.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) { return of(k.current()), nil }
	return first
}

// Ends is when the server's certificate expires.
func (k *Keeper) Ends() time.Time { return k.current().cert.Leaf.NotAfter }

// Client is the TLS configuration of a client: ca are the authorities it trusts instead of the system's, cert and key its own
// certificate; each may be "".
func Client(ca, cert, key string) (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	var err error
	if ca != "" {
		if c.RootCAs, err = pool("ca", ca); err != nil {
			return nil, err
		}
	}
	if cert == "" && key == "" {
		return c, nil
	}
	if cert == "" || key == "" {
		return nil, invalid("cert", cert, "a client's certificate and its key come together")
	}
	certPEM, err := readPEM("cert", cert, "CERTIFICATE")
	if err != nil {
		return nil, err
	}
	keyPEM, err := readPEM("key", key, "")
	if err != nil {
		return nil, err
	}
	own, err := pair("cert", cert, "key", key, certPEM, keyPEM)
	c.Certificates = []tls.Certificate{own}
	return c, err
}
