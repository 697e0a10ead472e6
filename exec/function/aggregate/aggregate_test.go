package aggregate

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

var ctx = &function.Context{Zone: time.UTC}

// call binds an aggregate over columns and casts them; a column of Const form is a constant argument.
func call(t *testing.T, name string, ansi bool, cols ...*vector.Vector) (*function.BoundAggregate, []*vector.Vector, error) {
	t.Helper()
	f := function.FindAggregate(name)
	if f == nil {
		t.Fatalf("no aggregate %s", name)
	}
	args := make([]function.Arg, len(cols))
	for i, c := range cols {
		args[i] = function.Arg{Type: c.Type, Nullable: true, SQL: fmt.Sprintf("c%d", i)}
		if c.Form == vector.Const {
			args[i].Const = vector.Slice(c, 0, 1)
		}
	}
	b, err := f.Bind(args, false, ansi)
	if err != nil {
		return nil, nil, err
	}
	in := make([]*vector.Vector, len(cols))
	for i, c := range cols {
		conv, err := cast.Bind(c.Type, b.Args[i], cast.ModeOf(ansi))
		if err != nil {
			t.Fatal(err)
		}
		if in[i], err = conv(ctx, c); err != nil {
			return nil, nil, err
		}
	}
	return b, in, nil
}

func texts(t *testing.T, s function.State, n int) string {
	t.Helper()
	r, err := s.Result(0, n)
	if err != nil {
		return err.Error()
	}
	out := make([]string, n)
	for i := range out {
		out[i] = cast.Hive(r, i, time.UTC)
	}
	return strings.Join(out, " ")
}

// asDict gives a column as codes into a dictionary that has an entry nobody uses.
func asDict(v *vector.Vector) *vector.Vector {
	if v.Form == vector.Const || v.Type.Kind == types.Null {
		return v
	}
	d := vector.NewBuilder(v.Type, v.Len+1)
	d.AppendNull()
	d.AppendVector(v)
	codes := make([]uint32, v.Len)
	for i := range codes {
		codes[i] = uint32(i + 1)
	}
	return &vector.Vector{Type: v.Type, Form: vector.Dict, Len: v.Len, Codes: codes, Dictionary: d.Finish()}
}

// run computes the aggregate of all rows as one group in several ways, which must agree.
func run(t *testing.T, name string, ansi bool, cols ...*vector.Vector) string {
	t.Helper()
	b, in, err := call(t, name, ansi, cols...)
	if err != nil {
		return err.Error()
	}
	n := in[0].Len
	update := func(s function.State, in []*vector.Vector, groups []uint32) {
		if err := s.Update(in, groups, in[0].Len); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	one := b.New(ctx)
	one.Resize(1)
	update(one, in, nil)
	want := texts(t, one, 1)

	// Three groups: the second gets all rows, the others none.
	grouped := b.New(ctx)
	grouped.Resize(1)
	grouped.Resize(3)
	groups := make([]uint32, n)
	for i := range groups {
		groups[i] = 1
	}
	dicts := make([]*vector.Vector, len(in))
	for i, c := range in {
		dicts[i] = asDict(c)
	}
	update(grouped, dicts, groups)
	empty := b.New(ctx)
	empty.Resize(1)
	nothing := texts(t, empty, 1)
	if got := texts(t, grouped, 3); got != nothing+" "+want+" "+nothing && !strings.HasPrefix(want, "[") {
		t.Errorf("%s in groups: %s, alone %s, empty %s", name, got, want, nothing)
	}

	// Halves merged, and saved and loaded.
	halves := [2]function.State{b.New(ctx), b.New(ctx)}
	for k, h := range halves {
		from, to := k*(n/2), n/2+k*(n-n/2)
		part := make([]*vector.Vector, len(in))
		for i, c := range in {
			part[i] = vector.Slice(c, from, to)
		}
		h.Resize(1)
		if to > from {
			update(h, part, nil)
		}
	}
	merged := b.New(ctx)
	merged.Resize(2)
	loaded := b.New(ctx)
	loaded.Resize(2)
	for _, h := range halves {
		if err := merged.Merge(h, []uint32{1}); err != nil {
			t.Fatal(err)
		}
		cols, err := h.Save()
		if err != nil {
			t.Fatal(err)
		}
		if err := loaded.Load(cols, []uint32{1}); err != nil {
			t.Fatal(err)
		}
	}
	for how, s := range map[string]function.State{"merged": merged, "loaded": loaded} {
		if got := texts(t, s, 2); !strings.HasPrefix(want, "[") && !near(got, nothing+" "+want) {
			t.Errorf("%s %s: %s, alone %s", name, how, got, want)
		}
		if s.SizeBytes() <= 0 {
			t.Errorf("%s: no size", name)
		}
	}
	return want
}

// near compares texts, numbers within rounding.
func near(a, b string) bool {
	x, y := strings.Fields(a), strings.Fields(b)
	if len(x) != len(y) {
		return a == b
	}
	for i := range x {
		f, ok1 := cast.ParseFloat([]byte(x[i]), 64)
		g, ok2 := cast.ParseFloat([]byte(y[i]), 64)
		if x[i] != y[i] && !(ok1 && ok2 && (f-g) < 1e-9 && (g-f) < 1e-9) {
			return false
		}
	}
	return true
}

func ints(xs ...any) *vector.Vector {
	for i, x := range xs {
		if n, ok := x.(int); ok {
			xs[i] = int32(n)
		}
	}
	return vector.Of(types.IntType, xs...)
}

func strs(xs ...any) *vector.Vector { return vector.Of(types.StringType, xs...) }

func dbl(xs ...any) *vector.Vector { return vector.Of(types.DoubleType, xs...) }

func constant(t *types.Type, x any, n int) *vector.Vector { return vector.ConstOf(t, x, n) }

func dec(p, s int, xs ...int64) *vector.Vector {
	out := make([]any, len(xs))
	for i, x := range xs {
		out[i] = types.Int128From(x)
	}
	return vector.Of(types.NewDecimal(p, s), out...)
}

func TestAggregates(t *testing.T) {
	ym := types.NewYearMonth(types.UnitYear, types.UnitMonth)
	maxLong := int64(1<<63 - 1)
	top := types.Pow10[38].Sub(types.Int128From(1))
	doubles := func(n int, xs ...any) *vector.Vector { return constant(types.NewArray(types.DoubleType, false), xs, n) }
	for _, c := range []struct {
		name string
		args []*vector.Vector
		want string
	}{
		{"count", []*vector.Vector{ints(1, nil, 3)}, "2"},
		{"count", []*vector.Vector{ints(1, nil, 3), strs("a", "b", nil)}, "1"},
		{"count_if", []*vector.Vector{vector.Of(types.BooleanType, true, nil, false, true)}, "2"},
		{"sum", []*vector.Vector{ints(1, nil, 3)}, "4"},
		{"sum", []*vector.Vector{ints(nil, nil)}, "NULL"},
		{"sum", []*vector.Vector{constant(types.IntType, int32(5), 4)}, "20"},
		{"sum", []*vector.Vector{vector.Of(types.LongType, maxLong, int64(1))}, "-9223372036854775808"},
		{"try_sum", []*vector.Vector{vector.Of(types.LongType, maxLong, int64(1))}, "NULL"},
		{"sum", []*vector.Vector{dbl(1.5, 2.5, nil)}, "4.0"},
		{"sum", []*vector.Vector{strs("1", "2.5", "x")}, "3.5"},
		{"sum", []*vector.Vector{dec(10, 2, 150, 250)}, "4.00"},
		{"sum", []*vector.Vector{dec(30, 2, 150, -250, 1)}, "-0.99"},
		{"sum", []*vector.Vector{vector.Of(types.NewDecimal(38, 0), top, top, top, top)}, "NULL"},
		{"sum", []*vector.Vector{vector.Of(ym, int32(5), int32(8))}, "1-1"},
		{"avg", []*vector.Vector{ints(1, 2, nil, 6)}, "3.0"},
		{"avg", []*vector.Vector{dec(10, 2, 100, 200, 200)}, "1.666667"},
		{"avg", []*vector.Vector{vector.Of(ym, int32(5), int32(8))}, "0-7"},
		{"mean", []*vector.Vector{dbl(1.0, 2.0)}, "1.5"},
		{"min", []*vector.Vector{ints(3, nil, -1)}, "-1"},
		{"max", []*vector.Vector{dbl(1.0, nil, 7.0)}, "7.0"},
		{"max", []*vector.Vector{strs("b", nil, "ab", "ba", "a")}, "ba"},
		{"min", []*vector.Vector{strs("bbbb", "b", "a", "cc")}, "a"},
		{"min", []*vector.Vector{vector.Of(types.BooleanType, true, nil, false)}, "false"},
		{"max", []*vector.Vector{dec(38, 0, 5, -7)}, "5"},
		{"max", []*vector.Vector{vector.Of(types.NewArray(types.IntType, true), []any{int32(1)}, []any{int32(1), int32(0)})}, "[1,0]"},
		{"max_by", []*vector.Vector{strs("a", "b", nil, "d"), ints(1, 3, 7, nil)}, "NULL"},
		{"min_by", []*vector.Vector{strs("a", "b", "c"), ints(2, 1, 2)}, "b"},
		{"first", []*vector.Vector{ints(nil, 1, 2)}, "NULL"},
		{"first", []*vector.Vector{ints(nil, 1, 2), constant(types.BooleanType, true, 3)}, "1"},
		{"last", []*vector.Vector{strs("a", "b", nil)}, "NULL"},
		{"last_value", []*vector.Vector{strs("a", "b", nil), constant(types.BooleanType, true, 3)}, "b"},
		{"collect_list", []*vector.Vector{ints(2, nil, 1, 2)}, "[2,1,2]"},
		{"collect_set", []*vector.Vector{strs("b", nil, "a", "b")}, `["b","a"]`},
		{"mode", []*vector.Vector{ints(0, 10, nil, 10)}, "10"},
		{"bool_and", []*vector.Vector{vector.Of(types.BooleanType, true, nil)}, "true"},
		{"any", []*vector.Vector{vector.Of(types.BooleanType, false, true)}, "true"},
		{"bit_and", []*vector.Vector{ints(3, 5)}, "1"},
		{"bit_xor", []*vector.Vector{ints(3, 5, nil)}, "6"},
		{"stddev", []*vector.Vector{ints(1, 2, 3)}, "1.0"},
		{"stddev", []*vector.Vector{ints(1)}, "NULL"},
		{"stddev_pop", []*vector.Vector{ints(1, 2, 3)}, "0.816496580927726"},
		{"var_pop", []*vector.Vector{ints(1, 2, 3)}, "0.6666666666666666"},
		{"skewness", []*vector.Vector{ints(-10, -20, 100, 1000)}, "1.1135657469022011"},
		{"kurtosis", []*vector.Vector{ints(-10, -20, 100, 1000)}, "-0.7014368047529618"},
		{"corr", []*vector.Vector{ints(3, 3, 6), ints(2, 3, 4)}, "0.8660254037844387"},
		{"covar_pop", []*vector.Vector{ints(1, 2, 3, nil), ints(1, 2, 3, 4)}, "0.6666666666666666"},
		{"regr_count", []*vector.Vector{ints(10, 20, 25, 30, nil), ints(11, 22, nil, 35, 4)}, "3"},
		{"regr_r2", []*vector.Vector{ints(10, 20, 25, 30), ints(11, 22, nil, 35)}, "0.997690531177829"},
		{"regr_slope", []*vector.Vector{ints(10, 20, 25, 30), ints(11, 22, nil, 35)}, "0.8314087759815242"},
		{"regr_intercept", []*vector.Vector{ints(10, 20, 25, 30), ints(11, 22, nil, 35)}, "1.1547344110854496"},
		{"regr_sxx", []*vector.Vector{ints(10, 20, 25, 30), ints(11, 22, nil, 35)}, "288.6666666666667"},
		{"percentile", []*vector.Vector{ints(0, 10), constant(types.DoubleType, 0.3, 2)}, "3.0"},
		{"percentile", []*vector.Vector{ints(0, 10, 20), constant(types.DoubleType, 0.5, 3), ints(5, 1, 0)}, "0.0"},
		{"percentile", []*vector.Vector{ints(0, 10, nil), doubles(3, 0.0, 1.0)}, "[0.0,10.0]"},
		{"median", []*vector.Vector{ints(0, 10)}, "5.0"},
		{"percentile_disc", []*vector.Vector{ints(0, 10, 20), constant(types.DoubleType, 0.5, 3)}, "10.0"},
		{"percentile_approx", []*vector.Vector{ints(0, 6, 7, 9, 10), constant(types.DoubleType, 0.5, 5), constant(types.IntType, int32(100), 5)}, "7"},
		{"approx_percentile", []*vector.Vector{dbl(0.0, 1.0, 2.0, 10.0), doubles(4, 0.5, 0.4, 0.1)}, "[1.0,1.0,0.0]"},
		{"approx_count_distinct", []*vector.Vector{strs("a", "b", "a", nil)}, "2"},
		{"histogram_numeric", []*vector.Vector{ints(0, 1, 2, 10), constant(types.IntType, int32(5), 4)}, `[{"x":0,"y":1.0},{"x":1,"y":1.0},{"x":2,"y":1.0},{"x":10,"y":1.0}]`},
	} {
		if got := run(t, c.name, false, c.args...); !near(got, c.want) {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	b, in, err := call(t, "count_min_sketch", false, ints(1, 2, 1), constant(types.DoubleType, 0.5, 3), constant(types.DoubleType, 0.5, 3), constant(types.IntType, int32(1), 3))
	if err != nil {
		t.Fatal(err)
	}
	s := b.New(ctx)
	s.Resize(1)
	if err := s.Update(in, nil, 3); err != nil {
		t.Fatal(err)
	}
	v, _ := s.Result(0, 1)
	if got := fmt.Sprintf("%X", v.Bytes(0)); got != "0000000100000000000000030000000100000004000000005D8D6AB90000000000000000000000000000000200000000000000010000000000000000" {
		t.Errorf("sketch %s", got)
	}
	if got := run(t, "bitmap_construct_agg", false, ints(0, 1, 2, 15)); len(got) != 4096 || got[0] != 7 || got[1] != 0x80 {
		t.Errorf("bitmap %q…", got[:min(len(got), 20)])
	}
	if got := run(t, "bitmap_or_agg", false, vector.Of(types.BinaryType, []byte{0x10}, []byte{0x21, 1})); len(got) != 4096 || got[:2] != "1\x01" {
		t.Errorf("union %q…", got[:min(len(got), 20)])
	}
	for name, args := range map[string][]*vector.Vector{
		"sum": {vector.Of(types.LongType, maxLong, int64(1))},
		"avg": {vector.Of(types.NewDecimal(38, 0), top, top, top, top)},
	} {
		if got := run(t, name, true, args...); !strings.Contains(got, "ARITHMETIC_OVERFLOW") {
			t.Errorf("ansi %s: %s", name, got)
		}
	}
	for name, args := range map[string][]*vector.Vector{
		"percentile": {ints(1), constant(types.DoubleType, 1.5, 1)},
		"sum":        {vector.Of(types.BooleanType, true)},
		"max":        {vector.Of(types.NewMap(types.IntType, types.IntType, true), []vector.Pair{})},
		"bit_and":    {dbl(1.0)},
	} {
		if got := run(t, name, false, args...); !strings.Contains(got, "DATATYPE_MISMATCH") {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// TestManyGroups checks sums and extremes of random groups against plain loops.
func TestManyGroups(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	const n, k = 5000, 37
	v, s := vector.NewBuilder(types.LongType, n), vector.NewBuilder(types.StringType, n)
	groups := make([]uint32, n)
	sum, most := make([]int64, k), make([]string, k)
	for i := range groups {
		g := uint32(r.IntN(k))
		groups[i] = g
		x := r.Int64N(1000) - 500
		text := fmt.Sprintf("%0*d", 1+r.IntN(6), r.IntN(1000))
		if r.IntN(10) == 0 {
			v.AppendNull()
		} else {
			v.AppendInt(x)
			sum[g] += x
		}
		s.AppendString(text)
		most[g] = max(most[g], text)
	}
	sb, in, err := call(t, "sum", false, v.Finish())
	if err != nil {
		t.Fatal(err)
	}
	st := sb.New(ctx)
	st.Resize(k)
	if err := st.Update(in, groups, n); err != nil {
		t.Fatal(err)
	}
	mb, strIn, err := call(t, "max", false, s.Finish())
	if err != nil {
		t.Fatal(err)
	}
	mt := mb.New(ctx)
	mt.Resize(k)
	if err := mt.Update(strIn, groups, n); err != nil {
		t.Fatal(err)
	}
	got, _ := st.Result(0, k)
	best, _ := mt.Result(0, k)
	for g := 0; g < k; g++ {
		if got.I64[g] != sum[g] || string(best.Bytes(g)) != most[g] {
			t.Errorf("group %d: %d %s, want %d %s", g, got.I64[g], best.Bytes(g), sum[g], most[g])
		}
	}
}

func TestEstimates(t *testing.T) {
	for _, n := range []int{10, 300, 700, 1500, 3000, 100000} {
		v := vector.New(types.IntType, n)
		for i := range v.I32 {
			v.I32[i] = int32(i)
		}
		b, in, err := call(t, "approx_count_distinct", false, v)
		if err != nil {
			t.Fatal(err)
		}
		s := b.New(ctx)
		s.Resize(1)
		if err := s.Update(in, nil, n); err != nil {
			t.Fatal(err)
		}
		r, _ := s.Result(0, 1)
		if x := float64(r.I64[0]) / float64(n); x < 0.85 || x > 1.15 {
			t.Errorf("%d values are estimated as %d", n, r.I64[0])
		}
	}
}

func TestSliding(t *testing.T) {
	v := ints(3, nil, 1, 2, 5, 4)
	for name, want := range map[string]string{"sum": "3 3 4 3 8 11", "count": "1 1 2 2 3 3", "min": "3 3 1 1 1 2", "max": "3 3 3 2 5 5", "avg": "3.0 3.0 2.0 1.5 2.6666666666666665 3.6666666666666665"} {
		b, in, err := call(t, name, false, v)
		if err != nil {
			t.Fatal(err)
		}
		s := b.NewSliding(ctx)
		out := vector.NewBuilder(b.Return, v.Len)
		for i := 0; i < v.Len; i++ {
			if err := s.Add(in, i); err != nil {
				t.Fatal(err)
			}
			if i >= 3 {
				if err := s.Remove(in, i-3); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.Append(out); err != nil {
				t.Fatal(err)
			}
		}
		r := out.Finish()
		var got []string
		for i := 0; i < r.Len; i++ {
			got = append(got, cast.Hive(r, i, time.UTC))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", name, got, want)
		}
	}
}

func BenchmarkSumGroups(b *testing.B) {
	n := vector.BatchSize
	v := vector.New(types.LongType, n)
	groups := make([]uint32, n)
	for i := range groups {
		v.I64[i], groups[i] = int64(i), uint32(i*7%8)
	}
	s := newExactSum[int64](types.LongType, nil)()
	s.Resize(8)
	args := []*vector.Vector{v}
	b.ReportAllocs()
	b.SetBytes(int64(8 * n))
	for i := 0; i < b.N; i++ {
		if err := s.Update(args, groups, n); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSumWideGroups(b *testing.B) {
	n := vector.BatchSize
	v := vector.New(types.NewDecimal(26, 4), n)
	groups := make([]uint32, n)
	for i := range groups {
		v.I128[i], groups[i] = types.Int128From(int64(i)), uint32(i*7%8)
	}
	s := newExactSum[types.Int128](types.NewDecimal(36, 4), nil)()
	s.Resize(8)
	args := []*vector.Vector{v}
	b.ReportAllocs()
	for i := 0; i < b.N; i++ {
		if err := s.Update(args, groups, n); err != nil {
			b.Fatal(err)
		}
	}
}
