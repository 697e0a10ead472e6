package datetime

import (
	"testing"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/functest"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

type (
	date      = functest.Date
	timestamp = functest.Timestamp
	decimal   = functest.Decimal
)

func ntz(local int64) *vector.Vector { return vector.Of(types.TimestampNTZType, local) }

func TestFunctions(t *testing.T) {
	for _, c := range []struct {
		name string
		args []any
		want string
	}{
		{"year", []any{date("2021-01-03")}, "2021"},
		{"quarter", []any{date("2016-08-31")}, "3"},
		{"weekofyear", []any{date("2021-01-03")}, "53"},
		{"weekofyear", []any{date("2024-12-30")}, "1"},
		{"dayofweek", []any{date("2021-01-03")}, "1"},
		{"weekday", []any{date("2021-01-03")}, "6"},
		{"dayofyear", []any{"2016-04-09"}, "100"},
		{"year", []any{date("-0044-03-15")}, "-44"},
		{"hour", []any{timestamp("2024-01-01 00:30:00Z")}, "16"},
		{"minute", []any{timestamp("2024-01-01 00:30:00+05:30")}, "0"},
		{"second", []any{"2024-01-01 00:00:59.9"}, "59"},
		{"date_part", []any{"YEAROFWEEK", date("2021-01-03")}, "2020"},
		{"date_part", []any{"dow_iso", date("2021-01-03")}, "7"},
		{"date_part", []any{"seconds", timestamp("2019-10-01 00:00:01.000001")}, "1.000001"},
		{"date_part", []any{"nope", date("2021-01-03")}, "INVALID_EXTRACT_FIELD"},
		{"date_part", []any{"month", vector.Of(types.NewYearMonth(types.UnitYear, types.UnitMonth), int32(2021*12+11))}, "11"},
		{"date_part", []any{"day", vector.Of(types.NewDayTime(types.UnitDay, types.UnitSecond), int64(31*86400+16*3600)*1_000_000)}, "31"},
		{"date_add", []any{date("2024-02-28"), 2}, "2024-03-01"},
		{"date_add", []any{"2011-11-11", "1"}, "2011-11-12"},
		{"date_add", []any{"2011-11-11", int64(1)}, "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE"},
		{"date_sub", []any{date("2024-03-01"), 1}, "2024-02-29"},
		{"datediff", []any{date("2024-03-01"), date("2024-02-01")}, "29"},
		{"add_months", []any{date("2024-01-31"), 1}, "2024-02-29"},
		{"months_between", []any{"1997-02-28 10:30:00", "1996-10-30"}, "3.94959677"},
		{"months_between", []any{date("2024-03-31"), date("2024-02-29")}, "1.0"},
		{"last_day", []any{date("2024-02-10")}, "2024-02-29"},
		{"next_day", []any{date("2024-02-10"), "MON"}, "2024-02-12"},
		{"next_day", []any{date("2024-02-10"), "xx"}, "NULL"},
		{"trunc", []any{date("2024-05-17"), "QUARTER"}, "2024-04-01"},
		{"trunc", []any{date("2024-05-17"), "week"}, "2024-05-13"},
		{"trunc", []any{date("2024-05-17"), "day"}, "NULL"},
		{"date_trunc", []any{"week", timestamp("2024-05-17 10:11:12")}, "2024-05-13 00:00:00"},
		{"date_trunc", []any{"hour", timestamp("2024-11-03 09:30:00Z")}, "2024-11-03 01:00:00"},
		{"date_trunc", []any{"millisecond", timestamp("2024-05-17 10:11:12.123456")}, "2024-05-17 10:11:12.123"},
		{"to_date", []any{"05.07.2024", "dd.MM.yyyy"}, "2024-07-05"},
		{"to_date", []any{"2024-02-30"}, "NULL"},
		{"to_timestamp", []any{"2024-05-07T08:09:10Z"}, "2024-05-07 01:09:10"},
		{"to_timestamp", []any{1}, "1969-12-31 16:00:01"},
		{"to_timestamp", []any{"1", "yy"}, "INCONSISTENT_BEHAVIOR_CROSS_VERSION.PARSE_DATETIME_BY_NEW_PARSER"},
		{"to_timestamp_ntz", []any{"2016-12-31 00:12:00"}, "2016-12-31 00:12:00"},
		{"try_to_timestamp", []any{"bad"}, "NULL"},
		{"date_format", []any{timestamp("2024-05-07 08:09:10.123456"), "yyyy/MM/dd HH:mm:ss.SSS EEEE MMM D"}, "2024/05/07 08:09:10.123 Tuesday May 128"},
		{"from_unixtime", []any{int64(1710000000), "yyyy-MM-dd HH"}, "2024-03-09 08"},
		{"unix_timestamp", []any{"2016-04-08", "yyyy-MM-dd"}, "1460098800"},
		{"unix_timestamp", []any{}, "1714979289"},
		{"to_unix_timestamp", []any{date("2016-04-08")}, "1460098800"},
		{"unix_micros", []any{timestamp("2020-12-01 14:30:08.999999Z")}, "1606833008999999"},
		{"unix_millis", []any{timestamp("1969-12-31 23:59:59.9999Z")}, "-1"},
		{"unix_date", []any{date("2022-01-08")}, "19000"},
		{"date_from_unix_date", []any{19000}, "2022-01-08"},
		{"timestamp_seconds", []any{decimal("1.5")}, "1969-12-31 16:00:01.5"},
		{"timestamp_seconds", []any{decimal("0.1234567")}, "DATETIME_OVERFLOW"},
		{"timestamp_seconds", []any{0.1234567}, "1969-12-31 16:00:00.123456"},
		{"timestamp_millis", []any{int64(92233720368547758)}, "DATETIME_OVERFLOW"},
		{"make_date", []any{2024, 2, 30}, "NULL"},
		{"make_date", []any{2013, 7, 15}, "2013-07-15"},
		{"make_timestamp", []any{2021, 7, 11, 6, 30, decimal("45.678"), "CET"}, "2021-07-10 21:30:45.678"},
		{"make_timestamp", []any{2021, 7, 11, 6, 30, decimal("60.007")}, "NULL"},
		{"make_timestamp", []any{2021, 7, 11, 6, 30, 60}, "2021-07-11 06:31:00"},
		{"make_interval", []any{1, 2, 0, 3}, "1 years 2 months 3 days"},
		{"make_dt_interval", []any{1, 2, 3, decimal("4.5")}, "1 02:03:04.500000000"},
		{"make_dt_interval", []any{2147483647}, "INTERVAL_ARITHMETIC_OVERFLOW"},
		{"make_ym_interval", []any{1, 2}, "1-2"},
		{"from_utc_timestamp", []any{timestamp("2024-07-01 12:00:00"), "Europe/Madrid"}, "2024-07-01 14:00:00"},
		{"to_utc_timestamp", []any{timestamp("2024-07-01 12:00:00"), "Europe/Madrid"}, "2024-07-01 10:00:00"},
		{"from_utc_timestamp", []any{timestamp("2024-07-01 12:00:00"), "Nowhere"}, "INVALID_PARAMETER_VALUE.PATTERN"},
		{"convert_timezone", []any{"UTC", "Asia/Tokyo", ntz(0)}, "1970-01-01 09:00:00"},
		{"timestampadd", []any{"MONTH", -1, timestamp("2022-02-14 01:02:03")}, "2022-01-14 01:02:03"},
		{"timestampadd", []any{"DAY", 1, timestamp("2024-03-09 02:30:00")}, "2024-03-10 03:30:00"},
		{"timestampadd", []any{"FORTNIGHT", 1, timestamp("2024-03-09 02:30:00")}, "INVALID_PARAMETER_VALUE.DATETIME_UNIT"},
		{"timestampdiff", []any{"MONTH", timestamp("2024-01-31 00:00:00"), timestamp("2024-03-01 00:00:00")}, "1"},
		{"timestampdiff", []any{"SECOND", date("2022-02-15"), timestamp("2022-02-14 23:59:59")}, "-1"},
		{"current_date", []any{}, "2024-05-06"},
		{"current_timestamp", []any{}, "2024-05-06 00:08:09"},
		{"localtimestamp", []any{}, "2024-05-06 00:08:09"},
		{"window", []any{timestamp("2021-01-01 00:03:00"), "5 minutes"}, `{"start":2021-01-01 00:00:00,"end":2021-01-01 00:05:00}`},
		{"window", []any{timestamp("2021-01-01 00:03:00"), "5 minutes", "10 minutes"}, "DATATYPE_MISMATCH.PARAMETER_CONSTRAINT_VIOLATION"},
		{"session_window", []any{timestamp("2021-01-01 00:03:00"), "5 minutes"}, "UNSUPPORTED_FEATURE.ARGAN"},
	} {
		if got := functest.Call(t, c.name, c.args...); got != c.want {
			t.Errorf("%s%v = %s, want %s", c.name, c.args, got, c.want)
		}
	}
}

func TestANSI(t *testing.T) {
	ctx := functest.Context(t)
	ctx.ANSI = true
	for _, c := range []struct {
		name string
		args []any
		want string
	}{
		{"to_timestamp", []any{"02-29", "MM-dd"}, "CANNOT_PARSE_TIMESTAMP"},
		{"try_to_timestamp", []any{"02-29", "MM-dd"}, "NULL"},
		{"make_date", []any{2024, 2, 30}, "_LEGACY_ERROR_TEMP_2000"},
		{"make_timestamp", []any{2021, 7, 11, 6, 30, decimal("60.007")}, "INVALID_FRACTION_OF_SECOND"},
	} {
		if got := functest.CallIn(t, ctx, c.name, c.args...); got != c.want {
			t.Errorf("%s%v = %s, want %s", c.name, c.args, got, c.want)
		}
	}
}

func TestTimeParserPolicy(t *testing.T) {
	for policy, want := range map[string]string{"": "INCONSISTENT_BEHAVIOR_CROSS_VERSION.PARSE_DATETIME_BY_NEW_PARSER", "corrected": "NULL", "LEGACY": "UNSUPPORTED_FEATURE.ARGAN"} {
		ctx := functest.Context(t)
		ctx.Setting = func(string) string { return policy }
		if got := functest.CallIn(t, ctx, "to_timestamp", "1", "yy"); got != want {
			t.Errorf("policy %q: %s, want %s", policy, got, want)
		}
	}
}

func TestOverlappingWindows(t *testing.T) {
	g := function.FindGenerator("window")
	ts := functest.Literal(t, timestamp("2021-01-01 00:03:00"))
	b, err := g.Bind([]function.Arg{{Type: ts.Type}, {Type: types.StringType, Const: functest.Literal(t, "10 minutes")}, {Type: types.StringType, Const: functest.Literal(t, "5 minutes")}}, false)
	if err != nil {
		t.Fatal(err)
	}
	cols, parent, err := b.Eval(functest.Context(t), []*vector.Vector{ts}, 1, false)
	if err != nil {
		t.Fatal(err)
	}
	if len(parent) != 2 || cols[0].Len != 2 || cols[0].Children[1].I64[0]-cols[0].Children[0].I64[0] != 600_000_000 {
		t.Errorf("%d windows of %d rows", cols[0].Len, len(parent))
	}
}
