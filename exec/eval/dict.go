package eval

import (
	"github.com/argan-sql/argan/exec/vector"
)

// smallDict is the size up to which a dictionary is evaluated at once when it is first met; a larger one is when as many
// of its rows have come by.
const smallDict = 1024

// dictMemo keeps the result of an expression over the last dictionary seen.
type dictMemo struct {
	source *vector.Vector // the dictionary
	result *vector.Vector // the expression's value per entry, Flat
	seen   int            // rows that came with source
	failed bool           // an entry that perhaps no row has made the expression fail
}

// worth says whether v's dictionary should be evaluated instead of its n rows.
func (m *dictMemo) worth(v *vector.Vector, n int) bool {
	d := v.Dictionary
	if m.source != d {
		*m = dictMemo{source: d}
	}
	m.seen += n
	return !m.failed && (m.result != nil || d.Len <= smallDict || d.Len <= n || d.Len <= m.seen/2)
}

// eval gives the expression's value for v, whose dictionary was just found worth it: v's codes into the result. An
// error makes it evaluate the rows themselves, as entries without rows must not fail a statement.
func (m *dictMemo) eval(v *vector.Vector, compute func(entries *vector.Vector) (*vector.Vector, error)) (*vector.Vector, error) {
	if m.result == nil {
		r, err := compute(v.Dictionary)
		if err != nil {
			m.failed = true
			return compute(vector.Flatten(v))
		}
		m.result = vector.Flatten(r)
	}
	return &vector.Vector{Type: m.result.Type, Form: vector.Dict, Len: v.Len, Valid: v.Valid, Codes: v.Codes, Dictionary: m.result}, nil
}

// withNulls is v with the rows that are clear in valid NULL too.
func withNulls(v *vector.Vector, valid vector.Bitmap) *vector.Vector {
	if valid == nil || v.Form == vector.Const && !v.Valid.Get(0) {
		return v
	}
	if v.Form == vector.Const {
		v = vector.Flatten(v)
	}
	out := *v
	out.Valid = vector.And(v.Valid, valid, v.Len)
	return &out
}
