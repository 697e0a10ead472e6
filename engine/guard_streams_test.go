package engine

import (
	"strings"
	"testing"

	"github.com/argan-sql/argan/sqlerr"
)

// TestWhoMayDoWhatWithStreams: what is kept up to date is guarded as any table, and its flows with it.
func TestWhoMayDoWhatWithStreams(t *testing.T) {
	s := newShop(t)
	run(t, s.ann, "CREATE TABLE db.src (a INT) USING delta", "CREATE STREAMING TABLE db.st AS SELECT * FROM STREAM(db.src)", "CREATE FLOW extra AS INSERT INTO db.st BY NAME SELECT * FROM STREAM(db.secret)",
		"CREATE MATERIALIZED VIEW db.mv AS SELECT count(*) AS n FROM db.src", "GRANT SELECT ON db.mv TO bob")
	const denied = "INSUFFICIENT_PERMISSIONS"
	for _, c := range []struct {
		who  *Session
		sql  string
		want string
	}{
		{s.bob, "CREATE STREAMING TABLE db.x AS SELECT * FROM STREAM(db.t)", denied},
		{s.ann, "CREATE STREAMING TABLE db.x AS SELECT * FROM STREAM(db.t)", denied}, // to read it takes SELECT
		{s.ann, "CREATE FLOW y AS INSERT INTO db.st BY NAME SELECT * FROM STREAM(db.t)", denied},
		{s.bob, "CREATE FLOW y AS INSERT INTO db.st BY NAME SELECT * FROM STREAM(db.t)", denied},
		{s.bob, "SELECT * FROM db.st", denied},
		{s.bob, "SELECT * FROM db.mv", ""},
		{s.bob, "DESCRIBE STREAM db.st", denied},
		{s.bob, "REFRESH STREAMING TABLE db.st", denied},
		{s.bob, "REFRESH MATERIALIZED VIEW db.mv", denied},
		{s.bob, "ALTER STREAMING TABLE db.st DROP SCHEDULE", denied},
		{s.bob, "DROP FLOW db.extra", denied},
		{s.eve, "DROP FLOW db.extra", denied},
		{s.eve, "DROP FLOW IF EXISTS db.nothing", denied},
		{s.bob, "DROP FLOW IF EXISTS db.nothing", ""},
		{s.bob, "DROP MATERIALIZED VIEW db.mv", denied},
		{s.ann, "DESCRIBE STREAM db.st", ""},
		{s.ann, "DROP FLOW db.extra", ""},
	} {
		err := s.exec(c.who, c.sql)
		if c.want == "" && err != nil || c.want != "" && !sqlerr.Is(err, c.want) {
			t.Errorf("%s: %s: %v, want %q", c.who.User(), c.sql, err, c.want)
		}
	}
	seen := func(who *Session) string {
		return strings.Join(rows(t, who, "SELECT DISTINCT table FROM system.streams ORDER BY 1"), ",")
	}
	for who, want := range map[*Session]string{s.local: "mv,st", s.ann: "mv,st", s.bob: "mv", s.eve: ""} {
		if got := seen(who); got != want {
			t.Errorf("%s is shown the streams %q, want %q", who.User(), got, want)
		}
		run(t, who, "SHOW STREAMS")
	}
	run(t, s.local, "GRANT SELECT, MODIFY ON db.st TO bob")
	if got := seen(s.bob); got != "mv,st" {
		t.Errorf("with a right on it bob is shown %q", got)
	}
	run(t, s.bob, "DESCRIBE STREAM db.st", "REFRESH STREAMING TABLE db.st")
}

// TestGrantsThatAreShown: one's own, and those on what one owns.
func TestGrantsThatAreShown(t *testing.T) {
	s := newShop(t)
	for who, want := range map[*Session]string{s.bob: "bob,readers", s.eve: "", s.eva: "eva", s.local: "ann,bob,eva,readers"} {
		var got []string
		last := ""
		for _, line := range rows(t, who, "SHOW GRANTS") {
			if name := strings.SplitN(line, "|", 2)[0]; name != last && !strings.Contains(strings.Join(got, ","), name) {
				got, last = append(got, name), name
			}
		}
		for _, name := range strings.Split(want, ",") {
			if !strings.Contains(strings.Join(got, ","), name) {
				t.Errorf("%s does not see %q: %q", who.User(), name, got)
			}
		}
		if want == "" && len(got) > 0 || len(got) != len(strings.Split(want, ",")) && want != "" {
			t.Errorf("%s sees the grants of %q, want %q", who.User(), got, want)
		}
	}
	if got := rows(t, s.bob, "SHOW GRANTS ann"); len(got) != 0 {
		t.Errorf("bob sees ann's: %q", got)
	}
}

// TestMembership: who one is, for views that show each reader their own rows.
func TestMembership(t *testing.T) {
	s := newShop(t)
	for who, want := range map[*Session]string{s.bob: "bob|bob|true|true|true|false", s.eve: "eve|eve|false|false|true|false"} {
		got := rows(t, who, "SELECT session_user(), current_user(), is_member('readers'), is_account_group_member('READERS'), is_member('users'), is_member('nobody')")
		if len(got) != 1 || got[0] != want {
			t.Errorf("%s: %q, want %q", who.User(), got, want)
		}
	}
	run(t, s.local, "CREATE VIEW db.mine AS SELECT a FROM db.t WHERE is_member('readers')", "ALTER VIEW db.mine OWNER TO boss", "GRANT SELECT ON db.mine TO bob", "GRANT SELECT ON db.mine TO eva")
	if n := len(rows(t, s.bob, "SELECT * FROM db.mine")); n != 2 {
		t.Errorf("bob sees %d rows", n)
	}
	if n := len(rows(t, s.eva, "SELECT * FROM db.mine")); n != 0 {
		t.Errorf("eva sees %d rows", n)
	}
}
