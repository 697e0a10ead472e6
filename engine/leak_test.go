package engine

import (
	"context"
	"testing"

	"go.uber.org/goleak"
)

// An engine that was closed leaves no goroutine behind, however its statements ended.
func TestCloseLeavesNoGoroutines(t *testing.T) {
	before := goleak.IgnoreCurrent()
	e, err := Open(Config{Warehouse: t.TempDir(), Threads: 3, MemoryLimit: 256 << 20, SpillDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	s := sessionOf(t, e)
	run(t, s, "CREATE TABLE t AS SELECT id, id % 7 AS k FROM range(50000)", "UPDATE t SET k = 1 WHERE id < 10", "OPTIMIZE t")
	one(t, s, "SELECT count(*) FROM t a JOIN t b ON a.id = b.id WHERE a.k > 2")
	fails(t, s, "SELECT raise_error('no')", "USER_RAISED_EXCEPTION")
	fails(t, s, "INSERT INTO t SELECT id, assert_true(id < 40000) FROM range(50000)", "USER_RAISED_EXCEPTION")
	// One statement that nobody reads to its end, one that is cancelled, one that is only prepared.
	r, err := s.Query(context.Background(), Request{SQL: "SELECT * FROM range(100000000)"})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	st, err := s.Prepare(context.Background(), Request{SQL: long})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if r, err := st.Run(context.Background()); err == nil {
			r.Close()
		}
	}()
	st.Cancel("")
	<-done
	if _, err := s.Prepare(context.Background(), Request{SQL: "SELECT 1"}); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	goleak.VerifyNone(t, before)
}
