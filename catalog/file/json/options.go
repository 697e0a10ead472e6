// Package json reads and writes JSON files as Spark does: a record per line, or whole files of objects and arrays; broken
// records by mode; inference of schemas with Spark's merging of types.
//
// In: a text.Input, options and the schema. Out: batches of the columns asked for; or the schema that the data suggests.
package json

import (
	"time"

	"github.com/argan-sql/argan/catalog/file/option"
	"github.com/argan-sql/argan/catalog/file/text"
	"github.com/argan-sql/argan/exec/function/datetime/pattern"
)

// Options are the options of a JSON source, with Spark's defaults.
type Options struct {
	MultiLine          bool
	PrimitivesAsString bool
	PrefersDecimal     bool
	InferTimestamp     bool
	DropAllNull        bool // leave out of an inferred schema what is always NULL
	SingleQuotes       bool
	Comments           bool
	UnquotedNames      bool
	LeadingZeros       bool
	NonNumeric         bool
	AnyEscape          bool
	ControlChars       bool
	Mode               option.Mode
	Corrupt            string
	LineSep            []byte
	Encoding           string
	Zone               *time.Location
	Now                time.Time
	// Formats of dates and timestamps; nil reads them as CAST does.
	Date, Timestamp, NTZ *pattern.Format
}

// ParseOptions reads the options of a table or a path. zone is the session's, now gives the day of times without one.
func ParseOptions(options map[string]string, zone *time.Location, now time.Time) (*Options, error) {
	s := option.New(options)
	s.Locale()
	o := &Options{
		MultiLine: s.Bool("multiLine", false), PrimitivesAsString: s.Bool("primitivesAsString", false), PrefersDecimal: s.Bool("prefersDecimal", false),
		InferTimestamp: s.Bool("inferTimestamp", false), DropAllNull: s.Bool("dropFieldIfAllNull", false), SingleQuotes: s.Bool("allowSingleQuotes", true),
		Comments: s.Bool("allowComments", false), UnquotedNames: s.Bool("allowUnquotedFieldNames", false), LeadingZeros: s.Bool("allowNumericLeadingZeros", false),
		NonNumeric: s.Bool("allowNonNumericNumbers", true), AnyEscape: s.Bool("allowBackslashEscapingAnyCharacter", false),
		ControlChars: s.Bool("allowUnquotedControlChars", false), Mode: s.Mode(), Corrupt: s.Corrupt(), LineSep: s.LineSep(),
		Encoding: s.String("UTF-8", "encoding", "charset"), Zone: s.Zone(zone), Now: now,
	}
	before, err := pattern.Policy(s.Setting, pattern.FastDateFormat)
	compile := func(name string) *pattern.Format {
		p, ok := s.Has(name)
		if !ok || err != nil {
			return nil
		}
		var f *pattern.Format
		f, err = pattern.ForParsing(p, before)
		return f
	}
	o.Date, o.Timestamp, o.NTZ = compile("dateFormat"), compile("timestampFormat"), compile("timestampNTZFormat")
	if err == nil {
		err = s.Err()
	}
	if err != nil {
		return nil, err
	}
	return o, text.CheckEncoding(o.Encoding)
}

// Splittable says whether a plain file can be read in parts.
func (o *Options) Splittable() bool {
	return !o.MultiLine && len(o.LineSep) <= 1 && text.SingleByte(o.Encoding)
}
