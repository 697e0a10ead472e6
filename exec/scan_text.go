package exec

import (
	"strings"
	"time"

	"github.com/argan-sql/argan/catalog"
	"github.com/argan-sql/argan/catalog/file/csv"
	"github.com/argan-sql/argan/catalog/file/json"
	"github.com/argan-sql/argan/catalog/file/text"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// textMorsel is the number of bytes of a text file that a morsel reads.
const textMorsel = 8 << 20

// textReader is a reader of CSV, JSON or text: its batches in order, nil at the end.
type textReader interface {
	Next() (*vector.Batch, error)
	Close() error
}

// textFile is a CSV, JSON or text file of a scan.
type textFile struct {
	s      *scanSource
	file   *catalog.File
	fixed  map[int]*vector.Vector
	schema *types.Type // of the file: without the columns of one value
	want   []int       // columns to read, numbers in schema
	at     []int       // their places in the scan
	open   func(in text.Input) (textReader, error)
}

// openText makes morsels of a text file, or of its parts where lines can be found from anywhere.
func (s *scanSource) openText(i int, fixed map[int]*vector.Vector) ([]morselWork, error) {
	f := &s.files[i]
	t := &textFile{s: s, file: f, fixed: fixed}
	var fields []types.Field
	place := map[int]int{}
	for k, field := range s.schema.Fields {
		name := strings.ToLower(field.Name)
		if _, ok := f.Partition[name]; ok {
			continue
		}
		if _, ok := f.Constants[name]; ok {
			continue
		}
		place[k] = len(fields)
		fields = append(fields, field)
	}
	t.schema = types.NewStruct(fields...)
	rowIndex := false
	for c, field := range s.node.Fields {
		if p, ok := place[field]; ok && fixed[c] == nil {
			t.want, t.at = append(t.want, p), append(t.at, c)
		}
		rowIndex = rowIndex || field == logical.FieldRowIndex
	}
	if rowIndex {
		return nil, sqlerr.Unsupported("row numbers of %s files", f.Format)
	}
	split, err := t.options()
	if err != nil {
		return nil, err
	}
	whole := text.Input{R: diskFile{f.Path}, Size: f.Size, Path: f.Path}
	parts := []text.Input{whole}
	if split {
		parts = text.Split(whole, textMorsel)
	}
	out := make([]morselWork, len(parts))
	for k, in := range parts {
		out[k] = &textPart{t, in}
	}
	return out, nil
}

// options reads the reader's options and says whether the file may be split.
func (t *textFile) options() (split bool, err error) {
	zone, now := time.UTC, time.Now()
	if ctx := t.s.q.env.Context; ctx != nil && ctx.Zone != nil {
		zone, now = ctx.Zone, ctx.Now
	}
	switch t.file.Format {
	case "csv":
		o, err := csv.ParseOptions(t.file.Options, zone, now)
		if err != nil {
			return false, err
		}
		t.open = func(in text.Input) (textReader, error) { return csv.NewReader(in, o, t.schema, t.want) }
		return o.Splittable(), nil
	case "json":
		o, err := json.ParseOptions(t.file.Options, zone, now)
		if err != nil {
			return false, err
		}
		t.open = func(in text.Input) (textReader, error) { return json.NewReader(in, o, t.schema, t.want) }
		return o.Splittable(), nil
	case "text":
		o, err := text.ParseOptions(t.file.Options)
		if err != nil {
			return false, err
		}
		t.open = func(in text.Input) (textReader, error) { return text.NewReader(in, o) }
		return false, nil
	}
	return false, sqlerr.Unsupported("reading %s files", t.file.Format)
}

// textPart is a part of a text file.
type textPart struct {
	t  *textFile
	in text.Input
}

func (p *textPart) run(w *worker, sw *scanWorker, out operator) error {
	t := p.t
	disk, err := openDisk(t.file.Path)
	if err != nil {
		return err
	}
	defer disk.Close()
	in := p.in
	in.R = disk
	r, err := t.open(in)
	if err != nil {
		return err
	}
	defer r.Close()
	for {
		if err := w.alive(); err != nil {
			return err
		}
		b, err := r.Next()
		if err != nil || b == nil {
			return err
		}
		n := b.Len()
		cols := make([]*vector.Vector, len(t.s.node.Fields))
		for k, c := range t.at {
			cols[c] = b.Column(k)
		}
		for c, v := range t.fixed {
			cols[c] = widthOf(v, n)
		}
		if pr := w.q.env.Progress; pr != nil {
			pr.rows.Add(int64(n))
		}
		if err := w.q.read(batchBytes(b)); err != nil {
			return err
		}
		kept, err := sw.conditions(w, vector.NewBatch(cols, n))
		if err != nil {
			return err
		}
		if err := sw.push(kept, out); err != nil {
			return err
		}
	}
}
