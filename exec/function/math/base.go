package math

import (
	"math"
	"strconv"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

func init() {
	bind.Scalars(
		&function.Scalar{
			Name: "bin", MinArgs: 1, MaxArgs: 1, Since: "1.5.0", Doc: "A bigint in binary.", Usage: "bin(expr)", Example: "> SELECT bin(13);\n 1101",
			Bind: bind.Simple("bin", types.StringType, false, bind.Append1(types.StringType, func(_ *function.Context, dst []byte, x int64) ([]byte, error) {
				return strconv.AppendUint(dst, uint64(x), 2), nil
			}), types.LongFamily),
		},
		&function.Scalar{Name: "hex", MinArgs: 1, MaxArgs: 1, Since: "1.5.0", Doc: "A bigint, binary or string in hexadecimal.", Usage: "hex(expr)", Example: "> SELECT hex(17);\n 11", Bind: bindHex},
		&function.Scalar{
			Name: "unhex", MinArgs: 1, MaxArgs: 1, Since: "1.5.0", Doc: "Hexadecimal text as binary; NULL if it is malformed.", Usage: "unhex(expr)",
			Example: "> SELECT decode(unhex('537061726B2053514C'), 'UTF-8');\n Spark SQL", Bind: bind.Simple("unhex", types.BinaryType, true, bind.Append1(types.BinaryType, unhex), types.StringFamily),
		},
		&function.Scalar{
			Name: "conv", MinArgs: 3, MaxArgs: 3, Since: "1.5.0", Doc: "A number as text from one base to another, by way of 64 bits.", Usage: "conv(num, from_base, to_base)",
			Example: "> SELECT conv('100', 2, 10);\n 4", Bind: bindConv,
		},
		&function.Scalar{
			Name: "width_bucket", MinArgs: 4, MaxArgs: 4, Since: "3.1.0", Doc: "The number of the bucket value falls in, of num_bucket equal ones between min_value and max_value.",
			Usage: "width_bucket(value, min_value, max_value, num_bucket)", Example: "> SELECT width_bucket(5.3, 0.2, 10.6, 5);\n 3", Bind: bindBucket,
		},
	)
}

const upperDigits = "0123456789ABCDEF"

func bindHex(args []function.Arg, ansi bool) (*function.Bound, error) {
	in, err := bind.Cast("hex", args, ansi, types.OneOf(types.LongFamily, types.BinaryFamily, types.StringFamily))
	if err != nil {
		return nil, err
	}
	out := &function.Bound{Args: in, Return: types.StringType}
	if in[0].Kind == types.Long {
		out.Eval = bind.Append1(types.StringType, func(_ *function.Context, dst []byte, x int64) ([]byte, error) {
			u := uint64(x)
			digits := 1
			for v := u >> 4; v > 0; v >>= 4 {
				digits++
			}
			for k := digits - 1; k >= 0; k-- {
				dst = append(dst, upperDigits[u>>(4*uint(k))&15])
			}
			return dst, nil
		})
		return out, nil
	}
	out.Eval = bind.Append1(types.StringType, func(_ *function.Context, dst []byte, b []byte) ([]byte, error) {
		for _, c := range b {
			dst = append(dst, upperDigits[c>>4], upperDigits[c&15])
		}
		return dst, nil
	})
	return out, nil
}

func digit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'z':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'Z':
		return int(c-'A') + 10
	}
	return 99
}

func unhex(_ *function.Context, dst []byte, b []byte) ([]byte, error) {
	if len(b)%2 == 1 {
		d := digit(b[0])
		if d > 15 {
			return nil, bind.ErrNull
		}
		dst = append(dst, byte(d))
		b = b[1:]
	}
	for ; len(b) > 0; b = b[2:] {
		hi, lo := digit(b[0]), digit(b[1])
		if hi > 15 || lo > 15 {
			return nil, bind.ErrNull
		}
		dst = append(dst, byte(hi<<4|lo))
	}
	return dst, nil
}

func bindConv(args []function.Arg, ansi bool) (*function.Bound, error) {
	return bind.Simple("conv", types.StringType, true, bind.Append3(types.StringType, func(_ *function.Context, dst []byte, s []byte, from, to int32) ([]byte, error) {
		base := to
		if base < 0 {
			base = -base
		}
		for len(s) > 0 && s[0] == ' ' {
			s = s[1:]
		}
		for len(s) > 0 && s[len(s)-1] == ' ' {
			s = s[:len(s)-1]
		}
		if from < 2 || from > 36 || base < 2 || base > 36 || len(s) == 0 {
			return nil, bind.ErrNull
		}
		neg := s[0] == '-'
		if neg {
			s = s[1:]
		}
		var v uint64
		for _, c := range s {
			d := digit(c)
			if d >= int(from) {
				break
			}
			if v > (math.MaxUint64-uint64(d))/uint64(from) {
				if ansi {
					return nil, sqlerr.New("ARITHMETIC_OVERFLOW", "message", "Overflow in function conv()", "alternative", "", "config", `"spark.sql.ansi.enabled"`)
				}
				v = math.MaxUint64
				break
			}
			v = v*uint64(from) + uint64(d)
		}
		if neg && to > 0 {
			if int64(v) < 0 {
				v = math.MaxUint64
			} else {
				v = -v
			}
		}
		if to < 0 && int64(v) < 0 {
			v, neg = -v, true
		}
		if neg && to < 0 {
			dst = append(dst, '-')
		}
		from0 := len(dst)
		dst = strconv.AppendUint(dst, v, int(base))
		for i := from0; i < len(dst); i++ {
			if dst[i] >= 'a' {
				dst[i] -= 'a' - 'A'
			}
		}
		return dst, nil
	}), types.StringFamily, types.IntFamily, types.IntFamily)(args, ansi)
}

// bindBucket binds width_bucket of doubles or of intervals of one kind.
func bindBucket(args []function.Arg, ansi bool) (*function.Bound, error) {
	want := types.OneOf(types.DoubleFamily, types.YearMonthFamily, types.DayTimeFamily)
	in, err := bind.Cast("width_bucket", args, ansi, want, want, want, types.LongFamily)
	if err != nil {
		return nil, err
	}
	if in[0].Kind != in[1].Kind || in[0].Kind != in[2].Kind {
		return nil, bind.Unexpected("width_bucket", args, 1, bind.TypeSQL(in[0]))
	}
	value := func(v *vector.Vector, i int) float64 {
		w, i := v.Values(), v.Index(i)
		switch v.Type.Kind {
		case types.YearMonth:
			return float64(w.I32[i])
		case types.DayTime:
			return float64(w.I64[i])
		}
		return w.F64[i]
	}
	return &function.Bound{
		Args: in, Return: types.LongType, Nullable: true,
		Eval: bind.Rows(types.LongType, func(_ *function.Context, args []*vector.Vector) (func(int, *vector.Builder) error, error) {
			n := bind.Reader[int64](args[3])
			return func(i int, out *vector.Builder) error {
				b, ok := bucket(value(args[0], i), value(args[1], i), value(args[2], i), n(i))
				if !ok {
					return bind.ErrNull
				}
				out.AppendInt(b)
				return nil
			}, nil
		}),
	}, nil
}

func bucket(x, low, high float64, n int64) (int64, bool) {
	if n <= 0 || n == math.MaxInt64 || math.IsNaN(x) || low == high || math.IsNaN(low) || math.IsInf(low, 0) || math.IsNaN(high) || math.IsInf(high, 0) {
		return 0, false
	}
	below, above := x < low, x >= high
	if low > high {
		below, above = x > low, x <= high
	}
	switch {
	case below:
		return 0, true
	case above:
		return n + 1, true
	}
	return int64(float64(n)*(x-low)/(high-low)) + 1, true
}
