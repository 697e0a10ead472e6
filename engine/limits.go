package engine

import (
	"errors"
	"strconv"
	"time"

	"github.com/argan-sql/argan/exec/memory"
	"github.com/argan-sql/argan/sqlerr"
)

// Limits bound what the statements of one user may use; 0 is no limit.
type Limits struct {
	// Memory of a statement, in bytes.
	Memory int64
	// Rows that a query may give.
	Rows int64
	// ScannedBytes that a statement may read from tables.
	ScannedBytes int64
	// Time that a statement may run.
	Time time.Duration
	// Running and Queued statements of the user at the same time.
	Running, Queued int
}

// Or gives the limits, with those of other where there is none.
func (l Limits) Or(other Limits) Limits {
	return Limits{
		Memory: either(l.Memory, other.Memory), Rows: either(l.Rows, other.Rows), ScannedBytes: either(l.ScannedBytes, other.ScannedBytes),
		Time: either(l.Time, other.Time), Running: either(l.Running, other.Running), Queued: either(l.Queued, other.Queued),
	}
}

// Lowest gives the tighter of each two limits.
func (l Limits) Lowest(other Limits) Limits {
	return Limits{
		Memory: tighter(l.Memory, other.Memory), Rows: tighter(l.Rows, other.Rows), ScannedBytes: tighter(l.ScannedBytes, other.ScannedBytes),
		Time: tighter(l.Time, other.Time), Running: tighter(l.Running, other.Running), Queued: tighter(l.Queued, other.Queued),
	}
}

func either[T comparable](a, b T) T {
	var zero T
	if a != zero {
		return a
	}
	return b
}

func tighter[T int | int64 | time.Duration](a, b T) T {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// limitsFor are the limits of a statement: the user's over the server's defaults, lowered by settings.
func (st *Statement) limitsFor() Limits {
	s := st.session
	get := func(key string) string { return s.setting(st, key) }
	var asked Limits
	asked.Memory, _ = ParseSize(get("argan.memory.limit"))
	asked.ScannedBytes, _ = ParseSize(get("argan.limit.scanned-bytes"))
	asked.Rows, _ = strconv.ParseInt(get("argan.limit.rows"), 10, 64)
	asked.Time, _ = time.ParseDuration(get("argan.statement.timeout"))
	return s.engine.userLimits(s).Lowest(asked)
}

// userLimits are the limits of a session's user: their own, else the server's.
func (e *Engine) userLimits(s *Session) Limits {
	own := Limits{}
	if e.limitsOf != nil {
		own = e.limitsOf(s)
	}
	return own.Or(e.config.Limits)
}

// retryAfter is the parameter of an error that tells in how many seconds to try again.
const retryAfter = "retryAfter"

// RetryAfter is when a statement that was refused may be sent again; 0 where the error does not tell.
func RetryAfter(err error) time.Duration {
	var known *sqlerr.Error
	if !errors.As(err, &known) {
		return 0
	}
	n, _ := strconv.ParseInt(known.Parameters[retryAfter], 10, 64)
	return time.Duration(n) * time.Second
}

// checkRows ends a query that gives more rows than it may.
func (st *Statement) checkRows(rows int64) error {
	if limit := st.limits.Rows; limit > 0 && rows > limit && st.plan.kind == KindQuery {
		return sqlerr.New("ROW_LIMIT_EXCEEDED", "limit", itoa(limit))
	}
	return nil
}

// checkScan ends a statement that has read more than it may.
func (st *Statement) checkScan(bytes int64) error {
	if limit := st.limits.ScannedBytes; limit > 0 && bytes > limit {
		return sqlerr.New("SCAN_LIMIT_EXCEEDED", "read", memory.Size(bytes), "limit", memory.Size(limit))
	}
	return nil
}
