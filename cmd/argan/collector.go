package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

const (
	// leastGarbage may pile up before the collector runs, however little lives: a small heap is not collected all the time.
	leastGarbage = 128 << 20
	// garbagePart is the part of a large heap that may be garbage, in percent. What lives is mostly cached columns without
	// pointers, which cost the collector nothing to look at, so that running often is cheap.
	garbagePart = 50
	// mostPercent bounds what a nearly empty heap would ask for.
	mostPercent = 1600
)

// limitMemory bounds the heap by limit and a margin, and lets garbage grow with what lives, unless the user has set GOGC
// or GOMEMLIMIT.
func limitMemory(limit int64) {
	if os.Getenv("GOGC") == "" {
		paceCollector(nil)
	}
	if os.Getenv("GOMEMLIMIT") == "" && limit > 0 {
		debug.SetMemoryLimit(limit + limit/4 + 256<<20)
	}
}

// mark is collected by every run of the collector, and its finalizer makes the next.
type mark struct{ _ [16]byte }

// paceCollector sets when the collector runs next, and so again after every run.
func paceCollector(*mark) {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	if live[0].Value.Kind() == metrics.KindUint64 {
		debug.SetGCPercent(gcPercent(live[0].Value.Uint64()))
	}
	runtime.SetFinalizer(new(mark), paceCollector)
}

// gcPercent is the garbage that may pile up, in percent of what lives.
func gcPercent(live uint64) int {
	return int(min(max(100*leastGarbage/max(live, 1), garbagePart), mostPercent))
}
