// Package generator holds the table-generating functions: explode, inline, stack and their kin.
//
// In: vectors of arrays or maps, or of anything for stack. Out: columns of generated rows, with the input row that each
// comes from. The _outer forms give a row of NULLs for an input row that gives none.
package generator

import (
	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/function/bind"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

func init() {
	bind.Generators(
		generator("explode", "The elements of an array, or the keys and values of a map, one a row.", "SELECT explode(array(10, 20));\n 10\n 20", bindExplode("explode", false)),
		generator("posexplode", "As explode, with the position from 0.", "SELECT posexplode(array(10, 20));\n 0	10\n 1	20", bindExplode("posexplode", true)),
		generator("inline", "The structs of an array, one a row, a column a field.", "SELECT inline(array(struct(1, 'a'), struct(2, 'b')));\n 1	a\n 2	b", bindInline),
		generator("explode_outer", "As explode, with a row of NULLs for an empty or NULL collection.", "SELECT explode_outer(array(10, 20));\n 10\n 20", bindExplode("explode_outer", false)),
		generator("posexplode_outer", "As posexplode, with a row of NULLs for an empty or NULL collection.", "SELECT posexplode_outer(array(10, 20));\n 0	10\n 1	20", bindExplode("posexplode_outer", true)),
		generator("inline_outer", "As inline, with a row of NULLs for an empty or NULL array.", "SELECT inline_outer(array(struct(1, 'a'), struct(2, 'b')));\n 1	a\n 2	b", bindInline),
		&function.Generator{
			Name: "stack", MinArgs: 2, MaxArgs: -1, Since: "2.0.0",
			Doc:     "The values cut into n rows.",
			Usage:   "stack(n, expr1, ..., exprk)",
			Example: "> SELECT stack(2, 1, 2, 3);\n 1	2\n 3	NULL",
			Bind:    bindStack,
		},
	)
}

func generator(name, doc, example string, bindOne func([]function.Arg, bool) (*function.BoundGenerator, error)) *function.Generator {
	const suffix = "_outer"
	outer := len(name) > len(suffix) && name[len(name)-len(suffix):] == suffix
	return &function.Generator{Name: name, MinArgs: 1, MaxArgs: 1, Since: "1.0.0", Outer: outer, Doc: doc, Usage: name + "(expr)", Example: "> " + example, Bind: bindOne}
}

func bindExplode(name string, position bool) func([]function.Arg, bool) (*function.BoundGenerator, error) {
	return func(args []function.Arg, _ bool) (*function.BoundGenerator, error) {
		t := args[0].Type
		var cols []types.Field
		if position {
			cols = append(cols, types.Field{Name: "pos", Type: types.IntType})
		}
		switch t.Kind {
		case types.Array:
			cols = append(cols, types.Field{Name: "col", Type: t.Elem, Nullable: t.ElemNullable})
		case types.Map:
			cols = append(cols, types.Field{Name: "key", Type: t.Key}, types.Field{Name: "value", Type: t.Elem, Nullable: t.ElemNullable})
		default:
			return nil, bind.Unexpected(name, args, 0, `("ARRAY" or "MAP")`)
		}
		return &function.BoundGenerator{Args: []*types.Type{t}, Columns: cols, Eval: explode(position)}, nil
	}
}

// rows are generated rows: the element each shows (-1 for a row of NULLs), the input row and the position.
type rows struct {
	element []int
	parent  []uint32
	pos     []int32
}

// unroll walks over the elements of all rows of a Flat list vector.
func unroll(v *vector.Vector, n int, outer bool) rows {
	total := 0
	for i := 0; i < n; i++ {
		if v.Valid.Get(i) {
			total += int(v.Ranges[i].Len)
		}
	}
	r := rows{element: make([]int, 0, total), parent: make([]uint32, 0, total), pos: make([]int32, 0, total)}
	for i := 0; i < n; i++ {
		if !v.Valid.Get(i) || v.Ranges[i].Len == 0 {
			if outer {
				r.element, r.parent, r.pos = append(r.element, -1), append(r.parent, uint32(i)), append(r.pos, 0)
			}
			continue
		}
		x := v.Ranges[i]
		for k := 0; k < int(x.Len); k++ {
			r.element, r.parent, r.pos = append(r.element, int(x.Off)+k), append(r.parent, uint32(i)), append(r.pos, int32(k))
		}
	}
	return r
}

// missing is the validity of rows that show an element; nil when all do.
func (r rows) missing() vector.Bitmap {
	var valid vector.Bitmap
	for i, e := range r.element {
		if e < 0 {
			if valid == nil {
				valid = vector.NewBitmap(len(r.element), true)
			}
			valid.Clear(i)
		}
	}
	return valid
}

// take gives a column of the elements.
func (r rows) take(v *vector.Vector) *vector.Vector {
	if v.Len == 0 {
		return vector.NullConst(v.Type, len(r.element))
	}
	sel := make([]uint32, len(r.element))
	for i, e := range r.element {
		sel[i] = uint32(max(e, 0))
	}
	out := vector.Gather(vector.Flatten(v), sel)
	out.Valid = vector.And(out.Valid, r.missing(), len(sel))
	return out
}

func explode(position bool) func(*function.Context, []*vector.Vector, int, bool) ([]*vector.Vector, []uint32, error) {
	return func(_ *function.Context, args []*vector.Vector, n int, outer bool) ([]*vector.Vector, []uint32, error) {
		v := vector.Flatten(args[0])
		r := unroll(v, n, outer)
		var cols []*vector.Vector
		if position {
			cols = append(cols, &vector.Vector{Type: types.IntType, Len: len(r.pos), I32: r.pos, Valid: r.missing()})
		}
		for _, c := range v.Children {
			cols = append(cols, r.take(c))
		}
		return cols, r.parent, nil
	}
}

func bindInline(args []function.Arg, _ bool) (*function.BoundGenerator, error) {
	t := args[0].Type
	if t.Kind != types.Array || t.Elem.Kind != types.Struct {
		return nil, bind.Unexpected("inline", args, 0, `"ARRAY<STRUCT>"`)
	}
	cols := make([]types.Field, len(t.Elem.Fields))
	for i, f := range t.Elem.Fields {
		cols[i] = types.Field{Name: f.Name, Type: f.Type, Nullable: f.Nullable || t.ElemNullable}
	}
	return &function.BoundGenerator{Args: []*types.Type{t}, Columns: cols, Eval: func(_ *function.Context, args []*vector.Vector, n int, outer bool) ([]*vector.Vector, []uint32, error) {
		v := vector.Flatten(args[0])
		r := unroll(v, n, outer)
		entries := vector.Flatten(v.Children[0])
		out := make([]*vector.Vector, len(entries.Children))
		for k, c := range entries.Children {
			field := *vector.Flatten(c)
			field.Valid = vector.And(field.Valid, entries.Valid, entries.Len)
			out[k] = r.take(&field)
		}
		return out, r.parent, nil
	}}, nil
}
