package pattern

import "github.com/argan-sql/argan/exec/cast"

// put sets a field; a field that comes twice must have the same value.
func (v *fields) put(bit uint32, field *int, n int) bool {
	if v.has&bit != 0 {
		return *field == n
	}
	v.has |= bit
	*field = n
	return true
}

// set sets the field of a letter, checking its range.
func (v *fields) set(letter byte, n int) bool {
	within := func(lo, hi int) bool { return n >= lo && n <= hi }
	switch letter {
	case 'y':
		return v.put(hasYear, &v.year, n)
	case 'M', 'L':
		return within(1, 12) && v.put(hasMonth, &v.month, n)
	case 'd':
		return within(1, 31) && v.put(hasDay, &v.day, n)
	case 'D':
		return within(1, 366) && v.put(hasDayOfYear, &v.dayOfYear, n)
	case 'H':
		return within(0, 23) && v.put(hasHour, &v.hour, n)
	case 'k':
		return within(1, 24) && v.put(hasClockHour, &v.clockHour, n)
	case 'K':
		return within(0, 11) && v.put(hasHour12, &v.hour12, n)
	case 'h':
		return within(1, 12) && v.put(hasClockHour12, &v.clockHour12, n)
	case 'm':
		return within(0, 59) && v.put(hasMinute, &v.minute, n)
	case 's':
		return within(0, 59) && v.put(hasSecond, &v.second, n)
	}
	return false
}

// date resolves the day: what is missing is taken from 1970-01-01, what is there too often must agree.
func (v *fields) date(eraInPattern bool) (int64, bool) {
	if eraInPattern && v.has&hasYear != 0 {
		// With an era letter y is the year of the era; without the era in the text it does not count.
		if v.has&hasEra == 0 {
			v.has &^= hasYear
		} else if v.year < 1 {
			return 0, false
		} else if v.era == 0 {
			v.year = 1 - v.year
		}
	}
	year := 1970
	if v.has&hasYear != 0 {
		year = v.year
	}
	if year > 999_999_999 || year < -999_999_999 {
		return 0, false
	}
	leap := cast.DaysInMonth(year, 2) == 29
	if v.has&hasDayOfYear != 0 && !(v.has&hasYear != 0 && v.has&hasMonth != 0 && v.has&hasDay != 0) {
		if v.dayOfYear == 366 && !leap {
			return 0, false
		}
		day := cast.Days(year, 1, 1) + int64(v.dayOfYear) - 1
		_, m, d := cast.Civil(day)
		if v.has&hasMonth != 0 && v.month != m || v.has&hasDay != 0 && v.day != d {
			return 0, false
		}
		return day, true
	}
	month, dom := 1, 1
	if v.has&hasMonth != 0 {
		month = v.month
	}
	if v.has&hasDay != 0 {
		dom = v.day
	}
	if dom > cast.DaysInMonth(year, month) {
		return 0, false
	}
	day := cast.Days(year, month, dom)
	if v.has&hasDayOfYear != 0 && int64(v.dayOfYear) != day-cast.Days(year, 1, 1)+1 {
		return 0, false
	}
	return day, true
}

// clock resolves the time of day in microseconds.
func (v *fields) clock() (int64, bool) {
	hour := -1
	agree := func(h int) bool {
		if hour >= 0 && hour != h {
			return false
		}
		hour = h
		return true
	}
	if v.has&hasHour != 0 {
		hour = v.hour
	}
	if v.has&hasClockHour != 0 && !agree(v.clockHour%24) {
		return 0, false
	}
	half := -1
	if v.has&hasHour12 != 0 {
		half = v.hour12
	}
	if v.has&hasClockHour12 != 0 {
		h := v.clockHour12 % 12
		if half >= 0 && half != h {
			return 0, false
		}
		half = h
	}
	switch {
	case half >= 0 && v.has&hasAMPM != 0:
		if !agree(v.ampm*12 + half) {
			return 0, false
		}
	case half >= 0 && hour >= 0:
		if hour%12 != half {
			return 0, false
		}
	case half >= 0:
		hour = half // morning, if nothing says otherwise
	case v.has&hasAMPM != 0 && hour >= 0 && hour/12 != v.ampm:
		return 0, false
	}
	hour = max(hour, 0)
	return int64(hour)*3_600_000_000 + int64(v.minute)*60_000_000 + int64(v.second)*1_000_000 + int64(v.nanos/1000), true
}
