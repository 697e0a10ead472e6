package engine

import (
	"sync"
	"time"
)

// Finished is a statement that has ended, as the history keeps it.
type Finished struct {
	ID, Session, User, Client, SQL, Tag, Name string
	State                                     State
	Error                                     string
	Started, Ended                            time.Time
	Progress                                  Progress
	Affected                                  int64
}

// historySize is how many statements the history keeps.
const historySize = 1000

// history is a ring of the statements that ended last.
type history struct {
	mu   sync.Mutex
	ring []Finished
	next int
}

func newHistory() *history { return &history{ring: make([]Finished, 0, 64)} }

func (h *history) add(f Finished) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.ring) < historySize {
		h.ring = append(h.ring, f)
		return
	}
	h.ring[h.next] = f
	h.next = (h.next + 1) % historySize
}

// list gives the entries, oldest first.
func (h *history) list() []Finished {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := make([]Finished, 0, len(h.ring))
	out = append(out, h.ring[h.next:]...)
	return append(out, h.ring[:h.next]...)
}

// History lists the statements that ended last, oldest first.
func (e *Engine) History() []Finished { return e.history.list() }

// finished enters an ended statement in the history, the metrics and the log.
func (e *Engine) finished(st *Statement) {
	st.mu.Lock()
	f := Finished{
		ID: st.id, Session: st.session.id, User: st.session.options.User, Client: st.session.options.Client, SQL: clip(st.request.SQL, 4000), Tag: st.request.Tag,
		State: st.state, Started: st.prepared, Ended: st.ended, Affected: st.affected,
	}
	if st.plan != nil {
		f.Name = st.plan.name
	}
	if st.err != nil {
		f.Error = clip(st.err.Error(), 4000)
	}
	st.mu.Unlock()
	f.Progress = st.Progress()
	e.history.add(f)
	e.metrics.count(f)
	level := e.log.Debug
	if f.State == Failed {
		level = e.log.Info
	}
	level("statement ended", "id", f.ID, "user", f.User, "state", string(f.State), "ms", f.Ended.Sub(f.Started).Milliseconds(), "rows", f.Progress.RowsOut, "error", clip(f.Error, 300))
}
