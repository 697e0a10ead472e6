package hash

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"hash/crc32"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// seed is what Spark starts with.
const seed = 42

func init() {
	digest := func(name, doc, usage, example string, f func(dst, b []byte) []byte, aliases ...string) *function.Scalar {
		eval := bind.Append1(types.StringType, func(_ *function.Context, dst []byte, b []byte) ([]byte, error) { return f(dst, b), nil })
		return &function.Scalar{
			Name: name, Aliases: aliases, MinArgs: 1, MaxArgs: 1, Since: "1.5.0", Doc: doc, Usage: usage, Example: example,
			Bind: bind.Simple(name, types.StringType, false, eval, types.BinaryFamily),
		}
	}
	bind.Scalars(
		&function.Scalar{
			Name: "hash", MinArgs: 1, MaxArgs: -1, Nulls: function.NullByFunction, Since: "2.0.0", Doc: "Returns a hash value of the arguments.",
			Usage: "hash(expr1, expr2, ...)", Example: "> SELECT hash('Spark', array(123), 2);\n -1321691492", Bind: bindHash("hash"),
		},
		&function.Scalar{
			Name: "xxhash64", MinArgs: 1, MaxArgs: -1, Nulls: function.NullByFunction, Since: "3.0.0", Doc: "Returns a 64-bit hash value of the arguments. Hash seed is 42.",
			Usage: "xxhash64(expr1, expr2, ...)", Example: "> SELECT xxhash64('Spark', array(123), 2);\n 5602566077635097486", Bind: bindHash("xxhash64"),
		},
		&function.Scalar{
			Name: "crc32", MinArgs: 1, MaxArgs: 1, Since: "1.5.0", Doc: "Returns a cyclic redundancy check value of the `expr` as a bigint.",
			Usage: "crc32(expr)", Example: "> SELECT crc32('Spark');\n 1557323817",
			Bind: bind.Simple("crc32", types.LongType, false, bind.Map1(types.LongType, func(_ *function.Context, b []byte) (int64, error) {
				return int64(crc32.ChecksumIEEE(b)), nil
			}), types.BinaryFamily),
		},
		digest("md5", "Returns an MD5 128-bit checksum as a hex string of `expr`.", "md5(expr)", "> SELECT md5('Spark');\n 8cde774d6f7333752ed72cacddb05126", func(dst, b []byte) []byte {
			s := md5.Sum(b)
			return hex.AppendEncode(dst, s[:])
		}),
		digest("sha", "Returns a sha1 hash value as a hex string of the `expr`.", "sha(expr)", "> SELECT sha('Spark');\n 85f5955f4b27a9a4c2aab6ffe5d7189fc298b92c", func(dst, b []byte) []byte {
			s := sha1.Sum(b)
			return hex.AppendEncode(dst, s[:])
		}, "sha1"),
		&function.Scalar{
			Name: "sha2", MinArgs: 2, MaxArgs: 2, Since: "1.5.0", Doc: "Returns a checksum of SHA-2 family as a hex string of `expr`; bit lengths are 224, 256 (or 0), 384 and 512.",
			Usage: "sha2(expr, bitLength)", Example: "> SELECT sha2('Spark', 256);\n 529bc3b07127ecb7e53a4dcf1991d9152c24537d919178022b2c42657f79a26b",
			Bind: bind.Simple("sha2", types.StringType, true, bind.Append2(types.StringType, func(_ *function.Context, dst []byte, b []byte, bits int32) ([]byte, error) {
				switch bits {
				case 0, 256:
					s := sha256.Sum256(b)
					return hex.AppendEncode(dst, s[:]), nil
				case 224:
					s := sha256.Sum224(b)
					return hex.AppendEncode(dst, s[:]), nil
				case 384:
					s := sha512.Sum384(b)
					return hex.AppendEncode(dst, s[:]), nil
				case 512:
					s := sha512.Sum512(b)
					return hex.AppendEncode(dst, s[:]), nil
				}
				return dst, bind.ErrNull
			}), types.BinaryFamily, types.IntFamily),
		},
	)
}

func bindHash(name string) func([]function.Arg, bool) (*function.Bound, error) {
	return func(args []function.Arg, _ bool) (*function.Bound, error) {
		in := make([]*types.Type, len(args))
		for i, a := range args {
			in[i] = a.Type
			if a.Type.HasNested(func(t *types.Type) bool { return t.Kind == types.Map }) {
				return nil, bind.Mismatch("HASH_MAP_TYPE", name, args, "functionName", types.Quote(name))
			}
		}
		if name == "hash" {
			return &function.Bound{Args: in, Return: types.IntType, Eval: func(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
				out := vector.New(types.IntType, n)
				for i := range out.I32 {
					h := uint32(seed)
					for _, a := range args {
						h = Murmur3(a, i, h)
					}
					out.I32[i] = int32(h)
				}
				return out, nil
			}}, nil
		}
		return &function.Bound{Args: in, Return: types.LongType, Eval: func(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
			out := vector.New(types.LongType, n)
			for i := range out.I64 {
				h := uint64(seed)
				for _, a := range args {
					h = XXHash64(a, i, h)
				}
				out.I64[i] = int64(h)
			}
			return out, nil
		}}, nil
	}
}
