package kafka

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/argan-sql/argan/exec/function/text/regex"
	"github.com/argan-sql/argan/sqlerr"
)

// Options say what to read and how to reach it. ParseOptions makes them of Spark's names.
type Options struct {
	// Topics, Pattern and Assigned are the ways of naming what is read; exactly one is set.
	Topics   []string
	Pattern  string // of Java's regular expressions, for whole names
	Assigned map[string][]int32

	// Starting and Ending bound a batch; a stream starts at Starting when it has no position of its own.
	Starting, Ending Position

	// MaxOffsetsPerTrigger bounds a micro-batch; 0 is no bound.
	MaxOffsetsPerTrigger int64
	// FailOnDataLoss makes an error of offsets that are gone; otherwise the read goes on behind them.
	FailOnDataLoss bool
	// IncludeHeaders adds the column headers.
	IncludeHeaders bool
	// PollTimeout is how long a read waits for a broker that does not deliver.
	PollTimeout time.Duration

	stream  bool
	client  client
	pattern *regex.Pattern
	given   map[string]string // as they were given, for String
}

// PositionKind is a way of saying where a read starts or ends.
type PositionKind uint8

// The kinds of positions.
const (
	Earliest PositionKind = iota
	Latest
	// AtOffsets is by partition: each partition that is read must be there.
	AtOffsets
	// AtTimestamp is the first record at a time (milliseconds since 1970) or later, in every partition.
	AtTimestamp
	// AtTimestamps is AtTimestamp with a time of its own for each partition.
	AtTimestamps
)

// Position is where a read starts or ends.
type Position struct {
	Kind PositionKind
	// Offsets are offsets (-2 earliest, -1 latest), or for AtTimestamps milliseconds.
	Offsets Offsets
	// Timestamp is of AtTimestamp.
	Timestamp int64
	// OrLatest takes the end of a partition that has no record so late; without it, that is an error of a start.
	OrLatest bool
}

// entry is an option: how it is taken into Options.
type entry struct {
	name string
	take func(o *Options, value string) error
}

// entries are the options that are not the client's.
var entries = []entry{
	{"bootstrapServers", func(o *Options, v string) error { return o.client.servers(v) }},
	{"subscribe", func(o *Options, v string) error {
		for _, t := range strings.Split(v, ",") {
			if t = strings.TrimSpace(t); t != "" && !slices.Contains(o.Topics, t) {
				o.Topics = append(o.Topics, t)
			}
		}
		if len(o.Topics) == 0 {
			return fmt.Errorf("it names no topic")
		}
		return nil
	}},
	{"subscribePattern", func(o *Options, v string) (err error) {
		if strings.TrimSpace(v) == "" {
			return fmt.Errorf("it is empty")
		}
		o.Pattern = v
		if o.pattern, err = regex.Compile(`\A(?:` + v + `)\z`); err != nil {
			return fmt.Errorf("it is no regular expression: %w", err)
		}
		return nil
	}},
	{"assign", func(o *Options, v string) error {
		if err := json.Unmarshal([]byte(v), &o.Assigned); err != nil || len(o.Assigned) == 0 {
			return fmt.Errorf(`want JSON such as {"topicA":[0,1],"topicB":[2]}`)
		}
		return nil
	}},
	{"startingOffsets", func(o *Options, v string) error { return o.Starting.named(v, offsetEarliest) }},
	{"endingOffsets", func(o *Options, v string) error { return o.Ending.named(v, offsetLatest) }},
	{"startingOffsetsByTimestamp", func(o *Options, v string) error { return o.Starting.byPartition(v) }},
	{"endingOffsetsByTimestamp", func(o *Options, v string) error { return o.Ending.byPartition(v) }},
	{"startingTimestamp", func(o *Options, v string) error { return o.Starting.at(v) }},
	{"endingTimestamp", func(o *Options, v string) error { return o.Ending.at(v) }},
	{"startingOffsetsByTimestampStrategy", func(o *Options, v string) error {
		switch strings.ToLower(v) {
		case "error":
		case "latest":
			o.Starting.OrLatest = true
		default:
			return fmt.Errorf("want error or latest")
		}
		return nil
	}},
	{"maxOffsetsPerTrigger", func(o *Options, v string) (err error) {
		o.MaxOffsetsPerTrigger, err = whole(v, 1, math.MaxInt64)
		return err
	}},
	// How many workers decode is for the engine to say: a hint that has nothing to change.
	{"minPartitions", func(_ *Options, v string) error { _, err := whole(v, 1, math.MaxInt32); return err }},
	{"failOnDataLoss", func(o *Options, v string) (err error) { o.FailOnDataLoss, err = truth(v); return err }},
	{"includeHeaders", func(o *Options, v string) (err error) { o.IncludeHeaders, err = truth(v); return err }},
	{"kafkaConsumer.pollTimeoutMs", func(o *Options, v string) error {
		n, err := whole(v, 1, math.MaxInt32)
		o.PollTimeout = time.Duration(n) * time.Millisecond
		return err
	}},
	{"fetchOffset.numRetries", func(o *Options, v string) error {
		n, err := whole(v, 0, 1000)
		o.client.retries = int(n)
		return err
	}},
	{"fetchOffset.retryIntervalMs", func(o *Options, v string) error {
		n, err := whole(v, 1, math.MaxInt32)
		o.client.backoff = time.Duration(n) * time.Millisecond
		return err
	}},
}

// refused are options of Spark that are understood and not supported.
var refused = []string{"minOffsetsPerTrigger", "maxTriggerDelay", "groupIdPrefix"}

// IsOption says whether a name is one of a Kafka source, whatever its case.
func IsOption(name string) bool {
	lower := strings.ToLower(name)
	return strings.HasPrefix(lower, "kafka.") ||
		slices.ContainsFunc(entries, func(e entry) bool { return strings.EqualFold(e.name, name) }) ||
		slices.ContainsFunc(refused, func(r string) bool { return strings.EqualFold(r, name) })
}

// ParseOptions takes options by Spark's names, in any case. A stream starts at the latest offset where nothing else is said,
// a batch at the earliest; Spark does the same.
func ParseOptions(values map[string]string, stream bool) (Options, error) {
	o := Options{stream: stream, FailOnDataLoss: true, PollTimeout: 120 * time.Second, given: values, client: newClient()}
	o.Ending.Kind = Latest
	if stream {
		o.Starting.Kind = Latest
	}
	taken := map[string]bool{}
	// One timestamp wins over timestamps by partition, these over offsets, as with Spark: the weakest come first in the table.
	for _, e := range entries {
		for _, name := range slices.Sorted(maps.Keys(values)) {
			if !strings.EqualFold(name, e.name) {
				continue
			}
			taken[name] = true
			if stream && strings.HasPrefix(e.name, "ending") {
				return Options{}, invalid(name, "a stream has no end")
			}
			if err := e.take(&o, strings.TrimSpace(values[name])); err != nil {
				return Options{}, invalid(name, err.Error())
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if taken[name] {
			continue
		}
		if slices.ContainsFunc(refused, func(r string) bool { return strings.EqualFold(r, name) }) {
			return Options{}, sqlerr.Unsupported("the Kafka option %s", name)
		}
		key, ok := strings.CutPrefix(strings.ToLower(name), "kafka.")
		if !ok {
			return Options{}, unknown(name)
		}
		if err := o.client.set(key, values[name]); err != nil {
			return Options{}, err
		}
	}
	return o, o.check()
}

// check looks at what belongs together.
func (o *Options) check() error {
	named := 0
	for _, set := range []bool{o.Topics != nil, o.Pattern != "", o.Assigned != nil} {
		if set {
			named++
		}
	}
	switch {
	case named == 0:
		return sqlerr.New("KAFKA_MISSING_OPTION", "option", "subscribe, subscribePattern or assign")
	case named > 1:
		return invalid("subscribe", "only one of subscribe, subscribePattern and assign may be given")
	case len(o.client.seeds) == 0:
		return sqlerr.New("KAFKA_MISSING_OPTION", "option", "bootstrapServers")
	case o.Starting.Kind == Latest && o.Ending.Kind == Earliest:
		return invalid("endingOffsets", "it lies before startingOffsets")
	}
	return o.client.check()
}

// named is earliest, latest, or offsets by partition of which none is less than lowest.
func (p *Position) named(v string, lowest int64) error {
	switch strings.ToLower(v) {
	case "earliest":
		if lowest == offsetLatest {
			return fmt.Errorf("a read cannot end at the earliest offset")
		}
		p.Kind = Earliest
	case "latest":
		p.Kind = Latest
	default:
		p.Kind, p.Offsets = AtOffsets, Offsets{}
		return parsePositions(v, p.Offsets, lowest)
	}
	return nil
}

// at is one timestamp for all partitions.
func (p *Position) at(v string) (err error) {
	p.Kind = AtTimestamp
	p.Timestamp, err = whole(v, 0, math.MaxInt64)
	return err
}

// byPartition is a timestamp for each partition.
func (p *Position) byPartition(v string) error {
	p.Kind, p.Offsets = AtTimestamps, Offsets{}
	return parsePositions(v, p.Offsets, 0)
}

func whole(v string, least, most int64) (int64, error) {
	n, err := strconv.ParseInt(strings.TrimSpace(v), 10, 64)
	if err != nil || n < least || n > most {
		return 0, fmt.Errorf("want a whole number from %d to %d", least, most)
	}
	return n, nil
}

func truth(v string) (bool, error) {
	switch strings.ToLower(v) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, fmt.Errorf("want true or false")
}

func invalid(option, reason string) error {
	return sqlerr.New("KAFKA_INVALID_OPTION", "option", option, "reason", reason)
}

func unknown(option string) error {
	e := sqlerr.New("KAFKA_UNKNOWN_OPTION", "option", option)
	var names []string
	for _, e := range entries {
		names = append(names, e.name)
	}
	for _, s := range settings {
		names = append(names, "kafka."+s.name)
	}
	best, distance := "", 4
	for _, n := range names {
		if d := sqlerr.Distance(strings.ToLower(option), strings.ToLower(n)); d < distance {
			best, distance = n, d
		}
	}
	if best != "" {
		return e.WithHint("Did you mean %s?", best)
	}
	return e
}

// Redacted are the options as they were given, without secrets.
func (o Options) Redacted() map[string]string { return Redact(o.given) }

// String is the options in order, without secrets.
func (o Options) String() string {
	shown := o.Redacted()
	parts := make([]string, 0, len(shown))
	for _, k := range slices.Sorted(maps.Keys(shown)) {
		parts = append(parts, k+"="+shown[k])
	}
	return strings.Join(parts, ", ")
}

// Redact is a copy of options by name with what must not be shown replaced, as Spark replaces it.
func Redact(values map[string]string) map[string]string {
	out := make(map[string]string, len(values))
	for k, v := range values {
		if Secret(k) {
			v = "*********(redacted)"
		}
		out[k] = v
	}
	return out
}

// Secret says whether an option's value must not be shown.
func Secret(name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc([]string{"secret", "password", "token", "jaas", "keystore.key", "basic.auth", "userinfo"}, func(s string) bool { return strings.Contains(name, s) })
}
