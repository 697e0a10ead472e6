package operator

import (
	"math/big"

	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/kernel"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

func outOfRange(text string, t *types.Type) error {
	return sqlerr.New("NUMERIC_VALUE_OUT_OF_RANGE", "value", text, "precision", itoa(int(t.Precision)), "scale", itoa(int(t.Scale)), "config", `"spark.sql.ansi.enabled"`)
}

// decimalArithmetic computes + - * on decimals. Where the precisions rule overflow out, in 64 bits or with 128-bit products;
// else row by row, by big integers where 128 bits do not hold.
func decimalArithmetic(name string, a, b, ret *types.Type, mode cast.Mode) function.Eval {
	sa, sb, sr := int(a.Scale), int(b.Scale), int(ret.Scale)
	narrowA, narrowB, narrow := a.Precision <= 18, b.Precision <= 18, ret.Precision <= 18
	if name != "*" {
		s := max(sa, sb)
		exact := sr == s && max(int(a.Precision)-sa, int(b.Precision)-sb)+s+1 <= types.MaxPrecision
		switch {
		case exact && narrow:
			fa, fb := types.Pow10Int64[s-sa], types.Pow10Int64[s-sb]
			if name == "-" {
				fb = -fb
			}
			return func(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
				out := vector.New(ret, n)
				kernel.Linear(out.I64, operand[int64](args[0]), fa, operand[int64](args[1]), fb)
				return out, nil
			}
		case exact:
			return wideSum(name, s-sa, s-sb, ret)
		}
		return rowwise(name, a, b, ret, mode)
	}
	exact := sr == sa+sb
	switch {
	case exact && narrow:
		return func(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
			out := vector.New(ret, n)
			kernel.Wrap(kernel.Mul, out.I64, operand[int64](args[0]), operand[int64](args[1]))
			return out, nil
		}
	case exact && narrowA && narrowB:
		return func(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
			out := vector.New(ret, n)
			kernel.Products(out.I128, operand[int64](args[0]), operand[int64](args[1]))
			return out, nil
		}
	case exact && int(a.Precision)+int(b.Precision) <= types.MaxPrecision && (narrowA || narrowB):
		return func(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
			out := vector.New(ret, n)
			if narrowB {
				kernel.WideProducts(out.I128, operand[types.Int128](args[0]), operand[int64](args[1]))
			} else {
				kernel.WideProducts(out.I128, operand[types.Int128](args[1]), operand[int64](args[0]))
			}
			return out, nil
		}
	case exact && (narrowA || narrowB):
		checked := rowwise(name, a, b, ret, mode)
		return func(ctx *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
			wide, short := args[0], args[1]
			if !narrowB {
				wide, short = short, wide
			}
			out := vector.New(ret, n)
			if kernel.ShortProducts(out.I128, operand[types.Int128](wide), operand[int64](short)) {
				return out, nil
			}
			return checked(ctx, args, n)
		}
	}
	return rowwise(name, a, b, ret, mode)
}

// wideSum adds or subtracts in 128 bits, with factors 10^up for each side, where overflow is ruled out.
func wideSum(name string, upA, upB int, ret *types.Type) function.Eval {
	fa, fb := types.Pow10[upA], types.Pow10[upB]
	return func(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
		out := vector.New(ret, n)
		x, y := operand[types.Int128](args[0]), operand[types.Int128](args[1])
		sx, sy := step(x), step(y)
		for i := range out.I128 {
			p, q := x.V[i*sx], y.V[i*sy]
			if upA > 0 {
				p, _ = p.Mul(fa)
			}
			if upB > 0 {
				q, _ = q.Mul(fb)
			}
			if name == "-" {
				q = q.Neg()
			}
			out.I128[i] = p.Add(q)
		}
		return out, nil
	}
}

// rowwise computes + - * with a check of every result.
func rowwise(name string, a, b, ret *types.Type, mode cast.Mode) function.Eval {
	sa, sb, sr := int(a.Scale), int(b.Scale), int(ret.Scale)
	s := max(sa, sb)
	return decimalRows(ret, mode, func(x, y types.Int128) (types.Int128, bool, error) {
		if name == "*" {
			p, ok := x.Mul(y)
			if ok {
				r, fits := types.Rescale(p, sa+sb, sr)
				return r, fits, nil
			}
			r, fits := rescaleBig(new(big.Int).Mul(x.Big(), y.Big()), sa+sb, sr)
			return r, fits, nil
		}
		p, ok1 := types.Rescale(x, sa, s)
		q, ok2 := types.Rescale(y, sb, s)
		if name == "-" {
			q = q.Neg()
		}
		if r := p.Add(q); ok1 && ok2 && !((p.Hi^r.Hi)&(q.Hi^r.Hi) < 0) {
			v, fits := types.Rescale(r, s, sr)
			return v, fits, nil
		}
		bx := new(big.Int).Mul(x.Big(), types.Pow10[s-sa].Big())
		by := new(big.Int).Mul(y.Big(), types.Pow10[s-sb].Big())
		if name == "-" {
			by.Neg(by)
		}
		v, fits := rescaleBig(bx.Add(bx, by), s, sr)
		return v, fits, nil
	})
}

// rescaleBig is types.Rescale for values beyond 128 bits.
func rescaleBig(x *big.Int, from, to int) (types.Int128, bool) {
	if to >= from {
		return types.Int128FromBig(new(big.Int).Mul(x, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(to-from)), nil)))
	}
	return divBig(x, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(from-to)), nil))
}

// divBig is x / d, d above 0, rounded half away from zero.
func divBig(x, d *big.Int) (types.Int128, bool) {
	q, r := new(big.Int).QuoRem(x, d, new(big.Int))
	if r.Abs(r).Lsh(r, 1).Cmp(d) >= 0 {
		q.Add(q, big.NewInt(int64(x.Sign())))
	}
	return types.Int128FromBig(q)
}

// decimalRows computes rows by f, which says whether its result is right; one that has too many digits is NULL or an error.
func decimalRows(ret *types.Type, mode cast.Mode, f func(x, y types.Int128) (types.Int128, bool, error)) function.Eval {
	precision := int(ret.Precision)
	return func(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
		out := vector.New(ret, n)
		rows := newNulls(args, n)
		x, y := operand[types.Int128](args[0]), operand[types.Int128](args[1])
		sx, sy := step(x), step(y)
		for i := 0; i < n; i++ {
			if !rows.args.Get(i) {
				continue
			}
			r, ok, err := f(x.V[i*sx], y.V[i*sy])
			if err == bind.ErrNull {
				rows.set(i)
				continue
			}
			if err != nil {
				return nil, err
			}
			if !ok || !r.FitsPrecision(precision) {
				text := r.String()
				if ok {
					text = types.FormatDecimal(r, int(ret.Scale))
				}
				if err := rows.fail(i, mode, func() error { return outOfRange(text, ret) }); err != nil {
					return nil, err
				}
				continue
			}
			if out.I64 != nil {
				out.I64[i] = int64(r.Lo)
			} else {
				out.I128[i] = r
			}
		}
		out.Valid = rows.result()
		return out, nil
	}
}

// decimalQuotient computes / % pmod and div on decimals.
func decimalQuotient(name string, a, b, ret *types.Type, mode cast.Mode) function.Eval {
	sa, sb := int(a.Scale), int(b.Scale)
	zero := func() (types.Int128, bool, error) {
		if mode == cast.ANSI {
			return types.Int128{}, false, divideByZero()
		}
		return types.Int128{}, false, bind.ErrNull
	}
	switch name {
	case "/":
		up := int(ret.Scale) - sa + sb
		return decimalRows(ret, mode, func(x, y types.Int128) (types.Int128, bool, error) {
			if y.Sign() == 0 {
				return zero()
			}
			r, ok := quotient(x, y, up)
			return r, ok, nil
		})
	case "div":
		wide := types.DecimalResult("div", a, b)
		eval := decimalRows(wide, mode, func(x, y types.Int128) (types.Int128, bool, error) {
			if y.Sign() == 0 {
				return zero()
			}
			p, q, ok := align(x, y, sa, sb)
			if !ok {
				bp, bq := alignBig(x, y, sa, sb)
				r, fits := types.Int128FromBig(bp.Quo(bp, bq))
				return r, fits, nil
			}
			r, _ := p.QuoRem(q)
			return r, true, nil
		})
		return func(ctx *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
			v, err := eval(ctx, args, n)
			if err != nil {
				return nil, err
			}
			out := vector.New(ret, n)
			for i := range out.I64 {
				if v.I64 != nil {
					out.I64[i] = v.I64[i]
				} else {
					out.I64[i] = int64(v.I128[i].Lo)
				}
			}
			out.Valid = v.Valid
			return out, nil
		}
	}
	s := max(sa, sb)
	return decimalRows(ret, mode, func(x, y types.Int128) (types.Int128, bool, error) {
		if y.Sign() == 0 {
			return zero()
		}
		p, q, ok := align(x, y, sa, sb)
		if !ok {
			bp, bq := alignBig(x, y, sa, sb)
			r := new(big.Int).Rem(bp, bq)
			if name == "pmod" && r.Sign() < 0 {
				r.Add(r, bq).Rem(r, bq)
			}
			v, fits := rescaleBig(r, s, int(ret.Scale))
			return v, fits, nil
		}
		_, r := p.QuoRem(q)
		if name == "pmod" && r.Sign() < 0 {
			_, r = r.Add(q).QuoRem(q)
		}
		v, fits := types.Rescale(r, s, int(ret.Scale))
		return v, fits, nil
	})
}

// align brings two unscaled values to one scale; ok is false when that needs more than 128 bits.
func align(x, y types.Int128, sa, sb int) (p, q types.Int128, ok bool) {
	s := max(sa, sb)
	p, ok1 := types.Rescale(x, sa, s)
	q, ok2 := types.Rescale(y, sb, s)
	return p, q, ok1 && ok2
}

func alignBig(x, y types.Int128, sa, sb int) (p, q *big.Int) {
	s := max(sa, sb)
	return new(big.Int).Mul(x.Big(), types.Pow10[s-sa].Big()), new(big.Int).Mul(y.Big(), types.Pow10[s-sb].Big())
}

// quotient is x * 10^up / y, rounded half up; up may be negative.
func quotient(x, y types.Int128, up int) (types.Int128, bool) {
	if y.Sign() < 0 {
		x, y = x.Neg(), y.Neg()
	}
	if up >= 0 && up <= 38 {
		if p, ok := x.Mul(types.Pow10[up]); ok {
			return types.DivRound(p, y, types.HalfUp), true
		}
	}
	bx, by := x.Big(), y.Big()
	if up >= 0 {
		bx.Mul(bx, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(up)), nil))
	} else {
		by.Mul(by, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(-up)), nil))
	}
	return divBig(bx, by)
}
