package parquet

import "fmt"

// physicalType is how Parquet stores a value.
type physicalType int32

const (
	physBoolean physicalType = iota
	physInt32
	physInt64
	physInt96
	physFloat
	physDouble
	physByteArray
	physFixed
)

var physicalNames = [...]string{"BOOLEAN", "INT32", "INT64", "INT96", "FLOAT", "DOUBLE", "BINARY", "FIXED_LEN_BYTE_ARRAY"}

func (t physicalType) String() string {
	if t >= 0 && int(t) < len(physicalNames) {
		return physicalNames[t]
	}
	return fmt.Sprintf("type %d", int32(t))
}

// Repetition of a schema element.
const (
	required = 0
	optional = 1
	repeated = 2
)

// Encodings.
const (
	encPlain           = 0
	encPlainDictionary = 2
	encRLE             = 3
	encBitPacked       = 4
	encDeltaBinary     = 5
	encDeltaLength     = 6
	encDeltaByteArray  = 7
	encRLEDictionary   = 8
	encByteStreamSplit = 9
)

// The annotation of a schema element: its logical type, or its older converted type put in the same terms.
type annotation uint8

const (
	annNone annotation = iota
	annString
	annMap
	annList
	annEnum
	annDecimal
	annDate
	annTime
	annTimestamp
	annInteger
	annUnknown
	annJSON
	annBSON
	annUUID
	annFloat16
	annInterval
	annVariant
	annOther
)

var annotationNames = [...]string{
	"", "STRING", "MAP", "LIST", "ENUM", "DECIMAL", "DATE", "TIME", "TIMESTAMP", "INTEGER", "UNKNOWN", "JSON", "BSON",
	"UUID", "FLOAT16", "INTERVAL", "VARIANT", "unknown annotation",
}

type timeUnit uint8

const (
	unitMillis timeUnit = iota + 1
	unitMicros
	unitNanos
)

type schemaElement struct {
	name             string
	physical         physicalType
	hasPhysical      bool
	typeLength       int32
	repetition       int32
	children         int32
	fieldID          int32
	hasFieldID       bool
	ann              annotation
	precision, scale int32
	unit             timeUnit // annTime, annTimestamp
	utc              bool     // annTimestamp
	bits             int8     // annInteger
	unsigned         bool     // annInteger
}

type statistics struct {
	min, max       []byte // ordered as the column's type says
	hasMin, hasMax bool
	legacy         bool // min and max come from the old fields, ordered as signed bytes
	nulls          int64
	inexactMin     bool
	inexactMax     bool
}

type chunkMeta struct {
	physical         physicalType
	codec            int32
	values           int64
	uncompressed     int64
	compressed       int64
	dataOffset       int64
	dictOffset       int64
	stats            statistics
	encrypted        bool
	external         bool
	hasMeta          bool
	offsetIndex      int64
	offsetIndexSize  int32
	columnIndex      int64
	columnIndexSize  int32
	dictionaryCoded  bool // every data page uses the dictionary, as the encoding statistics say
	hasEncodingStats bool
}

type rowGroupMeta struct {
	columns []chunkMeta
	rows    int64
}

type fileMeta struct {
	schema    []schemaElement
	rows      int64
	groups    []rowGroupMeta
	keyValue  map[string]string
	createdBy string
	encrypted bool
}

func parseFooter(b []byte) (*fileMeta, error) {
	m := &fileMeta{keyValue: map[string]string{}}
	r := &thriftReader{b: b}
	r.structure(func(id int16, typ byte) {
		switch id {
		case 2:
			r.list(typ, func(t byte) { m.schema = append(m.schema, readSchemaElement(r)) })
		case 3:
			m.rows = r.int64(typ)
		case 4:
			r.list(typ, func(t byte) { m.groups = append(m.groups, readRowGroup(r)) })
		case 5:
			r.list(typ, func(t byte) {
				var k, v string
				r.structure(func(id int16, typ byte) {
					switch id {
					case 1:
						k = r.string(typ)
					case 2:
						v = r.string(typ)
					default:
						r.skip(typ)
					}
				})
				m.keyValue[k] = v
			})
		case 6:
			m.createdBy = r.string(typ)
		case 8:
			m.encrypted = true
			r.skip(typ)
		default:
			r.skip(typ)
		}
	})
	return m, r.err
}

// convertedTypes puts the old ConvertedType in terms of annotations.
var convertedTypes = map[int32]schemaElement{
	0: {ann: annString}, 1: {ann: annMap}, 2: {ann: annMap}, 3: {ann: annList}, 4: {ann: annEnum}, 5: {ann: annDecimal}, 6: {ann: annDate},
	7: {ann: annTime, unit: unitMillis}, 8: {ann: annTime, unit: unitMicros},
	9: {ann: annTimestamp, unit: unitMillis, utc: true}, 10: {ann: annTimestamp, unit: unitMicros, utc: true},
	11: {ann: annInteger, bits: 8, unsigned: true}, 12: {ann: annInteger, bits: 16, unsigned: true}, 13: {ann: annInteger, bits: 32, unsigned: true},
	14: {ann: annInteger, bits: 64, unsigned: true}, 15: {ann: annInteger, bits: 8}, 16: {ann: annInteger, bits: 16}, 17: {ann: annInteger, bits: 32},
	18: {ann: annInteger, bits: 64}, 19: {ann: annJSON}, 20: {ann: annBSON}, 21: {ann: annInterval},
}

func readSchemaElement(r *thriftReader) schemaElement {
	var e schemaElement
	logical := false
	r.structure(func(id int16, typ byte) {
		switch id {
		case 1:
			e.physical, e.hasPhysical = physicalType(r.int32(typ)), true
		case 2:
			e.typeLength = r.int32(typ)
		case 3:
			e.repetition = r.int32(typ)
		case 4:
			e.name = r.string(typ)
		case 5:
			e.children = r.int32(typ)
		case 6:
			c, ok := convertedTypes[r.int32(typ)]
			if !ok {
				c.ann = annOther
			}
			if !logical {
				e.ann, e.unit, e.utc, e.bits, e.unsigned = c.ann, c.unit, c.utc, c.bits, c.unsigned
			}
		case 7:
			e.scale = r.int32(typ)
		case 8:
			e.precision = r.int32(typ)
		case 9:
			e.fieldID, e.hasFieldID = r.int32(typ), true
		case 10:
			logical = true
			readLogicalType(r, &e)
		default:
			r.skip(typ)
		}
	})
	return e
}

var logicalTypes = map[int16]annotation{
	1: annString, 2: annMap, 3: annList, 4: annEnum, 5: annDecimal, 6: annDate, 7: annTime, 8: annTimestamp,
	10: annInteger, 11: annUnknown, 12: annJSON, 13: annBSON, 14: annUUID, 15: annFloat16, 16: annVariant,
}

func readLogicalType(r *thriftReader, e *schemaElement) {
	r.structure(func(which int16, typ byte) {
		ann, ok := logicalTypes[which]
		if !ok {
			ann = annOther
		}
		e.ann = ann
		if typ != thriftStruct {
			r.skip(typ)
			return
		}
		r.structure(func(id int16, typ byte) {
			switch {
			case ann == annDecimal && id == 1:
				e.scale = r.int32(typ)
			case ann == annDecimal && id == 2:
				e.precision = r.int32(typ)
			case (ann == annTimestamp || ann == annTime) && id == 1:
				e.utc = r.bool(typ)
			case (ann == annTimestamp || ann == annTime) && id == 2:
				r.structure(func(id int16, typ byte) {
					e.unit = timeUnit(id)
					r.skip(typ)
				})
			case ann == annInteger && id == 1:
				e.bits = int8(r.int64(typ))
			case ann == annInteger && id == 2:
				e.unsigned = !r.bool(typ)
			default:
				r.skip(typ)
			}
		})
	})
}

func readRowGroup(r *thriftReader) (g rowGroupMeta) {
	r.structure(func(id int16, typ byte) {
		switch id {
		case 1:
			r.list(typ, func(t byte) { g.columns = append(g.columns, readChunkMeta(r)) })
		case 3:
			g.rows = r.int64(typ)
		default:
			r.skip(typ)
		}
	})
	return g
}

func readChunkMeta(r *thriftReader) (c chunkMeta) {
	c.stats.nulls = -1
	r.structure(func(id int16, typ byte) {
		switch id {
		case 1:
			c.external = len(r.bytes(typ)) > 0
		case 3:
			c.hasMeta = true
			readColumnMetaData(r, &c)
		case 4:
			c.offsetIndex = r.int64(typ)
		case 5:
			c.offsetIndexSize = r.int32(typ)
		case 6:
			c.columnIndex = r.int64(typ)
		case 7:
			c.columnIndexSize = r.int32(typ)
		case 8:
			c.encrypted = true
			r.skip(typ)
		default:
			r.skip(typ)
		}
	})
	return c
}

func readColumnMetaData(r *thriftReader, c *chunkMeta) {
	r.structure(func(id int16, typ byte) {
		switch id {
		case 1:
			c.physical = physicalType(r.int32(typ))
		case 4:
			c.codec = r.int32(typ)
		case 5:
			c.values = r.int64(typ)
		case 6:
			c.uncompressed = r.int64(typ)
		case 7:
			c.compressed = r.int64(typ)
		case 9:
			c.dataOffset = r.int64(typ)
		case 11:
			c.dictOffset = r.int64(typ)
		case 12:
			c.stats = readStatistics(r)
		case 13:
			c.hasEncodingStats, c.dictionaryCoded = true, true
			r.list(typ, func(byte) {
				var page, enc int32
				r.structure(func(id int16, typ byte) {
					switch id {
					case 1:
						page = r.int32(typ)
					case 2:
						enc = r.int32(typ)
					default:
						r.skip(typ)
					}
				})
				if page != pageDictionary && enc != encRLEDictionary && enc != encPlainDictionary {
					c.dictionaryCoded = false
				}
			})
		default:
			r.skip(typ)
		}
	})
}

func readStatistics(r *thriftReader) (s statistics) {
	s.nulls = -1
	var oldMin, oldMax []byte
	r.structure(func(id int16, typ byte) {
		switch id {
		case 1:
			oldMax = r.bytes(typ)
		case 2:
			oldMin = r.bytes(typ)
		case 3:
			s.nulls = r.int64(typ)
		case 5:
			s.max, s.hasMax = r.bytes(typ), true
		case 6:
			s.min, s.hasMin = r.bytes(typ), true
		case 7:
			s.inexactMax = !r.bool(typ)
		case 8:
			s.inexactMin = !r.bool(typ)
		default:
			r.skip(typ)
		}
	})
	if !s.hasMin && !s.hasMax && oldMin != nil && oldMax != nil {
		s.min, s.max, s.hasMin, s.hasMax, s.legacy = oldMin, oldMax, true, true, true
	}
	return s
}

// Page types.
const (
	pageData       = 0
	pageDictionary = 2
	pageDataV2     = 3
)

type pageHeader struct {
	kind         int32
	uncompressed int32
	compressed   int32
	values       int32
	encoding     int32
	defEncoding  int32
	repEncoding  int32
	rows         int32 // v2
	defBytes     int32 // v2
	repBytes     int32 // v2
	plainV2      bool  // v2: values are not compressed
	size         int   // bytes of the header itself
}

func parsePageHeader(b []byte) (h pageHeader, err error) {
	r := thriftReader{b: b}
	h.kind = -1
	r.structure(func(id int16, typ byte) {
		switch id {
		case 1:
			h.kind = r.int32(typ)
		case 2:
			h.uncompressed = r.int32(typ)
		case 3:
			h.compressed = r.int32(typ)
		case 5, 7:
			r.structure(func(id int16, typ byte) {
				switch id {
				case 1:
					h.values = r.int32(typ)
				case 2:
					h.encoding = r.int32(typ)
				case 3:
					if typ == thriftTrue || typ == thriftFalse { // a dictionary page's "sorted"
						return
					}
					h.defEncoding = r.int32(typ)
				case 4:
					h.repEncoding = r.int32(typ)
				default:
					r.skip(typ)
				}
			})
		case 8:
			r.structure(func(id int16, typ byte) {
				switch id {
				case 1:
					h.values = r.int32(typ)
				case 3:
					h.rows = r.int32(typ)
				case 4:
					h.encoding = r.int32(typ)
				case 5:
					h.defBytes = r.int32(typ)
				case 6:
					h.repBytes = r.int32(typ)
				case 7:
					h.plainV2 = !r.bool(typ)
				default:
					r.skip(typ)
				}
			})
		default:
			r.skip(typ)
		}
	})
	h.size = r.pos
	if r.err == nil && (h.uncompressed < 0 || h.compressed < 0 || h.values < 0 || h.rows < 0 || h.defBytes < 0 || h.repBytes < 0) {
		r.fail("a page header has a negative size")
	}
	return h, r.err
}
