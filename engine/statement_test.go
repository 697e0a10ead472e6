package engine

import (
	"context"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// long is a statement that runs for hours and holds little.
const long = "SELECT count(*) FROM range(1000000000) a JOIN range(1000000000) b ON a.id % 1000003 < b.id % 7"

func TestCancelEndsARunningStatement(t *testing.T) {
	e := openTest(t, "")
	s := sessionOf(t, e)
	run(t, s, "CREATE TABLE t (id BIGINT)")
	for _, sql := range []string{long, "INSERT INTO t SELECT a.id FROM range(1000000000) a", "CREATE TABLE u AS SELECT id, uuid() AS x FROM range(1000000000)", "SELECT sum(id) FROM (SELECT id FROM range(1000000000) ORDER BY hash(id))"} {
		st, err := s.Prepare(context.Background(), Request{SQL: sql})
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		go func() {
			r, err := st.Run(context.Background())
			if err == nil {
				_, err = r.Next(context.Background())
				r.Close()
			}
			done <- err
		}()
		time.Sleep(100 * time.Millisecond)
		begin := time.Now()
		st.Cancel("enough")
		select {
		case err := <-done:
			if !sqlerr.Is(err, "QUERY_CANCELLED") || !strings.Contains(err.Error(), "enough") {
				t.Errorf("%s: %v", sql, err)
			}
			if took := time.Since(begin); took > time.Second {
				t.Errorf("%s took %s to end", sql, took)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("%s does not end", sql)
		}
		if state, _ := st.State(); state != Cancelled {
			t.Errorf("%s: the state is %s", sql, state)
		}
	}
	if got := one(t, s, "SELECT count(*) FROM t"); got != "0" {
		t.Errorf("a cancelled INSERT left %s rows", got)
	}
	fails(t, s, "SELECT * FROM u", "TABLE_OR_VIEW_NOT_FOUND")
	if left := len(e.Statements(nil)); left != 0 {
		t.Errorf("%d statements are still running", left)
	}
}

func TestTimeoutEndsAStatement(t *testing.T) {
	s := sessionOf(t, openTest(t, ""))
	run(t, s, "SET argan.statement.timeout = 100ms")
	begin := time.Now()
	fails(t, s, long, "STATEMENT_TIMEOUT")
	if took := time.Since(begin); took > 2*time.Second {
		t.Errorf("it took %s", took)
	}
}

func TestClosingASessionEndsItsStatements(t *testing.T) {
	e := openTest(t, "")
	s := sessionOf(t, e)
	done := make(chan error, 1)
	go func() { done <- s.Exec(context.Background(), long) }()
	for range 100 {
		if len(e.Statements(nil)) > 0 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	s.Close()
	if err := <-done; !sqlerr.Is(err, "QUERY_CANCELLED") {
		t.Error(err)
	}
	if _, err := e.Session(s.ID()); !sqlerr.Is(err, "SESSION_NOT_FOUND") {
		t.Error(err)
	}
}

// A client that stops reading stops the scan: a few batches wait, whatever the size of the result.
func TestSlowReaderHoldsFewBatches(t *testing.T) {
	e := openTest(t, "")
	s := sessionOf(t, e)
	ctx := context.Background()
	st, err := s.Prepare(ctx, Request{SQL: "SELECT id, concat('text ', id) FROM range(500000000)"})
	if err != nil {
		t.Fatal(err)
	}
	r, err := st.Run(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Next(ctx); err != nil {
		t.Fatal(err)
	}
	var before int64
	for {
		time.Sleep(200 * time.Millisecond)
		now := st.Progress().RowsOut
		if now == before {
			break
		}
		before = now
	}
	if most := int64(64 * vector.BatchSize); before > most {
		t.Errorf("%d rows wait for the reader, expected at most %d", before, most)
	}
	begin := time.Now()
	r.Close()
	if took := time.Since(begin); took > time.Second {
		t.Errorf("closing took %s", took)
	}
	if state, _ := st.State(); state == Running {
		t.Error("the statement still runs after its result was closed")
	}
}

// The bound is one of bytes: wide rows do not make the buffer larger.
func TestSlowReaderHoldsFewBytes(t *testing.T) {
	e := openTest(t, "")
	s := sessionOf(t, e)
	ctx := context.Background()
	r, err := s.Query(ctx, Request{SQL: "SELECT id, repeat(concat('text ', id), 1000) AS wide FROM range(10000000)"})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := r.Next(ctx); err != nil {
		t.Fatal(err)
	}
	live := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	eventually(t, "the buffer is full", func() bool { return r.waiting.Load() > 0 && len(e.heavy.users) == 1 && e.heavy.active == 0 })
	if held := r.waiting.Load(); held > 2*resultBytes {
		t.Errorf("%d bytes wait for the reader", held)
	}
	before := live()
	time.Sleep(500 * time.Millisecond)
	if after := live(); after > before+(8<<20) {
		t.Errorf("the memory grows from %d to %d bytes while nobody reads", before, after)
	}
	if before > 512<<20 {
		t.Errorf("%d bytes are held for a reader that reads nothing", before)
	}
}

func TestLongStatements(t *testing.T) {
	s := sessionOf(t, openTest(t, ""))
	ten := "SELECT length('" + strings.Repeat("a", 10<<20) + "')"
	if got := one(t, s, ten); got != "10485760" {
		t.Error(got)
	}
	fails(t, s, "SELECT '"+strings.Repeat("a", maxStatement)+"'", "STATEMENT_TOO_LARGE")
	if err := s.Exec(context.Background(), "SELECT "+strings.Repeat("(", 100_000)+"1"+strings.Repeat(")", 100_000)); err == nil {
		t.Error("parentheses a hundred thousand deep are taken")
	}
}

// A defect in one statement is an error of that statement; the engine goes on.
func TestPanicIsAnErrorOfTheStatement(t *testing.T) {
	s := sessionOf(t, openTest(t, ""))
	st, err := s.Prepare(context.Background(), Request{SQL: "SELECT 1"})
	if err != nil {
		t.Fatal(err)
	}
	st.plan = &plan{kind: KindQuery, name: "SELECT", schema: types.NewStruct(), run: func(context.Context, *execution) error { panic("broken") }}
	if _, err := st.Run(context.Background()); !sqlerr.Is(err, "INTERNAL_ERROR") || !strings.Contains(err.Error(), "broken") {
		t.Error(err)
	}
	if got := one(t, s, "SELECT 1"); got != "1" {
		t.Error(got)
	}
}

func TestReadOnlyRefusesWhatChanges(t *testing.T) {
	s := sessionOf(t, openTest(t, ""))
	run(t, s, "CREATE TABLE t (id INT)")
	for sql, class := range map[string]string{
		"SELECT 1": "", "SHOW TABLES": "", "DESCRIBE t": "", "EXPLAIN SELECT 1": "", "VACUUM t DRY RUN": "",
		"INSERT INTO t VALUES (1)": "NOT_READ_ONLY", "DELETE FROM t": "NOT_READ_ONLY", "OPTIMIZE t": "NOT_READ_ONLY", "DROP TABLE t": "NOT_READ_ONLY", "CREATE DATABASE x": "NOT_READ_ONLY",
		"COPY INTO t FROM '/none' FILEFORMAT = CSV": "PATH_NOT_FOUND",
	} {
		_, err := s.Prepare(context.Background(), Request{SQL: sql, ReadOnly: true})
		if class == "" && err != nil || class != "" && !sqlerr.Is(err, class) {
			t.Errorf("%s: %v, expected %q", sql, err, class)
		}
	}
}

func TestDrainRefusesNewStatements(t *testing.T) {
	e := openTest(t, "")
	s := sessionOf(t, e)
	done := make(chan error, 1)
	go func() { done <- s.Exec(context.Background(), long) }()
	for len(e.Statements(nil)) == 0 {
		time.Sleep(5 * time.Millisecond)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	e.Drain(ctx)
	if err := <-done; !sqlerr.Is(err, "QUERY_CANCELLED") {
		t.Error(err)
	}
	fails(t, s, "SELECT 1", "SHUTTING_DOWN")
}
