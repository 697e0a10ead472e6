package engine

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"github.com/argan-sql/argan/engine/journal"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// Kinds of audited events.
const (
	EventLogin     = "login"
	EventStatement = "statement"
	EventGrant     = "grant"
	EventUser      = "user"
	EventKill      = "kill"
)

// Outcomes of audited events.
const (
	OutcomeOK        = "ok"
	OutcomeFailed    = "failed"
	OutcomeDenied    = "denied"
	OutcomeCancelled = "canceled"
)

// Event is a line of the audit log: who did what, when, from where, and how it ended. Secrets are in none of its fields.
type Event struct {
	Time     time.Time `json:"time"`
	Event    string    `json:"event"`
	User     string    `json:"user"`
	Protocol string    `json:"protocol,omitempty"`
	Client   string    `json:"client,omitempty"`
	Address  string    `json:"address,omitempty"`
	// Session and Statement name where it happened; Session is the public name.
	Session   string `json:"session_id,omitempty"`
	Statement string `json:"statement_id,omitempty"`
	// Name is what was done: SELECT, GRANT, CREATE USER, KILL QUERY. SQL is its text.
	Name string `json:"name,omitempty"`
	SQL  string `json:"statement,omitempty"`
	// Objects are the tables and views that were named.
	Objects []string `json:"objects,omitempty"`
	// Rows given or, where rows were changed, changed.
	Rows    int64  `json:"rows"`
	Outcome string `json:"outcome"`
	Class   string `json:"error_class,omitempty"`
	// Detail is a sentence, such as why a login failed.
	Detail string        `json:"detail,omitempty"`
	Took   time.Duration `json:"duration_ns"`
}

// auditSize is how many events are kept in memory, for system.audit where there is no log.
const auditSize = 1000

// auditor takes events to the log and keeps the last ones in memory.
type auditor struct {
	log      *journal.Journal // nil: off
	required bool
	mu       sync.Mutex
	ring     []Event
	next     int
	broken   error // why the last event could not be written
}

func newAuditor(config *Config, report func(error)) (*auditor, error) {
	a := &auditor{required: config.AuditRequired}
	if config.AuditLog == "" {
		if a.required {
			return nil, sqlerr.New("INVALID_SETTING", "key", "audit-required", "value", "true", "reason", "there is no audit-log to be required")
		}
		return a, nil
	}
	log, err := journal.Open(journal.Options{Path: config.AuditLog, Keep: config.AuditKeep, MaxBytes: config.AuditMaxSize, Failed: report})
	a.log = log
	return a, err
}

// audit writes an event to the audit log. Statements may wait for the disk a second; what changes who may do what is on the
// disk when audit returns. A log that cannot be written is reported in the server's log; where the log is required, no
// further statement runs until it can be written again.
func (e *Engine) audit(ev Event) {
	if ev.Time.IsZero() {
		ev.Time = time.Now()
	}
	if ev.Event == EventLogin && ev.Outcome != OutcomeOK {
		e.metrics.logins.Inc()
	}
	if err := e.auditor.add(ev); err != nil {
		e.log.Error("the audit log cannot be written", "event", ev.Event, "user", ev.User, "statement", ev.Statement, "error", err)
	}
}

func (a *auditor) add(ev Event) error {
	a.mu.Lock()
	if len(a.ring) < auditSize {
		a.ring = append(a.ring, ev)
	} else {
		a.ring[a.next] = ev
		a.next = (a.next + 1) % auditSize
	}
	a.mu.Unlock()
	if a.log == nil {
		return nil
	}
	err := a.log.Append(ev, ev.Event != EventStatement)
	a.mu.Lock()
	a.broken = err
	a.mu.Unlock()
	return err
}

// ready refuses a statement where the audit log is required and cannot be written. A log that was broken is tried again.
func (a *auditor) ready() error {
	if !a.required || a.log == nil {
		return nil
	}
	a.mu.Lock()
	broken := a.broken
	a.mu.Unlock()
	if broken == nil {
		return nil
	}
	err := a.log.Append(Event{Time: time.Now(), Event: "log", Outcome: OutcomeOK, Detail: "the audit log can be written again; events are missing before this line"}, true)
	a.mu.Lock()
	a.broken = err
	a.mu.Unlock()
	if err != nil {
		return sqlerr.New("AUDIT_LOG_FAILED", "reason", err.Error()).Wrap(err)
	}
	return nil
}

// memory gives the events in memory, oldest first.
func (a *auditor) memory() []Event {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := make([]Event, 0, len(a.ring))
	out = append(out, a.ring[a.next:]...)
	return append(out, a.ring[:a.next]...)
}

// events calls f with the events, oldest first: those of the log, or where there is none those in memory.
func (a *auditor) events(f func(Event) error) error {
	if a.log == nil {
		for _, ev := range a.memory() {
			if err := f(ev); err != nil {
				return err
			}
		}
		return nil
	}
	return a.log.Read(func(line []byte) error {
		var ev Event
		if err := json.Unmarshal(line, &ev); err == nil && !ev.Time.IsZero() {
			return f(ev)
		}
		return nil // a line that was cut by a crash
	})
}

func (a *auditor) close() error {
	if a == nil || a.log == nil {
		return nil
	}
	return a.log.Close()
}

// auditStatement is the event of an ended statement.
func auditStatement(f *Finished, objects []string) Event {
	ev := Event{
		Time: f.Ended, Event: EventStatement, User: f.User, Protocol: f.Protocol, Client: f.Client, Address: f.Address, Session: f.Session, Statement: f.ID,
		Name: f.Name, SQL: f.SQL, Objects: objects, Rows: f.Progress.RowsOut, Outcome: OutcomeOK, Class: f.Class, Took: f.Ended.Sub(f.Submitted),
	}
	if f.Affected >= 0 {
		ev.Rows = f.Affected
	}
	switch {
	case f.Class == "INSUFFICIENT_PERMISSIONS":
		ev.Outcome = OutcomeDenied
	case f.State == Cancelled:
		ev.Outcome = OutcomeCancelled
	case f.State == Failed:
		ev.Outcome = OutcomeFailed
	}
	return ev
}

// maxAuditRows bounds what system.audit gives, the newest: the file may be far longer.
const maxAuditRows = 1_000_000

func init() {
	systemTables["audit"] = &systemTable{
		comment: "Logins, statements, changes of users and rights, kills: the audit log, or the last 1000 events where none is kept",
		columns: []types.Field{
			documented("time", types.TimestampType, "When it ended"),
			documented("event", types.StringType, "login, statement, grant, user, kill"),
			documented("user", types.StringType, "Who"),
			documented("protocol", types.StringType, "flight, http, hive"),
			documented("client", types.StringType, "Program"),
			documented("address", types.StringType, "From where"),
			documented("session_id", types.StringType, "Session"),
			documented("statement_id", types.StringType, "Statement"),
			documented("name", types.StringType, "What was done: SELECT, GRANT, KILL QUERY"),
			documented("statement", types.StringType, "The SQL text, without secrets"),
			documented("objects", types.NewArray(types.StringType, false), "Tables and views that were named"),
			documented("rows", types.LongType, "Rows given or changed"),
			documented("outcome", types.StringType, "ok, failed, denied or canceled"),
			documented("error_class", types.StringType, "Class of the error"),
			documented("detail", types.StringType, "More about it"),
			documented("duration_ms", types.DoubleType, "How long it took"),
		},
		rows: func(ctx context.Context, s *Session) ([][]any, error) {
			var out [][]any
			who := s.Identity()
			err := s.engine.auditor.events(func(ev Event) error {
				if !who.sees(ev.User) {
					return nil
				}
				objects := make([]any, len(ev.Objects))
				for i, o := range ev.Objects {
					objects[i] = o
				}
				out = append(out, []any{
					instant(ev.Time), ev.Event, ev.User, emptyAsNull(ev.Protocol), emptyAsNull(ev.Client), emptyAsNull(ev.Address), emptyAsNull(ev.Session), emptyAsNull(ev.Statement),
					emptyAsNull(ev.Name), emptyAsNull(ev.SQL), objects, ev.Rows, ev.Outcome, emptyAsNull(ev.Class), emptyAsNull(ev.Detail), milliseconds(ev.Took),
				})
				if len(out) >= 2*maxAuditRows {
					out = append(out[:0], out[len(out)-maxAuditRows:]...)
				}
				return ctx.Err()
			})
			if err != nil && !errors.Is(err, context.Canceled) {
				return nil, err
			}
			return out[max(0, len(out)-maxAuditRows):], ctx.Err()
		},
	}
}
