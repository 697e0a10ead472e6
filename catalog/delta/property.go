package delta

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/argan-sql/argan/sqlerr"
)

// property is a table property that Delta gives a meaning.
type property struct {
	check  func(value string) bool
	reason string
	// internal properties are written by us only, not by users.
	internal bool
	// unsupported names what we cannot do when it is on.
	unsupported string
}

var (
	isBool = func(v string) bool { return strings.EqualFold(v, "true") || strings.EqualFold(v, "false") }
	isInt  = func(least int64) func(string) bool {
		return func(v string) bool { n, err := strconv.ParseInt(v, 10, 64); return err == nil && n >= least }
	}
	isDuration = func(v string) bool { _, ok := ParseInterval(v); return ok }
	oneOf      = func(values ...string) func(string) bool {
		return func(v string) bool {
			for _, w := range values {
				if strings.EqualFold(v, w) {
					return true
				}
			}
			return false
		}
	}
	anything = func(string) bool { return true }
)

const (
	mustBool     = "must be true or false"
	mustDuration = "must be a calendar interval without months or years, such as interval 7 days"
)

// properties are those of Delta 3.2 by lower-case name without the prefix delta.
var properties = map[string]property{
	"logretentionduration":                               {check: isDuration, reason: mustDuration},
	"checkpointretentionduration":                        {check: isDuration, reason: mustDuration},
	"deletedfileretentionduration":                       {check: isDuration, reason: mustDuration},
	"sampleretentionduration":                            {check: isDuration, reason: mustDuration},
	"settransactionretentionduration":                    {check: isDuration, reason: mustDuration},
	"checkpointinterval":                                 {check: isInt(1), reason: "must be a positive number"},
	"enableexpiredlogcleanup":                            {check: isBool, reason: mustBool},
	"appendonly":                                         {check: isBool, reason: mustBool},
	"isolationlevel":                                     {check: oneOf("Serializable", "WriteSerializable"), reason: "must be Serializable or WriteSerializable"},
	"dataskippingnumindexedcols":                         {check: isInt(-1), reason: "must be larger than or equal to -1"},
	"dataskippingstatscolumns":                           {check: anything},
	"checkpoint.writestatsasjson":                        {check: isBool, reason: mustBool},
	"checkpoint.writestatsasstruct":                      {check: isBool, reason: mustBool},
	"checkpointpolicy":                                   {check: oneOf("classic", "v2"), reason: "must be classic or v2"},
	"columnmapping.mode":                                 {check: oneOf("none", "name", "id"), reason: "must be none, name or id"},
	"columnmapping.maxcolumnid":                          {check: isInt(0), reason: "must be a number", internal: true},
	"enablechangedatafeed":                               {check: isBool, reason: mustBool},
	"enabledeletionvectors":                              {check: isBool, reason: mustBool},
	"enabletypewidening":                                 {check: isBool, reason: mustBool},
	"enablerowtracking":                                  {check: isBool, reason: mustBool},
	"rowtracking.materializedrowidcolumnname":            {check: anything, internal: true},
	"rowtracking.materializedrowcommitversioncolumnname": {check: anything, internal: true},
	"enableincommittimestamps":                           {check: isBool, reason: mustBool},
	"enableincommittimestamps-preview":                   {check: isBool, reason: mustBool},
	"incommittimestampenablementversion":                 {check: isInt(0), reason: "must be a number", internal: true},
	"incommittimestampenablementtimestamp":               {check: isInt(0), reason: "must be a number", internal: true},
	"incommittimestampenablementversion-preview":         {check: isInt(0), reason: "must be a number", internal: true},
	"incommittimestampenablementtimestamp-preview":       {check: isInt(0), reason: "must be a number", internal: true},
	"autooptimize":                                       {check: isBool, reason: mustBool},
	"autooptimize.autocompact":                           {check: oneOf("true", "false", "auto"), reason: mustBool},
	"autooptimize.optimizewrite":                         {check: isBool, reason: mustBool},
	"randomizefileprefixes":                              {check: isBool, reason: mustBool},
	"randomprefixlength":                                 {check: isInt(1), reason: "must be a positive number"},
	"compatibility.symlinkformatmanifest.enabled":        {check: isBool, reason: mustBool, unsupported: "symlink manifests (delta.compatibility.symlinkFormatManifest.enabled)"},
	"enableicebergcompatv1":                              {check: isBool, reason: mustBool, unsupported: "the table feature icebergCompatV1"},
	"enableicebergcompatv2":                              {check: isBool, reason: mustBool, unsupported: "the table feature icebergCompatV2"},
	"universalformat.enabledformats":                     {check: func(v string) bool { return v == "" }, reason: "must be empty: no other format is written"},
	"minreaderversion":                                   {check: isInt(1), reason: "must be an integer"},
	"minwriterversion":                                   {check: isInt(1), reason: "must be an integer"},
	"requirecheckpointprotectionbeforeversion":           {check: isInt(0), reason: "must be a number", internal: true},
}

// spelling of the properties, for those users write in another case.
var canonicalProperties = func() map[string]string {
	m := map[string]string{}
	for _, name := range []string{
		"logRetentionDuration", "checkpointRetentionDuration", "deletedFileRetentionDuration", "sampleRetentionDuration",
		"setTransactionRetentionDuration", "checkpointInterval", "enableExpiredLogCleanup", "appendOnly", "isolationLevel",
		"dataSkippingNumIndexedCols", "dataSkippingStatsColumns", "checkpoint.writeStatsAsJson", "checkpoint.writeStatsAsStruct",
		"checkpointPolicy", "columnMapping.mode", "columnMapping.maxColumnId", "enableChangeDataFeed", "enableDeletionVectors",
		"enableTypeWidening", "enableRowTracking", "rowTracking.materializedRowIdColumnName", "rowTracking.materializedRowCommitVersionColumnName",
		"enableInCommitTimestamps", "inCommitTimestampEnablementVersion", "inCommitTimestampEnablementTimestamp", "autoOptimize",
		"autoOptimize.autoCompact", "autoOptimize.optimizeWrite", "randomizeFilePrefixes", "randomPrefixLength", "minReaderVersion", "minWriterVersion",
	} {
		m[strings.ToLower(name)] = "delta." + name
	}
	return m
}()

// ValidateProperties checks properties a user sets and gives them with Delta's spelling of the keys. Properties that do
// not start with delta. are the user's own. What Delta 3.2 does not know is refused, as Spark does.
func ValidateProperties(set map[string]string) (map[string]string, error) {
	out := make(map[string]string, len(set))
	for _, key := range sortedKeys(set) {
		value := set[key]
		low := strings.ToLower(key)
		name, ok := strings.CutPrefix(low, "delta.")
		if !ok {
			out[key] = value
			continue
		}
		if _, ok := strings.CutPrefix(name, "feature."); ok {
			if !oneOf("supported", "enabled")(value) {
				return nil, sqlerr.New("DELTA_UNSUPPORTED_FEATURE_STATUS", "feature", key[len("delta.feature."):], "status", value)
			}
			out["delta.feature."+key[len("delta.feature."):]] = "supported"
			continue
		}
		if strings.HasPrefix(name, "constraints.") {
			return nil, sqlerr.New("DELTA_ADD_CONSTRAINTS")
		}
		p, ok := properties[name]
		if !ok {
			return nil, sqlerr.New("DELTA_UNKNOWN_CONFIGURATION", "config", key, "disableCheckConfig", "spark.databricks.delta.allowArbitraryProperties.enabled")
		}
		if p.internal {
			return nil, sqlerr.New("DELTA_CANNOT_MODIFY_TABLE_PROPERTY", "prop", key)
		}
		if !p.check(value) {
			if name == "minreaderversion" || name == "minwriterversion" {
				return nil, sqlerr.New("DELTA_PROTOCOL_PROPERTY_NOT_INT", "key", key, "value", value)
			}
			return nil, sqlerr.New("DELTA_INVALID_TABLE_PROPERTY", "key", key, "value", value, "reason", p.reason)
		}
		if p.unsupported != "" && strings.EqualFold(value, "true") {
			return nil, sqlerr.Unsupported("%s", p.unsupported)
		}
		if c := canonicalProperties[name]; c != "" {
			key = c
		}
		out[key] = value
	}
	return out, nil
}

var intervalPart = regexp.MustCompile(`^\s*(-?\d+)\s*(week|day|hour|minute|second|millisecond|microsecond)s?`)

// ParseInterval reads Spark's text of an interval without months: interval 7 days 2 hours.
func ParseInterval(s string) (time.Duration, bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	s = strings.TrimPrefix(s, "interval")
	units := map[string]time.Duration{
		"week": 7 * 24 * time.Hour, "day": 24 * time.Hour, "hour": time.Hour, "minute": time.Minute,
		"second": time.Second, "millisecond": time.Millisecond, "microsecond": time.Microsecond,
	}
	var total time.Duration
	found := false
	for strings.TrimSpace(s) != "" {
		m := intervalPart.FindStringSubmatch(s)
		if m == nil {
			return 0, false
		}
		n, err := strconv.ParseInt(m[1], 10, 64)
		if err != nil || n > int64(1<<62)/int64(units[m[2]]) {
			return 0, false
		}
		total += time.Duration(n) * units[m[2]]
		s = s[len(m[0]):]
		found = true
	}
	return total, found
}

func (m *Metadata) duration(key string, otherwise time.Duration) time.Duration {
	if d, ok := ParseInterval(m.Configuration[key]); ok {
		return d
	}
	return otherwise
}

func (m *Metadata) number(key string, otherwise int64) int64 {
	if n, err := strconv.ParseInt(m.Configuration[key], 10, 64); err == nil {
		return n
	}
	return otherwise
}
