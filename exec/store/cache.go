// Package store is the process's cache of what was read from immutable files: footers and decoded column chunks.
//
// In: a key that names a file by path, size and modification time, and how to read what is missing. Out: shared vectors
// that nobody may change. What was used last is kept within a budget that the memory accountant counts; a statement that
// needs memory makes the cache give some back.
package store

import (
	"container/list"
	"errors"
	"sync"

	"github.com/argan-sql/argan/exec/memory"
	"github.com/argan-sql/argan/exec/vector"
)

// Key names a column chunk. Two files never have the same key: a file that is written anew has another size or time.
type Key struct {
	Path           string
	Size, Modified int64
	Group          int
	// Column names the column and the type it is read as.
	Column string
}

// Cache holds column chunks and footers.
type Cache struct {
	acc   *memory.Accountant
	limit int64

	mu     sync.Mutex
	used   int64
	chunks map[Key]*list.Element
	lru    *list.List // front: used last
	hits   int64
	misses int64
}

// entry is a chunk or footer, present or being read.
type entry struct {
	key   Key
	ready chan struct{} // closed when value or err is set
	value any
	err   error
	size  int64 // 0 while it is read
}

// New makes a cache that holds up to limit bytes, counted by the accountant.
func New(acc *memory.Accountant, limit int64) *Cache {
	c := &Cache{acc: acc, limit: limit, chunks: map[Key]*list.Element{}, lru: list.New()}
	acc.OnPressure(c.giveBack)
	return c
}

// Chunk gives a column chunk, read by load where it is not here. A nil cache reads always.
func (c *Cache) Chunk(key Key, load func() (*vector.Vector, error)) (v *vector.Vector, hit bool, err error) {
	x, hit, err := c.get(key, func() (any, int64, error) {
		v, err := load()
		if err != nil {
			return nil, 0, err
		}
		return v, v.SizeBytes(), nil
	})
	if err != nil {
		return nil, false, err
	}
	return x.(*vector.Vector), hit, nil
}

// Footer gives what Open made of a file's footer, whose size in memory is about size bytes.
func (c *Cache) Footer(key Key, size int64, open func() (any, error)) (any, error) {
	x, _, err := c.get(key, func() (any, int64, error) {
		f, err := open()
		return f, size, err
	})
	return x, err
}

func (c *Cache) get(key Key, load func() (any, int64, error)) (value any, hit bool, err error) {
	if c == nil || c.limit <= 0 {
		v, _, err := load()
		return v, false, err
	}
	c.mu.Lock()
	if el := c.chunks[key]; el != nil {
		c.lru.MoveToFront(el)
		c.hits++
		c.mu.Unlock()
		e := el.Value.(*entry)
		<-e.ready
		return e.value, true, e.err
	}
	c.misses++
	e := &entry{key: key, ready: make(chan struct{})}
	el := c.lru.PushFront(e)
	c.chunks[key] = el
	c.mu.Unlock()

	done := false
	defer func() {
		if !done { // load panicked: nobody may wait for it for ever
			c.mu.Lock()
			c.drop(el)
			c.mu.Unlock()
			e.err = errPanicked
			close(e.ready)
		}
	}()
	v, size, err := load()
	done = true
	e.value, e.err = v, err
	close(e.ready)
	if err != nil {
		c.mu.Lock()
		c.drop(el)
		c.mu.Unlock()
		return nil, false, err
	}
	c.keep(el, e, size)
	return v, false, nil
}

// keep counts a chunk that was read, or forgets it where there is no room.
func (c *Cache) keep(el *list.Element, e *entry, size int64) {
	c.mu.Lock()
	c.evict(c.used + size - c.limit)
	fits := c.used+size <= c.limit
	c.mu.Unlock()
	// The accountant may call back for memory, so it is asked without the lock.
	fits = fits && c.acc.Reserve(size)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.chunks[e.key] != el {
		if fits {
			c.acc.Release(size)
		}
		return
	}
	if !fits {
		c.drop(el)
		return
	}
	e.size = size
	c.used += size
}

// drop forgets an entry; the lock is held.
func (c *Cache) drop(el *list.Element) {
	e := el.Value.(*entry)
	if c.chunks[e.key] == el {
		delete(c.chunks, e.key)
		c.lru.Remove(el)
		if e.size > 0 {
			c.used -= e.size
			c.acc.Release(e.size)
		}
	}
}

// evict drops what was not used for longest until need bytes are free; the lock is held.
func (c *Cache) evict(need int64) (freed int64) {
	for el := c.lru.Back(); el != nil && freed < need; {
		before := el.Prev()
		if e := el.Value.(*entry); e.size > 0 {
			freed += e.size
			c.drop(el)
		}
		el = before
	}
	return freed
}

// giveBack is the accountant's call for memory.
func (c *Cache) giveBack(need int64) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.evict(need)
}

// Clear drops everything.
func (c *Cache) Clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.evict(c.used)
}

// Stats tells what the cache holds and how often it had what was asked for.
func (c *Cache) Stats() (entries int, bytes, hits, misses int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lru.Len(), c.used, c.hits, c.misses
}

// errPanicked is for those who waited for a read that ended in a panic.
var errPanicked = errors.New("store: another reader of the same column failed")
