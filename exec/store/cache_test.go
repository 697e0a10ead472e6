package store

import (
	"errors"
	"sync"
	"testing"

	"github.com/argan-sql/argan/exec/memory"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

func chunk(n int) func() (*vector.Vector, error) {
	return func() (*vector.Vector, error) { return vector.New(types.LongType, n), nil }
}

func TestCacheKeepsWithinItsBudget(t *testing.T) {
	acc := memory.New(1 << 20)
	c := New(acc, 100_000)
	for i := range 50 {
		if _, _, err := c.Chunk(Key{Path: "f", Group: i}, chunk(1000)); err != nil {
			t.Fatal(err)
		}
	}
	n, used, _, misses := c.Stats()
	if used > 100_000 || n < 10 || misses != 50 || acc.Used() != used {
		t.Errorf("%d entries, %d bytes, %d misses, %d counted", n, used, misses, acc.Used())
	}
	if _, hit, _ := c.Chunk(Key{Path: "f", Group: 49}, chunk(1000)); !hit {
		t.Error("the last chunk is gone")
	}
	if _, hit, _ := c.Chunk(Key{Path: "f", Group: 0}, chunk(1000)); hit {
		t.Error("the first chunk is still there")
	}
	// A statement that needs the memory gets it.
	if b := acc.Statement(0); !b.Reserve(1<<20 - 1000) {
		t.Error("the cache does not give memory back")
	}
}

func TestCacheReadsOnce(t *testing.T) {
	c := New(memory.New(0), 1<<20)
	reads := 0
	var wg sync.WaitGroup
	for range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			_, _, err := c.Chunk(Key{Path: "g"}, func() (*vector.Vector, error) { reads++; return vector.New(types.IntType, 5), nil })
			if err != nil {
				t.Error(err)
			}
		}()
	}
	wg.Wait()
	if reads != 1 {
		t.Errorf("%d reads", reads)
	}
	bad := errors.New("bad")
	if _, _, err := c.Chunk(Key{Path: "h"}, func() (*vector.Vector, error) { return nil, bad }); !errors.Is(err, bad) {
		t.Error(err)
	}
	if _, _, err := c.Chunk(Key{Path: "h"}, chunk(1)); err != nil {
		t.Error("an error was kept")
	}
}
