package pattern

import (
	"strings"
	"time"

	"github.com/argan-sql/argan/exec/cast"
)

// zoneWords are the English names of a zone: standard and daylight, short and long.
type zoneWords struct{ short, shortDST, long, longDST string }

var zoneText = map[string]zoneWords{
	"America/Los_Angeles": {"PST", "PDT", "Pacific Standard Time", "Pacific Daylight Time"},
	"America/Denver":      {"MST", "MDT", "Mountain Standard Time", "Mountain Daylight Time"},
	"America/Phoenix":     {"MST", "MST", "Mountain Standard Time", "Mountain Standard Time"},
	"America/Chicago":     {"CST", "CDT", "Central Standard Time", "Central Daylight Time"},
	"America/New_York":    {"EST", "EDT", "Eastern Standard Time", "Eastern Daylight Time"},
	"America/Halifax":     {"AST", "ADT", "Atlantic Standard Time", "Atlantic Daylight Time"},
	"America/Anchorage":   {"AKST", "AKDT", "Alaska Standard Time", "Alaska Daylight Time"},
	"Pacific/Honolulu":    {"HST", "HST", "Hawaii-Aleutian Standard Time", "Hawaii-Aleutian Standard Time"},
	"America/Sao_Paulo":   {"BRT", "BRST", "Brasilia Standard Time", "Brasilia Summer Time"},
	"Europe/London":       {"GMT", "BST", "Greenwich Mean Time", "British Summer Time"},
	"Europe/Lisbon":       {"WET", "WEST", "Western European Standard Time", "Western European Summer Time"},
	"Africa/Casablanca":   {"WET", "WEST", "Western European Standard Time", "Western European Summer Time"},
	"Europe/Paris":        {"CET", "CEST", "Central European Standard Time", "Central European Summer Time"},
	"Europe/Athens":       {"EET", "EEST", "Eastern European Standard Time", "Eastern European Summer Time"},
	"Europe/Moscow":       {"MSK", "MSD", "Moscow Standard Time", "Moscow Summer Time"},
	"Asia/Kolkata":        {"IST", "IST", "India Standard Time", "India Standard Time"},
	"Asia/Shanghai":       {"CST", "CDT", "China Standard Time", "China Daylight Time"},
	"Asia/Tokyo":          {"JST", "JDT", "Japan Standard Time", "Japan Daylight Time"},
	"Asia/Seoul":          {"KST", "KDT", "Korean Standard Time", "Korean Daylight Time"},
	"Asia/Singapore":      {"SGT", "SGT", "Singapore Standard Time", "Singapore Standard Time"},
	"Australia/Sydney":    {"AEST", "AEDT", "Australian Eastern Standard Time", "Australian Eastern Daylight Time"},
	"Australia/Darwin":    {"ACST", "ACDT", "Australian Central Standard Time", "Australian Central Daylight Time"},
	"Pacific/Auckland":    {"NZST", "NZDT", "New Zealand Standard Time", "New Zealand Daylight Time"},
}

// sameWords are zones that share another's names.
var sameWords = map[string]string{
	"Europe/Madrid": "Europe/Paris", "Europe/Berlin": "Europe/Paris", "Europe/Rome": "Europe/Paris", "Europe/Amsterdam": "Europe/Paris",
	"Europe/Brussels": "Europe/Paris", "Europe/Vienna": "Europe/Paris", "Europe/Zurich": "Europe/Paris", "Europe/Stockholm": "Europe/Paris",
	"Europe/Oslo": "Europe/Paris", "Europe/Copenhagen": "Europe/Paris", "Europe/Prague": "Europe/Paris", "Europe/Warsaw": "Europe/Paris",
	"Europe/Budapest": "Europe/Paris", "CET": "Europe/Paris", "Europe/Helsinki": "Europe/Athens", "Europe/Kiev": "Europe/Athens",
	"Europe/Bucharest": "Europe/Athens", "Europe/Sofia": "Europe/Athens", "EET": "Europe/Athens", "Africa/El_Aaiun": "Africa/Casablanca",
	"WET": "Europe/Lisbon", "America/Toronto": "America/New_York", "America/Detroit": "America/New_York", "America/Vancouver": "America/Los_Angeles",
	"Australia/Melbourne": "Australia/Sydney", "Asia/Calcutta": "Asia/Kolkata", "US/Pacific": "America/Los_Angeles", "US/Eastern": "America/New_York",
	"US/Central": "America/Chicago", "US/Mountain": "America/Denver",
}

// zoneIDOf is the zone's id as Java prints it.
func zoneIDOf(zone *time.Location) string {
	if zone == time.UTC {
		return "UTC"
	}
	return zone.String()
}

// zoneNameOf is the zone's name at an instant.
func zoneNameOf(zone *time.Location, instant int64, long bool) string {
	id := zoneIDOf(zone)
	if id == "UTC" {
		if long {
			return "Coordinated Universal Time"
		}
		return "UTC"
	}
	if id[0] == '+' || id[0] == '-' {
		return id
	}
	at := time.Unix(floorDiv(instant, 1_000_000), 0).In(zone)
	base := id
	if b, ok := sameWords[id]; ok {
		base = b
	}
	if w, ok := zoneText[base]; ok {
		switch dst := at.IsDST(); {
		case dst && long:
			return w.longDST
		case dst:
			return w.shortDST
		case long:
			return w.long
		}
		return w.short
	}
	abbreviation, _ := at.Zone()
	return abbreviation
}

// zoneByName finds the zone that a text starts with: an id, or a name of a zone known here. n is the length of the name.
func zoneByName(s string, names bool) (zone *time.Location, n int) {
	end := 0
	for end < len(s) && (s[end] >= 'a' && s[end] <= 'z' || s[end] >= 'A' && s[end] <= 'Z' || s[end] >= '0' && s[end] <= '9' || strings.IndexByte("/_+-:", s[end]) >= 0) {
		end++
	}
	if names {
		for id, w := range zoneText {
			for _, t := range []string{w.short, w.shortDST, w.long, w.longDST} {
				if len(t) > n && len(s) >= len(t) && strings.EqualFold(s[:len(t)], t) {
					if t == "CST" || t == "CDT" {
						id = "America/Chicago"
					}
					if t == "MST" {
						id = "America/Denver"
					}
					if z, err := cast.ParseZone(id); err == nil {
						zone, n = z, len(t)
					}
				}
			}
		}
	}
	for k := end; k > n; k-- {
		if z, err := cast.ParseZone(s[:k]); err == nil {
			return z, k
		}
		for _, id := range []string{"UTC", "GMT", "UT"} {
			if k == len(id) && strings.EqualFold(s[:k], id) {
				return time.UTC, k
			}
		}
	}
	return zone, n
}
