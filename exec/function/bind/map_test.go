package bind

import (
	"reflect"
	"testing"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

func values(v *vector.Vector) []any {
	out := make([]any, v.Len)
	for i := range out {
		out[i] = v.Value(i)
	}
	return out
}

func TestMapForms(t *testing.T) {
	calls := 0
	upper := Append1(types.StringType, func(_ *function.Context, dst, a []byte) ([]byte, error) {
		calls++
		if len(a) == 0 {
			return nil, ErrNull
		}
		return append(append(dst, a...), '!'), nil
	})
	dict := &vector.Vector{Type: types.StringType, Form: vector.Dict, Len: 4, Valid: vector.Bitmap{0b1011}, Codes: []uint32{1, 0, 0, 1}, Dictionary: vector.Of(types.StringType, "a", "")}
	for _, c := range []struct {
		name  string
		in    *vector.Vector
		want  []any
		calls int
	}{
		{"flat", vector.Of(types.StringType, "x", nil, ""), []any{"x!", nil, nil}, 2},
		{"const", vector.ConstOf(types.StringType, "x", 3), []any{"x!", "x!", "x!"}, 1},
		{"null const", vector.NullConst(types.StringType, 2), []any{nil, nil}, 0},
		{"dict", dict, []any{nil, "a!", nil, nil}, 2},
	} {
		calls = 0
		r, err := upper(nil, []*vector.Vector{c.in}, c.in.Len)
		if err != nil || !reflect.DeepEqual(values(r), c.want) || calls != c.calls {
			t.Errorf("%s: got %v, %v after %d calls; want %v after %d", c.name, values(r), err, calls, c.want, c.calls)
		}
	}
	add := Map2(types.IntType, func(_ *function.Context, a int32, b []byte) (int32, error) { return a + int32(len(b)), nil })
	r, err := add(nil, []*vector.Vector{vector.Of(types.IntType, int32(1), int32(2), nil, int32(4)), dict}, 4)
	if err != nil || !reflect.DeepEqual(values(r), []any{int32(1), int32(3), nil, int32(4)}) {
		t.Errorf("mixed forms: %v, %v", values(r), err)
	}
	wide := Map1(types.NewDecimal(10, 2), func(_ *function.Context, a types.Int128) (types.Int128, error) { return a.Neg(), nil })
	r, err = wide(nil, []*vector.Vector{vector.Of(types.NewDecimal(5, 2), types.Int128From(150))}, 1)
	if err != nil || r.Value(0) != types.Int128From(-150) {
		t.Errorf("decimals: %v, %v", values(r), err)
	}
	rows := AllRows(types.NewArray(types.IntType, true), func(_ *function.Context, args []*vector.Vector) (func(int, *vector.Builder) error, error) {
		return func(i int, out *vector.Builder) error {
			out.Child(0).AppendFrom(args[0], i)
			out.AppendList(1)
			return nil
		}, nil
	})
	ints := &vector.Vector{Type: types.IntType, Form: vector.Dict, Len: 2, Valid: vector.Bitmap{0b10}, Codes: []uint32{0, 0}, Dictionary: vector.Of(types.IntType, int32(7))}
	r, err = rows(nil, []*vector.Vector{ints}, 2)
	if err != nil || !reflect.DeepEqual(values(r), []any{[]any{nil}, []any{int32(7)}}) {
		t.Errorf("rows: %v, %v", values(r), err)
	}
}

func TestCheckErrors(t *testing.T) {
	arg := function.Arg{Type: types.NewArray(types.IntType, true), SQL: "a"}
	_, err := Cast("upper", []function.Arg{arg}, false, types.StringFamily)
	want := `[DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE] Cannot resolve "upper(a)" due to data type mismatch: Parameter 1 requires the "STRING" type, however "a" has the type "ARRAY<INT>". SQLSTATE: 42K09`
	if err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
	if err := Count("upper", 3, 1, 1); !sqlerr.Is(err, "WRONG_NUM_ARGS") {
		t.Errorf("got %v", err)
	}
	if err := Count("concat", 3, 0, -1); err != nil {
		t.Errorf("got %v", err)
	}
	if ts, err := Cast("f", []function.Arg{{Type: types.StringType}, {Type: types.IntType}}, false, types.NumericFamily, types.StringFamily); err != nil || ts[0].Kind != types.Double || ts[1].Kind != types.String {
		t.Errorf("got %v, %v", ts, err)
	}
}
