// Package interval reads the texts of intervals: '1 day 2 hours', and '1-2' YEAR TO MONTH.
//
// In: the text within the quotes. Out: months, days and microseconds, by Spark 3.5's rules of format and range. The parser
// uses it for literals; what the type of a literal is, is told by its units.
package interval

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/argan-sql/argan/types"
)

// Microseconds of the units.
const (
	microsPerMilli  = 1000
	microsPerSecond = 1000 * microsPerMilli
	microsPerMinute = 60 * microsPerSecond
	microsPerHour   = 60 * microsPerMinute
	microsPerDay    = 24 * microsPerHour
)

var errOverflow = errors.New("integer overflow")

// unit is how an amount of it counts.
type unit struct {
	months, days, micros int64
}

// units by name, singular.
var units = map[string]unit{
	"year": {months: 12}, "month": {months: 1}, "week": {days: 7}, "day": {days: 1}, "hour": {micros: microsPerHour},
	"minute": {micros: microsPerMinute}, "second": {micros: microsPerSecond}, "millisecond": {micros: microsPerMilli}, "microsecond": {micros: 1},
}

// KnownUnit says whether a lower-case, singular word is a unit.
func KnownUnit(name string) bool { _, ok := units[name]; return ok }

// sum adds up amounts without overflow.
type sum struct{ months, days, micros int64 }

func (s *sum) add(amount int64, u unit) error {
	for _, part := range []struct {
		total *int64
		per   int64
		limit int64
	}{{&s.months, u.months, math.MaxInt32}, {&s.days, u.days, math.MaxInt32}, {&s.micros, u.micros, math.MaxInt64}} {
		if part.per == 0 {
			continue
		}
		product := amount * part.per
		if product/part.per != amount {
			return errOverflow
		}
		total := *part.total + product
		if (total > *part.total) != (product > 0) && product != 0 || part.limit == math.MaxInt32 && total != int64(int32(total)) {
			return errOverflow
		}
		*part.total = total
	}
	return nil
}

func (s sum) interval() types.Interval {
	return types.Interval{Months: int32(s.months), Days: int32(s.days), Micros: s.micros}
}

// Parse reads amounts with units, such as "interval 1 year -2 days 3.5 seconds".
func Parse(text string) (types.Interval, error) {
	words := strings.ToLower(strings.TrimSpace(text))
	if words == "" {
		return types.Interval{}, errors.New("interval string cannot be empty")
	}
	if rest, ok := strings.CutPrefix(words, "interval"); ok {
		if rest == "" {
			return types.Interval{}, errors.New("interval string cannot be empty")
		}
		if !blank(rest[0]) {
			return types.Interval{}, fmt.Errorf("invalid interval prefix %s", firstWord(words))
		}
		words = strings.TrimSpace(rest)
		if words == "" {
			return types.Interval{}, errors.New("interval string cannot be empty")
		}
	}
	var s sum
	for words != "" {
		rest, err := s.read(words)
		if err != nil {
			return types.Interval{}, err
		}
		words = rest
	}
	return s.interval(), nil
}

func blank(c byte) bool { return c <= ' ' }

func trim(s string) string {
	return strings.TrimLeftFunc(s, func(r rune) bool { return r <= ' ' })
}

func firstWord(s string) string {
	if f := strings.Fields(s); len(f) > 0 {
		return f[0]
	}
	return s
}

// read takes one amount and unit off the front.
func (s *sum) read(words string) (rest string, err error) {
	all := words
	negative := false
	if words[0] == '-' || words[0] == '+' {
		negative = words[0] == '-'
		words = trim(words[1:])
	}
	i := 0
	var amount int64
	for ; i < len(words) && words[i] >= '0' && words[i] <= '9'; i++ {
		d := int64(words[i] - '0')
		if amount < (math.MinInt64+d)/10 { // counted downwards, for the smallest number
			return "", errOverflow
		}
		amount = amount*10 - d
	}
	digits := i
	fraction, hasFraction := int64(0), false
	if i < len(words) && words[i] == '.' {
		hasFraction = true
		i++
		scale := int64(100_000_000)
		for ; i < len(words) && words[i] >= '0' && words[i] <= '9'; i++ {
			if scale == 0 {
				return "", fmt.Errorf("interval can only support nanosecond precision, '%s' is out of range", firstWord(words))
			}
			fraction += int64(words[i]-'0') * scale
			scale /= 10
		}
		digits = max(digits, i-1)
	}
	if digits == 0 {
		return "", fmt.Errorf("unrecognized number '%s'", firstWord(words))
	}
	if i < len(words) && !blank(words[i]) {
		return "", fmt.Errorf("invalid value '%s'", firstWord(words))
	}
	words = trim(words[i:])
	if words == "" {
		return "", fmt.Errorf("expect a unit name after '%s' but hit EOL", strings.TrimSpace(all))
	}
	name := firstWord(words)
	u, ok := units[strings.TrimSuffix(name, "s")]
	if !ok {
		return "", fmt.Errorf("invalid unit '%s'", name)
	}
	if hasFraction && u.micros != microsPerSecond {
		return "", fmt.Errorf("'%s' cannot have fractional part", name)
	}
	if negative {
		err = s.add(amount, u)
		fraction = -fraction
	} else if amount == math.MinInt64 {
		err = errOverflow
	} else {
		err = s.add(-amount, u)
	}
	if err == nil && fraction != 0 {
		err = s.add(fraction/1000, unit{micros: 1})
	}
	return trim(words[len(name):]), err
}
