package exec

import (
	"github.com/argan-sql/argan/exec/eval"
	"github.com/argan-sql/argan/exec/sortkey"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/planner/expr"
	"github.com/argan-sql/argan/planner/physical"
)

// sortSpec compiles sort keys: their expressions and the encoding of their values.
func sortSpec(keys []physical.SortKey) (es []expr.Expr, order []sortkey.Key) {
	for _, k := range keys {
		es = append(es, k.Expr)
		order = append(order, sortkey.Key{Type: k.Expr.Type(), Desc: k.Desc, NullsFirst: k.NullsFirst})
	}
	return es, order
}

func (q *query) sort(n *physical.Sort) (*stream, error) {
	s, err := q.stream(n.Input)
	if err != nil {
		return nil, err
	}
	es, order := sortSpec(n.Keys)
	x := newSorter(q, n, physical.Types(n.Input.Output()), es, order)
	if err := q.run(s, x.worker); err != nil {
		return nil, err
	}
	src, err := x.source()
	if err != nil {
		return nil, err
	}
	return from(src, n), nil
}

// sortedSource gives columns in the order of row numbers.
type sortedSource struct {
	cols  []*vector.Vector
	order []uint32
	at    int
}

func (s *sortedSource) size() int { return (len(s.order) + morselRows - 1) / morselRows }

func (s *sortedSource) claim() (morsel, bool, error) {
	if s.at >= len(s.order) {
		return morsel{}, false, nil
	}
	m := morsel{from: s.at, to: min(s.at+morselRows, len(s.order))}
	s.at = m.to
	return m, true, nil
}

func (s *sortedSource) run(w *worker, m morsel, out operator) error {
	for at := m.from; at < m.to; at += w.q.batch {
		if err := w.alive(); err != nil {
			return err
		}
		sel := s.order[at:min(at+w.q.batch, m.to)]
		cols := make([]*vector.Vector, len(s.cols))
		for i, c := range s.cols {
			cols[i] = vector.Gather(c, sel)
		}
		if err := out.push(vector.NewBatch(cols, len(sel))); err != nil {
			return err
		}
	}
	return nil
}

// keyed evaluates sort keys and encodes them.
type keyed struct {
	exprs *eval.Group
	enc   *sortkey.Encoder
}

func newKeyed(w *worker, es []expr.Expr, order []sortkey.Key) (*keyed, error) {
	g, err := eval.CompileGroup(es, w.env)
	return &keyed{g, sortkey.New(order)}, err
}

// append encodes the keys of a batch behind rows.
func (k *keyed) append(rows *sortkey.Rows, b *vector.Batch) error {
	cols, err := k.exprs.Eval(b)
	if err != nil {
		return err
	}
	k.enc.Append(rows, cols, b.Len())
	return nil
}
