package engine

import (
	"strings"
	"testing"

	"github.com/argan-sql/argan/engine/signin"
)

// TestRightsAreAudited: who has changed who may come in and what they may do, also where it was denied, and who has come in.
func TestRightsAreAudited(t *testing.T) {
	s := newShop(t)
	const hash = "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	before := len(rows(t, s.local, "SELECT 1 FROM system.audit WHERE event IN ('grant', 'user')"))
	for _, sql := range []string{
		"CREATE USER x PASSWORD HASH '" + hash + "'", "ALTER USER x DISABLE", "CREATE GROUP g", "ALTER GROUP g ADD USER x", "CREATE TOKEN k FOR USER x", "DROP TOKEN k FOR USER x",
		"GRANT SELECT ON db.t TO x", "REVOKE SELECT ON db.t FROM x", "ALTER TABLE db.t OWNER TO x", "DROP GROUP g", "DROP USER x",
	} {
		run(t, s.local, sql)
	}
	fails(t, s.bob, "CREATE USER x", "INSUFFICIENT_PERMISSIONS")
	fails(t, s.bob, "GRANT SELECT ON db.t TO eve", "INSUFFICIENT_PERMISSIONS")
	got := rows(t, s.local, "SELECT concat_ws(' ', event, name, outcome) FROM system.audit WHERE event IN ('grant', 'user') ORDER BY time")[before:]
	want := []string{
		"user CREATE USER ok", "user ALTER USER ok", "user CREATE GROUP ok", "user ALTER GROUP ok", "user CREATE TOKEN ok", "user DROP TOKEN ok",
		"grant GRANT ok", "grant REVOKE ok", "grant SET OWNER ok", "user DROP GROUP ok", "user DROP USER ok", "user CREATE USER denied", "grant GRANT denied",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if got := rows(t, s.local, "SELECT 1 FROM system.audit WHERE statement LIKE '%c29tZXNhbHQ%' OR statement LIKE '%argan\\_%'"); len(got) != 0 {
		t.Errorf("the audit log has a hash or a token in %d lines", len(got))
	}
}

// TestLoginsAreAudited: a session is told once, the sessions of single requests once for a client.
func TestLoginsAreAudited(t *testing.T) {
	s := newShop(t)
	token := strings.SplitN(rows(t, s.local, "CREATE TOKEN k FOR USER bob")[0], "|", 2)[0]
	if !signin.IsToken(token) {
		t.Fatal(token)
	}
	who, err := s.e.Authenticate(t.Context(), Credentials{Token: token})
	if err != nil {
		t.Fatal(err)
	}
	begin := func(o SessionOptions) {
		t.Helper()
		o.Identity = who
		session, err := s.e.NewSession(o)
		if err != nil {
			t.Fatal(err)
		}
		run(t, session, "SELECT 1")
		session.Close()
	}
	begin(SessionOptions{Protocol: "flight", Address: "10.0.0.1:5"})
	begin(SessionOptions{Protocol: "flight", Address: "10.0.0.1:5"})
	for _, port := range []string{"6", "7", "8"} {
		begin(SessionOptions{Protocol: "http", Address: "10.0.0.1:" + port, Single: true})
	}
	begin(SessionOptions{Protocol: "http", Address: "10.0.0.2:9", Transient: true})
	got := rows(t, s.local, "SELECT concat_ws(' ', user, protocol, address, outcome, detail) FROM system.audit WHERE event = 'login' AND protocol IS NOT NULL ORDER BY time")
	want := []string{
		"bob flight 10.0.0.1:5 ok by token k", "bob flight 10.0.0.1:5 ok by token k", "bob http 10.0.0.1:6 ok by token k", "bob http 10.0.0.2:9 ok by token k",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
