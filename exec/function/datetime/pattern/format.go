package pattern

import (
	"strconv"
	"time"

	"github.com/argan-sql/argan/exec/cast"
)

// Append writes the instant micros as clocks in the zone show it.
func (f *Format) Append(dst []byte, micros int64, zone *time.Location) []byte {
	if zone == nil {
		zone = time.UTC
	}
	local := cast.InstantToLocal(micros, zone)
	return f.append(dst, local, int((local-micros)/1_000_000), zone, micros)
}

// AppendLocal writes the wall clock local (microseconds without zone).
func (f *Format) AppendLocal(dst []byte, local int64) []byte {
	return f.append(dst, local, 0, time.UTC, local)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

func (f *Format) append(dst []byte, local int64, off int, zone *time.Location, instant int64) []byte {
	day := floorDiv(local, cast.MicrosPerDay)
	clock := local - day*cast.MicrosPerDay
	year, month, dom := cast.Civil(day)
	hour := int(clock / 3_600_000_000)
	for _, e := range f.elements {
		switch e.kind {
		case literal:
			dst = append(dst, e.text...)
		case number, reduced:
			v := 0
			switch e.letter {
			case 'y':
				if v = year; e.kind == reduced {
					v = ((year % 100) + 100) % 100
				} else if year > 9999 && e.exceeds && e.count == 4 {
					dst = append(dst, '+')
				}
			case 'M', 'L':
				v = month
			case 'q', 'Q':
				v = (month + 2) / 3
			case 'd':
				v = dom
			case 'D':
				v = int(day-cast.Days(year, 1, 1)) + 1
			case 'F':
				v = (dom-1)%7 + 1
			case 'H':
				v = hour
			case 'h':
				v = (hour+11)%12 + 1
			case 'K':
				v = hour % 12
			case 'k':
				v = (hour+23)%24 + 1
			case 'm':
				v = int(clock / 60_000_000 % 60)
			case 's':
				v = int(clock / 1_000_000 % 60)
			}
			dst = appendPadded(dst, v, e.min)
		case name:
			dst = append(dst, fieldName(e, year, month, int(((day+3)%7+7)%7), hour)...)
		case fraction:
			digits := strconv.AppendInt(nil, 1_000_000_000+clock%1_000_000*1000, 10)[1:]
			dst = append(dst, digits[:e.count]...)
		case zoneID:
			dst = append(dst, zoneIDOf(zone)...)
		case zoneName:
			dst = append(dst, zoneNameOf(zone, instant, e.count == 4)...)
		case offset:
			dst = appendOffset(dst, off, e)
		case gmt:
			dst = append(dst, "GMT"...)
			if off != 0 {
				dst = appendGMT(dst, off, e.count == 4)
			}
		}
	}
	return dst
}

func appendPadded(dst []byte, v, width int) []byte {
	if v < 0 {
		dst = append(dst, '-')
		v = -v
	}
	var buf [20]byte
	digits := strconv.AppendInt(buf[:0], int64(v), 10)
	for n := len(digits); n < width; n++ {
		dst = append(dst, '0')
	}
	return append(dst, digits...)
}

func fieldName(e element, year, month, weekday, hour int) string {
	switch e.letter {
	case 'M', 'L':
		if e.count == 4 {
			return months[month-1]
		}
		return months[month-1][:3]
	case 'E':
		if e.count == 4 {
			return weekdays[weekday]
		}
		return weekdays[weekday][:3]
	case 'q', 'Q':
		if e.count == 4 {
			return quarters[(month-1)/3]
		}
		return "Q" + strconv.Itoa((month+2)/3)
	case 'a':
		if hour < 12 {
			return "AM"
		}
		return "PM"
	}
	switch {
	case year > 0 && e.count == 4:
		return "Anno Domini"
	case year > 0:
		return "AD"
	case e.count == 4:
		return "Before Christ"
	}
	return "BC"
}

// appendOffset writes X, x and Z offsets.
func appendOffset(dst []byte, off int, e element) []byte {
	style := e.count
	if e.letter == 'Z' {
		if style = 2; e.count == 5 {
			style = 5
		}
	}
	if off == 0 && (e.letter == 'X' || e.letter == 'Z' && e.count == 5) {
		return append(dst, 'Z')
	}
	sign := byte('+')
	if off < 0 {
		sign, off = '-', -off
	}
	dst = appendPadded(append(dst, sign), off/3600, 2)
	if style == 1 {
		if m := off / 60 % 60; m != 0 {
			dst = appendPadded(dst, m, 2)
		}
		return dst
	}
	colon := style == 3 || style == 5
	if colon {
		dst = append(dst, ':')
	}
	dst = appendPadded(dst, off/60%60, 2)
	if s := off % 60; style >= 4 && s != 0 {
		if colon {
			dst = append(dst, ':')
		}
		dst = appendPadded(dst, s, 2)
	}
	return dst
}

// appendGMT writes the offset of O and ZZZZ: +8 or +08:00.
func appendGMT(dst []byte, off int, full bool) []byte {
	sign := byte('+')
	if off < 0 {
		sign, off = '-', -off
	}
	dst = append(dst, sign)
	h, m, s := off/3600, off/60%60, off%60
	if full {
		dst = append(appendPadded(dst, h, 2), ':')
		dst = appendPadded(dst, m, 2)
	} else {
		dst = appendPadded(dst, h, 1)
		if m == 0 && s == 0 {
			return dst
		}
		dst = appendPadded(append(dst, ':'), m, 2)
	}
	if s != 0 {
		dst = appendPadded(append(dst, ':'), s, 2)
	}
	return dst
}
