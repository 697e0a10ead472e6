package engine

import (
	"strings"
	"testing"

	"github.com/argan-sql/argan/sqlerr"
)

// TestLimitsBySQL: what SET LIMIT says reaches the next statement: the user's own before those of a group.
func TestLimitsBySQL(t *testing.T) {
	s := newShop(t)
	const three = "SELECT * FROM range(3)"
	run(t, s.local, "ALTER GROUP readers SET LIMIT rows = '2'")
	fails(t, s.bob, three, "ROW_LIMIT_EXCEEDED")
	run(t, s.eve, three)
	run(t, s.local, "ALTER USER bob SET LIMIT rows = '3'")
	run(t, s.bob, three)
	fails(t, s.bob, "SELECT * FROM range(4)", "ROW_LIMIT_EXCEEDED")
	run(t, s.local, "ALTER USER bob UNSET LIMIT rows")
	fails(t, s.bob, three, "ROW_LIMIT_EXCEEDED")
	run(t, s.local, "ALTER GROUP readers DROP USER bob")
	run(t, s.bob, three)
}

// TestDropTokenEndsItsSessions: and no others of the user.
func TestDropTokenEndsItsSessions(t *testing.T) {
	s := newShop(t)
	begin := func(name string) *Session {
		token := strings.SplitN(rows(t, s.local, "CREATE TOKEN "+name+" FOR USER bob")[0], "|", 2)[0]
		who, err := s.e.Authenticate(t.Context(), Credentials{Token: token})
		if err != nil {
			t.Fatal(err)
		}
		session, err := s.e.NewSession(SessionOptions{Identity: who})
		if err != nil {
			t.Fatal(err)
		}
		return session
	}
	a, b := begin("a"), begin("b")
	run(t, s.local, "DROP TOKEN a FOR USER bob")
	if _, err := s.e.Session(a.ID()); !sqlerr.Is(err, "SESSION_NOT_FOUND") {
		t.Errorf("the token's session: %v", err)
	}
	fails(t, a, "SELECT 1", "SESSION_NOT_FOUND")
	run(t, b, "SELECT 1")
	run(t, s.bob, "SELECT 1")
}

// TestRightsAtRun: a prepared statement needs its rights when it begins, too.
func TestRightsAtRun(t *testing.T) {
	s := newShop(t)
	st, err := s.bob.Prepare(t.Context(), Request{SQL: "SELECT * FROM db.t"})
	if err != nil {
		t.Fatal(err)
	}
	run(t, s.local, "REVOKE SELECT ON db.t FROM bob")
	if r, err := st.Run(t.Context()); !sqlerr.Is(err, "INSUFFICIENT_PERMISSIONS") {
		if err == nil {
			r.Close()
		}
		t.Errorf("after REVOKE: %v", err)
	}
}
