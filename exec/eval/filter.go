package eval

import (
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/expr"
)

// Filter keeps the rows for which all its terms are true.
type Filter struct {
	terms []*term
	// rows is where the rows of a batch are gathered before those that pass are copied: a large array per worker, not per batch.
	rows []uint32
}

// term is a condition of a filter.
type term struct {
	root node
	// column is the only column that a deterministic term reads, -1 if there are others: on a dictionary it is evaluated once.
	column int
	alone  node // root over a batch whose only column is that one
	dict   *vector.Vector
	pass   []bool // per entry of dict
	null   bool   // for NULL rows
	seen   int
	failed bool
}

// CompileFilter makes a filter of conditions that must all be true.
func CompileFilter(conditions []expr.Expr, env *Env) (*Filter, error) {
	f := &Filter{}
	for _, cond := range conditions {
		for _, e := range expr.Terms(cond) {
			t := &term{column: onlyColumn(e)}
			c := &compiler{env: env, slots: map[expr.ID]int{}}
			var err error
			if t.root, err = c.compile(e); err != nil {
				return nil, err
			}
			if t.column >= 0 {
				moved := expr.Transform(e, func(x expr.Expr) expr.Expr {
					if o, ok := x.(*expr.Ordinal); ok {
						return &expr.Ordinal{Name: o.Name, T: o.T, Null: true}
					}
					return x
				})
				c = &compiler{env: env, slots: map[expr.ID]int{}}
				if t.alone, err = c.compile(moved); err != nil {
					return nil, err
				}
			}
			f.terms = append(f.terms, t)
		}
	}
	return f, nil
}

// onlyColumn is the column that e reads when it is the only one and e is deterministic; else -1.
func onlyColumn(e expr.Expr) int {
	if expr.Volatile(e) {
		return -1
	}
	col := -1
	several := false
	expr.Walk(e, func(x expr.Expr) bool {
		if o, ok := x.(*expr.Ordinal); ok {
			several = several || col >= 0 && col != o.Index
			col = o.Index
		}
		return true
	})
	if several {
		return -1
	}
	return col
}

// Apply gives the rows of b for which all terms are true: b itself when all are.
func (f *Filter) Apply(b *vector.Batch) (*vector.Batch, error) {
	for _, t := range f.terms {
		n := b.Len()
		if n == 0 {
			return b, nil
		}
		if cap(f.rows) < n {
			f.rows = make([]uint32, 0, max(n, vector.BatchSize))
		}
		sel, err := t.rows(b, f.rows[:0])
		if err != nil {
			return nil, err
		}
		if len(sel) < n {
			if b.Sel == nil {
				sel = append(make([]uint32, 0, len(sel)), sel...)
			}
			b = b.Select(sel)
		}
	}
	return b, nil
}

// rows appends the rows of b for which the term is true to out, which is empty.
func (t *term) rows(b *vector.Batch, out []uint32) ([]uint32, error) {
	n := b.Len()
	if t.column >= 0 && b.Cols[t.column].Form == vector.Dict {
		v := b.Column(t.column)
		ok, err := t.learn(v, n)
		if err != nil {
			return nil, err
		}
		if ok {
			if v.Valid != nil && t.null {
				return t.rowsWithNull(v, out), nil
			}
			return passCodes(v, t.pass, out), nil
		}
	}
	if s, ok := t.root.(selector); ok {
		return s.selectRows(&frame{b: b, n: n}, out)
	}
	v, err := t.root.eval(&frame{b: b, n: n})
	if err != nil {
		return nil, err
	}
	return trueRows(v, out), nil
}

// selector is a node that finds the rows for which it is true without making a vector of booleans.
type selector interface {
	selectRows(f *frame, out []uint32) ([]uint32, error)
}

func (t *term) rowsWithNull(v *vector.Vector, out []uint32) []uint32 {
	for i, c := range v.Codes[:v.Len] {
		if t.pass[c] && v.Valid.Get(i) || !v.Valid.Get(i) {
			out = append(out, uint32(i))
		}
	}
	return out
}

// learn evaluates the term on v's dictionary, if that is worth it.
func (t *term) learn(v *vector.Vector, n int) (bool, error) {
	d := v.Dictionary
	if t.dict != d {
		t.dict, t.pass, t.seen, t.failed = d, nil, 0, false
	}
	if t.pass != nil {
		return true, nil
	}
	t.seen += n
	if t.failed || d.Len > smallDict && d.Len > n && d.Len > t.seen/2 {
		return false, nil
	}
	r, err := t.alone.eval(&frame{b: vector.NewBatch([]*vector.Vector{d}, d.Len), n: d.Len})
	if err != nil {
		// An entry that perhaps no row has: the rows will tell.
		t.failed = true
		return false, nil //nolint:nilerr // said above
	}
	one, err := t.alone.eval(&frame{b: vector.NewBatch([]*vector.Vector{vector.NullConst(d.Type, 1)}, 1), n: 1})
	if err != nil {
		return false, err
	}
	t.null = len(trueRows(one, nil)) == 1
	vals, valid := bools(r)
	t.pass = make([]bool, d.Len)
	for i := range t.pass {
		t.pass[i] = vals[i] && valid.Get(i)
	}
	return true, nil
}
