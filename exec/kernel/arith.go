package kernel

import (
	"math/bits"

	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// Arith is an arithmetic operation that cannot give NULL.
type Arith uint8

// The operations.
const (
	Add Arith = iota
	Sub
	Mul
)

// Integer lists the integer value types.
type Integer interface{ int8 | int16 | int32 | int64 }

// Operand is a column of values, or a constant: then V holds one.
type Operand[T any] struct {
	V     []T
	Const bool
}

// Wrap fills out with a op b; integers wrap around.
func Wrap[T Number](op Arith, out []T, a, b Operand[T]) {
	switch {
	case a.Const && b.Const:
		x, y := a.V[0], b.V[0]
		var r T
		switch op {
		case Add:
			r = x + y
		case Sub:
			r = x - y
		case Mul:
			r = x * y
		}
		for i := range out {
			out[i] = r
		}
	case b.Const:
		wrapConst(op, out, a.V, b.V[0])
	case a.Const:
		x, y := a.V[0], b.V[:len(out)]
		switch op {
		case Sub:
			for i, v := range y {
				out[i] = x - v
			}
		default:
			wrapConst(op, out, b.V, x)
		}
	default:
		x, y := a.V[:len(out)], b.V[:len(out)]
		switch op {
		case Add:
			for i := range out {
				out[i] = x[i] + y[i]
			}
		case Sub:
			for i := range out {
				out[i] = x[i] - y[i]
			}
		case Mul:
			for i := range out {
				out[i] = x[i] * y[i]
			}
		}
	}
}

func wrapConst[T Number](op Arith, out, a []T, y T) {
	a = a[:len(out)]
	switch op {
	case Add:
		for i, x := range a {
			out[i] = x + y
		}
	case Sub:
		for i, x := range a {
			out[i] = x - y
		}
	case Mul:
		for i, x := range a {
			out[i] = x * y
		}
	}
}

// AddOverflows says whether r = a + b wrapped around.
func AddOverflows[T Integer](a, b, r T) bool { return (a^r)&(b^r) < 0 }

// SubOverflows says whether r = a - b wrapped around.
func SubOverflows[T Integer](a, b, r T) bool { return (a^b)&(a^r) < 0 }

// MulOverflows says whether a * b wraps around.
func MulOverflows[T Integer](a, b T) bool {
	p := types.MulInt64(int64(a), int64(b))
	v, ok := p.Int64()
	return !ok || int64(T(v)) != v
}

// Checked is Wrap that calls overflow for every row that is valid and wraps around; an error of it ends the loop.
func Checked[T Integer](op Arith, out []T, a, b Operand[T], valid vector.Bitmap, overflow func(i int) error) error {
	Wrap(op, out, a, b)
	step := func(o Operand[T]) int {
		if o.Const {
			return 0
		}
		return 1
	}
	sa, sb := step(a), step(b)
	for i, r := range out {
		x, y := a.V[i*sa], b.V[i*sb]
		bad := false
		switch op {
		case Add:
			bad = AddOverflows(x, y, r)
		case Sub:
			bad = SubOverflows(x, y, r)
		case Mul:
			bad = MulOverflows(x, y)
		}
		if bad && valid.Get(i) {
			if err := overflow(i); err != nil {
				return err
			}
		}
	}
	return nil
}

// Linear fills out with a*fa + b*fb: the sum of decimals of different scales, where the result's precision rules overflow out.
func Linear(out []int64, a Operand[int64], fa int64, b Operand[int64], fb int64) {
	switch {
	case b.Const && !a.Const:
		y := b.V[0] * fb
		for i, x := range a.V[:len(out)] {
			out[i] = x*fa + y
		}
	case a.Const && !b.Const:
		x := a.V[0] * fa
		for i, y := range b.V[:len(out)] {
			out[i] = x + y*fb
		}
	case a.Const:
		r := a.V[0]*fa + b.V[0]*fb
		for i := range out {
			out[i] = r
		}
	default:
		x, y := a.V[:len(out)], b.V[:len(out)]
		for i := range out {
			out[i] = x[i]*fa + y[i]*fb
		}
	}
}

// Products fills out with the exact products of two columns of decimals of up to 18 digits.
func Products(out []types.Int128, a, b Operand[int64]) {
	switch {
	case b.Const && !a.Const:
		y := b.V[0]
		for i, x := range a.V[:len(out)] {
			out[i] = types.MulInt64(x, y)
		}
	case a.Const && !b.Const:
		Products(out, b, a)
	case a.Const:
		r := types.MulInt64(a.V[0], b.V[0])
		for i := range out {
			out[i] = r
		}
	default:
		x, y := a.V[:len(out)], b.V[:len(out)]
		for i := range out {
			out[i] = types.MulInt64(x[i], y[i])
		}
	}
}

// WideProducts fills out with a*b for a wide and a narrow decimal, where the result's precision rules overflow out.
func WideProducts(out []types.Int128, a Operand[types.Int128], b Operand[int64]) {
	sa, sb := 1, 1
	if a.Const {
		sa = 0
	}
	if b.Const {
		sb = 0
	}
	for i := range out {
		x, y := a.V[i*sa], b.V[i*sb]
		// Modulo 2^128 the signed product is the low word's unsigned product, plus the cross terms.
		hi, lo := bits.Mul64(x.Lo, uint64(y))
		hi += uint64(x.Hi)*uint64(y) + x.Lo*uint64(y>>63)
		out[i] = types.Int128{Hi: int64(hi), Lo: lo}
	}
}

// ShortProducts is WideProducts for a wide decimal whose values mostly fit 64 bits: false means that one does not, and out is void.
// A product of two 64-bit integers is below 10^38, so no result needs a check.
func ShortProducts(out []types.Int128, a Operand[types.Int128], b Operand[int64]) bool {
	sa, sb := 1, 1
	if a.Const {
		sa = 0
	}
	if b.Const {
		sb = 0
	}
	var long int64
	for i := range out {
		x, y := a.V[i*sa], b.V[i*sb]
		long |= x.Hi ^ int64(x.Lo)>>63
		out[i] = types.MulInt64(int64(x.Lo), y)
	}
	return long == 0
}
