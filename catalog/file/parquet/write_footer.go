package parquet

import (
	"encoding/binary"
	"slices"

	"github.com/argan-sql/argan/types"
)

// writtenGroup is a row group that is in the file.
type writtenGroup struct {
	columns []writtenChunk
	rows    int64
	offset  int64
	bytes   int64 // uncompressed
	packed  int64
}

type writtenChunk struct {
	leaf         *leafWriter
	values       int64
	nulls        int64
	uncompressed int64
	compressed   int64
	dictOffset   int64 // -1: none
	dataOffset   int64
	stats        bounds
	pages        []donePage // without bodies
	locations    []pageLocation
	codedPages   int
	offsetIndex  pageLocation
	columnIndex  pageLocation
}

// endGroup writes the row group in the making.
func (p *Writer) endGroup() error {
	if p.inGroup == 0 {
		return nil
	}
	g := writtenGroup{rows: int64(p.inGroup), offset: p.offset}
	for _, l := range p.s.leaves {
		if err := l.cut(); err != nil {
			return err
		}
		c, err := p.chunk(l)
		if err != nil {
			return err
		}
		g.bytes += c.uncompressed
		g.packed += c.compressed
		g.columns = append(g.columns, c)
		l.file.merge(l.element.physical, &l.chunkStats)
		l.fileNulls += l.chunkNulls
		l.startChunk()
	}
	p.groups = append(p.groups, g)
	p.inGroup = 0
	return nil
}

// chunk writes the pages of a leaf.
func (p *Writer) chunk(l *leafWriter) (writtenChunk, error) {
	c := writtenChunk{leaf: l, values: l.chunkValues, nulls: l.chunkNulls, stats: l.chunkStats, dictOffset: -1}
	start := p.offset
	for i := range l.done {
		if l.done[i].coded {
			c.codedPages++
		}
	}
	if c.codedPages > 0 {
		c.dictOffset = p.offset
		plain := l.dictionaryPage()
		body, err := compress(p.options.Compression, plain)
		if err != nil {
			return c, err
		}
		if err := p.page(&c, pageHeader{kind: pageDictionary, values: int32(l.dictionaryLen()), encoding: encPlain}, len(plain), body); err != nil {
			return c, err
		}
	}
	c.dataOffset = p.offset
	var row int64
	for _, d := range l.done {
		at := p.offset
		enc := int32(encPlain)
		if d.coded {
			enc = encRLEDictionary
		}
		if err := p.page(&c, pageHeader{kind: pageData, values: int32(d.values), encoding: enc}, d.uncompressed, d.body); err != nil {
			return c, err
		}
		c.locations = append(c.locations, pageLocation{offset: at, size: int32(p.offset - at), row: row})
		row += int64(d.rows)
		d.body = nil
		c.pages = append(c.pages, d)
	}
	c.compressed = p.offset - start
	return c, nil
}

// page writes one page with its header.
func (p *Writer) page(c *writtenChunk, h pageHeader, plain int, body []byte) error {
	t := &thriftWriter{}
	t.begin()
	t.int32(1, h.kind)
	t.int32(2, int32(plain))
	t.int32(3, int32(len(body)))
	if h.kind == pageDictionary {
		t.structure(7, func() {
			t.int32(1, h.values)
			t.int32(2, h.encoding)
		})
	} else {
		t.structure(5, func() {
			t.int32(1, h.values)
			t.int32(2, h.encoding)
			t.int32(3, encRLE)
			t.int32(4, encRLE)
		})
	}
	t.end()
	c.uncompressed += int64(len(t.b) + plain)
	if err := p.put(t.b); err != nil {
		return err
	}
	return p.put(body)
}

// indexes writes the column and offset indexes of all chunks, between the data and the footer.
func (p *Writer) indexes() error {
	for gi := range p.groups {
		for ci := range p.groups[gi].columns {
			c := &p.groups[gi].columns[ci]
			b := columnIndexOf(c)
			if b == nil {
				continue
			}
			c.columnIndex = pageLocation{offset: p.offset, size: int32(len(b))}
			if err := p.put(b); err != nil {
				return err
			}
		}
	}
	for gi := range p.groups {
		for ci := range p.groups[gi].columns {
			c := &p.groups[gi].columns[ci]
			t := &thriftWriter{}
			t.begin()
			t.list(1, thriftStruct, len(c.locations))
			for _, l := range c.locations {
				t.begin()
				t.int64(1, l.offset)
				t.int32(2, l.size)
				t.int64(3, l.row)
				t.end()
			}
			t.end()
			c.offsetIndex = pageLocation{offset: p.offset, size: int32(len(t.b))}
			if err := p.put(t.b); err != nil {
				return err
			}
		}
	}
	return nil
}

// columnIndexOf is nil when a page has no bounds that may be written.
func columnIndexOf(c *writtenChunk) []byte {
	phys := c.leaf.element.physical
	lows, highs := make([][]byte, len(c.pages)), make([][]byte, len(c.pages))
	for i := range c.pages {
		d := &c.pages[i]
		if d.nulls == d.values {
			continue
		}
		lo, hi, ok := d.stats.encoded(phys)
		if !ok {
			return nil
		}
		if phys == physByteArray {
			lo, hi = cutDown(lo), cutUp(hi, c.leaf.element.ann == annString)
		}
		lows[i], highs[i] = lo, hi
	}
	t := &thriftWriter{}
	t.begin()
	t.list(1, thriftTrue, len(c.pages))
	for i := range c.pages {
		if c.pages[i].nulls == c.pages[i].values {
			t.b = append(t.b, thriftTrue)
		} else {
			t.b = append(t.b, thriftFalse)
		}
	}
	for id, list := range [][][]byte{lows, highs} {
		t.list(int16(2+id), thriftBinary, len(list))
		for _, b := range list {
			t.rawBytes(b)
		}
	}
	t.int32(4, 0) // unordered
	t.list(5, thriftI64, len(c.pages))
	for i := range c.pages {
		t.b = binary.AppendVarint(t.b, int64(c.pages[i].nulls))
	}
	t.end()
	return t.b
}

// footer writes the indexes, the metadata and the end of the file.
func (p *Writer) footer() error {
	if err := p.indexes(); err != nil {
		return err
	}
	t := &thriftWriter{}
	t.begin()
	t.int32(1, 1)
	t.list(2, thriftStruct, len(p.s.elements))
	for i := range p.s.elements {
		writeElement(t, &p.s.elements[i])
	}
	t.int64(3, p.rows)
	t.list(4, thriftStruct, len(p.groups))
	for i := range p.groups {
		p.writeGroup(t, &p.groups[i], i)
	}
	// With its version in the file, Spark reads dates before 1582 as they stand; without, it refuses them, since they might
	// be of the old calendar.
	keys := map[string]string{sparkSchemaKey: p.fileSchema(p.schema).JSON(), sparkVersionKey: "3.5.3"}
	for k, v := range p.options.KeyValue {
		keys[k] = v
	}
	names := make([]string, 0, len(keys))
	for k := range keys {
		names = append(names, k)
	}
	slices.Sort(names)
	t.list(5, thriftStruct, len(names))
	for _, k := range names {
		t.begin()
		t.string(1, k)
		t.string(2, keys[k])
		t.end()
	}
	t.string(6, createdBy)
	t.list(7, thriftStruct, len(p.s.leaves))
	for range p.s.leaves {
		t.begin()
		t.structure(1, func() {})
		t.end()
	}
	t.end()
	n := len(t.b)
	t.b = binary.LittleEndian.AppendUint32(t.b, uint32(n))
	t.b = append(t.b, magic...)
	return p.put(t.b)
}

const createdBy = "argan version 1.0.0 (build argan)"

// fileSchema is the schema as Spark notes it: with the names in the file, without what column mapping keeps elsewhere.
func (p *Writer) fileSchema(t *types.Type) *types.Type {
	switch t.Kind {
	case types.Array:
		return types.NewArray(p.fileSchema(t.Elem), t.ElemNullable)
	case types.Map:
		return types.NewMap(p.fileSchema(t.Key), p.fileSchema(t.Elem), t.ElemNullable)
	case types.Struct:
		fields := make([]types.Field, len(t.Fields))
		for i, f := range t.Fields {
			name, _, _ := p.s.fileName(f)
			fields[i] = types.Field{Name: name, Type: p.fileSchema(f.Type), Nullable: true}
			if !p.options.ColumnMapping {
				fields[i].Metadata = f.Metadata
			}
		}
		return types.NewStruct(fields...)
	}
	return t
}

// convertedOf is the old converted type of an annotation, -1 if there is none.
func convertedOf(e *schemaElement) int32 {
	switch e.ann {
	case annString:
		return 0
	case annMap:
		return 1
	case annList:
		return 3
	case annDecimal:
		return 5
	case annDate:
		return 6
	case annTimestamp:
		if e.utc {
			return 10
		}
	case annInteger:
		switch e.bits {
		case 8:
			return 15
		case 16:
			return 16
		}
	}
	return -1
}

func writeElement(t *thriftWriter, e *schemaElement) {
	t.begin()
	if e.hasPhysical {
		t.int32(1, int32(e.physical))
		if e.physical == physFixed {
			t.int32(2, e.typeLength)
		}
	}
	if e.repetition >= 0 {
		t.int32(3, e.repetition)
	}
	t.string(4, e.name)
	if !e.hasPhysical {
		t.int32(5, e.children)
	}
	if c := convertedOf(e); c >= 0 {
		t.int32(6, c)
	}
	if e.ann == annDecimal {
		t.int32(7, e.scale)
		t.int32(8, e.precision)
	}
	if e.hasFieldID {
		t.int32(9, e.fieldID)
	}
	if e.ann != annNone {
		t.structure(10, func() { writeLogical(t, e) })
	}
	t.end()
}

func writeLogical(t *thriftWriter, e *schemaElement) {
	switch e.ann {
	case annString:
		t.structure(1, func() {})
	case annMap:
		t.structure(2, func() {})
	case annList:
		t.structure(3, func() {})
	case annDecimal:
		t.structure(5, func() {
			t.int32(1, e.scale)
			t.int32(2, e.precision)
		})
	case annDate:
		t.structure(6, func() {})
	case annTimestamp:
		t.structure(8, func() {
			t.bool(1, e.utc)
			t.structure(2, func() { t.structure(int16(e.unit), func() {}) })
		})
	case annInteger:
		t.structure(10, func() {
			t.int8(1, e.bits)
			t.bool(2, true)
		})
	}
}

func (p *Writer) writeGroup(t *thriftWriter, g *writtenGroup, ordinal int) {
	t.begin()
	t.list(1, thriftStruct, len(g.columns))
	for i := range g.columns {
		p.writeChunk(t, &g.columns[i])
	}
	t.int64(2, g.bytes)
	t.int64(3, g.rows)
	t.int64(5, g.offset)
	t.int64(6, g.packed)
	t.field(7, thriftI16)
	t.b = binary.AppendVarint(t.b, int64(int16(ordinal)))
	t.end()
}

// statsBytesKept is how long both bounds of a chunk together may be; longer ones are left out, as Spark does.
const statsBytesKept = 4096

func (p *Writer) writeChunk(t *thriftWriter, c *writtenChunk) {
	l := c.leaf
	start := c.dataOffset
	if c.dictOffset >= 0 {
		start = c.dictOffset
	}
	t.begin()
	t.int64(2, start)
	t.structure(3, func() {
		t.int32(1, int32(l.element.physical))
		encodings := []int64{encRLE}
		if c.codedPages < len(c.pages) || c.dictOffset >= 0 {
			encodings = append(encodings, encPlain)
		}
		if c.codedPages > 0 {
			encodings = append(encodings, encRLEDictionary)
		}
		t.list(2, thriftI32, len(encodings))
		for _, e := range encodings {
			t.b = binary.AppendVarint(t.b, e)
		}
		t.list(3, thriftBinary, len(l.path))
		for _, s := range l.path {
			t.rawBytes([]byte(s))
		}
		t.int32(4, codecByName[p.options.Compression])
		t.int64(5, c.values)
		t.int64(6, c.uncompressed)
		t.int64(7, c.compressed)
		t.int64(9, c.dataOffset)
		if c.dictOffset >= 0 {
			t.int64(11, c.dictOffset)
		}
		t.structure(12, func() {
			t.int64(3, c.nulls)
			if lo, hi, ok := c.stats.encoded(l.element.physical); ok && len(lo)+len(hi) <= statsBytesKept {
				t.bytes(5, hi)
				t.bytes(6, lo)
			}
		})
		writeEncodingStats(t, c)
	})
	t.int64(4, c.offsetIndex.offset)
	t.int32(5, c.offsetIndex.size)
	if c.columnIndex.size > 0 {
		t.int64(6, c.columnIndex.offset)
		t.int32(7, c.columnIndex.size)
	}
	t.end()
}

// writeEncodingStats lets readers know whether all pages use the dictionary.
func writeEncodingStats(t *thriftWriter, c *writtenChunk) {
	type entry struct{ page, enc, count int32 }
	var entries []entry
	if c.codedPages > 0 {
		entries = append(entries, entry{pageDictionary, encPlain, 1}, entry{pageData, encRLEDictionary, int32(c.codedPages)})
	}
	if n := len(c.pages) - c.codedPages; n > 0 {
		entries = append(entries, entry{pageData, encPlain, int32(n)})
	}
	t.list(13, thriftStruct, len(entries))
	for _, e := range entries {
		t.begin()
		t.int32(1, e.page)
		t.int32(2, e.enc)
		t.int32(3, e.count)
		t.end()
	}
}
