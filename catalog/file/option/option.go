// Package option reads the options of file readers and writers: Spark's names in any case, with Spark's ways of writing
// booleans, numbers and characters.
//
// In: the options of a table, a path or an export. Out: typed values, or an error that names the option.
package option

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/sqlerr"
)

// Set is options by lower-case name. The first error sticks, so that callers check Err once.
type Set struct {
	m   map[string]string
	err error
}

// New takes options with names in any case.
func New(options map[string]string) *Set {
	s := &Set{m: make(map[string]string, len(options))}
	for k, v := range options {
		s.m[strings.ToLower(k)] = v
	}
	return s
}

// Err is the first error.
func (s *Set) Err() error { return s.err }

func (s *Set) fail(name, value, reason string) {
	if s.err == nil {
		s.err = sqlerr.New("INVALID_SETTING", "key", name, "value", value, "reason", reason)
	}
}

// Refuse makes an error of an option that is understood but not supported.
func (s *Set) Refuse(format string, args ...any) {
	if s.err == nil {
		s.err = sqlerr.Unsupported(format, args...)
	}
}

// Has says whether any of the names is set, and to what.
func (s *Set) Has(names ...string) (string, bool) {
	for _, n := range names {
		if v, ok := s.m[strings.ToLower(n)]; ok {
			return v, true
		}
	}
	return "", false
}

// Setting gives a session's setting that the reader of the options has put among them by its full name, "" if it has not.
func (s *Set) Setting(key string) string { return s.m[strings.ToLower(key)] }

// String is the first of the names that is set, or the default.
func (s *Set) String(def string, names ...string) string {
	if v, ok := s.Has(names...); ok {
		return v
	}
	return def
}

// Bool is true or false, in any case.
func (s *Set) Bool(name string, def bool) bool {
	v, ok := s.Has(name)
	if !ok {
		return def
	}
	switch strings.ToLower(strings.TrimSpace(v)) {
	case "true":
		return true
	case "false":
		return false
	}
	s.fail(name, v, "it must be true or false")
	return def
}

// Int is a number.
func (s *Set) Int(name string, def int) int {
	v, ok := s.Has(name)
	if !ok {
		return def
	}
	n, err := strconv.Atoi(strings.TrimSpace(v))
	if err != nil {
		s.fail(name, v, "it must be a whole number")
		return def
	}
	return n
}

// Byte is one ASCII character; 0 when it is set to nothing.
func (s *Set) Byte(name string, def byte) byte {
	v, ok := s.Has(name)
	switch {
	case !ok:
		return def
	case v == "":
		return 0
	case len(v) == 1:
		return v[0]
	case v == `\t`:
		return '\t'
	case v == `\u0000` || v == `\0`:
		return 0
	case utf8.RuneCountInString(v) == 1:
		s.Refuse("the option %s with the character %q beyond ASCII", name, v)
	default:
		s.fail(name, v, "it must be one character")
	}
	return def
}

// Zone is the option timeZone, or the session's.
func (s *Set) Zone(session *time.Location) *time.Location {
	v, ok := s.Has("timeZone")
	if !ok {
		if session == nil {
			return time.UTC
		}
		return session
	}
	z, err := cast.ParseZone(v)
	if err != nil {
		s.fail("timeZone", v, "it is no time zone")
		return time.UTC
	}
	return z
}

// Mode is what to do with records that cannot be parsed.
type Mode uint8

// The modes, by Spark's names.
const (
	Permissive Mode = iota
	DropMalformed
	FailFast
)

// Mode is the option mode. Like Spark, an unknown mode is PERMISSIVE.
func (s *Set) Mode() Mode {
	switch strings.ToUpper(s.String("", "mode")) {
	case "DROPMALFORMED":
		return DropMalformed
	case "FAILFAST":
		return FailFast
	}
	return Permissive
}

// Corrupt is the name of the column that takes records which cannot be parsed.
func (s *Set) Corrupt() string { return s.String("_corrupt_record", "columnNameOfCorruptRecord") }

// LineSep is the separator of lines, nil for \n, \r\n and \r alike.
func (s *Set) LineSep() []byte {
	v, ok := s.Has("lineSep")
	if !ok {
		return nil
	}
	if v == "" {
		s.fail("lineSep", v, "it must not be empty")
		return nil
	}
	return []byte(v)
}

// Locale refuses locales whose numbers and dates are not those of en-US.
func (s *Set) Locale() {
	v, ok := s.Has("locale")
	if ok && !strings.EqualFold(v, "en-US") && !strings.EqualFold(v, "en") && !strings.EqualFold(v, "en_US") {
		s.Refuse("the option locale with %s", v)
	}
}
