package text

import (
	"bytes"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

func init() {
	bind.Scalars(
		&function.Scalar{
			Name: "length", Aliases: []string{"char_length", "character_length", "len"}, MinArgs: 1, MaxArgs: 1, Since: "1.5.0",
			Doc:     "The number of characters of a string, or of bytes of a binary value.",
			Usage:   "length(expr)",
			Example: "> SELECT length('Spark SQL ');\n 10",
			Bind: bind.Typed("length", func(in []*types.Type, _ bool) (*types.Type, function.Eval, error) {
				if in[0].Kind == types.Binary {
					return types.IntType, measure(func(s []byte) int { return len(s) }), nil
				}
				return types.IntType, measure(chars), nil
			}, types.TextFamily),
		},
		&function.Scalar{
			Name: "octet_length", MinArgs: 1, MaxArgs: 1, Since: "2.3.0",
			Doc:     "The number of bytes of a string or binary value.",
			Usage:   "octet_length(expr)",
			Example: "> SELECT octet_length('Spark SQL');\n 9",
			Bind:    bind.Simple("octet_length", types.IntType, false, measure(func(s []byte) int { return len(s) }), types.TextFamily),
		},
		&function.Scalar{
			Name: "bit_length", MinArgs: 1, MaxArgs: 1, Since: "2.3.0",
			Doc:     "The number of bits of a string or binary value.",
			Usage:   "bit_length(expr)",
			Example: "> SELECT bit_length('Spark SQL');\n 72",
			Bind:    bind.Simple("bit_length", types.IntType, false, measure(func(s []byte) int { return 8 * len(s) }), types.TextFamily),
		},
		&function.Scalar{
			Name: "ascii", MinArgs: 1, MaxArgs: 1, Since: "1.5.0",
			Doc:     "The code of the first character of str.",
			Usage:   "ascii(str)",
			Example: "> SELECT ascii('222');\n 50",
			Bind:    bind.Simple("ascii", types.IntType, false, measure(firstCode), types.StringFamily),
		},
		&function.Scalar{
			Name: "instr", MinArgs: 2, MaxArgs: 2, Since: "1.5.0",
			Doc:     "The position of the first occurrence of substr in str, from 1; 0 when there is none.",
			Usage:   "instr(str, substr)",
			Example: "> SELECT instr('SparkSQL', 'SQL');\n 6",
			Bind: bind.Simple("instr", types.IntType, false, bind.Map2(types.IntType, func(_ *function.Context, s, sub []byte) (int32, error) {
				return int32(locate(s, sub, 1)), nil
			}), types.StringFamily),
		},
		&function.Scalar{
			Name: "locate", Aliases: []string{"position"}, MinArgs: 2, MaxArgs: 3, Since: "1.5.0", Nulls: function.NullByFunction,
			Doc:     "The position of the first occurrence of substr in str at or after pos, from 1; 0 when there is none.",
			Usage:   "locate(substr, str[, pos])",
			Example: "> SELECT locate('bar', 'foobarbar', 5);\n 7",
			Bind:    bind.Simple("locate", types.IntType, true, locateEval, types.StringFamily, types.StringFamily, types.IntFamily),
		},
		&function.Scalar{
			Name: "find_in_set", MinArgs: 2, MaxArgs: 2, Since: "1.5.0",
			Doc:     "The position of str in a list with commas, from 1; 0 when it is not there or has a comma.",
			Usage:   "find_in_set(str, str_array)",
			Example: "> SELECT find_in_set('ab','abc,b,ab,c,def');\n 3",
			Bind: bind.Simple("find_in_set", types.IntType, false, bind.Map2(types.IntType, func(_ *function.Context, s, list []byte) (int32, error) {
				return findInSet(s, list), nil
			}), types.StringFamily),
		},
		test("contains", "Whether left contains right.", "SELECT contains('Spark SQL', 'Spark');\n true", bytes.Contains),
		test("startswith", "Whether left starts with right.", "SELECT startswith('Spark SQL', 'Spark');\n true", bytes.HasPrefix),
		test("endswith", "Whether left ends with right.", "SELECT endswith('Spark SQL', 'SQL');\n true", bytes.HasSuffix),
		&function.Scalar{
			Name: "levenshtein", MinArgs: 2, MaxArgs: 3, Since: "1.5.0",
			Doc:     "The number of changes of one character that turn one string into the other; -1 when over the threshold.",
			Usage:   "levenshtein(str1, str2[, threshold])",
			Example: "> SELECT levenshtein('kitten', 'sitting');\n 3",
			Bind: func(args []function.Arg, ansi bool) (*function.Bound, error) {
				in, err := bind.Cast("levenshtein", args, ansi, types.StringFamily, types.StringFamily, types.IntFamily)
				if err != nil {
					return nil, err
				}
				eval := bind.Map2(types.IntType, func(_ *function.Context, a, b []byte) (int32, error) { return levenshtein(a, b), nil })
				if len(args) == 3 {
					eval = bind.Map3(types.IntType, func(_ *function.Context, a, b []byte, most int32) (int32, error) {
						if d := levenshtein(a, b); d <= most {
							return d, nil
						}
						return -1, nil
					})
				}
				return &function.Bound{Args: in, Return: types.IntType, Eval: eval}, nil
			},
		},
		&function.Scalar{
			Name: "luhn_check", MinArgs: 1, MaxArgs: 1, Since: "3.5.0",
			Doc:     "Whether a string of digits is valid by the Luhn algorithm, as card numbers are.",
			Usage:   "luhn_check(str)",
			Example: "> SELECT luhn_check('8112189876');\n true",
			Bind: bind.Simple("luhn_check", types.BooleanType, false, bind.Map1(types.BooleanType, func(_ *function.Context, s []byte) (bool, error) {
				return luhn(s), nil
			}), types.StringFamily),
		},
	)
}

func measure(f func([]byte) int) function.Eval {
	return bind.Lift(func(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
		src := vector.Flatten(args[0])
		out := vector.New(types.IntType, n)
		out.Valid = src.Valid
		for i, s := range src.Spans[:n] {
			if src.Valid == nil || src.Valid.Get(i) {
				out.I32[i] = int32(f(src.Heap[s.Off : s.Off+s.Len]))
			}
		}
		return out, nil
	})
}

// test is the entry of a predicate over two strings, or two binary values.
func test(name, doc, example string, f func(a, b []byte) bool) *function.Scalar {
	eval := bind.Map2(types.BooleanType, func(_ *function.Context, a, b []byte) (bool, error) { return f(a, b), nil })
	return &function.Scalar{
		Name: name, MinArgs: 2, MaxArgs: 2, Since: "3.3.0", Doc: doc, Usage: name + "(left, right)", Example: "> " + example,
		Bind: func(args []function.Arg, ansi bool) (*function.Bound, error) {
			want := types.StringFamily
			if bothBinary(args, 0, 1) {
				want = types.BinaryFamily
			}
			in, err := bind.Cast(name, args, ansi, want)
			if err != nil {
				return nil, err
			}
			return &function.Bound{Args: in, Return: types.BooleanType, Eval: eval}, nil
		},
	}
}

// locate is the position of sub in s from character pos on; 0 when there is none.
func locate(s, sub []byte, pos int) int {
	if pos < 1 {
		return 0
	}
	if len(sub) == 0 {
		return 1
	}
	from := offset(s, pos-1)
	i := bytes.Index(s[from:], sub)
	if i < 0 {
		return 0
	}
	return chars(s[:from+i]) + 1
}

// locateEval: a NULL position gives 0, as in Hive.
var locateEval = bind.AllRows(types.IntType, func(_ *function.Context, args []*vector.Vector) (func(int, *vector.Builder) error, error) {
	return func(i int, out *vector.Builder) error {
		pos := 1
		if len(args) > 2 {
			if args[2].IsNull(i) {
				out.AppendInt(0)
				return nil
			}
			pos = int(args[2].Values().I32[args[2].Index(i)])
		}
		if args[0].IsNull(i) || args[1].IsNull(i) {
			return bind.ErrNull
		}
		out.AppendInt(int64(locate(args[1].Bytes(i), args[0].Bytes(i), pos)))
		return nil
	}, nil
})

func findInSet(s, list []byte) int32 {
	if bytes.IndexByte(s, ',') >= 0 {
		return 0
	}
	for k := int32(1); ; k++ {
		i := bytes.IndexByte(list, ',')
		if i < 0 {
			if bytes.Equal(list, s) {
				return k
			}
			return 0
		}
		if bytes.Equal(list[:i], s) {
			return k
		}
		list = list[i+1:]
	}
}

func firstCode(s []byte) int {
	for _, r := range string(s[:offset(s, 1)]) {
		return int(r)
	}
	return 0
}

func levenshtein(x, y []byte) int32 {
	a, b := []rune(string(x)), []rune(string(y))
	row := make([]int32, len(b)+1)
	for j := range row {
		row[j] = int32(j)
	}
	for i, ca := range a {
		diag := row[0]
		row[0] = int32(i + 1)
		for j, cb := range b {
			cost := diag
			if ca != cb {
				cost++
			}
			diag = row[j+1]
			row[j+1] = min(cost, diag+1, row[j]+1)
		}
	}
	return row[len(b)]
}

func luhn(s []byte) bool {
	if len(s) == 0 {
		return false
	}
	sum := 0
	for i := range s {
		c := s[len(s)-1-i]
		if c < '0' || c > '9' {
			return false
		}
		d := int(c - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}
