// Package tablewriter writes rows into the data files of a table and works out what a change of rows does to its files.
//
// In: batches of a Delta table's columns, and the numbers of rows that are to go. Out: data files with statistics, deletion
// vectors, files of changed rows, all noted in a delta.Transaction that the caller commits. Nothing becomes visible
// before that commit; what a failed statement wrote is deleted.
package tablewriter

import (
	"context"
	"errors"
	"fmt"
	"path"
	"runtime/debug"
	"strings"
	"sync"

	"github.com/google/uuid"

	"github.com/argan-sql/argan/catalog/delta"
	"github.com/argan-sql/argan/catalog/file/parquet"
	"github.com/argan-sql/argan/catalog/storage"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

const (
	// targetSize is the size at which a data file ends and the next begins, unless the table says otherwise.
	targetSize = 256 << 20
	// rowsPerWorker is how many rows must have come before another worker starts: small writes make one file.
	rowsPerWorker = 1 << 19
	// openFiles bounds the files that one worker of a partitioned table holds open.
	openFiles = 100
	// queue is how many batches wait for the workers.
	queue = 8
	// syncs is how many files of a worker wait for the disk at once.
	syncs = 16
	// defaultMemory is Options.Memory where nothing is said.
	defaultMemory = 256 << 20
)

// Check looks at the rows that are about to be written, in the table's column order, and refuses them.
type Check interface {
	Check(b *vector.Batch) error
}

// Options say how files are written.
type Options struct {
	// Workers is the most goroutines that write at once; 1 keeps the rows in order.
	Workers int
	// Folder is put before the file names, such as _change_data; "" for none.
	Folder string
	// Extra are columns behind the table's own (_change_type).
	Extra []types.Field
	// DataChange is noted with each file: false where rows are only rearranged.
	DataChange bool
	// Checks are applied to every batch.
	Checks []Check
	// Memory is about how much the open files may hold, all workers together; 0 is 256 MB. A partitioned table ends files early
	// to keep to it.
	Memory int64
	// TargetSize overrides the size at which a file ends.
	TargetSize int64
}

// Writer writes batches into new data files of a table. Write and Finish are called from one goroutine.
type Writer struct {
	ctx      context.Context
	cancel   context.CancelCauseFunc
	store    storage.Store
	root     string
	metadata *delta.Metadata
	options  Options

	schema     *types.Type // of the files: without partition columns
	columns    []int       // numbers of the files' columns in a batch
	partitions []int       // numbers of the partition columns in a batch
	names      []string    // their physical names
	kinds      []*types.Type
	parquet    parquet.Options
	target     int64

	jobs    chan *vector.Batch
	ended   bool // jobs is closed and the workers are gone
	wg      sync.WaitGroup
	started int
	rows    int64

	mu      sync.Mutex
	files   []*delta.AddFile
	written []string // paths, finished or not, to delete on failure
	bytes   int64
	err     error
}

// New starts writing into the folder root of a table with the given metadata.
func New(ctx context.Context, store storage.Store, root string, m *delta.Metadata, o Options) *Writer {
	ctx, cancel := context.WithCancelCause(ctx)
	w := &Writer{ctx: ctx, cancel: cancel, store: store, root: root, metadata: m, options: o, target: o.TargetSize}
	if w.target <= 0 {
		w.target = targetSize
	}
	w.options.Workers = max(1, o.Workers)
	if o.Memory <= 0 {
		w.options.Memory = defaultMemory
	}
	var fields []types.Field
	for i, f := range m.Schema.Fields {
		if m.IsPartition(f.Name) {
			continue
		}
		fields = append(fields, f)
		w.columns = append(w.columns, i)
	}
	for i, f := range o.Extra {
		fields = append(fields, f)
		w.columns = append(w.columns, len(m.Schema.Fields)+i)
	}
	for _, p := range m.PartitionColumns {
		i := m.Schema.FieldIndex(p)
		name := p
		if physical, _, ok := m.Physical(p); ok {
			name = physical[0]
		}
		w.partitions, w.names, w.kinds = append(w.partitions, i), append(w.names, name), append(w.kinds, m.Schema.Fields[i].Type)
	}
	w.schema = types.NewStruct(fields...)
	w.parquet = parquet.Options{Compression: m.Configuration["delta.parquet.compression.codec"], ColumnMapping: m.MappingMode() != "none"}
	w.jobs = make(chan *vector.Batch, queue)
	return w
}

// Write hands a batch to the workers. Its columns are the table's, in order, then Options.Extra.
func (w *Writer) Write(b *vector.Batch) error {
	n := b.Len()
	if n == 0 {
		return nil
	}
	for _, c := range w.options.Checks {
		if err := c.Check(b); err != nil {
			return err
		}
	}
	if w.started == 0 || w.started < w.options.Workers && w.rows >= int64(w.started)*rowsPerWorker {
		w.started++
		w.wg.Add(1)
		go w.work()
	}
	w.rows += int64(n)
	select {
	case w.jobs <- b.Dense():
		return nil
	case <-w.ctx.Done():
		return w.failure()
	}
}

func (w *Writer) failure() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return w.err
	}
	return w.ctx.Err()
}

func (w *Writer) fail(err error) {
	w.mu.Lock()
	if w.err == nil {
		w.err = err
	}
	w.mu.Unlock()
	w.cancel(err)
}

// Rows is the number of rows taken so far.
func (w *Writer) Rows() int64 { return w.rows }

// Finish ends the files and gives them. On an error everything written is deleted. A second call gives the same.
func (w *Writer) Finish() ([]*delta.AddFile, error) {
	if w.ended {
		return w.files, w.err
	}
	w.end()
	err := w.ctx.Err()
	if w.err != nil {
		err = w.err
	}
	w.cancel(nil)
	if err != nil {
		w.err = err
		w.remove()
		return nil, err
	}
	return w.files, nil
}

func (w *Writer) end() {
	w.ended = true
	close(w.jobs)
	w.wg.Wait()
}

// Abort ends the work and deletes what was written; for a statement that failed elsewhere. After Finish it deletes the
// finished files.
func (w *Writer) Abort() {
	if !w.ended {
		w.cancel(context.Canceled)
		w.end()
	}
	w.remove()
}

func (w *Writer) remove() {
	for _, p := range w.written {
		// A file that stays is an orphan that VACUUM finds.
		_ = w.store.Delete(context.WithoutCancel(w.ctx), p)
	}
	w.written, w.files = nil, nil
}

// Bytes is the size of the finished files.
func (w *Writer) Bytes() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.bytes
}

// work is one worker: it has files of its own.
func (w *Writer) work() {
	defer w.wg.Done()
	open := &worker{w: w, files: map[string]*openFile{}}
	defer func() {
		if r := recover(); r != nil {
			w.fail(fmt.Errorf("writing a data file: %v\n%s", r, debug.Stack()))
		}
		for _, f := range open.files {
			_ = f.out.Abort()
		}
	}()
	for b := range w.jobs {
		if w.ctx.Err() != nil {
			continue
		}
		if err := open.write(b); err != nil {
			w.fail(err)
		}
	}
	if w.ctx.Err() != nil {
		return
	}
	open.closeAll()
}

// openFile is a data file in the making.
type openFile struct {
	path   string
	values map[string]*string // partition values by physical name
	out    storage.Writer
	rows   *parquet.Writer
	used   int64 // order of last use
	held   int64 // memory
}

type worker struct {
	w     *Writer
	files map[string]*openFile // by partition
	clock int64
	held  int64 // memory of the files
	keys  partitioner
}

func (k *worker) write(b *vector.Batch) error {
	if len(k.w.partitions) == 0 {
		return k.append("", nil, b)
	}
	groups, err := k.keys.split(k.w, b)
	if err != nil {
		return err
	}
	for _, g := range groups {
		part := b
		if len(g.rows) < b.Len() {
			part = b.Select(g.rows)
		}
		if err := k.append(g.partition.key, g.partition.values, part); err != nil {
			return err
		}
	}
	return nil
}

func (k *worker) append(key string, values []*string, b *vector.Batch) error {
	f := k.files[key]
	if f == nil {
		if len(k.files) >= openFiles {
			if err := k.close(k.oldest()); err != nil {
				return err
			}
		}
		var err error
		if f, err = k.create(values); err != nil {
			return err
		}
		k.files[key] = f
	}
	k.clock++
	f.used = k.clock
	cols := make([]*vector.Vector, len(k.w.columns))
	for i, c := range k.w.columns {
		cols[i] = b.Column(c)
	}
	if err := f.rows.Write(vector.NewBatch(cols, b.Len())); err != nil {
		return err
	}
	if f.rows.Size() >= k.w.target {
		return k.close(key)
	}
	held := f.rows.Held()
	k.held += held - f.held
	f.held = held
	for k.held > k.w.options.Memory/int64(k.w.options.Workers) && len(k.files) > 1 {
		if err := k.close(k.largest()); err != nil {
			return err
		}
	}
	return nil
}

// largest is the file that holds the most memory.
func (k *worker) largest() string {
	best, held := "", int64(-1)
	for key, f := range k.files {
		if f.held > held {
			best, held = key, f.held
		}
	}
	return best
}

func (k *worker) oldest() string {
	best, used := "", int64(-1)
	for key, f := range k.files {
		if used < 0 || f.used < used {
			best, used = key, f.used
		}
	}
	return best
}

// escaped are the characters that Hive and Spark write as %XX in the names of partition folders.
const escaped = "\"#%'*/:=?\\{[]^\x7f"

// EscapePath writes a partition column's name or value as the name of a folder has it.
func EscapePath(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c < ' ' || strings.IndexByte(escaped, c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

const nullPartition = "__HIVE_DEFAULT_PARTITION__"

func (k *worker) create(values []*string) (*openFile, error) {
	w := k.w
	f := &openFile{values: map[string]*string{}}
	folder := path.Join(w.root, w.options.Folder)
	for i, name := range w.names {
		f.values[name] = values[i]
		text := nullPartition
		if values[i] != nil && *values[i] != "" {
			text = EscapePath(*values[i])
		}
		folder += "/" + EscapePath(w.metadata.PartitionColumns[i]) + "=" + text
	}
	codec := w.parquet.Compression
	if codec == "" {
		codec = "snappy"
	}
	prefix := "part"
	if w.options.Folder != "" {
		prefix = "cdc"
	}
	f.path = fmt.Sprintf("%s/%s-00000-%s.c000.%s.parquet", folder, prefix, uuid.NewString(), codec)
	out, err := w.store.Create(w.ctx, f.path)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	w.written = append(w.written, f.path)
	w.mu.Unlock()
	f.out = out
	if f.rows, err = parquet.NewWriter(storageErrors{out, f.path}, w.schema, w.parquet); err != nil {
		_ = out.Abort()
		return nil, err
	}
	return f, nil
}

// storageErrors gives errors of writing a class: a full disk is the user's to mend.
type storageErrors struct {
	w    storage.Writer
	path string
}

func (s storageErrors) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	var known *sqlerr.Error
	if err != nil && !errors.As(err, &known) {
		err = sqlerr.New("STORAGE_ERROR", "operation", "Writing", "path", s.path, "reason", err.Error()).Wrap(err)
	}
	return n, err
}

func (k *worker) close(key string) error {
	f, stats, err := k.take(key)
	if err != nil {
		return err
	}
	if err := f.out.Close(); err != nil {
		return err
	}
	return k.w.add(f, stats)
}

// take ends the rows of an open file, which is then the caller's to close.
func (k *worker) take(key string) (*openFile, parquet.FileStats, error) {
	f := k.files[key]
	delete(k.files, key)
	k.held -= f.held
	stats, err := f.rows.Close()
	if err != nil {
		_ = f.out.Abort()
	}
	return f, stats, err
}

// closeAll closes the open files. Each has to wait for the disk: they wait together.
func (k *worker) closeAll() {
	var waiting sync.WaitGroup
	defer waiting.Wait()
	slots := make(chan struct{}, syncs)
	for key := range k.files {
		f, stats, err := k.take(key)
		if err != nil {
			k.w.fail(err)
			return
		}
		slots <- struct{}{}
		waiting.Go(func() {
			defer func() { <-slots }()
			err := f.out.Close()
			if err == nil {
				err = k.w.add(f, stats)
			}
			if err != nil {
				k.w.fail(err)
			}
		})
	}
}

func (w *Writer) add(f *openFile, s parquet.FileStats) error {
	info, err := w.store.Stat(w.ctx, f.path)
	if err != nil {
		return err
	}
	out := &delta.AddFile{Path: f.path, PartitionValues: f.values, Size: s.Bytes, ModificationTime: info.ModTime.UnixMilli(), DataChange: w.options.DataChange}
	if w.options.Folder == "" {
		stats := &delta.FileStats{NumRecords: s.Rows, TightBounds: true, Columns: map[string]delta.ColumnStats{}}
		for _, l := range s.Leaves {
			c := delta.ColumnStats{Min: l.Min, Max: l.Max, NullCount: l.Nulls}
			if l.HasNaN {
				c.Max = nil // NaN is the greatest, and JSON has no word for it
			}
			if physical, _, ok := w.metadata.Physical(l.Path...); ok {
				stats.Columns[delta.StatsPath(physical...)] = c
			}
		}
		if out.StatsJSON, err = w.metadata.StatsJSON(stats); err != nil {
			return err
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.files = append(w.files, out)
	w.bytes += s.Bytes
	return nil
}
