// Package generic holds what Spark lists as miscellaneous functions: about the session and the plan, checks, bitmaps and
// encryption.
//
// In: the statement's Context and vectors. Out: vectors of the type each entry says.
package generic

import (
	"encoding/hex"
	"math/rand/v2"
	"strings"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/kernel"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

func init() {
	bind.Scalars(
		session("current_user", []string{"user", "session_user"}, "The user of the session.", func(ctx *function.Context) string { return ctx.User }),
		session("current_database", []string{"current_schema"}, "The current database.", func(ctx *function.Context) string { return ctx.Database }),
		session("current_catalog", nil, "The current catalog.", func(ctx *function.Context) string { return ctx.Catalog }),
		session("version", nil, "The product's version.", func(ctx *function.Context) string { return ctx.Version }),
		&function.Scalar{
			Name: "uuid", MaxArgs: 0, Since: "2.3.0", Volatile: true,
			Doc:     "A random universally unique identifier.",
			Usage:   "uuid()",
			Example: "> SELECT length(uuid());\n 36",
			Bind: func([]function.Arg, bool) (*function.Bound, error) {
				return &function.Bound{Return: types.StringType, Eval: uuids}, nil
			},
		},
		&function.Scalar{
			Name: "monotonically_increasing_id", MaxArgs: 0, Since: "1.4.0", Volatile: true,
			Doc:     "A number that grows from row to row: the partition in the upper 31 bits, the row in the lower 33.",
			Usage:   "monotonically_increasing_id()",
			Example: "> SELECT monotonically_increasing_id();\n 0",
			Bind: func([]function.Arg, bool) (*function.Bound, error) {
				return &function.Bound{Return: types.LongType, Eval: func(ctx *function.Context, _ []*vector.Vector, n int) (*vector.Vector, error) {
					out := vector.New(types.LongType, n)
					first := int64(ctx.Partition)<<33 + ctx.Row
					for i := range out.I64 {
						out.I64[i] = first + int64(i)
					}
					return out, nil
				}}, nil
			},
		},
		&function.Scalar{
			Name: "spark_partition_id", MaxArgs: 0, Since: "1.4.0", Volatile: true,
			Doc:     "The number of the partition a row is computed in.",
			Usage:   "spark_partition_id()",
			Example: "> SELECT spark_partition_id();\n 0",
			Bind: func([]function.Arg, bool) (*function.Bound, error) {
				return &function.Bound{Return: types.IntType, Eval: func(ctx *function.Context, _ []*vector.Vector, n int) (*vector.Vector, error) {
					return vector.ConstOf(types.IntType, int32(ctx.Partition), n), nil
				}}, nil
			},
		},
		&function.Scalar{
			Name: "typeof", MinArgs: 1, MaxArgs: 1, Since: "3.0.0", Nulls: function.NullByFunction,
			Doc:     "The name of the type of a value.",
			Usage:   "typeof(expr)",
			Example: "> SELECT typeof(array(1));\n array<int>",
			Bind: func(args []function.Arg, _ bool) (*function.Bound, error) {
				t := args[0].Type
				return &function.Bound{Args: []*types.Type{t}, Return: types.StringType, Eval: func(_ *function.Context, _ []*vector.Vector, n int) (*vector.Vector, error) {
					return vector.ConstOf(types.StringType, t.String(), n), nil
				}}, nil
			},
		},
		&function.Scalar{
			Name: "equal_null", MinArgs: 2, MaxArgs: 2, Since: "3.4.0", Nulls: function.NullByFunction,
			Doc:     "Whether two values are equal, NULL being equal to NULL.",
			Usage:   "equal_null(expr1, expr2)",
			Example: "> SELECT equal_null(3, 3);\n true",
			Bind:    bindEqualNull,
		},
		&function.Scalar{
			Name: "raise_error", MinArgs: 1, MaxArgs: 1, Since: "3.1.0", Volatile: true,
			Doc:     "Fails with a message.",
			Usage:   "raise_error(expr)",
			Example: "> SELECT raise_error('custom error message');\n [USER_RAISED_EXCEPTION] custom error message",
			Bind: func(args []function.Arg, ansi bool) (*function.Bound, error) {
				in, err := bind.Cast("raise_error", args, ansi, types.StringFamily)
				if err != nil {
					return nil, err
				}
				return &function.Bound{Args: in, Return: types.NullType, Nullable: true, Eval: func(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
					if n == 0 {
						return vector.New(types.NullType, 0), nil
					}
					if args[0].IsNull(0) {
						return nil, sqlerr.New("USER_RAISED_EXCEPTION", "errorMessage", "null")
					}
					return nil, sqlerr.New("USER_RAISED_EXCEPTION", "errorMessage", string(args[0].Bytes(0)))
				}}, nil
			},
		},
		&function.Scalar{
			Name: "assert_true", MinArgs: 1, MaxArgs: 2, Since: "2.0.0", Nulls: function.NullByFunction, Volatile: true,
			Doc:     "Fails if a condition is not true, with a message if one is given.",
			Usage:   "assert_true(expr [, message])",
			Example: "> SELECT assert_true(0 < 1);\n NULL",
			Bind:    bindAssert,
		},
		refused("java_method", "Calls a Java method"),
		refused("reflect", "Calls a Java method"),
	)
	for name, what := range map[string]string{
		"xpath": "a list of texts", "xpath_boolean": "a boolean", "xpath_double": "a double", "xpath_number": "a double",
		"xpath_float": "a float", "xpath_int": "an int", "xpath_long": "a bigint", "xpath_short": "a smallint", "xpath_string": "a text",
	} {
		bind.Scalars(refused(name, "Reads "+what+" from XML by a path"))
	}
}

func session(name string, aliases []string, doc string, value func(ctx *function.Context) string) *function.Scalar {
	return &function.Scalar{
		Name: name, Aliases: aliases, Since: "3.0.0", Stable: true, Doc: doc, Usage: name + "()", Example: "> SELECT " + name + "() IS NOT NULL;\n true",
		Bind: func([]function.Arg, bool) (*function.Bound, error) {
			return &function.Bound{Return: types.StringType, Eval: func(ctx *function.Context, _ []*vector.Vector, n int) (*vector.Vector, error) {
				return vector.ConstOf(types.StringType, value(ctx), n), nil
			}}, nil
		},
	}
}

// refused is a function that is known but cannot be had.
func refused(name, what string) *function.Scalar {
	return &function.Scalar{
		Name: name, MinArgs: 2, MaxArgs: -1, Since: "2.0.0", Doc: what + ": not supported.", Usage: name + "(expr, ...)",
		Example: "> SELECT " + name + "('a', 'b');\n [UNSUPPORTED_FEATURE.ARGAN]",
		Bind: func([]function.Arg, bool) (*function.Bound, error) {
			return nil, sqlerr.Unsupported("the function %s", name)
		},
	}
}

func uuids(ctx *function.Context, _ []*vector.Vector, n int) (*vector.Vector, error) {
	next := rand.Uint64
	if ctx.Rand != nil {
		next = ctx.Rand.Uint64
	}
	const width = 36
	out := vector.New(types.StringType, n)
	out.Heap = make([]byte, n*width)
	var raw [16]byte
	for i := 0; i < n; i++ {
		hi, lo := next(), next()
		for k := 0; k < 8; k++ {
			raw[k], raw[8+k] = byte(hi>>(56-8*k)), byte(lo>>(56-8*k))
		}
		raw[6], raw[8] = raw[6]&0x0f|0x40, raw[8]&0x3f|0x80
		s := out.Heap[i*width : (i+1)*width]
		at := 0
		for k, part := range [...][2]int{{0, 4}, {4, 6}, {6, 8}, {8, 10}, {10, 16}} {
			if k > 0 {
				s[at] = '-'
				at++
			}
			at += hex.Encode(s[at:], raw[part[0]:part[1]])
		}
		out.Spans[i] = vector.Span{Off: uint32(i * width), Len: width}
	}
	return out, nil
}

func bindEqualNull(args []function.Arg, ansi bool) (*function.Bound, error) {
	t := types.ComparisonType(args[0].Type, args[1].Type, true, ansi)
	if t == nil {
		return nil, bind.Mismatch("BINARY_OP_DIFF_TYPES", "<=>", args, "left", bind.TypeSQL(args[0].Type), "right", bind.TypeSQL(args[1].Type))
	}
	order := kernel.Comparator(t)
	eval := func(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
		out := vector.New(types.BooleanType, n)
		for i := range out.Bools {
			out.Bools[i] = kernel.Equal(order, args[0], i, args[1], i)
		}
		return out, nil
	}
	return &function.Bound{Args: []*types.Type{t, t}, Return: types.BooleanType, Eval: eval}, nil
}

func bindAssert(args []function.Arg, ansi bool) (*function.Bound, error) {
	in, err := bind.Cast("assert_true", args, ansi, types.BooleanFamily, types.StringFamily)
	if err != nil {
		return nil, err
	}
	text := "'" + strings.Trim(args[0].SQL, `"`) + "' is not true!"
	eval := func(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
		at := bind.Reader[bool](args[0])
		for i := 0; i < n; i++ {
			if args[0].IsNull(i) || !at(i) {
				what := text
				if len(args) > 1 && !args[1].IsNull(i) {
					what = string(args[1].Bytes(i))
				}
				return nil, sqlerr.New("USER_RAISED_EXCEPTION", "errorMessage", what)
			}
		}
		return vector.NullConst(types.NullType, n), nil
	}
	return &function.Bound{Args: in, Return: types.NullType, Nullable: true, Eval: eval}, nil
}
