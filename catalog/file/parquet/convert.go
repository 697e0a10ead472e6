package parquet

import (
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// integerDigits is how many digits an integer type may need.
var integerDigits = map[types.Kind]int{types.Byte: 3, types.Short: 5, types.Int: 10, types.Long: 20}

// widens says whether a column of the file's type may be read as the wanted type: the same values in another or wider
// form. Like Spark, an INT32 may also be read as a narrower integer, cut to its width.
func widens(from, want *types.Type) bool {
	if from.Equal(want) || from.Kind == types.Null {
		return true
	}
	switch want.Kind {
	case types.Byte, types.Short:
		return from.Kind >= types.Byte && from.Kind <= types.Int
	case types.Int:
		return from.Kind >= types.Byte && from.Kind <= types.Int
	case types.Date:
		return from.Kind == types.Int
	case types.YearMonth:
		return from.Kind == types.Int
	case types.Long:
		return from.IsInteger()
	case types.DayTime:
		return from.Kind == types.Long
	case types.Double:
		return from.Kind == types.Float || from.Kind >= types.Byte && from.Kind <= types.Int
	case types.Decimal:
		p, s := int(want.Precision), int(want.Scale)
		if d, ok := integerDigits[from.Kind]; ok {
			return p-s >= d || from.Kind == types.Long && p-s >= 19
		}
		return from.Kind == types.Decimal && s >= int(from.Scale) && p-s >= int(from.Precision)-int(from.Scale)
	case types.Timestamp:
		return from.Kind == types.TimestampNTZ
	case types.TimestampNTZ:
		return from.Kind == types.Timestamp || from.Kind == types.Date
	case types.String, types.Char, types.Varchar, types.Binary:
		return from.IsString() || from.Kind == types.Binary
	}
	return false
}

func widen[T, U any](src []T, f func(T) U) []U {
	out := make([]U, len(src))
	for i, x := range src {
		out[i] = f(x)
	}
	return out
}

// integers gives the values of an integer or narrow decimal vector as 64-bit numbers.
func integers(v *vector.Vector) []int64 {
	switch {
	case v.I64 != nil:
		return v.I64
	case v.I32 != nil:
		return widen(v.I32, func(x int32) int64 { return int64(x) })
	case v.I16 != nil:
		return widen(v.I16, func(x int16) int64 { return int64(x) })
	case v.I8 != nil:
		return widen(v.I8, func(x int8) int64 { return int64(x) })
	}
	return nil
}

// convert gives v (a vector of a type that widens to want) as want.
func convert(v *vector.Vector, want *types.Type) *vector.Vector {
	from := v.Type
	switch {
	case from == want:
		return v
	case from.Kind == types.Null:
		return vector.NullConst(want, v.Len)
	case v.Form == vector.Dict:
		out := *v
		out.Type, out.Dictionary = want, convert(v.Dictionary, want)
		return &out
	}
	out := &vector.Vector{Type: want, Form: v.Form, Len: v.Len, Valid: v.Valid}
	switch want.Kind {
	case types.Decimal:
		scale := int(want.Scale)
		if from.Kind == types.Decimal {
			scale -= int(from.Scale)
		}
		toDecimal(out, v, scale)
		return out
	case types.TimestampNTZ:
		if from.Kind == types.Date {
			out.I64 = widen(v.I32, func(d int32) int64 { return int64(d) * microsPerDay })
			return out
		}
	}
	if from.Physical() == want.Physical() {
		same := *v
		same.Type = want
		return &same
	}
	switch want.Physical() {
	case types.PhysInt8:
		out.I8 = widen(integers(v), func(x int64) int8 { return int8(x) })
	case types.PhysInt16:
		out.I16 = widen(integers(v), func(x int64) int16 { return int16(x) })
	case types.PhysInt32:
		out.I32 = widen(integers(v), func(x int64) int32 { return int32(x) })
	case types.PhysInt64:
		out.I64 = integers(v)
	case types.PhysFloat64:
		if from.Kind == types.Float {
			out.F64 = widen(v.F32, func(x float32) float64 { return float64(x) })
		} else {
			out.F64 = widen(integers(v), func(x int64) float64 { return float64(x) })
		}
	}
	return out
}

// toDecimal fills out with the values of v times ten to the scale.
func toDecimal(out, v *vector.Vector, scale int) {
	wide := out.Type.Physical() == types.PhysInt128
	if v.I128 != nil {
		m := types.Pow10[scale]
		out.I128 = widen(v.I128, func(x types.Int128) types.Int128 {
			if scale == 0 {
				return x
			}
			p, _ := x.Mul(m)
			return p
		})
		return
	}
	src := integers(v)
	switch {
	case !wide && scale == 0:
		out.I64 = src
	case !wide:
		m := types.Pow10Int64[scale]
		out.I64 = widen(src, func(x int64) int64 { return x * m })
	default:
		m := types.Pow10[scale]
		out.I128 = widen(src, func(x int64) types.Int128 {
			p, _ := types.Int128From(x).Mul(m)
			return p
		})
	}
}
