package httpsrv

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/argan-sql/argan/internal/certificate"
	"github.com/argan-sql/argan/internal/certificate/certtest"
)

func TestTLS(t *testing.T) {
	dir := t.TempDir()
	ca := certtest.Valid(t, "ca", nil)
	caFile, _ := ca.Write(t, dir, "ca")
	cert, key := certtest.Valid(t, "server", ca).Write(t, dir, "server")
	k, err := certificate.Load(certificate.Files{Cert: cert, Key: key}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(shared.engine, Options{Address: "127.0.0.1:0", TLS: k.Server("h2", "http/1.1")}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve() }()
	client, err := certificate.Client(caFile, "", "")
	if err != nil {
		t.Fatal(err)
	}
	for _, two := range []bool{false, true} {
		transport := &http.Transport{TLSClientConfig: client.Clone(), ForceAttemptHTTP2: two}
		r, err := (&http.Client{Transport: transport}).Post("https://"+s.Address().String()+"/v1/sql?format=csv", "", strings.NewReader("SELECT 1 AS a"))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r.Body)
		_ = r.Body.Close()
		transport.CloseIdleConnections()
		if err != nil || string(body) != "a\r\n1\r\n" || r.ProtoMajor == 2 != two {
			t.Errorf("%s: %q, %v", r.Proto, body, err)
		}
	}
	if r, err := http.Post("https://"+s.Address().String()+"/v1/sql", "", strings.NewReader("SELECT 1")); err == nil {
		_ = r.Body.Close()
		t.Error("a client that does not know the authority is answered")
	}
	if r, err := http.Get("http://" + s.Address().String() + "/healthz"); err != nil {
		t.Errorf("without TLS: %v", err)
	} else if _ = r.Body.Close(); r.StatusCode != http.StatusBadRequest {
		t.Errorf("without TLS: %s", r.Status)
	}
	http.DefaultClient.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	s.Shutdown(ctx)
	if err := <-served; err != nil {
		t.Error(err)
	}
}
