package engine

import "time"

// Limits bound what the statements of one user may use; 0 is no limit.
type Limits struct {
	// Memory of a statement, in bytes.
	Memory int64
	// Rows that a statement may give.
	Rows int64
	// ScannedBytes that a statement may read from tables.
	ScannedBytes int64
	// Time that a statement may run.
	Time time.Duration
	// Running and Queued statements of the user at the same time.
	Running, Queued int
}
