package exec

import (
	"sync"

	"github.com/argan-sql/argan/catalog"
	"github.com/argan-sql/argan/exec/vector"
)

// piecesSource gives the rows of a catalog.Pieces: what comes is taken in order, and decoded by whoever took it.
type piecesSource struct {
	scan   *scanSource
	src    catalog.Pieces
	fields []int // numbers in the source's schema
	at     []int // their places in the scan
	cursor catalog.Cursor

	mu     sync.Mutex
	given  int
	pieces map[int]catalog.Piece // claimed and not run yet
	chains map[*worker]*scanWorker
}

// pieces makes a source of the scan's columns. The read is ended with the query, however that ends.
func (s *scanSource) pieces(src catalog.Pieces) *piecesSource {
	p := &piecesSource{scan: s, src: src, pieces: map[int]catalog.Piece{}, chains: map[*worker]*scanWorker{}}
	for i, f := range s.node.Fields {
		if f >= 0 {
			p.fields, p.at = append(p.fields, f), append(p.at, i)
		}
	}
	return p
}

func (s *piecesSource) size() int { return -1 }

func (s *piecesSource) claim() (morsel, bool, error) {
	q := s.scan.q
	if s.scan.node.Limit >= 0 && s.scan.given.Load() >= s.scan.node.Limit {
		return morsel{}, false, nil
	}
	if s.cursor == nil {
		c, err := s.src.Open(q.ctx, s.fields, s.scan.node.Predicate)
		if err != nil {
			return morsel{}, false, err
		}
		s.cursor = c
		q.atEnd(c.Close)
	}
	piece, err := s.cursor.Next(q.ctx)
	if err != nil || piece == nil {
		s.cursor.Close() // the next branch of a union may want what this one holds
		return morsel{}, false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.given++
	s.pieces[s.given] = piece
	return morsel{part: s.given}, true, nil
}

func (s *piecesSource) run(w *worker, m morsel, out operator) error {
	s.mu.Lock()
	piece := s.pieces[m.part]
	delete(s.pieces, m.part)
	sw := s.chains[w]
	s.mu.Unlock()
	if sw == nil {
		var err error
		if sw, err = s.scan.newWorker(w); err != nil {
			return err
		}
		s.mu.Lock()
		s.chains[w] = sw
		s.mu.Unlock()
	}
	return piece.Batches(func(b *vector.Batch) error { return sw.batch(w, b, s.at, out) })
}

// batch puts a batch of some of the scan's columns, whose places are at, through the scan's conditions and hands it on.
func (sw *scanWorker) batch(w *worker, b *vector.Batch, at []int, out operator) error {
	if err := w.alive(); err != nil {
		return err
	}
	node := sw.s.node
	n := b.Len()
	cols := make([]*vector.Vector, len(node.Fields))
	for k, i := range at {
		cols[i] = b.Column(k)
	}
	for i, c := range cols {
		if c == nil {
			cols[i] = vector.NullConst(node.Columns[i].Type, n)
		}
	}
	if p := w.q.env.Progress; p != nil {
		p.rows.Add(int64(n))
	}
	b, err := sw.conditions(w, vector.NewBatch(cols, n))
	if err != nil {
		return err
	}
	return sw.push(b, out)
}
