package flightsrv

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql/schema_ref"
	wire "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// sqlType is a type as XDBC describes it: as an entry of a result's schema, NULL where there is nothing to say.
type sqlType struct {
	name           string
	code           int32 // as XDBC and java.sql.Types number it
	size           any   // int32: digits, or characters of the longest value as text
	prefix, suffix string
	params         []string // what stands in the brackets of the type
	search         wire.Searchable
	number         bool
	scale          []int32 // from, to
	whole, part    int32   // of dates, times and intervals: the kind, and which of the kind; 0 for others
}

// unlimited is the size of what has no bound but memory.
const unlimited = int32(0x7fffffff)

// Codes of java.sql.Types that XDBC has no name for.
const (
	codeMap    = 2000 // JAVA_OBJECT, as the JDBC driver has it
	codeStruct = 2002
	codeArray  = 2003
)

// What a condition may do with a column: nothing, compare it, or look into it by LIKE too.
const (
	notSearched = wire.Searchable_SEARCHABLE_NONE
	compared    = wire.Searchable_SEARCHABLE_BASIC
	searched    = wire.Searchable_SEARCHABLE_FULL
)

// sqlTypes are the types that a column may have, by their code and then by name.
var sqlTypes = []sqlType{
	{name: "BOOLEAN", code: -7, size: int32(1), search: searched},
	{name: "TINYINT", code: -6, size: int32(3), number: true, scale: []int32{0, 0}, search: searched},
	{name: "BIGINT", code: -5, size: int32(19), number: true, scale: []int32{0, 0}, search: searched},
	{name: "BINARY", code: -2, size: unlimited, prefix: "X'", suffix: "'", search: searched},
	{name: "VOID", search: searched},
	{name: "CHAR", code: 1, size: unlimited, prefix: "'", suffix: "'", params: []string{"length"}, search: searched},
	{name: "DECIMAL", code: 3, size: int32(38), params: []string{"precision", "scale"}, number: true, scale: []int32{0, 38}, search: searched},
	{name: "INT", code: 4, size: int32(10), number: true, scale: []int32{0, 0}, search: searched},
	{name: "SMALLINT", code: 5, size: int32(5), number: true, scale: []int32{0, 0}, search: searched},
	{name: "FLOAT", code: 7, size: int32(7), number: true, search: searched},
	{name: "DOUBLE", code: 8, size: int32(15), number: true, search: searched},
	{name: "INTERVAL DAY TO SECOND", code: 10, size: int32(27), prefix: "INTERVAL '", suffix: "' DAY TO SECOND", scale: []int32{6, 6}, search: searched, whole: 10, part: 110},
	{name: "INTERVAL YEAR TO MONTH", code: 10, size: int32(12), prefix: "INTERVAL '", suffix: "' YEAR TO MONTH", search: searched, whole: 10, part: 107},
	{name: "STRING", code: 12, size: unlimited, prefix: "'", suffix: "'", search: searched},
	{name: "VARCHAR", code: 12, size: unlimited, prefix: "'", suffix: "'", params: []string{"length"}, search: searched},
	{name: "DATE", code: 91, size: int32(10), prefix: "DATE'", suffix: "'", search: searched, whole: 9, part: 1},
	{name: "TIMESTAMP", code: 93, size: int32(26), prefix: "TIMESTAMP'", suffix: "'", scale: []int32{6, 6}, search: searched, whole: 9, part: 3},
	{name: "TIMESTAMP_NTZ", code: 93, size: int32(26), prefix: "TIMESTAMP_NTZ'", suffix: "'", scale: []int32{6, 6}, search: searched, whole: 9, part: 3},
	{name: "MAP", code: codeMap, params: []string{"key type", "value type"}, search: notSearched},
	{name: "STRUCT", code: codeStruct, params: []string{"fields"}, search: compared},
	{name: "ARRAY", code: codeArray, params: []string{"element type"}, search: compared},
}

// entry is the type's row, by the names of the columns.
func (t *sqlType) entry() map[string]any {
	out := map[string]any{
		"type_name": t.name, "data_type": t.code, "column_size": t.size, "nullable": int32(wire.Nullable_NULLABILITY_NULLABLE), "case_sensitive": t.code == 12 || t.code == 1,
		"searchable": int32(t.search), "fixed_prec_scale": false, "auto_increment": false, "sql_data_type": t.code, "local_type_name": t.name,
	}
	if t.prefix != "" {
		out["literal_prefix"], out["literal_suffix"] = t.prefix, t.suffix
	}
	if t.params != nil {
		out["create_params"] = t.params
	}
	if t.number {
		out["unsigned_attribute"], out["num_prec_radix"] = false, int32(10)
	}
	if t.scale != nil {
		out["minimum_scale"], out["maximum_scale"] = t.scale[0], t.scale[1]
	}
	if t.whole != 0 {
		out["sql_data_type"], out["datetime_subcode"] = t.whole, t.part
	}
	return out
}

// GetFlightInfoXdbcTypeInfo answers where the SQL types can be had.
func (s *service) GetFlightInfoXdbcTypeInfo(_ context.Context, _ flightsql.GetXdbcTypeInfo, d *flight.FlightDescriptor) (*flight.FlightInfo, error) {
	return s.described(d, schema_ref.XdbcTypeInfo)
}

// DoGetXdbcTypeInfo lists the SQL types.
func (s *service) DoGetXdbcTypeInfo(_ context.Context, q flightsql.GetXdbcTypeInfo) (*arrow.Schema, <-chan flight.StreamChunk, error) {
	schema := schema_ref.XdbcTypeInfo
	b := array.NewRecordBuilder(s.Alloc, schema)
	for i := range sqlTypes {
		t := &sqlTypes[i]
		if want := q.GetDataType(); want != nil && *want != t.code {
			continue
		}
		entry := t.entry()
		for i, f := range schema.Fields() {
			if err := appendAny(b.Field(i), entry[f.Name]); err != nil {
				b.Release()
				return nil, nil, status.Errorf(codes.Internal, "type info %s: %v", f.Name, err)
			}
		}
	}
	return one(schema, b)
}
