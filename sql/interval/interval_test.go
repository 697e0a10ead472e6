package interval

import (
	"errors"
	"testing"

	"github.com/argan-sql/argan/types"
)

func TestParse(t *testing.T) {
	tests := []struct {
		text string
		want types.Interval
		bad  bool
	}{
		{text: "1 day", want: types.Interval{Days: 1}},
		{text: " interval  1 Year 2 MONTHS -3 weeks", want: types.Interval{Months: 14, Days: -21}},
		{text: "1.5 seconds", want: types.Interval{Micros: 1_500_000}},
		{text: "-.5 second", want: types.Interval{Micros: -500_000}},
		{text: "-1.000001 second", want: types.Interval{Micros: -1_000_001}},
		{text: "- 1 hour + 2 minutes 3 milliseconds 4 microseconds", want: types.Interval{Micros: -3600_000_000 + 120_000_000 + 3004}},
		{text: "-2147483648 months 2147483647 days", want: types.Interval{Months: -2147483648, Days: 2147483647}},
		{text: "-9223372036854775808 microseconds", want: types.Interval{Micros: -9223372036854775808}},
		{text: "9223372036854775808 microseconds", bad: true},
		{text: "2147483648 months", bad: true},
		{text: "178956971 years", bad: true},
		{text: "1.5 days", bad: true},
		{text: "1 fortnight", bad: true},
		{text: "1", bad: true},
		{text: "day", bad: true},
		{text: "1day", bad: true},
		{text: "1.0123456789 seconds", bad: true},
		{text: "", bad: true},
		{text: "interval", bad: true},
		{text: "intervals 1 day", bad: true},
		{text: ". second", bad: true},
	}
	for _, test := range tests {
		got, err := Parse(test.text)
		if (err != nil) != test.bad || got != test.want {
			t.Errorf("%q: got %+v, %v", test.text, got, err)
		}
	}
}

func TestParseRange(t *testing.T) {
	tests := []struct {
		text, from, to string
		want           types.Interval
		bad            bool
	}{
		{text: "1-2", from: "YEAR", to: "MONTH", want: types.Interval{Months: 14}},
		{text: " -1-11 ", from: "YEAR", to: "MONTH", want: types.Interval{Months: -23}},
		{text: "1-12", from: "YEAR", to: "MONTH", bad: true},
		{text: "178956970-8", from: "YEAR", to: "MONTH", bad: true},
		{text: "-178956970-8", from: "YEAR", to: "MONTH", want: types.Interval{Months: -2147483648}},
		{text: "1 2", from: "DAY", to: "HOUR", want: types.Interval{Days: 1, Micros: 2 * microsPerHour}},
		{text: "-20 15:40:32.99899999", from: "DAY", to: "SECOND", want: types.Interval{Days: -20, Micros: -(15*microsPerHour + 40*microsPerMinute + 32_998_999)}},
		{text: "1 24:00", from: "DAY", to: "MINUTE", bad: true},
		{text: "2562047788:00", from: "HOUR", to: "MINUTE", want: types.Interval{Micros: 2562047788 * microsPerHour}},
		{text: "15:40.99", from: "HOUR", to: "SECOND", bad: true},
		{text: "40:32.99", from: "MINUTE", to: "SECOND", want: types.Interval{Micros: 40*microsPerMinute + 32_990_000}},
	}
	for _, test := range tests {
		got, err := ParseRange(test.text, test.from, test.to)
		if (err != nil) != test.bad || got != test.want {
			t.Errorf("%q %s TO %s: got %+v, %v", test.text, test.from, test.to, got, err)
		}
	}
	if _, err := ParseRange("1", "YEAR", "SECOND"); !errors.Is(err, ErrUnits) {
		t.Errorf("YEAR TO SECOND: %v", err)
	}
}

func TestTypeOf(t *testing.T) {
	tests := []struct {
		names []string
		want  string
	}{
		{[]string{"year"}, "interval year"},
		{[]string{"MONTH", "YEARS"}, "interval year to month"},
		{[]string{"week", "milliseconds"}, "interval day to second"},
		{[]string{"hour"}, "interval hour"},
	}
	for _, test := range tests {
		if got := TypeOf(test.names); got == nil || got.String() != test.want {
			t.Errorf("%v: got %v, want %s", test.names, got, test.want)
		}
	}
	for _, names := range [][]string{nil, {"month", "day"}, {"nanosecond"}} {
		if got := TypeOf(names); got != nil {
			t.Errorf("%v: got %v, want none", names, got)
		}
	}
}
