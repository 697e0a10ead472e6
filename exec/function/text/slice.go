package text

import (
	"bytes"
	"math"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

func init() {
	bind.Scalars(
		&function.Scalar{
			Name: "substring", Aliases: []string{"substr"}, MinArgs: 2, MaxArgs: 3, Since: "1.5.0",
			Doc:     "The part of str that starts at pos and is of length len; without len the rest.",
			Usage:   "substring(str, pos[, len])",
			Example: "> SELECT substring('Spark SQL', 5, 1);\n k",
			Bind:    bindCut("substring", func(s []byte, pos, n int, sub cutter) []byte { return sub(s, pos, n) }),
		},
		&function.Scalar{
			Name: "left", MinArgs: 2, MaxArgs: 2, Since: "2.3.0",
			Doc:     "The leftmost len characters of str.",
			Usage:   "left(str, len)",
			Example: "> SELECT left('Spark SQL', 3);\n Spa",
			Bind:    bindCut("left", func(s []byte, n, _ int, sub cutter) []byte { return sub(s, 1, n) }),
		},
		&function.Scalar{
			Name: "right", MinArgs: 2, MaxArgs: 2, Since: "2.3.0",
			Doc:     "The rightmost len characters of str.",
			Usage:   "right(str, len)",
			Example: "> SELECT right('Spark SQL', 3);\n SQL",
			Bind: bind.Simple("right", types.StringType, false, right,
				types.StringFamily, types.IntFamily),
		},
		&function.Scalar{
			Name: "substring_index", MinArgs: 3, MaxArgs: 3, Since: "1.5.0",
			Doc:     "The part of str before count occurrences of delim, counted from the end when count is negative.",
			Usage:   "substring_index(str, delim, count)",
			Example: "> SELECT substring_index('www.apache.org', '.', 2);\n www.apache",
			Bind: bind.Simple("substring_index", types.StringType, false,
				bind.Append3(types.StringType, func(_ *function.Context, dst, s, delim []byte, count int32) ([]byte, error) {
					return append(dst, substringIndex(s, delim, int(count))...), nil
				}), types.StringFamily, types.StringFamily, types.IntFamily),
		},
		&function.Scalar{
			Name: "split_part", MinArgs: 3, MaxArgs: 3, Since: "3.3.0",
			Doc:     "Part number partNum of str split at delimiter, counted from the end when negative; empty when there is none.",
			Usage:   "split_part(str, delimiter, partNum)",
			Example: "> SELECT split_part('11.12.13', '.', 3);\n 13",
			Bind: bind.Simple("split_part", types.StringType, false,
				bind.Append3(types.StringType, func(_ *function.Context, dst, s, delim []byte, part int32) ([]byte, error) {
					p, err := splitPart(s, delim, int(part))
					return append(dst, p...), err
				}), types.StringFamily, types.StringFamily, types.IntFamily),
		},
	)
}

type cutter func(s []byte, pos, n int) []byte

func bindCut(name string, cut func(s []byte, a, b int, sub cutter) []byte) binder {
	return func(args []function.Arg, ansi bool) (*function.Bound, error) {
		in, err := bind.Cast(name, args, ansi, types.TextFamily, types.IntFamily)
		if err != nil {
			return nil, err
		}
		sub := cutter(Substring)
		if in[0].Kind == types.Binary {
			sub = substringBytes
		}
		return &function.Bound{Args: in, Return: in[0], Eval: spans(in[0], func(s []byte, a, b int) []byte { return cut(s, a, b, sub) })}, nil
	}
}

// spans is an Eval whose results lie within the first argument: no byte is copied. The further one or two arguments are
// ints; one that is missing is the largest int.
func spans(ret *types.Type, cut func(s []byte, a, b int) []byte) function.Eval {
	return bind.Lift(func(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
		src := vector.Flatten(args[0])
		out := vector.New(ret, n)
		out.Heap = src.Heap
		a := bind.Reader[int32](args[1])
		b := func(int) int32 { return math.MaxInt32 }
		if len(args) > 2 {
			b = bind.Reader[int32](args[2])
		}
		valid := bind.Nulls(args, n)
		for i := 0; i < n; i++ {
			if valid != nil && !valid.Get(i) {
				continue
			}
			s := src.Spans[i]
			whole := src.Heap[s.Off : s.Off+s.Len]
			part := cut(whole, int(a(i)), int(b(i)))
			if len(part) > 0 {
				// Both end at the same capacity, so the difference is where the part starts.
				out.Spans[i] = vector.Span{Off: s.Off + uint32(cap(whole)-cap(part)), Len: uint32(len(part))}
			}
		}
		out.Valid = valid
		return out, nil
	})
}

var right = spans(types.StringType, func(s []byte, n, _ int) []byte {
	if n <= 0 {
		return nil
	}
	return Substring(s, -n, math.MaxInt32)
})

func substringIndex(s, delim []byte, count int) []byte {
	if len(delim) == 0 || count == 0 {
		return nil
	}
	if count > 0 {
		at := 0
		for ; count > 0; count-- {
			i := bytes.Index(s[at:], delim)
			if i < 0 {
				return s
			}
			if count == 1 {
				return s[:at+i]
			}
			// Occurrences may overlap, as Spark looks from the next byte.
			at += i + 1
		}
	}
	end := len(s)
	for ; count < 0; count++ {
		i := bytes.LastIndex(s[:end], delim)
		if i < 0 {
			return s
		}
		if count == -1 {
			return s[i+len(delim):]
		}
		end = i + len(delim) - 1
	}
	return s
}

func splitPart(s, delim []byte, part int) ([]byte, error) {
	if part == 0 {
		return nil, sqlerr.New("INVALID_INDEX_OF_ZERO")
	}
	if len(delim) == 0 {
		if part == 1 || part == -1 {
			return s, nil
		}
		return nil, nil
	}
	n := bytes.Count(s, delim) + 1
	if part < 0 {
		part = n + part + 1
	}
	if part < 1 || part > n {
		return nil, nil
	}
	for ; part > 1; part-- {
		s = s[bytes.Index(s, delim)+len(delim):]
	}
	if i := bytes.Index(s, delim); i >= 0 {
		return s[:i], nil
	}
	return s, nil
}
