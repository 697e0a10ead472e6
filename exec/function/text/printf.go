package text

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

func init() {
	bind.Scalars(&function.Scalar{
		Name: "format_string", Aliases: []string{"printf"}, MinArgs: 1, MaxArgs: -1, Since: "1.5.0", Nulls: function.NullByFunction,
		Doc:     "The values put in the places of a format, as Java's String.format does.",
		Usage:   "format_string(strfmt, obj, ...)",
		Example: "> SELECT format_string(\"Hello World %d %s\", 100, \"days\");\n Hello World 100 days",
		Bind: func(args []function.Arg, ansi bool) (*function.Bound, error) {
			in, err := bind.Cast("format_string", args[:1], ansi, types.StringFamily)
			if err != nil {
				return nil, err
			}
			for _, a := range args[1:] {
				if a.Type.IsNested() {
					return nil, sqlerr.Unsupported("format_string of %s", a.Type)
				}
				in = append(in, a.Type)
			}
			if s, _, ok := bind.ConstText(args[0]); ok && strings.Contains(s, "%0$") {
				return nil, sqlerr.New("INVALID_PARAMETER_VALUE.ZERO_INDEX", "parameter", "`strfmt`", "functionName", "`format_string`")
			}
			return &function.Bound{Args: in, Return: types.StringType, Nullable: args[0].Nullable, Eval: formatString}, nil
		},
	})
}

var formatString = bind.AllRows(types.StringType, func(_ *function.Context, args []*vector.Vector) (func(int, *vector.Builder) error, error) {
	var buf []byte
	var last string
	var pieces []directive
	return func(i int, out *vector.Builder) error {
		if args[0].IsNull(i) {
			return bind.ErrNull
		}
		if f := args[0].Bytes(i); pieces == nil || string(f) != last {
			last = string(f)
			var err error
			if pieces, err = parseFormat(last); err != nil {
				return err
			}
		}
		buf = buf[:0]
		next := 1
		for k := range pieces {
			d := &pieces[k]
			if d.verb == 0 {
				buf = append(buf, d.text...)
				continue
			}
			at := d.index
			switch {
			case d.verb == '%' || d.verb == 'n':
				at = 0
			case at == 0:
				at = next
				next++
			}
			if at >= len(args) {
				return badDirective(d.text)
			}
			var err error
			if buf, err = d.write(buf, args[at], i); err != nil {
				return err
			}
		}
		out.AppendBytes(buf)
		return nil
	}, nil
})

// directive is a %… of a format, or literal text when verb is 0.
type directive struct {
	text             string
	index            int // 0: the next argument
	left, alternate  bool
	plus, blank      bool
	zero, group, par bool
	width, precision int // -1: none
	verb             byte
}

func badDirective(text string) error { return invalidPattern("format_string", "strfmt", text) }

func parseFormat(f string) ([]directive, error) {
	out := []directive{}
	for f != "" {
		i := strings.IndexByte(f, '%')
		if i < 0 {
			return append(out, directive{text: f}), nil
		}
		if i > 0 {
			out = append(out, directive{text: f[:i]})
		}
		f = f[i:]
		d := directive{width: -1, precision: -1}
		p := 1
		number := func() int {
			from := p
			for p < len(f) && f[p] >= '0' && f[p] <= '9' {
				p++
			}
			n, err := strconv.Atoi(f[from:p])
			if err != nil {
				return -1
			}
			return n
		}
		if n := number(); n > 0 && p < len(f) && f[p] == '$' {
			d.index = n
			p++
		} else {
			p = 1
		}
	flags:
		for ; p < len(f); p++ {
			switch f[p] {
			case '-':
				d.left = true
			case '#':
				d.alternate = true
			case '+':
				d.plus = true
			case ' ':
				d.blank = true
			case '0':
				d.zero = true
			case ',':
				d.group = true
			case '(':
				d.par = true
			default:
				break flags
			}
		}
		d.width = number()
		if p < len(f) && f[p] == '.' {
			p++
			if d.precision = number(); d.precision < 0 {
				return nil, badDirective(f)
			}
		}
		if p >= len(f) {
			return nil, badDirective(f)
		}
		d.verb = f[p]
		d.text = f[:p+1]
		if (d.left || d.zero) && d.width < 0 || d.left && d.zero || d.plus && d.blank {
			return nil, badDirective(d.text)
		}
		out, f = append(out, d), f[p+1:]
	}
	return out, nil
}

// write appends an argument (row i of v) as the directive asks.
func (d *directive) write(dst []byte, v *vector.Vector, i int) ([]byte, error) {
	switch d.verb {
	case '%':
		return d.pad(dst, "%"), nil
	case 'n':
		return append(dst, '\n'), nil
	}
	null := v.IsNull(i)
	var s string
	var err error
	switch d.verb | 0x20 {
	case 's':
		if s = "null"; !null {
			s = javaText(v, i)
		}
		s = d.cut(s)
	case 'b':
		s = strconv.FormatBool(!null)
		if !null && v.Type.Kind == types.Boolean {
			s = strconv.FormatBool(v.Values().Bools[v.Index(i)])
		}
		s = d.cut(s)
	case 'c':
		if s = "null"; !null {
			s, err = d.character(v, i)
		}
	case 'd', 'o', 'x':
		if s = "null"; !null {
			s, err = d.integer(v, i)
		}
	case 'e', 'f', 'g':
		if s = "null"; !null {
			s, err = d.float(v, i)
		}
	default:
		err = badDirective(d.text)
	}
	if err != nil {
		return dst, err
	}
	if d.verb >= 'A' && d.verb <= 'Z' {
		if d.verb != 'S' && d.verb != 'B' && d.verb != 'C' && d.verb != 'X' && d.verb != 'E' && d.verb != 'G' {
			return dst, badDirective(d.text)
		}
		s = string(upperCase(nil, []byte(s)))
	}
	return d.pad(dst, s), nil
}

func (d *directive) cut(s string) string {
	if d.precision >= 0 && utf8.RuneCountInString(s) > d.precision {
		return s[:offset([]byte(s), d.precision)]
	}
	return s
}

func (d *directive) pad(dst []byte, s string) []byte {
	fill := d.width - utf8.RuneCountInString(s)
	if d.left {
		dst = append(dst, s...)
	}
	for ; fill > 0; fill-- {
		dst = append(dst, ' ')
	}
	if !d.left {
		dst = append(dst, s...)
	}
	return dst
}

// javaText is what toString of the value behind a column gives: dates are numbers.
func javaText(v *vector.Vector, i int) string {
	switch x := v.Value(i).(type) {
	case string:
		return x
	case float64:
		return cast.FormatDouble(x)
	case float32:
		return cast.FormatFloat(x)
	case types.Int128:
		return cast.FormatDecimalJava(x, int(v.Type.Scale))
	case int8:
		return strconv.Itoa(int(x))
	case int16:
		return strconv.Itoa(int(x))
	case int32:
		return strconv.Itoa(int(x))
	case int64:
		return strconv.FormatInt(x, 10)
	}
	return cast.Hive(v, i, nil)
}

func (d *directive) character(v *vector.Vector, i int) (string, error) {
	n, _, ok := whole(v, i)
	if !ok || v.Type.Kind == types.Long {
		return "", badDirective(d.text)
	}
	return string(rune(n)), nil
}

// whole is an integer value and its width in bits.
func whole(v *vector.Vector, i int) (n int64, bits uint, ok bool) {
	switch x := v.Value(i).(type) {
	case int8:
		return int64(x), 8, true
	case int16:
		return int64(x), 16, true
	case int32:
		return int64(x), 32, true
	case int64:
		return x, 64, true
	}
	return 0, 0, false
}

func (d *directive) integer(v *vector.Vector, i int) (string, error) {
	n, bits, ok := whole(v, i)
	if !ok || d.precision >= 0 {
		return "", badDirective(d.text)
	}
	if d.verb == 'd' {
		return d.signed(strings.TrimPrefix(strconv.FormatInt(n, 10), "-"), n < 0), nil
	}
	u := uint64(n)
	if bits < 64 {
		u &= 1<<bits - 1
	}
	base, prefix := 16, "0x"
	if d.verb == 'o' {
		base, prefix = 8, "0"
	}
	s := strconv.FormatUint(u, base)
	if !d.alternate {
		prefix = ""
	}
	if d.zero {
		s = strings.Repeat("0", max(d.width-len(s)-len(prefix), 0)) + s
	}
	return prefix + s, nil
}

// signed adds groups, zeros and a sign to digits.
func (d *directive) signed(digits string, negative bool) string {
	if d.group {
		digits = grouped(digits)
	}
	before, after := "", ""
	switch {
	case negative && d.par:
		before, after = "(", ")"
	case negative:
		before = "-"
	case d.plus:
		before = "+"
	case d.blank:
		before = " "
	}
	if d.zero {
		digits = strings.Repeat("0", max(d.width-len(digits)-len(before)-len(after), 0)) + digits
	}
	return before + digits + after
}

// grouped puts commas into the whole part of a number.
func grouped(s string) string {
	n := strings.IndexByte(s, '.')
	if n < 0 {
		n = len(s)
	}
	var b strings.Builder
	for i := 0; i < n; i++ {
		if i > 0 && (n-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteByte(s[i])
	}
	return b.String() + s[n:]
}

func (d *directive) float(v *vector.Vector, i int) (string, error) {
	var f float64
	bits := 64
	switch x := v.Value(i).(type) {
	case float64:
		f = x
	case float32:
		f, bits = float64(x), 32
	default:
		return "", badDirective(d.text)
	}
	if math.IsNaN(f) || math.IsInf(f, 0) {
		plain := *d
		plain.zero, plain.group = false, false
		if math.IsNaN(f) {
			return "NaN", nil
		}
		return plain.signed("Infinity", f < 0), nil
	}
	prec := d.precision
	if prec < 0 {
		prec = 6
	}
	negative := math.Signbit(f)
	// Java rounds the shortest decimal text of the double half up.
	x, _ := new(big.Rat).SetString(strconv.FormatFloat(math.Abs(f), 'e', -1, bits))
	switch d.verb | 0x20 {
	case 'f':
		return d.signed(fixed(x, prec), negative), nil
	case 'e':
		return d.signed(scientific(x, prec), negative), nil
	}
	prec = max(prec, 1)
	low, high := big.NewRat(1, 10000), new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(prec)), nil))
	if x.Sign() != 0 && (x.Cmp(low) < 0 || x.Cmp(high) >= 0) {
		return d.signed(scientific(x, prec-1), negative), nil
	}
	exponent := 0
	if x.Sign() != 0 {
		exponent = magnitude(x)
	}
	return d.signed(fixed(x, max(prec-1-exponent, 0)), negative), nil
}

// fixed writes a number with so many digits after the point, rounded half up.
func fixed(x *big.Rat, prec int) string {
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(prec)), nil)
	n := new(big.Int).Mul(x.Num(), scale)
	n.Mul(n, big.NewInt(2)).Add(n, x.Denom())
	n.Quo(n, new(big.Int).Mul(x.Denom(), big.NewInt(2)))
	s := n.String()
	if prec == 0 {
		return s
	}
	if len(s) <= prec {
		s = strings.Repeat("0", prec+1-len(s)) + s
	}
	return s[:len(s)-prec] + "." + s[len(s)-prec:]
}

// magnitude is the power of ten of the first digit.
func magnitude(x *big.Rat) int {
	e := len(x.Num().String()) - len(x.Denom().String())
	ten := func(e int) *big.Rat {
		p := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(e, -e))), nil)
		if e < 0 {
			return new(big.Rat).SetFrac(big.NewInt(1), p)
		}
		return new(big.Rat).SetInt(p)
	}
	if x.Cmp(ten(e)) < 0 {
		e--
	}
	return e
}

func scientific(x *big.Rat, prec int) string {
	e := 0
	if x.Sign() != 0 {
		e = magnitude(x)
	}
	shift := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(e, -e))), nil)
	m := new(big.Rat).SetInt(shift)
	if e > 0 {
		m.Inv(m)
	}
	s := fixed(m.Mul(x, m), prec)
	if strings.HasPrefix(s, "10") && (len(s) == 2 || s[2] == '.') {
		e++
		m.Mul(m, big.NewRat(1, 10))
		s = fixed(m, prec)
	}
	sign := "+"
	if e < 0 {
		sign, e = "-", -e
	}
	exp := strconv.Itoa(e)
	if len(exp) < 2 {
		exp = "0" + exp
	}
	return s + "e" + sign + exp
}
