package csv

import (
	"math"
	"strconv"

	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/function/record"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

func init() {
	bind.Scalars(
		&function.Scalar{
			Name: "from_csv", MinArgs: 2, MaxArgs: 3, Since: "3.0.0", Nulls: function.NullByFunction,
			Doc:     "A line of CSV read as a struct.",
			Usage:   "from_csv(csvStr, schema[, options])",
			Example: "> SELECT from_csv('1, 0.8', 'a INT, b DOUBLE');\n {\"a\":1,\"b\":0.8}",
			Bind:    bindFromCSV,
		},
		&function.Scalar{
			Name: "to_csv", MinArgs: 1, MaxArgs: 2, Since: "3.0.0", Nulls: function.NullByFunction,
			Doc:     "A struct as a line of CSV.",
			Usage:   "to_csv(expr[, options])",
			Example: "> SELECT to_csv(named_struct('a', 1, 'b', 2));\n 1,2",
			Bind:    bindToCSV,
		},
		&function.Scalar{
			Name: "schema_of_csv", MinArgs: 1, MaxArgs: 2, Since: "3.0.0",
			Doc:     "The type of a line of CSV, as text.",
			Usage:   "schema_of_csv(csv[, options])",
			Example: "> SELECT schema_of_csv('1,abc');\n STRUCT<_c0: INT, _c1: STRING>",
			Bind:    bindSchemaOf,
		},
	)
}

func optionsAt(args []function.Arg, i int, in []*types.Type) (record.Options, []*types.Type, error) {
	if len(args) <= i {
		return record.Options{}, in, nil
	}
	o, err := record.OptionsOf(args[i])
	return o, append(in, args[i].Type), err
}

func bindFromCSV(args []function.Arg, ansi bool) (*function.Bound, error) {
	schema, err := record.SchemaOf(args[1])
	if err != nil {
		return nil, err
	}
	if schema.Kind != types.Struct {
		return nil, bind.Mismatch("INVALID_JSON_SCHEMA", "from_csv", args, "schema", bind.TypeSQL(schema))
	}
	in, err := bind.Cast("from_csv", args[:1], ansi, types.StringFamily)
	if err != nil {
		return nil, err
	}
	o, in, err := optionsAt(args, 2, append(in, types.StringType))
	if err != nil {
		return nil, err
	}
	mode, err := o.Mode("from_csv")
	if err != nil {
		return nil, err
	}
	eval := bind.AllRows(schema, func(ctx *function.Context, args []*vector.Vector) (func(int, *vector.Builder) error, error) {
		d, err := newDecoder(ctx, schema, o, mode)
		if err != nil {
			return nil, err
		}
		return func(i int, out *vector.Builder) error {
			if args[0].IsNull(i) {
				return bind.ErrNull
			}
			return d.append(args[0].Bytes(i), out)
		}, nil
	})
	return &function.Bound{Args: in, Return: schema, Nullable: true, Eval: eval}, nil
}

func bindToCSV(args []function.Arg, _ bool) (*function.Bound, error) {
	t := args[0].Type
	if t.Kind != types.Struct {
		return nil, bind.Unexpected("to_csv", args, 0, types.StructFamily.SQL())
	}
	for _, f := range t.Fields {
		if f.Type.IsNested() || f.Type.Kind == types.Variant {
			return nil, bind.Mismatch("UNSUPPORTED_INPUT_TYPE", "to_csv", args, "functionName", "`to_csv`", "dataType", bind.TypeSQL(t))
		}
	}
	o, in, err := optionsAt(args, 1, []*types.Type{t})
	if err != nil {
		return nil, err
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
			w := args[0].Values()
			buf = e.row(buf[:0], w.Children, args[0].Index(i))
			out.AppendBytes(buf)
			return nil
		}, nil
	})
	return &function.Bound{Args: in, Return: types.StringType, Nullable: args[0].Nullable, Eval: eval}, nil
}

// encoder writes rows as CSV lines.
type encoder struct {
	dialect
	times   *record.Times
	scratch []byte
}

// newEncoder takes the options of a writer.
func newEncoder(ctx *function.Context, o record.Options) (*encoder, error) {
	times, err := record.NewTimes(ctx, o, false)
	if err != nil {
		return nil, err
	}
	d, err := newDialect(o, false)
	return &encoder{dialect: d, times: times}, err
}

// row appends row i of the columns as a line without its end.
func (e *encoder) row(dst []byte, cols []*vector.Vector, i int) []byte {
	for k, c := range cols {
		if k > 0 {
			dst = append(dst, e.Separator...)
		}
		if c.IsNull(i) {
			dst = append(dst, e.nullValue...)
			continue
		}
		e.scratch = e.text(e.scratch[:0], c, i)
		dst = e.write(dst, e.scratch)
	}
	return dst
}

// text is a value as it stands in a field.
func (e *encoder) text(dst []byte, v *vector.Vector, i int) []byte {
	w, t := v.Values(), v.Type
	at := v.Index(i)
	switch t.Kind {
	case types.String, types.Char, types.Varchar, types.Binary:
		return append(dst, v.Bytes(i)...)
	case types.Date:
		return e.times.Append(dst, int64(w.I32[at]), t.Kind)
	case types.Timestamp, types.TimestampNTZ:
		return e.times.Append(dst, w.I64[at], t.Kind)
	case types.YearMonth:
		return append(dst, cast.FormatYearMonth(w.I32[at], t.From, t.To)...)
	case types.DayTime:
		return append(dst, cast.FormatDayTime(w.I64[at], t.From, t.To)...)
	case types.Double:
		if !math.IsNaN(w.F64[at]) {
			return cast.AppendDouble(dst, w.F64[at])
		}
	case types.Float:
		if w.F32[at] == w.F32[at] {
			return cast.AppendFloat(dst, w.F32[at])
		}
	}
	return append(dst, cast.Hive(v, i, e.times.Zone)...)
}

func bindSchemaOf(args []function.Arg, _ bool) (*function.Bound, error) {
	s, null, ok := bind.ConstText(args[0])
	switch {
	case null || args[0].Type.Kind == types.Null:
		return nil, bind.Mismatch("UNEXPECTED_NULL", "schema_of_csv", args, "exprName", "csv")
	case !ok:
		return nil, bind.NotFoldable("schema_of_csv", args, 0, "csv", "STRING")
	}
	o, in, err := optionsAt(args, 1, []*types.Type{types.StringType})
	if err != nil {
		return nil, err
	}
	eval := func(ctx *function.Context, _ []*vector.Vector, n int) (*vector.Vector, error) {
		x, err := newInferrer(ctx, o)
		if err != nil {
			return nil, err
		}
		return vector.ConstOf(types.StringType, x.schema([]byte(s)).SQL(), n), nil
	}
	return &function.Bound{Args: in, Return: types.StringType, Eval: eval}, nil
}

// inferrer finds the types of the fields of a CSV line.
type inferrer struct{ d decoder }

func newInferrer(ctx *function.Context, o record.Options) (*inferrer, error) {
	d, err := newDecoder(ctx, types.NewStruct(), o, record.Permissive)
	if err != nil {
		return nil, err
	}
	return &inferrer{d: *d}, nil
}

// schema is the struct type of a line; its fields are _c0, _c1 and so on.
func (x *inferrer) schema(line []byte) *types.Type {
	x.d.fields, x.d.buf = x.d.split(x.d.fields[:0], x.d.buf[:0], line)
	fields := make([]types.Field, len(x.d.fields))
	for i, f := range x.d.fields {
		fields[i] = types.Field{Name: "_c" + strconv.Itoa(i), Type: x.infer(f), Nullable: true}
	}
	return types.NewStruct(fields...)
}

// ladder is the order in which types are tried for a field.
var ladder = []*types.Type{types.IntType, types.LongType, types.DoubleType, types.DateType, types.TimestampType, types.BooleanType}

func (x *inferrer) infer(f field) *types.Type {
	if len(f.Text) == 0 || string(f.Text) == string(x.d.nullValue) {
		return types.StringType
	}
	for _, t := range ladder {
		if x.d.value(t, f, vector.NewBuilder(t, 1)) != nil {
			continue
		}
		// CAST takes a bare year, 12:30, or a date with a time after it; a schema should not.
		day := len("2024-01-01")
		if t.Kind == types.Date && len(f.Text) != day || t.Kind == types.Timestamp && len(f.Text) < day {
			continue
		}
		return t
	}
	return types.StringType
}
