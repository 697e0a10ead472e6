package stream

import (
	"context"
	"errors"
	"time"

	"github.com/argan-sql/argan/catalog/metastore"
)

// A table is looked after when so many commits have been made to it, or so much time has passed since one.
const (
	maintainCommits = 64
	maintainAfter   = 5 * time.Minute
)

// keepTime starts the runs that are due, and what tables need now and then. A flow whose run is not over yet is passed over, so
// runs never pile up; what was missed while nothing ran is run once.
func (s *Supervisor) keepTime(ctx context.Context) {
	now := time.Now()
	s.mu.Lock()
	var all []*running
	for _, r := range s.runs {
		if !r.busy {
			all = append(all, r)
		}
	}
	s.mu.Unlock()
	for _, r := range all {
		switch {
		case ctx.Err() != nil:
			return
		case r.flow.Schedule != nil:
			s.keepSchedule(ctx, r, now)
		case !r.timed:
			s.mu.Lock()
			due := r.commits >= maintainCommits || r.commits > 0 && now.Sub(r.kept) > maintainAfter
			s.mu.Unlock()
			if due {
				s.task(r, func(ctx context.Context) {
					s.mu.Lock()
					r.commits, r.kept = 0, now
					s.mu.Unlock()
					s.maintain(ctx, r)
				})
			}
		}
	}
}

func (s *Supervisor) maintain(ctx context.Context, r *running) {
	if err := s.host.Maintain(ctx, r.flow); err != nil && ctx.Err() == nil {
		s.log.Warn("a table was not looked after; it is tried again", "table", r.flow.Database+"."+r.flow.Table, "error", err)
	}
}

// task runs something beside a flow, one thing at a time.
func (s *Supervisor) task(r *running, f func(ctx context.Context)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.busy || r.ctx.Err() != nil || s.runs[r.flow.ID] != r {
		return
	}
	r.busy = true
	r.tasks.Go(func() {
		f(r.ctx)
		s.mu.Lock()
		r.busy = false
		s.mu.Unlock()
	})
}

func (s *Supervisor) keepSchedule(ctx context.Context, r *running, now time.Time) {
	if r.last.IsZero() {
		last, err := s.host.LastDue(ctx, r.flow.ID)
		if err != nil {
			s.log.Error("a schedule", "flow", r.flow.Name, "error", err)
			return
		}
		if last.IsZero() {
			last = r.flow.Created
		}
		r.last = last
	}
	if r.due.After(now) {
		return
	}
	at, missed, ok, err := due(r.flow.Schedule, r.last, now)
	if err != nil {
		r.runner.set(Failed, func(st *Status) { st.Err = err })
		return
	}
	if ok {
		r.last = at
		s.task(r, func(ctx context.Context) { s.scheduled(ctx, r, at, missed) })
	}
	if next, err := NextDue(r.flow.Schedule, r.last); err == nil {
		s.mu.Lock()
		r.due = next
		s.mu.Unlock()
	}
}

// scheduled is one run by the schedule.
func (s *Supervisor) scheduled(ctx context.Context, r *running, at time.Time, missed int64) {
	run := &metastore.Run{Flow: r.flow.ID, Database: r.flow.Database, Table: r.flow.Table, Due: at, Missed: missed}
	err := Refresh(ctx, s.host, r.runner, run)
	r.runner.set(Waiting, func(st *Status) { st.Err = err })
	if err != nil && ctx.Err() == nil {
		s.log.Error("a scheduled refresh failed", "table", r.flow.Database+"."+r.flow.Table, "due", at, "error", err)
	}
	if r.flow.Kind == metastore.StreamFlow && ctx.Err() == nil {
		s.maintain(ctx, r)
	}
}

// Refresh runs a flow once and keeps the history of it in run, which says why it runs.
func Refresh(ctx context.Context, host Host, runner *Runner, run *metastore.Run) error {
	run.Started, run.State = time.Now(), "RUNNING"
	if err := host.PutRun(ctx, run); err != nil {
		return err
	}
	var err error
	if runner.flow.Kind == metastore.ViewFlow {
		runner.set(Running, nil)
		run.Rows, err = host.RefreshView(ctx, runner.flow)
	} else {
		before := runner.Status().RowsOut
		err = runner.Once(ctx)
		run.Rows = runner.Status().RowsOut - before
	}
	run.Ended, run.State = time.Now(), "SUCCEEDED"
	switch {
	case err != nil && ctx.Err() != nil:
		run.State = "CANCELED"
	case err != nil:
		run.State, run.Error = "FAILED", err.Error()
	}
	note, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWord)
	defer cancel()
	return errors.Join(err, host.PutRun(note, run))
}
