package exec

import (
	"sync"

	"github.com/argan-sql/argan/exec/eval"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/logical"
	"github.com/argan-sql/argan/planner/physical"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// nestedLoop joins on any condition: the right side is kept, and each batch of the left side meets each batch of it.
func (q *query) nestedLoop(n *physical.NestedLoopJoin) (*stream, error) {
	right, err := q.stream(n.Right)
	if err != nil {
		return nil, err
	}
	c := newCollector(q, physical.Types(n.Right.Output()), n)
	if err := q.run(right, c.worker); err != nil {
		return nil, err
	}
	r, err := c.finish()
	if err != nil {
		return nil, err
	}
	left, err := q.stream(n.Left)
	if err != nil {
		return nil, err
	}
	j := &loopJoin{node: n, right: r, leftWidth: len(n.Left.Output())}
	for _, c := range append(append([]physical.Column{}, n.Left.Output()...), n.Right.Output()...) {
		j.types = append(j.types, c.Type)
	}
	if n.Kind == logical.RightOuter || n.Kind == logical.FullOuter {
		j.matched = make([]bool, r.n)
	}
	left.then(n, func(w *worker, next operator) (operator, error) {
		op := &loopOp{j: j, w: w, next: next}
		if n.Condition != nil {
			var err error
			if op.condition, err = eval.Compile(n.Condition, w.env); err != nil {
				return nil, err
			}
		}
		return op, nil
	})
	if j.matched != nil {
		left.branches = append(left.branches, &branch{src: &loopRest{j: j}, node: n, after: true})
	}
	return left, nil
}

// loopJoin is the shared state of a nested-loop join.
type loopJoin struct {
	node      *physical.NestedLoopJoin
	right     *rows
	leftWidth int
	types     []*types.Type
	mu        sync.Mutex
	matched   []bool // right rows that have a partner, for right and full joins
}

// eachRight gives the right side's batches with the number of their first row.
func (j *loopJoin) eachRight(w *worker, f func(b *vector.Batch, from int) error) error {
	at := 0
	for _, b := range j.right.batches {
		if err := f(b, at); err != nil {
			return err
		}
		at += b.Rows
	}
	for _, file := range j.right.files {
		r := file.Reader()
		for {
			if err := w.alive(); err != nil {
				return err
			}
			b, err := r.Next()
			if err != nil {
				return err
			}
			if b == nil {
				break
			}
			if err := f(b, at); err != nil {
				return err
			}
			at += b.Rows
		}
	}
	return nil
}

// loopOp joins a worker's left rows.
type loopOp struct {
	j         *loopJoin
	w         *worker
	next      operator
	condition *eval.Program
}

func (o *loopOp) flush() error { return o.next.flush() }

func (o *loopOp) push(b *vector.Batch) error {
	j := o.j
	kind := j.node.Kind
	b = b.Dense()
	hit := make([]bool, b.Rows)     // condition true
	unknown := make([]bool, b.Rows) // condition NULL for some partner
	existence := kind == logical.LeftSemi || kind == logical.LeftAnti || kind == logical.Mark
	err := j.eachRight(o.w, func(r *vector.Batch, from int) error {
		// One side's row stands against all rows of the other side's batch: the shorter side gives the single rows.
		if b.Rows < r.Rows {
			for i := 0; i < b.Rows; i++ {
				if existence && hit[i] {
					continue
				}
				sel, null, err := o.test(o.single(b, i, r, true), r.Rows)
				if err != nil {
					return err
				}
				unknown[i] = unknown[i] || null != nil
				if err := o.found(b, r, from, hit, len(sel), func(k int) (int, int) { return i, int(sel[k]) }); err != nil {
					return err
				}
			}
			return nil
		}
		for i := 0; i < r.Rows; i++ {
			sel, null, err := o.test(o.single(r, i, b, false), b.Rows)
			if err != nil {
				return err
			}
			for _, x := range null {
				unknown[x] = true
			}
			if err := o.found(b, r, from, hit, len(sel), func(k int) (int, int) { return int(sel[k]), i }); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	switch {
	case existence:
		return o.existence(b, hit, unknown)
	case kind == logical.LeftOuter || kind == logical.FullOuter || kind == logical.Single:
		var sel []uint32
		for i, h := range hit {
			if !h {
				sel = append(sel, uint32(i))
			}
		}
		if len(sel) == 0 {
			return nil
		}
		cols := make([]*vector.Vector, len(j.node.Kept))
		for c, k := range j.node.Kept {
			if k < j.leftWidth {
				cols[c] = vector.Gather(b.Cols[k], sel)
			} else {
				cols[c] = vector.NullConst(j.types[k], len(sel))
			}
		}
		return o.next.push(vector.NewBatch(cols, len(sel)))
	}
	return nil
}

// single is the batch of row i of one against all rows of many; left says that one is of the left side.
func (o *loopOp) single(one *vector.Batch, i int, many *vector.Batch, left bool) *vector.Batch {
	cols := make([]*vector.Vector, len(o.j.types))
	at, other := 0, o.j.leftWidth
	if !left {
		at, other = other, 0
	}
	for c, v := range one.Cols {
		cols[at+c] = constRow(v, i, many.Rows)
	}
	copy(cols[other:], many.Cols)
	return vector.NewBatch(cols, many.Rows)
}

// constRow is row i of v for n rows.
func constRow(v *vector.Vector, i, n int) *vector.Vector {
	if v.Form == vector.Const {
		c := *v
		c.Len = n
		return &c
	}
	c := *vector.Flatten(vector.Slice(v, i, i+1))
	c.Form, c.Len = vector.Const, n
	return &c
}

// test gives the rows for which the condition is true, and those for which it is unknown.
func (o *loopOp) test(b *vector.Batch, n int) (yes, unknown []uint32, err error) {
	if err := o.w.alive(); err != nil {
		return nil, nil, err
	}
	if o.condition == nil {
		yes = make([]uint32, n)
		for i := range yes {
			yes[i] = uint32(i)
		}
		return yes, nil, nil
	}
	v, err := o.condition.Eval(b)
	if err != nil {
		return nil, nil, err
	}
	nulls := v.Nulls()
	bools := v.Bools
	if v.Type.Kind != types.Null {
		bools = vector.Flatten(v).Bools
	}
	for i := 0; i < n; i++ {
		switch {
		case !nulls.Get(i):
			unknown = append(unknown, uint32(i))
		case bools[i]:
			yes = append(yes, uint32(i))
		}
	}
	return yes, unknown, nil
}

// found handles n pairs of rows of b and r that match.
func (o *loopOp) found(b, r *vector.Batch, from int, hit []bool, n int, pair func(k int) (left, right int)) error {
	j := o.j
	kind := j.node.Kind
	if n == 0 {
		return nil
	}
	left, right := make([]uint32, n), make([]uint32, n)
	for k := range left {
		l, x := pair(k)
		if hit[l] && kind == logical.Single {
			return sqlerr.New("SCALAR_SUBQUERY_TOO_MANY_ROWS")
		}
		hit[l] = true
		left[k], right[k] = uint32(l), uint32(x)
	}
	if j.matched != nil {
		j.mu.Lock()
		for _, x := range right {
			j.matched[from+int(x)] = true
		}
		j.mu.Unlock()
	}
	switch kind {
	case logical.LeftSemi, logical.LeftAnti, logical.Mark:
		return nil
	}
	cols := make([]*vector.Vector, len(j.node.Kept))
	for c, k := range j.node.Kept {
		if k < j.leftWidth {
			cols[c] = vector.Gather(b.Cols[k], left)
		} else {
			cols[c] = vector.Gather(r.Cols[k-j.leftWidth], right)
		}
	}
	return o.next.push(vector.NewBatch(cols, n))
}

// existence gives left rows by whether they have a partner.
func (o *loopOp) existence(b *vector.Batch, hit, unknown []bool) error {
	j := o.j
	aware := j.node.NullAware
	cols := make([]*vector.Vector, 0, len(j.node.Kept)+1)
	for _, k := range j.node.Kept {
		cols = append(cols, b.Cols[k])
	}
	if j.node.Kind == logical.Mark {
		mark := &vector.Vector{Type: types.BooleanType, Len: b.Rows, Bools: hit}
		for i := range hit {
			if aware && unknown[i] && !hit[i] {
				if mark.Valid == nil {
					mark.Valid = vector.NewBitmap(b.Rows, true)
				}
				mark.Valid.Clear(i)
			}
		}
		return o.next.push(vector.NewBatch(append(cols, mark), b.Rows))
	}
	var sel []uint32
	for i, h := range hit {
		if h == (j.node.Kind == logical.LeftSemi) && (h || !aware || !unknown[i]) {
			sel = append(sel, uint32(i))
		}
	}
	if len(sel) == 0 {
		return nil
	}
	return o.next.push(vector.NewBatch(cols, b.Rows).Select(sel))
}

// loopRest gives the right rows without partner.
type loopRest struct {
	j    *loopJoin
	done bool
}

func (r *loopRest) size() int { return 1 }

func (r *loopRest) claim() (morsel, bool, error) {
	if r.done {
		return morsel{}, false, nil
	}
	r.done = true
	return morsel{}, true, nil
}

func (r *loopRest) run(w *worker, _ morsel, out operator) error {
	j := r.j
	return j.eachRight(w, func(b *vector.Batch, from int) error {
		var sel []uint32
		for i := 0; i < b.Rows; i++ {
			if !j.matched[from+i] {
				sel = append(sel, uint32(i))
			}
		}
		if len(sel) == 0 {
			return nil
		}
		cols := make([]*vector.Vector, len(j.node.Kept))
		for c, k := range j.node.Kept {
			if k < j.leftWidth {
				cols[c] = vector.NullConst(j.types[k], len(sel))
			} else {
				cols[c] = vector.Gather(b.Cols[k-j.leftWidth], sel)
			}
		}
		return out.push(vector.NewBatch(cols, len(sel)))
	})
}
