package arrowio

import (
	"context"
	"fmt"
	"math"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/argan-sql/argan/engine"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// Reader turns a result into record batches.
type Reader struct {
	Result engine.Rows
	Schema *arrow.Schema
}

// NewReader is a reader over a result whose timestamps are in zone.
func NewReader(r engine.Rows, zone string) *Reader {
	return &Reader{Result: r, Schema: Schema(r.Schema(), zone)}
}

// Next gives the next record batch, nil at the end. The caller releases it.
func (r *Reader) Next(ctx context.Context) (arrow.RecordBatch, error) {
	b, err := r.Result.Next(ctx)
	if err != nil || b == nil {
		return nil, err
	}
	return Record(r.Schema, b)
}

// Record is a batch as a record batch of the schema. A value that Arrow cannot hold (a calendar interval of more than 292
// years of time) is an error.
func Record(schema *arrow.Schema, b *vector.Batch) (arrow.RecordBatch, error) {
	return record(schema, b, func(i int, v *vector.Vector) (arrow.ArrayData, error) { return columnData(schema.Field(i).Type, v) })
}

// record puts the columns together, which encode makes.
func record(schema *arrow.Schema, b *vector.Batch, encode func(i int, v *vector.Vector) (arrow.ArrayData, error)) (arrow.RecordBatch, error) {
	n := b.Len()
	cols := make([]arrow.Array, len(b.Cols))
	for i := range b.Cols {
		data, err := encode(i, b.Column(i))
		if err != nil {
			return nil, err
		}
		cols[i] = array.MakeFromData(data)
		data.Release()
	}
	rec := array.NewRecordBatch(schema, cols, int64(n))
	for _, c := range cols {
		c.Release()
	}
	return rec, nil
}

// bytesOf views a slice as bytes, without copying.
func bytesOf[T any](s []T) []byte {
	if len(s) == 0 {
		return nil
	}
	var zero T
	return unsafe.Slice((*byte)(unsafe.Pointer(&s[0])), len(s)*int(unsafe.Sizeof(zero)))
}

// validity is the bitmap of a vector as Arrow's, and the number of NULLs. Both are least significant bit first.
func validity(v *vector.Vector) (*memory.Buffer, int) {
	nulls := v.Nulls()
	if nulls == nil {
		return nil, 0
	}
	count := 0
	for i := 0; i < v.Len; i++ {
		if !nulls.Get(i) {
			count++
		}
	}
	if count == 0 {
		return nil, 0
	}
	return memory.NewBufferBytes(bytesOf(nulls)), count
}

func columnData(dt arrow.DataType, v *vector.Vector) (*array.Data, error) {
	if v.Type.Physical() == types.PhysBytes {
		return stringData(dt, v)
	}
	v = vector.Flatten(v)
	n := v.Len
	valid, nulls := validity(v)
	fixed := func(raw []byte) (*array.Data, error) {
		return array.NewData(dt, n, []*memory.Buffer{valid, memory.NewBufferBytes(raw)}, nil, nulls, 0), nil
	}
	switch v.Type.Physical() {
	case types.PhysNull:
		return array.NewData(dt, n, []*memory.Buffer{nil}, nil, n, 0), nil
	case types.PhysBool:
		bits := vector.NewBitmap(n, false)
		for i, x := range v.Bools[:n] {
			if x {
				bits.Set(i)
			}
		}
		return fixed(bytesOf(bits))
	case types.PhysInt8:
		return fixed(bytesOf(v.I8[:n]))
	case types.PhysInt16:
		return fixed(bytesOf(v.I16[:n]))
	case types.PhysInt32:
		return fixed(bytesOf(v.I32[:n]))
	case types.PhysInt64:
		if v.Type.Kind == types.Decimal {
			wide := make([]uint64, 2*n)
			for i, x := range v.I64[:n] {
				wide[2*i], wide[2*i+1] = uint64(x), uint64(x>>63)
			}
			return fixed(bytesOf(wide))
		}
		return fixed(bytesOf(v.I64[:n]))
	case types.PhysInt128:
		wide := make([]uint64, 2*n)
		for i, x := range v.I128[:n] {
			wide[2*i], wide[2*i+1] = x.Lo, uint64(x.Hi)
		}
		return fixed(bytesOf(wide))
	case types.PhysFloat32:
		return fixed(bytesOf(v.F32[:n]))
	case types.PhysFloat64:
		return fixed(bytesOf(v.F64[:n]))
	case types.PhysInterval:
		out := make([]arrow.MonthDayNanoInterval, n)
		for i, x := range v.Intervals[:n] {
			if !v.Valid.Get(i) {
				continue
			}
			if x.Micros > math.MaxInt64/1000 || x.Micros < math.MinInt64/1000 {
				return nil, sqlerr.Unsupported("An interval of %d microseconds in an Arrow result", x.Micros).WithHint("Cast it to STRING.")
			}
			out[i] = arrow.MonthDayNanoInterval{Months: x.Months, Days: x.Days, Nanoseconds: x.Micros * 1000}
		}
		return fixed(bytesOf(out))
	case types.PhysList, types.PhysMap:
		return listData(dt, v, valid, nulls)
	case types.PhysStruct:
		st := dt.(*arrow.StructType)
		children := make([]arrow.ArrayData, len(v.Children))
		for i, c := range v.Children {
			d, err := columnData(st.Field(i).Type, c)
			if err != nil {
				return nil, err
			}
			children[i] = d
		}
		return array.NewData(dt, n, []*memory.Buffer{valid}, children, nulls, 0), nil
	}
	return nil, fmt.Errorf("arrowio: no form for %s", v.Type)
}

// stringData writes strings out one after the other, without flattening dictionaries first.
func stringData(dt arrow.DataType, v *vector.Vector) (*array.Data, error) {
	n := v.Len
	valid, nulls := validity(v)
	w := v.Values()
	offsets := make([]int32, n+1)
	total := 0
	if nulls == 0 && v.Form == vector.Dict {
		for i, c := range v.Codes[:n] {
			total += int(w.Spans[c].Len)
			offsets[i+1] = int32(min(total, math.MaxInt32))
		}
	} else {
		for i := range n {
			if nulls == 0 || !v.IsNull(i) {
				total += int(w.Spans[v.Index(i)].Len)
			}
			offsets[i+1] = int32(min(total, math.MaxInt32))
		}
	}
	if total > math.MaxInt32 {
		return nil, sqlerr.Unsupported("A batch with more than 2 GiB of text in one column")
	}
	heap := make([]byte, total)
	if nulls == 0 && v.Form == vector.Dict {
		for i, c := range v.Codes[:n] {
			s := w.Spans[c]
			copy(heap[offsets[i]:], w.Heap[s.Off:s.Off+s.Len])
		}
	} else {
		for i := range n {
			if offsets[i+1] > offsets[i] {
				s := w.Spans[v.Index(i)]
				copy(heap[offsets[i]:], w.Heap[s.Off:s.Off+s.Len])
			}
		}
	}
	return array.NewData(dt, n, []*memory.Buffer{valid, memory.NewBufferBytes(bytesOf(offsets)), memory.NewBufferBytes(heap)}, nil, nulls, 0), nil
}

// listData brings the elements of lists and maps into row order.
func listData(dt arrow.DataType, v *vector.Vector, valid *memory.Buffer, nulls int) (*array.Data, error) {
	offsets := make([]int32, v.Len+1)
	var sel []uint32
	for i, r := range v.Ranges[:v.Len] {
		if nulls == 0 || v.Valid.Get(i) {
			for j := r.Off; j < r.Off+r.Len; j++ {
				sel = append(sel, j)
			}
		}
		offsets[i+1] = int32(len(sel))
	}
	var child *array.Data
	if m, ok := dt.(*arrow.MapType); ok {
		keys, err := columnData(m.KeyType(), vector.Gather(v.Children[0], sel))
		if err != nil {
			return nil, err
		}
		values, err := columnData(m.ItemType(), vector.Gather(v.Children[1], sel))
		if err != nil {
			return nil, err
		}
		child = array.NewData(m.Elem(), len(sel), []*memory.Buffer{nil}, []arrow.ArrayData{keys, values}, 0, 0)
	} else {
		var err error
		if child, err = columnData(dt.(arrow.ListLikeType).Elem(), vector.Gather(v.Children[0], sel)); err != nil {
			return nil, err
		}
	}
	return array.NewData(dt, v.Len, []*memory.Buffer{valid, memory.NewBufferBytes(bytesOf(offsets))}, []arrow.ArrayData{child}, nulls, 0), nil
}
