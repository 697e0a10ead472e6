package tablewriter

import (
	"time"

	"github.com/argan-sql/argan/catalog/delta"
	"github.com/argan-sql/argan/exec/vector"
)

// partitionRows are the rows of a batch that belong to one partition.
type partitionRows struct {
	key    string
	values []*string
	rows   []uint32
}

// partitioner splits batches by the values of the partition columns. Values are turned into text once per distinct value.
type partitioner struct {
	texts []map[any]*string // per partition column: value → text in the log
}

func (p *partitioner) split(w *Writer, b *vector.Batch) ([]*partitionRows, error) {
	if p.texts == nil {
		p.texts = make([]map[any]*string, len(w.partitions))
		for i := range p.texts {
			p.texts[i] = map[any]*string{}
		}
	}
	n := b.Len()
	byKey := map[string]*partitionRows{}
	var order []*partitionRows
	values := make([]*string, len(w.partitions))
	cols := make([]*vector.Vector, len(w.partitions))
	for i, c := range w.partitions {
		cols[i] = b.Column(c)
	}
	var key []byte
	for row := range n {
		key = key[:0]
		for i, c := range cols {
			t, err := p.text(w, i, c, row)
			if err != nil {
				return nil, err
			}
			values[i] = t
			if t == nil {
				key = append(key, 0)
			} else {
				key = append(append(append(key, 1), *t...), 0)
			}
		}
		g := byKey[string(key)]
		if g == nil {
			g = &partitionRows{key: string(key), values: append([]*string{}, values...)}
			byKey[g.key] = g
			order = append(order, g)
		}
		g.rows = append(g.rows, uint32(row))
	}
	return order, nil
}

func (p *partitioner) text(w *Writer, i int, c *vector.Vector, row int) (*string, error) {
	v := c.Value(row)
	key := v
	if b, isBytes := v.([]byte); isBytes {
		key = string(b)
	}
	if t, ok := p.texts[i][key]; ok {
		return t, nil
	}
	t, err := delta.FormatPartitionValue(w.kinds[i], v, time.UTC)
	if err != nil {
		return nil, err
	}
	if t != nil && *t == "" {
		t = nil // Hive's layout has no empty text: Spark reads it back as NULL
	}
	if len(p.texts[i]) > 100_000 {
		p.texts[i] = map[any]*string{}
	}
	p.texts[i][key] = t
	return t, nil
}
