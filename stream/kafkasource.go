package stream

import (
	"context"
	"log/slog"

	"github.com/argan-sql/argan/catalog"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/stream/kafka"
	"github.com/argan-sql/argan/types"
)

// kafkaSource reads topics.
type kafkaSource struct {
	name   string
	source *kafka.Source
	most   int64 // maxOffsetsPerTrigger
	log    *slog.Logger
}

// Kafka makes a source of topics.
func Kafka(ctx context.Context, name string, o kafka.Options, log *slog.Logger) (Source, error) {
	s, err := kafka.Open(ctx, o)
	if err != nil {
		return nil, err
	}
	return &kafkaSource{name: name, source: s, most: o.MaxOffsetsPerTrigger, log: log}, nil
}

func (s *kafkaSource) Name() string { return s.name }

func (s *kafkaSource) Table(context.Context) (catalog.Table, error) {
	return &topicTable{source: s}, nil
}

func (s *kafkaSource) Start(ctx context.Context) (Position, error) {
	o, err := s.source.Start(ctx)
	return Position(o.String()), err
}

func (s *kafkaSource) Latest(ctx context.Context) (Position, error) {
	o, err := s.source.Latest(ctx)
	return Position(o.String()), err
}

func parseOffsets(at Position) (kafka.Offsets, error) {
	o, err := kafka.ParseOffsets(string(at))
	if err != nil {
		return nil, sqlerr.New("INVALID_STREAM_OFFSETS", "offsets", string(at), "reason", err.Error())
	}
	return o, nil
}

func (s *kafkaSource) Next(ctx context.Context, from, bound Position, limit Limit) (Span, error) {
	start, err := parseOffsets(from)
	if err != nil {
		return Span{}, err
	}
	var end kafka.Offsets
	if bound != nil {
		end, err = parseOffsets(bound)
	} else {
		end, err = s.source.Latest(ctx)
	}
	if err != nil {
		return Span{}, err
	}
	if start, err = s.source.Begin(ctx, start, end); err != nil {
		return Span{}, err
	}
	most := limit.Rows
	if s.most > 0 && (most == 0 || s.most < most) {
		most = s.most
	}
	to := s.source.Limit(start, end, most)
	rows := to.Since(start)
	return Span{From: Position(start.String()), To: Position(to.String()), Rows: rows, Empty: rows <= 0, More: end.Since(to) > 0}, nil
}

func (s *kafkaSource) Open(ctx context.Context, span Span) (catalog.Table, error) {
	return s.Without(ctx, span, nil)
}

func (s *kafkaSource) Wait(ctx context.Context, from Position) error {
	o, err := parseOffsets(from)
	if err != nil {
		return err
	}
	return s.source.Wait(ctx, o)
}

func (s *kafkaSource) Lag(ctx context.Context, from Position) (int64, error) {
	o, err := parseOffsets(from)
	if err != nil {
		return -1, err
	}
	end, err := s.source.Latest(ctx)
	if err != nil {
		return -1, err
	}
	return max(0, end.Since(o)), nil
}

// Committed tells the consumer group, where there is one, so that other tools see the lag.
func (s *kafkaSource) Committed(ctx context.Context, at Position) {
	group := s.source.Options().Group()
	if group == "" {
		return
	}
	o, err := parseOffsets(at)
	if err == nil {
		err = s.source.Commit(ctx, group, o)
	}
	if err != nil {
		s.log.Warn("a consumer group was not told how far a stream is", "group", group, "error", err)
	}
}

func (s *kafkaSource) Close() { s.source.Close() }

// Earliest is where each partition starts.
func (s *kafkaSource) Earliest(context.Context) (Position, error) { return Position("{}"), nil }

// Move reads offsets in Spark's JSON; partitions it does not name stay where they are.
func (s *kafkaSource) Move(_ context.Context, now, given Position) (Position, error) {
	o, err := parseOffsets(given)
	if err != nil {
		return nil, err
	}
	out := kafka.Offsets{}
	if now != nil {
		if out, err = parseOffsets(now); err != nil {
			return nil, err
		}
	}
	for topic, partitions := range o {
		for id, at := range partitions {
			if at < 0 {
				return nil, sqlerr.New("INVALID_STREAM_OFFSETS", "offsets", string(given), "reason", "an offset is 0 or more; 'earliest' and 'latest' stand for all partitions")
			}
			if out[topic] == nil {
				out[topic] = map[int32]int64{}
			}
			out[topic][id] = at
		}
	}
	return Position(out.String()), nil
}

// Halves cuts by numbers of messages, partition by partition.
func (s *kafkaSource) Halves(span Span) (first, second Span, ok bool) {
	from, err := parseOffsets(span.From)
	to, err2 := parseOffsets(span.To)
	n := to.Since(from)
	if err != nil || err2 != nil || n <= 1 {
		return span, span, false
	}
	left := n / 2
	middle := from.Clone()
	for topic, partitions := range to {
		for id, end := range partitions {
			at, _ := from.Get(topic, id)
			take := min(left, max(0, end-at))
			if middle[topic] == nil {
				middle[topic] = map[int32]int64{}
			}
			middle[topic][id] = at + take
			left -= take
		}
	}
	mid := Position(middle.String())
	return Span{From: span.From, To: mid, Rows: n / 2}, Span{From: mid, To: span.To, Rows: n - n/2}, true
}

// Only finds the one offset that a piece is long.
func (s *kafkaSource) Only(span Span) (Message, bool) {
	from, err := parseOffsets(span.From)
	to, err2 := parseOffsets(span.To)
	if err != nil || err2 != nil {
		return Message{}, false
	}
	for topic, partitions := range to {
		for id, end := range partitions {
			if at, _ := from.Get(topic, id); end > at {
				return Message{topic, id, at}, end == at+1
			}
		}
	}
	return Message{}, false
}

func (s *kafkaSource) Without(_ context.Context, span Span, skip []Message) (catalog.Table, error) {
	from, err := parseOffsets(span.From)
	if err != nil {
		return nil, err
	}
	to, err := parseOffsets(span.To)
	if err != nil {
		return nil, err
	}
	t := &topicTable{source: s, pieces: []topicPiece{{from, to}}}
	if len(skip) > 0 {
		t.skip = map[Message]bool{}
		for _, m := range skip {
			t.skip[m] = true
		}
	}
	return t, nil
}

func (s *kafkaSource) Of(_ context.Context, messages []Message) (catalog.Table, error) {
	t := &topicTable{source: s}
	for _, m := range messages {
		t.pieces = append(t.pieces, topicPiece{
			kafka.Offsets{m.Topic: {m.Partition: m.Offset}}, kafka.Offsets{m.Topic: {m.Partition: m.Offset + 1}},
		})
	}
	return t, nil
}

type topicPiece struct{ from, to kafka.Offsets }

// topicTable is pieces of topics as a table.
type topicTable struct {
	source *kafkaSource
	pieces []topicPiece
	skip   map[Message]bool
}

var _ catalog.Source = (*topicTable)(nil)

// Name is what columns are qualified by.
func (t *topicTable) Name() []string { return []string{"read_kafka"} }

// Provider is kafka.
func (t *topicTable) Provider() string { return "kafka" }

// Location is nowhere.
func (t *topicTable) Location() string { return "" }

// Snapshot is the table itself; where nothing is left out, in a form that workers read side by side.
func (t *topicTable) Snapshot(context.Context, catalog.At) (catalog.Snapshot, error) {
	if t.skip == nil && len(t.pieces) == 1 {
		return t.source.source.Range(t.pieces[0].from, t.pieces[0].to), nil
	}
	return t, nil
}

// Schema is Spark's of a Kafka source.
func (t *topicTable) Schema() *types.Type { return t.source.source.Schema() }

// PartitionColumns: none.
func (t *topicTable) PartitionColumns() []string { return nil }

// Properties: none.
func (t *topicTable) Properties() map[string]string { return nil }

// Version: none.
func (t *topicTable) Version() int64 { return -1 }

// Statistics know how many offsets there are, which may be more than messages.
func (t *topicTable) Statistics() catalog.Statistics {
	var n int64
	for _, p := range t.pieces {
		n += p.to.Since(p.from)
	}
	return catalog.Statistics{Rows: n, Bytes: -1}
}

// Files: none.
func (t *topicTable) Files(context.Context, catalog.Predicate) ([]catalog.File, int, error) {
	return nil, 0, nil
}

// The numbers of the columns that say which message a row is.
const (
	topicColumn     = 2
	partitionColumn = 3
	offsetColumn    = 4
)

// Batches reads the pieces.
func (t *topicTable) Batches(ctx context.Context, columns []int, f func(*vector.Batch) error) error {
	wanted := columns
	if t.skip != nil {
		wanted = append(append([]int{}, columns...), topicColumn, partitionColumn, offsetColumn)
	}
	for _, p := range t.pieces {
		if err := t.read(ctx, p, wanted, len(columns), f); err != nil {
			return err
		}
	}
	return nil
}

func (t *topicTable) read(ctx context.Context, p topicPiece, columns []int, keep int, f func(*vector.Batch) error) error {
	c, err := t.source.source.Cursor(ctx, p.from, p.to, columns)
	if err != nil {
		return err
	}
	defer c.Close()
	if t.skip == nil {
		return c.Batches(ctx, f)
	}
	return c.Batches(ctx, func(b *vector.Batch) error { return f(t.without(b, keep)) })
}

// without leaves messages out.
func (t *topicTable) without(b *vector.Batch, keep int) *vector.Batch {
	sel := make([]uint32, 0, b.Rows)
	for i := range b.Rows {
		topic, _ := b.Cols[keep].Value(i).(string)
		partition, _ := b.Cols[keep+1].Value(i).(int32)
		offset, _ := b.Cols[keep+2].Value(i).(int64)
		if !t.skip[Message{topic, partition, offset}] {
			sel = append(sel, uint32(i))
		}
	}
	return vector.NewBatch(b.Cols[:keep], b.Rows).Select(sel).Dense()
}
