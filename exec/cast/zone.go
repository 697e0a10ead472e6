package cast

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // zones must be known on machines without a zone database
)

// shortZones are Java's ZoneId.SHORT_IDS.
var shortZones = map[string]string{
	"EST": "-05:00", "MST": "-07:00", "HST": "-10:00", "ACT": "Australia/Darwin", "AET": "Australia/Sydney",
	"AGT": "America/Argentina/Buenos_Aires", "ART": "Africa/Cairo", "AST": "America/Anchorage", "BET": "America/Sao_Paulo", "BST": "Asia/Dhaka",
	"CAT": "Africa/Harare", "CNT": "America/St_Johns", "CST": "America/Chicago", "CTT": "Asia/Shanghai", "EAT": "Africa/Addis_Ababa",
	"ECT": "Europe/Paris", "IET": "America/Indiana/Indianapolis", "IST": "Asia/Kolkata", "JST": "Asia/Tokyo", "MIT": "Pacific/Apia",
	"NET": "Asia/Yerevan", "NST": "Pacific/Auckland", "PLT": "Asia/Karachi", "PNT": "America/Phoenix", "PRT": "America/Puerto_Rico",
	"PST": "America/Los_Angeles", "SST": "Pacific/Guadalcanal", "VST": "Asia/Ho_Chi_Minh",
}

var zones sync.Map // name -> *time.Location

// ParseZone finds a time zone by its id as Java's ZoneId.of does, with Spark's additions: a region, Z, UTC, an offset such as
// +1, -08:00, +0530, +1:30, one after UTC, GMT or UT, or a short id such as PST.
func ParseZone(id string) (*time.Location, error) {
	if z, ok := zones.Load(id); ok {
		return z.(*time.Location), nil
	}
	z, err := findZone(id)
	if err != nil {
		return nil, err
	}
	zones.Store(id, z)
	return z, nil
}

func findZone(id string) (*time.Location, error) {
	name := id
	if long, ok := shortZones[name]; ok {
		name = long
	}
	switch name {
	case "Z", "UTC", "GMT", "UT":
		return time.UTC, nil
	case "", "Local":
		return nil, fmt.Errorf("unknown time zone %q", id)
	}
	offset := name
	for _, prefix := range []string{"UTC", "GMT", "UT"} {
		if rest, ok := strings.CutPrefix(name, prefix); ok && rest != "" && (rest[0] == '+' || rest[0] == '-') {
			offset = rest
			break
		}
	}
	if offset[0] == '+' || offset[0] == '-' {
		sec, ok := parseOffset(offset)
		if !ok {
			return nil, fmt.Errorf("unknown time zone %q", id)
		}
		if sec == 0 {
			return time.UTC, nil
		}
		return time.FixedZone(offsetName(sec), sec), nil
	}
	z, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("unknown time zone %q", id)
	}
	return z, nil
}

func offsetName(sec int) string {
	sign := '+'
	if sec < 0 {
		sign, sec = '-', -sec
	}
	s := fmt.Sprintf("%c%02d:%02d", sign, sec/3600, sec/60%60)
	if sec%60 != 0 {
		s += fmt.Sprintf(":%02d", sec%60)
	}
	return s
}

// parseOffset reads ±h, ±hh, ±h:mm, ±hh:m, ±hh:mm, ±hhmm, ±hh:mm:ss, ±hhmmss, up to 18 hours.
func parseOffset(s string) (sec int, ok bool) {
	neg := s[0] == '-'
	parts := strings.Split(s[1:], ":")
	if len(parts) == 1 {
		switch p := parts[0]; len(p) {
		case 4:
			parts = []string{p[:2], p[2:]}
		case 6:
			parts = []string{p[:2], p[2:4], p[4:]}
		case 1, 2:
		default:
			return 0, false
		}
	}
	if len(parts) > 3 || len(parts) == 3 && (len(parts[1]) != 2 || len(parts[2]) != 2) {
		return 0, false
	}
	unit := 3600
	for i, p := range parts {
		if len(p) == 0 || len(p) > 2 {
			return 0, false
		}
		n, err := strconv.ParseUint(p, 10, 8)
		if err != nil || i > 0 && n > 59 {
			return 0, false
		}
		sec += int(n) * unit
		unit /= 60
	}
	if sec > 18*3600 {
		return 0, false
	}
	if neg {
		sec = -sec
	}
	return sec, true
}
