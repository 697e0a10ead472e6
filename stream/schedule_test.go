package stream

import (
	"testing"
	"time"

	"github.com/argan-sql/argan/catalog/metastore"
	"github.com/argan-sql/argan/sqlerr"
)

func TestNextDue(t *testing.T) {
	for _, c := range []struct{ cron, zone, after, want string }{
		{"0 6 * * *", "", "2026-03-01T05:59:59Z", "2026-03-01T06:00:00Z"},
		{"0 6 * * *", "", "2026-03-01T06:00:00Z", "2026-03-02T06:00:00Z"},
		{"0 0 6 * * ?", "Africa/Casablanca", "2026-01-10T00:00:00Z", "2026-01-10T05:00:00Z"},
		{"0 0 6 ? * 2", "UTC", "2026-03-01T00:00:00Z", "2026-03-02T06:00:00Z"},         // Quartz counts from Sunday, 1: Monday
		{"0 0 6 ? * 2-6", "UTC", "2026-03-06T07:00:00Z", "2026-03-09T06:00:00Z"},       // Friday morning is over
		{"0 0 6 ? * MON", "UTC", "2026-03-01T00:00:00Z", "2026-03-02T06:00:00Z"},       // names are names
		{"0 6 * * 1", "UTC", "2026-03-01T00:00:00Z", "2026-03-02T06:00:00Z"},           // cron counts from Sunday, 0
		{"*/15 * * * * *", "UTC", "2026-03-01T00:00:01Z", "2026-03-01T00:00:15Z"},      // six fields begin with seconds
		{"30 2 * * *", "Europe/Paris", "2026-03-28T12:00:00Z", "2026-03-29T01:30:00Z"}, // left out by the clock: an hour later
		{"30 2 * * *", "Europe/Paris", "2026-10-24T12:00:00Z", "2026-10-25T01:30:00Z"}, // comes twice, counts once
		{"30 2 * * *", "Europe/Paris", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"},
	} {
		after, err := time.Parse(time.RFC3339, c.after)
		if err != nil {
			t.Fatal(err)
		}
		got, err := NextDue(&metastore.Schedule{Cron: c.cron, Zone: c.zone}, after)
		if text := got.UTC().Format(time.RFC3339); err != nil || text != c.want {
			t.Errorf("%s in %q after %s: %s, %v; want %s", c.cron, c.zone, c.after, text, err, c.want)
		}
	}
	for _, bad := range []metastore.Schedule{{Cron: "61 * * * *"}, {Cron: "x"}, {Cron: "0 0 31 2 *"}, {Cron: "0 6 * * *", Zone: "Mars/Phobos"}} {
		if _, err := NextDue(&bad, time.Now()); sqlerr.From(err).Class == "INTERNAL_ERROR" || err == nil {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

// What was missed is run once, at the last due time, and the others are counted.
func TestDueAfterATimeAway(t *testing.T) {
	now := time.Date(2026, 5, 5, 10, 0, 30, 0, time.UTC)
	for _, c := range []struct {
		s      metastore.Schedule
		last   time.Time
		at     time.Time
		missed int64
		ok     bool
	}{
		{metastore.Schedule{Every: time.Hour}, now.Add(-30 * time.Minute), time.Time{}, 0, false},
		{metastore.Schedule{Every: time.Hour}, now.Add(-time.Hour), now, 0, true},
		{metastore.Schedule{Every: time.Hour}, now.Add(-5 * time.Hour).Add(-time.Minute), now.Add(-time.Minute), 4, true},
		{metastore.Schedule{Cron: "0 6 * * *"}, now.AddDate(0, 0, -3), time.Date(2026, 5, 5, 6, 0, 0, 0, time.UTC), 2, true},
		{metastore.Schedule{Cron: "0 6 * * *"}, now.Add(-time.Hour), time.Time{}, 0, false},
	} {
		at, missed, ok, err := due(&c.s, c.last, now)
		if err != nil || !at.Equal(c.at) || missed != c.missed || ok != c.ok {
			t.Errorf("%+v since %s: %s, %d, %v, %v; want %s, %d, %v", c.s, c.last, at, missed, ok, err, c.at, c.missed, c.ok)
		}
	}
}
