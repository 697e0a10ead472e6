package engine

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/argan-sql/argan/sqlerr"
)

// shop is a warehouse with an administrator boss, and users ann (who may make things in db), bob (who may read db.t) and eve
// (who may do nothing).
type shop struct {
	e                    *Engine
	local, ann, bob, eve *Session
	eva                  *Session // may write to db.t, and not read it
	outside              string
}

func newShop(t *testing.T) *shop {
	t.Helper()
	e := openTest(t, "")
	s := &shop{e: e, outside: t.TempDir()}
	open := func(o SessionOptions) *Session {
		session, err := e.NewSession(o)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(session.Close)
		return session
	}
	s.local = open(SessionOptions{Local: true})
	const hash = "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	for _, sql := range []string{
		"CREATE DATABASE db", "CREATE TABLE db.t (a INT) USING delta", "INSERT INTO db.t VALUES (1), (2)", "CREATE TABLE db.secret (a INT) USING delta",
		"CREATE GROUP readers", "CREATE USER boss PASSWORD HASH '" + hash + "'", "CREATE USER ann PASSWORD HASH '" + hash + "'", "CREATE USER bob IN GROUP readers", "CREATE USER eve", "CREATE USER eva",
		"GRANT USAGE, CREATE ON DATABASE db TO ann", "GRANT SELECT, MODIFY ON TABLE db.secret TO ann", "GRANT USAGE ON DATABASE db TO GROUP readers", "GRANT SELECT ON db.t TO bob",
		"GRANT USAGE ON DATABASE db TO eva", "GRANT MODIFY ON db.t TO eva",
	} {
		run(t, s.local, sql)
	}
	as := func(name string) *Session {
		return open(SessionOptions{Identity: e.identity(e.policy().User(name), "certificate")})
	}
	s.ann, s.bob, s.eve, s.eva = as("ann"), as("bob"), as("eve"), as("eva")
	return s
}

func TestRights(t *testing.T) {
	s := newShop(t)
	secret := filepath.Join(s.e.Warehouse(), "db.db", "secret")
	run(t, s.ann, "CREATE VIEW db.v AS SELECT count(*) AS n FROM db.secret")
	run(t, s.local, "GRANT SELECT ON VIEW db.v TO bob")
	const denied, path = "INSUFFICIENT_PERMISSIONS", "PATH_NOT_ALLOWED"
	for _, c := range []struct {
		who  *Session
		sql  string
		want string // the class of the error, "" for none
	}{
		{s.bob, "SELECT * FROM db.t", ""},
		{s.bob, "SELECT * FROM db.v", ""}, // by the right of the view's owner
		{s.bob, "SELECT * FROM db.secret", denied},
		{s.bob, "SELECT (SELECT max(a) FROM db.secret)", denied},
		{s.bob, "WITH x AS (SELECT * FROM db.secret) SELECT 1 FROM x", denied},
		{s.bob, "SELECT * FROM db.t WHERE a IN (SELECT a FROM db.secret)", denied},
		{s.bob, "SELECT * FROM db.secret VERSION AS OF 0", denied},
		{s.bob, "SELECT * FROM table_changes('db.secret', 0)", denied},
		{s.bob, "SELECT * FROM delta.`" + secret + "`", denied},
		{s.bob, "SELECT * FROM parquet.`" + secret + "`", denied},
		{s.bob, "SELECT * FROM parquet.`" + secret + "/*.parquet`", denied},
		{s.bob, "SELECT * FROM parquet.`" + filepath.Dir(secret) + "/*/*.parquet`", path},
		{s.bob, "SELECT * FROM read_files('" + secret + "', format => 'parquet')", denied},
		{s.bob, "SELECT * FROM delta.`" + s.e.Warehouse() + "/db.db/../db.db/secret`", denied},
		{s.bob, "SELECT * FROM text.`" + s.e.Warehouse() + "/_argan/catalog.sqlite`", path},
		{s.local, "SELECT * FROM text.`" + s.e.Warehouse() + "/_argan/catalog.sqlite`", path},
		{s.bob, "SELECT * FROM text.`/etc/hostname`", path},
		{s.bob, "SELECT * FROM read_files('/etc/hostname', format => 'text')", path},
		{s.bob, "CREATE TEMPORARY VIEW x USING text OPTIONS (path '/etc/hostname')", path},
		{s.bob, "INSERT OVERWRITE DIRECTORY '" + s.outside + "/x' USING csv SELECT 1", path},
		{s.ann, "CREATE TABLE db.ext (a INT) USING delta LOCATION '" + s.outside + "/ext'", path},
		{s.ann, "CREATE TABLE db.ext (a INT) USING delta LOCATION '" + filepath.Join(s.e.Warehouse(), "db.db", "t") + "'", denied},
		{s.ann, "CREATE TABLE db.`../../ext` (a INT) USING delta", "_LEGACY_ERROR_TEMP_1065"},
		{s.ann, "COPY INTO db.secret FROM '/etc' FILEFORMAT = TEXT", path},
		{s.ann, "CREATE TABLE db.c SHALLOW CLONE db.t", denied},
		{s.bob, "EXPLAIN SELECT * FROM db.secret", denied},
		{s.bob, "EXPLAIN INSERT INTO db.t VALUES (1)", denied},
		{s.bob, "CACHE TABLE db.secret", denied},
		{s.bob, "CACHE TABLE x AS SELECT * FROM db.secret", denied},
		{s.bob, "CREATE TEMPORARY VIEW x AS SELECT * FROM db.secret", denied},
		{s.bob, "CREATE TABLE db.x AS SELECT * FROM db.t", denied},
		{s.bob, "CREATE VIEW db.x AS SELECT 1", denied},
		{s.bob, "INSERT INTO db.t VALUES (1)", denied},
		{s.bob, "UPDATE db.t SET a = 1", denied},
		{s.bob, "DELETE FROM db.t", denied},
		{s.bob, "MERGE INTO db.t USING db.t AS s ON t.a = s.a WHEN MATCHED THEN DELETE", denied},
		{s.bob, "TRUNCATE TABLE db.t", denied},
		{s.bob, "OPTIMIZE db.t", denied},
		{s.bob, "VACUUM db.t", denied},
		{s.bob, "RESTORE TABLE db.t TO VERSION AS OF 0", denied},
		{s.bob, "ALTER TABLE db.t ADD COLUMNS (b INT)", denied},
		{s.bob, "ALTER TABLE db.t OWNER TO bob", denied},
		{s.bob, "ANALYZE TABLE db.t COMPUTE STATISTICS", denied},
		{s.bob, "DROP TABLE db.t", denied},
		{s.bob, "DROP TABLE IF EXISTS db.nothing", ""},
		{s.bob, "DROP DATABASE db CASCADE", denied},
		{s.bob, "CREATE DATABASE mine", denied},
		{s.bob, "DESCRIBE db.t", ""},
		{s.bob, "DESCRIBE db.secret", denied},
		{s.bob, "SHOW CREATE TABLE db.secret", denied},
		{s.bob, "SHOW COLUMNS IN secret IN db", denied},
		{s.bob, "SELECT * FROM delta.`" + secret + "@v0`", denied},
		{s.bob, "DESCRIBE HISTORY db.secret", denied},
		{s.bob, "CLEAR CACHE", denied},
		{s.bob, "CREATE USER x", denied},
		{s.bob, "ALTER USER bob SET ADMINISTRATOR", denied},
		{s.bob, "ALTER USER bob ENABLE", denied},
		{s.bob, "ALTER GROUP readers ADD USER eve", denied},
		{s.bob, "SHOW USERS", denied},
		{s.bob, "GRANT SELECT ON db.t TO eve", denied},
		{s.bob, "CREATE TOKEN x FOR USER ann", denied},
		{s.eve, "SELECT * FROM db.t", denied},
		{s.eve, "SELECT * FROM db.nothing", denied},
		{s.eve, "USE db", denied},
		{s.eve, "SHOW TABLES IN db", denied},
		{s.eve, "SELECT 1", ""},
		{s.ann, "INSERT INTO db.secret VALUES (7)", ""},
		{s.eva, "INSERT INTO db.t VALUES (7)", ""}, // to write is not to read
		{s.eva, "INSERT INTO db.t SELECT * FROM db.t", denied},
		{s.eva, "INSERT INTO db.t SELECT max(a) FROM db.secret", denied},
		{s.eva, "SELECT * FROM db.t", denied},
		{s.eva, "UPDATE db.t SET a = 1", denied},
		{s.eva, "DELETE FROM db.t WHERE a = 1", denied},
		{s.eva, "OPTIMIZE db.t", ""},
		{s.ann, "CREATE TABLE db.own AS SELECT * FROM db.secret", ""},
		{s.ann, "GRANT SELECT ON db.own TO eve", ""},
		{s.eve, "SELECT * FROM db.own", denied}, // USAGE is missing
		{s.ann, "ALTER TABLE db.own ADD COLUMNS (b INT)", ""},
		{s.ann, "DROP TABLE db.own", ""},
	} {
		err := s.exec(c.who, c.sql)
		if c.want == "" && err != nil || c.want != "" && !sqlerr.Is(err, c.want) {
			t.Errorf("%s: %s: %v, want %q", c.who.User(), c.sql, err, c.want)
		}
	}
	for who, want := range map[*Session]string{s.bob: "t,v", s.ann: "secret,v"} {
		if got := names(t, who); got != want {
			t.Errorf("%s is shown %q, want %q", who.User(), got, want)
		}
	}
	if schemas, err := s.eve.Schemas(context.Background(), func(n string) bool { return n == "db" }); err != nil || len(schemas) > 0 {
		t.Errorf("eve is shown %v %v", schemas, err)
	}
}

func (s *shop) exec(who *Session, sql string) error { return who.Exec(context.Background(), sql) }

// names are the tables of db that a session is shown, by the metadata calls of the protocols and by SHOW TABLES.
func names(t *testing.T, s *Session) string {
	t.Helper()
	list, err := s.Tables(context.Background(), func(d string) bool { return d == "db" }, func(string) bool { return true }, true)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, i := range list {
		out = append(out, i.Name)
	}
	shown := rows(t, s, "SHOW TABLES IN db")
	if listed := strings.Count(strings.Join(shown, "\n"), "db|"); listed != len(out) {
		t.Errorf("%s: SHOW TABLES gives %v, the metadata calls %v", s.User(), shown, out)
	}
	return strings.Join(out, ",")
}

func TestRevokeReachesPreparedStatements(t *testing.T) {
	s := newShop(t)
	ctx := context.Background()
	st, err := s.bob.Prepare(ctx, Request{SQL: "SELECT * FROM db.t"})
	if err != nil {
		t.Fatal(err)
	}
	run(t, s.bob, "CREATE TEMPORARY VIEW mine AS SELECT * FROM db.t")
	run(t, s.local, "REVOKE SELECT ON db.t FROM bob")
	if _, err := st.Run(ctx); !sqlerr.Is(err, "INSUFFICIENT_PERMISSIONS") {
		t.Errorf("a prepared statement outlives its right: %v", err)
	}
	if err := s.exec(s.bob, "SELECT * FROM mine"); !sqlerr.Is(err, "INSUFFICIENT_PERMISSIONS") {
		t.Errorf("a temporary view outlives its right: %v", err)
	}
	run(t, s.local, "GRANT SELECT ON db.t TO readers")
	if err := s.exec(s.bob, "SELECT * FROM mine"); err != nil {
		t.Errorf("the right of a group: %v", err)
	}
	run(t, s.local, "ALTER GROUP readers DROP USER bob")
	if err := s.exec(s.bob, "SELECT * FROM mine"); !sqlerr.Is(err, "INSUFFICIENT_PERMISSIONS") {
		t.Errorf("the right of a group that was left: %v", err)
	}
}

func TestGlobalViewsReadWithTheRightsOfWhoAsks(t *testing.T) {
	s := newShop(t)
	run(t, s.ann, "CREATE GLOBAL TEMPORARY VIEW g AS SELECT * FROM db.secret")
	if err := s.exec(s.bob, "SELECT * FROM global_temp.g"); !sqlerr.Is(err, "INSUFFICIENT_PERMISSIONS") {
		t.Errorf("a global view lends its maker's rights: %v", err)
	}
}

func TestLostRightsOfAViewsOwner(t *testing.T) {
	s := newShop(t)
	run(t, s.ann, "CREATE VIEW db.v AS SELECT * FROM db.secret")
	run(t, s.local, "GRANT SELECT ON db.v TO bob")
	run(t, s.bob, "SELECT * FROM db.v")
	run(t, s.local, "REVOKE ALL PRIVILEGES ON db.secret FROM ann")
	if err := s.exec(s.bob, "SELECT * FROM db.v"); !sqlerr.Is(err, "INSUFFICIENT_PERMISSIONS") {
		t.Errorf("a view reads what its owner may not: %v", err)
	}
}

func TestStatementsThatEndSessions(t *testing.T) {
	s := newShop(t)
	run(t, s.local, "ALTER USER ann DISABLE")
	run(t, s.local, "DROP USER bob")
	for _, who := range []*Session{s.ann, s.bob} {
		if err := s.exec(who, "SELECT 1"); err == nil {
			t.Errorf("the session of %s lives on", who.User())
		}
		if _, err := s.e.Session(who.ID()); !sqlerr.Is(err, "SESSION_NOT_FOUND") {
			t.Errorf("the session of %s is found: %v", who.User(), err)
		}
	}
	if err := s.exec(s.eve, "ALTER USER eve PASSWORD 'mine'"); err != nil {
		t.Errorf("one's own password: %v", err)
	}
	run(t, s.eve, "CREATE TOKEN ci EXPIRES IN 1 DAY")
	if got := rows(t, s.eve, "SHOW TOKENS"); len(got) != 1 {
		t.Errorf("tokens: %v", got)
	}
	if err := s.exec(s.local, "ALTER USER boss DISABLE"); !sqlerr.Is(err, "LAST_ADMINISTRATOR") {
		t.Errorf("the last administrator can be disabled: %v", err)
	}
}

// Every statement that can be run is looked at, or stands in the list of those that need no right. Not both.
func TestEveryStatementIsGuarded(t *testing.T) {
	for tree := range handlers {
		_, guarded := guards[tree]
		reason, free := unguarded[tree]
		if guarded == free || free && reason == "" {
			t.Errorf("%s: guarded %v, free %v (%q): say in guards.go what it needs", tree, guarded, free, reason)
		}
	}
}

func TestPaths(t *testing.T) {
	s := newShop(t)
	file := filepath.Join(s.outside, "x.txt")
	if err := os.WriteFile(file, []byte("hello\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(s.e.Warehouse(), "db.db", "link")
	if err := os.Symlink(s.outside, link); err != nil {
		t.Fatal(err)
	}
	query := "SELECT * FROM text.`" + file + "`"
	if err := s.exec(s.bob, query); !sqlerr.Is(err, "PATH_NOT_ALLOWED") {
		t.Errorf("a path that nobody allowed: %v", err)
	}
	if err := s.exec(s.bob, "SELECT * FROM text.`"+link+"/x.txt`"); !sqlerr.Is(err, "PATH_NOT_ALLOWED") {
		t.Errorf("a link leads out: %v", err)
	}
	run(t, s.local, query)
	s.e.config.AllowedPaths = []string{s.outside}
	run(t, s.bob, query)
	for _, out := range []string{s.outside + "/../x", s.outside + "x", s.outside + "/*/../../etc/*"} {
		if err := s.exec(s.bob, "SELECT * FROM text.`"+out+"`"); !sqlerr.Is(err, "PATH_NOT_ALLOWED") {
			t.Errorf("%s: %v", out, err)
		}
	}
}
