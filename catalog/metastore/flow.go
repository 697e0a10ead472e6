package metastore

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"
)

// FlowKind tells flows that add what is new to a table from views that are worked out.
type FlowKind string

// The kinds of flows.
const (
	StreamFlow FlowKind = "STREAM"
	ViewFlow   FlowKind = "VIEW"
)

// Schedule says when a flow runs: every so often, or by a cron text in a time zone.
type Schedule struct {
	Every time.Duration
	Cron  string
	Zone  string
}

// Flow is a query that keeps a table up to date.
type Flow struct {
	// ID never changes and is never used again: a table's log knows the flow by it.
	ID                    string
	Kind                  FlowKind
	Database, Table, Name string
	// Text is the query; QueryDatabase the current database when it was made; Settings the SQL settings then in force.
	Text, QueryDatabase string
	Settings            map[string]string
	Owner               string
	// Trusted says that the flow was made by who has the warehouse's files, or while everybody might do everything.
	Trusted bool
	// ByName finds the table's columns by the names of the query's, else by their place.
	ByName bool
	// Once is a flow that ends when it has read what was there.
	Once     bool
	Paused   bool
	Schedule *Schedule
	// Schemas are those of sources that had to be found by looking at files, by the source's name, in Spark's form.
	Schemas map[string]json.RawMessage
	Created time.Time
}

// Run is one refresh of a table by its schedule or by hand.
type Run struct {
	Flow, Database, Table string
	// Due is when the schedule wanted it, zero by hand.
	Due, Started, Ended time.Time
	State               string // RUNNING, SUCCEEDED, FAILED or CANCELED
	Error               string
	Rows                int64
	// Missed is how many due times before this one passed while nothing ran.
	Missed int64
}

const flowSchema = `
CREATE TABLE IF NOT EXISTS flows (
  id TEXT PRIMARY KEY, database TEXT NOT NULL COLLATE NOCASE, tbl TEXT NOT NULL COLLATE NOCASE, name TEXT NOT NULL COLLATE NOCASE, entry TEXT NOT NULL,
  changed INTEGER NOT NULL, UNIQUE (database, name));
CREATE TABLE IF NOT EXISTS runs (
  id INTEGER PRIMARY KEY, flow TEXT NOT NULL, started INTEGER NOT NULL, entry TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS runs_by_flow ON runs (flow, started);
`

// keptRuns is how many runs of a flow are remembered.
const keptRuns = 1000

// PutFlow enters a flow, or changes it.
func (s *Store) PutFlow(ctx context.Context, f *Flow) error {
	if f.Created.IsZero() {
		f.Created = time.Now()
	}
	_, err := s.db.ExecContext(ctx, `INSERT INTO flows VALUES (?,?,?,?,?,?) ON CONFLICT (id) DO UPDATE SET database = excluded.database, tbl = excluded.tbl, name = excluded.name, entry = excluded.entry, changed = excluded.changed`,
		f.ID, f.Database, f.Table, f.Name, encode(f), time.Now().UnixNano())
	if err != nil {
		return fmt.Errorf("flow %s.%s: %w", f.Database, f.Name, err)
	}
	return nil
}

// DropFlow removes a flow.
func (s *Store) DropFlow(ctx context.Context, id string) error {
	if _, err := s.db.ExecContext(ctx, `DELETE FROM flows WHERE id = ?`, id); err != nil {
		return fmt.Errorf("drop flow %s: %w", id, err)
	}
	return nil
}

// Flows lists all flows by table and name.
func (s *Store) Flows(ctx context.Context) ([]*Flow, error) {
	return s.flows(ctx, `SELECT entry FROM flows ORDER BY lower(database), lower(tbl), lower(name)`)
}

// FlowsInto lists the flows of a table.
func (s *Store) FlowsInto(ctx context.Context, database, table string) ([]*Flow, error) {
	return s.flows(ctx, `SELECT entry FROM flows WHERE database = ? AND tbl = ? ORDER BY lower(name)`, database, table)
}

// FlowNamed finds a flow by its name; nil when there is none.
func (s *Store) FlowNamed(ctx context.Context, database, name string) (*Flow, error) {
	all, err := s.flows(ctx, `SELECT entry FROM flows WHERE database = ? AND name = ?`, database, name)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return all[0], nil
}

func (s *Store) flows(ctx context.Context, query string, args ...any) ([]*Flow, error) {
	rows, err := s.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("list flows: %w", err)
	}
	defer rows.Close()
	var out []*Flow
	for rows.Next() {
		var entry string
		if err := rows.Scan(&entry); err != nil {
			return nil, fmt.Errorf("list flows: %w", err)
		}
		f := &Flow{}
		if err := json.Unmarshal([]byte(entry), f); err != nil {
			return nil, fmt.Errorf("flow: %w", err)
		}
		out = append(out, f)
	}
	return out, rows.Err()
}

// FlowsStamp changes whenever a flow is made, changed or dropped.
func (s *Store) FlowsStamp(ctx context.Context) (string, error) {
	var n, at int64
	err := s.db.QueryRowContext(ctx, `SELECT count(*), coalesce(max(changed), 0) FROM flows`).Scan(&n, &at)
	if err != nil {
		return "", fmt.Errorf("flows: %w", err)
	}
	return fmt.Sprint(n, "/", at), nil
}

// PutRun enters a run, or changes the one that started at the same time.
func (s *Store) PutRun(ctx context.Context, r *Run) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("run of %s: %w", r.Flow, err)
	}
	defer func() { _ = tx.Rollback() }()
	started := r.Started.UnixMicro()
	if _, err := tx.ExecContext(ctx, `DELETE FROM runs WHERE flow = ? AND started = ?`, r.Flow, started); err != nil {
		return fmt.Errorf("run of %s: %w", r.Flow, err)
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO runs (flow, started, entry) VALUES (?,?,?)`, r.Flow, started, encode(r)); err != nil {
		return fmt.Errorf("run of %s: %w", r.Flow, err)
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM runs WHERE flow = ? AND id NOT IN (SELECT id FROM runs WHERE flow = ? ORDER BY id DESC LIMIT ?)`, r.Flow, r.Flow, keptRuns); err != nil {
		return fmt.Errorf("run of %s: %w", r.Flow, err)
	}
	return tx.Commit()
}

// Runs lists the runs of a flow, or of all (""), newest first.
func (s *Store) Runs(ctx context.Context, flow string) ([]*Run, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT entry FROM runs WHERE ? IN ('', flow) ORDER BY started DESC, id DESC`, flow)
	if err != nil {
		return nil, fmt.Errorf("list runs: %w", err)
	}
	defer rows.Close()
	var out []*Run
	for rows.Next() {
		var entry string
		if err := rows.Scan(&entry); err != nil {
			return nil, fmt.Errorf("list runs: %w", err)
		}
		r := &Run{}
		if err := json.Unmarshal([]byte(entry), r); err != nil {
			return nil, fmt.Errorf("run: %w", err)
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

// LastDue is the newest due time that a flow has run for; zero when there is none.
func (s *Store) LastDue(ctx context.Context, flow string) (time.Time, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT entry FROM runs WHERE flow = ? ORDER BY started DESC, id DESC`, flow)
	if err != nil {
		return time.Time{}, fmt.Errorf("last run: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var entry string
		var r Run
		if err := rows.Scan(&entry); err != nil {
			return time.Time{}, fmt.Errorf("last run: %w", err)
		}
		if err := json.Unmarshal([]byte(entry), &r); err != nil {
			return time.Time{}, fmt.Errorf("last run: %w", err)
		}
		if !r.Due.IsZero() {
			return r.Due, nil
		}
	}
	if err := rows.Err(); err != nil && err != sql.ErrNoRows {
		return time.Time{}, fmt.Errorf("last run: %w", err)
	}
	return time.Time{}, nil
}

// moveFlows has the flows of a table follow it to its new name.
func moveFlows(ctx context.Context, tx *sql.Tx, database, name string, t *Table) error {
	_, err := tx.ExecContext(ctx, `UPDATE flows SET database = ?1, tbl = ?2, name = CASE WHEN lower(name) = lower(?4) THEN ?2 ELSE name END, changed = ?5,
		entry = json_set(entry, '$.Database', ?1, '$.Table', ?2, '$.Name', CASE WHEN lower(name) = lower(?4) THEN ?2 ELSE name END) WHERE database = ?3 AND tbl = ?4`,
		t.Database, t.Name, database, name, time.Now().UnixNano())
	if err != nil {
		return fmt.Errorf("flows of %s.%s: %w", database, name, err)
	}
	return nil
}
