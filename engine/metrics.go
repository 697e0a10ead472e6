package engine

import (
	"sync"
)

// LatencyBounds are the upper bounds of the latency histogram, in seconds.
var LatencyBounds = []float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300}

// Metrics counts statements since the start.
type Metrics struct {
	mu      sync.Mutex
	states  map[State]int64
	buckets [17]int64
	seconds float64
	count64 int64
	rows    int64
	read    int64
	bytes   int64
	spilled int64
	logins  int64 // failed
}

// loginFailed counts a login that was refused.
func (m *Metrics) loginFailed() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.logins++
}

// MetricsSnapshot is the counters at one moment.
type MetricsSnapshot struct {
	// Ended statements by state.
	Ended map[State]int64
	// Buckets counts statements at or below each of LatencyBounds, cumulatively; Count and Seconds are their number and sum.
	Buckets []int64
	Count   int64
	Seconds float64
	// Rows given to clients, rows and bytes read from tables, bytes spilled.
	Rows, RowsRead, BytesRead, Spilled int64
	// Now: running and waiting statements, open sessions, memory in use and its limit, bytes in the cache.
	Running, Queued, Sessions            int
	MemoryUsed, MemoryLimit, CachedBytes int64
}

func (m *Metrics) count(f Finished) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.states == nil {
		m.states = map[State]int64{}
	}
	m.states[f.State]++
	s := f.Ended.Sub(f.Submitted).Seconds()
	i := 0
	for i < len(LatencyBounds) && s > LatencyBounds[i] {
		i++
	}
	m.buckets[i]++
	m.seconds += s
	m.count64++
	m.rows += f.Progress.RowsOut
	m.read += f.Progress.RowsRead
	m.bytes += f.Progress.BytesRead
	m.spilled += f.Progress.SpilledBytes
}

func (m *Metrics) snapshot(e *Engine) MetricsSnapshot {
	m.mu.Lock()
	out := MetricsSnapshot{Ended: map[State]int64{}, Count: m.count64, Seconds: m.seconds, Rows: m.rows, RowsRead: m.read, BytesRead: m.bytes, Spilled: m.spilled}
	for k, v := range m.states {
		out.Ended[k] = v
	}
	sum := int64(0)
	for i := range LatencyBounds {
		sum += m.buckets[i]
		out.Buckets = append(out.Buckets, sum)
	}
	m.mu.Unlock()
	e.statements.each(func(st *Statement) {
		switch state, _ := st.State(); state {
		case Running:
			out.Running++
		case Queued:
			out.Queued++
		}
	})
	e.sessions.Range(func(_, _ any) bool { out.Sessions++; return true })
	out.MemoryUsed, out.MemoryLimit = e.memory.Used(), e.memory.Limit()
	_, out.CachedBytes, _, _ = e.cache.Stats()
	return out
}
