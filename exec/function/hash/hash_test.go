package hash

import (
	"testing"

	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// The values are those of Spark's documentation and the published test vectors of the algorithms.
func TestKnownValues(t *testing.T) {
	str := func(s string) *vector.Vector { return vector.Of(types.StringType, s) }
	list := vector.Of(types.NewArray(types.IntType, false), []any{int32(123)})
	two := vector.Of(types.IntType, int32(2))
	for _, c := range []struct {
		name string
		args []*vector.Vector
		want string
	}{
		{"hash", []*vector.Vector{str("Spark"), list, two}, "-1321691492"},
		{"xxhash64", []*vector.Vector{str("Spark"), list, two}, "5602566077635097486"},
		{"crc32", []*vector.Vector{vector.Of(types.BinaryType, []byte("Spark"))}, "1557323817"},
		{"md5", []*vector.Vector{vector.Of(types.BinaryType, []byte("Spark"))}, "8cde774d6f7333752ed72cacddb05126"},
		{"sha1", []*vector.Vector{vector.Of(types.BinaryType, []byte("Spark"))}, "85f5955f4b27a9a4c2aab6ffe5d7189fc298b92c"},
		{"sha2", []*vector.Vector{vector.Of(types.BinaryType, []byte("Spark")), vector.Of(types.IntType, int32(256))}, "529bc3b07127ecb7e53a4dcf1991d9152c24537d919178022b2c42657f79a26b"},
		{"sha2", []*vector.Vector{vector.Of(types.BinaryType, []byte("Spark")), two}, "NULL"},
		{"hash", []*vector.Vector{vector.NullConst(types.IntType, 1)}, "42"},
	} {
		f := function.FindScalar(c.name)
		args := make([]function.Arg, len(c.args))
		for i, a := range c.args {
			args[i].Type = a.Type
		}
		b, err := f.Bind(args, false)
		if err != nil {
			t.Fatal(err)
		}
		r, err := b.Eval(&function.Context{}, c.args, 1)
		if err != nil || cast.Hive(r, 0, nil) != c.want {
			t.Errorf("%s: %s, %v; want %s", c.name, cast.Hive(r, 0, nil), err, c.want)
		}
	}
}

func TestTwosComplement(t *testing.T) {
	var buf [16]byte
	for v, want := range map[int64]int{0: 1, 127: 1, 128: 2, -128: 1, -129: 2, 1 << 40: 6} {
		if b := twosComplement(types.Int128From(v), &buf); len(b) != want {
			t.Errorf("%d takes %d bytes, want %d", v, len(b), want)
		}
	}
}

func TestLongBytes(t *testing.T) {
	// The reference implementation's xxHash64 of 0 to 100 with seed 0.
	b := make([]byte, 101)
	for i := range b {
		b[i] = byte(i)
	}
	if (xx{}).bytes(nil, 0) != 0xEF46DB3751D8E999 {
		t.Error("empty input")
	}
	if (xx{}).bytes([]byte("abc"), 0) != 0x44BC2CF5AD770999 {
		t.Error("abc")
	}
	if a, c := (xx{}).bytes(b, 0), (xx{}).bytes(b[:100], 0); a == c {
		t.Error("the last byte does not count")
	}
}
