package tablewriter

import (
	"time"

	"github.com/argan-sql/argan/catalog/delta"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// partitionRows are the rows of a batch that belong to one partition.
type partitionRows struct {
	partition *partition
	rows      []uint32
}

// partition is one combination of values.
type partition struct {
	key    string
	values []*string // as the log has them; nil for NULL
}

// maxCodes bounds what a partitioner remembers; a table of more partitions than that forgets and begins anew.
const maxCodes = 100_000

// partitioner splits batches by the values of the partition columns. Each value gets a small number, and so does each
// combination of numbers: per row there are only look-ups of numbers and bytes, values become text once.
type partitioner struct {
	columns []valueCodes
	pairs   []map[[2]int32]int32 // pairs[i]: number of the columns before i, number of column i → number of both
	parts   [][][2]int32         // parts[i]: the other way round
	all     []*partition         // by the last number
	codes   []int32
	counts  []int32 // by the last number, zero between batches
}

// valueCodes numbers the values of a column.
type valueCodes struct {
	texts  []*string
	ints   map[int64]int32
	bytes  map[string]int32
	others map[any]int32
	null   int32 // less one; 0: not seen
}

func (p *partitioner) reset(columns int) {
	*p = partitioner{columns: make([]valueCodes, columns), pairs: make([]map[[2]int32]int32, columns), parts: make([][][2]int32, columns), codes: p.codes}
	for i := range p.columns {
		p.columns[i] = valueCodes{ints: map[int64]int32{}, bytes: map[string]int32{}, others: map[any]int32{}}
		p.pairs[i] = map[[2]int32]int32{}
	}
}

// split gives the rows of a batch by partition, in the order in which partitions are first met.
func (p *partitioner) split(w *Writer, b *vector.Batch) ([]partitionRows, error) {
	if p.columns == nil || len(p.all) > maxCodes {
		p.reset(len(w.partitions))
	}
	n := b.Len()
	if cap(p.codes) < n {
		p.codes = make([]int32, n)
	}
	codes := p.codes[:n]
	clear(codes)
	for i, c := range w.partitions {
		if err := p.combine(w, i, b.Column(c), codes); err != nil {
			return nil, err
		}
	}
	for len(p.counts) < len(p.all) {
		p.counts = append(p.counts, 0)
	}
	var order []int32
	for _, code := range codes {
		if p.counts[code] == 0 {
			order = append(order, code)
		}
		p.counts[code]++
	}
	// One array for all lists: where each begins is in counts from here on.
	rows := make([]uint32, n)
	out := make([]partitionRows, len(order))
	from := int32(0)
	for i, code := range order {
		size := p.counts[code]
		out[i] = partitionRows{p.all[code], rows[from : from+size : from+size]}
		p.counts[code] = from
		from += size
	}
	for row, code := range codes {
		rows[p.counts[code]] = uint32(row)
		p.counts[code]++
	}
	for _, code := range order {
		p.counts[code] = 0
	}
	return out, nil
}

// combine turns codes, which number the values of the columns before i, into numbers that take column i in.
func (p *partitioner) combine(w *Writer, i int, v *vector.Vector, codes []int32) error {
	column, pairs := &p.columns[i], p.pairs[i]
	last := i == len(p.columns)-1
	values, kind := v.Values(), v.Type.Physical()
	for row := range codes {
		var code int32
		var known bool
		at := v.Index(row)
		switch null := v.IsNull(row); {
		case null:
			code, known = column.null-1, column.null > 0
		case kind == types.PhysInt32:
			code, known = column.ints[int64(values.I32[at])]
		case kind == types.PhysInt64:
			code, known = column.ints[values.I64[at]]
		case kind == types.PhysBytes:
			code, known = column.bytes[string(v.Bytes(row))]
		default:
			code, known = column.others[v.Value(row)]
		}
		if !known {
			var err error
			if code, err = column.add(w.kinds[i], v, row, kind); err != nil {
				return err
			}
		}
		pair := [2]int32{codes[row], code}
		both, ok := pairs[pair]
		if !ok {
			both = int32(len(pairs))
			pairs[pair] = both
			p.parts[i] = append(p.parts[i], pair)
			if last {
				p.all = append(p.all, p.partition(pair))
			}
		}
		codes[row] = both
	}
	return nil
}

// add numbers a new value.
func (c *valueCodes) add(t *types.Type, v *vector.Vector, row int, kind types.Physical) (int32, error) {
	text, err := delta.FormatPartitionValue(t, v.Value(row), time.UTC)
	if err != nil {
		return 0, err
	}
	if text != nil && *text == "" {
		text = nil // Hive's layout has no empty text: Spark reads it back as NULL
	}
	code := int32(len(c.texts))
	c.texts = append(c.texts, text)
	at := v.Index(row)
	switch {
	case v.IsNull(row):
		c.null = code + 1
	case kind == types.PhysInt32:
		c.ints[int64(v.Values().I32[at])] = code
	case kind == types.PhysInt64:
		c.ints[v.Values().I64[at]] = code
	case kind == types.PhysBytes:
		c.bytes[string(v.Bytes(row))] = code
	default:
		c.others[v.Value(row)] = code
	}
	return code, nil
}

// partition is the combination that a pair of the last column's numbers stands for.
func (p *partitioner) partition(pair [2]int32) *partition {
	values := make([]*string, len(p.columns))
	for i := len(p.columns) - 1; i >= 0; i-- {
		values[i] = p.columns[i].texts[pair[1]]
		if i > 0 {
			pair = p.parts[i-1][pair[0]]
		}
	}
	var key []byte
	for _, t := range values {
		if t == nil {
			key = append(key, 0)
		} else {
			key = append(append(append(key, 1), *t...), 0)
		}
	}
	return &partition{string(key), values}
}
