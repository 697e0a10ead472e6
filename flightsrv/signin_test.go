package flightsrv

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"log/slog"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	wire "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/argan-sql/argan/catalog/access"
	"github.com/argan-sql/argan/engine"
	"github.com/argan-sql/argan/engine/signin"
	"github.com/argan-sql/argan/internal/certificate"
	"github.com/argan-sql/argan/internal/certificate/certtest"
)

// TestSignIn: a server with a user, TLS and certificates that clients may have.
func TestSignIn(t *testing.T) {
	hash, err := signin.HashPassword("s3cret")
	if err != nil {
		t.Fatal(err)
	}
	e, err := engine.Open(engine.Config{Warehouse: t.TempDir(), Users: []access.User{{Name: "ann", Hash: hash, Administrator: true}}})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	ca := certtest.Valid(t, "ca", nil)
	caFile, _ := ca.Write(t, dir, "ca")
	cert, key := certtest.Valid(t, "server", ca).Write(t, dir, "server")
	annCert, annKey := certtest.Valid(t, "ann", ca).Write(t, dir, "ann")
	eveCert, eveKey := certtest.Valid(t, "eve", ca).Write(t, dir, "eve")
	keeper, err := certificate.Load(certificate.Files{Cert: cert, Key: key, ClientCA: caFile, ClientAuth: certificate.Optional}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(e, Options{Address: "127.0.0.1:0", TLS: keeper.Server("h2")}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve() }()
	ctx := within(t)
	open := func(cert, key string) *flightsql.Client {
		t.Helper()
		var how *tls.Config
		if how, err = certificate.Client(caFile, cert, key); err != nil {
			t.Fatal(err)
		}
		c, err := flightsql.NewClient(s.Address().String(), nil, nil, grpc.WithTransportCredentials(credentials.NewTLS(how)))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	ask := func(ctx context.Context, c *flightsql.Client) (string, error) {
		info, err := c.Execute(ctx, "SELECT current_user()")
		if err != nil {
			return "", err
		}
		_, rows, err := fetch(ctx, c, info)
		if err != nil {
			return "", err
		}
		return rows[0][0], nil
	}
	header := func(value string) context.Context {
		return metadata.AppendToOutgoingContext(ctx, "authorization", value)
	}
	basic := func(pair string) context.Context {
		return header("Basic " + base64.StdEncoding.EncodeToString([]byte(pair)))
	}
	plain, ann, eve := open("", ""), open(annCert, annKey), open(eveCert, eveKey)
	for _, c := range []struct {
		name   string
		ctx    context.Context
		client *flightsql.Client
		user   string // "" for nobody
	}{
		{"nobody", ctx, plain, ""},
		{"a password", basic("ann:s3cret"), plain, "ann"},
		{"a password again", basic("ann:s3cret"), plain, "ann"},
		{"a wrong password on the same connection", basic("ann:wrong"), plain, ""},
		{"a user who is not there", basic("bob:s3cret"), plain, ""},
		{"a made-up token", header("Bearer nonsense"), plain, ""},
		{"a certificate", ctx, ann, "ann"},
		{"a certificate of nobody", ctx, eve, ""},
	} {
		got, err := ask(c.ctx, c.client)
		if got != c.user || c.user == "" && status.Code(err) != codes.Unauthenticated {
			t.Errorf("%s: %q, %v", c.name, got, err)
		}
	}
	// The handshake gives a token, in both forms of saying who one is.
	with, err := plain.Client.AuthenticateBasicToken(ctx, "ann", "s3cret")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ask(with, plain); got != "ann" {
		t.Errorf("by the token of a handshake: %q, %v", got, err)
	}
	if _, err := plain.Client.AuthenticateBasicToken(ctx, "ann", "wrong"); status.Code(err) != codes.Unauthenticated {
		t.Errorf("a handshake with a wrong password: %v", err)
	}
	shake := func(payload []byte) (string, error) {
		h, err := plain.Client.Handshake(ctx)
		if err != nil {
			return "", err
		}
		if err := h.Send(&flight.HandshakeRequest{Payload: payload}); err != nil {
			return "", err
		}
		r, err := h.Recv()
		if err != nil {
			return "", err
		}
		return ask(metadata.AppendToOutgoingContext(ctx, tokenHeader, string(r.GetPayload())), plain)
	}
	said, err := proto.Marshal(&wire.BasicAuth{Username: "ann", Password: "s3cret"})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := shake(said); got != "ann" {
		t.Errorf("by the payload of a handshake: %q, %v", got, err)
	}
	if _, err := shake([]byte{0xff}); status.Code(err) != codes.InvalidArgument {
		t.Errorf("a payload that is none: %v", err)
	}
	if _, err := shake(nil); status.Code(err) != codes.Unauthenticated {
		t.Errorf("a handshake that says nothing: %v", err)
	}
	for _, c := range []*flightsql.Client{plain, ann, eve} {
		_ = c.Close()
	}
	drained, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	s.Shutdown(drained)
	if err := <-served; err != nil {
		t.Error(err)
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
}
