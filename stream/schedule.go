package stream

import (
	"strconv"
	"strings"
	"time"

	"github.com/adhocore/gronx"

	"github.com/argan-sql/argan/catalog/metastore"
	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/sqlerr"
)

// CheckSchedule refuses a schedule that cannot be kept.
func CheckSchedule(s *metastore.Schedule) error {
	_, err := NextDue(s, time.Now())
	return err
}

// NextDue is the first time after a time at which a schedule wants a run. A cron text is read by the clock on the wall of its
// zone: a time that a change of the clock leaves out comes an hour later, one that comes twice counts once.
func NextDue(s *metastore.Schedule, after time.Time) (time.Time, error) {
	if s.Every > 0 {
		return after.Add(s.Every), nil
	}
	zone := time.UTC
	if s.Zone != "" {
		var err error
		if zone, err = cast.ParseZone(s.Zone); err != nil {
			return time.Time{}, sqlerr.New("INVALID_SETTING", "key", "AT TIME ZONE", "value", s.Zone, "reason", "there is no such time zone")
		}
	}
	text := fromQuartz(s.Cron)
	if !gronx.IsValid(text) {
		return time.Time{}, sqlerr.New("INVALID_CRON", "cron", s.Cron).WithHint("Five fields are minute, hour, day, month, weekday; six begin with seconds, as Quartz has it.")
	}
	wall := func(t time.Time) time.Time {
		t = t.In(zone)
		return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
	}
	for at := wall(after); ; {
		next, err := gronx.NextTickAfter(text, at, false)
		if err != nil {
			return time.Time{}, sqlerr.New("INVALID_CRON", "cron", s.Cron).WithHint("It never comes: %s.", err.Error())
		}
		due := time.Date(next.Year(), next.Month(), next.Day(), next.Hour(), next.Minute(), next.Second(), 0, zone)
		if due.After(after) {
			return due, nil
		}
		at = next
	}
}

// fromQuartz writes a Quartz text, which has seconds and counts weekdays from 1, Sunday, as cron has it.
func fromQuartz(text string) string {
	fields := strings.Fields(text)
	if len(fields) < 6 {
		return text
	}
	var b strings.Builder
	number := ""
	end := func(after byte) {
		n, err := strconv.Atoi(number)
		if err == nil && n >= 1 && n <= 7 && !strings.HasSuffix(b.String(), "/") && !strings.HasSuffix(b.String(), "#") {
			number = strconv.Itoa(n - 1)
		}
		b.WriteString(number)
		number = ""
		if after != 0 {
			b.WriteByte(after)
		}
	}
	day := fields[5]
	for i := range len(day) {
		if c := day[i]; c >= '0' && c <= '9' {
			number += string(c)
		} else {
			end(c)
		}
	}
	end(0)
	fields[5] = b.String()
	return strings.Join(fields, " ")
}

// due tells which run a schedule wants now: the last due time that has come, and how many before it were missed. ok is false
// when none has come since last.
func due(s *metastore.Schedule, last, now time.Time) (at time.Time, missed int64, ok bool, err error) {
	for {
		next, err := NextDue(s, last)
		if err != nil || next.After(now) {
			return at, max(0, missed-1), ok, err
		}
		at, ok, last = next, true, next
		missed++
		if s.Every > 0 && now.Sub(next) > s.Every { // far behind: no need to count in small steps
			skip := now.Sub(next) / s.Every
			missed += int64(skip)
			last = next.Add(skip * s.Every)
			at = last
		}
		if missed > 100_000 {
			last = now.Add(-time.Hour) // a cron text of every second, and a long time away
		}
	}
}
