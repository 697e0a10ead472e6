package text

import (
	"unicode/utf8"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/function/text/regex"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

func init() {
	strings := types.NewArray(types.StringType, false)
	bind.Scalars(
		&function.Scalar{
			Name: "split", MinArgs: 2, MaxArgs: 3, Since: "1.5.0",
			Doc:     "str split around matches of a regular expression, into at most limit parts if limit is positive.",
			Usage:   "split(str, regex[, limit])",
			Example: "> SELECT split('oneAtwoBthreeC', '[ABC]');\n [\"one\",\"two\",\"three\",\"\"]",
			Bind:    bind.Simple("split", strings, false, splitEval(strings), types.StringFamily, types.StringFamily, types.IntFamily),
		},
		&function.Scalar{
			Name: "regexp_like", MinArgs: 2, MaxArgs: 2, Since: "3.2.0",
			Doc:     "Whether a part of str matches a regular expression.",
			Usage:   "regexp_like(str, regexp)",
			Example: "> SELECT regexp_like('foobar', 'o+b');\n true",
			Bind:    bind.Simple("regexp_like", types.BooleanType, false, MatchEval("regexp_like"), types.StringFamily),
		},
		&function.Scalar{
			Name: "regexp_replace", MinArgs: 3, MaxArgs: 4, Since: "1.5.0",
			Doc:     "str with the matches of a regular expression, from position on, replaced; $1 in rep is the first group.",
			Usage:   "regexp_replace(str, regexp, rep[, position])",
			Example: "> SELECT regexp_replace('100-200', '(\\\\d+)', 'num');\n num-num",
			Bind:    bindReplace,
		},
		&function.Scalar{
			Name: "regexp_extract", MinArgs: 2, MaxArgs: 3, Since: "1.5.0",
			Doc:     "The first match of a regular expression, or group number idx of it (1 if left out); empty when there is none.",
			Usage:   "regexp_extract(str, regexp[, idx])",
			Example: "> SELECT regexp_extract('100-200', '(\\\\d+)-(\\\\d+)', 1);\n 100",
			Bind:    bind.Simple("regexp_extract", types.StringType, false, extractEval, types.StringFamily, types.StringFamily, types.IntFamily),
		},
		&function.Scalar{
			Name: "regexp_extract_all", MinArgs: 2, MaxArgs: 3, Since: "3.1.0",
			Doc:     "All matches of a regular expression, or group number idx of them (1 if left out).",
			Usage:   "regexp_extract_all(str, regexp[, idx])",
			Example: "> SELECT regexp_extract_all('100-200, 300-400', '(\\\\d+)-(\\\\d+)', 1);\n [\"100\",\"300\"]",
			Bind: bind.Simple("regexp_extract_all", types.NewArray(types.StringType, true), false, extractAllEval,
				types.StringFamily, types.StringFamily, types.IntFamily),
		},
		&function.Scalar{
			Name: "regexp_count", MinArgs: 2, MaxArgs: 2, Since: "3.4.0",
			Doc:     "The number of matches of a regular expression.",
			Usage:   "regexp_count(str, regexp)",
			Example: "> SELECT regexp_count('Steven Jones and Stephen Smith', 'Ste(v|ph)en');\n 2",
			Bind:    bind.Simple("regexp_count", types.IntType, false, countEval, types.StringFamily),
		},
		&function.Scalar{
			Name: "regexp_instr", MinArgs: 2, MaxArgs: 3, Since: "3.4.0",
			Doc:     "The position of the first match of a regular expression, from 1; 0 when there is none.",
			Usage:   "regexp_instr(str, regexp)",
			Example: "> SELECT regexp_instr('user@spark.apache.org', '@[^.]*');\n 5",
			Bind:    bind.Simple("regexp_instr", types.IntType, false, instrEval, types.StringFamily, types.StringFamily, types.IntFamily),
		},
		&function.Scalar{
			Name: "regexp_substr", MinArgs: 2, MaxArgs: 2, Since: "3.4.0",
			Doc:     "The first match of a regular expression; NULL when there is none or it is empty.",
			Usage:   "regexp_substr(str, regexp)",
			Example: "> SELECT regexp_substr('Steven Jones and Stephen Smith', 'Ste(v|ph)en');\n Steven",
			Bind:    bind.Simple("regexp_substr", types.StringType, true, substrEval, types.StringFamily),
		},
	)
}

// patterns gives the compiled pattern of a row; a constant one is compiled once a batch.
func patterns(name string, v *vector.Vector) func(i int) (*regex.Pattern, error) {
	var last string
	var p *regex.Pattern
	return func(i int) (*regex.Pattern, error) {
		if b := v.Bytes(i); p == nil || string(b) != last {
			text := string(b)
			c, err := regex.Compile(text)
			if err != nil {
				return nil, invalidPattern(name, "regexp", text)
			}
			p, last = c, text
		}
		return p, nil
	}
}

// MatchEval is the Eval of str RLIKE regexp; name is what errors call the function.
func MatchEval(name string) function.Eval {
	return bind.Lift(func(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
		out := vector.New(types.BooleanType, n)
		at := patterns(name, args[1])
		valid, err := bind.Each(args, n, func(i int) error {
			p, err := at(i)
			if err == nil {
				out.Bools[i], err = p.Match(args[0].Bytes(i))
			}
			return err
		})
		out.Valid = valid
		return out, err
	})
}

// split appends the parts of s to dst, as Java's String.split with a limit other than 0; the empty pattern cuts between
// characters.
func split(dst [][]byte, s []byte, p *regex.Pattern, limit int) ([][]byte, error) {
	if len(s) > 0 && p.Empty() {
		for n := 1; len(s) > 0; n++ {
			k := offset(s, 1)
			if n == limit {
				k = len(s)
			}
			dst, s = append(dst, s[:k]), s[k:]
		}
		return dst, nil
	}
	at, n := 0, 1
	err := p.All(s, func(loc []int) bool {
		if loc[1] == 0 {
			return true // a match of nothing at the start gives no part
		}
		if n == limit {
			return false
		}
		dst, at = append(dst, s[at:loc[0]]), loc[1]
		n++
		return true
	})
	return append(dst, s[at:]), err
}

func splitEval(ret *types.Type) function.Eval {
	return bind.Rows(ret, func(_ *function.Context, args []*vector.Vector) (func(int, *vector.Builder) error, error) {
		limit := func(int) int32 { return -1 }
		if len(args) > 2 {
			limit = bind.Reader[int32](args[2])
		}
		at := patterns("split", args[1])
		var parts [][]byte
		return func(i int, out *vector.Builder) error {
			p, err := at(i)
			if err != nil {
				return err
			}
			parts, err = split(parts[:0], args[0].Bytes(i), p, int(limit(i)))
			for _, p := range parts {
				out.Child(0).AppendBytes(p)
			}
			if err == nil {
				out.AppendList(len(parts))
			}
			return err
		}, nil
	})
}

func bindReplace(args []function.Arg, ansi bool) (*function.Bound, error) {
	in, err := bind.Cast("regexp_replace", args, ansi, types.StringFamily, types.StringFamily, types.StringFamily, types.IntFamily)
	if err != nil {
		return nil, err
	}
	if len(args) == 4 {
		at, null, ok := bind.ConstInt(args[3])
		switch {
		case !ok:
			return nil, bind.NotFoldable("regexp_replace", args, 3, "position", "INT")
		case !null && at < 1:
			return nil, bind.Mismatch("VALUE_OUT_OF_RANGE", "regexp_replace", args, "exprName", "position", "valueRange", "(0, 2147483647]", "currentValue", args[3].SQL)
		}
	}
	eval := bind.Rows(types.StringType, func(_ *function.Context, args []*vector.Vector) (func(int, *vector.Builder) error, error) {
		at := patterns("regexp_replace", args[1])
		position := func(int) int32 { return 1 }
		if len(args) > 3 {
			position = bind.Reader[int32](args[3])
		}
		var (
			buf  []byte
			text string
			of   *regex.Pattern
			with *regex.Replacement
		)
		return func(i int, out *vector.Builder) error {
			p, err := at(i)
			if err != nil {
				return err
			}
			if r := args[2].Bytes(i); p != of || string(r) != text {
				of, text = p, string(r)
				if with, err = p.Replacement(text); err != nil {
					return invalidPattern("regexp_replace", "rep", text)
				}
			}
			s := args[0].Bytes(i)
			from := offset(s, int(position(i))-1)
			if buf, err = p.ReplaceAll(append(buf[:0], s[:from]...), s[from:], with); err != nil {
				return err
			}
			out.AppendBytes(buf)
			return nil
		}, nil
	})
	return &function.Bound{Args: in, Return: types.StringType, Eval: eval}, nil
}

// groups gives the wanted group of a row, checked against the pattern.
func groups(name string, args []*vector.Vector) func(i int) (*regex.Pattern, int, error) {
	at := patterns(name, args[1])
	index := func(int) int32 { return 1 }
	if len(args) > 2 {
		index = bind.Reader[int32](args[2])
	}
	return func(i int) (*regex.Pattern, int, error) {
		p, err := at(i)
		if err != nil {
			return nil, 0, err
		}
		g := int(index(i))
		if g < 0 || g > p.Groups {
			return nil, 0, groupIndex(name, p.Groups, g)
		}
		return p, g, nil
	}
}

func groupIndex(name string, groups, index int) error {
	return sqlerr.New("INVALID_PARAMETER_VALUE.REGEX_GROUP_INDEX", "parameter", "`idx`", "functionName", types.Quote(name), "groupCount", itoa(groups), "groupIndex", itoa(index))
}

// group is the text of a group of a match; empty when it took no part.
func group(s []byte, loc []int, g int) []byte {
	if loc == nil || loc[2*g] < 0 {
		return nil
	}
	return s[loc[2*g]:loc[2*g+1]]
}

var extractEval = bind.Rows(types.StringType, func(_ *function.Context, args []*vector.Vector) (func(int, *vector.Builder) error, error) {
	at := groups("regexp_extract", args)
	return func(i int, out *vector.Builder) error {
		p, g, err := at(i)
		if err != nil {
			return err
		}
		s := args[0].Bytes(i)
		loc, err := p.First(s)
		if err == nil {
			out.AppendBytes(group(s, loc, g))
		}
		return err
	}, nil
})

var extractAllEval = bind.Rows(types.NewArray(types.StringType, true), func(_ *function.Context, args []*vector.Vector) (func(int, *vector.Builder) error, error) {
	at := groups("regexp_extract_all", args)
	return func(i int, out *vector.Builder) error {
		p, g, err := at(i)
		if err != nil {
			return err
		}
		s, n := args[0].Bytes(i), 0
		err = p.All(s, func(loc []int) bool {
			out.Child(0).AppendBytes(group(s, loc, g))
			n++
			return true
		})
		if err == nil {
			out.AppendList(n)
		}
		return err
	}, nil
})

var countEval = bind.Rows(types.IntType, func(_ *function.Context, args []*vector.Vector) (func(int, *vector.Builder) error, error) {
	at := patterns("regexp_count", args[1])
	return func(i int, out *vector.Builder) error {
		p, err := at(i)
		if err != nil {
			return err
		}
		n := 0
		err = p.All(args[0].Bytes(i), func([]int) bool { n++; return true })
		if err == nil {
			out.AppendInt(int64(n))
		}
		return err
	}, nil
})

var instrEval = bind.Rows(types.IntType, func(_ *function.Context, args []*vector.Vector) (func(int, *vector.Builder) error, error) {
	at := patterns("regexp_instr", args[1])
	return func(i int, out *vector.Builder) error {
		p, err := at(i)
		if err != nil {
			return err
		}
		s := args[0].Bytes(i)
		loc, err := p.First(s)
		switch {
		case err != nil:
			return err
		case loc == nil:
			out.AppendInt(0)
		default:
			out.AppendInt(int64(utf8.RuneCount(s[:loc[0]])) + 1)
		}
		return nil
	}, nil
})

var substrEval = bind.Rows(types.StringType, func(_ *function.Context, args []*vector.Vector) (func(int, *vector.Builder) error, error) {
	at := patterns("regexp_substr", args[1])
	return func(i int, out *vector.Builder) error {
		p, err := at(i)
		if err != nil {
			return err
		}
		s := args[0].Bytes(i)
		loc, err := p.First(s)
		if err != nil {
			return err
		}
		if loc == nil || loc[0] == loc[1] {
			return bind.ErrNull
		}
		out.AppendBytes(s[loc[0]:loc[1]])
		return nil
	}, nil
})
