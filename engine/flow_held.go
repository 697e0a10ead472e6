package engine

import (
	"context"

	"github.com/argan-sql/argan/catalog"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/stream"
	"github.com/argan-sql/argan/types"
)

// heldMessages are the messages of a small batch in memory, so that they can be run in parts without being read again.
type heldMessages struct {
	schema  *types.Type
	name    []string
	batches []*vector.Batch
	rows    int
	// The numbers of the columns that say which message a row is.
	topic, partition, offset int
}

// hold reads a piece of a source.
func hold(ctx context.Context, d stream.Divisible, span stream.Span) (*heldMessages, error) {
	t, err := d.Open(ctx, span)
	if err != nil {
		return nil, err
	}
	s, err := t.Snapshot(ctx, noTime)
	if err != nil {
		return nil, err
	}
	rows, ok := s.(catalog.Source)
	if !ok {
		return nil, sqlerr.Internal("messages of %s cannot be read one by one", d.Name())
	}
	h := &heldMessages{schema: s.Schema(), name: t.Name()}
	h.topic, h.partition, h.offset = h.schema.FieldIndex("topic"), h.schema.FieldIndex("partition"), h.schema.FieldIndex("offset")
	columns := make([]int, len(h.schema.Fields))
	for i := range columns {
		columns[i] = i
	}
	return h, rows.Batches(ctx, columns, func(b *vector.Batch) error {
		h.batches = append(h.batches, b.Dense())
		h.rows += b.Len()
		return nil
	})
}

// message tells which message a row is.
func (h *heldMessages) message(row int) stream.Message {
	for _, b := range h.batches {
		if row >= b.Rows {
			row -= b.Rows
			continue
		}
		topic, _ := b.Cols[h.topic].Value(row).(string)
		partition, _ := b.Cols[h.partition].Value(row).(int32)
		offset, _ := b.Cols[h.offset].Value(row).(int64)
		return stream.Message{Topic: topic, Partition: partition, Offset: offset}
	}
	return stream.Message{}
}

// heldPiece is a range of them as a table.
type heldPiece struct {
	held     *heldMessages
	from, to int
}

var _ catalog.Source = (*heldPiece)(nil)

func (p *heldPiece) Name() []string                { return p.held.name }
func (p *heldPiece) Provider() string              { return "memory" }
func (p *heldPiece) Location() string              { return "" }
func (p *heldPiece) Schema() *types.Type           { return p.held.schema }
func (p *heldPiece) PartitionColumns() []string    { return nil }
func (p *heldPiece) Properties() map[string]string { return nil }
func (p *heldPiece) Version() int64                { return -1 }

// Snapshot is the piece itself.
func (p *heldPiece) Snapshot(context.Context, catalog.At) (catalog.Snapshot, error) { return p, nil }

// Statistics know the number of rows.
func (p *heldPiece) Statistics() catalog.Statistics {
	return catalog.Statistics{Rows: int64(p.to - p.from), Bytes: -1}
}

// Files: none.
func (p *heldPiece) Files(context.Context, catalog.Predicate) ([]catalog.File, int, error) {
	return nil, 0, nil
}

// Batches gives the rows of the range.
func (p *heldPiece) Batches(_ context.Context, columns []int, f func(*vector.Batch) error) error {
	at := 0
	for _, b := range p.held.batches {
		from, to := max(p.from-at, 0), min(p.to-at, b.Rows)
		at += b.Rows
		if from >= to {
			continue
		}
		cols := make([]*vector.Vector, len(columns))
		for i, c := range columns {
			cols[i] = b.Cols[c]
		}
		if err := f(vector.NewBatch(cols, b.Rows).Slice(from, to)); err != nil {
			return err
		}
	}
	return nil
}
