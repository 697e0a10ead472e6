package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

func TestGCPercent(t *testing.T) {
	for _, c := range []struct {
		live uint64
		want int
	}{{0, 1600}, {4 << 20, 1600}, {64 << 20, 200}, {128 << 20, 100}, {256 << 20, 50}, {8 << 30, 50}} {
		if got := gcPercent(c.live); got != c.want {
			t.Errorf("of %d bytes %d %%, not %d", c.live, got, c.want)
		}
	}
}

func TestCollectorIsPacedAgain(t *testing.T) {
	if os.Getenv("GOGC") != "" {
		t.Skip("GOGC is set")
	}
	before := debug.SetGCPercent(100)
	paceCollector(nil)
	ballast := make([]byte, 200<<20)
	runtime.GC()
	for range 100 {
		if p := debug.SetGCPercent(100); p != 100 && p < 70 {
			debug.SetGCPercent(before)
			runtime.KeepAlive(ballast)
			return
		}
		runtime.GC()
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("a run of the collector did not set the next")
}
