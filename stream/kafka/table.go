package kafka

import (
	"context"
	"math"
	"strings"

	"github.com/argan-sql/argan/catalog"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// Table is Kafka's topics as a table that is read in a batch: from where its options say to where they say.
type Table struct {
	name    []string
	options Options
	props   map[string]string
}

// NewTable makes a table of options. Brokers are asked when it is read.
func NewTable(name []string, o Options, properties map[string]string) *Table {
	return &Table{name, o, properties}
}

// Name is the table's name.
func (t *Table) Name() []string { return t.name }

// Provider is kafka.
func (t *Table) Provider() string { return "kafka" }

// Location is nowhere on disk.
func (t *Table) Location() string { return "" }

// Options are what it reads.
func (t *Table) Options() Options { return t.options }

// Snapshot is the table between its offsets, which are found when it is read. There are no versions.
func (t *Table) Snapshot(_ context.Context, at catalog.At) (catalog.Snapshot, error) {
	if at.Version != nil || at.Timestamp != nil {
		return nil, sqlerr.New("UNSUPPORTED_FEATURE.TIME_TRAVEL", "relationId", types.Quote(strings.Join(t.name, "."))).WithHint("startingTimestamp and endingTimestamp read what came in a time.")
	}
	return &snapshot{rowless{t.options.Schema(), t.props, catalog.Statistics{Rows: -1, Bytes: -1}}, t.options}, nil
}

// rowless is what snapshots without files have in common.
type rowless struct {
	schema *types.Type
	props  map[string]string
	stats  catalog.Statistics
}

func (r *rowless) Schema() *types.Type            { return r.schema }
func (r *rowless) PartitionColumns() []string     { return nil }
func (r *rowless) Properties() map[string]string  { return r.props }
func (r *rowless) Version() int64                 { return -1 }
func (r *rowless) Statistics() catalog.Statistics { return r.stats }

// Files: none.
func (r *rowless) Files(context.Context, catalog.Predicate) ([]catalog.File, int, error) {
	return nil, 0, nil
}

// snapshot is a batch read.
type snapshot struct {
	rowless
	options Options
}

// Open connects, finds the offsets, and leaves out what the predicate rules out.
func (t *snapshot) Open(ctx context.Context, columns []int, predicate catalog.Predicate) (catalog.Cursor, error) {
	s, err := Open(ctx, t.options)
	if err != nil {
		return nil, err
	}
	c, err := s.batch(ctx, columns, predicate)
	if err != nil {
		s.Close()
		return nil, err
	}
	return &tableCursor{c, s.Close}, nil
}

// Batches gives the rows one piece after the other.
func (t *snapshot) Batches(ctx context.Context, columns []int, f func(*vector.Batch) error) error {
	return drain(ctx, t, columns, f)
}

// batch starts a read from the source's own start to its own end.
func (s *Source) batch(ctx context.Context, columns []int, predicate catalog.Predicate) (*Cursor, error) {
	from, err := s.Start(ctx)
	if err != nil {
		return nil, err
	}
	to, err := s.End(ctx)
	if err != nil {
		return nil, err
	}
	latest := to
	if s.options.Ending.Kind == AtOffsets {
		if latest, err = s.list(ctx, all(to.partitions(), offsetLatest)); err != nil {
			return nil, err
		}
	}
	for _, p := range to.partitions() {
		begin, _ := from.get(p)
		end, _ := to.get(p)
		if last, _ := latest.get(p); end > last {
			return nil, invalid("endingOffsets", p.String()+" ends before")
		}
		if begin > end && s.options.Starting.Kind == AtOffsets && s.options.Ending.Kind == AtOffsets {
			return nil, invalid("endingOffsets", p.String()+" would end before it starts")
		}
	}
	if from, to, err = s.narrow(ctx, from, to, predicate); err != nil {
		return nil, err
	}
	return s.Cursor(ctx, from, to, columns)
}

// narrow leaves out what a predicate rules out of (from, to].
func (s *Source) narrow(ctx context.Context, from, to Offsets, predicate catalog.Predicate) (Offsets, Offsets, error) {
	if predicate == nil {
		return from, to, nil
	}
	begin, end, times := Offsets{}, Offsets{}, map[partition]int64{}
	for _, p := range to.partitions() {
		low, _ := from.get(p)
		high, _ := to.get(p)
		b := boundsOf(predicate, p).and(bounds{low, high, math.MinInt64})
		if b.empty() {
			continue
		}
		begin.set(p, b.low)
		end.set(p, b.high)
		if b.since > 0 {
			times[p] = b.since / 1000 // records have milliseconds
		}
	}
	firsts, err := s.list(ctx, times)
	if err != nil {
		return nil, nil, err
	}
	for _, p := range firsts.partitions() {
		first, _ := firsts.get(p)
		low, _ := begin.get(p)
		high, _ := end.get(p)
		if first < 0 { // nothing is so late
			first = high
		}
		begin.set(p, min(high, max(low, first)))
	}
	return begin, end, nil
}

// tableCursor closes what was opened for it.
type tableCursor struct {
	c     *Cursor
	close func()
}

func (t *tableCursor) Next(ctx context.Context) (catalog.Piece, error) {
	p, err := t.c.Next(ctx)
	if p == nil {
		return nil, err
	}
	return p, err
}

func (t *tableCursor) Close() {
	t.c.Close()
	if t.close != nil {
		t.close()
		t.close = nil
	}
}

// drain reads all pieces, one after the other.
func drain(ctx context.Context, p catalog.Pieces, columns []int, f func(*vector.Batch) error) error {
	c, err := p.Open(ctx, columns, nil)
	if err != nil {
		return err
	}
	defer c.Close()
	for {
		piece, err := c.Next(ctx)
		if err != nil || piece == nil {
			return err
		}
		if err := piece.Batches(f); err != nil {
			return err
		}
	}
}

// Range is what lies in (from, to] of a source, as a plan can scan it: a micro-batch's input. The source stays open, and one
// range of it is read at a time.
type Range struct {
	rowless
	s        *Source
	from, to Offsets
}

// Range makes a range: offsets from from on and before to.
func (s *Source) Range(from, to Offsets) *Range {
	n := to.Since(from)
	return &Range{rowless{s.Schema(), nil, catalog.Statistics{Rows: n, Bytes: -1}}, s, from, to}
}

// Open starts to read. A micro-batch has to pass all its offsets, so a predicate changes nothing but the rows.
func (r *Range) Open(ctx context.Context, columns []int, _ catalog.Predicate) (catalog.Cursor, error) {
	c, err := r.s.Cursor(ctx, r.from, r.to, columns)
	if err != nil {
		return nil, err
	}
	return &tableCursor{c, nil}, nil
}

// Batches gives the rows one piece after the other.
func (r *Range) Batches(ctx context.Context, columns []int, f func(*vector.Batch) error) error {
	return drain(ctx, r, columns, f)
}
