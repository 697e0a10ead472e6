package kafka

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// Source reads the topics of its options. Reads and waits take turns; the other methods may be called at any time. What
// brokers have sent beyond the end of a read is kept for the next, up to a fetch for each broker.
type Source struct {
	options Options
	client  *kgo.Client
	topics  topics
	ctx     context.Context // ends with Close
	cancel  context.CancelFunc
	polls   sync.WaitGroup

	turn chan struct{} // held by the one that reads or waits

	mu      sync.Mutex
	lanes   map[partition]*lane
	links   map[int32]*link
	starts  map[partition]int64 // where partitions start that a position does not know
	wake    chan struct{}       // closed when something came in
	waiting int                 // who wants polls to go on
	served  int64
}

// Open makes a source. Brokers are asked for nothing yet: a broker that is away shows at the first use.
func Open(_ context.Context, o Options) (*Source, error) {
	k, err := o.client.connect()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	return &Source{
		options: o, client: k, ctx: ctx, cancel: cancel, turn: make(chan struct{}, 1),
		lanes: map[partition]*lane{}, links: map[int32]*link{}, starts: map[partition]int64{}, wake: make(chan struct{}),
	}, nil
}

// Close ends what is under way and the connections.
func (s *Source) Close() {
	s.cancel()
	s.client.Close()
	s.polls.Wait()
}

// Options are what the source was opened with.
func (s *Source) Options() Options { return s.options }

// headerType is the type of a record's headers.
var headerType = types.NewArray(types.NewStruct(
	types.Field{Name: "key", Type: types.StringType, Nullable: true}, types.Field{Name: "value", Type: types.BinaryType, Nullable: true},
), true)

// The numbers of the columns.
const (
	columnKey = iota
	columnValue
	columnTopic
	columnPartition
	columnOffset
	columnTimestamp
	columnTimestampType
	columnHeaders
	columnCount
)

// Schema is Spark's schema of a Kafka source; headers come last where they are asked for.
func (o Options) Schema() *types.Type {
	fields := []types.Field{
		{Name: "key", Type: types.BinaryType, Nullable: true},
		{Name: "value", Type: types.BinaryType, Nullable: true},
		{Name: "topic", Type: types.StringType, Nullable: true},
		{Name: "partition", Type: types.IntType, Nullable: true},
		{Name: "offset", Type: types.LongType, Nullable: true},
		{Name: "timestamp", Type: types.TimestampType, Nullable: true},
		{Name: "timestampType", Type: types.IntType, Nullable: true},
		{Name: "headers", Type: headerType, Nullable: true},
	}
	if !o.IncludeHeaders {
		fields = fields[:columnHeaders]
	}
	return types.NewStruct(fields...)
}

// Schema is the schema of the batches.
func (s *Source) Schema() *types.Type { return s.options.Schema() }

// Latest is the end of every partition there is now: with read_committed, behind what is decided.
func (s *Source) Latest(ctx context.Context) (Offsets, error) {
	t, err := s.topology(ctx)
	if err != nil {
		return nil, err
	}
	o, err := s.list(ctx, all(t.partitions(), offsetLatest))
	if sqlerr.Is(err, "KAFKA_TOPIC_NOT_FOUND") {
		s.topics.stale()
	}
	return o, err
}

// Start is where the options say that reading starts.
func (s *Source) Start(ctx context.Context) (Offsets, error) {
	return s.resolve(ctx, s.options.Starting, "startingOffsets", false)
}

// End is where the options say that a batch ends.
func (s *Source) End(ctx context.Context) (Offsets, error) {
	return s.resolve(ctx, s.options.Ending, "endingOffsets", true)
}

// resolve makes offsets of a position.
func (s *Source) resolve(ctx context.Context, at Position, option string, end bool) (Offsets, error) {
	t, err := s.topology(ctx)
	if err != nil {
		return nil, err
	}
	ps := t.partitions()
	out, asked := Offsets{}, map[partition]int64{}
	switch at.Kind {
	case Earliest:
		asked = all(ps, offsetEarliest)
	case Latest:
		asked = all(ps, offsetLatest)
	case AtTimestamp:
		asked = all(ps, at.Timestamp)
	default:
		given := at.Offsets.partitions()
		for _, p := range ps {
			n, ok := at.Offsets.get(p)
			if !ok {
				return nil, invalid(option, fmt.Sprintf("it must name every partition, and %s is missing", p))
			}
			if at.Kind == AtOffsets && n >= 0 {
				out.set(p, n)
			} else {
				asked[p] = n
			}
		}
		for _, p := range given {
			if !slices.Contains(ps, p) {
				return nil, invalid(option, fmt.Sprintf("there is no partition %s", p))
			}
		}
	}
	listed, err := s.list(ctx, asked)
	if err != nil {
		return nil, err
	}
	none := map[partition]int64{}
	for _, p := range listed.partitions() {
		n, _ := listed.get(p)
		if n < 0 { // no record is so late
			none[p] = offsetLatest
			continue
		}
		out.set(p, n)
	}
	if len(none) == 0 {
		return out, nil
	}
	if !end && !at.OrLatest {
		for p := range none {
			return nil, sqlerr.New("KAFKA_NO_OFFSET_FOR_TIMESTAMP", "partition", p.String()).
				WithHint("startingOffsetsByTimestampStrategy => 'latest' starts such partitions at their end.")
		}
	}
	if listed, err = s.list(ctx, none); err != nil {
		return nil, err
	}
	for _, p := range listed.partitions() {
		n, _ := listed.get(p)
		out.set(p, n)
	}
	return out, nil
}

// Limit is how far a micro-batch of at most limit offsets from from goes, to at the most: as Spark shares maxOffsetsPerTrigger.
func (s *Source) Limit(from, to Offsets, limit int64) Offsets {
	if limit <= 0 {
		return to
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	known := from.Clone()
	for _, p := range to.partitions() {
		if _, ok := known.get(p); !ok {
			known.set(p, s.starts[p])
		}
	}
	return share(known, to, limit)
}

// Begin completes a position with the partitions of to that it does not know: those have come since, and are read from their
// start. Partitions that are gone are lost data, unless the options say to go on.
func (s *Source) Begin(ctx context.Context, from, to Offsets) (Offsets, error) {
	out, fresh := Offsets{}, map[partition]int64{}
	for _, p := range to.partitions() {
		if n, ok := from.get(p); ok {
			out.set(p, n)
			continue
		}
		s.mu.Lock()
		n, ok := s.starts[p]
		s.mu.Unlock()
		if ok {
			out.set(p, n)
		} else {
			fresh[p] = offsetEarliest
		}
	}
	for _, p := range from.partitions() {
		if _, ok := to.get(p); !ok && s.options.FailOnDataLoss {
			return nil, s.lost("PARTITIONS_DELETED", "partition", p.String())
		}
	}
	listed, err := s.list(ctx, fresh)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range listed.partitions() {
		n, _ := listed.get(p)
		if n > 0 && len(from) > 0 && s.options.FailOnDataLoss {
			return nil, s.lost("ADDED_PARTITION_DOES_NOT_START_FROM_OFFSET_ZERO", "partition", p.String(), "startOffset", fmt.Sprint(n))
		}
		s.starts[p] = n
		out.set(p, n)
	}
	return out, nil
}

// lost is the error of offsets that are gone.
func (s *Source) lost(kind string, params ...string) error {
	return sqlerr.New("KAFKA_DATA_LOSS."+kind, params...).WithHint("failOnDataLoss => false goes on behind what is lost.")
}

// Commit tells a consumer group's offsets, so that other tools see the lag. Nothing here reads them.
func (s *Source) Commit(ctx context.Context, group string, at Offsets) error {
	var o kadm.Offsets
	for _, p := range at.partitions() {
		n, _ := at.get(p)
		o.AddOffset(p.topic, p.id, n, -1)
	}
	if len(o) == 0 {
		return nil
	}
	answer, err := kadm.NewClient(s.client).CommitOffsets(ctx, group, o)
	if err == nil {
		err = answer.Error()
	}
	if err != nil {
		return s.failed("committing the offsets of group "+group, err)
	}
	return nil
}

// Group is the consumer group that kafka.group.id names, "" for none.
func (o Options) Group() string { return o.client.group }
