package engine

import (
	"os"
	"path/filepath"
	"sync"

	"github.com/gofrs/flock"
)

// spillFolder is the process's own folder below the one for temporary files. Its lock is held as long as the process lives,
// so that another process can tell what a killed one has left.
type spillFolder struct {
	once sync.Once
	path string
	lock *flock.Flock
}

const (
	spillPrefix = "argan-tmp-"
	spillLock   = "lock"
)

// spillDir is where the engine's temporary files go. The first call makes it, and removes what killed processes left.
func (e *Engine) spillDir() string {
	f := &e.spills
	f.once.Do(func() {
		parent := e.config.SpillDir
		f.path = parent // where no folder can be made, writing the first file will tell
		if err := os.MkdirAll(parent, 0o700); err != nil {
			return
		}
		path, err := os.MkdirTemp(parent, spillPrefix)
		if err != nil {
			return
		}
		lock := flock.New(filepath.Join(path, spillLock))
		if held, err := lock.TryLock(); err != nil || !held {
			_ = os.RemoveAll(path)
			return
		}
		f.path, f.lock = path, lock
		for _, left := range sweepSpills(parent, path) {
			e.log.Info("removed temporary files that a process left behind", "folder", left)
		}
	})
	return f.path
}

// sweepSpills removes the folders below parent whose process is gone, and names them.
func sweepSpills(parent, own string) (removed []string) {
	entries, err := os.ReadDir(parent)
	if err != nil {
		return nil
	}
	for _, entry := range entries {
		path := filepath.Join(parent, entry.Name())
		if !entry.IsDir() || len(entry.Name()) <= len(spillPrefix) || entry.Name()[:len(spillPrefix)] != spillPrefix || path == own {
			continue
		}
		name := filepath.Join(path, spillLock)
		if _, err := os.Stat(name); err != nil {
			continue // its process is just making it, or it is none of ours
		}
		lock := flock.New(name)
		if held, err := lock.TryLock(); err != nil || !held {
			continue
		}
		if os.RemoveAll(path) == nil {
			removed = append(removed, path)
		}
		_ = lock.Unlock()
	}
	return removed
}

// close removes the folder.
func (f *spillFolder) close() {
	if f.lock == nil {
		return
	}
	_ = os.RemoveAll(f.path)
	_ = f.lock.Unlock()
}
