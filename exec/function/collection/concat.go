package collection

import (
	"strings"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

func init() {
	bind.Scalars(
		&function.Scalar{
			Name: "concat", MinArgs: 0, MaxArgs: -1, Since: "1.5.0",
			Doc:     "The strings, binary values or arrays one after the other.",
			Usage:   "concat(col1, col2, ..., colN)",
			Example: "> SELECT concat('Spark', 'SQL');\n SparkSQL",
			Bind:    bindConcat,
		},
		&function.Scalar{
			Name: "reverse", MinArgs: 1, MaxArgs: 1, Since: "1.5.0",
			Doc:     "A string or an array with its parts in reverse order.",
			Usage:   "reverse(array)",
			Example: "> SELECT reverse('Spark SQL');\n LQS krapS",
			Bind:    bindReverse,
		},
		&function.Scalar{
			Name: "arrays_zip", MinArgs: 0, MaxArgs: -1, Since: "2.4.0",
			Doc:     "The array of structs of the elements at the same place of all arrays; shorter ones are filled with NULLs.",
			Usage:   "arrays_zip(a1, a2, ...)",
			Example: "> SELECT arrays_zip(array(1, 2, 3), array(2, 3, 4));\n [{\"0\":1,\"1\":2},{\"0\":2,\"1\":3},{\"0\":3,\"1\":4}]",
			Bind:    bindArraysZip,
		},
	)
}

func bindConcat(args []function.Arg, ansi bool) (*function.Bound, error) {
	arrays, binary := 0, len(args) > 0
	for _, a := range args {
		if a.Type.Kind == types.Array {
			arrays++
		}
		binary = binary && a.Type.Kind == types.Binary
	}
	if arrays > 0 {
		t := types.CommonType(typesOf(args), ansi)
		if t == nil {
			return nil, bind.Mismatch("DATA_DIFF_TYPES", "concat", args, "functionName", "`concat`", "dataType", "("+strings.Trim(strings.ReplaceAll(typeList(args), ", ", " or "), "[]")+")")
		}
		return &function.Bound{Args: bind.Repeat(t, len(args)), Return: t, Nullable: anyNullable(args), Eval: concatArrays(t)}, nil
	}
	t, want := types.StringType, types.StringFamily
	if binary {
		t, want = types.BinaryType, types.BinaryFamily
	}
	in, err := bind.Cast("concat", args, ansi, want)
	if err != nil {
		return nil, err
	}
	return &function.Bound{Args: in, Return: t, Nullable: anyNullable(args) || binary && len(args) == 0, Eval: concatBytes(t)}, nil
}

func concatBytes(t *types.Type) function.Eval {
	return bind.Lift(func(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
		out := vector.New(t, n)
		out.Valid = bind.Nulls(args, n)
		size := 0
		for _, a := range args {
			size += len(a.Values().Heap)
			if a.Form == vector.Const && !a.IsNull(0) {
				size += n * len(a.Bytes(0))
			}
		}
		out.Heap = make([]byte, 0, size)
		for i := 0; i < n; i++ {
			if out.Valid != nil && !out.Valid.Get(i) {
				continue
			}
			from := len(out.Heap)
			for _, a := range args {
				out.Heap = append(out.Heap, a.Bytes(i)...)
			}
			out.Spans[i] = vector.Span{Off: uint32(from), Len: uint32(len(out.Heap) - from)}
		}
		return out, nil
	})
}

func concatArrays(t *types.Type) function.Eval {
	return bind.Rows(t, func(_ *function.Context, args []*vector.Vector) (func(int, *vector.Builder) error, error) {
		src := make([]lists, len(args))
		for k, a := range args {
			src[k] = listsOf(a)
		}
		return func(i int, out *vector.Builder) error {
			n := 0
			for _, s := range src {
				from, to := s.bounds(i)
				for j := from; j < to; j++ {
					out.Child(0).AppendFrom(s.elems(), j)
				}
				n += to - from
			}
			out.AppendList(n)
			return nil
		}, nil
	})
}

func bindReverse(args []function.Arg, ansi bool) (*function.Bound, error) {
	if t := args[0].Type; t.Kind == types.Array {
		return &function.Bound{Args: []*types.Type{t}, Return: t, Nullable: args[0].Nullable, Eval: one(t, func(*function.Context, []*vector.Vector) (picker, error) {
			return func(_, from, to int, sel []uint32) ([]uint32, error) {
				for j := to - 1; j >= from; j-- {
					sel = append(sel, uint32(j))
				}
				return sel, nil
			}, nil
		})}, nil
	}
	in, err := bind.Cast("reverse", args, ansi, types.OneOf(types.StringFamily, types.ArrayFamily))
	if err != nil {
		return nil, err
	}
	return &function.Bound{
		Args: in, Return: types.StringType, Nullable: args[0].Nullable,
		Eval: bind.Append1(types.StringType, func(_ *function.Context, dst, s []byte) ([]byte, error) {
			for end := len(s); end > 0; {
				at := end - 1
				for at > 0 && s[at]&0xc0 == 0x80 {
					at--
				}
				dst = append(dst, s[at:end]...)
				end = at
			}
			return dst, nil
		}),
	}, nil
}

// zipName is the field that an argument of arrays_zip gets: the name of a column or field, else its number.
func zipName(a function.Arg, i int) string {
	text := strings.Trim(a.SQL, `"`)
	name := text[strings.LastIndexByte(text, '.')+1:]
	if a.Const != nil || name == "" || name[0] >= '0' && name[0] <= '9' {
		return itoa(i)
	}
	if name[0] == '`' && len(name) > 2 && name[len(name)-1] == '`' {
		return strings.ReplaceAll(name[1:len(name)-1], "``", "`")
	}
	for _, c := range name {
		if c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c < 128 {
			return itoa(i)
		}
	}
	return name
}

func bindArraysZip(args []function.Arg, _ bool) (*function.Bound, error) {
	fields := make([]types.Field, len(args))
	in := make([]*types.Type, len(args))
	for i, a := range args {
		t, err := needArray("arrays_zip", args, i)
		if err != nil {
			return nil, err
		}
		in[i], fields[i] = t, types.Field{Name: zipName(a, i), Type: t.Elem, Nullable: true}
	}
	ret := types.NewArray(types.NewStruct(fields...), false)
	eval := func(_ *function.Context, args []*vector.Vector, n int) (*vector.Vector, error) {
		valid := bind.Nulls(args, n)
		src := make([]lists, len(args))
		for k, a := range args {
			src[k] = listsOf(a)
		}
		out := &vector.Vector{Type: ret, Len: n, Valid: valid, Ranges: make([]vector.Range, n)}
		at := make([][]int, len(args))
		total := 0
		for i := 0; i < n; i++ {
			if valid != nil && !valid.Get(i) {
				continue
			}
			longest := 0
			for _, s := range src {
				from, to := s.bounds(i)
				longest = max(longest, to-from)
			}
			for k, s := range src {
				from, to := s.bounds(i)
				for j := from; j < from+longest; j++ {
					if j < to {
						at[k] = append(at[k], j)
					} else {
						at[k] = append(at[k], -1)
					}
				}
			}
			out.Ranges[i] = vector.Range{Off: uint32(total), Len: uint32(longest)}
			total += longest
		}
		entry := &vector.Vector{Type: ret.Elem, Len: total, Children: make([]*vector.Vector, len(args))}
		for k, s := range src {
			entry.Children[k] = vector.Flatten(choose(s.elems(), at[k], in[k].Elem))
		}
		out.Children = []*vector.Vector{entry}
		return out, nil
	}
	return &function.Bound{Args: in, Return: ret, Nullable: anyNullable(args), Eval: eval}, nil
}
