// Package math holds the mathematical functions: rounding, powers, logarithms, angles, bits, number systems and random numbers.
//
// In: vectors of numbers. Out: vectors; a result outside a function's domain is NULL or NaN as in Spark.
package math

import (
	"math"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// real makes the entry of a function of one double. valid (nil: always) says where it has a value; elsewhere it is NULL.
func real(name, since, doc, example string, f func(x float64) float64, valid func(x float64) bool, aliases ...string) *function.Scalar {
	eval := bind.Lift(func(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
		v := vector.Flatten(args[0])
		out := vector.New(types.DoubleType, n)
		out.Valid = v.Valid
		owned := false
		for i, x := range v.F64[:n] {
			if valid == nil || valid(x) {
				out.F64[i] = f(x)
				continue
			}
			if !owned {
				owned = true
				out.Valid = vector.NewBitmap(n, true)
				copy(out.Valid, v.Valid)
			}
			out.Valid.Clear(i)
		}
		return out, nil
	})
	return &function.Scalar{
		Name: name, Aliases: aliases, MinArgs: 1, MaxArgs: 1, Since: since, Doc: doc, Usage: name + "(expr)", Example: example,
		Bind: bind.Simple(name, types.DoubleType, valid != nil, eval, types.DoubleFamily),
	}
}

// real2 makes the entry of a function of two doubles; it returns NaN and false for NULL.
func real2(name, since, doc, example string, f func(x, y float64) (float64, bool), aliases ...string) *function.Scalar {
	eval := bind.Map2(types.DoubleType, func(_ *function.Context, x, y float64) (float64, error) {
		r, ok := f(x, y)
		if !ok {
			return 0, bind.ErrNull
		}
		return r, nil
	})
	return &function.Scalar{
		Name: name, Aliases: aliases, MinArgs: 2, MaxArgs: 2, Since: since, Doc: doc, Usage: name + "(expr1, expr2)", Example: example,
		Bind: bind.Simple(name, types.DoubleType, true, eval, types.DoubleFamily),
	}
}

func always(f func(x, y float64) float64) func(x, y float64) (float64, bool) {
	return func(x, y float64) (float64, bool) { return f(x, y), true }
}

// pow is Java's Math.pow: unlike Go's, 1 to the power of NaN or infinity is NaN, and so is -1 to that of infinity.
func pow(x, y float64) float64 {
	if y != 0 && (math.IsNaN(y) || math.IsInf(y, 0) && math.Abs(x) == 1) {
		return math.NaN()
	}
	return power(x, y)
}

func atan2(y, x float64) float64 { return math.Atan2(y+0.0, x+0.0) }

func positive(x float64) bool { return !(x <= 0) }

func init() {
	bind.Scalars(
		real("sqrt", "1.1.1", "The square root.", "> SELECT sqrt(4);\n 2.0", math.Sqrt, nil),
		real("cbrt", "1.4.0", "The cube root.", "> SELECT cbrt(27.0);\n 3.0", math.Cbrt, nil),
		real("exp", "1.4.0", "e to the power of expr.", "> SELECT exp(0);\n 1.0", math.Exp, nil),
		real("expm1", "1.4.0", "exp(expr) - 1.", "> SELECT expm1(0);\n 0.0", math.Expm1, nil),
		real("ln", "1.4.0", "The natural logarithm; NULL if expr is not positive.", "> SELECT ln(1);\n 0.0", math.Log, positive),
		real("log2", "1.4.0", "The logarithm to base 2; NULL if expr is not positive.", "> SELECT log2(2);\n 1.0", func(x float64) float64 { return math.Log(x) / math.Ln2 }, positive),
		real("log10", "1.4.0", "The logarithm to base 10; NULL if expr is not positive.", "> SELECT log10(10);\n 1.0", math.Log10, positive),
		real("log1p", "1.4.0", "log(1 + expr); NULL if expr is not above -1.", "> SELECT log1p(0);\n 0.0", math.Log1p, func(x float64) bool { return !(x <= -1) }),
		real("sin", "1.4.0", "The sine.", "> SELECT sin(0);\n 0.0", math.Sin, nil),
		real("cos", "1.4.0", "The cosine.", "> SELECT cos(0);\n 1.0", math.Cos, nil),
		real("tan", "1.4.0", "The tangent.", "> SELECT tan(0);\n 0.0", math.Tan, nil),
		real("cot", "2.3.0", "The cotangent.", "> SELECT cot(1);\n 0.6420926159343306", func(x float64) float64 { return 1 / math.Tan(x) }, nil),
		real("sec", "3.3.0", "The secant.", "> SELECT sec(0);\n 1.0", func(x float64) float64 { return 1 / math.Cos(x) }, nil),
		real("csc", "3.3.0", "The cosecant.", "> SELECT csc(1);\n 1.1883951057781212", func(x float64) float64 { return 1 / math.Sin(x) }, nil),
		real("asin", "1.4.0", "The inverse sine.", "> SELECT asin(0);\n 0.0", math.Asin, nil),
		real("acos", "1.4.0", "The inverse cosine.", "> SELECT acos(1);\n 0.0", math.Acos, nil),
		real("atan", "1.4.0", "The inverse tangent.", "> SELECT atan(0);\n 0.0", math.Atan, nil),
		real("sinh", "1.4.0", "The hyperbolic sine.", "> SELECT sinh(0);\n 0.0", math.Sinh, nil),
		real("cosh", "1.4.0", "The hyperbolic cosine.", "> SELECT cosh(0);\n 1.0", math.Cosh, nil),
		real("tanh", "1.4.0", "The hyperbolic tangent.", "> SELECT tanh(0);\n 0.0", math.Tanh, nil),
		real("asinh", "3.0.0", "The inverse hyperbolic sine.", "> SELECT asinh(0);\n 0.0", func(x float64) float64 {
			if math.IsInf(x, -1) {
				return x
			}
			return math.Log(x + math.Sqrt(x*x+1))
		}, nil),
		real("acosh", "3.0.0", "The inverse hyperbolic cosine.", "> SELECT acosh(1);\n 0.0", func(x float64) float64 { return math.Log(x + math.Sqrt(x*x-1)) }, nil),
		real("atanh", "3.0.0", "The inverse hyperbolic tangent.", "> SELECT atanh(0);\n 0.0", func(x float64) float64 { return 0.5 * (math.Log1p(x) - math.Log1p(-x)) }, nil),
		real("degrees", "1.4.0", "Radians as degrees.", "> SELECT degrees(3.141592653589793);\n 180.0", func(x float64) float64 { return x * 57.29577951308232 }, nil),
		real("radians", "1.4.0", "Degrees as radians.", "> SELECT radians(180);\n 3.141592653589793", func(x float64) float64 { return x * 0.017453292519943295 }, nil),
		real("rint", "1.4.0", "The nearest whole number as a double; the even one of two.", "> SELECT rint(12.3456);\n 12.0", math.RoundToEven, nil),

		real2("pow", "1.4.0", "expr1 to the power of expr2.", "> SELECT pow(2, 3);\n 8.0", always(pow), "power"),
		real2("atan2", "1.4.0", "The angle of the point (exprX, exprY).", "> SELECT atan2(0, 0);\n 0.0", always(atan2)),
		real2("hypot", "1.4.0", "sqrt(expr1² + expr2²).", "> SELECT hypot(3, 4);\n 5.0", always(math.Hypot)),
		&function.Scalar{
			Name: "log", MinArgs: 1, MaxArgs: 2, Since: "1.5.0", Doc: "The logarithm of expr to a base (e if left out); NULL outside its domain.", Usage: "log([base, ]expr)",
			Example: "> SELECT log(10, 100);\n 2.0", Bind: bindLog,
		},
		constant("e", "1.5.0", "Euler's number.", math.E),
		constant("pi", "1.5.0", "The circle's number.", math.Pi),
	)
}

func bindLog(args []function.Arg, ansi bool) (*function.Bound, error) {
	in, err := bind.Cast("log", args, ansi, types.DoubleFamily)
	if err != nil {
		return nil, err
	}
	eval := bind.Map1(types.DoubleType, func(_ *function.Context, x float64) (float64, error) {
		if x <= 0 {
			return 0, bind.ErrNull
		}
		return math.Log(x), nil
	})
	if len(args) == 2 {
		eval = bind.Map2(types.DoubleType, func(_ *function.Context, base, x float64) (float64, error) {
			if base <= 0 || x <= 0 {
				return 0, bind.ErrNull
			}
			return math.Log(x) / math.Log(base), nil
		})
	}
	return &function.Bound{Args: in, Return: types.DoubleType, Nullable: true, Eval: eval}, nil
}

func constant(name, since, doc string, x float64) *function.Scalar {
	return &function.Scalar{
		Name: name, Since: since, Doc: doc, Usage: name + "()", Example: "> SELECT " + name + "();",
		Bind: func([]function.Arg, bool) (*function.Bound, error) {
			return &function.Bound{Return: types.DoubleType, Eval: func(_ *function.Context, _ []*vector.Vector, n int) (*vector.Vector, error) {
				return vector.ConstOf(types.DoubleType, x, n), nil
			}}, nil
		},
	}
}
