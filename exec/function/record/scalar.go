package record

import (
	"math"
	"strconv"

	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// AppendInterval reads an interval of any kind from a text and appends it; ErrValue when it is none.
func AppendInterval(t *types.Type, s []byte, out *vector.Builder) error {
	switch t.Kind {
	case types.Calendar:
		x, err := cast.ParseInterval(string(s))
		if err != nil {
			return ErrValue
		}
		out.AppendInterval(x)
	case types.YearMonth:
		x, err := cast.CastYearMonth(string(s), t.From, t.To)
		if err != nil {
			return ErrValue
		}
		out.AppendInt(int64(x))
	default:
		x, err := cast.CastDayTime(string(s), t.From, t.To)
		if err != nil {
			return ErrValue
		}
		out.AppendInt(x)
	}
	return nil
}

// AppendDecimal reads a decimal from a number's text and appends it, NULL when it does not fit; ErrValue when it is none.
func AppendDecimal(t *types.Type, s []byte, out *vector.Builder) error {
	x, valid, fits := types.ParseDecimal(s, int(t.Precision), int(t.Scale))
	switch {
	case !valid:
		return ErrValue
	case !fits:
		out.AppendNull()
	default:
		out.AppendInt128(x)
	}
	return nil
}

// Integer reads a plain integer within the bounds of a type.
func Integer(t *types.Type, s []byte) (int64, error) {
	bits := 64
	switch t.Kind {
	case types.Byte:
		bits = 8
	case types.Short:
		bits = 16
	case types.Int:
		bits = 32
	}
	x, err := strconv.ParseInt(string(s), 10, bits)
	if err != nil {
		return 0, ErrValue
	}
	return x, nil
}

// Float reads a double as Java does.
func Float(t *types.Type, s []byte) (float64, error) {
	bits := 64
	if t.Kind == types.Float {
		bits = 32
	}
	if len(s) == 0 || s[0] == '_' {
		return 0, ErrValue
	}
	f, err := strconv.ParseFloat(string(s), bits)
	if err != nil && !math.IsInf(f, 0) {
		return 0, ErrValue
	}
	return f, nil
}
