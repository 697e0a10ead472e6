package engine

import (
	"testing"
	"time"

	"github.com/argan-sql/argan/engine/signin/signintest"
	"github.com/argan-sql/argan/sqlerr"
)

// TestOIDC: from what an issuer says of somebody to what they may do.
func TestOIDC(t *testing.T) {
	i := signintest.New(t)
	e, err := Open(Config{Warehouse: t.TempDir(), Threads: 2, MemoryLimit: 256 << 20, SpillDir: t.TempDir(), OIDC: OIDC{Issuer: i.URL(), Audience: "argan"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	if !e.AccessControlled() {
		t.Fatal("with an issuer nobody is asked who they are")
	}
	local, err := e.NewSession(SessionOptions{Local: true})
	if err != nil {
		t.Fatal(err)
	}
	run(t, local, "CREATE DATABASE db", "CREATE TABLE db.t AS SELECT 1 AS a", "CREATE TABLE db.u AS SELECT 1 AS a", "CREATE GROUP writers",
		"CREATE USER boss", "CREATE USER ann IN GROUP writers", "CREATE USER gone", "ALTER USER gone DISABLE",
		"GRANT USAGE, SELECT ON DATABASE db TO GROUP `eu-readers`", "GRANT MODIFY ON TABLE db.t TO GROUP writers", "GRANT USAGE ON DATABASE db TO USER ann",
		"GRANT USAGE, SELECT ON DATABASE db TO USER `kim@x.org`")
	token := func(claims map[string]any) string { return i.Sign("ES256", i.Claims("argan", claims)) }
	eu := []string{"eu-readers"}
	for _, c := range []struct {
		name                string
		token               string
		user, reads, writes string
	}{
		{"known by groups alone", token(map[string]any{"preferred_username": "Zoe", "groups": eu}), "Zoe", "", "INSUFFICIENT_PERMISSIONS"},
		{"known by no group", token(map[string]any{"preferred_username": "Zoe"}), "Zoe", "INSUFFICIENT_PERMISSIONS", "INSUFFICIENT_PERMISSIONS"},
		{"granted by name", token(map[string]any{"email": "kim@x.org"}), "kim@x.org", "", "INSUFFICIENT_PERMISSIONS"},
		{"a user here, without the issuer's group", token(map[string]any{"preferred_username": "ANN"}), "ann", "INSUFFICIENT_PERMISSIONS", ""},
		{"a user here, and the issuer's group", token(map[string]any{"preferred_username": "ann", "groups": eu}), "ann", "", ""},
		{"an administrator", token(map[string]any{"preferred_username": "boss"}), "boss", "", ""},
		{"a group that is called as a user", token(map[string]any{"preferred_username": "zoe", "groups": []string{"kim@x.org", "boss", "ann"}}), "zoe", "", "INSUFFICIENT_PERMISSIONS"},
		{"a user who is called as a group", token(map[string]any{"preferred_username": "Writers"}), "", "", ""},
		{"a user who is called as everybody", token(map[string]any{"preferred_username": "users"}), "", "", ""},
		{"a disabled user", token(map[string]any{"preferred_username": "gone", "groups": eu}), "", "", ""},
		{"an expired token", token(map[string]any{"exp": time.Now().Add(-time.Second).Unix()}), "", "", ""},
	} {
		who, err := e.Authenticate(t.Context(), Credentials{Token: c.token})
		if c.user == "" {
			if !sqlerr.Is(err, "AUTHENTICATION_FAILED") {
				t.Errorf("%s: %+v, %v", c.name, who, err)
			}
			continue
		}
		if err != nil || who.User != c.user || who.Method != "oidc" || who.Expires.IsZero() {
			t.Errorf("%s: %+v, %v", c.name, who, err)
			continue
		}
		s, err := e.NewSession(SessionOptions{Identity: who})
		if err != nil {
			t.Fatal(err)
		}
		for sql, class := range map[string]string{"SELECT * FROM db.u": c.reads, "INSERT INTO db.t VALUES (2)": c.writes} {
			if _, err := tryRows(s, sql); class == "" && err != nil || class != "" && !sqlerr.Is(err, class) {
				t.Errorf("%s: %s: %v, want %q", c.name, sql, err, class)
			}
		}
		s.Close()
	}

	who, err := e.Authenticate(t.Context(), Credentials{Token: token(map[string]any{"preferred_username": "zoe", "groups": eu})})
	if err != nil {
		t.Fatal(err)
	}
	s, err := e.NewSession(SessionOptions{Identity: who})
	if err != nil {
		t.Fatal(err)
	}
	who.Expires = time.Now().Add(-time.Second)
	fails(t, s, "SELECT 1", "AUTHENTICATION_REQUIRED")

	i.Rotate()
	i.Down(true)
	rotated := token(map[string]any{"preferred_username": "zoe"})
	if _, err := e.Authenticate(t.Context(), Credentials{Token: rotated}); !sqlerr.Is(err, "AUTHENTICATION_UNAVAILABLE") {
		t.Errorf("the issuer is down: %v", err)
	}
	i.Down(false)
	if _, err := e.Authenticate(t.Context(), Credentials{Token: rotated}); err != nil {
		t.Errorf("the issuer is back: %v", err)
	}
}
