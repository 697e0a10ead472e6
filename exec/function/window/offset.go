package window

import (
	"sort"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// present lists the rows of a column that are not NULL.
func present(v *vector.Vector) []int32 {
	out := make([]int32, 0, v.Len)
	valid := v.Nulls()
	for i := 0; i < v.Len && v.Type.Kind != types.Null; i++ {
		if valid.Get(i) {
			out = append(out, int32(i))
		}
	}
	return out
}

// before is the number of rows in list (ascending) that are below row.
func before(list []int32, row int) int {
	return sort.Search(len(list), func(k int) bool { return int(list[k]) >= row })
}

// pick gives row at[i] of v for every row i; where that is negative, row i of other, NULL if there is none.
func pick(v *vector.Vector, at []int32, other *vector.Vector) *vector.Vector {
	if other != nil && other.Form == vector.Const && other.IsNull(0) {
		other = nil
	}
	if other != nil {
		out := vector.NewBuilder(v.Type, len(at))
		for i, k := range at {
			if k < 0 {
				out.AppendFrom(other, i)
			} else {
				out.AppendFrom(v, int(k))
			}
		}
		return out.Finish()
	}
	if v.Len == 0 {
		return v
	}
	sel := make([]uint32, len(at))
	var valid vector.Bitmap
	for i, k := range at {
		if k < 0 {
			if valid == nil {
				valid = vector.NewBitmap(len(at), true)
			}
			valid.Clear(i)
			continue
		}
		sel[i] = uint32(k)
	}
	out := vector.Gather(vector.Flatten(v), sel)
	out.Valid = vector.And(out.Valid, valid, out.Len)
	return out
}

// bindOffset binds lag (sign -1) and lead: the value so many rows away, or the default.
func bindOffset(name string, sign int) func([]function.Arg, bool, bool) (*function.BoundWindow, error) {
	return func(args []function.Arg, ignoreNulls, ansi bool) (*function.BoundWindow, error) {
		t := args[0].Type
		in := []*types.Type{t}
		away, known := 1, true
		if len(args) > 1 {
			n, null, ok := bind.ConstInt(args[1])
			switch {
			case args[1].Const == nil:
				return nil, bind.NotFoldable(name, args, 1, "offset", "INT")
			case !ok:
				return nil, bind.Unexpected(name, args, 1, types.IntFamily.SQL())
			}
			away, known = int(n), !null
			in = append(in, types.IntType)
		}
		if len(args) > 2 {
			d, ok := types.ImplicitCast(args[2].Type, types.Exact(t), ansi)
			if !ok || !d.Equal(t) {
				return nil, bind.Unexpected(name, args, 2, bind.TypeSQL(t))
			}
			in = append(in, t)
		}
		away *= sign
		return &function.BoundWindow{Args: in, Return: t, Nullable: true, Eval: func(_ *function.Context, w *function.Frame) (*vector.Vector, error) {
			if !known {
				return vector.NullConst(t, w.Rows), nil
			}
			v := w.Args[0]
			at := make([]int32, w.Rows)
			if ignoreNulls && away != 0 {
				list := present(v)
				for i := range at {
					k := before(list, i) + away
					if away > 0 {
						k = before(list, i+1) + away - 1
					}
					at[i] = -1
					if k >= 0 && k < len(list) {
						at[i] = list[k]
					}
				}
			} else {
				for i := range at {
					at[i] = -1
					if k := i + away; k >= 0 && k < w.Rows {
						at[i] = int32(k)
					}
				}
			}
			var other *vector.Vector
			if len(w.Args) > 2 {
				other = w.Args[2]
			}
			return pick(v, at, other), nil
		}}, nil
	}
}

// nth gives for every row the n-th row of its frame (from 0; from the end if last), counting only the rows of list if that is given.
func nth(w *function.Frame, n int, last bool, list []int32) []int32 {
	at := make([]int32, w.Rows)
	for i := range at {
		from, to := int(w.Start[i]), int(w.End[i])
		at[i] = -1
		if list == nil {
			k := from + n
			if last {
				k = to - 1 - n
			}
			if k >= from && k < to {
				at[i] = int32(k)
			}
			continue
		}
		lo, hi := before(list, from), before(list, to)
		k := lo + n
		if last {
			k = hi - 1 - n
		}
		if k >= lo && k < hi {
			at[i] = list[k]
		}
	}
	return at
}

// bindFrame binds first_value, last_value (n 0) and nth_value.
func bindFrame(name string, last bool) func([]function.Arg, bool, bool) (*function.BoundWindow, error) {
	return func(args []function.Arg, ignoreNulls, _ bool) (*function.BoundWindow, error) {
		t := args[0].Type
		in := []*types.Type{t}
		n := 0
		switch {
		case name == "nth_value":
			k, err := constantInt(name, "offset", args, 1, 1)
			if err != nil {
				return nil, err
			}
			n = int(k - 1)
			in = append(in, types.IntType)
		case len(args) == 2:
			if args[1].Type.Kind != types.Boolean {
				return nil, bind.Unexpected(name, args, 1, types.BooleanFamily.SQL())
			}
			if args[1].Const == nil {
				return nil, bind.NotFoldable(name, args, 1, "ignoreNulls", "BOOLEAN")
			}
			ignoreNulls = ignoreNulls || args[1].Const.Value(0) == true
			in = append(in, types.BooleanType)
		}
		return &function.BoundWindow{Args: in, Return: t, Nullable: true, Eval: func(_ *function.Context, w *function.Frame) (*vector.Vector, error) {
			var list []int32
			if ignoreNulls {
				list = present(w.Args[0])
			}
			return pick(w.Args[0], nth(w, n, last, list), nil), nil
		}}, nil
	}
}

func init() {
	ranks := func(name, since, doc, usage string, ret *types.Type, e eval) *function.Window {
		return &function.Window{
			Name: name, NeedsOrder: true, Since: since, Doc: doc, Usage: usage,
			Example: "> SELECT a, b, " + usage + " OVER (PARTITION BY a ORDER BY b) FROM VALUES ('A1', 2) tab(a, b);", Bind: rank(ret, e),
		}
	}
	bind.Windows(
		ranks("row_number", "2.0.0", "The number of the row in its partition, from 1.", "row_number()", types.IntType, numbers(rowNumber)),
		ranks("rank", "2.0.0", "One more than the number of rows before the current row's peers.", "rank()", types.IntType, numbers(rankOf)),
		ranks("dense_rank", "2.0.0", "The rank without gaps.", "dense_rank()", types.IntType, numbers(denseRank)),
		ranks("percent_rank", "2.0.0", "The rank as a share of the rows: (rank - 1) / (rows - 1).", "percent_rank()", types.DoubleType, shares(percentRank)),
		ranks("cume_dist", "2.0.0", "The share of rows up to the current row's peers.", "cume_dist()", types.DoubleType, shares(cumeDist)),
		&function.Window{
			Name: "ntile", MinArgs: 0, MaxArgs: 1, NeedsOrder: true, Since: "2.0.0", Doc: "Divides the rows of a partition into n buckets, from 1.",
			Usage: "ntile(n)", Example: "> SELECT a, b, ntile(2) OVER (PARTITION BY a ORDER BY b) FROM VALUES ('A1', 2) tab(a, b);\n A1\t2\t1", Bind: bindTile,
		},
		&function.Window{
			Name: "lag", MinArgs: 1, MaxArgs: 3, NeedsOrder: true, TakesNulls: true, Since: "2.0.0", Doc: "The value of input offset rows before the current one, or default.",
			Usage: "lag(input[, offset[, default]])", Example: "> SELECT a, b, lag(b) OVER (PARTITION BY a ORDER BY b) FROM VALUES ('A1', 2) tab(a, b);\n A1\t2\tNULL", Bind: bindOffset("lag", -1),
		},
		&function.Window{
			Name: "lead", MinArgs: 1, MaxArgs: 3, NeedsOrder: true, TakesNulls: true, Since: "2.0.0", Doc: "The value of input offset rows after the current one, or default.",
			Usage: "lead(input[, offset[, default]])", Example: "> SELECT a, b, lead(b) OVER (PARTITION BY a ORDER BY b) FROM VALUES ('A1', 2) tab(a, b);\n A1\t2\tNULL", Bind: bindOffset("lead", 1),
		},
		&function.Window{
			Name: "nth_value", MinArgs: 2, MaxArgs: 2, NeedsOrder: true, UsesFrame: true, TakesNulls: true, Since: "3.1.0", Doc: "The value of input in row number offset of the frame, from 1.",
			Usage: "nth_value(input[, offset])", Example: "> SELECT a, b, nth_value(b, 2) OVER (PARTITION BY a ORDER BY b) FROM VALUES ('A1', 2) tab(a, b);\n A1\t2\tNULL", Bind: bindFrame("nth_value", false),
		},
		&function.Window{
			Name: "first_value", Aliases: []string{"first", "any_value"}, MinArgs: 1, MaxArgs: 2, UsesFrame: true, TakesNulls: true, Since: "2.0.0", Doc: "The value of the first row of the frame.",
			Usage: "first_value(expr[, isIgnoreNull])", Example: "> SELECT first_value(col) OVER (ORDER BY col) FROM VALUES (10), (5) AS tab(col);\n 5\n 5", Bind: bindFrame("first_value", false),
		},
		&function.Window{
			Name: "last_value", Aliases: []string{"last"}, MinArgs: 1, MaxArgs: 2, UsesFrame: true, TakesNulls: true, Since: "2.0.0", Doc: "The value of the last row of the frame.",
			Usage: "last_value(expr[, isIgnoreNull])", Example: "> SELECT last_value(col) OVER (ORDER BY col) FROM VALUES (10), (5) AS tab(col);\n 5\n 10", Bind: bindFrame("last_value", true),
		},
	)
}
