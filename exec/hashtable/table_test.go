package hashtable

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// numbersByModel numbers rows as a Go map does.
func numbersByModel(seen map[string]uint32, cols []*vector.Vector, n int) []uint32 {
	out := make([]uint32, n)
	for i := range n {
		key := ""
		for _, c := range cols {
			key += fmt.Sprintf("%v|", c.Value(i))
		}
		g, ok := seen[key]
		if !ok {
			g = uint32(len(seen))
			seen[key] = g
		}
		out[i] = g
	}
	return out
}

func TestGroupsAreThoseOfAMap(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	ts := []*types.Type{types.IntType, types.StringType, types.NewDecimal(38, 0), types.NewArray(types.IntType, true)}
	value := func(ty *types.Type) any {
		x := rng.IntN(40)
		if x == 0 {
			return nil
		}
		switch ty.Kind {
		case types.Int:
			if x == 1 {
				return int32(rng.Uint32()) // leaves every dense range
			}
			return int32(x)
		case types.String:
			return fmt.Sprintf("%0*d", x%3*9, x)
		case types.Decimal:
			return types.Int128{Hi: int64(x % 2), Lo: uint64(x)}
		}
		return []any{int32(x % 5), nil}
	}
	for mask := 1; mask < 1<<len(ts); mask++ {
		var key []*types.Type
		for i, ty := range ts {
			if mask>>i&1 != 0 {
				key = append(key, ty)
			}
		}
		table := NewTable(key)
		seen := map[string]uint32{}
		for range 12 {
			n := 1 + rng.IntN(300)
			cols := make([]*vector.Vector, len(key))
			for c, ty := range key {
				b := vector.NewBuilder(ty, n)
				for range n {
					b.AppendValue(value(ty))
				}
				cols[c] = b.Finish()
			}
			got := make([]uint32, n)
			table.Groups(cols, n, got)
			// Which number a new key gets is the table's affair; equal keys have equal ones, and Keys gives the key back.
			want := numbersByModel(seen, cols, n)
			back := table.Keys(0, table.Len())
			at := table.KeysAt(got)
			forward := map[uint32]uint32{}
			for i := range n {
				if g, ok := forward[want[i]]; ok && g != got[i] {
					t.Fatalf("keys %v: row %d has number %d, an equal row %d", key, i, got[i], g)
				}
				forward[want[i]] = got[i]
				for c := range cols {
					w := fmt.Sprint(cols[c].Value(i))
					if g := fmt.Sprint(back[c].Value(int(got[i]))); g != w {
						t.Fatalf("keys %v: key %d is %s, want %s", key, got[i], g, w)
					}
					if g := fmt.Sprint(at[c].Value(i)); g != w {
						t.Fatalf("keys %v: KeysAt gives %s, want %s", key, g, w)
					}
				}
			}
		}
		if table.Len() != len(seen) {
			t.Errorf("keys %v: %d keys, want %d", key, table.Len(), len(seen))
		}
	}
}

func TestHashesAgreeWhateverTheForm(t *testing.T) {
	dict := vector.Of(types.StringType, "x", nil, "a string of many bytes")
	coded := &vector.Vector{Type: types.StringType, Form: vector.Dict, Len: 4, Codes: []uint32{0, 1, 2, 0}, Dictionary: dict, Valid: vector.Bitmap{0b0111}}
	flat := vector.Flatten(coded)
	id := vector.Of(types.IntType, int32(1), int32(2), nil, int32(4))
	l := NewLayout([]*types.Type{types.IntType, types.StringType}, false)
	a, b := NewEncoder(l), NewEncoder(l)
	a.Encode([]*vector.Vector{id, coded}, 4)
	b.Encode([]*vector.Vector{id, flat}, 4)
	for i := range 4 {
		if a.Hashes[i] != b.Hashes[i] {
			t.Errorf("row %d has another hash as a code", i)
		}
	}
	// A table of a narrow range and one of slots agree too: partitions are chosen by them.
	narrow, wide := NewTable([]*types.Type{types.LongType}), NewTable([]*types.Type{types.LongType})
	n, m := make([]uint32, 2), make([]uint32, 2)
	narrow.Groups([]*vector.Vector{vector.Of(types.LongType, int64(5), nil)}, 2, n)
	wide.Groups([]*vector.Vector{vector.Of(types.LongType, int64(5), int64(1)<<60)}, 2, m)
	if narrow.Hash(int(n[0])) != wide.Hash(int(m[0])) {
		t.Error("the hash of a key depends on the table's form")
	}
}

// batchOf is a batch of keys that are all in the table after the first time.
func batchOf(n int, f func(i int) int64) []*vector.Vector {
	v := vector.New(types.LongType, n)
	for i := range v.I64 {
		v.I64[i] = f(i)
	}
	return []*vector.Vector{v}
}

func TestKnownKeysTakeNoMemory(t *testing.T) {
	dense := batchOf(2048, func(i int) int64 { return int64(i % 500) })
	sparse := batchOf(2048, func(i int) int64 { return int64(i%500) * 1_000_000_007 })
	numbers := make([]uint32, 2048)
	for name, cols := range map[string][]*vector.Vector{"dense": dense, "sparse": sparse} {
		table := NewTable([]*types.Type{types.LongType})
		table.Groups(cols, 2048, numbers)
		if a := testing.AllocsPerRun(20, func() { table.Groups(cols, 2048, numbers) }); a != 0 {
			t.Errorf("%s: %v allocations per batch", name, a)
		}
	}
	j := NewJoin([]*types.Type{types.LongType}, []bool{false})
	e := NewEncoder(j.Layout())
	e.Encode(sparse, 2048)
	j.Add(e)
	j.Build(1)
	p := NewProbe(j)
	p.Find(sparse, 2048, numbers)
	if a := testing.AllocsPerRun(20, func() { p.Find(sparse, 2048, numbers) }); a != 0 {
		t.Errorf("probe: %v allocations per batch", a)
	}
}

func BenchmarkGroups(b *testing.B) {
	numbers := make([]uint32, 2048)
	for name, step := range map[string]int64{"dense": 1, "sparse": 1_000_000_007} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			cols := batchOf(2048, func(i int) int64 { return int64(i*7919%100_000) * step })
			table := NewTable([]*types.Type{types.LongType})
			for b.Loop() {
				table.Groups(cols, 2048, numbers)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/2048, "ns/row")
		})
	}
}

func BenchmarkProbe(b *testing.B) {
	b.ReportAllocs()
	j := NewJoin([]*types.Type{types.LongType}, []bool{false})
	e := NewEncoder(j.Layout())
	for k := range 400 {
		e.Encode(batchOf(2048, func(i int) int64 { return int64(k*2048+i) * 1_000_000_007 }), 2048)
		j.Add(e)
	}
	j.Build(1)
	p := NewProbe(j)
	cols := batchOf(2048, func(i int) int64 { return int64(i*7919%800_000) * 1_000_000_007 })
	rows := make([]uint32, 2048)
	for b.Loop() {
		p.Find(cols, 2048, rows)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/2048, "ns/row")
}
