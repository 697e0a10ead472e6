package types

import (
	"math/big"
	"math/bits"
)

// Int128 is a signed 128-bit integer in two's complement: the unscaled value of a decimal of more than 18 digits.
type Int128 struct {
	Hi int64
	Lo uint64
}

// Int128From widens a 64-bit integer.
func Int128From(v int64) Int128 { return Int128{Hi: v >> 63, Lo: uint64(v)} }

// Add returns a+b, wrapping.
func (a Int128) Add(b Int128) Int128 {
	lo, c := bits.Add64(a.Lo, b.Lo, 0)
	hi, _ := bits.Add64(uint64(a.Hi), uint64(b.Hi), c)
	return Int128{int64(hi), lo}
}

// Sub returns a-b, wrapping.
func (a Int128) Sub(b Int128) Int128 {
	lo, c := bits.Sub64(a.Lo, b.Lo, 0)
	hi, _ := bits.Sub64(uint64(a.Hi), uint64(b.Hi), c)
	return Int128{int64(hi), lo}
}

// Neg returns -a, wrapping.
func (a Int128) Neg() Int128 { return Int128{}.Sub(a) }

// Sign is -1, 0 or 1.
func (a Int128) Sign() int {
	switch {
	case a.Hi < 0:
		return -1
	case a.Hi == 0 && a.Lo == 0:
		return 0
	}
	return 1
}

// Cmp compares: -1, 0 or 1.
func (a Int128) Cmp(b Int128) int {
	switch {
	case a.Hi < b.Hi:
		return -1
	case a.Hi > b.Hi:
		return 1
	case a.Lo < b.Lo:
		return -1
	case a.Lo > b.Lo:
		return 1
	}
	return 0
}

// Int64 narrows; ok is false when the value does not fit.
func (a Int128) Int64() (v int64, ok bool) {
	v = int64(a.Lo)
	return v, a.Hi == v>>63
}

// Big is the value as a big integer.
func (a Int128) Big() *big.Int {
	neg := a.Hi < 0
	m := a
	if neg {
		m = a.Neg()
	}
	x := new(big.Int).SetUint64(uint64(m.Hi))
	x.Lsh(x, 64).Or(x, new(big.Int).SetUint64(m.Lo))
	if neg {
		x.Neg(x)
	}
	return x
}

var mask64 = new(big.Int).SetUint64(^uint64(0))

// Int128FromBig narrows a big integer; ok is false when it does not fit in 128 bits.
func Int128FromBig(x *big.Int) (v Int128, ok bool) {
	if x.BitLen() > 127 {
		return Int128{}, false
	}
	m := new(big.Int).Abs(x)
	lo := new(big.Int).And(m, mask64).Uint64()
	hi := m.Rsh(m, 64).Uint64()
	v = Int128{int64(hi), lo}
	if x.Sign() < 0 {
		v = v.Neg()
	}
	return v, true
}

// MulInt64 is the exact product of two 64-bit integers.
func MulInt64(a, b int64) Int128 {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	h := int64(hi) - a>>63&b - b>>63&a
	return Int128{h, lo}
}

// Mul is a*b; ok is false on overflow of 127 bits.
func (a Int128) Mul(b Int128) (v Int128, ok bool) {
	if x, fits := a.Int64(); fits {
		if y, fits := b.Int64(); fits {
			return MulInt64(x, y), true
		}
	}
	neg := (a.Hi < 0) != (b.Hi < 0)
	if a.Hi < 0 {
		a = a.Neg()
	}
	if b.Hi < 0 {
		b = b.Neg()
	}
	if a.Hi != 0 && b.Hi != 0 {
		return Int128{}, false
	}
	hi, lo := bits.Mul64(a.Lo, b.Lo)
	c1h, c1 := bits.Mul64(uint64(a.Hi), b.Lo)
	c2h, c2 := bits.Mul64(a.Lo, uint64(b.Hi))
	if c1h != 0 || c2h != 0 {
		return Int128{}, false
	}
	hi, k1 := bits.Add64(hi, c1, 0)
	hi, k2 := bits.Add64(hi, c2, 0)
	if k1 != 0 || k2 != 0 || int64(hi) < 0 {
		return Int128{}, false
	}
	v = Int128{int64(hi), lo}
	if neg {
		v = v.Neg()
	}
	return v, true
}

// QuoRem divides, truncating toward zero; b must not be zero.
func (a Int128) QuoRem(b Int128) (q, r Int128) {
	if x, fits := a.Int64(); fits {
		if y, fits := b.Int64(); fits && !(y == -1 && x == -1<<63) {
			return Int128From(x / y), Int128From(x % y)
		}
	}
	an, bn := a.Hi < 0, b.Hi < 0
	ua, ub := a, b
	if an {
		ua = a.Neg()
	}
	if bn {
		ub = b.Neg()
	}
	if ub.Hi == 0 {
		qh := uint64(ua.Hi) / ub.Lo
		rem := uint64(ua.Hi) % ub.Lo
		ql, rl := bits.Div64(rem, ua.Lo, ub.Lo)
		q, r = Int128{int64(qh), ql}, Int128{0, rl}
	} else {
		bq, br := new(big.Int).QuoRem(ua.Big(), ub.Big(), new(big.Int))
		q, _ = Int128FromBig(bq)
		r, _ = Int128FromBig(br)
	}
	if an != bn {
		q = q.Neg()
	}
	if an {
		r = r.Neg()
	}
	return q, r
}

// Float64 is the nearest double.
func (a Int128) Float64() float64 {
	if v, ok := a.Int64(); ok {
		return float64(v)
	}
	f, _ := new(big.Float).SetInt(a.Big()).Float64()
	return f
}

// Pow10 holds 10^0 to 10^38.
var Pow10 = func() (p [39]Int128) {
	p[0] = Int128From(1)
	for i := 1; i < len(p); i++ {
		p[i], _ = p[i-1].Mul(Int128From(10))
	}
	return p
}()

// Pow10Int64 holds 10^0 to 10^18.
var Pow10Int64 = func() (p [19]int64) {
	p[0] = 1
	for i := 1; i < len(p); i++ {
		p[i] = p[i-1] * 10
	}
	return p
}()

// FitsPrecision says whether |a| < 10^precision.
func (a Int128) FitsPrecision(precision int) bool {
	if a.Hi < 0 {
		a = a.Neg()
		if a.Hi < 0 {
			return false
		}
	}
	return a.Cmp(Pow10[precision]) < 0
}

// String is the plain decimal integer.
func (a Int128) String() string { return a.Big().String() }

// Interval is a calendar interval: Spark's CalendarInterval. The three parts are never carried into each other.
type Interval struct {
	Months, Days int32
	Micros       int64
}
