package kafka

import (
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// recordBatch is a record batch of a fetch that holds rows: its header, and where it lies.
type recordBatch struct {
	from, to    int // bytes of the chunk's data
	magic       byte
	attributes  uint16
	base, last  int64 // offsets
	first, most int64 // timestamps in milliseconds
	count       int32
}

// chunk is what one fetch gave of a partition: the batches whose records count. Batches of aborted transactions and control
// batches are left out already; next is behind them all.
type chunk struct {
	p       partition
	data    []byte
	batches []recordBatch
	from    int64 // records before it do not count
	limit   int64 // nor those from it on; 0 is no limit
	next    int64
}

func (c *chunk) bytes() (n int) {
	for _, b := range c.batches {
		n += b.to - b.from
	}
	return n
}

// split cuts the chunk before an offset. A batch that has records on both sides is in both parts.
func (c *chunk) split(at int64) (before, rest *chunk) {
	if at >= c.next {
		return c, nil
	}
	i, _ := slices.BinarySearchFunc(c.batches, at, func(b recordBatch, at int64) int { return cmp.Compare(b.last, at) })
	j := i // the batches up to i end before at
	if j < len(c.batches) && c.batches[j].base < at {
		j++
	}
	before, rest = &chunk{}, &chunk{}
	*before, *rest = *c, *c
	before.batches, before.limit, before.next = c.batches[:j:j], at, at
	rest.batches, rest.from = c.batches[i:], at
	return before, rest
}

const (
	batchHeader = 61
	// Bits of the attributes of a batch.
	codecBits         = 7
	bitLogAppendTime  = 8
	bitTransactional  = 16
	bitControl        = 32
	abortMarker       = 0
	controlTypeOffset = 2
)

// scan reads the headers of what a fetch gave from an offset on. A batch that was cut off by the fetch's size is left out.
func scan(p partition, from int64, answer *kmsg.FetchResponseTopicPartition, committed bool) *chunk {
	c := &chunk{p: p, data: answer.RecordBatches, from: from, next: from}
	var aborts map[int64][]int64 // producer → first offsets of its aborted transactions, ascending
	if committed && len(answer.AbortedTransactions) > 0 {
		aborts = map[int64][]int64{}
		for _, a := range answer.AbortedTransactions {
			aborts[a.ProducerID] = append(aborts[a.ProducerID], a.FirstOffset)
		}
		for _, offsets := range aborts {
			slices.Sort(offsets)
		}
	}
	for at := 0; len(c.data)-at > 17; {
		d := c.data[at:]
		length := int(int32(binary.BigEndian.Uint32(d[8:]))) + 12
		if length < 18 || length > len(d) {
			break
		}
		b := recordBatch{from: at, to: at + length, magic: d[16], base: int64(binary.BigEndian.Uint64(d))}
		at += length
		if b.magic < 2 {
			// A message of old, or several in a compressed one that bears the last one's offset.
			b.last, b.base = b.base, from
			c.add(b)
			continue
		}
		if length < batchHeader {
			break
		}
		b.attributes = binary.BigEndian.Uint16(d[21:])
		b.last = b.base + int64(int32(binary.BigEndian.Uint32(d[23:])))
		b.first, b.most = int64(binary.BigEndian.Uint64(d[27:])), int64(binary.BigEndian.Uint64(d[35:]))
		b.count = int32(binary.BigEndian.Uint32(d[57:]))
		producer := int64(binary.BigEndian.Uint64(d[43:]))
		if b.attributes&bitControl != 0 {
			if open := aborts[producer]; len(open) > 0 && isAbort(d[batchHeader:length]) && open[0] <= b.base {
				aborts[producer] = open[1:]
			}
			c.skip(b)
			continue
		}
		if open := aborts[producer]; b.attributes&bitTransactional != 0 && len(open) > 0 && open[0] <= b.base {
			c.skip(b)
			continue
		}
		c.add(b)
	}
	return c
}

func (c *chunk) skip(b recordBatch) { c.next = max(c.next, b.last+1) }

func (c *chunk) add(b recordBatch) {
	if b.last >= c.from && (b.count > 0 || b.magic < 2) {
		c.batches = append(c.batches, b)
	}
	c.skip(b)
}

// isAbort says whether the record of a control batch ends a transaction by aborting it.
func isAbort(record []byte) bool {
	r := reader{b: record}
	r.varint() // length
	r.take(1)  // attributes
	r.varint() // timestamp
	r.varint() // offset
	key := r.bytes()
	return !r.bad && len(key) >= controlTypeOffset+2 && binary.BigEndian.Uint16(key[controlTypeOffset:]) == abortMarker
}

// reader reads Kafka's variable-length numbers.
type reader struct {
	b   []byte
	at  int
	bad bool
}

func (r *reader) varint() int64 {
	// Most lengths and deltas are one byte.
	if r.at < len(r.b) && r.b[r.at] < 0x80 {
		u := r.b[r.at]
		r.at++
		return int64(u>>1) ^ -int64(u&1)
	}
	v, n := binary.Varint(r.b[min(r.at, len(r.b)):])
	if n <= 0 {
		r.bad = true
		return 0
	}
	r.at += n
	return v
}

func (r *reader) take(n int64) []byte {
	if r.bad || n < 0 || n > int64(len(r.b)-r.at) {
		r.bad = true
		return nil
	}
	out := r.b[r.at : r.at+int(n)]
	r.at += int(n)
	return out
}

// bytes is a value with its length before it; nil for none.
func (r *reader) bytes() []byte {
	n := r.varint()
	if n < 0 {
		return nil
	}
	return r.take(n)
}
