package json

import (
	"sort"
	"strings"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/function/record"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// inferrer finds the type of a JSON text.
type inferrer struct {
	doc                                    document
	flags                                  flags
	texts, decimals, timestamps, dropNulls bool
	times                                  *record.Times
}

func newInferrer(ctx *function.Context, o record.Options) (*inferrer, error) {
	times, err := record.NewTimes(ctx, o, true)
	if err != nil {
		return nil, err
	}
	return &inferrer{
		flags: flagsOf(o), texts: o.Bool("primitivesAsString", false), decimals: o.Bool("prefersDecimal", false),
		timestamps: o.Bool("inferTimestamp", false), dropNulls: o.Bool("dropFieldIfAllNull", false), times: times,
	}, nil
}

func (x *inferrer) infer(at int) *types.Type {
	d := &x.doc
	n := &d.nodes[at]
	switch n.kind {
	case null:
		return types.NullType
	case text:
		if x.decimals {
			if _, t, ok := types.ParseDecimalLiteral(string(d.bytes(n))); ok {
				return t
			}
		}
		if x.timestamps {
			if _, err := x.times.Read(d.bytes(n), types.Timestamp); err == nil && n.to > n.from {
				return types.TimestampType
			}
		}
		return types.StringType
	case array:
		elem := types.NullType
		for k, m := uint32(0), at+1; k < n.count; k++ {
			elem = compatible(elem, x.infer(m))
			m = int(d.nodes[m].next)
		}
		return types.NewArray(elem, true)
	case object:
		var fields []types.Field
		for k, m := uint32(0), at+1; k < n.count; k++ {
			fields = append(fields, types.Field{Name: string(d.bytes(&d.nodes[m])), Type: x.infer(m + 1), Nullable: true})
			m = int(d.nodes[m+1].next)
		}
		sort.SliceStable(fields, func(i, j int) bool { return fields[i].Name < fields[j].Name })
		return types.NewStruct(fields...)
	}
	if x.texts {
		return types.StringType
	}
	switch n.kind {
	case integer:
		if _, err := record.Integer(types.LongType, d.bytes(n)); err == nil {
			return types.LongType
		}
		if digits := len(strings.TrimPrefix(string(d.bytes(n)), "-")); digits <= types.MaxPrecision {
			return types.NewDecimal(digits, 0)
		}
		return types.DoubleType
	case boolTrue, boolFalse:
		return types.BooleanType
	}
	if x.decimals && n.kind == float {
		if _, t, ok := types.ParseDecimalLiteral(string(d.bytes(n))); ok {
			return t
		}
	}
	return types.DoubleType
}

// compatible is a type for the values of both; strings take what does not go together.
func compatible(a, b *types.Type) *types.Type {
	if t := types.TightestCommonType(a, b, false); t != nil && !t.IsNested() {
		return t
	}
	number := func(t *types.Type) bool {
		return t.Kind == types.Double || t.Kind == types.Decimal || t.Kind == types.Long
	}
	switch {
	case a.Kind == types.Null:
		return b
	case b.Kind == types.Null:
		return a
	case number(a) && number(b):
		if a.Kind == types.Double || b.Kind == types.Double {
			return types.DoubleType
		}
		x, _ := types.DecimalOf(a)
		y, _ := types.DecimalOf(b)
		scale := max(x.Scale, y.Scale)
		if whole := max(x.Precision-x.Scale, y.Precision-y.Scale); int(whole)+int(scale) <= types.MaxPrecision {
			return types.NewDecimal(int(whole+scale), int(scale))
		}
		return types.DoubleType
	case a.Kind == types.Array && b.Kind == types.Array:
		return types.NewArray(compatible(a.Elem, b.Elem), true)
	case a.Kind == types.Struct && b.Kind == types.Struct:
		var fields []types.Field
		i, j := 0, 0
		for i < len(a.Fields) || j < len(b.Fields) {
			switch {
			case j == len(b.Fields) || i < len(a.Fields) && a.Fields[i].Name < b.Fields[j].Name:
				fields = append(fields, a.Fields[i])
				i++
			case i == len(a.Fields) || b.Fields[j].Name < a.Fields[i].Name:
				fields = append(fields, b.Fields[j])
				j++
			default:
				fields = append(fields, types.Field{Name: a.Fields[i].Name, Type: compatible(a.Fields[i].Type, b.Fields[j].Type), Nullable: true})
				i++
				j++
			}
		}
		return types.NewStruct(fields...)
	}
	return types.StringType
}

// finish replaces what stayed unknown: NULLs by string, structs without fields by nothing.
func (x *inferrer) finish(t *types.Type) *types.Type {
	switch t.Kind {
	case types.Null:
		if x.dropNulls {
			return nil
		}
		return types.StringType
	case types.Array:
		if e := x.finish(t.Elem); e != nil {
			return types.NewArray(e, true)
		}
		return nil
	case types.Struct:
		var fields []types.Field
		for _, f := range t.Fields {
			if g := x.finish(f.Type); g != nil && f.Name != "" {
				fields = append(fields, types.Field{Name: f.Name, Type: g, Nullable: true})
			}
		}
		if len(fields) == 0 {
			return nil
		}
		return types.NewStruct(fields...)
	}
	return t
}

func bindSchemaOf(args []function.Arg, _ bool) (*function.Bound, error) {
	s, null, ok := bind.ConstText(args[0])
	switch {
	case null || args[0].Type.Kind == types.Null:
		return nil, bind.Mismatch("UNEXPECTED_NULL", "schema_of_json", args, "exprName", "json")
	case !ok:
		return nil, bind.NotFoldable("schema_of_json", args, 0, "json", "STRING")
	}
	o := record.Options{}
	in := []*types.Type{types.StringType}
	if len(args) > 1 {
		var err error
		if o, err = record.OptionsOf(args[1]); err != nil {
			return nil, err
		}
		in = append(in, args[1].Type)
	}
	eval := func(ctx *function.Context, _ []*vector.Vector, n int) (*vector.Vector, error) {
		x, err := newInferrer(ctx, o)
		if err != nil {
			return nil, err
		}
		if _, err := x.doc.scan([]byte(s), x.flags); err != nil || len(x.doc.nodes) == 0 {
			return nil, sqlerr.New("MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION", "badRecord", s, "failFastMode", "FAILFAST")
		}
		t := x.finish(x.infer(0))
		if t == nil {
			t = types.StringType
		}
		return vector.ConstOf(types.StringType, t.SQL(), n), nil
	}
	return &function.Bound{Args: in, Return: types.StringType, Eval: eval}, nil
}
