package parquet

import (
	"strings"

	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// Match says how the columns of a wanted schema are found in a file.
type Match uint8

// The ways of Delta's column mapping.
const (
	// MatchName finds a column by its name, in whatever case.
	MatchName Match = iota
	// MatchPhysicalName finds it by the name in the metadata delta.columnMapping.physicalName.
	MatchPhysicalName
	// MatchID finds it by the number in delta.columnMapping.id, which is the file's field id.
	MatchID
)

// Metadata keys of Delta's column mapping.
const (
	mappingID   = "delta.columnMapping.id"
	mappingName = "delta.columnMapping.physicalName"
)

// Column is a column of a wanted schema, found in a file (or known to be missing there: it then reads as NULL).
type Column struct {
	b *binding
}

// Missing says that the file does not have the column.
func (c *Column) Missing() bool { return c.b.node == nil }

// Type is the wanted type.
func (c *Column) Type() *types.Type { return c.b.want }

// binding is a wanted type with the part of the file that holds it.
type binding struct {
	want *types.Type
	node *node // nil: missing
	kids []*binding
}

// Bind finds the columns of a wanted schema. It fails when a column has a type that does not widen to the wanted one.
func (f *File) Bind(want *types.Type, match Match) (columns []*Column, err error) {
	defer f.guard(&err)
	columns = make([]*Column, len(want.Fields))
	for i, field := range want.Fields {
		n, err := f.find(f.root, field, match)
		if err != nil {
			return nil, err
		}
		b, err := f.bind(n, field.Type, match, field.Name)
		if err != nil {
			return nil, err
		}
		columns[i] = &Column{b}
	}
	return columns, nil
}

// find looks for a field among the kids of a struct.
func (f *File) find(parent *node, field types.Field, match Match) (*node, error) {
	name := field.Name
	if match != MatchName {
		if s, ok := field.Metadata[mappingName].(string); ok {
			name = s
		}
	}
	if match == MatchID {
		if id, ok := field.Metadata[mappingID].(int64); ok {
			ids := false
			for _, k := range parent.kids {
				if k.hasID && int64(k.fieldID) == id {
					return k, nil
				}
				ids = ids || k.hasID
			}
			if ids {
				return nil, nil
			}
		}
	}
	var found *node
	for _, k := range parent.kids {
		if k.name == name {
			return k, nil
		}
		if strings.EqualFold(k.name, name) {
			if found != nil {
				return nil, sqlerr.Unsupported("Parquet files with columns %s and %s that differ in case only", types.Quote(found.name), types.Quote(k.name))
			}
			found = k
		}
	}
	return found, nil
}

func (f *File) bind(n *node, want *types.Type, match Match, name string) (*binding, error) {
	b := &binding{want: want, node: n}
	if n == nil {
		return b, nil
	}
	mismatch := func() error {
		found := "group"
		if n.kind == leafNode {
			found = n.element.physical.String()
			if n.typ != nil {
				found = n.typ.String() + " (" + found + ")"
			}
		} else if n.typ != nil {
			found = n.typ.String()
		}
		return sqlerr.New("_LEGACY_ERROR_TEMP_2063", "filePath", f.path, "column", "["+name+"]", "logicalType", want.String(), "physicalType", found)
	}
	switch n.kind {
	case leafNode:
		if n.typeErr != nil {
			return nil, n.typeErr
		}
		if !widens(n.typ, want) {
			return nil, mismatch()
		}
	case structNode:
		if want.Kind != types.Struct {
			return nil, mismatch()
		}
		for _, field := range want.Fields {
			kid, err := f.find(n, field, match)
			if err != nil {
				return nil, err
			}
			k, err := f.bind(kid, field.Type, match, name+", "+field.Name)
			if err != nil {
				return nil, err
			}
			b.kids = append(b.kids, k)
		}
	case listNode:
		if want.Kind != types.Array {
			return nil, mismatch()
		}
		k, err := f.bind(n.kids[0], want.Elem, match, name+", element")
		if err != nil {
			return nil, err
		}
		b.kids = []*binding{k}
	case mapNode:
		if want.Kind != types.Map {
			return nil, mismatch()
		}
		for i, w := range []*types.Type{want.Key, want.Elem} {
			k, err := f.bind(n.kids[i], w, match, name+", "+[]string{"key", "value"}[i])
			if err != nil {
				return nil, err
			}
			b.kids = append(b.kids, k)
		}
	}
	return b, nil
}

// ReadColumn reads a column of a row group: all rows, or those of ranges (ascending, not overlapping; nil is all). The
// vector may be kept and shared. Strings are Dict where the file has them so, everything else is Flat, and a column
// that is missing is a Const NULL.
func (f *File) ReadColumn(group int, c *Column, ranges []RowRange) (v *vector.Vector, err error) {
	defer f.guard(&err)
	b := c.b
	rows := f.GroupRows(group)
	if b.node == nil {
		n := rows
		if ranges != nil {
			n = 0
			for _, r := range ranges {
				n += r.To - r.From
			}
		}
		return vector.NullConst(b.want, n), nil
	}
	if b.node.kind == leafNode {
		r, err := f.newChunkReader(group, b.node)
		if err != nil {
			return nil, err
		}
		if r.flat {
			v, err := r.readFlat(ranges)
			if err != nil {
				return nil, err
			}
			return convert(v, b.want), nil
		}
	}
	a := &assembler{f: f, group: group, leaves: map[int]*denseLeaf{}}
	if v, err = a.read(b, 0, 0); err != nil {
		return nil, err
	}
	if v.Len != rows {
		return nil, damaged("column %q has %d rows of %d", b.node.name, v.Len, rows)
	}
	return pickRows(v, ranges), nil
}

func pickRows(v *vector.Vector, ranges []RowRange) *vector.Vector {
	switch {
	case ranges == nil:
		return v
	case len(ranges) == 1:
		return vector.Slice(v, ranges[0].From, ranges[0].To)
	}
	var sel []uint32
	for _, r := range ranges {
		for i := r.From; i < r.To; i++ {
			sel = append(sel, uint32(i))
		}
	}
	return vector.Gather(v, sel)
}
