package record

import (
	"errors"
	"time"

	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/datetime/pattern"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// ErrValue says that a text is no value of the type wanted; the record is malformed.
var ErrValue = errors.New("malformed value")

// Times reads and writes dates and timestamps of records.
type Times struct {
	Zone                 *time.Location
	now                  time.Time
	date, timestamp, ntz *pattern.Format // nil: as CAST reads, ISO to write
}

// The patterns that are written by if none is given.
const (
	isoDate      = "yyyy-MM-dd"
	isoTimestamp = "yyyy-MM-dd'T'HH:mm:ss[.SSS][XXX]"
	isoLocal     = "yyyy-MM-dd'T'HH:mm:ss[.SSS]"
)

// NewTimes takes the options dateFormat, timestampFormat, timestampNTZFormat and timeZone.
func NewTimes(ctx *function.Context, o Options, reading bool) (*Times, error) {
	t := &Times{Zone: ctx.Zone, now: ctx.Now}
	if t.Zone == nil {
		t.Zone = time.UTC
	}
	if id := o.Get("timeZone", ""); id != "" {
		z, err := cast.ParseZone(id)
		if err != nil {
			return nil, sqlerr.New("INVALID_PARAMETER_VALUE.PATTERN", "parameter", "`timeZone`", "functionName", "`options`", "value", "'"+id+"'").Wrap(err)
		}
		t.Zone = z
	}
	for _, f := range []struct {
		to       **pattern.Format
		key, iso string
	}{{&t.date, "dateFormat", isoDate}, {&t.timestamp, "timestampFormat", isoTimestamp}, {&t.ntz, "timestampNTZFormat", isoLocal}} {
		p := o.Get(f.key, "")
		if p == "" && reading {
			continue
		}
		var err error
		if reading {
			var before pattern.Before
			if before, err = pattern.Policy(ctx.Setting, pattern.FastDateFormat); err != nil {
				return nil, err
			}
			*f.to, err = pattern.ForParsing(p, before)
		} else {
			if p == "" {
				p = f.iso
			}
			*f.to, err = pattern.ForFormatting(p)
		}
		if err != nil {
			return nil, err
		}
	}
	return t, nil
}

// Read reads a date (days), timestamp or timestamp_ntz (microseconds). ErrValue when it is none.
func (t *Times) Read(s []byte, kind types.Kind) (int64, error) {
	switch kind {
	case types.Date:
		if t.date == nil {
			d, ok := cast.ParseDate(s)
			return result(int64(d), ok)
		}
		us, err := t.date.ParseLocal(string(s))
		if err != nil {
			return 0, value(err)
		}
		return int64(cast.InstantToDate(us, time.UTC)), nil
	case types.TimestampNTZ:
		if t.ntz == nil {
			us, ok := cast.ParseTimestampNTZ(s)
			return result(us, ok)
		}
		us, err := t.ntz.ParseLocal(string(s))
		return us, value(err)
	}
	if t.timestamp == nil {
		us, ok := cast.ParseTimestamp(s, t.Zone, t.now)
		return result(us, ok)
	}
	us, err := t.timestamp.Parse(string(s), t.Zone)
	return us, value(err)
}

func result(x int64, ok bool) (int64, error) {
	if !ok {
		return 0, ErrValue
	}
	return x, nil
}

func value(err error) error {
	if errors.Is(err, pattern.ErrNoMatch) {
		return ErrValue
	}
	return err
}

// Append writes a date, timestamp or timestamp_ntz.
func (t *Times) Append(dst []byte, x int64, kind types.Kind) []byte {
	switch kind {
	case types.Date:
		return t.date.AppendLocal(dst, x*cast.MicrosPerDay)
	case types.TimestampNTZ:
		return t.ntz.AppendLocal(dst, x)
	}
	return t.timestamp.Append(dst, x, t.Zone)
}
