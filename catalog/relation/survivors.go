package relation

import (
	"context"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/argan-sql/argan/catalog"
)

// Survivors is a snapshot cut down to some files and, of these, to the rows that are not deleted: what is left to be
// written anew when rows are deleted by rewriting files.
type Survivors struct {
	*DeltaSnapshot
	files []int
	gone  func(file int) *roaring.Bitmap
}

// NewSurvivors cuts a snapshot down to files (numbers in the order of Files(nil)) without the rows gone gives for each (nil: none).
func NewSurvivors(d *DeltaSnapshot, files []int, gone func(file int) *roaring.Bitmap) *Survivors {
	return &Survivors{d, files, gone}
}

// Statistics are unknown: they would be those of the whole table.
func (s *Survivors) Statistics() catalog.Statistics {
	return catalog.Statistics{Rows: -1, Bytes: -1}
}

// Files gives the files, each with the rows deleted before and now.
func (s *Survivors) Files(ctx context.Context, _ catalog.Predicate) ([]catalog.File, int, error) {
	all, _, err := s.DeltaSnapshot.Files(ctx, nil)
	if err != nil {
		return nil, 0, err
	}
	out := make([]catalog.File, len(s.files))
	for i, n := range s.files {
		f := all[n]
		before, more := f.Deleted, s.gone(n)
		if more != nil && !more.IsEmpty() {
			f.TightStats = false
			f.DeletedRows += int64(more.GetCardinality())
			f.Deleted = func(ctx context.Context) ([]uint32, error) {
				rows := more
				if before != nil {
					old, err := before(ctx)
					if err != nil {
						return nil, err
					}
					rows = roaring.Or(more, roaring.BitmapOf(old...))
				}
				return rows.ToArray(), nil
			}
		}
		out[i] = f
	}
	return out, 0, nil
}
