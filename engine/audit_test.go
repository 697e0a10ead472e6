package engine

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/argan-sql/argan/engine/journal"
	"github.com/argan-sql/argan/sqlerr"
)

func TestAuditLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	config := Config{Warehouse: t.TempDir(), Threads: 2, MemoryLimit: 256 << 20, SpillDir: t.TempDir(), AuditLog: path}
	e, err := Open(config)
	if err != nil {
		t.Fatal(err)
	}
	s, err := e.NewSession(SessionOptions{User: "ann", Protocol: "http", Address: "10.1.2.3:4", Client: "curl"})
	if err != nil {
		t.Fatal(err)
	}
	run(t, s, "CREATE TABLE t AS SELECT id FROM range(5)", "INSERT INTO t VALUES (9), (10)", "CREATE VIEW v AS SELECT * FROM t", "SELECT * FROM v")
	fails(t, s, "SELECT * FROM missing", "TABLE_OR_VIEW_NOT_FOUND")
	st := submit(t, s, long)
	eventually(t, "it runs", func() bool { state, _ := st.State(); return state == Running })
	run(t, s, "KILL QUERY '"+st.ID()+"'")
	st.Wait(context.Background())
	if _, err := st.State(); !sqlerr.Is(err, "QUERY_CANCELLED") || !strings.Contains(err.Error(), "killed by ann") {
		t.Error(err)
	}
	e.audit(Event{Event: EventLogin, User: "eve", Address: "10.6.6.6:6", Outcome: OutcomeFailed, Class: "AUTHENTICATION_FAILED"})
	const question = "SELECT concat_ws(',', event, user, name, array_join(objects, '+'), rows, outcome, error_class) FROM system.audit WHERE name IS NULL OR name NOT IN ('SELECT') OR array_contains(objects, 'default.v') ORDER BY time"
	want := []string{
		"statement,ann,CREATE TABLE AS SELECT,,5,ok", "statement,ann,INSERT,default.t,2,ok", "statement,ann,CREATE VIEW,default.t,0,ok", "statement,ann,SELECT,default.v+default.t,7,ok",
		"statement,ann,,0,failed,TABLE_OR_VIEW_NOT_FOUND",
	}
	got := rows(t, s, question)
	if len(got) < 8 || strings.Join(got[:5], "\n") != strings.Join(want, "\n") {
		t.Errorf("%s", strings.Join(got, "\n"))
	}
	all := strings.Join(got, "\n")
	for _, line := range []string{"kill,ann,KILL QUERY," + st.ID() + ",0,ok", "login,eve,,0,failed,AUTHENTICATION_FAILED"} {
		if !strings.Contains(all, line) {
			t.Errorf("no line %q in\n%s", line, all)
		}
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(raw)), "\n")
	for _, line := range lines {
		var ev Event
		if err := json.Unmarshal([]byte(line), &ev); err != nil || ev.Time.IsZero() || ev.Outcome == "" {
			t.Errorf("%s: %v", line, err)
		}
	}
	if e, err = Open(config); err != nil { // the log goes on where it was
		t.Fatal(err)
	}
	defer e.Close()
	if got := rows(t, sessionOf(t, e), question); len(got) != len(strings.Split(all, "\n")) {
		t.Errorf("%d events after a restart, %d before", len(got), len(strings.Split(all, "\n")))
	}
}

// A log that cannot be written ends nothing by default, and everything where it is required, until it can be written again.
func TestBrokenAuditLog(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("there is no /dev/full")
	}
	e := openTest(t, "")
	s := sessionOf(t, e)
	full, err := journal.Open(journal.Options{Path: "/dev/full", Sync: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	working, err := journal.Open(journal.Options{Path: filepath.Join(t.TempDir(), "log")})
	if err != nil {
		t.Fatal(err)
	}
	e.auditor.log = full
	run(t, s, "SELECT 1", "SELECT 2")
	e.auditor.required = true
	fails(t, s, "SELECT 3", "AUDIT_LOG_FAILED")
	e.auditor.log = working
	run(t, s, "SELECT 4")
	if _, err := Open(Config{Warehouse: t.TempDir(), AuditRequired: true}); err == nil {
		t.Error("an audit log is required that is off")
	}
}

func TestKill(t *testing.T) {
	e := openTest(t, "")
	open := func(who *Identity) *Session {
		s, err := e.NewSession(SessionOptions{Identity: who})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	ann, bob, boss := open(&Identity{User: "ann"}), open(&Identity{User: "bob"}), open(&Identity{User: "boss", Administrator: true})
	st := submit(t, ann, long)
	fails(t, bob, "KILL QUERY '"+st.ID()+"'", "STATEMENT_NOT_FOUND")
	fails(t, bob, "KILL SESSION "+ann.PublicID(), "SESSION_NOT_FOUND")
	fails(t, ann, "KILL QUERY nonsense", "STATEMENT_NOT_FOUND")
	fails(t, ann, "KILL SESSION '"+ann.ID()+"'", "SESSION_NOT_FOUND")
	if state, _ := st.State(); state != Queued && state != Running {
		t.Fatal(state)
	}
	run(t, boss, "KILL QUERY "+st.ID())
	st.Wait(context.Background())
	fails(t, boss, "KILL QUERY "+st.ID(), "STATEMENT_NOT_FOUND")
	another := submit(t, ann, long)
	run(t, boss, "KILL SESSION "+ann.PublicID())
	another.Wait(context.Background())
	if _, err := another.State(); !sqlerr.Is(err, "QUERY_CANCELLED") || !strings.Contains(err.Error(), "killed by boss") {
		t.Error(err)
	}
	if _, err := e.Session(ann.ID()); !sqlerr.Is(err, "SESSION_NOT_FOUND") {
		t.Error(err)
	}
}

func TestTemporaryFilesOfKilledProcessesGo(t *testing.T) {
	parent := t.TempDir()
	left := filepath.Join(parent, spillPrefix+"dead")
	young := filepath.Join(parent, spillPrefix+"young") // its process has not made the lock yet
	foreign := filepath.Join(parent, "somebody's")
	for _, dir := range []string{left, young, foreign} {
		if err := os.MkdirAll(filepath.Join(dir, "argan-spill-1"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{filepath.Join(left, spillLock), filepath.Join(left, "argan-spill-1", "1"), filepath.Join(foreign, spillLock)} {
		if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	open := func() *Engine {
		e, err := Open(Config{Warehouse: t.TempDir(), SpillDir: parent, MemoryLimit: 64 << 20})
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	first, second := open(), open()
	a, b := first.spillDir(), second.spillDir()
	if a == b {
		t.Fatal("two processes share a folder")
	}
	there := func(path string) bool { _, err := os.Stat(path); return err == nil }
	if there(left) || !there(young) || !there(foreign) || !there(a) || !there(b) {
		t.Errorf("left %t, young %t, foreign %t, live %t %t", there(left), there(young), there(foreign), there(a), there(b))
	}
	for _, e := range []*Engine{first, second} {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
	if there(a) || there(b) {
		t.Error("an engine that was closed leaves its folder")
	}
}
