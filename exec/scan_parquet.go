package exec

import (
	"sort"
	"strconv"
	"sync"

	"github.com/argan-sql/argan/catalog"
	"github.com/argan-sql/argan/catalog/file/parquet"
	"github.com/argan-sql/argan/exec/store"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/types"
)

// parquetFile is an open Parquet file of a scan.
type parquetFile struct {
	s       *scanSource
	number  int // among the scan's files
	file    *catalog.File
	pq      *parquet.File
	columns []*parquet.Column      // by column of the scan; nil for fixed ones
	fixed   map[int]*vector.Vector // columns of one value
	deleted []uint32
	match   parquet.Match
}

// openParquet reads a file's footer and makes morsels of the row groups that may hold rows of interest.
func (s *scanSource) openParquet(i int, fixed map[int]*vector.Vector) ([]morselWork, error) {
	f := &s.files[i]
	p := &parquetFile{s: s, number: i, file: f, fixed: fixed}
	key := store.Key{Path: f.Path, Size: f.Size, Modified: f.Modified, Group: -1}
	x, err := s.q.env.Cache.Footer(key, 4096+f.Size/1024, func() (any, error) { return parquet.Open(diskFile{f.Path}, f.Size, f.Path) })
	if err != nil {
		return nil, err
	}
	p.pq = x.(*parquet.File)
	switch {
	case f.FieldIDs:
		p.match = parquet.MatchID
	case len(f.Physical) > 0:
		p.match = parquet.MatchPhysicalName
	}
	if err := p.bind(); err != nil {
		return nil, err
	}
	if p.deleted, err = deletedRows(s.q.ctx, f); err != nil {
		return nil, err
	}
	var out []morselWork
	first, skipped := 0, 0
	for g := range p.pq.RowGroups() {
		rows := p.pq.GroupRows(g)
		base := first
		first += rows
		if rows == 0 {
			continue
		}
		if !p.may(g) {
			skipped++
			continue
		}
		group := &rowGroup{f: p, number: g, base: base, rows: rows, chunks: make([]chunk, len(p.columns))}
		pieces := (rows + morselRows + morselRows/2 - 1) / (morselRows + morselRows/2)
		// Pieces end where batches do, and bitmaps' words.
		step := (rows/pieces + vector.BatchSize) / vector.BatchSize * vector.BatchSize
		for from := 0; from < rows; from += step {
			out = append(out, &parquetMorsel{group, from, min(from+step, rows)})
		}
	}
	s.q.metrics.update(s.node, func(m *OperatorMetrics) {
		m.RowGroups += int64(p.pq.RowGroups() - skipped)
		m.RowGroupsSkipped += int64(skipped)
	})
	return out, nil
}

// bind finds the scan's columns in the file.
func (p *parquetFile) bind() error {
	s := p.s
	p.columns = make([]*parquet.Column, len(s.node.Fields))
	var want []types.Field
	var at []int
	for c, field := range s.node.Fields {
		if field < 0 || p.fixed[c] != nil {
			continue
		}
		want = append(want, s.schema.Fields[field])
		at = append(at, c)
	}
	cols, err := p.pq.Bind(types.NewStruct(want...), p.match)
	if err != nil {
		return err
	}
	for i, c := range cols {
		p.columns[at[i]] = c
	}
	return nil
}

// may says whether a row group may hold rows that conditions leave.
func (p *parquetFile) may(group int) bool {
	s := p.s
	if s.node.Predicate != nil {
		lookup := func(path []string) (parquet.Stats, bool) { return p.statistics(group, path) }
		if !mayMatch(s.node.Predicate, lookup, int64(p.pq.GroupRows(group))) {
			return false
		}
	}
	for _, r := range s.runtime {
		c := p.columns[r.column]
		if c == nil {
			continue
		}
		if st, ok := p.pq.Statistics(group, c); ok && !r.f.overlaps(st.Min, st.Max) {
			return false
		}
	}
	return true
}

// statistics finds the footer's statistics of a column by its path.
func (p *parquetFile) statistics(group int, path []string) (parquet.Stats, bool) {
	i := p.s.schema.FieldIndex(path[0])
	if i < 0 {
		return parquet.Stats{}, false
	}
	for c, field := range p.s.node.Fields {
		if field == i && p.columns[c] != nil {
			return p.pq.Statistics(group, p.columns[c], path[1:]...)
		}
	}
	return parquet.Stats{}, false
}

// rowGroup is a row group whose columns are decoded when they are first needed, once for all its morsels.
type rowGroup struct {
	f      *parquetFile
	number int
	base   int // number of its first row in the file
	rows   int
	chunks []chunk
}

// chunk is a column of a row group.
type chunk struct {
	once sync.Once
	v    *vector.Vector
	err  error
}

// column decodes a column, or takes it from the cache.
func (g *rowGroup) column(c int) (*vector.Vector, error) {
	ch := &g.chunks[c]
	ch.once.Do(func() {
		f := g.f
		col := f.columns[c]
		read := func() (*vector.Vector, error) { return f.pq.ReadColumn(g.number, col, nil) }
		if col.Missing() {
			ch.v, ch.err = read()
			return
		}
		field := f.s.schema.Fields[f.s.node.Fields[c]]
		key := store.Key{
			Path: f.file.Path, Size: f.file.Size, Modified: f.file.Modified, Group: g.number,
			Column: columnKey(field, f.match),
		}
		ch.v, _, ch.err = f.s.q.env.Cache.Chunk(key, read)
		if ch.err == nil {
			bytes := vectorBytes(ch.v)
			f.s.q.metrics.update(f.s.node, func(m *OperatorMetrics) { m.Bytes += bytes })
			ch.err = f.s.q.read(bytes)
		}
	})
	return ch.v, ch.err
}

// columnKey names a column of a file for the cache: what it is found by, and the type it is read as.
func columnKey(field types.Field, match parquet.Match) string {
	key := field.Name + "|" + field.Type.String() + "|" + strconv.Itoa(int(match))
	if match != parquet.MatchName {
		if s, ok := field.Metadata["delta.columnMapping.physicalName"].(string); ok {
			key += "|" + s
		}
	}
	if field.Type.HasNested(func(t *types.Type) bool { return t.Kind == types.Struct }) && match != parquet.MatchName {
		// Names within are mapped too: the table's version may differ in them alone.
		key += "|" + field.Type.JSON()
	}
	return key
}

// parquetMorsel is a run of rows of a row group.
type parquetMorsel struct {
	g        *rowGroup
	from, to int
}

func (m *parquetMorsel) run(w *worker, sw *scanWorker, out operator) error {
	g := m.g
	p := g.f
	if pr := w.q.env.Progress; pr != nil {
		pr.rows.Add(int64(m.to - m.from))
	}
	early := make([]bool, len(p.columns))
	for _, c := range p.s.early {
		early[c] = true
	}
	full := make([]*vector.Vector, len(p.columns)) // decoded columns
	load := func(c int) error {
		v, err := g.column(c)
		full[c] = v
		return err
	}
	for c, col := range p.columns {
		if early[c] && col != nil {
			if err := load(c); err != nil {
				return err
			}
		}
	}
	loaded := false
	for at := m.from; at < m.to; at += w.q.batch {
		if err := w.alive(); err != nil {
			return err
		}
		n := min(w.q.batch, m.to-at)
		cols := make([]*vector.Vector, len(p.columns))
		for c := range cols {
			if early[c] {
				cols[c] = m.part(full, c, at, n)
			}
		}
		b := vector.NewBatch(cols, n)
		if sel := p.live(g.base+at, n); sel != nil {
			b = b.Select(sel)
		}
		if b.Len() > 0 {
			var err error
			if b, err = sw.conditions(w, b); err != nil {
				return err
			}
		}
		if b.Len() == 0 {
			continue
		}
		if !loaded {
			loaded = true
			for c, col := range p.columns {
				if !early[c] && col != nil {
					if err := load(c); err != nil {
						return err
					}
				}
			}
		}
		for c := range cols {
			if !early[c] {
				cols[c] = m.part(full, c, at, n)
			}
		}
		if err := sw.push(b, out); err != nil {
			return err
		}
	}
	return nil
}

// part is column c for the n rows from at on.
func (m *parquetMorsel) part(full []*vector.Vector, c, at, n int) *vector.Vector {
	p := m.g.f
	switch {
	case full[c] != nil:
		return vector.Slice(full[c], at, at+n)
	case p.fixed[c] != nil:
		return widthOf(p.fixed[c], n)
	case p.s.node.Fields[c] == logical.FieldRowIndex:
		v := vector.New(types.LongType, n)
		for i := range v.I64 {
			v.I64[i] = int64(m.g.base + at + i)
		}
		return v
	}
	return vector.NullConst(p.s.node.Columns[c].Type, n)
}

// live gives the rows among n from row first of the file on that are not deleted, nil if all are not.
func (p *parquetFile) live(first, n int) []uint32 {
	d := p.deleted
	if len(d) == 0 {
		return nil
	}
	k := sort.Search(len(d), func(i int) bool { return int(d[i]) >= first })
	if k == len(d) || int(d[k]) >= first+n {
		return nil
	}
	sel := make([]uint32, 0, n)
	for i := range n {
		if k < len(d) && int(d[k]) == first+i {
			k++
			continue
		}
		sel = append(sel, uint32(i))
	}
	return sel
}
