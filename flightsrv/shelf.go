package flightsrv

import (
	"sync"
	"time"

	"github.com/argan-sql/argan/engine"
)

// shelf keeps things that clients name by a handle: tickets, prepared statements. A thing is only ever found by the user
// whose session put it there, while that session lives. A session keeps at most limit things, and the oldest give way.
type shelf[T any] struct {
	life  time.Duration // how long an unused thing is kept
	limit int

	mu    sync.Mutex
	items map[string]*kept[T]
	order map[string][]string // handles by session, oldest first; some are gone
	swept time.Time
}

type kept[T any] struct {
	thing   T
	session *engine.Session
	used    time.Time
}

func newShelf[T any](life time.Duration, limit int) *shelf[T] {
	return &shelf[T]{life: life, limit: limit, items: map[string]*kept[T]{}, order: map[string][]string{}}
}

// put keeps a thing under a handle and gives those that had to go for it.
func (s *shelf[T]) put(session *engine.Session, handle string, thing T) (gone []T) {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Sub(s.swept) > time.Minute {
		s.swept = now
		gone = s.sweep(now)
	}
	s.items[handle] = &kept[T]{thing, session, now}
	list := append(s.order[session.ID()], handle)
	for len(list) > s.limit {
		if k := s.items[list[0]]; k != nil {
			gone = append(gone, k.thing)
			delete(s.items, list[0])
		}
		list = list[1:]
	}
	s.order[session.ID()] = list
	return gone
}

// sweep forgets what was not used for too long and what belongs to sessions that have ended.
func (s *shelf[T]) sweep(now time.Time) (gone []T) {
	for handle, k := range s.items {
		if now.Sub(k.used) > s.life || k.session.Ended() {
			gone = append(gone, k.thing)
			delete(s.items, handle)
		}
	}
	for id, list := range s.order {
		left := list[:0:0]
		for _, handle := range list {
			if s.items[handle] != nil {
				left = append(left, handle)
			}
		}
		if s.order[id] = left; len(left) == 0 {
			delete(s.order, id)
		}
	}
	return gone
}

// find gives a thing to who may have it.
func (s *shelf[T]) find(session *engine.Session, handle string) (thing T, ok bool) {
	s.mu.Lock()
	k := s.items[handle]
	if k != nil {
		k.used = time.Now()
	}
	s.mu.Unlock()
	if k == nil || k.session.User() != session.User() || k.session.Ended() {
		return thing, false
	}
	return k.thing, true
}

// take is find, and the thing is no longer kept.
func (s *shelf[T]) take(session *engine.Session, handle string) (thing T, ok bool) {
	if thing, ok = s.find(session, handle); !ok {
		return thing, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.items[handle] == nil {
		return thing, false // another call was faster
	}
	delete(s.items, handle)
	return thing, true
}
