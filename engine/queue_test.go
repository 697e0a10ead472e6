package engine

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/argan-sql/argan/sqlerr"
)

// Whatever comes, waits, pauses, gives up and ends in whatever order: never more run than may, none is lost, all end.
func TestQueueKeepsItsBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		running, waiting := rapid.IntRange(1, 4).Draw(t, "running"), rapid.IntRange(0, 6).Draw(t, "waiting")
		limit := Limits{Running: rapid.IntRange(0, 2).Draw(t, "limit"), Queued: rapid.IntRange(0, 3).Draw(t, "queued")}
		q := newQueue(running, waiting)
		type entry struct {
			*ticket
			paused bool
		}
		var all []*entry
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			switch rapid.IntRange(0, 4).Draw(t, "step") {
			case 0, 1:
				user := fmt.Sprint("user", rapid.IntRange(0, 2).Draw(t, "user"))
				before := q.queued
				ticket, err := q.enter(user, limit)
				switch {
				case err == nil:
					all = append(all, &entry{ticket: ticket})
				case !sqlerr.Is(err, "TOO_MANY_STATEMENTS") || RetryAfter(err) < time.Second:
					t.Fatal(err)
				case before < waiting && (limit.Queued == 0 || len(q.users[user].tickets) < limit.Queued):
					t.Fatalf("refused with %d waiting of %d: %v", before, waiting, err)
				}
			case 2: // one ends or gives up
				if len(all) > 0 {
					i := rapid.IntRange(0, len(all)-1).Draw(t, "which")
					if all[i].paused {
						q.mu.Lock()
						q.users[all[i].user].paused--
						q.resuming = append(q.resuming, all[i].ticket)
						q.admit()
						q.mu.Unlock()
					}
					q.leave(all[i].ticket)
					all = append(all[:i], all[i+1:]...)
				}
			case 3: // one pauses
				for _, e := range all {
					if e.running {
						q.pause(e.ticket)
						e.paused = true
						break
					}
				}
			case 4: // one wants to go on
				for _, e := range all {
					if e.paused {
						ended, cancel := context.WithCancel(context.Background())
						cancel()
						_ = q.resume(ended, e.ticket) // does not wait
						e.paused = false
						break
					}
				}
			}
			now := 0
			for _, e := range all {
				if e.running {
					now++
				}
			}
			if active, queued := q.load(); active != now || active > running || queued > waiting {
				t.Fatalf("%d run (%d counted) of %d, %d wait of %d", now, active, running, queued, waiting)
			} else if limit.Running == 0 && active < running && queued+len(q.resuming) > 0 {
				t.Fatalf("%d wait while only %d of %d run", queued, active, running)
			}
		}
		for len(all) > 0 { // those that run end, until none is left: those that wait come in
			progress := false
			for i := 0; i < len(all); i++ {
				if all[i].running || all[i].paused {
					if all[i].paused {
						ended, cancel := context.WithCancel(context.Background())
						cancel()
						_ = q.resume(ended, all[i].ticket)
						all[i].paused = false
						progress = true
						continue
					}
					q.leave(all[i].ticket)
					all = append(all[:i], all[i+1:]...)
					progress = true
					i--
				}
			}
			if !progress {
				t.Fatalf("%d wait for ever", len(all))
			}
		}
		if active, queued := q.load(); active != 0 || queued != 0 || len(q.users) != 0 || len(q.resuming) != 0 {
			t.Fatalf("%d run, %d wait, %d users at the end", active, queued, len(q.users))
		}
	})
}

// The real thing, with goroutines: many statements, some given up.
func TestQueueUnderConcurrency(t *testing.T) {
	const most = 3
	q := newQueue(most, 1000)
	var now, peak atomic.Int64
	var group sync.WaitGroup
	for i := range 200 {
		group.Add(1)
		go func() {
			defer group.Done()
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			ticket, err := q.enter(fmt.Sprint("u", i%7), Limits{})
			if err != nil {
				t.Error(err)
				return
			}
			defer q.leave(ticket)
			if i%5 == 0 {
				time.AfterFunc(time.Duration(rand.IntN(3000))*time.Microsecond, cancel)
			}
			if err := q.wait(ctx, ticket); err != nil {
				return
			}
			for range 2 {
				n := now.Add(1)
				for p := peak.Load(); n > p && !peak.CompareAndSwap(p, n); p = peak.Load() {
				}
				time.Sleep(50 * time.Microsecond)
				now.Add(-1)
				q.pause(ticket)
				if q.resume(ctx, ticket) != nil {
					return
				}
			}
		}()
	}
	group.Wait()
	if peak.Load() > most {
		t.Errorf("%d ran at the same time, %d may", peak.Load(), most)
	}
	if active, queued := q.load(); active != 0 || queued != 0 || len(q.users) != 0 {
		t.Errorf("%d run, %d wait, %d users at the end", active, queued, len(q.users))
	}
}

func TestUsersTakeTurns(t *testing.T) {
	q := newQueue(1, 100)
	enter := func(user string) *ticket {
		ticket, err := q.enter(user, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		return ticket
	}
	tickets := []*ticket{enter("ann")}
	for range 10 {
		tickets = append(tickets, enter("ann"))
	}
	bob := enter("bob")
	q.leave(tickets[0])
	if !bob.running {
		t.Error("bob's one statement waits behind ann's ten")
	}
}

// queueing opens an engine where few statements may run.
func queueing(t *testing.T, running, queued int) *Engine {
	t.Helper()
	e := openTest(t, "")
	e.heavy = newQueue(running, queued)
	return e
}

// eventually waits for a condition.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for range 1000 {
		if ok() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("it never came that %s", what)
}

func TestStatementsWaitTheirTurn(t *testing.T) {
	e := queueing(t, 1, 1)
	s := sessionOf(t, e)
	run(t, s, "CREATE TABLE t AS SELECT 1 AS a")
	first := submit(t, s, long)
	eventually(t, "the first runs", func() bool { state, _ := first.State(); return state == Running })
	second := submit(t, s, "SELECT * FROM t")
	eventually(t, "the second waits", func() bool { _, queued := e.heavy.load(); return queued == 1 })
	if state, _ := second.State(); state != Queued || !second.Started().IsZero() {
		t.Errorf("the second is %s since %s", state, second.Started())
	}
	// What only looks something up does not wait.
	for _, sql := range []string{"SELECT 1", "SHOW TABLES", "DESCRIBE t", "SET a = b", "EXPLAIN SELECT * FROM t", "CREATE TEMPORARY VIEW v AS SELECT 1"} {
		run(t, s, sql)
	}
	if got := one(t, s, "SELECT count(*) FROM system.running WHERE state = 'QUEUED' AND queue_ms > 0"); got != "1" {
		t.Errorf("%s statements are shown as waiting", got)
	}
	if running, queued := e.load(); running < 1 || queued != 1 {
		t.Errorf("metrics: %d running, %d queued", running, queued)
	}
	third := submit(t, s, "SELECT sum(a) FROM t")
	third.Wait(context.Background())
	if _, err := third.State(); !sqlerr.Is(err, "TOO_MANY_STATEMENTS") || RetryAfter(err) < time.Second {
		t.Errorf("with a full queue: %v", err)
	}
	if _, err := s.Query(context.Background(), Request{SQL: "SELECT sum(a) FROM t"}); !sqlerr.Is(err, "TOO_MANY_STATEMENTS") {
		t.Errorf("with a full queue: %v", err)
	}
	second.Cancel("enough")
	second.Wait(context.Background())
	if state, err := second.State(); state != Cancelled || !sqlerr.Is(err, "QUERY_CANCELLED") {
		t.Errorf("cancelled while it waited: %s %v", state, err)
	}
	second = submit(t, s, "SELECT * FROM t")
	first.Cancel("")
	second.Wait(context.Background())
	if state, err := second.State(); state != Succeeded {
		t.Error(state, err)
	}
}

// A client that does not read does not keep others from running; a statement within another needs no turn of its own.
func TestPausedStatementsGiveTheirTurnAway(t *testing.T) {
	e := queueing(t, 1, 10)
	s := sessionOf(t, e)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	var open []*Result
	for range 3 { // three cursors, none read to its end, with one turn between them
		r, err := s.Query(ctx, Request{SQL: "SELECT id FROM range(20000000)"})
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, r)
	}
	if got := one(t, s, "SELECT count(*) FROM range(10)"); got != "10" {
		t.Error(got)
	}
	for _, r := range open { // each goes on where it was
		if n, _, err := idSum(r, nil); n != 20_000_000 || err != nil {
			t.Error(n, err)
		}
	}
	run(t, s, "CREATE TABLE t AS SELECT * FROM range(10)")
	if n, _, err := s.Load(ctx, oneRow("t")); n != 1 || err != nil {
		t.Error(n, err)
	}
	if active, queued := e.heavy.load(); active != 0 || queued != 0 {
		t.Errorf("%d run, %d wait at the end", active, queued)
	}
}

func TestStatementsWithinStatementsNeedNoTurn(t *testing.T) {
	e := queueing(t, 1, 10)
	s := sessionOf(t, e)
	outer, err := s.Prepare(context.Background(), Request{SQL: "SELECT id FROM range(5)"})
	if err != nil {
		t.Fatal(err)
	}
	run := outer.plan.run
	outer.plan.run = func(ctx context.Context, x *execution) error {
		if err := s.Exec(ctx, "SELECT sum(id) FROM range(100000)"); err != nil {
			return err
		}
		return run(ctx, x)
	}
	done := make(chan error, 1)
	go func() {
		_, _, err := idSum(outer.Run(context.Background()))
		done <- err
	}()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		outer.Cancel("")
		t.Fatal("a statement waits for the turn that it has itself")
	}
}
