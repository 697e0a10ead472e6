package kafka

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"sync"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// buffers are what batches are decompressed into; records are copied out of them.
type buffers struct{ pool sync.Pool }

// GetDecompressBytes gives a buffer that was used before.
func (b *buffers) GetDecompressBytes([]byte, kgo.CompressionCodecType) []byte {
	if p, ok := b.pool.Get().(*[]byte); ok {
		return *p
	}
	return nil
}

// PutDecompressBytes takes a buffer back, unless it is too big to be kept for nothing.
func (b *buffers) PutDecompressBytes(buf []byte) {
	if cap(buf) <= 4<<20 {
		b.pool.Put(&buf)
	}
}

var (
	recycled     = &buffers{}
	decompressor = kgo.DefaultDecompressor(recycled)
)

// heapGoal is how many bytes of keys and values make a batch full, however few its rows are.
const heapGoal = 4 << 20

// rows makes batches of records.
type rows struct {
	columns   []int // numbers in the schema, in the order of the batch
	want      [columnCount]bool
	checksums bool
	sink      func(*vector.Batch) error

	n       int
	key     *vector.Builder
	value   *vector.Builder
	headers *vector.Builder
	topics  []string // the dictionary of the batch
	codes   []uint32
	parts   []int32
	offsets []int64
	times   []int64
	kinds   []int32
	heap    int // what the last batch held, for the next
	keyHeap int

	code uint32
	p    partition
}

func newRows(columns []int, checksums bool, sink func(*vector.Batch) error) *rows {
	r := &rows{columns: columns, checksums: checksums, sink: sink}
	for _, c := range columns {
		r.want[c] = true
	}
	r.reset()
	return r
}

func (r *rows) reset() {
	r.n = 0
	if r.want[columnKey] {
		r.key = vector.NewBuilder(types.BinaryType, vector.BatchSize)
		r.key.GrowHeap(r.keyHeap)
	}
	if r.want[columnValue] {
		r.value = vector.NewBuilder(types.BinaryType, vector.BatchSize)
		r.value.GrowHeap(r.heap)
	}
	if r.want[columnHeaders] {
		r.headers = vector.NewBuilder(headerType, vector.BatchSize)
	}
	r.topics, r.codes, r.parts, r.offsets, r.times, r.kinds = nil, nil, nil, nil, nil, nil
	if r.want[columnTopic] {
		r.codes = make([]uint32, 0, vector.BatchSize)
	}
	if r.want[columnPartition] {
		r.parts = make([]int32, 0, vector.BatchSize)
	}
	if r.want[columnOffset] {
		r.offsets = make([]int64, 0, vector.BatchSize)
	}
	if r.want[columnTimestamp] {
		r.times = make([]int64, 0, vector.BatchSize)
	}
	if r.want[columnTimestampType] {
		r.kinds = make([]int32, 0, vector.BatchSize)
	}
	r.code = 0
}

// flush hands on what there is.
func (r *rows) flush() error {
	if r.n == 0 {
		return nil
	}
	n := r.n
	cols := make([]*vector.Vector, len(r.columns))
	if r.value != nil {
		r.heap = r.value.HeapLen()
	}
	if r.key != nil {
		r.keyHeap = r.key.HeapLen()
	}
	for i, c := range r.columns {
		switch c {
		case columnKey:
			cols[i] = r.key.Finish()
		case columnValue:
			cols[i] = r.value.Finish()
		case columnTopic:
			d := vector.NewBuilder(types.StringType, len(r.topics))
			for _, t := range r.topics {
				d.AppendString(t)
			}
			cols[i] = &vector.Vector{Type: types.StringType, Form: vector.Dict, Len: n, Codes: r.codes, Dictionary: d.Finish()}
		case columnPartition:
			cols[i] = &vector.Vector{Type: types.IntType, Len: n, I32: r.parts}
		case columnOffset:
			cols[i] = &vector.Vector{Type: types.LongType, Len: n, I64: r.offsets}
		case columnTimestamp:
			cols[i] = &vector.Vector{Type: types.TimestampType, Len: n, I64: r.times}
		case columnTimestampType:
			cols[i] = &vector.Vector{Type: types.IntType, Len: n, I32: r.kinds}
		case columnHeaders:
			cols[i] = r.headers.Finish()
		}
	}
	r.reset()
	return r.sink(vector.NewBatch(cols, n))
}

// chunk appends the rows of a chunk.
func (r *rows) chunk(c *chunk) error {
	r.p = c.p
	r.topic()
	for _, b := range c.batches {
		if err := r.batch(c, b); err != nil {
			return err
		}
	}
	return nil
}

// topic finds the code of the partition's topic in the batch's dictionary.
func (r *rows) topic() {
	if !r.want[columnTopic] {
		return
	}
	for i, t := range r.topics {
		if t == r.p.topic {
			r.code = uint32(i)
			return
		}
	}
	r.code = uint32(len(r.topics))
	r.topics = append(r.topics, r.p.topic)
}

func corrupt(p partition, base int64, reason string) error {
	return sqlerr.New("KAFKA_CORRUPT_RECORDS", "partition", p.String(), "offset", fmt.Sprint(base), "reason", reason)
}

// batch appends the rows of a record batch.
func (r *rows) batch(c *chunk, b recordBatch) error {
	data := c.data[b.from:b.to]
	if b.magic < 2 {
		return r.messages(c, b)
	}
	if r.checksums && crc32.Checksum(data[21:], castagnoli) != binary.BigEndian.Uint32(data[17:]) {
		return corrupt(c.p, b.base, "the checksum does not match")
	}
	records := data[batchHeader:]
	if codec := b.attributes & codecBits; codec != 0 {
		plain, err := decompressor.Decompress(records, kgo.CompressionCodecType(codec))
		if err != nil {
			return corrupt(c.p, b.base, err.Error())
		}
		defer recycled.PutDecompressBytes(plain)
		records = plain
	}
	kind, fixed := int32(0), b.attributes&bitLogAppendTime != 0
	if fixed {
		kind = 1
	}
	in := reader{b: records}
	for range b.count {
		length := in.varint()
		body := reader{b: in.take(length)}
		if in.bad {
			return corrupt(c.p, b.base, "the batch is cut short")
		}
		body.take(1) // attributes
		ms := b.first + body.varint()
		if fixed {
			ms = b.most
		}
		offset := b.base + body.varint()
		key, value := body.bytes(), body.bytes()
		if body.bad {
			return corrupt(c.p, b.base, "a record is cut short")
		}
		if offset < c.from || c.limit > 0 && offset >= c.limit {
			continue
		}
		if r.headers != nil {
			if err := r.header(&body); err != nil {
				return corrupt(c.p, b.base, err.Error())
			}
		}
		if err := r.row(key, value, offset, ms, kind); err != nil {
			return err
		}
	}
	return nil
}

// header appends the headers of a record; NULL where there are none, as with Spark.
func (r *rows) header(body *reader) error {
	n := body.varint()
	if n == 0 {
		r.headers.AppendNull()
		return nil
	}
	list := r.headers.Child(0)
	for range n {
		key, value := body.bytes(), body.bytes()
		if body.bad {
			return errors.New("the headers are cut short")
		}
		list.Child(0).AppendBytes(key)
		appendOr(list.Child(1), value)
		list.AppendStruct()
	}
	if body.bad || n < 0 {
		return errors.New("the headers are cut short")
	}
	r.headers.AppendList(int(n))
	return nil
}

// appendOr appends a value, NULL for nil.
func appendOr(b *vector.Builder, value []byte) {
	if value == nil {
		b.AppendNull()
		return
	}
	b.AppendBytes(value)
}

func (r *rows) row(key, value []byte, offset, ms int64, kind int32) error {
	if r.key != nil {
		appendOr(r.key, key)
	}
	if r.value != nil {
		appendOr(r.value, value)
	}
	if r.codes != nil {
		r.codes = append(r.codes, r.code)
	}
	if r.parts != nil {
		r.parts = append(r.parts, r.p.id)
	}
	if r.offsets != nil {
		r.offsets = append(r.offsets, offset)
	}
	if r.times != nil {
		r.times = append(r.times, ms*1000)
	}
	if r.kinds != nil {
		r.kinds = append(r.kinds, kind)
	}
	r.n++
	if r.n < vector.BatchSize && (r.value == nil || r.value.HeapLen() < heapGoal) && (r.key == nil || r.key.HeapLen() < heapGoal) {
		return nil
	}
	if err := r.flush(); err != nil {
		return err
	}
	r.topic()
	return nil
}

// messages appends messages in the formats before Kafka 0.11, which brokers may still keep.
func (r *rows) messages(c *chunk, b recordBatch) error {
	answer := kmsg.NewFetchResponseTopicPartition()
	answer.Partition, answer.RecordBatches = c.p.id, c.data[b.from:b.to]
	o := kgo.ProcessFetchPartitionOpts{Topic: c.p.topic, Partition: c.p.id, Offset: c.from, DisableCRCValidation: !r.checksums}
	got, _ := kgo.ProcessFetchPartition(o, &answer, kgo.DefaultDecompressor(), nil)
	if got.Err != nil {
		return corrupt(c.p, b.last, got.Err.Error())
	}
	for _, m := range got.Records {
		if m.Offset < c.from || c.limit > 0 && m.Offset >= c.limit {
			continue
		}
		if r.headers != nil {
			r.headers.AppendNull()
		}
		if err := r.row(m.Key, m.Value, m.Offset, m.Timestamp.UnixMilli(), int32(m.Attrs.TimestampType())); err != nil {
			return err
		}
	}
	return nil
}
