package text

import (
	"math"
	"math/big"
	"strings"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

func init() {
	bind.Scalars(&function.Scalar{
		Name: "format_number", MinArgs: 2, MaxArgs: 2, Since: "1.5.0",
		Doc:     "A number with commas and so many digits after the point, or by a pattern of java.text.DecimalFormat.",
		Usage:   "format_number(expr1, expr2)",
		Example: "> SELECT format_number(12332.123456, 4);\n 12,332.1235",
		Bind: func(args []function.Arg, ansi bool) (*function.Bound, error) {
			in, err := bind.Cast("format_number", args, ansi, types.NumericFamily, types.OneOf(types.IntFamily, types.StringFamily))
			if err != nil {
				return nil, err
			}
			return &function.Bound{Args: in, Return: types.StringType, Nullable: true, Eval: formatNumber}, nil
		},
	})
}

var formatNumber = bind.Rows(types.StringType, func(_ *function.Context, args []*vector.Vector) (func(int, *vector.Builder) error, error) {
	var last string
	var f *numberFormat
	return func(i int, out *vector.Builder) error {
		switch d := args[1].Value(i).(type) {
		case int32:
			if d < 0 {
				return bind.ErrNull
			}
			f = &numberFormat{group: 3, minInt: 1, minFrac: int(d), maxFrac: int(d), times: 1}
		case string:
			if f == nil || d != last {
				var err error
				if f, err = parseNumberFormat(d); err != nil {
					return err
				}
				last = d
			}
		}
		x := new(big.Rat)
		negative := false
		switch v := args[0].Value(i).(type) {
		case float64:
			if math.IsNaN(v) || math.IsInf(v, 0) {
				out.AppendString(f.special(v))
				return nil
			}
			x.SetFloat64(v)
			negative = math.Signbit(v)
		case float32:
			if w := float64(v); math.IsNaN(w) || math.IsInf(w, 0) {
				out.AppendString(f.special(w))
				return nil
			}
			x.SetFloat64(float64(v))
			negative = math.Signbit(float64(v))
		case types.Int128:
			x.SetFrac(v.Big(), types.Pow10[args[0].Type.Scale].Big())
			negative = v.Sign() < 0
		default:
			n, _, _ := whole(args[0], i)
			x.SetInt64(n)
			negative = n < 0
		}
		out.AppendString(f.write(x.Abs(x), negative))
		return nil
	}, nil
})

// numberFormat is a pattern of java.text.DecimalFormat.
type numberFormat struct {
	prefix, suffix            string
	group                     int // digits between commas; 0 for none
	minInt, minFrac, maxFrac  int
	times                     int64 // 100 for %, 1000 for ‰
	negPrefix, negSuffix      string
	ownNegative, alwaysPoints bool
}

func parseNumberFormat(p string) (*numberFormat, error) {
	f := &numberFormat{times: 1}
	positive, negative, two := strings.Cut(p, ";")
	if err := f.parse(positive, p); err != nil {
		return nil, err
	}
	if two {
		g := &numberFormat{times: 1}
		if err := g.parse(negative, p); err != nil {
			return nil, err
		}
		f.ownNegative, f.negPrefix, f.negSuffix = true, g.prefix, g.suffix
	}
	return f, nil
}

func (f *numberFormat) parse(s, whole string) error {
	bad := func() error { return invalidPattern("format_number", "expr2", whole) }
	var affix strings.Builder
	phase := 0 // before, among and after the digits
	point, zeros, hashes, lastComma := false, 0, 0, -1
	digits := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '\'':
			end := strings.IndexByte(s[i+1:], '\'')
			if end < 0 {
				return bad()
			}
			if text := s[i+1 : i+1+end]; text == "" {
				affix.WriteByte('\'')
			} else {
				affix.WriteString(text)
			}
			i += end + 1
		case phase < 2 && (c == '#' || c == '0' || c == ',' || c == '.'):
			if phase == 0 {
				f.prefix = affix.String()
				affix.Reset()
				phase = 1
			}
			switch {
			case c == '.' && point || c == ',' && point:
				return bad()
			case c == '.':
				point = true
			case c == ',':
				lastComma = digits
			case point && c == '0':
				if f.maxFrac > f.minFrac {
					return bad()
				}
				f.minFrac++
				f.maxFrac++
			case point:
				f.maxFrac++
			case c == '0':
				zeros++
				digits++
			default:
				if zeros > 0 {
					return bad()
				}
				hashes++
				digits++
			}
		case c == 'E' && phase == 1:
			return sqlerr.Unsupported("exponents in the patterns of format_number")
		default:
			if phase == 1 {
				phase = 2
			}
			switch {
			case c == '%':
				f.times = 100
			case strings.HasPrefix(s[i:], "‰"):
				f.times = 1000
			}
			affix.WriteByte(c)
		}
	}
	if phase == 0 {
		f.prefix = affix.String()
	} else {
		f.suffix = affix.String()
	}
	f.minInt = zeros
	if lastComma >= 0 {
		f.group = digits - lastComma
	}
	if zeros == 0 && hashes > 0 && f.maxFrac == 0 {
		f.minInt = 1
	}
	f.alwaysPoints = point && f.maxFrac == 0
	return nil
}

func (f *numberFormat) special(v float64) string {
	if math.IsNaN(v) {
		return "NaN"
	}
	return f.around("∞", v < 0)
}

func (f *numberFormat) around(s string, negative bool) string {
	switch {
	case negative && f.ownNegative:
		return f.negPrefix + s + f.negSuffix
	case negative:
		return "-" + f.prefix + s + f.suffix
	}
	return f.prefix + s + f.suffix
}

// write formats a magnitude, rounding half to even.
func (f *numberFormat) write(x *big.Rat, negative bool) string {
	x.Mul(x, big.NewRat(f.times, 1))
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(f.maxFrac)), nil)
	q, r := new(big.Int).QuoRem(new(big.Int).Mul(x.Num(), scale), x.Denom(), new(big.Int))
	switch c := r.Lsh(r, 1).Cmp(x.Denom()); {
	case c > 0, c == 0 && q.Bit(0) == 1:
		q.Add(q, big.NewInt(1))
	}
	s := q.String()
	if len(s) <= f.maxFrac {
		s = strings.Repeat("0", f.maxFrac+1-len(s)) + s
	}
	whole, frac := s[:len(s)-f.maxFrac], s[len(s)-f.maxFrac:]
	for len(frac) > f.minFrac && frac[len(frac)-1] == '0' {
		frac = frac[:len(frac)-1]
	}
	whole = strings.TrimLeft(whole, "0")
	whole = strings.Repeat("0", max(f.minInt-len(whole), 0)) + whole
	if whole == "" && frac == "" {
		whole = "0"
	}
	if f.group > 0 {
		var b strings.Builder
		for i := range len(whole) {
			if i > 0 && (len(whole)-i)%f.group == 0 {
				b.WriteByte(',')
			}
			b.WriteByte(whole[i])
		}
		whole = b.String()
	}
	if frac != "" || f.alwaysPoints {
		whole += "."
	}
	return f.around(whole+frac, negative)
}
