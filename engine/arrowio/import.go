package arrowio

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/sqlerr"
	"github.com/argan-sql/argan/types"
)

// Batch copies a record batch into a batch of the types that FromSchema gives.
func Batch(rec arrow.RecordBatch) (*vector.Batch, error) {
	schema, err := FromSchema(rec.Schema())
	if err != nil {
		return nil, err
	}
	return BatchOf(schema, rec)
}

// BatchOf copies a record batch into a batch of a schema that NamedSchema or FromSchema gave for it.
func BatchOf(schema *types.Type, rec arrow.RecordBatch) (*vector.Batch, error) {
	cols := make([]*vector.Vector, rec.NumCols())
	for i, c := range rec.Columns() {
		b := vector.NewBuilder(schema.Fields[i].Type, c.Len())
		for row := range c.Len() {
			v, err := Value(c, row)
			if err != nil {
				return nil, err
			}
			b.AppendValue(v)
		}
		cols[i] = b.Finish()
	}
	return vector.NewBatch(cols, int(rec.NumRows())), nil
}

// Value is the value of an array at a row, in the shape that vector.Value has for its SQL type.
func Value(a arrow.Array, row int) (any, error) {
	if a.IsNull(row) {
		return nil, nil
	}
	switch a := a.(type) {
	case *array.Null:
		return nil, nil
	case *array.Boolean:
		return a.Value(row), nil
	case *array.Int8:
		return a.Value(row), nil
	case *array.Int16:
		return a.Value(row), nil
	case *array.Int32:
		return a.Value(row), nil
	case *array.Int64:
		return a.Value(row), nil
	case *array.Uint8:
		return int16(a.Value(row)), nil
	case *array.Uint16:
		return int32(a.Value(row)), nil
	case *array.Uint32:
		return int64(a.Value(row)), nil
	case *array.Uint64:
		return types.Int128{Lo: a.Value(row)}, nil
	case *array.Float16:
		return a.Value(row).Float32(), nil
	case *array.Float32:
		return a.Value(row), nil
	case *array.Float64:
		return a.Value(row), nil
	case *array.Decimal128:
		v := a.Value(row)
		return types.Int128{Hi: v.HighBits(), Lo: v.LowBits()}, nil
	case *array.Decimal256:
		v, ok := types.Int128FromBig(a.Value(row).BigInt())
		if !ok || !v.FitsPrecision(types.MaxPrecision) {
			return nil, sqlerr.Unsupported("A value of more than %d digits, of the Arrow type %s", types.MaxPrecision, a.DataType())
		}
		return v, nil
	case *array.Decimal32:
		return types.Int128From(int64(a.Value(row))), nil
	case *array.Decimal64:
		return types.Int128From(int64(a.Value(row))), nil
	case *array.String:
		return a.Value(row), nil
	case *array.LargeString:
		return a.Value(row), nil
	case *array.StringView:
		return a.Value(row), nil
	case *array.Binary:
		return a.Value(row), nil
	case *array.LargeBinary:
		return a.Value(row), nil
	case *array.BinaryView:
		return a.Value(row), nil
	case *array.FixedSizeBinary:
		return a.Value(row), nil
	case *array.Date32:
		return int32(a.Value(row)), nil
	case *array.Date64:
		return int32(floorDiv(int64(a.Value(row)), 86_400_000)), nil
	case *array.Timestamp:
		return micros(int64(a.Value(row)), a.DataType().(*arrow.TimestampType).Unit), nil
	case *array.Duration:
		return micros(int64(a.Value(row)), a.DataType().(*arrow.DurationType).Unit), nil
	case *array.MonthInterval:
		return int32(a.Value(row)), nil
	case *array.DayTimeInterval:
		v := a.Value(row)
		return int64(v.Days)*86_400_000_000 + int64(v.Milliseconds)*1000, nil
	case *array.MonthDayNanoInterval:
		v := a.Value(row)
		return types.Interval{Months: v.Months, Days: v.Days, Micros: v.Nanoseconds / 1000}, nil
	case array.ExtensionArray:
		return Value(a.Storage(), row)
	case *array.RunEndEncoded:
		return Value(a.Values(), a.GetPhysicalIndex(row))
	case *array.Dictionary:
		return Value(a.Dictionary(), a.GetValueIndex(row))
	case *array.Map:
		from, to := a.ValueOffsets(row)
		pairs := make([]vector.Pair, 0, to-from)
		for j := from; j < to; j++ {
			k, err := Value(a.Keys(), int(j))
			if err != nil {
				return nil, err
			}
			v, err := Value(a.Items(), int(j))
			if err != nil {
				return nil, err
			}
			pairs = append(pairs, vector.Pair{Key: k, Value: v})
		}
		return pairs, nil
	case *array.Struct:
		out := make([]any, a.NumField())
		for i := range out {
			v, err := Value(a.Field(i), row)
			if err != nil {
				return nil, err
			}
			out[i] = v
		}
		return out, nil
	case array.ListLike:
		from, to := a.ValueOffsets(row)
		out := make([]any, 0, to-from)
		for j := from; j < to; j++ {
			v, err := Value(a.ListValues(), int(j))
			if err != nil {
				return nil, err
			}
			out = append(out, v)
		}
		return out, nil
	}
	return nil, fmt.Errorf("no SQL value for Arrow type %s", a.DataType())
}

// micros brings a time to microseconds, rounding down.
func micros(v int64, unit arrow.TimeUnit) int64 {
	switch unit {
	case arrow.Second:
		return v * 1_000_000
	case arrow.Millisecond:
		return v * 1000
	case arrow.Nanosecond:
		return floorDiv(v, 1000)
	}
	return v
}

// floorDiv divides, rounding down.
func floorDiv(v, by int64) int64 {
	q := v / by
	if v%by < 0 {
		q--
	}
	return q
}
