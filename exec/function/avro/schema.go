// Package avro holds from_avro, to_avro and schema_of_avro.
//
// In: binary Avro, with the schema it was written by given as JSON or found in a Confluent schema registry by the number in
// front of each message; the schema it is read by, which may be another. Out: values in vectors, decoded without a value in
// between; or Avro. Schemas are parsed by github.com/twmb/avro; types are those of Spark's avro data source.
package avro

import (
	"fmt"
	"slices"
	"strings"

	"github.com/twmb/avro"

	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// schema is a parsed schema whose named types can be found.
type schema struct {
	text  string
	root  *avro.SchemaNode
	named map[string]*avro.SchemaNode
}

func parse(text string) (*schema, error) {
	s, err := avro.Parse(text)
	if err != nil {
		return nil, sqlerr.New("AVRO_INVALID_SCHEMA", "reason", err.Error()).Wrap(err)
	}
	out := &schema{text: text, root: s.Root(), named: map[string]*avro.SchemaNode{}}
	out.collect(out.root)
	return out, nil
}

// fullName is the name of a named type with its namespace.
func fullName(n *avro.SchemaNode) string {
	if n.Namespace == "" || strings.Contains(n.Name, ".") {
		return n.Name
	}
	return n.Namespace + "." + n.Name
}

func (s *schema) collect(n *avro.SchemaNode) {
	switch n.Type {
	case "record", "error", "enum", "fixed":
		s.named[fullName(n)] = n
		// Within its namespace a type is named without it.
		if short := n.Name[strings.LastIndexByte(n.Name, '.')+1:]; s.named[short] == nil {
			s.named[short] = n
		}
	}
	for i := range n.Fields {
		s.collect(&n.Fields[i].Type)
	}
	for i := range n.Branches {
		s.collect(&n.Branches[i])
	}
	if n.Items != nil {
		s.collect(n.Items)
	}
	if n.Values != nil {
		s.collect(n.Values)
	}
}

// follow gives the definition of a named type that a node refers to.
func (s *schema) follow(n *avro.SchemaNode) *avro.SchemaNode {
	if d, ok := s.named[n.Type]; ok {
		return d
	}
	return n
}

// sqlType is the type of a node and whether it may be null, by the rules of Spark's SchemaConverters.
func (s *schema) sqlType(n *avro.SchemaNode, within []string) (*types.Type, bool, error) {
	n = s.follow(n)
	switch n.Type {
	case "null":
		return types.NullType, true, nil
	case "boolean":
		return types.BooleanType, false, nil
	case "int":
		if n.LogicalType == "date" {
			return types.DateType, false, nil
		}
		return types.IntType, false, nil
	case "long":
		switch n.LogicalType {
		case "timestamp-millis", "timestamp-micros":
			return types.TimestampType, false, nil
		case "local-timestamp-millis", "local-timestamp-micros":
			return types.TimestampNTZType, false, nil
		}
		return types.LongType, false, nil
	case "float":
		return types.FloatType, false, nil
	case "double":
		return types.DoubleType, false, nil
	case "string", "enum":
		return types.StringType, false, nil
	case "bytes", "fixed":
		if n.LogicalType == "decimal" {
			if n.Precision > types.MaxPrecision {
				return nil, false, sqlerr.Unsupported("Avro decimals of more than %d digits", types.MaxPrecision)
			}
			return types.NewDecimal(n.Precision, n.Scale), false, nil
		}
		return types.BinaryType, false, nil
	case "array":
		elem, null, err := s.sqlType(n.Items, within)
		if err != nil {
			return nil, false, err
		}
		return types.NewArray(elem, null), false, nil
	case "map":
		value, null, err := s.sqlType(n.Values, within)
		if err != nil {
			return nil, false, err
		}
		return types.NewMap(types.StringType, value, null), false, nil
	case "union":
		return s.unionType(n, within)
	case "record", "error":
		name := fullName(n)
		if slices.Contains(within, name) {
			return nil, false, sqlerr.Unsupported("Avro schemas that contain themselves (%s)", name)
		}
		within = append(within[:len(within):len(within)], name)
		var fields []types.Field
		for i := range n.Fields {
			t, null, err := s.sqlType(&n.Fields[i].Type, within)
			if err != nil {
				return nil, false, err
			}
			fields = append(fields, types.Field{Name: n.Fields[i].Name, Type: t, Nullable: null})
		}
		return types.NewStruct(fields...), false, nil
	}
	return nil, false, sqlerr.Unsupported("the Avro type %s", n.Type)
}

// unionType is the type of a union: the one branch beside null, the wider of two numbers, or a struct of all branches.
func (s *schema) unionType(n *avro.SchemaNode, within []string) (*types.Type, bool, error) {
	branches := s.values(n)
	null := len(branches) < len(n.Branches)
	switch {
	case len(branches) == 0:
		return types.NullType, true, nil
	case len(branches) == 1:
		t, inner, err := s.sqlType(branches[0], within)
		return t, null || inner, err
	case widened(branches) != nil:
		return widened(branches), null, nil
	}
	var fields []types.Field
	for i, b := range branches {
		t, _, err := s.sqlType(b, within)
		if err != nil {
			return nil, false, err
		}
		fields = append(fields, types.Field{Name: fmt.Sprintf("member%d", i), Type: t, Nullable: true})
	}
	return types.NewStruct(fields...), null, nil
}

// values are a union's branches without null.
func (s *schema) values(n *avro.SchemaNode) []*avro.SchemaNode {
	var out []*avro.SchemaNode
	for i := range n.Branches {
		if n.Branches[i].Type != "null" {
			out = append(out, s.follow(&n.Branches[i]))
		}
	}
	return out
}

// widened is bigint for a union of int and long, double for one of float and double; nil for other unions.
func widened(branches []*avro.SchemaNode) *types.Type {
	var kinds []string
	for _, b := range branches {
		kinds = append(kinds, b.Type)
	}
	slices.Sort(kinds)
	switch strings.Join(kinds, " ") {
	case "int long":
		return types.LongType
	case "double float":
		return types.DoubleType
	}
	return nil
}

// nullable makes everything in a type nullable, for a message that cannot be read becomes NULLs.
func nullable(t *types.Type) *types.Type {
	if t.Kind != types.Struct {
		return t
	}
	fields := slices.Clone(t.Fields)
	for i := range fields {
		fields[i].Nullable = true
	}
	return types.NewStruct(fields...)
}
