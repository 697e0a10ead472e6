package flightsrv

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/flight"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/argan-sql/argan/engine"
)

const zone = "SELECT current_timezone()"

func TestSessionOfTheConnection(t *testing.T) {
	a, b, ctx := connect(t), connect(t), within(t)
	query(t, ctx, a, "SET spark.sql.session.timeZone = Africa/Casablanca")
	if got := value(t, ctx, a, zone); got != "Africa/Casablanca" {
		t.Errorf("in the next call: %s", got)
	}
	if got := value(t, ctx, b, zone); got == "Africa/Casablanca" {
		t.Errorf("another connection sees it")
	}
	update(t, ctx, a, "CREATE DATABASE IF NOT EXISTS session_db")
	query(t, ctx, a, "USE session_db")
	if got := value(t, ctx, a, "SELECT current_database()"); got != "session_db" {
		t.Errorf("the database is %s", got)
	}
}

func TestSessionEndsWithTheConnection(t *testing.T) {
	c, ctx := connect(t), within(t)
	var header metadata.MD
	if _, err := c.Execute(ctx, "SELECT 1", grpc.Header(&header)); err != nil {
		t.Fatal(err)
	}
	_, id, _ := strings.Cut(strings.Join(header.Get("set-cookie"), ""), "=")
	if _, err := shared.Session(id); err != nil {
		t.Fatalf("the cookie %v names no session: %v", header, err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the session ends", func() bool { _, err := shared.Session(id); return err != nil })
}

func TestSessionByCookie(t *testing.T) {
	cookies := flight.NewCookieMiddleware()
	ctx := within(t)
	first := connect(t, flight.CreateClientMiddleware(cookies))
	query(t, ctx, first, "SET spark.sql.session.timeZone = Asia/Tokyo")
	query(t, ctx, first, "SELECT 1") // sends the cookie back: the session is kept
	second := connect(t, flight.CreateClientMiddleware(cookies.Clone()))
	if got := value(t, ctx, second, zone); got != "Asia/Tokyo" {
		t.Errorf("on a second connection: %s", got)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if got := value(t, ctx, second, zone); got != "Asia/Tokyo" {
		t.Errorf("after the first connection: %s", got)
	}
}

func TestSessionByToken(t *testing.T) {
	ctx := within(t)
	c := connect(t)
	with, err := c.Client.AuthenticateBasicToken(ctx, "ann", "any")
	if err != nil {
		t.Fatal(err)
	}
	query(t, with, c, "SET spark.sql.session.timeZone = Europe/Paris")
	if got := value(t, with, c, "SELECT current_user()"); got != "ann" {
		t.Errorf("the user is %s", got)
	}
	other := connect(t)
	md, _ := metadata.FromOutgoingContext(with)
	if got := value(t, metadata.NewOutgoingContext(ctx, md), other, zone); got != "Europe/Paris" {
		t.Errorf("the token on another connection: %s", got)
	}
	if got := value(t, ctx, c, zone); got == "Europe/Paris" {
		t.Error("without the token the connection has the token's session")
	}
	_, err = c.Execute(metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer made-up"), "SELECT 1")
	if status.Code(err) != codes.Unauthenticated {
		t.Errorf("a made-up token: %v", err)
	}
}

func TestTicketsOfOthersAreRefused(t *testing.T) {
	c, ctx := connect(t), within(t)
	ann, bob := signedIn(t, ctx, c, "ann"), signedIn(t, ctx, c, "bob")
	info, err := c.Execute(ann, "SELECT 1")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := fetch(bob, c, info); status.Code(err) != codes.NotFound {
		t.Errorf("bob redeems ann's ticket: %v", err)
	}
	if r, err := c.CancelFlightInfo(bob, &flight.CancelFlightInfoRequest{Info: info}); err != nil || r.Status != flight.CancelStatusNotCancellable {
		t.Errorf("bob cancels ann's statement: %v %v", r, err)
	}
	if _, rows, err := fetch(ann, c, info); err != nil || len(rows) != 1 {
		t.Errorf("ann redeems her own: %v %v", rows, err)
	}
}

func TestSessionOptions(t *testing.T) {
	c, ctx := connect(t), within(t)
	update(t, ctx, c, "CREATE DATABASE IF NOT EXISTS options_db")
	set := func(options map[string]any) map[string]*flight.SetSessionOptionsResultError {
		values, err := flight.NewSessionOptionValues(options)
		if err != nil {
			t.Fatal(err)
		}
		r, err := c.SetSessionOptions(ctx, &flight.SetSessionOptionsRequest{SessionOptions: values})
		if err != nil {
			t.Fatal(err)
		}
		return r.Errors
	}
	if errs := set(map[string]any{"catalog": "spark_catalog", "schema": "options_db", "spark.sql.session.timeZone": "Asia/Tokyo", "spark.sql.ansi.enabled": true}); len(errs) > 0 {
		t.Errorf("errors: %v", errs)
	}
	if got := value(t, ctx, c, "SELECT concat_ws(' ', current_database(), current_timezone())"); got != "options_db Asia/Tokyo" {
		t.Errorf("the session is %s", got)
	}
	r, err := c.GetSessionOptions(ctx, &flight.GetSessionOptionsRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"catalog": "spark_catalog", "schema": "options_db", "spark.sql.session.timeZone": "Asia/Tokyo", "spark.sql.ansi.enabled": "true"} {
		if got := r.SessionOptions[name].GetStringValue(); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	errs := set(map[string]any{"catalog": "nope", "schema": "nope", "spark.sql.session.timeZone": "Nowhere/Land"})
	if len(errs) != 3 {
		t.Errorf("errors: %v", errs)
	}
	set(map[string]any{"spark.sql.session.timeZone": nil})
	if got := value(t, ctx, c, zone); got == "Asia/Tokyo" {
		t.Errorf("after taking it back the zone is %s", got)
	}
	closed, err := c.CloseSession(ctx, &flight.CloseSessionRequest{})
	if err != nil || closed.Status != flight.CloseSessionResultClosed {
		t.Fatalf("%v %v", closed, err)
	}
	if got := value(t, ctx, c, "SELECT current_database()"); got != "default" {
		t.Errorf("after the session was closed the database is %s", got)
	}
}

func TestShutdownDrains(t *testing.T) {
	e, err := engine.Open(engine.Config{Warehouse: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(e, Options{Address: "127.0.0.1:0"}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve() }()
	old := address
	address = s.Address().String()
	c := connect(t)
	address = old
	ctx := within(t)
	query(t, ctx, c, "SELECT 1")
	drained, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	e.Drain(drained)
	if _, err := c.Execute(ctx, "SELECT 1"); status.Code(err) != codes.Unavailable {
		t.Errorf("while draining: %v", err)
	}
	s.Shutdown(drained)
	if err := <-served; err != nil {
		t.Errorf("Serve ended with %v", err)
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
}

func TestPortInUse(t *testing.T) {
	if _, err := New(shared, Options{Address: address}, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("two servers have one port")
	}
}
