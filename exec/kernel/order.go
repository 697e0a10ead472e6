package kernel

import (
	"bytes"
	"cmp"

	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// Order compares row i of a with row j of b (-1, 0, 1); neither is NULL. Both vectors have the order's type, in any form.
type Order func(a *vector.Vector, i int, b *vector.Vector, j int) int

// Comparator finds the order of a type. NULLs inside arrays and structs come first; maps have an arbitrary but stable order,
// so that equality works.
func Comparator(t *types.Type) Order {
	switch t.Physical() {
	case types.PhysBool:
		return func(a *vector.Vector, i int, b *vector.Vector, j int) int {
			return bit(a.Values().Bools[a.Index(i)]) - bit(b.Values().Bools[b.Index(j)])
		}
	case types.PhysInt8:
		return orderNumbers[int8]
	case types.PhysInt16:
		return orderNumbers[int16]
	case types.PhysInt32:
		return orderNumbers[int32]
	case types.PhysInt64:
		return orderNumbers[int64]
	case types.PhysFloat32:
		return orderNumbers[float32]
	case types.PhysFloat64:
		return orderNumbers[float64]
	case types.PhysInt128:
		return func(a *vector.Vector, i int, b *vector.Vector, j int) int {
			return a.Values().I128[a.Index(i)].Cmp(b.Values().I128[b.Index(j)])
		}
	case types.PhysBytes:
		return func(a *vector.Vector, i int, b *vector.Vector, j int) int {
			return bytes.Compare(a.Bytes(i), b.Bytes(j))
		}
	case types.PhysInterval:
		return func(a *vector.Vector, i int, b *vector.Vector, j int) int {
			x, y := a.Values().Intervals[a.Index(i)], b.Values().Intervals[b.Index(j)]
			return cmp.Or(cmp.Compare(x.Months, y.Months), cmp.Compare(x.Days, y.Days), cmp.Compare(x.Micros, y.Micros))
		}
	case types.PhysList:
		return orderLists(Comparator(t.Elem), nil)
	case types.PhysMap:
		return orderLists(Comparator(t.Key), Comparator(t.Elem))
	case types.PhysStruct:
		fields := make([]Order, len(t.Fields))
		for i, f := range t.Fields {
			fields[i] = Comparator(f.Type)
		}
		return func(a *vector.Vector, i int, b *vector.Vector, j int) int {
			x, y := a.Values(), b.Values()
			i, j = a.Index(i), b.Index(j)
			for k, f := range fields {
				if c := nullsFirst(f, x.Children[k], i, y.Children[k], j); c != 0 {
					return c
				}
			}
			return 0
		}
	}
	return func(*vector.Vector, int, *vector.Vector, int) int { return 0 }
}

func orderNumbers[T Number](a *vector.Vector, i int, b *vector.Vector, j int) int {
	x, y := numbers[T](a.Values())[a.Index(i)], numbers[T](b.Values())[b.Index(j)]
	switch {
	case lt(x, y):
		return -1
	case lt(y, x):
		return 1
	}
	return 0
}

func nullsFirst(o Order, a *vector.Vector, i int, b *vector.Vector, j int) int {
	switch x, y := a.IsNull(i), b.IsNull(j); {
	case x && y:
		return 0
	case x:
		return -1
	case y:
		return 1
	}
	return o(a, i, b, j)
}

func orderLists(first, second Order) Order {
	return func(a *vector.Vector, i int, b *vector.Vector, j int) int {
		x, y := a.Values(), b.Values()
		r, s := x.Ranges[a.Index(i)], y.Ranges[b.Index(j)]
		for k := 0; k < int(min(r.Len, s.Len)); k++ {
			if c := nullsFirst(first, x.Children[0], int(r.Off)+k, y.Children[0], int(s.Off)+k); c != 0 {
				return c
			}
			if second == nil {
				continue
			}
			if c := nullsFirst(second, x.Children[1], int(r.Off)+k, y.Children[1], int(s.Off)+k); c != 0 {
				return c
			}
		}
		return cmp.Compare(r.Len, s.Len)
	}
}

// Equal says whether row i of a equals row j of b, NULL being equal to NULL.
func Equal(o Order, a *vector.Vector, i int, b *vector.Vector, j int) bool {
	return nullsFirst(o, a, i, b, j) == 0
}
