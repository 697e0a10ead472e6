package text

import "github.com/argan-sql/argan/types"

// ParseDecimal reads a decimal number with an optional exponent and rounds it, half up, to the scale. ok is false for
// what is no number or has too many digits.
func ParseDecimal(b []byte, precision, scale int) (v types.Int128, ok bool) {
	neg := false
	i := 0
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		neg = b[0] == '-'
		i++
	}
	// The first 38 significant digits are kept, and one more to round by.
	var digits, point, exp int
	kept := 0
	seenPoint, any := false, false
	var next byte // the digit after those kept
	sticky := 0   // digits dropped before the point
	for ; i < len(b); i++ {
		c := b[i]
		if c == '.' {
			if seenPoint {
				return v, false
			}
			seenPoint = true
			continue
		}
		if c < '0' || c > '9' {
			break
		}
		any = true
		if digits == 0 && c == '0' {
			if seenPoint {
				point++
			}
			continue
		}
		digits++
		if kept < types.MaxPrecision {
			kept++
			m, _ := v.Mul(types.Int128From(10))
			v = m.Add(types.Int128From(int64(c - '0')))
			if seenPoint {
				point++
			}
			continue
		}
		if digits == types.MaxPrecision+1 {
			next = c - '0'
		}
		if !seenPoint {
			sticky++
		}
	}
	if !any {
		return v, false
	}
	if i < len(b) && (b[i] == 'e' || b[i] == 'E') {
		i++
		sign := 1
		if i < len(b) && (b[i] == '-' || b[i] == '+') {
			if b[i] == '-' {
				sign = -1
			}
			i++
		}
		if i == len(b) {
			return v, false
		}
		for ; i < len(b) && b[i] >= '0' && b[i] <= '9'; i++ {
			if exp < 100000 {
				exp = exp*10 + int(b[i]-'0')
			}
		}
		exp *= sign
	}
	if i != len(b) {
		return v, false
	}
	if v.Sign() == 0 {
		return v, true
	}
	// The value is v × 10^(sticky-point+exp); its unscaled form wants scale more.
	shift := scale - point + sticky + exp
	if v, ok = shiftDecimal(v, shift, next); !ok || !v.FitsPrecision(precision) {
		return v, false
	}
	if neg {
		v = v.Neg()
	}
	return v, true
}

// shiftDecimal multiplies by a power of ten, rounding half up when it is negative; next is the digit after v's last.
func shiftDecimal(v types.Int128, shift int, next byte) (types.Int128, bool) {
	switch {
	case shift > types.MaxPrecision:
		return v, false
	case shift > 0:
		p, ok := v.Mul(types.Pow10[shift])
		return p, ok
	case shift == 0:
		if next >= 5 {
			v = v.Add(types.Int128From(1))
		}
		return v, true
	case -shift > types.MaxPrecision:
		return types.Int128{}, true
	}
	q, r := v.QuoRem(types.Pow10[-shift])
	if half := types.Pow10[-shift-1]; r.Cmp(half.Add(half).Add(half).Add(half).Add(half)) >= 0 {
		q = q.Add(types.Int128From(1))
	}
	return q, true
}
