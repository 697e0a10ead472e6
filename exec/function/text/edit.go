package text

import (
	"bytes"
	"math"
	"unicode/utf8"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

func init() {
	bind.Scalars(
		&function.Scalar{
			Name: "replace", MinArgs: 2, MaxArgs: 3, Since: "2.3.0",
			Doc:     "str with every search replaced by replace (removed if left out).",
			Usage:   "replace(str, search[, replace])",
			Example: "> SELECT replace('ABCabc', 'abc', 'DEF');\n ABCDEF",
			Bind: func(args []function.Arg, ansi bool) (*function.Bound, error) {
				in, err := bind.Cast("replace", args, ansi, types.StringFamily)
				if err != nil {
					return nil, err
				}
				eval := bind.Append2(types.StringType, func(_ *function.Context, dst, s, old []byte) ([]byte, error) { return replace(dst, s, old, nil), nil })
				if len(args) == 3 {
					eval = bind.Append3(types.StringType, func(_ *function.Context, dst, s, old, with []byte) ([]byte, error) {
						return replace(dst, s, old, with), nil
					})
				}
				return &function.Bound{Args: in, Return: types.StringType, Eval: eval}, nil
			},
		},
		&function.Scalar{
			Name: "translate", MinArgs: 3, MaxArgs: 3, Since: "1.5.0",
			Doc:     "input with each character of from replaced by the one at the same position of to, or removed if to is shorter.",
			Usage:   "translate(input, from, to)",
			Example: "> SELECT translate('AaBbCc', 'abc', '123');\n A1B2C3",
			Bind: bind.Simple("translate", types.StringType, false, bind.Append3(types.StringType, func(_ *function.Context, dst, s, from, to []byte) ([]byte, error) {
				return translate(dst, s, from, to), nil
			}), types.StringFamily),
		},
		&function.Scalar{
			Name: "overlay", MinArgs: 3, MaxArgs: 4, Since: "3.0.0",
			Doc:     "input with replace put at pos over len characters (the length of replace if left out).",
			Usage:   "overlay(input, replace, pos[, len])",
			Example: "> SELECT overlay('Spark SQL', '_', 6);\n Spark_SQL",
			Bind:    bindOverlay,
		},
		&function.Scalar{
			Name: "chr", Aliases: []string{"char"}, MinArgs: 1, MaxArgs: 1, Since: "2.3.0",
			Doc:     "The character with the code n modulo 256; empty when n is negative.",
			Usage:   "chr(n)",
			Example: "> SELECT chr(65);\n A",
			Bind: bind.Simple("chr", types.StringType, false, bind.Append1(types.StringType, func(_ *function.Context, dst []byte, n int64) ([]byte, error) {
				if n < 0 {
					return dst, nil
				}
				return utf8.AppendRune(dst, rune(n&0xff)), nil
			}), types.LongFamily),
		},
		&function.Scalar{
			Name: "elt", MinArgs: 2, MaxArgs: -1, Since: "2.0.0", Nulls: function.NullByFunction,
			Doc:     "The n-th of the inputs; NULL when there is none.",
			Usage:   "elt(n, input1, input2, ...)",
			Example: "> SELECT elt(1, 'scala', 'java');\n scala",
			Bind:    bindElt,
		},
		&function.Scalar{
			Name: "concat_ws", MinArgs: 1, MaxArgs: -1, Since: "1.5.0", Nulls: function.NullByFunction,
			Doc:     "The strings, and the elements of arrays of strings, with sep between them; NULLs are skipped.",
			Usage:   "concat_ws(sep[, str | array(str)]+)",
			Example: "> SELECT concat_ws(' ', 'Spark', 'SQL');\n Spark SQL",
			Bind: func(args []function.Arg, ansi bool) (*function.Bound, error) {
				in, err := bind.Cast("concat_ws", args, ansi, types.StringFamily, types.OneOf(types.Exact(types.NewArray(types.StringType, true)), types.StringFamily))
				if err != nil {
					return nil, err
				}
				return &function.Bound{Args: in, Return: types.StringType, Nullable: args[0].Nullable, Eval: concatWS}, nil
			},
		},
		&function.Scalar{
			Name: "str_to_map", MinArgs: 1, MaxArgs: 3, Since: "2.0.1",
			Doc:     "The map in text, whose pairs and keys are separated by two regular expressions (',' and ':' if left out).",
			Usage:   "str_to_map(text[, pairDelim[, keyValueDelim]])",
			Example: "> SELECT str_to_map('a:1,b:2,c:3', ',', ':');\n {\"a\":\"1\",\"b\":\"2\",\"c\":\"3\"}",
			Bind: bind.Simple("str_to_map", types.NewMap(types.StringType, types.StringType, true), false,
				strToMap, types.StringFamily),
		},
	)
}

func replace(dst, s, old, with []byte) []byte {
	if len(old) == 0 {
		return append(dst, s...)
	}
	for {
		i := bytes.Index(s, old)
		if i < 0 {
			return append(dst, s...)
		}
		dst = append(append(dst, s[:i]...), with...)
		s = s[i+len(old):]
	}
}

func translate(dst, s, from, to []byte) []byte {
	for len(s) > 0 {
		n := offset(s, 1)
		k := locate(from, s[:n], 1)
		switch {
		case k == 0:
			dst = append(dst, s[:n]...)
		default:
			dst = append(dst, Substring(to, k, 1)...)
		}
		s = s[n:]
	}
	return dst
}

func bindOverlay(args []function.Arg, ansi bool) (*function.Bound, error) {
	want, count, sub := types.StringFamily, chars, Substring
	if bothBinary(args, 0, 1) {
		want, count, sub = types.BinaryFamily, func(s []byte) int { return len(s) }, substringBytes
	}
	in, err := bind.Cast("overlay", args, ansi, want, want, types.IntFamily, types.IntFamily)
	if err != nil {
		return nil, err
	}
	ret := in[0]
	eval := bind.Rows(ret, func(_ *function.Context, args []*vector.Vector) (func(int, *vector.Builder) error, error) {
		pos := bind.Reader[int32](args[2])
		length := func(int) int32 { return -1 }
		if len(args) > 3 {
			length = bind.Reader[int32](args[3])
		}
		var buf []byte
		return func(i int, out *vector.Builder) error {
			s, with, at, n := args[0].Bytes(i), args[1].Bytes(i), int(pos(i)), int(length(i))
			if n < 0 {
				n = count(with)
			}
			buf = append(append(append(buf[:0], sub(s, 1, at-1)...), with...), sub(s, at+n, math.MaxInt32)...)
			out.AppendBytes(buf)
			return nil
		}, nil
	})
	return &function.Bound{Args: in, Return: ret, Eval: eval}, nil
}

func bindElt(args []function.Arg, ansi bool) (*function.Bound, error) {
	want := types.BinaryFamily
	for _, a := range args[1:] {
		if a.Type.Kind != types.Binary {
			want = types.StringFamily
		}
	}
	in, err := bind.Cast("elt", args, ansi, types.IntFamily, want)
	if err != nil {
		return nil, err
	}
	eval := bind.AllRows(in[1], func(_ *function.Context, args []*vector.Vector) (func(int, *vector.Builder) error, error) {
		at := bind.Reader[int32](args[0])
		return func(i int, out *vector.Builder) error {
			if args[0].IsNull(i) {
				return bind.ErrNull
			}
			k := int(at(i))
			if k < 1 || k >= len(args) {
				if ansi {
					return badIndex(k, len(args)-1)
				}
				return bind.ErrNull
			}
			out.AppendFrom(args[k], i)
			return nil
		}, nil
	})
	return &function.Bound{Args: in, Return: in[1], Nullable: true, Eval: eval}, nil
}

var concatWS = bind.AllRows(types.StringType, func(_ *function.Context, args []*vector.Vector) (func(int, *vector.Builder) error, error) {
	var buf []byte
	return func(i int, out *vector.Builder) error {
		if args[0].IsNull(i) {
			return bind.ErrNull
		}
		sep, first := args[0].Bytes(i), true
		buf = buf[:0]
		add := func(s []byte) {
			if !first {
				buf = append(buf, sep...)
			}
			first = false
			buf = append(buf, s...)
		}
		for _, a := range args[1:] {
			switch {
			case a.IsNull(i):
			case a.Type.Kind == types.Array:
				w := a.Values()
				r, elems := w.Ranges[a.Index(i)], w.Children[0]
				for j := int(r.Off); j < int(r.Off+r.Len); j++ {
					if !elems.IsNull(j) {
						add(elems.Bytes(j))
					}
				}
			default:
				add(a.Bytes(i))
			}
		}
		out.AppendBytes(buf)
		return nil
	}, nil
})

var strToMap = bind.Rows(types.NewMap(types.StringType, types.StringType, true), func(ctx *function.Context, args []*vector.Vector) (func(int, *vector.Builder) error, error) {
	lastWins := ctx.Setting != nil && ctx.Setting("spark.sql.mapKeyDedupPolicy") == "LAST_WIN"
	separators := [2]*vector.Vector{vector.ConstOf(types.StringType, ",", args[0].Len), vector.ConstOf(types.StringType, ":", args[0].Len)}
	copy(separators[:], args[1:])
	pairSep, kvSep := patterns("str_to_map", separators[0]), patterns("str_to_map", separators[1])
	return func(i int, out *vector.Builder) error {
		pairAt, err := pairSep(i)
		if err != nil {
			return err
		}
		kvAt, err := kvSep(i)
		if err != nil {
			return err
		}
		pairs, err := split(nil, args[0].Bytes(i), pairAt, -1)
		if err != nil {
			return err
		}
		var keys, values [][]byte
		for _, p := range pairs {
			kv, err := split(nil, p, kvAt, 2)
			if err != nil {
				return err
			}
			var value []byte
			if len(kv) > 1 {
				if value = kv[1]; value == nil {
					value = []byte{}
				}
			}
			at := -1
			for k, have := range keys {
				if bytes.Equal(have, kv[0]) {
					at = k
				}
			}
			switch {
			case at < 0:
				keys, values = append(keys, kv[0]), append(values, value)
			case lastWins:
				values[at] = value
			default:
				return duplicateKey(kv[0])
			}
		}
		for k := range keys {
			out.Child(0).AppendBytes(keys[k])
			if values[k] == nil {
				out.Child(1).AppendNull()
			} else {
				out.Child(1).AppendBytes(values[k])
			}
		}
		out.AppendList(len(keys))
		return nil
	}, nil
})
