package engine

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/argan-sql/argan/engine/journal"
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

// history keeps the statements that ended: the last ones in memory, more of them on disk where that is asked for.
type history struct {
	retention time.Duration
	log       *journal.Journal // nil: in memory only
	report    func(error)
	mu        sync.Mutex
	ring      []Finished
	next      int
}

const (
	// historyFile is the file of the history in the warehouse's folder of the server's own.
	historyFile = "history.jsonl"
	// historyFileSize is the size at which it is rotated; historyFiles bounds how many there are.
	historyFileSize = 16 << 20
	historyFiles    = 20
)

func newHistory(config *Config) *history {
	h := &history{ring: make([]Finished, 0, 64), retention: config.HistoryRetention, report: func(err error) {
		config.Logger.Error("the history of statements cannot be written", "error", err)
	}}
	if h.retention <= 0 {
		return h
	}
	log, err := journal.Open(journal.Options{
		Path: filepath.Join(config.Warehouse, "_argan", historyFile), MaxBytes: historyFileSize, Keep: historyFiles, Retention: h.retention, Sync: 10 * time.Second, Failed: h.report,
	})
	if err != nil {
		h.report(err) // the server does not need it
		return h
	}
	h.log = log
	return h
}

func (h *history) close() {
	if h.log == nil {
		return
	}
	if err := h.log.Close(); err != nil {
		h.report(err)
	}
}

// each calls f with the entries, oldest first: those on disk that are young enough, or where there are none those in memory.
func (h *history) each(f func(*Finished) error) error {
	if h.log == nil {
		for _, entry := range h.list() {
			if err := f(&entry); err != nil {
				return err
			}
		}
		return nil
	}
	oldest := time.Now().Add(-h.retention)
	return h.log.Read(func(line []byte) error {
		var entry Finished
		if err := json.Unmarshal(line, &entry); err == nil && !entry.Ended.Before(oldest) {
			return f(&entry)
		}
		return nil // a line that was cut by a crash
	})
}

func (h *history) add(f Finished) {
	if h.log != nil {
		if err := h.log.Append(f, false); err != nil {
			h.report(err)
		}
	}
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
	plans := st.progress.taken()
	if slow := e.config.SlowQuery; slow > 0 && f.Run >= slow {
		f.Explain = explained(plans)
		e.metrics.slow.Inc()
		e.log.Warn("slow statement", "id", f.ID, "user", f.User, "client", f.Client, "tag", f.Tag, "state", string(f.State), "ms", f.Ended.Sub(f.Submitted).Milliseconds(),
			"parse_ms", f.Parse.Milliseconds(), "plan_ms", f.Plan.Milliseconds(), "queue_ms", f.Queue.Milliseconds(), "run_ms", f.Run.Milliseconds(), "rows", f.Progress.RowsOut,
			"rows_read", f.Progress.RowsRead, "bytes_read", f.Progress.BytesRead, "peak_memory", f.Progress.PeakMemory, "spilled", f.Progress.SpilledBytes, "statement", f.SQL, "plan", f.Explain)
	}
	st.trace(&f, plans)
	e.history.add(f)
	e.metrics.count(&f)
	ev := auditStatement(&f, st.touched())
	if st.rightsEvent != "" {
		ev.Event, ev.Name = st.rightsEvent, st.rightsName
	}
	e.audit(ev)
	level := e.log.Debug
	if f.State == Failed {
		level = e.log.Info
	}
	level("statement ended", "id", f.ID, "user", f.User, "state", string(f.State), "ms", f.Ended.Sub(f.Submitted).Milliseconds(), "rows", f.Progress.RowsOut, "error", clip(f.Error, 300))
}

// maxText is how much of a statement and of an error the history keeps.
const maxText = 4000

// shownText is text without secrets, cut. Secrets are looked for in more than is kept, so that none is cut in two, but not
// in all of a text of megabytes.
func shownText(text string) string { return clip(redacted(clip(text, 4*maxText)), maxText) }

// record is the statement as the history keeps it.
func (st *Statement) record() Finished {
	o := st.session.options
	st.mu.Lock()
	f := Finished{
		ID: st.id, Session: st.session.PublicID(), User: o.User, Protocol: o.Protocol, Client: o.Client, Address: o.Address, Tag: st.request.Tag, SQL: shownText(st.request.SQL),
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
		text := withoutSecretsOf(clip(st.request.SQL, 4*maxText), clip(st.err.Error(), 4*maxText))
		f.Class, f.Error = sqlerr.From(st.err).Class, clip(text, maxText)
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

// maxExplain is how much of the plans of a slow statement is kept.
const maxExplain = 64 << 10

// explained are the plans that a statement has run, with what each operator did.
func explained(plans []executed) string {
	var b strings.Builder
	for i := range plans {
		if i > 0 {
			b.WriteString("\n")
		}
		b.WriteString(plans[i].tree())
		if b.Len() > maxExplain {
			break
		}
	}
	return clip(redacted(clip(b.String(), 2*maxExplain)), maxExplain)
}
