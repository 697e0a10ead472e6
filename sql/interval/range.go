package interval

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/argan-sql/argan/types"
)

// ErrUnits is the error of two units that make no range, such as YEAR TO SECOND.
var ErrUnits = errors.New("intervals from one unit to the other are not supported")

// rangePatterns give the format of each pair of units, in upper case.
var rangePatterns = map[[2]string]struct {
	format  string
	pattern *regexp.Regexp
	fields  []string
}{
	{"YEAR", "MONTH"}:    {"[+|-]y-m", regexp.MustCompile(`^([+-])?(\d+)-(\d+)$`), []string{"year", "month"}},
	{"DAY", "HOUR"}:      {"[+|-]d h", regexp.MustCompile(`^([+-])?(\d+) (\d{1,2})$`), []string{"day", "hour"}},
	{"DAY", "MINUTE"}:    {"[+|-]d h:m", regexp.MustCompile(`^([+-])?(\d+) (\d{1,2}):(\d{1,2})$`), []string{"day", "hour", "minute"}},
	{"DAY", "SECOND"}:    {"[+|-]d h:m:s.n", regexp.MustCompile(`^([+-])?(\d+) (\d{1,2}):(\d{1,2}):(\d{1,2}(?:\.\d{1,9})?)$`), []string{"day", "hour", "minute", "second"}},
	{"HOUR", "MINUTE"}:   {"[+|-]h:m", regexp.MustCompile(`^([+-])?(\d+):(\d{1,2})$`), []string{"hour", "minute"}},
	{"HOUR", "SECOND"}:   {"[+|-]h:m:s.n", regexp.MustCompile(`^([+-])?(\d+):(\d{1,2}):(\d{1,2}(?:\.\d{1,9})?)$`), []string{"hour", "minute", "second"}},
	{"MINUTE", "SECOND"}: {"[+|-]m:s.n", regexp.MustCompile(`^([+-])?(\d+):(\d{1,2}(?:\.\d{1,9})?)$`), []string{"minute", "second"}},
}

// firstLimits are the largest values of the fields where they come first, fieldLimits where others stand before them.
var (
	firstLimits = map[string]int64{"year": math.MaxInt32 / 12, "day": math.MaxInt64 / microsPerDay, "hour": math.MaxInt64 / microsPerHour, "minute": math.MaxInt64 / microsPerMinute}
	fieldLimits = map[string]int64{"month": 11, "hour": 23, "minute": 59, "second": 59}
)

// ParseRange reads the text of an interval from one unit to another, upper case, such as '1-2' YEAR TO MONTH.
func ParseRange(text, from, to string) (types.Interval, error) {
	form, ok := rangePatterns[[2]string{from, to}]
	if !ok {
		return types.Interval{}, ErrUnits
	}
	text = strings.TrimSpace(text)
	m := form.pattern.FindStringSubmatch(text)
	if m == nil {
		return types.Interval{}, fmt.Errorf("interval string must match %s format of '%s': %s", kindOf(from), form.format, text)
	}
	sign := int64(1)
	if m[1] == "-" {
		sign = -1
	}
	var s sum
	for i, field := range form.fields {
		whole, fraction, _ := strings.Cut(m[i+2], ".")
		limit := fieldLimits[field]
		if i == 0 {
			limit = firstLimits[field]
		}
		n, err := strconv.ParseInt(whole, 10, 64)
		if err != nil || n > limit {
			return types.Interval{}, fmt.Errorf("%s %s outside range [0, %d]", field, whole, limit)
		}
		if err := s.add(sign*n, units[field]); err != nil {
			return types.Interval{}, err
		}
		if fraction != "" {
			nanos, _ := strconv.ParseInt((fraction + "000000000")[:9], 10, 64)
			if err := s.add(sign*(nanos/1000), unit{micros: 1}); err != nil {
				return types.Interval{}, err
			}
		}
	}
	return s.interval(), nil
}

func kindOf(from string) string {
	if from == "YEAR" {
		return "year-month"
	}
	return "day-time"
}

// typeUnits place the names of units, in lower case and singular, in the units of types.
var typeUnits = map[string]types.IntervalUnit{
	"year": types.UnitYear, "month": types.UnitMonth, "week": types.UnitDay, "day": types.UnitDay,
	"hour": types.UnitHour, "minute": types.UnitMinute, "second": types.UnitSecond, "millisecond": types.UnitSecond, "microsecond": types.UnitSecond,
}

// TypeUnit is the unit of interval types that a unit's name (any case, plural or not) falls into.
func TypeUnit(name string) (types.IntervalUnit, bool) {
	u, ok := typeUnits[strings.TrimSuffix(strings.ToLower(name), "s")]
	return u, ok
}

// TypeOf is the type of an interval written with these units; nil when it mixes year-month and day-time units or names none.
func TypeOf(names []string) *types.Type {
	from, to := types.UnitSecond, types.UnitYear
	for _, name := range names {
		u, ok := TypeUnit(name)
		if !ok {
			return nil
		}
		from, to = min(from, u), max(to, u)
	}
	switch {
	case len(names) == 0 || from <= types.UnitMonth && to > types.UnitMonth:
		return nil
	case to <= types.UnitMonth:
		return types.NewYearMonth(from, to)
	}
	return types.NewDayTime(from, to)
}

// Duration is the interval with its days counted in as microseconds: the value of a day-time type.
func Duration(i types.Interval) (types.Interval, error) {
	s := sum{months: int64(i.Months), micros: i.Micros}
	if err := s.add(int64(i.Days), unit{micros: microsPerDay}); err != nil {
		return types.Interval{}, err
	}
	return s.interval(), nil
}
