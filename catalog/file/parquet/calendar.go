package parquet

import (
	"strings"

	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// oldCalendar says whether a leaf's dates or timestamps are of the hybrid calendar that Spark before 3.0 (and later ones in
// their legacy mode) wrote: Julian before 1582-10-15.
func (f *File) oldCalendar(n *node) bool {
	switch n.typ.Kind {
	case types.Date, types.Timestamp:
	default:
		return false
	}
	if v, ok := f.KeyValue(sparkVersionKey); ok && (strings.HasPrefix(v, "1.") || strings.HasPrefix(v, "2.")) {
		return true
	}
	key := legacyDatesKey
	if n.element.physical == physInt96 {
		key = legacyInt96Key
	}
	_, ok := f.KeyValue(key)
	return ok
}

// toNewCalendar changes old dates and timestamps in place so that they show the same day in the proleptic Gregorian
// calendar. Timestamps are taken in UTC.
func toNewCalendar(v *vector.Vector) {
	for i, d := range v.I32 {
		if d < firstNewCalendar {
			v.I32[i] = int32(julianToGregorian(int64(d)))
		}
	}
	for i, x := range v.I64 {
		if x < firstNewCalendar*microsPerDay {
			day := x / microsPerDay
			if x%microsPerDay < 0 {
				day--
			}
			v.I64[i] = x + (julianToGregorian(day)-day)*microsPerDay
		}
	}
}

// julianToGregorian gives the day (since 1970) whose Gregorian date reads as the Julian date of a day.
func julianToGregorian(day int64) int64 {
	j := day + 719470 // days since 0000-03-01 of the Julian calendar
	year := floorDiv(4*j+3, 1461)
	dayOfYear := j - floorDiv(1461*year, 4)
	// Years counted from March differ at their end alone, so the day of the year stays.
	return floorDiv(1461*year, 4) - floorDiv(year, 100) + floorDiv(year, 400) + dayOfYear - 719468
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}
