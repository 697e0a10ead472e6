package physical

import (
	"fmt"
	"strings"

	"github.com/argan-sql/argan/catalog"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/types"
)

// Scan reads the files of a snapshot, or where the snapshot is a catalog.Source its batches.
type Scan struct {
	Table    []string
	Snapshot catalog.Snapshot
	Columns  []Column
	// Fields are the numbers of the columns in Snapshot.Schema(), or one of logical's Field constants.
	Fields []int
	// Filters are over Columns; all must hold.
	Filters []expr.Expr
	// Predicate is for skipping files, row groups and pages.
	Predicate catalog.Predicate
	Runtime   []RuntimeFilter
	// Limit is how many rows are enough, -1 for all.
	Limit int64
}

// RuntimeFilter drops rows of a scan whose column is not among the build keys of a join.
type RuntimeFilter struct {
	Source int // as in HashJoin.RuntimeFilters
	Column int
}

// Output of a scan.
func (s *Scan) Output() []Column { return s.Columns }

// Children of a scan: none.
func (s *Scan) Children() []Node { return nil }

// Name of a scan.
func (s *Scan) Name() string { return "Scan" }

// Details of a scan.
func (s *Scan) Details() string {
	d := strings.Join(s.Table, ".") + names(s.Columns)
	if len(s.Filters) > 0 {
		d += ", Filters: " + list(s.Filters)
	}
	if len(s.Runtime) > 0 {
		d += fmt.Sprintf(", RuntimeFilters: %d", len(s.Runtime))
	}
	if s.Limit >= 0 {
		d += fmt.Sprintf(", Limit: %d", s.Limit)
	}
	return d
}

// Values is a constant relation: expressions without columns.
type Values struct {
	Columns []Column
	Rows    [][]expr.Expr
}

// Output of values.
func (v *Values) Output() []Column { return v.Columns }

// Children of values: none.
func (v *Values) Children() []Node { return nil }

// Name of values.
func (v *Values) Name() string { return "LocalTableScan" }

// Details of values.
func (v *Values) Details() string { return fmt.Sprintf("%d rows %s", len(v.Rows), names(v.Columns)) }

// Batches is a relation in memory.
type Batches struct {
	Columns []Column
	Data    []*vector.Batch
	Label   string
}

// Output of batches.
func (b *Batches) Output() []Column { return b.Columns }

// Children of batches: none.
func (b *Batches) Children() []Node { return nil }

// Name of batches.
func (b *Batches) Name() string { return "InMemoryTableScan" }

// Details of batches.
func (b *Batches) Details() string { return strings.TrimSpace(b.Label + " " + names(b.Columns)) }

// Range is range(start, end, step).
type Range struct {
	Column           string
	Start, End, Step int64
}

// Output of a range.
func (r *Range) Output() []Column { return []Column{{Name: r.Column, Type: types.LongType}} }

// Children of a range: none.
func (r *Range) Children() []Node { return nil }

// Name of a range.
func (r *Range) Name() string { return "Range" }

// Details of a range.
func (r *Range) Details() string { return fmt.Sprintf("(%d, %d, step=%d)", r.Start, r.End, r.Step) }

func names(cols []Column) string {
	parts := make([]string, len(cols))
	for i, c := range cols {
		parts[i] = c.Name
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

func list(es []expr.Expr) string {
	parts := make([]string, len(es))
	for i, e := range es {
		parts[i] = e.String()
	}
	return "[" + strings.Join(parts, ", ") + "]"
}
