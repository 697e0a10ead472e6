package vector

import (
	"iter"
	"slices"

	"github.com/argan-sql/argan/types"
)

// Batch is a set of rows: equally long columns and, if only some rows count, a selection.
//
// Operators read columns through Column, which gives the selected rows densely; so no kernel knows of selections. A
// filter only sets Sel; a column that nobody reads after it is never gathered. A batch belongs to whoever receives it
// until it asks for the next one.
type Batch struct {
	Cols []*Vector
	// Rows is the number of rows in Cols (there may be no columns at all).
	Rows int
	// Sel holds the numbers of the rows that count, ascending; nil means all.
	Sel []uint32

	dense []*Vector // memo of Column under Sel
}

// NewBatch is a batch of columns of n rows each.
func NewBatch(cols []*Vector, n int) *Batch { return &Batch{Cols: cols, Rows: n} }

// Len is the number of rows that count.
func (b *Batch) Len() int {
	if b.Sel != nil {
		return len(b.Sel)
	}
	return b.Rows
}

// Column gives column i with just the rows that count, as a vector of Len rows.
func (b *Batch) Column(i int) *Vector {
	if b.Sel == nil {
		return b.Cols[i]
	}
	if b.dense == nil {
		b.dense = make([]*Vector, len(b.Cols))
	}
	if b.dense[i] == nil {
		b.dense[i] = Gather(b.Cols[i], b.Sel)
	}
	return b.dense[i]
}

// Select gives a batch of the rows sel (numbers among the rows that count now, ascending). It shares the columns.
func (b *Batch) Select(sel []uint32) *Batch {
	if sel == nil { // no rows, whereas a Batch without Sel has all
		sel = []uint32{}
	}
	if b.Sel == nil {
		return &Batch{Cols: b.Cols, Rows: b.Rows, Sel: sel}
	}
	out := make([]uint32, len(sel))
	for i, s := range sel {
		out[i] = b.Sel[s]
	}
	return &Batch{Cols: b.Cols, Rows: b.Rows, Sel: out}
}

// Dense gives a batch without selection.
func (b *Batch) Dense() *Batch {
	if b.Sel == nil {
		return b
	}
	cols := make([]*Vector, len(b.Cols))
	for i := range cols {
		cols[i] = b.Column(i)
	}
	return &Batch{Cols: cols, Rows: len(b.Sel)}
}

// Slice gives the rows from to to (exclusive) among those that count.
func (b *Batch) Slice(from, to int) *Batch {
	d := b.Dense()
	cols := make([]*Vector, len(d.Cols))
	for i, c := range d.Cols {
		cols[i] = Slice(c, from, to)
	}
	return &Batch{Cols: cols, Rows: to - from}
}

// SizeBytes is the memory of the columns.
func (b *Batch) SizeBytes() (n int64) {
	for _, c := range b.Cols {
		n += c.SizeBytes()
	}
	return n
}

// BatchesOf makes batches of a schema's columns from rows of values of the shapes that Value gives, one after the other.
func BatchesOf(schema *types.Type, rows [][]any) iter.Seq[*Batch] {
	return func(yield func(*Batch) bool) {
		for some := range slices.Chunk(rows, BatchSize) {
			cols := make([]*Vector, len(schema.Fields))
			for c, f := range schema.Fields {
				b := NewBuilder(f.Type, len(some))
				for _, row := range some {
					b.AppendValue(row[c])
				}
				cols[c] = b.Finish()
			}
			if !yield(NewBatch(cols, len(some))) {
				return
			}
		}
	}
}

// InPieces gives some columns of a batch without selection to f, at most BatchSize rows at a time.
func (b *Batch) InPieces(columns []int, f func(*Batch) error) error {
	cols := make([]*Vector, len(columns))
	for i, c := range columns {
		cols[i] = b.Cols[c]
	}
	narrow := NewBatch(cols, b.Rows)
	for from := 0; from < b.Rows; from += BatchSize {
		if err := f(narrow.Slice(from, min(b.Rows, from+BatchSize))); err != nil {
			return err
		}
	}
	return nil
}
