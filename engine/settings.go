package engine

import (
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/sqlerr"
)

// setting is an entry of the table of settings: its default, what it does, and what values it takes.
type setting struct {
	value string
	doc   string
	check func(string) string // "" or the reason why a value is refused
}

func isBool(v string) string {
	switch strings.ToLower(strings.TrimSpace(v)) {
	case "true", "false":
		return ""
	}
	return "it must be true or false"
}

func isCount(v string) string {
	if n, err := strconv.ParseInt(strings.TrimSpace(v), 10, 64); err != nil || n < 0 {
		return "it must be a whole number"
	}
	return ""
}

func isSize(v string) string {
	if _, err := ParseSize(v); err != nil {
		return err.Error()
	}
	return ""
}

func isDuration(v string) string {
	if d, err := time.ParseDuration(v); err != nil || d < 0 {
		return "it must be a duration such as 30s or 5m, 0s for none"
	}
	return ""
}

func isZone(v string) string {
	if _, err := cast.ParseZone(v); err != nil {
		return "it is not a time zone"
	}
	return ""
}

func oneOf(words ...string) func(string) string {
	return func(v string) string {
		for _, w := range words {
			if strings.EqualFold(v, w) {
				return ""
			}
		}
		return "it must be one of " + strings.Join(words, ", ")
	}
}

// CheckSettings says which of some settings cannot have the value they are given.
func CheckSettings(values map[string]string) error {
	for k, v := range values {
		if err := checkSetting(k, v); err != nil {
			return err
		}
	}
	return nil
}

// settings are those that the engine knows. Others may be SET as in Spark: they have no effect and are kept.
var settings = map[string]setting{
	"spark.sql.session.timeZone":                            {value: "UTC", doc: "The time zone of the session.", check: isZone},
	"spark.sql.ansi.enabled":                                {value: "false", doc: "ANSI mode: overflow, bad casts and division by zero are errors.", check: isBool},
	"spark.sql.ansi.doubleQuotedIdentifiers":                {value: "false", doc: "In ANSI mode, text in double quotes is an identifier.", check: isBool},
	"spark.sql.ansi.enforceReservedKeywords":                {value: "false", doc: "In ANSI mode, reserved words cannot be names.", check: isBool},
	"spark.sql.caseSensitive":                               {value: "false", doc: "Whether names differ by case.", check: oneOf("false")},
	"spark.sql.storeAssignmentPolicy":                       {value: "ANSI", doc: "How values are converted when they are written to a table.", check: oneOf("ANSI", "LEGACY", "STRICT")},
	"spark.sql.sources.partitionOverwriteMode":              {value: "STATIC", doc: "Whether INSERT OVERWRITE replaces all partitions or only those written.", check: oneOf("STATIC", "DYNAMIC")},
	"spark.sql.sources.default":                             {value: "delta", doc: "The format of tables created without USING."},
	"spark.sql.groupByAliases":                              {value: "true", doc: "GROUP BY may name a column of the SELECT list.", check: isBool},
	"spark.sql.groupByOrdinal":                              {value: "true", doc: "GROUP BY 1 means the first column of the SELECT list.", check: isBool},
	"spark.sql.orderByOrdinal":                              {value: "true", doc: "ORDER BY 1 means the first column of the SELECT list.", check: isBool},
	"spark.sql.parser.quotedRegexColumnNames":               {value: "false", doc: "Quoted names in SELECT are regular expressions.", check: isBool},
	"spark.sql.crossJoin.enabled":                           {value: "true", doc: "Whether joins without condition are allowed.", check: isBool},
	"spark.sql.legacy.timeParserPolicy":                     {value: "EXCEPTION", doc: "What happens where old and new date patterns differ.", check: oneOf("EXCEPTION", "CORRECTED", "LEGACY")},
	"spark.sql.decimalOperations.allowPrecisionLoss":        {value: "true", doc: "Decimal results that need more than 38 digits lose scale instead of being NULL.", check: isBool},
	"spark.sql.mapKeyDedupPolicy":                           {value: "EXCEPTION", doc: "What happens where a map gets a key twice.", check: oneOf("EXCEPTION", "LAST_WIN")},
	"spark.sql.files.ignoreMissingFiles":                    {value: "false", doc: "Whether files that went missing are left out.", check: isBool},
	"spark.databricks.delta.schema.autoMerge.enabled":       {value: "false", doc: "Writes add new columns to Delta tables.", check: isBool},
	"spark.databricks.delta.retentionDurationCheck.enabled": {value: "true", doc: "VACUUM refuses a retention shorter than the table's.", check: isBool},
	"spark.databricks.delta.commitInfo.userMetadata":        {value: "", doc: "Text kept with each commit."},
	"spark.databricks.delta.optimize.maxFileSize":           {value: "1073741824", doc: "The size in bytes that OPTIMIZE aims at.", check: isSize},
	"spark.databricks.delta.optimize.minFileSize":           {value: "1073741824", doc: "Files below this size are compacted by OPTIMIZE.", check: isSize},
	"argan.memory.limit":                                    {value: "", doc: "The memory a statement may use, such as 512m or 6g; beyond it, it spills to disk.", check: isSize},
	"argan.statement.timeout":                               {value: "0s", doc: "A statement that runs longer is ended; 0s for no limit.", check: isDuration},
	"argan.limit.rows":                                      {value: "", doc: "The rows a query may give; more is an error. It can only lower the user's limit.", check: isCount},
	"argan.limit.scanned-bytes":                             {value: "", doc: "What a statement may read from tables, such as 10g; more is an error. It can only lower the user's limit.", check: isSize},
	"argan.threads":                                         {value: "", doc: "Workers of a statement; the default is the number of cores.", check: isCount},
	"argan.flight.compression":                              {value: "none", doc: "How record batches of Arrow Flight are compressed.", check: oneOf("none", "lz4", "zstd")},
	"argan.flight.dictionaries":                             {value: "false", doc: "Columns of text are sent over Arrow Flight as dictionary vectors.", check: isBool},
	"argan.flight.endpoints":                                {value: "1", doc: "In how many parts a client of Arrow Flight may fetch a result at once; with more than 1 the statement runs to its end first.", check: isCount},
	"argan.optimizer.disabled":                              {value: "", doc: "Names of optimizer rules to leave out, comma-separated; for finding faults."},
	"argan.batch.size":                                      {value: "", doc: "Rows per batch; for finding faults.", check: isCount},
}

// neverSettable are Spark settings that make no sense to change in a session.
var staticKeys = map[string]bool{"spark.sql.warehouse.dir": true, "spark.sql.catalogImplementation": true, "spark.sql.extensions": true}

func checkSetting(key, value string) error {
	if staticKeys[key] {
		return sqlerr.New("CANNOT_MODIFY_CONFIG", "key", `"`+key+`"`, "docroot", "https://spark.apache.org/docs/latest")
	}
	d, known := settings[key]
	if !known {
		if strings.HasPrefix(key, "argan.") {
			return sqlerr.New("INVALID_SETTING", "key", key, "value", value, "reason", "there is no such setting").WithHint("SET -v lists all settings.")
		}
		return nil
	}
	if d.check == nil || value == "" && d.value == "" {
		return nil
	}
	if reason := d.check(value); reason != "" {
		return sqlerr.New("INVALID_SETTING", "key", key, "value", value, "reason", reason)
	}
	return nil
}

// ParseSize reads a number of bytes: 1024, 512k, 64m, 6g, 1t, also with a b or ib behind (powers of 1024).
func ParseSize(text string) (int64, error) {
	s := strings.ToLower(strings.TrimSpace(text))
	s = strings.TrimSuffix(strings.TrimSuffix(s, "b"), "i")
	unit := int64(1)
	if s != "" {
		if i := strings.IndexByte("kmgt", s[len(s)-1]); i >= 0 {
			unit <<= 10 * (i + 1)
			s = strings.TrimSpace(s[:len(s)-1])
		}
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || n < 0 || n*float64(unit) > 1<<62 {
		return 0, &sizeError{text}
	}
	return int64(n * float64(unit)), nil
}

type sizeError struct{ text string }

func (e *sizeError) Error() string { return "it must be a size such as 512m or 6g" }

// maxCache is the most that decoded columns and footers are kept in; what the system has cached of the files is cheap to
// decode again, so a larger cache would save little and hold much.
const maxCache = 1 << 30

// cacheLimit is the part of the memory limit that the cache may take: statements come first.
func cacheLimit(memory int64) int64 { return min(memory/4, maxCache) }

// defaultMemoryLimit is half of the machine's memory, at least 1 GiB where it cannot be told.
func defaultMemoryLimit() int64 {
	raw, err := os.ReadFile("/proc/meminfo")
	if err == nil {
		for _, line := range strings.Split(string(raw), "\n") {
			if f := strings.Fields(line); len(f) >= 2 && f[0] == "MemTotal:" {
				if kb, err := strconv.ParseInt(f[1], 10, 64); err == nil {
					return kb * 1024 / 2
				}
			}
		}
	}
	return 2 << 30
}
