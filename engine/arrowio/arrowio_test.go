package arrowio

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/argan-sql/argan/engine"
	"github.com/argan-sql/argan/exec/vector"
	"github.com/argan-sql/argan/types"
)

// columns are values of every kind of type, with NULLs among them.
func columns() []*vector.Vector {
	intervalOfDays := types.NewDayTime(types.UnitHour, types.UnitMinute)
	return []*vector.Vector{
		vector.Of(types.NullType, nil, nil, nil),
		vector.Of(types.BooleanType, true, nil, false),
		vector.Of(types.ByteType, int8(-1), nil, int8(127)),
		vector.Of(types.ShortType, int16(-1), nil, int16(1)),
		vector.Of(types.IntType, int32(-1), nil, int32(1)),
		vector.Of(types.LongType, int64(-1), nil, int64(1)<<60),
		vector.Of(types.FloatType, float32(1.5), nil, float32(math.Inf(1))),
		vector.Of(types.DoubleType, 1.5, nil, -2.25),
		vector.Of(types.NewDecimal(10, 2), types.Int128From(-150), nil, types.Int128From(99)),
		vector.Of(types.NewDecimal(38, 1), types.Int128From(-15), nil, types.Int128{Hi: 5, Lo: 7}),
		vector.Of(types.StringType, "a", nil, "längerer Text, der nicht in zwölf Bytes passt"),
		vector.Of(types.BinaryType, []byte{0, 255}, nil, []byte{}),
		vector.Of(types.DateType, int32(-1), nil, int32(20000)),
		vector.Of(types.TimestampType, int64(-1), nil, int64(1_700_000_000_000_001)),
		vector.Of(types.TimestampNTZType, int64(-1), nil, int64(1)),
		vector.Of(types.NewYearMonth(types.UnitYear, types.UnitMonth), int32(-14), nil, int32(3)),
		vector.Of(intervalOfDays, int64(60_000_000), nil, int64(-1)),
		vector.Of(types.CalendarType, types.Interval{Months: 1, Days: -2, Micros: 3}, nil, types.Interval{}),
		vector.Of(types.NewArray(types.IntType, true), []any{int32(1), nil}, nil, []any{}),
		vector.Of(types.NewMap(types.StringType, types.LongType, true), []vector.Pair{{Key: "k", Value: int64(1)}, {Key: "l", Value: nil}}, nil, []vector.Pair{}),
		vector.Of(types.NewStruct(types.Field{Name: "x", Type: types.IntType, Nullable: true}, types.Field{Name: "y", Type: types.StringType, Nullable: true}), []any{int32(1), "z"}, nil, []any{nil, nil}),
	}
}

func TestThereAndBack(t *testing.T) {
	cols := columns()
	schema := types.NewStruct()
	for i, c := range cols {
		schema.Fields = append(schema.Fields, types.Field{Name: fmt.Sprint("c", i), Type: c.Type, Nullable: true})
	}
	rec, err := Record(Schema(schema, "Africa/Casablanca"), vector.NewBatch(cols, 3))
	if err != nil {
		t.Fatal(err)
	}
	defer rec.Release()
	named, err := NamedSchema(rec.Schema())
	if err != nil {
		t.Fatal(err)
	}
	back, err := BatchOf(named, rec)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range cols {
		if got := named.Fields[i].Type; !got.Equal(c.Type) {
			t.Errorf("%s comes back as %s", c.Type.SQL(), got.SQL())
		}
		for row := range 3 {
			want, got := fmt.Sprintf("%#v", c.Value(row)), fmt.Sprintf("%#v", back.Column(i).Value(row))
			if want != got {
				t.Errorf("%s: row %d is %s, want %s", c.Type.SQL(), row, got, want)
			}
		}
	}
}

func TestRecordOfSlicesAndDictionaries(t *testing.T) {
	long := vector.Of(types.StringType, "a", nil, "c", "d", nil, "f")
	b := vector.NewBatch([]*vector.Vector{vector.Slice(long, 1, 5), vector.ConstOf(types.LongType, int64(7), 4), vector.NullConst(types.IntType, 4)}, 4)
	schema := types.NewStruct(types.Field{Name: "s", Type: types.StringType, Nullable: true}, types.Field{Name: "c", Type: types.LongType}, types.Field{Name: "n", Type: types.IntType, Nullable: true})
	rec, err := Record(Schema(schema, "UTC"), b)
	if err != nil {
		t.Fatal(err)
	}
	defer rec.Release()
	var got []string
	for i := range rec.Columns() {
		got = append(got, rec.Column(i).String())
	}
	if s := strings.Join(got, " "); s != `[(null) "c" "d" (null)] [7 7 7 7] [(null) (null) (null) (null)]` {
		t.Errorf("%s", s)
	}
}

func TestIntervalsBeyondArrow(t *testing.T) {
	schema := types.NewStruct(types.Field{Name: "i", Type: types.CalendarType})
	_, err := Record(Schema(schema, "UTC"), vector.NewBatch([]*vector.Vector{vector.Of(types.CalendarType, types.Interval{Micros: math.MaxInt64})}, 1))
	if err == nil || !strings.Contains(err.Error(), "UNSUPPORTED_FEATURE") {
		t.Errorf("%v", err)
	}
}

func TestForeignArrays(t *testing.T) {
	for _, c := range []struct {
		typ  arrow.DataType
		json string
		want string // the SQL type, then the values
	}{
		{arrow.PrimitiveTypes.Uint8, "[255, null]", "SMALLINT 255 <nil>"},
		{arrow.PrimitiveTypes.Uint32, "[4294967295]", "BIGINT 4294967295"},
		{arrow.BinaryTypes.LargeString, `["x"]`, "STRING x"},
		{arrow.BinaryTypes.StringView, `["x"]`, "STRING x"},
		{&arrow.TimestampType{Unit: arrow.Second, TimeZone: "UTC"}, `["1970-01-01 00:00:02Z"]`, "TIMESTAMP 2000000"},
		{&arrow.TimestampType{Unit: arrow.Nanosecond}, `["1969-12-31 23:59:59.999999001"]`, "TIMESTAMP_NTZ -1"},
		{arrow.FixedWidthTypes.Date64, "[86400000]", "DATE 1"},
		{&arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: arrow.BinaryTypes.String}, `["a", "b", "a"]`, "STRING a b a"},
		{arrow.LargeListOf(arrow.PrimitiveTypes.Int32), "[[1, 2]]", "ARRAY<INT> [1 2]"},
	} {
		a, _, err := array.FromJSON(memory.DefaultAllocator, c.typ, strings.NewReader(c.json))
		if err != nil {
			t.Errorf("%s: %v", c.typ, err)
			continue
		}
		schema := arrow.NewSchema([]arrow.Field{{Name: "a", Type: c.typ, Nullable: true}}, nil)
		b, err := Batch(array.NewRecordBatch(schema, []arrow.Array{a}, int64(a.Len())))
		if err != nil {
			t.Errorf("%s: %v", c.typ, err)
			continue
		}
		got := b.Column(0).Type.SQL()
		for i := range b.Len() {
			got += fmt.Sprint(" ", b.Column(0).Value(i))
		}
		if got != c.want {
			t.Errorf("%s is %s, want %s", c.typ, got, c.want)
		}
	}
	for _, typ := range []arrow.DataType{&arrow.Decimal256Type{Precision: 50, Scale: 40}, arrow.FixedWidthTypes.Time64us} {
		if _, err := FromType(typ); err == nil {
			t.Errorf("%s is taken", typ)
		}
	}
}

func TestNamedSchemaTrustsNoStranger(t *testing.T) {
	field := arrow.Field{Name: "a", Type: arrow.PrimitiveTypes.Int32, Metadata: arrow.NewMetadata([]string{typeNameKey}, []string{"STRING"})}
	s, err := NamedSchema(arrow.NewSchema([]arrow.Field{field}, nil))
	if err != nil || !s.Fields[0].Type.Equal(types.IntType) {
		t.Errorf("%v %v", s, err)
	}
}

func TestReader(t *testing.T) {
	e, err := engine.Open(engine.Config{Warehouse: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	s, err := e.NewSession(engine.SessionOptions{})
	if err != nil {
		t.Fatal(err)
	}
	result, err := s.Query(t.Context(), engine.Request{SQL: "SELECT id, CAST(id AS DECIMAL(10,1)) AS d FROM range(5000)"})
	if err != nil {
		t.Fatal(err)
	}
	defer result.Close()
	r, n := NewReader(result, "UTC"), int64(0)
	for {
		rec, err := r.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if rec == nil {
			break
		}
		n += rec.NumRows()
		rec.Release()
	}
	if n != 5000 || r.Schema.Field(1).Type.String() != "decimal(10, 1)" {
		t.Errorf("%d rows of %s", n, r.Schema)
	}
}
