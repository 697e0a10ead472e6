package engine

import (
	"context"
	"sync"
	"time"

	"github.com/argan-sql/argan/sqlerr"
)

// queue admits statements: never more than running at a time, never more than waiting beyond. Users take turns: the next
// to run is one of the user with the fewest running, so that nobody's hundred statements stand before another's one.
type queue struct {
	mu      sync.Mutex
	running int // bound
	waiting int // bound

	active   int // running now
	queued   int // waiting now
	users    map[string]*turn
	resuming []*ticket // have run, paused, and want to go on: they come first
	served   int64     // counts admissions, for turns
	average  time.Duration
}

// turn is what a queue knows of a user.
type turn struct {
	active, paused int
	limit          int // of active, 0 for none
	served         int64
	tickets        []*ticket // waiting, in order
}

// ticket is a statement's place in the queue.
type ticket struct {
	user    string
	ready   chan struct{} // closed when its turn has come
	began   time.Time
	running bool
}

func newQueue(running, waiting int) *queue {
	return &queue{running: running, waiting: waiting, users: map[string]*turn{}}
}

// enter takes a place; TOO_MANY_STATEMENTS where all are taken.
func (q *queue) enter(user string, l Limits) (*ticket, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	u := q.users[user]
	if u == nil {
		u = &turn{}
		q.users[user] = u
	}
	u.limit = l.Running
	t := &ticket{user: user, ready: make(chan struct{})}
	u.tickets = append(u.tickets, t)
	q.queued++
	q.admit()
	if !t.running {
		if over := q.queued > q.waiting; over || l.Queued > 0 && len(u.tickets) > l.Queued {
			count := len(u.tickets) - 1 + u.active
			if over {
				count = q.queued - 1 + q.active
			}
			q.withdraw(t)
			q.forget(user)
			return nil, sqlerr.New("TOO_MANY_STATEMENTS", "count", itoa(int64(count)), retryAfter, itoa(int64(q.estimate().Seconds())))
		}
	}
	return t, nil
}

// wait waits until it is the statement's turn.
func (q *queue) wait(ctx context.Context, t *ticket) error {
	select {
	case <-t.ready:
		return nil
	case <-ctx.Done():
		return ctx.Err() // leave gives the place back, or the turn if it has just come
	}
}

// leave gives the statement's place or turn back. It is called once, however the statement ended.
func (q *queue) leave(t *ticket) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !t.running {
		q.withdraw(t)
		q.forget(t.user)
		return
	}
	t.running = false
	q.active--
	q.users[t.user].active--
	if took := time.Since(t.began); q.average == 0 {
		q.average = took
	} else {
		q.average += (took - q.average) / 8
	}
	q.admit()
	q.forget(t.user)
}

// pause lets another statement run while this one waits for its client.
func (q *queue) pause(t *ticket) {
	q.mu.Lock()
	defer q.mu.Unlock()
	u := q.users[t.user]
	t.running, t.ready = false, make(chan struct{})
	q.active--
	u.active--
	u.paused++
	q.admit()
}

// resume waits for a turn to go on; those that have begun come before those that have not.
func (q *queue) resume(ctx context.Context, t *ticket) error {
	q.mu.Lock()
	q.users[t.user].paused--
	q.resuming = append(q.resuming, t)
	q.admit()
	q.mu.Unlock()
	return q.wait(ctx, t)
}

// withdraw takes a ticket that does not run out of the queue; the lock is held.
func (q *queue) withdraw(t *ticket) {
	for i, r := range q.resuming {
		if r == t {
			q.resuming = append(q.resuming[:i], q.resuming[i+1:]...)
			return
		}
	}
	u := q.users[t.user]
	for i, w := range u.tickets {
		if w == t {
			u.tickets = append(u.tickets[:i], u.tickets[i+1:]...)
			q.queued--
			return
		}
	}
}

// forget drops a user who has nothing here; the lock is held.
func (q *queue) forget(user string) {
	if u := q.users[user]; u != nil && u.active == 0 && u.paused == 0 && len(u.tickets) == 0 {
		for _, t := range q.resuming {
			if t.user == user {
				return
			}
		}
		delete(q.users, user)
	}
}

// admit gives free turns away; the lock is held.
func (q *queue) admit() {
	for q.active < q.running {
		if len(q.resuming) > 0 {
			t := q.resuming[0]
			q.resuming = q.resuming[1:]
			q.start(t)
			continue
		}
		var next *turn
		for _, u := range q.users {
			if len(u.tickets) == 0 || u.limit > 0 && u.active >= u.limit {
				continue
			}
			if next == nil || u.active < next.active || u.active == next.active && u.served < next.served {
				next = u
			}
		}
		if next == nil {
			return
		}
		t := next.tickets[0]
		next.tickets = next.tickets[1:]
		q.queued--
		q.served++
		next.served = q.served
		t.began = time.Now()
		q.start(t)
	}
}

func (q *queue) start(t *ticket) {
	q.active++
	q.users[t.user].active++
	t.running = true
	close(t.ready)
}

// estimate is when a place may be free: the time that those that wait need; the lock is held.
func (q *queue) estimate() time.Duration {
	wait := q.average * time.Duration(q.queued+1) / time.Duration(max(1, q.running))
	return min(max(wait.Round(time.Second), time.Second), time.Minute)
}

// load is how many run and wait.
func (q *queue) load() (active, queued int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.active, q.queued
}

// heavyCommands are commands that read or write much data: they wait their turn like queries.
var heavyCommands = map[string]bool{
	"CONVERT TO DELTA": true, "REFRESH MATERIALIZED VIEW": true, "REFRESH STREAMING TABLE": true, "CREATE MATERIALIZED VIEW": true, "CREATE STREAMING TABLE": true,
}

type admittedKey struct{}

// admission gives a statement its turn and tells how to give it back. A statement that runs within another has the turn of
// that one.
func (st *Statement) admission(ctx context.Context) (q *queue, t *ticket, err error) {
	if ctx.Value(admittedKey{}) != nil {
		return nil, nil, nil
	}
	q = st.engine.heavy
	if st.plan.light {
		q = st.engine.light
	}
	t, err = q.enter(st.session.User(), st.limits)
	return q, t, err
}

// pauseAfter is how long a full buffer is waited for before another statement may have the turn.
const pauseAfter = 20 * time.Millisecond

// yield runs f, which waits for the client, without a turn.
func (x *execution) yield(ctx context.Context, f func() error) error {
	if x.ticket == nil {
		return f()
	}
	x.queue.pause(x.ticket)
	err := f()
	if rerr := x.queue.resume(ctx, x.ticket); err == nil {
		err = rerr
	}
	return err
}
