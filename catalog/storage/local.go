package storage

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sort"
	"strings"
	"syscall"
	"time"

	"github.com/argan-sql/argan/sqlerr"
	"github.com/google/uuid"
)

// Step names a moment within an operation of Local at which a test may let it fail.
type Step string

// The steps, in the order an atomic write passes them.
const (
	StepRead    Step = "read"
	StepList    Step = "list"
	StepCreate  Step = "create"  // before the temporary file is made
	StepWrite   Step = "write"   // after half of the bytes are written
	StepSync    Step = "sync"    // before fsync
	StepPublish Step = "publish" // before link(2) or rename(2)
	StepClean   Step = "clean"   // after the object is there, before the temporary name goes
	StepDelete  Step = "delete"
)

// TempPrefix and TempSuffix mark the temporary files of atomic writes; one older than an hour was left by a crash.
const (
	TempPrefix = "."
	TempSuffix = ".argan.tmp"
)

// Local is the disk of this machine. The zero value is ready.
type Local struct {
	// Fault, when set, is asked before each step; an error it returns is the step's outcome. For tests: an operation
	// that fails this way leaves everything as a killed process would.
	Fault func(step Step, path string) error
}

// NewLocal is the local disk.
func NewLocal() *Local { return &Local{} }

func (l *Local) at(step Step, path string) error {
	if l.Fault == nil {
		return nil
	}
	return l.Fault(step, path)
}

// Read returns a whole file.
func (l *Local) Read(ctx context.Context, path string) ([]byte, error) {
	if err := l.begin(ctx, StepRead, path, "Reading"); err != nil {
		return nil, err
	}
	data, err := os.ReadFile(path)
	return data, wrap("Reading", path, err)
}

func (l *Local) begin(ctx context.Context, step Step, path, verb string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return wrap(verb, path, l.at(step, path))
}

type localObject struct {
	*os.File
	size int64
	mod  time.Time
}

func (o *localObject) Size() int64        { return o.size }
func (o *localObject) ModTime() time.Time { return o.mod }

// Open opens a file for reading by range.
func (l *Local) Open(ctx context.Context, path string) (Object, error) {
	if err := l.begin(ctx, StepRead, path, "Opening"); err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, wrap("Opening", path, err)
	}
	st, err := f.Stat()
	if err == nil && st.IsDir() {
		err = syscall.EISDIR
	}
	if err != nil {
		_ = f.Close()
		return nil, wrap("Opening", path, err)
	}
	return &localObject{f, st.Size(), st.ModTime()}, nil
}

func info(path string, st fs.FileInfo) Info {
	return Info{Path: path, Name: st.Name(), Size: st.Size(), ModTime: st.ModTime(), IsDir: st.IsDir()}
}

// Stat tells about one file or folder.
func (l *Local) Stat(ctx context.Context, path string) (Info, error) {
	if err := l.begin(ctx, StepRead, path, "Reading"); err != nil {
		return Info{}, err
	}
	st, err := os.Stat(path)
	if err != nil {
		return Info{}, wrap("Reading", path, err)
	}
	return info(path, st), nil
}

// List returns what lies directly in a folder, with names >= from, sorted by name.
func (l *Local) List(ctx context.Context, dir, from string) ([]Info, error) {
	if err := l.begin(ctx, StepList, dir, "Listing"); err != nil {
		return nil, err
	}
	f, err := os.Open(dir)
	if err != nil {
		return nil, wrap("Listing", dir, err)
	}
	defer f.Close() //nolint:errcheck // only read from
	names, err := f.Readdirnames(-1)
	if err != nil {
		return nil, wrap("Listing", dir, err)
	}
	kept := names[:0]
	for _, n := range names {
		if n >= from {
			kept = append(kept, n)
		}
	}
	sort.Strings(kept)
	out := make([]Info, 0, len(kept))
	for _, n := range kept {
		path := filepath.Join(dir, n)
		st, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue // it went away while we listed
		}
		if err != nil {
			return nil, wrap("Listing", dir, err)
		}
		out = append(out, info(path, st))
	}
	return out, nil
}

// Walk calls visit for every file and folder below root.
func (l *Local) Walk(ctx context.Context, root string, visit func(Info) error) error {
	if err := l.begin(ctx, StepList, root, "Listing"); err != nil {
		return err
	}
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if path == root {
			return wrap("Listing", path, err)
		}
		if cerr := ctx.Err(); cerr != nil {
			return cerr
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return wrap("Listing", path, err)
		}
		st, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return wrap("Listing", path, err)
		}
		return visit(info(path, st))
	})
}

// Put writes a file whole and puts it in place by rename(2).
func (l *Local) Put(ctx context.Context, path string, data []byte) error {
	return l.publish(ctx, path, data, os.Rename)
}

// PutIfAbsent writes a file whole under a temporary name and gives it its name by link(2), which fails when the name is
// taken: the kernel decides who wins, and the file is never seen half-written.
func (l *Local) PutIfAbsent(ctx context.Context, path string, data []byte) error {
	return l.publish(ctx, path, data, placeNew)
}

func (l *Local) publish(ctx context.Context, path string, data []byte, place func(from, to string) error) error {
	const verb = "Writing"
	if err := l.begin(ctx, StepCreate, path, verb); err != nil {
		return err
	}
	dir := filepath.Dir(path)
	tmp := filepath.Join(dir, TempPrefix+filepath.Base(path)+"."+uuid.NewString()+TempSuffix)
	f, err := create(tmp)
	if err != nil {
		return wrap(verb, path, err)
	}
	var crashed bool // a test's fault leaves the debris that a killed process would
	fault := func(step Step) error {
		err := l.at(step, path)
		crashed = crashed || err != nil
		return err
	}
	err = func() error {
		half := len(data) / 2
		if _, err := f.Write(data[:half]); err != nil {
			return err
		}
		if err := fault(StepWrite); err != nil {
			return err
		}
		if _, err := f.Write(data[half:]); err != nil {
			return err
		}
		if err := fault(StepSync); err != nil {
			return err
		}
		return f.Sync()
	}()
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = fault(StepPublish)
	}
	if err == nil {
		err = place(tmp, path)
		if err == nil {
			err = fault(StepClean)
		}
	}
	if !crashed {
		if rerr := os.Remove(tmp); rerr != nil && err == nil && !errors.Is(rerr, fs.ErrNotExist) {
			err = rerr
		}
	}
	if err == nil {
		err = syncDir(dir)
	}
	return wrap(verb, path, err)
}

// create makes a new file, and its folders where they are missing.
func create(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if !errors.Is(err, fs.ErrNotExist) {
		return f, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
}

// syncDir makes a new name durable. Some file systems cannot sync a folder and say EINVAL: nothing more can be done there.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" { // folders have no sync there
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if cerr := d.Close(); err == nil {
		err = cerr
	}
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	return err
}

type localWriter struct {
	f      *os.File
	l      *Local
	path   string
	closed bool
}

// Create opens a new file for writing as a stream, making its folders.
func (l *Local) Create(ctx context.Context, path string) (Writer, error) {
	if err := l.begin(ctx, StepCreate, path, "Writing"); err != nil {
		return nil, err
	}
	f, err := create(path)
	if err != nil {
		return nil, wrap("Writing", path, err)
	}
	return &localWriter{f: f, l: l, path: path}, nil
}

func (w *localWriter) Write(p []byte) (int, error) {
	if err := w.l.at(StepWrite, w.path); err != nil {
		return 0, wrap("Writing", w.path, err)
	}
	n, err := w.f.Write(p)
	return n, wrap("Writing", w.path, err)
}

func (w *localWriter) Close() error {
	if w.closed {
		return nil
	}
	w.closed = true
	err := w.l.at(StepSync, w.path)
	if err == nil {
		err = w.f.Sync()
	}
	if cerr := w.f.Close(); err == nil {
		err = cerr
	}
	return wrap("Writing", w.path, err)
}

func (w *localWriter) Abort() error {
	if w.closed {
		return nil
	}
	w.closed = true
	_ = w.f.Close() // the file goes away with whatever it holds
	return wrap("Deleting", w.path, os.Remove(w.path))
}

// Delete removes a file or an empty folder.
func (l *Local) Delete(ctx context.Context, path string) error {
	if err := l.begin(ctx, StepDelete, path, "Deleting"); err != nil {
		return err
	}
	return wrap("Deleting", path, os.Remove(path))
}

// IsTemp says whether a name is that of a temporary file of an atomic write.
func IsTemp(name string) bool {
	return strings.HasPrefix(name, TempPrefix) && strings.HasSuffix(name, TempSuffix)
}

// wrap gives an error of the system the class a user reads.
func wrap(verb, path string, err error) error {
	var known *sqlerr.Error
	switch {
	case err == nil, err == io.EOF, errors.As(err, &known), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, fs.ErrNotExist):
		return sqlerr.New("FILE_NOT_FOUND", "path", path).Wrap(err)
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return sqlerr.New("DISK_FULL", "path", path).Wrap(err)
	}
	reason := err
	var pe *fs.PathError
	var le *os.LinkError
	if errors.As(err, &pe) {
		reason = pe.Err
	} else if errors.As(err, &le) {
		reason = le.Err
	}
	return sqlerr.New("STORAGE_ERROR", "operation", verb, "path", path, "reason", reason.Error()).Wrap(err)
}
