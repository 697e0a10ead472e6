package vector

import (
	"reflect"
	"testing"

	"github.com/argan-sql/argan/types"
)

func values(v *Vector) []any {
	out := make([]any, v.Len)
	for i := range out {
		out[i] = v.Value(i)
	}
	return out
}

func TestConcat(t *testing.T) {
	strs := Of(types.StringType, "a", nil, "ccc")
	dict := &Vector{Type: types.StringType, Form: Dict, Len: 8, Codes: []uint32{0, 2, 2, 0, 1, 0, 0, 0}, Dictionary: strs}
	list := types.NewArray(types.IntType, true)
	many := make([]any, 70)
	for i := range many {
		if i%3 != 0 {
			many[i] = int32(i)
		}
	}
	for name, vs := range map[string][]*Vector{
		"strings":   {strs, Slice(strs, 1, 3), ConstOf(types.StringType, "x", 2)},
		"dict":      {dict, dict, {Type: types.StringType, Form: Dict, Len: 8, Codes: make([]uint32, 8), Dictionary: Of(types.StringType, "z")}},
		"dict+flat": {dict, strs},
		"nulls":     {NullConst(types.IntType, 3), NullConst(types.IntType, 4)},
		"bits":      {Of(types.IntType, many...), Of(types.IntType, many...), Of(types.IntType, int32(1))},
		"lists": {
			Gather(Of(list, []any{int32(1)}, nil, []any{int32(2), nil}), []uint32{2, 0, 1}),
			Of(list, []any{int32(7)}),
		},
		"structs": {
			Of(types.NewStruct(types.Field{Name: "a", Type: types.IntType}), []any{int32(1)}, nil),
			ConstOf(types.NewStruct(types.Field{Name: "a", Type: types.IntType}), []any{int32(5)}, 3),
		},
	} {
		var want []any
		for _, v := range vs {
			want = append(want, values(v)...)
		}
		got := Concat(vs[0].Type, vs)
		if !reflect.DeepEqual(values(got), want) {
			t.Errorf("%s: %v, want %v", name, values(got), want)
		}
	}
}
