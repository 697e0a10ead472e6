package cast

import (
	"math/big"

	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/types"
)

// unitSize is the length of a unit in months or microseconds.
func unitSize(u types.IntervalUnit) int64 {
	return [...]int64{1: 1, types.UnitYear: 12, types.UnitDay: MicrosPerDay, types.UnitHour: microsPerHour, types.UnitMinute: microsPerMinute, types.UnitSecond: microsPerSecond}[u]
}

// intervalToInt counts the smallest unit of an interval, truncated. Overflow fails in every mode.
func intervalToInt[B integer](j *job) error {
	out := bind.Slice[B](j.out)
	size := unitSize(j.from.To)
	for i := range out {
		var v int64
		if j.src.I32 != nil {
			v = int64(j.src.I32[i])
		} else {
			v = j.src.I64[i]
		}
		v /= size
		out[i] = B(v)
		if int64(out[i]) != v {
			if err := j.must(i, overflow); err != nil {
				return err
			}
		}
	}
	return nil
}

func intervalToDecimal(j *job) error {
	size := unitSize(j.from.To)
	for i := 0; i < j.src.Len; i++ {
		var x types.Int128
		scale := 0
		switch {
		case j.src.I32 != nil:
			x = types.Int128From(int64(j.src.I32[i]) / size)
		case j.from.To == types.UnitSecond:
			x, scale = types.Int128From(j.src.I64[i]), 6
		default:
			x = types.Int128From(j.src.I64[i] / size)
		}
		v, ok := types.Rescale(x, scale, int(j.to.Scale))
		if ok && v.FitsPrecision(int(j.to.Precision)) {
			j.put(i, v)
			continue
		}
		if err := j.must(i, func(j *job, _ int) error { return outOfRange(j.to, types.FormatDecimal(x, scale)) }); err != nil {
			return err
		}
	}
	return nil
}

// toInterval is the loop from intervals with other fields and from numbers.
func toInterval(from, to *types.Type) core {
	size := unitSize(to.To)
	switch from.Kind {
	case types.YearMonth:
		return func(j *job) error {
			for i, m := range j.src.I32[:j.src.Len] {
				j.out.I32[i] = m - m%int32(size)
			}
			return nil
		}
	case types.DayTime:
		return func(j *job) error {
			if to.To == types.UnitSecond {
				copy(j.out.I64, j.src.I64)
				return nil
			}
			for i, m := range j.src.I64[:j.src.Len] {
				j.out.I64[i] = m - m%size
			}
			return nil
		}
	case types.Byte:
		return intToInterval[int8]
	case types.Short:
		return intToInterval[int16]
	case types.Int:
		return intToInterval[int32]
	case types.Long:
		return intToInterval[int64]
	case types.Decimal:
		return decimalToInterval
	}
	return nil
}

func (j *job) putInterval(i int, v int64, ok bool) error {
	if j.out.I32 != nil {
		j.out.I32[i] = int32(v)
		ok = ok && int64(int32(v)) == v
	} else {
		j.out.I64[i] = v
	}
	if ok {
		return nil
	}
	return j.must(i, overflow)
}

func intToInterval[A integer](j *job) error {
	size := unitSize(j.to.To)
	for i, x := range bind.Slice[A](j.src)[:j.src.Len] {
		v, ok := types.MulInt64(int64(x), size).Int64()
		if err := j.putInterval(i, v, ok); err != nil {
			return err
		}
	}
	return nil
}

func decimalToInterval(j *job) error {
	size := unitSize(j.to.To)
	scale := int(j.from.Scale)
	for i, x := range bind.Slice[types.Int128](j.src)[:j.src.Len] {
		p, ok := x.Mul(types.Int128From(size))
		var q types.Int128
		if ok {
			q = types.DivPow10(p, scale, types.HalfUp)
		} else {
			// Beyond 128 bits before the scale is taken off; half a unit more or less cannot matter here.
			b := x.Big()
			b.Mul(b, big.NewInt(size)).Quo(b, types.Pow10[scale].Big())
			q, ok = types.Int128FromBig(b)
		}
		v, fits := q.Int64()
		if j.to.Kind == types.DayTime && j.to.To != types.UnitSecond {
			v -= v % size
		}
		if err := j.putInterval(i, v, ok && fits); err != nil {
			return err
		}
	}
	return nil
}
