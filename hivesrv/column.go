package hivesrv

import (
	"strconv"
	"time"

	hive "github.com/beltran/gohive/hiveserver"

	"github.com/argan-sql/argan/engine/render"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// column gathers the values of one column of a page.
type column interface {
	// add takes the rows from to to of a vector.
	add(v *vector.Vector, from, to int)
	// size is what has been gathered, in bytes.
	size() int
	thrift() *hive.TColumn
}

// newColumns makes the columns of a page.
func newColumns(schema *types.Type, zone *time.Location) []column {
	out := make([]column, len(schema.Fields))
	for i, f := range schema.Fields {
		if build := builders[f.Type.Kind]; build != nil {
			out[i] = build()
		} else {
			out[i] = &textColumn{zone: zone}
		}
	}
	return out
}

// builders of the kinds that have a column of their own; all others are text.
var builders = map[types.Kind]func() column{
	types.Boolean: func() column {
		return &fixedColumn[bool, bool]{values: func(v *vector.Vector) []bool { return v.Bools }, convert: same[bool], width: 1, wrap: func(values []bool, nulls []byte) *hive.TColumn {
			return &hive.TColumn{BoolVal: &hive.TBoolColumn{Values: values, Nulls: nulls}}
		}}
	},
	types.Byte: func() column {
		return &fixedColumn[int8, int8]{values: func(v *vector.Vector) []int8 { return v.I8 }, convert: same[int8], width: 1, wrap: func(values []int8, nulls []byte) *hive.TColumn {
			return &hive.TColumn{ByteVal: &hive.TByteColumn{Values: values, Nulls: nulls}}
		}}
	},
	types.Short: func() column {
		return &fixedColumn[int16, int16]{values: func(v *vector.Vector) []int16 { return v.I16 }, convert: same[int16], width: 2, wrap: func(values []int16, nulls []byte) *hive.TColumn {
			return &hive.TColumn{I16Val: &hive.TI16Column{Values: values, Nulls: nulls}}
		}}
	},
	types.Int: func() column {
		return &fixedColumn[int32, int32]{values: func(v *vector.Vector) []int32 { return v.I32 }, convert: same[int32], width: 4, wrap: func(values []int32, nulls []byte) *hive.TColumn {
			return &hive.TColumn{I32Val: &hive.TI32Column{Values: values, Nulls: nulls}}
		}}
	},
	types.Long: func() column {
		return &fixedColumn[int64, int64]{values: func(v *vector.Vector) []int64 { return v.I64 }, convert: same[int64], width: 8, wrap: func(values []int64, nulls []byte) *hive.TColumn {
			return &hive.TColumn{I64Val: &hive.TI64Column{Values: values, Nulls: nulls}}
		}}
	},
	types.Float: func() column {
		return &fixedColumn[float32, float64]{values: func(v *vector.Vector) []float32 { return v.F32 }, convert: widen, width: 8, wrap: doubles}
	},
	types.Double: func() column {
		return &fixedColumn[float64, float64]{values: func(v *vector.Vector) []float64 { return v.F64 }, convert: same[float64], width: 8, wrap: doubles}
	},
	types.Binary: func() column { return &binaryColumn{} },
}

func same[T any](x T) T { return x }

// widen gives the double that is written like the float: 1.1 stays 1.1, as on Hive and Spark.
func widen(f float32) float64 {
	var digits [24]byte
	d, err := strconv.ParseFloat(string(strconv.AppendFloat(digits[:0], float64(f), 'g', -1, 32)), 64)
	if err != nil {
		return float64(f)
	}
	return d
}

func doubles(values []float64, nulls []byte) *hive.TColumn {
	return &hive.TColumn{DoubleVal: &hive.TDoubleColumn{Values: values, Nulls: nulls}}
}

// nulls is a set of bits, one a row, as Java's BitSet writes itself: only as long as needed.
type nulls struct {
	rows int
	bits []byte
}

func (n *nulls) set(row int) {
	for len(n.bits) <= row/8 {
		n.bits = append(n.bits, 0)
	}
	n.bits[row/8] |= 1 << (row % 8)
}

// add takes the NULLs of the rows from to to of a vector and says whether there may be any.
func (n *nulls) add(v *vector.Vector, from, to int) bool {
	base := n.rows - from
	n.rows += to - from
	if !v.HasNulls() {
		return false
	}
	for i := from; i < to; i++ {
		if v.IsNull(i) {
			n.set(base + i)
		}
	}
	return true
}

func (n *nulls) bytes() []byte {
	if n.bits == nil {
		return []byte{}
	}
	return n.bits
}

// fixedColumn is a column of values of one width: T in vectors, U on the wire.
type fixedColumn[T, U any] struct {
	values  func(*vector.Vector) []T
	convert func(T) U
	wrap    func(values []U, nulls []byte) *hive.TColumn
	width   int
	out     []U
	nulls   nulls
}

func (c *fixedColumn[T, U]) add(v *vector.Vector, from, to int) {
	anyNull := c.nulls.add(v, from, to)
	values := c.values(v.Values())
	var zero U
	for i := from; i < to; i++ {
		if anyNull && v.IsNull(i) {
			c.out = append(c.out, zero)
		} else {
			c.out = append(c.out, c.convert(values[v.Index(i)]))
		}
	}
}

func (c *fixedColumn[T, U]) size() int { return c.width * len(c.out) }

func (c *fixedColumn[T, U]) thrift() *hive.TColumn {
	if c.out == nil {
		c.out = []U{}
	}
	return c.wrap(c.out, c.nulls.bytes())
}

// textColumn is a column of text: strings, and every type that has no column of its own, as Spark prints it.
type textColumn struct {
	zone  *time.Location
	heap  []byte
	ends  []int
	nulls nulls
}

func (c *textColumn) add(v *vector.Vector, from, to int) {
	anyNull := c.nulls.add(v, from, to)
	plain := v.Type.IsString()
	for i := from; i < to; i++ {
		switch {
		case anyNull && v.IsNull(i):
		case plain:
			c.heap = append(c.heap, v.Bytes(i)...)
		default:
			c.heap = render.AppendText(c.heap, v, i, c.zone)
		}
		c.ends = append(c.ends, len(c.heap))
	}
}

func (c *textColumn) size() int { return len(c.heap) + 24*len(c.ends) }

func (c *textColumn) thrift() *hive.TColumn {
	all, from := string(c.heap), 0
	out := make([]string, len(c.ends))
	for i, to := range c.ends {
		out[i], from = all[from:to], to
	}
	return &hive.TColumn{StringVal: &hive.TStringColumn{Values: out, Nulls: c.nulls.bytes()}}
}

// binaryColumn is a column of bytes.
type binaryColumn struct {
	out   [][]byte
	bytes int
	nulls nulls
}

func (c *binaryColumn) add(v *vector.Vector, from, to int) {
	anyNull := c.nulls.add(v, from, to)
	for i := from; i < to; i++ {
		b := []byte{}
		if !anyNull || !v.IsNull(i) {
			b = v.Bytes(i)
		}
		c.bytes += len(b) + 32
		c.out = append(c.out, b)
	}
}

func (c *binaryColumn) size() int { return c.bytes }

func (c *binaryColumn) thrift() *hive.TColumn {
	if c.out == nil {
		c.out = [][]byte{}
	}
	return &hive.TColumn{BinaryVal: &hive.TBinaryColumn{Values: c.out, Nulls: c.nulls.bytes()}}
}
