package collection

import (
	"reflect"
	"testing"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

var (
	ints    = types.NewArray(types.IntType, true)
	texts   = types.NewArray(types.StringType, true)
	nested  = types.NewArray(ints, true)
	textInt = types.NewMap(types.StringType, types.IntType, true)
)

type arg struct {
	t *types.Type
	v any
}

func array(xs ...any) []any {
	for i, x := range xs {
		if n, ok := x.(int); ok {
			xs[i] = int32(n)
		}
	}
	return xs
}

// call binds and runs a function over one row of constants, and again over three flat rows.
func call(t *testing.T, name string, args ...arg) (any, error) {
	t.Helper()
	f := function.FindScalar(name)
	if f == nil {
		t.Fatalf("no function %s", name)
	}
	in := make([]function.Arg, len(args))
	for i, a := range args {
		in[i] = function.Arg{Type: a.t, Nullable: a.v == nil, Const: vector.Of(a.t, a.v), SQL: "x"}
	}
	b, err := f.Bind(in, false)
	if err != nil {
		return nil, err
	}
	var results []any
	for _, n := range []int{1, 3} {
		vecs := make([]*vector.Vector, len(args))
		null := false
		for i, a := range args {
			vals := make([]any, n)
			for k := range vals {
				vals[k] = a.v
			}
			vecs[i] = vector.Of(b.Args[i], vals...)
			null = null || a.v == nil
		}
		if n == 1 {
			for _, v := range vecs {
				v.Form = vector.Const
			}
		}
		v, err := b.Eval(&function.Context{}, vecs, n)
		if err != nil {
			return nil, err
		}
		if v.Len != n {
			t.Errorf("%s gives %d rows for %d", name, v.Len, n)
		}
		if null && f.Nulls == function.NullIfAnyNull {
			results = append(results, nil)
			continue
		}
		results = append(results, v.Value(n-1))
	}
	if !reflect.DeepEqual(results[0], results[1]) {
		t.Errorf("%s: constants give %v, rows %v", name, results[0], results[1])
	}
	return results[0], nil
}

func TestArrays(t *testing.T) {
	i := func(n int) arg { return arg{types.IntType, int32(n)} }
	a := func(xs ...any) arg { return arg{ints, array(xs...)} }
	for _, c := range []struct {
		name string
		args []arg
		want any
	}{
		{"array_distinct", []arg{a(1, 1, 2, nil, nil)}, array(1, 2, nil)},
		{"array_union", []arg{a(1, 2), a(2, 3)}, array(1, 2, 3)},
		{"array_intersect", []arg{a(1, 2, 2), a(2, 4)}, array(2)},
		{"array_except", []arg{a(1, 2, 3), a(2)}, array(1, 3)},
		{"array_remove", []arg{a(1, 2, nil, 2), i(2)}, array(1, nil)},
		{"array_compact", []arg{a(1, nil, 2)}, array(1, 2)},
		{"slice", []arg{a(1, 2, 3, 4), i(2), i(2)}, array(2, 3)},
		{"slice", []arg{a(1, 2, 3, 4), i(-2), i(5)}, array(3, 4)},
		{"sort_array", []arg{a(3, nil, 1)}, array(nil, 1, 3)},
		{"sort_array", []arg{a(3, nil, 1), {types.BooleanType, false}}, array(3, 1, nil)},
		{"array_sort", []arg{a(3, nil, 1)}, array(1, 3, nil)},
		{"reverse", []arg{a(1, 2, 3)}, array(3, 2, 1)},
		{"flatten", []arg{{nested, []any{array(1), array(2, 3)}}}, array(1, 2, 3)},
		{"flatten", []arg{{nested, []any{array(1), nil}}}, nil},
		{"array_position", []arg{a(5, 6, 7), i(6)}, int64(2)},
		{"array_contains", []arg{a(1, nil), i(2)}, nil},
		{"array_contains", []arg{a(1, nil), i(1)}, true},
		{"arrays_overlap", []arg{a(1, 2), a(3, nil)}, nil},
		{"arrays_overlap", []arg{a(1, 2), a(2)}, true},
		{"array_min", []arg{a(3, nil, 1)}, int32(1)},
		{"array_max", []arg{a()}, nil},
		{"array_append", []arg{a(1), {types.IntType, nil}}, array(1, nil)},
		{"array_prepend", []arg{a(1), i(0)}, array(0, 1)},
		{"array_insert", []arg{a(1, 2, 3, 4), i(5), i(5)}, array(1, 2, 3, 4, 5)},
		{"array_insert", []arg{a(1, 2), i(-1), i(3)}, array(1, 2, 3)},
		{"array_insert", []arg{a(1), i(4), i(9)}, array(1, nil, nil, 9)},
		{"array_insert", []arg{a(1, 2, 3), i(-5), i(9)}, array(9, nil, 1, 2, 3)},
		{"array_join", []arg{{texts, []any{"a", nil, "c"}}, {types.StringType, "-"}, {types.StringType, "?"}}, "a-?-c"},
		{"array_join", []arg{{texts, []any{"a", nil, "c"}}, {types.StringType, "-"}}, "a-c"},
		{"array_repeat", []arg{{types.StringType, "x"}, i(3)}, []any{"x", "x", "x"}},
		{"sequence", []arg{i(1), i(10), i(3)}, array(1, 4, 7, 10)},
		{"sequence", []arg{i(3), i(1)}, array(3, 2, 1)},
		{"sequence", []arg{{types.DateType, int32(19753)}, {types.DateType, int32(19843)}, {types.CalendarType, types.Interval{Months: 1}}}, array(19753, 19782, 19813, 19843)},
		{"concat", []arg{a(1), a(2, 3)}, array(1, 2, 3)},
		{"concat", []arg{{types.StringType, "a"}, {types.StringType, "b"}}, "ab"},
		{"arrays_zip", []arg{a(1, 2), a(3)}, []any{[]any{int32(1), int32(3)}, []any{int32(2), nil}}},
		{"size", []arg{{ints, nil}}, int32(-1)},
		{"size", []arg{a(1, 2)}, int32(2)},
		{"[]", []arg{a(1, 2), i(1)}, int32(2)},
		{"[]", []arg{a(1, 2), i(9)}, nil},
		{"element_at", []arg{a(1, 2), i(-1)}, int32(2)},
		{"try_element_at", []arg{a(1, 2), i(3)}, nil},
		{"get", []arg{a(1, 2), i(0)}, int32(1)},
		{"reverse", []arg{{types.StringType, "añb😀"}}, "😀bña"},
	} {
		got, err := call(t, c.name, c.args...)
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s%v = %v, %v; want %v", c.name, c.args, got, err, c.want)
		}
	}
}

func TestMaps(t *testing.T) {
	m := []vector.Pair{{Key: "a", Value: int32(1)}, {Key: "b", Value: int32(2)}}
	for _, c := range []struct {
		name string
		args []arg
		want any
	}{
		{"map_keys", []arg{{textInt, m}}, []any{"a", "b"}},
		{"map_values", []arg{{textInt, m}}, array(1, 2)},
		{"map_entries", []arg{{textInt, m}}, []any{[]any{"a", int32(1)}, []any{"b", int32(2)}}},
		{"map_contains_key", []arg{{textInt, m}, {types.StringType, "b"}}, true},
		{"[]", []arg{{textInt, m}, {types.StringType, "b"}}, int32(2)},
		{"element_at", []arg{{textInt, m}, {types.StringType, "z"}}, nil},
		{"map_from_arrays", []arg{{texts, []any{"a", "b"}}, {ints, array(1, 2)}}, m},
		{"map_concat", []arg{{textInt, m}, {textInt, []vector.Pair{{Key: "c", Value: nil}}}}, append(append([]vector.Pair{}, m...), vector.Pair{Key: "c"})},
		{"map", []arg{{types.StringType, "a"}, {types.IntType, int32(1)}, {types.StringType, "b"}, {types.IntType, int32(2)}}, m},
	} {
		got, err := call(t, c.name, c.args...)
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s%v = %v, %v; want %v", c.name, c.args, got, err, c.want)
		}
	}
	if _, err := call(t, "map_concat", arg{textInt, m}, arg{textInt, m}); !sqlerr.Is(err, "DUPLICATED_MAP_KEY") {
		t.Errorf("a key twice: %v", err)
	}
	if _, err := call(t, "element_at", arg{ints, array(1)}, arg{types.IntType, int32(0)}); !sqlerr.Is(err, "INVALID_INDEX_OF_ZERO") {
		t.Errorf("index 0: %v", err)
	}
}

// lambda runs a function with a Go lambda over two rows: the array given and an empty one.
func lambda(t *testing.T, name string, body *types.Type, f function.LambdaFunc, at int, args ...arg) any {
	t.Helper()
	fn := function.FindScalar(name)
	in := make([]function.Arg, len(args)+1)
	vecs := make([]*vector.Vector, len(in))
	lambdas := make([]function.LambdaFunc, len(in))
	k := 0
	for i := range in {
		if i == at {
			in[i] = function.Arg{Type: body, Nullable: true, Lambda: &function.LambdaArg{Parameters: 2}}
			lambdas[i] = f
			continue
		}
		in[i] = function.Arg{Type: args[k].t}
		second := args[k].v
		if l, ok := second.([]any); ok {
			second = l[:0]
		}
		vecs[i] = vector.Of(args[k].t, args[k].v, second)
		k++
	}
	b, err := fn.Bind(in, false)
	if err != nil {
		t.Fatal(err)
	}
	v, err := b.LambdaEval(&function.Context{}, vecs, lambdas, 2)
	if err != nil {
		t.Fatal(err)
	}
	return v.Value(0)
}

func TestLambdas(t *testing.T) {
	plus := func(p []*vector.Vector, _ []uint32, n int) (*vector.Vector, error) {
		out := vector.New(types.IntType, n)
		for i := range out.I32 {
			out.I32[i] = p[0].I32[i] + p[1].I32[i]
		}
		return out, nil
	}
	odd := func(p []*vector.Vector, _ []uint32, n int) (*vector.Vector, error) {
		out := vector.New(types.BooleanType, n)
		for i := range out.Bools {
			out.Bools[i] = p[0].I32[i]%2 == 1
		}
		return out, nil
	}
	descending := func(p []*vector.Vector, _ []uint32, n int) (*vector.Vector, error) {
		out := vector.New(types.IntType, n)
		for i := range out.I32 {
			out.I32[i] = p[1].I32[i] - p[0].I32[i]
		}
		return out, nil
	}
	xs := arg{ints, array(5, 2, 9, 4, 7)}
	for _, c := range []struct {
		name string
		got  any
		want any
	}{
		{"transform", lambda(t, "transform", types.IntType, plus, 1, xs), array(5, 3, 11, 7, 11)},
		{"filter", lambda(t, "filter", types.BooleanType, odd, 1, xs), array(5, 9, 7)},
		{"exists", lambda(t, "exists", types.BooleanType, odd, 1, xs), true},
		{"forall", lambda(t, "forall", types.BooleanType, odd, 1, xs), false},
		{"aggregate", lambda(t, "aggregate", types.IntType, plus, 2, xs, arg{types.IntType, int32(100)}), int32(127)},
		{"array_sort", lambda(t, "array_sort", types.IntType, descending, 1, xs), array(9, 7, 5, 4, 2)},
	} {
		if !reflect.DeepEqual(c.got, c.want) {
			t.Errorf("%s = %v, want %v", c.name, c.got, c.want)
		}
	}
}
