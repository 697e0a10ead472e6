package exec

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/argan-sql/argan/catalog"
	"github.com/argan-sql/argan/exec/eval"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/planner/physical"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// scan reads a table: its files, or the batches of a catalog.Source.
func (q *query) scan(n *physical.Scan) (*stream, error) {
	s := &scanSource{q: q, node: n, schema: n.Snapshot.Schema()}
	for _, f := range n.Filters {
		expr.Walk(f, func(e expr.Expr) bool {
			if o, ok := e.(*expr.Ordinal); ok {
				s.early = s.early.with(o.Index)
			}
			return true
		})
	}
	for _, r := range n.Runtime {
		if f := q.filters[r.Source]; f != nil {
			s.runtime = append(s.runtime, scanFilter{f, r.Column})
			s.early = s.early.with(r.Column)
		}
	}
	if src, ok := n.Snapshot.(catalog.Pieces); ok {
		return from(s.pieces(src), n), nil
	}
	if src, ok := n.Snapshot.(catalog.Source); ok {
		return from(&batchesSource{scan: s, src: src}, n), nil
	}
	files, skipped, err := n.Snapshot.Files(q.ctx, n.Predicate)
	if err != nil {
		return nil, err
	}
	s.files = files
	if err := s.number(skipped); err != nil {
		return nil, err
	}
	q.metrics.update(n, func(m *OperatorMetrics) { m.FilesSkipped += int64(skipped) })
	return from(s, n), nil
}

// columnSet is a set of column numbers.
type columnSet []int

func (c columnSet) with(i int) columnSet {
	for _, x := range c {
		if x == i {
			return c
		}
	}
	return append(c, i)
}

// scanFilter is a runtime filter over a column of a scan.
type scanFilter struct {
	f      *runtimeFilter
	column int
}

// scanSource gives the rows of files. A morsel is a piece of a row group, or of a text file.
type scanSource struct {
	q       *query
	node    *physical.Scan
	schema  *types.Type
	files   []catalog.File
	numbers []int // of the files among all of the snapshot's
	runtime []scanFilter
	// early are the columns that conditions read: they are decoded first.
	early columnSet

	at      int // next file
	open    []morselWork
	given   atomic.Int64
	mu      sync.Mutex
	chains  map[*worker]*scanWorker
	claimed []morselWork
}

// morselWork is a morsel of an opened file.
type morselWork interface {
	run(w *worker, s *scanWorker, out operator) error
}

// number finds the files' numbers in the whole snapshot, if a column asks for them.
func (s *scanSource) number(skipped int) error {
	asked := false
	for _, f := range s.node.Fields {
		asked = asked || f == logical.FieldFileIndex
	}
	s.numbers = make([]int, len(s.files))
	for i := range s.numbers {
		s.numbers[i] = i
	}
	if !asked || skipped == 0 {
		return nil
	}
	all, _, err := s.node.Snapshot.Files(s.q.ctx, nil)
	if err != nil {
		return err
	}
	at := make(map[string]int, len(all))
	for i, f := range all {
		at[f.Path] = i
	}
	for i, f := range s.files {
		s.numbers[i] = at[f.Path]
	}
	return nil
}

func (s *scanSource) size() int {
	n := 0
	for _, f := range s.files {
		switch {
		case f.Format == "parquet" && f.Rows >= 0:
			n += int(f.Rows/morselRows) + 1
		default:
			n += int(f.Size/textMorsel) + 1
		}
	}
	return n
}

func (s *scanSource) claim() (morsel, bool, error) {
	for len(s.open) == 0 {
		if s.at >= len(s.files) || s.node.Limit >= 0 && s.given.Load() >= s.node.Limit {
			return morsel{}, false, nil
		}
		if err := s.q.ctx.Err(); err != nil {
			return morsel{}, false, err
		}
		i := s.at
		s.at++
		work, err := s.openFile(i)
		if err != nil {
			return morsel{}, false, err
		}
		s.open = work
	}
	if s.node.Limit >= 0 && s.given.Load() >= s.node.Limit {
		return morsel{}, false, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.claimed = append(s.claimed, s.open[0])
	s.open = s.open[1:]
	return morsel{part: len(s.claimed) - 1}, true, nil
}

func (s *scanSource) run(w *worker, m morsel, out operator) error {
	s.mu.Lock()
	work := s.claimed[m.part]
	s.claimed[m.part] = nil
	sw := s.chains[w]
	s.mu.Unlock()
	if sw == nil {
		var err error
		if sw, err = s.newWorker(w); err != nil {
			return err
		}
		s.mu.Lock()
		if s.chains == nil {
			s.chains = map[*worker]*scanWorker{}
		}
		s.chains[w] = sw
		s.mu.Unlock()
	}
	err := work.run(w, sw, out)
	if sw.dropped > 0 {
		w.q.metrics.update(s.node, func(m *OperatorMetrics) { m.Filtered += sw.dropped })
		sw.dropped = 0
	}
	return err
}

// scanWorker is what a worker needs for the conditions of a scan.
type scanWorker struct {
	s       *scanSource
	filter  *eval.Filter
	runtime []*filterProbe
	dropped int64 // rows that runtime filters dropped in this morsel
}

func (s *scanSource) newWorker(w *worker) (*scanWorker, error) {
	sw := &scanWorker{s: s}
	if len(s.node.Filters) > 0 {
		f, err := eval.CompileFilter(s.node.Filters, w.env)
		if err != nil {
			return nil, err
		}
		sw.filter = f
	}
	for _, r := range s.runtime {
		sw.runtime = append(sw.runtime, &filterProbe{f: r.f})
	}
	return sw, nil
}

// conditions gives the rows of b that conditions leave; only the early columns of b need to be there.
func (sw *scanWorker) conditions(w *worker, b *vector.Batch) (*vector.Batch, error) {
	if sw.filter != nil {
		var err error
		if b, err = sw.filter.Apply(b); err != nil || b.Len() == 0 {
			return b, err
		}
	}
	for i, p := range sw.runtime {
		if p.off {
			continue
		}
		before := b.Len()
		sel, all := p.rows(b.Column(sw.s.runtime[i].column))
		if all {
			continue
		}
		if b.Sel == nil {
			sel = append(make([]uint32, 0, len(sel)), sel...)
		}
		b = b.Select(sel)
		sw.dropped += int64(before - b.Len())
		if b.Len() == 0 {
			break
		}
	}
	return b, nil
}

// push hands a batch on and counts it.
func (sw *scanWorker) push(b *vector.Batch, out operator) error {
	if b.Len() == 0 {
		return nil
	}
	sw.s.given.Add(int64(b.Len()))
	return out.push(b)
}

// openFile makes the morsels of file i.
func (s *scanSource) openFile(i int) ([]morselWork, error) {
	f := &s.files[i]
	fixed, err := s.fixed(i)
	if err != nil {
		return nil, err
	}
	for _, r := range s.runtime {
		if v := fixed[r.column]; v != nil && !r.f.may(v) {
			s.skipFile()
			return nil, nil
		}
		if c, ok := f.Stats[strings.ToLower(s.name(r.column))]; ok && !r.f.overlaps(c.Min, c.Max) {
			s.skipFile()
			return nil, nil
		}
	}
	s.q.metrics.update(s.node, func(m *OperatorMetrics) { m.Files++ })
	if f.Format == "parquet" {
		return s.openParquet(i, fixed)
	}
	return s.openText(i, fixed)
}

func (s *scanSource) skipFile() {
	s.q.metrics.update(s.node, func(m *OperatorMetrics) { m.FilesSkipped++ })
}

// name is the schema's name of a column of the scan, "" for one that is not in the schema.
func (s *scanSource) name(column int) string {
	if f := s.node.Fields[column]; f >= 0 {
		return s.schema.Fields[f].Name
	}
	return ""
}

// fixed gives the columns that have one value in the whole file: partition columns, constants, metadata.
func (s *scanSource) fixed(i int) (map[int]*vector.Vector, error) {
	f := &s.files[i]
	out := map[int]*vector.Vector{}
	for c, field := range s.node.Fields {
		t := s.node.Columns[c].Type
		var value any
		switch field {
		case logical.FieldFilePath:
			value = fileURI(f.Path)
		case logical.FieldFileIndex:
			value = int32(s.numbers[i])
		case logical.FieldFileName:
			value = f.Path[strings.LastIndexByte(f.Path, '/')+1:]
		case logical.FieldFileSize, logical.FieldBlockLength:
			value = f.Size
		case logical.FieldFileModTime:
			value = f.Modified
		case logical.FieldBlockStart:
			value = int64(0)
		case logical.FieldRowIndex:
			continue
		default:
			if field < 0 || field >= len(s.schema.Fields) {
				return nil, sqlerr.Internal("no column %d in %s", field, strings.Join(s.node.Table, "."))
			}
			name := strings.ToLower(s.schema.Fields[field].Name)
			v, ok := f.Partition[name]
			if !ok {
				if v, ok = f.Constants[name]; !ok {
					continue
				}
			}
			value = v
		}
		if value == nil {
			out[c] = vector.NullConst(t, 1)
		} else {
			out[c] = vector.ConstOf(t, value, 1)
		}
	}
	return out, nil
}

// fileURI is a path as input_file_name shows it.
func fileURI(path string) string {
	if strings.HasPrefix(path, "/") {
		return "file://" + path
	}
	return path
}

// widthOf is a constant as a vector of n rows.
func widthOf(v *vector.Vector, n int) *vector.Vector {
	c := *v
	c.Len = n
	return &c
}

// diskFile reads a file that is opened for each read, so that cached footers hold no descriptors.
type diskFile struct{ path string }

func (d diskFile) ReadAt(b []byte, off int64) (int, error) {
	f, err := openDisk(d.path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	n, err := f.ReadAt(b, off)
	if errors.Is(err, io.EOF) && n == len(b) {
		err = nil
	}
	return n, err
}

func openDisk(path string) (*os.File, error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, sqlerr.New("FILE_NOT_FOUND", "path", path).Wrap(err)
	}
	return f, err
}

// deletedRows gives the numbers of a file's deleted rows.
func deletedRows(ctx context.Context, f *catalog.File) ([]uint32, error) {
	if f.Deleted == nil {
		return nil, nil
	}
	return f.Deleted(ctx)
}

// batchesSource gives the rows of a catalog.Source.
type batchesSource struct {
	scan *scanSource
	src  catalog.Source
	done bool
}

func (s *batchesSource) size() int { return 1 }

func (s *batchesSource) claim() (morsel, bool, error) {
	if s.done {
		return morsel{}, false, nil
	}
	s.done = true
	return morsel{}, true, nil
}

func (s *batchesSource) run(w *worker, _ morsel, out operator) error {
	sw, err := s.scan.newWorker(w)
	if err != nil {
		return err
	}
	var fields, at []int
	for i, f := range s.scan.node.Fields {
		if f >= 0 {
			fields, at = append(fields, f), append(at, i)
		}
	}
	return s.src.Batches(w.q.ctx, fields, func(b *vector.Batch) error { return sw.batch(w, b, at, out) })
}
