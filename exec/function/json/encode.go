package json

import (
	"encoding/base64"
	"math"
	"strconv"

	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/function/record"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

func itoa(n int) string { return strconv.Itoa(n) }

func bindToJSON(args []function.Arg, _ bool) (*function.Bound, error) {
	t := args[0].Type
	if t.Kind != types.Struct && t.Kind != types.Array && t.Kind != types.Map {
		return nil, bind.Mismatch("INVALID_JSON_SCHEMA", "to_json", args, "schema", bind.TypeSQL(t))
	}
	if t.HasNested(func(u *types.Type) bool { return u.Kind == types.Variant }) {
		return nil, bind.Mismatch("CANNOT_CONVERT_TO_JSON", "to_json", args, "name", bind.ArgSQL(args[0]), "type", bind.TypeSQL(t))
	}
	o := record.Options{}
	in := []*types.Type{t}
	if len(args) > 1 {
		var err error
		if o, err = record.OptionsOf(args[1]); err != nil {
			return nil, err
		}
		in = append(in, args[1].Type)
	}
	eval := bind.AllRows(types.StringType, func(ctx *function.Context, args []*vector.Vector) (func(int, *vector.Builder) error, error) {
		e, err := newEncoder(ctx, o)
		if err != nil {
			return nil, err
		}
		var buf []byte
		return func(i int, out *vector.Builder) error {
			if args[0].IsNull(i) {
				return bind.ErrNull
			}
			buf = e.value(buf[:0], args[0], i, 0)
			out.AppendBytes(buf)
			return nil
		}, nil
	})
	return &function.Bound{Args: in, Return: types.StringType, Nullable: args[0].Nullable, Eval: eval}, nil
}

// encoder writes values as JSON.
type encoder struct {
	times     *record.Times
	keepNulls bool
	pretty    bool
}

// newEncoder takes the options of a writer.
func newEncoder(ctx *function.Context, o record.Options) (*encoder, error) {
	times, err := record.NewTimes(ctx, o, false)
	if err != nil {
		return nil, err
	}
	ignore := true
	if ctx.Setting != nil && ctx.Setting("spark.sql.jsonGenerator.ignoreNullFields") == "false" {
		ignore = false
	}
	return &encoder{times: times, keepNulls: !o.Bool("ignoreNullFields", ignore), pretty: o.Bool("pretty", false)}, nil
}

func (e *encoder) newline(dst []byte, depth int) []byte {
	if !e.pretty {
		return dst
	}
	dst = append(dst, '\n')
	for ; depth > 0; depth-- {
		dst = append(dst, ' ', ' ')
	}
	return dst
}

// value appends row i of v.
func (e *encoder) value(dst []byte, v *vector.Vector, i, depth int) []byte {
	if v.IsNull(i) {
		return append(dst, "null"...)
	}
	w, t := v.Values(), v.Type
	i = v.Index(i)
	switch t.Kind {
	case types.Boolean:
		return strconv.AppendBool(dst, w.Bools[i])
	case types.Byte:
		return strconv.AppendInt(dst, int64(w.I8[i]), 10)
	case types.Short:
		return strconv.AppendInt(dst, int64(w.I16[i]), 10)
	case types.Int:
		return strconv.AppendInt(dst, int64(w.I32[i]), 10)
	case types.Long:
		return strconv.AppendInt(dst, w.I64[i], 10)
	case types.Float:
		return number(dst, float64(w.F32[i]), func(dst []byte) []byte { return cast.AppendFloat(dst, w.F32[i]) })
	case types.Double:
		return number(dst, w.F64[i], func(dst []byte) []byte { return cast.AppendDouble(dst, w.F64[i]) })
	case types.Decimal:
		return append(dst, cast.FormatDecimalJava(decimal(w, i), int(t.Scale))...)
	case types.String, types.Char, types.Varchar:
		return cast.AppendJSONString(dst, w.Bytes(i))
	case types.Binary:
		dst = append(dst, '"')
		return append(base64.StdEncoding.AppendEncode(dst, w.Bytes(i)), '"')
	case types.Date:
		return append(e.times.Append(append(dst, '"'), int64(w.I32[i]), t.Kind), '"')
	case types.Timestamp, types.TimestampNTZ:
		return append(e.times.Append(append(dst, '"'), w.I64[i], t.Kind), '"')
	case types.YearMonth:
		return cast.AppendJSONString(dst, []byte(cast.FormatYearMonth(w.I32[i], t.From, t.To)))
	case types.DayTime:
		return cast.AppendJSONString(dst, []byte(cast.FormatDayTime(w.I64[i], t.From, t.To)))
	case types.Calendar:
		return cast.AppendJSONString(dst, []byte(cast.FormatInterval(w.Intervals[i])))
	case types.Array:
		r := w.Ranges[i]
		dst = append(dst, '[')
		for j := uint32(0); j < r.Len; j++ {
			if j > 0 {
				dst = append(dst, ',')
				if e.pretty {
					dst = append(dst, ' ')
				}
			} else if e.pretty {
				dst = append(dst, ' ')
			}
			dst = e.value(dst, w.Children[0], int(r.Off+j), depth)
		}
		if e.pretty {
			dst = append(dst, ' ')
		}
		return append(dst, ']')
	case types.Map:
		return e.mapOf(dst, w, i, depth)
	case types.Struct:
		return e.structOf(dst, w, i, depth)
	}
	return append(dst, "null"...)
}

func decimal(w *vector.Vector, i int) types.Int128 {
	if w.I128 != nil {
		return w.I128[i]
	}
	return types.Int128From(w.I64[i])
}

func number(dst []byte, f float64, plain func([]byte) []byte) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(plain(append(dst, '"')), '"')
	}
	return plain(dst)
}

func (e *encoder) member(dst, name []byte, first bool, depth int) []byte {
	if !first {
		dst = append(dst, ',')
	}
	dst = cast.AppendJSONString(e.newline(dst, depth+1), name)
	if e.pretty {
		return append(dst, " : "...)
	}
	return append(dst, ':')
}

func (e *encoder) mapOf(dst []byte, w *vector.Vector, i, depth int) []byte {
	r := w.Ranges[i]
	dst = append(dst, '{')
	first := true
	for j := int(r.Off); j < int(r.Off+r.Len); j++ {
		if !e.keepNulls && w.Children[1].IsNull(j) {
			continue
		}
		dst = e.member(dst, e.key(w.Children[0], j), first, depth)
		dst = e.value(dst, w.Children[1], j, depth+1)
		first = false
	}
	if !first {
		dst = e.newline(dst, depth)
	}
	return append(dst, '}')
}

// key is a map's key as a name: a struct prints as [1,2].
func (e *encoder) key(v *vector.Vector, j int) []byte {
	switch v.Type.Kind {
	case types.String, types.Char, types.Varchar:
		return v.Bytes(j)
	case types.Struct:
		w := v.Values()
		out := []byte{'['}
		for k, c := range w.Children {
			if k > 0 {
				out = append(out, ',')
			}
			if c.IsNull(v.Index(j)) {
				out = append(out, "null"...)
			} else {
				out = append(out, e.key(c, v.Index(j))...)
			}
		}
		return append(out, ']')
	case types.Date, types.Timestamp, types.TimestampNTZ:
		// Spark prints the number behind the value.
		if v.Type.Kind == types.Date {
			return strconv.AppendInt(nil, int64(v.Values().I32[v.Index(j)]), 10)
		}
		return strconv.AppendInt(nil, v.Values().I64[v.Index(j)], 10)
	}
	return []byte(cast.Hive(v, j, e.times.Zone))
}

func (e *encoder) structOf(dst []byte, w *vector.Vector, i, depth int) []byte {
	dst = append(dst, '{')
	first := true
	for k, f := range w.Type.Fields {
		if !e.keepNulls && w.Children[k].IsNull(i) {
			continue
		}
		dst = e.member(dst, []byte(f.Name), first, depth)
		dst = e.value(dst, w.Children[k], i, depth+1)
		first = false
	}
	if !first {
		dst = e.newline(dst, depth)
	}
	return append(dst, '}')
}
