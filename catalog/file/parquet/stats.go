package parquet

import (
	"math"
	"strings"

	"github.com/argan-sql/argan/types"
)

// Stats is what a file says of the values of a column in a row group or page. Min and Max are bounds, as vector.Value
// gives values of the wanted type; nil when unknown or when there are none.
type Stats struct {
	Min, Max any
	// Exact says that Min and Max, where known, occur.
	Exact bool
	// Nulls is -1 when unknown.
	Nulls int64
}

// Page is a run of rows of a column chunk that can be read on its own.
type Page struct {
	Rows  RowRange
	Stats Stats
}

// field walks from a column down to a leaf through fields of structs.
func (b *binding) field(path []string) *binding {
	for _, name := range path {
		if b == nil || b.node == nil || b.node.kind != structNode {
			return nil
		}
		var next *binding
		for i, f := range b.want.Fields {
			if strings.EqualFold(f.Name, name) {
				next = b.kids[i]
			}
		}
		b = next
	}
	return b
}

// leafOf is the leaf of a column, or of a field within it, whose statistics count rows; nil if there is none.
func (c *Column) leafOf(path []string) *binding {
	b := c.b.field(path)
	if b == nil || b.node == nil || b.node.kind != leafNode || b.node.maxRep > 0 {
		return nil
	}
	return b
}

// Statistics tells what the footer knows of a column in a row group, or of a field of a struct column by its path. ok is
// false when nothing is known. A missing column is all NULL.
func (f *File) Statistics(group int, c *Column, path ...string) (s Stats, ok bool) {
	if b := c.b.field(path); b != nil && b.node == nil {
		return Stats{Nulls: int64(f.GroupRows(group)), Exact: true}, true
	}
	b := c.leafOf(path)
	if b == nil {
		return Stats{Nulls: -1}, false
	}
	raw := &f.meta.groups[group].columns[b.node.leaf].stats
	s = Stats{Nulls: raw.nulls, Exact: !raw.inexactMin && !raw.inexactMax}
	if raw.legacy && !legacyOrder(b.node) {
		return s, s.Nulls >= 0
	}
	if raw.hasMin && raw.hasMax && !f.oldCalendar(b.node) {
		s.bounds(b, raw.min, raw.max)
	}
	return s, s.Nulls >= 0 || s.Min != nil
}

// legacyOrder says whether the old min and max fields, compared as signed values, are right for a leaf.
func legacyOrder(n *node) bool {
	switch n.element.physical {
	case physInt32, physInt64:
		return !n.element.unsigned
	case physFloat, physDouble, physBoolean:
		return true
	}
	return false
}

// bounds fills Min and Max from their bytes, or leaves them unknown.
func (s *Stats) bounds(b *binding, lo, hi []byte) {
	l, ok1 := statValue(b, lo)
	h, ok2 := statValue(b, hi)
	if ok1 && ok2 {
		s.Min, s.Max = zeroDown(l), zeroUp(h)
	}
}

// statValue decodes one value as a page would hold it.
func statValue(b *binding, raw []byte) (x any, ok bool) {
	defer func() {
		if recover() != nil { // bytes that are no value of the type: nothing is known then
			x, ok = nil, false
		}
	}()
	e := b.node.element
	if e.physical == physInt96 || b.node.typ.Kind == types.Null {
		return nil, false
	}
	s := newSink(b.node)
	s.reserve(1)
	data := make([]byte, 0, len(raw)+4+padding)
	if e.physical == physByteArray {
		n := len(raw)
		data = append(data, byte(n), byte(n>>8), byte(n>>16), byte(n>>24))
	}
	data = append(data, raw...)
	if err := s.decode(encPlain, data, 0, 1); err != nil {
		return nil, false
	}
	x = convert(s.finish(1), b.want).Value(0)
	switch f := x.(type) {
	case float64:
		return x, !math.IsNaN(f)
	case float32:
		return x, f == f
	}
	return x, true
}

// zeroDown and zeroUp make zero a bound whatever its sign: writers differ in which they note.
func zeroDown(x any) any {
	switch f := x.(type) {
	case float64:
		if f == 0 {
			return math.Copysign(0, -1)
		}
	case float32:
		if f == 0 {
			return float32(math.Copysign(0, -1))
		}
	}
	return x
}

func zeroUp(x any) any {
	switch f := x.(type) {
	case float64:
		if f == 0 {
			return float64(0)
		}
	case float32:
		if f == 0 {
			return float32(0)
		}
	}
	return x
}

// pageLocation is an entry of an offset index.
type pageLocation struct {
	offset int64
	size   int32
	row    int64
}

// Pages gives the pages of a column in a row group with their statistics; nil when the file has no page index for it.
func (f *File) Pages(group int, c *Column, path ...string) (pages []Page, err error) {
	defer f.guard(&err)
	b := c.leafOf(path)
	if b == nil {
		return nil, nil
	}
	m := &f.meta.groups[group].columns[b.node.leaf]
	locations, err := f.offsetIndex(m, f.GroupRows(group))
	if err != nil || locations == nil {
		return nil, err
	}
	pages = make([]Page, len(locations))
	for i, l := range locations {
		end := f.GroupRows(group)
		if i+1 < len(locations) {
			end = int(locations[i+1].row)
		}
		pages[i] = Page{Rows: RowRange{int(l.row), end}, Stats: Stats{Nulls: -1}}
	}
	if f.oldCalendar(b.node) {
		return pages, nil
	}
	return pages, f.columnIndex(m, b, pages)
}

// indexBytes reads a part of the file that the footer points at.
func (f *File) indexBytes(off int64, n int32) ([]byte, error) {
	if off <= 0 || n <= 0 {
		return nil, nil
	}
	if int64(n) > f.size-off {
		return nil, damaged("a page index lies outside the file")
	}
	b := make([]byte, n)
	return b, f.readAt(b, off)
}

func (f *File) offsetIndex(m *chunkMeta, rows int) (locations []pageLocation, err error) {
	raw, err := f.indexBytes(m.offsetIndex, m.offsetIndexSize)
	if err != nil || raw == nil {
		return nil, err
	}
	r := &thriftReader{b: raw}
	r.structure(func(id int16, typ byte) {
		if id != 1 {
			r.skip(typ)
			return
		}
		r.list(typ, func(byte) {
			var l pageLocation
			r.structure(func(id int16, typ byte) {
				switch id {
				case 1:
					l.offset = r.int64(typ)
				case 2:
					l.size = r.int32(typ)
				case 3:
					l.row = r.int64(typ)
				default:
					r.skip(typ)
				}
			})
			locations = append(locations, l)
		})
	})
	if r.err != nil {
		return nil, r.err
	}
	for i, l := range locations {
		if i == 0 && l.row != 0 || i > 0 && l.row < locations[i-1].row || l.row > int64(rows) || l.size < 0 || l.offset < 0 || int64(l.size) > f.size-l.offset {
			return nil, damaged("a page index contradicts itself")
		}
	}
	return locations, nil
}

// columnIndex fills the statistics of pages.
func (f *File) columnIndex(m *chunkMeta, b *binding, pages []Page) error {
	raw, err := f.indexBytes(m.columnIndex, m.columnIndexSize)
	if err != nil || raw == nil {
		return err
	}
	var empty []bool
	var mins, maxs [][]byte
	var nulls []int64
	r := &thriftReader{b: raw}
	r.structure(func(id int16, typ byte) {
		switch id {
		case 1:
			r.list(typ, func(byte) { empty = append(empty, r.byte() == thriftTrue) })
		case 2:
			r.list(typ, func(t byte) { mins = append(mins, r.bytes(t)) })
		case 3:
			r.list(typ, func(t byte) { maxs = append(maxs, r.bytes(t)) })
		case 5:
			r.list(typ, func(t byte) { nulls = append(nulls, r.int64(t)) })
		default:
			r.skip(typ)
		}
	})
	if r.err != nil {
		return r.err
	}
	if len(empty) != len(pages) || len(mins) != len(pages) || len(maxs) != len(pages) || nulls != nil && len(nulls) != len(pages) {
		return damaged("a page index has the wrong number of pages")
	}
	for i := range pages {
		s := &pages[i].Stats
		if nulls != nil {
			s.Nulls = nulls[i]
		}
		if empty[i] {
			s.Nulls = int64(pages[i].Rows.To - pages[i].Rows.From)
		} else {
			s.bounds(b, mins[i], maxs[i])
		}
	}
	return nil
}
