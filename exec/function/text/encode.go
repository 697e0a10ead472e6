package text

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

func init() {
	bind.Scalars(
		&function.Scalar{
			Name: "base64", MinArgs: 1, MaxArgs: 1, Since: "1.5.0",
			Doc:     "A binary value as base64 text.",
			Usage:   "base64(bin)",
			Example: "> SELECT base64('Spark SQL');\n U3BhcmsgU1FM",
			Bind: bind.Simple("base64", types.StringType, false, bind.Append1(types.StringType, func(_ *function.Context, dst, s []byte) ([]byte, error) {
				return base64.StdEncoding.AppendEncode(dst, s), nil
			}), types.BinaryFamily),
		},
		&function.Scalar{
			Name: "unbase64", MinArgs: 1, MaxArgs: 1, Since: "1.5.0",
			Doc:     "The binary value of base64 text.",
			Usage:   "unbase64(str)",
			Example: "> SELECT unbase64('U3BhcmsgU1FM');\n Spark SQL",
			Bind: bind.Simple("unbase64", types.BinaryType, false, bind.Append1(types.BinaryType, func(_ *function.Context, dst, s []byte) ([]byte, error) {
				out, ok := mimeDecode(dst, s)
				if !ok {
					return dst, invalidInput(s, "BASE64", "try_to_binary")
				}
				return out, nil
			}), types.StringFamily),
		},
		&function.Scalar{
			Name: "encode", MinArgs: 2, MaxArgs: 2, Since: "1.5.0",
			Doc:     "str in a character set: US-ASCII, ISO-8859-1, UTF-8, UTF-16, UTF-16BE or UTF-16LE.",
			Usage:   "encode(str, charset)",
			Example: "> SELECT encode('abc', 'utf-8');\n abc",
			Bind: bind.Simple("encode", types.BinaryType, false, bind.Append2(types.BinaryType, func(_ *function.Context, dst, s, charset []byte) ([]byte, error) {
				return encode(dst, s, string(charset))
			}), types.StringFamily),
		},
		&function.Scalar{
			Name: "decode", MinArgs: 2, MaxArgs: -1, Since: "1.5.0", Nulls: function.NullByFunction,
			Doc:     "A binary value read in a character set; or, with more arguments, the result after the search value equal to expr, else the default.",
			Usage:   "decode(bin, charset) or decode(expr, search, result [, search, result ] ... [, default])",
			Example: "> SELECT decode(encode('abc', 'utf-8'), 'utf-8');\n abc",
			Bind:    bindDecode,
		},
		&function.Scalar{
			Name: "to_binary", MinArgs: 1, MaxArgs: 2, Since: "3.3.0",
			Doc:     "The binary value of str, written in the format hex (the default), utf-8, utf8 or base64.",
			Usage:   "to_binary(str[, fmt])",
			Example: "> SELECT to_binary('abc', 'utf-8');\n abc",
			Bind:    bindToBinary("to_binary", false),
		},
		&function.Scalar{
			Name: "try_to_binary", MinArgs: 1, MaxArgs: 2, Since: "3.3.0",
			Doc:     "As to_binary, but NULL where str is malformed.",
			Usage:   "try_to_binary(str[, fmt])",
			Example: "> SELECT try_to_binary('a!', 'base64');\n NULL",
			Bind:    bindToBinary("try_to_binary", true),
		},
	)
}

func invalidInput(s []byte, format, suggestion string) error {
	return sqlerr.New("CONVERSION_INVALID_INPUT", "str", "'"+string(s)+"'", "fmt", "'"+format+"'", "targetType", `"BINARY"`, "suggestion", types.Quote(suggestion))
}

const base64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

// mimeDecode reads base64 as Java's MIME decoder does: characters that are no digits are skipped, padding may be missing.
func mimeDecode(dst, s []byte) ([]byte, bool) {
	var bits uint32
	n := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '=' {
			// One digit alone is no byte; "x=" needs a second "=" and nothing but separators after it.
			if n < 2 {
				return dst, false
			}
			if n == 2 {
				i++
				for i < len(s) && s[i] != '=' && strings.IndexByte(base64Digits, s[i]) < 0 {
					i++
				}
				if i == len(s) || s[i] != '=' {
					return dst, false
				}
			}
			for _, c := range s[i+1:] {
				if c == '=' || strings.IndexByte(base64Digits, c) >= 0 {
					return dst, false
				}
			}
			break
		}
		d := strings.IndexByte(base64Digits, c)
		if d < 0 {
			continue
		}
		bits = bits<<6 | uint32(d)
		if n++; n == 4 {
			dst = append(dst, byte(bits>>16), byte(bits>>8), byte(bits))
			n, bits = 0, 0
		}
	}
	switch n {
	case 1:
		return dst, false
	case 2:
		dst = append(dst, byte(bits>>4))
	case 3:
		dst = append(dst, byte(bits>>10), byte(bits>>2))
	}
	return dst, true
}

// strictBase64 is to_binary's check: only digits, white space among them, and a correct padding at the end.
func strictBase64(s []byte) bool {
	digits, pads := 0, 0
	for _, c := range s {
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v':
			if pads > 0 {
				return false
			}
		case c == '=':
			pads++
		case strings.IndexByte(base64Digits, c) >= 0:
			if pads > 0 {
				return false
			}
			digits++
		default:
			return false
		}
	}
	switch digits % 4 {
	case 0:
		return pads == 0
	case 2:
		return pads == 2 || pads == 0
	case 3:
		return pads == 1 || pads == 0
	}
	return false
}

func encode(dst, s []byte, charset string) ([]byte, error) {
	switch strings.ToUpper(charset) {
	case "UTF-8", "UTF8":
		return append(dst, s...), nil
	case "US-ASCII", "ASCII", "ISO-8859-1", "LATIN1", "ISO8859-1":
		limit := rune(0x100)
		if strings.HasSuffix(strings.ToUpper(charset), "ASCII") {
			limit = 0x80
		}
		for _, r := range string(s) {
			if r >= limit {
				r = '?'
			}
			dst = append(dst, byte(r))
		}
		return dst, nil
	case "UTF-16", "UTF-16BE", "UTF-16LE":
		if len(charset) == len("UTF-16") && len(s) > 0 {
			dst = append(dst, 0xfe, 0xff)
		}
		little := strings.EqualFold(charset, "UTF-16LE")
		for _, u := range utf16.Encode([]rune(string(s))) {
			if little {
				dst = append(dst, byte(u), byte(u>>8))
			} else {
				dst = append(dst, byte(u>>8), byte(u))
			}
		}
		return dst, nil
	}
	return dst, badCharset("encode", charset)
}

func badCharset(name, charset string) error {
	return sqlerr.New("INVALID_PARAMETER_VALUE.PATTERN", "parameter", "`charset`", "functionName", types.Quote(name), "value", "'"+charset+"'")
}

func decode(dst, s []byte, charset string) ([]byte, error) {
	switch strings.ToUpper(charset) {
	case "UTF-8", "UTF8":
		for len(s) > 0 {
			r, n := utf8.DecodeRune(s)
			dst, s = utf8.AppendRune(dst, r), s[n:]
		}
		return dst, nil
	case "US-ASCII", "ASCII":
		for _, c := range s {
			r := rune(c)
			if c >= 0x80 {
				r = utf8.RuneError
			}
			dst = utf8.AppendRune(dst, r)
		}
		return dst, nil
	case "ISO-8859-1", "LATIN1", "ISO8859-1":
		for _, c := range s {
			dst = utf8.AppendRune(dst, rune(c))
		}
		return dst, nil
	case "UTF-16", "UTF-16BE", "UTF-16LE":
		little := strings.EqualFold(charset, "UTF-16LE")
		if strings.EqualFold(charset, "UTF-16") && len(s) >= 2 {
			if s[0] == 0xff && s[1] == 0xfe {
				little, s = true, s[2:]
			} else if s[0] == 0xfe && s[1] == 0xff {
				s = s[2:]
			}
		}
		units := make([]uint16, 0, len(s)/2)
		for ; len(s) >= 2; s = s[2:] {
			if little {
				units = append(units, uint16(s[0])|uint16(s[1])<<8)
			} else {
				units = append(units, uint16(s[1])|uint16(s[0])<<8)
			}
		}
		for _, r := range utf16.Decode(units) {
			dst = utf8.AppendRune(dst, r)
		}
		if len(s) == 1 {
			dst = utf8.AppendRune(dst, utf8.RuneError)
		}
		return dst, nil
	}
	return dst, badCharset("decode", charset)
}

func bindDecode(args []function.Arg, ansi bool) (*function.Bound, error) {
	if len(args) == 2 {
		in, err := bind.Cast("decode", args, ansi, types.BinaryFamily, types.StringFamily)
		if err != nil {
			return nil, err
		}
		return &function.Bound{
			Args: in, Return: types.StringType, Nullable: args[0].Nullable || args[1].Nullable,
			Eval: bind.Append2(types.StringType, func(_ *function.Context, dst, s, charset []byte) ([]byte, error) {
				return decode(dst, s, string(charset))
			}),
		}, nil
	}
	// The form of CASE: keys are expr and the search values, the rest are results.
	isKey := func(i int) bool { return i == 0 || i%2 == 1 && i < len(args)-1 }
	var keys, results []function.Arg
	for i, a := range args {
		if isKey(i) {
			keys = append(keys, a)
		} else {
			results = append(results, a)
		}
	}
	key := keys[0].Type
	for _, k := range keys[1:] {
		t := types.ComparisonType(key, k.Type, true, ansi)
		if t == nil {
			return nil, bind.Mismatch("DATA_DIFF_TYPES", "decode", args, "functionName", "`decode`", "dataType", "("+bind.TypeSQL(key)+" or "+bind.TypeSQL(k.Type)+")")
		}
		key = t
	}
	ret, err := bind.Same("decode", results, ansi)
	if err != nil {
		return nil, err
	}
	in := make([]*types.Type, len(args))
	for i := range in {
		if in[i] = ret; isKey(i) {
			in[i] = key
		}
	}
	return &function.Bound{Args: in, Return: ret, Nullable: true, Eval: choose(ret)}, nil
}

// choose takes the result after the first search value that is the same as expr, NULL being the same as NULL.
func choose(ret *types.Type) function.Eval {
	return bind.AllRows(ret, func(_ *function.Context, args []*vector.Vector) (func(int, *vector.Builder) error, error) {
		return func(i int, out *vector.Builder) error {
			for k := 1; k+1 < len(args); k += 2 {
				if same(args[0], args[k], i) {
					out.AppendFrom(args[k+1], i)
					return nil
				}
			}
			if len(args)%2 == 0 {
				out.AppendFrom(args[len(args)-1], i)
				return nil
			}
			return bind.ErrNull
		}, nil
	})
}

// same compares row i of two vectors of one type that is not nested.
func same(a, b *vector.Vector, i int) bool {
	if an, bn := a.IsNull(i), b.IsNull(i); an || bn {
		return an && bn
	}
	if a.Type.Physical() == types.PhysBytes {
		return bytes.Equal(a.Bytes(i), b.Bytes(i))
	}
	return a.Value(i) == b.Value(i)
}

func bindToBinary(name string, try bool) binder {
	return func(args []function.Arg, ansi bool) (*function.Bound, error) {
		in, err := bind.Cast(name, args, ansi, types.StringFamily)
		if err != nil {
			return nil, err
		}
		format := "hex"
		if len(args) == 2 {
			s, null, ok := bind.ConstText(args[1])
			isNull := args[1].Type.Kind == types.Null || null
			switch {
			case !ok && !isNull && args[1].Const == nil:
				return nil, bind.NotFoldable(name, args, 1, "fmt", "STRING")
			case !ok && !isNull:
				return nil, badFormat(name, args)
			case !isNull:
				if format = strings.ToLower(s); format != "hex" && format != "utf-8" && format != "utf8" && format != "base64" {
					return nil, badFormat(name, args)
				}
			}
		}
		read := bind.Rows(types.BinaryType, func(_ *function.Context, args []*vector.Vector) (func(int, *vector.Builder) error, error) {
			var buf []byte
			return func(i int, out *vector.Builder) error {
				var ok bool
				s := args[0].Bytes(i)
				if buf, ok = toBinary(buf[:0], s, format); !ok {
					if try {
						return bind.ErrNull
					}
					return invalidInput(s, strings.ToUpper(format), "try_to_binary")
				}
				out.AppendBytes(buf)
				return nil
			}, nil
		})
		return &function.Bound{Args: in, Return: types.BinaryType, Nullable: true, Eval: read}, nil
	}
}

func badFormat(name string, args []function.Arg) error {
	return bind.Mismatch("INVALID_ARG_VALUE", name, args, "inputName", "fmt", "requireType", "case-insensitive \"STRING\"",
		"validValues", "'hex', 'utf-8', 'utf8', or 'base64'", "inputValue", "'"+strings.Trim(args[1].SQL, `"`)+"'")
}

func toBinary(dst, s []byte, format string) ([]byte, bool) {
	switch format {
	case "base64":
		if !strictBase64(s) {
			return dst, false
		}
		return mimeDecode(dst, s)
	case "hex":
		if len(s)%2 == 1 {
			s = append([]byte{'0'}, s...)
		}
		out, err := hex.AppendDecode(dst, s)
		return out, err == nil
	}
	return append(dst, s...), true
}
