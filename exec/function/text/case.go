package text

import (
	"bytes"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

func init() {
	bind.Scalars(
		change("upper", []string{"ucase"}, "str with all characters in upper case.", "SELECT upper('SparkSql');\n SPARKSQL", upperCase),
		change("lower", []string{"lcase"}, "str with all characters in lower case.", "SELECT lower('SparkSql');\n sparksql", LowerCase),
		change("initcap", nil, "str with the first letter of each word in upper case and all others in lower case; words are separated by spaces.",
			"SELECT initcap('sPark sql');\n Spark Sql", initCap),
		change("soundex", nil, "The Soundex code of str.", "SELECT soundex('Miller');\n M460", soundex),
		&function.Scalar{
			Name: "mask", MinArgs: 1, MaxArgs: 5, Since: "3.5.0", Nulls: function.NullByFunction,
			Doc:     "str with upper-case letters, lower-case letters, digits and other characters replaced; a NULL replacement keeps them.",
			Usage:   "mask(input[, upperChar, lowerChar, digitChar, otherChar])",
			Example: "> SELECT mask('AbCD123-@$#');\n XxXXnnn-@$#",
			Bind:    bindMask,
		},
	)
}

// change is the entry of a function from one string to another.
func change(name string, aliases []string, doc, example string, f func(dst, s []byte) []byte) *function.Scalar {
	return &function.Scalar{
		Name: name, Aliases: aliases, MinArgs: 1, MaxArgs: 1, Since: "1.0.1", Doc: doc, Usage: name + "(str)", Example: "> " + example,
		Bind: bind.Simple(name, types.StringType, false, bind.Append1(types.StringType, func(_ *function.Context, dst, s []byte) ([]byte, error) {
			return f(dst, s), nil
		}), types.StringFamily),
	}
}

func upperCase(dst, s []byte) []byte {
	if !isASCII(s) {
		return append(dst, cases.Upper(language.Und).Bytes(s)...)
	}
	n := len(dst)
	dst = append(dst, s...)
	for i, c := range dst[n:] {
		if c >= 'a' && c <= 'z' {
			dst[n+i] = c - ('a' - 'A')
		}
	}
	return dst
}

// LowerCase appends s in lower case to dst.
func LowerCase(dst, s []byte) []byte {
	if !isASCII(s) {
		return append(dst, cases.Lower(language.Und).Bytes(s)...)
	}
	n := len(dst)
	dst = append(dst, s...)
	for i, c := range dst[n:] {
		if c >= 'A' && c <= 'Z' {
			dst[n+i] = c + ('a' - 'A')
		}
	}
	return dst
}

func initCap(dst, s []byte) []byte {
	start := true
	for _, r := range string(LowerCase(nil, s)) {
		if start {
			r = unicode.ToTitle(r)
		}
		dst = utf8.AppendRune(dst, r)
		start = r == ' '
	}
	return dst
}

// soundexCodes has a digit per letter; '0' is a vowel, which separates, '7' (H, W) is skipped.
const soundexCodes = "01230127022455012623017202"

func soundex(dst, s []byte) []byte {
	if len(s) == 0 {
		return dst
	}
	up := func(c byte) byte {
		if c >= 'a' && c <= 'z' {
			return c - 'a' + 'A'
		}
		return c
	}
	first := up(s[0])
	if first < 'A' || first > 'Z' {
		return append(dst, s...)
	}
	code := [4]byte{first, '0', '0', '0'}
	last := soundexCodes[first-'A']
	k := 1
	for _, c := range s[1:] {
		if c = up(c); c < 'A' || c > 'Z' {
			last = '0'
			continue
		}
		d := soundexCodes[c-'A']
		if d == '7' {
			continue
		}
		if d != '0' && d != last {
			code[k] = d
			k++
		}
		last = d
		if k == 4 {
			break
		}
	}
	return append(dst, code[:]...)
}

func bindMask(args []function.Arg, ansi bool) (*function.Bound, error) {
	in, err := bind.Cast("mask", args, ansi, types.StringFamily)
	if err != nil {
		return nil, err
	}
	for i, a := range args[1:] {
		names := [...]string{"upperChar", "lowerChar", "digitChar", "otherChar"}
		s, null, ok := bind.ConstText(a)
		switch {
		case a.Type.Kind == types.Null:
		case !ok:
			return nil, bind.NotFoldable("mask", args, i+1, names[i], "STRING")
		case !null && utf8.RuneCountInString(s) != 1:
			return nil, bind.Mismatch("INPUT_SIZE_NOT_ONE", "mask", args, "exprName", names[i])
		}
	}
	return &function.Bound{Args: in, Return: types.StringType, Nullable: args[0].Nullable, Eval: maskEval}, nil
}

var maskEval = bind.AllRows(types.StringType, func(_ *function.Context, args []*vector.Vector) (func(int, *vector.Builder) error, error) {
	var buf bytes.Buffer
	return func(i int, out *vector.Builder) error {
		if args[0].IsNull(i) {
			return bind.ErrNull
		}
		with := [4]rune{'X', 'x', 'n', -1}
		for k, a := range args[1:] {
			with[k] = -1
			if !a.IsNull(i) {
				with[k], _ = utf8.DecodeRune(a.Bytes(i))
			}
		}
		buf.Reset()
		for _, r := range string(args[0].Bytes(i)) {
			k := 3
			switch {
			case unicode.IsUpper(r):
				k = 0
			case unicode.IsLower(r):
				k = 1
			case unicode.IsDigit(r):
				k = 2
			}
			if with[k] >= 0 {
				r = with[k]
			}
			buf.WriteRune(r)
		}
		out.AppendBytes(buf.Bytes())
		return nil
	}, nil
})
