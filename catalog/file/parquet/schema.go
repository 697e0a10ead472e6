package parquet

import (
	"strings"

	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

type nodeKind uint8

const (
	leafNode nodeKind = iota
	structNode
	listNode
	mapNode
)

// node is a column or a part of one, with Parquet's ways of writing lists and maps resolved.
type node struct {
	kind     nodeKind
	name     string
	fieldID  int32
	hasID    bool
	nullable bool
	// def is the definition level from which the node is not NULL.
	def uint8
	// Lists and maps: from elemDef on an element exists; elemRep is the repetition level of their elements.
	elemDef, elemRep uint8
	// kids: fields of a struct, the element of a list, key and value of a map.
	kids []*node
	// Leaves.
	element        *schemaElement
	leaf           int // number of the column chunk in a row group
	maxDef, maxRep uint8
	// typ is the SQL type; nil when typeErr says why there is none.
	typ     *types.Type
	typeErr error
}

const (
	maxSchemaDepth = 100
	idKey          = "parquet.field.id"
)

// schemaBuilder turns the flat list of schema elements into nodes, by the rules of Spark's reader.
type schemaBuilder struct {
	elements []schemaElement
	pos      int
	leaves   []*node
}

func buildSchema(elements []schemaElement) (root *node, leaves []*node, err error) {
	if len(elements) == 0 {
		return nil, nil, damaged("the schema is empty")
	}
	b := &schemaBuilder{elements: elements, pos: 1}
	root = &node{kind: structNode, name: elements[0].name, leaf: -1}
	if err := b.fields(root, &elements[0], 0, 0, 0); err != nil {
		return nil, nil, err
	}
	if b.pos != len(elements) {
		return nil, nil, damaged("the schema has %d elements too many", len(elements)-b.pos)
	}
	root.setType()
	return root, b.leaves, nil
}

func (b *schemaBuilder) fields(parent *node, e *schemaElement, def, rep uint8, depth int) error {
	if int(e.children) < 0 || int(e.children) > len(b.elements)-b.pos {
		return damaged("the schema's group %q has %d fields", e.name, e.children)
	}
	for i := int32(0); i < e.children; i++ {
		kid, err := b.field(def, rep, depth+1)
		if err != nil {
			return err
		}
		parent.kids = append(parent.kids, kid)
	}
	return nil
}

func (b *schemaBuilder) next() (*schemaElement, error) {
	if b.pos >= len(b.elements) {
		return nil, damaged("the schema ends early")
	}
	e := &b.elements[b.pos]
	b.pos++
	return e, nil
}

// field reads one element with all below it. def and rep are the levels of the parent.
func (b *schemaBuilder) field(def, rep uint8, depth int) (*node, error) {
	e, err := b.next()
	if err != nil {
		return nil, err
	}
	if depth > maxSchemaDepth {
		return nil, damaged("the schema is nested more than %d levels deep", maxSchemaDepth)
	}
	switch e.repetition {
	case required:
		return b.content(e, def, rep, depth)
	case optional:
		n, err := b.content(e, def+1, rep, depth)
		if err == nil {
			n.nullable = true
		}
		return n, err
	case repeated: // a repeated field outside LIST and MAP is a list that is never NULL
		elem, err := b.content(e, def+1, rep+1, depth)
		if err != nil {
			return nil, err
		}
		list := &node{kind: listNode, name: e.name, fieldID: e.fieldID, hasID: e.hasFieldID, def: def, elemDef: def + 1, elemRep: rep + 1, kids: []*node{elem}, leaf: -1}
		list.setType()
		return list, nil
	}
	return nil, damaged("the schema has repetition type %d", e.repetition)
}

// content is the element e as if it were required, at its own levels.
func (b *schemaBuilder) content(e *schemaElement, def, rep uint8, depth int) (*node, error) {
	n := &node{name: e.name, fieldID: e.fieldID, hasID: e.hasFieldID, def: def, leaf: -1}
	if e.children == 0 && e.hasPhysical {
		n.kind, n.element, n.leaf, n.maxDef, n.maxRep = leafNode, e, len(b.leaves), def, rep
		b.leaves = append(b.leaves, n)
		n.setType()
		return n, nil
	}
	var err error
	switch {
	case e.ann == annList && b.soleRepeated(e):
		err = b.list(n, def, rep, depth)
	case e.ann == annMap && b.soleRepeated(e) && b.elements[b.pos].children == 2:
		r, _ := b.next()
		n.kind, n.elemDef, n.elemRep = mapNode, def+1, rep+1
		err = b.fields(n, r, def+1, rep+1, depth)
	default:
		n.kind = structNode
		err = b.fields(n, e, def, rep, depth)
	}
	if err != nil {
		return nil, err
	}
	n.setType()
	return n, nil
}

// soleRepeated says whether the only field of e, which comes next, is repeated.
func (b *schemaBuilder) soleRepeated(e *schemaElement) bool {
	return e.children == 1 && b.pos < len(b.elements) && b.elements[b.pos].repetition == repeated
}

// list reads the repeated field of a LIST group: in files of the present rules its only field is the element, in older
// ones the repeated field itself is.
func (b *schemaBuilder) list(n *node, def, rep uint8, depth int) error {
	r := &b.elements[b.pos]
	n.kind, n.elemDef, n.elemRep = listNode, def+1, rep+1
	var elem *node
	var err error
	if r.hasPhysical && r.children == 0 || r.children > 1 || r.name == "array" || r.name == n.name+"_tuple" {
		b.pos++
		elem, err = b.content(r, def+1, rep+1, depth+1)
	} else {
		b.pos++
		if r.children != 1 {
			return damaged("the list %q has no element", n.name)
		}
		elem, err = b.field(def+1, rep+1, depth+1)
	}
	n.kids = []*node{elem}
	return err
}

// setType fills typ from the kids or the leaf's annotation.
func (n *node) setType() {
	switch n.kind {
	case leafNode:
		n.typ, n.typeErr = leafType(n.element)
		return
	case structNode:
		fields := make([]types.Field, len(n.kids))
		for i, k := range n.kids {
			if k.typeErr != nil {
				n.typeErr = k.typeErr
				return
			}
			fields[i] = types.Field{Name: k.name, Type: k.typ, Nullable: k.nullable}
			if k.hasID {
				fields[i].Metadata = map[string]any{idKey: int64(k.fieldID)}
			}
		}
		n.typ = types.NewStruct(fields...)
		return
	}
	for _, k := range n.kids {
		if k.typeErr != nil {
			n.typeErr = k.typeErr
			return
		}
	}
	if n.kind == listNode {
		n.typ = types.NewArray(n.kids[0].typ, n.kids[0].nullable)
	} else {
		n.typ = types.NewMap(n.kids[0].typ, n.kids[1].typ, n.kids[1].nullable)
	}
}

// leafType is the SQL type of a leaf, as Spark maps it.
func leafType(e *schemaElement) (*types.Type, error) {
	refuse := func() (*types.Type, error) {
		return nil, sqlerr.Unsupported("Parquet column %s of type %s", types.QuoteIfNeeded(e.name), strings.TrimSpace(e.physical.String()+" "+annotationNames[e.ann]))
	}
	if e.ann == annDecimal {
		if e.precision < 1 || e.precision > types.MaxPrecision || e.scale < 0 || e.scale > e.precision {
			return nil, sqlerr.Unsupported("Parquet column %s of type decimal(%d,%d)", types.QuoteIfNeeded(e.name), e.precision, e.scale)
		}
		t := types.NewDecimal(int(e.precision), int(e.scale))
		switch e.physical {
		case physInt32, physInt64, physByteArray:
			return t, nil
		case physFixed:
			if e.typeLength >= 1 && e.typeLength <= 64 {
				return t, nil
			}
		}
		return refuse()
	}
	if e.ann == annUnknown {
		return types.NullType, nil
	}
	switch e.physical {
	case physBoolean:
		return types.BooleanType, nil
	case physInt32:
		switch e.ann {
		case annNone:
			return types.IntType, nil
		case annDate:
			return types.DateType, nil
		case annInteger:
			switch {
			case e.bits == 8 && !e.unsigned:
				return types.ByteType, nil
			case e.bits == 8, e.bits == 16 && !e.unsigned:
				return types.ShortType, nil
			case e.bits == 16, e.bits == 32 && !e.unsigned:
				return types.IntType, nil
			case e.bits == 32:
				return types.LongType, nil
			}
		}
	case physInt64:
		switch e.ann {
		case annNone:
			return types.LongType, nil
		case annInteger:
			if e.unsigned {
				return types.NewDecimal(20, 0), nil
			}
			return types.LongType, nil
		case annTimestamp:
			if e.unit < unitMillis || e.unit > unitNanos {
				return refuse()
			}
			if e.utc {
				return types.TimestampType, nil
			}
			return types.TimestampNTZType, nil
		}
	case physInt96:
		return types.TimestampType, nil
	case physFloat:
		return types.FloatType, nil
	case physDouble:
		return types.DoubleType, nil
	case physByteArray:
		switch e.ann {
		case annString, annEnum, annJSON:
			return types.StringType, nil
		case annNone, annBSON:
			return types.BinaryType, nil
		}
	case physFixed:
		if e.typeLength < 1 {
			return refuse()
		}
		if e.ann == annNone || e.ann == annUUID {
			return types.BinaryType, nil
		}
	}
	return refuse()
}
