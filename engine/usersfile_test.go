package engine

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/argan-sql/argan/sqlerr"
)

// writeUsers writes a users-file; each time it looks changed, however coarse the file system's clock is.
func writeUsers(t *testing.T, path, text string) {
	t.Helper()
	at := time.Now()
	if info, err := os.Stat(path); err == nil {
		at = info.ModTime().Add(time.Second)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
}

func TestUsersFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "users.yaml")
	hash, err := HashPassword("secret")
	if err != nil {
		t.Fatal(err)
	}
	entry := func(name, rest string) string {
		return "  - name: " + name + "\n    password-hash: " + hash + "\n" + rest
	}
	writeUsers(t, path, "users:\n"+entry("ann", "    administrator: true\n")+entry("bob", "    groups: [eu, us]\n    limits: {rows: 10}\n")+"groups:\n  - name: eu\n    limits: {time: 5s, memory: 64m}\n")
	var log strings.Builder
	e, err := Open(Config{
		Warehouse: t.TempDir(), Threads: 2, MemoryLimit: 256 << 20, SpillDir: t.TempDir(), UsersFile: path, Logger: slog.New(slog.NewTextHandler(&log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	if !e.AccessControlled() {
		t.Fatal("nobody is asked who they are")
	}
	signIn := func(user string) (*Session, error) {
		who, err := e.Authenticate(t.Context(), Credentials{User: user, Password: "secret", Address: "10.0.0.1:1"})
		if err != nil {
			return nil, err
		}
		return e.NewSession(SessionOptions{Identity: who})
	}
	ann, err := signIn("ann")
	if err != nil {
		t.Fatal(err)
	}
	bob, err := signIn("BOB")
	if err != nil {
		t.Fatal(err)
	}
	if l := e.principalLimits(bob); l.Rows != 10 || l.Time != 5*time.Second || l.Memory != 64<<20 {
		t.Errorf("bob's limits: %+v", l)
	}
	fails(t, bob, "CREATE DATABASE x", "INSUFFICIENT_PERMISSIONS")
	for _, sql := range []string{"DROP USER bob", "ALTER USER bob PASSWORD 'x'", "ALTER GROUP eu ADD USER ann", "DROP GROUP us"} {
		fails(t, ann, sql, "FIXED_PRINCIPAL")
	}
	run(t, ann, "CREATE USER eve PASSWORD 'secret'", "GRANT USAGE, SELECT ON DATABASE default TO eu", "CREATE TABLE t AS SELECT 1 AS a")
	run(t, bob, "SELECT * FROM t")
	if got := strings.Join(rows(t, ann, "SHOW USERS"), "\n"); !strings.Contains(got, "bob|false|false|true|[\"eu\",\"us\"]") || !strings.Contains(got, "eve|") {
		t.Errorf("%s", got)
	}

	changed := func(text string) {
		t.Helper()
		writeUsers(t, path, text)
		e.changedRights() // rather than to wait until the next look
	}
	changed("users:\n" + entry("ann", "    administrator: true\n") + entry("bob", "") + entry("zoe", ""))
	fails(t, bob, "SELECT * FROM t", "INSUFFICIENT_PERMISSIONS")
	if _, err := signIn("zoe"); err != nil {
		t.Error(err)
	}
	changed("users: [\n")
	if _, err := signIn("zoe"); err != nil || !strings.Contains(log.String(), "who was in it before stays") {
		t.Errorf("a file that is broken changes something: %v\n%s", err, log.String())
	}
	changed("users: []\n")
	if !e.AccessControlled() {
		t.Error("an emptied file lets everybody in")
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	e.changedRights()
	run(t, ann, "SELECT 1")
	changed("users:\n" + entry("ann", "    administrator: true\n") + entry("zoe", "    disabled: true\n"))
	fails(t, bob, "SELECT 1", "AUTHENTICATION_REQUIRED")
	if _, err := signIn("zoe"); !sqlerr.Is(err, "AUTHENTICATION_FAILED") {
		t.Errorf("a disabled user: %v", err)
	}
	other, err := HashPassword("another")
	if err != nil {
		t.Fatal(err)
	}
	changed("users:\n  - name: ann\n    administrator: true\n    password-hash: " + other + "\n")
	fails(t, ann, "SELECT 1", "AUTHENTICATION_REQUIRED")
}

func TestUsersFileRefused(t *testing.T) {
	const hash = "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	for _, c := range []struct{ text, want string }{
		{"", "there is no user"},
		{"groups:\n  - name: g\n", "there is no user"},
		{"users: ann", "line 1: users is to be a list"},
		{"users:\n  - ann\n", "line 2: a user is to have keys and values"},
		{"users:\n  - name: ann\n    pasword-hash: x\n", `line 3: a user has no "pasword-hash"; there are administrator,`},
		{"users:\n  - name: ann\n    password: hunter2\n", "line 3: a password does not stand here in plain text; make its hash with argan hash-password"},
		{"users:\n  - name: ann\n    password-hash: hunter2\n", "line 3: password-hash: it is not an argon2id hash"},
		{"users:\n  - name: ann\n  - name: ANN\n", "line 3: `ANN` stands in line 2 already"},
		{"users:\n  - name: ann\ngroups:\n  - name: ann\n", "line 2: `ann` stands in line 4 already"},
		{"users:\n  - name: ann\n    groups: [users]\n", "line 3: `users` cannot be a name"},
		{"users:\n  - name: ann\n    groups: [ann]\n", "line 3: `ann` stands in line 2 already"},
		{"users:\n  - password-hash: " + hash + "\n", "line 2: `` cannot be a name"},
		{"users:\n  - name: ann\n    limits: {rows: many}\n", `line 3: the limit rows cannot be "many"`},
		{"users:\n  - name: ann\n    limits: {speed: 9}\n", `line 3: limits has no "speed"`},
		{"users:\n  - name: ann\n    administrator: perhaps\n", "line 3: true or false"},
		{"users:\n  - name: ann\n    name: bob\n", "line 3: a user has name twice"},
		{"users:\n  - name: ann\n    groups: eu\n", "line 3: groups is to be a list"},
		{"user:\n  - name: ann\n", `line 1: the file has no "user"; there are groups, users`},
		{"users: [\n", "line 1"},
	} {
		path := filepath.Join(t.TempDir(), "users.yaml")
		writeUsers(t, path, c.text)
		_, err := Open(Config{Warehouse: t.TempDir(), UsersFile: path})
		if !sqlerr.Is(err, "INVALID_SETTING") || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: %v, want %s", c.text, err, c.want)
		}
	}
	if _, err := Open(Config{Warehouse: t.TempDir(), UsersFile: "/no/such/file"}); !sqlerr.Is(err, "INVALID_SETTING") {
		t.Errorf("no file: %v", err)
	}
}
