package cast

import (
	"bytes"
	"unicode/utf8"

	"github.com/argan-sql/argan/exec/function"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// bindNested casts arrays, maps and structs by casting their parts.
func bindNested(from, to *types.Type, mode Mode) (Func, error) {
	var fromParts, toParts []*types.Type
	switch from.Kind {
	case types.Array:
		fromParts, toParts = []*types.Type{from.Elem}, []*types.Type{to.Elem}
	case types.Map:
		fromParts, toParts = []*types.Type{from.Key, from.Elem}, []*types.Type{to.Key, to.Elem}
	default:
		for i, f := range from.Fields {
			fromParts, toParts = append(fromParts, f.Type), append(toParts, to.Fields[i].Type)
		}
	}
	casts := make([]Func, len(fromParts))
	for i := range casts {
		f, err := Bind(fromParts[i], toParts[i], mode)
		if err != nil {
			return nil, err
		}
		casts[i] = f
	}
	var nested Func
	nested = func(ctx *function.Context, v *vector.Vector) (*vector.Vector, error) {
		out := *v
		out.Type = to
		if v.Form == vector.Dict {
			d, err := nested(ctx, v.Dictionary)
			if err != nil {
				return nil, err
			}
			out.Dictionary = d
			return &out, nil
		}
		out.Children = make([]*vector.Vector, len(casts))
		for i, c := range v.Children {
			// Elements that no row shows may hold anything, but then a strict cast could fail on them: hide them.
			if mode.strict() {
				c = hide(v, c)
			}
			r, err := casts[i](ctx, c)
			if err != nil {
				return nil, err
			}
			out.Children[i] = r
		}
		return &out, nil
	}
	return nested, nil
}

// hide makes the elements NULL that no valid row of the parent v shows.
func hide(v, child *vector.Vector) *vector.Vector {
	if v.Valid == nil && v.Type.Kind == types.Struct {
		return child
	}
	seen := vector.NewBitmap(child.Len, false)
	rows := v.Len
	if v.Form == vector.Const {
		rows = 1
	}
	for i := 0; i < rows; i++ {
		if !v.Valid.Get(i) {
			continue
		}
		if v.Type.Kind == types.Struct {
			seen.Set(i)
			continue
		}
		r := v.Ranges[i]
		for k := r.Off; k < r.Off+r.Len; k++ {
			seen.Set(int(k))
		}
	}
	if seen.AllValid(child.Len) {
		return child
	}
	f := vector.Flatten(child)
	c := *f
	c.Valid = vector.And(f.Valid, seen, f.Len)
	return &c
}

// bindLength is a write into char(n) or varchar(n): blanks at the end may be cut, other text must fit, char is padded.
func bindLength(from, to *types.Type) (Func, error) {
	inner, err := Bind(from, types.StringType, Store)
	if err != nil {
		return nil, err
	}
	return func(ctx *function.Context, v *vector.Vector) (*vector.Vector, error) {
		s, err := inner(ctx, v)
		if err != nil {
			return nil, err
		}
		s = vector.Flatten(s)
		out := vector.NewBuilder(to, s.Len)
		for i := 0; i < s.Len; i++ {
			if s.IsNull(i) {
				out.AppendNull()
				continue
			}
			b, err := fitLength(s.Bytes(i), to)
			if err != nil {
				return nil, err
			}
			out.AppendBytes(b)
		}
		return out.Finish(), nil
	}, nil
}

func fitLength(b []byte, to *types.Type) ([]byte, error) {
	n := utf8.RuneCount(b)
	switch {
	case n == to.Length:
		return b, nil
	case n < to.Length:
		if to.Kind == types.Char {
			return append(b[:len(b):len(b)], bytes.Repeat([]byte{' '}, to.Length-n)...), nil
		}
		return b, nil
	}
	for n > to.Length && b[len(b)-1] == ' ' {
		b = b[:len(b)-1]
		n--
	}
	if n > to.Length {
		return nil, sqlerr.New("EXCEED_LIMIT_LENGTH", "limit", itoa(to.Length))
	}
	return b, nil
}
