package engine

import (
	"context"
	"time"

	"github.com/argan-sql/argan/types"
)

func init() {
	systemTables["running"] = &systemTable{
		comment: "Statements that wait or run now; KILL QUERY ends one",
		columns: append(statementColumns(),
			documented("elapsed_ms", types.DoubleType, "Time since it was submitted"),
			documented("tasks_done", types.LongType, "Pieces of work done"),
			documented("tasks_total", types.LongType, "Pieces of work known so far"),
		),
		rows: func(_ context.Context, s *Session) ([][]any, error) {
			var out [][]any
			for _, st := range s.engine.Statements(s.Identity()) {
				f := st.record()
				if f.State != Queued && f.State != Running {
					continue
				}
				out = append(out, append(f.cells(), milliseconds(time.Since(f.Submitted)), f.Progress.TasksDone, f.Progress.TasksTotal))
			}
			return out, nil
		},
	}
	systemTables["query_history"] = &systemTable{
		comment: "Statements that have ended",
		columns: append(statementColumns(),
			documented("ended_at", types.TimestampType, "When it ended"),
			documented("total_ms", types.DoubleType, "From its submission to its end"),
			documented("affected_rows", types.LongType, "Rows changed; NULL where that does not apply"),
			documented("commit_version", types.LongType, "Version of the table that it committed"),
			documented("error_class", types.StringType, "Class of the error"),
			documented("error", types.StringType, "Text of the error"),
			documented("explain", types.StringType, "What each operator did, of a slow statement"),
		),
		rows: func(ctx context.Context, s *Session) ([][]any, error) {
			var out [][]any
			who := s.Identity()
			err := s.engine.history.each(func(f *Finished) error {
				if who.sees(f.User) {
					out = append(out, append(f.cells(), instant(f.Ended), milliseconds(f.Ended.Sub(f.Submitted)), notNegative(f.Affected), notNegative(f.Version),
						emptyAsNull(f.Class), emptyAsNull(f.Error), emptyAsNull(f.Explain)))
				}
				return ctx.Err()
			})
			return out, err
		},
	}
	systemTables["sessions"] = &systemTable{
		comment: "Open sessions; KILL SESSION ends one",
		columns: []types.Field{
			documented("session_id", types.StringType, "Name of the session, of no use to take it over"),
			documented("user", types.StringType, "Who is connected"),
			documented("protocol", types.StringType, "flight, http, hive"),
			documented("client", types.StringType, "Program"),
			documented("address", types.StringType, "Where the client is"),
			documented("database", types.StringType, "Current database"),
			documented("started_at", types.TimestampType, "When the session began"),
			documented("last_used_at", types.TimestampType, "When it was used last"),
			documented("idle_ms", types.DoubleType, "Time since then; 0 while a statement runs"),
			documented("running", types.LongType, "Statements that wait or run in it"),
			documented("temporary_views", types.LongType, "Temporary views it has"),
		},
		rows: func(_ context.Context, s *Session) ([][]any, error) {
			var out [][]any
			for _, o := range s.engine.Sessions(s.Identity()) {
				idle := time.Duration(0)
				if o.idle() {
					idle = time.Since(o.lastUse())
				}
				out = append(out, []any{
					o.PublicID(), o.User(), emptyAsNull(o.options.Protocol), emptyAsNull(o.options.Client), emptyAsNull(o.options.Address), o.Database(),
					instant(o.started), instant(o.lastUse()), milliseconds(idle), int64(o.busy.Load()), int64(len(o.temporaryViews())),
				})
			}
			return out, nil
		},
	}
}

// statementColumns are those that a running and an ended statement have in common.
func statementColumns() []types.Field {
	return []types.Field{
		documented("statement_id", types.StringType, "Name of the statement"),
		documented("session_id", types.StringType, "Session it belongs to"),
		documented("user", types.StringType, "Who sent it"),
		documented("protocol", types.StringType, "flight, http, hive"),
		documented("client", types.StringType, "Program that sent it"),
		documented("address", types.StringType, "Where it came from"),
		documented("tag", types.StringType, "The client's query tag"),
		documented("kind", types.StringType, "QUERY, UPDATE or COMMAND"),
		documented("name", types.StringType, "SELECT, MERGE, OPTIMIZE …"),
		documented("state", types.StringType, "QUEUED, RUNNING, SUCCEEDED, FAILED or CANCELED"),
		documented("submitted_at", types.TimestampType, "When it came"),
		documented("started_at", types.TimestampType, "When its turn came"),
		documented("parse_ms", types.DoubleType, "Time for reading the text"),
		documented("plan_ms", types.DoubleType, "Time for planning"),
		documented("queue_ms", types.DoubleType, "Time in the queue"),
		documented("run_ms", types.DoubleType, "Time since its turn came"),
		documented("rows_out", types.LongType, "Rows given to the client"),
		documented("rows_read", types.LongType, "Rows read from tables"),
		documented("bytes_read", types.LongType, "Bytes read from tables"),
		documented("peak_memory_bytes", types.LongType, "Most memory held"),
		documented("spilled_bytes", types.LongType, "Bytes of temporary data written to disk"),
		documented("statement", types.StringType, "The SQL text, without secrets, cut after 4000 bytes"),
	}
}

// cells are the values of statementColumns.
func (f *Finished) cells() []any {
	return []any{
		f.ID, f.Session, f.User, emptyAsNull(f.Protocol), emptyAsNull(f.Client), emptyAsNull(f.Address), emptyAsNull(f.Tag), emptyAsNull(string(f.Kind)), emptyAsNull(f.Name), string(f.State),
		instant(f.Submitted), instant(f.Started), milliseconds(f.Parse), milliseconds(f.Plan), milliseconds(f.Queue), milliseconds(f.Run),
		f.Progress.RowsOut, f.Progress.RowsRead, f.Progress.BytesRead, f.Progress.PeakMemory, f.Progress.SpilledBytes, f.SQL,
	}
}

// notNegative is a number, NULL below 0.
func notNegative(n int64) any {
	if n < 0 {
		return nil
	}
	return n
}
