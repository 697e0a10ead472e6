// Package datetime holds the functions of dates, timestamps and intervals.
//
// In: vectors of dates (days), timestamps (microseconds), intervals, and the session's time zone and clock. Out: vectors
// of the type each entry says. The calendar is proleptic Gregorian; in a gap of a zone's clock times move forward, in an
// overlap the earlier instant is meant, as in Java.
package datetime

import (
	"errors"
	"math"
	"strconv"
	"time"

	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/function/datetime/pattern"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// binder is what Scalar.Bind takes.
type binder = func([]function.Arg, bool) (*function.Bound, error)

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

func floorMod(a, b int64) int64 { return a - floorDiv(a, b)*b }

// zoneOf is the session's zone.
func zoneOf(ctx *function.Context) *time.Location {
	if ctx.Zone == nil {
		return time.UTC
	}
	return ctx.Zone
}

// localOf gives the reader of a timestamp's wall clock: in the session's zone for TIMESTAMP, as it is for TIMESTAMP_NTZ.
func localOf(t *types.Type, ctx *function.Context) func(int64) int64 {
	if t.Kind == types.TimestampNTZ {
		return func(x int64) int64 { return x }
	}
	zone := zoneOf(ctx)
	return func(x int64) int64 { return cast.InstantToLocal(x, zone) }
}

// instantOf is the inverse of localOf.
func instantOf(t *types.Type, ctx *function.Context) func(int64) int64 {
	if t.Kind == types.TimestampNTZ {
		return func(x int64) int64 { return x }
	}
	zone := zoneOf(ctx)
	return func(x int64) int64 { return cast.LocalToInstant(x, zone) }
}

func overflow(operation string) error {
	return sqlerr.New("DATETIME_OVERFLOW", "operation", operation)
}

// withoutANSI is the error of a value that is NULL outside ANSI mode.
func withoutANSI(message string) error {
	return sqlerr.New("_LEGACY_ERROR_TEMP_2000", "message", message, "ansiConfig", `"spark.sql.ansi.enabled"`)
}

// mulAdd is a*b+c; ok is false on overflow.
func mulAdd(a, b, c int64) (int64, bool) {
	p, fits := types.MulInt64(a, b).Add(types.Int128From(c)).Int64()
	return p, fits
}

func fitsInt(x int64) bool { return x >= math.MinInt32 && x <= math.MaxInt32 }

// parseZone is ParseZone with a user's error.
func parseZone(id string) (*time.Location, error) {
	z, err := cast.ParseZone(id)
	if err != nil {
		return nil, sqlerr.New("INVALID_PARAMETER_VALUE.PATTERN", "parameter", "`timezone`", "functionName", "`timezone`", "value", "'"+id+"'").Wrap(err)
	}
	return z, nil
}

// formats gives the compiled pattern of a row; a constant one is compiled once a batch.
func formats(v *vector.Vector, compile func(string) (*pattern.Format, error)) func(i int) (*pattern.Format, error) {
	var last string
	var f *pattern.Format
	return func(i int) (*pattern.Format, error) {
		if b := v.Bytes(i); f == nil || string(b) != last {
			text := string(b)
			c, err := compile(text)
			if err != nil {
				return nil, err
			}
			f, last = c, text
		}
		return f, nil
	}
}

// forParsing compiles patterns to read with, as the session's policy has it.
func forParsing(ctx *function.Context) func(p string) (*pattern.Format, error) {
	before, err := pattern.Policy(ctx.Setting, pattern.SimpleDateFormat)
	return func(p string) (*pattern.Format, error) {
		if err != nil {
			return nil, err
		}
		return pattern.ForParsing(p, before)
	}
}

// noMatch turns a text that does not fit into NULL, or into the error of ANSI mode.
func noMatch(err error, strict bool, s []byte) error {
	if !errors.Is(err, pattern.ErrNoMatch) {
		return err
	}
	if strict {
		return sqlerr.New("CANNOT_PARSE_TIMESTAMP", "message", "Text '"+string(s)+"' could not be parsed", "ansiConfig", `"spark.sql.ansi.enabled"`)
	}
	return bind.ErrNull
}

func itoa(x int64) string { return strconv.FormatInt(x, 10) }
