package text

import (
	"fmt"
	"testing"

	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

func valueOf(x any) (*types.Type, any) {
	switch x := x.(type) {
	case nil:
		return types.StringType, nil
	case int:
		return types.IntType, int32(x)
	case int64:
		return types.LongType, x
	case float64:
		return types.DoubleType, x
	case bool:
		return types.BooleanType, x
	case []byte:
		return types.BinaryType, x
	case []any:
		return types.NewArray(types.StringType, true), x
	case dec:
		v, t, _ := types.ParseDecimalLiteral(string(x))
		return t, v
	}
	return types.StringType, x
}

// dec is a decimal argument.
type dec string

// call runs a function over one constant row and again over three flat rows, and gives the answer as the shell prints it,
// or the class of the error.
func call(t *testing.T, name string, args ...any) string {
	t.Helper()
	f := function.FindScalar(name)
	if f == nil {
		t.Fatalf("no function %s", name)
	}
	in := make([]function.Arg, len(args))
	vals := make([]any, len(args))
	from := make([]*types.Type, len(args))
	for i, a := range args {
		from[i], vals[i] = valueOf(a)
		in[i] = function.Arg{Type: from[i], Nullable: a == nil, Const: vector.Of(from[i], vals[i]), SQL: "x"}
	}
	b, err := f.Bind(in, false)
	if err != nil {
		return sqlerr.From(err).Class
	}
	var first string
	for _, n := range []int{1, 3} {
		vecs := make([]*vector.Vector, len(args))
		null := false
		for i := range args {
			rows := make([]any, n)
			for k := range rows {
				rows[k] = vals[i]
			}
			v := vector.Of(from[i], rows...)
			conv, err := cast.Bind(from[i], b.Args[i], cast.Legacy)
			if err != nil {
				t.Fatal(err)
			}
			if vecs[i], err = conv(&function.Context{}, v); err != nil {
				t.Fatal(err)
			}
			vecs[i] = vector.Flatten(vecs[i])
			null = null || vecs[i].IsNull(0)
		}
		got := ""
		v, err := b.Eval(&function.Context{}, vecs, n)
		switch {
		case err != nil:
			got = sqlerr.From(err).Class
		case null && f.Nulls == function.NullIfAnyNull:
			got = "NULL"
		default:
			got = cast.Hive(v, n-1, nil)
		}
		if n == 1 {
			first = got
		} else if got != first {
			t.Errorf("%s%v: one row gives %s, three %s", name, args, first, got)
		}
	}
	return first
}

func TestFunctions(t *testing.T) {
	for _, c := range []struct {
		name string
		args []any
		want string
	}{
		{"length", []any{"ñandú😀"}, "6"},
		{"octet_length", []any{"日本"}, "6"},
		{"bit_length", []any{"é"}, "16"},
		{"upper", []any{"straße"}, "STRASSE"},
		{"lower", []any{"ÁÉÍ"}, "áéí"},
		{"initcap", []any{"hello wORLD-foo ñu"}, "Hello World-foo Ñu"},
		{"soundex", []any{"Robert"}, "R163"},
		{"soundex", []any{"Tymczak"}, "T522"},
		{"soundex", []any{"Pfister"}, "P236"},
		{"substring", []any{"日本語テキスト", 2, 3}, "本語テ"},
		{"substring", []any{"hello", -3}, "llo"},
		{"substring", []any{"hello", 0, 2}, "he"},
		{"substring", []any{"abc", -5, 3}, "a"},
		{"substring", []any{"Spark SQL", 5, 1}, "k"},
		{"left", []any{"abcd", 2}, "ab"},
		{"left", []any{"abcd", -2}, ""},
		{"left", []any{"abcd", "a"}, "NULL"},
		{"right", []any{"abcd", "2"}, "cd"},
		{"right", []any{"abcd", 9}, "abcd"},
		{"lpad", []any{"7", 3, "0"}, "007"},
		{"rpad", []any{"ab", 5, "xy"}, "abxyx"},
		{"lpad", []any{"abcdef", 3, "0"}, "abc"},
		{"lpad", []any{[]byte{0xaa}, 3}, "\x00\x00\xaa"},
		{"lpad", []any{"abc", 5, []byte("W")}, "WWabc"},
		{"trim", []any{"  x "}, "x"},
		{"trim", []any{"xyz", "yxTomxx"}, "Tom"},
		{"ltrim", []any{"xyz", "zzzytest"}, "test"},
		{"btrim", []any{"xyxtrimyyx", "xy"}, "trim"},
		{"repeat", []any{"ab", 3}, "ababab"},
		{"space", []any{2}, "  "},
		{"concat_ws", []any{"-", "a", nil, "b"}, "a-b"},
		{"concat_ws", []any{"-", []any{"a", nil, "b"}, "c"}, "a-b-c"},
		{"replace", []any{"abc", "b", "123"}, "a123c"},
		{"replace", []any{"abc", "b"}, "ac"},
		{"translate", []any{"AaBbCc", "abc", "12"}, "A1B2C"},
		{"overlay", []any{"Spark SQL", "_", 6}, "Spark_SQL"},
		{"overlay", []any{"Spark SQL", "ANSI ", 7, 0}, "Spark ANSI SQL"},
		{"instr", []any{"banana", "an"}, "2"},
		{"locate", []any{"an", "banana", 3}, "4"},
		{"locate", []any{"an", "banana", 0}, "0"},
		{"position", []any{"z", "abc"}, "0"},
		{"find_in_set", []any{"c", "a,b,c"}, "3"},
		{"find_in_set", []any{"a,b", "a,b,c"}, "0"},
		{"substring_index", []any{"www.apache.org", ".", 2}, "www.apache"},
		{"substring_index", []any{"www.apache.org", ".", -2}, "apache.org"},
		{"split_part", []any{"11.12.13", ".", -1}, "13"},
		{"split_part", []any{"11.12.13", "", 1}, "11.12.13"},
		{"split_part", []any{"11.12.13", ".", 0}, "INVALID_INDEX_OF_ZERO"},
		{"split_part", []any{"11.12.13", ".", 4}, ""},
		{"split", []any{"aa1cc2ee3", "[1-9]+"}, `["aa","cc","ee",""]`},
		{"split", []any{"aa1cc2ee3", "[1-9]+", 2}, `["aa","cc2ee3"]`},
		{"split", []any{"hello", ""}, `["h","e","l","l","o"]`},
		{"split", []any{"", ""}, `[""]`},
		{"split", []any{"a,b,,", ","}, `["a","b","",""]`},
		{"ascii", []any{"é"}, "233"},
		{"chr", []any{233}, "é"},
		{"chr", []any{-1}, ""},
		{"levenshtein", []any{"kitten", "sitting"}, "3"},
		{"levenshtein", []any{"kitten", "sitting", 2}, "-1"},
		{"contains", []any{"Spark SQL", "SQL"}, "true"},
		{"contains", []any{[]byte{0x12}, 12}, "false"},
		{"startswith", []any{"Spark SQL", "ark"}, "false"},
		{"endswith", []any{"Spark SQL", "QL"}, "true"},
		{"luhn_check", []any{"4111111111111111"}, "true"},
		{"luhn_check", []any{"510B105105105106"}, "false"},
		{"luhn_check", []any{""}, "false"},
		{"luhn_check", []any{int64(6011111111111117)}, "true"},
		{"mask", []any{"AbCD123-@$#"}, "XxXXnnn-@$#"},
		{"mask", []any{"AbCD123-@$#", "Q", nil, "d", "o"}, "QbQQdddoooo"},
		{"mask", []any{"AbCD", "QQ"}, "DATATYPE_MISMATCH.INPUT_SIZE_NOT_ONE"},
		{"elt", []any{2, "a", "b"}, "b"},
		{"elt", []any{3, "a", "b"}, "NULL"},
		{"str_to_map", []any{"a:1,b:2,c"}, `{"a":"1","b":"2","c":null}`},
		{"str_to_map", []any{"a:1,a:2"}, "DUPLICATED_MAP_KEY"},
		{"base64", []any{"ñ"}, "w7E="},
		{"unbase64", []any{"w7E="}, "ñ"},
		{"encode", []any{"é", "UTF-16BE"}, "\x00\xe9"},
		{"encode", []any{"é", "nope"}, "INVALID_PARAMETER_VALUE.PATTERN"},
		{"decode", []any{[]byte{0xc3, 0xa9}, "UTF-8"}, "é"},
		{"decode", []any{2, 1, "Southlake"}, "NULL"},
		{"decode", []any{6, 1, "a", 2, "b", "other"}, "other"},
		{"decode", []any{nil, "6", "Spark", nil, "SQL"}, "SQL"},
		{"to_binary", []any{" ab cd ", "base64"}, "i\xb7\x1d"},
		{"to_binary", []any{"abcd=", "base64"}, "CONVERSION_INVALID_INPUT"},
		{"to_binary", []any{"a", "base64"}, "CONVERSION_INVALID_INPUT"},
		{"to_binary", []any{" ab cdef= = ", "base64"}, "CONVERSION_INVALID_INPUT"},
		{"to_binary", []any{"737472696E67"}, "string"},
		{"to_binary", []any{"GG"}, "CONVERSION_INVALID_INPUT"},
		{"to_binary", []any{"abc", "invalidFormat"}, "DATATYPE_MISMATCH.INVALID_ARG_VALUE"},
		{"to_binary", []any{"abc", nil}, "NULL"},
		{"try_to_binary", []any{"a!", "base64"}, "NULL"},
		{"url_encode", []any{"a b&c"}, "a+b%26c"},
		{"url_decode", []any{"a+b%26c"}, "a b&c"},
		{"parse_url", []any{"https://u@h.es:80/p/a?q=1&r=x#f", "QUERY", "r"}, "x"},
		{"parse_url", []any{"https://u@h.es:80/p/a?q=1&r=x#f", "USERINFO"}, "u"},
		{"parse_url", []any{"https://u@h.es:80/p/a?q=1&r=x#f", "AUTHORITY"}, "u@h.es:80"},
		{"parse_url", []any{"https://u@h.es:80/p/a?q=1&r=x#f", "FILE"}, "/p/a?q=1&r=x"},
		{"parse_url", []any{"https://h.es/p", "HOST"}, "h.es"},
		{"parse_url", []any{"https://h.es/p q", "HOST"}, "NULL"},
		{"sentences", []any{"Hi there! Bye."}, `[["Hi","there"],["Bye"]]`},
		{"regexp_extract", []any{"order-123-ABC", `(\d+)-([A-Z]+)`, 2}, "ABC"},
		{"regexp_extract", []any{"x", "(y)", 1}, ""},
		{"regexp_extract", []any{"x", "(x)", 2}, "INVALID_PARAMETER_VALUE.REGEX_GROUP_INDEX"},
		{"regexp_extract", []any{"abc", "(", 1}, "INVALID_PARAMETER_VALUE.PATTERN"},
		{"regexp_extract_all", []any{"a1b22", `(\d+)`, 1}, `["1","22"]`},
		{"regexp_replace", []any{"John Smith", `(\w+) (\w+)`, "$2, $1"}, "Smith, John"},
		{"regexp_replace", []any{"aaa", "a*+", "b"}, "bb"},
		{"regexp_replace", []any{"aaa", "a", "b", 2}, "abb"},
		{"regexp_count", []any{"Steven Jones and Stephen Smith", "Ste(v|ph)en"}, "2"},
		{"regexp_instr", []any{"user@spark.apache.org", "@[^.]*"}, "5"},
		{"regexp_substr", []any{"abc", "x"}, "NULL"},
		{"regexp_like", []any{"café", `\p{L}+é`}, "true"},
		{"format_string", []any{"%05d|%-5s|%.2f|%,d", 42, "ab", 3.14159, 1234567}, "00042|ab   |3.14|1,234,567"},
		{"format_string", []any{"%2$s %1$s %3$e %4$g %5$x", "a", "b", 12345.678, 0.0001, 255}, "b a 1.234568e+04 0.000100000 ff"},
		{"printf", []any{"%s-%x", "a", 255}, "a-ff"},
		{"printf", []any{"%e|%g|%(d|%+d|%X", 12345.678, 0.0001, -5, 5, -1}, "1.234568e+04|0.000100000|(5)|+5|FFFFFFFF"},
		{"printf", []any{"%.1f|%.0f|%b|%%|%S", 0.25, 2.5, true, "x"}, "0.3|3|true|%|X"},
		{"printf", []any{"%d", "x"}, "INVALID_PARAMETER_VALUE.PATTERN"},
		{"to_number", []any{"12,454.8-", "00,000.9MI"}, "-12454.8"},
		{"to_number", []any{"<00,454.8>", "00,000.9PR"}, "-454.8"},
		{"to_number", []any{"$78.12", "$00.00"}, "78.12"},
		{"to_number", []any{"+454", "S000"}, "454"},
		{"to_number", []any{"34,50", "999,99"}, "3450"},
		{"to_number", []any{"0.00001-", "9.999999S"}, "-0.000010"},
		{"to_number", []any{".0", "99999999.99999999"}, "0.00000000"},
		{"to_number", []any{"123456", "999G999"}, "INVALID_FORMAT.MISMATCH_INPUT"},
		{"to_number", []any{"123,000", "999G"}, "INVALID_FORMAT.CONT_THOUSANDS_SEPS"},
		{"to_number", []any{"-34,338,492.654,878", "99G999G999D999G999"}, "INVALID_FORMAT.THOUSANDS_SEPS_MUST_BEFORE_DEC"},
		{"try_to_number", []any{"$1", "99"}, "NULL"},
		{"to_char", []any{dec("1234.5"), "9,999.99"}, "1,234.50"},
		{"to_char", []any{dec("78.12"), "$99.99"}, "$78.12"},
		{"to_char", []any{dec("111.11"), "99.9"}, "##.#"},
		{"to_char", []any{dec("12454.8"), "99,999.9S"}, "12,454.8+"},
		{"to_char", []any{123, "9G999G999G999G999G999"}, "                  123"},
		{"to_char", []any{-456, "9999999999999999.999PR"}, "             <456.000>"},
		{"to_char", []any{-456, "S9999999999999999"}, "             -456"},
		{"to_char", []any{123, "MI9999999999999999"}, "              123"},
		{"to_char", []any{0, "9999.99PR"}, "   0.00  "},
	} {
		got := call(t, c.name, c.args...)
		if got != c.want {
			t.Errorf("%s(%s) = %q, want %q", c.name, fmt.Sprint(c.args...), got, c.want)
		}
	}
}
