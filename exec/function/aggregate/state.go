// Package aggregate holds the aggregate functions: counts, sums, extremes, collections, moments, percentiles.
//
// In: argument vectors and the group number of every row. Out: a result per group, and the state as columns for spilling.
// A state keeps arrays indexed by group, without Go pointers; an update is one loop over the batch, with twins for
// batches without NULLs and without groups. Sums of integers and decimals are gathered in 128 bits.
package aggregate

import (
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// grow makes s n long; what is added is zero.
func grow[T any](s []T, n int) []T {
	if n <= len(s) {
		return s
	}
	if n <= cap(s) {
		from := len(s)
		s = s[:n]
		clear(s[from:])
		return s
	}
	out := make([]T, n, max(n, 2*cap(s)))
	copy(out, s)
	return out
}

// dense gives the values of a vector in any form as a slice of n; buf is reused where they have to be copied.
func dense[T bind.Fixed](v *vector.Vector, n int, buf *[]T) []T {
	if v.Form == vector.Flat {
		return bind.Slice[T](v)[:n]
	}
	if cap(*buf) < n {
		*buf = make([]T, n)
	}
	out := (*buf)[:n]
	src := bind.Slice[T](v.Values())
	if v.Form == vector.Const {
		for i := range out {
			out[i] = src[0]
		}
		return out
	}
	for i, c := range v.Codes[:n] {
		out[i] = src[c]
	}
	return out
}

// zeros gives group numbers for a batch whose rows all go to group 0.
func zeros(groups []uint32, n int, buf *[]uint32) []uint32 {
	if groups != nil {
		return groups[:n]
	}
	if len(*buf) < n {
		*buf = make([]uint32, n)
	}
	return (*buf)[:n]
}

// strictNulls is the validity of rows in which every argument is there.
func strictNulls(args []*vector.Vector, n int) vector.Bitmap { return bind.Nulls(args, n) }

// longs and its kin make a Flat vector around a slice, which is not copied.
func longs(s []int64) *vector.Vector {
	return &vector.Vector{Type: types.LongType, Len: len(s), I64: s}
}

func doubles(s []float64) *vector.Vector {
	return &vector.Vector{Type: types.DoubleType, Len: len(s), F64: s}
}

func wides(s []types.Int128) *vector.Vector {
	return &vector.Vector{Type: types.NewDecimal(types.MaxPrecision, 0), Len: len(s), I128: s}
}

func flags(s []bool) *vector.Vector {
	return &vector.Vector{Type: types.BooleanType, Len: len(s), Bools: s}
}

// oneGroup turns a state into one that takes rows back, by the functions given; it serves window frames.
type oneGroup struct {
	add    func(args []*vector.Vector, row int) error
	remove func(args []*vector.Vector, row int) error
	result func(out *vector.Builder) error
}

func (o *oneGroup) Add(args []*vector.Vector, row int) error    { return o.add(args, row) }
func (o *oneGroup) Remove(args []*vector.Vector, row int) error { return o.remove(args, row) }
func (o *oneGroup) Append(out *vector.Builder) error            { return o.result(out) }

// present says whether no argument is NULL in a row.
func present(args []*vector.Vector, row int) bool {
	for _, a := range args {
		if a.IsNull(row) {
			return false
		}
	}
	return true
}

// bound fills the common parts of a BoundAggregate.
func bound(in []*types.Type, ret *types.Type, nullable bool, make func() function.State) *function.BoundAggregate {
	return &function.BoundAggregate{Args: in, Return: ret, Nullable: nullable, New: func(*function.Context) function.State { return make() }}
}
