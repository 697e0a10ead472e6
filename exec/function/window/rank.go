// Package window holds the functions that only make sense over a window: ranks, neighbours, and values of the frame.
//
// In: a partition, sorted, with its peers and frames. Out: a value per row.
package window

import (
	"strconv"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

type eval = func(ctx *function.Context, f *function.Frame) (*vector.Vector, error)

// rank makes a Bind for a function without arguments.
func rank(ret *types.Type, e eval) func([]function.Arg, bool, bool) (*function.BoundWindow, error) {
	return func([]function.Arg, bool, bool) (*function.BoundWindow, error) {
		return &function.BoundWindow{Return: ret, Eval: e}, nil
	}
}

func numbers(f func(w *function.Frame, out []int32)) eval {
	return func(_ *function.Context, w *function.Frame) (*vector.Vector, error) {
		out := vector.New(types.IntType, w.Rows)
		f(w, out.I32)
		return out, nil
	}
}

func shares(f func(w *function.Frame, out []float64)) eval {
	return func(_ *function.Context, w *function.Frame) (*vector.Vector, error) {
		out := vector.New(types.DoubleType, w.Rows)
		f(w, out.F64)
		return out, nil
	}
}

func rowNumber(_ *function.Frame, out []int32) {
	for i := range out {
		out[i] = int32(i + 1)
	}
}

func rankOf(w *function.Frame, out []int32) {
	for i := range out {
		out[i] = w.Peer[i] + 1
	}
}

func denseRank(w *function.Frame, out []int32) {
	n := int32(0)
	for i := range out {
		if int(w.Peer[i]) == i {
			n++
		}
		out[i] = n
	}
}

func percentRank(w *function.Frame, out []float64) {
	if w.Rows < 2 {
		return
	}
	for i := range out {
		out[i] = float64(w.Peer[i]) / float64(w.Rows-1)
	}
}

func cumeDist(w *function.Frame, out []float64) {
	for i := range out {
		out[i] = float64(w.PeerEnd[i]) / float64(w.Rows)
	}
}

// constantInt reads an argument that must be a constant integer above least-1.
func constantInt(name, what string, args []function.Arg, i int, least int64) (int64, error) {
	n, null, ok := bind.ConstInt(args[i])
	switch {
	case args[i].Const == nil:
		return 0, bind.NotFoldable(name, args, i, what, "INT")
	case null:
		return 0, bind.Mismatch("UNEXPECTED_NULL", name, args, "exprName", what)
	case !ok:
		return 0, bind.Unexpected(name, args, i, types.IntFamily.SQL())
	case n < least:
		return 0, bind.Mismatch("VALUE_OUT_OF_RANGE", name, args, "exprName", what, "valueRange", "["+strconv.FormatInt(least, 10)+", 2147483647]", "currentValue", strconv.FormatInt(n, 10))
	}
	return n, nil
}

// bindTile binds ntile(n): n buckets whose sizes differ by at most one, the larger ones first.
func bindTile(args []function.Arg, _, _ bool) (*function.BoundWindow, error) {
	buckets := int64(1)
	var in []*types.Type
	if len(args) == 1 {
		n, err := constantInt("ntile", "buckets", args, 0, 1)
		if err != nil {
			return nil, err
		}
		buckets = n
		in = []*types.Type{types.IntType}
	}
	return &function.BoundWindow{Args: in, Return: types.IntType, Eval: numbers(func(w *function.Frame, out []int32) {
		size, rest := int64(w.Rows)/buckets, int64(w.Rows)%buckets
		bucket, left := int32(0), int64(0)
		for i := range out {
			if left == 0 {
				bucket++
				left = size
				if int64(bucket) <= rest {
					left++
				}
			}
			out[i] = bucket
			left--
		}
	})}, nil
}
