package hivesrv

import (
	"context"

	hive "github.com/beltran/gohive/hiveserver"
)

var typeColumns = columnsOf("TYPE_NAME, DATA_TYPE int, PRECISION int, LITERAL_PREFIX, LITERAL_SUFFIX, CREATE_PARAMS, NULLABLE smallint, CASE_SENSITIVE bool, " +
	"SEARCHABLE smallint, UNSIGNED_ATTRIBUTE bool, FIXED_PREC_SCALE bool, AUTO_INCREMENT bool, LOCAL_TYPE_NAME, MINIMUM_SCALE smallint, MAXIMUM_SCALE smallint, " +
	"SQL_DATA_TYPE int, SQL_DATETIME_SUB int, NUM_PREC_RADIX int")

// typeInfo is a row of GetTypeInfo.
type typeInfo struct {
	name      string
	code      int32 // java.sql.Types
	precision int32 // -1: NULL
	text      bool  // case matters
	number    bool
	nested    bool // cannot be searched for
	scale     int16
	radix     int32 // -1: NULL
}

var typeInfos = []typeInfo{
	{name: "VOID", code: 0, precision: -1, radix: -1},
	{name: "BOOLEAN", code: 16, precision: -1, radix: -1},
	{name: "STRING", code: 12, precision: -1, text: true, radix: -1},
	{name: "BINARY", code: -2, precision: -1, radix: -1},
	{name: "TINYINT", code: -6, precision: 3, number: true, radix: 10},
	{name: "SMALLINT", code: 5, precision: 5, number: true, radix: 10},
	{name: "INT", code: 4, precision: 10, number: true, radix: 10},
	{name: "BIGINT", code: -5, precision: 19, number: true, radix: 10},
	{name: "FLOAT", code: 6, precision: 7, number: true, scale: 7, radix: 10},
	{name: "DOUBLE", code: 8, precision: 15, number: true, scale: 15, radix: 10},
	{name: "DECIMAL", code: 3, precision: 38, number: true, scale: 38, radix: 10},
	{name: "DATE", code: 91, precision: -1, radix: -1},
	{name: "TIMESTAMP", code: 93, precision: -1, scale: 6, radix: -1},
	{name: "TIMESTAMP_NTZ", code: 93, precision: -1, scale: 6, radix: -1},
	{name: "ARRAY", code: 2003, precision: -1, nested: true, radix: -1},
	{name: "MAP", code: 2000, precision: -1, nested: true, radix: -1},
	{name: "STRUCT", code: 2002, precision: -1, nested: true, radix: -1},
	{name: "CHAR", code: 1, precision: -1, text: true, radix: -1},
	{name: "VARCHAR", code: 12, precision: -1, text: true, radix: -1},
	{name: "INTERVAL YEAR TO MONTH", code: 1111, precision: -1, radix: -1},
	{name: "INTERVAL DAY TO SECOND", code: 1111, precision: -1, radix: -1},
}

// createParams are what stands in the brackets of a type.
var createParams = map[string]any{"DECIMAL": "precision,scale", "CHAR": "length", "VARCHAR": "length"}

func (t typeInfo) row() []any {
	searchable := int16(3)
	if t.nested {
		searchable = 0
	}
	return []any{
		t.name, t.code, orNull(t.precision), nil, nil, createParams[t.name], int16(1), t.text, searchable, !t.number, false, false, nil, int16(0), t.scale, nil, nil, orNull(t.radix),
	}
}

// GetTypeInfo lists the SQL types.
func (s *service) GetTypeInfo(ctx context.Context, r *hive.TGetTypeInfoReq) (*hive.TGetTypeInfoResp, error) {
	status, h := s.list(ctx, r.SessionHandle, listing{hive.TOperationType_GET_TYPE_INFO, typeColumns, func(context.Context, *session) ([][]any, error) {
		rows := make([][]any, len(typeInfos))
		for i, t := range typeInfos {
			rows[i] = t.row()
		}
		return rows, nil
	}})
	return &hive.TGetTypeInfoResp{Status: status, OperationHandle: h}, nil
}
