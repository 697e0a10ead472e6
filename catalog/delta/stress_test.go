package delta

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/argan-sql/argan/catalog/storage"
)

// Readers open the table anew all the time while a writer commits, checkpoints and cleans the log: each sees a version
// whole, and never an older one than before.
func TestReadersBesideLogCleanup(t *testing.T) {
	table := newTable(t, map[string]string{"delta.checkpointInterval": "2", "delta.logRetentionDuration": "interval 0 hours"})
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			seen := int64(0)
			kept, err := Open(storage.NewLocal(), table.Path())
			if err != nil {
				t.Error(err)
				return
			}
			for {
				select {
				case <-stop:
					return
				default:
				}
				anew, err := Open(storage.NewLocal(), table.Path())
				if err != nil {
					t.Error(err)
					return
				}
				for _, reader := range []*Table{anew, kept} {
					s, err := reader.Snapshot(bg, At{})
					if err != nil {
						t.Error(err)
						return
					}
					if s.NumFiles() != int(s.Version) || s.Version < seen {
						t.Errorf("version %d with %d files after version %d", s.Version, s.NumFiles(), seen)
					}
					seen = s.Version
				}
			}
		})
	}
	for i := range 12 {
		tx := table.Begin(latest(t, table))
		tx.Add(&AddFile{Path: fmt.Sprintf("%s/f%d", table.Path(), i), PartitionValues: map[string]*string{"p": nil}, Size: 1, DataChange: true})
		v, err := tx.Commit(bg, Operation{Name: "WRITE"})
		if err != nil {
			t.Fatal(err)
		}
		// Commits grow old at once, so that each checkpoint cleans up before it.
		old := time.Now().Add(-48 * time.Hour)
		entries, err := os.ReadDir(filepath.Join(table.Path(), logDir))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if err := os.Chtimes(filepath.Join(table.Path(), logDir, e.Name()), old, old); err != nil {
				t.Fatal(v, err)
			}
		}
	}
	close(stop)
	wg.Wait()
}
