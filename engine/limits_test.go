package engine

import (
	"context"
	"testing"
	"time"

	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// oneRow is a load of one row with a bigint id.
func oneRow(table string) Load {
	rest := []*vector.Batch{vector.NewBatch([]*vector.Vector{vector.Of(types.LongType, int64(77))}, 1)}
	return Load{Table: table, Mode: LoadAppend, Columns: types.NewStruct(types.Field{Name: "id", Type: types.LongType, Nullable: true}), Next: func() (*vector.Batch, error) {
		if len(rest) == 0 {
			return nil, nil
		}
		b := rest[0]
		rest = nil
		return b, nil
	}}
}

func TestLimitsEndStatements(t *testing.T) {
	e := openTest(t, "")
	s := sessionOf(t, e)
	run(t, s, "CREATE TABLE t AS SELECT id, uuid() AS u FROM range(200000)")
	for _, c := range []struct {
		name   string
		limits Limits
		sql    string
		class  string
	}{
		{"rows", Limits{Rows: 100}, "SELECT id FROM range(101)", "ROW_LIMIT_EXCEEDED"},
		{"rows just enough", Limits{Rows: 100}, "SELECT id FROM range(100)", ""},
		{"rows that are changed do not count", Limits{Rows: 10}, "INSERT INTO t SELECT id, 'x' FROM range(100)", ""},
		{"scan", Limits{ScannedBytes: 1 << 20}, "SELECT max(u) FROM t", "SCAN_LIMIT_EXCEEDED"},
		{"scan of little", Limits{ScannedBytes: 1 << 20}, "SELECT max(u) FROM t WHERE id < 0", ""},
		{"scan in an update", Limits{ScannedBytes: 1 << 20}, "UPDATE t SET u = concat(u, 'x')", "SCAN_LIMIT_EXCEEDED"},
		{"time", Limits{Time: 100 * time.Millisecond}, long, "STATEMENT_TIMEOUT"},
		{"memory", Limits{Memory: 1 << 20}, "SELECT max(s) FROM (SELECT sum(id) OVER (ORDER BY hash(id) ROWS BETWEEN 5 PRECEDING AND CURRENT ROW) AS s FROM range(3000000))", "MEMORY_LIMIT_EXCEEDED"},
	} {
		e.limitsOf = func(*Session) Limits { return c.limits }
		err := s.Exec(context.Background(), c.sql)
		if c.class == "" && err != nil || c.class != "" && !sqlerr.Is(err, c.class) {
			t.Errorf("%s: %v, expected %q", c.name, err, c.class)
		}
	}
	e.limitsOf = nil
	if got := one(t, s, "SELECT count(*) FROM t WHERE u LIKE '%x'"); got != "100" {
		t.Errorf("%s rows are changed, expected those of the INSERT alone", got)
	}
}

func TestSettingsOnlyLowerLimits(t *testing.T) {
	e := openTest(t, "")
	e.config.Limits = Limits{Rows: 100, Time: time.Minute, Memory: 100 << 20, ScannedBytes: 1 << 30, Running: 3}
	e.limitsOf = func(*Session) Limits { return Limits{Rows: 1000} }
	s := sessionOf(t, e)
	of := func(settings map[string]string) Limits {
		st, err := s.Prepare(context.Background(), Request{SQL: "SELECT 1", Settings: settings})
		if err != nil {
			t.Fatal(err)
		}
		return st.limits
	}
	if got, want := of(nil), (Limits{Rows: 1000, Time: time.Minute, Memory: 100 << 20, ScannedBytes: 1 << 30, Running: 3}); got != want {
		t.Errorf("%+v, expected %+v", got, want)
	}
	raised := of(map[string]string{"argan.limit.rows": "5000", "argan.statement.timeout": "2h", "argan.memory.limit": "10g", "argan.limit.scanned-bytes": "10g"})
	if want := of(nil); raised != want {
		t.Errorf("%+v, expected %+v", raised, want)
	}
	lowered := of(map[string]string{"argan.limit.rows": "5", "argan.statement.timeout": "2s", "argan.memory.limit": "10m", "argan.limit.scanned-bytes": "10k"})
	if want := (Limits{Rows: 5, Time: 2 * time.Second, Memory: 10 << 20, ScannedBytes: 10 << 10, Running: 3}); lowered != want {
		t.Errorf("%+v, expected %+v", lowered, want)
	}
}

func TestRateOfStatements(t *testing.T) {
	e := openTest(t, "")
	e.rates.perSecond = 0.01
	s := sessionOf(t, e)
	run(t, s, "SELECT 1")
	_, err := s.Query(context.Background(), Request{SQL: "SELECT 1"})
	if !sqlerr.Is(err, "TOO_MANY_REQUESTS") || RetryAfter(err) < time.Second {
		t.Errorf("%v, again in %s", err, RetryAfter(err))
	}
	other, oerr := e.NewSession(SessionOptions{User: "other"})
	if oerr != nil {
		t.Fatal(oerr)
	}
	run(t, other, "SELECT 1")
}
