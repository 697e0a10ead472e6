package tablewriter

import (
	"context"
	"fmt"
	"sort"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/argan-sql/argan/catalog/delta"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
)

// Deletions are the rows of a snapshot that a statement takes away, by file.
type Deletions struct {
	rows  map[int]*roaring.Bitmap // by the file's number in the snapshot
	count int64
}

// NewDeletions is empty.
func NewDeletions() *Deletions { return &Deletions{rows: map[int]*roaring.Bitmap{}} }

// Count is the number of rows.
func (d *Deletions) Count() int64 { return d.count }

// Add notes a row of a file; false when it was noted before.
func (d *Deletions) Add(file int32, row int64) bool {
	b := d.rows[int(file)]
	if b == nil {
		b = roaring.New()
		d.rows[int(file)] = b
	}
	if !b.CheckedAdd(uint32(row)) {
		return false
	}
	d.count++
	return true
}

// AddAll notes the rows of two vectors: numbers of files (int) and of rows (bigint). repeated is the first row that was
// noted before, -1 for none.
func (d *Deletions) AddAll(files, rows *vector.Vector) (repeated int) {
	repeated = -1
	fv, rv := files.Values(), rows.Values()
	for i := range files.Len {
		if !d.Add(fv.I32[files.Index(i)], rv.I64[rows.Index(i)]) && repeated < 0 {
			repeated = i
		}
	}
	return repeated
}

// Files are the numbers of the files that lose rows, ascending.
func (d *Deletions) Files() []int {
	out := make([]int, 0, len(d.rows))
	for f := range d.rows {
		out = append(out, f)
	}
	sort.Ints(out)
	return out
}

// Of are the rows that a file loses; nil for none.
func (d *Deletions) Of(file int) *roaring.Bitmap { return d.rows[file] }

// Counts tell what became of the files.
type Counts struct {
	// Removed files are gone whole or rewritten; Vectors is how many kept their data and got a new deletion vector.
	Removed, Vectors int64
	// RemovedBytes is the size of removed files, VectorsAdded, VectorsUpdated how many vectors are the first of their file, or not.
	RemovedBytes                 int64
	VectorsAdded, VectorsUpdated int64
}

// Mark writes the deletions as deletion vectors: a file that loses its last row is removed.
func (d *Deletions) Mark(ctx context.Context, tx *delta.Transaction, table *delta.Table) (Counts, error) {
	var c Counts
	s := tx.Snapshot()
	vectors := table.NewVectorWriter()
	files := s.Files()
	for _, n := range d.Files() {
		f := files[n]
		rows := d.rows[n]
		before, err := s.Deleted(ctx, f)
		if err != nil {
			return c, err
		}
		if before != nil {
			rows = roaring.Or(rows, before)
		}
		total := s.Stats(f).NumRecords
		tx.ReadFiles(f)
		if total >= 0 && int64(rows.GetCardinality()) >= total {
			tx.Remove(f, true)
			c.Removed++
			c.RemovedBytes += f.Size
			continue
		}
		v, err := vectors.Add(rows)
		if err != nil {
			return c, err
		}
		with, err := s.WithDeletionVector(f, v)
		if err != nil {
			return c, err
		}
		tx.Remove(f, true)
		tx.Add(with)
		c.Vectors++
		if before == nil || before.IsEmpty() {
			c.VectorsAdded++
		} else {
			c.VectorsUpdated++
		}
	}
	return c, vectors.Finish(ctx)
}

// RemoveTouched takes the files that lose rows out of the table: what is left of them is written anew by the caller. Files
// that lose every row are in gone, the others in rest.
func (d *Deletions) RemoveTouched(ctx context.Context, tx *delta.Transaction) (rest []int, c Counts, err error) {
	s := tx.Snapshot()
	files := s.Files()
	for _, n := range d.Files() {
		f := files[n]
		if f.BaseRowID != nil && tx.Metadata().On("delta.enableRowTracking") {
			return nil, c, sqlerr.Unsupported("Rewriting rows of a table with row tracking (delta.enableRowTracking) without deletion vectors").
				WithHint("ALTER TABLE … SET TBLPROPERTIES ('delta.enableDeletionVectors' = 'true') makes it unnecessary to rewrite.")
		}
		tx.ReadFiles(f)
		tx.Remove(f, true)
		c.Removed++
		c.RemovedBytes += f.Size
		live := s.Stats(f).NumRecords
		if live >= 0 && f.DeletionVector != nil {
			live -= f.DeletionVector.Cardinality
		}
		if live < 0 || int64(d.rows[n].GetCardinality()) < live {
			rest = append(rest, n)
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, c, fmt.Errorf("rewriting files: %w", err)
	}
	return rest, c, nil
}
