package cast

import (
	"testing"
	"time"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

func testContext(t *testing.T) *function.Context {
	t.Helper()
	zone, err := ParseZone("America/Los_Angeles")
	if err != nil {
		t.Fatal(err)
	}
	return &function.Context{Zone: zone, Now: time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)}
}

func dec(p, s int) *types.Type { return types.NewDecimal(p, s) }

func i128(v int64) types.Int128 { return types.Int128From(v) }

func TestCasts(t *testing.T) {
	ctx := testContext(t)
	day, second := types.UnitDay, types.UnitSecond
	str := types.StringType
	for _, c := range []struct {
		from         *types.Type
		value        any
		to           *types.Type
		legacy, ansi string // ansi: "" the same, or the error class
	}{
		{str, "1.23", types.IntType, "1", "CAST_INVALID_INPUT"},
		{str, " 12\t", types.ByteType, "12", ""},
		{str, "128", types.ByteType, "NULL", "CAST_INVALID_INPUT"},
		{str, "-9223372036854775808", types.LongType, "-9223372036854775808", ""},
		{str, "9223372036854775808", types.LongType, "NULL", "CAST_INVALID_INPUT"},
		{str, "-9223372036854775809", types.LongType, "NULL", "CAST_INVALID_INPUT"},
		{str, "123.a", types.IntType, "NULL", "CAST_INVALID_INPUT"},
		{str, "1e3", types.DoubleType, "1000.0", ""},
		{str, " -inf ", types.DoubleType, "-Infinity", ""},
		{str, "1.5f", types.FloatType, "1.5", ""},
		{str, "1_000", types.DoubleType, "NULL", "CAST_INVALID_INPUT"},
		{str, "nAn", types.DoubleType, "NaN", ""},
		{str, "1e400", types.DoubleType, "Infinity", ""},
		{str, "\t true\n", types.BooleanType, "true", ""},
		{str, "maybe", types.BooleanType, "NULL", "CAST_INVALID_INPUT"},
		{str, "123.456", dec(5, 2), "123.46", ""},
		{str, "1234.5", dec(5, 2), "NULL", "NUMERIC_VALUE_OUT_OF_RANGE"},
		{str, "x", dec(5, 2), "NULL", "CAST_INVALID_INPUT"},
		{str, "2024-2-30", types.DateType, "NULL", "CAST_INVALID_INPUT"},
		{str, " 2024-2-9 ", types.DateType, "2024-02-09", ""},
		{str, "2024", types.DateType, "2024-01-01", ""},
		{str, "2024-02-09T10:00", types.DateType, "2024-02-09", ""},
		{str, "2024-02 10", types.DateType, "NULL", "CAST_INVALID_INPUT"},
		{str, "+12345-01-01", types.DateType, "+12345-01-01", ""},
		{str, "2024-03-10 02:30:00", types.TimestampType, "2024-03-10 03:30:00", ""},
		{str, "2024-11-03 01:30:00", types.TimestampType, "2024-11-03 01:30:00", ""},
		{str, "2024-05-01T12:34:56.1234567Z", types.TimestampType, "2024-05-01 05:34:56.123456", ""},
		{str, "2024-05-01 12:00:00 Europe/Paris", types.TimestampType, "2024-05-01 03:00:00", ""},
		{str, "2024-05-01 12:00:00+1:30", types.TimestampType, "2024-05-01 03:30:00", ""},
		{str, "2024-05-01 12", types.TimestampType, "2024-05-01 12:00:00", ""},
		{str, "12:34", types.TimestampType, "2024-05-06 12:34:00", ""},
		{str, "T12:34:56", types.TimestampType, "2024-05-06 12:34:56", ""},
		{str, "2024-05-01 25:00:00", types.TimestampType, "NULL", "CAST_INVALID_INPUT"},
		{str, "2024-05-01 12:00:00.5", types.TimestampNTZType, "2024-05-01 12:00:00.5", ""},
		{str, "interval 3 month 1 hour", types.CalendarType, "3 months 1 hours", ""},
		{str, "1 12:30:01.5", types.NewDayTime(day, second), "1 12:30:01.500000000", ""},
		{str, "interval '3-1' year to month", types.NewYearMonth(0, 1), "3-1", ""},
		{str, "abc", types.BinaryType, "abc", ""},
		{types.LongType, int64(300), types.ByteType, "44", "CAST_OVERFLOW"},
		{types.LongType, int64(1) << 40, types.IntType, "0", "CAST_OVERFLOW"},
		{types.DoubleType, 1e20, types.IntType, "2147483647", "CAST_OVERFLOW"},
		{types.DoubleType, 1e20, types.ByteType, "-1", "CAST_OVERFLOW"},
		{types.DoubleType, 127.9, types.ByteType, "127", ""},
		{types.DoubleType, -3.99, types.LongType, "-3", ""},
		{types.DoubleType, 1.005, dec(5, 2), "1.01", ""},
		{types.DoubleType, 1e10, dec(5, 2), "NULL", "NUMERIC_VALUE_OUT_OF_RANGE"},
		{dec(10, 2), i128(12345), types.IntType, "123", ""},
		{dec(10, 2), i128(-12355), dec(10, 1), "-123.6", ""},
		{dec(10, 2), i128(12345), dec(38, 20), "123.45000000000000000000", ""},
		{dec(10, 2), i128(12345), dec(4, 2), "NULL", "NUMERIC_VALUE_OUT_OF_RANGE"},
		{dec(10, 2), i128(12345), types.DoubleType, "123.45", ""},
		{dec(38, 2), i128(12345), str, "123.45", ""},
		{dec(18, 10), i128(1), str, "1E-10", "0.0000000001"},
		{types.IntType, int32(12), dec(3, 1), "12.0", ""},
		{types.IntType, int32(123), dec(3, 1), "NULL", "NUMERIC_VALUE_OUT_OF_RANGE"},
		{types.IntType, int32(0), types.BooleanType, "false", ""},
		{types.BooleanType, true, types.LongType, "1", ""},
		{types.BooleanType, true, dec(1, 1), "NULL", "NUMERIC_VALUE_OUT_OF_RANGE"},
		{types.DoubleType, 1e7, str, "1.0E7", ""},
		{types.DoubleType, 0.001, str, "0.001", ""},
		{types.DoubleType, 1.5e-5, str, "1.5E-5", ""},
		{types.DoubleType, 123456.0, str, "123456.0", ""},
		{types.FloatType, float32(0.1), str, "0.1", ""},
		{types.FloatType, float32(0.1), types.DoubleType, "0.10000000149011612", ""},
		{types.LongType, int64(1), types.TimestampType, "1969-12-31 16:00:01", ""},
		{types.DoubleType, 1.5, types.TimestampType, "1969-12-31 16:00:01.5", ""},
		{types.TimestampType, int64(1_500_000), types.DoubleType, "1.5", ""},
		{types.TimestampType, int64(-1), types.LongType, "-1", ""},
		{types.TimestampType, int64(0), types.DateType, "1969-12-31", ""},
		{types.DateType, int32(0), types.TimestampType, "1970-01-01 00:00:00", ""},
		{types.DateType, int32(0), types.TimestampNTZType, "1970-01-01 00:00:00", ""},
		{types.DateType, int32(-719529), str, "-0001-12-31", ""},
		{types.NewDayTime(day, second), int64(-90061500000), str, "INTERVAL '-1 01:01:01.5' DAY TO SECOND", ""},
		{types.NewDayTime(second, second), int64(-10123456), types.ByteType, "-10", ""},
		{types.NewYearMonth(0, 1), int32(-122), types.ShortType, "-122", ""},
		{types.NewYearMonth(1, 1), int32(14), str, "INTERVAL '14' MONTH", ""},
		{types.NewDayTime(second, second), int64(10005000), dec(4, 2), "10.01", ""},
		{dec(8, 6), i128(80654321), types.NewDayTime(types.UnitHour, types.UnitMinute), "0 01:20:00.000000000", ""},
		{types.NewArray(str, true), []any{"1", nil, "x"}, types.NewArray(types.IntType, true), "[1,null,null]", "CAST_INVALID_INPUT"},
		{types.NewArray(types.IntType, true), []any{int32(1), nil}, str, "[1, null]", ""},
		{types.NewMap(str, types.DoubleType, true), []vector.Pair{{Key: "a", Value: 1.0}, {Key: "b", Value: nil}}, str, "{a -> 1.0, b -> null}", ""},
		{types.NewStruct(types.Field{Name: "a", Type: types.IntType, Nullable: true}, types.Field{Name: "b", Type: str, Nullable: true}), []any{nil, "x"}, str, "{null, x}", ""},
	} {
		f, err := Bind(c.from, c.to, Legacy)
		if err != nil {
			t.Errorf("%v %s to %s: %v", c.value, c.from, c.to, err)
			continue
		}
		r, err := f(ctx, vector.Of(c.from, c.value, nil))
		if err != nil {
			t.Errorf("%v %s to %s: %v", c.value, c.from, c.to, err)
			continue
		}
		if g := Hive(r, 0, ctx.Zone); g != c.legacy || !r.IsNull(1) {
			t.Errorf("%v %s to %s: got %s, want %s; NULL: %t", c.value, c.from, c.to, g, c.legacy, r.IsNull(1))
		}
		if !Allowed(c.from, c.to, ANSI) {
			continue
		}
		if f, err = Bind(c.from, c.to, ANSI); err != nil {
			t.Error(err)
			continue
		}
		r, err = f(ctx, vector.ConstOf(c.from, c.value, 3))
		switch {
		case err != nil:
			if c.ansi == "" || !sqlerr.Is(err, c.ansi) {
				t.Errorf("ansi %v %s to %s: %v, want %s", c.value, c.from, c.to, err, c.ansi)
			}
		case c.ansi != "" && Hive(r, 2, ctx.Zone) != c.ansi || c.ansi == "" && Hive(r, 2, ctx.Zone) != c.legacy:
			t.Errorf("ansi %v %s to %s: %s", c.value, c.from, c.to, Hive(r, 2, ctx.Zone))
		}
		if f, err = Bind(c.from, c.to, Try); err != nil {
			t.Error(err)
		} else if _, err := f(ctx, vector.Of(c.from, c.value, nil)); err != nil {
			t.Errorf("try %v %s to %s: %v", c.value, c.from, c.to, err)
		}
	}
}

func TestIntervalOverflowAlwaysFails(t *testing.T) {
	ctx := testContext(t)
	f, err := Bind(types.IntType, types.NewYearMonth(0, 0), Legacy)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f(ctx, vector.Of(types.IntType, int32(2147483647))); !sqlerr.Is(err, "CAST_OVERFLOW") {
		t.Errorf("got %v", err)
	}
}

func TestLengths(t *testing.T) {
	ctx := testContext(t)
	for _, c := range []struct {
		to       *types.Type
		in, want string
	}{
		{types.NewChar(3), "a", "a  "},
		{types.NewChar(3), "abc   ", "abc"},
		{types.NewVarchar(3), "ab ", "ab "},
		{types.NewVarchar(3), "éèà  ", "éèà"},
		{types.NewVarchar(3), "abcd", "error"},
	} {
		f, err := Bind(types.StringType, c.to, Store)
		if err != nil {
			t.Fatal(err)
		}
		r, err := f(ctx, vector.Of(types.StringType, c.in))
		got := "error"
		if err == nil {
			got = Hive(r, 0, nil)
		}
		if got != c.want {
			t.Errorf("%s of %q: %q, want %q (%v)", c.to, c.in, got, c.want, err)
		}
	}
}

func TestDictionaryIsCastOnce(t *testing.T) {
	ctx := testContext(t)
	d := vector.Of(types.StringType, "1", "bad")
	v := &vector.Vector{Type: types.StringType, Form: vector.Dict, Len: 3, Codes: []uint32{0, 0, 0}, Dictionary: d}
	f, _ := Bind(types.StringType, types.IntType, Legacy)
	r, err := f(ctx, v)
	if err != nil || r.Form != vector.Dict || r.Value(2) != int32(1) {
		t.Errorf("got %v, %v", r, err)
	}
	// An entry that no row uses must not fail the cast.
	f, _ = Bind(types.StringType, types.IntType, ANSI)
	if r, err = f(ctx, v); err != nil || r.Value(2) != int32(1) {
		t.Errorf("got %v, %v", r, err)
	}
}

func TestCivil(t *testing.T) {
	for day := int64(-800000); day < 800000; day += 977 {
		y, m, d := Civil(day)
		g := time.Unix(day*86400, 0).UTC()
		if g.Year() != y || int(g.Month()) != m || g.Day() != d || Days(y, m, d) != day {
			t.Fatalf("day %d: %d-%d-%d, want %s", day, y, m, d, g)
		}
	}
	if d := AddMonths(Days(2024, 1, 31), 1); d != Days(2024, 2, 29) {
		t.Error(FormatDate(int32(d)))
	}
	if d := AddMonths(Days(2024, 1, 31), -14); d != Days(2022, 11, 30) {
		t.Error(FormatDate(int32(d)))
	}
}

func TestHiveNested(t *testing.T) {
	ty := types.NewStruct(types.Field{Name: "a", Type: types.NewArray(types.StringType, true)}, types.Field{Name: "m", Type: types.NewMap(types.IntType, types.StringType, true)})
	v := vector.Of(ty, []any{[]any{"x", nil}, []vector.Pair{{Key: int32(2), Value: "b"}, {Key: int32(1), Value: nil}}})
	if g := Hive(v, 0, nil); g != `{"a":["x",null],"m":{1:null,2:"b"}}` {
		t.Error(g)
	}
}

func TestParseInterval(t *testing.T) {
	for in, want := range map[string]string{
		"1 year 2 months -3 days":       "1 years 2 months -3 days",
		"INTERVAL 1.5 seconds":          "1.5 seconds",
		"- 1 week 2 hours":              "-7 days 2 hours",
		".25 second":                    "0.25 seconds",
		"5 milliseconds 7 microseconds": "0.005007 seconds",
		"0 day":                         "0 seconds",
		"":                              "error",
		"interval":                      "error",
		"1":                             "error",
		"1.5 days":                      "error",
		"1 fortnight":                   "error",
		"3000000000 days":               "error",
		"1 day 2":                       "error",
		"intervalx 1 day":               "error",
		"1 yearsx":                      "error",
		"-9223372036854775 seconds -775808 micros": "error",
	} {
		x, err := ParseInterval(in)
		got := "error"
		if err == nil {
			got = FormatInterval(x)
		}
		if got != want {
			t.Errorf("%q: %s, want %s (%v)", in, got, want, err)
		}
	}
}
