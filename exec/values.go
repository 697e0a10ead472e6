package exec

import (
	"math/bits"

	"github.com/argan-sql/argan/exec/eval"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/physical"
	"github.com/argan-sql/argan/types"
)

// values computes a constant relation.
func (q *query) values(n *physical.Values) (*stream, error) {
	builders := make([]*vector.Builder, len(n.Columns))
	for i, c := range n.Columns {
		builders[i] = vector.NewBuilder(c.Type, len(n.Rows))
	}
	env := q.newWorker(0).env
	one := vector.NewBatch(nil, 1)
	for _, row := range n.Rows {
		for i, e := range row {
			p, err := eval.Compile(e, env)
			if err != nil {
				return nil, err
			}
			v, err := p.Eval(one)
			if err != nil {
				return nil, err
			}
			if v.IsNull(0) {
				builders[i].AppendNull()
			} else {
				builders[i].AppendFrom(v, 0)
			}
		}
	}
	cols := make([]*vector.Vector, len(builders))
	for i, b := range builders {
		cols[i] = b.Finish()
	}
	return from(&columnSource{cols: cols, rows: len(n.Rows)}, n), nil
}

// morselRows is the number of rows of a morsel where the source can choose.
const morselRows = 64 << 10

// columnSource gives the rows of columns in memory.
type columnSource struct {
	cols []*vector.Vector
	rows int
	at   int
}

func (s *columnSource) size() int { return (s.rows + morselRows - 1) / morselRows }

func (s *columnSource) claim() (morsel, bool, error) {
	if s.at >= s.rows {
		return morsel{}, false, nil
	}
	m := morsel{from: s.at, to: min(s.at+morselRows, s.rows)}
	s.at = m.to
	return m, true, nil
}

func (s *columnSource) run(w *worker, m morsel, out operator) error {
	return w.pushRange(s.cols, m.from, m.to, out)
}

// batchSource gives batches that are in memory.
type batchSource struct {
	batches []*vector.Batch
	kept    []int // columns to give; nil: all
	at      int
}

func (s *batchSource) size() int {
	rows := 0
	for _, b := range s.batches {
		rows += b.Len()
	}
	return min(len(s.batches), rows/morselRows+1)
}

func (s *batchSource) claim() (morsel, bool, error) {
	if s.at >= len(s.batches) {
		return morsel{}, false, nil
	}
	m := morsel{from: s.at}
	for rows := 0; s.at < len(s.batches) && rows < morselRows; s.at++ {
		rows += s.batches[s.at].Len()
	}
	m.to = s.at
	return m, true, nil
}

func (s *batchSource) run(w *worker, m morsel, out operator) error {
	for _, b := range s.batches[m.from:m.to] {
		if s.kept != nil {
			cols := make([]*vector.Vector, len(s.kept))
			for i, k := range s.kept {
				cols[i] = b.Column(k)
			}
			b = vector.NewBatch(cols, b.Len())
		}
		if b.Len() <= w.q.batch {
			if err := w.alive(); err != nil {
				return err
			}
			// A fresh header: batches remember what was gathered of them, and this one is read by several workers.
			if err := out.push(&vector.Batch{Cols: b.Cols, Rows: b.Rows, Sel: b.Sel}); err != nil {
				return err
			}
			continue
		}
		b = (&vector.Batch{Cols: b.Cols, Rows: b.Rows, Sel: b.Sel}).Dense()
		if len(b.Cols) == 0 {
			if err := out.push(b); err != nil {
				return err
			}
			continue
		}
		if err := w.pushRange(b.Cols, 0, b.Rows, out); err != nil {
			return err
		}
	}
	return nil
}

// rangeSource gives the numbers of range().
type rangeSource struct {
	node *physical.Range
	at   uint64
}

// count is the number of rows.
func (s *rangeSource) count() uint64 {
	r := s.node
	var span, step uint64
	switch {
	case r.Step > 0 && r.End > r.Start:
		span, step = uint64(r.End)-uint64(r.Start), uint64(r.Step)
	case r.Step < 0 && r.End < r.Start:
		span, step = uint64(r.Start)-uint64(r.End), -uint64(r.Step)
	default:
		return 0
	}
	sum, carry := bits.Add64(span, step-1, 0)
	if carry != 0 {
		return (span-1)/step + 1
	}
	return sum / step
}

func (s *rangeSource) size() int { return int(min(s.count()/morselRows+1, 1<<20)) }

func (s *rangeSource) claim() (morsel, bool, error) {
	n := s.count()
	if s.at >= n {
		return morsel{}, false, nil
	}
	m := morsel{from: int(s.at), to: int(min(s.at+morselRows, n))}
	s.at = uint64(m.to)
	return m, true, nil
}

func (s *rangeSource) run(w *worker, m morsel, out operator) error {
	for at := m.from; at < m.to; at += w.q.batch {
		if err := w.alive(); err != nil {
			return err
		}
		n := min(w.q.batch, m.to-at)
		v := vector.New(types.LongType, n)
		x := s.node.Start + int64(at)*s.node.Step
		for i := range v.I64 {
			v.I64[i] = x
			x += s.node.Step
		}
		if err := out.push(vector.NewBatch([]*vector.Vector{v}, n)); err != nil {
			return err
		}
	}
	return nil
}
