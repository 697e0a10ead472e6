package cast

import (
	"time"
)

// Units of time in microseconds.
const (
	microsPerSecond = 1_000_000
	microsPerMinute = 60 * microsPerSecond
	microsPerHour   = 60 * microsPerMinute
	// MicrosPerDay is the length of a day of 24 hours.
	MicrosPerDay = 24 * microsPerHour
)

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

// Civil is the date of a day number since 1970-01-01, proleptic Gregorian.
func Civil(day int64) (year, month, dayOfMonth int) {
	z := day + 719468
	era := floorDiv(z, 146097)
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	d := doy - (153*mp+2)/5 + 1
	m := mp + 3
	y := yoe + era*400
	if m > 12 {
		m -= 12
		y++
	}
	return int(y), int(m), int(d)
}

// Days is the day number of a date; the date must exist (see DaysInMonth).
func Days(year, month, dayOfMonth int) int64 {
	y, m := int64(year), int64(month)
	if m <= 2 {
		y--
		m += 12
	}
	era := floorDiv(y, 400)
	yoe := y - era*400
	doy := (153*(m-3)+2)/5 + int64(dayOfMonth) - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return era*146097 + doe - 719468
}

// DaysInMonth is the length of a month.
func DaysInMonth(year, month int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// AddMonths moves a day number by months; the day of the month is cut at the month's end.
func AddMonths(day int64, months int64) int64 {
	y, m, d := Civil(day)
	n := int64(y)*12 + int64(m-1) + months
	y, m = int(floorDiv(n, 12)), int(n-floorDiv(n, 12)*12)+1
	return Days(y, m, min(d, DaysInMonth(y, m)))
}

func offsetAt(sec int64, zone *time.Location) int64 {
	_, off := time.Unix(sec, 0).In(zone).Zone()
	return int64(off)
}

// LocalToInstant is the instant (microseconds) at which clocks in the zone show local (microseconds of a wall clock). A time that
// the clocks skip moves on by the gap; one they show twice is the first.
func LocalToInstant(local int64, zone *time.Location) int64 {
	if zone == time.UTC || zone == nil {
		return local
	}
	sec := floorDiv(local, microsPerSecond)
	before := offsetAt(sec-86400, zone)
	if offsetAt(sec-before, zone) == before {
		return local - before*microsPerSecond
	}
	after := offsetAt(sec+86400, zone)
	if offsetAt(sec-after, zone) == after {
		return local - after*microsPerSecond
	}
	return local - before*microsPerSecond
}

// InstantToLocal is what clocks in the zone show at an instant, both in microseconds.
func InstantToLocal(instant int64, zone *time.Location) int64 {
	if zone == time.UTC || zone == nil {
		return instant
	}
	return instant + offsetAt(floorDiv(instant, microsPerSecond), zone)*microsPerSecond
}

// DateToInstant is the instant of a date's midnight in the zone.
func DateToInstant(day int32, zone *time.Location) int64 {
	return LocalToInstant(int64(day)*MicrosPerDay, zone)
}

// InstantToDate is the date in the zone at an instant.
func InstantToDate(instant int64, zone *time.Location) int32 {
	return int32(floorDiv(InstantToLocal(instant, zone), MicrosPerDay))
}
