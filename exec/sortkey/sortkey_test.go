package sortkey

import (
	"bytes"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

func order(keys []Key, cols []*vector.Vector, n int) []uint32 {
	var r Rows
	New(keys).Append(&r, cols, n)
	return r.Sort(1)
}

func TestOrder(t *testing.T) {
	doubles := vector.Of(types.DoubleType, math.NaN(), 1.0, nil, math.Copysign(0, -1), 0.0, math.Inf(-1), -2.5, math.Inf(1))
	strs := vector.Of(types.StringType, "b", "", "a\x00", nil, "a", "ab", "é")
	list := vector.Of(types.NewArray(types.IntType, true), []any{int32(1), int32(2)}, []any{}, []any{int32(1)}, nil, []any{nil}, []any{int32(-1)})
	wide := vector.Of(types.NewDecimal(38, 0), types.Int128From(5), types.Int128From(-5), nil, types.Int128{Hi: 1})
	for name, c := range map[string]struct {
		key  Key
		v    *vector.Vector
		want []uint32
	}{
		"double":      {Key{NullsFirst: true}, doubles, []uint32{2, 5, 6, 3, 4, 1, 7, 0}},
		"double desc": {Key{Desc: true}, doubles, []uint32{0, 7, 1, 3, 4, 6, 5, 2}},
		"string":      {Key{NullsFirst: true}, strs, []uint32{3, 1, 4, 2, 5, 0, 6}},
		"string desc": {Key{Desc: true, NullsFirst: true}, strs, []uint32{3, 6, 0, 5, 2, 4, 1}},
		"array":       {Key{NullsFirst: true}, list, []uint32{3, 1, 4, 5, 2, 0}},
		"decimal":     {Key{}, wide, []uint32{1, 0, 3, 2}},
	} {
		c.key.Type = c.v.Type
		if got := order([]Key{c.key}, []*vector.Vector{c.v}, c.v.Len); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestManyRows(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	n := 5000
	a, s := vector.NewBuilder(types.IntType, n), vector.NewBuilder(types.StringType, n)
	for i := 0; i < n; i++ {
		a.AppendInt(int64(rng.IntN(50) - 25))
		s.AppendString(string(rune('a' + rng.IntN(26))))
	}
	av, sv := a.Finish(), s.Finish()
	got := order([]Key{{Type: types.IntType, Desc: true}, {Type: types.StringType}}, []*vector.Vector{av, sv}, n)
	want := make([]uint32, n)
	for i := range want {
		want[i] = uint32(i)
	}
	slices.SortStableFunc(want, func(x, y uint32) int {
		if d := int(av.I32[y]) - int(av.I32[x]); d != 0 {
			return d
		}
		return int(sv.Bytes(int(x))[0]) - int(sv.Bytes(int(y))[0])
	})
	if !slices.Equal(got, want) {
		t.Error("order differs from a stable sort by comparison")
	}
}

func TestLongEqualBeginnings(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	n := 200_000
	b := vector.NewBuilder(types.StringType, n)
	for range n {
		s := "the same beginning of all keys, "
		for range rng.IntN(20) {
			s += string(rune('a' + rng.IntN(2)))
		}
		b.AppendString(s)
	}
	v := b.Finish()
	var r Rows
	New([]Key{{Type: types.StringType}}).Append(&r, []*vector.Vector{v}, n)
	want := make([]uint32, n)
	for i := range want {
		want[i] = uint32(i)
	}
	slices.SortStableFunc(want, func(x, y uint32) int { return bytes.Compare(v.Bytes(int(x)), v.Bytes(int(y))) })
	for _, workers := range []int{1, 3} {
		if !slices.Equal(r.Sort(workers), want) {
			t.Errorf("%d workers: order differs from a stable sort by comparison", workers)
		}
	}
}
