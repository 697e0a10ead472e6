package techmart

import (
	"sort"
	"time"
)

// Days count from 1970-01-01, as a DATE does.
var (
	firstDay    = dayOf(2023, 1, 1)   // first day of sales
	lastDay     = dayOf(2025, 12, 31) // last day of the first delivery
	openingDay  = dayOf(2020, 1, 1)   // the first customers registered then
	changesFrom = dayOf(2025, 7, 1)   // the second delivery tells of changes since then
	secondDay   = dayOf(2026, 1, 1)   // the day of the second delivery
)

func dayOf(year, month, day int) int64 {
	return time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Unix() / 86_400
}

// calendar shares the sales of three years out over their days.
type calendar struct {
	share []float64 // share[i] is the part of all sales before day firstDay+i; share[len-1] is 1
}

// newCalendar weighs each day: a shop that grows, with its seasons (back to school, Black Friday, end of year) and
// its weekends.
func newCalendar() *calendar {
	months := [12]float64{0.90, 0.86, 1.05, 0.98, 0.96, 1.02, 0.92, 0.88, 1.12, 1.00, 1.24, 1.18}
	weekdays := [7]float64{1.15, 0.92, 0.90, 0.94, 0.98, 0.96, 1.22} // from Sunday
	c := &calendar{share: make([]float64, lastDay-firstDay+2)}
	sum := 0.0
	for i := range c.share[1:] {
		t := time.Unix((firstDay+int64(i))*86_400, 0).UTC()
		growth := 1 + 0.35*float64(i)/365
		sum += growth * months[t.Month()-1] * weekdays[t.Weekday()]
		c.share[i+1] = sum
	}
	for i := range c.share {
		c.share[i] /= sum
	}
	c.share[len(c.share)-1] = 1
	return c
}

// when gives the day and the second of the day of sale number row of total; sales are numbered in the order of time.
func (c *calendar) when(row, total int64, d *dice) (day, second int64) {
	at := (float64(row) + d.float()) / float64(total)
	i := sort.SearchFloat64s(c.share, at)
	if i > 0 && (i == len(c.share) || c.share[i] > at) {
		i--
	}
	i = min(i, len(c.share)-2)
	within := (at - c.share[i]) / (c.share[i+1] - c.share[i])
	return firstDay + int64(i), openingSecond + int64(within*openSeconds)
}

// The shop is open from 9:00 to 22:30.
const (
	openingSecond = 9 * 3600
	openSeconds   = 13*3600 + 1800
)

func appendDay(b []byte, day int64) []byte {
	return time.Unix(day*86_400, 0).UTC().AppendFormat(b, "2006-01-02")
}

func appendMoment(b []byte, day, second int64) []byte {
	return time.Unix(day*86_400+second, 0).UTC().AppendFormat(b, "2006-01-02 15:04:05")
}
