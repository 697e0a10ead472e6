package kafka

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Offsets is a position: topic → partition → the offset that is read next.
type Offsets map[string]map[int32]int64

// What Spark writes for an offset that is not known yet.
const (
	offsetEarliest int64 = -2
	offsetLatest   int64 = -1
)

// partition is a partition of a topic.
type partition struct {
	topic string
	id    int32
}

func (p partition) String() string { return p.topic + "-" + strconv.Itoa(int(p.id)) }

// ParseOffsets reads a position in Spark's JSON, such as {"t":{"0":23,"1":-2}}; -2 is the earliest offset, -1 the latest.
func ParseOffsets(text string) (Offsets, error) {
	o := Offsets{}
	if err := parsePositions(text, o, offsetEarliest); err != nil {
		return nil, err
	}
	return o, nil
}

// parsePositions reads JSON of the shape {"topic":{"partition":number}} whose numbers are at least lowest.
func parsePositions(text string, into Offsets, lowest int64) error {
	var raw map[string]map[string]int64
	d := json.NewDecoder(strings.NewReader(text))
	if err := d.Decode(&raw); err != nil || d.More() {
		return fmt.Errorf("want JSON such as {\"topicA\":{\"0\":23,\"1\":-1}}, got %s", text)
	}
	for topic, partitions := range raw {
		for p, n := range partitions {
			id, err := strconv.ParseInt(p, 10, 32)
			if err != nil || id < 0 {
				return fmt.Errorf("%q is no partition of %s", p, topic)
			}
			if n < lowest {
				return fmt.Errorf("%d is no position of %s-%s", n, topic, p)
			}
			into.set(partition{topic, int32(id)}, n)
		}
	}
	return nil
}

// String is the position as Spark writes it: topics and partitions in order.
func (o Offsets) String() string {
	var b strings.Builder
	b.WriteByte('{')
	for i, topic := range slices.Sorted(maps.Keys(o)) {
		if i > 0 {
			b.WriteByte(',')
		}
		name, _ := json.Marshal(topic) // a string always has a JSON form
		b.Write(name)
		b.WriteString(":{")
		for k, id := range slices.Sorted(maps.Keys(o[topic])) {
			if k > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, "\"%d\":%d", id, o[topic][id])
		}
		b.WriteByte('}')
	}
	b.WriteByte('}')
	return b.String()
}

// MarshalJSON writes the position as Spark does.
func (o Offsets) MarshalJSON() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalJSON reads what MarshalJSON wrote.
func (o *Offsets) UnmarshalJSON(text []byte) error {
	read, err := ParseOffsets(string(text))
	if err == nil {
		*o = read
	}
	return err
}

// Get is the offset of a partition; ok is false where the position does not know it.
func (o Offsets) Get(topic string, id int32) (next int64, ok bool) {
	next, ok = o[topic][id]
	return next, ok
}

func (o Offsets) get(p partition) (int64, bool) { return o.Get(p.topic, p.id) }

func (o Offsets) set(p partition, next int64) {
	if o[p.topic] == nil {
		o[p.topic] = map[int32]int64{}
	}
	o[p.topic][p.id] = next
}

// Clone is a copy that may be changed.
func (o Offsets) Clone() Offsets {
	out := Offsets{}
	for topic, partitions := range o {
		out[topic] = maps.Clone(partitions)
	}
	return out
}

// Equal says whether two positions are the same.
func (o Offsets) Equal(other Offsets) bool {
	return maps.EqualFunc(o, other, func(a, b map[int32]int64) bool { return maps.Equal(a, b) })
}

// partitions are the partitions the position knows, in order.
func (o Offsets) partitions() []partition {
	var out []partition
	for _, topic := range slices.Sorted(maps.Keys(o)) {
		for _, id := range slices.Sorted(maps.Keys(o[topic])) {
			out = append(out, partition{topic, id})
		}
	}
	return out
}

// Since is how many offsets lie between from and o: the rows a read gives at most, and a stream's lag. Partitions that from
// does not know count from 0.
func (o Offsets) Since(from Offsets) (n int64) {
	for topic, partitions := range o {
		for id, end := range partitions {
			begin, _ := from.Get(topic, id)
			n += max(0, end-begin)
		}
	}
	return n
}

// share gives each partition its part of at most limit offsets between from and to, in proportion to what waits there and at
// least one where anything does: as Spark shares maxOffsetsPerTrigger.
func share(from, to Offsets, limit int64) Offsets {
	total := to.Since(from)
	if total < 1 || limit >= total {
		return to
	}
	out := Offsets{}
	for _, p := range to.partitions() {
		end, _ := to.get(p)
		begin, _ := from.get(p)
		size := end - begin
		if size <= 0 {
			out.set(p, end)
			continue
		}
		part := float64(limit) * (float64(size) / float64(total))
		if part < 1 {
			part = math.Ceil(part)
		}
		out.set(p, min(end, begin+int64(part)))
	}
	return out
}
