package shell

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/argan-sql/argan/engine"
	"github.com/argan-sql/argan/flightsrv"
	"github.com/argan-sql/argan/internal/certificate"
	"github.com/argan-sql/argan/internal/certificate/certtest"
)

func TestServerWithTLS(t *testing.T) {
	dir := t.TempDir()
	ca := certtest.Valid(t, "ca", nil)
	caFile, _ := ca.Write(t, dir, "ca")
	cert, key := certtest.Valid(t, "server", ca).Write(t, dir, "server")
	ann, annKey := certtest.Valid(t, "ann", ca).Write(t, dir, "ann")
	k, err := certificate.Load(certificate.Files{Cert: cert, Key: key, ClientCA: caFile}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	e, err := engine.Open(engine.Config{Warehouse: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	srv, err := flightsrv.New(e, flightsrv.Options{Address: "127.0.0.1:0", TLS: k.Server("h2")}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve() }()
	defer func() {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		srv.Shutdown(ctx)
		if err := <-served; err != nil {
			t.Error(err)
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}()
	url := "grpc+tls://" + srv.Address().String()
	for _, c := range []struct {
		name, url, ca, cert, key string
		ok                       bool
	}{
		{"with all it takes", url, caFile, ann, annKey, true},
		{"without a certificate", url, caFile, "", "", false},
		{"without the authority", url, "", ann, annKey, false},
		{"without TLS", strings.Replace(url, "+tls", "", 1), "", "", "", false},
	} {
		s, err := ParseURL(c.url)
		if err != nil {
			t.Fatal(err)
		}
		if s.Encrypted {
			if s.TLS, err = certificate.Client(c.ca, c.cert, c.key); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		b, err := Remote(ctx, s)
		if (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
		if err == nil {
			if b.Place() != url {
				t.Errorf("%s: it is at %s", c.name, b.Place())
			}
			_ = b.Close()
		}
		cancel()
	}
}
