package math

import "math"

// power is x to the power of y after FreeBSD's e_pow.c, which errs by less than 0.7 of the last place, as Java's pow does;
// that of Go's library errs by several, so that power(10, 2.35) would differ from Spark in a digit that is shown.
//
// ====================================================
// Copyright (C) 2004 by Sun Microsystems, Inc. All rights reserved.
//
// Permission to use, copy, modify, and distribute this
// software is freely granted, provided that this notice
// is preserved.
// ====================================================
//
// x = 2**n * (1 + f); log2(x) is computed as n + log2(1 + f) in two parts, multiplied by y in two parts, and 2 raised to it.
func power(x, y float64) float64 {
	ax := math.Abs(x)
	switch {
	case ax == 0 || x == 1 || math.IsInf(x, 0) || math.IsNaN(x), y == 0 || y == 1 || y == 2 || y == -1 || math.IsInf(y, 0) || math.IsNaN(y):
		return math.Pow(x, y) // exact there
	case y == 0.5 && x > 0:
		return math.Sqrt(x)
	case math.Abs(y) > 0x1p64:
		if ax == 1 {
			return 1
		}
		return extremePower(ax, y) // y is even
	}
	sign := 1.0
	if x < 0 {
		whole, part := math.Modf(y)
		if part != 0 {
			return math.NaN()
		}
		if math.Mod(whole, 2) != 0 {
			sign = -1
		}
	}
	var t1, t2 float64
	if math.Abs(y) > 0x1p31 {
		if t := ax - 1; math.Abs(t) > 0x1p-20 {
			return sign * extremePower(ax, y)
		}
		t1, t2 = logNearOne(ax)
	} else {
		t1, t2 = logTwo(ax)
	}
	// Split y into y1 + y2 and multiply.
	y1 := cutLow(y)
	low := (y-y1)*t1 + y*t2
	high := y1 * t1
	return sign * exp2(high, low)
}

// extremePower is the result where the exponent is so large that it overflows or vanishes.
func extremePower(ax, y float64) float64 {
	if (ax > 1) == (y > 0) {
		return math.Inf(1)
	}
	return 0
}

// cutLow is x with its lower 32 bits cleared.
func cutLow(x float64) float64 { return math.Float64frombits(math.Float64bits(x) &^ 0xffffffff) }

func highWord(x float64) int32 { return int32(math.Float64bits(x) >> 32) }

func withHigh(x float64, high int32) float64 {
	return math.Float64frombits(uint64(uint32(high))<<32 | math.Float64bits(x)&0xffffffff)
}

// logNearOne is log2 of a number within 2**-20 of 1, in two parts.
func logNearOne(ax float64) (t1, t2 float64) {
	const (
		ivln2  = 1.44269504088896338700e+00
		ivln2h = 1.44269502162933349609e+00
		ivln2l = 1.92596299112661746887e-08
	)
	t := ax - 1
	w := (t * t) * (0.5 - t*(0.3333333333333333333333-t*0.25))
	u := ivln2h * t
	v := t*ivln2l - w*ivln2
	t1 = cutLow(u + v)
	return t1, v - (t1 - u)
}

// logTwo is log2 of a positive number, in two parts.
func logTwo(ax float64) (t1, t2 float64) {
	const (
		l1   = 5.99999999999994648725e-01
		l2   = 4.28571428578550184252e-01
		l3   = 3.33333329818377432918e-01
		l4   = 2.72728123808534006489e-01
		l5   = 2.30660745775561754067e-01
		l6   = 2.06975017800338417784e-01
		cp   = 9.61796693925975554329e-01
		cpH  = 9.61796700954437255859e-01
		cpL  = -7.02846165095275826516e-09
		dpH1 = 5.84962487220764160156e-01
		dpL1 = 1.35003920212974897128e-08
	)
	n := int32(0)
	if ax < 0x1p-1022 {
		ax *= 0x1p53
		n -= 53
	}
	ix := highWord(ax)
	n += (ix >> 20) - 0x3ff
	j := ix & 0x000fffff
	ix = j | 0x3ff00000
	bp, dpH, dpL := 1.0, 0.0, 0.0
	half := int32(0)
	switch {
	case j <= 0x3988E: // |x| < sqrt(3/2)
	case j < 0xBB67A: // |x| < sqrt(3)
		bp, dpH, dpL, half = 1.5, dpH1, dpL1, 1
	default:
		n++
		ix -= 0x00100000
	}
	ax = withHigh(ax, ix)
	// s = (x - bp) / (x + bp), in two parts.
	u := ax - bp
	v := 1 / (ax + bp)
	s := u * v
	sH := cutLow(s)
	tH := withHigh(0, ((ix>>1)|0x20000000)+0x00080000+(half<<18))
	tL := ax - (tH - bp)
	sL := v * ((u - sH*tH) - sH*tL)
	// log(ax), in two parts.
	s2 := s * s
	r := s2 * s2 * (l1 + s2*(l2+s2*(l3+s2*(l4+s2*(l5+s2*l6)))))
	r += sL * (sH + s)
	s2 = sH * sH
	tH = cutLow(3 + s2 + r)
	tL = r - ((tH - 3) - s2)
	u = sH * tH
	v = sL*tH + tL*s
	pH := cutLow(u + v)
	pL := v - (pH - u)
	zH := cpH * pH
	zL := cpL*pH + pL*cp + dpL
	t := float64(n)
	t1 = cutLow(((zH + zL) + dpH) + t)
	return t1, zL - (((t1 - t) - dpH) - zH)
}

// exp2 is 2 to the power of high + low.
func exp2(high, low float64) float64 {
	const (
		p1     = 1.66666666666666019037e-01
		p2     = -2.77777777770155933842e-03
		p3     = 6.61375632143793436117e-05
		p4     = -1.65339022054652515390e-06
		p5     = 4.13813679705723846039e-08
		lg2    = 6.93147180559945286227e-01
		lg2H   = 6.93147182464599609375e-01
		lg2L   = -1.90465429995776804525e-09
		margin = 8.0085662595372944372e-17 // -(1024 - log2(largest + half of its last place))
	)
	z := low + high
	if z >= 1024 {
		if z > 1024 || low+margin > z-high {
			return math.Inf(1)
		}
	} else if z <= -1075 {
		if z < -1075 || low <= z-high {
			return 0
		}
	}
	j := highWord(z)
	i := j & 0x7fffffff
	k := (i >> 20) - 0x3ff
	n := int32(0)
	if i > 0x3fe00000 { // |z| > 0.5: n = round(z)
		n = j + (0x00100000 >> (k + 1))
		k = ((n & 0x7fffffff) >> 20) - 0x3ff
		t := withHigh(0, n&^(0x000fffff>>k))
		n = ((n & 0x000fffff) | 0x00100000) >> (20 - k)
		if j < 0 {
			n = -n
		}
		high -= t
	}
	t := cutLow(low + high)
	u := t * lg2H
	v := (low-(t-high))*lg2 + t*lg2L
	z = u + v
	w := v - (z - u)
	t = z * z
	t1 := z - t*(p1+t*(p2+t*(p3+t*(p4+t*p5))))
	r := (z*t1)/(t1-2) - (w + z*w)
	z = 1 - (r - z)
	return math.Ldexp(z, int(n))
}
