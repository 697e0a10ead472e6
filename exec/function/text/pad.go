package text

import (
	"bytes"
	"math"
	"unicode/utf8"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

func init() {
	bind.Scalars(
		trim("trim", true, true, false, "str without the characters of trimStr (spaces if left out) at both ends.", "trim([trimStr,] str)", "SELECT trim('    SparkSQL   ');\n SparkSQL"),
		trim("ltrim", true, false, false, "str without the characters of trimStr (spaces if left out) at its start.", "ltrim([trimStr,] str)", "SELECT ltrim('    SparkSQL   ');\n SparkSQL   "),
		trim("rtrim", false, true, false, "str without the characters of trimStr (spaces if left out) at its end.", "rtrim([trimStr,] str)", "SELECT rtrim('    SparkSQL   ');\n     SparkSQL"),
		trim("btrim", true, true, true, "str without the characters of trimStr (spaces if left out) at both ends.", "btrim(str[, trimStr])", "SELECT btrim('SSparkSQLS', 'SL');\n parkSQ"),
		pad("lpad", true, "str filled on the left with pad to len characters, or cut to them.", "SELECT lpad('hi', 5, '??');\n ???hi"),
		pad("rpad", false, "str filled on the right with pad to len characters, or cut to them.", "SELECT rpad('hi', 5, '??');\n hi???"),
		&function.Scalar{
			Name: "repeat", MinArgs: 2, MaxArgs: 2, Since: "1.5.0",
			Doc:     "str repeated n times.",
			Usage:   "repeat(str, n)",
			Example: "> SELECT repeat('123', 2);\n 123123",
			Bind: bind.Simple("repeat", types.StringType, false, bind.Append2(types.StringType, func(_ *function.Context, dst, s []byte, n int32) ([]byte, error) {
				return repeat(dst, s, int(n))
			}), types.StringFamily, types.IntFamily),
		},
		&function.Scalar{
			Name: "space", MinArgs: 1, MaxArgs: 1, Since: "1.5.0",
			Doc:     "A string of n spaces.",
			Usage:   "space(n)",
			Example: "> SELECT concat(space(2), '1');\n   1",
			Bind: bind.Simple("space", types.StringType, false, bind.Append1(types.StringType, func(_ *function.Context, dst []byte, n int32) ([]byte, error) {
				return repeat(dst, []byte{' '}, int(n))
			}), types.IntFamily),
		},
	)
}

// maxText bounds one value, so that a slip in a length does not take all memory.
const maxText = 1 << 28

func repeat(dst, s []byte, n int) ([]byte, error) {
	if n <= 0 || len(s) == 0 {
		return dst, nil
	}
	if n > maxText/len(s) {
		return dst, sqlerr.Unsupported("a string of more than %d bytes", maxText)
	}
	for ; n > 0; n-- {
		dst = append(dst, s...)
	}
	return dst, nil
}

func trim(name string, left, right, strFirst bool, doc, usage, example string) *function.Scalar {
	text, set := 1, 0
	if strFirst {
		text, set = 0, 1
	}
	return &function.Scalar{
		Name: name, MinArgs: 1, MaxArgs: 2, Since: "1.5.0", Doc: doc, Usage: usage, Example: "> " + example,
		Bind: func(args []function.Arg, ansi bool) (*function.Bound, error) {
			in, err := bind.Cast(name, args, ansi, types.StringFamily)
			if err != nil {
				return nil, err
			}
			eval := trimSpaces(left, right)
			if len(args) == 2 {
				eval = bind.Map2(types.StringType, func(_ *function.Context, a, b []byte) ([]byte, error) {
					both := [2][]byte{a, b}
					return cutSet(both[text], both[set], left, right), nil
				})
			}
			return &function.Bound{Args: in, Return: types.StringType, Eval: eval}, nil
		},
	}
}

// trimSpaces shares the bytes of its argument.
func trimSpaces(left, right bool) function.Eval {
	return bind.Lift(func(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
		src := vector.Flatten(args[0])
		out := vector.New(types.StringType, n)
		out.Heap, out.Valid = src.Heap, src.Valid
		for i, s := range src.Spans[:n] {
			if src.Valid != nil && !src.Valid.Get(i) {
				continue
			}
			if left {
				for s.Len > 0 && src.Heap[s.Off] == ' ' {
					s.Off++
					s.Len--
				}
			}
			if right {
				for s.Len > 0 && src.Heap[s.Off+s.Len-1] == ' ' {
					s.Len--
				}
			}
			out.Spans[i] = s
		}
		return out, nil
	})
}

// cutSet takes characters of set off s.
func cutSet(s, set []byte, left, right bool) []byte {
	for left && len(s) > 0 {
		n := offset(s, 1)
		if !bytes.Contains(set, s[:n]) {
			break
		}
		s = s[n:]
	}
	for right && len(s) > 0 {
		_, n := utf8.DecodeLastRune(s)
		if !bytes.Contains(set, s[len(s)-n:]) {
			break
		}
		s = s[:len(s)-n]
	}
	return s
}

func pad(name string, left bool, doc, example string) *function.Scalar {
	return &function.Scalar{
		Name: name, MinArgs: 2, MaxArgs: 3, Since: "1.5.0", Doc: doc, Usage: name + "(str, len[, pad])", Example: "> " + example,
		Bind: func(args []function.Arg, ansi bool) (*function.Bound, error) {
			binary := bothBinary(args, 0) && (len(args) == 2 || bothBinary(args, 2))
			want, count, sub, filler := types.StringFamily, chars, Substring, []byte{' '}
			if binary {
				want, count, sub, filler = types.BinaryFamily, func(s []byte) int { return len(s) }, substringBytes, []byte{0}
			}
			in, err := bind.Cast(name, args, ansi, want, types.IntFamily, want)
			if err != nil {
				return nil, err
			}
			fill := func(dst, s []byte, n int, with []byte) ([]byte, error) {
				have := count(s)
				if n <= have {
					return append(dst, sub(s, 1, n)...), nil
				}
				if len(with) == 0 {
					return append(dst, s...), nil
				}
				if n > maxText {
					return dst, sqlerr.Unsupported("a string of more than %d bytes", maxText)
				}
				if !left {
					dst = append(dst, s...)
				}
				need := n - have
				w := count(with)
				dst, _ = repeat(dst, with, need/w)
				dst = append(dst, sub(with, 1, need%w)...)
				if left {
					dst = append(dst, s...)
				}
				return dst, nil
			}
			ret := in[0]
			eval := bind.Append2(ret, func(_ *function.Context, dst, s []byte, n int32) ([]byte, error) {
				return fill(dst, s, clamp(n), filler)
			})
			if len(args) == 3 {
				eval = bind.Append3(ret, func(_ *function.Context, dst, s []byte, n int32, with []byte) ([]byte, error) {
					return fill(dst, s, clamp(n), with)
				})
			}
			return &function.Bound{Args: in, Return: ret, Eval: eval}, nil
		},
	}
}

func clamp(n int32) int { return int(min(max(n, 0), math.MaxInt32)) }
