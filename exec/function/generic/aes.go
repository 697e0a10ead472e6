package generic

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"strconv"
	"strings"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

func init() {
	bind.Scalars(
		&function.Scalar{
			Name: "aes_encrypt", MinArgs: 2, MaxArgs: 6, Since: "3.3.0", Volatile: true,
			Doc:     "A value encrypted by AES in mode GCM (the default), CBC or ECB.",
			Usage:   "aes_encrypt(expr, key[, mode[, padding[, iv[, aad]]]])",
			Example: "> SELECT base64(aes_encrypt('Spark SQL', '1234567890abcdef', 'ECB', 'PKCS'));\n 3lmwu+Mw0H3fi5NDvcu9lg==",
			Bind:    bindAES("aes_encrypt", true, false),
		},
		&function.Scalar{
			Name: "aes_decrypt", MinArgs: 2, MaxArgs: 5, Since: "3.3.0",
			Doc:     "A value decrypted by AES in mode GCM (the default), CBC or ECB.",
			Usage:   "aes_decrypt(expr, key[, mode[, padding[, aad]]])",
			Example: "> SELECT aes_decrypt(unhex('83F16B2AA704794132802D248E6BFD4E380078182D1544813898AC97E709B28A94'), '0000111122223333');\n Spark",
			Bind:    bindAES("aes_decrypt", false, false),
		},
		&function.Scalar{
			Name: "try_aes_decrypt", MinArgs: 2, MaxArgs: 5, Since: "3.5.0",
			Doc:     "As aes_decrypt, but NULL where the value cannot be decrypted.",
			Usage:   "try_aes_decrypt(expr, key[, mode[, padding[, aad]]])",
			Example: "> SELECT try_aes_decrypt(unhex('6E7CA17BBB468D3084B5744BCA729FB7B2B7BCB8E4472847D02670489D95FA97DBBA7D3210'), '0000111122223333', 'GCM');\n Spark SQL",
			Bind:    bindAES("try_aes_decrypt", false, true),
		},
	)
}

func bindAES(name string, encrypt, try bool) func([]function.Arg, bool) (*function.Bound, error) {
	return func(args []function.Arg, ansi bool) (*function.Bound, error) {
		in, err := bind.Cast(name, args, ansi, types.BinaryFamily, types.BinaryFamily, types.StringFamily, types.StringFamily, types.BinaryFamily)
		if err != nil {
			return nil, err
		}
		// Every row gets an initial value of its own, also where texts repeat: constants and dictionaries are not computed once.
		each := bind.Rows
		if encrypt {
			each = unshared
		}
		eval := each(types.BinaryType, func(_ *function.Context, args []*vector.Vector) (func(int, *vector.Builder) error, error) {
			return func(i int, out *vector.Builder) error {
				j := job{name: name, mode: "GCM", padding: "DEFAULT", key: args[1].Bytes(i)}
				if len(args) > 2 {
					j.mode = strings.ToUpper(string(args[2].Bytes(i)))
				}
				if len(args) > 3 {
					j.padding = strings.ToUpper(string(args[3].Bytes(i)))
				}
				rest := args[min(4, len(args)):]
				if encrypt && len(rest) > 0 {
					j.iv, rest = rest[0].Bytes(i), rest[1:]
				}
				if len(rest) > 0 {
					j.aad = rest[0].Bytes(i)
				}
				do := j.decrypt
				if encrypt {
					do = j.encrypt
				}
				r, err := do(args[0].Bytes(i))
				if err != nil {
					if try {
						return bind.ErrNull
					}
					return err
				}
				out.AppendBytes(r)
				return nil
			}, nil
		})
		return &function.Bound{Args: in, Return: types.BinaryType, Nullable: true, Eval: eval}, nil
	}
}

// unshared is bind.Rows that calls row for every row, whatever form the arguments have.
func unshared(ret *types.Type, prepare func(ctx *function.Context, args []*vector.Vector) (func(i int, out *vector.Builder) error, error)) function.Eval {
	return func(ctx *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
		row, err := prepare(ctx, args)
		if err != nil {
			return nil, err
		}
		valid := bind.Nulls(args, n)
		out := vector.NewBuilder(ret, n)
		for i := 0; i < n; i++ {
			if !valid.Get(i) {
				out.AppendNull()
				continue
			}
			if err := row(i, out); err != nil {
				return nil, err
			}
		}
		return out.Finish(), nil
	}
}

// job is one value to encrypt or decrypt.
type job struct {
	name, mode, padding string
	key, iv, aad        []byte
}

func (j *job) block() (cipher.Block, error) {
	ok := j.mode == "ECB" && (j.padding == "PKCS" || j.padding == "DEFAULT") || j.mode == "CBC" && (j.padding == "PKCS" || j.padding == "DEFAULT") ||
		j.mode == "GCM" && (j.padding == "NONE" || j.padding == "DEFAULT")
	if !ok {
		return nil, sqlerr.New("UNSUPPORTED_FEATURE.AES_MODE", "mode", j.mode, "padding", j.padding, "functionName", types.Quote(j.name))
	}
	if n := len(j.key); n != 16 && n != 24 && n != 32 {
		return nil, sqlerr.New("INVALID_PARAMETER_VALUE.AES_KEY_LENGTH", "parameter", "`key`", "functionName", types.Quote(j.name), "actualLength", strconv.Itoa(n))
	}
	return aes.NewCipher(j.key)
}

func (j *job) failed(err error) error {
	return sqlerr.New("INVALID_PARAMETER_VALUE.AES_CRYPTO_ERROR", "parameter", "`expr`, `key`", "functionName", types.Quote(j.name), "detailMessage", err.Error())
}

func (j *job) initial(n int) ([]byte, error) {
	if len(j.iv) == 0 {
		iv := make([]byte, n)
		_, err := rand.Read(iv)
		return iv, err
	}
	if len(j.iv) != n {
		return nil, sqlerr.New("INVALID_PARAMETER_VALUE.AES_IV_LENGTH", "parameter", "`iv`", "functionName", types.Quote(j.name), "mode", j.mode, "actualLength", strconv.Itoa(len(j.iv)))
	}
	return j.iv, nil
}

func (j *job) encrypt(s []byte) ([]byte, error) {
	b, err := j.block()
	if err != nil {
		return nil, err
	}
	if j.mode == "GCM" {
		g, err := cipher.NewGCM(b)
		if err != nil {
			return nil, j.failed(err)
		}
		iv, err := j.initial(g.NonceSize())
		if err != nil {
			return nil, err
		}
		return g.Seal(append([]byte{}, iv...), iv, s, j.aad), nil
	}
	fill := aes.BlockSize - len(s)%aes.BlockSize
	padded := append(append([]byte{}, s...), make([]byte, fill)...)
	for i := len(s); i < len(padded); i++ {
		padded[i] = byte(fill)
	}
	if j.mode == "ECB" {
		for i := 0; i < len(padded); i += aes.BlockSize {
			b.Encrypt(padded[i:], padded[i:])
		}
		return padded, nil
	}
	iv, err := j.initial(aes.BlockSize)
	if err != nil {
		return nil, err
	}
	cipher.NewCBCEncrypter(b, iv).CryptBlocks(padded, padded)
	return append(append([]byte{}, iv...), padded...), nil
}

func (j *job) decrypt(s []byte) ([]byte, error) {
	b, err := j.block()
	if err != nil {
		return nil, err
	}
	if j.mode == "GCM" {
		g, err := cipher.NewGCM(b)
		if err != nil || len(s) < g.NonceSize() {
			return nil, j.failed(errors.New("input too short"))
		}
		r, err := g.Open(nil, s[:g.NonceSize()], s[g.NonceSize():], j.aad)
		if err != nil {
			return nil, j.failed(errors.New("Tag mismatch"))
		}
		return r, nil
	}
	out := append([]byte{}, s...)
	if j.mode == "CBC" {
		if len(s) < aes.BlockSize {
			return nil, j.failed(errors.New("input too short"))
		}
		out = append([]byte{}, s[aes.BlockSize:]...)
	}
	if len(out) == 0 || len(out)%aes.BlockSize != 0 {
		return nil, j.failed(errors.New("Input length must be multiple of 16 when decrypting with padded cipher"))
	}
	if j.mode == "CBC" {
		cipher.NewCBCDecrypter(b, s[:aes.BlockSize]).CryptBlocks(out, out)
	} else {
		for i := 0; i < len(out); i += aes.BlockSize {
			b.Decrypt(out[i:], out[i:])
		}
	}
	fill := int(out[len(out)-1])
	if fill == 0 || fill > aes.BlockSize {
		return nil, j.failed(errors.New("Given final block not properly padded"))
	}
	for _, c := range out[len(out)-fill:] {
		if int(c) != fill {
			return nil, j.failed(errors.New("Given final block not properly padded"))
		}
	}
	return out[:len(out)-fill], nil
}
