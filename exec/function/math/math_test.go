package math

import (
	"math"
	"strings"
	"testing"

	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// run binds a call of constants, casts them and gives the Hive text of the result with its type.
func run(t *testing.T, name string, ansi bool, args ...*vector.Vector) string {
	t.Helper()
	f := function.FindScalar(name)
	if f == nil {
		t.Fatalf("no function %s", name)
	}
	in := make([]function.Arg, len(args))
	for i, a := range args {
		in[i] = function.Arg{Type: a.Type, Const: a, SQL: cast.Literal(a, 0)}
	}
	b, err := f.Bind(in, ansi)
	if err != nil {
		return err.Error()
	}
	ctx := &function.Context{ANSI: ansi}
	vals := make([]*vector.Vector, len(args))
	for i, a := range args {
		c, err := cast.Bind(a.Type, b.Args[i], cast.ModeOf(ansi))
		if err != nil {
			t.Fatal(err)
		}
		if vals[i], err = c(ctx, a); err != nil {
			return err.Error()
		}
		if vals[i].IsNull(0) && f.Nulls == function.NullIfAnyNull {
			return "NULL"
		}
	}
	r, err := b.Eval(ctx, vals, 1)
	if err != nil {
		return err.Error()
	}
	return cast.Hive(r, 0, nil) + " " + b.Return.String()
}

func i8(x int8) *vector.Vector    { return vector.Of(types.ByteType, x) }
func i16(x int16) *vector.Vector  { return vector.Of(types.ShortType, x) }
func i32(x int32) *vector.Vector  { return vector.Of(types.IntType, x) }
func i64(x int64) *vector.Vector  { return vector.Of(types.LongType, x) }
func f(x float64) *vector.Vector  { return vector.Of(types.DoubleType, x) }
func str(x string) *vector.Vector { return vector.Of(types.StringType, x) }

func dec(text string) *vector.Vector {
	v, t, ok := types.ParseDecimalLiteral(text)
	if !ok {
		panic(text)
	}
	return vector.Of(t, v)
}

func TestFunctions(t *testing.T) {
	for _, c := range []struct {
		name string
		args []*vector.Vector
		want string
	}{
		{"round", []*vector.Vector{i8(25), i32(-1)}, "30 tinyint"},
		{"round", []*vector.Vector{i8(127), i32(-1)}, "-126 tinyint"},
		{"round", []*vector.Vector{i16(525), i32(-3)}, "1000 smallint"},
		{"round", []*vector.Vector{i64(9223372036854775807), i32(-1)}, "-9223372036854775806 bigint"},
		{"bround", []*vector.Vector{i32(525), i32(-1)}, "520 int"},
		{"round", []*vector.Vector{f(2.5)}, "3.0 double"},
		{"round", []*vector.Vector{f(-2.675), i32(2)}, "-2.68 double"},
		{"round", []*vector.Vector{f(1234.5), i32(-2)}, "1200.0 double"},
		{"round", []*vector.Vector{f(1e-20), i32(5)}, "0.0 double"},
		{"bround", []*vector.Vector{f(2.5)}, "2.0 double"},
		{"round", []*vector.Vector{dec("2.55"), i32(1)}, "2.6 decimal(3,1)"},
		{"round", []*vector.Vector{dec("99.9")}, "100 decimal(3,0)"},
		{"round", []*vector.Vector{dec("155.5"), i32(-2)}, "200 decimal(4,0)"},
		{"round", []*vector.Vector{f(1.5), vector.NullConst(types.NullType, 1)}, "NULL"},
		{"ceil", []*vector.Vector{f(-0.1)}, "0 bigint"},
		{"ceil", []*vector.Vector{i32(5)}, "5 bigint"},
		{"ceil", []*vector.Vector{dec("9.91")}, "10 decimal(2,0)"},
		{"ceiling", []*vector.Vector{dec("3.1411"), i32(3)}, "3.142 decimal(5,3)"},
		{"floor", []*vector.Vector{dec("-1.5")}, "-2 decimal(2,0)"},
		{"floor", []*vector.Vector{dec("3.1411"), i32(-3)}, "0 decimal(4,0)"},
		{"abs", []*vector.Vector{dec("-1.5")}, "1.5 decimal(2,1)"},
		{"abs", []*vector.Vector{i32(-2147483648)}, "-2147483648 int"},
		{"sign", []*vector.Vector{f(-4)}, "-1.0 double"},
		{"sqrt", []*vector.Vector{i32(4)}, "2.0 double"},
		{"sqrt", []*vector.Vector{f(-1)}, "NaN double"},
		{"ln", []*vector.Vector{f(0)}, "NULL double"},
		{"log", []*vector.Vector{i32(10), i32(100)}, "2.0 double"},
		{"log2", []*vector.Vector{f(8)}, "3.0 double"},
		{"log1p", []*vector.Vector{f(-1)}, "NULL double"},
		{"pow", []*vector.Vector{i32(2), str("3")}, "8.0 double"},
		{"pow", []*vector.Vector{f(1), f(math.NaN())}, "NaN double"},
		{"hypot", []*vector.Vector{i32(3), i32(4)}, "5.0 double"},
		{"rint", []*vector.Vector{f(2.5)}, "2.0 double"},
		{"degrees", []*vector.Vector{f(math.Pi)}, "180.0 double"},
		{"factorial", []*vector.Vector{i32(20)}, "2432902008176640000 bigint"},
		{"factorial", []*vector.Vector{i32(21)}, "NULL bigint"},
		{"bin", []*vector.Vector{i32(-13)}, "1111111111111111111111111111111111111111111111111111111111110011 string"},
		{"hex", []*vector.Vector{i32(17)}, "11 string"},
		{"hex", []*vector.Vector{i64(0)}, "0 string"},
		{"hex", []*vector.Vector{i64(-1)}, "FFFFFFFFFFFFFFFF string"},
		{"hex", []*vector.Vector{str("Spark SQL")}, "537061726B2053514C string"},
		{"unhex", []*vector.Vector{str("737")}, "\a7 binary"},
		{"unhex", []*vector.Vector{str("7G")}, "NULL binary"},
		{"conv", []*vector.Vector{str("100"), i32(2), i32(10)}, "4 string"},
		{"conv", []*vector.Vector{i32(-10), i32(16), i32(-10)}, "-16 string"},
		{"conv", []*vector.Vector{str("9223372036854775808"), i32(10), i32(16)}, "8000000000000000 string"},
		{"conv", []*vector.Vector{str("92233720368547758070"), i32(10), i32(16)}, "FFFFFFFFFFFFFFFF string"},
		{"conv", []*vector.Vector{str("-9223372036854775807"), i32(36), i32(10)}, "18446744073709551615 string"},
		{"width_bucket", []*vector.Vector{f(5.3), f(0.2), f(10.6), i32(5)}, "3 bigint"},
		{"width_bucket", []*vector.Vector{f(-2.1), f(1.3), f(3.4), i32(3)}, "0 bigint"},
		{"width_bucket", []*vector.Vector{f(8.1), f(10), f(0), i32(4)}, "1 bigint"},
		{"shiftleft", []*vector.Vector{i8(1), i32(33)}, "2 int"},
		{"shiftright", []*vector.Vector{i64(-4), i32(1)}, "-2 bigint"},
		{"shiftrightunsigned", []*vector.Vector{i32(-4), i32(1)}, "2147483646 int"},
		{"bit_count", []*vector.Vector{i32(-1)}, "64 int"},
		{"getbit", []*vector.Vector{i32(11), i32(1)}, "1 tinyint"},
		{"rand", []*vector.Vector{i32(0)}, "0.7604953758285915 double"},
		{"randn", []*vector.Vector{i32(0)}, "1.6034991609278433 double"},
		{"e", nil, "2.718281828459045 double"},
	} {
		if got := run(t, c.name, false, c.args...); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	for name, c := range map[string]struct {
		args []*vector.Vector
		want string
	}{
		"abs":    {[]*vector.Vector{i32(-2147483648)}, "ARITHMETIC_OVERFLOW"},
		"round":  {[]*vector.Vector{i8(127), i32(-1)}, "ARITHMETIC_OVERFLOW"},
		"conv":   {[]*vector.Vector{str("92233720368547758070"), i32(10), i32(16)}, "ARITHMETIC_OVERFLOW"},
		"getbit": {[]*vector.Vector{i32(11), i32(32)}, "INVALID_PARAMETER_VALUE"},
		"sin":    {[]*vector.Vector{vector.Of(types.DateType, int32(1))}, "UNEXPECTED_INPUT_TYPE"},
		"pi":     {[]*vector.Vector{i32(1)}, "WRONG_NUM_ARGS"},
	} {
		if got := run(t, name, true, c.args...); !strings.Contains(got, c.want) {
			t.Errorf("ansi %s: %q, want %s", name, got, c.want)
		}
	}
}

func TestRandomSequence(t *testing.T) {
	b, err := function.FindScalar("rand").Bind([]function.Arg{{Type: types.IntType, Const: i32(0)}}, false)
	if err != nil {
		t.Fatal(err)
	}
	ctx := &function.Context{}
	first, _ := b.Eval(ctx, []*vector.Vector{i32(0)}, 2)
	second, _ := b.Eval(ctx, []*vector.Vector{i32(0)}, 1)
	if first.F64[0] == first.F64[1] || second.F64[0] == first.F64[0] || second.F64[0] == first.F64[1] {
		t.Errorf("a sequence repeats: %v %v", first.F64, second.F64)
	}
	again, _ := b.Eval(&function.Context{}, []*vector.Vector{i32(0)}, 2)
	if again.F64[1] != first.F64[1] {
		t.Errorf("a seed gives another sequence: %v, %v", again.F64, first.F64)
	}
}
