package parquet

import (
	"math/bits"

	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// writeNode is a column to write, or a part of one.
type writeNode struct {
	typ  *types.Type
	kids []*writeNode
	leaf *leafWriter // leaves only
	// def is the level at which the value is there; elemDef and elemRep are the levels of a list's elements.
	def, elemDef, elemRep uint8
	// leaves are all leaves below.
	leaves []*leafWriter
}

// schemaWriter lays out the elements of a schema.
type schemaWriter struct {
	options  *Options
	elements []schemaElement
	leaves   []*leafWriter
}

// fileName is the name of a field in the file, and its field id if it has one.
func (s *schemaWriter) fileName(f types.Field) (name string, id int64, hasID bool) {
	name = f.Name
	if s.options.ColumnMapping {
		if p, ok := f.Metadata[mappingName].(string); ok {
			name = p
		}
	}
	id, hasID = f.Metadata[mappingID].(int64)
	if !hasID {
		id, hasID = f.Metadata[idKey].(int64)
	}
	return name, id, hasID
}

// root lays out the whole schema.
func (s *schemaWriter) root(schema *types.Type) ([]*writeNode, error) {
	s.elements = append(s.elements, schemaElement{name: "spark_schema", children: int32(len(schema.Fields)), repetition: -1})
	return s.fields(schema, nil, nil, 0, 0)
}

func (s *schemaWriter) fields(t *types.Type, path, logical []string, def, rep uint8) ([]*writeNode, error) {
	var nodes []*writeNode
	for _, f := range t.Fields {
		name, id, hasID := s.fileName(f)
		e := schemaElement{name: name, repetition: optional, fieldID: int32(id), hasFieldID: hasID}
		n, err := s.node(e, f.Type, append(path[:len(path):len(path)], name), append(logical[:len(logical):len(logical)], f.Name), def, rep)
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, n)
	}
	return nodes, nil
}

// node lays out one element of type t below levels def and rep.
func (s *schemaWriter) node(e schemaElement, t *types.Type, path, logical []string, def, rep uint8) (*writeNode, error) {
	if def > 120 {
		return nil, sqlerr.Unsupported("Parquet columns nested more than 60 levels deep")
	}
	if e.repetition == optional {
		def++
	}
	n := &writeNode{typ: t, def: def}
	first := len(s.leaves)
	at := len(s.elements)
	s.elements = append(s.elements, e)
	var err error
	switch t.Kind {
	case types.Struct:
		if len(t.Fields) == 0 {
			return nil, sqlerr.Unsupported("writing the empty struct %s to Parquet", types.QuoteIfNeeded(e.name))
		}
		s.elements[at].children = int32(len(t.Fields))
		n.kids, err = s.fields(t, path, logical, def, rep)
	case types.Array:
		s.elements[at].children, s.elements[at].ann = 1, annList
		s.elements = append(s.elements, schemaElement{name: "list", repetition: repeated, children: 1})
		n.elemDef, n.elemRep = def+1, rep+1
		var kid *writeNode
		kid, err = s.node(schemaElement{name: "element", repetition: optional}, t.Elem, append(path[:len(path):len(path)], "list", "element"), nil, n.elemDef, n.elemRep)
		n.kids = []*writeNode{kid}
	case types.Map:
		s.elements[at].children, s.elements[at].ann = 1, annMap
		s.elements = append(s.elements, schemaElement{name: "key_value", repetition: repeated, children: 2})
		n.elemDef, n.elemRep = def+1, rep+1
		for i, kt := range []*types.Type{t.Key, t.Elem} {
			ke := schemaElement{name: "key", repetition: required}
			if i == 1 {
				ke = schemaElement{name: "value", repetition: optional}
			}
			var kid *writeNode
			kid, err = s.node(ke, kt, append(path[:len(path):len(path)], "key_value", ke.name), nil, n.elemDef, n.elemRep)
			if err != nil {
				return nil, err
			}
			n.kids = append(n.kids, kid)
		}
	default:
		if err := describeLeaf(&s.elements[at], t); err != nil {
			return nil, err
		}
		n.leaf = newLeafWriter(s.elements[at], t, s.options)
		n.leaf.path, n.leaf.maxDef, n.leaf.maxRep = path, def, rep
		if rep == 0 {
			n.leaf.logical = logical
		}
		s.leaves = append(s.leaves, n.leaf)
	}
	n.leaves = s.leaves[first:len(s.leaves):len(s.leaves)]
	return n, err
}

// decimalBytes is the smallest width of a two's complement number of so many digits.
func decimalBytes(precision int) int {
	p := types.Pow10[precision]
	n := bits.Len64(p.Lo)
	if p.Hi != 0 {
		n = 64 + bits.Len64(uint64(p.Hi))
	}
	return n/8 + 1
}

// describeLeaf fills in how Spark stores a type.
func describeLeaf(e *schemaElement, t *types.Type) error {
	e.hasPhysical = true
	switch t.Kind {
	case types.Boolean:
		e.physical = physBoolean
	case types.Byte:
		e.physical, e.ann, e.bits = physInt32, annInteger, 8
	case types.Short:
		e.physical, e.ann, e.bits = physInt32, annInteger, 16
	case types.Int, types.YearMonth:
		e.physical = physInt32
	case types.Date:
		e.physical, e.ann = physInt32, annDate
	case types.Long, types.DayTime:
		e.physical = physInt64
	case types.Timestamp:
		e.physical, e.ann, e.unit, e.utc = physInt64, annTimestamp, unitMicros, true
	case types.TimestampNTZ:
		e.physical, e.ann, e.unit = physInt64, annTimestamp, unitMicros
	case types.Float:
		e.physical = physFloat
	case types.Double:
		e.physical = physDouble
	case types.String, types.Char, types.Varchar:
		e.physical, e.ann = physByteArray, annString
	case types.Binary:
		e.physical = physByteArray
	case types.Decimal:
		e.ann, e.precision, e.scale = annDecimal, int32(t.Precision), int32(t.Scale)
		switch {
		case t.Precision <= 9:
			e.physical = physInt32
		case t.Precision <= 18:
			e.physical = physInt64
		default:
			e.physical, e.typeLength = physFixed, int32(decimalBytes(int(t.Precision)))
		}
	default:
		return sqlerr.New("UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE", "format", "Parquet", "columnName", types.Quote(e.name), "columnType", `"`+t.SQL()+`"`)
	}
	return nil
}
