package generator

import (
	"strings"
	"testing"

	"github.com/argan-sql/argan/exec/cast"
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// generate runs a generator over rows and prints what it makes: input row, then columns.
func generate(t *testing.T, name string, outer bool, consts []*vector.Vector, args ...*vector.Vector) string {
	t.Helper()
	g := function.FindGenerator(name)
	in := make([]function.Arg, len(args))
	for i, a := range args {
		in[i] = function.Arg{Type: a.Type, SQL: "x"}
		if consts != nil {
			in[i].Const = consts[i]
		}
	}
	b, err := g.Bind(in, false)
	if err != nil {
		return sqlerr.From(err).Class
	}
	cols, parent, err := b.Eval(&function.Context{}, args, args[0].Len, outer || g.Outer)
	if err != nil {
		return sqlerr.From(err).Class
	}
	if len(cols) != len(b.Columns) {
		t.Errorf("%s: %d columns for %d", name, len(cols), len(b.Columns))
	}
	var lines []string
	for i, p := range parent {
		line := string(rune('0' + p))
		for _, c := range cols {
			line += " " + cast.Hive(c, i, nil)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "|")
}

func TestGenerators(t *testing.T) {
	ints := vector.Of(types.NewArray(types.IntType, true), []any{int32(7), nil}, []any{}, nil, []any{int32(9)})
	maps := vector.Of(types.NewMap(types.StringType, types.IntType, true), []vector.Pair{{Key: "a", Value: int32(1)}, {Key: "b", Value: nil}})
	st := types.NewStruct(types.Field{Name: "n", Type: types.IntType}, types.Field{Name: "s", Type: types.StringType})
	structs := vector.Of(types.NewArray(st, true), []any{[]any{int32(1), "x"}, nil})
	two := vector.ConstOf(types.IntType, int32(2), 1)
	text := func(s string) *vector.Vector { return vector.Of(types.StringType, s) }
	n := func(x int) *vector.Vector { return vector.Of(types.IntType, int32(x)) }
	for _, c := range []struct {
		name  string
		outer bool
		args  []*vector.Vector
		want  string
	}{
		{"explode", false, []*vector.Vector{ints}, "0 7|0 NULL|3 9"},
		{"explode_outer", false, []*vector.Vector{ints}, "0 7|0 NULL|1 NULL|2 NULL|3 9"},
		{"posexplode", true, []*vector.Vector{ints}, "0 0 7|0 1 NULL|1 NULL NULL|2 NULL NULL|3 0 9"},
		{"explode", false, []*vector.Vector{maps}, "0 a 1|0 b NULL"},
		{"inline", false, []*vector.Vector{structs}, "0 1 x|0 NULL NULL"},
		{"stack", false, []*vector.Vector{two, n(1), text("a"), n(3)}, "0 1 a|0 3 NULL"},
		{"stack", false, []*vector.Vector{two, n(1), text("a")}, "DATATYPE_MISMATCH.STACK_COLUMN_DIFF_TYPES"},
		{"explode", false, []*vector.Vector{n(1)}, "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE"},
	} {
		if got := generate(t, c.name, c.outer, c.args, c.args...); got != c.want {
			t.Errorf("%s = %s, want %s", c.name, got, c.want)
		}
	}
}
