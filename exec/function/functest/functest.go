// Package functest calls functions in tests as a query would: bound to argument types, with arguments cast, on one row
// and on several.
//
// In: a function's name and constant arguments. Out: the answer as the shell prints it, or the class of the error.
package functest

import (
	"testing"
	"time"

	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// Decimal is a decimal argument, as it is written.
type Decimal string

// Date and Timestamp are arguments as CAST reads them.
type (
	Date      string
	Timestamp string
)

// Context is what the calls see: the zone America/Los_Angeles, a fixed clock, ANSI mode off.
func Context(t testing.TB) *function.Context {
	t.Helper()
	zone, err := cast.ParseZone("America/Los_Angeles")
	if err != nil {
		t.Fatal(err)
	}
	return &function.Context{Zone: zone, Now: time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC), User: "tester", Database: "default", Catalog: "spark_catalog", Version: "test"}
}

// Literal is a Go value as a vector of one row: nil is a NULL string, int an int, int64 a bigint, []any an array of strings; a
// vector is taken as it is.
func Literal(t testing.TB, x any) *vector.Vector {
	t.Helper()
	ctx := Context(t)
	switch x := x.(type) {
	case *vector.Vector:
		return x
	case nil:
		return vector.Of(types.StringType, nil)
	case bool:
		return vector.Of(types.BooleanType, x)
	case int:
		return vector.Of(types.IntType, int32(x))
	case int64:
		return vector.Of(types.LongType, x)
	case float64:
		return vector.Of(types.DoubleType, x)
	case []byte:
		return vector.Of(types.BinaryType, x)
	case string:
		return vector.Of(types.StringType, x)
	case []any:
		return vector.Of(types.NewArray(types.StringType, true), x)
	case Decimal:
		if v, dt, ok := types.ParseDecimalLiteral(string(x)); ok {
			return vector.Of(dt, v)
		}
	case Date:
		if d, ok := cast.ParseDate([]byte(x)); ok {
			return vector.Of(types.DateType, d)
		}
	case Timestamp:
		if us, ok := cast.ParseTimestamp([]byte(x), ctx.Zone, ctx.Now); ok {
			return vector.Of(types.TimestampType, us)
		}
	}
	t.Fatalf("no literal for %v", x)
	return nil
}

// Map is a map of strings, as options are given.
func Map(kv ...string) *vector.Vector {
	pairs := []vector.Pair{}
	for i := 0; i+1 < len(kv); i += 2 {
		pairs = append(pairs, vector.Pair{Key: kv[i], Value: kv[i+1]})
	}
	return vector.Of(types.NewMap(types.StringType, types.StringType, false), pairs)
}

// Options is Map as an argument that is known when a function is bound.
func Options(kv ...string) function.Arg {
	m := Map(kv...)
	return function.Arg{Type: m.Type, Const: m}
}

// Over calls a bound function on a column; the other arguments are constants that it has looked at when it was bound.
func Over(b *function.Bound, in *vector.Vector) (*vector.Vector, error) {
	args := []*vector.Vector{in}
	for _, t := range b.Args[1:] {
		args = append(args, vector.NullConst(t, in.Len))
	}
	return b.Eval(&function.Context{Zone: time.UTC}, args, in.Len)
}

// Call runs a scalar function over one row of constants and again over three flat rows, which must agree.
func Call(t testing.TB, name string, args ...any) string {
	t.Helper()
	return CallIn(t, Context(t), name, args...)
}

// CallIn is Call in a context.
func CallIn(t testing.TB, ctx *function.Context, name string, args ...any) string {
	t.Helper()
	f := function.FindScalar(name)
	if f == nil {
		t.Fatalf("there is no function %s", name)
	}
	consts := make([]*vector.Vector, len(args))
	in := make([]function.Arg, len(args))
	for i, a := range args {
		v := Literal(t, a)
		consts[i] = v
		in[i] = function.Arg{Type: v.Type, Nullable: v.IsNull(0), Const: v, SQL: "x"}
	}
	b, err := f.Bind(in, ctx.ANSI)
	if err != nil {
		return sqlerr.From(err).Class
	}
	first := run(t, ctx, f, b, consts, 1)
	if rows := run(t, ctx, f, b, consts, 3); rows != first && !f.Volatile {
		t.Errorf("%s%v: constants give %q, rows %q", name, args, first, rows)
	}
	return first
}

func run(t testing.TB, ctx *function.Context, f *function.Scalar, b *function.Bound, consts []*vector.Vector, n int) string {
	t.Helper()
	vecs := make([]*vector.Vector, len(consts))
	null := false
	for i, c := range consts {
		conv, err := cast.Bind(c.Type, b.Args[i], cast.ModeOf(ctx.ANSI))
		if err != nil {
			t.Fatal(err)
		}
		v, err := conv(ctx, vector.Gather(c, make([]uint32, n)))
		if err != nil {
			return sqlerr.From(err).Class
		}
		v = vector.Flatten(v)
		null = null || v.IsNull(0)
		if n == 1 {
			one := *v
			one.Form = vector.Const
			v = &one
		}
		vecs[i] = v
	}
	v, err := b.Eval(ctx, vecs, n)
	if err != nil {
		return sqlerr.From(err).Class
	}
	if v.Len != n {
		t.Errorf("%s gives %d rows for %d", f.Name, v.Len, n)
	}
	if null && f.Nulls == function.NullIfAnyNull {
		return "NULL"
	}
	return cast.Hive(v, n-1, ctx.Zone)
}
