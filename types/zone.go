package types

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// shortZones are java.time.ZoneId.SHORT_IDS, which Spark accepts.
var shortZones = map[string]string{
	"ACT": "Australia/Darwin", "AET": "Australia/Sydney", "AGT": "America/Argentina/Buenos_Aires", "ART": "Africa/Cairo", "AST": "America/Anchorage",
	"BET": "America/Sao_Paulo", "BST": "Asia/Dhaka", "CAT": "Africa/Harare", "CNT": "America/St_Johns", "CST": "America/Chicago", "CTT": "Asia/Shanghai",
	"EAT": "Africa/Addis_Ababa", "ECT": "Europe/Paris", "IET": "America/Indiana/Indianapolis", "IST": "Asia/Kolkata", "JST": "Asia/Tokyo",
	"MIT": "Pacific/Apia", "NET": "Asia/Yerevan", "NST": "Pacific/Auckland", "PLT": "Asia/Karachi", "PNT": "America/Phoenix", "PRT": "America/Puerto_Rico",
	"PST": "America/Los_Angeles", "SST": "Pacific/Guadalcanal", "VST": "Asia/Ho_Chi_Minh", "EST": "-05:00", "MST": "-07:00", "HST": "-10:00",
}

var (
	zones      sync.Map // text → *time.Location
	zoneOffset = regexp.MustCompile(`^(?:UTC|GMT|UT)?([+-])(\d{1,2})(?::?(\d{1,2}))?(?::?(\d{2}))?$`)
)

// LoadZone finds a time zone by what Spark accepts: a region (Europe/Paris), UTC, GMT, UT, Z, an offset (+02:00, -8,
// UTC+1, GMT-03:30) or one of Java's short names. The location's name is the text as written.
func LoadZone(text string) (*time.Location, error) {
	if z, ok := zones.Load(text); ok {
		return z.(*time.Location), nil
	}
	z, err := loadZone(strings.TrimSpace(text))
	if err != nil {
		return nil, err
	}
	zones.Store(text, z)
	return z, nil
}

func loadZone(text string) (*time.Location, error) {
	name := text
	if long, ok := shortZones[name]; ok {
		name = long
	}
	switch name {
	case "Z", "UTC", "GMT", "UT", "Etc/UTC":
		return time.UTC, nil
	case "", "Local":
		return nil, fmt.Errorf("time zone %q is unknown", text)
	}
	if m := zoneOffset.FindStringSubmatch(name); m != nil {
		h, _ := strconv.Atoi(m[2])
		minute, _ := strconv.Atoi(m[3])
		second, _ := strconv.Atoi(m[4])
		total := h*3600 + minute*60 + second
		if minute > 59 || second > 59 || total > 18*3600 {
			return nil, fmt.Errorf("time zone %q is beyond 18 hours", text)
		}
		if m[1] == "-" {
			total = -total
		}
		if total == 0 {
			return time.UTC, nil
		}
		return time.FixedZone(text, total), nil
	}
	z, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("time zone %q is unknown", text)
	}
	return z, nil
}
