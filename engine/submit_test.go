package engine

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
)

// submit prepares and submits a statement that must be taken.
func submit(t testing.TB, s *Session, sql string) *Statement {
	t.Helper()
	st, err := s.Prepare(context.Background(), Request{SQL: sql})
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Submit(time.Minute); err != nil {
		t.Fatal(err)
	}
	return st
}

// idSum reads rows to their end and gives how many there are and the sum of the first column.
func idSum(r Rows, err error) (n, sum int64, _ error) {
	if err != nil {
		return 0, 0, err
	}
	defer r.Close()
	for {
		b, err := r.Next(context.Background())
		if err != nil || b == nil {
			return n, sum, err
		}
		v := vector.Flatten(b.Dense().Cols[0])
		for i := range b.Len() {
			n++
			sum += v.I64[i]
		}
	}
}

func TestSubmittedResultIsReadAgainAndAgain(t *testing.T) {
	e := openTest(t, "")
	s := sessionOf(t, e)
	ctx := context.Background()
	for _, c := range []struct {
		name string
		own  int64
	}{{"in memory", 1 << 30}, {"half on disk", 1 << 20}, {"on disk", 0}} {
		t.Run(c.name, func(t *testing.T) {
			e.keeper.own = c.own
			const n = 5_000_000
			st := submit(t, s, fmt.Sprintf("SELECT id, hash(id) AS h FROM range(%d)", n))
			var group sync.WaitGroup
			for range 3 { // while it grows
				group.Add(1)
				go func() {
					defer group.Done()
					if rows, sum, err := idSum(st.Rows(ctx)); rows != n || sum != n*(n-1)/2 || err != nil {
						t.Errorf("%d rows, sum %d, %v", rows, sum, err)
					}
				}()
			}
			group.Wait()
			if !st.Wait(ctx) {
				t.Fatal("it has not ended")
			}
			if state, err := st.State(); state != Succeeded || err != nil {
				t.Fatal(state, err)
			}
			if rows, sum, err := idSum(st.Rows(ctx)); rows != n || sum != n*(n-1)/2 || err != nil {
				t.Errorf("%d rows, sum %d, %v", rows, sum, err)
			}
			chunks := st.Chunks()
			if len(chunks) < 3 {
				t.Errorf("%d chunks", len(chunks))
			}
			var rows, sum int64
			for i, c := range chunks {
				if c.Index != i || c.FirstRow != rows {
					t.Errorf("chunk %d: %+v, expected to begin at %d", i, c, rows)
				}
				n, part, err := idSum(st.RowsOf(ctx, i))
				if err != nil || n != c.Rows {
					t.Errorf("chunk %d: %d rows, %v; %+v", i, n, err, c)
				}
				rows, sum = rows+n, sum+part
			}
			if rows != n || sum != n*(n-1)/2 {
				t.Errorf("the chunks have %d rows, sum %d", rows, sum)
			}
			for _, wrong := range []int{-1, len(chunks)} {
				if _, err := st.RowsOf(ctx, wrong); !sqlerr.Is(err, "RESULT_CHUNK_NOT_FOUND") {
					t.Errorf("chunk %d: %v", wrong, err)
				}
			}
			_, held, stored := st.kept.size()
			if held > c.own || c.own == 0 && stored == 0 || held+stored == 0 {
				t.Errorf("%d bytes in memory, %d on disk", held, stored)
			}
			reader, err := st.Rows(ctx)
			if err != nil {
				t.Fatal(err)
			}
			st.Close()
			st.Close()
			if _, err := reader.Next(ctx); !sqlerr.Is(err, "RESULT_EXPIRED") {
				t.Errorf("a reader of a closed statement gets %v", err)
			}
			reader.Close()
			if _, err := st.Rows(ctx); !sqlerr.Is(err, "RESULT_EXPIRED") {
				t.Errorf("a closed statement gives %v", err)
			}
			if state, _ := st.State(); state != Closed {
				t.Error(state)
			}
			if _, err := e.Statement(st.ID(), nil); !sqlerr.Is(err, "STATEMENT_NOT_FOUND") {
				t.Error(err)
			}
			nothingKept(t, e)
		})
	}
}

// nothingKept checks that no kept result takes memory or disk.
func nothingKept(t *testing.T, e *Engine) {
	t.Helper()
	if m, d, n := e.keeper.inMemory.Load(), e.keeper.onDisk.Load(), e.keeper.results.Load(); m != 0 || d != 0 || n != 0 {
		t.Errorf("%d results are still kept with %d bytes in memory and %d on disk", n, m, d)
	}
	left, err := filepath.Glob(filepath.Join(e.config.SpillDir, "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range left {
		if info, err := os.Stat(file); err == nil && !info.IsDir() && info.Size() > 0 {
			t.Errorf("%s is left behind", file)
		}
	}
}

func TestSubmittedStatementsEnd(t *testing.T) {
	e := openTest(t, "")
	s := sessionOf(t, e)
	ctx := context.Background()
	run(t, s, "CREATE TABLE t (id BIGINT)")

	insert := submit(t, s, "INSERT INTO t SELECT * FROM range(10)")
	if insert.Wait(ctx); insert.CommitVersion() < 1 {
		t.Errorf("version %d", insert.CommitVersion())
	}
	r, err := insert.Rows(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if r.CommitVersion() != insert.CommitVersion() || r.Affected() != insert.Affected() {
		t.Error("the reader knows other numbers than the statement")
	}
	r.Close()

	failed := submit(t, s, "SELECT id, assert_true(id < 900000) FROM range(1000000)")
	failed.Wait(ctx)
	if state, err := failed.State(); state != Failed || !sqlerr.Is(err, "USER_RAISED_EXCEPTION") {
		t.Error(state, err)
	}
	if _, _, err := idSum(failed.Rows(ctx)); !sqlerr.Is(err, "USER_RAISED_EXCEPTION") {
		t.Error(err)
	}

	cancelled := submit(t, s, long)
	cancelled.Cancel("enough")
	cancelled.Wait(ctx)
	if state, err := cancelled.State(); state != Cancelled || !sqlerr.Is(err, "QUERY_CANCELLED") {
		t.Error(state, err)
	}

	running := submit(t, s, long)
	short, stop := context.WithTimeout(ctx, 10*time.Millisecond)
	defer stop()
	if running.Wait(short) {
		t.Error("a statement that runs for hours has ended")
	}
	running.Close()
	running.Wait(ctx)
	if state, _ := running.State(); state != Closed {
		t.Error(state)
	}

	if err := insert.Submit(0); err == nil {
		t.Error("a statement was submitted twice")
	}
	if got := len(e.Statements(nil)); got != 3 {
		t.Errorf("%d statements are known, expected the three that are kept", got)
	}
	s.Close()
	if got := len(e.Statements(nil)); got != 0 {
		t.Errorf("%d statements outlive their session", got)
	}
	nothingKept(t, e)
	if _, err := s.Prepare(ctx, Request{SQL: "SELECT 1"}); !sqlerr.Is(err, "SESSION_NOT_FOUND") {
		t.Errorf("a closed session prepares: %v", err)
	}
}

func TestResultExpires(t *testing.T) {
	e := openTest(t, "")
	s, err := e.NewSession(SessionOptions{Transient: true})
	if err != nil {
		t.Fatal(err)
	}
	st, err := s.Prepare(context.Background(), Request{SQL: "SELECT id FROM range(10)"})
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Submit(50 * time.Millisecond); err != nil {
		t.Fatal(err)
	}
	reader, err := st.Rows(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(150 * time.Millisecond) // twice its time: who reads keeps it
	if n, _, err := idSum(reader, nil); n != 10 || err != nil {
		t.Error(n, err)
	}
	for range 200 {
		if state, _ := st.State(); state == Closed {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if state, _ := st.State(); state != Closed {
		t.Errorf("the state is %s long after the result's time", state)
	}
	if _, err := e.Session(s.ID()); !sqlerr.Is(err, "SESSION_NOT_FOUND") {
		t.Errorf("the transient session is still there: %v", err)
	}
	nothingKept(t, e)
}

func TestKeptResultsHaveBounds(t *testing.T) {
	e := openTest(t, "")
	s := sessionOf(t, e)
	e.keeper.own = 1 << 20
	for _, c := range []struct{ largest, disk int64 }{{4 << 20, 0}, {0, 4 << 20}} {
		e.keeper.largest, e.keeper.disk = c.largest, c.disk
		st := submit(t, s, "SELECT id, uuid() FROM range(10000000)")
		st.Wait(context.Background())
		if state, err := st.State(); state != Failed || !sqlerr.Is(err, "RESULT_TOO_LARGE") {
			t.Error(state, err)
		}
		if m, d := e.keeper.inMemory.Load(), e.keeper.onDisk.Load(); m != 0 || d != 0 {
			t.Errorf("a failed statement keeps %d bytes in memory, %d on disk", m, d)
		}
		st.Close()
	}
	nothingKept(t, e)
}

func TestStatementsAreFoundByTheirOwners(t *testing.T) {
	e := openTest(t, "")
	ann, err := e.NewSession(SessionOptions{User: "ann"})
	if err != nil {
		t.Fatal(err)
	}
	st := submit(t, ann, "SELECT 1")
	st.Wait(context.Background())
	for _, c := range []struct {
		who  *Identity
		sees bool
	}{{nil, true}, {&Identity{User: "ann"}, true}, {&Identity{User: "bob"}, false}, {&Identity{User: "bob", Administrator: true}, true}} {
		_, err := e.Statement(st.ID(), c.who)
		if c.sees && err != nil || !c.sees && !sqlerr.Is(err, "STATEMENT_NOT_FOUND") {
			t.Errorf("%+v: %v", c.who, err)
		}
		if got := len(e.Statements(c.who)) == 1; got != c.sees {
			t.Errorf("%+v sees it: %t", c.who, got)
		}
	}
}
