package kernel

import (
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// Selector appends the numbers of the rows for which a op b is true to sel (rows with NULL are not), ascending.
type Selector func(sel []uint32, a, b *vector.Vector) []uint32

// Select finds the loop for a comparison of two columns of a type, either of which may be a constant.
func Select(op Op, t *types.Type) Selector {
	switch t.Physical() {
	case types.PhysInt8:
		return func(sel []uint32, a, b *vector.Vector) []uint32 { return selectNumbers[int8](op, sel, a, b) }
	case types.PhysInt16:
		return func(sel []uint32, a, b *vector.Vector) []uint32 { return selectNumbers[int16](op, sel, a, b) }
	case types.PhysInt32:
		return func(sel []uint32, a, b *vector.Vector) []uint32 { return selectNumbers[int32](op, sel, a, b) }
	case types.PhysInt64:
		return func(sel []uint32, a, b *vector.Vector) []uint32 { return selectNumbers[int64](op, sel, a, b) }
	case types.PhysFloat32:
		return func(sel []uint32, a, b *vector.Vector) []uint32 { return selectNumbers[float32](op, sel, a, b) }
	case types.PhysFloat64:
		return func(sel []uint32, a, b *vector.Vector) []uint32 { return selectNumbers[float64](op, sel, a, b) }
	}
	return func(sel []uint32, a, b *vector.Vector) []uint32 { return selectByBools(op, sel, a, b) }
}

func selectByBools(op Op, sel []uint32, a, b *vector.Vector) []uint32 {
	out := make([]bool, a.Len)
	Compare(op, out, a, b)
	return True(sel, out, vector.And(a.Nulls(), b.Nulls(), a.Len))
}

// room makes sel long enough for n more rows.
func room(sel []uint32, n int) (grown []uint32, k int) {
	k = len(sel)
	if cap(sel) < k+n {
		bigger := make([]uint32, k, k+n)
		copy(bigger, sel)
		sel = bigger
	}
	return sel[:k+n], k
}

// True appends the numbers of the rows that are true and valid.
func True(sel []uint32, rows []bool, valid vector.Bitmap) []uint32 {
	sel, k := room(sel, len(rows))
	if valid == nil {
		for i, x := range rows {
			sel[k] = uint32(i)
			k += bit(x)
		}
		return sel[:k]
	}
	for i, x := range rows {
		sel[k] = uint32(i)
		k += bit(x) & int(valid[i>>6]>>(uint(i)&63)&1)
	}
	return sel[:k]
}

// Valid appends the numbers of the n rows that are valid (want true) or NULL (want false).
func Valid(sel []uint32, valid vector.Bitmap, n int, want bool) []uint32 {
	if valid == nil && !want {
		return sel
	}
	sel, k := room(sel, n)
	if valid == nil {
		for i := 0; i < n; i++ {
			sel[k+i] = uint32(i)
		}
		return sel
	}
	flip := uint64(0)
	if !want {
		flip = 1
	}
	for i := 0; i < n; i++ {
		sel[k] = uint32(i)
		k += int(valid[i>>6]>>(uint(i)&63)&1 ^ flip)
	}
	return sel[:k]
}

func selectNumbers[T Number](op Op, sel []uint32, a, b *vector.Vector) []uint32 {
	if a.Form == vector.Const && b.Form != vector.Const {
		return selectNumbers[T](op.swapped(), sel, b, a)
	}
	if b.Form == vector.Const {
		if !b.Valid.Get(0) {
			return sel
		}
		if a.Form == vector.Flat {
			return selectConst(op, sel, numbers[T](a)[:a.Len], numbers[T](b)[0], a.Valid)
		}
	}
	if a.Form != vector.Flat || b.Form != vector.Flat {
		return selectByBools(op, sel, a, b)
	}
	return selectFlat(op, sel, numbers[T](a)[:a.Len], numbers[T](b), vector.And(a.Valid, b.Valid, a.Len))
}

func selectConst[T Number](op Op, sel []uint32, a []T, b T, valid vector.Bitmap) []uint32 {
	from := len(sel)
	sel, k := room(sel, len(a))
	switch op {
	case Eq:
		for i, x := range a {
			sel[k] = uint32(i)
			k += bit(eq(x, b))
		}
	case Ne:
		for i, x := range a {
			sel[k] = uint32(i)
			k += bit(!eq(x, b))
		}
	case Lt:
		for i, x := range a {
			sel[k] = uint32(i)
			k += bit(lt(x, b))
		}
	case Le:
		for i, x := range a {
			sel[k] = uint32(i)
			k += bit(le(x, b))
		}
	case Gt:
		for i, x := range a {
			sel[k] = uint32(i)
			k += bit(lt(b, x))
		}
	case Ge:
		for i, x := range a {
			sel[k] = uint32(i)
			k += bit(le(b, x))
		}
	}
	return dropNulls(sel[:k], from, valid)
}

func selectFlat[T Number](op Op, sel []uint32, a, b []T, valid vector.Bitmap) []uint32 {
	from := len(sel)
	sel, k := room(sel, len(a))
	b = b[:len(a)]
	switch op {
	case Eq:
		for i, x := range a {
			sel[k] = uint32(i)
			k += bit(eq(x, b[i]))
		}
	case Ne:
		for i, x := range a {
			sel[k] = uint32(i)
			k += bit(!eq(x, b[i]))
		}
	case Lt:
		for i, x := range a {
			sel[k] = uint32(i)
			k += bit(lt(x, b[i]))
		}
	case Le:
		for i, x := range a {
			sel[k] = uint32(i)
			k += bit(le(x, b[i]))
		}
	case Gt:
		for i, x := range a {
			sel[k] = uint32(i)
			k += bit(lt(b[i], x))
		}
	case Ge:
		for i, x := range a {
			sel[k] = uint32(i)
			k += bit(le(b[i], x))
		}
	}
	return dropNulls(sel[:k], from, valid)
}

// dropNulls takes NULL rows out of sel[from:]: cheaper than looking at every row's bit while comparing.
func dropNulls(sel []uint32, from int, valid vector.Bitmap) []uint32 {
	if valid == nil {
		return sel
	}
	k := from
	for _, i := range sel[from:] {
		sel[k] = i
		k += int(valid[i>>6] >> (i & 63) & 1)
	}
	return sel[:k]
}
