package engine

import (
	"sync"
	"time"

	"github.com/argan-sql/argan/sqlerr"
)

// Finished is a statement that has ended, as the history keeps it.
type Finished struct {
	ID       string `json:"statement_id"`
	Session  string `json:"session_id"`
	User     string `json:"user"`
	Protocol string `json:"protocol,omitempty"`
	Client   string `json:"client,omitempty"`
	Address  string `json:"address,omitempty"`
	Tag      string `json:"tag,omitempty"`
	// Kind is QUERY, UPDATE or COMMAND, Name such as SELECT or MERGE; both are empty where a statement could not be planned.
	Kind  Kind   `json:"kind,omitempty"`
	Name  string `json:"name,omitempty"`
	SQL   string `json:"statement"`
	State State  `json:"state"`
	// Class is the class of the error, Error its text.
	Class string `json:"error_class,omitempty"`
	Error string `json:"error,omitempty"`
	// Submitted is when the statement came, Started when its turn came (zero where it never did), Ended when it ended.
	Submitted time.Time `json:"submitted_at"`
	Started   time.Time `json:"started_at,omitzero"`
	Ended     time.Time `json:"ended_at"`
	// Parse, Plan, Queue and Run are how long each took.
	Parse time.Duration `json:"parse_ns"`
	Plan  time.Duration `json:"plan_ns"`
	Queue time.Duration `json:"queue_ns"`
	Run   time.Duration `json:"run_ns"`
	// Progress is how far it came, Affected the rows it changed and Version the one it committed, -1 for none.
	Progress Progress `json:"progress"`
	Affected int64    `json:"affected"`
	Version  int64    `json:"version"`
	// Explain is what the operators did, for a slow statement.
	Explain string `json:"explain,omitempty"`
}

// historySize is how many statements the history keeps in memory.
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

// History lists the statements that ended last, oldest first: those of who, all for an administrator or nil.
func (e *Engine) History(who *Identity) []Finished {
	all := e.history.list()
	out := all[:0]
	for _, f := range all {
		if who.sees(f.User) {
			out = append(out, f)
		}
	}
	return out
}

// finished enters an ended statement in the history, the metrics and the log.
func (e *Engine) finished(st *Statement) {
	f := st.record()
	e.history.add(f)
	e.metrics.count(f)
	e.audit(auditStatement(&f, st.touched()))
	level := e.log.Debug
	if f.State == Failed {
		level = e.log.Info
	}
	level("statement ended", "id", f.ID, "user", f.User, "state", string(f.State), "ms", f.Ended.Sub(f.Submitted).Milliseconds(), "rows", f.Progress.RowsOut, "error", clip(f.Error, 300))
}

// maxText is how much of a statement and of an error the history keeps.
const maxText = 4000

// record is the statement as the history keeps it.
func (st *Statement) record() Finished {
	o := st.session.options
	st.mu.Lock()
	f := Finished{
		ID: st.id, Session: st.session.PublicID(), User: o.User, Protocol: o.Protocol, Client: o.Client, Address: o.Address, Tag: st.request.Tag, SQL: clip(redacted(st.request.SQL), maxText),
		State: st.state, Submitted: st.prepared, Started: st.started, Ended: st.ended, Parse: st.parsed, Plan: st.planned, Affected: st.affected, Version: st.version,
	}
	if st.plan != nil {
		f.Kind, f.Name = st.plan.kind, st.plan.name
	}
	if !st.submitted.IsZero() {
		// What was prepared earlier was waiting for its client, not for the server.
		f.Submitted = st.submitted.Add(-st.parsed - st.planned)
		f.Queue = until(st.started, st.ended).Sub(st.submitted)
	}
	if !st.started.IsZero() {
		f.Run = until(st.ended).Sub(st.started)
	}
	if st.err != nil {
		f.Class, f.Error = sqlerr.From(st.err).Class, clip(redacted(st.err.Error()), maxText)
	}
	st.mu.Unlock()
	f.Progress = st.Progress()
	return f
}

// until is the first of the moments that has come, else now.
func until(moments ...time.Time) time.Time {
	for _, t := range moments {
		if !t.IsZero() {
			return t
		}
	}
	return time.Now()
}
