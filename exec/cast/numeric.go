package cast

import (
	"encoding/binary"
	"math"
	"strconv"

	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/types"
)

func itoa(n int) string { return strconv.Itoa(n) }

type (
	integer interface{ int8 | int16 | int32 | int64 }
	float   interface{ float32 | float64 }
)

// toNumber is the loop to an integer, float or double.
func toNumber(from, to *types.Type) core {
	switch to.Kind {
	case types.Byte:
		return integerCore[int8](from)
	case types.Short:
		return integerCore[int16](from)
	case types.Int:
		return integerCore[int32](from)
	case types.Long:
		return integerCore[int64](from)
	case types.Float:
		return toFloat[float32](from)
	}
	return toFloat[float64](from)
}

func integerCore[B integer](from *types.Type) core {
	switch from.Kind {
	case types.Boolean:
		return func(j *job) error {
			out := bind.Slice[B](j.out)
			for i, x := range j.src.Bools {
				if x {
					out[i] = 1
				}
			}
			return nil
		}
	case types.Byte:
		return intToInt[int8, B]
	case types.Short:
		return intToInt[int16, B]
	case types.Int:
		return intToInt[int32, B]
	case types.Long:
		return intToInt[int64, B]
	case types.Float:
		return floatToInt[float32, B]
	case types.Double:
		return floatToInt[float64, B]
	case types.Decimal:
		return decimalToInt[B]
	case types.Timestamp:
		return func(j *job) error {
			out := bind.Slice[B](j.out)
			for i, x := range j.src.I64[:len(out)] {
				s := floorDiv(x, microsPerSecond)
				out[i] = B(s)
				if int64(out[i]) != s && j.mode != Legacy {
					if err := j.bad(i, overflow); err != nil {
						return err
					}
				}
			}
			return nil
		}
	case types.Date:
		return allNull
	case types.YearMonth, types.DayTime:
		return intervalToInt[B]
	}
	return nil
}

// allNull: casts that exist but never give a value.
func allNull(j *job) error {
	for i := 0; i < j.src.Len; i++ {
		j.null(i)
	}
	return nil
}

func intToInt[A, B integer](j *job) error {
	a, out := bind.Slice[A](j.src), bind.Slice[B](j.out)
	a = a[:len(out)]
	if j.mode == Legacy {
		for i, x := range a {
			out[i] = B(x)
		}
		return nil
	}
	for i, x := range a {
		out[i] = B(x)
		if A(out[i]) != x {
			if err := j.bad(i, overflow); err != nil {
				return err
			}
		}
	}
	return nil
}

func limits[B integer]() (lo, hi int64) {
	var zero B
	switch any(zero).(type) {
	case int8:
		return math.MinInt8, math.MaxInt8
	case int16:
		return math.MinInt16, math.MaxInt16
	case int32:
		return math.MinInt32, math.MaxInt32
	}
	return math.MinInt64, math.MaxInt64
}

func floatToInt[A float, B integer](j *job) error {
	a, out := bind.Slice[A](j.src), bind.Slice[B](j.out)
	lo, hi := limits[B]()
	wide := hi == math.MaxInt64
	for i, x := range a[:len(out)] {
		f := float64(x)
		if j.mode != Legacy && !(math.Floor(f) <= float64(hi) && math.Ceil(f) >= float64(lo)) {
			if err := j.bad(i, overflow); err != nil {
				return err
			}
			continue
		}
		if wide {
			out[i] = B(Saturate64(f))
		} else {
			// Java goes through int on the way to short and byte.
			out[i] = B(int32(saturate(f, math.MinInt32, math.MaxInt32)))
		}
	}
	return nil
}

// Saturate64 is Java's (long) of a double: toward zero, cut at the ends, NaN is 0.
func Saturate64(f float64) int64 { return saturate(f, math.MinInt64, math.MaxInt64) }

func saturate(f float64, lo, hi int64) int64 {
	switch {
	case f != f:
		return 0
	case f >= float64(hi):
		return hi
	case f <= float64(lo):
		return lo
	}
	return int64(f)
}

func decimalToInt[B integer](j *job) error {
	out := bind.Slice[B](j.out)
	src := bind.Slice[types.Int128](j.src)
	scale := int(j.from.Scale)
	for i, x := range src[:len(out)] {
		q := types.DivPow10(x, scale, types.Down)
		out[i] = B(int64(q.Lo))
		if j.mode != Legacy && types.Int128From(int64(out[i])) != q {
			if err := j.bad(i, overflow); err != nil {
				return err
			}
		}
	}
	return nil
}

func toFloat[B float](from *types.Type) core {
	switch from.Kind {
	case types.Boolean:
		return func(j *job) error {
			out := bind.Slice[B](j.out)
			for i, x := range j.src.Bools[:len(out)] {
				if x {
					out[i] = 1
				}
			}
			return nil
		}
	case types.Byte:
		return numberToFloat[int8, B]
	case types.Short:
		return numberToFloat[int16, B]
	case types.Int:
		return numberToFloat[int32, B]
	case types.Long:
		return numberToFloat[int64, B]
	case types.Float:
		return numberToFloat[float32, B]
	case types.Double:
		return numberToFloat[float64, B]
	case types.Decimal:
		return func(j *job) error {
			out := bind.Slice[B](j.out)
			scale := int(j.from.Scale)
			if j.src.I64 != nil && scale <= 18 {
				p := float64(types.Pow10Int64[scale])
				for i, x := range j.src.I64[:len(out)] {
					if x > 1<<53 || x < -1<<53 {
						out[i] = B(DecimalFloat(types.Int128From(x), scale))
					} else {
						out[i] = B(float64(x) / p)
					}
				}
				return nil
			}
			for i, x := range bind.Slice[types.Int128](j.src)[:len(out)] {
				out[i] = B(DecimalFloat(x, scale))
			}
			return nil
		}
	case types.Timestamp:
		return func(j *job) error {
			out := bind.Slice[B](j.out)
			for i, x := range j.src.I64[:len(out)] {
				out[i] = B(float64(x) / microsPerSecond)
			}
			return nil
		}
	case types.Date:
		return allNull
	}
	return nil
}

func numberToFloat[A integer | float, B float](j *job) error {
	a, out := bind.Slice[A](j.src), bind.Slice[B](j.out)
	for i, x := range a[:len(out)] {
		out[i] = B(x)
	}
	return nil
}

// DecimalFloat is the double nearest to a decimal.
func DecimalFloat(x types.Int128, scale int) float64 {
	if v, ok := x.Int64(); ok && v <= 1<<53 && v >= -1<<53 && scale <= 22 {
		// Both are exact doubles, so the quotient is correctly rounded.
		return float64(v) / math.Pow10(scale)
	}
	var buf [48]byte
	f, _ := strconv.ParseFloat(string(types.AppendDecimal(buf[:0], x, scale)), 64)
	return f
}

func toBoolean(from *types.Type) core {
	switch from.Kind {
	case types.Byte:
		return nonZero[int8]
	case types.Short:
		return nonZero[int16]
	case types.Int:
		return nonZero[int32]
	case types.Long, types.Timestamp:
		return nonZero[int64]
	case types.Float:
		return nonZero[float32]
	case types.Double:
		return nonZero[float64]
	case types.Decimal:
		return nonZero[types.Int128]
	case types.Date:
		return allNull
	}
	return nil
}

func nonZero[A bind.Fixed](j *job) error {
	var zero A
	for i, x := range bind.Slice[A](j.src)[:len(j.out.Bools)] {
		j.out.Bools[i] = x != zero
	}
	return nil
}

// put stores an unscaled decimal.
func (j *job) put(i int, x types.Int128) {
	if j.out.I64 != nil {
		j.out.I64[i] = int64(x.Lo)
	} else {
		j.out.I128[i] = x
	}
}

// toDecimal is the loop to a decimal.
func toDecimal(from *types.Type) core {
	switch from.Kind {
	case types.Boolean:
		return func(j *job) error {
			for i, b := range j.src.Bools[:j.src.Len] {
				if !b {
					continue
				}
				if err := j.rescale(i, types.Int128From(1), 0); err != nil {
					return err
				}
			}
			return nil
		}
	case types.Byte:
		return intToDecimal[int8]
	case types.Short:
		return intToDecimal[int16]
	case types.Int:
		return intToDecimal[int32]
	case types.Long:
		return intToDecimal[int64]
	case types.Decimal:
		return decimalToDecimal
	case types.Float:
		return floatToDecimal[float32]
	case types.Double:
		return floatToDecimal[float64]
	case types.Timestamp:
		return func(j *job) error {
			for i, x := range j.src.I64[:j.src.Len] {
				if err := j.doubleToDecimal(i, float64(x)/microsPerSecond); err != nil {
					return err
				}
			}
			return nil
		}
	case types.Date:
		return allNull
	case types.YearMonth, types.DayTime:
		return intervalToDecimal
	}
	return nil
}

// rescale stores an unscaled value of scale from as row i.
func (j *job) rescale(i int, x types.Int128, from int) error {
	v, ok := types.Rescale(x, from, int(j.to.Scale))
	if ok && v.FitsPrecision(int(j.to.Precision)) {
		j.put(i, v)
		return nil
	}
	return j.bad(i, func(j *job, _ int) error { return outOfRange(j.to, types.FormatDecimal(x, from)) })
}

func intToDecimal[A integer](j *job) error {
	a := bind.Slice[A](j.src)
	whole, scale := int(j.to.Precision)-int(j.to.Scale), int(j.to.Scale)
	if j.out.I64 != nil {
		m := types.Pow10Int64[scale]
		limit := types.Pow10Int64[whole]
		for i, x := range a[:j.src.Len] {
			v := int64(x)
			if v >= limit || v <= -limit {
				if err := j.rescale(i, types.Int128From(v), 0); err != nil {
					return err
				}
				continue
			}
			j.out.I64[i] = v * m
		}
		return nil
	}
	for i, x := range a[:j.src.Len] {
		if err := j.rescale(i, types.Int128From(int64(x)), 0); err != nil {
			return err
		}
	}
	return nil
}

func decimalToDecimal(j *job) error {
	fs, ts := int(j.from.Scale), int(j.to.Scale)
	widens := ts >= fs && int(j.to.Precision)-ts >= int(j.from.Precision)-fs
	if widens && j.src.I64 != nil && ts-fs <= 18 {
		m := types.Pow10Int64[ts-fs]
		if j.out.I64 != nil {
			for i, x := range j.src.I64[:j.src.Len] {
				j.out.I64[i] = x * m
			}
			return nil
		}
		for i, x := range j.src.I64[:j.src.Len] {
			j.out.I128[i] = types.MulInt64(x, m)
		}
		return nil
	}
	for i, x := range bind.Slice[types.Int128](j.src)[:j.src.Len] {
		if err := j.rescale(i, x, fs); err != nil {
			return err
		}
	}
	return nil
}

func floatToDecimal[A float](j *job) error {
	for i, x := range bind.Slice[A](j.src)[:j.src.Len] {
		if err := j.doubleToDecimal(i, float64(x)); err != nil {
			return err
		}
	}
	return nil
}

// doubleToDecimal goes by the shortest decimal text of the double, as Java's BigDecimal.valueOf.
func (j *job) doubleToDecimal(i int, f float64) error {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		j.null(i) // in ANSI mode too
		return nil
	}
	var buf [32]byte
	v, _, fits := types.ParseDecimal(strconv.AppendFloat(buf[:0], f, 'e', -1, 64), int(j.to.Precision), int(j.to.Scale))
	if fits {
		j.put(i, v)
		return nil
	}
	return j.bad(i, func(j *job, _ int) error { return outOfRange(j.to, FormatDouble(f)) })
}

func intToBinary(from *types.Type) core {
	width := map[types.Kind]int{types.Byte: 1, types.Short: 2, types.Int: 4, types.Long: 8}[from.Kind]
	return func(j *job) error {
		var buf [8]byte
		for i := 0; i < j.src.Len; i++ {
			var x int64
			switch width {
			case 1:
				x = int64(j.src.I8[i])
			case 2:
				x = int64(j.src.I16[i])
			case 4:
				x = int64(j.src.I32[i])
			default:
				x = j.src.I64[i]
			}
			binary.BigEndian.PutUint64(buf[:], uint64(x))
			j.setBytes(i, append(j.out.Heap, buf[8-width:]...))
		}
		return nil
	}
}

// setBytes makes what was appended to the heap since the last row the value of row i.
func (j *job) setBytes(i int, heap []byte) {
	from := len(j.out.Heap)
	j.out.Heap = heap
	j.out.Spans[i].Off, j.out.Spans[i].Len = uint32(from), uint32(len(heap)-from)
}
