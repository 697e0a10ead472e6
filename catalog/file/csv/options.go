// Package csv reads and writes CSV files as Spark does: its options, its treatment of quotes and of broken records, its
// inference of schemas.
//
// In: a text.Input, options and the schema. Out: batches of the columns asked for; or the schema that the data suggests.
package csv

import (
	"strings"
	"time"

	"github.com/argan-sql/argan/catalog/file/option"
	"github.com/argan-sql/argan/catalog/file/text"
	"github.com/argan-sql/argan/exec/function/datetime/pattern"
	"github.com/argan-sql/argan/sqlerr"
)

// Options are the options of a CSV source, with Spark's defaults.
type Options struct {
	Delimiter                   string
	Quote, Escape, EscapeEscape byte // 0: none
	Comment                     byte
	Header, InferSchema         bool
	TrimLeading, TrimTrailing   bool
	MultiLine, EnforceSchema    bool
	PreferDate                  bool
	Mode                        option.Mode
	Corrupt                     string
	NullValue, EmptyValue       string
	NaN, PositiveInf            string
	NegativeInf                 string
	LineSep                     []byte
	Encoding                    string
	MaxColumns                  int
	Zone                        *time.Location
	// Formats of dates and timestamps; nil reads them as CAST does.
	Date, Timestamp, NTZ *pattern.Format
	// The date pattern's text, and whether the user gave it.
	DatePattern string

	Now time.Time
}

// ParseOptions reads the options of a table or a path. zone is the session's, now gives the day of times without one.
func ParseOptions(options map[string]string, zone *time.Location, now time.Time) (*Options, error) {
	s := option.New(options)
	s.Locale()
	o := &Options{
		Delimiter: delimiter(s.String(",", "sep", "delimiter")), Quote: s.Byte("quote", '"'), Escape: s.Byte("escape", '\\'),
		EscapeEscape: s.Byte("charToEscapeQuoteEscaping", 0), Comment: s.Byte("comment", 0),
		Header: s.Bool("header", false), InferSchema: s.Bool("inferSchema", false),
		TrimLeading: s.Bool("ignoreLeadingWhiteSpace", false), TrimTrailing: s.Bool("ignoreTrailingWhiteSpace", false),
		MultiLine: s.Bool("multiLine", false), EnforceSchema: s.Bool("enforceSchema", true), PreferDate: s.Bool("preferDate", true),
		Mode: s.Mode(), Corrupt: s.Corrupt(), NullValue: s.String("", "nullValue"), EmptyValue: s.String("", "emptyValue"),
		NaN: s.String("NaN", "nanValue"), PositiveInf: s.String("Inf", "positiveInf"), NegativeInf: s.String("-Inf", "negativeInf"),
		LineSep: s.LineSep(), Encoding: s.String("UTF-8", "encoding", "charset"), MaxColumns: s.Int("maxColumns", 20480), Zone: s.Zone(zone), Now: now,
	}
	if o.EscapeEscape == 0 && o.Escape != o.Quote {
		o.EscapeEscape = o.Escape
	}
	if v, ok := s.Has("unescapedQuoteHandling"); ok && !strings.EqualFold(v, "STOP_AT_DELIMITER") {
		s.Refuse("the option unescapedQuoteHandling with %s", v)
	}
	if s.Int("maxCharsPerColumn", -1) != -1 {
		s.Refuse("the option maxCharsPerColumn")
	}
	if err := s.Err(); err != nil {
		return nil, err
	}
	if o.Delimiter == "" {
		return nil, sqlerr.New("INVALID_SETTING", "key", "sep", "value", "", "reason", "it must not be empty")
	}
	if err := text.CheckEncoding(o.Encoding); err != nil {
		return nil, err
	}
	return o, o.formats(s)
}

// delimiter undoes the escapes that Spark allows in sep.
func delimiter(s string) string {
	return strings.NewReplacer(`\t`, "\t", `\\`, `\`, `\"`, `"`, `\'`, "'", `\u0000`, "\x00", `\0`, "\x00", `\r`, "\r", `\b`, "\b", `\f`, "\f").Replace(s)
}

func (o *Options) formats(s *option.Set) error {
	before, err := pattern.Policy(s.Setting, pattern.FastDateFormat)
	compile := func(name, def string) *pattern.Format {
		p := s.String(def, name)
		if p == "" || err != nil {
			return nil
		}
		var f *pattern.Format
		f, err = pattern.ForParsing(p, before)
		return f
	}
	if o.PreferDate { // dates are then read strictly, so that what is a timestamp is not taken for a date
		o.DatePattern = "yyyy-MM-dd"
	}
	o.DatePattern = s.String(o.DatePattern, "dateFormat")
	o.Date = compile("dateFormat", o.DatePattern)
	o.Timestamp = compile("timestampFormat", "")
	o.NTZ = compile("timestampNTZFormat", "")
	return err
}

// Splittable says whether a plain file can be read in parts.
func (o *Options) Splittable() bool {
	return !o.MultiLine && len(o.LineSep) <= 1 && text.SingleByte(o.Encoding)
}
