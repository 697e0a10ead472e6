package types

import "strconv"

// The result types of decimal arithmetic, as Spark's DecimalPrecision with spark.sql.decimalOperations.allowPrecisionLoss.

// DecimalOf is the decimal type that holds every value of a numeric type (Spark's DecimalType.forType): int becomes
// decimal(10,0), double decimal(30,15). ok is false for other types.
func DecimalOf(t *Type) (d *Type, ok bool) {
	switch t.Kind {
	case Byte:
		return NewDecimal(3, 0), true
	case Short:
		return NewDecimal(5, 0), true
	case Int:
		return NewDecimal(10, 0), true
	case Long:
		return NewDecimal(20, 0), true
	case Float:
		return NewDecimal(14, 7), true
	case Double:
		return NewDecimal(30, 15), true
	case Decimal:
		return t, true
	}
	return nil, false
}

// DecimalOfLiteral is the smallest decimal type that holds an integer literal: 100 becomes decimal(3,0).
func DecimalOfLiteral(v int64) *Type {
	p := 1
	for v >= 10 || v <= -10 {
		v /= 10
		p++
	}
	return NewDecimal(p, 0)
}

// BoundedDecimal cuts precision and scale at 38.
func BoundedDecimal(precision, scale int) *Type {
	return NewDecimal(min(precision, MaxPrecision), min(scale, MaxPrecision))
}

// minAdjustedScale is the number of fraction digits that are kept when a result's precision has to be cut.
const minAdjustedScale = 6

// AdjustDecimal makes a result type fit in 38 digits by giving up fraction digits, but not below 6.
func AdjustDecimal(precision, scale int) *Type {
	if precision <= MaxPrecision {
		return NewDecimal(precision, scale)
	}
	return NewDecimal(MaxPrecision, max(MaxPrecision-(precision-scale), min(scale, minAdjustedScale)))
}

// WiderDecimal holds every value of both decimal types, cut at 38 digits.
func WiderDecimal(a, b *Type) *Type {
	scale := max(a.Scale, b.Scale)
	whole := max(a.Precision-a.Scale, b.Precision-b.Scale)
	return BoundedDecimal(int(whole)+int(scale), int(scale))
}

// DecimalResult is the result type of an operator (+ - * / % pmod div) on two decimals; div gives the decimal that the
// quotient is computed in (its result is then a bigint).
func DecimalResult(op string, a, b *Type) *Type {
	p1, s1, p2, s2 := int(a.Precision), int(a.Scale), int(b.Precision), int(b.Scale)
	switch op {
	case "+", "-":
		s := max(s1, s2)
		return AdjustDecimal(max(p1-s1, p2-s2)+s+1, s)
	case "*":
		return AdjustDecimal(p1+p2+1, s1+s2)
	case "/":
		s := max(minAdjustedScale, s1+p2+1)
		return AdjustDecimal(p1-s1+s2+s, s)
	case "%", "pmod":
		s := max(s1, s2)
		return AdjustDecimal(min(p1-s1, p2-s2)+s, s)
	case "div":
		return AdjustDecimal(max(p1-s1+s2, 1), 0)
	}
	return WiderDecimal(a, b)
}

// RoundMode says how a decimal's dropped digits round.
type RoundMode uint8

// The modes: half away from zero (Spark's round and casts), half to even (bround), toward plus and minus infinity, toward zero.
const (
	HalfUp RoundMode = iota
	HalfEven
	Ceiling
	Floor
	Down
)

// DivPow10 is x / 10^n rounded; n is 0 or more.
func DivPow10(x Int128, n int, mode RoundMode) Int128 {
	if n == 0 {
		return x
	}
	if n > 38 {
		switch {
		case mode == Ceiling && x.Sign() > 0:
			return Int128From(1)
		case mode == Floor && x.Sign() < 0:
			return Int128From(-1)
		}
		return Int128{}
	}
	return DivRound(x, Pow10[n], mode)
}

// DivRound is x / d rounded; d is above 0.
func DivRound(x, d Int128, mode RoundMode) Int128 {
	q, r := x.QuoRem(d)
	if r.Sign() == 0 {
		return q
	}
	up := false
	switch mode {
	case HalfUp, HalfEven:
		a := r
		if a.Hi < 0 {
			a = a.Neg()
		}
		// a against d-a, which cannot overflow as 2a might.
		c := a.Cmp(d.Sub(a))
		up = c > 0 || c == 0 && (mode == HalfUp || q.Lo&1 == 1)
	case Ceiling:
		up = x.Sign() > 0
	case Floor:
		up = x.Sign() < 0
	}
	if up {
		q = q.Add(Int128From(int64(x.Sign())))
	}
	return q
}

// Rescale moves an unscaled value from one scale to another, rounding half up; ok is false when it no longer fits 128 bits.
func Rescale(x Int128, from, to int) (v Int128, ok bool) {
	if to <= from {
		return DivPow10(x, from-to, HalfUp), true
	}
	if x.Sign() == 0 {
		return x, true
	}
	if to-from > 38 {
		return Int128{}, false
	}
	return x.Mul(Pow10[to-from])
}

// FormatDecimal is an unscaled value as plain text: 150 at scale 2 is 1.50.
func FormatDecimal(x Int128, scale int) string { return string(AppendDecimal(nil, x, scale)) }

// AppendDecimal appends what FormatDecimal gives.
func AppendDecimal(dst []byte, x Int128, scale int) []byte {
	var buf [48]byte
	if x.Hi < 0 {
		dst = append(dst, '-')
		x = x.Neg()
	}
	digits := appendDigits(buf[:0], x)
	if scale == 0 {
		return append(dst, digits...)
	}
	if len(digits) <= scale {
		dst = append(dst, '0', '.')
		for i := len(digits); i < scale; i++ {
			dst = append(dst, '0')
		}
		return append(dst, digits...)
	}
	dst = append(dst, digits[:len(digits)-scale]...)
	dst = append(dst, '.')
	return append(dst, digits[len(digits)-scale:]...)
}

// appendDigits appends the digits of x, which is 0 or more.
func appendDigits(dst []byte, x Int128) []byte {
	if x.Hi == 0 {
		return strconv.AppendUint(dst, x.Lo, 10)
	}
	const chunk = 1_000_000_000_000_000_000
	q, r := x.QuoRem(Int128From(chunk))
	dst = appendDigits(dst, q)
	for d := uint64(chunk / 10); d > 0; d /= 10 {
		dst = append(dst, byte('0'+r.Lo/d%10))
	}
	return dst
}

// ParseDecimal reads digits with an optional sign, point and exponent (no spaces around) as an unscaled value of the scale,
// rounding half up; ok is false when it is malformed, fits when it does not have more than precision digits.
func ParseDecimal(s []byte, precision, scale int) (v Int128, ok, fits bool) {
	d, ok := scanDecimal(s)
	if !ok {
		return Int128{}, false, false
	}
	keep := d.point + scale // digits before the rounding place
	if d.n == 0 || keep < 0 {
		return Int128{}, true, true
	}
	if keep > precision {
		return Int128{}, true, false
	}
	for i := 0; i < keep; i++ {
		v, _ = v.Mul(Int128From(10))
		if i < d.n {
			v = v.Add(Int128From(int64(d.digit(i) - '0')))
		}
	}
	if keep < d.n && d.digit(keep) >= '5' {
		v = v.Add(Int128From(1))
		if !v.FitsPrecision(precision) {
			return Int128{}, true, false
		}
	}
	if d.neg {
		v = v.Neg()
	}
	return v, true, true
}

// scanned is a number as text: 0.ddd × 10^point, the digits lying in text[from:] but for a point among them.
type scanned struct {
	text     []byte
	from, n  int // first significant digit, number of digits from there
	dot      int // index of the point in text, or len(text)
	point    int
	neg      bool
	fraction int // digits after the point as written, minus the exponent: the scale of the literal
}

func (d *scanned) digit(i int) byte {
	p := d.from + i
	if d.from < d.dot && p >= d.dot {
		p++
	}
	return d.text[p]
}

func scanDecimal(s []byte) (d scanned, ok bool) {
	if len(s) > 0 && (s[0] == '-' || s[0] == '+') {
		d.neg = s[0] == '-'
		s = s[1:]
	}
	end, exp := len(s), 0
	for i, c := range s {
		if c == 'e' || c == 'E' {
			end = i
			n, err := strconv.Atoi(string(s[i+1:]))
			if err != nil || n > 1<<30 || n < -1<<30 {
				return d, false
			}
			exp = n
			break
		}
	}
	d.text, d.dot, d.from = s[:end], end, -1
	total := 0
	for i, c := range d.text {
		switch {
		case c == '.' && d.dot == end:
			d.dot = i
		case c >= '0' && c <= '9':
			total++
			if d.from < 0 && c != '0' {
				d.from = i
			}
		default:
			return d, false
		}
	}
	if total == 0 {
		return d, false
	}
	if d.dot < end {
		d.fraction = end - d.dot - 1
	}
	d.fraction -= exp
	if d.from < 0 {
		return d, true
	}
	d.n = end - d.from
	d.point = d.dot - d.from + exp
	if d.from < d.dot && d.dot < end {
		d.n--
	} else if d.from > d.dot {
		d.point++
	}
	return d, true
}

// ParseDecimalLiteral reads a number as the decimal type that its digits need: 1.50 is decimal(3,2), 1e3 decimal(4,0); ok is
// false when it is malformed or needs more than 38 digits.
func ParseDecimalLiteral(s string) (v Int128, t *Type, ok bool) {
	d, ok := scanDecimal([]byte(s))
	if !ok || d.fraction > MaxPrecision {
		return Int128{}, nil, false
	}
	scale := max(d.fraction, 0)
	precision := max(scale, 1)
	if d.n > 0 {
		precision = max(d.point+scale, scale, 1)
	}
	if precision > MaxPrecision {
		return Int128{}, nil, false
	}
	v, ok, fits := ParseDecimal([]byte(s), precision, scale)
	return v, NewDecimal(precision, scale), ok && fits
}

// DecimalResultKeepingScale is DecimalResult with spark.sql.decimalOperations.allowPrecisionLoss=false: precision and
// scale are cut at 38 each, so fewer whole digits are left.
func DecimalResultKeepingScale(op string, a, b *Type) *Type {
	p1, s1, p2, s2 := int(a.Precision), int(a.Scale), int(b.Precision), int(b.Scale)
	s := max(s1, s2)
	switch op {
	case "+", "-":
		return BoundedDecimal(max(p1-s1, p2-s2)+s+1, s)
	case "*":
		return BoundedDecimal(p1+p2+1, s1+s2)
	case "/":
		whole := min(MaxPrecision, p1-s1+s2)
		fraction := min(MaxPrecision, max(minAdjustedScale, s1+p2+1))
		if over := whole + fraction - MaxPrecision; over > 0 {
			fraction -= over/2 + 1
			whole = MaxPrecision - fraction
		}
		return BoundedDecimal(whole+fraction, fraction)
	case "%", "pmod":
		return BoundedDecimal(min(p1-s1, p2-s2)+s, s)
	case "div":
		return BoundedDecimal(max(p1-s1+s2, 1), 0)
	}
	return WiderDecimal(a, b)
}
