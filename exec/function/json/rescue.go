package json

import (
	"slices"

	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/exec/function/record"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// rescuedDataColumn is the option that names the column of what has no place in the schema, as on Databricks: members that
// are no fields, and values that are not of their field's type.
const rescuedDataColumn = "rescuedDataColumn"

// withRescued is the schema with that column, at the end unless it is declared.
func withRescued(schema *types.Type, o record.Options) *types.Type {
	name := o.Get(rescuedDataColumn, "")
	if name == "" || schema.Kind != types.Struct || slices.ContainsFunc(schema.Fields, func(f types.Field) bool { return f.Name == name }) {
		return schema
	}
	return types.NewStruct(append(slices.Clone(schema.Fields), types.Field{Name: name, Type: types.StringType, Nullable: true})...)
}

// rescued is a JSON object of the members of an object that a struct has no place for; nil for none.
func (d *decoder) rescued(t *types.Type, at int) []byte {
	var out []byte
	index := d.index(t).names
	for k, i := uint32(0), at+1; k < d.doc.nodes[at].count; k++ {
		name := d.doc.bytes(&d.doc.nodes[i])
		f, ok := index[string(name)]
		var value []byte
		switch {
		case !ok || t == d.schema && (f == d.rescue || f == d.corrupt):
			value = d.doc.write(nil, i+1)
		case t.Fields[f].Type.Kind == types.Struct && d.doc.nodes[i+1].kind == object:
			value = d.rescued(t.Fields[f].Type, i+1)
		case d.value(t.Fields[f].Type, i+1, vector.NewBuilder(t.Fields[f].Type, 1)) != nil:
			value = d.doc.write(nil, i+1)
		}
		if value != nil {
			if out == nil {
				out = append(out, '{')
			} else {
				out = append(out, ',')
			}
			out = append(append(cast.AppendJSONString(out, name), ':'), value...)
		}
		i = int(d.doc.nodes[i+1].next)
	}
	if out != nil {
		out = append(out, '}')
	}
	return out
}
