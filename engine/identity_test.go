package engine

import (
	"context"
	"testing"
	"time"

	"github.com/argan-sql/argan/catalog/access"
	"github.com/argan-sql/argan/catalog/metastore"
	"github.com/argan-sql/argan/engine/signin"
	"github.com/argan-sql/argan/sqlerr"
)

func addUser(t *testing.T, e *Engine, name, password string) {
	t.Helper()
	hash, err := signin.HashPassword(password)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.meta.CreateUser(context.Background(), access.User{Name: name, Hash: hash}, nil); err != nil {
		t.Fatal(err)
	}
	e.changedRights()
}

// TestAuthenticate: without users any name will do; with one, only what is right.
func TestAuthenticate(t *testing.T) {
	e := openTest(t, t.TempDir())
	ctx := context.Background()
	who, err := e.Authenticate(ctx, Credentials{User: "anybody"})
	if err != nil || who.User != "anybody" || !who.Administrator {
		t.Fatalf("without users: %+v, %v", who, err)
	}
	before, err := e.NewSession(SessionOptions{Identity: who})
	if err != nil {
		t.Fatal(err)
	}
	addUser(t, e, "Ann", "secret")
	addUser(t, e, "bob", "other")
	token, hash := signin.NewToken()
	if err := e.meta.CreateToken(ctx, metastore.Token{Name: "t", User: "bob"}, hash); err != nil {
		t.Fatal(err)
	}
	old, oldHash := signin.NewToken()
	if err := e.meta.CreateToken(ctx, metastore.Token{Name: "old", User: "bob", Expires: time.Now().Add(-time.Second)}, oldHash); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		shown Credentials
		user  string
		class string
	}{
		{"nothing", Credentials{}, "", "AUTHENTICATION_REQUIRED"},
		{"a name alone", Credentials{User: "ann"}, "", "AUTHENTICATION_FAILED"},
		{"a password", Credentials{User: "ann", Password: "secret"}, "Ann", ""},
		{"the same again", Credentials{User: "ANN", Password: "secret"}, "Ann", ""},
		{"a wrong password", Credentials{User: "ann", Password: "Secret"}, "", "AUTHENTICATION_FAILED"},
		{"another's password", Credentials{User: "bob", Password: "secret"}, "", "AUTHENTICATION_FAILED"},
		{"nobody", Credentials{User: "eve", Password: "secret"}, "", "AUTHENTICATION_FAILED"},
		{"a token", Credentials{Token: token}, "bob", ""},
		{"a token as password", Credentials{User: "bob", Password: token}, "bob", ""},
		{"another's token as password", Credentials{User: "ann", Password: token}, "", "AUTHENTICATION_FAILED"},
		{"an expired token", Credentials{Token: old}, "", "AUTHENTICATION_FAILED"},
		{"a made-up token", Credentials{Token: "argan_x"}, "", "AUTHENTICATION_FAILED"},
		{"a token of no issuer", Credentials{Token: "eyJhbGciOiJub25lIn0.e30."}, "", "AUTHENTICATION_FAILED"},
		{"a certificate", Credentials{Certificate: "bob"}, "bob", ""},
		{"a stranger's certificate", Credentials{Certificate: "eve"}, "", "AUTHENTICATION_FAILED"},
	} {
		who, err := e.Authenticate(ctx, c.shown)
		switch {
		case c.class != "":
			if !sqlerr.Is(err, c.class) {
				t.Errorf("%s: %v, %v, want %s", c.name, who, err, c.class)
			}
		case err != nil || who.User != c.user:
			t.Errorf("%s: %v, %v, want %s", c.name, who, err, c.user)
		case who.Administrator != (c.user == "Ann"):
			t.Errorf("%s: administrator is %v; the first user is one", c.name, who.Administrator)
		}
	}
	if _, err := before.Prepare(ctx, Request{SQL: "SELECT 1"}); !sqlerr.Is(err, "AUTHENTICATION_REQUIRED") {
		t.Errorf("a session of the time without users goes on: %v", err)
	}
	if _, err := e.NewSession(SessionOptions{User: "ann"}); !sqlerr.Is(err, "AUTHENTICATION_REQUIRED") {
		t.Errorf("a session without identity begins: %v", err)
	}
}

// TestThrottle: who guesses is slowed down, and nobody else.
func TestThrottle(t *testing.T) {
	e := openTest(t, t.TempDir())
	ctx := context.Background()
	addUser(t, e, "ann", "secret")
	blocked := false
	for range 30 {
		_, err := e.Authenticate(ctx, Credentials{Token: "argan_guess", Address: "10.0.0.1:77"})
		blocked = blocked || sqlerr.Is(err, "TOO_MANY_LOGINS")
	}
	if !blocked {
		t.Error("guessing goes on and on")
	}
	if _, err := e.Authenticate(ctx, Credentials{User: "ann", Password: "secret", Address: "10.0.0.2:77"}); err != nil {
		t.Errorf("another client: %v", err)
	}
}

// TestSessionsEndWithTheirUser: a session of a user that is disabled or gone is not found any more.
func TestSessionsEndWithTheirUser(t *testing.T) {
	e := openTest(t, t.TempDir())
	ctx := context.Background()
	addUser(t, e, "ann", "secret")
	addUser(t, e, "bob", "other")
	who, err := e.Authenticate(ctx, Credentials{User: "bob", Password: "other"})
	if err != nil {
		t.Fatal(err)
	}
	s, err := e.NewSession(SessionOptions{Identity: who})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Session(s.ID()); err != nil {
		t.Fatal(err)
	}
	if _, err := e.meta.DropUser(ctx, "bob"); err != nil {
		t.Fatal(err)
	}
	e.changedRights()
	if _, err := s.Prepare(ctx, Request{SQL: "SELECT 1"}); !sqlerr.Is(err, "AUTHENTICATION_REQUIRED") {
		t.Errorf("a statement of a user that is gone: %v", err)
	}
	if _, err := e.Session(s.ID()); !sqlerr.Is(err, "SESSION_NOT_FOUND") {
		t.Errorf("a session of a user that is gone: %v", err)
	}
}
