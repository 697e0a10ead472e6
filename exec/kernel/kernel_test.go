package kernel

import (
	"math"
	"math/big"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

func TestComparisons(t *testing.T) {
	nan := math.NaN()
	dict := &vector.Vector{Type: types.IntType, Form: vector.Dict, Len: 3, Valid: vector.Bitmap{0b101}, Codes: []uint32{1, 0, 0}, Dictionary: vector.Of(types.IntType, int32(5), int32(9))}
	for name, c := range map[string]struct {
		a, b *vector.Vector
		want map[Op][]uint32
	}{
		"int const": {
			vector.Of(types.IntType, int32(1), nil, int32(3), int32(2)), vector.ConstOf(types.IntType, int32(2), 4),
			map[Op][]uint32{Eq: {3}, Ne: {0, 2}, Lt: {0}, Le: {0, 3}, Gt: {2}, Ge: {2, 3}},
		},
		"const int": {
			vector.ConstOf(types.IntType, int32(2), 4), vector.Of(types.IntType, int32(1), nil, int32(3), int32(2)),
			map[Op][]uint32{Eq: {3}, Ne: {0, 2}, Lt: {2}, Le: {2, 3}, Gt: {0}, Ge: {0, 3}},
		},
		"double": {
			vector.Of(types.DoubleType, nan, nan, 1.0, math.Copysign(0, -1)), vector.Of(types.DoubleType, nan, 1.0, nan, 0.0),
			map[Op][]uint32{Eq: {0, 3}, Ne: {1, 2}, Lt: {2}, Le: {0, 2, 3}, Gt: {1}, Ge: {0, 1, 3}},
		},
		"dict": {
			dict, vector.ConstOf(types.IntType, int32(6), 3),
			map[Op][]uint32{Eq: {}, Ne: {0, 2}, Lt: {2}, Le: {2}, Gt: {0}, Ge: {0}},
		},
		"string": {
			vector.Of(types.StringType, "a", "b", nil, "ab"), vector.ConstOf(types.StringType, "ab", 4),
			map[Op][]uint32{Eq: {3}, Ne: {0, 1}, Lt: {0}, Le: {0, 3}, Gt: {1}, Ge: {1, 3}},
		},
		"null const": {vector.Of(types.IntType, int32(1)), vector.NullConst(types.IntType, 1), map[Op][]uint32{Eq: {}, Ne: {}, Lt: {}}},
		"wide": {
			vector.Of(types.NewDecimal(38, 0), types.Int128{Hi: -1}, types.Int128{Hi: 1}), vector.ConstOf(types.NewDecimal(38, 0), types.Int128{}, 2),
			map[Op][]uint32{Lt: {0}, Gt: {1}},
		},
		"array": {
			vector.Of(types.NewArray(types.IntType, true), []any{int32(1), nil}, []any{int32(1)}), vector.Of(types.NewArray(types.IntType, true), []any{int32(1), int32(0)}, []any{int32(1)}),
			map[Op][]uint32{Lt: {0}, Eq: {1}, Le: {0, 1}},
		},
		"bool": {vector.Of(types.BooleanType, true, false), vector.ConstOf(types.BooleanType, false, 2), map[Op][]uint32{Gt: {0}, Eq: {1}}},
	} {
		for op, want := range c.want {
			got := Select(op, c.a.Type)(make([]uint32, 0), c.a, c.b)
			if len(got) != len(want) || len(want) > 0 && !reflect.DeepEqual(got, want) {
				t.Errorf("%s, op %d: %v, want %v", name, op, got, want)
			}
		}
	}
	if got := Valid(nil, vector.Bitmap{0b101}, 3, false); !reflect.DeepEqual(got, []uint32{1}) {
		t.Errorf("NULL rows: %v", got)
	}
}

func TestArithmetic(t *testing.T) {
	out := make([]int8, 3)
	a, b := Operand[int8]{V: []int8{100, -128, 5}}, Operand[int8]{V: []int8{100, 1, -5}}
	Wrap(Add, out, a, b)
	if !reflect.DeepEqual(out, []int8{-56, -127, 0}) {
		t.Error(out)
	}
	for op, want := range map[Arith][]int{Add: {0}, Sub: {1}, Mul: {0}} {
		var bad []int
		if err := Checked(op, out, a, b, nil, func(i int) error { bad = append(bad, i); return nil }); err != nil {
			t.Error(err)
		}
		if !reflect.DeepEqual(bad, want) {
			t.Errorf("op %d overflows at %v, want %v", op, bad, want)
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	for i := 0; i < 200; i++ {
		x := types.Int128{Hi: r.Int64N(1<<50) - 1<<49, Lo: r.Uint64()}
		y := r.Int64N(2000) - 1000
		var p [1]types.Int128
		WideProducts(p[:], Operand[types.Int128]{V: []types.Int128{x}}, Operand[int64]{V: []int64{y}})
		if want := new(big.Int).Mul(x.Big(), big.NewInt(y)); want.Cmp(p[0].Big()) != 0 {
			t.Fatalf("%s * %d: %s, want %s", x, y, p[0], want)
		}
	}
}

func TestNoAllocations(t *testing.T) {
	n := vector.BatchSize
	a := vector.New(types.LongType, n)
	for i := range a.I64 {
		a.I64[i] = int64(i * 7919 % 1000)
	}
	c := vector.ConstOf(types.LongType, int64(500), n)
	sel, f := make([]uint32, 0, n), Select(Lt, types.LongType)
	out := make([]int64, n)
	wide := make([]types.Int128, n)
	op := Operand[int64]{V: a.I64}
	if k := testing.AllocsPerRun(10, func() {
		f(sel, a, c)
		Wrap(Mul, out, op, op)
		Products(wide, op, op)
		Linear(out, op, 10, op, 1)
	}); k != 0 {
		t.Errorf("%v allocations", k)
	}
}

func benchmark(b *testing.B, f func(n int)) {
	n := vector.BatchSize
	b.ReportAllocs()
	b.SetBytes(int64(8 * n))
	for i := 0; i < b.N; i++ {
		f(n)
	}
}

func BenchmarkSelectConst(b *testing.B) {
	a := vector.New(types.LongType, vector.BatchSize)
	for i := range a.I64 {
		a.I64[i] = int64(i * 7919 % 1000)
	}
	c := vector.ConstOf(types.LongType, int64(500), a.Len)
	sel, f := make([]uint32, 0, a.Len), Select(Lt, types.LongType)
	benchmark(b, func(int) { f(sel, a, c) })
}

func BenchmarkMul(b *testing.B) {
	x := make([]int64, vector.BatchSize)
	out := make([]int64, vector.BatchSize)
	benchmark(b, func(int) { Wrap(Mul, out, Operand[int64]{V: x}, Operand[int64]{V: x}) })
}

func BenchmarkProducts(b *testing.B) {
	x := make([]int64, vector.BatchSize)
	out := make([]types.Int128, vector.BatchSize)
	benchmark(b, func(int) { Products(out, Operand[int64]{V: x}, Operand[int64]{V: x}) })
}
