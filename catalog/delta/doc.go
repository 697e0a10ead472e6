// Package delta is the Delta protocol alone: the log of a table, its snapshots, and transactions on it, held to the
// behaviour of Spark 3.5 with Delta 3.2. It reads and writes the log, checkpoints, deletion vectors and nothing else:
// data files are read and written by others, who hand in what they wrote (path, size, statistics).
//
// In: a storage.Store and the table's path. Out: Table → Snapshot (schema, properties, files that may match a
// predicate) → Transaction → one new version, or a named conflict.
//
//	action.go        what stands in the log          logsegment.go, replay.go    which files make a version, and their sum
//	checkpoint*.go   the sum written down            snapshot.go, table.go       a version, and the table that has them
//	feature.go       protocol and table features     property.go                 table properties
//	stats.go         statistics of a file            predicate.go, skipping.go   files that may match
//	transaction.go   changes, conflict.go, commit.go and how they become a version
//	cdf.go, history.go, vacuum.go, restore.go, optimize.go, clone.go             the commands, planned
//
// A Snapshot never changes and may be shared by all goroutines. Paths of files are absolute and decoded; the log's own
// spelling (relative, percent-encoded) is kept beside them.
package delta
