package parquet

import (
	"io"
	"strings"

	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// Options say how a file is written; the zero value is Spark's defaults.
type Options struct {
	// Compression is snappy (default), zstd, gzip or uncompressed.
	Compression string
	// RowGroupRows is the most rows of a row group (default 262,144), RowGroupBytes its most compressed bytes (default 128 MB).
	RowGroupRows  int
	RowGroupBytes int64
	// PageRows is the most rows of a page (default 20,000), PageBytes about its most bytes (default 1 MB).
	PageRows  int
	PageBytes int
	// DictionaryBytes is the largest dictionary (default 1 MB).
	DictionaryBytes int
	// NoDictionary writes plain values only.
	NoDictionary bool
	// ColumnMapping takes the names in the file from the metadata delta.columnMapping.physicalName.
	ColumnMapping bool
	// KeyValue is metadata for the footer besides Spark's own.
	KeyValue map[string]string
}

const (
	defaultGroupRows  = 1 << 18
	defaultGroupBytes = 128 << 20
	defaultPageRows   = 20000
	defaultPageBytes  = 1 << 20
)

func orDefault[T int | int64](x, d T) T {
	if x > 0 {
		return x
	}
	return d
}

func (o *Options) pageRows() int        { return orDefault(o.PageRows, defaultPageRows) }
func (o *Options) pageBytes() int       { return orDefault(o.PageBytes, defaultPageBytes) }
func (o *Options) dictionaryBytes() int { return orDefault(o.DictionaryBytes, defaultPageBytes) }

// LeafStats are the statistics of a leaf that is not within a list or map, over the whole file.
type LeafStats struct {
	// Path is the names of the leaf and of the structs around it, as the schema (not the file) has them.
	Path []string
	Type *types.Type
	// Min and Max are as vector.Value gives them, nil when there are none. With NaN they are those of the other values.
	Min, Max any
	HasNaN   bool
	Nulls    int64
}

// FileStats tells what has been written.
type FileStats struct {
	Rows, Bytes int64
	Leaves      []LeafStats
}

// Writer writes a file from batches of the schema's columns. It is used by one goroutine. What Write is given may be
// changed as soon as it returns.
type Writer struct {
	w       io.Writer
	schema  *types.Type
	options Options
	nodes   []*writeNode
	s       schemaWriter
	offset  int64
	rows    int64
	inGroup int
	groups  []writtenGroup
	err     error
}

// NewWriter starts a file. A type that Parquet cannot hold is refused by name.
func NewWriter(w io.Writer, schema *types.Type, options Options) (*Writer, error) {
	options.Compression = strings.ToLower(options.Compression)
	if _, ok := codecByName[options.Compression]; !ok {
		return nil, sqlerr.Unsupported("writing Parquet with compression %s", options.Compression)
	}
	p := &Writer{w: w, schema: schema, options: options}
	p.s.options = &p.options
	var err error
	if p.nodes, err = p.s.root(schema); err != nil {
		return nil, err
	}
	return p, p.put([]byte(magic))
}

func (p *Writer) put(b []byte) error {
	n, err := p.w.Write(b)
	p.offset += int64(n)
	if err != nil && p.err == nil {
		p.err = err
	}
	return err
}

// writeStep is how many rows are taken at once between looks at the page sizes.
const writeStep = 2048

// Write appends the rows of a batch.
func (p *Writer) Write(batch *vector.Batch) error {
	if p.err != nil {
		return p.err
	}
	if len(batch.Cols) != len(p.nodes) {
		return sqlerr.Internal("a batch of %d columns for a file of %d", len(batch.Cols), len(p.nodes))
	}
	cols := make([]*vector.Vector, len(p.nodes))
	nulls := make([]vector.Bitmap, len(p.nodes))
	n := batch.Len()
	step := writeStep
	for i, node := range p.nodes {
		cols[i] = batch.Column(i)
		if cols[i].Type.Physical() != node.typ.Physical() {
			return sqlerr.Internal("a column of type %s where the file has %s", cols[i].Type, node.typ)
		}
		if node.leaf != nil {
			nulls[i] = cols[i].Nulls()
		}
		// Long strings: look at the page sizes after about a megabyte.
		if per := int64(len(cols[i].Values().Heap)) / int64(max(cols[i].Values().Len, 1)); per > 512 {
			step = min(step, max(1, int(int64(defaultPageBytes)/per)))
		}
	}
	for from := 0; from < n; {
		to := min(n, from+step, from+orDefault(p.options.RowGroupRows, defaultGroupRows)-p.inGroup)
		if err := p.rowsOf(cols, nulls, from, to); err != nil {
			p.err = err
			return err
		}
		from = to
	}
	return nil
}

// rowsOf takes some rows, ending pages and the row group where they are full.
func (p *Writer) rowsOf(cols []*vector.Vector, nulls []vector.Bitmap, from, to int) error {
	for i, node := range p.nodes {
		if node.leaf != nil {
			if err := node.leaf.appendFlat(cols[i], nulls[i], from, to); err != nil {
				return err
			}
			continue
		}
		for r := from; r < to; r++ {
			if err := node.append(cols[i], r, 0, 0); err != nil {
				return err
			}
		}
	}
	p.inGroup += to - from
	p.rows += int64(to - from)
	held := int64(0)
	for _, l := range p.s.leaves {
		if l.full() {
			if err := l.cut(); err != nil {
				return err
			}
		}
		held += int64(l.held)
	}
	if p.inGroup >= orDefault(p.options.RowGroupRows, defaultGroupRows) || held >= orDefault(p.options.RowGroupBytes, defaultGroupBytes) {
		return p.endGroup()
	}
	return nil
}

// append appends one value of a nested column: levels to all leaves below, values where there are any.
func (n *writeNode) append(v *vector.Vector, i int, def, rep uint8) error {
	if n.leaf != nil {
		return n.leaf.appendOne(v, i, def, rep)
	}
	if v.IsNull(i) {
		n.missing(def, rep)
		return nil
	}
	w, i := v.Values(), v.Index(i)
	if n.typ.Kind == types.Struct {
		for k, kid := range n.kids {
			if err := kid.append(w.Children[k], i, n.def, rep); err != nil {
				return err
			}
		}
		return nil
	}
	r := w.Ranges[i]
	if r.Len == 0 {
		n.missing(n.def, rep)
		return nil
	}
	for j := r.Off; j < r.Off+r.Len; j++ {
		for k, kid := range n.kids {
			if err := kid.append(w.Children[k], int(j), n.elemDef, rep); err != nil {
				return err
			}
		}
		rep = n.elemRep
	}
	return nil
}

// missing notes in all leaves below that the value ends at level def.
func (n *writeNode) missing(def, rep uint8) {
	for _, l := range n.leaves {
		l.level(def, rep)
		l.nulls++
	}
}

// level notes the levels of one entry of a nested leaf.
func (w *leafWriter) level(def, rep uint8) {
	w.defs = append(w.defs, def)
	if w.maxRep > 0 {
		w.reps = append(w.reps, rep)
	}
	if rep == 0 {
		w.rows++
	}
	w.values++
}

// appendOne appends one value of a nested leaf whose parent is there at level def.
func (w *leafWriter) appendOne(v *vector.Vector, i int, def, rep uint8) error {
	if v.IsNull(i) {
		if def == w.maxDef {
			return sqlerr.New("NULL_MAP_KEY")
		}
		w.level(def, rep)
		w.nulls++
		return nil
	}
	w.level(w.maxDef, rep)
	if w.isWords() {
		w.addWords(w.gatherWords(v, nil, i, i+1))
	} else {
		w.addBytes(w.bytesOf(v, i))
	}
	return nil
}

// Close writes what is left and the footer. The underlying writer stays open.
func (p *Writer) Close() (FileStats, error) {
	if p.err != nil {
		return FileStats{}, p.err
	}
	if err := p.endGroup(); err != nil {
		return FileStats{}, err
	}
	if err := p.footer(); err != nil {
		return FileStats{}, err
	}
	s := FileStats{Rows: p.rows, Bytes: p.offset}
	for _, l := range p.s.leaves {
		if l.logical == nil {
			continue
		}
		ls := LeafStats{Path: l.logical, Type: l.typ, HasNaN: l.file.nan, Nulls: l.fileNulls}
		ls.Min, ls.Max = l.file.values(l.typ)
		s.Leaves = append(s.Leaves, ls)
	}
	return s, nil
}

// Size is about how many bytes the file has so far, those of unfinished row groups included.
func (p *Writer) Size() int64 {
	n := p.offset
	for _, l := range p.s.leaves {
		n += int64(l.held)
	}
	return n
}

// Held is about how much memory the writer holds: pages, finished or not, and dictionaries.
func (p *Writer) Held() int64 {
	n := int64(0)
	for _, l := range p.s.leaves {
		n += int64(l.held + cap(l.plain) + cap(l.buf) + cap(l.defs) + cap(l.reps) + 4*(cap(l.codes)+cap(l.codesBuf)+cap(l.remap)) + 8*cap(l.scratch))
		n += int64(8*cap(l.words.words) + 4*cap(l.words.table) + 8*cap(l.strings.spans) + cap(l.strings.heap) + 8*cap(l.strings.table))
	}
	return n
}
