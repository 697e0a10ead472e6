package flightsrv

import (
	"fmt"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal256"
	"github.com/apache/arrow-go/v18/arrow/extensions"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// fromJSON makes an array of a type with the values of a JSON list.
func fromJSON(t *testing.T, dt arrow.DataType, list string) arrow.Array {
	t.Helper()
	a, _, err := array.FromJSON(memory.DefaultAllocator, dt, strings.NewReader(list))
	if err != nil {
		t.Fatalf("%s: %v", dt, err)
	}
	return a
}

// TestParametersOfEveryArrowType: a value of each type that Arrow has is bound as the SQL type it stands for, the same
// whatever it is encoded as; what SQL has no type for is refused by name.
func TestParametersOfEveryArrowType(t *testing.T) {
	uuid := func() arrow.Array {
		b := extensions.NewUUIDBuilder(memory.DefaultAllocator)
		defer b.Release()
		if err := b.AppendValueFromString("00112233-4455-6677-8899-aabbccddeeff"); err != nil {
			t.Fatal(err)
		}
		return b.NewArray()
	}
	wide := func(text string, precision, scale int32) func() arrow.Array {
		return func() arrow.Array {
			v, err := decimal256.FromString(text, precision, scale)
			if err != nil {
				t.Fatal(err)
			}
			b := array.NewDecimal256Builder(memory.DefaultAllocator, &arrow.Decimal256Type{Precision: precision, Scale: scale})
			defer b.Release()
			b.Append(v)
			return b.NewArray()
		}
	}
	as := func(dt arrow.DataType, list string) func() arrow.Array {
		return func() arrow.Array { return fromJSON(t, dt, list) }
	}
	dictionary := func(dt arrow.DataType, codes, list string) func() arrow.Array {
		return func() arrow.Array {
			return array.NewDictionaryArray(&arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: dt}, fromJSON(t, arrow.PrimitiveTypes.Int8, codes), fromJSON(t, dt, list))
		}
	}
	runs := func(dt arrow.DataType, list string) func() arrow.Array {
		return func() arrow.Array {
			return array.NewRunEndEncodedArray(fromJSON(t, arrow.PrimitiveTypes.Int32, "[1]"), fromJSON(t, dt, list), 1, 0)
		}
	}
	list := func(dt arrow.DataType) *arrow.ListType { return arrow.ListOf(dt) }
	for _, s := range []struct {
		make func() arrow.Array
		want string // typeof, then the value as SQL prints it; "" where it is refused
		says string // what the refusal says
	}{
		{make: as(arrow.Null, "[null]"), want: "void <nil>"},
		{make: as(arrow.FixedWidthTypes.Boolean, "[true]"), want: "boolean true"},
		{make: as(arrow.PrimitiveTypes.Int8, "[-7]"), want: "tinyint -7"},
		{make: as(arrow.PrimitiveTypes.Int16, "[-7]"), want: "smallint -7"},
		{make: as(arrow.PrimitiveTypes.Int32, "[-7]"), want: "int -7"},
		{make: as(arrow.PrimitiveTypes.Int64, "[-7]"), want: "bigint -7"},
		{make: as(arrow.PrimitiveTypes.Uint8, "[255]"), want: "smallint 255"},
		{make: as(arrow.PrimitiveTypes.Uint16, "[65535]"), want: "int 65535"},
		{make: as(arrow.PrimitiveTypes.Uint32, "[4294967295]"), want: "bigint 4294967295"},
		{make: as(arrow.PrimitiveTypes.Uint64, "[18446744073709551615]"), want: "decimal(20,0) 18446744073709551615"},
		{make: as(arrow.FixedWidthTypes.Float16, "[1.5]"), want: "float 1.5"},
		{make: as(arrow.PrimitiveTypes.Float32, "[1.5]"), want: "float 1.5"},
		{make: as(arrow.PrimitiveTypes.Float64, "[1.5]"), want: "double 1.5"},
		{make: as(&arrow.Decimal32Type{Precision: 9, Scale: 2}, `["12.34"]`), want: "decimal(9,2) 12.34"},
		{make: as(&arrow.Decimal64Type{Precision: 18, Scale: 2}, `["12.34"]`), want: "decimal(18,2) 12.34"},
		{make: as(&arrow.Decimal128Type{Precision: 38, Scale: 2}, `["12.34"]`), want: "decimal(38,2) 12.34"},
		{make: wide("12.34", 38, 2), want: "decimal(38,2) 12.34"},
		{make: wide("12.34", 50, 2), want: "decimal(38,2) 12.34"},
		{make: wide("1234567890123456789012345678901234567890.5", 50, 1), says: "38 digits"},
		{make: wide("0.5", 50, 40), says: "decimal"},
		{make: as(arrow.BinaryTypes.String, `["a"]`), want: "string a"},
		{make: as(arrow.BinaryTypes.LargeString, `["a"]`), want: "string a"},
		{make: as(arrow.BinaryTypes.StringView, `["a text of more than twelve bytes"]`), want: "string a text of more than twelve bytes"},
		{make: as(arrow.BinaryTypes.Binary, `["YWJj"]`), want: "binary abc"},
		{make: as(arrow.BinaryTypes.LargeBinary, `["YWJj"]`), want: "binary abc"},
		{make: as(arrow.BinaryTypes.BinaryView, `["YSB0ZXh0IG9mIG1vcmUgdGhhbiB0d2VsdmUgYnl0ZXM="]`), want: "binary a text of more than twelve bytes"},
		{make: as(&arrow.FixedSizeBinaryType{ByteWidth: 3}, `["YWJj"]`), want: "binary abc"},
		{make: as(arrow.FixedWidthTypes.Date32, `["2026-02-03"]`), want: "date 2026-02-03"},
		{make: as(arrow.FixedWidthTypes.Date64, `["1969-12-31"]`), want: "date 1969-12-31"},
		{make: as(&arrow.TimestampType{Unit: arrow.Second}, `["2026-02-03 04:05:06"]`), want: "timestamp_ntz 2026-02-03 04:05:06"},
		{make: as(&arrow.TimestampType{Unit: arrow.Nanosecond, TimeZone: "UTC"}, `["2026-02-03 04:05:06.123456789Z"]`), want: "timestamp 2026-02-03 04:05:06.123456"},
		{make: as(arrow.FixedWidthTypes.Time32s, `["04:05:06"]`), says: "time32"},
		{make: as(arrow.FixedWidthTypes.Time64us, `["04:05:06"]`), says: "time64"},
		{make: as(arrow.FixedWidthTypes.Duration_s, `["93784s"]`), want: "interval day to second INTERVAL '1 02:03:04' DAY TO SECOND"},
		{make: as(arrow.FixedWidthTypes.MonthInterval, `[{"months": 14}]`), want: "interval year to month INTERVAL '1-2' YEAR TO MONTH"},
		{make: as(arrow.FixedWidthTypes.DayTimeInterval, `[{"days": 1, "milliseconds": 500}]`), want: "interval day to second INTERVAL '1 00:00:00.5' DAY TO SECOND"},
		{make: as(arrow.FixedWidthTypes.MonthDayNanoInterval, `[{"months": 14, "days": 3, "nanoseconds": 4000000000}]`), want: "interval 1 years 2 months 3 days 4 seconds"},
		{make: dictionary(arrow.BinaryTypes.String, "[1]", `["a", "b"]`), want: "string b"},
		{make: dictionary(arrow.PrimitiveTypes.Int64, "[0]", "[7]"), want: "bigint 7"},
		{make: dictionary(arrow.BinaryTypes.String, "[null]", `["a"]`), want: "string <nil>"},
		{make: dictionary(arrow.BinaryTypes.String, "[0]", "[null]"), want: "string <nil>"},
		{make: runs(arrow.BinaryTypes.String, `["a"]`), want: "string a"},
		{make: runs(arrow.PrimitiveTypes.Int64, "[null]"), want: "bigint <nil>"},
		{make: uuid, want: "binary " + string([]byte{0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff})},
		{make: as(list(arrow.PrimitiveTypes.Int32), "[[1, null]]"), want: "array<int> [1, null]"},
		{make: as(arrow.LargeListOf(arrow.BinaryTypes.String), `[["a"]]`), want: "array<string> [a]"},
		{make: as(arrow.FixedSizeListOf(2, arrow.PrimitiveTypes.Int64), "[[1, 2]]"), want: "array<bigint> [1, 2]"},
		{make: as(arrow.ListViewOf(arrow.PrimitiveTypes.Int32), "[[1, 2]]"), want: "array<int> [1, 2]"},
		{make: as(arrow.MapOf(arrow.BinaryTypes.String, arrow.PrimitiveTypes.Int32), `[[{"key": "a", "value": 1}]]`), want: "map<string,int> {a -> 1}"},
		{make: as(arrow.StructOf(arrow.Field{Name: "a", Type: list(arrow.PrimitiveTypes.Int32), Nullable: true}), `[{"a": [1]}]`), want: "struct<a:array<int>> {[1]}"},
		{make: as(arrow.StructOf(arrow.Field{Name: "a", Type: arrow.FixedWidthTypes.Time64ns, Nullable: true}), `[{"a": "04:05:06"}]`), says: "time64"},
	} {
		a := s.make()
		t.Run(a.DataType().String(), func(t *testing.T) {
			c, ctx := connect(t), within(t)
			p, err := c.Prepare(ctx, "SELECT typeof(:p) AS t, CAST(:p AS STRING) AS v")
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close(ctx)
			p.SetParameters(array.NewRecordBatch(arrow.NewSchema([]arrow.Field{{Name: ":p", Type: a.DataType(), Nullable: true}}, nil), []arrow.Array{a}, 1))
			var rows [][]string
			info, err := p.Execute(ctx)
			if err == nil {
				_, rows, err = fetch(ctx, c, info)
			}
			if s.want == "" {
				if err == nil || status.Code(err) != codes.InvalidArgument && status.Code(err) != codes.Unimplemented || !strings.Contains(err.Error(), s.says) {
					t.Errorf("%v, %v, want a refusal that says %q", rows, err, s.says)
				}
				return
			}
			if err != nil || fmt.Sprint(rows) != "[["+s.want+"]]" {
				t.Errorf("%q, %v, want %q", fmt.Sprint(rows), err, s.want)
			}
		})
	}
}
