package generic

import (
	"testing"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/functest"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

func TestFunctions(t *testing.T) {
	unhex := func(s string) []byte {
		out := make([]byte, len(s)/2)
		for i := range out {
			for _, c := range []byte(s[2*i : 2*i+2]) {
				v := c - '0'
				if c >= 'A' {
					v = c - 'A' + 10
				}
				out[i] = out[i]<<4 | v
			}
		}
		return out
	}
	for _, c := range []struct {
		name string
		args []any
		want string
	}{
		{"current_user", nil, "tester"},
		{"current_schema", nil, "default"},
		{"typeof", []any{vector.Of(types.NewArray(types.IntType, false), []any{int32(1)})}, "array<int>"},
		{"equal_null", []any{3, int64(3)}, "true"},
		{"equal_null", []any{nil, "x"}, "false"},
		{"equal_null", []any{nil, nil}, "true"},
		{"raise_error", []any{"boom"}, "USER_RAISED_EXCEPTION"},
		{"assert_true", []any{true}, "NULL"},
		{"assert_true", []any{false, "no"}, "USER_RAISED_EXCEPTION"},
		{"java_method", []any{"a", "b"}, "UNSUPPORTED_FEATURE.ARGAN"},
		{"xpath_int", []any{"<a>1</a>", "a"}, "UNSUPPORTED_FEATURE.ARGAN"},
		{"bitmap_bit_position", []any{int64(123)}, "122"},
		{"bitmap_bucket_number", []any{int64(32769)}, "2"},
		{"bitmap_count", []any{[]byte{0x10, 0x10}}, "2"},
		{"aes_decrypt", []any{unhex("83F16B2AA704794132802D248E6BFD4E380078182D1544813898AC97E709B28A94"), "0000111122223333"}, "Spark"},
		{"aes_decrypt", []any{unhex("83F16B2AA704794132802D248E6BFD4E380078182D1544813898AC97E709B28A95"), "0000111122223333"}, "INVALID_PARAMETER_VALUE.AES_CRYPTO_ERROR"},
		{"try_aes_decrypt", []any{[]byte{1, 2}, "0000111122223333"}, "NULL"},
		{"aes_decrypt", []any{[]byte{1, 2}, "short"}, "INVALID_PARAMETER_VALUE.AES_KEY_LENGTH"},
		{"aes_decrypt", []any{[]byte{1, 2}, "0000111122223333", "XYZ"}, "UNSUPPORTED_FEATURE.AES_MODE"},
	} {
		if got := functest.Call(t, c.name, c.args...); got != c.want {
			t.Errorf("%s%v = %q, want %q", c.name, c.args, got, c.want)
		}
	}
}

func TestEncryptionComesBack(t *testing.T) {
	for _, mode := range []string{"ECB", "CBC", "GCM"} {
		in := job{name: "aes_encrypt", mode: mode, padding: "DEFAULT", key: []byte("abcdefghijklmnop")}
		secret, err := in.encrypt([]byte("Spark SQL and more than one block"))
		if err != nil {
			t.Fatal(err)
		}
		plain, err := in.decrypt(secret)
		if err != nil || string(plain) != "Spark SQL and more than one block" {
			t.Errorf("%s: %q, %v", mode, plain, err)
		}
	}
}

func TestEqualTextsAreEncryptedDifferently(t *testing.T) {
	key := vector.ConstOf(types.BinaryType, []byte("0000111122223333"), 2)
	plain := vector.ConstOf(types.BinaryType, []byte("x"), 2)
	b, err := function.FindScalar("aes_encrypt").Bind([]function.Arg{{Type: types.BinaryType}, {Type: types.BinaryType}}, false)
	if err != nil {
		t.Fatal(err)
	}
	v, err := b.Eval(functest.Context(t), []*vector.Vector{plain, key}, 2)
	if err != nil || string(v.Bytes(0)) == string(v.Bytes(1)) {
		t.Errorf("%x, %x, %v", v.Bytes(0), v.Bytes(1), err)
	}
}

func TestRowNumbers(t *testing.T) {
	ctx := functest.Context(t)
	ctx.Partition, ctx.Row = 2, 5
	b, err := function.FindScalar("monotonically_increasing_id").Bind(nil, false)
	if err != nil {
		t.Fatal(err)
	}
	v, err := b.Eval(ctx, nil, 3)
	if err != nil || v.I64[2] != 2<<33+7 {
		t.Errorf("%v, %v", v.I64, err)
	}
	u, err := function.FindScalar("uuid").Bind(nil, false)
	if err != nil {
		t.Fatal(err)
	}
	ids, err := u.Eval(ctx, nil, 2)
	if err != nil || len(ids.Bytes(0)) != 36 || string(ids.Bytes(0)) == string(ids.Bytes(1)) || ids.Bytes(0)[14] != '4' {
		t.Errorf("%s, %s, %v", ids.Bytes(0), ids.Bytes(1), err)
	}
}
