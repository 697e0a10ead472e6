package window

import (
	"strings"
	"testing"

	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

func TestWindowFunctions(t *testing.T) {
	// Keys 1 1 2 3 3; the frame is the row before, the row and the one after.
	base := function.Frame{Rows: 5, Peer: []int32{0, 0, 2, 3, 3}, PeerEnd: []int32{2, 2, 3, 5, 5}, Start: []int32{0, 0, 1, 2, 3}, End: []int32{2, 3, 4, 5, 5}}
	v := vector.Of(types.IntType, int32(10), nil, int32(30), nil, int32(50))
	k := func(n int32) *vector.Vector { return vector.ConstOf(types.IntType, n, 5) }
	for _, c := range []struct {
		name    string
		args    []*vector.Vector
		ignores bool
		want    string
	}{
		{"row_number", nil, false, "1 2 3 4 5"},
		{"rank", nil, false, "1 1 3 4 4"},
		{"dense_rank", nil, false, "1 1 2 3 3"},
		{"percent_rank", nil, false, "0.0 0.0 0.5 0.75 0.75"},
		{"cume_dist", nil, false, "0.4 0.4 0.6 1.0 1.0"},
		{"ntile", []*vector.Vector{k(2)}, false, "1 1 1 2 2"},
		{"ntile", []*vector.Vector{k(7)}, false, "1 2 3 4 5"},
		{"lag", []*vector.Vector{v}, false, "NULL 10 NULL 30 NULL"},
		{"lag", []*vector.Vector{v}, true, "NULL 10 10 30 30"},
		{"lag", []*vector.Vector{v, k(2), k(7)}, false, "7 7 10 NULL 30"},
		{"lag", []*vector.Vector{v, k(-1)}, false, "NULL 30 NULL 50 NULL"},
		{"lead", []*vector.Vector{v, k(1)}, true, "30 30 50 50 NULL"},
		{"first_value", []*vector.Vector{v}, false, "10 10 NULL 30 NULL"},
		{"first_value", []*vector.Vector{v}, true, "10 10 30 30 50"},
		{"last_value", []*vector.Vector{v}, false, "NULL 30 NULL 50 50"},
		{"last", []*vector.Vector{v, vector.ConstOf(types.BooleanType, true, 5)}, false, "10 30 30 50 50"},
		{"nth_value", []*vector.Vector{v, k(2)}, false, "NULL NULL 30 NULL 50"},
		{"nth_value", []*vector.Vector{v, k(2)}, true, "NULL 30 NULL 50 NULL"},
	} {
		args := make([]function.Arg, len(c.args))
		for i, a := range c.args {
			args[i] = function.Arg{Type: a.Type}
			if a.Form == vector.Const {
				args[i].Const = vector.Slice(a, 0, 1)
			}
		}
		b, err := function.FindWindow(c.name).Bind(args, c.ignores, false)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		f := base
		f.Args = c.args
		r, err := b.Eval(&function.Context{}, &f)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for i := 0; i < r.Len; i++ {
			got = append(got, cast.Hive(r, i, nil))
		}
		if g := strings.Join(got, " "); g != c.want {
			t.Errorf("%s ignoring NULLs %t: %s, want %s", c.name, c.ignores, g, c.want)
		}
	}
	for name, args := range map[string][]function.Arg{
		"ntile":     {{Type: types.IntType, Const: vector.Of(types.IntType, int32(0))}},
		"nth_value": {{Type: types.IntType}, {Type: types.IntType}},
	} {
		if _, err := function.FindWindow(name).Bind(args, false, false); !sqlerr.Is(err, "DATATYPE_MISMATCH") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
