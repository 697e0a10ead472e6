package certificate

import (
	"crypto/tls"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/argan-sql/argan/internal/certificate/certtest"
)

func TestRefusedFiles(t *testing.T) {
	dir, past := t.TempDir(), time.Now().Add(-time.Hour)
	ca := certtest.Valid(t, "ca", nil)
	cert, key := certtest.Valid(t, "server", ca).Write(t, dir, "server")
	_, other := certtest.Valid(t, "other", ca).Write(t, dir, "other")
	expired, expiredKey := certtest.Issue(t, "old", ca, past.Add(-time.Hour), past).Write(t, dir, "old")
	early, earlyKey := certtest.Issue(t, "new", ca, time.Now().Add(time.Hour), time.Now().Add(2*time.Hour)).Write(t, dir, "new")
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte("not PEM"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		files Files
		want  []string
	}{
		{"a key alone", Files{Key: key}, []string{"tls-cert"}},
		{"a certificate alone", Files{Cert: cert}, []string{"tls-key"}},
		{"an authority alone", Files{ClientCA: cert}, []string{"tls-cert"}},
		{"a way of asking alone", Files{ClientAuth: Optional}, []string{"tls-client-auth", "tls-client-ca"}},
		{"a way of asking without authority", Files{Cert: cert, Key: key, ClientAuth: Optional}, []string{"tls-client-auth", "tls-client-ca"}},
		{"no file", Files{Cert: filepath.Join(dir, "none"), Key: key}, []string{"tls-cert", "no such file"}},
		{"no PEM", Files{Cert: text, Key: key}, []string{"tls-cert", "BEGIN CERTIFICATE"}},
		{"a key for a certificate", Files{Cert: key, Key: key}, []string{"tls-cert", "BEGIN CERTIFICATE"}},
		{"another's key", Files{Cert: cert, Key: other}, []string{"tls-key", "private key does not match"}},
		{"expired", Files{Cert: expired, Key: expiredKey}, []string{"tls-cert", "has expired on"}},
		{"not yet valid", Files{Cert: early, Key: earlyKey}, []string{"tls-cert", "not valid before"}},
		{"a bad authority", Files{Cert: cert, Key: key, ClientCA: text}, []string{"tls-client-ca"}},
	} {
		_, err := Load(c.files, slog.New(slog.DiscardHandler))
		if err == nil || !strings.Contains(err.Error(), "[INVALID_SETTING]") {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %q does not say %q", c.name, err, want)
			}
		}
	}
	if k, err := Load(Files{}, slog.New(slog.DiscardHandler)); k != nil || err != nil || k.Server("h2") != nil {
		t.Errorf("no files: %v %v", k, err)
	}
}

// dial shakes hands with a server and gives the name of its certificate.
func dial(t *testing.T, server, client *tls.Config) (name string, err error) {
	t.Helper()
	listener, err := tls.Listen("tcp", "127.0.0.1:0", server)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		c, err := listener.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		_, _ = c.Write([]byte("x"))
	}()
	c, err := tls.Dial("tcp", listener.Addr().String(), client)
	if err == nil {
		defer c.Close()
		// With TLS 1.3 a client learns only here that its certificate was refused.
		if _, err = io.ReadFull(c, make([]byte, 1)); err == nil {
			name = c.ConnectionState().PeerCertificates[0].Subject.CommonName
		}
	}
	_ = listener.Close()
	<-done
	return name, err
}

func TestClientsCertificates(t *testing.T) {
	dir := t.TempDir()
	ca, stranger := certtest.Valid(t, "ca", nil), certtest.Valid(t, "stranger", nil)
	caFile, _ := ca.Write(t, dir, "ca")
	cert, key := certtest.Valid(t, "server", ca).Write(t, dir, "server")
	ann, annKey := certtest.Valid(t, "ann", ca).Write(t, dir, "ann")
	eve, eveKey := certtest.Valid(t, "eve", stranger).Write(t, dir, "eve")
	for _, c := range []struct {
		name      string
		clientCA  string
		auth      string
		cert, key string
		ok        bool
	}{
		{"nobody asks", "", "", "", "", true},
		{"none where one is required", caFile, "", "", "", false},
		{"none where one may be", caFile, Optional, "", "", true},
		{"a good one", caFile, Required, ann, annKey, true},
		{"a stranger's", caFile, Required, eve, eveKey, false},
		{"a stranger's where none is needed", caFile, Optional, eve, eveKey, false},
	} {
		k, err := Load(Files{Cert: cert, Key: key, ClientCA: c.clientCA, ClientAuth: c.auth}, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		client, err := Client(caFile, c.cert, c.key)
		if err != nil {
			t.Fatal(err)
		}
		if len(client.Certificates) > 0 { // sent even where the server names other authorities
			own := &client.Certificates[0]
			client.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return own, nil }
		}
		if name, err := dial(t, k.Server("h2"), client); (err == nil) != c.ok {
			t.Errorf("%s: %q, %v", c.name, name, err)
		}
	}
	k, err := Load(Files{Cert: cert, Key: key}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := dial(t, k.Server(), &tls.Config{}); err == nil {
		t.Error("a client that does not know the authority trusts the server")
	}
	if _, err := dial(t, k.Server(), &tls.Config{MaxVersion: tls.VersionTLS11, InsecureSkipVerify: true}); err == nil {
		t.Error("TLS 1.1 is spoken")
	}
	if _, err := Client("", ann, ""); err == nil {
		t.Error("a certificate without key is taken")
	}
}

func TestRenewal(t *testing.T) {
	dir := t.TempDir()
	ca := certtest.Valid(t, "ca", nil)
	caFile, _ := ca.Write(t, dir, "ca")
	cert, key := certtest.Valid(t, "first", ca).Write(t, dir, "server")
	k, err := Load(Files{Cert: cert, Key: key}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	server := k.Server("h2")
	client, err := Client(caFile, "", "")
	if err != nil {
		t.Fatal(err)
	}
	expect := func(what, want string) {
		t.Helper()
		k.mu.Lock()
		k.looked = time.Time{} // time for a look
		k.mu.Unlock()
		if name, err := dial(t, server, client); err != nil || name != want {
			t.Errorf("%s: the server is %q, %v", what, name, err)
		}
	}
	expect("at first", "first")
	certtest.Valid(t, "second", ca).Write(t, dir, "server")
	expect("after the renewal", "second")
	if err := os.WriteFile(key, []byte("half of a"), 0o600); err != nil {
		t.Fatal(err)
	}
	expect("while the key is broken", "second")
	certtest.Valid(t, "third", ca).Write(t, dir, "server")
	expect("after another renewal", "third")
}
