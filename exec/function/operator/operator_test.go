package operator

import (
	"strings"
	"testing"
	"time"

	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

var zone = func() *time.Location {
	z, err := cast.ParseZone("America/Los_Angeles")
	if err != nil {
		panic(err)
	}
	return z
}()

// run binds a call of constants, casts them and evaluates it: once as constants, once as columns. It gives the Hive text.
func run(t *testing.T, name string, ansi bool, args ...*vector.Vector) (text string, ret *types.Type, err error) {
	t.Helper()
	f := function.FindScalar(name)
	if f == nil {
		t.Fatalf("no function %s", name)
	}
	in := make([]function.Arg, len(args))
	for i, a := range args {
		in[i] = function.Arg{Type: a.Type, Nullable: a.IsNull(0), Const: a, SQL: cast.Literal(a, 0)}
	}
	b, err := f.Bind(in, ansi)
	if err != nil {
		return "", nil, err
	}
	ctx := &function.Context{ANSI: ansi, Zone: zone}
	var results [2]string
	for pass := range results {
		vals := make([]*vector.Vector, len(args))
		null := false
		for i, a := range args {
			c, err := cast.Bind(a.Type, b.Args[i], cast.ModeOf(ansi))
			if err != nil {
				t.Fatal(err)
			}
			v, err := c(ctx, a)
			if err != nil {
				return "", nil, err
			}
			null = null || v.IsNull(0)
			if pass == 0 {
				c := *v
				c.Form, c.Len = vector.Const, 3
				if v.Form != vector.Const {
					c = *vector.ConstOf(v.Type, v.Value(0), 3)
				}
				vals[i] = &c
			} else {
				vals[i] = vector.Of(v.Type, v.Value(0), nil, v.Value(0))
			}
		}
		r, err := b.Eval(ctx, vals, 3)
		if err != nil {
			return "", nil, err
		}
		if !r.Type.Equal(b.Return) || r.Len != 3 {
			t.Fatalf("%s: %d rows of %s, bound as %s", name, r.Len, r.Type, b.Return)
		}
		results[pass] = cast.Hive(r, 2, zone)
		if null && f.Nulls == function.NullIfAnyNull {
			results[pass] = "NULL"
		}
	}
	if results[0] != results[1] {
		t.Errorf("%s: %s of constants, %s of columns", name, results[0], results[1])
	}
	return results[1], b.Return, nil
}

func lit(ty *types.Type, x any) *vector.Vector { return vector.Of(ty, x) }
func i32(x int32) *vector.Vector               { return lit(types.IntType, x) }
func i64(x int64) *vector.Vector               { return lit(types.LongType, x) }
func f64(x float64) *vector.Vector             { return lit(types.DoubleType, x) }
func str(x string) *vector.Vector              { return lit(types.StringType, x) }
func null() *vector.Vector                     { return vector.NullConst(types.NullType, 1) }

func dec(text string, ps ...int) *vector.Vector {
	v, t, ok := types.ParseDecimalLiteral(text)
	if !ok {
		panic(text)
	}
	if len(ps) == 2 {
		v, _ = types.Rescale(v, int(t.Scale), ps[1])
		t = types.NewDecimal(ps[0], ps[1])
	}
	return lit(t, v)
}

func date(text string) *vector.Vector {
	d, ok := cast.ParseDate([]byte(text))
	if !ok {
		panic(text)
	}
	return lit(types.DateType, d)
}

func stamp(text string) *vector.Vector {
	x, ok := cast.ParseTimestamp([]byte(text), zone, time.Time{})
	if !ok {
		panic(text)
	}
	return lit(types.TimestampType, x)
}

func days(text string, from, to types.IntervalUnit) *vector.Vector {
	x, err := cast.CastDayTime(text, from, to)
	if err != nil {
		panic(err)
	}
	return lit(types.NewDayTime(from, to), x)
}

func months(text string, from, to types.IntervalUnit) *vector.Vector {
	x, err := cast.CastYearMonth(text, from, to)
	if err != nil {
		panic(err)
	}
	return lit(types.NewYearMonth(from, to), x)
}

func calendar(text string) *vector.Vector {
	x, err := cast.ParseInterval(text)
	if err != nil {
		panic(err)
	}
	return lit(types.CalendarType, x)
}

func TestOperators(t *testing.T) {
	D, H, S, Y, M := types.UnitDay, types.UnitHour, types.UnitSecond, types.UnitYear, types.UnitMonth
	for _, c := range []struct {
		op         string
		args       []*vector.Vector
		want, kind string
		ansi       string // error class in ANSI mode, "" for the same result
	}{
		{"+", []*vector.Vector{i32(2147483647), i32(1)}, "-2147483648", "int", "ARITHMETIC_OVERFLOW"},
		{"+", []*vector.Vector{i32(1), i64(2)}, "3", "bigint", ""},
		{"+", []*vector.Vector{i32(1), str("2")}, "3.0", "double", "-"},
		{"+", []*vector.Vector{null(), i32(1)}, "NULL", "int", ""},
		{"+", []*vector.Vector{dec("1.5"), i32(10)}, "11.5", "decimal(4,1)", ""},
		{"+", []*vector.Vector{dec("1.5", 10, 1), dec("2.25", 5, 2)}, "3.75", "decimal(12,2)", ""},
		{"-", []*vector.Vector{dec("1.5", 10, 1), dec("2.25", 5, 2)}, "-0.75", "decimal(12,2)", ""},
		{"-", []*vector.Vector{dec("1", 30, 10), dec("0.25", 5, 2)}, "0.7500000000", "decimal(31,10)", ""},
		{"+", []*vector.Vector{dec("99999999999999999999999999999999999999"), i32(1)}, "NULL", "decimal(38,0)", "NUMERIC_VALUE_OUT_OF_RANGE"},
		{"*", []*vector.Vector{dec("12.34", 12, 2), dec("0.05", 12, 2)}, "0.6170", "decimal(25,4)", ""},
		{"*", []*vector.Vector{dec("12.3456", 26, 4), dec("1.05", 13, 2)}, "12.962880", "decimal(38,6)", ""},
		{"*", []*vector.Vector{dec("1234567890123456789.5", 38, 18), dec("100000000000000000000", 38, 18)}, "NULL", "decimal(38,6)", "NUMERIC_VALUE_OUT_OF_RANGE"},
		{"*", []*vector.Vector{dec("1234567890.5", 38, 18), dec("3", 38, 18)}, "3703703671.500000", "decimal(38,6)", ""},
		{"*", []*vector.Vector{dec("1.5"), f64(2)}, "3.0", "double", ""},
		{"/", []*vector.Vector{i32(3), i32(2)}, "1.5", "double", ""},
		{"/", []*vector.Vector{i32(3), i32(0)}, "NULL", "double", "DIVIDE_BY_ZERO"},
		{"/", []*vector.Vector{dec("10", 10, 2), dec("3", 10, 2)}, "3.3333333333333", "decimal(23,13)", ""},
		{"/", []*vector.Vector{dec("-2", 38, 18), dec("3", 38, 18)}, "-0.666667", "decimal(38,6)", ""},
		{"/", []*vector.Vector{dec("1"), dec("0.0")}, "NULL", "decimal(8,6)", "DIVIDE_BY_ZERO"},
		{"%", []*vector.Vector{i32(-7), i32(3)}, "-1", "int", ""},
		{"pmod", []*vector.Vector{i32(-7), i32(3)}, "2", "int", ""},
		{"%", []*vector.Vector{dec("7.5"), i32(2)}, "1.5", "decimal(2,1)", ""},
		{"%", []*vector.Vector{i32(7), i32(0)}, "NULL", "int", "DIVIDE_BY_ZERO"},
		{"mod", []*vector.Vector{f64(7.5), f64(2)}, "1.5", "double", ""},
		{"div", []*vector.Vector{i32(7), i32(-2)}, "-3", "bigint", ""},
		{"div", []*vector.Vector{dec("7.5"), dec("0.5")}, "15", "bigint", ""},
		{"div", []*vector.Vector{i32(7), i32(0)}, "NULL", "bigint", "DIVIDE_BY_ZERO"},
		{"div", []*vector.Vector{months("1-1", Y, M), months("-1", M, M)}, "-13", "bigint", ""},
		{"negative", []*vector.Vector{dec("1.5")}, "-1.5", "decimal(2,1)", ""},
		{"negative", []*vector.Vector{i32(-2147483648)}, "-2147483648", "int", "ARITHMETIC_OVERFLOW"},
		{"try_add", []*vector.Vector{i32(2147483647), i32(1)}, "NULL", "int", ""},
		{"try_divide", []*vector.Vector{i32(1), i32(0)}, "NULL", "double", ""},
		{"try_multiply", []*vector.Vector{days("106751991", D, D), i32(2)}, "NULL", "interval day to second", ""},

		{"&", []*vector.Vector{i32(3), i64(5)}, "1", "bigint", ""},
		{"^", []*vector.Vector{i32(3), i32(5)}, "6", "int", ""},
		{"~", []*vector.Vector{i32(0)}, "-1", "int", ""},

		{"+", []*vector.Vector{date("2024-01-31"), i32(1)}, "2024-02-01", "date", ""},
		{"+", []*vector.Vector{date("2024-01-31"), months("1", M, M)}, "2024-02-29", "date", ""},
		{"-", []*vector.Vector{date("2024-03-31"), months("1", M, M)}, "2024-02-29", "date", ""},
		{"+", []*vector.Vector{date("2024-01-31"), days("1 01", D, H)}, "2024-02-01 01:00:00", "timestamp", ""},
		{"+", []*vector.Vector{days("1", D, D), date("2024-01-31")}, "2024-02-01", "date", ""},
		{"+", []*vector.Vector{stamp("2024-03-09 12:00:00"), days("1", D, D)}, "2024-03-10 12:00:00", "timestamp", ""},
		{"+", []*vector.Vector{stamp("2024-03-09 12:00:00"), days("24", H, H)}, "2024-03-10 12:00:00", "timestamp", ""},
		{"-", []*vector.Vector{stamp("2024-03-10 12:00:00"), calendar("1 month 1 day 1 hour")}, "2024-02-09 11:00:00", "timestamp", ""},
		{"+", []*vector.Vector{str("2024-03-09 12:00:00"), calendar("1 hour")}, "2024-03-09 13:00:00", "string", ""},
		{"-", []*vector.Vector{date("2024-03-10"), date("2024-03-01")}, "9 00:00:00.000000000", "interval day", ""},
		{"-", []*vector.Vector{stamp("2024-03-10 12:00:00"), stamp("2024-03-09 12:00:00")}, "1 00:00:00.000000000", "interval day to second", ""},
		{"+", []*vector.Vector{months("1", Y, Y), months("1", M, M)}, "1-1", "interval year to month", ""},
		{"-", []*vector.Vector{calendar("1 month"), calendar("1 day")}, "1 months -1 days", "interval", ""},
		{"*", []*vector.Vector{days("2", S, S), dec("1.5")}, "0 00:00:03.000000000", "interval day to second", ""},
		{"*", []*vector.Vector{str("2"), months("2", Y, Y)}, "4-0", "interval year to month", ""},
		{"*", []*vector.Vector{months("2", Y, Y), str("a")}, "NULL", "interval year to month", "CAST_INVALID_INPUT"},
		{"/", []*vector.Vector{days("1", D, D), f64(1.5)}, "0 16:00:00.000000000", "interval day to second", ""},
		{"*", []*vector.Vector{calendar("15 days 3 microseconds"), dec("1.5")}, "22 days 12 hours 0.000005 seconds", "interval", ""},

		{"=", []*vector.Vector{i32(1), str("1")}, "true", "boolean", ""},
		{"=", []*vector.Vector{dec("1.50"), dec("1.5")}, "true", "boolean", ""},
		{"<", []*vector.Vector{date("2024-01-01"), str("2024-01-02")}, "true", "boolean", ""},
		{"=", []*vector.Vector{lit(types.BooleanType, true), i32(1)}, "true", "boolean", "-"},
		{"<>", []*vector.Vector{str("a"), str("b")}, "true", "boolean", ""},
		{">=", []*vector.Vector{null(), i32(1)}, "NULL", "boolean", ""},
		{"<=>", []*vector.Vector{null(), i32(1)}, "false", "boolean", ""},
		{"<=>", []*vector.Vector{null(), null()}, "true", "boolean", ""},
		{"and", []*vector.Vector{null(), lit(types.BooleanType, false)}, "false", "boolean", ""},
		{"or", []*vector.Vector{null(), lit(types.BooleanType, false)}, "NULL", "boolean", ""},
		{"not", []*vector.Vector{lit(types.BooleanType, false)}, "true", "boolean", ""},
		{"isnull", []*vector.Vector{null()}, "true", "boolean", ""},
		{"isnotnull", []*vector.Vector{i32(1)}, "true", "boolean", ""},
		{"in", []*vector.Vector{i32(3), i32(1), i32(2), i32(3), i32(4), i32(0), i32(-1)}, "true", "boolean", ""},
		{"in", []*vector.Vector{i32(9), i32(1), null()}, "NULL", "boolean", ""},
		{"in", []*vector.Vector{str("b"), str("a"), str("b")}, "true", "boolean", ""},
		{"in", []*vector.Vector{dec("1.0", 30, 1), dec("2", 30, 0), i32(1)}, "true", "boolean", ""},
		{"in", []*vector.Vector{f64(0), f64(1), f64(2), f64(3), f64(4), f64(5)}, "false", "boolean", ""},
		{"greatest", []*vector.Vector{i32(1), null(), dec("1.5")}, "1.5", "decimal(11,1)", ""},
		{"least", []*vector.Vector{f64(1), i32(2)}, "1.0", "double", ""},
		{"coalesce", []*vector.Vector{null(), i32(2), i64(3)}, "2", "bigint", ""},
		{"nullif", []*vector.Vector{i32(2), i32(2)}, "NULL", "int", ""},
		{"if", []*vector.Vector{null(), i32(1), str("x")}, "x", "string", "-"},
		{"when", []*vector.Vector{lit(types.BooleanType, false), i32(1), lit(types.BooleanType, true), i32(2)}, "2", "int", ""},
		{"nanvl", []*vector.Vector{lit(types.DoubleType, cast.DecimalFloat(types.Int128{}, 0)), i32(1)}, "0.0", "double", ""},
	} {
		got, ret, err := run(t, c.op, false, c.args...)
		if err != nil || got != c.want || ret.String() != c.kind {
			t.Errorf("%s of %v: %s %v (%v), want %s %s", c.op, texts(c.args), got, ret, err, c.want, c.kind)
		}
		if c.ansi == "-" {
			continue
		}
		got, _, err = run(t, c.op, true, c.args...)
		switch {
		case c.ansi == "" && (err != nil || got != c.want):
			t.Errorf("ansi %s of %v: %s (%v), want %s", c.op, texts(c.args), got, err, c.want)
		case c.ansi != "" && (err == nil || !strings.Contains(err.Error(), c.ansi)):
			t.Errorf("ansi %s of %v: %s (%v), want %s", c.op, texts(c.args), got, err, c.ansi)
		}
	}
}

func texts(vs []*vector.Vector) (out []string) {
	for _, v := range vs {
		out = append(out, cast.ValueSQL(v, 0))
	}
	return out
}

func TestOperatorErrors(t *testing.T) {
	for _, c := range []struct {
		op   string
		args []*vector.Vector
		want string
	}{
		{"+", []*vector.Vector{date("2024-01-01"), f64(1)}, "UNEXPECTED_INPUT_TYPE"},
		{"-", []*vector.Vector{date("2024-01-01"), str("x")}, "BINARY_OP_DIFF_TYPES"},
		{"*", []*vector.Vector{lit(types.BooleanType, true), i32(1)}, `"(true * 1)" due to data type mismatch: the left and right operands of the binary operator have incompatible types ("BOOLEAN" and "INT")`},
		{"&", []*vector.Vector{f64(1), f64(1)}, "BINARY_OP_WRONG_TYPE"},
		{"/", []*vector.Vector{days("1", types.UnitDay, types.UnitDay), i32(0)}, "INTERVAL_DIVIDED_BY_ZERO"},
		{"+", []*vector.Vector{months("178956970-7", 0, 1), months("1", 1, 1)}, "INTERVAL_ARITHMETIC_OVERFLOW"},
		{"=", []*vector.Vector{lit(types.NewMap(types.IntType, types.IntType, true), []vector.Pair{}), lit(types.NewMap(types.IntType, types.IntType, true), []vector.Pair{})}, "INVALID_ORDERING_TYPE"},
		{"like", []*vector.Vector{str("a"), str(`a\`)}, "ESC_AT_THE_END"},
		{"like", []*vector.Vector{str("a"), str(`\a`)}, "ESC_IN_THE_MIDDLE"},
	} {
		got, _, err := run(t, c.op, false, c.args...)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s of %v: %s, %v; want %s", c.op, texts(c.args), got, err, c.want)
		}
	}
}

func TestLike(t *testing.T) {
	for _, c := range []struct {
		s, p string
		want bool
	}{
		{"", "", true},
		{"", "%", true},
		{"a", "", false},
		{"abc", "abc", true},
		{"abc", "a%", true},
		{"abc", "%c", true},
		{"abc", "%b%", true},
		{"abc", "a%c", true},
		{"ac", "a%c", true},
		{"a", "a%a", false},
		{"aba", "a%a", true},
		{"abc", "_bc", true},
		{"abc", "a_", false},
		{"abc", "a__", true},
		{"héllo", "h_llo", true},
		{"special packages requests", "%special%requests%", true},
		{"requests special", "%special%requests%", false},
		{"a%c", `a\%c`, true},
		{"abc", `a\%c`, false},
		{"a_c", `a\_c`, true},
		{"xaybz", "%a_b%", true},
		{"aXbaYb", "%a_b", true},
		{"abab", "%ab", true},
		{"a\nb", "a_b", true},
		{"ab", "%%b", true},
		{"日本", "__", true},
		{"日本", "%_", true},
		{"aab", "a%ab", true},
		{"ab", "a%ab", false},
	} {
		for name, s := range map[string]string{"like": c.s, "ilike": strings.ToUpper(c.s)} {
			got, _, err := run(t, name, false, str(s), str(c.p))
			if err != nil || (got == "true") != c.want {
				t.Errorf("%q %s %q: %s, %v", s, name, c.p, got, err)
			}
		}
	}
	f := function.FindScalar("like")
	args := []*vector.Vector{str("a%b"), str("a!%b"), str("!")}
	in := make([]function.Arg, 3)
	for i, a := range args {
		in[i] = function.Arg{Type: a.Type, Const: a}
	}
	b, err := f.Bind(in, false)
	if err != nil {
		t.Fatal(err)
	}
	if r, err := b.Eval(nil, args, 1); err != nil || r.Value(0) != true {
		t.Errorf("escape: %v, %v", r, err)
	}
}
