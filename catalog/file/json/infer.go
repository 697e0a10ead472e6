package json

import (
	"slices"
	"strings"

	"github.com/argan-sql/argan/catalog/file/option"
	"github.com/argan-sql/argan/catalog/file/text"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// Infer gives the schema of files: the fields of all records, sorted by name, each of the tightest type that holds all its
// values.
func Infer(inputs []text.Input, o *Options) (*types.Type, error) {
	root := types.NullType
	n := inferrer{}
	n.o = o
	for _, in := range inputs {
		r, err := newRecords(in, o)
		if err != nil {
			return nil, err
		}
		for {
			rec, ok, err := r.next()
			if err != nil {
				r.close()
				return nil, err
			}
			if !ok {
				break
			}
			t, err := n.record(rec)
			if err != nil {
				hint := r.place() + " is no JSON object."
				r.close()
				return nil, sqlerr.From(err).WithHint("%s", hint)
			}
			if t != nil {
				root = n.mergeRoots(root, t)
			}
		}
		if err := r.close(); err != nil {
			return nil, err
		}
	}
	if root.Kind != types.Struct {
		return types.NewStruct(), nil
	}
	if t := n.settle(root); t != nil {
		return t, nil
	}
	return types.NewStruct(), nil
}

type inferrer struct {
	scanner
	name, buf []byte
}

// record is the type of a record; nil if it counts for nothing.
func (n *inferrer) record(rec []byte) (*types.Type, error) {
	n.b = rec
	i := n.space(0)
	if i == len(rec) {
		return nil, nil
	}
	if n.skip(i, 0) < 0 {
		switch n.o.Mode {
		case option.DropMalformed:
			return nil, nil
		case option.FailFast:
			return nil, sqlerr.New("MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION", "badRecord", clip(rec), "failFastMode", "FAILFAST")
		}
		return n.corrupt(), nil
	}
	return n.value(i), nil
}

func clip(rec []byte) string { return string(text.Valid(rec[:min(len(rec), 1000)])) }

func (n *inferrer) corrupt() *types.Type {
	return types.NewStruct(types.Field{Name: n.o.Corrupt, Type: types.StringType, Nullable: true})
}

// value is the type of the value at i.
func (n *inferrer) value(i int) *types.Type {
	switch c := n.b[i]; {
	case c == 'n':
		return types.NullType
	case c == '{':
		var fields []types.Field
		at := map[string]int{}
		n.eachField(i, 0, func(nameFrom, nameTo, from, _ int) {
			name := string(unquote(n.b[nameFrom:nameTo], &n.name))
			t := n.value(from)
			if k, ok := at[name]; ok {
				fields[k].Type = t
				return
			}
			at[name] = len(fields)
			fields = append(fields, types.Field{Name: name, Type: t, Nullable: true})
		})
		slices.SortFunc(fields, func(a, b types.Field) int { return strings.Compare(a.Name, b.Name) })
		return types.NewStruct(fields...)
	case c == '[':
		elem := types.NullType
		n.eachElement(i, 0, func(from, _ int) { elem = n.merge(elem, n.value(from)) })
		return types.NewArray(elem, true)
	case c == '"' || c == '\'':
		s := unquote(n.b[i:n.skip(i, 0)], &n.buf)
		if len(s) == 0 { // writers that put nothing for NULL
			return types.NullType
		}
		if n.o.PrefersDecimal && isDecimal(s) {
			return decimalOf(s)
		}
		if n.o.InferTimestamp {
			if _, ok, _ := n.o.parseTimestamp(s); ok {
				return types.TimestampType
			}
		}
		return types.StringType
	case n.o.PrimitivesAsString:
		return types.StringType
	case c == 't' || c == 'f':
		return types.BooleanType
	}
	raw := n.b[i:n.skip(i, 0)]
	if isInteger(raw) {
		if digits := len(strings.TrimLeft(string(raw), "-0")); digits < 19 || digits == 19 && fitsLong(raw) {
			return types.LongType
		}
		return decimalOf(raw)
	}
	if n.o.PrefersDecimal && isDecimal(raw) {
		return decimalOf(raw)
	}
	return types.DoubleType
}

func fitsLong(raw []byte) bool {
	_, ok := text.ParseDecimal(raw, 19, 0)
	x, _ := text.ParseDecimal(raw, 38, 0)
	_, fits := x.Int64()
	return ok && fits
}

func isDecimal(s []byte) bool {
	_, ok := text.ParseDecimal(s, types.MaxPrecision, 0)
	return ok
}

// decimalOf is the decimal that holds a number as it is written, or double when there is none.
func decimalOf(raw []byte) *types.Type {
	s := strings.TrimLeft(string(raw), "+-")
	exp := 0
	if at := strings.IndexAny(s, "eE"); at >= 0 {
		neg := false
		for _, c := range s[at+1:] {
			if c == '-' {
				neg = true
			} else if c != '+' && exp < 1000 {
				exp = exp*10 + int(c-'0')
			}
		}
		if neg {
			exp = -exp
		}
		s = s[:at]
	}
	whole, fraction, _ := strings.Cut(s, ".")
	scale := len(fraction) - exp
	precision := max(len(strings.TrimLeft(whole+fraction, "0")), 1)
	precision = max(precision, scale)
	if scale < 0 { // 1e3: trailing zeros that are not written
		precision -= scale
		scale = 0
	}
	if precision > types.MaxPrecision {
		return types.DoubleType
	}
	return types.NewDecimal(precision, scale)
}

// merge is the tightest type that holds both.
func (n *inferrer) merge(a, b *types.Type) *types.Type {
	switch {
	case a.Kind == types.Null:
		return b
	case b.Kind == types.Null:
		return a
	case a.Kind == types.Struct && b.Kind == types.Struct:
		return n.mergeStructs(a, b)
	case a.Kind == types.Array && b.Kind == types.Array:
		return types.NewArray(n.merge(a.Elem, b.Elem), true)
	case a.Equal(b):
		return a
	}
	if a.Kind > b.Kind {
		a, b = b, a
	}
	switch {
	case a.Kind == types.Long && b.Kind == types.Double, a.Kind == types.Double && b.Kind == types.Decimal:
		return types.DoubleType
	case a.Kind == types.Long && b.Kind == types.Decimal:
		return n.merge(types.NewDecimal(20, 0), b)
	case a.Kind == types.Decimal && b.Kind == types.Decimal:
		scale := int(max(a.Scale, b.Scale))
		whole := int(max(a.Precision-a.Scale, b.Precision-b.Scale))
		if whole+scale > types.MaxPrecision {
			return types.DoubleType
		}
		return types.NewDecimal(whole+scale, scale)
	}
	return types.StringType
}

// mergeStructs merges fields that are sorted by name.
func (n *inferrer) mergeStructs(a, b *types.Type) *types.Type {
	if len(a.Fields) == len(b.Fields) { // mostly the same again
		same := true
		for i := range a.Fields {
			if a.Fields[i].Name != b.Fields[i].Name || !plainEqual(a.Fields[i].Type, b.Fields[i].Type) {
				same = false
				break
			}
		}
		if same {
			return a
		}
	}
	var fields []types.Field
	x, y := a.Fields, b.Fields
	for len(x) > 0 || len(y) > 0 {
		switch {
		case len(y) == 0 || len(x) > 0 && x[0].Name < y[0].Name:
			fields = append(fields, x[0])
			x = x[1:]
		case len(x) == 0 || y[0].Name < x[0].Name:
			fields = append(fields, y[0])
			y = y[1:]
		default:
			f := x[0]
			f.Type = n.merge(x[0].Type, y[0].Type)
			fields = append(fields, f)
			x, y = x[1:], y[1:]
		}
	}
	return types.NewStruct(fields...)
}

// plainEqual says whether merging b into a changes nothing, for types without parts.
func plainEqual(a, b *types.Type) bool {
	return b.Kind == types.Null || a.Kind == b.Kind && !a.IsNested() && a.Kind != types.Decimal
}

// mergeRoots merges the types of records: an array at the root stands for its elements, anything but a struct is a
// record that cannot be parsed.
func (n *inferrer) mergeRoots(a, b *types.Type) *types.Type {
	if a.Kind == types.Array {
		return n.mergeRoots(a.Elem, b)
	}
	if b.Kind == types.Array {
		return n.mergeRoots(a, b.Elem)
	}
	if a.Kind == types.Null {
		if b.Kind == types.Null || b.Kind == types.Struct {
			return b
		}
		return n.broken(types.NewStruct())
	}
	switch b.Kind {
	case types.Null:
		return a
	case types.Struct:
		return n.mergeStructs(a, b)
	}
	return n.broken(a)
}

func (n *inferrer) broken(a *types.Type) *types.Type {
	if n.o.Mode != option.Permissive {
		return a
	}
	return n.mergeStructs(a, n.corrupt())
}

// settle turns what was never seen to strings and takes out structs without fields; nil: nothing is left.
func (n *inferrer) settle(t *types.Type) *types.Type {
	switch t.Kind {
	case types.Null:
		if n.o.DropAllNull {
			return nil
		}
		return types.StringType
	case types.Array:
		if e := n.settle(t.Elem); e != nil {
			return types.NewArray(e, true)
		}
		return nil
	case types.Struct:
		var fields []types.Field
		for _, f := range t.Fields {
			if ft := n.settle(f.Type); ft != nil {
				f.Type = ft
				fields = append(fields, f)
			}
		}
		if len(fields) == 0 {
			return nil
		}
		return types.NewStruct(fields...)
	}
	return t
}
